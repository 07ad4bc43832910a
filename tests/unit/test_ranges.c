/*
 * The `rangeMappings` string in its three forms (section 10 of our reference); at last lookups of what
 * range mappings map.
 */
#include "tests/unit/scope_run.h"
#include "tests/unit/shared_map.h"

#include "src/build/ranges.h"

struct warned {
    struct text text; /* "REASON@PLACE\n" each */
    size_t nbytes;
};

static void note(void *context, const char *reason, size_t at)
{
    struct warned *warned = context;

    assert_in_range(at, 0, warned->nbytes);
    text_puts(&warned->text, reason);
    text_puts(&warned->text, "@");
    text_number(&warned->text, at);
    text_puts(&warned->text, "\n");
}

/*
 * Goes over lines of so many mappings each (0 ends the list, -1 is a line without any) as a decoder
 * does. A digit a mapping, 1 for a range mapping, lines split by ';', then the warnings.
 */
static struct text walk(const char *ranges_text, enum smc_ranges_form form, const int *lines)
{
    size_t nbytes = strlen(ranges_text), at;
    struct guarded copy = guarded_copy(ranges_text, nbytes, GUARD_AFTER);
    struct warned warned = {.nbytes = nbytes};
    struct smc_ranges_input input = {copy.bytes, nbytes, form, note, &warned};
    struct smc_ranges ranges;
    struct text out = {0};
    const char *reason;

    assert_int_equal(smc_ranges_check(&input, &reason, &at), SMC_RANGES_OK);
    smc_ranges_start(&ranges, &input);
    for (int i = 0; lines[i] != 0; i++) {
        if (i > 0) {
            text_puts(&out, ";");
            smc_ranges_end_line(&ranges);
        }
        for (int n = 0; n < lines[i]; n++) {
            text_puts(&out, smc_ranges_take(&ranges) ? "1" : "0");
        }
    }
    smc_ranges_finish(&ranges);
    assert_true(ranges.next == SMC_RANGES_NONE);
    text_puts(&out, "\n");
    text_add(&out, warned.text.data, warned.text.nbytes);

    /* Without somebody to warn it is the same. */
    input.warn = NULL;
    smc_ranges_start(&ranges, &input);
    size_t place = 0;
    for (int i = 0; lines[i] != 0; i++) {
        if (i > 0) {
            place++;
            smc_ranges_end_line(&ranges);
        }
        for (int n = 0; n < lines[i]; n++) {
            assert_int_equal(out.data[place++], '0' + smc_ranges_take(&ranges));
        }
    }
    smc_ranges_finish(&ranges);
    text_free(&warned.text);
    guarded_free(&copy);
    return out;
}

static void assert_walk(const char *ranges, enum smc_ranges_form form, const int *lines,
                        const char *wanted)
{
    struct text out = walk(ranges, form, lines);

    assert_string_equal(out.data, wanted);
    text_free(&out);
}

#define LINES(...) ((const int[]){__VA_ARGS__, 0})

static void the_same_in_three_forms(void **state)
{
    static const char *const zero_and_one[] = {"AB", "BB", "D"}; /* by form */
    static const char *const six_and_nine[] = {"GD;;B", "HD;;C", "AJ;;C"};
    (void)state;
    for (enum smc_ranges_form form = 0; form <= SMC_RANGES_BITMAP; form++) {
        assert_walk(zero_and_one[form], form, LINES(2), "11\n");
        assert_walk(zero_and_one[form], form, LINES(8), "11000000\n");
        assert_walk(six_and_nine[form], form, LINES(10, -1, 2), "0000001001;;01\n");
        assert_walk(six_and_nine[form], form, LINES(10, 3, 4, 1), "0000001001;000;0100;0\n");
        assert_walk("", form, LINES(3, 2), "000;00\n");
        assert_walk(";;;;;;;;", form, LINES(3), "000\n"); /* lines that do not exist, but empty */
    }
}

static void bits_of_a_digit(void **state)
{
    (void)state;
    assert_walk("/h", SMC_RANGES_BITMAP, LINES(12), "111111100001\n");
    assert_walk("AAAAg", SMC_RANGES_BITMAP, LINES(30), "000000000000000000000000000001\n");
    assert_walk("BAAAAAAA;A", SMC_RANGES_BITMAP, LINES(1), "1\n"); /* zeros go on past the end */
}

