/*
 * The JSON scanner (RFC 8259).
 */
#include "tests/unit/shared_map.h"

#include <dirent.h>

#include "src/base/cpu.h"
#include "src/json/json.h"

/* ---- accepting and refusing ---- */

/* What is scanned lies at the end of it, before a page without access. */
static struct guarded room;

static int make_room(void **state)
{
    (void)state;
    room = guarded_new(2100000, GUARD_AFTER);
    return 0;
}

static int free_room(void **state)
{
    (void)state;
    guarded_free(&room);
    return 0;
}

/* The check by what a processor of some level does. */
static int check_at(enum smc_cpu_level level, const uint8_t *text, size_t nbytes, int skips_xssi,
                    struct smc_json_error *error)
{
    struct smc_json_text checked;
    struct smc_json root;

    *error = (struct smc_json_error){NULL, NULL};
    smc_cpu_set_limit(level);
    int accepted = smc_json_check(&checked, text, nbytes, skips_xssi, &root, error) == 0;
    smc_cpu_set_limit(SMC_CPU_AVX2);
    if (accepted) {
        assert_null(error->reason);
        assert_true(root.start >= text && root.start < root.end && root.end <= text + nbytes);
        assert_true(checked.spans.nbytes / sizeof(struct smc_json_span) <=
                    nbytes / SMC_JSON_LONG_NBYTES);
    } else {
        assert_non_null(error->reason);
        assert_true(error->at >= text && error->at <= text + nbytes);
    }
    smc_json_text_free(&checked);
    return accepted;
}

/* The same by all levels, which must agree in everything. */
static int check_text(const void *bytes, size_t nbytes, int skips_xssi,
                      struct smc_json_error *error)
{
    uint8_t *text = room.bytes + (room.nbytes - nbytes);

    assert_true(nbytes <= room.nbytes);
    if (nbytes > 0) {
        memcpy(text, bytes, nbytes);
    }
    int accepted = check_at(SMC_CPU_SCALAR, text, nbytes, skips_xssi, error);
    for (int level = SMC_CPU_BASELINE; level <= SMC_CPU_AVX2; level++) {
        struct smc_json_error other;
        assert_int_equal(check_at((enum smc_cpu_level)level, text, nbytes, skips_xssi, &other),
                         accepted);
        assert_ptr_equal(other.at, error->at);
        if (!accepted) {
            assert_string_equal(other.reason, error->reason);
        }
    }
    return accepted;
}

/* Whether it is JSON. */
static int is_json(const void *bytes, size_t nbytes)
{
    struct smc_json_error error;
    return check_text(bytes, nbytes, 0, &error);
}

/* The verdict of an i_ case: a line `name<TAB>accept` or `name<TAB>reject`. */
static int verdict_of(const struct text *verdicts, const char *name)
{
    struct text line = {0};

    text_puts(&line, name);
    text_puts(&line, "\t");
    const char *at = strstr(verdicts->data, line.data);
    if (at == NULL) {
        fail_msg("no verdict on %s", name);
        return 0;
    }
    at += line.nbytes;
    text_free(&line);
    assert_true(strncmp(at, "accept", 6) == 0 || strncmp(at, "reject", 6) == 0);
    return *at == 'a';
}

static void run_suite(const char *prefix, unsigned n_at_least)
{
    struct text folder = shared_data_path("json/test_parsing"), text, verdicts = {0};
    struct text path = shared_data_path("json/i_verdict.tsv");
    unsigned n = 0;

    DIR *listing = opendir(folder.data);
    if (listing == NULL || !read_file(path.data, &verdicts)) {
        if (listing != NULL) {
            closedir(listing);
        }
        text_free(&folder);
        text_free(&path);
        print_message("the test data is not here\n");
        skip();
    }
    text_free(&path);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (strncmp(entry->d_name, prefix, 2) != 0) {
            continue;
        }
        text_puts(&path, folder.data);
        text_puts(&path, "/");
        text_puts(&path, entry->d_name);
        assert_true(read_file(path.data, &text));
        int wanted = *prefix == 'y' || (*prefix == 'i' && verdict_of(&verdicts, entry->d_name));
        if (is_json(text.data, text.nbytes) != wanted) {
            fail_msg("%s: %s", entry->d_name, wanted ? "refused" : "accepted");
        }
        text_free(&text);
        text_free(&path);
        n++;
    }
    closedir(listing);
    text_free(&folder);
    text_free(&verdicts);
    assert_true(n >= n_at_least);
}

