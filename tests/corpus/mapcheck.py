"""The checks of one map: build it, and hold everything that comes out against independent answers."""

import importlib
import json
import os
import re
import subprocess
import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from corpus import HERE

STEP_TIMEOUT_S = 120  # the largest map takes seconds; a hanging program must not hang the check
MAX_POSITIONS = 20_000
MAX_LINES_PER_SOURCE = 20

STYLE_SHEETS = (".css", ".scss", ".sass", ".less", ".styl", ".pcss")


class StepFailed(Exception):
    pass


@dataclass
class Result:
    label: str
    nbytes: int
    errors: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)  # answers to random positions, by rule
    n_positions: int = 0
    n_tokens: int = 0
    index_nbytes: int = 0
    file_nbytes: int = 0
    content_nbytes: int = 0
    has_content: bool = False
    n_functions: int = 0  # tokens whose function has been compared


class Node:
    """worker.js in a process of its own, which ends with its stdin."""

    def __init__(self, node_path):
        env = dict(os.environ, NODE_PATH=node_path)
        self.process = subprocess.Popen(["node", str(HERE / "worker.js")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=env)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise StepFailed(f"worker.js ended (exit {self.process.wait()})")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class FileComparer:
    """Something to write to that compares with a file instead."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.row = 0

    def write(self, wanted):
        found = self.file.read(len(wanted))
        if found != wanted:
            rows = zip_longest(wanted.split(b"\n"), found.split(b"\n"))
            i, (w, f) = next((i, pair) for i, pair in enumerate(rows) if pair[0] != pair[1])
            raise StepFailed(f"row {self.row + i}: the reader has {w!r}, smcache {f!r}")
        self.row += wanted.count(b"\n")

    def finish(self):
        if self.file.read(1):
            raise StepFailed(f"the reader has only {self.row} rows, smcache more")
        self.file.close()


def map_sources(json_map):
    """(name, content) of each source of a map, in the order of an index map's sections."""
    if "sections" in json_map:
        for section in json_map["sections"]:
            yield from map_sources(section["map"])
        return
    contents = json_map.get("sourcesContent") or []
    for i, name in enumerate(json_map["sources"]):
        yield name, contents[i] if i < len(contents) else None


BASE64 = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}


def vlqs(text):
    """The signed numbers of a mapping."""
    numbers, value, shift = [], 0, 0
    for c in text:
        value |= (BASE64[c] & 31) << shift
        shift += 5
        if BASE64[c] < 32:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return numbers


def map_functions(json_map):
    """For each source, where functions start by x_facebook_sources: [((line, column), name)], lines from 0."""
    if "sections" in json_map:
        for section in json_map["sections"]:
            yield from map_functions(section["map"])
        return
    functions = json_map.get("x_facebook_sources") or []
    for i in range(len(json_map["sources"])):
        metadata = functions[i] if i < len(functions) else None
        starts = []
        if metadata and metadata[0]:
            line, name = 1, 0
            for group in filter(None, metadata[0]["mappings"].split(";")):
                column = 0
                for entry in group.split(","):
                    columns, names, lines = (vlqs(entry) + [0])[:3]
                    line, column, name = line + lines, column + columns, name + names
                    starts.append(((line - 1, column), metadata[0]["names"][name]))
        yield starts


