#!/usr/bin/env python3
"""What the bench concludes from its figures, the maps it makes, its charts. Nothing is timed. Part of `ninja check`.

SMCACHE names the program, build/smcache without it.
"""

import contextlib
import io
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("SMCACHE") or ROOT / "build" / "smcache").resolve()
sys.path.insert(0, str(ROOT / "tools" / "bench"))

import measure
import svg
from charts import write_charts
from maps import EXAMPLE, concatenate, decode_vlq, encode_vlq, label_maps, write_copies
from measure import (BUILDS, LEVELS, PARTS, Bench, Unfit, check_is_current, count_equal, generated_of, measure_parts,
                     measure_sizes, normal_source)
from peers import Peer
from report import number, part_rows, print_builds, print_scans, scale_of_ns, span
from servers import ServerFailed
from stats import MET, NOT_MEASURED, NOT_MET, NOISY, TOO_NOISY, Figure, exact, growth, judge, ratio
from targets import Targets, best_peer, speed
from turns import MORE_SECONDS, QUIET_MIN, Pulse, Turns, rotated


def ns(*values):
    return Figure("ns", values)


class Figures(unittest.TestCase):
    def test_median_and_spread_of_a_time(self):
        figure = ns(130, 100, 120)
        self.assertEqual((figure.median, figure.best, figure.min, figure.max), (120, 100, 100, 130))
        self.assertAlmostEqual(figure.spread, 1.2)
        self.assertFalse(figure.is_noisy)

    def test_median_far_above_the_best_round_is_noise(self):
        self.assertTrue(ns(100, 126, 127).is_noisy)
        self.assertFalse(ns(100, 101, 900).is_noisy)  # one bad round is not

    def test_of_a_speed_the_highest_is_the_best(self):
        figure = ns(2, 1, 4).rate(1000, "MB/s")
        self.assertEqual((figure.values, figure.best, figure.median), ((500, 1000, 250), 1000, 500))
        self.assertAlmostEqual(figure.spread, 2)
        self.assertTrue(figure.higher_is_better and figure.is_noisy)
        self.assertFalse(figure.rate(1, "ns").higher_is_better)

    def test_units(self):
        self.assertEqual(ns(3e6).scaled(1e-6, "ms"), Figure("ms", (3,)))
        self.assertAlmostEqual(speed(ns(1e9), 300e6).median, 300)  # 300 MB in a second
        self.assertEqual([scale_of_ns(v) for v in (999, 1e3, 2e6, 5e9)],
                         [(1, "ns"), (1e3, "us"), (1e6, "ms"), (1e9, "s")])

    def test_json_has_every_round(self):
        found = json.loads(json.dumps(ns(1, 2, 9).as_json()))
        self.assertEqual(found["values"], [1, 2, 9])
        self.assertEqual((found["unit"], found["median"], found["min"], found["max"]), ("ns", 2, 1, 9))
        self.assertTrue(found["noisy"])


