"""Scenarios of smcache store and config, and of commands that go by way of the store."""

import errno
import os
import uuid

from scenario import Scenario
from stored import Store, compile_map, debug_id_key, names_key
from support import MINIFIED, inline, make_map, map_from, minified_map, script, to_bytes

ID = uuid.UUID("85314830-023f-4cf1-a267-535f4e37bb17")
DIR = ["--dir", "store"]
URL = "https://x/a.js"
NAMES = [f"https://x/{name}.js" for name in "abcdef"]
# What is in the filled store, as services ask for it.
ASK = ["symbolicate", "trace", "--store", "--json"]
ASK_PINNED = ["symbolicate", "pinned", "--store", "--json", "--strict"]


def filled(world, max_nbytes=0):
    """Keys of each kind, of several files; one is pinned, one has no map."""
    world.write("trace", "".join(f"at {name}:1:1\n" for name in NAMES))
    world.write("none", "at https://x/none.js:1:1\n")
    with Store(world.folder / "store") as store:
        for i, name in enumerate(NAMES):
            source_map = make_map([(0, j, 0, 0, j) for j in range(5)], [f"{i}.ts"], contents=[f"{i}\n" * 3000])
            store.put(compile_map(source_map), names_key(name))
        store.keep(map_from("by ID"), debug_id_key(ID))
        store.put_negative("no map", names_key("https://x/none.js"))
        store.put(compile_map(map_from("scoped")), names_key("1.0", URL, scope="team"))
    for i, path in enumerate(sorted((world.folder / "store/v1").glob("??/*"))):
        os.utime(path, (1_600_000_000 + 100 * i, 1_600_000_000 + 100 * i))


def pinned(world):
    filled(world)
    world.write("pinned", "".join(f"at {name}:1:1\n" for name in NAMES[:3]))
    world.run("store", "pin", NAMES[0], "https://x/[bc].js", *DIR)


def left_over(world):
    """What crashes leave: temporary files, keys that lead nowhere, and what is no key."""
    pinned(world)
    v1 = world.folder / "store/v1"
    world.write(f"store/v1/tmp/{'0' * 32}.tmp", b"half")
    os.utime(v1 / f"tmp/{'0' * 32}.tmp", (1, 1))
    sorted(v1.glob("??/*.smcache"))[0].unlink()
    key = sorted(v1.glob("??/*.key"))[-1]
    key.write_bytes(b"junk")
    world.write(f"store/v1/00/{'0' * 30}.key", b"junk")
    world.write("store/v1/00/other", b"not ours")


def replaced_by_folders(world):
    """Keys that lead to what is no file."""
    filled(world)
    for path in sorted((world.folder / "store/v1").glob("??/*.smcache"))[:2]:
        path.unlink()
        path.mkdir()


def without_secret(world):
    one_map_kept(world)
    world.write("store/v1/secret", b"junk")


def hostile_names(world):
    with Store(world.folder / "store") as store:
        store.put(compile_map(map_from("a.ts")), names_key("a\x1b\u202e\"b\\"))
        store.put_negative("no\tmap\x01", names_key("none"))


def damaged(world):
    filled(world)
    for path in sorted((world.folder / "store/v1").glob("??/*.smcache"))[:2]:
        path.write_bytes(b"x" * path.stat().st_size)


def one_map(world):
    world.write("a.js.map", map_from("a.ts", contents=["let a;\n"]))


def one_map_kept(world):
    one_map(world)
    world.run("lookup", "a.js.map", "1:1", env={"SMCACHE_DIR": str(world.folder / "store")})


def one_map_kept_for_locks(world):
    one_map_kept(world)
    world.write("a.js.map", map_from("b.ts"))


def with_generated(world):
    world.write("app.js.map", to_bytes(minified_map()))
    world.write("app.js", MINIFIED)


def with_generated_kept(world):
    with_generated(world)
    world.run("lookup", "app.js.map", "1:14", env={"SMCACHE_DIR": str(world.folder / "store")})


def malformed(world):
    world.write("a.js.map", b'{"version":3,"sources":["a"],"mappings":7}')


def compiled_by_pipe(world):
    one_map(world)
    world.run("build", "a.js.map", "-o", "a.smcache")


def full(world):
    """A store that has no room for one more."""
    filled(world)
    one_map(world)


def configured(world):
    world.write("conf", b"# of tests\n\nstore = on\nmax-size = 10M\nmax-age = 30d\nnegative-age = 1h\nwait = 500ms\n")
    world.write("home/smcache/smcache.conf", b"max-size = none\n")
    filled(world)


def dist_kept(world):
    """Maps of a folder, of which the store has one."""
    for name in "a", "b":
        world.write(f"dist/{name}.js.map", map_from(f"{name}.ts"))
    world.write("trace", "".join(f"at https://x/{name}.js:1:1\n" for name in "ab"))
    world.run("symbolicate", "trace", "--dir", "dist", env={"SMCACHE_DIR": str(world.folder / "store")})


