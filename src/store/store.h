/*
 * Inside of the store: what its files share. Each group of functions names the file that it is in.
 *
 * Functions that return int return 0, or -1 with errno, unless they say something else.
 */
#ifndef SMC_STORE_STORE_H
#define SMC_STORE_STORE_H

#include "format/smcache_format.h"
#include "src/base/buf.h"
#include "src/store/smcache_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/types.h>

#define SMC_ID_NBYTES 16
#define SMC_SECRET_NBYTES 192 /* what XXH3 takes by default */

/* What an entry takes: whole pages, as file systems have it. */
#define SMC_PAGE_NBYTES UINT64_C(4096)
static inline uint64_t smc_charge(uint64_t nbytes)
{
    return (nbytes + SMC_PAGE_NBYTES - 1) / SMC_PAGE_NBYTES * SMC_PAGE_NBYTES;
}

/* A use is noted when the note before is so old; and so are hits in the counters. */
#define SMC_NOTE_INTERVAL_S 3600
/* Where there are no locks, a temporary file of this age has nobody any more who writes it. */
#define SMC_TEMP_AGE_S 3600

#define SMC_MODE_FILE 0600
#define SMC_MODE_PINNED 0400
static inline int smc_is_pinned(mode_t mode)
{
    return (mode & 0200) == 0;
}

/* What a process counts by itself until it notes it. */
enum smc_tally { SMC_TALLY_HIT, SMC_TALLY_NEGATIVE, SMC_TALLY_MISS, SMC_N_TALLIES };

struct smc_store {
    char *path; /* of the store's folder */
    /* The version folder. The number stays the same; when the folder has been removed, it comes to stand
     * for the one that is made anew, together with `secret`. */
    int folder;
    int has_locks;
    struct smc_store_options options; /* with no zeros that stand for defaults: 0 is none */
    pthread_mutex_t mutex;            /* of what follows */
    uint8_t secret[SMC_SECRET_NBYTES];
    atomic_llong noted, swept; /* when this process last did: seconds since 1970 */
    atomic_uint tallies[SMC_STORE_FOLDERS][SMC_N_TALLIES];
};

/* ---- errors and time: status.c ---- */

/* Sets *error, if there is one, and returns the status. E_IO takes errno, and is E_MEMORY if that is ENOMEM. A reason
 * NULL is the status's text. `file` NULL: the store's folder. */
smc_store_status smc_store_fail(struct smc_store_error *error, smc_store_status status,
                                const char *reason, const char *file);
int64_t smc_now_s(void);

/* ---- folders: folder.c ---- */

/* open and openat that go on after EINTR, close on exec, and follow no symbolic link. */
int smc_open_at(int folder, const char *name, int flags);
/* Whether opening or reading has failed with this because what is there is no file: a link, a folder, a FIFO, a
 * socket. */
int smc_is_no_file(int error_number);
/* Reads up to `nbytes` from the start of a file; how many, or -1. */
ssize_t smc_read_start(int fd, void *bytes, size_t nbytes);
/* fsync that goes on after EINTR. */
int smc_sync(int fd);
/* A folder inside of the version folder, which is made with `makes`. */
int smc_subfolder_open(const struct smc_store *store, const char *name, int makes);

/* A file by its identifier: its folder, its name in there, and both. */
struct smc_file_name {
    char path[3 + 2 * SMC_ID_NBYTES + sizeof ".smcache"]; /* "3f/" and the rest */
    char folder[3];
    const char *file; /* into path */
};
#define SMC_SUFFIX_FILE ".smcache"
#define SMC_SUFFIX_KEY ".key"
void smc_file_name_make(const uint8_t id[SMC_ID_NBYTES], const char *suffix,
                        struct smc_file_name *name);
/* Opens it for reading; the folder need not be there. */
int smc_file_open(const struct smc_store *store, const struct smc_file_name *name);
int smc_file_unlink(const struct smc_store *store, const struct smc_file_name *name);
/* Notes a use now, if the last one is not of this hour. Failing is no failure: the store may be read-only. */
void smc_use_note(int fd);

