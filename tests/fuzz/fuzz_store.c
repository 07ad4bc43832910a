/*
 * A store's folder in which somebody has put anything: its secret, counters, pins and locks, temporary files, records of
 * keys, compiled files, files of any name, and what is no file. Each call answers with a status that it may have, and says
 * why; get-or-build hands out the file, what has been put is had; and nothing outside of the folder is touched.
 *
 * The first bytes choose options; then come the files, each as a kind, a length, and so many bytes. Records and counters
 * may be sealed with the store's secret, which who writes there can read.
 *
 * What the fuzzer would trace of counters.c is nearly all hashing.
 *
 * sources: src/store
 * support: src/store/counters.c src/base src/build src/javascript src/json src/reader src/url src/verify tests/unit/stored.c tests/unit/support.c
 * libraries: cmocka
 */
#include "src/store/store.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/unit/stored.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define HEAD_NBYTES 2
#define NAME_NBYTES_MAX 80
#define SLOT_NBYTES 128 /* of the counters: numbers, and their hash at the end */
#define SLOT_DIGEST_OFF (SLOT_NBYTES - 8)

enum kind {
    SECRET,
    COUNTERS,
    SEALED_COUNTERS,
    PINS,
    LOCKS,
    TEMPORARY,
    KEY,
    SEALED_KEY,
    SEALED_OTHER_KEY,
    FILE_OF_KEY,
    DAMAGED_FILE,
    NAMED,
    NO_FILE,
    SEALED_BYTES,
    N_KINDS
};

/* What is the same for all inputs. */
static struct world {
    char parent[PATH_MAX], folder[PATH_MAX + 8], outside[PATH_MAX + 8];
    uint8_t secret_file[8 + SMC_SECRET_NBYTES];
    const uint8_t *secret;
    struct made made, other;
    struct smc_asked asked, named;
    struct smc_file_name key_file, named_file, file, other_file;
    uint8_t file_id[SMC_ID_NBYTES], other_id[SMC_ID_NBYTES];
} world;

struct input {
    const uint8_t *p, *end;
};

/* ---- files ---- */

static void path_of(char path[PATH_MAX], const char *name)
{
    must_hold((size_t)snprintf(path, PATH_MAX, "%.200s/v1/%.200s", world.folder, name) < PATH_MAX,
              "a path too long");
}

/* Below v1, whose folders are made on the way. No link is followed. Failing is no failure: something else may be in the
 * place. */
static void place(const char *name, const void *bytes, size_t nbytes)
{
    char folder[NAME_NBYTES_MAX + 1];
    const char *slash = strchr(name, '/');

    (void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - name),
                   slash == NULL ? "." : name);
    const int root = open(world.folder, O_RDONLY | O_DIRECTORY);
    (void)mkdirat(root, "v1", 0700);
    const int version = openat(root, "v1", O_RDONLY | O_DIRECTORY);
    (void)mkdirat(version, folder, 0700);
    const int in = openat(version, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const int fd = in < 0 ? -1
                          : openat(in, slash == NULL ? name : slash + 1,
                                   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0600);
    must_hold(root >= 0 && version >= 0, "no folder");
    must_hold(fd < 0 || write(fd, bytes, nbytes) == (ssize_t)nbytes, "cannot write");
    for (size_t i = 0; i < 4; i++) {
        const int fds[] = {root, version, in, fd};
        (void)(fds[i] >= 0 && close(fds[i]));
    }
}

/* A name of the bytes up to the first NUL, which is taken, too. */
static void take_name(struct input *input, char name[NAME_NBYTES_MAX + 1])
{
    size_t n = 0;

    while (input->p < input->end && n < NAME_NBYTES_MAX && *input->p != 0) {
        name[n++] = *input->p == '/' ? '_' : (char)*input->p;
        input->p++;
    }
    input->p += input->p < input->end && *input->p == 0;
    name[n] = 0;
}

static uint8_t take(struct input *input)
{
    return input->p < input->end ? *input->p++ : 0;
}

/* One of the store's own names. */
static const char *known_name(uint8_t which)
{
    const char *const names[] = {"secret",
                                 "counters",
                                 "pins",
                                 "locks",
                                 "tmp",
                                 "tmp/x.tmp",
                                 world.key_file.path,
                                 world.named_file.path,
                                 world.file.path,
                                 world.file.folder,
                                 "00",
                                 "ff"};
    return names[which % COUNT_OF(names)];
}

