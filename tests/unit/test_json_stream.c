/*
 * JSON in pieces, against JSON as a whole (src/json, which has tests of its own).
 */
#include "tests/unit/shared_map.h"

#include <dirent.h>

#include "src/rewrite/json_stream.h"

/* All that is told of a text that comes in pieces which end at `cuts`: "K4:abc" a key and what it is, "B3" and "E7" the
 * begin and the end of a value, "!5 reason", "." the end. With `skips` every other value is skipped, one in four of
 * these with its end told. */
static void log_pieces(struct text *log, const void *bytes, size_t nbytes, const size_t *cuts,
                       size_t n_cuts, int skips)
{
    struct smc_json_stream stream;
    size_t from = 0, n_told = 0;

    smc_json_stream_open(&stream);
    text_puts(log, "");
    for (size_t i = 0; i <= n_cuts; i++) {
        const size_t to = i < n_cuts ? cuts[i] : nbytes;
        /* In memory of its own: what is before and behind is not for the scanner to see. */
        uint8_t *piece = malloc(to - from + 1);
        assert_non_null(piece);
        memcpy(piece, (const uint8_t *)bytes + from, to - from);
        const uint8_t *p = piece;
        enum smc_json_event event;
        while ((event = smc_json_stream_next(&stream, &p, piece + (to - from))) != SMC_JSON_MORE) {
            text_puts(log, event == SMC_JSON_KEY     ? "K"
                           : event == SMC_JSON_BEGIN ? "B"
                           : event == SMC_JSON_END   ? "E"
                                                     : "!");
            text_number(log, from + (size_t)(p - piece));
            if (event == SMC_JSON_KEY) {
                text_puts(log, ":");
                text_add(log, stream.key, stream.key_nbytes);
            } else if (event == SMC_JSON_ERROR) {
                text_puts(log, " ");
                text_puts(log, stream.reason);
                free(piece);
                smc_json_stream_close(&stream);
                return;
            }
            text_puts(log, " ");
            if (skips && event != SMC_JSON_END && ++n_told % 2 == 0) {
                smc_json_stream_skip(&stream, n_told % 8 == 0);
            }
        }
        assert_ptr_equal(p, piece + (to - from));
        free(piece);
        from = to;
    }
    if (smc_json_stream_finish(&stream) == 0) {
        assert_int_equal(smc_json_stream_depth(&stream), 0);
        text_puts(log, ".");
    } else {
        text_puts(log, "!");
        text_number(log, nbytes);
        text_puts(log, " ");
        text_puts(log, stream.reason);
    }
    smc_json_stream_close(&stream);
}

static void assert_log(const char *bytes, int skips, const char *wanted)
{
    struct text log = {0};

    log_pieces(&log, bytes, strlen(bytes), NULL, 0, skips);
    assert_string_equal(log.data, wanted);
    text_free(&log);
}

/* Pieces of one byte, and each way to cut the text in two, tell the same. */
static void assert_cuts_alike(const void *bytes, size_t nbytes)
{
    for (int skips = 0; skips < 2; skips++) {
        struct text whole = {0}, log = {0};
        size_t *cuts = calloc(nbytes + 1, sizeof *cuts);
        assert_non_null(cuts);
        log_pieces(&whole, bytes, nbytes, NULL, 0, skips);
        for (size_t i = 0; i < nbytes; i++) {
            cuts[i] = i;
        }
        log_pieces(&log, bytes, nbytes, cuts, nbytes, skips);
        assert_string_equal(log.data, whole.data);
        text_free(&log);
        for (size_t cut = 0; cut <= nbytes; cut++) {
            log_pieces(&log, bytes, nbytes, &cut, 1, skips);
            assert_string_equal(log.data, whole.data);
            text_free(&log);
        }
        text_free(&whole);
        free(cuts);
    }
}

