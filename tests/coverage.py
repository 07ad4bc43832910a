#!/usr/bin/env python3
"""How much of the code the tests run: lines and branches of each room, by gcov.

usage: coverage.py BUILD_DIR

Runs all tests on the build in BUILD_DIR, which counts, and prints a table. What is not run is named in
BUILD_DIR/not-run.txt: a line of source each. Branches are those of the machine code, so both ways of each condition count.
The last line counts rooms that have to reach LINES_MIN: `N passed, N failed, N skipped`.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent
LINES_MIN = 90  # percent
REQUIRED = ["format", "src/reader", "src/build", "src/store"]
NOTES_AT_ONCE = 50
TIMEOUT_S = "3600"  # unoptimised code that counts is slow


class File:
    """Counts of a source: of a header, those of all sources that include it together."""

    def __init__(self):
        self.lines = defaultdict(int)
        self.branches = {}

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        counts = [branch["count"] for branch in line["branches"]]
        before = self.branches.get(number, [])
        if len(before) == len(counts):
            self.branches[number] = [a + b for a, b in zip(before, counts)]
        elif len(counts) > len(before):  # another inlining: the one with more ways
            self.branches[number] = counts


def run_tests(folder):
    """Whether all passed."""
    for path in folder.rglob("*.gcda"):
        path.unlink()
    command = [sys.executable, "tests/run.py", "--build-dir", str(folder), "--timeout", TIMEOUT_S]
    return subprocess.run(command, cwd=ROOT, env=os.environ | {"SMCACHE_COVERAGE": "1"}).returncode == 0


def read_counts(folder):
    files = defaultdict(File)
    notes = sorted(str(path) for path in folder.rglob("*.gcno"))
    for i in range(0, len(notes), NOTES_AT_ONCE):
        done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *notes[i:i + NOTES_AT_ONCE]],
                              cwd=ROOT, capture_output=True, text=True, check=True)
        for text in done.stdout.splitlines():
            for source in json.loads(text)["files"] if text.startswith("{") else []:
                for line in source["lines"]:
                    files[source["file"]].add(line)
    return files


def room_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "src" else parts[0]


def percent(n, total):
    return 100 * n / total if total else 100.0


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = (ROOT / sys.argv[1]).resolve()
    all_passed = run_tests(folder)
    rooms = defaultdict(lambda: [0, 0, 0, 0])  # lines run, lines, branches taken, branches
    not_run = []
    for path, file in sorted(read_counts(folder).items()):
        if not path.startswith(("format/", "src/", "tools/")) or path.startswith("tools/bench/"):
            continue
        text = (ROOT / path).read_text(encoding="utf-8").split("\n")
        room = rooms[room_of(path)]
        room[0] += sum(count > 0 for count in file.lines.values())
        room[1] += len(file.lines)
        room[2] += sum(count > 0 for counts in file.branches.values() for count in counts)
        room[3] += sum(map(len, file.branches.values()))
        not_run += [f"{path}:{n}: {text[n - 1].strip()}" for n, count in sorted(file.lines.items()) if count == 0]
    (folder / "not-run.txt").write_text("".join(f"{line}\n" for line in not_run), encoding="utf-8")

    print(f"\n{'room':<16} {'lines':>8} {'run':>8} {'branches':>9} {'taken':>8}")
    n_failed = 0
    for name, (n_run, n_lines, n_taken, n_branches) in sorted(rooms.items()):
        is_low = name in REQUIRED and percent(n_run, n_lines) < LINES_MIN
        n_failed += is_low
        print(f"{name:<16} {n_lines:>8} {percent(n_run, n_lines):>7.1f}% {n_branches:>9} {percent(n_taken, n_branches):>7.1f}%"
              f"{f'  less than {LINES_MIN} %' if is_low else ''}")
    n_failed += sum(name not in rooms for name in REQUIRED)
    print(f"lines that no test runs: {len(not_run)}, in {folder.name}/not-run.txt")
    if not all_passed:
        print("tests have failed")
        n_failed += 1
    print(f"{len(REQUIRED) - min(n_failed, len(REQUIRED))} passed, {n_failed} failed, 0 skipped")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
