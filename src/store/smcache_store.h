/*
 * smcache store: a folder of compiled files that many processes share without a daemon. A file is asked
 * for by a key; whoever asks first and finds none builds it, the others wait for that and find it.
 *
 * What it stores are smcache files (format/), of which it reads the header alone. How they are built and
 * opened it does not know: callbacks do that, which the caller composes of smcache_build.h and smcache.h.
 *
 * On disk, below the folder of the store (CACHEDIR.TAG tells backups to leave it out):
 *
 *     v1/                       the major version of the format; mode 0700
 *     v1/00/ .. v1/ff/          by the first byte of an identifier:
 *         <id>.smcache          a file; id: a hash of its bytes. Mode 0600, 0400 if it is pinned
 *         <id>.key              a key: which file it leads to; id: a hash of the key. Its mode is that of the file
 *     v1/tmp/                   what is being written
 *     v1/secret, counters, locks, pins
 *
 * Trust. The folder belongs to one user, and whoever can write into it can make it answer anything: it is
 * refused if it is another user's or open to others. What is in it is not trusted further than that: no
 * symbolic link inside is followed, a record that is damaged or does not hold the very key that was asked for is
 * a miss, and damaged files are for the caller's `open` to refuse.
 *
 * Hostile uploads. A map that somebody made must not answer for another one's key. Every identifier is an
 * XXH3-128 with a secret of 192 random bytes that each store makes for itself, so nobody outside can aim at one.
 * The record of a key holds the key, and a hit compares it in full; of a map's content it holds a second XXH3-128
 * (without the secret) and the length, and the header of the file that answers must name both. A debug ID and a
 * name are what an upload says of itself: uploads of owners who do not trust each other are to be kept apart by
 * the `scope` of the key, which nothing crosses. Within a scope the last put of a key decides.
 *
 * Eviction. Files count with their size in whole pages of 4 KiB, keys with one. When a put would lead beyond
 * max_nbytes, what was used least recently goes first, folder by folder: the work of a put is bounded and does not
 * grow with the number of entries. A file never goes to make room for its own keys, nor they for each other. A use is
 * noted in the time of modification, at most once an hour. What somebody has mapped stays valid when it is evicted.
 * Pinned files stay.
 *
 * Several processes. Files appear by a rename, whole and synced, and are never changed. Advisory locks (of open
 * file descriptions) see to it that a key is built once, and end with whoever holds them: a builder that crashes
 * blocks nobody. On network file systems (NFS, SMB, FUSE and the like) and with SMC_STORE_NO_LOCKS there are
 * none: the store is as correct then, but processes may do the same work twice, the counters may lose some, and
 * temporary files of dead processes go when they are an hour old. There a file that another machine evicts may end
 * under the mapping of this one (SIGBUS), as network file systems have it: pin what is served, or give each machine
 * a store of its own.
 *
 * Threads. Any number of them may use one smc_store at the same time. After a fork the child opens one of its own:
 * in the parent's it would note once more what the parent has counted, and might wait for a thread that it does not
 * have.
 *
 * Errors. Whatever fails in here, nothing that was in the store is lost but by eviction, and get-or-build
 * still gives its caller the file. struct smc_store_error says what failed, at which file of the store, and why.
 */
#ifndef SMCACHE_STORE_H
#define SMCACHE_STORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SMC_STORE_API __attribute__((visibility("default")))
#else
#define SMC_STORE_API
#endif

typedef enum smc_store_status {
    SMC_STORE_OK = 0,
    /* Results, no errors: */
    SMC_STORE_MISS = 1,     /* no file answers for the key */
    SMC_STORE_NEGATIVE = 2, /* nor can one be built: that was tried a short while ago */
    /* Errors: */
    SMC_STORE_E_IO = 3,     /* a system call failed: error_number */
    SMC_STORE_E_MEMORY = 4, /* no memory */
    SMC_STORE_E_UNSAFE = 5, /* the folder is another user's, or open to others, or no folder */
    SMC_STORE_E_KEY = 6,    /* a key without content, or of more than SMC_STORE_KEY_NBYTES_MAX */
    SMC_STORE_E_FILE =
        7, /* what is put is no smcache file of this major version, or not the key's */
    SMC_STORE_E_FULL = 8,   /* larger than max_nbytes leaves room for, next to what is pinned */
    SMC_STORE_E_OPTION = 9, /* a struct_size or flag that the library does not know */
    SMC_STORE_E_CALLER = 10 /* a callback has failed */
} smc_store_status;

/* A static English text, never NULL, for any value. */
SMC_STORE_API const char *smc_store_status_text(smc_store_status status);

struct smc_store_error {
    smc_store_status status;
    int error_number;   /* of E_IO: errno; else 0 */
    const char *reason; /* static text, never NULL */
    char file[48];      /* where, below v1/; empty: the folder of the store itself */
};

