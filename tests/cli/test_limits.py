"""What the program takes no more of, and what it does not write to a terminal."""

import gzip
import json
import os
import pty
import re
import subprocess
import threading

from support import (BIDI_CONTROLS, CliTest, DONE, ENVIRONMENT, INPUT, PARTIAL, PROGRAM, SYSTEM, is_control, main,
                     make_map, map_from, run, too_large, vlq)

MIB = 1 << 20


class Sizes(CliTest):
    def sparse(self, name, nbytes):
        """A file of zeros that takes no room."""
        path = self.folder / name
        with open(path, "wb") as file:
            file.truncate(nbytes)
        return path

    def test_input(self):
        """What is too large is not read, so this takes no time."""
        path = self.sparse("a.map", (2 << 30) + 1)
        for command in ["build", path], ["lookup", path, "1:1"], ["explain", path]:
            with self.subTest(command):
                result = run(*command)
                self.assertEqual(result.code, INPUT)
                self.assertIn(too_large(2 << 30), result.message + result.text)
        with open(path, "rb") as file:
            self.end_with(INPUT, f"stdin: {too_large(2 << 30)}", "lookup", "-", "1:1", stdin=file)

    def test_generated_file(self):
        path = self.sparse("a.js", (4 << 30) + 1)
        self.end_with(SYSTEM, f"{path}: missing_source: cannot be read: File too large", "lookup", path, "1:1")

    def test_gzip_ratio(self):
        """64 MiB come of anything, more only of a 128th of it."""
        data = map_from("a.ts")
        padding = (64 << 20) - len(data)
        for name, packed, extra, message in (("all", gzip.compress(data + b" " * padding), 0, None),
                                             ("more", gzip.compress(data + b" " * (padding + 1)), 0, "ratio"),
                                             ("paid", gzip.compress(data + b" " * (padding + 1)), 600_000, None)):
            with self.subTest(name):
                path = self.write(f"{name}.map.gz", packed + bytes(extra))
                if message is None:
                    self.succeed("build", path, "--quiet")
                else:
                    reason = "the gzip data inflates to more than 64 MiB and 128 times its size"
                    self.end_with(INPUT, f"{path}: malformed_sourcemap: gzip: {reason}", "build", path)

    def test_list(self):
        path = self.sparse("list", (256 << 20) + 1)
        self.end_with(INPUT, f"{path}: larger than the limit of {256 << 20} bytes for a list", "build", f"@{path}")
        self.write_map(make_map([]), "a.map")
        lines = b"\n" * 1000 + b"a.map\n" * MIB
        self.write("list", lines)
        result = run("build", "@list", "--dry-run", cwd=self.folder)
        self.assertEqual((result.code, result.lines), (DONE, ["build\ta.map\ta.smcache"]))
        self.write("list", lines + b"a.map")
        self.end_with(INPUT, f"list: more than the limit of {MIB} inputs in a list", "build", "@list", "--dry-run",
                      cwd=self.folder)


class Lookups(CliTest):
    def test_lines_of_any_length(self):
        """One that is no position is answered in step with the others, and kept nowhere."""
        path = self.build(make_map([(0, 0, 0, 0, 0)], ["a.ts"]))
        long_line = b"1:" + b"1" * 20_000_000
        result = run("lookup", path, "-", stdin=b"\n".join([b"1:1", long_line, b"1:1" + b" " * 70, b"1:1"]))
        self.assertEqual((result.code, result.lines),
                         (PARTIAL, ["a.ts:1:1", "(no position)", "(no position)", "a.ts:1:1"]))

    def test_frames_of_a_position(self):
        """A map may say that 300 calls are in each other: the innermost 256 are told."""
        def unsigned(value):
            return vlq(value >> 1 if value % 2 == 0 else -(value >> 1)) if value != 1 else "B"

        calls = "".join(f"EA{unsigned(0)},IA{unsigned(2 * i)}A," for i in range(300))
        scopes = calls + ",".join(["FB"] * 300)
        path = self.build(make_map([(0, 0, 0, 5000, 0)], ["a.ts"], scopes=scopes))
        rows = self.succeed("lookup", path, "1:1", "--frames").lines
        self.assertEqual(len(rows), 256)
        frames = json.loads(self.succeed("lookup", path, "1:1", "--format=json").text)["frames"]
        self.assertEqual(len(frames), 256)


