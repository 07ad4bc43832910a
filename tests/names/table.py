"""How well functions of bundles are named: by the minified text, by Sentry's rules, and by smcache.

What is counted, and against what, is said in table.js, which counts the first two; all by last components.
"""

import hashlib
import json
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

MIN_FUNCTIONS = 1000  # bundles with fewer are one row
TIMEOUT_S = 120
CODE = ["table.js", "innermost.js", "../corpus/oracle.js"]

# The share of functions that smcache has to name right, by the end of the map's label.
# The copy of tensorflow.js is tf.min.js.
WANTED = {"/dist/maplibre-gl.mjs.map": 0.99, "/dist/mermaid.min.js.map": 0.98, "/babel.min.js.map": 0.98,
          "/dist/antd.min.js.map": 0.95, "/dist/miniprogram/index.js.map": 0.90}

COLUMNS = ("text", "sentry", "ours")


@dataclass
class Share:
    n: int = 0
    right: dict = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))

    def add(self, other):
        self.n += other.n
        for column in COLUMNS:
            self.right[column] += other.right[column]

    def of(self, column):
        return self.right[column] / self.n if self.n else 0.0


@dataclass
class Row:
    label: str
    functions: Share = field(default_factory=Share)
    tokens: Share = field(default_factory=Share)
    error: str = ""

    def add(self, other):
        self.functions.add(other.functions)
        self.tokens.add(other.tokens)


class BuildFailed(Exception):
    pass


def unescape(text):
    if "\\" not in text:
        return text
    return text.replace("\\\\", "\0").replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\")


class Namer:
    """The names that smcache gives to the tokens of a map."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def run(self, *args):
        try:
            done = subprocess.run([self.program, *args], stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise BuildFailed(f"smcache {args[0]}: no end within {TIMEOUT_S} s") from None
        if done.returncode != 0:
            raise BuildFailed(f"smcache {args[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode()

    def names(self, map_path):
        """The last component of the function's name of each token, or None."""
        with tempfile.NamedTemporaryFile(suffix=".smcache", dir=self.folder) as out:
            self.run("build", map_path, "-o", out.name)
            functions = [line.split("\t") for line in self.run("dump", "--functions", out.name).splitlines()]
            tokens = self.run("dump", out.name).split("\n")[:-1]
        last = {fields[0]: unescape(fields[-1]) or None for fields in functions}
        return [last.get(line.split("\t", 7)[6]) for line in tokens]


class Table:
    def __init__(self, peers, program, folder):
        self.peers = peers
        self.folder = peers.folder("table", *CODE)
        self.namer = Namer(program, folder)

    def request(self, map_path):
        generated = map_path.removesuffix(".map")
        digest = hashlib.sha256()
        for path in map_path, generated:
            with open(path, "rb") as f:
                digest.update(hashlib.file_digest(f, "sha256").digest())
        out = self.folder / f"{digest.hexdigest()[:32]}.json"
        return {"op": "table", "path": generated, "map": map_path, "out": str(out)}

    def row(self, map_file, request):
        with open(request["out"], "rb") as f:
            said = json.load(f)
        functions, tokens = said["functions"], said["tokens"]
        row = Row(map_file.label, Share(len(functions)), Share(tokens["n"]))
        if not functions:
            return row
        row.functions.right["text"] = sum(truth == text for _, truth, text, _ in functions)
        row.functions.right["sentry"] = sum(truth == sentry for _, truth, _, sentry in functions)
        row.tokens.right.update(text=tokens["text"], sentry=tokens["sentry"])
        try:
            names = self.namer.names(map_file.path)
        except BuildFailed as error:
            row.error = str(error)
            return row
        row.functions.right["ours"] = sum(names[i] == truth for i, truth, _, _ in functions)
        ends = [start for start, _ in tokens["truths"][1:]] + [len(names)]
        runs = [(names[start:end], truth) for (start, truth), end in zip(tokens["truths"], ends) if truth is not None]
        row.tokens.right["ours"] = sum(run.count(truth) for run, truth in runs)
        return row

    def rows(self, maps):
        """Of each map with its generated file beside it, and with contents of sources that name a function."""
        maps = [m for m in maps if m.path.endswith("js.map") and os.path.exists(m.path.removesuffix(".map"))]
        requests = [self.request(m.path) for m in maps]
        self.peers.ask("bundles", requests)
        with ThreadPoolExecutor(self.peers.jobs) as pool:
            return [row for row in pool.map(self.row, maps, requests) if row.functions.n]


def print_row(row):
    shares = "".join(f" {share.n:>9,}" + "".join(f" {share.of(column):>7.1%}" for column in COLUMNS)
                     for share in (row.functions, row.tokens))
    print(f"{shares}  {row.label}")


def print_table(rows):
    small, total = Row(""), Row(f"({len(rows)} maps)")
    print(" functions    text  Sentry    ours    tokens    text  Sentry    ours")
    for row in sorted(rows, key=lambda row: -row.functions.n):
        total.add(row)
        if row.functions.n >= MIN_FUNCTIONS:
            print_row(row)
        else:
            small.add(row)
    small.label = f"({sum(row.functions.n < MIN_FUNCTIONS for row in rows)} smaller maps)"
    print_row(small)
    print_row(total)


def verdicts(rows):
    """(passed, text)"""
    for end, wanted in WANTED.items():
        row = next((row for row in rows if row.label.endswith(end)), None)
        share = row.functions.of("ours") if row else 0.0
        yield share > wanted, f"{end.split('/')[-1]}: {share:.2%} of functions are named right (above {wanted:.0%})"
    errors = [f"\n    {row.label}: {row.error}" for row in rows if row.error]
    yield not errors, f"{len(rows) - len(errors)} of {len(rows)} maps are built{''.join(errors[:10])}"
