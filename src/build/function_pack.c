/*
 * The sections of functions (spec 5.6 to 5.8) from what has been collected.
 *
 * Ids are given anew: first the few functions without a name, then those with one, in the order of use: in runs, then
 * in entries of INLINED, then in call sites.
 */
#include "src/build/function_name.h"

#include <stdlib.h>

/* Of a name, after its split. */
struct named {
    uint32_t last, qualifier; /* strings; the latter + 1, or 0 */
    unsigned origin, prefix, joint;
};

struct packing {
    const struct smc_function_table *table;
    const struct smc_function_run *runs;
    size_t n_runs;
    const struct smc_inlined_entry *entries;
    size_t n_entries;
    const struct smc_call_site *call_sites;
    size_t n_call_sites;

    uint32_t *ranks; /* of functions with a name, by id: which one it is in the order of use */
    uint32_t *order; /* the ids of these, in that order */
    uint32_t n_named;
    uint32_t
        nameless; /* the bytes (spec 5.7) of functions without a name that are in use, a bit each */
    uint32_t n_nameless;
    uint32_t *new_sites; /* by index of a call site: its index in the file; SMCF_NONE: not in use */
    uint32_t n_new_sites;
};

/* ---- what is in use ---- */

static unsigned nameless_byte(const struct smc_function_fields *fields)
{
    return fields->kind | fields->origin << SMCF_KIND_WIDTH;
}

_Static_assert(SMCF_KIND_WIDTH + SMCF_ORIGIN_WIDTH <= 5, "a bit of 32 for each byte");

static void use_function(struct packing *p, uint32_t id)
{
    if (id == SMCF_NONE) {
        return;
    }
    const struct smc_function_fields fields = smc_function_table_get(p->table, id);
    if (fields.kind != SMCF_FUNCTION_NAMED) {
        const uint32_t bit = UINT32_C(1) << nameless_byte(&fields);
        p->n_nameless += (p->nameless & bit) == 0;
        p->nameless |= bit;
    } else if (p->ranks[id] == SMCF_NONE) {
        p->ranks[id] = p->n_named;
        p->order[p->n_named++] = id;
    }
}

/* The chains of call sites go from higher indices to lower ones. */
static void use_call_sites(struct packing *p)
{
    for (size_t i = 0; i < p->n_entries; i++) {
        if (p->entries[i].call_site != SMCF_NONE) {
            p->new_sites[p->entries[i].call_site] = 0;
        }
    }
    for (size_t i = p->n_call_sites; i-- > 0;) {
        if (p->new_sites[i] != SMCF_NONE && p->call_sites[i].next != SMCF_NONE) {
            p->new_sites[p->call_sites[i].next] = 0;
        }
    }
    for (size_t i = 0; i < p->n_call_sites; i++) {
        if (p->new_sites[i] != SMCF_NONE) {
            p->new_sites[i] = p->n_new_sites++;
        }
    }
}

static void use_all(struct packing *p)
{
    for (size_t i = 0; i < p->n_runs; i++) {
        use_function(p, p->runs[i].function);
    }
    for (size_t i = 0; i < p->n_entries; i++) {
        use_function(p, p->entries[i].function);
    }
    use_call_sites(p);
    for (size_t i = 0; i < p->n_call_sites; i++) {
        if (p->new_sites[i] != SMCF_NONE) {
            use_function(p, p->call_sites[i].function);
        }
    }
}

/* The index in the file of a function in use. */
static uint32_t index_of(const struct packing *p, uint32_t id)
{
    uint32_t n_before = 0;

    if (id == SMCF_NONE || p->ranks[id] != SMCF_NONE) {
        return id == SMCF_NONE ? SMCF_NONE : p->n_nameless + p->ranks[id];
    }
    const struct smc_function_fields fields = smc_function_table_get(p->table, id);
    for (uint32_t below = p->nameless & ((UINT32_C(1) << nameless_byte(&fields)) - 1); below != 0;
         below &= below - 1) {
        n_before++;
    }
    return n_before;
}

/* ---- FUNCTIONS (spec 5.7) ---- */

/* A name on its way to two strings. */
struct split {
    struct named named; /* but for the strings */
    const uint8_t *qualifier, *last;
    size_t qualifier_nbytes, last_nbytes;
    uint32_t qualifier_hash, last_hash;
    int is_same; /* the qualifier is that of the name before it, as it often is */
};

