"""What the peers say of each input: by processes of worker.js, kept in the cache of the corpus."""

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


def run_node(script, tools, **options):
    env = dict(os.environ, NODE_PATH=tools)
    return subprocess.Popen(["node", f"--stack-size={STACK_KBYTES}", "--max-old-space-size=6000", str(HERE / script)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, **options)


class Worker:
    """worker.js in a process of its own, which ends with its stdin."""

    def __init__(self, tools):
        self.process = run_node("worker.js", tools)

    def ask(self, **request):
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


class Oracle:
    def __init__(self, packages, cache, jobs):
        self.tools = node_path(packages, cache)
        self.jobs = jobs
        digest = hashlib.sha256(self.tools.encode())
        for name in CODE:
            digest.update((HERE / name).read_bytes())
        self.folder = cache / f"names-oracle-{digest.hexdigest()[:12]}"

    def path(self, found):
        language = "tsx" if found.language == "tsx" else "ts" if found.language == "ts" else "js"
        return self.folder / found.digest[:2] / f"{found.digest[2:32]}.{language}.json"

    def answer(self, found):
        """{"functions": rows of worker.js or None, "failed": {peer: message}, "disagreement": text or None}"""
        return json.loads(self.path(found).read_bytes())

    def prepare(self, inputs):
        """Asks what has not been asked before."""
        missing = [found for found in inputs if not self.path(found).exists()]
        if not missing:
            return
        say(f"asking the peers about {len(missing)} files")
        # The largest first, so that no worker is left with one at the end.
        missing.sort(key=lambda found: -os.path.getsize(found.path))
        workers = SimpleQueue()
        for _ in range(self.jobs):
            workers.put(Worker(self.tools))

        def ask(found):
            out = self.path(found)
            out.parent.mkdir(parents=True, exist_ok=True)
            worker = workers.get()
            try:
                worker.ask(path=found.path, language=out.suffixes[-2][1:], out=str(out))
            finally:
                workers.put(worker)

        with ThreadPoolExecutor(self.jobs) as pool:
            for _ in pool.map(ask, missing):
                pass
        for _ in range(self.jobs):
            workers.get().close()
