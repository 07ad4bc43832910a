#include "src/build/source_list.h"
#include "src/build/paths.h"

#include <string.h>

/* sourceRoot, or what an option puts before or into names, is written for each source, so a small map
 * could ask for a huge file. Real ones grow by less than their own size. */
#define GROWTH_RATIO_MAX 16
#define GROWTH_NBYTES_MIN 1048576

/* A source whose name is not yet in the table of strings: what all have in common may be cut off. */
struct pending {
    size_t raw_off, raw_nbytes, off, nbytes; /* in list->bytes; may be the same */
    int has_raw, has_name;
    uint32_t flags;
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

smc_build_status smc_source_list_add(struct smc_source_list *list,
                                     const struct smc_new_source *source)
{
    struct pending pending = {.raw_off = list->bytes.nbytes,
                              .raw_nbytes = source->raw == NULL ? 0 : source->raw_nbytes,
                              .off = list->bytes.nbytes,
                              .has_raw = source->raw != NULL,
                              .has_name = source->has_name,
                              .flags = source->flags,
                              .first_line = source->first_line,
                              .content_off = source->content_off};

    smc_buf_append(&list->bytes, source->raw != NULL ? source->raw : (const uint8_t *)"",
                   pending.raw_nbytes);
    if (source->has_name) {
        apply_options(list);
        pending.nbytes = list->name.nbytes;
        if (!is_raw(list, source)) {
            list->growth += pending.nbytes;
            pending.off = list->bytes.nbytes;
            smc_buf_append(&list->bytes, list->name.data, pending.nbytes);
        }
    }
    if (list->growth > list->growth_max) {
        return SMC_BUILD_E_LIMIT;
    }
    smc_buf_append(&list->pending, &pending, sizeof pending);
    list->n++;
    return list->pending.failed || list->bytes.failed || list->name.failed ? SMC_BUILD_E_MEMORY
                                                                           : SMC_BUILD_OK;
}

void smc_source_list_ignore(struct smc_source_list *list, size_t index)
{
    ((struct pending *)(void *)list->pending.data)[index].flags |= SMCF_SOURCE_IGNORED;
}

/* Bytes up to the last slash that all names have in common. */
static size_t common_prefix(const struct smc_source_list *list)
{
    const struct pending *sources = (const void *)list->pending.data, *first = NULL;
    const uint8_t *bytes = list->bytes.data;
    size_t nbytes = 0;

    for (size_t i = 0; i < list->n && bytes != NULL; i++) {
        const struct pending *source = &sources[i];
        if (!source->has_name) {
            continue;
        }
        if (first == NULL) {
            first = source;
            nbytes = source->nbytes;
        }
        size_t k = 0;
        while (k < nbytes && k < source->nbytes) {
            const uint8_t c = bytes[source->off + k];
            if (c != bytes[first->off + k] || (list->is_split_early && (c == '?' || c == '#'))) {
                break;
            }
            k++;
        }
        nbytes = k;
    }
    while (nbytes > 0 && first != NULL && bytes[first->off + nbytes - 1] != '/') {
        nbytes--;
    }
    return nbytes;
}

smc_build_status smc_source_list_finish(struct smc_source_list *list, struct smc_buf *entries)
{
    const struct pending *sources = (const void *)list->pending.data;
    const size_t n = list->n;
    const size_t cut = list->options->strip_common_prefix ? common_prefix(list) : 0;

    for (size_t i = 0; i < n; i++) {
        struct smc_source_entry entry = {SMCF_NONE, SMCF_NONE, sources[i].flags,
                                         sources[i].first_line, sources[i].content_off};
        if (sources[i].has_raw) {
            entry.raw_name = smc_strings_add(list->strings, list->bytes.data + sources[i].raw_off,
                                             sources[i].raw_nbytes);
        }
        smc_buf_append(entries, &entry, sizeof entry);
    }
    if (entries->failed) {
        return SMC_BUILD_E_MEMORY;
    }
    struct smc_source_entry *entry = (void *)entries->data;
    for (size_t i = 0; i < n; i++) {
        if (sources[i].has_name) {
            entry[i].name = smc_strings_add(list->strings, list->bytes.data + sources[i].off + cut,
                                            sources[i].nbytes - cut);
        }
    }
    return list->strings->bytes.failed ? SMC_BUILD_E_MEMORY : SMC_BUILD_OK;
}

void smc_source_list_free(struct smc_source_list *list)
{
    smc_buf_free(&list->name);
    smc_buf_free(&list->pending);
    smc_buf_free(&list->bytes);
    smc_buf_free(&list->scratch);
}
