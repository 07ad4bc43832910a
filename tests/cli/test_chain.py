#!/usr/bin/env python3
"""build --chain: where the maps of sources are found, what is said of those that are not, and what bounds it."""

import errno
import json
import os
import resource
import stat
import sys

sys.dont_write_bytecode = True

from support import (DONE, EMULATED, INPUT, MINIFIED, PARTIAL, SYSTEM, CliTest, inline, main, make_map, map_from,
                     minified_map, run, script, to_bytes, too_large)

INNER = map_from("x.ts", contents=["let x;"])
OUTSIDE = "the maps of sources outside of the folder are not read: give the map itself"


class ChainTest(CliTest):
    def setUp(self):
        super().setUp()
        self.map = self.folder / "app.js.map"
        self.output = self.folder / "app.js.smcache"

    def outer(self, *sources, **members):
        """The map that is built: a token for each of the sources."""
        tokens = [(0, i, i, 0, 0) for i in range(len(sources))]
        return self.write_map(make_map(tokens, sources, **members), "app.js.map")

    def check(self, sources, messages=(), *options, code=DONE):
        """Builds it; these are the sources then."""
        self.end_with(code, [f"{self.map}: {text}" for text in messages], "build", "--chain", "--force", self.map,
                      *options)
        self.succeed("verify", self.output)
        self.assertEqual(self.sources(self.output), sources)

    def check_strict(self, message):
        self.output.unlink(missing_ok=True)
        self.end_with(INPUT, f"{self.map}: {message}", "build", "--chain", "--strict", self.map)
        self.assertFalse(self.output.exists())

    def check_left(self, what, sources=("lib/x.js",)):
        """A source stays as it is: noted, and in strict mode refused."""
        self.check(list(sources), [f"warning: {what}; it stays as it is"])
        self.check_strict(what)


class Found(ChainTest):
    def test_by_comment(self):
        self.outer("lib/x.js")
        self.write("lib/x.js", script("maps/m.map"))
        self.write("lib/maps/m.map", INNER)
        self.check(["x.ts"])
        self.assertEqual(self.succeed("lookup", self.output, "1:1").lines, ["x.ts:1:1"])
        self.succeed("build", "--force", self.map)
        self.assertEqual(self.sources(self.output), ["lib/x.js"])  # not without --chain

    def test_beside(self):
        self.outer("lib/x.js?v=1#a")
        self.write("lib/x.js.map", INNER)
        self.check(["x.ts"])  # the source is not there
        self.write("lib/x.js", script(None))
        self.check(["x.ts"])

    def test_in_the_file(self):
        for kind in "base64", "percent":
            self.outer("lib/x.js")
            self.write("lib/x.js", script(inline(INNER, kind)))
            self.check(["x.ts"])

    def test_in_the_content(self):
        for name in "lib/x.js", "webpack:///lib/x.js", "/none/x.js", "x":
            self.outer(name, contents=[script(inline(INNER)).decode()])
            self.check(["x.ts"])

    def test_content_after_a_file_that_leads_nowhere(self):
        self.outer("lib/x.js", contents=[script(inline(INNER)).decode()])
        for url in None, "gone.map", "https://example.com/x.map":
            self.write("lib/x.js", script(url))
            self.check(["x.ts"], (), "--strict")

    def test_two_levels_in_folders(self):
        self.outer("one/x.js", "y.js")
        self.write("one/x.js", script("../two/m.map"))
        self.write("two/m.map", map_from("three/z.mjs"))  # counted from the map
        self.write("two/three/z.mjs.map", map_from("z.ts"))
        self.check(["z.ts", "y.js"])
        self.assertEqual(self.succeed("lookup", self.output, "1:2").lines, ["y.js:1:1"])

    def test_map_in_the_content_counts_from_its_source(self):
        self.outer("lib/x.js", contents=[script(inline(map_from("deep/y.js"))).decode()])
        self.write("lib/deep/y.js.map", INNER)
        self.write("deep/y.js.map", map_from("wrong.ts"))
        self.check(["x.ts"])

    def test_css(self):
        self.outer("a.css", "b.css", contents=[None, script(inline(map_from("b.scss")), "b.css").decode()])
        self.write("a.css", script("a.map", "a.css"))
        self.write("a.map", map_from("a.scss"))
        self.check(["a.scss", "b.scss"])

    def test_names(self):
        self.write_map(make_map([(0, 0, 0, 0, 0, 0)], ["x.js"], ["short"]), "app.js.map")
        named = to_bytes(make_map([(0, 0, 0, 0, 0, 0)], ["x.ts"], ["long"]))
        for inner, options, answer in ((INNER, ["--chain"], ["x.ts:1:1"]),
                                       (INNER, ["--chain-names"], ["x.ts:1:1", "(short)"]),
                                       (named, ["--chain"], ["x.ts:1:1", "(long)"]),
                                       (named, ["--chain-names"], ["x.ts:1:1", "(long)"])):
            self.write("x.js.map", inner)
            self.succeed("build", "--force", *options, self.map)
            self.assertEqual(self.succeed("lookup", self.output, "1:1").text.split(), answer)

    def test_unchanged_dry_run_and_json(self):
        def status(*options):
            return json.loads(self.succeed("build", "--chain", "--json", self.map, *options).out)["status"]
        self.outer("x.js")
        self.write("x.js.map", INNER)
        self.assertEqual(self.succeed("build", "--chain", "--dry-run", self.map).lines,
                         [f"build\t{self.map}\t{self.output}"])
        self.assertFalse(self.output.exists())
        self.assertEqual([status(), status(), status("--dry-run")], ["built", "unchanged", "unchanged"])
        before = self.output.stat().st_ino
        self.assertEqual([status(), self.output.stat().st_ino], ["unchanged", before])
        self.write("x.js.map", map_from("new.ts"))
        self.assertEqual([status("--dry-run"), status(), status()], ["built", "built", "unchanged"])
        data = bytearray(self.output.read_bytes())
        data[-1] ^= 1
        self.output.write_bytes(data)
        self.assertEqual([status(), status("--force"), status()], ["built", "built", "unchanged"])


