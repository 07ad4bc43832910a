/*
 * Segments by vectors against the scalar loop: files, warnings and errors to the byte, on maps that are
 * ordinary up to some place. And the vectors alone: that they do what they are for.
 */
#include "src/base/cpu.h"
#include "src/build/segments.h"
#include "tests/unit/support.h"

#define N_SOURCES 5
#define N_NAMES 60

/* Everything that a build has to say. */
struct answer {
    smc_build_status status;
    struct smc_build_issue issue;
    struct file file;
    struct text warnings;
};

static void write_warning(void *context, const struct smc_build_issue *issue)
{
    struct text *text = context;

    text_puts(text, issue->reason);
    text_puts(text, issue->recovery);
    text_number(text, issue->offset);
    text_puts(text, "\n");
}

static struct answer answer_at(enum smc_cpu_level level, int strict, const void *map, size_t nbytes)
{
    struct answer answer = {.issue.reason = ""};
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .sources = SMC_BUILD_SOURCES_NONE,
                                              .strict = strict,
                                              .warn = write_warning,
                                              .warn_context = &answer.warnings};
    void *bytes;

    text_add(&answer.warnings, "", 0);
    smc_cpu_set_limit(level);
    answer.status =
        smc_build_memory(map, nbytes, &options, &bytes, &answer.file.nbytes, &answer.issue);
    answer.file.bytes = bytes;
    smc_cpu_set_limit(SMC_CPU_AVX2);
    return answer;
}

static void answer_free(struct answer *answer)
{
    text_free(&answer->warnings);
    file_free(&answer->file);
}

/* How often a comparison was of what. */
struct counts {
    unsigned n_built, n_warned, n_refused;
};

static void compare_answers(const void *map, size_t nbytes, int strict, struct counts *counts)
{
    struct answer a = answer_at(SMC_CPU_SCALAR, strict, map, nbytes);
    struct answer b = answer_at(SMC_CPU_AVX2, strict, map, nbytes);

    assert_int_equal(a.status, b.status);
    assert_string_equal(a.issue.reason, b.issue.reason);
    assert_int_equal(a.issue.offset, b.issue.offset);
    assert_string_equal(a.warnings.data, b.warnings.data);
    assert_int_equal(a.file.nbytes, b.file.nbytes);
    if (a.file.nbytes > 0) {
        assert_memory_equal(a.file.bytes, b.file.bytes, a.file.nbytes);
    }
    counts->n_built += a.status == SMC_BUILD_OK;
    counts->n_warned += a.warnings.nbytes > 0;
    counts->n_refused += a.status != SMC_BUILD_OK;
    answer_free(&a);
    answer_free(&b);
}

static void compare_map(const void *map, size_t nbytes, struct counts *counts)
{
    compare_answers(map, nbytes, 0, counts);
}

/* The mappings at the end of a map, or of the last of its sections, which nothing readable follows. Names are
 * distinct, or some are equal. */
enum shape { DISTINCT, EQUAL, NO_NAMES, NO_SOURCES, SECTIONS, RANGES, N_SHAPES };

static void add_members(struct text *map, enum shape shape)
{
    text_puts(map, "{\"version\":3,\"sources\":[");
    for (int i = 0; i < N_SOURCES && shape != NO_SOURCES; i++) {
        text_puts(map, i > 0 ? ",\"s" : "\"s");
        text_number(map, (uint64_t)i);
        text_puts(map, "\"");
    }
    text_puts(map, "],\"names\":[");
    for (int i = 0; i < N_NAMES && shape != NO_NAMES; i++) {
        text_puts(map, i > 0 ? ",\"n" : "\"n");
        text_number(map, (uint64_t)(shape == EQUAL ? i % 7 : i));
        text_puts(map, "\"");
    }
    text_puts(map, shape == RANGES ? "],\"rangeMappings\":\"BCD\",\"mappings\":\""
                                   : "],\"mappings\":\"");
}

