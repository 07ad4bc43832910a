"""Random URLs and bases: pieces that mean something to a parser, and damage to what they make."""

SCHEMES = """http: https: HTTPS: ws: wss: ftp: file: FILE: file: webpack: foo: a+b-c.d: c: C: data: javascript: blob: 1a:
    : h+ttp: https""".split() + ["ht\ttp:", ""]

SLASHES = ["", "", "/", "//", "//", "//", "///", "////", "\\", "\\\\", "/\\", "\\/", "/.//", "//\t/", "/\n/"]

CREDENTIALS = ["", "", "", "", "u@", "u:p@", "u:@", ":p@", ":@", "@", "a@b@", "a:b:c@d:e@", "é;=[]^|:%41'/@",
               "u p:\"<>`{}@"]

DOMAINS = """ex.com ex.com EX.Com localhost LocalHost %6cocalhost a a.b. a..b . .. x_y-z~!$&'()*+,;= %41%2e%42 %zz % %4
    a%2fb a%00b a<b a^b a|b C: C| c%7C h\x7f h\x01 [ ] [] a[b a]b ho\\st""".split(" ") + ["", "a b", "ho\tst"]

IPV4 = """1.2.3.4 1.2.3.4. 1.2.3 1.2 1 0 00 0x 0X1f 0x1.0x2 017.1 08 09.1 a.08 a.1 a.0x1 a.0xg 1.2.3.4.5 256 256.1 1.256
    1.65536 1.65535 1.2.65536 1.2.3.256 1.2.3.255 4294967295 4294967296 0xffffffff 0x100000000 037777777777
    040000000000 99999999999999999999 0xffffffffffffffffffffffffffffffffffffffff 1..2 1.2.. .1 1.0x.0 %31.2 0x7f.1
    1.2.3.0x 0000000000000000000000001 1e3 +1 0b1 1.2.3.4.. 0.0.0.0""".split()

IPV6 = """[::] [::1] [1::] [1:2:3:4:5:6:7:8] [1:2:3:4:5:6:7::] [::2:3:4:5:6:7:8] [1::3:4:5:6:7:8] [1:2:3:4:5:6:7:8:9]
    [1:2:3:4:5:6:7] [1:0:0:2:0:0:0:3] [0:0:1:0:0:1:0:0] [1:0:2:0:3:0:4:0] [::1.2.3.4] [::ffff:255.255.255.255]
    [1:2:3:4:5:6:1.2.3.4] [1:2:3:4:5:6:7:1.2.3.4] [::1.2.3] [::1.2.3.4.5] [::1.2.3.04] [::1.2.3.256] [::1.2.3.4:5]
    [::01.2.3.4] [::.1.2.3] [ABCD:eF::0] [00001::] [0001::] [g::] [::1 ::1] [:::] [::1::] [:1] [1:] [:] [1]
    [::1%25eth0] [::%31] [::1]x x[::1] [[::1]] [::1.] [0:0:0:0:0:0:0:0] [1:2:3:4:5:6:7::8] [::1:2:3:4:5:6:7:8]
    [fe80::12345] [1.2.3.4] [::a.2.3.4] [::1..2.3]""".split()

INTERNATIONAL = ["é.com", "%C3%A9", "xn--nxasmq6b", "XN--a", "a.xn--zzzzzzzz999", "ex\u00adample", "\uff45x", "\ud800",
                 "1\uff0e2", "日本"]

PORTS = ["", "", "", "", "", *""": :80 :443 :21 :8080 :65535 :65536 :00000080 :0 :00 :8a :-1 :99999999999999999999 :%38
    :: :80:80""".split(), ":8 0", ":8\t0"]

SEGMENTS = ["", "", "a b", " ", ". ", *"""a b.ts . .. %2e %2E .%2e %2e. %2E%2e ... %2e%2e%2e C: C| c: c|x C x:y %43: ..a é
    日本 \ud800 \udc00x 😀 % %zz %41 "<>`{} ^|[] ' @ : ;= ~!$&()*+,-_ node_modules @scope src %2f %5c \ufffe
    \ufeff \u0080 \x7f \x01 \x00""".split()]

SEPARATORS = ["/", "/", "/", "/", "\\", "//", "\t/", "/\n"]

TAILS = ["", "", "", "", "?", "#", "?#", "?q", "#f", "?q#f", "?a=b&c'd\"<>`{}^|\\é", "#a'b\"<>`{}^|\\é%zz", "??", "##",
         "#?", "?/../x", "#/../x", " ?q", "  #f", " ", "?\x00", "#\x00", "?\ud800", "#😀", "?\tq\n"]

EDGES = ["", "", "", "", "", "", " ", "\x00", "\n", "\x1f \t", "\u00a0", "\ufeff"]

WHOLE = ["", " ", "mailto:x@y z", "data:,x  #", "javascript:alert(1) ?x", *"""# ? / \\ // /// . .. C| C: /C| /C:/ //C|/x
    file: file:/ file:// file:/// file:///C| file:C|/.. http: http:/ http:// http:a webpack: webpack:// webpack:///
    webpack:///./src/a.ts webpack://app/./a.ts?1234 webpack-internal:///(x)/./a.js mailto:x about:blank
    data:application/json;base64,e30= blob:https://ex.com/0-1 C:\\x\\a.ts \\\\server\\share ../../../a.ts ./a.ts a.ts
    /a.ts src//a.ts a/./b/../c turbopack://[project]/a.ts foo:/..//x /..//x .//x /.//x foo:/.// //x/../..
    http://a/b/c/d;p?q file:///C:/a/b.map https://ex.com/js/app.js.map""".split()]

ALPHABET = "aZ0189fx:/\\.?#@[]%|^ \t\n'\"<>`{}-+~éC;=&,_\x00\x7f\ud83d\ude00"


def authority(rng):
    hosts = rng.choice([DOMAINS, DOMAINS, IPV4, IPV6]) if rng.random() < 0.98 else INTERNATIONAL
    return rng.choice(CREDENTIALS) + rng.choice(hosts) + rng.choice(PORTS)


def path(rng):
    text = rng.choice(["", "", "/", "\\"])
    for _ in range(rng.randrange(6)):
        text += rng.choice(SEGMENTS) + rng.choice(SEPARATORS)
    return text + rng.choice(SEGMENTS)


def structured(rng):
    text = rng.choice(EDGES)
    text += rng.choice(SCHEMES) if rng.random() < 0.6 else ""
    text += rng.choice(SLASHES)
    if rng.random() < 0.6:
        text += authority(rng) + rng.choice(["", "/", "/", "\\"])
    return text + path(rng) + rng.choice(TAILS) + rng.choice(EDGES)


def damaged(rng, text):
    for _ in range(rng.randrange(1, 4)):
        start, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        change = rng.choice(["insert", "delete", "repeat"])
        if change == "insert":
            text = text[:start] + rng.choice(ALPHABET) + text[start:]
        elif change == "delete":
            text = text[:start] + text[start + 1:]
        else:
            text = text[:end] + text[start:]
    return text


def any_text(rng):
    kind = rng.random()
    if kind < 0.1:
        text = "".join(rng.choice(ALPHABET) for _ in range(rng.randrange(12)))
    else:
        text = rng.choice(WHOLE) if kind < 0.3 else structured(rng)
        text = damaged(rng, text) if rng.random() < 0.3 else text
    # Surrogates that have met by chance are one character, as they are in JavaScript.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def pairs(rng, n):
    """Texts with a base; that is None where there is none, and never empty, which Node takes for a wrong one."""
    return [(any_text(rng), (any_text(rng) or None) if rng.random() < 0.7 else None) for _ in range(n)]