static void seal_counters(uint8_t *slots, size_t nbytes)
{
    for (size_t off = 0; off + SLOT_NBYTES <= nbytes; off += SLOT_NBYTES) {
        XXH64_canonical_t canonical;
        XXH64_canonicalFromHash(
            &canonical,
            XXH3_64bits_withSecret(slots + off, SLOT_DIGEST_OFF, world.secret, SMC_SECRET_NBYTES));
        memcpy(slots + off + SLOT_DIGEST_OFF, canonical.digest, 8);
    }
}

static void place_counters(const struct input *input)
{
    static uint8_t slots[(SMC_STORE_FOLDERS + 1) * SLOT_NBYTES];
    const size_t n = (size_t)(input->end - input->p);

    must_hold(n > 0, "no counters");
    for (size_t i = 0; i < sizeof slots; i++) { /* again and again */
        slots[i] = input->p[i % n];
    }
    seal_counters(slots, sizeof slots);
    place("counters", slots, sizeof slots);
}

/* A record that is sealed: its numbers, whose text it has, and its note. */
static void place_record(struct input input, const char *name, const struct smc_asked *asked)
{
    struct smc_buf buf = {0};
    const uint8_t how = take(&input), size = take(&input);
    const size_t n = (size_t)(input.end - input.p), n_text = n * take(&input) / 256;
    const size_t left = (size_t)(input.end - input.p), cut = n_text < left ? n_text : left;
    struct smc_record record = {
        .is_negative = how & 1,
        .file_nbytes = (how & 2) == 0    ? size
                       : (how & 16) != 0 ? world.other.file.nbytes
                                         : world.made.file.nbytes,
        .text = (how & 4) != 0 ? asked->text : input.p,
        .text_nbytes = (how & 4) != 0 ? asked->text_nbytes : cut,
        .note = (const char *)input.p + cut,
        .note_nbytes = (how & 8) != 0 ? left - cut : 0,
    };

    memcpy(record.file_id, (how & 16) != 0 ? world.other_id : world.file_id, sizeof record.file_id);
    record.file_id[SMC_ID_NBYTES - 1] ^= how >> 6;
    smc_record_write(world.secret, &record, &buf);
    must_hold(!buf.failed, "no memory");
    place(name, buf.data, buf.nbytes);
    smc_buf_free(&buf);
}

/* Any bytes as a record, with its magic and its hash, and which file it leads to, unless the first byte is odd. */
static void place_sealed_bytes(const struct input *input)
{
    static const char magic[] = "\x89SMK\r\n\x1a\n";
    const size_t nbytes = (size_t)(input->end - input->p);
    XXH128_canonical_t canonical;

    if (nbytes < 24 + SMC_ID_NBYTES) {
        return;
    }
    uint8_t *bytes = malloc(nbytes);
    must_hold(bytes != NULL, "no memory");
    memcpy(bytes, input->p, nbytes);
    if (bytes[0] % 2 == 0) {
        memcpy(bytes + 24, world.file_id, SMC_ID_NBYTES);
    }
    memcpy(bytes, magic, 8);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSecret(bytes + 24, nbytes - 24,
                                                                 world.secret, SMC_SECRET_NBYTES));
    memcpy(bytes + 8, canonical.digest, sizeof canonical.digest);
    place(world.key_file.path, bytes, nbytes);
    free(bytes);
}

/* One of the two files, with bytes that are others. */
static void place_damaged(struct input input)
{
    struct text copy = {0};
    const int is_other = take(&input) & 1;
    const struct text *file = is_other ? &world.other.file : &world.made.file;

    text_add(&copy, file->data, file->nbytes);
    while (input.end - input.p >= 3) {
        const size_t at = (size_t)take(&input) << 8 | take(&input);
        copy.data[at % copy.nbytes] ^= (char)take(&input);
    }
    copy.nbytes -= take(&input);
    place(is_other ? world.other_file.path : world.file.path, copy.data, copy.nbytes);
    text_free(&copy);
}

/* A link out of the store, a folder, a FIFO, or a file that may not be read. */
static void place_no_file(struct input input)
{
    char path[PATH_MAX];
    const char *name = known_name(take(&input));

    path_of(path, name);
    folder_remove(path);
    switch (take(&input) % 4) {
    case 0:
        (void)symlink(world.outside, path);
        break;
    case 1:
        (void)mkdir(path, 0700);
        break;
    case 2:
        (void)mkfifo(path, 0600);
        break;
    default:
        (void)symlink(world.parent, path);
        break;
    }
}

static void place_named(struct input input)
{
    char folder[NAME_NBYTES_MAX + 1], name[NAME_NBYTES_MAX + 1], path[2 * NAME_NBYTES_MAX + 3];

    (void)snprintf(folder, sizeof folder, "%02x", take(&input));
    take_name(&input, name);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    place(path, input.p, (size_t)(input.end - input.p));
}

