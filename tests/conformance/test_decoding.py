#!/usr/bin/env python3
"""The decoding tests of the tc39 suite: each map against its golden, the decoded source map record.

What the goldens say of scopes is compared by tests/unit/test_scopes_golden.c.
"""

import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import TC39, ConformanceTest
from support import main

FOLDERS = "decoding", "decoding-unmerged"
OF_SCOPES = {"scope", "ranges"}

# Two maps and a golden have commas before a closing brace, so they are no JSON.
TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def without_scopes(record):
    return {key: value for key, value in record.items() if key not in OF_SCOPES}


class DecodingTests(ConformanceTest):
    def record(self, compiled):
        """As the goldens have it; the debug ID only if there is one."""
        info = self.info(compiled)
        self.assertEqual(compiled.cache.file, info["file"])
        record = {
            "file": info["file"],
            "sources": [{"url": name, "content": content, "ignored": is_ignored}
                        for name, content, is_ignored in compiled.sources],
            "mappings": compiled.tokens,  # no golden has one yet
        }
        by_reader = compiled.cache.debug_id
        self.assertEqual(by_reader.hex() if by_reader else None, info["debug_id"] and info["debug_id"].replace("-", ""))
        return record | ({"debugId": info["debug_id"]} if info["debug_id"] else {})

    def check(self, path, is_marked):
        """is_marked: the map has an optional error."""
        text = path.read_text(encoding="utf-8")
        golden = Path(f"{path}.golden").read_text(encoding="utf-8")
        golden = json.loads(TRAILING_COMMA.sub("", golden))
        golden = without_scopes(golden) | {"sources": [without_scopes(source) for source in golden["sources"]]}
        if not is_json(text):
            for mode in "--lenient", "--strict":
                issue = self.refuse(path, mode)
                self.assertEqual((issue.key, issue.at[0], issue.reason), (None, "}", "key expected"))
            path = self.write(path.name, TRAILING_COMMA.sub("", text).encode())
        if is_marked:
            self.refuse(path, "--strict")
            self.assertNotEqual(self.accept(path).warnings, [])
        else:
            self.assertEqual(self.record(self.accept_in_silence(path, "--strict")), golden)
            self.accept_in_silence(path)
        self.assertEqual(self.record(self.accept(path)), golden)

    def test_goldens(self):
        paths = [path for folder in FOLDERS for path in sorted((TC39 / folder).rglob("*.map"))]
        n_by_folder = {folder: sum(folder in path.parts for path in paths) for folder in FOLDERS}
        self.assertGreaterEqual(n_by_folder["decoding"], 8)
        self.assertGreaterEqual(n_by_folder["decoding-unmerged"], 4)
        for path in paths:
            with self.subTest(path.relative_to(TC39).as_posix()):
                self.check(path, Path(f"{path}.error").exists())


if __name__ == "__main__":
    main()
