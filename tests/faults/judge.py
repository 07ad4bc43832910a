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
REASONS = {errno.ENOMEM: ["out of memory", os.strerror(errno.ENOMEM)]}



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


def signals_of(reference, fault):
    """What may end the program."""
    return {*reference.scenario.signals, *(one.error_number for one in fault.all() if one.way == "kill")}


def complain_of_end(outcome, signals=()):
    if outcome.hangs:
        return ["it hangs"]
    if -outcome.code in signals:
        return []
    if outcome.code < 0:
        return [f"ended by {signal.Signals(-outcome.code).name}"]
    return [] if outcome.is_reported else ["it has ended without exit"]


def complain_of_leaks(reference, outcome, describe):
    if reference.scenario.ends_at_once or outcome.code < 0:
        return []
    found = [f"leak of {nbytes} bytes: {describe(call)}" for nbytes, call in outcome.leaks]
    n_open = outcome.open_fds - reference.outcome.open_fds
    return found + ([f"{n_open} descriptors more are open"] if n_open > 0 else [])


def complain_of_full_disk(reference, outcome):
    """Nothing of what it prints can be written, as every write would find."""
    found = complain_of_end(outcome)
    if not found and outcome.code != SYSTEM:
        found = [f"exit code {outcome.code}, where stdout is full"]
    if not found and os.strerror(errno.ENOSPC) not in outcome.said:
        found = ["it does not say that stdout is full"]
    return found


def allowed_codes(reference, fault):
    if faults.must_change_nothing(fault):
        return {reference.outcome.code}
    scenario = reference.scenario
    codes = {reference.outcome.code, SYSTEM, *(-number for number in signals_of(reference, fault))}
    return codes | ({PARTIAL} if scenario.is_several else {PARTIAL, INPUT} if scenario.explains else set())


def has_failed(reference, fault, outcome):
    """Whether a run says that something has failed which without the fault has not."""
    code = reference.outcome.code
    return outcome.code != code or (code != DONE and not complain_of_message(reference, fault, outcome))


def complain_of_answer(reference, fault, outcome):
    is_stderr = faults.is_stderr(fault)
    expected, scenario = reference.outcome, reference.scenario
    found = []
    if outcome.code not in allowed_codes(reference, fault):
        found.append(f"exit code {outcome.code}, where without a fault it is {expected.code}")
    if has_failed(reference, fault, outcome):
        return found if is_stderr else found + complain_of_message(reference, fault, outcome)
    if scenario.plain(outcome.out, reference.folder) != scenario.plain(expected.out, reference.folder):
        found.append("another answer, by exit code as good")
    if not is_stderr and complain_of_message(reference, fault, outcome):
        said = set(scenario.plain(outcome.err, reference.folder).splitlines())
        lost = [line for line in scenario.plain(expected.err, reference.folder).splitlines() if line not in said]
        found += [f"not said any more: {line.decode(errors='replace')}" for line in lost]
    return found


def reasons_of(fault):
    """Any of these says why."""
    reasons = []
    for one in fault.all():
        number = one.error_number
        reasons += REASONS.get(number, [os.strerror(number)])
        if one.call.name in faults.PRINTS:
            reasons.append("stdout: cannot write\n")  # the end of what was not looked at before
    return reasons


def complain_of_message(reference, fault, outcome):
    said = outcome.said
    if reference.scenario.explains:
        said += outcome.out.decode("utf-8", "replace")
    elif outcome.code < 0:
        return []
    elif not re.search(r"^smcache\b.*: ", said, re.MULTILINE):
        return ["a failure without a word"]
    reasons = reasons_of(fault)
    return [] if any(reason in said for reason in reasons) else [
        f"a failure without its reason ({reasons[0]})"]


def is_of_store(name):
    """Scenarios have their store in this folder."""
    return name.split("/")[0] == "store"


def complain_of_files(reference, fault, outcome, after):
    before, good, found = reference.before, reference.after, []
    is_good = not has_failed(reference, fault, outcome)
    may_leave = any(one.call.called in UNLINKS or one.way == "on" for one in fault.all())
    stored = reference.stored()
    kinds = {kind_of_stored(name) for state in (before, good) for name in state}
    for name, entry in after.items():
        kind = kind_of_stored(name)
        if TEMPORARY.search(name) and name not in before:
            found += [] if may_leave else [f"{name} is left"]
        elif name in reference.scenario.may_be_new and not is_good:
            pass
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
        is_kept = not reference.scenario.removes if kind_of_stored(name) != name else not is_of_store(name)
        if name not in after and name in good and is_kept:
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
    found = complain_of_end(outcome, signals_of(reference, fault))
    if found:
        return found
    return (complain_of_leaks(reference, outcome, describe) + complain_of_answer(reference, fault, outcome)
            + complain_of_files(reference, fault, outcome, after))
