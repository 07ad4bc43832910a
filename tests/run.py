#!/usr/bin/env python3
"""Runs the tests on what was built in a folder, three programs at a time.

  unit    cmocka programs, BUILD_DIR/tests/unit/test_*
  cli     unittest files tests/cli/test_*.py, which find the program by the variable SMCACHE
  spec    unittest files tests/spec/test_*.py, likewise
  url, fuzz  unittest files tests/url/test_*.py and tests/fuzz/test_*.py, which find the programs by SMCACHE_BUILD
  conformance  unittest files tests/conformance/test_*.py, as cli; the data that they need is not ours
  tree    with --lint: format, lint, layers, installing, the bench's arithmetic; for an unsanitized build

With --runner, which is for emulators and valgrind, compiled programs are run by that command. --only PATTERN, a shell's,
chooses among the names above.

One line a program; the output of those that fail; in the end `N passed, N failed, N skipped`, of single tests. Exit
code 1 if one failed or none ran. If SMCACHE_TALLY names a file, the three numbers are appended to it.
"""

import argparse
import fnmatch
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent

WORKERS = 3  # on two processors: some tests mostly wait
TIMEOUT_S = 600  # what takes longer hangs
LINT_TIMEOUT_S = 900

# The exit code of a report, so that no test takes it for one of smcache's own; NULL for hostile sizes, as malloc does.
SANITIZERS = {
    "ASAN_OPTIONS": "exitcode=99:detect_leaks=1:strict_string_checks=1:allocator_may_return_null=1",
    "LSAN_OPTIONS": "exitcode=99",
    "TSAN_OPTIONS": "exitcode=99:halt_on_error=1",
    "UBSAN_OPTIONS": "exitcode=99:print_stacktrace=1:halt_on_error=1",
}


def count_tap(output):
    """What a cmocka program says of its tests, and how many of them never got their turn."""
    n_planned = sum(int(n) for n in re.findall(r"^1\.\.(\d+)", output, re.MULTILINE))
    n_skipped = len(re.findall(r"^(?:not )?ok \d+.*# SKIP", output, re.MULTILINE))
    n_passed = len(re.findall(r"^ok \d+(?!.*# SKIP)", output, re.MULTILINE))
    return n_passed, n_planned - n_passed - n_skipped, n_skipped


def count_unittest(output):
    ran = re.findall(r"^Ran (\d+) tests?", output, re.MULTILINE)
    if not ran:
        return 0, 0, 0
    numbers = dict(re.findall(r"([a-z ]+)=(\d+)", output[output.rindex("\nRan "):]))
    numbers = {name.strip(): int(n) for name, n in numbers.items()}
    n_failed = sum(numbers.get(name, 0) for name in ("failures", "errors", "unexpected successes"))
    n_skipped = numbers.get("skipped", 0)
    return max(0, int(ran[-1]) - n_failed - n_skipped), n_failed, n_skipped


