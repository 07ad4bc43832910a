"""The tables that are printed."""

from measure import BUILDS, OURS, SCANS
from stats import TOO_NOISY, quotient
from targets import SIZES, best_peer, speed
from turns import QUIET_MIN

BARE, BARE_DISK = "  --functions=none", "  --functions=none, to disk"  # of the build above them
BUILD_LABELS = {"deflate_j2": "build -j 2", "deflate_j2_bare": BARE, "deflate_j2_bare_disk": BARE_DISK,
                "deflate_j1": "build -j 1", "deflate_j1_bare": BARE,
                "none_j2": "build -j 2 --sources=none", "none_j2_bare": BARE,
                "none_j1": "build -j 1 --sources=none", "none_j1_bare": BARE, "none_j1_bare_disk": BARE_DISK}
assert list(BUILD_LABELS) == list(BUILDS)
SCAN_LABELS = {"scan": "contents of the sources", "scan_generated": "the generated file"}
assert set(SCAN_LABELS) == set(SCANS)


def number(value):
    """Three digits that count, or all of them before the point."""
    for limit, digits in (10, 2), (100, 1):
        if abs(value) < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def span(figure, factor=1.0, unit=""):
    """median (min..max) unit, and a mark if the turns do not agree"""
    ends = f"({number(figure.min * factor)}..{number(figure.max * factor)})"
    return " ".join(filter(None, [number(figure.median * factor), ends, unit, "~" if figure.is_doubtful else ""]))


def scale_of_ns(ns):
    """(size, name) of the unit that suits a time."""
    for size, unit in (1e9, "s"), (1e6, "ms"), (1e3, "us"):
        if ns >= size:
            return size, unit
    return 1.0, "ns"


def span_of_ns(figure):
    size, unit = scale_of_ns(figure.median)
    return span(figure, 1 / size, unit)


def times(theirs, ours):
    return f"{number(quotient(theirs.median, ours.median))} x"


def heading(text):
    print(f"\n==== {text} ====")


def table(title, heads, rows, widths):
    """The first column is text, the others numbers."""
    def line(cells):
        return "  " + f"{cells[0]:<{widths[0]}}" + "".join(f"{c:>{w}}" for c, w in zip(cells[1:], widths[1:]))
    print(f"\n{line([title, *heads])}".rstrip())
    for row in rows:
        print(line(row).rstrip())


def label_of(key, labels):
    return labels.get(key, key)


def print_lookups(lookups, labels):
    ours = lookups[OURS]
    rows = [["smcache", span(ours["random"]), span(ours["sorted"]), "", ""],
            ["smcache, in a batch", span(ours["batch_random"]), span(ours["batch_sorted"]), "", ""],
            ["smcache, plain C only", span(ours["plain_random"]), "", "", ""]]
    for key, peer in lookups.items():
        if key != OURS:
            rows.append([label_of(key, labels), span(peer["random"]), span(peer["sorted"]),
                         f"{peer['n_equal']} of {peer['n_compared']}", times(peer["random"], ours["random"])])
    table("a lookup, ns", ["random", "sorted", "answers as ours", "/ ours"], rows, [24, 30, 28, 17, 11])
    for key, peer in lookups.items():
        if key != OURS and peer["n_equal"] < peer["n_compared"]:
            print(f"  {label_of(key, labels)}: {peer['n_compared'] - peer['n_equal']} answers differ from ours, "
                  f"{peer['n_compared'] - peer['n_equal_places']} of them in more than the name")
    name, best = best_peer(lookups, "random")
    if best:
        print(f"  the best peer's best turn over our best: {number(best.best / ours['random'].best)} x "
              f"({label_of(name, labels)})")


def print_first(lookups, cold, labels):
    rows = []
    for key in [OURS, *(key for key in cold if key != OURS)]:
        warm = lookups.get(key, {}).get("first")
        ours = key == OURS
        rows.append(["smcache" if ours else label_of(key, labels),
                     span_of_ns(warm) if warm else "", span_of_ns(cold[key]["time"]),
                     "" if ours else times(cold[key]["time"], cold[OURS]["time"]),
                     number(cold[key]["peak"].median / 2**20)])
    table("first answer, from file", ["in a warm process", "whole process", "/ ours", "peak MiB"], rows,
          [24, 30, 30, 12, 12])
    print(f"  smcache, open alone: {span_of_ns(lookups[OURS]['open'])}")


def print_builds(builds, json_nbytes):
    rows = []
    for key, build in builds.items():
        bare = builds.get(f"{key}_bare")
        rows.append([BUILD_LABELS[key], span(speed(build["time"], json_nbytes)), span(build["time"], 1e-6),
                     times(build["time"], bare["time"]) if bare else "", number(build["peak"].median / 2**20)])
    table("whole process, to tmpfs if there is one", ["MB of JSON a second", "ms", "/ without", "peak MiB"], rows,
          [40, 26, 26, 12, 12])


def part_rows(parts):
    """(name, [figure a level]), each in the unit that suits it."""
    amounts = parts["amounts"]
    for name, part, amount, scale, unit in (
            ("JSON scan, GB/s", "json", "json_nbytes", 1.0, "GB/s"),
            ("unescape contents, GB/s", "unescape", "content_nbytes", 1.0, "GB/s"),
            ("mappings to blocks, MB/s of text", "decode", "mappings_nbytes", 1e3, "MB/s"),
            ("mappings to blocks, ns a token", "decode", "n_tokens", None, "ns"),
            ("build --functions=none --sources=none, MB/s", "build_none", "json_nbytes", 1e3, "MB/s"),
            ("build --functions=none, MB/s", "build_deflate", "json_nbytes", 1e3, "MB/s"),
            ("build --functions=none, 2 threads, MB/s", "build_deflate_2", "json_nbytes", 1e3, "MB/s")):
        if amounts[amount] == 0:
            continue
        figures = {}
        for level, times_of_level in parts["levels"].items():
            figure = times_of_level[part]
            figures[level] = (figure.rate(amounts[amount] * scale, unit) if scale
                              else figure.scaled(1 / amounts[amount], unit))
        yield name, figures


