#include "tests/unit/scanned.h"

#include <stdlib.h>
#include <string.h>

static const char *fault_of_lost(const struct smc_js *js, enum smc_js_result result)
{
    if (js->n_functions != 0) {
        return "functions of a text that could not be followed";
    }
    if (result == SMC_JS_LOST && js->reason == NULL) {
        return "lost without a reason";
    }
    return js->lost_at <= js->nbytes ? NULL : "lost outside of the text";
}

/* ---- ranges ---- */

static const char *fault_of_range(const struct smc_js *js, const struct smc_js_function *function)
{
    if (function->start >= function->end || function->end > js->nbytes) {
        return "a range outside of the text, or empty";
    }
    if (function->name != function->name_end &&
        (function->name < function->start || function->name_end > function->end ||
         function->name > function->name_end)) {
        return "an identifier outside of its function";
    }
    return NULL;
}

/* Sorted, and each is inside of the one that is open or behind it; `parents` gets the one around each. */
static const char *fault_of_nesting(const struct smc_js *js, uint32_t *parents)
{
    uint32_t open = UINT32_MAX;

    for (uint32_t i = 0; i < js->n_functions; i++) {
        const struct smc_js_function *function = &js->functions[i];
        const char *fault = fault_of_range(js, function);
        if (fault != NULL) {
            return fault;
        }
        if (i > 0 && function->start <= js->functions[i - 1].start) {
            return "functions out of order";
        }
        while (open != UINT32_MAX && js->functions[open].end <= function->start) {
            open = parents[open];
        }
        if (open != UINT32_MAX && function->end > js->functions[open].end) {
            return "functions that overlap";
        }
        parents[i] = open;
        open = i;
    }
    return NULL;
}

/* ---- positions: all of them, a byte at a time ---- */

static void count_positions(const struct smc_js *js, struct smc_js_position *positions)
{
    struct smc_js_position at = {0, 0};
    const uint8_t *text = js->text;

    for (size_t i = 0; i <= js->nbytes; i++) {
        positions[i] = at;
        const int is_lf = text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
        const int is_separator = i >= 2 && text[i - 2] == 0xe2 && text[i - 1] == 0x80 &&
                                 (text[i] == 0xa8 || text[i] == 0xa9);
        if (is_lf || is_separator) {
            at.line++;
            at.column = 0;
        } else {
            at.column += text[i] < 0x80 || text[i] >= 0xc0;
            at.column += text[i] >= 0xf0;
        }
    }
}

static int is_same(struct smc_js_position a, struct smc_js_position b)
{
    return a.line == b.line && a.column == b.column;
}

static const char *fault_of_spans(const struct smc_js *js, const uint32_t *parents,
                                  struct smc_js_span *spans, struct smc_js_position *positions)
{
    count_positions(js, positions);
    smc_js_spans(js, spans);
    for (uint32_t i = 0; i < js->n_functions; i++) {
        if (!is_same(spans[i].start, positions[js->functions[i].start]) ||
            !is_same(spans[i].end, positions[js->functions[i].end])) {
            return "a span that is not where its range is";
        }
        if (spans[i].parent != parents[i]) {
            return "a span with another parent than its range";
        }
    }
    for (size_t at = 0; at <= js->nbytes; at += js->nbytes / 3 + 1) {
        if (!is_same(smc_js_position_at(js, at), positions[at])) {
            return "a wrong position";
        }
    }
    return NULL;
}

/* ---- names ---- */

static int is_utf8(const uint8_t *p, size_t n)
{
    for (size_t i = 0, length; i < n; i += length) {
        uint32_t c = p[i];
        length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        if ((c >= 0x80 && c < 0xc0) || c >= 0xf8 || n - i < length) {
            return 0;
        }
        c = length == 1 ? c : c & (0x7fU >> length);
        for (size_t k = 1; k < length; k++) {
            if ((p[i + k] & 0xc0) != 0x80) {
                return 0;
            }
            c = c << 6 | (p[i + k] & 0x3f);
        }
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
            return 0;
        }
    }
    return 1;
}

