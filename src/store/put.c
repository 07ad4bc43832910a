/*
 * Files and keys into the store. The file first, then the keys that lead to it: whoever is interrupted in between
 * leaves a file that nobody finds, and that is evicted in its time.
 */
#include "src/store/store.h"

#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define COMPARED_NBYTES 65536

/* The header, the section table and INFO are in it. */
#define START_NBYTES 4096

/* ---- what may be put ---- */

/* The debug ID in the file's section INFO, which is the first one; NULL: it has none, or no such section. */
static const uint8_t *debug_id_of(const uint8_t *bytes, size_t nbytes)
{
    struct smcf_section section;
    struct smcf_info info;

    if (nbytes < sizeof(struct smcf_header) + sizeof section) {
        return NULL;
    }
    memcpy(&section, bytes + sizeof(struct smcf_header), sizeof section);
    const uint64_t off = smcf_get64(section.off);
    if (smcf_get32(section.id) != SMCF_SECTION_INFO || off > nbytes || nbytes - off < sizeof info) {
        return NULL;
    }
    memcpy(&info, bytes + off, sizeof info);
    return (smcf_get32(info.flags) & SMCF_INFO_HAS_DEBUG_ID) != 0
               ? bytes + off + offsetof(struct smcf_info, debug_id)
               : NULL;
}

static int is_file(const uint8_t *bytes, size_t nbytes, uint64_t file_nbytes,
                   struct smcf_header *header)
{
    if (nbytes < sizeof *header) {
        return 0;
    }
    memcpy(header, bytes, sizeof *header);
    return memcmp(header->magic, SMCF_MAGIC, sizeof header->magic) == 0 &&
           smcf_get16(header->major) == SMCF_MAJOR &&
           smcf_get64(header->file_nbytes) == file_nbytes;
}

/* Whether the keys may lead to the file, of which these bytes are the start. */
static int may_answer(const struct smc_asked *asked, size_t n_asked, const uint8_t *bytes,
                      size_t nbytes, uint64_t file_nbytes)
{
    const uint8_t *debug_id = debug_id_of(bytes, nbytes);
    struct smcf_header header;

    if (!is_file(bytes, nbytes, file_nbytes, &header)) {
        return 0;
    }
    for (size_t i = 0; i < n_asked; i++) {
        if (asked[i].kind == SMC_STORE_KEY_CONTENT &&
            (memcmp(header.input_digest, asked[i].input_digest, sizeof header.input_digest) != 0 ||
             smcf_get64(header.input_nbytes) != asked[i].input_nbytes)) {
            return 0;
        }
        if (asked[i].kind == SMC_STORE_KEY_DEBUG_ID && debug_id != NULL &&
            memcmp(debug_id, asked[i].debug_id, sizeof asked[i].debug_id) != 0) {
            return 0;
        }
    }
    return 1;
}

int smc_file_may_answer(struct smc_store *store, const struct smc_record *record,
                        const struct smc_asked *asked)
{
    uint8_t bytes[START_NBYTES];
    struct smc_file_name name;

    if (asked->kind == SMC_STORE_KEY_NAMES) {
        return 1; /* whatever they are names of */
    }
    smc_file_name_make(record->file_id, SMC_SUFFIX_FILE, &name);
    int fd = smc_file_open(store, &name);
    if (fd < 0) {
        return 0;
    }
    const ssize_t nbytes = smc_read_start(fd, bytes, sizeof bytes);
    close(fd);
    return nbytes > 0 && may_answer(asked, 1, bytes, (size_t)nbytes, record->file_nbytes);
}

/* ---- writing ---- */

