#!/usr/bin/env python3
"""A reader of smcache files, written from smcache-format.md alone, to prove that the text is enough.

Numbers in comments and error messages are sections of that text. Every line, column and index is 0-based; columns
count UTF-16 code units. The digests of the header are offered, not checked: XXH3 is not in the standard library.
"""

import argparse
import mmap
import os
import re
import sys
import zlib
from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import chain
from typing import NamedTuple, Optional

from smcache_bytecode import Bytecode
from smcache_functions import KINDS, ORIGINS, Functions
from smcache_layout import (
    BLOCKS, CONTENT, CONTENT_DIRECTORY, DIRECTORY, INFO, INFO_RECORD, LE32, LE64, LINE_COUNTS, MAX_CSS_NAME_NBYTES,
    NONE, RANGES, RAW_SOURCES, SOURCE_RECORD, SOURCES, STRETCH_NBYTES, STRING_BYTES, STRING_OFFSETS, TOKENS_PER_BLOCK,
    Directory, FormatError, OffsetList, ceil_div, check, check_sizes, decode_block, decode_string, read_header,
    read_sections)

HAS_CONTENT, IS_IGNORED = 1 << 0, 1 << 1
HAS_DEBUG_ID = 1 << 0
NAME_INDIRECT = 0xFFFF  # a name_nbytes with which name_off is a string

# The bytes that decide a line end (7.1), and a line end that begins with them.
CSS_EXTENSIONS = (".css", ".scss", ".sass", ".less", ".styl", ".pcss")
MARK = re.compile(rb"\n|\r(?!\n)|\xe2(?=\x80[\xa8\xa9])")
CSS_MARK = re.compile(rb"\n|\r(?!\n)|\f")
LOOK_AHEAD_NBYTES = 2  # that a pattern looks at behind a mark


class Token(NamedTuple):
    """One segment of the map, 0-based. source and name are indices into Cache.sources and Cache.names."""
    line: int
    column: int
    source: Optional[int]
    source_line: Optional[int]
    source_column: Optional[int]
    name: Optional[int]


def is_css_name(name):
    """Whether the lines of a source of that name end by the rule of CSS (7.1)."""
    is_css = re.split(r"[?#]", name, maxsplit=1)[0].endswith(CSS_EXTENSIONS)
    return is_css and len(name.encode("utf-8", "surrogatepass")) <= MAX_CSS_NAME_NBYTES


class Source:
    """An entry of the map's sources (6): name and raw_name (str, None for null), is_ignored, has_content,
    content_nbytes, n_lines."""

    def __init__(self, cache, index):
        self._cache = cache
        name_off, self._first_line, self._start, flags, name_nbytes = cache.source_record(index)
        _, end_line, self._end, *_ = cache.source_record(index + 1)
        name = cache.name_of_source(name_off, name_nbytes)
        self.name = None if name is None else cache.string(name)
        raw = cache.sections.get(RAW_SOURCES)
        raw_name = raw.record(LE32, index)[0] if raw else name
        self.raw_name = None if raw_name in (None, NONE) else cache.string(raw_name)
        self.is_ignored = bool(flags & IS_IGNORED)
        self.has_content = bool(flags & HAS_CONTENT)
        self.n_lines = end_line - self._first_line
        check(self._start <= self._end <= cache.stream_nbytes, f"6: the content of source {index} is out of range")
        if self.has_content:
            check(0 < self.n_lines <= self._end - self._start + 1, f"7.1: source {index} has {self.n_lines} lines")
        else:
            check(not self.n_lines, f"6: source {index} has no content, but lines")
            check(self._start == self._end, f"6: source {index} has no content, but bytes")
        self._mark = CSS_MARK if is_css_name(self.name or "") else MARK
        self._last_marks = (0, [])
        self.content_nbytes = self._end - self._start

    @property
    def content(self):
        """The content as bytes, None if there is none."""
        return self._cache.stream(self._start, self._end) if self.has_content else None

    @property
    def lines(self):
        """All lines of the content as bytes, without their terminators."""
        return [self.line(n) for n in range(self.n_lines)]

    def line(self, n):
        """Line n (0-based) of the content as bytes, without its terminator."""
        if not 0 <= n < self.n_lines:
            raise IndexError(f"there is no line {n}")
        start, end = self._start, self._end
        if n:
            mark = self._find_mark(n)
            start = mark + (3 if self._cache.stream(mark, mark + 1) == b"\xe2" else 1)
        if n + 1 == self.n_lines:
            return self._cache.stream(start, end)
        end = self._find_mark(n + 1)
        check(start <= end, "7.3: a line ends before it starts")
        return self._cache.stream(start, end).removesuffix(b"\r")  # of a CR LF; any other CR is a mark

    def _find_mark(self, n):
        """The mark of line n (7.3), which is not 0, in the content stream."""
        line = self._first_line + n
        next_line, marks = self._last_marks
        if not next_line <= line < next_line + len(marks):
            next_line, marks = self._last_marks = self._scan_stretch(line)
        check(next_line <= line < next_line + len(marks), "7.3: a stretch does not have the line that it should have")
        return marks[line - next_line]

    def _scan_stretch(self, line):
        """The marks in the stretch that has the one of a line of all contents, as far as they are in this content; and
        of which line the first of them is."""
        counts = self._cache.line_counts
        first, last = self._start // STRETCH_NBYTES, (self._end - 1) // STRETCH_NBYTES
        stretch = bisect_right(range(first + 1, last + 1), line, key=lambda e: counts.values(e, e + 1)[0]) + first
        start = stretch * STRETCH_NBYTES
        if start > self._start:
            (next_line,) = counts.values(stretch, stretch + 1)
        else:
            start, next_line = self._start, self._first_line + 1
        end = min((stretch + 1) * STRETCH_NBYTES, self._end)
        text = self._cache.stream(start, min(end + LOOK_AHEAD_NBYTES, self._end))
        return next_line, [at for at in (start + match.start() for match in self._mark.finditer(text)) if at < end]


