"""Stacks to measure with: events and logs whose frames are tokens of the maps, the same in every run.

Frames are what minified code prints: names of a letter or two, lines and columns from 1. Each stands on a token that
has a source with a content.
"""

import json
import random
import subprocess
from dataclasses import dataclass

SEED = 42
HOST = "https://shop.example.com/static/js/"
N_FRAMES = 100  # of an event
N_DISTINCT = 24  # of an event that repeats itself, as recursion does
N_KEPT = 1000  # tokens of a map that frames of logs are of
TRACE_FRAMES, TRACE_EVERY = 10, 100  # lines of a log


@dataclass(frozen=True)
class Frame:
    url: str
    function: str  # as the engine says it; "" for none
    line: int  # 0-based, as is the column
    column: int

    @property
    def place(self):
        return f"{self.url}:{self.line + 1}:{self.column + 1}"


class Tokens:
    """Of a compiled file: some from anywhere, and one of each source."""

    def __init__(self, program, url, file):
        self.url, chosen = url, random.Random(f"{SEED} {url}")
        whole = {fields[0] for fields in read_table(program, "dump", file, "--sources")
                 if int(fields[2] or 0) > 0 and fields[1]}
        self.of_source, self.anywhere = {}, []
        seen, n = {}, 0
        for fields in read_table(program, "dump", file):
            source = fields[2]
            if source not in whole:
                continue
            # Each token has the same chance, however many there will be (reservoir sampling).
            seen[source] = seen.get(source, 0) + 1
            if chosen.random() * seen[source] < 1:
                self.of_source[source] = (int(fields[0]), int(fields[1]))
            n += 1
            if len(self.anywhere) < N_KEPT:
                self.anywhere.append((int(fields[0]), int(fields[1])))
            elif (i := int(chosen.random() * n)) < N_KEPT:
                self.anywhere[i] = (int(fields[0]), int(fields[1]))


def read_table(program, *arguments):
    with subprocess.Popen([program, *arguments], stdout=subprocess.PIPE) as process:
        for line in process.stdout:  # names may have any character; what is wanted of them are numbers
            yield line[:-1].split(b"\t")
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, process.args)


def minified_name(chosen):
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    kind = chosen.random()
    if kind < 0.2:
        return ""
    name = chosen.choice(letters) + (chosen.choice(letters) if chosen.random() < 0.5 else "")
    return f"{chosen.choice(letters)}.{name}" if kind < 0.5 else name


def make_frames(maps, n, chosen):
    """n frames, of each map the same number, each in a source of its own as far as there are so many."""
    frames = []
    for i, tokens in enumerate(maps):
        share = (n * (i + 1)) // len(maps) - (n * i) // len(maps)
        places = list(tokens.of_source.values())
        picked = (chosen.sample(places, min(share, len(places))) +
                  chosen.choices(tokens.anywhere, k=max(0, share - len(places))))
        frames += [Frame(tokens.url, minified_name(chosen), *place) for place in picked]
    chosen.shuffle(frames)
    return frames


def repeat_frames(frames, n, chosen):
    """n frames, which are these in any order, each at least once."""
    out = frames + chosen.choices(frames, k=n - len(frames))
    chosen.shuffle(out)
    return out


# ---- events ----

def debug_id(url):
    digits = f"{random.Random(url).getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def make_event(frames):
    """An event as Sentry's SDK for browsers sends it."""
    stack = []
    for frame in frames:
        stack.append({"filename": frame.url, "abs_path": frame.url, "function": frame.function or "?", "in_app": True,
                      "lineno": frame.line + 1, "colno": frame.column + 1})
    error = {"type": "TypeError", "value": "Cannot read properties of undefined (reading 'id')",
             "mechanism": {"type": "onerror", "handled": False}, "stacktrace": {"frames": stack}}
    crumbs = [{"timestamp": 1773480400.5 + i / 8, "category": "fetch", "type": "http", "level": "info",
               "data": {"method": "GET", "url": f"/api/v2/orders?page={i}", "status_code": 200}} for i in range(30)]
    return {
        "event_id": "4c79f60c11214eb38604f4ae0781bfb2", "platform": "javascript", "level": "error",
        "timestamp": 1773480413.589, "environment": "production", "release": "shop@4.2.1", "dist": "1",
        "sdk": {"name": "sentry.javascript.browser", "version": "10.0.0"},
        "request": {"url": "https://shop.example.com/orders/83121", "headers": {"User-Agent": "Mozilla/5.0"}},
        "user": {"id": "8f3a91c2"}, "tags": {"tenant": "north", "flag.checkout": "b"}, "breadcrumbs": crumbs,
        "contexts": {"browser": {"name": "Chrome", "version": "141.0"}, "os": {"name": "Linux"}},
        "exception": {"values": [error]},
        "debug_meta": {"images": [{"type": "sourcemap", "code_file": url, "debug_id": debug_id(url)}
                                  for url in sorted({frame.url for frame in frames})]}}


