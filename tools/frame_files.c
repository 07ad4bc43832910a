#include "tools/frame_files.h"

#include "src/find/find.h"
#include "src/find/locate.h"
#include "src/json/json.h"
#include "tools/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- failures ---- */

void frame_files_fail(struct frame_files *files, int code)
{
    files->code = code > files->code ? code : files->code;
}

void frame_files_miss(struct frame_files *files, const char *path)
{
    (void)system_error(path, "cannot be read");
    frame_files_fail(files, EXIT_PARTIAL);
}

static void lack_memory(struct frame_files *files)
{
    errno = ENOMEM;
    frame_files_fail(files, system_error(files->command->name, "cannot look for a file"));
}

/* ---- opening ---- */

/* What was compiled from a map that has changed since is of another build. If there is no telling, the map goes before. */
static int is_stale(const struct frame_file *file)
{
    struct stat map, compiled;

    if (file->map == NULL) {
        return 0;
    }
    if (stat(file->map, &map) != 0) {
        return !smc_is_absent(errno);
    }
    return stat(file->compiled, &compiled) != 0 || map.st_mtim.tv_sec > compiled.st_mtim.tv_sec ||
           (map.st_mtim.tv_sec == compiled.st_mtim.tv_sec &&
            map.st_mtim.tv_nsec > compiled.st_mtim.tv_nsec);
}

static const char *path_to_open(const struct frame_file *file)
{
    if (file->compiled != NULL && !is_stale(file)) {
        return file->compiled;
    }
    return file->generated != NULL ? file->generated : file->map;
}

/* Maps go by way of the store. */
static int open_path(const struct frame_files *files, const char *path, struct input *input)
{
    struct config config = {.uses_store = 0};
    int code = files->has_no_store ? config_set_flag(&config, files->command, SETTING_STORE, NULL)
                                   : EXIT_DONE;

    code = code == EXIT_DONE ? input_open(path, &config, input) : code;
    config_free(&config);
    return code;
}

/* What is no good has a map, unless it is a generated file that leads to none. */
static int has_map(struct frame_files *files, const struct frame_file *file)
{
    struct smc_place place;

    if (file->map != NULL || file->compiled != NULL) {
        return 1;
    }
    if (smc_place_find(file->generated, NULL, &place) != 0) {
        lack_memory(files);
        return 0;
    }
    if (place.status == SMC_PLACE_UNREAD) {
        errno = place.error_number;
        frame_files_miss(files, file->generated);
    }
    const int leads = place.status == SMC_PLACE_INLINE || place.status == SMC_PLACE_NAMED ||
                      place.status == SMC_PLACE_BESIDE;
    smc_place_free(&place);
    return leads;
}

static void open_file(struct frame_files *files, struct frame_file *file)
{
    if (file->reason != SMC_REASON_NONE || file->input.cache != NULL) {
        return;
    }
    const char *path = path_to_open(file);
    int code = open_path(files, path, &file->input);
    if (code != EXIT_DONE && path == file->compiled && file->map != NULL) {
        /* What it was compiled from is as good: why the other is not has been said. */
        free(file->compiled);
        file->compiled = NULL;
        code = open_path(files, path_to_open(file), &file->input);
    }
    switch (code) {
    case EXIT_DONE:
        break;
    case EXIT_INPUT:
        file->reason =
            has_map(files, file) ? SMC_REASON_MALFORMED_SOURCEMAP : SMC_REASON_MISSING_SOURCEMAP;
        break;
    default:
        file->reason = SMC_REASON_MISSING_SOURCEMAP;
        frame_files_fail(files, EXIT_PARTIAL);
    }
}

/* ---- debug IDs ---- */

/* The last lines of a generated file say its ID; that many bytes hold them. */
#define TAIL_NBYTES 4096

/* Reads them; -1 with errno. What is no file has none, and is spoken of when it is opened. */
static ssize_t read_tail(const char *path, char tail[TAIL_NBYTES])
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* no waiting for a FIFO */
    ssize_t nbytes = 0;

    if (fd < 0) {
        return -1;
    }
    ssize_t n = fstat(fd, &st) == 0 ? 0 : -1;
    if (n == 0 && S_ISREG(st.st_mode)) {
        const off_t off = st.st_size > TAIL_NBYTES ? st.st_size - TAIL_NBYTES : 0;
        while ((n = pread(fd, tail + nbytes, TAIL_NBYTES - (size_t)nbytes, off + nbytes)) > 0 ||
               (n < 0 && errno == EINTR)) {
            nbytes += n > 0 ? n : 0;
        }
    }
    const int error_number = errno;
    close(fd);
    errno = error_number;
    return n < 0 ? -1 : nbytes;
}

