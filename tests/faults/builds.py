"""Scenarios of smcache build."""

import gzip
import os

from scenario import EXAMPLE, RECORDED, Scenario
from support import inline, make_map, map_from, minified_map, script, to_bytes, MINIFIED

SOURCE = "".join(f"function f{i}(a) {{ return a + {i}; }}\n" for i in range(12))
OLD = map_from("old.ts")
OLD_FILE = "app.js.smcache"


def example(world):
    for name in "app.js", "app.js.map":
        world.write(name, (EXAMPLE / name).read_bytes())


def example_with_old_file(world):
    world.write("old.map", OLD)
    world.run("build", "old.map", "-o", OLD_FILE)
    os.chmod(world.folder / OLD_FILE, 0o640)
    example(world)


def linked_output(world):
    example_with_old_file(world)
    os.symlink(OLD_FILE, world.folder / "link")


def unchanged(world):
    example(world)
    world.run("build", "app.js.map")


def many_keys(world):
    """A map with all that a map may have."""
    tokens = [(line, 10 * i, (line + i) % 3, line, 5 * i, i % 3) for line in range(3) for i in range(6)]
    world.write("app.js.map", to_bytes(make_map(
        tokens, ["a.ts", "b.ts", "lib.ts"], ["x", "y", "z"], [SOURCE, SOURCE * 2, None], ignoreList=[2], file="app.js",
        sourceRoot="src", debugId="85314830-023f-4cf1-a267-535f4e37bb17", rangeMappings="AC;A;",
        scopes="BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC",
        x_facebook_sources=[[{"names": ["<global>", "submit", "<anonymous>"], "mappings": "AAA;UCC;CDE"}], None, None],
        x_com_bloomberg_sourcesFunctionMappings=["AAAA,AAAAA", "", ""],
        x_hermes_function_offsets={"0": [16, 40]}, x_other={"deep": [1, {"x": None}]})))


def indexed(world):
    section = {"version": 3, "sections": [{"offset": {"line": 0, "column": i}, "map": make_map(
        [(0, 0, 0, 0, 0), (0, 4, 0, 1, 2, 0)], [f"{i}.ts"], ["n"], [SOURCE])} for i in (0, 20)]}
    outer = {"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": section},
                                        {"offset": {"line": 4, "column": 0}, "map": make_map(
                                            [(0, 0, 0, 0, 0)], ["z.ts"])}]}
    world.write("in.map", to_bytes(outer))


def flawed(world):
    """So many warnings that not all are said."""
    tokens = [(0, i, 0, 0, i) for i in range(30)]
    text = to_bytes(make_map(tokens, ["a.ts", "b.ts"], ["n"], names_=1)).decode()
    world.write("in.map", text.replace('"mappings":"', '"mappings":"' + "AAAAA," * 14).replace(
        '"sources":["a.ts"', '"sources":[7') + "")


def malformed(world):
    world.write("in.map", b'{"version":3,"sources":["a"],"mappings":"A!"}')


def folder(world):
    """Pairs of each kind."""
    data = map_from("a.ts", contents=[SOURCE])
    world.write("dist/one.js", script("one.js.map"))
    world.write("dist/one.js.map", data)
    world.write("dist/deep/two.js", script("maps/two.map"))
    world.write("dist/deep/maps/two.map", map_from("two.ts"))
    world.write("dist/inline.js", script(inline(data)))
    world.write("dist/percent.css", script(inline(data, "percent"), "x.css"))
    world.write("dist/app.wasm", script("app.wasm.map", "x.wasm"))
    world.write("dist/app.wasm.map", map_from("w.rs"))
    world.write("dist/zipped.js", script(None))
    world.write("dist/zipped.js.map.gz", gzip.compress(data, mtime=0))
    world.write("dist/alone.map", map_from("alone.ts"))
    world.write("dist/none.js", script(None))
    world.write("dist/gone.js", script("nowhere.map"))
    world.write("dist/useless.js", script("nowhere.map"))
    world.write("dist/useless.js.map", map_from("useless.ts"))
    world.write("dist/remote.js", script("https://example.com/x.map"))
    world.write("dist/up.js", script("../x.map"))
    world.write("dist/node_modules/no.js.map", data)
    world.write("dist/notes.txt", b"no map")
    world.write("dist/large.js", b"x();\n" * 30000 + script("one.js.map"))


