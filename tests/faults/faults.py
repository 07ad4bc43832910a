"""Which faults a call has, and how many of them a run of the tests tries."""

import errno

from program import Fault

MEMORY = {"malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "strdup", "strndup", "mmap64",
          "libdeflate_alloc_compressor", "inflateInit2_", "inflate", "tsearch", "fnmatch", "qsort", "setlocale",
          "fmemopen"}
PRINTS = {"fputc", "putc", "putchar", "fputs", "puts", "fwrite", "fflush", "printf", "fprintf"}
AGAIN = {"read", "pread64", "write", "pwrite64", "poll", "fcntl64", "flock", "nanosleep"}  # called again after EINTR
SHORT = {"read", "pread64", "write", "pwrite64", "fts64_read"}
CHANGES = {"write", "pwrite64", "fsync", "fchmod", "futimens", "mkdir", "mkdirat", "mkstemp64", "unlink", "unlinkat",
           "rename", "renameat", "linkat"}

ERRORS = {  # EIO otherwise
    "open64": [errno.EMFILE, errno.EIO], "openat64": [errno.EMFILE, errno.EIO], "fopen64": [errno.EMFILE],
    "opendir": [errno.EMFILE], "fdopendir": [errno.ENOMEM], "fts64_open": [errno.ENOMEM], "dup": [errno.EMFILE],
    "dup2": [errno.EMFILE], "write": [errno.ENOSPC, errno.EIO], "pwrite64": [errno.ENOSPC, errno.EIO],
    "fsync": [errno.EIO, errno.ENOSPC], "fchmod": [errno.EPERM], "futimens": [errno.EPERM],
    "mkdir": [errno.ENOSPC], "mkdirat": [errno.ENOSPC], "mkstemp64": [errno.ENOSPC, errno.EMFILE],
    "rename": [errno.ENOSPC, errno.EIO], "renameat": [errno.ENOSPC, errno.EIO], "linkat": [errno.ENOSPC, errno.EMLINK],
    "flock": [errno.ENOLCK], "fcntl64": [errno.ENOLCK], "poll": [errno.ENOMEM], "nanosleep": [errno.EINVAL],
    "pthread_create": [errno.EAGAIN], "madvise": [errno.EINVAL], "mincore": [errno.ENOMEM],
    "getcwd": [errno.ENOENT], "realpath": [errno.EIO, errno.ENOMEM], "getentropy": [errno.EIO], "sysconf": [errno.EINVAL],
}


def is_stderr(fault):
    return fault.call.name.startswith("stderr@")


def is_memory(name):
    return name in MEMORY or "@" in name


def ways_of(name):
    """(way, error number) of a call of this name, the plainest first."""
    name = name.removeprefix("stderr@")
    if is_memory(name):
        return [("fail", errno.ENOMEM), ("on", errno.ENOMEM)]
    if name in PRINTS:
        return [("fail", errno.ENOSPC)]
    ways = [("fail", number) for number in ERRORS.get(name, [errno.EIO])]
    ways += [("short", 0)] if name in SHORT else []
    ways += [("fail", errno.EINTR)] if name in AGAIN else []
    ways += [("on", ways[0][1])] if name in CHANGES else []
    return ways


def occurrences(count):
    """All of a few; of many the first, the last, and some between."""
    return list(range(1, count + 1)) if count <= 6 else sorted({1, 2, 3, count // 2, count - 1, count})


def faults_of(call, is_short):
    ways = ways_of(call.name)
    if is_short:
        return [Fault(call, 1, *ways[0])]
    first, *rest = occurrences(call.count)
    return [Fault(call, first, *way) for way in ways] + [Fault(call, n, *way) for n in rest for way in ways[:2]
                                                        if way[0] != "on"]


def must_change_nothing(fault):
    """Whether the program goes on as if nothing had happened."""
    return fault.way == "short" and fault.call.name != "fts64_read" or fault.error_number == errno.EINTR or \
        fault.call.name == "qsort" or fault.call.name.startswith(("malloc@qsort", "calloc@qsort"))
