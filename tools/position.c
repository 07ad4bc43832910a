#include "tools/cli.h"

#include <string.h>

/* Digits from *p on; what exceeds 32 bits is cut. 0, or -1 if there are none. */
static int take_digits(const char **p, const char *end, uint32_t *number)
{
    const char *start = *p;
    uint64_t value = 0;

    while (*p < end && **p >= '0' && **p <= '9') {
        value = value * 10 + (uint64_t)(**p - '0');
        value = value > UINT32_MAX ? UINT32_MAX : value;
        (*p)++;
    }
    *number = (uint32_t)value;
    return *p > start ? 0 : -1;
}

int parse_position(const char *text, size_t nbytes, uint32_t line_base, uint32_t column_base,
                   struct smc_position *position, const char **reason)
{
    const char *p = text, *end = text + nbytes;

    *reason = "not of the form LINE:COLUMN";
    if (take_digits(&p, end, &position->line) != 0 || p == end || *p != ':') {
        return -1;
    }
    p++;
    if (take_digits(&p, end, &position->column) != 0 || p != end) {
        return -1;
    }
    if (position->line < line_base) {
        *reason = "lines count from 1 (or give --line-base 0)";
        return -1;
    }
    if (position->column < column_base) {
        *reason = "columns count from 1 (or give --column-base 0)";
        return -1;
    }
    position->line -= line_base;
    position->column -= column_base;
    return 0;
}

int parse_number(const char *text, uint32_t max, uint32_t *number)
{
    const char *p = text, *end = text + strlen(text);
    return take_digits(&p, end, number) == 0 && p == end && *number <= max ? 0 : -1;
}
