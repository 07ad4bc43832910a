"""The tables of stacks."""

from filters import FILTER, FROM_MAP
from measure import OURS
from report import heading, label_of, number, span, span_of_ns, table, times
from targets import speed

EVENTS = {"sources": "event of 100 sources", "repeats": "event of 24 frames"}
LOGS = {"traces": "frames", "none": "no frames", "tempting": "what looks like frames"}
WIDTH = 36  # of the names of those who take turns
LOST = {True: "other lines", False: "failed"}  # of answers: as many lines as were given are none


def mib(figure):
    return number(figure.median / 2**20)


def print_unmapped(what, counts):
    if counts["n_mapped"] < counts["n_frames"]:
        print(f"  {what}: {counts['n_frames'] - counts['n_mapped']} of {counts['n_frames']} frames are not mapped")


def print_event(key, event, labels):
    figures = event["figures"]
    ours = figures[OURS]

    def row(label, figure, of_ours=False):
        first = span_of_ns(figure["first"]) if "first" in figure else ""
        places, lines = (f"{figure[key]} of {figure['n_compared']}" if key in figure else ""
                         for key in ("n_equal", "n_equal_lines"))
        ratio = "" if of_ours else times(figure["rewrite"], ours["rewrite"])
        return [label, span_of_ns(figure["rewrite"]), ratio, first, mib(figure["resident"]), places, lines]

    rows = [row("smcache", ours, of_ours=True), ["  without lines of source", span_of_ns(ours["without_lines"])],
            ["  smc_symbolicate alone", span_of_ns(ours["frames"])]]
    rows += [row(label_of(name, labels), peer) for name, peer in figures.items() if name != OURS]
    table(EVENTS[key], ["again and again", "/ ours", "the first", "MiB", "places as ours", "and lines"], rows,
          [WIDTH, 26, 9, 24, 8, 16, 12])
    print_unmapped(EVENTS[key], event)


def print_logs(logs, labels):
    everyone = dict.fromkeys(name for log in logs.values() for name in log["figures"])
    rows = []
    for name in everyone:
        label = "smcache" if name == OURS else f"a filter with {label_of(name, labels)}"
        rows.append([label, *(span(speed(log["figures"][name]["rewrite"], log["nbytes"]))
                              if name in log["figures"] else "" for log in logs.values())])
    nbytes = next(iter(logs.values()))["nbytes"]
    table(f"log of {number(nbytes / 1e6)} MB, in memory, MB/s", [LOGS[key] for key in logs], rows, [WIDTH, 24, 26, 28])
    for key, log in logs.items():
        print_unmapped(LOGS[key], log)


def label_of_process(key, labels):
    if key.startswith(FILTER):
        return f"a filter with {label_of(key.removeprefix(FILTER), labels)}"
    return {OURS: "smcache", FROM_MAP: "  without a compiled file"}.get(key, key)


def answers_of(answers, key):
    found = answers.get(key)
    if key == OURS:
        return ""
    return f"{found['n_equal']} of {found['n_compared']}" if found else LOST[key in answers]


def print_trace(trace, labels):
    figures = trace["figures"]
    rows = [[label_of_process(key, labels), span_of_ns(figure["time"]),
             "" if key == OURS else times(figure["time"], figures[OURS]["time"]), mib(figure["peak"]),
             answers_of(trace["answers"], key)] for key, figure in figures.items()]
    table("trace of 10 frames, whole process", ["", "/ ours", "peak MiB", "frames as ours"], rows,
          [WIDTH, 26, 9, 12, 16])


def changed(answers, key):
    found = answers.get(key)
    return f"{found['n_changed']} of {found['n_others']}" if found else LOST[key in answers]


def print_large(large, labels):
    rows = [[label_of_process(key, labels), span(speed(figure["time"], large["nbytes"])), mib(figure["peak"]),
             answers_of(large["answers"], key), changed(large["answers"], key), changed(large["tempting"], key)]
            for key, figure in large["figures"].items()]
    rows += [[label_of_process(key, labels), "failed", "", answers_of(large["answers"], key),
              changed(large["answers"], key), changed(large["tempting"], key)]
             for key in large["answers"] if key not in large["figures"]]
    table(f"log of {number(large['nbytes'] / 1e6)} MB, whole process",
          ["MB/s", "peak MiB", "frames as ours", "others changed", "where tempting"], rows,
          [WIDTH, 24, 12, 18, 18, 18])
    print(f"  smcache: of {number(large['small_nbytes'] / 1e6)} MB {mib(large['small_peak'])} MiB; of the lines of the "
          f"whole log that are no frames it has changed {large['n_changed']}")


def print_stacks(stacks, labels):
    heading(f"stacks: code of {', '.join(stacks['maps'])}; logs and traces of {stacks['logged']}")
    for key, event in stacks["events"].items():
        print_event(key, event, labels)
    print("""
  An event has 100 frames, and 5 lines before and behind each are looked up. Again and again: maps are open, or parsed,
  and contents inflated, or cut into lines. The first: from compiled files, or maps. MiB: resident in the end. Names are
  not compared: ours are of functions, theirs of tokens.""")
    print_logs(stacks["logs"], labels)
    print_trace(stacks["trace"], labels)
    print_large(stacks["large"], labels)
    print("""
  Of 100 lines of a log 10 are frames, or none. Frames are compared on a log of a megabyte, by source and line, of
  filters by column, too. Others are lines that are no frames, and ought to be as they were: in that log, and in one
  without frames where much looks like one.""")
