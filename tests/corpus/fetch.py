#!/usr/bin/env python3
"""Fetches the packages of manifest.tsv with `npm pack` into the user's cache folder, unpacks them, makes the bundles.

usage: fetch.py [--cache DIR]     (default: $SMCACHE_CORPUS, $XDG_CACHE_HOME/smcache-corpus, ~/.cache/smcache-corpus)

The npm client is used as configured, so a mirror or proxy set there is honoured. What it brings is trusted only after
its SHA-512 agrees with the manifest. Nothing of these packages is run; what bundles.py installs is.
Exit codes: 0 all packages are there, 1 failed, 2 npm is absent or the registry is not reached.
"""

import argparse
import base64
import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is

from bundles import make_bundles
from corpus import CorpusError, Unavailable, cache_dir, read_manifest, say
from npm import run_npm

NO_NPM = """npm is not on PATH, and these packages are not in {cache}:
  {missing}
Install npm (Debian: apt-get install npm) and run this again, or copy that folder from a machine that has it."""


def npm_pack(package, folder):
    """Lets npm write the package's tarball into `folder`; returns its path."""
    # In an empty folder: no package.json or .npmrc of a project takes part.
    run_npm(package.label, ["pack", f"{package.name}@{package.version}"], folder)
    tarballs = list(Path(folder).glob("*.tgz"))
    if len(tarballs) != 1:
        raise CorpusError(f"{package.label}: npm pack left {len(tarballs)} tarballs")
    return tarballs[0]


def verify_integrity(package, tarball):
    with open(tarball, "rb") as f:
        digest = hashlib.file_digest(f, "sha512").digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != package.integrity:
        raise CorpusError(f"{package.label}: the tarball is not the pinned one\n"
                          f"  manifest: {package.integrity}\n  fetched:  {found}")


def member_path(package, member):
    """Path of a tar member below the package's root; refuses what could leave it."""
    parts = member.name.split("/")
    bad = any(p in ("", ".", "..") or "\\" in p or "\0" in p for p in parts)
    if bad or len(parts) < 2:
        raise CorpusError(f"{package.label}: refusing the tarball's path {member.name!r}")
    return Path(*parts[1:])  # npm's tarballs have one top folder of no meaning


def unpack(package, tarball, root):
    # By hand rather than extractall: Debian 12's Python has no extraction filters. Only plain files are written, so
    # no link can lead a later member out of `root`.
    root.mkdir(parents=True)
    try:
        with tarfile.open(tarball, "r:gz") as tar:
            for member in tar:
                if member.isdir():
                    continue
                if not member.isreg():
                    raise CorpusError(f"{package.label}: refusing {member.name!r}, not a plain file")
                target = root / member_path(package, member)
                target.parent.mkdir(parents=True, exist_ok=True)
                with tar.extractfile(member) as source, open(target, "wb") as out:
                    shutil.copyfileobj(source, out)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CorpusError(f"{package.label}: cannot unpack: {error}") from error


def fetch_one(package, cache):
    """Work happens in a folder beside the final one; the rename shows either all of the package or nothing."""
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as temp:
        tarball = npm_pack(package, temp)
        verify_integrity(package, tarball)
        fresh = Path(temp) / package.folder
        unpack(package, tarball, package.root(Path(temp)))
        try:
            os.rename(fresh, cache / package.folder)
        except OSError:
            # Another fetch was quicker; its copy passed the same check.
            if not package.root(cache).is_dir():
                raise


def fetch_all(packages, cache):
    """Brings what is missing; returns how many packages that were."""
    missing = [p for p in packages if not p.root(cache).is_dir()]
    if not missing:
        return 0
    if shutil.which("npm") is None:
        raise Unavailable(NO_NPM.format(cache=cache, missing="\n  ".join(p.label for p in missing)))
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for i, package in enumerate(missing, 1):
            say(f"fetch [{i}/{len(missing)}] {package.label}")
            fetch_one(package, cache)
    except OSError as error:
        raise CorpusError(f"{cache}: {error}") from error
    return len(missing)


def find_bundles(cache):
    """The folder of the bundles, or None where they cannot be made: the packages are worth checking without them."""
    try:
        return make_bundles(cache)
    except Unavailable as error:
        say(f"no bundles: {error}")
        return None


def main():
    parser = argparse.ArgumentParser(description="Fetches the corpus packages into the user's cache folder.")
    parser.add_argument("--cache", type=Path, help="cache folder")
    args = parser.parse_args()
    try:
        packages = read_manifest()
        cache = args.cache.resolve() if args.cache else cache_dir()
        n = fetch_all(packages, cache)
        bundles = find_bundles(cache)
    except Unavailable as error:
        say(f"fetch: {error}")
        return 2
    except CorpusError as error:
        say(f"fetch: {error}")
        return 1
    print(f"{cache}: {len(packages)} packages, {n} of them fetched now; {bundles.name if bundles else 'no bundles'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