static void long_numbers(void **state)
{
    (void)state;
    /* 33 is `hB`; zeros at the high end mean nothing. */
    assert_walk("ChB", SMC_RANGES_ZERO_BASED, LINES(36), "001000000000000000000000000000000001\n");
    assert_walk("DhggggggggggggA", SMC_RANGES_ONE_BASED, LINES(4), "0011\n");
}

#define MISSING "a range mapping that does not exist@"
#define TWICE "a range mapping named twice@"

static void mappings_that_do_not_exist(void **state)
{
    (void)state;
    assert_walk("CCB;A", SMC_RANGES_ZERO_BASED, LINES(3, 1), "001;1\n" MISSING "1\n" MISSING "2\n");
    assert_walk("DCB;B", SMC_RANGES_ONE_BASED, LINES(3, 1), "001;1\n" MISSING "1\n" MISSING "2\n");
    assert_walk("EM;B", SMC_RANGES_BITMAP, LINES(3, 1), "001;1\n" MISSING "1\n" MISSING "1\n");
    /* Lines without mappings, and after the last. */
    assert_walk("A;A;;A", SMC_RANGES_ZERO_BASED, LINES(1, -1), "1;\n" MISSING "2\n" MISSING "5\n");
    assert_walk("B;B;;B", SMC_RANGES_BITMAP, LINES(1, -1), "1;\n" MISSING "2\n" MISSING "5\n");
    /* As far as numbers go. */
    assert_walk("//////D//////D//////D", SMC_RANGES_ZERO_BASED, LINES(1),
                "0\n" MISSING "0\n" MISSING "7\n" MISSING "14\n");
}

static void zeros(void **state)
{
    (void)state;
    assert_walk("BAAB", SMC_RANGES_ZERO_BASED, LINES(4), "0110\n" TWICE "1\n" TWICE "2\n");
    assert_walk("BAAB", SMC_RANGES_ONE_BASED, LINES(4), "1100\n" TWICE "1\n" TWICE "2\n");
    assert_walk("ABC;B", SMC_RANGES_ONE_BASED, LINES(4, 1),
                "1010;1\nrange mapping 0 of a line, where the first is 1@0\n");
    assert_walk("AC", SMC_RANGES_ZERO_BASED, LINES(4), "1010\n");
    assert_walk("CA;A", SMC_RANGES_ZERO_BASED, LINES(3, 1), "001;1\n" TWICE "1\n");
}

static void warns_of_the_taken(void **state)
{
    struct warned warned = {.nbytes = 4};
    struct smc_ranges_input input = {(const uint8_t *)"BhBC", 4, SMC_RANGES_ZERO_BASED, note,
                                     &warned};
    struct smc_ranges ranges;
    (void)state;
    smc_ranges_start(&ranges, &input);
    for (int i = 0; i < 40; i++) {
        if (smc_ranges_take(&ranges)) {
            smc_ranges_warn_taken(&ranges, "here");
        }
    }
    smc_ranges_finish(&ranges);
    assert_string_equal(warned.text.data, "here@0\nhere@1\nhere@3\n");
    text_free(&warned.text);
}

/* ---- the whole text ---- */

