"""Measuring stacks as whole processes: a trace, and a log that is as large as logs are, through `smcache symbolicate`
and through what npm has for it. What they answer is compared, and so is what they do to lines that are no frames.
"""

import re
import subprocess
from itertools import zip_longest

from measure import OURS, normal_source
from servers import ServerFailed
from symbolicators import TOOLS, command
from traces import tempting_line, write_log, write_trace

SAMPLE_NBYTES = 1 << 20  # of a log whose answers are compared
SMALL_NBYTES = 16 << 20  # of the log whose memory the large one's is compared with
LONG_ROUNDS = 3  # of what takes seconds
FROM_MAP = "from the map"  # ours, without a compiled file
FILTER = "filter "  # before the keys of peers that stack_peers.js makes a filter of


def symbolicate(bench, files):
    """The words of the command; the input is stdin."""
    options = [word for url, file in files.items() for word in ("--map", f"{url}={file}")]
    return [bench.program, "symbolicate", *options, "--no-store"]


# ---- answers ----

FRAME_LINE = re.compile(rb" +at (?:async )?(?:\S+ \()?https://\S+?:\d+:\d+\)?$")  # of the logs made here
FRAME_PLACE = re.compile(r" +at (?:.* \()?(?:async )?(.+?):(\d+):(.*?)\)?$")


def frame_place(line, has_column):
    """(source, line, column or None) of a frame as a tool writes it. Metro has a name where others have a column."""
    found = FRAME_PLACE.match(line)
    return found and (normal_source(found[1]), int(found[2]), found[3] if has_column else None)


def commands(bench, inputs, trace, takes_logs):
    """{who: (words, file for stdin, whether its frames have columns as ours have them)}"""
    around = bench.around
    out = {OURS: (symbolicate(bench, inputs.of_log(inputs.files)), trace, True)}
    if not takes_logs:
        out[FROM_MAP] = (symbolicate(bench, inputs.of_log(inputs.maps)), trace, True)
    maps, source = inputs.write_list("log.maps", inputs.of_log(inputs.maps)), inputs.of_log(inputs.maps).values()
    for peer in around.stack_peers:
        if peer.name == "trace-mapping":
            out[FILTER + peer.key] = (around.filter_stacks(peer, maps), trace, True)
    for tool in TOOLS if around.symbolicators else ():
        if tool.takes_logs or not takes_logs:
            words, stdin = command(tool, around.engines["node"], around.symbolicators, *source, trace)
            out[tool.name] = (words, stdin, False)
    return out


def lines_in_order(given, ours, theirs, has_columns):
    """What a tool has made of a log: frames as ours, frames in all, other lines that it has changed, other lines."""
    n_equal = n_frames = n_changed = n_others = 0
    if not len(given) == len(ours) == len(theirs):
        return None  # then no line can be found again
    for a, b, c in zip(given, ours, theirs):
        if FRAME_LINE.match(a):
            wanted, found = (frame_place(line.decode(errors="replace"), has_columns) for line in (b, c))
            n_frames += 1
            n_equal += wanted is not None and wanted == found
        else:
            n_others += 1
            n_changed += a != c
    return {"n_equal": n_equal, "n_compared": n_frames, "n_changed": n_changed, "n_others": n_others}


def note_failure(bench, key, path, error):
    """What fails of ours ends all."""
    if key == OURS:
        raise error
    bench.notes.append(f"{key} failed at the {path.name}, {path.stat().st_size:,} bytes")


def compare_answers(bench, inputs, path, takes_logs=True):
    """{who: lines_in_order}, of a log that is short enough to look at, or of a trace."""
    given, out, ours = path.read_bytes().split(b"\n"), {}, None
    written = inputs.folder / "answers.out"
    for key, (words, stdin, has_columns) in commands(bench, inputs, path, takes_logs).items():
        try:
            bench.processes.run(words, written, stdin)
        except ServerFailed as error:
            note_failure(bench, key, path, error)
            continue
        theirs = written.read_bytes().split(b"\n")
        ours = ours or theirs
        out[key] = lines_in_order(given, ours, theirs, has_columns)
    return out


def count_changed_by_us(bench, inputs, path):
    """Lines of a log that are no frames and came out otherwise than they went in. Nothing but a line is in memory."""
    words = [str(word) for word in symbolicate(bench, inputs.of_log(inputs.files))]
    n_changed = 0
    with open(path, "rb") as stdin, open(path, "rb") as given, \
            subprocess.Popen(words, stdin=stdin, stdout=subprocess.PIPE) as process:
        for a, b in zip_longest(given, process.stdout, fillvalue=b""):
            n_changed += a != b and not FRAME_LINE.match(a)
    if process.returncode != 0:
        raise ServerFailed(f"{' '.join(words)}: exit {process.returncode}")
    return n_changed


def measure_processes(bench, path, all_of_them, n_rounds=None):
    """{who: {"time", "peak"}}; who fails is left out, with a note."""
    turns = bench.turns(n_rounds)
    for _, key in turns.each(all_of_them):
        words, stdin, _ = all_of_them[key]
        try:
            ns, peak = bench.processes.run(words, stdin=stdin)
        except ServerFailed as error:
            note_failure(bench, key, path, error)
            all_of_them.pop(key)
            continue
        turns.add(key, "time", ns)
        turns.add(key, "peak", peak)
    return {key: {"time": turns.figure(key, "time", "ns"), "peak": turns.figure(key, "peak", "bytes")}
            for key in all_of_them}


def measure_large_log(bench, inputs, nbytes):
    tokens = inputs.tokens_of_log
    sample = write_log(inputs.folder / "sample.log", SAMPLE_NBYTES, tokens)
    tempting = write_log(inputs.folder / "tempting.log", SAMPLE_NBYTES, line=tempting_line)
    small = write_log(inputs.folder / "small.log", min(SMALL_NBYTES, nbytes // 2), tokens)
    large = write_log(inputs.folder / "large.log", nbytes, tokens)
    n_rounds = min(bench.rounds, LONG_ROUNDS)
    ours = {OURS: commands(bench, inputs, small, takes_logs=True)[OURS]}
    of_small = measure_processes(bench, small, ours, n_rounds)
    out = {"nbytes": large.stat().st_size, "small_nbytes": small.stat().st_size, "small_peak": of_small[OURS]["peak"],
           "answers": compare_answers(bench, inputs, sample), "tempting": compare_answers(bench, inputs, tempting),
           "n_changed": count_changed_by_us(bench, inputs, large),
           "figures": measure_processes(bench, large, commands(bench, inputs, large, takes_logs=True), n_rounds)}
    for path in sample, tempting, small, large:
        path.unlink()
    return out


def measure_trace(bench, inputs):
    path = write_trace(inputs.folder / "trace", inputs.tokens_of_log)
    return {"answers": compare_answers(bench, inputs, path, takes_logs=False),
            "figures": measure_processes(bench, path, commands(bench, inputs, path, takes_logs=False))}
