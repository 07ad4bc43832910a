#include "tests/unit/agreement.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/reader/block.h"
#include "src/reader/directory.h"

#define LINES_MAX 1000u

struct questions questions_of(const smc_cache *cache)
{
    static const struct smc_position extremes[] = {
        {0, 0}, {0, UINT32_MAX}, {SMCF_LINE_MAX, 0}, {UINT32_MAX, UINT32_MAX}};
    const uint32_t step = cache->n_tokens / (POSITIONS_MAX - 50) + 1;
    struct questions questions = {.n = 0, .n_tokens_max = POSITIONS_MAX};
    struct smc_token token;

    for (uint32_t i = 0; i < cache->n_tokens; i += step) { /* before, at and behind tokens */
        if (smc_token_at(cache, i, &token) == SMC_OK) {
            questions.positions[questions.n++] =
                (struct smc_position){token.line, token.column + i % 3 - 1};
        }
    }
    for (uint32_t i = 0; i < cache->n_inlined && questions.n < POSITIONS_MAX - 10; i++) {
        const struct smcf_position *at = &cache->inlined[i].position;
        for (uint32_t before = 0; before <= 1;
             before++) { /* where an extent begins, and right before */
            questions.positions[questions.n++] =
                (struct smc_position){smcf_get32(at->line), smcf_get32(at->column) - before};
        }
    }
    for (size_t i = 0; i < COUNT_OF(extremes); i++) {
        questions.positions[questions.n++] = extremes[i];
    }
    return questions;
}

struct questions make_questions(const struct file *file)
{
    smc_cache *cache = open_file(file);
    struct questions questions = questions_of(cache);

    smc_close(cache);
    return questions;
}

void questions_thin(struct questions *questions, size_t n)
{
    const size_t n_ends = 15;
    size_t n_kept = 0;

    for (size_t i = 0; i < questions->n; i++) {
        if (i % n == 0 || i < n_ends || i + n_ends > questions->n) {
            questions->positions[n_kept++] = questions->positions[i];
        }
    }
    questions->n = n_kept;
}

