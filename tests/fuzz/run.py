#!/usr/bin/env python3
"""Fuzzes each target (targets.py) for a while, with libFuzzer or AFL++.

usage: run.py --build-dir DIR [--engine libfuzzer|afl] [--seconds N] [--jobs N] [--coverage] [--json FILE] [--list]
              [TARGET...]

A target starts from seeds (seeds.py), from what has once broken something (tests/fuzz/found/TARGET) and from what
earlier runs have found (DIR/fuzz/TARGET/corpus, of AFL++ DIR/fuzz-afl). An input that fails is left in `failures`
beside that; `program` there shows it again. SMCACHE_FUZZ_SECONDS is another way to ask for longer runs than 20 seconds.
Where the engine is missing nothing is run, which is no failure; nor is it where a library is that a target needs.

A line a target: inputs, edges of the code that they reach, of all that the program has, and how many inputs are kept.
With --coverage: lines and branches, too (covered.py).
The last line counts targets: `N passed, N failed, N skipped`. With --json the same goes into a file, as a list of
objects.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

import covered  # noqa: E402
import targets  # noqa: E402

SECONDS = 20
INPUT_SECONDS_MAX = 10
MEMORY_MIB_MAX = 1024  # of a process; the sanitizers' quarantine is 256 of them
FAILURE_LINES = 60
STOP_SECONDS = 120  # for what has begun before the time was up


def number(pattern, text):
    """The last number that the pattern finds, or 0."""
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1].replace("%", "").split(".")[0]) if found else 0


class LibFuzzer:
    name = "libfuzzer"
    package = "clang libclang-rt-dev"

    def __init__(self, folder):
        self.toolchain = targets.libfuzzer(folder)

    def run(self, target, folder, seconds):
        words = target.write_seeds(folder / "seeds")
        target.write_words(folder / "words.dict", words)
        with (folder / "log").open("wb") as out:
            done = subprocess.run(
                [folder / "program", f"-dict={folder}/words.dict", f"-max_total_time={seconds}", "-print_final_stats=1",
                 f"-max_len={target.nbytes_max}", f"-timeout={INPUT_SECONDS_MAX}", f"-rss_limit_mb={MEMORY_MIB_MAX}",
                 f"-artifact_prefix={folder}/failures/", folder / "corpus", folder / "seeds"],
                cwd=targets.ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        text = (folder / "log").read_text(errors="replace")
        return {"ok": done.returncode == 0, "executions": number(r"stat::number_of_executed_units: *(\d+)", text),
                "edges": number(r"\bcov: (\d+)", text), "edges_total": number(r"\((\d+) inline 8-bit counters\)", text),
                "features": number(r"\bft: (\d+)", text), "corpus": number(r"\bcorp: (\d+)", text),
                "slowest_s": number(r"stat::slowest_unit_time_sec: *(\d+)", text),
                "peak_mib": number(r"stat::peak_rss_mb: *(\d+)", text)}, text


class Afl:
    name = "afl"
    package = "afl++"

    # Its own: abort_on_error and no symbols, as it asks for. Leaks are libFuzzer's to find.
    environment = {"ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0:allocator_may_return_null=1",
                   "UBSAN_OPTIONS": "abort_on_error=1:symbolize=0:halt_on_error=1", "AFL_NO_UI": "1",
                   "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
                   "AFL_IGNORE_PROBLEMS": "1", "AFL_CMPLOG_ONLY_NEW": "1", "AFL_FORKSRV_INIT_TMOUT": "60000"}

    def __init__(self, folder):
        self.toolchain = targets.afl(folder)

    def run(self, target, folder, seconds):
        words = target.write_seeds(folder / "seeds")
        target.write_words(folder / "words.dict", words)
        for path in (folder / "corpus").iterdir():
            shutil.copyfile(path, folder / "seeds" / path.name)
        for path in (folder / "seeds").iterdir():
            if path.stat().st_size == 0 or path.stat().st_size > target.nbytes_max:
                path.unlink()
        shutil.rmtree(folder / "out", ignore_errors=True)
        with (folder / "log").open("wb") as out:
            # The tests of the seeds count as part of the time, so that a run ends.
            child = subprocess.Popen(
                ["afl-fuzz", "-m", "none", "-t", str(1000 * INPUT_SECONDS_MAX), "-V", str(seconds), "-G",
                 str(target.nbytes_max), "-x", f"{folder}/words.dict", "-i", f"{folder}/seeds", "-o", f"{folder}/out",
                 "--", f"{folder}/program"],
                cwd=targets.ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env=os.environ | self.environment)
            try:
                status = child.wait(seconds + STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGINT)
                status = child.wait()
        text = (folder / "log").read_text(errors="replace")
        results = folder / "out" / "default"
        stats = (results / "fuzzer_stats").read_text() if (results / "fuzzer_stats").exists() else ""
        bad = [path for kind in ("crashes", "hangs") for path in sorted(results.glob(f"{kind}/id*"))]
        for path in bad:
            shutil.copyfile(path, folder / "failures" / path.name.replace(":", "-").replace(",", "_"))
        for path in results.glob("queue/id*"):
            if "orig:" not in path.name:
                shutil.copyfile(path, folder / "corpus" / re.sub("[:,]", "_", path.name))
        n_executions = number(r"^execs_done *: (\d+)", stats)
        text += "".join(f"{path}\n" for path in bad)
        return {"ok": status == 0 and not bad and n_executions > 0, "executions": n_executions,
                "edges": number(r"^edges_found *: (\d+)", stats), "edges_total": number(r"^total_edges *: (\d+)",
                                                                                        stats),
                "features": 0, "corpus": number(r"^corpus_count *: (\d+)", stats), "slowest_s": 0,
                "peak_mib": number(r"^peak_rss_mb *: (\d+)", stats)}, text


ENGINES = {engine.name: engine for engine in (LibFuzzer, Afl)}


def fuzz(engine, target, folder, seconds):
    """One target; what came of it."""
    for name in "corpus", "failures":
        (folder / name).mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    result, text = engine.run(target, folder, seconds)
    result = {"target": target.name, "engine": engine.name, **result, "seconds": round(time.monotonic() - start)}
    verdict = "ok" if result["ok"] else "FAILED"
    share = 100 * result["edges"] / max(1, result["edges_total"])
    line = (f"{target.name:<16} {verdict:<7} {result['seconds']} s, {result['executions']:,} inputs, "
            f"{result['edges']:,} of {result['edges_total']:,} edges ({share:.0f} %), {result['corpus']:,} kept")
    if not result["ok"]:
        line += "\n" + "\n".join(text.splitlines()[-FAILURE_LINES:])
    print(line, flush=True)
    return result


def add_coverage(ready, results, folder):
    """What the inputs of each target reach of its sources: those of this run, and of all before."""
    reason = covered.missing()
    if reason:
        print(f"coverage: skipped: {reason}", flush=True)
        return
    tools = covered.toolchain(folder / "covered")
    for target, result in zip(ready, results):
        counts = covered.measure(target, tools, folder / "covered" / target.name,
                                 covered.inputs_of(folder / target.name))
        result |= dict(zip(("lines", "lines_total", "branches", "branches_total"), counts))
        shares = [100 * counts[i] / max(1, counts[i + 1]) for i in (0, 2)]
        print(f"{target.name:<16} {shares[0]:.1f} % of {counts[1]:,} lines, "
              f"{shares[1]:.1f} % of {counts[3]:,} branches", flush=True)


def parse():
    parser = argparse.ArgumentParser(description="Fuzzes each target for a while.")
    parser.add_argument("--build-dir", required=True)
    parser.add_argument("--engine", choices=sorted(ENGINES), default="libfuzzer")
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("SMCACHE_FUZZ_SECONDS", SECONDS)))
    parser.add_argument("--jobs", type=int, default=targets.JOBS, help="how many targets at a time")
    parser.add_argument("--coverage", action="store_true", help="counts lines and branches in the end")
    parser.add_argument("--json", type=Path, help="a file for the results")
    parser.add_argument("--list", action="store_true", help="only says which targets there are")
    parser.add_argument("targets", nargs="*", help="names of targets; without them all")
    return parser, parser.parse_args()


def main():
    parser, args = parse()
    known = {target.name: target for target in targets.all_targets()}
    unknown = [name for name in args.targets if name not in known]
    if unknown:
        parser.error(f"no such target: {unknown[0]}; there are {', '.join(known)}")
    chosen = [known[name] for name in args.targets or known]
    if args.list:
        print("\n".join(target.name for target in chosen))
        return 0
    folder = targets.ROOT / args.build_dir / ("fuzz" if args.engine == "libfuzzer" else f"fuzz-{args.engine}")
    engine = ENGINES[args.engine](folder)
    reason = engine.toolchain.missing(engine.package)
    if reason:
        print(f"{args.engine}: {reason}\nNothing is fuzzed.\n0 passed, 0 failed, {len(chosen)} skipped")
        return 0
    skipped = {target.name: target.missing(engine.toolchain) for target in chosen}
    for name, reason in skipped.items():
        if reason:
            print(f"{name:<16} skipped: {reason}", flush=True)
    ready = [target for target in chosen if not skipped[target.name]]
    for target in ready:
        (folder / target.name).mkdir(parents=True, exist_ok=True)
        engine.toolchain.build(target, folder / target.name / "program")
    with ThreadPoolExecutor(args.jobs) as pool:
        results = list(pool.map(lambda target: fuzz(engine, target, folder / target.name, args.seconds), ready))
    if args.coverage:
        add_coverage(ready, results, folder)
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n")
    n_failed = sum(not result["ok"] for result in results)
    print(f"{len(ready) - n_failed} passed, {n_failed} failed, {len(chosen) - len(ready)} skipped")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
