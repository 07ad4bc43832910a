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
from program import Fault, Pair, Runner
from scenario import ROOT, World

WORKERS = 2
CANDIDATES = 4  # ways to a call that are tried until one reaches it
SETTLED_S = 2.1  # files that have changed just now are not known by their state


def all_scenarios():
    import builds
    import frames
    import others
    import stores
    return builds.SCENARIOS + frames.SCENARIOS + stores.SCENARIOS + others.SCENARIOS


class Stage:
    """A scenario in its folder."""

    def __init__(self, scenario, folder, built, codes):
        self.scenario, self.folder, self.code = scenario, folder, codes[scenario.program]
        folder.mkdir()
        home, library = folder.parent / "home", built / "libfaults.so"
        self.runner = Runner(built / scenario.program, library, folder, home)
        self.smcache = Runner(built / "smcache", library, folder, home)
        scenario.make(World(folder, self.smcache))
        self.before = snapshot(folder)

    def run(self, fault=None, stdout=None):
        scenario = self.scenario
        return self.runner.run(scenario.arguments, scenario.stdin, scenario.env, fault, stdout=stdout,
                               on_terminal=scenario.on_terminal, holds=scenario.holds)

    def ask(self, arguments):
        """Without a fault: (exit code, answer)."""
        outcome = self.smcache.run(arguments, env=self.scenario.env, injects=False)
        return outcome.code, self.scenario.plain(outcome.out, self.folder)

    def then(self):
        return [self.ask(arguments) for arguments in self.scenario.then]

    def reset(self):
        restore(self.folder, self.before, snapshot(self.folder))

    def refer(self):
        """The run without a fault."""
        outcome = self.run()
        self.reference = judge.Reference(self.scenario, self.folder, outcome, self.before, snapshot(self.folder),
                                         self.then())
        self.reset()
        return self.reference

    def try_fault(self, fault, describe):
        """What came of it, and what is wrong."""
        outcome = self.run(fault)
        after = snapshot(self.folder)
        found = judge.complain(self.reference, fault, outcome, after, describe)
        if after != self.before or self.scenario.then:
            found += self.go_on(outcome)
            self.reset()
        return outcome, found

    def try_full_disk(self):
        if not self.reference.outcome.out:
            return []
        found = judge.complain_of_full_disk(self.reference, self.run(stdout="/dev/full"))
        self.reset()
        return found

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
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.n_passed = self.n_failed = self.n_faults = 0
        self.reached = set()  # sites
        self.known = set()  # contexts
        self.later = {}  # site -> [(stage, fault, what is called because of it)]

    def describer(self, stage):
        def describe(call):
            with self.lock:
                return stage.code.way(call)
        return describe

    def note(self, stage, fault, outcome):
        """What a run has reached, and what there is to reach because of it."""
        with self.lock:
            self.n_faults += outcome.n_struck == len(fault.all())
            if outcome.n_struck == len(fault.all()):
                self.reached.add(stage.code.site(fault.all()[-1].call.frames[0]))
            for call in outcome.calls if isinstance(fault, Fault) else ():
                site = stage.code.site(call.frames[0])
                if site not in self.reached:
                    candidates = self.later.setdefault(site, [])
                    if len(candidates) < CANDIDATES:
                        candidates.append((stage, fault, call))

    def try_fault(self, stage, fault):
        """Whether all is well with it."""
        outcome, found = stage.try_fault(fault, self.describer(stage))
        self.note(stage, fault, outcome)
        if found:
            self.report(stage, fault, outcome, found)
        return not found

    def calls_to_try(self, stage):
        """Those of the scenario; of a slow one, and of all if there is little time, only those that are new."""
        calls = stage.reference.outcome.calls
        with self.lock:
            if stage.scenario.is_slow or (self.options.short and not stage.scenario.errors):
                calls = [call for call in calls if call.context not in self.known]
            self.known |= {call.context for call in calls}
        return calls

    def check_scenario(self, stage):
        reference = stage.refer()
        start = time.monotonic()
        problems = judge.complain_of_end(reference.outcome)
        if not stage.scenario.ends_at_once:
            problems += [f"leak of {nbytes} bytes: {self.describer(stage)(call)}" for nbytes, call in reference.outcome.leaks]
        problems += stage.try_full_disk()
        if problems:
            self.report(stage, None, reference.outcome, problems)
        calls = self.calls_to_try(stage)
        n_failed = int(bool(problems))
        for call in calls:
            is_short = self.options.short or stage.scenario.is_slow
            wells = [self.try_fault(stage, fault) for fault in faults.faults_of(call, is_short, stage.scenario)]
            n_failed += not all(wells)
        with self.lock:
            self.n_passed += len(calls) + 1 - n_failed
            self.n_failed += n_failed
            print(f"{stage.scenario.name:<44} {'FAILED' if n_failed else 'ok':<7} {time.monotonic() - start:6.1f} s  "
                  f"{len(calls)} ways to calls{f', {n_failed} failed' if n_failed else ''}", flush=True)

    def check_later(self):
        """Calls that are made only because others have failed."""
        for site, candidates in sorted(self.later.items()):
            for stage, first, call in candidates:
                if site not in self.reached:
                    for way in faults.ways_of(call.name):
                        well = self.try_fault(stage, Pair(first, Fault(call, 1, *way)))
                        self.n_passed += well
                        self.n_failed += not well

    def report(self, stage, fault, outcome, found):
        describe = self.describer(stage)
        hows = [f"{describe(one.call)}: {one.way} {os.strerror(one.error_number)}, call {one.n}"
                for one in (fault.all() if fault else ())]
        with self.lock:
            print(f"    {stage.scenario.name}: {'; then '.join(hows) or 'without a fault'}")
            for problem in found:
                print(f"        {problem}")
            print(f"        exit code {outcome.code}; it said: {outcome.said.strip()[:400]}", flush=True)