static void compare_mappings(const struct text *mappings, enum shape shape, struct counts *counts)
{
    struct text map = {0};

    if (shape == SECTIONS) {
        text_puts(&map, "{\"version\":3,\"sections\":[");
        for (int i = 0; i < 2; i++) {
            text_puts(&map, i > 0 ? ",{\"offset\":{\"line\":2,\"column\":900}"
                                  : "{\"offset\":{\"line\":0,\"column\":7}");
            text_puts(&map, ",\"map\":");
            add_members(&map, shape);
            text_add(&map, mappings->data, mappings->nbytes);
            text_puts(&map, "\"}}");
        }
        text_puts(&map, "]}");
    } else {
        add_members(&map, shape);
        text_add(&map, mappings->data, mappings->nbytes);
        text_puts(&map, "\"}");
    }
    struct guarded copy = guarded_copy(map.data, map.nbytes, GUARD_AFTER);
    compare_map(copy.bytes, map.nbytes, counts);
    guarded_free(&copy);
    text_free(&map);
}

/* Sums that the next segments go on from. */
struct state {
    int64_t column, source, line, source_column, name;
};

/* An ordinary segment; fields of up to `n_bits` bits. */
static void add_segment(struct text *text, struct rng *rng, struct state *now, unsigned n_bits,
                        int may_have_names)
{
    struct state to = {now->column + rng_below(rng, 1U << rng_below(rng, n_bits)),
                       rng_below(rng, 4) == 0 ? rng_below(rng, N_SOURCES) : now->source,
                       rng_below(rng, 1U << rng_below(rng, n_bits)),
                       rng_below(rng, 1U << rng_below(rng, n_bits)), rng_below(rng, N_NAMES)};
    int n_fields = rng_below(rng, 12) == 0 ? 1 : 4 + (may_have_names && rng_below(rng, 2) == 0);

    text_segment(text, n_fields, to.column - now->column, to.source - now->source,
                 to.line - now->line, to.source_column - now->source_column, to.name - now->name);
    now->column = to.column;
    if (n_fields > 1) {
        now->source = to.source;
        now->line = to.line;
        now->source_column = to.source_column;
        now->name = n_fields == 5 ? to.name : now->name;
    }
}

static struct text ordinary(struct rng *rng, unsigned n, unsigned n_bits, uint32_t n_a_line,
                            int may_have_names)
{
    struct text text = {0};
    struct state now = {0};

    text_add(&text, "", 0);
    for (unsigned i = 0; i < n; i++) {
        if (i > 0 && rng_below(rng, n_a_line) == 0) {
            text_repeat(&text, ';', 1 + rng_below(rng, rng_below(rng, 8) == 0 ? 200 : 2));
            now.column = 0;
        } else if (i > 0) {
            text_puts(&text, ",");
        }
        add_segment(&text, rng, &now, n_bits, may_have_names);
    }
    return text;
}

static void ordinary_maps(void **state)
{
    struct rng rng = {31};
    struct counts counts = {0};

    (void)state;
    for (int round = 0; round < 1500; round++) {
        const enum shape shape = (enum shape)rng_below(&rng, N_SHAPES);
        struct text text = ordinary(&rng, rng_below(&rng, 600), 1 + rng_below(&rng, 21),
                                    2 + rng_below(&rng, 60), shape != NO_NAMES);
        compare_mappings(&text, shape, &counts);
        text_free(&text);
    }
    assert_true(counts.n_built > 1000);
}

/* What is put into ordinary text, at each place around the borders of windows. */
static const char *const oddities[] = {
    ",",
    ";",
    ";;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;",
    ",,",
    ";,",
    ",;",
    "A",
    "B",
    "AA",
    "D",
    "g",
    "gggggggggggggggggA",
    "!",
    " ",
    "\xc3\xa9",
    "\\/",
    "\\u0041",
    "=",
    ",AAAAAA",
    ",AA",
    ",AAA",
    ",D",
    ",DDDDD",
    ",+/////D",
    ",ggggggE",
    "D,",
    "hggggggC,",
    ",B",
    ",hA",
    ",AAAAB",
    ",AAggggggggE",
    ",A+/////DAA",
    ",AAA+/////D",
    ",ggggggggA",
    ",AKAAA",
    ",AAAA+/D",
    ";AAAAAAAAAA",
    "@",
    "[",
    "`",
    "{",
    ":",
    "-",
    ",AAAAA,C,C;C,C;;C;AAAA"};

