/*
 * The deduplicated string table (spec 6).
 */
#include "src/build/parts.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t start_of(const struct smc_strings *strings, uint32_t id)
{
    return id < strings->n ? ((const uint64_t *)(const void *)strings->starts.data)[id]
                           : strings->bytes.nbytes;
}

/* What is expected is a guess; a megabyte is the most that it may cost. */
#define EXPECTED_MAX 65536

/* A table of three strings to four slots at most. */
static int is_full(uint64_t n, uint64_t n_slots)
{
    return n >= n_slots - n_slots / 4;
}

/* Makes the table one for n strings and one more. */
static int grow(struct smc_strings *strings, uint64_t n)
{
    uint64_t n_slots = strings->n_slots == 0 ? 1024 : strings->n_slots;
    struct smc_string_slot *slots;

    while (is_full(n, n_slots)) {
        n_slots *= 2;
    }
    if (n_slots > UINT32_MAX || (slots = calloc((size_t)n_slots, sizeof *slots)) == NULL) {
        return -1;
    }
    for (uint32_t i = 0; i < strings->n_slots; i++) {
        struct smc_string_slot slot = strings->slots[i];
        if (slot.id != 0) {
            uint32_t at = slot.hash & (uint32_t)(n_slots - 1);
            while (slots[at].id != 0) {
                at = (at + 1) & (uint32_t)(n_slots - 1);
            }
            slots[at] = slot;
        }
    }
    free(strings->slots);
    strings->slots = slots;
    strings->n_slots = (uint32_t)n_slots;
    return 0;
}

void smc_strings_expect(struct smc_strings *strings, size_t n)
{
    const uint64_t n_strings = (uint64_t)strings->n + (n < EXPECTED_MAX ? n : EXPECTED_MAX);

    if (is_full(n_strings, strings->n_slots) && grow(strings, n_strings) != 0) {
        strings->bytes.failed = 1;
    }
}

static size_t inside_nbytes(const struct smc_json *string)
{
    return (size_t)(string->end - string->start) - 2;
}

uint32_t smc_strings_hash(const struct smc_strings *strings, const uint8_t *bytes, size_t nbytes)
{
    const uint32_t hash = (uint32_t)XXH3_64bits_withSeed(bytes, nbytes, strings->seed);

#if defined(__GNUC__)
    if (strings->n_slots > 0) {
        __builtin_prefetch(&strings->slots[hash & (strings->n_slots - 1)]);
    }
#endif
    return hash;
}

uint32_t smc_strings_add_hashed(struct smc_strings *strings, const uint8_t *bytes, size_t nbytes,
                                uint32_t hash)
{
    if (is_full(strings->n, strings->n_slots) && grow(strings, strings->n) != 0) {
        strings->bytes.failed = 1;
        return SMCF_NONE;
    }
    uint32_t at = hash & (strings->n_slots - 1);
    for (; strings->slots[at].id != 0; at = (at + 1) & (strings->n_slots - 1)) {
        uint32_t id = strings->slots[at].id - 1;
        uint64_t start = start_of(strings, id);
        if (strings->slots[at].hash == hash && start_of(strings, id + 1) - start == nbytes &&
            (nbytes == 0 || memcmp(strings->bytes.data + start, bytes, nbytes) == 0)) {
            return id;
        }
    }
    uint64_t start = strings->bytes.nbytes;
    smc_buf_append(&strings->starts, &start, sizeof start);
    smc_buf_append(&strings->bytes, bytes, nbytes);
    if (strings->starts.failed || strings->bytes.failed) {
        strings->bytes.failed = 1;
        return SMCF_NONE;
    }
    strings->slots[at] = (struct smc_string_slot){strings->n + 1, hash};
    return strings->n++;
}

uint32_t smc_strings_add(struct smc_strings *strings, const uint8_t *bytes, size_t nbytes)
{
    return smc_strings_add_hashed(strings, bytes, nbytes, smc_strings_hash(strings, bytes, nbytes));
}

const uint8_t *smc_strings_get(const struct smc_strings *strings, uint32_t id, size_t *nbytes)
{
    const uint64_t start = start_of(strings, id);

    *nbytes = (size_t)(start_of(strings, id + 1) - start);
    return strings->bytes.data + start;
}

void smc_unescape_append(struct smc_buf *buf, const struct smc_json *string)
{
    const uint8_t *end = string->end - 1;
    size_t n, nbytes = (size_t)(end - string->start);
    /* A byte of text makes at most three (U+FFFD); an escape makes fewer than it has. */
    size_t capacity = nbytes * 3 + SMC_JSON_PIECE_MIN;
    if (nbytes > (SIZE_MAX - SMC_JSON_PIECE_MIN) / 3) {
        buf->failed = 1;
        return;
    }
    uint8_t *out = smc_buf_reserve(buf, capacity);
    if (out != NULL) {
        smc_json_unescape(string->start + 1, end, out, capacity, &n);
        buf->nbytes += n;
    }
}

uint32_t smc_strings_add_json(struct smc_strings *strings, const struct smc_json *string)
{
    strings->scratch.nbytes = 0;
    smc_unescape_append(&strings->scratch, string);
    if (strings->scratch.failed) {
        strings->bytes.failed = 1;
        return SMCF_NONE;
    }
    return smc_strings_add(strings, strings->scratch.data, strings->scratch.nbytes);
}

void smc_strings_add_list(struct smc_strings *strings, const struct smc_json *list, unsigned n,
                          uint32_t *ids)
{
    uint32_t hashes[SMC_STRINGS_LIST_MAX];
    uint64_t is_plain = 0;

    for (unsigned i = 0; i < n; i++) {
        if (smc_json_is_plain(&list[i])) { /* as nearly all are */
            hashes[i] = smc_strings_hash(strings, list[i].start + 1, inside_nbytes(&list[i]));
            is_plain |= UINT64_C(1) << i;
        }
    }
    for (unsigned i = 0; i < n; i++) {
        ids[i] = is_plain >> i & 1 ? smc_strings_add_hashed(strings, list[i].start + 1,
                                                            inside_nbytes(&list[i]), hashes[i])
                                   : smc_strings_add_json(strings, &list[i]);
    }
}

void smc_strings_free(struct smc_strings *strings)
{
    smc_buf_free(&strings->bytes);
    smc_buf_free(&strings->starts);
    smc_buf_free(&strings->scratch);
    free(strings->slots);
    strings->slots = NULL;
}
