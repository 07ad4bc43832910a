#!/usr/bin/env python3
"""The comparison with a program that answers as the oracle does, but for one fault: each has to be found."""

import copy
import sys
import unittest

sys.dont_write_bytecode = True

from compare import compare

# As worker.js writes them; peers call the last one otherwise.
ROWS = [[1, 1, 9, 2, "new A", "A"], [2, 3, 4, 4, "A.m", "m"], [3, 5, 3, 12, None, None], [5, 3, 6, 4, "A.n", "n", "n"]]
KEYS = ["start_line", "start_column", "end_line", "end_column", "name", "last"]


def said(rows=ROWS):
    return {"status": "followed", "reason": None, "line": None, "column": None,
            "functions": [dict(zip(KEYS, row)) for row in rows]}


class Compare(unittest.TestCase):
    def shares(self, answer, rows=ROWS):
        comparison = compare(answer, rows)
        counts = comparison.counts
        self.kinds = [kind for _, _, kind, _, _ in comparison.differences]
        self.errors = comparison.errors
        return counts.precision, counts.recall, counts.name_share

    def test_equal(self):
        self.assertEqual(self.shares(said()), (1, 1, 1))
        self.assertEqual((self.kinds, self.errors), ([], []))
        self.assertEqual(compare(said(), ROWS).counts.betterments, 1)

    def test_a_moved_end(self):
        for i in range(4):
            rows = copy.deepcopy(ROWS)
            rows[1][i] += 1
            self.assertEqual(self.shares(said(rows)), (3 / 4, 3 / 4, 1))
            self.assertEqual(sorted(self.kinds), ["extra", "missing"])

    def test_a_missing_function(self):
        self.assertEqual(self.shares(said(ROWS[1:])), (1, 3 / 4, 1))
        self.assertEqual(self.kinds, ["missing"])

    def test_an_extra_function(self):
        self.assertEqual(self.shares(said([*ROWS, [8, 1, 8, 5, None, None]])), (4 / 5, 1, 1))
        self.assertEqual(self.kinds, ["extra"])

    def test_another_name(self):
        for i, field, value in (0, 4, "A"), (0, 5, "new A"), (1, 4, None), (2, 4, "x"), (2, 5, "x"):
            rows = copy.deepcopy(ROWS)
            rows[i][field] = value
            self.assertEqual(self.shares(said(rows)), (1, 1, 3 / 4))
            self.assertEqual(self.kinds, ["name"])

    def test_the_slip_of_peers(self):
        rows = copy.deepcopy(ROWS)
        rows[3][4] = rows[3][6]
        self.assertEqual(self.shares(said(rows)), (1, 1, 3 / 4))
        self.assertEqual(compare(said(rows), ROWS).counts.betterments, 0)

    def test_a_file_that_is_given_up(self):
        for status in "lost", "skipped", "failed":
            answer = {**said(), "status": status, "reason": "why"}
            self.assertEqual(self.shares(answer), (1, 0, 1))
            self.assertEqual(self.kinds, ["lost"])
            self.assertEqual(self.errors, ["why"] if status == "failed" else [])

    def test_an_empty_file(self):
        self.assertEqual(self.shares(said([]), []), (1, 1, 1))

    def test_the_order(self):
        self.assertEqual(self.shares(said(ROWS[::-1])), (1, 1, 1))
        self.assertEqual(len(self.errors), 3)
        self.shares(said([[1, 1, 2, 2, "f", "f"], [1, 1, 3, 2, "g", "g"]]), [])
        self.assertEqual(len(self.errors), 1)

    def test_a_function_twice(self):
        self.assertLess(self.shares(said([ROWS[0], *ROWS]))[0], 1)
        self.assertEqual(len(self.errors), 1)


if __name__ == "__main__":
    unittest.main()
