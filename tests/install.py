#!/usr/bin/env python3
"""Installs into an empty folder and uses what is there, from C and from C++17. Part of `ninja check`.

SMCACHE_BUILD names the build folder (an unsanitized one), CC the compiler.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "tests" / "example" / "dist" / "app.js.map"
HEADERS = ["smcache.h", "smcache_build.h", "smcache_cached.h", "smcache_chain.h", "smcache_rewrite.h",
           "smcache_stack.h", "smcache_store.h", "smcache_symbolicate.h", "smcache_verify.h"]

# Both C and C++: builds a map in memory, opens it, verifies it, looks a position up.
PROGRAM = r"""
#include <smcache/smcache.h>
#include <smcache/smcache_build.h>
#include <smcache/smcache_chain.h>
#include <smcache/smcache_verify.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    static char json[1 << 20];
    FILE *from = fopen(argv[argc - 1], "rb");
    size_t nbytes = from == NULL ? 0 : fread(json, 1, sizeof json, from);
    void *file = NULL;
    size_t file_nbytes = 0;
    smc_cache *cache = NULL;
    struct smc_token token;

    if (smc_build_memory(json, nbytes, NULL, &file, &file_nbytes, NULL) != SMC_BUILD_OK ||
        smc_open_memory(file, file_nbytes, 0, &cache, NULL) != SMC_OK ||
        smc_verify(cache, NULL) != SMC_OK ||
        smc_lookup(cache, 1, 2172, 0, &token) != SMC_OK || token.source == SMC_NONE) {
        return 1;
    }
    printf("%.*s:%u:%u\n", (int)token.source_text.nbytes, token.source_text.ptr, (unsigned)token.source_line + 1,
           (unsigned)token.source_column + 1);
    smc_close(cache);
    free(file);
    fclose(from);
    return 0;
}
"""

C = os.environ.get("CC", "gcc")
CXX = C.replace("clang", "clang++") if "clang" in C else C.replace("gcc", "g++")
LANGUAGES = {"c": [C, "-std=c11"], "cpp": [CXX, "-std=c++17"]}
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    return done.returncode, done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.destdir = Path(cls.folder.name, "dest dir")
        cls.root = cls.destdir / "opt"
        status, output = run("sh", ROOT / "tools" / "install.sh", os.environ["SMCACHE_BUILD"],
                             env=os.environ | {"DESTDIR": str(cls.destdir), "PREFIX": "/opt"})
        assert status == 0, output

    def compile_and_run(self, suffix, *libraries, **environment):
        command = LANGUAGES[suffix]
        if shutil.which(command[0]) is None:
            self.skipTest(f"{command[0]} is not here")
        source, program = Path(self.folder.name, f"user.{suffix}"), Path(self.folder.name, "user")
        source.write_text(PROGRAM, encoding="utf-8")
        status, output = run(*command, *WARNINGS, "-I", self.root / "include", source, *libraries, "-o", program)
        self.assertEqual(status, 0, output)
        self.assertEqual(run(program, EXAMPLE, env=os.environ | environment), (0, "../src/main.ts:30:1\n"))

    def test_files(self):
        files = sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if not path.is_dir())
        self.assertEqual(files, ["bin/smcache", *(f"include/smcache/{header}" for header in HEADERS),
                                 "lib/libsmcache.a", "lib/libsmcache.so", "lib/libsmcache.so.0"])
        self.assertEqual([path for path in self.destdir.iterdir()], [self.root])

    def test_program(self):
        status, output = run(self.root / "bin" / "smcache", "--version")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"^smcache \d+\.\d+\.\d+\n$")

    def test_each_header_stands_alone(self):
        for suffix, command in LANGUAGES.items():
            for header in HEADERS:
                if shutil.which(command[0]) is None:
                    self.skipTest(f"{command[0]} is not here")
                source = Path(self.folder.name, f"alone.{suffix}")
                source.write_text(f"#include <smcache/{header}>\nint alone;\n", encoding="utf-8")
                status, output = run(*command, *WARNINGS, "-fsyntax-only", "-I", self.root / "include", source)
                self.assertEqual(status, 0, output)

    def test_c_with_the_static_library(self):
        self.compile_and_run("c", self.root / "lib" / "libsmcache.a", "-ldeflate", "-lz")

    def test_c_with_the_shared_library(self):
        self.compile_and_run("c", "-L", self.root / "lib", "-lsmcache", LD_LIBRARY_PATH=str(self.root / "lib"))

    def test_cxx_with_the_static_library(self):
        self.compile_and_run("cpp", self.root / "lib" / "libsmcache.a", "-ldeflate", "-lz")

    def test_cxx_with_the_shared_library(self):
        self.compile_and_run("cpp", "-L", self.root / "lib", "-lsmcache", LD_LIBRARY_PATH=str(self.root / "lib"))


if __name__ == "__main__":
    unittest.main()
