#!/usr/bin/env python3
"""Fuzzes with libFuzzer: builds each tests/fuzz/fuzz_*.c with clang and its sanitizers, and runs it for a while.

usage: run.py --build-dir DIR [--seconds N] [TARGET...]

A target says in its first comment which sources, or folders of them, it needs. It starts from seeds (seeds.py) and from
what earlier runs have found (DIR/fuzz/TARGET/corpus). An input that fails is left in DIR/fuzz/TARGET/failures; the program
DIR/fuzz/TARGET/program shows it again. SMCACHE_FUZZ_SECONDS is another way to ask for longer runs than 20 seconds. Without
clang or libFuzzer nothing is run, which is no failure. The last line counts targets: `N passed, N failed, N skipped`.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import configure  # noqa: E402
from seeds import SEEDS  # noqa: E402

SECONDS = 20
INPUT_NBYTES_MAX = 4096
INPUT_SECONDS_MAX = 10
JOBS = 2
FLAGS = [*configure.LANGUAGE, "-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=all"]


def glob(pattern):
    return sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern))


def missing_tool():
    """Why nothing can be fuzzed here, or None."""
    if shutil.which("clang") is None:
        return "clang is not on PATH (Debian: apt-get install clang libclang-rt-dev)"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "empty.c"
        source.write_text("#include <stddef.h>\nint LLVMFuzzerTestOneInput(const char *p, size_t n);\n"
                          "int LLVMFuzzerTestOneInput(const char *p, size_t n) { return p && n ? 0 : 0; }\n")
        done = subprocess.run(["clang", "-fsanitize=fuzzer", str(source), "-o", f"{folder}/empty"],
                              stdin=subprocess.DEVNULL, capture_output=True)
    return None if done.returncode == 0 else "clang has no libFuzzer (Debian: apt-get install libclang-rt-dev)"


class Target:
    def __init__(self, source, folder):
        self.source = source
        self.name = Path(source).stem.removeprefix("fuzz_")
        self.folder = folder / self.name
        self.program = self.folder / "program"
        named = re.search(r"^ \* sources: (.*)$", (ROOT / source).read_text(encoding="utf-8"), re.MULTILINE)[1].split()
        self.sources = [source, *(path for name in named for path in (glob(f"{name}/*.c") or glob(name)))]

    def compile(self, source):
        """The object; it is made when the source, a header or a flag has changed."""
        digest = hashlib.sha256(repr([FLAGS, source]).encode())
        for path in [source, *glob("src/*/*.h"), *glob("format/*.h"), *glob("tests/unit/*.h"), *glob("tests/fuzz/*.h")]:
            digest.update((ROOT / path).read_bytes())
        output = self.folder / "objects" / f"{digest.hexdigest()[:24]}.o"
        if not output.exists():
            part = output.with_suffix(".part")
            subprocess.run(["clang", *FLAGS, "-fsanitize=fuzzer-no-link", "-c", source, "-o", str(part)], cwd=ROOT,
                           check=True)
            part.rename(output)
        return str(output)

    def build(self):
        (self.folder / "objects").mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(JOBS) as pool:
            objects = list(pool.map(self.compile, self.sources))
        subprocess.run(["clang", *FLAGS, "-fsanitize=fuzzer", *objects, *configure.LIBS, "-o", str(self.program)],
                       cwd=ROOT, check=True)

    def write_seeds(self):
        """Files to start from, and words to mix in; the options for them."""
        folder = self.folder / "seeds"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        seeds, words = SEEDS[self.name]()
        for i, seed in enumerate(seeds):
            (folder / f"{i:05}").write_bytes(seed)
        dictionary = self.folder / "words.dict"
        escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
        dictionary.write_text("".join(f'"{word}"\n' for word in escaped))
        return [f"-dict={dictionary}", str(folder)]

    def run(self, seconds):
        """Whether no input failed."""
        for name in "corpus", "failures":
            (self.folder / name).mkdir(exist_ok=True)
        dictionary, seeds = self.write_seeds()
        log = self.folder / "log"
        with log.open("wb") as out:
            done = subprocess.run([self.program, dictionary, f"-max_total_time={seconds}", "-print_final_stats=1",
                                   f"-max_len={INPUT_NBYTES_MAX}", f"-timeout={INPUT_SECONDS_MAX}",
                                   f"-artifact_prefix={self.folder}/failures/", f"{self.folder}/corpus", seeds],
                                  cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        text = log.read_text(errors="replace")
        n_runs = re.search(r"stat::number_of_executed_units: *(\d+)", text)
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{self.name:<24} {verdict:<7} {seconds} s, {int(n_runs[1]) if n_runs else 0:,} inputs", flush=True)
        if done.returncode != 0:
            print("\n".join(text.splitlines()[-40:]))
        return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description="Runs libFuzzer on each target for a while.")
    parser.add_argument("--build-dir", required=True)
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("SMCACHE_FUZZ_SECONDS", SECONDS)))
    parser.add_argument("targets", nargs="*", help="names of targets; without them all")
    args = parser.parse_args()
    folder = ROOT / args.build_dir / "fuzz"
    targets = [Target(source, folder) for source in glob("tests/fuzz/fuzz_*.c")]
    targets = [target for target in targets if not args.targets or target.name in args.targets]
    reason = missing_tool()
    if reason:
        print(f"fuzz: {reason}\nNothing is fuzzed.\n0 passed, 0 failed, {len(targets)} skipped")
        return 0
    n_failed = 0
    for target in targets:
        target.build()
        n_failed += not target.run(args.seconds)
    print(f"{len(targets) - n_failed} passed, {n_failed} failed, 0 skipped")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
