/*
 * Hostile bytes: every truncation and every flip of two small files that have every feature. The file
 * lies at the end of its pages, before one without access, so that a read beyond it crashes.
 */
#include "src/reader/cache.h"
#include "tests/unit/features.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define N_FILES 2

static struct file files[N_FILES];

static int make_files(void **state)
{
    (void)state;
    files[0] = feature_file_deflate();
    files[1] = feature_file_raw();
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    for (int i = 0; i < N_FILES; i++) {
        file_free(&files[i]);
    }
    return 0;
}

/* ---- asking everything ---- */

#define POSITIONS_MAX 600

struct questions {
    struct smc_position positions[POSITIONS_MAX];
    size_t n;
};

/* All that an open file answers, one after the other; the same questions whatever the file. */
struct answers {
    struct text bytes;
    const uint8_t *start, *end; /* of the file */
    unsigned n_damaged;         /* that were not answered, or wrongly */
};

static struct questions make_questions(const struct file *file)
{
    struct questions questions = {.n = 0};
    smc_cache *cache = open_file(file);
    struct smc_token token;

    for (uint32_t i = 0; smc_token_at(cache, i, &token) == SMC_OK; i++) {
        questions.positions[questions.n++] =
            (struct smc_position){token.line, token.column - (i % 3 == 0)};
    }
    questions.positions[questions.n++] = (struct smc_position){0, UINT32_MAX};
    questions.positions[questions.n++] = (struct smc_position){UINT32_MAX, UINT32_MAX};
    assert_true(questions.n <= POSITIONS_MAX);
    smc_close(cache);
    return questions;
}

static void answer(struct answers *answers, const void *bytes, size_t nbytes)
{
    text_add(&answers->bytes, bytes, nbytes);
}

static void answer_status(struct answers *answers, smc_status status)
{
    answers->n_damaged += status != SMC_OK && status != SMC_E_NO_CONTENT;
    answer(answers, &status, sizeof status);
}

/* Reads all of it, which is what counts here. */
static void answer_view(struct answers *answers, struct smc_view view)
{
    answer(answers, &view.nbytes, sizeof view.nbytes);
    if (view.ptr != NULL) {
        answer(answers, view.ptr, view.nbytes);
    }
}

/* A view that is of the file itself. */
static void answer_file_view(struct answers *answers, struct smc_view view)
{
    if (view.ptr != NULL) {
        const uint8_t *ptr = (const uint8_t *)view.ptr;
        assert_true(ptr >= answers->start && ptr <= answers->end &&
                    view.nbytes <= (size_t)(answers->end - ptr));
    }
    answer_view(answers, view);
}

static void answer_token(struct answers *answers, smc_status status, const struct smc_token *token)
{
    answer_status(answers, status);
    if (status != SMC_OK) {
        return;
    }
    answer(answers, &token->index, sizeof token->index);
    if (token->index != SMC_NONE) {
        answer(answers, token, offsetof(struct smc_token, source_text));
    }
    answer_file_view(answers, token->source_text);
    answer_file_view(answers, token->name_text);
}

static void ask_tokens(const smc_cache *cache, const struct questions *questions, uint32_t n_tokens,
                       struct answers *answers)
{
    struct smc_token token;

    for (uint32_t i = 0; i < n_tokens; i++) {
        answer_token(answers, smc_token_at(cache, i, &token), &token);
    }
    for (size_t i = 0; i < questions->n; i++) {
        const struct smc_position *at = &questions->positions[i];
        answer_token(answers, smc_lookup(cache, at->line, at->column, (unsigned)i % 2, &token),
                     &token);
    }
}

/* A line is of its content, whatever LINE_COUNTS says; of raw contents it can be seen. */
static void assert_line_inside(const smc_cache *cache, uint32_t source, struct smc_view line)
{
    uint64_t start = smcf_get40(cache->sources[source].content_off);
    uint64_t end = smcf_get40(cache->sources[source + 1].content_off);

    assert_true(line.nbytes <= end - start);
    if (cache->content_encoding == SMCF_CONTENT_RAW) {
        const uint8_t *content = cache->content, *ptr = (const uint8_t *)line.ptr;
        assert_true(ptr >= content + start && ptr + line.nbytes <= content + end);
    }
}

