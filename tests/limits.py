#!/usr/bin/env python3
"""Limits: whether each is in the table tests/limits.tsv, with its value and a test that is there. Part of `ninja check`.

A limit is a constant whose name ends in _MAX or _LIMIT; what only sizes an array, or is a choice of ours that nobody's
input meets, is listed below with the reason. What grows by another rule than a number that is not exceeded (so many times
the input) is in the table, too. `tests/limits.py --values` writes the values into the table.
"""

import functools
import re
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests" / "limits.tsv"
COLUMNS = ["constant", "file", "value", "of what", "beyond", "test"]

# Constants that are no limits of what comes from outside: why.
OTHERS = {
    "widths, bases and sizes that the format gives a field": """
        SMCF_COLUMN_WIDTH_MAX SMCF_OFFSET_WIDTH_MAX SMCF_HIGH_MAX SMCF_SOURCE_BASE_MAX SMCF_COLUMN_BASE_MAX
        SMCF_LINE_BASE_MAX SMCF_NAME_BASE_MAX SMCF_LOW_WIDTH_MAX SMCF_RUN_FUNCTION_WIDTH_MAX SMCF_RUN_BASE_MAX
        SMCF_NAMELESS_MAX SMCF_NAME_WIDTH_MAX SMC_BLOCK_NBYTES_MAX SMC_FLAT_RECORD_WIDTH_MAX SMC_FILE_SECTIONS_MAX
        SMC_PACK_NBYTES_MAX SMC_LANES_WIDTH_MAX SMC_LANES_NARROW_MAX""",
    "how many are worked on at a time": """
        N_LANES_MAX SMC_STRINGS_LIST_MAX SMC_FUNCTIONS_LIST_MAX SPLITS_MAX EXPECTED_MAX SMC_JSON_SPAN_DEPTH_MAX SMC_SLOPE_SPAN_MAX
        SMC_SLOPE_GAIN_MAX FOLDERS_MAX SLEEP_MS_MAX""",
    "what deflate, UTF-8, VLQs and other standards have": """
        SMC_CODES_MAX SMC_LINE_END_NBYTES_MAX SMC_UNIT_NBYTES_MAX SMC_CHARACTER_NBYTES_MAX SMC_ENTRY_FIELDS_MAX
        SMC_SCOPE_HEAD_MAX SMC_JS_WORD_NBYTES_MAX EXTENSION_NBYTES_MAX COMPRESSION_MAX DECIMALS_MAX""",
    "room for what another limit allows, or for what our own tables have": """
        SMC_JS_PIECES_MAX CHAIN_PARTS_MAX SMC_JSON_MEMBERS_MAX SMC_JSON_PLACES_MAX PROBLEMS_MAX SMC_FOLD_NODES_LIMIT
        CONTEXT_LINE_NBYTES_MAX""",
    "how much of something is told": "SMC_PLACE_URL_MAX SMC_MATCHES_MAX ANSWER_NBYTES_MAX",
}

DEFINE = re.compile(r"^#define (\w+)[ \t]+(.*?)[ \t]*(?:/\*.*)?$", re.MULTILINE)
WORDS = {"UINT32_MAX": 2**32 - 1, "INT64_MAX": 2**63 - 1, "SIZE_MAX": 2**64 - 1}


def sources():
    for folder in "format", "src", "tools":
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            if "bench" not in path.parts:
                yield path


@functools.cache
def defines(path):
    """Constants of a file: name -> text."""
    return dict(DEFINE.findall(path.read_text(encoding="utf-8").replace("\\\n", " ")))


def value_of(text, known):
    """What a constant expression of C comes to; ValueError if it is none."""
    text = re.sub(r"U?INT(?:32|64)_C\((\w+)\)", r"\1", text)
    text = re.sub(r"\((?:size_t|uint32_t|uint64_t|int64_t|int)\)", "", text)
    text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text)
    text = re.sub(r"\b[A-Za-z_]\w*", lambda match: str(WORDS[match[0]] if match[0] in WORDS else
                                                       value_of(known[match[0]], known) if match[0] in known else
                                                       match[0]), text)
    if not re.fullmatch(r"(?:0x[0-9a-fA-F]+\b|\d+\b|<<|[()+\-*/ ])+", text):
        raise ValueError(text)
    return eval(text.replace("/", "//"), {"__builtins__": {}})  # digits and operators alone


