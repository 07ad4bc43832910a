#!/usr/bin/env python3
"""spec/smcache_reader.py, written from the spec alone, against the program: on every token, source, content and line.

Where the map was made up here, both are held to what went into it.
"""

import json
import random
import re
import sys
import zlib
from itertools import product
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "spec"), str(ROOT / "tests" / "cli"), str(Path(__file__).resolve().parent)]

from blocks import replace_sections
from maps import RandomMap
from smcache_reader import NONE, Cache, FormatError
from support import EXAMPLE, INPUT, CliTest, main, make_map, to_bytes

MODES = ["deflate", "raw", "none"]
SHOWN_MAX = 160  # characters of a source line that -C shows
MANY_LINES = 90_000  # more than any content here has
SIZES = [1, 2, 40, 127, 128, 129, 130, 255, 256, 257, 300, 700, 1000, 2048, 2049, 3000]
LARGE = [4096, 4097, 5000, 6000, 9000]
N_MAPS = 200
N_LARGE = 10
N_LOOKUPS = 2000  # of an example or a large map
N_LOOKUPS_SMALL = 60
N_FLIPS = 2000

CONTROL_OR_SURROGATE = re.compile("[\0-\x08\n-\x1f\x7f-\x9f\ud800-\udfff]")


def replace_surrogates(text):
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def tsv(text):
    """A text as a field of a row; None is an empty one."""
    text = replace_surrogates(text or "")
    return text.translate(str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}))


def shown(text):
    """As the program shows it to people."""
    return CONTROL_OR_SURROGATE.sub("\ufffd", text)


def shown_line(number, line, is_marked):
    ellipsis = "\u2026" if len(line) > SHOWN_MAX else ""
    return f"{'>' if is_marked else ' '}{number:5} | {shown(line[:SHOWN_MAX])}{ellipsis}"


def token_row(token):
    line, column, source, source_line, source_column, name = token
    original = "\t\t" if source is None else f"{source}\t{source_line}\t{source_column}"
    return f"{line}\t{column}\t{original}\t{tsv(name)}\n"


def tokens_of(cache):
    """All tokens, with names as texts."""
    for token in cache:
        yield (*token[:5], None if token.name is None else cache.names[token.name])


class ReaderTest(CliTest):
    def build_mode(self, data, mode):
        path = self.folder / "out.smcache"
        self.succeed("build", "-", "-o", path, f"--sources={mode}", stdin=data)
        return path, Cache(path.read_bytes())

    def c_lookups(self, path, queries, *options):
        """The program's answers to 0-based positions: fields 3 to 6 of each row."""
        stdin = "".join(f"{line}:{column}\n" for line, column in queries).encode()
        out = self.succeed("lookup", path, "-", "--format=tsv", "--line-base=0", "--column-base=0", *options,
                           stdin=stdin).text
        rows = [row.split("\t") for row in out.split("\n")[:-1]]
        self.assertEqual([tuple(map(int, row[:2])) for row in rows], queries)
        return [row[2:6] for row in rows]

    @staticmethod
    def python_lookups(cache, queries, across_lines=False):
        """The same by the Python reader. It keeps the last block that it has unpacked: sorted queries are cheap."""
        for line, column in queries:
            token = cache.lookup(line, column, across_lines)
            if token is None:
                yield [""] * 4
            else:
                name = None if token.name is None else cache.string(token.name)
                source = tsv(cache.sources[token.source].name)
                yield [source, str(token.source_line), str(token.source_column), tsv(name)]

    def check_sources(self, path, cache):
        expected = []
        for i, source in enumerate(cache.sources):
            sizes = f"{source.content_nbytes}\t{source.n_lines}" if source.has_content else "\t"
            ignored = "ignored" if source.is_ignored else ""
            raw_name = "" if source.raw_name == source.name else tsv(source.raw_name)
            expected.append(f"{i}\t{tsv(source.name)}\t{sizes}\t{ignored}\t{raw_name}\n")
        self.assertEqual(self.succeed("dump", path, "--sources").text, "".join(expected))