static int read_tail_id(struct frame_files *files, const char *path, uint8_t id[16])
{
    char tail[TAIL_NBYTES];
    const ssize_t n = read_tail(path, tail);

    if (n < 0 && !smc_is_absent(errno)) {
        frame_files_miss(files, path);
    }
    return n > 0 && smc_debug_id_find(tail, (size_t)n, 1, id);
}

/* What a map says, without compiling it, and without a word if it is none. */
static int read_map_id(struct frame_files *files, const char *path, uint8_t id[16])
{
    struct smc_buf bytes = {0};
    struct smc_load_error load_error;
    struct smc_json_text text;
    struct smc_json root, key, value;
    struct smc_json_error error;
    int found = 0;

    if (smc_load(path, INPUT_NBYTES_MAX, 1, &bytes, &load_error) != 0) {
        char why[LOAD_TEXT_NBYTES];
        if (load_text(&load_error, why) == EXIT_SYSTEM && !smc_is_absent(load_error.error_number)) {
            say("%s: %s", path, why);
            frame_files_fail(files, EXIT_PARTIAL);
        }
        return 0;
    }
    const int is_json = smc_json_check(&text, bytes.data, bytes.nbytes, 1, &root, &error) == 0;
    if (!is_json && error.reason == NULL) {
        lack_memory(files);
    }
    if (is_json && root.type == SMC_JSON_OBJECT) {
        struct smc_json_walk walk = smc_json_walk(&root);
        while (smc_json_next_member(&walk, &key, &value)) {
            /* The quotes are no part of it. */
            if (value.type == SMC_JSON_STRING &&
                (smc_json_equals(&key, "debugId") || smc_json_equals(&key, "debug_id"))) {
                found |= smc_debug_id_parse(value.start + 1, (size_t)(value.end - value.start) - 2,
                                            1, id) == 0;
            }
        }
    }
    smc_json_text_free(&text);
    smc_buf_free(&bytes);
    return found;
}

static int read_compiled_id(struct frame_files *files, const char *path, uint8_t id[16])
{
    struct smc_error error;
    struct smc_info info;
    smc_cache *cache;
    int found = 0;

    const smc_status status = smc_open_path(path, 0, &cache, &error);
    if ((status == SMC_E_IO && !smc_is_absent(errno)) || status == SMC_E_MEMORY) {
        (void)cache_error(path, &error);
        frame_files_fail(files, EXIT_PARTIAL);
    }
    if (status == SMC_OK) {
        found = smc_info_get(cache, &info) == SMC_OK && info.has_debug_id;
        memcpy(id, info.debug_id, sizeof info.debug_id);
        smc_close(cache);
    }
    return found;
}

/* What a file says of itself, or its map. */
static int debug_id_of(struct frame_files *files, const struct frame_file *file, uint8_t id[16])
{
    return (file->generated != NULL && read_tail_id(files, file->generated, id)) ||
           (file->compiled != NULL && !is_stale(file) &&
            read_compiled_id(files, file->compiled, id)) ||
           (file->map != NULL && read_map_id(files, file->map, id));
}

static int compare_ids(const void *a, const void *b)
{
    const struct frame_id *x = a, *y = b;
    const int order = memcmp(x->debug_id, y->debug_id, sizeof x->debug_id);
    return order != 0 ? order : (x->file > y->file) - (x->file < y->file);
}

/* All of them, once: who gives debug IDs has them in most files. */
static void read_ids(struct frame_files *files)
{
    if (files->has_ids) {
        return;
    }
    files->has_ids = 1;
    files->ids = calloc(files->n + 1, sizeof *files->ids);
    if (files->ids == NULL) {
        lack_memory(files);
    }
    for (size_t i = 0; i < files->n && files->ids != NULL && files->list != NULL; i++) {
        struct frame_id *id = &files->ids[files->n_ids];
        if (debug_id_of(files, &files->list[i], id->debug_id)) {
            id->file = (uint32_t)i;
            files->n_ids++;
        }
    }
    if (files->ids != NULL && files->n_ids > 1) {
        qsort(files->ids, files->n_ids, sizeof *files->ids, compare_ids);
    }
}

/* The first file with this ID: files with the same are copies of each other. NULL: there is none. */
static struct frame_file *file_of_id(struct frame_files *files, const uint8_t *debug_id)
{
    size_t low = 0, high;

