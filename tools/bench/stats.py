"""Figures made of rounds, and what may be concluded from them.

Other guests of a machine make rounds slower, never faster. So the best round is the nearest to the machine's own
speed, and a median far above it says that most rounds were disturbed.
"""

import statistics
from dataclasses import dataclass

NOISY = 1.25  # a median this far from the best round is not the machine's own speed

MET, NOT_MET, TOO_NOISY, NOT_MEASURED = "met", "not met", "too noisy", "not measured"


@dataclass(frozen=True)
class Figure:
    """One quantity, measured in several rounds."""

    unit: str
    values: tuple
    higher_is_better: bool = False

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
        """How far the median is from the best round: 1 is none."""
        return quotient(self.best, self.median) if self.higher_is_better else quotient(self.median, self.best)

    @property
    def is_noisy(self):
        return self.spread > NOISY

    def scaled(self, factor, unit):
        return Figure(unit, tuple(value * factor for value in self.values), self.higher_is_better)

    def rate(self, amount, unit):
        """`amount` over each value: what a time comes to as a speed."""
        return Figure(unit, tuple(amount / value for value in self.values), not self.higher_is_better)

    def as_json(self):
        return {"unit": self.unit, "better": "higher" if self.higher_is_better else "lower", "median": self.median,
                "min": self.min, "max": self.max, "spread": self.spread, "noisy": self.is_noisy,
                "values": list(self.values)}


def quotient(a, b):
    return a / b if b else float("inf")


def exact(unit, value):
    """A figure that no round changes: a size."""
    return Figure(unit, (value,))


@dataclass(frozen=True)
class Ratio:
    """How many times as fast `ours` is as `theirs`, both times. Noise in theirs would flatter us, so the best rounds
    of both have a say."""

    median: float
    best: float
    is_noisy: bool
    higher_is_better: bool = True
    unit: str = "x"

    def as_json(self):
        return {"unit": self.unit, "better": "higher" if self.higher_is_better else "lower", "median": self.median,
                "of_best_rounds": self.best, "noisy": self.is_noisy}


def ratio(theirs, ours):
    return Ratio(quotient(theirs.median, ours.median), quotient(theirs.best, ours.best),
                 theirs.is_noisy or ours.is_noisy)


def growth(first, last, factor):
    """What the last figure is of `factor` times the first: 1 where growth is linear."""
    return Ratio(quotient(last.median, first.median * factor), quotient(last.best, first.best * factor),
                 first.is_noisy or last.is_noisy, higher_is_better=False)


def judge(figure, target, machine_spread=1.0):
    """Whether a figure meets a target. The median decides, where there is no noise. Where there is, be it in the figure
    or in the machine (the spread of its calibration), both the median and the best rounds have to say the same; and
    "not met" takes a miss that so much noise does not explain."""
    def meets(value):
        return value >= target if figure.higher_is_better else value <= target

    if not figure.is_noisy and machine_spread <= NOISY:
        return MET if meets(figure.median) else NOT_MET
    if meets(figure.median) and meets(figure.best):
        return MET
    allowance = max(NOISY, machine_spread)
    at_best = figure.best * allowance if figure.higher_is_better else figure.best / allowance
    return TOO_NOISY if meets(at_best) or meets(figure.median) else NOT_MET