class Functions(ChainTest):
    """Those of the originals, as the last map knows them."""

    ES5 = "function _submit() { pay() }"
    ES6 = "let o = { submit() { pay() } }"
    TS = "class Checkout { submit(): T { pay() } }"

    def link(self, to, text, source, *contents, **members):
        """A map that leads from the start, and from the call in that text, to `source` and the call in its content."""
        at = 0 if text is None else text.index("pay")
        to_at = contents[0].index("pay") if contents else 0
        return self.write_map(make_map([(0, 0, 0, 0, 0), (0, at, 0, 0, to_at)][at == 0:], [source],
                                       contents=contents or None, **members), to)

    def check_function(self, answer, *options, position="1:1"):
        self.succeed("build", "--force", self.map, *options)
        self.succeed("verify", self.output)
        self.assertEqual(self.succeed("lookup", self.output, position).lines, [answer])

    def test_through_two_maps(self):
        self.link("app.js.map", None, "x.js", self.ES5)
        self.link("x.js.map", self.ES5, "x.ts", self.TS)
        self.check_function("x.js:1:22 in _submit")
        self.check_function("x.ts:1:32 in Checkout.submit", "--chain")
        self.check_function("x.ts:1:32", "--chain", "--functions=none")

    def test_through_three_maps(self):
        self.link("app.js.map", None, "x.js", self.ES5)
        self.link("x.js.map", self.ES5, "y.mjs", self.ES6)
        self.check_function("y.mjs:1:22 in o.submit", "--chain")
        self.link("y.mjs.map", self.ES6, "x.ts", self.TS)
        self.check_function("x.ts:1:32 in Checkout.submit", "--chain")

    def test_of_sources_that_stay(self):
        self.write_map(make_map([(0, 0, 0, 0, 21), (0, 1, 1, 0, 21), (0, 2, 0, 0, 0)], ["x.js", "z.js"],
                                contents=[self.ES5, self.ES6]), "app.js.map")
        self.link("x.js.map", self.ES5, "x.ts", self.TS)
        self.check_function("x.ts:1:32 in Checkout.submit", "--chain")
        self.check_function("z.js:1:22 in o.submit", "--chain", position="1:2")
        self.check_function("x.ts:1:1 in new Checkout", "--chain", position="1:3")

    def test_a_map_that_knows_none(self):
        """Then the text of its generated file does, which is the content of a source of the map before."""
        self.link("app.js.map", None, "x.js", self.ES5)
        self.link("x.js.map", self.ES5, "x.ts")
        self.check_function("x.ts:1:1 in _submit", "--chain")
        row = json.loads(self.succeed("lookup", self.output, "1:1", "--format=json").text)
        self.assertEqual(row["function_origin"], "minified_text")
        self.link("x.js.map", self.ES5, "x.css")
        self.check_function("x.css:1:1", "--chain")

    def test_names_on_the_way(self):
        """Those of the map that the content is the generated file of."""
        self.link("app.js.map", None, "x.js", self.ES5)
        self.write_map(make_map([(0, 9, 0, 0, 0, 0), (0, 21, 0, 0, 5)], ["x.ts"], ["submit"]), "x.js.map")
        self.check_function("x.ts:1:6 in submit", "--chain")

    def test_of_all_kinds(self):
        self.link("app.js.map", None, "x.js", self.ES5)
        self.link("x.js.map", self.ES5, "x.ts",
                  x_facebook_sources=[[{"names": ["<global>", "Checkout#submit"], "mappings": "ACA"}]])
        self.check_function("x.ts:1:1 in Checkout#submit", "--chain")
        row = json.loads(self.succeed("lookup", self.output, "1:1", "--format=json").text)
        self.assertEqual((row["function_last"], row["function_origin"]), ("submit", "facebook"))

    def test_of_the_generated_file(self):
        """It is that of the first map, and where sources of that stay and have no content."""
        self.write("app.js", MINIFIED)
        source_map = minified_map()
        source_map["sources"] = ["y.ts"]
        self.write_map(source_map, "app.js.map")
        self.check_function("y.ts:2:3 in submit", "--chain", position="1:14")
        tokens = [(0, 0, 0, 0, 0), (0, 9, 0, 0, 9, 0), (0, 13, 0, 0, 21), (0, 17, 1, 0, 0), (0, 30, 1, 2, 2)]
        self.write_map(make_map(tokens, ["x.js", "y.ts"], ["short"]), "app.js.map")
        self.link("x.js.map", self.ES5, "x.ts", self.TS)
        self.check_function("x.ts:1:32 in Checkout.submit", "--chain", position="1:14")
        self.check_function("y.ts:3:3 in c", "--chain", position="1:31")

    def test_another_generated_file_is_another_build(self):
        def status(*options):
            return json.loads(self.succeed("build", "--chain", "--json", self.map, *options).out)["status"]
        self.write_map(minified_map(), "app.js.map")
        self.assertEqual([status(), status()], ["built", "unchanged"])
        self.write("app.js", MINIFIED)
        self.assertEqual([status("--dry-run"), status(), status()], ["built", "built", "unchanged"])
        self.assertEqual([status("--functions=none"), status("--functions=none")], ["built", "unchanged"])
        self.write_map(minified_map(sourcesContent=["function one() {}"]), "app.js.map")  # which needs none
        self.assertEqual([status(), status()], ["built", "unchanged"])
        self.write("app.js", MINIFIED + b"\n")
        self.assertEqual(status(), "unchanged")


