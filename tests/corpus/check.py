#!/usr/bin/env python3
"""Builds every map of the corpus and compares what smcache says with independent answers.

usage: check.py PROGRAM [--reader FILE] [--cache DIR] [--jobs N] [--only TEXT]

For each distinct *.map of the packages in manifest.tsv (fetched when they are missing) and of the bundles that
bundles.py makes with esbuild, swc, rollup, webpack and metro (among them index maps, nested ones too, debug IDs and
ignore lists; kinds.tsv beside the bundles lists what is in which):
  - every token and source that `smcache dump` prints, against oracle.js; the debug ID, and which sources are ignored;
  - up to 20,000 random positions through `smcache lookup`, against @jridgewell/trace-mapping, where each difference
    has to fall under a rule of trace.js;
  - the function of each token, where the map is of metro and says so;
  - `smcache verify`; tokens, sources, contents and lines as the independent reader of spec/ sees them;
and over all of them the limits of limits.py. The last line counts maps and limits: `N passed, N failed, N skipped`.
Without npm or node nothing is checked, which is no failure: a fresh machine has neither. Where the packages are there
but the bundles cannot be made (no registry, an old node), they count as one skipped.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is

from corpus import HERE, CorpusError, Unavailable, cache_dir, find_maps, node_path, read_manifest, say
from fetch import fetch_all, find_bundles
from limits import Limit, functions_limits, memory_limit, print_sizes, size_limits
from mapcheck import MapChecker, Node, Result

MAX_ERRORS_SHOWN = 5

checker = None  # of a worker process


def start_worker(program, reader, tools, folder):
    global checker
    checker = MapChecker(program, reader, tools, tempfile.mkdtemp(dir=folder))


def check_one(map_file):
    return checker.check(map_file)


def show_failure(result):
    say(f"FAIL {result.label}")
    for error in result.errors[:MAX_ERRORS_SHOWN]:
        say(f"    {error}")
    if len(result.errors) > MAX_ERRORS_SHOWN:
        say(f"    and {len(result.errors) - MAX_ERRORS_SHOWN} more")


def check_maps(maps, args, tools, folder):
    results = []
    with ProcessPoolExecutor(args.jobs, initializer=start_worker,
                             initargs=(args.program, args.reader, tools, folder)) as pool:
        # The largest first, so that no worker is left with one at the end.
        futures = {pool.submit(check_one, m): m for m in sorted(maps, key=lambda m: -m.nbytes)}
        for n, future in enumerate(as_completed(futures), 1):
            try:
                result = future.result()
            except Exception as error:  # a worker died; the pool then fails all that is left
                result = Result(futures[future].label, futures[future].nbytes, [f"the check itself: {error!r}"])
            results.append(result)
            if result.errors:
                show_failure(result)
            if n % 250 == 0 or n == len(maps):
                say(f"[{n}/{len(maps)}]")
    return results


def print_rules(results, rules):
    counts = Counter()
    for result in results:
        counts.update(result.counts)
    print(f"{sum(r.n_positions for r in results):,} random positions against @jridgewell/trace-mapping:")
    for name, text in rules.items():
        print(f"{counts[name]:>10,}  {name}: {text}")


def print_functions(results):
    print(f"{sum(r.n_functions for r in results):,} functions of tokens against x_facebook_sources")


def oracle_test():
    command = ["node", str(HERE / "oracle_test.js")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return Limit(done.returncode == 0, f"the oracle on worked examples {done.stderr}".rstrip())


def finish(n_passed, n_failed, n_skipped):
    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped", flush=True)
    return 1 if n_failed else 0


def run(args):
    start = time.monotonic()
    packages = read_manifest()
    cache = args.cache.resolve() if args.cache else cache_dir()
    fetch_all(packages, cache)
    tools = node_path(packages, cache)
    bundles = find_bundles(cache)
    maps, n_same = find_maps(packages, cache, bundles)
    selected = [m for m in maps if args.only in m.label]
    if not selected:
        raise CorpusError(f"no map has {args.only!r} in its name")
    say(f"{len(maps)} distinct maps ({n_same} copies left out), {len(selected)} selected")

    with tempfile.TemporaryDirectory(prefix="smcache-corpus-") as folder:
        limits = [oracle_test()]
        if not args.only:
            limits.append(memory_limit(args.program, maps, os.path.join(folder, "memory.smcache")))
        node = Node(tools)
        rules = node.ask(op="rules")["rules"]
        node.close()
        results = check_maps(selected, args, tools, folder)
        if not args.only:
            limits += functions_limits(args.program, maps, results, os.path.join(folder, "functions.smcache"))

    print_sizes(results)
    print_rules(results, rules)
    print_functions(results)
    if not args.only:
        limits += size_limits(results)
    for limit in limits:
        print(f"{'ok  ' if limit.passed else 'FAIL'} {limit.text}")
    say(f"{time.monotonic() - start:.0f} s")
    passed = [not r.errors for r in results] + [limit.passed for limit in limits]
    return finish(passed.count(True), passed.count(False), 0 if bundles else 1)


def main():
    parser = argparse.ArgumentParser(description="Checks smcache against real maps and independent decoders.")
    parser.add_argument("program", help="the smcache program")
    parser.add_argument("--reader", default=str(HERE.parent.parent / "spec" / "smcache_reader.py"))
    parser.add_argument("--cache", type=Path, help="the folder that fetch.py fills")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="only maps with this in their name, and no limits over all of them")
    args = parser.parse_args()
    args.program = os.path.abspath(args.program)
    try:
        if not os.access(args.program, os.X_OK):
            raise CorpusError(f"{args.program} is not a program; build it first")
        if not os.path.isfile(args.reader):
            raise CorpusError(f"{args.reader}, the reader of spec/, is not there")
        if shutil.which("node") is None:
            say("check: node is not on PATH (Debian: apt-get install nodejs npm); the corpus is not checked")
            return finish(0, 0, 1)
        return run(args)
    except Unavailable as error:
        say(f"check: {error}\nThe corpus is not checked.")
        return finish(0, 0, 1)
    except CorpusError as error:
        say(f"check: {error}")
        return finish(0, 1, 0)


if __name__ == "__main__":
    sys.exit(main())
