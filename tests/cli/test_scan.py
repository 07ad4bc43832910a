#!/usr/bin/env python3
"""smcache functions: the functions of files, as TSV and as JSON, in each language."""

import errno
import json
import os
import sys

sys.dont_write_bytecode = True

from support import DONE, EXAMPLE, PARTIAL, SYSTEM, USAGE, CliTest, is_control, main, run

CHECKOUT = b"class Checkout {\n  async submit() {\n    return () => 1;\n  }\n}\n"
CHECKOUT_TSV = "1:1\t5:2\tnew Checkout\tCheckout\n2:3\t4:4\tCheckout.submit\tsubmit\n3:12\t3:19\t\t\n"

TYPED = b"function f<T>(a: T): void {}\n"  # TypeScript of both kinds
CAST = b"let y = <T>x;\n" + TYPED  # TypeScript without JSX: with it, <T> is an element that has no end
ELEMENT = b"const a = () => <b>{c}</b>;\n"  # JSX
F_TSV, CAST_TSV, ELEMENT_TSV = "1:1\t1:29\tf\tf\n", "2:1\t2:29\tf\tf\n", "1:11\t1:27\ta\ta\n"
UNFOLLOWED = {"typed.js": "1:11: cannot be followed: parameters are missing",
              "cast.tsx": "2:29: cannot be followed: an element without an end",
              "element.ts": "1:24: cannot be followed: a regular expression without an end"}


class ScanTest(CliTest):
    def scan(self, data, *options, name="x.js"):
        self.write(name, data)
        return self.succeed("functions", name, *options, cwd=self.folder)

    def scan_json(self, *arguments, **options):
        result = run("functions", "--json", *arguments, cwd=self.folder, **options)
        return result, [json.loads(line) for line in result.lines]


class Formats(ScanTest):
    def test_tsv(self):
        self.assertEqual(self.scan(CHECKOUT).text, CHECKOUT_TSV)
        self.assertEqual(self.scan(b"").text, "")

    def test_json(self):
        self.assertEqual(self.scan(CHECKOUT, "--json").text, (
            '{"file":"x.js","language":"javascript","status":"followed","reason":null,"line":null,"column":null,'
            '"functions":[{"start_line":1,"start_column":1,"end_line":5,"end_column":2,"name":"new Checkout",'
            '"last":"Checkout"},{"start_line":2,"start_column":3,"end_line":4,"end_column":4,'
            '"name":"Checkout.submit","last":"submit"},{"start_line":3,"start_column":12,"end_line":3,'
            '"end_column":19,"name":null,"last":null}]}\n'))

    def test_positions(self):
        """Columns in UTF-16 code units; all line ends of the language."""
        text = ("/* \U0001f6d2 */ function f() {}\r\nfunction g() {}\u2028/* \u00fc */ function h() {}\r"
                "function i() {\n}")
        self.assertEqual(self.scan(text.encode()).text, (
            "1:10\t1:25\tf\tf\n2:1\t2:16\tg\tg\n3:9\t3:24\th\th\n4:1\t5:2\ti\ti\n"))

    def test_hostile_names(self):
        text = 'o = {"a\tb\\n\x1b"() {}, "\u202e "() {}}'.encode() + b'; p = {"\xff "() {}}'
        names = ['o.<"a\tb\\n\x1b">', 'o.<"\u202e ">', 'p.<"\ufffd ">']
        rows = [row.split("\t") for row in self.scan(text).text.split("\n")[:-1]]
        self.assertEqual([len(row) for row in rows], [4] * 3)
        self.assertEqual([row[2] for row in rows], [name.replace("\\", "\\\\").replace("\t", "\\t") for name in names])
        result, said = self.scan_json("x.js")
        self.assertEqual([function["name"] for function in said[0]["functions"]], names)
        self.assertEqual(result.code, DONE)

    def test_names_of_files(self):
        for name in "-x.js", "a b.js", "new\nline\x1b.js", "\u202e.js":
            self.write(name, b"f(")
            result, said = self.scan_json("--", name)
            self.assertEqual((result.code, [row["file"] for row in said]), (PARTIAL, [name]))
            self.assertEqual({c for c in result.message if is_control(c)}, {"\n"})
            self.assertEqual(result.message.count("\n"), 1)

    def test_several_files(self):
        self.write("a.js", b"function a() {}")
        self.write("b.ts", TYPED)
        result = self.succeed("functions", "b.ts", "a.js", "b.ts", cwd=self.folder)
        self.assertEqual(result.text, f"b.ts\t{F_TSV}a.js\t1:1\t1:16\ta\ta\nb.ts\t{F_TSV}")
        said = self.scan_json("b.ts", "a.js")[1]
        self.assertEqual([(row["file"], row["language"], len(row["functions"])) for row in said],
                         [("b.ts", "typescript", 1), ("a.js", "javascript", 1)])

    def test_the_example(self):
        """The functions of checkout.ts, as its text has them."""
        text = self.succeed("functions", EXAMPLE / "src" / "checkout.ts").text
        self.assertEqual(text, (
            "14:8\t44:2\tnew Checkout\tCheckout\n"
            "18:3\t21:7\tnew Checkout\tCheckout\n"
            "23:3\t25:4\tCheckout.onOrder\tonOrder\n"
            "27:3\t35:4\tCheckout.submit\tsubmit\n"
            "30:34\t30:61\toff\toff\n"
            "37:3\t39:4\tCheckout.validate\tvalidate\n"
            "41:3\t43:4\tCheckout.nextNumber\tnextNumber\n"))