class NotUsed(ChainTest):
    def test_map_that_is_not_to_be_had(self):
        self.outer("lib/x.js")
        path = self.folder / "lib/x.js"
        for url, why in (("no.map", "which is not there"), ("https://example.com/x.map", "which is not fetched"),
                         ("//example.com/x.map", "which is not fetched")):
            self.write("lib/x.js", script(url))
            self.check_left(f"{path} names {url}, {why}")

    def test_source_that_cannot_be_read(self):
        self.outer("lib/x.js")
        path = self.folder / "lib/x.js"
        path.mkdir(parents=True)
        self.check_left(f"{path} cannot be read: Is a directory")
        path.rmdir()
        os.mkfifo(path)
        self.check_left(f"{path} cannot be read: Invalid argument")
        path.unlink()
        os.mknod(path, stat.S_IFSOCK | 0o600)
        self.check_left(f"{path} cannot be read: {os.strerror(errno.ENXIO)}")

    def test_source_that_is_not_there(self):
        for name in ("lib/x.js", "app.js.map/x.js", "n" * 300 + ".js", "n/" * 3000 + "x.js", "x.ts", "",
                     "webpack:///x.js"):
            self.outer(name)
            self.check([name], (), "--strict")

    def test_broken_map(self):
        self.outer("x.js", "y.js")
        inner = self.write("x.js.map", b"{")
        self.write("y.js.map", INNER)
        self.check(["x.js", "x.ts"], [f"warning: {inner}: byte 1: key expected; the source stays as it is"])
        result = json.loads(self.end_with(DONE, f"{self.map}: warning: {inner}: byte 1: key expected; "
                                          "the source stays as it is", "build", "--chain", "--json", "--force",
                                          self.map).out)
        self.assertEqual([warning["map"] for warning in result["warnings"]], [str(inner)])
        self.check_strict(f"{inner}: byte 1: key expected")

    def test_broken_packing(self):
        self.outer("lib/x.js")
        inner = self.write("lib/x.js.map", b"\x1f\x8b\x08")
        self.check(["lib/x.js"], [f"warning: {inner}: malformed_sourcemap: gzip: the gzip data is truncated; "
                                  "its source stays as it is"])
        self.check_strict(f"{inner}: malformed_sourcemap: gzip: the gzip data is truncated")
        inner.unlink()
        self.outer("lib/x.js", contents=["//# sourceMappingURL=data:;base64,AA*A"])
        self.check(["lib/x.js"], [f"warning: {self.folder}/lib/x.js: malformed_sourcemap: data: URL, byte 36: a "
                                  "character in the data: URL that is not base64; its source stays as it is"])

    def test_too_large(self):
        big = map_from("x.ts", file="f" * 1000)
        self.outer("x.js", "y.js", "z.js")
        self.write("x.js", script(inline(big)))
        for name, url in ("y.js", "m.map"), ("z.js", None):
            self.write(name, script(url))
        self.write("m.map", INNER)
        self.write("z.js.map", INNER)
        limit = max(len(INNER), self.map.stat().st_size)
        for at, url in ("x.js", None), ("big.map", "big.map"):
            if url is not None:
                self.write("x.js", script(url))
                self.write(url, big)
            self.check(["x.js", "x.ts", "x.ts"],
                       [f"warning: {self.folder}/{at}: {too_large(limit)}; its source stays as it is"],
                       f"--max-input-size={limit}")

    def test_cycle(self):
        self.outer("app.js")
        message = f"{self.map}: byte 0: the map is one of those that lead to it"
        self.check(["app.js"], [f"warning: {message}; the source stays as it is"])
        self.check_strict(message)


