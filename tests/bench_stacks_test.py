#!/usr/bin/env python3
"""The bench's stacks: the events and logs that it makes, what it compares, concludes and prints. Nothing is timed. Part
of `ninja check`.

SMCACHE names the program, build/smcache without it.
"""

import contextlib
import io
import json
import random
import re
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_test import PROGRAM, Mortal, Peers, Runs, ns

import filters
import stacks
import symbolicators
from filters import FRAME_LINE, count_changed_by_us, frame_place, lines_in_order, measure_processes
from maps import EXAMPLE
from measure import OURS, Bench
from peers import Peer
from report_stacks import print_stacks
from servers import ServerFailed
from stacks import Inputs, compare_events, frames_of, measure_input, rewritten_by_us
from stats import MET, NOT_MEASURED, NOT_MET, exact
from targets import Targets
from traces import (N_DISTINCT, N_FRAMES, N_KEPT, SEED, TRACE_EVERY, TRACE_FRAMES, Frame, Tokens, make_event,
                    make_frames, ordinary_line, repeat_frames, tempting_line, trace_lines, write_events, write_log,
                    write_trace)
from turns import Pulse

URL = "https://shop.example.com/static/js/a.js"


class MadeUp:
    """Tokens of no file: of 60 sources, and some from anywhere."""

    def __init__(self, url):
        self.url = url
        self.of_source = {str(i): (0, 10 * i) for i in range(60)}
        self.anywhere = [(1, i) for i in range(N_KEPT)]