static void place_temporary(struct input input)
{
    char name[NAME_NBYTES_MAX + 1], path[NAME_NBYTES_MAX + 5];

    take_name(&input, name);
    (void)snprintf(path, sizeof path, "tmp/%s", name);
    place(path, input.p, (size_t)(input.end - input.p));
}

static void place_one(enum kind kind, struct input input)
{
    const size_t nbytes = (size_t)(input.end - input.p);

    switch (kind) {
    case SEALED_COUNTERS:
        if (nbytes > 0) {
            place_counters(&input);
        }
        break;
    case TEMPORARY:
        place_temporary(input);
        break;
    case SEALED_KEY:
        place_record(input, world.key_file.path, &world.asked);
        break;
    case SEALED_OTHER_KEY:
        place_record(input, world.named_file.path, &world.named);
        break;
    case SEALED_BYTES:
        place_sealed_bytes(&input);
        break;
    case DAMAGED_FILE:
        place_damaged(input);
        break;
    case NAMED:
        place_named(input);
        break;
    case NO_FILE:
        place_no_file(input);
        break;
    default: {
        const char *const names[] = {
            [SECRET] = "secret", [COUNTERS] = "counters",     [PINS] = "pins",
            [LOCKS] = "locks",   [KEY] = world.key_file.path, [FILE_OF_KEY] = world.file.path};
        place(names[kind], input.p, nbytes);
        break;
    }
    }
}

static void place_all(struct input input)
{
    while (input.end - input.p >= 2) {
        const enum kind kind = (enum kind)(take(&input) % N_KINDS);
        size_t nbytes = take(&input);
        nbytes = nbytes == 255 ? 255 + (size_t)take(&input) * 8 : nbytes;
        nbytes = nbytes < (size_t)(input.end - input.p) ? nbytes : (size_t)(input.end - input.p);
        place_one(kind, (struct input){input.p, input.p + nbytes});
        input.p += nbytes;
    }
}

/* ---- calls ---- */

#define GETTING (1u << SMC_STORE_MISS | 1u << SMC_STORE_NEGATIVE)
#define IO (1u << SMC_STORE_OK | 1u << SMC_STORE_E_IO)

/* One of the statuses that the call may have, and why. */
static void must_be_said(smc_store_status status, unsigned statuses,
                         const struct smc_store_error *error)
{
    must_hold((unsigned)status < 32 && (statuses >> status & 1) != 0,
              "a status that the call does not have");
    if (status > SMC_STORE_NEGATIVE) {
        must_hold(error->status == status && error->reason[0] != 0, "an error without a reason");
        must_hold((status == SMC_STORE_E_IO) == (error->error_number > 0), "no errno, or one");
        must_hold(memchr(error->file, 0, sizeof error->file) != NULL, "a name without an end");
    }
}

static int visit_item(void *context, const struct smc_store_item *item)
{
    const char *pattern = context;

    must_hold(item->name != NULL && item->scope != NULL, "an item without a name");
    must_hold(item->kind != SMC_STORE_KEY_NAMES || item->n_names > 0, "names without a name");
    (void)smc_store_item_fits(item, pattern);
    return 0;
}

static int visit_file(void *context, int fd, const char *file, uint64_t nbytes)
{
    struct stat st;

    (void)context;
    must_hold(fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == nbytes,
              "another size of a file");
    must_hold(strlen(file) == strlen(world.file.path), "another name of a file");
    return 0;
}

static void visit_pattern(void *context, const char *pattern)
{
    (void)context;
    must_hold(strlen(pattern) <= (size_t)SMC_STORE_PATTERN_NBYTES_MAX * SMC_STORE_PATTERNS_MAX,
              "more patterns than there can be");
}

static void must_be_made(const struct opened *opened, const struct made *made)
{
    must_hold(opened->bytes.nbytes == made->file.nbytes &&
                  memcmp(opened->bytes.data, made->file.data, made->file.nbytes) == 0,
              "another file");
}

/* A key by content never leads to anything else. */
static void get(smc_store *store, const struct smc_store_key *key, const struct made *made)
{
    struct opened opened = {.answer = 0};
    struct smc_store_error error;
    char text[SMC_STORE_TEXT_NBYTES];
    const smc_store_status status =
        smc_store_get(store, key, opened_from_store, &opened, text, &error);

    must_be_said(status, GETTING | IO, &error);
    if (status == SMC_STORE_OK && made != NULL) {
        must_be_made(&opened, made);
    }
    must_hold(status != SMC_STORE_NEGATIVE || memchr(text, 0, sizeof text) != NULL,
              "a text without an end");
    opened_free(&opened);
}

