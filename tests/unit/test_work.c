/*
 * How much work and memory bad files make: every field of the format hostile in turn, as in test_attack.c, and the steps
 * of each call are counted. Reader and verify are compiled for this program so that each edge between their basic blocks
 * is a step (configure.py). Time would say less: it depends on the machine.
 */
#include "tests/unit/malloc_hook.h"

#include "tests/unit/answers.h"
#include "tests/unit/attack.h"
#include "tests/unit/attack_files.h"
#include "tests/unit/damage.h"

/* ---- calls, and what they may take ---- */

enum call {
    CALL_OPEN,
    CALL_INFO,
    CALL_LOOKUP,
    CALL_BATCH,
    CALL_TOKEN,
    CALL_FUNCTION,
    CALL_FRAMES,
    CALL_BYTECODE,
    CALL_NAME,
    CALL_SOURCE,
    CALL_LINE,
    CALL_CONTEXT,
    CALL_CONTENT,
    CALL_VERIFY,
    N_CALLS
};

#define BATCH 16
#define FRAMES_MAX 1000 /* more than the files have call sites: a circle would fill them */

/* So many steps, and bytes of memory at a time, and so many more for each byte of the file and of its contents. Of steps
 * it is about three times of what there is, as they are what a compiler makes of them. */
struct cost {
    uint64_t all, of_byte;
};
static const struct {
    const char *name;
    struct cost steps, memory;
} limits[N_CALLS] = {
    [CALL_OPEN] = {"smc_open_memory", {2000, 0}, {1024, 0}},
    [CALL_INFO] = {"smc_info_get", {100, 0}, {0, 0}},
    [CALL_LOOKUP] = {"smc_lookup", {1000, 0}, {0, 0}},
    [CALL_BATCH] = {"smc_lookup_batch", {UINT64_C(1000) * BATCH, 0}, {0, 0}},
    [CALL_TOKEN] = {"smc_token_at", {1000, 0}, {0, 0}},
    [CALL_FUNCTION] = {"smc_token_function", {200, 0}, {0, 0}},
    [CALL_FRAMES] = {"smc_frames", {1500, 0}, {0, 0}},
    [CALL_BYTECODE] = {"smc_bytecode_position", {50, 0}, {0, 0}},
    [CALL_NAME] = {"smc_name_get", {50, 0}, {0, 0}},
    [CALL_SOURCE] = {"smc_source_get", {100, 0}, {0, 0}},
    [CALL_LINE] = {"smc_text_line", {1000, 8}, {SMCF_CONTENT_BLOCK_MAX, 0}},
    [CALL_CONTEXT] = {"smc_text_context", {5000, 8}, {SMCF_CONTENT_BLOCK_MAX, 0}},
    [CALL_CONTENT] = {"smc_text_content", {100, 5}, {SMCF_CONTENT_BLOCK_MAX, 1}},
    [CALL_VERIFY] = {"smc_verify", {5000, 40}, {SMCF_CONTENT_BLOCK_MAX, 16}},
};

/* ---- counting ---- */

/* That is no work that ends. */
#define STEPS_MAX (UINT64_C(1) << 28)

static uint64_t n_steps;
static struct most {
    uint64_t steps, memory;
} most[N_CALLS];

/* What the compiler calls at each edge. */
void count_step(void) __asm__("__sanitizer_cov_trace_pc");
void count_step(void)
{
    if (++n_steps > STEPS_MAX) {
        fail_msg("it does not end");
    }
}

struct measure {
    struct damaged d;
    const struct hostile_field *hostile;
    uint64_t nbytes; /* of the file, and of its contents as far as they can be there */
};