static struct split split_name(const struct smc_function_fields *fields)
{
    const uint8_t *start = fields->name, *last = start + fields->nbytes - fields->last_nbytes;
    const uint8_t *end = last;
    struct named named = {.origin = fields->origin};

    for (unsigned i = SMCF_PREFIX_NEW; i <= SMCF_PREFIX_SET && named.prefix == 0; i++) {
        if (smc_name_starts_with(start, (size_t)(end - start), smcf_prefix_text(i))) {
            named.prefix = i;
            start += strlen(smcf_prefix_text(i));
        }
    }
    for (unsigned i = SMCF_JOINT_DOT; i <= SMCF_JOINT_HASH && named.joint == 0; i++) {
        if (end > start && end[-1] == (uint8_t)*smcf_joint_text(i)) {
            named.joint = i;
            end--;
        }
    }
    return (struct split){.named = named,
                          .qualifier = start,
                          .qualifier_nbytes = (size_t)(end - start),
                          .last = last,
                          .last_nbytes = fields->last_nbytes};
}

/* Of so many names one does not wait for the other's place in the table of strings. */
#define SPLITS_MAX 32

static void split_names(const struct packing *p, uint32_t first, unsigned n,
                        const struct smc_strings *strings, struct split splits[SPLITS_MAX])
{
    for (unsigned i = 0; i < n; i++) {
        const struct smc_function_fields fields =
            smc_function_table_get(p->table, p->order[first + i]);
        struct split *s = &splits[i];
        *s = split_name(&fields);
        s->last_hash = smc_strings_hash(strings, s->last, s->last_nbytes);
        s->is_same = i > 0 && s->qualifier_nbytes == s[-1].qualifier_nbytes &&
                     memcmp(s->qualifier, s[-1].qualifier, s->qualifier_nbytes) == 0;
        if (!s->is_same && s->qualifier_nbytes > 0) {
            s->qualifier_hash = smc_strings_hash(strings, s->qualifier, s->qualifier_nbytes);
        }
    }
}

static void add_names(struct split *splits, unsigned n, struct smc_strings *strings,
                      struct smc_buf *all)
{
    for (unsigned i = 0; i < n; i++) {
        struct split *s = &splits[i];
        s->named.last = smc_strings_add_hashed(strings, s->last, s->last_nbytes, s->last_hash);
        if (s->is_same) {
            s->named.qualifier = s[-1].named.qualifier;
        } else if (s->qualifier_nbytes > 0) {
            s->named.qualifier = smc_strings_add_hashed(strings, s->qualifier, s->qualifier_nbytes,
                                                        s->qualifier_hash) +
                                 1;
        }
        smc_buf_append(all, &s->named, sizeof s->named);
    }
}

/* The greatest string indices decide how many bits they take. */
static void set_widths(const struct named *all, uint32_t n, struct smcf_functions *header)
{
    uint32_t last_max = 0, qualifier_max = 0;

    for (uint32_t i = 0; i < n; i++) {
        last_max = all[i].last > last_max ? all[i].last : last_max;
        qualifier_max = all[i].qualifier > qualifier_max ? all[i].qualifier : qualifier_max;
    }
    header->last_width = (uint8_t)smcf_bit_width(last_max);
    header->qualifier_width = (uint8_t)smcf_bit_width(qualifier_max);
}

/* Writes fields that together have more bits than smc_pack takes. */
struct bit_writer {
    struct smc_buf *to;
    uint64_t bits;
    unsigned n_bits; /* < 8 */
};

static void put_bits(struct bit_writer *writer, uint32_t value, unsigned width)
{
    uint8_t bytes[8];
    size_t n = 0;

    writer->bits |= (uint64_t)value << writer->n_bits;
    for (writer->n_bits += width; writer->n_bits >= 8; writer->n_bits -= 8) {
        bytes[n++] = (uint8_t)writer->bits;
        writer->bits >>= 8;
    }
    smc_buf_append(writer->to, bytes, n);
}

static void put_rest(const struct bit_writer *writer)
{
    const uint8_t rest = (uint8_t)writer->bits;
    smc_buf_append(writer->to, &rest, writer->n_bits > 0);
}

static void pack_named(const struct named *all, uint32_t n, const struct smcf_functions *header,
                       struct smc_buf *section)
{
    struct bit_writer writer = {.to = section};