static void tells_keys_and_values(void **state)
{
    (void)state;
    assert_log(" {\"a\" : [1, \"x\"],\"\":{} }", 0,
               "B1 K5:a B8 B9 E10 B12 E15 E16 K19: B20 E22 E24 .");
    assert_log("[[1,2],[3,4]] ", 1, "B0 B1 B7 B8 B10 E11 E12 E13 .");
    assert_log("-0.5e+7", 0, "B0 .");
    assert_log("true\n \"x\"\r[]\n", 0, "B0 E4 B6 E9 B10 E12 .");
    assert_log("\xef\xbb\xbf{}", 0, "B3 E5 .");
    assert_log("{\"a\\u0062\":null}", 0, "B0 K10:a\\u0062 B11 E15 E16 .");
}

static void skips_what_nobody_wants(void **state)
{
    struct smc_json_stream stream;
    static const uint8_t text[] = "{\"a\":{\"b\":[1,2,{\"c\":3}]},\"d\":[4,5],\"e\":6}";
    const uint8_t *p = text, *end = text + sizeof text - 1;

    (void)state;
    smc_json_stream_open(&stream);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_BEGIN);
    assert_int_equal(smc_json_stream_depth(&stream), 0);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_KEY);
    smc_json_stream_skip(&stream, 0);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_KEY);
    assert_memory_equal(stream.key, "d", 1);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_BEGIN);
    assert_int_equal(*p, '[');
    assert_int_equal(smc_json_stream_depth(&stream), 1);
    smc_json_stream_skip(&stream, 1);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_END);
    assert_memory_equal(p - 3, ",5],", 4);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_KEY);
    smc_json_stream_skip(&stream, 1);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_END);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_END);
    assert_int_equal(smc_json_stream_next(&stream, &p, end), SMC_JSON_MORE);
    assert_int_equal(smc_json_stream_finish(&stream), 0);
    assert_int_equal(stream.n_documents, 1);
    smc_json_stream_close(&stream);
}

static const char document[] =
    " {\"a\" : [ 1 , -2.50e+3, true,false ,null,{ } ,[ ],[[\"x\\\"]\\\\\"]] ] ,"
    "\"a string of more than sixteen bytes, and of thirty-two, \\u00e9 \\\\ \\/ \\b\\f\\n\\r\\t "
    "\\uD83d\\uDe00\":{\"\":0},\"n\":[0,10,200,3000,0.5,-1,40000,5],"
    "\"z\":\"\xc3\xa9\"}\r\n[{\"last\":{\"one\":1E5}}]\n 12";

static void any_cut_tells_the_same(void **state)
{
    (void)state;
    assert_cuts_alike(document, sizeof document - 1);
    assert_cuts_alike("\xef\xbb\xbf[\"\"]", 7);
    assert_cuts_alike("\xef\xbb", 2);
}