static void suite_must_accept(void **state)
{
    (void)state;
    run_suite("y_", 50);
}

static void suite_must_refuse(void **state)
{
    (void)state;
    run_suite("n_", 100);
}

static void suite_implementation_defined(void **state)
{
    (void)state;
    run_suite("i_", 20);
}

static void refuses_with_place_and_reason(void **state)
{
    static const struct {
        const char *text, *reason;
        size_t at;
    } rows[] = {
        {"", "the input is empty", 0},
        {" \n", "the input is empty", 2},
        {"\xef\xbb\xbf", "the input is empty", 3},
        {"[1,]", "value expected", 3},
        {"[1 2]", "comma or ] expected", 3},
        {"[1", "array without an end", 2},
        {"{\"a\" 1}", "colon expected", 5},
        {"{\"a\":1 2}", "comma or } expected", 7},
        {"{\"a\":1,}", "key expected", 7},
        {"{1:2}", "key expected", 1},
        {"{\"a\":1", "object without an end", 6},
        {"[", "the text ends where a value is expected", 1},
        {"[\"ab", "string without an end", 1},
        {"[\"ab\\", "string without an end", 1},
        {"\"a\nb\"", "raw control character in a string", 2},
        {"\"\\x\"", "unknown escape in a string", 1},
        {"\"\\u12g4\"", "\\u without four hexadecimal digits", 1},
        {"\"\\u12", "\\u without four hexadecimal digits", 1},
        {"-", "number without digits", 0},
        {"012", "number with a leading zero", 0},
        {"1.", "number without digits after the point", 0},
        {"1e+", "number without digits in its exponent", 0},
        {"nul", "value expected", 0},
        {"1 x", "text after the end of the JSON value", 2},
        {")]}'\n{}", "value expected", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const size_t nbytes = strlen(rows[i].text);
        struct smc_json_error error;
        assert_false(check_text(rows[i].text, nbytes, 0, &error));
        assert_string_equal(error.reason, rows[i].reason);
        assert_int_equal(error.at - (room.bytes + room.nbytes - nbytes), rows[i].at);
    }
}

static const char document[] =
    " {\"a\" : [ 1 , -2.50e+3, true,false ,null,{ } ,[ ],[[\"x\\\"]\\\\\"]] ] ,"
    "\"a string of more than sixteen bytes, \\u00e9 \\\\ \\/ \\b\\f\\n\\r\\t "
    "\\uD83d\\uDe00\":{\"\":0},"
    "\"z\":\"\xc3\xa9\"}\t\r\n";

/* Also the proof that the scanner does not read beyond its input, wherever that ends. */
static void refuses_every_truncation(void **state)
{
    size_t nbytes = sizeof document - 1, end = nbytes - 3; /* the last three are white space */
    (void)state;
    for (size_t n = 0; n <= nbytes; n++) {
        assert_int_equal(is_json(document, n), n >= end);
    }
}

/* Each length and each place of what is special, as a vector of 16 bytes may see it. */
static void finds_what_is_special_anywhere(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 50; length++) {
        struct text text = {0};
        text_puts(&text, "\"");
        text_repeat(&text, 'x', length);
        assert_false(is_json(text.data, text.nbytes));
        text_puts(&text, "\"");
        assert_true(is_json(text.data, text.nbytes));
        for (size_t at = 1; at <= length; at++) {
            for (int c = 0; c < 256; c++) {
                text.data[at] = (char)c;
                int wanted = c >= 0x20 && c != '"' && c != '\\';
                if (c == '\\' && at < length) {
                    text.data[at + 1] = 'n';
                    wanted = 1;
                }
                assert_int_equal(is_json(text.data, text.nbytes), wanted);
                if (at < length) {
                    text.data[at + 1] = 'x';
                }
            }
            text.data[at] = 'x';
        }
        text_free(&text);
    }
}