    read_ids(files);
    if (files->ids == NULL) {
        return NULL;
    }
    high = files->n_ids;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (memcmp(files->ids[middle].debug_id, debug_id, 16) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < files->n_ids && memcmp(files->ids[low].debug_id, debug_id, 16) == 0
               ? &files->list[files->ids[low].file]
               : NULL;
}

/* Whether it says another ID than the frame. */
static int is_of_other_build(const struct frame_files *files, const struct frame_file *file,
                             const uint8_t *debug_id)
{
    for (size_t i = 0; i < files->n_ids && files->ids != NULL; i++) {
        if (&files->list[files->ids[i].file] == file) {
            return memcmp(files->ids[i].debug_id, debug_id, 16) != 0;
        }
    }
    return 0;
}

/* ---- the store ---- */

/* What is not in the store is not loaded. */
static int load_nothing(void *context, const void **json, size_t *nbytes)
{
    (void)context;
    (void)json;
    (void)nbytes;
    return -1;
}

static smc_store *store_of(struct frame_files *files)
{
    struct config *config = &files->store_config;

    if (files->asks_store && !files->has_asked_store) {
        files->has_asked_store = 1;
        int code = config_read(config);
        if (code == EXIT_DONE && config->uses_store) {
            code = store_open_if_there(config, &files->store);
        }
        frame_files_fail(files, code);
    }
    return files->store;
}

/* What an answer uses: a file of the list, or one of the store, which is its own. */
struct use {
    struct frame_file *file; /* NULL: */
    struct smc_cached_file stored;
    char *detail; /* text of the answer */
};

static int ask_store(struct frame_files *files, const struct smc_store_key *key, uint32_t rule,
                     struct smc_file_answer *answer)
{
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .sources = SMC_BUILD_SOURCES_DEFLATE};
    const struct smc_cached_request request = {.struct_size = sizeof request,
                                               .keys = key,
                                               .n_keys = 1,
                                               .load = load_nothing,
                                               .options = &options};
    struct use *use = calloc(1, sizeof *use);

    if (use == NULL) {
        lack_memory(files);
        return 0;
    }
    if (smc_cached_open(files->store, &request, &use->stored) != SMC_CACHED_OK) {
        if (use->stored.store_error.status != SMC_STORE_OK) {
            (void)store_error(files->store_config.dir, &use->stored.store_error);
            frame_files_fail(files, EXIT_PARTIAL);
        }
        free(use);
        return 0;
    }
    answer->cache = use->stored.cache;
    answer->rule = rule;
    answer->file = use;
    return 1;
}

static int find_id_in_store(struct frame_files *files, const struct smc_file_query *query,
                            struct smc_file_answer *answer)
{
    struct smc_store_key key = {.kind = SMC_STORE_KEY_DEBUG_ID};

    if (query->debug_id == NULL || store_of(files) == NULL) {
        return 0;
    }
    memcpy(key.debug_id, query->debug_id, sizeof key.debug_id);
    return ask_store(files, &key, SMC_RULE_DEBUG_ID, answer);
}

/* Of a view, which has no NUL behind it; NULL without memory. */
static char *string_of(struct smc_view view)
{
    char *text = malloc(view.nbytes + 1);

    if (text != NULL) {
        memcpy(text, view.ptr, view.nbytes);
        text[view.nbytes] = '\0';
    }
    return text;
}

static int find_url_in_store(struct frame_files *files, const struct smc_file_query *query,
                             struct smc_file_answer *answer)
{
    int found = 0;

    if (store_of(files) == NULL) {
        return 0;
    }
    char *url = string_of(query->url);
    if (url == NULL) {
        lack_memory(files);
    }
    if (url != NULL && strlen(url) == query->url.nbytes) {
        const char *const names[] = {files->release != NULL ? files->release : url, url};
        const struct smc_store_key key = {
            .kind = SMC_STORE_KEY_NAMES, .names = names, .n_names = files->release != NULL ? 2 : 1};
        found = ask_store(files, &key, SMC_RULE_URL, answer);
    }
    free(url);
    return found;
}

/* ---- finding ---- */

static uint32_t rule_of(enum smc_match_rule rule)
{
    static const uint32_t rules[] = {SMC_RULE_NONE,     SMC_RULE_URL,  SMC_RULE_PLAIN_URL,
                                     SMC_RULE_ANY_HOST, SMC_RULE_PATH, SMC_RULE_BASE_NAME};
    return rules[rule];
}

static void answer_with(struct frame_files *files, struct frame_file *file, uint32_t rule,
                        struct smc_file_answer *answer)
{
    struct use *use = calloc(1, sizeof *use);

    if (use == NULL) {
        lack_memory(files);
    }
    open_file(files, file);
    answer->rule = rule;
    answer->reason = use == NULL ? SMC_REASON_MISSING_SOURCEMAP : file->reason;
    answer->path = view_of(path_to_open(file));
    if (use == NULL || file->input.cache == NULL) {
        free(use);
        return;
    }
    use->file = file;
    file->n_users++;
    answer->cache = file->input.cache;
    answer->file = use;
}

/* "a, b and 3 more" */
static void answer_ambiguous(struct frame_files *files, const struct smc_match *match,
                             struct smc_file_answer *answer)
{
    struct smc_buf text = {0};
    char more[48] = "";
    struct use *use = calloc(1, sizeof *use);

