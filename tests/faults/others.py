"""Scenarios of the other commands, and of what all of them share."""

import os

import frames
from scenario import Scenario
from support import inline, make_map, map_from, script, to_bytes

SOURCE = frames.SOURCE
SCRIPT = b"class A { get x() { return 1; } static m(a) { return () => a; } }\nvar f = function () {};\n"
# What a terminal must not be shown, and what JSON and TSV write otherwise.
HOSTILE = "a\"b\\c\td\ne\x1b\u202ef\ufffdg"


def compiled(world):
    """With functions, contents, a debug ID and lists of all kinds."""
    world.write("in.map", to_bytes(make_map(
        [(0, 0, 0, 1, 0, 0), (0, 12, 0, 0, 24), (0, 15, 1, 1, 18, 1), (1, 0, 2, 0, 0), (1, 9)],
        ["m.ts", "lib.ts", None], ["module", "sq", "function", "x", "5"], [SOURCE, None, SOURCE], file="app.js",
        sourceRoot="src", ignoreList=[1], debugId="85314830-023f-4cf1-a267-535f4e37bb17",
        scopes="BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC")))
    world.run("build", "in.map", "-o", "a.smcache", "-j1", "--quiet")


def hostile(world):
    world.write("in.map", to_bytes(make_map(
        [(0, 0, 0, 0, 3, 0), (0, 9, 1, 0, 0)], [HOSTILE, None], [HOSTILE], ["\tx\ty = 1;\u540d z\n" * 4, None],
        x_facebook_sources=[[{"names": ["<global>", HOSTILE], "mappings": "AAA;UCC"}], None])))
    world.run("build", "in.map", "-o", "a.smcache", "-j1", "--quiet")


def damaged(world):
    compiled(world)
    data = bytearray((world.folder / "a.smcache").read_bytes())
    data[-9] ^= 0xFF
    world.write("bad.smcache", bytes(data))


def texts(world):
    world.write("a.js", SCRIPT)
    world.write("b.tsx", b"const C = () => <div onClick={() => 1}/>;\n")
    world.write("c.js", b"function (\n")


def explained(world):
    world.write("app.js", script("app.js.map") + b"//# debugId=85314830-023f-4cf1-a267-535f4e37bb17\n")
    world.write("app.js.map", to_bytes(make_map(
        [(0, 0, 0, 0, 0, 0), (0, 9)], ["a.ts", "b.ts"], ["n"], [SOURCE, None],
        debugId="85314830-023f-4cf1-a267-535f4e37bb18")))
    world.write("gone.js", script("nowhere.map"))
    world.write("none.js", script(None))
    world.write("remote.js", script("https://example.com/x.map"))
    world.write("inline.js", script(inline(map_from("a.ts"))))
    world.write("broken.map", b"[")
    world.write("trace", frames.TRACE)
    world.write("crash.json", frames.DOCUMENTS[8])
    frames.dist(world)


def explain(name, *arguments, **rest):
    """What fails is a problem that it tells."""
    return Scenario(f"explain {name}", ["explain", *arguments], explained, explains=True, **rest)


def nothing(world):
    pass


LOOKUPS = ["1:1", "1:13", "1:16", "2:1", "2:10"]

SCENARIOS = [
    Scenario("no command", [], nothing),
    Scenario("unknown command", ["nothing"], nothing),
    Scenario("wrong usage", ["build"], nothing),
    Scenario("--help", ["--help"], nothing),
    Scenario("--version", ["--version"], nothing),
    *(Scenario(f"{name} --help", [name, "--help"], nothing)
      for name in ("lookup", "explain", "info", "verify", "dump", "config", "functions")),
    Scenario("without stdin", ["info", "a.smcache"], compiled, stdin="closed"),
    Scenario("info", ["info", "a.smcache"], compiled),
    Scenario("info, JSON", ["info", "a.smcache", "--json"], compiled),
    Scenario("info of less, JSON", ["info", "a.smcache", "--json"], hostile),
    Scenario("dump", ["dump", "a.smcache"], compiled),
    Scenario("dump sources", ["dump", "a.smcache", "--sources"], compiled),
    Scenario("dump functions", ["dump", "a.smcache", "--functions"], compiled),
    Scenario("dump hostile names", ["dump", "a.smcache"], hostile),
    Scenario("verify", ["verify", "a.smcache"], compiled),
    Scenario("verify damaged files", ["verify", "a.smcache", "bad.smcache", "in.map"], damaged, is_several=True),
    Scenario("functions", ["functions", "a.js", "b.tsx", "c.js"], texts, is_several=True),
    Scenario("functions, JSON", ["functions", "--json", "a.js", "b.tsx", "c.js"], texts, is_several=True),
    Scenario("lookup hostile names", ["lookup", "a.smcache", "1:1", "1:10", "-C1"], hostile),
    Scenario("lookup hostile names, JSON", ["lookup", "a.smcache", "1:1", "1:10", "--format=json"], hostile),
    Scenario("lookup hostile names, TSV", ["lookup", "a.smcache", "1:1", "1:10", "--format=tsv"], hostile),
    explain("a generated file", "app.js", "1:1"),
    explain("a position without an original", "app.js", "1:10", "--json"),
    explain("a position before all, JSON", "app.js.map", "2:1", "--json"),
    explain("a crash report", "crash.json", "--dir", "dist", "--no-store"),
    explain("a map, JSON", "app.js.map", "1:1", "--json"),
    explain("a map that is gone", "gone.js"),
    explain("no map", "none.js", "--json"),
    explain("a map elsewhere", "remote.js"),
    explain("a map inside", "inline.js", "1:1"),
    explain("a broken map", "broken.map"),
    explain("a stack", "trace", "--dir", "dist", "--no-store"),
    explain("a stack, JSON", "trace", "--dir", "dist", "--no-store", "--json"),
]
