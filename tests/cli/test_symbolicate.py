#!/usr/bin/env python3
"""smcache symbolicate: options, what is written in which form, streams that wait, break or are full, and exit codes."""

import errno
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from support import (DONE, ENVIRONMENT, PARTIAL, PROGRAM, SYSTEM, TIMEOUT_S, USAGE, CliTest, main, make_map, run,
                     to_bytes)

SOURCE = "".join(f"line {i} of a\n" for i in range(30))
# Columns 0, 10, 20 of line 0: outside of functions; in submit, by a token that names what it calls; in a file without
# contents, on the ignore list. Column 30 is mapped to nothing.
MAP = make_map([(0, 0, 0, 0, 0), (0, 10, 0, 11, 2, 0), (0, 20, 1, 4, 4), (0, 30)], ["a.ts", "lib.ts"], ["callee"],
               [SOURCE, None], ignoreList=[1], x_facebook_sources=[
                   [{"names": ["<global>", "submit"], "mappings": "AAA;UCC"}],
                   [{"names": ["run"], "mappings": "AAA"}]])
TRACE = """\
Error: no
    at t (https://x/app.js:1:11)
    at u (https://x/app.js:1:21)
    at Array.map (<anonymous>)
    at v (https://x/other.js:1:1)
    at https://x/app.js:1:31
    at https://x/app.js:1:1
"""
MAPPED = """\
Error: no
    at submit (a.ts:12:3)
    at run (lib.ts:5:5)
    at Array.map (<anonymous>)
    at v (https://x/other.js:1:1)
    at https://x/app.js:1:31
    at a.ts:1:1
"""


class Symbolicate(CliTest):
    def setUp(self):
        super().setUp()
        self.write("dist/app.js.map", to_bytes(MAP))
        self.arguments = ["symbolicate", "--dir", self.folder / "dist"]

    def rewrite(self, *arguments, stdin=TRACE, **options):
        return self.succeed(*self.arguments, *arguments, stdin=stdin.encode(), **options).text


