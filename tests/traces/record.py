#!/usr/bin/env python3
"""Writes recorded/: stacks and profiles of real engines with what symbolicate should make of them.

usage: record.py [--cache DIR]     needs npm, node, Chromium, Firefox (firefox-esr) and JavaScriptCore's shell (jsc)

The programs are those that check.py runs, as esbuild makes them, and tests/example/dist. recorded/maps/ holds the
former. What is expected comes from reference.js, that is by way of trace-mapping and V8's own names for the program as
written. Where a stack names a file, the folder is replaced: by https://app.example/, or /srv/app/ for node. Of profiles
only some of what is about the program is kept: trim.py. hermes.txt is written by hand: recorded/README.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "corpus"))

from corpus import CorpusError, Unavailable, cache_dir, node_path, say
from engines import Chromium, Node, Worker
from fetch import fetch_all
from firefox import run_in_firefox
from packages import wanted_packages
from programs import ENTRIES, HOT, PREFIXES, SOURCES, WRITTEN, copy_programs, make_programs
from symbolicate import SEPARATOR
from trim import trim_cpu, trim_heap, trim_report, trim_trace

RECORDED = HERE / "recorded"
EXAMPLE = HERE.parent / "example"
BUNDLER = "esbuild"
PAGE_URL, NODE_URL = "https://app.example/", "file:///srv/app/"

SCENARIOS = {  # name of the file: program, scenarios
    "main": ("main", ["callbacks", "generators", "templates", "emoji", "longChain", "constructing", "privateMethod",
                      "getter", "staticMethod", "field", "causes", "multiline", "thrownLater", "awaited", "promiseAll",
                      "promiseAny"]),
    "anonymous": ("main", ["builtIn", "aggregate"]),  # functions without a name, for which SpiderMonkey makes one
    "evals": ("evals", ["direct", "namedInEval", "viaFunction", "indirect", "withSourceUrl", "nested"]),
}

# The functions of the example, read off its sources by hand, as in its expected.tsv.
EXAMPLE_NAMES = {"../src/checkout.ts:38": "Checkout.validate", "../src/checkout.ts:28": "Checkout.submit",
                 "../src/main.ts:27": "run", "../src/main.ts:30": ""}

FAIL = "globalThis.process ??= { argv: ['', '', '--fail'] };\nawait import('./app.js');\n"

JSC = """import {{ collect }} from '{harness}';
globalThis.queueMicrotask ??= (callback) => Promise.resolve().then(callback);
print(JSON.stringify(await collect(() => import('{program}'))));
"""


def run_in_jsc(folder, program):
    if shutil.which("jsc") is None:
        raise Unavailable("jsc is not on PATH (Debian: apt-get install libjavascriptcoregtk-4.0-bin)")
    script = folder / "run.mjs"
    script.write_text(JSC.format(harness=HERE / "harness.js", program=folder / program))
    done = subprocess.run(["jsc", "-m", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    script.unlink()
    return json.loads(done.stdout), f"{folder}/"


class Recorder:
    def __init__(self, programs, worker):
        self.programs, self.worker = programs, worker
        self.node, self.chromium = Node(), Chromium()
        worker.ask(op="program", written=str(programs / WRITTEN), sources=str(SOURCES))

    def learn(self):
        for engine in self.node, self.chromium:
            base = engine.base(self.programs / WRITTEN)
            texts = [engine.program(self.programs / WRITTEN, f"{entry}.js") for entry in ENTRIES]
            kinds = ["cpu", "heap"] * 3 if engine is self.node else ["trace"]  # several, as what is short may be missed
            profiles = [self.programs / f"learn{i}.json" for i in range(len(kinds))]
            for kind, profile in zip(kinds, profiles):
                engine.profile(kind, self.programs / WRITTEN, f"{HOT}.js", profile)
            self.worker.ask(op="learn", base=base, texts=[t for text in texts for t in text.values()],
                            profiles=list(map(str, profiles)))

    def engines(self):
        """(name, what runs a program: ({scenario: text}, what URLs in it begin with), what they shall begin with)"""
        yield "node", self.in_node, NODE_URL
        yield "chromium", self.in_chromium, PAGE_URL
        yield "firefox", lambda program: run_in_firefox(self.programs, program), PAGE_URL
        yield "safari", lambda program: run_in_jsc(self.programs, program), PAGE_URL

    def in_node(self, program):
        return self.node.program(self.programs, program), self.node.base(self.programs)

    def in_chromium(self, program):
        folder, name = program.split("/")
        return self.chromium.program(self.programs / folder, name), Chromium.ORIGIN

    def shared(self, text, base, url):
        """Without the paths of this machine, and the port of Firefox's page."""
        if base == url:
            return text
        for ours in f"file://{HERE}/", f"{HERE}/", base.replace("/programs/", "/harness/"):
            text = text.replace(ours, f"{url}harness/")
        return text.replace(base, url).replace(base.removesuffix("programs/"), url)

    @staticmethod
    def where(entry, url):
        return {"file": str(RECORDED / "maps" / f"{entry}.js"), "url": f"{url}{BUNDLER}/{entry}.js",
                "prefix": PREFIXES[BUNDLER]}

    def reference(self, **request):
        answer = self.worker.ask(op="reference", **request)
        if "errors" in answer:
            raise CorpusError(answer["errors"][0])
        return answer

    def write(self, name, text, **where):
        expected = self.reference(text=text, **where)["text"]
        (RECORDED / f"{name}.txt").write_text(text, "utf-8")
        (RECORDED / f"{name}.expected.txt").write_text(expected, "utf-8")

    @staticmethod
    def write_json(name, value, expected):
        for suffix, content in ("", value), (".expected", expected):
            (RECORDED / f"{name}{suffix}.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")

    def programs_texts(self):
        for engine, run, url in self.engines():
            texts = {entry: run(f"{BUNDLER}/{entry}.js") for entry in ("main", "evals")}
            for name, (entry, scenarios) in SCENARIOS.items():
                found, base = texts[entry]
                text = "".join(f"{SEPARATOR}{scenario}\n{found[scenario]}\n" for scenario in scenarios)
                self.write(f"{engine}-{name}", self.shared(text, base, url), **self.where(entry, url))

    def example_texts(self):
        file = EXAMPLE / "dist" / "app.js"
        text = self.node.run(file, "--fail", code=1).stderr.replace(f"{file.parent}/", "/srv/app/")
        self.write("node-example", text, file=str(file), url="/srv/app/app.js", names=EXAMPLE_NAMES)
        shop = self.programs / "shop"
        shop.mkdir()
        shutil.copy(file, shop)
        (shop / "fail.js").write_text(FAIL)
        for engine, run, url in list(self.engines())[1:]:
            texts, base = run("shop/fail.js")
            self.write(f"{engine}-example", self.shared(texts["loading"] + "\n", base, url), file=str(file),
                       url=f"{url}shop/app.js", names=EXAMPLE_NAMES)

    def uncaught(self):
        path = self.programs / "report.json"
        base, where = self.node.base(self.programs), self.where("toplevel", NODE_URL)
        text = self.node.uncaught(self.programs / BUNDLER, "toplevel.js", path)
        self.write("node-uncaught", self.shared(text, base, NODE_URL), **where)
        report = trim_report(json.loads(self.shared(path.read_text("utf-8"), base, NODE_URL)))
        stack = self.reference(text="\n".join(report["javascriptStack"]["stack"]), **where)["text"].split("\n")
        self.write_json("node-report", report,
                        report | {"javascriptStack": report["javascriptStack"] | {"stack": stack}})

    def profiles(self):
        for engine, kind, trim, url in ((self.node, "cpu", trim_cpu, NODE_URL),
                                        (self.node, "heap", trim_heap, NODE_URL),
                                        (self.chromium, "trace", trim_trace, PAGE_URL)):
            path, folder, where = self.programs / "profile.json", self.programs / BUNDLER, self.where(HOT, url)
            engine.profile(kind, folder, f"{HOT}.js", path)
            text = self.shared(path.read_text("utf-8"), engine.base(folder).removesuffix(f"{BUNDLER}/"), url)
            profile = trim(json.loads(text), where["url"])
            expected = self.reference(profile=profile, **where)["profile"]
            self.write_json(f"{engine.name}-{kind}profile", profile, expected)


def main():
    parser = argparse.ArgumentParser(description="Writes recorded/.")
    parser.add_argument("--cache", type=Path, help="the folder that tests/corpus/fetch.py fills")
    args = parser.parse_args()
    cache = args.cache.resolve() if args.cache else cache_dir()
    wanted = wanted_packages()
    fetch_all(wanted, cache)
    made = make_programs(cache)
    maps = RECORDED / "maps"
    maps.mkdir(parents=True, exist_ok=True)
    for name in (*ENTRIES, HOT):
        for suffix in ".js", ".js.map":
            shutil.copy(made / BUNDLER / f"{name}{suffix}", maps)
    worker = Worker("worker.js", env=os.environ | {"NODE_PATH": node_path(wanted, cache)})
    with tempfile.TemporaryDirectory(prefix="smcache-record-") as folder:
        recorder = Recorder(copy_programs(made, Path(folder).resolve()), worker)
        recorder.learn()
        for step in recorder.programs_texts, recorder.example_texts, recorder.uncaught, recorder.profiles:
            say(step.__name__)
            step()
        recorder.chromium.close()
    worker.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
