/*
 * The generated ranges of `scopes`: where calls have been inlined, what is hidden, and which function code without an
 * original position is in (section 9 of our reference, "Stack for generated position g").
 */
#include "src/build/outline_part.h"

/*
 * A position of a part in the generated file; a column that no token can have is the start of the next line. Lines that
 * no token can have come out as the greatest position, and all of it keeps the order.
 */
static struct smc_scopes_position shift(const struct smc_part *part,
                                        struct smc_scopes_position position)
{
    uint64_t line = part->line + position.line;
    uint64_t column = position.column + (position.line == 0 ? part->column : 0);

    if (column >= SMCF_NONE) {
        line++;
        column = 0;
    }
    return line <= SMCF_LINE_MAX ? (struct smc_scopes_position){(uint32_t)line, (uint32_t)column}
                                 : (struct smc_scopes_position){SMCF_NONE, SMCF_NONE};
}

/* What holds in a range, from what holds in its parent (NULL: nothing). */
static struct smc_inlined_entry entry_of(struct smc_outline_part *part,
                                         const struct smc_scopes_range *range,
                                         const struct smc_inlined_entry *parent,
                                         const uint32_t *functions)
{
    struct smc_inlined_entry entry = {.call_site = SMCF_NONE, .function = SMCF_NONE};

    if (range->frame == SMC_SCOPES_FRAME_NONE && parent != NULL) {
        entry = *parent;
    }
    if (range->frame == SMC_SCOPES_FRAME_NONE && range->call_source != SMC_SCOPES_NONE) {
        const struct smc_call_site site = {part->part->first_source + range->call_source,
                                           range->call.line, range->call.column, SMCF_NONE,
                                           entry.call_site};
        entry.call_site = smc_inlined_add_call_site(&part->table->inlined, &site);
    }
    if (range->frame == SMC_SCOPES_FRAME_HIDDEN) {
        entry.flags = SMCF_INLINED_HIDDEN;
    }
    if (range->definition != SMC_SCOPES_NONE) {
        entry.function = functions[range->definition];
    }
    return entry;
}

static int is_before(struct smc_scopes_position a, const struct smc_outline_range *b)
{
    return a.line != b->line ? a.line < b->line : a.column < b->column;
}

/* Whether the ranges of a part come after those of the parts before. */
static int is_in_order(const struct smc_outline_part *part, const struct smc_scopes *scopes)
{
    const struct smc_buf *list = &part->ranges->ranges;
    const struct smc_outline_range *ranges = (const void *)list->data;
    const size_t n = list->nbytes / sizeof *ranges;

    return n == 0 || scopes->n_ranges == 0 ||
           !is_before(shift(part->part, scopes->ranges[0].start), &ranges[n - 1]);
}

int smc_scope_ranges_add(struct smc_outline_part *part, const struct smc_scopes *scopes,
                         const uint32_t *functions)
{
    struct smc_range_list *list = part->ranges;
    const size_t first = list->entries.nbytes / sizeof(struct smc_inlined_entry);

    if (!is_in_order(part, scopes)) {
        smc_report_warning(part->report, "ranges before those of a section before",
                           "the ranges are dropped", "scopes", part->part->map.scopes.start);
        return 0;
    }
    if (first + scopes->n_ranges >= SMCF_NONE) {
        return -1;
    }
    for (uint32_t i = 0; i < scopes->n_ranges; i++) {
        const struct smc_scopes_range *range = &scopes->ranges[i];
        const struct smc_scopes_position start = shift(part->part, range->start);
        const struct smc_scopes_position end = shift(part->part, range->end);
        const struct smc_outline_range made = {start.line, start.column, end.line, end.column,
                                               (uint32_t)first + i};
        struct smc_inlined_entry parent;
        if (range->parent != SMC_SCOPES_NONE) {
            parent = ((const struct smc_inlined_entry *)(const void *)
                          list->entries.data)[first + range->parent];
        }
        const struct smc_inlined_entry entry =
            entry_of(part, range, range->parent != SMC_SCOPES_NONE ? &parent : NULL, functions);
        smc_buf_append(&list->ranges, &made, sizeof made);
        smc_buf_append(&list->entries, &entry, sizeof entry);
        if (list->ranges.failed || list->entries.failed) {
            return -1;
        }
    }
    return smc_inlined_failed(&part->table->inlined) ? -1 : 0;
}

int smc_scope_ranges_finish(struct smc_range_list *list, struct smc_inlined *inlined)
{
    static const struct smc_inlined_entry nothing = {.call_site = SMCF_NONE, .function = SMCF_NONE};
    const struct smc_inlined_entry *entries = (const void *)list->entries.data;
    const size_t n = list->ranges.nbytes / sizeof(struct smc_outline_range);
    struct smc_outline innermost = {0};
    /* Where one of the lists has grown no more, they do not fit together. */
    const int failed =
        list->ranges.failed || list->entries.failed ||
        smc_outline_from_ranges((const void *)list->ranges.data, n, SMCF_NONE, &innermost) != 0;

    for (uint32_t i = 0; i < innermost.n; i++) {
        const struct smc_mark *mark = &innermost.marks[i];
        struct smc_inlined_entry entry =
            mark->function != SMCF_NONE ? entries[mark->function] : nothing;
        entry.line = mark->line;
        entry.column = mark->column;
        if (mark->line <= SMCF_LINE_MAX) {
            smc_inlined_add(inlined, &entry);
        }
    }
    smc_outline_free(&innermost);
    smc_buf_free(&list->ranges);
    smc_buf_free(&list->entries);
    return failed || smc_inlined_failed(inlined) ? -1 : 0;
}