def write_events(maps, folder):
    """{key: path}"""
    chosen = random.Random(SEED)
    stacks = {"sources": make_frames(maps, N_FRAMES, chosen),
              "repeats": repeat_frames(make_frames(maps, N_DISTINCT, chosen), N_FRAMES, chosen)}
    paths = {}
    for key, frames in stacks.items():
        paths[key] = folder / f"{key}.event.json"
        paths[key].write_text(json.dumps(make_event(frames), separators=(",", ":")), encoding="utf-8")
    return paths


# ---- logs ----

def ordinary_line(chosen, i):
    """Nothing of the form 12:34 in it: tools that take any such for a position are to do well, too."""
    return (f"{1773480413 + i // 50}.{i % 50 * 20:03d} {chosen.choice(('INFO', 'INFO', 'DEBUG', 'WARN'))} "
            f"[http] GET /api/v2/orders/{chosen.randrange(10**6)}?page={chosen.randrange(100)} "
            f"{chosen.choice((200, 200, 204, 304, 404))} {chosen.randrange(10**4) / 10} ms "
            f"user={chosen.getrandbits(32):08x} request={chosen.getrandbits(64):016x}\n")


def tempting_line(chosen, i):
    """What a search for "at " and for numbers with colons finds, none of it a frame."""
    time = f"{9 + i // 360000 % 12:02d}:{i // 6000 % 60:02d}:{i // 100 % 60:02d}.{i % 100:02d}0"
    port = chosen.randrange(1024, 65536)
    return chosen.choice((
        f"{time} worker {chosen.randrange(64)}: started at {time}, to end at {port % 24}:{port % 60:02d}\n",
        f"{time} cat and dog sat at 10.0.{port % 256}.{chosen.randrange(256)}:{port} (at least {port % 9}:1)\n",
        f"    at {time} the lease of host-{port}:{port}:{port % 7} ran out\n",
        f"{time} GET http://10.0.0.{port % 256}:{port}/orders at rate 3:2:1, user@host:{port}\n"))


def trace_lines(chosen, frames):
    yield "1773480413.589 ERROR [http] TypeError: Cannot read properties of undefined (reading 'id')\n"
    for frame in frames:
        is_async = "async " if chosen.random() < 0.1 else ""
        yield (f"    at {is_async}{frame.function} ({frame.place})\n" if frame.function
               else f"    at {is_async}{frame.place}\n")


def write_log(path, nbytes, tokens=None, line=ordinary_line):
    """About so many bytes; with tokens, of each hundred lines ten are frames. Blocks of lines repeat, but for their
    order: making them all would take longer than measuring them."""
    chosen = random.Random(SEED)
    blocks = []
    for i in range(200):
        lines = [line(chosen, i * TRACE_EVERY + k) for k in range(TRACE_EVERY)]
        if tokens:
            at = chosen.randrange(TRACE_EVERY - TRACE_FRAMES - 1)
            frames = [Frame(tokens.url, minified_name(chosen), *place)
                      for place in chosen.choices(tokens.anywhere, k=TRACE_FRAMES)]
            lines[at:at + TRACE_FRAMES + 1] = trace_lines(chosen, frames)
        blocks.append("".join(lines).encode())
    with open(path, "wb") as to:
        while nbytes > 0:
            nbytes -= to.write(chosen.choice(blocks))
    return path


def write_trace(path, tokens):
    """One trace, and nothing else."""
    chosen = random.Random(SEED)
    frames = [Frame(tokens.url, minified_name(chosen), *place)
              for place in chosen.choices(tokens.anywhere, k=TRACE_FRAMES)]
    path.write_text("".join(trace_lines(chosen, frames)).partition(" [http] ")[2], encoding="utf-8")
    return path
