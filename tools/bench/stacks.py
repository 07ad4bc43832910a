"""Measuring stacks: events and logs through ours and through what the peers' users write or install for it.

As in measure.py: everybody takes turns, and what is returned are plain dictionaries of figures.
"""

import json
import subprocess
from functools import partial

from filters import LONG_ROUNDS, measure_large_log, measure_trace, symbolicate
from maps import LOGGED
from measure import OURS, drop_peer, normal_source
from servers import Server, ServerFailed
from stats import exact
from traces import HOST, Tokens, tempting_line, write_events, write_log

LOGS = ("traces", "none", "tempting")


class Inputs:
    """The compiled files and their maps, each under the URL of its code, and one of them for logs."""

    def __init__(self, bench, maps):
        self.logged = LOGGED if LOGGED in maps else next(iter(maps))
        self.folder = bench.folder / "stacks"
        self.folder.mkdir()
        self.maps = {self.url(label): path for label, path in maps.items()}
        self.files = {}
        for i, (url, path) in enumerate(self.maps.items()):
            self.files[url] = self.folder / f"{i}.smcache"
            bench.build(path, self.files[url])
        self.tokens = {url: Tokens(bench.program, url, file) for url, file in self.files.items()}

    @staticmethod
    def url(label):
        return f"{HOST}{label}.js"

    def write_list(self, name, paths):
        """For those who read URL, tab, path."""
        path = self.folder / name
        path.write_text("".join(f"{url}\t{file}\n" for url, file in paths.items()), encoding="utf-8")
        return path

    def of_log(self, paths):
        url = self.url(self.logged)
        return {url: paths[url]}

    @property
    def tokens_of_log(self):
        return self.tokens[self.url(self.logged)]


# ---- events ----

def frames_of(event):
    return [frame for value in event["exception"]["values"] for frame in value["stacktrace"]["frames"]]


def place_of(frame):
    return normal_source(frame["abs_path"]), frame["lineno"], frame["colno"]


def lines_of(frame):
    return [frame.get(key) for key in ("pre_context", "context_line", "post_context")]


def compare_events(ours, theirs):
    """Names are not compared: ours are those of functions, theirs those of tokens, which are other things."""
    pairs = list(zip(frames_of(ours), frames_of(theirs), strict=True))
    places = [place_of(a) == place_of(b) for a, b in pairs]
    return {"n_compared": len(pairs), "n_equal": sum(places),
            "n_equal_lines": sum(same and lines_of(a) == lines_of(b) for same, (a, b) in zip(places, pairs))}


def rewritten_by_us(bench, files, path):
    with open(path, "rb") as stdin:
        return subprocess.run([str(word) for word in symbolicate(bench, files)], stdin=stdin, stdout=subprocess.PIPE,
                              check=True).stdout


def start_peers(bench, peers, maps, path, servers, compare=None):
    """Adds those that answer to the servers; returns what their answers are like."""
    out = {}
    for peer in peers:
        try:
            server = Server(peer.label, bench.around.serve_stacks(peer, maps, path), bench.around.environment)
            server.number("first")
            out[peer.key] = compare(json.loads(server.ask("output"))) if compare else {}
            for _ in range(3):  # for their compilers
                server.number("rewrite")
            servers[peer.key] = server
        except ServerFailed as error:
            drop_peer(bench, peer.key, error, out)
    return out


def take_turns(bench, servers, commands_of, n_rounds=None):
    """{who: figures}, with the memory that they have in the end."""
    turns = bench.turns(n_rounds)
    for _, key in turns.each(servers):
        try:
            for name in commands_of(key):
                if name == "rewrite":
                    servers[key].number(name)  # what was measured before has left the caches cold
                turns.add(key, name, servers[key].number(name))
        except ServerFailed as error:
            if key == OURS:
                raise
            drop_peer(bench, key, error, servers)
    resident = {key: exact("bytes", server.resident()) for key, server in servers.items()}
    for server in servers.values():
        server.close()
    return {key: turns.figures(key, "ns") | {"resident": resident[key]} for key in servers}


def measure_input(bench, files, maps, path, peers, compare, commands_of, n_rounds=None):
    """Of an event or a log in memory."""
    ours = Server("bench_ours stacks", [bench.ours, "stacks", files, path])
    out = {"nbytes": path.stat().st_size, **{name: int(ours.number(name)) for name in ("n_frames", "n_mapped")}}
    servers = {OURS: ours}
    answers = start_peers(bench, peers, maps, path, servers, compare)
    figures = take_turns(bench, servers, commands_of, n_rounds)
    return out | {"figures": {key: figures[key] | answers.get(key, {}) for key in figures}}


def measure_event(bench, inputs, path, with_first):
    """With the first one, that is from files or maps to its end, or without."""
    ours = json.loads(rewritten_by_us(bench, inputs.files, path))

    def commands_of(key):
        return (*(("first",) if with_first else ()), "rewrite", *(("without_lines", "frames") if key == OURS else ()))

    return measure_input(bench, inputs.write_list("files", inputs.files), inputs.write_list("maps", inputs.maps), path,
                         bench.around.stack_peers, partial(compare_events, ours), commands_of)


def measure_log(bench, inputs, path):
    # Of the libraries one will do: lookups are not what takes the time.
    peers = [peer for peer in bench.around.stack_peers if peer.name == "trace-mapping"]
    return measure_input(bench, inputs.write_list("log.files", inputs.of_log(inputs.files)),
                         inputs.write_list("log.maps", inputs.of_log(inputs.maps)), path, peers, None,
                         lambda _: ("rewrite",), min(bench.rounds, LONG_ROUNDS))


def measure_stacks(bench, maps, log_nbytes, large_nbytes):
    """{"maps": labels, "events": {key: ...}, "logs": {key: ...}, "trace": ..., "large": ...}"""
    inputs = Inputs(bench, maps)
    out = {"maps": list(maps), "logged": inputs.logged, "events": {}, "logs": {}}
    for key, path in write_events(list(inputs.tokens.values()), inputs.folder).items():
        bench.say(f"stacks: event, {key}")
        out["events"][key] = measure_event(bench, inputs, path, with_first=key == "sources")
    for key in LOGS:
        bench.say(f"stacks: log, {key}")
        path = write_log(inputs.folder / "log", log_nbytes, inputs.tokens_of_log if key == "traces" else None,
                         **({"line": tempting_line} if key == "tempting" else {}))
        out["logs"][key] = measure_log(bench, inputs, path)
        path.unlink()
    bench.say("stacks: a trace, whole processes")
    out["trace"] = measure_trace(bench, inputs)
    bench.say("stacks: a large log, whole processes")
    out["large"] = measure_large_log(bench, inputs, large_nbytes)
    return out
