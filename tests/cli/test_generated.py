#!/usr/bin/env python3
"""Names of functions by the generated file, where the sources have no contents: where build and lookup find it."""

import errno
import gzip
import json
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from support import (DONE, MINIFIED, PARTIAL, PROGRAM, SYSTEM, USAGE, CliTest, inline, main, make_map, minified_map, run,
                     script, to_bytes)

# What code of the two functions of MINIFIED is in, and who knows.
LED = [("submit", "minified"), ("c", "minified_text")]
NONE = [(None, None)] * 2


class GeneratedTest(CliTest):
    def functions(self, path, *options):
        """Name and origin of the two functions by lookups of a compiled file, a map or a generated file."""
        rows = self.succeed("lookup", path, "1:14", "1:31", "--format=json", *options).lines
        return [(row["function"], row["function_origin"]) for row in map(json.loads, rows)]

    def compile(self, path, *options):
        """The same of what a build makes of it."""
        output = self.folder / "out.smcache"
        self.succeed("build", path, "-o", output, "--force", "--quiet", *options)
        return self.functions(output)


class Found(GeneratedTest):
    """By itself."""

    def check(self, path, expected=None):
        expected = LED if expected is None else expected
        self.assertEqual(self.compile(path), expected)
        self.assertEqual(self.functions(path), expected)
        self.assertEqual(self.functions(path, "--no-store"), expected)

    def test_beside_the_map(self):
        source_map = self.write_map(minified_map(), "app.js.map")
        self.check(source_map, NONE)
        self.write("app.js", MINIFIED)
        self.check(source_map)
        packed = self.write("other.mjs.map.gz", gzip.compress(source_map.read_bytes()))
        self.check(packed, NONE)
        self.write("other.mjs", MINIFIED)
        self.check(packed)

    def test_by_the_generated_file(self):
        self.write_map(minified_map(), "maps/m.map")
        self.check(self.write("app.js", MINIFIED + script("maps/m.map")))
        self.check(self.folder / "maps/m.map", NONE)  # alone, it belongs to none

    def test_with_the_map_inside(self):
        self.check(self.write("app.js", MINIFIED + script(inline(to_bytes(minified_map())))))

    def test_in_folders(self):
        self.write_map(minified_map("one"), "dist/a.js.map")
        self.write("dist/a.js", MINIFIED)
        self.write_map(minified_map("two"), "dist/maps/b")
        self.write("dist/js/b.js", MINIFIED + script("../maps/b"))
        self.write("dist/c.js", MINIFIED + script(inline(to_bytes(minified_map("three")))))
        self.write_map(minified_map("four"), "dist/lonely.js.map")
        self.build_many(DONE, [], "dist", "-o", "out", n=(4, 0, 0))
        found = {name: self.functions(self.folder / "out" / f"{name}.smcache")[0]
                 for name in ("a.js", "js/b.js", "c.js", "lonely.js")}
        self.assertEqual(found, {"a.js": ("one", "minified"), "js/b.js": ("two", "minified"),
                                 "c.js": ("three", "minified"), "lonely.js": (None, None)})

    def test_only_javascript(self):
        for name in "app.css", "app.wasm", "app.txt", "app":
            self.write(name, MINIFIED)
            self.check(self.write_map(minified_map(), f"{name}.map"), NONE)
        self.write("style.css", MINIFIED + b"/*# sourceMappingURL=app.css.map */")
        self.check(self.folder / "style.css", NONE)

    def test_what_is_no_file(self):
        source_map = self.write_map(minified_map(), "app.js.map")
        path = self.folder / "app.js"
        path.mkdir()
        self.check(source_map, NONE)
        path.rmdir()
        os.mkfifo(path)
        self.check(source_map, NONE)
        path.unlink()
        path.symlink_to("elsewhere.txt")
        self.check(source_map, NONE)
        self.write("elsewhere.txt", MINIFIED)
        self.check(source_map)

    def test_one_that_may_not_be_read(self):
        """As if it were not there: the map is all there is to go by."""
        generated = self.write("dist/app.js", MINIFIED)
        source_map = self.write_map(minified_map(), "dist/app.js.map")
        self.folder.joinpath("dist").chmod(0o777)
        for mode, expected in (0o644, LED), (0, NONE):
            generated.chmod(mode)
            result = self.run_as_other_user("build", source_map)
            self.assertEqual((result.code, result.message), (DONE, ""))
            self.assertEqual(self.functions(self.folder / "dist/app.js.smcache"), expected)

    def test_what_cannot_be_followed(self):
        source_map = self.write_map(minified_map(), "app.js.map")
        for data in MINIFIED[:-2], b"\x1f\x8b\x08", b"\0\xff", MINIFIED + b"<!DOCTYPE html>":
            self.write("app.js", data)
            self.assertEqual(self.compile(source_map), NONE)
            self.assertEqual(self.functions(self.folder / "out.smcache"), NONE)


