#include "tests/unit/answers.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/reader/cache.h"

/* Of the questions, what is asked in one round: every seventh. */
#define PARTS 7

struct questions make_questions(const struct file *file)
{
    struct questions questions = {.n = 0};
    smc_cache *cache = open_file(file);
    struct smc_token token;

    for (uint32_t i = 0; smc_token_at(cache, i, &token) == SMC_OK; i++) {
        questions.positions[questions.n++] =
            (struct smc_position){token.line, token.column - (i % 3 == 0)};
    }
    for (uint32_t i = 0; i < cache->n_inlined; i++) { /* where an extent begins, and right before */
        const struct smcf_position *at = &cache->inlined[i].position;
        for (uint32_t before = 0; before <= 1; before++) {
            questions.positions[questions.n++] =
                (struct smc_position){smcf_get32(at->line), smcf_get32(at->column) - before};
        }
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

    for (uint32_t i = 0; i < info->n_tokens; i++) {
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

/* Where a lookup finds a block good that it checks in full, it does without that too. (They may find other
 * tokens, if they are not sorted.) */
static void ask_the_checked_way(const smc_cache *cache, const struct questions *questions)
{
    smc_cache checked = *cache;

    use_way(&checked, WAY_CHECKED);
    for (size_t i = questions->round % PARTS; i < questions->n; i += PARTS) {
        const struct smc_position *at = &questions->positions[i];
        struct smc_token token;
        if (smc_lookup(&checked, at->line, at->column, (unsigned)i % 2, &token) == SMC_OK) {
            assert_int_equal(smc_lookup(cache, at->line, at->column, (unsigned)i % 2, &token),
                             SMC_OK);
        }
    }
}

/* All questions in one batch: it says what single lookups say, and marks those that fail. */
static void ask_batch(const smc_cache *cache, const struct questions *questions)
{
    const unsigned flags = questions->round / 2 % 2 == 0 ? 0 : SMC_LOOKUP_ACROSS_LINES;
    const struct smc_token damaged = {
        .index = SMC_NONE, .source = SMC_NONE, .name = SMC_NONE, .flags = SMC_TOKEN_DAMAGED};
    struct smc_token tokens[POSITIONS_MAX], token;
    smc_status status = smc_lookup_batch(cache, questions->positions, questions->n, flags, tokens);
    smc_status wanted = SMC_OK;

    for (size_t i = 0; i < questions->n; i++) {
        const struct smc_position *at = &questions->positions[i];
        if (smc_lookup(cache, at->line, at->column, flags, &token) != SMC_OK) {
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
    ask_batch(questions->round % 2 == 0 ? cache : &plain, questions);
    ask_functions(cache, questions, &info, answers);
    ask_bytecode(cache, answers);
    ask_sources(cache, info.n_sources, answers);
}

/* Spec 5.4 and 5.5. */
static struct smc_token scan(const struct smc_token *tokens, uint32_t n,
                             const struct smc_position *at, unsigned flags)
{
    struct smc_token found = {.index = SMC_NONE, .source = SMC_NONE, .name = SMC_NONE};
    const struct smc_token *last = NULL;

    for (uint32_t k = 0; k < n; k++) {
        if (tokens[k].line < at->line ||
            (tokens[k].line == at->line && tokens[k].column <= at->column)) {
            last = &tokens[k];
        }
    }
    if (last == NULL || (last->line != at->line && (last->flags & SMC_TOKEN_RANGE) == 0 &&
                         (flags & SMC_LOOKUP_ACROSS_LINES) == 0)) {
        return found;
    }
    found = *last;
    if ((last->flags & SMC_TOKEN_RANGE) != 0) {
        uint64_t line = (uint64_t)last->source_line + (at->line - last->line);
        uint64_t column = at->line != last->line
                              ? at->column
                              : (uint64_t)last->source_column + (at->column - last->column);
        found.source_line = line < SMC_NONE ? (uint32_t)line : SMC_NONE - 1;
        found.source_column = column < SMC_NONE ? (uint32_t)column : SMC_NONE - 1;
    }
    return found;
}

int lookups_are_right(const smc_cache *cache, const struct questions *questions)
{
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
    for (size_t i = questions->round % PARTS; i < questions->n; i += PARTS) {
        const struct smc_position *at = &questions->positions[i];
        const unsigned flags = i % 2 == 0 ? 0 : SMC_LOOKUP_ACROSS_LINES;
        struct smc_token wanted = scan(tokens, n, at, flags);
        for (unsigned way = 0; way < N_WAYS; way++) {
            if (smc_lookup(&ways[way], at->line, at->column, flags, &found) != SMC_OK ||
                memcmp(&found, &wanted, sizeof found) != 0) {
                return 0;
            }
        }
    }
    return 1;
}

uint64_t answers_digest(const struct answers *answers)
{
    return XXH3_64bits(answers->bytes.data, answers->bytes.nbytes);
}

/* ---- a copy to be damaged ---- */

void damaged_start(struct damaged *damaged, const struct file *file, enum guard_side side)
{
    smc_cache *cache;

    *damaged = (struct damaged){.original = file, .questions = make_questions(file)};
    damaged->copy = guarded_copy(file->bytes, file->nbytes, side);
    assert_int_equal(smc_open_memory(damaged->copy.bytes, damaged->copy.nbytes, 0, &cache, NULL),
                     SMC_OK);
    damaged_ask_other(damaged, cache, &damaged->copy);
    assert_int_equal(damaged->answers.n_damaged, 0);
    for (unsigned n = 0; n < PARTS; n++, damaged->questions.round++) {
        assert_true(lookups_are_right(cache, &damaged->questions));
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