static uint32_t tokens_step(const struct questions *questions, uint32_t n_tokens)
{
    return n_tokens / questions->n_tokens_max + 1;
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

/* Reads all of it. What is kept is short, as of a damaged file each of its strings may be all of its bytes. */
static void answer_view(struct answers *answers, struct smc_view view)
{
    const uint64_t digest = view.ptr == NULL ? 0 : XXH3_64bits(view.ptr, view.nbytes);

    answer(answers, &view.nbytes, sizeof view.nbytes);
    answer(answers, &digest, sizeof digest);
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

    for (uint32_t i = 0; i < n_tokens; i += tokens_step(questions, n_tokens)) {
        answer_token(answers, smc_token_at(cache, i, &token), &token);
    }
    for (size_t i = 0; i < questions->n; i++) {
        const struct smc_position *at = &questions->positions[i];
        answer_token(answers, smc_lookup(cache, at->line, at->column, (unsigned)i % 2, &token),
                     &token);
    }
}

/* The pieces of a name that are no strings are static. */
static void answer_function(struct answers *answers, const struct smc_function *function)
{
    answer(answers, function, offsetof(struct smc_function, prefix));
    answer_view(answers, function->prefix);
    answer_file_view(answers, function->qualifier);
    answer_view(answers, function->joint);
    answer_file_view(answers, function->last);
}

#define FRAMES_MAX 8

static void ask_frames(const smc_cache *cache, const struct smc_position *at, unsigned flags,
                       struct answers *answers)
{
    struct smc_frame frames[FRAMES_MAX];
    struct smc_view name;
    size_t n;

    answer_status(answers, smc_frames(cache, at->line, at->column, flags, frames, FRAMES_MAX, &n));
    assert_true(n <= FRAMES_MAX);
    answer(answers, &n, sizeof n);
    for (size_t i = 0; i < n; i++) {
        answer(answers, &frames[i], offsetof(struct smc_frame, source_text));
        answer_file_view(answers, frames[i].source_text);
        answer_function(answers, &frames[i].function);
    }
    answer_status(answers, smc_callee_name(cache, at->line, at->column, &name));
    answer_file_view(answers, name);
}

static void ask_functions(const smc_cache *cache, const struct questions *questions,
                          const struct smc_info *info, struct answers *answers)
{
    struct smc_function function;

    for (uint32_t i = 0; i < info->n_tokens; i += tokens_step(questions, info->n_tokens)) {
        answer_status(answers, smc_token_function(cache, i, &function));
        answer_function(answers, &function);
    }
    for (uint32_t i = 0; i < info->n_functions && i < POSITIONS_MAX; i++) {
        answer_status(answers, smc_function_get(cache, i, &function));
        answer_function(answers, &function);
    }
    for (size_t i = 0; i < questions->n; i++) {
        ask_frames(cache, &questions->positions[i], (unsigned)i % 2, answers);
    }
}

/* That there is no such thing is an answer as good as any. */
static void ask_bytecode(const smc_cache *cache, struct answers *answers)
{
    static const uint32_t segments[] = {0, 1, 2, 3, SMC_NONE}, functions[] = {0, 1, 2, SMC_NONE},
                          offsets[] = {0, 7};

    for (size_t i = 0; i < COUNT_OF(segments) * COUNT_OF(functions) * COUNT_OF(offsets); i++) {
        const size_t k = i / COUNT_OF(offsets);
        struct smc_position at;
        const smc_status status = smc_bytecode_position(cache, segments[k / COUNT_OF(functions)],
                                                        functions[k % COUNT_OF(functions)],
                                                        offsets[i % COUNT_OF(offsets)], &at);
        assert_true(status == SMC_OK || (at.line == SMC_NONE && at.column == SMC_NONE));
        answer_status(answers, status == SMC_E_RANGE ? SMC_OK : status);
        answer(answers, &at, sizeof at);
    }
}

static int block_ascends(const smc_cache *cache, uint32_t index)
{
    struct smc_block block;
    struct smc_block_names names;
    struct smc_token token;
    uint64_t key = 0, last = 0;

    if (smc_block_open(cache, index, &block, &names) != SMC_OK) {
        return 0;
    }
    for (unsigned i = 0; i < block.n; i++, last = key) {
        if (smc_block_token(cache, &block, &names, index, i, &token) != SMC_OK) {
            return 0;
        }
        key = (uint64_t)token.line << 32 | token.column;
        if (key < last) {
            return 0;
        }
    }
    return 1;
}

/* Where a lookup finds a block good that it checks in full, it finds the same token without that. But of tokens that do
 * not ascend each way may find one of its own, whose strings may be others, and damaged. */
static void ask_the_checked_way(const smc_cache *cache, const struct questions *questions)
{
    smc_cache checked = *cache;

    use_way(&checked, WAY_CHECKED);
    for (size_t i = questions->round % QUESTION_PARTS; i < questions->n; i += QUESTION_PARTS) {
        const struct smc_position *at = &questions->positions[i];
        const unsigned flags = (unsigned)i % 2;
        struct smc_token wanted, token;
        if (smc_lookup(&checked, at->line, at->column, flags, &wanted) == SMC_OK &&
            (smc_lookup(cache, at->line, at->column, flags, &token) != SMC_OK ||
             memcmp(&token, &wanted, sizeof token) != 0)) {
            /* Whatever it answers across lines, it says where the token is. */
            (void)smc_lookup(&checked, at->line, at->column, SMC_LOOKUP_ACROSS_LINES, &wanted);
            assert_true(wanted.index < cache->n_tokens);
            assert_false(block_ascends(cache, wanted.index / SMCF_BLOCK_TOKENS));
        }
    }
}

/* All questions in one batch, in their order or in another one: it says what single lookups say, and marks those
 * that fail. */
static void ask_batch(const smc_cache *cache, const struct questions *questions)
{
    const unsigned flags = questions->round / 2 % 2 == 0 ? 0 : SMC_LOOKUP_ACROSS_LINES;
    const size_t stride = questions->round / 4 % 2 == 0 || questions->n % 7 == 0 ? 1 : 7;
    const struct smc_token damaged = {
        .index = SMC_NONE, .source = SMC_NONE, .name = SMC_NONE, .flags = SMC_TOKEN_DAMAGED};
    struct smc_position positions[POSITIONS_MAX];
    struct smc_token tokens[POSITIONS_MAX], token;
    smc_status wanted = SMC_OK;

    for (size_t i = 0; i < questions->n; i++) {
        positions[i] = questions->positions[i * stride % questions->n];
    }
    smc_status status = smc_lookup_batch(cache, positions, questions->n, flags, tokens);
    for (size_t i = 0; i < questions->n; i++) {
        if (smc_lookup(cache, positions[i].line, positions[i].column, flags, &token) != SMC_OK) {
            wanted = SMC_E_DAMAGED;
            token = damaged;
        }
        assert_memory_equal(&tokens[i], &token, sizeof token);
    }
    assert_int_equal(status, wanted);
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

/* The context of a line; which one is asked for goes by the line alone. */
static void ask_context(const smc_cache *cache, smc_text *text, uint32_t source, uint32_t line,
                        struct answers *answers)
{
    static const uint32_t columns[] = {0, 3, 40, 390, 4090, UINT32_MAX},
                          units[] = {160, 2, 400, SMC_CONTEXT_UNITS_MAX, 1, 30, 0};
    const struct smc_context_query query = {.source = source,
                                            .line = line,
                                            .column = columns[line % COUNT_OF(columns)],
                                            .n_before = line % 3,
                                            .n_after = line % 4,
                                            .max_units = units[line % COUNT_OF(units)]};
    struct smc_context_line lines[2 + 1 + 3];
    struct smc_context context;
    smc_status status = smc_text_context(text, &query, lines, &context);

    answer_status(answers, status);
    assert_true(context.n_lines <= query.n_before + 1 + query.n_after);
    assert_true((context.n_lines > 0) == (status == SMC_OK));
    for (uint32_t i = 0; i < context.n_lines; i++) {
        assert_line_inside(cache, source, lines[i].text);
        assert_true(lines[i].text.nbytes <= (size_t)query.max_units * 3);
        assert_int_equal(lines[i].line, line - context.index + i);
        answer(answers, &lines[i].first_column, sizeof lines[i].first_column);
        answer(answers, &lines[i].flags, sizeof lines[i].flags);
        answer_view(answers, lines[i].text);
    }
    if (status == SMC_OK) {
        assert_true(context.column <= query.column);
        assert_true(context.column_nbytes <= lines[context.index].text.nbytes);
        answer(answers, &context.column_nbytes, sizeof context.column_nbytes);
    }
}

/* All lines of a content; if there are very many, the first and the last ones. */
static uint32_t next_line(uint32_t line, uint32_t n_lines)
{
    return line + 1 == LINES_MAX / 2 && n_lines > LINES_MAX ? n_lines - LINES_MAX / 2 : line + 1;
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
        for (uint32_t line = 0; line < source.n_lines; line = next_line(line, source.n_lines)) {
            status = smc_text_line(text, i, line, &view);
            answer_status(answers, status);
            if (status == SMC_OK) {
                assert_line_inside(cache, i, view);
                answer_view(answers, view);
            }
            ask_context(cache, text, i, line, answers);
        }
        status = smc_text_content(text, i, &view);
        answer_status(answers, status);
        if (status == SMC_OK) {
            answer_view(answers, view);
        }
    }
    smc_text_close(text);
}

static int ascends(const struct smcf_position *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (smcf_get32(list[i].line) > SMCF_LINE_MAX ||
            (i > 0 && smc_position_key(&list[i]) < smc_position_key(&list[i - 1]))) {
            return 0;
        }
    }
    return 1;
}

