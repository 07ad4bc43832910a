"""Writes blocks of tokens by smcache-format.md (5.2, 5.3), with all the choices that it leaves open.

What the builder makes is one way to write a block. Readers must understand them all.
"""

import struct

NONE = M32 = 0xFFFFFFFF
LINES, SOURCES, SPARSE_SOURCES, FOLLOW_LINE = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FOLLOW_COLUMN, NAMES, SPARSE_NAMES, NAME_SLOTS = 1 << 4, 1 << 5, 1 << 6, 1 << 7
N_TOKENS, FANOUT = 128, 16
DIRECTORY, BLOCKS = 0x30, 0x40
# The bases that there are: of source, source line, source column, name.
BASES = [(0, 0xFFFF), (-0x800000, 0x7FFFFF), (-0x8000, 0x7FFF), (0, 0xFFFFFF)]


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

    Flags say what the tokens are, but FOLLOW_LINE, FOLLOW_COLUMN and NAME_SLOTS, which are set if they are in `wanted`
    and can be. Widths, bases and the line_slope are as small as they can be, or with a rng something else by chance.

    Any attribute may be changed before bytes() is called. The bitmaps presence and name_presence are None or lists of
    bools; slots and values are those of the names.
    """

    def __init__(self, tokens, wanted, rng=None):
        self.rng = rng
        self.tokens, self.n = tokens, len(tokens)
        self.flags = LINES if tokens[0][0] != tokens[-1][0] else 0
        self.widths, self.bases, self.line_slope = [0] * 4, [0] * 4, 128
        self.presence = self.name_presence = None
        self.slot_width = 0
        self.fields = [[0] * self.n for _ in range(3)]  # source, source line, source column
        self.slots = self.values = ()
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
        least, most = BASES[k]
        spare = self.rng.choice([0, 1, self.rng.randrange(1 << self.rng.randrange(1, 26))]) if self.rng else 0
        base = max(least, min(min(values) - spare, most))
        fields = [value - base & M32 for value in values]  # those below the base wrap around
        self.widths[k] = self.width(max(fields).bit_length())
        self.bases[k] = base
        return fields

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
        self.flags |= NAMES | wanted & NAME_SLOTS
        if len(names) < self.n:
            self.flags |= SPARSE_NAMES
            self.name_presence = [token[5] is not None for token in self.tokens]
        self.values = self.fit(3, names)
        if wanted & NAME_SLOTS:
            stored = list(dict.fromkeys(self.values))  # in the order of first use
            self.slots = [stored.index(value) for value in self.values]
            self.slot_width = (len(stored) - 1).bit_length()
            self.values = stored

    def bytes(self):
        source, line, column, name = self.bases
        parts = [struct.pack("<8BHh", self.low_width | self.slot_width << 5, self.column_width, *self.widths, self.flags,
                             self.line_slope, source, column),
                 line.to_bytes(3, "little", signed=True), name.to_bytes(3, "little"), self.highs.to_bytes(32, "little")]
        records = [0] * self.n
        shift = 0
        for field, width in zip((self.columns, self.lows, *self.fields),
                                (self.column_width, self.low_width, *self.widths)):
            records = [record | value << shift for record, value in zip(records, field)]
            shift += width
        parts += [bitmap(bits) for bits in (self.presence, self.name_presence) if bits is not None]
        parts += [pack(records, shift), pack(self.slots, self.slot_width), pack(self.values, self.widths[3])]
        return b"".join(parts)


def blocks_of(tokens, wanted, rng):
    return [Block(tokens[i:i + N_TOKENS], wanted, rng) for i in range(0, len(tokens), N_TOKENS)]


def replace_sections(data, changes):
    """A file with other sections: changes has (bytes, count) for ids, which may be new ones. Its digest is wrong."""
    end = 128 + 32 * int.from_bytes(data[72:76], "little")
    sections = {section_id: (encoding, data[off:off + nbytes], count)
                for section_id, encoding, off, nbytes, count in struct.iter_unpack("<IIQQQ", data[128:end])}
    for section_id, (content, count) in changes.items():
        sections[section_id] = (sections.get(section_id, (0,))[0], content, count)
    end = 128 + 32 * len(sections)
    table = body = b""
    for section_id, (encoding, content, count) in sorted(sections.items()):
        body += b"\0" * (-len(body) % 8)
        table += struct.pack("<IIQQQ", section_id, encoding, end + len(body), len(content), count)
        body += content
    nbytes, n_sections = (end + len(body)).to_bytes(8, "little"), len(sections).to_bytes(4, "little")
    return data[:24] + nbytes + data[32:72] + n_sections + data[76:128] + table + body


def write_tokens(data, blocks):
    """A file with the tokens of some Blocks instead of its own."""
    firsts, starts, content = [], [], b""
    for block in blocks:
        line, column = block.tokens[0][:2]
        firsts.append(struct.pack("<II", column, line))
        starts.append(struct.pack("<I", len(content)))
        content += block.bytes()
    directory = b"".join([*firsts[::FANOUT * FANOUT], *firsts[::FANOUT], *firsts, *starts])
    n_lines = blocks[-1].tokens[-1][0] + 1
    info = int.from_bytes(data[136:144], "little")  # of the first section
    data = data[:info + 12] + n_lines.to_bytes(4, "little") + data[info + 16:]
    return replace_sections(data, {
        DIRECTORY: (directory, len(firsts)), BLOCKS: (content + b"\0" * 8, sum(block.n for block in blocks))})
