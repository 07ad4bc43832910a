#!/usr/bin/env python3
"""smcache config: each setting from each origin, what is refused, sizes and times, and what is printed of it."""

import errno
import json
import os
import sys

sys.dont_write_bytecode = True

from support import DONE, RUNNER, SYSTEM, USAGE, CliTest, is_control, main, run

KIB, MIB, GIB, TIB = (1 << 10 * i for i in range(1, 5))
SIZE_MAX = (1 << 63) - 1
DAY_S = 24 * 60 * 60

KEYS = ["store", "dir", "max-size", "max-age", "negative-age", "wait"]
VARIABLES = {key: "SMCACHE_" + key.upper().replace("-", "_") for key in KEYS}
FLAGS = {"dir": "--dir", "max-size": "--max-size", "max-age": "--max-age"}

# Three values of each setting, as written and as JSON; no default is among them.
VALUES = {
    "store": [("off", False)] * 3,
    "dir": [("/a b", "/a b"), ("/c=d#e", "/c=d#e"), ("/\u00e9", "/\u00e9")],
    "max-size": [("500M", 500 * MIB), ("2GB", 2 * 10**9), ("none", None)],
    "max-age": [("30d", 30 * DAY_S), ("45s", 45), ("12h", 12 * 3600)],
    "negative-age": [("0s", 0), ("1h", 3600), ("90m", 5400)],
    "wait": [("500ms", 0.5), ("0s", 0), ("1m", 60)],
}
DEFAULTS = {"store": True, "max-size": 5 * GIB, "max-age": None, "negative-age": 600, "wait": 10}

WANTED = {
    "store": "on or off", "dir": "an absolute path", "max-size": "a size such as 500M or 5GiB, or none",
    "max-age": "a time such as 30d, 12h, 90m or 45s, or none", "negative-age": "a time such as 1h, 10m or 0s",
    "wait": "a time such as 1m, 10s or 500ms",
}
BAD = {
    "store": ["yes", "ON", "1", "none", "on off"], "dir": ["x", "./x", "../x", "~/x", "none"],
    "max-size": ["0", "0B", "0.0G", "0.0001K", "all", "-1", "5g", "NONE"], "max-age": ["30", "500ms", "1.5d", "never"],
    "negative-age": ["none", "0", "1500ms"], "wait": ["none", "10", "forever"],
}

SIZES = {
    "1": 1, "1B": 1, "1 B": 1, "007": 7, "1k": KIB, "1K": KIB, "1KiB": KIB, "1kB": 1000, "1KB": 1000, "1M": MIB,
    "1MiB": MIB, "1MB": 10**6, "1G": GIB, "1GiB": GIB, "1 GiB": GIB, "1GB": 10**9, "1T": TIB, "1TiB": TIB,
    "1TB": 10**12,
    "1.5K": 1536, "1.50KiB": 1536, "0.5k": 512, "0.001kB": 1, "0.1K": 102, "1.999999T": TIB + TIB * 999999 // 10**6,
    "2.000000GB": 2 * 10**9,
    str(SIZE_MAX): SIZE_MAX, "8388607T": 8388607 * TIB, "8388607.999999T": 8388607 * TIB + TIB * 999999 // 10**6,
    "9007199254740991K": SIZE_MAX - 1023, "9223372.036854TB": 9223372036854 * 10**6,
    "9223372036.854775GB": 9223372036854775 * 1000, "9223372036854775.807kB": SIZE_MAX,
}
BAD_SIZES = [
    "", " ", "B", "K", ".5K", "1.K", "1.5", "1.0B", "1.2.3K", "1.1234567G", "1,5G", "+1", "-1K", "0x10", "1e3", " 1",
    "1  K", "1 ", "1\tK", "1Kb", "1kiB", "1m", "1g", "1KIB", "1P", "1GiBs", "1G 1", "\u0661K", "1K\n", "inf", "nan",
    str(SIZE_MAX + 1), str(1 << 64), "9" * 30, "8388608T", "9007199254740992K", "9223372036854775.808kB",
    "16777216T", "18446744073709551616T", "1." + "0" * 30 + "K",
]
PRINTED = {
    "1": "1 B", "1023": "1023 B", "1024": "1.0 KiB", "1075": "1.0 KiB", "1076": "1.1 KiB", "1536": "1.5 KiB",
    "1048524": "1023.9 KiB", "1048525": "1.0 MiB", "1048576": "1.0 MiB", "500M": "500.0 MiB", "500MB": "476.8 MiB",
    "1073689395": "1023.9 MiB", "1073689396": "1.0 GiB", "5GiB": "5.0 GiB", "1TB": "931.3 GiB",
    "1T": "1.0 TiB", "1024T": "1024.0 TiB", "8388607.9T": "8388607.9 TiB", "none": "none",
}

