/*
 * Named damage that opening notices (spec 8): each of its checks has a row that makes one field wrong and
 * expects exactly that check's words. A last test reads the checks' sources, and wants a row for every reason
 * that is in there. What verify notices is in test_verify.c.
 */
#include "tests/unit/damage.h"
#include "tests/unit/features.h"

enum which { DEFLATE, RAW, EXTRA, EMPTY, FUNC, N_WHICH };

static struct file files[N_WHICH];

static int make_files(void **state)
{
    (void)state;
    files[DEFLATE] = feature_file_deflate();
    files[RAW] = feature_file_raw();
    files[EXTRA] = feature_file_extra();
    files[EMPTY] = build_mappings("", "\"sources\":[]");
    files[FUNC] = feature_file_functions();
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
#define NO_DIRECTORY "DIRECTORY contradicts the number of tokens"
#define SIZE "section size contradicts its count"
#define MISSING "a section is missing"
#define STRETCHES "LINE_COUNTS contradicts the size of the contents"

static const struct row header_rows[] = {
    {RAW, CUT, 0, NO_FIELD, 0, SMC_E_NOT_CACHE, "not an smcache file: wrong magic"},
    {RAW, CUT, 0, NO_FIELD, 1, SMC_E_TRUNCATED, "the file ends within its header"},
    {RAW, CUT, 0, NO_FIELD, 7, SMC_E_TRUNCATED, "the file ends within its header"},
    {RAW, CUT, 0, NO_FIELD, 127, SMC_E_TRUNCATED, "the file ends within its header"},
    {RAW, SET, IN_HEADER, BYTE(3), 'X', SMC_E_NOT_CACHE, "not an smcache file: wrong magic"},
    {RAW, SET, IN_HEADER, BYTE(0), 0x09, SMC_E_TEXT_DAMAGE,
     "damaged by a transfer as text: copy it again as binary"},
    {RAW, SET, IN_HEADER, BYTE(6), 0x1b, SMC_E_TEXT_DAMAGE,
     "damaged by a transfer as text: copy it again as binary"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, major), 2, SMC_E_VERSION,
     "unknown major version of the format: build the file again"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, must_understand), 1, SMC_E_FEATURE,
     "unknown must-understand flag"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, header_nbytes), 136, D, "header_nbytes is not 128"},
    {RAW, ADD, IN_HEADER, FIELD(smcf_header, file_nbytes), 1, SMC_E_TRUNCATED,
     "the file is shorter than its header says"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, file_nbytes), UINT64_MAX, SMC_E_TRUNCATED,
     "the file is shorter than its header says"},
    {RAW, ADD, IN_HEADER, FIELD(smcf_header, file_nbytes), UINT64_MAX, D,
     "the file is longer than its header says"},
    {RAW, SET, IN_HEADER, BYTE(76), 1, D, "reserved bytes of the header are not zero"},
    {RAW, SET, IN_HEADER, BYTE(127), 0x80, D, "reserved bytes of the header are not zero"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, n_sections), 1000, D,
     "more sections than the file can hold"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, n_sections), 0xffffffff, D,
     "more sections than the file can hold"},
    {EMPTY, SET, IN_HEADER, FIELD(smcf_header, n_sections), 0, D, "bytes after the last section"},
};

static const struct row section_rows[] = {
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, id), INFO, D, "section ids do not ascend"},
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, id), 1, D, "section ids do not ascend"},
    {RAW, ADD, IN_ENTRY(INFO), FIELD(smcf_section, off), 4, D, "misaligned section"},
    {RAW, ADD, IN_ENTRY(INFO), FIELD(smcf_section, off), (uint64_t)-8, D,
     "section overlaps or leaves a gap"},
    {RAW, ADD, IN_ENTRY(INFO), FIELD(smcf_section, off), 8, D, "section overlaps or leaves a gap"},
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, off), 0, D,
     "section overlaps or leaves a gap"},
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, off), (uint64_t)-8, D,
     "section overlaps or leaves a gap"},
    {RAW, ADD, IN_ENTRY(CONTENT), FIELD(smcf_section, nbytes), 1, D, "section leaves the file"},
    {RAW, SET, IN_ENTRY(INFO), FIELD(smcf_section, nbytes), UINT64_MAX, D,
     "section leaves the file"},
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, encoding), 1, SMC_E_FEATURE,
     "unknown encoding of a section"},
    {RAW, SET, IN_ENTRY(CONTENT), FIELD(smcf_section, encoding), 2, SMC_E_FEATURE,
     "unknown encoding of a section"},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, encoding), SMCF_CONTENT_DEFLATE,
     SMC_E_FEATURE, "unknown encoding of a section"},
    {RAW, ADD, IN_ENTRY(CONTENT), FIELD(smcf_section, nbytes), UINT64_MAX, D,
     "bytes after the last section"},
};

