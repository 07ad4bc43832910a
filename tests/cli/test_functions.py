#!/usr/bin/env python3
"""What info, dump and lookup say of functions and of inlined calls, byte for byte."""

import json
import random
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "spec"), str(ROOT / "tests" / "spec")]

from functions import write_functions
from smcache_reader import Cache
from support import PARTIAL, USAGE, CliTest, main, make_map, run, to_bytes

TOP_LEVEL, ANONYMOUS, NAMED = 1, 2, 3
SCOPES, ORIGINAL = 1, 4

SUBMIT = (NAMED, ORIGINAL, "Checkout.submit", "submit")
TOTAL = (NAMED, ORIGINAL, "get Checkout.total", "total")
OUTER = (NAMED, SCOPES, "outer", "outer")
GENERATED = (NAMED, SCOPES, "generated", "generated")
NAMELESS = (ANONYMOUS, ORIGINAL, None, None)
TOP = (TOP_LEVEL, SCOPES, None, None)

# Column: what the token is in. At 20 code is inlined in code that is inlined; at 40 it is hidden.
TOKENS = [(0, 0, 0, 0, 0), (0, 10, 0, 1, 2, 0), (0, 20, 1, 2, 4), (0, 30), (0, 40, 0, 4, 8), (0, 50)]
FUNCTIONS = [None, SUBMIT, TOTAL, TOTAL, NAMELESS, NAMELESS]
SITES = [(0, 7, 8, TOP, None), (0, 5, 6, OUTER, 0)]
EXTENTES = [(0, 20, 1, None, 0), (0, 30, None, GENERATED, 0), (0, 40, None, None, 1), (0, 50, None, None, 0)]
MAP = make_map(TOKENS, ["a.ts", "b.ts"], ["pay"], ["line 0\nline 1\n", "b"], ignoreList=[1])


class FunctionTest(CliTest):
    def setUp(self):
        super().setUp()
        plain = self.build(MAP, "--sources=raw").read_bytes()
        self.path = self.write("functions.smcache", write_functions(
            plain, Cache(plain), FUNCTIONS, EXTENTES, SITES, random.Random(1)))

    def lookup(self, *arguments):
        return self.succeed("lookup", self.path, *arguments).text


class Info(FunctionTest):
    def test_text(self):
        nbytes = json.loads(self.succeed("info", self.path, "--json").text)["function_nbytes"]
        self.assertIn("names         1\n"
                      f"functions     6 in {nbytes} bytes, {nbytes / 6:.2f} a token\n"
                      "  scopes        3, of 0 tokens\n"
                      "  original      3, of 5 tokens\n"
                      "contents ", self.succeed("info", self.path).text)

    def test_json(self):
        info = json.loads(self.succeed("info", self.path, "--json").text)
        self.assertEqual(info["n_functions"], 6)
        self.assertEqual(info["functions"], [{"origin": "scopes", "n_functions": 3, "n_tokens": 0},
                                             {"origin": "original", "n_functions": 3, "n_tokens": 5}])
        names = [section["name"] for section in info["sections"]]
        self.assertEqual(names[3:9], ["RUN_OFFSETS", "RUNS", "FUNCTIONS", "INLINED", "CALL_SITES", "SOURCES"])
        self.assertEqual(info["function_nbytes"], sum(section["nbytes"] for section in info["sections"][3:8]))


class Dump(FunctionTest):
    def test_tokens(self):
        self.assertEqual(self.succeed("dump", self.path).text, (
            "0\t0\t0\t0\t0\t\t\t\n"
            "0\t10\t0\t1\t2\tpay\t2\tCheckout.submit\n"
            "0\t20\t1\t2\t4\t\t3\tget Checkout.total\n"
            "0\t30\t\t\t\t\t3\tget Checkout.total\n"
            "0\t40\t0\t4\t8\t\t1\t\n"
            "0\t50\t\t\t\t\t1\t\n"))

    def test_functions(self):
        self.assertEqual(self.succeed("dump", self.path, "--functions").text, (
            "0\ttop_level\tscopes\t\t\n"
            "1\tanonymous\toriginal\t\t\n"
            "2\tnamed\toriginal\tCheckout.submit\tsubmit\n"
            "3\tnamed\toriginal\tget Checkout.total\ttotal\n"
            "4\tnamed\tscopes\tgenerated\tgenerated\n"
            "5\tnamed\tscopes\touter\touter\n"))

    def test_one_list_at_a_time(self):
        for options in ["--functions", "--sources"], ["--sources", "--functions"]:
            result = self.fail_with(USAGE, "dump", self.path, *options)
            self.assertIn("--sources or --functions, not both", result.message)
        self.succeed("dump", self.path, "--functions", "--functions")


