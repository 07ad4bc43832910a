#!/usr/bin/env python3
"""Compares the functions that smcache finds in real files, and their names, with those of independent parsers.

usage: check.py PROGRAM [--only LANGUAGES] [--label TEXT] [--limit N] [--show N] [--cache DIR] [--jobs N]
       check.py PROGRAM --mutate N [--seed S] [--only LANGUAGES] [--show N]

The files are those of inputs.py. In JavaScript acorn and Babel, which have to agree, say what is right; in TypeScript
its compiler, with Babel as a witness. rules.js names what they find. Files that they cannot parse are left out.
What they say is kept in the cache folder of the corpus, so that only the first run takes minutes.

With --mutate, N texts of each language are made of pieces of the files, with a few tokens or bytes changed. What all
peers still take for a program the scanner must follow, and find the same functions in it.

Wanted: of JavaScript every range and every name, of TypeScript 99 %. The last line counts languages: `N passed, N
failed, N skipped`. Without npm or node nothing is checked, which is no failure: a fresh machine has neither.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "corpus"))

from compare import Counts, compare  # noqa: E402
from corpus import CorpusError, Unavailable, cache_dir, find_maps, read_manifest, say  # noqa: E402
from fetch import fetch_all, find_bundles  # noqa: E402
from inputs import find_inputs  # noqa: E402
from mutate import check_mutants  # noqa: E402
from oracle import Oracle  # noqa: E402
from peers import HERE, Peers  # noqa: E402
from program import Program  # noqa: E402
from table import Table, print_table, verdicts  # noqa: E402

WANTED = {"js": 1.0, "jsx": 1.0, "ts": 0.99, "tsx": 0.99}  # of precision, recall and names


class Check:
    """The comparison over all files."""

    def __init__(self, oracle, show):
        self.oracle = oracle
        self.counts = {language: Counts() for language in WANTED}
        self.differences = Counter()  # by language and kind
        self.failed = set()  # languages with an error that no share excuses
        self.n_disagreements = 0
        self.show = show

    def say_difference(self, found, line, column, kind, ours, theirs):
        self.differences[found.language, kind] += 1
        if self.differences[found.language, kind] <= self.show:
            print(f"{found.path}:{line}:{column}: {kind}\n    ours:   {ours}\n    theirs: {theirs}\n    {found.label}")

    def add(self, found, said):
        answer = self.oracle.answer(found)
        if answer["functions"] is None:
            self.counts[found.language].left_out += 1
            return
        if answer["disagreement"]:
            self.n_disagreements += 1
            print(f"{found.path}: peers disagree: {answer['disagreement']}")
        comparison = compare(said, answer["functions"])
        self.counts[found.language].add(comparison.counts)
        if comparison.differences and found.label.startswith("examples/"):
            self.failed.add(found.language)
        for difference in comparison.differences:
            self.say_difference(found, *difference)
        for error in comparison.errors:
            self.failed.add(found.language)
            self.say_difference(found, 1, 1, "error", error, "")

    def print_table(self):
        print(f"{'':4} {'files':>6} {'left out':>8} {'lost':>5} {'functions':>9} {'precision':>10} {'recall':>9} "
              f"{'names':>9} {'of these not as peers':>21}")
        for language, c in self.counts.items():
            print(f"{language:4} {c.files:>6,} {c.left_out:>8,} {c.lost:>5,} {c.theirs:>9,} {c.precision:>10.4%} "
                  f"{c.recall:>9.4%} {c.name_share:>9.4%} {c.betterments:>21,}")
        for (language, kind), n in sorted(self.differences.items()):
            print(f"{language:4} {n:,} {kind}")

    def verdicts(self):
        """(passed, text) of each language that has files."""
        for language, wanted in WANTED.items():
            c = self.counts[language]
            if c.files:
                passed = language not in self.failed and min(c.precision, c.recall, c.name_share) >= wanted
                yield passed, f"{language}: ranges and names as wanted ({wanted:.0%})"
        yield self.n_disagreements == 0, f"the peers agree on all but {self.n_disagreements} files"


def select(inputs, args):
    languages = args.only.split(",") if args.only else list(WANTED)
    inputs = [found for found in inputs if found.language in languages and args.label in found.label]
    if args.limit:
        inputs = inputs[::max(1, len(inputs) // args.limit)][:args.limit]
    if not inputs:
        raise CorpusError("no file is selected")
    return inputs


def finish(n_passed, n_failed, n_skipped):
    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped", flush=True)
    return 1 if n_failed else 0


def check_functions(args, peers, packages, bundles):
    """Prints differences and shares; [(passed, text)]."""
    start = time.monotonic()
    inputs = select(find_inputs(packages, peers.cache, bundles), args)
    say(f"{len(inputs)} files")
    oracle = Oracle(peers)
    oracle.prepare(inputs)
    program = Program(args.program)
    check = Check(oracle, args.show)
    for found, said in program.all_functions(inputs, args.jobs):
        check.add(found, said)
    check.print_table()
    nbytes = sum(os.path.getsize(found.path) for found in inputs)
    say(f"{nbytes / 1e6:.0f} MB in {program.seconds:.1f} s of the program; {time.monotonic() - start:.0f} s in all")
    return list(check.verdicts())


def check_table(args, peers, packages, bundles):
    """Prints the table; [(passed, text)]."""
    start = time.monotonic()
    maps, _ = find_maps(packages, peers.cache, bundles)
    with tempfile.TemporaryDirectory(prefix="smcache-names-") as folder:
        rows = Table(peers, args.program, folder).rows(maps)
    print_table(rows, **({"min_functions": 0} if args.table else {}))
    say(f"{len(rows)} bundles; {time.monotonic() - start:.0f} s in all")
    return list(verdicts(rows))


def check_ourselves(peers):
    """The oracle on worked examples, and the comparison with faults of all kinds; (passed, text)."""
    for what, command in (("the oracle on worked examples", ["node", str(HERE / "oracle_test.js")]),
                          ("the snippets of the unit tests", ["node", str(HERE / "snippets.js")]),
                          ("the comparison finds faults", [sys.executable, str(HERE / "compare_test.py")])):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              env=dict(os.environ, NODE_PATH=peers.tools))
        yield done.returncode == 0, what if done.returncode == 0 else f"{what}\n{done.stderr.strip()}"


def run(args):
    cache = args.cache.resolve() if args.cache else cache_dir()
    own = read_manifest(HERE / "manifest.tsv")
    packages = read_manifest() + own
    fetch_all(packages, cache)
    bundles = find_bundles(cache)
    peers = Peers(own, cache, args.jobs)
    results = list(check_ourselves(peers))
    if args.mutate:
        results += check_mutants(args, peers, Program(args.program), find_inputs(packages, cache, bundles))
    elif not args.table:
        results += check_functions(args, peers, packages, bundles)
    if args.table or not (args.is_part or args.mutate):
        results += check_table(args, peers, packages, bundles)
    for passed, text in results:
        print(f"{'ok  ' if passed else 'FAIL'} {text}")
    passed = [passed for passed, _ in results]
    return finish(passed.count(True), passed.count(False), 0 if bundles else 1)


def main():
    parser = argparse.ArgumentParser(description="Checks functions and their names against independent parsers.")
    parser.add_argument("program", help="the smcache program")
    parser.add_argument("--only", default="", help="languages, separated by commas: js, jsx, ts, tsx")
    parser.add_argument("--label", default="", help="only files with this in their name")
    parser.add_argument("--limit", type=int, default=0, help="at most so many files, evenly spread")
    parser.add_argument("--show", type=int, default=10, help="differences shown of each kind and language")
    parser.add_argument("--mutate", type=int, default=0, help="in place of files so many changed texts of each language")
    parser.add_argument("--seed", type=int, default=1, help="other numbers give other changed texts")
    parser.add_argument("--table", action="store_true", help="the table of names alone, with a row for each map")
    parser.add_argument("--cache", type=Path, help="the cache folder of the corpus")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.program = os.path.abspath(args.program)
    args.is_part = bool(args.only or args.label or args.limit)
    try:
        if not os.access(args.program, os.X_OK):
            raise CorpusError(f"{args.program} is not a program; build it first")
        if shutil.which("node") is None:
            raise Unavailable("node is not on PATH (Debian: apt-get install nodejs npm)")
        return run(args)
    except Unavailable as error:
        say(f"check: {error}\nNames are not checked.")
        return finish(0, 0, 1)
    except CorpusError as error:
        say(f"check: {error}")
        return finish(0, 1, 0)


if __name__ == "__main__":
    sys.exit(main())