static const struct row shape_rows[] = {
    {RAW, REMOVE, INFO, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, INFO, NO_FIELD, 8, D, SIZE},
    {RAW, RESIZE, INFO, NO_FIELD, (uint64_t)-64, D, SIZE},
    {RAW, SET, IN_ENTRY(INFO), FIELD(smcf_section, count), 2, D, SIZE},
    {RAW, SET, INFO, BYTE(24), 1, D, "reserved bytes of INFO are not zero"},
    {RAW, SET, INFO, BYTE(31), 1, D, "reserved bytes of INFO are not zero"},

    {EXTRA, RESIZE, RANGES, NO_FIELD, 1, D, "RANGES contradicts the number of tokens"},
    {EXTRA, SET, IN_ENTRY(RANGES), FIELD(smcf_section, count), 4, D,
     "RANGES contradicts the number of tokens"},
    {RAW, INSERT, RANGES, NO_FIELD, 1, D, "RANGES contradicts the number of tokens"},
    {EXTRA, RESIZE, RAW_SOURCES, NO_FIELD, 4, D, SIZE},
    {EXTRA, SET, IN_ENTRY(RAW_SOURCES), FIELD(smcf_section, count), 1, D,
     "RAW_SOURCES contradicts the number of sources"},

    {RAW, REMOVE, DIRECTORY, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, DIRECTORY, NO_FIELD, 1, D, SIZE},
    {RAW, RESIZE, DIRECTORY, NO_FIELD, (uint64_t)-1, D, SIZE},
    {RAW, RESIZE, DIRECTORY, NO_FIELD, 12, D, SIZE},
    {EMPTY, RESIZE, DIRECTORY, NO_FIELD, 28, D, SIZE},
    {RAW, RESIZE, DIRECTORY, 1, 0, 0, D, NO_DIRECTORY},
    {EMPTY, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, count), UINT64_MAX, D, NO_DIRECTORY},
    {RAW, REMOVE, BLOCKS, NO_FIELD, 0, D, SIZE},
    {EMPTY, REMOVE, BLOCKS, NO_FIELD, 0, D, "BLOCKS has no guard"},
    {EMPTY, RESIZE, BLOCKS, NO_FIELD, (uint64_t)-1, D, "BLOCKS has no guard"},
    {RAW, ADD, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), 128, D, SIZE},
    {RAW, SET, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), 0, D, SIZE},
    {RAW, SET, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), SMCF_NONE - 1, D, SIZE},
    {RAW, SET, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), SMCF_NONE, D,
     "section count too large"},
    {RAW, SET, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), UINT64_MAX, D,
     "section count too large"},

    {RAW, REMOVE, SOURCES, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, SOURCES, NO_FIELD, 16, D, SIZE},
    {RAW, RESIZE, SOURCES, NO_FIELD, 1, D, SIZE},
    {EMPTY, RESIZE, SOURCES, NO_FIELD, (uint64_t)-16, D,
     SIZE}, /* the last record is always there */
    {RAW, SET, IN_ENTRY(SOURCES), FIELD(smcf_section, count), SMCF_NONE, D,
     "section count too large"},
    {RAW, REMOVE, STRING_OFFSETS, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, STRING_OFFSETS, NO_FIELD, 4, D, SIZE},
    {EMPTY, RESIZE, STRING_OFFSETS, NO_FIELD, (uint64_t)-24, D, SIZE}, /* not even a guard */
    {EMPTY, RESIZE, STRING_OFFSETS, NO_FIELD, (uint64_t)-16, D, SIZE},
    {RAW, SET, IN_ENTRY(STRING_OFFSETS), FIELD(smcf_section, count), 1000, D, SIZE},
    {RAW, SET, IN_ENTRY(STRING_OFFSETS), FIELD(smcf_section, count), (uint64_t)SMCF_NONE + 1, D,
     "section count too large"},
    {RAW, SET, IN_ENTRY(STRING_OFFSETS), FIELD(smcf_section, count), FEATURE_NAMES, D,
     "fewer strings than names"},
    {EMPTY, SET, IN_ENTRY(STRING_OFFSETS), FIELD(smcf_section, count), 0, D,
     "fewer strings than names"},
    {RAW, SET, INFO, FIELD(smcf_info, n_names), 47, D, "fewer strings than names"},
    {RAW, SET, INFO, FIELD(smcf_info, n_names), SMCF_NONE, D, "fewer strings than names"},
    {RAW, REMOVE, STRING_BYTES, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, STRING_BYTES, NO_FIELD, 1, D, SIZE},

    {RAW, REMOVE, LINE_COUNTS, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, LINE_COUNTS, NO_FIELD, 1, D, SIZE},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), UINT64_MAX, D, SIZE},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), 0, D, STRETCHES},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), 1, D, STRETCHES},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), 3, D, STRETCHES},
    {DEFLATE, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), 3, D, STRETCHES},
    {RAW, REMOVE, CONTENT, NO_FIELD, 0, D, MISSING},
    {RAW, ADD, IN_ENTRY(CONTENT), FIELD(smcf_section, count), 1, D, SIZE},
    {DEFLATE, REMOVE, CONTENT_DIRECTORY, NO_FIELD, 0, D, MISSING},
    {DEFLATE, RESIZE, CONTENT_DIRECTORY, NO_FIELD, 8, D, SIZE},
    {DEFLATE, ADD, IN_ENTRY(CONTENT_DIRECTORY), FIELD(smcf_section, count), 1, D, SIZE},
    {DEFLATE, ADD, IN_ENTRY(CONTENT), FIELD(smcf_section, count), 4096, D, SIZE},
    {DEFLATE, SET, IN_ENTRY(CONTENT), FIELD(smcf_section, count), UINT64_MAX, D, SIZE},
    {RAW, INSERT, CONTENT_DIRECTORY, NO_FIELD, 8, D, "CONTENT_DIRECTORY without deflated contents"},
    {DEFLATE, REMOVE, CONTENT, NO_FIELD, 0, D, "bad size of content blocks"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 0, D,
     "bad size of content blocks"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 8192, D, SIZE}, /* one piece */
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 2048, D,
     "bad size of content blocks"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 4097, D,
     "bad size of content blocks"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 2097152, D,
     "bad size of content blocks"},
    {RAW, SET, INFO, FIELD(smcf_info, content_block_nbytes), 4096, D, "bad size of content blocks"},
    {EMPTY, SET, INFO, FIELD(smcf_info, content_block_nbytes), 4096, D,
     "bad size of content blocks"},
};