class Outputs(Symbolicate):
    def test_same(self):
        self.assertEqual(self.rewrite(), MAPPED)
        self.assertEqual(self.rewrite("-"), MAPPED)
        self.assertEqual(self.rewrite("--output=same"), MAPPED)
        self.assertEqual(self.rewrite("--format=text"), MAPPED)
        path = self.write("trace.txt", TRACE.encode())
        self.assertEqual(self.rewrite(path, stdin=""), MAPPED)
        self.write("dist/app.js.map", to_bytes(make_map([(0, 10, 0, 11, 2)], ["a.ts"])))
        self.assertEqual(self.rewrite("--across-lines", stdin="at https://x/app.js:9:1\n"), "at a.ts:12:3\n")

    def test_any_bytes(self):
        for data in b"", b"\n", b"\0\xff\xfe at \r\n\r", TRACE[:-1].encode(), TRACE.replace("\n", "\r\n").encode():
            wanted = data.replace(TRACE[:-1].encode(), MAPPED[:-1].encode())
            wanted = MAPPED.replace("\n", "\r\n").encode() if b"Error: no\r" in data else wanted
            self.assertEqual(self.succeed(*self.arguments, stdin=data).out, wanted)

    def test_large(self):
        data = TRACE * 20_000
        self.assertEqual(self.rewrite(stdin=data), MAPPED * 20_000)
        path = self.write("trace.txt", data.encode())
        self.assertEqual(self.rewrite(path, stdin=""), MAPPED * 20_000)
        line = "x" * 3_000_000 + " at t (https://x/app.js:1:11) "
        wanted = line.replace("t (https://x/app.js:1:11)", "submit (a.ts:12:3)")
        self.assertEqual(self.rewrite(stdin=line * 3), wanted * 3)

    def test_annotate(self):
        self.assertEqual(self.rewrite("--annotate"), """\
Error: no
    at submit (a.ts:12:3)
    at run (lib.ts:5:5) [ignored]
    at Array.map (<anonymous>)
    at v (https://x/other.js:1:1) [missing_source]
    at https://x/app.js:1:31 [invalid_location]
    at a.ts:1:1
""")

    def test_hide_ignored(self):
        self.assertEqual(self.rewrite("--hide-ignored"), MAPPED.replace("    at run (lib.ts:5:5)\n", ""))
        self.assertEqual(self.rewrite("--hide-ignored", "--annotate", stdin=TRACE[:-1]).count("ignored"), 0)

    def test_context(self):
        for option in "-C1", "-C 1", "--context=1":
            self.assertEqual(self.rewrite(*option.split(), stdin=TRACE.splitlines()[1]), """\
    at submit (a.ts:12:3)
    11 | line 10 of a
>   12 | line 11 of a
       |   ^
    13 | line 12 of a
""")
        self.assertEqual(self.rewrite("-C0", stdin=TRACE.splitlines()[1]), """\
    at submit (a.ts:12:3)
>   12 | line 11 of a
       |   ^
""")
        text = self.rewrite("-C1")
        self.assertEqual("".join(line for line in text.splitlines(True) if "|" not in line), MAPPED)
        self.assertEqual(text.count("|"), 7)  # those of lib.ts are not there
        in_json = json.dumps({"stack": TRACE})
        self.assertEqual(json.loads(self.rewrite("-C1", "--format=text", stdin=in_json)), {"stack": MAPPED})

    def test_json(self):
        rows = [json.loads(line) for line in self.rewrite("--json").splitlines()]
        self.assertEqual(rows, [json.loads(line) for line in self.rewrite("--output=json").splitlines()])
        self.assertEqual([row["reason"] for row in rows],
                         [None, None, "no_location", "missing_source", "invalid_location", None])
        self.assertEqual(rows[0], {
            "frame": 0, "stack": 0, "url": "https://x/app.js", "line": 1, "column": 11, "generated_function": "t",
            "mapped": True, "reason": None, "rule": "base_name", "file": str(self.folder / "dist/app.js.map"),
            "source": "a.ts", "source_line": 12, "source_column": 3, "name": "callee", "function": "submit",
            "function_kind": "named", "function_origin": "facebook", "ignored": False, "inlined": False})
        self.assertEqual([row["function"] for row in rows], ["submit", "run", "Array.map", "v", None, None])

    def test_folded(self):
        self.assertEqual(self.rewrite("--output=folded", stdin=TRACE + TRACE), 2 * (
            "(anonymous) (a.ts:1);(anonymous) (https://x/app.js:1);v (https://x/other.js:1);Array.map;run (lib.ts:5);"
            "submit (a.ts:12) 1\n"))

    def test_strings_stay_strings(self):
        """However often a trace has been made a JSON string, it is the same trace; and so are hostile names."""
        hostile = "a\"b\\c\n\x1b[1m\u202e'\u0085é.ts"
        self.write("dist/app.js.map", to_bytes(make_map([(0, 10, 0, 0, 0)], [hostile], x_facebook_sources=[
            [{"names": ['<global>"\\'], "mappings": "AAA"}]])))
        shown = hostile.translate(dict.fromkeys(map(ord, "\n\x1b\u202e\u0085"), "\ufffd"))
        value = "Error\n    at t (https://x/app.js:1:11)\n    at e (eval at t (https://x/app.js:1:11), <anonymous>:1:1)"
        wanted = value.replace("t (https://x/app.js:1:11)", f"<global>\"\\ ({shown}:1:1)")
        for _ in range(4):
            for is_ascii in True, False:
                text = self.rewrite("--format=text", stdin=json.dumps(value, ensure_ascii=is_ascii))
                self.assertEqual(json.loads(text), wanted)
            value, wanted = json.dumps({"log": value}), json.dumps({"log": wanted}, ensure_ascii=False)

    def test_what_is_too_large_stays(self):
        frame = '{"filename":"https://x/app.js","lineno":1,"colno":11}'
        event = '{"stacktrace":{"frames":[%s]}}\n'
        too_large = {"elements": event % ("{}," * 65536 + frame), "bytes": event % ("[%s]" % (" " * (16 << 20)))}
        said = "smcache: stdin: stacks or frames that are too large and stay as they are: 1\n"
        for name, document in too_large.items():
            with self.subTest(name):
                result = run(*self.arguments, "--format=sentry-event", stdin=(document + event % frame).encode())
                self.assertEqual((result.code, result.message), (DONE, said))
                self.assertTrue(result.text.startswith(document))
                self.assertIn('"a.ts"', result.text[len(document):])
        stack = self.write("stack.json", too_large["elements"].encode())
        for command in [], ["--json"]:
            result = run("explain", stack, "--dir", self.folder / "dist", *command)
            self.assertEqual((result.code, result.text, result.message), (PARTIAL, "", said.replace("stdin", str(stack))))
        fits = event % ("{}," * 65535 + frame)
        self.assertIn('"a.ts"', self.rewrite("--format=sentry-event", stdin=fits))


