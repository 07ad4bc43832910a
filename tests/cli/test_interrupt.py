#!/usr/bin/env python3
"""smcache build ended by a signal at some moment: the old file or the new one is there, whole; so in a folder."""

import os
import random
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from support import DONE, ENVIRONMENT, PROGRAM, TIMEOUT_S, CliTest, main, map_from, run, script, to_bytes, tree

RUNS = 8  # of each signal
FOLDER_RUNS = 3
N_PAIRS = 1000
OLD = b"what was there before"


def big_map():
    """One that takes a while: 200,000 tokens, and content that deflate has work with."""
    rng = random.Random(1)
    words = [str(rng.getrandbits(64)) for _ in range(5000)]
    content = "\n".join(" ".join(rng.choices(words, k=8)) for _ in range(10_000))
    line = ",".join(["AAAA"] + rng.choices(["CAAC", "IAEA", "EACC", "GAAGA", "K"], k=400))
    return to_bytes({"version": 3, "sources": ["a.js"], "sourcesContent": [content], "names": ["x"] * 200_000,
                     "mappings": ";".join([line] * 500)})


class Interrupted(CliTest):
    def setUp(self):
        super().setUp()
        self.source = self.write_map(big_map())
        self.out_folder = self.folder / "out"
        self.out_folder.mkdir()
        self.out = self.out_folder / "app.smcache"
        start = time.monotonic()
        self.new = self.succeed("build", self.source, "-o", "-").out
        self.seconds = time.monotonic() - start
        self.rng = random.Random(2)

    def at_random(self, _child):
        time.sleep(self.rng.uniform(0, 1.2) * self.seconds)

    def with_a_temporary_file(self, child):
        before = set(os.listdir(self.out_folder))
        while child.poll() is None and set(os.listdir(self.out_folder)) == before:
            pass

    def build_until(self, signal_number, moment):
        """Starts a build and signals it; whether that ended it."""
        def prepare():  # who started the tests may have had SIGINT ignored
            if signal_number != signal.SIGKILL:
                signal.signal(signal_number, signal.SIG_DFL)

        child = subprocess.Popen([PROGRAM, "build", self.source, "-o", self.out], stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, env=ENVIRONMENT, preexec_fn=prepare)
        try:
            moment(child)
            child.send_signal(signal_number)
            _, err = child.communicate(timeout=TIMEOUT_S)
        finally:
            child.kill()
        self.assertEqual(err, b"")
        self.assertIn(child.returncode, (0, -signal_number))
        return child.returncode != 0

    def interrupt(self, signal_number, moment, old):
        """One run, and what it leaves; whether the signal ended it."""
        if old is None:
            self.out.unlink(missing_ok=True)
        else:
            self.out.write_bytes(old)
        ended = self.build_until(signal_number, moment)
        left = self.out.read_bytes() if self.out.exists() else None
        self.assertTrue(left == self.new or (ended and left == old), "neither the old file nor the new one")
        for name in set(os.listdir(self.out_folder)) - {self.out.name}:
            (self.out_folder / name).unlink()
            self.assertEqual(signal_number, signal.SIGKILL, f"{name} is left behind")
        return ended

    def test_old_or_new(self):
        for signal_number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL:
            n_ended = 0
            for i in range(RUNS):
                with self.subTest(signal=signal_number.name, run=i):
                    moment = self.with_a_temporary_file if i % 2 else self.at_random
                    n_ended += self.interrupt(signal_number, moment, OLD if i % 4 < 2 else None)
            self.assertGreater(n_ended, 0, "no build was ended: this test has tested nothing")

    def test_ignored_signal_stays_ignored(self):
        child = subprocess.Popen([PROGRAM, "build", self.source, "-o", self.out], stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, env=ENVIRONMENT,
                                 preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.with_a_temporary_file(child)
        child.send_signal(signal.SIGHUP)  # as under nohup
        _, err = child.communicate(timeout=TIMEOUT_S)
        self.assertEqual((child.returncode, err), (0, b""))
        self.assertTrue(self.out.read_bytes() == self.new)


class InterruptedFolder(CliTest):
    """A thousand pairs on four threads. What is there is whole; a second run completes it, a third does nothing."""

    def setUp(self):
        super().setUp()
        rng = random.Random(3)
        self.dist = self.folder / "dist"
        for i in range(N_PAIRS):
            path = self.dist / f"{i % 10}" / f"{i}.js"
            data = map_from(f"src/{i}.ts", contents=[f"let x{i};\n" * rng.randrange(20)])
            if i % 50 == 7:
                data = map_from(f"src/{i}.ts", contents=[f"{rng.random()}\n" * 60_000])
            self.write(path, script(f"{i}.js.map"))
            self.write(f"{path}.map", data)
        self.whole = self.folder / "whole"
        self.build_into(self.whole)
        self.expected = tree(self.whole)
        self.assertEqual(len(self.expected), N_PAIRS)

    def build_into(self, out):
        result = run("build", self.dist, "-o", out, "-j4")
        self.assertEqual(result.code, DONE, result.message)
        return result.message.splitlines()[0]

    def interrupt(self, signal_number, out, n_there, pause):
        """Signals a build once so many files are there and some time has gone by; whether that ended it."""
        child = subprocess.Popen([PROGRAM, "build", self.dist, "-o", out, "-j4"], stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, env=ENVIRONMENT,
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            while child.poll() is None and sum(1 for _ in out.glob("*/*.js.smcache")) < n_there:
                pass
            time.sleep(pause)
            child.send_signal(signal_number)
            _, err = child.communicate(timeout=TIMEOUT_S)
        finally:
            child.kill()
        self.assertIn(child.returncode, (DONE, -signal_number))
        if child.returncode != DONE:
            self.assertEqual(err, b"")
        return child.returncode != DONE

    def test_is_completed(self):
        rng = random.Random(4)
        for signal_number in signal.SIGINT, signal.SIGKILL:
            n_ended = 0
            for i in range(FOLDER_RUNS):
                with self.subTest(signal=signal_number.name, run=i):
                    out = self.folder / f"out{signal_number}.{i}"
                    n_ended += self.interrupt(signal_number, out, rng.randrange(N_PAIRS * 3 // 4), rng.random() / 50)
                    self.check_left(signal_number, out)
                    self.check_completed(out)
            self.assertGreater(n_ended, 0, "no build was ended: this test has tested nothing")

    @staticmethod
    def sums(n_built):
        return f"smcache: {N_PAIRS} maps: {n_built} built, {N_PAIRS - n_built} unchanged, 0 failed; 0 warnings"

    def check_left(self, signal_number, out):
        left = tree(out)
        temporary = {name for name in left if not name.endswith(".js.smcache")}
        if signal_number != signal.SIGKILL:
            self.assertEqual(temporary, set(), "left behind")
        files = [name for name in left if name not in temporary]
        self.assertEqual([name for name in files if left[name] != self.expected[name]], [])
        if files:
            self.succeed("verify", *(out / name for name in files))

    def check_completed(self, out):
        n_there = len(list(out.rglob("*.js.smcache")))
        self.assertEqual(self.build_into(out), self.sums(N_PAIRS - n_there))
        self.assertTrue(tree(out) == self.expected, "not what an uninterrupted build makes")
        states = [(path.stat().st_mtime_ns, path.stat().st_ino) for path in sorted(out.rglob("*"))]
        self.assertEqual(self.build_into(out), self.sums(0))
        self.assertEqual([(path.stat().st_mtime_ns, path.stat().st_ino) for path in sorted(out.rglob("*"))], states)


if __name__ == "__main__":
    main()