class Verdicts(unittest.TestCase):
    def test_without_noise_the_median_decides(self):
        self.assertEqual(judge(ns(90, 100, 110), 100), MET)
        self.assertEqual(judge(ns(90, 101, 110), 100), NOT_MET)
        self.assertEqual(judge(Figure("MB/s", (290, 300, 310), True), 300), MET)
        self.assertEqual(judge(Figure("MB/s", (290, 299, 310), True), 300), NOT_MET)

    def test_noise_that_explains_a_miss(self):
        self.assertEqual(judge(ns(90, 200, 300), 100), TOO_NOISY)
        self.assertEqual(judge(Figure("MB/s", (100, 110, 310), True), 300), TOO_NOISY)

    def test_noise_that_does_not(self):
        self.assertEqual(judge(ns(100 * NOISY + 1, 200, 300), 100), NOT_MET)

    def test_noise_only_slows(self):
        self.assertEqual(judge(ns(50, 99, 300), 100), MET)

    def test_noisy_machine_with_steady_figures(self):
        self.assertEqual(judge(ns(150, 151, 152), 100), NOT_MET)
        self.assertEqual(judge(ns(150, 151, 152), 100, machine_spread=2.0), TOO_NOISY)
        self.assertEqual(judge(ns(250, 251, 252), 100, machine_spread=2.0), NOT_MET)
        self.assertEqual(judge(ns(90, 91, 92), 100, machine_spread=2.0), MET)

    def test_quiet_turns_on_a_noisy_machine(self):
        quiet = Figure("ns", (90, 101, 102), n_quiet=3, n_turns=12)
        self.assertEqual(judge(quiet, 100, machine_spread=2.0), NOT_MET)
        self.assertEqual(judge(quiet, 101, machine_spread=2.0), MET)
        self.assertEqual(judge(quiet.rate(300, "x/ns"), 300 / 101, machine_spread=2.0), MET)
        self.assertEqual(judge(Figure("ns", (90, 150, 151), n_quiet=3, n_turns=3), 100), TOO_NOISY)
        few = Figure("ns", (90, 101, 102), n_quiet=2, n_turns=3)
        self.assertEqual(judge(few, 100, machine_spread=2.0), TOO_NOISY)
        self.assertEqual(judge(ratio(quiet, quiet), 1, machine_spread=2.0), MET)

    def test_ratio_that_only_noise_of_the_peer_makes(self):
        ours, theirs = ns(100, 100, 100), ns(400, 900, 900)
        found = ratio(theirs, ours)
        self.assertEqual((found.median, found.best, found.is_noisy), (9, 4, True))
        self.assertEqual(judge(found, 5), TOO_NOISY)

    def test_ratio(self):
        self.assertEqual(judge(ratio(ns(510, 520, 530), ns(100, 101, 102)), 5), MET)
        self.assertEqual(judge(ratio(ns(410, 420, 430), ns(100, 101, 102)), 5), NOT_MET)

    def test_growth(self):
        self.assertAlmostEqual(growth(ns(10), ns(88), 8).median, 1.1)
        self.assertEqual(judge(growth(ns(10), ns(88), 8), 1.25), MET)
        self.assertEqual(judge(growth(ns(10), ns(160), 8), 1.25), NOT_MET)

    def test_sizes_have_no_noise(self):
        self.assertEqual(judge(exact("B/token", 3.9), 4), MET)
        self.assertEqual(judge(exact("B/token", 4.1), 4), NOT_MET)


class Rounding(unittest.TestCase):
    def test_numbers(self):
        self.assertEqual([number(v) for v in (1.234, 12.34, 123.4, 12345)], ["1.23", "12.3", "123", "12,345"])

    def test_spans(self):
        self.assertEqual(span(ns(100, 110, 120)), "110 (100..120)")
        self.assertEqual(span(ns(100, 200, 300)), "200 (100..300) ~")
        self.assertEqual(span(ns(1000, 2000, 3000), 1e-3, "us"), "2.00 (1.00..3.00) us ~")


class Hearts:
    """Pulses: what it was given, then the last of it again and again."""

    def __init__(self, *pulses):
        self.pulses = list(pulses)

    def number(self, request):
        assert request == "work"
        return self.pulses.pop(0) if len(self.pulses) > 1 else self.pulses[0]


