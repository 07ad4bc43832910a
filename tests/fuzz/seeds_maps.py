"""Seeds and words of the targets that read JSON and maps."""

import json
import re

# What the grammar of JSON has, and what it has not.
TEXTS = [
    b'{"a":1,"a":[true,false,null],"\\u0061":{"":-0.5e+10}}',
    b'[1e400,-1E-400,0,-0,12345678901234567890,1099511627777]',
    b'"\\ud83d\\ude00 \\ud83d \\ude00\\ud83d\\u0000 \\b\\f\\n\\r\\t\\/\\\\\\""',
    b'"\xed\xa0\x80\xc0\x80\xf0\x9f\x98\x80\xf5\xff\xe2\x82"',
    b"\xef\xbb\xbf [ ]\t\r\n", b")]}'\n{}", b")]}' [1]\r[2]", b"[" * 70 + b"]" * 70, b'{"a":' * 66 + b"1" + b"}" * 66,
    b"[01]", b"[1.]", b"[.5]", b"[1e]", b"[+1]", b"[--1]", b"[1,]", b"{,}", b'{"a" 1}', b"[tru]", b"nul", b'"\\x"',
    b'"\\u00g0"', b'"\t"',
    b'["' + b"long " * 120 + b'",{"' + b"key" * 200 + b'":"' + b"\\n" * 300 + b'"}]',
    b'"' + b"text that is longer than a vector \\\\ \\\" \\r\\t " * 4 + b'"', b'[1 2]', b'[] []', b'{"a":1}}', b'"a',
    b'', b'\x00', b'[\x00]',
]
JSON_WORD = re.compile(rb'\\\\u[0-9a-f]{4}|\\\\.|[\[\]{},:"]{1,3}|[a-z]+|[-+0-9.eE]+')


def of_json():
    seeds = [bytes([how]) + text for text in TEXTS for how in (0, 1, 200)]
    words = {word for text in TEXTS for word in JSON_WORD.findall(text)} | {b"\xef\xbb\xbf", b")]}'"}
    return seeds, sorted(words)


# Texts of `mappings`: short ones for its grammar, long ones for the vectors.
MAPPINGS = [
    "", ";", "A", "AAAA", "AAAAA", "AAAAA,C,CCCC,CCCCC,C,CAAAA", "GCEGA;I,KCSG;;CADDC", "AAA", "A,", ",A", "A A",
    "AAAAAA", "ggggggE", "hgggggE", "hgggggggggA", "C,D,D,AAAA", "AADA", "AA+/////DA,CAIA,CAB",
    "+/////D,+/////D,C", "+/////D,C,C", "AAAA,CEAA,CDAA,CAAAg",
    "UAAU,JAAJ,DAAC;;;SAAS,TAAT", "AAAAA,IAAMA,EAAI,SAAUC,EAAGC,GAC1B,OAAOD,EAAEC,EACX,CAAC;" * 8,
    "gzBAA0gC,qvDC1ojBDoE;" * 20, "CAAC," * 200 + "C", "AACA;" * 200, "E,CACE,CADC,C;" * 30,
]


def of_mappings():
    seeds = [bytes([how, n_sources, n_names, 0]) + text.encode()
             for text in MAPPINGS for how, n_sources, n_names in ((0, 9, 40), (2, 3, 3), (0, 0, 0))]
    seeds += [bytes([1, 9, 40, seed]) + bytes((37 * i * i + seed * i) % 251 for i in range(400)) for seed in range(8)]
    seeds += [bytes([1, 9, 40, 0]) + bytes([2, 4, 0, 0, 2] * 300)]
    return seeds, [b"ggggggE", b"hgggggggggA", b"+/////D", b"gggggggg", b"B", b",AAAA", b",CAAC", b",CAACA", b";AACA",
                   b";;", b",C", b",D"]


def a_map(mappings="AAAA", sources=("a.ts",), names=("f", "g"), **members):
    return {"version": 3, "sources": list(sources), "names": list(names), "mappings": mappings, **members}


def section(line, column, value):
    return {"offset": {"line": line, "column": column}, "map": value}


def index_map(*sections):
    return {"version": 3, "sections": list(sections)}


TEXT = "class A {\n  b(x) { return () => x; }\n}\nfunction f() { g(); }\r\nconst g = function () {};\u2028\n"
UUID = "0123abcd-4567-89EF-0000-00000000000a"

