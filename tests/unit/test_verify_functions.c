/*
 * Named damage to what a file says of functions, as in test_verify.c: each check has a row that makes one field wrong
 * and expects exactly that check's words.
 */
#include "tests/unit/damage.h"
#include "tests/unit/features.h"
#include "tests/unit/functions.h"

enum which { FUNC, PLAIN, NAMELESS, SPLIT, N_WHICH };

static struct file files[N_WHICH];

/* Three tokens outside of any function. */
static struct file file_without_names(void)
{
    struct smc_function_table table = {0};

    smc_function_table_run(&table, 0,
                           add_nameless(&table, SMCF_FUNCTION_TOP_LEVEL, SMCF_NAME_ORIGINAL));
    return file_with_functions(&files[PLAIN], &table);
}

/* Strings "", "get ", "x.", "y" are the first; functions q.y and wy: records of 12 bits, 43b and 03f. */
static struct file file_of_pieces(void)
{
    struct file plain = build_mappings(
        "AAAA,CAAA", "\"sources\":[\"a.js\"],\"names\":[\"\",\"get \",\"x.\",\"y\"]");
    struct smc_function_table table = {0};
    static const uint8_t name[] = "wy";

    smc_function_table_run(&table, 0, add_named(&table, "q.y", SMCF_NAME_SCOPES));
    smc_function_table_run(
        &table, 1,
        smc_function_table_add(&table, name, 2, 1, SMCF_FUNCTION_NAMED, SMCF_NAME_SCOPES));
    struct file file = file_with_functions(&plain, &table);
    file_free(&plain);
    const uint8_t *functions = file.bytes + section_offset(&file, FUNCTIONS, NULL);
    static const uint8_t wanted[] = {0x3b, 0xf4, 0x03};
    assert_memory_equal(functions + sizeof(struct smcf_functions), wanted, sizeof wanted);
    return file;
}

static int make_files(void **state)
{
    (void)state;
    files[FUNC] = feature_file_functions();
    files[PLAIN] = build_mappings("AAAA,CAAA,CAAA", "\"sources\":[\"a.js\"]");
    files[NAMELESS] = file_without_names();
    files[SPLIT] = file_of_pieces();
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    for (int i = 0; i < N_WHICH; i++) {
        file_free(&files[i]);
    }
    return 0;
}

#define D SMC_E_DAMAGED
#define RESERVED "reserved bytes of FUNCTIONS are not zero"
#define BAD_NAMELESS "bad function without a name"
#define NO_RECORDS "widths of records that are not there"
#define NOT_READ "function that cannot be read"
#define BAD_SPLIT "name of a function that is not split as it must be"
#define DESCENDING "runs of a block do not ascend"
#define UNUSED "unused bits of runs are not zero"
#define NO_RUNS "runs that cannot be read"
#define NO_FUNCTION "function that does not exist"
#define ORDER "functions are not in the order of use"
#define NOT_USED "function that is not in use"
#define NOWHERE "call site at an impossible position"
#define NO_CHAIN "call site that does not lead to one before"

#define EXTENT(i, field) FIELD_OF(smcf_inlined, i, field)
#define SITE(i, field) FIELD_OF(smcf_call_site, i, field)

