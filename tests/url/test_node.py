"""URLs against those of Node, `new URL(text, base).href`, for random texts and bases with a fixed seed."""

import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import cases

ROOT = Path(__file__).resolve().parent.parent.parent
RESOLVER = Path(os.environ.get("SMCACHE_BUILD") or ROOT / "build" / "check", "tests", "unit", "test_url").resolve()

N_PAIRS = 20000
SEED = 426

IN_NODE = """
const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(pairs.map(([text, base]) => {
    try {
        return new URL(text, base ?? undefined).href;
    } catch (error) {
        if (error.code !== "ERR_INVALID_URL") throw error;
        return null;
    }
})));
"""


def run(*command, text):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout


def by_node(pairs):
    """A result each, or None."""
    return json.loads(run("node", "-e", IN_NODE, text=json.dumps(pairs)))


def by_us(pairs):
    """A result each, or "!" and the reason."""
    def encode(text):
        return (text or "").encode("utf-8", "surrogatepass").hex()

    lines = "".join(f"{encode(base)}\t{encode(text)}\n" for text, base in pairs)
    return run(str(RESOLVER), "--resolve", text=lines).split("\n")[:-1]


def modern(href):
    """As of November 2024 paths encode "^", and as of 2025 opaque ones a last space; Node 20 does neither."""
    return re.sub(r" (?=[?#])", "%20", href).replace("^", "%5E")


def exception(text, base, node, ours):
    """The name of the known reason why the two differ; None if there is none."""
    if ours == "!host that is not ASCII, which is not supported":
        return "no IDNA"
    if node is None and "xn--" in re.sub(r"[\t\n\r]", "", text + (base or "")).lower() and not ours.startswith("!"):
        return "xn-- is not checked"
    if node is not None and modern(node) == modern(ours):
        return "older standard"
    # It sees no opaque path where the text has a fragment.
    if node is not None and ours == "!URL relative to a base that has no path of segments" and "#" in text[1:]:
        return "fault of Node 20"
    return None


def compare(pairs):
    """The differences that have no name, and the number of those that have one, by name."""
    node, ours = by_node(pairs), by_us(pairs)
    assert len(node) == len(ours) == len(pairs)
    faults, names = [], collections.Counter()
    for pair, theirs, mine in zip(pairs, node, ours):
        if (theirs is None) == mine.startswith("!") and (theirs is None or theirs == mine):
            continue
        name = exception(*pair, theirs, mine)
        if name is None:
            faults.append((*pair, theirs, mine))
        else:
            names[name] += 1
    return faults, names


@unittest.skipUnless(shutil.which("node"), "node is not here")
class AgainstNode(unittest.TestCase):
    maxDiff = None

    def test_random_urls(self):
        pairs = cases.pairs(random.Random(SEED), N_PAIRS)
        faults, names = compare(pairs)
        self.assertEqual(faults[:20], [], "text, base, Node's, ours")
        self.assertLess(sum(names.values()), N_PAIRS / 20, names)

    def test_enough_of_them_are_urls(self):
        urls = [url for url in by_us(cases.pairs(random.Random(SEED), N_PAIRS)) if not url.startswith("!")]
        self.assertGreater(len(urls), N_PAIRS / 6)
        # Whatever a URL is, parsing it changes nothing.
        self.assertEqual(by_us([(url, None) for url in urls]), urls)

    def test_differences_are_seen(self):
        self.assertIsNone(exception("x", "http://h", "http://h/x", "http://h/y"))
        self.assertIsNone(exception("x", "http://h", None, "http://h/x"))
        self.assertIsNone(exception("x", "http://h", "http://h/x", "!no host"))


if __name__ == "__main__":
    unittest.main()
