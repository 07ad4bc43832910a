#!/usr/bin/env python3
"""smcache lookup -C: source lines around the position, and a caret under its character."""

import random
import sys

sys.dont_write_bytecode = True

from support import BIDI_CONTROLS, INPUT, USAGE, CliTest, is_control, main, make_map, run

PREFIX = len(">    1 | ")
ELLIPSIS = "\u2026"
SHOWN_MAX = 160  # UTF-16 code units of a line
AT_ONCE = 255  # as many lines on either side the library gives in one call

WIDE, NO_CELL = "\u4e2d\ud55c\U0001f600\U00020000", "\u0301\u200d\ufe0f\u0308"


def units(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cells(c):
    return 2 if c in WIDE else 0 if c in NO_CELL else 1


def shown(text):
    return "".join("\ufffd" if is_control(c) or "\ud800" <= c <= "\udfff" else c for c in text)


def take(characters, max_units):
    """The first of them that have so many code units at the most."""
    taken = []
    for c in characters:
        if units(c) > max_units:
            break
        taken.append(c)
        max_units -= units(c)
    return taken


def expected_line(text, column):
    """The line as it is shown, and how it goes below up to the caret."""
    at = len(take(text, column))
    start = at - len(take(text[:at][::-1], (SHOWN_MAX - 1) // 2))
    end = at + len(take(text[at:], SHOWN_MAX - units(text[start:at])))
    start -= len(take(text[:start][::-1], SHOWN_MAX - units(text[start:end])))
    while at < len(text) and text[at] in NO_CELL and at > start:
        at -= 1
    below = "".join("\t" if c == "\t" else " " * cells(c) for c in text[start:at])
    return (ELLIPSIS * (start > 0) + shown(text[start:end]) + ELLIPSIS * (end < len(text)),
            " " * (start > 0) + below + "^")


def expected(lines, line, column, n):
    """What lookup -C prints of these lines, which have no line ends."""
    rows = []
    first, end = max(0, line - n), min(len(lines), line + n + 1)
    width = max(5, len(str(end)))
    for i in range(first, end):
        text, below = expected_line(lines[i], column if i == line else 0)
        rows.append(f"{'>' if i == line else ' '}{i + 1:{width}} | {text}")
        if i == line:
            rows.append(f" {'':{width}} | {below}")
    return rows


class ContextTest(CliTest):
    def context(self, content, line, column, n=0, source="a.js", query=("1:1",)):
        """What follows the row of an original position (0-based)."""
        path = self.build(make_map([(0, 0, 0, line, column)], [source], contents=[content]), "--sources=raw")
        text = self.succeed("lookup", path, *query, f"-C{n}").text
        self.assertEqual(text[-1], "\n")
        return text[:-1].split("\n")[1:]


class Lines(ContextTest):
    FIVE = "one\ntwo\nthree\nfour\nfive"

    def test_around(self):
        self.assertEqual(self.context(self.FIVE, 2, 1, 1), [
            "     2 | two",
            ">    3 | three",
            "       |  ^",
            "     4 | four"])

    def test_none(self):
        self.assertEqual(self.context(self.FIVE, 2, 0, 0), [">    3 | three", "       | ^"])

    def test_first_and_last(self):
        self.assertEqual(self.context(self.FIVE, 0, 2, 1), [">    1 | one", "       |   ^", "     2 | two"])
        self.assertEqual(self.context(self.FIVE, 4, 3, 1), ["     4 | four", ">    5 | five", "       |    ^"])

    def test_more_than_there_is(self):
        for n in 4, 5, 1000, 1_000_000:
            self.assertEqual(self.context(self.FIVE, 1, 0, n), [
                "     1 | one", ">    2 | two", "       | ^", "     3 | three", "     4 | four", "     5 | five"])

    def test_last_line_without_text(self):
        self.assertEqual(self.context("one\n", 1, 0, 1), ["     1 | one", ">    2 | ", "       | ^"])
        self.assertEqual(self.context("", 0, 0, 3), [">    1 | ", "       | ^"])

    def test_position_after_the_content(self):
        for n in 0, 1, 9:
            for line in self.context(self.FIVE, 7, 3, n):
                self.assertTrue(line.startswith(" ") and "^" not in line)
        self.assertEqual(self.context(self.FIVE, 2 ** 31 - 1, 0, 3), [])

    def test_line_ends(self):
        for end in "\n", "\r\n", "\r", "\u2028", "\u2029":
            self.assertEqual(self.context(f"one{end}two{end}three", 1, 0, 1),
                             ["     1 | one", ">    2 | two", "       | ^", "     3 | three"], ascii(end))
        self.assertEqual(self.context("a\r\nb\rc\nd\n\re", 4, 0, 9), [
            "     1 | a", "     2 | b", "     3 | c", "     4 | d", ">    5 | ", "       | ^", "     6 | e"])

    def test_line_ends_of_css(self):
        for source in "a.css", "a.scss", "a.css?x.js", "https://x/a.less#y":
            self.assertEqual(self.context("a\fb\u2028c", 1, 2, source=source), [">    2 | b\u2028c", "       |   ^"])
        self.assertEqual(self.context("a\fb", 0, 2, source="css.js"), [">    1 | a\ufffdb", "       |   ^"])

    def test_line_base(self):
        self.assertEqual(self.context(self.FIVE, 0, 1, 1, query=["0:0", "--line-base=0", "--column-base=0"]), [
            ">    0 | one", "       |  ^", "     1 | two"])

    def test_more_than_the_library_gives_at_once(self):
        lines = [f"line {i}" for i in range(4 * AT_ONCE)]
        n_lines = len(lines)
        for line in 0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 1, n_lines - AT_ONCE - 1, n_lines - 1:
            for n in AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 1, 3 * AT_ONCE, 1_000_000:
                with self.subTest(line=line, n=n):
                    self.assertEqual(self.context("\n".join(lines), line, 3, n), expected(lines, line, 3, n))

    def test_content_missing(self):
        path = self.build(make_map([(0, 0, 0, 2, 1), (0, 1, 1, 0, 0)], ["a", "b"], contents=[None, "x"]))
        self.assertEqual(self.succeed("lookup", path, "1:1", "1:2", "-C2").text,
                         "a:3:2\nb:1:1\n>    1 | x\n       | ^\n")

    def test_unmapped(self):
        path = self.build(make_map([(0, 0), (0, 1, 0, 0, 0)], contents=["x"]))
        self.assertEqual(self.succeed("lookup", path, "1:1", "2:1", "-C2").text, "(unmapped)\n(unmapped)\n")

    def test_text_only(self):
        path = self.build(make_map([(0, 1, 0, 0, 0)], contents=["x"]))
        for form in "tsv", "json":
            self.assertEqual(self.succeed("lookup", path, "1:2", f"--format={form}", "-C2").out,
                             self.succeed("lookup", path, "1:2", f"--format={form}").out)

    def test_option(self):
        path = self.build(make_map([(0, 0, 0, 2, 0)], contents=[self.FIVE]))
        expected = self.succeed("lookup", path, "1:1", "-C1").out
        for option in ["-C", "1"], ["--context=1"], ["--context", "1"], ["-C0001"]:
            self.assertEqual(self.succeed("lookup", path, "1:1", *option).out, expected)
        for bad in "", "-1", "x", "1x", "1.5", "1000001", "99999999999999999999":
            result = self.fail_with(USAGE, "lookup", path, "1:1", f"--context={bad}")
            self.assertEqual((result.out, f"'{bad}'" in result.message), (b"", True))


class Caret(ContextTest):
    def caret(self, content, column, line=0):
        """The shown line and how many cells before the caret, the prefix left out."""
        shown, below = self.context(content, line, column)
        self.assertEqual((shown[:1], below[-1]), (">", "^"))
        return shown[PREFIX:], below[PREFIX:-1]

    def test_ascii(self):
        for column in range(8):
            self.assertEqual(self.caret("let x=1;", column), ("let x=1;", " " * column))

    def test_past_the_end(self):
        for column in 3, 4, 100, 2 ** 31 - 1:
            self.assertEqual(self.caret("abc", column), ("abc", "   "))

    def test_tabs(self):
        """A tab below a tab is as wide, if what is before them is."""
        self.assertEqual(self.caret("\tif (x)\ty", 5), ("\tif (x)\ty", "\t    "))
        self.assertEqual(self.caret("\tif (x)\ty", 8), ("\tif (x)\ty", "\t      \t"))
        self.assertEqual(self.caret("\t\tz", 1), ("\t\tz", "\t"))
        self.assertEqual(self.caret("\u4e2d\tz", 2), ("\u4e2d\tz", "  \t"))
        self.assertEqual(self.caret("e\u0301\u200d\tz", 4), ("e\u0301\u200d\tz", " \t"))
        self.assertEqual(self.caret("\x1b\u202e\tz", 3), ("\ufffd\ufffd\tz", "  \t"))

    def test_bmp(self):
        self.assertEqual(self.caret("\u00fcber x", 5), ("\u00fcber x", " " * 5))
        self.assertEqual(self.caret("\u041f\u0440\u0438 x", 4), ("\u041f\u0440\u0438 x", " " * 4))

    def test_wide(self):
        """Characters of two cells: CJK, Hangul, full width, emoji in and out of the BMP."""
        for text in ("\u4e2d\u6587", "\u3042\u30a2", "\ud55c\uae00", "\uff21\uff5e", "\u3001\u300c", "\U0001f600",
                     "\U0001f6d2", "\U0001f923", "\U00020000", "\U0001fa80", "\u2705", "\u274c", "\u26a1", "\u2b50"):
            with self.subTest(ascii(text)):
                n_units = len(text.encode("utf-16-le")) // 2
                self.assertEqual(self.caret(text + "x", n_units)[1], "  " * len(text))

    def test_no_cells(self):
        for text in "e\u0301", "a\u200d", "a\ufe0f", "a\u0308":
            self.assertEqual(self.caret(text + "x", 2)[1], " ", ascii(text))

    def test_at_a_character_without_cells(self):
        """It is seen in the cell of the one before it."""
        self.assertEqual(self.caret("abe\u0301x", 3)[1], "  ")
        self.assertEqual(self.caret("\u4e2d\u0301\u200dx", 2)[1], "")
        self.assertEqual(self.caret("a\t\u0301x", 2)[1], " ")
        self.assertEqual(self.caret("\u0301x", 0)[1], "")  # there is none before it
        self.assertEqual(self.caret("\u0301x", 1)[1], "")
        self.assertEqual(self.caret("e\u0301", 2)[1], " ")  # behind the line
        self.assertEqual(self.caret("\u0301", 1)[1], "")

    def test_inside_of_a_surrogate_pair(self):
        self.assertEqual(self.caret("ab\U0001f600c", 2)[1], "  ")
        self.assertEqual(self.caret("ab\U0001f600c", 3)[1], "  ")
        self.assertEqual(self.caret("ab\U0001f600c", 4)[1], "    ")

    def test_controls(self):
        """Shown as U+FFFD, which has one cell."""
        self.assertEqual(self.caret("a\x1b[1m\0\x7f\x85b", 7), ("a\ufffd[1m\ufffd\ufffd\ufffdb", " " * 7))

    def test_text_in_another_order(self):
        """A source may not look other than it is ("Trojan Source"): what changes the order is seen, with a cell."""
        for c in BIDI_CONTROLS:
            self.assertEqual(self.caret(f"a{c}b", 2), ("a\ufffdb", "  "), ascii(c))

    def test_lone_surrogates(self):
        self.assertEqual(self.caret("a\ud800b\udc00c", 4), ("a\ufffdb\ufffdc", " " * 4))

    def test_line_numbers_of_six_digits(self):
        shown, below = self.context("\n" * 123_455 + "abc", 123_455, 1)
        self.assertIn("123456 | abc", shown)
        self.assertEqual(below.index("^"), shown.index("b"))
        self.assertEqual(below.index("|"), shown.index("|"))
        lines = self.context("abc\n" * 123_456, 99_998, 1, 3)
        self.assertEqual(len(lines), 8)
        self.assertEqual(len({line.index("|") for line in lines}), 1)
        self.assertEqual(lines[4].index("^"), lines[3].index("b"))


class LongLines(ContextTest):
    @staticmethod
    def numbered(n):
        """n characters, of which any few in a row are at one place only."""
        return "".join(f"{i:05}" for i in range(n // 5 + 1))[:n]

    def test_up_to_the_limit(self):
        line = self.numbered(SHOWN_MAX)
        for column in 0, 80, SHOWN_MAX - 1:
            shown, below = self.context(line, 0, column)
            self.assertEqual((shown, below), (">    1 | " + line, "       | " + " " * column + "^"))

    def test_cut(self):
        for n in SHOWN_MAX + 1, 500, 200_000:
            line = self.numbered(n)
            for column in sorted({0, 1, 79, 80, 81, 100, 160, n // 2, n - 100, n - 81, n - 80, n - 79, n - 1}):
                with self.subTest(n=n, column=column):
                    self.check_cut(line, column)

    def check_cut(self, line, column):
        shown, below = self.context(line, 0, column)
        text = shown[PREFIX:]
        part = text.strip(ELLIPSIS)
        start = line.index(part)
        self.assertLessEqual(len(part), SHOWN_MAX)
        self.assertEqual(text.startswith(ELLIPSIS), start > 0)
        self.assertEqual(text.endswith(ELLIPSIS), start + len(part) < len(line))
        caret = below.index("^") - PREFIX - (start > 0)
        self.assertEqual(start + caret, column)
        self.assertEqual(len(part), SHOWN_MAX)
        # Some of the line is seen on both sides.
        self.assertGreaterEqual(caret, min(column, 40))
        self.assertGreaterEqual(len(part) - caret, min(len(line) - column, 40))

    def test_past_the_end(self):
        line = self.numbered(1000)
        shown, below = self.context(line, 0, 5000)
        self.assertEqual(shown, ">    1 | " + ELLIPSIS + line[-SHOWN_MAX:])
        self.assertEqual(below.index("^"), len(shown))

    def test_neighbours_are_cut_too(self):
        self.assertEqual(self.context("a" * 1000 + "\nlet x\n" + "b" * 1000, 1, 4, 1), [
            "     1 | " + "a" * SHOWN_MAX + ELLIPSIS,
            ">    2 | let x",
            "       |     ^",
            "     3 | " + "b" * SHOWN_MAX + ELLIPSIS])

    def test_whole_characters(self):
        line = "\U0001f600\u4e2d\u00fc" * 300
        for column in range(600, 608):
            shown, _ = self.context(line, 0, column)
            self.assertNotIn("\ufffd", shown)
            self.assertIn(shown[PREFIX:].strip(ELLIPSIS), line)


    def test_without_cells(self):
        """A line of which nothing but one cell is seen has its limit, too."""
        mark = NO_CELL[0]
        self.assertEqual(self.context("a" + mark * 1000, 0, 0), [">    1 | a" + mark * (SHOWN_MAX - 1) + ELLIPSIS,
                                                                 "       | ^"])


class Oracle(CliTest):
    """Random lines and positions, next to the same rules in Python."""

    def random_line(self, rng):
        alphabet = "ab(){}" * 4 + "\t" + WIDE + NO_CELL + "\x1b\0\x9b\u202e\u00fc\ud800"
        if rng.random() < 0.3:
            return ""
        return "".join(rng.choices(alphabet, k=rng.choice([3, 30, SHOWN_MAX, 400, 3000])))

    def test_random(self):
        rng = random.Random(7)
        for number, end in enumerate(["\n", "\r\n", "\r", "\u2028", "\u2029"] * 2):
            lines = [self.random_line(rng) for _ in range(40)]
            places = []
            for _ in range(60):
                line = rng.randrange(len(lines))
                places.append((line, rng.choice([0, rng.randrange(units(lines[line]) + 2), 2 ** 31 - 2])))
            path = self.build(make_map([(0, i, 0, *place) for i, place in enumerate(places)], contents=[end.join(lines)]),
                              f"--sources={'raw' if number % 2 else 'deflate'}")
            n = rng.choice([0, 1, 5, 50])
            wanted = []
            for line, column in places:
                wanted += [f"a.js:{line + 1}:{column + 1}", *expected(lines, line, column, n)]
            text = self.succeed("lookup", path, *(f"1:{i + 1}" for i in range(len(places))), f"-C{n}").text
            self.assertEqual(text.split("\n"), [*wanted, ""])


class Hostile(CliTest):
    """Files whose contents are not what a compiler writes."""

    PLACE = "0123456789abcdef"

    def context(self, content, column):
        path = self.build(make_map([(0, 0, 0, 1, column)], contents=[f"before\n{self.PLACE}\nafter"]), "--sources=raw")
        data = path.read_bytes()
        self.assertEqual((data.count(self.PLACE.encode()), len(content)), (1, len(self.PLACE)))
        path.write_bytes(data.replace(self.PLACE.encode(), content))
        return run("lookup", path, "1:1", "-C1")

    def test_ill_formed(self):
        """Each byte that begins no character is a character, of one cell."""
        for content, wanted in {
                b"\xff" * 16: "\ufffd" * 16,
                b"\x80" * 16: "\ufffd" * 16,
                b"ab\xe4\xb8cdefghijklmn": "ab\ufffd\ufffdcdefghijklmn",
                b"\xf0\x9f\x98\x80" * 3 + b"abc\xf0": "\U0001f600" * 3 + "abc\ufffd",
                b"\xc0\xaf\xe0\x9f\xbf\xf0\x8f\xbf\xbf\xf4\x90\x80\x80abc": "\ufffd" * 13 + "abc",
                b"\xed\xa0\xbd\xed\xb8\x80\xc2\x9babcdefgh": "\ufffd" * 3 + "abcdefgh",
        }.items():
            for column in range(20):
                with self.subTest(content=content, column=column):
                    result = self.context(content, column)
                    below = expected_line(wanted, column)[1]
                    self.assertEqual((result.code, result.message), (0, ""))
                    self.assertEqual(result.text.split("\n")[1:], [
                        "     1 | before", ">    2 | " + wanted, "       | " + below, "     3 | after", ""])

    def test_line_ends_that_are_not_counted(self):
        result = self.context(b"ab\ncd\r\nefghijklm", 1)
        self.assertEqual((result.code, result.text.split("\n")[1:]), (0, [
            "     1 | before", ">    2 | ab", "       |  ^", "     3 | cd\ufffd\ufffdefghijklm\ufffdafter", ""]))

    def test_line_ends_that_are_missing(self):
        path = self.build(make_map([(0, 0, 0, 1, 2)], contents=[f"before\n{self.PLACE}\nafter"]), "--sources=raw")
        path.write_bytes(path.read_bytes().replace(b"before\n", b"before "))
        result = run("lookup", path, "1:1", "-C1")
        self.assertEqual(result.code, INPUT)
        self.assertNotIn("^", result.text)


if __name__ == "__main__":
    main()