class Folder(ChainTest):
    def setUp(self):
        super().setUp()
        self.dist = self.folder / "dist"
        self.map = self.dist / "app.js.map"
        self.output = self.dist / "app.js.smcache"

    def build_folder(self, sources, note=None, code=DONE, options=(), root=None):
        self.write_map(make_map([(0, i, i, 0, 0) for i in range(len(sources))], sources), "dist/app.js.map")
        result = run("build", "--chain", "--force", "--exclude=x.*", root or self.dist, *options, cwd=self.folder)
        lines = [line for line in result.message.splitlines() if "app.js" in line]
        path = self.map if root is None else f"{str(root).rstrip('/')}/app.js.map"
        self.assertEqual((result.code, lines), (code, [f"smcache: {path}: {note}"] if note else []))
        return self.sources(self.output)

    def test_inside(self):
        self.write("dist/lib/x.js", script("/x.map"))
        self.write("dist/x.map", INNER)
        for root in self.dist, "dist", "dist/", "./dist/":
            for name in "lib/x.js", "./lib/../lib/x.js":
                self.assertEqual(self.build_folder([name], root=root), ["x.ts"])
        self.assertEqual(self.build_folder([f"{self.dist}/lib/x.js"]), ["x.ts"])

    def test_outside(self):
        self.write("src/b.js.map", INNER)
        self.write("dist-secret/b.js.map", INNER)
        for name in ("../src/b.js", "lib/../../src/b.js", f"{self.folder}/src/b.js", f"{self.dist}-secret/b.js",
                     f"{self.dist}/../dist-secret/b.js"):
            for names in [name], [name, name]:
                self.assertEqual(self.build_folder(names, f"warning: {OUTSIDE}"), names)
        self.assertEqual(self.build_folder(["../src/b.ts"]), ["../src/b.ts"])  # what has no map anyway

    def test_the_map_itself(self):
        self.write("src/b.js.map", INNER)
        self.build_folder(["../src/b.js"], f"warning: {OUTSIDE}")
        self.check(["x.ts"])

    def test_map_outside_of_the_folder(self):
        self.write("src/x.map", INNER)
        self.write("dist/x.js", script("../src/x.map"))
        what = f"{self.dist}/x.js names ../src/x.map, which is outside of the folder"
        self.assertEqual(self.build_folder(["x.js"], f"warning: {what}; it stays as it is"), ["x.js"])
        self.build_folder(["x.js"], what, PARTIAL, ["--strict"])


