#include "src/build/source_list.h"
#include "src/build/paths.h"

#include <string.h>

/* sourceRoot, or what an option puts before or into names, is written for each source, so a small map
 * could ask for a huge file. Real ones grow by less than their own size. */
#define GROWTH_RATIO_MAX 16
#define GROWTH_NBYTES_MIN 1048576

/* They are kept in a buffer, of which there are two while it grows by half. */
_Static_assert((GROWTH_RATIO_MAX + 1) * 5 / 2 < SMC_BUILD_MEMORY_TIMES, "smcache_build.h");

/* What is known of a pending source, above its flags of enum smcf_source_flag. */
enum pending_flag {
    HAS_RAW = 1 << 8,
    HAS_NAME = 1 << 9,
    IS_RENAMED = 1 << 10 /* the name is not the raw one, and follows it */
};

/* A source whose name is not yet in the table of strings: what all have in common may be cut off. Two bytes of a map are
 * enough for one, so it is kept small. */
struct pending {
    size_t off; /* of its names, in list->bytes */
    size_t raw_nbytes, nbytes;
    uint32_t flags;
};

/* Where its content is. */
struct place {
    uint64_t first_line, content_off;
};

void smc_source_list_init(struct smc_source_list *list, const struct smc_build_options *options,
                          struct smc_strings *strings)
{
    *list = (struct smc_source_list){
        .options = options, .strings = strings, .growth_max = GROWTH_NBYTES_MIN};
}

void smc_source_list_add_input(struct smc_source_list *list, size_t nbytes)
{
    list->growth_max += (uint64_t)nbytes * GROWTH_RATIO_MAX;
}

static void apply_options(struct smc_source_list *list)
{
    const struct smc_build_options *options = list->options;

    if (options->clean_paths) {
        smc_path_clean(&list->name);
    }
    for (size_t i = 0; i < options->n_replacements; i++) {
        smc_path_replace(&list->name, &options->replacements[i], &list->scratch);
    }
    for (size_t i = 0; i < options->n_strip_prefixes; i++) {
        if (smc_path_strip_prefix(&list->name, options->strip_prefixes[i])) {
            break;
        }
    }
}

static int is_raw(const struct smc_source_list *list, const struct smc_new_source *source)
{
    return source->raw != NULL && list->name.nbytes == source->raw_nbytes &&
           (source->raw_nbytes == 0 ||
            memcmp(list->name.data, source->raw, source->raw_nbytes) == 0);
}

/* The name by the options, if it is another one than the raw one. */
static void add_name(struct smc_source_list *list, const struct smc_new_source *source,
                     struct pending *pending)
{
    apply_options(list);
    pending->flags |= HAS_NAME;
    pending->nbytes = list->name.nbytes;
    if (!is_raw(list, source)) {
        pending->flags |= IS_RENAMED;
        list->growth += pending->nbytes;
        smc_buf_append(&list->bytes, list->name.data, pending->nbytes);
    }
}

smc_build_status smc_source_list_add(struct smc_source_list *list,
                                     const struct smc_new_source *source)
{
    const int has_raw = source->raw != NULL;
    const struct place place = {source->first_line, source->content_off};
    struct pending pending = {.off = list->bytes.nbytes,
                              .raw_nbytes = has_raw ? source->raw_nbytes : 0,
                              .flags = source->flags | (has_raw ? (uint32_t)HAS_RAW : 0)};

    smc_buf_append(&list->bytes, has_raw ? source->raw : (const uint8_t *)"", pending.raw_nbytes);
    if (source->has_name) {
        add_name(list, source, &pending);
    }
    if (list->growth > list->growth_max) {
        return SMC_BUILD_E_LIMIT;
    }
    smc_buf_append(&list->pending, &pending, sizeof pending);
    if (list->is_split_early) {
        smc_buf_append(&list->places, &place, sizeof place);
    }
    list->n++;
    return list->pending.failed || list->places.failed || list->bytes.failed || list->name.failed
               ? SMC_BUILD_E_MEMORY
               : SMC_BUILD_OK;
}

void smc_source_list_ignore(struct smc_source_list *list, size_t index)
{
    ((struct pending *)(void *)list->pending.data)[index].flags |= SMCF_SOURCE_IGNORED;
}

static const uint8_t *name_of(const struct smc_source_list *list, const struct pending *source)
{
    return list->bytes.data + source->off +
           ((source->flags & IS_RENAMED) != 0 ? source->raw_nbytes : 0);
}

/* Bytes up to the last slash that all names have in common. */
static size_t common_prefix(const struct smc_source_list *list)
{
    const struct pending *sources = (const void *)list->pending.data;
    const uint8_t *first = NULL;
    size_t nbytes = 0;

    for (size_t i = 0; i < list->n && list->bytes.data != NULL; i++) {
        const struct pending *source = &sources[i];
        if ((source->flags & HAS_NAME) == 0) {
            continue;
        }
        const uint8_t *name = name_of(list, source);
        if (first == NULL) {
            first = name;
            nbytes = source->nbytes;
        }
        size_t k = 0;
        while (k < nbytes && k < source->nbytes && name[k] == first[k] &&
               !(list->is_split_early && (name[k] == '?' || name[k] == '#'))) {
            k++;
        }
        nbytes = k;
    }
    while (nbytes > 0 && first != NULL && first[nbytes - 1] != '/') {
        nbytes--;
    }
    return nbytes;
}

smc_build_status smc_source_list_finish(struct smc_source_list *list, struct smc_buf *entries)
{
    const struct pending *sources = (const void *)list->pending.data;
    const struct place *places = (const void *)list->places.data;
    const size_t n = list->n;
    const size_t cut = list->options->strip_common_prefix ? common_prefix(list) : 0;

    (void)smc_buf_reserve_times(entries, n, sizeof(struct smc_source_entry), 0);
    for (size_t i = 0; i < n; i++) {
        struct smc_source_entry entry = {SMCF_NONE, SMCF_NONE, sources[i].flags & UINT8_MAX, 0, 0};
        if (list->is_split_early) {
            entry.first_line = places[i].first_line;
            entry.content_off = places[i].content_off;
        }
        if ((sources[i].flags & HAS_RAW) != 0) {
            entry.raw_name = smc_strings_add(list->strings, list->bytes.data + sources[i].off,
                                             sources[i].raw_nbytes);
        }
        smc_buf_append(entries, &entry, sizeof entry);
    }
    if (entries->failed) {
        return SMC_BUILD_E_MEMORY;
    }
    struct smc_source_entry *entry = (void *)entries->data;
    for (size_t i = 0; i < n; i++) {
        if ((sources[i].flags & HAS_NAME) != 0) {
            entry[i].name = smc_strings_add(list->strings, name_of(list, &sources[i]) + cut,
                                            sources[i].nbytes - cut);
        }
    }
    return list->strings->bytes.failed ? SMC_BUILD_E_MEMORY : SMC_BUILD_OK;
}

void smc_source_list_free(struct smc_source_list *list)
{
    smc_buf_free(&list->name);
    smc_buf_free(&list->pending);
    smc_buf_free(&list->places);
    smc_buf_free(&list->bytes);
    smc_buf_free(&list->scratch);
}
