/*
 * x_com_bloomberg_sourcesFunctionMappings: for each source null, or the functions of the source in the order of their
 * starts, as entries of five fields. The last one that contains a position counts.
 *
 * What each field is relative to: the name and the start column to those of the entry before, the start line to the end
 * line of the entry before, the end line to the start line, the end column to the end column of the entry before.
 */
#include "src/build/entries.h"
#include "src/build/outline_part.h"

#define KEY SMC_KEY_BLOOMBERG

struct sums {
    int64_t name, line, column, end_line, end_column;
};

static const char *add_range(struct smc_outline_part *part, const struct sums *sums,
                             struct smc_outline_range *last, struct smc_buf *ranges)
{
    if (sums->name < 0 || sums->name >= part->part->n_names) {
        return "entry with a name that does not exist";
    }
    if (!smc_is_coordinate(sums->line) || !smc_is_coordinate(sums->column) ||
        !smc_is_coordinate(sums->end_line) || !smc_is_coordinate(sums->end_column)) {
        return "entry at an impossible position";
    }
    if (sums->line < last->line || (sums->line == last->line && sums->column < last->column)) {
        return "entry before the one that precedes it";
    }
    if (sums->end_line < sums->line ||
        (sums->end_line == sums->line && sums->end_column < sums->column)) {
        return "entry that ends before it starts";
    }
    /* The end is in it. */
    *last = (struct smc_outline_range){(uint32_t)sums->line, (uint32_t)sums->column,
                                       (uint32_t)sums->end_line, (uint32_t)sums->end_column + 1,
                                       smc_outline_part_function(part, (uint32_t)sums->name)};
    smc_buf_append(ranges, last, sizeof *last);
    return NULL;
}

static void read_entries(struct smc_outline_part *part, struct smc_entries *entries,
                         struct smc_buf *ranges)
{
    struct smc_outline_range last = {0};
    struct sums sums = {0};

    while (entries->reason == NULL && entries->p < entries->end) {
        int64_t fields[SMC_ENTRY_FIELDS_MAX];
        if (smc_entries_read(entries, 5, 5, fields) > 0) {
            sums.name += fields[0];
            sums.line = sums.end_line + fields[1];
            sums.column += fields[2];
            sums.end_line = sums.line + fields[3];
            sums.end_column += fields[4];
            entries->reason = add_range(part, &sums, &last, ranges);
        }
    }
}

/* Without any function, nothing is known: it might as well be null. */
static int make_outline(struct smc_outline_part *part, const struct smc_buf *ranges,
                        uint32_t source)
{
    const size_t n = ranges->nbytes / sizeof(struct smc_outline_range);
    const uint32_t outside = smc_function_table_add(part->table, NULL, 0, 0,
                                                    SMCF_FUNCTION_TOP_LEVEL, SMCF_NAME_BLOOMBERG);
    struct smc_outline made;

    return ranges->failed || smc_function_table_failed(part->table) ||
                   smc_outline_from_ranges((const void *)ranges->data, n, outside, &made) != 0
               ? -1
               : smc_outline_part_add(part, source, &made);
}

static int read_source(struct smc_outline_part *part, const struct smc_json *element,
                       uint32_t source, struct smc_buf *ranges)
{
    struct smc_entries entries = {part->report, KEY, element, .at = NULL};
    int failed;

    if (element->type == SMC_JSON_NULL) {
        return 0;
    }
    if (element->type != SMC_JSON_STRING) {
        smc_report_warning(part->report, "element is neither a string nor null", "read as null",
                           KEY, element->start);
        return 0;
    }
    ranges->nbytes = 0;
    failed = smc_entries_start(&entries) != 0;
    if (!failed) {
        read_entries(part, &entries, ranges);
    }
    if (!failed && entries.reason == NULL && entries.start < entries.end) {
        failed = make_outline(part, ranges, source) != 0;
    }
    smc_entries_finish(&entries);
    return failed ? -1 : 0;
}

int smc_bloomberg_read(struct smc_outline_part *part)
{
    struct smc_json_walk walk = smc_json_walk(&part->part->map.bloomberg_functions);
    struct smc_json element;
    struct smc_buf ranges = {0};
    int failed = smc_outline_part_start(part, SMCF_NAME_BLOOMBERG) != 0;

    /* What there is more of than of sources is of none. */
    for (uint32_t i = 0;
         i < part->part->n_sources && !failed && smc_json_next_element(&walk, &element); i++) {
        failed = read_source(part, &element, i, &ranges) != 0;
    }
    smc_buf_free(&ranges);
    return failed ? -1 : 0;
}
