#!/usr/bin/env python3
"""The kinds of input of build, and of lookup: maps, gzip, stdin, generated files with a map inside or beside, lists."""

import errno
import gzip
import os
import sys
import threading

sys.dont_write_bytecode = True

from support import (DONE, INPUT, PARTIAL, SYSTEM, USAGE, CliTest, inline, main, map_from, run, script, too_large, tree)

NAMES = "x.js", "x.mjs", "x.cjs", "x.bundle", "x.jsbundle", "x.css", "x.wasm"
MAP = map_from("a.ts", contents=["let a;"])


class InputTest(CliTest):
    def check_both(self, code, path, message):
        """build and lookup say the same of it, and nothing is written."""
        before = tree(self.folder)
        self.end_with(code, message, "build", path)
        self.assertEqual(self.end_with(code, message, "lookup", path, "1:1").out, b"")
        self.assertEqual(tree(self.folder), before)

    def check_good(self, path, source="a.ts", output=None, message=()):
        """build makes a file of it beside it, from that source, and lookup answers the same."""
        self.end_with(DONE, message, "build", path)
        output = output or f"{path}.smcache"
        self.succeed("verify", output)
        self.assertEqual(self.sources(output), [source])
        self.assertEqual(self.succeed("lookup", path, "1:1").lines, [f"{source}:1:1"])


class Gzip(InputTest):
    def setUp(self):
        super().setUp()
        self.expected = self.succeed("build", "-", stdin=MAP).out

    def test_same_as_plain(self):
        half = len(MAP) // 2
        for name, data in {"one member": gzip.compress(MAP),
                           "two": gzip.compress(MAP[:half]) + gzip.compress(MAP[half:]),
                           "stored": gzip.compress(MAP, 0), "padding": gzip.compress(MAP) + b"\0" * 100,
                           "empty members": gzip.compress(b"") + gzip.compress(MAP) + gzip.compress(b"")}.items():
            with self.subTest(name):
                for path in "a.js.map.gz", "a.js.map":  # the bytes say what it is
                    self.succeed("build", "--force", self.write(path, data))
                    self.assertEqual(self.folder.joinpath("a.js.smcache").read_bytes(), self.expected)
                    self.assertEqual(self.succeed("lookup", self.folder / path, "1:1").lines, ["a.ts:1:1"])
                self.assertEqual(self.succeed("build", "-", stdin=data).out, self.expected)
                self.assertEqual(self.succeed("lookup", "-", "1:1", stdin=data).lines, ["a.ts:1:1"])

    def test_plain_in_spite_of_its_name(self):
        self.check_good(self.write("a.js.map.gz", MAP), output=self.folder / "a.js.smcache")

    def test_every_truncation(self):
        data = gzip.compress(MAP)
        path = self.folder / "a.js.map.gz"
        for length in range(2, len(data)):
            path.write_bytes(data[:length])
            self.end_with(INPUT, f"{path}: malformed_sourcemap: gzip: the gzip data is truncated", "build", path)
        self.end_with(INPUT, "stdin: malformed_sourcemap: gzip: the gzip data is truncated", "build", "-",
                      stdin=data[:-1])
        self.assertEqual(os.listdir(self.folder), ["a.js.map.gz"])

    def test_damaged(self):
        data = gzip.compress(MAP)
        for name, bad in {"checksum": data[:-8] + bytes([data[-8] ^ 1]) + data[-7:], "size": data[:-1] + b"\1",
                          "method": data[:2] + b"\7" + data[3:], "trailing text": data + b"x",
                          "second member": data + data[:-8] + bytes(8)}.items():
            with self.subTest(name):
                path = self.write("a.js.map.gz", bad)
                self.check_both(INPUT, path, f"{path}: malformed_sourcemap: gzip: the gzip data is damaged")

    def test_not_a_map(self):
        path = self.write("a.js.map.gz", gzip.compress(b"{"))
        self.check_both(INPUT, path, f"{path}: byte 1: key expected")  # of what it inflates to
        compiled = self.write("b.js.map.gz", gzip.compress(self.expected))
        self.end_with(INPUT, f"{compiled}: a compiled file, where a source map is needed", "build", compiled)


