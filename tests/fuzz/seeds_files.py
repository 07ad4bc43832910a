"""Seeds and words of the targets that read what is around maps: generated files, URLs, compressed data."""

import base64
import gzip
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "url"))

import cases  # noqa: E402

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
    wasm(custom(b"sourceMappingURL", b"\2a")), wasm(custom(b"sourceMappingURL", b"\0"), custom(b"sourceMappingURL",
                                                                                               b"\1b")),
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
