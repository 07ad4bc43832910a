#!/usr/bin/env python3
"""smcache build: what lenient mode makes of errors and strict mode refuses, --json, and inputs at the limits."""

import errno
import gzip
import json
import os
import re
import resource
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

from support import (DONE, EMULATED, ENVIRONMENT, INPUT, PARTIAL, PROGRAM, SYSTEM, TIMEOUT_S, USAGE, CliTest, inline,
                     main, make_map, map_from, run, script, to_bytes, too_large)

BASE = {"version": 3, "sources": ["a", "b"], "names": ["n", "m"], "mappings": "AAAAA,CCAAC"}
TOKENS, SOURCES = ["0 0 0 0 0 n", "0 1 1 0 0 m"], ["0 a    ", "1 b    "]
INFO = {"file": None, "source_root": None, "debug_id": None, "n_ignored": 0, "n_sources": 2, "n_names": 2, "n_lines": 1,
        "content_nbytes": 0}
ID, OTHER_ID = "00112233-4455-6677-8899-aabbccddeeff", "ffffffff-4455-6677-8899-aabbccddeeff"


def map_of(**members):
    """The base with other members; None is absent, NULL is null."""
    kept = {key: value for key, value in (BASE | members).items() if value is not None}
    return to_bytes(kept).replace(b'"\\u0000"', b"null").replace(b'"\\u0001"', b"1e400")


NULL, INFINITY = "\0", "\1"
VERSION = "not the number 3; read as version 3"
MAPPINGS = "not base64 VLQ segments of 1, 4 or 5 fields; all mappings dropped"
ORIGINAL = "segment with an impossible original position; kept without one"
COLUMN = "segment at a negative generated column; dropped"
NAME = "segment with a name that does not exist; kept without it"
STRING = "not a string; ignored"
ARRAY = "not an array; ignored"
INDEX = "element is no integer of at least 0; dropped"
UUID = "not a UUID; ignored"
NO_SOURCE = "index of a source that does not exist; dropped"
ELEMENT = "element is neither a string nor null; read as null"

