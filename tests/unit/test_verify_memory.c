/*
 * What smc_verify takes for files that say much in few bytes.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

/* A little more than half of a power of two: tables are largest there. */
#define N_MANY UINT32_C(2100000)

#define MAP_OF_CONTENT                                                                             \
    "{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"\",\"sourcesContent\":[\"x\"]}"

/* Verifies it; what that has taken must be within the bound. */
static void assert_bounded(const struct file *file, smc_status wanted, const char *reason)
{
    struct smc_error error;

    hook_measure();
    assert_int_equal(verify_bytes(file->bytes, file->nbytes, &error), wanted);
    hook.measures = 0;
    if (reason != NULL) {
        assert_string_equal(error.reason, reason);
    }
    assert_in_range(hook.peak, 1,
                    SMC_VERIFY_MEMORY_TIMES * file->nbytes + SMC_VERIFY_MEMORY_NBYTES);
    assert_int_equal(hook.nbytes, 0);
}

/* An offset list of zeros, in which a value takes two bits. */
static void put_zeros(struct part *part, uint64_t n)
{
    const uint64_t n_groups = (n + SMCF_GROUP_VALUES - 1) / SMCF_GROUP_VALUES;

    part->bytes.nbytes = 0;
    part->count = n;
    text_repeat(&part->bytes, 0,
                (size_t)n_groups * sizeof(struct smcf_offset_group) + SMCF_GUARD_NBYTES);
}

static void strings_without_bytes(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct file plain = build_mappings("", "\"sources\":[]");
    struct parts parts = file_split(&plain);

    put_zeros(part_find(&parts, SMCF_SECTION_STRING_OFFSETS), N_MANY + 1);
    part_find(&parts, SMCF_SECTION_STRING_BYTES)->bytes.nbytes = 0;
    part_find(&parts, SMCF_SECTION_STRING_BYTES)->count = 0;
    struct file file = file_join(&parts);
    assert_bounded(&file, SMC_E_DAMAGED, "string that is there twice");
    file_free(&file);
    file_free(&plain);
}

static void functions_of_few_bits(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    const unsigned width = SMCF_ORIGIN_WIDTH + SMCF_PREFIX_WIDTH + SMCF_JOINT_WIDTH;
    const struct smcf_functions header = {0};
    struct file plain = build_mappings("", "\"sources\":[],\"names\":[\"a\"]");
    struct parts parts = file_split(&plain);
    struct part *functions = part_insert(&parts, SMCF_SECTION_FUNCTIONS);

    functions->count = N_MANY;
    text_add(&functions->bytes, &header, sizeof header);
    text_repeat(&functions->bytes, 0,
                (size_t)smcf_packed_nbytes(N_MANY, width) + SMCF_GUARD_NBYTES);
    struct file file = file_join(&parts);
    assert_bounded(&file, SMC_E_DAMAGED, "function that is there twice");
    file_free(&file);
    file_free(&plain);
}

/* All of a file that is good, and as dense as files are. */
static void many_short_names(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    struct text names = {0};

    text_puts(&names, "\"sources\":[],\"names\":[");
    for (uint32_t i = 0; i < 270000; i++) {
        const char name[] = {digits[i % 64], digits[i / 64 % 64], digits[i / 4096], '\0'};
        text_puts(&names, i == 0 ? "\"" : ",\"");
        text_puts(&names, name);
        text_puts(&names, "\"");
    }
    text_puts(&names, "]");
    struct file file = build_mappings("", names.data);
    assert_bounded(&file, SMC_OK, NULL);
    file_free(&file);
    text_free(&names);
}

/* A content is told to be long, and nothing is there that could inflate to it. */
static void contents_that_are_not_there(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    const uint64_t nbytes = (uint64_t)1 << 30;
    struct file plain =
        build_file(&(struct text){.data = MAP_OF_CONTENT, .nbytes = sizeof MAP_OF_CONTENT - 1},
                   SMC_BUILD_SOURCES_DEFLATE);
    struct parts parts = file_split(&plain);
    struct part *directory = part_find(&parts, SMCF_SECTION_CONTENT_DIRECTORY);
    struct smcf_source *sources = (void *)part_find(&parts, SMCF_SECTION_SOURCES)->bytes.data;
    const struct smcf_info *info = (const void *)part_find(&parts, SMCF_SECTION_INFO)->bytes.data;
    struct smc_view content;
    smc_text *text;

    directory->count = nbytes / smcf_get32(info->content_block_nbytes);
    text_repeat(&directory->bytes, 0,
                (size_t)(directory->count + 1) * sizeof(struct smcf_le64) -
                    directory->bytes.nbytes);
    part_find(&parts, SMCF_SECTION_CONTENT)->count = nbytes;
    put_zeros(part_find(&parts, SMCF_SECTION_LINE_COUNTS), nbytes / SMCF_STRETCH_NBYTES + 1);
    sources[1].content_off = smcf_put40(nbytes);
    struct file file = file_join(&parts);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_text_open(cache, &text), SMC_OK);
    hook_measure();
    assert_int_equal(smc_text_content(text, 0, &content), SMC_E_DAMAGED);
    hook.measures = 0;
    assert_in_range(hook.peak, 0, (uint64_t)SMC_TEXT_RATIO_MAX * file.nbytes / 1000);
    smc_text_close(text);
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_without_bytes),
        cmocka_unit_test(functions_of_few_bits),
        cmocka_unit_test(many_short_names),
        cmocka_unit_test(contents_that_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