class Bounds(ChainTest):
    def test_output_that_is_no_file(self):
        """A FIFO is not waited for."""
        self.outer("x.js")
        self.write("x.js.map", INNER)
        os.mkfifo(self.output)
        self.end_with(SYSTEM, f"{self.output}: cannot write: {os.strerror(errno.EEXIST)}", "build", "--chain", self.map)

    def make_sparse(self, name, nbytes, end=b""):
        path = self.write(name, b"")
        with path.open("r+b") as file:
            file.seek(nbytes - len(end))
            file.write(end)
            file.truncate(nbytes)

    def test_file_that_many_sources_name_is_read_once(self):
        """Were it read for each, that would be more than a job may read, and a note."""
        nbytes, n = 32 << 20, 150
        self.make_sparse("x.js", nbytes)
        self.make_sparse("y.js", nbytes, b"\n//# sourceMappingURL=x.map")
        self.outer(*["x.js"] * n)
        self.check(["x.js"] * n, (), "--strict")
        self.outer(*["y.js"] * n)
        self.check(["y.js"] * n, [f"warning: {self.folder}/y.js names x.map, which is not there; it stays as it is"])

    def test_budget(self):
        self.write("a.js.map", map_from("a.ts"))
        self.write("b.js.map", map_from("b.ts"))
        self.make_sparse("big.js", (4 << 30) + 1)
        self.outer("a.js", "big.js", "b.js", "c.ts")
        self.check_left(f"{self.folder}/big.js is not read: looking for the maps of sources has taken 4 GiB; nor are "
                        "others", ["a.ts", "big.js", "b.js", "c.ts"])

    def test_lack_of_memory(self):
        """There is the whole result, or a failure that says so; never a chain with a map less."""
        self.outer("s.js", contents=[script(inline(INNER + b" " * 8_000_000)).decode()])
        self.succeed("build", "--chain", self.map)
        expected = self.output.read_bytes()

        def limited(mib, *arguments):
            nbytes = mib << 20
            return run(*arguments, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (nbytes, nbytes)))
        if EMULATED or limited(256, "--version").code != DONE:
            self.skipTest("the program does not run in 256 MiB")
        codes = set()
        for mib in range(8, 100, 4):
            if limited(mib, "--version").code == DONE:
                self.output.unlink(missing_ok=True)
                code = limited(mib, "build", "--chain", "--jobs=1", self.map).code
                codes.add(code)
                self.assertIn(code, (DONE, SYSTEM))
                self.assertEqual(self.output.read_bytes() if self.output.exists() else None,
                                 expected if code == DONE else None)
        self.assertEqual(codes, {DONE, SYSTEM})


if __name__ == "__main__":
    main()
