/*
 * Authorities: credentials, host and port ("authority state", "host state", "port state" of 4.4).
 */
#include "src/url/parts.h"

#include <stdio.h>
#include <string.h>

/* Default ports, by enum smc_url_scheme. */
static const int default_ports[] = {-1, -1, 21, 80, 443, 80, 443};

static const char *add_port(struct smc_url *url, const uint8_t *p, const uint8_t *end)
{
    int port = 0;
    char text[8];

    for (const uint8_t *c = p; c < end; c++) {
        if (!smc_url_is_digit(*c)) {
            return "port that is no number";
        }
        port = port * 10 + (*c - '0');
        if (port > 65535) {
            return "port above 65535";
        }
    }
    if (p < end && port != default_ports[url->scheme]) {
        int n = snprintf(text, sizeof text, ":%d", port);
        smc_buf_append(&url->href, text, (size_t)n);
    }
    return NULL;
}

static const char *add_host_and_port(struct smc_url *url, const uint8_t *p, const uint8_t *end)
{
    int is_special = url->scheme != SMC_URL_NOT_SPECIAL, is_in_brackets = 0;
    const uint8_t *colon = p;

    for (; colon < end && (*colon != ':' || is_in_brackets); colon++) {
        is_in_brackets = (is_in_brackets || *colon == '[') && *colon != ']';
    }
    if (colon == p && (is_special || colon < end)) {
        return "no host";
    }
    const char *fault = smc_url_add_host(&url->href, p, colon, is_special);
    if (fault == NULL && colon < end) {
        fault = add_port(url, colon + 1, end);
    }
    return fault;
}

static void add_credentials(struct smc_buf *href, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *colon = memchr(p, ':', (size_t)(end - p));
    const uint8_t *name_end = colon == NULL ? end : colon;
    const uint8_t *password = colon == NULL ? end : colon + 1;

    smc_url_encode(href, p, name_end, SMC_URL_SET_USERINFO);
    if (password < end) {
        smc_buf_append(href, ":", 1);
        smc_url_encode(href, password, end, SMC_URL_SET_USERINFO);
    }
    if (p < name_end || password < end) {
        smc_buf_append(href, "@", 1);
    }
}

const char *smc_url_add_authority(struct smc_url *url, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *host = end;

    smc_buf_append(&url->href, "//", 2);
    while (host > p && host[-1] != '@') {
        host--;
    }
    if (host > p) {
        if (host == end) {
            return "no host after the credentials";
        }
        add_credentials(&url->href, p, host - 1);
    }
    return add_host_and_port(url, host, end);
}
