#!/usr/bin/env python3
"""smcache lookup: positions, bases, the three formats byte for byte, stdin as a coprocess."""

import errno
import json
import os
import pty
import select
import subprocess
import sys

sys.dont_write_bytecode = True

from support import (BIDI_CONTROLS, DONE, ENVIRONMENT, EXAMPLE, INPUT, PARTIAL, PROGRAM, SYSTEM, TIMEOUT_S, USAGE,
                     CliTest, is_control, main, make_map, run, to_bytes)

# Generated lines 0 and 2 have tokens, 1 and 3 have none. Source 1 is null.
MAP = make_map(
    [(0, 2, 0, 3, 7, 0), (0, 5, 0, 4, 0), (0, 9), (0, 12, 1, 0, 0, 1),
     (2, 0, 0, 8, 1), (2, 0, 0, 8, 2), (2, 0, 0, 9, 3, 0)],
    sources=["a.js", None], names=["alpha", "beta"], n_lines=4)

# What a JSON row ends with where no function is known.
NO_FUNCTION = b',"function_last":null,"function_kind":null,"function_origin":null,"hidden":false'

HOSTILE = {
    "tab": "a\tb", "newline": "a\nb", "carriage return": "a\rb", "backslash": "a\\tb", "quotes": "\"a'b\"",
    "NUL": "a\0b", "controls": "".join(map(chr, range(1, 32))), "delete and C1": "\x7f\x80\x85\x9b1;31m\x9f",
    "escape sequence": "\x1b[31mred\x1b[0m\x1b]0;title\x07", "lone surrogates": "\ud800a\udfff", "astral": "\U0001f600",
    "bidi controls": BIDI_CONTROLS, "line separators": "a\u2028b\u2029c", "JSON": '{"a":[1]}', "empty": "", "spaces": "  a  ",
}


