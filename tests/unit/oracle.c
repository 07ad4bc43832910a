#include "tests/unit/oracle.h"

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == 0 ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

static int is_separator(char c)
{
    return c == ',' || c == ';';
}

/* A line is empty, or segments of 1, 4 or 5 numbers with commas between them. */
static int naive_grammar(const struct text *text)
{
    const char *p = text->data, *end = p + text->nbytes;

    while (p < end) {
        if (*p == ';') {
            p++;
            continue;
        }
        for (;;) { /* the segments of a line */
            int n_numbers = 0, continues = 0;
            for (; p < end && !is_separator(*p); p++) {
                int digit = digit_of(*p);
                if (digit < 0) {
                    return 0;
                }
                continues = digit >= 32;
                n_numbers += !continues;
            }
            if (continues || (n_numbers != 1 && n_numbers != 4 && n_numbers != 5)) {
                return 0;
            }
            if (p == end || *p == ';') {
                break;
            }
            p++;
        }
    }
    return 1;
}

/* The numbers of one segment; INT64_MAX for one that is too large. */
static int naive_numbers(const char **p, const char *end, int64_t *numbers)
{
    int n = 0;

    while (*p < end && !is_separator(**p)) {
        uint64_t unsigned_value = 0;
        int digit, shift = 0, is_large = 0;
        do {
            digit = digit_of(*(*p)++);
            if (shift < 40) {
                unsigned_value |= (uint64_t)(digit & 31) << shift;
            } else if ((digit & 31) != 0) {
                is_large = 1;
            }
            shift += 5;
        } while (digit >= 32);
        uint64_t magnitude = unsigned_value / 2;
        if (is_large || magnitude > INT32_MAX) {
            numbers[n++] = INT64_MAX;
        } else if (unsigned_value % 2 == 0) {
            numbers[n++] = (int64_t)magnitude;
        } else {
            numbers[n++] = magnitude == 0 ? INT32_MIN : -(int64_t)magnitude;
        }
    }
    return n;
}

static void naive_add(struct naive *naive, const struct naive_token *token)
{
    if (naive->n == naive->capacity) {
        naive->capacity = 2 * naive->capacity + 64;
        naive->tokens = realloc(naive->tokens, naive->capacity * sizeof *naive->tokens);
        assert_non_null(naive->tokens);
    }
    /* Stable: after all that are not behind it. */
    size_t at = naive->n++;
    for (; at > 0; at--) {
        const struct naive_token *before = &naive->tokens[at - 1];
        if (before->line < token->line ||
            (before->line == token->line && before->column <= token->column)) {
            break;
        }
        naive->tokens[at] = *before;
    }
    naive->tokens[at] = *token;
}

/* One segment, steps 3 to 5; state[] is that of the five fields. FINE, or what refuses the map. */
static enum verdict naive_segment(struct naive *naive, int64_t *state, const int64_t *numbers,
                                  int n, int64_t line, int64_t n_sources, int64_t n_names)
{
    struct naive_token token = {line, 0, NOTHING, NOTHING, NOTHING, NOTHING};

    if (numbers[0] == INT64_MAX) {
        return OVERFLOWS;
    }
    state[0] += numbers[0];
    if (state[0] < 0) {
        naive->n_warnings++;
        return FINE;
    }
    if (state[0] > (int64_t)UINT32_MAX - 1) {
        return OVER_LIMIT;
    }
    token.column = state[0];
    for (int i = 1; i < 4 && i < n; i++) {
        if (numbers[i] == INT64_MAX) {
            return OVERFLOWS;
        }
        state[i] += numbers[i];
    }
    if (n >= 4) {
        if (state[1] < 0 || state[1] >= n_sources || state[2] < 0 || state[3] < 0) {
            naive->n_warnings++;
        } else if (state[2] > (int64_t)UINT32_MAX - 1 || state[3] > (int64_t)UINT32_MAX - 1) {
            return OVER_LIMIT;
        } else {
            token.source = state[1];
            token.source_line = state[2];
            token.source_column = state[3];
        }
    }
    if (n == 5) {
        if (numbers[4] == INT64_MAX) {
            return OVERFLOWS;
        }
        state[4] += numbers[4];
        if (state[4] < 0 || state[4] >= n_names) {
            naive->n_warnings++;
        } else {
            token.name = state[4];
        }
    }
    naive_add(naive, &token);
    return FINE;
}

struct naive naive_decode(const struct text *text, int64_t n_sources, int64_t n_names)
{
    struct naive naive = {.verdict = FINE};
    const char *p = text->data, *end = p + text->nbytes;
    int64_t state[5] = {0}, line = 0;

    if (!naive_grammar(text)) {
        naive.verdict = EMPTIED;
        naive.n_warnings = 1;
        return naive;
    }
    while (p < end && naive.verdict == FINE) {
        if (*p == ';') {
            line++;
            state[0] = 0;
            p++;
        } else if (*p == ',') {
            p++;
        } else {
            int64_t numbers[5] = {0};
            int n = naive_numbers(&p, end, numbers);
            naive.verdict = naive_segment(&naive, state, numbers, n, line, n_sources, n_names);
        }
    }
    naive.n_lines = text->nbytes == 0 ? 0 : (uint32_t)line + 1;
    return naive;
}

