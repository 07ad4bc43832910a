#include "src/build/paths.h"

#include <string.h>

static void cut_front(struct smc_buf *name, size_t nbytes)
{
    if (nbytes > 0) {
        name->nbytes -= nbytes;
        memmove(name->data, name->data + nbytes, name->nbytes);
    }
}

static int has_prefix(const struct smc_buf *name, const char *prefix)
{
    size_t n = strlen(prefix);
    return name->nbytes >= n && n > 0 && memcmp(name->data, prefix, n) == 0;
}

int smc_path_strip_prefix(struct smc_buf *name, const char *prefix)
{
    if (!has_prefix(name, prefix)) {
        return 0;
    }
    cut_front(name, strlen(prefix));
    return 1;
}

/* Where `text` begins in the bytes, or NULL. */
static const uint8_t *find(const uint8_t *p, const uint8_t *end, const char *text, size_t n)
{
    for (; (size_t)(end - p) >= n; p++) {
        p = memchr(p, text[0], (size_t)(end - p) - n + 1);
        if (p == NULL || memcmp(p, text, n) == 0) {
            return p;
        }
    }
    return NULL;
}

/* A surrogate whose second byte is from `low` to `low` + 15: 0xa0 for leads, 0xb0 for trails. */
static int is_surrogate(const uint8_t *p, const uint8_t *end, uint8_t low)
{
    return end - p >= 3 && p[0] == 0xed && (p[1] & 0xf0) == low;
}

/* What stood between a lead and a trail surrogate may be gone: in WTF-8 the two are one character. */
static void pair_surrogates(struct smc_buf *name)
{
    uint8_t *out = name->data;
    const uint8_t *p = out, *end = p + name->nbytes;

    while (p < end) {
        if (is_surrogate(p, end, 0xa0) && is_surrogate(p + 3, end, 0xb0)) {
            uint32_t lead = (p[1] & 0x0fU) << 6 | (p[2] & 0x3fU);
            uint32_t trail = (p[4] & 0x0fU) << 6 | (p[5] & 0x3fU);
            uint32_t c = 0x10000 + (lead << 10 | trail);
            *out++ = (uint8_t)(0xf0 | c >> 18);
            *out++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
            *out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
            *out++ = (uint8_t)(0x80 | (c & 0x3f));
            p += 6;
        } else {
            *out++ = *p++;
        }
    }
    name->nbytes = (size_t)(out - name->data);
}

void smc_path_replace(struct smc_buf *name, const struct smc_build_replacement *replacement,
                      struct smc_buf *scratch)
{
    const size_t n_from = strlen(replacement->from), n_to = strlen(replacement->to);
    const uint8_t *p = name->data, *end = p + name->nbytes, *at;

    if (name->failed || n_from == 0 || name->nbytes == 0 ||
        (at = find(p, end, replacement->from, n_from)) == NULL) {
        return;
    }
    scratch->nbytes = 0;
    for (; at != NULL; at = find(p, end, replacement->from, n_from)) {
        smc_buf_append(scratch, p, (size_t)(at - p));
        smc_buf_append(scratch, replacement->to, n_to);
        p = at + n_from;
    }
    smc_buf_append(scratch, p, (size_t)(end - p));
    struct smc_buf replaced = *scratch;
    *scratch = *name;
    *name = replaced;
    if (name->nbytes > 0) {
        pair_surrogates(name);
    }
}

/* webpack's default is the name of the package, which may have a scope: @scope/name. */
static void strip_namespace(struct smc_buf *name)
{
    const uint8_t *p = name->data, *end = p + name->nbytes;
    const uint8_t *slash = name->nbytes == 0 ? NULL : memchr(p, '/', name->nbytes);

    if (slash != NULL && *p == '@') {
        const uint8_t *second = memchr(slash + 1, '/', (size_t)(end - slash) - 1);
        slash = second != NULL ? second : slash;
    }
    cut_front(name, slash != NULL ? (size_t)(slash - p) + 1 : 0);
}

/* The schemes that bundlers make up; 1 if the name had one. */
static int strip_scheme(struct smc_buf *name)
{
    if (smc_path_strip_prefix(name, "webpack://")) {
        strip_namespace(name);
        return 1;
    }
    if (smc_path_strip_prefix(name, "webpack-internal:///")) {
        return 1;
    }
    if (smc_path_strip_prefix(name, "turbopack://")) {
        smc_path_strip_prefix(name, "/");
        smc_path_strip_prefix(name, "[project]/");
        return 1;
    }
    return 0;
}

/* "scheme://...", whose path is none of a bundler. */
static int has_authority(const struct smc_buf *name)
{
    size_t i = 0;
    while (i < name->nbytes && name->data[i] != ':' && name->data[i] != '/') {
        i++;
    }
    return i + 2 < name->nbytes && memcmp(name->data + i, "://", 3) == 0;
}

/* Appends a segment of a path, or takes one back for "..". Those at the front stay. */
static size_t put_segment(uint8_t *out, size_t n, size_t root, const uint8_t *segment,
                          size_t nbytes)
{
    static const char modules[] = "node_modules";

    if (nbytes == 0 || (nbytes == 1 && segment[0] == '.')) {
        return n;
    }
    if (nbytes == 2 && memcmp(segment, "..", 2) == 0 && n > root) {
        size_t last = n - 1; /* its slash */
        while (last > root && out[last - 1] != '/') {
            last--;
        }
        if (n - last != 3 || memcmp(out + last, "..", 2) != 0) {
            return last;
        }
    }
    if (nbytes == 1 && segment[0] == '~') {
        segment = (const uint8_t *)modules;
        nbytes = sizeof modules - 1;
    }
    memcpy(out + n, segment, nbytes);
    out[n + nbytes] = '/';
    return n + nbytes + 1;
}

static void clean(struct smc_buf *name)
{
    const int is_bundlers = strip_scheme(name);
    struct smc_buf cleaned = {0};
    const uint8_t *query = is_bundlers ? memchr(name->data, '?', name->nbytes) : NULL;

    if (query != NULL) {
        name->nbytes = (size_t)(query - name->data);
    }
    if (name->nbytes == 0 || (!is_bundlers && has_authority(name))) {
        return;
    }
    /* "~" grows to "node_modules": a segment of 2 bytes with its slash to one of 13. */
    uint8_t *out = smc_buf_reserve_times(&cleaned, name->nbytes, 7, 16);
    if (out == NULL) {
        name->failed = 1;
        return;
    }
    const uint8_t *p = name->data, *end = p + name->nbytes;
    size_t root = *p == '/', n = root;
    out[0] = '/';
    for (;;) {
        const uint8_t *slash = p == end ? NULL : memchr(p, '/', (size_t)(end - p));
        const uint8_t *stop = slash != NULL ? slash : end;
        n = put_segment(out, n, root, p, (size_t)(stop - p));
        if (slash == NULL) {
            break;
        }
        p = slash + 1;
    }
    cleaned.nbytes = n > root ? n - 1 : n; /* without the last slash */
    smc_buf_free(name);
    *name = cleaned;
}

void smc_path_clean(struct smc_buf *name)
{
    struct smc_buf before = {0};

    smc_buf_append(&before, name->data, name->nbytes);
    clean(name);
    if (name->nbytes == 0 && !name->failed &&
        !before.failed) { /* nothing but what was taken away */
        struct smc_buf nothing = *name;
        *name = before;
        before = nothing;
    }
    name->failed |= before.failed;
    smc_buf_free(&before);
}