static void get_or_build(smc_store *store, const struct smc_store_key *key, const struct made *made)
{
    struct opened opened = {.made = made};
    const struct smc_store_maker maker = maker_of(&opened);
    struct smc_store_outcome outcome;
    struct smc_store_error error;
    const smc_store_status status = smc_store_get_or_build(store, key, 1, &maker, &outcome, &error);

    must_be_said(status, 1u << SMC_STORE_OK | 1u << SMC_STORE_NEGATIVE, &error);
    must_hold(status != SMC_STORE_NEGATIVE || memchr(outcome.text, 0, sizeof outcome.text) != NULL,
              "a text without an end");
    if (status == SMC_STORE_OK) {
        must_hold(opened.n_built == (unsigned)outcome.is_built, "built, or not");
        must_be_made(&opened, made);
    }
    opened_free(&opened);
}

/* What has been put is had. */
static void put_and_get(smc_store *store, const struct smc_store_key *key, const struct made *made)
{
    struct opened opened = {.answer = 0};
    struct smc_store_error error;
    const smc_store_status status =
        smc_store_put(store, key, 1, made->file.data, made->file.nbytes, &error);

    must_be_said(status, IO | 1u << SMC_STORE_E_FULL, &error);
    if (status == SMC_STORE_OK) {
        must_hold(smc_store_get(store, key, opened_from_store, &opened, NULL, &error) ==
                      SMC_STORE_OK,
                  "what has been put is gone");
        must_be_made(&opened, made);
        opened_free(&opened);
    }
}

/* Which calls that go over all 256 folders are made: each takes as long as all others together. */
enum { LOOKS = 1, PINS_FILES = 2, CLEANS = 4, CLEARS = 8 };

static void look_at(smc_store *store, char *pattern)
{
    struct smc_store_counts total, folders[SMC_STORE_FOLDERS];
    struct smc_store_error error;

    must_be_said(smc_store_counts_get(store, &total, folders, &error), IO, &error);
    must_be_said(smc_store_list(store, visit_item, pattern, &error), IO, &error);
    must_be_said(smc_store_each_file(store, visit_file, NULL, &error), IO, &error);
}

static void clean(smc_store *store, int clears)
{
    const struct smc_store_gc_options options = {
        .struct_size = sizeof options, .clears = clears, .clears_pinned = clears};
    struct smc_store_gc_result result;
    struct smc_store_error error;

    must_be_said(smc_store_gc(store, &options, &result, &error), IO, &error);
}

static void call_all(smc_store *store, uint8_t how, char *pattern)
{
    struct name_of_key name;
    const struct smc_store_key key = content_key(&world.made), named = name_key(&name, 1);
    struct smc_store_error error;
    uint64_t n_files;

    get(store, &key, &world.made);
    get(store, &named, NULL);
    must_be_said(smc_store_pins(store, visit_pattern, NULL, &error), IO, &error);
    if ((how & LOOKS) != 0) {
        look_at(store, pattern);
    }
    get_or_build(store, &key, &world.made);
    if ((how & PINS_FILES) != 0) {
        must_be_said(smc_store_pin(store, pattern, &n_files, &error), IO | 1u << SMC_STORE_E_OPTION,
                     &error);
    }
    put_and_get(store, &named, &world.other);
    if ((how & CLEANS) != 0) {
        clean(store, (how & CLEARS) != 0);
    }
    if ((how & PINS_FILES) != 0) {
        must_be_said(smc_store_unpin(store, pattern, &n_files, &error),
                     IO | 1u << SMC_STORE_MISS | 1u << SMC_STORE_E_OPTION, &error);
    }
    put_and_get(store, &key, &world.made);
}

static void use_store(const uint8_t *head, char *pattern)
{
    static const uint64_t sizes[] = {0, 1, 20000, SMC_STORE_UNLIMITED};
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .max_nbytes = sizes[head[0] % 4],
                                              .max_age_s = (head[0] & 4) != 0 ? 1 : 0,
                                              .wait_ms = 1,
                                              .flags = (head[0] & 8) != 0 ? SMC_STORE_NO_LOCKS : 0};
    struct smc_store_error error;
    smc_store *store;
    const smc_store_status status = smc_store_open(world.folder, &options, &store, &error);

    must_be_said(status, IO | 1u << SMC_STORE_E_UNSAFE, &error);
    must_hold((status == SMC_STORE_OK) == (store != NULL), "a store that is none");
    if (store != NULL) {
        call_all(store, head[1], pattern);
    }
    smc_store_close(store);
}

