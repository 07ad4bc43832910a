"""The functions that smcache finds in a file, held against those of the oracle."""

from dataclasses import dataclass, field

FOLLOWED = "followed"  # the status of a file that was scanned to its end
STATUSES = (FOLLOWED, "lost", "skipped")
POSITION = ("start_line", "start_column", "end_line", "end_column")


@dataclass
class Counts:
    files: int = 0
    lost: int = 0  # files that were not scanned to their end; all of their functions are missing
    left_out: int = 0  # files that a peer cannot parse
    theirs: int = 0  # functions of the oracle
    ours: int = 0
    equal: int = 0  # ranges that both have
    names: int = 0  # of these, with the same name and last component
    betterments: int = 0  # of these, where peers have another name on purpose

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def precision(self):
        return self.equal / self.ours if self.ours else 1.0

    @property
    def recall(self):
        return self.equal / self.theirs if self.theirs else 1.0

    @property
    def name_share(self):
        return self.names / self.equal if self.equal else 1.0


@dataclass
class Comparison:
    counts: Counts = field(default_factory=Counts)
    differences: list = field(default_factory=list)  # (line, column, kind, ours, theirs)
    errors: list = field(default_factory=list)  # what no share can excuse


def show(position, names):
    if names is None:
        return "nothing"
    line, column, end_line, end_column = position
    name, last = names
    return f"{line}:{column}-{end_line}:{end_column} {name} (last: {last})"


def read_ours(said, comparison):
    """{range: (name, last)}"""
    ours, previous = {}, None
    for function in said["functions"]:
        position = tuple(function[key] for key in POSITION)
        if position in ours:
            comparison.errors.append(f"{position} is there twice")
        start, end = position[:2], position[2:]
        if previous and (start < previous[:2] or (start == previous[:2] and end > previous[2:])):
            comparison.errors.append(f"{position} follows {previous}: not by start, outer first")
        previous = position
        ours[position] = (function["name"], function["last"])
    return ours


def compare(said, rows):
    """`said` is the program's object for a file, `rows` are the oracle's functions (worker.js)."""
    comparison = Comparison(Counts(files=1, theirs=len(rows)))
    counts = comparison.counts
    if said["status"] != FOLLOWED:
        counts.lost = 1
        if said["status"] not in STATUSES:
            comparison.errors.append(said["reason"])
        line, column = said["line"] or 1, said["column"] or 1
        comparison.differences.append((line, column, "lost", f"{said['status']}: {said['reason']}",
                                       f"{len(rows)} functions"))
        return comparison
    ours = read_ours(said, comparison)
    counts.ours = len(said["functions"])
    theirs = {tuple(row[:4]): row for row in rows}
    for position in sorted(ours.keys() | theirs.keys()):
        mine, row = ours.get(position), theirs.get(position)
        wanted = tuple(row[4:6]) if row else None
        counts.equal += mine is not None and row is not None
        if mine == wanted:
            counts.names += 1
            counts.betterments += len(row) > 6
            continue
        kind = "missing" if mine is None else "extra" if row is None else "name"
        comparison.differences.append((*position[:2], kind, show(position, mine), show(position, wanted)))
    return comparison