class Positions(CliTest):
    def setUp(self):
        super().setUp()
        self.path = self.build(MAP)

    def lookup(self, *arguments, **options):
        return self.succeed("lookup", self.path, *arguments, **options).lines

    def test_last_token_at_or_before_on_the_line(self):
        for position, expected in {
                "1:1": "(unmapped)", "1:2": "(unmapped)",  # before the first token
                "1:3": "a.js:4:8 (alpha)", "1:5": "a.js:4:8 (alpha)", "1:6": "a.js:5:1", "1:9": "a.js:5:1",
                "1:10": "(unmapped)", "1:12": "(unmapped)",  # a token without a source
                "1:13": "(source without a name):1:1 (beta)", "1:1000": "(source without a name):1:1 (beta)",
                "2:1": "(unmapped)", "2:99": "(unmapped)",  # a line without tokens
                "3:1": "a.js:10:4 (alpha)",  # the last of three
                "3:2": "a.js:10:4 (alpha)", "4:1": "(unmapped)", "5:1": "(unmapped)", "4000000000:1": "(unmapped)",
        }.items():
            self.assertEqual(self.lookup(position), [expected], position)

    def test_across_lines(self):
        for position, expected in {
                "1:1": "(unmapped)", "1:3": "a.js:4:8 (alpha)", "1:10": "(unmapped)",
                "2:1": "(source without a name):1:1 (beta)", "2:500": "(source without a name):1:1 (beta)",
                "3:1": "a.js:10:4 (alpha)", "4:1": "a.js:10:4 (alpha)", "4294967295:1": "a.js:10:4 (alpha)",
        }.items():
            self.assertEqual(self.lookup(position, "--across-lines"), [expected], position)

    def test_several_in_order(self):
        self.assertEqual(self.lookup("3:1", "1:3", "2:1", "1:3"),
                         ["a.js:10:4 (alpha)", "a.js:4:8 (alpha)", "(unmapped)", "a.js:4:8 (alpha)"])

    def test_options_anywhere(self):
        expected = self.lookup("1:3", "--format=tsv")
        self.assertEqual(self.succeed("lookup", "--format", "tsv", self.path, "1:3").lines, expected)

    def test_empty_map(self):
        for source_map in make_map([]), make_map([], sources=[]), make_map([], n_lines=3):
            path = self.build(source_map, name="empty")
            for option in [], ["--across-lines"]:
                self.assertEqual(self.succeed("lookup", path, "1:1", "2:7", *option).lines, ["(unmapped)"] * 2)

    def test_huge_numbers(self):
        last = "(source without a name):1:1 (beta)"
        for huge in (2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 3, 2 ** 64 - 1, 2 ** 64, 2 ** 64 + 3,
                     10 ** 40):
            self.assertEqual(self.lookup(f"1:{huge}"), [last])
            self.assertEqual(self.lookup(f"{huge}:1"), ["(unmapped)"])
            self.assertEqual(self.lookup(f"0:{huge}", "--line-base=0", "--column-base=0"),
                             ["(source without a name):0:0 (beta)"])
            self.assertEqual(self.lookup(f"{huge}:1", f"1:{huge}", "--format=tsv")[1].split("\t")[2:4], ["", "1"])

    def test_largest_position_of_a_map(self):
        path = self.build(make_map([(0, 0, 0, 2 ** 31 - 1, 2 ** 31 - 1), (0, 2 ** 31 - 1, 0, 5, 5)]), name="large")
        self.assertEqual(self.succeed("lookup", path, "1:2147483647", "1:2147483648").lines,
                         ["a.js:2147483648:2147483648", "a.js:6:6"])

    def test_not_a_position(self):
        for bad in "", "1", "1:", ":1", "1:2:3", "a:1", "1:a", "1.5:1", "+1:1", " 1:1", "1:1 ", "1 :1", "0x1:1", "1:-1":
            result = self.fail_with(USAGE, "lookup", self.path, "1:3", bad)
            self.assertEqual(result.out, b"")
            self.assertEqual(result.message, f"smcache lookup: '{bad}': not of the form LINE:COLUMN; "
                                             "see smcache lookup --help\n")
        self.assertEqual(self.fail_with(USAGE, "lookup", self.path, "-1:1").out, b"")  # rather an option

    def test_zero_is_no_place_in_base_1(self):
        for position, options, reason in (
                ("0:1", [], "lines count from 1 (or give --line-base 0)"),
                ("1:0", [], "columns count from 1 (or give --column-base 0)"),
                ("0:0", ["--column-base=0"], "lines count from 1 (or give --line-base 0)"),
                ("0:0", ["--line-base=0"], "columns count from 1 (or give --column-base 0)")):
            result = self.fail_with(USAGE, "lookup", self.path, "1:3", position, *options)
            self.assertEqual(result.out, b"")
            self.assertIn(f"'{position}': {reason}", result.message)

    def test_strict(self):
        self.assertEqual(run("lookup", self.path, "1:3", "3:1", "--strict").code, DONE)
        for positions in ["1:1"], ["1:3", "1:10"], ["2:1", "3:1"]:
            for form in "text", "tsv", "json":
                self.succeed("lookup", self.path, *positions, f"--format={form}")
                result = run("lookup", self.path, *positions, f"--format={form}", "--strict")
                self.assertEqual((result.code, len(result.lines), result.message), (PARTIAL, len(positions), ""))
        self.assertEqual(run("lookup", self.path, "-", "--strict", stdin=b"1:1\n1:3\n").code, PARTIAL)
        self.assertEqual(run("lookup", self.path, "-", "--strict", stdin=b"1:3\n").code, DONE)
        self.assertEqual(run("lookup", self.path, "2:1", "--strict", "--across-lines").code, DONE)

    def test_damaged_block(self):
        """What opening does not look at is found when it is used."""
        data = bytearray(self.path.read_bytes())
        info = json.loads(self.succeed("info", self.path, "--json").text)
        blocks = next(section for section in info["sections"] if section["name"] == "BLOCKS")
        data[blocks["offset"]] = 77  # the width of lines, of at most 32 bits
        path = self.write("damaged", data)
        result = self.fail_with(INPUT, "lookup", path, "1:3")
        self.assertEqual((result.out, result.message),
                         (b"", f"smcache: {path}: damaged smcache file; smcache verify says where\n"))


