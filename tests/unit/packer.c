#include "tests/unit/packer.h"

#include "src/reader/block.h"

enum { COLUMN, LOW, SOURCE, SOURCE_LINE, SOURCE_COLUMN, N_FIELDS };

struct packer {
    const struct packing *how;
    const struct naive_token *tokens;
    unsigned n;
    struct smcf_block header;
    unsigned widths[N_FIELDS];
    uint32_t fields[N_FIELDS][SMCF_BLOCK_TOKENS];
    uint8_t bytes[SMC_BLOCK_NBYTES_MAX];
    size_t n_bits;
};

static void put_bits(struct packer *p, uint64_t value, unsigned width)
{
    assert_true(value >> width == 0);
    for (unsigned i = 0; i < width; i++, p->n_bits++) {
        p->bytes[p->n_bits / 8] |= (uint8_t)((value >> i & 1) << p->n_bits % 8);
    }
}

static void end_byte(struct packer *p)
{
    p->n_bits = (p->n_bits + 7) / 8 * 8;
}

static int has(const struct packer *p, unsigned flag)
{
    return (p->header.flags & flag) != 0;
}

static int64_t primary(const struct packer *p, unsigned i)
{
    return has(p, SMCF_BLOCK_LINES) ? p->tokens[i].line : p->tokens[i].column;
}

static void choose_flags(struct packer *p)
{
    unsigned n_sources = 0, n_names = 0;

    for (unsigned i = 0; i < p->n; i++) {
        n_sources += p->tokens[i].source != NOTHING;
        n_names += p->tokens[i].name != NOTHING;
    }
    p->header.flags =
        (uint8_t)((p->tokens[0].line != p->tokens[p->n - 1].line ? SMCF_BLOCK_LINES : 0) |
                  (n_sources > 0
                       ? SMCF_BLOCK_SOURCES |
                             (p->how->wanted & (SMCF_BLOCK_FOLLOW_LINE | SMCF_BLOCK_FOLLOW_COLUMN))
                       : 0) |
                  (n_sources > 0 && n_sources < p->n ? SMCF_BLOCK_SPARSE_SOURCES : 0) |
                  (n_names > 0 ? SMCF_BLOCK_NAMES | (p->how->wanted & SMCF_BLOCK_NAME_SLOTS) : 0) |
                  (n_names > 0 && n_names < p->n ? SMCF_BLOCK_SPARSE_NAMES : 0));
}

/* A base between `least` and `most`: that of the smallest value, or with a rng one below it. */
static int64_t choose_base(const struct packer *p, int64_t smallest, int64_t least, int64_t most)
{
    struct rng *rng = p->how->rng;

    if (rng != NULL && rng_below(rng, 2) == 0) {
        smallest -= rng_below(rng, UINT32_C(1) << rng_below(rng, 26));
    }
    return smallest < least ? least : smallest > most ? most : smallest;
}

/* Fills in a field of all tokens that have a source. Values below the base wrap around. */
static int64_t fill_field(struct packer *p, int field, const int64_t *values, int64_t least,
                          int64_t most)
{
    int64_t smallest = INT64_MAX;

    for (unsigned i = 0; i < p->n; i++) {
        if (p->tokens[i].source != NOTHING && values[i] < smallest) {
            smallest = values[i];
        }
    }
    const int64_t base = choose_base(p, smallest, least, most);
    for (unsigned i = 0; i < p->n; i++) {
        if (p->tokens[i].source != NOTHING) {
            p->fields[field][i] = (uint32_t)(uint64_t)(values[i] - base);
        }
    }
    return base;
}

static void choose_originals(struct packer *p)
{
    int64_t sources[SMCF_BLOCK_TOKENS], lines[SMCF_BLOCK_TOKENS], columns[SMCF_BLOCK_TOKENS];
    const int follows_line = has(p, SMCF_BLOCK_FOLLOW_LINE);

    p->header.line_slope = SMCF_LINE_SLOPE_NONE;
    if (!has(p, SMCF_BLOCK_SOURCES)) {
        return;
    }
    if (p->how->rng != NULL && !follows_line) {
        p->header.line_slope = (uint8_t)rng_below(p->how->rng, 256);
    }
    for (unsigned i = 0; i < p->n; i++) {
        const struct naive_token *token = &p->tokens[i];
        int64_t step = (int64_t)(p->header.line_slope * i / 16) - 8 * (int64_t)i;
        sources[i] = token->source;
        lines[i] = token->source_line - (follows_line ? token->line : step);
        columns[i] = token->source_column - (has(p, SMCF_BLOCK_FOLLOW_COLUMN) ? token->column : 0);
    }
    int64_t base = fill_field(p, SOURCE, sources, 0, SMCF_SOURCE_BASE_MAX);
    p->header.source_base = smcf_put16((uint16_t)base);
    base = fill_field(p, SOURCE_LINE, lines, -SMCF_LINE_BASE_MAX - 1, SMCF_LINE_BASE_MAX);
    p->header.line_base = smcf_put24((uint32_t)(uint64_t)base);
    base = fill_field(p, SOURCE_COLUMN, columns, -SMCF_COLUMN_BASE_MAX - 1, SMCF_COLUMN_BASE_MAX);
    p->header.column_base = smcf_put16((uint16_t)(uint64_t)base);
}

