#!/usr/bin/env python3
"""Blocks of tokens (spec 5.2, 5.3): what the builder makes of them, all else that they may be, and damaged ones.

The program and spec/smcache_reader.py must read the same from what blocks.py writes, and refuse what it writes wrong.
"""

import random
import sys
from bisect import bisect_right
from itertools import product
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "spec"), str(ROOT / "tests" / "cli"), str(Path(__file__).resolve().parent)]

from blocks import (
    BASES, BLOCKS, FOLLOW_COLUMN, FOLLOW_LINE, LINES, N_TOKENS, NAME_SLOTS, NAMES, NONE, SOURCES, SPARSE_NAMES,
    SPARSE_SOURCES, Block, blocks_of, replace_sections, write_tokens)
from smcache_reader import Cache, FormatError
from support import DONE, INPUT, PARTIAL, CliTest, main, make_map, run, to_bytes

N_SOURCES = 3
N_NAMES = 300
FAR = NONE - 1  # the last source line, or column
FAR_LINE = 0x7FFFFFFE  # the last generated line
SIZES = [2, 3, 9, 64, 127, 128, 129, 300]
N_LOOKUPS = 100
N_FLIPS = 600

# What verify says of a file of blocks.py that has no fault but its digest, at which it looks last.
ONLY_DIGEST = "content digest differs"

# Every set of flags that may be.
ALL_FLAGS = {
    lines | sources | names
    for lines in (0, LINES)
    for sources in (0, *(SOURCES | sparse | line | column for sparse, line, column in product(
        (0, SPARSE_SOURCES), (0, FOLLOW_LINE), (0, FOLLOW_COLUMN))))
    for names in (0, *(NAMES | sparse | slots for sparse, slots in product((0, SPARSE_NAMES), (0, NAME_SLOTS))))}

# Those that maps lead to: names only with sources, and source lines follow nothing that stays the same.
BUILT_FLAGS = {flags for flags in ALL_FLAGS if
               not (flags & NAMES and not flags & SOURCES) and
               not (flags & NAMES and flags & SPARSE_SOURCES and not flags & SPARSE_NAMES) and
               not (flags & FOLLOW_LINE and not flags & LINES)}

# Source line and source column of token i at a line and column.
ORIGINALS = [
    lambda rng, line, column, i: (7, 9),
    lambda rng, line, column, i: (min(line + 3, FAR), max(column - 3, 0)),
    lambda rng, line, column, i: (i * 3 + rng.randrange(3), i),
    lambda rng, line, column, i: (4000 - i * 7 - rng.randrange(2), 500 - i),
    lambda rng, line, column, i: (rng.choice([0, 1, FAR]), rng.choice([0, 50, FAR])),
]


def walk(rng, n, steps):
    """Generated lines, or columns on one line."""
    value = rng.choice([0, 0, 7, 100_000])
    for _ in range(n):
        yield value
        value += rng.choice(steps)


def positions(rng, n, has_lines, is_far):
    """Generated positions, sorted; is_far: low parts must have bits."""
    near = [[1], [0, 0, 0, 0, 0, 0, 1]] if has_lines else [[0], [1], [0, 0, 0, 1]]
    steps = rng.choice([[0, 1, 2000, 50_000], [100_000], None] if is_far else near)
    far = FAR_LINE if has_lines else FAR
    primary = list(walk(rng, n, steps)) if steps else [0, *rng.choices([0, 1, 500, far - 1, far], k=n - 2), far]
    if has_lines:
        return sorted((line, rng.choice([0, 3, rng.randrange(90), FAR])) for line in primary)
    line = rng.choice([0, 5, FAR_LINE])
    return [(line, column) for column in sorted(primary)]


def add_originals(rng, generated, flags, original=ORIGINALS[0], few_names=None):
    """Tokens at generated positions, with sources and names as flags of a block have it."""
    few = rng.sample(range(N_NAMES), few_names or rng.choice([1, 2, 6, N_NAMES]))
    tokens = []
    for i, (line, column) in enumerate(generated):
        token = [line, column, None, None, None, None]
        if flags & SOURCES and (not flags & SPARSE_SOURCES or i % 4 == 0 or i % 4 > 1 and rng.random() < 0.5):
            token[2:5] = rng.randrange(N_SOURCES), *original(rng, line, column, i)
        if flags & NAMES and (not flags & SPARSE_NAMES or i % 4 == 0 or i % 4 > 1 and rng.random() < 0.5):
            token[5] = rng.choice(few)
        tokens.append(tuple(token))
    return tokens