# Changed members, key and place of the warning (what stands there, its last occurrence; None: byte 0), its text, and
# how the result differs from that of the base: tokens, sources, and members of info.
OPTIONAL = [
    # Section 1, the object.
    ({"version": None}, "version", None, "missing; read as version 3", {}),
    *(({"version": version}, "version", text, VERSION, {}) for version, text in (
        (4, "4,"), ("3", '"3"'), (NULL, "null"), (3.5, "3.5"), (-3, "-3"), (INFINITY, "1e400"), ([3], "[3]"))),
    *(({"file": value}, "file", text, STRING, {}) for value, text in ((5, "5"), (NULL, "null"), (["f"], '["f"]'))),
    *(({"sourceRoot": value}, "sourceRoot", text, STRING, {}) for value, text in (
        (5, "5"), (NULL, "null"), ({}, "{}"))),
    *(({"sources": [value, "b"]}, "sources", text, ELEMENT, {"sources": ["0     ", "1 b    "]})
      for value, text in ((7, "7"), (True, "true"), (["a"], '["a"]'))),
    *(({"sourcesContent": value}, "sourcesContent", text, ARRAY, {}) for value, text in (
        ("x", '"x"'), (NULL, "null"), ({"0": "x"}, '{"0"'))),
    ({"sourcesContent": [7, "yz"]}, "sourcesContent", "7,", ELEMENT,
     {"sources": ["0 a    ", "1 b 2 1  "], "content_nbytes": 2}),
    *(({"names": value, "mappings": "AAAA"}, "names", text, ARRAY, {"tokens": ["0 0 0 0 0 "], "n_names": 0})
      for value, text in (("x", '"x"'), (NULL, "null"))),
    *(({"names": [value, "m"]}, "names", text, 'element is not a string; read as ""', {
        "tokens": ["0 0 0 0 0 ", "0 1 1 0 0 m"]}) for value, text in ((7, "7"), (NULL, "null"))),
    *(({"scopes": value}, "scopes", text, reason, {}) for value, text, reason in (
        (7, "7", STRING), (NULL, "null", STRING), ({}, "{}", STRING),
        (["x"], '["x"]', "an array: a form of the proposal that is not read; ignored"))),
    *(({key: "x"}, key, '"x"', "an older form of the scopes proposal; ignored", {})
      for key in ("originalScopes", "generatedRanges")),
    ({"rangeMappings": 7}, "rangeMappings", "7", STRING, {}),
    # Section 3, mappings: bad grammar anywhere drops all of them, whatever else is in there.
    *(({"mappings": mappings}, "mappings", at, MAPPINGS, {"tokens": [], "n_lines": 0}) for mappings, at in (
        ("AAAA,", '"}'), (",AAAA", ",AAAA"), ("AAAA;,A", ",A"), ("AAAA,,A", ",A"), ("AAAA,;", ';"'), ("AA", 'AA"'),
        ("AAA", 'AAA"'), ("AAAAAA", 'A"}'), (" A", " A"), ("A A", " A"), ("AAAA;A=", "="), ("AAAAg", 'g"'),
        ("AAAA,+/////H,!", "!"), ("A\u00fc", '"A\\u00fc'))),
    ({"mappings": "AAAA,DAAAA,EAEAC"}, "mappings", "DAAAA", COLUMN, {"tokens": ["0 0 0 0 0 ", "0 1 0 2 0 m"]}),
    ({"mappings": "AAAA,D+////////HAA,CCAA"}, "mappings", "D+", COLUMN, {"tokens": ["0 0 0 0 0 ", "0 0 1 0 0 "]}),
    *(({"mappings": f"AAAA,C{fields},C{back}"}, "mappings", f"C{fields}", ORIGINAL,
       {"tokens": ["0 0 0 0 0 ", "0 1    ", "0 2 0 0 0 "]}) for fields, back in (
           ("DAA", "CAA"), ("EAA", "FAA"), ("ADA", "ACA"), ("AAD", "AAC"))),
    ({"mappings": "AAAA,CEAAA"}, "mappings", "CEAAA", ORIGINAL, {"tokens": ["0 0 0 0 0 ", "0 1    n"]}),
    *(({"mappings": f"AAAAA,CAAA{field},CAAA{back}"}, "mappings", f"CAAA{field}", NAME,
       {"tokens": ["0 0 0 0 0 n", "0 1 0 0 0 ", "0 2 0 0 0 n"]}) for field, back in (("D", "C"), ("E", "F"))),
    # Section 6, the ignore list.
    *(({key: value}, key, text, ARRAY, {}) for key in ("ignoreList", "x_google_ignoreList")
      for value, text in (("x", '"x"'), (NULL, "null"))),
    *(({key: [value, 1]}, key, text, reason, {"sources": ["0 a    ", "1 b   ignored "], "n_ignored": 1})
      for key in ("ignoreList", "x_google_ignoreList") for value, text, reason in (
          (-1, "-1", INDEX), ("0", '"0"', INDEX), (0.5, "0.5", INDEX), (NULL, "null", INDEX), (2, "2,1", NO_SOURCE),
          (INFINITY, "1e400", INDEX))),
    ({"ignoreList": "x", "x_google_ignoreList": [0]}, "ignoreList", '"x"', ARRAY, {}),  # the other does not step in
    # Section 8, debug IDs.
    *(({key: value}, key, text, reason, {}) for key in ("debugId", "debug_id") for value, text, reason in (
        (7, "7", STRING), (NULL, "null", STRING), ("", '""', UUID), (ID[:-1], '"0', UUID), (ID + "0", '"0', UUID),
        ("g" + ID[1:], '"g', UUID))),
    ({"debugId": ID, "debug_id": OTHER_ID}, "debugId", f'"{ID}', 'differs from "debug_id"; the latter is ignored',
     {"debug_id": ID}),
    ({"debugId": "x", "debug_id": ID}, "debugId", '"x"', UUID, {"debug_id": ID}),
    # Section 10, range mappings; those that are good stay.
    *(({"rangeMappings": text, "mappings": "AAAA,CAAA,C"}, "rangeMappings", at, reason, {
        "tokens": ["0 0 0 0 0 ", "0 1 0 0 0 ", "0 2    "], "n_ranges": n}) for text, at, reason, n in (
            ("!", '!"', "not base64 VLQs; ignored", 0), ("Ag", 'g"', "not base64 VLQs; ignored", 0),
            ("A,B", ",B", "not base64 VLQs; ignored", 0),
            ("ggggggE", "ggggggE", "a number of 2^32 or more; ignored", 0),
            ("AA", 'A"', "a range mapping named twice; ignored", 1),
            ("AC", 'C"', "range mapping without an original position; ignored", 1),
            ("AF", 'F"', "a range mapping that does not exist; ignored", 1),
            ("A;A", 'A"', "a range mapping that does not exist; ignored", 1))),
]