/* The widths that are needed, and then more, until a record is as wide as is wanted. */
static void choose_widths(struct packer *p)
{
    const unsigned limits[N_FIELDS] = {has(p, SMCF_BLOCK_LINES) ? SMCF_COLUMN_WIDTH_MAX : 0,
                                       SMCF_LOW_WIDTH_MAX,
                                       has(p, SMCF_BLOCK_SOURCES) ? SMCF_COLUMN_WIDTH_MAX : 0,
                                       has(p, SMCF_BLOCK_SOURCES) ? SMCF_COLUMN_WIDTH_MAX : 0,
                                       has(p, SMCF_BLOCK_SOURCES) ? SMCF_COLUMN_WIDTH_MAX : 0};
    const int64_t span = primary(p, p->n - 1) - primary(p, 0);
    unsigned sum = 0, most = 0;

    while (span >> p->widths[LOW] > SMCF_HIGH_MAX) {
        p->widths[LOW]++;
    }
    for (int f = 0; f < N_FIELDS; f++) {
        for (unsigned i = 0; i < p->n; i++) {
            while ((uint64_t)p->fields[f][i] >> p->widths[f] != 0) {
                p->widths[f]++;
            }
        }
        sum += p->widths[f];
        most += limits[f];
    }
    for (int f = (int)p->how->first_field; sum < p->how->record_width && sum < most;
         f = (f + 1) % N_FIELDS) {
        while (p->widths[f] < limits[f] && sum < p->how->record_width) {
            p->widths[f]++;
            sum++;
            if (p->how->rng != NULL && rng_below(p->how->rng, 4) == 0) {
                break;
            }
        }
    }
    p->header.low_slot_widths = (uint8_t)p->widths[LOW];
    p->header.column_width = (uint8_t)p->widths[COLUMN];
    for (int f = SOURCE; f <= SOURCE_COLUMN; f++) {
        p->header.widths[f - SOURCE] = (uint8_t)p->widths[f];
    }
}

static void put_presence(struct packer *p, unsigned flag)
{
    for (unsigned i = 0; i < SMCF_BLOCK_TOKENS && has(p, flag); i++) {
        int is_there = 0;
        if (i < p->n) {
            const struct naive_token *token = &p->tokens[i];
            is_there = (flag == SMCF_BLOCK_SPARSE_NAMES ? token->name : token->source) != NOTHING;
        }
        put_bits(p, (unsigned)is_there, 1);
    }
}

static void put_records(struct packer *p)
{
    unsigned bit = 0;
    uint8_t highs[SMCF_HIGHS_NBYTES] = {0};

    for (unsigned i = 0; i < p->n; i++) {
        uint64_t offset = (uint64_t)(primary(p, i) - primary(p, 0));
        bit = (unsigned)(offset >> p->widths[LOW]) + i;
        highs[bit / 8] |= (uint8_t)(1 << bit % 8);
        p->fields[LOW][i] = (uint32_t)(offset & ((UINT64_C(1) << p->widths[LOW]) - 1));
    }
    for (size_t i = 0; i < sizeof highs; i++) {
        put_bits(p, highs[i], 8);
    }
    put_presence(p, SMCF_BLOCK_SPARSE_SOURCES);
    put_presence(p, SMCF_BLOCK_SPARSE_NAMES);
    for (unsigned i = 0; i < p->n; i++) {
        for (int f = 0; f < N_FIELDS; f++) {
            put_bits(p, p->fields[f][i], p->widths[f]);
        }
    }
    end_byte(p);
}