/* Whether the file there can be read, and has these bytes. */
static int has_bytes(int fd, const uint8_t *bytes, size_t nbytes)
{
    uint8_t *read = malloc(COMPARED_NBYTES);
    struct stat st;
    size_t off = 0;
    int is_same = read != NULL && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                  (uint64_t)st.st_size == nbytes;

    while (is_same && off < nbytes) {
        const size_t rest = nbytes - off < COMPARED_NBYTES ? nbytes - off : COMPARED_NBYTES;
        ssize_t n = pread(fd, read, rest, (off_t)off);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        is_same = n > 0 && memcmp(read, bytes + off, (size_t)n) == 0;
        off += n > 0 ? (size_t)n : 0;
    }
    free(read);
    return is_same;
}

static int write_synced(int fd, const void *bytes, size_t nbytes)
{
    return smc_write_all(fd, bytes, nbytes) != 0 ? -1 : smc_sync(fd);
}

/* A file to be put under a name. */
struct writing {
    const struct smc_file_name *name;
    const void *bytes;
    size_t nbytes;
    uint64_t next_nbytes;            /* of a file: its keys */
    const struct smc_spared *spared; /* by a key */
    int is_key, is_pinned, is_synced;
    const char *failed; /* at what */
};

static int fill(struct smc_temp *temp, const struct writing *writing)
{
    /* Whatever umask says: the mode tells what is pinned. */
    if (fchmod(temp->fd, writing->is_pinned ? SMC_MODE_PINNED : SMC_MODE_FILE) != 0) {
        return -1;
    }
    return writing->is_synced ? write_synced(temp->fd, writing->bytes, writing->nbytes)
                              : smc_write_all(temp->fd, writing->bytes, writing->nbytes);
}

/* Writes beside and renames. *fd is the file, if `fd` is not NULL. */
static int write_file(struct smc_store *store, struct writing *writing, int *fd)
{
    struct smc_temp temp;
    int folder = smc_subfolder_open(store, writing->name->folder, 1);

    writing->failed = "cannot make its folder";
    if (folder < 0) {
        return -1;
    }
    writing->failed = "cannot make a temporary file";
    int failed = smc_temp_open(store, &temp);
    if (failed == 0) {
        writing->failed = "cannot write";
        failed = fill(&temp, writing);
        if (failed == 0) {
            writing->failed = "cannot rename";
            failed = smc_temp_rename(&temp, folder, writing->name->file);
        }
        if (failed == 0 && fd != NULL) {
            *fd = temp.fd;
            temp.fd = -1;
        }
        int saved = errno;
        smc_temp_close(&temp);
        errno = saved;
    }
    int saved = errno;
    close(folder);
    errno = saved;
    return failed;
}

static smc_store_status fail(struct smc_store_error *error, const struct writing *writing)
{
    return errno == ENOMEM
               ? smc_store_fail(error, SMC_STORE_E_MEMORY, NULL, NULL)
               : smc_store_fail(error, SMC_STORE_E_IO, writing->failed, writing->name->path);
}

/* A new file, counted, with room made for it. */
static smc_store_status write_new(struct smc_store *store, unsigned folder, struct writing *writing,
                                  int *fd, struct smc_store_error *error)
{
    const struct smc_room room = {.folder = folder,
                                  .is_key = writing->is_key,
                                  .is_pinned = writing->is_pinned,
                                  .nbytes = smc_charge(writing->nbytes),
                                  .next_nbytes = writing->next_nbytes,
                                  .spared = writing->spared};
    const int taken = smc_room_take(store, &room, &writing->failed);

    if (taken != 0) {
        return taken > 0 ? smc_store_fail(error, SMC_STORE_E_FULL, NULL, writing->name->path)
                         : fail(error, writing);
    }
    if (write_file(store, writing, fd) != 0) {
        int saved = errno;
        smc_room_return(store, &room);
        errno = saved;
        return fail(error, writing);
    }
    return SMC_STORE_OK;
}

/* The same where `there` is what opening a file of that name has yielded. A file, or a link or such, is replaced, and
 * has been counted. */
