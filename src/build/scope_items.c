#include "src/build/scope_items.h"

#include <string.h>

#include "src/build/vlq.h"

#define BIT(tag) (1U << (tag))

void smc_scope_warn(const struct smc_scopes_input *input, const char *reason, const uint8_t *at)
{
    if (input->warn != NULL) {
        input->warn(input->context, reason, (size_t)(at - input->text));
    }
}

const uint8_t *smc_scope_field(const struct smc_scopes_input *input, const uint8_t *p,
                               uint32_t *value)
{
    uint64_t wide = 0;

    p = smc_vlq_read(p, input->text + input->nbytes, &wide);
    *value = (uint32_t)wide;
    return p;
}

static int fail(struct smc_scope_reader *reader, const char *reason, const uint8_t *at)
{
    reader->issue = (struct smc_scopes_issue){reason, (size_t)(at - reader->input->text)};
    return -1;
}

/* What a strict reader takes for bad grammar, and others accept. */
static int tolerate(struct smc_scope_reader *reader, const char *reason, const uint8_t *at)
{
    if (reader->input->is_strict) {
        return fail(reader, reason, at);
    }
    if (!reader->is_quiet) {
        smc_scope_warn(reader->input, reason, at);
    }
    return 0;
}

/* All of an item's VLQs; *too_large is the index of the first that is. NULL: bad grammar. */
static const uint8_t *read_fields(const uint8_t *p, const uint8_t *end, struct smc_scope_item *item,
                                  size_t *too_large)
{
    size_t n = 0;

    *too_large = SIZE_MAX;
    for (; p < end && *p != ','; n++) {
        const uint8_t *at = p;
        uint64_t value;
        p = smc_vlq_read(p, end, &value);
        if (p == NULL) {
            return NULL;
        }
        if (n < SMC_SCOPE_HEAD_MAX) {
            item->fields[n] = (uint32_t)value;
            item->fields_at[n] = at;
        }
        if (value > SMC_VLQ_MAX && *too_large == SIZE_MAX) {
            *too_large = n;
            item->too_large = at;
        }
    }
    item->n_fields = n;
    return p;
}

static size_t count_flags(uint32_t flags)
{
    return (flags & 1) + (flags >> 1 & 1);
}

/* Compares the number of fields with what the tag and the flags ask for. Those not there are 0. */
static int check_fields(struct smc_scope_reader *reader, struct smc_scope_item *item)
{
    size_t n = item->n_fields, wanted = n;
    int is_empty_list = 0;

    switch (item->tag) {
    case SMC_SCOPE_NO_TREE:
        wanted = 0;
        break;
    case SMC_SCOPE_START:
        wanted = 3 + count_flags(item->fields[0]);
        break;
    case SMC_SCOPE_END:
        wanted = 2;
        break;
    case SMC_SCOPE_RANGE_START:
        wanted = 2 + count_flags(item->fields[0]);
        break;
    case SMC_SCOPE_RANGE_END:
        wanted = n < 2 ? 1 : 2;
        break;
    case SMC_SCOPE_CALL_SITE:
        wanted = 3;
        break;
    case SMC_SCOPE_SUB_RANGE:
        wanted = n == 0 || (n - 1) % 3 != 0 ? n + 1 : n;
        is_empty_list = n == 1;
        break;
    case SMC_SCOPE_VARIABLES:
    case SMC_SCOPE_BINDINGS:
        is_empty_list = n == 0;
        break;
    }
    if (n < wanted) {
        return fail(reader, "item with too few numbers", item->at);
    }
    if (is_empty_list && tolerate(reader, "item with an empty list", item->at) < 0) {
        return -1;
    }
    if (n > wanted && tolerate(reader,
                               "item with more numbers than it has fields; the others "
                               "ignored",
                               item->at) < 0) {
        return -1;
    }
    item->n_fields = wanted;
    return 0;
}