/* RFC 8259 as a naive recursive descent: the position after the value, or -1. */
static int naive_value(const char *p, int at, int end);

static int naive_space(const char *p, int at, int end)
{
    while (at < end && strchr(" \t\r\n", p[at]) != NULL && p[at] != 0) {
        at++;
    }
    return at;
}

static int naive_digits(const char *p, int at, int end)
{
    int start = at;
    while (at < end && p[at] >= '0' && p[at] <= '9') {
        at++;
    }
    return at == start ? -1 : at;
}

static int naive_number(const char *p, int at, int end)
{
    at += p[at] == '-';
    int start = at;
    if ((at = naive_digits(p, at, end)) < 0 || (p[start] == '0' && at > start + 1)) {
        return -1;
    }
    if (at < end && p[at] == '.' && (at = naive_digits(p, at + 1, end)) < 0) {
        return -1;
    }
    if (at < end && (p[at] == 'e' || p[at] == 'E')) {
        at++;
        at += at < end && (p[at] == '+' || p[at] == '-');
        at = naive_digits(p, at, end);
    }
    return at;
}

static int naive_string(const char *p, int at, int end)
{
    if (at >= end || p[at] != '"') {
        return -1;
    }
    for (at++; at < end; at++) {
        if (p[at] == '"') {
            return at + 1;
        }
        if ((unsigned char)p[at] < 0x20) {
            return -1;
        }
        if (p[at] == '\\') {
            at++;
            if (at < end && p[at] == 'u') {
                if (end - at < 5) {
                    return -1;
                }
                for (int i = 1; i <= 4; i++) {
                    if (p[at + i] == 0 || strchr("0123456789abcdefABCDEF", p[at + i]) == NULL) {
                        return -1;
                    }
                }
                at += 4;
            } else if (at >= end || p[at] == 0 || strchr("\"\\/bfnrt", p[at]) == NULL) {
                return -1;
            }
        }
    }
    return -1;
}

static int naive_list(const char *p, int at, int end)
{
    char close = p[at] == '{' ? '}' : ']';

    at = naive_space(p, at + 1, end);
    if (at < end && p[at] == close) {
        return at + 1;
    }
    for (;;) {
        if (close == '}') {
            if ((at = naive_string(p, at, end)) < 0) {
                return -1;
            }
            at = naive_space(p, at, end);
            if (at >= end || p[at] != ':') {
                return -1;
            }
            at++;
        }
        if ((at = naive_value(p, at, end)) < 0 || at >= end) {
            return -1;
        }
        if (p[at] == close) {
            return at + 1;
        }
        if (p[at] != ',') {
            return -1;
        }
        at = naive_space(p, at + 1, end);
    }
}

/* With the white space on both sides. */
static int naive_value(const char *p, int at, int end) /* NOLINT(misc-no-recursion) */
{
    static const char *const words[] = {"true", "false", "null"};

    at = naive_space(p, at, end);
    if (at >= end) {
        return -1;
    }
    int after = -1;
    if (p[at] == '{' || p[at] == '[') {
        after = naive_list(p, at, end);
    } else if (p[at] == '"') {
        after = naive_string(p, at, end);
    } else if (p[at] == '-' || (p[at] >= '0' && p[at] <= '9')) {
        after = naive_number(p, at, end);
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        int n = (int)strlen(words[i]);
        if (end - at >= n && memcmp(p + at, words[i], (size_t)n) == 0) {
            after = at + n;
        }
    }
    return after < 0 ? -1 : naive_space(p, after, end);
}

