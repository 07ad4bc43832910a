"""The npm client, used as configured: a mirror or proxy set there is honoured."""

import re
import shutil
import subprocess

from corpus import CorpusError, Unavailable

TIMEOUT_S = 300  # without any answer npm itself goes on for longer

# What npm calls it when the registry is not reached, as opposed to one that says no.
UNREACHED = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|"
                       r"ERR_SOCKET_TIMEOUT|ENOTCACHED)\b")


def run_npm(label, args, folder):
    """Runs npm in `folder`, whose project is the only one to take part. Scripts of packages never run."""
    if shutil.which("npm") is None:
        raise Unavailable("npm is not on PATH (Debian: apt-get install npm)")
    command = ["npm", *args, "--loglevel=error", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{label}: npm {args[0]} gave no answer within {TIMEOUT_S} s") from None
    if done.returncode != 0:
        message = f"{label}: npm {args[0]} failed (exit {done.returncode}):\n{done.stderr.strip()}"
        raise (Unavailable if UNREACHED.search(done.stderr) else CorpusError)(message)
