/*
 * Names as text.
 */
#include "src/javascript/javascript.h"

#include <string.h>

struct text {
    char *bytes;
    size_t n;
    int is_cut;
};

/* Bytes of the character at p, 0 if it is not UTF-8. */
static size_t character_nbytes(const uint8_t *p, const uint8_t *end)
{
    const size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (n == 0 || p[0] > 0xf4 || (size_t)(end - p) < n) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)) {
        return 0; /* overlong, a surrogate, or beyond U+10FFFF */
    }
    return n;
}

static void put(struct text *text, const uint8_t *p, const uint8_t *end)
{
    static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};

    while (p < end) {
        while (p < end && *p < 0x80 && text->n < SMC_JS_NAME_NBYTES_MAX) { /* as nearly all are */
            text->bytes[text->n++] = (char)*p++;
        }
        if (p == end) {
            return;
        }
        size_t n = character_nbytes(p, end);
        const uint8_t *from = n != 0 ? p : replacement;
        p += n != 0 ? n : 1;
        n = n != 0 ? n : sizeof replacement;
        if (text->n + n > SMC_JS_NAME_NBYTES_MAX) {
            text->is_cut = 1;
            return;
        }
        memcpy(text->bytes + text->n, from, n);
        text->n += n;
    }
}

/* Who leads identifiers elsewhere, if anybody does. */
struct guide {
    smc_js_leader leader;
    const void *context;
    int is_led;
};

static void put_piece(struct text *text, const struct smc_js *js, const struct smc_js_piece *piece,
                      struct guide *guide)
{
    const uint8_t *bytes = js->text + piece->start;
    size_t nbytes = piece->end - piece->start;

    if (piece->fixed != NULL) {
        bytes = (const uint8_t *)piece->fixed;
        nbytes = strlen(piece->fixed);
    } else if (piece->is_identifier && guide->leader != NULL) {
        guide->is_led &= guide->leader(guide->context, piece->start, &bytes, &nbytes);
    }
    put(text, bytes, bytes + nbytes);
}

static void put_pieces(struct text *text, const struct smc_js *js,
                       const struct smc_js_piece *pieces, unsigned from, unsigned to,
                       struct guide *guide)
{
    guide->is_led = 1;
    for (unsigned i = from; i < to && !text->is_cut; i++) {
        put_piece(text, js, &pieces[i], guide);
    }
}

static size_t name_text(const struct smc_js *js, uint32_t index, char *bytes, size_t *last_nbytes,
                        struct guide *guide)
{
    struct smc_js_piece pieces[SMC_JS_PIECES_MAX];
    struct text text = {.bytes = bytes};
    unsigned last;
    const unsigned n = smc_js_name(js, index, pieces, &last);

    put_pieces(&text, js, pieces, 0, last, guide);
    const size_t before = text.n;
    put_pieces(&text, js, pieces, last, n, guide);
    *last_nbytes = text.n - before;
    if (text.is_cut) {
        text = (struct text){.bytes = bytes};
        put_pieces(&text, js, pieces, last, n, guide);
        *last_nbytes = text.n;
    }
    return text.n;
}

size_t smc_js_name_text(const struct smc_js *js, uint32_t index, char bytes[SMC_JS_NAME_NBYTES_MAX],
                        size_t *last_nbytes)
{
    struct guide guide = {.leader = NULL};

    return name_text(js, index, bytes, last_nbytes, &guide);
}

size_t smc_js_name_led(const struct smc_js *js, uint32_t index, smc_js_leader leader,
                       const void *context, char bytes[SMC_JS_NAME_NBYTES_MAX], size_t *last_nbytes,
                       int *is_led)
{
    struct guide guide = {.leader = leader, .context = context};
    const size_t n = name_text(js, index, bytes, last_nbytes, &guide);

    *is_led = guide.is_led;
    return n;
}
