#!/usr/bin/env python3
"""What is said of bad source maps, by build and by lookup: file, place and reason, and the exit code."""

import errno
import os
import sys

sys.dont_write_bytecode = True

from support import DONE, INPUT, SYSTEM, CliTest, main, make_map, run, to_bytes

GOOD = b'{"version":3,"sources":["a"],"names":["n"],"mappings":"AAAAA"}'


def map_of(**members):
    return to_bytes({"version": 3, "sources": ["a"], "names": ["n"], "mappings": "AAAAA"} | members)


# Input, what stands at the place, and the reason. The place of None is byte 0; of b"", the end.
BAD_JSON = [
    (b"", b"", "the input is empty"),
    (b" \n", b"", "the input is empty"),
    (b"\xef\xbb\xbf", b"", "the input is empty"),
    (b"hello", b"h", "value expected"),
    (b"{", b"", "key expected"),
    (b'{"version":3,}', b"}", "key expected"),
    (b'{version:3}', b"v", "key expected"),
    (b'{"version" 3}', b"3", "colon expected"),
    (b'{"version":}', b"}", "value expected"),
    (b'{"version":3 "x":4}', b'"x"', "comma or } expected"),
    (b'{"names":["n" "m"]}', b'"m"', "comma or ] expected"),
    (b'{"names":["n"', b"", "array without an end"),
    (b'{"names":[]', b"", "object without an end"),
    (b'{"version":3,"mappings":"AAAA', b'"AAAA', "string without an end"),
    (b'{"mappings":"A\nA"}', b"\nA", "raw control character in a string"),
    (b'{"mappings":"A\x00A"}', b"\x00A", "raw control character in a string"),
    (b'{"names":["\\x"]}', b"\\x", "unknown escape in a string"),
    (b'{"names":["\\u12g4"]}', b"\\u12g4", "\\u without four hexadecimal digits"),
    (b'{"version":03}', b"03", "number with a leading zero"),
    (b'{"version":3.}', b"3.", "number without digits after the point"),
    (b'{"version":3e}', b"3e", "number without digits in its exponent"),
    (b'{"version":-}', b"-", "number without digits"),
    (b'{"version":nul}', b"nul", "value expected"),
    (b"{'version':3}", b"'", "key expected"),
    (b"[1", b"", "array without an end"),
    (GOOD + b"x", b"x", "text after the end of the JSON value"),
    (GOOD + GOOD, None, "text after the end of the JSON value"),
    (b")]}'" + GOOD, b"", "the input is empty"),
]

# Input, key, what stands at the place (None: byte 0), and the reason.
BAD_MAPS = [
    (b" 3", None, b"3", "the JSON value is not an object"),
    (b"null", None, b"null", "the JSON value is not an object"),
    (b'"map"', None, b'"map"', "the JSON value is not an object"),
    (b'{"version":3}', "mappings", None, "missing"),
    (b'{"version":3,"sources":[],"names":[]}', "mappings", None, "missing"),
    (map_of(mappings=None), "mappings", b"null", "not a string"),
    (map_of(mappings=[]), "mappings", b"[]", "not a string"),
    (b'{"version":3,"mappings":""}', "sources", None, "missing"),
    (map_of(sources=7), "sources", b"7", "not an array"),
    (b'{"version":3,"sections":{}}', "sections", b"{}", "not an array"),
    (map_of(mappings="AAAA,+/////H"), "mappings", b"+///", "a number of 2^31 or more"),
]

# Input, key, what stands at the place (None: byte 0), and the reason.
WARNINGS = [
    (map_of(version=4), "version", b"4", "not the number 3; read as version 3"),
    (map_of(version="3"), "version", b'"3"', "not the number 3; read as version 3"),
    (b'{"sources":[],"mappings":""}', "version", None, "missing; read as version 3"),
    (map_of(file=5), "file", b"5", "not a string; ignored"),
    (map_of(sourceRoot=5), "sourceRoot", b"5", "not a string; ignored"),
    (map_of(names="x", mappings=""), "names", b'"x"', "not an array; ignored"),
    (map_of(names=[7]), "names", b"7", 'element is not a string; read as ""'),
    (map_of(sources=[7]), "sources", b"7", "element is neither a string nor null; read as null"),
    (map_of(sourcesContent={}), "sourcesContent", b"{}", "not an array; ignored"),
    (map_of(sourcesContent=[7]), "sourcesContent", b"7", "element is neither a string nor null; read as null"),
    (map_of(mappings="AAAA,D"), "mappings", b"D", "segment at a negative generated column; dropped"),
    (map_of(mappings="AAAA,CCAA"), "mappings", b"CCAA",
     "segment with an impossible original position; kept without one"),
    (map_of(mappings="AAAA,CAAAC"), "mappings", b"CAAAC", "segment with a name that does not exist; kept without it"),
    (map_of(mappings="AAAA,CA"), "mappings", b"CA",
     "not base64 VLQ segments of 1, 4 or 5 fields; all mappings dropped"),
]