static smc_store_status write_over(struct smc_store *store, unsigned folder,
                                   struct writing *writing, int there, int *fd,
                                   struct smc_store_error *error)
{
    if (there < 0 && errno == ENOENT) {
        return write_new(store, folder, writing, fd, error);
    }
    writing->failed = "cannot open what is to be replaced";
    return (there >= 0 || smc_is_no_file(errno)) && write_file(store, writing, fd) == 0
               ? SMC_STORE_OK
               : fail(error, writing);
}

/* ---- keys ---- */

static smc_store_status write_key(struct smc_store *store, const struct smc_asked *asked,
                                  const struct smc_buf *bytes, int is_pinned,
                                  const struct smc_spared *spared, struct smc_store_error *error)
{
    struct smc_file_name name;

    smc_file_name_make(asked->id, SMC_SUFFIX_KEY, &name);
    struct writing writing = {.name = &name,
                              .bytes = bytes->data,
                              .nbytes = bytes->nbytes,
                              .spared = spared,
                              .is_key = 1,
                              .is_pinned = is_pinned};
    int there = smc_file_open(store, &name);
    smc_store_status status = write_over(store, asked->id[0], &writing, there, NULL, error);
    if (there >= 0) {
        close(there);
    }
    return status;
}

static smc_store_status put_key(struct smc_store *store, const struct smc_asked *asked,
                                const struct smc_record *record, const struct smc_spared *spared,
                                struct smc_store_error *error)
{
    uint8_t secret[SMC_SECRET_NBYTES];
    struct smc_record whole = *record;
    struct smc_buf bytes = {0};

    whole.text = asked->text;
    whole.text_nbytes = asked->text_nbytes;
    smc_secret_get(store, secret);
    smc_record_write(secret, &whole, &bytes);
    smc_store_status status =
        bytes.failed ? smc_store_fail(error, SMC_STORE_E_MEMORY, NULL, NULL)
                     : write_key(store, asked, &bytes, record->is_pinned, spared, error);
    smc_buf_free(&bytes);
    return status;
}

smc_store_status smc_keys_put(struct smc_store *store, const struct smc_asked *asked,
                              size_t n_asked, const struct smc_record *record,
                              struct smc_store_error *error)
{
    const struct smc_spared spared = {record->file_id, asked, n_asked};
    smc_store_status status = SMC_STORE_OK;

    for (size_t i = 0; i < n_asked && status == SMC_STORE_OK; i++) {
        status = put_key(store, &asked[i], record, &spared, error);
    }
    return status;
}

/* ---- a file ---- */

/* Whether a pin's pattern fits one of the keys. */
static int is_to_be_pinned(const struct smc_store *store, const struct smc_asked *asked,
                           size_t n_asked)
{
    struct smc_patterns patterns;
    int fits = 0;

    if (smc_patterns_read(store, &patterns) != 0) {
        return 0; /* gc comes back to it */
    }
    for (size_t i = 0; i < n_asked && patterns.n > 0 && !fits; i++) {
        struct smc_key_parts parts;
        if (smc_key_parts_make(asked[i].text, asked[i].text_nbytes, &parts) == 0) {
            fits = smc_patterns_fit(&patterns, &parts) > 0;
            smc_key_parts_free(&parts);
        }
    }
    smc_patterns_free(&patterns);
    return fits;
}

static smc_store_status put_bytes(struct smc_store *store, const struct smc_asked *asked,
                                  size_t n_asked, const uint8_t *bytes, size_t nbytes,
                                  struct smc_record *record, int *fd, struct smc_store_error *error)
{
    uint8_t secret[SMC_SECRET_NBYTES];
    XXH128_canonical_t id;
    struct smc_file_name name;
    struct stat st;

