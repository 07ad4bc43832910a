"""What the fuzzer starts from: for each target its seeds and its words, as bytes."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ["javascript", "typescript", "tsx"]
WORD = re.compile(rb"[A-Za-z_$]+|=>|\.\.\.|\?\.|\?\?=?|\+\+|--|<!--|-->|</|/>|\$\{|[!-/:-@\[-`{-~]")


def unmark(line):
    """The text of a line of tests/unit/snippets."""
    text = line.rsplit(" ⇒", 1)[0]
    for mark, meaning in {"«": "", "»": "", "⏎": "\n", "␍": "\r", "␤": "\u2028"}.items():
        text = text.replace(mark, meaning)
    return re.sub("⟨([0-9a-f]+)⟩", lambda match: chr(int(match[1], 16)), text)


def snippets():
    """(language, text) of each line of tests/unit/snippets."""
    for path in sorted((ROOT / "tests/unit/snippets").glob("*.txt")):
        first, *lines = path.read_text(encoding="utf-8").split("\n")
        for line in lines:
            if line and not line.startswith("# "):
                yield first.removeprefix("language "), unmark(line)


def of_javascript():
    seeds = [bytes([LANGUAGES.index(language)]) + text.encode() for language, text in snippets()]
    words = {word for seed in seeds for word in WORD.findall(seed[1:])}
    return seeds, sorted(word for word in words if len(word) > 1)


SEEDS = {"javascript": of_javascript}
