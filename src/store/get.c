/*
 * From a key to its file.
 */
#include "src/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void remove_key(struct smc_store *store, const struct smc_file_name *key, unsigned folder)
{
    const struct smc_room room = {.folder = folder, .is_key = 1, .nbytes = SMC_PAGE_NBYTES};

    if (smc_file_unlink(store, key) == 0) {
        smc_room_return(store, &room);
    }
}

static void remove_file(struct smc_store *store, const struct smc_record *record)
{
    const struct smc_room room = {.folder = record->file_id[0],
                                  .is_pinned = record->is_pinned,
                                  .nbytes = smc_charge(record->file_nbytes)};
    struct smc_file_name file;

    smc_file_name_make(record->file_id, SMC_SUFFIX_FILE, &file);
    if (smc_file_unlink(store, &file) == 0) {
        smc_room_return(store, &room);
    }
}

/* Takes what is no good away: the key, and the file if there is a record of it. */
static smc_store_status remove_damaged(struct smc_store *store, const struct smc_file_name *key,
                                       const struct smc_record *record, unsigned folder)
{
    remove_key(store, key, folder);
    if (record != NULL) {
        remove_file(store, record);
    }
    smc_counter_add(store, folder, SMC_COUNT_DAMAGED, 1);
    return SMC_STORE_MISS;
}

/* Whether the header of a file says that it is made of that content: 1, 0, or -1. */
static int is_made_of(int fd, const struct smc_asked *content)
{
    struct smcf_header header;
    const ssize_t n = smc_read_start(fd, &header, sizeof header);

    if (n < 0) {
        return -1;
    }
    return n == (ssize_t)sizeof header &&
           memcmp(header.input_digest, content->input_digest, sizeof header.input_digest) == 0 &&
           smcf_get64(header.input_nbytes) == content->input_nbytes;
}

/* Whether the file is the one of the record, and that of a key by content says that it is made of just that: 1, 0, or
 * -1: it cannot be told. */
static int is_file_of(int fd, const struct smc_record *record, const struct smc_asked *asked,
                      int *is_pinned)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return -1;
    }
    *is_pinned = smc_is_pinned(st.st_mode);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != record->file_nbytes) {
        return 0;
    }
    return asked->kind != SMC_STORE_KEY_CONTENT ? 1 : is_made_of(fd, asked);
}

/* A record that says where the file is. */
static smc_store_status open_found(struct smc_store *store, const struct smc_asked *asked,
                                   const struct smc_file_name *key, struct smc_record *record,
                                   smc_store_open_file open, void *context,
                                   struct smc_store_error *error)
{
    struct smc_file_name file;

    smc_file_name_make(record->file_id, SMC_SUFFIX_FILE, &file);
    int fd = smc_file_open(store, &file);
    if (fd < 0 && errno == ENOENT) { /* evicted: so the key leads nowhere */
        remove_key(store, key, asked->id[0]);
        return SMC_STORE_MISS;
    }
    if (fd < 0 && !smc_is_no_file(errno)) {
        return smc_store_fail(error, SMC_STORE_E_IO, "cannot open the file", file.path);
    }
    int is_pinned = 0;
    const int is_right = fd >= 0 ? is_file_of(fd, record, asked, &is_pinned) : 0;
    if (is_right < 0) {
        smc_store_fail(error, SMC_STORE_E_IO, "cannot read the file", file.path);
        close(fd);
        return SMC_STORE_E_IO;
    }
    record->is_pinned = is_pinned;
    const int answer = is_right ? open(context, fd) : SMC_STORE_REFUSED;
    if (answer == 0) {
        smc_use_note(fd);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (answer == SMC_STORE_REFUSED) {
        return remove_damaged(store, key, record, asked->id[0]);
    }
    return answer == 0 ? SMC_STORE_OK : smc_store_fail(error, SMC_STORE_E_CALLER, NULL, file.path);
}

static smc_store_status answer_negative(const struct smc_store *store, int fd,
                                        const struct smc_file_name *key,
                                        const struct smc_record *record, char *text,
                                        struct smc_store_error *error)
{
    const int64_t now = smc_now_s();
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return smc_store_fail(error, SMC_STORE_E_IO, "cannot stat the key", key->path);
    }
    /* The clock of a file system may be a tick ahead of time(), and that of another machine some seconds. */
    if (st.st_mtime > now + SMC_NOTE_INTERVAL_S ||
        (uint64_t)(now > st.st_mtime ? now - st.st_mtime : 0) >= store->options.negative_age_s) {
        return SMC_STORE_MISS; /* and the next try replaces it */
    }
    if (text != NULL) {
        const size_t nbytes = record->note_nbytes < SMC_STORE_TEXT_NBYTES
                                  ? record->note_nbytes
                                  : SMC_STORE_TEXT_NBYTES - 1;
        memcpy(text, record->note, nbytes);
        text[nbytes] = '\0';
    }
    return SMC_STORE_NEGATIVE;
}

