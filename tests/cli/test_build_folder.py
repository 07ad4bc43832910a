#!/usr/bin/env python3
"""smcache build on folders: what is found and belongs together, where it goes, and what is not built again."""

import errno
import gzip
import json
import os
import pty
import re
import subprocess
import sys

sys.dont_write_bytecode = True

from support import (DONE, ENVIRONMENT, INPUT, PARTIAL, PROGRAM, SYSTEM, TIMEOUT_S, USAGE, CliTest, inline, is_control,
                     main, make_map, map_from, run, script, to_bytes, tree)


class FolderTest(CliTest):
    def setUp(self):
        super().setUp()
        self.dist = self.folder / "dist"
        self.dist.mkdir()

    def add(self, name, data=None):
        """A file in the folder; a map whose source has the name of the file if nothing else is said."""
        return self.write(os.path.join("dist", name), map_from(name) if data is None else data)

    def compiled(self, folder="dist"):
        """The compiled files below a folder: path -> names of sources."""
        folder = self.folder / folder
        return {str(path.relative_to(folder)): self.sources(path) for path in sorted(folder.rglob("*.smcache"))}

    def build_dist(self, *options, n, code=DONE, messages=(), **sums):
        return self.build_many(code, messages, "dist", *options, n=n, **sums)

    def states(self, folder="dist"):
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino)
                for path in (self.folder / folder).rglob("*.smcache")}


class Pairs(FolderTest):
    def test_each_map_once(self):
        self.add("a.js", script("a.js.map"))
        self.add("a.js.map")
        self.add("js/b.js", script("../maps/b.map"))
        self.add("maps/b.map")
        self.add("c.css", script(None, "c.css"))  # that its map is beside it is enough
        self.add("c.css.map")
        self.add("d.wasm", script("maps/d", "d.wasm"))  # only the comment says that this is a map
        self.add("maps/d")
        self.add("e.mjs", script(None))
        self.add("e.mjs.map.gz", gzip.compress(map_from("e.mjs.map.gz")))
        self.add("lonely.js.map")
        self.add("lonely.json")
        self.build_dist(n=(6, 0, 0))
        self.assertEqual(self.compiled(), {
            "a.js.smcache": ["a.js.map"], "c.css.smcache": ["c.css.map"], "d.wasm.smcache": ["maps/d"],
            "e.mjs.smcache": ["e.mjs.map.gz"], "js/b.js.smcache": ["maps/b.map"],
            "lonely.js.smcache": ["lonely.js.map"]})

    def test_two_that_share_a_map(self):
        for name in "a.js", "b.js":
            self.add(name, script("both.map"))
        self.add("both.map")
        self.build_dist(n=(2, 0, 0))
        self.assertEqual(self.compiled(), {"a.js.smcache": ["both.map"], "b.js.smcache": ["both.map"]})

    def test_map_inside(self):
        self.add("a.js", script(inline(map_from("inside"))))
        self.add("a.js.map", map_from("old"))  # what the generated file says goes before the custom
        self.build_dist(n=(1, 0, 0))
        self.assertEqual(self.compiled(), {"a.js.smcache": ["inside"]})

    def test_map_and_its_compressed_copy(self):
        self.add("a.js.map")
        self.add("a.js.map.gz", gzip.compress(map_from("copy")))
        self.build_dist(n=(1, 0, 0))
        self.assertEqual(self.compiled(), {"a.js.smcache": ["a.js.map"]})

    def test_generated_files_without_a_map(self):
        self.add("a.js.map")
        for name in "x.js", "y.css", "z.wasm":
            self.add(name, script(None, name))
        for options in [], ["--strict"]:
            self.build_dist(*options, "--force", n=(1, 0, 0), n_without=3)

    REASONS = {"no.map": "but dist/no.map is not there: put the map there, or give the map itself",
               "/no.map": "but dist/no.map is not there: put the map there, or give the map itself",
               "http://x/a.map": "which is not fetched: download it, and give the map itself",
               "../secret.map": "which is outside of the folder: give the map itself",
               "%2e%2e/secret.map": "which is outside of the folder: give the map itself",
               "sub/../../secret.map": "which is outside of the folder: give the map itself",
               "/../secret.map": "which is outside of the folder: give the map itself"}

    def test_broken_reference(self):
        self.write("secret.map", map_from("secret"))
        self.add("a.js.map")
        for url, reason in self.REASONS.items():
            with self.subTest(url):
                self.add("x.js", script(url))
                message = f"missing_sourcemap: it names {url}, {reason}"
                self.build_dist("--force", n=(1, 0, 0), messages=[f"dist/x.js: warning: {message}"], n_without=1)
                self.build_dist("--force", "--strict", n=(1, 0, 1), code=PARTIAL, messages=[f"dist/x.js: {message}"])
                self.assertEqual(list(self.compiled()), ["a.js.smcache"])
                self.end_with(DONE, (), "build", "dist", "--quiet", cwd=self.folder)

    def test_unreadable(self):
        """A generated file that cannot be read fails, and its map stands for itself."""
        self.dist.chmod(0o777)
        self.add("a.js", script("a.js.map")).chmod(0)
        self.add("a.js.map")
        self.add("b.js.map").chmod(0)
        denied = os.strerror(errno.EACCES)
        result = self.run_as_other_user("build", self.dist)
        self.assertEqual(result.code, PARTIAL)
        self.assertEqual(result.message.splitlines()[:3], [
            f"smcache: {self.dist}/a.js: missing_source: cannot be read: {denied}",
            f"smcache: {self.dist}/b.js.map: cannot open: {denied}",
            "smcache: 3 maps: 1 built, 0 unchanged, 2 failed; 0 warnings"])
        self.assertEqual(self.compiled(), {"a.js.smcache": ["a.js.map"]})

    def test_one_output_for_two(self):
        for folder in "x", "y":
            self.write(f"{folder}/good{folder}.js.map", map_from("good"))
            self.write(f"{folder}/sub/a.js.map", map_from("a"))
        before = tree(self.folder)
        result = self.fail_with(USAGE, "build", "x", "y", "-o", "out", cwd=self.folder)
        self.assertEqual(result.message, "smcache build: x/sub/a.js.map and y/sub/a.js.map both become "
                                         "out/sub/a.js.smcache: give them apart; see smcache build --help\n")
        self.assertEqual(tree(self.folder), before)
        self.assertFalse(self.folder.joinpath("out").exists())
        self.build_many(DONE, [], "x", "y", n=(4, 0, 0))