class Codes(Symbolicate):
    def test_strict(self):
        unmapped = "smcache: stdin: 2 of 5 frames are not mapped: 1 missing_source, 1 invalid_location; " \
                   "--annotate says which\n"
        result = run(*self.arguments, "--strict", stdin=TRACE.encode())
        self.assertEqual((result.code, result.text, result.message), (PARTIAL, MAPPED, unmapped))
        good = "at t (https://x/app.js:1:11)\nat Array.map (native)\nmap@[native code]\nat node:fs:1:1\nno frame\n"
        for text in good, "no frame\n", "":
            self.assertEqual(self.succeed(*self.arguments, "--strict", stdin=text.encode()).code, DONE)

    def test_nothing_is_mapped(self):
        """That is said, too: it is rather a wrong folder than a wish."""
        path = self.write("trace.txt", b"at t (https://x/other.js:1:1)\nat t (https://x/app.js:5:1)\n")
        result = run(*self.arguments, path)
        self.assertEqual((result.code, result.message), (DONE, (
            f"smcache: {path}: 2 of 2 frames are not mapped: 1 missing_source, 1 invalid_location; "
            "--annotate says which\n")))

    def test_options_that_exclude_each_other(self):
        see = "; see smcache symbolicate --help"
        for message, *words in (
                ("where are the maps? --dir, --map or --store say so",),
                ("where are the maps? --dir, --map or --store say so", "--annotate"),
                ("where are the maps? --dir, --map or --store say so", "--url-prefix", "x"),
                ("--url-prefix is of the files of --dir", "--store", "--url-prefix", "x"),
                ("--release is of the files of --store", "--dir", self.folder, "--release", "1"),
                ("--store and --no-store exclude each other", "--store", "--no-store"),
                ("one INPUT at a time", "--dir", self.folder, "a", "b"),
                ("'x' is not URL=FILE (--map)", "--map", "x"),
                ("'x' is no debug ID (--debug-id)", "--store", "--debug-id", "https://x/=x"),
                ("'' is no debug ID (--debug-id)", "--store", "--debug-id", ""),
                ("unknown format 'xml' (--format)", "--store", "--format", "xml"),
                ("unknown output 'xml' (--output): same, json or folded", "--store", "--output=xml"),
                ("'256' is no number of lines up to 255 (-C)", "--store", "-C256"),
                ("'-1' is no number of lines up to 255 (-C)", "--store", "-C-1"),
                ("'' is no number of lines up to 255 (-C)", "--store", "-C", "")):
            with self.subTest(words):
                result = run("symbolicate", *words, stdin=TRACE.encode())
                self.assertEqual((result.code, result.out, result.message),
                                 (USAGE, b"", f"smcache symbolicate: {message}{see}\n"))

    def test_inputs_that_are_not_there(self):
        for name, what, number in ("gone", "open", errno.ENOENT), ("dist", "read", errno.EISDIR):
            path = self.folder / name
            self.end_with(SYSTEM, f"{path}: cannot {what}: {os.strerror(number)}", *self.arguments, path)

    def test_places_that_are_not_there(self):
        gone = self.folder / "gone"
        for words, number in ((["--dir", gone], errno.ENOENT), (["--map", f"https://x/app.js={gone}"], errno.ENOENT),
                              (["--dir", self.folder / "dist/app.js.map"], errno.ENOTDIR)):
            path = str(words[1]).split("=")[-1]
            result = self.end_with(SYSTEM, f"{path}: cannot be read: {os.strerror(number)}", "symbolicate", *words,
                                   stdin=b"no frame\n")
            self.assertEqual(result.out, b"")