/* Of 16 entries or more that do not ascend, each kind of processor finds one of its own. */
static int directory_is_found_alike(const smc_cache *cache)
{
    return cache->n_blocks < SMCF_FANOUT ||
           (ascends(cache->top, cache->n_top) && ascends(cache->middle, cache->n_middle) &&
            ascends(cache->firsts, cache->n_blocks));
}

static void ask_sections(const smc_cache *cache)
{
    struct smc_section_info section;
    uint32_t n = 0;

    while (smc_section_get(cache, n, &section) == SMC_OK) {
        assert_true(section.offset <= cache->nbytes &&
                    section.nbytes <= cache->nbytes - section.offset);
        n++;
    }
    assert_int_equal(n, cache->n_sections);
}

void ask_all(const smc_cache *cache, struct questions *questions, struct answers *answers)
{
    struct smc_info info;
    struct smc_view name;
    smc_status status = smc_info_get(cache, &info);

    questions->round++;
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
    ask_sections(cache);
    ask_tokens(cache, questions, info.n_tokens, answers);
    const size_t n_best = answers->bytes.nbytes;
    smc_cache plain = *cache;
    use_way(&plain, WAY_PLAIN);
    ask_tokens(&plain, questions, info.n_tokens, answers); /* whatever it is, they say the same */
    const size_t n_plain = answers->bytes.nbytes - n_best;
    if (directory_is_found_alike(cache)) {
        assert_true(n_plain <= n_best);
        assert_memory_equal(answers->bytes.data + n_best, answers->bytes.data + n_best - n_plain,
                            n_plain);
    }
    ask_the_checked_way(cache, questions);
    ask_batch(questions->round % 2 == 0 ? cache : &plain, questions);
    ask_functions(cache, questions, &info, answers);
    ask_bytecode(cache, answers);
    ask_sources(cache, info.n_sources, answers);
}

