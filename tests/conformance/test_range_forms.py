#!/usr/bin/env python3
"""Range mappings in their three forms, through the program: what the proposal's own tests leave open."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import ConformanceTest, Issue
from support import main, make_map

ZERO, ONE, BITMAP = FORMS = "zero-based", "one-based", "bitmap"

# Generated 0:0, 0:10, 0:20 and 3:5 are original 10:0, 20:0, 30:0 and 40:0.
TOKENS = [(0, 0, 0, 10, 0), (0, 10, 0, 20, 0), (0, 20, 0, 30, 0), (3, 5, 0, 40, 0)]

MISSING = "a range mapping that does not exist"
TWICE = "a range mapping named twice"
NO_ORIGINAL = "range mapping without an original position"
NOT_FROM_1 = "range mapping 0 of a line, where the first is 1"
NOT_VLQS = "not base64 VLQs"

# rangeMappings, form, which of TOKENS are range mappings, and the warnings: place and reason.
READINGS = [
    ("AB", ZERO, {0, 1}, []),
    ("BB", ONE, {0, 1}, []),
    ("D", BITMAP, {0, 1}, []),
    ("B;;;A", ZERO, {1, 3}, []),
    ("C;;;B", ONE, {1, 3}, []),
    ("C;;;B", BITMAP, {1, 3}, []),
    ("AC", ZERO, {0, 2}, []),
    ("BC", ONE, {0, 2}, []),
    ("F", BITMAP, {0, 2}, []),
    ("gA", ZERO, {0}, []),  # zeros at the high end
    ("hA", ONE, {0}, []),
    ("HAAA", BITMAP, {0, 1, 2}, []),
    ("", ZERO, set(), []),
    (";;;", ONE, set(), []),
    (";;;;;;", BITMAP, set(), []),
    # One form read as another, where that shows.
    ("D", ZERO, set(), [("D", MISSING)]),
    ("AB", ONE, {0}, [("AB", NOT_FROM_1)]),
    ("BB", BITMAP, {0}, [('B"', MISSING)]),
    ("BAB", ZERO, {1, 2}, [("AB", TWICE)]),
    ("BAB", ONE, {0, 1}, [("AB", TWICE)]),
    ("g", ZERO, set(), [("g", NOT_VLQS)]),
    ("B;g", ONE, set(), [("g", NOT_VLQS)]),
    ("g", BITMAP, set(), [("g", MISSING)]),
    # No such mapping, on a line or as a line; the others are as they would be.
    ("AD", ZERO, {0}, [("D", MISSING)]),
    ("BD", ONE, {0}, [("D", MISSING)]),
    ("J", BITMAP, {0}, [("J", MISSING)]),
    ("A;A;;A;;B", ZERO, {0, 3}, [("A;;A", MISSING), ('B"', MISSING)]),
    # Bad grammar anywhere: none at all.
    ("A,B", ZERO, set(), [(",", NOT_VLQS)]),
    ("B;B ", ONE, set(), [(" ", NOT_VLQS)]),
    ("B;B=", BITMAP, set(), [("=", "not base64 digits")]),
    ("A;;;ggggggE", ZERO, set(), [("ggggggE", "a number of 2^32 or more")]),
    ("B;;;ggggggE", ONE, set(), [("ggggggE", "a number of 2^32 or more")]),
    ("//////D", ZERO, set(), [("/", MISSING)]),
]


def warnings(places):
    return [Issue("rangeMappings", at, reason, "ignored") for at, reason in places]


class RangeForms(ConformanceTest):
    def setUp(self):
        self.data = Path(__file__).resolve().parent  # the cases are our own
        super().setUp()

    def check(self, source_map, options, is_range, places):
        """The compiled file; strict mode refuses the map if there are warnings."""
        path = self.write_map(source_map)
        compiled = self.accept(path, *options)
        self.assert_issues(compiled.warnings, warnings(places))
        self.assertEqual({i for i in range(len(compiled.cache)) if compiled.cache.is_range(i)}, is_range)
        if places:
            self.assert_issue(self.refuse(path, "--strict", *options), warnings(places)[0]._replace(recovery=None))
        else:
            self.accept_in_silence(path, "--strict", *options)
        return compiled

    def check_lookups(self, compiled, wanted):
        """wanted: generated position -> (line, column) of the only source, or None."""
        found = self.look_up(compiled, list(wanted))
        self.assertEqual([row and row[1:3] for row in found], list(wanted.values()))

    def test_readings(self):
        for text, form, is_range, places in READINGS:
            with self.subTest(text=text, form=form):
                source_map = make_map(TOKENS, rangeMappings=text)
                compiled = self.check(source_map, [f"--range-mappings={form}"], is_range, places)
                self.assertEqual(compiled.tokens, TOKENS)
                by_range = {position: (line, column) for index, (position, line, column) in
                            {0: ((0, 7), 10, 7), 1: ((0, 17), 20, 7), 2: ((2, 99), 32, 99), 3: ((4, 1), 41, 1)}.items()
                            if index in is_range}
                self.check_lookups(compiled, {(0, 7): (10, 0), (0, 17): (20, 0), (2, 99): None, (4, 1): None} | by_range)

    def test_zero_based_is_the_default(self):
        path = self.write_map(make_map(TOKENS, rangeMappings="B"))
        by_default = self.accept_in_silence(path).path.read_bytes()
        for form in FORMS:
            same = self.accept_in_silence(path, f"--range-mappings={form}").path.read_bytes() == by_default
            self.assertEqual(same, form == ZERO)

    def test_positions_of_a_range(self):
        compiled = self.check(make_map([(1, 4, 0, 7, 10), (3, 2, 0, 50, 0)], rangeMappings=";A;;A"), [], {0, 1}, [])
        self.check_lookups(compiled, {
            (0, 9): None, (1, 3): None, (1, 4): (7, 10), (1, 5): (7, 11), (1, 1000): (7, 1006),
            (2, 0): (8, 0), (2, 77): (8, 77), (3, 1): (9, 1), (3, 2): (50, 0), (3, 9): (50, 7), (9, 3): (56, 3)})

    def test_only_mappings_with_an_original_position(self):
        tokens = [(0, 0), (0, 5, 0, 1, 0), (0, 9, 3, 1, 0), (0, 12, 0, 2, 0)]
        source_map = make_map(tokens, rangeMappings="ABBB")
        compiled = self.accept(self.write_map(source_map))
        self.assert_issues(compiled.warnings, [  # of the two members each in its order
            Issue("rangeMappings", "ABBB", NO_ORIGINAL, "ignored"),
            Issue("mappings", "IGAA", "segment with an impossible original position", "kept without one"),
            Issue("rangeMappings", 'BB"', NO_ORIGINAL, "ignored")])
        self.assertEqual([compiled.cache.is_range(i) for i in range(4)], [False, True, False, True])
        self.check_lookups(compiled, {(0, 1): None, (0, 7): (1, 2), (0, 10): None, (0, 13): (2, 1)})

    def test_indices_count_what_is_decoded_in_its_order(self):
        out_of_order = make_map([]) | {"mappings": "UAAA,VACA,UACA", "rangeMappings": "AB"}
        compiled = self.check(out_of_order, [], {0, 1}, [])  # of columns 10, 0, 10 the first two
        self.assertEqual(compiled.tokens, [(0, 0, 0, 1, 0), (0, 10, 0, 0, 0), (0, 10, 0, 2, 0)])
        dropped = make_map([]) | {"mappings": "D,CAAA,KACA", "rangeMappings": "B"}
        compiled = self.accept(self.write_map(dropped))
        self.assertEqual(len(compiled.warnings), 1)
        self.assertEqual([compiled.cache.is_range(i) for i in range(2)], [False, True])

    def test_sections_have_their_own(self):
        part = make_map([(0, 1, 0, 5, 0), (1, 1, 0, 6, 0)], rangeMappings="A;A")
        plain = make_map([(0, 0, 0, 90, 0)])
        offsets = [(2, 10), (5, 0), (7, 3)]
        index = {"version": 3, "sections": [{"offset": {"line": line, "column": column}, "map": source_map}
                                            for (line, column), source_map in zip(offsets, [part, plain, part])]}
        compiled = self.check(index, [], {0, 1, 3, 4}, [])
        self.check_lookups(compiled, {
            (2, 10): None, (2, 11): (5, 0), (2, 13): (5, 2), (3, 0): (6, 0), (3, 1): (6, 0), (4, 8): (7, 8),
            (5, 0): (90, 0), (6, 0): None, (7, 3): None, (7, 4): (5, 0), (8, 2): (6, 1)})

    def test_types(self):
        for value in None, 3, True, [], {}, ["A"]:
            with self.subTest(value):
                path = self.write_map(make_map(TOKENS, rangeMappings=value))
                self.assertEqual(self.refuse(path, "--strict").reason, "not a string")
                compiled = self.accept(path)
                self.assertEqual([issue[2:] for issue in compiled.warnings], [("not a string", "ignored")])
                self.assertEqual(compiled.tokens, TOKENS)

    def test_without_mappings(self):
        self.check(make_map([], rangeMappings=""), [], set(), [])
        self.check(make_map([], rangeMappings="A"), [], set(), [("A", MISSING)])


if __name__ == "__main__":
    main()