class Streams(Symbolicate):
    def start(self, *arguments):
        child = subprocess.Popen([str(PROGRAM), *map(str, self.arguments), *arguments], env=ENVIRONMENT, bufsize=0,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, child)
        return child

    def end(self, child):
        for stream in child.stdin, child.stdout, child.stderr:
            if stream is not None:
                stream.close()
        child.kill()
        child.wait(TIMEOUT_S)

    def read_until(self, child, end):
        data = b""
        while not data.endswith(end):
            ready, _, _ = select.select([child.stdout], [], [], TIMEOUT_S)
            self.assertTrue(ready, data)
            piece = os.read(child.stdout.fileno(), 65536)
            self.assertTrue(piece, data)
            data += piece
        return data

    def test_each_line_is_answered(self):
        """Whoever writes a line and waits for its answer gets it, without an end of the input."""
        child = self.start()
        for line, answer in [(b"no frame\n", b"no frame\n"), (b"\n", b"\n"),
                             (b"  at t (https://x/app.js:1:11)\n", b"  at submit (a.ts:12:3)\n"),
                             (b"  at https://x/app.js:1:1\r\n", b"  at a.ts:1:1\r\n")] * 3:
            child.stdin.write(line)
            self.assertEqual(self.read_until(child, b"\n"), answer)
        child.stdin.write(b"half a line, ")
        child.stdin.write(b"at t (https://x/app.js:1:11)")
        child.stdin.close()
        self.assertEqual(child.stdout.read(), b"half a line, at submit (a.ts:12:3)")
        self.assertEqual((child.wait(TIMEOUT_S), child.stderr.read()), (DONE, b""))

    def test_a_name_from_the_next_line(self):
        """A frame that only its caller can name waits for it, but not for long."""
        self.write("dist/app.js.map", to_bytes(make_map([(0, 0, 0, 0, 0), (0, 10, 0, 1, 0, 0)], ["a.ts"], ["callee"])))
        child = self.start()
        child.stdin.write(b"at t (https://x/app.js:1:1)\n")
        start = time.monotonic()
        self.assertEqual(self.read_until(child, b"\n"), b"at t (a.ts:1:1)\n")
        self.assertLess(time.monotonic() - start, 30)
        child.stdin.write(b"-\nat t (https://x/app.js:1:1)\nat u (https://x/app.js:1:11)\n-\n")
        self.assertEqual(self.read_until(child, b"2:1)\n-\n"), b"-\nat callee (a.ts:1:1)\nat u (a.ts:2:1)\n-\n")

    def test_an_event_of_a_pipe(self):
        """What is looked at twice may come once."""
        event = {"exception": {"values": [{"stacktrace": {"frames": [
            {"abs_path": "https://x/app.js", "function": "t", "lineno": 1, "colno": 11}]}}]}}
        result = run(*self.arguments, stdin=json.dumps(event).encode())
        self.assertEqual((result.code, result.message), (DONE, ""))
        frame = json.loads(result.out)["exception"]["values"][0]["stacktrace"]["frames"][0]
        self.assertEqual((frame["function"], frame["lineno"]), ("submit", 12))

    def test_a_reader_that_goes_away(self):
        child = self.start()
        child.stdin.write(b"at t (https://x/app.js:1:11)\n")
        self.read_until(child, b"\n")
        child.stdout.close()
        child.stdin.write(TRACE.encode())
        self.assertEqual(child.stderr.read(), b"")
        self.assertEqual(child.wait(TIMEOUT_S), -signal.SIGPIPE)

    def test_a_full_disk_is_said_once(self):
        message = f"stdout: cannot write: {os.strerror(errno.ENOSPC)}"
        for data in TRACE, TRACE * 10_000, TRACE.replace("app.js", "gone.js"):
            path = self.write("trace.txt", data.encode())
            with open("/dev/full", "wb") as full:
                self.end_with(SYSTEM, message, *self.arguments, stdin=data.encode(), stdout=full)
                self.end_with(SYSTEM, message, *self.arguments, path, stdout=full)

    def test_an_input_that_breaks(self):
        """What has come of it is answered. A terminal's other end is gone: that is an error of reading."""
        master, slave = pty.openpty()
        os.write(slave, b"at t (https://x/app.js:1:11)\nhalf a line")
        os.close(slave)
        try:
            result = run(*self.arguments, stdin=master)
        finally:
            os.close(master)
        self.assertEqual((result.code, result.out), (SYSTEM, b"at submit (a.ts:12:3)\r\nhalf a line"))
        self.assertEqual(result.message, f"smcache: stdin: cannot read: {os.strerror(errno.EIO)}\n")

    def test_input_at_an_offset(self):
        """Of a file that has been read up to somewhere, the rest."""
        path = self.write("trace.txt", TRACE.encode())
        with open(path, "rb", buffering=0) as stdin:
            stdin.seek(len("Error: no\n"))
            self.assertEqual(self.succeed(*self.arguments, stdin=stdin).text, MAPPED.removeprefix("Error: no\n"))


class Terminal(Symbolicate):
    def on_terminal(self, *arguments, env=()):
        master, slave = pty.openpty()
        try:
            child = subprocess.Popen([str(PROGRAM), *map(str, self.arguments), *arguments], stdin=subprocess.PIPE,
                                     stdout=slave, stderr=subprocess.PIPE, env=ENVIRONMENT | dict(env))
            os.close(slave)
            _, err = child.communicate(b"  at t (https://x/app.js:1:21)\n", TIMEOUT_S)
            self.assertEqual((child.returncode, err), (DONE, b""))
            data = b""
            while True:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # EIO: the end
                    break
                if not piece:
                    break
                data += piece
            return data.replace(b"\r\n", b"\n")
        finally:
            os.close(master)

    def test_colour(self):
        plain, dim = b"  at run (lib.ts:5:5)\n", b"  \x1b[2mat run (lib.ts:5:5)\x1b[0m\n"
        self.assertEqual(self.on_terminal(), dim)
        self.assertEqual(self.on_terminal(env={"NO_COLOR": ""}), dim)
        self.assertEqual(self.on_terminal(env={"NO_COLOR": "1"}), plain)
        self.assertEqual(self.on_terminal("--hide-ignored"), b"")
        self.assertNotIn(b"\x1b", self.on_terminal("--json"))
        self.assertEqual(self.rewrite(stdin="  at t (https://x/app.js:1:21)\n").encode(), plain)


if __name__ == "__main__":
    main()