/* ---- opening ---- */

typedef struct smc_store smc_store;

#define SMC_STORE_NBYTES_DEFAULT (UINT64_C(5) << 30)
#define SMC_STORE_UNLIMITED UINT64_MAX

enum smc_store_flag {
    SMC_STORE_NO_LOCKS = 1 /* as on a network file system: see above */
};

#define SMC_STORE_NEGATIVE_AGE_S_DEFAULT 600
#define SMC_STORE_WAIT_MS_DEFAULT 10000
/* Of these two: none at all. */
#define SMC_STORE_NONE UINT64_MAX

/* All zero but struct_size: the defaults. */
struct smc_store_options {
    size_t struct_size;  /* sizeof(struct smc_store_options) */
    uint64_t max_nbytes; /* 0: SMC_STORE_NBYTES_DEFAULT; or SMC_STORE_UNLIMITED */
    /* Seconds for which an entry may stay unused; 0: any time. As uses are noted hourly, less than two hours
     * evicts what is in use. */
    uint64_t max_age_s;
    /* For which a failed build is remembered; 0: SMC_STORE_NEGATIVE_AGE_S_DEFAULT; SMC_STORE_NONE: not at all. */
    uint64_t negative_age_s;
    /* For another's build of the same key, before building it oneself; 0: SMC_STORE_WAIT_MS_DEFAULT; SMC_STORE_NONE:
     * not at all, so that all who ask for a key at the same time build it. */
    uint64_t wait_ms;
    unsigned flags; /* of enum smc_store_flag */
};

/*
 * Opens the store in a folder, which is made if it is not there (its parents, too). `options` NULL means
 * the defaults. Takes microseconds. A folder that cannot be written is opened if there is a store in it, and
 * answers what it has. Errors: E_IO, E_MEMORY, E_UNSAFE, E_OPTION; *store is NULL then. `error` may be
 * NULL, here and below.
 *
 * If the folder is removed while it is open, it is made again, by the same path: a relative one counts from the
 * working folder of then. So calls that get, put or care may fail as opening does, with E_UNSAFE, too.
 */
SMC_STORE_API smc_store_status smc_store_open(const char *folder,
                                              const struct smc_store_options *options,
                                              smc_store **store, struct smc_store_error *error);

/* Notes hits and misses in the counters, and frees. No other call may be under way. NULL is allowed. */
SMC_STORE_API void smc_store_close(smc_store *store);

/* ---- keys ---- */

/* The longest key: scope, names, and a few bytes for each. */
#define SMC_STORE_KEY_NBYTES_MAX 8192

enum smc_store_key_kind {
    SMC_STORE_KEY_CONTENT = 1,  /* the bytes of a source map */
    SMC_STORE_KEY_DEBUG_ID = 2, /* a debug ID (ECMA-426 proposal) */
    SMC_STORE_KEY_NAMES = 3     /* names of the caller's own: a release and a URL, say */
};

/*
 * What a file is asked for by. Keys are equal if all is: kind, scope, recipe, and what the kind says. Nothing of
 * it is kept after a call.
 */
struct smc_store_key {
    enum smc_store_key_kind kind;
    const char *scope; /* whose it is: see "Hostile uploads"; NULL: "" */
    /* How the file is built: 16 bytes, of smc_build_recipe with needs_generated 1, as nobody knows yet whether it is
     * needed. NULL: whichever way. Options that change what is built are part of it, and the library's own version of
     * that. */
    const uint8_t *recipe;
    const void *content;      /* CONTENT */
    size_t content_nbytes;    /* CONTENT */
    uint8_t debug_id[16];     /* DEBUG_ID, in the order of its digits */
    const char *const *names; /* NAMES; their number and borders count, too */
    size_t n_names;           /* NAMES: 1 or more */
};

/* ---- get ---- */

/*
 * Tries a file of the store: opened for reading, and closed by the store afterwards (a mapping stays). Returns 0
 * if it is good; SMC_STORE_REFUSED if it is damaged: it is removed then, counted, and a miss; anything else
 * is a failure of the caller's own: E_CALLER.
 */
typedef int (*smc_store_open_file)(void *context, int fd);
#define SMC_STORE_REFUSED 1

/* The longest text of a negative entry, with its NUL. */
#define SMC_STORE_TEXT_NBYTES 512

/*
 * Opens the file that a key leads to. OK: `open` has accepted it. NEGATIVE: `text` (SMC_STORE_TEXT_NBYTES, or
 * NULL) says why there is none. MISS. Errors: E_IO, E_MEMORY, E_KEY, E_CALLER.
 *
 * A hit takes two files to be opened, and no write but the note of its use, once an hour.
 */
