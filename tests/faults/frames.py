"""Scenarios of smcache symbolicate and lookup."""

import gzip
import json
import os
import signal
import sys
import uuid

from scenario import EXAMPLE, RECORDED, ROOT, Scenario
from support import inline, make_map, map_from, script, to_bytes

sys.path.insert(0, str(ROOT / "tests/fuzz"))
from seeds import DOCUMENTS

ID, OTHER_ID = uuid.UUID("85314830-023f-4cf1-a267-535f4e37bb17"), uuid.UUID("00000000-0000-4000-8000-000000000000")
SOURCE = "".join(f"line {i} of a\n" for i in range(30))
# What the documents of the fuzzer and the traces below ask for.
MAP = make_map([(0, 0, 0, 0, 0), (0, 10, 0, 11, 2, 0), (0, 20, 1, 4, 4), (0, 30), (1, 0, 0, 9, 9)], ["a.ts", "lib.ts"],
               ["callee"], [SOURCE, None], ignoreList=[1], x_facebook_sources=[
                   [{"names": ["<global>", "submit"], "mappings": "AAA;UCC"}], [{"names": ["run"], "mappings": "AAA"}]],
               x_hermes_function_offsets={"0": [0, 10]})
TRACE = """\
Error: no
    at t (https://x/a.js:1:11)
    at u (https://x/a.js:1:21)
    at Array.map (<anonymous>)
    at v (https://x/other.js:1:1)
    at e (eval at d (https://x/a.js:1:11), <anonymous>:1:2)
    at https://x/a.js:1:31
    at https://x/a.js:1:1
no frame
f@https://x/a.js:1:11
@https://x/a.js:1:21
"""
FRAME = '{"function":"f","abs_path":"a.js","lineno":1,"colno":11}'
EVENT = '{"exception":{"values":[{"stacktrace":{"frames":[%s,%s]}}]}}' % (FRAME, FRAME.replace("11", "21"))
OFF = ["--no-store"]


def dist(world):
    world.write("dist/a.js.map", to_bytes(MAP))


def compiled(world):
    dist(world)
    world.run("build", "dist/a.js.map")
    os.unlink(world.folder / "dist/a.js.map")


def input_of(name, data, make=compiled):
    def made(world):
        make(world)
        world.write(name, data)
    return made


def of_kinds(world):
    """A file of each kind that leads to a map."""
    data = map_from("a.ts")
    world.write("dist/1/map.js.map", data)
    world.write("dist/2/gzipped.js.map.gz", gzip.compress(data, mtime=0))
    world.write("dist/3/named.js", script("elsewhere.map"))
    world.write("dist/3/elsewhere.map", data)
    world.write("dist/4/inline.js", script(inline(data)))
    world.write("dist/5/beside.js", script(None))
    world.write("dist/5/beside.js.map", data)
    world.write("dist/7/compiled.js.map", data)
    world.run("build", "dist/7/compiled.js.map")
    world.write("dist/8/none.js", script(None))
    world.write("dist/9/broken.js.map", b"no map")
    world.write("other/1/map.js.map", data)


KINDS = "".join(f"at {url}:1:1\n" for url in (
    "https://x/1/map.js", "https://x/2/gzipped.js", "https://x/3/named.js", "https://x/4/inline.js",
    "https://x/5/beside.js", "https://x/7/compiled.js", "https://x/8/none.js", "https://x/9/broken.js",
    "https://x/gone.js")).encode()


def ambiguous(world):
    for i in range(6):
        world.write(f"dist/{i}/a.js.map", map_from(f"{i}.ts"))


def with_ids(world):
    world.write("dist/1/a.js", script(None) + f"//# debugId={ID}\n".encode())
    world.write("dist/1/a.js.map", map_from("generated"))
    world.write("dist/2/b.js.map", map_from("map", debugId=str(OTHER_ID)))
    world.write("dist/3/c.js.map", map_from("compiled", debugId="00000000-0000-4000-8000-000000000003"))
    world.run("build", "dist/3/c.js.map")
    os.unlink(world.folder / "dist/3/c.js.map")


def damaged(world):
    """A compiled file that is none, and the map beside it."""
    dist(world)
    world.write("dist/a.js.smcache", b"\x89junk")
    os.utime(world.folder / "dist/a.js.map", (1, 1))


def stale(world):
    dist(world)
    world.run("build", "dist/a.js.map")
    world.write("dist/a.js.map", map_from("new.ts"))
    os.utime(world.folder / "dist/a.js.smcache", (1, 1))


def recorded(world):
    for path in (RECORDED / "maps").iterdir():
        world.write(f"dist/{path.name}", path.read_bytes())
    world.run("build", "dist", "-j1")


