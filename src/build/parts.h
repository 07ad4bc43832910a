/*
 * The parts of a build. Each one turns some of the map into sections of the file, kept in buffers;
 * smc_file lays them out and writes them.
 */
#ifndef SMC_BUILD_PARTS_H
#define SMC_BUILD_PARTS_H

#include "format/smcache_format.h"
#include "src/base/buf.h"
#include "src/base/cpu.h"
#include "src/base/debug_id.h"
#include "src/build/line_counts.h"
#include "src/build/smcache_build.h"
#include "src/build/workers.h"
#include "src/json/json.h"

/* ---- what went wrong: issue.c ---- */

struct smc_report {
    const uint8_t *text; /* offsets count from here */
    const struct smc_build_options *options;
    struct smc_build_issue issue; /* the first error */
};

/* Records an error, unless there is one, and returns the status of what is recorded. */
smc_build_status smc_report_error(struct smc_report *report, smc_build_status status,
                                  const char *reason, const char *key, const uint8_t *at);
/* An error that the standard lets a reader go on after. In strict mode it is recorded as an error:
 * whoever may have caused one looks at report->issue.status before the build goes on. */
void smc_report_warning(struct smc_report *report, const char *reason, const char *recovery,
                        const char *key, const uint8_t *at);

/* ---- the map's keys: source_map.c ---- */

#define SMC_KEY_FACEBOOK "x_facebook_sources"
#define SMC_KEY_BLOOMBERG "x_com_bloomberg_sourcesFunctionMappings"
#define SMC_KEY_HERMES "x_hermes_function_offsets"

/* A map's members; of a key that is there twice the last one counts (ECMA-426). */
struct smc_map {
    struct smc_json object;
    struct smc_json version, file, source_root, sources, sources_content, names, mappings, sections;
    struct smc_json ignore_list, old_ignore_list; /* the former is the one to use */
    const char *ignore_list_key;
    struct smc_json debug_id, old_debug_id, range_mappings;
    struct smc_json scopes, original_scopes, generated_ranges;
    struct smc_json facebook_sources, bloomberg_functions; /* extensions: names of functions */
    struct smc_json
        hermes_offsets; /* an extension; of any type, as only the outermost map's is read */
    int has_debug_id;
    uint8_t debug_id_bytes[16];
};

/* Finds an object's members. Those that are there and of use have the right types afterwards. */
smc_build_status smc_map_read(const struct smc_json *object, struct smc_map *map,
                              struct smc_report *report);

/* ---- index maps: sections.c ---- */

/* An ordinary map: the input, or a section of it. */
struct smc_part {
    struct smc_map map;
    uint64_t line, column;            /* where it starts in the generated file, 0-based */
    uint32_t first_source, n_sources; /* of all sources */
    uint32_t first_name, n_names;     /* of all names of all maps */
};

/* Appends the map's parts, struct smc_part, to a list. */
smc_build_status smc_parts_read(const struct smc_map *root, struct smc_buf *parts,
                                struct smc_report *report);

/* ---- offset lists: offsets.c (spec 4) ---- */

struct smc_offset_writer {
    struct smc_buf groups, words;
    uint64_t pending[SMCF_GROUP_VALUES];
    unsigned n_pending;
};

void smc_offset_writer_add(struct smc_offset_writer *list, uint64_t value);
/* Moves the finished list into `section`. */
void smc_offset_writer_finish(struct smc_offset_writer *list, struct smc_buf *section);
void smc_offset_writer_free(struct smc_offset_writer *list);

/* Appends n values of `width` bits (spec 2.3), width <= 56. */
void smc_pack(struct smc_buf *buf, const uint64_t *values, unsigned n, unsigned width);

/* ---- strings: strings.c (spec 6) ---- */

struct smc_string_slot {
    uint32_t id; /* + 1; 0: free */
    uint32_t hash;
};

struct smc_strings {
    uint64_t seed; /* unknown to whoever wrote the map, so that its strings do not collide */
    struct smc_buf bytes;
    struct smc_buf starts; /* uint64_t a string */
    uint32_t n;
    struct smc_string_slot *slots;
    uint32_t n_slots; /* a power of two */
    struct smc_buf scratch;
};

/* Makes the table large enough for n strings more, so that it need not grow and grow. No memory:
 * strings->bytes.failed. */
void smc_strings_expect(struct smc_strings *strings, size_t n);
/* The index of a string, added if it is new; SMCF_NONE if there is no memory or room for it. */
uint32_t smc_strings_add(struct smc_strings *strings, const uint8_t *bytes, size_t nbytes);
/* The same in two steps: while the first goes on with other strings, the second one's place in the table comes near. */
uint32_t smc_strings_hash(const struct smc_strings *strings, const uint8_t *bytes, size_t nbytes);
uint32_t smc_strings_add_hashed(struct smc_strings *strings, const uint8_t *bytes, size_t nbytes,
                                uint32_t hash);
