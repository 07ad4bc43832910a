#include "tests/unit/agreement.h"

#include "src/reader/cache.h"
#include "tests/unit/contents.h"
#include "tests/unit/functions.h"

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

static int is_right(const smc_cache *cache, const struct smc_position *at, unsigned flags,
                    const struct smc_token *wanted)
{
    for (unsigned way = 0; way < N_WAYS; way++) {
        smc_cache copy = *cache;
        struct smc_token found;
        use_way(&copy, way);
        if (smc_lookup(&copy, at->line, at->column, flags, &found) != SMC_OK ||
            memcmp(&found, wanted, sizeof found) != 0) {
            return 0;
        }
    }
    return 1;
}

/* Whether tokens are sorted, and lookups in all ways agree with a scan over them. */
static int lookups_are_right(const smc_cache *cache, const struct questions *questions)
{
    struct smc_token *tokens = calloc((size_t)cache->n_tokens + 1, sizeof *tokens);
    int holds = 1;

    assert_non_null(tokens);
    for (uint32_t i = 0; i < cache->n_tokens && holds; i++) {
        holds =
            smc_token_at(cache, i, &tokens[i]) == SMC_OK &&
            (i == 0 || tokens[i - 1].line < tokens[i].line ||
             (tokens[i - 1].line == tokens[i].line && tokens[i - 1].column <= tokens[i].column));
    }
    for (size_t i = questions->round % QUESTION_PARTS; i < questions->n && holds;
         i += QUESTION_PARTS) {
        const struct smc_position *at = &questions->positions[i];
        const unsigned flags = i % 2 == 0 ? 0 : SMC_LOOKUP_ACROSS_LINES;
        struct smc_token wanted = scan(tokens, cache->n_tokens, at, flags);
        holds = is_right(cache, at, flags, &wanted);
    }
    free(tokens);
    return holds;
}

static int lines_of_source_are_right(smc_text *text, uint32_t index,
                                     const struct smc_source *source)
{
    struct smc_view content, line, *lines;
    struct text copy = {0};

    if (smc_text_content(text, index, &content) != SMC_OK) {
        return 0;
    }
    text_add(&copy, content.ptr, content.nbytes); /* the view ends with the next call */
    content.ptr = copy.data;
    const uint32_t n = view_lines(content, source->name, &lines);
    int holds = n == source->n_lines;
    for (uint32_t i = 0; i < n && holds; i++) {
        holds = smc_text_line(text, index, i, &line) == SMC_OK && line.nbytes == lines[i].nbytes &&
                memcmp(line.ptr, lines[i].ptr, line.nbytes) == 0;
    }
    free(lines);
    text_free(&copy);
    return holds;
}

static int lines_are_right(const smc_cache *cache)
{
    struct smc_source source;
    smc_text *text;
    int holds = 1;

    assert_int_equal(smc_text_open(cache, &text), SMC_OK);
    for (uint32_t i = 0; i < cache->n_sources && holds; i++) {
        holds = smc_source_get(cache, i, &source) == SMC_OK &&
                (!source.has_content || lines_of_source_are_right(text, i, &source));
    }
    smc_text_close(text);
    return holds;
}

const char *disagreement(const smc_cache *cache, const struct questions *questions)
{
    return !lookups_are_right(cache, questions) ? "lookups disagree with the tokens"
           : !functions_are_right(cache)        ? "functions disagree with their runs and extents"
           : !lines_are_right(cache)            ? "lines disagree with the contents"
                                                : NULL;
}