def complain_of_names(codes, hooked):
    """What may fail, and cannot be let fail."""
    found = []
    for program, code in codes.items():
        found += [f"{program}: {name} is neither let fail nor known not to" for name in
                  sorted(code.imported() - hooked - sites.never_fails())]
        found += [f"{program}: the address of {name} is taken: calls by it are not seen" for name in
                  sorted(code.taken() & hooked)]
        found += [f"{program}: {name} is jumped to: that leaves no frame" for _, name in code.jumps if name in hooked]
    return found


def complain_of_sites(codes, hooked, reached):
    """What is never let fail, but for what is known to be out of reach."""
    wanted = {site for code in codes.values() for site in code.sites(hooked - sites.never_fails()).values()
              if not site.path.startswith("tests/")}
    missing = wanted - reached
    print(f"{len(wanted & reached)} of {len(wanted)} calls reached")
    for site in sorted(missing):
        if site.key in sites.OUT_OF_REACH:
            print(f"    {site}: {sites.OUT_OF_REACH[site.key]}")
    found = [f"not reached: {site}" for site in sorted(missing) if site.key not in sites.OUT_OF_REACH]
    stale = set(sites.OUT_OF_REACH) - {site.key for site in missing}
    return found + [f"reached, though it is said not to be: {' '.join(key)}" for key in sorted(stale)]


def main():
    parser = argparse.ArgumentParser(description="Lets calls fail.")
    parser.add_argument("build_dir", type=Path)
    parser.add_argument("--short", action="store_true", help="each way to a call fails once")
    parser.add_argument("--only", default="", help="scenarios with this text in their names")
    options = parser.parse_args()
    os.environ["SMCACHE_BUILD"] = str(options.build_dir.resolve())  # for the library, which fills stores
    built = (options.build_dir / "faults").resolve()

    codes = {program: sites.Code(built / program, ROOT) for program in ("smcache", "driver")}
    hooked = sites.hooked_names(built / "libfaults.so")
    problems = complain_of_names(codes, hooked)
    check = Check(options)
    scenarios = [scenario for scenario in all_scenarios() if options.only in scenario.name]
    memory = Path("/dev/shm")  # where there is one: nothing has to wait for a disk
    with tempfile.TemporaryDirectory(prefix="smcache-faults-",
                                     dir=memory if os.access(memory, os.W_OK) else None) as folder:
        base = Path(folder)
        (base / "home").mkdir()
        with ThreadPoolExecutor(WORKERS) as pool:
            stages = list(pool.map(lambda item: Stage(item[1], base / str(item[0]), built, codes), enumerate(scenarios)))
            time.sleep(SETTLED_S)
            for is_slow in False, True:
                list(pool.map(check.check_scenario, [stage for stage in stages if stage.scenario.is_slow == is_slow]))
        check.check_later()
    if not options.only:
        problems += complain_of_sites(codes, hooked, check.reached)
    for problem in problems:
        print(problem)
    print(f"{check.n_faults} faults injected")
    print(f"{check.n_passed} passed, {check.n_failed + len(problems)} failed, 0 skipped")
    return 1 if check.n_failed or problems else 0


if __name__ == "__main__":
    sys.exit(main())
