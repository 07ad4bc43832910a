#!/usr/bin/env python3
"""Times smcache and, where npm's packages are, @jridgewell/trace-mapping in one run, on the same map and positions.

usage: bench.py [--build-dir DIR] [--rounds N] [MAP...]

Without MAP: babylon.max.js.map and antd.min.js.map of the corpus (tests/corpus/fetch.py brings them), else the map of
tests/example, which is too small to conclude from. Prints medians, their spread and ratios, and says so when the
machine was too noisy.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "corpus"))

from corpus import cache_dir, read_manifest  # noqa: E402

WANTED = ("babylon.max.js.map", "antd.min.js.map")
NOISY = 1.25  # a median this far above the minimum is not the machine's own speed


def default_maps(packages):
    maps = []
    for package in packages:
        maps += [path for path in package.root(cache_dir()).rglob("*.map") if path.name in WANTED]
    return maps or [ROOT / "tests" / "example" / "dist" / "app.js.map"]


def tool_path(packages):
    """NODE_PATH that has trace-mapping, or None."""
    roots = [cache_dir() / package.folder / "node_modules" for package in packages if package.kind == "tool"]
    return os.pathsep.join(map(str, roots)) if roots and all(root.is_dir() for root in roots) else None


def time_build(program, source, output, rounds):
    """Sorted seconds, and the peak memory of one build in MiB."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        child = os.posix_spawn(program, [program, "build", str(source), "-o", output], os.environ)
        _, status, usage = os.wait4(child, 0)  # this child's own peak, not that of all children
        if status != 0:
            raise SystemExit(f"{program} build {source} failed")
        seconds.append(time.perf_counter() - start)
    return sorted(seconds), usage.ru_maxrss / 1024


def run_json(command, **options):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, **options).stdout)


def row(name, unit, ours, theirs=None):
    """One line of the table; ours and theirs are {median, min, max} or a number."""
    def text(value):
        if value is None:
            return "-"
        if isinstance(value, dict):
            return f"{value['median']:,.0f} ({value['min']:,.0f}..{value['max']:,.0f})"
        return f"{value:,.2f}"

    def middle(value):
        return value["median"] if isinstance(value, dict) else value

    ratio = f"{middle(theirs) / middle(ours):,.1f} x" if theirs is not None else ""
    print(f"  {name:<34}{unit:<6}{text(ours):>26}{text(theirs):>26}{ratio:>12}")


def bench(options, source, node_path, folder):
    program, output, positions = f"{options.build_dir}/smcache", f"{folder}/out.smcache", f"{folder}/positions"
    seconds, peak = time_build(program, source, output, options.rounds)
    ours = run_json([f"{options.build_dir}/bench_lookup", output, str(options.rounds), positions])
    peer = None
    if node_path:
        command = ["node", "--max-old-space-size=8192", ROOT / "tools" / "bench_peer.js", source, positions]
        peer = run_json([*command, str(options.rounds)], env={**os.environ, "NODE_PATH": node_path})
    nbytes = os.path.getsize(source)
    print(f"\n{Path(source).name}: {nbytes:,} bytes, {ours['tokens']:,} tokens, {ours['positions']:,} positions")
    print(f"  {'median (min..max)':<40}{'smcache':>26}{'trace-mapping':>26}{'ratio':>12}")
    row("build", "ms", seconds[len(seconds) // 2] * 1e3)
    row("build", "MB/s", nbytes / 1e6 / seconds[len(seconds) // 2])
    row("peak memory of a build", "MiB", peak)
    row("file / JSON", "", os.path.getsize(output) / nbytes)
    row("open / parse to the first answer", "us", {k: v / 1e3 for k, v in ours["open_ns"].items()},
        {k: v / 1e3 for k, v in peer["first_ns"].items()} if peer else None)
    row("random lookup", "ns", ours["random_ns"], peer["random_ns"] if peer else None)
    row("batch, random", "ns", ours["batch_ns"])
    row("batch, sorted", "ns", ours["sorted_ns"])
    noisy = [k for k in ("random_ns", "open_ns") if ours[k]["median"] > NOISY * ours[k]["min"]]
    if noisy:
        print(f"  too noisy to conclude: {', '.join(noisy)} vary by more than {NOISY - 1:.0%}; run it on a quiet machine")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-dir", default=str(ROOT / "build"))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("maps", nargs="*", metavar="MAP")
    options = parser.parse_args()
    packages = read_manifest()
    node_path = tool_path(packages) if shutil.which("node") else None
    if node_path is None:
        print("without peers: node or the corpus is absent (python3 tests/corpus/fetch.py fetches it)", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        for source in options.maps or default_maps(packages):
            bench(options, source, node_path, folder)


if __name__ == "__main__":
    main()
