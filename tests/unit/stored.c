#include "tests/unit/stored.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static void make_in(const char *parent, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/smcache-store-XXXXXX", parent);
    assert_non_null(mkdtemp(path));
}

void folder_make(char path[PATH_MAX])
{
    const char *parent = getenv("TMPDIR");
    make_in(parent != NULL ? parent : "/tmp", path);
}

/* No test puts more. */
#define ROOM_NBYTES (UINT64_C(256) << 20)

void folder_make_fast(char path[PATH_MAX])
{
    struct statvfs st;

    /* In a container it may be small. */
    if (access("/dev/shm", R_OK | W_OK | X_OK) == 0 && statvfs("/dev/shm", &st) == 0 &&
        (uint64_t)st.f_bavail * st.f_frsize >= ROOM_NBYTES) {
        make_in("/dev/shm", path);
    } else {
        folder_make(path);
    }
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

void folder_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

smc_store *store_open(const char *folder, const struct smc_store_options *options)
{
    struct smc_store_error error;
    smc_store *store;

    if (smc_store_open(folder, options, &store, &error) != SMC_STORE_OK) {
        fail_msg("%s: %s: %s", error.file, error.reason, strerror(error.error_number));
    }
    return store;
}

int store_world_set_up(void **state)
{
    struct store_world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make_fast(world->folder);
    world->store = store_open(world->folder, NULL);
    *state = world;
    return 0;
}

int store_world_tear_down(void **state)
{
    struct store_world *world = *state;

    smc_store_close(world->store);
    folder_remove(world->folder);
    free(world);
    return 0;
}

struct made make_file(unsigned number, size_t nbytes)
{
    struct smcf_header header = {.magic = SMCF_MAGIC,
                                 .major = smcf_put16(SMCF_MAJOR),
                                 .header_nbytes = smcf_put32(sizeof header)};
    struct made made = {{0}, 0, {0}};
    XXH128_canonical_t digest;
    struct rng rng = {number + 1};

    made.map_nbytes = (size_t)snprintf(made.map, sizeof made.map, "map %u", number);
    nbytes = nbytes < sizeof header ? sizeof header : nbytes;
    XXH128_canonicalFromHash(&digest, XXH3_128bits(made.map, made.map_nbytes));
    memcpy(header.input_digest, digest.digest, sizeof header.input_digest);
    header.input_nbytes = smcf_put64(made.map_nbytes);
    header.file_nbytes = smcf_put64(nbytes);
    text_add(&made.file, &header, sizeof header);
    while (made.file.nbytes < nbytes) {
        const uint64_t bits = rng_next(&rng);
        const size_t rest = nbytes - made.file.nbytes;
        text_add(&made.file, &bits, rest < sizeof bits ? rest : sizeof bits);
    }
    file_seal((uint8_t *)made.file.data, nbytes);
    return made;
}

void made_free(struct made *made)
{
    text_free(&made->file);
}

struct smc_store_key content_key(const struct made *made)
{
    return (struct smc_store_key){
        .kind = SMC_STORE_KEY_CONTENT, .content = made->map, .content_nbytes = made->map_nbytes};
}

struct smc_store_key name_key(struct name_of_key *name, unsigned number)
{
    (void)snprintf(name->text, sizeof name->text, "name-%u", number);
    name->names[0] = name->text;
    return (struct smc_store_key){.kind = SMC_STORE_KEY_NAMES, .names = name->names, .n_names = 1};
}

static int is_whole(const struct text *file)
{
    struct smcf_header header;

    if (file->nbytes < sizeof header) {
        return 0;
    }
    uint8_t *copy = malloc(file->nbytes);
    assert_non_null(copy);
    memcpy(copy, file->data, file->nbytes);
    memcpy(&header, copy, sizeof header);
    file_seal(copy, file->nbytes);
    const int is_same = memcmp(copy, file->data, file->nbytes) == 0 &&
                        memcmp(header.magic, SMCF_MAGIC, sizeof header.magic) == 0;
    free(copy);
    return is_same;
}

int opened_from_store(void *context, int fd)
{
    struct opened *opened = context;
    char piece[4096];
    ssize_t n;

    if (opened->answer != 0) {
        return opened->answer;
    }
    opened->bytes.nbytes = 0;
    for (off_t off = 0; (n = pread(fd, piece, sizeof piece, off)) > 0; off += n) {
        text_add(&opened->bytes, piece, (size_t)n);
    }
    if (n < 0 || !is_whole(&opened->bytes)) {
        return SMC_STORE_REFUSED;
    }
    opened->n_opened++;
    return 0;
}

static int opened_from_memory(void *context, void *bytes, size_t nbytes,
                              const struct smc_store_error *why)
{
    struct opened *opened = context;

    opened->bytes.nbytes = 0;
    text_add(&opened->bytes, bytes, nbytes);
    opened->n_from_memory++;
    opened->why = *why;
    free(bytes);
    return 0;
}

static enum smc_store_built build(void *context, void **bytes, size_t *nbytes,
                                  char text[SMC_STORE_TEXT_NBYTES])
{
    struct opened *opened = context;

    opened->n_built++;
    if (opened->made != NULL) {
        *nbytes = opened->made->file.nbytes;
        *bytes = malloc(*nbytes);
        if (*bytes == NULL) {
            return SMC_STORE_FAILED;
        }
        memcpy(*bytes, opened->made->file.data, *nbytes);
        return SMC_STORE_BUILT;
    }
    if (opened->why_not == NULL) {
        return SMC_STORE_FAILED;
    }
    (void)snprintf(text, SMC_STORE_TEXT_NBYTES, "%s", opened->why_not);
    return SMC_STORE_IMPOSSIBLE;
}

struct smc_store_maker maker_of(struct opened *opened)
{
    return (struct smc_store_maker){opened, opened_from_store, build, opened_from_memory};
}

void opened_free(struct opened *opened)
{
    text_free(&opened->bytes);
}

void assert_hit(smc_store *store, const struct smc_store_key *key, const struct made *made)
{
    struct opened opened = {.answer = 0};
    struct smc_store_error error = {.reason = ""};

    smc_store_status status = smc_store_get(store, key, opened_from_store, &opened, NULL, &error);
    if (status != SMC_STORE_OK) {
        fail_msg("%s: %s %s", smc_store_status_text(status), error.reason, error.file);
    }
    assert_int_equal(opened.bytes.nbytes, made->file.nbytes);
    assert_memory_equal(opened.bytes.data, made->file.data, made->file.nbytes);
    opened_free(&opened);
}

void assert_miss(smc_store *store, const struct smc_store_key *key)
{
    struct opened opened = {.answer = 0};

    assert_int_equal(smc_store_get(store, key, opened_from_store, &opened, NULL, NULL),
                     SMC_STORE_MISS);
    opened_free(&opened);
}

void put(smc_store *store, const struct smc_store_key *key, const struct made *made)
{
    struct smc_store_error error = {.reason = ""};
    smc_store_status status =
        smc_store_put(store, key, 1, made->file.data, made->file.nbytes, &error);

    if (status != SMC_STORE_OK) {
        fail_msg("%s: %s: %s", error.file, error.reason, strerror(error.error_number));
    }
}

smc_store_status try_put_named(smc_store *store, unsigned number, size_t nbytes)
{
    struct made made = make_file(number, nbytes);
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, number);
    const smc_store_status status =
        smc_store_put(store, &key, 1, made.file.data, made.file.nbytes, NULL);

    made_free(&made);
    return status;
}

