#!/usr/bin/env python3
"""Whether what is built is hardened, as configure.py promises. Part of `ninja check`.

Read from the program and the shared library by readelf and nm, not from flags. SMCACHE_BUILD names an unsanitized build.
"""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("SMCACHE_BUILD", "build")


def read(*command):
    if shutil.which(command[0]) is None:
        raise unittest.SkipTest(f"{command[0]} is not here")
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


class Hardening(unittest.TestCase):
    FILES = [BUILD / "smcache", BUILD / "libsmcache.so.0"]

    def test_addresses_are_random(self):
        for path in self.FILES:
            self.assertRegex(read("readelf", "-h", path), r"Type: +DYN ", path)

    def test_the_stack_is_not_executable(self):
        for path in self.FILES:
            self.assertRegex(read("readelf", "-lW", path), r"GNU_STACK .* RW +0x", path)

    def test_relocations_are_read_only(self):
        for path in self.FILES:
            self.assertIn("GNU_RELRO", read("readelf", "-lW", path), path)
            self.assertRegex(read("readelf", "-dW", path), r"\(BIND_NOW\)|\bNOW\b", path)

    def test_no_segment_is_writable_and_executable(self):
        for path in self.FILES:
            self.assertNotRegex(read("readelf", "-lW", path), r"LOAD .* RWE ", path)

    def test_stacks_have_canaries(self):
        for path in self.FILES:
            self.assertIn("__stack_chk_fail", read("nm", "-D", path), path)

    def test_calls_of_the_c_library_are_checked(self):
        """_FORTIFY_SOURCE: where the size of a buffer is known, at least one call goes by its checking twin."""
        self.assertRegex(read("nm", "-D", self.FILES[0]), r"__\w+_chk\b(?<!__stack_chk)")


if __name__ == "__main__":
    unittest.main()
