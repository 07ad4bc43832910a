#!/usr/bin/env python3
"""smcache symbolicate: where the maps of frames are found, in folders, by name and in the store; maps that are none."""

import errno
import gzip
import json
import os
import sys
import time
import uuid

sys.dont_write_bytecode = True

from stored import LIBRARY, Store, debug_id_key, names_key
from support import DONE, PARTIAL, USAGE, CliTest, inline, main, make_map, map_from, run, script, to_bytes

ID, OTHER_ID = uuid.UUID("85314830-023f-4cf1-a267-535f4e37bb17"), uuid.UUID("00000000-0000-4000-8000-000000000001")


class Files(CliTest):
    def setUp(self):
        super().setUp()
        self.dist = self.folder / "dist"
        self.dist.mkdir()
        self.store = self.folder / "store"

    def add(self, name, data):
        return self.write(f"dist/{name}", data)

    def ask(self, url, *arguments, dir=True, env=()):
        """What a frame of a URL becomes, and why: (source or None, rule, reason), and what is said."""
        where = ["--dir", self.dist] if dir else []
        result = run("symbolicate", *where, "--json", *arguments, stdin=f"at f ({url}:1:1)\n".encode(), cwd=self.folder,
                     env={"SMCACHE_DIR": str(self.store), **dict(env)})
        row = json.loads(result.out)
        self.assertEqual(row["mapped"], row["reason"] is None)
        self.row, self.code, self.said = row, result.code, result.message
        return row["source"], row["rule"], row["reason"]

    def assert_found(self, source, rule, url, *arguments, **options):
        self.assertEqual(self.ask(url, *arguments, **options), (source, rule, None), self.said)
        self.assertEqual((self.code, self.said), (DONE, ""))

    def assert_not_found(self, reason, url, *arguments, **options):
        source, _, found = self.ask(url, *arguments, **options)
        self.assertEqual((source, found), (None, reason), self.said)


