#!/usr/bin/env python3
"""smcache info, dump and verify; what each command says of a file that is no compiled map, or a damaged one."""

import errno
import json
import os
import random
import struct
import sys

sys.dont_write_bytecode = True

from support import (DAMAGES, DONE, EXAMPLE, INPUT, SYSTEM, USAGE, CliTest, is_control, main, make_map, run, to_bytes)

TOKENS = [(0, 0), (0, 4, 0, 1, 2, 0), (0, 4, 1, 0, 0), (2, 1, 0, 5, 6, 1), (2, 700, 2, 4000, 70, 0)]
MAP = make_map(TOKENS, sources=["a.js", None, "a.js"], names=["one", "two"], n_lines=4, file="out.js",
               sourceRoot="src", contents=["x\ny", None, ""])

SECTIONS = ["INFO", "DIRECTORY", "BLOCKS", "SOURCES", "STRING_OFFSETS", "STRING_BYTES", "LINE_COUNTS",
            "CONTENT_DIRECTORY", "CONTENT"]
SECTION_ID = {name: 16 * (i + 1 + (i > 0)) for i, name in enumerate(SECTIONS)}  # 0x20 is not used
INDEX = ["INFO", "DIRECTORY", "BLOCKS", "SOURCES"]  # what lookups need, strings left out
HEADER_NBYTES, ENTRY_NBYTES = 128, 32


def random_map(seed):
    rng = random.Random(seed)
    tokens, line, column = [], 0, 0
    for _ in range(rng.randrange(1, 1500)):
        if rng.random() < 0.05:
            line, column = line + rng.randrange(1, 4), 0
        column += rng.choice([0, 1, 2, 5, 100])
        token = (line, column)
        if rng.random() < 0.9:
            token += (rng.randrange(5), rng.randrange(3000), rng.randrange(100))
            if rng.random() < 0.5:
                token += (rng.randrange(40),)
        tokens.append(token)
    names = [f"name{i}" for i in range(40)]
    return tokens, names, make_map(tokens, [f"s{i}" for i in range(5)], names)


