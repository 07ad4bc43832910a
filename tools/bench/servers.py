"""Processes that answer a line with a line: ours in C, the peers in JavaScript."""

import subprocess
from pathlib import Path


class ServerFailed(Exception):
    """A process ended before its time; the text says which."""


class Server:
    def __init__(self, name, command, environment=None):
        self.name = name
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment, text=True, encoding="utf-8")

    def ask(self, request):
        try:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self.process.kill()
            raise ServerFailed(f"{self.name}: ended at {request.split()[0]!r} (exit {self.process.wait()})")
        return answer.rstrip("\n")

    def number(self, request):
        return float(self.ask(request))

    def resident(self):
        """Bytes of its memory that are there now, pages of mapped files too."""
        text = Path(f"/proc/{self.process.pid}/status").read_text("ascii", errors="replace")
        return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("VmRSS:"))

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Processes(Server):
    """Starts whole processes; see processes.c."""

    def __init__(self, program, environment=None):
        super().__init__("bench_ours processes", [program, "processes"], environment)

    def run(self, command, output="/dev/null", stdin="/dev/null"):
        """(nanoseconds, peak memory in bytes)"""
        words = [str(word) for word in (stdin, output, *command)]
        if any("\t" in word or "\n" in word for word in words):
            raise ServerFailed(f"a tab or a line end in {words}")
        ns, peak, status = map(int, self.ask("\t".join(words)).split())
        if status != 0:
            raise ServerFailed(f"{' '.join(words[2:])}: exit {status}")
        return ns, peak * 1024