class TakingTurns(unittest.TestCase):
    def take(self, pulses, n_rounds, who, values=None):
        """The order of turns; each gives its number, or what `values` says."""
        seconds = itertools.count(0.0, MORE_SECONDS / 2)  # so two more turns take all the time there is
        self.turns = Turns(Pulse(Hearts(*pulses)), n_rounds, MORE_SECONDS, lambda: next(seconds))
        order = []
        for i, key in self.turns.each(who):
            self.turns.add(key, "x", values[len(order)] if values else len(order))
            order.append((i, key))
        return order

    def test_each_round_another_one_is_first(self):
        self.assertEqual([rotated(["a", "b", "c"], i)[0] for i in range(4)], ["a", "b", "c", "a"])
        self.assertEqual(sorted(rotated(["a", "b", "c"], 2)), ["a", "b", "c"])
        self.assertEqual(rotated([], 3), [])
        self.assertEqual(self.take([1], 2, ["a", "b"]), [(0, "a"), (0, "b"), (1, "b"), (1, "a")])

    def test_quiet_turns_count(self):
        self.take([1, 9, 1, 1, 1, 1, 1], 3, ["a"], [50, 60, 10, 20, 30])  # a round begins with a pulse of its own
        figure = self.turns.figure("a", "x", "ns")
        self.assertEqual((figure.values, figure.n_quiet, figure.n_turns), ((60, 10, 20), 3, 4))
        self.assertTrue(figure.is_quiet)
        self.assertEqual(self.turns.figures("a", "ns"), {"x": figure})

    def test_a_pulse_is_slow_or_not_by_the_best_of_the_run(self):
        self.take([2, 2, 2, 2, 1, 1], 3, ["a"])  # the third round shows what the machine can do
        self.assertEqual(self.turns.figure("a", "x", "ns").values, (2, 3, 4))

    def test_whoever_has_enough_is_done(self):
        order = self.take([1, 1, 9, 1, 1, 1], 2, ["a", "b"])
        self.assertEqual(order, [(0, "a"), (0, "b"), (1, "b"), (1, "a"), (2, "b")])

    def test_there_is_an_end(self):
        order = self.take([1, *([9] * 1000)], QUIET_MIN, ["a", "b"])
        self.assertEqual(len(order), 2 * (QUIET_MIN + 2))
        figure = self.turns.figure("a", "x", "ns")
        self.assertEqual((len(figure.values), figure.n_quiet), (QUIET_MIN + 2, 0))
        self.assertTrue(figure.is_doubtful)

    def test_few_quiet_turns_are_not_enough(self):
        self.take([1, 1, 1, 1, *([9] * 1000)], 4, ["a"])
        figure = self.turns.figure("a", "x", "ns")
        self.assertEqual((len(figure.values), figure.n_quiet), (4 + 2, 2))
        self.assertFalse(figure.is_quiet)

    def test_pulses_are_part_of_the_time_there_is(self):
        hearts = Hearts(1, *[9] * 50)  # none is quiet
        turns = Turns(Pulse(hearts), 1, MORE_SECONDS, lambda: MORE_SECONDS / 4 * (50 - len(hearts.pulses)))
        taken = itertools.islice(turns.each(["a"]), 20)  # turns that take no time
        self.assertEqual(len(list(taken)), 1 + 2)  # a round begins with a pulse of its own

    def test_who_has_gone_has_no_turn(self):
        turns, who, order = Turns(Pulse(Hearts(1)), 2), {"a": 1, "b": 2, "c": 3}, []
        for _, key in turns.each(who):
            order.append(key)
            if key == "a":
                who.pop("b", None)
        self.assertEqual(order, ["a", "c", "c", "a"])


class Measuring(unittest.TestCase):
    def test_answers_that_differ_in_how_a_url_is_written(self):
        ours = [["webpack://a/./b c.js", 1, 2, "f"], None, ["x/y/../z.js", 0, 0, None]]
        theirs = [["webpack://a/b%20c.js", 1, 2, "f"], None, ["x/z.js", 0, 0, ""]]
        self.assertEqual(count_equal(ours, theirs), (3, 3))

    def test_answers_that_differ(self):
        ours = [["a.js", 1, 2, "f"]] * 4
        theirs = [["a.js", 1, 2, "g"], ["a.js", 1, 3, "f"], None, ["b.js", 1, 2, "f"]]
        self.assertEqual(count_equal(ours, theirs), (0, 1))

    def test_sources(self):
        self.assertEqual(normal_source("../../a/./b.ts"), "../../a/b.ts")
        self.assertIsNone(normal_source(None))


class Mortal:
    """Answers as a server would, all 1; the one called `dying` only a few times."""

    def __init__(self, name, command=(), environment=None):
        del command, environment
        self.name, self.left = name, 4 + 4 + 2 if name == "dying" else 1000  # what comes first, a round, a half

    def ask(self, request):
        if self.left == 0:
            raise ServerFailed(f"{self.name}: ended at {request!r}")
        self.left -= 1
        return "[]" if request.startswith("answers") else "1"

    def number(self, request):
        return float(self.ask(request))

    def close(self):
        pass


class Runs:
    """Builds, without measuring it; all else does nothing, and `dying` only once."""

    def __init__(self):
        self.n_dying = 0

    def run(self, command):
        if command[0] == "dying":
            self.n_dying += 1
            if self.n_dying > 1:
                raise ServerFailed("dying: exit 1")
        elif command[1] == "build":
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return 1, 1


