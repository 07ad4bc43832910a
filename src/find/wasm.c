/*
 * sourceMappingURL in WebAssembly modules (WebAssembly core specification, 5.5: sections).
 */
#include "src/find/scan.h"

#include <string.h>

#define CUSTOM_SECTION 0

/* A u32 in LEB128: at most five bytes, and no bit above the 32nd. Returns 0, or -1. */
static int read_u32(const uint8_t **p, const uint8_t *end, uint32_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *p < end; shift += 7) {
        uint8_t byte = *(*p)++;
        if (shift == 28 && byte > 0x0f) {
            return -1;
        }
        *value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return 0;
        }
    }
    return -1;
}

/* Well-formed UTF-8 (Unicode, table 3-7); neither overlong, nor a surrogate, nor above U+10FFFF. */
static int is_utf8(const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        uint8_t lead = *p++, low = 0x80, high = 0xbf; /* what the second byte may be */
        int n_more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;

        if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || end - p < n_more) {
            return 0;
        }
        low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : low;
        high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : high;
        for (; n_more > 0; n_more--, low = 0x80, high = 0xbf) {
            if (*p < low || *p > high) {
                return 0;
            }
            p++;
        }
    }
    return 1;
}

/* A length, and so many bytes of UTF-8. Returns 0, or -1. */
static int read_name(const uint8_t **p, const uint8_t *end, struct smc_range *name)
{
    uint32_t nbytes;

    if (read_u32(p, end, &nbytes) != 0 || nbytes > (size_t)(end - *p)) {
        return -1;
    }
    *name = (struct smc_range){*p, *p + nbytes};
    *p += nbytes;
    return is_utf8(name->start, name->end) ? 0 : -1;
}

int smc_find_in_wasm(const uint8_t *bytes, const uint8_t *end, struct smc_range *url)
{
    static const uint8_t header[] = {'\0', 'a', 's', 'm', 1, 0, 0, 0};
    static const char wanted[] = "sourceMappingURL";
    const uint8_t *p = bytes;
    int is_found = 0, is_good = 0;

    if ((size_t)(end - p) < sizeof header || memcmp(p, header, sizeof header) != 0) {
        return 0;
    }
    /* To the end, for a module that cannot be decoded has no URL; the first such section counts. */
    for (p += sizeof header; p < end;) {
        uint8_t id = *p++;
        uint32_t nbytes;
        struct smc_range name;

        if (read_u32(&p, end, &nbytes) != 0 || nbytes > (size_t)(end - p)) {
            return 0;
        }
        const uint8_t *section = p;
        p += nbytes;
        if (id != CUSTOM_SECTION) {
            continue;
        }
        if (read_name(&section, p, &name) != 0) {
            return 0;
        }
        if (!is_found && (size_t)(name.end - name.start) == sizeof wanted - 1 &&
            memcmp(name.start, wanted, sizeof wanted - 1) == 0) {
            is_found = 1;
            /* All of it: a URL without its length would pass for another one with a length. */
            is_good = read_name(&section, p, url) == 0 && section == p;
        }
    }
    return is_good;
}
