"""Random source maps, with what a reader must find in them. Everything is 0-based."""

import re
import sys
from bisect import bisect_right
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from support import make_map

LINE_ENDS = {False: re.compile("\r\n|[\n\r\u2028\u2029]"), True: re.compile("\r\n|[\n\r\f]")}
TEXTS = ["a", "b1", "fooBar", "$", "_x", "\u00fcber", "\u540d\u524d", "\U0001f600", "\ud800x", "x\udfff", "a\tb",
         "q\"\\", "\u2028", "\x1b[1m", "\0"]
SOURCE_NAMES = ["a.js", "b.ts", "s.css", "x/y.scss?v=1", "caf\u00e9.js", "\U0001f600.less", "A.CSS", "z.css#x.js",
                "css"]
PIECES = ["let x = 1;", "\t", "a", "\u00e9\u4e2d", "\U0001f600", "\r", "\n", "\r\n", "\n\r", "\f", "\u2028", "\u2029",
          " ", "\x1b[0m", "\ud83d", "// comment", "\x85", "\v"]
MANY_LINES = ["function f(a, b) { return a + b; }\n", "\n", "  if (x) {\r\n", "\t\t}\n", "\u00fc = \u4e2d;\n"]


class RandomMap:
    """source_map, and in the order of the map:

    tokens    tuples (line, column, source, source line, source column, name); None where absent, the name as text
    sources   names, with the sourceRoot; None for null
    contents  None or the text of each source
    """

    def __init__(self, rng, n_tokens):
        self.rng = rng
        n_sources = rng.choice([1, 1, 2, 3, 7, 40])
        names = [self.name() for _ in range(rng.choice([0, 1, 5, 60, 700]))]
        self.contents = [self.content() for _ in range(n_sources)]
        root = rng.choice([None, None, None, "", "/", "src", "webpack://\u00fc/"])
        given = [rng.choice([None, *SOURCE_NAMES * 2]) for _ in range(n_sources)]
        prefix = root or ""
        prefix += "/" if prefix and not prefix.endswith("/") else ""
        self.sources = [None if name is None else prefix + name for name in given]

        rows = self.rows(n_tokens, n_sources, len(names))
        self.n_lines = rows[-1][0] + 2
        rows += [(self.n_lines - 1, i, i, 0, 0) for i in range(n_sources)]  # so that each source is found
        members = {} if root is None else {"sourceRoot": root}
        contents = self.contents if rng.random() < 0.9 else None
        self.source_map = make_map(rows, given, names, contents, **members)
        self.contents = contents or [None] * n_sources
        self.tokens = [self.token(row, names) for row in rows]
        self.positions = [token[:2] for token in self.tokens]

    @staticmethod
    def token(row, names):
        row = [*row, *[None] * (6 - len(row))]
        row[5] = None if row[5] is None else names[row[5]]
        return tuple(row)

    def name(self):
        rng = self.rng
        return rng.choice(TEXTS) + (str(rng.randrange(500)) if rng.random() < 0.8 else "")

    def content(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.2:
            return None
        if kind < 0.3:
            return ""
        if kind < 0.9:
            return "".join(rng.choices(PIECES, k=rng.randrange(60)))
        if kind < 0.99:
            return "z" * rng.randrange(1000)
        return "".join(rng.choices(MANY_LINES, k=6000))  # more than one piece of what is deflated

    def rows(self, n_tokens, n_sources, n_names):
        """Sorted by position; runs that stay in one source, as bundlers write them, and jumps."""
        rng = self.rng
        p_line, jumps = rng.choice([(0, [1]), (0.002, [1, 5000]), (0.1, [1, 2]), (0.9, [1]), (0.9, [1, 1, 1, 90])])
        p_source = rng.choice([0, 0.1, 0.9, 1, 1])
        p_name = rng.choice([0, 0.05, 0.5, 1]) if n_names else 0
        steps = rng.choice([[0, 1, 2, 3, 9], [0], [1], [7, 8], [1, 500, 30_000], [1, 100_000]])
        line_steps = rng.choice([[0, 0, 0, 1, 2, -1], [0, 0, 0, 1, 2, -1], [0], [2, 3], [-1, -2]])
        hot_names = rng.sample(range(n_names), min(n_names, rng.choice([2, 10, 1000])))
        line, column = rng.choice([0, 0, 5]), rng.choice([0, 3])
        source, source_line, source_column = 0, rng.choice([0, 900]), 0
        rows = []
        for _ in range(n_tokens):
            row = (line, column)
            if rng.random() < p_source:
                if rng.random() < 0.01:
                    source, source_line = rng.randrange(n_sources), rng.randrange(5000)
                source_line = max(0, source_line + rng.choice(line_steps))
                source_column = rng.randrange(120) if rng.random() < 0.5 else column
                row += (source, source_line, source_column)
                if rng.random() < p_name:
                    row += (rng.choice(hot_names),)
            rows.append(row)
            if rng.random() < p_line:
                line, column = line + rng.choice(jumps), 0
            column += rng.choice(steps)
        return rows

    def lookup(self, line, column, across_lines=False):
        """The token for a position by a rule that needs no index; None if it is unmapped."""
        i = bisect_right(self.positions, (line, column)) - 1
        if i < 0 or (self.tokens[i][0] != line and not across_lines) or self.tokens[i][2] is None:
            return None
        return self.tokens[i]

    def queries(self, n):
        """Positions at, before and after tokens, and some far from any."""
        rng = self.rng
        for _ in range(n):
            line, column = rng.choice(self.positions)
            if rng.random() < 0.1:
                yield rng.randrange(self.n_lines + 2), rng.choice([0, 5, column, 2 ** 31])
            else:
                yield line, max(0, column + rng.choice([0, 0, -1, 1, 3, 200]))

    def lines(self, i):
        """The lines of a content, without their ends."""
        name = self.sources[i] or ""
        is_css = re.split(r"[?#]", name)[0].endswith((".css", ".scss", ".sass", ".less", ".styl", ".pcss"))
        return LINE_ENDS[is_css].split(self.contents[i])
