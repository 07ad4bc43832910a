#!/usr/bin/env python3
"""smcache store: where it is, what is refused, stats and list; of stores that the library fills, and of none."""

import ctypes
import os
import stat
import sys
import uuid

sys.dont_write_bytecode = True

from stored import (HOSTILE, LIBRARY, MISS, NEGATIVE, OK, OPEN_FILE, READERS, SUBCOMMANDS, Filled, Store,
                    PAGE, StoreTest, charge, compile_map, content_key, debug_id_key, evict, map_of, names_key)
from support import INPUT, PARTIAL, SYSTEM, USAGE, is_control, main, run, to_bytes

KIB, MIB, GIB = (1 << 10 * i for i in range(1, 4))

COUNTS = ["n_files", "n_keys", "nbytes", "pinned_nbytes", "resident_nbytes", "n_hits", "n_negative_hits", "n_misses",
          "n_builds", "n_errors", "n_damaged", "n_evictions", "evicted_nbytes"]
ZEROS = dict.fromkeys(COUNTS, 0)


class Nothing(StoreTest):
    """Where there is no store yet."""

    def test_is_as_an_empty_one_and_is_not_made(self):
        self.assertEqual(self.stats(), {"dir": str(self.dir), **ZEROS, "hit_rate": None, "max_nbytes": 5 * GIB,
                                        "max_age_s": None})
        self.assertEqual(self.table("stats")["store"], f"{self.dir}  (not there yet)")
        self.assertEqual(self.stats("--folders")["folders"], [])
        for subcommand in "list", "pin":
            self.assertEqual(self.call(subcommand).out, b"")
        self.assertEqual(self.json("warm", "--budget", "1M"),
                         {"n_files": 0, "nbytes": 0, "resident_nbytes": 0, "budget_nbytes": MIB, "lookup_nbytes": 0,
                          "content_nbytes": 0})
        for subcommand in "gc", "clear":
            self.assertEqual(self.json(subcommand),
                             {"removed": {"n_files": 0, "nbytes": 0, "n_keys": 0, "n_damaged": 0, "n_temps": 0},
                              "left": {"n_files": 0, "nbytes": 0}})
        self.refuse(PARTIAL, f"store {self.dir}: 'x' is not pinned; smcache store pin prints what is",
                    "unpin", "x", f"--dir={self.dir}")
        self.assertFalse(self.dir.exists())

    def test_a_folder_without_a_store_stays_as_it_is(self):
        self.dir.mkdir()
        for subcommand in READERS:
            self.call(subcommand)
        self.assertEqual(os.listdir(self.dir), [])

    def test_pinning_makes_one(self):
        self.assertEqual(self.call("pin", "x").text, "files pinned  0\n")
        self.assertTrue(self.v1.is_dir())
        self.assertEqual(stat.S_IMODE(self.v1.stat().st_mode), 0o700)
        self.assertEqual(self.call("pin").text, "x\n")
        # Now there is one that is empty.
        self.assertEqual({name: self.stats()[name] for name in COUNTS}, ZEROS)
        self.assertEqual(self.call("list").out, b"")
        self.assertEqual(self.table("gc")["files left"], "0")


