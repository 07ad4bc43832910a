/*
 * What a generated file says of its map: the URL in JavaScript, CSS and WebAssembly, and the debug ID. Each against a plain
 * reading, but for CSS, where adding what does not matter must not matter. The first byte chooses.
 *
 * sources: src/base/debug_id.c src/find/css.c src/find/debug_comment.c src/find/map_url.c src/find/scan.c src/find/wasm.c
 * support: src/base tests/fuzz/plain_uuid.c
 */
#include "src/find/find.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/fuzz/plain_uuid.h"

#include <string.h>

/* ---- characters and lines ---- */

struct text {
    int32_t *characters; /* a byte that begins none that matters here: -1 */
    size_t *offs;        /* where each begins, and the end */
    size_t n;
};

/* White space of two and three bytes (ECMA-262), of which all else may be taken byte by byte. */
static const struct {
    const char *bytes;
    int32_t character;
} spaces[] = {{"\xc2\xa0", 0xa0},       {"\xe1\x9a\x80", 0x1680}, {"\xe2\x80\x80", 0x2000},
              {"\xe2\x80\x81", 0x2001}, {"\xe2\x80\x82", 0x2002}, {"\xe2\x80\x83", 0x2003},
              {"\xe2\x80\x84", 0x2004}, {"\xe2\x80\x85", 0x2005}, {"\xe2\x80\x86", 0x2006},
              {"\xe2\x80\x87", 0x2007}, {"\xe2\x80\x88", 0x2008}, {"\xe2\x80\x89", 0x2009},
              {"\xe2\x80\x8a", 0x200a}, {"\xe2\x80\xa8", 0x2028}, {"\xe2\x80\xa9", 0x2029},
              {"\xe2\x80\xaf", 0x202f}, {"\xe2\x81\x9f", 0x205f}, {"\xe3\x80\x80", 0x3000},
              {"\xef\xbb\xbf", 0xfeff}};

static struct text read_text(const uint8_t *bytes, size_t nbytes)
{
    struct text text = {malloc((nbytes + 1) * sizeof *text.characters),
                        malloc((nbytes + 1) * sizeof *text.offs), 0};

    must_hold(text.characters != NULL && text.offs != NULL, "no memory");
    for (size_t at = 0, n; at < nbytes; at += n) {
        text.characters[text.n] = bytes[at] < 0x80 ? bytes[at] : -1;
        n = 1;
        for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
            const size_t length = strlen(spaces[i].bytes);
            if (nbytes - at >= length && memcmp(bytes + at, spaces[i].bytes, length) == 0) {
                text.characters[text.n] = spaces[i].character;
                n = length;
            }
        }
        text.offs[text.n++] = at;
    }
    text.offs[text.n] = nbytes;
    return text;
}

static int is_space(int32_t c)
{
    return (c >= '\t' && c <= '\r') || c == ' ' || c >= 0xa0;
}

