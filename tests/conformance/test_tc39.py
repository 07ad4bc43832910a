#!/usr/bin/env python3
"""Every case of the tc39 suite of source map tests, without exception, through the program.

Strict mode gives the suite's verdict on each map. Lenient mode goes on where ECMA-426 lets a reader go on, as
classes.tsv of the data says: what it then warns of, and what is left of the map, stands in the tables below.
"""

import csv
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import TC39, ConformanceTest, Issue, Suite
from support import main

# Maps with an error that the standard requires.
REQUIRED = {
    "mappingsMissing": Issue("mappings", "{", "missing"),
    "sourcesMissing": Issue("sources", "{", "missing"),
    "invalidMappingNotAString1": Issue("mappings", "5\n", "not a string"),
    "invalidMappingNotAString2": Issue("mappings", "[1, 2, 3, 4]", "not a string"),
    "invalidMappingSegmentWithSourceIndexExceeding32Bits": Issue("mappings", "AggggggEAA", "a number of 2^31 or more"),
    "invalidMappingSegmentWithOriginalColumnExceeding32Bits": Issue("mappings", "AAAggggggE",
                                                                    "a number of 2^31 or more"),
    "invalidMappingSegmentWithNameIndexExceeding32Bits": Issue("mappings", "AAAAggggggE", "a number of 2^31 or more"),
    "indexMapWrongTypeSections": Issue("sections", '"not a sections list"', "not an array"),
    "indexMapWrongTypeOffset": Issue("offset", '"not an offset"', "not an object"),
}

# Maps that the standard has no error for, where the suite wants one: our choice, an optional error.
OUR_CHOICE = {"ignoreListOutOfBounds1", "indexMapInvalidBaseMappings", "indexMapInvalidOverlap"}


def version(at, reason="not the number 3"):
    return Issue("version", at, reason, "read as version 3")


def bad_grammar(at):
    return Issue("mappings", at, "not base64 VLQ segments of 1, 4 or 5 fields", "all mappings dropped")


def bad_name(at):
    return Issue("mappings", at, "segment with a name that does not exist", "kept without it")


def bad_original(at):
    return Issue("mappings", at, "segment with an impossible original position", "kept without one")


def bad_column(at):
    return Issue("mappings", at, "segment at a negative generated column", "dropped")


def not_ignorable(at):
    return Issue("ignoreList", at, "element is no integer of at least 0", "dropped")


def bad_coordinate(name, at):
    return Issue("offset", at, f"its {name} is no integer of at least 0", "read as 0")


def not_an_array(key, at):
    return Issue(key, at, "not an array", "ignored")


def not_strings(*elements):
    return [Issue("names", at, "element is not a string", 'read as ""') for at in elements]


def not_contents(*elements):
    return [Issue("sourcesContent", at, "element is neither a string nor null", "read as null") for at in elements]


EMPTY = ("empty-original.js", "", False)
BASIC = ("basic-mapping-original.js", None, False)
AT_START = (0, 0, 0, 0, 0)