/* B [D] children C, or A, a source; then ranges of E [G] [I] {H, child} F. */
static int check_place(struct smc_scope_reader *reader, const struct smc_scope_item *item)
{
    unsigned may_take = reader->may_take;
    int is_open_range = reader->is_in_ranges && reader->depth > 0;
    int is_open_scope = !reader->is_in_ranges && reader->depth > 0;

    reader->may_take = 0;
    switch (item->tag) {
    case SMC_SCOPE_NO_TREE:
        return is_open_scope || reader->is_in_ranges
                   ? fail(reader, "source without scopes among scopes or ranges", item->at)
                   : 0;
    case SMC_SCOPE_START:
        if (reader->is_in_ranges) {
            return fail(reader, "scope after the first range", item->at);
        }
        reader->depth++;
        reader->may_take = BIT(SMC_SCOPE_VARIABLES);
        return 0;
    case SMC_SCOPE_END:
        if (!is_open_scope) {
            return fail(reader, "end of a scope that has not started", item->at);
        }
        reader->depth--;
        return 0;
    case SMC_SCOPE_RANGE_START:
        if (is_open_scope) {
            return fail(reader, "range within a scope", item->at);
        }
        reader->is_in_ranges = 1;
        reader->depth++;
        reader->may_take = BIT(SMC_SCOPE_BINDINGS) | BIT(SMC_SCOPE_CALL_SITE);
        return 0;
    case SMC_SCOPE_RANGE_END:
        if (!is_open_range) {
            return fail(reader, "end of a range that has not started", item->at);
        }
        reader->depth--;
        return 0;
    case SMC_SCOPE_SUB_RANGE:
        return is_open_range ? 0
                             : fail(reader, "bindings of a sub-range without a range", item->at);
    case SMC_SCOPE_VARIABLES:
    case SMC_SCOPE_BINDINGS:
    case SMC_SCOPE_CALL_SITE:
        break;
    }
    if ((may_take & BIT(item->tag)) == 0) {
        return fail(reader, "item that does not follow the start that it is for", item->at);
    }
    reader->may_take = may_take & ~BIT(item->tag);
    if (item->tag == SMC_SCOPE_BINDINGS && (may_take & BIT(SMC_SCOPE_CALL_SITE)) == 0) {
        return tolerate(reader, "bindings after the call site", item->at);
    }
    return 0;
}

/* Reads the item at reader->next and moves on. 1: there it is; 0: it is to be ignored. */
static int read_item(struct smc_scope_reader *reader, struct smc_scope_item *item)
{
    const uint8_t *p = reader->next, *end = reader->input->text + reader->input->nbytes;
    uint64_t tag = SMC_SCOPE_NO_TREE;
    size_t too_large = SIZE_MAX;
    int is_vendor = p < end && *p == '/'; /* which would be a digit with more to follow */

    *item = (struct smc_scope_item){.at = p};
    if (is_vendor) {
        uint64_t name;
        p = smc_vlq_read(p + 1, end, &name);
        const uint8_t *comma = p == NULL || p == end ? p : memchr(p, ',', (size_t)(end - p));
        p = p == NULL ? NULL : comma == NULL ? end : comma;
    } else if (p == end || *p == ',') {
        if (tolerate(reader, "empty item; taken for a source without scopes", p) < 0) {
            return -1;
        }
    } else {
        p = smc_vlq_read(p, end, &tag);
        p = p == NULL ? NULL : read_fields(p, end, item, &too_large);
    }
    if (p == NULL) {
        return fail(reader, "not items of base64 VLQs", item->at);
    }
    reader->next = p == end ? NULL : p + 1;
    if (is_vendor || tag > SMC_SCOPE_CALL_SITE) {
        return 0;
    }
    item->tag = (enum smc_scope_tag)tag;
    if (check_fields(reader, item) < 0 || check_place(reader, item) < 0) {
        return -1;
    }
    if (too_large >= item->n_fields) {
        item->too_large = NULL;
    }
    return 1;
}

int smc_scope_next(struct smc_scope_reader *reader, struct smc_scope_item *item)
{
    while (reader->next != NULL) {
        int result = read_item(reader, item);
        if (result != 0) {
            return result;
        }
    }
    if (reader->depth > 0) {
        return fail(reader, reader->is_in_ranges ? "range without an end" : "scope without an end",
                    reader->input->text + reader->input->nbytes);
    }
    return 0;
}
