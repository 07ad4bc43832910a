"""Whether two programs, one of them of another machine, write and read the same.

Of each input and its options: the exit code, what is said, and the file, byte for byte. Then one's files are read by
the other: verify, dump, info and lookups say the same of them. And a store that one has filled answers the other.
"""

import os
import random
import subprocess
from pathlib import Path

TIMEOUT_S = 600
N_POSITIONS = 200
DUMPS = [["dump"], ["dump", "--sources"], ["dump", "--functions"], ["info", "--json"], ["verify"]]


class Program:
    """A command that is smcache, with a folder of its own, in which all have the same names."""

    def __init__(self, command, folder):
        self.command = [str(word) for word in command]
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C", "SMCACHE_STORE": "off"}

    def run(self, *arguments, stdin=b"", env=()):
        done = subprocess.run([*self.command, *map(str, arguments)], input=stdin, capture_output=True, check=False,
                              cwd=self.folder, env=self.environment | dict(env), timeout=TIMEOUT_S)
        return done.returncode, done.stdout, done.stderr


def difference(what, ours, theirs):
    """In a line what differs first between two results, or two texts; None if nothing does."""
    if ours == theirs:
        return None
    if isinstance(ours, tuple):
        names = "exit code", "output", "messages"
        return next(difference(f"{what}: {name}", a, b) for name, a, b in zip(names, ours, theirs) if a != b)
    if isinstance(ours, bytes):
        at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
        here, there = ours[at:at + 40], theirs[at:at + 40]
        return f"{what}: {len(ours)} and {len(theirs)} bytes; from byte {at} on {here!r} and {there!r}"
    return f"{what}: {ours!r} and {theirs!r}"


class Comparison:
    """Ours and theirs; `errors` has a line for each difference, `n` counts what was compared."""

    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs
        self.n_files = self.n_reads = self.n = 0
        self.errors = []

    def compare(self, what, ours, theirs):
        self.n += 1
        found = difference(what, ours, theirs)
        if found:
            self.errors.append(found)
        return not found

    def both(self, what, *arguments, **options):
        """The result of a command, if both programs have the same; else None."""
        ours, theirs = (program.run(*arguments, **options) for program in (self.ours, self.theirs))
        return ours if self.compare(what, ours, theirs) else None

    # ---- files ----

    def input(self, given, options, reads):
        """Compiles a map in both, and has each read the file that the other has written."""
        label = " ".join([given.name, *options])
        for program in self.ours, self.theirs:
            for old in "in.js.map", "out.smcache":
                (program.folder / old).unlink(missing_ok=True)
            (program.folder / "in.js.map").write_bytes(given.data)
        result = self.both(f"{label}: build", "build", "in.js.map", "-o", "out.smcache", "--quiet", *options)
        files = [program.folder / "out.smcache" for program in (self.ours, self.theirs)]
        if result is None or result[0] != 0:
            self.compare(f"{label}: is there", *(file.exists() for file in files))
            return
        self.n_files += 1
        self.compare(f"{label}: the file", *(file.read_bytes() for file in files))
        if reads:
            self.read(label, files)

    def read(self, label, files):
        """Each reads what the other has written: that a file is like one's own has been seen."""
        self.n_reads += 1
        ours = [self.ours.run(*command, files[1]) for command in DUMPS]
        theirs = [self.theirs.run(*command, files[0]) for command in DUMPS]
        for command, a, b in zip(DUMPS, ours, theirs):
            self.compare(f"{label}: {' '.join(command)}", (a[0], a[1].replace(bytes(files[1]), b"FILE"), a[2]),
                         (b[0], b[1].replace(bytes(files[0]), b"FILE"), b[2]))
            if a[0] != 0:
                self.errors.append(f"{label}: {' '.join(command)}: exit code {a[0]} {a[2]!r}")
        positions = positions_of(ours[0][1])
        for options in ["--format=json", "--frames"], ["--format=tsv", "--across-lines"], ["--context=1"]:
            self.both(f"{label}: lookup {' '.join(options)}", "lookup", files[0], "-", "--line-base=0",
                      "--column-base=0", *options, stdin=positions)

    # ---- the store ----

    def store(self, given, folder):
        """Whoever comes second finds what the first one has put there, looks after it, and is found by the first."""
        for first, second in (self.ours, self.theirs), (self.theirs, self.ours):
            where = Path(folder, "store-of-ours" if first is self.ours else "store-of-theirs")
            env = {"SMCACHE_STORE": "on", "SMCACHE_DIR": str(where)}
            source = where.with_suffix(".js.map")
            source.write_bytes(given.data)

            def step(what, *arguments):
                """The first, the second and the first again; three times the same."""
                results = [program.run(*arguments, env=env) for program in (first, second, first)]
                self.compare(f"{where.name}: {what}", results[0], results[1])
                self.compare(f"{where.name}: {what}, once more", results[0], results[2])
                return results[0][1]

            step("lookup", "lookup", source, "1:100", "1:900", "2:3")
            stats = step("stats", "store", "stats", "--json")
            for wanted in b'"n_builds":1,', b'"n_misses":1,', b'"n_files":1,', b'"n_errors":0,', b'"n_damaged":0,':
                if wanted not in stats:
                    self.errors.append(f"{where.name}: not {wanted!r} in {stats!r}")
            step("list", "store", "list", "--json")
            self.compare(f"{where.name}: pin", first.run("store", "pin", "*", env=env)[0], 0)
            step("pins", "store", "pin")
            self.compare(f"{where.name}: clear", second.run("store", "clear", env=env)[0], 0)
            step("what is pinned", "store", "list", "--json")
            (file,) = where.rglob("*.smcache")
            step("verify", "verify", file)


def positions_of(dump):
    """Positions at, before and after some tokens of a dump, and outside; lines of LINE:COLUMN, both 0-based."""
    rng = random.Random(1)
    rows = [line.split(b"\t", 2)[:2] for line in dump.split(b"\n")[:-1]]
    lines = [f"{line}:{column}" for line, column in ((0, 0), (0, 2 ** 31), (2 ** 31, 5), (2 ** 32 - 2, 2 ** 32 - 2))]
    for row in rng.choices(rows, k=N_POSITIONS) if rows else []:
        line, column = map(int, row)
        lines.append(f"{line}:{max(0, column + rng.choice([0, 0, -1, 1, 40]))}")
    return "\n".join([*lines, ""]).encode()