static void put_names(struct packer *p)
{
    int64_t values[SMCF_BLOCK_TOKENS], smallest = INT64_MAX;
    unsigned slots[SMCF_BLOCK_TOKENS], n = 0, n_values = 0, width = p->how->name_width;

    for (unsigned i = 0; i < p->n; i++) {
        const int64_t name = p->tokens[i].name;
        unsigned slot = 0;
        if (name == NOTHING) {
            continue;
        }
        smallest = name < smallest ? name : smallest;
        while (slot < n_values && values[slot] != name) {
            slot++;
        }
        slot = has(p, SMCF_BLOCK_NAME_SLOTS) ? slot : n_values;
        values[slot] = name;
        n_values += slot == n_values;
        slots[n++] = slot;
    }
    if (n == 0) {
        return;
    }
    const int64_t base = choose_base(p, smallest, 0, SMCF_NAME_BASE_MAX);
    for (unsigned i = 0; i < n_values; i++) {
        while ((values[i] - base) >> width != 0) {
            width++;
        }
    }
    p->header.name_base = smcf_put24((uint32_t)base);
    p->header.widths[SMCF_COLUMN_NAME] = (uint8_t)width;
    unsigned slot_width = 0;
    while (has(p, SMCF_BLOCK_NAME_SLOTS) && (n_values - 1) >> slot_width != 0) {
        slot_width++;
    }
    p->header.low_slot_widths |= (uint8_t)(slot_width << SMCF_LOW_WIDTH_NBITS);
    for (unsigned r = 0; r < n && has(p, SMCF_BLOCK_NAME_SLOTS); r++) {
        put_bits(p, slots[r], slot_width);
    }
    end_byte(p);
    for (unsigned i = 0; i < n_values; i++) {
        put_bits(p, (uint64_t)(values[i] - base), width);
    }
    end_byte(p);
}

static void pack_block(struct text *blocks, const struct naive_token *tokens, unsigned n,
                       const struct packing *how)
{
    struct packer p = {.how = how, .tokens = tokens, .n = n};

    choose_flags(&p);
    for (unsigned i = 0; i < n; i++) {
        p.fields[COLUMN][i] = has(&p, SMCF_BLOCK_LINES) ? (uint32_t)tokens[i].column : 0;
    }
    choose_originals(&p);
    choose_widths(&p);
    put_records(&p);
    put_names(&p);
    text_add(blocks, &p.header, sizeof p.header);
    text_add(blocks, p.bytes, p.n_bits / 8);
}

struct file packed_file(const struct file *base, const struct naive *naive,
                        const struct packing *how)
{
    struct parts parts = file_split(base);
    struct part *directory = part_find(&parts, SMCF_SECTION_DIRECTORY);
    struct part *blocks = part_find(&parts, SMCF_SECTION_BLOCKS);
    struct smcf_info *info = (void *)part_find(&parts, SMCF_SECTION_INFO)->bytes.data;
    struct text offs = {0};

    blocks->count = naive->n;
    blocks->bytes.nbytes = directory->bytes.nbytes = 0;
    directory->count = 0;
    for (size_t stride = (size_t)256 * SMCF_BLOCK_TOKENS; stride >= SMCF_BLOCK_TOKENS;
         stride /= 16) {
        for (size_t i = 0; i < naive->n; i += stride) {
            struct smcf_position first = {smcf_put32((uint32_t)naive->tokens[i].column),
                                          smcf_put32((uint32_t)naive->tokens[i].line)};
            text_add(&directory->bytes, &first, sizeof first);
        }
    }
    for (size_t i = 0; i < naive->n; i += SMCF_BLOCK_TOKENS) {
        struct smcf_le32 off = smcf_put32((uint32_t)blocks->bytes.nbytes);
        size_t n = naive->n - i < SMCF_BLOCK_TOKENS ? naive->n - i : SMCF_BLOCK_TOKENS;
        text_add(&offs, &off, sizeof off);
        pack_block(&blocks->bytes, &naive->tokens[i], (unsigned)n, how);
        directory->count++;
    }
    text_add(&directory->bytes, offs.data, offs.nbytes);
    text_repeat(&blocks->bytes, 0, SMCF_GUARD_NBYTES);
    info->n_lines = smcf_put32(naive->n_lines);
    text_free(&offs);
    struct file file = file_join(&parts);
    struct smc_error error = {SMC_OK, "", 0};
    if (verify_bytes(file.bytes, file.nbytes, &error) != SMC_OK) {
        fail_msg("verify refuses what was packed: %s", error.reason);
    }
    return file;
}

const struct smcf_block *header_of_block(const struct file *file, uint32_t index)
{
    return (const void *)(file->bytes + block_offset(file, index));
}