# What nobody can tell counts as absent; where the memory that is available is not known, another budget is taken.
ESTIMATES = [(rb"in memory[^\n]*", b"MEMORY"), (rb'"resident_nbytes":\d+', b"MEMORY"), (rb"budget[^\n]*", b"BUDGET")]


def store(name, *arguments, make=filled, **rest):
    rest.setdefault("then", [ASK])
    rest.setdefault("env", {"SMCACHE_DIR": "@/store"})
    return Scenario(f"store {name}", ["store", *arguments], make, **rest)


def by_store(name, *arguments, make, then=(), **rest):
    rest.setdefault("env", {"SMCACHE_DIR": "@/store"})
    return Scenario(f"by the store: {name}", list(arguments), make, then=list(then), **rest)


LIST = ["store", "list", "--json"]
KEPT = [["symbolicate", "trace", "--store", "--json"]]


def driver(name, *arguments, make, **rest):
    """What services call."""
    rest.setdefault("then", KEPT)
    return Scenario(f"library: {name}", list(arguments), make, env={"SMCACHE_DIR": "@/store"}, program="driver", **rest)


def to_be_put(world):
    filled(world)
    one_map(world)
    world.run("build", "a.js.map", "-o", "a.smcache")


def one_map_kept_and_filled(world):
    to_be_put(world)
    with Store(world.folder / "store") as store:
        store.keep((world.folder / "a.js.map").read_bytes(), names_key("by name"))


def put_before(world):
    to_be_put(world)
    with Store(world.folder / "store") as store:
        store.put((world.folder / "a.smcache").read_bytes(), names_key("other"))


def put_before_pinned(world):
    put_before(world)
    world.run("store", "pin", "new", *DIR)