    answer->reason = SMC_REASON_AMBIGUOUS_SOURCE;
    answer->rule = rule_of(match->rule);
    answer->file = use;
    for (size_t i = 0; i < match->n && i < SMC_MATCHES_MAX; i++) {
        const struct smc_view name = view_of(files->list[match->ids[i]].name);
        smc_buf_append(&text, ", ", i > 0 ? 2 : 0);
        smc_buf_append(&text, name.ptr, name.nbytes);
    }
    if (match->n > SMC_MATCHES_MAX) {
        (void)snprintf(more, sizeof more, " and %zu more", match->n - SMC_MATCHES_MAX);
    }
    smc_buf_append(&text, more, strlen(more));
    if (text.failed || use == NULL) {
        smc_buf_free(&text);
        lack_memory(files);
        return;
    }
    use->detail = (char *)text.data;
    answer->detail = (struct smc_view){use->detail, text.nbytes};
}

/* Another build's file by the same name would answer wrongly. */
static void answer_other_build(struct frame_files *files, const struct frame_file *file,
                               struct smc_file_answer *answer)
{
    static const char why[] = ", which has another debug ID";
    struct use *use = calloc(1, sizeof *use);
    const size_t nbytes = strlen(file->name);
    char *detail = malloc(nbytes + sizeof why);

    answer->reason = SMC_REASON_MISSING_SOURCE;
    if (use == NULL || detail == NULL) {
        free(use);
        free(detail);
        lack_memory(files);
        return;
    }
    memcpy(detail, file->name, nbytes);
    memcpy(detail + nbytes, why, sizeof why);
    use->detail = detail;
    answer->file = use;
    answer->detail = view_of(detail);
}

/* Which files a URL fits; without memory none, and that is said. */
static void match_url(struct frame_files *files, const struct smc_file_query *query,
                      struct smc_match *match)
{
    if (smc_match_find(&files->matcher, query->url.ptr, query->url.nbytes, match) != 0) {
        match->n = 0;
        lack_memory(files);
    }
}

/* By its URL, in the folders and what is named. Returns whether it is answered. */
static int find_url(struct frame_files *files, const struct smc_file_query *query,
                    struct smc_file_answer *answer)
{
    struct smc_match match;

    match_url(files, query, &match);
    if (match.n != 1 || files->list == NULL) {
        return 0;
    }
    struct frame_file *file = &files->list[match.ids[0]];
    if (query->debug_id != NULL && is_of_other_build(files, file, query->debug_id)) {
        return 0;
    }
    answer_with(files, file, rule_of(match.rule), answer);
    return 1;
}

/* Why nothing answers to the URL. */
static void answer_nothing(struct frame_files *files, const struct smc_file_query *query,
                           struct smc_file_answer *answer)
{
    struct smc_match match;

    answer->reason = SMC_REASON_MISSING_SOURCE;
    match_url(files, query, &match);
    if (match.n > 1) {
        answer_ambiguous(files, &match, answer);
    } else if (match.n == 1 && files->list != NULL) {
        answer_other_build(files, &files->list[match.ids[0]], answer);
    }
}

void frame_files_find(void *context, const struct smc_file_query *query,
                      struct smc_file_answer *answer)
{
    struct frame_files *files = context;
    struct frame_file *file = NULL;

    if (!files->is_settled) {
        files->is_settled = 1;
        frame_files_fail(files, frame_files_settle(files));
    }
    if (query->debug_id != NULL && (file = file_of_id(files, query->debug_id)) != NULL) {
        answer_with(files, file, SMC_RULE_DEBUG_ID, answer);
    } else if (!find_id_in_store(files, query, answer) && !find_url(files, query, answer) &&
               !find_url_in_store(files, query, answer)) {
        answer_nothing(files, query, answer);
    }
}

void frame_files_release(void *context, const struct smc_file_answer *answer)
{
    struct use *use = answer->file;

    (void)context;
    if (use == NULL) {
        return;
    }
    if (use->file == NULL) {
        smc_cached_close(&use->stored);
    } else if (--use->file->n_users == 0) {
        input_close(&use->file->input);
    }
    free(use->detail);
    free(use);
}

void frame_files_free(struct frame_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        struct frame_file *file = &files->list[i];
        input_close(&file->input);
        free(file->name);
        free(file->generated);
        free(file->map);
        free(file->compiled);
    }
    free(files->list);
    free(files->ids);
    free(files->images);
    free((void *)files->folders);
    free((void *)files->named);
    free((void *)files->prefixes);
    smc_matcher_free(&files->matcher);
    smc_store_close(files->store);
    config_free(&files->store_config);
}
