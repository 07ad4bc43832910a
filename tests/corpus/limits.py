"""What is judged over the whole corpus: sizes, and the memory that the largest map takes to build."""

import os
import subprocess
from dataclasses import dataclass

MAX_INDEX_NBYTES_PER_TOKEN = 4.0
MAX_INDEX_ANTD_MIN = 3.8
MAX_RATIO_ANTD_MIN = 0.35  # without functions
MAX_FUNCTIONS_NBYTES_PER_TOKEN = 0.7  # with their names
MAX_RATIO = 0.60  # of each map with contents that is larger than LARGE_NBYTES
LARGE_NBYTES = 100_000
MAX_EXTRA_MEMORY_NBYTES = 16 << 20

ANTD_MIN = "/dist/antd.min.js.map"  # ends of labels
BABYLON = "/babylon.js.map"


@dataclass
class Limit:
    passed: bool
    text: str


def measure_build(program, map_file, out, *options):
    """Peak memory (bytes) of a build, from the kernel's account of that child, and the size of its output.

    A child's peak starts from what its parent held when it was forked. So this is done early, while we are small.
    """
    child = subprocess.Popen([program, "build", map_file.path, "-o", out, *options], stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        return None, None
    return usage.ru_maxrss * 1024, os.path.getsize(out)


def memory_limit(program, maps, out):
    map_file = next(m for m in maps if m.label.endswith(BABYLON))
    peak, out_nbytes = measure_build(program, map_file, out)
    if peak is None:
        return Limit(False, f"memory: building {map_file.label} failed")
    limit = map_file.nbytes + out_nbytes + MAX_EXTRA_MEMORY_NBYTES
    return Limit(peak <= limit, f"memory: building {map_file.label} takes {peak / 2**20:.1f} MiB "
                                f"(limit: JSON + output + 16 MiB = {limit / 2**20:.1f} MiB)")


def ratio(result):
    return result.file_nbytes / result.nbytes


def index_cost(results):
    n_tokens = sum(r.n_tokens for r in results)
    return sum(r.index_nbytes for r in results) / n_tokens if n_tokens else 0.0


def size_limits(results):
    built = [r for r in results if r.file_nbytes]
    cost = index_cost(built)
    yield Limit(0 < cost <= MAX_INDEX_NBYTES_PER_TOKEN,
                f"index: {cost:.3f} bytes a token over {sum(r.n_tokens for r in built):,} tokens "
                f"(limit {MAX_INDEX_NBYTES_PER_TOKEN})")
    antd = find(built, ANTD_MIN)
    cost = index_cost([antd]) if antd else 0.0
    yield Limit(0 < cost <= MAX_INDEX_ANTD_MIN,
                f"antd.min.js.map: {cost:.3f} bytes of index a token (limit {MAX_INDEX_ANTD_MIN})")
    large = [r for r in built if r.has_content and r.nbytes > LARGE_NBYTES]
    over = [r for r in large if ratio(r) > MAX_RATIO]
    worst = max(large, key=ratio, default=None)
    yield Limit(bool(large) and not over,
                f"{len(large)} maps of more than {LARGE_NBYTES:,} bytes with sources: at most "
                f"{ratio(worst) if worst else 0:.3f} of the JSON (limit {MAX_RATIO:.2f})"
                + "".join(f"\n    {ratio(r):.3f} {r.label}" for r in over))


def find(results, label):
    return next((r for r in results if r.label.endswith(label)), None)


def functions_limits(program, maps, results, out):
    """What functions take of a file, and what is left without them."""
    for label in ANTD_MIN, BABYLON:
        map_file, result = find(maps, label), find(results, label)
        nbytes = measure_build(program, map_file, out, "--functions=none")[1]
        if nbytes is None or not result.file_nbytes:
            yield Limit(False, f"functions: building {map_file.label} failed")
            continue
        cost = (result.file_nbytes - nbytes) / result.n_tokens
        yield Limit(0 < cost <= MAX_FUNCTIONS_NBYTES_PER_TOKEN,
                    f"functions of {map_file.label}: {cost:.3f} bytes a token (limit {MAX_FUNCTIONS_NBYTES_PER_TOKEN})")
        if label == ANTD_MIN:
            cost = nbytes / result.nbytes
            yield Limit(result.has_content and cost <= MAX_RATIO_ANTD_MIN,
                        f"antd.min.js.map with sources, --functions=none: {cost:.4f} of the JSON "
                        f"(limit {MAX_RATIO_ANTD_MIN:.2f})")


def print_sizes(results):
    """A row for each large map, the costliest index first, and one for all the small ones together."""
    print(f"{'tokens':>10} {'index B/token':>13} {'JSON bytes':>11} {'file/JSON':>9}  map (* without sourcesContent)")
    built = [r for r in results if r.file_nbytes]
    large = sorted((r for r in built if r.nbytes > LARGE_NBYTES), key=lambda r: -index_cost([r]))
    small = [r for r in built if r.nbytes <= LARGE_NBYTES]
    groups = [([r], r.label + ("" if r.has_content else " *")) for r in large]
    groups += [(small, f"({len(small)} smaller maps)"), (built, f"({len(built)} maps)")]
    for group, label in groups:
        if group:
            n_json = sum(r.nbytes for r in group)
            print(f"{sum(r.n_tokens for r in group):>10,} {index_cost(group):>13.3f} {n_json:>11,} "
                  f"{sum(r.file_nbytes for r in group) / n_json:>9.3f}  {label}")
