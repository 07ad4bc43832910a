/*
 * The insides of JSON strings as WTF-8.
 */
#include "tests/unit/support.h"

#include "src/base/cpu.h"
#include "src/json/json.h"

/* What is unescaped and what it becomes lie at the ends of these, before pages without access. */
static struct guarded in_room, out_room;

static int make_rooms(void **state)
{
    (void)state;
    in_room = guarded_new(65536, GUARD_AFTER);
    out_room = guarded_new(65536, GUARD_AFTER);
    return 0;
}

static int free_rooms(void **state)
{
    (void)state;
    guarded_free(&in_room);
    guarded_free(&out_room);
    return 0;
}

/* The whole inside of a string, in pieces of at most `capacity` bytes, by what a processor of some level does. */
static struct text unescape_at(enum smc_cpu_level level, const struct text *inside, size_t capacity)
{
    const uint8_t *end = in_room.bytes + in_room.nbytes - 1, *p = end - inside->nbytes;
    uint8_t *out = out_room.bytes + out_room.nbytes - capacity;
    struct text text = {0};

    assert_true(inside->nbytes < in_room.nbytes && capacity <= out_room.nbytes);
    memcpy(in_room.bytes + (p - in_room.bytes), inside->data, inside->nbytes);
    in_room.bytes[in_room.nbytes - 1] = '"';
    text_add(&text, "", 0);
    smc_cpu_set_limit(level);
    while (p < end) {
        size_t n = 0;
        const uint8_t *next = smc_json_unescape(p, end, out, capacity, &n);
        assert_true(next > p && next <= end); /* it gets on, and no further than to the quote */
        assert_true(n <= capacity);
        text_add(&text, out, n);
        p = next;
    }
    smc_cpu_set_limit(SMC_CPU_AVX2);
    return text;
}

/* The same by all levels, which must agree. */
static struct text unescape(const struct text *inside, size_t capacity)
{
    struct text text = unescape_at(SMC_CPU_SCALAR, inside, capacity);

    for (int level = SMC_CPU_BASELINE; level <= SMC_CPU_AVX2; level++) {
        struct text other = unescape_at((enum smc_cpu_level)level, inside, capacity);
        assert_int_equal(other.nbytes, text.nbytes);
        assert_memory_equal(other.data, text.data, text.nbytes);
        text_free(&other);
    }
    return text;
}

static void assert_unescaped(const char *inside, size_t inside_nbytes, const char *wanted,
                             size_t wanted_nbytes)
{
    struct text in = {0};

    text_add(&in, inside, inside_nbytes);
    for (size_t capacity = SMC_JSON_PIECE_MIN; capacity < 80; capacity++) {
        struct text out = unescape(&in, capacity);
        assert_int_equal(out.nbytes, wanted_nbytes);
        assert_memory_equal(out.data, wanted, wanted_nbytes);
        text_free(&out);
    }
    text_free(&in);
}

#define ASSERT_UNESCAPED(inside, wanted)                                                           \
    assert_unescaped((inside), sizeof(inside) - 1, (wanted), sizeof(wanted) - 1)

#define FFFD "\xef\xbf\xbd"