static void check_cost(const struct measure *m, enum call call, const struct cost *limit,
                       uint64_t n, const char *of_what, uint64_t *greatest)
{
    if (n > limit->all + limit->of_byte * m->nbytes) {
        fail_msg("%s takes %llu %s where %s %u is 0x%llx", limits[call].name, (unsigned long long)n,
                 of_what, m->hostile->fields->name, (unsigned)m->hostile->i,
                 (unsigned long long)m->hostile->value);
    }
    *greatest = n > *greatest ? n : *greatest;
}

static void check_costs(const struct measure *m, enum call call)
{
    check_cost(m, call, &limits[call].steps, n_steps, "steps", &most[call].steps);
    check_cost(m, call, &limits[call].memory, hook.largest, "bytes", &most[call].memory);
}

static void start_counting(void)
{
    n_steps = 0;
    hook.largest = 0;
}

/* Whatever it returns. */
#define MEASURE(m, call, expression)                                                               \
    do {                                                                                           \
        start_counting();                                                                          \
        (void)(expression);                                                                        \
        check_costs(m, call);                                                                      \
    } while (0)

static void measure_positions(const struct measure *m, const smc_cache *cache)
{
    const struct questions *questions = &m->d.questions;
    static struct smc_frame frames[FRAMES_MAX];
    struct smc_token token, tokens[BATCH];
    size_t n;

    for (size_t i = 0; i < questions->n; i++) {
        const struct smc_position *at = &questions->positions[i];
        const unsigned flags = i % 2 == 0 ? 0 : SMC_LOOKUP_ACROSS_LINES;
        MEASURE(m, CALL_LOOKUP, smc_lookup(cache, at->line, at->column, flags, &token));
        MEASURE(m, CALL_FRAMES,
                smc_frames(cache, at->line, at->column, flags, frames, FRAMES_MAX, &n));
    }
    n = questions->n < BATCH ? questions->n : BATCH;
    MEASURE(m, CALL_BATCH, smc_lookup_batch(cache, questions->positions, n, 0, tokens));
}

static void measure_records(const struct measure *m, const smc_cache *cache,
                            const struct smc_info *info)
{
    struct smc_function function;
    struct smc_token token;
    struct smc_position at;
    struct smc_view view;

    for (uint32_t i = 0; i < info->n_tokens; i += info->n_tokens / 100 + 1) {
        MEASURE(m, CALL_TOKEN, smc_token_at(cache, i, &token));
        MEASURE(m, CALL_FUNCTION, smc_token_function(cache, i, &function));
    }
    for (uint32_t i = 0; i < info->n_names; i += info->n_names / 10 + 1) {
        MEASURE(m, CALL_NAME, smc_name_get(cache, i, &view));
    }
    for (uint32_t segment = 0; segment < 3; segment++) {
        MEASURE(m, CALL_BYTECODE, smc_bytecode_position(cache, segment, 1, 0, &at));
    }
}

/* Each time as if it were the first call. */
static void measure_line(const struct measure *m, const smc_cache *cache, uint32_t source,
                         uint32_t line)
{
    const struct smc_context_query query = {source, line, 300, 3, 3, 160};
    struct smc_context_line lines[3 + 1 + 3];
    struct smc_context context;
    struct smc_view view;
    smc_text *text;

    for (enum call call = CALL_LINE; call <= CALL_CONTENT; call++) {
        assert_int_equal(smc_text_open(cache, &text), SMC_OK);
        MEASURE(m, call,
                call == CALL_LINE      ? smc_text_line(text, source, line, &view)
                : call == CALL_CONTEXT ? smc_text_context(text, &query, lines, &context)
                                       : smc_text_content(text, source, &view));
        smc_text_close(text);
    }
}

static void measure_sources(const struct measure *m, const smc_cache *cache, uint32_t n_sources)
{
    struct smc_source source;

    for (uint32_t i = 0; i < n_sources; i++) {
        MEASURE(m, CALL_SOURCE, smc_source_get(cache, i, &source));
        for (uint32_t line = 0; line < source.n_lines; line += source.n_lines / 4 + 1) {
            measure_line(m, cache, i, line);
        }
    }
}

