#!/usr/bin/env python3
"""smcache build: where the output goes, what is in it, and that it is the same each time."""

import errno
import json
import os
import pty
import random
import resource
import stat
import sys

sys.dont_write_bytecode = True

from support import DONE, EXAMPLE, INPUT, SYSTEM, USAGE, CliTest, main, make_map, run, to_bytes

LINES = ["let first = 1;", "let second = 2; // \u00fc \U0001f600", "", "let last = 4;"]
MAP = make_map([(0, 0, 0, 0, 0), (0, 4, 0, 1, 4, 0), (2, 1, 0, 3, 4, 1)], names=["second", "last"],
               contents=["\n".join(LINES)])


class Output(CliTest):
    def build_to(self, path, **options):
        self.succeed("build", self.write_map(MAP), "-o", path, **options)

    def test_default_name(self):
        for given, made in ("app.js.map", "app.js.smcache"), ("app.css.map", "app.css.smcache"), \
                           ("plain.json", "plain.json.smcache"), ("a.js.map.gz", "a.js.smcache"):
            with self.subTest(given):
                source = self.write_map(MAP, given)
                before = set(os.listdir(self.folder))
                result = self.succeed("build", source)
                self.assertEqual(result.out, b"")
                self.assertEqual(set(os.listdir(self.folder)) - before, {made})
                self.succeed("verify", self.folder / made)

    def test_default_name_of_a_relative_path(self):
        (self.folder / "dist").mkdir()
        self.write_map(MAP, "dist/a.js.map")
        self.write_map(MAP, "b.js.map")
        self.succeed("build", "dist/a.js.map", cwd=self.folder)
        self.succeed("build", "b.js.map", cwd=self.folder)
        self.assertTrue((self.folder / "dist" / "a.js.smcache").exists())
        self.assertTrue((self.folder / "b.js.smcache").exists())

    def test_output_option(self):
        source = self.write_map(MAP)
        expected = self.succeed("build", source, "-o", "-").out
        for i, form in enumerate((["-o", "{}"], ["-o{}"], ["--output", "{}"], ["--output={}"])):
            with self.subTest(form):
                path = self.folder / f"out{i}"
                option = [word.format(path) for word in form]
                self.succeed("build", *option, source)  # before MAP and after it
                self.assertEqual(path.read_bytes(), expected)
                path.unlink()
                self.succeed("build", source, *option)
                self.assertEqual(path.read_bytes(), expected)
        self.assertFalse((self.folder / "in.js.smcache").exists())

    def test_stdin_and_stdout(self):
        source = self.write_map(MAP)
        data = to_bytes(MAP)
        self.succeed("build", source)
        expected = (self.folder / "in.js.smcache").read_bytes()
        self.assertEqual(self.succeed("build", "-", stdin=data).out, expected)
        self.assertEqual(self.succeed("build", "-", "-o", "-", stdin=data).out, expected)
        self.assertEqual(self.succeed("build", source, "-o", "-").out, expected)
        self.assertEqual(self.succeed("build", "-", "-o", self.folder / "x", stdin=data).out, b"")
        self.assertEqual((self.folder / "x").read_bytes(), expected)
        with open(source, "rb") as file:  # stdin that is no pipe
            self.assertEqual(self.succeed("build", "-", stdin=file).out, expected)
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.js.map", "in.js.smcache", "x"])

    def open_terminal(self):
        try:
            return pty.openpty()
        except OSError as error:  # a bare chroot has no /dev/pts
            self.skipTest(f"no pseudo-terminal: {error.strerror}")

    def test_refuses_a_terminal(self):
        source = self.write_map(MAP)
        for arguments in ["-"], [source, "-o", "-"]:
            leader, terminal = self.open_terminal()
            self.addCleanup(os.close, leader)
            result = run("build", *arguments, stdin=to_bytes(MAP), stdout=terminal)
            os.set_blocking(leader, False)
            try:
                written = os.read(leader, 100)
            except BlockingIOError:
                written = b""
            os.close(terminal)
            self.assertEqual((result.code, written), (USAGE, b""))
            self.assertIn("binary", result.message)

    def test_terminal_is_no_matter_with_a_file(self):
        leader, terminal = self.open_terminal()
        self.addCleanup(os.close, leader)
        self.addCleanup(os.close, terminal)
        self.assertEqual(run("build", self.write_map(MAP), stdout=terminal).code, DONE)

    def test_replaces_by_renaming(self):
        path = self.write("out", b"old")
        os.link(path, self.folder / "second name")
        self.build_to(path)
        self.assertEqual((self.folder / "second name").read_bytes(), b"old")
        self.succeed("verify", path)
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.js.map", "out", "second name"])

    def mode(self, path):
        return oct(stat.S_IMODE(path.stat().st_mode))

    def test_mode_of_a_new_file(self):
        """What umask leaves of the map's mode: who may not read the map may not read the file."""
        source = self.write_map(MAP)
        for umask, mode, expected in (
                (0o022, 0o666, 0o644), (0o077, 0o666, 0o600), (0o002, 0o666, 0o664), (0, 0o666, 0o666),
                (0o022, 0o640, 0o640), (0, 0o600, 0o600), (0o022, 0o755, 0o644), (0o027, 0o444, 0o440)):
            source.chmod(mode)
            path = self.folder / f"out{umask}.{mode}"
            self.succeed("build", source, "-o", path, umask=umask)
            self.assertEqual(self.mode(path), oct(expected), (oct(umask), oct(mode)))

    def test_mode_of_a_new_file_from_stdin(self):
        for umask, expected in (0o022, 0o644), (0o077, 0o600), (0o002, 0o664):
            path = self.folder / f"out{umask}"
            self.succeed("build", "-", "-o", path, stdin=to_bytes(MAP), umask=umask)
            self.assertEqual(self.mode(path), oct(expected))

    def test_mode_of_a_replaced_file(self):
        path = self.write("out", b"old")
        for mode in 0o600, 0o644, 0o664, 0o640:
            path.chmod(mode)
            self.build_to(path, umask=0o022)
            self.assertEqual(self.mode(path), oct(mode))

    def test_through_a_symbolic_link(self):
        (self.folder / "real").mkdir()
        path = self.write("real/out", b"old")
        link = self.folder / "link"
        link.symlink_to("real/out")
        self.build_to(link)
        self.assertTrue(link.is_symlink())
        self.assertEqual(os.listdir(self.folder / "real"), ["out"])
        self.succeed("verify", path)

    def test_refuses_to_replace_the_map(self):
        source = self.write_map(MAP)
        (self.folder / "link").symlink_to(source)
        for path in source, self.folder / "link", self.folder / "." / "in.js.map":
            result = self.fail_with(USAGE, "build", source, "-o", path)
            self.assertIn("the output is the map itself", result.message)
        self.assertEqual(source.read_bytes(), to_bytes(MAP))

    def test_name_as_long_as_a_name_may_be(self):
        self.build_to(self.folder / ("x" * 255))

    def test_messages_do_not_get_into_the_file(self):
        """Not even if nobody has opened stderr, whose number the file then gets."""
        source = self.write_map(to_bytes(MAP).replace(b'"version":3', b'"version":4'))
        expected = run("build", source, "-o", "-").out
        path = self.folder / "out"
        result = run("build", source, "-o", path, preexec_fn=lambda: os.close(2))
        self.assertEqual((result.code, path.read_bytes() == expected), (DONE, True))