def print_parts(parts, lookups):
    levels = list(parts["levels"])
    rows = [[name, *(span(figures[level]) for level in levels)] for name, figures in part_rows(parts)]
    table("in process, one thread but where it says 2", levels, rows, [44] + [24] * len(levels))
    print(f"  walk over all tokens, in order: {span(lookups[OURS]['walk'])} ns a token")


def print_scans(parts):
    rows = []
    for scan, figure in parts["scans"].items():
        nbytes, lost_nbytes = (parts["amounts"][f"{scan}_{what}"] for what in ("nbytes", "lost_nbytes"))
        rows.append([SCAN_LABELS[scan], span(speed(figure, nbytes)), span(figure, 1e-6), number(nbytes / 1e6),
                     number(lost_nbytes / 1e6)])
    if rows:
        table("scan for functions, in process", ["MB a second", "ms", "MB", "not followed"], rows, [40, 26, 26, 12, 14])


def print_sizes(sizes):
    json_nbytes = sizes["json"].best
    rows = [[label, f"{sizes[key].best:,.0f}", f"{sizes[key].best / json_nbytes:.3f}"]
            for key, label in (("json", "the JSON, which the peers need"), ("json_gz", "the JSON, gzip -6"),
                               ("deflate", "smcache"), ("deflate_bare", BARE), ("raw", "smcache --sources=raw"),
                               ("none", "smcache --sources=none"), ("none_bare", BARE), ("index", "  of it the index"),
                               ("functions", "  of it functions and their names"))]
    table("on disk", ["bytes", "of the JSON"], rows, [36, 14, 14])
    print(f"  bytes a token: index {sizes['index_per_token'].best:.3f}, "
          f"functions {sizes['functions_per_token'].best:.3f}")


def print_map(label, result, labels, n_positions):
    heading(f"{label}: {result['name']}, {result['sizes']['json'].best:,.0f} bytes of JSON, "
          f"{result['lookups'][OURS]['n_tokens']:,} tokens; {n_positions:,} positions")
    print_lookups(result["lookups"], labels)
    print_first(result["lookups"], result["cold"], labels)
    print_builds(result["builds"], result["sizes"]["json"].best)
    print_parts(result["parts"], result["lookups"])
    print_scans(result["parts"])
    print_sizes(result["sizes"])


def print_growth(label, rows):
    if not rows:
        return
    heading(f"growth: copies of {label}, as one map")
    table("copies", ["JSON MB", "tokens", "build, ms", "peak MiB", "open, us", "random, ns"],
          [[f"{r['copies']}", number(r["json"].best / 1e6), f"{r['n_tokens']:,}", span(r["build"], 1e-6),
            number(r["peak"].median / 2**20), span(r["open"], 1e-3), span(r["random"])] for r in rows],
          [8, 9, 12, 26, 10, 22, 22])


def print_store(label, store):
    heading("the store")
    table("a put of a small file", ["entries", "", "us"],
          [["on disk" if row["key"].endswith("disk") else "on tmpfs, if there is one", f"{row['entries']:,}",
            "full: each evicts" if row["is_full"] else "", span(row["put"], 1e-3)] for row in store["put"]],
          [30, 12, 20, 26])
    names = {"first": "built: read, compiled, put", "second": "found", "hit": "found, many times in turn",
             "hit_store": "of it the store's part"}
    table(f"{label}, from its name to a reader", ["us"], [[name, span(store["map"][key], 1e-3)]
                                                          for key, name in names.items()], [34, 34])


def turns_of(figure):
    return f"{figure.n_quiet} of {figure.n_turns}" if getattr(figure, "n_turns", 0) else ""


def print_targets(targets):
    rows = []
    for target in targets:
        sign = "-"
        if target.figure:
            sign = f"{target.figure.median:.3f}" if target.unit in SIZES else number(target.figure.median)
        more = target.figure is not None and target.figure.higher_is_better
        rows.append([target.text, sign, f"{'>=' if more else '<='} {target.limit:g} {target.unit}" if target.figure
                     else f"{target.limit:g} {target.unit}", turns_of(target.figure), target.verdict])
    heading("targets")
    table("", ["median", "target", "quiet turns", ""], rows, [68, 10, 20, 14, 14])
    if any(target.verdict == TOO_NOISY for target in targets):
        print(f"  {TOO_NOISY}: the median and the best turns do not agree; run it again on a quiet machine")


def print_noise(calibration, is_too_noisy, notes):
    print(f"\nnoise: the pulse, a fixed piece of work, took {span(calibration, 1e-6)} ms in {len(calibration.values)} "
          "runs between the turns")
    if is_too_noisy:
        print("THE MACHINE IS TOO NOISY TO CONCLUDE from all figures: "
              f"the pulse's median is {calibration.spread - 1:.0%} above its best.")
    print(f"figures are medians (min..max) of quiet turns, or if those are fewer than {QUIET_MIN} of all; ~ marks the "
          "latter, and those whose median is more than 25 % from the best turn")
    for note in notes:
        print(f"note: {note}")