static const char *fault_of_pieces(const struct smc_js *js, const struct smc_js_piece *pieces,
                                   unsigned n, unsigned last)
{
    if (n > SMC_JS_PIECES_MAX || (n > 0 && last >= n)) {
        return "too many pieces of a name";
    }
    for (unsigned i = 0; i < n; i++) {
        if (pieces[i].fixed == NULL &&
            (pieces[i].start > pieces[i].end || pieces[i].end > js->nbytes)) {
            return "a piece of a name outside of the text";
        }
    }
    return NULL;
}

/* The pieces one behind the other, if they are short and ASCII; else what the text is said to be. */
static size_t join(const struct smc_js *js, const struct smc_js_piece *pieces, unsigned n,
                   char *text)
{
    size_t nbytes = 0;

    for (unsigned i = 0; i < n; i++) {
        const char *from =
            pieces[i].fixed != NULL ? pieces[i].fixed : (const char *)js->text + pieces[i].start;
        const size_t length =
            pieces[i].fixed != NULL ? strlen(from) : pieces[i].end - pieces[i].start;
        for (size_t k = 0; k < length; k++) {
            if ((uint8_t)from[k] >= 0x80 || nbytes == SMC_JS_NAME_NBYTES_MAX) {
                return SIZE_MAX;
            }
            text[nbytes++] = from[k];
        }
    }
    return nbytes;
}

static const char *fault_of_name(const struct smc_js *js, uint32_t index)
{
    struct smc_js_piece pieces[SMC_JS_PIECES_MAX];
    char text[SMC_JS_NAME_NBYTES_MAX], joined[SMC_JS_NAME_NBYTES_MAX];
    unsigned last;
    size_t last_nbytes;
    const unsigned n = smc_js_name(js, index, pieces, &last);
    const size_t nbytes = smc_js_name_text(js, index, text, &last_nbytes);
    const char *fault = fault_of_pieces(js, pieces, n, last);

    if (fault != NULL) {
        return fault;
    }
    if (nbytes > SMC_JS_NAME_NBYTES_MAX || last_nbytes > nbytes || (n > 0) != (nbytes > 0)) {
        return "a name of a wrong length";
    }
    if (!is_utf8((const uint8_t *)text, nbytes) ||
        !is_utf8((const uint8_t *)text + nbytes - last_nbytes, last_nbytes)) {
        return "a name that is not UTF-8";
    }
    const size_t whole = join(js, pieces, n, joined);
    if (whole != SIZE_MAX && (whole != nbytes || memcmp(joined, text, nbytes) != 0)) {
        return "a name that is not what its pieces are";
    }
    const size_t component = join(js, pieces + last, n - last, joined);
    if (component != SIZE_MAX && component != last_nbytes) {
        return "a last component that is not what its pieces are";
    }
    return NULL;
}

const char *scanned_fault(const struct smc_js *js, enum smc_js_result result)
{
    if (result != SMC_JS_FOLLOWED) {
        return fault_of_lost(js, result);
    }
    if (js->reason != NULL) {
        return "a reason for nothing";
    }
    uint32_t *parents = calloc(js->n_functions + 1U, sizeof *parents);
    struct smc_js_span *spans = calloc(js->n_functions + 1U, sizeof *spans);
    struct smc_js_position *positions = calloc(js->nbytes + 1, sizeof *positions);
    const char *fault = "no memory for the check";
    if (parents != NULL && spans != NULL && positions != NULL) {
        fault = fault_of_nesting(js, parents);
        if (fault == NULL) {
            fault = fault_of_spans(js, parents, spans, positions);
        }
        for (uint32_t i = 0; i < js->n_functions && fault == NULL; i++) {
            fault = fault_of_name(js, i);
        }
    }
    free(parents);
    free(spans);
    free(positions);
    return fault;
}
