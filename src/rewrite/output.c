/*
 * Where what is written goes: a buffer, from which the sink gets large pieces; and what is written in all formats.
 */
#include "src/rewrite/parts.h"

#include "src/base/shown.h"
#include "src/reader/wtf8.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* ---- the sink ---- */

smc_rewrite_status smc_rewrite_fail(struct smc_rewriter *rewriter, smc_rewrite_status status,
                                    const char *reason, uint64_t offset)
{
    const smc_rewrite_status first = rewriter->error.status;

    /* That of the input goes on, so another may come, which ends all. */
    if (first == SMC_REWRITE_OK || first == SMC_REWRITE_E_JSON || first == SMC_REWRITE_E_LIMIT) {
        rewriter->error = (struct smc_rewrite_error){status, reason, offset};
    }
    return status;
}

static void pour(struct smc_rewriter *rewriter, const void *bytes, size_t nbytes)
{
    if (nbytes > 0 && !rewriter->has_lost_sink &&
        rewriter->options.sink(rewriter->options.sink_context, bytes, nbytes) != 0) {
        rewriter->has_lost_sink = 1;
        smc_rewrite_fail(rewriter, SMC_REWRITE_E_SINK, "the output cannot be written", 0);
    }
}

void smc_out_flush(struct smc_rewriter *rewriter)
{
    struct smc_buf *out = &rewriter->out;

    if (out->failed) {
        smc_rewrite_fail(rewriter, SMC_REWRITE_E_MEMORY, "out of memory", 0);
    } else {
        pour(rewriter, out->data, out->nbytes);
    }
    out->nbytes = 0;
}

void smc_out(struct smc_rewriter *rewriter, const void *bytes, size_t nbytes)
{
    if (nbytes >= SMC_OUT_NBYTES / 2) { /* large enough to go by itself */
        smc_out_flush(rewriter);
        pour(rewriter, bytes, nbytes);
        return;
    }
    smc_buf_append(&rewriter->out, bytes, nbytes);
    if (rewriter->out.nbytes >= SMC_OUT_NBYTES || rewriter->out.failed) {
        smc_out_flush(rewriter);
    }
}

void smc_out_text(struct smc_rewriter *rewriter, const char *text)
{
    smc_out(rewriter, text, strlen(text));
}

/* ---- text ---- */

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

void smc_append_shown(struct smc_buf *buf, struct smc_view text)
{
    size_t i = 0, n;
    uint32_t c;

    for (; i < text.nbytes; i += n) {
        n = smc_wtf8_next((const uint8_t *)text.ptr + i, text.nbytes - i, &c);
        if ((c >= 0xd800 && c < 0xe000) || c == '\t' || smc_shown_character(c) == 0xfffd) {
            smc_buf_append(buf, replacement, 3);
        } else {
            smc_buf_append(buf, text.ptr + i, n);
        }
    }
}

static void append_escape(struct smc_buf *buf, uint32_t c)
{
    static const char from[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt",
                      digits[] = "0123456789abcdef";
    char escape[6] = {
        '\\', 'u', digits[c >> 12 & 15], digits[c >> 8 & 15], digits[c >> 4 & 15], digits[c & 15]};
    const char *at = c == 0 || c > 0x7f ? NULL : memchr(from, (int)c, sizeof from - 1);

    if (at != NULL) {
        escape[1] = letters[at - from];
    }
    smc_buf_append(buf, escape, at != NULL ? 2 : 6);
}

static int is_plain(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Appends what stands for itself up to the first byte that does not; how much that is. */
static size_t append_plain(struct smc_buf *buf, const char *text, size_t nbytes)
{
    uint8_t *to = smc_buf_reserve(buf, nbytes);
    size_t i = 0;

    if (to == NULL) {
        return nbytes;
    }
#if defined(__SSE2__)
    const __m128i below = _mm_set1_epi8(0x20), del = _mm_set1_epi8(0x7f),
                  quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    for (; nbytes - i >= 16; i += 16) {
        const __m128i p = _mm_loadu_si128((const void *)(text + i));
        /* Signed: bytes from 0x80 on are below, too. */
        const __m128i special =
            _mm_or_si128(_mm_or_si128(_mm_cmplt_epi8(p, below), _mm_cmpeq_epi8(p, del)),
                         _mm_or_si128(_mm_cmpeq_epi8(p, quote), _mm_cmpeq_epi8(p, backslash)));
        const int found = _mm_movemask_epi8(special);
        _mm_storeu_si128((void *)(to + i), p);
        if (found != 0) {
            i += (size_t)__builtin_ctz((unsigned)found);
            buf->nbytes += i;
            return i;
        }
    }
#endif
    for (; i < nbytes && is_plain(text[i]); i++) {
        to[i] = (uint8_t)text[i];
    }
    buf->nbytes += i;
    return i;
}

void smc_append_escaped(struct smc_buf *buf, const char *text, size_t nbytes)
{
    size_t i = 0, n;
    uint32_t c;

    while (i < nbytes) {
        i += append_plain(buf, text + i, nbytes - i);
        if (i == nbytes) {
            break;
        }
        n = smc_wtf8_next((const uint8_t *)text + i, nbytes - i, &c);
        if ((c >= 0xd800 && c < 0xe000) || c == 0xfffd) {
            smc_buf_append(buf, replacement, 3);
        } else if (c == '"' || c == '\\' || c == '\t' || smc_shown_character(c) != c) {
            append_escape(buf, c); /* JSON may have some of these as they are, a terminal not */
        } else {
            smc_buf_append(buf, text + i, n);
        }
        i += n;
    }
}

void smc_append_json(struct smc_buf *buf, struct smc_view text)
{
    if (text.ptr == NULL) {
        smc_buf_append(buf, "null", 4);
        return;
    }
    smc_buf_append_byte(buf, '"');
    smc_append_escaped(buf, text.ptr, text.nbytes);
    smc_buf_append_byte(buf, '"');
}

void smc_append_number(struct smc_buf *buf, uint64_t number)
{
    char digits[20];
    size_t i = sizeof digits;

    do {
        digits[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    smc_buf_append(buf, digits + i, sizeof digits - i);
}

void smc_append_place(struct smc_buf *buf, const struct smc_original_frame *original)
{
    if (original->source_text.ptr == NULL) {
        smc_buf_append(buf, "<no name>", 9);
    } else {
        smc_append_shown(buf, original->source_text);
    }
    smc_buf_append_byte(buf, ':');
    smc_append_number(buf, (uint64_t)original->source_line + 1);
    smc_buf_append_byte(buf, ':');
    smc_append_number(buf, (uint64_t)original->source_column + 1);
}