/* ---- the world ---- */

#define OUTSIDE_TIME 1000000000
static const char outside_text[] = "not the store's";

static void write_outside(void)
{
    const struct timespec times[] = {{OUTSIDE_TIME, 0}, {OUTSIDE_TIME, 0}};
    const int fd = open(world.outside, O_WRONLY | O_CREAT | O_TRUNC, 0640);

    must_hold(fd >= 0 && write(fd, outside_text, sizeof outside_text) == sizeof outside_text &&
                  fchmod(fd, 0640) == 0 && futimens(fd, times) == 0 && close(fd) == 0,
              "cannot write outside");
}

static unsigned count_entries(const char *path)
{
    DIR *folder = opendir(path);
    unsigned n = 0;

    must_hold(folder != NULL, "no folder around the store");
    while (readdir(folder) != NULL) {
        n++;
    }
    (void)closedir(folder);
    return n;
}

/* The file beside the store is as it was, and there is no other. */
static void check_outside(void)
{
    struct text text;
    struct stat st;

    must_hold(read_file(world.outside, &text) && text.nbytes == sizeof outside_text &&
                  memcmp(text.data, outside_text, sizeof outside_text) == 0 &&
                  stat(world.outside, &st) == 0 && (st.st_mode & 0777) == 0640 &&
                  st.st_mtime == OUTSIDE_TIME,
              "a file outside of the store has changed");
    must_hold(stat(world.parent, &st) == 0 && (st.st_mode & 0777) == 0700 &&
                  count_entries(world.parent) == 4, /* the file, the store, and the two of all */
              "the folder around the store has changed");
    text_free(&text);
}

static void end_world(void)
{
    folder_remove(world.parent);
}

static void make_store(void)
{
    must_hold((mkdir(world.folder, 0700) == 0 || errno == EEXIST), "cannot make the folder");
    place("secret", world.secret_file, sizeof world.secret_file);
}

static void name_file(const struct made *made, uint8_t id[SMC_ID_NBYTES],
                      struct smc_file_name *name)
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSecret(made->file.data, made->file.nbytes,
                                                                 world.secret, SMC_SECRET_NBYTES));
    memcpy(id, canonical.digest, SMC_ID_NBYTES);
    smc_file_name_make(id, SMC_SUFFIX_FILE, name);
}

/* Learns where the store has its files. */
static void start_world(void)
{
    struct name_of_key name;

    folder_make_fast(world.parent);
    (void)atexit(end_world);
    (void)snprintf(world.folder, sizeof world.folder, "%s/store", world.parent);
    (void)snprintf(world.outside, sizeof world.outside, "%s/file", world.parent);
    write_outside();
    memcpy(world.secret_file, "smcseed\n", 8);
    for (size_t i = 0; i < SMC_SECRET_NBYTES; i++) {
        world.secret_file[8 + i] = (uint8_t)(i * 37);
    }
    world.secret = world.secret_file + 8;
    world.made = make_file(1, 3000);
    world.other = make_file(2, 1000);
    make_store();
    const struct smc_store_key key = content_key(&world.made), named = name_key(&name, 1);
    smc_store *store = store_open(world.folder, NULL);
    must_hold(smc_asked_make(store, &key, &world.asked, NULL) == SMC_STORE_OK &&
                  smc_asked_make(store, &named, &world.named, NULL) == SMC_STORE_OK,
              "no keys");
    smc_file_name_make(world.asked.id, SMC_SUFFIX_KEY, &world.key_file);
    smc_file_name_make(world.named.id, SMC_SUFFIX_KEY, &world.named_file);
    name_file(&world.made, world.file_id, &world.file);
    name_file(&world.other, world.other_id, &world.other_file);
    put(store, &key, &world.made); /* where it should be */
    char path[PATH_MAX];
    path_of(path, world.file.path);
    must_hold(access(path, R_OK) == 0, "the file is somewhere else");
    smc_store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    struct input input = {data + HEAD_NBYTES, data + nbytes};
    char pattern[NAME_NBYTES_MAX + 1];

    if (nbytes < HEAD_NBYTES) {
        return 0;
    }
    if (world.secret == NULL) {
        setenv("CMOCKA_TEST_ABORT", "1", 1);
        start_world();
    }
    folder_remove(world.folder);
    make_store();
    take_name(&input, pattern);
    place_all(input);
    use_store(data, pattern);
    check_outside();
    return 0;
}
