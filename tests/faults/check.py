#!/usr/bin/env python3
"""Lets each call fail by which build, store and symbolicate get memory or reach the kernel, and judges what comes of it.

usage: check.py BUILD_DIR [--short] [--only TEXT]

The program runs below a library (faults.h) that lets one call fail. A run of a scenario without a fault tells which calls
there are, by the way from main to each; then each of them fails in a run of its own. Which calls the program has at all is
read from its machine code: one that no scenario reaches is a failure. --short: each way to a call fails once. --only: the
scenarios with this text in their names; what is not reached is not asked then. The last line counts ways to calls, and
calls that nothing reaches: `N passed, N failed, N skipped`.
"""

import argparse
import collections
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

import faults
import judge
import sites
from folders import restore, snapshot
from program import Runner
from scenario import ROOT, World

WORKERS = 2
SETTLED_S = 2.1  # files that have changed just now are not known by their state


def all_scenarios():
    import builds
    import frames
    import stores
    return builds.SCENARIOS + frames.SCENARIOS + stores.SCENARIOS


class Stage:
    """A scenario in its folder."""

    def __init__(self, scenario, folder, options):
        self.scenario, self.folder = scenario, folder
        folder.mkdir()
        home = folder.parent / "home"
        self.runner = Runner(options.program, options.library, folder, home)
        scenario.make(World(folder, self.runner))
        self.before = snapshot(folder)

    def run(self, fault=None, arguments=None):
        scenario = self.scenario
        if arguments is not None:
            return self.runner.run(arguments, env=scenario.env, injects=False)
        return self.runner.run(scenario.arguments, scenario.stdin, scenario.env, fault)

    def then(self):
        answers = [self.run(arguments=arguments) for arguments in self.scenario.then]
        return [(answer.code, self.scenario.plain(answer.out, self.folder)) for answer in answers]

    def reset(self):
        restore(self.folder, self.before, snapshot(self.folder))

    def refer(self):
        """The run without a fault, and whether it is the same twice."""
        runs = []
        for _ in range(2):
            outcome = self.run()
            after = snapshot(self.folder)
            runs.append(judge.Reference(self.scenario, self.folder, outcome, self.before, after, self.then()))
            self.reset()
        self.reference = runs[0]
        return self.reference

    def try_fault(self, fault, describe):
        """(whether the call was there, what is wrong)."""
        outcome = self.run(fault)
        after = snapshot(self.folder)
        found = judge.complain(self.reference, fault, outcome, after, describe)
        if after != self.before or self.scenario.then:
            found += self.go_on(outcome)
            self.reset()
        return outcome, found if outcome.struck or found else []

    def go_on(self, outcome):
        """Whether all is well afterwards: what has failed succeeds, and then all answers are there."""
        if outcome.code != self.reference.outcome.code and not self.scenario.is_done_once:
            again = self.run()
            if again.code != self.reference.outcome.code:
                return [f"exit code {again.code} when it is run again: {again.said}"]
        return [f"{' '.join(arguments)} answers otherwise afterwards: {answer}"
                for arguments, answer, good in zip(self.scenario.then, self.then(), self.reference.then)
                if answer != good]


class Check:
    def __init__(self, options, code):
        self.options, self.code = options, code
        self.lock = threading.Lock()
        self.n_passed = self.n_failed = self.n_faults = 0
        self.reached = set()
        self.known = set()  # contexts
        self.kinds = collections.Counter()

    def describe(self, call):
        with self.lock:
            return self.code.way(call)

    def check_scenario(self, stage):
        reference = stage.refer()
        calls = reference.outcome.calls
        with self.lock:
            if stage.scenario.is_slow:
                calls = [call for call in calls if call.context not in self.known]
            self.known |= {call.context for call in calls}
        n_faults = n_failed = 0
        start = time.monotonic()
        for problem in judge.complain_of_end(reference, reference.outcome) + judge.complain_of_leaks(
                reference.outcome, self.describe):
            self.report(stage, None, reference.outcome, [problem])
            n_failed += 1
        for call in calls:
            bad = False
            for fault in faults.faults_of(call, self.options.short):
                outcome, found = stage.try_fault(fault, self.describe)
                n_faults += outcome.struck
                if outcome.struck:
                    with self.lock:
                        self.reached.add(call.frames[0])
                if found:
                    bad = True
                    self.report(stage, fault, outcome, found)
            n_failed += bad
        with self.lock:
            self.n_passed += len(calls) - n_failed
            self.n_failed += n_failed
            self.n_faults += n_faults
            print(f"{stage.scenario.name:<40} {'FAILED' if n_failed else 'ok':<7} {time.monotonic() - start:6.1f} s  "
                  f"{len(calls)} ways to calls, {n_faults} faults, {n_failed} failed", flush=True)

    def report(self, stage, fault, outcome, found):
        way = self.describe(fault.call) if fault else "without a fault"
        with self.lock:
            how = f"{fault.way} {os.strerror(fault.error_number)}, call {fault.n}" if fault else ""
            print(f"    {stage.scenario.name}: {way}: {how}")
            for problem in found:
                print(f"        {problem}")
            print(f"        exit code {outcome.code}; it said: {outcome.said.strip()[:400]}", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Lets calls fail.")
    parser.add_argument("build_dir", type=Path)
    parser.add_argument("--short", action="store_true", help="each way to a call fails once")
    parser.add_argument("--only", default="", help="scenarios with this text in their names")
    options = parser.parse_args()
    os.environ["SMCACHE_BUILD"] = str(options.build_dir.resolve())  # for the library, which fills stores
    options.program = (options.build_dir / "faults/smcache").resolve()
    options.library = (options.build_dir / "faults/libfaults.so").resolve()

    code = sites.Code(options.program, ROOT)
    hooked = sites.hooked_names(options.library)
    problems = [f"{name} is neither let fail nor known not to" for name in
                sorted(code.imported() - hooked - sites.never_fails())]
    problems += [f"the address of {name} is taken: calls by it are not seen" for name in sorted(code.taken() & hooked)]
    problems += [f"{name} is jumped to" for _, name in code.jumps if name in hooked]
    check = Check(options, code)
    scenarios = [scenario for scenario in all_scenarios() if options.only in scenario.name]
    memory = Path("/dev/shm")  # where there is one: nothing has to wait for a disk
    with tempfile.TemporaryDirectory(prefix="smcache-faults-",
                                     dir=memory if os.access(memory, os.W_OK) else None) as folder:
        base = Path(folder)
        (base / "home").mkdir()
        with ThreadPoolExecutor(WORKERS) as pool:
            stages = list(pool.map(lambda item: Stage(item[1], base / str(item[0]), options), enumerate(scenarios)))
            time.sleep(SETTLED_S)
            for is_slow in False, True:
                list(pool.map(check.check_scenario, [stage for stage in stages if stage.scenario.is_slow == is_slow]))
    for problem in problems:
        print(problem)
    all_sites = code.sites(hooked - sites.never_fails())
    missing = sorted(site for address, site in all_sites.items() if address not in check.reached)
    for site in missing:
        print(f"not reached: {site}")
    print(f"{check.n_faults} faults, {len(all_sites) - len(missing)} of {len(all_sites)} calls reached")
    print(f"{check.n_passed} passed, {check.n_failed + len(problems)} failed, 0 skipped")
    return 1 if check.n_failed or problems else 0


if __name__ == "__main__":
    sys.exit(main())