uint64_t answers_digest(const struct answers *answers)
{
    return XXH3_64bits(answers->bytes.data, answers->bytes.nbytes);
}

/* ---- a copy to be damaged ---- */

void damaged_start(struct damaged *damaged, const struct file *file, enum guard_side side)
{
    const struct questions questions = make_questions(file);

    damaged_start_with(damaged, file, side, &questions);
}

void damaged_start_with(struct damaged *damaged, const struct file *file, enum guard_side side,
                        const struct questions *questions)
{
    smc_cache *cache;

    *damaged = (struct damaged){.original = file, .questions = *questions};
    damaged->copy = guarded_copy(file->bytes, file->nbytes, side);
    assert_int_equal(smc_open_memory(damaged->copy.bytes, damaged->copy.nbytes, 0, &cache, NULL),
                     SMC_OK);
    damaged_ask_other(damaged, cache, &damaged->copy);
    assert_int_equal(damaged->answers.n_damaged, 0);
    for (unsigned n = 0; n < QUESTION_PARTS; n++, damaged->questions.round++) {
        const char *fault = disagreement(cache, &damaged->questions);
        if (fault != NULL) {
            fail_msg("%s", fault);
        }
    }
    damaged->wanted = answers_digest(&damaged->answers);
    smc_close(cache);
}

void damaged_end(struct damaged *damaged)
{
    guarded_free(&damaged->copy);
    text_free(&damaged->answers.bytes);
}

void damaged_restore(struct damaged *damaged, size_t at, size_t nbytes)
{
    const size_t digest = offsetof(struct smcf_header, content_digest);

    memcpy(damaged->copy.bytes + at, damaged->original->bytes + at, nbytes);
    memcpy(damaged->copy.bytes + digest, damaged->original->bytes + digest, 16);
}

void damaged_ask_other(struct damaged *damaged, const smc_cache *cache, const struct guarded *copy)
{
    damaged->answers.start = copy->bytes;
    damaged->answers.end = copy->bytes + copy->nbytes;
    ask_all(cache, &damaged->questions, &damaged->answers);
}