class Peers:
    """What peers.Surroundings says, of two that there are not."""
    peers = [Peer("dying", "dying", "node", "x"), Peer("living", "living", "node", "y")]
    engines, environment = {"node": "node"}, None

    def serve(self, peer, path, positions):
        return [peer.key, path, positions]

    def cold(self, peer, path, line, column):
        return [peer.key, path, line, column]


class Failures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        path = Path(self.folder.name)
        self.bench = Bench(PROGRAM.parent, path, path, 3, 10, Peers(), Runs(), Pulse(Mortal("calibration")))
        patch = mock.patch.multiple(measure, Server=Mortal, our_answers=lambda *_: [None],
                                    read_positions=lambda *_: [(0, 0)])
        patch.start()
        self.addCleanup(patch.stop)

    def test_peer_that_dies_in_a_later_round_of_lookups(self):
        found = measure.measure_lookups(self.bench, "map", "file", "positions")
        self.assertEqual(sorted(found), ["living", "smcache"])
        self.assertEqual(len(found["living"]["random"].values), 3)
        self.assertEqual(self.bench.notes, ["dying: ended at 'random'"])

    def test_peer_that_dies_in_a_later_round_of_processes(self):
        found = measure.measure_cold(self.bench, "map", "file", "positions")
        self.assertEqual(sorted(found), ["living", "node alone", "smcache"])
        self.assertEqual(len(found["living"]["time"].values), 3)
        self.assertEqual(self.bench.notes, ["dying: exit 1"])

    def test_map_without_mappings(self):
        path = Path(self.folder.name, "empty.js.map")
        path.write_text('{"version":3,"sources":[],"mappings":""}', "utf-8")
        with self.assertRaisesRegex(Unfit, "empty.js.map: the map has no mappings"):
            measure.measure_map(self.bench, "empty", path)


