/*
 * Offset lists, strings and sources of damaged files, one by one (spec 4, 6). Those of good files are in
 * test_reader.c, test_text.c and test_source_map.c.
 */
#include "src/reader/strings.h"
#include "tests/unit/features.h"

/* Spec 4: 56 bits at most, whatever the section has room for. */
static void offset_lists_have_widths(void **state)
{
    static const uint32_t lists[] = {SMCF_SECTION_STRING_OFFSETS, SMCF_SECTION_LINE_COUNTS};
    static const unsigned widths[] = {57, 58, 63, 64, 65, 0x47, 0x80, 0xff};

    (void)state;
    for (size_t k = 0; k < COUNT_OF(lists) * COUNT_OF(widths); k++) {
        const int is_strings = k % 2 == 0;
        struct file small = feature_file_raw();
        struct parts parts = file_split(&small);
        struct text *list = &part_find(&parts, lists[k % 2])->bytes;
        struct smc_view view;
        text_repeat(list, 0, 2048);
        struct file file = file_join(&parts);
        struct smcf_offset_group *group =
            (void *)(file.bytes + section_offset(&file, lists[k % 2], NULL));
        smc_cache *cache = open_file(&file);
        const struct smc_offsets *offsets =
            is_strings ? &cache->string_offsets : &cache->line_counts;
        assert_int_equal(smc_name_get(cache, 1, &view), SMC_OK);
        assert_true(smc_offsets_at(offsets, 1) < file.nbytes);
        group->width = (uint8_t)widths[k / 2];
        assert_int_equal(smc_name_get(cache, 1, &view), is_strings ? SMC_E_DAMAGED : SMC_OK);
        assert_true(smc_offsets_at(offsets, 1) == UINT64_MAX);
        group->width = SMCF_OFFSET_WIDTH_MAX;
        assert_true(smc_offsets_at(offsets, 1) != UINT64_MAX);
        smc_close(cache);
        file_free(&file);
        file_free(&small);
    }
}

static void assert_all_zero(const struct smc_source *source)
{
    assert_null(source->name.ptr);
    assert_null(source->raw_name.ptr);
    assert_int_equal(source->name.nbytes + source->raw_name.nbytes, 0);
    assert_int_equal(source->has_content + source->is_ignored + source->n_lines, 0);
    assert_int_equal(source->content_nbytes, 0);
}

/* What is damaged has no views: they would be outside of the file. */
static void damaged_sources_have_no_views(void **state)
{
    struct smc_source source;

    (void)state;
    for (int k = 0; k < 3; k++) {
        struct file file = feature_file_raw();
        struct smcf_source *record =
            (void *)(file.bytes + section_offset(&file, SMCF_SECTION_SOURCES, NULL));
        if (k == 0) {
            record->name_off = smcf_put32(0x7fffffff);
        } else if (k == 1) { /* a string that there is not */
            record->name_off = smcf_put32(SMC_NONE - 1);
            record->name_nbytes = smcf_put16(SMCF_NAME_INDIRECT);
        } else {
            record[1].first_line = smcf_put32(SMC_NONE);
        }
        smc_cache *cache = open_file(&file);
        struct smc_token token;
        struct smc_view view = {"", 1};
        memset(&source, 0x55, sizeof source);
        assert_int_equal(smc_source_get(cache, 0, &source), SMC_E_DAMAGED);
        assert_all_zero(&source);
        memset(&source, 0x55, sizeof source);
        assert_int_equal(smc_source_get(cache, cache->n_sources, &source), SMC_E_RANGE);
        assert_all_zero(&source);
        for (uint32_t i = 0; k < 2 && smc_token_at(cache, i, &token) != SMC_E_RANGE; i++) {
            if (token.source == 0) {
                assert_null(token.source_text.ptr);
            }
        }
        if (k < 2) {
            assert_int_equal(smc_source_name(cache, record, &view), 0);
            assert_null(view.ptr);
            assert_int_equal(view.nbytes, 0);
        }
        smc_close(cache);
        file_free(&file);
    }
}

/* All that can be told is told. */
static void info_without_a_string(void **state)
{
    struct file file = feature_file_raw();
    struct smcf_info *record =
        (void *)(file.bytes + section_offset(&file, SMCF_SECTION_INFO, NULL));
    smc_cache *cache = open_file(&file);
    struct smc_info info;

    (void)state;
    record->file = smcf_put32(SMC_NONE - 1);
    memset(&info, 0x55, sizeof info);
    assert_int_equal(smc_info_get(cache, &info), SMC_E_DAMAGED);
    assert_null(info.file.ptr);
    assert_view_string(info.source_root, "r");
    assert_int_equal(info.n_ignored, 0);
    assert_int_equal(info.n_sources, FEATURE_SOURCES);
    record->file = record->source_root;
    record->source_root = smcf_put32(SMC_NONE - 1);
    assert_int_equal(smc_info_get(cache, &info), SMC_E_DAMAGED);
    assert_null(info.source_root.ptr);
    assert_view_string(info.file, "r");
    smc_close(cache);
    file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offset_lists_have_widths),
        cmocka_unit_test(damaged_sources_have_no_views),
        cmocka_unit_test(info_without_a_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
