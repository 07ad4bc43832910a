"""The structures of an smcache file: container (3), offset lists (4), blocks of tokens (5.2, 5.3).

A part of smcache_reader.py, which is what to import. Numbers in comments and error messages are sections of
smcache-format.md, from which alone it is written. Every line, column and index is 0-based.
"""

import re
import struct
from bisect import bisect_right
from functools import cache
from itertools import accumulate, compress, count
from operator import add
from typing import NamedTuple

MAGIC = b"\x89SMC\r\n\x1a\n"
NONE = 0xFFFFFFFF
M32 = (1 << 32) - 1
M64 = (1 << 64) - 1
TOKENS_PER_BLOCK = 128
FANOUT = 16  # entries of a level of the directory for one of the level above
VALUES_PER_GROUP = 64
GUARD_NBYTES = 8
STRETCH_NBYTES = 2048
MAX_CSS_NAME_NBYTES = 4096
MAX_WIDTH_IN_GROUP = 56
MAX_WIDTH_IN_BLOCK = 32
MAX_LOW_WIDTH = 25
MAX_HIGH = 127
LOW_WIDTH_NBITS = 5
MAX_LINE = 0x7FFFFFFE
HIGHS_NBYTES = 32

HEADER = struct.Struct("<8sHHIIIQ16s16sQI52s")
TABLE_ENTRY = struct.Struct("<IIQQQ")
INFO_RECORD = struct.Struct("<IIIIII8s16s16s")
POSITION = struct.Struct("<II")
SOURCE_RECORD = struct.Struct("<III2BH")  # content_off in two: the lower 32 bits, the upper 8
LE64 = struct.Struct("<Q")
LE32 = struct.Struct("<I")
GROUP_HEADER = struct.Struct("<QIHBB")
BLOCK_HEADER = struct.Struct("<8BHh3s3s")

INFO, DIRECTORY, BLOCKS, RANGES, SOURCES, RAW_SOURCES = 0x10, 0x30, 0x40, 0x48, 0x50, 0x58
RUN_OFFSETS, RUNS, FUNCTIONS, INLINED, CALL_SITES = 0x4A, 0x4B, 0x4C, 0x4E, 0x4F
STRING_OFFSETS, STRING_BYTES, LINE_COUNTS, CONTENT_DIRECTORY, CONTENT = 0x60, 0x70, 0x80, 0x90, 0xA0
BYTECODE_SEGMENTS, BYTECODE_OFFSETS = 0x78, 0x7A
REQUIRED = (INFO, DIRECTORY, BLOCKS, SOURCES, STRING_OFFSETS, STRING_BYTES)
OPTIONAL = (RANGES, RUN_OFFSETS, RUNS, FUNCTIONS, INLINED, CALL_SITES, RAW_SOURCES, BYTECODE_SEGMENTS,
            BYTECODE_OFFSETS, LINE_COUNTS, CONTENT_DIRECTORY)

# Flags of a block (5.2).
LINES, HAS_SOURCES, SPARSE_SOURCES, FOLLOW_LINE = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FOLLOW_COLUMN, HAS_NAMES, SPARSE_NAMES, NAME_SLOTS = 1 << 4, 1 << 5, 1 << 6, 1 << 7
NEED_SOURCES = SPARSE_SOURCES | FOLLOW_LINE | FOLLOW_COLUMN
NEED_NAMES = SPARSE_NAMES | NAME_SLOTS
NO_SLOPE = 128  # a line_slope that adds nothing


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
    for section_id in (*REQUIRED, *OPTIONAL):
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
    for section_id, entry_nbytes, more_entries in (
            (INFO, INFO_RECORD.size, 0), (SOURCES, SOURCE_RECORD.size, 1), (RAW_SOURCES, LE32.size, 0),
            (STRING_BYTES, 1, 0), (CONTENT_DIRECTORY, LE64.size, 1)):
        section = sections.get(section_id)
        check(not section or section.nbytes == entry_nbytes * (section.count + more_entries),
              f"3.4: the size of section {section_id:#x} does not agree with its count")
    for section_id, of in ((RANGES, BLOCKS), (RAW_SOURCES, SOURCES)):
        check(counts.get(section_id, counts[of]) == counts[of], f"3.4: the count of section {section_id:#x} is wrong")
    check(RANGES not in sections or sections[RANGES].nbytes == ceil_div(counts[RANGES], 8), "3.4: the size of RANGES")
    # The size of BLOCKS does not follow from its count; there is only a least one.
    least = counts[DIRECTORY] * (BLOCK_HEADER.size + HIGHS_NBYTES) + GUARD_NBYTES
    check(sections[BLOCKS].nbytes >= least, "5.2: BLOCKS is too short")


