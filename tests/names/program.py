"""`smcache functions --json` over many files."""

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

BATCH_NBYTES = 4 << 20
BATCH_FILES = 100
TIMEOUT_S = 60  # the largest file takes a fraction of a second


def batches(inputs):
    batch, nbytes = [], 0
    for found in inputs:
        batch.append(found)
        nbytes += os.path.getsize(found.path)
        if nbytes >= BATCH_NBYTES or len(batch) >= BATCH_FILES:
            yield batch
            batch, nbytes = [], 0
    if batch:
        yield batch


def failed(message):
    return {"status": "failed", "reason": message, "line": None, "column": None, "functions": []}


class Program:
    def __init__(self, path):
        self.path = path
        self.seconds = 0.0  # of all runs

    def run(self, batch):
        """(the objects printed, a message where the run failed)"""
        command = [self.path, "functions", "--json", *(found.path for found in batch)]
        start = time.monotonic()
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return [], f"no end within {TIMEOUT_S} s"
        finally:
            self.seconds += time.monotonic() - start
        try:
            said = [json.loads(line) for line in done.stdout.splitlines()]
        except ValueError as error:
            return [], f"no JSON: {error}"
        if done.returncode != 0 or [s["file"] for s in said] != [found.path for found in batch]:
            text = done.stderr.decode(errors="replace").strip().splitlines()
            return said, f"exit {done.returncode}, {len(said)} of {len(batch)} files {text[-1] if text else ''}"
        return said, None

    def functions(self, batch):
        """One object for each file; that of a file on which the program fails has a status of its own."""
        said, message = self.run(batch)
        if message is None:
            return said
        if len(batch) == 1:
            return [said[0] if said and said[0]["status"] != "followed" else failed(message)]
        return [self.functions([found])[0] for found in batch]

    def all_functions(self, inputs, jobs):
        """(input, object) of each, in order."""
        with ThreadPoolExecutor(jobs) as pool:
            parts = list(batches(inputs))
            for batch, said in zip(parts, pool.map(self.functions, parts)):
                yield from zip(batch, said)