/* ---- the store's folder: open.c ---- */

/* If the store's folder has been removed, makes it anew. */
smc_store_status smc_store_refresh(struct smc_store *store, struct smc_store_error *error);
void smc_secret_get(struct smc_store *store, uint8_t secret[SMC_SECRET_NBYTES]);

/* ---- keys: key.c ---- */

/* A key as it is compared: all of it, with lengths, so that no two keys are the same text. */
struct smc_asked {
    uint8_t id[SMC_ID_NBYTES];
    enum smc_store_key_kind kind;
    uint8_t *text; /* owned */
    size_t text_nbytes;
    /* CONTENT: what the header of the file must say. */
    uint8_t input_digest[SMC_ID_NBYTES];
    uint64_t input_nbytes;
    uint8_t debug_id[16]; /* DEBUG_ID */
};
smc_store_status smc_asked_make(struct smc_store *store, const struct smc_store_key *key,
                                struct smc_asked *asked, struct smc_store_error *error);
void smc_asked_free(struct smc_asked *asked);
/* The same of several; nothing to free if it fails. */
smc_store_status smc_asked_make_all(struct smc_store *store, const struct smc_store_key *keys,
                                    size_t n_keys, struct smc_asked asked[SMC_STORE_KEYS_MAX],
                                    struct smc_store_error *error);
void smc_asked_free_all(struct smc_asked *asked, size_t n);

/* A key's text taken apart again. */
struct smc_key_parts {
    enum smc_store_key_kind kind;
    char *scope; /* these are owned, and end with a NUL */
    char *name;  /* for people, and for patterns */
    char **names;
    size_t n_names;
};
/* 0; -1 with ENOMEM, or EINVAL if it is no such text. */
int smc_key_parts_make(const uint8_t *text, size_t nbytes, struct smc_key_parts *parts);
void smc_key_parts_free(struct smc_key_parts *parts);

/* ---- the record of a key: record.c ---- */

struct smc_record {
    int is_negative;
    uint8_t file_id[SMC_ID_NBYTES]; /* these two of what is not negative */
    uint64_t file_nbytes;
    const uint8_t *text; /* the key's; views into the bytes */
    size_t text_nbytes;
    const char *note; /* of a negative one */
    size_t note_nbytes;
    int is_pinned; /* the file is, and so the key is to be: by the mode, not in the bytes */
};
/* The most that a record may have; a longer file is none. */
#define SMC_RECORD_NBYTES_MAX (64 + SMC_STORE_KEY_NBYTES_MAX + 64 + SMC_STORE_TEXT_NBYTES)
/* The size of one that is not negative. */
size_t smc_record_nbytes(size_t text_nbytes);
/* 0, or -1: it is damaged, or of another store. */
int smc_record_parse(const uint8_t secret[SMC_SECRET_NBYTES], const uint8_t *bytes, size_t nbytes,
                     struct smc_record *record);
void smc_record_write(const uint8_t secret[SMC_SECRET_NBYTES], const struct smc_record *record,
                      struct smc_buf *buf);

/* ---- locks: lock.c ---- */

/* Each key has its byte of the file `locks`, and each folder that is being cleaned. The lock of an open lock file
 * ends when that is closed, by whoever, in whatever way. */
int smc_folder_has_locks(int folder);
int smc_lock_open(const struct smc_store *store);
/* 1: locked; 0: somebody else has it; -1: there are no locks here. */
int smc_lock_try_key(int fd, const uint8_t id[SMC_ID_NBYTES]);
int smc_lock_try_folder(int fd, unsigned folder);
/* The same of a whole file; and against those who have it so, of one that is open for reading. */
int smc_lock_try_file(int fd);
int smc_lock_try_shared(int fd);
/* Ends the locks of an open file, and closes it; fd -1 is allowed. Closing alone would leave them to a child that was
 * forked meanwhile. errno stays as it is. */
void smc_lock_close(int fd);
void smc_sleep_ms(unsigned ms);

/* ---- temporary files: temp.c ---- */

