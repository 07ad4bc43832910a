"""Node and Chromium: they run programs and say what these throw, or record profiles of them."""

import json
import shutil
import subprocess
from pathlib import Path

from corpus import CorpusError, Unavailable

HERE = Path(__file__).resolve().parent
TIMEOUT_S = 120  # against hangs only

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


class Worker:
    """A process of node that answers requests, one a line, both JSON."""

    def __init__(self, script, *arguments, env=None):
        self.child = subprocess.Popen(["node", str(HERE / script), *arguments], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, env=env, text=True, encoding="utf-8")

    def ask(self, **request):
        try:
            self.child.stdin.write(json.dumps(request) + "\n")
            self.child.stdin.flush()
            answer = json.loads(self.child.stdout.readline())
        except (ValueError, OSError) as error:
            raise CorpusError(f"{self.child.args[1]} has ended: {error}") from error
        if "error" in answer:
            raise CorpusError(f"{request['op']}: {answer['error']}")
        return answer

    def close(self):
        try:
            self.child.stdin.close()
        except BrokenPipeError:  # it has ended, which was said where it mattered
            pass
        self.child.wait(TIMEOUT_S)


class Node:
    name = "node"

    def __init__(self):
        self.version = self.run("--version").stdout.strip()

    @staticmethod
    def run(*arguments, code=0, **options):
        done = subprocess.run(["node", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              encoding="utf-8", timeout=TIMEOUT_S, **options)
        if done.returncode != code:
            raise CorpusError(f"node {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr}")
        return done

    @staticmethod
    def base(folder):
        """What URLs of files in a folder begin with."""
        return f"file://{folder}/"

    def program(self, folder, name):
        return json.loads(self.run(HERE / "node_run.mjs", folder / name).stdout)

    def package(self, package):
        """({scenario: text} of the minified file, of the whole one or None)"""
        return self.script(package, package.minified), self.script(package, package.whole) if package.whole else None

    def script(self, package, file):
        return json.loads(self.run(HERE / "node_package.mjs", package.root / file, package.scenarios).stdout)

    @staticmethod
    def package_url(package, file):
        return str(package.root / file)

    def profile(self, kind, folder, name, out):
        """Records kind "cpu" or "heap"; an interval that is short enough for a run of half a second."""
        interval = {"cpu": "200", "heap": "4096"}[kind]
        self.run(f"--{kind}-prof", f"--{kind}-prof-interval", interval, f"--{kind}-prof-dir={out.parent}",
                 f"--{kind}-prof-name={out.name}", HERE / "node_measure.mjs", folder / name)

    def uncaught(self, folder, name, report):
        """What node prints of an error that nobody catches, and the strings of the stack in its report."""
        text = self.run("--report-uncaught-exception", f"--report-filename={report}", folder / name, code=1).stderr
        # Two lines that it prints when the report is written.
        return "".join(line for line in text.splitlines(True) if "Node.js report" not in line)

    def close(self):
        pass


class Chromium:
    name = "chromium"
    ORIGIN = "https://app.example/"  # as in chromium.mjs

    def __init__(self):
        found = next(filter(None, map(shutil.which, CHROMIUM)), None)
        if found is None:
            raise Unavailable("chromium is not on PATH (Debian: apt-get install chromium)")
        self.worker = Worker("browser.mjs", found)
        self.version = self.worker.ask(op="version")["version"]

    def base(self, folder):
        return f"{self.ORIGIN}{folder.name}/"

    def program(self, folder, name):
        return self.worker.ask(op="run", folders={folder.name: str(folder)}, program=f"/{folder.name}/{name}")["texts"]

    def package(self, package):
        return self.script(package, package.minified), self.script(package, package.whole) if package.whole else None

    def script(self, package, file):
        return self.worker.ask(op="package", folders={"package": str(package.root)}, script=f"/package/{file}",
                               scenarios=f"/harness/packages/{package.scenarios.name}", name=package.variable)["texts"]

    def package_url(self, package, file):
        return f"{self.ORIGIN}package/{file}"

    def profile(self, kind, folder, name, out):
        assert kind == "trace"
        answer = self.worker.ask(op="trace", folders={folder.name: str(folder)}, program=f"/{folder.name}/{name}")
        out.write_text(json.dumps({"traceEvents": answer["events"], "metadata": {"source": "check.py"}}), "utf-8")

    def speedscope(self, folder, profile):
        """A profile, as speedscope saves what it has opened."""
        return json.loads(self.worker.ask(op="speedscope", folder=str(folder), profile=profile)["saved"])

    def close(self):
        self.worker.close()