static void oddities_everywhere(void **state)
{
    struct rng rng = {32};
    struct counts counts = {0};

    (void)state;
    for (size_t odd = 0; odd < COUNT_OF(oddities); odd++) {
        for (unsigned at = 0; at < 280; at += 1 + rng_below(&rng, 3)) {
            const enum shape shape = (enum shape)rng_below(&rng, N_SHAPES);
            struct text text = ordinary(&rng, 100, 6, 30, shape != NO_NAMES), mixed = {0};
            unsigned place = at < text.nbytes ? at : (unsigned)text.nbytes;
            text_add(&mixed, text.data, place);
            text_puts(&mixed, oddities[odd]);
            text_add(&mixed, text.data + place, text.nbytes - place);
            compare_mappings(&mixed, shape, &counts);
            text_free(&mixed);
            text_free(&text);
        }
    }
    assert_true(counts.n_built > 1000 && counts.n_warned > 1000 && counts.n_refused > 20);
}

/* Bytes replaced anywhere, several in a map. */
static void damage(void **state)
{
    struct rng rng = {33};
    struct counts counts = {0};

    (void)state;
    for (int round = 0; round < 4000; round++) {
        const enum shape shape = (enum shape)rng_below(&rng, N_SHAPES);
        struct text text = ordinary(&rng, 20 + rng_below(&rng, 200), 9, 15, shape != NO_NAMES);
        for (uint32_t n = 1 + rng_below(&rng, 3); n > 0; n--) {
            static const char bytes[] = "AAAABCDEZaghz059+/,,,;;; !";
            text.data[rng_below(&rng, (uint32_t)text.nbytes)] =
                bytes[rng_below(&rng, sizeof bytes - 1)];
        }
        compare_mappings(&text, shape, &counts);
        text_free(&text);
    }
    assert_true(counts.n_warned > 1000);
}

/* The text ends anywhere, and behind it is a page without access. */
static void ends(void **state)
{
    struct rng rng = {34};
    struct counts counts = {0};
    struct text text = ordinary(&rng, 200, 6, 20, 1);

    (void)state;
    for (size_t nbytes = 0; nbytes < 400 && nbytes < text.nbytes; nbytes++) {
        struct text part = {0};
        text_add(&part, text.data, nbytes);
        compare_mappings(&part, DISTINCT, &counts);
        text_free(&part);
    }
    assert_true(counts.n_built > 300);
    text_free(&text);
}

/* Sums up to what 32 bits and more can hold. */
static void high_sums(void **state)
{
    struct rng rng = {35};
    struct counts counts = {0};

    (void)state;
    for (int field = 0; field < 4; field++) {
        for (int round = 0; round < 60; round++) {
            struct text text = {0};
            for (int i = 0; i < 5; i++) { /* up to 5 x 2^31 */
                int64_t to[4] = {0};
                to[field] = field == 1 ? 1 : INT32_MAX - (int64_t)rng_below(&rng, 20);
                text_puts(&text, i > 0 ? "," : "");
                text_segment(&text, 4, to[0], to[1], to[2], to[3], 0);
                for (uint32_t n = rng_below(&rng, 40); n > 0; n--) {
                    int64_t step = 1 + rng_below(&rng, 3);
                    text_puts(&text, ",");
                    text_segment(&text, 4 + (int)(n % 2), field == 0 ? step : 0, 0,
                                 field == 2 ? step : 0, field == 3 ? step : 0, 0);
                }
            }
            compare_mappings(&text, DISTINCT, &counts);
            text_free(&text);
        }
    }
    assert_true(counts.n_built > 50 && counts.n_refused > 50);
}

