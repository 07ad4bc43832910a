"""The structures of an smcache file: container (3), offset lists (4), blocks of tokens (5.2, 5.3).

Half of smcache_reader.py, which is what to import. Numbers in comments and error messages are sections of
smcache-format.md, from which alone both files are written. Every line, column and index is 0-based.
"""

import re
import struct
from typing import NamedTuple

MAGIC = b"\x89SMC\r\n\x1a\n"
NONE = 0xFFFFFFFF
M32 = (1 << 32) - 1
M64 = (1 << 64) - 1
TOKENS_PER_BLOCK = 128
BLOCKS_PER_TOP_ENTRY = 16
VALUES_PER_GROUP = 64
GUARD_NBYTES = 8
MAX_WIDTH_IN_GROUP = 56
MAX_WIDTH_IN_BLOCK = 32

HEADER = struct.Struct("<8sHHIIIQ16s16sQI52s")
TABLE_ENTRY = struct.Struct("<IIQQQ")
INFO_RECORD = struct.Struct("<IIIII12s")
TOP_ENTRY = struct.Struct("<II")
DIRECTORY_ENTRY = struct.Struct("<IIQ")
SOURCE_RECORD = struct.Struct("<IIQQ")
LE64 = struct.Struct("<Q")
GROUP_HEADER = struct.Struct("<QIHBB")
BLOCK_HEADER = struct.Struct("<6BHHHII4I")

INFO, TOP, DIRECTORY, BLOCKS, SOURCES = 0x10, 0x20, 0x30, 0x40, 0x50
STRING_OFFSETS, STRING_BYTES, LINE_OFFSETS, CONTENT_DIRECTORY, CONTENT = 0x60, 0x70, 0x80, 0x90, 0xA0
REQUIRED = (INFO, TOP, DIRECTORY, BLOCKS, SOURCES, STRING_OFFSETS, STRING_BYTES)

# Encodings of a column (5.3), and those that source, source line, source column and name may have.
NO_VALUES, PLAIN, FOLLOW, SPARSE, RECUR = range(5)
ALLOWED = (
    (NO_VALUES, PLAIN, SPARSE),
    (NO_VALUES, PLAIN, FOLLOW),
    (NO_VALUES, PLAIN, FOLLOW),
    (NO_VALUES, PLAIN, SPARSE, RECUR),
)


class FormatError(Exception):
    """The file is not what the spec says; the message begins with the section of the spec that it breaks."""


def check(condition, message):
    """message: the number of a section of the spec, a colon, and what is wrong."""
    if not condition:
        raise FormatError("spec section " + message)