/* The last token that is not behind the position; NOTHING if there is none. */
static int64_t naive_lookup(const struct naive *naive, int64_t line, int64_t column, int across)
{
    int64_t found = NOTHING;

    for (size_t i = 0; i < naive->n; i++) {
        const struct naive_token *token = &naive->tokens[i];
        int is_same_line = token->line == line && token->column <= column;
        if (is_same_line || (across && token->line < line)) {
            found = (int64_t)i;
        }
    }
    return found;
}

/* ---- what a map of the tests has besides its mappings ---- */

static void source_name(char *out, size_t capacity, int64_t index)
{
    (void)snprintf(out, capacity, "dir/source-%d.js", (int)index);
}

static int is_null_source(int64_t index)
{
    return index % 5 == 3;
}

static void map_name(char *out, size_t capacity, const struct surroundings *around, int64_t index)
{
    (void)snprintf(out, capacity, "name%d", (int)(index % around->n_distinct_names));
}

struct text naive_map(const struct text *mappings, const struct surroundings *around, int escapes)
{
    struct text map = {0};
    char name[64];

    text_puts(&map, "{\"version\":3,\"sources\":[");
    for (int64_t i = 0; i < around->n_sources; i++) {
        source_name(name, sizeof name, i);
        text_puts(&map, i > 0 ? "," : "");
        if (is_null_source(i)) {
            text_puts(&map, "null");
        } else {
            text_json(&map, name, strlen(name));
        }
    }
    text_puts(&map, "],\"names\":[");
    for (int64_t i = 0; i < around->n_names; i++) {
        map_name(name, sizeof name, around, i);
        text_puts(&map, i > 0 ? "," : "");
        text_json(&map, name, strlen(name));
    }
    text_puts(&map, "],\"mappings\":\"");
    for (size_t i = 0; i < mappings->nbytes; i++) {
        text_puts(&map, escapes && mappings->data[i] == '/' ? "\\" : "");
        text_add(&map, &mappings->data[i], 1);
    }
    text_puts(&map, "\"}");
    return map;
}

static int64_t none_or(uint32_t index)
{
    return index == SMC_NONE ? NOTHING : (int64_t)index;
}

/* That `token` is number `index` of the oracle's. */
static void assert_token(const struct smc_token *token, const struct naive *naive, int64_t index,
                         const struct surroundings *around)
{
    const struct naive_token *wanted = &naive->tokens[index];
    char name[64];

    assert_int_equal(token->index, index);
    assert_int_equal(token->line, wanted->line);
    assert_int_equal(token->column, wanted->column);
    assert_int_equal(token->flags, 0);
    assert_int_equal(none_or(token->source), wanted->source);
    assert_int_equal(token->source_line, wanted->source == NOTHING ? 0 : wanted->source_line);
    assert_int_equal(token->source_column, wanted->source == NOTHING ? 0 : wanted->source_column);
    if (wanted->source == NOTHING || is_null_source(wanted->source)) {
        assert_null(token->source_text.ptr);
        assert_int_equal(token->source_text.nbytes, 0);
    } else {
        source_name(name, sizeof name, wanted->source);
        assert_view_string(token->source_text, name);
    }
    if (wanted->name == NOTHING) {
        assert_int_equal(token->name, SMC_NONE);
        assert_null(token->name_text.ptr);
    } else {
        assert_int_equal(token->name, wanted->name % around->n_distinct_names);
        map_name(name, sizeof name, around, wanted->name);
        assert_view_string(token->name_text, name);
    }
}

void assert_no_token(const struct smc_token *token)
{
    assert_int_equal(token->index, SMC_NONE);
    assert_int_equal(token->source, SMC_NONE);
    assert_int_equal(token->name, SMC_NONE);
    assert_null(token->source_text.ptr);
    assert_null(token->name_text.ptr);
}

/* A position on, beside, far from a token, or anywhere. */
static struct smc_position random_position(const struct naive *naive, struct rng *rng)
{
    static const uint32_t borders[] = {0x7ffffffe, 0x7fffffff, 0x80000000, UINT32_MAX - 1,
                                       UINT32_MAX};
    struct smc_position at = {rng_below(rng, naive->n_lines + 2), rng_below(rng, 1000)};

    if (naive->n > 0 && rng_below(rng, 8) != 0) {
        const struct naive_token *token = &naive->tokens[rng_below(rng, (uint32_t)naive->n)];
        at = (struct smc_position){(uint32_t)token->line, (uint32_t)token->column};
        at.column += rng_below(rng, 3) - 1; /* wraps around to the largest column, too */
        at.line += rng_below(rng, 16) == 0 ? rng_below(rng, 3) - 1 : 0;
    }
    if (rng_below(rng, 16) == 0) {
        at.column = borders[rng_below(rng, COUNT_OF(borders))];
    }
    if (rng_below(rng, 16) == 0) {
        at.line = borders[rng_below(rng, COUNT_OF(borders))];
    }
    return at;
}