class SizeLimit(InputTest):
    def check(self, arguments, limit, name, **options):
        output = self.folder / "out"
        self.end_with(DONE, (), "build", *arguments, "-o", output, "--max-input-size", limit, **options)
        output.unlink()
        self.end_with(INPUT, f"{name}: {too_large(limit - 1)}", "build", *arguments, "-o", output,
                      "--max-input-size", limit - 1, **options)
        self.assertFalse(output.exists())

    def test_exact(self):
        data = map_from("a.ts", contents=["x" * 5000])
        for path, content in (("a.map", data), ("a.map.gz", gzip.compress(data)), ("a.js", script(inline(data))),
                              ("b.js", script(inline(data, "percent"))), ("c.js", b"//" + b"x" * 99999 + b"\n" +
                                                                            script(inline(data)))):
            with self.subTest(path):
                self.check([self.write(path, content)], len(data), self.folder / path)
        self.check(["-"], len(data), "stdin", stdin=data)
        self.check(["-"], len(data), "stdin", stdin=gzip.compress(data))

    def test_bomb(self):
        path = self.write("a.map.gz", gzip.compress(bytes(50_000_000), 1))
        self.end_with(INPUT, f"{path}: {too_large(1048576)}", "build", path, "--max-input-size=1M")

    def test_units(self):
        for text, nbytes in ("1K", 1 << 10), ("2M", 2 << 20), ("3", 3), ("60", 60), ("1kB", 1000), ("1.5K", 1536):
            path = self.write("a.map", b" " * (nbytes + 1))
            self.end_with(INPUT, f"{path}: {too_large(nbytes)}", "build", path, "--max-input-size",
                          text)
        self.write_map(MAP, "a.map")
        for text in "8589934591G", "5000000000", "1G":
            self.succeed("build", "--force", self.folder / "a.map", "--max-input-size", text)
        for text in "", "K", "0", "0K", "-1", "1m", "1P", "1.5", " 1", "8589934592G", "9" * 30:
            result = self.fail_with(USAGE, "build", self.folder / "a.map", "--max-input-size", text)
            self.assertEqual(result.message, f"smcache build: --max-input-size is a size such as 64M or 2G, "
                                             f"not '{text}'; see smcache build --help\n")

    def test_device_without_an_end(self):
        self.end_with(INPUT, f"/dev/zero: {too_large(1048576)}", "build", "/dev/zero", "-o",
                      self.folder / "out", "--max-input-size=1M")