static void agrees_with_a_naive_parser(void **state)
{
    static const char alphabet[] = "{}[],:\"\\ \n0123456789-+.eEaunltrfs\x01\x80\xe9/xbX";
    struct rng rng = {42};
    char text[sizeof document];
    unsigned n_accepted = 0;

    (void)state;
    for (int round = 0; round < 60000; round++) {
        int nbytes = (int)sizeof document - 1;
        memcpy(text, document, sizeof document);
        for (uint32_t k = 1 + rng_below(&rng, 2); k > 0; k--) {
            uint32_t at = rng_below(&rng, (uint32_t)nbytes);
            switch (rng_below(&rng, 3)) {
            case 0:
                text[at] = alphabet[rng_below(&rng, sizeof alphabet - 1)];
                break;
            case 1: /* cut a byte out */
                memmove(text + at, text + at + 1, (size_t)nbytes - at - 1);
                nbytes--;
                break;
            default: /* one of the bytes that are there, somewhere else */
                text[at] = document[rng_below(&rng, sizeof document - 1)];
                break;
            }
        }
        int wanted = naive_value(text, 0, nbytes) == nbytes;
        n_accepted += (unsigned)wanted;
        if (is_json(text, (size_t)nbytes) != wanted) {
            fail_msg("%s: %.*s", wanted ? "refused" : "accepted", nbytes, text);
        }
    }
    assert_in_range(n_accepted, 5000, 55000); /* both verdicts had their share */
}

/* An array of a string of `length` bytes with these bytes somewhere in it, against the naive parser. */
static void check_string_with(size_t length, size_t at, const void *bytes, size_t nbytes)
{
    char text[512];

    assert_true(length + 4 <= sizeof text && at + nbytes <= length);
    memset(text, 'x', length + 4);
    memcpy(text, "[\"", 2);
    memcpy(text + length + 2, "\"]", 2);
    memcpy(text + 2 + at, bytes, nbytes);
    int wanted = naive_value(text, 0, (int)length + 4) == (int)length + 4;
    if (is_json(text, length + 4) != wanted) {
        fail_msg("%s: %.*s", wanted ? "refused" : "accepted", (int)length + 4, text);
    }
}

/* Runs of backslashes, and what follows them, at each place of two blocks of 64 bytes and beyond. */
static void escapes_at_every_place(void **state)
{
    static const char after[] = "\"/bfnrtuvxNU\x01\x1f\x20\x7f\x80\xdc\xf2\xff";
    (void)state;
    for (size_t n = 0; n <= 5; n++) {
        for (size_t i = 0; i < sizeof after; i++) { /* with the NUL */
            char bytes[8];
            memset(bytes, '\\', n);
            bytes[n] = after[i];
            for (size_t at = 0; at < 140; at++) {
                check_string_with(150, at, bytes, n + 1);
                check_string_with(at + n + 1, at, bytes, n + 1);
            }
        }
    }
}

static void unicode_escapes_at_every_place(void **state)
{
    static const char digits[] = "09afAF/:@GZ`gz\"\\\x10 ";
    (void)state;
    for (size_t at = 0; at < 140; at++) {
        check_string_with(170, at, "\\u0041\\uBeEf\\n\\u00e9", 20);
        for (size_t digit = 0; digit < 4; digit++) {
            for (size_t i = 0; i < sizeof digits; i++) {
                char bytes[] = "\\uABCD\\u1234";
                bytes[2 + digit] = digits[i];
                check_string_with(170, at, bytes, 12);
                bytes[2 + digit] = 'A';
                bytes[8 + digit] = digits[i];
                check_string_with(170, at, bytes, 12);
            }
        }
    }
}

/* Dense mixes of what is special, in strings of all lengths; most have an error, and all levels name the same. */
static void random_strings(void **state)
{
    static const char *const pieces[] = {"\\",  "\\\\",    "\\n", "\\r\\n", "\\\"",         "\\t",
                                         "\\b", "\\u00e9", "\"",  "\\\\\\", "\xe4\xb8\xad", "\x1f"};
    struct rng rng = {77};
    unsigned n_accepted = 0;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        const uint32_t n_kinds = 1 + rng_below(&rng, COUNT_OF(pieces));
        struct text text = {0};
        text_puts(&text, "\"");
        for (uint32_t n = rng_below(&rng, 40); n > 0; n--) {
            text_repeat(&text, 'y', rng_below(&rng, 4) == 0 ? rng_below(&rng, 70) : 0);
            text_puts(&text, pieces[COUNT_OF(pieces) - 1 - rng_below(&rng, n_kinds)]);
            if (rng_below(&rng, 12) != 0) {
                text_puts(&text, pieces[2 + rng_below(&rng, 5)]);
            }
        }
        text_puts(&text, "\"");
        int wanted = naive_value(text.data, 0, (int)text.nbytes) == (int)text.nbytes;
        n_accepted += (unsigned)wanted;
        assert_int_equal(is_json(text.data, text.nbytes), wanted);
        text_free(&text);
    }
    assert_in_range(n_accepted, 1000, 19000);
}

