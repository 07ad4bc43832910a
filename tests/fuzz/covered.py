"""How much of what is fuzzed the inputs of a target reach: lines and branches of the sources, by clang's own counts.

The fuzzers count edges, among them those of the sanitizers, which a good program never reaches. So this builds
each target once more, without a fuzzer and sanitizers, and feeds it what there is.
"""

import json
import shutil
from pathlib import Path

import targets

COUNTS = ["-fprofile-instr-generate", "-fcoverage-mapping"]
FILES_AT_ONCE = 4000


def missing():
    """Why nothing can be counted, or None."""
    absent = [name for name in ("clang", "llvm-profdata", "llvm-cov") if shutil.which(name) is None]
    return f"{absent[0]} is not on PATH (Debian: apt-get install clang llvm)" if absent else None


def toolchain(folder):
    return targets.Toolchain(folder / "objects", "clang", ["-O1", "-g"], ("clang", COUNTS),
                             ["-fprofile-instr-generate"])


def must_run(*command, **options):
    done = targets.run(*map(str, command), **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}:\n{done.stdout[-2000:]}")
    return done.stdout


def measure(target, tools, folder, inputs):
    """(lines reached, lines, branches reached, branches) of the target's fuzzed sources."""
    folder.mkdir(parents=True, exist_ok=True)
    program, merged = folder / "program", folder / "merged"
    tools.build(target, program, ["tests/fuzz/replay.c"])
    for path in folder.glob("*.profraw"):
        path.unlink()
    for i in range(0, len(inputs), FILES_AT_ONCE):
        must_run(program, *inputs[i:i + FILES_AT_ONCE],
                 env=tools.environment | {"LLVM_PROFILE_FILE": f"{folder}/{i}.profraw"})
    must_run("llvm-profdata", "merge", "-o", merged, *sorted(folder.glob("*.profraw")))
    told = must_run("llvm-cov", "export", "-summary-only", f"-instr-profile={merged}", program, *target.fuzzed())
    totals = json.loads(told)["data"][0]["totals"]
    return [totals[kind][key] for kind in ("lines", "branches") for key in ("covered", "count")]


def inputs_of(folder):
    return sorted(path for name in ("seeds", "corpus") for path in Path(folder / name).glob("*"))
