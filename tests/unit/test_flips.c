/*
 * Hostile bytes: every flip of small files that have every feature.
 */
#include "src/reader/cache.h"
#include "tests/unit/agreement.h"
#include "tests/unit/features.h"

enum which { DEFLATE, RAW, EXTRA, FUNCTIONS, N_WHICH };

static struct file files[N_WHICH];

static int make_files(void **state)
{
    (void)state;
    files[DEFLATE] = feature_file_deflate();
    files[RAW] = feature_file_raw();
    files[EXTRA] = feature_file_extra();
    files[FUNCTIONS] = feature_file_functions();
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

/* What became of the flips after which the digest was made right again. */
struct tally {
    unsigned n_refused;  /* by opening */
    unsigned n_reported; /* by verify */
    unsigned n_other;    /* another good file, which answers differently */
    unsigned n_same;     /* another good file, which answers the same */
};

struct flipping {
    struct damaged d;
    struct tally tally;
};

/* ---- flips that change no answer ---- */

static int is_in_range(size_t at, size_t start, size_t nbytes)
{
    return at >= start && at < start + nbytes;
}

static const struct smcf_section *find_entry(const struct file *file, uint32_t id)
{
    const struct smcf_header *header = (const void *)file->bytes;
    const struct smcf_section *entries = (const void *)(file->bytes + sizeof *header);

    for (uint32_t i = 0; i < smcf_get32(header->n_sections); i++) {
        if (smcf_get32(entries[i].id) == id) {
            return &entries[i];
        }
    }
    return NULL;
}

static int is_within(const struct file *file, size_t at, uint32_t id, size_t *within)
{
    const struct smcf_section *entry = find_entry(file, id);

    *within = entry == NULL ? 0 : at - (size_t)smcf_get64(entry->off);
    return entry != NULL && at >= smcf_get64(entry->off) && *within < smcf_get64(entry->nbytes);
}

static int is_width_of_runs(const struct file *file, size_t within)
{
    smc_cache *cache = open_file(file);
    int is_one = 0;

    for (uint32_t b = 0; b < cache->n_blocks; b++) {
        is_one |=
            within == smc_offsets_at(&cache->run_offsets, b) + offsetof(struct smcf_runs, width);
    }
    smc_close(cache);
    return is_one;
}

/* Fields of the header that say nothing of the map; and the digest, which is made right again. */
static int is_quiet_field(size_t at)
{
    return is_in_range(at, offsetof(struct smcf_header, minor), 2) ||
           is_in_range(at, offsetof(struct smcf_header, content_digest), 16) ||
           is_in_range(at, offsetof(struct smcf_header, input_digest), 16) ||
           is_in_range(at, offsetof(struct smcf_header, input_nbytes), 8);
}
#define QUIET_NBYTES (2 + 16 + 16 + 8)

/*
 * Where a byte may differ and all answers be the same, in a file that verify finds good:
 * - the fields above, and INFO's recipe_digest;
 * - slopes of blocks and of offset lists: in a short run the lowest bits round to the same line;
 * - flags of the first block: source lines that follow a generated line 0 follow nothing;
 * - flags of a block in which all names are the same: they have one slot, of no bits, or none;
 * - widths of runs of a block so few that as many bytes hold them;
 * - flags of sources and of extents in a file of a newer minor, which may have more than are known here;
 * - deflated contents: bits after the end of a stream, and other codes for the same bytes.
 */
static int may_answer_the_same(const struct file *file, size_t at)
{
    static const uint32_t lists[] = {SMCF_SECTION_STRING_OFFSETS, SMCF_SECTION_LINE_COUNTS,
                                     SMCF_SECTION_RUN_OFFSETS};
    const struct smcf_header *header = (const void *)file->bytes;
    const struct smcf_section *content = find_entry(file, SMCF_SECTION_CONTENT);
    size_t within;

    if (is_quiet_field(at)) {
        return 1;
    }
    if (is_within(file, at, SMCF_SECTION_INFO, &within)) {
        return is_in_range(within, offsetof(struct smcf_info, recipe_digest), 16);
    }
    if (is_within(file, at, SMCF_SECTION_BLOCKS, &within)) {
        const uint64_t n = smcf_get64(find_entry(file, SMCF_SECTION_DIRECTORY)->count);
        for (uint32_t b = 0; b < n; b++) {
            size_t off = block_offset(file, b);
            if (at == off + offsetof(struct smcf_block, line_slope) ||
                ((b == 0 || b == BLOCK_FLAT) && at == off + offsetof(struct smcf_block, flags))) {
                return 1;
            }
        }
    }
    if (is_within(file, at, SMCF_SECTION_SOURCES, &within)) {
        return smcf_get16(header->minor) > SMCF_MINOR &&
               within % sizeof(struct smcf_source) == offsetof(struct smcf_source, flags);
    }
    if (is_within(file, at, SMCF_SECTION_INLINED, &within)) {
        return smcf_get16(header->minor) > SMCF_MINOR &&
               within % sizeof(struct smcf_inlined) == offsetof(struct smcf_inlined, flags);
    }
    if (is_within(file, at, SMCF_SECTION_RUNS, &within)) {
        return is_width_of_runs(file, within);
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (is_within(file, at, lists[i], &within)) { /* of up to 64 values: one group */
            return is_in_range(within, offsetof(struct smcf_offset_group, slope), 2);
        }
    }
    return content != NULL && smcf_get32(content->encoding) == SMCF_CONTENT_DEFLATE &&
           is_within(file, at, SMCF_SECTION_CONTENT, &within);
}

/* ---- flips ---- */

/* The copy differs from the original in byte `at`. */
static void check_flipped(struct flipping *f, size_t at)
{
    struct smc_error error = {SMC_OK, NULL, 0};
    smc_cache *cache;

    smc_status status = smc_open_memory(f->d.copy.bytes, f->d.copy.nbytes, 0, &cache, &error);
    if (status != SMC_OK) { /* opening hashes nothing: with a right digest it is the same */
        assert_int_equal(error.status, status);
        assert_non_null(error.reason);
        f->tally.n_refused++;
        return;
    }
    ask_all(cache, &f->d.questions, &f->d.answers);
    /* Whatever it is, verify reports it: the digest tells if nothing else does. */
    struct smc_error unsealed = {SMC_OK, NULL, 0};
    if (smc_verify(cache, &unsealed) != SMC_E_DAMAGED) {
        fail_msg("verify overlooks a change of byte %zu", at);
    }
    file_seal(f->d.copy.bytes, f->d.copy.nbytes);
    status = smc_verify(cache, &error);
    assert_string_equal(unsealed.reason,
                        status == SMC_OK ? "content digest differs" : error.reason);
    if (status != SMC_OK) {
        assert_int_equal(status, SMC_E_DAMAGED);
        assert_true(error.offset <= f->d.copy.nbytes);
        f->tally.n_reported++;
    } else {
        /* What verify takes for good answers every question, and each rightly. */
        if (f->d.answers.n_damaged != 0 || disagreement(cache, &f->d.questions) != NULL) {
            fail_msg("verify accepts a file that contradicts itself: byte %zu", at);
        }
        if (answers_digest(&f->d.answers) != f->d.wanted) {
            f->tally.n_other++;
        } else {
            f->tally.n_same++;
            if (!may_answer_the_same(f->d.original, at)) {
                fail_msg("a change of byte %zu is neither reported nor seen", at);
            }
        }
    }
    smc_close(cache);
}

static void flip_bytes(struct flipping *f, size_t start, size_t nbytes)
{
    for (size_t at = start; at < start + nbytes; at++) {
        for (int k = 0; k <= 8; k++) {
            f->d.copy.bytes[at] ^= (uint8_t)(k == 8 ? 0xff : 1 << k);
            check_flipped(f, at);
            damaged_restore(&f->d, at, 1);
        }
    }
}

/* Every byte of one of the files. */
static void every_flip(void **state)
{
    const struct file *file = *state;
    struct flipping f = {.tally = {0}};

    damaged_start(&f.d, file, GUARD_AFTER);
    flip_bytes(&f, 0, file->nbytes);
    print_message("%zu bytes: %u refused, %u reported, %u another good file, %u no difference\n",
                  file->nbytes, f.tally.n_refused, f.tally.n_reported, f.tally.n_other,
                  f.tally.n_same);
    /* All 9 of each quiet byte; few of all others are so. */
    assert_in_range(f.tally.n_same, QUIET_NBYTES * 9, QUIET_NBYTES * 9 + 250);
    damaged_end(&f.d);
}

/* The same with blocks that lookups need not check, as they are far enough from the end of the file. */
static void every_flip_of_an_index_with_room(void **state)
{
    static const enum which whiches[] = {DEFLATE, EXTRA, FUNCTIONS};
    static const uint32_t sections[] = {SMCF_SECTION_DIRECTORY,
                                        SMCF_SECTION_BLOCKS,
                                        SMCF_SECTION_RANGES,
                                        SMCF_SECTION_RUN_OFFSETS,
                                        SMCF_SECTION_RUNS,
                                        SMCF_SECTION_FUNCTIONS,
                                        SMCF_SECTION_INLINED,
                                        SMCF_SECTION_CALL_SITES,
                                        SMCF_SECTION_SOURCES,
                                        SMCF_SECTION_STRING_OFFSETS,
                                        SMCF_SECTION_BYTECODE_SEGMENTS,
                                        SMCF_SECTION_BYTECODE_OFFSETS};

    (void)state;
    for (size_t w = 0; w < COUNT_OF(whiches); w++) {
        const enum which i = whiches[w];
        struct file roomy = roomy_file(&files[i]);
        struct flipping f = {.tally = {0}};
        damaged_start(&f.d, &roomy, GUARD_AFTER);
        for (size_t k = 0; k < COUNT_OF(sections); k++) {
            const struct smcf_section *entry = find_entry(&roomy, sections[k]);
            if (entry != NULL) {
                flip_bytes(&f, (size_t)smcf_get64(entry->off), (size_t)smcf_get64(entry->nbytes));
            }
        }
        assert_in_range(f.tally.n_same, 1, 200);
        assert_true(f.tally.n_reported > (i == DEFLATE ? 5000 : 1000));
        damaged_end(&f.d);
        file_free(&roomy);
    }
}

/* Every byte of the headers of blocks takes many values: widths and widths of slots of up to 255. */
static void many_values_in_headers_of_blocks(void **state)
{
    static const uint8_t large[] = {63, 64, 65, 95, 96, 127, 128, 129, 191, 192, 223, 254, 255};
    struct file roomy = roomy_file(&files[DEFLATE]);
    struct damaged d;

    (void)state;
    damaged_start(&d, &roomy, GUARD_AFTER);
    for (uint32_t b = 0; b < N_FEATURE_BLOCKS; b++) {
        const size_t start = block_offset(&roomy, b);
        for (size_t at = start; at < start + sizeof(struct smcf_block); at++) {
            for (unsigned k = 0; k < 40 + COUNT_OF(large); k++) {
                smc_cache *cache;
                d.copy.bytes[at] = k < 40 ? (uint8_t)k : large[k - 40];
                assert_int_equal(smc_open_memory(d.copy.bytes, d.copy.nbytes, 0, &cache, NULL),
                                 SMC_OK);
                ask_all(cache, &d.questions, &d.answers);
                smc_close(cache);
            }
            damaged_restore(&d, at, 1);
        }
    }
    damaged_end(&d);
    file_free(&roomy);
}

/* Whatever runs and their offsets say of where they end, of how many and how wide they are. */
static void every_value_in_headers_of_runs(void **state)
{
    const struct file *file = &files[FUNCTIONS];
    const size_t starts[] = {section_offset(file, SMCF_SECTION_RUNS, NULL),
                             section_offset(file, SMCF_SECTION_RUN_OFFSETS, NULL)};
    const size_t nbytes[] = {15 + sizeof(struct smcf_runs), sizeof(struct smcf_offset_group)};
    struct damaged d;

    (void)state;
    damaged_start(&d, file, GUARD_AFTER);
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        for (size_t at = starts[i]; at < starts[i] + nbytes[i]; at++) {
            for (unsigned value = 0; value < 256; value++) {
                smc_cache *cache;
                d.copy.bytes[at] = (uint8_t)value;
                assert_int_equal(smc_open_memory(d.copy.bytes, d.copy.nbytes, 0, &cache, NULL),
                                 SMC_OK);
                ask_all(cache, &d.questions, &d.answers);
                smc_close(cache);
            }
            damaged_restore(&d, at, 1);
        }
    }
    damaged_end(&d);
}

/* A test of every flip is about one file. */
#define FLIP_TEST(which, name)                                                                     \
    {                                                                                              \
        name, every_flip, NULL, NULL, &files[which]                                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLIP_TEST(DEFLATE, "every_flip_of_a_deflated_file"),
        FLIP_TEST(RAW, "every_flip_of_a_raw_file"),
        FLIP_TEST(EXTRA, "every_flip_of_a_file_with_ranges_raw_names_bytecode_and_a_debug_id"),
        FLIP_TEST(FUNCTIONS, "every_flip_of_a_file_with_functions_and_inlined_calls"),
        cmocka_unit_test(every_flip_of_an_index_with_room),
        cmocka_unit_test(many_values_in_headers_of_blocks),
        cmocka_unit_test(every_value_in_headers_of_runs),
    };
    return cmocka_run_group_tests(tests, make_files, free_files);
}