class Folders(Files):
    def test_what_is_in_them(self):
        data = map_from("a.ts")
        self.add("1/map.js.map", data)
        self.add("2/gzipped.js.map.gz", gzip.compress(data))
        self.add("3/named.js", script("elsewhere.map"))
        self.add("3/elsewhere.map", data)
        self.add("4/inline.js", script(inline(data)))
        self.add("5/beside.js", script(None))
        self.add("5/beside.js.map", data)
        self.add("6/style.css", script("style.css.map", "style.css"))
        self.add("6/style.css.map", data)
        compiled = self.add("7/compiled.js.smcache", b"")
        self.succeed("build", self.dist / "1/map.js.map", "-o", compiled)
        for url in ("1/map.js", "2/gzipped.js", "3/named.js", "4/inline.js", "5/beside.js", "6/style.css",
                    "7/compiled.js"):
            self.assert_found("a.ts", "path", f"https://x/{url}")
            self.assert_found("a.ts", "path", f"https://x/y/{url}?v=1#2")
            self.assert_found("a.ts", "path", f"/srv/{url}")
            self.assert_found("a.ts", "base_name", "https://x/" + url.split("/")[1])
        for url in "https://x/8/none.js", "https://x/map.js.map", "https://x/1/", "https://x":
            self.assert_not_found("missing_source", url)

    def test_the_more_agrees_the_better(self):
        for name in "a.js", "x/a.js", "x/y/a.js", "z/y/a.js", "b/c.js", "d/c.js":
            self.add(f"{name}.map", map_from(name))
        self.assert_found("a.js", "base_name", "https://h/a.js")
        self.assert_found("x/a.js", "path", "https://h/x/a.js")
        self.assert_found("x/y/a.js", "path", "https://h/x/y/a.js")
        self.assert_found("z/y/a.js", "path", "https://h/q/z/y/a.js")
        self.assert_found("a.js", "base_name", "https://h/q/a.js")
        for url in "https://h/y/a.js", "https://h/c.js", "https://h/e/c.js":
            self.assert_not_found("ambiguous_source", url)

    def test_ambiguous_files_are_told(self):
        for i in range(6):
            self.add(f"{i}/a.js.map", map_from("a"))
        trace = self.write("trace.txt", b"at f (https://h/a.js:1:1)\n")
        result = run("explain", trace, "--dir", self.dist)
        names = ", ".join(str(self.dist / f"{i}/a.js") for i in range(4))
        self.assertIn(f"{names} and 2 more", result.text)

    def test_several_folders(self):
        self.add("a.js.map", map_from("dist"))
        self.write("other/b.js.map", map_from("other"))
        self.write("other/x/a.js.map", map_from("other"))
        both = ["--dir", self.folder / "other", "--dir", self.dist]
        self.assert_found("other", "base_name", "https://h/b.js", *both)
        self.assert_found("dist", "base_name", "https://h/a.js", *both)
        self.assert_found("other", "path", "https://h/x/a.js", *both)
        self.assert_found("dist", "base_name", "https://h/a.js", "--dir", self.dist)  # the same twice

    def test_compiled_files_that_are_stale(self):
        """What was compiled goes before the map, unless the map has changed since."""
        path = self.add("a.js.map", map_from("old"))
        self.succeed("build", path)
        compiled = self.dist / "a.js.smcache"
        when = time.time() - 100
        os.utime(compiled, (when, when))
        os.utime(path, (when - 10, when - 10))
        self.assert_found("old", "base_name", "https://h/a.js")
        self.assertEqual(self.row["file"], str(compiled))
        path.write_bytes(map_from("new"))
        self.assert_found("new", "base_name", "https://h/a.js")
        self.assertEqual(self.row["file"], str(path))
        path.unlink()
        self.assert_found("old", "base_name", "https://h/a.js")

    def test_compiled_files_that_are_damaged(self):
        """The map beside one answers, and what is wrong with it is said."""
        path = self.add("a.js.map", map_from("map"))
        self.succeed("build", path)
        compiled = self.dist / "a.js.smcache"
        compiled.write_bytes(compiled.read_bytes()[:100])
        trace = self.write("trace.txt", b"at f (https://h/a.js:1:1)\n")
        result = run("symbolicate", trace, "--dir", self.dist, "--strict")
        self.assertEqual((result.code, result.message),
                         (DONE, f"smcache: {compiled}: byte 100: the file ends within its header\n"))
        self.assertIn("map", result.text)
        path.unlink()
        result = run("symbolicate", trace, "--dir", self.dist, "--annotate")
        self.assertEqual(result.text, "at f (https://h/a.js:1:1) [malformed_sourcemap]\n")

    def test_links(self):
        self.write("elsewhere/far.js.map", map_from("far"))
        self.dist.joinpath("near.js.map").symlink_to("../elsewhere/far.js.map")
        self.dist.joinpath("folder").symlink_to("../elsewhere")
        self.dist.joinpath("gone.js.map").symlink_to("gone")
        self.dist.joinpath("loop").symlink_to(".")
        self.assert_found("far", "base_name", "https://h/near.js")
        self.assert_not_found("missing_source", "https://h/far.js")
        self.assert_not_found("missing_source", "https://h/gone.js")
        self.folder.joinpath("link").symlink_to("dist")
        self.assert_found("far", "base_name", "https://h/near.js", "--dir", self.folder / "link", dir=False)

    def test_a_folder_that_cannot_be_read(self):
        """The others are read."""
        self.add("a.js.map", map_from("a.ts"))
        self.dist.chmod(0o755)
        (self.dist / "locked").mkdir(mode=0)
        trace = self.write("trace.txt", b"at https://h/a.js:1:1\n")
        result = self.run_as_other_user("symbolicate", trace, "--dir", self.dist)
        self.assertEqual((result.code, result.out), (PARTIAL, b"at a.ts:1:1\n"))
        self.assertEqual(result.message, f"smcache: {self.dist}/locked: cannot be read: Permission denied\n")

    def test_a_generated_file_that_is_none(self):
        """Its debug ID is not asked for: a FIFO would be waited for, and a folder spoken of twice."""
        trace = self.write("trace.txt", b"at https://h/a.js:1:1\n")
        path = self.folder / "x.js"
        for make, number in ((os.mkfifo, errno.EINVAL), (os.mkdir, errno.EISDIR)):
            make(path)
            result = run("symbolicate", trace, "--map", f"https://h/a.js={path}", "--debug-id", str(ID))
            self.assertEqual((result.code, result.text), (PARTIAL, "at https://h/a.js:1:1\n"))
            self.assertEqual(result.message.splitlines()[0],
                             f"smcache: {path}: missing_source: cannot be read: {os.strerror(number)}")
            path.rename(self.folder / make.__name__)

    def test_names_that_urls_encode(self):
        for name in "[slug]/a b.js", "é/c#d.js", "e%20f.js":
            self.add(f"{name}.map", map_from(name))
        for url, name in (("%5Bslug%5D/a%20b.js", "[slug]/a b.js"), ("%C3%A9/c%23d.js", "é/c#d.js"),
                          ("e%2520f.js", "e%20f.js")):
            self.assertEqual(self.ask(f"https://h/{url}")[0], name)
            self.assertEqual(self.ask(f"https://h/{url}", "--url-prefix", "https://h")[0], name)
            self.assertEqual(self.ask(f"https://h/{url}", "--url-prefix", "~/")[0], name)
        self.assertEqual(self.ask(f"{self.dist}/é/c#d.js")[0], "é/c#d.js")