def few(world):
    for name in "a", "b", "c":
        world.write(f"in/{name}.js.map", map_from(f"{name}.ts", contents=[SOURCE]))


def few_and_excluded(world):
    few(world)
    world.write("in/deep/secret.js.map", map_from("secret.ts"))


def few_with_files(world):
    """Compiled already, one of another map; and what a build that was killed has left."""
    few(world)
    world.run("build", "in", "-o", "out")
    world.write("old.map", OLD)
    world.run("build", "old.map", "-o", "out/b.js.smcache")
    world.write("out/.smcache-tmp-abcdef", b"half")
    world.write("out/.hidden", b"not ours")


def listed(world):
    few(world)
    world.write("list", b"in/a.js.map\r\n\nin/c.js.map\n")


def minified(world):
    world.write("app.js.map", to_bytes(minified_map()))
    world.write("code.js", MINIFIED)


def minified_beside(world):
    world.write("app.js.map", to_bytes(minified_map()))
    world.write("app.js", MINIFIED)


def minified_lost(world):
    world.write("app.js.map", to_bytes(minified_map()))
    world.write("app.js", b"function (\n" + b"}" * 10)


def chained(world):
    """Maps of sources in files that they name, beside them, inside of them, and inside of contents."""
    inner = map_from("x.ts", contents=["let x;\n"])
    sources = ["lib/named.js", "lib/beside.js?v=1", "lib/inline.js", "content.js", "style.css", "lib/none.js",
               "https://x/remote.js", "lib/missing.js", "plain.ts", "lib/bad.js", "lib/far.js", "lib/gone.js"]
    contents = [None] * 3 + [script(inline(inner)).decode()] + [None] * 8
    world.write("app.js.map", to_bytes(make_map(
        [(0, i, i, 0, 0, 0) for i in range(len(sources))], sources, ["n"], contents)))
    world.write("lib/named.js", script("maps/m.map"))
    world.write("lib/maps/m.map", map_from("deep/y.js", names=["q"]))
    world.write("lib/maps/deep/y.js.map", inner)
    world.write("lib/beside.js.map", inner)
    world.write("lib/inline.js", script(inline(inner)))
    world.write("style.css", script("style.map", "x.css"))
    world.write("style.map", map_from("style.scss"))
    world.write("lib/none.js", script(None))
    world.write("lib/bad.js", script("bad.map"))
    world.write("lib/bad.map", gzip.compress(b"x", mtime=0)[:-3])
    world.write("lib/far.js", script("https://example.com/x.map"))
    world.write("lib/gone.js", script("gone.map"))


def chained_folder(world):
    world.write("dist/app.js.map", to_bytes(make_map(
        [(0, i, i, 0, 0) for i in range(2)], ["lib/x.js", "../outside.js"])))
    world.write("dist/lib/x.js", script("x.js.map"))
    world.write("dist/lib/x.js.map", map_from("x.ts"))
    world.write("outside.js.map", map_from("no.ts"))


def recorded(world):
    for name in "main.js", "main.js.map":
        world.write(name, (RECORDED / "maps" / name).read_bytes())


def large(world):
    """What two threads read, and huge pages hold."""
    world.write("in.map", to_bytes(make_map([(0, 0, 0, 0, 0)], ["a.txt"], contents=["x" * (9 << 20)])))


def many_contents(world):
    """Contents that several threads compress: more than one piece each, that do not compress to nothing."""
    words = [f"word{i * i % 977}" for i in range(60000)]
    world.write("in.map", to_bytes(make_map([(0, i, i, 0, 0) for i in range(2)], ["a.txt", "b.txt"],
                                            contents=[" ".join(words), "\n".join(words)])))


