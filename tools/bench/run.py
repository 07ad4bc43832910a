#!/usr/bin/env python3
"""Times smcache and its peers in one run, on the same maps and the same positions.

The peers are those that npm has, in peers.tsv and tests/corpus/manifest.tsv, and Node's and Bun's own. What is missing
of them and of the maps is fetched by npm into the corpus's cache folder first (--no-fetch: not). Without node or npm
ours are measured alone, and the table says so.

Then come stacks: Sentry events and logs with frames of three maps in them, in process, and whole processes over a trace
and a large log. With MAPs, or --only, they are left out, as they have maps of their own.

Ours and the peers take turns, round by round; a fixed piece of work between the turns, the pulse, tells how quiet the
machine is. Figures are made of quiet turns, where there are enough; who has fewer than rounds were asked for goes on.
Prints tables; writes bench.json, with the numbers of every round, and charts (SVG) to BUILD_DIR/bench. A target that
is not met is no failure.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, str(Path(__file__).resolve().parent))

from charts import write_charts  # noqa: E402
from maps import CORPUS, EXAMPLE, GROWING, ROOT, STACKS, STORED, find_maps, label_maps  # noqa: E402
from measure import Bench, Unfit, check_is_current, measure_growth, measure_map, measure_store  # noqa: E402
from peers import PEERS, CorpusError, find  # noqa: E402
from report import print_growth, print_map, print_noise, print_store, print_targets  # noqa: E402
from report_stacks import print_stacks  # noqa: E402
from servers import Processes, Server, ServerFailed  # noqa: E402
from stacks import measure_stacks  # noqa: E402
from stats import TOO_NOISY, Figure, Ratio  # noqa: E402
from symbolicators import TOOLS  # noqa: E402
from targets import Targets  # noqa: E402
from turns import MORE_SECONDS, Pulse  # noqa: E402

EXAMPLES = """examples:
  ninja bench
  tools/bench/run.py --quick
  tools/bench/run.py --rounds 21 --only babylonjs
  tools/bench/run.py --no-fetch dist/app.js.map
  tools/bench/run.py --stacks --full