CENTURY_S = 36525 * DAY_S
TIMES = {
    "0ms": 0, "1ms": 0.001, "999ms": 0.999, "1000ms": 1, "1001ms": 1.001, "0s": 0, "1s": 1, "1 s": 1, "007s": 7,
    "90s": 90,
    "1m": 60, "90m": 5400, "1h": 3600, "1d": DAY_S, "36525d": CENTURY_S, f"{CENTURY_S}s": CENTURY_S,
    f"{CENTURY_S * 1000}ms": CENTURY_S,
}
BAD_TIMES = [
    "", " ", "s", "0", "10", "-1s", "+1s", "1.5s", "1S", "1M", "1D", "1w", "1y", "1us", "1sec", "1h30m", "1  s", "1 ",
    " 1s", "1s ", "36526d", f"{CENTURY_S + 1}s", f"{CENTURY_S * 1000 + 1}ms", "9" * 30 + "s", f"{1 << 64}ms",
    f"{1 << 61}d",
]
PRINTED_TIMES = {
    "0ms": "0s", "0d": "0s", "1ms": "1ms", "1500ms": "1500ms", "2000ms": "2s", "60s": "1m", "90s": "90s", "90m": "90m",
    "120m": "2h", "24h": "1d", "25h": "25h", "86401s": "86401s", "36525d": "36525d",
}


def shown(text):
    """As people are shown it."""
    return "".join("\ufffd" if is_control(c) else c for c in text)


class ConfigTest(CliTest):
    """Without any variable but those of a test; its configuration file is self.file."""

    def setUp(self):
        super().setUp()
        self.home = self.folder / "home"
        self.file = self.home / ".config" / "smcache" / "smcache.conf"
        self.env = {"HOME": str(self.home), "SMCACHE_DIR": None}

    def configure(self, text):
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def given(self, env):
        return self.env | dict(env)

    def config(self, *flags, env=(), **options):
        return json.loads(self.succeed("config", "--json", *flags, env=self.given(env), **options).out)

    def setting(self, key, *flags, env=(), **options):
        """Value, origin and place of a setting."""
        found = self.config(*flags, env=env, **options)["settings"][key]
        return found["value"], found["origin"], found["from"]

    def text(self, *flags, env=()):
        """The line of each setting."""
        lines = self.succeed("config", *flags, env=self.given(env)).lines[1:]
        return {line.split(" = ")[0]: line.split(" = ", 1)[1] for line in lines}

    def refuse(self, message, *flags, env=(), code=USAGE, **options):
        self.end_with(code, message, "config", *flags, env=self.given(env), **options)

    def refuse_flag(self, key, value):
        result = run("config", FLAGS[key], value, env=self.env)
        self.assertEqual((result.code, result.out), (USAGE, b""))
        self.assertEqual(result.message, f"smcache config: {FLAGS[key]} is {WANTED[key]}, not '{shown(value)}'; "
                                         f"see smcache config --help\n")