# No errors, in neither mode.
FINE = [{"version": 3.0}, {"sourcesContent": []}, {"sourcesContent": ["x", "y", "z", 7]}, {"sources": [None, "b"]},
        {"x_unknown": 7}, {"mappings": ""}, {"mappings": ";;"}, {"ignoreList": [0, 0, 1]}, {"ignoreList": [-0.0, 1.0]},
        {"debugId": ID.upper()}, {"debugId": ID, "debug_id": ID.upper()}, {"rangeMappings": ""},
        {"rangeMappings": ";;;;"}, {"scopes": ""}, {"file": "", "sourceRoot": ""},
        {"ignoreList": [0], "x_google_ignoreList": "x"}, {"mappings": "AAAAA,C,CAAAC,DCAAD"}]

# Errors in both modes: changed members, key, place, reason.
REQUIRED = [
    ({"mappings": None}, "mappings", None, "missing"), ({"mappings": NULL}, "mappings", "null", "not a string"),
    ({"sources": None}, "sources", None, "missing"), ({"sources": NULL}, "sources", "null", "not an array"),
    *(({"mappings": f"AAAA,{text}"}, "mappings", text, "a number of 2^31 or more") for text in (
        "ggggggEAAA", "A+/////HAA", "ggggggggggC")),
    *(({"sections": value, "mappings": None}, "sections", text, "not an array") for value, text in (
        (NULL, "null"), ({}, "{}"), ("x", '"x"'))),
]


def spaced(text):
    """Rows with blanks for tabs."""
    return text.replace("\t", " ").split("\n")[:-1]


def place_of(data, where):
    return 0 if where is None else data.rindex(where.encode())


class ModeTest(CliTest):
    def setUp(self):
        super().setUp()
        self.path, self.out = self.folder / "in.map", self.folder / "out"

    def check(self, data, warnings, tokens, sources=None, options=(), **info):
        """Lenient: these warnings, which --strict makes a refusal by the first, and this result."""
        self.path.write_bytes(data)
        said = [f"{self.path}: warning: {warning}" for warning in warnings]
        self.end_with(DONE, said, "build", self.path, "-o", self.out, *options)
        self.succeed("verify", self.out)
        self.assertEqual(spaced(self.tokens(self.out)), tokens)
        if sources is not None:
            self.assertEqual(spaced(self.succeed("dump", "--sources", self.out).text), sources)
        found = json.loads(self.succeed("info", "--json", self.out).text)
        found["n_ranges"] = next((1 for section in found["sections"] if section["name"] == "RANGES"), 0)
        self.assertEqual({key: found[key] for key in info}, info)
        self.out.unlink()
        if warnings:
            self.end_with(INPUT, f"{self.path}: {warnings[0].rpartition('; ')[0]}", "build", self.path, "-o", self.out,
                          "--strict", *options)
            self.assertFalse(self.out.exists())
        else:
            self.succeed("build", self.path, "-o", self.out, "--strict", *options)
            self.out.unlink()


