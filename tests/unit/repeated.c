#include "tests/unit/repeated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_NBYTES 8

static size_t length_of(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

/* What a piece is as long as with its numbers. */
static size_t piece_nbytes(const char *piece)
{
    size_t nbytes = 0;

    for (const char *p = piece; p != NULL && *p != '\0'; p++) {
        nbytes += *p == '$' || *p == '^' ? NUMBER_NBYTES : 1;
    }
    return nbytes;
}

static char *put(char *to, const char *text)
{
    const size_t nbytes = length_of(text);

    if (nbytes > 0) {
        memcpy(to, text, nbytes);
    }
    return to + nbytes;
}

static char *put_number(char *to, size_t number)
{
    for (size_t i = NUMBER_NBYTES; i-- > 0; number /= 10) {
        to[i] = (char)('0' + number % 10);
    }
    return to + NUMBER_NBYTES;
}

static char *put_pieces(char *to, const char *piece, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (const char *p = piece; p != NULL && *p != '\0'; p++) {
            if (*p == '$' || *p == '^') {
                to = put_number(to, *p == '$' ? i : n - i);
            } else {
                *to++ = *p;
            }
        }
    }
    return to;
}

char *repeated_text(const struct repeated *repeated, size_t wanted, size_t *nbytes)
{
    const size_t around =
        length_of(repeated->before) + length_of(repeated->middle) + length_of(repeated->after);
    const size_t each = piece_nbytes(repeated->open) + piece_nbytes(repeated->close);
    const size_t n = each > 0 ? wanted / each : 0;
    char *text = malloc(around + n * each + 1);

    *nbytes = around + n * each;
    if (text != NULL) {
        char *to = put(text, repeated->before);
        to = put_pieces(to, repeated->open, n);
        to = put(to, repeated->middle);
        to = put_pieces(to, repeated->close, n);
        *put(to, repeated->after) = '\0';
    }
    return text;
}
