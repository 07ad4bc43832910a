#include "tests/unit/format_fields.h"

#include "src/reader/block.h"
#include "src/reader/container.h"
#include "src/reader/functions.h"
#include "tests/unit/damage.h"

/* ---- bits ---- */

uint64_t field_get(const uint8_t *bytes, const struct fields *fields, uint64_t i)
{
    const uint64_t start = fields->bit + i * fields->stride;
    uint64_t value = 0;

    for (unsigned k = 0; k < fields->width; k++) {
        value |= (uint64_t)(bytes[(start + k) / 8] >> (start + k) % 8 & 1) << k;
    }
    return value;
}

void field_set(uint8_t *bytes, const struct fields *fields, uint64_t i, uint64_t value)
{
    const uint64_t start = fields->bit + i * fields->stride;

    assert_true(fields->width == 64 || value >> fields->width == 0);
    for (unsigned k = 0; k < fields->width; k++) {
        uint8_t *byte = &bytes[(start + k) / 8];
        const unsigned bit = (start + k) % 8;
        *byte = (uint8_t)((*byte & ~(1U << bit)) | (unsigned)(value >> k & 1) << bit);
    }
}

/* ---- the list ---- */

struct walk {
    const struct file *file;
    const smc_cache *cache; /* of the file */
    uint32_t section;       /* that the next fields are in */
    struct field_list *fields;
};

static void add(struct walk *walk, const char *name, uint64_t bit, uint64_t stride, unsigned width,
                uint64_t n)
{
    struct field_list *fields = walk->fields;

    if (n == 0 || width == 0) {
        return;
    }
    assert_true(width <= 64);
    if (fields->n == fields->capacity) {
        fields->capacity = 2 * fields->capacity + 64;
        fields->list = realloc(fields->list, fields->capacity * sizeof *fields->list);
        assert_non_null(fields->list);
    }
    fields->list[fields->n++] = (struct fields){name, walk->section, bit, stride, width, n};
}

static void add_bytes(struct walk *walk, const char *name, size_t off, size_t nbytes)
{
    add(walk, name, (uint64_t)off * 8, 8, 8, nbytes);
}

static uint64_t bit_of(const struct walk *walk, const void *at)
{
    return (uint64_t)((const uint8_t *)at - walk->cache->bytes) * 8;
}

/* Packed values, and the bits behind the last one, which nothing has. */
static void add_packed(struct walk *walk, const char *name, const char *rest_name, uint64_t bit,
                       unsigned width, uint64_t n)
{
    const uint64_t end = bit + n * width;

    add(walk, name, bit, width, width, n);
    add(walk, rest_name, end, 1, 1, (8 - end % 8) % 8);
}

/* ---- structs ---- */

struct member {
    const char *name;
    size_t off, nbytes; /* in the struct */
    size_t n;           /* elements of an array, or 1 */
};

#define MEMBER(type, field)                                                                        \
    {                                                                                              \
#type "." #field, offsetof(struct type, field), sizeof((struct type *)0)->field, 1         \
    }
#define BYTES(type, field)                                                                         \
    {                                                                                              \
#type "." #field, offsetof(struct type, field), 1, sizeof((struct type *)0)->field         \
    }

static const struct member header_members[] = {BYTES(smcf_header, magic),
                                               MEMBER(smcf_header, major),
                                               MEMBER(smcf_header, minor),
                                               MEMBER(smcf_header, header_nbytes),
                                               MEMBER(smcf_header, must_understand),
                                               MEMBER(smcf_header, may_ignore),
                                               MEMBER(smcf_header, file_nbytes),
                                               BYTES(smcf_header, content_digest),
                                               BYTES(smcf_header, input_digest),
                                               MEMBER(smcf_header, input_nbytes),
                                               MEMBER(smcf_header, n_sections),
                                               BYTES(smcf_header, reserved)};

static const struct member section_members[] = {
    MEMBER(smcf_section, id), MEMBER(smcf_section, encoding), MEMBER(smcf_section, off),
    MEMBER(smcf_section, nbytes), MEMBER(smcf_section, count)};

static const struct member info_members[] = {MEMBER(smcf_info, n_names),
                                             MEMBER(smcf_info, file),
                                             MEMBER(smcf_info, source_root),
                                             MEMBER(smcf_info, n_lines),
                                             MEMBER(smcf_info, content_block_nbytes),
                                             MEMBER(smcf_info, flags),
                                             BYTES(smcf_info, reserved),
                                             BYTES(smcf_info, debug_id),
                                             BYTES(smcf_info, recipe_digest)};

static const struct member position_members[] = {MEMBER(smcf_position, column),
                                                 MEMBER(smcf_position, line)};

