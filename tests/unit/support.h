/*
 * What the unit tests share: cmocka, random numbers, text, maps, files taken apart and put together
 * again, memory beside a page that no one may touch.
 *
 * Tests run from the root of the source tree. Nothing here returns a failure: what must not happen
 * fails the test that runs.
 */
#ifndef SMC_TESTS_UNIT_SUPPORT_H
#define SMC_TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/smcache_format.h"
#include "src/build/smcache_build.h"
#include "src/reader/smcache.h"
#include "src/verify/smcache_verify.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* ---- random numbers: the same ones in every run ---- */

struct rng {
    uint64_t state; /* not 0 */
};

uint64_t rng_next(struct rng *rng);
/* 0 .. n - 1 */
uint32_t rng_below(struct rng *rng, uint32_t n);

/* ---- text that grows; NUL-terminated, which nbytes does not count ---- */

struct text {
    char *data;
    size_t nbytes, capacity;
};

void text_add(struct text *text, const void *bytes, size_t nbytes);
void text_puts(struct text *text, const char *string);
void text_repeat(struct text *text, char c, size_t n);
void text_number(struct text *text, uint64_t number);
/* A JSON string; bytes >= 0x80 as they are. */
void text_json(struct text *text, const void *bytes, size_t nbytes);
/* A base64 VLQ of sign and magnitude; so it can write what is too large, too. */
void text_vlq(struct text *text, int64_t value);
/* A segment; n_fields 1, 4 or 5. */
void text_segment(struct text *text, int n_fields, int64_t column, int64_t source, int64_t line,
                  int64_t source_column, int64_t name);
void text_free(struct text *text);

/* ---- maps ---- */

/* {"version":3,"mappings":"MAPPINGS",MEMBERS} */
struct text map_text(const char *mappings, const char *members);

/* ---- files ---- */

struct file {
    uint8_t *bytes;
    size_t nbytes;
};

struct warnings {
    unsigned n;
    struct smc_build_issue last;
};

/* Any result; `warnings` and `issue` may be NULL. */
smc_build_status try_build(const struct text *map, enum smc_build_sources sources,
                           struct file *file, struct warnings *warnings,
                           struct smc_build_issue *issue);
/* The same with other options; their `warn` is not used. */
smc_build_status try_build_with(const struct text *map, const struct smc_build_options *options,
                                struct file *file, struct warnings *warnings,
                                struct smc_build_issue *issue);
/* "reason" or "reason; recovery". */
void assert_issue(const struct smc_build_issue *issue, const char *text);
/* How often building it warns; it must succeed. */
unsigned count_warnings(const struct text *map);
/* It must succeed, and smc_verify must find the file good. */
struct file build_file(const struct text *map, enum smc_build_sources sources);
/* The same, without contents, and with all that is known of functions. */
struct file build_file_with_functions(const struct text *map);
/* The same of map_text(mappings, members), without contents. */
struct file build_mappings(const char *mappings, const char *members);
smc_cache *open_file(const struct file *file);
void file_free(struct file *file);

/* smc_verify of bytes that must open. */
smc_status verify_bytes(const uint8_t *bytes, size_t nbytes, struct smc_error *error);

/* Makes the content digest right again. */
void file_seal(uint8_t *bytes, size_t nbytes);

#define PARTS_MAX 1100

/* A file taken apart. */
struct part {
    uint32_t id, encoding;
    uint64_t count;
    struct text bytes;
};
struct parts {
    struct smcf_header header;
    struct part *list; /* room for PARTS_MAX */
    unsigned n;
};

struct parts file_split(const struct file *file);
/* NULL if there is none. */
struct part *part_find(struct parts *parts, uint32_t id);
/* In its place by the id. */
struct part *part_insert(struct parts *parts, uint32_t id);
void part_remove(struct parts *parts, uint32_t id);
/* Offsets, sizes and digest are made right. Frees the parts. */
struct file file_join(struct parts *parts);

/* Where a section's bytes and its entry in the section table are. */
size_t section_offset(const struct file *file, uint32_t id, size_t *nbytes);
size_t entry_offset(const struct file *file, uint32_t id);
/* Where a block of tokens is. */
size_t block_offset(const struct file *file, uint32_t index);

/* ---- ways of looking up ---- */

/* How lookups are done: what all processors can do or the best of this one; blocks checked in full or, far
 * enough from the end of the file, not. They must all say the same. */
#define WAY_PLAIN 1u
#define WAY_CHECKED 2u
#define N_WAYS 4u
void use_way(smc_cache *cache, unsigned way);
/* A copy with a last section that nobody knows, just long enough that no block is near the end. It is of
 * a newer minor, which may have such a one. */
struct file roomy_file(const struct file *file);
#define PADDING 0xfffffff0u

/* ---- memory that ends (or starts) at a page without access ---- */

struct guarded {
    uint8_t *bytes;
    size_t nbytes;
    void *mapping;
    size_t mapping_nbytes;
};

enum guard_side { GUARD_AFTER, GUARD_BEFORE };

struct guarded guarded_new(size_t nbytes, enum guard_side side);
/* A copy in such memory. */
struct guarded guarded_copy(const void *bytes, size_t nbytes, enum guard_side side);
void guarded_free(struct guarded *guarded);

/* ---- comparing ---- */

int view_is(struct smc_view view, const char *string);
void assert_view(struct smc_view view, const void *bytes, size_t nbytes);
void assert_view_string(struct smc_view view, const char *string);

/* A whole file of the tree or of the test data; 0 if it is not there. */
int read_file(const char *path, struct text *text);

/* A new file with these bytes, in TMPDIR or /tmp; the caller unlinks it. */
void temporary_file(char *path, size_t capacity, const void *bytes, size_t nbytes);

#endif
