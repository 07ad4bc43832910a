#include "tests/fuzz/plain_scopes.h"

#include "tests/fuzz/fuzzing.h"

#define NONE (-1)
#define TOO_LARGE (UINT64_C(1) << 40) /* added, so that the low bits stay */

/* ---- items ---- */

struct item {
    char tag; /* 'A' to 'I'; 0: none, the end */
    uint64_t *fields;
    size_t n;
};

struct position {
    int64_t line, column;
};

struct reader {
    struct scope_map map;
    struct item *items; /* without those to be ignored; the last one is the end */
    size_t at;
    int is_bad, is_too_large, is_beyond;
    unsigned n_warnings;

    struct text
        scopes[4096]; /* a line each, but for the end of the scope, which comes in the middle */
    struct position ends[4096];
    struct text tails[4096];
    int64_t n_scopes;

    struct text ranges[4096];
    struct position range_ends[4096];
    struct text range_tails[4096];
    int64_t n_ranges;

    struct position scope_at, range_at;
    int64_t n_trees, name, kind, variable, definition;
};

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == 0 ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* What is behind the number; NULL: it is none. */
static const char *read_number(const char *p, const char *end, uint64_t *value)
{
    unsigned shift = 0;
    int digit;

    *value = 0;
    do {
        digit = p == end ? -1 : digit_of(*p++);
        if (digit < 0) {
            return NULL;
        }
        const uint64_t bits = (uint64_t)digit & 31;
        *value += bits == 0 ? 0 : shift > 30 ? TOO_LARGE : bits << shift;
        shift += 5;
    } while (digit >= 32);
    *value += *value > UINT32_MAX ? TOO_LARGE : 0;
    return p;
}

/* Reads one item, up to its comma or the end; 0 if it is to be ignored. */
static int read_item(struct reader *r, const char *p, const char *end, struct item *item)
{
    uint64_t tag = 0;

    *item = (struct item){.fields = malloc((size_t)(end - p + 1) * sizeof *item->fields)};
    must_hold(item->fields != NULL, "no memory");
    if (p < end && *p == '/') {
        r->is_bad |= read_number(p + 1, end, &tag) == NULL;
        return 0;
    }
    if (p == end) {
        r->n_warnings++;
        r->is_bad |= r->map.is_strict;
        item->tag = 'A';
        return 1;
    }
    p = read_number(p, end, &tag);
    while (p != NULL && p < end) {
        p = read_number(p, end, &item->fields[item->n++]);
    }
    r->is_bad |= p == NULL;
    item->tag = (char)('A' + (tag <= 8 ? tag : 0));
    return tag <= 8;
}

static void read_items(struct reader *r, const char *text, size_t nbytes)
{
    const char *p = text, *end = text + nbytes;
    size_t n = 0;

    r->items = calloc(nbytes + 2, sizeof *r->items);
    must_hold(r->items != NULL, "no memory");
    while (nbytes > 0 && p <= end) {
        const char *comma = p;
        while (comma < end && *comma != ',') {
            comma++;
        }
        if (read_item(r, p, comma, &r->items[n])) {
            n++;
        } else {
            free(r->items[n].fields);
            r->items[n] = (struct item){0};
        }
        p = comma + 1;
    }
}

/* ---- grammar: what is wrong with it is said at once, numbers count when all of it is right ---- */

static char tag_at(const struct reader *r)
{
    return r->items[r->at].tag;
}

/* Takes an item that has so many fields: those that are too much are warned of. */
static struct item take(struct reader *r, size_t n_wanted)
{
    struct item item = r->items[r->at++];

    r->is_bad |= item.n < n_wanted;
    if (item.n > n_wanted) {
        r->n_warnings++;
        r->is_bad |= r->map.is_strict;
        item.n = n_wanted;
    }
    for (size_t i = 0; i < item.n; i++) {
        r->is_too_large |= item.fields[i] >= TOO_LARGE;
    }
    for (size_t i = item.n; i < n_wanted && r->is_bad; i++) {
        item.fields = NULL; /* nobody reads on */
    }
    return item;
}

/* The same of a list, which should not be empty. */
static struct item take_list(struct reader *r, size_t n_before)
{
    const size_t n = r->items[r->at].n;

    if (n == n_before) {
        r->n_warnings++;
        r->is_bad |= r->map.is_strict;
    }
    return take(r, n);
}

static int64_t as_signed(uint64_t value)
{
    return value == 1 ? INT32_MIN : value % 2 == 0 ? (int64_t)(value / 2) : -(int64_t)(value / 2);
}

static void move(struct reader *r, struct position *position, uint64_t line, uint64_t column)
{
    position->column = (line == 0 ? position->column : 0) + (int64_t)(column % TOO_LARGE);
    position->line += (int64_t)(line % TOO_LARGE);
    r->is_beyond |= position->line >= UINT32_MAX || position->column >= UINT32_MAX;
    if (r->is_beyond) {
        *position = (struct position){0, 0};
    }
}

