/*
 * URLs against a table from the rules of the WHATWG URL Standard.
 *
 * With the argument --resolve this is no test, but resolves what it reads: lines of two hexadecimal
 * texts, base and URL, with a tab between. It answers each with the result, or with "!" and the
 * reason. tests/url/test_node.py compares that with Node.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#include "src/url/url.h"

struct example {
    const char *text, *base, *wanted; /* base may be NULL; wanted NULL: refused */
};

/* The result, NUL-terminated, or NULL; from memory that ends where the texts do. */
static char *resolve(const char *text, size_t nbytes, const char *base, const char **reason)
{
    struct guarded text_copy = guarded_copy(text, nbytes, GUARD_AFTER);
    struct guarded base_copy = guarded_copy(base, base == NULL ? 0 : strlen(base), GUARD_AFTER);
    struct smc_buf out = {0};

    *reason = NULL;
    smc_buf_append(&out, "before:", 7);
    int status =
        smc_url_resolve(text_copy.bytes, nbytes, base_copy.bytes, base_copy.nbytes, &out, reason);
    assert_int_equal(out.failed, 0);
    assert_int_equal(status == 0 ? 0 : -1, status);
    assert_int_equal(*reason == NULL, status == 0);
    assert_memory_equal(out.data, "before:", 7);
    smc_buf_append(&out, "", 1);
    if (status != 0) {
        assert_int_equal(out.nbytes, 8);
    }
    char *result = status == 0 ? strdup((char *)out.data + 7) : NULL;
    smc_buf_free(&out);
    guarded_free(&text_copy);
    guarded_free(&base_copy);
    return result;
}

static void assert_resolved(const char *text, size_t nbytes, const char *base, const char *wanted)
{
    const char *reason;
    char *result = resolve(text, nbytes, base, &reason);

    if (result == NULL && wanted != NULL) {
        fail_msg("<%s> against <%s>: %s", text, base == NULL ? "" : base, reason);
    } else if (result != NULL && wanted == NULL) {
        fail_msg("<%s> against <%s> is refused, and not <%s>", text, base == NULL ? "" : base,
                 result);
    } else if (result != NULL) {
        assert_string_equal(result, wanted);
    }
    free(result);
}

static void assert_examples(const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct example *e = &examples[i];
        assert_resolved(e->text, strlen(e->text), e->base, e->wanted);
        if (e->wanted != NULL) { /* what is serialized stays as it is */
            assert_resolved(e->wanted, strlen(e->wanted), NULL, e->wanted);
        }
    }
}

#define ASSERT_EXAMPLES(examples) assert_examples((examples), COUNT_OF(examples))

#define MAP "https://ex.com/js/app.js.map"

