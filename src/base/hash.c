#include "src/base/hash.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* Each bit of the result depends on all of `x` (the finalizer of splitmix64). */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/*
 * Keys come from inputs, and who writes one must not know which of them share a slot: so that depends on when, and where
 * in memory, the process runs. Nothing that is written does: what is hashed is never listed. The first thread decides.
 */
static uint64_t seed(void)
{
    static _Atomic uint64_t known;
    uint64_t value = atomic_load_explicit(&known, memory_order_relaxed);

    if (value == 0) {
        struct timespec now = {0};
        uint64_t none = 0;
        (void)clock_gettime(CLOCK_REALTIME, &now);
        value = mix((uint64_t)(uintptr_t)&now);
        value = mix(value ^ (uint64_t)(uintptr_t)&known);
        value = mix(value ^ (uint64_t)now.tv_nsec) ^ mix((uint64_t)now.tv_sec);
        value |= 1;
        if (!atomic_compare_exchange_strong(&known, &none, value)) {
            value = none;
        }
    }
    return value;
}

uint64_t smc_hash_number(uint64_t number)
{
    return mix(mix(number ^ seed()) ^ seed());
}

uint64_t smc_hash_text(const void *text, size_t nbytes)
{
    const uint8_t *p = text;
    uint64_t hash = mix(seed() ^ nbytes), word;

    for (; nbytes >= sizeof word; nbytes -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        hash = mix(hash ^ word) + seed();
    }
    word = 0;
    if (nbytes > 0) {
        memcpy(&word, p, nbytes);
    }
    return mix(hash ^ word);
}
