#include "src/build/outlines.h"

#include "src/build/function_name.h"
#include "src/build/outline_part.h"

/* ---- what decoders share ---- */

int smc_outline_part_start(struct smc_outline_part *part, unsigned origin)
{
    uint32_t *functions;

    part->origin = origin;
    part->functions.nbytes = 0;
    smc_buf_append(&part->functions, NULL, part->part->n_names * sizeof *functions);
    functions = (void *)part->functions.data;
    for (uint32_t i = 0; i < part->part->n_names && !part->functions.failed; i++) {
        functions[i] = SMCF_NONE;
    }
    return part->functions.failed ? -1 : 0;
}

uint32_t smc_outline_part_function(struct smc_outline_part *part, uint32_t index)
{
    uint32_t *function = (uint32_t *)(void *)part->functions.data + index;

    if (*function == SMCF_NONE) {
        size_t nbytes;
        const uint8_t *name = smc_strings_get(part->strings, part->name_ids[index], &nbytes);
        *function = smc_function_of_name(part->table, name, nbytes, part->origin);
    }
    return *function;
}

int smc_outline_part_add(struct smc_outline_part *part, uint32_t source, struct smc_outline *made)
{
    const int status = smc_outline_overlay(&part->outlines[source], made, part->table);

    smc_outline_free(made);
    return status;
}

/* ---- all parts ---- */

/* In the order of trust. */
static int read_part(struct smc_outline_part *part)
{
    const struct smc_map *map = &part->part->map;
    int failed = map->scopes.type == SMC_JSON_STRING && smc_scope_outlines_read(part) != 0;

    failed =
        failed || (map->facebook_sources.type == SMC_JSON_ARRAY && smc_facebook_read(part) != 0);
    failed = failed ||
             (map->bloomberg_functions.type == SMC_JSON_ARRAY && smc_bloomberg_read(part) != 0);
    smc_buf_free(&part->functions);
    return failed ? -1 : 0;
}

smc_build_status smc_outlines_read(const struct smc_outlines_input *input,
                                   struct smc_function_table *table, struct smc_outline *outlines,
                                   struct smc_report *report)
{
    struct smc_range_list ranges = {{0}, {0}};
    int failed = 0;

    for (size_t i = 0; i < input->n_parts && !failed; i++) {
        const struct smc_part *part = &input->parts[i];
        struct smc_outline_part shared = {
            .part = part,
            .strings = input->strings,
            .name_ids = part->n_names > 0 ? input->name_ids + part->first_name : NULL,
            .table = table,
            .outlines = part->n_sources > 0 ? outlines + part->first_source : NULL,
            .report = report,
            .ranges = &ranges};
        failed = read_part(&shared) != 0;
    }
    failed |= smc_scope_ranges_finish(&ranges, &table->inlined) != 0;
    return failed || smc_function_table_failed(table)
               ? smc_report_error(report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL)
               : SMC_BUILD_OK;
}

void smc_outlines_name_calls(struct smc_function_table *table, const struct smc_outline *outlines)
{
    struct smc_buf *buf = &table->inlined.call_sites;
    struct smc_call_site *sites = (void *)buf->data;

    for (size_t i = 0; i < buf->nbytes / sizeof *sites; i++) {
        uint32_t cursor = 0;
        sites[i].function =
            smc_outline_find(&outlines[sites[i].source], sites[i].line, sites[i].column, &cursor);
    }
}