class Info(CliTest):
    def info(self, path):
        return json.loads(self.succeed("info", path, "--json").text)

    def test_json(self):
        for mode, names in (("deflate", SECTIONS), ("none", SECTIONS[:6]),
                            ("raw", [name for name in SECTIONS if name != "CONTENT_DIRECTORY"])):
            with self.subTest(mode):
                path = self.build(MAP, f"--sources={mode}", "--functions=none")
                self.check_json(self.info(path), path.read_bytes(), mode, names)

    def check_json(self, info, data, mode, names):
        self.assertEqual(list(info), [
            "version", "file_nbytes", "input_nbytes", "ratio", "n_tokens", "n_sources", "n_names", "n_lines",
            "content_nbytes", "index_nbytes", "index_nbytes_per_token", "n_ignored", "n_functions", "function_nbytes",
            "functions", "file", "source_root", "debug_id",
            "input_digest", "recipe_digest", "content_digest", "sections"])
        input_nbytes = len(to_bytes(MAP))
        self.assertEqual((info["version"], info["file_nbytes"], info["input_nbytes"]), ("1.0", len(data), input_nbytes))
        self.assertAlmostEqual(info["ratio"], len(data) / input_nbytes, 4)
        self.assertEqual([info[key] for key in ("n_tokens", "n_sources", "n_names", "n_lines")], [5, 3, 2, 4])
        self.assertEqual(info["content_nbytes"], 0 if mode == "none" else 3)
        self.assertEqual((info["file"], info["source_root"]), ("out.js", "src"))
        self.assertEqual((info["n_functions"], info["function_nbytes"], info["functions"]), (0, 0, []))
        self.assertEqual((info["content_digest"], info["input_digest"]), (data[32:48].hex(), data[48:64].hex()))
        sections = info["sections"]
        self.assertEqual([section["name"] for section in sections], names)
        self.assertEqual(info["index_nbytes"], HEADER_NBYTES + ENTRY_NBYTES * len(sections) + sum(
            section["nbytes"] for section in sections if section["name"] in INDEX))
        self.assertAlmostEqual(info["index_nbytes_per_token"], info["index_nbytes"] / 5, 4)
        for i, section in enumerate(sections):
            self.assertEqual(list(section), ["id", "name", "encoding", "offset", "nbytes", "count"])
            self.assertEqual(section["id"], SECTION_ID[section["name"]])
            entry = struct.unpack_from("<IIQQQ", data, HEADER_NBYTES + ENTRY_NBYTES * i)
            self.assertEqual(tuple(section[key] for key in ("id", "encoding", "offset", "nbytes", "count")), entry)

    def test_text(self):
        """The same facts as --json, in fixed places."""
        for mode in "deflate", "raw", "none":
            path = self.build(MAP, f"--sources={mode}", "--functions=none")
            info = self.info(path)
            self.assertEqual(self.succeed("info", path).text, (
                "format        1.0\n"
                "file          out.js\n"
                "source root   src\n"
                "tokens        5\n"
                "lines         4\n"
                "sources       3\n"
                "names         2\n"
                f"contents      {info['content_nbytes']} bytes\n"
                f"size          {info['file_nbytes']} bytes, {info['file_nbytes'] / info['input_nbytes']:.3f}"
                f" of the map's {info['input_nbytes']}\n"
                f"index         {info['index_nbytes']} bytes, {info['index_nbytes'] / 5:.2f} a token\n"
                f"input digest  {info['input_digest']}\n"
                "\n"
                "section                  bytes        count\n") + "".join(
                    f"{section['name']:<18} {section['nbytes']:11} {section['count']:12}"
                    + (f"  {mode}" if section["name"] == "CONTENT" else "") + "\n" for section in info["sections"]))

    def test_functions(self):
        """They are there if nothing else is asked for: those of the tokens of two sources that have contents."""
        for mode in "deflate", "raw", "none":
            path = self.build(MAP, f"--sources={mode}")
            info = self.info(path)
            self.assertEqual((info["n_functions"], info["functions"]),
                             (1, [{"origin": "original", "n_functions": 1, "n_tokens": 3}]))
            sizes = {section["name"]: section["nbytes"] for section in info["sections"]}
            nbytes = sizes["RUN_OFFSETS"] + sizes["RUNS"] + sizes["FUNCTIONS"]
            self.assertEqual(info["function_nbytes"], nbytes)
            self.assertIn("names         2\n"
                          f"functions     1 in {nbytes} bytes, {nbytes / 5:.2f} a token\n"
                          "  original      1, of 3 tokens\n"
                          f"contents      {info['content_nbytes']} bytes\n", self.succeed("info", path).text)
            self.assertEqual(self.succeed("dump", path, "--functions").text, "0\ttop_level\toriginal\t\t\n")

    def test_absent_file_and_root(self):
        path = self.build(make_map([]))
        info = self.info(path)
        self.assertEqual((info["file"], info["source_root"], info["n_tokens"]), (None, None, 0))
        self.assertEqual(info["index_nbytes_per_token"], 0)
        self.assertNotIn("file ", self.succeed("info", path).text)

    def test_input_digest(self):
        """XXH3-128 of the JSON, byte for byte: of nothing else, and of all of it."""
        data = b'{"version":3,"sources":[],"names":[],"mappings":""}'
        path = self.build(data)
        self.assertEqual(self.info(path)["input_digest"], "a304fd30e67d021ff252be25e1da8699")
        for options in ["--sources=raw"], ["--sources=none"]:
            self.assertEqual(self.info(self.build(data, *options))["input_digest"], "a304fd30e67d021ff252be25e1da8699")
        self.assertNotEqual(self.info(self.build(data + b"\n"))["input_digest"], "a304fd30e67d021ff252be25e1da8699")

    def test_hostile_texts(self):
        text = "\x1b[2J\"\\\n\t\0\x7f\x9b\ud800\u2028"
        path = self.build(make_map([], file=text, sourceRoot=text))
        info = self.info(path)
        shown = text.replace("\ud800", "\ufffd")
        self.assertEqual((info["file"], info["source_root"]), (shown, shown))
        out = self.succeed("info", path).text
        self.assertEqual({c for c in out if is_control(c)}, {"\n"})
        self.assertEqual(out.count("\n"), 19)