class Unfollowed(GeneratedTest):
    """It is warned of where a map is compiled: with the place where the text is lost, 1-based, in UTF-16 code units."""

    def setUp(self):
        super().setUp()
        self.map = self.write_map(minified_map(), "app.js.map")
        self.generated = self.write("app.js", "x\n'\N{GRINNING FACE}';)".encode())
        self.warning = f"{self.generated}:2:6: cannot be followed, and names no functions: an expression is missing"

    def check(self, *arguments, warning=None, code=DONE):
        result = run(*arguments)
        said = [line for line in result.message.splitlines() if ": warning: " in line]
        self.assertEqual((result.code, said), (code, [f"smcache: {self.map}: warning: {warning or self.warning}"]))

    def check_silent(self, *arguments):
        self.succeed(*arguments)

    def test_build(self):
        for options in [], ["--chain"], ["--strict"], ["--minified", self.generated]:
            self.check("build", self.map, "--force", *options)
            self.check_silent("build", self.map, *options)  # unchanged
        row = json.loads(run("build", self.map, "--force", "--json").text)
        self.assertEqual((row["n_warnings"], row["warnings"][0]["reason"]), (1, self.warning))
        self.check_silent("build", self.map, "--force", "--functions=none")
        self.write_map(minified_map(sourcesContent=["f()"]), "app.js.map")
        self.check_silent("build", self.map)  # nobody asks

    def test_damaged_archive(self):
        self.write("app.js", gzip.compress(MINIFIED)[:-9])
        warning = f"{self.generated}: cannot be followed, and names no functions: "
        result = run("build", self.map)
        self.assertEqual(result.code, DONE)
        self.assertIn(warning, result.message)

    def test_lookup(self):
        self.check("lookup", self.map, "1:1", "--no-store")
        self.check("lookup", self.map, "1:1")
        self.check_silent("lookup", self.map, "1:1")  # it is in the store

    def test_explain(self):
        result = self.end_with(PARTIAL, [], "explain", self.generated, "1:1", "--json")
        problems = {row["problem"]: row["text"] for row in json.loads(result.text)["problems"]}
        self.assertEqual(problems["malformed_source"], self.warning)