static void refuses_with_place_and_reason(void **state)
{
    static const char *const rows[][2] = {
        {"", "!0 the input is empty"},
        {" \n", "!2 the input is empty"},
        {"\xef\xbb\xbf", "!3 the input is empty"},
        {"\xef\xbb{}", "!2 value expected"},
        {"[1,]", "B0 B1 E2 B3 !3 value expected"},
        {"[1 2]", "B0 B1 E2 !3 comma or ] expected"},
        {"[1", "B0 B1 !2 array without an end"},
        {"{\"a\" 1}", "B0 K4:a !5 colon expected"},
        {"{\"a\":1 2}", "B0 K4:a B5 E6 !7 comma or } expected"},
        {"{\"a\":1,}", "B0 K4:a B5 E6 !7 key expected"},
        {"{1:2}", "B0 !1 key expected"},
        {"{\"a\":1", "B0 K4:a B5 !6 object without an end"},
        {"[", "B0 !1 array without an end"},
        {"[}", "B0 B1 !1 value expected"},
        {"{]", "B0 !1 key expected"},
        {"[\"ab", "B0 B1 !4 string without an end"},
        {"[\"ab\\", "B0 B1 !5 string without an end"},
        {"\"a\nb\"", "B0 !2 raw control character in a string"},
        {"\"\\x\"", "B0 !2 unknown escape in a string"},
        {"\"\\u12g4\"", "B0 !5 \\u without four hexadecimal digits"},
        {"-", "B0 !1 number without digits"},
        {"[-]", "B0 B1 !2 number without digits"},
        {"012", "B0 !1 number with a leading zero"},
        {"[0,01]", "B0 B1 E2 B3 !4 number with a leading zero"},
        {"[1.]", "B0 B1 !3 number without digits after the point"},
        {"[1e+]", "B0 B1 !4 number without digits in its exponent"},
        {"nul", "B0 !3 value expected"},
        {"nulx", "B0 !3 value expected"},
        {"1 x", "B0 E1 !2 text after the end of the JSON value"},
        {"[][]", "B0 E2 !2 text after the end of the JSON value"},
        {"[]\n]", "B0 E2 B3 !3 value expected"},
        {"{}}", "B0 E2 !2 text after the end of the JSON value"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_log(rows[i][0], 0, rows[i][1]);
        assert_cuts_alike(rows[i][0], strlen(rows[i][0]));
    }
}

/* ---- against the check of whole texts ---- */

/* The place of the error, or -1: there is none. */
static int64_t fault_of(const uint8_t *bytes, size_t nbytes, int skips)
{
    struct text log = {0};
    int64_t fault = -1;

    log_pieces(&log, bytes, nbytes, NULL, 0, skips);
    const char *mark = strrchr(log.data, '!');
    if (log.data[log.nbytes - 1] != '.' && mark != NULL) {
        fault = strtoll(mark + 1, NULL, 10);
    }
    text_free(&log);
    return fault;
}

/* Several documents are what only the one accepts, and too deep ones. */
static int is_json(const uint8_t *bytes, size_t nbytes, int *goes_on)
{
    struct smc_json_text checked;
    struct smc_json root;
    struct smc_json_error error = {NULL, NULL};
    const int accepted = smc_json_check(&checked, bytes, nbytes, 0, &root, &error) == 0;

    *goes_on = !accepted && strcmp(error.reason, "text after the end of the JSON value") == 0;
    smc_json_text_free(&checked);
    return accepted;
}

static void assert_as_whole(const uint8_t *bytes, size_t nbytes)
{
    int goes_on;
    const int wanted = is_json(bytes, nbytes, &goes_on);

    for (int skips = 0; skips < 2 && !goes_on; skips++) {
        if ((fault_of(bytes, nbytes, skips) < 0) != wanted) {
            fail_msg("%s: %.*s", wanted ? "refused" : "accepted", (int)nbytes, (const char *)bytes);
        }
    }
}

static void agrees_on_random_changes(void **state)
{
    static const char alphabet[] = "{}[],:\"\\ \n0123456789-+.eEaunltrfs\x01\x80\xe9/xbX";
    struct rng rng = {4711};
    uint8_t text[sizeof document];

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t nbytes = sizeof document - 1;
        memcpy(text, document, nbytes);
        for (uint32_t k = 1 + rng_below(&rng, 2); k > 0; k--) {
            uint32_t at = rng_below(&rng, (uint32_t)nbytes);
            if (rng_below(&rng, 3) == 0) {
                memmove(text + at, text + at + 1, nbytes - at - 1);
                nbytes--;
            } else {
                text[at] = (uint8_t)alphabet[rng_below(&rng, sizeof alphabet - 1)];
            }
        }
        assert_as_whole(text, nbytes);
        const size_t cut = rng_below(&rng, (uint32_t)nbytes);
        struct text whole = {0}, log = {0};
        log_pieces(&whole, text, nbytes, NULL, 0, round % 2);
        log_pieces(&log, text, nbytes, &cut, 1, round % 2);
        assert_string_equal(log.data, whole.data);
        text_free(&whole);
        text_free(&log);
    }
}