# Maps with every key that is read, in forms that are right and that are not.
MAPS = [
    a_map("AAAAA,IAAIA,G;ACCFC,EAAED", ["a.js", "b.js"], ["x", "f"], sourcesContent=["let x=1\n", None]),
    a_map("AAAA;AACA;AACAA,UACCA", ["a.ts"], ["f", "f", "x"], sourcesContent=[TEXT], file="out.js", sourceRoot="src"),
    a_map("AAAA,UACCA,UCDC,U;AACA", ["a.ts", "node_modules/b.js"], ["n"], ignoreList=[1], debugId=UUID),
    a_map("AAAA", ["a.css", None, "", 1, "c.scss?x"], [None, "é", 2],
          sourcesContent=["a{}\fb{}\r\n", 3, "", "\ud83d\ude00", "c\rd"]),
    a_map("AAAA,C,D,E;;A", x_google_ignoreList=[0, 9, -1, 0.5, "0", 1e400, 0], debug_id=UUID,
          debugId=UUID.upper() + " "),
    a_map("AAAA", debug_id=UUID, debugId=UUID.replace("a", "b").replace("-", "")),
    a_map("AAAA,CAAC;AACA,CAAC", rangeMappings="AB;B"),
    a_map("AAAA,CAAC;AACA,C", rangeMappings="D;C;g"),
    a_map("AAAA,CAAC;CAAC", rangeMappings="BB;;A"),
    a_map("!", rangeMappings="A"),
    a_map("AAAA", sections=[]),
    {"version": 3, "sections": 1},
    {"version": "3"},
    [],
    [1],
    "x",
    {"mappings": "", "sources": []},
    index_map(section(0, 0, a_map("AAAA,E")), section(0, 9, a_map("AAAAA;;C", ["b"], ["g", "h"])),
              section(9, 2, a_map(";;AAAAA"))),
    index_map(section(1, 2, index_map(section(0, 3, a_map("AAAA,D,E")), section(0, 1, a_map())))),
    index_map(section(2, 7, index_map(section(3, 5, a_map("A,C")), section(9, 0, a_map("C;A"))))),
    index_map(section(1, 0, a_map()), section(0, 0, a_map()), section(0, 0, a_map("!")),
              section(3, -1, a_map("ggggggE")), 5, {"offset": []}),
    index_map(section(0.5, "1", a_map()), {"offset": {}, "url": "x.map"}, section(4294967295, 4294967294, a_map("C")),
              {"offset": {"line": 2}}),
    index_map(section(0, 4294967290, a_map("A,I,I")), section(2147483646, 1, a_map(";A"))),
    a_map("AAAA,YAAwB", ["m.ts"], ["module", "sq", "function", "x", "5"],
          scopes="BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC",
          sourcesContent=["function sq(x) { return x*x; }\nconsole.log(sq(5));\n"]),
    a_map("AAAA,CACA;CACC", ["a", "b"], ["f"],
          x_facebook_sources=[[{"names": ["<global>", "A.f"], "mappings": "AAA;SCC;CDE"}], None]),
    a_map("AAAA,CACA;CACC", ["a", "b"], ["f", "g"], x_com_bloomberg_sourcesFunctionMappings=["AAUEC,CDNAmB", None]),
    a_map("A,E,QAAA;A", x_hermes_function_offsets={"0": [0, 4, 8], "01": [1], "2": [-1, 1e9, None], "x": 1}),
    a_map("AAAA,IAAIA,CACAC", ["a.coffee"], ["foo", "bar"]),
    a_map("AAAA", ["webpack://app/./a.ts", "webpack:///src/../b.ts?1a2b", "/abs//c.ts", "C:/x/a.ts", "http://[::1]:x/",
                   "//h/%zz"], sourceRoot="webpack://app"),
    a_map("AAAA", ["a"] * 60, sourceRoot="r" * 300),
    a_map("AAAA" + ",CAAC" * 300 + ";AACA,C" * 100),
    a_map("A;" * 40, names=[], sources=[], originalScopes=[], generatedRanges="", scopes=[], x_facebook_sources=1,
          file=1, sourceRoot=None, sourcesContent=1),
]
MAP_WORDS = [
    b'"sections":[{"offset":{"line":', b'"column":', b'},"map":{', b'"mappings":"', b'"sources":["', b'"names":["',
    b'"sourcesContent":["', b'"rangeMappings":"', b'"ignoreList":[', b'"x_google_ignoreList":[', b'"debugId":"',
    b'"debug_id":"', b'"file":"', b'"sourceRoot":"', b'"version":3', b'"scopes":"',
    b'"x_facebook_sources":[[{"names":["',
    b'"x_com_bloomberg_sourcesFunctionMappings":["', b'"x_hermes_function_offsets":{"0":[', b"4294967294",
    b"2147483646", b"null", b"ggggggE", rb"\u2028", rb"\r\n", b'"url":"',
]
GENERATED = b"function foo(){return bar()}class A{b(){}}const c=()=>1;"


