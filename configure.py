#!/usr/bin/env python3
"""Writes build.ninja: what is built, from which files, with which flags.

Run it again after adding or removing a source file; `ninja check` says when that was forgotten. Without arguments it
writes the build.ninja that is committed. Nothing of the host is probed: tools/setup.sh says what has to be there.
"""

import argparse
import os
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parent

LIBRARY_ROOMS = ["base", "url", "json", "reader", "verify", "find", "javascript", "build", "chain", "store", "cached",
                 "stack", "match", "symbolicate", "rewrite"]

LANGUAGE = ["-std=c11", "-D_XOPEN_SOURCE=700", "-D_DEFAULT_SOURCE", "-D_FILE_OFFSET_BITS=64", "-D_TIME_BITS=64",
            "-I."]
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wmissing-prototypes",
            "-Wcast-qual", "-Wformat=2", "-Wvla"]
# Hardened by default, as distributions have it (_FORTIFY_SOURCE is added where the compiler optimises, -pie where it links).
CODE = ["-g", "-fPIC", "-fvisibility=hidden", "-fstack-protector-strong", "-fstack-clash-protection"]
LDFLAGS = ["-Wl,-z,relro,-z,now,-z,noexecstack"]
LIBS = ["-ldeflate", "-lz"]

# Headers in the order in which clang-format sees them; only the ones of rooms that hold C.
FORMATTED = ["format/*.h", "src/*/*.c", "src/*/*.h", "tools/*.c", "tools/*.h", "tools/bench/*.c", "tools/bench/*.h",
             "tests/unit/*.c", "tests/unit/*.h", "tests/linear/*.c", "tests/faults/*.c", "tests/faults/*.h",
             "tests/fuzz/*.c", "tests/fuzz/*.h"]


class Variant:
    """One way to compile everything, in a folder of its own below the build folder."""

    def __init__(self, folder, cflags=(), ldflags=(), fortify=True, shared=True):
        self.folder = folder
        self.cflags = list(cflags)
        self.ldflags = list(ldflags)
        self.fortify = fortify  # its checks hide from the sanitizers what they replace
        self.shared = shared  # a sanitized shared library would need the sanitizer in the program that loads it


def sanitizer(folder, *flags):
    flags = [f"-fsanitize={flag}" for flag in flags]
    return Variant(folder, [*flags, "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"], flags,
                   fortify=False, shared=False)


PLAIN = Variant("")
CHECK = Variant("check", ["-Werror"])
ASAN = sanitizer("asan", "address")
UBSAN = sanitizer("ubsan", "undefined")
TSAN = sanitizer("tsan", "thread")
# Calls a function at each edge between basic blocks: the test of how much work there is counts them, whatever else a
# build is for.
COUNTED = Variant("counted", ["-Werror", "-fsanitize-coverage=trace-pc"])
COUNTED_ROOMS = "src/reader/", "src/verify/"
COUNTING_TEST = "tests/unit/test_work.c"
# A call of the source is one of the machine code, and leaves a frame; undefined behaviour is an illegal instruction.
FAULTS = Variant("faults", ["-O0", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", "-fsanitize=undefined",
                            "-fsanitize-undefined-trap-on-error"], fortify=False, shared=False)
DRIVER = "tests/faults/driver.c"
# The tests of what has threads, for TSAN alone: of the others it would see nothing.
THREADED = ["unit/test_concurrent", "unit/test_reader", "unit/test_threads", "cli/test_build_folder"]
# Counts how often each line and branch runs. Unoptimised: each line is there, then.
COVERAGE = Variant("coverage", ["-O0", "--coverage", "-fprofile-update=atomic"], ["--coverage"], fortify=False, shared=False)


def glob(*patterns):
    return sorted(path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern))


class Sources:
    def __init__(self):
        self.library = glob(*(f"src/{room}/*.c" for room in LIBRARY_ROOMS))
        self.bench = glob("tools/bench/*.c")
        self.program = glob("tools/*.c")
        self.tests = glob("tests/unit/test_*.c")
        self.test_helpers = [path for path in glob("tests/unit/*.c") if path not in self.tests]
        self.linear = glob("tests/linear/*.c") + [f"tests/unit/{name}.c" for name in ("hostile", "hostile_maps", "repeated")]
        self.faults = glob("tests/faults/*.c")
        self.formatted = glob(*FORMATTED)
        self.manual = glob("tools/man/*.scd")


class Ninja:
    """Text of a build file."""

    def __init__(self):
        self.lines = []

    def comment(self, text):
        self.lines += ["", f"# {text}"]

    def variable(self, name, value, indent=""):
        self.lines.append(f"{indent}{name} = {value}".rstrip())

    def rule(self, name, command, **variables):
        self.lines += ["", f"rule {name}"]
        for key, value in {"command": command, **variables}.items():
            self.variable(key, value, "  ")

    def build(self, output, rule, inputs=(), implicit=(), **variables):
        words = [f"build {output}: {rule}", *inputs]
        words += ["| " + " ".join(implicit)] if implicit else []
        self.lines.append(" $\n    ".join(words))
        for key, value in variables.items():
            self.variable(key, value, "  ")

    def text(self):
        return "\n".join(self.lines) + "\n"