struct smc_temp {
    int folder; /* v1/tmp */
    int fd;
    char name[40];
};
/* Makes one, locked. */
int smc_temp_open(struct smc_store *store, struct smc_temp *temp);
/* Puts it in its place; the file stays open. */
int smc_temp_rename(struct smc_temp *temp, int folder, const char *name);
/* Removes it, if it has not been renamed. The file is closed unless it has been taken out by setting fd to -1. */
void smc_temp_close(struct smc_temp *temp);
/* Removes those that nobody writes any more; how many. */
uint64_t smc_temps_sweep(struct smc_store *store);

/* ---- counters: counters.c ---- */

/* Of one folder. All are counts, or bytes, or seconds since 1970. */
enum smc_counter {
    SMC_COUNT_FILES,
    SMC_COUNT_KEYS,
    SMC_COUNT_NBYTES,
    SMC_COUNT_PINNED,
    SMC_COUNT_HITS,
    SMC_COUNT_NEGATIVE,
    SMC_COUNT_MISSES,
    SMC_COUNT_BUILDS,
    SMC_COUNT_ERRORS,
    SMC_COUNT_DAMAGED,
    SMC_COUNT_EVICTIONS,
    SMC_COUNT_EVICTED,
    SMC_COUNT_OLDEST,  /* no entry was used before, as far as is known; or SMC_NO_ENTRY */
    SMC_COUNT_SCANNED, /* when sizes were last right; 0: never */
    SMC_N_COUNTERS
};
#define SMC_NO_ENTRY UINT64_MAX

struct smc_counters {
    uint64_t of[SMC_STORE_FOLDERS][SMC_N_COUNTERS];
};

/* Reads all. What is not there, or damaged, is 0. */
int smc_counters_read(struct smc_store *store, struct smc_counters *counters);
/* Lets `change` change them, alone with them where there are locks, and writes what has changed. It returns something
 * else than 0 to leave all as it was: smc_counters_change returns that, or -1. Notes what the process has tallied,
 * too. */
int smc_counters_change(struct smc_store *store,
                        int (*change)(void *context, struct smc_counters *counters), void *context);
/* Adds to one of them, and is silent about failing: it will be right again when the folder is scanned. */
void smc_counter_add(struct smc_store *store, unsigned folder, enum smc_counter counter, int64_t n);
/* Counts by itself; smc_tallies_note notes it if the last note is an hour old. */
void smc_tally_add(struct smc_store *store, unsigned folder, enum smc_tally tally);
void smc_tallies_note(struct smc_store *store, int64_t now);

/* ---- going over a folder: scan.c ---- */

struct smc_entry {
    int64_t used;
    uint64_t nbytes; /* charged */
    uint64_t file_nbytes;
    uint8_t id[SMC_ID_NBYTES];
    uint8_t is_key, is_pinned;
};
struct smc_entries {
    struct smc_entry *list; /* owned */
    size_t n, capacity;
};
/* Appends the entries of a folder; that there is none is no failure. */
int smc_folder_scan(const struct smc_store *store, unsigned folder, struct smc_entries *entries);
void smc_entries_sort_by_use(struct smc_entry *list, size_t n); /* the oldest first */
void smc_entry_name(const struct smc_entry *entry, struct smc_file_name *name);
/* Removes its file. */
int smc_entry_unlink(const struct smc_store *store, const struct smc_entry *entry);

/* ---- making room: clean.c ---- */

/* What is in a folder, and what has gone from it. */
struct smc_folder_sum {
    uint64_t n_files, n_keys, nbytes, pinned_nbytes;
    uint64_t oldest; /* use of what is not pinned; or SMC_NO_ENTRY, with which it begins */
    uint64_t n_evictions, evicted_nbytes;
};
void smc_folder_sum_add(struct smc_folder_sum *sum, const struct smc_entry *entry);
/* Makes the counters of the folder say that. What somebody is about to put there at this moment may be lost from them,
 * until the next time. */
