#!/usr/bin/env python3
"""Functions of bytecode (spec 5.9): what the builder makes of a map, by spec/smcache_reader.py; and damaged files."""

import json
import random
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "spec"), str(ROOT / "tests" / "cli"), str(Path(__file__).resolve().parent)]

from blocks import NONE, replace_sections
from smcache_reader import Cache, FormatError
from support import INPUT, CliTest, main, make_map, run

BYTECODE_SEGMENTS, BYTECODE_OFFSETS = 0x78, 0x7A
KEY = "x_hermes_function_offsets"
N_MAPS = 60
N_LOOKUPS = 100

# What verify says of a file that has no fault but its digest, at which it looks last.
ONLY_DIGEST = "content digest differs"


def random_offsets(rng):
    """Segments in any order; some have no function."""
    limit = rng.choice([3, 50, NONE])
    segments = rng.sample(range(limit), min(limit, rng.choice([1, 1, 2, 10, 40])))
    return {str(segment): [rng.randrange(rng.choice([100, 2 ** 20, NONE])) for _ in range(rng.choice([0, 1, 3, 200]))]
            for segment in segments}


class BytecodeTest(CliTest):
    def built(self, offsets):
        return self.build({**make_map([(0, 0, 0, 0, 0)]), KEY: offsets})


class Random(BytecodeTest):
    def test_random_maps(self):
        rng = random.Random(57)
        n_found = 0
        for i in range(N_MAPS):
            offsets = random_offsets(rng)
            with self.subTest(i):
                path = self.built(offsets)
                self.succeed("verify", path)
                cache = Cache(path)
                segments = {int(segment): starts for segment, starts in offsets.items() if starts}
                self.assertEqual(cache.bytecode.check_all(), dict(sorted(segments.items())))
                self.assertEqual((BYTECODE_SEGMENTS in cache.sections, BYTECODE_OFFSETS in cache.sections),
                                 (bool(segments), bool(segments)))
                self.check_info(path, segments)
                for _ in range(N_LOOKUPS):
                    segment = rng.choice([rng.randrange(NONE), *map(int, offsets)])
                    function, byte = rng.randrange(220), rng.choice([0, 7, rng.randrange(NONE)])
                    expected = None
                    if function < len(segments.get(segment, [])):
                        column = segments[segment][function] + byte
                        expected = (segment, column) if column < NONE else None
                    self.assertEqual(cache.bytecode_position(segment, function, byte), expected)
                    n_found += expected is not None
        self.assertGreater(n_found, 500)

    def check_info(self, path, segments):
        info = json.loads(self.succeed("info", path, "--json").text)
        found = {section["name"]: (section["nbytes"], section["count"]) for section in info["sections"]}
        n_offsets = sum(map(len, segments.values()))
        expected = (8 * len(segments), len(segments)), (4 * n_offsets, n_offsets)
        self.assertEqual((found.get("BYTECODE_SEGMENTS", (0, 0)), found.get("BYTECODE_OFFSETS", (0, 0))), expected)


class Damage(BytecodeTest):
    """What the Python reader takes for good, the program does too, and the other way round."""

    def check(self, data, what):
        """Whether a file is good, in which nothing but these sections may be wrong."""
        try:
            Cache(data).bytecode.check_all()
            is_good = True
        except FormatError as error:
            self.assertRegex(str(error), r"\Aspec section (3\.4|5\.9|8): .", what)
            is_good = False
        message = run("verify", self.write("x.smcache", data)).message
        self.assertEqual(ONLY_DIGEST in message, is_good, (what, message))
        return is_good

    def test_flips(self):
        path = self.built({"0": [16, 40, 72], "2": [8], "7": [0, 1]})
        good = path.read_bytes()
        found = []
        for section_id in BYTECODE_SEGMENTS, BYTECODE_OFFSETS:
            section = Cache(good).sections[section_id]
            for bit in range(8 * section.nbytes):
                data = bytearray(good)
                data[section.off + bit // 8] ^= 1 << bit % 8
                found.append(self.check(bytes(data), f"bit {bit} of {section_id:#x}"))
        self.assertEqual((len(found), all(found[3 * 64:])), (8 * 48, True))  # offsets may be any
        self.assertIn(True, found[:3 * 64])
        self.assertGreater(found.count(False), 100)

    def test_sections(self):
        path = self.built({})
        good = path.read_bytes()
        segments = [(0, 2), (1, 3), (NONE - 1, 4)]
        for records, starts, is_good in (
                (segments, [1, NONE, 3, NONE], True), (segments[:1], [0, 0], True), (segments[1:], [5] * 4, True),
                ([], [], False), ([], [1], False), (segments, [], False), ([(0, 0)], [], False),
                (segments, [1] * 3, False), (segments, [1] * 5, False), ([(NONE, 1)], [1], False),
                ([(1, 2), (0, 3)], [1] * 3, False), ([(1, 2), (1, 3)], [1] * 3, False),
                ([(0, 2), (1, 2)], [1] * 2, False), ([(0, 2), (1, 1)], [1], False)):
            sections = {BYTECODE_SEGMENTS: (b"".join(struct.pack("<II", *record) for record in records), len(records)),
                        BYTECODE_OFFSETS: (struct.pack(f"<{len(starts)}I", *starts), len(starts))}
            self.assertEqual(self.check(replace_sections(good, sections), (records, starts)), is_good)
            for section_id, (data, count) in sections.items():
                alone = replace_sections(good, {section_id: (data, count)})
                wrong = [replace_sections(good, {**sections, section_id: (data + b"\0", count)}),
                         replace_sections(good, {**sections, section_id: (data, count + 1)})]
                for damaged in alone, *wrong:
                    self.assertFalse(self.check(damaged, (section_id, records, starts)))

    def test_truncated_lists(self):
        """An offsets_end that leads outside is noticed where it is used."""
        good = self.built({"0": [1, 2], "1": [3]}).read_bytes()
        data = replace_sections(good, {BYTECODE_SEGMENTS: (struct.pack("<IIII", 0, 2, 1, 4), 2)})
        cache = Cache(data)
        self.assertEqual(cache.bytecode_position(0, 1, 0), (0, 2))
        with self.assertRaisesRegex(FormatError, r"\Aspec section 8: the offsets of a segment"):
            cache.bytecode_position(1, 0, 0)
        self.assertIn("segments that do not end with BYTECODE_OFFSETS",
                      self.fail_with(INPUT, "verify", self.write("x.smcache", data)).message)


if __name__ == "__main__":
    main()
