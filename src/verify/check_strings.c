/*
 * Offset lists (spec 4) and strings (spec 2.2, 6).
 */
#include "src/verify/checks.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

int smc_is_wtf8(const uint8_t *p, size_t nbytes)
{
    const uint8_t *end = p + nbytes;
    int after_high = 0; /* a high surrogate precedes: a low one must not follow */

    while (p < end) {
        unsigned lead = *p, more = 0;
        int is_high = 0;
        if (lead >= 0x80) {
            more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
            if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - p) <= more) {
                return 0;
            }
            for (unsigned i = 1; i <= more; i++) {
                if ((p[i] & 0xc0) != 0x80) {
                    return 0;
                }
            }
            if ((lead == 0xe0 && p[1] < 0xa0) || (lead == 0xf0 && p[1] < 0x90) ||
                (lead == 0xf4 && p[1] > 0x8f)) {
                return 0;
            }
            is_high = lead == 0xed && p[1] >= 0xa0 && p[1] <= 0xaf;
            if (after_high && lead == 0xed && p[1] >= 0xb0) {
                return 0;
            }
        }
        after_high = is_high;
        p += more + 1;
    }
    return 1;
}

smc_status smc_check_offsets(const smc_cache *cache, const struct smc_offsets *list, uint64_t end,
                             struct smc_error *error)
{
    uint64_t n_groups = (list->n + SMCF_GROUP_VALUES - 1) / SMCF_GROUP_VALUES;
    uint64_t word = 0, last = 0;

    for (uint64_t g = 0; g < n_groups; g++) {
        const struct smcf_offset_group *group = &list->groups[g];
        uint64_t where = smc_offset_of(cache, group);
        uint64_t n = list->n - g * SMCF_GROUP_VALUES;
        if (smcf_get32(group->first_word) != word || group->width > SMCF_OFFSET_WIDTH_MAX ||
            group->width > list->n_words - word || group->reserved != 0) {
            return smc_fail(error, SMC_E_DAMAGED, "bad group of an offset list", where);
        }
        for (uint64_t k = n; k < SMCF_GROUP_VALUES; k++) {
            if (smc_bits(list->words + word * 8, k * group->width, group->width) != 0) {
                return smc_fail(error, SMC_E_DAMAGED, "unused bits of an offset list are not zero",
                                where);
            }
        }
        for (uint64_t k = 0; k < n && k < SMCF_GROUP_VALUES; k++) {
            uint64_t value = smc_offsets_at(list, g * SMCF_GROUP_VALUES + k);
            if (value < last || value > end) {
                return smc_fail(error, SMC_E_DAMAGED, "offset list does not ascend", where);
            }
            last = value;
        }
        word += group->width;
    }
    if (word != list->n_words || !smc_is_zero(list->words + word * 8, SMCF_GUARD_NBYTES)) {
        return smc_fail(error, SMC_E_DAMAGED, "bytes after an offset list, or guard not zero",
                        smc_offset_of(cache, list->words + word * 8));
    }
    return SMC_OK;
}

uint32_t *smc_slots_new(uint32_t n, uint64_t *n_slots)
{
    uint32_t *slots = NULL;

    *n_slots = 2;
    while (*n_slots < 2 * (uint64_t)n) {
        *n_slots *= 2;
    }
    if (*n_slots <= SIZE_MAX / sizeof *slots) {
        slots = malloc((size_t)*n_slots * sizeof *slots);
    }
    return slots == NULL ? NULL : memset(slots, 0xff, (size_t)*n_slots * sizeof *slots);
}

/* Enters string `index` into a hash table; 0 if an equal one is there. The table's address is the
 * seed: who chooses the strings must not choose how they collide. */
static int enter_string(const smc_cache *cache, uint32_t *slots, uint64_t n_slots, uint32_t index,
                        struct smc_view string)
{
    uint64_t at =
        XXH3_64bits_withSeed(string.ptr, string.nbytes, (uint64_t)(uintptr_t)slots) & (n_slots - 1);

    for (; slots[at] != SMC_NONE; at = (at + 1) & (n_slots - 1)) {
        struct smc_view other;
        if (smc_string_at(cache, slots[at], &other) == SMC_OK && other.nbytes == string.nbytes &&
            memcmp(other.ptr, string.ptr, string.nbytes) == 0) {
            return 0;
        }
    }
    slots[at] = index;
    return 1;
}

static const char twice[] = "string that is there twice";

static smc_status check_each_string(const smc_cache *cache, uint32_t *slots, uint64_t n_slots,
                                    struct smc_error *error)
{
    for (uint32_t i = 0; i < cache->n_strings; i++) {
        struct smc_view string;
        if (smc_string_at(cache, i, &string) != SMC_OK) {
            return smc_fail(error, SMC_E_DAMAGED, "string outside of STRING_BYTES",
                            smc_offset_of(cache, cache->string_bytes));
        }
        uint64_t where = smc_offset_of(cache, string.ptr);
        if (!smc_is_wtf8((const uint8_t *)string.ptr, string.nbytes)) {
            return smc_fail(error, SMC_E_DAMAGED, "string is not WTF-8", where);
        }
        if (!enter_string(cache, slots, n_slots, i, string)) {
            return smc_fail(error, SMC_E_DAMAGED, twice, where);
        }
    }
    return SMC_OK;
}

/* The fewest bytes that n strings have if none is there twice. The others are found before there is a table for them:
 * in an offset list a string takes no more than two bits. */
static uint64_t least_nbytes(uint64_t n)
{
    uint64_t nbytes = 0, n_of_length = 1;

    for (unsigned length = 0; n > 0; length++, n_of_length *= 256) {
        const uint64_t n_now = n < n_of_length ? n : n_of_length;
        nbytes += n_now * length;
        n -= n_now;
    }
    return nbytes;
}

smc_status smc_check_strings(const smc_cache *cache, struct smc_error *error)
{
    uint64_t n_slots;
    smc_status status =
        smc_check_offsets(cache, &cache->string_offsets, cache->string_nbytes, error);

    if (status != SMC_OK) {
        return status;
    }
    if (smc_offsets_at(&cache->string_offsets, 0) != 0 ||
        smc_offsets_at(&cache->string_offsets, cache->n_strings) != cache->string_nbytes) {
        return smc_fail(error, SMC_E_DAMAGED, "strings do not fill STRING_BYTES",
                        smc_offset_of(cache, cache->string_bytes));
    }
    if (least_nbytes(cache->n_strings) > cache->string_nbytes) {
        return smc_fail(error, SMC_E_DAMAGED, twice, smc_offset_of(cache, cache->string_bytes));
    }
    uint32_t *slots = smc_slots_new(cache->n_strings, &n_slots);
    if (slots == NULL) {
        return smc_fail(error, SMC_E_MEMORY, smc_status_text(SMC_E_MEMORY), 0);
    }
    status = check_each_string(cache, slots, n_slots, error);
    free(slots);
    return status;
}