static const struct member block_members[] = {
    MEMBER(smcf_block, low_slot_widths), MEMBER(smcf_block, column_width),
    BYTES(smcf_block, widths),           MEMBER(smcf_block, flags),
    MEMBER(smcf_block, line_slope),      MEMBER(smcf_block, source_base),
    MEMBER(smcf_block, column_base),     MEMBER(smcf_block, line_base),
    MEMBER(smcf_block, name_base)};

static const struct member source_members[] = {
    MEMBER(smcf_source, name_off), MEMBER(smcf_source, first_line),
    MEMBER(smcf_source, content_off), MEMBER(smcf_source, flags), MEMBER(smcf_source, name_nbytes)};

static const struct member group_members[] = {
    MEMBER(smcf_offset_group, base), MEMBER(smcf_offset_group, first_word),
    MEMBER(smcf_offset_group, slope), MEMBER(smcf_offset_group, width),
    MEMBER(smcf_offset_group, reserved)};

static const struct member runs_members[] = {MEMBER(smcf_runs, last_run), MEMBER(smcf_runs, width),
                                             MEMBER(smcf_runs, base)};

static const struct member functions_members[] = {
    MEMBER(smcf_functions, last_width), MEMBER(smcf_functions, qualifier_width),
    MEMBER(smcf_functions, n_nameless), MEMBER(smcf_functions, reserved),
    BYTES(smcf_functions, nameless)};

static const struct member inlined_members[] = {
    MEMBER(smcf_inlined, position), MEMBER(smcf_inlined, call_site), MEMBER(smcf_inlined, function),
    MEMBER(smcf_inlined, flags)};

static const struct member call_site_members[] = {
    MEMBER(smcf_call_site, source), MEMBER(smcf_call_site, source_line),
    MEMBER(smcf_call_site, source_column), MEMBER(smcf_call_site, function),
    MEMBER(smcf_call_site, next)};

static const struct member segment_members[] = {MEMBER(smcf_bytecode_segment, segment),
                                                MEMBER(smcf_bytecode_segment, offsets_end)};

/* `n` records from `at` on. Arrays are in structs of which there is one at a place. */
static void add_members(struct walk *walk, const struct member *members, size_t n_members,
                        const void *at, size_t record_nbytes, uint64_t n)
{
    for (size_t i = 0; i < n_members; i++) {
        const struct member *member = &members[i];
        assert_true(n <= 1 || member->n == 1);
        add(walk, member->name, bit_of(walk, at) + member->off * 8,
            (member->n == 1 ? record_nbytes : member->nbytes) * 8, (unsigned)member->nbytes * 8,
            member->n == 1 ? n : member->n);
    }
}

#define ADD_STRUCTS(walk, members, at, n)                                                          \
    add_members(walk, members, COUNT_OF(members), at, sizeof *(at), n)

/* ---- sections ---- */

/* Goes to a section; 0 if the file does not have it. */
static int enter(struct walk *walk, uint32_t id)
{
    walk->section = id;
    return smc_section_find(walk->cache, id).bytes != NULL;
}

static void add_guard(struct walk *walk, const char *name)
{
    size_t nbytes, off = section_offset(walk->file, walk->section, &nbytes);
    add_bytes(walk, name, off + nbytes - SMCF_GUARD_NBYTES, SMCF_GUARD_NBYTES);
}

static void add_container(struct walk *walk)
{
    const smc_cache *cache = walk->cache;
    size_t end = sizeof *cache->header + cache->n_sections * sizeof *cache->sections;

    walk->section = OF_HEADER;
    ADD_STRUCTS(walk, header_members, cache->header, 1);
    walk->section = OF_TABLE;
    ADD_STRUCTS(walk, section_members, cache->sections, cache->n_sections);
    for (uint32_t i = 0; i < cache->n_sections; i++) {
        const size_t off = (size_t)smcf_get64(cache->sections[i].off);
        walk->section = OF_TABLE;
        add_bytes(walk, "gap before a section", end, off - end);
        end = off + (size_t)smcf_get64(cache->sections[i].nbytes);
        if (smc_section_name(smcf_get32(cache->sections[i].id)) == NULL) {
            walk->section = smcf_get32(cache->sections[i].id);
            add_bytes(walk, "section of a newer minor", off, end - off);
        }
    }
}

static void add_directory(struct walk *walk)
{
    const smc_cache *cache = walk->cache;

    ADD_STRUCTS(walk, position_members, cache->top, cache->n_top);
    ADD_STRUCTS(walk, position_members, cache->middle, cache->n_middle);
    ADD_STRUCTS(walk, position_members, cache->firsts, cache->n_blocks);
    add(walk, "DIRECTORY.starts", bit_of(walk, cache->block_offs), 32, 32, cache->n_blocks);
}

