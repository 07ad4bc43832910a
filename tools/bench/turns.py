"""Whose turn it is, and which turns count.

A fixed piece of work, the pulse, is timed before and after each turn. A turn is quiet if neither took much longer than
the best pulse of the run: then the machine's other guests left it alone. A figure is made of the quiet turns, if there
are enough of them, else of all. Whoever has not enough when the rounds are over takes more turns, for some seconds.
"""

import time
from dataclasses import dataclass, field
from itertools import count

from stats import Figure

QUIET = 1.1  # times the best pulse
QUIET_MIN = 3  # turns that a figure can be made of; fewer rounds are enough if that many were asked for
MORE_SECONDS = 4.0  # of turns that one may take when the rounds are over, where nothing else is said


class Pulse:
    def __init__(self, calibrator):
        self.calibrator, self.values = calibrator, []

    def take(self):
        self.values.append(self.calibrator.number("work"))
        return self.values[-1]

    def is_quiet(self, value):
        return value <= QUIET * min(self.values)


@dataclass
class Turn:
    values: dict = field(default_factory=dict)
    pulse: float = float("inf")  # the slower one of those around it


def rotated(items, i):
    """The same items, each round another one first."""
    i %= max(len(items), 1)
    return items[i:] + items[:i]


class Turns:
    def __init__(self, pulse, n_rounds, more_seconds=MORE_SECONDS, clock=time.monotonic):
        self.pulse, self.n_rounds, self.more_seconds, self.clock = pulse, n_rounds, more_seconds, clock
        self.turns = {}  # who -> its turns
        self.more = {}  # who -> seconds of those when the rounds were over

    def quiet_turns(self, who):
        return [turn for turn in self.turns.get(who, ()) if self.pulse.is_quiet(turn.pulse)]

    def is_waiting(self, who):
        """When the rounds are over."""
        return len(self.quiet_turns(who)) < self.n_rounds and self.more.get(who, 0) < self.more_seconds

    def each(self, all_of_them):
        """(round, who): it is their turn now. Who is no longer in the collection has none."""
        for i in count():
            waiting = [who for who in all_of_them if i < self.n_rounds or self.is_waiting(who)]
            if not waiting:
                return
            start, before = self.clock(), self.pulse.take()
            for who in rotated(waiting, i):
                if who not in all_of_them:
                    continue
                turn = Turn()
                self.turns.setdefault(who, []).append(turn)
                yield i, who
                after, end = self.pulse.take(), self.clock()
                turn.pulse = max(before, after)
                if i >= self.n_rounds:  # with the pulse, which is most of a short turn
                    self.more[who] = self.more.get(who, 0) + end - start
                start, before = end, after

    def add(self, who, key, value):
        """Of the turn that they have now."""
        self.turns[who][-1].values[key] = value

    def figure(self, who, key, unit):
        turns, quiet = self.turns[who], self.quiet_turns(who)
        counting = quiet if len(quiet) >= min(QUIET_MIN, self.n_rounds) else turns
        return Figure(unit, tuple(turn.values[key] for turn in counting), n_quiet=len(quiet), n_turns=len(turns))

    def figures(self, who, unit):
        return {key: self.figure(who, key, unit) for key in self.turns[who][0].values}
