#!/usr/bin/env python3
"""A compiled file that somebody cuts while the program has it open: a message and exit code 4, not SIGBUS."""

import os
import resource
import signal
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from support import EMULATED, ENVIRONMENT, PROGRAM, SYSTEM, TIMEOUT_S, CliTest, main, make_map, to_bytes

# Enough for many pages, so that the position asked for later is in one that has not been read.
N_LINES = 20_000
SAID = r"byte \d+: lost while it was read"


@unittest.skipIf(EMULATED, "the emulator says where in its own memory a page was lost")
class LostFiles(CliTest):
    def setUp(self):
        super().setUp()
        tokens = [(line, column, 0, line, column, (line * 7 + column) % 900) for line in range(N_LINES) for column in (0, 9)]
        names = [f"name{i}" for i in range(900)]
        self.compiled = self.folder / "dist" / "app.js.smcache"
        self.compiled.parent.mkdir()
        source_map = self.write_map(to_bytes(make_map(tokens, names=names)))
        self.succeed("build", source_map, "-o", self.compiled, "--functions=none")

    def answered_then_cut(self, arguments, first, then, nbytes=4096, max_files=None):
        """Starts the program, lets it answer once, cuts the file, and asks again. (exit code, stdout, stderr)."""
        child = subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=ENVIRONMENT)
        child.stdin.write(first)
        child.stdin.flush()
        answer = child.stdout.readline()
        os.truncate(self.compiled, nbytes)
        if max_files is not None:
            resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (max_files, max_files))
        out, err = child.communicate(then, timeout=TIMEOUT_S)
        return child.returncode, answer + out, err.decode()

    def assert_lost(self, result, answer):
        code, out, err = result
        self.assertEqual(code, SYSTEM, err)
        self.assertEqual(out, answer)
        self.assertRegex(err, rf"^smcache: {self.compiled}: {SAID}")
        self.assertEqual(err.count("\n"), 1)

    def test_of_a_lookup(self):
        result = self.answered_then_cut(["lookup", self.compiled, "-"], b"1:1\n", b"%d:1\n" % (N_LINES - 1))
        self.assert_lost(result, b"a.js:1:1 (name0)\n")

    def test_of_a_stack(self):
        arguments = ["symbolicate", "--dir", self.compiled.parent]
        result = self.answered_then_cut(arguments, b"at f (app.js:1:1)\nE\n", b"at f (app.js:%d:1)\nE\n" % (N_LINES - 1))
        self.assertEqual(result[0], SYSTEM, result[2])
        self.assertRegex(result[2], SAID)

    def test_where_nobody_tells_which(self):
        """Without /proc/self/maps it ends no other way."""
        code, out, err = self.answered_then_cut(["lookup", self.compiled, "-"], b"1:1\n", b"%d:1\n" % (N_LINES - 1),
                                                max_files=3)
        self.assertEqual((code, out), (SYSTEM, b"a.js:1:1 (name0)\n"), err)
        self.assertRegex(err, r"^smcache: a file: lost while it was read: [^\n]*\n$")

    def test_of_a_name_with_control_characters(self):
        odd = self.folder / "a\x1b[31mb.smcache"
        self.compiled.rename(odd)
        self.compiled = odd
        code, _, err = self.answered_then_cut(["lookup", odd, "-"], b"1:1\n", b"%d:1\n" % (N_LINES - 1))
        self.assertEqual(code, SYSTEM, err)
        self.assertRegex(err, r"/a\?\[31mb\.smcache: " + SAID)

    def test_no_other_signal_is_taken_for_it(self):
        child = subprocess.Popen([PROGRAM, "lookup", self.compiled, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=ENVIRONMENT)
        child.stdin.write(b"1:1\n")
        child.stdin.flush()
        child.stdout.readline()
        child.send_signal(signal.SIGBUS)
        _, err = child.communicate(timeout=TIMEOUT_S)
        if "Sanitizer" in err.decode():
            raise unittest.SkipTest("the sanitizer reports the signal")
        self.assertEqual((child.returncode, err), (-signal.SIGBUS, b""))


if __name__ == "__main__":
    main()
