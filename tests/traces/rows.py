"""The rows of the table: what is run, what is expected of it."""

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from corpus import CorpusError, say
from programs import ENTRIES, HOT, PREFIXES, SOURCES, WRITTEN
from symbolicate import Symbolicate

EXAMPLE = Path(__file__).resolve().parent.parent / "example"

SUFFIXES = (".js", ".ts")  # of sources

KEYS = {"url", "line", "column", "source", "source_line", "source_column", "function", "mapped", "reason"}


@dataclass
class Row:
    label: str
    kind: str  # whose rules hold: "stacks", "packages" or "profiles"
    counts: Counter = field(default_factory=Counter)
    errors: list = field(default_factory=list)

    def take(self, answer):
        self.counts.update(answer.get("counts", {}))
        self.errors += answer["errors"]


class Checker:
    def __init__(self, args, folder, programs, packages, worker):
        self.only = args.only
        self.folder = folder
        self.programs = programs
        self.packages = packages
        self.worker = worker
        self.symbolicate = Symbolicate(args.program, folder)
        worker.ask(op="program", written=str(programs / WRITTEN), sources=str(SOURCES))

    def run(self, engines):
        rows = []
        for engine in engines:
            rows += self.programs_rows(engine)
            rows += self.packages_rows(engine)
            rows += self.profile_rows(engine)
            if engine.name == "node":
                rows += self.uncaught_rows(engine)
                rows += self.example_rows(engine)
        return rows

    def row(self, label, kind, check):
        """[the row], or [] if it is not among those asked for."""
        if self.only not in label:
            return []
        row = Row(label, kind)
        try:
            check(row)
        except (CorpusError, OSError, subprocess.TimeoutExpired) as error:
            row.errors.append(str(error))
        if not row.errors and not row.counts:
            row.errors.append("it has no frame")
        say(f"{'FAIL' if row.errors else 'ok  '} {label}")
        return [row]

    def where(self, engine, bundler, name):
        folder = self.programs / bundler
        return {"base": engine.base(self.programs / WRITTEN), "file": str(folder / name),
                "url": f"{engine.base(folder)}{name}", "prefix": PREFIXES[bundler]}

    # ---- our own programs ----

    def programs_rows(self, engine):
        rows = []
        for entry in ENTRIES:
            for bundler in PREFIXES:
                rows += self.row(f"{engine.name} {bundler} {entry}", "stacks",
                                 lambda row: self.check_program(row, engine, bundler, f"{entry}.js"))
        return rows

    def check_program(self, row, engine, bundler, name):
        written = engine.program(self.programs / WRITTEN, name)
        minified = engine.program(self.programs / bundler, name)
        self.compare(row, engine, bundler, name, written, minified)

    def compare(self, row, engine, bundler, name, written, minified):
        if list(written) != list(minified):
            raise CorpusError(f"other scenarios: {list(minified)}, not {list(written)}")
        maps = self.programs / bundler
        translated = self.symbolicate.texts(maps, minified)
        rows = self.symbolicate.rows(maps, "\n".join(minified.values()))
        row.errors += [f"--output=json: no {', '.join(KEYS - set(one))}" for one in rows[:1] if KEYS - set(one)]
        texts = {scenario: [written[scenario], minified[scenario], translated[scenario]] for scenario in minified}
        row.take(self.worker.ask(op="compare", texts=texts, rows=rows, **self.where(engine, bundler, name)))

    # ---- packages ----

    def packages_rows(self, engine):
        rows = []
        for package in self.packages:
            if engine.name in package.engines:
                rows += self.row(f"{engine.name} {package.name}", "packages",
                                 lambda row: self.check_package(row, engine, package))
        return rows

    def check_package(self, row, engine, package):
        minified, whole = engine.package(package)
        copy, whole_copy = package.copy(self.folder / engine.name)
        translated = self.symbolicate.texts(copy.parent, minified)
        silent = [scenario for scenario, text in minified.items() if text == "nothing is thrown"]
        row.errors += [f"{scenario}: nothing is thrown" for scenario in silent]
        row.take(self.worker.ask(
            op="package", minified={"file": str(copy), "url": engine.package_url(package, package.minified)},
            whole=whole_copy and {"file": str(whole_copy), "url": engine.package_url(package, package.whole)},
            source=whole_copy and whole_copy.name, renamed=package.renamed, has_texts=package.has_texts,
            texts={name: [whole and whole[name], minified[name], translated[name]] for name in minified}))

    # ---- profiles ----

    def profile_rows(self, engine):
        rows = []
        kinds = ("cpu", "heap") if engine.name == "node" else ("trace",)
        for kind in kinds:
            for bundler in PREFIXES:
                rows += self.row(f"{engine.name} {bundler} {kind} profile", "profiles",
                                 lambda row: self.check_profile(row, engine, bundler, kind))
        return rows

    def check_profile(self, row, engine, bundler, kind):
        paths = [self.folder / f"{which}.{kind}.json" for which in ("written", "minified", "translated")]
        engine.profile(kind, self.programs / WRITTEN, f"{HOT}.js", paths[0])
        engine.profile(kind, self.programs / bundler, f"{HOT}.js", paths[1])
        self.symbolicate.file(self.programs / bundler, paths[1], paths[2])
        where = self.where(engine, bundler, f"{HOT}.js")
        answer = self.worker.ask(op="profile", profiles=list(map(str, paths)), **where)
        row.take(answer)
        if not answer.get("hottest"):
            row.errors.append("no function takes much time")

    # ---- speedscope ----

    def speedscope_rows(self, engines, folder):
        named = {engine.name: engine for engine in engines}
        if len(named) < 2:
            return []
        return self.row("speedscope esbuild cpu profile", "profiles",
                        lambda row: self.check_speedscope(row, named["node"], named["chromium"], folder))

    def check_speedscope(self, row, node, chromium, folder):
        """What came out of a .cpuprofile opens there. Saved in its own format before, it comes out the same."""
        paths = [self.folder / f"speedscope.{which}.json" for which in ("minified", "translated", "saved", "led")]
        node.profile("cpu", self.programs / "esbuild", f"{HOT}.js", paths[0])
        self.symbolicate.file(self.programs / "esbuild", paths[0], paths[1])
        opened = chromium.speedscope(folder, paths[1].read_text("utf-8"))
        saved = chromium.speedscope(folder, paths[0].read_text("utf-8"))
        paths[2].write_text(json.dumps(saved), "utf-8")
        self.symbolicate.file(self.programs / "esbuild", paths[2], paths[3])
        led = json.loads(paths[3].read_text("utf-8"))
        # Of functions without a name it says where they are.
        wanted, found = [{(re.sub(r"^\(anonymous.*", "(anonymous)", frame["name"]), frame["file"], frame["line"], frame["col"])
                          for frame in one["shared"]["frames"] if frame["file"].endswith(tuple(SUFFIXES))}
                         for one in (opened, led)]
        row.errors += [f"{place}: not in both" for place in sorted(wanted ^ found)[:5]]
        row.counts["start"] += len(wanted & found)
        led["shared"] = saved["shared"]
        if led != saved:
            row.errors.append("more than the frames has changed")

    # ---- errors that nobody catches ----

    def uncaught_rows(self, engine):
        rows = []
        for bundler in PREFIXES:
            rows += self.row(f"{engine.name} {bundler} uncaught", "stacks",
                             lambda row: self.check_uncaught(row, engine, bundler))
        return rows

    def check_uncaught(self, row, engine, bundler):
        name = "toplevel.js"
        reports = [self.folder / f"{which}.report.json" for which in ("written", "minified", "translated")]
        texts = [engine.uncaught(self.programs / folder, name, report)
                 for folder, report in zip((WRITTEN, bundler), reports)]
        self.compare(row, engine, bundler, name, *({"uncaught": text} for text in texts))
        self.symbolicate.file(self.programs / bundler, reports[1], reports[2])
        written, minified, translated = [json.loads(path.read_text("utf-8")) for path in reports]
        stacks = ["\n".join(report["javascriptStack"].pop("stack")) for report in (written, minified, translated)]
        if minified != translated:
            row.errors.append("report: more than the stack has changed")
        row.take(self.worker.ask(op="compare", texts={"report": stacks}, **self.where(engine, bundler, name)))

    # ---- the example ----

    def example_rows(self, engine):
        rows = []
        for name in "app", "app.terser":
            rows += self.row(f"{engine.name} example/{name}.js", "stacks",
                             lambda row: self.check_example(row, engine, name))
        return rows

    def check_example(self, row, engine, name):
        """The first five lines of expected.tsv are the frames of this error."""
        file = EXAMPLE / "dist" / f"{name}.js"
        text = engine.run(file, "--fail", code=1).stderr
        found = self.symbolicate.texts(file.parent, {"fail": text})["fail"]
        listed = EXAMPLE / f"{name.replace('app', 'expected')}.tsv"
        for line in listed.read_text("utf-8").splitlines()[:5]:
            at, column, source, source_line, source_column, _, function = line.split("\t")
            where = f"{source}:{source_line}:{source_column}"
            shown = f"{function} ({where})" if function else where
            text, n = re.subn(rf"(?m)^(    at )(.*\b{re.escape(file.name)}:{at}:{column}\)?)$",
                              lambda m: m[1] + (shown if source else m[2]), text, count=1)
            row.errors += [] if n else [f"no frame is at {at}:{column}"]
            row.counts["right" if source else "untouched"] += n
        for wanted, line in zip(text.splitlines(), found.splitlines()):
            row.errors += [f"{line}: it should be {wanted}"] if line != wanted else []
