"""How well functions of bundles are named: by the minified text, by Sentry's rules, and by smcache.

What is counted, and against what, is said in table.js, which counts the first two; all by last components. Of smcache
there are two columns: `ours` has the map as it is, `no text` one without contents of sources, but the generated file.
"""

import hashlib
import json
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

MIN_FUNCTIONS = 1000  # bundles with fewer are one row
TIMEOUT_S = 120
CODE = ["table.js", "innermost.js", "../corpus/oracle.js"]

# The share of functions that smcache has to name right, by the end of the map's label.
# The copy of tensorflow.js is tf.min.js.
WANTED = {"/dist/maplibre-gl.mjs.map": 0.99, "/dist/mermaid.min.js.map": 0.98, "/babel.min.js.map": 0.98,
          "/dist/antd.min.js.map": 0.95, "/dist/miniprogram/index.js.map": 0.90}

COLUMNS = ("text", "sentry", "ours", "no text")
NAMING_KEYS = ("sourcesContent", "scopes", "x_facebook_sources", "x_com_bloomberg_sourcesFunctionMappings")


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


def without_text(json_map):
    """A map of which only the mappings and their names say what functions are called."""
    rest = {key: value for key, value in json_map.items() if key not in NAMING_KEYS}
    if "sections" in rest:
        rest["sections"] = [{**section, "map": without_text(section.get("map", {}))} for section in rest["sections"]]
    return rest


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

    def names_without_text(self, map_path):
        json_map = json.loads(Path(map_path).read_bytes().decode("utf-8-sig", "replace"))
        with tempfile.NamedTemporaryFile("w", suffix=".map", dir=self.folder) as stripped:
            json.dump(without_text(json_map), stripped)
            stripped.flush()
            return self.names(stripped.name, "--minified", map_path.removesuffix(".map"))

    def names(self, map_path, *options):
        """The last component of the function's name of each token, or None."""
        with tempfile.NamedTemporaryFile(suffix=".smcache", dir=self.folder) as out:
            self.run("build", map_path, *options, "-o", out.name)
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
            self.count(row, said, "ours", self.namer.names(map_file.path))
            self.count(row, said, "no text", self.namer.names_without_text(map_file.path))
        except BuildFailed as error:
            row.error = str(error)
        return row

    def count(self, row, said, column, names):
        """`names` are those of the map's tokens."""
        row.functions.right[column] = sum(names[i] == truth for i, truth, _, _ in said["functions"])
        truths = said["tokens"]["truths"]
        ends = [start for start, _ in truths[1:]] + [len(names)]
        runs = [(names[start:end], truth) for (start, truth), end in zip(truths, ends) if truth is not None]
        row.tokens.right[column] = sum(run.count(truth) for run, truth in runs)

    def rows(self, maps):
        """Of each map with its generated file beside it, and with contents of sources that name a function."""
        maps = [m for m in maps if m.path.endswith("js.map") and os.path.exists(m.path.removesuffix(".map"))]
        requests = [self.request(m.path) for m in maps]
        self.peers.ask("bundles", requests)
        with ThreadPoolExecutor(self.peers.jobs) as pool:
            return [row for row in pool.map(self.row, maps, requests) if row.functions.n]


def print_row(row):
    shares = "".join(f" {share.n:>10,}" + "".join(f" {share.of(column):>7.1%}" for column in COLUMNS)
                     for share in (row.functions, row.tokens))
    print(f"{shares}  {row.label}")


def add_up(rows, label):
    total = Row(label)
    for row in rows:
        total.add(row)
    return total


def print_table(rows, min_functions=MIN_FUNCTIONS):
    titles = "".join(f" {column:>7}" for column in COLUMNS)
    print(f" {'functions':>10}{titles} {'tokens':>10}{titles}  map")
    rows = sorted(rows, key=lambda row: -row.functions.n)
    small = [row for row in rows if row.functions.n < min_functions]
    for row in [*rows[:len(rows) - len(small)], *([add_up(small, f"({len(small)} smaller maps)")] if small else []),
                add_up(rows, f"({len(rows)} maps)")]:
        print_row(row)


def verdicts(rows):
    """(passed, text)"""
    for end, wanted in WANTED.items():
        row = next((row for row in rows if row.label.endswith(end)), Row(end))
        share = row.functions.of("ours")
        yield share > wanted, f"{row.label}: {share:.2%} of functions are named right (above {wanted:.0%})"
    total = add_up(rows, "").functions
    yield (total.of("no text") >= total.of("sentry"),
           f"without contents {total.of('no text'):.2%} are named right, by Sentry's rules {total.of('sentry'):.2%}")
    errors = [f"\n    {row.label}: {row.error}" for row in rows if row.error]
    yield not errors, f"{len(rows) - len(errors)} of {len(rows)} maps are built{''.join(errors[:10])}"
