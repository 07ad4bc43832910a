#!/usr/bin/env python3
"""Help, usage errors and exit codes: what each command promises in its --help, it does."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True

from support import (DONE, ENVIRONMENT, EXAMPLE, MINIFIED, PROGRAM, SYSTEM, TIMEOUT_S, USAGE, CliTest, main, make_map,
                     run)

# Where the maps of frames are, for each command that takes a stack.
FRAME_OPTIONS = {"--dir": ["{dir}"], "--url-prefix": ["https://x/", "~/"], "--map": ["https://x/in.js={map}"],
                 "--store": [None], "--release": ["1.0"], "--no-store": [None],
                 "--debug-id": ["00000000-0000-4000-8000-000000000000",
                                "https://x/in.js=00000000000040008000000000000000"]}
# Each command's options, with arguments that work. A file stands for FILE, a map for MAP.
OPTIONS = {
    "build": {"-o": ["{out}"], "--output": ["{out}"], "--exclude": ["x"], "--dry-run": [None], "--force": [None],
              "--sources": ["deflate", "raw", "none"], "--functions": ["auto", "none"], "--minified": ["{script}"],
              "--compression": ["1", "12"], "--strict": [None], "--lenient": [None], "--source-root": ["r"],
              "--map-url": ["https://example.com/x.map"], "--chain": [None], "--chain-names": [None],
              "--range-mappings": ["zero-based", "one-based", "bitmap"], "--max-input-size": ["1M", "1000000"],
              "--clean-paths": [None], "--replace": ["a=b", "a="], "--strip-prefix": ["a"],
              "--strip-common-prefix": [None], "-j": ["1", "64"], "--jobs": ["2"], "--json": [None], "--quiet": [None]},
    "lookup": {"-C": ["0", "3"], "--context": ["3"], "--format": ["text", "tsv", "json"], "--line-base": ["0", "1"],
               "--column-base": ["0", "1"], "--across-lines": [None], "--frames": [None], "--strict": [None],
               "--no-store": [None]},
    "explain": {"--json": [None]} | FRAME_OPTIONS,
    "symbolicate": {"--format": ["text"], "--output": ["same", "json", "folded"], "--json": [None],
                    "-C": ["0", "3"], "--context": ["3"], "--annotate": [None], "--hide-ignored": [None],
                    "--across-lines": [None], "--strict": [None]} | FRAME_OPTIONS,
    "info": {"--json": [None]},
    "verify": {},
    "dump": {"--sources": [None], "--functions": [None]},
    "functions": {"--json": [None], "--language": ["javascript", "typescript", "tsx"]},
    "config": {"--json": [None], "--no-store": [None], "--dir": ["/x", "x"], "--max-size": ["500M", "none"],
               "--max-age": ["30d", "none"]},
}
STORE_OPTIONS = {
    "path": {"--json": [None]}, "stats": {"--json": [None], "--folders": [None]}, "list": {"--json": [None]},
    "warm": {"--budget": ["1M", "0"], "--json": [None]}, "gc": {"--keep": ["x", ""], "--json": [None]},
    "clear": {"--keep": ["x", ""], "--pinned": [None], "--json": [None]},
    "pin": {"--json": [None]}, "unpin": {"--json": [None]},
}
OPTIONS |= {f"store {name}": options | {"--dir": ["{store}"], "--max-size": ["500M", "none"],
                                        "--max-age": ["30d", "none"]} for name, options in STORE_OPTIONS.items()}
OF_FRAMES = ["--dir={dir}", "{trace}"]
ARGUMENTS = {"build": ["{map}"], "lookup": ["{file}", "1:1"], "explain": ["{map}"], "symbolicate": OF_FRAMES,
             "info": ["{file}"], "verify": ["{file}"], "dump": ["{file}"], "functions": ["{script}"], "config": []}
ARGUMENTS |= {f"store {name}": [] for name in STORE_OPTIONS} | {"store unpin": ["x"]}
HELP = ["-h", "--help"]

MAP = make_map([(0, 0, 0, 0, 0, 0), (1, 0, 0, 1, 0)], names=["n"], contents=["x\ny"])


class UsageTest(CliTest):
    def setUp(self):
        super().setUp()
        self.file = self.build(MAP)
        self.script = self.write("script.js", MINIFIED)
        self.trace = self.write("trace.txt", b"    at f (https://x/in.js:1:1)\n")

    def fill_in(self, words):
        places = {"map": self.folder / "in.js.map", "file": self.file, "script": self.script, "trace": self.trace,
                  "dir": self.folder, "out": self.folder / "out", "store": self.folder / "store"}
        return [word.format(**places) for word in words]

    def prepare(self, command, words=()):
        if command == "store unpin":  # of what is pinned
            self.succeed("store", "pin", *self.fill_in(words), *self.arguments(command))

    def arguments(self, command, option=None):
        words = OF_FRAMES if option in FRAME_OPTIONS and command == "explain" else ARGUMENTS[command]
        return self.fill_in(words + ["--store"] if option == "--release" else words)


class Help(UsageTest):
    def test_program(self):
        for option in HELP:
            text = self.succeed(option).text
            for command in {command.split()[0] for command in OPTIONS}:
                self.assertRegex(text, rf"(?m)^  {command} +\S")
            for code in range(5):
                self.assertRegex(text, rf"(?m)^  {code}  \S")
            self.assertIn("examples:", text)

    def test_version(self):
        self.assertRegex(self.succeed("--version").text, r"\Asmcache \d+\.\d+\.\d+\n\Z")

    def test_each_command(self):
        for command in OPTIONS:
            texts = {self.succeed(*command.split(), option).text for option in HELP}
            texts.add(self.succeed(*command.split(), "--help", "no such file").text)
            self.assertEqual(len(texts), 1)
            text = texts.pop()
            self.assertTrue(text.startswith(f"usage: smcache {command} "))
            self.assertRegex(text, r"(?m)^examples?:$")
            self.assertRegex(text, rf"(?m)^  (.* )?smcache {command} ")
            self.assertLessEqual(max(map(len, text.splitlines())), 100)
            self.assertNotIn("\t", text)

    def test_names_every_option(self):
        for command, options in OPTIONS.items():
            text = self.succeed(*command.split(), "--help").text
            named = set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", text[:text.index("\nexample")]))
            self.assertEqual(named - set(HELP), set(options), command)

    def test_every_option_works(self):
        for command, options in OPTIONS.items():
            for option, values in options.items():
                for value in values:
                    given = [[option]] if value is None else [[option, value]]
                    if value is not None:
                        given.append([f"{option}={value}" if option.startswith("--") else option + value])
                    for words in given:
                        with self.subTest(command=command, option=words):
                            arguments = self.arguments(command, option)
                            self.prepare(command, words)
                            self.succeed(*command.split(), *arguments, *self.fill_in(words))
                            self.prepare(command, words)
                            self.succeed(*command.split(), *self.fill_in(words), *arguments)

    def test_examples_work(self):
        """Runs them by a shell in a folder that has what they name, with tools of our own."""
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "smcache").symlink_to(PROGRAM)
        for name, script in {"curl": f"cat '{EXAMPLE / 'dist' / 'app.js.map'}'", "node": "cat trace.txt >&2",
                             "flamegraph.pl": "cat", "tail": "cat trace.txt"}.items():
            (tools / name).write_text(f"#!/bin/sh\n{script}\n")
            (tools / name).chmod(0o755)
        examples = []
        for command in None, "store", *OPTIONS:
            text = self.succeed(*(command or "").split(), "--help").text
            found = re.search(r"(?s)\nexamples?:\n(.*?)(?:\n\n|\Z)", text)[1].splitlines()
            examples += [re.sub(r" +(writes|prints|leads) .*", "", line.strip()) for line in found]
        self.assertGreater(len(examples), 8)
        for i, example in enumerate(examples):
            with self.subTest(example):
                place = self.folder / f"place{i}"
                self.furnish(place)
                if " build " in f" {example} ":
                    (place / "dist" / "app.js.smcache").unlink()  # else there would be nothing to do
                before = snapshot(place)
                done = subprocess.run(["sh", "-c", example.replace("/srv/", "srv/")], cwd=place, capture_output=True,
                                      env=ENVIRONMENT | {"PATH": f"{tools}:{os.environ['PATH']}"}, timeout=TIMEOUT_S,
                                      check=False)
                self.assertEqual(done.returncode, 0)
                self.assertRegex(done.stderr, rb"\A(smcache: \d+ (maps|tokens).*\n)*\Z")  # of a folder the sums
                if "store list" not in example:  # of nothing
                    self.assertTrue(done.stdout or snapshot(place) != before, "it did nothing")

    @staticmethod
    def furnish(place):
        (place / "srv" / "maps").mkdir(parents=True)
        for name in "dist", "src":
            shutil.copytree(EXAMPLE / name, place / name)
        source_map = place / "dist" / "app.js.map"
        run("build", source_map)
        shutil.copy(place / "dist" / "app.js.smcache", place)
        shutil.copy(source_map, place)
        (place / "trace.txt").write_text("Error\n    at t.submit (https://example.com/app.js:2:1597)\n")
        frame = {"abs_path": "https://example.com/static/app.js", "function": "t", "lineno": 2, "colno": 1597}
        (place / "event.json").write_text(json.dumps({"exception": {"values": [{"stacktrace": {"frames": [frame]}}]}}))
        call = {"functionName": "t", "scriptId": "1", "url": "file:///app.js", "lineNumber": 1, "columnNumber": 1596}
        (place / "app.cpuprofile").write_text(json.dumps(
            {"nodes": [{"id": 1, "callFrame": call, "hitCount": 1}], "samples": [1], "timeDeltas": [5]}))
        (place / "frames.tsv").write_text("main\t1:2\nother\t2:30\n")
        (place / "dist" / "app.js.smcache").write_bytes((place / "app.js.smcache").read_bytes())


def snapshot(place):
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in place.rglob("*")}


class Errors(UsageTest):
    def check(self, *arguments):
        before = sorted(os.listdir(self.folder))
        result = self.fail_with(USAGE, *arguments)
        self.assertEqual(result.out, b"")
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return result.message

    def test_no_command(self):
        result = run()
        self.assertEqual((result.code, result.out), (USAGE, b""))
        self.assertIn("usage: smcache COMMAND", result.message)

    def test_unknown_command(self):
        for command in "frobnicate", "", "--nope", "Build", "look":
            self.assertEqual(self.check(command, self.file),
                             f"smcache: unknown command '{command}'; see smcache --help\n")

    def test_unknown_option(self):
        for command in OPTIONS:
            for option in "--nope", "-x":
                message = self.check(*command.split(), *self.arguments(command), option)
                self.assertIn(option.strip("-"), message)
                self.assertTrue(message.endswith(f"; see smcache {command} --help\n"), message)

    def test_option_without_its_argument(self):
        for command, options in OPTIONS.items():
            for option, values in options.items():
                if values != [None]:
                    message = self.check(*command.split(), *self.arguments(command), option)
                    self.assertIn(option.strip("-"), message)

    def test_option_with_an_argument_too_many(self):
        for command, options in OPTIONS.items():
            for option, values in options.items():
                if values == [None]:
                    self.check(*command.split(), *self.arguments(command), f"{option}=1")

    def test_number_of_arguments(self):
        for command in OPTIONS:
            if ARGUMENTS[command]:
                self.assertIn(f"see smcache {command} --help", self.check(*command.split()))
        self.check("lookup", self.file)
        for command in "info", "dump", "config":
            self.check(*command.split(), *self.arguments(command), self.file)

    def test_end_of_options(self):
        for command in OPTIONS:
            self.prepare(command)
            words = self.arguments(command)
            options = [word for word in words if word.startswith("--")]
            self.succeed(*command.split(), *options, "--", *(word for word in words if word not in options))


class Streams(UsageTest):
    OUTPUTS = [["--help"], ["--version"], ["build", "--help"], ["info", "{file}"], ["info", "{file}", "--json"],
               ["dump", "{file}"], ["dump", "{file}", "--sources"], ["lookup", "{file}", "1:1"],
               ["lookup", "{file}", "1:1", "-C1"], ["lookup", "{file}", "1:1", "--strict"], ["lookup", "{file}", "-"],
               ["build", "-o", "-", "{map}"], ["build", "-"], ["functions", "{script}"],
               ["functions", "--json", "{script}"], ["symbolicate", "--help"], ["symbolicate", *OF_FRAMES],
               ["symbolicate", *OF_FRAMES, "--json"], ["symbolicate", "--dir={dir}"], ["config"], ["config", "--json"],
               ["config", "--help"]]

    def stdin_of(self, arguments):
        return (self.folder / "in.js.map").read_bytes() if arguments == ["build", "-"] else b"1:1\n1:1\n"

    def test_full_stdout(self):
        for arguments in self.OUTPUTS:
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                result = run(*self.fill_in(arguments), stdin=self.stdin_of(arguments), stdout=full)
                self.assertEqual(result.code, SYSTEM)
                self.assertRegex(result.message, r"\Asmcache: (stdout|-): cannot write: No space left on device\n\Z")

    def test_closed_stdout(self):
        for arguments in self.OUTPUTS:
            with self.subTest(arguments):
                result = run(*self.fill_in(arguments), stdin=self.stdin_of(arguments),
                             preexec_fn=lambda: os.close(1))
                self.assertEqual(result.code, SYSTEM)
                self.assertRegex(result.message, r"\Asmcache: (stdout|-): cannot write: .+\n\Z")

    def test_closed_stdin(self):
        for arguments in (["build", "-"], ["lookup", "{file}", "-"], ["functions", "-"], ["symbolicate", "--dir={dir}"],
                          ["symbolicate", "-", "--dir={dir}"]):
            with self.subTest(arguments):
                result = run(*self.fill_in(arguments), preexec_fn=lambda: os.close(0))
                self.assertEqual((result.code, result.out), (SYSTEM, b""))
                self.assertRegex(result.message, r"\Asmcache: stdin: cannot (open|read): .+\n\Z")

    def test_reader_that_goes_away(self):
        """As `| head` does: the program ends, and says nothing of it."""
        path = self.build(make_map([(0, i, 0, i, i) for i in range(100_000)]), name="big")
        child = subprocess.Popen([PROGRAM, "dump", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=ENVIRONMENT)
        self.assertEqual(child.stdout.readline(), b"0\t0\t0\t0\t0\t\t\t\n")
        child.stdout.close()
        self.assertEqual(child.stderr.read(), b"")
        child.stderr.close()
        self.assertEqual(child.wait(TIMEOUT_S), -signal.SIGPIPE)

    def test_help_is_no_error_and_errors_are_no_help(self):
        self.assertEqual(run("lookup", "--help").code, DONE)
        self.assertNotIn("examples", run("lookup").message)


if __name__ == "__main__":
    main()