def write_rules(n):
    n.rule("cc", "$cc -MMD -MF $out.d $cflags $variant_cflags $extra_cflags -c $in -o $out",
           depfile="$out.d", deps="gcc", description="CC $out")
    n.rule("ar", "rm -f $out && ar rcs $out $in", description="AR $out")
    n.rule("link", "$cc -pie $ldflags $variant_ldflags $in -o $out $libs", description="LINK $out")
    n.rule("shared", "$cc -shared -Wl,-soname,libsmcache.so.0 -Wl,--version-script=src/libsmcache.map -Wl,-z,defs "
                     "$ldflags $variant_ldflags $in -o $out $libs", description="LINK $out")
    n.rule("preload", "$cc -shared $ldflags $in -o $out", description="LINK $out")
    n.rule("manual", "scdoc < $in > $out", description="MAN $out")
    # The outputs of these are never written, so they run whenever they are asked for.
    n.rule("run", "$run", pool="console", description="$run")


def compile_all(n, folder, variant, sources, optimise):
    """Edges from sources to objects; returns the objects by source."""
    objects = {source: f"{folder}/{source[:-2]}.o" for source in sources}
    flags = [*optimise, *(["-D_FORTIFY_SOURCE=2"] if variant.fortify and "-O0" not in optimise else []),
             *variant.cflags]
    for source, output in objects.items():
        n.build(output, "cc", [source], variant_cflags=" ".join(flags))
    return objects


def write_variant(n, options, variant, sources, tests, others=()):
    """The library, the program and unit tests; and objects of other sources. Returns what was built."""
    folder = f"{options.build_dir}/{variant.folder}".rstrip("/")
    wanted = [*sources.library, *sources.program, *tests, *(sources.test_helpers if tests else ()), *others]
    optimise = ["-O0"] if options.debug else ["-O2"]
    objects = compile_all(n, folder, variant, wanted, optimise)
    counted = {}
    if COUNTING_TEST in tests:
        counted = compile_all(n, f"{folder}/{COUNTED.folder}", COUNTED,
                              [source for source in sources.library if source.startswith(COUNTED_ROOMS)], optimise)

    def link(output, own_sources, **variables):
        own = [*(objects[source] for source in own_sources), *(counted.values() if COUNTING_TEST in own_sources else ())]
        n.build(output, "link", [*own, archive], variant_ldflags=" ".join(variant.ldflags), **variables)
        return output

    archive = f"{folder}/libsmcache.a"
    library_objects = [objects[source] for source in sources.library]
    n.build(archive, "ar", library_objects)
    outputs = [archive, link(f"{folder}/smcache", sources.program)]
    if variant.shared:
        shared = f"{folder}/libsmcache.so.0"
        n.build(shared, "shared", library_objects, ["src/libsmcache.map"], variant_ldflags=" ".join(variant.ldflags))
        outputs.append(shared)
    for test in tests:
        outputs.append(link(f"{folder}/{test[:-2]}", [test, *sources.test_helpers], libs="$libs -lcmocka"))
    return outputs


def write_timed(n, options, name, sources):
    """A program that measures, on top of the library that is shipped."""
    output = f"{options.build_dir}/{name}"
    n.build(output, "link", [*(f"{options.build_dir}/{source[:-2]}.o" for source in sources),
                             f"{options.build_dir}/libsmcache.a"])
    return output


def write_faults(n, options, sources):
    """The program whose calls can be told apart, one for all else of the library, and the library that lets calls fail."""
    built = write_variant(n, options, FAULTS, sources, [], sources.faults)
    folder = f"{options.build_dir}/{FAULTS.folder}"
    driver, library, archive = f"{folder}/driver", f"{folder}/libfaults.so", f"{folder}/libsmcache.a"
    n.build(driver, "link", [f"{folder}/{DRIVER[:-2]}.o"], [archive],
            libs=f"-Wl,--whole-archive {archive} -Wl,--no-whole-archive $libs")
    n.build(library, "preload", [f"{folder}/{source[:-2]}.o" for source in sources.faults if source != DRIVER])
    return [*built, driver, library]


