"""Seeds and words of the targets that read what is around maps: generated files, URLs, compressed data."""

import base64
import gzip
import struct
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "url"))

import cases  # noqa: E402

# What names a map, and what looks like it, by the kind of file.
UUID = "85314830-023f-4cf1-a267-535f4e37bb17"
SCRIPTS = [
    "code();\n//# sourceMappingURL=a.js.map\n", "//@ sourceMappingURL=a\r\n\r\n",
    "//#\u00a0sourceMappingURL=a\u2028\ufeff \u2029//x",
    "//# sourceMappingURL=\n//# sourceMappingURL=b", "//# sourceMappingURL=a b", "//# sourceMappingURL= a",
    "/*# sourceMappingURL=a */",
    "//# sourceMappingURL=a'\n//# sourceMappingURL=b", "'\n//# sourceMappingURL=b\n//`", "//# sourceMappingURL=b\n//*/",
    f"//# sourceMappingURL=a\n//# debugId={UUID}\n", "// \xff\n//# sourceMappingURL=\xff\n\n\n//",
]
STYLES = [
    "a{}\n/*# sourceMappingURL=a.css.map */\n", "a{b:url(/*x)}/*# sourceMappingURL=a*//* x */",
    "'/*'/*# sourceMappingURL=b*/",
    "\ufeffa:url( \"x\" )/*@ sourceMappingURL=b\t*/ /**/", "\\/*# sourceMappingURL=b*/",
    "#url(/*# sourceMappingURL=b*/", "/*# sourceMappingURL=*/",
]
IDS = [
    f"//# debugId={UUID}", f"\ufeff//# debugId={UUID}\n", f"//# debugId={UUID}\n" + "\n" * 5,
    f"//# debugId={UUID} \t\r\n//# debugId=x\r\n\r\n",
    f"//# debugId={UUID.replace('-', '').upper()}\u2028x\n//# sourceMappingURL=a", f"//@ debugId={UUID}",
]


def wasm(*sections):
    return b"\0asm\1\0\0\0" + b"".join(bytes([kind, len(body)]) + body for kind, body in sections)


def custom(name, payload):
    return 0, bytes([len(name)]) + name + payload


MODULES = [
    wasm(), wasm((1, b"x"), custom(b"name", b"\xff"), custom(b"sourceMappingURL", b"\5a.map"), (11, b"")),
    wasm(custom(b"sourceMappingURL", b"\2a")),
    wasm(custom(b"sourceMappingURL", b"\0"), custom(b"sourceMappingURL", b"\1b")),
    wasm(custom(b"sourceMappingURL", b"\4\xf0\x9f\x98\x80")), wasm(custom(b"\xc0\x80", b"")),
    b"\0asm\1\0\0\0\0\x80\x80\x80\x80\x10",
    b"\0asm\1\0\0\0\1\x80\x80\x80\x80\x10" + wasm(custom(b"sourceMappingURL", b"\1a"))[8:], wasm((0, b"")),
]


def of_find():
    kinds = [SCRIPTS, STYLES, MODULES, IDS]
    seeds = [bytes([how + high]) + (text if isinstance(text, bytes) else text.encode())
             for how, texts in enumerate(kinds) for text in texts for high in (0, 128)]
    return seeds, [b"sourceMappingURL=", b"//# sourceMappingURL=", b"/*# sourceMappingURL=", b"\x10sourceMappingURL",
                   b"\0asm\1\0\0\0",
                   f"//# debugId={UUID}".encode(), b"*/", b"/*", b"\r\n", b"url(", "\u2028".encode(), "\u00a0".encode(),
                   "\ufeff".encode(), b"\\"]


DATA_URLS = [
    "data:application/json;base64,e30=", "DATA:;base64,eyJ2ZXJzaW9uIjozfQ==", "data:;charset=utf-8;BASE64 ,e3 0%3d",
    "data:,%7B%7d%zz%", "data:a",
    "data:; base64,AA\n\tAAA", "data:base64,AAAA", "data:;base64,A", "data:;base64,AA=", "data:;base64,AAA=A",
    "data:;base64,AA===", "dat:,",
    "data:;base64," + base64.b64encode(bytes(range(256))).decode(),
]


def of_data_url():
    seeds = [bytes([limit]) + text.encode() for text in DATA_URLS for limit in (0, 128, 130)]
    return seeds, [b"data:", b";base64,", b"%3D", b"%3d%3D", b"==", b"%20", b"AAAA", b",", b"%"]


