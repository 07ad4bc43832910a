/*
 * sourceMappingURL in WebAssembly modules.
 */
#include "tests/unit/finding.h"

static void add_leb(struct text *text, uint64_t value, int n_bytes)
{
    for (; value > 0x7f || n_bytes > 1; value >>= 7, n_bytes--) {
        text_repeat(text, (char)(0x80 | (value & 0x7f)), 1);
    }
    text_repeat(text, (char)value, 1);
}

static struct text module_start(void)
{
    struct text module = {0};
    text_add(&module, "\0asm\1\0\0\0", 8);
    return module;
}

/* A section of these bytes; `leb_nbytes` is the least size of its size. */
static void add_section(struct text *module, int id, const struct text *bytes, int leb_nbytes)
{
    text_repeat(module, (char)id, 1);
    add_leb(module, bytes->nbytes, leb_nbytes);
    text_add(module, bytes->data, bytes->nbytes);
}

static void add_custom(struct text *module, const char *name, const char *payload, size_t nbytes)
{
    struct text bytes = {0};

    add_leb(&bytes, strlen(name), 1);
    text_puts(&bytes, name);
    text_add(&bytes, payload, nbytes);
    add_section(module, 0, &bytes, 1);
    text_free(&bytes);
}

static void add_url(struct text *module, const char *url)
{
    struct text payload = {0};

    add_leb(&payload, strlen(url), 1);
    text_puts(&payload, url);
    add_custom(module, "sourceMappingURL", payload.data, payload.nbytes);
    text_free(&payload);
}

static void assert_module(struct text *module, const char *wanted)
{
    assert_finds(SMC_FIND_WASM, module->data, module->nbytes, wanted);
    text_free(module);
}

static void wasm_finds_the_section(void **state)
{
    struct text module = module_start(), other = {0};

    (void)state;
    assert_module(&module, NULL);

    module = module_start();
    add_url(&module, "app.wasm.map");
    assert_module(&module, "app.wasm.map");

    module = module_start();
    text_repeat(&other, 'x', 300);
    add_section(&module, 1, &other, 1);
    add_custom(&module, "name", "\xff\xff\xff", 3);
    add_custom(&module, "", "", 0);
    add_custom(&module, "sourceMappingURLs", "\1b", 2);
    add_custom(&module, "sourceMappingUR", "\1b", 2);
    add_custom(&module, "sourcemappingurl", "\1b", 2);
    add_section(&module, 10, &other, 5);
    add_url(&module, "\xc3\xa9 \xe2\x82\xac\n\xf0\x9f\x98\x80");
    add_section(&module, 11, &other, 3);
    assert_module(&module, "\xc3\xa9 \xe2\x82\xac\n\xf0\x9f\x98\x80");
    text_free(&other);
}

static void wasm_takes_the_first(void **state)
{
    struct text module = module_start();

    (void)state;
    add_url(&module, "a");
    add_url(&module, "b");
    assert_module(&module, "a");

    module = module_start();
    add_url(&module, ""); /* empty is none */
    add_url(&module, "b");
    assert_module(&module, NULL);

    module = module_start();
    add_custom(&module, "sourceMappingURL", "\2x", 2);
    add_url(&module, "b");
    assert_module(&module, NULL);

    module = module_start();
    add_url(&module, "a");
    add_custom(&module, "sourceMappingURL", "\2x", 2); /* nobody looks into it */
    assert_module(&module, "a");
}

static void wasm_payloads(void **state)
{
    static const struct {
        const char *payload;
        size_t nbytes;
        const char *url;
    } cases[] = {
        {"", 0, NULL},
        {"\0", 1, NULL},
        {"\1", 1, NULL},
        {"\1a", 2, "a"},
        {"\2a", 2, NULL},
        {"\1ab", 3, NULL}, /* more than the URL */
        {"\x81\0a", 3, "a"},
        {"\x81\x80\x80\x80\0a", 6, "a"},
        {"\x81\x80\x80\x80\x80\0a", 7, NULL}, /* a sixth byte */
        {"\x81\x80\x80\x80\x10"
         "a",
         6, NULL}, /* the 33rd bit */
        {"\x81\x80\x80\x80\x40"
         "a",
         6, NULL},
        {"\xff\xff\xff\xff\x0f"
         "a",
         6, NULL},
        {"\x81\x80\x80\x80", 4, NULL},
        {"http://a/b", 10, NULL}, /* without its length */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text module = module_start();
        add_custom(&module, "sourceMappingURL", cases[i].payload, cases[i].nbytes);
        assert_module(&module, cases[i].url);
    }
}