class Ordinary(ModeTest):
    def test_optional_errors(self):
        for members, key, where, text, differences in OPTIONAL:
            with self.subTest(members):
                data = map_of(**members)
                expected = INFO | {"tokens": TOKENS, "sources": SOURCES, "n_ranges": 0} | differences
                self.check(data, [f'"{key}", byte {place_of(data, where)}: {text}'], **expected)

    def test_fine(self):
        for members in FINE:
            with self.subTest(members):
                self.path.write_bytes(map_of(**members))
                self.succeed("build", self.path, "--strict", "-o", self.out, "--force")
                strict = self.out.read_bytes()
                self.succeed("build", self.path, "--lenient", "-o", self.out, "--force")
                self.assertEqual(self.out.read_bytes(), strict)

    def test_required_errors(self):
        for members, key, where, text in REQUIRED:
            data = map_of(**members)
            self.path.write_bytes(data)
            for mode in "--lenient", "--strict":
                with self.subTest(members, mode=mode):
                    self.end_with(INPUT, f'{self.path}: "{key}", byte {place_of(data, where)}: {text}', "build",
                                  self.path, "-o", self.out, mode)
                    self.assertFalse(self.out.exists())

    def test_last_option_counts(self):
        self.path.write_bytes(map_of(version=4))
        for options, code in ((["--strict", "--lenient"], DONE), (["--lenient", "--strict"], INPUT)):
            self.assertEqual(run("build", self.path, "-o", self.out, *options).code, code)

    def test_debug_ids_that_only_lenient_mode_takes(self):
        for text in ID.replace("-", ""), ID + " ", ID.upper().replace("-", "") + "\t":
            data = map_of(debugId=text)
            self.path.write_bytes(data)
            self.succeed("build", self.path, "-o", self.out)
            self.assertEqual(json.loads(self.succeed("info", "--json", self.out).text)["debug_id"], ID)
            at = place_of(data, json.dumps(text))
            self.end_with(INPUT, f'{self.path}: "debugId", byte {at}: not a UUID', "build", self.path, "-o", self.out,
                          "--strict")

    def test_forms_of_range_mappings(self):
        """The same ranges in each form; the lookup counts on from them."""
        for form, text in ("zero-based", "B"), ("one-based", "C"), ("bitmap", "C"):
            data = map_of(mappings="AAAA,KAAA;A", rangeMappings=text)
            option = f"--range-mappings={form}"
            self.check(data, [], ["0 0 0 0 0 ", "0 5 0 0 0 ", "1 0    "], options=[option], n_ranges=1)
            self.succeed("build", self.path, "-o", self.out, option)
            self.assertEqual(self.succeed("lookup", self.out, "1:5", "1:6", "1:9", "2:1").lines,
                             ["a:1:1", "a:1:1", "a:1:4", "(unmapped)"])
            self.out.unlink()
        warned = '"rangeMappings", byte {}: range mapping 0 of a line, where the first is 1; ignored'
        data = map_of(rangeMappings="A")
        self.check(data, [warned.format(place_of(data, 'A"'))], TOKENS, options=["--range-mappings=one-based"],
                   n_ranges=0)
        data = map_of(rangeMappings="/!")
        self.check(data, [f'"rangeMappings", byte {data.index(b"/!") + 1}: not base64 digits; ignored'], TOKENS,
                   options=["--range-mappings=bitmap"])


def section(line, column, source_map, **members):
    return {"offset": {"line": line, "column": column}, "map": source_map} | members


def index(*sections, **members):
    return to_bytes({"version": 3, "sections": list(sections)} | members)


def inner(name, mappings="AAAAA,EAAC"):
    return {"version": 3, "sources": [name], "names": [name + "!"], "mappings": mappings}


