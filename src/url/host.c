/*
 * Hosts (3.5): domains and IPv4 addresses where the scheme is special, opaque text elsewhere, IPv6
 * addresses everywhere.
 */
#include "src/url/parts.h"

#include <string.h>

/* The forbidden host code points; a domain may have no control, "%" or DEL either. */
static int is_forbidden_in_host(uint8_t c)
{
    static const char forbidden[] = "\0\t\n\r #/:<>?@[\\]^|";

    return memchr(forbidden, c, sizeof forbidden - 1) != NULL;
}

static int is_forbidden_in_domain(uint8_t c)
{
    return c <= 0x1f || c == '%' || c == 0x7f || is_forbidden_in_host(c);
}

static const char *add_opaque_host(struct smc_buf *out, const uint8_t *p, const uint8_t *end)
{
    for (const uint8_t *c = p; c < end; c++) {
        if (is_forbidden_in_host(*c)) {
            return "character that no host may have";
        }
    }
    smc_url_encode(out, p, end, SMC_URL_SET_C0_CONTROL);
    return NULL;
}

/* Appends a domain, percent-decoded and in lower case: all that IDNA does to ASCII. */
static const char *add_domain(struct smc_buf *out, const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        uint8_t c = *p++;
        if (c == '%' && end - p >= 2 && smc_url_hex_value(p[0]) >= 0 &&
            smc_url_hex_value(p[1]) >= 0) {
            c = (uint8_t)(smc_url_hex_value(p[0]) << 4 | smc_url_hex_value(p[1]));
            p += 2;
        }
        if (c >= 0x80) {
            return "host that is not ASCII, which is not supported";
        }
        if (is_forbidden_in_domain(c)) {
            return "character that no domain may have";
        }
        c = smc_url_lower(c);
        smc_buf_append(out, &c, 1);
    }
    return NULL;
}

static const char *add_domain_or_ipv4(struct smc_buf *out, const uint8_t *p, const uint8_t *end)
{
    size_t off = out->nbytes;
    uint32_t address;

    const char *fault = add_domain(out, p, end);
    if (fault != NULL || !smc_url_ends_in_number(out->data + off, out->data + out->nbytes)) {
        return fault;
    }
    fault = smc_url_parse_ipv4(out->data + off, out->data + out->nbytes, &address);
    if (fault == NULL) {
        out->nbytes = off;
        smc_url_add_ipv4(out, address);
    }
    return fault;
}

static const char *add_ipv6(struct smc_buf *out, const uint8_t *p, const uint8_t *end)
{
    uint16_t pieces[SMC_URL_IPV6_PIECES];

    if (end[-1] != ']') {
        return "IPv6 address without its closing bracket";
    }
    const char *fault = smc_url_parse_ipv6(p + 1, end - 1, pieces);
    if (fault == NULL) {
        smc_buf_append(out, "[", 1);
        smc_url_add_ipv6(out, pieces);
        smc_buf_append(out, "]", 1);
    }
    return fault;
}

const char *smc_url_add_host(struct smc_buf *out, const uint8_t *p, const uint8_t *end,
                             int is_special)
{
    if (p < end && *p == '[') {
        return add_ipv6(out, p, end);
    }
    return is_special ? add_domain_or_ipv4(out, p, end) : add_opaque_host(out, p, end);
}
