"""The peers: which there are, bringing them, how each is started.

They come from npm at the versions of tests/corpus/manifest.tsv and of peers.tsv, into the cache folder of the corpus,
and are trusted only after their SHA-512 agrees. No script of a package runs at that.
"""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests" / "corpus"))

import symbolicators  # noqa: E402
from corpus import CorpusError, Unavailable, cache_dir, node_path, read_manifest  # noqa: E402, F401
from fetch import fetch_all  # noqa: E402

from maps import CORPUS, STACKS  # noqa: E402

BUN = "@oven/bun-linux-x64"  # the binary alone; the package `bun` is a script that fetches it
SCRIPT = HERE / "peers.js"
STACK_SCRIPT = HERE / "stack_peers.js"
STACK_NAMES = ("trace-mapping", "source-map", "source-map-js")  # those that it knows


@dataclass(frozen=True)
class Peer:
    key: str
    label: str
    engine: str  # "node" or "bun"
    name: str  # in peers.js
    package: str = ""  # of npm; what is part of the engine has none


PEERS = [
    Peer("trace-mapping", "trace-mapping", "node", "trace-mapping", "@jridgewell/trace-mapping"),
    Peer("source-map", "source-map (wasm)", "node", "source-map", "source-map"),
    Peer("source-map-js", "source-map-js", "node", "source-map-js", "source-map-js"),
    Peer("node-SourceMap", "Node's SourceMap", "node", "SourceMap"),
    Peer("bun-SourceMap", "Bun's SourceMap", "bun", "SourceMap", BUN),
    Peer("bun-trace-mapping", "trace-mapping in Bun", "bun", "trace-mapping", "@jridgewell/trace-mapping"),
]


@dataclass
class Surroundings:
    """What was found: packages, engines, and what is missing and why."""

    packages: list
    cache: Path
    peers: list = field(default_factory=list)
    missing: list = field(default_factory=list)  # texts
    engines: dict = field(default_factory=dict)  # name -> path
    versions: dict = field(default_factory=dict)  # of engines and packages
    symbolicators: Path = None  # where symbolicators.py has installed them

    @property
    def stack_peers(self):
        return [peer for peer in self.peers if peer.name in STACK_NAMES]

    @property
    def environment(self):
        # Bun: no files in the user's cache, no reports.
        return os.environ | {"NODE_PATH": node_path(self.packages, self.cache), "DO_NOT_TRACK": "1",
                             "BUN_RUNTIME_TRANSPILER_CACHE_PATH": "0"}

    def serve(self, peer, path, positions):
        return [self.engines[peer.engine], "--expose-gc", SCRIPT, "serve", peer.name, path, positions]

    def cold(self, peer, path, line, column):
        return [self.engines[peer.engine], SCRIPT, "cold", peer.name, path, str(line), str(column)]

    def serve_stacks(self, peer, maps, path):
        return [self.engines[peer.engine], "--expose-gc", STACK_SCRIPT, "serve", peer.name, maps, path]

    def filter_stacks(self, peer, maps):
        return [self.engines[peer.engine], STACK_SCRIPT, "filter", peer.name, maps]


def wanted_packages():
    maps = {package for package, _ in (CORPUS | STACKS).values()}
    packages = [p for p in read_manifest() if p.kind == "tool" or p.name in maps]
    is_bun_for_us = platform.system() == "Linux" and platform.machine() == "x86_64"
    return packages + [p for p in read_manifest(HERE / "peers.tsv") if p.name != BUN or is_bun_for_us]


def fetch(packages, cache):
    """Brings what is missing; returns why that failed, if it did for want of npm or of its registry."""
    try:
        fetch_all(packages, cache)
    except Unavailable as error:
        return [f"not fetched: {str(error).splitlines()[0].rstrip(':')}"]
    return []


def version_of(program):
    """What a program calls its version, or None if it does not run here."""
    try:
        done = subprocess.run([str(program), "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def find_bun(packages, cache):
    for package in packages:
        program = package.root(cache) / "bin" / "bun"
        if package.name == BUN and program.is_file():
            if not os.access(program, os.X_OK):
                program.chmod(0o755)  # unpacking keeps no modes
            return program
    return None


def find(is_fetching=True):
    packages, cache = wanted_packages(), cache_dir()
    found = Surroundings(packages, cache)
    found.missing = fetch(packages, cache) if is_fetching else []
    there = {p.name: p for p in packages if p.root(cache).is_dir()}
    found.versions = {name: package.version for name, package in there.items()}
    for engine, program in ("node", shutil.which("node")), ("bun", find_bun(packages, cache)):
        version = version_of(program) if program else None
        if version:
            found.engines[engine], found.versions[engine] = program, version
        elif program or engine == "node":
            found.missing.append(f"{engine} {'does not run here' if program else 'is not on PATH'}")
    for peer in PEERS:
        if peer.engine in found.engines and (not peer.package or peer.package in there):
            found.peers.append(peer)
        else:
            found.missing.append(f"without {peer.label}")
    if "node" in found.engines:
        found.symbolicators, missing = symbolicators.find_symbolicators(cache, is_fetching)
        found.missing += missing
        found.versions |= symbolicators.versions() if found.symbolicators else {}
    else:
        found.missing += [f"without {tool.name}" for tool in symbolicators.TOOLS]
    return found
