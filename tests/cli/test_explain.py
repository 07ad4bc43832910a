#!/usr/bin/env python3
"""smcache explain: what is found, by which rule, and the words for what is missing."""

import json
import os
import sys

sys.dont_write_bytecode = True

from support import (DONE, INPUT, MINIFIED, PARTIAL, USAGE, CliTest, inline, main, make_map, map_from, minified_map,
                     run, script, to_bytes)

ID = "85314830-023f-4cf1-a267-535f4e37bb17"
# Line 0: unmapped before column 2, a token, one without an original; line 2: one whose source has no content.
MAP = make_map([(0, 2, 0, 1, 1, 0), (0, 5), (2, 0, 1, 0, 0)], ["a.ts", "b.ts"], ["name"], ["one\ntwo", None], n_lines=4,
               ignoreList=[1])


class Explain(CliTest):
    def explain(self, code, *arguments, **options):
        result = run("explain", *arguments, "--json", cwd=self.folder, **options)
        self.assertEqual((result.code, result.message), (code, ""), result.text)
        answer = json.loads(result.out)
        text = run("explain", *arguments, cwd=self.folder, **options)
        self.assertEqual(text.code, code)
        for problem in answer["problems"]:
            self.assertEqual(set(problem), {"problem", "text", "fix"})
            self.assertIn(f"{problem['problem']:18} {problem['text']}\n{'':18} {problem['fix']}\n", text.text)
        return answer

    def words(self, answer):
        return [problem["problem"] for problem in answer["problems"]]

    def test_rules(self):
        data = map_from("a.ts", debugId=ID)
        self.write("app.js.map", data)
        self.write("none.js", script(None))
        for name, content, rule, found, url in (
                ("app.js", script("app.js.map"), "comment", "app.js.map", "app.js.map"),
                ("in.js", script("data:,{}"), "inline", None, "data:,{}"),
                ("app.js", script(None), "beside", "app.js.map", None),
                ("app.js", script("gone.map"), "beside", "app.js.map", "gone.map")):
            self.write(name, content)
            answer = self.explain(DONE if found else INPUT, name)
            self.assertEqual((answer["kind"], answer["rule"], answer["map"], answer["source_mapping_url"]),
                             ("generated file", rule, found, url))
            self.assertEqual(self.words(answer), [] if found else ["malformed_sourcemap"])
        self.write("in.js", script(inline(data)))
        self.assertEqual(self.explain(DONE, "in.js")["debug_id"], ID)
        self.assertEqual(self.explain(DONE, "app.js.map")["rule"], "input")
        self.succeed("build", self.folder / "app.js.map")
        self.assertEqual(self.explain(DONE, "app.js.smcache")["kind"], "compiled file")
        self.assertEqual(self.explain(DONE, "-", stdin=data)["kind"], "source map")

    def test_missing(self):
        for content, word in ((script(None), "missing_sourcemap"), (script("gone.map"), "missing_sourcemap"),
                              (script("https://example.com/x.map"), "missing_sourcemap"),
                              (script("//host/x.map"), "missing_sourcemap")):
            self.write("x.js", content)
            answer = self.explain(INPUT, "x.js")
            self.assertEqual((self.words(answer), answer["rule"], answer["map"]), ([word], None, None))
        self.assertEqual(self.words(self.explain(INPUT, "no.js")), ["missing_source"])
        self.assertEqual(self.words(self.explain(INPUT, "no.map")), ["missing_sourcemap"])
        os.mkfifo(self.folder / "fifo.js")
        self.assertEqual(self.words(self.explain(INPUT, "fifo.js")), ["missing_source"])

    def test_malformed(self):
        for data in b"", b"{", b"[]", to_bytes(MAP)[:-5], b"\x1f\x8b\x08":
            self.write("x.map", data)
            self.assertEqual(self.words(self.explain(INPUT, "x.map")), ["malformed_sourcemap"])
        self.write("x.map", map_from("a", version=4))
        answer = self.explain(PARTIAL, "x.map")
        self.assertEqual(self.words(answer), ["malformed_sourcemap"])
        self.assertIn('errors that can be gone on after: 1; the first: "version", byte 11', answer["problems"][0]["text"])

    def test_positions(self):
        self.write_map(MAP)
        for position, words, source, line, column in (
                ("1:3", [], "a.ts", 2, 2), ("1:5", [], "a.ts", 2, 2), ("1:1", ["invalid_location"], None, 0, 0),
                ("1:6", ["invalid_location"], None, None, None), ("2:1", ["invalid_location"], None, 0, 0),
                ("3:9", ["missing_source_content"], "b.ts", 1, 1), ("4:1", ["invalid_location"], None, 0, 0),
                ("5:1", ["invalid_location"], None, 0, 0), ("4294967295:1", ["invalid_location"], None, 0, 0)):
            answer = self.explain(PARTIAL if words else DONE, "in.js.map", position)
            self.assertEqual(self.words(answer), words, position)
            self.assertEqual([answer["line"], answer["column"]], [int(n) for n in position.split(":")])
            if source is not None:
                token = answer["token"]
                self.assertEqual((token["source"], token["source_line"], token["source_column"]), (source, line, column))
        self.assertEqual(self.words(self.explain(PARTIAL, "in.js.map", "1")), ["no_column"])
        answer = self.explain(DONE, "in.js.map")
        self.assertEqual([answer[key] for key in ("n_tokens", "n_lines", "n_sources", "n_without_content", "n_ignored")],
                         [3, 4, 2, 1, 1])
        self.assertIn("b.ts:1:1, on the ignore list\n", run("explain", self.folder / "in.js.map", "3:1").text)

    def test_a_range_mapping_answers_on_later_lines(self):
        self.write_map(make_map([(0, 0, 0, 0, 0)], contents=["a\nb\nc\nd"], rangeMappings="A"))
        answer = self.explain(DONE, "in.js.map", "3:2")
        self.assertEqual((answer["token"]["source_line"], answer["token"]["source_column"]), (3, 2))
        self.assertEqual(self.words(self.explain(PARTIAL, "in.js.map", "5:1")), ["invalid_location"])

    def check_function(self, code, path, position, line, *fields):
        """The line of the text, which is None if there is none; name, kind and origin of the JSON."""
        token = self.explain(code, path, position)["token"]
        self.assertEqual(tuple(token[key] for key in ("function", "function_kind", "function_origin")), fields)
        lines = [said for said in run("explain", path, position, cwd=self.folder).lines if said.startswith("function")]
        self.assertEqual(lines, [] if line is None else [f"{'function':18} {line}"])

    def test_functions(self):
        """Those of the contents, with or without a name."""
        content = "let x = 1\nfunction pay() { x++ }\nf(() => x)\n"
        self.write_map(make_map([(0, 0, 0, 0, 4), (0, 1, 0, 1, 17), (0, 2, 0, 2, 8), (0, 3), (0, 4, 1, 0, 0)],
                                ["a.js", "b.js"], contents=[content]))
        for position, line, *fields in (("1:1", "(top_level, by original)", None, "top_level", "original"),
                                        ("1:2", "pay (named, by original)", "pay", "named", "original"),
                                        ("1:3", "(anonymous, by original)", None, "anonymous", "original"),
                                        ("1:4", None, None, None, None), ("1:5", None, None, None, None)):
            with self.subTest(position):
                code = DONE if position < "1:4" else PARTIAL  # no original, or no content of it
                self.check_function(code, "in.js.map", position, line, *fields)

    def test_functions_of_the_generated_file(self):
        self.write("app.js", MINIFIED)
        self.write_map(minified_map(), "app.js.map")
        self.write("in.js", MINIFIED + script(inline(to_bytes(minified_map()))))
        for path in "app.js", "app.js.map", "in.js":
            self.check_function(PARTIAL, path, "1:14", "submit (named, by minified)", "submit", "named", "minified")
            self.check_function(PARTIAL, path, "1:31", "c (named, by minified_text)", "c", "named", "minified_text")
        (self.folder / "app.js").unlink()
        self.check_function(PARTIAL, "app.js.map", "1:14", None, None, None, None)

    def test_debug_ids(self):
        other = ID.replace("8", "9")
        self.write("a.js", script("a.js.map") + f"//# debugId={other}\n".encode())
        self.write("a.js.map", map_from("a", debugId=ID))
        answer = self.explain(PARTIAL, "a.js")
        self.assertEqual((answer["generated_debug_id"], answer["debug_id"], self.words(answer)),
                         (other, ID, ["debug_id_mismatch"]))
        self.write("a.js", script("a.js.map") + f"//# debugId={ID.upper()}\n".encode())
        self.assertEqual(self.explain(DONE, "a.js")["generated_debug_id"], ID)

    def test_usage(self):
        self.write_map(MAP)
        for arguments in [], ["in.js.map", "1:1", "2:2"], ["in.js.map", "x"], ["in.js.map", "0:1"], ["in.js.map", "1:0"]:
            result = run("explain", *arguments, cwd=self.folder)
            self.assertEqual((result.code, result.out), (USAGE, b""), arguments)


if __name__ == "__main__":
    main()