@functools.cache
def all_defines():
    known = {}
    for path in sources():
        known.update(defines(path))
    return known


def value_in(path, constant):
    known = all_defines() | defines(path)  # some names are those of several files
    return value_of(known[constant], known)


def read_table():
    header, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    assert header.split("\t") == COLUMNS, header
    return [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines]


def write_values():
    rows = read_table()
    for row in rows:
        row["value"] = str(value_in(ROOT / row["file"], row["constant"]))
    lines = ["\t".join(COLUMNS), *("\t".join(row.values()) for row in rows)]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def limits_in(path):
    return [name for name in defines(path) if name.endswith(("_MAX", "_LIMIT"))]


def has_test(place):
    """Whether the test that "room/file:function" names is there, and is run."""
    name, function = place.split(":")
    path = ROOT / "tests" / name
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return re.search(rf"^    def {function}\(self", text, re.MULTILINE) is not None
    is_there = re.search(rf"^static void {function}\(void \*\*state\)$", text, re.MULTILINE)
    return is_there is not None and len(re.findall(rf"\b{function}\b", text)) > 1


class Limits(unittest.TestCase):
    def setUp(self):
        self.rows = read_table()

    def test_each_is_in_the_table(self):
        known = {(row["file"], row["constant"]) for row in self.rows}
        others = {name for names in OTHERS.values() for name in names.split()}
        found = [(str(path.relative_to(ROOT)), name) for path in sources() for name in limits_in(path)]
        missing = [f"{name} of {path}" for path, name in found if (path, name) not in known and name not in others]
        self.assertEqual(missing, [], "a limit needs a row in tests/limits.tsv, and a test")
        self.assertEqual(sorted(others - {name for _, name in found}), [], "there are no such constants")

    def test_values_are_those_of_the_code(self):
        for row in self.rows:
            with self.subTest(row["constant"]):
                self.assertEqual(int(row["value"]), value_in(ROOT / row["file"], row["constant"]))

    def test_each_has_a_reason(self):
        """A comment before it or behind it; several constants may share one."""
        for row in self.rows:
            with self.subTest(row["constant"]):
                text = (ROOT / row["file"]).read_text(encoding="utf-8")
                before, line = re.search(rf"((?:.*\n)*?)(#define {row['constant']}\b.*\n)", text).groups()
                above = re.sub(r"(?:#define .*\n(?: .*\n)*)+\Z", "", before)
                self.assertTrue("/*" in line or above.rstrip(" \n").endswith("*/"), "say why it is what it is")

    def test_each_has_a_test(self):
        for row in self.rows:
            with self.subTest(row["constant"]):
                self.assertTrue(has_test(row["test"]), row["test"])


class Rules(unittest.TestCase):
    """That the rules find what breaks them."""

    def test_values(self):
        known = {"A": "(UINT64_C(1) << 32)", "B": "(A / 2)", "C": "((size_t)16 << 20)", "D": "0x7fffffff", "E": "3u"}
        self.assertEqual([value_of(known[name], known) for name in known], [1 << 32, 1 << 31, 1 << 24, 2**31 - 1, 3])
        for text in "sizeof(int)", "f(1)", "NOBODY":
            with self.assertRaises(ValueError):
                value_of(text, known)

    def test_tests(self):
        self.assertTrue(has_test("unit/test_gzip.c:the_ratio_has_a_limit"))
        self.assertTrue(has_test("cli/test_limits.py:test_list"))
        for place in ("unit/test_gzip.c:nothing", "unit/test_none.c:a", "cli/test_limits.py:shown_not",
                      "unit/test_gzip.c:assert_status"):
            self.assertFalse(has_test(place), place)


if __name__ == "__main__":
    if sys.argv[1:] == ["--values"]:
        write_values()
    else:
        unittest.main(verbosity=1)