static void checks(void **state)
{
    static const struct {
        const char *text;
        enum smc_ranges_result vlq, bitmap;
        size_t vlq_at, bitmap_at;
    } cases[] = {
        {"", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {";;", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {"D", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {"BB;hB", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {"B;AB", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {"B;gA", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {"BA", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {"AA", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {"g", SMC_RANGES_DROPPED, SMC_RANGES_OK, 0, 0},
        {"B;Bg;B", SMC_RANGES_DROPPED, SMC_RANGES_OK, 3, 0},
        {"A;h;", SMC_RANGES_DROPPED, SMC_RANGES_OK, 2, 0},
        {"B,C", SMC_RANGES_DROPPED, SMC_RANGES_DROPPED, 1, 1},
        {" ", SMC_RANGES_DROPPED, SMC_RANGES_DROPPED, 0, 0},
        {"g=", SMC_RANGES_DROPPED, SMC_RANGES_DROPPED, 0, 1},
        {"B\xc3\xa9", SMC_RANGES_DROPPED, SMC_RANGES_DROPPED, 1, 1},
        {"//////D", SMC_RANGES_OK, SMC_RANGES_OK, 0, 0},
        {"B;ggggggE", SMC_RANGES_OVERFLOW, SMC_RANGES_OK, 2, 0},
        {"BggggggggE;gggggggE", SMC_RANGES_OVERFLOW, SMC_RANGES_OK, 1, 0},
        /* Bad grammar anywhere goes before. */
        {"ggggggE;B;g", SMC_RANGES_DROPPED, SMC_RANGES_OK, 10, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t nbytes = strlen(cases[i].text);
        struct guarded copy = guarded_copy(cases[i].text, nbytes, GUARD_AFTER);
        for (enum smc_ranges_form form = 0; form <= SMC_RANGES_BITMAP; form++) {
            int is_bitmap = form == SMC_RANGES_BITMAP;
            struct smc_ranges_input input = {copy.bytes, nbytes, form, NULL, NULL};
            const char *reason = NULL;
            size_t at = 0;
            enum smc_ranges_result result = smc_ranges_check(&input, &reason, &at);
            assert_int_equal(result, is_bitmap ? cases[i].bitmap : cases[i].vlq);
            assert_int_equal(at, is_bitmap ? cases[i].bitmap_at : cases[i].vlq_at);
            if (result == SMC_RANGES_OK) {
                assert_null(reason);
            } else {
                assert_string_equal(reason, result == SMC_RANGES_OVERFLOW
                                                ? "a number of 2^32 or more"
                                            : is_bitmap ? "not base64 digits"
                                                        : "not base64 VLQs");
            }
        }
        guarded_free(&copy);
    }
    assert_true(SMC_RANGES_ZERO_BASED == 0 && SMC_RANGES_ONE_BASED == 1 && SMC_RANGES_BITMAP == 2);
}

/* ---- random sets of indices ---- */

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define N_LINES 5
#define N_MAPPINGS 100

static void write_line(struct text *text, enum smc_ranges_form form, const int *is_range, int n)
{
    int last = form == SMC_RANGES_ONE_BASED ? -1 : 0;

    for (int i = 0; i < n && form == SMC_RANGES_BITMAP; i += 6) {
        unsigned bits = 0;
        for (int bit = 0; bit < 6 && i + bit < n; bit++) {
            bits |= (unsigned)is_range[i + bit] << bit;
        }
        text_add(text, &BASE64[bits], 1);
    }
    for (int i = 0; i < n && form != SMC_RANGES_BITMAP; i++) {
        if (is_range[i]) {
            text_unsigned_vlq(text, (uint64_t)(i - last));
            last = i;
        }
    }
}

static void what_is_written_is_read(void **state)
{
    struct rng rng = {77};
    (void)state;
    for (int round = 0; round < 600; round++) {
        enum smc_ranges_form form = (enum smc_ranges_form)rng_below(&rng, 3);
        struct text text = {0}, wanted = {0};
        int lines[N_LINES + 1] = {0};
        for (int line = 0; line < N_LINES; line++) {
            int is_range[N_MAPPINGS];
            uint32_t density = 1 + rng_below(&rng, 60);
            lines[line] = 1 + (int)rng_below(&rng, N_MAPPINGS);
            text_puts(&text, line > 0 ? ";" : "");
            text_puts(&wanted, line > 0 ? ";" : "");
            for (int i = 0; i < lines[line]; i++) {
                is_range[i] = rng_below(&rng, density) == 0;
                text_puts(&wanted, is_range[i] ? "1" : "0");
            }
            write_line(&text, form, is_range, lines[line]);
        }
        text_puts(&wanted, "\n");
        assert_walk(text.data, form, lines, wanted.data);
        text_free(&text);
        text_free(&wanted);
    }
}

/* ---- the proposal's tests ---- */

/* Mappings of each line of a `mappings` string, as `walk` wants them. */
static void count_mappings(const struct text *mappings, int *lines, int n_lines_max)
{
    int n = 0, line = 0;

    for (size_t i = 0; i <= mappings->nbytes; i++) {
        char c = mappings->data[i]; /* 0 after the last */
        int is_end = c == ';' || c == 0;
        n += (is_end || c == ',') && i > 0 && strchr(";,", mappings->data[i - 1]) == NULL;
        if (is_end) {
            assert_true(line + 1 < n_lines_max);
            lines[line++] = n == 0 ? -1 : n;
            n = 0;
        }
    }
    lines[line] = 0;
}

/* Returns whether the map is in order. */
static int walk_map(const char *name, const char **wanted)
{
    static const struct {
        const char *name, *wanted;
    } walks[] = {
        {"empty-string.js.map", "\n"},
        {"simple.js.map", ";1;0\n"},
        {"newline-semantics.js.map", "1;0\n"},
        {"out-of-range.js.map", "0\n" MISSING "0\n"},
        {"out-of-range-2.js.map", "0\n" MISSING "0\n" MISSING "2\n" MISSING "4\n"},
    };
    struct text path = shared_data_path("tc39/resources/proposals/range-mappings/");
    struct json_text map;
    int lines[16], is_good = 0;

    text_puts(&path, name);
    assert_true(json_file_read(path.data, &map));
    text_free(&path);
    *wanted = NULL;
    /* A value that is no string is for who reads the keys. */
    if (json_member(&map.root, "rangeMappings").type == SMC_JSON_STRING) {
        for (size_t i = 0; i < COUNT_OF(walks); i++) {
            *wanted = strcmp(walks[i].name, name) == 0 ? walks[i].wanted : *wanted;
        }
        assert_non_null(*wanted);
        struct text mappings = json_member_text(&map.root, "mappings");
        struct text ranges = json_member_text(&map.root, "rangeMappings");
        count_mappings(&mappings, lines, (int)COUNT_OF(lines));
        struct text out = walk(ranges.data, SMC_RANGES_ONE_BASED, lines);
        assert_string_equal(out.data, *wanted);
        is_good = strchr(out.data, '@') == NULL;
        text_free(&out);
        text_free(&mappings);
        text_free(&ranges);
    }
    json_file_free(&map);
    return is_good;
}

static void the_proposals_tests(void **state)
{
    struct text path = shared_data_path("tc39/range-mappings-proposal-tests.json");
    struct json_text suite;
    unsigned n_strings = 0, n = 0;
    (void)state;
    if (!json_file_read(path.data, &suite)) {
        text_free(&path);
        print_message("the test data is not here\n");
        skip();
    }
    struct smc_json list = json_member(&suite.root, "tests"), test;
    struct smc_json_walk tests = smc_json_walk(&list);
    while (smc_json_next_element(&tests, &test)) {
        struct text name = json_member_text(&test, "sourceMapFile");
        struct smc_json is_valid = json_member(&test, "sourceMapIsValid");
        const char *wanted;
        assert_int_equal(walk_map(name.data, &wanted), is_valid.type == SMC_JSON_TRUE);
        n_strings += wanted != NULL;
        n++;
        text_free(&name);
    }
    assert_int_equal(n, 8);
    assert_int_equal(n_strings, 5);
    json_file_free(&suite);
    text_free(&path);
}

/* ---- lookups ---- */

#define END (SMC_NONE - 1)

/* Spec 5.5: what is more than SMC_NONE - 1 is SMC_NONE - 1, on the token's line and on later ones. */
static void positions_have_an_end(void **state)
{
    static const struct {
        uint32_t line, column, source_line, source_column;
    } rows[] = {
        {0, 5, 3, 7}, /* the token is at 0:5, and stands for 3:7 */
        {0, 6, 3, 8},
        {0, END - 2, 3, END},
        {0, END - 1, 3, END},
        {0, END, 3, END},
        {0, UINT32_MAX, 3, END},
        {1, 0, 4, 0},
        {1, END - 1, 4, END - 1},
        {1, END, 4, END},
        {1, UINT32_MAX, 4, END},
        {END - 3, 9, END, 9},
        {END - 2, 9, END, 9},
        {END, END, END, END},
        {UINT32_MAX, 0, END, 0},
        {UINT32_MAX, UINT32_MAX, END, END},
    };
    struct file file = build_mappings("KAGO", "\"sources\":[\"a\"],\"rangeMappings\":\"A\"");
    smc_cache *cache = open_file(&file);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct smc_position at = {rows[i].line, rows[i].column};
        struct smc_token token;
        assert_int_equal(smc_lookup(cache, at.line, at.column, 0, &token), SMC_OK);
        assert_int_equal(token.flags, SMC_TOKEN_RANGE);
        assert_int_equal(token.source_line, rows[i].source_line);
        assert_int_equal(token.source_column, rows[i].source_column);
        assert_int_equal(smc_lookup_batch(cache, &at, 1, 0, &token), SMC_OK);
        assert_int_equal(token.source_column, rows[i].source_column);
    }
    smc_close(cache);
    file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_in_three_forms),
        cmocka_unit_test(bits_of_a_digit),
        cmocka_unit_test(long_numbers),
        cmocka_unit_test(mappings_that_do_not_exist),
        cmocka_unit_test(zeros),
        cmocka_unit_test(warns_of_the_taken),
        cmocka_unit_test(checks),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_proposals_tests),
        cmocka_unit_test(positions_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
