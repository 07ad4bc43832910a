#!/usr/bin/env python3
"""Who may include whom, and which symbols the library may have. Part of `ninja check`.

The rules are read from #include lines and from nm. SMCACHE_BUILD names the build folder (an unsanitized one). Each
rule is also run on something made up that breaks it, so that a rule which has stopped working is seen.
"""

import os
import posixpath
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent

LIBC = set("""
    assert.h ctype.h dirent.h endian.h errno.h fcntl.h float.h fnmatch.h getopt.h inttypes.h limits.h pthread.h signal.h stdalign.h stdarg.h
    stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h strings.h time.h unistd.h
    sys/mman.h sys/resource.h sys/stat.h sys/statfs.h sys/time.h sys/types.h sys/uio.h sys/wait.h
    cpuid.h emmintrin.h tmmintrin.h immintrin.h arm_neon.h""".split())  # the last line comes with the compiler

# room: (rooms that it may include besides itself, libraries besides libc). A new room needs its line here.
ROOMS = {
    "format": ([], []),
    "src/base": ([], ["zlib.h"]),
    "src/reader": (["format"], []),
    "src/verify": (["format", "src/reader"], ["xxhash.h"]),
    "src/find": (["src/base", "src/url"], []),
    "src/javascript": ([], []),
    "src/json": (["src/base"], []),
    "src/build": (["format", "src/base", "src/javascript", "src/json", "src/url"], ["libdeflate.h", "xxhash.h"]),
    "src/chain": (["format", "src/base", "src/build", "src/reader"], ["xxhash.h"]),
    "src/url": (["src/base"], []),
    "src/store": (["format", "src/base"], ["xxhash.h"]),
    "src/cached": (["src/build", "src/reader", "src/store"], []),
    "src/stack": (["src/reader"], []),
    "src/match": (["src/base"], []),
    "src/symbolicate": (["src/base", "src/reader"], []),
    "src/rewrite": (["src/base", "src/json", "src/reader", "src/stack", "src/symbolicate"], []),
}
ON_TOP = ["tools"]  # may include every room

PUBLIC_HEADERS = ["src/reader/smcache.h", "src/build/smcache_build.h", "src/verify/smcache_verify.h",
                  "src/chain/smcache_chain.h", "src/store/smcache_store.h",
                  "src/cached/smcache_cached.h", "src/stack/smcache_stack.h",
                  "src/symbolicate/smcache_symbolicate.h", "src/rewrite/smcache_rewrite.h"]

# What a library that neither prints nor exits nor reads its surroundings does not call.
FORBIDDEN = set("""
    printf vprintf fprintf vfprintf dprintf vdprintf puts putchar putc fputs fputc fwrite perror psignal syslog
    stdin stdout stderr err errx warn warnx
    exit _exit _Exit quick_exit abort assert_fail atexit
    getenv secure_getenv setenv putenv environ""".split())

# What the store may call of libc besides what tests/unit/call_hook.h lets fail: it never fails, or fails by having no
# memory, which tests/unit/malloc_hook.h lets it do. A thread is started for large inputs alone, which the store has none of.
UNHOOKED = set("""
    malloc calloc realloc free posix_memalign strdup strndup
    memchr memcmp memcpy memmove memset strchr strcmp strlen strnlen fnmatch qsort bsearch
    __errno_location __stack_chk_fail dirfd geteuid time clock_gettime
    pthread_create pthread_join
    pthread_mutex_init pthread_mutex_lock pthread_mutex_unlock pthread_mutex_destroy""".split())
HOOKED_CALL = re.compile(r"^(?:(?:TIMED_)?CALL|STANDS_IN(?:_TIMED)?)\(\w+ ?\*?, (\w+),|^(?:CLOSING|OPENING)_CALL\((\w+),",
                         re.MULTILINE)

INCLUDE = re.compile(r'^\s*#\s*include\s*(.*)$', re.MULTILINE)
TARGET = re.compile(r'^(?:<([^>]+)>|"([^"]+)")')


def room_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "src" and len(parts) > 2 else parts[0]


def check_include(path, line):
    """Why the file at `path` may not have this include; None if it may."""
    room = room_of(path)
    target = TARGET.match(line)
    if target is None:
        return f"{path}: #include {line}: neither <...> nor \"...\""
    system, own = target.groups()
    if own and posixpath.normpath(own) != own:
        return f"{path}: {own} is not a path from the root of the tree"
    if room in ON_TOP:
        return f"{path}: {own} is of the tests" if own and room_of(own) == "tests" else None
    if room not in ROOMS:
        return f"{path}: no rule for the room {room}"
    rooms, libraries = ROOMS[room]
    if system:
        known = system in LIBC or (system in libraries and path not in PUBLIC_HEADERS)
        return None if known else f"{path}: <{system}> is neither libc nor a library of {room}"
    if path in PUBLIC_HEADERS and own not in PUBLIC_HEADERS:
        return f"{path}: {own} is not installed, as this header is"
    return None if room_of(own) in [room, *rooms] else f"{path}: {own} is not for {room} to see"