class Named(GeneratedTest):
    """By --minified."""

    def setUp(self):
        super().setUp()
        self.map = self.write_map(minified_map(), "app.js.map")
        self.output = self.folder / "app.js.smcache"

    def test_any_name(self):
        for name in "app.min.js", "x/app.txt", "-x", "app.css":
            path = self.write(name, MINIFIED)
            self.assertEqual(self.compile(self.map, "--minified", path), LED)
        packed = self.write("app.js.gz", gzip.compress(MINIFIED))
        self.assertEqual(self.compile(self.map, f"--minified={packed}"), LED)

    def test_goes_before_the_one_beside(self):
        self.write("app.js", MINIFIED)
        other = self.write("other.js", MINIFIED.replace(b"c()", b"e()"))
        self.assertEqual(self.compile(self.map, f"--minified={other}")[1], ("e", "minified_text"))

    def test_of_stdin_and_of_a_folder_with_one_map(self):
        path = self.write("min.js", MINIFIED)
        with open(self.map, "rb") as stdin:
            data = self.succeed("build", "-", "--minified", path, stdin=stdin).out
        self.assertEqual(self.functions(self.write("one.smcache", data)), LED)
        self.write("dist/app.js.map", self.map.read_bytes())
        self.build_many(DONE, [], "dist", "--minified", path, n=(1, 0, 0))
        self.assertEqual(self.functions(self.folder / "dist/app.js.smcache"), LED)

    def test_of_several_maps(self):
        path = self.write("min.js", MINIFIED)
        self.write_map(minified_map(), "dist/a.js.map")
        self.write_map(minified_map(), "dist/b.js.map")
        for inputs in ["dist"], ["dist/a.js.map", "dist/b.js.map"]:
            result = self.fail_with(USAGE, "build", *inputs, "--minified", path, cwd=self.folder)
            self.assertEqual(result.message, "smcache build: --minified is of one map, and here are 2; "
                                             "see smcache build --help\n")
        self.assertEqual(list(self.folder.rglob("*.smcache")), [])

    def test_that_cannot_be_read(self):
        folder = self.folder / "folder.js"
        folder.mkdir()
        fifo = self.folder / "fifo.js"
        os.mkfifo(fifo)
        for path, reason in ((self.folder / "gone.js", os.strerror(errno.ENOENT)),
                             (folder, os.strerror(errno.EISDIR)),
                             (fifo, "no regular file: save it to one, it may be read twice")):
            message = f"{self.map}: --minified {path}: cannot be read: {reason}"
            self.end_with(SYSTEM, message, "build", self.map, "--minified", path)
            self.end_with(SYSTEM, message, "build", self.map, "--chain", "--minified", path)
            self.assertFalse(self.output.exists())
            self.succeed("build", self.map, "--functions=none", "--minified", path)  # nobody asks for it
            self.output.unlink()
        closed = self.write("closed.js", MINIFIED)
        closed.chmod(0)
        result = self.run_as_other_user("build", self.map, "--minified", closed)
        self.assertEqual((result.code, result.message), (
            SYSTEM, f"smcache: {self.map}: --minified {closed}: cannot be read: {os.strerror(errno.EACCES)}\n"))

    def test_another_one_is_another_build(self):
        def status(*options):
            return json.loads(self.succeed("build", self.map, "--json", *options).text)["status"]
        one, two = self.write("one.js", MINIFIED), self.write("two.js", MINIFIED + b"\n")
        self.assertEqual([status(), status("--minified", one), status("--minified", one)],
                         ["built", "built", "unchanged"])
        os.utime(one)
        self.write("copy.js", MINIFIED)
        self.assertEqual([status("--minified", one), status("--minified", self.folder / "copy.js")], ["unchanged"] * 2)
        self.assertEqual([status("--minified", two), status()], ["built", "built"])
        self.assertEqual(status("--dry-run", "--minified", two), "built")


