"""Maps made here: bundles/ holds scripts that run bundlers of today, at the versions of its lock file.

npm installs the bundlers into a temporary folder in the cache, checks the integrity of each package itself, and runs
none of their scripts. bundles/build.mjs then runs the bundlers. What they write is kept under the digest of the recipe,
that is of the scripts, the lock file and the sources; so it is made once, and again when the recipe changes.

After a change of bundles/package.json run in that folder
    npm install --package-lock-only --omit-lockfile-registry-resolved
(without the last option the lock file names the registry of whoever ran it). rollup is its WebAssembly build, and swc a
version with few optional packages: `npm ci` fails if the registry lacks the native package of any platform.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from corpus import HERE, CorpusError, Unavailable, say
from npm import run_npm

RECIPE = HERE / "bundles"
SHOP = HERE.parent / "example" / "src"  # bundled as well

MIN_NODE = 20  # metro and import.meta.resolve
BUILD_TIMEOUT_S = 600  # a minute when nobody else uses the machine


def recipe_files():
    """[(path in the working folder, file)]"""
    files = [(f.relative_to(RECIPE).as_posix(), f) for f in RECIPE.rglob("*") if f.is_file()]
    files += [(f"shop/{f.name}", f) for f in SHOP.iterdir()]
    return sorted(files)


def recipe_digest(files):
    digest = hashlib.sha256()
    for name, file in files:
        content = file.read_bytes()
        digest.update(f"{len(content)} {name}\n".encode() + content)
    return digest.hexdigest()[:12]


def check_node():
    node = shutil.which("node")
    if node is None:
        raise Unavailable("node is not on PATH (Debian: apt-get install nodejs)")
    version = subprocess.run([node, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)\.", version)
    if not found or int(found[1]) < MIN_NODE:
        raise Unavailable(f"node is {version.strip()}; the bundlers need version {MIN_NODE} or a later one")


def run_build(work, out):
    try:
        done = subprocess.run(["node", "build.mjs", str(out)], cwd=work, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                              timeout=BUILD_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise CorpusError(f"bundles: no end within {BUILD_TIMEOUT_S} s") from None
    if done.returncode != 0:
        raise CorpusError(f"bundles: node build.mjs failed (exit {done.returncode}):\n{done.stderr.strip()}")


def make(files, target, name="work"):
    """As with packages, a rename shows either everything or nothing. Maps have the name of the working folder."""
    with tempfile.TemporaryDirectory(prefix=".bundles-", dir=target.parent) as temp:
        work, out = os.path.join(temp, name), os.path.join(temp, "out")
        for path, file in files:
            copy = os.path.join(work, path)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copyfile(file, copy)
        say("bundles: npm ci")
        run_npm("bundles", ["ci"], work)
        say("bundles: node build.mjs")
        run_build(work, out)
        try:
            os.rename(out, target)
        except OSError:
            if not target.is_dir():  # or somebody else was quicker
                raise


def make_bundles(cache):
    """The folder of the bundles, which are made when they are missing."""
    files = recipe_files()
    target = cache / f"bundles-{recipe_digest(files)}"
    if target.is_dir():
        return target
    check_node()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        make(files, target)
    except OSError as error:
        raise CorpusError(f"{cache}: {error}") from error
    return target