class Example(ReaderTest):
    def test_example(self):
        for source_map in sorted(EXAMPLE.glob("dist/*.map")):
            for mode in MODES:
                with self.subTest(source_map.name, mode=mode):
                    self.check(source_map.read_bytes(), mode)

    def check(self, data, mode):
        members = json.loads(data)
        path, cache = self.build_mode(data, mode)
        self.assertGreater(len(cache), 500)
        self.assertEqual(self.tokens(path), "".join(map(token_row, tokens_of(cache))))
        self.check_sources(path, cache)
        self.assertEqual([source.name for source in cache.sources], members["sources"])
        contents = members["sourcesContent"] if mode != "none" else [None] * cache.n_sources
        for source, content in zip(cache.sources, contents):
            self.assertEqual(source.content, None if content is None else content.encode())
        rng = random.Random(mode)
        tokens = list(cache)
        queries = [(token.line, max(0, token.column + rng.randrange(-3, 9)))
                   for token in rng.choices(tokens, k=N_LOOKUPS)]
        queries[::10] = [(rng.randrange(4), rng.randrange(5000)) for _ in queries[::10]]
        queries.sort()
        self.assertEqual(self.c_lookups(path, queries), list(self.python_lookups(cache, queries)))


class Random(ReaderTest):
    def test_random_maps(self):
        rng = random.Random(20)
        flags, kinds = set(), set()
        for i in range(N_MAPS):
            n_tokens = rng.choice(LARGE if i < N_LARGE else SIZES)
            made = RandomMap(random.Random(rng.getrandbits(64)), n_tokens)
            data = to_bytes(made.source_map)
            index = None
            for mode in MODES:
                with self.subTest(map=i, n_tokens=n_tokens, mode=mode):
                    path, cache = self.build_mode(data, mode)
                    for header in self.block_headers(cache):
                        flags |= {(bit, header[6] >> bit & 1) for bit in range(8)}
                        # Lines or columns, with low parts or without; how source lines go.
                        kinds |= {(header[6] & 1, header[0] % 32 > 0), (header[7] > 128) - (header[7] < 128)}
                    self.check_sources(path, cache)
                    self.check_contents(made, path, cache, mode)
                    if index is None:
                        self.check_index(made, path, cache, N_LOOKUPS if i < N_LARGE else N_LOOKUPS_SMALL)
                        index = self.index_bytes(cache)
                    self.assertEqual(self.index_bytes(cache), index)  # the mode is no matter to it
        self.assertEqual(flags, set(product(range(8), (0, 1))), "some flag of blocks was not tested")
        self.assertEqual(kinds, {*product((0, 1), (False, True)), -1, 0, 1}, "some kind of block was not tested")

    @staticmethod
    def index_bytes(cache):
        return [cache.sections[section].read(0, cache.sections[section].nbytes) for section in (0x30, 0x40, 0x70)]

    @staticmethod
    def block_headers(cache):
        """The first eight bytes of each block (spec 5.2): low_slot_widths, widths, flags, line_slope."""
        for block in range(cache.n_blocks):
            yield cache.sections[0x40].read(cache.directory.block(block)[0], 8)

    def check_index(self, made, path, cache, n_lookups):
        self.assertEqual(list(tokens_of(cache)), made.tokens)
        self.assertEqual(cache.n_lines, made.n_lines)
        self.assertEqual(self.tokens(path), "".join(map(token_row, made.tokens)))
        for across_lines in False, True:
            queries = sorted(made.queries(N_LOOKUPS_SMALL if across_lines else n_lookups))
            expected = []
            for query in queries:
                token = made.lookup(*query, across_lines)
                fields = (None, "", "", None) if token is None else (made.sources[token[2]], *token[3:])
                source, line, column, name = fields
                expected.append([tsv(source), str(line), str(column), tsv(name)])
            self.assertEqual(list(self.python_lookups(cache, queries, across_lines)), expected)
            self.assertEqual(self.c_lookups(path, queries, *["--across-lines"] * across_lines), expected)

    def check_contents(self, made, path, cache, mode):
        contents = [None] * len(made.sources) if mode == "none" else made.contents
        expected = []
        for i, (source, name, content) in enumerate(zip(cache.sources, made.sources, contents)):
            self.assertEqual(source.name, name)
            expected.append(f"{'(source without a name)' if name is None else shown(name)}:1:1")
            if content is None:
                self.assertEqual((source.has_content, source.content, source.n_lines), (False, None, 0))
                continue
            lines = made.lines(i)
            self.assertEqual(source.content, content.encode("utf-8", "surrogatepass"))
            self.assertEqual(source.lines, [line.encode("utf-8", "surrogatepass") for line in lines])
            expected += [shown_line(1, lines[0], True), "       | ^"]
            expected += [shown_line(k + 2, line, False) for k, line in enumerate(lines[1:])]
        queries = [f"{made.n_lines}:{i + 1}" for i in range(len(made.sources))]
        found = self.succeed("lookup", path, *queries, f"-C{MANY_LINES}").text
        self.assertEqual(found.split("\n"), [*expected, ""])


