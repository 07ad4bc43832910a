"""Each fuzz target on its seeds and on what it has once found, without a fuzzer: part of `ninja check`.

SMCACHE_BUILD names the folder of a build for the tests, whose compiler is CC: what is fuzzed comes from there. Programs
are run by the command SMCACHE_RUNNER, if it is set.
"""

import os
import shlex
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import targets  # noqa: E402

BUILD = Path(os.environ["SMCACHE_BUILD"]).resolve()
VARIANT = {variant.folder: variant for variant in vars(targets.configure).values()
           if isinstance(variant, targets.configure.Variant)}[BUILD.name]
RUNNER = shlex.split(os.environ.get("SMCACHE_RUNNER", ""))
SECONDS_MAX = 300
LAST_LINES = 40


def object_of(source):
    """What `ninja` has made of it, if it has."""
    made = BUILD / f"{source.removesuffix('.c')}.o"
    return str(made) if made.exists() else None


class Replay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        flags = [*targets.configure.WARNINGS, "-Werror", "-O1", "-g", *VARIANT.cflags]
        cls.toolchain = targets.Toolchain(BUILD / "tests" / "fuzz", os.environ.get("CC", "gcc"), flags)
        cls.toolchain.folder.mkdir(parents=True, exist_ok=True)

    def replay(self, sources, libraries, files):
        """The exit code and the output of a target on these files."""
        objects = [object_of(path) or self.toolchain.compile(path) for path in [*sources, "tests/fuzz/replay.c"]]
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "program"
            self.toolchain.link([*objects, str(BUILD / "libsmcache.a")], libraries, program)
            done = targets.run(*RUNNER, str(program), *map(str, files), timeout=SECONDS_MAX)
        return done.returncode, "\n".join(done.stdout.splitlines()[-LAST_LINES:])

    def check(self, target):
        reason = target.missing(self.toolchain)
        if reason:
            self.skipTest(reason)
        sources = [path for path in [*target.fuzzed(), *target.support()] if not path.startswith("src/")]
        with tempfile.TemporaryDirectory() as folder:
            target.write_seeds(Path(folder) / "seeds")
            files = sorted((Path(folder) / "seeds").iterdir())
            self.assertGreater(len(files), 0)
            status, output = self.replay(sources, target.link_flags(), files)
        self.assertEqual(status, 0, output)

    def test_a_fault_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            source, good, bad = (Path(folder) / name for name in ("fuzz_made_up.c", "good", "bad"))
            source.write_text('#include "tests/fuzz/fuzzing.h"\n'
                              "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)\n"
                              '{\n    must_hold(nbytes == 0 || data[0] != 66, "it begins with a B");\n'
                              "    return 0;\n}\n")
            good.write_text("A")
            bad.write_text("B")
            self.assertEqual(self.replay([str(source)], [], [good])[0], 0)
            status, output = self.replay([str(source)], [], [good, bad])
            self.assertNotEqual(status, 0)
            self.assertIn("it begins with a B", output)
            self.assertIn(f"{good}\n{bad}\n", output)

    def test_what_has_been_found_is_of_a_target(self):
        names = {target.name for target in targets.all_targets()}
        self.assertEqual({path.name for path in (targets.ROOT / "tests/fuzz/found").glob("*")} - names, set())


def add_target(target):
    def test(self):
        self.check(target)

    setattr(Replay, f"test_{target.name}", test)


for each in targets.all_targets():
    add_target(each)

if __name__ == "__main__":
    unittest.main()