static void nested_arrays(struct text *text, size_t depth, const char *inside)
{
    *text = (struct text){0};
    text_repeat(text, '[', depth);
    text_puts(text, inside);
    text_repeat(text, ']', depth);
}

static void depth_has_a_limit(void **state)
{
    struct text text;
    (void)state;
    nested_arrays(&text, SMC_JSON_DEPTH_MAX, "0");
    assert_true(is_json(text.data, text.nbytes));
    text_free(&text);
    nested_arrays(&text, SMC_JSON_DEPTH_MAX + 1, "0");
    assert_false(is_json(text.data, text.nbytes));
    text_free(&text);
    nested_arrays(&text, 1000000, "0");
    assert_false(is_json(text.data, text.nbytes));
    text_free(&text);
}

/* An empty container is a level like any other. */
static void depth_counts_empty_containers(void **state)
{
    struct text text;
    (void)state;
    nested_arrays(&text, SMC_JSON_DEPTH_MAX, "");
    assert_true(is_json(text.data, text.nbytes));
    text_free(&text);
    nested_arrays(&text, SMC_JSON_DEPTH_MAX + 1, "");
    assert_false(is_json(text.data, text.nbytes));
    text_free(&text);
}

/* Objects and arrays have their own closing bracket at every level. */
static void depth_remembers_what_is_open(void **state)
{
    struct rng rng = {7};
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct text text = {0};
        size_t depth = 1 + rng_below(&rng, 300);
        char *close = malloc(depth);
        assert_non_null(close);
        for (size_t i = 0; i < depth; i++) {
            int is_object = rng_below(&rng, 2) != 0;
            text_puts(&text, is_object ? "{\"k\":" : "[");
            close[i] = is_object ? '}' : ']';
        }
        text_puts(&text, "1");
        size_t first_close = text.nbytes;
        for (size_t i = depth; i > 0; i--) {
            text_add(&text, &close[i - 1], 1);
        }
        assert_true(is_json(text.data, text.nbytes));
        char *at = &text.data[first_close + rng_below(&rng, (uint32_t)depth)];
        *at = *at == '}' ? ']' : '}';
        assert_false(is_json(text.data, text.nbytes));
        free(close);
        text_free(&text);
    }
}

/* The first line is dropped only where it begins with exactly that (ECMA-426). */
static void the_xssi_prefix_is_skipped(void **state)
{
    static const struct {
        const char *text;
        int is_good;
    } rows[] = {{")]}'\n{}", 1},
                {")]}'\r[]", 1},
                {")]}' any thing {\n{}", 1},
                {")]}'\r\n 7", 1},
                {")]}'{}", 0},
                {")]}'", 0},
                {")]}\n{}", 0},
                {" )]}'\n{}", 0},
                {"\xef\xbb\xbf)]}'\n{}", 0},
                {")]}'\n\xef\xbb\xbf{}", 0},
                {")]}'\n)]}'\n{}", 0},
                {"{}", 1}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct smc_json_error error;
        if (check_text(rows[i].text, strlen(rows[i].text), 1, &error) != rows[i].is_good) {
            fail_msg("%s: %s", rows[i].text, error.reason);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suite_must_accept),
        cmocka_unit_test(suite_must_refuse),
        cmocka_unit_test(suite_implementation_defined),
        cmocka_unit_test(refuses_with_place_and_reason),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(finds_what_is_special_anywhere),
        cmocka_unit_test(agrees_with_a_naive_parser),
        cmocka_unit_test(escapes_at_every_place),
        cmocka_unit_test(unicode_escapes_at_every_place),
        cmocka_unit_test(random_strings),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(depth_counts_empty_containers),
        cmocka_unit_test(depth_remembers_what_is_open),
        cmocka_unit_test(the_xssi_prefix_is_skipped),
    };
    return cmocka_run_group_tests(tests, make_room, free_room);
}
