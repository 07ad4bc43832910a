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


def is_old_node():
    """Whether it is one that knows nothing of November 2024, when paths got to encode "^"."""
    return by_node([("http://h/^", None)]) == ["http://h/^"]


def folded(href):
    """What older Nodes make of a result and what the standard makes of it, told apart no more.

    They encode neither "^" nor the last space of an opaque path, drop the empty query of a base, and where ".." leads
    above the root of a scheme that is not special they drop the root, too.
    """
    href = re.sub(r" (?=[?#])", "%20", href).replace("^", "%5E")
    href = re.sub(r"^([^?#]*)\?(?=#|$)", r"\1", href)
    return re.sub(r"^([^/?#]*:(?://[^/?#]*)?)/(?=[?#]|$)", r"\1", href)


def fault_of_old_node(text, node, ours):
    if node is None:
        return None
    if ours == "!URL relative to a base that has no path of segments" and "#" in text[1:]:
        return "opaque base not seen because of a fragment"
    if re.match(r"file://[^/]*/[A-Za-z]:[^/?#]", node) and ours.startswith("file:"):
        return "segment taken for a drive because of its first two characters"
    if folded(node) == folded(ours):
        return "other forms of older Nodes"
    has_dots = re.search(r"/\.\.?(?=[/?#]|$)", node)
    return "dots that stay after a segment that starts with one" if has_dots else None


def exception(text, base, node, ours, is_old):
    """The name of the known reason why the two differ; None if there is none."""
    if ours == "!host that is not ASCII, which is not supported":
        return "no IDNA"
    if node is None and "xn--" in re.sub(r"[\t\n\r]", "", text + (base or "")).lower() and not ours.startswith("!"):
        return "xn-- is not checked"
    return fault_of_old_node(text, node, ours) if is_old else None


def compare(pairs):
    """The differences that have no name, and the number of those that have one, by name."""
    node, ours, is_old = by_node(pairs), by_us(pairs), is_old_node()
    assert len(node) == len(ours) == len(pairs)
    faults, names = [], collections.Counter()
    for pair, theirs, mine in zip(pairs, node, ours):
        if (theirs is None) == mine.startswith("!") and (theirs is None or theirs == mine):
            continue
        name = exception(*pair, theirs, mine, is_old)
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
        for is_old in False, True:
            self.assertIsNone(exception("x", "http://h", "http://h/x", "http://h/y", is_old))
            self.assertIsNone(exception("x", "http://h", None, "http://h/x", is_old))
            self.assertIsNone(exception("x", "http://h", "http://h/x", "!no host", is_old))
        self.assertIsNone(exception("^", "http://h", "http://h/^", "http://h/%5E", False))


if __name__ == "__main__":
    unittest.main()
