/*
 * Paths that are lists of segments; each one stands in href with a slash before it. A segment holds
 * no slash, so removing the last one is going back to the last slash. Each byte is added once and
 * removed once at most, hence linear time however many ".." there are.
 */
#include "src/url/parts.h"

#include <string.h>

int smc_url_is_drive_letter(const uint8_t *p, size_t nbytes)
{
    return nbytes == 2 && smc_url_is_alpha(p[0]) && (p[1] == ':' || p[1] == '|');
}

int smc_url_starts_with_drive_letter(const uint8_t *p, const uint8_t *end)
{
    return end - p >= 2 && smc_url_is_drive_letter(p, 2) &&
           (end - p == 2 || memchr("/\\?#", p[2], 4) != NULL);
}

void smc_url_shorten_path(struct smc_url *url)
{
    const uint8_t *path = url->href.data + url->path_off;
    size_t nbytes = url->href.nbytes - url->path_off;

    if (url->scheme == SMC_URL_FILE && nbytes == 3 && smc_url_is_drive_letter(path + 1, 2)) {
        return;
    }
    while (nbytes > 0 && path[--nbytes] != '/') {
    }
    url->href.nbytes = url->path_off + nbytes;
}

/* 1 for a segment that is ".", 2 for "..", 0 for others; "%2e" counts as a dot. */
static int count_dots(const uint8_t *p, const uint8_t *end)
{
    int n = 0;

    while (p < end && n < 3) {
        if (*p == '.') {
            p++;
        } else if (end - p >= 3 && p[0] == '%' && p[1] == '2' && (p[2] | 0x20) == 'e') {
            p += 3;
        } else {
            return 0;
        }
        n++;
    }
    return n < 3 ? n : 0;
}

static void add_segment(struct smc_url *url, const uint8_t *p, const uint8_t *end)
{
    struct smc_buf *href = &url->href;
    int is_first = href->nbytes == url->path_off;

    smc_buf_append(href, "/", 1);
    if (url->scheme == SMC_URL_FILE && is_first && smc_url_is_drive_letter(p, (size_t)(end - p))) {
        smc_buf_append(href, p, 1);
        smc_buf_append(href, ":", 1);
    } else {
        smc_url_encode(href, p, end, SMC_URL_SET_PATH);
    }
}

const uint8_t *smc_url_add_path(struct smc_url *url, const uint8_t *p, const uint8_t *end)
{
    const char *stops = url->scheme == SMC_URL_NOT_SPECIAL ? "?#/" : "?#/\\";
    const size_t n_stops = strlen(stops);

    for (;;) {
        const uint8_t *start = p;
        while (p < end && memchr(stops, *p, n_stops) == NULL) {
            p++;
        }
        int is_last = p == end || *p == '?' || *p == '#';
        int n_dots = count_dots(start, p);
        if (n_dots == 2) {
            smc_url_shorten_path(url);
        }
        if (n_dots == 0) {
            add_segment(url, start, p);
        } else if (is_last) {
            smc_buf_append(&url->href, "/", 1);
        }
        if (is_last) {
            return p;
        }
        p++;
    }
}