def of_url():
    wtf8 = {"encoding": "utf-8", "errors": "surrogatepass"}
    lists = [cases.WHOLE, cases.DOMAINS, cases.IPV4, cases.IPV6, cases.INTERNATIONAL, cases.PORTS, cases.CREDENTIALS,
             cases.SEGMENTS, cases.TAILS]
    texts = [*cases.WHOLE, *(f"http://{host}/a" for list_ in lists[1:5] for host in list_),
             *(f"webpack://{host}:1" for host in cases.IPV6),
             *(f"https://u{port}" for port in cases.PORTS), *(f"ws://{user}h" for user in cases.CREDENTIALS),
             *(f"file:///{segment}/../b" for segment in cases.SEGMENTS), *(f"a{tail}" for tail in cases.TAILS)]
    bases = ["", "https://ex.com/js/app.js.map", "file:///C:/a/b.map", "webpack:///x", "data:x"]
    seeds = [f"{bases[i % len(bases)]}\n{text}".encode(**wtf8) for i, text in enumerate(texts)]
    words = {word.encode(**wtf8) for list_ in (*lists, cases.SCHEMES, cases.SLASHES) for word in list_}
    return seeds, sorted(word for word in words if 0 < len(word) < 40)


def deflated(data, level, strategy=zlib.Z_DEFAULT_STRATEGY):
    deflater = zlib.compressobj(level, zlib.DEFLATED, -15, 8, strategy)
    return deflater.compress(data) + deflater.flush()


def of_inflate():
    texts = [b"", b"a", b"abcabcabcabc" * 40, (ROOT / "tests/example/dist/app.js").read_bytes()[:2500],
             bytes(range(256)) * 4, b"\0" * 3000]
    ways = [(0, 0), (1, 0), (9, 0), (9, zlib.Z_FIXED), (9, zlib.Z_HUFFMAN_ONLY), (9, zlib.Z_RLE)]
    streams = [deflated(text, level, strategy) for text in texts for level, strategy in ways]
    streams += [b"\3\0", b"\1\0\0\xff\xff", b"\7", b"\5\xe0\x81\x08\0\0\0\0\x20\x7f\xeb\x0b\0"]
    members = [gzip.compress(text, mtime=0) for text in texts]
    files = [*members, members[1] + members[2], members[1] + b"\0\0", members[1] + b"\x1f", members[2][:-1],
             b"\x1f\x8b", b"x",
             b"\x1f\x8b\x08\x1e\0\0\0\0\0\3\2\0ABa\0b\0\0\0" + members[1][10:]]
    seeds = [bytes([0, i]) + stream for i, stream in enumerate(streams)]
    seeds += [bytes([1, limit]) + file for file in files for limit in (0, 9)]
    return [seed for seed in seeds if len(seed) <= 4096], [b"\x1f\x8b\x08\0", b"\0\0\xff\xff", b"\1\0\0\xff\xff",
                                                           b"\3\0"]


(SECRET, COUNTERS, SEALED_COUNTERS, PINS, LOCKS, TEMPORARY, KEY, SEALED_KEY, SEALED_OTHER_KEY, FILE_OF_KEY,
 DAMAGED_FILE, NAMED,
 NO_FILE, SEALED_BYTES) = range(14)  # of fuzz_store.c


