#include "tools/units.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t n; /* of the smallest unit */
};

/* Names that mean the same as ccache has them. */
static const struct unit sizes[] = {
    {"", 1},
    {"B", 1},
    {"k", (uint64_t)1 << 10},
    {"K", (uint64_t)1 << 10},
    {"KiB", (uint64_t)1 << 10},
    {"M", (uint64_t)1 << 20},
    {"MiB", (uint64_t)1 << 20},
    {"G", (uint64_t)1 << 30},
    {"GiB", (uint64_t)1 << 30},
    {"T", (uint64_t)1 << 40},
    {"TiB", (uint64_t)1 << 40},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", 1000000000000},
};
#define N_SIZES (sizeof sizes / sizeof sizes[0])

/* From the largest on. Without a unit a time would be anybody's guess. */
static const struct unit durations[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
};
#define N_DURATIONS (sizeof durations / sizeof durations[0])

/* As a number, decimals are less than the scale; times a unit they must fit in 64 bits. */
#define DECIMALS_MAX 6
_Static_assert(UINT64_MAX / 1000000 > (uint64_t)1 << 40, "10^DECIMALS_MAX times a TiB");
_Static_assert(DURATION_MS_MAX < INT64_MAX / 1000000, "nanoseconds");

/* Digits from *p on; 0, or -1 if there are none or too many for 64 bits. */
static int take_digits(const char **p, uint64_t *number)
{
    const char *start = *p;

    *number = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        const uint64_t digit = (uint64_t)(**p - '0');
        if (*number > (UINT64_MAX - digit) / 10) {
            return -1;
        }
        *number = *number * 10 + digit;
    }
    return *p > start ? 0 : -1;
}

/* How much the unit is whose name is all of the text; 0 if there is none. A space before a name is fine. */
static uint64_t take_unit(const char *text, const struct unit *units, size_t n_units)
{
    const int has_space = text[0] == ' ' && text[1] != '\0';

    for (size_t i = 0; i < n_units; i++) {
        if (strcmp(text + has_space, units[i].name) == 0) {
            return units[i].n;
        }
    }
    return 0;
}

int parse_size(const char *text, uint64_t *nbytes)
{
    uint64_t whole, decimals = 0, scale = 1;

    if (take_digits(&text, &whole) != 0) {
        return -1;
    }
    if (*text == '.') {
        const char *start = ++text;
        if (take_digits(&text, &decimals) != 0 || text - start > DECIMALS_MAX) {
            return -1;
        }
        for (; start < text; start++) {
            scale *= 10;
        }
    }
    const uint64_t unit = take_unit(text, sizes, N_SIZES);
    if (unit == 0 || (unit == 1 && scale > 1) || whole > SIZE_NBYTES_MAX / unit) {
        return -1;
    }
    const uint64_t rest = decimals * unit / scale;
    if (rest > SIZE_NBYTES_MAX - whole * unit) {
        return -1;
    }
    *nbytes = whole * unit + rest;
    return 0;
}

const char *size_text(uint64_t nbytes, char text[SIZE_TEXT_NBYTES])
{
    static const char letters[] = "KMGT"; /* no more, as parse_size knows no more */
    uint64_t unit = 1024;
    size_t i = 0;

    if (nbytes < unit) {
        (void)snprintf(text, SIZE_TEXT_NBYTES, "%" PRIu64 " B", nbytes);
        return text;
    }
    /* What would be rounded to 1024.0 of a unit is 1.0 of the next. */
    while (letters[i + 1] != '\0' && nbytes >= unit * 1024 - unit / 20) {
        unit *= 1024;
        i++;
    }
    const uint64_t tenths = ((nbytes % unit) * 10 + unit / 2) / unit; /* 10 of them: one more */
    (void)snprintf(text, SIZE_TEXT_NBYTES, "%" PRIu64 ".%" PRIu64 " %ciB",
                   nbytes / unit + tenths / 10, tenths % 10, letters[i]);
    return text;
}

void print_size(FILE *to, uint64_t nbytes)
{
    char text[SIZE_TEXT_NBYTES];
    fputs(size_text(nbytes, text), to);
}

int parse_duration(const char *text, uint64_t *ms)
{
    uint64_t number;

    if (take_digits(&text, &number) != 0) {
        return -1;
    }
    const uint64_t unit = take_unit(text, durations, N_DURATIONS);
    if (unit == 0 || number > DURATION_MS_MAX / unit) {
        return -1;
    }
    *ms = number * unit;
    return 0;
}

void print_duration(FILE *to, uint64_t ms)
{
    size_t i = 0;

    if (ms == 0) {
        fputs("0s", to);
        return;
    }
    while (ms % durations[i].n != 0) {
        i++; /* all are a whole number of the last */
    }
    fprintf(to, "%" PRIu64 "%s", ms / durations[i].n, durations[i].name);
}
