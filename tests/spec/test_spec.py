#!/usr/bin/env python3
"""spec/smcache-format.md against format/smcache_format.h, in both directions, and its worked example."""

import ast
import json
import re
import struct
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "spec"), str(ROOT / "tests" / "cli")]

import smcache_bytecode
import smcache_functions
from smcache_layout import Section
from smcache_reader import Cache, Token
from support import CliTest, main, make_map

SPEC = (ROOT / "spec" / "smcache-format.md").read_text("utf-8")
HEADER = (ROOT / "format" / "smcache_format.h").read_text("utf-8")

INTEGERS = {"uint8_t": 1, "struct smcf_le16": 2, "struct smcf_le24": 3, "struct smcf_le32": 4, "struct smcf_le40": 5,
            "struct smcf_le64": 8}
SPEC_INTEGERS = {"u8": 1, "le16": 2, "le24": 3, "le32": 4, "le40": 5, "le64": 8}

# Structs in the order in which the spec has their tables.
TABLES = {"smcf_header": "3.1", "smcf_section": "3.3", "smcf_info": "3.5", "smcf_offset_group": "4",
          "smcf_position": "5.1", "smcf_block": "5.2", "smcf_runs": "5.6", "smcf_functions": "5.7",
          "smcf_inlined": "5.8", "smcf_call_site": "5.8", "smcf_bytecode_segment": "5.9", "smcf_source": "6"}

# Where the text says a constant. Numbers are compared; so are sections that give none of their own.
CONSTANTS = {
    "SMCF_MAGIC_NBYTES": [r"\| 0 \| (\d+) bytes \| magic \|"],
    "SMCF_MAJOR": [r"\| 8 \| le16 \| major \| (\d+) \|", r"file format, version (\d+)\.\d"],
    "SMCF_MINOR": [r"\| 10 \| le16 \| minor \| (\d+) \|", r"file format, version \d\.(\d+)"],
    "SMCF_SECTIONS_MAX": [r"\| 72 \| le32 \| n_sections \| at most (\d+) \|", r"\| sections \(3\.1\) \| ([\d,]+) \|"],
    "SMCF_NONE": [r"`NONE` is the `le32` value (0x\w+);"],
    "SMCF_ALIGN": [r"\| 8 \| le64 \| off \| from the start of the file; a multiple of (\d+) \|",
                   r"rounded up to a multiple of (\d+)"],
    "SMCF_GUARD_NBYTES": [r"end with (\d+) zero bytes \(the\s+guard\)", r"guard: +(\d+) zero bytes"],
    "SMCF_BLOCK_TOKENS": [r"They lie in blocks of (\d+)\.", r"ceil\(tokens / (\d+)\)", r"has tokens (\d+)·\*b\* … \d+·",
                          r"has tokens \d+·\*b\* … (\d+)·\*b\* \+ 127"],
    "SMCF_FANOUT": [r"two levels of every (\d+)th and every 256th of them", r"ceil\((?:middle|firsts) / (\d+)\)",
                    r"a copy of entry (\d+)·\*i\* of", r"In entries (\d+)·\*[tm]\* … \d+·\*[tm]\* \+ 15 of",
                    r"In entries \d+·\*[tm]\* … (\d+)·\*[tm]\* \+ 15 of"],
    "SMCF_BLOCKS_NBYTES_MAX": [r"The guard starts at (0x\w+) at most\.", r"guard of BLOCKS \(5\.1\) \| (0x\w+) \|"],
    "SMCF_LINE_MAX": [r"\| 4 \| le32 \| line \| at most (0x\w+), like that of every token",
                      r"\| generated line \(5\.1\) \| (0x\w+) \|"],
    "SMCF_LOW_WIDTH_NBITS": [r"low_width\*, 0 … \d+ bits; bits (\d+) … 7 are \*slot_width"],
    "SMCF_NAME_INDIRECT": [r"name_nbytes \| bytes of the name; or ([\d,]+) \|", r"name_nbytes is ([\d,]+), name_off",
                           r"cannot hold: of ([\d,]+) bytes or more"],
    "SMCF_GROUP_VALUES": [r"values in groups of (\d+);", r"ceil\(count / (\d+)\)\npacked", r"value \*v\* mod (\d+)",
                          r"group \*v\* div (\d+)", r"(\d+) values of \*w\* bits fill exactly"],
    "SMCF_COLUMN_WIDTH_MAX": [r"column_width \| bits, 0 … (\d+)", r"\| widths \| bits, 0 … (\d+)"],
    "SMCF_LOW_WIDTH_MAX": [r"low_width\*, 0 … (\d+) bits;"],
    "SMCF_HIGHS_NBYTES": [r"\*highs\*, (\d+) bytes"],
    "SMCF_HIGH_MAX": [r"The high parts ascend and are at most (\d+)\.", r"high part would be more than (\d+),"],
    "SMCF_LINE_SLOPE_NONE": [r"source lines a token, in 1/16, plus (\d+);",
                             r"; (\d+) without SOURCES or with FOLLOW_LINE"],
    "SMCF_OFFSET_WIDTH_MAX": [r"\| 14 \| u8 \| width \| 0 … (\d+) \|"],
    "SMCF_STRETCH_NBYTES": [r"in each stretch of ([\d,]+) bytes;", r"LINE_COUNTS \| ceil\(inflated bytes / ([\d,]+)\) \+ 1",
                            r"a \*stretch\* every ([\d,]+) bytes", r"less than ([\d,]+) · \*e\*"],
    "SMCF_CONTENT_BLOCK_MIN": [r"a power of two, ([\d,]+) …"],
    "SMCF_CONTENT_BLOCK_MAX": [r"a power of two, [\d,]+ … ([\d,]+)\)", r"a piece of CONTENT \(7\.2\) \| ([\d,]+) \|"],
    "SMCF_CSS_NAME_NBYTES_MAX": [r"nor is one whose name has more than ([\d,]+) bytes"],
    "SMCF_N_COLUMNS": [r"\| (\d+) × u8 \| widths \|"],
    "SMCF_RUN_TOKEN_WIDTH": [r"last_run packed values of (\d+) bits: for each run but the first"],
    "SMCF_RUN_FUNCTION_WIDTH_MAX": [r"\| width \| bits, 0 … (\d+), of a run's function \|"],
    "SMCF_NAMELESS_MAX": [r"\| n_nameless \| 0 … (\d+) \|", r"\| 4 \| (\d+) bytes \| nameless \|"],
    "SMCF_NAME_WIDTH_MAX": [r"\| (?:last|qualifier)_width \| bits, 0 … (\d+), of"],
    "SMCF_ORIGIN_WIDTH": [r"\*origin\* \((\d) bits\)"],
    "SMCF_PREFIX_WIDTH": [r"\*prefix\* \((\d) bits\)"],
    "SMCF_JOINT_WIDTH": [r"\*joint\* \((\d) bits\)"],
    "SMCF_BITMAP_NBYTES": [r"\*presence\* of sources, (\d+) bytes", r"\*presence\* of names, (\d+) bytes"],
}
# Constants with a test of their own.
OF_FUNCTIONS = {"smcf_runs", "smcf_functions", "smcf_inlined", "smcf_call_site", "smcf_bytecode_segment"}
BASE_MAXIMA = {"SMCF_SOURCE_BASE_MAX": "source_base", "SMCF_COLUMN_BASE_MAX": "column_base",
               "SMCF_LINE_BASE_MAX": "line_base", "SMCF_NAME_BASE_MAX": "name_base"}
