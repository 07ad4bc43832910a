"""Which faults a call has, and how many of them a run of the tests tries."""

import errno
import signal

from program import Fault

MEMORY = {"malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "strdup", "strndup", "mmap64",
          "libdeflate_alloc_compressor", "inflateInit2_", "inflate", "tsearch", "fnmatch", "qsort", "setlocale",
          "fmemopen"}
PRINTS = {"fputc", "putc", "putchar", "fputs", "puts", "fwrite", "fflush", "printf", "fprintf"}
AGAIN = {"read", "pread64", "write", "pwrite64", "poll", "fcntl64", "flock", "nanosleep"}  # called again after EINTR
SHORT = {"read", "pread64", "write", "pwrite64", "mkstemp64", "new@openat64"}
MEANWHILE = {"mkstemp64": [("short", 0)], "new@openat64": [("short", 0)], "rename": [("kill", signal.SIGTERM)]}
LABELS = ("stderr@", "new@")  # kinds of calls of one function
CHANGES = {"write", "pwrite64", "fsync", "fchmod", "futimens", "mkdir", "mkdirat", "mkstemp64", "unlink", "unlinkat",
           "rename", "renameat", "linkat"}

ERRORS = {  # EIO otherwise
    "open64": [errno.EMFILE, errno.EIO], "openat64": [errno.EMFILE, errno.EIO], "fopen64": [errno.EMFILE],
    "opendir": [errno.EMFILE], "fdopendir": [errno.ENOMEM], "dup": [errno.EMFILE],
    "dup2": [errno.EMFILE], "write": [errno.ENOSPC, errno.EIO], "pwrite64": [errno.ENOSPC, errno.EIO],
    "fsync": [errno.EIO, errno.ENOSPC], "fchmod": [errno.EPERM], "futimens": [errno.EPERM],
    "mkdir": [errno.ENOSPC], "mkdirat": [errno.ENOSPC], "mkstemp64": [errno.ENOSPC, errno.EMFILE],
    "rename": [errno.ENOSPC, errno.EIO], "renameat": [errno.ENOSPC, errno.EIO], "linkat": [errno.ENOSPC, errno.EMLINK],
    "flock": [errno.ENOLCK], "fcntl64": [errno.ENOLCK], "poll": [errno.ENOMEM], "nanosleep": [errno.EINVAL],
    "pthread_create": [errno.EAGAIN], "madvise": [errno.EINVAL], "mincore": [errno.ENOMEM],
    "getcwd": [errno.ENOENT], "realpath": [errno.EIO, errno.ENOMEM], "getentropy": [errno.EIO], "sysconf": [errno.EINVAL],
}


def is_stderr(fault):
    return any(one.call.name.startswith("stderr@") for one in fault.all())


def is_memory(name):
    return name in MEMORY or ("@" in name and not name.startswith(LABELS))


def ways_of(name, more=()):
    """(way, error number) of a call of this name, the plainest first. `more`: errors that it has besides."""
    name = name.removeprefix("stderr@")
    if name == "qsort":
        return [("fail", errno.ENOMEM)]
    if is_memory(name):
        return [("fail", errno.ENOMEM), ("on", errno.ENOMEM)]
    if name in PRINTS:
        return [("fail", errno.ENOSPC)]
    ways = [("fail", number) for number in [*more, *ERRORS.get(name.removeprefix("new@"), [errno.EIO])]]
    ways += [("short", 0)] if name in SHORT else []
    ways += [("fail", errno.EINTR)] if name in AGAIN else []
    ways += [("on", errno.ENOSPC)] if name in CHANGES else []
    return ways


def occurrences(count):
    """All of a few; of many the first, the last, and some between."""
    return list(range(1, count + 1)) if count <= 6 else sorted({1, 2, 3, count // 2, count - 1, count})


def faults_of(call, is_short, scenario):
    ways = ways_of(call.name, scenario.errors.get(call.name, ()))
    if scenario.arguments[:1] == ["build"] and call.name in CHANGES:
        ways.append(("kill", signal.SIGTERM))
    if is_short:
        return [Fault(call, 1, *way) for way in ways if way == ways[0] or way in MEANWHILE.get(call.name, ())]
    first, *rest = occurrences(call.count)
    return [Fault(call, first, *way) for way in ways] + [Fault(call, n, *way) for n in rest for way in ways[:2]
                                                        if way[0] not in ("on", "kill")]


def must_change_nothing(fault):
    """Whether the program goes on as if nothing had happened."""
    return all(changes_nothing(one) for one in fault.all())


def changes_nothing(fault):
    return fault.way == "short" or fault.error_number == errno.EINTR or \
        fault.call.name == "qsort" or fault.call.name.startswith(("malloc@qsort", "calloc@qsort"))