def check_tree(root):
    """Every broken rule of the includes below `root`."""
    faults = []
    for folder in "format", "src", "tools":
        for file in sorted(Path(root, folder).rglob("*.[ch]")):
            path = file.relative_to(root).as_posix()
            for line in INCLUDE.findall(file.read_text(encoding="utf-8")):
                faults.append(check_include(path, line))
                target = TARGET.match(line)
                if target and target[2] and not Path(root, target[2]).is_file():
                    faults.append(f"{path}: there is no {target[2]}")
    return [fault for fault in faults if fault]


def symbols(nm_output):
    """(letter, name) of each line of nm; versions cut off."""
    rows = re.findall(r"^(?:[0-9a-f]+)? *([A-Za-z]) (\S+)$", nm_output, re.MULTILINE)
    return [(letter, name.split("@")[0]) for letter, name in rows]


def check_prefix(nm_output):
    return [name for letter, name in symbols(nm_output) if letter not in "Uw" and not name.startswith("smc_")]


def check_exports(nm_output, declared):
    """Exported and not declared, declared and not exported. 'A' is the name of the version."""
    exported = {name for letter, name in symbols(nm_output) if letter not in "UwA"}
    return sorted(exported ^ declared)


def check_calls(nm_output):
    """Fortified names, such as __printf_chk, count as what they stand for."""
    called = {name for letter, name in symbols(nm_output) if letter in "Uw"}
    return sorted(name for name in called
                  if name in FORBIDDEN or re.sub(r"_chk$", "", name.lstrip("_")) in FORBIDDEN)


def hooked_calls(hook_text):
    return {either or other for either, other in HOOKED_CALL.findall(hook_text)}


def check_hooked(nm_output, hooked):
    """What is called that no test can let fail."""
    called = {name for letter, name in symbols(nm_output) if letter in "Uw" and not name.startswith("smc_")}
    return sorted(called - hooked - UNHOOKED)