/* Where a lookup finds a block good that it checks in full, it does without that too. (They may find other
 * tokens, if they are not sorted.) A part of the questions, another one each time. */
static void ask_the_checked_way(const smc_cache *cache, const struct questions *questions)
{
    static size_t part;
    smc_cache checked = *cache;

    use_way(&checked, WAY_CHECKED);
    part = (part + 1) % 7;
    for (size_t i = part; i < questions->n; i += 7) {
        const struct smc_position *at = &questions->positions[i];
        struct smc_token token;
        if (smc_lookup(&checked, at->line, at->column, (unsigned)i % 2, &token) == SMC_OK) {
            assert_int_equal(smc_lookup(cache, at->line, at->column, (unsigned)i % 2, &token),
                             SMC_OK);
        }
    }
}

static void ask_sources(const smc_cache *cache, uint32_t n_sources, struct answers *answers)
{
    struct smc_source source;
    struct smc_view view;
    smc_text *text;

    assert_int_equal(smc_text_open(cache, &text), SMC_OK);
    for (uint32_t i = 0; i < n_sources; i++) {
        smc_status status = smc_source_get(cache, i, &source);
        answer_status(answers, status);
        if (status != SMC_OK) {
            continue;
        }
        answer_file_view(answers, source.name);
        answer_file_view(answers, source.raw_name);
        answer(answers, &source.is_ignored, sizeof source.is_ignored);
        answer(answers, &source.content_nbytes, sizeof source.content_nbytes);
        for (uint32_t line = 0; line < source.n_lines; line++) {
            status = smc_text_line(text, i, line, &view);
            answer_status(answers, status);
            if (status == SMC_OK) {
                assert_line_inside(cache, i, view);
                answer_view(answers, view);
            }
        }
        status = smc_text_content(text, i, &view);
        answer_status(answers, status);
        if (status == SMC_OK) {
            answer_view(answers, view);
        }
    }
    smc_text_close(text);
}

/* Not asked: what the file says of itself and of its input (version, sizes, digests). */
static void ask_all(const smc_cache *cache, const struct questions *questions,
                    struct answers *answers)
{
    struct smc_info info;
    struct smc_view name;
    smc_status status = smc_info_get(cache, &info);

    answers->bytes.nbytes = 0;
    answers->n_damaged = 0;
    answer_status(answers, status);
    if (status == SMC_OK) {
        answer_file_view(answers, info.file);
        answer_file_view(answers, info.source_root);
    }
    answer(answers, &info.n_lines, sizeof info.n_lines);
    answer(answers, &info.content_nbytes, sizeof info.content_nbytes);
    answer(answers, &info.has_debug_id, sizeof info.has_debug_id);
    answer(answers, info.debug_id, sizeof info.debug_id);
    for (uint32_t i = 0; i < info.n_names; i++) {
        status = smc_name_get(cache, i, &name);
        answer_status(answers, status);
        if (status == SMC_OK) {
            answer_file_view(answers, name);
        }
    }
    ask_tokens(cache, questions, info.n_tokens, answers);
    size_t n_best = answers->bytes.nbytes, n_plain;
    smc_cache plain = *cache;
    use_way(&plain, WAY_PLAIN);
    ask_tokens(&plain, questions, info.n_tokens, answers); /* whatever it is, they say the same */
    n_plain = answers->bytes.nbytes - n_best;
    assert_true(n_plain <= n_best);
    assert_memory_equal(answers->bytes.data + n_best, answers->bytes.data + n_best - n_plain,
                        n_plain);
    ask_the_checked_way(cache, questions);
    ask_sources(cache, info.n_sources, answers);
}

