"""Figures made of turns, and what may be concluded from them.

Other guests of a machine make turns slower, never faster. So the best one is the nearest to the machine's own
speed, and a median far above it says that most were disturbed.
"""

import statistics
from dataclasses import dataclass, replace

NOISY = 1.25  # a median this far from the best turn is not the machine's own speed

MET, NOT_MET, TOO_NOISY, NOT_MEASURED = "met", "not met", "too noisy", "not measured"


@dataclass(frozen=True)
class Figure:
    """One quantity, measured in several turns."""

    unit: str
    values: tuple
    higher_is_better: bool = False
    n_quiet: int = 0  # of the turns: see turns.py
    n_turns: int = 0

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def min(self):
        return min(self.values)

    @property
    def max(self):
        return max(self.values)

    @property
    def best(self):
        return self.max if self.higher_is_better else self.min

    @property
    def spread(self):
        """How far the median is from the best turn: 1 is none."""
        return quotient(self.best, self.median) if self.higher_is_better else quotient(self.median, self.best)

    @property
    def is_noisy(self):
        return self.spread > NOISY

    @property
    def is_quiet(self):
        """Nothing but quiet turns."""
        return 0 < self.n_quiet == len(self.values)

    @property
    def is_doubtful(self):
        return self.is_noisy or (self.n_turns > 0 and not self.is_quiet)

    def scaled(self, factor, unit):
        return replace(self, unit=unit, values=tuple(value * factor for value in self.values))

    def rate(self, amount, unit):
        """`amount` over each value: what a time comes to as a speed."""
        return replace(self, unit=unit, values=tuple(amount / value for value in self.values),
                       higher_is_better=not self.higher_is_better)

    def as_json(self):
        return {"unit": self.unit, "better": "higher" if self.higher_is_better else "lower", "median": self.median,
                "min": self.min, "max": self.max, "spread": self.spread, "noisy": self.is_noisy,
                "turns": self.n_turns, "quiet_turns": self.n_quiet, "values": list(self.values)}


def quotient(a, b):
    return a / b if b else float("inf")


def exact(unit, value):
    """A figure that is the same in each turn: a size."""
    return Figure(unit, (value,))


@dataclass(frozen=True)
class Ratio:
    """How many times as fast `ours` is as `theirs`, both times. Noise in theirs would flatter us, so the best turns
    of both have a say."""

    median: float
    best: float
    is_noisy: bool
    is_quiet: bool = False
    higher_is_better: bool = True
    unit: str = "x"

    def as_json(self):
        return {"unit": self.unit, "better": "higher" if self.higher_is_better else "lower", "median": self.median,
                "of_best_turns": self.best, "noisy": self.is_noisy}


def ratio(theirs, ours):
    return Ratio(quotient(theirs.median, ours.median), quotient(theirs.best, ours.best),
                 theirs.is_noisy or ours.is_noisy, theirs.is_quiet and ours.is_quiet)


def growth(first, last, factor):
    """What the last figure is of `factor` times the first: 1 where growth is linear."""
    return Ratio(quotient(last.median, first.median * factor), quotient(last.best, first.best * factor),
                 first.is_noisy or last.is_noisy, first.is_quiet and last.is_quiet, higher_is_better=False)


def judge(figure, target, machine_spread=1.0):
    """Whether a figure meets a target. The median decides, where there is no noise. Where there is, be it in the figure
    or, if not all of its turns were quiet, in the machine (the spread of its pulse), both the median and the best turns
    have to say the same; and "not met" takes a miss that so much noise does not explain."""
    def meets(value):
        return value >= target if figure.higher_is_better else value <= target

    if not figure.is_noisy and (figure.is_quiet or machine_spread <= NOISY):
        return MET if meets(figure.median) else NOT_MET
    if meets(figure.median) and meets(figure.best):
        return MET
    allowance = max(NOISY, machine_spread)
    at_best = figure.best * allowance if figure.higher_is_better else figure.best / allowance
    return TOO_NOISY if meets(at_best) or meets(figure.median) else NOT_MET
