#!/usr/bin/env python3
"""What cppcheck and gcc's -fanalyzer find in format, src and tools: nothing but what is listed here with its reason.

usage: analysis.py

Each file is read by both; what neither of it nor of a header has changed is not read again (build/analysis). The last line
counts files, a tool each: `N passed, N failed, N skipped`. An exception that fits nothing any more is a failure. clang-tidy,
whose checkers find more of a single function, is part of `ninja check`.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import configure  # noqa: E402

JOBS = 2
CLEAN = ROOT / "build" / "analysis"

GCC = ["gcc", *configure.LANGUAGE, "-O2", "-fanalyzer",
       # What a function stores through a pointer to a struct counts as leaked: all of its two dozen findings here. Leaks
       # are LeakSanitizer's affair, and that of the tests in which each allocation fails.
       "-Wno-analyzer-malloc-leak"]
CPPCHECK = ["cppcheck", "--quiet", "--std=c11", "--language=c", "--enable=warning,portability,performance", "--inconclusive",
            "--suppress=missingIncludeSystem", "--template={file}:{line}: {id}: {message}", "-D__GNUC__=12",
            *(flag for flag in configure.LANGUAGE if flag.startswith(("-D", "-I")))]

# (part of a finding, the reason why it is none)
EXCEPTIONS = [
    ("src/build/lanes.h:{}: uninitvar: Uninitialized variable: to", "n > 0 bits are set, so a value has been stored"),
    ("src/store/gc.c:{}: memleak: Memory leak: sums", "it is freed wherever calloc has given it"),
    ("tools/bench/stacks.c:{}: nullPointerRedundantCheck", "bench_fail does not return"),
    ("tools/bench/stacks.c:{}: nullPointerArithmeticRedundantCheck", "bench_fail does not return"),
    ("tools/chain.c:{}: memleak: Memory leak: chained", "job->chained is the same pointer"),
    ("tools/stored.c:{}: autoVariables", "what it points into is asked during the call alone"),
]


def exception_of(finding):
    for part, _ in EXCEPTIONS:
        if re.search(re.escape(part).replace(re.escape("{}"), r"\d+"), finding):
            return part
    return None


class Tool:
    def __init__(self, name, command, pattern):
        self.name, self.command, self.pattern = name, command, re.compile(pattern, re.MULTILINE)
        version = subprocess.run([command[0], "--version"], capture_output=True, text=True).stdout
        self.state = hashlib.sha256(repr([version, command, EXCEPTIONS]).encode())
        for path in configure.Sources().formatted:
            if path.endswith(".h"):
                self.state.update((ROOT / path).read_bytes())

    def read(self, path):
        """(findings that count, exceptions that were needed)"""
        state = self.state.copy()
        state.update(path.encode() + (ROOT / path).read_bytes())
        clean = CLEAN / state.hexdigest()
        if clean.exists():
            return [], clean.read_text(encoding="utf-8").splitlines()
        done = subprocess.run([*self.command, path], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        findings = self.pattern.findall(done.stdout)
        if done.returncode != 0 and not findings:
            findings = [done.stdout.strip() or f"exit code {done.returncode}"]
        needed = sorted({exception_of(finding) for finding in findings} - {None})
        findings = [finding for finding in findings if exception_of(finding) is None]
        if not findings:
            clean.write_text("".join(f"{part}\n" for part in needed), encoding="utf-8")
        return findings, needed


def main():
    sources = [path for path in configure.Sources().formatted
               if path.endswith(".c") and path.startswith(("src/", "tools/"))]
    tools = [("cppcheck", CPPCHECK, r"^[^:\n]+:\d+: \w+: .*$"), ("gcc -fanalyzer", [*GCC, "-c", "-o", "/dev/null"],
                                                               r"^[^:\n]+:\d+:\d+: (?:warning|error): .*$")]
    n_passed = n_failed = n_skipped = 0
    needed = set()
    CLEAN.mkdir(parents=True, exist_ok=True)
    for name, command, pattern in tools:
        if shutil.which(command[0]) is None:
            print(f"{name}: skipped: {command[0]} is not here")
            n_skipped += len(sources)
            needed |= {part for part, _ in EXCEPTIONS}
            continue
        with ThreadPoolExecutor(JOBS) as pool:
            results = list(pool.map(Tool(name, command, pattern).read, sources))
        for path, (findings, parts) in zip(sources, results):
            needed.update(parts)
            if findings:
                print(f"{name}: {path}", *findings, sep="\n    ")
            n_failed += bool(findings)
            n_passed += not findings
        print(f"{name}: {len(sources)} files, {sum(bool(findings) for findings, _ in results)} with findings")
    for part, reason in EXCEPTIONS:
        if part not in needed:
            print(f"an exception that nothing needs: {part} ({reason})")
            n_failed += 1
    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped")
    return 1 if n_failed or not n_passed + n_skipped else 0


if __name__ == "__main__":
    sys.exit(main())
