/*
 * Values of offset lists (spec 4) and strings (spec 6), inlined into the lookup.
 */
#ifndef SMC_READER_STRINGS_H
#define SMC_READER_STRINGS_H

#include "src/reader/bits.h"
#include "src/reader/cache.h"

/* A group of a list, its last 8 bytes in one load. */
struct smc_offset_group {
    uint64_t base;
    unsigned slope, width;
    const uint8_t *values;
};

/* 0 where its width is no width, or its values would be outside of the section. */
static SMC_ALWAYS_INLINE int smc_offset_group_get(const struct smc_offsets *list, uint64_t index,
                                                  struct smc_offset_group *group)
{
    const uint8_t *at = (const uint8_t *)&list->groups[index];
    const uint64_t rest = smc_load64(at + offsetof(struct smcf_offset_group, first_word));
    const uint64_t first = (uint32_t)rest;

    group->base = smc_load64(at);
    group->slope = (unsigned)(rest >> 32) & 0xffff;
    group->width = (unsigned)(rest >> 48) & 0xff;
    if (!((group->width <= SMCF_OFFSET_WIDTH_MAX) & (first + group->width <= list->n_words))) {
        return 0; /* before a pointer is formed of them */
    }
    group->values = list->words + first * 8;
    return 1;
}

/* Value `i` < n; UINT64_MAX where a damaged group leads outside. */
static inline uint64_t smc_offset_at(const struct smc_offsets *list, uint64_t i)
{
    const uint64_t k = i % SMCF_GROUP_VALUES;
    struct smc_offset_group group;

    return smc_offset_group_get(list, i / SMCF_GROUP_VALUES, &group)
               ? group.base + ((group.slope * k) >> 8) +
                     smc_bits(group.values, k * group.width, group.width)
               : UINT64_MAX;
}

/* Field by field: compilers copy a whole view with one load, which waits for the stores of its halves. */
static SMC_ALWAYS_INLINE int smc_no_view(struct smc_view *view)
{
    view->ptr = NULL;
    view->nbytes = 0;
    return 0;
}

/* String `index` < n_strings; 0, and an empty view, where a damaged file leads outside. */
static SMC_ALWAYS_INLINE int smc_string_view(const smc_cache *cache, uint32_t index,
                                             struct smc_view *view, int bmi2)
{
    const struct smc_offsets *list = &cache->string_offsets;
    const unsigned k = index % SMCF_GROUP_VALUES;
    struct smc_offset_group group;
    uint64_t end;

    if (!smc_offset_group_get(list, index / SMCF_GROUP_VALUES, &group)) {
        return smc_no_view(view);
    }
    const unsigned bit = k * group.width, slopes = group.slope * k;
    const uint64_t bits = smc_bits_from(group.values, bit);
    const uint64_t start = group.base + (slopes >> 8) + smc_lowest(bits, group.width, bmi2);
    if (k + 1 < SMCF_GROUP_VALUES && group.width <= 28) { /* nearly always: one load has both */
        end = group.base + ((slopes + group.slope) >> 8) +
              smc_lowest(bits >> group.width, group.width, bmi2);
    } else {
        end = smc_offset_at(list, (uint64_t)index + 1);
    }
    if (start > end || end > cache->string_nbytes) { /* no pointer may be formed of these */
        return smc_no_view(view);
    }
    view->ptr = (const char *)cache->string_bytes + start;
    view->nbytes = (size_t)(end - start);
    return 1;
}

/* The name of a source; 0, and an empty view, if the record leads outside. */
static SMC_ALWAYS_INLINE int
smc_source_name(const smc_cache *cache, const struct smcf_source *source, struct smc_view *view)
{
    const uint32_t off = smcf_get32(source->name_off);
    const unsigned nbytes = smcf_get16(source->name_nbytes);

    if (nbytes == SMCF_NAME_INDIRECT) {
        return smc_string_at(cache, off, view) == SMC_OK;
    }
    if ((uint64_t)off + nbytes > cache->string_nbytes) { /* no pointer may be formed of these */
        return smc_no_view(view);
    }
    view->ptr = (const char *)cache->string_bytes + off;
    view->nbytes = nbytes;
    return 1;
}

#endif
