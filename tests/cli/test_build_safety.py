#!/usr/bin/env python3
"""smcache build among files of others: links, leftovers, permissions, what is named twice."""

import json
import os
import stat
import sys
import unittest

sys.dont_write_bytecode = True

from support import DONE, CliTest, inline, main, map_from, run, script


class Links(CliTest):
    def test_a_link_in_the_tree_is_replaced(self):
        """It might lead anywhere; what it leads to stays."""
        victim = self.write("victim.txt", b"mine")
        self.write("dist/app.js.map", map_from("a"))
        link = self.folder / "dist" / "app.js.smcache"
        link.symlink_to(victim)
        self.succeed("build", self.folder / "dist", "--quiet")
        self.assertEqual(victim.read_bytes(), b"mine")
        self.assertFalse(link.is_symlink())
        self.succeed("verify", link)

    def test_a_link_that_is_asked_for_is_followed(self):
        target = self.write("target.smcache", b"old")
        link = self.folder / "link"
        link.symlink_to(target)
        self.succeed("build", self.write_map(map_from("a")), "-o", link)
        self.assertTrue(link.is_symlink())
        self.succeed("verify", target)


class Leftovers(CliTest):
    def test_only_what_is_ours_is_swept(self):
        self.write("dist/a.js.map", map_from("a"))
        kept = [self.write(f"dist/{name}", b"mine") for name in
                (".smcache.config", ".smcache-tmp-longer1", ".smcache-tmp-x", "smcache-tmp-abcdef", ".smcache-tmp.abcdef")]
        left = self.write("dist/.smcache-tmp-abc123", b"of a build that was killed")
        folder = self.folder / "dist" / ".smcache-tmp-folder"
        folder.mkdir()
        self.succeed("build", self.folder / "dist", "--quiet")
        self.assertFalse(left.exists())
        self.assertTrue(all(path.exists() for path in [*kept, folder]))


class Permissions(CliTest):
    def mode(self, path):
        return stat.S_IMODE(path.stat().st_mode)

    def build_with_umask(self, umask, *arguments):
        return run("build", *arguments, preexec_fn=lambda: os.umask(umask))

    def test_folders_do_not_get_more_than_umask_leaves(self):
        for i in range(200):
            self.write(f"dist/d{i}/a.js.map", map_from(str(i)))
        self.assertEqual(self.build_with_umask(0o077, self.folder / "dist", "-o", self.folder / "out", "-j64").code, DONE)
        made = [path for path in (self.folder / "out").rglob("*")]
        self.assertEqual(len(made), 400)
        self.assertEqual({self.mode(path) & 0o077 for path in made}, {0})

    @unittest.skipIf(os.geteuid() != 0, "only root may give a file to another group")
    def test_members_of_another_group_may_what_others_may(self):
        source = self.write_map(map_from("a"))
        output = self.folder / "in.js.smcache"
        for mode, wanted in (0o640, 0o600), (0o644, 0o644), (0o660, 0o600):
            source.chmod(mode)
            os.chown(source, -1, 1)
            self.assertEqual(self.build_with_umask(0o002, source).code, DONE)
            self.assertEqual(self.mode(output), wanted)
            output.unlink()
        os.chown(source, -1, os.getegid())
        source.chmod(0o640)
        self.build_with_umask(0o002, source)
        self.assertEqual(self.mode(output), 0o640)

    def test_a_chain_is_for_who_may_read_all_its_maps(self):
        outer = self.write_map(map_from("b.js"), "a.js.map")
        self.write("b.js", script("b.js.map"))
        self.write("b.js.map", map_from("c.ts")).chmod(0o600)
        self.build_with_umask(0, "--chain", outer)
        self.assertEqual(self.mode(self.folder / "a.js.smcache"), 0o600)


class Arguments(CliTest):
    def test_what_is_given_twice_is_built_once(self):
        self.write("d/a.js", script("a.js.map"))
        self.write("d/a.js.map", map_from("a"))
        for arguments in ["d", "d/a.js"], ["d", "d"], ["d/a.js", "d/a.js"]:
            rows = self.succeed("build", *arguments, "--json", "--quiet", cwd=self.folder).lines
            self.assertEqual([json.loads(row)["output"] for row in rows], ["d/a.js.smcache"])

    def test_a_map_named_like_stdin(self):
        self.write("m.js", script("-"))
        self.write("-", map_from("a"))
        rows = self.succeed("lookup", "m.js", "1:1", cwd=self.folder, stdin=b"not a map").lines
        self.assertEqual(rows, ["a:1:1"])

    def test_notes_are_in_the_report(self):
        self.write("a.js", script("gone.map"))
        self.write("a.js.map", map_from("a"))
        (row,) = self.succeed("build", "a.js", "--json", "--quiet", cwd=self.folder).lines
        row = json.loads(row)
        self.assertEqual(row["n_warnings"], 1)
        self.assertEqual(row["warnings"], [{
            "map": None, "key": None, "offset": None, "recovery": None,
            "reason": "its sourceMappingURL gone.map leads to no file: the map beside it is used"}])

    def test_inline_map_of_a_script_named_like_an_option(self):
        self.write("-x.js", script(inline(map_from("a"))))
        self.succeed("build", "--", "-x.js", cwd=self.folder)
        self.assertTrue((self.folder / "-x.js.smcache").exists())


if __name__ == "__main__":
    main()
