#include "src/reader/wtf8.h"

#include "src/reader/bits.h"

/* Bytes of a character by its first one, which is not below 0x80; 1 if none begins so. */
static size_t nbytes_of(uint8_t first)
{
    return first < 0xc2 || first > 0xf4 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

size_t smc_wtf8_next(const uint8_t *p, size_t nbytes, uint32_t *character)
{
    /* The first character of so many bytes. */
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    *character = p[0];
    if (p[0] < 0x80) {
        return 1;
    }
    const size_t n = nbytes_of(p[0]);
    *character = 0xfffd;
    if (n == 1 || n > nbytes) {
        return 1;
    }
    uint32_t c = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 1;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff) {
        return 1;
    }
    *character = c;
    return n;
}

size_t smc_wtf8_skip(const uint8_t *p, size_t n_starts, size_t nbytes, uint64_t max_units,
                     uint64_t *n_units)
{
    uint64_t units = 0;
    size_t i = 0;

    while (i < n_starts && units < max_units) {
        uint32_t c;
        if (n_starts - i >= 8 && max_units - units >= 8 &&
            (smc_load64(p + i) & SMC_BYTES_OF_1 << 7) == 0) {
            units += 8;
            i += 8;
            continue;
        }
        size_t n = smc_wtf8_next(p + i, nbytes - i, &c);
        unsigned n_more = n == 4 ? 2 : 1;
        if (n_more > max_units - units) {
            break;
        }
        units += n_more;
        i += n;
    }
    *n_units = units;
    return i;
}

/* Bytes of the last character before p + nbytes. */
static size_t last_nbytes(const uint8_t *p, size_t nbytes)
{
    for (size_t n = 1; n <= SMC_CHARACTER_NBYTES_MAX && n <= nbytes; n++) {
        const uint8_t *first = p + (nbytes - n);
        uint32_t c;
        if ((*first & 0xc0) != 0x80) {
            return smc_wtf8_next(first, n, &c) == n ? n : 1;
        }
    }
    return 1;
}

size_t smc_wtf8_skip_back(const uint8_t *p, size_t nbytes, uint64_t max_units, uint64_t *n_units)
{
    uint64_t units = 0;
    size_t left = nbytes;

    while (left > 0 && units < max_units) {
        size_t n = last_nbytes(p, left);
        unsigned n_more = n == 4 ? 2 : 1;
        if (n_more > max_units - units) {
            break;
        }
        units += n_more;
        left -= n;
    }
    *n_units = units;
    return nbytes - left;
}