/* Records of 14 bits, from byte 16 on: 1253, 1a50 (the bits above are of the next one) .. */
static const struct row function_rows[] = {
    {FUNC, SET, FUNCTIONS, FIELD(smcf_functions, reserved), 1, D, RESERVED},
    {FUNC, SET, FUNCTIONS, BYTE(6), 0x13, D, RESERVED},
    {FUNC, SET, FUNCTIONS, BYTE(15), 0x80, D, RESERVED},
    {FUNC, SET, FUNCTIONS, BYTE(4), 0x13, D, BAD_NAMELESS}, /* NAMED */
    {FUNC, SET, FUNCTIONS, BYTE(4), 0x10, D, BAD_NAMELESS}, /* UNKNOWN */
    {FUNC, SET, FUNCTIONS, BYTE(4), 0x01, D, BAD_NAMELESS}, /* of no origin */
    {FUNC, SET, FUNCTIONS, BYTE(5), 0x1d, D, BAD_NAMELESS}, /* of origin 7 */
    {FUNC, SET, FUNCTIONS, BYTE(5), 0x92, D, BAD_NAMELESS}, /* more bits */
    {FUNC, SET, FUNCTIONS, BYTE(4), 0x12, D, BAD_NAMELESS}, /* twice */
    {FUNC, SET, FUNCTIONS, BYTE(5), 0x0d, D, BAD_NAMELESS}, /* descending */
    {FUNC, SET, FUNCTIONS, BYTE(16), 0x5f, D, NOT_READ},    /* string 15 */
    {FUNC, SET, FUNCTIONS, BYTE(17), 0x10, D, NOT_READ},    /* of no origin */
    {FUNC, SET, FUNCTIONS, 16, 2, 0x13d3, D, NOT_READ},     /* of origin 7 */
    {FUNC, SET, FUNCTIONS, BYTE(17), 0x32, D, NOT_READ},    /* joint 3 */
    {FUNC, SET, FUNCTIONS, 16, 4, 0x4494d253, D, "function that is there twice"},
    {FUNC, OR, FUNCTIONS, BYTE(26), 0x80, D, "unused bits of functions are not zero"},
    {FUNC, SET, FUNCTIONS, BYTE(-1), 1, D, "guard of FUNCTIONS is not zero"},
    {FUNC, SET, FUNCTIONS, BYTE(-8), 1, D, "guard of FUNCTIONS is not zero"},
    {SPLIT, SET, FUNCTIONS, BYTE(16), 0x38, D, BAD_SPLIT}, /* last "" */
    {SPLIT, SET, FUNCTIONS, BYTE(16), 0x27, D, BAD_SPLIT}, /* qualifier "" */
    {SPLIT, SET, FUNCTIONS, BYTE(16), 0x2b, D, BAD_SPLIT}, /* qualifier "get " */
    {SPLIT, SET, FUNCTIONS, 17, 2, 0x02f4, D, BAD_SPLIT},  /* qualifier "x.", no joint */
    {NAMELESS, SET, FUNCTIONS, FIELD(smcf_functions, last_width), 1, D, NO_RECORDS},
    {NAMELESS, SET, FUNCTIONS, FIELD(smcf_functions, qualifier_width), 32, D, NO_RECORDS},
    {PLAIN, INSERT, FUNCTIONS, NO_FIELD, 24, D, NOT_USED}, /* none at all */
    {FUNC, SET, CALL_SITES, SITE(0, function), SMCF_NONE, D, NOT_USED},
};

/*
 * Block 0: 8 runs; their tokens from byte 5 on, their functions from 12 on. Block 1: 4 runs from byte 15 on; tokens 2,
 * 5, 11 from byte 20 on: 02c282; functions from 23 on: 3, 1, 6, 2 of 3 bits: 058b. Offsets are packed as 0, 3, 0.
 */
static const struct row run_rows[] = {
    {FUNC, ADD, RUN_OFFSETS, FIELD(smcf_offset_group, first_word), 1, D,
     "bad group of an offset list"},
    {FUNC, SET, RUN_OFFSETS, BYTE(16), 0x1c, D, "offset list does not ascend"},
    {FUNC, SET, RUN_OFFSETS, BYTE(16), 0x08, D, "runs do not start where those before end"},
    {FUNC, SET, RUN_OFFSETS, BYTE(16), 0x0d, D, "runs do not start where those before end"},
    {FUNC, SET, RUNS, BYTE(0), 128, D, NO_RUNS},
    {FUNC, SET, RUNS, BYTE(1), 33, D, NO_RUNS},
    {FUNC, SET, RUNS, BYTE(16), 32, D, NO_RUNS}, /* no room */
    {FUNC, SET, RUNS, BYTE(15), 90, D, NO_RUNS},
    {FUNC, SET, RUNS, BYTE(5), 0x80, D, DESCENDING},   /* the second run begins with token 0, */
    {FUNC, SET, RUNS, 20, 3, 0x02c102, D, DESCENDING}, /* the third where the second does, */
    {FUNC, SET, RUNS, 20, 3, 0x030282, D, DESCENDING}, /* the last behind the last token */
    {FUNC, OR, RUNS, BYTE(11), 0x80, D, UNUSED},
    {FUNC, OR, RUNS, BYTE(22), 0x20, D, UNUSED},
    {FUNC, OR, RUNS, BYTE(24), 0x10, D, UNUSED},
    {FUNC, SET, RUNS, BYTE(23), 0x9b, D, "two runs of one function"},
    {FUNC, SET, RUNS, 17, 3, 100, D, NO_FUNCTION},
    {FUNC, SET, RUNS, 17, 3, SMCF_RUN_BASE_MAX, D, NO_FUNCTION},
    {FUNC, SET, RUNS, 17, 3, 1, D, ORDER},
    {NAMELESS, REMOVE, FUNCTIONS, NO_FIELD, 0, D, NO_FUNCTION},
    {NAMELESS, SET, RUNS, BYTE(2), 1, D, "runs without a named function have a base"},
    {NAMELESS, SET, RUNS, BYTE(5), 0, D, "RUNS without a function"},
    {FUNC, RESIZE, RUNS, NO_FIELD, 1, D, "bytes after the last runs"},
    {FUNC, SET, RUNS, BYTE(-1), 1, D, "guard of RUNS is not zero"},
};

