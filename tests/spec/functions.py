"""Writes functions of tokens and inlined calls by smcache-format.md (5.6 to 5.8), with the choices that it leaves open.

What the builder makes is one way to write them. Readers must understand them all.
"""

import struct

from blocks import N_TOKENS, NONE, pack, replace_sections

RUN_OFFSETS, RUNS, FUNCTIONS, INLINED, CALL_SITES = 0x4A, 0x4B, 0x4C, 0x4E, 0x4F
STRING_OFFSETS, STRING_BYTES = 0x60, 0x70
PREFIXES, JOINTS = ["", "new ", "get ", "set "], ["", ".", "#"]
NAMED = 3


def offset_list(values, rng):
    """Ascending values, packed (4); a width may be larger than it must be."""
    groups = words = b""
    for start in range(0, len(values), 64):
        group = values[start:start + 64]
        width = (group[-1] - group[0]).bit_length() + rng.randrange(3)
        groups += struct.pack("<QIHBB", group[0], len(words) // 8, 0, width, 0)
        words += pack([value - group[0] for value in group], width).ljust(8 * width, b"\0")
    return groups + words + bytes(8)


def split_name(name, last):
    """prefix, qualifier, joint (5.7)."""
    rest = name.removesuffix(last)
    prefix = next((i for i in (1, 2, 3) if rest.startswith(PREFIXES[i])), 0)
    rest = rest[len(PREFIXES[prefix]):]
    joint = next((i for i in (1, 2) if rest.endswith(JOINTS[i])), 0)
    return prefix, rest[:len(rest) - len(JOINTS[joint])], joint


class FunctionWriter:
    """What to write of a file with these strings, a list to which those of names are added.

    of_token: a function of each token, (kind, origin, name, last) or None. extents: (line, column, call site,
    function, flags). sites: (source, line, column, function, next). Call sites are indices or None.
    """

    def __init__(self, strings, of_token, extents, sites, rng):
        self.strings, self.of_token, self.extents, self.sites, self.rng = strings, of_token, extents, sites, rng
        used = [*of_token, *(row[3] for row in extents), *(row[3] for row in sites)]
        used = [function for function in dict.fromkeys(used) if function is not None]
        self.nameless = sorted({kind | origin << 2 for kind, origin, _, _ in used if kind != NAMED})
        self.named = [function for function in used if function[0] == NAMED]

    def index(self, function):
        if function is None:
            return NONE
        kind, origin = function[:2]
        if kind != NAMED:
            return self.nameless.index(kind | origin << 2)
        return len(self.nameless) + self.named.index(function)

    def string(self, text):
        if text not in self.strings:
            self.strings.append(text)
        return self.strings.index(text)

    def more(self, least, most):
        """A width that is not too small."""
        return self.rng.choice([least, least, min(least + 1, most), most, self.rng.randint(least, most)])

    def functions(self):
        rows = []
        for _, origin, name, last in self.named:
            prefix, qualifier, joint = split_name(name, last)
            rows.append((self.string(last), self.string(qualifier) + 1 if qualifier else 0,
                         origin | prefix << 3 | joint << 5))
        widths = [self.more(max(row[i] for row in rows).bit_length(), 32) for i in (0, 1)] if rows else [0, 0]
        records = [last | qualifier << widths[0] | rest << sum(widths) for last, qualifier, rest in rows]
        header = bytes([*widths, len(self.nameless), 0]) + bytes(self.nameless).ljust(12, b"\0")
        return header + pack(records, sum(widths) + 7) + bytes(8)

    def block(self, of_token):
        starts = [i for i in range(len(of_token)) if i == 0 or of_token[i] != of_token[i - 1]]
        found = [self.index(of_token[i]) for i in starts]
        n_nameless = len(self.nameless)
        named = [index for index in found if index != NONE and index >= n_nameless]
        base = self.rng.choice([0, min(named) - n_nameless]) if named else 0
        values = [0 if index == NONE else index + 1 - (base if index >= n_nameless else 0) for index in found]
        width = self.more(max(values).bit_length(), 32)
        header = bytes([len(starts) - 1, width]) + base.to_bytes(3, "little")
        return header + pack(starts[1:], 7) + pack(values, width)

    def sections(self):
        changes = {}
        if self.named or self.nameless:
            changes[FUNCTIONS] = (self.functions(), len(self.nameless) + len(self.named))
        if any(self.of_token):
            runs, offsets = b"", [0]
            for start in range(0, len(self.of_token), N_TOKENS):
                runs += self.block(self.of_token[start:start + N_TOKENS])
                offsets.append(len(runs))
            changes[RUN_OFFSETS] = (offset_list(offsets, self.rng), len(offsets))
            changes[RUNS] = (runs + bytes(8), len(self.of_token))
        if self.extents:
            changes[INLINED] = (b"".join(struct.pack(
                "<IIIIB", column, line, NONE if site is None else site, self.index(function), flags)
                for line, column, site, function, flags in self.extents), len(self.extents))
        if self.sites:
            changes[CALL_SITES] = (b"".join(struct.pack(
                "<IIIII", source, line, column, self.index(function), NONE if after is None else after)
                for source, line, column, function, after in self.sites), len(self.sites))
        texts = [text.encode("utf-8", "surrogatepass") for text in self.strings]
        offsets = [sum(map(len, texts[:i])) for i in range(len(texts) + 1)]
        changes[STRING_OFFSETS] = (offset_list(offsets, self.rng), len(offsets))
        changes[STRING_BYTES] = (b"".join(texts), offsets[-1])
        return changes


def write_functions(data, cache, of_token, extents, sites, rng):
    """A file with these functions; `cache` is the file without them."""
    strings = [cache.string(i) for i in range(cache.n_strings)]
    return replace_sections(data, FunctionWriter(strings, of_token, extents, sites, rng).sections())
