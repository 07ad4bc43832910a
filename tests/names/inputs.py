"""Which files are scanned: the generated files of the corpus, the sources in its maps, and packages with sources."""

import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from corpus import CorpusError, MapFile, find_maps, say

# Raised when other files are extracted from the same maps.
EXTRACTION = 1

EXAMPLES = Path(__file__).resolve().parent / "examples"  # small, with what is rare elsewhere

LANGUAGES = {".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "jsx", ".ts": "ts", ".mts": "ts", ".cts": "ts",
             ".tsx": "tsx"}
TYPES_ALONE = re.compile(r"\.d\.[mc]?ts$")


@dataclass(frozen=True)
class Input:
    label: str  # package-version/path, for a source in a map followed by its name there
    path: str
    language: str  # js, jsx, ts or tsx, by the name
    digest: str


def language_of(name):
    """Of a file or a source in a map, whose name may end in a query; None: no language of ours."""
    name = re.sub(r"(\?|%3F|#).*$", "", name, flags=re.DOTALL)
    if TYPES_ALONE.search(name):
        return None
    return LANGUAGES.get(os.path.splitext(name)[1].lower())


def map_sources(json_map):
    """(name, content) of each source of a map."""
    for section in json_map.get("sections", ()):
        yield from map_sources(section.get("map", {}))
    yield from zip(json_map.get("sources", ()), json_map.get("sourcesContent") or ())


def sources_of(map_file):
    """(label, content) of the sources in a map that are of a language of ours."""
    text = Path(map_file.path).read_bytes().decode("utf-8-sig", "replace")
    for name, content in map_sources(json.loads(text)):
        if name and content and language_of(name):
            # Lone surrogates have no bytes.
            yield name, content.encode("utf-8", "replace")


def extract(maps, folder):
    """Writes each distinct source once, and a list of them."""
    rows, seen = [], set()
    for map_file in maps:
        for name, content in sources_of(map_file):
            digest = hashlib.sha256(content).hexdigest()[:20]
            file_name = f"{digest}.{language_of(name)}"
            if file_name in seen:
                continue
            seen.add(file_name)
            (folder / file_name).write_bytes(content)
            rows.append([f"{map_file.label} {name}", file_name])
    (folder / "list.json").write_text(json.dumps(rows))


def extracted(maps, cache):
    """(label, path) of the sources in the maps; they are written when they are missing."""
    key = hashlib.sha256(repr([EXTRACTION, [(m.label, m.nbytes) for m in maps]]).encode()).hexdigest()[:12]
    target = cache / f"names-sources-{key}"
    if not target.is_dir():
        say(f"extracting the sources of {len(maps)} maps")
        with tempfile.TemporaryDirectory(prefix=".names-", dir=cache) as temp:
            fresh = Path(temp) / "sources"
            fresh.mkdir()
            extract(maps, fresh)
            os.rename(fresh, target)
    return [(label, target / name) for label, name in json.loads((target / "list.json").read_text())]


def walk(label, root, languages):
    for path in sorted(root.rglob("*")):
        if language_of(path.name) in languages and path.is_file():
            yield f"{label}/{path.relative_to(root).as_posix()}", path


def maps_of(package, cache):
    for path in sorted(package.root(cache).rglob("*.map")):
        yield MapFile(f"{package.label}/{path.name}", str(path), path.stat().st_size)


def find_inputs(packages, cache, bundles):
    """Every distinct file. `packages` are those of both manifests."""
    maps, _ = find_maps(packages, cache, bundles)
    found = list(walk("examples", EXAMPLES, set(LANGUAGES.values())))
    for package in packages:
        if package.kind == "map":
            found += walk(package.label, package.root(cache), {"js", "jsx", "ts", "tsx"})
        elif package.kind == "source":  # what it generated from its TypeScript is of no interest
            maps += maps_of(package, cache)
            found += walk(package.label, package.root(cache), {"ts", "tsx"})
    found += walk("bundles", bundles, {"js"}) if bundles else []
    found += extracted(maps, cache)
    inputs, seen = [], set()
    for label, path in found:
        language = language_of(path.name)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if (digest, language) not in seen:
            seen.add((digest, language))
            inputs.append(Input(label, str(path), language, digest))
    if not inputs:
        raise CorpusError("no files to scan")
    return inputs
