#!/usr/bin/env python3
"""smcache lookup by way of the store: a map is compiled once, a changed one anew, and no store is in the way of an answer."""

import gzip
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from support import (DONE, INPUT, MINIFIED, PROGRAM, SYSTEM, USAGE, CliTest, inline, main, make_map, map_from,
                     minified_map, run, script, to_bytes)

SETTLED_S = 2.1  # a file that has just changed is told by its bytes


def files(folder, suffix):
    return sorted(path for path in folder.rglob("*" + suffix)) if folder.exists() else []


class Stored(CliTest):
    def setUp(self):
        super().setUp()
        self.store = self.folder / "store"
        self.map = self.write_map(map_from("a.js"))

    def settle(self, path):
        """As if the file had been there for a while. Its change of status cannot be set back: that takes waiting."""
        time.sleep(max(0.0, path.stat().st_ctime + SETTLED_S - time.time()))

    def look(self, *arguments, env=(), **options):
        return run("lookup", *arguments, env={"SMCACHE_DIR": str(self.store), **dict(env)}, **options)

    def answer(self, *arguments, **options):
        """The source that answers for the first position, without a word."""
        result = self.look(*arguments, "1:1", **options)
        self.assertEqual((result.code, result.message), (DONE, ""))
        return result.text

    def assert_store(self, n_files, n_keys):
        self.assertEqual((len(files(self.store, ".smcache")), len(files(self.store, ".key"))), (n_files, n_keys))
        self.assertEqual(files(self.store, ".tmp"), [])


class Once(Stored):
    def test_is_kept_and_found(self):
        self.settle(self.map)
        for _ in range(3):
            self.assertEqual(self.answer(self.map), "a.js:1:1\n")
            self.assert_store(1, 2)  # by its bytes, and by its place and state
        self.assertEqual((self.store / "v1").stat().st_mode & 0o777, 0o700)
        self.assertEqual({path.stat().st_mode & 0o777 for path in files(self.store, ".smcache")}, {0o600})

    def test_a_file_that_has_not_changed_is_not_read(self):
        self.settle(self.map)
        self.answer(self.map)
        kept = files(self.store, ".smcache")[0].read_bytes()
        self.assertNotIn(b'"version"', kept)
        trace = shutil.which("strace")
        if trace is None:
            self.skipTest("strace is not here")
        log = self.folder / "trace"
        done = subprocess.run([trace, "-f", "-o", log, PROGRAM, "lookup", self.map, "1:1"], capture_output=True,
                              env=os.environ | {"SMCACHE_DIR": str(self.store), "ASAN_OPTIONS": "detect_leaks=0"})
        if done.returncode != 0:
            self.skipTest("strace does not work here")
        reads = [line for line in log.read_text(errors="replace").splitlines() if "version" in line and "read" in line]
        self.assertEqual(reads, [])

    def test_the_same_bytes_elsewhere_are_not_built_again(self):
        self.answer(self.map)
        for name in "b.js.map", "deep/c.js.map":
            self.assertEqual(self.answer(self.write(name, self.map.read_bytes())), "a.js:1:1\n")
        self.assertEqual(len(files(self.store, ".smcache")), 1)

    def test_every_way_in(self):
        """A map that is asked by itself is compiled once; with a generated file, which may say more, once for that."""
        data = to_bytes(map_from("in.js"))
        self.write("x.js.map", data)
        self.write("y.map.gz", gzip.compress(data))
        self.write("named.js", script("x.js.map"))
        self.write("inline.js", script(inline(data), "inline.js"))
        for paths, n_files in (["x.js.map", "y.map.gz"], 1), (["named.js"], 2), (["inline.js"], 3):
            for path in paths:
                self.assertEqual(self.answer(self.folder / path), "in.js:1:1\n", path)
            with open(self.folder / "x.js.map", "rb") as stdin:
                self.assertEqual(self.answer("-", stdin=stdin), "in.js:1:1\n")
            self.assertEqual(len(files(self.store, ".smcache")), n_files)

    def test_relative_paths_are_of_their_folders(self):
        for name in "one", "two":
            self.write(f"{name}/in.js.map", to_bytes(map_from(f"{name}.js")))
        self.settle(self.folder / "two/in.js.map")
        for _ in range(2):
            for name in "one", "two":
                self.assertEqual(self.answer("in.js.map", cwd=self.folder / name), f"{name}.js:1:1\n")

    def test_compiled_files_need_no_store(self):
        compiled = self.folder / "in.smcache"
        self.succeed("build", self.map, "-o", compiled)
        self.assertEqual(self.answer(compiled), "a.js:1:1\n")
        with open(compiled, "rb") as stdin:
            self.assertEqual(self.answer("-", stdin=stdin), "a.js:1:1\n")
        self.assertEqual(files(self.store, ".smcache"), [])

    def test_context_is_there_from_the_store(self):
        source_map = make_map([(0, 0, 0, 1, 2)], contents=["one\n  two\nthree\n"])
        path = self.write_map(source_map, "c.js.map")
        outputs = {self.answer(path, "-C", "1") for _ in range(2)} | {self.answer(path, "-C", "1", "--no-store")}
        self.assertEqual(len(outputs), 1)
        self.assertIn("two", outputs.pop())


