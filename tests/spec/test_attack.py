#!/usr/bin/env python3
"""The attack on the format (tests/unit/test_attack.c): which fields it attacks, and what others make of its files.

Each field of each struct of format/smcache_format.h has to be attacked by its name, in files that have each section.
What is good for verify has to be so for spec/smcache_reader.py, written from the spec alone, and it reads the same.
Of what opens and is bad each command says so, or answers something.
"""

import io
import json
import os
import random
import re
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "spec"), str(ROOT / "tests" / "cli")]

from smcache_functions import KINDS, ORIGINS
from smcache_reader import NONE, Cache, dump_functions, dump_sources, dump_tokens
from support import DONE, INPUT, PARTIAL, CliTest, main, run

ATTACK = Path(os.environ.get("SMCACHE_BUILD") or ROOT / "build" / "check", "tests", "unit", "test_attack").resolve()
RUNNER = shlex.split(os.environ.get("SMCACHE_RUNNER", ""))
HEADER = (ROOT / "format" / "smcache_format.h").read_text("utf-8")
NO_SECTIONS = {1, 2, 0xFFFFFFF0}  # header, table, what only a newer minor has
N_LOOKUPS = 40
N_GOOD_MIN, N_BAD_MIN = 150, 70  # files, fields


def run_attack(*arguments):
    return subprocess.run([*RUNNER, ATTACK, *arguments], cwd=ROOT, env=os.environ | {"SMCACHE_RUNNER": ""},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True).stdout


def fields_of(header):
    """struct.field of each field of the header, but for the integers' own."""
    names = set()
    for struct, body in re.findall(r"(?ms)^struct (\w+) \{(.*?)^\};", header):
        body = re.sub(r"(?s)/\*.*?\*/", "", body)
        if not re.fullmatch(r"\s*uint8_t b\[\d\];\s*", body):
            members = re.findall(r"(\w+)\s*(?:\[[^\]]*\]\s*)*[;,]", body)
            names |= {f"{struct}.{member}" for member in members}
    return names


def section_ids(header):
    return {int(number, 16) for number in re.findall(r"\bSMCF_SECTION_\w+ = (0x\w+)", header)}


class Fields(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        rows = [row.split("\t") for row in run_attack("--fields").splitlines()]
        cls.sections = {int(section, 16) for section, _ in rows}
        cls.names = {name for _, name in rows}

    def test_every_field_of_the_header_is_attacked(self):
        self.assertEqual({name for name in self.names if name.startswith("smcf_")}, fields_of(HEADER))

    def test_in_files_that_have_each_section(self):
        self.assertEqual(self.sections, NO_SECTIONS | section_ids(HEADER))

    def test_what_is_new_is_missed(self):
        new = HEADER
        for text, more in (("    struct smcf_le16 minor; ", "    struct smcf_le32 made, up;\n    uint8_t more[SMCF_N];\n"),
                           ("struct smcf_runs {", "struct smcf_new {\n    uint8_t b; /* not one; */\n};\n"),
                           ("    SMCF_SECTION_RUNS = 0x4b,", "    SMCF_SECTION_NEW = 0x4d,\n")):
            self.assertEqual(new.count(text), 1)
            new = new.replace(text, more + text)
        missed = {"smcf_header.made", "smcf_header.up", "smcf_header.more", "smcf_new.b"}
        self.assertEqual(fields_of(new) - self.names, missed)
        self.assertEqual(section_ids(new) - self.sections, {0x4D})


class Files(CliTest):
    """One of each field of each file."""

    def setUp(self):
        super().setUp()
        for kind in "good", "bad":
            (self.folder / kind).mkdir()
        run_attack("--files", self.folder)

    def test_an_independent_reader_reads_the_same_from_good_ones(self):
        paths = sorted((self.folder / "good").iterdir())
        self.assertGreater(len(paths), N_GOOD_MIN)
        rng = random.Random(9)
        for path in paths:
            with self.subTest(path.name):
                self.check(path, rng)

    def test_commands_end_on_bad_ones(self):
        paths = {path.name.split(" ")[0]: path for path in sorted((self.folder / "bad").iterdir())}
        self.assertGreater(len(paths), N_BAD_MIN)
        n_answered = 0
        for name, path in paths.items():
            with self.subTest(path.name):
                n_answered += self.check_commands(path)
        self.assertGreater(n_answered, N_BAD_MIN)  # most are read in spite of it

    def check_commands(self, path):
        """How many commands answer."""
        self.assertIn(str(path), self.fail_with(INPUT, "verify", path).message)
        codes = [run(*command).code for command in (
            ("dump", path), ("dump", path, "--sources"), ("dump", path, "--functions"), ("info", path),
            ("info", path, "--json"), ("lookup", path, "1:1", "1:300", "3:7", "-C", "2", "--frames"),
            ("explain", path, "1:300"))]
        self.assertLessEqual(set(codes), {DONE, PARTIAL, INPUT})
        return len(codes) - codes.count(INPUT)

    def check(self, path, rng):
        cache = Cache(path.read_bytes())
        cache.functions.check_all()
        cache.bytecode.check_all()
        for dump, options in (dump_tokens, ()), (dump_sources, ["--sources"]), (dump_functions, ["--functions"]):
            expected = io.BytesIO()
            dump(cache, expected)
            self.assertEqual(self.succeed("dump", path, *options).out, expected.getvalue())
        for source in cache.sources:
            if source.has_content:
                self.assertEqual(len(source.lines), source.n_lines)
        self.check_frames(path, cache, rng)

    def check_frames(self, path, cache, rng):
        tokens = [tuple(token[:2]) for token in cache]
        extents = [tuple(cache.functions.extent(i)[:2]) for i in range(cache.functions.n_extents)]
        places = rng.choices(tokens, k=N_LOOKUPS) + extents
        queries = sorted((line, max(0, column + rng.randint(-1, 1))) for line, column in places)
        queries = [query for query in queries if NONE not in query]
        stdin = "".join(f"{line}:{column}\n" for line, column in queries).encode()
        rows = self.succeed("lookup", path, "-", "--format=json", "--frames", "--line-base=0", "--column-base=0",
                            stdin=stdin).text.splitlines()
        self.assertEqual([self.frames(cache, *query) for query in queries], [json.loads(row)["frames"] for row in rows])

    @staticmethod
    def frames(cache, line, column):
        """As the program has them in JSON."""
        def shown(text):
            return None if text is None else re.sub("[\ud800-\udfff]", "\ufffd", text)

        found = []
        for frame in cache.frames(line, column):
            source = None if frame.source is None else cache.sources[frame.source]
            function = None if frame.function is None else cache.function(frame.function)
            kind, origin, name, last = function or (None, None, None, None)
            found.append({"source": shown(source and source.name), "source_line": frame.source_line,
                          "source_column": frame.source_column, "function": shown(name), "mapped": source is not None,
                          "ignored": source is not None and source.is_ignored, "function_last": shown(last),
                          "function_kind": kind and KINDS[kind], "function_origin": origin and ORIGINS[origin]})
        return found


if __name__ == "__main__":
    main()