def functions_without_texts(world):
    """Frames that only their callers name."""
    world.write("dist/a.js.map", to_bytes(make_map(
        [(0, 0, 0, 0, 0), (0, 10, 0, 1, 0, 0), (0, 20, 0, 2, 0, 1)], ["a.ts"], ["callee", "outer"])))
    world.run("build", "dist/a.js.map")


# The map beside a compiled file answers where that cannot be read.
EITHER_FILE = [(rb"compiled\.js\.(smcache|map)", b"compiled"), (rb"smcache: .*wrong magic\n", b"")]


def symbolicate(name, *arguments, make=compiled, stdin=TRACE.encode(), **rest):
    """Of several files some may be read."""
    return Scenario(f"symbolicate {name}", ["symbolicate", "--dir", "dist", *arguments], make, stdin, is_several=True,
                    **rest)


def documents():
    """Each format, as it was and as stacks."""
    formats = ["cpuprofile", "heapprofile", "trace", "event", "envelope", "profile", "speedscope", "report", "crash",
               "hermes profile"]
    for name, text in zip(formats, DOCUMENTS):
        data = text.encode("latin-1")
        yield symbolicate(f"a {name}", *OFF, stdin=data)
        yield symbolicate(f"a {name}, folded", "--output=folded", *OFF, stdin=data)
        yield symbolicate(f"a {name}, JSON", "--json", *OFF, stdin=data)


def recordings():
    for path in sorted(RECORDED.iterdir()):
        if path.is_file() and "expected" not in path.name and path.suffix in (".txt", ".json"):
            yield symbolicate(f"recorded {path.stem}", "-C1", "--annotate", make=recorded, stdin=path.read_bytes(),
                              is_slow=True)


LARGE = (EVENT + " " * (17 << 20)).encode()
LOOKUPS = ["1:11", "1:21", "1:31", "1:1", "9:9"]


def lookup(name, *arguments, make=compiled, file="dist/a.js.smcache", **rest):
    return Scenario(f"lookup {name}", ["lookup", file, *arguments], make, **rest)


def long_contents(world):
    """Contents in several pieces, with lines that cross from one to the next."""
    lines = [f"line {i} of many, which is as long as lines are\n" for i in range(12000)]
    source = "".join(lines)
    border = source[:256 << 10].count("\n")
    lines = [border - 60, border - 3, border - 2, border - 1, border, border + 1, border + 2, border + 3, border + 4, 1, 2, 3]
    tokens = [(0, 10 * i, 0, line, 5) for i, line in enumerate(lines)]
    world.write("in.map", to_bytes(make_map(tokens, ["a.txt"], contents=[source])))
    world.write("dist/notes", b"")
    world.run("build", "in.map", "-o", "dist/a.js.smcache", "--functions=none")


def many_lines(world):
    """A file that is more than one page, of which all but the first is lost while it is open."""
    tokens = [(line, column, 0, line, column, (line * 7 + column) % 900) for line in range(9000) for column in (0, 9)]
    world.write("in.map", to_bytes(make_map(tokens, names=[f"name{i}" for i in range(900)])))
    world.write("dist/notes", b"")
    world.run("build", "in.map", "-o", "dist/a.js.smcache", "--functions=none")


def cut(folder):
    os.truncate(folder / "dist/a.js.smcache", 4096)


def scoped(world):
    """Functions that are inlined."""
    world.write("in.map", to_bytes(make_map(
        [(0, 0, 0, 1, 0), (0, 12, 0, 0, 24), (0, 15, 0, 1, 18)], ["m.ts"], ["module", "sq", "function", "x", "5"],
        [SOURCE], scopes="BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC")))
    world.write("dist/notes", b"")
    world.run("build", "in.map", "-o", "dist/a.js.smcache")


