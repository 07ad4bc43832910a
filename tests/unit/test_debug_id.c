/*
 * Debug IDs: as text, and in the last lines of generated files.
 */
#include "tests/unit/support.h"

#include "src/find/find.h"

#define ID "85314830-023f-4cf1-a267-535f4e37bb17"
#define OTHER_ID "00000000-0000-0000-0000-000000000000"

static const uint8_t id_bytes[SMC_DEBUG_ID_NBYTES] = {
    0x85, 0x31, 0x48, 0x30, 0x02, 0x3f, 0x4c, 0xf1, 0xa2, 0x67, 0x53, 0x5f, 0x4e, 0x37, 0xbb, 0x17};

/* Beside a page without access, at both sides; a refusal leaves the ID alone. */
static int parses_to(const char *text, size_t nbytes, int lenient, const uint8_t *wanted)
{
    uint8_t untouched[SMC_DEBUG_ID_NBYTES];
    int is_good[2];

    memset(untouched, 0xee, sizeof untouched);
    for (int side = GUARD_AFTER; side <= GUARD_BEFORE; side++) {
        struct guarded in = guarded_copy(text, nbytes, (enum guard_side)side);
        uint8_t id[SMC_DEBUG_ID_NBYTES];
        memset(id, 0xee, sizeof id);
        int status = smc_debug_id_parse(in.bytes, nbytes, lenient, id);
        assert_true(status == 0 || status == -1);
        assert_memory_equal(id, status == 0 ? wanted : untouched, sizeof id);
        is_good[side] = status == 0;
        guarded_free(&in);
    }
    assert_int_equal(is_good[0], is_good[1]);
    return is_good[0];
}

static int parses(const char *text, int lenient)
{
    return parses_to(text, strlen(text), lenient, id_bytes);
}

static void parses_uuids(void **state)
{
    (void)state;
    for (int lenient = 0; lenient <= 1; lenient++) {
        assert_true(parses(ID, lenient));
        assert_true(parses("85314830-023F-4CF1-A267-535F4E37BB17", lenient));
        assert_true(parses("85314830-023f-4CF1-a267-535f4e37bB17", lenient));
        assert_false(parses("", lenient));
        assert_false(parses(" " ID, lenient));
        assert_false(parses("{" ID "}", lenient));
        assert_false(parses(ID "\n", lenient));
        assert_false(parses("urn:uuid:" ID, lenient));
        assert_false(parses("8531483-0023f-4cf1-a267-535f4e37bb17", lenient));
        assert_false(parses("853148300-23f-4cf1-a267-535f4e37bb17", lenient));
        assert_false(parses("85314830-023f-4cf1-a267-535f4e37bb1-", lenient));
        assert_false(parses("85314830_023f_4cf1_a267_535f4e37bb17", lenient));
        assert_false(parses("85314830-023f-4cf1-a267535f4e37bb17", lenient));
        assert_false(parses_to(ID "\0", sizeof ID, lenient, id_bytes));
    }
}

static void parses_more_if_lenient(void **state)
{
    static const char *const texts[] = {"85314830023f4cf1a267535f4e37bb17",
                                        "85314830023F4CF1A267535F4E37BB17",
                                        "85314830023f4cf1a267535f4e37bb17 \t", ID " ", ID "\t\t  "};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_false(parses(texts[i], 0));
        assert_true(parses(texts[i], 1));
    }
    assert_false(parses("    ", 1));
    assert_false(parses("85314830023f4cf1a267535f4e37bb1  ", 1));
}

/* Every length but one; every byte at every place. */
static void parses_nothing_else(void **state)
{
    char text[SMC_DEBUG_ID_TEXT_NBYTES + 1];
    static const char more[] = ID "0123456789";

    (void)state;
    for (size_t n = 0; n <= sizeof more - 1; n++) {
        assert_int_equal(parses_to(more, n, 0, id_bytes), n == SMC_DEBUG_ID_TEXT_NBYTES);
        assert_int_equal(parses_to(more, n, 1, id_bytes), n == SMC_DEBUG_ID_TEXT_NBYTES);
    }
    for (size_t at = 0; at < SMC_DEBUG_ID_TEXT_NBYTES; at++) {
        for (int c = 0; c < 256; c++) {
            uint8_t id[SMC_DEBUG_ID_NBYTES];
            memcpy(text, ID, sizeof text);
            text[at] = (char)c;
            int wanted =
                ID[at] == '-' ? c == '-' : c < 128 && c > 0 && strchr("0123456789abcdefABCDEF", c);
            assert_int_equal(smc_debug_id_parse(text, SMC_DEBUG_ID_TEXT_NBYTES, 0, id),
                             wanted ? 0 : -1);
        }
    }
}