class Generated(InputTest):
    def test_each_kind_and_place(self):
        self.write("maps/n.map", MAP)
        self.write("maps/n.map.gz", gzip.compress(MAP))
        for name in NAMES:
            for place, url in {"named": "maps/n.map", "named gzip": "maps/n.map.gz", "base64": inline(MAP),
                               "percent": inline(MAP, "percent"), "beside": None, "beside gzip": None}.items():
                with self.subTest(name=name, place=place):
                    path = self.write(f"{name[2:]} {place}/{name}", script(url, name))
                    if url is None:
                        self.write(f"{path}.map" + ".gz" * place.endswith("gzip"), self.folder.joinpath(
                            "maps/n.map" + ".gz" * place.endswith("gzip")).read_bytes())
                    elif not url.startswith("data:"):
                        path = path.rename(self.folder / name)
                    self.check_good(path)

    def test_what_beats_what(self):
        """What is inside, then what is named, then X.js.map, then X.js.map.gz."""
        path = self.write("x.js", script(inline(map_from("inside.ts"))))
        self.write("x.js.map", map_from("beside.ts"))
        self.write("x.js.map.gz", gzip.compress(map_from("gzip.ts")))
        self.write("y.map", map_from("named.ts"))
        self.check_good(path, "inside.ts")
        path.write_bytes(script("y.map"))
        self.check_good(path, "named.ts")
        path.write_bytes(script(None))
        self.check_good(path, "beside.ts")
        self.folder.joinpath("x.js.map").unlink()
        self.check_good(path, "gzip.ts")

    def test_no_map(self):
        for name in NAMES:
            for url in None, "":
                path = self.write(name, script(url, name))
                self.check_both(INPUT, path, f"{path}: missing_sourcemap: it names no source map, and there is none "
                                             "beside it: build it with source maps, or give the map itself")

    URLS = ["https://example.com/x.js.map", "HTTP://example.com/x", "//example.com/x.js.map", "file:///tmp/x.js.map",
            "webpack:///x.map", "C:/x.js.map"]

    def test_url_that_would_have_to_be_fetched(self):
        for url in self.URLS:
            path = self.write("x.js", script(url))
            self.check_both(INPUT, path, f"{path}: missing_sourcemap: it names {url}, which is not fetched: download "
                                         "it, and give the map itself")

    def test_named_map_is_gone(self):
        self.folder.joinpath("folder.map").mkdir()
        os.mkfifo(self.folder / "fifo.map")
        for url, named in (("no.map", "no.map"), ("no/x.map", "no/x.map"), ("../no.map", "../no.map"),
                           ("no%20%C3%BC.map?a#b", "no \u00fc.map"), ("/abs/no.map", "no.map"), ("?q", ""),
                           ("a%00b", "a"), ("%zz%4", "%zz%4"), ("folder.map", "folder.map"), ("fifo.map", "fifo.map")):
            path = self.write("x.js", script(url))
            self.check_both(INPUT, path, f"{path}: missing_sourcemap: it names {url}, but {self.folder}/{named} is not "
                                         "there: put the map there, or give the map itself")

    def test_map_beside_instead_of_the_named_one(self):
        self.write("x.js.map", MAP)
        for url in *self.URLS, "no.map", "/no.map", "?q":
            path = self.write("x.js", script(url))
            note = f"{path}: warning: its sourceMappingURL {url} leads to no file: the map beside it is used"
            self.end_with(DONE, note, "build", path, "--force")
            self.end_with(DONE, (), "build", path, "--force", "--quiet")
            self.assertEqual(self.succeed("lookup", path, "1:1").lines, ["a.ts:1:1"])

    def test_percent_escapes_query_and_fragment(self):
        self.write("maps/\u00fc a%.map", MAP)
        for url in ("maps/%C3%BC%20a%25.map", "maps/%c3%bc%20a%.map", "./maps//\u00fc%20a%.map?v=1.2",
                    "%6daps/%C3%BC%20a%.map#x", "maps%2f%C3%BC%20a%.map?x#y?z", "none/../maps/%C3%BC%20a%.map"):
            self.folder.joinpath("none").mkdir(exist_ok=True)
            with self.subTest(url):
                self.check_good(self.write("x.js", script(url)))
                self.folder.joinpath("x.js.smcache").unlink()

    def test_absolute_url(self):
        """Of a file alone, its last part counts; in a folder, it counts from there."""
        path = self.write("js/x.js", script("/maps/x.map"))
        self.write("js/x.map", map_from("near.ts"))
        self.check_good(path, "near.ts")
        self.write("maps/x.map", map_from("far.ts"))
        run("build", self.folder)
        self.assertEqual(self.sources(f"{path}.smcache"), ["far.ts"])

    def test_comment_far_from_the_end_and_long_lines(self):
        tail = b"\n" + b"// x\n" * 100_000
        self.write("m.map", MAP)
        for data in (script("m.map") + tail, script(inline(MAP)) + tail, b"x" * 300_000 + b"\n" + script("m.map"),
                     b"x\r" * 300_000 + b"//# sourceMappingURL=m.map"):
            self.check_good(self.write("x.js", data))
            self.folder.joinpath("x.js.smcache").unlink()

    def test_file_that_names_itself(self):
        for url in "x.js", "./x.js?":
            path = self.write("x.js", script(url))
            named = self.folder / url.rstrip("?") if url == "x.js" else f"{self.folder}/./x.js"
            self.check_both(INPUT, path, f"{named}: byte 0: value expected")

    def test_control_characters_in_a_url(self):
        path = self.write("x.js", script("\x1b[2J\x07\x9b.map"))
        shown = "\ufffd[2J\ufffd\ufffd.map"
        self.check_both(INPUT, path, f"{path}: missing_sourcemap: it names {shown}, but {self.folder}/{shown} is not "
                                     "there: put the map there, or give the map itself")

    def test_bad_data_urls(self):
        start = len("f();\n//# sourceMappingURL=")
        for url, at, reason in (("data:;base64,AA*A", 15, "a character in the data: URL that is not base64"),
                                ("data:;base64,AAAAA", 18, "the base64 in the data: URL lacks an end"),
                                ("data:application/json", 21, "the data: URL has no comma")):
            path = self.write("x.js", script(url))
            self.check_both(INPUT, path, f"{path}: malformed_sourcemap: data: URL, byte {start + at}: {reason}")
        for data, message in ((b"", "byte 0: the input is empty"), (b"{", "byte 1: key expected"),
                              (b")]}'\n" + MAP, "byte 0: value expected"), (b"[]", '"mappings", byte 0: missing')):
            path = self.write("x.js", script(inline(data)))
            warning = [f'{path}: warning: "version", byte 0: missing; read as version 3'] * (data == b"[]")
            self.check_both(INPUT, path, [*warning, f"{path}: {message}"])

    def test_extensions_are_lower_case_and_whole(self):
        for name in "x.JS", "x.ts", "x.json", "js":
            path = self.write(name, script(inline(MAP)))
            self.end_with(INPUT, f"{path}: byte 0: value expected", "build", path)