/* Whether lookups in all ways agree with a scan over all tokens; a part of them, another one each time. */
static int lookups_are_right(const smc_cache *cache, const struct questions *questions)
{
    static size_t part;
    struct smc_token tokens[POSITIONS_MAX], found;
    smc_cache ways[N_WAYS];
    uint32_t n = 0;

    for (unsigned way = 0; way < N_WAYS; way++) {
        ways[way] = *cache;
        use_way(&ways[way], way);
    }
    while (n < COUNT_OF(tokens) && smc_token_at(cache, n, &tokens[n]) == SMC_OK) {
        n++;
    }
    part = (part + 1) % 7;
    for (size_t i = part; i < questions->n; i += 7) {
        const struct smc_position *at = &questions->positions[i];
        uint32_t wanted = SMC_NONE;
        for (uint32_t k = 0; k < n; k++) {
            if (tokens[k].line < at->line
                    ? i % 2 == 1
                    : tokens[k].line == at->line && tokens[k].column <= at->column) {
                wanted = k;
            }
        }
        for (unsigned way = 0; way < N_WAYS; way++) {
            if (smc_lookup(&ways[way], at->line, at->column, (unsigned)i % 2, &found) != SMC_OK ||
                found.index != wanted) {
                return 0;
            }
        }
    }
    return 1;
}

/* ---- truncation ---- */

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (int f = 0; f < N_FILES; f++) {
        for (size_t n = 0; n < files[f].nbytes; n++) {
            struct guarded copy = guarded_copy(files[f].bytes, n, GUARD_AFTER);
            struct smc_error error = {SMC_OK, NULL, UINT64_MAX};
            smc_cache *cache;
            smc_status wanted = n == 0 ? SMC_E_NOT_CACHE : SMC_E_TRUNCATED;
            assert_int_equal(smc_open_memory(copy.bytes, n, &cache, &error), wanted);
            assert_null(cache);
            assert_non_null(error.reason);
            assert_true(error.offset <= n);
            guarded_free(&copy);
        }
    }
}

/* The same with a header that says so: nothing may be believed but what is checked. */
static void every_truncation_that_the_header_admits_stays_inside(void **state)
{
    struct answers answers = {{0}, NULL, NULL, 0};

    (void)state;
    for (int f = 0; f < N_FILES; f++) {
        struct questions questions = make_questions(&files[f]);
        for (size_t n = sizeof(struct smcf_header); n < files[f].nbytes; n++) {
            struct guarded copy = guarded_copy(files[f].bytes, n, GUARD_AFTER);
            smc_cache *cache;
            ((struct smcf_header *)(void *)copy.bytes)->file_nbytes = smcf_put64(n);
            file_seal(copy.bytes, n);
            /* The last section ends with the file, so there is no such file. */
            assert_int_equal(smc_open_memory(copy.bytes, n, &cache, NULL), SMC_E_DAMAGED);
            /* Now the last section is as short as the file is. */
            size_t off = section_offset(&files[f], SMCF_SECTION_CONTENT, NULL);
            if (n >= off) {
                struct smcf_section *entry =
                    (void *)(copy.bytes + entry_offset(&files[f], SMCF_SECTION_CONTENT));
                entry->nbytes = smcf_put64(n - off);
                file_seal(copy.bytes, n);
                if (smc_open_memory(copy.bytes, n, &cache, NULL) == SMC_OK) {
                    answers.start = copy.bytes;
                    answers.end = copy.bytes + n;
                    ask_all(cache, &questions, &answers);
                    assert_int_equal(smc_verify(cache, NULL), SMC_E_DAMAGED);
                    smc_close(cache);
                }
            }
            guarded_free(&copy);
        }
    }
    text_free(&answers.bytes);
}

/* ---- flips ---- */

/* What became of the flips after which the digest was made right again. */
struct tally {
    unsigned n_refused;  /* by opening */
    unsigned n_reported; /* by verify */
    unsigned n_other;    /* another good file, which answers differently */
    unsigned n_same;     /* another good file, which answers the same */
};