/* The same of a JSON string after unescaping. */
uint32_t smc_strings_add_json(struct smc_strings *strings, const struct smc_json *string);
/* The same of up to so many. */
#define SMC_STRINGS_LIST_MAX 32
void smc_strings_add_list(struct smc_strings *strings, const struct smc_json *list, unsigned n,
                          uint32_t *ids);
/* A string's bytes, until another one is added. */
const uint8_t *smc_strings_get(const struct smc_strings *strings, uint32_t id, size_t *nbytes);
/* Appends a JSON string, unescaped. */
void smc_unescape_append(struct smc_buf *buf, const struct smc_json *string);
void smc_strings_free(struct smc_strings *strings);

/* ---- sources: sources.c ---- */

struct smc_source_entry {
    uint32_t name, raw_name; /* strings, or SMCF_NONE */
    uint32_t flags;          /* of enum smcf_source_flag */
    uint64_t first_line;     /* of the content, in all contents */
    uint64_t content_off;    /* in the content stream */
};

/* Appends the sources of all parts to a list, still without contents, and says in each part which
 * are its own. */
smc_build_status smc_sources_read(struct smc_part *parts, size_t n_parts, size_t input_nbytes,
                                  struct smc_strings *strings, struct smc_buf *list,
                                  struct smc_report *report);

/* ---- tokens: tokens.c (spec 5) ---- */

struct smc_token_row {
    uint32_t line, column;                       /* generated */
    uint32_t source, source_line, source_column; /* source SMCF_NONE: no original position */
    uint32_t name;                               /* or SMCF_NONE */
    uint32_t is_range;                           /* a range mapping (spec 5.5) */
};

/* The same as lanes of a vector; the last ones are of no use. */
enum smc_row_lane {
    SMC_ROW_LINE,
    SMC_ROW_COLUMN,
    SMC_ROW_SOURCE,
    SMC_ROW_SOURCE_LINE,
    SMC_ROW_SOURCE_COLUMN,
    SMC_ROW_NAME,
    SMC_ROW_LANES = 8
};

_Static_assert(offsetof(struct smc_token_row, name) / sizeof(uint32_t) == SMC_ROW_NAME,
               "lanes are the fields");

/* Whoever adds rows by himself may have so many more than a block before the flush. */
#define SMC_ROWS_OVER 256

struct smc_token_writer;

/* Whoever wants to see the tokens go by. */
struct smc_token_observer {
    /* The first n rows of the writer are about to be packed, the next tokens from index n_tokens on. */
    void (*block)(void *context, const struct smc_token_writer *writer, unsigned n);
    void (*reset)(void *context); /* all that has been seen is void */
    void *context;
};

/* Collects a block of tokens and packs it when it is full. */
struct smc_token_writer {
    struct smc_buf firsts, offsets; /* of the blocks: struct smcf_position, le32 */
    struct smc_buf directory, blocks;
    struct smc_buf ranges;                     /* a bit a token; empty without range mappings */
    struct smc_buf first_uses;                 /* uint8_t a name, for smc_pack_names */
    const struct smc_token_observer *observer; /* or NULL */
    enum smc_cpu_level level;
    uint32_t n_blocks;
    uint64_t n_tokens; /* that have been packed */
    unsigned n;        /* pending */
    /* No row is in two lines of the cache. */
    _Alignas(64) uint32_t rows[SMCF_BLOCK_TOKENS + SMC_ROWS_OVER][SMC_ROW_LANES];
};

/* Packs a block of what is pending. */
void smc_token_writer_flush(struct smc_token_writer *writer);
/* After the last token: fills the sections up. */
void smc_token_writer_finish(struct smc_token_writer *writer);
void smc_token_writer_reset(struct smc_token_writer *writer);
int smc_token_writer_failed(const struct smc_token_writer *writer);
void smc_token_writer_free(struct smc_token_writer *writer);

/* Notes that the next token is a range mapping. */
void smc_token_writer_mark_range(struct smc_token_writer *writer);
/* Whether a token that has been added is one. */
static inline int smc_token_writer_is_range(const struct smc_token_writer *writer, uint64_t index)
{
    return index / 8 < writer->ranges.nbytes && (writer->ranges.data[index / 8] >> index % 8 & 1);
}

