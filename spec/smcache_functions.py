"""Functions of an smcache file: which tokens are in which (5.6), their names (5.7), inlined calls (5.8).

A part of smcache_reader.py, which is what to import. Numbers in comments and error messages are sections of
smcache-format.md, from which alone it is written. Every line, column and index is 0-based.
"""

import struct
from bisect import bisect_right
from typing import NamedTuple, Optional

from smcache_layout import (
    CALL_SITES, FUNCTIONS, GUARD_NBYTES, INLINED, MAX_LINE, NONE, RUN_OFFSETS, RUNS, TOKENS_PER_BLOCK, OffsetList,
    ceil_div, check)

RUNS_HEADER = struct.Struct("<BB3s")
FUNCTIONS_HEADER = struct.Struct("<4B12s")
EXTENT = struct.Struct("<IIIIB")
CALL_SITE = struct.Struct("<IIIII")

MAX_RUNS = 128
MAX_WIDTH = 32
TOKEN_WIDTH = 7
MAX_NAMELESS = 12
ORIGIN_WIDTH, PREFIX_WIDTH, JOINT_WIDTH = 3, 2, 2

TOP_LEVEL, ANONYMOUS, NAMED = 1, 2, 3
KINDS = ("unknown", "top_level", "anonymous", "named")
ORIGINS = (None, "scopes", "facebook", "bloomberg", "original", "minified", "minified_text")
PREFIXES = ("", "new ", "get ", "set ")
JOINTS = ("", ".", "#")
HIDDEN = 1 << 0


class Function(NamedTuple):
    """kind and origin are numbers (5.7); name and last are str, None if it has no name."""
    kind: int
    origin: int
    name: Optional[str]
    last: Optional[str]


class Frame(NamedTuple):
    """One of the frames that a generated position stands for. function is an index, None where none is known."""
    source: Optional[int]
    source_line: Optional[int]
    source_column: Optional[int]
    function: Optional[int]
    is_hidden: bool


class Extent(NamedTuple):
    """Of INLINED; NONE is None."""
    line: int
    column: int
    call_site: Optional[int]
    function: Optional[int]
    flags: int


class CallSite(NamedTuple):
    """Of CALL_SITES; NONE is None."""
    source: int
    source_line: int
    source_column: int
    function: Optional[int]
    next: Optional[int]


def or_none(index):
    return None if index == NONE else index


def packed(data, n, width):
    """n packed values of width bits (2.3), whose unused bits are zero."""
    bits = int.from_bytes(data, "little")
    check(not bits >> n * width, "2.3: unused bits of packed values are not zero")
    return [bits >> i * width & (1 << width) - 1 for i in range(n)]


def check_function_sizes(sections):
    """What 3.4 says of the counts and sizes of these sections."""
    for section_id, nbytes in ((INLINED, EXTENT.size), (CALL_SITES, CALL_SITE.size)):
        section = sections.get(section_id)
        check(not section or 0 < section.count < NONE, f"3.4: the count of section {section_id:#x}")
        check(not section or section.nbytes == nbytes * section.count,
              f"3.4: the size of section {section_id:#x} does not agree with its count")
    check((RUN_OFFSETS in sections) == (RUNS in sections), "3.4: only one of RUN_OFFSETS and RUNS is there")