/* Every way of looking up: in the file, in which some or all blocks are near its end, and in a copy in which
 * none is. */
struct ways {
    struct file roomy;
    smc_cache *caches[2 * N_WAYS];
};

static void open_ways(struct ways *ways, const struct file *file)
{
    ways->roomy = roomy_file(file);
    for (unsigned i = 0; i < COUNT_OF(ways->caches); i++) {
        ways->caches[i] = open_file(i < N_WAYS ? file : &ways->roomy);
        use_way(ways->caches[i], i % N_WAYS);
    }
}

static void close_ways(struct ways *ways)
{
    for (unsigned i = 0; i < COUNT_OF(ways->caches); i++) {
        smc_close(ways->caches[i]);
    }
    file_free(&ways->roomy);
}

#define N_POSITIONS 64

static void compare_lookups(const struct ways *ways, const struct naive *naive,
                            const struct surroundings *around, unsigned flags, struct rng *rng)
{
    struct smc_position positions[N_POSITIONS];
    int64_t wanted[N_POSITIONS];
    struct smc_token batch[N_POSITIONS], token;

    for (size_t i = 0; i < N_POSITIONS; i++) {
        positions[i] = random_position(naive, rng);
        wanted[i] = naive_lookup(naive, positions[i].line, positions[i].column,
                                 flags == SMC_LOOKUP_ACROSS_LINES);
    }
    for (unsigned way = 0; way < COUNT_OF(ways->caches); way++) {
        const smc_cache *cache = ways->caches[way];
        memset(batch, 0xa5, sizeof batch);
        assert_int_equal(smc_lookup_batch(cache, positions, N_POSITIONS, flags, batch), SMC_OK);
        for (size_t i = 0; i < N_POSITIONS; i++) {
            memset(&token, 0x5a, sizeof token);
            assert_int_equal(
                smc_lookup(cache, positions[i].line, positions[i].column, flags, &token), SMC_OK);
            if (wanted[i] == NOTHING) {
                assert_no_token(&token);
                assert_no_token(&batch[i]);
            } else {
                assert_token(&token, naive, wanted[i], around);
                assert_token(&batch[i], naive, wanted[i], around);
            }
        }
    }
}

void naive_compare_file(const struct file *file, const struct naive *naive,
                        const struct surroundings *around, struct rng *rng)
{
    smc_cache *cache = open_file(file);
    struct smc_token token;
    struct smc_info info;
    struct ways ways;

    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_tokens, naive->n);
    assert_int_equal(info.n_lines, naive->n_lines);
    for (uint32_t i = 0; i < info.n_tokens; i++) {
        memset(&token, 0x5a, sizeof token);
        assert_int_equal(smc_token_at(cache, i, &token), SMC_OK);
        assert_token(&token, naive, i, around);
    }
    assert_int_equal(smc_token_at(cache, info.n_tokens, &token), SMC_E_RANGE);
    smc_close(cache);
    open_ways(&ways, file);
    for (unsigned flags = 0; flags <= SMC_LOOKUP_ACROSS_LINES; flags++) {
        compare_lookups(&ways, naive, around, flags, rng);
    }
    close_ways(&ways);
}

void naive_compare_positions(const struct file *file, const struct naive *naive)
{
    struct ways ways;

    open_ways(&ways, file);
    for (size_t k = 0; k < 3 * naive->n; k++) {
        const struct naive_token *at = &naive->tokens[k / 3];
        const int64_t column = at->column + (int64_t)(k % 3) - 1;
        if (column < 0) {
            continue;
        }
        const int64_t wanted = naive_lookup(naive, at->line, column, 1);
        for (unsigned way = 0; way < COUNT_OF(ways.caches); way++) {
            struct smc_token token;
            assert_int_equal(smc_lookup(ways.caches[way], (uint32_t)at->line, (uint32_t)column,
                                        SMC_LOOKUP_ACROSS_LINES, &token),
                             SMC_OK);
            assert_int_equal(none_or(token.index), wanted);
            if (wanted != NOTHING) {
                assert_int_equal(token.line, naive->tokens[wanted].line);
                assert_int_equal(token.column, naive->tokens[wanted].column);
                assert_int_equal(none_or(token.source), naive->tokens[wanted].source);
            }
        }
    }
    close_ways(&ways);
}

void naive_compare(const struct text *mappings, const struct surroundings *around, int escapes,
                   struct rng *rng)
{
    struct naive naive = naive_decode(mappings, around->n_sources, around->n_names);
    struct text map = naive_map(mappings, around, escapes);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);

    assert_int_equal(naive.verdict, FINE);
    naive_compare_file(&file, &naive, around, rng);
    file_free(&file);
    text_free(&map);
    free(naive.tokens);
}