static void formats(void **state)
{
    char text[SMC_DEBUG_ID_TEXT_NBYTES + 1];
    uint8_t id[SMC_DEBUG_ID_NBYTES];
    struct rng rng = {5};

    (void)state;
    smc_debug_id_format(id_bytes, text);
    assert_string_equal(text, ID);
    for (int i = 0; i < 1000; i++) {
        for (size_t j = 0; j < sizeof id; j++) {
            id[j] = (uint8_t)rng_below(&rng, 256);
        }
        smc_debug_id_format(id, text);
        assert_int_equal(strlen(text), SMC_DEBUG_ID_TEXT_NBYTES);
        assert_true(parses_to(text, SMC_DEBUG_ID_TEXT_NBYTES, 0, id));
    }
}

/* ---- in files ---- */

/* The ID that a file bears, as text; "" if it has none. */
static struct text found(const char *bytes, size_t nbytes, int lenient)
{
    struct text text = {0};

    text_add(&text, "", 0);
    for (int side = GUARD_AFTER; side <= GUARD_BEFORE; side++) {
        struct guarded in = guarded_copy(bytes, nbytes, (enum guard_side)side);
        uint8_t id[SMC_DEBUG_ID_NBYTES];
        char id_text[SMC_DEBUG_ID_TEXT_NBYTES + 1] = "";
        int has_id = smc_debug_id_find(in.bytes, nbytes, lenient, id);
        assert_true(has_id == 0 || has_id == 1);
        if (has_id) {
            smc_debug_id_format(id, id_text);
        }
        if (side == GUARD_AFTER) {
            text_puts(&text, id_text);
        } else {
            assert_string_equal(id_text, text.data);
        }
        guarded_free(&in);
    }
    return text;
}

static void assert_found_in(const char *bytes, size_t nbytes, int lenient, const char *wanted)
{
    struct text id = found(bytes, nbytes, lenient);

    if (strcmp(id.data, wanted) != 0) {
        fail_msg("\"%s\"%s: \"%s\" found, \"%s\" wanted", bytes, lenient ? " (lenient)" : "",
                 id.data, wanted);
    }
    text_free(&id);
}

static void assert_found(const char *file, const char *wanted)
{
    assert_found_in(file, strlen(file), 0, wanted);
    assert_found_in(file, strlen(file), 1, wanted);
}

#define LINE "//# debugId=" ID

static void finds_in_lines(void **state)
{
    (void)state;
    assert_found("", "");
    assert_found(LINE, ID);
    assert_found(LINE "\n", ID);
    assert_found("code();\n" LINE "\n//# sourceMappingURL=x\n", ID);
    assert_found("//# debugId=85314830-023F-4CF1-A267-535F4E37BB17\r\n", ID);
    assert_found("\xef\xbb\xbf" LINE, ID); /* a byte order mark is not of the text */
    assert_found("a\n\xef\xbb\xbf" LINE, "");
    assert_found("\xef\xbb\xbf", "");
    assert_found("\xef\xbb", "");
    /* Only so. */
    assert_found(" " LINE, "");
    assert_found("code(); " LINE, "");
    assert_found("//@ debugId=" ID, "");
    assert_found("//#debugId=" ID, "");
    assert_found("//#  debugId=" ID, "");
    assert_found("//#\tdebugId=" ID, "");
    assert_found("// # debugId=" ID, "");
    assert_found("//# debugid=" ID, "");
    assert_found("//# debugId =" ID, "");
    assert_found("//# debugId= " ID, "");
    assert_found("/*# debugId=" ID " */", "");
    assert_found(LINE ";", "");
    assert_found("//# debugId=", "");
}