    for (uint32_t i = 0; i < n; i++) {
        put_bits(&writer, all[i].last, header->last_width);
        put_bits(&writer, all[i].qualifier, header->qualifier_width);
        put_bits(&writer, all[i].origin, SMCF_ORIGIN_WIDTH);
        put_bits(&writer, all[i].prefix, SMCF_PREFIX_WIDTH);
        put_bits(&writer, all[i].joint, SMCF_JOINT_WIDTH);
    }
    put_rest(&writer);
}

static void pack_functions(const struct packing *p, struct smc_strings *strings,
                           struct smc_function_sections *sections)
{
    struct smcf_functions header = {.n_nameless = (uint8_t)p->n_nameless};
    struct split splits[SPLITS_MAX];
    struct smc_buf all = {0};
    unsigned n = 0;

    for (unsigned byte = 0; byte < 32; byte++) {
        if ((p->nameless >> byte & 1) != 0) {
            header.nameless[n++] = (uint8_t)byte;
        }
    }
    for (uint32_t i = 0; i < p->n_named; i += n) {
        n = p->n_named - i < SPLITS_MAX ? p->n_named - i : SPLITS_MAX;
        split_names(p, i, n, strings, splits);
        add_names(splits, n, strings, &all);
    }
    if (!all.failed) {
        set_widths((const void *)all.data, p->n_named, &header);
    }
    smc_buf_append(&sections->functions, &header, sizeof header);
    if (!all.failed) {
        pack_named((const void *)all.data, p->n_named, &header, &sections->functions);
    }
    smc_buf_append(&sections->functions, NULL, SMCF_GUARD_NBYTES);
    sections->functions.failed |= all.failed;
    sections->n_functions = (uint64_t)p->n_nameless + p->n_named;
    smc_buf_free(&all);
}

/* ---- RUNS (spec 5.6) ---- */

/* Those of a block. */
struct block_runs {
    unsigned n;
    uint64_t tokens[SMCF_BLOCK_TOKENS];
    uint32_t functions[SMCF_BLOCK_TOKENS]; /* indices in the file, or SMCF_NONE */
};

