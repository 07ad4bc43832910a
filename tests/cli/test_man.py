"""The pages of the manual: they can be read, and name the options that --help does."""

import re
import shutil
import subprocess
import unittest

from support import ROOT, CliTest, run

PAGES = sorted((ROOT / "tools" / "man").glob("*.scd"))


class Manual(CliTest):
    def test_pages_render_without_a_warning(self):
        for tool in "scdoc", "groff":
            if shutil.which(tool) is None:
                self.skipTest(f"{tool} is not here")
        self.assertTrue(PAGES)
        for page in PAGES:
            with self.subTest(page=page.name):
                roff = subprocess.run(["scdoc"], input=page.read_bytes(), capture_output=True, check=True).stdout
                done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=roff, capture_output=True)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_options_are_those_of_help(self):
        for page in PAGES:
            with self.subTest(page=page.name):
                command = page.name.split(".")[0].removeprefix("smcache-")
                described = re.findall(r"^\*.*?(?=\n\t)", page.read_text(encoding="utf-8"), re.MULTILINE)
                options = {option for line in described for option in re.findall(r"\*(--?[a-zA-Z][a-z-]*)\*", line)}
                listed = re.findall(r"^  +(-.*?)(?:  |$)", run(command, "--help").text, re.MULTILINE)
                helped = {option for line in listed for option in re.findall(r"--?[a-zA-Z][a-z-]*", line)}
                self.assertEqual(options, helped)


if __name__ == "__main__":
    unittest.main()
