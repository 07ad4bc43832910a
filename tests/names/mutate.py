"""Compares the functions of changed texts, most of which are no programs, with those of the peers."""

import json
import random
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from compare import FOLLOWED, POSITION
from corpus import CorpusError

LANGUAGES = ("js", "ts", "tsx")
N_FILES = 200  # that texts are made of, in each part
PART = 5000  # texts in one answer of the peers

# Of the texts that are programs so many may be lost or wrong: nobody writes such a thing.
EXCUSED = 0.0005


@dataclass(frozen=True)
class Mutant:
    path: str
    text: str
    language: str
    verdict: str
    rows: list


def names_of(said):
    return [[function[key] for key in (*POSITION, "name", "last")] for function in said["functions"]]


def kind_of(mutant, said):
    """What the program made of a text: equal, lost, wrong; of one that is no program lost or followed."""
    if said["status"] not in (FOLLOWED, "lost"):
        raise CorpusError(f"{mutant.text!r}: {said['reason']}")
    if said["status"] != FOLLOWED:
        return "lost"
    if mutant.rows is None:
        return "followed"
    return "equal" if names_of(said) == mutant.rows else "wrong"


class Mutation:
    def __init__(self, peers, program, inputs, folder):
        self.peers, self.program, self.inputs = peers, program, inputs
        self.folder = Path(folder)
        self.counts = Counter()  # by language, verdict and kind

    def requests(self, language, n, seed):
        wanted = ("js", "jsx") if language == "js" else (language,)
        candidates = [found.path for found in self.inputs if found.language in wanted]
        for part in range(0, n, PART):
            key = f"{language}-{seed}-{part}"
            chosen = random.Random(key)
            paths = [chosen.choice(candidates) for _ in range(N_FILES)]
            yield {"op": "mutate", "path": paths[0], "paths": paths, "language": language,
                   "seed": chosen.randrange(1 << 31), "n": min(PART, n - part), "out": str(self.folder / f"{key}.json")}

    def mutants(self, request):
        for i, row in enumerate(json.loads(Path(request["out"]).read_text(encoding="utf-8"))):
            path = self.folder / f"{Path(request['out']).stem}-{i}.{request['language']}"
            path.write_bytes(row["text"].encode("utf-8", "replace"))
            yield Mutant(str(path), row["text"], request["language"], row["verdict"], row["functions"])

    def run(self, language, n, seed):
        """The texts of which the program makes something else than the peers, with what it makes of them."""
        requests = list(self.requests(language, n, seed))
        self.peers.ask("changed texts", requests)
        for request in requests:
            mutants = list(self.mutants(request))
            for mutant, said in self.program.all_functions(mutants, self.peers.jobs):
                kind = kind_of(mutant, said)
                self.counts[language, mutant.verdict, kind] += 1
                if mutant.verdict == "program" and kind != "equal":
                    yield mutant, kind, said

    def shorten(self, mutant, kind):
        out = self.folder / "shorter.json"
        out.unlink(missing_ok=True)
        self.peers.ask("shorter texts", [{"op": "shorten", "path": mutant.path, "program": self.program.path,
                                          "text": mutant.text, "language": mutant.language, "kind": kind,
                                          "out": str(out)}])
        return json.loads(out.read_text(encoding="utf-8"))["text"]

    def print_table(self):
        print(f"{'':4} {'programs':>9} {'equal':>9} {'lost':>5} {'wrong':>5} | {'disputed':>9} {'equal':>9} "
              f"{'lost':>6} {'wrong':>5} | {'refused':>9} {'lost':>9}")
        for language in LANGUAGES:
            def n(verdict, *kinds):
                return sum(count for key, count in self.counts.items()
                           if key[:2] == (language, verdict) and (not kinds or key[2] in kinds))
            if n("program"):
                print(f"{language:4} {n('program'):>9,} {n('program', 'equal'):>9,} {n('program', 'lost'):>5,} "
                      f"{n('program', 'wrong'):>5,} | {n('disputed'):>9,} {n('disputed', 'equal'):>9,} "
                      f"{n('disputed', 'lost'):>6,} {n('disputed', 'wrong'):>5,} | {n('refused'):>9,} "
                      f"{n('refused', 'lost'):>9,}")

    def verdicts(self):
        """(passed, text) of each language."""
        for language in LANGUAGES:
            kinds = {kind: self.counts[language, "program", kind] for kind in ("equal", "lost", "wrong")}
            total = sum(kinds.values())
            if total:
                yield (kinds["lost"] + kinds["wrong"] <= EXCUSED * total,
                       f"{language}: of {total:,} changed texts {kinds['lost']} are lost, {kinds['wrong']} wrong")


def check_mutants(args, peers, program, inputs):
    """Prints differences and a table; [(passed, text)]."""
    languages = args.only.split(",") if args.only else LANGUAGES
    with tempfile.TemporaryDirectory(prefix="smcache-mutants-") as folder:
        mutation = Mutation(peers, program, inputs, folder)
        for language in LANGUAGES:
            n_shown = 0
            for mutant, kind, said in mutation.run(language, args.mutate, args.seed) if language in languages else ():
                n_shown += 1
                if n_shown <= args.show:
                    print(f"{language}: {kind}{': ' + said['reason'] if said['reason'] else ''}\n    "
                          f"{mutation.shorten(mutant, kind)!r}", flush=True)
        mutation.print_table()
        return list(mutation.verdicts())