class Origins(ConfigTest):
    def test_defaults(self):
        found = self.config()
        self.assertIsNone(found["file"])
        self.assertEqual(list(found["settings"]), KEYS)
        for key, value in (DEFAULTS | {"dir": f"{self.home}/.cache/smcache"}).items():
            self.assertEqual(found["settings"][key], {"value": value, "origin": "default", "from": None}, key)

    def test_each_beats_the_next(self):
        for key, ((in_file, file_value), (in_variable, variable_value), (in_flag, flag_value)) in VALUES.items():
            with self.subTest(key):
                self.configure(f"# a comment\n{key} = {in_file}\n")
                variable = {VARIABLES[key]: in_variable}
                self.assertEqual(self.setting(key), (file_value, "file", f"{self.file}:2"))
                self.assertEqual(self.setting(key, env=variable), (variable_value, "environment", VARIABLES[key]))
                flags = ["--no-store"] if key == "store" else [FLAGS[key], in_flag] if key in FLAGS else []
                if flags:
                    expected = flag_value, "flag", flags[0]
                    self.assertEqual(self.setting(key, *flags, env=variable), expected)
                    self.assertEqual(self.setting(key, *flags), expected)
                    self.configure("")
                    self.assertEqual(self.setting(key, *flags, env=variable), expected)
                self.configure("")
                self.assertEqual(self.setting(key, env=variable), (variable_value, "environment", VARIABLES[key]))

    def test_on_beats_off(self):
        self.configure("store = off\n")
        self.assertEqual(self.setting("store", env={"SMCACHE_STORE": "on"}), (True, "environment", "SMCACHE_STORE"))
        self.configure("store = on\n")
        self.assertEqual(self.setting("store"), (True, "file", f"{self.file}:1"))

    def test_settings_do_not_touch_each_other(self):
        for key in KEYS:
            settings = self.config(env={VARIABLES[key]: VALUES[key][0][0]})["settings"]
            self.assertEqual([other for other in KEYS if settings[other]["origin"] != "default"], [key])

    def test_what_is_beaten_is_checked_too(self):
        self.configure("max-size = x\n")
        message = f"{self.file}:1: max-size is {WANTED['max-size']}, not 'x'"
        self.refuse(message, "--max-size=1G", env={"SMCACHE_MAX_SIZE": "1G"})
        self.configure("")
        self.refuse(f"SMCACHE_MAX_SIZE: max-size is {WANTED['max-size']}, not 'x'", "--max-size=1G",
                    env={"SMCACHE_MAX_SIZE": "x"})

    def test_empty_variables_are_unset(self):
        variables = [*VARIABLES.values(), "SMCACHE_CONFIG", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"]
        empty = {variable: "" for variable in variables}
        self.configure("wait = 3s\n")
        self.assertEqual(self.config(env=empty), self.config())
        self.assertEqual(self.setting("wait", env=empty), (3, "file", f"{self.file}:1"))

    def test_last_flag_counts(self):
        self.assertEqual(self.setting("max-size", "--max-size=1K", "--max-size=2K"), (2048, "flag", "--max-size"))
        self.assertEqual(self.setting("dir", "--dir=/a", "--dir=/b"), ("/b", "flag", "--dir"))


class Folders(ConfigTest):
    def test_cache(self):
        default = f"{self.home}/.cache/smcache"
        for value, expected in ("/x", "/x/smcache"), ("x", default), ("./x", default), ("~/x", default), ("", default):
            self.assertEqual(self.setting("dir", env={"XDG_CACHE_HOME": value}), (expected, "default", None), value)

    def test_configuration(self):
        self.configure("wait = 1s\n")
        other = self.write("etc/smcache/smcache.conf", b"wait = 2s\n")
        for value, path, wait in ((str(self.folder / "etc"), other, 2), ("etc", self.file, 1), ("", self.file, 1),
                                  (str(self.folder / "gone"), None, 10)):
            found = self.config(env={"XDG_CONFIG_HOME": value}, cwd=self.folder)
            self.assertEqual((found["file"], found["settings"]["wait"]["value"]), (path and str(path), wait), value)

    def test_named_configuration(self):
        self.configure("wait = 1s\n")
        other = self.write("other", b"max-age = 1d\n")
        for name in str(other), "other", "./other":
            env = {"SMCACHE_CONFIG": name, "XDG_CONFIG_HOME": "/nowhere"}
            found = self.config(env=env, cwd=self.folder)
            self.assertEqual(found["file"], name)
            self.assertEqual(found["settings"]["max-age"], {"value": DAY_S, "origin": "file", "from": f"{name}:1"})
            self.assertEqual(found["settings"]["wait"]["origin"], "default")
        self.assertEqual(self.config(env={"SMCACHE_CONFIG": "/dev/null"})["file"], "/dev/null")

    def test_named_configuration_must_be_there(self):
        path = self.folder / "gone"
        self.refuse(f"{path}: cannot open what SMCACHE_CONFIG names: {os.strerror(errno.ENOENT)}", code=SYSTEM,
                    env={"SMCACHE_CONFIG": str(path)})

    def test_no_home(self):
        for home in None, "", "relative":
            env = {"HOME": home}
            found = self.config(env=env)
            self.assertIsNone(found["file"])
            self.assertEqual(found["settings"]["dir"], {"value": None, "origin": "default", "from": None})
            lines = self.succeed("config", env=self.given(env)).lines
            self.assertEqual(lines[:3], ["# configuration file: none, as there is no HOME", "store = on  (default)",
                                         "dir = none  (default)"])
            self.assertEqual(self.setting("dir", env=env | {"XDG_CACHE_HOME": "/x"}), ("/x/smcache", "default", None))
            self.assertEqual(self.setting("dir", env=env | {"SMCACHE_DIR": "/x"}), ("/x", "environment", "SMCACHE_DIR"))

    def test_relative_dir_of_a_flag_counts_from_the_working_folder(self):
        folder = os.path.realpath(self.folder)
        for value, expected in {"x": f"{folder}/x", "../x": f"{folder}/../x", "none": f"{folder}/none",
                                "/x": "/x"}.items():
            self.assertEqual(self.setting("dir", "--dir", value, cwd=self.folder), (expected, "flag", "--dir"))
        self.assertEqual(self.setting("dir", "--dir=x", cwd="/"), ("/x", "flag", "--dir"))

    def test_working_folder_that_is_gone(self):
        if RUNNER:
            self.skipTest("the shell of the wrapper has something to say about that, too")
        gone = self.folder / "gone"
        gone.mkdir()
        self.refuse(f"x: cannot find the working folder: {os.strerror(errno.ENOENT)}", "--dir=x", code=SYSTEM, cwd=gone,
                    preexec_fn=gone.rmdir)

    def test_file_in_the_way_of_a_folder(self):
        (self.folder / "home").write_bytes(b"")
        self.assertIsNone(self.config()["file"])

    def test_file_that_is_a_folder(self):
        self.file.mkdir(parents=True)
        self.refuse(f"{self.file}: cannot read: {os.strerror(errno.EISDIR)}", code=SYSTEM)

    def test_links_in_a_circle(self):
        self.file.parent.mkdir(parents=True)
        self.file.symlink_to(self.file)
        self.refuse(f"{self.file}: cannot open: {os.strerror(errno.ELOOP)}", code=SYSTEM)

    def test_file_that_may_not_be_read(self):
        self.configure("wait = 1s\n")
        self.file.chmod(0)
        result = self.run_as_other_user("config", env={"HOME": str(self.home)})
        self.assertEqual((result.code, result.message),
                         (SYSTEM, f"smcache: {self.file}: cannot open: {os.strerror(errno.EACCES)}\n"))

    def test_home_of_somebody_else(self):
        """What is in there cannot be known; a service often has the HOME of whoever started it."""
        self.configure("wait = 1s\n")
        self.home.chmod(0)
        self.addCleanup(self.home.chmod, 0o700)
        result = self.run_as_other_user("config", env={"HOME": str(self.home)})
        self.assertEqual((result.code, result.message), (DONE, ""))
        self.assertEqual(result.lines[0], f"# configuration file: {self.file}  ({os.strerror(errno.EACCES)})")
        self.assertIn("wait = 10s  (default)", result.lines)


class File(ConfigTest):
    def test_layout(self):
        for text in ("wait=3s", "wait = 3s\n", "  wait\t=\t3s  \n", "wait = 3s\r\n", "\ufeffwait = 3s\n",
                     "\n\n wait = 3s\n", "#wait = 4s\nwait = 3s", "  # x\n\twait = 3s\n#",
                     "\r\n#\r\nwait = 3s\r\n\r\n", "\ufeff# x\nwait=3s"):
            with self.subTest(text):
                self.configure(text)
                self.assertEqual(self.setting("wait")[:2], (3, "file"))

    def test_nothing(self):
        for text in "", "\n", "\r\n", "\ufeff", "#", "# wait", " \t ", "\n\n\n":
            self.configure(text)
            found = self.config()
            self.assertEqual(found["file"], str(self.file))
            self.assertEqual({setting["origin"] for setting in found["settings"].values()}, {"default"}, text)

    def test_all_settings(self):
        self.configure("".join(f"{key} = {VALUES[key][0][0]}\n" for key in KEYS))
        for i, key in enumerate(KEYS):
            self.assertEqual(self.setting(key), (VALUES[key][0][1], "file", f"{self.file}:{i + 1}"))

    def test_bad_lines(self):
        for text, line, reason in (
                ("wait", 1, "no '=' in 'wait'"), ("\n# x\n wait 3s \r\n", 3, "no '=' in 'wait 3s'"),
                ("\ufeff\ufeffwait=1s", 1, "there is no setting '\ufeffwait'"),
                ("[smcache]\n", 1, "no '=' in '[smcache]'"),
                ("=", 1, "there is no setting ''"), ("= 3s", 1, "there is no setting ''"),
                ("Wait = 3s", 1, "there is no setting 'Wait'"), ("max_size = 1G", 1, "there is no setting 'max_size'"),
                ("wait = 3s\nsize = 1\n", 2, "there is no setting 'size'"),
                ("waits = 3s", 1, "there is no setting 'waits'"), ("wai = 3s", 1, "there is no setting 'wai'"),
                ("SMCACHE_WAIT = 3s", 1, "there is no setting 'SMCACHE_WAIT'"),
                ("wait = 3s # x", 1, f"wait is {WANTED['wait']}, not '3s # x'"),
                ("wait = '3s'", 1, f"wait is {WANTED['wait']}, not ''3s''"),
                ("wait =", 1, f"wait is {WANTED['wait']}, not ''"), ("dir = \n", 1, f"dir is {WANTED['dir']}, not ''"),
                ("wait == 3s", 1, f"wait is {WANTED['wait']}, not '= 3s'"),
                ("wait = 3s\r\r\n", 1, f"wait is {WANTED['wait']}, not '3s\ufffd'"),
                ("wait = 3s\n\nwait = 3s\n", 3, "wait a second time, after line 1"),
                ("wait = 3s\0\n", 1, "a NUL byte"), ("# x\n#\0\n", 2, "a NUL byte"), ("\0", 1, "a NUL byte"),
                ("\n\nx\0wait = 3s", 3, "a NUL byte"), ("\0\r\n", 1, "a NUL byte")):
            with self.subTest(text):
                self.configure(text)
                self.refuse(f"{self.file}:{line}: {reason}")

    def test_first_error_is_said(self):
        self.configure("wait = 3s\nx\ny\n")
        self.refuse(f"{self.file}:2: no '=' in 'x'", env={"SMCACHE_WAIT": "x"})

    def test_bad_values(self):
        for key, values in BAD.items():
            for value in values:
                with self.subTest(key=key, value=value):
                    self.configure(f"\n{key} = {value}\n")
                    self.refuse(f"{self.file}:2: {key} is {WANTED[key]}, not '{value}'")

    def test_size_limit(self):
        text = b"wait = 3s\n".rjust(MIB, b"\n")
        self.configure(text)
        self.assertEqual(self.setting("wait"), (3, "file", f"{self.file}:{MIB - 9}"))
        self.configure(text + b"\n")
        self.refuse(f"{self.file}: larger than the limit of 1048576 bytes for a configuration")
        self.refuse("/dev/zero: larger than the limit of 1048576 bytes for a configuration",
                    env={"SMCACHE_CONFIG": "/dev/zero"})

    def test_long_line(self):
        self.configure("dir = /" + "x" * 500_000)
        self.assertEqual(len(self.setting("dir")[0]), 500_001)
        self.configure("x" * 500_000)
        self.assertEqual(self.fail_with(USAGE, "config", env=self.env).out, b"")

    def test_help_needs_no_good_configuration(self):
        self.configure("x\n")
        self.assertTrue(self.succeed("config", "--help", env=self.env).text.startswith("usage: "))


class Environment(ConfigTest):
    def test_bad_values(self):
        for key, values in BAD.items():
            for value in values:
                with self.subTest(key=key, value=value):
                    self.refuse(f"{VARIABLES[key]}: {key} is {WANTED[key]}, not '{value}'", env={VARIABLES[key]: value})


class Flags(ConfigTest):
    def test_bad_values(self):
        for key in "max-size", "max-age":
            for value in ["", *BAD[key]]:
                with self.subTest(key=key, value=value):
                    self.refuse_flag(key, value)
        self.refuse_flag("dir", "")

    def test_bad_flag_is_said_before_a_bad_file(self):
        self.configure("x\n")
        self.refuse_flag("max-size", "x")

    def test_arguments(self):
        self.assertIn("'x'", self.fail_with(USAGE, "config", "x", env=self.env).message)


class Units(ConfigTest):
    def test_sizes(self):
        for text, nbytes in SIZES.items():
            self.assertEqual(self.setting("max-size", "--max-size", text)[0], nbytes, text)

    def test_bad_sizes(self):
        for text in BAD_SIZES:
            with self.subTest(text):
                self.refuse_flag("max-size", text)

    def test_printed_sizes(self):
        for text, expected in PRINTED.items():
            self.assertEqual(self.text("--max-size", text)["max-size"], f"{expected}  (flag: --max-size)", text)
            self.assertEqual(self.text("--max-size", expected)["max-size"], f"{expected}  (flag: --max-size)")
        self.assertEqual(self.text("--max-size", str(SIZE_MAX))["max-size"], "8388608.0 TiB  (flag: --max-size)")

    def test_times(self):
        for text, seconds in TIMES.items():
            self.assertEqual(self.setting("wait", env={"SMCACHE_WAIT": text})[0], seconds, text)

    def test_whole_seconds(self):
        """Of ages, which the store counts in those."""
        for key in "max-age", "negative-age":
            for text, seconds in TIMES.items():
                env = {VARIABLES[key]: text}
                if isinstance(seconds, int):
                    self.assertEqual(self.setting(key, env=env)[0], seconds, text)
                else:
                    self.refuse(f"{VARIABLES[key]}: {key} is {WANTED[key]}, not '{text}'", env=env)

    def test_bad_times(self):
        for text in BAD_TIMES:
            with self.subTest(text):
                self.refuse_flag("max-age", text)
                if text:
                    self.refuse(f"SMCACHE_WAIT: wait is {WANTED['wait']}, not '{text}'", env={"SMCACHE_WAIT": text})

    def test_printed_times(self):
        for text, expected in PRINTED_TIMES.items():
            for again in text, expected:
                self.assertEqual(self.text(env={"SMCACHE_WAIT": again})["wait"],
                                 f"{expected}  (environment: SMCACHE_WAIT)")


class Output(ConfigTest):
    def test_text(self):
        self.configure("# mine\n\nmax-age = 30d\nstore = off\n")
        result = self.succeed("config", "--dir=/x", env=self.given({"SMCACHE_WAIT": "1500ms"}))
        self.assertEqual(result.lines, [
            f"# configuration file: {self.file}", f"store = off  ({self.file}:4)", "dir = /x  (flag: --dir)",
            "max-size = 5.0 GiB  (default)", f"max-age = 30d  ({self.file}:3)", "negative-age = 10m  (default)",
            "wait = 1500ms  (environment: SMCACHE_WAIT)"])

    def test_text_without_a_file(self):
        self.assertEqual(self.succeed("config", env=self.env).lines[0],
                         f"# configuration file: {self.file}  ({os.strerror(errno.ENOENT)})")

    def test_json_byte_for_byte(self):
        self.configure("max-age = 30d\n")
        result = self.succeed("config", "--json", "--no-store", "--dir=/x",
                              env=self.given({"SMCACHE_WAIT": "1050ms", "SMCACHE_MAX_SIZE": "none"}))
        self.assertEqual(result.text, (
            f'{{"file":"{self.file}","settings":{{"store":{{"value":false,"origin":"flag","from":"--no-store"}},'
            f'"dir":{{"value":"/x","origin":"flag","from":"--dir"}},'
            f'"max-size":{{"value":null,"origin":"environment","from":"SMCACHE_MAX_SIZE"}},'
            f'"max-age":{{"value":2592000,"origin":"file","from":"{self.file}:1"}},'
            f'"negative-age":{{"value":600,"origin":"default","from":null}},'
            f'"wait":{{"value":1.050,"origin":"environment","from":"SMCACHE_WAIT"}}}}}}\n'))

    HOSTILE = "/a\x1b[31mred\x07\n\r\x7f\u0080\u009b1m\u202e\u2066z"

    def test_paths_do_not_drive_the_terminal(self):
        config = self.write("c\x1b]0;x\x07\n\u009b.conf", b"max-age = 1d\n")
        shown_config = shown(str(config))
        env = {"SMCACHE_DIR": self.HOSTILE, "SMCACHE_CONFIG": str(config)}
        lines = self.succeed("config", env=self.given(env)).lines
        self.assertEqual(lines[0], f"# configuration file: {shown_config}")
        self.assertEqual(lines[2], f"dir = {shown(self.HOSTILE)}  (environment: SMCACHE_DIR)")
        self.assertEqual(lines[4], f"max-age = 1d  ({shown_config}:1)")
        self.assertEqual(len(lines), 1 + len(KEYS))
        self.assertEqual(self.setting("dir", env=env)[0], self.HOSTILE)
        self.assertEqual(self.config(env=env)["file"], str(config))
        config.write_bytes(b"\x1b[1m\n")
        self.refuse(f"{shown_config}:1: no '=' in '\ufffd[1m'", env=env)
        self.refuse("SMCACHE_DIR: dir is an absolute path, not '\ufffd'", env={"SMCACHE_DIR": "\x1b"})

    def test_path_that_is_not_utf_8(self):
        self.assertEqual(self.setting("dir", env={"SMCACHE_DIR": os.fsdecode(b"/a\xff")})[0], "/a\ufffd")


if __name__ == "__main__":
    main()
