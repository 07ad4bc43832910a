"""What the fuzzer starts from: for each target its seeds and its words, as bytes."""

import re
from pathlib import Path

import seeds_cache
import seeds_files
import seeds_maps

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ["javascript", "typescript", "tsx"]
WORD = re.compile(rb"[A-Za-z_$]+|=>|\.\.\.|\?\.|\?\?=?|\+\+|--|<!--|-->|</|/>|\$\{|[!-/:-@\[-`{-~]")


def unmark(line):
    """The text of a line of tests/unit/snippets."""
    text = line.rsplit(" ⇒", 1)[0]
    for mark, meaning in {"«": "", "»": "", "⏎": "\n", "␍": "\r", "␤": "\u2028"}.items():
        text = text.replace(mark, meaning)
    return re.sub("⟨([0-9a-f]+)⟩", lambda match: chr(int(match[1], 16)), text)


def snippets():
    """(language, text) of each line of tests/unit/snippets."""
    for path in sorted((ROOT / "tests/unit/snippets").glob("*.txt")):
        first, *lines = path.read_text(encoding="utf-8").split("\n")
        for line in lines:
            if line and not line.startswith("# "):
                yield first.removeprefix("language "), unmark(line)


def of_javascript():
    seeds = [bytes([LANGUAGES.index(language)]) + text.encode() for language, text in snippets()]
    words = {word for seed in seeds for word in WORD.findall(seed[1:])}
    return seeds, sorted(word for word in words if len(word) > 1)


# A document of each format that has frames: positions in it are those of fuzz_rewrite_json.c.
CALL = '{"functionName":"f","scriptId":"1","url":"a.js","lineNumber":0,"columnNumber":10}'
LATER = CALL.replace('"lineNumber":0', '"lineNumber":1')
FRAME = '{"function":"f","filename":"a.js","abs_path":"a.js","module":"a","lineno":1,"colno":11,"in_app":true}'
DOCUMENTS = [
    '{"nodes":[{"id":1,"callFrame":%s,"hitCount":1,"children":[2],"positionTicks":[{"line":1,"ticks":2}]}],'
    '"samples":[1],"timeDeltas":[5]}' % CALL,
    '{"head":{"callFrame":%s,"selfSize":9,"children":[{"callFrame":%s,"children":[]}]}}' % (CALL, CALL),
    '{"traceEvents":[{"args":{"data":%s},"pid":1,"id":"0x1"},{"args":{"beginData":{"stackTrace":[%s]}}},{"args":{"data":'
    '{"cpuProfile":{"nodes":[{"id":1,"parent":2,"callFrame":%s}],"samples":[1]},"timeDeltas":[1]}}}]}'
    % (LATER, LATER, CALL),
    '{"debug_meta":{"images":[{"type":"sourcemap","code_file":"a.js","debug_id":"00000000-0000-4000-8000-000000000000"}'
    ']},"exception":{"values":[{"stacktrace":{"frames":[%s, %s]}}]}}' % (FRAME, FRAME.replace("11", "21")),
    '{"event_id":"x"}\n{"type":"attachment","length":3}\n]\xff}\n{"type":"event"}\n{"stacktrace":{"frames":[%s]}}' % FRAME,
    '{"profile":{"frames":[%s],"stacks":[[0]],"samples":[{"stack_id":0}]}}' % FRAME,
    '{"shared":{"frames":[{"name":"f","file":"a.js","line":1,"col":11}]},"profiles":[{"samples":[[0]],"weights":[1]},'
    '{"events":[{"type":"O","frame":0,"at":1},{"type":"C","frame":0,"at":2.5}]}]}',
    '{"javascriptStack":{"stack":["at f (a.js:1:11)","at a.js:1:21"]}}',
    '{"callstack":[{"CJSModuleOffset":0,"SegmentID":0,"FunctionID":1,"ByteCodeOffset":3,"SourceURL":"a.js",'
    '"NativeCode":false}]}',
    '{"samples":[{"sf":1,"weight":"1"}],"stackFrames":{"1":{"name":"f(a.js:1:11)","line":"1","column":"11",'
    '"funcLine":"1","funcColumn":"1","parent":2},"2":{"name":"g","funcVirtAddr":"10","offset":"2"}}}',
]


def of_rewrite_json():
    seeds = [bytes([how, 128]) + text.encode("latin-1") for text in DOCUMENTS for how in (0, 1, 2, 10)]
    words = {word for seed in seeds for word in re.findall(rb'"\w+":?|\{"|"\}|\]\}', seed[2:])}
    return seeds, sorted(words)


# Stacks whose frames have a map in fuzz_stack.c, in any form, and what is around them.
STACKS = [
    "Error: x\n    at f (a.js:1:11)\n    at async g [as h] (a.js:1:21)\n    at a.js:1:1\n    at Array.map (native)\n",
    "f@a.js:1:11\r\nasync*g@a.js:1:21\r\n@a.js:1:1\r\nmap@[native code]\r\nglobal code@a.js:1:1\r\n",
    '{"stack":"Error\\n    at new f (a.js:1:11)\\n\\tat g (a.js:1:21)\\r\\n at a.js:2:1","at":"10:20:30"}\n',
    '{\\"stack\\":\\"Error\\\\n    at f (a.js:1:11)\\\\n    at g (a.js:1:21)\\"}',
    "at e (eval at d (eval at f (a.js:1:11), <anonymous>:1:2), a.js:1:21)\n"
    "  at eval (eval at g (a.js:1:11), <anonymous>:1:1)",
    "f@a.js line 1 > eval:1:1\nat f (address at a.js:1:10)\nat async Promise.all (index 0)\nat <anonymous>\n"
    "at apply (native)",
    "12:00:00 ERR     at f (a.js:1:21)\n12:00:00 look at f (a.js:1:11), at g (a.js:1:21) and (f@a.js:1:11)\n",
    "    at f (C:\\\\new\\\\a b.js:1:11)\n    at C:\\\\x\\\\a.js:1:2\n  at f (/a b/(c)/a.js:1:1)\n"
    "mail@a.js at 10:20:30 (1:2:3)",
]


def of_stack():
    seeds = [bytes([how, 128]) + text.encode("latin-1") for text in STACKS for how in (0, 1, 2, 9, 21, 128)]
    recorded = sorted((ROOT / "tests/traces/recorded").glob("*.txt"))
    seeds += [b"\0\x80" + path.read_bytes()[:2000] for path in recorded if "expected" not in path.name]
    words = {word for seed in seeds for word in re.findall(rb"[a-z<>]+ |[(\[]\w+ |:\d+:\d+\)?|\\+[nrt\"]", seed[2:])}
    return seeds, sorted(words)


SEEDS = {
    "build": seeds_maps.of_build,
    "cache": seeds_cache.of_cache,
    "config": seeds_files.of_config,
    "data_url": seeds_files.of_data_url,
    "find": seeds_files.of_find,
    "functions": seeds_maps.of_functions,
    "inflate": seeds_files.of_inflate,
    "javascript": of_javascript,
    "json": seeds_maps.of_json,
    "mappings": seeds_maps.of_mappings,
    "match": seeds_files.of_match,
    "rewrite_json": of_rewrite_json,
    "scopes": seeds_maps.of_scopes,
    "stack": of_stack,
    "store": seeds_files.of_store,
    "url": seeds_files.of_url,
}