class Bases(CliTest):
    """Generated 0:2 (0-based) is a.js 3:7; the generated token before it starts at 0:1."""

    EXPECTED = {
        (1, 1): ("1:3", "a.js:4:8 (n)", "1\t3\ta.js\t4\t8\tn\t", (1, 3, 4, 8), ">    4 | "),
        (1, 0): ("1:2", "a.js:4:7 (n)", "1\t2\ta.js\t4\t7\tn\t", (1, 2, 4, 7), ">    4 | "),
        (0, 1): ("0:3", "a.js:3:8 (n)", "0\t3\ta.js\t3\t8\tn\t", (0, 3, 3, 8), ">    3 | "),
        (0, 0): ("0:2", "a.js:3:7 (n)", "0\t2\ta.js\t3\t7\tn\t", (0, 2, 3, 7), ">    3 | "),
    }

    def setUp(self):
        super().setUp()
        tokens = [(0, 1), (0, 2, 0, 3, 7, 0), (0, 3)]
        self.path = self.build(make_map(tokens, names=["n"], contents=["\n\n\nlet abcdef"]))

    def test_all_combinations(self):
        for (line_base, column_base), (position, text, tsv, numbers, context) in self.EXPECTED.items():
            options = [f"--line-base={line_base}", "--column-base", column_base]
            with self.subTest(options):
                self.check(position, options, text, tsv, numbers, context)

    def test_default_is_1(self):
        position, *expected = self.EXPECTED[1, 1]
        self.check(position, [], *expected)

    def check(self, position, options, text, tsv, numbers, context):
        def lookup(*more):
            answer = self.succeed("lookup", self.path, position, *options, *more)
            for line_end in b"\n", b"\r\n":
                piped = self.succeed("lookup", self.path, "-", *options, *more, stdin=position.encode() + line_end)
                self.assertEqual(piped.out, answer.out)
            return answer.text

        self.assertEqual(lookup(), text + "\n")
        self.assertEqual(lookup("--format=tsv"), tsv + "\n")
        row = json.loads(lookup("--format=json"))
        self.assertEqual(tuple(row[key] for key in ("line", "column", "source_line", "source_column")), numbers)
        self.assertEqual(lookup("-C0"), f"{text}\n{context}let abcdef\n       |        ^\n")

    def test_other_bases_are_refused(self):
        for base in "2", "-1", "", "x", "1x", "1.0", "4294967296", "18446744073709551616":
            for option in "--line-base", "--column-base":
                result = self.fail_with(USAGE, "lookup", self.path, "1:1", f"{option}={base}")
                self.assertEqual((result.out, f"'{base}'" in result.message), (b"", True))


