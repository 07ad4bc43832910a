/*
 * From a path to the source map that belongs to it: which file that is, by which rule, and its bytes
 * (ECMA-426, "Extracting source map URLs"; the rules beyond that are ours). Files are opened, nothing
 * is fetched. Functions are safe to call from several threads at once.
 */
#ifndef SMC_FIND_LOCATE_H
#define SMC_FIND_LOCATE_H

#include "src/find/find.h"

enum smc_input_kind {
    SMC_INPUT_MAP, /* whatever has none of the other extensions */
    SMC_INPUT_JS,  /* .js .mjs .cjs .bundle .jsbundle */
    SMC_INPUT_CSS, /* .css */
    SMC_INPUT_WASM /* .wasm */
};

/* By the name alone. */
enum smc_input_kind smc_input_kind_of(const char *path);
static inline int smc_is_generated(const char *path)
{
    return smc_input_kind_of(path) != SMC_INPUT_MAP;
}

/* What came of looking for the map of a generated file, in the order of the rules. */
enum smc_place_status {
    SMC_PLACE_INLINE,  /* in a data: URL of the generated file itself */
    SMC_PLACE_NAMED,   /* the file that sourceMappingURL names */
    SMC_PLACE_BESIDE,  /* the file's name with .map (or .map.gz), by custom */
    SMC_PLACE_NONE,    /* nothing names a map, and there is none beside the file */
    SMC_PLACE_GONE,    /* what is named is not there */
    SMC_PLACE_REMOTE,  /* a URL with a scheme or a host is named */
    SMC_PLACE_OUTSIDE, /* what is named lies outside of `root` */
    SMC_PLACE_UNREAD /* the generated file cannot be read, or what it leads to cannot be looked at */
};

struct smc_place {
    enum smc_place_status status;
    char *path; /* NAMED, BESIDE: of the map; GONE: where it should be; else NULL */
    char *url;  /* what sourceMappingURL says, cut to SMC_PLACE_URL_MAX bytes; NULL: nothing */
    int url_is_useless; /* BESIDE, though there is a URL: it is gone, remote, or outside */
    int error_number;   /* UNREAD: errno */
};
#define SMC_PLACE_URL_MAX 255
/* A generated file larger than this is not read for its comment. */
#define SMC_GENERATED_NBYTES_MAX ((uint64_t)4 << 30)

/* Whether a file that can be neither opened nor looked at counts as none: it is not there, or not for us to see. Any
 * other failure is the system's, and no answer. */
int smc_is_absent(int error_number);
/* Whether what cannot be read is something else than a file: a folder, a FIFO, a device, a socket. */
int smc_is_no_regular_file(int error_number);
/* 1: a regular file is there; 0: none; -1 with errno: there is no telling. */
int smc_find_file(const char *path);

/*
 * Looks for the map of a generated file. With `root`, a folder that generated_path begins with, a name that
 * starts with a slash counts from there, and what leads out of it is refused; NULL: from
 * nowhere, and by its last part beside the file. Returns 0, or -1 without memory.
 */
int smc_place_find(const char *generated_path, const char *root, struct smc_place *place);
/* Whether a path does not begin with the folder, as a folder, or leads out of it further on; by its text. Symbolic
 * links in there are the affair of whoever filled the folder. */
int smc_path_leaves(const char *path, const char *root);
void smc_place_free(struct smc_place *place);

enum smc_load_status {
    SMC_LOAD_OK = 0,
    SMC_LOAD_E_OPEN,      /* errno */
    SMC_LOAD_E_READ,      /* errno */
    SMC_LOAD_E_TOO_LARGE, /* more than the limit */
    SMC_LOAD_E_GZIP,      /* the reason says what is wrong */
    SMC_LOAD_E_DATA_URL,  /* the reason and the offset say what is wrong */
    SMC_LOAD_E_MEMORY
};

struct smc_load_error {
    enum smc_load_status status;
    const char *reason;  /* static text */
    int error_number;    /* OPEN, READ */
    uint64_t offset;     /* DATA_URL: byte of the file */
    uint64_t max_nbytes; /* TOO_LARGE: the limit */
};

/* A file's bytes, inflated if they are gzip, at most max_nbytes of them; path NULL is stdin. Returns 0 or
 * -1. `buf` is empty before, and after an error. With more than one thread, two of them read a large file. */
int smc_load(const char *path, uint64_t max_nbytes, unsigned n_threads, struct smc_buf *buf,
             struct smc_load_error *error);

/* The map in the data: URL of a generated file for which smc_place_find said INLINE; the limit is of the map,
 * not of the file. */
int smc_load_inline(const char *generated_path, uint64_t max_nbytes, struct smc_buf *buf,
                    struct smc_load_error *error);

#endif
