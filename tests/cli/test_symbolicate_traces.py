#!/usr/bin/env python3
"""smcache symbolicate: stacks and profiles recorded from engines, tests/traces/recorded, byte for byte."""

import json
import sys

sys.dont_write_bytecode = True

from support import EXAMPLE, ROOT, CliTest, main

RECORDED = ROOT / "tests" / "traces" / "recorded"


class Recorded(CliTest):
    def setUp(self):
        super().setUp()
        self.inputs = sorted(path for path in RECORDED.iterdir()
                             if path.suffix in (".txt", ".json") and not path.stem.endswith(".expected"))
        self.assertGreater(len(self.inputs), 20)

    @staticmethod
    def maps(path):
        of_example = path.stem.endswith("-example") or path.stem == "hermes"
        return EXAMPLE / "dist" if of_example else RECORDED / "maps"

    @staticmethod
    def expected(path):
        return path.with_suffix(f".expected{path.suffix}").read_bytes()

    def test_texts(self):
        for path in self.inputs:
            if path.suffix == ".txt":
                with self.subTest(path.name):
                    result = self.succeed("symbolicate", path, "--dir", self.maps(path))
                    self.assertEqual(result.text, self.expected(path).decode())

    def test_texts_of_stdin_by_other_line_ends(self):
        for path in self.inputs:
            if path.suffix == ".txt":
                with self.subTest(path.name):
                    given = path.read_bytes().replace(b"\n", b"\r\n")
                    result = self.succeed("symbolicate", "--dir", self.maps(path), stdin=given)
                    self.assertEqual(result.out, self.expected(path).replace(b"\n", b"\r\n"))

    def test_profiles(self):
        for path in self.inputs:
            if path.suffix == ".json":
                with self.subTest(path.name):
                    result = self.succeed("symbolicate", path, "--dir", self.maps(path))
                    self.assertEqual(json.loads(result.out), json.loads(self.expected(path)))

    def test_frames_as_json(self):
        for path in self.inputs:
            if path.suffix == ".txt":
                with self.subTest(path.name):
                    result = self.succeed("symbolicate", path, "--dir", self.maps(path), "--output=json")
                    rows = [row for row in map(json.loads, result.lines) if row["mapped"]]
                    self.assertGreater(len(rows), 0)
                    text = self.expected(path).decode()
                    for row in rows:
                        self.assertIsNone(row["reason"])
                        self.assertIn("{source}:{source_line}:{source_column}".format_map(row), text)


if __name__ == "__main__":
    main()