/* ECMA-426, resolving sources: the prefix is there already. */
static void resolves_sources_of_maps(void **state)
{
    static const struct example examples[] = {
        {"a.ts", MAP, "https://ex.com/js/a.ts"},
        {"src/../a.ts", MAP, "https://ex.com/js/a.ts"},
        {"src//a.ts", MAP, "https://ex.com/js/src//a.ts"},
        {"/a.ts", MAP, "https://ex.com/a.ts"},
        {"webpack:///./src/a.ts", MAP, "webpack:///src/a.ts"},
        {"webpack://app/./a.ts", MAP, "webpack://app/a.ts"},
        {"https://cdn/x/webpack:///a.ts", MAP, "https://cdn/x/webpack:///a.ts"},
        {"", MAP, MAP},
        {"C:/x/a.ts", MAP, "c:/x/a.ts"},
        {"../../../a.ts", MAP, "https://ex.com/a.ts"},
        {"a b.ts", "file:///home/x/dist/app.js.map", "file:///home/x/dist/a%20b.ts"},
        {"C:\\x\\a.ts", MAP, "c:\\x\\a.ts"},
        {"webpack-internal:///(ssr)/./a.js?1f3c", MAP, "webpack-internal:///(ssr)/a.js?1f3c"},
        {"a.ts", "webpack://app/dist/b.js?q#f", "webpack://app/dist/a.ts"},
        {"a.ts", "data:application/json,{}", NULL},
        {"webpack:///a.ts", "data:application/json,{}", "webpack:///a.ts"},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

static void resolves_against_a_base(void **state)
{
    static const char base[] = "http://u:p@h:81/b/c/d;p?q#f";
    static const struct example examples[] = {
        {"", base, "http://u:p@h:81/b/c/d;p?q"},
        {" \t\n", base, "http://u:p@h:81/b/c/d;p?q"},
        {"#", base, "http://u:p@h:81/b/c/d;p?q#"},
        {"#g", base, "http://u:p@h:81/b/c/d;p?q#g"},
        {"?", base, "http://u:p@h:81/b/c/d;p?"},
        {"?y#z", base, "http://u:p@h:81/b/c/d;p?y#z"},
        {"g", base, "http://u:p@h:81/b/c/g"},
        {"g/", base, "http://u:p@h:81/b/c/g/"},
        {".", base, "http://u:p@h:81/b/c/"},
        {"..", base, "http://u:p@h:81/b/"},
        {"../g", base, "http://u:p@h:81/b/g"},
        {"../../../g", base, "http://u:p@h:81/g"},
        {"./g/.", base, "http://u:p@h:81/b/c/g/"},
        {"g;x=1/../y", base, "http://u:p@h:81/b/c/y"},
        {"g:h", base, "g:h"},
        {"/g", base, "http://u:p@h:81/g"},
        {"\\g", base, "http://u:p@h:81/g"},
        {"//g", base, "http://g/"},
        {"\\/g", base, "http://g/"},
        {"////g", base, "http://g/"},
        {"//g:80x", base, NULL},
        {"//", base, NULL},
        {"http:g", base, "http://u:p@h:81/b/c/g"},
        {"HTTP:", base, "http://u:p@h:81/b/c/d;p?q"},
        {"http:/g", base, "http://u:p@h:81/g"},
        {"http:\\\\g", base, "http://g/"},
        {"https:g", base, "https://g/"},
        {"https:", base, NULL},
        {"g", "http://h", "http://h/g"},
        {"..", "http://h", "http://h/"},
        {"g", "foo://h", "foo://h/g"},
        {"?g", "foo://h", "foo://h?g"},
        {"\\g", "foo://h/a/b", "foo://h/a/\\g"},
        {"//g\\h", "foo://h/a/b", NULL},
        {"/g", "foo:/a/b", "foo:/g"},
        {"foo:g", "foo:/a/b", "foo:g"},
        {"..//g", "foo:/a/b", "foo:/.//g"},
        {"g", "foo:/.//a/b", "foo:/.//a/g"},
        {"?g", "foo:/.//a", "foo:/.//a?g"},
        {"/.//g", "foo:/.//a", "foo:/.//g"},
        {"g", NULL, NULL},
        {"", NULL, NULL},
        {"//g/h", NULL, NULL},
        {"http://g/", "no base", NULL},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

static void finds_schemes(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } examples[] = {
        {"https:", 6}, {"HTTPS://h", 6}, {"a:", 2},        {"a1+-.:x:", 6},
        {"C:\\x", 2},  {"", 0},          {"https", 0},     {":", 0},
        {"1a:", 0},    {"+a:", 0},       {"a_b:", 0},      {" a:", 0},
        {"a/b:c", 0},  {"a b:", 0},      {"\xc3\xa9:", 0}, {"a\xc3\xa9:", 0},
    };
    static const struct example parsed[] = {
        {"ht\ntp\t:\r//h", NULL, "http://h/"},
        {"\x01\x1f http://h/ \x1f", NULL, "http://h/"},
        {"FOO+-.9:Bar", NULL, "foo+-.9:Bar"},
        {"http://h\xc2\xa0", NULL, NULL}, /* U+00A0 is no space of theirs */
        {"1a:x", "http://h/", "http://h/1a:x"},
        {"a_b:x", "http://h/", "http://h/a_b:x"},
        {":", "http://h/", "http://h/:"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct guarded copy = guarded_copy(examples[i].text, strlen(examples[i].text), GUARD_AFTER);
        assert_int_equal(smc_url_scheme_nbytes(copy.bytes, copy.nbytes), examples[i].n);
        guarded_free(&copy);
    }
    ASSERT_EXAMPLES(parsed);
}

static void parses_authorities(void **state)
{
    static const struct example examples[] = {
        {"http:h", NULL, "http://h/"},
        {"http:\\h\\x", NULL, "http://h/x"},
        {"http:///////h", NULL, "http://h/"},
        {"http://h?q", NULL, "http://h/?q"},
        {"http://h#f", NULL, "http://h/#f"},
        {"http://", NULL, NULL},
        {"http://?q", NULL, NULL},
        {"http://:80", NULL, NULL},
        {"http://@", NULL, NULL},
        {"http://u@", NULL, NULL},
        {"http://u@/x", NULL, NULL},
        {"http://u:p@:80/", NULL, NULL},
        {"foo://u@/x", NULL, NULL},
        {"foo://:80/x", NULL, NULL},
        {"foo://", NULL, "foo://"},
        {"foo:///", NULL, "foo:///"},
        {"foo:////x", NULL, "foo:////x"},
        {"foo:/\\x", NULL, "foo:/\\x"},
        {"http://@h", NULL, "http://h/"},
        {"http://:@h", NULL, "http://h/"},
        {"http://u:@h", NULL, "http://u@h/"},
        {"http://:p@h", NULL, "http://:p@h/"},
        {"http://a:b:c@h", NULL, "http://a:b%3Ac@h/"},
        {"http://a@b:c@h", NULL, "http://a%40b:c@h/"},
        {"foo://;=[\\]^|'\"<>`{} :\xc3\xa9%41@h", NULL,
         "foo://%3B%3D%5B%5C%5D%5E%7C'%22%3C%3E%60%7B%7D%20:%C3%A9%41@h"},
        {"http://h:80/", NULL, "http://h/"},
        {"https://h:443", NULL, "https://h/"},
        {"ws://h:80", NULL, "ws://h/"},
        {"wss://h:443", NULL, "wss://h/"},
        {"ftp://h:21", NULL, "ftp://h/"},
        {"http://h:443", NULL, "http://h:443/"},
        {"foo://h:80", NULL, "foo://h:80"},
        {"http://h:", NULL, "http://h/"},
        {"foo://h:/x", NULL, "foo://h/x"},
        {"http://h:0", NULL, "http://h:0/"},
        {"http://h:0000000081", NULL, "http://h:81/"},
        {"http://h:65535", NULL, "http://h:65535/"},
        {"http://h:65536", NULL, NULL},
        {"http://h:99999999999999999999", NULL, NULL},
        {"http://h:8a", NULL, NULL},
        {"http://h:-1", NULL, NULL},
        {"http://h:8\t1", NULL, "http://h:81/"},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

static void parses_hosts(void **state)
{
    static const struct example examples[] = {
        {"http://EX.Com/", NULL, "http://ex.com/"},
        {"foo://EX.Com/", NULL, "foo://EX.Com/"},
        {"http://%65%58%2ecom/", NULL, "http://ex.com/"},
        {"foo://%65%58%2ecom/", NULL, "foo://%65%58%2ecom/"},
        {"http://a%2fb/", NULL, NULL},
        {"http://a%00b/", NULL, NULL},
        {"foo://a%00b/", NULL, "foo://a%00b/"},
        {"http://a%", NULL, NULL},
        {"http://a%4", NULL, NULL},
        {"http://a%zz", NULL, NULL},
        {"http://a b", NULL, NULL},
        {"foo://a b", NULL, NULL},
        {"http://a<b", NULL, NULL},
        {"foo://a^b", NULL, NULL},
        {"foo://a|b", NULL, NULL},
        {"foo://a]b", NULL, NULL},
        {"http://a\x7f", NULL, NULL},
        {"foo://a\x7f\x01/", NULL, "foo://a%7F%01/"},
        {"http://!$&'()*+,;=-._~", NULL, "http://!$&'()*+,;=-._~/"},
        {"http://a..b./", NULL, "http://a..b./"},
        {"http://./", NULL, "http://./"},
        {"http://xn--nxasmq6b/", NULL, "http://xn--nxasmq6b/"},
        {"foo://\xc3\xa9\xff/", NULL, "foo://%C3%A9%EF%BF%BD/"},
        /* Refused for want of IDNA. */
        {"http://\xc3\xa9/", NULL, NULL},
        {"http://%c3%a9/", NULL, NULL},
    };
    const char *reason;
    (void)state;
    ASSERT_EXAMPLES(examples);
    char *result = resolve("http://%ff", 10, NULL, &reason);
    assert_null(result);
    free(result);
    assert_string_equal(reason, "host that is not ASCII, which is not supported");
}

static void parses_ipv4_addresses(void **state)
{
    static const struct example examples[] = {
        {"http://1.2.3.4", NULL, "http://1.2.3.4/"},
        {"http://1.2.3.4.", NULL, "http://1.2.3.4/"},
        {"http://1.2.3", NULL, "http://1.2.0.3/"},
        {"http://1.2", NULL, "http://1.0.0.2/"},
        {"http://1", NULL, "http://0.0.0.1/"},
        {"http://0x7F.1", NULL, "http://127.0.0.1/"},
        {"http://017700000001", NULL, "http://127.0.0.1/"},
        {"http://%30%78%37f.1", NULL, "http://127.0.0.1/"},
        {"http://0x", NULL, "http://0.0.0.0/"},
        {"http://1.0X.010", NULL, "http://1.0.0.8/"},
        {"http://4294967295", NULL, "http://255.255.255.255/"},
        {"http://4294967296", NULL, NULL},
        {"http://0xffffffffffffffffffffffffffffffff0", NULL, NULL},
        {"http://255.16777215", NULL, "http://255.255.255.255/"},
        {"http://255.16777216", NULL, NULL},
        {"http://1.2.65535", NULL, "http://1.2.255.255/"},
        {"http://1.2.65536", NULL, NULL},
        {"http://1.2.3.255", NULL, "http://1.2.3.255/"},
        {"http://1.2.3.256", NULL, NULL},
        {"http://256.1", NULL, NULL},
        {"http://1.2.3.4.5", NULL, NULL},
        {"http://1..2", NULL, NULL},
        {"http://a.1", NULL, NULL},
        {"http://a.0x1.", NULL, NULL},
        {"http://a.08", NULL, NULL},
        {"http://09.1", NULL, NULL},
        {"http://a.0xg", NULL, "http://a.0xg/"},
        {"http://1.2.3.4..", NULL, "http://1.2.3.4../"},
        {"http://1.a", NULL, "http://1.a/"},
        {"http://1e3", NULL, "http://1e3/"},
        {"foo://1.2", NULL, "foo://1.2"},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

static void parses_ipv6_addresses(void **state)
{
    static const struct example examples[] = {
        {"http://[::]", NULL, "http://[::]/"},
        {"foo://[::1]:80", NULL, "foo://[::1]:80"},
        {"http://[1:2:3:4:5:6:7:8]:80", NULL, "http://[1:2:3:4:5:6:7:8]/"},
        {"http://[ABCD:0ef::00]", NULL, "http://[abcd:ef::]/"},
        {"http://[1:2:3:4:5:6:7::]", NULL, "http://[1:2:3:4:5:6:7:0]/"},
        {"http://[::2:3:4:5:6:7:8]", NULL, "http://[0:2:3:4:5:6:7:8]/"},
        {"http://[1:0:0:4:0:0:0:8]", NULL, "http://[1:0:0:4::8]/"},
        {"http://[1:0:0:4:5:0:0:8]", NULL, "http://[1::4:5:0:0:8]/"},
        {"http://[1:2:3::6:7:8]", NULL, "http://[1:2:3::6:7:8]/"},
        {"http://[::1.2.3.4]", NULL, "http://[::102:304]/"},
        {"http://[1:2:3:4:5:6:255.254.253.0]", NULL, "http://[1:2:3:4:5:6:fffe:fd00]/"},
        {"http://[1:2:3:4:5:6:7:1.2.3.4]", NULL, NULL},
        {"http://[::1.2.3]", NULL, NULL},
        {"http://[::1.2.3.4.]", NULL, NULL},
        {"http://[::1.2.3.04]", NULL, NULL},
        {"http://[::1.2.3.256]", NULL, NULL},
        {"http://[::.1.2.3]", NULL, NULL},
        {"http://[::1.2x3.4]", NULL, NULL},
        {"http://[::1.2.3.4:5]", NULL, NULL},
        {"http://[1:2:3:4:5:6:7:8:9]", NULL, NULL},
        {"http://[1:2:3:4:5:6:7:8::]", NULL, NULL},
        {"http://[1:2:3:4:5:6:7]", NULL, NULL},
        {"http://[1::2::3]", NULL, NULL},
        {"http://[:::]", NULL, NULL},
        {"http://[:1]", NULL, NULL},
        {"http://[1:]", NULL, NULL},
        {"http://[:]", NULL, NULL},
        {"http://[]", NULL, NULL},
        {"http://[", NULL, NULL},
        {"http://[::12345]", NULL, NULL},
        {"http://[::g]", NULL, NULL},
        {"http://[::1%25eth0]", NULL, NULL},
        {"http://[::1", NULL, NULL},
        {"http://[::1]x", NULL, NULL},
        {"http://x[::1]", NULL, NULL},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

static void parses_paths(void **state)
{
    static const struct example examples[] = {
        {"http://h/a/./b/../c", NULL, "http://h/a/c"},
        {"http://h/a/%2e/b/%2E./.%2e/c/%2e%2E", NULL, "http://h/"},
        {"http://h/a/.../..b/.%2/", NULL, "http://h/a/.../..b/.%2/"},
        {"http://h/%2e%2e%2e/....", NULL, "http://h/%2e%2e%2e/...."},
        {"http://h/../..", NULL, "http://h/"},
        {"http://h/a//../b", NULL, "http://h/a/b"},
        {"http://h\\a\\..\\b", NULL, "http://h/b"},
        {"foo://h/a\\..\\b", NULL, "foo://h/a\\..\\b"},
        {"http://h/ \"#", NULL, "http://h/%20%22#"},
        {"http://h/<>`{}^|'%zz%41[]@:;=", NULL, "http://h/%3C%3E%60%7B%7D%5E|'%zz%41[]@:;="},
        {"http://h/C|/..", NULL, "http://h/"},
        {"foo:/..//x", NULL, "foo:/.//x"},
        {"foo:/.//x", NULL, "foo:/.//x"},
        {"foo:/a/..", NULL, "foo:/"},
        {"foo:/", NULL, "foo:/"},
        {"foo:/?q", NULL, "foo:/?q"},
        {"foo://h", NULL, "foo://h"},
        {"foo://h/..", NULL, "foo://h/"},
        /* opaque ones */
        {"foo:", NULL, "foo:"},
        {"mailto:x@y", NULL, "mailto:x@y"},
        {"foo:../a b\"<>{}\\/./x", NULL, "foo:../a b\"<>{}\\/./x"},
        {"foo:\x01\x7f\xc3\xa9", NULL, "foo:%01%7F%C3%A9"},
        {"foo:x  #f", NULL, "foo:x %20#f"},
        {"foo:x ?q", NULL, "foo:x%20?q"},
        {"foo:x  ", NULL, "foo:x"},
        {"foo: ?", NULL, "foo:%20?"},
        {"#f", "mailto:x?q#g", "mailto:x?q#f"},
        {"", "mailto:x", NULL},
        {"?q", "mailto:x", NULL},
        {"/x#f", "mailto:x", NULL},
        {"mailto:", "mailto:x", "mailto:"},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

static void parses_queries_and_fragments(void **state)
{
    static const struct example examples[] = {
        {"http://h?a'b\"<>#", NULL, "http://h/?a%27b%22%3C%3E#"},
        {"foo:?a'b\"<>#", NULL, "foo:?a'b%22%3C%3E#"},
        {"http://h/?`{}^|\\/../[]?", NULL, "http://h/?`{}^|\\/../[]?"},
        {"http://h/#a'b\"<>`{}^|\\#?", NULL, "http://h/#a'b%22%3C%3E%60{}^|\\#?"},
        {"http://h/?\x01 \x7f#\x01 \x7f", NULL, "http://h/?%01%20%7F#%01%20%7F"},
        {"http://h/?%zz\tx#\ny", NULL, "http://h/?%zzx#y"},
        {"http://h/?#", NULL, "http://h/?#"},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

static void parses_files(void **state)
{
    static const struct example examples[] = {
        {"file:", NULL, "file:///"},
        {"file:a/../b", NULL, "file:///b"},
        {"file:/a", NULL, "file:///a"},
        {"file://h/a", NULL, "file://h/a"},
        {"file:\\\\h\\a", NULL, "file://h/a"},
        {"file:///a", NULL, "file:///a"},
        {"file:////a", NULL, "file:////a"},
        {"file://LocalHost/a", NULL, "file:///a"},
        {"file://%6cocalhost", NULL, "file:///"},
        {"file://localhost./a", NULL, "file://localhost./a"},
        {"file://localhosu/a", NULL, "file://localhosu/a"},
        {"file://h:80/a", NULL, NULL},
        {"file://u@h/a", NULL, NULL},
        {"file://1.2/a", NULL, "file://1.0.0.2/a"},
        {"file:?q", NULL, "file:///?q"},
        {"file:#f", NULL, "file:///#f"},
        {"file:C|/x", NULL, "file:///C:/x"},
        {"file:/C|\\x", NULL, "file:///C:/x"},
        {"file://C|/x", NULL, "file:///C:/x"},
        {"file:///C|?q", NULL, "file:///C:?q"},
        {"file://h/C|/x", NULL, "file://h/C:/x"},
        {"file:///a/C|/x", NULL, "file:///a/C|/x"},
        {"file:///a/../C|/x", NULL, "file:///C:/x"},
        {"file:///C|x/y", NULL, "file:///C|x/y"},
        {"file:///C%7C/x", NULL, "file:///C%7C/x"},
        {"file://C%7C/x", NULL, NULL},
        {"file:///C:/../..", NULL, "file:///C:/"},
        {"file:///C:x/..", NULL, "file:///"},
        {"", "file://h/a/b?q#f", "file://h/a/b?q"},
        {"?r", "file://h/a/b?q", "file://h/a/b?r"},
        {"#g", "file://h/a/b?q", "file://h/a/b?q#g"},
        {"c", "file://h/a/b", "file://h/a/c"},
        {"file:c", "file://h/a/b", "file://h/a/c"},
        {"/c", "file://h/a/b", "file://h/c"},
        {"//c", "file://h/a/b", "file://c/"},
        {"///c", "file://h/a/b", "file:///c"},
        {"C|/x", "file://h/a/b", "file://h/C:/x"},
        {"C|x", "file://h/a/b", "file://h/a/C|x"},
        {"C", "file:///a/b", "file:///a/C"},
        {"/x", "file:///", "file:///x"},
        {"/D:", "file:///C:/a", "file:///D:"},
        {"/x", "file:///C:", "file:///C:/x"},
        {"C|#f", "file://h/a/b", "file://h/C:#f"},
        {"/x", "file:///C:/a/b", "file:///C:/x"},
        {"/..", "file:///C:/a/b", "file:///C:/"},
        {"/D|/x", "file:///C:/a/b", "file:///D:/x"},
        {"/x", "file:///Cx/a", "file:///x"},
        {"../../..", "file:///C:/a/b", "file:///C:/"},
        {"//D:/x", "file:///C:/a", "file:///D:/x"},
        {"C:x", "file:///a", "c:x"},
        {"file:x", "http://h/a/b", "file:///x"},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

#define FFFD "%EF%BF%BD"

static void replaces_ill_formed_utf8(void **state)
{
    static const struct example examples[] = {
        {"foo:\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", NULL, "foo:%C3%A9%E2%82%AC%F0%9F%98%80"},
        {"foo:\x80x\xff", NULL, "foo:" FFFD "x" FFFD},
        {"foo:\xc0\xaf\xe0\x80\xf4\x90", NULL, "foo:" FFFD FFFD FFFD FFFD FFFD FFFD},
        {"foo:\xe2\x82z\xf0\x9f\x98", NULL, "foo:" FFFD "z" FFFD},
        {"foo:\xe2\n\x82\xac", NULL, "foo:" FFFD FFFD FFFD}, /* decoded before the line end goes */
        /* A surrogate of WTF-8 is one character. */
        {"foo:\xed\xa0\x80\xed\xbf\xbfz", NULL, "foo:" FFFD FFFD "z"},
        {"foo:\xed\xa0z\xed\xa0", NULL, "foo:" FFFD FFFD "z" FFFD FFFD},
        {"foo:\xedz\xed", NULL, "foo:" FFFD "z" FFFD},
        {"foo:\xed\x9f\xbf\xee\x80\x80", NULL, "foo:%ED%9F%BF%EE%80%80"},
    };
    (void)state;
    ASSERT_EXAMPLES(examples);
}

static void takes_nul_for_a_byte(void **state)
{
    static const char text[] = "\0foo:a\0b?\0#\0.\0";
    (void)state;
    assert_resolved(text, sizeof text - 1, NULL, "foo:a%00b?%00#%00.");
    assert_resolved("http://a\0b", 10, NULL, NULL);
}

static void assert_parts(const struct smc_url *url, const char *const *parts)
{
    const size_t ends[] = {0,
                           url->scheme_end,
                           url->authority_end,
                           url->path_off,
                           url->path_end,
                           url->query_end,
                           url->href.nbytes};

    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(ends[i + 1] - ends[i], strlen(parts[i]));
        assert_memory_equal(url->href.data + ends[i], parts[i], strlen(parts[i]));
    }
}

/* Scheme, authority, "/.", path, query, fragment. The same struct is filled again and again. */
static void says_where_the_parts_are(void **state)
{
    static const struct {
        const char *text;
        enum smc_url_scheme scheme;
        int has_opaque_path;
        const char *parts[6];
    } examples[] = {
        {"HTTPS://u:p@h:1/a?q#f", SMC_URL_HTTPS, 0, {"https:", "//u:p@h:1", "", "/a", "?q", "#f"}},
        {"foo:/.//a", SMC_URL_NOT_SPECIAL, 0, {"foo:", "", "/.", "//a", "", ""}},
        {"data:x?#", SMC_URL_NOT_SPECIAL, 1, {"data:", "", "", "x", "?", "#"}},
        {"b#f", SMC_URL_WS, 0, {"ws:", "//h", "", "/b", "", "#f"}},
        {"file:a", SMC_URL_FILE, 0, {"file:", "//", "", "/a", "", ""}},
    };
    struct smc_url url = {0}, base = {0};
    const char *reason = NULL;
    (void)state;
    assert_int_equal(smc_url_parse(&base, "ws://h/a?q", 10, NULL, &reason), 0);
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        const char *text = examples[i].text;
        assert_int_equal(smc_url_parse(&url, text, strlen(text), &base, &reason), 0);
        assert_int_equal(url.scheme, examples[i].scheme);
        assert_int_equal(url.has_opaque_path, examples[i].has_opaque_path);
        assert_parts(&url, examples[i].parts);
        assert_int_equal(smc_url_parse(&url, "http://", 7, &base, &reason), -1);
        assert_string_equal(reason, "no host");
        assert_int_equal(url.href.nbytes, 0);
        assert_int_equal(url.href.failed, 0);
    }
    assert_int_equal(smc_url_parse(&url, NULL, 0, &base, &reason), 0);
    assert_parts(&url, (const char *const[6]){"ws:", "//h", "", "/a", "?q", ""});
    smc_url_free(&url);
    smc_url_free(&base);
}

/* Long enough to hang if a segment took time by the length of what is before it. */
static void long_paths_take_linear_time(void **state)
{
    struct text text = {0}, wanted = {0};
    const char *reason;
    (void)state;
    text_puts(&text, "http://h");
    text_puts(&wanted, "http://h");
    for (int i = 0; i < 400000; i++) {
        text_puts(&text, i % 2 == 0 ? "/a" : "/b/..");
    }
    for (int i = 0; i < 200000; i++) {
        text_puts(&text, i % 2 == 0 ? "/.." : "/%2e");
    }
    for (int i = 0; i < 100000; i++) {
        text_puts(&wanted, "/a");
    }
    text_puts(&wanted, "/");
    char *result = resolve(text.data, text.nbytes, NULL, &reason);
    assert_non_null(result);
    assert_string_equal(result, wanted.data);
    free(result);
    text_free(&text);
    text_free(&wanted);
}

/* Each allocation fails once. */
static void memory_runs_out(void **state)
{
    static const char base[] = "foo:/.//b/c?q";
    struct text text = {0};
    size_t n = 0;
    int has_failed;
    (void)state;
    NEEDS_MALLOC_HOOK();
    text_puts(&text, "x/"); /* it triples, so that the result grows more than once */
    text_repeat(&text, '\x01', 1000);
    text_puts(&text, "/.././?");
    text_repeat(&text, '"', 1000);
    text_puts(&text, "#x");
    do {
        struct smc_buf out = {0};
        const char *reason = NULL;
        size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = ++n;
        int status = smc_url_resolve(text.data, text.nbytes, base, sizeof base - 1, &out, &reason);
        hook.fail_at = 0;
        has_failed = hook.n_calls >= n;
        assert_int_equal(status, has_failed ? -1 : 0);
        assert_int_equal(out.failed, has_failed);
        if (has_failed) {
            assert_string_equal(reason, "out of memory");
            assert_int_equal(out.nbytes, 0);
        } else {
            assert_memory_equal(out.data, "foo:/.//b/x/?%22", 16);
        }
        smc_buf_free(&out);
        assert_int_equal(hook.n_live, n_live);
    } while (has_failed);
    assert_in_range(n, 7, 100);
    text_free(&text);
}

/* ---- --resolve ---- */

/* Decodes up to `end` in place and returns the number of bytes. */
static size_t decode_hex(char *text, const char *end)
{
    size_t n = 0;

    for (const char *p = text; end - p >= 2; p += 2) {
        const char digits[3] = {p[0], p[1], '\0'};
        text[n++] = (char)strtoul(digits, NULL, 16);
    }
    return n;
}

static int resolve_lines(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t nbytes;

    while ((nbytes = getline(&line, &capacity, stdin)) > 0) {
        struct smc_buf out = {0};
        const char *reason = NULL;
        char *tab = strchr(line, '\t');
        if (tab == NULL || line[nbytes - 1] != '\n') {
            break;
        }
        size_t base_nbytes = decode_hex(line, tab);
        size_t text_nbytes = decode_hex(tab + 1, line + nbytes - 1);
        if (smc_url_resolve(tab + 1, text_nbytes, line, base_nbytes, &out, &reason) == 0) {
            printf("%.*s\n", (int)out.nbytes, (const char *)out.data);
        } else {
            printf("!%s\n", reason);
        }
        smc_buf_free(&out);
    }
    free(line);
    return nbytes > 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_sources_of_maps),
        cmocka_unit_test(resolves_against_a_base),
        cmocka_unit_test(finds_schemes),
        cmocka_unit_test(parses_authorities),
        cmocka_unit_test(parses_hosts),
        cmocka_unit_test(parses_ipv4_addresses),
        cmocka_unit_test(parses_ipv6_addresses),
        cmocka_unit_test(parses_paths),
        cmocka_unit_test(parses_queries_and_fragments),
        cmocka_unit_test(parses_files),
        cmocka_unit_test(replaces_ill_formed_utf8),
        cmocka_unit_test(takes_nul_for_a_byte),
        cmocka_unit_test(says_where_the_parts_are),
        cmocka_unit_test(long_paths_take_linear_time),
        cmocka_unit_test(memory_runs_out),
    };
    if (argc == 2 && strcmp(argv[1], "--resolve") == 0) {
        return resolve_lines();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