static int64_t add_index(struct reader *r, int64_t *sum, uint64_t field, int64_t n)
{
    *sum += as_signed(field % TOO_LARGE);
    r->n_warnings += *sum < 0;
    *sum = *sum < 0 ? 0 : *sum;
    r->n_warnings += *sum >= n;
    return *sum >= n ? NONE : *sum;
}

/* ---- text ---- */

static void put_index(struct text *text, int64_t index)
{
    if (index == NONE) {
        text_puts(text, "-");
    } else {
        text_number(text, (uint64_t)index);
    }
}

static void put_position(struct text *text, struct position position)
{
    text_number(text, (uint64_t)position.line);
    text_puts(text, ":");
    text_number(text, (uint64_t)position.column);
}

/* ---- scopes ---- */

static void read_variables(struct reader *r, struct text *tail)
{
    const struct item item = take_list(r, 0);

    for (size_t i = 0; i < item.n; i++) {
        text_puts(tail, i == 0 ? " (" : ",");
        put_index(tail, add_index(r, &r->variable, item.fields[i], r->map.n_names));
        text_puts(tail, i + 1 == item.n ? ")" : "");
    }
}

/* B [D] children C */
static void read_scope(struct reader *r, int64_t parent)
{
    const struct item *start = &r->items[r->at];
    const uint64_t flags = start->n > 0 ? start->fields[0] : 0;
    const struct item item = take(r, 3 + (flags & 1) + (flags >> 1 & 1));
    const int64_t index = r->n_scopes++;
    struct text *head = &r->scopes[index], *tail = &r->tails[index];

    if (r->is_bad) {
        return;
    }
    const int has_source = r->n_trees < r->map.n_sources;
    r->n_warnings += parent == NONE && !has_source;
    move(r, &r->scope_at, item.fields[1], item.fields[2]);
    put_index(head, has_source ? r->n_trees : NONE);
    text_puts(head, "^");
    put_index(head, parent);
    text_puts(head, " ");
    put_position(head, r->scope_at);
    text_puts(tail, " ");
    put_index(tail,
              (flags & 1) == 0 ? NONE : add_index(r, &r->name, item.fields[3], r->map.n_names));
    text_puts(tail, "/");
    put_index(tail, (flags & 2) == 0
                        ? NONE
                        : add_index(r, &r->kind, item.fields[3 + (flags & 1)], r->map.n_names));
    text_puts(tail, (flags & 4) != 0 ? " frame" : "");
    if (tag_at(r) == 'D') {
        read_variables(r, tail);
    }
    while (tag_at(r) == 'B' && !r->is_bad) {
        read_scope(r, index);
    }
    if (r->is_bad || tag_at(r) != 'C') {
        r->is_bad = 1;
        return;
    }
    const struct item end = take(r, 2);
    if (!r->is_bad) {
        move(r, &r->scope_at, end.fields[0], end.fields[1]);
        r->ends[index] = r->scope_at;
    }
}

static void read_trees(struct reader *r)
{
    while (!r->is_bad && (tag_at(r) == 'A' || tag_at(r) == 'B')) {
        if (tag_at(r) == 'A') {
            (void)take(r, 0);
            r->n_warnings += r->n_trees >= r->map.n_sources;
        } else {
            read_scope(r, NONE);
        }
        r->n_trees++;
        r->scope_at = (struct position){0, 0};
    }
}

/* ---- ranges ---- */

struct bindings {
    struct text *lists;
    size_t n;
};

static void put_binding(struct reader *r, struct text *list, struct position from, uint64_t field)
{
    text_puts(list, list->nbytes == 0 ? " {" : " ");
    put_position(list, from);
    text_puts(list, "=");
    r->n_warnings += field > r->map.n_names;
    put_index(list, field == 0 || field > r->map.n_names ? NONE : (int64_t)field - 1);
}

static struct bindings read_bindings(struct reader *r, struct position start)
{
    const struct item item = take_list(r, 0);
    struct bindings bindings = {calloc(item.n + 1, sizeof *bindings.lists), item.n};

    must_hold(bindings.lists != NULL, "no memory");
    for (size_t i = 0; i < item.n; i++) {
        put_binding(r, &bindings.lists[i], start, item.fields[i]);
    }
    return bindings;
}

static void read_sub_range(struct reader *r, const struct bindings *bindings, struct position from)
{
    const size_t n = r->items[r->at].n;

    r->is_bad |= n == 0 || (n - 1) % 3 != 0;
    const struct item item = take_list(r, 1);
    if (r->is_bad) {
        return;
    }
    if (item.fields[0] >= bindings->n) {
        r->n_warnings++;
        return;
    }
    for (size_t i = 1; i < n; i += 3) {
        move(r, &from, item.fields[i], item.fields[i + 1]);
        put_binding(r, &bindings->lists[item.fields[0]], from, item.fields[i + 2]);
    }
}