class OutputFailures(CliTest):
    """The message names the file and the reason; what was there stays, and nothing else is left."""

    def setUp(self):
        super().setUp()
        self.source = self.write_map(MAP)

    def fail_to_write(self, path, reason, named=None):
        before = sorted(os.listdir(self.folder))
        result = self.fail_with(SYSTEM, "build", self.source, "-o", path)
        self.assertEqual(result.message, f"smcache: {named or path}: cannot write: {os.strerror(reason)}\n")
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_directory_missing(self):
        self.fail_to_write(self.folder / "no" / "out", errno.ENOENT)

    def test_directory_is_a_file(self):
        self.fail_to_write(self.source / "out", errno.ENOTDIR)

    def test_output_is_a_directory(self):
        path = self.folder / "out"
        path.mkdir()
        self.succeed("build", self.source, "-o", path)
        self.assertEqual(os.listdir(path), ["in.js.smcache"])
        (path / "in.js.smcache").unlink()
        (path / "in.js.smcache").mkdir()
        self.fail_to_write(path, errno.EISDIR, path / "in.js.smcache")

    def test_output_is_a_fifo(self):
        path = self.folder / "out"
        os.mkfifo(path)
        result = self.fail_with(SYSTEM, "build", self.source, "-o", path)
        self.assertTrue(result.message.startswith(f"smcache: {path}: cannot write: "))
        self.assertTrue(stat.S_ISFIFO(path.stat().st_mode))

    def test_full_stdout(self):
        with open("/dev/full", "wb") as full:
            result = self.fail_with(SYSTEM, "build", self.source, "-o", "-", stdout=full)
        self.assertEqual(result.message, f"smcache: stdout: cannot write: {os.strerror(errno.ENOSPC)}\n")

    def test_size_limit(self):
        """A file that may not be as large as it would be (ulimit -f): an error, and no part of it stays."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

        path = self.folder / "out"
        result = self.fail_with(SYSTEM, "build", self.source, "-o", path, preexec_fn=limit)
        self.assertEqual(result.message, f"smcache: {path}: cannot write: {os.strerror(errno.EFBIG)}\n")
        self.assertEqual(os.listdir(self.folder), ["in.js.map"])

    def test_read_only_directory(self):
        path = self.folder / "out"
        path.mkdir()
        path.chmod(0o555)
        result = self.run_as_other_user("build", self.source, "-o", path / "x")
        self.assertEqual(result.code, SYSTEM)
        self.assertEqual(result.message, f"smcache: {path / 'x'}: cannot write: {os.strerror(errno.EACCES)}\n")
        self.assertEqual(os.listdir(path), [])

    def test_failed_build_keeps_the_old_output(self):
        path = self.write("out", b"old")
        for bad in b"", b"{", to_bytes(MAP)[:-1], b'{"version":3}', to_bytes(make_map([(0, 2 ** 31)])):
            result = self.fail_with(INPUT, "build", "-", "-o", path, stdin=bad)
            self.assertEqual(result.out, b"")
            self.assertEqual(path.read_bytes(), b"old")
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.js.map", "out"])

    def test_failed_build_makes_no_output(self):
        self.fail_with(INPUT, "build", "-", "-o", self.folder / "out", stdin=b"{")
        self.assertEqual(self.fail_with(INPUT, "build", "-", stdin=b"{").out, b"")
        self.assertEqual(os.listdir(self.folder), ["in.js.map"])


class Sources(CliTest):
    def context(self, path, *positions):
        return self.succeed("lookup", path, *positions, "-C0").text

    def sections(self, path):
        info = json.loads(self.succeed("info", path, "--json").text)
        return {section["name"]: section for section in info["sections"]}

    def test_contents_are_readable(self):
        expected = (f"a.js:2:5 (second)\n>    2 | {LINES[1]}\n       |     ^\n"
                    f"a.js:4:5 (last)\n>    4 | {LINES[3]}\n       |     ^\n")
        for options in [], ["--sources=deflate"], ["--sources=raw"], ["--sources", "raw"]:
            with self.subTest(options):
                self.assertEqual(self.context(self.build(MAP, *options), "1:5", "3:2"), expected)

    def test_no_contents(self):
        path = self.build(MAP, "--sources=none")
        self.assertEqual(self.context(path, "1:5", "3:2"), "a.js:2:5 (second)\na.js:4:5 (last)\n")
        self.assertNotIn(b"let", path.read_bytes())
        self.assertEqual(self.succeed("dump", path, "--sources").text, "0\ta.js\t\t\t\t\n")

    def test_sections(self):
        default, deflate, raw, none = (self.build(MAP, *options) for options in (
            [], ["--sources=deflate"], ["--sources=raw"], ["--sources=none"]))
        self.assertEqual(default.read_bytes(), deflate.read_bytes())
        for path, encoding in (deflate, 1), (raw, 0):
            sections = self.sections(path)
            self.assertEqual(sections["CONTENT"]["encoding"], encoding)
            self.assertEqual(sections["CONTENT"]["count"], len("\n".join(LINES).encode()))
            self.assertEqual(sections["LINE_COUNTS"]["count"], 2)  # one stretch, and the end
            self.assertEqual("CONTENT_DIRECTORY" in sections, encoding == 1)
        for name in "CONTENT", "CONTENT_DIRECTORY", "LINE_COUNTS":
            self.assertNotIn(name, self.sections(none))

    def build(self, source_map, *options, name="in.js"):
        return super().build(source_map, *options, name=name + "".join(options).replace("=", ""))

    def test_raw_has_the_bytes(self):
        self.assertIn("\n".join(LINES).encode(), self.build(MAP, "--sources=raw").read_bytes())

    def test_deflate_is_smaller(self):
        source_map = make_map([(0, 0, 0, 0, 0)], contents=["the same line\n" * 1000])
        self.assertLess(self.build(source_map).stat().st_size, 2000)

    def test_content_of_several_pieces(self):
        """Lines everywhere in more than 64 KiB, some longer than that; many sources in one piece."""
        rng = random.Random(1)
        lines = [rng.choice("abc\u00e9\u4e2d") * rng.randrange(60) for _ in range(9000)]
        lines[4000] = "y" * 150_000 + "z"
        contents = ["one\ntwo", "\n".join(lines), "three\nfour"]
        tokens = [(0, 0, 0, 1, 0)] + [(0, i + 1, 1, i, 0) for i in range(9000)] + [(0, 9001, 2, 1, 0)]
        source_map = make_map(tokens, ["a", "b", "c"], contents=contents)
        shown = [line if len(line) <= 160 else line[:160] + "\u2026" for line in lines]
        expected = ["two", *shown, "four"]
        for options in [], ["--sources=raw"]:
            with self.subTest(options):
                text = self.context(self.build(source_map, *options), *(f"1:{i + 1}" for i in range(9002)))
                found = [line[9:] for line in text.split("\n") if line.startswith(">")]
                self.assertEqual(found, expected)

    def test_content_for_some(self):
        source_map = make_map([(0, i, i, 0, 0) for i in range(4)], ["a", "b", "c", "d"], contents=[None, "B", ""])
        path = self.build(source_map)
        self.assertEqual(self.succeed("dump", path, "--sources").text, 
                         "0\ta\t\t\t\t\n1\tb\t1\t1\t\t\n2\tc\t0\t1\t\t\n3\td\t\t\t\t\n")
        self.assertEqual(self.context(path, "1:1", "1:2", "1:3", "1:4"),
                         "a:1:1\nb:1:1\n>    1 | B\n       | ^\nc:1:1\n>    1 | \n       | ^\nd:1:1\n")

    def test_other_modes_are_refused(self):
        for mode in "", "zip", "Raw", "rawx", "deflat":
            result = self.fail_with(USAGE, "build", self.write_map(MAP), f"--sources={mode}")
            self.assertIn(f"'{mode}'", result.message)
        self.assertEqual(os.listdir(self.folder), ["in.js.map"])


class Determinism(CliTest):
    def test_same_bytes(self):
        maps = [to_bytes(MAP)] + [path.read_bytes() for path in sorted(EXAMPLE.glob("dist/*.map"))]
        self.assertEqual(len(maps), 3)
        for data in maps:
            source = self.write("some.map", data)
            elsewhere = self.write("other.name", data)
            for options in [], ["--sources=raw"], ["--sources=none"]:
                expected = self.succeed("build", source, "-o", "-", *options).out
                self.succeed("build", elsewhere, *options)
                self.assertEqual((self.folder / "other.name.smcache").read_bytes(), expected)
                self.assertEqual(self.succeed("build", "-", *options, stdin=data).out, expected)

    def test_modes_differ(self):
        data = to_bytes(MAP)
        files = {self.succeed("build", "-", f"--sources={mode}", stdin=data).out for mode in ("deflate", "raw", "none")}
        self.assertEqual(len(files), 3)


if __name__ == "__main__":
    main()