class Index(ModeTest):
    def test_offsets(self):
        """Columns of a section's line 0 only are shifted by its offset's."""
        data = index(section(0, 0, inner("a")), section(0, 10, inner("b", "AAAAA,EAAC;GAAA")),
                     section(4, 3, inner("c")))
        self.check(data, [], ["0 0 0 0 0 a!", "0 2 0 0 1 ", "0 10 1 0 0 b!", "0 12 1 0 1 ", "1 3 1 0 1 ",
                              "4 3 2 0 0 c!", "4 5 2 0 1 "], ["0 a    ", "1 b    ", "2 c    "], n_lines=5)

    A, B = ["0 0 0 0 0 a!", "0 2 0 0 1 "], ["1 0 1 0 0 b!", "1 2 1 0 1 "]

    COLUMN = "its column is no integer of at least 0; read as 0"

    def test_optional_errors_of_a_section(self):
        for bad, key, where, text, kept in (
                (7, "sections", "7", "section is not an object; skipped", []),
                (None, "sections", "null", "section is not an object; skipped", []),
                (section(1, 0.5, inner("b")), "offset", "0.5", self.COLUMN, self.B),
                (section(1, -7, inner("b")), "offset", "-7", self.COLUMN, self.B),
                (section(1, "0", inner("b")), "offset", '"0"', self.COLUMN, self.B),
                ({"offset": {"line": 1}, "map": inner("b")}, "offset", '{"line":1}', self.COLUMN, self.B),
                ({"offset": {"line": 1, "column": 0}, "url": "b.map"}, "url", '"b.map"',
                 "a map by its URL, which is not fetched; the section is skipped", []),
                (section(1, 0, {"version": 3, "sources": []}), "mappings", '{"version":3,"sources":[]}',
                 "missing; the section is skipped", []),
                (section(1, 0, {"version": 3, "mappings": ""}), "sources", '{"version":3,"mappings"',
                 "missing; the section is skipped", []),
                (section(1, 0, inner("b", "AAAA,ggggggE")), "mappings", "ggggggE",
                 "a number of 2^31 or more; the section is skipped", []),
                (section(1, 0, inner("b", "A,,A")), "mappings", ",A", MAPPINGS, []),
                (section(1, 0, {"version": 3, "sections": 7}), "sections", "7", "not an array; the section is skipped",
                 [])):
            with self.subTest(bad):
                data = index(section(0, 0, inner("a")), bad)
                self.check(data, [f'"{key}", byte {place_of(data, where)}: {text}'], self.A + kept)

    def test_line_that_is_none(self):
        """Read as 0, where the section before is."""
        data = index(section(0, 0, inner("a")), section("1", 0, inner("b")))
        line, offset = place_of(data, '"1"'), place_of(data, '{"line"')
        self.check(data, [f'"offset", byte {line}: its line is no integer of at least 0; read as 0',
                          f'"offset", byte {offset}: equal to that of the section before; kept',
                          self.overlap(data, "b")], ["0 0 0 0 0 a!", "0 0 1 0 0 b!", "0 2 0 0 1 ", "0 2 1 0 1 "])

    def overlap(self, data, name):
        at = data.rindex(b'{"line"', 0, place_of(data, to_bytes(inner(name)).decode()))
        return f'"offset", byte {at}: before the last mapping of the section before; kept'

    def test_required_errors_of_a_section(self):
        for bad, key, where in (({"offset": 7, "map": inner("b")}, "offset", "7"),
                                ({"map": inner("b")}, "offset", '{"map"'),
                                ({"offset": {"line": 1, "column": 0}}, "map", '{"offset"'),
                                (section(1, 0, "x"), "map", '"x"')):
            data = index(section(0, 0, inner("a")), bad)
            self.path.write_bytes(data)
            for mode in "--lenient", "--strict":
                self.end_with(INPUT, f'{self.path}: "{key}", byte {place_of(data, where)}: not an object', "build",
                              self.path, "-o", self.out, mode)

    def test_order_and_overlap(self):
        """All mappings stay, sorted."""
        late, early = section(1, 0, inner("b")), section(0, 0, inner("a"))
        tokens = ["0 0 1 0 0 a!", "0 2 1 0 1 ", "1 0 0 0 0 b!", "1 2 0 0 1 "]
        data = index(late, early)
        at = place_of(data, '{"line"')
        self.check(data, [f'"offset", byte {at}: before that of the section before; kept', self.overlap(data, "a")],
                   tokens)
        data = index(early, section(0, 1, inner("b")))
        self.check(data, [self.overlap(data, "b")],
                   ["0 0 0 0 0 a!", "0 1 1 0 0 b!", "0 2 0 0 1 ", "0 3 1 0 1 "])
        data = index(early, section(0, 2, inner("b")))  # at the last mapping, not before it
        self.check(data, [], ["0 0 0 0 0 a!", "0 2 0 0 1 ", "0 2 1 0 0 b!", "0 4 1 0 1 "])

    def test_mappings_beside_sections(self):
        data = index(section(0, 0, inner("a")), mappings="AAAA", sources=["x"], names=7)
        self.check(data, [f'"mappings", byte {place_of(data, chr(34) + "AAAA" + chr(34))}: beside "sections"; ignored'],
                   self.A, ["0 a    "])

    def nest(self, levels):
        """An index map of so many levels; each shifts by a line and a column."""
        source_map = section(0, 1, inner("a"))
        for _ in range(levels - 1):
            source_map = section(1, 1, {"version": 3, "sections": [source_map]})
        return index(source_map)

    def test_nested(self):
        for levels, column in (1, 1), (2, 2), (4, 2), (16, 2):  # only the innermost is on its outer one's line 0
            self.check(self.nest(levels), [], [f"{levels - 1} {column} 0 0 0 a!", f"{levels - 1} {column + 2} 0 0 1 "],
                       n_lines=levels)
        for levels in 17, 300:
            data = self.nest(levels)
            at = [match.end() for match in re.finditer(b'"sections":', data)][16]
            too_deep = "index maps nested deeper than 16 levels; the section is skipped"
            self.check(data, [f'"sections", byte {at}: {too_deep}'], [], n_lines=0, n_sources=0)

    def test_nested_columns(self):
        """An inner section on line 0 gets the outer column too, and only its line 0."""
        source_map = {"version": 3, "sections": [section(0, 2, inner("a", "AAAA;AAAA")), section(1, 3, inner("b"))]}
        self.check(index(section(1, 10, source_map)), [],
                   ["1 12 0 0 0 ", "2 0 0 0 0 ", "2 3 1 0 0 b!", "2 5 1 0 1 "])

    def test_bad_section_in_a_nested_map(self):
        nested = {"version": 3, "sections": [section(0, 0, inner("a")), section(1, 0, {"version": 3})]}
        data = index(section(0, 0, nested), section(1, 0, inner("b")))
        at = place_of(data, '{"version":3}')
        self.check(data, [f'"mappings", byte {at}: missing; the section is skipped'], self.A + self.B)

    def test_own_keys_only(self):
        """File, version and debug ID are the index map's own; its sections inherit nothing."""
        members = {"debugId": OTHER_ID, "file": "inner", "ignoreList": [0], "sourceRoot": "r"}
        data = index(section(0, 0, inner("a") | members), file="outer", debugId=ID, sourceRoot="none", ignoreList="bad")
        self.check(data, [], self.A, ["0 r/a   ignored "], debug_id=ID, file="outer", source_root=None, n_ignored=1)