#define HEADER "bad header of FUNCTIONS"
#define TOO_LARGE "section count too large"

static const struct row function_rows[] = {
    {FUNC, REMOVE, RUN_OFFSETS, NO_FIELD, 0, D, MISSING},
    {FUNC, RESIZE, RUN_OFFSETS, NO_FIELD, 1, D, SIZE},
    {FUNC, RESIZE, RUN_OFFSETS, NO_FIELD, (uint64_t)-24, D, SIZE},
    {FUNC, ADD, IN_ENTRY(RUN_OFFSETS), FIELD(smcf_section, count), 1, D,
     "RUN_OFFSETS contradicts the number of tokens"},
    {RAW, INSERT, RUN_OFFSETS, NO_FIELD, 24, D, "RUN_OFFSETS contradicts the number of tokens"},
    {RAW, INSERT, RUNS, NO_FIELD, 24, D, MISSING},
    {FUNC, REMOVE, RUNS, NO_FIELD, 0, D, "RUNS has no guard"},
    {FUNC, RESIZE, RUNS, NO_FIELD, (uint64_t)-26, D, "RUNS has no guard"},
    {FUNC, ADD, IN_ENTRY(RUNS), FIELD(smcf_section, count), 1, D,
     "RUNS contradicts the number of tokens"},

    {FUNC, RESIZE, FUNCTIONS, NO_FIELD, (uint64_t)-12, D, "FUNCTIONS has no header, or no guard"},
    {RAW, INSERT, FUNCTIONS, NO_FIELD, 0, D, "FUNCTIONS has no header, or no guard"},
    {FUNC, RESIZE, FUNCTIONS, NO_FIELD, 1, D, SIZE},
    {FUNC, RESIZE, FUNCTIONS, NO_FIELD, (uint64_t)-1, D, SIZE},
    {FUNC, RESIZE, FUNCTIONS, 1, 0, 0, D, SIZE},
    {FUNC, SET, FUNCTIONS, FIELD(smcf_functions, last_width), 5, D, SIZE},
    {FUNC, SET, FUNCTIONS, FIELD(smcf_functions, last_width), 33, D, HEADER},
    {FUNC, SET, FUNCTIONS, FIELD(smcf_functions, last_width), 0xff, D, HEADER},
    {FUNC, SET, FUNCTIONS, FIELD(smcf_functions, qualifier_width), 33, D, HEADER},
    {FUNC, SET, FUNCTIONS, FIELD(smcf_functions, n_nameless), 9, D, HEADER},
    {FUNC, SET, FUNCTIONS, FIELD(smcf_functions, n_nameless), 13, D, HEADER},
    {FUNC, SET, IN_ENTRY(FUNCTIONS), FIELD(smcf_section, count), 1, D, HEADER},
    {FUNC, SET, IN_ENTRY(FUNCTIONS), FIELD(smcf_section, count), SMCF_NONE - 1, D, SIZE},
    {FUNC, SET, IN_ENTRY(FUNCTIONS), FIELD(smcf_section, count), SMCF_NONE, D, TOO_LARGE},
    {FUNC, SET, IN_ENTRY(FUNCTIONS), FIELD(smcf_section, count), UINT64_MAX, D, TOO_LARGE},

    {FUNC, RESIZE, INLINED, NO_FIELD, 1, D, SIZE},
    {FUNC, RESIZE, INLINED, NO_FIELD, (uint64_t)-17, D, SIZE},
    {FUNC, SET, IN_ENTRY(INLINED), FIELD(smcf_section, count), SMCF_NONE, D, TOO_LARGE},
    {FUNC, SET, IN_ENTRY(INLINED), FIELD(smcf_section, count), UINT64_C(1) << 32 | 4, D, TOO_LARGE},
    {FUNC, RESIZE, CALL_SITES, NO_FIELD, 20, D, SIZE},
    {FUNC, ADD, IN_ENTRY(CALL_SITES), FIELD(smcf_section, count), 1, D, SIZE},
    {FUNC, SET, IN_ENTRY(CALL_SITES), FIELD(smcf_section, count), SMCF_NONE, D, TOO_LARGE},
    {FUNC, SET, IN_ENTRY(FUNCTIONS), FIELD(smcf_section, encoding), 1, SMC_E_FEATURE,
     "unknown encoding of a section"},
};

