/*
 * `mappings` and `rangeMappings` (sections 3 and 10 of our reference).
 */
#include "tests/fuzz/fuzzing.h"
#include "tests/fuzz/plain_map.h"

#include "format/smcache_format.h"

#include <string.h>

#define FIELDS_MAX 5
#define TOO_LARGE INT64_MAX

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == 0 ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* One number: its magnitude, or 2^33 if that is 2^32 or more. Returns what follows; NULL: it is none. */
static const char *read_unsigned(const char *p, const char *end, uint64_t *value)
{
    uint64_t weight = 1;
    int digit;

    *value = 0;
    do {
        digit = p == end ? -1 : digit_of(*p++);
        if (digit < 0) {
            return NULL;
        }
        if ((digit & 31) != 0) {
            *value =
                weight > UINT32_MAX ? UINT64_C(1) << 33 : *value + (unsigned)(digit & 31) * weight;
        }
        *value = *value > UINT32_MAX ? UINT64_C(1) << 33 : *value;
        weight = weight > UINT32_MAX ? weight : weight * 32;
    } while (digit >= 32);
    return p;
}

/* Up to five numbers of a segment, and how many there are; more than that are six. NULL: bad grammar. */
static const char *read_segment(const char *p, const char *end, int64_t *fields, int *n)
{
    for (*n = 0; p < end && *p != ',' && *p != ';' && *n <= FIELDS_MAX; ++*n) {
        uint64_t value;
        p = read_unsigned(p, end, &value);
        if (p == NULL) {
            return NULL;
        }
        const int64_t half = (int64_t)(value / 2);
        if (*n < FIELDS_MAX) {
            fields[*n] = value > UINT32_MAX ? TOO_LARGE
                         : value == 1       ? INT32_MIN
                         : value % 2 == 0   ? half
                                            : -half;
        }
    }
    return p;
}

int plain_is_well_formed(const json_t *mappings)
{
    const char *p = json_string_value(mappings), *end = p + json_string_length(mappings);
    int64_t fields[FIELDS_MAX];
    int is_behind_comma = 0, n;

    while (p < end) {
        if (*p == ';' && !is_behind_comma) {
            p++;
            continue;
        }
        p = read_segment(p, end, fields, &n);
        if (p == NULL || (n != 1 && n != 4 && n != 5)) {
            return 0;
        }
        is_behind_comma = p < end && *p == ',';
        p += is_behind_comma;
    }
    return !is_behind_comma;
}

/* ---- range mappings ---- */

struct ranges {
    const char *p, *end; /* of a well-formed text; NULL: there are none */
    enum smc_build_ranges form;
};

/* Whether the text can be used at all. */
static int start_ranges(struct ranges *ranges, const struct plain_mappings *input)
{
    const char *p;

    *ranges = (struct ranges){.form = input->form};
    if (input->range_mappings == NULL) {
        return 1;
    }
    ranges->p = json_string_value(input->range_mappings);
    ranges->end = ranges->p + json_string_length(input->range_mappings);
    for (p = ranges->p; p < ranges->end;) {
        uint64_t value = 0;
        if (*p == ';') {
            p++;
        } else if (input->form == SMC_BUILD_RANGES_BITMAP) {
            p = digit_of(*p) < 0 ? NULL : p + 1;
        } else {
            p = read_unsigned(p, ranges->end, &value);
        }
        if (p == NULL || value > UINT32_MAX) {
            ranges->p = NULL;
            return 0;
        }
    }
    return 1;
}

/* Ends a line of so many decoded mappings, whose tokens are given where there is one: marks those that are ranges. */
static void end_ranges_line(struct ranges *ranges, struct plain_map *map, const size_t *tokens,
                            uint64_t n)
{
    uint64_t sum = 0;
    int is_first = 1;

    for (; ranges->p != NULL && ranges->p < ranges->end && *ranges->p != ';'; is_first = 0) {
        uint64_t bits = 1, base, value = 0;
        if (ranges->form == SMC_BUILD_RANGES_BITMAP) {
            bits = (uint64_t)digit_of(*ranges->p++);
            base = sum;
            sum += 6;
        } else {
            ranges->p = read_unsigned(ranges->p, ranges->end, &value);
            sum += value;
            base = sum - (ranges->form == SMC_BUILD_RANGES_ONE_BASED);
            if (value == 0 && (!is_first || ranges->form == SMC_BUILD_RANGES_ONE_BASED)) {
                map->n_warnings++; /* twice the same; or 0, where 1 is the first */
                continue;
            }
        }
        for (unsigned i = 0; i < 6; i++) {
            if ((bits >> i & 1) == 0) {
                continue;
            }
            if (base + i >= n || map->tokens[tokens[base + i]].source == PLAIN_NONE) {
                map->n_warnings++;
            } else {
                map->tokens[tokens[base + i]].is_range = 1;
            }
        }
    }
    if (ranges->p != NULL && ranges->p < ranges->end) {
        ranges->p++;
    }
}

/* ---- tokens ---- */