def placed(*files):
    """The files of a store's folder, as fuzz_store.c reads them."""
    parts = []
    for kind, body in files:
        rest = len(body) - 255
        length = bytes([len(body)]) if rest < 0 else bytes([255, min(255, rest // 8)])
        parts.append(bytes([kind]) + length + body[:255 + 8 * 255])
    return b"".join(parts)


def of_store():
    good, other = (DAMAGED_FILE, b"\0"), (DAMAGED_FILE, b"\1")
    own, negative, strange = b"\x06\0\0", b"\x0d\0\0why not", b"\x02\xff\xff"
    key_text = b"\3\0\0\0\0\0\6\0\0\0name-1"
    texts = [b"", key_text, b"x" * 99]
    huge, half = 0xffffffff, 0x80000000
    lengths = [(0, 0, 0), (16, 0, 0), (huge, huge, huge), (half, half, 0), (16, 99, 0), (16, 65535, 1)]
    sealed = [bytes(48) + struct.pack("<4I", *numbers, 0) + text for text in texts for numbers in lengths]
    folders = [
        placed(),
        placed(good, (SEALED_KEY, own)),
        placed(good, (SEALED_KEY, own), (SEALED_OTHER_KEY, own)),
        placed((SEALED_KEY, own)),
        placed((SEALED_KEY, negative), (SEALED_OTHER_KEY, negative)),
        placed(good, (SEALED_OTHER_KEY, strange + key_text)),
        placed((DAMAGED_FILE, b"\0\0\x10\1"), (SEALED_KEY, own)),
        placed((FILE_OF_KEY, b"x"), (SEALED_KEY, own)),
        placed(good, other, (SEALED_KEY, b"\x16\0\0"), (SEALED_OTHER_KEY, b"\x16\0\0")),
        placed((SECRET, b"")),
        placed((SECRET, b"smcseed\n" + bytes(192)), good, (SEALED_KEY, own)),
        placed((COUNTERS, bytes(200)), (PINS, b"a*\0b?\0")),
        placed((PINS, b"no end")),
        placed((SEALED_COUNTERS, b"\xff" * 8)),
        placed((SEALED_COUNTERS, b"\1\0\0\0\0\0\0\0"), good, (SEALED_KEY, own)),
        placed((TEMPORARY, b"0" * 32 + b".tmp\0x"), (TEMPORARY, b"other\0"), (LOCKS, b"x")),
        placed((KEY, b"\x89SMK\r\n\x1a\n" + bytes(56))),
        placed((NAMED, b"\x3f" + b"0" * 32 + b".smcache\0xyz"), (NAMED, b"\0" + b"f" * 32 + b".key\0")),
        placed((NAMED, b"\1..\0"), (NAMED, b"\2x\0y")),
        *(placed(good, (SEALED_BYTES, record)) for record in sealed),
        *(placed(good, (SEALED_KEY, own), (NO_FILE, bytes([name, kind]))) for name in range(12) for kind in range(4)),
    ]
    heads = [b"\0\1*\0", b"\x0b\2name-*\0", b"\1\4x\0", b"\x06\x0c[a\0", b"\2\x0f*\0"]
    seeds = [heads[i % len(heads)] + folder for i, folder in enumerate(folders)]
    return [*seeds, *(head + folders[2] for head in heads)], [
        b"\0\0", b"\x07\3\x06\0\0", b"\x0a\0", b"name-1", b"smcseed\n", b".smcache", b".key", b".tmp", b"*", b"[!a-z]"]


CONFIGS = [
    "", "# nothing\n\n", "store = on\ndir=/x y\r\nmax-size = 500M\nmax-age\t=\t30d\nnegative-age = 0s\nwait = 500ms",
    "\ufeffstore=off",
    "max-size = 1.5 GiB\nmax-age = none", "max-size = 9223372036854775807", "max-size = 9223372036854775808",
    "max-size = 8388607.999999T", "max-size = 9223372.5TB",
    "max-size = 0", "max-size = 0.000001K", "max-size = 1.5", "max-size = 1.5 B", "max-size = 12 kB", "max-size = 1KB ",
    "max-size=none",
    "max-age = 36525d", "max-age = 36526d", "max-age = 999ms", "wait = 1 m", "wait = 1 ", "wait = -1s",
    "wait = 18446744073709551616s",
    "wait=1s\nwait=2s", "dir = x", "unknown = 1", "store", "store = on\0", "= 1", "store = On",
    "max-size = 0000000000000000000000001T",
]


def of_config():
    return [text.encode() for text in CONFIGS], [b"store", b"dir", b"max-size", b"max-age", b"negative-age", b"wait",
                                                 b" = ", b"none", b"on", b"off",
                                                 b"KiB", b"GB", b"ms", b"9223372036854775807", b"\r\n", b"#",
                                                 b"\xef\xbb\xbf"]


MATCHES = [
    "https://x/a/b.js?v=1#f\n=https://x/a/b.js\n2/srv/a/b.js\n1/srv/b.js",
    "https://x/a/b.js\n=~/a/b.js\n=https://x/a/b.js?", "/a/b.js\n2/srv/a/b.js\n2/srv2/a/b.js",
    "C:\\a\\b.js\n1/x/a/b.js", "https://x/a%20b.js\n=https://x/a b.js\n1/s/a b.js", "a%2fb.js\n1/s/a%2fb.js\n1/s/b.js",
    "webpack:///./a//b.js\n2/s/a/b.js\n3/t/a/b.js",
    "b?c.js\n1/s/b?c.js\n1/s/b", "~/b.js\n=~/b.js\n=~b.js", "https://x\n=~/\n1/x", "file:a\n=~/a\n1/a",
    "a/%41%zz%00/%\n2/a/A%zz%00/%", "b.js\n0/a/b.js\n3/a/b.js\n1\\x\\b.js",
    "x\n1/x\n1/y/x\n1/z/x\n1/1/x\n1/2/x\n1/3/x\n=x",
]


def of_match():
    return [text.encode() for text in MATCHES], [b"https://x/", b"/srv/", b"b.js", b"\n=", b"\n1/", b"\n2/", b"%20",
                                                 b"%2f", b"~/", b"?", b"#", b"\\", b"./", b"C:"]
