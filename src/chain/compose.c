/*
 * Each token of the outer map is led on through the map of its source. Both are files of our own
 * making, so that reads of them do not fail; if one did, it would end the build.
 */
#include "src/chain/compose.h"

struct compose {
    struct smc_composition *with;
    const char *too_large;
    int failed; /* a read, or memory */
    uint32_t n_lines;
    struct smc_buf scratch; /* a function's name */
};

/* The string of a name, entered when it is met first: so each one is hashed once. */
static uint32_t name_id(struct compose *c, uint32_t *ids, uint32_t name, struct smc_view text)
{
    if (name == SMC_NONE) {
        return SMCF_NONE;
    }
    if (ids[name] == SMCF_NONE) {
        ids[name] = smc_strings_add(&c->with->out->strings, (const uint8_t *)text.ptr, text.nbytes);
    }
    return ids[name];
}

/* The id of a function, entered when it is met first. */
static uint32_t function_id(struct compose *c, uint32_t *ids, const struct smc_function *function)
{
    uint32_t *id = &ids[function->index];

    if (*id == SMCF_NONE) {
        const size_t nbytes = smc_function_name(function, NULL, 0);
        c->scratch.nbytes = 0;
        char *name = (void *)smc_buf_reserve(&c->scratch, nbytes);
        if (name == NULL) {
            c->failed = 1;
            return SMCF_NONE;
        }
        (void)smc_function_name(function, name, nbytes);
        *id = smc_function_table_add(&c->with->out->functions, (const uint8_t *)name, nbytes,
                                     function->last.nbytes, function->kind, function->origin);
    }
    return *id;
}

/* The function of a token of one of the maps. */
static uint32_t function_of(struct compose *c, const smc_cache *map, uint32_t *ids,
                            const struct smc_token *token)
{
    struct smc_function function;

    if (smc_token_function(map, token->index, &function) != SMC_OK) {
        c->failed = 1;
    }
    return function.index == SMC_NONE ? SMCF_NONE : function_id(c, ids, &function);
}

static void put(struct compose *c, const struct smc_token_row *row, uint32_t function)
{
    struct smc_token_writer *tokens = &c->with->out->tokens;

    if (tokens->n_tokens + tokens->n >= SMCF_NONE - 1) {
        c->too_large = "number of tokens";
        return;
    }
    if (row->line >= c->n_lines) {
        c->n_lines = row->line + 1;
    }
    smc_function_table_run(&c->with->out->functions, (uint32_t)(tokens->n_tokens + tokens->n),
                           function);
    smc_token_writer_add(tokens, row);
}

/* Puts a token at line:column that stands for what `inner`, of the map of the outer token's source, stands for.
 * Without an original position the outer token's name goes too: it was that of the position. */
static void put_through(struct compose *c, const struct smc_token *outer,
                        const struct smc_token *inner, uint32_t line, uint32_t column)
{
    const struct smc_chain_link *link = &c->with->links[outer->source];
    struct smc_token_row row = {line, column, SMCF_NONE, 0, 0, SMCF_NONE, 0};
    uint32_t function = SMCF_NONE;

    if (inner->source != SMC_NONE) {
        row.source = link->first_source + inner->source;
        row.source_line = inner->source_line;
        row.source_column = inner->source_column;
        row.name = inner->name != SMC_NONE || !c->with->keeps_names
                       ? name_id(c, link->name_ids, inner->name, inner->name_text)
                       : name_id(c, c->with->name_ids, outer->name, outer->name_text);
        row.is_range = (outer->flags & inner->flags & SMC_TOKEN_RANGE) != 0;
        function = function_of(c, link->map, link->function_ids, inner);
    }
    put(c, &row, function);
}

/* A token whose source stays as it is, or that has none. */
static void put_unchained(struct compose *c, const struct smc_token *token)
{
    struct smc_token_row row = {token->line,
                                token->column,
                                SMCF_NONE,
                                0,
                                0,
                                name_id(c, c->with->name_ids, token->name, token->name_text),
                                0};

    if (token->source != SMC_NONE) {
        row.source = c->with->links[token->source].first_source;
        row.source_line = token->source_line;
        row.source_column = token->source_column;
        row.is_range = (token->flags & SMC_TOKEN_RANGE) != 0;
    }
    put(c, &row, function_of(c, c->with->outer, c->with->function_ids, token));
}