static void add_block(struct walk *walk, uint32_t index)
{
    const smc_cache *cache = walk->cache;
    struct smc_block_names names;
    struct smc_block block;
    size_t parts[N_BLOCK_PARTS + 1];

    assert_int_equal(smc_block_open(cache, index, &block, &names), SMC_OK);
    block_parts(walk->file, index, parts);
    const uint8_t *widths = block.header->widths;
    const struct {
        const char *name;
        unsigned width;
    } columns[] = {{"BLOCKS.record.column", block.column_width},
                   {"BLOCKS.record.low", block.low_width},
                   {"BLOCKS.record.source", widths[SMCF_COLUMN_SOURCE]},
                   {"BLOCKS.record.source_line", widths[SMCF_COLUMN_SOURCE_LINE]},
                   {"BLOCKS.record.source_column", widths[SMCF_COLUMN_SOURCE_COLUMN]}};
    uint64_t bit = (uint64_t)parts[RECORDS] * 8;
    const uint64_t end = bit + (uint64_t)block.n * block.record_width;

    ADD_STRUCTS(walk, block_members, block.header, 1);
    add(walk, "BLOCKS.highs", (uint64_t)parts[HIGHS] * 8, 1, 1,
        (parts[PRESENCE] - parts[HIGHS]) * 8);
    add(walk, "BLOCKS.source_presence", (uint64_t)parts[PRESENCE] * 8, 1, 1,
        (parts[NAME_PRESENCE] - parts[PRESENCE]) * 8);
    add(walk, "BLOCKS.name_presence", (uint64_t)parts[NAME_PRESENCE] * 8, 1, 1,
        (parts[RECORDS] - parts[NAME_PRESENCE]) * 8);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        add(walk, columns[i].name, bit, block.record_width, columns[i].width, block.n);
        bit += columns[i].width;
    }
    add(walk, "BLOCKS.unused", end, 1, 1, (8 - end % 8) % 8);
    add_packed(walk, "BLOCKS.slots", "BLOCKS.unused", (uint64_t)parts[SLOTS] * 8, names.slot_width,
               names.n_slots);
    add_packed(walk, "BLOCKS.names", "BLOCKS.unused", (uint64_t)parts[VALUES] * 8, names.width,
               names.n_values);
}

static void add_offsets(struct walk *walk, const struct smc_offsets *list, const char *values_name,
                        const char *unused_name, const char *guard_name)
{
    const uint64_t n_groups = (list->n + SMCF_GROUP_VALUES - 1) / SMCF_GROUP_VALUES;

    ADD_STRUCTS(walk, group_members, list->groups, n_groups);
    for (uint64_t g = 0; g < n_groups; g++) {
        const uint64_t left = list->n - g * SMCF_GROUP_VALUES;
        const uint64_t n = left < SMCF_GROUP_VALUES ? left : SMCF_GROUP_VALUES;
        const unsigned width = list->groups[g].width;
        const uint64_t bit =
            bit_of(walk, list->words) + (uint64_t)smcf_get32(list->groups[g].first_word) * 64;
        add(walk, values_name, bit, width, width, n);
        add(walk, unused_name, bit + n * width, 1, 1, (SMCF_GROUP_VALUES - n) * width);
    }
    add_guard(walk, guard_name);
}

static void add_runs(struct walk *walk)
{
    for (uint32_t i = 0; i < walk->cache->n_blocks; i++) {
        struct smc_runs runs;
        assert_true(smc_runs_open(walk->cache, i, &runs));
        ADD_STRUCTS(walk, runs_members, runs.header, 1);
        add_packed(walk, "RUNS.tokens", "RUNS.unused", bit_of(walk, runs.tokens),
                   SMCF_RUN_TOKEN_WIDTH, runs.n - 1);
        add_packed(walk, "RUNS.functions", "RUNS.unused", bit_of(walk, runs.functions),
                   runs.header->width, runs.n);
    }
    add_guard(walk, "RUNS.guard");
}

static void add_functions(struct walk *walk)
{
    const struct smcf_functions *header = walk->cache->functions;
    const unsigned stride = smcf_function_width(header);
    const uint64_t n = walk->cache->n_functions - header->n_nameless;
    const struct {
        const char *name;
        unsigned width;
    } columns[] = {{"FUNCTIONS.last", header->last_width},
                   {"FUNCTIONS.qualifier", header->qualifier_width},
                   {"FUNCTIONS.origin", SMCF_ORIGIN_WIDTH},
                   {"FUNCTIONS.prefix", SMCF_PREFIX_WIDTH},
                   {"FUNCTIONS.joint", SMCF_JOINT_WIDTH}};
    uint64_t bit = bit_of(walk, walk->cache->named);
    const uint64_t end = bit + n * stride;

    ADD_STRUCTS(walk, functions_members, header, 1);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        add(walk, columns[i].name, bit, stride, columns[i].width, n);
        bit += columns[i].width;
    }
    add(walk, "FUNCTIONS.unused", end, 1, 1, (8 - end % 8) % 8);
    add_guard(walk, "FUNCTIONS.guard");
}

