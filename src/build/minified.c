#include "src/build/minified.h"

#include <stdlib.h>
#include <string.h>

/* An identifier of the generated text. */
struct smc_minified_word {
    uint32_t off;
    uint32_t line, column;
    uint32_t name; /* what the map calls it: a string, or SMCF_NONE */
};

static uint32_t n_functions(const struct smc_minified *m)
{
    return m->js.n_functions;
}

/* ---- the scan ---- */

static int by_offset(const void *a, const void *b)
{
    const uint32_t x = ((const struct smc_minified_word *)a)->off;
    const uint32_t y = ((const struct smc_minified_word *)b)->off;

    return (x > y) - (x < y);
}

/* All identifiers that are part of a name, each once. */
static int find_words(struct smc_minified *m)
{
    struct smc_js_piece pieces[SMC_JS_PIECES_MAX];
    struct smc_buf words = {0};
    unsigned last;

    for (uint32_t i = 0; i < n_functions(m); i++) {
        const unsigned n = smc_js_name(&m->js, i, pieces, &last);
        for (unsigned k = 0; k < n; k++) {
            if (pieces[k].is_identifier) {
                const struct smc_minified_word word = {pieces[k].start, 0, 0, SMCF_NONE};
                smc_buf_append(&words, &word, sizeof word);
            }
        }
    }
    if (words.failed) {
        smc_buf_free(&words);
        return -1;
    }
    m->words = (void *)words.data;
    const size_t n = words.nbytes / sizeof *m->words;
    if (n > 0) {
        qsort(m->words, n, sizeof *m->words, by_offset);
    }
    for (size_t i = 0; i < n; i++) {
        if (m->n_words == 0 || m->words[m->n_words - 1].off != m->words[i].off) {
            m->words[m->n_words++] = m->words[i];
        }
    }
    return 0;
}

static void find_positions(struct smc_minified *m)
{
    struct smc_js_cursor cursor = smc_js_cursor(&m->js);

    for (uint32_t i = 0; i < m->n_words && m->words != NULL; i++) {
        const struct smc_js_position position = smc_js_position_next(&cursor, m->words[i].off);
        m->words[i].line = position.line;
        m->words[i].column = position.column;
    }
}

static int make_outline(struct smc_minified *m)
{
    struct smc_js_span *spans = calloc((size_t)n_functions(m) + 1, sizeof *spans);
    struct smc_outline_range *ranges = calloc((size_t)n_functions(m) + 1, sizeof *ranges);
    int failed = spans == NULL || ranges == NULL;

    if (!failed) {
        smc_js_spans(&m->js, spans);
        for (uint32_t i = 0; i < n_functions(m); i++) {
            ranges[i] = (struct smc_outline_range){spans[i].start.line, spans[i].start.column,
                                                   spans[i].end.line, spans[i].end.column, i};
        }
        failed = smc_outline_from_ranges(ranges, n_functions(m), n_functions(m), &m->outline) != 0;
    }
    free(spans);
    free(ranges);
    return failed ? -1 : 0;
}

int smc_minified_start(struct smc_minified *m, const void *text, size_t nbytes,
                       const struct smc_strings *strings)
{
    *m = (struct smc_minified){.strings = strings};
    smc_buf_append(&m->text, text, nbytes);
    smc_buf_append(&m->text, NULL, SMC_JS_PADDING);
    if (m->text.failed) {
        return -1;
    }
    const enum smc_js_result result = smc_js_scan(&m->js, m->text.data, nbytes, SMC_JS_PLAIN);
    if (result != SMC_JS_FOLLOWED) {
        return result == SMC_JS_LOST ? 0 : -1;
    }
    m->ids = calloc((size_t)n_functions(m) + 1, sizeof *m->ids);
    if (m->ids == NULL || find_words(m) != 0) {
        return -1;
    }
    find_positions(m);
    return make_outline(m);
}

/* ---- names ---- */

static int is_at(const uint32_t *row, uint32_t line, uint32_t column)
{
    return row[SMC_ROW_LINE] == line && row[SMC_ROW_COLUMN] == column;
}

static int is_same_original(const uint32_t *a, const uint32_t *b)
{
    return a[SMC_ROW_SOURCE] != SMCF_NONE && a[SMC_ROW_SOURCE] == b[SMC_ROW_SOURCE] &&
           a[SMC_ROW_SOURCE_LINE] == b[SMC_ROW_SOURCE_LINE] &&
           a[SMC_ROW_SOURCE_COLUMN] == b[SMC_ROW_SOURCE_COLUMN];
}