/* Deflate makes 1,032 bytes of one at the most. */
static uint64_t nbytes_of(const struct guarded *copy, const struct smc_info *info)
{
    const uint64_t most_inflated = (uint64_t)copy->nbytes * 1032;
    return copy->nbytes +
           (info->content_nbytes < most_inflated ? info->content_nbytes : most_inflated);
}

static void measure(void *context, const struct hostile_field *hostile)
{
    struct measure *m = context;
    uint8_t *bytes = m->d.copy.bytes;
    smc_cache *cache;

    m->hostile = hostile;
    hostile_field_set(bytes, hostile);
    file_seal(bytes, m->d.copy.nbytes);
    MEASURE(m, CALL_OPEN, smc_open_memory(bytes, m->d.copy.nbytes, 0, &cache, NULL));
    if (cache != NULL) {
        struct smc_info info;
        MEASURE(m, CALL_INFO, smc_info_get(cache, &info));
        m->nbytes = nbytes_of(&m->d.copy, &info);
        measure_positions(m, cache);
        measure_records(m, cache, &info);
        measure_sources(m, cache, info.n_sources);
        MEASURE(m, CALL_VERIFY, smc_verify(cache, NULL));
        smc_close(cache);
    }
    hostile_field_undo(bytes, m->d.original->bytes, hostile);
}

static void work_is_bounded(void **state)
{
    const struct attack_file *source = *state;
    struct file file = source->make();
    struct field_list fields = format_fields(&file);
    struct questions questions = make_questions(&file);
    struct measure m = {.hostile = NULL};

    questions_thin(&questions, 20);
    damaged_start_with(&m.d, &file, GUARD_AFTER, &questions);
    attack_each(&file, &fields, source->sections, measure, &m);
    damaged_end(&m.d);
    field_list_free(&fields);
    file_free(&file);
}

/* A byte of an offset list is four strings, if all of them are empty. */
static void strings_without_bytes_take_no_memory(void **state)
{
    const uint64_t n_groups = 1 << 14, n = n_groups * SMCF_GROUP_VALUES;
    struct file file = build_mappings("A", "\"sources\":[]");
    struct parts parts = file_split(&file);
    struct part *offsets = part_find(&parts, STRING_OFFSETS);
    struct smc_error error = {SMC_OK, "", 0};
    smc_cache *cache;

    (void)state;
    assert_int_equal(part_find(&parts, STRING_BYTES)->count, 0);
    file_free(&file);
    offsets->count = n;
    offsets->bytes.nbytes = 0;
    text_repeat(&offsets->bytes, 0,
                n_groups * sizeof(struct smcf_offset_group) + SMCF_GUARD_NBYTES);
    file = file_join(&parts);
    cache = open_file(&file);
    start_counting();
    assert_int_equal(smc_verify(cache, &error), SMC_E_DAMAGED);
    assert_string_equal(error.reason, "string that is there twice");
    assert_int_equal(hook.largest, 0);
    smc_close(cache);
    file_free(&file);
}

/* The last test: there are steps of each call. */
static void steps_are_counted(void **state)
{
    (void)state;
    for (int call = 0; call < N_CALLS; call++) {
        print_message("# %s: %llu steps, %llu bytes at a time at most\n", limits[call].name,
                      (unsigned long long)most[call].steps, (unsigned long long)most[call].memory);
        assert_true(most[call].steps > 0);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ATTACK_FILES + 2] = {
        cmocka_unit_test(strings_without_bytes_take_no_memory)};

    for (size_t i = 0; i < N_ATTACK_FILES; i++) {
        tests[i + 1] = (struct CMUnitTest){attack_files[i].name, work_is_bounded, NULL, NULL,
                                           &attack_files[i]};
    }
    tests[N_ATTACK_FILES + 1] = (struct CMUnitTest)cmocka_unit_test(steps_are_counted);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
