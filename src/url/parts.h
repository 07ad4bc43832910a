/*
 * What the files of the URL parser share. Numbers in comments are sections of the WHATWG URL
 * Standard. Functions that can refuse what they read return the reason, or NULL if all is well.
 */
#ifndef SMC_URL_PARTS_H
#define SMC_URL_PARTS_H

#include "src/url/url.h"

/* ---- characters: chars.c ---- */

int smc_url_is_alpha(uint8_t c);
int smc_url_is_digit(uint8_t c);
/* -1 if it is none. */
int smc_url_hex_value(uint8_t c);
uint8_t smc_url_lower(uint8_t c);

/* Appends text as the parser wants it: trimmed, without tabs and line ends, well-formed UTF-8. */
void smc_url_clean(const uint8_t *text, size_t nbytes, struct smc_buf *out);

/* The percent-encode sets (1.3); all have C0 controls, DEL and what is not ASCII. */
enum smc_url_set {
    SMC_URL_SET_C0_CONTROL = 0,
    SMC_URL_SET_FRAGMENT = 1,
    SMC_URL_SET_QUERY = 2,
    SMC_URL_SET_SPECIAL_QUERY = 4,
    SMC_URL_SET_PATH = 8,
    SMC_URL_SET_USERINFO = 16
};
void smc_url_encode(struct smc_buf *out, const uint8_t *p, const uint8_t *end,
                    enum smc_url_set set);

/* ---- hosts: host.c, ip.c (3) ---- */

/* Appends the host that is [p, end). */
const char *smc_url_add_host(struct smc_buf *out, const uint8_t *p, const uint8_t *end,
                             int is_special);

/* Whether a domain is to be an IPv4 address ("ends in a number checker", 3.5). */
int smc_url_ends_in_number(const uint8_t *p, const uint8_t *end);
const char *smc_url_parse_ipv4(const uint8_t *p, const uint8_t *end, uint32_t *address);
void smc_url_add_ipv4(struct smc_buf *out, uint32_t address);

#define SMC_URL_IPV6_PIECES 8
/* What is between the brackets. */
const char *smc_url_parse_ipv6(const uint8_t *p, const uint8_t *end, uint16_t *pieces);
void smc_url_add_ipv6(struct smc_buf *out, const uint16_t *pieces);

/* ---- authorities: authority.c ---- */

/* Appends "//" and the authority that is [p, end). */
const char *smc_url_add_authority(struct smc_url *url, const uint8_t *p, const uint8_t *end);

/* ---- paths: path.c ---- */

/* Whether a segment is a letter and ":" or "|" (4.2). */
int smc_url_is_drive_letter(const uint8_t *p, size_t nbytes);
/* Whether [p, end) starts with such a segment. */
int smc_url_starts_with_drive_letter(const uint8_t *p, const uint8_t *end);

/* The path is the last part that href has so far. Removes its last segment, but never a drive. */
void smc_url_shorten_path(struct smc_url *url);
/* Adds segments up to the query, the fragment or the end, and returns where that is. */
const uint8_t *smc_url_add_path(struct smc_url *url, const uint8_t *p, const uint8_t *end);

#endif
