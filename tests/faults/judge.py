"""What is wrong with how a run ended in which a call failed."""

import errno
import os
import re
import signal
from dataclasses import dataclass, field

import faults
from folders import kind_of_stored

DONE, PARTIAL, USAGE, INPUT, SYSTEM = range(5)  # exit codes

TEMPORARY = re.compile(r"(^|/)\.smcache-tmp-\w{6}$|/v1/tmp/[^/]+$")
UNLINKS = {"unlink", "unlinkat"}
REASONS = {errno.ENOMEM: ("out of memory", os.strerror(errno.ENOMEM))}



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


def has_failed(reference, fault, outcome):
    """Whether a run says that something has failed which without the fault has not."""
    code = reference.outcome.code
    return outcome.code != code or (code != DONE and not complain_of_message(fault, outcome))


def complain_of_answer(reference, fault, outcome):
    is_stderr = faults.is_stderr(fault)
    expected, scenario = reference.outcome, reference.scenario
    found = []
    if outcome.code not in allowed_codes(reference, fault):
        found.append(f"exit code {outcome.code}, where without a fault it is {expected.code}")
    if has_failed(reference, fault, outcome):
        return found if is_stderr else found + complain_of_message(fault, outcome)
    if scenario.plain(outcome.out, reference.folder) != scenario.plain(expected.out, reference.folder):
        found.append("another answer, by exit code as good")
    if not is_stderr and complain_of_message(fault, outcome):
        said = set(scenario.plain(outcome.err, reference.folder).splitlines())
        lost = [line for line in scenario.plain(expected.err, reference.folder).splitlines() if line not in said]
        found += [f"not said any more: {line.decode(errors='replace')}" for line in lost]
    return found


def complain_of_message(fault, outcome):
    if not re.search(r"^smcache\b.*: ", outcome.said, re.MULTILINE):
        return ["a failure without a word"]
    reasons = REASONS.get(fault.error_number, (os.strerror(fault.error_number),))
    if fault.call.name in faults.PRINTS:
        reasons += ("stdout: cannot write\n",)  # the end of what was not looked at before
    if fault.way == "short":
        reasons = (os.strerror(errno.EIO),)
    return [] if any(reason in outcome.said for reason in reasons) else [
        f"a failure without its reason ({reasons[0]})"]


def is_of_store(name):
    """Scenarios have their store in this folder."""
    return name.split("/")[0] == "store"


def complain_of_files(reference, fault, outcome, after):
    before, good, found = reference.before, reference.after, []
    is_good = not has_failed(reference, fault, outcome)
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
        elif is_of_store(name) or entry[0] != "file":
            pass  # the store's own affair: what is asked of it afterwards tells
        elif entry[3] not in {state[name][3] for state in (before, good) if name in state}:
            found.append(f"{name} is neither as before nor as it should be")
        elif entry[1] not in {state[name][1] for state in (before, good) if name in state}:
            found.append(f"{name} has the mode {entry[1]:o}")
    for name in before:
        if name not in after and name in good and not (reference.scenario.removes and kind_of_stored(name) != name):
            found.append(f"{name} is lost")
    if is_good:
        for name, entry in good.items():
            if is_of_store(name):
                continue
            if name in after and (after[name][0], after[name][3]) != (entry[0], entry[3]):
                found.append(f"{name} is not as it should be, by exit code as good")
            elif name not in after:
                found.append(f"{name} is not there, by exit code as good")
    return found


def complain(reference, fault, outcome, after, describe):
    """Everything that is wrong, as texts."""
    found = complain_of_end(reference, outcome)
    if found:
        return found
    return (complain_of_leaks(outcome, describe) + complain_of_answer(reference, fault, outcome)
            + complain_of_files(reference, fault, outcome, after))