class Messages(CliTest):
    def check_both(self, data, place, reason):
        """build and lookup say the same, of a file and of stdin; stdout stays empty."""
        path = self.write("bad.js.map", data)
        for name, result in (
                (path, self.fail_with(INPUT, "build", path)),
                (path, self.fail_with(INPUT, "lookup", path, "1:1")),
                ("stdin", self.fail_with(INPUT, "build", "-", stdin=data))):
            self.assertEqual(result.message, f"smcache: {name}: {place}: {reason}\n")
            self.assertEqual(result.out, b"")

    def test_json(self):
        for data, where, reason in BAD_JSON:
            with self.subTest(data):
                offset = len(GOOD) if where is None else data.index(where) if where else len(data)
                self.check_both(data, f"byte {offset}", reason)

    def test_map(self):
        for data, key, where, reason in BAD_MAPS:
            with self.subTest(data):
                place = f"byte {data.index(where) if where else 0}"
                self.check_both(data, f'"{key}", {place}' if key else place, reason)

    def test_every_truncation(self):
        for length in range(len(GOOD)):
            result = self.fail_with(INPUT, "build", "-", stdin=GOOD[:length])
            self.assertRegex(result.message, r"\Asmcache: stdin: byte \d+: .+\n\Z")
            self.assertEqual(result.out, b"")
        self.succeed("build", "-", stdin=GOOD)

    def test_compiled_file_as_a_map(self):
        path = self.build(GOOD)
        result = self.fail_with(INPUT, "build", path)
        self.assertEqual(result.message, f"smcache: {path}: a compiled file, where a source map is needed\n")

    def check_system(self, path, reason, run_it=run):
        for arguments in ["build", path], ["lookup", path, "1:1"]:
            result = run_it(*arguments)
            self.assertEqual((result.code, result.out), (SYSTEM, b""))
            self.assertRegex(result.message, rf"\Asmcache: {path}: cannot (open|read): {os.strerror(reason)}\n\Z")

    def test_missing_file(self):
        self.check_system(self.folder / "no.map", errno.ENOENT)
        self.assertEqual(os.listdir(self.folder), [])

    def test_directory(self):
        path = self.folder / "dir.map"
        path.mkdir()
        result = self.fail_with(SYSTEM, "lookup", path, "1:1")
        self.assertEqual(result.message, f"smcache: {path}: cannot read: {os.strerror(errno.EISDIR)}\n")
        result = self.fail_with(INPUT, "build", path)
        self.assertEqual(result.message,
                         f"smcache: {path}: no source maps, and no generated files with one, in there\n")

    def test_unreadable_file(self):
        path = self.write_map(GOOD)
        path.chmod(0)
        self.check_system(path, errno.EACCES, self.run_as_other_user)


class Warnings(CliTest):
    def test_each(self):
        for data, key, where, reason in WARNINGS:
            with self.subTest(data):
                expected = f'warning: "{key}", byte {data.index(where) if where else 0}: {reason}\n'
                path = self.write("odd.js.map", data)
                result = run("build", path)
                self.assertEqual((result.code, result.out, result.message), (DONE, b"", f"smcache: {path}: {expected}"))
                compiled = self.folder / "odd.js.smcache"
                self.succeed("verify", compiled)

                result = run("build", "-", stdin=data)
                self.assertEqual((result.code, result.message), (DONE, f"smcache: stdin: {expected}"))
                self.assertEqual(result.out, compiled.read_bytes())

                result = run("lookup", path, "1:1", "--format=json")
                self.assertEqual((result.code, result.message), (DONE, f"smcache: {path}: {expected}"))
                self.assertEqual(result.out, self.succeed("lookup", compiled, "1:1", "--format=json").out)

    def test_at_most_ten(self):
        for n in 1, 9, 10, 11, 12, 1000:
            path = self.write_map(make_map([(0, i, 1, 0, 0) for i in range(n)]), "odd.map")
            for arguments in ["build", path, "-o", "-"], ["lookup", path, "1:1"]:
                result = run(*arguments)
                lines = result.message.splitlines()
                self.assertEqual(result.code, DONE)
                self.assertEqual(len(lines), min(n, 11))
                for line in lines[:10]:
                    self.assertRegex(line, rf'\Asmcache: {path}: warning: "mappings", byte \d+: ')
                if n > 10:
                    self.assertEqual(lines[10], f"smcache: {path}: warning: {n - 10} more of these")

    def test_out_of_order_is_no_reason_to_say_it_twice(self):
        tokens = b'{"version":3,"sources":["a"],"names":[],"mappings":"KAAA,CCAA,HDAA"}'
        result = run("build", "-", stdin=tokens)
        self.assertEqual(result.message.count("warning"), 1, result.message)


if __name__ == "__main__":
    main()
