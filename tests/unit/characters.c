#include "tests/unit/characters.h"

size_t encode_character(uint32_t c, char bytes[4])
{
    if (c < 0x80) {
        bytes[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        bytes[0] = (char)(0xc0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        bytes[0] = (char)(0xe0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | c >> 18);
    bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Whether they are a character of n bytes, and which one. */
static int is_character(const char *bytes, size_t n, uint32_t *c)
{
    char encoded[4];

    *c = n == 1 ? (unsigned char)bytes[0] : (unsigned char)bytes[0] & (0x3fu >> (n - 1));
    for (size_t i = 1; i < n; i++) {
        *c = *c << 6 | ((unsigned char)bytes[i] & 0x3f);
    }
    return *c <= 0x10ffff && encode_character(*c, encoded) == n && memcmp(encoded, bytes, n) == 0;
}

size_t characters_of(const char *bytes, size_t nbytes, struct character **characters)
{
    struct character *found = calloc(nbytes + 1, sizeof *found);
    size_t n = 0, off = 0;
    uint32_t column = 0;

    assert_non_null(found);
    while (off < nbytes) {
        size_t length = 4;
        uint32_t c = 0xfffd;
        while (length > 0 && (length > nbytes - off || !is_character(bytes + off, length, &c))) {
            length--;
        }
        found[n++] = (struct character){length == 0 ? 0xfffd : c, off, column};
        off += length == 0 ? 1 : length;
        column += length == 4 ? 2 : 1;
    }
    found[n] = (struct character){0, nbytes, column};
    *characters = found;
    return n;
}

void text_add_hostile(struct text *text, struct rng *rng, size_t nbytes)
{
    static const uint32_t ranges[][2] = {{0x20, 0x7f},        {0x80, 0x7ff},    {0x800, 0x2027},
                                         {0x202a, 0xd7ff},    {0xd800, 0xdfff}, {0xe000, 0xffff},
                                         {0x10000, 0x10ffff}, {0x20, 0x7f}};
    static const unsigned char broken[] = {0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xe0, 0xe2, 0xed, 0xef,
                                           0xf0, 0xf4, 0xf5, 0xff, 0xa0, 0x9f, 0x90, 0x8f};
    const size_t end = text->nbytes + nbytes;
    char bytes[4];

    while (text->nbytes < end) {
        const uint32_t kind = rng_below(rng, COUNT_OF(ranges) + 3);
        if (kind < COUNT_OF(ranges)) {
            uint32_t n_all = ranges[kind][1] - ranges[kind][0] + 1;
            size_t n = encode_character(ranges[kind][0] + rng_below(rng, n_all), bytes);
            size_t n_cut = rng_below(rng, 12) == 0 && n > 1; /* its last byte is missing */
            text_add(text, bytes, n - n_cut);
        } else if (kind == COUNT_OF(ranges)) {
            text_add(text, &broken[rng_below(rng, COUNT_OF(broken))], 1);
        } else {
            text_repeat(text, 'a', rng_below(rng, 20));
        }
    }
    text->nbytes = end;
    text->data[end] = 0;
}
