"""The other machines: for each a compiler, its libraries in a folder of their own, an emulator, and a build.

The libraries are Debian's, of the release that this machine has. They are fetched with package lists of their own, so
that neither root is needed nor the machine's own apt changed, and unpacked below build/cross/MACHINE.
"""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

PACKAGES = ["libc6", "libc6-dev", "libc-bin", "linux-libc-dev", "libgcc-s1", "zlib1g", "zlib1g-dev", "libdeflate0",
            "libdeflate-dev", "libcmocka0", "libcmocka-dev", "libxxhash-dev"]
FETCH_TIMEOUT_S = 600


class Unavailable(Exception):
    """Something that is not ours is not here: a reason to skip. The text says what."""


class Broken(Exception):
    """What is ours does not work: a failure."""


@dataclass(frozen=True)
class Machine:
    name: str  # as Debian calls it
    triple: str
    emulator: str
    what: str
    loader: str = ""  # of programs that this machine's processor may run by itself


MACHINES = [
    Machine("s390x", "s390x-linux-gnu", "qemu-s390x", "64 bits, big-endian"),
    Machine("i386", "i686-linux-gnu", "qemu-i386", "32 bits, little-endian", "lib/ld-linux.so.2"),
    Machine("arm64", "aarch64-linux-gnu", "qemu-aarch64", "64 bits, little-endian"),
]


def say(text):
    print(text, flush=True)


def install_tools(machines):
    """The compilers and emulators, by the distribution."""
    done = subprocess.run(["sh", HERE / "setup.sh", *(m.triple for m in machines)], stdin=subprocess.DEVNULL,
                          stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise Unavailable("the compilers and emulators are not here, see above")


class Target:
    """A machine with its folder."""

    def __init__(self, machine, build_dir):
        self.machine = machine
        self.folder = build_dir / "cross" / machine.name
        self.sysroot = self.folder / "sysroot"
        self.build_dir = self.folder / "check"
        self.program = self.build_dir / "smcache"

    def emulated(self):
        """The command before a program's own."""
        return [self.machine.emulator, "-L", str(self.sysroot)]

    def native(self):
        """The same where the processor runs its programs by itself; None: it does not."""
        loader = self.sysroot / self.machine.loader
        if not self.machine.loader or not loader.is_file():
            return None
        folders = [self.sysroot / folder / f"{self.machine.name}-linux-gnu" for folder in ("lib", "usr/lib")]
        command = [str(loader), "--library-path", ":".join(map(str, folders))]
        try:
            done = subprocess.run([*command, self.program, "--version"], capture_output=True, check=False)
        except OSError:
            return None
        return command if done.returncode == 0 else None

    # ---- libraries ----

    def fetch_libraries(self):
        stamp = self.sysroot / "packages"
        wanted = "\n".join(PACKAGES) + "\n"
        if stamp.is_file() and stamp.read_text("ascii") == wanted:
            return
        shutil.rmtree(self.sysroot, ignore_errors=True)
        packages = self.folder / "packages"
        shutil.rmtree(packages, ignore_errors=True)
        packages.mkdir(parents=True)
        lists = self.apt("update")  # which may fail for the sources that do not know the machine
        fetched = self.apt("download", *PACKAGES, cwd=packages)
        files = sorted(packages.glob("*.deb"))
        if len(files) != len(PACKAGES):
            raise Unavailable(f"apt-get does not bring the libraries of {self.machine.name}:\n"
                              f"{lists.stderr}{fetched.stderr}".rstrip())
        for file in files:
            subprocess.run(["dpkg-deb", "-x", file, self.sysroot], check=True)
        self.mend_links()
        stamp.write_text(wanted, "ascii")

    def apt(self, *command, cwd=None):
        """apt-get with this machine's sources, but as if it were the other one, and nothing were installed."""
        state = self.folder / "apt"
        (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (state / "status").touch()
        settings = {"APT::Architecture": self.machine.name, "APT::Architectures": self.machine.name,
                    "APT::Sandbox::User": "root", "Dir::State::lists": state / "lists",
                    "Dir::State::status": state / "status", "Dir::Cache": state / "cache"}
        options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
        try:
            return subprocess.run(["apt-get", "-q", *options, *command], cwd=cwd, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=False, timeout=FETCH_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"apt-get {command[0]} takes more than {FETCH_TIMEOUT_S} s") from error

    def mend_links(self):
        """Links to absolute paths, which would lead out of the folder."""
        for path in self.sysroot.rglob("*"):
            if path.is_symlink() and os.path.isabs(os.readlink(path)):
                inside = str(self.sysroot) + os.readlink(path)
                path.unlink()
                path.symlink_to(os.path.relpath(inside, path.parent))

    # ---- building ----

    def build(self, tests):
        """The program, and unit tests by their names; warnings are errors."""
        folder = os.path.relpath(self.folder, ROOT)
        build_file = f"{folder}/build.ninja"
        compiler = f"{self.machine.triple}-gcc --sysroot={shlex.quote(f'{folder}/sysroot')}"
        self.run_or_break([sys.executable, "configure.py", "--cc", compiler, "--build-dir", folder, "--output",
                           build_file])
        programs = [f"{folder}/check/smcache", *(f"{folder}/check/tests/unit/{test}" for test in tests)]
        self.run_or_break(["ninja", "-f", build_file, *programs])

    @staticmethod
    def run_or_break(command):
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if done.returncode != 0:
            lines = [line for line in done.stdout.splitlines() if not line.startswith("[")]
            raise Broken("\n".join(["it does not build:", *lines[:60]]))
