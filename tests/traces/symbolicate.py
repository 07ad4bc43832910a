"""The command under test."""

import json
import os
import subprocess

from corpus import CorpusError

TIMEOUT_S = 120  # against hangs only
SEPARATOR = "=== scenario "  # of the check's own: to the command a line as any


class Symbolicate:
    def __init__(self, program, folder):
        self.program = program
        # Whatever the user has configured does not count, and what they have cached is not touched.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SMCACHE_")}
        self.environment["SMCACHE_DIR"] = str(folder / "store")

    def run(self, maps, data, *options):
        command = [self.program, "symbolicate", "--dir", str(maps), *options]
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=TIMEOUT_S, env=self.environment)
        except subprocess.TimeoutExpired:
            raise CorpusError(f"{' '.join(command)}: still running after {TIMEOUT_S} s") from None
        if done.returncode != 0:
            message = done.stderr.decode(errors="replace")
            raise CorpusError(f"{' '.join(command)}: exit code {done.returncode}\n{message}")
        return done.stdout

    def texts(self, maps, texts):
        """{scenario: text} translated, all in one run."""
        names = list(texts)
        data = "".join(f"{SEPARATOR}{name}\n{texts[name]}\n" for name in names)
        out = self.run(maps, data.encode()).decode("utf-8", "surrogateescape")
        parts = [part.split("\n", 1) for part in out.split(SEPARATOR)[1:]]
        if not out.startswith(SEPARATOR) or [name for name, _ in parts] != names:
            raise CorpusError("symbolicate has changed lines that are no frames")
        return {name: text.removesuffix("\n") for name, text in parts}

    def rows(self, maps, text):
        """The objects of --output=json."""
        return [json.loads(line) for line in self.run(maps, text.encode(), "--output=json").splitlines()]

    def file(self, maps, path, out):
        out.write_bytes(self.run(maps, path.read_bytes()))