SCENARIOS = [
    store("path", "path", then=[]),
    store("path, JSON", "path", "--json", "--dir=store", then=[]),
    store("stats", "stats", alike=ESTIMATES),
    store("stats of folders", "stats", "--folders", "--json", alike=ESTIMATES),
    store("stats of folders, in words", "stats", "--folders", alike=[(rb"\d[\d.]* [KM]?i?B|  +|\d{5,}", b"_")]),
    store("stats of none", "stats", make=lambda world: None, then=[]),
    store("list", "list"),
    store("list as JSON", "list", "--json", "https://x/*"),
    store("warm", "warm", "--budget=1M", alike=ESTIMATES, is_several=True),
    store("warm some", "warm", "--budget=1M", "--json", "https://x/[ab].js", alike=ESTIMATES, is_several=True),
    store("warm by default", "warm", then=[], alike=ESTIMATES, is_several=True),
    store("warm damaged files", "warm", "--budget=1M", make=damaged, then=[], is_several=True, alike=ESTIMATES),
    store("gc", "gc", then=[ASK, LIST]),
    store("gc of what is left over", "gc", "--json", make=left_over, removes=True, then=[],
          alike=[(rb'"n_temps":\d', b"TEMPS")]),  # the next one sweeps, too
    store("gc of what is no file", "gc", make=replaced_by_folders, removes=True, then=[]),
    store("list of hostile names", "list", make=hostile_names, then=[]),
    store("list of hostile names, JSON", "list", "--json", make=hostile_names, then=[]),
    store("stats without a limit", "stats", "--max-size=none", "--max-age=2h", alike=ESTIMATES),
    store("warm on a terminal", "warm", "--budget=1M", alike=ESTIMATES, is_several=True, on_terminal=True),
    store("gc of the old", "gc", "--max-age=1h", "--keep", NAMES[1], "--keep", "https://x/[de].js", make=pinned,
          removes=True, then=[ASK_PINNED]),
    store("gc of too much", "gc", "--max-size=20K", make=pinned, removes=True, then=[ASK_PINNED]),
    store("clear", "clear", "--keep", NAMES[3], make=pinned, removes=True, then=[ASK_PINNED]),
    store("clear of all", "clear", "--pinned", "--json", make=pinned, removes=True, then=[]),
    store("pin", "pin", NAMES[0], "https://x/[bc].js", then=[ASK, LIST]),
    store("pin in a new store", "pin", NAMES[0], make=lambda world: None, then=[]),
    store("pins", "pin", make=pinned),
    store("pins as JSON", "pin", "--json", make=pinned),
    store("unpin", "unpin", NAMES[0], make=pinned, then=[ASK], is_done_once=True),
    store("unpin none", "unpin", "nothing", "--json", make=pinned, then=[ASK]),
    store("--help", "--help", then=[]),
    store("gc --help", "gc", "--help", then=[]),
    by_store("a new one", "lookup", "a.js.map", "1:1", make=one_map, then=[["lookup", "a.js.map", "1:1"]]),
    by_store("a hit", "lookup", "a.js.map", "1:1", make=one_map_kept, then=[["lookup", "a.js.map", "1:1"], LIST]),
    by_store("a damaged secret", "lookup", "a.js.map", "1:1", make=without_secret, removes=True,
             then=[["lookup", "a.js.map", "1:1"]]),
    by_store("somebody else builds it", "lookup", "a.js.map", "1:1", make=one_map_kept_for_locks, is_slow=True,
             env={"SMCACHE_DIR": "@/store", "SMCACHE_WAIT": "20ms"}, holds="store/v1/locks"),
    by_store("no map", "symbolicate", "none", "--store", "--json", make=filled, is_several=True),
    by_store("one more", "lookup", "a.js.map", "1:1", make=full, then=[["lookup", "a.js.map", "1:1"], ASK]),
    by_store("no room", "lookup", "a.js.map", "1:1", make=full, removes=True,
             env={"SMCACHE_DIR": "@/store", "SMCACHE_MAX_SIZE": "30000"}, then=[["lookup", "a.js.map", "1:1"]]),
    by_store("too old", "lookup", "a.js.map", "1:1", make=full, removes=True,
             env={"SMCACHE_DIR": "@/store", "SMCACHE_MAX_AGE": "1h"}, then=[["lookup", "a.js.map", "1:1"]]),
    by_store("a generated file", "lookup", "app.js.map", "1:14", make=with_generated),
    by_store("a generated file, a hit", "lookup", "app.js.map", "1:14", make=with_generated_kept),
    by_store("a malformed map", "lookup", "a.js.map", "1:1", make=malformed, then=[["lookup", "a.js.map", "1:1"]]),
    by_store("a map of stdin", "lookup", "-", "1:1", make=lambda world: None, stdin=map_from("a.ts")),
    by_store("a map inside", "lookup", "x.js", "1:1",
             make=lambda world: world.write("x.js", script(inline(map_from("a.ts"))))),
    by_store("damaged files", *ASK, make=damaged, removes=True, is_several=True),
    by_store("frames", "symbolicate", "trace", "--dir", "dist", make=dist_kept, is_several=True),
    by_store("frames by URL", *ASK, make=filled, is_several=True),
    by_store("frames by ID and release", *ASK, "--release", "1.0", "--debug-id", f"{URL}={ID}", make=filled,
             is_several=True),
    by_store("frames of no store", *ASK, make=filled, env={"SMCACHE_DIR": "@/gone"}, is_several=True),
    Scenario("config", ["config"], configured, env={"SMCACHE_CONFIG": "conf", "SMCACHE_MAX_AGE": "1d"}),
    Scenario("config, JSON", ["config", "--json", "--dir", "store", "--max-size=1M"], configured,
             env={"XDG_CONFIG_HOME": "@/home", "XDG_CACHE_HOME": "@/home"}),
    Scenario("config with others", ["config"], configured,
             env={"SMCACHE_STORE": "off", "SMCACHE_MAX_SIZE": "none", "SMCACHE_NEGATIVE_AGE": "0s", "SMCACHE_WAIT": "1500ms"}),
    Scenario("config with others, JSON", ["config", "--json"], configured,
             env={"SMCACHE_STORE": "off", "SMCACHE_MAX_SIZE": "none", "SMCACHE_MAX_AGE": "none", "SMCACHE_WAIT": "1500ms"}),
    Scenario("config without a home", ["config"], configured, env={"HOME": ""}),
    Scenario("config that is not for us", ["config"], lambda world: None, errors={"open64": [errno.EACCES]}),
    Scenario("store with a configuration", ["store", "stats", "--dir=store"], configured,
             env={"SMCACHE_CONFIG": "conf"}, alike=ESTIMATES),
    driver("put", "put", "store", "a.smcache", "1.0", "new", make=to_be_put),
    driver("put the same", "put", "store", "a.smcache", "new", make=put_before),
    driver("put the same, pinned", "put", "store", "a.smcache", "new", make=put_before_pinned),
    driver("put by the same name", "put", "store", "a.smcache", "other", make=put_before),
    driver("put what is no file", "put", "store", "a.js.map", "new", make=to_be_put),
    driver("put into another folder", "move", "store/other", "a.smcache", "new", make=to_be_put,
           is_done_once=True),
    driver("by a debug ID", "cached", "store", "a.js.map", str(ID), make=to_be_put),
    driver("by a debug ID, of what is kept", "cached", "store", "a.js.map", str(ID), make=one_map_kept_and_filled),
    driver("put a negative", "negative", "store", "no map", "new", make=to_be_put),
    driver("get", "get", "store", NAMES[0], make=filled),
    driver("get a negative", "get", "store", "https://x/none.js", make=filled),
    driver("get nothing", "get", "store", "nothing", make=filled),
    driver("copy", "copy", "a.smcache", make=to_be_put, then=[]),
    driver("resident", "resident", "a.smcache", make=to_be_put, then=[]),
]