class MapChecker:
    def __init__(self, program, reader, node_path, folder):
        self.program = program
        self.node = Node(node_path)
        self.folder = Path(folder)
        sys.path.insert(0, str(Path(reader).parent))
        self.reader = importlib.import_module(Path(reader).stem)

    def run(self, *args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        try:
            done = subprocess.run([self.program, *args], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
                                  timeout=STEP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise StepFailed(f"smcache {args[0]}: no end within {STEP_TIMEOUT_S} s") from None
        if done.returncode != 0:
            message = done.stderr.decode(errors="replace").strip().splitlines()
            raise StepFailed(f"smcache {args[0]} exits {done.returncode}: {message[0] if message else ''}")
        return done.stdout

    def run_to(self, name, *args, stdin=None):
        """Runs the program with its output in a file of that name; returns the file's path."""
        path = self.folder / name
        with open(path, "wb") as out, open(stdin or os.devnull, "rb") as source:
            self.run(*args, stdin=source, stdout=out)
        return str(path)

    def check(self, map_file):
        result = Result(map_file.label, map_file.nbytes)
        out = str(self.folder / "out.smcache")
        self.info = {}
        try:
            self.run("build", map_file.path, "-o", out)
            tokens = self.run_to("tokens.tsv", "dump", out)
            sources = self.run_to("sources.tsv", "dump", "--sources", out)
        except StepFailed as error:
            result.errors.append(str(error))
            return result
        # The rest does not depend on each other: one run shows all that is wrong.
        for step in (self.check_verify, self.check_info, self.check_tokens, self.check_reader, self.check_contents,
                     self.check_functions):
            try:
                step(result, map_file, out, tokens, sources)
            except StepFailed as error:
                result.errors.append(str(error))
            except Exception as error:  # the reader's FormatError, but also its bugs: a finding each
                result.errors.append(f"{step.__name__}: {type(error).__name__}: {error}")
        return result

    def check_verify(self, result, map_file, out, tokens, sources):
        self.run("verify", out)

    def check_info(self, result, map_file, out, tokens, sources):
        info = json.loads(self.run("info", out, "--json", stdout=subprocess.PIPE))
        result.index_nbytes = info["index_nbytes"]
        result.n_tokens = info["n_tokens"]
        result.file_nbytes = os.path.getsize(out)
        for key, value in (("input_nbytes", map_file.nbytes), ("file_nbytes", result.file_nbytes)):
            if info[key] != value:
                raise StepFailed(f"info: {key} is {info[key]}, not {value}")
        self.info = info

    def cut_functions(self, tokens):
        """A copy of the tokens without their functions, which the map alone does not tell."""
        path = str(self.folder / "plain_tokens.tsv")
        with open(tokens, "rb") as rows, open(path, "wb") as plain:
            plain.writelines(row.rsplit(b"\t", 2)[0] + b"\n" for row in rows)
        return path

    def check_tokens(self, result, map_file, out, tokens, sources):
        queries = str(self.folder / "queries")
        answer = self.node.ask(op="dump", map=map_file.path, tokens=self.cut_functions(tokens), sources=sources,
                               queries=queries, max_positions=MAX_POSITIONS, show_ignored="n_ignored" in self.info)
        result.errors += answer["errors"]
        if "n_tokens" not in answer:
            return
        for key in ("n_tokens", "n_ignored", "debug_id"):
            # A program that does not know debug IDs and ignore lists lacks the keys.
            if self.info.get(key, answer[key]) != answer[key]:
                result.errors.append(f"info: {key} is {self.info[key]!r}, not {answer[key]!r}")
        result.n_positions = answer["n_positions"]
        answers = self.run_to("answers.tsv", "lookup", out, "--line-base", "0", "--column-base", "0", "--format=tsv",
                              "-", stdin=queries)
        answer = self.node.ask(op="lookup", answers=answers)
        result.errors += answer["errors"]
        result.counts = answer.get("counts", {})

    def check_reader(self, result, map_file, out, tokens, sources):
        cache = self.reader.Cache(out)
        for write, path in ((self.reader.dump_tokens, tokens), (self.reader.dump_sources, sources)):
            comparer = FileComparer(path)
            write(cache, comparer)
            comparer.finish()

    def check_contents(self, result, map_file, out, tokens, sources):
        cache = self.reader.Cache(out)
        text = Path(map_file.path).read_bytes().decode("utf-8-sig", "replace")
        for i, (name, wanted) in enumerate(map_sources(json.loads(text))):
            # Lone surrogates, which JSON can express, are kept (WTF-8).
            wanted = None if wanted is None else wanted.encode("utf-8", "surrogatepass")
            if cache.content(i) != wanted:
                raise StepFailed(f"content of source {i} ({name!r}) is not the map's")
            if wanted is not None:
                result.has_content = True
                result.content_nbytes += len(wanted)
                self.check_lines(cache, i, name, wanted)

    def check_functions(self, result, map_file, out, tokens, sources):
        """What Metro says of functions is what each token has; but where that is no name, there may be a better one."""
        text = Path(map_file.path).read_bytes().decode("utf-8-sig", "replace")
        if "x_facebook_sources" not in text:
            return
        starts = list(map_functions(json.loads(text)))
        places = [[place for place, _ in source] for source in starts]
        functions = [row.split("\t") for row in self.run("dump", "--functions", out, stdout=subprocess.PIPE).decode()
                     .splitlines()]
        for row in Path(tokens).read_text(encoding="utf-8", errors="surrogateescape").split("\n")[:-1]:
            _, _, source, line, column, _, function, _ = row.split("\t")
            n = bisect_right(places[int(source)], (int(line), int(column))) if source else 0
            if n == 0:
                continue
            wanted = starts[int(source)][n - 1][1]
            found = functions[int(function)][1:4] if function else None
            if wanted == "<global>":
                is_good = found == ["top_level", "facebook", ""]
            elif wanted == "<anonymous>":
                is_good = found == ["anonymous", "facebook", ""] or found and found[0] == "named"
            else:
                is_good = found == ["named", "facebook", wanted]
            if not is_good:
                raise StepFailed(f"functions: {row!r} is in {found}, not in {wanted!r}")
            result.n_functions += 1

    def check_lines(self, cache, i, name, content):
        """The first line, the last one, and some between."""
        is_style = re.split(r"[?#]", name or "")[0].endswith(STYLE_SHEETS)
        ends = rb"\r\n|[\n\r\f]" if is_style else rb"\r\n|[\n\r]|\xe2\x80[\xa8\xa9]"
        lines = re.split(ends, content)
        step = max(1, len(lines) // MAX_LINES_PER_SOURCE)
        for n in {*range(0, len(lines), step), len(lines) - 1}:
            if cache.line(i, n) != lines[n]:
                raise StepFailed(f"line {n} of source {i} ({name!r}) is {cache.line(i, n)!r}, not {lines[n]!r}")
