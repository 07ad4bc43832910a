#!/usr/bin/env python3
"""smcache build ended by a signal at some moment: the old file or the new one is there, whole."""

import os
import random
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from support import ENVIRONMENT, PROGRAM, TIMEOUT_S, CliTest, main, to_bytes

RUNS = 8  # of each signal
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


if __name__ == "__main__":
    main()