class Generated(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_is_beside_its_map(self):
        for name in "a.js", "a.js.map", "b.js.map", "c":
            Path(self.folder, name).touch()
        self.assertEqual(generated_of(self.folder / "a.js.map"), self.folder / "a.js")
        self.assertIsNone(generated_of(self.folder / "b.js.map"))
        self.assertIsNone(generated_of(self.folder / "c.json"))

    def test_is_where_a_build_and_the_scan_find_it(self):
        """A map without contents: what its functions are the generated file alone knows."""
        source = self.folder / "app.js.map"
        source.write_text('{"version":3,"sources":["a.js"],"names":[],"mappings":"AAAA,cAAc"}', "utf-8")
        seen = []

        def look(bench, path, file):
            seen.append(measure_sizes(bench, path, file)["functions"].best)
            seen.append(generated_of(path) and generated_of(path).read_bytes())
            raise StopIteration

        bench = Bench(PROGRAM.parent, self.folder / "out", self.folder, 3, 10, Peers(), Runs(), None)
        bench.folder.mkdir()
        for text in None, "function f(){x()}":
            if text:
                source.with_suffix("").write_text(text, "utf-8")
            with mock.patch.object(measure, "measure_sizes", look), self.assertRaises(StopIteration):
                measure.measure_map(bench, "app", source)
        self.assertEqual((seen[0], seen[1], seen[3]), (0, None, b"function f(){x()}"))
        self.assertGreater(seen[2], 0)


class Parts(unittest.TestCase):
    def test_scans_are_measured_once_and_only_of_what_is_there(self):
        asked = []

        class Parts(Mortal):
            level = None

            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def number(self, request):
                asked.append((request, self.level))
                if request in LEVELS:
                    return float(LEVELS.index(request))
                return 0.0 if request.startswith("scan_generated_") else 1.0

            def ask(self, request):
                self.level = request
                return request

        bench = Bench(PROGRAM.parent, ROOT, ROOT, 2, 10, Peers(), Runs(), Pulse(Mortal("calibration")))
        with mock.patch.object(measure, "Server", Parts):
            found = measure_parts(bench, EXAMPLE.with_name("nowhere.js.map"))
        self.assertEqual(list(found["scans"]), ["scan"])
        self.assertEqual({level for request, level in asked if request == "scan"}, {"best"})
        self.assertNotIn("scan_generated", [request for request, _ in asked])
        self.assertEqual(list(found["levels"]["scalar"]), list(PARTS))


class Current(unittest.TestCase):
    def check(self, status, output):
        done = subprocess.CompletedProcess([], status, output)
        with mock.patch.object(measure.subprocess, "run", return_value=done):
            check_is_current([ROOT / "build" / "smcache"])

    def test_what_is_older_than_its_sources_is_not_measured(self):
        self.check(0, "ninja: no work to do.\n")
        self.check(1, "")  # another build file knows of it
        with self.assertRaisesRegex(Unfit, "`ninja build/smcache`"):
            self.check(0, "[1/2] CC build/tools/main.o\n")


class Labels(unittest.TestCase):
    def test_names_that_are_distinct(self):
        self.assertEqual(label_maps(["a/x.map", "/b/y.map"]), {"x.map": Path("a/x.map"), "y.map": Path("/b/y.map")})

    def test_equal_names(self):
        self.assertEqual(label_maps(["/a/1/x.map", "/a/2/x.map", "/b/2/x.map", "/c/y.map"]),
                         {"1/x.map": Path("/a/1/x.map"), "a/2/x.map": Path("/a/2/x.map"),
                          "b/2/x.map": Path("/b/2/x.map"), "y.map": Path("/c/y.map")})
        self.assertEqual(label_maps(["/a/x.map", "/b/a/x.map"]),
                         {"/a/x.map": Path("/a/x.map"), "b/a/x.map": Path("/b/a/x.map")})

    def test_one_map_twice(self):
        self.assertEqual(list(label_maps(["/a/x.map", "/a/x.map"])), ["x.map"])


def tokens_of(mappings):
    """[(line, column, source, source line, source column, name)], with None for fields that are not there."""
    tokens, state = [], [0] * 5
    for line, text in enumerate(mappings.split(";")):
        state[0] = 0
        for segment in filter(None, text.split(",")):
            fields = decode_vlq(segment)
            state = [old + new for old, new in zip(state, fields)] + state[len(fields):]
            tokens.append((line, *state[:len(fields)], *[None] * (5 - len(fields))))
    return tokens


def shifted(tokens, n_lines, n_sources, n_names):
    return [(t[0] + n_lines, t[1], t[2] if t[2] is None else t[2] + n_sources, t[3], t[4],
             t[5] if t[5] is None else t[5] + n_names) for t in tokens]


class Copies(unittest.TestCase):
    MAP = {"version": 3, "sources": ["a.js", None], "sourcesContent": ["one"], "names": ["f", "g", "h"],
           "mappings": "A,CAAC,ECEGC;;;GDDAC,IAFA,CACA;AAAAA", "ignoreList": [1]}

    def test_vlq(self):
        for numbers in [0], [1, -1, 15, 16, -16, 123456789], [-2**31, 2**31]:
            self.assertEqual(decode_vlq(encode_vlq(numbers)), numbers)
        self.assertEqual(encode_vlq([0, 16, -1]), "AgBD")

    def test_tokens_of_each_copy_are_those_of_the_map(self):
        found = concatenate(self.MAP, 3)
        once = tokens_of(self.MAP["mappings"])
        self.assertEqual(tokens_of(found["mappings"]),
                         once + shifted(once, 5, 2, 3) + shifted(once, 10, 4, 6))

    def test_lists(self):
        found = concatenate(self.MAP, 2)
        self.assertEqual(found["sources"], ["copy0/a.js", None, "copy1/a.js", None])
        self.assertEqual(found["sourcesContent"], ["one", None, "one", None])
        self.assertEqual(found["names"], ["f", "g", "h"] * 2)
        self.assertEqual(found["ignoreList"], [1, 3])

    def test_one_copy_has_the_map_s_own_mappings(self):
        self.assertEqual(concatenate(self.MAP, 1)["mappings"], self.MAP["mappings"])

    def test_map_without_sources(self):
        found = concatenate({"version": 3, "sources": [], "mappings": "A;C"}, 2)
        self.assertEqual(tokens_of(found["mappings"]), [(i, *t[1:]) for i, t in enumerate(tokens_of("A;C;A;C"))])

    def test_what_cannot_be_copied(self):
        with self.assertRaisesRegex(ValueError, "sections"):
            concatenate({"version": 3, "sections": []}, 2)

    def test_smcache_reads_the_copies(self):
        def dump(path, folder):
            output = Path(folder, "out.smcache")
            subprocess.run([PROGRAM, "build", path, "-o", output, "--force", "--strict", "--quiet"], check=True)
            done = subprocess.run([PROGRAM, "dump", output], check=True, capture_output=True, text=True)
            return [row.split("\t")[:6] for row in done.stdout.splitlines()]

        with tempfile.TemporaryDirectory() as folder:
            for n in 1, 3:
                write_copies(EXAMPLE, n, Path(folder, f"{n}.map"))
            once, thrice = dump(Path(folder, "1.map"), folder), dump(Path(folder, "3.map"), folder)
        source_map = json.loads(EXAMPLE.read_text("utf-8"))
        n_lines = source_map["mappings"].count(";") + 1
        n_sources = len(source_map["sources"])
        wanted = [[str(int(row[0]) + i * n_lines), row[1], row[2] and str(int(row[2]) + i * n_sources), *row[3:]]
                  for i in range(3) for row in once]
        self.assertGreater(len(once), 10)
        self.assertEqual(thrice, wanted)


def made_up_results():
    """What a run over one map gives, with figures that are easy to reckon with."""
    peer = {"random": ns(600, 600, 600), "sorted": ns(300), "first": ns(3e8), "n_equal": 10, "n_equal_places": 10,
            "n_compared": 10}
    ours = {key: ns(100, 100, 100) for key in ("open", "first", "random", "sorted", "batch_random", "batch_sorted",
                                               "walk", "plain_random", "plain_batch_random")}
    sizes = {key: exact("bytes", nbytes) for key, nbytes in (
        ("json", 30e6), ("json_gz", 6e6), ("deflate", 9e6), ("deflate_bare", 8.5e6), ("raw", 27e6), ("none", 4e6),
        ("none_bare", 3.5e6), ("index", 3e6), ("functions", 5e5))}
    sizes |= {"index_per_token": exact("B/token", 3.0), "functions_per_token": exact("B/token", 0.5),
              "bare_ratio": exact("", 0.3)}
    with_functions = {"time": ns(1.75e8), "peak": exact("bytes", 2**25 + 2**22)}
    without = {"time": ns(1e8), "peak": exact("bytes", 2**25)}
    babylon = {"name": "babylon.max.js.map", "sizes": sizes,
               "lookups": {"smcache": ours | {"n_tokens": 1000000}, "trace-mapping": peer,
                           "bun-SourceMap": peer | {"random": ns(450, 450, 450)}},
               "cold": {key: {"time": ns(time), "peak": exact("bytes", 2**21)} for key, time in (
                   ("smcache", 1e6), ("trace-mapping", 8e8), ("node alone", 5e7))},
               "builds": {key: without if "bare" in key else with_functions for key in BUILDS},
               "parts": {"amounts": {"json_nbytes": 30e6, "content_nbytes": 20e6, "mappings_nbytes": 5e6,
                                     "n_tokens": 1e6, "scan_nbytes": 18e6, "scan_lost_nbytes": 1.5e6,
                                     "scan_generated_nbytes": 0.0, "scan_generated_lost_nbytes": 0.0},
                         "levels": {level: {part: ns(1e7) for part in PARTS} for level in LEVELS},
                         "scans": {"scan": ns(2e8)}}}
    rows = [{"copies": n, "json": exact("bytes", n * 8e6), "n_tokens": n, "file": exact("bytes", n * 2e6),
             "build": ns(n * 3e8), "peak": exact("bytes", n * 2**23), "open": ns(1e4), "random": ns(100 + n)}
            for n in (1, 2, 4, 8)]
    store = {"put": [{"key": key, "entries": n, "is_full": "full" in key, "put": ns(time, time, time)}
                     for key, n, time in (("few", 100, 1e5), ("many", 100000, 1e5), ("full", 1000, 2e5),
                                          ("many_full", 100000, 4e5), ("few_disk", 100, 1e6))],
             "map": {"first": ns(1e8), "second": ns(5e4), "hit": ns(3e4), "hit_store": ns(1e4)}}
    return {"maps": {"babylonjs": babylon}, "growth": rows, "store": store, "stacks": None}


class TargetTable(unittest.TestCase):
    def setUp(self):
        self.results = made_up_results()
        self.found = {target.text: target for target in Targets(self.results, 1.0)}

    def verdict(self, part):
        found = [target for text, target in self.found.items() if part in text]
        self.assertEqual(len(found), 1, f"{part}: {list(self.found)}")
        return found[0].verdict, found[0].figure and found[0].figure.median

    def test_speeds(self):
        self.assertEqual(self.verdict("-j 2, to tmpfs"), (MET, 300))
        self.assertEqual(self.verdict("-j 1, to tmpfs"), (NOT_MET, 300))
        self.assertEqual(self.verdict("in process, 1 thread"), (MET, 3000))
        self.assertEqual(self.verdict("in process, 2 threads"), (MET, 3000))

    def test_functions(self):
        for n in 1, 2:
            self.assertEqual(self.verdict(f"with functions over --functions=none, -j {n}"), (NOT_MET, 1.75))
        self.assertEqual(self.verdict("peak memory more"), (MET, 4))
        self.assertEqual(self.verdict("scan of the contents"), (NOT_MET, 90))
        self.assertEqual(self.verdict("babylonjs: functions"), (MET, 0.5))
        self.assertEqual(self.verdict("functions, all maps"), (MET, 0.5))
        self.assertEqual(self.verdict("antd.min: functions"), (NOT_MEASURED, None))

    def test_contents_that_no_scan_can_follow(self):
        self.results["maps"]["babylonjs"]["parts"]["scans"] = {}
        found = {t.text: t.verdict for t in Targets(self.results, 1.0)}
        self.assertEqual(found["babylonjs: scan of the contents for functions, in process"], NOT_MEASURED)

    def test_the_best_peer_is_the_one_to_beat(self):
        lookups = self.results["maps"]["babylonjs"]["lookups"]
        self.assertEqual(best_peer(lookups, "random")[0], "bun-SourceMap")
        self.assertEqual(self.verdict("against the best peer (bun-SourceMap)"), (NOT_MET, 4.5))

    def test_cold(self):
        self.assertEqual(self.verdict("against trace-mapping"), (MET, 800))

    def test_sizes(self):
        self.assertEqual(self.verdict("index, all maps"), (MET, 3.0))

    def test_growth(self):
        self.assertEqual(self.verdict("build time of 8"), (MET, 1.0))

    def test_store(self):
        self.assertEqual(self.verdict("store: a hit"), (MET, 30))
        self.assertEqual(self.verdict("second time"), (MET, 2000))
        self.assertEqual(self.verdict("over that at few, in full"), (NOT_MET, 2))

    def test_maps_that_were_not_there(self):
        self.assertEqual(self.verdict("antd.min: file"), (NOT_MEASURED, None))
        self.assertEqual(self.verdict("echarts: VLQ"), (NOT_MEASURED, None))

    def test_without_anything(self):
        found = Targets({"maps": {}, "growth": [], "store": None, "stacks": None}, 1.0)
        self.assertEqual({target.verdict for target in found}, {NOT_MEASURED})
        self.assertEqual(len(found), len(self.found))

    def test_without_peers(self):
        for peer in "trace-mapping", "bun-SourceMap":
            del self.results["maps"]["babylonjs"]["lookups"][peer]
        found = {t.text: t.verdict for t in Targets(self.results, 1.0)}
        self.assertEqual(found["babylonjs: random lookup, against the best peer"], NOT_MEASURED)

    def test_noisy_machine(self):
        noisy = {t.text: t.verdict for t in Targets(self.results, 10.0)}
        self.assertEqual(noisy["babylonjs: random lookup, against the best peer (bun-SourceMap)"], TOO_NOISY)
        self.assertEqual(noisy["index, all maps of this bench"], MET)  # a size is what it is

    def test_parts(self):
        found = {name: figures["scalar"].median for name, figures in
                 part_rows(self.results["maps"]["babylonjs"]["parts"])}
        self.assertAlmostEqual(found["JSON scan, GB/s"], 3)
        self.assertAlmostEqual(found["mappings to blocks, ns a token"], 10)
        self.assertAlmostEqual(found["mappings to blocks, MB/s of text"], 500)
        self.assertAlmostEqual(found["build --functions=none, MB/s"], 3000)


class Tables(unittest.TestCase):
    def rows(self, show, *arguments):
        """The words of each row that a table has, by its first ones."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            show(*arguments)
        return [re.split("  +", line.strip()) for line in out.getvalue().splitlines() if line]

    def test_builds_stand_with_what_functions_cost(self):
        rows = self.rows(print_builds, made_up_results()["maps"]["babylonjs"]["builds"], 30e6)[1:]
        self.assertEqual([row[0] for row in rows[:5]], ["build -j 2", "--functions=none", "--functions=none, to disk",
                                                        "build -j 1", "--functions=none"])
        self.assertEqual(rows[0][2:], ["175 (175..175)", "1.75 x", "36.0"])
        self.assertEqual(rows[1][2:], ["100 (100..100)", "32.0"])

    def test_scans(self):
        rows = self.rows(print_scans, made_up_results()["maps"]["babylonjs"]["parts"])[1:]
        self.assertEqual(rows, [["contents of the sources", "90.0 (90.0..90.0)", "200 (200..200)", "18.0", "1.50"]])
        self.assertEqual(self.rows(print_scans, {"scans": {}, "amounts": {}}), [])


class Charts(unittest.TestCase):
    NUMBER = re.compile(r"-?\d+(\.\d+)?")

    def check(self, text):
        """Well-formed, self-contained, and nothing is drawn outside of it; returns its words."""
        root = ElementTree.fromstring(text)
        width, height = float(root.get("width")), float(root.get("height"))
        for element in root.iter():
            self.assertIn(element.tag.rpartition("}")[2],
                          ("svg", "title", "rect", "line", "text", "polyline", "circle"))
            for key in "x", "x1", "x2", "cx":
                self.assertTrue(0 <= float(element.get(key, 0)) <= width, ElementTree.tostring(element))
            for key in "y", "y1", "y2", "cy":
                self.assertTrue(0 <= float(element.get(key, 0)) <= height, ElementTree.tostring(element))
            if element.tag.endswith("rect") and element.get("x"):
                self.assertTrue(float(element.get("width")) > 0)
                self.assertTrue(float(element.get("x")) + float(element.get("width")) <= width)
        self.assertNotRegex(text.replace('xmlns="http://www.w3.org/2000/svg"', ""), "https?:|<script|@import|url\\(")
        return [element.text for element in root.iter() if element.tag.endswith("text")]

    def test_all_charts_of_a_run(self):
        with tempfile.TemporaryDirectory() as folder:
            labels = {"trace-mapping": "trace <& mapping>"}
            paths = write_charts(Path(folder), made_up_results(), labels, "echarts", ["foot"])
            words = {path.name: self.check(path.read_text("utf-8")) for path in paths}
        self.assertEqual(sorted(words), ["build.svg", "first-answer-process.svg", "first-answer-warm.svg", "growth.svg",
                                         "lookup.svg", "size.svg"])
        self.assertIn("trace <& mapping>", words["lookup.svg"])
        self.assertIn("450 ns", words["lookup.svg"])
        self.assertIn("800 ms", words["first-answer-process.svg"])
        for found in words.values():
            self.assertIn("foot", found)

    def test_bars_on_a_log_scale(self):
        bar = svg.Bar("b", 10.0, 9.0, 11.0, "ten")
        text = svg.bars("t", "s", [svg.Panel("p", [bar, svg.Bar("c", 1000.0, 1000.0, 1000.0, "k")])], str, True)
        self.check(text)
        widths = [float(w) for w in re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"', text)]
        self.assertEqual(svg.decades(9, 1000), [1, 10, 100, 1000])
        self.assertAlmostEqual(widths[1] / widths[0], 3, places=1)

    def test_ticks(self):
        self.assertEqual(svg.decades(101, 20000), [10, 100, 1000, 10000, 100000])
        self.assertEqual(svg.steps(30.9), [0, 10, 20, 30, 40])
        for high in 0.07, 1, 7, 99, 100, 101, 650:
            ticks = svg.steps(high)
            self.assertTrue(ticks[-1] >= high > ticks[-2] and 3 <= len(ticks) <= 8, (high, ticks))


if __name__ == "__main__":
    unittest.main()
