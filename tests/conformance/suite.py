"""What the conformance tests share: where the data of others is, and what the program makes of a map.

The data is read in place: SMCACHE_SHARED is its folder, by default beside ours. Everything is 0-based here.
"""

import io
import json
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "spec"), str(ROOT / "tests" / "cli")]

import smcache_reader
from support import DONE, INPUT, CliTest, run

DATA = Path(os.environ.get("SMCACHE_SHARED") or ROOT.parent / "shared", "testdata")
TC39 = DATA / "tc39"
JSON_SUITE = DATA / "json"

MESSAGE = re.compile(r'smcache: (?P<file>.*): (?:"(?P<key>\w+)", )?byte (?P<offset>\d+): (?P<reason>.*)\n')


class Issue(NamedTuple):
    """What is wrong with a map: its key, or None; the text from that place on; why; and of a warning the recovery."""
    key: str
    at: str
    reason: str
    recovery: str = None


class Compiled:
    """A compiled file, with what was warned of."""

    def __init__(self, path, warnings):
        self.path, self.warnings = path, warnings
        self.cache = smcache_reader.Cache(path)

    @property
    def tokens(self):
        """Tuples (line, column[, source, source_line, source_column[, name]]), with the name as text."""
        names = self.cache.names
        rows = []
        for token in self.cache:
            row = tuple(token[:2] if token.source is None else token[:5])
            rows.append(row if token.name is None else row + (names[token.name],))
        return rows

    @property
    def sources(self):
        """Tuples (name, content, whether it is ignored)."""
        return [(source.name, None if source.content is None else source.content.decode(), source.is_ignored)
                for source in self.cache.sources]


class ConformanceTest(CliTest):
    """A test that needs the data: it is skipped where that is not there."""

    data = TC39

    def setUp(self):
        if not self.data.is_dir():
            self.skipTest(f"no test data: {self.data.name}")
        super().setUp()

    def refuse(self, path, *options):
        """The map must be refused, and nothing be written; what is wrong with it."""
        output = self.folder / "refused.smcache"
        result = run("build", path, "-o", output, *options)
        self.assertEqual(result.code, INPUT, f"{path}: {result.message}")
        self.assertFalse(output.exists(), path)
        message = MESSAGE.fullmatch(result.message)
        self.assertIsNotNone(message, result.message)
        self.assertEqual(message["file"], str(path))
        text = Path(path).read_bytes()
        self.assertLessEqual(int(message["offset"]), len(text))
        at = text[int(message["offset"]):].decode("utf-8", "replace")
        return Issue(message["key"], at, message["reason"])

    def accept(self, path, *options):
        """The map must be accepted, and the program and the reader in Python agree on what has become of it."""
        output = self.folder / "accepted.smcache"
        output.unlink(missing_ok=True)
        result = run("build", path, "-o", output, "--json", *options)
        self.assertEqual(result.code, DONE, f"{path}: {result.message}")
        report = json.loads(result.text)
        self.assertEqual((report["status"], report["error"]), ("built", None), path)
        self.assertEqual(report["n_warnings"], len(report["warnings"]), path)
        self.assertEqual(result.message.count(": warning: "), min(10, report["n_warnings"]), result.message)
        text = Path(path).read_bytes()
        compiled = Compiled(output, [
            Issue(issue["key"], text[issue["offset"]:].decode("utf-8", "replace"), issue["reason"], issue["recovery"])
            for issue in report["warnings"]])
        self.succeed("verify", output)
        for options, dump in ([], smcache_reader.dump_tokens), (["--sources"], smcache_reader.dump_sources):
            by_reader = io.BytesIO()
            dump(compiled.cache, by_reader)
            self.assertEqual(self.succeed("dump", output, *options).out, by_reader.getvalue(), path)
        return compiled

    def accept_in_silence(self, path, *options):
        compiled = self.accept(path, *options)
        self.assertEqual(compiled.warnings, [], path)
        return compiled

    def assert_issue(self, issue, wanted):
        """`wanted` has in its `at` the first characters of the place."""
        self.assertEqual(issue._replace(at=issue.at[:len(wanted.at)]), wanted)

    def assert_issues(self, issues, wanted):
        self.assertEqual([issue._replace(at=issue.at[:len(want.at)]) for issue, want in zip(issues, wanted)] +
                         issues[len(wanted):], wanted)

    def info(self, compiled):
        return json.loads(self.succeed("info", compiled.path, "--json").text)

    def look_up(self, compiled, positions):
        """For each position (source, source_line, source_column, name), or None: by the program and by the reader."""
        bases = "--line-base=0", "--column-base=0"
        texts = [f"{line}:{column}" for line, column in positions]
        by_program = []
        for line in self.succeed("lookup", compiled.path, *texts, "--format=json", *bases).lines:
            row = json.loads(line)
            original = tuple(row[key] for key in ("source", "source_line", "source_column", "name"))
            self.assertTrue(row["mapped"] or original == (None,) * 4, row)
            by_program.append(original if row["mapped"] else None)
        by_reader = []
        for line, column in positions:
            token, cache = compiled.cache.lookup(line, column), compiled.cache
            by_reader.append(token and (cache.sources[token.source].name, token.source_line, token.source_column,
                                        None if token.name is None else cache.names[token.name]))
        self.assertEqual(by_program, by_reader)
        return by_program


class Suite:
    """The cases of a file of the tc39 suite."""

    def __init__(self, name, folder):
        self.cases = json.loads((TC39 / name).read_bytes())["tests"]
        self.folder = TC39 / folder

    def path(self, case):
        return self.folder / case["sourceMapFile"]

    def valid(self):
        return [case for case in self.cases if case["sourceMapIsValid"]]

    def invalid(self):
        return [case for case in self.cases if not case["sourceMapIsValid"]]