class Lookup(FunctionTest):
    POSITIONS = ["1:1", "1:11", "1:21", "1:31", "1:41", "1:51", "2:1"]

    def test_text(self):
        first = ["a.ts:1:1", "a.ts:2:3 (pay) in Checkout.submit", "b.ts:3:5 in get Checkout.total [ignored]",
                 "(unmapped) in generated", "a.ts:5:9 [hidden]", "(unmapped)", "(unmapped)"]
        self.assertEqual(self.lookup(*self.POSITIONS).split("\n"), [*first, ""])
        first[3:3] = ["  inlined at a.ts:6:7 in outer", "  inlined at a.ts:8:9"]
        self.assertEqual(self.lookup("--frames", *self.POSITIONS).split("\n"), [*first, ""])

    def test_context_comes_after_all_frames(self):
        self.assertEqual(self.lookup("1:21", "--frames", "-C0"), (
            "b.ts:3:5 in get Checkout.total [ignored]\n"
            "  inlined at a.ts:6:7 in outer\n"
            "  inlined at a.ts:8:9\n"))
        self.assertEqual(self.lookup("1:11", "--frames", "-C0").split("\n")[:2],
                         ["a.ts:2:3 (pay) in Checkout.submit", ">    2 | line 1"])

    def test_tsv(self):
        rows = ["1\t1\ta.ts\t1\t1\t\t", "1\t11\ta.ts\t2\t3\tpay\tCheckout.submit",
                "1\t21\tb.ts\t3\t5\t\tget Checkout.total", "1\t31\t\t\t\t\tgenerated", "1\t41\ta.ts\t5\t9\t\t",
                "1\t51\t\t\t\t\t", "2\t1\t\t\t\t\t"]
        self.assertEqual(self.lookup("--format=tsv", *self.POSITIONS).split("\n"), [*rows, ""])
        rows[3:3] = ["1\t21\ta.ts\t6\t7\t\touter", "1\t21\ta.ts\t8\t9\t\t"]
        self.assertEqual(self.lookup("--format=tsv", "--frames", *self.POSITIONS).split("\n"), [*rows, ""])

    def test_json(self):
        self.assertEqual(self.lookup("--format=json", "1:11", "1:41"), (
            '{"line":1,"column":11,"source":"a.ts","source_line":2,"source_column":3,"name":"pay",'
            '"function":"Checkout.submit","mapped":true,"ignored":false,"function_last":"submit",'
            '"function_kind":"named","function_origin":"original","hidden":false}\n'
            '{"line":1,"column":41,"source":"a.ts","source_line":5,"source_column":9,"name":null,'
            '"function":null,"mapped":true,"ignored":false,"function_last":null,'
            '"function_kind":"anonymous","function_origin":"original","hidden":true}\n'))

    def test_json_frames(self):
        """They are there if there are several, or if they are asked for."""
        inlined = json.loads(self.lookup("--format=json", "1:21"))
        self.assertEqual(inlined["frames"], [
            {"source": "b.ts", "source_line": 3, "source_column": 5, "function": "get Checkout.total", "mapped": True,
             "ignored": True, "function_last": "total", "function_kind": "named", "function_origin": "original"},
            {"source": "a.ts", "source_line": 6, "source_column": 7, "function": "outer", "mapped": True,
             "ignored": False, "function_last": "outer", "function_kind": "named", "function_origin": "scopes"},
            {"source": "a.ts", "source_line": 8, "source_column": 9, "function": None, "mapped": True,
             "ignored": False, "function_last": None, "function_kind": "top_level", "function_origin": "scopes"}])
        self.assertEqual(json.loads(self.lookup("--format=json", "--frames", "1:21")), inlined)
        self.assertNotIn("frames", json.loads(self.lookup("--format=json", "1:11")))
        counts = [len(json.loads(row)["frames"])
                  for row in self.lookup("--format=json", "--frames", *self.POSITIONS).splitlines()]
        self.assertEqual(counts, [1, 1, 3, 1, 1, 1, 0])

    def test_bases(self):
        self.assertEqual(self.lookup("0:21", "--frames", "--format=tsv", "--line-base=0"), (
            "0\t21\tb.ts\t2\t5\t\tget Checkout.total\n0\t21\ta.ts\t5\t7\t\touter\n0\t21\ta.ts\t7\t9\t\t\n"))

    def test_unmapped_code_of_a_function_is_unmapped(self):
        self.assertEqual(run("lookup", self.path, "1:31", "--strict").code, PARTIAL)
        self.succeed("lookup", self.path, "1:21", "--strict")

    def test_bad_positions_have_frames_too(self):
        result = run("lookup", self.path, "-", "--format=json", "--frames", stdin=b"x\n")
        self.assertEqual((result.code, json.loads(result.text)["frames"]), (PARTIAL, []))

    def test_many_frames(self):
        """More than anybody makes room for at once."""
        sites = [(0, i, 0, None, i - 1 if i else None) for i in range(100)]
        plain = self.build(make_map([(0, 0, 0, 500, 0)], ["a.ts"])).read_bytes()
        path = self.write("deep", write_functions(plain, Cache(plain), [None], [(0, 0, 99, None, 0)], sites,
                                                  random.Random(1)))
        rows = self.succeed("lookup", path, "1:1", "--frames").lines
        self.assertEqual(rows, ["a.ts:501:1", *(f"  inlined at a.ts:{i + 1}:1" for i in reversed(range(100)))])


