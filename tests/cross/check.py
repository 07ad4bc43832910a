#!/usr/bin/env python3
"""Builds smcache for other machines, and runs it there by an emulator: 32 bits (i386), big-endian (s390x), arm64.

usage: check.py [--build-dir DIR] [--only MACHINE] [--short]

On each machine, built by Debian's cross compiler with warnings as errors:
  - the unit tests, the tests of the program and those of the spec, by qemu-user;
  - the unit tests again without it, where this processor runs that machine's programs (i386), and of an emulated
    i386 then all but the longest;
  - the files that it writes against those that DIR/smcache writes here, byte for byte, and each reads the other's
    (files.py), stores included: of the example, of made-up maps and chains, and of maps of the corpus where it has been
    fetched.

--short: s390x alone, a few tests, and no maps of the corpus. What is missing on a Debian machine is installed first if
that is allowed; without it nothing is checked, which is no failure. The last line counts tests, and maps and their
options: `N passed, N failed, N skipped`.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

from files import Comparison, Program
from inputs import example, real_inputs, small_inputs
from machines import MACHINES, ROOT, Broken, Target, Unavailable, install_tools, say

TESTS = ["unit/*", "cli/*", "spec/*"]
SHORT_TESTS = ["unit/test_golden", "unit/test_scopes_golden", "unit/test_reader", "cli/test_build", "cli/test_lookup"]
# A minute and more of an emulator's: every allocation fails, every byte is flipped, and a store of many files.
LONGEST = ["test_alloc", "test_corrupt", "test_flips", "test_store_size", "test_store_outages", "test_store_faults"]
TEST_TIMEOUT_S = 1500
MAX_ERRORS_SHOWN = 5


class Tally:
    def __init__(self):
        self.n_passed = self.n_failed = self.n_skipped = 0

    def add(self, n_passed, n_failed, n_skipped):
        self.n_passed += n_passed
        self.n_failed += n_failed
        self.n_skipped += n_skipped

    def finish(self):
        print(f"{self.n_passed} passed, {self.n_failed} failed, {self.n_skipped} skipped", flush=True)
        return 1 if self.n_failed else 0


def unit_tests():
    return sorted(path.stem for path in (ROOT / "tests" / "unit").glob("test_*.c"))


def run_tests(target, runner, patterns, tally):
    """tests/run.py, whose own count is what counts."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as counted:
        command = [sys.executable, "tests/run.py", "--build-dir", target.build_dir, "--runner", shlex.join(runner),
                   "--timeout", str(TEST_TIMEOUT_S), *(word for pattern in patterns for word in ("--only", pattern))]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False,
                              env=os.environ | {"SMCACHE_TALLY": counted.name})
        counts = counted.read().split()
    if len(counts) == 3:
        tally.add(*map(int, counts))
    elif done.returncode != 0:
        say(f"FAIL tests/run.py: exit code {done.returncode}")
        tally.add(0, 1, 0)


def deflate_version(compiler):
    done = subprocess.run([*compiler, "-E", "-dM", "-include", "libdeflate.h", "-x", "c", os.devnull],
                          capture_output=True, text=True, check=False)
    return next((line for line in done.stdout.splitlines() if "LIBDEFLATE_VERSION_STRING" in line), None)


def same_deflate(target, tally):
    """Whether contents are deflated by the same code here and there."""
    versions = deflate_version(["gcc"]), deflate_version([f"{target.machine.triple}-gcc", f"--sysroot={target.sysroot}"])
    if versions[0] == versions[1] and versions[0] is not None:
        return True
    say(f"skipped: deflated contents: libdeflate is {versions[0]} here, and {versions[1]} there")
    tally.add(0, 0, 1)
    return False


def compare_files(target, program, inputs, reads, tally):
    is_same_deflate = same_deflate(target, tally)
    with tempfile.TemporaryDirectory(prefix="smcache-cross-") as folder:
        comparison = Comparison(Program([program], Path(folder, "ours")),
                                Program([*target.emulated(), target.program], Path(folder, "theirs")))

        def judge(label, check, *arguments):
            comparison.errors.clear()
            check(*arguments)
            tally.add(not comparison.errors, bool(comparison.errors), 0)
            if comparison.errors:
                say(f"FAIL {target.machine.name}: {label}")
            for error in comparison.errors[:MAX_ERRORS_SHOWN]:
                say(f"    {error}")

        for given in inputs:
            for i, options in enumerate(given.options):
                if not is_same_deflate and not any(option.startswith("--sources=") for option in options):
                    options = [*options, "--sources=raw"]
                judge(" ".join([given.name, *options]), comparison.input, given, options, i == 0 or reads)
        judge("the store", comparison.store, example()[0], folder)
    say(f"{comparison.n_files} files written here and there, {comparison.n_reads} of them read by the other, "
        f"{comparison.n} comparisons")


def check_machine(target, args, tally):
    machine = target.machine
    start = time.monotonic()
    say(f"== {machine.name}: {machine.what}")
    target.fetch_libraries()
    tests = [name.removeprefix("unit/") for name in SHORT_TESTS if name.startswith("unit/")] if args.short else \
        unit_tests()
    target.build(tests)
    say(f"built after {time.monotonic() - start:.0f} s")

    native = None if args.short else target.native()
    patterns = SHORT_TESTS if args.short else TESTS
    if native:
        say(f"-- {machine.name}, by this processor")
        run_tests(target, native, ["unit/*"], tally)
        patterns = [f"unit/{name}" for name in tests if name not in LONGEST] + TESTS[1:]
    say(f"-- {machine.name}, by {machine.emulator}")
    run_tests(target, target.emulated(), patterns, tally)

    compare_files(target, args.build_dir / "smcache", small_inputs(), not args.short, tally)
    if not args.short:
        inputs, n_missing = real_inputs()
        if n_missing:
            say(f"skipped: {n_missing} maps of the corpus, which is not here (ninja check-corpus fetches it)")
            tally.add(0, 0, n_missing)
        compare_files(target, args.build_dir / "smcache", inputs, False, tally)
    say(f"{machine.name}: {time.monotonic() - start:.0f} s")


def main():
    parser = argparse.ArgumentParser(description="Checks smcache on other machines, by emulators.")
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build", help="where smcache of this machine is")
    parser.add_argument("--only", action="append", choices=[machine.name for machine in MACHINES])
    parser.add_argument("--short", action="store_true", help="s390x alone, in two minutes")
    args = parser.parse_args()
    args.build_dir = args.build_dir.resolve()

    tally = Tally()
    wanted = args.only or (["s390x"] if args.short else [machine.name for machine in MACHINES])
    machines = [machine for machine in MACHINES if machine.name in wanted]
    try:
        install_tools(machines)
    except Unavailable as error:
        say(f"skipped: {error}")
        tally.add(0, 0, 1)
        return tally.finish()
    for machine in machines:
        try:
            check_machine(Target(machine, args.build_dir), args, tally)
        except Unavailable as error:
            say(f"skipped: {machine.name}: {error}")
            tally.add(0, 0, 1)
        except Broken as error:
            say(f"FAIL {machine.name}: {error}")
            tally.add(0, 1, 0)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
