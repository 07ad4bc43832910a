#!/usr/bin/env python3
"""smcache store warm, gc, clear, pin and unpin; and what all subcommands do with streams."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from stored import PAGE, SYSTEM_PAGE, Filled, Store, evict, names_key, resident_nbytes
from support import DONE, EMULATED, ENVIRONMENT, NOBODY, PARTIAL, PROGRAM, SYSTEM, TIMEOUT_S, USAGE, main, run

KIB, MIB = 1 << 10, 1 << 20


class Warm(Filled):
    def warm(self, *arguments):
        return self.json("warm", *arguments)

    def hot_nbytes(self, path):
        """All before the contents, in whole pages."""
        sections = json.loads(self.succeed("info", "--json", self.v1 / path).out)["sections"]
        content, = (section["offset"] for section in sections if section["name"] == "CONTENT")
        return min((content + SYSTEM_PAGE - 1) // SYSTEM_PAGE * SYSTEM_PAGE, (self.v1 / path).stat().st_size)

    def fill_large(self, *names):
        files = self.fill(*names, content_nbytes=200_000)
        return files, [(self.v1 / path).stat().st_size for path in files], [self.hot_nbytes(path) for path in files]

    def evict(self, files):
        if not all([evict(self.v1 / path) for path in files]):
            self.skipTest("this file system keeps files in memory")

    def test_all(self):
        files, sizes, hot = self.fill_large("a", "b")
        report = self.warm("--budget", "10M")
        self.assertLessEqual(report.pop("resident_nbytes"), sum(sizes))
        self.assertEqual(report, {"n_files": 2, "nbytes": sum(sizes), "budget_nbytes": 10 * MIB,
                                  "lookup_nbytes": sum(hot), "content_nbytes": sum(sizes) - sum(hot)})
        self.assertEqual(self.stats()["resident_nbytes"], sum(sizes))
        self.assertEqual(self.warm("--budget", "10M")["resident_nbytes"], sum(sizes))

    def test_reads_them(self):
        files, sizes, _ = self.fill_large("a", "b", "c")
        self.evict(files)
        self.assertEqual(self.warm("--budget", "10M")["resident_nbytes"], 0)
        self.assertEqual(self.stats()["resident_nbytes"], sum(sizes))

    @unittest.skipIf(EMULATED, "the emulator keeps from the kernel how files are read")
    def test_lookups_come_first_and_then_what_was_used_last(self):
        files, sizes, hot = self.fill_large("oldest", "middle", "newest")
        budget = sum(hot) + 3 * SYSTEM_PAGE
        self.evict(files)
        report = self.warm("--budget", str(budget + 1))
        self.assertEqual((report["lookup_nbytes"], report["content_nbytes"]), (sum(hot), 3 * SYSTEM_PAGE))
        resident = [resident_nbytes(self.v1 / path) for path in files]
        self.assertEqual(resident, [hot[0], hot[1], hot[2] + 3 * SYSTEM_PAGE])
        # What is left after all of one goes to the next.
        report = self.warm("--budget", str(sum(hot) + sizes[2] - hot[2] + 2 * SYSTEM_PAGE))
        resident = [resident_nbytes(self.v1 / path) for path in files]
        self.assertEqual(resident, [hot[0], hot[1] + 2 * SYSTEM_PAGE, sizes[2]])
        self.assertEqual((report["lookup_nbytes"], report["content_nbytes"]),
                         (sum(hot), sizes[2] - hot[2] + 2 * SYSTEM_PAGE))

    @unittest.skipIf(EMULATED, "the emulator keeps from the kernel how files are read")
    def test_budget_that_does_not_last_for_lookups(self):
        files, sizes, hot = self.fill_large("old", "new")
        self.evict(files)
        report = self.warm("--budget", str(hot[1]))
        self.assertEqual((report["lookup_nbytes"], report["content_nbytes"]), (hot[1], 0))
        self.assertEqual((report["n_files"], report["nbytes"]), (2, sum(sizes)))
        self.assertEqual([resident_nbytes(self.v1 / path) for path in files[1:]], [hot[1]])
        for budget in 0, 1, SYSTEM_PAGE - 1:
            report = self.warm("--budget", str(budget))
            self.assertEqual((report["lookup_nbytes"], report["content_nbytes"]), (0, 0))

    def test_patterns(self):
        files, sizes, hot = self.fill_large("a", "b", ("c", "a"))
        with Store(self.dir) as store:  # another key of a file that is chosen already
            store.put((self.v1 / files[0]).read_bytes(), names_key("a", "2"))
        self.evict(files)
        report = self.warm("--budget", "10M", "a", "a")
        self.assertEqual((report["n_files"], report["nbytes"]), (2, sizes[0] + sizes[2]))
        self.assertEqual(report["lookup_nbytes"] + report["content_nbytes"], sizes[0] + sizes[2])
        self.assertEqual(self.stats()["resident_nbytes"], sizes[0] + sizes[2])
        self.assertEqual(self.warm("nope")["n_files"], 0)

    def test_default_budget(self):
        self.fill("a")
        budget = self.warm()["budget_nbytes"]
        self.assertGreater(budget, 0)
        with open("/proc/meminfo", encoding="ascii") as file:
            total = next(int(line.split()[1]) for line in file if line.startswith("MemTotal:")) * 1024
        self.assertLess(budget, total)

    def test_for_people(self):
        _, sizes, hot = self.fill_large("a")
        self.warm("--budget", "10M")
        table = self.table("warm", "--budget", "10M")
        self.assertEqual(list(table), ["files", "size", "in memory before", "budget", "for lookups", "contents"])
        self.assertEqual((table["files"], table["budget"]), ("1", "10.0 MiB"))
        self.assertEqual(table["size"], table["in memory before"])
        self.assertEqual(table["for lookups"], f"{hot[0] / KIB:.1f} KiB")

    def test_damaged_file_does_not_stop_the_others(self):
        files, sizes, _ = self.fill_large("a", "b")
        path = self.v1 / files[1]
        path.write_bytes(b"x" * sizes[1])
        result = run("store", "warm", f"--dir={self.dir}", "--json", "--budget=10M")
        self.assertEqual((result.code, result.message), (
            PARTIAL, f"smcache: store {path}: byte 0: not an smcache file: wrong magic\n"))
        report = json.loads(result.out)
        self.assertEqual((report["n_files"], report["nbytes"]), (2, sum(sizes)))
        self.assertEqual(report["lookup_nbytes"] + report["content_nbytes"], sizes[0])

    def test_no_bar_without_a_terminal_and_no_use_is_noted(self):
        files = self.fill("a")
        self.assertEqual(self.call("warm").message, "")
        self.assertEqual(int((self.v1 / files[0]).stat().st_mtime), 1_600_000_000)

    def test_bar_on_a_terminal(self):
        self.fill("a", "b")
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        subprocess.run([PROGRAM, "store", "warm", f"--dir={self.dir}"], stdout=subprocess.PIPE, stderr=theirs,
                       env=ENVIRONMENT, timeout=TIMEOUT_S, check=True)
        os.close(theirs)
        shown = ""
        with contextlib.suppress(OSError):  # EIO: nobody writes any more
            while data := os.read(ours, 10_000):  # it may come in pieces
                shown += data.decode()
        self.assertRegex(shown, r"\A(\r\x1b\[K\d+ files, [\d.]+ K?i?B)+\r\x1b\[K\Z")


class Gc(Filled):
    def gc(self, *arguments):
        return self.json("gc", *arguments)

    def names(self):
        return {row["name"] for row in self.list()}

    def test_size(self):
        self.fill("a", "b", "c")
        each = self.nbytes() // 3
        report = self.gc("--max-size", str(2 * each))
        self.assertEqual(report, {"removed": {"n_files": 1, "nbytes": each - PAGE, "n_keys": 1, "n_damaged": 0,
                                              "n_temps": 0}, "left": {"n_files": 2, "nbytes": 2 * each}})
        self.assertEqual(self.names(), {"b", "c"})  # what was used least recently has gone
        self.assertEqual(report["left"]["nbytes"], self.nbytes())
        self.assertEqual(self.gc("--max-size=none")["removed"]["n_files"], 0)
        self.assertEqual(self.table("gc", "--max-size=1"), {
            "files removed": "2", "their size": "8.0 KiB", "keys removed": "2", "damaged keys": "0",
            "temporary files": "0", "files left": "0", "size left": "0 B"})

    def test_age(self):
        self.fill("a", "b")
        now = int(self.dir.stat().st_mtime)
        file_of = {row["name"]: self.v1 / row["file"] for row in self.list()}
        os.utime(file_of["b"], (now - 600, now - 600))
        self.gc()
        self.gc("--max-age=none")
        self.assertEqual(self.names(), {"a", "b"})
        self.gc("--max-age=1d")
        self.assertEqual(self.names(), {"b"})
        self.gc("--max-age=0s")
        self.assertEqual(self.names(), set())

    def test_keep_and_pins(self):
        self.fill("a", "b", "c", ("d", "x"))
        self.call("pin", "a")
        report = self.gc("--max-size=1", "--keep", "b", "--keep=x")
        self.assertEqual((report["removed"]["n_files"], report["left"]["n_files"]), (1, 3))
        self.assertEqual(self.names(), {"a", "b", "d x"})
        self.gc("--max-size", "1")
        self.assertEqual(self.names(), {"a"})
        self.call("unpin", "a")
        self.gc("--max-size", "1")
        self.assertEqual(self.names(), set())

    def test_what_crashes_leave(self):
        self.fill("a", "b")
        key = next(self.v1.glob("??/*.key"))
        key.write_bytes(b"x")
        temp = self.v1 / "tmp" / ("0" * 32 + ".tmp")
        temp.write_bytes(b"x")
        os.utime(temp, (0, 0))
        removed = self.gc()["removed"]
        self.assertEqual((removed["n_damaged"], removed["n_temps"], temp.exists()), (1, 1, False))
        stats = self.stats()
        self.assertEqual((stats["n_keys"], stats["nbytes"]), (1, self.nbytes()))

    def test_clear(self):
        self.fill("a", "b", "c")
        with Store(self.dir) as store:
            store.get(names_key("a"))
            store.put_negative("x", names_key("bad"))
        self.call("pin", "a")
        report = self.json("clear", "--keep", "b")
        self.assertEqual((report["removed"]["n_files"], report["removed"]["n_keys"]), (1, 2))
        self.assertEqual(report["left"], {"n_files": 2, "nbytes": self.nbytes()})
        self.assertEqual(self.names(), {"a", "b"})
        stats = self.stats()
        self.assertEqual((stats["n_files"], stats["n_keys"], stats["n_hits"], stats["n_evictions"]), (2, 2, 0, 0))
        self.assertEqual(self.table("clear")["files left"], "1")
        self.assertEqual(self.names(), {"a"})
        self.call("clear", "--pinned")
        self.assertEqual((self.names(), self.files(), self.call("pin").text), (set(), [], "a\n"))

    def test_says_at_what_it_has_failed(self):
        self.fill("a")
        key, = self.v1.glob("??/*.key")
        key.chmod(0)
        if os.geteuid() == 0:
            for path in self.dir, *self.dir.rglob("*"):
                os.chown(path, NOBODY, NOBODY)
        for subcommand in "gc", "clear", "list":
            result = self.run_as_other_user("store", subcommand, f"--dir={self.dir}")
            self.assertEqual((result.code, result.message),
                             (SYSTEM, f"smcache: store {key}: cannot read a key: Permission denied\n"))


class Pins(Filled):
    def test_files(self):
        self.fill("a1", "a2", "b")
        self.assertEqual(self.call("pin", "a*").text, "files pinned  2\n")
        self.assertEqual(self.call("pin", "b", "nope").text, "files pinned  3\n")
        self.assertEqual(self.call("pin").lines, ["a*", "b", "nope"])
        self.assertEqual(self.call("unpin", "a*").text, "files pinned  1\n")
        self.assertEqual(self.call("pin").lines, ["b", "nope"])

    def test_json(self):
        self.fill("a1", "a2", "b")
        self.assertEqual(self.json("pin", "a*", 'odd"\x7f'), {"n_files": 2})
        rows = [json.loads(line) for line in self.call("pin", "--json").lines]
        self.assertEqual(rows, [{"pattern": "a*"}, {"pattern": 'odd"\x7f'}])
        self.assertEqual(self.json("unpin", "a*"), {"n_files": 0})
        self.assertEqual(self.json("path"), {"dir": str(self.dir)})

    def test_unpin_of_what_is_not_pinned(self):
        self.fill("a", "b")
        self.call("pin", "a", "b")
        # In the same words: that it would fit does not count. The others are taken back.
        result = self.refuse(PARTIAL, [f"store {self.dir}: '?' is not pinned; smcache store pin prints what is"],
                             "unpin", f"--dir={self.dir}", "?", "a")
        self.assertEqual((result.text, self.call("pin").text), ("files pinned  1\n", "b\n"))
        result = self.refuse(PARTIAL, [f"store {self.dir}: 'a' is not pinned; smcache store pin prints what is"],
                             "unpin", f"--dir={self.dir}", "a")
        self.assertEqual(result.out, b"")

    def test_patterns_that_are_none(self):
        for pattern in "", "a\nb", "x" * 1025:
            for subcommand in "pin", "unpin":
                self.call("pin", "a")  # there is a store
                self.refuse(USAGE, f"store {self.dir}: a pattern that is empty, too long, or has control characters",
                            subcommand, f"--dir={self.dir}", pattern)
        self.assertEqual(self.call("pin").text, "a\n")

    def test_on_a_terminal_patterns_have_no_control_characters(self):
        pattern = b"x\x7f\xc2\x9b1m\xff"
        self.call("pin", os.fsdecode(pattern))
        self.assertEqual(self.call("pin").out, pattern + b"\n")
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        run("store", "pin", f"--dir={self.dir}", stdout=theirs)
        os.close(theirs)
        self.assertEqual(os.read(ours, 1000).decode(), "x\ufffd\ufffd1m\ufffd\r\n")


class Streams(Filled):
    OUTPUTS = [["--help"], ["stats", "--help"], ["path"], ["stats"], ["stats", "--json", "--folders"], ["list"],
               ["list", "--json"], ["warm"], ["gc"], ["pin"], ["pin", "x"], ["unpin", "a"], ["clear", "--json"]]

    def test_full_stdout(self):
        self.fill("a")
        self.call("pin", "a")
        for arguments in self.OUTPUTS:
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                self.refuse(SYSTEM, "stdout: cannot write: No space left on device", *arguments,
                            env={"SMCACHE_DIR": str(self.dir)}, stdout=full)

    def test_reader_that_goes_away(self):
        name = "n" * 8000  # so that what is written fills a pipe
        self.fill("a", "b", "c", "d")
        with Store(self.dir) as store:
            for i in range(40):
                store.put_negative("x", names_key(name, str(i)))
        child = subprocess.Popen([PROGRAM, "store", "list", f"--dir={self.dir}"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=ENVIRONMENT)
        child.stdout.readline()
        child.stdout.close()
        self.assertEqual(child.stderr.read(), b"")
        child.stderr.close()
        self.assertEqual(child.wait(TIMEOUT_S), -signal.SIGPIPE)


class ReadOnly(Filled):
    def test_looking_writes_nothing(self):
        self.fill("a", "b")
        before = self.snapshot()
        for subcommand in "path", "stats", "list", "warm", "pin":
            self.assertEqual(run("store", subcommand, f"--dir={self.dir}").code, DONE)
        self.assertEqual(self.snapshot(), before)

    def snapshot(self):
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino, path.stat().st_mode)
                for path in [self.dir, *self.dir.rglob("*")]}

if __name__ == "__main__":
    main()