static void pack_block(const struct block_runs *runs, uint32_t n_nameless, struct smc_buf *to)
{
    uint64_t values[SMCF_BLOCK_TOKENS], greatest = 0;
    uint32_t base = SMCF_RUN_BASE_MAX;
    int has_names = 0;

    for (unsigned i = 0; i < runs->n; i++) {
        const uint32_t function = runs->functions[i];
        if (function != SMCF_NONE && function >= n_nameless) {
            base = function - n_nameless < base ? function - n_nameless : base;
            has_names = 1;
        }
    }
    base = has_names ? base : 0;
    for (unsigned i = 0; i < runs->n; i++) {
        const uint32_t function = runs->functions[i];
        values[i] = function == SMCF_NONE   ? 0
                    : function < n_nameless ? (uint64_t)function + 1
                                            : (uint64_t)function + 1 - base;
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    const struct smcf_runs header = {(uint8_t)(runs->n - 1), (uint8_t)smcf_bit_width(greatest),
                                     smcf_put24(base)};
    smc_buf_append(to, &header, sizeof header);
    smc_pack(to, runs->tokens + 1, runs->n - 1, SMCF_RUN_TOKEN_WIDTH);
    smc_pack(to, values, runs->n, header.width);
}

/* The runs of the block whose first token is `token`; those before it are behind *next. */
static void find_runs(const struct packing *p, uint64_t token, size_t *next, uint32_t *function,
                      struct block_runs *runs)
{
    runs->n = 0;
    for (; *next < p->n_runs && p->runs[*next].token < token + SMCF_BLOCK_TOKENS; (*next)++) {
        const struct smc_function_run *run = &p->runs[*next];
        if (run->token > token && runs->n == 0) {
            runs->tokens[0] = 0;
            runs->functions[runs->n++] = *function;
        }
        *function = index_of(p, run->function);
        runs->tokens[runs->n] = run->token - token;
        runs->functions[runs->n++] = *function;
    }
    if (runs->n == 0) {
        runs->tokens[0] = 0;
        runs->functions[runs->n++] = *function;
    }
}

static void pack_runs(const struct packing *p, uint64_t n_tokens,
                      struct smc_function_sections *sections)
{
    struct smc_offset_writer offsets = {0};
    struct block_runs runs;
    uint32_t function = SMCF_NONE;
    size_t next = 0;

    if (p->n_runs == 0) {
        return;
    }
    for (uint64_t token = 0; token < n_tokens; token += SMCF_BLOCK_TOKENS) {
        smc_offset_writer_add(&offsets, sections->runs.nbytes);
        find_runs(p, token, &next, &function, &runs);
        pack_block(&runs, p->n_nameless, &sections->runs);
    }
    smc_offset_writer_add(&offsets, sections->runs.nbytes);
    smc_offset_writer_finish(&offsets, &sections->run_offsets);
    smc_buf_append(&sections->runs, NULL, SMCF_GUARD_NBYTES);
}

/* ---- INLINED and CALL_SITES (spec 5.8) ---- */

static void pack_inlined(const struct packing *p, struct smc_function_sections *sections)
{
    for (size_t i = 0; i < p->n_entries; i++) {
        const struct smc_inlined_entry *entry = &p->entries[i];
        const uint32_t site = entry->call_site;
        const struct smcf_inlined row = {
            {smcf_put32(entry->column), smcf_put32(entry->line)},
            smcf_put32(site == SMCF_NONE ? SMCF_NONE : p->new_sites[site]),
            smcf_put32(index_of(p, entry->function)),
            (uint8_t)entry->flags};
        smc_buf_append(&sections->inlined, &row, sizeof row);
    }
    for (size_t i = 0; i < p->n_call_sites; i++) {
        const struct smc_call_site *site = &p->call_sites[i];
        if (p->new_sites[i] == SMCF_NONE) {
            continue;
        }
        const struct smcf_call_site row = {
            smcf_put32(site->source), smcf_put32(site->line), smcf_put32(site->column),
            smcf_put32(index_of(p, site->function)),
            smcf_put32(site->next == SMCF_NONE ? SMCF_NONE : p->new_sites[site->next])};
        smc_buf_append(&sections->call_sites, &row, sizeof row);
    }
    sections->n_inlined = p->n_entries;
    sections->n_call_sites = p->n_new_sites;
}

/* ---- all ---- */

/* SMCF_NONE n times; of nothing it is something, too. */
static uint32_t *new_indices(size_t n)
{
    uint32_t *indices = n < SIZE_MAX / sizeof *indices ? malloc((n + 1) * sizeof *indices) : NULL;

    if (indices != NULL) {
        memset(indices, 0xff, (n + 1) * sizeof *indices);
    }
    return indices;
}

static int sections_failed(const struct smc_function_sections *sections)
{
    return sections->run_offsets.failed || sections->runs.failed || sections->functions.failed ||
           sections->inlined.failed || sections->call_sites.failed;
}

int smc_function_table_finish(struct smc_function_table *table, uint64_t n_tokens,
                              struct smc_strings *strings)
{
    struct smc_function_sections *sections = &table->sections;
    struct packing p = {.table = table,
                        .runs = (const void *)table->runs.data,
                        .n_runs = table->runs.nbytes / sizeof *p.runs,
                        .entries = (const void *)table->inlined.entries.data,
                        .n_entries = table->inlined.entries.nbytes / sizeof *p.entries,
                        .call_sites = (const void *)table->inlined.call_sites.data,
                        .n_call_sites = table->inlined.call_sites.nbytes / sizeof *p.call_sites,
                        .ranks = new_indices(table->functions.n),
                        .order = new_indices(table->functions.n),
                        .new_sites =
                            new_indices(table->inlined.call_sites.nbytes / sizeof *p.call_sites)};
    int failed = smc_function_table_failed(table) || p.ranks == NULL || p.order == NULL ||
                 p.new_sites == NULL;

    while (p.n_runs > 0 && p.runs[p.n_runs - 1].token >= n_tokens) {
        p.n_runs--;
    }
    if (!failed) {
        use_all(&p);
        pack_runs(&p, n_tokens, sections);
        pack_inlined(&p, sections);
        if (p.n_nameless + p.n_named > 0) {
            pack_functions(&p, strings, sections);
        }
        failed = sections_failed(sections) || strings->bytes.failed;
    }
    free(p.ranks);
    free(p.order);
    free(p.new_sites);
    return failed ? -1 : 0;
}
