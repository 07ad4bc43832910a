"""What the tests of smcache store share: stores that the library fills, and what of a file is in memory."""

import ctypes
import json
import mmap
import os
from pathlib import Path

from support import PROGRAM, ROOT, CliTest, make_map, to_bytes

PAGE = 4096  # what entries are counted in
SYSTEM_PAGE = os.sysconf("SC_PAGESIZE")

SUBCOMMANDS = ["path", "stats", "list", "warm", "gc", "clear", "pin", "unpin"]
READERS = ["stats", "list", "warm", "gc", "clear", "pin"]  # those that say something of a store without arguments

HOSTILE = "x\x1b]0;t\x07\r\n\x7f\u0080\u009b1m\u202e\u2066z"

LIBC = ctypes.CDLL(None)
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
LIBC.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
LIBC.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
LIBC.free.argtypes = [ctypes.c_void_p]

# ---- the library, which fills the stores ----

CONTENT, DEBUG_ID, NAMES = 1, 2, 3
OK, MISS, NEGATIVE = range(3)


class Options(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("max_nbytes", ctypes.c_uint64), ("max_age_s", ctypes.c_uint64),
                ("negative_age_s", ctypes.c_uint64), ("wait_ms", ctypes.c_uint64), ("flags", ctypes.c_uint)]


class Key(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("scope", ctypes.c_char_p), ("recipe", ctypes.c_char_p),
                ("content", ctypes.c_char_p), ("content_nbytes", ctypes.c_size_t), ("debug_id", ctypes.c_uint8 * 16),
                ("names", ctypes.POINTER(ctypes.c_char_p)), ("n_names", ctypes.c_size_t)]


class CachedRequest(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("keys", ctypes.POINTER(Key)), ("n_keys", ctypes.c_size_t),
                ("json", ctypes.c_char_p), ("nbytes", ctypes.c_size_t), ("load", ctypes.c_void_p),
                ("context", ctypes.c_void_p), ("scope", ctypes.c_char_p), ("options", ctypes.c_void_p),
                ("open_flags", ctypes.c_uint)]


OPEN_FILE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


def load_library():
    """A sanitized build has no shared library: then that of the plain tests fills the stores, if it is there."""
    own = Path(os.environ.get("SMCACHE_BUILD") or PROGRAM.parent)
    for folder in own, own.parent / "check", ROOT / "build" / "check":
        path = folder / "libsmcache.so.0"
        if path.is_file():
            library = ctypes.CDLL(str(path.resolve()))
            library.smc_store_close.restype = None
            library.smc_cached_close.restype = None
            return library
    return None


LIBRARY = load_library()


def text_of(name):
    return name if isinstance(name, bytes) else name.encode()


def names_key(*names, scope=""):
    array = (ctypes.c_char_p * len(names))(*map(text_of, names))
    return Key(kind=NAMES, scope=text_of(scope), names=array, n_names=len(names))


def content_key(source_map):
    return Key(kind=CONTENT, content=source_map, content_nbytes=len(source_map))


def debug_id_key(debug_id):
    return Key(kind=DEBUG_ID, debug_id=(ctypes.c_uint8 * 16)(*debug_id.bytes))


def compile_map(source_map):
    json_bytes = to_bytes(source_map)
    file, nbytes = ctypes.c_void_p(), ctypes.c_size_t()
    status = LIBRARY.smc_build_memory(json_bytes, ctypes.c_size_t(len(json_bytes)), None, ctypes.byref(file),
                                      ctypes.byref(nbytes), None)
    assert status == OK, status
    data = ctypes.string_at(file, nbytes.value)
    LIBC.free(file)
    return data