HOSTILE = "\x1b[31m\x07\x7f\x9b31m" + BIDI_CONTROLS + "\r\n\t\\x"


COLOURS = re.compile("\x1b\\[(?:0|1;32|2)?m")  # our own


class Terminals(CliTest):
    """Names of sources, functions and files come from others: on a terminal none of them is a command."""

    def setUp(self):
        super().setUp()
        content = "function f(){}\n" + HOSTILE
        self.map = make_map([(0, 0, 0, 0, 0, 0)], [f"a{HOSTILE}.js"], [f"n{HOSTILE}"], [content], file=HOSTILE,
                            x_facebook_sources=[[{"names": [f"f{HOSTILE}"], "mappings": "AAA"}]])
        self.path = self.build(self.map)
        self.write_map(self.map, "app.js.map")
        self.write("app.js", b"f();\n")
        self.write("hostile.js", ("x = {'" + HOSTILE.replace("\\", "").replace("\r\n", "") + "'() {}}\n").encode())

    def shown(self, *arguments, stdin=b""):
        """What a terminal gets of the output, as text."""
        leader, terminal = pty.openpty()
        pieces = []

        def read():
            try:
                while piece := os.read(leader, 65536):
                    pieces.append(piece)
            except OSError:  # nobody has the other end any more
                pass

        reader = threading.Thread(target=read)
        reader.start()
        with subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE, stdout=terminal, stderr=terminal,
                              env=ENVIRONMENT, cwd=self.folder) as child:
            os.close(terminal)
            child.communicate(stdin)
        reader.join()
        os.close(leader)
        return b"".join(pieces).decode().replace("\r\n", "\n")

    def test_nothing_drives_it(self):
        trace = b"Error\n    at f (app.js:1:1)\n"
        commands = [["lookup", self.path, "1:1", "-C1", "--frames"], ["lookup", self.path, "1:1", "--format=tsv"],
                    ["lookup", self.path, "1:1", "--format=json"], ["info", self.path], ["info", self.path, "--json"],
                    ["dump", self.path], ["dump", self.path, "--sources"], ["dump", self.path, "--functions"],
                    ["explain", self.path, "1:1"], ["build", "app.js.map", "--force", "--json"],
                    ["symbolicate", "-", "--dir", ".", "-C1"], ["symbolicate", "-", "--dir", ".", "--output=json"],
                    ["symbolicate", "-", "--dir", ".", "--output=folded"], ["explain", "-", "--dir", "."],
                    ["verify", f"no{HOSTILE}"], ["lookup", f"no{HOSTILE}.js", "1:1"],
                    ["build", f"no{HOSTILE}.map", "--dry-run"], ["functions", "hostile.js"]]
        for command in commands:
            with self.subTest(command):
                text = self.shown(*command, stdin=trace)
                driving = sorted({c for c in COLOURS.sub("", text) if is_control(c) and c != "\n"})
                self.assertEqual(driving, [], text)
                self.assertNotEqual(text, "")

    def test_programs_get_names_as_they_are(self):
        escaped = HOSTILE.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
        row = self.succeed("dump", self.path, "--sources").text.split("\n")[0].split("\t")
        self.assertEqual(row[1], f"a{escaped}.js")
        rows = [json.loads(line) for line in self.succeed(
            "symbolicate", "-", "--dir", self.folder, "--output=json", stdin=b"at f (app.js:1:1)\n").lines]
        self.assertEqual([row["source"] for row in rows], [f"a{HOSTILE}.js"])


if __name__ == "__main__":
    main()
