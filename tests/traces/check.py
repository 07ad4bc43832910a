#!/usr/bin/env python3
"""Translates stacks and profiles that node and Chromium make of minified programs, and compares with the originals.

usage: check.py PROGRAM [--cache DIR] [--only TEXT]

  - programs of our own (programs/src), which fail in many ways, bundled and minified by esbuild, rollup with terser
    and webpack with terser: each frame against the stack that the same engine has for the program as it was written,
    so that no source map has a part in what is expected (compare.js);
  - the example shop of tests/example, against the positions that its expected.tsv lists;
  - packages of the corpus, against the same errors in the unminified files that they ship, and
    @jridgewell/trace-mapping (packages.js);
  - CPU and heap profiles of node, and Chrome traces, of one more program (profiles.js); node's reports;
  - that profile in speedscope, which opens what came out, and in speedscope's own format.

Node, Chromium, and npm's registry (for the bundlers and packages, once) are used where they are there; what they are
needed for counts as skipped where not. A table says how many frames are right, and how many differ by which rule; the
rules are printed below it. The last line counts the rows of the table: `N passed, N failed, N skipped`.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "corpus"))

from corpus import CorpusError, Unavailable, cache_dir, node_path, read_manifest, say
from engines import Chromium, Node, Worker
from fetch import fetch_all
from packages import find_packages, find_speedscope, wanted_packages
from programs import copy_programs, make_programs
from rows import Checker

PLAIN = ("right", "start", "untouched")  # what needs no explanation


def open_engines():
    engines, n_skipped = [], 0
    for kind in Node, Chromium:
        try:
            engines.append(kind())
        except Unavailable as error:
            say(f"{kind.name}: skipped {error}")
            n_skipped += 1
    return engines, n_skipped


def print_table(rows, rules):
    print(f"{'trace':<44} {'frames':>7} {'right':>7} {'untouched':>10}  explained")
    for row in rows:
        explained = ", ".join(f"{n} {rule}" for rule, n in row.counts.items() if rule not in PLAIN)
        right = row.counts["right"] + row.counts["start"]
        counts = f"{sum(row.counts.values()):>7} {right:>7} {row.counts['untouched']:>10}"
        print(f"{row.label:<44} {counts}  {explained}{'  FAILED' if row.errors else ''}")
        for error in row.errors:
            print(f"    {error}")
    totals = Counter()
    for row in rows:
        for rule, n in row.counts.items():
            totals[row.kind, rule] += n
    for kind, texts in rules.items():
        if not any(row.kind == kind for row in rows):
            continue
        print(f"\n{kind}:")
        for rule, text in texts.items():
            print(f"{totals[kind, rule]:>9,}  {rule}: {text}")


def finish(n_passed, n_failed, n_skipped):
    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped", flush=True)
    return 1 if n_failed else 0


def run(args):
    start = time.monotonic()
    cache = args.cache.resolve() if args.cache else cache_dir()
    wanted = wanted_packages()
    fetch_all(wanted, cache)
    made = make_programs(cache)
    engines, n_skipped = open_engines()
    with tempfile.TemporaryDirectory(prefix="smcache-traces-") as name:
        folder = Path(name).resolve()
        worker = Worker("worker.js", env=os.environ | {"NODE_PATH": node_path(wanted, cache)})
        try:
            checker = Checker(args, folder, copy_programs(made, folder), find_packages(wanted, cache), worker)
            rows = checker.run(engines) + checker.speedscope_rows(engines, find_speedscope(wanted, cache))
            rules = worker.ask(op="rules")["rules"]
        finally:
            worker.close()
            for engine in engines:
                engine.close()
    if not rows:
        raise CorpusError(f"no row has {args.only!r} in its name")
    print_table(rows, rules)
    say(f"{', '.join(f'{engine.name} {engine.version}' for engine in engines)}; {time.monotonic() - start:.0f} s")
    passed = [not row.errors for row in rows]
    return finish(passed.count(True), passed.count(False), n_skipped)


def main():
    parser = argparse.ArgumentParser(description="Checks smcache symbolicate against real engines.")
    parser.add_argument("program", help="the smcache program")
    parser.add_argument("--cache", type=Path, help="the folder that tests/corpus/fetch.py fills")
    parser.add_argument("--only", default="", help="only rows of the table with this in their name")
    args = parser.parse_args()
    args.program = os.path.abspath(args.program)
    try:
        if not os.access(args.program, os.X_OK):
            raise CorpusError(f"{args.program} is not a program; build it first")
        if shutil.which("node") is None:
            say("check: skipped node is not on PATH (Debian: apt-get install nodejs npm); nothing is checked")
            return finish(0, 0, 1)
        return run(args)
    except Unavailable as error:
        say(f"check: skipped {error}\nNothing is checked.")
        return finish(0, 0, 1)
    except CorpusError as error:
        say(f"check: {error}")
        return finish(0, 1, 0)


if __name__ == "__main__":
    sys.exit(main())