struct flipping {
    const struct file *original;
    struct questions questions;
    uint64_t wanted; /* digest of the original's answers */
    struct guarded copy;
    struct answers answers;
    struct tally tally;
};

static uint64_t digest_of(const struct answers *answers)
{
    return XXH3_64bits(answers->bytes.data, answers->bytes.nbytes);
}

static int is_within(const struct file *file, size_t at, uint32_t id, size_t *within)
{
    size_t nbytes, off = section_offset(file, id, &nbytes);

    *within = at - off;
    return at >= off && at < off + nbytes;
}

static int is_in_range(size_t at, size_t start, size_t nbytes)
{
    return at >= start && at < start + nbytes;
}

/*
 * Where a byte may differ and all answers be the same, in a file that verify finds good:
 * - the header's minor, may_ignore, input_digest, input_nbytes: they say nothing of the map;
 * - INFO's recipe_digest, which says nothing of the map either;
 * - its content_digest, which is made right again;
 * - slopes of blocks and of offset lists: in a short run the lowest bits round to the same line;
 * - flags of the first block: source lines that follow a generated line 0 follow nothing;
 * - flags of a block in which all names are the same: they have one slot, of no bits, or none;
 * - deflated contents: bits after the end of a stream, and other codes for the same bytes.
 */
static int may_answer_the_same(const struct file *file, size_t at)
{
    static const uint32_t lists[] = {SMCF_SECTION_STRING_OFFSETS, SMCF_SECTION_LINE_COUNTS};
    const struct smcf_section *entry =
        (const void *)(file->bytes + entry_offset(file, SMCF_SECTION_DIRECTORY));
    size_t within;

    if (is_in_range(at, offsetof(struct smcf_header, minor), 2) ||
        is_in_range(at, offsetof(struct smcf_header, may_ignore), 4) ||
        is_in_range(at, offsetof(struct smcf_header, content_digest), 16) ||
        is_in_range(at, offsetof(struct smcf_header, input_digest), 16) ||
        is_in_range(at, offsetof(struct smcf_header, input_nbytes), 8)) {
        return 1;
    }
    if (is_within(file, at, SMCF_SECTION_INFO, &within)) {
        return is_in_range(within, offsetof(struct smcf_info, recipe_digest), 16);
    }
    if (is_within(file, at, SMCF_SECTION_BLOCKS, &within)) {
        for (uint32_t b = 0; b < smcf_get64(entry->count); b++) {
            size_t off = block_offset(file, b);
            if (at == off + offsetof(struct smcf_block, line_slope) ||
                ((b == 0 || b == BLOCK_FLAT) && at == off + offsetof(struct smcf_block, flags))) {
                return 1;
            }
        }
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (is_within(file, at, lists[i], &within)) { /* of up to 64 values: one group */
            return is_in_range(within, offsetof(struct smcf_offset_group, slope), 2);
        }
    }
    const struct smcf_section *content =
        (const void *)(file->bytes + entry_offset(file, SMCF_SECTION_CONTENT));
    return smcf_get32(content->encoding) == SMCF_CONTENT_DEFLATE &&
           is_within(file, at, SMCF_SECTION_CONTENT, &within);
}