class Finding(FolderTest):
    def test_no_maps(self):
        self.add("readme.txt", b"")
        self.add("x.js", script(None))
        self.add("sub/.keep", b"")
        message = "dist: no source maps, and no generated files with one, in there"
        self.end_with(INPUT, message, "build", "dist", cwd=self.folder)
        self.end_with(INPUT, message, "build", "dist", "dist/sub", "-o", "out", cwd=self.folder)
        self.assertFalse(self.folder.joinpath("out").exists())

    def test_forms_of_the_folder(self):
        self.add("js/a.js", script("/a.map"))
        self.add("a.map")
        for argument, cwd in ("dist", "."), ("dist/", "."), ("dist//", "."), ("./dist", "."), (".", "dist"), \
                             ("../dist", "dist"), (self.dist, "."), ("./", "dist"), ("../js/..", "dist/js"):
            with self.subTest(argument):
                self.succeed("build", argument, "--quiet", cwd=self.folder / cwd)
                self.assertEqual(self.compiled(), {"js/a.js.smcache": ["a.map"]})
                self.succeed("build", argument, "--quiet", "-o", self.folder / "out", cwd=self.folder / cwd)
                self.assertEqual(self.compiled("out"), {"js/a.js.smcache": ["a.map"]})
                for path in *self.states(), *self.states("out"):
                    path.unlink()

    def test_mirrored_tree(self):
        for name in "a.js.map", "p/q/b.js.map", "p/c.js.map":
            self.add(name)
        before = tree(self.dist)
        for output in "out", "new/deep/", str(self.folder / "abs"):
            self.build_dist("-o", output, n=(3, 0, 0))
            self.assertEqual(self.compiled(output), {"a.js.smcache": ["a.js.map"], "p/c.js.smcache": ["p/c.js.map"],
                                                     "p/q/b.js.smcache": ["p/q/b.js.map"]})
        self.assertEqual(tree(self.dist), before)

    def test_mirrored_tree_that_cannot_be_made(self):
        self.add("p/a.js.map")
        self.add("b.js.map")
        self.write("out/p", b"")
        self.build_dist("-o", "out", n=(1, 0, 1), code=PARTIAL,
                        messages=[f"out/p/a.js.smcache: cannot write: {os.strerror(errno.ENOTDIR)}"])
        self.assertEqual(self.compiled("out"), {"b.js.smcache": ["b.js.map"]})

    def test_links(self):
        """Those to files are followed, those to folders not, but as an argument."""
        self.write("elsewhere/a.js.map", map_from("far"))
        self.add("sub/b.js.map")
        self.dist.joinpath("c.js.map").symlink_to("../elsewhere/a.js.map")
        for name, to in ("folder", "../elsewhere"), ("loop", "."), ("self.map", "self.map"), ("gone.map", "gone"):
            self.dist.joinpath(name).symlink_to(to)
        expected = {"c.js.smcache": ["far"], "sub/b.js.smcache": ["sub/b.js.map"]}
        self.build_dist(n=(2, 0, 0))
        self.assertEqual(self.compiled(), expected)
        self.folder.joinpath("link").symlink_to("dist")
        self.build_many(DONE, [], "link", "-o", "out", n=(2, 0, 0))
        self.assertEqual(self.compiled("out"), expected)

    def test_links_to_a_map_that_is_claimed(self):
        for i in range(20):  # which comes first is nothing that inodes decide
            self.add(f"{i}.js", script(f"m{i}.map"))
            self.add(f"m{i}.map")
            self.dist.joinpath(f"k{i}.map").symlink_to(f"m{i}.map")
            os.link(self.dist / f"m{i}.map", self.dist / f"n{i}.map")
        self.build_dist(n=(20, 0, 0))
        self.assertEqual(set(self.compiled()), {f"{i}.js.smcache" for i in range(20)})

    def test_hidden_files_are_files(self):
        for name in ".a.js.map", ".hidden/b.js.map":
            self.add(name)
        self.build_dist(n=(2, 0, 0))
        self.assertEqual(set(self.compiled()), {".a.js.smcache", ".hidden/b.js.smcache"})

    def test_what_is_no_file(self):
        self.add("x.js.map/y.js.map")  # a folder named like a map
        os.mkfifo(self.dist / "fifo.js.map")
        os.mkfifo(self.dist / "fifo.js")
        self.build_dist(n=(1, 0, 0))
        self.assertEqual(set(self.compiled()), {"x.js.map/y.js.smcache"})

    NAMES = ["with space", "new\nline", "t\tab", "-o", "@x", "quote\"'\\", "\u00fc\U0001f600", "%41", "*?[a]",
             "\x1b[2J", os.fsdecode(b"latin-\xfc"), os.fsdecode(b"\xff\xfe")]

    def test_odd_names(self):
        for name in self.NAMES:
            self.add(f"{name}/{name}.js", script("m.map"))
            self.add(f"{name}/m.map", map_from("good"))
        rows = [json.loads(line) for line in self.succeed("build", "dist", "--json", cwd=self.folder).lines]
        self.assertEqual(set(self.compiled()), {f"{name}/{name}.js.smcache" for name in self.NAMES})
        shown = [os.fsencode(name).decode("utf-8", "replace") for name in self.NAMES]
        self.assertEqual(sorted(row["input"] for row in rows), sorted(f"dist/{name}/m.map" for name in shown))
        for row in rows:
            self.assertEqual(row["output"], row["generated"] + ".smcache")
        dry = self.succeed("build", "dist", "--dry-run", cwd=self.folder).text
        self.assertEqual(dry.count("\n"), len(self.NAMES))
        self.assertIn("unchanged\tdist/new\\nline/m.map\tdist/new\\nline/new\\nline.js.smcache\n", dry)
        for name in self.NAMES:
            self.add(f"{name}/m.map", b"{")
        message = run("build", "dist", cwd=self.folder).message
        self.assertEqual({c for c in message if is_control(c)}, {"\n"})
        self.assertIn("smcache: dist/new\ufffdline/m.map: byte 1: key expected\n", message)

    def test_depth(self):
        self.add("/".join(["d"] * 300) + "/deep.js.map", map_from("deep"))
        self.succeed("build", self.dist, "--quiet")
        self.assertEqual(len(self.compiled()), 1)

    def test_folder_that_cannot_be_listed(self):
        self.add("a.js.map")
        self.dist.chmod(0o777)
        closed = self.dist / "closed"
        closed.mkdir(0)
        result = self.run_as_other_user("build", self.dist)
        self.assertEqual(result.code, PARTIAL)
        self.assertIn(f"smcache: {closed}: missing_source: cannot be read: {os.strerror(errno.EACCES)}\n", result.message)
        self.assertEqual(len(self.compiled()), 1)
        self.assertEqual(self.run_as_other_user("build", self.dist, "--exclude=closed").code, DONE)

    def test_folder_that_may_be_listed_but_not_entered(self):
        """It fails once, not with each of its names, most of which are of no use."""
        self.add("a.js.map")
        self.dist.chmod(0o777)
        self.add("closed/b.js.map")
        self.add("closed/notes.txt")
        closed = self.dist / "closed"
        closed.chmod(0o444)
        self.addCleanup(closed.chmod, 0o755)
        result = self.run_as_other_user("build", self.dist)
        self.assertEqual(result.code, PARTIAL)
        self.assertEqual(result.message.splitlines()[:2], [
            f"smcache: {closed}: missing_source: cannot be read: {os.strerror(errno.EACCES)}",
            "smcache: 2 maps: 1 built, 0 unchanged, 1 failed; 0 warnings"])
        self.assertEqual(self.run_as_other_user("build", self.dist, "--exclude=closed").code, DONE)

    def test_exclude(self):
        names = ["a.js.map", "vendor/b.js.map", "vendor/deep/c.js.map", "src/vendor/d.js.map", "src/e.css.map",
                 "vendor.js.map", os.fsdecode(b"\xfc.js.map")]
        for name in names:
            self.add(name, map_from("x"))
        for globs, left in ((["vendor"], [0, 4, 5, 6]), (["vendor/*"], [0, 3, 4, 5, 6]),
                            (["*/vendor"], [0, 1, 2, 4, 5, 6]), (["*.js.map"], [4]), (["[ab].js.map"], [2, 3, 4, 5, 6]),
                            (["src/e*"], [0, 1, 2, 3, 5, 6]),
                            (["vendor*", "src/*/*"], [0, 4, 6]), (["e.css.map", "?.js.map"], [5]), (["dist"], range(7)),
                            (["/vendor", "./vendor", "vendor/"], range(7)), ([""], range(7))):
            with self.subTest(globs):
                result = self.succeed("build", "dist", "--dry-run", *(f"--exclude={glob}" for glob in globs),
                                      cwd=self.folder)
                found = [row.split(b"\t")[1].decode("utf-8", "replace")[5:] for row in result.out.splitlines()]
                self.assertEqual(sorted(found), sorted(os.fsencode(names[i]).decode("utf-8", "replace") for i in left))
        self.fail_with(INPUT, "build", "dist", "--exclude=*", cwd=self.folder)
        self.succeed("build", self.dist / "a.js.map", "--exclude=*")  # what is named is wanted

    def test_excluded_generated_file_claims_nothing(self):
        self.add("a.js", script("m.map"))
        self.add("m.map")
        self.build_dist("--exclude=a.js", n=(1, 0, 0))
        self.assertEqual(set(self.compiled()), {"m.smcache"})