/* Of deflated contents each piece by itself: its first bytes say what the others are. */
static void add_content(struct walk *walk)
{
    const smc_cache *cache = walk->cache;
    const size_t off = (size_t)(cache->content - cache->bytes);

    if (cache->content_encoding == SMCF_CONTENT_RAW) {
        add_bytes(walk, "CONTENT.bytes", off, (size_t)cache->content_nbytes);
    }
    for (uint64_t i = 0; i < cache->n_content_blocks; i++) {
        const size_t start = (size_t)smcf_get64(cache->content_directory[i]);
        const size_t end = (size_t)smcf_get64(cache->content_directory[i + 1]);
        add_bytes(walk, "CONTENT.deflated", off + start, end - start);
    }
}

static void add_tokens(struct walk *walk)
{
    const smc_cache *cache = walk->cache;

    (void)enter(walk, DIRECTORY);
    add_directory(walk);
    (void)enter(walk, BLOCKS);
    for (uint32_t i = 0; i < cache->n_blocks; i++) {
        add_block(walk, i);
    }
    add_guard(walk, "BLOCKS.guard");
    if (enter(walk, RANGES)) {
        add_packed(walk, "RANGES.tokens", "RANGES.unused", bit_of(walk, cache->ranges), 1,
                   cache->n_tokens);
    }
    if (enter(walk, RUN_OFFSETS)) {
        add_offsets(walk, &cache->run_offsets, "RUN_OFFSETS.values", "RUN_OFFSETS.unused",
                    "RUN_OFFSETS.guard");
        (void)enter(walk, RUNS);
        add_runs(walk);
    }
    if (enter(walk, FUNCTIONS)) {
        add_functions(walk);
    }
    if (enter(walk, INLINED)) {
        ADD_STRUCTS(walk, inlined_members, cache->inlined, cache->n_inlined);
        add_members(walk, position_members, COUNT_OF(position_members), cache->inlined,
                    sizeof *cache->inlined, cache->n_inlined);
    }
    if (enter(walk, CALL_SITES)) {
        ADD_STRUCTS(walk, call_site_members, cache->call_sites, cache->n_call_sites);
    }
}

static void add_sources(struct walk *walk)
{
    const smc_cache *cache = walk->cache;

    (void)enter(walk, SOURCES);
    ADD_STRUCTS(walk, source_members, cache->sources, (uint64_t)cache->n_sources + 1);
    if (enter(walk, RAW_SOURCES)) {
        add(walk, "RAW_SOURCES.strings", bit_of(walk, cache->raw_sources), 32, 32,
            cache->n_sources);
    }
    (void)enter(walk, STRING_OFFSETS);
    add_offsets(walk, &cache->string_offsets, "STRING_OFFSETS.values", "STRING_OFFSETS.unused",
                "STRING_OFFSETS.guard");
    (void)enter(walk, STRING_BYTES);
    add_bytes(walk, "STRING_BYTES.bytes", (size_t)(cache->string_bytes - cache->bytes),
              (size_t)cache->string_nbytes);
    if (enter(walk, BYTECODE_SEGMENTS)) {
        ADD_STRUCTS(walk, segment_members, cache->bytecode_segments, cache->n_bytecode_segments);
        (void)enter(walk, BYTECODE_OFFSETS);
        add(walk, "BYTECODE_OFFSETS.offsets", bit_of(walk, cache->bytecode_offsets), 32, 32,
            cache->n_bytecode_offsets);
    }
    if (enter(walk, LINE_COUNTS)) {
        add_offsets(walk, &cache->line_counts, "LINE_COUNTS.values", "LINE_COUNTS.unused",
                    "LINE_COUNTS.guard");
        if (enter(walk, CONTENT_DIRECTORY)) {
            add(walk, "CONTENT_DIRECTORY.starts", bit_of(walk, cache->content_directory), 64, 64,
                cache->n_content_blocks + 1);
        }
        (void)enter(walk, CONTENT);
        add_content(walk);
    }
}

struct field_list format_fields(const struct file *file)
{
    struct field_list fields = {NULL, 0, 0};
    smc_cache *cache = open_file(file);
    struct walk walk = {file, cache, OF_HEADER, &fields};

    add_container(&walk);
    (void)enter(&walk, INFO);
    ADD_STRUCTS(&walk, info_members, cache->info, 1);
    add_tokens(&walk);
    add_sources(&walk);
    smc_close(cache);
    return fields;
}

void field_list_free(struct field_list *fields)
{
    free(fields->list);
    *fields = (struct field_list){NULL, 0, 0};
}