class Unreadable(InputTest):
    def test_modes(self):
        path, source_map = self.write("x.js", script("y.map")), self.write("y.map", MAP)
        path.chmod(0)
        self.folder.chmod(0o777)
        for command in ["build", path], ["lookup", path, "1:1"]:
            self.end_with(SYSTEM, f"{path}: missing_source: cannot be read: {os.strerror(errno.EACCES)}", *command,
                          run_it=self.run_as_other_user)
        path.chmod(0o644)
        source_map.chmod(0)
        for command in ["build", path], ["lookup", path, "1:1"]:
            self.end_with(SYSTEM, f"{source_map}: cannot open: {os.strerror(errno.EACCES)}", *command,
                          run_it=self.run_as_other_user)
        self.assertEqual(list(self.folder.glob("*.smcache")), [])

    def test_missing(self):
        for name, reason in ("x.js", "missing_source: cannot be read"), ("x.map", "cannot open"):
            path = self.folder / name
            self.check_both(SYSTEM, path, f"{path}: {reason}: {os.strerror(errno.ENOENT)}")

    def test_generated_file_that_is_none(self):
        fifo, folder = self.folder / "x.js", self.folder / "y.js"
        os.mkfifo(fifo)
        folder.mkdir()
        self.check_both(SYSTEM, fifo, f"{fifo}: missing_source: cannot be read: {os.strerror(errno.EINVAL)}")
        self.end_with(SYSTEM, f"{folder}: missing_source: cannot be read: {os.strerror(errno.EISDIR)}", "lookup",
                      folder, "1:1")

    def test_fifo_as_a_map(self):
        path = self.folder / "x.js.map"
        os.mkfifo(path)
        for command in ["build", path], ["lookup", path, "1:1"]:
            writer = threading.Thread(target=path.write_bytes, args=(MAP,))
            writer.start()
            self.succeed(*command)
            writer.join()
        self.assertEqual(self.sources(self.folder / "x.js.smcache"), ["a.ts"])

    def test_devices(self):
        output = self.folder / "out"
        self.end_with(INPUT, "/dev/null: byte 0: the input is empty", "build", "/dev/null", "-o", output)
        self.end_with(INPUT, "/dev/null: byte 0: the input is empty", "lookup", "/dev/null", "1:1")
        self.succeed("build", "/dev/stdin", "-o", output, stdin=MAP)
        self.assertEqual(self.sources(output), ["a.ts"])

    def test_compiled_file(self):
        compiled = self.build(MAP)
        self.write("x.js", script("in.js.smcache"))
        for given in compiled, self.folder / "x.js":
            self.end_with(INPUT, f"{compiled}: a compiled file, where a source map is needed", "build", given, "-o",
                          self.folder / "out")
        self.end_with(INPUT, "stdin: a compiled file, where a source map is needed", "build", "-",
                      stdin=compiled.read_bytes())
        self.assertEqual(self.succeed("lookup", self.folder / "x.js", "1:1").lines, ["a.ts:1:1"])


