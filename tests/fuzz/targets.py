"""Fuzz targets, and the programs that are made of them.

A target is a file tests/fuzz/fuzz_*.c. Lines of its first comment say what it needs:

  sources: PATH...     what is fuzzed: sources, or folders of them. Their edges guide the fuzzer and are counted
  support: PATH...     what is needed besides; a source that is named here is not counted, even if its folder is fuzzed
  libraries: NAME...   of LIBRARIES; where one is missing the target is skipped
  nbytes: N            inputs are so long at the most; else INPUT_NBYTES_MAX
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import configure  # noqa: E402
from seeds import SEEDS  # noqa: E402

JOBS = 2
INPUT_NBYTES_MAX = 4096

# name: (headers, flags of the linker, Debian's package)
LIBRARIES = {
    "cmocka": ("stdarg.h stddef.h setjmp.h stdint.h cmocka.h", ["-lcmocka"], "libcmocka-dev"),
    "jansson": ("jansson.h", ["-ljansson"], "libjansson-dev"),
}
SANITIZERS = ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address", "-fsanitize=undefined",
              "-fno-sanitize-recover=all"]


def glob(pattern):
    return sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern))


def run(*command, **options):
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", **options)


class Toolchain:
    """How a target becomes a program."""

    def __init__(self, folder, compiler, flags, fuzzed=None, link_flags=(), environment=()):
        self.folder = folder  # for objects
        self.compiler = compiler  # with options, perhaps, as one for another machine has
        self.flags = [*configure.LANGUAGE, *flags]
        self.fuzzed = fuzzed or (compiler, [])  # compiler and more flags of what is fuzzed
        self.link_flags = link_flags
        self.environment = os.environ | dict(environment)

    def compiles(self, compiler, text, flags):
        """Whether a program can be made of the text."""
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "source.c"
            source.write_text(text)
            done = run(*shlex.split(compiler), *self.flags, str(source), *flags, "-o", f"{folder}/program",
                       env=self.environment)
        return done.returncode == 0

    def has_library(self, name):
        headers, flags, _ = LIBRARIES[name]
        includes = "".join(f"#include <{header}>\n" for header in headers.split())
        return self.compiles(self.compiler, f"{includes}int main(void)\n{{\n    return 0;\n}}\n", flags)

    def missing(self, package):
        """Why it cannot be used, or None."""
        compiler = self.fuzzed[0]
        if shutil.which(shlex.split(compiler)[0]) is None:
            return f"{compiler} is not on PATH (Debian: apt-get install {package})"
        empty = ("#include <stddef.h>\nint LLVMFuzzerTestOneInput(const char *p, size_t n);\n"
                 "int LLVMFuzzerTestOneInput(const char *p, size_t n) { return p && n ? 0 : 0; }\n")
        if not self.compiles(compiler, empty, self.link_flags):
            return f"{compiler} makes no fuzzers (Debian: apt-get install {package})"
        return None

    def compile(self, source, is_fuzzed=False):
        """The object; it is made when the source, a header or a flag has changed."""
        compiler, flags = self.fuzzed if is_fuzzed else (self.compiler, [])
        digest = hashlib.sha256(repr([compiler, self.flags, flags, source]).encode())
        headers = [path for room in ("src/*", "format", "tools", "tests/unit",
                                     "tests/fuzz") for path in glob(f"{room}/*.h")]
        for path in [source, *headers]:
            digest.update((ROOT / path).read_bytes())
        output = self.folder / f"{digest.hexdigest()[:24]}.o"
        if not output.exists():
            part = output.with_suffix(f".part{os.getpid()}")
            done = run(*shlex.split(compiler), *self.flags, *flags, "-c", source, "-o", str(part), env=self.environment)
            if done.returncode != 0:
                raise RuntimeError(f"{source} does not compile:\n{done.stdout}")
            part.rename(output)
        return str(output)

    def build(self, target, program, more=()):
        self.folder.mkdir(parents=True, exist_ok=True)
        sources = [(path, True) for path in target.fuzzed()] + [(path, False) for path in [*target.support(), *more]]
        with ThreadPoolExecutor(JOBS) as pool:
            objects = list(pool.map(lambda source: self.compile(*source), sources))
        self.link(objects, target.link_flags(), program)

    def link(self, objects, libraries, program):
        done = run(*shlex.split(self.fuzzed[0]), *self.flags, *self.link_flags, *objects, *libraries, *configure.LIBS,
                   "-o", str(program), env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"{program} does not link:\n{done.stdout}")


def libfuzzer(folder):
    return Toolchain(folder / "objects", "clang", SANITIZERS, ("clang", ["-fsanitize=fuzzer-no-link"]),
                     ["-fsanitize=fuzzer"])


def afl(folder):
    return Toolchain(folder / "objects", "clang", SANITIZERS, ("afl-clang-fast", []), ["-fsanitize=fuzzer"],
                     {"AFL_QUIET": "1"})


class Target:
    def __init__(self, source):
        self.source = source
        self.name = Path(source).stem.removeprefix("fuzz_")
        text = (ROOT / source).read_text(encoding="utf-8")
        self.needs = dict(re.findall(r"^ \* (sources|support|libraries|nbytes): (.*)$", text, re.MULTILINE))
        self.libraries = self.needs.get("libraries", "").split()
        self.nbytes_max = int(self.needs.get("nbytes", INPUT_NBYTES_MAX))

    def missing(self, toolchain):
        """Why it cannot be built, or None."""
        for name in self.libraries:
            if not toolchain.has_library(name):
                return f"{name} is not here (Debian: apt-get install {LIBRARIES[name][2]})"
        return None

    def paths(self, key):
        found = (glob(f"{name}/*.c") or glob(name) for name in self.needs.get(key, "").split())
        return [path for paths in found for path in paths]

    def fuzzed(self):
        return [path for path in self.paths("sources") if path not in self.needs.get("support", "").split()]

    def support(self):
        fuzzed = self.fuzzed()
        return [self.source, *(path for path in self.paths("support") if path not in fuzzed)]

    def link_flags(self):
        return [flag for name in self.libraries for flag in LIBRARIES[name][1]]

    def found(self):
        """Inputs that have once broken something."""
        return sorted(path for path in (ROOT / "tests/fuzz/found" / self.name).glob("*") if path.is_file())

    def write_seeds(self, folder):
        """Files to start from, those that have been found too; returns words to mix in."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        seeds, words = SEEDS[self.name]()
        for i, seed in enumerate(seeds):
            (folder / f"{i:05}").write_bytes(seed)
        for path in self.found():
            shutil.copyfile(path, folder / path.name)
        return words

    def write_words(self, path, words):
        """As a dictionary, in the form that libFuzzer and AFL++ have in common."""
        escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
        path.write_text("".join(f'"{word}"\n' for word in escaped if word))


def all_targets():
    return [Target(source) for source in glob("tests/fuzz/fuzz_*.c")]