class Prefixes(Files):
    def setUp(self):
        super().setUp()
        self.add("js/a.js.map", map_from("a.ts"))

    def test_only_what_they_make(self):
        for prefix in "https://h/static", "https://h/static/":
            self.assert_found("a.ts", "url", "https://h/static/js/a.js", "--url-prefix", prefix)
            self.assert_found("a.ts", "plain_url", "https://h/static/js/a.js?v=1", "--url-prefix", prefix)
            for url in "https://i/static/js/a.js", "https://h/js/a.js", "https://h/static/a.js", "a.js":
                self.assert_not_found("missing_source", url, "--url-prefix", prefix)

    def test_any_host(self):
        self.assert_found("a.ts", "any_host", "https://i:8080/static/js/a.js?v=1", "--url-prefix", "~/static/")
        self.assert_found("a.ts", "url", "~/static/js/a.js", "--url-prefix", "~/static/")
        self.assert_not_found("missing_source", "https://i/x/static/js/a.js", "--url-prefix", "~/static/")

    def test_several(self):
        for url in "https://h/js/a.js", "https://i/js/a.js":
            self.assert_found("a.ts", "url", url, "--url-prefix", "https://h", "--url-prefix", "https://i/")


class Named(Files):
    def test_what_they_name(self):
        data = map_from("a.ts")
        paths = [self.write("x/any name", data), self.write("in.js", script(inline(data))), self.write("b.map", data),
                 self.write("c.map.gz", gzip.compress(data)), self.folder / "d.smcache"]
        self.succeed("build", paths[2], "-o", paths[-1])
        for path in paths:
            self.assert_found("a.ts", "url", "https://h/a.js", "--map", f"https://h/a.js={path}", dir=False)
            self.assert_found("a.ts", "any_host", "https://i/a.js?b=c", "--map", f"~/a.js={path}", dir=False)
            self.assert_found("a.ts", "url", "https://h/a.js?b=c=d", "--map", f"https://h/a.js?b=c=d={path}", dir=False)
            self.assert_not_found("missing_source", "https://h/b.js", "--map", f"https://h/a.js={path}", dir=False)
        self.assert_found("a.ts", "url", "https://h/a.js", "--map", "https://h/a.js=b.map", dir=False)

    def test_they_go_before_folders(self):
        self.add("a.js.map", map_from("folder"))
        named = self.write("named.map", map_from("named"))
        self.assert_found("named", "url", "https://h/a.js", "--map", f"https://h/a.js={named}")
        self.assert_found("folder", "base_name", "https://i/a.js", "--map", f"https://h/a.js={named}")

    def test_two_of_one_url(self):
        for name in "1", "2":
            self.write(f"{name}.map", map_from(name))
        self.assert_not_found("ambiguous_source", "https://h/a.js", "--map", "https://h/a.js=1.map", "--map",
                              "https://h/a.js=2.map", dir=False)


class Bad(Files):
    def test_maps_that_are_none(self):
        for name, data in ("a.js.map", b"junk"), ("b.js.smcache", b"junk"), ("c.js", script(inline(b"junk"))):
            path = self.add(name, data)
            self.assert_not_found("malformed_sourcemap", "https://h/" + name[:4])
            self.assertRegex(self.said, rf"\Asmcache: {path}: .+\nsmcache: stdin: 1 of 1 frames are not mapped: ")
            self.assertEqual(self.code, DONE)
            self.assertEqual(self.ask("https://h/" + name[:4], "--strict")[2], "malformed_sourcemap")
            self.assertEqual(self.code, PARTIAL)

    def test_each_is_said_once(self):
        self.add("a.js.map", b"junk")
        trace = b"at https://h/a.js:1:1\nat https://i/a.js:2:2\nat https://h/a.js:1:1\n" * 500
        result = run("symbolicate", "--dir", self.dist, stdin=trace)
        self.assertEqual(result.out, trace)
        self.assertEqual(result.message.count("a.js.map"), 1)

    def test_generated_files_without_a_map(self):
        self.add("a.js", script(None))
        self.add("b.js", script("gone.map"))
        for url in "https://h/a.js", "https://h/b.js":
            self.assert_not_found("missing_sourcemap", url)

    def test_damaged_files(self):
        path = self.add("a.js.map", to_bytes(make_map([(0, i, 0, i, i) for i in range(500)], ["a.ts"])))
        self.succeed("build", path)
        path.unlink()
        compiled = self.dist / "a.js.smcache"
        data = bytearray(compiled.read_bytes())
        for off in range(64, len(data), 41):
            compiled.write_bytes(data[:off] + bytes([data[off] ^ 0xFF]) + data[off + 1:])
            result = run("symbolicate", "--dir", self.dist, stdin=b"at https://h/a.js:1:400\n")
            self.assertEqual(result.code, DONE)
            self.assertRegex(result.out, rb"\Aat .+:\d+:\d+\n\Z")


