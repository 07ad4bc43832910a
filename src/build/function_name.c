#include "src/build/function_name.h"

/* Where a component may start, as far as the name has been read. */
struct components {
    size_t last;     /* outside of brackets and quotes */
    size_t last_any; /* anywhere, in case something is never closed */
    size_t depth;    /* of brackets */
    uint8_t quote;   /* that is open, or 0 */
};

static void read_byte(struct components *c, const uint8_t *name, size_t nbytes, size_t i)
{
    const uint8_t byte = name[i];

    if (c->quote != 0) {
        c->quote = byte == c->quote ? 0 : c->quote;
    } else if (byte == '"' || byte == '\'' || byte == '`') {
        c->quote = byte;
    } else if (byte == '<') {
        c->depth++;
    } else if (byte == '>' && c->depth > 0) {
        c->depth--;
    }
    if ((byte != '.' && byte != '#') || i + 1 == nbytes) {
        return;
    }
    /* A `#` at the start of a component is that of a private name. */
    const size_t start = byte == '#' && c->last_any == i ? i : i + 1;
    c->last_any = start;
    if (c->quote == 0 && c->depth == 0) {
        c->last = start;
    }
}

size_t smc_name_last_nbytes(const uint8_t *name, size_t nbytes)
{
    static const char *const words[] = {"get ", "set ", "new "};
    const size_t word_nbytes = 4;
    struct components c = {0};

    for (size_t i = 0; i < nbytes; i++) {
        if (c.quote != 0 && name[i] == '\\') {
            i++;
        } else {
            read_byte(&c, name, nbytes, i);
        }
    }
    size_t start = c.quote == 0 && c.depth == 0 ? c.last : c.last_any;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (nbytes - start > word_nbytes && memcmp(name + start, words[i], word_nbytes) == 0) {
            start += word_nbytes;
            break;
        }
    }
    return nbytes - start;
}

uint32_t smc_function_of_name(struct smc_function_table *table, const uint8_t *name, size_t nbytes,
                              unsigned origin)
{
    unsigned kind = SMCF_FUNCTION_NAMED;

    if (nbytes == 0 || smc_name_is(name, nbytes, "<anonymous>")) {
        kind = SMCF_FUNCTION_ANONYMOUS;
    } else if (smc_name_is(name, nbytes, "<global>") || smc_name_is(name, nbytes, "<top-level>")) {
        kind = SMCF_FUNCTION_TOP_LEVEL;
    }
    return smc_function_table_add(table, name, nbytes, smc_name_last_nbytes(name, nbytes), kind,
                                  origin);
}

void smc_function_list_of_scan(struct smc_function_table *table, uint64_t *room,
                               const uint8_t *name, size_t nbytes, size_t last_nbytes,
                               unsigned origin)
{
    if (nbytes > *room) {
        name += nbytes - last_nbytes;
        nbytes = last_nbytes;
    } else {
        *room -= nbytes;
    }
    smc_function_table_list(table, name, nbytes, last_nbytes, SMCF_FUNCTION_NAMED, origin);
}

uint32_t smc_function_of_scan(struct smc_function_table *table, uint64_t *room, const uint8_t *name,
                              size_t nbytes, size_t last_nbytes, unsigned origin)
{
    uint32_t id = SMCF_NONE;

    smc_function_list_of_scan(table, room, name, nbytes, last_nbytes, origin);
    smc_function_table_add_list(table, &id);
    return id;
}