class Cache:
    """An open smcache file. Opening makes the checks of section 8; the rest is checked where it is used.

    len() and iteration go over all tokens, in the order of the file.
    """

    def __init__(self, path_or_bytes):
        if isinstance(path_or_bytes, (bytes, bytearray, memoryview)):
            data = bytes(path_or_bytes)
        else:
            with open(path_or_bytes, "rb") as file:
                is_empty = os.fstat(file.fileno()).st_size == 0  # which mmap refuses
                data = b"" if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._last_block = self._last_piece = (None, None)
        self.header = read_header(data)
        self.sections = read_sections(data, self.header.n_sections)
        check_sizes(self.sections)
        self.n_tokens = self.sections[BLOCKS].count
        self.directory = Directory(self.sections[DIRECTORY])
        self.n_blocks = self.sections[DIRECTORY].count
        self.n_sources = self.sections[SOURCES].count
        self.n_strings = self.sections[STRING_OFFSETS].count - 1
        self.string_offsets = OffsetList(self.sections[STRING_OFFSETS])
        self.functions = Functions(self.sections, self.n_tokens, self.n_sources, self.string)
        self.bytecode = Bytecode(self.sections)
        self._open_contents()
        self._open_info()

    def _open_contents(self):
        counts, directory, content = map(self.sections.get, (LINE_COUNTS, CONTENT_DIRECTORY, CONTENT))
        check((counts is None) == (content is None), "3.4: only one of LINE_COUNTS and CONTENT is there")
        self.line_counts = OffsetList(counts) if counts else None
        self.stream_nbytes = content.count if content else 0
        self.n_content_lines = 0
        if counts:
            n_stretches = ceil_div(self.stream_nbytes, STRETCH_NBYTES)
            check(counts.count == n_stretches + 1, "3.4: the counts of LINE_COUNTS and CONTENT do not agree")
            (self.n_content_lines,) = self.line_counts.values(n_stretches, n_stretches + 1)
            check(self.n_content_lines < NONE, "3.4: there are too many lines")
        encoding = content.encoding if content else 0
        check(encoding in (0, 1), f"7.2: CONTENT has the unknown encoding {encoding}")
        check((directory is not None) == (encoding == 1), "3.4: CONTENT_DIRECTORY goes with deflated contents")
        check(not content or encoding or content.nbytes == content.count, "7.2: size and count of CONTENT do not agree")

    def _open_info(self):
        (self.n_names, file, source_root, self.n_lines, piece_nbytes, flags, reserved, debug_id,
         self.recipe_digest) = self.sections[INFO].record(INFO_RECORD, 0)
        self.debug_id = debug_id if flags & HAS_DEBUG_ID else None
        check(self.debug_id or not any(debug_id), "3.5: a debug ID is there that flags say is not")
        check(not any(reserved), "2.1: reserved bytes of INFO are not zero")
        check(self.n_names <= self.n_strings, "3.5: n_names is more than the number of strings")
        self.file = None if file == NONE else self.string(file)
        self.source_root = None if source_root == NONE else self.string(source_root)
        self._piece_nbytes = piece_nbytes
        directory = self.sections.get(CONTENT_DIRECTORY)
        if not directory:
            check(piece_nbytes == 0, "3.5: content_block_nbytes goes with deflated contents")
            return
        check(piece_nbytes in [1 << k for k in range(12, 21)], f"7.2: content_block_nbytes is {piece_nbytes}")
        check(directory.count == ceil_div(self.stream_nbytes, piece_nbytes),
              "7.2: the counts of CONTENT and CONTENT_DIRECTORY do not agree")
        (end,) = directory.record(LE64, directory.count)
        check(end == self.sections[CONTENT].nbytes, "7.2: CONTENT_DIRECTORY does not end with the size of CONTENT")

    # ---- tokens (5)

    def _columns(self, block):
        """The tokens of a block as six lists, in the order of Token's fields."""
        if self._last_block[0] == block:
            return self._last_block[1]
        n = min(TOKENS_PER_BLOCK, self.n_tokens - block * TOKENS_PER_BLOCK)
        columns = decode_block(self.sections[BLOCKS], self.directory, block, n, self.n_sources, self.n_names)
        check(columns[0][-1] < self.n_lines, "3.5: a token is on a line that n_lines does not count")
        self._last_block = (block, columns)
        return columns

    def blocks(self):
        """Iterate over the blocks: for each the six lists of its tokens' fields, in the order of Token."""
        return map(self._columns, range(self.n_blocks))

    def __len__(self):
        return self.n_tokens

    def __iter__(self):
        return chain.from_iterable(map(Token._make, zip(*columns)) for columns in self.blocks())

    def token(self, i):
        """Token i (0-based, in the order of the file)."""
        if not 0 <= i < self.n_tokens:
            raise IndexError(f"there is no token {i}")
        block, i = divmod(i, TOKENS_PER_BLOCK)
        return Token(*(values[i] for values in self._columns(block)))

    def is_range(self, i):
        """Whether token i is a range mapping (5.5)."""
        ranges = self.sections.get(RANGES)
        return bool(ranges and ranges.read(i // 8, 1)[0] >> i % 8 & 1)

    def lookup(self, line, column, across_lines=False):
        """The token for a generated position (0-based), None if that is unmapped (5.4). Of a range mapping it has the
        original position of that generated position (5.5).

        across_lines: the rule of ECMA-426, which takes the last token of an earlier line where the line has none.
        """
        return self._lookup(line, column, across_lines)[1]

    def _lookup(self, line, column, across_lines):
        """The index of the token that covers a generated position, and what a lookup says of it; None, None."""
        wanted = (line, column)
        block = self.directory.find(wanted)
        if block is None:
            return None, None
        lines, columns = self._columns(block)[:2]
        n_not_after = bisect_right(range(len(lines)), wanted, key=lambda i: (lines[i], columns[i]))
        check(n_not_after, f"5.4: the tokens of block {block} are not sorted")
        index = block * TOKENS_PER_BLOCK + n_not_after - 1
        token = self.token(index)
        if token.source is not None and self.is_range(index):
            source_column = token.source_column + column - token.column if line == token.line else column
            source_line = token.source_line + line - token.line
            return index, token._replace(source_line=min(source_line, NONE - 1),
                                         source_column=min(source_column, NONE - 1))
        if not across_lines and token.line != line:
            return None, None
        return index, None if token.source is None else token

    # ---- functions (5.6 to 5.9)

    def token_function(self, i):
        """The function of token i, an index for function(); None if none is known."""
        return self.functions.of_token(i)

    def function(self, index):
        """A Function: kind, origin, name and last component."""
        return self.functions.function(index)

    def frames(self, line, column, across_lines=False):
        """The frames that a generated position stands for, a list of Frame, the innermost first."""
        index, token = self._lookup(line, column, across_lines)
        return self.functions.frames(line, column, token, None if index is None else self.token_function(index))

    def bytecode_position(self, segment, function, byte):
        """The generated (line, column) of a byte of a function of bytecode; None if the file does not know it (5.9)."""
        return self.bytecode.position(segment, function, byte)

    # ---- strings, sources, contents (6, 7)

    def string(self, index):
        check(index < self.n_strings, f"6: there is no string {index}")
        start, end = self.string_offsets.values(index, index + 2)
        return decode_string(self.sections[STRING_BYTES].read(start, end - start))

    @cached_property
    def names(self):
        """The map's names, a list of str."""
        offsets = self.string_offsets.values(0, self.n_names + 1)
        read = self.sections[STRING_BYTES].read
        return [decode_string(read(start, end - start)) for start, end in zip(offsets, offsets[1:])]

    @cached_property
    def sources(self):
        """The map's sources, a list of Source."""
        first, last = self.source_record(0), self.source_record(self.n_sources)
        check(first[1:3] == (0, 0), "6: the first source does not start with the contents")
        check(last == (NONE, self.n_content_lines, self.stream_nbytes, 0, NAME_INDIRECT),
              "6: the last record does not end the contents")
        return [Source(self, i) for i in range(self.n_sources)]

    def source_record(self, index):
        """The fields of a record of SOURCES in their order; the last one ends the one before (6)."""
        name_off, first_line, low, high, flags, name_nbytes = self.sections[SOURCES].record(SOURCE_RECORD, index)
        return name_off, first_line, high << 32 | low, flags, name_nbytes

    def name_of_source(self, off, nbytes):
        """The string that is the name in a record of SOURCES; None if it has none (6)."""
        offsets = self.string_offsets
        if nbytes == NAME_INDIRECT:
            if off == NONE:
                return None
            check(off < self.n_strings, f"6: there is no string {off}")
            start, end = offsets.values(off, off + 2)
            check(start >= NONE or end - start >= NAME_INDIRECT, "6: the name of a source fits into its record")
            return off
        check(off < NONE, "6: the name of a source starts too far to be in its record")
        first = bisect_left(range(self.n_strings), off, key=lambda i: offsets.values(i, i + 1)[0])
        for i in range(first, min(first + 2, self.n_strings)):  # an empty string may start there too
            if offsets.values(i, i + 2) == [off, off + nbytes]:
                return i
        raise FormatError("spec section 6: the name of a source is no string")

    def content(self, i):
        """The content of source i (0-based) as bytes, None if it has none."""
        return self.sources[i].content

    def line(self, i, n):
        """Line n of source i (both 0-based) as bytes, without its terminator."""
        return self.sources[i].line(n)

    def stream(self, start, end):
        """Bytes start ... end - 1 of the content stream (7.2)."""
        if start == end:
            return b""
        size = self._piece_nbytes
        if not size:
            return self.sections[CONTENT].read(start, end - start)
        first, last = start // size, (end - 1) // size
        data = b"".join(map(self._piece, range(first, last + 1)))
        return data[start - first * size:end - first * size]

    def _piece(self, k):
        """Piece k of the content stream, inflated."""
        if self._last_piece[0] == k:
            return self._last_piece[1]
        content, directory = self.sections[CONTENT], self.sections[CONTENT_DIRECTORY]
        (start,), (end,) = directory.record(LE64, k), directory.record(LE64, k + 1)
        check(start <= end, "7.2: the offsets of CONTENT_DIRECTORY do not ascend")
        nbytes = min(self._piece_nbytes, self.stream_nbytes - k * self._piece_nbytes)
        check(end - start <= nbytes + nbytes // 256 + 64, f"7.2: piece {k} of CONTENT takes more bytes than it may")
        inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        try:
            # Room for a byte more shows a piece that is too long.
            data = inflater.decompress(content.read(start, end - start), nbytes + 1)
        except zlib.error as error:
            raise FormatError(f"spec section 7.2: piece {k} of CONTENT does not inflate: {error}") from None
        check(len(data) == nbytes and inflater.eof and not inflater.unused_data,
              f"7.2: piece {k} of CONTENT is not one deflate stream of {nbytes} bytes")
        self._last_piece = (k, data)
        return data


# ---- command line

ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def printable(text):
    """A string as a field of a TSV line."""
    return re.sub(r"[\ud800-\udfff]", "\ufffd", text).translate(ESCAPES)


def token_row(line, column, source, source_line, source_column, name, function="\t"):
    """A token as a TSV line; name is its printable text, function two fields."""
    if source is None:
        return f"{line}\t{column}\t\t\t\t{name}\t{function}\n"
    return f"{line}\t{column}\t{source}\t{source_line}\t{source_column}\t{name}\t{function}\n"


def function_fields(cache, index):
    """Of the function of a token: its index, its name."""
    return "\t" if index is None else f"{index}\t{printable(cache.function(index).name or '')}"


def dump_tokens(cache, out):
    names = [printable(name) for name in cache.names]
    first = 0
    for *columns, name_indices in cache.blocks():
        texts = ["" if index is None else names[index] for index in name_indices]
        tokens = range(first, first + len(texts))
        functions = [function_fields(cache, cache.token_function(token)) for token in tokens]
        out.write("".join(map(token_row, *columns, texts, functions)).encode())
        first += len(texts)


def dump_functions(cache, out):
    cache.functions.check_all()
    for index in range(cache.functions.n):
        kind, origin, name, last = cache.function(index)
        texts = f"{printable(name or '')}\t{printable(last or '')}"
        out.write(f"{index}\t{KINDS[kind]}\t{ORIGINS[origin]}\t{texts}\n".encode())


def dump_sources(cache, out):
    for i, source in enumerate(cache.sources):
        sizes = f"{source.content_nbytes}\t{source.n_lines}" if source.has_content else "\t"
        ignored = "ignored" if source.is_ignored else ""
        raw_name = "" if source.raw_name == source.name else printable(source.raw_name or "")
        out.write(f"{i}\t{printable(source.name or '')}\t{sizes}\t{ignored}\t{raw_name}\n".encode())


def print_lookups(cache, positions, across_lines, out):
    for line, column in positions:
        token = cache.lookup(line, column, across_lines)
        if token is None:
            out.write(b"\n")
            continue
        name = "" if token.name is None else printable(cache.string(token.name))
        out.write(token_row(*token._replace(name=name)).encode())


def write_content(cache, index, out):
    if not 0 <= index < cache.n_sources:
        sys.exit(f"there is no source {index}")
    content = cache.content(index)
    if content is None:
        sys.exit(f"source {index} has no content")
    out.write(content)


def position(text):
    if not re.fullmatch(r"[0-9]{1,10}:[0-9]{1,10}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not LINE:COL")
    return tuple(map(int, text.split(":")))


def parse_arguments():
    parser = argparse.ArgumentParser(description="Read an smcache file. All lines, columns and indices are 0-based.")
    commands = parser.add_subparsers(dest="command", required=True)
    dump = commands.add_parser("dump", help="write all tokens, or the list of sources or functions, tab-separated")
    dump.add_argument("--sources", action="store_true",
                      help="index, name, content_nbytes, n_lines of each source, whether it is ignored, and its raw "
                      "name if that is another")
    dump.add_argument("--functions", action="store_true",
                      help="index, kind, origin, name and last component of each function")
    lookup = commands.add_parser("lookup", help="write the token of each position, an empty line if it is unmapped")
    lookup.add_argument("--across-lines", action="store_true", help="the rule of ECMA-426: tokens of earlier lines too")
    content = commands.add_parser("content", help="write the content of a source")
    for command in (dump, lookup, content):
        command.add_argument("file", metavar="FILE")
    lookup.add_argument("positions", metavar="LINE:COL", type=position, nargs="+")
    content.add_argument("index", metavar="INDEX", type=int)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    out = sys.stdout.buffer
    try:
        cache = Cache(arguments.file)
        if arguments.command == "lookup":
            print_lookups(cache, arguments.positions, arguments.across_lines, out)
        elif arguments.command == "content":
            write_content(cache, arguments.index, out)
        elif arguments.functions:
            dump_functions(cache, out)
        elif arguments.sources:
            dump_sources(cache, out)
        else:
            dump_tokens(cache, out)
        out.flush()
    except FormatError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    except BrokenPipeError:
        # Nobody reads on; keep the interpreter from flushing once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