int plain_overflows(const json_t *mappings, int64_t *line, int64_t *column)
{
    const char *p = json_string_value(mappings), *end = p + json_string_length(mappings);
    int64_t at_line = 0, at_column = 0, fields[FIELDS_MAX] = {0};
    int n;

    for (*line = *column = -1; p < end;) {
        if (*p == ';') {
            at_line++;
            at_column = 0;
            p++;
            continue;
        }
        p = read_segment(p, end, fields, &n);
        p += p < end && *p == ',';
        if (fields[0] == TOO_LARGE) {
            return 1;
        }
        at_column += fields[0];
        for (int i = 1; i < n && at_column >= 0; i++) {
            if (fields[i] == TOO_LARGE) {
                return 1;
            }
        }
        if (at_column >= 0 && (at_line > *line || at_column > *column)) {
            *line = at_line;
            *column = at_column;
        }
    }
    return 0;
}

struct decoder {
    const struct plain_mappings *input;
    struct plain_map *map;
    int64_t line, column, source, source_line, source_column, name;
    size_t *line_tokens; /* of the line's decoded mappings */
    uint64_t n_line_tokens;
};

static void set_original(struct decoder *d, struct plain_token *token)
{
    if (d->source < 0 || d->source >= d->input->n_sources || d->source_line < 0 ||
        d->source_column < 0) {
        d->map->n_warnings++;
        return;
    }
    token->source = d->input->first_source + d->source;
    token->source_line = d->source_line;
    token->source_column = d->source_column;
}

static smc_build_status add_token(struct decoder *d, const int64_t *fields, int n)
{
    const uint64_t line = d->input->line + (uint64_t)d->line;

    if (fields[0] == TOO_LARGE) {
        return SMC_BUILD_E_MAP;
    }
    d->column += fields[0];
    if (d->column < 0) {
        d->map->n_warnings++;
        return SMC_BUILD_OK;
    }
    const uint64_t column = (uint64_t)d->column + (d->line == 0 ? d->input->column : 0);
    if (column >= SMCF_NONE) {
        return SMC_BUILD_E_LIMIT;
    }
    struct plain_token token = {(int64_t)line, (int64_t)column, PLAIN_NONE, 0, 0, NULL, 0};
    for (int i = 1; i < n; i++) {
        if (fields[i] == TOO_LARGE && i < 4) {
            return SMC_BUILD_E_MAP;
        }
    }
    if (n > 1) {
        d->source += fields[1];
        d->source_line += fields[2];
        d->source_column += fields[3];
        set_original(d, &token);
    }
    if (token.source_line >= SMCF_NONE || token.source_column >= SMCF_NONE) {
        return SMC_BUILD_E_LIMIT;
    }
    if (n == FIELDS_MAX) {
        if (fields[4] == TOO_LARGE) {
            return SMC_BUILD_E_MAP;
        }
        d->name += fields[4];
        if (d->name < 0 || d->name >= d->input->n_names) {
            d->map->n_warnings++;
        } else {
            token.name = d->input->names[d->name];
        }
    }
    d->line_tokens[d->n_line_tokens++] = d->map->n_tokens;
    d->map->tokens[d->map->n_tokens++] = token;
    return SMC_BUILD_OK;
}

smc_build_status plain_add_tokens(struct plain_map *map, const struct plain_mappings *input)
{
    const size_t nbytes = json_string_length(input->mappings);
    const char *p = json_string_value(input->mappings), *end = p + nbytes;
    struct decoder d = {.input = input, .map = map};
    struct ranges ranges;
    smc_build_status status = SMC_BUILD_OK;

    /* No more tokens than bytes. */
    map->tokens = realloc(map->tokens, (map->n_tokens + nbytes + 1) * sizeof *map->tokens);
    d.line_tokens = malloc((nbytes + 1) * sizeof *d.line_tokens);
    must_hold(map->tokens != NULL && d.line_tokens != NULL, "no memory");
    map->n_warnings += !start_ranges(&ranges, input);
    while (status == SMC_BUILD_OK && p < end) {
        int64_t fields[FIELDS_MAX] = {0};
        int n;
        if (input->line + (uint64_t)d.line > SMCF_LINE_MAX) {
            status = SMC_BUILD_E_LIMIT;
        } else if (*p == ';') {
            end_ranges_line(&ranges, map, d.line_tokens, d.n_line_tokens);
            d.n_line_tokens = 0;
            d.line++;
            d.column = 0;
            p++;
        } else {
            p = read_segment(p, end, fields, &n);
            p += p < end && *p == ',';
            status = add_token(&d, fields, n);
        }
    }
    if (status == SMC_BUILD_OK && input->line + (uint64_t)d.line > SMCF_LINE_MAX) {
        status = SMC_BUILD_E_LIMIT;
    }
    do {
        end_ranges_line(&ranges, map, d.line_tokens, d.n_line_tokens);
        d.n_line_tokens = 0;
    } while (ranges.p != NULL && ranges.p < ranges.end);
    const uint64_t n_lines = input->line + (uint64_t)d.line + 1;
    if (nbytes > 0 && n_lines > map->n_lines) {
        map->n_lines = n_lines;
    }
    free(d.line_tokens);
    return status;
}
