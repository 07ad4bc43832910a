"""What the tests of the program share: running it, and making source maps for it.

The program is what SMCACHE names, build/smcache without it. Lines, columns and indices are 0-based here, as in a map;
what the program prints is 1-based unless a test asks for something else.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "tests" / "example"
PROGRAM = Path(os.environ.get("SMCACHE") or ROOT / "build" / "smcache").resolve()

DONE, PARTIAL, USAGE, INPUT, SYSTEM = range(5)  # exit codes

# What whoever runs the tests has configured does not count, and what they have cached is not touched. The folder goes
# when the tests end.
OWN_FOLDER = tempfile.TemporaryDirectory(prefix="smcache-test-home-")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("SMCACHE", "XDG_"))} | {
    "LC_ALL": "C", "HOME": OWN_FOLDER.name, "SMCACHE_DIR": os.path.join(OWN_FOLDER.name, "store")}

NOBODY = 65534

# What run.py was told to run the program by; an emulator's limits are not the program's.
RUNNER = os.environ.get("SMCACHE_RUNNER", "")
EMULATED = "qemu" in RUNNER

# What the counters of a build for coverage say where a test keeps them from writing: by another user's rights, by a limit
# of file sizes. It is not the program's; GCC's GCOV_ERROR_FILE does not turn it away.
COUNTERS_TALK = re.compile(rb"^(?:libgcov profiling error|profiling):.*\n", re.MULTILINE) if os.environ.get("SMCACHE_COVERAGE") else None

TIMEOUT_S = 900 if RUNNER else 120  # against hangs only

BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

DAMAGES = {  # what transfers as text do to a file
    "CR LF to LF": lambda data: data.replace(b"\r\n", b"\n"),
    "LF to CR LF": lambda data: data.replace(b"\n", b"\r\n"),
    "high bit stripped": lambda data: bytes(byte & 0x7F for byte in data),
    "byte order mark before it": lambda data: b"\xef\xbb\xbf" + data,
    "Latin-1 to UTF-8": lambda data: data.decode("latin-1").encode(),
    "ill-formed UTF-8 replaced": lambda data: data.decode("utf-8", "replace").encode(),
    "question marks": lambda data: data.decode("ascii", "replace").replace("\ufffd", "?").encode(),
}


def vlq(value):
    digits = ""
    value = -value << 1 | 1 if value < 0 else value << 1
    while True:
        value, digit = value >> 5, value & 31
        digits += BASE64[digit | 32 if value else digit]
        if not value:
            return digits


def mappings(tokens, n_lines=None):
    """The `mappings` of tokens: sorted tuples (line, column[, source, source_line, source_column[, name]])."""
    parts = []
    last = [0] * 5
    line, separator = 0, ""
    for token in tokens:
        if token[0] > line:
            parts.append(";" * (token[0] - line))
            line, separator, last[0] = token[0], "", 0
        parts.append(separator + "".join(vlq(value - last[i]) for i, value in enumerate(token[1:])))
        last[:len(token) - 1] = token[1:]
        separator = ","
    return "".join(parts) + ";" * ((n_lines or 1) - 1 - line)


def make_map(tokens, sources=("a.js",), names=(), contents=None, n_lines=None, **members):
    """A source map as a dict."""
    source_map = {"version": 3, "sources": list(sources), "names": list(names)}
    if contents is not None:
        source_map["sourcesContent"] = list(contents)
    return source_map | members | {"mappings": mappings(tokens, n_lines)}


def map_from(source, **members):
    """A map whose only token is at 0:0, from a source of that name."""
    return to_bytes(make_map([(0, 0, 0, 0, 0)], [source], **members))


# A generated file, and the map of it, which has no contents: its names say what functions were called, as far as it has
# them. Code of the first function is at 0:13, of the second, whose name it does not have, at 0:30.
MINIFIED = b"function a(){b()}function c(){d()}\n"


def minified_map(name="submit", **members):
    return make_map([(0, 0, 0, 0, 0), (0, 9, 0, 0, 9, 0), (0, 13, 0, 1, 2), (0, 17, 0, 3, 0), (0, 26, 0, 3, 9),
                     (0, 30, 0, 4, 2)], ["a.ts"], [name], **members)


def script(url, name="x.js"):
    """A generated file of the kind that its name says, which names the URL of its map; None: it names none."""
    if name.endswith(".wasm"):
        def sized(data):
            return bytes([len(data) & 127 | 128, len(data) >> 7 & 127 | 128, len(data) >> 14]) + data
        return b"\0asm\1\0\0\0" + (b"\0" + sized(sized(b"sourceMappingURL") + sized(url.encode())) if url else b"")
    comment = b"" if url is None else b"# sourceMappingURL=" + url.encode()
    if name.endswith(".css"):
        return b"a{color:red}\n" + (b"/*" + comment + b" */\n" if comment else b"")
    return b"f();\n" + (b"//" + comment + b"\n" if comment else b"")


def inline(data, kind="base64"):
    """A data: URL."""
    if kind == "base64":
        return "data:application/json;base64," + base64.b64encode(data).decode()
    return "data:application/json;charset=utf-8," + urllib.parse.quote(data)


def too_large(limit):
    """What is said of an input with more bytes than that."""
    return f"larger than the limit of {limit} bytes (build --max-input-size)"


def tree(folder):
    """The files below a folder: path from there -> bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def to_bytes(source_map):
    """JSON; what is bytes already is left as it is. Lone surrogates are escaped, as JSON can express them."""
    if isinstance(source_map, bytes):
        return source_map
    return json.dumps(source_map, separators=(",", ":")).encode()