SCENARIOS = [
    symbolicate("text"),
    symbolicate("a file", "trace.txt", make=input_of("trace.txt", TRACE), stdin=None),
    symbolicate("with lines", "-C2", "--annotate"),
    symbolicate("without ignored", "--hide-ignored"),
    symbolicate("as JSON", "--json"),
    symbolicate("folded", "--output=folded"),
    symbolicate("strictly", "--strict"),
    symbolicate("what waits", stdin=[TRACE[:90].encode(), TRACE[90:].encode()], is_slow=True),
    symbolicate("what waits for its caller", make=functions_without_texts, is_slow=True,
                alike=[(rb"at t", b"at callee")],  # nobody waits where nobody can
                stdin=[b"at t (https://x/a.js:1:1)\n", b"at u (https://x/a.js:1:11)\n"]),
    symbolicate("nothing", stdin=b""),
    symbolicate("what is not there", "gone.txt", stdin=None),
    symbolicate("files of each kind", *OFF, "--json", make=of_kinds, stdin=KINDS, alike=EITHER_FILE),
    symbolicate("files of each kind, by the store", "--json", make=of_kinds, stdin=KINDS, alike=EITHER_FILE,
                env={"SMCACHE_DIR": "/dev/null/store"}),
    symbolicate("two folders", "--dir", "other", *OFF, "--json", make=of_kinds, stdin=KINDS, alike=EITHER_FILE),
    symbolicate("prefixes", *OFF, "--url-prefix", "https://x", "--url-prefix", "~/y/", "--json", make=of_kinds,
                stdin=KINDS, alike=EITHER_FILE),
    symbolicate("ambiguous files", *OFF, "--json", make=ambiguous, stdin=b"at f (https://h/a.js:1:1)\n"),
    symbolicate("debug IDs", *OFF, "--json", "--debug-id", str(ID), "--debug-id", f"https://h/b.js={OTHER_ID}",
                make=with_ids, stdin=b"at https://h/1/a.js:1:1\nat https://h/b.js:1:1\nat https://h/2/b.js:1:1\n"),
    symbolicate("another build", *OFF, "--json", "--debug-id", str(uuid.UUID(int=7)), make=with_ids,
                stdin=b"at https://h/2/b.js:1:1\n"),
    symbolicate("a damaged file", *OFF, make=damaged, alike=EITHER_FILE),
    symbolicate("a stale file", *OFF, make=stale),
    symbolicate("frames without names", make=functions_without_texts,
                stdin=b"at t (https://x/a.js:1:1)\nat u (https://x/a.js:1:11)\nat v (https://x/a.js:1:21)\n"),
    symbolicate("an event with lines", "-C3", stdin=EVENT.encode()),
    symbolicate("a large event", "event.json", make=input_of("event.json", LARGE), stdin=None, is_slow=True),
    symbolicate("a broken event", "--format=sentry-event", stdin=EVENT[:-3].encode() + b"]]"),
    symbolicate("a log of JSON", stdin=b"".join(json.dumps({"level": "error", "stack": TRACE}).encode() + b"\n"
                                                for _ in range(2))),
    Scenario("symbolicate named files", ["symbolicate", *OFF, "--map", "https://x/a.js=m/any", "--map", "~/b.js=m/c.js",
                                         "--json"],
             lambda world: (world.write("m/any", to_bytes(MAP)), world.write("m/c.js", script(inline(map_from("c.ts"))))),
             TRACE.encode() + b"at https://y/b.js:1:1\n", is_several=True),
    Scenario("symbolicate --help", ["symbolicate", "--help"], lambda world: None),
    *documents(),
    *recordings(),
    lookup("as text", *LOOKUPS),
    lookup("with lines", "-C2", *LOOKUPS),
    lookup("as TSV", "--format=tsv", "--across-lines", *LOOKUPS),
    lookup("as JSON", "--format=json", "--frames", *LOOKUPS),
    lookup("frames", "--frames", "-C1", "1:1", "1:13", "1:16", make=scoped),
    lookup("frames, JSON", "--frames", "--format=json", "1:1", "1:13", "1:16", make=scoped),
    symbolicate("inlined frames", "-C1", make=scoped, stdin=b"at a (https://x/a.js:1:13)\nat b (https://x/a.js:1:1)\n"),
    lookup("across pieces", "-C3", *(f"1:{10 * i + 1}" for i in range(12)), make=long_contents),
    lookup("a file that is cut", "-", make=many_lines, stdin=[b"1:1\n", cut, b"8999:1\n"], is_slow=True, is_done_once=True,
           ends_at_once=True, signals=(signal.SIGBUS,),
           alike=[(rb"smcache: \S+: byte \d+: lost", b"smcache: a file: lost")]),
    lookup("strictly", "--strict", *LOOKUPS),
    lookup("positions of stdin", "-", stdin=b"1:11\n1:21\nx\n\n1:1"),
    lookup("positions of stdin, JSON", "-", "--format=json", "--frames", stdin=b"1:11\nx\n"),
    lookup("positions of stdin, TSV", "-", "--format=tsv", stdin=b"1:11\nx\n"),
    lookup("in a map", "--no-store", "-C1", *LOOKUPS, make=dist, file="dist/a.js.map"),
    lookup("in a map of stdin", "--no-store", *LOOKUPS, make=lambda world: None, file="-", stdin=to_bytes(MAP)),
    lookup("in a file of stdin", *LOOKUPS, file="-", stdin="dist/a.js.smcache"),
    lookup("by a generated file", "--no-store", "1:1", make=of_kinds, file="dist/3/named.js"),
    lookup("inside of a generated file", "--no-store", "1:1", make=of_kinds, file="dist/4/inline.js"),
    lookup("by one that leads nowhere", "--no-store", "1:1", make=of_kinds, file="dist/8/none.js"),
    lookup("in a compressed map", "--no-store", "1:1", make=of_kinds, file="dist/2/gzipped.js.map.gz"),
    lookup("in what is no map", "--no-store", "1:1", make=of_kinds, file="dist/9/broken.js.map"),
]