class Path_(StoreTest):
    def test_is_the_folder(self):
        self.assertEqual(self.call("path").text, f"{self.dir}\n")
        self.assertFalse(self.dir.exists())
        self.assertEqual(self.succeed("store", "path", env={"SMCACHE_DIR": str(self.dir)}).text, f"{self.dir}\n")
        self.assertEqual(self.succeed("store", "path", "--dir", "a/b", cwd=self.folder).text,
                         f"{self.folder.resolve()}/a/b\n")
        home = {"SMCACHE_DIR": None, "HOME": "/h"}
        self.assertEqual(self.succeed("store", "path", env=home).text, "/h/.cache/smcache\n")

    def test_does_not_depend_on_whether_the_store_is_used(self):
        self.assertEqual(self.succeed("store", "path", env={"SMCACHE_DIR": "/x", "SMCACHE_STORE": "off"}).text, "/x\n")

    def test_no_place(self):
        env = {"SMCACHE_DIR": None, "HOME": None}
        for arguments in *([name] for name in READERS), ["path"], ["pin", "x"], ["unpin", "x"]:
            result = self.refuse(INPUT, "there is no place for a store, as there is no HOME; --dir or SMCACHE_DIR "
                                 "choose one", *arguments, env=env)
            self.assertEqual(result.out, b"")

    def test_for_scripts_it_is_the_very_path(self):
        raw = os.fsdecode(b"/\xff" + HOSTILE.encode())
        self.assertEqual(self.succeed("store", "path", env={"SMCACHE_DIR": raw}).out, os.fsencode(raw) + b"\n")

    def test_on_a_terminal_it_has_no_control_characters(self):
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        run("store", "path", env={"SMCACHE_DIR": "/" + HOSTILE}, stdout=theirs)
        os.close(theirs)
        shown = os.read(ours, 1000).decode()
        self.assertEqual([c for c in shown if is_control(c)], ["\r", "\n"])  # the terminal's own line end
        self.assertEqual(shown, "/" + "".join("\ufffd" if is_control(c) else c for c in HOSTILE) + "\r\n")