SMC_STORE_API smc_store_status smc_store_get(smc_store *store, const struct smc_store_key *key,
                                             smc_store_open_file open, void *context, char *text,
                                             struct smc_store_error *error);

/* The same for callers who ask on by other keys, or build, when it is a miss: that is not counted. */
SMC_STORE_API smc_store_status smc_store_try(smc_store *store, const struct smc_store_key *key,
                                             smc_store_open_file open, void *context, char *text,
                                             struct smc_store_error *error);

/* ---- put ---- */

#define SMC_STORE_KEYS_MAX 8

/*
 * Puts a file, to which all the keys lead from now on. The same bytes under several keys are kept once. A key
 * by content must be of the map that the file was built from, and one by debug ID must not contradict the
 * file's own. When it returns OK the file is synced to disk.
 * Errors: E_IO, E_MEMORY, E_KEY, E_FILE, E_FULL. Some of the keys may lead to the file then, or none.
 */
SMC_STORE_API smc_store_status smc_store_put(smc_store *store, const struct smc_store_key *keys,
                                             size_t n_keys, const void *bytes, size_t nbytes,
                                             struct smc_store_error *error);

/* Notes that there is no file for these keys, and why: a text, of which SMC_STORE_TEXT_NBYTES - 1 are kept. Without
 * effect if negative_age_s is SMC_STORE_NONE. Errors: E_IO, E_MEMORY, E_KEY, E_FULL. */
SMC_STORE_API smc_store_status smc_store_put_negative(smc_store *store,
                                                      const struct smc_store_key *keys,
                                                      size_t n_keys, const char *text,
                                                      struct smc_store_error *error);

/* ---- get or build ---- */

enum smc_store_built {
    SMC_STORE_BUILT = 0,
    SMC_STORE_IMPOSSIBLE = 1, /* no file can be made: `text` says why, and it is remembered */
    SMC_STORE_FAILED = 2      /* this time: nothing is remembered */
};

struct smc_store_maker {
    void *context;
    smc_store_open_file open; /* as in smc_store_get; also of a file just built */
    /* Builds the file into memory of malloc(), which the store takes over. */
    enum smc_store_built (*build)(void *context, void **bytes, size_t *nbytes,
                                  char text[SMC_STORE_TEXT_NBYTES]);
    /* Takes the bytes of a file that could not be put, to be freed by free(); `why` is valid during the call.
     * Anything but 0 is E_CALLER. */
    int (*open_bytes)(void *context, void *bytes, size_t nbytes, const struct smc_store_error *why);
};

/* What came of it. */
struct smc_store_outcome {
    int is_hit;   /* a file of the store has been opened: nothing was built here */
    int is_built; /* `build` was called */
    int has_waited;
    size_t key; /* of a hit or a negative entry: the index of the key that led to it */
    char text[SMC_STORE_TEXT_NBYTES]; /* NEGATIVE */
};

/*
 * The file of the first key that has one; the keys without one lead to it from then on (but for a debug ID that is not
 * its). A file goes before what is known of keys that have none. If one of the keys is by content, it alone says which
 * file that is, or that there is none, and all keys lead to it afterwards, whatever they led to before. If there is
 * no file, it is built, once for all who ask for keys[0] at the same time, in whatever process; who waits longer than
 * wait_ms builds for itself. `outcome` and `error` may be NULL.
 *
 * OK: open or open_bytes has been called, and accepted it. NEGATIVE: it cannot be built. Errors: E_MEMORY, E_KEY,
 * E_CALLER, with nothing opened. Whatever fails in the store itself is no error here: the file is
 * built, and handed to open_bytes.
 */
SMC_STORE_API smc_store_status smc_store_get_or_build(smc_store *store,
                                                      const struct smc_store_key *keys,
                                                      size_t n_keys,
                                                      const struct smc_store_maker *maker,
                                                      struct smc_store_outcome *outcome,
                                                      struct smc_store_error *error);

/* ---- care ---- */

/*
 * Counts since the store was made (or cleared). Each of 256 folders has its own, of the identifiers that begin with
 * its number. Sizes are right after smc_store_gc, or when a folder is cleaned; crashes let them drift until
 * then, and so may what is put while they are counted, by an entry a put. Hits and misses of a process arrive when it
 * puts, once an hour, and when it closes the store.
 */
struct smc_store_counts {
    uint64_t n_files, n_keys;
    uint64_t nbytes;        /* of both, in whole pages of 4 KiB */
    uint64_t pinned_nbytes; /* of that, what is pinned */
    uint64_t n_hits, n_negative_hits, n_misses;
    uint64_t n_builds;    /* files and failures that get-or-build has made */
    uint64_t n_errors;    /* puts that failed */
    uint64_t n_damaged;   /* files and keys that were removed because they were no good */
    uint64_t n_evictions; /* files */
    uint64_t evicted_nbytes;
};
#define SMC_STORE_FOLDERS 256