/* The copy differs from the original in byte `at`. */
static void check_flipped(struct flipping *f, size_t at)
{
    struct smc_error error = {SMC_OK, NULL, 0};
    smc_cache *cache;

    smc_status status = smc_open_memory(f->copy.bytes, f->copy.nbytes, &cache, &error);
    if (status != SMC_OK) { /* opening hashes nothing: with a right digest it is the same */
        assert_int_equal(error.status, status);
        assert_non_null(error.reason);
        f->tally.n_refused++;
        return;
    }
    ask_all(cache, &f->questions, &f->answers);
    /* Whatever it is, verify reports it: the digest tells if nothing else does. */
    struct smc_error unsealed = {SMC_OK, NULL, 0};
    if (smc_verify(cache, &unsealed) != SMC_E_DAMAGED) {
        fail_msg("verify overlooks a change of byte %zu", at);
    }
    file_seal(f->copy.bytes, f->copy.nbytes);
    status = smc_verify(cache, &error);
    assert_string_equal(unsealed.reason,
                        status == SMC_OK ? "content digest differs" : error.reason);
    if (status != SMC_OK) {
        assert_int_equal(status, SMC_E_DAMAGED);
        assert_true(error.offset <= f->copy.nbytes);
        f->tally.n_reported++;
    } else {
        /* What verify takes for good answers every question, and each rightly. */
        if (f->answers.n_damaged != 0 || !lookups_are_right(cache, &f->questions)) {
            fail_msg("verify accepts a file that contradicts itself: byte %zu", at);
        }
        if (digest_of(&f->answers) != f->wanted) {
            f->tally.n_other++;
        } else {
            f->tally.n_same++;
            if (!may_answer_the_same(f->original, at)) {
                fail_msg("a change of byte %zu is neither reported nor seen", at);
            }
        }
    }
    smc_close(cache);
}

static void start_flipping(struct flipping *f, const struct file *file, enum guard_side side)
{
    *f = (struct flipping){.original = file, .questions = make_questions(file)};
    f->copy = guarded_copy(file->bytes, file->nbytes, side);
    f->answers.start = f->copy.bytes;
    f->answers.end = f->copy.bytes + f->copy.nbytes;
    smc_cache *cache;
    assert_int_equal(smc_open_memory(f->copy.bytes, f->copy.nbytes, &cache, NULL), SMC_OK);
    ask_all(cache, &f->questions, &f->answers);
    assert_int_equal(f->answers.n_damaged, 0);
    assert_true(lookups_are_right(cache, &f->questions));
    f->wanted = digest_of(&f->answers);
    smc_close(cache);
}

static void end_flipping(struct flipping *f)
{
    guarded_free(&f->copy);
    text_free(&f->answers.bytes);
}

static void restore(struct flipping *f, size_t at, size_t nbytes)
{
    const size_t digest = offsetof(struct smcf_header, content_digest);

    memcpy(f->copy.bytes + at, f->original->bytes + at, nbytes);
    memcpy(f->copy.bytes + digest, f->original->bytes + digest, 16);
}

static void flip_bytes(struct flipping *f, size_t start, size_t nbytes)
{
    for (size_t at = start; at < start + nbytes; at++) {
        for (int k = 0; k <= 8; k++) {
            f->copy.bytes[at] ^= (uint8_t)(k == 8 ? 0xff : 1 << k);
            check_flipped(f, at);
            restore(f, at, 1);
        }
    }
}

static void flip_every_byte(const struct file *file)
{
    struct flipping f;

    start_flipping(&f, file, GUARD_AFTER);
    flip_bytes(&f, 0, file->nbytes);
    print_message("%zu bytes: %u refused, %u reported, %u another good file, %u no difference\n",
                  file->nbytes, f.tally.n_refused, f.tally.n_reported, f.tally.n_other,
                  f.tally.n_same);
    /* 46 bytes of the header's fields above have 9 flips each; few of all others are so. */
    assert_in_range(f.tally.n_same, 46 * 9, 46 * 9 + 250);
    end_flipping(&f);
}

static void every_flip_of_a_deflated_file(void **state)
{
    (void)state;
    flip_every_byte(&files[0]);
}

static void every_flip_of_a_raw_file(void **state)
{
    (void)state;
    flip_every_byte(&files[1]);
}

