"""Writes blocks of tokens by smcache-format.md (5.2, 5.3), with all the choices that it leaves open.

What the builder makes is one way to write a block. Readers must understand them all.
"""

import struct

NONE = M32 = 0xFFFFFFFF
LINES, SOURCES, SPARSE_SOURCES, FOLLOW_LINE = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FOLLOW_COLUMN, NAMES, SPARSE_NAMES, RECUR_NAMES = 1 << 4, 1 << 5, 1 << 6, 1 << 7
N_TOKENS = 128
TOP, DIRECTORY, BLOCKS = 0x20, 0x30, 0x40


def pack(values, width):
    """Packed values (2.3)."""
    bits = 0
    for i, value in enumerate(values):
        assert not value >> width
        bits |= value << i * width
    return bits.to_bytes((len(values) * width + 7) // 8, "little")


def bitmap(bits):
    return sum(1 << i for i, bit in enumerate(bits) if bit).to_bytes(16, "little")


class Block:
    """A block of tokens: tuples (line, column, source, source line, source column, name), None where absent.

    Flags say what the tokens are, but FOLLOW_LINE, FOLLOW_COLUMN and RECUR_NAMES, which are set if they are in `wanted`
    and can be. Widths, bases and the line_slope are as small as they can be, or with a rng something else by chance.

    Any attribute may be changed before bytes() is called. The bitmaps presence, name_presence and first are None or
    lists of bools; values and repeats are those of the names.
    """

    def __init__(self, tokens, wanted, rng=None):
        self.rng = rng
        self.tokens, self.n = tokens, len(tokens)
        self.flags = LINES if tokens[0][0] != tokens[-1][0] else 0
        self.widths, self.bases, self.line_slope = [0] * 4, [0] * 4, 128
        self.presence = self.name_presence = self.first = None
        self.fields = [[0] * self.n for _ in range(3)]  # source, source line, source column
        self.values = self.repeats = ()
        self.split_positions()
        if any(token[2] is not None for token in tokens):
            self.split_originals(wanted)
        if any(token[5] is not None for token in tokens):
            self.split_names(wanted)

    def width(self, least, most=32):
        """A width that is not too small."""
        if self.rng is None or self.rng.random() < 0.5:
            return least
        return self.rng.choice([min(least + 1, most), most, self.rng.randint(least, most)])

    def split_positions(self):
        primary = [token[0 if self.flags & LINES else 1] for token in self.tokens]
        offsets = [value - primary[0] for value in primary]
        self.low_width = self.width(max(0, offsets[-1].bit_length() - 7), 25)
        self.highs = sum(1 << i + (offset >> self.low_width) for i, offset in enumerate(offsets))
        self.lows = [offset & (1 << self.low_width) - 1 for offset in offsets]
        self.columns = [token[1] if self.flags & LINES else 0 for token in self.tokens]
        self.column_width = self.width(max(self.columns).bit_length()) if self.flags & LINES else 0

    def fit(self, k, values):
        """Chooses width and base of column k; what is packed of the values."""
        lowest, span = min(values), max(values) - min(values)
        self.widths[k] = self.width(min(span.bit_length(), 32))
        spare = max(0, (1 << self.widths[k]) - 1 - span)
        self.bases[k] = lowest - (self.rng.randint(0, spare) if self.rng else 0) & M32
        return [value - self.bases[k] & M32 for value in values]

    def split_originals(self, wanted):
        present = [i for i, token in enumerate(self.tokens) if token[2] is not None]
        self.flags |= SOURCES | wanted & (FOLLOW_LINE | FOLLOW_COLUMN)
        if len(present) < self.n:
            self.flags |= SPARSE_SOURCES
            self.presence = [token[2] is not None for token in self.tokens]
        if not wanted & FOLLOW_LINE:
            self.line_slope = self.rng.choice([128, 0, 255, self.rng.randrange(256)]) if self.rng else 128
        for k in range(3):
            values = []
            for i in present:
                line, column, *original = self.tokens[i][:5]
                followed = line if wanted & FOLLOW_LINE else self.line_slope * i // 16 - 8 * i
                values.append(original[k] - (0, followed, column if wanted & FOLLOW_COLUMN else 0)[k])
            for i, value in zip(present, self.fit(k, values)):
                self.fields[k][i] = value

    def split_names(self, wanted):
        names = [token[5] for token in self.tokens if token[5] is not None]
        self.flags |= NAMES | wanted & RECUR_NAMES
        if len(names) < self.n:
            self.flags |= SPARSE_NAMES
            self.name_presence = [token[5] is not None for token in self.tokens]
        self.values = self.fit(3, names)
        if wanted & RECUR_NAMES:
            self.first = [name not in names[:r] for r, name in enumerate(names)]
            stored = [value for value, is_first in zip(self.values, self.first) if is_first]
            self.repeats = [stored.index(value) for value, is_first in zip(self.values, self.first) if not is_first]
            self.values = stored

    def bytes(self):
        parts = [struct.pack("<8B4I", self.low_width, self.column_width, *self.widths, self.flags, self.line_slope,
                             *self.bases), self.highs.to_bytes(32, "little")]
        records = [0] * self.n
        shift = 0
        for field, width in zip((self.columns, self.lows, *self.fields),
                                (self.column_width, self.low_width, *self.widths)):
            records = [record | value << shift for record, value in zip(records, field)]
            shift += width
        if self.presence is not None:
            parts.append(bitmap(self.presence))
        parts.append(pack(records, shift))
        parts += [bitmap(bits) for bits in (self.name_presence, self.first) if bits is not None]
        parts.append(pack(self.values, self.widths[3]))
        parts.append(pack(self.repeats, max(len(self.values) - 1, 0).bit_length()))
        return b"".join(parts)


def blocks_of(tokens, wanted, rng):
    return [Block(tokens[i:i + N_TOKENS], wanted, rng) for i in range(0, len(tokens), N_TOKENS)]


def replace_sections(data, changes):
    """A file with other sections: changes has (bytes, count) for ids. Its digest is wrong."""
    end = 128 + 32 * int.from_bytes(data[72:76], "little")
    table = body = b""
    for section_id, encoding, off, nbytes, count in struct.iter_unpack("<IIQQQ", data[128:end]):
        content, count = changes.get(section_id, (data[off:off + nbytes], count))
        body += b"\0" * (-len(body) % 8)
        table += struct.pack("<IIQQQ", section_id, encoding, end + len(body), len(content), count)
        body += content
    return data[:24] + (end + len(body)).to_bytes(8, "little") + data[32:128] + table + body


def write_tokens(data, blocks):
    """A file with the tokens of some Blocks instead of its own."""
    directory, content = [], b""
    for block in blocks:
        line, column = block.tokens[0][:2]
        directory.append(struct.pack("<IIQ", column, line, len(content)))
        content += block.bytes()
    tops = [entry[:8] for entry in directory[::16]]
    n_lines = blocks[-1].tokens[-1][0] + 1
    info = int.from_bytes(data[136:144], "little")  # of the first section
    data = data[:info + 12] + n_lines.to_bytes(4, "little") + data[info + 16:]
    return replace_sections(data, {
        TOP: (b"".join(tops), len(tops)), DIRECTORY: (b"".join(directory), len(directory)),
        BLOCKS: (content + b"\0" * 8, sum(block.n for block in blocks))})