class Unsafe(StoreTest):
    def refuse_all(self, code, message):
        for subcommand in READERS:
            with self.subTest(subcommand):
                self.assertEqual(self.refuse(code, message, subcommand, f"--dir={self.dir}").out, b"")
        for subcommand in "pin", "unpin":
            self.refuse(code, message, subcommand, f"--dir={self.dir}", "x")
        self.call("path")

    def test_open_to_others(self):
        self.v1.mkdir(parents=True)
        self.v1.chmod(0o750)
        self.refuse_all(INPUT, f"store {self.dir}: others may enter its folder v1: chmod 700, or remove it; "
                               "--dir or SMCACHE_DIR choose another")
        self.assertEqual(os.listdir(self.v1), [])

    def test_another_users(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a folder away")
        self.v1.mkdir(parents=True)
        os.chown(self.v1, 12345, 12345)
        self.refuse_all(INPUT, f"store {self.dir}: the folder belongs to another user; "
                               "--dir or SMCACHE_DIR choose another")

    def test_no_folder(self):
        self.dir.write_bytes(b"x")
        self.refuse_all(INPUT, f"store {self.dir}: not a folder; --dir or SMCACHE_DIR choose another")
        self.dir.unlink()
        self.dir.mkdir()
        self.v1.write_bytes(b"x")
        message = f"store {self.dir}: its v1 is not a folder; --dir or SMCACHE_DIR choose another"
        self.refuse_all(INPUT, message)
        for target in self.folder, "nowhere":
            self.v1.unlink()
            self.v1.symlink_to(target)
            self.refuse_all(INPUT, message)

    def test_cannot_be_made(self):
        self.dir = self.folder / "file" / "store"
        self.write("file", b"")
        result = run("store", "pin", "x", f"--dir={self.dir}")
        self.assertEqual((result.code, result.message),
                         (INPUT, f"smcache: store {self.dir}: not a folder; --dir or SMCACHE_DIR choose another\n"))

    def test_what_fails_in_a_file_says_in_which(self):
        self.v1.mkdir(parents=True, mode=0o700)
        (self.v1 / "counters").mkdir()
        self.refuse(SYSTEM, f"store {self.dir}/v1/counters: cannot read the counters: Is a directory", "stats",
                    f"--dir={self.dir}")

    def test_wrong_configuration_is_said_before_anything_is_done(self):
        for env in {"SMCACHE_MAX_SIZE": "x"}, {"SMCACHE_DIR": "relative"}:
            self.fail_with(USAGE, "store", "stats", env=env)


class Usage(StoreTest):
    def test_without_a_subcommand(self):
        result = run("store")
        self.assertEqual((result.code, result.out), (USAGE, b""))
        self.assertEqual(result.err, self.succeed("store", "--help").out)
        self.assertEqual(result.err, self.succeed("store", "-h").out)
        for subcommand in SUBCOMMANDS:
            self.assertRegex(result.message, rf"(?m)^  {subcommand} +\S")

    def test_unknown_subcommand(self):
        for name in "", "x", "stat", "Stats", "--dir=/x", "--json":
            result = run("store", name)
            self.assertEqual((result.code, result.out, result.message), (
                USAGE, b"", f"smcache store: unknown subcommand '{name}'; see smcache store --help\n"))

    def test_arguments(self):
        for subcommand in "path", "stats", "gc", "clear":
            result = run("store", subcommand, f"--dir={self.dir}", "x")
            self.assertEqual((result.code, result.message), (
                USAGE, f"smcache store {subcommand}: no arguments are taken: 'x'; see smcache store {subcommand} "
                       "--help\n"))
        self.assertEqual(run("store", "unpin").message,
                         "smcache store unpin: a PATTERN is needed; see smcache store unpin --help\n")

    def test_budget(self):
        for text in "", "x", "-1", "none", "1.5":
            result = run("store", "warm", "--budget", text)
            self.assertEqual((result.code, result.message), (
                USAGE, f"smcache store warm: --budget is a size such as 500M or 5GiB, not '{text}'; "
                       "see smcache store warm --help\n"))

    def test_control_characters_in_arguments(self):
        for arguments in [HOSTILE], ["stats", HOSTILE], ["warm", "--budget", HOSTILE], ["unpin", HOSTILE]:
            message = run("store", *arguments, env={"SMCACHE_DIR": str(self.dir)}).message
            self.assertFalse([c for c in message.replace("\n", "") if is_control(c)], arguments)


class Stats(Filled):
    def test_numbers(self):
        self.fill("a", "b", ("c", "d"))
        with Store(self.dir) as store:
            for name, found in ("a", OK), ("a", OK), ("b", OK), ("nope", MISS):
                self.assertEqual(store.get(names_key(name)), found)
            store.put_negative("no map", names_key("bad"))
            self.assertEqual(store.get(names_key("bad")), NEGATIVE)
            self.assertEqual(store.put(b"no compiled file", names_key("z")), 7)
        self.call("pin", "a")
        stats = self.stats()
        pinned = charge(next(self.v1.glob("??/*.smcache")).stat().st_size) + PAGE  # the file, and its key
        expected = {"n_files": 3, "n_keys": 4, "nbytes": self.nbytes(), "pinned_nbytes": pinned,
                    "resident_nbytes": stats["resident_nbytes"], "n_hits": 3, "n_negative_hits": 1, "n_misses": 1,
                    "n_builds": 0, "n_errors": 1, "n_damaged": 0, "n_evictions": 0, "evicted_nbytes": 0}
        self.assertEqual(stats, {"dir": str(self.dir), **expected, "hit_rate": 0.8, "max_nbytes": 5 * GIB,
                                 "max_age_s": None})
        self.assertLessEqual(stats["resident_nbytes"], sum((self.v1 / path).stat().st_size for path in self.files()))
        self.assertEqual(list(stats), ["dir", *COUNTS, "hit_rate", "max_nbytes", "max_age_s"])

    def test_folders_add_up(self):
        self.fill(*(f"name{i}" for i in range(40)))
        with Store(self.dir) as store:
            for i in range(80):
                store.get(names_key(f"name{i}"))
        stats = self.stats("--folders")
        for name in COUNTS:
            self.assertEqual(sum(folder[name] for folder in stats["folders"]), stats[name], name)
        self.assertEqual((stats["n_files"], stats["n_keys"], stats["n_hits"], stats["n_misses"]), (40, 40, 40, 40))
        names = [folder["folder"] for folder in stats["folders"]]
        self.assertEqual(names, sorted(set(names)))
        for path in self.files():
            folder = next(folder for folder in stats["folders"] if folder["folder"] == path[:2])
            self.assertGreater(folder["n_files"], 0)
        self.assertLess(len(names), 256)
        for folder in stats["folders"]:
            self.assertTrue(any(folder[name] for name in COUNTS))

    def test_resident_is_what_is_in_memory(self):
        paths = [self.v1 / path for path in self.fill("a", "b", content_nbytes=100_000)]
        nbytes = [path.stat().st_size for path in paths]
        for path in paths:
            path.read_bytes()
        self.assertEqual(self.stats()["resident_nbytes"], sum(nbytes))
        if not evict(paths[0]):
            self.skipTest("this file system keeps files in memory")
        self.assertEqual(self.stats()["resident_nbytes"], nbytes[1])
        self.assertEqual(self.stats()["resident_nbytes"], nbytes[1], "looking has read it")

    def test_for_people(self):
        self.fill("a", "b")
        with Store(self.dir) as store:
            store.get(names_key("a"))
            store.get(names_key("b"))
            store.get(names_key("c"))
        table = self.table("stats", "--max-size", "64KiB")
        self.assertEqual(list(table), [
            "store", "files", "keys", "size", "pinned", "in memory", "hits", "negative hits", "misses", "hit rate",
            "builds", "errors", "damaged", "evictions"])
        self.assertEqual((table["store"], table["files"], table["keys"]), (str(self.dir), "2", "2"))
        self.assertEqual(table["size"], "16.0 KiB of 64.0 KiB (25.0 %)")
        self.assertEqual((table["hits"], table["misses"], table["hit rate"]), ("2", "1", "66.7 %"))
        self.assertEqual(table["evictions"], "0 (0 B)")
        self.assertEqual(self.table("stats", "--max-size=none")["size"], "16.0 KiB, without a limit")
        self.assertIsNone(self.stats("--max-size=none")["max_nbytes"])
        self.assertEqual(self.stats("--max-age=30d")["max_age_s"], 30 * 24 * 60 * 60)

    def test_folders_for_people(self):
        self.fill("a", "b")
        lines = self.call("stats", "--folders").lines
        head = lines.index("") + 1
        self.assertTrue(lines[head].startswith("folder "))
        rows = lines[head + 1:]
        self.assertEqual([row.split()[0] for row in rows], [f["folder"] for f in self.stats("--folders")["folders"]])
        self.assertEqual(sum(int(row.split()[1]) for row in rows), 2)
        self.assertEqual({len(line) for line in lines[head:]}, {len(lines[head])})

    def test_evictions_and_damage(self):
        self.fill("a", "b", "c")
        nbytes = charge((self.v1 / self.files()[0]).stat().st_size)
        with Store(self.dir) as store:
            refuse = OPEN_FILE(lambda context, fd: 1)
            self.assertEqual(LIBRARY.smc_store_get(store.store, ctypes.byref(names_key("a")), refuse, None, None, None),
                             MISS)
        self.call("gc", "--max-size", "1")
        stats = self.stats()
        self.assertEqual((stats["n_files"], stats["n_keys"], stats["nbytes"], stats["n_damaged"]), (0, 0, 0, 1))
        self.assertEqual((stats["n_evictions"], stats["evicted_nbytes"]), (2, 2 * nbytes))


class List(Filled):
    def test_each_kind(self):
        debug_id = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
        source_map = to_bytes(map_of(0))
        data = compile_map(source_map)
        with Store(self.dir) as store:
            self.assertEqual(store.put(data, content_key(source_map), debug_id_key(debug_id),
                                       names_key("1.0", "https://x/app.js", scope="acme")), OK)
        file = self.files()[0]
        os.utime(self.v1 / file, (1_700_000_000, 1_700_000_000))
        rows = {row["kind"]: row for row in self.list()}
        shared = {"file": file, "nbytes": len(data), "used": "2023-11-14T22:13:20Z", "is_pinned": False, "text": None}
        self.assertEqual(rows["names"], {"kind": "names", "scope": "acme", "name": "1.0 https://x/app.js",
                                         "names": ["1.0", "https://x/app.js"], **shared})
        self.assertEqual(rows["debug-id"], {"kind": "debug-id", "scope": "", "name": str(debug_id), "names": None,
                                            **shared})
        self.assertRegex(rows["content"].pop("name"), r"\A[0-9a-f]{32}\Z")
        self.assertEqual(rows["content"], {"kind": "content", "scope": "", "names": None, **shared})
        self.assertEqual(len(self.list()), 3)
        lines = self.call("list").lines
        self.assertEqual(len(lines), 3)
        size = f"{len(data)} B" if len(data) < KIB else f"{len(data) / KIB:.1f} KiB"
        self.assertIn(f"names     2023-11-14T22:13:20Z  {size:>11}  -       {file}  acme  1.0 https://x/app.js", lines)

    def test_pinned(self):
        self.fill("a", "b")
        self.call("pin", "a")
        self.assertEqual({row["name"]: row["is_pinned"] for row in self.list()}, {"a": True, "b": False})
        self.assertEqual({line.split()[-1]: line.split()[4] for line in self.call("list").lines},
                         {"a": "pinned", "b": "-"})

    def test_negative(self):
        with Store(self.dir) as store:
            store.put_negative("byte 7: not JSON", names_key("bad"))
        row, = self.list()
        self.assertRegex(row.pop("used"), r"\A20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
        self.assertEqual(row, {"kind": "names", "scope": "", "name": "bad", "names": ["bad"], "file": None,
                               "nbytes": None, "is_pinned": False, "text": "byte 7: not JSON"})
        self.assertTrue(self.call("list").text.endswith("  -  bad  (none: byte 7: not JSON)\n"))

    def test_file_without_a_key(self):
        file, = self.fill("a", used=0)
        for key in self.v1.glob("??/*.key"):
            key.unlink()
        nbytes = (self.v1 / file).stat().st_size
        row, = self.list()
        self.assertEqual(row, {"kind": None, "scope": None, "name": None, "names": None, "file": file,
                               "nbytes": nbytes, "used": "1970-01-01T00:00:00Z", "is_pinned": False, "text": None})
        self.assertEqual(self.call("list").text.split()[0], "-")
        self.assertEqual(self.list("*"), [])  # a pattern is of keys

    def test_patterns(self):
        self.fill(("1.0", "a b.js"), ("1.0", "c.js"), ("2.0", "dir/a.js"))
        def chosen(*patterns):
            return {row["name"] for row in self.list("--", *patterns)}
        every = {"1.0 a b.js", "1.0 c.js", "2.0 dir/a.js"}
        self.assertEqual(chosen(), every)
        self.assertEqual(chosen("*"), every)
        self.assertEqual(chosen("1.0"), {"1.0 a b.js", "1.0 c.js"})
        self.assertEqual(chosen("2.0 *"), {"2.0 dir/a.js"})
        self.assertEqual(chosen("*a*.js"), {"1.0 a b.js", "2.0 dir/a.js"})
        self.assertEqual(chosen("a b.js"), {"1.0 a b.js"})
        self.assertEqual(chosen("b.js"), set())  # a part of a name is no name
        self.assertEqual(chosen("c.js", "2.0"), {"1.0 c.js", "2.0 dir/a.js"})
        self.assertEqual(chosen("-x"), set())
        # The same as pins fit.
        for pattern in "1.0", "*a*.js", "a b.js", "b.js", "*":
            self.call("pin", pattern)
            self.assertEqual({row["name"] for row in self.list() if row["is_pinned"]}, chosen(pattern))
            self.call("unpin", pattern)

    def test_control_characters(self):
        with Store(self.dir) as store:
            store.put(compile_map(map_of(0)), names_key(HOSTILE, "\t", b"\xff", scope=HOSTILE))
            store.put_negative(HOSTILE, names_key("bad"))
        text = self.call("list").text
        self.assertEqual(text.count("\n"), 2)
        self.assertFalse([c for c in text.replace("\n", "") if is_control(c)])
        out = self.call("list", "--json").out.decode()
        self.assertFalse([c for c in out.replace("\n", "") if is_control(c) or c == "\t"])
        rows = {row["text"]: row for row in self.list()}
        self.assertEqual((rows[None]["scope"], rows[None]["names"]), (HOSTILE, [HOSTILE, "\t", "\ufffd"]))
        self.assertEqual(rows[HOSTILE]["name"], "bad")

    def test_times_that_cannot_be(self):
        file, = self.fill("a")
        for when, expected in (-1, "1969-12-31T23:59:59Z"), (253402300799, "9999-12-31T23:59:59Z"):
            os.utime(self.v1 / file, (when, when))
            if int((self.v1 / file).stat().st_mtime) == when:
                self.assertEqual(self.list()[0]["used"], expected)

if __name__ == "__main__":
    main()