class Dump(CliTest):
    def test_tokens(self):
        for mode in "deflate", "raw", "none":
            rows = ("0\t0\t\t\t\t\t{0}\n"
                    "0\t4\t0\t1\t2\tone\t{1}\n"
                    "0\t4\t1\t0\t0\t\t{0}\n"
                    "2\t1\t0\t5\t6\ttwo\t{1}\n"
                    "2\t700\t2\t4000\t70\tone\t{1}\n")
            for option, top_level in ("auto", "0\t"), ("none", "\t"):  # contents without a function
                path = self.build(MAP, f"--sources={mode}", f"--functions={option}")
                self.assertEqual(self.succeed("dump", path).text, rows.format("\t", top_level))

    def test_sources(self):
        self.assertEqual(self.succeed("dump", self.build(MAP), "--sources").out, (
            b"0\tsrc/a.js\t3\t2\t\t\n"
            b"1\t\t\t\t\t\n"
            b"2\tsrc/a.js\t0\t1\t\t\n"))
        self.assertEqual(self.succeed("dump", "--sources", self.build(MAP, "--sources=none")).out, (
            b"0\tsrc/a.js\t\t\t\t\n"
            b"1\t\t\t\t\t\n"
            b"2\tsrc/a.js\t\t\t\t\n"))

    def test_nothing(self):
        path = self.build(make_map([], sources=[]))
        self.assertEqual(self.succeed("dump", path).out, b"")
        self.assertEqual(self.succeed("dump", path, "--sources").out, b"")
        self.assertEqual(self.succeed("dump", path, "--functions").out, b"")

    def test_random(self):
        for seed in range(10):
            tokens, names, source_map = random_map(seed)
            rows = []
            for line, column, *original in tokens:
                source, source_line, source_column, *name = original or ["", "", ""]
                name = names[name[0]] if name else ""
                rows.append(f"{line}\t{column}\t{source}\t{source_line}\t{source_column}\t{name}\n")
            self.assertEqual(self.tokens(self.build(source_map)), "".join(rows))

    def test_out_of_order(self):
        """Sorted by column within a line; those at one position stay as they were."""
        data = b'{"version":3,"sources":["a"],"names":[],"mappings":"KAAA,DAAC,AAAC,DAAC;C,D"}'
        self.assertEqual(self.tokens(self.build(data)), (
            "0\t3\t0\t0\t3\t\n0\t4\t0\t0\t1\t\n0\t4\t0\t0\t2\t\n0\t5\t0\t0\t0\t\n1\t0\t\t\t\t\n1\t1\t\t\t\t\n"))

    def test_escapes(self):
        text = "a\tb\nc\rd\\e\"f\x1b\0\ud800g\U0001f600"
        shown = "a\\tb\\nc\\rd\\\\e\"f\x1b\0\ufffdg\U0001f600"
        path = self.build(make_map([(0, 0, 0, 0, 0, 0)], [text], [text]))
        self.assertEqual(self.succeed("dump", path).out, f"0\t0\t0\t0\t0\t{shown}\t\t\n".encode())
        self.assertEqual(self.succeed("dump", path, "--sources").out, f"0\t{shown}\t\t\t\t\n".encode())

    def test_damaged_block(self):
        path = self.build(make_map([(0, i, 0, 0, i) for i in range(300)]))
        entry = self.section(path, "DIRECTORY")
        data = bytearray(path.read_bytes())
        struct.pack_into("<I", data, entry["offset"] + entry["nbytes"] - 2 * 4, 0xFFFFFFFF)  # where the second block starts
        bad = self.write("bad", data)
        result = self.fail_with(INPUT, "dump", bad)
        self.assertEqual(result.message, f"smcache: {bad}: damaged smcache file; smcache verify says where\n")
        self.assertEqual(result.lines, self.succeed("dump", path).lines[:128])

    def section(self, path, name):
        info = json.loads(self.succeed("info", path, "--json").text)
        return next(section for section in info["sections"] if section["name"] == name)