/* The same with blocks that lookups need not check, as they are far enough from the end of the file. */
static void every_flip_of_an_index_with_room(void **state)
{
    static const uint32_t sections[] = {SMCF_SECTION_DIRECTORY, SMCF_SECTION_BLOCKS,
                                        SMCF_SECTION_SOURCES, SMCF_SECTION_STRING_OFFSETS};
    struct file roomy = roomy_file(&files[0]);
    struct flipping f;

    (void)state;
    start_flipping(&f, &roomy, GUARD_AFTER);
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        size_t nbytes, start = section_offset(&roomy, sections[i], &nbytes);
        flip_bytes(&f, start, nbytes);
    }
    assert_in_range(f.tally.n_same, 1, 200);
    assert_true(f.tally.n_reported > 5000);
    end_flipping(&f);
    file_free(&roomy);
}

/* Every byte of the headers of blocks takes many values: widths and widths of slots of up to 255. */
static void many_values_in_headers_of_blocks(void **state)
{
    static const uint8_t large[] = {63, 64, 65, 95, 96, 127, 128, 129, 191, 192, 223, 254, 255};
    struct file roomy = roomy_file(&files[0]);
    struct flipping f;

    (void)state;
    start_flipping(&f, &roomy, GUARD_AFTER);
    for (uint32_t b = 0; b < N_FEATURE_BLOCKS; b++) {
        const size_t start = block_offset(&roomy, b);
        for (size_t at = start; at < start + sizeof(struct smcf_block); at++) {
            for (unsigned k = 0; k < 40 + COUNT_OF(large); k++) {
                smc_cache *cache;
                f.copy.bytes[at] = k < 40 ? (uint8_t)k : large[k - 40];
                assert_int_equal(smc_open_memory(f.copy.bytes, f.copy.nbytes, &cache, NULL),
                                 SMC_OK);
                ask_all(cache, &f.questions, &f.answers);
                smc_close(cache);
            }
            restore(&f, at, 1);
        }
    }
    end_flipping(&f);
    file_free(&roomy);
}

/* ---- more than a flip ---- */

/* Fields of all sizes take values that integers have their borders at. */
static void random_values_stay_inside(void **state)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      7,
                                      0x7f,
                                      0x80,
                                      0xff,
                                      0x7fff,
                                      0xffff,
                                      0x7fffffff,
                                      0x80000000,
                                      0xfffffffe,
                                      0xffffffff,
                                      UINT64_C(0x100000000),
                                      UINT64_C(0x7fffffffffffffff),
                                      UINT64_C(0x8000000000000000),
                                      UINT64_MAX - 7,
                                      UINT64_MAX};
    static const size_t widths[] = {1, 2, 4, 8};
    struct rng rng = {91};

    (void)state;
    for (int i = 0; i < 2 * N_FILES; i++) {
        const struct file *file = &files[i / 2];
        struct flipping f;
        start_flipping(&f, file, i % 2 == 0 ? GUARD_AFTER : GUARD_BEFORE);
        for (int round = 0; round < 4000; round++) {
            smc_cache *cache;
            for (uint32_t n = 1 + rng_below(&rng, 4); n > 0; n--) {
                size_t width = widths[rng_below(&rng, COUNT_OF(widths))];
                /* The header would mostly make it no file at all. */
                size_t at =
                    sizeof(struct smcf_header) +
                    rng_below(&rng, (uint32_t)(file->nbytes - width - sizeof(struct smcf_header)));
                uint64_t value = values[rng_below(&rng, COUNT_OF(values))];
                value += rng_below(&rng, 4) == 0
                             ? smcf_get64(*(struct smcf_le64 *)(void *)(f.copy.bytes + at - 8))
                             : 0;
                struct smcf_le64 bytes = smcf_put64(value);
                memcpy(f.copy.bytes + at, &bytes, width);
            }
            file_seal(f.copy.bytes, f.copy.nbytes);
            if (smc_open_memory(f.copy.bytes, f.copy.nbytes, &cache, NULL) == SMC_OK) {
                ask_all(cache, &f.questions, &f.answers);
                if (smc_verify(cache, NULL) == SMC_OK &&
                    (f.answers.n_damaged != 0 || !lookups_are_right(cache, &f.questions))) {
                    fail_msg("verify accepts a file that contradicts itself: round %d", round);
                }
                smc_close(cache);
            }
            restore(&f, 0, file->nbytes);
        }
        end_flipping(&f);
    }
}

