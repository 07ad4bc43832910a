#!/usr/bin/env python3
"""Format, lint, and whether build.ninja is what configure.py writes. Part of `ninja check`."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import configure

# Other versions format and find differently; the sources follow the one of Debian 12.
CLANG_MAJOR = 14
JOBS = 2
OPTIONAL_HEADER = "'jansson.h' file not found"
CLEAN = ROOT / "build" / "lint"  # an empty file for each state in which clang-tidy had nothing to say


def run(*command, cwd=ROOT):
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")
    return done.returncode, done.stdout


def tool(name):
    """The tool in the version that counts; without it the test is skipped."""
    for candidate in f"{name}-{CLANG_MAJOR}", name:
        if shutil.which(candidate):
            version = re.search(r"version (\d+)", run(candidate, "--version")[1])
            if version and int(version[1]) == CLANG_MAJOR:
                return candidate
    raise unittest.SkipTest(f"{name} {CLANG_MAJOR} is not here")


class Lint(unittest.TestCase):
    def test_clang_format(self):
        status, output = run(tool("clang-format"), "--dry-run", "-Werror", *configure.Sources().formatted)
        self.assertEqual(status, 0, f"`ninja reformat` mends this:\n{output}")

    def test_clang_tidy(self):
        program = tool("clang-tidy")
        flags = [*configure.LANGUAGE, *configure.WARNINGS]
        files = configure.Sources().formatted
        shared = hashlib.sha256(repr([run(program, "--version"), flags]).encode())
        configurations = [ROOT / ".clang-tidy", *sorted(ROOT.glob("tests/**/.clang-tidy"))]
        for path in [*configurations, *(ROOT / path for path in files if path.endswith(".h"))]:
            shared.update(path.read_bytes())

        def findings(path):
            state = shared.copy()
            state.update(path.encode() + (ROOT / path).read_bytes())
            clean = CLEAN / state.hexdigest()
            if clean.exists():
                return ""
            # A process for each file: in one for several, checkers remember the last one's va_lists.
            status, output = run(program, "--quiet", path, "--", *flags)
            if status == 0:
                CLEAN.mkdir(parents=True, exist_ok=True)
                clean.touch()
            return "" if status == 0 else output

        with ThreadPoolExecutor(JOBS) as pool:
            outputs = list(pool.map(findings, [path for path in files if path.endswith(".c")]))
        output = "".join(output for output in outputs if OPTIONAL_HEADER not in output)
        if output:
            lines = re.findall(r"^.* (?:error|warning): .*$", output, re.MULTILINE)
            self.fail("\n".join([*(lines or [output]), "More: clang-tidy FILE -- " + " ".join(flags)]))
        n_skipped = sum(OPTIONAL_HEADER in output for output in outputs)
        if n_skipped > 0:
            self.skipTest(f"{n_skipped} of {len(outputs)} files: {OPTIONAL_HEADER}; all others are clean")


class BuildFile(unittest.TestCase):
    def test_configure_reproduces_build_ninja(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in "configure.py", "format", "src", "tools", "tests":
                source = ROOT / name
                (shutil.copytree if source.is_dir() else shutil.copy)(source, Path(folder) / name)
            status, output = run("./configure.py", cwd=folder)
            self.assertEqual(status, 0, output)
            written = (Path(folder) / "build.ninja").read_bytes()
        self.assertEqual(written, (ROOT / "build.ninja").read_bytes(),
                         "build.ninja is stale: run ./configure.py and commit what it writes")


if __name__ == "__main__":
    unittest.main()
