"""Runs a program below the library that lets its calls fail (faults.h), and reads what that reports."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

TIMEOUT_S = 120  # against hangs only
PAUSE_MS = 150  # longer than symbolicate waits for what may follow
ERASED = re.compile(rb"[^\n]*\r\x1b\[K")  # a bar, whose time decides whether it is drawn
OFD_SETLK = 37  # F_OFD_SETLK of Linux


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

    def all(self):
        return [self]

    def __str__(self):
        return f"{self.call.context}:{self.n}:{self.way}:{self.error_number}"


@dataclass(frozen=True)
class Pair:
    """A fault, and another of what is called because of the first."""
    first: Fault
    second: Fault

    def all(self):
        return [self.first, self.second]

    def __str__(self):
        return f"{self.first} {self.second}"


@dataclass
class Outcome:
    code: int = 0  # negative: a signal
    out: bytes = b""
    err: bytes = b""
    hangs: bool = False
    calls: list = field(default_factory=list)
    n_struck: int = 0
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
            outcome.n_struck += 1
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

    def stdin_of(self, given):
        """A descriptor, and that of the other end if it is to be kept."""
        if given is None or given == "closed":
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

    def hold(self, name):
        """Takes all locks of a file, as somebody else would: of this opening of it."""
        fd = os.open(os.path.join(self.folder, name), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.fcntl(fd, OFD_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        return fd

    def run(self, arguments, stdin=None, env=(), fault=None, injects=True, stdout=None, on_terminal=False, holds=""):
        """`stdout`: a path instead of a file of ours."""
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
            def closing(fd):
                stack.callback(os.close, fd)
                return fd

            reading, writing = self.stdin_of(stdin)
            closing(reading)
            out = stack.enter_context(open(stdout, "wb")) if stdout else self.files["out"]
            err = self.files["err"]
            if on_terminal:
                ours, err = map(closing, pty.openpty())
            if holds:
                closing(self.hold(holds))
            child = subprocess.Popen([self.program, *arguments], cwd=self.folder, env=environment, stdin=reading,
                                     stdout=out, stderr=err, pass_fds=(log,),
                                     preexec_fn=(lambda: os.close(0)) if stdin == "closed" else None)
            outcome.hangs = not self.wait(child, writing, stdin)
            if on_terminal:  # what it says there is little enough to wait for us
                os.set_blocking(ours, False)
                with contextlib.suppress(BlockingIOError):
                    while piece := os.read(ours, 65536):
                        outcome.err += piece
                outcome.err = ERASED.sub(b"", outcome.err.replace(b"\r\n", b"\n"))
        outcome.code = child.returncode
        self.files["out"].seek(0)
        self.files["err"].seek(0)
        self.files["log"].seek(0)
        outcome.out = self.files["out"].read()
        outcome.err = outcome.err or self.files["err"].read()
        read_report(self.files["log"].read().decode("ascii", "replace"), outcome)
        return outcome

    def wait(self, child, writing, pieces):
        """Whether it ends in time."""
        pidfd = os.pidfd_open(child.pid)
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        ended = False
        try:
            if writing is not None:
                for piece in pieces[1:]:
                    if poll.poll(PAUSE_MS):
                        break
                    if callable(piece):
                        piece(Path(self.folder))
                    else:
                        with contextlib.suppress(BrokenPipeError):
                            os.write(writing, piece)
                poll.poll(PAUSE_MS)
                os.close(writing)
            ended = bool(poll.poll(TIMEOUT_S * 1000))
        finally:
            os.close(pidfd)
            if not ended:
                child.send_signal(signal.SIGKILL)
            child.wait()
        return ended