class Formats(CliTest):
    QUERIES = ["1:3", "1:6", "1:10", "1:13", "2:1"]

    def lookup(self, form, path=None, queries=None):
        return self.succeed("lookup", path or self.build(MAP), *(queries or self.QUERIES), f"--format={form}").out

    def test_text(self):
        expected = (b"a.js:4:8 (alpha)\na.js:5:1\n(unmapped)\n(source without a name):1:1 (beta)\n(unmapped)\n")
        self.assertEqual(self.lookup("text"), expected)
        self.assertEqual(self.succeed("lookup", self.build(MAP), *self.QUERIES).out, expected)

    def test_tsv(self):
        self.assertEqual(self.lookup("tsv"), (
            b"1\t3\ta.js\t4\t8\talpha\t\n"
            b"1\t6\ta.js\t5\t1\t\t\n"
            b"1\t10\t\t\t\t\t\n"
            b"1\t13\t\t1\t1\tbeta\t\n"
            b"2\t1\t\t\t\t\t\n"))

    def test_json(self):
        self.assertEqual(self.lookup("json"), (
            b'{"line":1,"column":3,"source":"a.js","source_line":4,"source_column":8,"name":"alpha",'
            b'"function":null,"mapped":true,"ignored":false' + NO_FUNCTION + b'}\n'
            b'{"line":1,"column":6,"source":"a.js","source_line":5,"source_column":1,"name":null,'
            b'"function":null,"mapped":true,"ignored":false' + NO_FUNCTION + b'}\n'
            b'{"line":1,"column":10,"source":null,"source_line":null,"source_column":null,"name":null,'
            b'"function":null,"mapped":false,"ignored":false' + NO_FUNCTION + b'}\n'
            b'{"line":1,"column":13,"source":null,"source_line":1,"source_column":1,"name":"beta",'
            b'"function":null,"mapped":true,"ignored":false' + NO_FUNCTION + b'}\n'
            b'{"line":2,"column":1,"source":null,"source_line":null,"source_column":null,"name":null,'
            b'"function":null,"mapped":false,"ignored":false' + NO_FUNCTION + b'}\n'))

    def test_other_formats_are_refused(self):
        for form in "", "xml", "JSON", "js", "textual":
            result = self.fail_with(USAGE, "lookup", self.build(MAP), "1:1", f"--format={form}")
            self.assertEqual((result.out, f"'{form}'" in result.message), (b"", True))

    def hostile(self):
        """A file in which token i has the hostile text i as source and as name."""
        texts = list(HOSTILE.values())
        path = self.build(make_map([(0, i, i, 0, 0, i) for i in range(len(texts))], sources=texts, names=texts))
        return path, texts, [f"1:{i + 1}" for i in range(len(texts))]

    def test_hostile_json(self):
        path, texts, queries = self.hostile()
        out = self.lookup("json", path, queries)
        lines = out.decode("utf-8").split("\n")
        self.assertEqual(len(lines), len(texts) + 1)
        for text, line in zip(texts, lines):
            row = json.loads(line)  # strict: refuses raw control characters
            shown = text.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
            self.assertEqual((row["source"], row["name"]), (shown, shown))
        self.assertIn(rb'"name":"a\tb"', out)
        self.assertIn(rb'"name":"a\\tb"', out)
        self.assertIn(rb'"name":"a\u0000b"', out)
        self.assertIn(rb'"name":"\u001b[31mred', out)
        self.assertIn(rb'"name":"\u061c\u200e\u200f\u202a', out)

    def test_hostile_tsv(self):
        path, texts, queries = self.hostile()
        rows = [line.split("\t") for line in self.lookup("tsv", path, queries).decode("utf-8").split("\n")[:-1]]
        self.assertEqual([len(row) for row in rows], [7] * len(texts))
        escapes = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\ud800": "\ufffd",
                                 "\udfff": "\ufffd"})
        for i, (text, row) in enumerate(zip(texts, rows)):
            shown = text.translate(escapes)
            self.assertEqual(row, ["1", str(i + 1), shown, "1", "1", shown, ""])

    def test_hostile_text(self):
        path, texts, queries = self.hostile()
        lines = self.lookup("text", path, queries).decode("utf-8").split("\n")[:-1]
        self.assertEqual(len(lines), len(texts))
        for text, line in zip(texts, lines):
            shown = "".join("\ufffd" if is_control(c) or "\ud800" <= c <= "\udfff" else c for c in text)
            self.assertEqual(line, f"{shown}:1:1 ({shown})")

    def test_no_control_characters_for_a_terminal(self):
        path, _, queries = self.hostile()
        for command in ["lookup", path, *queries], ["info", path]:
            found = {c for c in self.succeed(*command).text if is_control(c)} - {"\n"}
            self.assertEqual(found, set())
        contents = ["".join(map(chr, range(256))) + BIDI_CONTROLS] * 2
        path = self.build(make_map([(0, 0, 0, 0, 0)], contents=contents, sources=["a", "b"]))
        found = {c for c in self.succeed("lookup", path, "1:1", "-C9").text if is_control(c)} - {"\n"}
        self.assertEqual(found, set())