    smc_secret_get(store, secret);
    XXH128_canonicalFromHash(&id,
                             XXH3_128bits_withSecret(bytes, nbytes, secret, SMC_SECRET_NBYTES));
    memcpy(record->file_id, id.digest, sizeof record->file_id);
    record->file_nbytes = nbytes;
    smc_file_name_make(record->file_id, SMC_SUFFIX_FILE, &name);
    struct writing writing = {.name = &name,
                              .bytes = bytes,
                              .nbytes = nbytes,
                              .is_pinned = is_to_be_pinned(store, asked, n_asked),
                              .is_synced = 1};
    for (size_t i = 0; i < n_asked; i++) { /* those that are there already will not need it */
        writing.next_nbytes += smc_charge(smc_record_nbytes(asked[i].text_nbytes));
    }
    record->is_pinned = writing.is_pinned;
    int there = smc_file_open(store, &name);
    if (there >= 0 && has_bytes(there, bytes, nbytes)) {
        *fd = there;
        smc_use_note(there);
        if (writing.is_pinned) {
            (void)fchmod(there, SMC_MODE_PINNED);
        } else {
            record->is_pinned = fstat(there, &st) == 0 && smc_is_pinned(st.st_mode);
        }
        return SMC_STORE_OK;
    }
    smc_store_status status = write_over(store, record->file_id[0], &writing, there, fd, error);
    if (there >= 0) {
        close(there);
    }
    return status;
}

smc_store_status smc_file_put(struct smc_store *store, const struct smc_asked *asked,
                              size_t n_asked, const void *bytes, size_t nbytes, int *fd,
                              struct smc_store_error *error)
{
    struct smc_record record = {0};

    *fd = -1;
    smc_store_status status =
        may_answer(asked, n_asked, bytes, nbytes, nbytes)
            ? put_bytes(store, asked, n_asked, bytes, nbytes, &record, fd, error)
            : smc_store_fail(error, SMC_STORE_E_FILE, NULL, NULL);
    if (status == SMC_STORE_OK) {
        status = smc_keys_put(store, asked, n_asked, &record, error);
    }
    if (status != SMC_STORE_OK) {
        if (*fd >= 0) {
            close(*fd);
            *fd = -1;
        }
        smc_counter_add(store, asked[0].id[0], SMC_COUNT_ERRORS, 1);
    }
    return status;
}

smc_store_status smc_negative_put(struct smc_store *store, const struct smc_asked *asked,
                                  size_t n_asked, const char *text, struct smc_store_error *error)
{
    const struct smc_record record = {
        .is_negative = 1, .note = text, .note_nbytes = strnlen(text, SMC_STORE_TEXT_NBYTES - 1)};

    return store->options.negative_age_s > 0 ? smc_keys_put(store, asked, n_asked, &record, error)
                                             : SMC_STORE_OK;
}

smc_store_status smc_store_put(smc_store *store, const struct smc_store_key *keys, size_t n_keys,
                               const void *bytes, size_t nbytes, struct smc_store_error *error)
{
    struct smc_asked asked[SMC_STORE_KEYS_MAX];
    int fd;
    smc_store_status status = smc_store_refresh(store, error);

    if (status == SMC_STORE_OK) {
        status = smc_asked_make_all(store, keys, n_keys, asked, error);
    }
    if (status != SMC_STORE_OK) {
        return status;
    }
    status = smc_file_put(store, asked, n_keys, bytes, nbytes, &fd, error);
    if (fd >= 0) {
        close(fd);
    }
    smc_asked_free_all(asked, n_keys);
    return status;
}

smc_store_status smc_store_put_negative(smc_store *store, const struct smc_store_key *keys,
                                        size_t n_keys, const char *text,
                                        struct smc_store_error *error)
{
    struct smc_asked asked[SMC_STORE_KEYS_MAX];
    smc_store_status status = smc_store_refresh(store, error);

    if (status == SMC_STORE_OK) {
        status = smc_asked_make_all(store, keys, n_keys, asked, error);
    }
    if (status == SMC_STORE_OK) {
        status = smc_negative_put(store, asked, n_keys, text, error);
        smc_asked_free_all(asked, n_keys);
    }
    return status;
}