def write_jobs(n, options, defaults, bench, linear, sources, built):
    """The targets that run something."""
    run_tests = f"python3 tests/run.py --cc {shlex.quote(options.cc)} --build-dir {options.build_dir}"
    # The linter reads sources, whatever compiler will: the committed build file is the one that runs it.
    lint = " --lint" if options.cc == "gcc" else ""
    n.build("check", "run", built["check"], run=f"{run_tests}/check{lint}")
    n.build("check-unit", "run", built["check"], run=f"{run_tests}/check --only 'unit/*'")
    n.build("check-asan", "run", built["asan"], run=f"{run_tests}/asan")
    n.build("check-ubsan", "run", built["ubsan"], run=f"{run_tests}/ubsan")
    only = " ".join(f"--only {name}" for name in THREADED)
    n.build("check-tsan", "run", built["tsan"], run=f"{run_tests}/tsan {only}")
    for suffix, option in ("", ""), ("-short", " --short"):
        n.build(f"check-faults{suffix}", "run", [*built["faults"], *defaults],
                run=f"python3 tests/faults/check.py {options.build_dir}{option}")
        # What fills stores for the tests of the program is this machine's own library.
        n.build(f"check-cross{suffix}", "run", [*defaults, f"{options.build_dir}/check/libsmcache.so.0"],
                run=f"python3 tests/cross/check.py --build-dir {options.build_dir}{option}")
    # Registers are kept at each access: a test's signal handler makes the memory readable and goes on.
    valgrind = ("valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect"
                " --vex-iropt-register-updates=allregs-at-mem-access")
    n.build("check-valgrind", "run", built["check"], run=f"{run_tests}/check --timeout 3600 --runner '{valgrind}' --only 'unit/*'")
    n.build("check-analysis", "run", run="python3 tests/analysis.py")
    n.build("coverage", "run", built["coverage"], run=f"python3 tests/coverage.py {options.build_dir}/coverage")
    n.build("check-corpus", "run", defaults, run=f"python3 tests/corpus/check.py {options.build_dir}/smcache")
    n.build("check-names", "run", defaults, run=f"python3 tests/names/check.py {options.build_dir}/smcache")
    n.build("check-traces", "run", defaults, run=f"python3 tests/traces/check.py {options.build_dir}/smcache")
    n.build("fuzz", "run", run=f"python3 tests/fuzz/run.py --build-dir {options.build_dir}")
    n.build("fuzz-afl", "run", run=f"python3 tests/fuzz/run.py --build-dir {options.build_dir} --engine afl")
    n.build("check-linear", "run", [linear], run=linear)
    n.build("bench", "run", [*defaults, bench], run=f"python3 tools/bench/run.py --build-dir {options.build_dir}")
    pages = [f"{options.build_dir}/man/{Path(page).stem}" for page in sources.manual]
    for page, output in zip(sources.manual, pages):
        n.build(output, "manual", [page])
    n.build("man", "phony", pages)
    n.build("install", "run", defaults, run=f"sh tools/install.sh {options.build_dir}")
    # Not "format": there is a folder of that name, which ninja would take for the result.
    n.build("reformat", "run", run="clang-format -i " + " ".join(sources.formatted))


def build_file(options):
    """The text of build.ninja."""
    sources = Sources()
    n = Ninja()
    n.lines.append("# Written by configure.py; edit that.")
    n.variable("ninja_required_version", "1.10")
    n.variable("builddir", options.build_dir)
    n.variable("cc", options.cc)
    n.variable("cflags", " ".join([*LANGUAGE, *WARNINGS, *CODE]))
    n.variable("extra_cflags", options.cflags)
    n.variable("ldflags", " ".join(LDFLAGS))
    n.variable("libs", " ".join(LIBS))

    n.rule("configure", " ".join(["python3 configure.py", *map(shlex.quote, options.given)]), generator="1",
           description="CONFIGURE")
    n.build(options.output, "configure", implicit=["configure.py"])
    write_rules(n)

    n.comment("The library and the program.")
    defaults = write_variant(n, options, PLAIN, sources, [], sources.bench + sources.linear)
    bench = write_timed(n, options, "bench_ours", sources.bench)
    linear = write_timed(n, options, "linear", sources.linear)
    built = {}
    for variant in CHECK, ASAN, UBSAN:
        n.comment(f"For the tests: {variant.folder}.")
        built[variant.folder] = write_variant(n, options, variant, sources, sources.tests)
    n.comment(f"For the tests: {COVERAGE.folder}.")
    built[COVERAGE.folder] = write_variant(n, options, COVERAGE, sources, sources.tests)
    n.comment(f"For the tests: {TSAN.folder}.")
    threaded = [test for test in sources.tests if test.removeprefix("tests/")[:-2] in THREADED]
    built[TSAN.folder] = write_variant(n, options, TSAN, sources, threaded)

    n.comment("Of which each call can fail.")
    built[FAULTS.folder] = write_faults(n, options, sources)

    n.comment("Jobs.")
    write_jobs(n, options, defaults, bench, linear, sources, built)
    n.build("all", "phony", defaults)
    n.lines.append("default all")
    return n.text()


def parse(arguments):
    parser = argparse.ArgumentParser(description="Writes build.ninja.")
    parser.add_argument("--cc", default="gcc", help="the C compiler: gcc (default) or clang")
    parser.add_argument("--build-dir", default="build", help="folder for all that is built (default: build)")
    parser.add_argument("--output", default="build.ninja", help="the file to write (default: build.ninja)")
    parser.add_argument("--cflags", default="", help="more flags for the compiler, after our own")
    parser.add_argument("--debug", action="store_true", help="compile with -O0")
    options = parser.parse_args(arguments)
    options.given = arguments
    return options


def main(arguments):
    os.chdir(ROOT)
    options = parse(arguments)
    output = Path(options.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(build_file(options), encoding="utf-8")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
