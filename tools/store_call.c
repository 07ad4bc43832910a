#include "tools/store_commands.h"

#include <sys/mman.h>
#include <unistd.h>

/* Pages that are asked about at a time. */
#define WINDOW_PAGES 1024

void store_print_line(const char *text)
{
    if (isatty(STDOUT_FILENO)) {
        print_text(stdout, view_of(text));
    } else {
        fputs(text, stdout);
    }
    putchar('\n');
}

void store_print_json(const char *key, const char *text)
{
    printf("{\"%s\":", key);
    print_json(stdout, view_of(text));
    puts("}");
}

int store_is_chosen(const struct store_call *call, const struct smc_store_item *item)
{
    int fits = call->n_patterns == 0;

    for (size_t i = 0; i < call->n_patterns && fits == 0; i++) {
        fits = smc_store_item_fits(item, call->patterns[i]);
    }
    if (fits < 0) {
        say("out of memory");
    }
    return fits;
}

/* Of one window; whose pages cannot be asked about counts as absent. */
static uint64_t resident_in(int fd, uint64_t off, uint64_t nbytes, uint64_t page_nbytes)
{
    unsigned char pages[WINDOW_PAGES];
    uint64_t sum = 0;
    void *start = mmap(NULL, (size_t)nbytes, PROT_READ, MAP_SHARED, fd, (off_t)off);

    if (start == MAP_FAILED) {
        return 0;
    }
    if (mincore(start, (size_t)nbytes, pages) == 0) {
        for (uint64_t at = 0; at < nbytes; at += page_nbytes) {
            const uint64_t piece = nbytes - at < page_nbytes ? nbytes - at : page_nbytes;
            sum += (pages[at / page_nbytes] & 1) != 0 ? piece : 0;
        }
    }
    munmap(start, (size_t)nbytes);
    return sum;
}

uint64_t store_resident(int fd, uint64_t nbytes)
{
    const uint64_t page_nbytes = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t window = WINDOW_PAGES * page_nbytes;
    uint64_t sum = 0;

    for (uint64_t off = 0; off < nbytes; off += window) {
        sum += resident_in(fd, off, nbytes - off < window ? nbytes - off : window, page_nbytes);
    }
    return sum;
}