class Several(InputTest):
    def setUp(self):
        super().setUp()
        for name in "a", "b":
            self.write(f"{name}.js.map", map_from(f"{name}.ts"))
        self.write("c.js", script(inline(map_from("c.ts"))))
        self.names = ["a.js.map", "b.js.map", "c.js"]

    def check_outputs(self, folder, names="abc"):
        self.assertEqual(sorted(path.name for path in folder.glob("*.smcache")),
                         [f"{name}.js.smcache" for name in names])
        for name in names:
            self.assertEqual(self.sources(folder / f"{name}.js.smcache"), [f"{name}.ts"])

    def test_beside(self):
        self.build_many(DONE, [], *self.names, n=(3, 0, 0))
        self.check_outputs(self.folder)

    def test_folder(self):
        """It is made where it is not there; only the names count, not where the inputs are."""
        self.folder.joinpath("sub").mkdir()
        self.folder.joinpath("c.js").rename(self.folder / "sub" / "c.js")
        self.build_many(DONE, [], *self.names[:2], "sub/c.js", "-o", "out/new", n=(3, 0, 0))
        self.check_outputs(self.folder / "out" / "new")

    def test_stdin_among_them(self):
        self.build_many(DONE, [], "-", *self.names[:2], "-o", "out", stdin=MAP, n=(3, 0, 0))
        self.assertEqual(sorted(os.listdir(self.folder / "out")), ["a.js.smcache", "b.js.smcache", "stdin.smcache"])

    def test_some_fail(self):
        self.write("bad.map", b"{")
        self.write("no.js", script(None))
        gone = os.strerror(errno.ENOENT)
        self.build_many(PARTIAL, ["bad.map: byte 1: key expected", f"gone.js: missing_source: cannot be read: {gone}",
                                     f"gone.map: cannot open: {gone}",
                                     "no.js: missing_sourcemap: it names no source map, and there is none beside it: "
                                     "build it with source maps, or give the map itself"],
                           "gone.map", "bad.map", *self.names, "no.js", "gone.js", n=(3, 0, 4))
        self.check_outputs(self.folder)

    def test_stdout_is_for_one(self):
        for inputs in self.names, [self.folder], ["-", "a.js.map"]:
            result = self.fail_with(USAGE, "build", *inputs, "-o", "-", cwd=self.folder)
            self.assertEqual(result.message, "smcache build: stdout is for one file: give -o FOLDER; "
                                             "see smcache build --help\n")
        self.assertEqual(len(os.listdir(self.folder)), 3)

    def test_one_output_for_two(self):
        self.write("sub/a.js.map", MAP)
        before = tree(self.folder)
        for inputs, become in ((["a.js.map", "sub/a.js.map", "b.js.map"],
                                "a.js.map and sub/a.js.map both become out/a.js.smcache"),):
            result = self.fail_with(USAGE, "build", *inputs, "-o", "out", cwd=self.folder)
            self.assertEqual(result.message, f"smcache build: {become}: give them apart; see smcache build --help\n")
        self.assertEqual(tree(self.folder), before)

    LISTS = {"LF": "a.js.map\nb.js.map\nc.js\n", "CR LF": "a.js.map\r\nb.js.map\r\nc.js\r\n",
             "no end": "a.js.map\nb.js.map\nc.js", "empty lines": "\n\na.js.map\n\r\n\nb.js.map\n\nc.js\n\n\r"}

    def test_list(self):
        for name, text in self.LISTS.items():
            with self.subTest(name):
                self.write("list", text.encode())
                self.write("list.gz", gzip.compress(text.encode()))
                for given in "@list", "@list.gz", f"@{self.folder / 'list'}":
                    self.build_many(DONE, [], given, "-o", "out", "--force", n=(3, 0, 0))
                    self.check_outputs(self.folder / "out")
                self.build_many(DONE, [], "@-", "-o", "out", "--force", stdin=text.encode(), n=(3, 0, 0))

    def test_list_and_arguments(self):
        self.write("@c", b"")
        self.write("list", b"a.js.map\n")
        self.build_many(DONE, [], "b.js.map", "@list", "c.js", n=(3, 0, 0))
        self.write("list", b"@c\n -o\n")  # in a list nothing is special, and blanks are of the name
        gone = os.strerror(errno.ENOENT)
        self.end_with(PARTIAL, [f" -o: cannot open: {gone}", "@c: byte 0: the input is empty"], "build", "@list",
                      "--quiet", cwd=self.folder)

    def test_bad_lists(self):
        self.end_with(SYSTEM, f"none: cannot open: {os.strerror(errno.ENOENT)}", "build", "@none", "a.js.map",
                      cwd=self.folder)
        self.end_with(SYSTEM, f"{self.folder}: cannot read: {os.strerror(errno.EISDIR)}", "build", f"@{self.folder}")
        path = self.write("list", b"a.js.map\0b.js.map\0")
        self.end_with(INPUT, f"{path}: a NUL byte, where a list has one input a line", "build", f"@{path}")
        self.end_with(INPUT, "stdin: a NUL byte, where a list has one input a line", "build", "@-", stdin=b"\0")
        for text in b"", b"\n\r\n":
            result = self.fail_with(USAGE, "build", "@-", stdin=text)
            self.assertEqual(result.message, "smcache build: an INPUT is needed; see smcache build --help\n")
        self.assertEqual(list(self.folder.glob("*.smcache")), [])


if __name__ == "__main__":
    main()