void put_named(smc_store *store, unsigned number, size_t nbytes)
{
    assert_int_equal(try_put_named(store, number, nbytes), SMC_STORE_OK);
}

int has_named(smc_store *store, unsigned number)
{
    struct opened opened = {.answer = 0};
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, number);
    const smc_store_status status =
        smc_store_get(store, &key, opened_from_store, &opened, NULL, NULL);

    assert_true(status == SMC_STORE_OK || status == SMC_STORE_MISS);
    opened_free(&opened);
    return status == SMC_STORE_OK;
}

/* ---- what is on disk ---- */

static struct {
    const char *suffix;
    char *name;
    unsigned n;
    uint64_t nbytes;
} walk;

static int count_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    const size_t n = strlen(path), n_suffix = strlen(walk.suffix);

    (void)at;
    if (kind == FTW_F && n >= n_suffix && strcmp(path + n - n_suffix, walk.suffix) == 0) {
        walk.n++;
        walk.nbytes += ((uint64_t)st->st_size + 4095) / 4096 * 4096;
        if (walk.name != NULL) {
            (void)snprintf(walk.name, PATH_MAX, "%s", path);
        }
    }
    return 0;
}

unsigned count_files(const char *folder, const char *suffix, char name[PATH_MAX])
{
    walk.suffix = suffix;
    walk.name = name;
    walk.n = 0;
    walk.nbytes = 0;
    (void)nftw(folder, count_one, 16, FTW_PHYS);
    return walk.n;
}

