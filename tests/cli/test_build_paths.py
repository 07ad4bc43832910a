#!/usr/bin/env python3
"""Names of sources: the options of build that change them, in which order, and that what the map says stays."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True

from support import INPUT, ROOT, TIMEOUT_S, USAGE, CliTest, main, make_map, map_from, run, to_bytes


class PathsTest(CliTest):
    def rows(self, sources, *options, sections=None, **members):
        """(name, raw name) of each source of a build; the raw name is "" where it is the same."""
        data = make_map([], sources, **members)
        path = self.write_map({"version": 3, "sections": sections} if sections else data)
        out = self.folder / "out"
        self.succeed("build", path, "-o", out, "--force", *options)
        self.succeed("verify", out)
        dump = self.succeed("dump", "--sources", out).out
        reader = subprocess.run([sys.executable, "-B", ROOT / "spec" / "smcache_reader.py", "dump", "--sources", out],
                                capture_output=True, timeout=TIMEOUT_S, check=True) if self.ask_reader else None
        self.assertEqual(dump, reader.stdout if reader else dump)
        rows = [row.split("\t") for row in dump.decode().split("\n")[:-1]]
        self.assertEqual({len(row) for row in rows} | {6}, {6})
        return [(row[1], row[5]) for row in rows]

    ask_reader = False

    def names(self, sources, *options, **members):
        return [name for name, _ in self.rows(sources, *options, **members)]


class RawNames(PathsTest):
    ask_reader = True

    def test_column(self):
        sources = ["a", None, "", "b/x", "\U0001f600\t\\", "\ud800"]
        self.assertEqual(self.rows(sources), [("a", ""), ("", ""), ("", ""), ("b/x", ""), ("\U0001f600\\t\\\\", ""),
                                              ("\ufffd", "")])
        self.assertEqual(self.rows(sources, "--replace=x=y"), self.rows(sources)[:3] + [("b/y", "b/x")] +
                         self.rows(sources)[4:])
        self.assertEqual(self.rows(sources, "--source-root=r"), [
            ("r/a", "a"), ("", ""), ("r/", ""), ("r/b/x", "b/x"), ("r/\U0001f600\\t\\\\", "\U0001f600\\t\\\\"),
            ("r/\ufffd", "\ufffd")])
        self.assertEqual(self.rows(["a", None], "--strip-prefix=r/", sourceRoot="r"), [("a", "r/a"), ("", "")])

    def test_name_that_is_none(self):
        """The content and the ignore list do not depend on it."""
        path = self.write_map(make_map([(0, 0, 0, 0, 0)], ["http://[x", "b"], contents=["one\ntwo"], ignoreList=[0]))
        out = self.folder / "out"
        run("build", path, "-o", out, "--map-url=http://x/y.map")
        self.succeed("verify", out)
        self.assertEqual(self.succeed("dump", "--sources", out).text,
                         "0\t\t7\t2\tignored\thttp://[x\n1\thttp://x/b\t\t\t\tb\n")
        self.assertEqual(self.succeed("lookup", out, "1:1").text, "(source without a name):1:1 [ignored]\n")

    def test_same_file_without_options_that_matter(self):
        path = self.write_map(make_map([], ["a/b", "c"]))
        expected = self.succeed("build", path, "-o", "-").out
        for options in ["--strip-common-prefix"], ["--strip-prefix=x"], ["--replace=x=y"], ["--clean-paths"]:
            self.assertEqual(len(self.succeed("build", path, "-o", "-", *options).out), len(expected), options)


class Roots(PathsTest):
    def test_source_root(self):
        for root, expected in ("r", "r/a"), ("r/", "r/a"), ("/", "/a"), ("http://x", "http://x/a"), ("", "a"):
            self.assertEqual(self.rows(["a", None], "--source-root", root, sourceRoot="old"),
                             [(expected, "old/a"), ("", "")])
        sections = [{"offset": {"line": i, "column": 0}, "map": make_map([], [f"s{i}"], sourceRoot=root)}
                    for i, root in enumerate(["one", "two/", ""])]
        self.assertEqual(self.rows([], "--source-root=new", sections=sections),
                         [("new/s0", "one/s0"), ("new/s1", "two/s1"), ("new/s2", "s2")])

    # ECMA-426 leaves a source root of "" with a slash; here it counts as none.
    URLS = [(None, "a.ts", "https://ex.com/js/a.ts"), ("src", "../a.ts", "https://ex.com/js/a.ts"),
            ("src", "/a.ts", "https://ex.com/js/src//a.ts"), (None, "/a.ts", "https://ex.com/a.ts"),
            ("", "a.ts", "https://ex.com/js/a.ts"), (None, "webpack:///./src/a.ts", "webpack:///src/a.ts"),
            ("webpack://app", "./a.ts", "webpack://app/a.ts"),
            ("https://cdn/x", "webpack:///a.ts", "https://cdn/x/webpack:///a.ts"),
            (None, "", "https://ex.com/js/app.js.map"), (None, "C:/x/a.ts", "c:/x/a.ts"),
            (None, "//cdn/a.ts", "https://cdn/a.ts"), (None, "?q", "https://ex.com/js/app.js.map?q"),
            (None, "\u00fc b.ts", "https://ex.com/js/%C3%BC%20b.ts"), (None, "a%20b", "https://ex.com/js/a%20b"),
            (None, "../../../a", "https://ex.com/a"), (None, "\\x\\y", "https://ex.com/x/y")]

    def test_map_url(self):
        for root, source, url in self.URLS:
            with self.subTest(root=root, source=source):
                raw = (root.rstrip("/") + "/" if root else "") + source
                expected = [(url, "" if raw == url else raw.replace("\\", "\\\\"))]
                given = ["--map-url=https://ex.com/js/app.js.map"]
                members = {} if root is None else {"sourceRoot": root}
                self.assertEqual(self.rows([source], *given, **members), expected)
                if root is not None:  # an option says the same as the map's own
                    self.assertEqual(self.names([source], *given, f"--source-root={root}"), [url])

    def test_bad_map_url(self):
        path = self.write_map(make_map([], ["a"]))
        for url in "", "app.js.map", "/js/app.js.map", "//ex.com/app.js.map", "http://", "http://[x/", "1:x":
            result = self.fail_with(USAGE, "build", path, "--map-url", url)
            self.assertEqual(result.message, f"smcache build: --map-url is an absolute URL, not '{url}'; "
                                             "see smcache build --help\n")

    def test_source_without_a_url(self):
        data = to_bytes(make_map([], ["good", "http://a b/", "also good"]))
        path = self.write("in.map", data)
        result = run("build", path, "--map-url=http://x/")
        self.assertRegex(result.message, rf'\Asmcache: {path}: warning: "sources", byte {data.index(b"http") - 1}: '
                                         r'[^;]+; the source has no name\n\Z')
        strict = result.message.replace("warning: ", "").replace("; the source has no name", "")
        self.assertEqual(self.fail_with(INPUT, "build", path, "--map-url=http://x/", "--strict").message, strict)
        for url in "mailto:x", "data:,x":  # nothing is relative to these
            self.assertEqual(run("build", path, f"--map-url={url}", "--force").message.count("no name"), 3)


class Clean(PathsTest):
    NAMES = {
        "webpack://app/./src/a.ts": "src/a.ts", "webpack:///./src/a.ts": "src/a.ts", "webpack:///src/a.ts": "src/a.ts",
        "webpack://@scope/app/./src/a.ts": "src/a.ts", "webpack://@scope/a.ts": "a.ts", "webpack://app": "app",
        "webpack:///src/a.ts?1a2b": "src/a.ts", "webpack://app/./a.vue?vue&type=script/x": "a.vue",
        "webpack:///./~/lodash/~/b.js": "node_modules/lodash/node_modules/b.js", "webpack:///": "webpack:///",
        "webpack:///?x": "webpack:///?x",
        "webpack:///../lib/x.js": "../lib/x.js", "webpack:////abs/x.js": "/abs/x.js",
        "webpack://app/webpack/bootstrap": "webpack/bootstrap", "webpack://app/external \"x\"": "external \"x\"",
        "webpack-internal:///./src/a.ts": "src/a.ts", "webpack-internal:///(rsc)/./a.ts": "(rsc)/a.ts",
        "turbopack:///[project]/src/a.ts": "src/a.ts", "turbopack://[project]/src/a.ts?x": "src/a.ts",
        "turbopack:///[turbopack]/a.js": "[turbopack]/a.js", "./a.ts": "a.ts", "././a.ts": "a.ts",
        "src//a.ts": "src/a.ts", "src/./b/../a.ts": "src/a.ts", "a/b/c/../../../d": "d",
        "../../a.ts": "../../a.ts", "a/../../b.ts": "../b.ts",
        "a/..": "a/..", "..": "..", ".": ".", "./": "./", "": "", "/": "/", "/./a//b.ts": "/a/b.ts", "/../a": "/../a",
        "/a/../../b": "/../b", "a.ts/": "a.ts", "a.ts?x": "a.ts?x", "C:/x/./a.ts": "C:/x/a.ts", "~/a": "node_modules/a",
        "~a/b~": "~a/b~", "a/...": "a/...", "a/.../..": "a", ".../a": ".../a",
        "https://x.com/./a/../b.js?q": "https://x.com/./a/../b.js?q", "file:///a/./b": "file:///a/./b",
        "app:///./a": "app:///./a", "Webpack://a/./b": "Webpack://a/./b", "webpack:/a/./b": "webpack:/a/b",
        "x/webpack://a/./b": "x/webpack:/a/b", "\ud800/./\udc00": "\ufffd/\ufffd",
    }

    def test_each(self):
        names = self.names(list(self.NAMES), "--clean-paths")
        self.assertEqual(dict(zip(self.NAMES, names)), self.NAMES)

    def test_again_changes_nothing(self):
        cleaned = [name for name in self.NAMES.values() if "\ufffd" not in name]
        self.assertEqual(self.names(cleaned, "--clean-paths"), cleaned)

    def test_long(self):
        n = 20_000
        for name, expected in (("~/" * n + "a", "node_modules/" * n + "a"), ("a/" * n + "../" * n + "b", "b"),
                               ("./" * n + "b", "b"), ("../" * n + "b", "../" * n + "b")):
            self.assertEqual(self.names([name], "--clean-paths"), [expected])

    def test_null_stays_null(self):
        path = self.build(make_map([(0, 0, 0, 0, 0)], [None]), "--clean-paths", "--strip-common-prefix",
                          "--replace=a=b", "--strip-prefix=x", "--source-root=r", "--map-url=http://x/")
        self.assertEqual(self.succeed("lookup", path, "1:1").lines, ["(source without a name):1:1"])


class Replace(PathsTest):
    def test_each(self):
        for options, source, expected in ((["a=b"], "banana", "bbnbnb"), (["aa=b"], "aaa", "ba"),
                                          (["a="], "banana", "bnn"), (["a=b", "b=c"], "ab", "cc"),
                                          (["b=c", "a=b"], "ab", "bc"), (["a=b=c"], "a", "b=c"),
                                          (["abc="], "abc", ""), (["x=y"], "", ""),
                                          (["a=aa"], "aXa", "aaXaa"),
                                          (["\u00fc=\U0001f600"], "\u00fc!\u00fc", "\U0001f600!\U0001f600"),
                                          (["A=b"], "a", "a"), (["ab=x"], "aab", "ax"), (["aab=x"], "aaab", "ax")):
            self.assertEqual(self.names([source], *(f"--replace={text}" for text in options)), [expected], options)

    def test_malformed(self):
        path = self.write_map(make_map([], ["a"]))
        for text in "", "a", "=", "=b":
            result = self.fail_with(USAGE, "build", path, "--replace", text)
            self.assertEqual(result.message, f"smcache build: --replace is FROM=TO, not '{text}'; "
                                             "see smcache build --help\n")

    def test_surrogates_that_meet(self):
        self.assertEqual(self.rows(["\ud83dX\ude00", "\ud83dX", "X\ude00X", "\udc00X\ud800"], "--replace=X="), [
            ("\U0001f600", "\ufffdX\ufffd"), ("\ufffd", "\ufffdX"), ("\ufffd", "X\ufffdX"),
            ("\ufffd\ufffd", "\ufffdX\ufffd")])

    def test_growth_is_limited(self):
        """To 1 MiB and 16 times the map."""
        reason = "sourceRoot or an option makes the names too large"
        path = self.write("in.map", map_from("a" * 1000))
        at = path.read_bytes().index(b'"aaa')
        self.end_with(INPUT, f'{path}: "sources", byte {at}: {reason}', "build", path, "--replace=a=" + "b" * 2000)
        path.write_bytes(to_bytes(make_map([], ["s"] * 20)))
        at = path.read_bytes().index(b'"s"') + 17 * len('"s",')  # the 18th is too much
        self.end_with(INPUT, f'{path}: "sources", byte {at}: {reason}', "build", path, "--source-root=" + "r" * 60_000)
        self.succeed("build", path, "--source-root=" + "r" * 50_000)

    def test_not_utf8(self):
        path = self.write_map(make_map([], ["\u00fc"]))
        for text in b"\xff", b"a=\xc3", b"\xc3=a", b"a=\xed\xa0\x80", b"=\xe2\x82":
            for option in b"--replace=", b"--strip-prefix=", b"--source-root=":
                result = self.fail_with(USAGE, "build", path, os.fsdecode(option + text))
                self.assertRegex(result.message, "names of sources are UTF-8, which '.*' is not")
        self.assertEqual(self.names(["\u00fc"], "--replace=\u00fc=\ufffd"), ["\ufffd"])


class Strip(PathsTest):
    def test_prefix(self):
        for prefixes, source, expected in ((["src/"], "src/src/a", "src/a"), (["a", "ab"], "abc", "bc"),
                                           (["ab", "a"], "abc", "c"), (["x", "ab"], "abc", "c"),
                                           (["abc"], "abc", ""), (["abcd"], "abc", "abc"),
                                           ([""], "abc", "abc"), (["", "a"], "abc", "bc"), (["A"], "abc", "abc"),
                                           (["b"], "abc", "abc"), (["a", "b"], "abc", "bc")):
            self.assertEqual(self.names([source], *(f"--strip-prefix={prefix}" for prefix in prefixes)), [expected])

    def test_common_prefix(self):
        for sources, expected in ((["p/q/a", "p/q/b"], ["a", "b"]), (["p/a", "q/b"], ["p/a", "q/b"]),
                                  (["p/q/a"], ["a"]), (["a"], ["a"]),
                                  (["p/ab", "p/ac"], ["ab", "ac"]), (["p/q/a", "p/qq/a"], ["q/a", "qq/a"]),
                                  (["p/a", None, "p/b"], ["a", "", "b"]), ([None, None], ["", ""]), ([], []),
                                  (["p/a", "p/a"], ["a", "a"]), (["p/a", ""], ["p/a", ""]),
                                  (["/p/a", "/p/b/c"], ["a", "b/c"]),
                                  (["/a", "/b"], ["a", "b"]), (["p/", "p/a"], ["", "a"]), (["p/a", "p"], ["p/a", "p"]),
                                  (["webpack://x/a", "webpack://x/b"], ["a", "b"]),
                                  (["\u00fc/\u00fc", "\u00fc/\u00fd"], ["\u00fc", "\u00fd"])):
            self.assertEqual(self.names(sources, "--strip-common-prefix"), expected)

    def test_common_prefix_of_all_sections(self):
        sections = [{"offset": {"line": i, "column": 0}, "map": make_map([], sources)}
                    for i, sources in enumerate([["p/q/a", "p/q/b"], ["p/c"]])]
        self.assertEqual(self.rows([], "--strip-common-prefix", sections=sections),
                         [("q/a", "p/q/a"), ("q/b", "p/q/b"), ("c", "p/c")])


class Order(PathsTest):
    def test_all_of_them(self):
        """Root, URL, cleaning, replacements, prefixes, common prefix: each sees what the one before has made."""
        sources = ["./x/../a.ts", "b.ts", None]
        steps = [(["--source-root=webpack:///./m"], ["webpack:///./m/./x/../a.ts", "webpack:///./m/b.ts", ""]),
                 (["--map-url=https://h/d/app.map"], ["webpack:///m/a.ts", "webpack:///m/b.ts", ""]),
                 (["--clean-paths"], ["m/a.ts", "m/b.ts", ""]),
                 (["--replace=m/=k/l/", "--replace=l/a=l/z/a"], ["k/l/z/a.ts", "k/l/b.ts", ""]),
                 (["--strip-prefix=k/"], ["l/z/a.ts", "l/b.ts", ""]),
                 (["--strip-common-prefix"], ["z/a.ts", "b.ts", ""])]
        given = []
        for options, expected in steps:
            given += options
            self.assertEqual(self.names(sources, *given), expected)
            self.assertEqual(self.names(sources, *given), expected)
        # The order in which options are given does not matter but among those of one kind.
        self.assertEqual(self.rows(sources, *given[6:], *given[5:6], *given[3:5], *given[:3]),
                         [("z/a.ts", "./x/../a.ts"), ("b.ts", ""), ("", "")])

    def test_lookup_shows_the_name(self):
        path = self.build(make_map([(0, 0, 0, 0, 0)], ["webpack://app/./src/a.ts"]), "--clean-paths")
        self.assertEqual(self.succeed("lookup", path, "1:1").lines, ["src/a.ts:1:1"])

    def test_sources_that_become_the_same_stay_apart(self):
        self.assertEqual(self.rows(["webpack:///a", "./a", "a"], "--clean-paths"),
                         [("a", "webpack:///a"), ("a", "./a"), ("a", "")])


if __name__ == "__main__":
    main()