/*
 * The name at a word, of which the last two tokens at or before it are known: that of the token at it or one column
 * before; or if that is at it and has none, of one that is one column before and stands for the same original position.
 */
static uint32_t name_at(const struct smc_minified *m, const struct smc_minified_word *word)
{
    const uint32_t *last = m->last[0], *previous = m->last[1];
    const uint32_t before = word->column - 1; /* of column 0 a column that no token has */

    if (m->n_last > 0 &&
        (is_at(last, word->line, word->column) || is_at(last, word->line, before))) {
        if (last[SMC_ROW_NAME] != SMCF_NONE) {
            return last[SMC_ROW_NAME];
        }
        if (m->n_last > 1 && is_at(last, word->line, word->column) &&
            is_at(previous, word->line, before) && is_same_original(last, previous)) {
            return previous[SMC_ROW_NAME];
        }
    }
    return SMCF_NONE;
}

static int is_before(const struct smc_minified_word *word, const uint32_t *row)
{
    return word->line != row[SMC_ROW_LINE] ? word->line < row[SMC_ROW_LINE]
                                           : word->column < row[SMC_ROW_COLUMN];
}

void smc_minified_token(struct smc_minified *m, const uint32_t row[SMC_ROW_LANES])
{
    for (; m->next_word < m->n_words && is_before(&m->words[m->next_word], row); m->next_word++) {
        m->words[m->next_word].name = name_at(m, &m->words[m->next_word]);
    }
    memcpy(m->last[1], m->last[0], sizeof m->last[0]);
    memcpy(m->last[0], row, sizeof m->last[0]);
    m->n_last += m->n_last < 2;
}

void smc_minified_reset(struct smc_minified *m)
{
    m->next_word = 0;
    m->n_last = 0;
    m->cursor = 0;
}

/* The words behind the last token. */
static void finish_words(struct smc_minified *m)
{
    for (; m->next_word < m->n_words; m->next_word++) {
        m->words[m->next_word].name = name_at(m, &m->words[m->next_word]);
    }
}

static int lead(const void *context, uint32_t offset, const uint8_t **name, size_t *nbytes)
{
    const struct smc_minified *m = context;
    const struct smc_minified_word key = {offset, 0, 0, 0};
    const struct smc_minified_word *word =
        bsearch(&key, m->words, m->n_words, sizeof *m->words, by_offset);

    if (word == NULL || word->name == SMCF_NONE) {
        return 0;
    }
    *name = smc_strings_get(m->strings, word->name, nbytes);
    return 1;
}

/* What bundlers call the functions that they wrap modules in: it is nobody's name. */
static int is_of_bundler(const uint8_t *name, size_t nbytes)
{
    static const char *const names[] = {"__webpack_modules__", "__webpack_require__"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (nbytes == strlen(names[i]) && memcmp(name, names[i], nbytes) == 0) {
            return 1;
        }
    }
    return 0;
}

static uint32_t add_function(struct smc_minified *m, uint32_t number,
                             struct smc_function_table *table)
{
    char text[SMC_JS_NAME_NBYTES_MAX];
    size_t last_nbytes;
    int is_led;
    const size_t nbytes = smc_js_name_led(&m->js, number, lead, m, text, &last_nbytes, &is_led);
    const uint8_t *name = (const uint8_t *)text;
    const int is_named = nbytes > 0 && !is_of_bundler(name, nbytes);

    return smc_function_table_add(
        table, name, nbytes, last_nbytes, is_named ? SMCF_FUNCTION_NAMED : SMCF_FUNCTION_ANONYMOUS,
        is_named && !is_led ? SMCF_NAME_MINIFIED_TEXT : SMCF_NAME_MINIFIED);
}

uint32_t smc_minified_function(struct smc_minified *m, uint32_t number,
                               struct smc_function_table *table)
{
    finish_words(m);
    if (m->ids[number] == 0) {
        m->ids[number] =
            1 + (number == n_functions(m)
                     ? smc_function_table_add(table, NULL, 0, 0, SMCF_FUNCTION_TOP_LEVEL,
                                              SMCF_NAME_MINIFIED)
                     : add_function(m, number, table));
    }
    return m->ids[number] - 1;
}

void smc_minified_free(struct smc_minified *m)
{
    smc_js_free(&m->js);
    smc_buf_free(&m->text);
    smc_outline_free(&m->outline);
    free(m->words);
    free(m->ids);
    *m = (struct smc_minified){.n_words = 0};
}