def map_of(number, content_nbytes=0):
    """A map like no other; its contents do not compress."""
    content = os.urandom(content_nbytes // 2).hex()
    return make_map([(0, i, 0, 0, i) for i in range(10)], [f"source{number}.js"], contents=[content])


class Store:
    """A store of the library's."""

    def __init__(self, folder, max_nbytes=0):
        options = Options(struct_size=ctypes.sizeof(Options), max_nbytes=max_nbytes, negative_age_s=600)
        self.store = ctypes.c_void_p()
        status = LIBRARY.smc_store_open(os.fsencode(folder), ctypes.byref(options), ctypes.byref(self.store), None)
        assert status == OK, status

    def __enter__(self):
        return self

    def __exit__(self, *error):
        LIBRARY.smc_store_close(self.store)

    def put(self, data, *keys):
        array = (Key * len(keys))(*keys)
        return LIBRARY.smc_store_put(self.store, array, ctypes.c_size_t(len(keys)), data, ctypes.c_size_t(len(data)),
                                     None)

    def keep(self, source_map, *keys):
        """Compiles a map and keeps it by these keys, as services do."""
        data = to_bytes(source_map)
        array = (Key * len(keys))(*keys)
        request = CachedRequest(struct_size=ctypes.sizeof(CachedRequest), keys=array, n_keys=len(keys), json=data,
                                nbytes=len(data))
        file = ctypes.create_string_buffer(16384)  # larger than struct smc_cached_file
        assert LIBRARY.smc_cached_open(self.store, ctypes.byref(request), file) == OK
        LIBRARY.smc_cached_close(file)

    def put_negative(self, text, *keys):
        array = (Key * len(keys))(*keys)
        return LIBRARY.smc_store_put_negative(self.store, array, ctypes.c_size_t(len(keys)), text_of(text), None)

    def get(self, key):
        accept = OPEN_FILE(lambda context, fd: 0)
        return LIBRARY.smc_store_get(self.store, ctypes.byref(key), accept, None, None, None)


def charge(nbytes):
    return (nbytes + PAGE - 1) // PAGE * PAGE


def resident_nbytes(path):
    """How many bytes of a file are in the page cache."""
    nbytes = path.stat().st_size
    pages = (ctypes.c_ubyte * (nbytes // SYSTEM_PAGE + 1))()
    with open(path, "rb") as file:
        start = LIBC.mmap(None, nbytes, mmap.PROT_READ, mmap.MAP_SHARED, file.fileno(), 0)
    failed = LIBC.mincore(start, nbytes, pages)
    LIBC.munmap(start, nbytes)
    assert failed == 0
    return sum(min(nbytes - i * SYSTEM_PAGE, SYSTEM_PAGE) for i in range(len(pages)) if pages[i] & 1)


def evict(path):
    """Asks the system to drop a file from memory, and says whether it has."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)
    return resident_nbytes(path) == 0


class StoreTest(CliTest):
    def setUp(self):
        super().setUp()
        self.dir = self.folder / "store"
        self.v1 = self.dir / "v1"

    def call(self, subcommand, *arguments, **options):
        return self.succeed("store", subcommand, f"--dir={self.dir}", *arguments, **options)

    def json(self, subcommand, *arguments):
        return json.loads(self.call(subcommand, "--json", *arguments).out)

    def list(self, *arguments):
        return [json.loads(line) for line in self.call("list", "--json", *arguments).out.splitlines()]

    def stats(self, *arguments):
        return self.json("stats", *arguments)

    def table(self, subcommand, *arguments):
        """What people are shown: title -> value."""
        rows = [line.split("  ", 1) for line in self.call(subcommand, *arguments).lines]
        return {title: value.strip() for title, value in rows}

    def refuse(self, code, message, *arguments, **options):
        return self.end_with(code, message, "store", *arguments, **options)


class Filled(StoreTest):
    def setUp(self):
        super().setUp()
        if LIBRARY is None:
            self.skipTest("no shared library here, to fill a store with")

    def fill(self, *names, content_nbytes=0, used=None):
        """A file for each name (a tuple: several names of one key). Each is as old as `used` says, or an hour younger
        than the one before. Returns the names of the files in the store."""
        files = []
        with Store(self.dir) as store:
            for i, name in enumerate(names):
                data = compile_map(map_of(i, content_nbytes))
                self.assertEqual(store.put(data, names_key(*(name if isinstance(name, tuple) else (name,)))), OK)
                new = [path for path in self.files() if path not in files]
                self.assertEqual(len(new), 1)
                files += new
        for i, path in enumerate(files):
            when = used if used is not None else 1_600_000_000 + 3600 * i
            os.utime(self.v1 / path, (when, when))
        return files

    def files(self):
        return sorted(str(path.relative_to(self.v1)) for path in self.v1.glob("??/*.smcache"))

    def nbytes(self):
        return sum(charge(path.stat().st_size) for path in self.v1.glob("??/*"))
