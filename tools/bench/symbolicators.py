"""Tools of npm that lead stack traces back to the original, installed as symbolicators/package-lock.json has them.

They are trees of packages, of which several want a source-map of their own; so npm installs them, checks the integrity
of each package, and runs no script. That is kept under the digest of the recipe. After a change of package.json run in
that folder
    npm install --package-lock-only --omit-lockfile-registry-resolved
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests" / "corpus"))

from corpus import CorpusError, Unavailable, say  # noqa: E402
from npm import run_npm  # noqa: E402

RECIPE = [HERE / "symbolicators" / name for name in ("package.json", "package-lock.json")]


@dataclass(frozen=True)
class Tool:
    name: str  # of the package
    script: str
    takes_logs: bool  # what is no frame passes through


TOOLS = [
    # Columns from 1, as engines print them, are to be asked for.
    Tool("metro-symbolicate", "src/index.js", True),
    # It prints the frames that it finds, and nothing else.
    Tool("stacktracify", "index.js", False),
]


def command(tool, node, folder, source, trace):
    """(words, file for stdin)"""
    script = folder / "node_modules" / tool.name / tool.script
    if tool.name == "stacktracify":
        return [node, script, source, "--file", trace], "/dev/null"
    return [node, script, source, "--input-column-start", "1"], trace


def folder_of(cache):
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in RECIPE)).hexdigest()[:12]
    return cache / f"symbolicators-{digest}"


def install(cache):
    target = folder_of(cache)
    if target.is_dir():
        return
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".symbolicators-", dir=cache) as temp:
            fresh = Path(temp, "fresh")
            fresh.mkdir()
            for path in RECIPE:
                shutil.copyfile(path, fresh / path.name)
            say("fetch: npm ci of the symbolicators")
            run_npm("symbolicators", ["ci"], fresh)
            try:
                os.rename(fresh, target)
            except OSError:
                if not target.is_dir():  # or somebody else was quicker
                    raise
    except OSError as error:
        raise CorpusError(f"{cache}: {error}") from error


def versions():
    return json.loads(RECIPE[0].read_text("utf-8"))["dependencies"]


def find_symbolicators(cache, is_fetching):
    """(folder or None, why it is not there)"""
    if is_fetching:
        try:
            install(cache)
        except Unavailable as error:
            return None, [f"without {tool.name}: {str(error).splitlines()[0].rstrip(':')}" for tool in TOOLS]
    folder = folder_of(cache)
    return (folder, []) if folder.is_dir() else (None, [f"without {tool.name}" for tool in TOOLS])