static smc_store_status read_key(struct smc_store *store, const struct smc_asked *asked, int fd,
                                 const struct smc_file_name *key, smc_store_open_file open,
                                 void *context, char *text, struct smc_record *found,
                                 struct smc_store_error *error)
{
    uint8_t bytes[SMC_RECORD_NBYTES_MAX + 1], secret[SMC_SECRET_NBYTES];
    struct smc_record record;
    ssize_t nbytes = smc_read_start(fd, bytes, sizeof bytes);

    if (nbytes < 0 && !smc_is_no_file(errno)) {
        return smc_store_fail(error, SMC_STORE_E_IO, "cannot read the key", key->path);
    }
    smc_secret_get(store, secret);
    if (nbytes < 0 || smc_record_parse(secret, bytes, (size_t)nbytes, &record) != 0) {
        return remove_damaged(store, key, NULL, asked->id[0]);
    }
    if (record.text_nbytes != asked->text_nbytes ||
        memcmp(record.text, asked->text, asked->text_nbytes) != 0) {
        return SMC_STORE_MISS; /* another key of this hash: it stays, until this one is put */
    }
    if (record.is_negative) {
        return answer_negative(store, fd, key, &record, text, error);
    }
    smc_store_status status = open_found(store, asked, key, &record, open, context, error);
    if (status == SMC_STORE_OK) {
        smc_use_note(fd);
        *found = record;
        found->text = NULL; /* of the buffer above */
        found->note = NULL;
    }
    return status;
}

smc_store_status smc_find(struct smc_store *store, const struct smc_asked *asked,
                          smc_store_open_file open, void *context, char *text,
                          struct smc_record *found, struct smc_store_error *error)
{
    struct smc_file_name key;

    smc_file_name_make(asked->id, SMC_SUFFIX_KEY, &key);
    int fd = smc_file_open(store, &key);
    if (fd < 0 && errno == ENOENT) {
        return SMC_STORE_MISS;
    }
    if (fd < 0 && smc_is_no_file(errno)) {
        return remove_damaged(store, &key, NULL, asked->id[0]);
    }
    if (fd < 0) {
        return smc_store_fail(error, SMC_STORE_E_IO, "cannot open the key", key.path);
    }
    smc_store_status status = read_key(store, asked, fd, &key, open, context, text, found, error);
    close(fd);
    return status;
}

static smc_store_status get(smc_store *store, const struct smc_store_key *key,
                            smc_store_open_file open, void *context, char *text,
                            struct smc_store_error *error, int counts_misses)
{
    struct smc_asked asked;
    struct smc_record found;
    smc_store_status status = smc_store_refresh(store, error);

    if (status == SMC_STORE_OK) {
        status = smc_asked_make(store, key, &asked, error);
    }
    if (status != SMC_STORE_OK) {
        return status;
    }
    status = smc_find(store, &asked, open, context, text, &found, error);
    smc_asked_free(&asked);
    if (status == SMC_STORE_OK || status == SMC_STORE_NEGATIVE) {
        smc_tally_add(store, asked.id[0],
                      status == SMC_STORE_OK ? SMC_TALLY_HIT : SMC_TALLY_NEGATIVE);
    } else if (status == SMC_STORE_MISS && counts_misses) {
        smc_tally_add(store, asked.id[0], SMC_TALLY_MISS);
    }
    return status;
}

smc_store_status smc_store_get(smc_store *store, const struct smc_store_key *key,
                               smc_store_open_file open, void *context, char *text,
                               struct smc_store_error *error)
{
    return get(store, key, open, context, text, error, 1);
}

smc_store_status smc_store_try(smc_store *store, const struct smc_store_key *key,
                               smc_store_open_file open, void *context, char *text,
                               struct smc_store_error *error)
{
    return get(store, key, open, context, text, error, 0);
}
