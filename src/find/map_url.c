/*
 * sourceMappingURL: the door to the three searches, and the one in JavaScript.
 */
#include "src/find/find.h"
#include "src/find/scan.h"

enum line { LINE_MATCHES, LINE_IS_NOTHING, LINE_IS_OTHER };

/* What a line is; it holds none of what smc_line_start stops at. */
static enum line judge_line(const uint8_t *p, const uint8_t *end, struct smc_range *url)
{
    p = smc_space_skip(p, end);
    if (p == end) {
        return LINE_IS_NOTHING;
    }
    if (end - p < 2 || p[0] != '/' || p[1] != '/') {
        return LINE_IS_OTHER;
    }
    return smc_comment_match(p + 2, end, url) ? LINE_MATCHES : LINE_IS_NOTHING;
}

int smc_find_in_js(const uint8_t *bytes, const uint8_t *end, struct smc_range *url)
{
    for (;;) {
        /*
         * A quote ends the search in a comment's content, and before a comment it is other text,
         * which ends it too; likewise a star and a slash. So they are looked for in whole lines,
         * and in most files without a URL the search ends soon, however long the last line is.
         */
        const uint8_t *start = smc_line_start(bytes, end, 1);
        if (start == NULL) {
            return 0;
        }
        enum line line = judge_line(start, end, url);
        if (line != LINE_IS_NOTHING || start == bytes) {
            return line == LINE_MATCHES;
        }
        end = start - smc_line_break_nbytes(bytes, start);
    }
}

int smc_map_url_find(enum smc_find_kind kind, const void *bytes, size_t nbytes,
                     struct smc_map_url *url)
{
    const uint8_t *start = bytes;
    struct smc_range range = {NULL, NULL};
    int has_url = 0;

    *url = (struct smc_map_url){NULL, 0, 0};
    if (nbytes == 0) {
        return 0;
    }
    switch (kind) {
    case SMC_FIND_JS:
        has_url = smc_find_in_js(start, start + nbytes, &range);
        break;
    case SMC_FIND_CSS:
        has_url = smc_find_in_css(start, start + nbytes, &range);
        break;
    case SMC_FIND_WASM:
        has_url = smc_find_in_wasm(start, start + nbytes, &range);
        break;
    }
    if (!has_url || range.start == range.end) {
        return 0;
    }
    *url = (struct smc_map_url){range.start, (size_t)(range.end - range.start),
                                (size_t)(range.start - start)};
    return 1;
}