class Again(FolderTest):
    """A second run, and what makes it build."""

    def setUp(self):
        super().setUp()
        self.add("a.js", script("a.js.map"))
        self.add("a.js.map", map_from("webpack://x/./a.ts", contents=["let a = 1;\n" * 20]))
        self.add("b.js", script(inline(map_from("b"), "percent")))
        self.add("sub/c.js.map.gz", gzip.compress(map_from("c")))
        self.build_dist(n=(3, 0, 0))

    def check(self, n_built, *options, messages=()):
        """So many are built, and those only are other files than before."""
        before = self.states()
        self.build_dist(*options, n=(n_built, 3 - n_built, 0), messages=messages)
        after = self.states()
        self.assertEqual(sum(before[path] != after[path] for path in before), n_built)

    def test_nothing_changed(self):
        for _ in range(2):
            self.check(0)
            self.check(0, "-j", "1")
            self.check(0, "--strict", "--max-input-size=1M", "--exclude=x")

    def test_touched_inputs(self):
        for path in self.dist.rglob("*"):
            if path.suffix != ".smcache":
                os.utime(path)
        self.add("sub/c.js.map.gz", gzip.compress(map_from("c"), 1, mtime=7))
        self.check(0)

    def test_changed_generated_file(self):
        """It says what functions there are where a source has no content: of another one it would be another file."""
        self.add("a.js", b"g();" + script("a.js.map"))  # nobody asks
        self.check(0)
        for generated in script(None), b"g();" + script(None):
            self.add("sub/c.js", generated)
            self.check(1)
            self.check(0)
        self.check(3, "--functions=none")
        self.dist.joinpath("sub/c.js").unlink()
        self.check(0, "--functions=none")
        self.check(3)
        self.check(0)

    def test_changed_input(self):
        self.add("a.js.map", map_from("other.ts"))
        self.check(1)
        self.assertEqual(self.compiled()["a.js.smcache"], ["other.ts"])
        self.check(0)
        self.add("a.js.map", map_from("other.ts") + b" ")
        self.check(1)

    def test_changed_options(self):
        given = [[], ["--sources=raw"], ["--sources=none"], ["--clean-paths"], ["--source-root=r"], ["--source-root="],
                 ["--map-url=http://x/"], ["--replace=a=b"], ["--replace=a=c"], ["--replace=a="],
                 ["--strip-prefix=webpack:"], ["--strip-prefix=a", "--strip-prefix=b"],
                 ["--strip-prefix=b", "--strip-prefix=a"],
                 ["--replace=a=", "--strip-prefix=b"], ["--strip-common-prefix"], ["--range-mappings=bitmap"],
                 ["--range-mappings=one-based"], ["--compression=1"], ["--compression=9"], ["--functions=none"]]
        for options in given[1:] + given[:1]:
            with self.subTest(options):
                self.check(3, *options)
                self.check(0, *options)

    def test_force(self):
        expected = tree(self.dist)
        self.check(3, "--force")
        self.assertEqual(tree(self.dist), expected)

    def test_damaged_output(self):
        path = self.dist / "a.js.smcache"
        good = path.read_bytes()
        damaged = [good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1:] for at in range(0, len(good), 9)]
        damaged += [good[:-1], good[:100], b"", good + b"\0", b"something else", map_from("a map")]
        for data in damaged:
            path.write_bytes(data)
            row = self.succeed("build", path.with_name("a.js"), "--dry-run").text
            self.assertTrue(row.startswith("build\t"), "taken for whole")
        self.check(1)
        self.assertEqual(path.read_bytes(), good)

    def test_output_that_is_another_maps(self):
        self.dist.joinpath("b.js.smcache").write_bytes(self.dist.joinpath("a.js.smcache").read_bytes())
        self.check(1)
        self.assertEqual(self.compiled()["b.js.smcache"], ["b"])

    def test_strict_refuses_what_a_lenient_build_has_made(self):
        self.add("a.js.map", map_from("a").replace(b"3", b"4", 1))
        warned = '"version", byte 11: not the number 3'
        self.build_dist(n=(1, 2, 0), messages=[f"dist/a.js.map: warning: {warned}; read as version 3"], n_warnings=1)
        self.build_dist("--strict", n=(0, 2, 1), code=PARTIAL, messages=[f"dist/a.js.map: {warned}"])
        self.end_with(INPUT, f"{self.dist}/a.js.map: {warned}", "build", self.dist / "a.js", "--strict")
        self.check(0)

    def test_failing_map_among_good_ones(self):
        """Its old output stays."""
        old = self.dist.joinpath("a.js.smcache").read_bytes()
        self.add("a.js.map", b'{"version":3,"mappings":""}')
        self.add("new.js.map")
        self.build_dist(n=(1, 2, 1), code=PARTIAL, messages=['dist/a.js.map: "sources", byte 0: missing'])
        self.assertEqual(self.dist.joinpath("a.js.smcache").read_bytes(), old)
        self.assertEqual(self.compiled()["new.js.smcache"], ["new.js.map"])
        self.end_with(PARTIAL, 'dist/a.js.map: "sources", byte 0: missing', "build", "dist", "--quiet", cwd=self.folder)

    def test_dry_run(self):
        """Inputs are read, as what is unchanged depends on them, but not compiled."""
        self.add("a.js.map", gzip.compress(b"")[:-1])
        self.add("new/new.js.map")
        before = tree(self.folder)
        result = run("build", "dist", "--dry-run", "-o", "out", cwd=self.folder)
        truncated = "smcache: dist/a.js.map: malformed_sourcemap: gzip: the gzip data is truncated\n"
        self.assertEqual((result.code, result.message), (PARTIAL, truncated))
        self.assertEqual(result.lines, ["build\tdist/b.js\tout/b.js.smcache",
                                        "build\tdist/new/new.js.map\tout/new/new.js.smcache",
                                        "build\tdist/sub/c.js.map.gz\tout/sub/c.js.smcache"])
        result = run("build", "dist", "--dry-run", "--quiet", cwd=self.folder)
        self.assertEqual([row.split("\t")[0] for row in result.lines], ["unchanged", "build", "unchanged"])
        self.assertEqual((tree(self.folder), self.folder.joinpath("out").exists()), (before, False))


