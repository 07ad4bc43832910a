"""What is wrong with how a run ended in which a call failed."""

import errno
import os
import re
import signal
from dataclasses import dataclass, field

import faults
from folders import kind_of_stored

DONE, PARTIAL, USAGE, INPUT, SYSTEM = range(5)  # exit codes

# What differs from run to run: speed, identifiers with a secret in them, times, and the folder itself.
VARIES = [(re.compile(rb"\d+\.\d\d s \(\d+ MB/s\)"), b"TIME"), (re.compile(rb"[0-9a-f]{2}/[0-9a-f]{32,}"), b"ID"),
          (re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), b"WHEN"), (re.compile(rb":\d+\.\d{9}"), b":NS"),
          (re.compile(rb"\b\d{5,}:\d+:\d+:NS:NS"), b"STATE")]

TEMPORARY = re.compile(r"(^|/)\.smcache-tmp-\w{6}$|/v1/tmp/[^/]+$")
UNLINKS = {"unlink", "unlinkat"}
REASONS = {errno.ENOMEM: ("out of memory", os.strerror(errno.ENOMEM))}


def plain(data, folder):
    data = data.replace(os.fsencode(str(folder)), b"FOLDER")
    for pattern, to in VARIES:
        data = pattern.sub(to, data)
    return data


@dataclass
class Reference:
    """A run of a scenario without a fault: what came of it, and what is in the folder before and after."""
    scenario: object
    folder: object
    outcome: object
    before: dict
    after: dict
    then: list = field(default_factory=list)  # (exit code, stdout) of scenario.then, after that

    def stored(self):
        return {entry[3] for state in (self.before, self.after) for name, entry in state.items()
                if kind_of_stored(name) != name}


def complain_of_end(reference, outcome):
    if outcome.hangs:
        return ["it hangs"]
    if outcome.code < 0:
        return [f"ended by {signal.Signals(-outcome.code).name}"]
    return [] if outcome.is_reported else ["it has ended without exit"]


def complain_of_leaks(outcome, describe):
    found = [f"leak of {nbytes} bytes: {describe(call)}" for nbytes, call in outcome.leaks]
    return found + ([f"{outcome.open_fds} descriptors are open"] if outcome.open_fds else [])


def allowed_codes(reference, fault):
    if faults.must_change_nothing(fault):
        return {reference.outcome.code}
    codes = {reference.outcome.code, SYSTEM}
    return codes | {PARTIAL} if reference.scenario.is_several else codes


def complain_of_answer(reference, fault, outcome):
    is_stderr = faults.is_stderr(fault)
    expected, folder = reference.outcome, reference.folder
    found = []
    if outcome.code not in allowed_codes(reference, fault):
        found.append(f"exit code {outcome.code}, where without a fault it is {expected.code}")
    if outcome.code == expected.code:
        if plain(outcome.out, folder) != plain(expected.out, folder):
            found.append("another answer, by exit code as good")
        if not is_stderr and not (expected.code == SYSTEM and not complain_of_message(fault, outcome)):
            said = set(plain(outcome.err, folder).splitlines())
            lost = [line for line in plain(expected.err, folder).splitlines() if line not in said]
            found += [f"not said any more: {line.decode(errors='replace')}" for line in lost]
    elif not is_stderr:
        found += complain_of_message(fault, outcome)
    return found


def complain_of_message(fault, outcome):
    if not re.search(r"^smcache\b.*: ", outcome.said, re.MULTILINE):
        return ["a failure without a word"]
    reasons = REASONS.get(fault.error_number, (os.strerror(fault.error_number),))
    if fault.way == "short":
        reasons = (os.strerror(errno.EIO),)
    return [] if any(reason in outcome.said for reason in reasons) else [
        f"a failure without its reason ({reasons[0]})"]


def complain_of_files(reference, fault, outcome, after):
    before, good, found = reference.before, reference.after, []
    is_good = outcome.code == reference.outcome.code
    may_leave = fault.call.called in UNLINKS or fault.way == "on"
    stored = reference.stored()
    kinds = {kind_of_stored(name) for state in (before, good) for name in state}
    for name, entry in after.items():
        kind = kind_of_stored(name)
        if TEMPORARY.search(name) and name not in before:
            found += [] if may_leave else [f"{name} is left"]
        elif kind not in kinds and entry[0] != "folder":
            found.append(f"{name} is new")
        elif kind != name:
            if name.endswith(".smcache") and entry[3] not in stored:
                found.append(f"{name} is none of the files that there were to be")
        elif "/v1/" not in name and entry[0] == "file" and entry[3] not in {
                state[name][3] for state in (before, good) if name in state}:
            found.append(f"{name} is neither as before nor as it should be")
        elif "/v1/" not in name and entry[0] == "file" and entry[1] not in {
                state[name][1] for state in (before, good) if name in state}:
            found.append(f"{name} has the mode {entry[1]:o}")
    for name in before:
        if name not in after and name in good and not (reference.scenario.removes and kind_of_stored(name) != name):
            found.append(f"{name} is lost")
    if is_good:
        for name, entry in good.items():
            if "/v1/" not in name and name in after and (after[name][0], after[name][3]) != (entry[0], entry[3]):
                found.append(f"{name} is not as it should be, by exit code as good")
            elif "/v1/" not in name and name not in after:
                found.append(f"{name} is not there, by exit code as good")
    return found


def complain(reference, fault, outcome, after, describe):
    """Everything that is wrong, as texts."""
    found = complain_of_end(reference, outcome)
    if found:
        return found
    return (complain_of_leaks(outcome, describe) + complain_of_answer(reference, fault, outcome)
            + complain_of_files(reference, fault, outcome, after))
