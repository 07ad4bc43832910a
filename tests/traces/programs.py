"""The programs of programs/src, as written and bundled: made once, with the corpus's bundlers, in its cache folder."""

import json
import shutil
from pathlib import Path

from bundles import RECIPE, check_node, make, recipe_digest
from corpus import CorpusError

HERE = Path(__file__).resolve().parent
OWN = HERE / "programs"
SOURCES = OWN / "src"

SHARED = ("package.json", "package-lock.json", "swc.mjs", "webpack-loader.js")  # of the corpus's bundles

ENTRIES = ("main", "evals", "toplevel")
HOT = "hot"  # the one to be profiled

FOLDER = "shop"  # where the bundlers find them
PREFIXES = {  # what the names of sources begin with in the maps of each bundler
    "esbuild": f"../../{FOLDER}/src/",
    "rollup": f"../../{FOLDER}/src/",
    "webpack": "webpack://traces/./src/",
}
WRITTEN = "unbundled"


def recipe_files():
    """[(path in the working folder, file)]"""
    files = [(f.relative_to(OWN).as_posix(), f) for f in OWN.rglob("*") if f.is_file()]
    return sorted(files + [(name, RECIPE / name) for name in SHARED])


def make_programs(cache):
    """The folder of the programs, which are made when they are missing."""
    files = recipe_files()
    target = cache / f"traces-{FOLDER}-{recipe_digest(files)}"
    if not target.is_dir():
        check_node()
        try:
            cache.mkdir(parents=True, exist_ok=True)
            make(files, target, FOLDER)
        except OSError as error:
            raise CorpusError(f"{cache}: {error}") from error
    return target


def copy_programs(made, folder):
    """Into a folder whose path has no letters that a URL writes in another way; checks that the prefixes are right."""
    copy = folder / "programs"
    shutil.copytree(made, copy)
    for bundler, prefix in PREFIXES.items():
        for entry in (*ENTRIES, HOT):
            sources = json.loads((copy / bundler / f"{entry}.js.map").read_text("utf-8"))["sources"]
            if f"{prefix}{entry}.js" not in sources:
                raise CorpusError(f"{bundler}/{entry}.js.map: no {prefix}{entry}.js, but {', '.join(sources)}")
    return copy
