"""Where functions of bytecode start (5.9).

A part of smcache_reader.py, which is what to import. Written from smcache-format.md alone, whose sections the numbers
in comments and error messages are.
"""

import struct
from bisect import bisect_left

from smcache_layout import BYTECODE_OFFSETS, BYTECODE_SEGMENTS, LE32, NONE, check

SEGMENT = struct.Struct("<II")


class Bytecode:
    """BYTECODE_SEGMENTS and BYTECODE_OFFSETS of a file, if it has them."""

    def __init__(self, sections):
        segments, offsets = sections.get(BYTECODE_SEGMENTS), sections.get(BYTECODE_OFFSETS)
        check((segments is None) == (offsets is None),
              "3.4: only one of BYTECODE_SEGMENTS and BYTECODE_OFFSETS is there")
        self.segments, self.offsets = segments, offsets
        self.n_segments = segments.count if segments else 0
        for section, record in (segments, SEGMENT), (offsets, LE32):
            check(not section or 0 < section.count < NONE, "3.4: the count of a section of bytecode is out of range")
            check(not section or section.nbytes == record.size * section.count,
                  "3.4: the size of a section of bytecode does not agree with its count")

    def segment(self, i):
        """Record i of BYTECODE_SEGMENTS: the segment, and the range of its offsets."""
        segment, end = self.segments.record(SEGMENT, i)
        start = self.segments.record(SEGMENT, i - 1)[1] if i else 0
        check(start < end, "5.9: a segment has no function")
        check(end <= self.offsets.count, "8: the offsets of a segment reach beyond BYTECODE_OFFSETS")
        return segment, range(start, end)

    def offset(self, i):
        """Where a function starts in its segment; None if the map does not say."""
        (offset,) = self.offsets.record(LE32, i)
        return None if offset == NONE else offset

    def position(self, segment, function, byte):
        """The generated position, a (line, column), of a byte of a function of a segment; None if it is not known."""
        i = bisect_left(range(self.n_segments), segment, key=lambda i: self.segments.record(SEGMENT, i)[0])
        if i == self.n_segments:
            return None
        found, functions = self.segment(i)
        if found != segment or function >= len(functions):
            return None
        start = self.offset(functions[function])
        return (segment, start + byte) if start is not None and start + byte < NONE else None

    def check_all(self):
        """Everything that 5.9 says; returns the offsets of each segment, a dict of lists."""
        found = {}
        last, end = -1, 0
        for i in range(self.n_segments):
            segment, functions = self.segment(i)
            check(last < segment < NONE, "5.9: segments do not ascend")
            found[segment] = list(map(self.offset, functions))
            last, end = segment, functions.stop
        check(not self.offsets or end == self.offsets.count, "5.9: the last segment does not end BYTECODE_OFFSETS")
        return found
