#!/usr/bin/env python3
"""Functions from what a map says of them itself: x_facebook_sources, Bloomberg's mappings, the scopes proposal."""

import json
import sys

sys.dont_write_bytecode = True

from support import DONE, EXAMPLE, INPUT, CliTest, main, make_map, mappings, run, to_bytes, vlq

METRO = EXAMPLE / "metro" / "shop.js.map"

# The functions of checkout.ts by its lines, as its text has them; metro counts a class as one. In line 30 there is another.
CHECKOUT = {
    "Checkout": range(14, 17),
    "Checkout#constructor": range(18, 22),
    "Checkout#onOrder": range(23, 26),
    "Checkout#submit": range(27, 36),
    "Checkout#validate": range(37, 40),
    "Checkout.nextNumber": range(41, 44),
}


class KeyTest(CliTest):
    def functions(self, source_map, positions, *options):
        """(function, last component, kind, origin) at generated positions from 0."""
        path = source_map if not isinstance(source_map, dict) else self.write_map(source_map)
        text = self.succeed("lookup", path, *(f"{line}:{column}" for line, column in positions), "--line-base=0",
                            "--column-base=0", "--format=json", "--no-store", *options).text
        rows = [json.loads(line) for line in text.splitlines()]
        return [tuple(row[f"function{key}"] for key in ("", "_last", "_kind", "_origin")) for row in rows]

    def warn_or_refuse(self, source_map, key, text):
        """It builds with that one warning; the byte is that of `text`. Strictly it does not."""
        data = to_bytes(source_map)
        self.assertEqual(data.count(text[1].encode()), 1)
        at = data.index(text[1].encode())
        path = self.write("in.js.map", data)
        out = self.folder / "out.smcache"
        result = run("build", path, "-o", out)
        self.assertEqual((result.code, result.message),
                         (DONE, f'smcache: {path}: warning: "{key}", byte {at}: {text[0]}\n'))
        self.fail_with(INPUT, "build", path, "-o", out, "--strict")


class Facebook(KeyTest):
    def test_a_map_of_metro(self):
        out = self.folder / "out.smcache"
        self.succeed("build", METRO, "-o", out, "--strict")
        n = 0
        for row in self.succeed("dump", out).lines:
            _, _, source, line, column, _, _, function = row.split("\t")
            wanted = [name for name, lines in CHECKOUT.items() if int(line or -1) + 1 in lines]
            if source == "3" and wanted and line != "13":  # the class starts within line 14
                if line == "29" and 33 <= int(column) < 60:
                    wanted = ["total$argument_1"]
                self.assertEqual([function], wanted, row)
                n += 1
        self.assertEqual(n, 83)

    def test_a_frame(self):
        # `throw new Error` in line 38 of checkout.ts.
        self.assertEqual(self.functions(METRO, [(5, 500)]),
                         [("Checkout#validate", "validate", "named", "facebook")])

    def test_kinds(self):
        source_map = make_map([(0, 0, 0, 2, 5), (0, 2, 0, 0, 0), (0, 4, 0, 3, 1), (0, 6, 0, 3, 2), (0, 8, 0, 3, 3)],
                              x_facebook_sources=[[{"names": ["<global>", "f", "<anonymous>"],
                                                    "mappings": "AAA;SCC;CDE,CE"}]])
        self.assertEqual(self.functions(source_map, [(0, 0), (0, 2), (0, 4), (0, 6), (0, 9)]), [
            ("f", "f", "named", "facebook"), (None, None, "top_level", "facebook"),
            (None, None, "top_level", "facebook"), (None, None, "anonymous", "facebook"),
            (None, None, "anonymous", "facebook")])

    def test_bad(self):
        source_map = make_map([(0, 0, 0, 0, 0)], x_facebook_sources=[[{"names": ["f"], "mappings": "AAA,CCC"}]])
        self.warn_or_refuse(source_map, "x_facebook_sources", (
            "entry with a name that does not exist; the source's functions are dropped", "CCC"))
        result = run("lookup", self.write_map(source_map), "1:1", "--format=json", "--no-store")
        self.assertEqual(json.loads(result.text)["function_kind"], None)