"""

LABELS = {peer.key: peer.label for peer in PEERS}


def say(text):
    print(text, file=sys.stderr, flush=True)


def cpu_model():
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def machine(compiler):
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "kernel": f"{platform.system()} {platform.release()}",
            "compiler": compiler, "python": platform.python_version()}


def plain(value):
    """Figures as what JSON has."""
    if isinstance(value, (Figure, Ratio)):
        return value.as_json()
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def choose_maps(options, around):
    """label -> path"""
    if options.is_stacks_alone:
        return {}
    if options.maps:
        return label_maps(options.maps)
    found = find_maps(around.packages, around.cache)
    around.missing += [f"without the map {label}" for label in CORPUS if label not in found]
    if options.only:
        found = {label: path for label, path in found.items() if options.only in label}
    if not found:
        around.missing.append(f"only {EXAMPLE.name} of tests/example, which is too small to conclude from")
    return found or {"example": EXAMPLE}


def choose_stacks(options, around):
    """The same of the code that stacks are of."""
    if options.maps or options.only:
        return label_maps(options.maps) if options.is_stacks_alone else {}
    found = find_maps(around.packages, around.cache, STACKS)
    if len(found) < len(STACKS):
        around.missing.append("without stacks: not all of their maps are there")
        return {}
    return found


def make_folders(build_dir):
    """(where charts go, where files are written while measuring): the latter in memory if there is a tmpfs."""
    charts = build_dir / "bench"
    charts.mkdir(parents=True, exist_ok=True)
    tmpfs = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return charts, tempfile.TemporaryDirectory(prefix="smcache-bench-", dir=tmpfs), tmpfs


def peer_versions(around):
    return ", ".join(f"{name} {version}" for name, version in around.versions.items()
                     if name in around.engines or any(p.package == name and p.engine == "node" for p in PEERS)
                     or any(tool.name == name for tool in TOOLS))


def footer(info, around, is_too_noisy, options):
    """What a chart that goes its own ways has to tell."""
    texts = [f"{info['cpu']}, {info['cores']} cores; {info['kernel']}; {info['compiler']}", peer_versions(around),
             f"{options.rounds} rounds or more of {options.positions:,} lookups; all files are in the page cache"]
    if is_too_noisy:
        texts.append("The machine was too noisy to conclude from all times.")
    return list(filter(None, texts))


def print_head(info, around, tmpfs):
    print(f"{info['cpu']}, {info['cores']} cores; {info['kernel']}; {info['compiler']}")
    print(f"peers: {peer_versions(around) or 'none'}")
    print(f"maps and output in {tmpfs or 'a folder of the disk: there is no tmpfs'}; all files are in the page cache")
    for text in around.missing:
        print(f"note: {text}")


def measure(options, around, maps, stacks, charts_dir, folder):
    with Processes(options.ours, around.environment) as processes, \
            Server("calibration", [options.ours, "calibrate"]) as calibrator, \
            tempfile.TemporaryDirectory(prefix="disk-", dir=charts_dir) as disk:
        bench = Bench(options.build_dir, Path(folder), Path(disk), options.rounds, options.positions, around,
                      processes, Pulse(calibrator), 0 if options.quick else MORE_SECONDS)
        results = {"maps": {}, "growth": [], "store": None, "stacks": None}
        for label, path in maps.items():
            results["maps"][label] = measure_map(bench, label, path)
            print_map(label, results["maps"][label], LABELS, options.positions)
        if GROWING in maps:
            bench.say("growth")
            results["growth"] = measure_growth(bench, maps[GROWING], options.copies)
            print_growth(GROWING, results["growth"])
        if STORED in maps:
            bench.say("store")
            results["store"] = measure_store(bench, maps[STORED], options.entries)
            print_store(STORED, results["store"])
        if stacks:
            results["stacks"] = measure_stacks(bench, stacks, options.log_nbytes, options.large_nbytes)
            print_stacks(results["stacks"], LABELS)
    return bench, results


def run(options):
    start = time.monotonic()
    check_is_current([options.build_dir / "smcache", options.ours])
    around = find(options.is_fetching)
    maps, stacks = choose_maps(options, around), choose_stacks(options, around)
    charts_dir, folder, tmpfs = make_folders(options.build_dir)
    info = machine(subprocess.check_output([options.ours, "about"], text=True).strip())
    print_head(info, around, tmpfs)
    with folder as name:
        bench, results = measure(options, around, maps, stacks, charts_dir, name)
    calibration = Figure("ns", tuple(bench.pulse.values))
    targets = Targets(results, calibration.spread)
    if options.is_stacks_alone:
        targets = [target for target in targets if target.figure]
    print_targets(targets)
    is_too_noisy = any(target.verdict == TOO_NOISY for target in targets)
    print_noise(calibration, is_too_noisy, bench.notes)
    written = {"machine": info, "versions": around.versions, "missing": around.missing, "notes": bench.notes,
               "rounds": options.rounds, "positions": options.positions, "seconds": time.monotonic() - start,
               "too_noisy": is_too_noisy, "calibration": plain(calibration), **plain(results),
               "targets": [target.as_json() for target in targets]}
    (charts_dir / "bench.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    charts = [] if options.is_stacks_alone else write_charts(charts_dir, results, LABELS, GROWING,
                                                             footer(info, around, is_too_noisy, options))
    print("written: " + ", ".join([str(charts_dir / "bench.json"), *(path.name for path in charts)]))
    bench.say("done")


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build", help="where ninja has built smcache")
    parser.add_argument("--rounds", type=int,
                        help=f"default: 9; who has fewer quiet turns takes more, for {MORE_SECONDS:g} s")
    parser.add_argument("--positions", type=int, help="lookups a round; default: 50000")
    parser.add_argument("--quick", action="store_true",
                        help="3 rounds of 10000 lookups, where nothing else is said, and no more of them; at most 4 "
                             "copies of a map; logs of 8 and 32 MB")
    parser.add_argument("--stacks", dest="is_stacks_alone", action="store_true",
                        help="only stacks: events and logs; of the MAPs, if there are any")
    parser.add_argument("--full", action="store_true", help="a large log of 1 GB, not of 256 MB")
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only the maps of the corpus with this in their label")
    parser.add_argument("--no-fetch", dest="is_fetching", action="store_false", help="ask npm for nothing")
    parser.add_argument("maps", nargs="*", metavar="MAP", help="these maps instead of the corpus's")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that folders are removed
    options.rounds = options.rounds or (3 if options.quick else 9)
    options.positions = options.positions or (10_000 if options.quick else 50_000)
    options.entries = 10_000 if options.quick else 100_000
    options.log_nbytes = 8 << 20 if options.quick else 64 << 20
    options.large_nbytes = 1 << 30 if options.full else 32 << 20 if options.quick else 256 << 20
    options.copies = [1, 2, 4] if options.quick else [1, 2, 4, 8]
    options.build_dir = options.build_dir.resolve()
    options.ours = options.build_dir / "bench_ours"
    try:
        run(options)
    except (CorpusError, ServerFailed, Unfit, OSError, subprocess.CalledProcessError) as error:
        say(f"bench: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