class Verify(CliTest):
    def test_good(self):
        paths = [self.build(MAP, f"--sources={mode}", name=mode) for mode in ("deflate", "raw", "none")]
        paths += [self.build(make_map([], sources=[]), name="empty")]
        for i, source_map in enumerate(sorted(EXAMPLE.glob("dist/*.map"))):
            paths.append(self.build(source_map.read_bytes(), name=f"example{i}"))
        for path in paths:
            self.assertEqual(self.succeed("verify", path).out, b"")
        self.assertEqual(self.succeed("verify", *paths).out, b"")

    def test_one_byte_in_each_section(self):
        path = self.build(MAP)
        good = path.read_bytes()
        for section in json.loads(self.succeed("info", path, "--json").text)["sections"]:
            for offset in section["offset"], section["offset"] + section["nbytes"] - 1:
                data = bytearray(good)
                data[offset] ^= 0x10
                bad = self.write("bad", data)
                result = self.fail_with(INPUT, "verify", bad)
                self.assertEqual(result.out, b"")
                self.assertRegex(result.message, rf"\Asmcache: {bad}: byte \d+: .+\n\Z")

    def test_digest(self):
        data = bytearray(self.build(MAP).read_bytes())
        data[48] ^= 1  # of the input's digest: nothing else depends on it
        bad = self.write("bad", data)
        self.assertEqual(self.fail_with(INPUT, "verify", bad).message,
                         f"smcache: {bad}: byte 32: content digest differs\n")
        self.succeed("info", bad)
        self.succeed("dump", bad)

    def test_several_files(self):
        good = self.build(MAP)
        data = bytearray(good.read_bytes())
        data[-1] ^= 1
        bad, text = self.write("bad", data), self.write("text", b"hello, hello")
        result = self.fail_with(INPUT, "verify", good, bad, good, text, good)
        self.assertEqual([line.split(": ")[1] for line in result.message.splitlines()], [str(bad), str(text)])
        self.assertEqual(self.fail_with(SYSTEM, "verify", bad, self.folder / "no", good).code, SYSTEM)


COMMANDS = [["info"], ["info", "--json"], ["dump"], ["dump", "--sources"], ["dump", "--functions"], ["verify"], ["lookup"]]