class Example(CliTest):
    def test_expected_positions(self):
        for name in "app", "app.terser":
            table = EXAMPLE / ("expected.tsv" if name == "app" else "expected.terser.tsv")
            expected = table.read_text("utf-8")
            rows = expected.splitlines()
            self.assertGreater(len(rows), 20)
            queries = [":".join(row.split("\t")[:2]) for row in rows]
            source_map = EXAMPLE / "dist" / f"{name}.js.map"
            for mode in "deflate", "raw", "none":
                path = self.folder / f"{name}.{mode}"
                self.succeed("build", source_map, "-o", path, f"--sources={mode}")
                self.assertEqual(self.succeed("lookup", path, *queries, "--format=tsv").text, expected)
            self.assertEqual(self.succeed("lookup", source_map, *queries, "--format=tsv").text, expected)
            stdin = "".join(query + "\n" for query in queries).encode()
            self.assertEqual(self.succeed("lookup", path, "-", "--format=tsv", stdin=stdin).text, expected)

    def test_map_and_compiled_file_answer_alike(self):
        source_map = EXAMPLE / "dist" / "app.js.map"
        path = self.folder / "x"
        self.succeed("build", source_map, "-o", path)
        queries = [f"{line}:{column}" for line in (1, 2, 3) for column in range(1, 2200, 111)]
        for options in [], ["-C2"], ["--format=tsv"], ["--format=json"], ["--across-lines", "--format=tsv"]:
            self.assertEqual(self.succeed("lookup", source_map, *queries, *options).out,
                             self.succeed("lookup", path, *queries, *options).out)

    def test_file_from_a_pipe(self):
        """As a shell's <(...) gives it: what has been read to look at it must not be lost."""
        source_map = EXAMPLE / "dist" / "app.js.map"
        compiled = self.succeed("build", source_map, "-o", "-").out
        expected = self.succeed("lookup", source_map, "2:1597").out
        for data in source_map.read_bytes(), compiled:
            reading, writing = os.pipe()
            self.assertEqual(os.write(writing, data), len(data))
            os.close(writing)
            try:
                result = run("lookup", f"/dev/fd/{reading}", "2:1597", pass_fds=[reading])
            finally:
                os.close(reading)
            self.assertEqual((result.code, result.out, result.message), (DONE, expected, ""))