static int is_line_end(int32_t c)
{
    return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

/* A part of the text: characters from .. to - 1. */
struct part {
    size_t from, to;
};

/* The last line that ends at or before `to`; *to: where the one before it ends, or SIZE_MAX. */
static struct part last_line(const struct text *text, size_t *to)
{
    struct part line = {*to, *to};

    while (line.from > 0 && !is_line_end(text->characters[line.from - 1])) {
        line.from--;
    }
    const size_t at = line.from;
    *to = at == 0 ? SIZE_MAX
          : at >= 2 && text->characters[at - 1] == '\n' && text->characters[at - 2] == '\r'
              ? at - 2
              : at - 1;
    return line;
}

static int starts_with(const struct text *text, struct part part, const char *ascii)
{
    const size_t n = strlen(ascii);

    for (size_t i = 0; i < n; i++) {
        if (part.from + i >= part.to || text->characters[part.from + i] != ascii[i]) {
            return 0;
        }
    }
    return 1;
}

static struct part trim(const struct text *text, struct part part)
{
    while (part.from < part.to && is_space(text->characters[part.from])) {
        part.from++;
    }
    while (part.from < part.to && is_space(text->characters[part.to - 1])) {
        part.to--;
    }
    return part;
}

/* ---- JavaScript ---- */

/* Whether a comment's content is ^[@#]\s*sourceMappingURL=(\S*?)\s*$, and the URL. */
static int is_match(const struct text *text, struct part content, struct part *url)
{
    static const char name[] = "sourceMappingURL=";

    if (!starts_with(text, content, "@") && !starts_with(text, content, "#")) {
        return 0;
    }
    content.from++;
    content = trim(text, content);
    if (!starts_with(text, content, name)) {
        return 0;
    }
    *url = trim(text, (struct part){content.from + strlen(name), content.to});
    for (size_t i = content.from; i < content.to; i++) {
        if (is_space(text->characters[i])) { /* also right behind the = */
            return 0;
        }
    }
    return 1;
}

/* 1 and the URL; it may be empty. */
static int plain_find_in_js(const struct text *text, struct part *url)
{
    for (size_t to = text->n; to != SIZE_MAX;) {
        const struct part line = trim(text, last_line(text, &to));
        if (line.from == line.to) {
            continue;
        }
        if (!starts_with(text, line, "//")) {
            return 0;
        }
        for (size_t i = line.from; i < line.to; i++) {
            const int32_t c = text->characters[i];
            if (c == '"' || c == '\'' || c == '`' ||
                starts_with(text, (struct part){i, line.to}, "*/")) {
                return 0;
            }
        }
        /* What is trimmed off belongs to the content; its end is \s* anyway. */
        if (is_match(text, (struct part){line.from + 2, line.to}, url)) {
            return 1;
        }
    }
    return 0;
}

static void check_js(const uint8_t *bytes, size_t nbytes)
{
    struct text text = read_text(bytes, nbytes);
    struct part part;
    struct smc_map_url url;
    const int is_there = plain_find_in_js(&text, &part) && part.from < part.to;

    must_hold(smc_map_url_find(SMC_FIND_JS, bytes, nbytes, &url) == is_there, "a URL, or none");
    if (is_there) {
        must_hold(url.off == text.offs[part.from] && url.ptr == bytes + url.off &&
                      url.nbytes == text.offs[part.to] - url.off,
                  "another URL");
    } else {
        must_hold(url.ptr == NULL && url.nbytes == 0 && url.off == 0, "a rest of a URL");
    }
    free(text.characters);
    free(text.offs);
}

/* ---- CSS ---- */

static int find_in_css(const uint8_t *bytes, size_t nbytes, const char *added,
                       struct smc_map_url *url)
{
    uint8_t *copy = malloc(nbytes + strlen(added) + 1);

    must_hold(copy != NULL, "no memory");
    if (nbytes > 0) {
        memcpy(copy, bytes, nbytes);
    }
    memcpy(copy + nbytes, added, strlen(added));
    const int is_there = smc_map_url_find(SMC_FIND_CSS, copy, nbytes + strlen(added), url);
    must_hold(!is_there || url->ptr == copy + url->off, "a URL somewhere else");
    free(copy);
    return is_there;
}

static void check_css(const uint8_t *bytes, size_t nbytes)
{
    static const char name[] = "sourceMappingURL=";
    struct smc_map_url url, other;

    if (!find_in_css(bytes, nbytes, "", &url)) {
        must_hold(url.ptr == NULL && url.nbytes == 0 && url.off == 0, "a rest of a URL");
        return;
    }
    must_hold(url.nbytes > 0 && url.off + url.nbytes + 2 <= nbytes && url.off >= sizeof name + 2 &&
                  memcmp(bytes + url.off - strlen(name), name, strlen(name)) == 0,
              "a URL outside of its comment");
    static const char *const nothing[] = {" \n", "/* a */", "/*# sourceMapping=x*/\t/**/"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        must_hold(find_in_css(bytes, nbytes, nothing[i], &other) && other.off == url.off &&
                      other.nbytes == url.nbytes,
                  "what does not matter matters");
    }
    must_hold(!find_in_css(bytes, nbytes, "a{}", &other) &&
                  !find_in_css(bytes, nbytes, "a{}/**/", &other),
              "code behind the comment does not matter");
    must_hold(find_in_css(bytes, nbytes, "/*# sourceMappingURL=x*/", &other) &&
                  other.off > url.off && other.nbytes == 1,
              "the last one does not count");
}

/* ---- WebAssembly ---- */

/* A number in LEB128 of 32 bits; returns what is behind it, or NULL. */
static const uint8_t *read_leb(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < 5 && p < end; i++, p++) {
        *value |= (uint64_t)(*p & 0x7f) << 7 * i;
        if (*p < 0x80) {
            return *value > UINT32_MAX ? NULL : p + 1;
        }
    }
    return NULL;
}