class Job:
    """A test program."""

    running = set()
    lock = threading.Lock()

    def __init__(self, name, command, count, timeout_s=TIMEOUT_S):
        self.name, self.command, self.count, self.timeout_s = name, command, count, timeout_s
        self.n_passed = self.n_failed = self.n_skipped = 0
        self.output = self.fault = ""
        self.seconds = 0.0

    def run(self, environment):
        start = time.monotonic()
        # A session of its own, so that what it has started can be ended with it.
        try:
            child = subprocess.Popen(self.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                     start_new_session=True)
        except OSError as error:
            self.n_failed, self.fault = 1, f"{error}; does ./configure.py know its source?"
            return self
        with self.lock:
            self.running.add(child)
        try:
            out, err = child.communicate(timeout=self.timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            out, err = child.communicate()
            self.fault = f"still running after {self.timeout_s} s"
        with self.lock:
            self.running.discard(child)
        self.seconds = time.monotonic() - start
        self.output = out + err
        self.judge(child.returncode)
        return self

    def judge(self, status):
        self.n_passed, self.n_failed, self.n_skipped = self.count(self.output)
        if status < 0 and not self.fault:
            self.fault = f"ended by {signal.Signals(-status).name}"
        elif status != 0 and self.n_failed == 0:
            self.fault = f"exit code {status}"
        elif self.n_passed + self.n_failed + self.n_skipped == 0:
            self.fault = "ran no test"
        if self.fault and self.n_failed == 0:
            self.n_failed = 1

    def report(self):
        verdict = "FAILED" if self.n_failed else "ok" if self.n_passed else "skipped"
        counts = f"{self.n_passed} passed"
        counts += f", {self.n_failed} failed" if self.n_failed else ""
        counts += f", {self.n_skipped} skipped" if self.n_skipped else ""
        print(f"{self.name:<36} {verdict:<7} {self.seconds:6.1f} s  {counts}", flush=True)
        if self.n_failed:
            print(re.sub(r"^", "    ", self.output.rstrip(), flags=re.MULTILINE))
            print(f"    {self.fault}" if self.fault else "", flush=True)
        elif self.n_skipped:
            for reason in sorted(set(re.findall(r"(?:# SKIP|skipped) ['\"]?(.+?)['\"]?$", self.output, re.MULTILINE))):
                print(f"    skipped: {reason}", flush=True)

    @classmethod
    def end_all(cls):
        with cls.lock:
            for child in cls.running:
                os.killpg(child.pid, signal.SIGKILL)


def python_job(path, timeout_s=TIMEOUT_S):
    path = Path(path)
    command = [sys.executable, "-B", "-m", "unittest", "discover", "-v", "-s", str(path.parent), "-p", path.name]
    return Job(f"{path.parent.name}/{path.stem}" if path.parent.name != "tests" else path.stem, command, count_unittest,
               timeout_s)


def find_jobs(build_dir, runner):
    jobs = []
    for source in sorted(ROOT.glob("tests/unit/test_*.c")):  # a program whose source is gone is not run
        program = build_dir / "tests" / "unit" / source.stem
        jobs.append(Job(f"unit/{source.stem}", [*runner, str(program)], count_tap))
    for room in "cli", "conformance", "fuzz", "spec", "url":
        jobs += [python_job(path) for path in sorted(ROOT.glob(f"tests/{room}/test_*.py"))]
    return jobs


def write_wrapper(build_dir, runner):
    """A program that runs smcache by the runner, in the same process."""
    wrapper = build_dir / "smcache.run"
    words = shlex.join([*runner, str(build_dir / "smcache")])
    wrapper.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    return wrapper


def run_all(jobs, environment, workers):
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(job.run, environment) for job in jobs]
        try:
            for future in as_completed(futures):
                future.result().report()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            Job.end_all()
            raise


def main():
    parser = argparse.ArgumentParser(description="Runs the tests.")
    parser.add_argument("--build-dir", type=Path, required=True, help="the folder of the build to test")
    parser.add_argument("--cc", default="gcc", help="the compiler that made it")
    parser.add_argument("--lint", action="store_true", help="the tests of the source tree, too")
    parser.add_argument("--runner", type=shlex.split, default=[], metavar="COMMAND", help="runs the compiled programs")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN", help="the programs to run (any number of times)")
    parser.add_argument("--timeout", type=int, default=TIMEOUT_S, metavar="SECONDS", help="what takes longer hangs")
    options = parser.parse_args()

    for number in signal.SIGTERM, signal.SIGHUP:  # as SIGINT does: so that run_all ends what it has started
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    build_dir = options.build_dir.resolve()
    environment = os.environ | SANITIZERS | {
        "SMCACHE": str(write_wrapper(build_dir, options.runner) if options.runner else build_dir / "smcache"),
        "SMCACHE_BUILD": str(build_dir), "SMCACHE_RUNNER": shlex.join(options.runner), "CC": options.cc,
        "CMOCKA_MESSAGE_OUTPUT": "TAP", "LC_ALL": "C.UTF-8"}
    jobs = find_jobs(build_dir, options.runner)
    if options.only:
        for pattern in options.only:
            if not fnmatch.filter([job.name for job in jobs], pattern):
                sys.exit(f"run.py: no test is called {pattern}")
        jobs = [job for job in jobs if any(fnmatch.fnmatch(job.name, pattern) for pattern in options.only)]
    for job in jobs:
        job.timeout_s = options.timeout
    lint = []
    if options.lint:
        jobs += [python_job(ROOT / "tests" / name) for name in ("layers.py", "limits.py", "install.py", "hardening.py", "run_test.py", "bench_test.py",
                                                                "bench_stacks_test.py")]
        lint = [python_job(ROOT / "tests" / "lint.py", LINT_TIMEOUT_S)]
    run_all(lint, environment, 1)  # it keeps two processors busy by itself
    run_all(jobs, environment, WORKERS)

    jobs += lint
    counts = [sum(getattr(job, key) for job in jobs) for key in ("n_passed", "n_failed", "n_skipped")]
    if "SMCACHE_TALLY" in os.environ:
        with open(os.environ["SMCACHE_TALLY"], "a", encoding="ascii") as tally:
            print(*counts, file=tally)
    print("{} passed, {} failed, {} skipped".format(*counts), flush=True)
    return 1 if counts[1] or not counts[0] else 0


if __name__ == "__main__":
    sys.exit(main())