class Json(ModeTest):
    KEYS = ["input", "generated", "output", "status", "bytes_in", "bytes_out", "tokens", "sources", "names", "debug_id",
            "warnings", "n_warnings", "error"]

    def rows(self, code, *arguments):
        result = run("build", *arguments, "--json", cwd=self.folder)
        self.assertEqual(result.code, code, result.message)
        rows = [json.loads(line) for line in result.lines]
        for row in rows:
            self.assertEqual(list(row), self.KEYS + ["dry_run"] * ("dry_run" in row))
        return rows

    def test_all_kinds(self):
        data = map_of(debugId=ID, version=4)
        self.write("dist/a.js", script("a.js.map"))
        self.write("dist/a.js.map", data)
        self.write("dist/b.js", script(inline(map_from("b"))))
        self.write("dist/bad.map", b"{")
        self.write("dist/c.js", script("gone.map"))
        warning = {"map": None, "key": "version", "offset": 11, "reason": "not the number 3", "recovery": "read as version 3"}
        built = {"input": "dist/a.js.map", "generated": "dist/a.js", "output": "out/a.js.smcache", "status": "built",
                 "bytes_in": len(data), "tokens": 2, "sources": 2, "names": 2, "debug_id": ID, "warnings": [warning],
                 "n_warnings": 1, "error": None}
        other = {"input": "dist/b.js", "generated": "dist/b.js", "output": "out/b.js.smcache", "status": "built",
                 "bytes_in": len(map_from("b")), "tokens": 1, "sources": 1, "names": 0, "debug_id": None,
                 "warnings": [], "n_warnings": 0, "error": None}
        failed = {"input": "dist/bad.map", "generated": None, "output": None, "status": "failed", "bytes_in": 1,
                  "bytes_out": 0, "tokens": 0, "sources": 0, "names": 0, "debug_id": None, "warnings": [],
                  "n_warnings": 0, "error": "byte 1: key expected"}
        for status in "built", "unchanged":
            rows = self.rows(PARTIAL, "dist", "-o", "out")
            sizes = [{"bytes_out": (self.folder / row["output"]).stat().st_size} for row in rows[:2]]
            again = {} if status == "built" else {"warnings": [], "n_warnings": 0}
            self.assertEqual(rows, [built | sizes[0] | {"status": status} | again,
                                    other | sizes[1] | {"status": status}, failed])
        rows = self.rows(PARTIAL, "dist", "-o", "out", "--strict", "--dry-run", "--force")
        nothing = {"bytes_out": 0, "tokens": 0, "sources": 0, "names": 0, "debug_id": None, "warnings": [],
                   "n_warnings": 0}
        gone = ("missing_sourcemap: it names gone.map, but dist/gone.map is not there: put the map there, or give the "
                "map itself")
        self.assertEqual(rows, [
            built | nothing | {"dry_run": True}, other | nothing | {"dry_run": True},
            failed | {"status": "built", "output": "out/bad.smcache", "error": None, "dry_run": True},
            failed | {"input": "dist/c.js", "generated": "dist/c.js", "bytes_in": 0, "error": gone, "dry_run": True}])

    def test_one(self):
        self.path.write_bytes(map_of())
        rows = self.rows(DONE, "in.map")
        self.assertEqual([(row["input"], row["output"], row["status"]) for row in rows],
                         [("in.map", "in.smcache", "built")])
        rows = self.rows(SYSTEM, "none.map")
        self.assertEqual([row["error"] for row in rows], [f"cannot open: {os.strerror(errno.ENOENT)}"])

    def test_stdout_is_taken(self):
        for arguments in ["-"], ["-", "-o", "-"]:
            result = self.fail_with(USAGE, "build", *arguments, "--json", stdin=map_of())
            self.assertEqual(result.message, "smcache build: --json and the file both want stdout: give -o FILE; "
                                             "see smcache build --help\n")
        row = json.loads(self.succeed("build", "-", "--json", "-o", self.out, stdin=map_of()).text)
        self.assertEqual((row["input"], row["output"], row["tokens"]), ("-", str(self.out), 2))

    def test_warnings_are_limited(self):
        for n in 99, 100, 101, 5000:
            self.path.write_bytes(to_bytes(make_map([(0, i, 1, 0, 0) for i in range(n)])))
            row, = self.rows(DONE, "in.map", "--force")
            self.assertEqual((len(row["warnings"]), row["n_warnings"]), (min(n, 100), n))
            self.assertEqual({warning["key"] for warning in row["warnings"]}, {"mappings"})
            offsets = [warning["offset"] for warning in row["warnings"]]
            self.assertEqual(offsets, sorted(set(offsets)))


