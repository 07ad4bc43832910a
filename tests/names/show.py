#!/usr/bin/env python3
"""Prints what the oracle says of files: the range of each function, its name, the last component, and the peers' name.

usage: show.py FILE...
"""

import hashlib
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "corpus"))

from corpus import cache_dir, read_manifest  # noqa: E402
from inputs import Input, language_of  # noqa: E402
from oracle import Oracle  # noqa: E402
from peers import HERE, Peers  # noqa: E402


def main(paths):
    oracle = Oracle(Peers(read_manifest(HERE / "manifest.tsv"), cache_dir(), jobs=1))
    for path in paths:
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        found = Input(path, path, language_of(path) or "js", digest)
        oracle.prepare([found])
        answer = oracle.answer(found)
        for peer, message in answer["failed"].items():
            print(f"{path}: {peer}: {message}")
        if answer["disagreement"]:
            print(f"{path}: {answer['disagreement']}")
        for line, column, end_line, end_column, name, last, *peers in answer["functions"] or []:
            print(f"{path}:{line}:{column}-{end_line}:{end_column}\t{name}\t{last}", *(f"\tpeers: {p}" for p in peers))


if __name__ == "__main__":
    main(sys.argv[1:])