static const struct row inlined_rows[] = {
    {FUNC, SET, INLINED, EXTENT(3, position.line), SMCF_LINE_MAX + 1, D,
     "extent at an impossible position"},
    {FUNC, SET, INLINED, EXTENT(2, position.column), SMCF_NONE, D,
     "extent at an impossible position"},
    {FUNC, SET, INLINED, EXTENT(1, position.column), 30, D, "extents do not ascend"},
    {FUNC, SET, INLINED, EXTENT(3, position.line), 0, D, "extents do not ascend"},
    {FUNC, SET, INLINED, EXTENT(0, flags), 2, D, "unknown flag of an extent"},
    {FUNC, SET, INLINED, EXTENT(1, flags), 0x81, D, "unknown flag of an extent"},
    {FUNC, SET, INLINED, EXTENT(0, call_site), SMCF_NONE, D,
     "extent that says what the one before says"},
    {FUNC, SET, INLINED, 3 * 17 + 8, 8, UINT64_C(6) << 32, D,
     "extent that says what the one before says"},
    {FUNC, SET, INLINED, EXTENT(1, call_site), 2, D, "extent of a call site that does not exist"},
    {FUNC, SET, INLINED, EXTENT(2, function), 8, D, NO_FUNCTION},
    {FUNC, SET, INLINED, EXTENT(2, function), SMCF_NONE - 1, D, NO_FUNCTION},
    {FUNC, SET, INLINED, EXTENT(2, function), 7, D, ORDER},
    {FUNC, SET, CALL_SITES, SITE(1, source), 2, D, "call site in a source that does not exist"},
    {FUNC, SET, CALL_SITES, SITE(1, source), SMCF_NONE, D,
     "call site in a source that does not exist"},
    {FUNC, SET, CALL_SITES, SITE(1, source_line), SMCF_NONE, D, NOWHERE},
    {FUNC, SET, CALL_SITES, SITE(0, source_column), SMCF_NONE, D, NOWHERE},
    {FUNC, SET, CALL_SITES, SITE(0, function), 8, D, NO_FUNCTION},
    {FUNC, SET, CALL_SITES, SITE(0, next), 0, D, NO_CHAIN},
    {FUNC, SET, CALL_SITES, SITE(1, next), 1, D, NO_CHAIN},
    {FUNC, SET, CALL_SITES, SITE(1, next), 2, D, NO_CHAIN},
    {FUNC, SET, INLINED, EXTENT(1, call_site), 0, D, "call site that is not in use"},
    {NAMELESS, INSERT, INLINED, NO_FIELD, 0, D, "INLINED without an extent"},
    {NAMELESS, INSERT, CALL_SITES, NO_FIELD, 0, D, "CALL_SITES without a call site"},
};

#undef D

static const struct table tables[] = {TABLE("function", VERIFY, function_rows),
                                      TABLE("run", VERIFY, run_rows),
                                      TABLE("inlined", VERIFY, inlined_rows)};

static void check(void **state)
{
    check_table(files, *state);
}

static void the_files_are_good(void **state)
{
    (void)state;
    check_files(files, N_WHICH);
}

static void every_reason_has_a_row(void **state)
{
    (void)state;
    unsigned n = check_reasons("src/verify/check_functions.c", tables, COUNT_OF(tables), NULL, 0) +
                 check_reasons("src/verify/check_inlined.c", tables, COUNT_OF(tables), NULL, 0);
    assert_true(n > 25);
}

/* Bits that verify refuses today belong to whoever comes later (spec 3.2, 5.8). */
static void flags_may_come_with_a_minor(void **state)
{
    struct parts parts = file_split(&files[FUNC]);
    struct smcf_inlined *extents = (void *)part_find(&parts, INLINED)->bytes.data;
    struct smc_frame frame;
    size_t n;

    (void)state;
    parts.header.minor = smcf_put16(SMCF_MINOR + 1);
    extents[0].flags = 0xfe;
    extents[1].flags = 0xff;
    struct file file = file_join(&parts);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_verify(cache, NULL), SMC_OK);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(smc_frames(cache, 0, 30 + 10 * i, 0, &frame, 1, &n), SMC_OK);
        assert_int_equal(n, 1);
        assert_int_equal(frame.flags, i == 0 ? 0 : SMC_FRAME_HIDDEN);
    }
    smc_close(cache);
    file_free(&file);
}

/* A table's rows are one test; its name says what they are about. */
#define TABLE_TEST(number, name)                                                                   \
    {                                                                                              \
        name, check, NULL, NULL, (void *)(uintptr_t)&tables[number]                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_are_good),
        TABLE_TEST(0, "functions_and_names"),
        TABLE_TEST(1, "runs"),
        TABLE_TEST(2, "extents_and_call_sites"),
        cmocka_unit_test(every_reason_has_a_row),
        cmocka_unit_test(flags_may_come_with_a_minor),
    };
    return cmocka_run_group_tests(tests, make_files, free_files);
}