class Content(GeneratedTest):
    def test_where_sources_have_contents(self):
        """These go before, source by source."""
        tokens = [(0, 0, 0, 0, 0), (0, 9, 0, 0, 9, 0), (0, 13, 0, 0, 16), (0, 17, 1, 0, 0), (0, 26, 1, 0, 9, 1),
                  (0, 30, 1, 0, 17)]
        self.write("app.js", MINIFIED)
        for contents, expected in (([None, None], [("first", "minified"), ("second", "minified")]),
                                   (["function one() { x }"], [("one", "original"), ("second", "minified")]),
                                   ([None, "function two() { x }"], [("first", "minified"), ("two", "original")]),
                                   (["function one() { x }", "function two() { x }"],
                                    [("one", "original"), ("two", "original")]),
                                   (["function one( {", "class two {{"],
                                    [("first", "minified"), ("second", "minified")])):
            path = self.write_map(make_map(tokens, ["a.js", "b.js"], ["first", "second"], contents), "app.js.map")
            self.assertEqual(self.compile(path), expected)
            self.assertEqual(self.functions(path), expected)

    def test_where_the_map_says_it(self):
        said = {"x_facebook_sources": [[{"names": ["known"], "mappings": "AAA"}]]}
        self.write("app.js", MINIFIED)
        self.assertEqual(self.compile(self.write_map(minified_map(**said), "app.js.map")), [("known", "facebook")] * 2)

    def test_none(self):
        said = {"x_facebook_sources": [[{"names": ["known"], "mappings": "AAA"}]],
                "sourcesContent": ["function one() {}"]}
        path = self.write_map(minified_map(**said), "app.js.map")
        outputs = set()
        for generated in None, MINIFIED:
            if generated is not None:
                self.write("app.js", generated)
            self.assertEqual(self.compile(path, "--functions=none"), NONE)
            outputs.add((self.folder / "out.smcache").read_bytes())
            self.assertEqual(self.succeed("dump", self.folder / "out.smcache", "--functions").out, b"")
        self.assertEqual(len(outputs), 1)

    def test_unknown_modes(self):
        path = self.write_map(minified_map())
        for mode in "", "all", "AUTO", "auto ":
            result = self.fail_with(USAGE, "build", path, f"--functions={mode}")
            self.assertIn(f"--functions is auto or none, not '{mode}'", result.message)

    def test_info_counts_them(self):
        self.write("app.js", MINIFIED)
        self.compile(self.write_map(minified_map(), "app.js.map"))
        info = json.loads(self.succeed("info", self.folder / "out.smcache", "--json").text)
        self.assertEqual(info["functions"], [{"origin": "minified", "n_functions": 1, "n_tokens": 3},
                                             {"origin": "minified_text", "n_functions": 1, "n_tokens": 3}])

    def test_the_same_with_any_number_of_threads(self):
        tokens = [(0, 17 * i + at, 0, i, at, *([i] if at == 9 else [])) for i in range(3000) for at in (0, 9, 13)]
        self.write("app.js", b"function a(){b()}" * 3000)
        source_map = make_map(tokens, ["a.ts", "b.js"], [f"n{i}" for i in range(3000)],
                              [None, "function f() { return 1 }\n" * 4000])
        path = self.write_map(source_map, "app.js.map")
        outputs = set()
        for n in 1, 2, 8:
            self.compile(path, f"-j{n}")
            outputs.add((self.folder / "out.smcache").read_bytes())
        self.assertEqual(len(outputs), 1)
        self.assertEqual(self.succeed("lookup", self.folder / "out.smcache", "1:50980", "--format=tsv").text,
                         "1\t50980\ta.ts\t2999\t14\t\tn2998\n")


class Modes(GeneratedTest):
    """What is in a generated file is for nobody who may not read it."""

    def test_one_that_takes_its_place_meanwhile(self):
        """The output has the permissions of the one that was there at first."""
        trace = shutil.which("strace")
        if trace is None:
            self.skipTest("strace is not here")
        source_map = self.write_map(minified_map(), "app.js.map")
        generated = self.write("app.js", MINIFIED)
        private = self.write("private", MINIFIED.replace(b"b()", b"e()"))
        private.chmod(0o600)
        log = self.folder / "trace"
        # It is opened to see what it is, then for its digest, and then to be read.
        slowed = subprocess.Popen([trace, "-f", "-o", log, "-P", generated, "-e", "trace=openat", "-e",
                                   "inject=openat:delay_enter=2000000:when=2", PROGRAM, "build", source_map],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=os.environ | {"ASAN_OPTIONS": "detect_leaks=0"})
        time.sleep(1)
        os.replace(private, generated)
        said = slowed.communicate()[1]
        if b"app.js" not in log.read_bytes():
            self.skipTest("strace does not work here")
        self.assertEqual(slowed.returncode, SYSTEM, said)
        self.assertIn(b"app.js: has changed while it was read", said)
        self.assertFalse((self.folder / "app.js.smcache").exists())

    def test_modes(self):
        path = self.write_map(minified_map(), "app.js.map")
        generated = self.write("app.js", MINIFIED)
        path.chmod(0o644)
        for mode, options, expected in ((0o644, [], 0o644), (0o600, [], 0o600), (0o640, [], 0o640),
                                        (0o600, ["--chain"], 0o600), (0o600, ["--functions=none"], 0o644)):
            generated.chmod(mode)
            output = self.folder / "app.js.smcache"
            output.unlink(missing_ok=True)
            self.succeed("build", path, *options, preexec_fn=lambda: os.umask(0))
            self.assertEqual(output.stat().st_mode & 0o777, expected, (mode, options))


if __name__ == "__main__":
    main()