ELSEWHERE = {"SMCF_MAGIC", "SMCF_MUST_UNDERSTAND_KNOWN", "SMCF_MAY_IGNORE_KNOWN", "SMCF_STREAM_NBYTES_MAX",
             "SMCF_RUN_BASE_MAX", "SMCF_KIND_WIDTH", *BASE_MAXIMA}


def section(number):
    """The text of a section of the spec, without its subsections unless they are of a deeper level."""
    found = re.search(rf"(?ms)^(#+) {re.escape(number)}\.? .*?(?=^#+ \d|\Z)", SPEC)
    if not found:
        raise AssertionError(f"the spec has no section {number}")
    return found[0]


def rows_of(text, heading):
    """The tables with that heading in a text: lists of rows, a row a list of cells."""
    tables = []
    for table in re.findall(rf"(?m)^{re.escape(heading)}\n\|[-|]+\n((?:\|.*\n)*)", text):
        tables.append([[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()])
    return tables


def constants():
    """Every #define with a number and every enumerator of the header."""
    values = {}

    def evaluate(text):
        text = re.sub(r"UINT(?:32|64)_C\((\w+)\)", r"\1", text)
        text = re.sub(r"\b(U?)INT(\d+)_MAX\b", lambda kind: str((1 << int(kind[2]) - (not kind[1])) - 1), text)
        text = re.sub(r"\bSMCF_\w+", lambda name: str(values[name[0]]), text)
        return int(eval(text.replace("/", "//"), {"__builtins__": {}}))  # digits and operators: nothing else matches

    code = re.sub(r"(?s)/\*.*?\*/", "", HEADER)
    pattern = r"#define (SMCF_\w+) (\S[^\n]*)\n|enum \w+ \{(.*?)\};"
    for name, value, enumerators in re.findall(pattern, code, re.DOTALL):
        pairs = [(name, value)] if name else re.findall(r"(SMCF_\w+) = (\w+)", enumerators)
        for name, value in pairs:
            if re.fullmatch(r"[\w\s()+*/-]+", value):
                values[name] = evaluate(value)
    return values


VALUES = constants()


def structs():
    """Each struct of the header: a list of (name, offset, bytes of an element, elements), nested ones flattened."""
    found = {}
    for name, body in re.findall(r"(?s)struct (smcf_\w+) \{(.*?)\n\};", HEADER):
        if re.fullmatch(r"smcf_le\d\d", name):
            continue
        fields, off = [], 0
        body = re.sub(r"\A[^\n]*", "", body)  # a comment beside the brace
        for kind, field, count, comment in re.findall(
                r"\n\s+((?:struct )?\w+) (\w+)(?:\[(\w+)\])?;(?:\s*/\*\s*(\d+)\b)?", body):
            if comment and int(comment) != off:
                raise AssertionError(f"{name}.{field} is at {off}; its comment says {comment}")
            if kind in INTEGERS:
                n = int(VALUES.get(count, count) or 1)
                fields.append((field, off, INTEGERS[kind], n))
                off += INTEGERS[kind] * n
            else:
                nested, nbytes = found[kind.removeprefix("struct ")]
                fields += [(inner, off + at, size, n) for inner, at, size, n in nested]
                off += nbytes
        found[name] = fields, off
    return found


STRUCTS = structs()


def spec_type(text):
    """(bytes of an element, elements) of a type of the spec."""
    match = re.fullmatch(r"(?:(\d+) × )?(u8|le16|le24|le32|le40|le64)|(\d+) bytes", text)
    if not match:
        raise AssertionError(f"no type of the spec: {text!r}")
    return (1, int(match[3])) if match[3] else (SPEC_INTEGERS[match[2]], int(match[1] or 1))


class Layout(unittest.TestCase):
    maxDiff = None

    def test_fields(self):
        found = {}
        for number in dict.fromkeys(TABLES.values()):
            tables = rows_of(section(number), "| off | type | field | meaning |")
            names = [name for name, at in TABLES.items() if at == number]
            self.assertEqual(len(tables), len(names), f"tables of section {number}")
            for name, rows in zip(names, tables):
                found[name] = [(field, int(off), *spec_type(kind)) for off, kind, field, _ in rows]
        self.assertEqual(found, {name: fields for name, (fields, _) in STRUCTS.items()})

    def test_no_other_tables(self):
        n_tables = len(rows_of(SPEC, "| off | type | field | meaning |"))
        self.assertEqual((n_tables, sorted(STRUCTS)), (len(TABLES), sorted(TABLES)))

    def test_sizes(self):
        asserted = {name: int(nbytes) for name, nbytes in re.findall(r"SMCF_ASSERT_SIZE\((smcf_\w+), (\d+)\);", HEADER)}
        self.assertEqual(asserted, {name: nbytes for name, (_, nbytes) in STRUCTS.items()})
        said = {
            "smcf_header": r"### 3\.1 Header \((\d+) bytes\)", "smcf_section": r"n_sections entries of (\d+) bytes",
            "smcf_info": r"### 3\.5 INFO \((\d+) bytes\)", "smcf_offset_group": r"group headers: (\d+) bytes x",
            "smcf_position": r"A position has (\d+) bytes:",
            "smcf_block": r"A header of (\d+) bytes:",
            "smcf_runs": r"The runs of a block have a header of (\d+) bytes:",
            "smcf_functions": r"FUNCTIONS has a header of (\d+) bytes,",
            "smcf_inlined": r"In INLINED each has (\d+) bytes:",
            "smcf_call_site": r"A call site has (\d+) bytes:",
            "smcf_bytecode_segment": r"each segment with a function has (\d+) bytes:"}
        for name, pattern in said.items():
            self.assertEqual([int(n) for n in re.findall(pattern, SPEC)], [asserted[name]], name)

    def test_asserted_offsets(self):
        asserted = re.findall(r"SMCF_ASSERT_FIELD\((smcf_\w+), (\w+), (\d+)\);", HEADER)
        self.assertGreater(len(asserted), 5)
        for name, field, off in asserted:
            self.assertIn((field, int(off)), [(named, at) for named, at, _, _ in STRUCTS[name][0]])


class Numbers(unittest.TestCase):
    maxDiff = None

    def test_section_ids(self):
        (rows,) = rows_of(section("3.4"), "| id | name | count | nbytes | there |")
        found = {name: int(number, 16) for number, name, *_ in rows}
        self.assertEqual(found, {name.removeprefix("SMCF_SECTION_"): value for name, value in VALUES.items()
                                 if name.startswith("SMCF_SECTION_")})
        drawn = re.search(r"(?s)header \| section table \| (.*?)```", SPEC)[1].split()
        self.assertEqual(drawn, [name for _, name, *_ in rows])
        sizes = {name: nbytes for _, name, _, nbytes, _ in rows}
        for name, struct, pattern in (
                ("INFO", "smcf_info", r"(\d+)"), ("SOURCES", "smcf_source", r"(\d+) · \(count \+ 1\)"),
                ("RAW_SOURCES", "struct smcf_le32", r"(\d+) · count"), ("INLINED", "smcf_inlined", r"(\d+) · count"),
                ("CALL_SITES", "smcf_call_site", r"(\d+) · count"),
                ("BYTECODE_SEGMENTS", "smcf_bytecode_segment", r"(\d+) · count"),
                ("BYTECODE_OFFSETS", "struct smcf_le32", r"(\d+) · count")):
            nbytes = INTEGERS.get(struct) or STRUCTS[struct][1]
            self.assertEqual(int(re.fullmatch(pattern, sizes[name])[1]), nbytes)

    @staticmethod
    def enum(name, prefix):
        body = re.search(rf"(?s)enum {name} \{{(.*?)\}};", HEADER)[1]
        return {key.removeprefix(prefix): int(value, 0) for key, value in re.findall(r"(SMCF_\w+) = (\w+)", body)}

    def test_block_flags(self):
        (rows,) = rows_of(section("5.2"), "| bit | flag | meaning |")
        found = {name: 1 << int(bit) for bit, name, _ in rows}
        self.assertEqual(found, self.enum("smcf_block_flag", "SMCF_BLOCK_"))
        self.assertEqual(sum(found.values()), 255)  # so that none is reserved
        for name in "SPARSE_SOURCES", "FOLLOW_LINE", "FOLLOW_COLUMN", "SPARSE_NAMES", "NAME_SLOTS":
            (meaning,) = [meaning for _, other, meaning in rows if other == name]
            self.assertRegex(meaning, "^only with NAMES: " if "NAME" in name else "^only with SOURCES: ")

    def test_columns(self):
        rows = rows_of(section("5.2"), "| off | type | field | meaning |")[0]
        found = {field: re.search(r"\bof ([\w ,]*)", meaning)[1] for _, _, field, meaning in rows if "of " in meaning}
        columns = self.enum("smcf_column", "SMCF_COLUMN_")
        names = {name.upper().replace(" ", "_"): k for k, name in enumerate(found["widths"].split(", "))}
        self.assertEqual(names | {"SMCF_N_COLUMNS": 4}, columns)
        self.assertEqual({field: column for field, column in found.items() if field.endswith("_base")}, {
            "source_base": "source", "line_base": "source line", "column_base": "source column", "name_base": "name"})

    def test_bases(self):
        """What the fields hold: those of which the spec says so are signed, and are read so."""
        rows = rows_of(section("5.2"), "| off | type | field | meaning |")[0]
        for name, field in BASE_MAXIMA.items():
            ((kind, meaning),) = [(kind, meaning) for _, kind, other, meaning in rows if other == field]
            n_bits = 8 * SPEC_INTEGERS[kind]
            self.assertEqual(VALUES[name], (1 << n_bits - meaning.endswith("; signed")) - 1, name)
            if meaning.endswith("; signed"):
                top = f"UINT32_C({1 << n_bits - 1:#x})"
                self.assertIn(f"return (smcf_get{n_bits}(block->{field}) ^ {top}) - {top};", HEADER)

    def test_directory(self):
        rows = rows_of(section("5.1"), "| list | entries | an entry |")[0]
        self.assertEqual([row[0] for row in rows], ["top", "middle", "firsts", "starts"])
        nbytes = STRUCTS["smcf_position"][1], INTEGERS["struct smcf_le32"]
        size = re.search(r"has (\d+) · \(top \+ middle \+ firsts\) \+ (\d+) · starts bytes", section("5.1"))
        self.assertEqual(tuple(map(int, size.groups())), nbytes)
        self.assertIn("every 256th", section("1"))
        self.assertEqual(VALUES["SMCF_FANOUT"] ** 2, 256)
        self.assertLess(VALUES["SMCF_LINE_MAX"] + 1, 1 << 31)  # so that there is a greater key that is not negative

    def test_highs(self):
        n_bits = 8 * VALUES["SMCF_HIGHS_NBYTES"]
        self.assertEqual(re.findall(r"\*Highs\* is a string of (\d+) bits", SPEC), [str(n_bits)])
        # A one for each token and a zero after each high part.
        self.assertEqual(VALUES["SMCF_BLOCK_TOKENS"] + VALUES["SMCF_HIGH_MAX"] + 1, n_bits)
        self.assertEqual((VALUES["SMCF_HIGH_MAX"] + 1) << VALUES["SMCF_LOW_WIDTH_MAX"], 1 << 32)
        most = VALUES["SMCF_LOW_WIDTH_MAX"] + 4 * VALUES["SMCF_COLUMN_WIDTH_MAX"]
        self.assertEqual(re.findall(r"That can be (\d+) bits", section("5.2")), [str(most)])

    def test_line_slope(self):
        self.assertIn("base + field + ((line_slope · *i*) >> 4) − 8 · *i*,", section("5.2"))
        self.assertIn("return (line_slope * i >> 4) - 8 * i;", HEADER)
        none = VALUES["SMCF_LINE_SLOPE_NONE"]
        self.assertFalse(any((none * i >> 4) - 8 * i for i in range(VALUES["SMCF_BLOCK_TOKENS"])))

    def numbered(self, heading):
        """The words of a table of section 5.7 by their values, of which none is left out."""
        (rows,) = rows_of(section("5.7"), heading)
        self.assertEqual([int(row[0]) for row in rows], list(range(len(rows))))
        return list(zip(*rows))[1:]

    def test_kinds_and_origins(self):
        (kinds, _), (origins, _) = map(self.numbered, ("| value | kind | a function |", "| value | origin | says so |"))
        self.assertEqual({name: i for i, name in enumerate(kinds)}, self.enum("smcf_function_kind", "SMCF_FUNCTION_"))
        self.assertEqual({name: i for i, name in enumerate(origins)}, self.enum("smcf_name_origin", "SMCF_NAME_"))
        said = re.search(r"its kind in bits (\d) and (\d), its origin in bits (\d) … (\d);", section("5.7"))
        kind_bits = VALUES["SMCF_KIND_WIDTH"]
        self.assertEqual(tuple(map(int, said.groups())), (0, kind_bits - 1, kind_bits,
                                                          kind_bits + VALUES["SMCF_ORIGIN_WIDTH"] - 1))

    def test_prefixes_and_joints(self):
        prefixes, joints = self.numbered("| value | prefix | joint |")
        texts = [re.findall(r'"(.*?)"', re.search(rf"(?s)smcf_{name}_text\(.*?\{{.*?\{{(.*?)\}}", HEADER)[1])
                 for name in ("prefix", "joint")]
        self.assertEqual([re.sub(r"`(\w+)` and a space", r"\1 ", text.replace("nothing", "")) for text in prefixes],
                         texts[0])
        self.assertEqual([text.strip("`") for text in joints[:-1]], ["nothing", *texts[1][1:]])
        self.assertEqual((joints[-1], texts[1][0]), ("none has it", ""))
        for name, values in ("prefix", texts[0]), ("joint", texts[1]):
            self.assertEqual(sorted(self.enum(f"smcf_name_{name}", "").values()), list(range(len(values))))

    def test_functions(self):
        """Bits of a record, what they can come to, and the size that they make."""
        text = section("5.7")
        more = sum(VALUES[f"SMCF_{name}_WIDTH"] for name in ("ORIGIN", "PREFIX", "JOINT"))
        self.assertEqual(re.findall(r"last_width \+\s+qualifier_width \+ (\d+)", text), [str(more)] * 2)
        self.assertEqual(re.findall(r"That can be (\d+) bits", text), [str(more + 2 * VALUES["SMCF_NAME_WIDTH_MAX"])])
        size = re.search(r"size is (\d+) \+ ceil\(\(count − n_nameless\) ·\s+\([^)]*\) / 8\) \+ (\d+)\.", text)
        self.assertEqual(tuple(map(int, size.groups())), (STRUCTS["smcf_functions"][1], VALUES["SMCF_GUARD_NBYTES"]))
        nbytes = {name: size for name, _, size, _ in STRUCTS["smcf_runs"][0]}["base"]
        self.assertEqual(VALUES["SMCF_RUN_BASE_MAX"], 256 ** nbytes - 1)
        last_run = re.search(r"number of runs, minus one: 0 … (\d+)", section("5.6"))
        self.assertEqual(int(last_run[1]) + 1, VALUES["SMCF_BLOCK_TOKENS"])

    def test_content_encodings(self):
        found = {name.upper(): int(code) for code, name in re.findall(r"(?m)^- Encoding (\d+), (\w+):", section("7.2"))}
        self.assertEqual(found, self.enum("smcf_content_encoding", "SMCF_CONTENT_"))

    def test_piece_size(self):
        found = re.search(r"takes at most \*n\* \+ \*n\* div (\d+) \+ (\d+),", section("7.2"))
        self.assertIn(f"return n + n / {found[1]} + {found[2]};", HEADER)

    def test_content_stream(self):
        nbytes = {name: size for name, _, size, _ in STRUCTS["smcf_source"][0]}["content_off"]
        self.assertEqual(VALUES["SMCF_STREAM_NBYTES_MAX"], 256 ** nbytes - 1)

    def test_magic(self):
        magic = bytes.fromhex(re.search(r"magic \| `([0-9a-f ]+)`", SPEC)[1])
        self.assertEqual(magic, ast.literal_eval("b" + re.search(r'#define SMCF_MAGIC ("[^\n]*")', HEADER)[1]))
        self.assertEqual(len(magic), VALUES["SMCF_MAGIC_NBYTES"])

    def test_flags(self):
        self.assertEqual((VALUES["SMCF_MUST_UNDERSTAND_KNOWN"], VALUES["SMCF_MAY_IGNORE_KNOWN"]), (0, 0))
        self.assertRegex(section("3.2"), r"Version\s+1\.0 defines no bit of either")
        self.assertEqual(self.enum("smcf_source_flag", "SMCF_SOURCE_"), {"HAS_CONTENT": 1 << 0, "IGNORED": 1 << 1})
        self.assertIn("| flags | bit 0: has content; bit 1: is on the map's ignoreList;", section("6"))
        self.assertEqual(self.enum("smcf_inlined_flag", "SMCF_INLINED_"), {"HIDDEN": 1 << 0})
        self.assertIn("| flags | bit 0: HIDDEN,", section("5.8"))
        self.assertEqual(self.enum("smcf_info_flag", "SMCF_INFO_"), {"HAS_DEBUG_ID": 1 << 0})
        self.assertIn("| flags | bit 0: there is a debug ID;", section("3.5"))

    def test_css_names(self):
        code = re.search(r"(?s)static const char \*const extensions\[\] = \{(.*?)\};", HEADER)[1]
        self.assertEqual(re.findall(r"`(\.\w+)`", section("7.1")), re.findall(r'"(\.\w+)"', code))
        self.assertIn("(without `?` or `#`", section("7.1"))
        self.assertIn("text[n] != '?' && text[n] != '#'", HEADER)

    def test_constants(self):
        enumerators = set(re.findall(r"SMCF_\w+", "".join(re.findall(r"(?s)enum \w+ \{(.*?)\};", HEADER))))
        self.assertEqual(set(VALUES) | {"SMCF_MAGIC"}, set(CONSTANTS) | ELSEWHERE | enumerators)
        for name, patterns in CONSTANTS.items():
            for pattern in patterns:
                found = re.findall(pattern.replace(" ", r"\s+"), SPEC)
                self.assertTrue(found, f"{name}: the spec does not say {pattern}")
                for text in found:
                    self.assertEqual(int(text.replace(",", ""), 0), VALUES[name], f"{name}: {pattern}")


    def test_limits(self):
        """The rows of 8.1 that no constant of the header has."""
        rows = dict(rows_of(section("8.1"), "| what | at most |")[0])
        self.assertEqual(VALUES["SMCF_STREAM_NBYTES_MAX"], (1 << 40) - 1)
        self.assertEqual(rows["bytes of all contents (6)"], "2^40 - 1")
        ratio = re.search(r"#define SMC_TEXT_RATIO_MAX (\d+)", (ROOT / "src/reader/smcache.h").read_text())[1]
        self.assertTrue(rows["inflated bytes of CONTENT, by its own (7.2)"].startswith(f"{int(ratio):,} times"))
        indices = [text for what, text in rows.items() if what.startswith(("tokens,", "generated column"))]
        self.assertEqual([int(text.split(":")[0], 0) for text in indices], [VALUES["SMCF_NONE"] - 1] * 2)


class WorkedExample(CliTest):
    """Section 9: its map, the bytes of its file, what they mean, and its lookup."""

    STRUCTS = {"header": "smcf_header", "section table": "smcf_section", "INFO": "smcf_info",
               "DIRECTORY": "smcf_position", "BLOCKS": "smcf_block", "SOURCES": "smcf_source",
               "STRING_OFFSETS": "smcf_offset_group", "LINE_COUNTS": "smcf_offset_group"}

    def setUp(self):
        super().setUp()
        self.text = section("9")
        self.json = re.search(r"(?s)```json\n(.*?)\n```", self.text)[1].encode()
        self.parts = {}  # title: rows (offset, bytes, meaning)
        for line in re.search(r"(?s)```\n(# header.*?)```", self.text)[1].splitlines():
            if line.startswith("# "):
                rows = self.parts.setdefault(line[2:], [])
                continue
            match = re.fullmatch(r" *(\d+)  ((?:[0-9a-f]{2} ?)+)(?: {2,}(\S.*)| (\S.*))?", line)
            self.assertTrue(match, line)
            rows.append((int(match[1]), bytes.fromhex(match[2]), match[3] or match[4] or ""))
        self.data = b""
        for row in sum(self.parts.values(), []):
            self.assertEqual(row[0], len(self.data))
            self.data += row[1]

    def test_bytes(self):
        built = self.succeed("build", "-", "--sources=raw", "--functions=none", stdin=self.json).out
        self.assertEqual(self.data.hex(" ", 16), built.hex(" ", 16))
        self.assertIn(f"A map of {len(self.json)} bytes, without", self.text)
        self.assertIn(f"`smcache build --sources=raw --functions=none` makes these {len(built)} bytes of it", self.text)

    def test_fields(self):
        """Each field of each struct has its place and its value."""
        seen = set()
        for title, rows in self.parts.items():
            struct = self.STRUCTS.get(re.match(r"[A-Z_]+|[a-z ]+[a-z]", title)[0])
            if struct is None or title.endswith(": starts"):
                continue
            fields, nbytes = STRUCTS[struct]
            labels = []
            for off, data, meaning in rows:
                if off - rows[0][0] < nbytes and meaning:
                    labels += [meaning] if ":" in meaning else meaning.split(", ")
            self.assertEqual([re.match(r"\w+", label)[0] for label in labels], [name for name, *_ in fields], title)
            seen |= {(struct, name) for name, *_ in fields}
            for label, (_, off, size, n) in zip(labels, fields):
                value = re.fullmatch(r"\w+ (NONE|-?\w+)(?: \(.*\)|: .*)?", label)
                if value:
                    value = VALUES["SMCF_NONE"] if value[1] == "NONE" else int(value[1], 0)
                    at = rows[0][0] + off
                    self.assertEqual(value % 256 ** size, int.from_bytes(self.data[at:at + size], "little"), label)
                else:
                    self.assertTrue(n > 1, label)  # an array
        self.assertEqual(seen, {(struct, name) for struct in self.STRUCTS.values() for name, *_ in STRUCTS[struct][0]})
        self.assertEqual(set(STRUCTS) - set(self.STRUCTS.values()), OF_FUNCTIONS)  # which the example has none of

    def block_bytes(self, meaning):
        """Those of the first row of the block with that meaning, and of the ones after it that have none."""
        rows = self.parts["BLOCKS (5.2), block 0 of 5 tokens"]
        (first,) = [k for k, row in enumerate(rows) if row[2].startswith(meaning)]
        found = rows[first][1]
        for _, data, text in rows[first + 1:]:
            if text:
                break
            found += data
        return int.from_bytes(found, "little")

    def test_tokens(self):
        heading = "| token | high part | record | line | column | source | source line | source column | name |"
        rows = rows_of(self.text, heading)[0]
        cache = Cache(self.data)
        self.assertEqual([[None if cell == "" else int(cell) for cell in row[3:]] for row in rows],
                         [list(token) for token in cache])
        low_slot_widths, column_width, source_width, _, source_column_width, _ = cache.sections[0x40].read(0, 6)
        widths = [source_column_width, source_width, column_width]  # those that are not 0
        self.assertEqual(low_slot_widths, 0)
        highs, records = self.block_bytes("highs"), self.block_bytes("5 records")
        for i, (token, high, record, *_) in enumerate(rows):
            record = record.strip("`").split(" ")
            self.assertEqual((int(token), [len(bits) for bits in record]), (i, widths))
            self.assertEqual(int("".join(record), 2), records >> i * sum(widths) & (1 << sum(widths)) - 1)
            self.assertTrue(highs >> i + int(high) & 1)
        self.assertEqual(highs.bit_count(), len(rows))

    def test_numbers(self):
        """The bytes that the text speaks of."""
        text = re.sub(r"\s+", " ", self.text)
        flags = re.search(r"The flags (\w\w) = `([01]+)` are all but NAME_SLOTS", text)
        self.assertEqual(int(flags[1], 16), self.block_bytes("flags"))
        self.assertEqual(int(flags[1], 16), 255 & ~VALUES["SMCF_BLOCK_NAME_SLOTS"])
        highs = re.search(r"Highs begin with (\w\w) = `([01]+)`", text)
        self.assertEqual(int(highs[1], 16), self.block_bytes("highs"))
        sources = re.search(r"Presence of sources: (\w\w) = `([01]+)`", text)
        self.assertEqual(int(sources[1], 16), self.block_bytes("presence of sources"))
        names = re.search(r"Presence of names: (\w\w) = `([01]+)`", text)
        self.assertEqual(int(names[1], 16), self.block_bytes("presence of names"))
        values = re.search(r"the values (\w\w) = `([01]+)` are", text)
        self.assertEqual(int(values[1], 16), self.block_bytes("names"))
        for match in flags, highs, sources, names, values:
            self.assertEqual(int(match[1], 16), int(match[2], 2))
        records = re.search(r"The records ((?:\w\w ){4})are one little-endian number, (0x\w+);", text)
        self.assertEqual(int.from_bytes(bytes.fromhex(records[1]), "little"), int(records[2], 16))
        self.assertEqual(int(records[2], 16), self.block_bytes("5 records"))

    def test_lookup(self):
        text = re.sub(r"\s+", " ", self.text)
        line, column = map(int, re.search(r"\*\*Lookup of (\d+):(\d+)\.\*\*", text).groups())
        index, found_line, found_column = map(int, re.search(r"is token (\d+), at (\d+):(\d+);", text).groups())
        answer = re.search(r"Answer: `(.+?)`, line (\d+), column (\d+), name `(.+?)`\.", text)
        cache = Cache(self.data)
        token = cache.lookup(line, column)
        self.assertEqual(token, cache.token(index))
        self.assertEqual(token[:2], (found_line, found_column))
        self.assertEqual(answer.groups(), (cache.sources[token.source].name, str(token.source_line),
                                           str(token.source_column), cache.names[token.name]))
        path = self.write("x", self.data)
        row = self.succeed("lookup", path, f"{line}:{column}", "--format=tsv", "--line-base=0", "--column-base=0").text
        self.assertEqual(row, f"{line}\t{column}\t" + "\t".join(answer.groups()) + "\t\n")
        self.assertIn(f"byte {cache.sections[VALUES['SMCF_SECTION_BLOCKS']].off} of the file", text)
        high = int(re.search(r"would have the high part \d - \d = (\d)\.", text)[1])
        zeros = [bit for bit in range(8) if not self.block_bytes("highs") >> bit & 1]
        self.assertIn(f"between the zeros at bits {zeros[high - 1]} and {zeros[high]},", text)
        self.succeed("verify", path)

    def test_content(self):
        cache = Cache(self.data)
        self.assertEqual([source.name for source in cache.sources], ["a.js", "b.js"])
        self.assertEqual(cache.sources[0].lines, [b"let x=1", b""])
        self.assertIsNone(cache.sources[1].content)

    def test_line(self):
        """Line 1 as the text finds it."""
        text = re.sub(r"\s+", " ", self.text)
        first, last, line, mark, start = map(int, re.search(
            r"\*\*Line \d of `a\.js`\.\*\* Its content is bytes (\d+) … (\d+) of the stream, .*? is that of line (\d+): the LF, "
            r"byte (\d+)\. So line 1 starts at byte (\d+),", text).groups())
        content = Cache(self.data).sources[0].content
        self.assertEqual((first, last), (0, len(content) - 1))
        self.assertEqual((content.index(b"\n"), line, start), (mark, 1, mark + 1))
        n_lines = re.search(r"its values are 0 and \((\d+) · 1\) >> 8 = (\d+)\.", text)
        self.assertEqual(int(n_lines[1]) >> 8, int(n_lines[2]))
        self.assertEqual(Cache(self.data).n_content_lines, int(n_lines[2]))


class Functions(unittest.TestCase):
    """The examples of sections 5.6 to 5.8."""

    STRINGS = ["m.ts", "sq", "Checkout", "total"]

    def functions(self, n_tokens, sections):
        """Of a file with these sections: (bytes, count) by name."""
        rows = {}
        for name, (data, count) in sections.items():
            section_id = VALUES[f"SMCF_SECTION_{name}"]
            rows[section_id] = Section(data, section_id, 0, 0, len(data), count)
        return smcache_functions.Functions(rows, n_tokens, 1, self.STRINGS.__getitem__)

    @staticmethod
    def named(*records):
        """FUNCTIONS of two functions without a name, TOP_LEVEL and ANONYMOUS, and of records, of a byte each field."""
        bits = [byte | qualifier << 8 | rest << 16 for byte, qualifier, rest in records]
        packed = sum(record << 23 * i for i, record in enumerate(bits)).to_bytes((23 * len(bits) + 7) // 8, "little")
        nameless = bytes([1 << 2 | 1, 1 << 2 | 2])
        return bytes([8, 8, 2, 0]) + nameless.ljust(12, b"\0") + packed + bytes(8), 2 + len(records)

    def test_runs(self):
        text = re.sub(r"\s+", " ", section("5.6"))
        example = re.search(
            r"Example: of 6 tokens the first two are in no known function, the next three in function (\d), and the last "
            r"in function 0; n_nameless is 2\. So there are 3 runs, and last_run is (\d)\. Tokens are 2 and 5, of 7 bits: "
            r"(\w\w \w\w)\. With base (\d) the values are 0, 3 and 1, so width is (\d): `([01 ]+)` = (\w\w)\.", text)
        function, last_run, tokens, base, width, bits, values = example.groups()
        self.assertEqual(int(bits.replace(" ", ""), 2), int(values, 16))
        runs = bytes([int(last_run), int(width), int(base), 0, 0]) + bytes.fromhex(tokens) + bytes.fromhex(values)
        offsets = struct.pack("<QIHBB", 0, 0, 0, 4, 0) + (len(runs) << 4).to_bytes(32, "little") + bytes(8)
        made = self.functions(6, {"RUN_OFFSETS": (offsets, 2), "RUNS": (runs + bytes(8), 6),
                                  "FUNCTIONS": self.named(*[(1, 0, i) for i in range(1, 7)], (0, 0, 1), (2, 0, 1))})
        self.assertEqual([made.of_token(i) for i in range(6)], [None, None, *[int(function)] * 3, 0])

    def test_names(self):
        text = re.sub(r"\s+", " ", section("5.7"))
        name, prefix, qualifier, joint, last = re.search(
            r"So `(.*?)` is prefix (\d), `(.*?)`, joint (\d) and `(.*?)`;", text).groups()
        record = (self.STRINGS.index(last), self.STRINGS.index(qualifier) + 1, 4 | int(prefix) << 3 | int(joint) << 5)
        made = self.functions(0, {"FUNCTIONS": self.named(record)})
        self.assertEqual(made.function(2), (3, 4, name, last))
        self.assertEqual([made.function(i) for i in range(2)], [(1, 1, None, None), (2, 1, None, None)])

    def test_frames(self):
        text = re.sub(r"\s+", " ", section("5.8"))
        example = re.search(
            r"Example: `sq` is inlined at 1:12 of `m\.ts`, outside of any function\. The generated position (\d+):(\d+) is "
            r"in the extent (\d+):(\d+) … (\d+):(\d+), whose call site is `m\.ts` (\d+):(\d+) with a function of kind "
            r"TOP_LEVEL, and next NONE; its token is at `m\.ts` (\d+):(\d+) with the function `sq`\. So the frames are "
            r"`sq` at (\d+):(\d+) and top level at (\d+):(\d+)\.", text)
        numbers = list(map(int, example.groups()))
        position, start, end, call, token, *frames = [tuple(numbers[i:i + 2]) for i in range(0, len(numbers), 2)]
        none = VALUES["SMCF_NONE"]
        extents = struct.pack("<10I", start[1], start[0], 0, none, 0, end[1], end[0], none, none, 0)
        extents = extents[:17] + extents[20:37]  # flags are a byte
        made = self.functions(1, {"FUNCTIONS": self.named((1, 0, 1)), "INLINED": (extents, 2),
                                  "CALL_SITES": (struct.pack("<IIIII", 0, *call, 0, none), 1)})
        found = made.frames(*position, Token(*start, 0, *token, None), 2)
        self.assertEqual([(frame[:3], made.function(frame.function)[0::2]) for frame in found],
                         [((0, *frames[0]), (3, "sq")), ((0, *frames[1]), (1, None))])
        self.assertEqual(len(made.frames(*end, Token(*end, 0, *token, None), 2)), 1)


class Bytecode(CliTest):
    """The example of section 5.9: its bytes, and where they lead."""

    def test_example(self):
        text = re.sub(r"\s+", " ", section("5.9"))
        offsets, segments, starts, *rest = re.search(
            r"Example: of `(\{.*?\})` BYTECODE_SEGMENTS is ([\d, and]+); BYTECODE_OFFSETS is ([\d, ]+)\. Byte (\d) of "
            r"function (\d) of segment (\d) is the generated position (\d+):(\d+), byte (\d) of function (\d) of "
            r"segment (\d) is (\d+):(\d+)\.", text).groups()
        records = re.findall(r"(\d+), (\d+)", segments)
        sections = {"BYTECODE_SEGMENTS": (b"".join(struct.pack("<II", *map(int, record)) for record in records), 2),
                    "BYTECODE_OFFSETS": (b"".join(struct.pack("<I", int(start)) for start in starts.split(", ")), 4)}
        rows = {VALUES[f"SMCF_SECTION_{name}"]: Section(data, VALUES[f"SMCF_SECTION_{name}"], 0, 0, len(data), count)
                for name, (data, count) in sections.items()}
        made = smcache_bytecode.Bytecode(rows)
        numbers = list(map(int, rest))
        for byte, function, segment, *position in numbers[:5], numbers[5:]:
            self.assertEqual(made.position(segment, function, byte), tuple(position))
        path = self.build({**make_map([], []), "x_hermes_function_offsets": json.loads(offsets)})
        cache = Cache(path)
        for name, (data, count) in sections.items():
            built = cache.sections[VALUES[f"SMCF_SECTION_{name}"]]
            self.assertEqual((built.read(0, built.nbytes), built.count), (data, count))


class Stretches(CliTest):
    """The example of section 7.3."""

    def test_values(self):
        text = re.sub(r"\s+", " ", section("7.3"))
        self.assertIn("the values are 0, 2 and 5. Without the third content they would be 0, 2 and 4.", text)
        self.assertIn("A stream of nothing but three empty contents has the one value 3.", text)
        first, second = "a" * 2047 + "\n", "\n" + "b" * 2047
        for contents, expected in (([first, second, ""], [0, 2, 5]), ([first, second], [0, 2, 4]), (["", "", ""], [3])):
            for mode in "raw", "deflate":
                source_map = make_map([], [f"{i}.js" for i in range(len(contents))], contents=contents)
                path = self.build(source_map, f"--sources={mode}", name=f"{len(expected)}{mode}.js")
                cache = Cache(path)
                self.assertEqual(cache.line_counts.values(0, len(expected)), expected)
                self.assertEqual([source.content.decode() for source in cache.sources], contents)
                self.assertEqual([b"\n".join(source.lines).decode() for source in cache.sources], contents)
                self.succeed("verify", path)


if __name__ == "__main__":
    main()
