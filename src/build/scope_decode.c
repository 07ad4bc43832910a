#include "src/build/scope_decode.h"

#include "src/build/vlq.h"

#define NONE SMC_SCOPES_NONE

/* What to say of an index that cannot be. */
struct index_reasons {
    const char *below, *above;
};

/* ---- numbers ---- */

/* Line and column are relative; the column to 0 on another line. */
static int move(struct smc_scope_decoder *d, struct smc_scopes_position *position, uint32_t line,
                uint32_t column)
{
    uint64_t new_line = (uint64_t)position->line + line;
    uint64_t new_column = (line == 0 ? (uint64_t)position->column : 0) + column;

    if (new_line >= NONE || new_column >= NONE) {
        d->limit_at = d->item.at;
        return -1;
    }
    *position = (struct smc_scopes_position){(uint32_t)new_line, (uint32_t)new_column};
    return 0;
}

/* Adds a signed field; the index, or NONE if there are not so many. */
static uint32_t add_index(struct smc_scope_decoder *d, int64_t *sum, uint32_t field, uint64_t n,
                          const struct index_reasons *reasons, const uint8_t *at)
{
    *sum += smc_vlq_to_signed(field);
    if (*sum < 0) {
        smc_scope_warn(d->input, reasons->below, at);
        *sum = 0;
    }
    if ((uint64_t)*sum >= n) {
        smc_scope_warn(d->input, reasons->above, at);
        return NONE;
    }
    return (uint32_t)*sum;
}

/* An absolute 1-based names index; 0 is unavailable. */
static uint32_t expression(struct smc_scope_decoder *d, uint32_t field, const uint8_t *at)
{
    if (field > d->input->n_names) {
        smc_scope_warn(d->input, "expression that does not exist; taken for unavailable", at);
        return NONE;
    }
    return field == 0 ? NONE : field - 1;
}

/* ---- scopes ---- */

static void end_tree(struct smc_scope_decoder *d)
{
    d->n_trees++;
    d->scope_at = (struct smc_scopes_position){0, 0};
}

static int start_scope(struct smc_scope_decoder *d)
{
    static const struct index_reasons name_reasons = {"name of a scope below 0; taken for 0",
                                                      "name of a scope that does not exist"};
    static const struct index_reasons kind_reasons = {"kind of a scope below 0; taken for 0",
                                                      "kind of a scope that does not exist"};
    const struct smc_scope_item *item = &d->item;
    struct smc_scopes *out = d->out;
    uint32_t flags = item->fields[0], field = 3;
    int has_source = d->n_trees < d->input->n_sources;

    if (move(d, &d->scope_at, item->fields[1], item->fields[2]) < 0) {
        return -1;
    }
    if (d->open == NONE && !has_source) {
        smc_scope_warn(d->input, "scopes of a source that does not exist", item->at);
    }
    struct smc_scopes_scope *scope = &out->scopes[out->n_scopes];
    *scope = (struct smc_scopes_scope){
        .source = has_source ? d->n_trees : NONE,
        .parent = d->open,
        .start = d->scope_at,
        .name = NONE,
        .kind = NONE,
        .is_stack_frame = (flags & SMC_SCOPE_IS_STACK_FRAME) != 0,
        .first_variable = out->n_variables,
    };
    if ((flags & SMC_SCOPE_HAS_NAME) != 0) {
        scope->name = add_index(d, &d->name, item->fields[field], d->input->n_names, &name_reasons,
                                item->fields_at[field]);
        field++;
    }
    if ((flags & SMC_SCOPE_HAS_KIND) != 0) {
        scope->kind = add_index(d, &d->kind, item->fields[field], d->input->n_names, &kind_reasons,
                                item->fields_at[field]);
    }
    d->open = out->n_scopes++;
    return 0;
}

static int end_scope(struct smc_scope_decoder *d)
{
    struct smc_scopes_scope *scope = &d->out->scopes[d->open];

    if (move(d, &d->scope_at, d->item.fields[0], d->item.fields[1]) < 0) {
        return -1;
    }
    scope->end = d->scope_at;
    d->open = scope->parent;
    if (d->open == NONE) {
        end_tree(d);
    }
    return 0;
}

static int no_tree(struct smc_scope_decoder *d)
{
    if (d->n_trees >= d->input->n_sources) {
        smc_scope_warn(d->input, "source without scopes that does not exist either", d->item.at);
    }
    end_tree(d);
    return 0;
}

static int add_variables(struct smc_scope_decoder *d)
{
    static const struct index_reasons reasons = {
        "name of a variable below 0; taken for 0",
        "name of a variable that does not exist; taken for an empty one"};
    const uint8_t *p = d->item.fields_at[0];
    struct smc_scopes *out = d->out;

    for (size_t i = 0; i < d->item.n_fields; i++) {
        const uint8_t *at = p;
        uint32_t field;
        p = smc_scope_field(d->input, p, &field);
        out->variables[out->n_variables++] =
            add_index(d, &d->variable, field, d->input->n_names, &reasons, at);
    }
    out->scopes[d->open].n_variables = (uint32_t)d->item.n_fields;
    return 0;
}

/* ---- ranges ---- */