class BadFiles(CliTest):
    """Exit code, and a message that names file, place and reason; nothing on stdout."""

    def each(self, path, commands=COMMANDS):
        for command in commands:
            yield [*command, path] + ["1:1"] * (command[0] == "lookup")

    def check(self, code, path, reason, commands=COMMANDS, run_it=run):
        for arguments in self.each(path, commands):
            result = run_it(*arguments)
            self.assertEqual((result.code, result.out), (code, b""), arguments)
            self.assertRegex(result.message, rf"\Asmcache: {path}: {reason}\n\Z")

    def test_damage_of_text_transfers(self):
        reason = "byte 0: damaged by a transfer as text: copy it again as binary"
        good = self.build(MAP).read_bytes()
        for damage, function in DAMAGES.items():
            with self.subTest(damage):
                bad = function(good)
                self.assertNotEqual(bad, good)
                self.check(INPUT, self.write("bad", bad), reason)

    def test_not_compiled(self):
        for data in b"hello, world", b"\0" * 200, to_bytes(MAP), b"SMCA" * 50, b"\x89PNG\r\n\x1a\n" * 30:
            self.check(INPUT, self.write("bad", data), "byte 0: not an smcache file: wrong magic", COMMANDS[:5])

    def test_empty(self):
        self.check(INPUT, self.write("bad", b""), "byte 0: the (file|input) is empty")

    def test_truncated(self):
        good = self.build(MAP).read_bytes()
        for length in 1, 3, 4, 7, 8, 9, 127:
            self.check(INPUT, self.write("bad", good[:length]), rf"byte {length}: the file ends within its header",
                       COMMANDS if length > 3 else COMMANDS[:6])
        for length in 128, 200, len(good) - 1:
            self.check(INPUT, self.write("bad", good[:length]), "byte 24: the file is shorter than its header says")

    def test_longer(self):
        path = self.write("bad", self.build(MAP).read_bytes() + b"\0")
        self.check(INPUT, path, "byte 24: the file is longer than its header says")

    def patched(self, offset, layout, value):
        data = bytearray(self.build(MAP).read_bytes())
        struct.pack_into(layout, data, offset, value)
        return self.write("bad", data)

    def test_header(self):
        for offset, layout, value, reason in (
                (8, "<H", 2, "byte 8: unknown major version of the format: build the file again"),
                (8, "<H", 0, "byte 8: unknown major version of the format: build the file again"),
                (12, "<I", 136, "byte 12: header_nbytes is not 128"),
                (16, "<I", 1 << 31, "byte 16: unknown must-understand flag"),
                (72, "<I", 1025, "byte 72: more sections than the file can hold"),
                (127, "B", 1, "byte 76: reserved bytes of the header are not zero"),
                (128, "<I", 0x11, "byte \\d+: a section is missing"),
                (136, "<Q", 420, "byte 136: misaligned section"),
                (HEADER_NBYTES + 8 * ENTRY_NBYTES + 4, "<I", 7, "byte 388: unknown encoding of a section")):
            with self.subTest(reason):
                self.check(INPUT, self.patched(offset, layout, value), reason)

    def test_what_a_later_minor_version_may_bring(self):
        for offset, layout, value in (10, "<H", 7), (20, "<I", 0xFFFFFFFF):
            path = self.patched(offset, layout, value)
            for arguments in self.each(path, COMMANDS[:5] + COMMANDS[6:]):
                self.succeed(*arguments)

    def test_missing(self):
        self.check(SYSTEM, self.folder / "no", f"cannot open(?: the file)?: {os.strerror(errno.ENOENT)}")

    def test_directory(self):
        path = self.folder / "directory"
        path.mkdir()
        self.check(SYSTEM, path, f".+: {os.strerror(errno.EISDIR)}")

    def test_unreadable(self):
        path = self.build(MAP)
        path.chmod(0)
        self.check(SYSTEM, path, f"cannot open(?: the file)?: {os.strerror(errno.EACCES)}",
                   run_it=self.run_as_other_user)

    def test_fifo(self):
        """Nobody writes into it: waiting for that would be forever. lookup may wait for a map."""
        path = self.folder / "fifo"
        os.mkfifo(path)
        self.check(SYSTEM, path, "not a regular file, so it cannot be mapped(: .+)?", COMMANDS[:5])

    def test_device(self):
        self.check(SYSTEM, "/dev/null", "not a regular file, so it cannot be mapped(: .+)?", COMMANDS[:5])

    def test_one_file_only(self):
        path = self.build(MAP)
        for command in ["info"], ["dump"]:
            self.assertEqual(self.fail_with(USAGE, *command, path, path).out, b"")

    def test_good_file_of_any_name(self):
        for name in "x.map", "a b", "-weird", "\u00e9", "new\nline":
            path = self.write(name, self.build(MAP).read_bytes())
            for command in COMMANDS:
                arguments = [*command, "--", path.name] + ["1:1"] * (command[0] == "lookup")
                self.assertEqual(run(*arguments, cwd=self.folder).code, DONE)


if __name__ == "__main__":
    main()