class Runs:
    """The function of each token (5.6)."""

    def __init__(self, sections, n_tokens):
        self.section = sections[RUNS]
        self.offsets = OffsetList(sections[RUN_OFFSETS])
        self.n_tokens = n_tokens
        self.n_blocks = ceil_div(n_tokens, TOKENS_PER_BLOCK)
        check(self.section.count == n_tokens, "3.4: the count of RUNS is not that of the tokens")
        check(sections[RUN_OFFSETS].count == self.n_blocks + 1, "3.4: the count of RUN_OFFSETS is wrong")
        check(self.section.nbytes >= GUARD_NBYTES, "3.4: RUNS is too short")

    def of_block(self, block, n_nameless):
        """The runs of a block: two lists, of the tokens within it that they begin with, and of functions or None."""
        start, end = self.offsets.values(block, block + 2)
        check(block or not start, "5.6: the first runs do not start at 0")
        check(end <= self.section.nbytes - GUARD_NBYTES, "5.6: the runs of a block reach into the guard")
        check(block + 1 < self.n_blocks or end == self.section.nbytes - GUARD_NBYTES,
              "5.6: the last runs do not end where the guard starts")
        last_run, width, base = self.section.unpack(RUNS_HEADER, start)
        base = int.from_bytes(base, "little")
        check(last_run < MAX_RUNS and width <= MAX_WIDTH, "5.6: a header of runs has a number that is too large")
        at = start + RUNS_HEADER.size
        tokens = [0, *packed(self.section.read(at, ceil_div(last_run * TOKEN_WIDTH, 8)), last_run, TOKEN_WIDTH)]
        at += ceil_div(last_run * TOKEN_WIDTH, 8)
        values_nbytes = ceil_div((last_run + 1) * width, 8)
        values = packed(self.section.read(at, values_nbytes), last_run + 1, width)
        check(at + values_nbytes == end, "5.6: the runs of a block do not end where the next ones start")
        n_tokens = min(TOKENS_PER_BLOCK, self.n_tokens - block * TOKENS_PER_BLOCK)
        check(all(a < b for a, b in zip(tokens, tokens[1:])) and tokens[-1] < n_tokens, "5.6: runs do not ascend")
        check(all(a != b for a, b in zip(values, values[1:])), "5.6: two runs have the same function")
        check(not base or max(values) > n_nameless, "5.6: runs without a named function have a base")
        return tokens, [None if value == 0 else value - 1 + (base if value > n_nameless else 0) for value in values]


