/*
 * Where the compiled files of frames come from: folders, files that are named for a URL, and the store.
 */
#ifndef SMC_TOOLS_FRAME_FILES_H
#define SMC_TOOLS_FRAME_FILES_H

#include "src/match/match.h"
#include "src/rewrite/smcache_rewrite.h"
#include "tools/config.h"

#include "src/cached/smcache_cached.h"

/* A generated file, or what is known of one: its map, or what that was compiled to. */
struct frame_file {
    char *
        name; /* path of the generated file, whether it is there or not: files are put together by it */
    char *generated;     /* NULL: it is not there */
    char *map;           /* NULL: there is none beside it */
    char *compiled;      /* NULL: the same */
    uint32_t n_relative; /* so many parts of the path are below the folder that was given */
    struct input input;
    unsigned n_users;
    uint32_t
        reason; /* why it could not be opened, which has been said; SMC_REASON_NONE: it may be */
};

struct frame_id {
    uint8_t debug_id[16];
    uint32_t file;
};

/* All zero in the beginning, but `command`; then what is given, then it is the context of a symbolicator. */
struct frame_files {
    const struct command *command;
    const char **folders; /* --dir */
    size_t n_folders;
    const char **named; /* --map URL=FILE */
    size_t n_named;
    const char **prefixes; /* --url-prefix */
    size_t n_prefixes;
    const char *release;              /* --release, or NULL */
    int asks_store;                   /* --store */
    int has_no_store;                 /* --no-store: nothing goes by way of it */
    struct smc_rewrite_image *images; /* --debug-id */
    size_t n_images;

    struct frame_file *list;
    size_t n, capacity;
    struct smc_matcher matcher;
    int is_settled;
    struct frame_id *ids; /* sorted; once one has been asked for */
    size_t n_ids;
    int has_ids;
    smc_store *store; /* of asks_store */
    struct config store_config;
    int has_asked_store;
    int code; /* EXIT_DONE, or that of the worst failure which has been said */
};

/* Notes a failure that has been said. */
void frame_files_fail(struct frame_files *files, int code);
/* The same of a file or folder beside which others may do: says why, by errno. */
void frame_files_miss(struct frame_files *files, const char *path);

/* For getopt_long: what a command with frames takes. The option that is found is frame_files_set's, with its value; then
 * frame_files_check says whether they go together. Both return an exit code, having said why. */
enum frame_files_option {
    FRAME_FILES_DIR = 0x2000,
    FRAME_FILES_PREFIX,
    FRAME_FILES_MAP,
    FRAME_FILES_STORE,
    FRAME_FILES_RELEASE,
    FRAME_FILES_NO_STORE,
    FRAME_FILES_ID
};
#define FRAME_FILES_HAS(option) ((option) >= FRAME_FILES_DIR && (option) <= FRAME_FILES_ID)
#define FRAME_FILES_OPTIONS                                                                        \
    {"dir", required_argument, NULL, FRAME_FILES_DIR},                                             \
        {"url-prefix", required_argument, NULL, FRAME_FILES_PREFIX},                               \
        {"map", required_argument, NULL, FRAME_FILES_MAP},                                         \
        {"store", no_argument, NULL, FRAME_FILES_STORE},                                           \
        {"release", required_argument, NULL, FRAME_FILES_RELEASE},                                 \
        {"no-store", no_argument, NULL, FRAME_FILES_NO_STORE},                                     \
    {                                                                                              \
        "debug-id", required_argument, NULL, FRAME_FILES_ID                                        \
    }
int frame_files_set(struct frame_files *files, int option, const char *text);
int frame_files_check(const struct frame_files *files);

/* Callbacks of a symbolicator. The folders are read when the first frame asks. */
void frame_files_find(void *files, const struct smc_file_query *query,
                      struct smc_file_answer *answer);
void frame_files_release(void *files, const struct smc_file_answer *answer);
void frame_files_free(struct frame_files *files);

/* frame_folders.c: fills in the list and the matcher. Returns an exit code, having said why. */
int frame_files_settle(struct frame_files *files);

#endif