uint64_t pages_in(const char *folder)
{
    (void)count_files(folder, ".smcache", NULL);
    const uint64_t files = walk.nbytes;
    (void)count_files(folder, ".key", NULL);
    return files + walk.nbytes;
}

struct smc_store_counts counts_of(smc_store *store)
{
    struct smc_store_counts counts;

    assert_int_equal(smc_store_counts_get(store, &counts, NULL, NULL), SMC_STORE_OK);
    return counts;
}

void assert_counts(smc_store *store, const char *folder)
{
    const struct smc_store_counts counts = counts_of(store);

    assert_int_equal(counts.n_files, count_files(folder, ".smcache", NULL));
    assert_int_equal(counts.n_keys, count_files(folder, ".key", NULL));
    assert_int_equal(counts.nbytes, pages_in(folder));
}

static int check_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    const size_t n = strlen(path), n_suffix = strlen(".smcache");
    struct text file = {0};

    (void)st, (void)at;
    if (kind == FTW_F && n > n_suffix && strcmp(path + n - n_suffix, ".smcache") == 0 &&
        read_file(path, &file)) {
        walk.n++;
        if (!is_whole(&file)) {
            text_free(&file);
            (void)fprintf(stderr, "%s is damaged\n", path);
            return 1;
        }
    }
    text_free(&file);
    return 0;
}

unsigned assert_files_whole(const char *folder)
{
    walk.n = 0;
    /* -1: a folder has just gone */
    assert_int_not_equal(nftw(folder, check_one, 16, FTW_PHYS), 1);
    return walk.n;
}

void age_file(const char *path, int64_t seconds)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - seconds}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int64_t age_of_young;

static int age_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)at;
    if (kind == FTW_F && st->st_mtime > time(NULL) - 60) {
        age_file(path, age_of_young);
    }
    return 0;
}

void age_young(const char *folder, int64_t seconds)
{
    age_of_young = seconds;
    assert_int_equal(nftw(folder, age_one, 16, FTW_PHYS), 0);
}

struct smc_store_gc_result store_world_gc(const struct store_world *world,
                                          const struct smc_store_gc_options *options)
{
    struct smc_store_gc_result result;
    struct smc_store_error error = {.reason = ""};

    if (smc_store_gc(world->store, options, &result, &error) != SMC_STORE_OK) {
        fail_msg("%s: %s", error.reason, strerror(error.error_number));
    }
    assert_counts(world->store, world->folder);
    assert_int_equal(result.kept_files, counts_of(world->store).n_files);
    assert_int_equal(result.kept_nbytes, counts_of(world->store).nbytes);
    return result;
}
