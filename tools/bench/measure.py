"""Measuring one map: ours and the peers take turns (turns.py), so that what disturbs the machine meets all.

Everything returns plain dictionaries of figures; report.py, charts.py and targets.py read them, and bench.json has them
as they are.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from maps import ROOT, write_copies
from peers import Surroundings
from servers import Server, ServerFailed
from stats import exact
from turns import MORE_SECONDS, Pulse, Turns

OURS = "smcache"
LEVELS = ("scalar", "baseline", "best")  # of base/cpu.h
N_SAMPLE = 2000  # answers that are compared

NO_FUNCTIONS, NO_SOURCES = "--functions=none", "--sources=none"
BUILDS = {  # key -> (options, on tmpfs); _bare: without functions, in turns that follow those of the build with them
    "deflate_j2": (["-j", "2"], True),
    "deflate_j2_bare": (["-j", "2", NO_FUNCTIONS], True),
    "deflate_j2_bare_disk": (["-j", "2", NO_FUNCTIONS], False),
    "deflate_j1": (["-j", "1"], True),
    "deflate_j1_bare": (["-j", "1", NO_FUNCTIONS], True),
    "none_j2": (["-j", "2", NO_SOURCES], True),
    "none_j2_bare": (["-j", "2", NO_SOURCES, NO_FUNCTIONS], True),
    "none_j1": (["-j", "1", NO_SOURCES], True),
    "none_j1_bare": (["-j", "1", NO_SOURCES, NO_FUNCTIONS], True),
    "none_j1_bare_disk": (["-j", "1", NO_SOURCES, NO_FUNCTIONS], False),
}
SIZED = {"deflate": [], "deflate_bare": [NO_FUNCTIONS], "raw": ["--sources=raw"], "none": [NO_SOURCES],
         "none_bare": [NO_SOURCES, NO_FUNCTIONS]}  # key -> options


class Unfit(Exception):
    """A map of which there is nothing to measure; the text says which and why."""


def check_is_current(targets):
    """Otherwise an earlier state of the sources would be measured in silence. Of another build file nothing is known"""
    names = [os.path.relpath(target, ROOT) for target in targets]
    done = subprocess.run(["ninja", "-n", *names], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True)
    if done.returncode == 0 and "no work to do" not in done.stdout:
        raise Unfit(f"the sources are newer than what is to be measured: `ninja {' '.join(names)}` builds it")


@dataclass
class Bench:
    """What all measuring shares."""

    build_dir: Path
    folder: Path  # for what is written, on tmpfs if there is one
    disk: Path  # a folder that is not
    rounds: int
    n_positions: int
    around: Surroundings
    processes: Server = None
    pulse: Pulse = None
    more_seconds: float = MORE_SECONDS  # see turns.py
    notes: list = field(default_factory=list)
    start: float = field(default_factory=time.monotonic)

    @property
    def program(self):
        return self.build_dir / "smcache"

    @property
    def ours(self):
        return self.build_dir / "bench_ours"

    def turns(self, n_rounds=None):
        return Turns(self.pulse, n_rounds or self.rounds, self.more_seconds)

    def say(self, text):
        print(f"{time.monotonic() - self.start:4.0f} s  {text}", file=sys.stderr, flush=True)

    def build(self, source, output, options=()):
        return self.processes.run([self.program, "build", source, "-o", output, "--force", "--quiet", *options])

    def info(self, file):
        return json.loads(subprocess.check_output([self.program, "info", file, "--json"]))


# ---- lookups in process ----

OURS_LOOKUPS = ("open", "first", "random", "sorted", "batch_random", "batch_sorted", "walk")


def our_turn(server, add):
    for command in OURS_LOOKUPS:
        if command == "random":
            server.number(command)  # the files that were opened and closed have left the caches cold
        add(command, server.number(command))
    server.ask("plain")
    for command in "random", "batch_random":
        add(f"plain_{command}", server.number(command))
    server.ask("best")


def their_turn(server, add):
    add("first", server.number("first"))
    server.number("random")  # as for us; and the first pass over new objects is the slowest
    for command in "random", "sorted":
        add(command, server.number(command))


def normal_source(source):
    """Peers write the URLs of sources each in its way: `.` and `..` resolved or not, spaces percent-encoded or not."""
    if source is None:
        return None
    head, parts = re.match(r"([a-z][a-z0-9+.-]*://)?(.*)", unquote(source), re.DOTALL | re.IGNORECASE).groups()
    out = []
    for part in parts.split("/"):
        if part == ".." and out and out[-1] != "..":
            out.pop()
        elif part != ".":
            out.append(part)
    return (head or "") + "/".join(out)


def our_answers(bench, file, positions):
    queries = "".join(f"{line}:{column}\n" for line, column in positions)
    done = subprocess.run([bench.program, "lookup", file, "-", "--format=json", "--line-base=0", "--column-base=0"],
                          input=queries, stdout=subprocess.PIPE, text=True, check=False)
    answers = []
    for line in done.stdout.splitlines():
        a = json.loads(line)
        answers.append([a["source"], a["source_line"], a["source_column"], a["name"]] if a["mapped"] else None)
    return answers


def count_equal(ours, theirs):
    """(answers that are equal, answers that are but for the name)"""
    def place(answer):
        return answer and [normal_source(answer[0]), *answer[1:3]]

    def name(answer):
        return answer and (answer[3] or None)
    places = [place(a) == place(b) for a, b in zip(ours, theirs)]
    return sum(same and name(a) == name(b) for same, a, b in zip(places, ours, theirs)), sum(places)


def read_positions(path, n):
    with open(path, encoding="ascii") as f:
        return [tuple(map(int, line.split())) for _, line in zip(range(n), f)]


def drop_peer(bench, key, error, *tables):
    """A peer that has failed is in no table, and a note says why."""
    bench.notes.append(str(error))
    for table in tables:
        table.pop(key, None)


def measure_lookups(bench, source, file, positions_path):
    """{"smcache": {...}, peer: {...}}: figures in ns, and how many answers of a sample are ours."""
    servers = {OURS: Server("bench_ours lookups", [bench.ours, "lookups", file, bench.n_positions, positions_path])}
    n_tokens = int(servers[OURS].number("n_tokens"))  # the positions are written by now
    turns, out = bench.turns(), {}
    positions = read_positions(positions_path, N_SAMPLE)
    ours = our_answers(bench, file, positions)
    if len(ours) != len(positions):
        raise ServerFailed("smcache lookup did not answer every position")
    for peer in bench.around.peers:
        server = Server(peer.label, bench.around.serve(peer, source, positions_path), bench.around.environment)
        try:
            server.number("first")
            theirs = json.loads(server.ask(f"answers {len(positions)}"))
            for _ in range(2):  # for their compilers
                server.number("random")
            servers[peer.key] = server
            n_equal, n_equal_places = count_equal(ours, theirs)
            out[peer.key] = {"n_equal": n_equal, "n_equal_places": n_equal_places, "n_compared": len(positions)}
        except ServerFailed as error:
            bench.notes.append(str(error))
    for _, key in turns.each(servers):
        if key == OURS:
            our_turn(servers[key], partial(turns.add, key))
            continue
        try:
            their_turn(servers[key], partial(turns.add, key))
        except ServerFailed as error:
            drop_peer(bench, key, error, servers, out)
    for server in servers.values():
        server.close()
    for key in servers:
        out.setdefault(key, {}).update(turns.figures(key, "ns"))
    out[OURS]["n_tokens"] = n_tokens
    return out


# ---- whole processes ----

def figures_of_processes(turns, keys):
    return {key: {"time": turns.figure(key, "time", "ns"), "peak": turns.figure(key, "peak", "bytes")} for key in keys}


def measure_cold(bench, source, file, positions_path):
    """{who: {"time", "peak"}} of a process that starts, answers one position and ends."""
    turns = bench.turns()
    positions = read_positions(positions_path, bench.rounds)
    startup = {f"{engine} alone": [path, "-e", "0"] for engine, path in bench.around.engines.items()}
    peers = {peer.key: peer for peer in bench.around.peers}
    keys = dict.fromkeys([OURS, *peers, *startup])

    def command_of(key, line, column):
        if key == OURS:
            return [bench.program, "lookup", file, f"{line + 1}:{column + 1}"]
        return startup.get(key) or bench.around.cold(peers[key], source, line, column)

    for i, key in turns.each(keys):
        try:
            ns, peak = bench.processes.run(command_of(key, *positions[i % len(positions)]))
        except ServerFailed as error:
            if key not in peers:
                raise
            drop_peer(bench, key, error, keys)
            continue
        turns.add(key, "time", ns)
        turns.add(key, "peak", peak)
    return figures_of_processes(turns, keys)


def measure_builds(bench, source):
    """{variant: {"time", "peak"}} of `smcache build` as a process."""
    turns = bench.turns()
    for _, key in turns.each(BUILDS):
        options, on_tmpfs = BUILDS[key]
        output = (bench.folder if on_tmpfs else bench.disk) / "built.smcache"
        ns, peak = bench.build(source, output, options)
        turns.add(key, "time", ns)
        turns.add(key, "peak", peak)
    return figures_of_processes(turns, BUILDS)


# ---- the parts of a build, in process ----

PARTS = ("json", "unescape", "decode", "build_none", "build_deflate", "build_deflate_2")
SCANS = ("scan", "scan_generated")  # the same at each level
AMOUNTS = ("json_nbytes", "content_nbytes", "mappings_nbytes", "n_tokens",
           *(f"{scan}_{what}" for scan in SCANS for what in ("nbytes", "lost_nbytes")))


def generated_of(source):
    """The generated file as `smcache build` finds it: beside its map, of the same name without .map. Or None."""
    beside = source.with_suffix("")
    return beside if source.suffix == ".map" and beside.is_file() else None


def measure_parts(bench, source):
    """{"amounts": {...}, "levels": {level: {part: ns in all}}, "scans": {scan: ns in all}}; only the levels that the
    processor has, and the scans that there is a text for."""
    turns = bench.turns()
    generated = generated_of(source)
    with Server("bench_ours builds", [bench.ours, "builds", source, *([generated] if generated else [])]) as server:
        amounts = {name: server.number(name) for name in AMOUNTS}
        # What base/cpu.h says after each limit: a level that the processor lacks gives a lower one.
        levels = {level: server.number(level) for level in LEVELS}
        levels = [level for i, level in enumerate(LEVELS) if levels[level] == i]
        scans = [scan for scan in SCANS if amounts[f"{scan}_nbytes"] > 0]
        for _, (level, part) in turns.each([(level, part) for part in PARTS for level in levels]
                                           + [(levels[-1], scan) for scan in scans]):
            server.ask(level)
            server.number(part)  # as for lookups: what was measured before has left the caches cold
            turns.add((level, part), "time", server.number(part))
    return {"amounts": amounts, "levels": {level: {part: turns.figure((level, part), "time", "ns") for part in PARTS}
                                           for level in levels},
            "scans": {scan: turns.figure((levels[-1], scan), "time", "ns") for scan in scans}}


# ---- sizes ----

def measure_sizes(bench, source, file):
    """Bytes on disk, and the cost of the index and of functions a token."""
    out = {"json": exact("bytes", os.path.getsize(source))}
    out["json_gz"] = exact("bytes", len(gzip.compress(Path(source).read_bytes(), 6)))
    for key, options in SIZED.items():
        bench.build(source, bench.folder / f"{key}.size", options)
        out[key] = exact("bytes", os.path.getsize(bench.folder / f"{key}.size"))
        (bench.folder / f"{key}.size").unlink()
    info = bench.info(file)
    out["index"] = exact("bytes", info["index_nbytes"])
    out["index_per_token"] = exact("B/token", info["index_nbytes"] / info["n_tokens"])
    functions_nbytes = out["none"].best - out["none_bare"].best  # with the strings of their names
    out["functions"] = exact("bytes", functions_nbytes)
    out["functions_per_token"] = exact("B/token", functions_nbytes / info["n_tokens"])
    out["bare_ratio"] = exact("", out["deflate_bare"].best / out["json"].best)
    return out


def measure_map(bench, label, path):
    """All of one map, with its generated file beside it if there is one: a build may ask it for functions."""
    path = Path(path)
    beside = generated_of(path)
    generated = bench.folder / f"map{beside.suffix if beside else '.js'}"
    source = bench.folder / f"{generated.name}.map"  # where reading it costs the same for all
    source.write_bytes(path.read_bytes())
    if beside:
        generated.write_bytes(beside.read_bytes())
    file, positions = bench.folder / "map.smcache", bench.folder / "positions"
    bench.build(source, file)
    if bench.info(file)["n_tokens"] == 0:
        raise Unfit(f"{path}: the map has no mappings, so there is nothing to look up")
    out = {"name": path.name, "sizes": measure_sizes(bench, source, file)}
    for name, phase in (("lookups", lambda: measure_lookups(bench, source, file, positions)),
                        ("cold", lambda: measure_cold(bench, source, file, positions)),
                        ("builds", lambda: measure_builds(bench, source)),
                        ("parts", lambda: measure_parts(bench, source))):
        bench.say(f"{label}: {name}")
        out[name] = phase()
    for written in source, generated, file, positions:
        written.unlink(missing_ok=written == generated)
    return out


# ---- growth ----

def measure_growth(bench, path, copies):
    """A row for each number of copies of a map: build time and memory, opening, a random lookup."""
    rows, servers, turns = {}, {}, bench.turns()
    for n in copies:
        source, file = bench.folder / f"x{n}.map", bench.folder / f"x{n}.smcache"
        write_copies(path, n, source)
        bench.build(source, file)
        info = bench.info(file)
        rows[n] = {"copies": n, "json": exact("bytes", info["input_nbytes"]), "n_tokens": info["n_tokens"],
                   "file": exact("bytes", info["file_nbytes"])}
        servers[n] = Server("bench_ours lookups",
                            [bench.ours, "lookups", file, bench.n_positions, bench.folder / f"x{n}.positions"])
        servers[n].number("random")
    for _, n in turns.each(copies):
        ns, peak = bench.build(bench.folder / f"x{n}.map", bench.folder / "built.smcache")
        turns.add(n, "build", ns)
        turns.add(n, "peak", peak)
        turns.add(n, "open", servers[n].number("open"))
        servers[n].number("random")  # see our_turn
        turns.add(n, "random", servers[n].number("random"))
    for n in copies:
        servers[n].close()
        rows[n].update(turns.figures(n, "ns"), peak=turns.figure(n, "peak", "bytes"))
        for suffix in "map", "smcache", "positions":
            (bench.folder / f"x{n}.{suffix}").unlink()
    return list(rows.values())


# ---- the store ----

FEW, FULL = 100, 1000  # entries
STORE_COMMANDS = ("first", "second", "hit", "hit_store")


def measure_store(bench, path, many):
    """{"put": a row for each store, of so many entries, full or not: a put; "map": the way of a map through a store}.
    Stores are on tmpfs if there is one, where syncing hides nothing; one of the few is on the disk."""
    kinds = {"few": (FEW, False, bench.folder), "many": (many, False, bench.folder), "full": (FULL, True, bench.folder),
             "many_full": (many, True, bench.folder), "few_disk": (FEW, False, bench.disk)}
    turns, servers = bench.turns(), {}
    for key, (n, is_full, folder) in kinds.items():
        servers[key] = Server("bench_ours stores", [bench.ours, "stores", folder / f"store-{key}", path, n,
                                                    *(["full"] if is_full else [])])
        servers[key].number("put")  # waits until it is filled
    for _, key in turns.each([*kinds, "map"]):
        if key != "map":
            turns.add(key, "put", servers[key].number("put"))
            continue
        for command in STORE_COMMANDS:
            turns.add(key, command, servers["few"].number(command))
    for server in servers.values():
        server.close()
    for key, (_, _, folder) in kinds.items():
        shutil.rmtree(folder / f"store-{key}")
    rows = [{"key": key, "entries": n, "is_full": is_full, "put": turns.figure(key, "put", "ns")}
            for key, (n, is_full, _) in kinds.items()]
    return {"put": rows, "map": turns.figures("map", "ns")}
