#include "tests/unit/attack.h"

#define STEP_OF_RUNNERS 29
#define VALUES_MAX 1024
#define SAMPLES_MAX 12

struct values {
    uint64_t old, max; /* max: all ones */
    uint64_t list[VALUES_MAX];
    size_t n;
};

static void add_value(struct values *values, uint64_t value)
{
    if (value > values->max || value == values->old) {
        return;
    }
    for (size_t i = 0; i < values->n; i++) {
        if (values->list[i] == value) {
            return;
        }
    }
    assert_true(values->n < VALUES_MAX);
    values->list[values->n++] = value;
}

static void add_around(struct values *values, uint64_t value)
{
    add_value(values, value - 1);
    add_value(values, value);
    add_value(values, value + 1);
}

/* Where integers have their borders, and 8 below those: a guard, or a header, further on. */
static void add_borders(struct values *values, unsigned width)
{
    static const unsigned bits[] = {7, 8, 15, 16, 23, 24, 31, 32, 39, 40, 63};

    add_around(values, 0);
    add_around(values, values->old);
    for (size_t i = 0; i < COUNT_OF(bits); i++) {
        add_around(values, UINT64_C(1) << bits[i]);
        add_value(values, (UINT64_C(1) << bits[i]) - 8);
    }
    add_value(values, values->max);
    add_value(values, values->max - 7);
    add_around(values, values->max >> 1);
    for (unsigned bit = 0; width <= 16 && bit < width; bit++) {
        add_value(values, values->old ^ UINT64_C(1) << bit);
    }
}

/* Limits of the format. */
static void add_limits(struct values *values, unsigned width)
{
    static const uint64_t limits[] = {SMCF_MAJOR,
                                      SMCF_NAMELESS_MAX,
                                      SMCF_LOW_WIDTH_MAX,
                                      SMCF_COLUMN_WIDTH_MAX,
                                      SMCF_OFFSET_WIDTH_MAX,
                                      64,
                                      SMCF_BLOCK_TOKENS,
                                      SMCF_SECTIONS_MAX,
                                      SMCF_STRETCH_NBYTES,
                                      SMCF_CONTENT_BLOCK_MIN,
                                      SMCF_CONTENT_BLOCK_MAX,
                                      SMCF_CONTENT_BLOCK_MIN * UINT64_C(2),
                                      SMCF_LINE_MAX};

    for (size_t i = 0; width >= 8 && i < COUNT_OF(limits); i++) {
        add_around(values, limits[i]);
    }
}

/* Counts of all sections, which are what indices are less than; sizes and places of its own one, and for the section
 * table of all. */
static void add_landmarks(struct values *values, const struct file *file,
                          const struct fields *fields)
{
    const struct smcf_header *header = (const void *)file->bytes;
    const struct smcf_section *entries = (const void *)(header + 1);

    for (uint32_t i = 0; fields->width >= 16 && i < smcf_get32(header->n_sections); i++) {
        const uint64_t off = smcf_get64(entries[i].off), nbytes = smcf_get64(entries[i].nbytes);
        const uint32_t id = smcf_get32(entries[i].id);
        add_value(values, smcf_get64(entries[i].count) - 1);
        add_value(values, smcf_get64(entries[i].count));
        if (fields->section <= OF_TABLE || fields->section == id) {
            add_around(values, smcf_get64(entries[i].count));
            add_around(values, nbytes);
            add_value(values, off);
            add_value(values, off + nbytes);
            add_value(values, id);
        }
    }
    add_around(values, file->nbytes);
}

/* Indices: its own, which makes a circle of a list, those beside it, and how many there are. And what others have: two
 * of the same, or in a wrong order. */