class Bloomberg(KeyTest):
    KEY = "x_com_bloomberg_sourcesFunctionMappings"

    def test_a_map_of_pasta(self):
        # `function orzo(){}; function penne(){};`, from the manual of Bloomberg's program.
        source_map = make_map([(0, 0, 0, 0, 4), (0, 9, 0, 0, 25), (0, 18, 0, 0, 18), (0, 27, 0, 0, 38),
                               (0, 30, 0, 0, 39)],
                              ["barilla.js"], ["orzo", "penne", "<top-level>"], **{self.KEY: ["EAAAsC,FAAArB,CAkBAoB"]})
        self.succeed("build", self.write_map(source_map), "-o", self.folder / "out", "--strict")
        self.assertEqual(self.functions(source_map, [(0, 0), (0, 9), (0, 18), (0, 27), (0, 30)]), [
            ("orzo", "orzo", "named", "bloomberg"), ("penne", "penne", "named", "bloomberg"),
            ("penne", "penne", "named", "bloomberg"), (None, None, "top_level", "bloomberg"),
            (None, None, "top_level", "bloomberg")])

    def test_bad(self):
        source_map = make_map([(0, 0, 0, 0, 0)], names=["f"], **{self.KEY: ["AAAAA,CAAA"]})
        self.warn_or_refuse(source_map, self.KEY, (
            "entry that is not the right number of base64 VLQs; the source's functions are dropped", "CAAA\""))


class Hermes(KeyTest):
    """It says nothing of names, but of where functions of bytecode start."""
    KEY = "x_hermes_function_offsets"

    def sizes(self, *options):
        """Bytes and counts of its sections, of a map with three functions in two segments."""
        source_map = make_map([(0, 0, 0, 0, 0)], **{self.KEY: {"2": [8], "0": [16, 40]}})
        path = self.folder / "out"
        self.succeed("build", self.write_map(source_map), "-o", path, "--strict", *options)
        self.succeed("verify", path)
        rows = [row.split() for row in self.succeed("info", path).text.splitlines()]
        return [tuple(row) for row in rows if row and row[0].startswith("BYTECODE")]

    def test_sections(self):
        for options in [], ["--functions=none", "--sources=none"]:
            self.assertEqual(self.sizes(*options), [("BYTECODE_SEGMENTS", "16", "2"), ("BYTECODE_OFFSETS", "12", "3")])

    def test_bad(self):
        for value, message, at in (
                ([[16, 40]], "not an object; ignored", "[[16"),
                ({"main": [16]}, "key that is no canonical decimal number below 2^32 - 1; ignored", '"main"'),
                ({"0": None}, "segment that is not an array; ignored", "null"),
                ({"0": [16, -40]}, "offset that is no integer from 0 to 2^32 - 2; read as unknown", "-40")):
            self.warn_or_refuse(make_map([(0, 0, 0, 0, 0)], **{self.KEY: value}), self.KEY, (message, at))


class Scopes(KeyTest):
    # `function sq(x) { return x*x; }`, `console.log(sq(5));`, which a compiler made `console.log(5*5);` of.
    MAP = {"version": 3, "sources": ["m.ts"], "names": ["module", "sq", "function", "x", "5"],
           "mappings": mappings([(0, 0, 0, 1, 0), (0, 12, 0, 0, 24), (0, 15, 0, 1, 18)]),
           "scopes": "BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC"}

    def test_the_example_of_the_proposal(self):
        self.succeed("build", self.write_map(self.MAP), "-o", self.folder / "out", "--strict")
        self.assertEqual(self.functions(self.MAP, [(0, 0), (0, 12), (0, 14), (0, 15)]), [
            (None, None, "top_level", "scopes"), ("sq", "sq", "named", "scopes"), ("sq", "sq", "named", "scopes"),
            (None, None, "top_level", "scopes")])

    def test_a_better_one_is_over_others(self):
        source_map = self.MAP | {"scopes": "BEAA,CAJ,BEAA,CAJ",
                                 "x_facebook_sources": [[{"names": ["f"], "mappings": "GAA"}]],
                                 "sources": ["m.ts", "n.ts"],
                                 "mappings": mappings([(0, i, 0, 0, i) for i in range(12)])}
        nameless, f, outside = (None, None, "anonymous", "scopes"), ("f", "f", "named", "facebook"), (
            None, None, "top_level", "scopes")
        self.assertEqual(self.functions(source_map, [(0, i) for i in range(12)]),
                         [nameless] * 3 + [f] * 6 + [outside] * 3)

    def test_bad(self):
        self.warn_or_refuse(self.MAP | {"scopes": "BAAA,CAB,CZZ"}, "scopes", (
            "end of a scope that has not started; all scopes are dropped", "CZZ"))
        self.warn_or_refuse(self.MAP | {"scopes": "BFAAZ,CAB"}, "scopes", (
            "name of a scope below 0; taken for 0; the rest is used", "Z,CAB"))


if __name__ == "__main__":
    main()