static void agrees_on_the_suite(void **state)
{
    struct text folder = shared_data_path("json/test_parsing"), path = {0}, text;
    DIR *listing = opendir(folder.data);
    unsigned n = 0;

    (void)state;
    if (listing == NULL) {
        text_free(&folder);
        print_message("the test data is not here\n");
        skip();
    }
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        text_puts(&path, folder.data);
        text_puts(&path, "/");
        text_puts(&path, entry->d_name);
        assert_true(read_file(path.data, &text));
        int goes_on;
        const int wanted = is_json((const uint8_t *)text.data, text.nbytes, &goes_on);
        const int found = fault_of((const uint8_t *)text.data, text.nbytes, 0) < 0;
        if (entry->d_name[0] != 'i' && (entry->d_name[0] == 'y') != found) {
            fail_msg("%s: %s", entry->d_name, found ? "accepted" : "refused");
        }
        assert_int_equal(found, wanted);
        if (text.nbytes < 1000) {
            assert_cuts_alike(text.data, text.nbytes);
        }
        text_free(&text);
        text_free(&path);
        n++;
    }
    closedir(listing);
    text_free(&folder);
    assert_true(n > 200);
}

/* ---- limits ---- */

static void nesting(void **state)
{
    const size_t depths[] = {200000, SMC_JSON_STREAM_DEPTH_MAX, SMC_JSON_STREAM_DEPTH_MAX + 1};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        struct text text = {0};
        for (size_t level = 0; level < depths[i]; level += 2) {
            text_puts(&text, level + 1 == depths[i] ? "[" : "[{\"\":");
        }
        text_puts(&text, "0");
        for (size_t level = 0; level < depths[i]; level += 2) {
            text_puts(&text, level + 1 == depths[i] ? "]" : "}]");
        }
        struct smc_json_stream stream;
        const uint8_t *p = (const uint8_t *)text.data;
        smc_json_stream_open(&stream);
        smc_json_stream_skip(&stream, 1);
        const enum smc_json_event event = smc_json_stream_next(&stream, &p, p + text.nbytes);
        if (i < 2) {
            assert_int_equal(event, SMC_JSON_END);
            assert_int_equal(smc_json_stream_finish(&stream), 0);
        } else {
            assert_int_equal(event, SMC_JSON_ERROR);
            assert_string_equal(stream.reason, "nested deeper than 1,048,576 levels");
        }
        smc_json_stream_close(&stream);
        text_free(&text);
    }
}

/* A key in pieces is known up to a limit, and beyond it none. */
static void long_keys(void **state)
{
    (void)state;
    for (size_t nbytes = 0; nbytes < 3 * SMC_JSON_STREAM_KEY_NBYTES_MAX; nbytes++) {
        struct text text = {0};
        struct smc_json_stream stream;
        text_puts(&text, "{\"");
        text_repeat(&text, 'k', nbytes);
        text_puts(&text, "\":1}");
        smc_json_stream_open(&stream);
        enum smc_json_event event = SMC_JSON_MORE;
        for (size_t i = 0; i < text.nbytes && event != SMC_JSON_KEY; i++) {
            const uint8_t *p = (const uint8_t *)text.data + i, *end = p + 1;
            while ((event = smc_json_stream_next(&stream, &p, end)) == SMC_JSON_BEGIN) {
            }
        }
        assert_int_equal(event, SMC_JSON_KEY);
        if (nbytes < SMC_JSON_STREAM_KEY_NBYTES_MAX) {
            assert_int_equal(stream.key_nbytes, nbytes);
            assert_memory_equal(stream.key, text.data + 2, nbytes);
        } else {
            assert_null(stream.key);
        }
        smc_json_stream_close(&stream);
        text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_keys_and_values),
        cmocka_unit_test(skips_what_nobody_wants),
        cmocka_unit_test(any_cut_tells_the_same),
        cmocka_unit_test(refuses_with_place_and_reason),
        cmocka_unit_test(agrees_on_random_changes),
        cmocka_unit_test(agrees_on_the_suite),
        cmocka_unit_test(nesting),
        cmocka_unit_test(long_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
