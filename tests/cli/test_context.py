#!/usr/bin/env python3
"""smcache lookup -C: source lines around the position, and a caret under its character."""

import sys

sys.dont_write_bytecode = True

from support import USAGE, CliTest, main, make_map

PREFIX = len(">    1 | ")
ELLIPSIS = "\u2026"
SHOWN_MAX = 160  # characters of a line


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
        """A tab below a tab is as wide, whatever the width."""
        self.assertEqual(self.caret("\tif (x)\ty", 5), ("\tif (x)\ty", "\t    "))
        self.assertEqual(self.caret("\tif (x)\ty", 8), ("\tif (x)\ty", "\t      \t"))
        self.assertEqual(self.caret("\t\tz", 1), ("\t\tz", "\t"))

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

    def test_inside_of_a_surrogate_pair(self):
        self.assertEqual(self.caret("ab\U0001f600c", 2)[1], "  ")
        self.assertEqual(self.caret("ab\U0001f600c", 3)[1], "  ")
        self.assertEqual(self.caret("ab\U0001f600c", 4)[1], "    ")

    def test_controls(self):
        """Shown as U+FFFD, which has one cell."""
        self.assertEqual(self.caret("a\x1b[1m\0\x7f\x85b", 7), ("a\ufffd[1m\ufffd\ufffd\ufffdb", " " * 7))

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
        # Some of the line is seen on both sides.
        self.assertGreaterEqual(caret, min(column, 40))
        self.assertGreaterEqual(len(part) - caret, min(len(line) - column, 40))

    def test_past_the_end(self):
        line = self.numbered(1000)
        shown, below = self.context(line, 0, 5000)
        self.assertTrue(shown.endswith(line[-40:]))
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


if __name__ == "__main__":
    main()