void smc_folder_sum_set(const struct smc_folder_sum *sum, uint64_t of[SMC_N_COUNTERS]);
/* Counts each folder anew, and makes the counters say so: recount.c. It sets all of `sums` but the evictions, which it
 * adds to the counters. 0 or -1. */
int smc_store_recount(struct smc_store *store, struct smc_folder_sum sums[SMC_STORE_FOLDERS]);

/* What is not to go: what a key leads to, and the keys that are put with it. Of things that were used in the same second
 * any may be the first to go, and of what nobody had counted before there may be much. */
struct smc_spared {
    const uint8_t *file_id; /* SMC_ID_NBYTES */
    const struct smc_asked *asked;
    size_t n_asked;
};

/* What is about to be put. */
struct smc_room {
    unsigned folder;
    int is_key, is_pinned;
    uint64_t nbytes;                 /* charged */
    uint64_t next_nbytes;            /* the same of what comes next: the keys of a file */
    const struct smc_spared *spared; /* NULL: nothing */
};
/* Counts a new entry before it is there, having made room for it. 1: there is none to be made; -1: *failed says at
 * what it failed. smc_room_return counts it off again if it did not come to be. */
int smc_room_take(struct smc_store *store, const struct smc_room *room, const char **failed);
void smc_room_return(struct smc_store *store, const struct smc_room *room);

/* ---- pins: pins.c ---- */

struct smc_patterns {
    struct smc_buf text; /* each with its NUL */
    size_t n;
};
int smc_patterns_read(const struct smc_store *store, struct smc_patterns *patterns);
int smc_patterns_add(struct smc_patterns *patterns, const char *pattern);
void smc_patterns_free(struct smc_patterns *patterns);
/* 1: one of them fits the key; 0: none does; -1 with errno: there is no memory to tell. */
int smc_patterns_fit(const struct smc_patterns *patterns, const struct smc_key_parts *parts);

/* ---- the whole store: survey.c ---- */

struct smc_survey {
    struct smc_entries entries; /* files first, then keys; both in the order of identifiers */
    size_t n_files;
};
int smc_survey_make(const struct smc_store *store, struct smc_survey *survey);
void smc_survey_free(struct smc_survey *survey);
/* The index of a file; SIZE_MAX if there is none. */
size_t smc_survey_file(const struct smc_survey *survey, const uint8_t id[SMC_ID_NBYTES]);

/* Reads the record of a key: 0; 1: it is gone; 2: it is damaged; -1. */
#define SMC_KEY_GONE 1
#define SMC_KEY_DAMAGED 2
struct smc_key_file {
    uint8_t bytes[SMC_RECORD_NBYTES_MAX + 1];
    struct smc_record record; /* with views into these */
};
int smc_key_read(struct smc_store *store, const struct smc_entry *entry, struct smc_key_file *key);

/* ---- care: gc.c ---- */

/* Gives all files the mode that the pins call for. */
smc_store_status smc_pins_apply(struct smc_store *store, uint64_t *n_pinned,
                                struct smc_store_error *error);

/* ---- find and put: get.c, put.c ---- */

/* As smc_store_get. */
smc_store_status smc_find(struct smc_store *store, const struct smc_asked *asked,
                          smc_store_open_file open, void *context, char *text,
                          struct smc_record *found, struct smc_store_error *error);
/* Puts a file; *fd is it, open. */
smc_store_status smc_file_put(struct smc_store *store, const struct smc_asked *asked,
                              size_t n_asked, const void *bytes, size_t nbytes, int *fd,
                              struct smc_store_error *error);
/* Whether a key may be linked to the file of a record. */
int smc_file_may_answer(struct smc_store *store, const struct smc_record *record,
                        const struct smc_asked *asked);
/* Writes the record of keys. */
smc_store_status smc_keys_put(struct smc_store *store, const struct smc_asked *asked,
                              size_t n_asked, const struct smc_record *record,
                              struct smc_store_error *error);
smc_store_status smc_negative_put(struct smc_store *store, const struct smc_asked *asked,
                                  size_t n_asked, const char *text, struct smc_store_error *error);

#endif
