"""Processes of worker.js, which ask the peers; what they say is kept in the cache folder of the corpus."""

import hashlib
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from corpus import CorpusError, node_path, say

HERE = Path(__file__).resolve().parent
CODE = ["worker.js", "oracle.js", "parsers.js", "estree.js", "typescript.js", "rules.js", "text.js"]

# Parsers recurse over nested code; the usual stack of a thread holds this (KiB).
STACK_KBYTES = 7000
HEAP_MBYTES = 6000  # the tree of a bundle takes a hundred times its text


class Worker:
    """worker.js in a process of its own, which ends with its stdin."""

    def __init__(self, tools):
        options = [f"--stack-size={STACK_KBYTES}", f"--max-old-space-size={HEAP_MBYTES}"]
        self.process = subprocess.Popen(["node", *options, str(HERE / "worker.js")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=dict(os.environ, NODE_PATH=tools))

    def ask(self, request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise CorpusError(f"worker.js ended (exit {self.process.wait()}) at {request['path']}")
        error = json.loads(answer)["error"]
        if error:
            raise CorpusError(f"worker.js at {request['path']}: {error}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Peers:
    def __init__(self, tools, cache, jobs):
        self.tools = node_path(tools, cache)
        self.cache = cache
        self.jobs = jobs

    def folder(self, name, *more_code):
        """Where answers are kept; other code gives other answers."""
        digest = hashlib.sha256(self.tools.encode())
        for path in [*CODE, *more_code]:
            digest.update((HERE / path).read_bytes())
        return self.cache / f"names-{name}-{digest.hexdigest()[:12]}"

    def ask(self, what, requests):
        """Sends what has not been asked before; a request's answer is in its file `out`."""
        missing = [request for request in requests if not os.path.exists(request["out"])]
        if not missing:
            return
        say(f"asking the peers about {len(missing)} {what}")
        # The largest first, so that no worker is left with one at the end.
        missing.sort(key=lambda request: -os.path.getsize(request["path"]))
        workers = SimpleQueue()
        for _ in range(self.jobs):
            workers.put(Worker(self.tools))

        def ask(request):
            Path(request["out"]).parent.mkdir(parents=True, exist_ok=True)
            worker = workers.get()
            try:
                worker.ask(request)
            finally:
                workers.put(worker)

        with ThreadPoolExecutor(self.jobs) as pool:
            for _ in pool.map(ask, missing):
                pass
        for _ in range(self.jobs):
            workers.get().close()
