"""Packages of the corpus whose files run by themselves, minified with a map. packages/*.js says what goes wrong there.

The errors are the packages' own, or thrown by what was handed to them. Most ship the same code not minified, too: there
the same errors say what is expected.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from corpus import read_manifest

HERE = Path(__file__).resolve().parent
OWN = HERE / "manifest.tsv"
NAMES = HERE.parent / "names" / "manifest.tsv"  # which has more packages than the corpus

BOTH = ("node", "chromium")
PAGE = ("chromium",)


@dataclass
class Shipped:
    name: str
    minified: str
    whole: str | None  # the same not minified, with a map; or the source of the map itself
    variable: str = ""  # that the script leaves in a page
    engines: tuple = PAGE
    renamed: dict = field(default_factory=dict)  # V8's name in the whole file -> what we say
    has_texts: bool = True  # whether the contents in the map are what it leads to
    root: Path | None = None

    @property
    def scenarios(self):
        return HERE / "packages" / f"{self.name.split('/')[0].removeprefix('@')}.errors.js"

    def copy(self, folder):
        """The minified file and its map, beside it, in a folder of their own: what a user hands to symbolicate."""
        target = folder / "packages" / self.scenarios.stem
        target.mkdir(parents=True)
        copied = self.copy_file(self.minified, target)
        return copied, self.copy_file(self.whole, target / "whole") if self.whole else None

    def copy_file(self, file, target):
        target.mkdir(exist_ok=True)
        path = self.root / file
        copy = Path(shutil.copy(path, target))
        for found in path.with_name(f"{path.name}.map"), path.with_suffix(".map"):  # jQuery's is the latter
            if found.is_file():
                shutil.copy(found, f"{copy}.map")
                break
        return copy


PACKAGES = [
    # Made by Closure Compiler, whose map leads to an input of its own that is not published.
    Shipped("rxjs", "dist/bundles/rxjs.umd.min.js", None, "rxjs", BOTH),
    # A function of it gets a name at run time.
    Shipped("@babel/standalone", "babel.min.js", "babel.js", "Babel", BOTH,
            {"stopHiding - secret - don't use this - v1": ""}),
    # The map has no contents, and the minifier has dissolved createMap into the assignment.
    Shipped("leaflet", "dist/leaflet.js", "dist/leaflet-src.js", "L", renamed={"Object.createMap [as map]": "t.map"}),
    Shipped("jquery", "dist/jquery.min.js", "dist/jquery.js", "jQuery"),
    Shipped("bootstrap", "dist/js/bootstrap.bundle.min.js", "dist/js/bootstrap.bundle.js", "bootstrap"),
    # Its map has the TypeScript, but leads to places of what that was compiled to; babylon.max.js is the same file.
    Shipped("babylonjs", "babylon.js", None, "BABYLON", BOTH, has_texts=False),
    Shipped("hls.js", "dist/hls.min.js", "dist/hls.js", "Hls"),
    Shipped("@xterm/xterm", "lib/xterm.js", None, "window"),
    Shipped("mermaid", "dist/mermaid.min.js", "dist/mermaid.js", "mermaid"),
    Shipped("jspdf", "dist/jspdf.umd.min.js", "dist/jspdf.umd.js", "jspdf"),
    Shipped("maplibre-gl", "dist/maplibre-gl.mjs", "dist/maplibre-gl-dev.mjs"),
    # Bundled, not minified.
    Shipped("svelte", "compiler.js", None, "svelte", BOTH),
    Shipped("echarts", "dist/echarts.js", None, "echarts", BOTH),
]


def wanted_packages():
    """What fetch.py has to bring."""
    names = {package.name for package in PACKAGES}
    corpus = read_manifest()
    known = {package.name: package for package in [*read_manifest(NAMES), *corpus] if package.name in names}
    return [*known.values(), *(package for package in corpus if package.kind == "tool"), *read_manifest(OWN)]


def find_speedscope(wanted, cache):
    """The folder of its page."""
    return next(package for package in wanted if package.name == "speedscope").root(cache) / "dist" / "release"


def find_packages(wanted, cache):
    roots = {package.name: package.root(cache) for package in wanted}
    for package in PACKAGES:
        package.root = roots[package.name]
    return PACKAGES