/*
 * A range mapping speaks of all positions up to the next token (spec 5.5): on its line by their distance,
 * on later lines column for column. So each token of the inner map there, from `index` on, answers where it
 * does. Between the lines nothing is to be put: on the next one, too, a token answers only if both
 * are range mappings.
 */
static void put_rest_of_range(struct compose *c, const struct smc_token *outer,
                              const struct smc_token *next, uint32_t index)
{
    const struct smc_chain_link *link = &c->with->links[outer->source];
    struct smc_token inner;

    for (; index < link->n_tokens; index++) {
        if (smc_token_at(link->map, index, &inner) != SMC_OK) {
            c->failed = 1;
            return;
        }
        uint64_t line = (uint64_t)outer->line + (inner.line - outer->source_line);
        uint64_t column = inner.column;
        if (inner.line == outer->source_line) {
            column = (uint64_t)outer->column + (inner.column - outer->source_column);
        }
        if (line > SMCF_LINE_MAX || line > next->line ||
            (line == next->line && column >= next->column)) {
            return;
        }
        if (*c->with->budget == 0) {
            c->too_large = "range mappings split into too many";
            return;
        }
        --*c->with->budget;
        if (column < SMCF_NONE) {
            put_through(c, outer, &inner, (uint32_t)line, (uint32_t)column);
        }
    }
}

/* `next`: the token behind, at which this one's range ends. */
static void put_token(struct compose *c, const struct smc_token *token,
                      const struct smc_token *next)
{
    struct smc_token inner;

    if (token->source == SMC_NONE || c->with->links[token->source].map == NULL) {
        put_unchained(c, token);
        return;
    }
    /* Across lines, to know from which token on a range goes on. */
    if (smc_lookup(c->with->links[token->source].map, token->source_line, token->source_column,
                   SMC_LOOKUP_ACROSS_LINES, &inner) != SMC_OK) {
        c->failed = 1;
        return;
    }
    const uint32_t following = inner.index == SMC_NONE ? 0 : inner.index + 1;
    if (inner.line != token->source_line && (inner.flags & SMC_TOKEN_RANGE) == 0) {
        inner.source = SMC_NONE; /* it does not cover the position */
    }
    put_through(c, token, &inner, token->line, token->column);
    if ((token->flags & SMC_TOKEN_RANGE) != 0) {
        put_rest_of_range(c, token, next, following);
    }
}

smc_build_status smc_compose(struct smc_composition *composition, const char **reason)
{
    static const struct smc_token behind_all = {.line = SMC_NONE};
    struct smc_assembly *out = composition->out;
    struct compose c = {.with = composition};
    struct smc_token token, next = behind_all;
    struct smc_info info;

    if (smc_info_get(composition->outer, &info) != SMC_OK) {
        return SMC_BUILD_E_MEMORY;
    }
    c.n_lines = info.n_lines;
    for (uint32_t i = 0; i <= info.n_tokens && !c.failed && c.too_large == NULL; i++) {
        token = next;
        next = behind_all;
        if (i < info.n_tokens) {
            c.failed = smc_token_at(composition->outer, i, &next) != SMC_OK;
        }
        if (i > 0) {
            put_token(&c, &token, &next);
        }
        c.failed |= out->strings.bytes.failed;
    }
    smc_token_writer_flush(&out->tokens);
    out->info.n_names = smcf_put32(out->strings.n);
    out->info.n_lines = smcf_put32(c.n_lines);
    *reason = c.too_large;
    smc_buf_free(&c.scratch);
    if (c.failed || smc_function_table_failed(&out->functions) ||
        smc_token_writer_failed(&out->tokens)) {
        return SMC_BUILD_E_MEMORY;
    }
    return c.too_large != NULL ? SMC_BUILD_E_LIMIT : SMC_BUILD_OK;
}
