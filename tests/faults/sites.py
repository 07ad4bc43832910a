"""Where a program calls what may fail, read from its machine code: for programs of x86-64 with debug information."""

import bisect
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# What a program may call besides what the library lets fail (faults.h), and why that does not fail.
NEVER_FAILS = {
    "it takes and gives nothing but memory that is there": """
        memchr memcmp memcpy memmove memset strchr strcmp strcspn strlen strncasecmp strncmp strnlen strrchr strspn strstr
        strtod strtoul strtoull wcwidth bsearch tfind tdelete snprintf vsnprintf strerror strftime gmtime_r ferror fileno
        libdeflate_deflate_compress libdeflate_deflate_compress_bound inflateReset""",
    "it gives back": "free libdeflate_free_compressor inflateEnd munmap",
    "the process knows it": "__errno_location getenv geteuid dirfd getopt_long optarg optind stdin stdout stderr",
    "with good arguments it does not fail on Linux": """
        clock_gettime time umask ftell signal sigaction sigfillset pthread_sigmask raise pause isatty setvbuf
        pthread_join pthread_mutex_init pthread_mutex_lock pthread_mutex_unlock pthread_mutex_destroy pthread_cond_init
        pthread_cond_wait pthread_cond_timedwait pthread_cond_signal pthread_cond_broadcast pthread_cond_destroy""",
    "it begins or ends the program": """
        __libc_start_main __cxa_finalize __gmon_start__ _ITM_deregisterTMCloneTable _ITM_registerTMCloneTable
        exit _exit abort __stack_chk_fail""",
}


# Calls that nothing lets fail, by function and what it calls, and why.
PAGE_SIZE = "the size of a page is known to the process"
OUT_OF_REACH = {
    ("XXH_malloc", "malloc"): "of xxhash.h: nothing calls that",
    ("page_nbytes", "sysconf"): PAGE_SIZE,
    ("store_resident", "sysconf"): PAGE_SIZE,
    ("lookup_nbytes_of", "sysconf"): PAGE_SIZE,
    ("outfile_remove_all", "poll"): "waits for another thread that makes a file at that moment: tests/cli/test_interrupt.py",
}


def never_fails():
    return {name for names in NEVER_FAILS.values() for name in names.split()}


def output_of(*command, stdin=None):
    return subprocess.run(command, check=True, capture_output=True, text=True, input=stdin).stdout


def names(path, *options):
    """Symbols of a dynamic table, without versions."""
    rows = re.findall(r"^(?:[0-9a-f]+)? +[A-Za-z] (\S+)$", output_of("nm", "-D", *options, str(path)), re.MULTILINE)
    return {name.split("@")[0] for name in rows}


def hooked_names(library):
    return names(library, "--defined-only")


@dataclass(frozen=True, order=True)
class Site:
    """A call in the source. The same in each program that has that source, wherever it lies."""
    path: str
    line: int
    function: str
    offset: int  # of the return address in the function
    name: str  # what is called

    @property
    def key(self):
        return (self.function, self.name)

    def __str__(self):
        return f"{self.path}:{self.line}: {self.function}: {self.name}"


CALL = re.compile(r"^ *([0-9a-f]+):\t(?:bnd )?(call|jmp)q? .*<(\w+)@plt>$")
FUNCTION = re.compile(r"^([0-9a-f]+) <([\w.]+)>:$")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t")
TAKEN = re.compile(r"R_X86_64_(?:GLOB_DAT|64|COPY)\s+(\w+)")


class Code:
    """The machine code of a program."""

    def __init__(self, program, root):
        self.program, self.root = str(program), Path(root).resolve()
        self.functions = []  # (address, name), sorted
        self.returns = {}  # the address to return to -> the name that is called
        self.jumps = []  # calls that leave no frame, which would not be seen
        self.read_calls()
        self.places = {}  # address -> (path, line), as asked for

    def read_calls(self):
        waiting = None
        for line in output_of("objdump", "-d", "--no-show-raw-insn", self.program).splitlines():
            instruction = INSTRUCTION.match(line)
            if instruction and waiting:
                self.returns[int(instruction[1], 16)] = waiting
                waiting = None
            call = CALL.match(line)
            function = FUNCTION.match(line)
            if call and call[2] == "call":
                waiting = call[3]
            elif call:
                self.jumps.append((int(call[1], 16), call[3]))
            elif function:
                self.functions.append((int(function[1], 16), function[2]))
        self.functions.sort()
        self.starts = [address for address, _ in self.functions]

    def imported(self):
        return names(self.program, "--undefined-only")

    def taken(self):
        """Functions whose address is taken: calls by it would not be seen."""
        return set(TAKEN.findall(output_of("objdump", "-R", self.program)))

    def find_places(self, addresses):
        """Source lines of calls, by the addresses to return to."""
        addresses = sorted(set(addresses) - set(self.places))
        if not addresses:
            return
        text = output_of("addr2line", "-e", self.program, stdin="".join(f"{at - 1:x}\n" for at in addresses))
        for address, line in zip(addresses, text.splitlines()):
            path, _, number = line.split(" ")[0].rpartition(":")
            path = Path(path)
            if path.is_absolute() and path.is_relative_to(self.root):
                path = path.relative_to(self.root)
            self.places[address] = (path.as_posix(), int(number) if number.isdigit() else 0)

    def function_at(self, address):
        return self.functions[bisect.bisect_right(self.starts, address - 1) - 1]

    def site(self, address):
        self.find_places([address])
        start, function = self.function_at(address)
        path, line = self.places[address]
        return Site(path, line, function, address - start, self.returns.get(address, "?"))

    def sites(self, wanted):
        """All calls of functions whose name is wanted."""
        addresses = [address for address, name in self.returns.items() if name in wanted]
        self.find_places(addresses)
        return {address: self.site(address) for address in addresses}

    def way(self, call):
        """Text of a way to a call, the innermost first."""
        self.find_places(call.frames)
        parts = []
        for address in call.frames:
            path, line = self.places[address]
            parts.append(f"{self.function_at(address)[1]} ({path}:{line})")
        return f"{call.name} in " + " <- ".join(parts)