class BlockTest(CliTest):
    """Files of which the names and sources come from the builder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sources, cls.names = [f"{i}.js" for i in range(N_SOURCES)], [f"n{i}" for i in range(N_NAMES)]
        cls.other = run("build", "-", stdin=to_bytes(make_map([(0, 0)], cls.sources, cls.names))).out

    def written(self, blocks):
        """A file with these blocks."""
        return write_tokens(self.other, blocks)

    def check_tokens(self, tokens, data, rng, n_lookups=N_LOOKUPS):
        """The Python reader and the program must find these tokens in a file."""
        cache = Cache(data)
        self.assertEqual(list(cache), tokens)
        path = self.write("x.smcache", data)
        rows = ["\t".join("" if value is None else str(value) for value in token[:5]) for token in tokens]
        names = ["" if token[5] is None else self.names[token[5]] for token in tokens]
        self.assertEqual(self.tokens(path), "".join(f"{row}\t{name}\n" for row, name in zip(rows, names)))
        queries = sorted(self.queries(rng, tokens, n_lookups))
        stdin = "".join(f"{line}:{column}\n" for line, column in queries).encode()
        keys = [token[:2] for token in tokens]
        for across_lines in False, True:
            expected = []
            for query in queries:
                i = bisect_right(keys, query) - 1
                is_mapped = i >= 0 and (across_lines or keys[i][0] == query[0]) and tokens[i][2] is not None
                self.assertEqual(cache.lookup(*query, across_lines), tokens[i] if is_mapped else None)
                fields = [self.sources[tokens[i][2]], *map(str, tokens[i][3:5]), names[i]] if is_mapped else [""] * 4
                expected.append([*map(str, query), *fields])
            out = self.succeed("lookup", path, "-", "--format=tsv", "--line-base=0", "--column-base=0",
                               *["--across-lines"] * across_lines, stdin=stdin).text
            self.assertEqual([row.split("\t")[:6] for row in out.split("\n")[:-1]], expected)
        return path

    @staticmethod
    def queries(rng, tokens, n):
        yield from [(0, 0), (FAR, FAR), (tokens[0][0], FAR), (tokens[-1][0], FAR)]
        for line, column, *_ in rng.choices(tokens, k=n):
            line += rng.choice([0, 0, 0, 0, 0, 1, -1, 1000])
            column += rng.choice([0, 0, 1, -1, 2, 70, -1000])
            yield min(max(line, 0), FAR), min(max(column, 0), FAR)

    def verdict(self, path):
        """What verify says of a file, whose digest at least is wrong."""
        return self.fail_with(INPUT, "verify", path).message


class Written(BlockTest):
    def check(self, blocks, rng, n_lookups=N_LOOKUPS):
        tokens = sum((block.tokens for block in blocks), [])
        path = self.check_tokens(tokens, self.written(blocks), rng, n_lookups)
        self.assertIn(ONLY_DIGEST, self.verdict(path))

    def test_flags(self):
        rng = random.Random(5)
        for flags, is_far, is_tight in product(sorted(ALL_FLAGS), (False, True), (True, False)):
            generated = positions(rng, N_TOKENS if is_tight else rng.choice(SIZES), flags & LINES, is_far)
            tokens = add_originals(rng, generated, flags, rng.choice(ORIGINALS))
            blocks = blocks_of(tokens, flags, None if is_tight else rng)
            with self.subTest(flags=f"{flags:08b}", is_far=is_far, is_tight=is_tight):
                self.check(blocks, rng)
                if is_tight:
                    self.assertEqual((blocks[0].flags, blocks[0].low_width > 0), (flags, is_far))

    def test_runs(self):
        """Tokens with one high part are ones in a row in highs: of all lengths, and across all bytes."""
        rng = random.Random(6)
        blocks = []
        for length in (1, 2, 4, 5, 8, 55, 56, 57, 58, 59, 63, 64, 65, 119, 120, 127, 128):
            for before in (0, 1, 2, 5, 7, 8, 9, 30, 31, 32, 60, 66, 71):
                if before + length > N_TOKENS:
                    continue
                first = N_TOKENS * len(blocks)
                lines = [*range(before), *[before] * length, *range(before + 1, N_TOKENS)]
                generated = [(first + line, i // 2) for i, line in enumerate(lines[:N_TOKENS])]
                blocks.append(Block(add_originals(rng, generated, SOURCES | SPARSE_SOURCES), 0))
        self.assertLessEqual({0, LINES}, {block.flags & LINES for block in blocks})
        self.assertFalse(any(block.low_width for block in blocks))
        self.check(blocks, rng, 20_000)

    def test_gaps(self):
        """High parts that no token has are zeros in a row."""
        rng = random.Random(7)
        for has_lines in False, True:
            blocks = []
            for n_low, middle in product((1, 2, 3, 60, 126, 127), (1, 6, 7, 8, 9, 55, 56, 57, 58, 63, 64, 65, 126)):
                first = N_TOKENS * len(blocks)
                primary = [*[0] * n_low, *[middle] * (N_TOKENS - 1 - n_low), N_TOKENS - 1]
                generated = [(first + k, i) if has_lines else (4, first + k) for i, k in enumerate(primary)]
                blocks.append(Block(add_originals(rng, generated, SOURCES), 0))
            self.assertFalse(any(block.low_width for block in blocks))
            self.check(blocks, rng, 20_000)

    def test_line_slope(self):
        rng = random.Random(8)
        blocks = []
        for line_slope in range(256):
            generated = [(line_slope, column) for column in range(N_TOKENS)]
            block = Block(add_originals(rng, generated, SOURCES, ORIGINALS[line_slope % len(ORIGINALS)]), 0)
            steps = [line_slope * i // 16 - 8 * i for i in range(N_TOKENS)]
            block.fields[1] = [token[3] - step & NONE for token, step in zip(block.tokens, steps)]
            block.bases[1], block.widths[1], block.line_slope = 0, 32, line_slope
            blocks.append(block)
        self.check(blocks, rng)


class Built(BlockTest):
    """What the builder makes of maps for which there is a best set of flags."""

    def check(self, tokens, rng):
        """The headers of the blocks that it makes of tokens."""
        rows = [[value for value in token if value is not None] for token in tokens]
        data = run("build", "-", stdin=to_bytes(make_map(rows, self.sources, self.names))).out
        self.succeed("verify", self.check_tokens(tokens, data, rng))
        cache = Cache(data)
        return [cache.sections[BLOCKS].read(cache.directory.block(i)[0], 19) for i in range(cache.n_blocks)]

    def test_flags(self):
        rng = random.Random(9)
        self.assertEqual(len(BUILT_FLAGS), 50)

        def original(_rng, line, column, _i):
            return line + 1 if flags & FOLLOW_LINE else 70, column + 2 if flags & FOLLOW_COLUMN else 5

        for flags, is_far in product(sorted(BUILT_FLAGS), (False, True)):
            primary = walk(rng, 2 * N_TOKENS, [0, 300, 1000] if is_far else [0, 0, 0, 1])
            generated = [(k, rng.randrange(50)) if flags & LINES else (4, k) for k in primary]
            tokens = add_originals(rng, sorted(generated), flags, original, 4 if flags & NAME_SLOTS else N_NAMES)
            tokens = [token if token[2] is not None else (*token[:5], None) for token in tokens]
            with self.subTest(flags=f"{flags:08b}", is_far=is_far):
                for header in self.check(tokens, rng):
                    self.assertEqual((f"{header[6]:08b}", header[0] % 32 > 0), (f"{flags:08b}", is_far))

    def test_line_slope(self):
        rng = random.Random(10)
        for slope in (-7.9, -3, -1, -0.25, 0, 0.25, 1, 3, 7.9):
            tokens = [(0, i, 0, int(2000 + slope * i) + i % 2, 0, None) for i in range(N_TOKENS)]
            (header,) = self.check(tokens, rng)
            self.assertLess(abs((header[7] - 128) / 16 - slope), 0.2)
            self.assertLess(header[3], 4, "what is left over a slope needs few bits")


def with_item(values, i, value):
    return [*values[:i], value, *values[i + 1:]]


# What 5.2 and 5.3 forbid: the section that a reader names, the block below that is damaged, and how.
FAULTS = {
    "low_width": ("5.2", "plain", lambda b: {"low_width": 26}),
    "column_width": ("5.2", "rich", lambda b: {"column_width": 33}),
    "column_width without LINES": ("5.2", "plain", lambda b: {"column_width": 1}),
    **{f"width {k}": ("5.2", "rich", lambda b, k=k: {"widths": with_item(b.widths, k, 33)}) for k in range(4)},
    **{f"tag {tag:#x} of width {k}": ("5.2", "rich", lambda b, k=k, tag=tag: {
        "widths": with_item(b.widths, k, tag | b.widths[k])}) for k in range(4) for tag in (0x40, 0x80)},
    "highs: a one is missing": ("5.2", "rich", lambda b: {"highs": b.highs & b.highs - 1}),
    "highs: the last one is missing": ("5.2", "plain", lambda b: {"highs": b.highs - (1 << b.highs.bit_length() - 1)}),
    "highs: no ones": ("5.2", "plain", lambda b: {"highs": 0}),
    "highs: a one more": ("5.2", "rich", lambda b: {"highs": b.highs | 1 << b.highs.bit_length()}),
    "highs: all ones": ("5.2", "plain", lambda b: {"highs": (1 << 256) - 1}),
    "a high part of 128": ("5.2", "plain", lambda b: {"highs": b.highs >> 1 | 1 << b.n - 1 + 128}),
    "the first high part": ("5.1", "plain", lambda b: {"highs": b.highs << 1}),
    "the first high part, with LINES": ("5.1", "rich", lambda b: {"highs": b.highs << 1}),
    "the first low part": ("5.1", "far", lambda b: {"lows": with_item(b.lows, 0, 1)}),
    "the first column": ("5.1", "rich", lambda b: {"columns": with_item(b.columns, 0, 1)}),
    "low parts not sorted": ("5.1", "far", lambda b: {"lows": [*b.lows[:4], 3, 0, *b.lows[6:]]}),
    "columns of a line not sorted": ("5.1", "rich", lambda b: {"columns": with_item(b.columns, 3, 0)}),
    "LINES on one line": ("5.2", "plain", lambda b: {
        "flags": b.flags | LINES, "highs": (1 << b.n) - 1, "columns": list(range(b.n)), "column_width": 7}),
    "a column that is NONE": ("2.1", "last", lambda b: {"highs": b.highs << 1 & ~2 | 1}),
    "a column that is NONE, with LINES": ("2.1", "rich", lambda b: {
        "columns": with_item(b.columns, b.n - 1, NONE), "column_width": 32}),
    "SPARSE_SOURCES without SOURCES": ("5.2", "bare", lambda b: {
        "flags": SPARSE_SOURCES, "presence": with_item([False] * b.n, 5, True)}),
    "FOLLOW_LINE without SOURCES": ("5.2", "bare", lambda b: {"flags": FOLLOW_LINE}),
    "FOLLOW_COLUMN without SOURCES": ("5.2", "bare", lambda b: {"flags": FOLLOW_COLUMN}),
    "SPARSE_NAMES without NAMES": ("5.2", "bare", lambda b: {
        "flags": SPARSE_NAMES, "name_presence": with_item([False] * b.n, 5, True)}),
    "NAME_SLOTS without NAMES": ("5.2", "bare", lambda b: {"flags": NAME_SLOTS}),
    **{f"width {k} without SOURCES or NAMES": ("5.2", "bare", lambda b, k=k: {"widths": with_item([0] * 4, k, 1)})
       for k in range(4)},
    **{f"base {k} without SOURCES or NAMES": ("5.2", "bare", lambda b, k=k: {"bases": with_item([0] * 4, k, 1)})
       for k in range(4)},
    "line_slope without SOURCES": ("5.2", "bare", lambda b: {"line_slope": 0}),
    "line_slope with FOLLOW_LINE": ("5.2", "rich", lambda b: {"flags": b.flags | FOLLOW_LINE, "line_slope": 129}),
    "presence of no source": ("5.2", "rich", lambda b: {"presence": [False] * b.n, "fields": [[0] * b.n] * 3}),
    "presence of all sources": ("5.2", "rich", lambda b: {"presence": [True] * b.n}),
    "presence of sources beyond the tokens": ("5.2", "rich", lambda b: {"presence": [*b.presence, True]}),
    "presence of no name": ("5.2", "rich", lambda b: {
        "name_presence": [False] * b.n, "slots": [], "values": []}),
    "presence of all names": ("5.2", "some", lambda b: {"name_presence": [True] * b.n, "values": [0] * b.n}),
    "presence of names beyond the tokens": ("5.2", "rich", lambda b: {"name_presence": [*b.name_presence, True]}),
    "slot_width without NAME_SLOTS": ("5.2", "plain", lambda b: {"slot_width": 1}),
    "slot_width without NAMES": ("5.2", "bare", lambda b: {"slot_width": 7}),
    "a slot_width too large": ("5.3", "rich", lambda b: {"slot_width": b.slot_width + 1}),
    "a slot_width for one name": ("5.3", "single", lambda b: {"slot_width": 1}),
    "the first slot": ("5.3", "rich", lambda b: {"slots": with_item(b.slots, 0, 1)}),
    "a slot before its number": ("5.3", "rich", lambda b: {"slots": with_item(b.slots, 1, 2)}),
    "a slot too large": ("5.3", "rich", lambda b: {"slots": with_item(b.slots, len(b.slots) - 1, 7)}),
    "slots that leave out the last": ("5.3", "rich", lambda b: {"slots": [slot % 4 for slot in b.slots]}),
    "a name stored twice": ("5.3", "rich", lambda b: {"values": with_item(b.values, 1, b.values[0])}),
    "a source too large": ("5.2", "rich", lambda b: {"bases": with_item(b.bases, 0, N_SOURCES)}),
    "a source that is NONE": ("5.2", "plain", lambda b: {
        "fields": [[NONE] * b.n, *b.fields[1:]], "bases": with_item(b.bases, 0, 0),
        "widths": with_item(b.widths, 0, 32)}),
    "a source line that is NONE": ("2.1", "plain", lambda b: {"bases": with_item(b.bases, 1, b.bases[1] - 8)}),
    "a source column that is NONE": ("2.1", "plain", lambda b: {"bases": with_item(b.bases, 2, b.bases[2] - 10)}),
    "a name too large": ("5.3", "rich", lambda b: {"bases": with_item(b.bases, 3, N_NAMES)}),
    "a name that is NONE": ("5.3", "plain", lambda b: {
        "values": [NONE] * b.n, "bases": with_item(b.bases, 3, 0), "widths": with_item(b.widths, 3, 32)}),
    **{f"the greatest base {k}": (section, "plain", lambda b, k=k: {"bases": with_item(b.bases, k, BASES[k][1])})
       for k, section in ((0, "5.2"), (3, "5.3"))},
    "a line after the last one": ("2.1", "end", lambda b: {"highs": 0b1001}),
}


class Damaged(BlockTest):
    """Blocks that break a rule, or any."""

    def setUp(self):
        super().setUp()
        rng = random.Random(11)
        n = 101
        lines = [(100 + i // 5, 10 * i) for i in range(n)]
        line = [(7, i) for i in range(n)]
        names = [3, 8, 1, 250, 30]
        rich = add_originals(rng, lines, SOURCES | SPARSE_SOURCES, ORIGINALS[2])
        rich = [(*token[:5], names[i % 5 if i < 20 else i // 4 % 5] if i % 3 else None) for i, token in enumerate(rich)]
        plain = add_originals(rng, line, SOURCES | NAMES)
        plain = [(*token[:2], 1 + i % 2, *token[3:5], 1 + i % 9) for i, token in enumerate(plain)]
        self.blocks = {
            "rich": (rich, NAME_SLOTS),
            "plain": (plain, 0),
            "bare": ([(*position, *[None] * 4) for position in line], 0),
            "some": ([(*token[:5], token[5] if i % 2 else None) for i, token in enumerate(plain)], 0),
            "nameless": ([(*token[:5], None) for token in plain], 0),
            "far": ([(7, 3 * i, *token[2:]) for i, token in enumerate(plain)], 0),
            "single": ([(*token[:5], 4) for token in plain], NAME_SLOTS),
            "last": ([(7, FAR - 1, *[None] * 4), (7, FAR, *[None] * 4)], 0),
            "end": ([(FAR_LINE - 1, 0, *[None] * 4), (FAR_LINE, 0, *[None] * 4)], 0)}

    def block(self, name):
        return Block(*self.blocks[name])

    def test_blocks_are_good(self):
        """As long as nothing is changed."""
        rng = random.Random(12)
        flags = {}
        for name in self.blocks:
            block = self.block(name)
            flags[name] = block.flags
            path = self.check_tokens(block.tokens, self.written([block]), rng)
            self.assertIn(ONLY_DIGEST, self.verdict(path))
        self.assertEqual(flags["rich"], LINES | SOURCES | SPARSE_SOURCES | NAMES | SPARSE_NAMES | NAME_SLOTS)
        self.assertEqual(flags["plain"], SOURCES | NAMES)
        self.assertEqual(flags["some"], SOURCES | NAMES | SPARSE_NAMES)
        self.assertEqual(self.block("far").low_width, 2)

    def test_faults(self):
        for what, (section, name, change) in FAULTS.items():
            with self.subTest(what):
                block = self.block(name)
                vars(block).update(change(block))
                data = self.written([block])
                with self.assertRaisesRegex(FormatError, rf"\Aspec section {section}: "):
                    list(Cache(data))
                self.assertNotIn(ONLY_DIGEST, self.verdict(self.write("x", data)))

    def test_unread(self):
        """What is zero by 2.3 or 5.2 is not looked at by a reader, but by verify."""
        block = self.block("rich")
        self.assertFalse(block.presence[1])
        for field in block.fields:
            field[1] = 1
        files = {"fields of a token without a source": (block, block.bytes())}
        for what, name in (("unused bits of records", "nameless"), ("unused bits of names", "plain")):
            block = self.block(name)
            content = bytearray(block.bytes())
            content[-1] |= 0x80
            files[what] = (block, bytes(content))
        block = self.block("rich")
        content = bytearray(block.bytes())
        self.assertGreater(-len(block.slots) * block.slot_width % 8, 0)
        content[-len(block.values) - 1] |= 0x80  # behind them are values of 8 bits
        self.assertEqual(block.widths[3], 8)
        files["unused bits of slots"] = (block, bytes(content))
        for what, (block, content) in files.items():
            with self.subTest(what):
                data = replace_sections(self.written([block]), {BLOCKS: (content + bytes(8), block.n)})
                self.assertEqual(list(Cache(data)), block.tokens)
                self.assertNotIn(ONLY_DIGEST, self.verdict(self.write("x", data)))

    def test_end(self):
        """A block ends before the guard."""
        for name in self.blocks:
            block = self.block(name)
            content = block.bytes()
            good = self.written([block])
            for nbytes in range(len(content)):
                data = replace_sections(good, {BLOCKS: (content[:nbytes] + bytes(8), block.n)})
                with self.assertRaises(FormatError, msg=f"{name}: {nbytes}"):
                    list(Cache(data))
            self.assertNotIn(ONLY_DIGEST, self.verdict(self.write("x", data)))  # with a byte less

    def test_flips(self):
        """What the reader refuses, verify refuses; what verify finds no fault in, both read."""
        rng = random.Random(13)
        n_refused = n_read = 0
        names = list(self.blocks)
        for _ in range(N_FLIPS):
            block = self.block(rng.choice(names))
            content = bytearray(block.bytes())
            for _ in range(rng.choice([1, 1, 2])):
                at = rng.choice([rng.randrange(18 + 32), rng.randrange(len(content))])
                content[at] = rng.choice([0, 0x80, 0xFF, content[at] ^ 1 << rng.randrange(8)])
            data = replace_sections(self.written([block]), {BLOCKS: (bytes(content) + bytes(8), block.n)})
            path = self.write("x", data)
            is_good = ONLY_DIGEST in self.verdict(path)
            try:
                tokens = list(Cache(data))
            except FormatError as error:
                self.assertFalse(is_good, error)
                self.assertRegex(str(error), r"\Aspec section \d(\.\d)*: .")
                n_refused += 1
            if not is_good:
                for arguments in ("dump", path), ("lookup", path, "8:5", "8:90", "101:90", "110:60", "120:1"):
                    self.assertIn(run(*arguments).code, (DONE, PARTIAL, INPUT))
            if is_good:
                self.check_tokens(tokens, data, rng, 10)
                n_read += 1
        self.assertGreater(n_refused, N_FLIPS // 5)
        self.assertGreater(n_read, N_FLIPS // 20)


if __name__ == "__main__":
    main()