static void read_call_site(struct reader *r, struct text *tail)
{
    const struct item item = take(r, 3);
    struct position call = {0, 0};

    if (r->is_bad) {
        return;
    }
    if (item.fields[0] >= r->map.n_sources) {
        r->n_warnings++;
        return;
    }
    move(r, &call, item.fields[1], item.fields[2]);
    text_puts(tail, " at ");
    put_index(tail, (int64_t)item.fields[0]);
    text_puts(tail, ":");
    put_position(tail, call);
}

/* [G] [I], in either order */
static struct bindings read_range_head(struct reader *r, struct text *tail)
{
    struct bindings bindings = {NULL, 0};
    const struct position start = r->range_at;
    const int is_call_first = tag_at(r) == 'I';

    if (is_call_first) {
        read_call_site(r, tail);
    }
    if (!r->is_bad && tag_at(r) == 'G') {
        r->n_warnings += (unsigned)is_call_first;
        r->is_bad |= is_call_first && r->map.is_strict;
        bindings = read_bindings(r, start);
        if (!is_call_first && tag_at(r) == 'I') {
            read_call_site(r, tail);
        }
    }
    return bindings;
}

/* E head {H, child} F */
static void read_range(struct reader *r, int64_t parent)
{
    static const char *const frames[] = {"", " original", "", " hidden"};
    const struct item *first = &r->items[r->at];
    const uint64_t flags = first->n > 0 ? first->fields[0] : 0;
    const struct item item = take(r, 2 + (flags & 1) + (flags >> 1 & 1));
    const int64_t index = r->n_ranges++;
    struct text *head = &r->ranges[index], *tail = &r->range_tails[index];

    if (r->is_bad) {
        return;
    }
    move(r, &r->range_at, (flags & 1) != 0 ? item.fields[1] : 0, item.fields[1 + (flags & 1)]);
    const struct position start = r->range_at;
    text_puts(head, "^");
    put_index(head, parent);
    text_puts(head, " ");
    put_position(head, start);
    text_puts(tail, " ");
    put_index(tail, (flags & 2) == 0
                        ? NONE
                        : add_index(r, &r->definition, item.fields[2 + (flags & 1)], r->n_scopes));
    text_puts(tail, frames[flags >> 2 & 3]);
    r->n_warnings += (flags >> 2 & 3) == 2;
    struct bindings bindings = read_range_head(r, tail);
    while (!r->is_bad && (tag_at(r) == 'H' || tag_at(r) == 'E')) {
        if (tag_at(r) == 'H') {
            read_sub_range(r, &bindings, start);
        } else {
            read_range(r, index);
        }
    }
    for (size_t i = 0; i < bindings.n; i++) {
        text_add(tail, bindings.lists[i].data, bindings.lists[i].nbytes);
        text_puts(tail, "}");
        text_free(&bindings.lists[i]);
    }
    free(bindings.lists);
    if (r->is_bad || tag_at(r) != 'F') {
        r->is_bad = 1;
        return;
    }
    const struct item end = take(r, r->items[r->at].n < 2 ? 1 : 2);
    if (!r->is_bad) {
        move(r, &r->range_at, end.n == 2 ? end.fields[0] : 0, end.fields[end.n - 1]);
        r->range_ends[index] = r->range_at;
    }
}

/* ---- all of it ---- */

static void put_lines(struct text *dump, struct text *heads, const struct position *ends,
                      struct text *tails, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        text_add(dump, heads[i].data, heads[i].nbytes);
        text_puts(dump, "-");
        put_position(dump, ends[i]);
        text_add(dump, tails[i].data, tails[i].nbytes);
        text_puts(dump, "\n");
        text_free(&heads[i]);
        text_free(&tails[i]);
    }
}

struct plain_scopes plain_scopes_read(const char *text, size_t nbytes, struct scope_map map)
{
    struct reader *r = calloc(1, sizeof *r);
    struct plain_scopes plain = {0};

    must_hold(r != NULL && nbytes < sizeof r->ends / sizeof r->ends[0], "no room");
    r->map = map;
    read_items(r, text, nbytes);
    read_trees(r);
    while (!r->is_bad && tag_at(r) == 'E') {
        read_range(r, NONE);
    }
    r->is_bad |= tag_at(r) != 0;
    text_add(&plain.dump, "", 0);
    put_lines(&plain.dump, r->scopes, r->ends, r->tails, r->n_scopes);
    put_lines(&plain.dump, r->ranges, r->range_ends, r->range_tails, r->n_ranges);
    plain.result = r->is_bad         ? SMC_SCOPES_DROPPED
                   : r->is_too_large ? SMC_SCOPES_OVERFLOW
                   : r->is_beyond    ? SMC_SCOPES_LIMIT
                                     : SMC_SCOPES_OK;
    plain.n_warnings = r->n_warnings;
    for (size_t i = 0; i <= nbytes; i++) {
        free(r->items[i].fields);
    }
    free(r->items);
    free(r);
    return plain;
}
