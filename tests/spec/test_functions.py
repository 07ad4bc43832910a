#!/usr/bin/env python3
"""Functions of tokens and inlined calls (spec 5.6 to 5.8): all that they may be, and damaged ones.

The program and spec/smcache_reader.py must read the same from what functions.py writes, and find the same faults.
"""

import json
import random
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "spec"), str(ROOT / "tests" / "cli"), str(Path(__file__).resolve().parent)]

from functions import CALL_SITES, FUNCTIONS, INLINED, NAMED, RUN_OFFSETS, RUNS, write_functions
from smcache_functions import KINDS, ORIGINS
from smcache_reader import Cache, FormatError
from support import INPUT, CliTest, main, make_map, run, to_bytes

N_FILES = 60
N_FLIPS = 1500
SIZES = [1, 2, 127, 128, 129, 300]
N_SOURCES = 3
HIDDEN = 1
OF_FUNCTIONS = (RUN_OFFSETS, RUNS, FUNCTIONS, INLINED, CALL_SITES)

# What verify says of a file that has no fault but its digest, at which it looks last.
ONLY_DIGEST = "content digest differs"

NAMES = [("submit", "submit"), ("Checkout.submit", "submit"), ("Checkout#submit", "submit"),
         ("get Checkout.total", "total"), ("set Checkout.total", "total"), ("new Checkout", "Checkout"),
         ("new a.b.C", "C"), ("a[<computed>]", "[<computed>]"), ("a..b", "b"), ("get get x", "x"), (".x", "x"),
         ("new x", "new x"), ("a\tb.c\n", "c\n"), ("\u00fc.\U0001f600", "\U0001f600"), ("\ud800.x", "x"), ("#", "#"),
         ("n.n", "n"), ("n", "n"), ("s.js.x", "x"), ("\x1b[31m.\x9b", "\x9b")]


def tsv(text):
    """As the program prints a text in a field of TSV."""
    text = re.sub("[\ud800-\udfff]", "\ufffd", text or "")
    return text.translate(str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}))


def shown(text):
    """As it is in JSON."""
    return None if text is None else re.sub("[\ud800-\udfff]", "\ufffd", text)