class Changes(Stored):
    """Whatever happens to a file, the answer is that of the file as it is."""

    def change(self, how):
        """A map of the same length and time of modification, put there in that way."""
        before = self.map.stat()
        data = self.map.read_bytes().replace(b"a.js", b"b.js")
        how(data)
        os.utime(self.map, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.assertEqual(self.map.stat().st_size, before.st_size)

    def overwrite(self, data):
        with open(self.map, "r+b") as file:
            file.write(data)

    def replace(self, data):
        os.replace(self.write("new", data), self.map)

    def test_settled_files(self):
        for how in self.overwrite, self.replace:
            self.write_map(map_from("a.js"))
            self.settle(self.map)
            self.assertEqual(self.answer(self.map), "a.js:1:1\n")
            self.change(how)
            self.assertEqual(self.answer(self.map), "b.js:1:1\n")
            self.settle(self.map)
            self.assertEqual(self.answer(self.map), "b.js:1:1\n")

    def test_in_quick_succession(self):
        for i in range(20):
            self.write_map(map_from("a.js"))
            self.assertEqual(self.answer(self.map), "a.js:1:1\n", i)
            self.change(self.overwrite)
            self.assertEqual(self.answer(self.map), "b.js:1:1\n", i)

    def test_links_lead_to_what_they_lead_to(self):
        link = self.folder / "link.map"
        self.write_map(map_from("one.js"), "one.map")
        self.write_map(map_from("two.js"), "two.map")
        self.settle(self.folder / "two.map")
        for name in "one", "two", "one":
            link.unlink(missing_ok=True)
            link.symlink_to(f"{name}.map")
            self.assertEqual(self.answer(link), f"{name}.js:1:1\n")


    def test_a_link_that_leads_elsewhere_for_a_moment(self):
        """A deployment that is taken back: between looking at the file and reading it, the link led to another one."""
        trace = shutil.which("strace")
        if trace is None:
            self.skipTest("strace is not here")
        link = self.folder / "now"
        for name in "one", "two":
            self.write_map(map_from(f"{name}.js"), f"{name}/in.map")
        self.settle(self.folder / "two/in.map")
        link.symlink_to("one")
        path = link / "in.map"
        # It is opened twice: for its first bytes, and to be read.
        slowed = subprocess.Popen([trace, "-o", self.folder / "trace", "-P", path, "-e", "trace=openat", "-e",
                                   "inject=openat:delay_enter=2000000:when=2", PROGRAM, "lookup", path, "1:1"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=os.environ | {"SMCACHE_DIR": str(self.store), "ASAN_OPTIONS": "detect_leaks=0"})
        time.sleep(1)
        link.unlink()
        link.symlink_to("two")
        output = slowed.communicate()[0]
        if slowed.returncode != 0 or output != b"two.js:1:1\n":
            self.skipTest("strace does not work here, or the moment was missed")
        self.assertEqual(self.answer(path), "two.js:1:1\n")
        link.unlink()
        link.symlink_to("one")
        self.assertEqual(self.answer(path), "one.js:1:1\n")


class Generated(Stored):
    """Names of functions may be those of the generated file: so it is part of what the answer is of."""

    def setUp(self):
        super().setUp()
        self.map = self.write_map(minified_map(), "app.js.map")
        self.generated = self.write("app.js", MINIFIED)

    def function(self, path, *options, **more):
        """What code of the first function is in. That the generated file cannot be followed may be warned of."""
        result = self.look(path, "1:14", "--format=tsv", *options, **more)
        said = [line for line in result.message.splitlines() if ": cannot be followed, and names no functions: " not in line]
        self.assertEqual((result.code, said), (DONE, []))
        return result.text.rstrip("\n").split("\t")[6]

    def test_both_ways_in_are_one(self):
        for _ in range(2):  # as files that have just been written, and later
            for path in self.map, self.generated, self.map, self.generated:
                for options in [], ["--no-store"]:
                    self.assertEqual(self.function(path, *options), "submit")
            self.assertEqual(len(files(self.store, ".smcache")), 1)
            self.settle(self.generated)
        self.assert_store(1, 2)

    def test_the_same_bytes_elsewhere_are_one(self):
        self.write("deep/app.js", self.generated.read_bytes())
        other = self.write("deep/app.js.map", self.map.read_bytes())
        self.settle(other)
        for path in self.map, other, self.map, other:
            self.assertEqual(self.function(path), "submit")
        self.assert_store(1, 3)

    def test_a_change_is_seen(self):
        """Of the same length and time of modification; and files that come and go."""
        for settle in self.settle, lambda path: None:
            self.generated.write_bytes(MINIFIED)
            settle(self.generated)
            self.assertEqual(self.function(self.map), "submit")
            before = self.generated.stat()
            self.generated.write_bytes(MINIFIED.replace(b"function a(){", b"function(){/*"))  # which cannot be followed
            os.utime(self.generated, ns=(before.st_atime_ns, before.st_mtime_ns))
            self.assertEqual(self.function(self.map), "")
            settle(self.generated)
            self.assertEqual(self.function(self.map), "")
            self.generated.unlink()
            self.assertEqual(self.function(self.map), "")
            self.generated.write_bytes(MINIFIED)
            self.assertEqual(self.function(self.map), "submit")

    def test_is_not_read_again(self):
        self.settle(self.generated)
        self.function(self.map)
        trace = shutil.which("strace")
        if trace is None:
            self.skipTest("strace is not here")
        log = self.folder / "trace"
        done = subprocess.run([trace, "-f", "-o", log, PROGRAM, "lookup", self.map, "1:14"], capture_output=True,
                              env=os.environ | {"SMCACHE_DIR": str(self.store), "ASAN_OPTIONS": "detect_leaks=0"})
        if done.returncode != 0:
            self.skipTest("strace does not work here")
        self.assertEqual(done.stdout, b"a.ts:2:3 in submit\n")
        opened = [line for line in log.read_text(errors="replace").splitlines() if f'"{self.generated}"' in line and
                  "open" in line]
        self.assertEqual(opened, [])

    def test_one_that_is_replaced_while_it_is_read(self):
        """The bytes that were looked at are not those that are read: no answer, rather than a wrong one for good."""
        trace = shutil.which("strace")
        if trace is None:
            self.skipTest("strace is not here")
        # It is opened for its digest, and then to be read.
        slowed = subprocess.Popen([trace, "-o", self.folder / "trace", "-P", self.generated, "-e", "trace=openat", "-e",
                                   "inject=openat:delay_enter=2000000:when=2", PROGRAM, "lookup", self.map, "1:14"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=os.environ | {"SMCACHE_DIR": str(self.store), "ASAN_OPTIONS": "detect_leaks=0"})
        time.sleep(1)
        os.replace(self.write("new", MINIFIED.replace(b"b()", b"e()")), self.generated)
        output, said = slowed.communicate()
        if b"app.js" not in (self.folder / "trace").read_bytes():
            self.skipTest("strace does not work here")
        self.assertEqual((slowed.returncode, output), (SYSTEM, b""))
        self.assertIn(b"app.js: has changed while it was read", said)
        self.assertEqual(files(self.store, ".smcache"), [])
        self.assertEqual(self.function(self.map), "submit")

    def test_what_is_no_text(self):
        """As if there were none."""
        for data in b"", b"\x1f\x8b\x08 no gzip", b"\0\xff" * 100, b"function a( {":
            self.generated.write_bytes(data)
            self.assertEqual(self.function(self.map), "")
            self.assertEqual(self.function(self.map, "--no-store"), "")


class Malformed(Stored):
    def test_is_remembered_in_the_same_words(self):
        self.map.write_bytes(b'{"version":3,"sources":[],"mappings":"A')
        self.settle(self.map)
        without = self.look(self.map, "1:1", "--no-store")
        for _ in range(3):
            result = self.look(self.map, "1:1")
            self.assertEqual((result.code, result.message), (INPUT, without.message))
        self.assertEqual(len(files(self.store, ".smcache")), 0)
        self.assertGreater(len(files(self.store, ".key")), 0)

    def test_is_forgotten_when_it_is_mended(self):
        good = self.map.read_bytes()
        self.map.write_bytes(good[:-5])
        self.assertEqual(self.look(self.map, "1:1").code, INPUT)
        self.map.write_bytes(good)
        self.assertEqual(self.answer(self.map), "a.js:1:1\n")

    def test_missing_files_are_not_remembered(self):
        path = self.folder / "later.map"
        self.assertEqual(self.look(path, "1:1").code, SYSTEM)
        self.write("later.map", self.map.read_bytes())
        self.assertEqual(self.answer(path), "a.js:1:1\n")


class Without(Stored):
    def test_no_store(self):
        self.assertEqual(self.answer(self.map, "--no-store"), "a.js:1:1\n")
        self.assertEqual(self.answer(self.map, env={"SMCACHE_STORE": "off"}), "a.js:1:1\n")
        self.assertFalse(self.store.exists())

    def test_no_home(self):
        self.assertEqual(self.answer(self.map, env={"SMCACHE_DIR": "", "HOME": "", "XDG_CACHE_HOME": ""}), "a.js:1:1\n")

    def test_a_bad_configuration_is_an_error(self):
        result = self.look(self.map, "1:1", env={"SMCACHE_MAX_SIZE": "much"})
        self.assertEqual((result.code, result.text), (USAGE, ""))
        self.assertIn("SMCACHE_MAX_SIZE", result.message)

    def answer_with_a_word(self, *words, **options):
        result = self.look(self.map, "1:1", **options)
        self.assertEqual((result.code, result.text), (DONE, "a.js:1:1\n"))
        for word in words:
            self.assertIn(word, result.message)

    def test_a_store_that_is_no_folder(self):
        self.store.write_bytes(b"")
        self.answer_with_a_word(str(self.store), "--no-store")

    def test_a_store_that_is_open_to_others(self):
        (self.store / "v1").mkdir(parents=True)
        (self.store / "v1").chmod(0o777)
        self.answer_with_a_word(str(self.store), "--no-store")

    def test_a_store_that_is_too_small(self):
        self.answer_with_a_word(str(self.store), env={"SMCACHE_MAX_SIZE": "4096"})
        self.assertEqual(files(self.store, ".smcache"), [])

    def test_a_limit_of_file_sizes(self):
        result = subprocess.run(["sh", "-c", 'ulimit -f 1; exec "$0" lookup "$1" 1:1', PROGRAM,
                                 self.write_map(map_from("a.js", x_pad="x" * 9000, names=["n" * 5000]), "large.map")],
                                env=os.environ | {"SMCACHE_DIR": str(self.store)}, capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stdout), (DONE, b"a.js:1:1\n"))
        self.assertIn(b"File too large", result.stderr)
        self.assertEqual((files(self.store, ".smcache"), files(self.store, ".tmp")), ([], []))

    def test_a_store_of_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("takes root")
        self.answer(self.map)
        os.chown(self.store / "v1", 12345, 12345)
        self.answer_with_a_word("another user")

    def test_damage_is_mended(self):
        self.answer(self.map)
        for suffix in ".smcache", ".key", "counters", "secret":
            for path in files(self.store, suffix):
                path.write_bytes(b"damaged")
            for _ in range(2):
                self.assertEqual(self.answer(self.map), "a.js:1:1\n", suffix)


if __name__ == "__main__":
    main()