class Languages(ScanTest):
    def check(self, data, name, expected, *options):
        self.assertEqual(self.scan(data, *options, name=name).text, expected, (name, options))

    def check_lost(self, data, name, *options, said):
        self.write(name, data)
        result = self.end_with(PARTIAL, f"{name}:{UNFOLLOWED[said]}", "functions", name, *options, cwd=self.folder)
        self.assertEqual(result.out, b"")

    def test_by_extension(self):
        for extension in "ts", "mts", "cts", "tsx":
            self.check(TYPED, f"x.{extension}", F_TSV)
        for extension in "ts", "mts", "cts":
            self.check(CAST, f"x.{extension}", CAST_TSV)
            self.check_lost(ELEMENT, f"x.{extension}", said="element.ts")
        for extension in "js", "jsx", "mjs", "cjs", "tsx", "other":
            self.check(ELEMENT, f"x.{extension}", ELEMENT_TSV)
        self.check(ELEMENT, "x", ELEMENT_TSV)
        self.check_lost(CAST, "x.tsx", said="cast.tsx")

    def test_typescript_in_files_of_javascript(self):
        """As build has it of sources: with types, or with elements, but not what elements do not go with."""
        for name in "x.js", "x":
            self.check(TYPED, name, F_TSV)
        self.write("x.js", CAST)
        result = run("functions", "x.js", cwd=self.folder)
        self.assertEqual((result.code, result.out), (PARTIAL, b""))
        self.check_lost(TYPED[:-2], "x.js", said="typed.js")  # neither: what is said is of JavaScript

    def test_by_option(self):
        for option in "--language=typescript", "--language=tsx":
            self.check(TYPED, "x.js", F_TSV, option)
            self.check(TYPED, "x.css", F_TSV, option)
        self.check(CAST, "x.tsx", CAST_TSV, "--language", "typescript")
        self.check(ELEMENT, "x.ts", ELEMENT_TSV, "--language", "javascript")
        self.check_lost(TYPED, "x.js", "--language=javascript", said="typed.js")  # then it is no guess
        self.check_lost(TYPED, "x.ts", "--language=javascript", said="typed.js")
        self.check_lost(CAST, "x.ts", "--language=tsx", said="cast.tsx")
        said = self.scan_json("x.ts", "--language=typescript")[1]
        self.assertEqual(said[0]["language"], "typescript")

    def test_what_has_no_functions(self):
        for name in "x.css", "x.json", "x.vue", "x.wasm", "x.html":
            self.check(b"function f() {}", name, "")
            result, said = self.scan_json(name)
            self.assertEqual((result.code, said), (DONE, [{"file": name, "language": "none", "status": "skipped",
                                                           "reason": None, "line": None, "column": None,
                                                           "functions": []}]))

    def test_what_has_no_functions_after_what_has(self):
        self.write("big.js", b"f();\n" * 400_000)
        self.write("x.js", b"function f() {}")
        self.write("x.css", b"")
        result = self.succeed("functions", "big.js", "x.css", "x.js", "x.css", cwd=self.folder)
        self.assertEqual(result.text, "x.js\t1:1\t1:16\tf\tf\n")


