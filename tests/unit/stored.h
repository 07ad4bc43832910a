/*
 * Stores for tests: folders of their own, small files to put into them, and callbacks that say what was opened.
 */
#ifndef SMC_TESTS_UNIT_STORED_H
#define SMC_TESTS_UNIT_STORED_H

#include "tests/unit/support.h"

#include "src/store/smcache_store.h"

#include <limits.h>

/* A new folder in TMPDIR or /tmp; and all of it away. */
void folder_make(char path[PATH_MAX]);
void folder_remove(const char *path);
/* The same in memory, where there is such a file system: of many writes most time goes into syncing them. */
void folder_make_fast(char path[PATH_MAX]);

/* A store that must open; options NULL: the defaults. */
smc_store *store_open(const char *folder, const struct smc_store_options *options);

/* A folder and a store in it, for each test of its own. */
struct store_world {
    char folder[PATH_MAX];
    smc_store *store;
};
int store_world_set_up(void **state);
int store_world_tear_down(void **state);
#define STORE_TEST(name)                                                                           \
    cmocka_unit_test_setup_teardown(name, store_world_set_up, store_world_tear_down)

/* A file of the format of about so many bytes that says of which map it was made; it is no good for lookups. The same
 * number and size make the same. */
struct made {
    char map[64];
    size_t map_nbytes;
    struct text file;
};
struct made make_file(unsigned number, size_t nbytes);
void made_free(struct made *made);

/* Keys: by the map of a file, and by names ("name-" and the number). The key of names points into *name. */
struct smc_store_key content_key(const struct made *made);
struct name_of_key {
    char text[32];
    const char *names[1];
};
struct smc_store_key name_key(struct name_of_key *name, unsigned number);

/* What `open` saw. Its context, and that of the maker below. */
struct opened {
    struct text bytes; /* of the last file that it accepted */
    unsigned n_opened, n_from_memory, n_built;
    int answer; /* what to return of files of the store instead of looking at them; 0: look */
    /* What the maker builds: a file; or NULL, and then the text of why not; or, if that is NULL too, it fails. */
    const struct made *made;
    const char *why_not;
    struct smc_store_error why; /* a file was not put */
};
/* Reads all of the file, and refuses it if it is no file of the format or its content digest is not right. */
int opened_from_store(void *context, int fd);
struct smc_store_maker maker_of(struct opened *opened);
void opened_free(struct opened *opened);

/* Gets a key; what was opened must be these bytes. */
void assert_hit(smc_store *store, const struct smc_store_key *key, const struct made *made);
void assert_miss(smc_store *store, const struct smc_store_key *key);
void put(smc_store *store, const struct smc_store_key *key, const struct made *made);

/* The same with a file of that number and size under its name; what put says, and whether the name leads to a file. */
smc_store_status try_put_named(smc_store *store, unsigned number, size_t nbytes);
void put_named(smc_store *store, unsigned number, size_t nbytes);
int has_named(smc_store *store, unsigned number);

/* Counts files below the store's folder whose names end so; of `name`, it is the path of the last one, if not NULL. */
unsigned count_files(const char *folder, const char *suffix, char name[PATH_MAX]);
/* Sum of sizes in whole pages of all files below v1/00 .. v1/ff. */
uint64_t pages_in(const char *folder);
struct smc_store_counts counts_of(smc_store *store);
/* Asserts that the counters say what is there. */
void assert_counts(smc_store *store, const char *folder);
/* Asserts that each file is whole (they may be evicted meanwhile); how many there are. */
unsigned assert_files_whole(const char *folder);
/* Makes a file's last use so long ago; and that of all files below a folder that are not a minute old. */
void age_file(const char *path, int64_t seconds);
void age_young(const char *folder, int64_t seconds);

/* smc_store_gc, which must succeed, and leave counters that are right. */
struct smc_store_gc_result store_world_gc(const struct store_world *world,
                                          const struct smc_store_gc_options *options);

#endif
