#!/usr/bin/env python3
"""Every case of JSONTestSuite, through the program: what is JSON but no map must be refused as a map, not as JSON."""

import csv
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import JSON_SUITE, ConformanceTest
from support import main

# None of the texts is a map: each is an object (or an array, which passes as one) without members, or no object.
NO_MAP = {("mappings", "missing"), (None, "the JSON value is not an object")}


class JsonSuite(ConformanceTest):
    data = JSON_SUITE

    def verdicts(self):
        """For each file whether it is to be accepted."""
        with open(JSON_SUITE / "i_verdict.tsv", encoding="utf-8", newline="") as file:
            free = {name: {"accept": True, "reject": False}[verdict]
                    for name, verdict in csv.reader(file, delimiter="\t")}
        verdicts = {}
        for path in sorted((JSON_SUITE / "test_parsing").iterdir()):
            verdicts[path] = {"y": True, "n": False}.get(path.name[0]) if path.name[0] != "i" else free.pop(path.name)
        self.assertEqual(free, {})
        return verdicts

    def test_each_case(self):
        verdicts = self.verdicts()
        self.assertGreater(len(verdicts), 200)
        for path, is_json in verdicts.items():
            with self.subTest(path.name):
                self.assertIn(is_json, (True, False))
                issue = self.refuse(path, "--quiet")
                self.assertEqual((issue.key, issue.reason) in NO_MAP, is_json, issue)
                if not is_json:
                    self.assertIsNone(issue.key)


if __name__ == "__main__":
    main()