def is_control(c):
    """Whether a character could drive a terminal, or have it show text in another order."""
    return (c < " " and c != "\t") or "\x7f" <= c < "\xa0" or c in BIDI_CONTROLS


class Result:
    def __init__(self, code, out, err):
        self.code, self.out = code, out
        self.err = COUNTERS_TALK.sub(b"", err) if COUNTERS_TALK else err

    @property
    def text(self):
        return self.out.decode()

    @property
    def lines(self):
        return self.text.splitlines()

    @property
    def message(self):
        return self.err.decode("utf-8", "replace")


def environment(changes):
    """ENVIRONMENT with other values for some variables, and without those whose value is None."""
    return {name: value for name, value in (ENVIRONMENT | dict(changes)).items() if value is not None}


def run(*arguments, stdin=b"", cwd=None, stdout=subprocess.PIPE, env=(), **options):
    """Runs the program; stdin is bytes or an open file or its number, `env` what is changed of the environment."""
    given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    done = subprocess.run([str(PROGRAM), *map(str, arguments)], stdout=stdout, stderr=subprocess.PIPE, cwd=cwd,
                          env=environment(env), timeout=TIMEOUT_S, check=False, **given, **options)
    return Result(done.returncode, done.stdout, done.stderr)


class CliTest(unittest.TestCase):
    """A test with a folder of its own."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="smcache-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def write_map(self, source_map, name="in.js.map"):
        return self.write(name, to_bytes(source_map))

    def end_with(self, code, message, *arguments, **options):
        """Runs the program, which must end with that exit code and say exactly that, line by line."""
        run_it = options.pop("run_it", run)
        result = run_it(*arguments, **options)
        lines = [message] if isinstance(message, str) else message
        self.assertEqual((result.code, result.message), (code, "".join(f"smcache: {line}\n" for line in lines)))
        return result

    def build_many(self, code, messages, *arguments, n=(0, 0, 0), n_warnings=0, n_without=0, **options):
        """A build of several: exit code, what is said of single ones, how many are built, unchanged and failed."""
        result = run("build", *arguments, cwd=self.folder, **options)
        sums = [f"{sum(n)} maps: {n[0]} built, {n[1]} unchanged, {n[2]} failed; {n_warnings} warnings"]
        without = [f"{n_without} generated files without a map; smcache explain FILE says why"] * (n_without > 0)
        said = [re.sub(r"^smcache: ", "", line) for line in result.message.splitlines()]
        rate = said.pop(len(messages) + 1) if len(said) > len(messages) + 1 else ""
        self.assertEqual((result.code, said), (code, [*messages, *sums, *without]))
        self.assertRegex(rate, r"\A\d+ tokens; \d+\.\d MB -> \d+\.\d MB in \d+\.\d\d s \(\d+ MB/s\)\Z")
        return result

    def sources(self, path):
        """The names of a compiled file's sources."""
        return [row.split("\t")[1] for row in self.succeed("dump", "--sources", path).lines]

    def tokens(self, path):
        """The dump of a compiled file's tokens, without their functions."""
        rows = self.succeed("dump", path).text.split("\n")[:-1]
        return "".join("\t".join(row.split("\t")[:6]) + "\n" for row in rows)

    def succeed(self, *arguments, **options):
        """Runs the program, which must end with exit code 0 and say nothing on stderr."""
        result = run(*arguments, **options)
        self.assertEqual((result.code, result.message), (DONE, ""), arguments)
        return result

    def fail_with(self, code, *arguments, **options):
        """Runs the program, which must end with that exit code, and not silently."""
        result = run(*arguments, **options)
        self.assertEqual(result.code, code, f"{arguments}: {result.message}")
        self.assertRegex(result.message, r"(?m)^smcache\b.*: .*\n\Z")
        return result

    def build(self, source_map, *options, name="in.js"):
        """Compiles a map; the path of the file."""
        path = self.folder / f"{name}.smcache"
        self.succeed("build", self.write_map(source_map, f"{name}.map"), "-o", path, *options)
        return path

    def run_as_other_user(self, *arguments, env=()):
        """Runs the program as a user whom file modes bind, which root is not; without the store, which is root's."""
        if os.geteuid() != 0:
            return run(*arguments, env=env)
        copy = self.folder / "program"  # root's folders may be closed to others
        shutil.copy(PROGRAM, copy)
        copy.chmod(0o755)
        self.folder.chmod(0o755)
        try:
            done = subprocess.run([copy, *map(str, arguments)], capture_output=True,
                                  env=environment({"SMCACHE_STORE": "off", **dict(env)}), timeout=TIMEOUT_S,
                                  check=False, user=NOBODY, group=NOBODY, extra_groups=[])
        except (PermissionError, subprocess.SubprocessError):
            self.skipTest("cannot become another user")
        return Result(done.returncode, done.stdout, done.stderr)


def main():
    unittest.main(verbosity=1)