/* Whether bytes are UTF-8: decoded, and encoded again the shortest way. */
static int is_utf8(const uint8_t *p, size_t nbytes)
{
    for (size_t i = 0; i < nbytes;) {
        const size_t n = p[i] < 0x80 ? 1 : p[i] < 0xc0 ? 0 : p[i] < 0xe0 ? 2 : p[i] < 0xf0 ? 3 : 4;
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        uint32_t c = p[i] & (n == 1 ? 0x7f : 0x7fu >> n);
        if (n == 0 || nbytes - i < n || p[i] >= 0xf8) {
            return 0;
        }
        for (size_t k = 1; k < n; k++) {
            if (p[i + k] >> 6 != 2) {
                return 0;
            }
            c = c << 6 | (p[i + k] & 0x3f);
        }
        if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
            return 0;
        }
        i += n;
    }
    return 1;
}

/* A name's bytes; returns what is behind it, or NULL. */
static const uint8_t *read_name(const uint8_t *p, const uint8_t *end, const uint8_t **name,
                                size_t *name_nbytes)
{
    uint64_t n;

    p = read_leb(p, end, &n);
    if (p == NULL || n > (uint64_t)(end - p) || !is_utf8(p, (size_t)n)) {
        return NULL;
    }
    *name = p;
    *name_nbytes = (size_t)n;
    return p + n;
}

static int plain_find_in_wasm(const uint8_t *p, size_t nbytes, const uint8_t **url,
                              size_t *url_nbytes)
{
    const uint8_t *end = p + nbytes, *name;
    size_t name_nbytes;
    int n_found = 0;

    *url = NULL;
    if (nbytes < 8 || memcmp(p, "\0asm\1\0\0\0", 8) != 0) {
        return 0;
    }
    for (p += 8; p < end;) {
        const int is_custom = *p == 0;
        uint64_t n;
        p = read_leb(p + 1, end, &n);
        if (p == NULL || n > (uint64_t)(end - p)) {
            return 0;
        }
        const uint8_t *section_end = p + n;
        const uint8_t *payload =
            is_custom ? read_name(p, section_end, &name, &name_nbytes) : section_end;
        if (payload == NULL) {
            return 0;
        }
        if (is_custom && name_nbytes == 16 && memcmp(name, "sourceMappingURL", 16) == 0 &&
            n_found++ == 0 && read_name(payload, section_end, url, url_nbytes) != section_end) {
            *url = NULL;
        }
        p = section_end;
    }
    return *url != NULL && *url_nbytes > 0;
}

static void check_wasm(const uint8_t *bytes, size_t nbytes)
{
    const uint8_t *wanted;
    size_t wanted_nbytes;
    struct smc_map_url url;
    const int is_there = nbytes > 0 && plain_find_in_wasm(bytes, nbytes, &wanted, &wanted_nbytes);

    must_hold(smc_map_url_find(SMC_FIND_WASM, bytes, nbytes, &url) == is_there, "a URL, or none");
    must_hold(!is_there || (url.ptr == wanted && url.nbytes == wanted_nbytes &&
                            url.off == (size_t)(wanted - bytes)),
              "another URL");
}

/* ---- debug IDs ---- */

static int plain_find_id(const struct text *text, const uint8_t *bytes, int lenient, uint8_t *id)
{
    static const char prefix[] = "//# debugId=";
    size_t to = text->n;
    int is_lax;

    for (int i = 0; i < 5 && to != SIZE_MAX; i++) {
        struct part line = last_line(text, &to);
        if (i == 0 && line.from == line.to && to != SIZE_MAX) {
            line = last_line(text, &to); /* an empty one at the end does not count */
        }
        const int has_mark = line.from == 0 && line.to > 0 && text->characters[0] == 0xfeff;
        line.from += (size_t)has_mark;
        if (!starts_with(text, line, prefix)) {
            continue;
        }
        const size_t from = text->offs[line.from + strlen(prefix)];
        if (plain_uuid((const char *)bytes + from, text->offs[line.to] - from, id, &is_lax) &&
            (lenient || !is_lax)) {
            return 1;
        }
    }
    return 0;
}

static void check_id(const uint8_t *bytes, size_t nbytes, int lenient)
{
    struct text text = read_text(bytes, nbytes);
    uint8_t id[16], wanted[16];
    const int is_there = plain_find_id(&text, bytes, lenient, wanted);

    must_hold(smc_debug_id_find(bytes, nbytes, lenient, id) == is_there, "an ID, or none");
    must_hold(!is_there || memcmp(id, wanted, sizeof id) == 0, "another ID");
    free(text.characters);
    free(text.offs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    if (nbytes == 0) {
        return 0;
    }
    const uint8_t how = data[0];
    data++;
    nbytes--;
    switch (how % 4) {
    case 0:
        check_js(data, nbytes);
        break;
    case 1:
        check_css(data, nbytes);
        break;
    case 2:
        check_wasm(data, nbytes);
        break;
    default:
        check_id(data, nbytes, how >= 128);
        break;
    }
    return 0;
}
