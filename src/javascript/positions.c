/*
 * From byte offsets to lines and columns. Between two offsets nothing is asked but where the last line end is and
 * how many UTF-16 units follow it, so bytes are taken many at a time.
 */
#include "src/javascript/javascript.h"

#include <string.h>

struct cursor {
    const uint8_t *text;
    size_t at;
    uint32_t line, column;
    int is_after_cr;
};

/* Units of UTF-16 that a byte begins: none of a continuation, two of what starts four bytes. */
static uint32_t units_of(uint8_t byte)
{
    return byte < 0x80 ? 1 : byte < 0xc0 ? 0 : byte < 0xf0 ? 1 : 2;
}

static void one(struct cursor *c)
{
    const uint8_t *p = c->text + c->at++;

    if (*p == '\n' && c->is_after_cr) {
        c->is_after_cr = 0; /* CR LF: one line end */
        c->column = 0;
        return;
    }
    c->is_after_cr = *p == '\r';
    if (*p == '\n' || *p == '\r') {
        c->line++;
        c->column = 0;
    } else if (*p == 0xa8 || *p == 0xa9) { /* the end of U+2028 and U+2029? */
        if (c->at >= 3 && p[-1] == 0x80 && p[-2] == 0xe2) {
            c->line++;
            c->column = 0;
        }
    } else {
        c->column += units_of(*p);
    }
}

/* Whether one of eight bytes is not ASCII or below 0x10, where the line ends are; tabs are, too. */
static int has_special(uint64_t word)
{
    const uint64_t low = UINT64_C(0x1010101010101010), high = UINT64_C(0x8080808080808080);

    return ((word | ~((word & ~high) + (high - low))) & high) != 0;
}

static void advance(struct cursor *c, size_t to)
{
    while (c->at < to) {
        uint64_t word;
        if (to - c->at >= sizeof word) {
            memcpy(&word, c->text + c->at, sizeof word);
            if (!has_special(word)) {
                c->column += sizeof word;
                c->at += sizeof word;
                c->is_after_cr = 0;
                continue;
            }
        }
        one(c);
    }
}

static struct smc_js_position position_of(struct cursor *c, size_t offset)
{
    advance(c, offset);
    return (struct smc_js_position){c->line, c->column};
}

void smc_js_spans(const struct smc_js *js, struct smc_js_span *spans)
{
    struct cursor cursor = {.text = js->text};
    uint32_t open = UINT32_MAX;

    for (uint32_t i = 0; i <= js->n_functions; i++) {
        const uint32_t start = i < js->n_functions ? js->functions[i].start : UINT32_MAX;
        for (; open != UINT32_MAX && js->functions[open].end <= start; open = spans[open].parent) {
            spans[open].end = position_of(&cursor, js->functions[open].end);
        }
        if (i < js->n_functions) {
            spans[i].start = position_of(&cursor, start);
            spans[i].parent = open;
            open = i;
        }
    }
}

struct smc_js_position smc_js_position_at(const struct smc_js *js, size_t offset)
{
    struct cursor cursor = {.text = js->text};

    return position_of(&cursor, offset);
}