static const struct row bytecode_rows[] = {
    {EXTRA, REMOVE, BYTECODE_SEGMENTS, NO_FIELD, 0, D, MISSING},
    {EXTRA, REMOVE, BYTECODE_OFFSETS, NO_FIELD, 0, D, MISSING},
    {RAW, INSERT, BYTECODE_SEGMENTS, NO_FIELD, 0, D, MISSING},
    {RAW, INSERT, BYTECODE_OFFSETS, NO_FIELD, 0, D, MISSING},
    {EXTRA, RESIZE, BYTECODE_SEGMENTS, NO_FIELD, 1, D, SIZE},
    {EXTRA, RESIZE, BYTECODE_SEGMENTS, NO_FIELD, (uint64_t)-8, D, SIZE},
    {EXTRA, RESIZE, BYTECODE_OFFSETS, NO_FIELD, 4, D, SIZE},
    {EXTRA, RESIZE, BYTECODE_OFFSETS, NO_FIELD, (uint64_t)-1, D, SIZE},
    {EXTRA, ADD, IN_ENTRY(BYTECODE_SEGMENTS), FIELD(smcf_section, count), 1, D, SIZE},
    {EXTRA, ADD, IN_ENTRY(BYTECODE_OFFSETS), FIELD(smcf_section, count), (uint64_t)-1, D, SIZE},
    {EXTRA, SET, IN_ENTRY(BYTECODE_OFFSETS), FIELD(smcf_section, count), SMCF_NONE - 1, D, SIZE},
    {EXTRA, SET, IN_ENTRY(BYTECODE_SEGMENTS), FIELD(smcf_section, count), SMCF_NONE, D, TOO_LARGE},
    {EXTRA, SET, IN_ENTRY(BYTECODE_OFFSETS), FIELD(smcf_section, count), SMCF_NONE, D, TOO_LARGE},
    {EXTRA, SET, IN_ENTRY(BYTECODE_OFFSETS), FIELD(smcf_section, count), UINT64_C(1) << 62 | 3, D,
     TOO_LARGE},
    {EXTRA, SET, IN_ENTRY(BYTECODE_OFFSETS), FIELD(smcf_section, encoding), 1, SMC_E_FEATURE,
     "unknown encoding of a section"},
};

#undef D

static const struct table tables[] = {
    TABLE("header", OPENING, header_rows), TABLE("section", OPENING, section_rows),
    TABLE("shape", OPENING, shape_rows), TABLE("function", OPENING, function_rows),
    TABLE("bytecode", OPENING, bytecode_rows)};

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
    unsigned n = check_reasons("src/reader/container.c", tables, COUNT_OF(tables), NULL, 0);
    n += check_reasons("src/reader/open.c", tables, COUNT_OF(tables), NULL, 0);
    assert_true(n > 30);
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
        TABLE_TEST(0, "header"),
        TABLE_TEST(1, "section_table"),
        TABLE_TEST(2, "shapes_of_sections"),
        TABLE_TEST(3, "shapes_of_sections_of_functions"),
        TABLE_TEST(4, "shapes_of_sections_of_bytecode"),
        cmocka_unit_test(every_reason_has_a_row),
    };
    return cmocka_run_group_tests(tests, make_files, free_files);
}