class Limits(ReaderTest):
    def test_range_mappings_have_an_end(self):
        """What is more than NONE - 1 is NONE - 1 (5.5), on the token's line and on later ones."""
        path, cache = self.build_mode(to_bytes(make_map([(0, 5, 0, 3, 7)], ["a.js"], rangeMappings="A")), "none")
        end = NONE - 1
        expected = {
            (0, 5): (3, 7), (0, end - 2): (3, end), (0, end - 1): (3, end), (0, end): (3, end), (0, NONE): (3, end),
            (1, 0): (4, 0), (1, end): (4, end), (1, NONE): (4, end), (end - 3, 9): (end, 9), (end - 2, 9): (end, 9),
            (NONE, 0): (end, 0), (NONE, NONE): (end, end)}
        rows = [["a.js", str(line), str(column), ""] for line, column in expected.values()]
        self.assertEqual(list(self.python_lookups(cache, expected)), rows)
        queries = [query for query in expected if NONE not in query]  # which the program does not take
        self.assertEqual(self.c_lookups(path, queries),
                         [row for query, row in zip(expected, rows) if NONE not in query])

    def test_long_names_are_none_of_css(self):
        names = ["x" * (4096 - len(end) + more) + end for end in (".css", ".scss?x") for more in (0, 1)]
        names += ["\u00fc" * 2046 + ".css", "\u00fc" * 2047 + ".css", "a.css#" + "x" * 4096]  # bytes count
        for mode in "raw", "deflate":
            path, cache = self.build_mode(to_bytes(make_map([], names, contents=["a\fb\u2028c\n"] * 7)), mode)
            css, other = [b"a", "b\u2028c".encode(), b""], [b"a\fb", b"c", b""]
            self.assertEqual([source.lines for source in cache.sources],
                             [css, other, css, other, css, other, other])
            self.succeed("verify", path)

    def test_pieces_have_a_limit(self):
        """Empty blocks may be in a piece, but not too many of them (7.2)."""
        five, six = bytes.fromhex("0208208000"), bytes.fromhex("02000000ffff")  # four of fixed codes; one, and one stored
        path, _ = self.build_mode(to_bytes(make_map([], ["a.js"], contents=["a"])), "deflate")
        deflater = zlib.compressobj(wbits=-15)
        piece = deflater.compress(b"a") + deflater.flush()
        for nbytes, verdict in (65, "content digest differs"), (66, "content piece of too many bytes"):
            n = nbytes - len(piece)
            stream = six * (n % 5) + five * ((n - n % 5 * 6) // 5) + piece
            self.assertEqual(zlib.decompress(stream, -15), b"a")
            data = replace_sections(path.read_bytes(), {
                0x90: (bytes(8) + len(stream).to_bytes(8, "little"), 1), 0xA0: (stream, 1)})
            self.assertIn(verdict, self.fail_with(INPUT, "verify", self.write("x.smcache", data)).message)
            source = Cache(data).sources[0]
            if nbytes == 65:
                self.assertEqual(source.content, b"a")
            else:
                with self.assertRaisesRegex(FormatError, r"\Aspec section 7\.2: piece 0 of CONTENT takes more"):
                    self.assertIsNone(source.content)


class Damage(ReaderTest):
    """A damaged file is refused with FormatError, or something else is read from it; nothing else happens."""

    @staticmethod
    def small_map():
        """Blocks of several lines and of one, with sources and names of some tokens; contents with all line ends."""
        rng = random.Random(3)
        tokens = [(i // 60, i, *([0, i // 60, i] if i % 5 else [])) for i in range(140)]
        tokens = [(*token, rng.randrange(6)) if len(token) == 5 and i % 3 else token for i, token in enumerate(tokens)]
        return make_map(tokens, ["a.js", None, "s.css"], ["n", "\u00fc", "\U0001f600", "x", "y", "\ud800"],
                        ["a\r\nb\u2028c", None, "d\fe\n"], file="f", sourceRoot="r")

    @staticmethod
    def read_everything(data):
        cache = Cache(data)
        tokens = [(*token[:5], None if token.name is None else cache.string(token.name)) for token in cache]
        contents = [(source.name, source.content, source.lines) for source in cache.sources]
        found = [cache.lookup(line, column, line == 1) for line in range(4) for column in (0, 50, 119, 200)]
        return tokens, contents, found, cache.names, cache.file, cache.source_root, cache.n_lines

    def test_flips(self):
        rng = random.Random(4)
        n_refused = n_different = 0
        for mode in "deflate", "raw":
            path, _ = self.build_mode(to_bytes(self.small_map()), mode)
            good = path.read_bytes()
            expected = self.read_everything(good)
            for _ in range(N_FLIPS // 2):
                data = bytearray(good)
                for _ in range(rng.choice([1, 1, 1, 2, 5])):
                    data[rng.randrange(len(data))] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
                try:
                    n_different += self.read_everything(bytes(data)) != expected
                except FormatError as error:
                    self.assertRegex(str(error), r"\Aspec section \d(\.\d)*: .")
                    n_refused += 1
        self.assertGreater(n_refused, N_FLIPS // 5)
        self.assertGreater(n_different, 0)

    def test_every_truncation(self):
        path, _ = self.build_mode(to_bytes(self.small_map()), "raw")
        good = path.read_bytes()
        for length in range(len(good)):
            with self.assertRaises(FormatError):
                Cache(good[:length])

    def test_records_of_sources(self):
        """first_line and content_off of each, and the values of LINE_COUNTS."""
        path, cache = self.build_mode(to_bytes(self.small_map()), "raw")
        good = path.read_bytes()
        records = [cache.source_record(i) for i in range(4)]
        self.assertEqual([record[1:3] for record in records], [(0, 0), (3, 8), (3, 8), (6, 12)])
        self.assertEqual((cache.n_content_lines, cache.line_counts.values(0, 2)), (6, [0, 6]))
        for i, (_, *right, _, _) in enumerate(records):
            for field, nbytes, value in (*((0, 4, value) for value in (*range(9), NONE)),
                                         *((1, 5, value) for value in (*range(14), 2 ** 32, 2 ** 39))):
                if value == right[field]:
                    continue
                at = cache.sections[0x50].off + 16 * i + 4 + 4 * field
                data = good[:at] + value.to_bytes(nbytes, "little") + good[at + nbytes:]
                with self.assertRaises(FormatError, msg=f"record {i}: {value}"):
                    self.read_everything(data)
        # The names: strings 6 and 7, and none; each is bytes of STRING_BYTES, or NONE with 65,535.
        self.assertEqual([(record[0], record[4]) for record in records],
                         [(cache.string_offsets.values(6, 7)[0], 6), (NONE, 0xFFFF),
                          (cache.string_offsets.values(7, 8)[0], 7), (NONE, 0xFFFF)])
        for i, (name_off, *_, name_nbytes) in enumerate(records):
            at = cache.sections[0x50].off + 16 * i
            for value in (0, 1, 2, 3, name_off ^ 1, name_off + 1, 99, NONE - 1, NONE):
                if value not in (name_off, NONE + 1):
                    data = good[:at] + value.to_bytes(4, "little") + good[at + 4:]
                    with self.assertRaisesRegex(FormatError, r"\Aspec section (6|8): ", msg=f"record {i}: {value}"):
                        self.read_everything(data)
            for value in (0, 1, name_nbytes ^ 1, name_nbytes - 1, 99, 0xFFFE, 0xFFFF):
                if value != name_nbytes:
                    data = good[:at + 14] + value.to_bytes(2, "little") + good[at + 16:]
                    with self.assertRaisesRegex(FormatError, r"\Aspec section (6|8): ", msg=f"record {i}: {value}"):
                        self.read_everything(data)
        group = cache.sections[0x80].off
        for base in 1, 7, 2 ** 64 - 1:  # lines before the first, or less than none
            data = good[:group] + base.to_bytes(8, "little") + good[group + 8:]
            with self.assertRaisesRegex(FormatError, r"\Aspec section (4|6): "):
                self.read_everything(data)

    def test_long_names_of_sources(self):
        """Those that do not fit into a record are strings, those that do are not."""
        names = ["a" * n for n in (0xFFFE, 0xFFFF, 0x10000, 0, 1)]
        path, cache = self.build_mode(to_bytes(make_map([], names)), "none")
        good = path.read_bytes()
        self.assertEqual([source.name for source in cache.sources], names)
        offsets = cache.string_offsets.values(0, 6)
        self.assertEqual([(cache.source_record(i)[0], cache.source_record(i)[4]) for i in range(5)],
                         [(0, 0xFFFE), (1, 0xFFFF), (2, 0xFFFF), (offsets[3], 0), (offsets[4], 1)])
        self.succeed("verify", path)
        for i, string in (1, 0), (2, 3), (1, 4), (2, 5):  # strings that fit, and one that there is not
            at = cache.sections[0x50].off + 16 * i
            data = good[:at] + string.to_bytes(4, "little") + good[at + 4:]
            with self.assertRaisesRegex(FormatError, r"\Aspec section 6: "):
                self.read_everything(data)

    def test_directory(self):
        """No byte of DIRECTORY may be another one."""
        rows = [(line, column) for line in range(600) for column in range(64)]
        path, cache = self.build_mode(to_bytes(make_map(rows, ["a.js"])), "none")
        good = path.read_bytes()
        section = cache.sections[0x30]
        self.assertEqual(cache.directory.counts, (2, 19, 300))
        rng = random.Random(5)
        for at in sorted({*range(0, 8 * 21), *rng.sample(range(section.nbytes), 200)}):
            data = bytearray(good)
            data[section.off + at] ^= 1 << rng.randrange(8)
            with self.assertRaisesRegex(FormatError, r"\Aspec section ", msg=f"byte {at}"):
                list(Cache(bytes(data)))

    def test_line_counts(self):
        """What is wrong within LINE_COUNTS leads to some line of the content, or to none."""
        content = "".join("x" * (i * i % 90) + "\n" for i in range(300))
        for mode in "raw", "deflate":
            path, cache = self.build_mode(to_bytes(make_map([], ["a.js"], contents=[content])), mode)
            good = path.read_bytes()
            values = cache.line_counts.values(0, cache.sections[0x80].count)
            self.assertEqual(values, [content[:2048 * e].count("\n") + (e > 0) for e in range(len(values) - 1)] + [301])
            self.assertGreater(len(values), 6)
            section = cache.sections[0x80]
            n_refused = 0
            for bit in range(8 * 16, 8 * (section.nbytes - 8)):
                data = bytearray(good)
                data[section.off + bit // 8] ^= 1 << bit % 8
                try:
                    lines = Cache(bytes(data)).sources[0].lines
                    self.assertTrue(all(line in content.encode() for line in lines))
                except FormatError as error:
                    self.assertRegex(str(error), r"\Aspec section (4|6|7\.3): .")
                    n_refused += 1
            self.assertGreater(n_refused, len(values))

    def test_every_byte_of_the_header_and_the_table(self):
        path, _ = self.build_mode(to_bytes(self.small_map()), "deflate")
        good = path.read_bytes()
        n_sections = int.from_bytes(good[72:76], "little")
        expected = self.read_everything(good)
        # Counts of BLOCKS, STRING_OFFSETS and CONTENT: their sizes depend on what they hold, so opening may not see it.
        table = range(128, 128 + 32 * n_sections, 32)
        vague = {entry + 24 for entry in table if int.from_bytes(good[entry:entry + 4], "little") in (0x40, 0x60, 0xA0)}
        self.assertEqual((n_sections, len(vague)), (12, 3))
        unread = {*range(10, 12), *range(20, 24), *range(32, 72)}  # minor, may_ignore, digests, size of the input
        for offset in range(table.stop):
            data = bytearray(good)
            data[offset] ^= 0x40
            if offset in unread:
                self.assertEqual(self.read_everything(bytes(data)), expected)
            elif offset not in vague:
                with self.assertRaises(FormatError, msg=f"byte {offset}"):
                    Cache(bytes(data))


if __name__ == "__main__":
    main()