class Contents(ModeTest):
    def test_compression_and_threads(self):
        lines = "".join(f"function f{i}(a, b) {{ return a * {i * 7919 % 1009} + b; }}\n" for i in range(20000))
        self.path.write_bytes(map_of(sourcesContent=[lines, "b"]))
        sizes = []
        for options in [], ["--compression=1"], ["--compression", "7"], ["--compression=12"]:
            made = set()
            for n in 1, 2, 64:
                self.succeed("build", self.path, "-o", self.out, "--force", f"-j{n}", *options)
                made.add(self.out.read_bytes())
            self.assertEqual(len(made), 1, options)
            sizes.append(self.out.stat().st_size)
            self.succeed("verify", self.out)
        self.assertEqual(sizes[0], sizes[2])  # the default of a map that is not large
        self.assertLess(sizes[3], sizes[2])
        self.assertLess(sizes[2], sizes[1])

    def test_system_without_threads(self):
        """Stacks as large as all addresses: there is no place for one."""
        def no_threads():
            resource.setrlimit(resource.RLIMIT_STACK, (1 << 47, resource.RLIM_INFINITY))

        if resource.getrlimit(resource.RLIMIT_STACK)[1] != resource.RLIM_INFINITY:
            self.skipTest("the size of stacks is limited")
        if EMULATED:
            self.skipTest("the emulator needs threads of its own")
        self.path.write_bytes(map_of(sourcesContent=["x = 1;\n" * 100000, "b"]))
        self.succeed("build", self.path, "-o", self.out, "-j8")
        wanted = self.out.read_bytes()
        done = subprocess.run([PROGRAM, "build", self.path, "-o", self.out, "--force", "-j8"], preexec_fn=no_threads,
                              capture_output=True, env=ENVIRONMENT, timeout=TIMEOUT_S, check=False)
        self.assertEqual((done.returncode, done.stderr), (DONE, b""))
        self.assertEqual(self.out.read_bytes(), wanted)

    def test_bad_levels(self):
        self.path.write_bytes(map_of())
        for text in "", "0", "13", "-1", "6x", "best":
            result = self.fail_with(USAGE, "build", self.path, "-o", self.out, "--compression", text)
            self.assertIn(f"--compression is a number from 1 to 12, not '{text}'", result.message)