# Maps with an optional error: the warnings, the tokens, the sources.
OPTIONAL = {
    "versionMissing": ([version("{", "missing")], [], []),
    "versionTooHigh": ([version("4")], [], []),
    "versionTooLow": ([version("2")], [], []),
    "sourcesContentNotAList1": ([not_an_array("sourcesContent", '"not a list"')],
                                [(*AT_START, "foo")], [("first.js", None, False)]),
    "sourcesContentNotAList2": ([not_an_array("sourcesContent", '{ "foobar baz": 3 }')],
                                [(*AT_START, "foo")], [("first.js", None, False)]),
    "sourcesContentNotStringOrNull": (not_contents("3,", "{}", "true", "false", "[]]"), [(*AT_START, "foo")],
                                      [(f"{n}.js", None, False) for n in range(1, 6)]),
    "namesNotAList1": ([not_an_array("names", '"not a list"'), bad_name("AAAAA")],
                       [AT_START], [("source.js", None, False)]),
    "namesNotAList2": ([not_an_array("names", '{ "foo": 3 }'), bad_name("AAAAA")],
                       [AT_START], [("source.js", None, False)]),
    "namesNotString": (not_strings("null", "3,", "true", "false", "{}", "[]]"),
                       [(*AT_START, "")], [("source.js", None, False)]),
    "ignoreListWrongType1": ([not_ignorable('"not a number"')], [], [EMPTY]),
    "ignoreListWrongType2": ([not_ignorable('"0"')], [], [EMPTY]),
    "ignoreListWrongType3": ([not_an_array("ignoreList", "0\n")], [], [EMPTY]),
    "ignoreListWrongType4": ([not_ignorable("0.5")], [], [EMPTY]),
    "ignoreListOutOfBounds1": ([Issue("ignoreList", "1]", "index of a source that does not exist", "dropped")],
                               [], [EMPTY]),
    "ignoreListOutOfBounds2": ([not_ignorable("-1")], [], [EMPTY]),
    "invalidVLQDueToNonBase64CharacterPadding": ([bad_grammar('="')], [], [("foo.js", "hello world", False)]),
    "invalidMappingSegmentBadSeparator": ([bad_grammar(".SAASA:MACP")], [], [BASIC]),
    "invalidMappingSegmentWithZeroFields": ([bad_grammar(',,,,"')], [], [EMPTY]),
    "invalidMappingSegmentWithTwoFields": ([bad_grammar('AA"')], [], [BASIC]),
    "invalidMappingSegmentWithThreeFields": ([bad_grammar('AAA"')], [], [BASIC]),
    "invalidMappingSegmentWithNameIndexOutOfBounds": ([bad_name("AAAAC")], [AT_START], [EMPTY]),
    "invalidMappingSegmentWithNegativeColumn": ([bad_column("F")], [], [EMPTY]),
    "invalidMappingSegmentWithNegativeSourceIndex": ([bad_original("AFAA")], [(0, 0)], [EMPTY]),
    "invalidMappingSegmentWithNegativeOriginalColumn": ([bad_original("AAAF")], [(0, 0)], [EMPTY]),
    "invalidMappingSegmentWithNegativeNameIndex": ([bad_name("AAAAF")], [AT_START], [EMPTY]),
    "invalidMappingSegmentWithNegativeRelativeColumn": ([bad_column('F"')], [(0, 1)], [EMPTY]),
    "invalidMappingSegmentWithNegativeRelativeOriginalColumn": ([bad_original("AAAF")],
                                                                [(0, 0, 0, 0, 1), (0, 0)], [EMPTY]),
    "indexMapInvalidBaseMappings": ([Issue("mappings", '"AAAA",\n  "sections"', 'beside "sections"', "ignored")],
                                    [AT_START], [("empty-original.js", None, False)]),
    "indexMapInvalidOverlap": ([Issue("offset", '{ "line": 0, "column": 0 }', "equal to that of the section before",
                                      "kept")],
                               [AT_START, (0, 0, 1, 0, 0)],
                               [("empty-original-1.js", "", False), ("empty-original-2.js", "", False)]),
    "indexMapInvalidOrder": ([Issue("offset", '{ "line": 0, "column": 0 }', "before that of the section before",
                                    "kept"),
                              Issue("offset", '{ "line": 0, "column": 0 }',
                                    "before the last mapping of the section before", "kept")],
                             [(0, 0, 1, 0, 0), (1, 4, 0, 0, 0)],
                             [("empty-original-1.js", "", False), ("empty-original-2.js", "", False)]),
    "indexMapInvalidSubMap": ([version('"3"'), Issue("mappings", "7\n", "not a string", "the section is skipped")],
                              [], []),
    "indexMapMissingOffsetLine": ([bad_coordinate("line", '{ "column": 0 }')], [AT_START], [EMPTY]),
    "indexMapMissingOffsetColumn": ([bad_coordinate("column", '{ "line": 0  }')], [AT_START], [EMPTY]),
    "indexMapOffsetLineWrongType": ([bad_coordinate("line", "true, ")], [AT_START], [EMPTY]),
    "indexMapOffsetColumnWrongType": ([bad_coordinate("column", "true }")], [AT_START], [EMPTY]),
}


class Tc39Test(ConformanceTest):
    """Runs the test actions of cases."""

    def run_actions(self, suite, kinds, *options):
        """Those of some kinds; how many there are of others."""
        n_left = 0
        for case in suite.valid():
            actions = [action for action in case.get("testActions", []) if action["actionType"] in kinds]
            n_left += len(case.get("testActions", [])) - len(actions)
            if actions:
                with self.subTest(case["name"]):
                    compiled = self.accept_in_silence(suite.path(case), *options)
                    for action in actions:
                        kinds[action["actionType"]](compiled, action)
        return n_left

    def check_mapping(self, compiled, action):
        keys = "originalSource", "originalLine", "originalColumn", "mappedName"
        original = tuple(action[key] for key in keys)
        wanted = None if action["originalLine"] is None else original
        position = action["generatedLine"], action["generatedColumn"]
        self.assertEqual(self.look_up(compiled, [position]), [wanted], action)

    def check_ignore_list(self, compiled, action):
        ignored = {name for name, _, is_ignored in compiled.sources if is_ignored}
        self.assertLessEqual(set(action["present"]), ignored)
        self.assertEqual(self.info(compiled)["n_ignored"], len(ignored))