static int start_range(struct smc_scope_decoder *d)
{
    static const struct index_reasons reasons = {
        "definition of a range below 0; taken for 0",
        "definition of a range that does not exist; ignored"};
    const struct smc_scope_item *item = &d->item;
    struct smc_scopes *out = d->out;
    struct smc_scopes_range *range = &out->ranges[out->n_ranges];
    uint32_t flags = item->fields[0];
    unsigned field = 1;

    uint32_t line = (flags & SMC_SCOPE_RANGE_HAS_LINE) != 0 ? item->fields[field++] : 0;
    if (move(d, &d->range_at, line, item->fields[field++]) < 0) {
        return -1;
    }
    *range = (struct smc_scopes_range){
        .parent = d->open,
        .start = d->range_at,
        .definition = NONE,
        .frame = SMC_SCOPES_FRAME_NONE,
        .call_source = NONE,
        .first_list = out->n_lists,
    };
    if ((flags & SMC_SCOPE_RANGE_HAS_DEFINITION) != 0) {
        range->definition = add_index(d, &d->definition, item->fields[field], out->n_scopes,
                                      &reasons, item->fields_at[field]);
    }
    if ((flags & SMC_SCOPE_RANGE_IS_FUNCTION) != 0) {
        range->frame = (flags & SMC_SCOPE_RANGE_IS_HIDDEN) != 0 ? SMC_SCOPES_FRAME_HIDDEN
                                                                : SMC_SCOPES_FRAME_ORIGINAL;
    } else if ((flags & SMC_SCOPE_RANGE_IS_HIDDEN) != 0) {
        smc_scope_warn(d->input, "range that is hidden and no function; taken for neither",
                       item->at);
    }
    d->open = out->n_ranges++;
    return 0;
}

static int end_range(struct smc_scope_decoder *d)
{
    struct smc_scopes_range *range = &d->out->ranges[d->open];
    const uint32_t *fields = d->item.fields;
    int has_line = d->item.n_fields == 2;

    if (move(d, &d->range_at, has_line ? fields[0] : 0, fields[has_line]) < 0) {
        return -1;
    }
    range->end = d->range_at;
    d->open = range->parent;
    return 0;
}

static void add_binding(struct smc_scope_decoder *d, uint32_t list, struct smc_scopes_position from,
                        uint32_t field, const uint8_t *at)
{
    struct smc_scopes *out = d->out;

    if (d->owners != NULL) {
        d->owners[out->n_bindings] = list;
    }
    out->bindings[out->n_bindings++] = (struct smc_scopes_binding){from, expression(d, field, at)};
}

static int add_lists(struct smc_scope_decoder *d)
{
    struct smc_scopes_range *range = &d->out->ranges[d->open];
    const uint8_t *p = d->item.fields_at[0];

    for (size_t i = 0; i < d->item.n_fields; i++) {
        const uint8_t *at = p;
        uint32_t field;
        p = smc_scope_field(d->input, p, &field);
        add_binding(d, d->out->n_lists++, range->start, field, at);
    }
    range->n_lists = (uint32_t)d->item.n_fields;
    return 0;
}

static int add_sub_range(struct smc_scope_decoder *d)
{
    const struct smc_scopes_range *range = &d->out->ranges[d->open];
    struct smc_scopes_position from = range->start;
    uint32_t variable = d->item.fields[0];
    const uint8_t *p = d->item.fields_at[1];

    if (variable >= range->n_lists) {
        smc_scope_warn(d->input, "bindings of a variable that the range does not bind; ignored",
                       d->item.at);
        return 0;
    }
    for (size_t i = 1; i < d->item.n_fields; i += 3) {
        uint32_t line, column, field;
        p = smc_scope_field(d->input, p, &line);
        p = smc_scope_field(d->input, p, &column);
        const uint8_t *at = p;
        p = smc_scope_field(d->input, p, &field);
        if (move(d, &from, line, column) < 0) {
            return -1;
        }
        add_binding(d, range->first_list + variable, from, field, at);
    }
    return 0;
}

static int set_call_site(struct smc_scope_decoder *d)
{
    struct smc_scopes_range *range = &d->out->ranges[d->open];
    struct smc_scopes_position call = {0, 0};

    if (d->item.fields[0] >= d->input->n_sources) {
        smc_scope_warn(d->input, "call site in a source that does not exist; ignored", d->item.at);
        return 0;
    }
    if (move(d, &call, d->item.fields[1], d->item.fields[2]) < 0) {
        return -1;
    }
    range->call_source = d->item.fields[0];
    range->call = call;
    return 0;
}

/* ---- any item ---- */

int smc_scope_decode(struct smc_scope_decoder *d)
{
    switch (d->item.tag) {
    case SMC_SCOPE_NO_TREE:
        return no_tree(d);
    case SMC_SCOPE_START:
        return start_scope(d);
    case SMC_SCOPE_END:
        return end_scope(d);
    case SMC_SCOPE_VARIABLES:
        return add_variables(d);
    case SMC_SCOPE_RANGE_START:
        return start_range(d);
    case SMC_SCOPE_RANGE_END:
        return end_range(d);
    case SMC_SCOPE_BINDINGS:
        return add_lists(d);
    case SMC_SCOPE_SUB_RANGE:
        return add_sub_range(d);
    case SMC_SCOPE_CALL_SITE:
        return set_call_site(d);
    }
    return 0;
}
