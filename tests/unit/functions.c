#include "tests/unit/functions.h"

#include "src/reader/functions.h"

static void load_strings(const smc_cache *cache, struct smc_strings *strings)
{
    for (uint32_t i = 0; i < cache->n_strings; i++) {
        struct smc_view view;
        assert_int_equal(smc_string_at(cache, i, &view), SMC_OK);
        assert_int_equal(smc_strings_add(strings, (const uint8_t *)view.ptr, view.nbytes), i);
    }
}

static void set_part(struct parts *parts, uint32_t id, uint64_t count, const struct smc_buf *bytes)
{
    struct part *part = part_find(parts, id);

    if (part == NULL && bytes->nbytes == 0) {
        return;
    }
    part = part == NULL ? part_insert(parts, id) : part;
    part->bytes.nbytes = 0;
    part->count = count;
    text_add(&part->bytes, bytes->data, bytes->nbytes);
}

static void set_strings(struct parts *parts, const struct smc_strings *strings)
{
    const uint64_t *starts = (const void *)strings->starts.data;
    struct smc_offset_writer writer = {0};
    struct smc_buf offsets = {0};

    for (uint32_t i = 0; i < strings->n; i++) {
        smc_offset_writer_add(&writer, starts[i]);
    }
    smc_offset_writer_add(&writer, strings->bytes.nbytes);
    smc_offset_writer_finish(&writer, &offsets);
    set_part(parts, SMCF_SECTION_STRING_OFFSETS, (uint64_t)strings->n + 1, &offsets);
    set_part(parts, SMCF_SECTION_STRING_BYTES, strings->bytes.nbytes, &strings->bytes);
    smc_buf_free(&offsets);
}

struct file file_with_functions(const struct file *file, struct smc_function_table *table)
{
    struct parts parts = file_split(file);
    smc_cache *cache = open_file(file);
    struct smc_strings strings = {0};
    const struct smc_function_sections *sections = &table->sections;

    load_strings(cache, &strings);
    assert_int_equal(smc_function_table_finish(table, cache->n_tokens, &strings), 0);
    set_part(&parts, SMCF_SECTION_RUN_OFFSETS, (uint64_t)cache->n_blocks + 1,
             &sections->run_offsets);
    set_part(&parts, SMCF_SECTION_RUNS, cache->n_tokens, &sections->runs);
    set_part(&parts, SMCF_SECTION_FUNCTIONS, sections->n_functions, &sections->functions);
    set_part(&parts, SMCF_SECTION_INLINED, sections->n_inlined, &sections->inlined);
    set_part(&parts, SMCF_SECTION_CALL_SITES, sections->n_call_sites, &sections->call_sites);
    set_strings(&parts, &strings);
    smc_strings_free(&strings);
    smc_function_table_free(table);
    smc_close(cache);
    return file_join(&parts);
}

uint32_t add_named(struct smc_function_table *table, const char *name, unsigned origin)
{
    const size_t nbytes = strlen(name);
    size_t last_nbytes = 0;

    while (last_nbytes < nbytes && strchr(".# ", name[nbytes - last_nbytes - 1]) == NULL) {
        last_nbytes++;
    }
    return smc_function_table_add(table, (const uint8_t *)name, nbytes, last_nbytes,
                                  SMCF_FUNCTION_NAMED, origin);
}

uint32_t add_nameless(struct smc_function_table *table, unsigned kind, unsigned origin)
{
    return smc_function_table_add(table, NULL, 0, 0, kind, origin);
}

const char *name_of_function(const struct smc_function *function)
{
    static char name[1000];
    const size_t nbytes = smc_function_name(function, name, sizeof name);

    assert_true(nbytes < sizeof name);
    name[nbytes] = '\0';
    return name;
}

/* SMC_NONE: nothing is known; UINT64_MAX: who asks for it is told that the file is damaged. */
static uint64_t scan_runs(const smc_cache *cache, uint32_t token)
{
    struct smc_runs runs;
    uint64_t found = UINT64_MAX;

    if (cache->runs == NULL) {
        return SMC_NONE;
    }
    if (!smc_runs_open(cache, token / SMCF_BLOCK_TOKENS, &runs)) {
        return UINT64_MAX;
    }
    for (unsigned i = 0; i < runs.n; i++) {
        if (smc_run_token(&runs, i) <= token % SMCF_BLOCK_TOKENS) {
            found = smc_run_function(cache, &runs, i);
        }
    }
    return found;
}

static const struct smcf_inlined *scan_extents(const smc_cache *cache, uint32_t line,
                                               uint32_t column)
{
    const struct smcf_inlined *found = NULL;

    for (uint32_t i = 0; i < cache->n_inlined; i++) {
        const struct smcf_position *at = &cache->inlined[i].position;
        if (smcf_get32(at->line) < line ||
            (smcf_get32(at->line) == line && smcf_get32(at->column) <= column)) {
            found = &cache->inlined[i];
        }
    }
    return found;
}

int functions_are_right(const smc_cache *cache)
{
    for (uint32_t i = 0; i < cache->n_tokens; i++) {
        struct smc_function function;
        struct smc_token token;
        if (smc_token_function(cache, i, &function) != SMC_OK ||
            smc_token_at(cache, i, &token) != SMC_OK || function.index != scan_runs(cache, i) ||
            smc_inlined_find(cache, token.line, token.column) !=
                scan_extents(cache, token.line, token.column)) {
            return 0;
        }
    }
    return 1;
}
