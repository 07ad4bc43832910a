"""Charts as SVG text: bars and lines, nothing but shapes and words."""

import math
from dataclasses import dataclass
from html import escape

FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
INK, FAINT, GRID = "#1b1f24", "#57606a", "#d0d7de"
STRONG, CALM = "#0b62c4", "#8c96a3"
LINES = ("#0b62c4", "#b3470e", "#1a7f37", "#6f42c1")

MARGIN, LABEL_WIDTH, PLOT_WIDTH, VALUE_WIDTH = 24, 210, 560, 130
BAR_HEIGHT, BAR_STEP, PANEL_GAP = 18, 25, 34
WIDTH = MARGIN * 2 + LABEL_WIDTH + PLOT_WIDTH + VALUE_WIDTH


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    low: float
    high: float
    text: str  # what stands behind it
    is_strong: bool = False


@dataclass(frozen=True)
class Panel:
    title: str
    bars: list


class Canvas:
    def __init__(self, width, title):
        self.width, self.height, self.title, self.parts = width, 0, title, []

    def text(self, x, y, words, size=13, anchor="start", colour=INK, weight="normal"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" '
                          f'font-weight="{weight}" stroke="#ffffff" stroke-width="3" paint-order="stroke">'
                          f"{escape(words)}</text>")

    def line(self, x1, y1, x2, y2, colour=GRID, width=1.0):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                          f'stroke-width="{width}"/>')

    def rect(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" '
                          f'fill="{colour}"/>')

    def path(self, points, colour):
        words = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{words}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y in points:
            self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')

    def footer(self, y, texts):
        """Small lines from `y` on, and the end of the chart."""
        for i, words in enumerate(texts):
            self.text(MARGIN, y + 16 * i, words, 11, colour=FAINT)
        self.height = y + 16 * (len(texts) - 1) + MARGIN

    def svg(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height:.0f}" '
                f'viewBox="0 0 {self.width} {self.height:.0f}" font-family="{FONT}" role="img">\n'
                f"<title>{escape(self.title)}</title>\n"
                f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def decades(low, high):
    """Powers of ten from well below the lowest, so that its bar is seen, to above the highest."""
    first = math.floor(math.log10(low / 2))
    return [10.0 ** e for e in range(first, max(math.ceil(math.log10(high)), first + 1) + 1)]


def steps(high):
    """Round numbers from 0 to above the highest, four to seven of them."""
    size = 10.0 ** math.floor(math.log10(high))
    step = next(s * size for s in (0.2, 0.25, 0.5, 1.0, 2.0) if high / (s * size) <= 6)
    return [i * step for i in range(math.ceil(high / step - 1e-9) + 1)]


def bars(title, subtitle, panels, tick_text, is_log, footer=()):
    """Panels of horizontal bars on one scale. On a logarithmic one, bars start at the first decade."""
    shown = [bar for panel in panels for bar in panel.bars]
    ticks = decades(min(b.low for b in shown), max(b.high for b in shown)) if is_log else \
        steps(max(b.high for b in shown))
    left = MARGIN + LABEL_WIDTH

    def at(value):
        if is_log:
            span = math.log10(ticks[-1] / ticks[0])
            return left + PLOT_WIDTH * math.log10(max(value, ticks[0]) / ticks[0]) / span
        return left + PLOT_WIDTH * value / ticks[-1]

    c = Canvas(WIDTH, title)
    c.text(MARGIN, 34, title, 19, weight="600")
    c.text(MARGIN, 56, subtitle, 13, colour=FAINT)
    y = 92.0
    for panel in panels:
        c.text(MARGIN, y, panel.title, 14, weight="600")
        top = y + 10
        bottom = top + BAR_STEP * len(panel.bars) + 4
        for tick in ticks:
            c.line(at(tick), top, at(tick), bottom)
            c.text(at(tick), bottom + 15, tick_text(tick), 11, "middle", FAINT)
        for i, bar in enumerate(panel.bars):
            bar_y = top + 5 + i * BAR_STEP
            middle = bar_y + BAR_HEIGHT / 2
            c.text(left - 8, middle + 4.5, bar.label, 13, "end", weight="600" if bar.is_strong else "normal")
            c.rect(left, bar_y, at(bar.value) - left, BAR_HEIGHT, STRONG if bar.is_strong else CALM)
            if bar.high > bar.low:
                c.line(at(bar.low), middle, at(bar.high), middle, INK, 1.5)
                for end in at(bar.low), at(bar.high):
                    c.line(end, middle - 4, end, middle + 4, INK, 1.5)
            c.text(max(at(bar.value), at(bar.high)) + 8, middle + 4.5, bar.text, 12,
                   weight="600" if bar.is_strong else "normal")
        y = bottom + 15 + PANEL_GAP
    c.footer(y, footer)
    return c.svg()


@dataclass(frozen=True)
class Line:
    title: str
    points: list  # (x, y)
    y_text: object  # number -> text


def lines(title, subtitle, panels, x_title, x_text, footer=()):
    """Panels side by side, a line in each, all from zero."""
    width, height, gap, left = 240, 220, 70, MARGIN + 52
    total = left + len(panels) * (width + gap) - gap + MARGIN + 20
    c = Canvas(total, title)
    c.text(MARGIN, 34, title, 19, weight="600")
    c.text(MARGIN, 56, subtitle, 13, colour=FAINT)
    top = 112.0
    for i, panel in enumerate(panels):
        x0, y0 = left + i * (width + gap), top + height
        x_ticks, y_ticks = steps(max(x for x, _ in panel.points)), steps(max(y for _, y in panel.points))
        c.text(x0, top - 18, panel.title, 14, weight="600")
        for tick in y_ticks:
            y = y0 - height * tick / y_ticks[-1]
            c.line(x0, y, x0 + width, y)
            c.text(x0 - 8, y + 4, panel.y_text(tick), 11, "end", FAINT)
        for tick in x_ticks:
            c.text(x0 + width * tick / x_ticks[-1], y0 + 17, x_text(tick), 11, "middle", FAINT)
        c.text(x0 + width / 2, y0 + 38, x_title, 12, "middle", FAINT)
        c.path([(x0 + width * x / x_ticks[-1], y0 - height * y / y_ticks[-1]) for x, y in panel.points],
               LINES[i % len(LINES)])
    c.footer(top + height + 76, footer)
    return c.svg()