/* The counts of each folder; *total is their sum. Either may be NULL. Errors: E_IO, E_MEMORY. */
SMC_STORE_API smc_store_status smc_store_counts_get(
    smc_store *store, struct smc_store_counts *total,
    struct smc_store_counts folders[SMC_STORE_FOLDERS], struct smc_store_error *error);

/* One key, or a file that no key leads to. Views are valid during the call. */
struct smc_store_item {
    enum smc_store_key_kind kind; /* 0: a file that no key leads to */
    const char *scope;
    const char *
        name; /* of the key as text: hexadecimal digits, a UUID, or the names with spaces between */
    const char *const *names; /* of NAMES: each by itself; else NULL */
    size_t n_names;
    const char *file; /* "3f/....smcache"; NULL: a negative entry */
    const char *text; /* of a negative entry: why; else NULL */
    uint64_t nbytes;  /* of the file */
    int64_t used;     /* when the file was last used, seconds since 1970, up to an hour late; of a
                       * negative entry, when it was put */
    int is_pinned;
};

/* Calls `visit` for each key and for each file without one, in the order of identifiers, until it returns
 * something else than 0. Errors: E_IO, E_MEMORY. */
SMC_STORE_API smc_store_status smc_store_list(smc_store *store,
                                              int (*visit)(void *context,
                                                           const struct smc_store_item *item),
                                              void *context, struct smc_store_error *error);

/* Calls `visit` for each file, the one that was used last first, opened for reading, and closed afterwards, until it
 * returns something else than 0. No use is noted. Errors: E_IO, E_MEMORY. */
SMC_STORE_API smc_store_status smc_store_each_file(smc_store *store,
                                                   int (*visit)(void *context, int fd,
                                                                const char *file, uint64_t nbytes),
                                                   void *context, struct smc_store_error *error);

struct smc_store_gc_options {
    size_t struct_size;      /* sizeof(struct smc_store_gc_options) */
    uint64_t max_nbytes;     /* 0: the store's */
    uint64_t max_age_s;      /* 0: the store's */
    int clears;              /* everything goes but what is kept, and the counts start anew */
    const char *const *keep; /* patterns, as of smc_store_pin, of what is not evicted this time */
    size_t n_keep;
    int clears_pinned; /* with `clears`: pinned files, too */
};

struct smc_store_gc_result {
    uint64_t n_files, nbytes; /* evicted */
    uint64_t n_keys;          /* removed: their files are gone, or they were negative and too old */
    uint64_t n_damaged;       /* removed: keys that are no records */
    uint64_t n_temps;         /* removed: of processes that are no more */
    uint64_t kept_files, kept_nbytes; /* what is there now, in whole pages, keys included */
};

/* Goes over the whole store: removes what is too old, too much, or led to by nothing, sweeps temporary files, and sets
 * all sizes right. `options` NULL: the defaults. `result` may be NULL. Errors: E_IO, E_MEMORY, E_OPTION. */
SMC_STORE_API smc_store_status smc_store_gc(smc_store *store,
                                            const struct smc_store_gc_options *options,
                                            struct smc_store_gc_result *result,
                                            struct smc_store_error *error);

/* The longest pattern, and how many there may be. */
#define SMC_STORE_PATTERN_NBYTES_MAX 1024
#define SMC_STORE_PATTERNS_MAX 1024

/*
 * Files that a key leads to which fits the pattern are not evicted: those that are there, and those that are put
 * later. A pattern is one of a shell (fnmatch(3) without flags: * fits slashes, too) and fits a key if it fits its
 * text (struct smc_store_item.name), or one of its names. smc_store_unpin takes a pattern back that was given in
 * the same words; MISS if there is none. *n_files is how many files are pinned then; it may be NULL.
 * Errors: E_IO, E_MEMORY, E_OPTION (a pattern that is empty, too long, has control characters, or is one too many).
 */
SMC_STORE_API smc_store_status smc_store_pin(smc_store *store, const char *pattern,
                                             uint64_t *n_files, struct smc_store_error *error);
SMC_STORE_API smc_store_status smc_store_unpin(smc_store *store, const char *pattern,
                                               uint64_t *n_files, struct smc_store_error *error);

/* 1: a pattern fits the item's key, as those of pins do; 0: it does not; -1: there is no memory to tell. None fits a file
 * that no key leads to. */
SMC_STORE_API int smc_store_item_fits(const struct smc_store_item *item, const char *pattern);

/* Calls `visit` for each pattern, in the order in which they were pinned. Errors: E_IO, E_MEMORY. */
SMC_STORE_API smc_store_status smc_store_pins(smc_store *store,
                                              void (*visit)(void *context, const char *pattern),
                                              void *context, struct smc_store_error *error);

#ifdef __cplusplus
}
#endif

#endif