def ceil_div(a, b):
    return -(-a // b)


def decode_string(data):
    """Decode WTF-8 (2.2); a lone surrogate stays one in the str."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise FormatError(f"spec section 2.2: a string is not WTF-8: {error.reason}") from None
    check(not re.search(r"[\ud800-\udbff][\udc00-\udfff]", text), "2.2: a surrogate pair is written as two surrogates")
    return text


class Section:
    """An entry of the section table. Everything is read through it, so that nothing outside of it can be."""

    def __init__(self, data, section_id, encoding, off, nbytes, count):
        self.data = data
        self.id = section_id
        self.encoding = encoding
        self.off = off
        self.nbytes = nbytes
        self.count = count

    def read(self, off, nbytes):
        check(off + nbytes <= self.nbytes, f"8: something reaches beyond the end of section {self.id:#x}")
        return self.data[self.off + off:self.off + off + nbytes]

    def unpack(self, layout, off):
        return layout.unpack(self.read(off, layout.size))

    def record(self, layout, index):
        return self.unpack(layout, index * layout.size)


class Header(NamedTuple):
    """The header (3.1)."""
    magic: bytes
    major: int
    minor: int
    header_nbytes: int
    must_understand: int
    may_ignore: int
    file_nbytes: int
    content_digest: bytes
    input_digest: bytes
    input_nbytes: int
    n_sections: int
    reserved: bytes


def read_header(data):
    check(len(data) >= HEADER.size, "3.1: the file is shorter than a header")
    header = Header._make(HEADER.unpack(data[:HEADER.size]))
    check(header.magic == MAGIC, "3.1: not an smcache file")
    check(header.major == 1, f"3.2: major version {header.major} is unknown")
    check(not header.must_understand, f"3.2: must_understand flags {header.must_understand:#x} are unknown")
    check(header.header_nbytes == HEADER.size, f"3.1: header_nbytes is {header.header_nbytes}")
    check(not any(header.reserved), "2.1: reserved bytes of the header are not zero")
    check(header.file_nbytes == len(data), f"3.1: file_nbytes is {header.file_nbytes}, the file has {len(data)} bytes")
    check(header.n_sections <= 1024, f"3.1: n_sections is {header.n_sections}")
    return header


def read_sections(data, n_sections):
    """The section table (3.3), a dict from id to Section."""
    sections = {}
    last_id = -1
    end = HEADER.size + n_sections * TABLE_ENTRY.size
    check(end <= len(data), "3.3: the section table is cut off")
    for entry in TABLE_ENTRY.iter_unpack(data[HEADER.size:end]):
        section = Section(data, *entry)
        check(section.id > last_id, "3.3: section ids do not ascend")
        # A multiple of 8, no overlap, gaps shorter than 8: that leaves one place for each section.
        check(section.off == ceil_div(end, 8) * 8, f"3.3: section {section.id:#x} is misplaced")
        end = section.off + section.nbytes
        check(end <= len(data), f"3.3: section {section.id:#x} is cut off")
        last_id = section.id
        sections[section.id] = section
    check(end == len(data), "3.3: the file does not end with its last section")
    for section_id in REQUIRED:
        check(section_id in sections, f"3.4: section {section_id:#x} is missing")
    for section_id in (*REQUIRED, LINE_OFFSETS, CONTENT_DIRECTORY):
        section = sections.get(section_id)
        check(not section or section.encoding == 0, f"3.3: section {section_id:#x} has an unknown encoding")
    return sections


def check_sizes(sections):
    """What 3.4 says of counts and sizes, but for those that need INFO or the content of a section."""
    counts = {section_id: section.count for section_id, section in sections.items()}
    check(max(counts[BLOCKS], counts[SOURCES], counts[STRING_OFFSETS] - 1) < NONE, "3.4: a count is too large")
    check(counts[STRING_OFFSETS] >= 1, "3.4: the count of STRING_OFFSETS is 0")
    check(counts[INFO] == 1, f"3.4: the count of INFO is {counts[INFO]}")
    check(counts[DIRECTORY] == ceil_div(counts[BLOCKS], TOKENS_PER_BLOCK), "3.4: tokens and blocks do not agree")
    check(counts[TOP] == ceil_div(counts[DIRECTORY], BLOCKS_PER_TOP_ENTRY), "3.4: blocks and TOP do not agree")
    for section_id, entry_nbytes, more_entries in (
            (INFO, INFO_RECORD.size, 0), (TOP, TOP_ENTRY.size, 0), (DIRECTORY, DIRECTORY_ENTRY.size, 0),
            (SOURCES, SOURCE_RECORD.size, 1), (STRING_BYTES, 1, 0), (CONTENT_DIRECTORY, LE64.size, 1)):
        section = sections.get(section_id)
        check(not section or section.nbytes == entry_nbytes * (section.count + more_entries),
              f"3.4: the size of section {section_id:#x} does not agree with its count")
    # The size of BLOCKS does not follow from its count; this is the least it can be.
    check(sections[BLOCKS].nbytes >= counts[DIRECTORY] * BLOCK_HEADER.size + GUARD_NBYTES, "5.2: BLOCKS is too short")


class OffsetList:
    """Ascending 64-bit values, packed in groups of 64 (4)."""

    def __init__(self, section):
        self.section = section
        n_groups = ceil_div(section.count, VALUES_PER_GROUP)
        self.words_off = n_groups * GROUP_HEADER.size
        n_words = 0
        if n_groups:
            # The last group says how many words there must be, so the size is checked in constant time (8).
            _, first_word, _, width, _ = section.record(GROUP_HEADER, n_groups - 1)
            n_words = first_word + width
        check(section.nbytes == self.words_off + 8 * n_words + GUARD_NBYTES,
              f"4: the size of section {section.id:#x} does not agree with its count")

    def values(self, start, stop):
        """The values start ... stop - 1, a list. The caller sees to it that stop is at most the count."""
        result = []
        for group in range(start // VALUES_PER_GROUP, ceil_div(stop, VALUES_PER_GROUP)):
            base, first_word, slope, width, _ = self.section.record(GROUP_HEADER, group)
            check(width <= MAX_WIDTH_IN_GROUP, f"4: a group of section {self.section.id:#x} has width {width}")
            off = self.words_off + 8 * first_word
            check(off + 8 * width <= self.section.nbytes - GUARD_NBYTES,
                  f"4: a group of section {self.section.id:#x} reaches into the guard")
            bits = int.from_bytes(self.section.read(off, 8 * width), "little")
            mask = (1 << width) - 1
            first = group * VALUES_PER_GROUP
            wanted = range(max(start - first, 0), min(stop - first, VALUES_PER_GROUP))
            result += [base + (slope * i >> 8) + (bits >> i * width & mask) & M64 for i in wanted]
        check(result == sorted(result), f"4: the offsets of section {self.section.id:#x} do not ascend")
        return result


def unpack(bits, n, stride, shift, width):
    """n values of width bits, the i-th at bit stride * i + shift. One big integer is faster than n loads."""
    if not width:
        return [0] * n
    mask = (1 << width) - 1
    return [bits >> at & mask for at in range(shift, shift + n * stride, stride)]


def add_prediction(packed, base, slope):
    """Put back the straight line of 2.4."""
    if not slope:
        return [base + value & M32 for value in packed]
    return [base + (slope * i >> 8) + value & M32 for i, value in enumerate(packed)]


class BlockStreams:
    """Walks the streams of a block of n tokens from off on; each run of packed values starts on a byte (5.3)."""

    def __init__(self, blocks, off, n):
        self.blocks = blocks
        self.off = off
        self.n = n

    def bits(self, nbits):
        """The next nbits bits as one integer."""
        nbytes = ceil_div(nbits, 8)
        data = self.blocks.read(self.off, nbytes)
        self.off += nbytes
        check(self.off <= self.blocks.nbytes - GUARD_NBYTES, "8: a block reaches into the guard of BLOCKS")
        return int.from_bytes(data, "little")

    def run(self, n, width):
        return unpack(self.bits(n * width), n, width, 0, width)

    def bitmap(self, n):
        bits = self.bits(TOKENS_PER_BLOCK)
        check(not bits >> n, "2.3: unused bits of a bitmap are not zero")
        return bits

    def column(self, encoding, width, base, generated, limit):
        """The next column, a list with None where there is no value.

        generated is what FOLLOW adds; indices must be less than limit, None for a column that has none.
        """
        if encoding == NO_VALUES:
            return [None] * self.n
        if encoding == FOLLOW:
            return [base + value + followed & M32 for value, followed in zip(self.run(self.n, width), generated)]
        if encoding == PLAIN:
            presence = None
            packed = self.run(self.n, width)
        else:
            presence = self.bitmap(self.n)
            n_present = presence.bit_count()
            packed = self.run(n_present, width) if encoding == SPARSE else self.recurring(n_present, width)
        values = [base + value & M32 for value in packed]
        check(limit is None or max(values, default=-1) < limit, "5.3: the index of a source or name is too large")
        if presence is None:
            return values
        rest = iter(values)
        return [next(rest) if presence >> i & 1 else None for i in range(self.n)]

    def recurring(self, n_present, width):
        """The packed values of RECUR, repeats resolved (5.3.1)."""
        first = self.bitmap(n_present)
        distinct = self.run(first.bit_count(), width)
        repeats = self.run(n_present - len(distinct), max(len(distinct) - 1, 0).bit_length())
        check(max(repeats, default=-1) < len(distinct), "5.3.1: the index of a repeated name is too large")
        new, repeated = iter(distinct), iter(repeats)
        return [next(new) if first >> r & 1 else distinct[next(repeated)] for r in range(n_present)]


def decode_block(blocks, off, n, n_sources, n_names):
    """All n tokens of the block at off: six lists, in the order of Token's fields, None where a value is absent."""
    header = blocks.unpack(BLOCK_HEADER, off)
    line_width, column_width, *widths = header[:6]
    encodings, line_slope, column_slope, line_base, column_base, *bases = header[6:]
    check(max(header[:6]) <= MAX_WIDTH_IN_BLOCK, "5.2: a block has a width of more than 32 bits")
    encodings = [encodings >> shift & 15 for shift in (0, 4, 8, 12)]
    check(all(encoding in allowed for encoding, allowed in zip(encodings, ALLOWED)),
          "5.3: a column has an encoding that it may not have")
    check(encodings[0] == NO_VALUES or NO_VALUES not in encodings[1:3],
          "5.3: a block has sources, but no lines or columns in them")

    streams = BlockStreams(blocks, off + BLOCK_HEADER.size, n)
    stride = column_width + line_width
    keys = streams.bits(n * stride)
    lines = add_prediction(unpack(keys, n, stride, column_width, line_width), line_base, line_slope)
    columns = add_prediction(unpack(keys, n, stride, 0, column_width), column_base, column_slope)
    result = [lines, columns]
    generated = (None, lines, columns, None)
    limits = (n_sources, None, None, n_names)
    for parameters in zip(encodings, widths, bases, generated, limits):
        result.append(streams.column(*parameters))

    # What is packed as the source line and column of a token without a source means nothing.
    if encodings[0] != PLAIN:
        sources = result[2]
        for k in (3, 4):
            result[k] = [None if source is None else value for source, value in zip(sources, result[k])]
    return result