class DebugIds(Files):
    def setUp(self):
        super().setUp()
        comment = f"//# debugId={ID}\n".encode()
        self.add("1/a.js", script(None) + comment)
        self.add("1/a.js.map", map_from("generated"))
        self.add("2/a.js.map", map_from("map", debugId=str(OTHER_ID)))

    def test_it_goes_before_urls(self):
        self.assert_not_found("ambiguous_source", "https://h/a.js")
        self.assert_found("generated", "debug_id", "https://h/a.js", "--debug-id", ID)
        self.assert_found("generated", "debug_id", "https://h/2/a.js", "--debug-id", ID.hex.upper())
        self.assert_found("map", "debug_id", "https://h/b.js", "--debug-id", f"https://h/b.js={OTHER_ID}")
        self.assert_found("map", "path", "https://h/2/a.js", "--debug-id", f"https://h/b.js={ID}")

    def test_of_compiled_files(self):
        self.succeed("build", self.dist / "2/a.js.map")
        (self.dist / "2/a.js.map").unlink()
        self.assert_found("map", "debug_id", "https://h/b.js", "--debug-id", OTHER_ID)

    def test_a_file_of_another_build(self):
        """By its name it is the one; but it says that it is not."""
        other = uuid.UUID(int=7)
        self.assert_not_found("missing_source", "https://h/2/a.js", "--debug-id", other)
        self.add("3/c.js.map", map_from("no ID"))
        self.assert_found("no ID", "path", "https://h/3/c.js", "--debug-id", other)


class Stored(Files):
    def setUp(self):
        super().setUp()
        if LIBRARY is None:
            self.skipTest("no shared library here, to fill a store with")
        with Store(self.store) as store:
            store.keep(map_from("by ID"), debug_id_key(ID))
            store.keep(map_from("by URL"), names_key("https://h/a.js"))
            store.keep(map_from("by release"), names_key("1.0", "https://h/a.js"))

    def test_what_services_put_there(self):
        self.assert_found("by ID", "debug_id", "https://h/x.js", "--store", "--debug-id", ID, dir=False)
        self.assert_found("by URL", "url", "https://h/a.js", "--store", dir=False)
        self.assert_found("by release", "url", "https://h/a.js", "--store", "--release", "1.0", dir=False)
        self.assert_not_found("missing_source", "https://h/a.js", "--store", "--release", "2.0", dir=False)
        self.assert_not_found("missing_source", "https://h/b.js", "--store", dir=False)
        self.assert_not_found("missing_source", "https://h/a.js?v=1", "--store", dir=False)

    def test_folders_go_before_their_urls(self):
        self.add("a.js.map", map_from("folder"))
        self.assert_found("folder", "base_name", "https://h/a.js", "--store")
        self.assert_found("by ID", "debug_id", "https://h/a.js", "--store", "--debug-id", ID)

    def test_a_store_that_is_not_there(self):
        """It is not made by looking for something in it."""
        gone = self.folder / "gone"
        self.assert_not_found("missing_source", "https://h/a.js", "--store", dir=False, env={"SMCACHE_DIR": str(gone)})
        self.assertFalse(gone.exists())
        self.assert_not_found("missing_source", "https://h/a.js", "--store", dir=False, env={"SMCACHE_STORE": "off"})


class Compiled(Files):
    def test_once(self):
        """By way of the store a map is compiled once; its folder is its user's alone."""
        self.add("a.js.map", map_from("a.ts"))
        for _ in range(2):
            self.assert_found("a.ts", "base_name", "https://h/a.js")
            files = list(self.store.rglob("*.smcache"))
            self.assertEqual(len(files), 1)
        self.assertEqual((self.store / "v1").stat().st_mode & 0o777, 0o700)
        self.assertEqual(files[0].stat().st_mode & 0o777, 0o600)
        self.assertEqual([path.name for path in self.dist.iterdir()], ["a.js.map"])

    def test_without_the_store(self):
        self.add("a.js.map", map_from("a.ts"))
        self.assert_found("a.ts", "base_name", "https://h/a.js", "--no-store")
        self.assert_found("a.ts", "base_name", "https://h/a.js", env={"SMCACHE_STORE": "off"})
        self.assertFalse(self.store.exists())

    def test_a_wrong_configuration(self):
        """It is said once, before anything is done."""
        for name in "a", "b":
            self.add(f"{name}.js.map", map_from(name))
        for words in [], ["--no-store"], ["--store"]:
            result = run("symbolicate", "--dir", self.dist, *words, env={"SMCACHE_MAX_SIZE": "x"},
                         stdin=b"at https://h/a.js:1:1\nat https://h/b.js:1:1\n")
            self.assertEqual((result.code, result.out), (USAGE, b""))
            self.assertEqual(result.message.count("SMCACHE_MAX_SIZE"), 1)


if __name__ == "__main__":
    main()
