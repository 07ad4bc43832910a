"""What is in a folder, and putting it back."""

import os
import re
import shutil
import stat
from pathlib import Path


def snapshot(folder):
    """Path below the folder -> (kind, mode, time of change in ns, bytes or target)."""
    found = {}

    def visit(path, prefix):
        with os.scandir(path) as entries:
            for entry in entries:
                name, st = prefix + entry.name, entry.stat(follow_symlinks=False)
                mode = stat.S_IMODE(st.st_mode)
                if entry.is_symlink():
                    found[name] = ("link", 0, 0, os.readlink(entry.path))
                elif entry.is_dir():
                    found[name] = ("folder", mode, 0, b"")
                    visit(entry.path, name + "/")
                elif entry.is_file():
                    found[name] = ("file", mode, st.st_mtime_ns, Path(entry.path).read_bytes())
                else:
                    found[name] = ("other", mode, 0, b"")

    visit(folder, "")
    return found


def restore(folder, wanted, now):
    """Makes the folder, in which there is `now`, what it was."""
    for name in sorted(now, reverse=True):
        kind = wanted.get(name, ("none",))[0]
        if kind != now[name][0]:
            path = os.path.join(folder, name)
            shutil.rmtree(path) if now[name][0] == "folder" else os.unlink(path)
    for name in sorted(wanted):
        entry = wanted[name]
        if now.get(name) == entry:
            continue
        kind, mode, time_ns, data = entry
        path = os.path.join(folder, name)
        if kind == "folder":
            os.makedirs(path, exist_ok=True)
        elif kind == "link":
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink(data, path)
        elif kind == "file":
            if not os.path.exists(path) or Path(path).read_bytes() != data:
                Path(path).write_bytes(data)
            os.utime(path, ns=(time_ns, time_ns))
        if kind in ("file", "folder"):
            os.chmod(path, mode)


STORED = re.compile(r"^(.*/v1/)[0-9a-f]{2}/[0-9a-f]+\.(smcache|key)$")


def kind_of_stored(name):
    """Of a file of a store what it is, whatever its name; else its name."""
    return STORED.sub(r"\1*.\2", name)