/* In the URL, and in the name of any custom section. */
static void wasm_wants_utf8(void **state)
{
    static const char *const good[] = {"\x7f",         "\xc2\x80",         "\xdf\xbf",
                                       "\xe0\xa0\x80", "\xed\x9f\xbf",     "\xee\x80\x80",
                                       "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x7f",
                                      "\xc2\xc0",
                                      "\xe0\x9f\xbf",
                                      "\xe0\xa0",
                                      "\xe1\x80\x7f",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xe2\x82\xc0",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\x90\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xf1\x80\xc0\x80",
                                      "\xf1\x80\x80\x7f"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good) + COUNT_OF(bad); i++) {
        int is_good = i < COUNT_OF(good);
        const char *c = is_good ? good[i] : bad[i - COUNT_OF(good)];
        for (int more = 0; more <= 1; more++) {
            struct text text = {0};
            text_puts(&text, more ? "a" : "");
            text_puts(&text, c);
            text_puts(&text, more ? "a" : "");
            struct text module = module_start();
            add_url(&module, text.data);
            assert_module(&module, is_good ? text.data : NULL);
            module = module_start();
            add_url(&module, "a");
            add_custom(&module, text.data, "", 0);
            assert_module(&module, is_good ? "a" : NULL);
            text_free(&text);
        }
    }
}

static void wasm_headers(void **state)
{
    (void)state;
    for (size_t at = 0; at < 8; at++) {
        for (int bit = 0; bit < 8; bit++) {
            struct text module = module_start();
            add_url(&module, "a");
            module.data[at] = (char)(module.data[at] ^ 1 << bit);
            assert_module(&module, NULL);
        }
    }
}

/* Sections must fill the module, which is whole only at their ends. */
static void wasm_every_truncation(void **state)
{
    struct text module = module_start(), other = {0};
    size_t ends[4], n_ends = 0;

    (void)state;
    text_repeat(&other, 'x', 200);
    add_section(&module, 1, &other, 1);
    add_url(&module, "a");
    ends[n_ends++] = module.nbytes;
    add_section(&module, 3, &other, 5);
    ends[n_ends++] = module.nbytes;
    add_custom(&module, "name", "xyz", 3);
    ends[n_ends++] = module.nbytes;
    other.nbytes = 0;
    add_section(&module, 4, &other, 1);
    ends[n_ends++] = module.nbytes;
    for (size_t n = 0; n <= module.nbytes; n++) {
        int is_whole = 0;
        for (size_t i = 0; i < n_ends; i++) {
            is_whole |= n == ends[i];
        }
        assert_finds(SMC_FIND_WASM, module.data, n, is_whole ? "a" : NULL);
    }
    text_free(&other);
    text_free(&module);
}

static void wasm_sizes(void **state)
{
    static const uint64_t wrong[] = {19, 21, 0, 1, 0x7f, 0xffffffff, 0x100000014, 0x7fffffff};

    (void)state;
    for (size_t i = 0; i <= COUNT_OF(wrong); i++) {
        for (int n_bytes = 1; n_bytes <= 6; n_bytes++) {
            struct text module = module_start();
            text_repeat(&module, 0, 1);
            add_leb(&module, i == 0 ? 20 : wrong[i - 1], n_bytes);
            text_puts(&module, "\x10sourceMappingURL\2ab"); /* 20 bytes */
            assert_module(&module, i == 0 && n_bytes <= 5 ? "ab" : NULL);
        }
    }
    /* The length of a section's name. */
    for (int length = 0; length < 256; length++) {
        struct text module = module_start();
        text_add(&module, "\0\x14", 2);
        text_repeat(&module, (char)length, 1);
        text_puts(&module, "sourceMappingURL\2ab");
        assert_module(&module, length == 16 ? "ab" : NULL);
    }
}

static void wasm_many_sections(void **state)
{
    struct text module = module_start();

    (void)state;
    for (int i = 0; i < 500000; i++) {
        add_custom(&module, "", "", 0);
    }
    add_url(&module, "a");
    assert_module(&module, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wasm_finds_the_section),
        cmocka_unit_test(wasm_takes_the_first),
        cmocka_unit_test(wasm_payloads),
        cmocka_unit_test(wasm_wants_utf8),
        cmocka_unit_test(wasm_headers),
        cmocka_unit_test(wasm_every_truncation),
        cmocka_unit_test(wasm_sizes),
        cmocka_unit_test(wasm_many_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
