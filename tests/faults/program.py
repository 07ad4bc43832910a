"""Runs a program below the library that lets its calls fail (faults.h), and reads what that reports."""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field

TIMEOUT_S = 30  # against hangs only
NO_FAULT_CODES = range(-64, 0)  # a signal


@dataclass(frozen=True)
class Call:
    """A way from main to a call: the function that is called, and the addresses to return to, the innermost first."""
    context: str
    count: int
    name: str  # malloc@fopen64: for a call of fopen64, by the C library
    frames: tuple

    @property
    def called(self):
        """What the program itself calls."""
        return self.name.rsplit("@", 1)[-1]


@dataclass(frozen=True)
class Fault:
    call: Call
    n: int  # of the calls of that context, from 1
    way: str  # fail, on, short
    error_number: int

    def __str__(self):
        return f"{self.call.context}:{self.n}:{self.way}:{self.error_number}"


@dataclass
class Outcome:
    code: int = 0  # negative: a signal
    out: bytes = b""
    err: bytes = b""
    hangs: bool = False
    calls: list = field(default_factory=list)
    struck: bool = False
    leaks: list = field(default_factory=list)  # (nbytes, Call)
    open_fds: int = 0
    is_reported: bool = False  # it came to its end by exit

    @property
    def said(self):
        return self.err.decode("utf-8", "replace")


def read_report(text, outcome):
    for line in text.splitlines():
        word, *rest = line.split(" ")
        if word == "call":
            outcome.calls.append(Call(rest[0], int(rest[1]), rest[2], tuple(int(at, 16) for at in rest[3:])))
        elif word == "fault":
            outcome.struck = True
        elif word == "leak":
            outcome.leaks.append((int(rest[0]), Call("", 1, rest[1], tuple(int(at, 16) for at in rest[2:]))))
        elif word == "open":
            outcome.open_fds += 1
        elif word == "end":
            outcome.is_reported = True


class Runner:
    """For one thread: a program, the library, and files for its streams."""

    def __init__(self, program, library, folder, home):
        self.program, self.library, self.folder = str(program), str(library), folder
        self.environment = {"LC_ALL": "C", "HOME": str(home), "PATH": "/nowhere"}
        self.files = {name: tempfile.TemporaryFile() for name in ("out", "err", "log")}

    def close(self):
        for file in self.files.values():
            file.close()

    def stdin_of(self, given, stack):
        """A descriptor: of a pipe with these bytes, of a file of that name, or of nothing."""
        if given is None:
            return os.open(os.devnull, os.O_RDONLY), None
        if isinstance(given, str):
            return os.open(os.path.join(self.folder, given), os.O_RDONLY), None
        reading, writing = os.pipe()
        pieces = [given] if isinstance(given, bytes) else given
        os.write(writing, pieces[0])
        if len(pieces) == 1:
            os.close(writing)
            return reading, None
        return reading, writing

    def run(self, arguments, stdin=None, env=(), fault=None, injects=True, stdout=None):
        """`stdin` may be a list of pieces: after each there is nothing for a while. `stdout`: a path instead of a file
        of ours."""
        for file in self.files.values():
            file.seek(0)
            file.truncate()
        log = self.files["log"].fileno()
        environment = self.environment | {
            name: value.replace("@", str(self.folder)) for name, value in dict(env).items()}  # absolute paths
        if injects:
            # What is freed or new is filled, so that who reads it is seen.
            environment |= {"LD_PRELOAD": self.library, "SMCACHE_FAULT_LOG": str(log),
                            "GLIBC_TUNABLES": "glibc.malloc.perturb=85"}
        if fault is not None:
            environment["SMCACHE_FAULT"] = str(fault)
        outcome = Outcome()
        with contextlib.ExitStack() as stack:
            reading, writing = self.stdin_of(stdin, stack)
            out = open(stdout, "wb") if stdout else self.files["out"]
            child = subprocess.Popen([self.program, *arguments], cwd=self.folder, env=environment, stdin=reading,
                                     stdout=out, stderr=self.files["err"], pass_fds=(log,))
            os.close(reading)
            if stdout:
                out.close()
            outcome.hangs = not self.wait(child, writing, stdin)
        outcome.code = child.returncode
        self.files["out"].seek(0)
        self.files["err"].seek(0)
        self.files["log"].seek(0)
        outcome.out, outcome.err = self.files["out"].read(), self.files["err"].read()
        read_report(self.files["log"].read().decode("ascii", "replace"), outcome)
        return outcome

    @staticmethod
    def wait(child, writing, pieces):
        """Whether it ends in time."""
        pidfd = os.pidfd_open(child.pid)
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        ended = False
        try:
            if writing is not None:
                for piece in [*pieces[1:], b""]:
                    if not poll.poll(150):
                        with contextlib.suppress(BrokenPipeError):
                            os.write(writing, piece)
                os.close(writing)
            ended = bool(poll.poll(TIMEOUT_S * 1000))
        finally:
            os.close(pidfd)
            if not ended:
                child.send_signal(signal.SIGKILL)
            child.wait()
        return ended