def unsorted(world):
    """Columns that go back, and functions that end before those around them are known."""
    world.write("in.map", b'{"version":3,"sources":["a.js"],"names":[],"mappings":"UAAA,LAAA,JACA","sourcesContent":['
                + to_bytes("var f = (a = function () { return [" + "[" * 300 + "]" * 300 + "] }) => a;\n") + b"]}")


def with_bindings(world):
    """Scopes whose variables have other values in parts of a range."""
    world.write("in.map", to_bytes({
        "version": 3, "sources": ["a.ts"], "names": [f"name{i}" for i in range(10)], "mappings": "AAAA,UACA,UACA,UACA",
        "sourcesContent": ["\n" * 9], "scopes": "EAA,EAA,GAA,HBABB,HAABC,FA,FA,EAA,GA,HAABD,FA"}))


def killed_before(world):
    for i in range(40):
        world.write(f"in/{i}.js.map", map_from(f"{i}.ts", contents=[SOURCE]))
    world.write("in/.smcache-tmp-abcdef", b"half")


def odd_names(world):
    world.write("in/a\tb\"c\\d\x01e.js.map", map_from("a.ts"))


def named(*names):
    """Sources whose names have something to be cut off."""
    def make(world):
        world.write("in.map", to_bytes(make_map([(0, i, i, 0, 0) for i in range(len(names))], list(names),
                                                sourceRoot="/r/")))
    return make


WEBPACK = named("webpack://app/./src/a.ts", "webpack://app/./src/b.ts?x", "../c.ts", "c d.ts", "\u00fc.ts")
# Of a map that is one by itself, where its generated file cannot be read.
UNCLAIMED = ("out/deep/maps/two.smcache", "dist/deep/maps/two.smcache")
OUT = ["-o", "out.smcache"]
# A file that cannot be looked at is built again.
BUILT_AGAIN = [(rb'"status":"unchanged"', b'"status":"built"'), (rb"\d built, \d unchanged", b"N built"),
               (rb"unchanged\t", b"build\t"), (rb"\d\.\d MB -> \d\.\d MB", b"MB")]