class Making(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_frames_are_shared_out_and_have_sources_of_their_own(self):
        maps = [MadeUp(url) for url in ("a", "b", "c")]
        frames = make_frames(maps, N_FRAMES, random.Random(SEED))
        self.assertEqual(sorted(Counter(frame.url for frame in frames).values()), [33, 33, 34])
        self.assertEqual(len({(frame.url, frame.column) for frame in frames if frame.line == 0}), N_FRAMES)
        self.assertEqual(frames, make_frames(maps, N_FRAMES, random.Random(SEED)))

    def test_a_map_with_few_sources(self):
        frames = make_frames([MadeUp("a")], N_FRAMES, random.Random(SEED))
        self.assertEqual(Counter(frame.line for frame in frames), {0: 60, 1: 40})

    def test_each_frame_that_repeats_is_there(self):
        frames = make_frames([MadeUp("a")], N_DISTINCT, random.Random(SEED))
        again = repeat_frames(frames, N_FRAMES, random.Random(SEED))
        self.assertEqual((len(again), set(again)), (N_FRAMES, set(frames)))

    def test_event(self):
        event = make_event([Frame("u/a.js", "", 0, 9), Frame("u/b.js", "t", 1, 0), Frame("u/a.js", "e", 0, 3)])
        self.assertEqual([(f["abs_path"], f["function"], f["lineno"], f["colno"]) for f in frames_of(event)],
                         [("u/a.js", "?", 1, 10), ("u/b.js", "t", 2, 1), ("u/a.js", "e", 1, 4)])
        images = event["debug_meta"]["images"]
        self.assertEqual([image["code_file"] for image in images], ["u/a.js", "u/b.js"])
        self.assertRegex(images[0]["debug_id"], "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

    def test_lines_of_logs(self):
        chosen = random.Random(SEED)
        for i in range(1000):
            line = ordinary_line(chosen, i)
            self.assertNotRegex(line, r"\d:\d")
            for other in line, tempting_line(chosen, i):
                self.assertIsNone(FRAME_LINE.match(other.encode()))
                self.assertRegex(other, r"\A[^\n]+\n\Z")
        for name in "", "t", "e.x":
            for line in list(trace_lines(chosen, [Frame(URL, name, 0, 7)] * 50))[1:]:
                self.assertTrue(FRAME_LINE.match(line.encode().rstrip()), line)

    def test_log_has_frames_where_it_should(self):
        path = write_log(self.folder / "log", 500_000, MadeUp(URL))
        lines = path.read_bytes().splitlines()
        self.assertTrue(500_000 <= path.stat().st_size < 520_000)
        frames = [FRAME_LINE.match(line) is not None for line in lines]
        self.assertEqual(sum(frames), len(lines) * TRACE_FRAMES // TRACE_EVERY)
        self.assertIn(True, frames)
        again = write_log(self.folder / "again", 500_000, MadeUp(URL))
        self.assertEqual(path.read_bytes(), again.read_bytes())

    def test_log_without_frames(self):
        for line in ordinary_line, tempting_line:
            text = write_log(self.folder / "log", 100_000, line=line).read_bytes()
            self.assertFalse(any(map(FRAME_LINE.match, text.splitlines())))
        self.assertIn(b"    at ", text)

    def test_trace(self):
        lines = write_trace(self.folder / "trace", MadeUp(URL)).read_bytes().splitlines()
        self.assertTrue(lines[0].startswith(b"TypeError: "))
        self.assertEqual([FRAME_LINE.match(line) is not None for line in lines], [False, *[True] * TRACE_FRAMES])


class Around(Peers):
    symbolicators = None
    stack_peers = []


class WithTheProgram(unittest.TestCase):
    """Events and logs of the example's map, through `smcache`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.bench = Bench(PROGRAM.parent, self.folder, self.folder, 1, 10, Around(), Runs(), None)
        self.inputs = Inputs(self.bench, {"app": EXAMPLE})
        (self.url, self.tokens), = self.inputs.tokens.items()

    def test_tokens_are_those_of_the_file_with_contents(self):
        text = subprocess.check_output([PROGRAM, "dump", self.inputs.files[self.url]], text=True)
        rows = [line.split("\t") for line in text.splitlines()]
        found = {(int(row[0]), int(row[1])): row[2] for row in rows}
        self.assertLessEqual(set(self.tokens.anywhere), set(found))
        self.assertTrue(all(found[place] for place in self.tokens.anywhere))
        self.assertEqual({key.decode(): found[place] for key, place in self.tokens.of_source.items()},
                         {source: source for source in set(found.values()) if source})
        again = Tokens(PROGRAM, self.url, self.inputs.files[self.url])
        self.assertEqual(again.anywhere, self.tokens.anywhere)

    def test_event_is_rewritten(self):
        for path in write_events([self.tokens], self.folder).values():
            event = json.loads(rewritten_by_us(self.bench, self.inputs.files, path))
            self.assertEqual(len(frames_of(event)), N_FRAMES)
            self.assertNotIn(self.url, {frame["abs_path"] for frame in frames_of(event)})
            self.assertTrue(all(isinstance(frame["context_line"], str) for frame in frames_of(event)))

    def test_log_is_rewritten_and_nothing_else_changes(self):
        path = write_log(self.folder / "log", 100_000, self.tokens)
        words = [str(word) for word in filters.symbolicate(self.bench, self.inputs.files)]
        given = path.read_bytes().split(b"\n")
        out = subprocess.run(words, input=path.read_bytes(), stdout=subprocess.PIPE, check=True).stdout.split(b"\n")
        found = lines_in_order(given, out, out, True)
        self.assertEqual(found["n_changed"], 0)
        self.assertGreater(found["n_compared"], 50)
        self.assertEqual(found["n_equal"], found["n_compared"])
        self.assertFalse([line for line in out if self.url.encode() in line])
        self.assertEqual(count_changed_by_us(self.bench, self.inputs, path), 0)

    def test_what_would_be_changed_is_seen(self):
        path = write_log(self.folder / "log", 10_000)
        with mock.patch.object(filters, "symbolicate", lambda *_: ["sed", "-n", "2,$s/GET/PUT/;2,$p"]):
            self.assertEqual(count_changed_by_us(self.bench, self.inputs, path), path.read_bytes().count(b"\n"))
        with mock.patch.object(filters, "symbolicate", lambda *_: ["false"]), self.assertRaises(ServerFailed):
            count_changed_by_us(self.bench, self.inputs, path)

    def test_lists_of_files(self):
        path = self.inputs.write_list("list", self.inputs.files)
        self.assertEqual(path.read_text("utf-8"), f"{self.url}\t{self.inputs.files[self.url]}\n")


class Comparing(unittest.TestCase):
    def test_events(self):
        def event(*frames):
            return {"exception": {"values": [{"stacktrace": {"frames": [
                dict(zip(("abs_path", "lineno", "colno", "context_line"), frame)) for frame in frames]}}]}}
        ours = event(("a/./b.js", 1, 2, "x"), ("a.js", 3, 4, "y"), ("a.js", 5, 6, "z"))
        theirs = event(("a/b.js", 1, 2, "x"), ("a.js", 3, 4, "Y"), ("a.js", 5, 7, "z"))
        self.assertEqual(compare_events(ours, theirs), {"n_compared": 3, "n_equal": 2, "n_equal_lines": 1})

    def test_places_of_frames(self):
        for line, place in (("    at f (webpack://x/./a.ts:27:25)", ("webpack://x/a.ts", 27, "25")),
                            ("    at async webpack://x/a.ts:1:2", ("webpack://x/a.ts", 1, "2")),
                            ("    at async new f [as g] (a b.js:3:null)", ("a b.js", 3, "null")),
                            ("    at J (webpack://x/a.ts:27:&:only-child)", ("webpack://x/a.ts", 27, "&:only-child")),
                            ("    at f (native)", None), ("TypeError: a.js:1:2", None)):
            self.assertEqual(frame_place(line, True), place)
        self.assertEqual(frame_place("    at a.js:1:name", False), ("a.js", 1, None))

    def test_lines_of_a_log(self):
        given = [b"x", b"    at f (https://h/a.js:1:2)", b"y", b"    at https://h/a.js:3:4"]
        ours = [b"x", b"    at g (a.ts:1:2)", b"y", b"    at a.ts:3:4"]
        theirs = [b"x", b"    at g (a.ts:1:g)", b"Y", b"    at a.ts:4:null"]
        self.assertEqual(lines_in_order(given, ours, theirs, False),
                         {"n_equal": 1, "n_compared": 2, "n_changed": 1, "n_others": 2})
        self.assertEqual(lines_in_order(given, ours, theirs, True)["n_equal"], 0)
        self.assertIsNone(lines_in_order(given, ours, theirs[:3], False))


class Dying(Mortal):
    def __init__(self, name, command=(), environment=None):
        super().__init__(name, command, environment)
        self.left = 5 if name == "dying" else self.left  # the first, three warm ones, half a turn

    def resident(self):
        return 1


class Failures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bench = Bench(PROGRAM.parent, Path(folder.name), Path(folder.name), 3, 10, Around(), Runs(),
                           Pulse(Mortal("calibration")))
        self.bench.around.serve_stacks = lambda peer, maps, path: [peer.key]

    def test_peer_that_dies_in_a_later_round(self):
        peers = [Peer(name, name, "node", "x") for name in ("dying", "living")]
        with mock.patch.object(stacks, "Server", Dying):
            out = measure_input(self.bench, "files", "maps", PROGRAM, peers, None, lambda _: ("rewrite",))
        self.assertEqual(list(out["figures"]), [OURS, "living"])
        self.assertEqual(len(out["figures"]["living"]["rewrite"].values), 3)
        self.assertEqual(self.bench.notes, ["dying: ended at 'rewrite'"])

    def test_tool_that_fails(self):
        runs = mock.Mock(run=mock.Mock(side_effect=lambda words, stdin: self.run_one(words)))
        self.bench.processes = runs
        path = self.bench.folder / "large.log"
        path.write_bytes(b"x" * 1000)
        out = measure_processes(self.bench, path, {OURS: (["us"], path, True), "dying": (["dying"], path, False)})
        self.assertEqual(list(out), [OURS])
        self.assertEqual(self.bench.notes, ["dying failed at the large.log, 1,000 bytes"])
        with self.assertRaises(ServerFailed):
            measure_processes(self.bench, path, {OURS: (["dying"], path, True)})

    def run_one(self, words):
        if words == ["dying"]:
            raise ServerFailed("dying: exit 1")
        return 1, 1


class Symbolicators(unittest.TestCase):
    def test_versions_are_pinned(self):
        lock = json.loads(symbolicators.RECIPE[1].read_text("utf-8"))["packages"]
        for name, version in symbolicators.versions().items():
            self.assertRegex(version, r"^\d+\.\d+\.\d+$")
            self.assertEqual(lock[f"node_modules/{name}"]["version"], version)
        for name, package in lock.items():
            if name:
                self.assertTrue(package["integrity"].startswith("sha512-"), name)
                self.assertNotIn("resolved", package)  # the registry of whoever ran npm
        self.assertLessEqual({tool.name for tool in symbolicators.TOOLS}, set(symbolicators.versions()))

    def test_commands(self):
        metro, stacktracify = (symbolicators.command(tool, "node", Path("f"), "a.map", "trace")
                               for tool in symbolicators.TOOLS)
        self.assertEqual(metro[1:], ("trace",))
        self.assertIn("a.map", metro[0])
        self.assertEqual(stacktracify[1], "/dev/null")
        self.assertIn("trace", stacktracify[0])


def made_up_stacks():
    """What a run gives, with figures that are easy to reckon with."""
    mib = 2**20

    def process(ms, n_mib):
        return {"time": ns(ms * 1e6), "peak": exact("bytes", n_mib * mib)}

    event = {"nbytes": 23000, "n_frames": 100, "n_mapped": 100, "figures": {
        OURS: {"first": ns(9e6), "rewrite": ns(4e5), "without_lines": ns(2e5), "frames": ns(25e3),
               "resident": exact("bytes", 17 * mib)},
        "trace-mapping": {"first": ns(4e8), "rewrite": ns(6e5), "resident": exact("bytes", 300 * mib),
                          "n_compared": 100, "n_equal": 99, "n_equal_lines": 98}}}
    repeats = event | {"n_mapped": 97, "figures": {OURS: {
        key: figure for key, figure in event["figures"][OURS].items() if key != "first"} | {"rewrite": ns(2e6)}}}
    log = {"nbytes": 64e6, "n_frames": 10, "n_mapped": 10, "figures": {
        OURS: {"rewrite": ns(1e8), "resident": exact("bytes", mib)},
        "trace-mapping": {"rewrite": ns(4e8), "resident": exact("bytes", mib)}}}
    answers = {OURS: {"n_equal": 10, "n_compared": 10, "n_changed": 0, "n_others": 90}}
    theirs = {"n_equal": 9, "n_compared": 10, "n_changed": 1, "n_others": 90}
    figures = {OURS: process(1000, 5), "filter trace-mapping": process(4000, 150),
               "metro-symbolicate": process(20000, 900)}
    return {"maps": ["a", "b"], "logged": "b", "events": {"sources": event, "repeats": repeats},
            "logs": {"traces": log, "none": log | {"figures": {OURS: log["figures"][OURS]}}, "tempting": log},
            "trace": {"answers": answers | {"filter trace-mapping": theirs, "metro-symbolicate": theirs},
                      "figures": figures | {"from the map": process(1500, 20)}},
            "large": {"nbytes": 256e6, "small_nbytes": 16e6, "small_peak": exact("bytes", 5 * mib), "n_changed": 0,
                      "answers": answers | {"filter trace-mapping": theirs, "metro-symbolicate": None, "dead": theirs},
                      "tempting": answers | {"filter trace-mapping": theirs}, "figures": figures}}


class Conclusions(unittest.TestCase):
    def verdicts(self, found):
        targets = Targets({"maps": {}, "growth": [], "store": None, "stacks": found}, 1.0)
        return {target.text: (target.verdict, target.figure and round(target.figure.median, 6))
                for target in targets if target.text.startswith("stacks: ")}

    def test_targets(self):
        self.assertEqual(list(self.verdicts(made_up_stacks()).values()),
                         [(MET, 0.4), (NOT_MET, 2), (NOT_MET, 256), (MET, 5)])

    def test_nothing_was_measured(self):
        self.assertEqual(set(self.verdicts(None).values()), {(NOT_MEASURED, None)})
        self.assertEqual(len(self.verdicts(None)), len(self.verdicts(made_up_stacks())))

    def test_tables(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            print_stacks(made_up_stacks(), {"trace-mapping": "TM"})
        rows = [re.split("  +", line.strip()) for line in out.getvalue().splitlines() if line]
        self.assertIn(["TM", "600 (600..600) us", "1.50 x", "400 (400..400) ms", "300", "99 of 100", "98 of 100"], rows)
        self.assertIn(["event of 24 frames: 3 of 100 frames are not mapped"], rows)
        self.assertIn(["smcache", "640 (640..640)", "640 (640..640)", "640 (640..640)"], rows)
        self.assertIn(["a filter with TM", "4.00 (4.00..4.00) s", "4.00 x", "150", "9 of 10"], rows)
        self.assertIn(["smcache", "256 (256..256)", "5.00", "0 of 90", "0 of 90"], rows)
        self.assertIn(["a filter with TM", "64.0 (64.0..64.0)", "150", "9 of 10", "1 of 90", "1 of 90"], rows)
        self.assertIn(["metro-symbolicate", "12.8 (12.8..12.8)", "900", "other lines", "other lines", "failed"], rows)
        self.assertIn(["dead", "failed", "9 of 10", "1 of 90", "failed"], rows)


if __name__ == "__main__":
    unittest.main()
