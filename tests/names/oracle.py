"""What functions each input has, by the peers."""

import json


class Oracle:
    def __init__(self, peers):
        self.peers = peers
        self.folder = peers.folder("oracle")

    def request(self, found):
        language = {"jsx": "js"}.get(found.language, found.language)
        out = self.folder / found.digest[:2] / f"{found.digest[2:32]}.{language}.json"
        return {"op": "functions", "path": found.path, "language": language, "out": str(out)}

    def prepare(self, inputs):
        self.peers.ask("files", [self.request(found) for found in inputs])

    def answer(self, found):
        """{"functions": rows of worker.js or None, "failed": {peer: message}, "disagreement": text or None}"""
        with open(self.request(found)["out"], "rb") as f:
            return json.load(f)
