#!/usr/bin/env python3
"""The test runner itself: what fails, hangs or crashes must not pass. Part of `ninja check`."""

import os
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from run import Job, count_tap, count_unittest


def run(script, count=count_tap, timeout_s=60):
    job = Job("made up", ["sh", "-c", script], count, timeout_s).run(os.environ)
    return job.n_passed, job.n_failed, job.n_skipped


class Counting(unittest.TestCase):
    def test_tap(self):
        self.assertEqual(count_tap("1..4\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP c\nok 4 - d\n"), (2, 1, 1))

    def test_tap_of_a_program_that_stops_half_way(self):
        self.assertEqual(count_tap("1..3\nok 1 - a\n"), (1, 2, 0))

    def test_unittest(self):
        self.assertEqual(count_unittest("\nRan 9 tests in 1s\n\nFAILED (failures=1, errors=2, skipped=3)\n"), (3, 3, 3))
        self.assertEqual(count_unittest("\nRan 1 test in 1s\n\nOK\n"), (1, 0, 0))

    def test_unittest_with_a_class_that_cannot_be_set_up(self):
        self.assertEqual(count_unittest("\nRan 0 tests in 1s\n\nFAILED (errors=1)\n"), (0, 1, 0))


class Judging(unittest.TestCase):
    def test_passes(self):
        self.assertEqual(run("echo 1..1; echo ok 1 - a"), (1, 0, 0))

    def test_exit_code(self):
        self.assertEqual(run("echo 1..1; echo ok 1 - a; exit 99"), (1, 1, 0))

    def test_crash(self):
        self.assertEqual(run("echo 1..2; echo ok 1 - a; kill -SEGV $$"), (1, 1, 0))

    def test_silence(self):
        self.assertEqual(run("true"), (0, 1, 0))
        self.assertEqual(run("true", count_unittest), (0, 1, 0))

    def test_program_that_was_not_built(self):
        job = Job("made up", ["/nowhere/program"], count_tap).run(os.environ)
        self.assertEqual(job.n_failed, 1)

    def test_hang(self):
        self.assertEqual(run("echo 1..1; echo ok 1 - a; sleep 60 & sleep 60", timeout_s=0.5), (1, 1, 0))


if __name__ == "__main__":
    unittest.main()