static void finds_more_if_lenient(void **state)
{
    static const char *const files[] = {LINE " ", LINE "\t\n",
                                        "//# debugId=85314830023f4cf1a267535f4e37bb17\nx\n"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        assert_found_in(files[i], strlen(files[i]), 0, "");
        assert_found_in(files[i], strlen(files[i]), 1, ID);
    }
    /* What only the lenient reader takes as the last is not in the other's way. */
    static const char two[] = "//# debugId=" OTHER_ID "\n" LINE " \n";
    assert_found_in(two, sizeof two - 1, 0, OTHER_ID);
    assert_found_in(two, sizeof two - 1, 1, ID);
}

static void the_last_one_wins(void **state)
{
    (void)state;
    assert_found("//# debugId=" OTHER_ID "\n" LINE, ID);
    assert_found(LINE "\n//# debugId=" OTHER_ID, OTHER_ID);
    assert_found(LINE "\n//# debugId=broken\n", ID);
}

/* Five lines by each line end; the empty line after the last one is not one of the five. */
static void counts_five_lines(void **state)
{
    static const char *const breaks[] = {"\n", "\r", "\r\n", "\xe2\x80\xa8", "\xe2\x80\xa9"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(breaks); i++) {
        for (int n_after = 0; n_after < 8; n_after++) {
            for (int is_empty = 0; is_empty <= 1; is_empty++) {
                struct text file = {0};
                text_puts(&file, "first");
                text_puts(&file, breaks[i]);
                text_puts(&file, LINE);
                for (int j = 0; j < n_after; j++) {
                    text_puts(&file, breaks[i]);
                    text_puts(&file, is_empty ? "" : "x\xa8\xe2\x80");
                }
                /* If the lines are empty, one of them is the one that does not count. */
                int n_counted = 1 + n_after - (is_empty && n_after > 0);
                assert_found(file.data, n_counted <= 5 ? ID : "");
                if (!is_empty) {
                    text_puts(&file, breaks[i]);
                    assert_found(file.data, n_counted <= 5 ? ID : "");
                    text_puts(&file, breaks[i]); /* this one is a line again */
                    assert_found(file.data, n_counted + 1 <= 5 ? ID : "");
                }
                text_free(&file);
            }
        }
    }
    assert_found(LINE "\n\r\n\n\r\n\r", ID); /* LF CR LF is two */
    assert_found(LINE "\n\r\n\n\r\n\r\n", ID);
    assert_found(LINE "\n\r\n\n\r\n\n\r", "");
    assert_found(LINE "\v\n", ""); /* FF and VT end no line of JavaScript */
    assert_found("x\f" LINE, "");
}

static void every_truncation(void **state)
{
    static const char file[] = "code\r\n" LINE "\r\n//# sourceMappingURL=x\r\n";
    const size_t id_end = sizeof "code\r\n" LINE - 1;

    (void)state;
    for (size_t n = 0; n < sizeof file; n++) {
        assert_found_in(file, n, 0, n >= id_end ? ID : "");
        assert_found_in(file, n, 1, n >= id_end ? ID : "");
    }
}

static void finds_behind_long_lines(void **state)
{
    struct text file = {0};

    (void)state;
    text_puts(&file, LINE "\n");
    text_repeat(&file, '"', 4 << 20);
    text_puts(&file, "\n");
    text_repeat(&file, '/', 4 << 20);
    assert_found(file.data, ID);
    for (int i = 0; i < 1000000; i++) {
        text_puts(&file, "//\n");
    }
    assert_found(file.data, "");
    text_puts(&file, LINE);
    assert_found(file.data, ID);
    text_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_uuids),        cmocka_unit_test(parses_more_if_lenient),
        cmocka_unit_test(parses_nothing_else), cmocka_unit_test(formats),
        cmocka_unit_test(finds_in_lines),      cmocka_unit_test(finds_more_if_lenient),
        cmocka_unit_test(the_last_one_wins),   cmocka_unit_test(counts_five_lines),
        cmocka_unit_test(every_truncation),    cmocka_unit_test(finds_behind_long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
