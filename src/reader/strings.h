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
    const uint8_t *values; /* NULL: it leads outside of the section */
};

static SMC_ALWAYS_INLINE struct smc_offset_group smc_offset_group(const struct smc_offsets *list,
                                                                  uint64_t index)
{
    const uint8_t *group = (const uint8_t *)&list->groups[index];
    const uint64_t rest = smc_load64(group + offsetof(struct smcf_offset_group, first_word));
    const uint64_t first = (uint32_t)rest;
    const unsigned width = (unsigned)(rest >> 48) & 0xff;
    const int is_inside = width <= SMCF_OFFSET_WIDTH_MAX && first + width <= list->n_words;

    return (struct smc_offset_group){smc_load64(group), (unsigned)(rest >> 32) & 0xffff, width,
                                     is_inside ? list->words + first * 8 : NULL};
}

/* Value `i` < n; UINT64_MAX where a damaged group leads outside. */
static inline uint64_t smc_offset_at(const struct smc_offsets *list, uint64_t i)
{
    const struct smc_offset_group group = smc_offset_group(list, i / SMCF_GROUP_VALUES);
    const uint64_t k = i % SMCF_GROUP_VALUES;

    return group.values != NULL ? group.base + ((group.slope * k) >> 8) +
                                      smc_bits(group.values, k * group.width, group.width)
                                : UINT64_MAX;
}

/* String `index`, or an empty view for SMC_NONE. No branch knows which of both. */
static SMC_ALWAYS_INLINE smc_status smc_string_view(const smc_cache *cache, uint32_t index,
                                                    struct smc_view *view)
{
    const struct smc_offsets *list = &cache->string_offsets;
    const uint64_t is_there = 0 - (uint64_t)(index != SMC_NONE);
    const uint64_t i = index & is_there, k = i % SMCF_GROUP_VALUES;

    view->ptr = NULL;
    view->nbytes = 0;
    if (i >= cache->n_strings) {
        return index == SMC_NONE ? SMC_OK : SMC_E_DAMAGED;
    }
    const struct smc_offset_group group = smc_offset_group(list, i / SMCF_GROUP_VALUES);
    if (group.values == NULL) {
        return SMC_E_DAMAGED;
    }
    const uint64_t bit = k * group.width, slopes = group.slope * k;
    const uint64_t start = group.base + (slopes >> 8) + smc_bits(group.values, bit, group.width);
    const uint64_t end = k + 1 < SMCF_GROUP_VALUES
                             ? group.base + ((slopes + group.slope) >> 8) +
                                   smc_bits(group.values, bit + group.width, group.width)
                             : smc_offset_at(list, i + 1);
    if (start > end || end > cache->string_nbytes) {
        return SMC_E_DAMAGED;
    }
    view->ptr = (const char *)((uintptr_t)(cache->string_bytes + start) & (uintptr_t)is_there);
    view->nbytes = (size_t)((end - start) & is_there);
    return SMC_OK;
}

#endif