def declared_functions(text):
    """Names of the functions that a public header marks as part of the interface."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    return set(re.findall(r"\bSMC_(?:BUILD_|STORE_)?API\b[^;(]*?\b(\w+)\s*\(", text))


class Includes(unittest.TestCase):
    def test_every_room_keeps_its_rules(self):
        self.assertEqual(check_tree(ROOT), [])


class Symbols(unittest.TestCase):
    @staticmethod
    def nm(*arguments):
        *options, name = arguments
        path = Path(os.environ["SMCACHE_BUILD"], name)
        return subprocess.run(["nm", *options, str(path)], check=True, capture_output=True, text=True).stdout

    def test_every_external_symbol_starts_with_smc(self):
        output = self.nm("-g", "libsmcache.a")
        self.assertIn(("T", "smc_lookup"), symbols(output))
        self.assertEqual(check_prefix(output), [])

    def test_shared_library_exports_what_the_headers_declare(self):
        declared = set()
        for header in PUBLIC_HEADERS:
            declared |= declared_functions((ROOT / header).read_text(encoding="utf-8"))
        self.assertEqual(check_exports(self.nm("-D", "libsmcache.so.0"), declared), [])

    def test_library_neither_prints_nor_exits(self):
        output = self.nm("-g", "libsmcache.a")
        self.assertIn(("U", "malloc"), symbols(output))
        self.assertEqual(check_calls(output), [])

    def test_every_system_call_of_the_store_can_fail_in_a_test(self):
        objects = sorted(Path(os.environ["SMCACHE_BUILD"], "src/store").glob("*.o"))
        self.assertGreater(len(objects), 10)
        output = self.nm("-g", *(str(path.resolve()) for path in objects)) + self.nm("-g", "src/base/io.o")
        self.assertIn(("U", "renameat"), symbols(output))
        hooked = hooked_calls((ROOT / "tests/unit/call_hook.h").read_text(encoding="utf-8"))
        self.assertEqual(check_hooked(output, hooked), [])


class RulesCanFail(unittest.TestCase):
    BAD_INCLUDES = [
        ("format/x.h", '"src/reader/smcache.h"'),
        ("format/x.h", "<zlib.h>"),
        ("src/base/x.c", '"format/smcache_format.h"'),
        ("src/reader/x.c", '"src/base/buf.h"'),
        ("src/reader/x.c", '"src/json/json.h"'),
        ("src/reader/x.c", '"src/store/store.h"'),
        ("src/reader/x.c", "<zlib.h>"),
        ("src/reader/x.c", "<xxhash.h>"),
        ("src/reader/x.c", '"xxhash.h"'),
        ("src/reader/x.c", "<sys/socket.h>"),
        ("src/reader/x.c", '"block.h"'),
        ("src/reader/x.c", '"src/reader/../json/json.h"'),
        ("src/reader/x.c", "SOME_MACRO"),
        ("src/verify/x.c", '"src/json/json.h"'),
        ("src/verify/x.c", "<zlib.h>"),
        ("src/build/x.c", '"src/reader/smcache.h"'),
        ("src/build/x.c", '"src/store/store.h"'),
        ("src/build/x.c", '"src/chain/compose.h"'),
        ("src/chain/x.c", '"src/verify/smcache_verify.h"'),
        ("src/chain/smcache_chain.h", '"src/build/parts.h"'),
        ("src/build/x.c", '"tools/cli.h"'),
        ("src/store/x.c", '"src/build/smcache_build.h"'),
        ("src/store/x.c", '"src/reader/smcache.h"'),
        ("src/url/x.c", '"src/json/json.h"'),
        ("src/json/x.c", '"src/build/parts.h"'),
        ("src/symbolicate/x.c", '"src/build/smcache_build.h"'),
        ("src/symbolicate/x.c", '"src/rewrite/parts.h"'),
        ("src/match/x.c", '"src/symbolicate/smcache_symbolicate.h"'),
        ("src/other/x.c", "<stdlib.h>"),
        ("src/x.c", "<stdlib.h>"),
        ("src/reader/smcache.h", '"format/smcache_format.h"'),
        ("src/build/smcache_build.h", "<zlib.h>"),
        ("tools/x.c", '"tests/unit/helper.h"'),
    ]

    def test_includes(self):
        for path, line in self.BAD_INCLUDES:
            with self.subTest(path=path, line=line):
                self.assertIsNotNone(check_include(path, line))

    def test_tree(self):
        with tempfile.TemporaryDirectory() as root:
            file = Path(root, "src/reader/deep/x.c")
            file.parent.mkdir(parents=True)
            file.write_text('#  include "src/json/json.h"\n#include <string.h> /* fine */\n')
            self.assertEqual(check_tree(root), ["src/reader/deep/x.c: src/json/json.h is not for src/reader to see",
                                                "src/reader/deep/x.c: there is no src/json/json.h"])

    def test_prefix(self):
        self.assertEqual(check_prefix("0000000000000010 T smc_lookup\n0000000000000000 D table\n"
                                      "                 U malloc\n"), ["table"])

    def test_exports(self):
        lines = "0000000000000000 A SMCACHE_0\n0000000000000010 T smc_a@@SMCACHE_0\n0000000000000020 T smc_b\n"
        self.assertEqual(check_exports(lines, {"smc_a", "smc_c"}), ["smc_b", "smc_c"])

    def test_calls(self):
        lines = "".join(f"                 U {name}\n" for name in (
            "malloc", "__stack_chk_fail", "__memcpy_chk", "__fprintf_chk", "__assert_fail", "stderr", "exit"))
        self.assertEqual(check_calls(lines), ["__assert_fail", "__fprintf_chk", "exit", "stderr"])

    def test_hooked(self):
        text = "CALL(int, fsync, (int fd), (fd), -1, 0)\nCALL(void *, readdir64, ...)\nOPENING_CALL(openat64,\n" \
               "STANDS_IN(int, fcntl64, ...)\n#define CALL(type, name)\nTIMED_CALL(int, futimens, __futimens64, ...)\n"
        self.assertEqual(hooked_calls(text), {"fsync", "readdir64", "openat64", "fcntl64", "futimens"})
        lines = "".join(f"                 U {name}\n" for name in (
            "malloc", "smc_lookup", "fsync", "fdatasync", "__openat64_2"))
        self.assertEqual(check_hooked(lines, {"fsync"}), ["__openat64_2", "fdatasync"])

    def test_declarations(self):
        text = "#define SMC_API x\n/* SMC_API int no(void); */\nSMC_API const char *smc_a(int (*f)(void));\n" \
               "SMC_BUILD_API smc_b_status\nsmc_b(void);\nint smc_internal(void);\n"
        self.assertEqual(declared_functions(text), {"smc_a", "smc_b"})


if __name__ == "__main__":
    unittest.main()