class Jobs(FolderTest):
    def test_number_of_jobs_makes_no_difference(self):
        for i in range(60):
            data = make_map([(j // 7, j, 0, i, j) for j in range(i * 20)], [f"s{i}"], contents=[f"line {i}\n" * i])
            self.add(f"{i % 5}/{i}.js.map", b"{" if i % 13 == 0 else to_bytes(data))
        results, trees = set(), []
        for n in 1, 2, 8, 64:
            result = run("build", "dist", "-o", f"out{n}", f"-j{n}", cwd=self.folder)
            trees.append(tree(self.folder / f"out{n}"))
            results.add((result.code, result.text, re.sub(r" in \d.*", "", result.message)))
        self.assertEqual(len(results), 1, results)
        self.assertEqual([made == trees[0] for made in trees], [True] * 4)
        self.assertEqual(len(trees[0]), 55)

    def test_bad_numbers(self):
        self.add("a.js.map")
        for text in "", "0", "65", "-1", "x", "1x", "4294967297":
            result = self.fail_with(USAGE, "build", "dist", "-j", text, cwd=self.folder)
            self.assertIn(f"--jobs is a number from 1 to 64, not '{text}'", result.message)


class Progress(FolderTest):
    def setUp(self):
        super().setUp()
        data = to_bytes(make_map([(0, i, 0, i, 0) for i in range(40_000)], ["s"], contents=["x = 1;\n" * 40_000]))
        for i in range(12):
            self.add(f"{i}.js.map", data)

    def on_a_terminal(self, *options):
        """What a build writes to stderr if that is a terminal."""
        try:
            leader, terminal = pty.openpty()
        except OSError as error:  # a bare chroot has no /dev/pts
            self.skipTest(f"no pseudo-terminal: {error.strerror}")
        with os.fdopen(leader, "rb", buffering=0) as screen:
            with subprocess.Popen([PROGRAM, "build", self.dist, "-o", self.folder / "out", "-j1", "--force", *options],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal,
                                  env=ENVIRONMENT) as child:
                os.close(terminal)
                written = b""
                try:
                    while piece := screen.read(4096):
                        written += piece
                except OSError:  # EIO: the other end is closed
                    pass
                self.assertEqual(child.wait(TIMEOUT_S), DONE)
        return written.decode().replace("\r\n", "\n")

    def test_bar(self):
        bars, shown = 0, self.on_a_terminal()
        for line in shown.split("\r\033[K"):
            if match := re.fullmatch(r"\[(=*)( *)\] (\d+)/12 maps, \d+ MB/s", line):
                self.assertEqual((len(match[1]), len(match[1] + match[2])), (2 * int(match[3]), 24))
                bars += 1
            else:
                self.assertRegex(line, r"\A(smcache: 12 maps: 12 built.*\nsmcache: .*\n)?\Z")
        self.assertGreater(bars, 1)
        self.assertTrue(shown.endswith("MB/s)\n"))

    def test_no_bar(self):
        self.assertEqual(self.on_a_terminal("--quiet"), "")
        result = run("build", self.dist, "-j1")
        self.assertEqual((result.code, "\r" in result.message, "\033" in result.message), (DONE, False, False))


if __name__ == "__main__":
    main()