class RandomFile:
    """A map with functions, as Python values; extents are those of nested ranges."""

    def __init__(self, rng, n_tokens):
        self.rng = rng
        self.tokens = []
        for i in range(n_tokens):
            token = (i // 50, 3 * (i % 50))
            self.tokens.append(token + (rng.randrange(N_SOURCES), i, i % 7, *[0] * (i % 2)) * (rng.random() < 0.8))
        self.functions = [(NAMED, rng.randint(1, 6), *name) for name in rng.sample(NAMES, rng.randint(1, len(NAMES)))]
        self.functions += [(kind, rng.randint(1, 6), None, None) for kind in (1, 2) for _ in range(rng.randrange(3))]
        # A class with many methods, so that functions are many too.
        self.functions += [(NAMED, 4, f"K.m{i}", f"m{i}") for i in range(rng.choice([0, 0, 5, 300]))]
        length = rng.choice([1, 2, 10, 100])
        self.of_token, now = [], None
        for i in range(n_tokens):
            if rng.randrange(length) == 0:
                now = rng.choice([None, *self.functions])
            self.of_token.append(now)
        self.extents, self.sites = [], []
        if rng.random() < 0.7:
            self.make_extents(n_tokens // 50 + 2)

    def make_extents(self, n_lines):
        rng = self.rng
        positions = sorted({(rng.randrange(n_lines), rng.randrange(160)) for _ in range(rng.choice([1, 5, 60]))})
        for i in range(rng.choice([0, 1, 10])):
            after = rng.choice([None, *range(i)])
            self.sites.append((rng.randrange(N_SOURCES), rng.randrange(99), rng.randrange(99),
                               rng.choice([None, *self.functions]), after))
        says = [(site, function, flags) for site in [None, *range(len(self.sites))]
                for function in [None, *self.functions[:3]] for flags in (0, HIDDEN)]
        last = (None, None, 0)
        for position in positions:
            last = rng.choice([found for found in says if found != last])
            self.extents.append((*position, *last))
        used = {row[2] for row in self.extents}
        for i in reversed(range(len(self.sites))):  # those that nothing leads to, the last first
            if i not in used:
                self.sites = [(*site[:4], None if site[4] == i else site[4] - (site[4] > i) if site[4] is not None
                               else None) for k, site in enumerate(self.sites) if k != i]
                self.extents = [(line, column, None if at is None else at - (at > i), function, flags)
                                  for line, column, at, function, flags in self.extents]
                used = {None if at is None else at - (at > i) for at in used}
            elif self.sites[i][4] is not None:
                used.add(self.sites[i][4])

    def source_map(self):
        return make_map(self.tokens, [f"{i}.js" for i in range(N_SOURCES)], ["n"], ignoreList=[1])

    def frames(self, line, column):
        """(source, source_line, source_column, function), is_hidden, by a scan."""
        site, found, flags = next(((site, function, flags) for *position, site, function, flags
                                   in reversed(self.extents) if position <= [line, column]), (None, None, 0))
        at = max((i for i, token in enumerate(self.tokens) if token[0] == line and token[1] <= column), default=None)
        of_token = None if at is None else self.of_token[at]
        if at is not None and len(self.tokens[at]) > 2:
            frames = [(*self.tokens[at][2:5], of_token)]
        else:
            frames = [(None, None, None, of_token if found is None else found)]
            if frames[0][3] is None and site is None and not flags:
                return [], False
        while site is not None:
            frames.append(self.sites[site][:4])
            site = self.sites[site][4]
        return frames, bool(flags)


class FunctionTest(CliTest):
    def written(self, made):
        """The file without its functions, and with them."""
        path = self.folder / "plain.smcache"
        self.succeed("build", "-", "-o", path, "--sources=none", stdin=to_bytes(made.source_map()))
        plain = path.read_bytes()
        return plain, write_functions(plain, Cache(plain), made.of_token, made.extents, made.sites, made.rng)

    def assert_only_the_digest_is_wrong(self, path):
        self.assertIn(ONLY_DIGEST, self.fail_with(INPUT, "verify", path).message)


class Random(FunctionTest):
    def test_random_files(self):
        rng = random.Random(30)
        n_frames = 0
        for i in range(N_FILES):
            made = RandomFile(random.Random(rng.getrandbits(64)), SIZES[i % len(SIZES)])
            with self.subTest(i):
                _, data = self.written(made)
                path, cache = self.write("x.smcache", data), Cache(data)
                self.assert_only_the_digest_is_wrong(path)
                cache.functions.check_all()
                self.check_functions(made, path, cache)
                n_frames += self.check_frames(made, path, cache)
        self.assertGreater(n_frames, 1000)

    def check_functions(self, made, path, cache):
        indices = list(map(cache.token_function, range(len(cache))))
        self.assertEqual([None if index is None else cache.function(index) for index in indices], made.of_token)
        rows = [row.split("\t") for row in self.succeed("dump", path).text.split("\n")[:-1]]
        self.assertEqual([row[6:] for row in rows],
                         [["", ""] if index is None else [str(index), tsv(cache.function(index).name)]
                          for index in indices])
        expected = []
        for i in range(cache.functions.n):
            kind, origin, name, last = cache.function(i)
            expected.append(f"{i}\t{KINDS[kind]}\t{ORIGINS[origin]}\t{tsv(name)}\t{tsv(last)}\n")
        self.assertEqual(self.succeed("dump", path, "--functions").text, "".join(expected))
        info = json.loads(self.succeed("info", path, "--json").text)
        self.assertEqual(info["n_functions"], cache.functions.n)
        origins = [cache.function(i).origin for i in range(cache.functions.n)]
        of_tokens = [function[1] for function in made.of_token if function]
        self.assertEqual(info["functions"], [
            {"origin": ORIGINS[k], "n_functions": origins.count(k), "n_tokens": of_tokens.count(k)}
            for k in range(1, 7) if k in origins])
        self.assertEqual(info["function_nbytes"], sum(
            section.nbytes for section_id, section in cache.sections.items() if section_id in OF_FUNCTIONS))

    def check_frames(self, made, path, cache):
        queries = [(made.rng.randrange(8), made.rng.randrange(170)) for _ in range(60)]
        queries += [row[:2] for row in made.extents]
        stdin = "".join(f"{line}:{column}\n" for line, column in queries).encode()
        bases = "--line-base=0", "--column-base=0"
        rows = self.succeed("lookup", path, "-", "--format=json", "--frames", *bases, stdin=stdin).text.splitlines()
        n_frames = 0
        for query, row in zip(queries, map(json.loads, rows)):
            frames, is_hidden = made.frames(*query)
            found = cache.frames(*query)
            self.assertEqual([(*frame[:3], None if frame.function is None else cache.function(frame.function))
                              for frame in found], frames)
            self.assertEqual([frame.is_hidden for frame in found], [is_hidden and i == 0 for i in range(len(frames))])
            self.assertEqual(row["hidden"], is_hidden)
            self.assertEqual(row["frames"], list(map(self.frame_json, frames)))
            first = self.frame_json(frames[0]) if frames else self.frame_json((None, None, None, None))
            self.assertEqual({key: row[key] for key in first}, first)
            n_frames += len(frames)
        return n_frames

    @staticmethod
    def frame_json(frame):
        source, line, column, function = frame
        kind, origin, name, last = function or (None, None, None, None)
        return {"source": None if source is None else f"{source}.js", "source_line": line, "source_column": column,
                "function": shown(name), "mapped": source is not None, "ignored": source == 1,
                "function_last": shown(last), "function_kind": kind and KINDS[kind],
                "function_origin": origin and ORIGINS[origin]}


class Damage(FunctionTest):
    """A damaged file is refused with FormatError, or something else is read from it; nothing else happens."""

    @staticmethod
    def read_everything(data):
        cache = Cache(data)
        functions = [cache.function(i) for i in range(cache.functions.n)]
        of_tokens = [cache.token_function(i) for i in range(len(cache))]
        frames = [cache.frames(line, column) for line in range(4) for column in range(0, 160, 7)]
        cache.functions.check_all()
        return functions, of_tokens, frames

    def test_flips(self):
        """What the Python reader takes for good, the program does too, and the other way round."""
        rng = random.Random(31)
        made = RandomFile(random.Random(4), 140)
        while len(made.sites) < 3 or len(made.functions) > 40 or not any(made.of_token):
            made = RandomFile(random.Random(rng.getrandbits(64)), 140)
        _, good = self.written(made)
        expected = self.read_everything(good)
        sections = [Cache(good).sections[section_id] for section_id in OF_FUNCTIONS]
        places = [section.off + i for section in sections for i in range(section.nbytes)]
        n_refused = n_different = 0
        for _ in range(N_FLIPS):
            data = bytearray(good)
            at = rng.choice(places)
            data[at] ^= 1 << rng.randrange(8)
            path = self.write("x.smcache", data)
            try:
                n_different += self.read_everything(bytes(data)) != expected
                is_good = True
            except FormatError as error:
                self.assertRegex(str(error), r"\Aspec section \d(\.\d)*: .")
                n_refused += 1
                is_good = False
            message = run("verify", path).message
            if data[at] ^ good[at] in (2, 4, 8, 16, 32, 64, 128) and "unknown flag of an extent" in message:
                continue  # a reader ignores it
            if is_good != (ONLY_DIGEST in message):
                # What only verify looks at.
                self.assertRegex(message, "guard |bad group of an offset list|offset list are not zero", f"byte {at}")
        self.assertGreater(n_refused, N_FLIPS // 3)
        self.assertGreater(n_different, 0)


if __name__ == "__main__":
    main()