static void unescapes(void **state)
{
    (void)state;
    ASSERT_UNESCAPED("", "");
    ASSERT_UNESCAPED("plain text that is longer than the sixteen bytes of a vector",
                     "plain text that is longer than the sixteen bytes of a vector");
    ASSERT_UNESCAPED("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t");
    ASSERT_UNESCAPED("a\\u0000b\\u001f", "a\0b\x1f");
    ASSERT_UNESCAPED("\\u0041\\u007f\\u0080\\u07FF\\u0800\\uffff",
                     "A\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
    ASSERT_UNESCAPED("\\u00e9\\u00E9", "\xc3\xa9\xc3\xa9");
    ASSERT_UNESCAPED("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\x7f",
                     "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\x7f");
    ASSERT_UNESCAPED("\\u2028\xe2\x80\xa9", "\xe2\x80\xa8\xe2\x80\xa9");
}

static void unescapes_surrogates(void **state)
{
    (void)state;
    ASSERT_UNESCAPED("\\ud83d\\ude00\\uD800\\uDC00\\uDBFF\\uDFFF",
                     "\xf0\x9f\x98\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
    /* Lone ones stay, as three bytes of their own (WTF-8). */
    ASSERT_UNESCAPED("\\ud83d", "\xed\xa0\xbd");
    ASSERT_UNESCAPED("\\ude00", "\xed\xb8\x80");
    ASSERT_UNESCAPED("\\ud83dx", "\xed\xa0\xbdx");
    ASSERT_UNESCAPED("\\ud83d\\n\\ude00", "\xed\xa0\xbd\n\xed\xb8\x80");
    ASSERT_UNESCAPED("\\ude00\\ud83d", "\xed\xb8\x80\xed\xa0\xbd");
    ASSERT_UNESCAPED("\\ud83d\\ud83d\\ude00", "\xed\xa0\xbd\xf0\x9f\x98\x80");
    ASSERT_UNESCAPED("\\ud83d\\u0041", "\xed\xa0\xbd"
                                       "A");
    /* An escaped high one and three raw bytes are no pair. */
    ASSERT_UNESCAPED("\\ud83d\xed\xb8\x80", "\xed\xa0\xbd" FFFD FFFD FFFD);
}

/* Table 3-7 and "U+FFFD substitution of maximal subparts" of the Unicode standard, chapter 3.9. */
static void replaces_ill_formed_utf8(void **state)
{
    (void)state;
    ASSERT_UNESCAPED("\x80", FFFD);
    ASSERT_UNESCAPED("a\xbf\x80z", "a" FFFD FFFD "z");
    ASSERT_UNESCAPED("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41",
                     FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A");
    ASSERT_UNESCAPED("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41",
                     FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A");
    ASSERT_UNESCAPED("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42",
                     FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B");
    ASSERT_UNESCAPED("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", FFFD FFFD FFFD FFFD "A");
    ASSERT_UNESCAPED("\xf0\x9f\x98", FFFD); /* truncated by the end of the string */
    ASSERT_UNESCAPED("\xe2\x82\\n", FFFD "\n");
    ASSERT_UNESCAPED("\xc1\x81\xf5\x80\xf8\x88\x80\x80\x80",
                     FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD);
}

/* Whether some character's UTF-8 begins with these bytes: then *is_whole says if that is all. */
static int begins_character(const uint8_t *p, size_t n, int *is_whole)
{
    static const uint32_t first[] = {0, 0, 0x80, 0x800, 0x10000}; /* by length */
    size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (length == 0 || p[0] >= 0xf8 || n > length) {
        return 0;
    }
    uint32_t low = length == 1 ? p[0] : p[0] & (0x7fU >> length), high;
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2) {
            return 0;
        }
        low = low << 6 | (p[i] & 0x3f);
    }
    /* The characters that the missing bytes can still make. */
    high = low;
    for (size_t i = n; i < length; i++) {
        low = low << 6;
        high = high << 6 | 0x3f;
    }
    low = low < first[length] ? first[length] : low;
    high = high > 0x10ffff ? 0x10ffff : high;
    *is_whole = n == length;
    return low <= high && !(low >= 0xd800 && high <= 0xdfff);
}

static struct text naive_utf8(const struct text *in)
{
    const uint8_t *p = (const uint8_t *)in->data, *end = p + in->nbytes;
    struct text out = {0};

    text_add(&out, "", 0);
    while (p < end) {
        size_t n = 0, left = (size_t)(end - p);
        int is_whole = 0, is_any = 0;
        while (n < 4 && n < left && begins_character(p, n + 1, &is_any)) {
            n++;
            is_whole = is_any;
        }
        text_add(&out, is_whole ? (const void *)p : FFFD, is_whole ? n : 3);
        p += n == 0 ? 1 : n;
    }
    return out;
}

/* A random run of bytes where UTF-8 has its borders. */
static struct text random_bytes(struct rng *rng)
{
    static const uint8_t borders[] = {0x20, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                      0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
                                      0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    struct text text = {0};

    for (uint32_t n = rng_below(rng, 60); n > 0; n--) {
        uint8_t byte = borders[rng_below(rng, sizeof borders)];
        text_add(&text, &byte, 1);
        if (rng_below(rng, 8) == 0) {
            text_repeat(&text, 'p', rng_below(rng, 40));
        }
    }
    text_add(&text, "", 0);
    return text;
}

static void agrees_with_a_naive_decoder(void **state)
{
    struct rng rng = {99};
    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct text in = random_bytes(&rng);
        struct text wanted = naive_utf8(&in);
        struct text out = unescape(&in, 4 + rng_below(&rng, 100));
        assert_int_equal(out.nbytes, wanted.nbytes);
        assert_memory_equal(out.data, wanted.data, wanted.nbytes);
        text_free(&in);
        text_free(&out);
        text_free(&wanted);
    }
}

static void pieces_make_the_same_bytes(void **state)
{
    static const char *const parts[] = {"\\ud83d\\ude00",
                                        "\\ud83d",
                                        "\\ude00",
                                        "\\n",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f",
                                        "\\u20ac",
                                        "\\u0000",
                                        "\xf0\x9f\x98\x80",
                                        "\xff",
                                        "plain text of some length"};
    struct rng rng = {5};
    (void)state;
    for (int round = 0; round < 1000; round++) {
        struct text in = {0};
        for (uint32_t n = rng_below(&rng, 30); n > 0; n--) {
            text_puts(&in, parts[rng_below(&rng, COUNT_OF(parts))]);
        }
        text_add(&in, "", 0);
        struct text whole = unescape(&in, 3 * in.nbytes + SMC_JSON_PIECE_MIN);
        struct text pieces = unescape(&in, SMC_JSON_PIECE_MIN + rng_below(&rng, 20));
        assert_int_equal(whole.nbytes, pieces.nbytes);
        assert_memory_equal(whole.data, pieces.data, whole.nbytes);
        text_free(&in);
        text_free(&whole);
        text_free(&pieces);
    }
}

/* Two of them side by side, and with something between, at each place of a vector and beyond. */
static void escapes_at_every_place(void **state)
{
    static const struct {
        const char *escape, *value;
    } rows[] = {
        {"\\n", "\n"},
        {"\\r", "\r"},
        {"\\t", "\t"},
        {"\\\"", "\""},
        {"\\\\", "\\"},
        {"\\/", "/"},
        {"\\b", "\b"},
        {"\\f", "\f"},
        {"\\u00e9", "\xc3\xa9"},
        {"\xe4\xb8\xad", "\xe4\xb8\xad"},
        {"\xff", FFFD},
        {"nb", "nb"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(rows) * 3; i++) {
        const size_t first = i / 3 % COUNT_OF(rows), second = i / 3 / COUNT_OF(rows), gap = i % 3;
        for (size_t at = 0; at < 36; at++) {
            struct text in = {0}, wanted = {0};
            text_repeat(&in, 'u', at);
            text_repeat(&wanted, 'u', at);
            text_puts(&in, rows[first].escape);
            text_puts(&wanted, rows[first].value);
            text_repeat(&in, 'r', gap);
            text_repeat(&wanted, 'r', gap);
            text_puts(&in, rows[second].escape);
            text_puts(&wanted, rows[second].value);
            text_repeat(&in, 'n', (at + i) % 45);
            text_repeat(&wanted, 'n', (at + i) % 45);
            struct text out = unescape(&in, SMC_JSON_PIECE_MIN + (7 * at + i) % 97);
            assert_int_equal(out.nbytes, wanted.nbytes);
            assert_memory_equal(out.data, wanted.data, wanted.nbytes);
            text_free(&in);
            text_free(&wanted);
            text_free(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unescapes),
        cmocka_unit_test(unescapes_surrogates),
        cmocka_unit_test(escapes_at_every_place),
        cmocka_unit_test(replaces_ill_formed_utf8),
        cmocka_unit_test(agrees_with_a_naive_decoder),
        cmocka_unit_test(pieces_make_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, make_rooms, free_rooms);
}