static void add_neighbours(struct values *values, const struct file *file,
                           const struct fields *fields, uint64_t i)
{
    const uint64_t others[] = {0, i - 1, i + 1, fields->n / 2, fields->n - 1};

    add_around(values, i);
    add_around(values, fields->n);
    for (size_t k = 0; k < COUNT_OF(others); k++) {
        if (others[k] < fields->n) {
            add_around(values, field_get(file->bytes, fields, others[k]));
        }
    }
}

/* The first ones, the last ones, and some between them. */
static uint64_t sample(const struct fields *fields, unsigned k)
{
    const uint64_t n = fields->n;

    if (n <= SAMPLES_MAX || k < SAMPLES_MAX / 3) {
        return k;
    }
    return k >= SAMPLES_MAX / 3 * 2 ? n - (SAMPLES_MAX - k) : n * k / SAMPLES_MAX;
}

static int is_wanted(const uint32_t *sections, uint32_t section)
{
    while (sections != NULL && *sections != section && *sections != 0) {
        sections++;
    }
    return sections == NULL || *sections == section;
}

/* Clang tells of all sanitizers, gcc of the one that takes time. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#define IS_SANITIZED                                                                               \
    (__has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer))
#else
#define IS_SANITIZED 0
#endif

unsigned attack_step(void)
{
    const char *runner = getenv("SMCACHE_RUNNER");
    return (runner == NULL || *runner == '\0') && !IS_SANITIZED ? 1 : STEP_OF_RUNNERS;
}

struct visits {
    const struct file *file;
    attack_visitor visitor;
    void *context;
    unsigned n, step;
};

static void visit(struct visits *visits, const struct hostile_field *hostile)
{
    if (visits->n++ % visits->step == 0) {
        visits->visitor(visits->context, hostile);
    }
}

static void attack_field(struct visits *visits, const struct fields *fields, uint64_t i)
{
    const struct file *file = visits->file;
    struct hostile_field hostile = {fields, i, 0, 0};
    struct values values = {.old = field_get(file->bytes, fields, i),
                            .max = UINT64_MAX >> (64 - fields->width)};

    add_borders(&values, fields->width);
    add_limits(&values, fields->width);
    add_landmarks(&values, file, fields);
    add_neighbours(&values, file, fields, i);
    for (size_t k = 0; k < values.n; k++) {
        hostile.value = values.list[k];
        visit(visits, &hostile);
    }
    if (i + 1 < fields->n && field_get(file->bytes, fields, i + 1) != values.old) {
        hostile.value = field_get(file->bytes, fields, i + 1);
        hostile.swaps = 1;
        visit(visits, &hostile);
    }
}

void attack_each(const struct file *file, const struct field_list *fields, const uint32_t *sections,
                 attack_visitor visitor, void *context)
{
    struct visits visits = {file, visitor, context, 0, attack_step()};

    for (size_t f = 0; f < fields->n; f++) {
        const struct fields *each = &fields->list[f];
        if (!is_wanted(sections, each->section)) {
            continue;
        }
        const unsigned n = each->n < SAMPLES_MAX ? (unsigned)each->n : SAMPLES_MAX;
        for (unsigned k = 0; k < n; k++) {
            attack_field(&visits, each, sample(each, k));
        }
    }
}

void hostile_field_set(uint8_t *bytes, const struct hostile_field *hostile)
{
    const uint64_t old = field_get(bytes, hostile->fields, hostile->i);

    field_set(bytes, hostile->fields, hostile->i, hostile->value);
    if (hostile->swaps) {
        field_set(bytes, hostile->fields, hostile->i + 1, old);
    }
}

void hostile_field_undo(uint8_t *bytes, const uint8_t *original,
                        const struct hostile_field *hostile)
{
    const size_t digest = offsetof(struct smcf_header, content_digest);

    for (uint64_t i = hostile->i; i <= hostile->i + (hostile->swaps != 0); i++) {
        field_set(bytes, hostile->fields, i, field_get(original, hostile->fields, i));
    }
    memcpy(bytes + digest, original + digest, sizeof((struct smcf_header *)0)->content_digest);
}