class Directory:
    """Where the blocks of tokens are, and three levels of their first positions: top, middle, firsts (5.1)."""

    def __init__(self, section):
        self.section = section
        n_middle = ceil_div(section.count, FANOUT)
        self.counts = (ceil_div(n_middle, FANOUT), n_middle, section.count)
        self.starts_off = POSITION.size * sum(self.counts)
        check(section.nbytes == self.starts_off + LE32.size * section.count, "5.1: the size of DIRECTORY is wrong")

    def position(self, level, i):
        """The (line, column) of an entry of a level, which are 0, 1 and 2 from the top on."""
        column, line = self.section.record(POSITION, sum(self.counts[:level]) + i)
        return line, column

    def find(self, wanted):
        """The last block that does not start after a (line, column); None if there is none (5.4)."""
        found, entries = 0, range(self.counts[0])
        for level, count in enumerate(self.counts):
            if level:
                entries = range(found * FANOUT, min((found + 1) * FANOUT, count))
            n_not_after = bisect_right(entries, wanted, key=lambda i, level=level: self.position(level, i))
            if not n_not_after:
                check(not level, "5.1: an entry of a level is not a copy of that of the one below")
                return None
            found = entries[n_not_after - 1]
        return found

    def block(self, i):
        """Where block i starts in BLOCKS, and its first position."""
        position = self.position(2, i)
        for level, stride in ((0, FANOUT * FANOUT), (1, FANOUT)):
            check(i % stride or self.position(level, i // stride) == position,
                  "5.1: an entry of a level is not a copy of that of the one below")
        (start,) = self.section.unpack(LE32, self.starts_off + LE32.size * i)
        check(i or not start, "5.1: the first block does not start at 0")
        return start, position


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


class BlockHeader(NamedTuple):
    """The header of a block (5.2). Widths and bases are those of source, source line, source column and name."""
    low_width: int
    column_width: int
    widths: list
    flags: int
    line_slope: int
    slot_width: int
    bases: list

    def has(self, flag):
        return bool(self.flags & flag)


def read_block_header(blocks, off):
    (low_slot_widths, column_width, *widths, flags, line_slope, source_base, column_base, line_base,
     name_base) = blocks.unpack(BLOCK_HEADER, off)
    slot_width, low_width = divmod(low_slot_widths, 1 << LOW_WIDTH_NBITS)
    line_base, name_base = int.from_bytes(line_base, "little", signed=True), int.from_bytes(name_base, "little")
    bases = [source_base, line_base, column_base, name_base]
    header = BlockHeader(low_width, column_width, widths, flags, line_slope, slot_width, bases)
    check(low_width <= MAX_LOW_WIDTH, f"5.2: a block has a low_width of {low_width}")
    check(max(column_width, *widths) <= MAX_WIDTH_IN_BLOCK, "5.2: a block has a width of more than 32 bits")
    check(header.has(LINES) or not column_width, "5.2: a block without LINES has a column_width")
    check(header.has(NAME_SLOTS) or not slot_width, "5.2: a block without NAME_SLOTS has a slot_width")
    check(line_slope == NO_SLOPE or header.has(HAS_SOURCES) and not header.has(FOLLOW_LINE),
          f"5.2: a block has a line_slope of {line_slope}, which it may not have")
    if not header.has(HAS_SOURCES):
        check(not flags & NEED_SOURCES, "5.2: a block without SOURCES has flags that need it")
        check(not any((*widths[:3], *bases[:3])), "5.2: a block without SOURCES has widths or bases of theirs")
    if not header.has(HAS_NAMES):
        check(not flags & NEED_NAMES, "5.2: a block without NAMES has flags that need it")
        check(not widths[3] and not bases[3], "5.2: a block without NAMES has a width or base of theirs")
    return header


def digits(bits, n):
    """Bits 0 ... n - 1 of an integer, each a bool. Text is faster than n shifts."""
    return [digit == "1" for digit in f"{bits:0{n}b}"[::-1]]


class BlockStreams:
    """Walks what follows the header of a block of n tokens, from off on; each part starts on a byte (5.2, 5.3)."""

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
        """n packed values of width bits. One big integer is faster than n loads."""
        if not width:
            return [0] * n
        bits = self.bits(n * width)
        mask = (1 << width) - 1
        return [bits >> at & mask for at in range(0, n * width, width)]

    def bitmap(self, n):
        """The first n bits of a bitmap; the others are zero."""
        bits = self.bits(TOKENS_PER_BLOCK)
        check(not bits >> n, "5.2: unused bits of a bitmap are not zero")
        return digits(bits, n)

    def presence(self, is_sparse):
        """Of each token whether it has a source, or a name."""
        if not is_sparse:
            return [True] * self.n
        presence = self.bitmap(self.n)
        check(0 < sum(presence) < self.n, "5.2: a presence bitmap has no token or every one")
        return presence

    def high_parts(self):
        """The high part of each token: token i with high part h has its one at bit i + h."""
        ones = list(compress(count(), digits(self.bits(8 * HIGHS_NBYTES), 8 * HIGHS_NBYTES)))
        check(len(ones) == self.n, f"5.2: {len(ones)} ones in highs of a block of {self.n} tokens")
        check(ones[-1] - (self.n - 1) <= MAX_HIGH, "5.2: a high part is too large")
        return [at - i for i, at in enumerate(ones)]

    def records(self, widths):
        """A list for each field of the records, that of the lowest bits first."""
        records = self.run(self.n, sum(widths))
        fields = []
        shift = 0
        for width in widths:
            mask = (1 << width) - 1
            fields.append([record >> shift & mask for record in records] if width else [0] * self.n)
            shift += width
        return fields

    def names(self, header, presence, n_names):
        """The name of each token, None where there is none (5.3)."""
        if not header.has(HAS_NAMES):
            return [None] * self.n
        slots = range(sum(presence))
        if header.has(NAME_SLOTS):
            slots = self.slots(len(slots), header.slot_width)
        values = self.run(max(slots) + 1, header.widths[3])
        check(not header.has(NAME_SLOTS) or len(set(values)) == len(values), "5.3: a name of a block is stored twice")
        names = [header.bases[3] + value & M32 for value in values]
        check(max(names) < n_names, "5.3: the index of a name is too large")
        names = list(map(names.__getitem__, slots))
        if not header.has(SPARSE_NAMES):
            return names
        rest = iter(names)
        return [next(rest) if is_present else None for is_present in presence]

    def slots(self, n, width):
        """The slots of n names, numbered in the order of first use."""
        slots = self.run(n, width)
        greatest = list(accumulate(slots, max, initial=-1))
        check(all(slot <= before + 1 for slot, before in zip(slots, greatest)), "5.3: a slot is not of the next number")
        check(greatest[-1].bit_length() == width, "5.3: slots of a block have a wrong width")
        return slots


@cache
def slope_steps(line_slope):
    """What the slope of source lines adds to that of each token of a block (5.2)."""
    return [(line_slope * i >> 4) - 8 * i for i in range(TOKENS_PER_BLOCK)]


def generated_positions(header, start, highs, lows, columns):
    """Lines and columns of a block, of which the directory says that it begins at start, a (line, column)."""
    first = start[0] if header.has(LINES) else start[1]
    primary = [first + (high << header.low_width) + low for high, low in zip(highs, lows)]
    if header.has(LINES):
        lines = primary
        positions = list(zip(lines, columns))
        check(lines[0] < lines[-1], "5.2: a block with LINES is on one line")
    else:
        lines = [start[0]] * len(primary)
        positions = columns = primary
    check((lines[0], columns[0]) == start, "5.1: a block does not begin where DIRECTORY says")
    check(positions == sorted(positions), "5.1: the tokens of a block are not sorted")
    check(lines[-1] <= MAX_LINE and max(columns) < NONE, "2.1: a token is at an impossible position")
    return lines, columns


def original_positions(header, fields, lines, columns):
    """Sources, source lines and source columns, were it that all tokens have them."""
    sources, source_lines, source_columns = fields
    # A line_slope goes with no FOLLOW_LINE.
    source_lines = map(add, source_lines, lines if header.has(FOLLOW_LINE) else slope_steps(header.line_slope))
    if header.has(FOLLOW_COLUMN):
        source_columns = map(add, source_columns, columns)
    return [[base + value & M32 for value in values]
            for base, values in zip(header.bases, (sources, source_lines, source_columns))]


def decode_block(blocks, directory, block, n, n_sources, n_names):
    """All n tokens of a block: six lists, in the order of Token's fields, None where a value is absent."""
    off, start = directory.block(block)
    next_off, next_start = blocks.nbytes - GUARD_NBYTES, (NONE, NONE)
    if block + 1 < directory.section.count:
        next_off, next_start = directory.block(block + 1)
    header = read_block_header(blocks, off)
    streams = BlockStreams(blocks, off + BLOCK_HEADER.size, n)
    highs = streams.high_parts()
    presence = streams.presence(header.has(SPARSE_SOURCES))
    name_presence = streams.presence(header.has(SPARSE_NAMES))
    columns, lows, *fields = streams.records((header.column_width, header.low_width, *header.widths[:3]))
    names = streams.names(header, name_presence, n_names)
    lines, columns = generated_positions(header, start, highs, lows, columns)
    check(streams.off == next_off, "5.1: a block does not end where the next one starts")
    check((lines[-1], columns[-1]) <= next_start, "5.1: a block starts before the last token of the one before")
    if not header.has(HAS_SOURCES):
        return [lines, columns, *[[None] * n] * 3, names]
    originals = original_positions(header, fields, lines, columns)
    check(max(compress(originals[0], presence)) < n_sources, "5.2: the index of a source is too large")
    for values in originals[1:]:
        check(max(compress(values, presence)) < NONE, "2.1: a token is at an impossible original position")
    if header.has(SPARSE_SOURCES):
        # The fields of a token without a source mean nothing.
        originals = [[value if is_present else None for value, is_present in zip(values, presence)]
                     for values in originals]
    return [lines, columns, *originals, names]
