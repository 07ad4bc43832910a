"""What the corpus is and where it lies: the manifest, the cache folder, the maps in it."""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANIFEST = HERE / "manifest.tsv"
KINDS = ("map", "source", "tool")  # "source" in the manifest of ../names


class CorpusError(Exception):
    """Something that the user can act on; the text says what."""


class Unavailable(CorpusError):
    """npm, node or the registry is not there: a reason to skip, as a fresh machine has none of them."""


@dataclass(frozen=True)
class Package:
    kind: str
    name: str
    version: str
    integrity: str

    @property
    def label(self):
        return f"{self.name}-{self.version}"

    @property
    def folder(self):
        """Folder name in the cache. The integrity is part of it, so a changed pin never meets an old copy."""
        digest = hashlib.sha256(self.integrity.encode()).hexdigest()[:12]
        return f"{self.name.replace('/', '+')}-{self.version}-{digest}"

    def root(self, cache):
        """Where the files are. `node_modules` lets node's own search (NODE_PATH) find the tools."""
        return cache / self.folder / "node_modules" / self.name


@dataclass(frozen=True)
class MapFile:
    label: str  # package-version/path within the package, or bundles/path
    path: str
    nbytes: int


def read_manifest(path=MANIFEST):
    packages = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 4 or fields[0] not in KINDS or not fields[3].startswith("sha512-"):
            raise CorpusError(f"{path.name}:{number}: not kind, name, version, sha512-…, separated by tabs")
        packages.append(Package(*fields))
    return packages


def cache_dir():
    """Outside the tree: the corpus is half a gigabyte, and other people's."""
    own = os.environ.get("SMCACHE_CORPUS")
    if own:
        return Path(own).resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    # The XDG specification: a relative path there is to be ignored.
    base = Path(base) if base and os.path.isabs(base) else Path.home() / ".cache"
    return base / "smcache-corpus"


def find_maps(packages, cache, bundles):
    """Every *.map of the packages and of the folder `bundles`, which may be None.

    Files with the same bytes are listed under the first name only.
    """
    folders = [(p.label, p.root(cache)) for p in packages if p.kind == "map"]
    folders += [("bundles", bundles)] if bundles else []
    seen, maps, n_same = set(), [], 0
    for folder_label, root in folders:
        paths = sorted(root.rglob("*.map"))
        if not paths:
            raise CorpusError(f"{folder_label} holds no *.map file; remove {root} and fetch again")
        for path in paths:
            # In pieces: check.py measures the memory of a child, whose peak begins with its parent's size.
            with open(path, "rb") as f:
                digest = hashlib.file_digest(f, "sha256").hexdigest()
            if digest in seen:
                n_same += 1
                continue
            seen.add(digest)
            label = f"{folder_label}/{path.relative_to(root).as_posix()}"
            maps.append(MapFile(label, str(path), path.stat().st_size))
    return maps, n_same


def node_path(packages, cache):
    """NODE_PATH under which `require` finds the tool packages."""
    return os.pathsep.join(str(cache / p.folder / "node_modules") for p in packages if p.kind == "tool")


def say(text):
    print(text, file=sys.stderr, flush=True)
