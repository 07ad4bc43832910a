/*
 * Left sides of assignments, read again when a function inside of the right side asks for its name.
 */
#include "src/javascript/names.h"

#include <string.h>

/* Behind the comment at p, which is one. */
static const uint8_t *comment_end(const uint8_t *p, const uint8_t *end)
{
    const int is_block = p[1] == '*';

    for (p += 2; p < end; p++) {
        if (is_block ? p[0] == '*' && p[1] == '/' : *p == '\n' || *p == '\r') {
            return p + 1 + is_block;
        }
    }
    return end;
}

/* White space, comments, and the ! of TypeScript. */
static void skip_space(struct chain *chain)
{
    const uint8_t *p = chain->p;
    int is_line_end;

    while (p < chain->end) {
        if (*p >= 0x80) {
            const size_t n = smc_js_wide_space(p, &is_line_end);
            if (n == 0) {
                break;
            }
            p += n;
        } else if (*p == '/') {
            p = comment_end(p, chain->end);
        } else if (*p <= ' ' || *p == '!') {
            p++;
        } else {
            break;
        }
    }
    chain->p = p;
}

static int add_chain_part(struct chain *chain, enum part_kind kind, const uint8_t *start,
                          const uint8_t *end)
{
    if (chain->n == CHAIN_PARTS_MAX) {
        return -1;
    }
    chain->parts[chain->n++] = (struct part){(uint32_t)(start - chain->text),
                                             (uint32_t)(end - chain->text), (uint8_t)kind};
    chain->p = end;
    return 0;
}

static const uint8_t *string_end(const uint8_t *p, const uint8_t *end)
{
    const uint8_t quote = *p;

    for (p++; p < end && *p != quote; p++) {
        p += *p == '\\';
    }
    return p < end ? p + 1 : end;
}

/* [ ] of which nothing but the brackets is told. */
static int computed_index(struct chain *chain, const uint8_t *start)
{
    unsigned depth = 0;
    const uint8_t *p = start;

    while (p < chain->end) {
        if (*p == '[' || *p == '(' || *p == '{') {
            depth++;
        } else if (*p == ']' || *p == ')' || *p == '}') {
            if (--depth == 0) {
                return add_chain_part(chain, PART_INDEX_OTHER, start, p + 1);
            }
        } else if (*p == '"' || *p == '\'' || *p == '`') {
            p = string_end(p, chain->end);
            continue;
        }
        p++;
    }
    return -1;
}

static int index_part(struct chain *chain)
{
    const uint8_t *start = chain->p++, *end;
    enum part_kind kind = PART_INDEX;

    skip_space(chain);
    const uint8_t *inside = chain->p;
    if (smc_js_is_word_start(inside)) {
        end = smc_js_word_end(inside);
        kind = PART_INDEX_WORD;
    } else if (*inside == '"' || *inside == '\'') {
        end = string_end(inside, chain->end);
        kind = PART_INDEX_STRING;
    } else if (*inside >= '0' && *inside <= '9') {
        end = smc_js_number(inside);
    } else {
        return computed_index(chain, start);
    }
    chain->p = end;
    skip_space(chain);
    if (chain->p >= chain->end || *chain->p != ']') {
        return computed_index(chain, start);
    }
    const uint8_t *after = chain->p + 1;
    const size_t quote = kind == PART_INDEX_STRING;
    if (add_chain_part(chain, kind, inside + quote, end - quote) != 0) {
        return -1;
    }
    chain->p = after;
    return 0;
}

int smc_js_chain_read(struct chain *chain)
{
    if (!smc_js_is_word_start(chain->p) ||
        add_chain_part(chain, PART_IDENTIFIER, chain->p, smc_js_word_end(chain->p)) != 0) {
        return -1;
    }
    for (;;) {
        skip_space(chain);
        if (chain->p >= chain->end) {
            return 0;
        }
        if (*chain->p == '[') {
            if (index_part(chain) != 0) {
                return -1;
            }
        } else if (*chain->p == '.') {
            chain->p++;
            skip_space(chain);
            const uint8_t *start = chain->p;
            const uint8_t *end = smc_js_word_end(start + (*start == '#'));
            if (end == start || add_chain_part(chain, PART_IDENTIFIER, start, end) != 0) {
                return -1;
            }
        } else {
            return -1;
        }
    }
}