class Stacks(FunctionTest):
    TEXT = "at x (https://h/a.js:1:21)\nat w (https://h/a.js:1:41)\nat v (https://h/a.js:1:1)\nat u (https://h/a.js:1:11)\n"

    def setUp(self):
        super().setUp()
        self.map = f"https://h/a.js={self.path}"
        self.trace = self.write("trace.txt", self.TEXT.encode())
        frames = [{"function": function, "abs_path": "https://h/a.js", "lineno": 1, "colno": column}
                  for function, column in (("u", 11), ("v", 1), ("w", 41), ("x", 21))]
        self.event = self.write("event.json", to_bytes({"stacktrace": {"frames": frames}}))

    def test_explained_in_either_order(self):
        """What has been inlined is below the frame that it comes from, whether callers come first or last."""
        blocks = [run("explain", path, "--map", self.map).text.rstrip("\n").split("\n\n")
                  for path in (self.trace, self.event)]
        self.assertEqual([[block.split("\n", 1)[0].split()[1] for block in one] for one in blocks],
                         [["x", "w", "u"], ["u", "w", "x"]])
        originals = [[[line.split()[1].rstrip(",") for line in block.split("\n") if line.startswith("original")]
                      for block in one] for one in blocks]
        self.assertEqual(originals[0][0], ["b.ts:3:5", "a.ts:6:7", "a.ts:8:9"])
        self.assertEqual(originals[1], [one[::-1] for one in originals[0][::-1]])

    def test_frames_that_stand_for_nothing_count(self):
        """w is in a function that the author did not write: v, which called it, is left out, and is one of the four."""
        numbers = [[json.loads(line)["frame"] for line in
                    self.succeed("symbolicate", "--json", path, "--map", self.map).lines] for path in
                   (self.trace, self.event)]
        self.assertEqual(numbers, [[0, 0, 0, 1, 3], [0, 2, 3, 3, 3]])


if __name__ == "__main__":
    main()