/* Lines up to 2^31 would take too much text: they come with a section. */
static void high_lines(void **state)
{
    static const char *const lines[] = {"2147483600", "2147483640", "2147483646", "2147483647",
                                        "4294967294"};
    struct counts counts = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        for (unsigned n_empty = 0; n_empty < 12; n_empty++) {
            struct text map = {0};
            text_puts(&map, "{\"version\":3,\"sections\":[{\"offset\":{\"column\":5,\"line\":");
            text_puts(&map, lines[i]);
            text_puts(&map, "},\"map\":");
            add_members(&map, DISTINCT);
            text_repeat(&map, ';', n_empty);
            for (int k = 0; k < 100; k++) {
                text_puts(&map, k % 40 == 39 ? "AAAA;" : "CAAC,");
            }
            text_puts(&map, "A\"}}]}");
            compare_map(map.data, map.nbytes, &counts);
            text_free(&map);
        }
    }
    assert_true(counts.n_built > 10 && counts.n_refused > 10);
}

/* In a section that starts in mid-line, a negative column plus the section's own need not be one. */
static void long_negative_columns(void **state)
{
    struct counts counts = {0};

    (void)state;
    for (unsigned n = 0; n < 40; n++) {
        struct text text = {0};
        text_puts(&text, "F");
        for (unsigned i = 0; i < n; i++) {
            text_puts(&text, i % 5 == 0 ? ",AACAC" : ",AAAA");
        }
        text_puts(&text, ",CAAC,EAAAC,CAACC,CAAAC;AACA");
        compare_mappings(&text, SECTIONS, &counts);
        text_free(&text);
    }
    assert_int_equal(counts.n_warned, 40);
}

/* Two sections; the second one is at 0:column. */
static void compare_sections(const struct text *first, uint32_t column, struct counts *counts)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"sections\":[{\"offset\":{\"line\":0,\"column\":0},\"map\":"
                    "{\"version\":3,\"sources\":[\"a.js\"],\"mappings\":\"");
    text_add(&map, first->data, first->nbytes);
    text_puts(&map, "\"}},{\"offset\":{\"line\":0,\"column\":");
    text_number(&map, column);
    text_puts(&map, "},\"map\":{\"version\":3,\"sources\":[\"b.js\"],\"mappings\":\"AAAA\"}}]}");
    for (int strict = 0; strict <= 1; strict++) {
        compare_answers(map.data, map.nbytes, strict, counts);
    }
    text_free(&map);
}

/* A section ends at its greatest position, which need not be its last one. */
static void sections_after_columns_that_descend(void **state)
{
    struct rng rng = {36};
    struct counts counts = {0};

    (void)state;
    for (int round = 0; round < 200; round++) {
        const int64_t greatest = 900 + rng_below(&rng, 200), next = rng_below(&rng, 100);
        const unsigned n = 250 + rng_below(&rng, 200);
        struct text text = {0};
        text_segment(&text, 4, greatest, 0, 0, 0, 0);
        text_puts(&text, ",");
        text_segment(&text, 4, next - greatest, 0, 0, 0, 0);
        for (unsigned i = 0; i < n; i++) {
            text_puts(&text, ",CAAA");
        }
        compare_sections(&text, (uint32_t)greatest - 1, &counts); /* too early */
        compare_sections(&text, (uint32_t)greatest, &counts);
        text_free(&text);
    }
    assert_int_equal(counts.n_warned, 200);
    assert_int_equal(counts.n_refused, 200);
    assert_int_equal(counts.n_built, 3 * 200);
}

/* ---- alone ---- */

static void needs_vectors(void)
{
    if (!smc_segments_can()) {
        print_message("this processor cannot\n");
        skip();
    }
}

