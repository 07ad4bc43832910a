"""The maps that are compiled here and there: the example, made-up ones, chains, and some of the corpus."""

import json
import random
import sys
from dataclasses import dataclass, field

from machines import ROOT

for room in "cli", "spec", "corpus":
    sys.path.insert(0, str(ROOT / "tests" / room))

from corpus import cache_dir, read_manifest
from maps import RandomMap
from support import inline, make_map, to_bytes

N_RANDOM = 40

# Of these packages: names of functions from contents, from metro's table, and of sources without contents; nested index
# maps; many lines, and one. With the size in the name the largest comes last.
REAL = {
    "hls.js": ["dist/hls.min.js.map"],
    "swagger-ui-dist": ["swagger-ui-bundle.js.map"],
    "maplibre-gl": ["dist/maplibre-gl.mjs.map"],
    "antd": ["dist/antd.min.js.map"],
    "echarts": ["dist/echarts.js.map"],
    "babylonjs": ["babylon.js.map"],
}
BUNDLES = ["sections/deep.js.map", "metro/app.min.js.map", "swc/three.min.js.map", "esbuild/split/src/app.js.map"]


@dataclass
class Input:
    """A map and the options that it is compiled with, once with each."""

    name: str
    data: bytes
    options: list = field(default_factory=lambda: [[]])


EVERY_WAY = [[], ["--sources=raw"], ["--sources=none"], ["--functions=none"], ["--compression=1"], ["-j4"],
             ["--clean-paths", "--map-url=https://example.com/a/b.js.map", "--strip-common-prefix"]]
BRIEFLY = [[], ["--sources=raw", "-j2"], ["--sources=none", "--functions=none"]]


def example():
    folder = ROOT / "tests" / "example"
    return [Input(f"example/{path.name}", path.read_bytes(), EVERY_WAY) for path in sorted(folder.glob("*/*.map"))]


def made_up():
    rng = random.Random(8)
    return [Input(f"random/{i}", to_bytes(RandomMap(rng, rng.choice([3, 40, 300, 3000])).source_map),
                  [EVERY_WAY[0], EVERY_WAY[i % len(EVERY_WAY)]]) for i in range(N_RANDOM)]


def chain():
    """A map whose sources say in themselves which maps they are of, two levels of them."""
    rng = random.Random(9)

    def level(depth):
        source_map = RandomMap(rng, 200).source_map
        if depth > 0:
            texts = [f"f();\n//# sourceMappingURL={inline(to_bytes(level(depth - 1)))}\n"
                     for _ in source_map["sources"][:3]]
            contents = texts + [None] * (len(source_map["sources"]) - len(texts))
            source_map["sourcesContent"] = contents
        return source_map

    options = [["--chain"], ["--chain", "--chain-names", "--sources=raw"]]
    return [Input(f"chain/{i}", to_bytes(level(2)), options) for i in range(4)]


def odd():
    """What warns, and what is refused."""
    late = make_map([(0, 0, 0, 0, 0), (0, 5, 9, 0, 0), (1, 2, 0, 7, 7)], ["\u00fcber.ts"], ["n"], ["let x;\r\n\u2028"])
    return [Input("odd/warns", to_bytes(late)), Input("odd/is-no-map", b"[1, 2"),
            Input("odd/digits", to_bytes(late | {"mappings": "A!"})),
            Input("odd/index", json.dumps({"version": 3, "sections": [
                {"offset": {"line": i, "column": 2 * i}, "map": late} for i in range(5)]}).encode(), EVERY_WAY)]


def small_inputs():
    return example() + made_up() + chain() + odd()


def real_inputs():
    """Those that are in the cache folder of the corpus; and how many are not."""
    cache = cache_dir()
    paths = [(f"{package.label}/{path}", package.root(cache) / path)
             for package in read_manifest() for path in REAL.get(package.name, [])]
    bundles = sorted(cache.glob("bundles-*"))
    paths += [(f"bundles/{path}", bundles[-1] / path) for path in BUNDLES] if bundles else []
    n_wanted = sum(map(len, REAL.values())) + len(BUNDLES)
    found = [Input(label, path.read_bytes(), BRIEFLY) for label, path in paths if path.is_file()]
    return sorted(found, key=lambda made: len(made.data)), n_wanted - len(found)