def of_build():
    texts = [json.dumps(value, separators=(",", ":")).encode() for value in MAPS]
    options = [(0, 0), (9, 0), (1, 3), (5, 63), (6, 0)]
    seeds = [bytes([how, names, 0, 0]) + text for text in texts for how, names in options]
    generated = GENERATED + b" " * (-len(GENERATED) % 8)
    seeds += [bytes([0, 0, len(generated) // 8, 7]) + text + generated for text in texts[::5] + texts[-5:]]
    return seeds, sorted({*MAP_WORDS, *(word for text in texts for word in re.findall(rb'"\w+":?|\[\{"|"\}\]', text))})


SCOPES = [
    "", ",", "A,A", "BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC", "BFAAA,CAB,EAA,IAAA,FB", "BAAA,CBA,A",
    "BAAA,BAAA,CAA,CAA,A,BAAA,CAA",
    "BEAA,DAC,DC", "BAAA,DA,D,CAA", "BAAA,D,CAA", "BDAAAA,CAA,E/,FA", "EAA,GBC,HAABBAAB,HABAA,HBAAA,FA",
    "EAA,GAB,HA,HAAAA,FAB", "EAA,IAAA,GA,FA",
    "EAA,IAAA,IAAA,FA", "EBAA,EDAAA,FA,FAAA", "EMAAB,FA", "EIA,FA", "EQA,FA",
    "/gA{x},J,zBgggggggggB,BAAA,qAAAAAAAA,CAA", "BAAAA,CAAA,A,EAAA,FAAA",
    "BA+////////DA,CAA", "BA+/////DA,CA+/////D", "EA+/////D,FC", "BAA/////D,CAA,BAA/////D", "EAA,FB,EAC,FB,A", "B,C",
    "EAA", "BAAA", "FA", "HAAAA", "BAAA,EAA,FA,CAA",
    "BBAAAD,BBAAAD,CAA,CAA,BDAAAABD,CAA",
]


def of_scopes():
    seeds = [bytes([how, n_names]) + text.encode() for text in SCOPES for how, n_names in ((6, 5), (7, 5), (0, 0))]
    return seeds, [b",BAAA,", b",CAA,", b",EAA,", b",FA,", b",GA", b",HAAAA", b",IAAA", b",DA", b",A,", b"+/////D",
                   b"ggggggE", b"/A"]


# Which function positions are in: entries of x_facebook_sources and of Bloomberg's, and scopes with their stacks.
ENTRIES = [
    ["", "AAA;SCC;CDE", "AAA,CC,CCC,,", "AAA;;;ECE;CA", "AGA,CFC,ECC", "AAB", "DAA", "AA", "AAAA", "AMA", "EAA,DAA",
     "AAA,A", "AA+/////DA", "AAA+/////D,AAC,"],
    ["", "AAAEK,CDNAmB", "AAAEC,CDCCG", "AACAC,ECCAC,DDCAE", "AAUEC,CDNAmB", "AAAAB", "AAAA", "AAAAA;AAAAA", "AAAAA,",
     "ACACG,ADBAA", "KAAAA,CAAAA"],
    SCOPES,
]


def of_functions():
    seeds = [bytes([kind]) + text.encode() for kind, texts in enumerate(ENTRIES) for text in texts]
    stacks = ["BFAAA,BAAC,CAG,CCA", "BFAAA,BHBCC,CBI,CDA,EDAAA,ECIC,ICBD,ECC,IAAA,FC,FC,EEC,FE,FF",
              "BEAA,BECC,BEBA,CAC,CCA,CAA,EGAC,EMBC,EDCA,IABC,EDBAC,IBCC,FC,FA,FE,FBC",
              "A,BFAAE,CEA,EDAAA,IBAB,EBBC,ICAA,FC,FBA,EEBA,EIC,FC,FBC"]
    seeds += [b"\2" + text.encode() for text in stacks]
    return seeds, [b"AAA", b"CCC", b";", b",", b"ECE", b"AAUEC", b",CDNAmB", b"+/////D", b",BFAAA", b",CBA", b",EDAAA",
                   b",ECC", b",IAAA", b",FC", b",FBA", b",EMC"]