class Functions:
    """FUNCTIONS, RUNS, INLINED and CALL_SITES of a file, as far as it has them."""

    def __init__(self, sections, n_tokens, n_sources, string):
        """string: the str of an index (6)."""
        check_function_sizes(sections)
        self.string = string
        self.section = sections.get(FUNCTIONS)
        self.n = self.section.count if self.section else 0
        self.nameless = []
        self.widths = ()
        if self.section:
            self._open()
        self.runs = Runs(sections, n_tokens) if RUNS in sections else None
        self.n_tokens = n_tokens
        self._last_block = (None, None)
        extents, sites = sections.get(INLINED), sections.get(CALL_SITES)
        self.n_extents = extents.count if extents else 0
        self.extents, self.sites = extents, sites
        self.n_sites = sites.count if sites else 0
        self.n_sources = n_sources

    def _open(self):
        last_width, qualifier_width, n_nameless, reserved, nameless = self.section.unpack(FUNCTIONS_HEADER, 0)
        check(max(last_width, qualifier_width) <= MAX_WIDTH, "5.7: a width of FUNCTIONS is too large")
        check(0 < self.n < NONE, f"3.4: the count of FUNCTIONS is {self.n}")
        check(n_nameless <= min(MAX_NAMELESS, self.n), f"5.7: n_nameless is {n_nameless}")
        check(not reserved and not any(nameless[n_nameless:]), "5.7: reserved bytes of FUNCTIONS are not zero")
        self.nameless = list(nameless[:n_nameless])
        check(self.nameless == sorted(set(self.nameless)), "5.7: functions without a name do not ascend")
        self.widths = (last_width, qualifier_width, ORIGIN_WIDTH, PREFIX_WIDTH, JOINT_WIDTH)
        n_bits = (self.n - n_nameless) * sum(self.widths)
        check(self.section.nbytes == FUNCTIONS_HEADER.size + ceil_div(n_bits, 8) + GUARD_NBYTES,
              "5.7: the size of FUNCTIONS does not agree with its count")

    def function(self, index):
        """Function index, a Function."""
        check(index < self.n, f"5.7: there is no function {index}")
        if index < len(self.nameless):
            origin, kind = divmod(self.nameless[index], 4)
            check(kind in (TOP_LEVEL, ANONYMOUS) and 0 < origin < len(ORIGINS), "5.7: a function without a name")
            return Function(kind, origin, None, None)
        at = (index - len(self.nameless)) * sum(self.widths)
        end = at + sum(self.widths)
        data = self.section.read(FUNCTIONS_HEADER.size + at // 8, ceil_div(end, 8) - at // 8)
        bits = int.from_bytes(data, "little") >> at % 8
        fields = []
        for width in self.widths:
            fields.append(bits & (1 << width) - 1)
            bits >>= width
        last, qualifier, origin, prefix, joint = fields
        check(0 < origin < len(ORIGINS) and joint < len(JOINTS), "5.7: a function of an unknown origin or joint")
        last = self.string(last)
        check(last, "5.7: the last component of a name is empty")
        before = ""
        if qualifier:
            before = self.string(qualifier - 1)
            check(before, "5.7: a qualifier is empty")
            check(prefix or not before.startswith(PREFIXES[1:]), "5.7: a prefix is part of a qualifier")
            check(joint or not before.endswith(JOINTS[1:]), "5.7: a joint is part of a qualifier")
        return Function(NAMED, origin, PREFIXES[prefix] + before + JOINTS[joint] + last, last)

    def of_token(self, i):
        """The function of token i, an index; None: none is known."""
        if self.runs is None:
            return None
        block, i = divmod(i, TOKENS_PER_BLOCK)
        if self._last_block[0] != block:
            self._last_block = (block, self.runs.of_block(block, len(self.nameless)))
        tokens, functions = self._last_block[1]
        found = functions[bisect_right(tokens, i) - 1]
        check(found is None or found < self.n, "5.6: a run of a function that does not exist")
        return found

    def extent(self, i):
        column, line, call_site, function, flags = self.extents.record(EXTENT, i)
        check(line <= MAX_LINE and column < NONE, "5.8: an extent is at an impossible position")
        check(call_site == NONE or call_site < self.n_sites, "5.8: there is no such call site")
        check(function == NONE or function < self.n, "5.8: there is no such function")
        return Extent(line, column, or_none(call_site), or_none(function), flags)

    def find_extent(self, line, column):
        """The extent that a generated position is in; None: it is before all of them."""
        i = bisect_right(range(self.n_extents), (line, column), key=lambda i: self.extent(i)[:2])
        return self.extent(i - 1) if i else None

    def call_site(self, i):
        source, line, column, function, next_site = self.sites.record(CALL_SITE, i)
        check(source < self.n_sources and max(line, column) < NONE, "5.8: a call site is nowhere")
        check(function == NONE or function < self.n, "5.8: there is no such function")
        check(next_site == NONE or next_site < i, "5.8: a call site does not lead to one before")
        return CallSite(source, line, column, or_none(function), or_none(next_site))

    def frames(self, line, column, token, token_function):
        """The frames of a generated position (5.8). token: what a lookup finds, of which the function is an index."""
        extent = self.find_extent(line, column) or Extent(0, 0, None, None, 0)
        is_hidden = bool(extent.flags & HIDDEN)
        if token is not None:
            first = Frame(token.source, token.source_line, token.source_column, token_function, is_hidden)
        else:
            function = token_function if extent.function is None else extent.function
            if function is None and extent.call_site is None and not is_hidden:
                return []
            first = Frame(None, None, None, function, is_hidden)
        frames = [first]
        at = extent.call_site
        while at is not None:
            site = self.call_site(at)
            frames.append(Frame(site.source, site.source_line, site.source_column, site.function, False))
            at = site.next
        return frames

    def check_all(self):
        """What nothing else looks at: that each function is there once, and all functions and call sites are in use."""
        functions = list(map(self.function, range(self.n)))
        check(len(set(functions)) == len(functions), "5.7: a function is there twice")
        n_bits = (self.n - len(self.nameless)) * sum(self.widths)
        if n_bits % 8:
            (last,) = self.section.read(FUNCTIONS_HEADER.size + n_bits // 8, 1)
            check(not last >> n_bits % 8, "2.3: unused bits of FUNCTIONS are not zero")
        check(self.n > len(self.nameless) or not any(self.widths[:2]), "5.7: widths of records that are not there")
        of_tokens = map(self.of_token, range(self.n_tokens))
        used = dict.fromkeys(index for index in of_tokens if index is not None)
        check(used or self.runs is None, "5.6: RUNS without a function")
        extents = list(map(self.extent, range(self.n_extents)))
        sites = list(map(self.call_site, range(self.n_sites)))
        used.update(dict.fromkeys(row.function for row in (*extents, *sites) if row.function is not None))
        check(set(used) == set(range(self.n)), "5.7: a function is not in use")
        named = [index for index in used if index >= len(self.nameless)]
        check(named == sorted(named), "5.7: functions are not in the order of use")
        for before, row in zip([(0, 0, None, None, 0), *extents], extents):
            check(before[2:] != row[2:], "5.8: an extent says what the one before says")
        positions = [row[:2] for row in extents]
        check(positions == sorted(set(positions)), "5.8: extents do not ascend")
        used_sites = {row.call_site for row in extents} | {row.next for row in sites}
        check(used_sites >= set(range(self.n_sites)), "5.8: a call site is not in use")