class Lost(ScanTest):
    def test_says_where_and_why(self):
        self.write("x.js", b"function f() {\n")
        message = "x.js:2:1: cannot be followed: the text ends in the middle"
        result = self.end_with(PARTIAL, message, "functions", "x.js", cwd=self.folder)
        self.assertEqual(result.out, b"")
        result, said = self.scan_json("x.js")
        self.assertEqual((result.code, result.message), (PARTIAL, f"smcache: {message}\n"))
        self.assertEqual(said, [{"file": "x.js", "language": "javascript", "status": "lost",
                                 "reason": "the text ends in the middle", "line": 2, "column": 1, "functions": []}])

    def test_others_are_not_kept_from_it(self):
        self.write("bad.js", b"f(")
        self.write("good.js", b"function f() {}")
        for files in ["bad.js", "good.js"], ["good.js", "bad.js"]:
            result = run("functions", *files, cwd=self.folder)
            self.assertEqual((result.code, result.text), (PARTIAL, "good.js\t1:1\t1:16\tf\tf\n"))
        result = run("functions", "bad.js", "gone.js", "good.js", cwd=self.folder)
        self.assertEqual((result.code, result.text), (SYSTEM, "good.js\t1:1\t1:16\tf\tf\n"))
        self.assertEqual(result.message.splitlines(), [
            "smcache: bad.js:1:3: cannot be followed: the text ends in the middle",
            f"smcache: gone.js: cannot open: {os.strerror(errno.ENOENT)}"])


class Stdin(ScanTest):
    def test_stdin(self):
        self.assertEqual(self.succeed("functions", "-", stdin=CHECKOUT).text, CHECKOUT_TSV)
        self.assertEqual(self.succeed("functions", "-", "--language=typescript", stdin=CAST).text, CAST_TSV)
        said = self.scan_json("-", stdin=CHECKOUT)[1]
        self.assertEqual((said[0]["file"], len(said[0]["functions"])), ("-", 3))
        self.end_with(PARTIAL, "stdin:1:3: cannot be followed: the text ends in the middle", "functions", "-",
                      stdin=b"f(")
        self.assertEqual(self.succeed("functions", "-").text, "")

    def test_that_cannot_be_read(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.end_with(SYSTEM, f"stdin: cannot read: {os.strerror(errno.EISDIR)}", "functions", "-", stdin=folder)


class Usage(ScanTest):
    def test_files(self):
        self.end_with(SYSTEM, f"{self.folder}: cannot read: {os.strerror(errno.EISDIR)}", "functions", self.folder)
        for arguments in [], ["--json"], ["x.js", "--language"], ["x.js", "--nope"], ["x.js", "-j"]:
            result = self.fail_with(USAGE, "functions", *arguments)
            self.assertEqual(result.out, b"")
            self.assertTrue(result.message.endswith("see smcache functions --help\n"), result.message)

    def test_unknown_language(self):
        for language in "none", "js", "":
            result = self.fail_with(USAGE, "functions", "x.js", f"--language={language}")
            self.assertIn(f"unknown language '{language}'", result.message)


if __name__ == "__main__":
    main()
