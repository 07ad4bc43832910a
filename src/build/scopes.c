/*
 * Two passes over the items: the first checks and counts, so that the second fills arrays of the
 * right size and warns of nothing that is dropped after all.
 */
#include "src/build/scopes.h"

#include <stdlib.h>
#include <string.h>

#include "src/build/scope_decode.h"

struct counts {
    size_t n_scopes, n_variables, n_ranges, n_lists, n_bindings;
};

/* ---- first pass ---- */

static void count_item(struct counts *counts, const struct smc_scope_item *item)
{
    switch (item->tag) {
    case SMC_SCOPE_START:
        counts->n_scopes++;
        break;
    case SMC_SCOPE_VARIABLES:
        counts->n_variables += item->n_fields;
        break;
    case SMC_SCOPE_RANGE_START:
        counts->n_ranges++;
        break;
    case SMC_SCOPE_BINDINGS:
        counts->n_lists += item->n_fields;
        counts->n_bindings += item->n_fields;
        break;
    case SMC_SCOPE_SUB_RANGE:
        counts->n_bindings += (item->n_fields - 1) / 3;
        break;
    default:
        break;
    }
}

static enum smc_scopes_result count(const struct smc_scopes_input *input, struct counts *counts,
                                    struct smc_scopes_issue *issue)
{
    struct smc_scope_reader reader = {
        .input = input, .next = input->nbytes > 0 ? input->text : NULL, .is_quiet = 1};
    const uint8_t *too_large = NULL;
    struct smc_scope_item item;
    int result;

    *counts = (struct counts){0};
    while ((result = smc_scope_next(&reader, &item)) > 0) {
        count_item(counts, &item);
        too_large = too_large == NULL ? item.too_large : too_large;
    }
    if (result < 0) {
        *issue = reader.issue;
        return SMC_SCOPES_DROPPED;
    }
    if (too_large != NULL) {
        *issue = (struct smc_scopes_issue){"a number of 2^32 or more, or a signed one of 2^31",
                                           (size_t)(too_large - input->text)};
        return SMC_SCOPES_OVERFLOW;
    }
    return SMC_SCOPES_OK;
}

/* ---- second pass ---- */

/* Brings the bindings into the order of their lists, each list's in the order of the text. */
static int sort_bindings(struct smc_scope_decoder *d)
{
    struct smc_scopes *out = d->out;
    uint32_t *lists = out->lists, n = out->n_lists;

    if (d->owners == NULL) {
        for (uint32_t i = 0; i <= n; i++) {
            lists[i] = i;
        }
        return 0;
    }
    struct smc_scopes_binding *sorted = malloc(((size_t)out->n_bindings + 1) * sizeof *sorted);
    if (sorted == NULL) {
        return -1;
    }
    /* lists[i + 1] counts list i, then is where it starts, and at last where it ends. */
    memset(lists, 0, ((size_t)n + 1) * sizeof *lists);
    for (uint32_t i = 0; i < out->n_bindings; i++) {
        lists[d->owners[i] + 1]++;
    }
    uint32_t start = 0;
    for (uint32_t i = 1; i <= n; i++) {
        uint32_t n_of_list = lists[i];
        lists[i] = start;
        start += n_of_list;
    }
    for (uint32_t i = 0; i < out->n_bindings; i++) {
        sorted[lists[d->owners[i] + 1]++] = out->bindings[i];
    }
    free(out->bindings);
    out->bindings = sorted;
    return 0;
}

static enum smc_scopes_result decode(struct smc_scope_decoder *d)
{
    struct smc_scope_reader reader = {.input = d->input,
                                      .next = d->input->nbytes > 0 ? d->input->text : NULL};

    while (smc_scope_next(&reader, &d->item) > 0) {
        if (smc_scope_decode(d) < 0) {
            return SMC_SCOPES_LIMIT;
        }
    }
    return sort_bindings(d) < 0 ? SMC_SCOPES_MEMORY : SMC_SCOPES_OK;
}

/* Room for n and one more: it is never nothing, which malloc might answer with NULL. */
static void *allocate(size_t n, size_t size)
{
    return n < SIZE_MAX / size ? malloc((n + 1) * size) : NULL;
}

static int allocate_all(struct smc_scope_decoder *d, const struct counts *counts)
{
    struct smc_scopes *out = d->out;
    int has_owners = counts->n_bindings > counts->n_lists;

    out->scopes = allocate(counts->n_scopes, sizeof *out->scopes);
    out->variables = allocate(counts->n_variables, sizeof *out->variables);
    out->ranges = allocate(counts->n_ranges, sizeof *out->ranges);
    out->lists = allocate(counts->n_lists, sizeof *out->lists);
    out->bindings = allocate(counts->n_bindings, sizeof *out->bindings);
    d->owners = has_owners ? allocate(counts->n_bindings, sizeof *d->owners) : NULL;
    return out->scopes != NULL && out->variables != NULL && out->ranges != NULL &&
           out->lists != NULL && out->bindings != NULL && (d->owners != NULL || !has_owners);
}

enum smc_scopes_result smc_scopes_decode(const struct smc_scopes_input *input,
                                         struct smc_scopes *scopes, struct smc_scopes_issue *issue)
{
    struct smc_scope_decoder d = {.input = input, .out = scopes, .open = SMC_SCOPES_NONE};
    struct counts counts;

    *scopes = (struct smc_scopes){0};
    *issue = (struct smc_scopes_issue){"", 0};
    if (input->nbytes >= SMC_SCOPES_NONE) { /* so no count exceeds 32 bits */
        *issue = (struct smc_scopes_issue){"scopes of 4 GiB or more", 0};
        return SMC_SCOPES_LIMIT;
    }
    enum smc_scopes_result result = count(input, &counts, issue);
    if (result != SMC_SCOPES_OK) {
        return result;
    }
    result = allocate_all(&d, &counts) ? decode(&d) : SMC_SCOPES_MEMORY;
    free(d.owners);
    if (result == SMC_SCOPES_LIMIT) {
        *issue = (struct smc_scopes_issue){"position of 2^32 - 1 or more",
                                           (size_t)(d.limit_at - input->text)};
    } else if (result == SMC_SCOPES_MEMORY) {
        *issue = (struct smc_scopes_issue){"out of memory", 0};
    }
    if (result != SMC_SCOPES_OK) {
        smc_scopes_free(scopes);
    }
    return result;
}

void smc_scopes_free(struct smc_scopes *scopes)
{
    free(scopes->scopes);
    free(scopes->variables);
    free(scopes->ranges);
    free(scopes->lists);
    free(scopes->bindings);
    *scopes = (struct smc_scopes){0};
}