/* ---- lines ---- */

/* Contents of several stretches, all kinds of line ends at their borders too. */
static struct file file_of_lines(enum smc_build_sources mode)
{
    static const char *const ends[] = {"\n", "\r\n", "\xe2\x80\xa8", "\r", "\n\n"};
    struct text map = {0}, content = {0};
    struct rng rng = {92};

    text_puts(&map, "{\"version\":3,\"mappings\":\"\",\"sources\":[\"a.js\",\"b.css\",\"c.js\"],"
                    "\"sourcesContent\":[");
    for (int i = 0; i < 3; i++) {
        content.nbytes = 0;
        while (content.nbytes < (size_t)(i == 1 ? 100 : 3 * SMCF_STRETCH_NBYTES)) {
            size_t left = SMCF_STRETCH_NBYTES - 1 - content.nbytes % SMCF_STRETCH_NBYTES;
            uint32_t length = rng_below(&rng, 300);
            text_repeat(&content, 'x', i == 0 && left < length ? left : length);
            text_puts(&content, ends[rng_below(&rng, COUNT_OF(ends))]);
        }
        text_puts(&map, i > 0 ? "," : "");
        text_json(&map, content.data, content.nbytes);
    }
    text_puts(&map, "]}");
    struct file file = build_file(&map, mode);
    text_free(&map);
    text_free(&content);
    return file;
}

/* Every byte of LINE_COUNTS and of SOURCES takes several values. What opens answers, and at most the lines
 * that there are bytes for. */
static void lines_of_damaged_counts_are_inside(void **state)
{
    static const uint32_t sections[] = {SMCF_SECTION_LINE_COUNTS, SMCF_SECTION_SOURCES};
    static const enum smc_build_sources modes[] = {SMC_BUILD_SOURCES_RAW,
                                                   SMC_BUILD_SOURCES_DEFLATE};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(modes) * COUNT_OF(sections); i++) {
        struct file file = file_of_lines(modes[i / 2]);
        size_t nbytes, start = section_offset(&file, sections[i % 2], &nbytes);
        struct flipping f;
        unsigned n_damaged = 0;
        start_flipping(&f, &file, GUARD_AFTER);
        for (size_t at = start; at < start + nbytes; at++) {
            for (int k = 0; k < 12; k++) {
                const uint8_t was = f.copy.bytes[at];
                const uint8_t values[] = {0, 1, 0x7f, 0xff};
                smc_cache *cache;
                f.copy.bytes[at] = (uint8_t)(k < 8 ? was ^ 1 << k : values[k - 8]);
                if (f.copy.bytes[at] == was) {
                    continue;
                }
                assert_int_equal(smc_open_memory(f.copy.bytes, f.copy.nbytes, &cache, NULL),
                                 SMC_OK);
                ask_all(cache, &f.questions, &f.answers);
                n_damaged += f.answers.n_damaged > 0;
                file_seal(f.copy.bytes, f.copy.nbytes);
                if (smc_verify(cache, NULL) == SMC_OK) {
                    assert_int_equal(f.answers.n_damaged, 0);
                }
                smc_close(cache);
                restore(&f, at, 1);
            }
        }
        assert_true(n_damaged > nbytes); /* of 12 a byte */
        end_flipping(&f);
        file_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_truncation_that_the_header_admits_stays_inside),
        cmocka_unit_test(every_flip_of_a_deflated_file),
        cmocka_unit_test(every_flip_of_a_raw_file),
        cmocka_unit_test(every_flip_of_an_index_with_room),
        cmocka_unit_test(many_values_in_headers_of_blocks),
        cmocka_unit_test(random_values_stay_inside),
        cmocka_unit_test(lines_of_damaged_counts_are_inside),
    };
    return cmocka_run_group_tests(tests, make_files, free_files);
}