class Limits(ModeTest):
    def test_empty_and_truncated(self):
        data = map_of()
        for data, at, reason in ((b"", 0, "the input is empty"), (data[:-1], len(data) - 1, "object without an end"),
                                 (data[:-5], data.index(b'"AAAA'), "string without an end")):
            self.path.write_bytes(data)
            self.end_with(INPUT, f"{self.path}: byte {at}: {reason}", "build", self.path)
            self.path.write_bytes(gzip.compress(data))
            self.end_with(INPUT, f"{self.path}: byte {at}: {reason}", "build", self.path)
            self.end_with(INPUT, f"stdin: byte {at}: {reason}", "build", "-", stdin=data)
        self.assertEqual(os.listdir(self.folder), ["in.map"])

    def test_depth_of_json(self):
        for opening, closing in ("[", "]"), ('{"a":', "}"):
            for depth, code in (8191, DONE), (8192, INPUT), (100_000, INPUT):
                value = opening * depth + "0" + closing * depth
                data = map_of().replace(b"}", f',"x":{value}}}'.encode())
                self.path.write_bytes(data)
                at = data.index(opening.encode() * 9) + 8191 * len(opening)
                if code == DONE:
                    self.succeed("build", self.path, "-o", self.out, "--force")
                else:
                    for command in ["build", self.path], ["lookup", self.path, "1:1"]:
                        self.end_with(INPUT, f"{self.path}: byte {at}: nested deeper than 8,192 levels", *command)

    NBYTES = 200_000_000

    def test_large_map(self):
        """Contents, a tenth mappings, and what is of no use."""
        self.need_room()
        n_lines = 5_000_000
        with open(self.path, "wb") as file:
            file.write(b'{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA' + b";AACA" * n_lines)
            file.write(b'","sourcesContent":["' + b"let line = 1;\\n" * n_lines + b"the last")
            file.write(b'"],"x_padding":"' + b" " * (self.NBYTES - file.tell() - 18) + b'"}')
        self.assertGreaterEqual(self.path.stat().st_size, self.NBYTES)
        self.end_with(INPUT, f"{self.path}: {too_large(104857600)}", "build", self.path,
                      "--max-input-size=100M")
        row = json.loads(self.succeed("build", self.path, "-o", self.out, "--json").text)
        self.assertEqual((row["tokens"], row["bytes_in"]), (n_lines + 1, self.path.stat().st_size))
        self.assertEqual(self.succeed("lookup", self.out, f"{n_lines + 1}:5", "-C0").lines[:2],
                         [f"a.ts:{n_lines + 1}:1", f">{n_lines + 1} | the last"])

    def need_room(self):
        gibibytes = 4 << 30
        try:
            with open("/proc/meminfo", encoding="ascii") as file:
                free = int(re.search(r"MemAvailable: *(\d+) kB", file.read())[1]) << 10
        except OSError:
            free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGESIZE")
        if min(free, shutil.disk_usage(self.folder).free) < gibibytes:
            self.skipTest("less than 4 GiB of memory or disk are free")


if __name__ == "__main__":
    main()