SCENARIOS = [
    Scenario("build", ["build", "app.js.map", "-j1"], example),
    Scenario("build by threads", ["build", "app.js.map", "-j3"], example),
    Scenario("build a generated file", ["build", "app.js", "-j1"], example),
    Scenario("build over a file", ["build", "app.js.map", "-j1", "--sources=raw"], example_with_old_file),
    Scenario("build through a link", ["build", "app.js.map", "-j1", "-o", "link"], linked_output),
    Scenario("build what is there", ["build", "app.js.map", "--json"], unchanged, alike=BUILT_AGAIN),
    Scenario("build what is there, strict", ["build", "app.js.map", "--strict", "-j1"], unchanged, alike=BUILT_AGAIN),
    Scenario("build into folders", ["build", "app.js.map", "-o", "new/deep/", "-j1", "--json"], example),
    Scenario("build as if", ["build", "app.js.map", "--dry-run"], example),
    Scenario("build as if, into", ["build", "app.js.map", "--dry-run", "--json", "-o", "out/"], example),
    Scenario("build many keys", ["build", "app.js.map", "-j1"], many_keys),
    Scenario("build many keys by threads", ["build", "app.js.map", "-j4", "--functions=none"], many_keys),
    Scenario("build an index map", ["build", "in.map", *OUT, "-j1"], indexed),
    Scenario("build a flawed map", ["build", "in.map", *OUT, "-j1"], flawed),
    Scenario("build a flawed map, JSON", ["build", "in.map", *OUT, "-j1", "--json"], flawed),
    Scenario("build a flawed map, strict", ["build", "in.map", *OUT, "-j1", "--strict"], flawed),
    Scenario("build a malformed map", ["build", "in.map", *OUT, "-j1", "--json"], malformed),
    Scenario("build what is not there", ["build", "in.map", *OUT, "-j1"], lambda world: None),
    Scenario("build a compiled file", ["build", OLD_FILE, *OUT, "-j1"], unchanged),
    Scenario("build a folder", ["build", "dist", "-o", "out", "-j1", "--json", "--exclude", "node_modules"], folder,
             is_several=True, may_be_new=UNCLAIMED),
    Scenario("build a folder, in words", ["build", "dist/", "-j1", "--functions=none"], folder, is_several=True,
             may_be_new=UNCLAIMED),
    Scenario("build a folder, strict", ["build", "dist", "-o", "out/", "-j1", "--strict", "--sources=none"], folder,
             is_several=True, may_be_new=UNCLAIMED),
    Scenario("build a folder by threads", ["build", "in", "-o", "out", "-j3"], few, is_several=True),
    Scenario("build a folder in part", ["build", "in", "-o", "out", "-j1", "--exclude", "deep/*"], few_and_excluded,
             is_several=True),
    Scenario("build a folder again", ["build", "in", "-o", "out", "-j1"], few_with_files, is_several=True,
             alike=BUILT_AGAIN),
    Scenario("build a folder as if", ["build", "in", "-o", "out", "--dry-run"], few_with_files, is_several=True,
             alike=BUILT_AGAIN),
    Scenario("build a list", ["build", "@list", "in/b.js.map", "-j1"], listed, is_several=True),
    Scenario("build a list of stdin", ["build", "@-", "-j1", "--quiet"], few, stdin=b"in/a.js.map\nin/b.js.map\n",
             is_several=True),
    Scenario("build stdin to stdout", ["build", "-", "-j1"], lambda world: None, stdin=map_from("a.ts", contents=[SOURCE])),
    Scenario("build stdin by threads", ["build", "-", "-j2", "--functions=none"], lambda world: None,
             stdin=map_from("a.ts", contents=[SOURCE])),
    Scenario("build with the generated file", ["build", "app.js.map", "--minified", "code.js", "-j1"], minified),
    Scenario("build with the generated file beside", ["build", "app.js.map", "-j1"], minified_beside),
    Scenario("build with a generated file that is none", ["build", "app.js.map", "-j1", "--json"], minified_lost),
    Scenario("build a chain", ["build", "app.js.map", "--chain", "-j1"], chained),
    Scenario("build a chain, strict", ["build", "app.js.map", "--chain", "-j1", "--strict"], chained),
    Scenario("build a chain with names", ["build", "app.js.map", "--chain-names", "-j2", "--json"], chained),
    Scenario("build chains of a folder", ["build", "dist", "--chain", "-j1"], chained_folder, is_several=True),
    Scenario("build a bundle", ["build", "main.js.map", "-j1"], recorded),
    Scenario("build a large map", ["build", "in.map", "--sources=none", "-j2", *OUT], large, is_slow=True),
    Scenario("build many contents", ["build", "in.map", *OUT, "-j4", "--functions=none"], many_contents, is_slow=True),
    Scenario("build an unsorted map", ["build", "in.map", *OUT, "-j1"], unsorted),
    Scenario("build bindings", ["build", "in.map", *OUT, "-j1"], with_bindings),
    Scenario("build on a terminal", ["build", "in", "-j1"], killed_before, is_several=True, on_terminal=True, is_slow=True),
    Scenario("build odd names", ["build", "in", "--dry-run"], odd_names, is_several=True),
    Scenario("build odd names, JSON", ["build", "in", "-j1", "--json"], odd_names, is_several=True),
    Scenario("build with other names", ["build", "in.map", *OUT, "-j1", "--clean-paths", "--replace", "src=lib",
                                        "--strip-prefix", "lib/", "--strip-prefix", "x", "--strip-common-prefix"], WEBPACK),
    Scenario("build with URLs", ["build", "in.map", *OUT, "-j1", "--map-url", "https://\u00e9xample.com/a/b.map?x#y",
                                 "--source-root", "../src"], WEBPACK),
    Scenario("build with URLs of data", ["build", "in.map", *OUT, "-j1", "--map-url", "data:x"], WEBPACK),
    Scenario("build --help", ["build", "--help"], lambda world: None),
]