class SourceMapSpecTests(Tc39Test):
    def setUp(self):
        super().setUp()
        self.suite = Suite("source-map-spec-tests.json", "resources")

    def test_the_classes_are_those_of_the_tables(self):
        with open(TC39 / "classes.tsv", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t"))[1:]
        self.assertEqual([row[:2] for row in rows],
                         [[case["name"], "valid" if case["sourceMapIsValid"] else "invalid"]
                          for case in self.suite.cases])
        classes = {"required": set(), "optional": set(), "clean": set()}
        for name, _, outcome, _ in (row for row in rows if row[1] == "invalid"):
            classes[outcome].add(name)
        self.assertEqual(classes["required"], set(REQUIRED))
        self.assertEqual(classes["clean"], OUR_CHOICE)
        self.assertEqual(classes["optional"], set(OPTIONAL) - OUR_CHOICE)

    def test_invalid_maps(self):
        for case in self.suite.invalid():
            name, path = case["name"], self.suite.path(case)
            with self.subTest(name):
                if name in REQUIRED:
                    self.assert_issue(self.refuse(path, "--strict"), REQUIRED[name])
                    self.assert_issue(self.refuse(path), REQUIRED[name])
                    continue
                warnings, tokens, sources = OPTIONAL[name]
                self.assert_issue(self.refuse(path, "--strict"), warnings[0]._replace(recovery=None))
                compiled = self.accept(path)
                self.assert_issues(compiled.warnings, warnings)
                self.assertEqual(compiled.tokens, tokens)
                self.assertEqual(compiled.sources, sources)

    def test_valid_maps(self):
        for case in self.suite.valid():
            with self.subTest(case["name"]):
                path = self.suite.path(case)
                lenient = self.accept_in_silence(path).path.read_bytes()
                self.assertEqual(self.accept_in_silence(path, "--strict").path.read_bytes(), lenient)

    def test_actions(self):
        kinds = {"checkMapping": self.check_mapping, "checkIgnoreList": self.check_ignore_list}
        n_transitive = sum(len(case["testActions"]) for case in self.transitive())
        self.assertEqual(self.run_actions(self.suite, kinds), n_transitive)

    def transitive(self):
        """Cases whose sources have maps, which are files beside them."""
        return [case for case in self.suite.valid()
                if any("intermediateMaps" in action for action in case.get("testActions", []))]

    def test_transitive_actions(self):
        for case in self.transitive():
            for action in case["testActions"]:
                self.assertEqual([name for name in action["intermediateMaps"]
                                  if not (self.suite.folder / name).is_file()], [])
        self.run_actions(self.suite, {"checkMappingTransitive": self.check_mapping}, "--chain")


# What lenient mode warns of in the invalid maps of the proposal: no range mapping is left of any.
RANGE_WARNINGS = {
    "rangeMappingsWrongType1": Issue("rangeMappings", "3\n", "not a string", "ignored"),
    "rangeMappingsWrongType2": Issue("rangeMappings", '{ "x": "foo" }', "not a string", "ignored"),
    "rangeMappingsWrongType3": Issue("rangeMappings", '["foo"]', "not a string", "ignored"),
    # Their mappings have three fields, so there is nothing that could be a range.
    "rangeMappingsOutOfRange": bad_grammar('AAA"'),
    "rangeMappingsOutOfRange2": bad_grammar('AAA"'),
}


class RangeMappingsTests(Tc39Test):
    """The proposal's tests are in the form of October 2025 to April 2026."""

    FORM = "--range-mappings=one-based"

    def setUp(self):
        super().setUp()
        self.suite = Suite("range-mappings-proposal-tests.json", "resources/proposals/range-mappings")

    def test_invalid_maps(self):
        cases = self.suite.invalid()
        self.assertEqual({case["name"] for case in cases}, set(RANGE_WARNINGS))
        for case in cases:
            path, warning = self.suite.path(case), RANGE_WARNINGS[case["name"]]
            with self.subTest(case["name"]):
                self.assert_issue(self.refuse(path, "--strict", self.FORM), warning._replace(recovery=None))
                compiled = self.accept(path, self.FORM)
                self.assert_issues(compiled.warnings, [warning])
                self.assertEqual(compiled.tokens, [])

    def test_actions(self):
        for mode in "--lenient", "--strict":
            self.assertEqual(self.run_actions(self.suite, {"checkMapping": self.check_mapping}, self.FORM, mode), 0)

    def test_valid_maps(self):
        for case in self.suite.valid():
            with self.subTest(case["name"]):
                self.accept_in_silence(self.suite.path(case), self.FORM, "--strict")


if __name__ == "__main__":
    main()