/* Tokens come sorted by generated position. */
static inline void smc_token_writer_add(struct smc_token_writer *writer,
                                        const struct smc_token_row *row)
{
    unsigned n = writer->n;
    if (row->is_range) {
        smc_token_writer_mark_range(writer);
    }
    memcpy(writer->rows[n], row, sizeof *row);
    writer->n = n + 1;
    if (writer->n == SMCF_BLOCK_TOKENS) {
        smc_token_writer_flush(writer);
    }
}

/* ---- mappings: mappings.c ---- */

struct smc_mappings_input {
    const struct smc_part *parts;
    size_t n_parts;
    const uint32_t *name_ids; /* of all maps: index of a name -> its string */
};

/* Decodes the `mappings` of all parts into tokens; *n_lines is the number of generated lines. */
smc_build_status smc_mappings_decode(const struct smc_mappings_input *input,
                                     struct smc_token_writer *writer, uint32_t *n_lines,
                                     struct smc_report *report);

/* The greatest generated position of a map's mappings; if it has none, all 0. */
struct smc_last_mapping {
    int is_there;
    uint64_t line, column;
};

/*
 * Says beforehand what decoding a section's mappings would come to: SMC_BUILD_E_MAP if a number is too
 * large. Where the grammar is bad, `mappings` is made the empty string, which is the standard's recovery.
 * The section counts as if it started at 0:0.
 */
smc_build_status smc_mappings_check(struct smc_map *map, struct smc_last_mapping *last,
                                    struct smc_report *report);

/* ---- bytecode: hermes.c (spec 5.9) ---- */

/* Sections of the file; empty without a function. */
struct smc_bytecode {
    struct smc_buf segments; /* struct smcf_bytecode_segment */
    struct smc_buf offsets;  /* struct smcf_le32 */
};

/* Reads x_hermes_function_offsets, which may be absent. */
smc_build_status smc_bytecode_read(const struct smc_json *object, struct smc_bytecode *bytecode,
                                   struct smc_report *report);

/* ---- contents: contents.c (spec 7) ---- */

/* Inflated size of a piece. Smaller ones make reading a line cheaper, larger ones the file smaller:
 * on antd.min.js.map 64 KiB cost 0.4 % of the JSON's size more, and 256 KiB 0.3 % less. */
#define SMC_PIECE_NBYTES 131072

struct smc_contents {
    enum smc_build_sources mode;
    struct smc_line_counter lines;
    int level; /* 0: by the size */
    uint64_t expected_nbytes;
    struct smc_buf directory; /* le64 a piece */
    struct smc_buf content;   /* as it is in the file */
    uint64_t stream_nbytes;
    struct smc_workers workers; /* deflate */
    int failed;
};

/* About so many bytes will be added (0: who knows). All functions but this and the last are for one thread, which
 * starts up to n_helpers others; with smc_workers_help() a thread helps that is there. 0, or -1: no memory. */
int smc_contents_init(struct smc_contents *contents, const struct smc_build_options *options,
                      uint64_t expected_nbytes, unsigned n_helpers);
/* Adds a content; its lines end by the rule of CSS or of JavaScript (spec 7.1). */
void smc_contents_add(struct smc_contents *contents, const struct smc_json *string, int is_css);
/* The same of plain bytes, which are WTF-8. */
void smc_contents_add_bytes(struct smc_contents *contents, const uint8_t *bytes, size_t nbytes,
                            int is_css);
/* After the last one; 0, or -1 if there was no memory or the workers have been stopped. */
int smc_contents_finish(struct smc_contents *contents);
void smc_contents_free(struct smc_contents *contents);

/* ---- the file: file.c (spec 3) ---- */

#define SMC_FILE_SECTIONS_MAX 18

struct smc_file_section {
    uint32_t id;
    uint32_t encoding;
    uint64_t count;
    struct smc_buf bytes; /* the file's from now on */
};

struct smc_file {
    struct smc_file_section sections[SMC_FILE_SECTIONS_MAX];
    unsigned n_sections;
    uint64_t nbytes; /* after smc_file_layout */
    uint8_t head[sizeof(struct smcf_header) + SMC_FILE_SECTIONS_MAX * sizeof(struct smcf_section)];
};

/* Sections are added in the order of their ids. Takes the bytes over. */
void smc_file_add(struct smc_file *file, uint32_t id, uint32_t encoding, uint64_t count,
                  struct smc_buf *bytes);
/* Computes every offset, the header and the digest. */
void smc_file_layout(struct smc_file *file, const uint8_t *input_digest, uint64_t input_nbytes);
/* Passes it to the sink, freeing each section after it has gone. */
smc_build_status smc_file_write(struct smc_file *file, smc_build_sink sink, void *context);
void smc_file_free(struct smc_file *file);

#endif
