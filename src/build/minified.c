#include "src/build/minified.h"

#include "src/build/function_name.h"

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

/* A bit for each byte of the text: an identifier that is part of a name begins there. Names share identifiers, and may
 * have many: a list of them all could be a hundred times as large as the text. */
static uint64_t *mark_words(const struct smc_minified *m)
{
    struct smc_js_piece pieces[SMC_JS_PIECES_MAX];
    uint64_t *marks = calloc(m->text.nbytes / 64 + 1, sizeof *marks);
    unsigned last;

    for (uint32_t i = 0; marks != NULL && i < n_functions(m); i++) {
        const unsigned n = smc_js_name(&m->js, i, pieces, &last);
        for (unsigned k = 0; k < n; k++) {
            if (pieces[k].is_identifier) {
                marks[pieces[k].start / 64] |= UINT64_C(1) << pieces[k].start % 64;
            }
        }
    }
    return marks;
}

/* All identifiers that are part of a name. 0, or -1 without memory. */
static int find_words(struct smc_minified *m)
{
    uint64_t *marks = mark_words(m);
    struct smc_buf words = {0};

    for (uint32_t i = 0; marks != NULL && i <= m->text.nbytes / 64; i++) {
        uint32_t off = i * 64;
        for (uint64_t left = marks[i]; left != 0; left >>= 1, off++) {
            if ((left & 1) != 0) {
                const struct smc_minified_word word = {off, 0, 0, SMCF_NONE};
                smc_buf_append(&words, &word, sizeof word);
            }
        }
    }
    m->words = (void *)words.data;
    m->n_words = (uint32_t)(words.nbytes / sizeof *m->words);
    free(marks);
    return marks == NULL || words.failed ? -1 : 0;
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

/* Who decodes a file takes it away, and so it is in no column. */
static size_t byte_order_mark_nbytes(const uint8_t *text, size_t nbytes)
{
    return nbytes >= 3 && text[0] == 0xef && text[1] == 0xbb && text[2] == 0xbf ? 3 : 0;
}

int smc_minified_start(struct smc_minified *m, const void *text, size_t nbytes,
                       const struct smc_strings *strings)
{
    *m = (struct smc_minified){.strings = strings,
                               .name_room = smc_name_room(nbytes + strings->bytes.nbytes)};
    const size_t mark_nbytes = byte_order_mark_nbytes(text, nbytes);
    smc_buf_append(&m->text, (const uint8_t *)text + mark_nbytes, nbytes - mark_nbytes);
    smc_buf_append(&m->text, NULL, SMC_JS_PADDING);
    if (m->text.failed) {
        return -1;
    }
    const enum smc_js_result result =
        smc_js_scan(&m->js, m->text.data, nbytes - mark_nbytes, SMC_JS_PLAIN);
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

/* Leads the identifiers of a name, and counts those that the map knows. */
struct leading {
    const struct smc_minified *minified;
    unsigned *n_led;
};

static int lead(const void *context, uint32_t offset, const uint8_t **name, size_t *nbytes)
{
    const struct leading *leading = context;
    const struct smc_minified *m = leading->minified;
    const struct smc_minified_word key = {offset, 0, 0, 0};
    const struct smc_minified_word *word =
        bsearch(&key, m->words, m->n_words, sizeof *m->words, by_offset);

    if (word == NULL || word->name == SMCF_NONE) {
        return 0;
    }
    *name = smc_strings_get(m->strings, word->name, nbytes);
    ++*leading->n_led;
    return 1;
}

/* Webpack's modules are functions in an object, whose keys are numbers or paths. */
static int is_module_key(const uint8_t *last, size_t nbytes)
{
    return smc_name_starts_with(last, nbytes, "<\"./") ||
           smc_name_starts_with(last, nbytes, "<\"../") ||
           (nbytes > 1 && last[0] == '<' && last[1] >= '0' && last[1] <= '9');
}

/* Whether a name is what comes of the functions that webpack wraps modules in, or of its runtime: nobody's name. No map
 * knows the object of a chunk's modules. */
static int is_of_bundler(const uint8_t *name, size_t nbytes, size_t last_nbytes, unsigned n_led)
{
    return smc_name_is(name, nbytes, "__webpack_require__") ||
           smc_name_is(name, nbytes, "__webpack_modules__") ||
           smc_name_starts_with(name, nbytes, "__webpack_modules__.") ||
           (n_led == 0 && is_module_key(name + nbytes - last_nbytes, last_nbytes));
}

static uint32_t add_function(struct smc_minified *m, uint32_t number,
                             struct smc_function_table *table)
{
    char text[SMC_JS_NAME_NBYTES_MAX];
    const uint8_t *name = (const uint8_t *)text;
    unsigned n_led = 0;
    const struct leading leading = {m, &n_led};
    size_t last_nbytes;
    int is_led;
    const size_t nbytes =
        smc_js_name_led(&m->js, number, lead, &leading, text, &last_nbytes, &is_led);

    if (nbytes == 0 || is_of_bundler(name, nbytes, last_nbytes, n_led)) {
        return smc_function_table_add(table, NULL, 0, 0, SMCF_FUNCTION_ANONYMOUS,
                                      SMCF_NAME_MINIFIED);
    }
    return smc_function_of_scan(table, &m->name_room, name, nbytes, last_nbytes,
                                is_led && n_led > 0 ? SMCF_NAME_MINIFIED : SMCF_NAME_MINIFIED_TEXT);
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
