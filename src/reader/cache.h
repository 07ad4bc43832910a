/*
 * Inside of the reader: an open file as typed arrays. verify shares it; nobody else does.
 */
#ifndef SMC_READER_CACHE_H
#define SMC_READER_CACHE_H

#include "format/smcache_format.h"
#include "src/reader/smcache.h"

/* A list of ascending 64-bit values (spec 4). */
struct smc_offsets {
    const struct smcf_offset_group *groups;
    const uint8_t *words;
    uint64_t n_words; /* whole 8-byte words before the guard */
    uint64_t n;
};

/* The lookup, compiled for one kind of processors: lookup.c. */
struct smc_lookup_code {
    smc_status (*one)(const smc_cache *cache, uint64_t key, unsigned flags,
                      struct smc_token *token);
    smc_status (*batch)(const smc_cache *cache, const struct smc_position *positions, size_t n,
                        unsigned flags, struct smc_token *tokens);
};
extern const struct smc_lookup_code smc_lookup_plain; /* for all processors */
/* The best for this one. */
const struct smc_lookup_code *smc_lookup_best(void);

struct smc_cache {
    const uint8_t *bytes;
    uint64_t nbytes;
    void *mapping; /* of the file, or NULL; smc_close unmaps it */
    void *copy;    /* of SMC_OPEN_COPY, or NULL; likewise */

    const struct smcf_header *header;
    const struct smcf_section *sections;
    uint32_t n_sections;
    const struct smcf_info *info;
    uint32_t n_names;

    const struct smcf_position *top, *middle, *firsts; /* n_top, n_middle, n_blocks */
    uint32_t n_top, n_middle;
    const struct smcf_le32 *block_offs; /* n_blocks */
    uint32_t n_blocks;
    const uint8_t *blocks;
    uint64_t blocks_nbytes; /* without the guard */
    uint32_t n_tokens;
    /* No block that starts in so many first bytes of BLOCKS can leave the file (block.h). */
    uint64_t roomy_nbytes;
    /* The same, and none of them is the last one: each has SMCF_BLOCK_TOKENS. */
    uint64_t whole_nbytes;
    const struct smc_lookup_code *lookup;
    const uint8_t *ranges; /* a bit a token, or NULL */

    const struct smcf_source *sources;   /* n_sources + 1 */
    const struct smcf_le32 *raw_sources; /* n_sources, or NULL */
    uint32_t n_sources;
    struct smc_offsets string_offsets;
    uint32_t n_strings;
    const uint8_t *string_bytes;
    uint64_t string_nbytes;

    int has_contents;
    struct smc_offsets line_counts; /* a value for each stretch of the stream, and one more */
    uint32_t content_encoding;
    uint32_t content_block_nbytes;
    const struct smcf_le64 *content_directory; /* n_content_blocks + 1 */
    uint64_t n_content_blocks;
    const uint8_t *content;
    uint64_t content_nbytes; /* in the file */
    uint64_t stream_nbytes;  /* inflated */

    struct smc_offsets run_offsets; /* n_blocks + 1 */
    const uint8_t *runs;            /* NULL: of no token a function is known */
    uint64_t runs_nbytes;           /* without the guard */
    const struct smcf_functions *functions;
    const uint8_t *named; /* packed, n_functions - functions->n_nameless */
    uint32_t n_functions;
    const struct smcf_inlined *inlined;
    uint32_t n_inlined;
    const struct smcf_call_site *call_sites;
    uint32_t n_call_sites;

    const struct smcf_bytecode_segment *bytecode_segments;
    uint32_t n_bytecode_segments;
    const struct smcf_le32 *bytecode_offsets;
    uint32_t n_bytecode_offsets;
};

/* open.c: checks the shape and fills in everything but `mapping` and `copy`. */
smc_status smc_cache_parse(struct smc_cache *cache, const uint8_t *bytes, uint64_t nbytes,
                           struct smc_error *error);
smc_status smc_fail(struct smc_error *error, smc_status status, const char *reason,
                    uint64_t offset);
const char *smc_section_name(uint32_t id);
int smc_is_zero(const uint8_t *bytes, size_t nbytes);

/* copy.c: the first nbytes of a file, which the caller unmaps, once its header has been checked. */
smc_status smc_copy_fd(int fd, size_t nbytes, void **copy, struct smc_error *error);

/* warm.c: has all before the contents read and in the page table, of a file that is mapped; what cannot be
 * read is left to who needs it. */
void smc_populate(const smc_cache *cache);

/* strings.c */
/* Value `i` of a list, i < n. A damaged group yields some value: the caller checks what it means. */
uint64_t smc_offsets_at(const struct smc_offsets *list, uint64_t i);
/* String `index`, or an empty view for SMC_NONE. */
smc_status smc_string_at(const smc_cache *cache, uint32_t index, struct smc_view *view);

/* text.c: where a source's content is, in the stream, and which its lines are, of those of all contents.
 * What was checked: it is inside of the stream, and has bytes for so many line ends. */
struct smc_source_range {
    uint64_t content_off, content_end;
    uint64_t first_line, end_line;
};
smc_status smc_source_range_get(const smc_cache *cache, uint32_t index,
                                struct smc_source_range *range);

/* lines.c */
/* The stretch that has the mark of `line`, which is of the range but not its first; `near` has that of a
 * line before or is the first of the range. If counts are damaged it is some stretch of the range. */
uint64_t smc_line_stretch(const smc_cache *cache, const struct smc_source_range *range,
                          uint64_t line, uint64_t near);
/* The byte that decides a line end, of which there are n_before others before; nbytes if there is none. The bytes are of
 * one content; where they end it is taken as decided what only the next ones would tell. */
size_t smc_line_end_find(const uint8_t *p, size_t nbytes, uint64_t n_before, int is_css);

#endif