class Stdin(CliTest):
    def setUp(self):
        super().setUp()
        self.path = self.build(MAP)

    def answers(self, stdin, *options, code=DONE):
        result = run("lookup", self.path, "-", *options, stdin=stdin)
        self.assertEqual(result.code, code, result.message)
        return result

    def test_lines(self):
        for stdin in b"1:3\n3:1\n", b"1:3\r\n3:1\r\n", b"1:3\n3:1", b"1:3\r\n3:1\r":
            self.assertEqual(self.answers(stdin).out, b"a.js:4:8 (alpha)\na.js:10:4 (alpha)\n")
        self.assertEqual(self.answers(b"").out, b"")

    BAD = [b"", b"x", b"1", b"1:", b":1", b"1:2:3", b"-1:2", b" 1:3", b"1:3 ", b"1:3\r\r", b"1:3\0", b"1:3\t2",
           b"9" * 10_000, b"1:" + b"1" * 62 + b"x", b"1:" + b"1" * 200 + b"x", "\u0661:3".encode(), b"\xff\xfe1:3"]

    def test_bad_lines_keep_rows_in_step(self):
        rows = {"text": (b"(no position)", b"a.js:4:8 (alpha)"),
                "tsv": (b"\t\t\t\t\t\t", b"1\t3\ta.js\t4\t8\talpha\t"),
                "json": (b'{"line":null,"column":null,"source":null,"source_line":null,"source_column":null,'
                         b'"name":null,"function":null,"mapped":false,"ignored":false' + NO_FUNCTION + b'}',
                         b'{"line":1,"column":3,"source":"a.js","source_line":4,"source_column":8,"name":"alpha",'
                         b'"function":null,"mapped":true,"ignored":false' + NO_FUNCTION + b'}')}
        stdin = b"".join(bad + b"\n1:3\n" for bad in self.BAD)
        for form, (bad, good) in rows.items():
            result = self.answers(stdin, f"--format={form}", code=PARTIAL)
            self.assertEqual(result.out.split(b"\n"), [bad, good] * len(self.BAD) + [b""])
            self.assertEqual(result.message, "".join(
                f"smcache: stdin: line {2 * i + 1}: not of the form LINE:COLUMN\n" for i in range(len(self.BAD))))

    def test_zero_in_base_1(self):
        result = self.answers(b"0:1\n1:3\n1:0\n", code=PARTIAL)
        self.assertEqual(result.lines, ["(no position)", "a.js:4:8 (alpha)", "(no position)"])
        self.assertEqual(result.message, "smcache: stdin: line 1: lines count from 1 (or give --line-base 0)\n"
                                         "smcache: stdin: line 3: columns count from 1 (or give --column-base 0)\n")

    def test_huge_numbers(self):
        huge = b"9" * 30
        result = self.answers(b"1:" + huge + b"\n" + huge + b":1\n")
        self.assertEqual(result.lines, ["(source without a name):1:1 (beta)", "(unmapped)"])

    def test_leading_zeros(self):
        self.assertEqual(self.answers(b"0001:0003\n" + b"1:" + b"0" * 50 + b"3\n").lines, ["a.js:4:8 (alpha)"] * 2)

    def test_file_from_stdin(self):
        """FILE may be stdin as well: a map or a compiled file. Then it cannot have the positions."""
        for data in to_bytes(MAP), self.path.read_bytes():
            self.assertEqual(self.succeed("lookup", "-", "1:3", "3:1", stdin=data).lines,
                             ["a.js:4:8 (alpha)", "a.js:10:4 (alpha)"])
            self.assertEqual(self.fail_with(USAGE, "lookup", "-", "-", stdin=data).out, b"")
        result = self.fail_with(INPUT, "lookup", "-", "1:3", stdin=b"{")
        self.assertEqual(result.message, "smcache: stdin: byte 1: key expected\n")

    def test_not_beside_arguments(self):
        for arguments in ["-", "1:3"], ["1:3", "-"], ["-", "-"]:
            self.assertEqual(self.fail_with(USAGE, "lookup", self.path, *arguments).out, b"")

    def test_damaged_file_is_said_before_anything_is_read(self):
        self.assertEqual(self.fail_with(INPUT, "lookup", self.write("x", b"{"), "-", stdin=b"1:1\n").out, b"")

    def test_stdin_that_cannot_be_read(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        result = self.fail_with(SYSTEM, "lookup", self.path, "-", stdin=folder)
        self.assertEqual(result.message, f"smcache: stdin: cannot read: {os.strerror(errno.EISDIR)}\n")

    def test_half_a_line_is_no_position(self):
        """What has been read of a line when reading fails: the rest might make it another position."""
        ours, theirs = pty.openpty()  # reading ours fails when theirs is closed
        self.addCleanup(os.close, ours)
        os.write(theirs, b"1:3\n1:3")
        os.close(theirs)
        result = self.fail_with(SYSTEM, "lookup", self.path, "-", stdin=ours)
        self.assertEqual(result.lines, ["a.js:4:8 (alpha)"])
        self.assertEqual(result.message, f"smcache: stdin: cannot read: {os.strerror(errno.EIO)}\n")

    def converse(self, path, options, exchanges):
        """Writes each position and waits for its whole answer before writing the next."""
        child = subprocess.Popen([PROGRAM, "lookup", path, "-", *options], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, bufsize=0)
        try:
            for question, expected in exchanges:
                child.stdin.write(question)
                answer = b""
                while len(answer) < len(expected):
                    ready, _, _ = select.select([child.stdout], [], [], TIMEOUT_S)
                    self.assertTrue(ready, f"no answer to {question}, only {answer}")
                    piece = os.read(child.stdout.fileno(), 65536)
                    self.assertTrue(piece, f"no answer to {question}, only {answer}")
                    answer += piece
                self.assertEqual(answer, expected)
            child.stdin.close()
            self.assertEqual(child.stdout.read(), b"")
            self.assertEqual(child.wait(TIMEOUT_S), PARTIAL)
        finally:
            child.kill()
            child.wait()
            child.stdout.close()
            child.stderr.close()

    def test_coprocess(self):
        self.converse(self.path, [], [
            (b"1:3\n", b"a.js:4:8 (alpha)\n"), (b"1:10\r\n", b"(unmapped)\n"), (b"what?\n", b"(no position)\n"),
            (b"3:1\n", b"a.js:10:4 (alpha)\n")] * 50)

    def test_coprocess_with_context(self):
        path = self.build(make_map([(0, 0, 0, 1, 0)], contents=["x\ny\nz"]))
        self.converse(path, ["-C1"], [
            (b"1:1\n", b"a.js:2:1\n     1 | x\n>    2 | y\n       | ^\n     3 | z\n"), (b"\n", b"(no position)\n")] * 5)

    def test_coprocess_on_a_map(self):
        self.converse(EXAMPLE / "dist" / "app.js.map", ["--format=tsv"], [
            (b"2:1597\n", b"2\t1597\t../src/checkout.ts\t38\t49\t\tCheckout.validate\n"), (b"0:0\n", b"\t\t\t\t\t\t\n")] * 5)


if __name__ == "__main__":
    main()
