/*
 * What of a mapped file is in memory: reading it before it is needed, and asking how much there is.
 *
 * Sections lie in the file in the order in which lookups need them (spec 3.4): the hottest part of so many
 * bytes is the file's first ones.
 */
#include "src/reader/cache.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__linux__) && !defined(MADV_POPULATE_READ)
#define MADV_POPULATE_READ 22 /* older headers do not have it */
#endif

/* Of a longer range than the readahead window, MADV_WILLNEED reads the start alone. This is the window that
 * Linux has where nobody sets another. */
#define WINDOW_NBYTES (UINT64_C(128) << 10)

/* Pages that are asked about at a time: 4 MiB, of 4 KiB each. */
#define RESIDENT_PAGES 1024

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t page_nbytes(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Puts the first bytes of a mapping, there are some, into the page table; 0, or -1 with errno. Only the first
 * way survives a page that cannot be read. */
static int map_pages(const smc_cache *cache, uint64_t nbytes)
{
#if defined(MADV_POPULATE_READ)
    if (madvise(cache->mapping, (size_t)nbytes, MADV_POPULATE_READ) == 0) {
        return 0;
    }
    if (errno != EINVAL) { /* not a kernel that does not know it */
        return -1;
    }
#endif
    const volatile uint8_t *bytes = cache->bytes;
    const uint64_t page = page_nbytes();
    for (uint64_t off = 0; off < nbytes; off += page) {
        (void)bytes[off];
    }
    return 0;
}

/* First all is asked for, so that the disk has much to do at a time: of a file that is read at random, the page
 * table is filled page by page (4 MB: in 4 ms instead of 80). */
static int read_pages(const smc_cache *cache, uint64_t nbytes)
{
    uint8_t *start = cache->mapping;

    for (uint64_t off = 0; off < nbytes; off += WINDOW_NBYTES) {
        (void)madvise(start + off, (size_t)min_u64(nbytes - off, WINDOW_NBYTES), MADV_WILLNEED);
    }
    return map_pages(cache, nbytes);
}

void smc_populate(const smc_cache *cache)
{
    const uint64_t hot_nbytes =
        cache->has_contents ? (uint64_t)(cache->content - cache->bytes) : cache->nbytes;
    (void)read_pages(cache, hot_nbytes);
}

smc_status smc_warm(const smc_cache *cache, uint64_t max_nbytes, uint64_t *nbytes)
{
    const uint64_t wanted =
        max_nbytes < cache->nbytes ? max_nbytes - max_nbytes % page_nbytes() : cache->nbytes;

    *nbytes = 0;
    if (cache->mapping == NULL || wanted == 0) {
        return SMC_OK;
    }
    if (read_pages(cache, wanted) != 0) {
        return SMC_E_IO;
    }
    *nbytes = wanted;
    return SMC_OK;
}

smc_status smc_resident(const smc_cache *cache, uint64_t *nbytes)
{
    const uint64_t page = page_nbytes();
    unsigned char pages[RESIDENT_PAGES];
    uint8_t *start = cache->mapping;
    uint64_t sum = 0, piece;

    *nbytes = 0;
    if (start == NULL) {
        return SMC_OK;
    }
    for (uint64_t off = 0; off < cache->nbytes; off += piece) {
        piece = min_u64(cache->nbytes - off, RESIDENT_PAGES * page);
        if (mincore(start + off, (size_t)piece, pages) != 0) {
            return SMC_E_IO;
        }
        for (uint64_t at = 0; at < piece; at += page) {
            sum += (pages[at / page] & 1) != 0 ? min_u64(piece - at, page) : 0;
        }
    }
    *nbytes = sum;
    return SMC_OK;
}
