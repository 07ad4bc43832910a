"""Compiled files to start from, in the forms of cache_input.h: good ones of the target's own, and the example of the
spec."""

import re
import struct
from pathlib import Path

SPEC = Path(__file__).resolve().parent.parent.parent / "spec/smcache-format.md"
SECTIONS, EDITS, BYTES = range(3)
N_BASES, N_KINDS = 6, 6
UNSEALED, GUARDED, ROOMY = 4, 8, 128


def example():
    """The file of the spec's worked example."""
    rows = re.findall(r"(?m)^ *(\d+)  ((?:[0-9a-f]{2} ?)+)(?:  |$)", SPEC.read_text(encoding="utf-8"))
    data = b""
    for offset, digits in rows:
        assert int(offset) == len(data)
        data += bytes.fromhex(digits)
    return data


def sections_of(data):
    found = b""
    for i in range(*struct.unpack_from("<I", data, 72)):
        section, encoding, off, nbytes, count = struct.unpack_from("<IIQQQ", data, 128 + 32 * i)
        found += struct.pack("<BBHI", section, encoding, nbytes, count) + data[off:off + nbytes]
    return found


def of_cache():
    data = example()
    assert len(data) == int.from_bytes(data[24:32], "little")
    seeds = [bytes([how]) + data for how in (BYTES, BYTES | UNSEALED, BYTES | GUARDED)]
    seeds += [bytes([SECTIONS | how]) + sections_of(data) for how in (0, ROOMY)]
    for base in range(N_BASES):
        seeds += [bytes([EDITS | how << 4, base]) for how in range(16)]
        for field in range(0, 400, 7):
            seeds.append(bytes([EDITS | GUARDED * (field % 2) | ROOMY * (field // 2 % 2), base])
                         + struct.pack("<HHBI", field, field // 3, field % N_KINDS, field * field))
    numbers = [0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 8, 2**32 - 1]
    words = {number.to_bytes(4, "little") for number in numbers} | {number.to_bytes(8, "little") for number in numbers}
    words |= {bytes([section, 0, 0, 0]) for section in range(0x10, 0xA1)} | {(2**64 - 8).to_bytes(8, "little")}
    return seeds, sorted(words)