/* Where it stops in a text that has `odd` at `place`, and whether its sums are those of there. */
static void vectors_take_what_is_ordinary(void **state)
{
    struct text text = {0};
    const uint8_t *resume;
    const ptrdiff_t line = 19, odd = 50 * line, wrong = 60 * line; /* where they start */

    (void)state;
    needs_vectors();
    for (int i = 0; i < 100; i++) { /* 19 bytes each */
        text_puts(&text, "CAECC,gBAAA,AAAA;A");
        text_puts(&text, i < 99 ? ";" : "\"");
    }
    const uint8_t *start = (const uint8_t *)text.data, *end = start + text.nbytes - 1;
    struct smc_segments *segments = calloc(1, sizeof *segments);
    segments->n_sources = segments->n_names = UINT32_MAX;
    const uint8_t *p = smc_segments_take(segments, start, end, &resume);
    assert_true(resume == end);
    assert_true(end - p < SMC_SEGMENTS_WINDOW);
    const unsigned n_nineteens = (unsigned)((p - start) / line),
                   rest = (unsigned)((p - start) % line);
    assert_int_equal(segments->sums[SMC_ROW_LINE], 2 * n_nineteens + (rest > 16));
    assert_int_equal(segments->sums[SMC_ROW_SOURCE_LINE], 2 * (n_nineteens + (rest > 5)));
    assert_int_equal(segments->sums[SMC_ROW_NAME], n_nineteens + (rest > 5));
    assert_int_equal(segments->has_last, 1);

    /* One odd segment: all windows before it, none from it on. */
    text.data[odd + 3] = '!';
    *segments = (struct smc_segments){.n_sources = UINT32_MAX, .n_names = UINT32_MAX};
    p = smc_segments_take(segments, start, end, &resume);
    assert_true(p <= start + odd && start + odd - p < SMC_SEGMENTS_WINDOW);
    assert_true(resume > start + odd + 3 && resume <= end);
    text.data[odd + 3] = 'C';

    /* A source too high; the third token has it. */
    *segments = (struct smc_segments){.n_sources = 1, .n_names = UINT32_MAX};
    text.data[wrong + 1] = 'C';
    p = smc_segments_take(segments, start, end, &resume);
    assert_true(p <= start + wrong && p > start + wrong - (ptrdiff_t)SMC_SEGMENTS_BATCH);
    assert_true(resume > start + wrong + 1);
    free(segments);
    text_free(&text);
}

/* The text ends at a page without access, after any number of bytes. */
static void vectors_stay_in_the_text(void **state)
{
    struct rng rng = {36};
    struct text text = ordinary(&rng, 100, 6, 20, 1);
    struct smc_segments *segments = calloc(1, sizeof *segments);

    (void)state;
    needs_vectors();
    for (size_t nbytes = 0; nbytes < 300 && nbytes < text.nbytes; nbytes++) {
        struct guarded copy = guarded_copy(text.data, nbytes, GUARD_AFTER);
        const uint8_t *end = copy.bytes + nbytes, *resume;
        *segments = (struct smc_segments){
            .n_sources = UINT32_MAX, .n_names = UINT32_MAX, .has_last = 1 /* of a call before */};
        const uint8_t *p = smc_segments_take(segments, copy.bytes, end, &resume);
        assert_true(p >= copy.bytes && p <= end && resume > p - 1 && resume <= end);
        assert_int_equal(p > copy.bytes, nbytes >= SMC_SEGMENTS_WINDOW);
        assert_int_equal(segments->has_last, p > copy.bytes);
        guarded_free(&copy);
    }
    free(segments);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_maps),
        cmocka_unit_test(oddities_everywhere),
        cmocka_unit_test(damage),
        cmocka_unit_test(ends),
        cmocka_unit_test(high_sums),
        cmocka_unit_test(high_lines),
        cmocka_unit_test(long_negative_columns),
        cmocka_unit_test(sections_after_columns_that_descend),
        cmocka_unit_test(vectors_take_what_is_ordinary),
        cmocka_unit_test(vectors_stay_in_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
