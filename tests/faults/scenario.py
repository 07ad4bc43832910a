"""What a run of the program is about: its arguments, the folder that it runs in, and what is to be true afterwards."""

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/cli"))

EXAMPLE = ROOT / "tests/example/dist"
RECORDED = ROOT / "tests/traces/recorded"


# What differs from run to run: speed, identifiers with a secret in them, times, and the folder itself.
VARIES = [(rb"\d+\.\d\d s \(\d+ MB/s\)", b"TIME"), (rb"[0-9a-f]{2}/[0-9a-f]{30}", b"ID"),
          (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"WHEN"), (rb"\d+:\d+:\d+:\d+\.\d{9}:\d+\.\d{9}", b"STATE")]


@dataclass
class Scenario:
    name: str
    arguments: list
    make: object  # called with a World, in an empty folder
    # Bytes; the name of a file; "closed"; a list of pieces with pauses between them, or of what is done then.
    stdin: object = None
    env: dict = field(default_factory=dict)
    then: list = field(default_factory=list)  # commands that answer the same afterwards, whatever failed
    is_several: bool = False  # of several inputs some may succeed: exit code 1
    may_be_new: tuple = ()  # files that may be there if something has failed
    removes: bool = False  # files of the store may be gone afterwards
    is_slow: bool = False  # only what no other scenario reaches is tried
    explains: bool = False  # what fails is part of the answer
    on_terminal: bool = False  # stderr is one
    holds: str = ""  # a file of which somebody else holds all locks
    ends_at_once: bool = False  # with memory that is not given back
    signals: tuple = ()  # may end it
    errors: dict = field(default_factory=dict)  # that calls have in this one besides
    program: str = "smcache"
    is_done_once: bool = False  # once it has been done in part, doing it again is another thing
    alike: list = field(default_factory=list)  # (pattern, text): what of the answer may differ

    def plain(self, data, folder):
        """An answer without what may differ."""
        data = data.replace(os.fsencode(str(folder)), b"FOLDER")
        for pattern, to in [*VARIES, *self.alike]:
            data = re.sub(pattern, to, data)
        return data


class World:
    """An empty folder, and the program, to make a scenario with."""

    def __init__(self, folder, runner):
        self.folder, self.runner = Path(folder), runner

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def run(self, *arguments, stdin=None, env=(), code=0):
        outcome = self.runner.run(arguments, stdin, env, injects=False)
        if outcome.code != code:
            raise RuntimeError(f"{arguments}: exit code {outcome.code}: {outcome.said}")
        return outcome
