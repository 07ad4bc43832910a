/*
 * Named damage: each check of opening and of verify has a row that makes one field wrong and expects
 * exactly that check's words. The digest is made right, so that it is the check that speaks.
 *
 * A last test reads the checks' sources, and wants a row for every reason that is in there.
 */
#include "tests/unit/damage.h"
#include "tests/unit/features.h"

enum which { DEFLATE, RAW, EXTRA, EMPTY, SAME, SHORT_NAMES, FAR, LONG, WIDE, N_WHICH };

static struct file files[N_WHICH];

/* One block, without contents after it: 16 tokens, of which all but the first have one of two names, 256
 * apart: 9 bits. */
static struct file file_of_short_names(void)
{
    struct text mappings = {0}, members = {0};

    text_puts(&mappings, "AAAA");
    for (int i = 0; i < 15; i++) {
        text_puts(&mappings, ",");
        text_segment(&mappings, 5, 1, 0, 0, 0, i == 0 ? 0 : i % 2 == 1 ? 256 : -256);
    }
    text_puts(&members, "\"sources\":[\"a.js\"],\"names\":[\"n\"");
    for (int i = 1; i <= 256; i++) {
        text_puts(&members, ",\"n");
        text_number(&members, (uint64_t)i);
        text_puts(&members, "\"");
    }
    text_puts(&members, "]");
    struct file file = build_mappings(mappings.data, members.data);
    const struct smcf_block *block = (const void *)(file.bytes + block_offset(&file, 0));
    assert_int_equal(block->flags, SMCF_BLOCK_SOURCES | SMCF_BLOCK_NAMES | SMCF_BLOCK_SPARSE_NAMES |
                                       SMCF_BLOCK_NAME_SLOTS);
    assert_int_equal(smcf_slot_width(block->low_slot_widths), 1);
    text_free(&mappings);
    text_free(&members);
    return file;
}

/* Two tokens, on the last two lines that there can be. */
static struct file file_of_last_lines(void)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"sections\":[{\"offset\":{\"line\":");
    text_number(&map, SMCF_LINE_MAX - 1);
    text_puts(&map,
              ",\"column\":0},\"map\":{\"version\":3,\"sources\":[],\"mappings\":\"A;A\"}}]}");
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);
    text_free(&map);
    return file;
}

/* Sources with names of 65,535, of 65,534 and of no bytes: the first does not fit into its record. */
static struct file file_of_long_names(void)
{
    struct text members = {0};

    for (size_t nbytes = SMCF_NAME_INDIRECT; nbytes >= SMCF_NAME_INDIRECT - 1; nbytes--) {
        text_puts(&members, members.nbytes == 0 ? "\"sources\":[\"" : "\",\"");
        text_repeat(&members, 'a', nbytes);
    }
    text_puts(&members, "\",\"\",\"b\"]");
    struct file file = build_mappings("", members.data);
    text_free(&members);
    return file;
}

/* One token, whose source and whose name take 32 bits, which no builder gives them. */
static struct file file_of_wide_values(void)
{
    struct file narrow = build_mappings("AAAAA", "\"sources\":[\"a.js\"],\"names\":[\"n\"]");
    struct parts parts = file_split(&narrow);
    struct text *blocks = &part_find(&parts, BLOCKS)->bytes;
    struct smcf_block *block = (void *)blocks->data;

    block->widths[SMCF_COLUMN_SOURCE] = block->widths[SMCF_COLUMN_NAME] = 32;
    text_repeat(blocks, 0, 8); /* a record, the value of a name */
    file_free(&narrow);
    return file_join(&parts);
}

static int make_files(void **state)
{
    (void)state;
    files[DEFLATE] = feature_file_deflate();
    files[RAW] = feature_file_raw();
    files[EXTRA] = feature_file_extra();
    files[EMPTY] = build_mappings("", "\"sources\":[]");
    files[SAME] = build_mappings("AAAA,AAAA", "\"sources\":[\"a.js\"]"); /* all at 0:0 */
    files[SHORT_NAMES] = file_of_short_names();
    files[FAR] = file_of_last_lines();
    files[LONG] = file_of_long_names();
    files[WIDE] = file_of_wide_values();
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    for (int i = 0; i < N_WHICH; i++) {
        file_free(&files[i]);
    }
    return 0;
}

#define D SMC_E_DAMAGED
#define NO_DIRECTORY "DIRECTORY contradicts the number of tokens"
#define SIZE "section size contradicts its count"
#define MISSING "a section is missing"
#define UNUSED "unused bits of packed values are not zero"
#define PRESENCE_BITS "presence bits do not fit the tokens of the block"
#define NO_VALUES "column without values has a width or a base"
#define CONTRADICT "flags of a block contradict each other"
#define UNREADABLE "block that cannot be read"
#define NO_SUCH "token with a source or name that does not exist"
#define FILL "sources do not fill the contents"
#define GROUP "bad group of an offset list"
#define STRETCHES "LINE_COUNTS contradicts the size of the contents"
#define COUNTS "line counts differ from the contents"
#define LINES "lines differ from the content"
#define NAME "source name is no string"
#define SLOT_ORDER "slot of a name before those of lower numbers"
#define IMPOSSIBLE "token at an impossible position"
#define LEVELS "levels of the directory contradict each other"

/* DIRECTORY of a file of up to 16 blocks: one position for each of the upper levels, then those of all
 * blocks, then where the blocks are. */
#define TOP(field) FIELD_OF(smcf_position, 0, field)
#define MIDDLE(field) FIELD_OF(smcf_position, 1, field)
#define FIRST(block, field) FIELD_OF(smcf_position, 2 + (block), field)
#define BLOCK_OFF(block)                                                                           \
    (int64_t)((2 + N_FEATURE_BLOCKS) * sizeof(struct smcf_position) +                              \
              (block) * sizeof(struct smcf_le32)),                                                 \
        (unsigned)sizeof(struct smcf_le32)

/* ---- opening: spec 8 ---- */

static const struct row header_rows[] = {
    {RAW, CUT, 0, NO_FIELD, 0, SMC_E_NOT_CACHE, "not an smcache file: wrong magic"},
    {RAW, CUT, 0, NO_FIELD, 1, SMC_E_TRUNCATED, "the file ends within its header"},
    {RAW, CUT, 0, NO_FIELD, 7, SMC_E_TRUNCATED, "the file ends within its header"},
    {RAW, CUT, 0, NO_FIELD, 127, SMC_E_TRUNCATED, "the file ends within its header"},
    {RAW, SET, IN_HEADER, BYTE(3), 'X', SMC_E_NOT_CACHE, "not an smcache file: wrong magic"},
    {RAW, SET, IN_HEADER, BYTE(0), 0x09, SMC_E_TEXT_DAMAGE,
     "damaged by a transfer as text: copy it again as binary"},
    {RAW, SET, IN_HEADER, BYTE(6), 0x1b, SMC_E_TEXT_DAMAGE,
     "damaged by a transfer as text: copy it again as binary"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, major), 2, SMC_E_VERSION,
     "unknown major version of the format: build the file again"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, must_understand), 1, SMC_E_FEATURE,
     "unknown must-understand flag"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, header_nbytes), 136, D, "header_nbytes is not 128"},
    {RAW, ADD, IN_HEADER, FIELD(smcf_header, file_nbytes), 1, SMC_E_TRUNCATED,
     "the file is shorter than its header says"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, file_nbytes), UINT64_MAX, SMC_E_TRUNCATED,
     "the file is shorter than its header says"},
    {RAW, ADD, IN_HEADER, FIELD(smcf_header, file_nbytes), UINT64_MAX, D,
     "the file is longer than its header says"},
    {RAW, SET, IN_HEADER, BYTE(76), 1, D, "reserved bytes of the header are not zero"},
    {RAW, SET, IN_HEADER, BYTE(127), 0x80, D, "reserved bytes of the header are not zero"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, n_sections), 1000, D,
     "more sections than the file can hold"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, n_sections), 0xffffffff, D,
     "more sections than the file can hold"},
    {EMPTY, SET, IN_HEADER, FIELD(smcf_header, n_sections), 0, D, "bytes after the last section"},
};

static const struct row section_rows[] = {
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, id), INFO, D, "section ids do not ascend"},
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, id), 1, D, "section ids do not ascend"},
    {RAW, ADD, IN_ENTRY(INFO), FIELD(smcf_section, off), 4, D, "misaligned section"},
    {RAW, ADD, IN_ENTRY(INFO), FIELD(smcf_section, off), (uint64_t)-8, D,
     "section overlaps or leaves a gap"},
    {RAW, ADD, IN_ENTRY(INFO), FIELD(smcf_section, off), 8, D, "section overlaps or leaves a gap"},
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, off), 0, D,
     "section overlaps or leaves a gap"},
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, off), (uint64_t)-8, D,
     "section overlaps or leaves a gap"},
    {RAW, ADD, IN_ENTRY(CONTENT), FIELD(smcf_section, nbytes), 1, D, "section leaves the file"},
    {RAW, SET, IN_ENTRY(INFO), FIELD(smcf_section, nbytes), UINT64_MAX, D,
     "section leaves the file"},
    {RAW, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, encoding), 1, SMC_E_FEATURE,
     "unknown encoding of a section"},
    {RAW, SET, IN_ENTRY(CONTENT), FIELD(smcf_section, encoding), 2, SMC_E_FEATURE,
     "unknown encoding of a section"},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, encoding), SMCF_CONTENT_DEFLATE,
     SMC_E_FEATURE, "unknown encoding of a section"},
    {RAW, ADD, IN_ENTRY(CONTENT), FIELD(smcf_section, nbytes), UINT64_MAX, D,
     "bytes after the last section"},
};

static const struct row shape_rows[] = {
    {RAW, REMOVE, INFO, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, INFO, NO_FIELD, 8, D, SIZE},
    {RAW, RESIZE, INFO, NO_FIELD, (uint64_t)-64, D, SIZE},
    {RAW, SET, IN_ENTRY(INFO), FIELD(smcf_section, count), 2, D, SIZE},
    {RAW, SET, INFO, BYTE(24), 1, D, "reserved bytes of INFO are not zero"},
    {RAW, SET, INFO, BYTE(31), 1, D, "reserved bytes of INFO are not zero"},

    {EXTRA, RESIZE, RANGES, NO_FIELD, 1, D, "RANGES contradicts the number of tokens"},
    {EXTRA, SET, IN_ENTRY(RANGES), FIELD(smcf_section, count), 4, D,
     "RANGES contradicts the number of tokens"},
    {RAW, INSERT, RANGES, NO_FIELD, 1, D, "RANGES contradicts the number of tokens"},
    {EXTRA, RESIZE, RAW_SOURCES, NO_FIELD, 4, D, SIZE},
    {EXTRA, SET, IN_ENTRY(RAW_SOURCES), FIELD(smcf_section, count), 1, D,
     "RAW_SOURCES contradicts the number of sources"},

    {RAW, REMOVE, DIRECTORY, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, DIRECTORY, NO_FIELD, 1, D, SIZE},
    {RAW, RESIZE, DIRECTORY, NO_FIELD, (uint64_t)-1, D, SIZE},
    {RAW, RESIZE, DIRECTORY, NO_FIELD, 12, D, SIZE},
    {EMPTY, RESIZE, DIRECTORY, NO_FIELD, 28, D, SIZE},
    {RAW, RESIZE, DIRECTORY, 1, 0, 0, D, NO_DIRECTORY},
    {EMPTY, SET, IN_ENTRY(DIRECTORY), FIELD(smcf_section, count), UINT64_MAX, D, NO_DIRECTORY},
    {RAW, REMOVE, BLOCKS, NO_FIELD, 0, D, SIZE},
    {EMPTY, REMOVE, BLOCKS, NO_FIELD, 0, D, "BLOCKS has no guard"},
    {EMPTY, RESIZE, BLOCKS, NO_FIELD, (uint64_t)-1, D, "BLOCKS has no guard"},
    {RAW, ADD, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), 128, D, SIZE},
    {RAW, SET, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), 0, D, SIZE},
    {RAW, SET, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), SMCF_NONE - 1, D, SIZE},
    {RAW, SET, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), SMCF_NONE, D,
     "section count too large"},
    {RAW, SET, IN_ENTRY(BLOCKS), FIELD(smcf_section, count), UINT64_MAX, D,
     "section count too large"},

    {RAW, REMOVE, SOURCES, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, SOURCES, NO_FIELD, 16, D, SIZE},
    {RAW, RESIZE, SOURCES, NO_FIELD, 1, D, SIZE},
    {EMPTY, RESIZE, SOURCES, NO_FIELD, (uint64_t)-16, D,
     SIZE}, /* the last record is always there */
    {RAW, SET, IN_ENTRY(SOURCES), FIELD(smcf_section, count), SMCF_NONE, D,
     "section count too large"},
    {RAW, REMOVE, STRING_OFFSETS, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, STRING_OFFSETS, NO_FIELD, 4, D, SIZE},
    {EMPTY, RESIZE, STRING_OFFSETS, NO_FIELD, (uint64_t)-24, D, SIZE}, /* not even a guard */
    {EMPTY, RESIZE, STRING_OFFSETS, NO_FIELD, (uint64_t)-16, D, SIZE},
    {RAW, SET, IN_ENTRY(STRING_OFFSETS), FIELD(smcf_section, count), 1000, D, SIZE},
    {RAW, SET, IN_ENTRY(STRING_OFFSETS), FIELD(smcf_section, count), (uint64_t)SMCF_NONE + 1, D,
     "section count too large"},
    {RAW, SET, IN_ENTRY(STRING_OFFSETS), FIELD(smcf_section, count), FEATURE_NAMES, D,
     "fewer strings than names"},
    {EMPTY, SET, IN_ENTRY(STRING_OFFSETS), FIELD(smcf_section, count), 0, D,
     "fewer strings than names"},
    {RAW, SET, INFO, FIELD(smcf_info, n_names), 47, D, "fewer strings than names"},
    {RAW, SET, INFO, FIELD(smcf_info, n_names), SMCF_NONE, D, "fewer strings than names"},
    {RAW, REMOVE, STRING_BYTES, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, STRING_BYTES, NO_FIELD, 1, D, SIZE},

    {RAW, REMOVE, LINE_COUNTS, NO_FIELD, 0, D, MISSING},
    {RAW, RESIZE, LINE_COUNTS, NO_FIELD, 1, D, SIZE},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), UINT64_MAX, D, SIZE},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), 0, D, STRETCHES},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), 1, D, STRETCHES},
    {RAW, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), 3, D, STRETCHES},
    {DEFLATE, SET, IN_ENTRY(LINE_COUNTS), FIELD(smcf_section, count), 3, D, STRETCHES},
    {RAW, REMOVE, CONTENT, NO_FIELD, 0, D, MISSING},
    {RAW, ADD, IN_ENTRY(CONTENT), FIELD(smcf_section, count), 1, D, SIZE},
    {DEFLATE, REMOVE, CONTENT_DIRECTORY, NO_FIELD, 0, D, MISSING},
    {DEFLATE, RESIZE, CONTENT_DIRECTORY, NO_FIELD, 8, D, SIZE},
    {DEFLATE, ADD, IN_ENTRY(CONTENT_DIRECTORY), FIELD(smcf_section, count), 1, D, SIZE},
    {DEFLATE, ADD, IN_ENTRY(CONTENT), FIELD(smcf_section, count), 4096, D, SIZE},
    {DEFLATE, SET, IN_ENTRY(CONTENT), FIELD(smcf_section, count), UINT64_MAX, D, SIZE},
    {RAW, INSERT, CONTENT_DIRECTORY, NO_FIELD, 8, D, "CONTENT_DIRECTORY without deflated contents"},
    {DEFLATE, REMOVE, CONTENT, NO_FIELD, 0, D, "bad size of content blocks"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 0, D,
     "bad size of content blocks"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 2048, D,
     "bad size of content blocks"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 4097, D,
     "bad size of content blocks"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 2097152, D,
     "bad size of content blocks"},
    {RAW, SET, INFO, FIELD(smcf_info, content_block_nbytes), 4096, D, "bad size of content blocks"},
    {EMPTY, SET, INFO, FIELD(smcf_info, content_block_nbytes), 4096, D,
     "bad size of content blocks"},
};

/* ---- verify ---- */

static const struct row container_rows[] = {
    {RAW, UNSEALED, STRING_BYTES, BYTE(0), 'm', D, "content digest differs"},
    {RAW, UNSEALED, IN_HEADER, BYTE(32), 0, D, "content digest differs"},
    {RAW, UNSEALED, IN_HEADER, BYTE(48), 0, D, "content digest differs"},
    /* STRING_BYTES of both files does not end at a multiple of 8. */
    {RAW, SET, IN_GAP(STRING_BYTES), BYTE(0), 1, D, "gap between sections is not zero"},
    {DEFLATE, SET, IN_GAP(STRING_BYTES), BYTE(-1), 0x80, D, "gap between sections is not zero"},
    {RAW, SET, INFO, FIELD(smcf_info, file), 47, D, "file is no string"},
    {RAW, SET, INFO, FIELD(smcf_info, source_root), SMCF_NONE - 1, D, "source_root is no string"},
    {EXTRA, SET, INFO, FIELD(smcf_info, flags), 3, D, "unknown flag of INFO"},
    {EXTRA, SET, INFO, FIELD(smcf_info, flags), 0, D, "debug ID that is said not to be there"},
    {RAW, SET, INFO, BYTE(47), 1, D, "debug ID that is said not to be there"},
    {EXTRA, OR, RANGES, BYTE(0), 0x20, D, "unused bits of RANGES are not zero"},
    {EXTRA, SET, RANGES, BYTE(0), 0, D, "RANGES without a range mapping"},
    {EXTRA, OR, RANGES, BYTE(0), 0x04, D, "range mapping without an original position"},
    {EXTRA, SET, RAW_SOURCES, 0, 4, 99, D, "raw name of a source is no string"},
    {EXTRA, SET, RAW_SOURCES, 0, 4, 2, D, "raw names that are all like the names"},
};

static const struct row string_rows[] = {
    {RAW, ADD, STRING_OFFSETS, FIELD(smcf_offset_group, first_word), 1, D, GROUP},
    {RAW, SET, STRING_OFFSETS, FIELD(smcf_offset_group, width), 57, D, GROUP},
    {RAW, SET, STRING_OFFSETS, FIELD(smcf_offset_group, width), 56, D, GROUP},
    {RAW, SET, STRING_OFFSETS, FIELD(smcf_offset_group, reserved), 1, D, GROUP},
    {RAW, OR, STRING_OFFSETS, BYTE(-9), 0x80, D, "unused bits of an offset list are not zero"},
    {RAW, ADD, STRING_OFFSETS, FIELD(smcf_offset_group, base), 1, D, "offset list does not ascend"},
    {RAW, ADD, STRING_OFFSETS, FIELD(smcf_offset_group, base), UINT64_MAX, D,
     "offset list does not ascend"},
    {RAW, SET, STRING_OFFSETS, FIELD(smcf_offset_group, slope), 0, D,
     "offset list does not ascend"},
    {RAW, SET, STRING_OFFSETS, BYTE(-1), 1, D, "bytes after an offset list, or guard not zero"},
    {RAW, RESIZE, STRING_OFFSETS, NO_FIELD, 8, D, "bytes after an offset list, or guard not zero"},
    {RAW, RESIZE, STRING_BYTES, 1, 0, 1, D, "strings do not fill STRING_BYTES"},
    {RAW, SET, STRING_BYTES, BYTE(0), 0xff, D, "string is not WTF-8"},
    {RAW, SET, STRING_BYTES, BYTE(3), '0', D, "string that is there twice"}, /* n0n1 */

    {RAW, ADD, LINE_COUNTS, FIELD(smcf_offset_group, first_word), 1, D, GROUP},
    {RAW, SET, LINE_COUNTS, FIELD(smcf_offset_group, width), 57, D, GROUP},
    {RAW, SET, LINE_COUNTS, FIELD(smcf_offset_group, reserved), 0x80, D, GROUP},
    {DEFLATE, OR, LINE_COUNTS, BYTE(-9), 0x80, D, "unused bits of an offset list are not zero"},
    {RAW, ADD, LINE_COUNTS, FIELD(smcf_offset_group, base), SMCF_NONE - 13, D, /* 13 lines */
     "offset list does not ascend"},
    {RAW, SET, LINE_COUNTS, BYTE(-8), 1, D, "bytes after an offset list, or guard not zero"},
};

static const struct row token_rows[] = {
    {DEFLATE, ADD, DIRECTORY, BLOCK_OFF(1), 1, D, "block does not start where the one before ends"},
    {DEFLATE, ADD, DIRECTORY, BLOCK_OFF(0), 1, D, "block does not start where the one before ends"},
    {DEFLATE, SET, DIRECTORY, BLOCK_OFF(4), UINT32_MAX, D,
     "block does not start where the one before ends"},
    {DEFLATE, ADD, DIRECTORY, TOP(column), 1, D, LEVELS},
    {DEFLATE, ADD, DIRECTORY, TOP(line), 1, D, LEVELS},
    {DEFLATE, ADD, DIRECTORY, MIDDLE(column), 1, D, LEVELS},
    {DEFLATE, ADD, DIRECTORY, MIDDLE(line), 1, D, LEVELS},
    {DEFLATE, ADD, DIRECTORY, FIRST(0, column), 1, D, LEVELS},
    {DEFLATE, SET, IN_BLOCK(BLOCK_SLOTS), BYTE(0), 26, D, UNREADABLE},
    {DEFLATE, SET, IN_BLOCK(BLOCK_SLOTS), FIELD(smcf_block, column_width), 0xff, D, UNREADABLE},
    {DEFLATE, SET, IN_BLOCK(BLOCK_SLOTS), BYTE(2), 33, D, UNREADABLE},
    {DEFLATE, SET, IN_BLOCK(BLOCK_SLOTS), BYTE(5), 33, D, UNREADABLE},
    {DEFLATE, SET, IN_BLOCK(BLOCK_BARE), BYTE(0), 0xff, D, UNREADABLE},
    /* Tags of other encodings, which come with a must-understand flag (spec 5.2). */
    {DEFLATE, OR, IN_BLOCK(BLOCK_SLOTS), BYTE(1), 0x80, D, UNREADABLE},
    {DEFLATE, OR, IN_BLOCK(BLOCK_SLOTS), BYTE(2), 0x80, D, UNREADABLE},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), BYTE(3), 0x40, D, UNREADABLE},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), BYTE(4), 0xc0, D, UNREADABLE},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), BYTE(5), 0x40, D, UNREADABLE},
    /* The records, the slots, the values of the names, the block itself leave BLOCKS. */
    {DEFLATE, SET, IN_BLOCK(BLOCK_LAST), FIELD(smcf_block, column_width), 32, D, UNREADABLE},
    {SHORT_NAMES, OR, IN_BLOCK(0), BYTE(0), 7 << SMCF_LOW_WIDTH_NBITS, D, UNREADABLE},
    {SHORT_NAMES, SET, IN_BLOCK(0), BYTE(5), 32, D, UNREADABLE},
    {RAW, RESIZE, BLOCKS, NO_FIELD, (uint64_t)-40, D, UNREADABLE},
    {DEFLATE, SET, IN_PART(BLOCK_FLAT, HIGHS), BYTE(0), 0x56, D, /* 0x55 before */
     "directory entry differs from the block's first token"},
    {DEFLATE, ADD, IN_PART(BLOCK_SPARSE, RECORDS), BYTE(0), 1, D,
     "directory entry differs from the block's first token"},
    {DEFLATE, OR, IN_PART(BLOCK_LAST, HIGHS), BYTE(31), 0x80, D,
     "highs are not those of the block's tokens"},
    {DEFLATE, SET, IN_PART(BLOCK_LAST, HIGHS), BYTE(0), 0, D,
     "highs are not those of the block's tokens"},
    {DEFLATE, SET, IN_PART(BLOCK_FLAT, HIGHS), BYTE(31), 0x95, D, /* high part 128 */
     "highs are not those of the block's tokens"},
    {DEFLATE, OR, IN_PART(BLOCK_LAST, PRESENCE), BYTE(15), 0x80, D, PRESENCE_BITS},
    {DEFLATE, SET, IN_PART(BLOCK_LAST, PRESENCE), 0, 2, 0, D, PRESENCE_BITS},
    {DEFLATE, SET, IN_PART(BLOCK_LAST, PRESENCE), 0, 2, 0x3ff, D, PRESENCE_BITS},
    {SHORT_NAMES, OR, IN_PART(0, NAME_PRESENCE), BYTE(15), 0x80, D, PRESENCE_BITS},
    {SHORT_NAMES, SET, IN_PART(0, NAME_PRESENCE), 0, 8, 0, D, PRESENCE_BITS},
    {SHORT_NAMES, OR, IN_PART(0, NAME_PRESENCE), BYTE(0), 1, D, PRESENCE_BITS}, /* now it is all */
    {DEFLATE, OR, IN_PART(BLOCK_LAST, RECORDS), BYTE(-1), 0x80, D, UNUSED},
    {DEFLATE, OR, IN_PART(BLOCK_SPARSE, VALUES), BYTE(-1), 0x80, D, UNUSED},
    {DEFLATE, OR, IN_PART(BLOCK_SLOTS, SLOTS), BYTE(-1), 0x80, D, UNUSED},
    {DEFLATE, OR, IN_PART(BLOCK_SLOTS, VALUES), BYTE(-1), 0x80, D, UNUSED},
    /* Slots 0, 1, 2, 0, 1, 2 and so on; the greatest says how many values there are. */
    {DEFLATE, SET, IN_PART(BLOCK_SLOTS, SLOTS), BYTE(0), 0x18, D, SLOT_ORDER}, /* 0, 2 */
    {DEFLATE, SET, IN_PART(BLOCK_SLOTS, SLOTS), BYTE(0), 0x25, D, SLOT_ORDER}, /* 1, 1 */
    {SHORT_NAMES, SET, IN_PART(0, SLOTS), 0, 2, 0, D, "slots of a wrong width"},
    {SHORT_NAMES, SET, IN_PART(0, VALUES), 0, 3, 0, D, "two slots with the same name"},
    {DEFLATE, SET, IN_BLOCK(BLOCK_BARE), BYTE(5), 1, D, NO_VALUES},
    {DEFLATE, SET, IN_BLOCK(BLOCK_BARE), BYTE(2), 1, D, NO_VALUES},
    {DEFLATE, SET, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, name_base), 1, D, NO_VALUES},
    {DEFLATE, SET, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, source_base), 1, D, NO_VALUES},
    {DEFLATE, SET, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, line_base), 0x800000, D, NO_VALUES},
    {DEFLATE, SET, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, column_base), 0x8000, D, NO_VALUES},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, flags), SMCF_BLOCK_SPARSE_NAMES, D,
     CONTRADICT},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, flags), SMCF_BLOCK_NAME_SLOTS, D,
     CONTRADICT},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, flags), SMCF_BLOCK_SPARSE_SOURCES, D,
     CONTRADICT},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, flags), SMCF_BLOCK_FOLLOW_LINE, D,
     CONTRADICT},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, flags), SMCF_BLOCK_FOLLOW_COLUMN, D,
     CONTRADICT},
    {DEFLATE, OR, IN_BLOCK(BLOCK_BARE), BYTE(0), 1 << SMCF_LOW_WIDTH_NBITS, D, CONTRADICT},
    {DEFLATE, OR, IN_BLOCK(BLOCK_FLAT), BYTE(0), 7 << SMCF_LOW_WIDTH_NBITS, D, CONTRADICT},
    {DEFLATE, SET, IN_BLOCK(BLOCK_SLOTS), FIELD(smcf_block, column_width), 1, D, CONTRADICT},
    {DEFLATE, ADD, IN_BLOCK(BLOCK_BARE), FIELD(smcf_block, line_slope), 1, D,
     "slope of source lines that have none"},
    {DEFLATE, ADD, IN_BLOCK(BLOCK_SPARSE), FIELD(smcf_block, line_slope), 1, D,
     "slope of source lines that have none"},
    {SAME, OR, IN_BLOCK(0), FIELD(smcf_block, flags), SMCF_BLOCK_LINES, D,
     "flags of a block contradict its lines"},
    {DEFLATE, ADD, DIRECTORY, FIRST(4, line), UINT64_MAX, D, "tokens are not sorted"},
    {DEFLATE, SET, IN_BLOCK(BLOCK_SLOTS), FIELD(smcf_block, source_base), FEATURE_SOURCES, D,
     NO_SUCH},
    {DEFLATE, ADD, IN_BLOCK(BLOCK_SLOTS), FIELD(smcf_block, name_base), 1, D, NO_SUCH},
    {DEFLATE, ADD, IN_BLOCK(BLOCK_SPARSE), FIELD(smcf_block, name_base), FEATURE_NAMES, D, NO_SUCH},
    {DEFLATE, SET, INFO, FIELD(smcf_info, n_names), FEATURE_NAMES - 1, D, NO_SUCH},
    {DEFLATE, SET, IN_BLOCK(BLOCK_FLAT), FIELD(smcf_block, line_base), 0xffffff, D, IMPOSSIBLE},
    {SHORT_NAMES, SET, IN_BLOCK(0), FIELD(smcf_block, column_base), 0xffff, D, IMPOSSIBLE},
    {FAR, SET, IN_PART(0, HIGHS), BYTE(0), 0x09, D, IMPOSSIBLE}, /* the line after the last */
    /* Bits 7 to 13 are those of token 1. */
    {DEFLATE, OR, IN_PART(BLOCK_LAST, RECORDS), BYTE(1), 0x01, D,
     "token without a source has an original position"},
    {DEFLATE, OR, IN_PART(BLOCK_LAST, RECORDS), BYTE(1), 0x20, D,
     "token without a source has an original position"},
    {DEFLATE, RESIZE, BLOCKS, NO_FIELD, 1, D, "bytes after the last block"},
    {EMPTY, RESIZE, BLOCKS, NO_FIELD, 8, D, "bytes after the last block"},
    {DEFLATE, SET, BLOCKS, BYTE(-1), 1, D, "guard is not zero"},
    {EMPTY, SET, BLOCKS, BYTE(-8), 1, D, "guard is not zero"},
    {DEFLATE, ADD, INFO, FIELD(smcf_info, n_lines), UINT64_MAX, D,
     "token past the last generated line"},
};

/* "No such thing" is not a value that a column may pack (spec 2.1, 5.3); a base may be the greatest. */
static const struct row none_rows[] = {
    {WIDE, SET, IN_PART(0, RECORDS), 0, 4, SMCF_NONE, D, NO_SUCH},
    {WIDE, SET, IN_PART(0, VALUES), 0, 4, SMCF_NONE, D, NO_SUCH},
    {WIDE, SET, IN_PART(0, VALUES), 0, 4, SMCF_NONE - 1, D, NO_SUCH},
    {DEFLATE, SET, IN_BLOCK(BLOCK_FLAT), FIELD(smcf_block, name_base), SMCF_NAME_BASE_MAX, D,
     NO_SUCH},
    {DEFLATE, SET, IN_BLOCK(BLOCK_FLAT), FIELD(smcf_block, source_base), SMCF_SOURCE_BASE_MAX, D,
     NO_SUCH},
};

/* Sources of both files: a content, none, CSS, null with a content, an empty content; the end. */
static const struct row source_rows[] = {
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 5, name_off), 0, D, FILL},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 5, name_nbytes), 0, D, FILL},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 5, flags), 1, D, FILL},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 5, first_line), UINT64_MAX, D, FILL},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 5, first_line), 1, D, FILL},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 5, first_line), SMCF_NONE, D, FILL},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 5, content_off), 1, D, FILL},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 5, content_off), UINT64_C(1) << 39, D, FILL},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 0, first_line), 1, D, FILL},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 0, content_off), 1, D, FILL},
    {EMPTY, SET, SOURCES, FIELD_OF(smcf_source, 0, first_line), 1, D, FILL},
    {EMPTY, SET, SOURCES, FIELD_OF(smcf_source, 0, content_off), 1, D, FILL},
    {EMPTY, SET, SOURCES, FIELD_OF(smcf_source, 0, flags), SMCF_SOURCE_HAS_CONTENT, D, FILL},
    {RAW, RESIZE, CONTENT, 1, 0, 1, D, FILL},
    {RAW, SET, LINE_COUNTS, FIELD(smcf_offset_group, base), 13, D, FILL},
    {RAW, SET, LINE_COUNTS, FIELD(smcf_offset_group, slope), 0, D, FILL},
    {EMPTY, SET, SOURCES, FIELD_OF(smcf_source, 0, name_off), 0, D, FILL},
    {EMPTY, CONTENTS, 0, NO_FIELD, 0, D, "contents without a source that has one"},
    {DEFLATE, SET, CONTENT_DIRECTORY, 0, 8, 1, D, "content pieces do not fill CONTENT"},
    {DEFLATE, SET, CONTENT_DIRECTORY, 8, 8, UINT64_MAX, D, "content pieces do not fill CONTENT"},
    {DEFLATE, ADD, CONTENT_DIRECTORY, 16, 8, 1, D, "content pieces do not fill CONTENT"},
    {DEFLATE, RESIZE, CONTENT, NO_FIELD, 1, D, "content pieces do not fill CONTENT"},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 0, name_off), 1, D, NAME},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 0, name_off), 0, D, NAME}, /* several strings */
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 1, name_off), SMCF_NONE, D, NAME},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 1, name_off), SMCF_NONE - 1, D, NAME},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 0, name_nbytes), 1, D, NAME},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 4, name_nbytes), UINT64_MAX, D, NAME},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 0, name_nbytes), 0, D, NAME},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 0, name_nbytes), SMCF_NAME_INDIRECT - 1, D, NAME},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 0, name_nbytes), SMCF_NAME_INDIRECT, D, NAME},
    /* Indirect, but no string, or one that fits into the record. */
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 3, name_off), 46, D, NAME},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 3, name_off), SMCF_NONE - 1, D, NAME},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 3, name_off), 0, D, NAME},
    {LONG, SET, SOURCES, FIELD_OF(smcf_source, 0, name_off), 1, D, NAME},
    {LONG, SET, SOURCES, FIELD_OF(smcf_source, 0, name_off), 4, D, NAME},
    {LONG, ADD, SOURCES, FIELD_OF(smcf_source, 0, name_nbytes), UINT64_MAX, D, NAME},
    {LONG, ADD, SOURCES, FIELD_OF(smcf_source, 1, name_nbytes), 1, D, NAME},
    {RAW, OR, SOURCES, FIELD_OF(smcf_source, 0, flags), 4, D, "unknown flag of a source"},
    {RAW, OR, SOURCES, FIELD_OF(smcf_source, 1, flags), 0x80, D, "unknown flag of a source"},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 2, content_off), 1, D,
     "source without content has lines or bytes"},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 2, first_line), 1, D,
     "source without content has lines or bytes"},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 2, flags), 0, D,
     "source without content has lines or bytes"},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 1, flags), 1, D, "bad range of a content"},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 3, first_line), 0, D, "bad range of a content"},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 3, first_line), 1000, D, "bad range of a content"},
    {RAW, SET, SOURCES, FIELD_OF(smcf_source, 3, content_off), 0, D, "bad range of a content"},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 3, content_off), 1000, D, "bad range of a content"},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 3, content_off), UINT64_C(1) << 39, D,
     "bad range of a content"},
    /* 16 bytes have room for 17 lines; the content has 4. */
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 4, first_line), 14, D, "bad range of a content"},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 4, first_line), 13, D, LINES},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 4, first_line), 1, D, LINES},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 4, first_line), UINT64_MAX, D, LINES},
    {RAW, ADD, SOURCES, FIELD_OF(smcf_source, 3, content_off), UINT64_MAX, D, LINES},
    /* Counts 0, 10, 18 and 30, which are packed as 2, 2, 0 and 2. */
    {DEFLATE, SET, LINE_COUNTS, BYTE(16), 0x8b, D, COUNTS},
    {DEFLATE, SET, LINE_COUNTS, BYTE(16), 0x86, D, COUNTS},
    {DEFLATE, SET, LINE_COUNTS, BYTE(16), 0x8e, D, COUNTS},
    {DEFLATE, SET, LINE_COUNTS, BYTE(16), 0x9a, D, COUNTS},
    {DEFLATE, SET, LINE_COUNTS, BYTE(16), 0x4a, D, FILL},
    {DEFLATE, SET, CONTENT, BYTE(0), 0xff, D, "content does not inflate"},
    {DEFLATE, ADD, CONTENT_DIRECTORY, 8, 8, 1, D, "content does not inflate"},
    {DEFLATE, ADD, CONTENT_DIRECTORY, 8, 8, UINT64_MAX, D, "content does not inflate"},
    {DEFLATE, SET, INFO, FIELD(smcf_info, content_block_nbytes), 8192, D, SIZE}, /* one piece */
    {RAW, SET, CONTENT, BYTE(0), 0xff, D, "content is not WTF-8"},
    {RAW, SET, CONTENT, BYTE(0), 0xe2, D, "content is not WTF-8"},
    {RAW, SET, CONTENT, BYTE(0), '\n', D, LINES},       /* a line too many */
    {RAW, SET, CONTENT, BYTE(3), '-', D, LINES},        /* one too few */
    {RAW, SET, CONTENT, BYTE(8), '\r', D, LINES},       /* LF CR is two */
    {RAW, SET, CONTENT, BYTE(21), '-', D, LINES},       /* the last line end */
    {RAW, SET, STRING_BYTES, BYTE(-14), 't', D, LINES}, /* r/c.css is no CSS any more */
};

#undef D

/* ---- checking ---- */

static void check_row(const struct row *row, const char *table, size_t number)
{
    struct file file = damaged_file(&files[row->file], row);
    struct guarded copy = guarded_copy(file.bytes, file.nbytes, GUARD_AFTER);
    struct smc_error error = {SMC_OK, "nothing", UINT64_MAX};
    smc_cache *cache;
    smc_status status = smc_open_memory(copy.bytes, copy.nbytes, &cache, &error);

    if (status == SMC_OK) {
        status = smc_verify(cache, &error);
        assert_int_equal(smc_verify(cache, NULL), status);
    }
    if (status != row->status || strcmp(error.reason, row->reason) != 0) {
        fail_msg("%s %zu: expected \"%s\", found \"%s\"", table, number, row->reason, error.reason);
    }
    assert_int_equal(error.status, status);
    assert_true(error.offset <= file.nbytes);
    smc_close(cache);
    guarded_free(&copy);
    file_free(&file);
}

static const struct table {
    const char *name;
    const struct row *rows;
    size_t n;
} tables[] = {{"header", header_rows, COUNT_OF(header_rows)},
              {"section", section_rows, COUNT_OF(section_rows)},
              {"shape", shape_rows, COUNT_OF(shape_rows)},
              {"container", container_rows, COUNT_OF(container_rows)},
              {"string", string_rows, COUNT_OF(string_rows)},
              {"token", token_rows, COUNT_OF(token_rows)},
              {"none", none_rows, COUNT_OF(none_rows)},
              {"source", source_rows, COUNT_OF(source_rows)}};

static void check_table(void **state)
{
    const struct table *table = *state;

    for (size_t i = 0; i < table->n; i++) {
        check_row(&table->rows[i], table->name, i);
    }
}

/* ---- nothing left out ---- */

/* What no file can bring about, as an earlier check has refused it; it stays as a belt. */
static const char *const unreachable[] = {
    "string outside of STRING_BYTES", /* the offset list ascends, and ends within */
};

static int has_row(const char *reason, size_t nbytes)
{
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            const char *text = tables[t].rows[i].reason;
            if (strlen(text) == nbytes && memcmp(text, reason, nbytes) == 0) {
                return 1;
            }
        }
    }
    for (size_t i = 0; i < COUNT_OF(unreachable); i++) {
        if (strlen(unreachable[i]) == nbytes && memcmp(unreachable[i], reason, nbytes) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Every string of a source file that has a space in it is a reason; comments do not count. */
static unsigned check_source_file(const char *path)
{
    struct text text;
    unsigned n = 0;

    if (!read_file(path, &text)) {
        print_message("%s is not here\n", path);
        skip();
    }
    const char *p = text.data;
    while ((p = strpbrk(p, "\"/")) != NULL) {
        if (p[0] == '/') {
            p = p[1] == '*' ? strstr(p, "*/") : p + 1;
            assert_non_null(p);
            p += *p == '*' ? 2 : 0;
            continue;
        }
        size_t nbytes = strcspn(p + 1, "\"");
        if (memchr(p + 1, ' ', nbytes) != NULL) {
            n++;
            if (!has_row(p + 1, nbytes)) {
                fail_msg("%s: no row expects \"%.*s\"", path, (int)nbytes, p + 1);
            }
        }
        p += nbytes + 2;
    }
    text_free(&text);
    return n;
}

static void every_reason_has_a_row(void **state)
{
    (void)state;
    unsigned n = check_source_file("src/reader/open.c");
    n += check_source_file("src/verify/verify.c");
    n += check_source_file("src/verify/check_strings.c");
    n += check_source_file("src/verify/check_tokens.c");
    n += check_source_file("src/verify/check_sources.c");
    assert_true(n > 60);
}

/* The files are good before they are damaged. */
static void the_files_are_good(void **state)
{
    (void)state;
    for (int i = 0; i < N_WHICH; i++) {
        struct parts parts = file_split(&files[i]);
        struct file file = file_join(&parts);
        assert_int_equal(file.nbytes, files[i].nbytes);
        assert_memory_equal(file.bytes, files[i].bytes, file.nbytes);
        assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
        file_free(&file);
    }
}

/* Bits that verify refuses today belong to whoever comes later (spec 3.2, 6). */
static void flags_of_sources_may_come_with_a_minor(void **state)
{
    struct parts parts = file_split(&files[RAW]);
    struct smcf_source *sources = (void *)part_find(&parts, SOURCES)->bytes.data;
    struct smc_source source;

    (void)state;
    parts.header.minor = smcf_put16(SMCF_MINOR + 1);
    sources[0].flags = 0xff;
    sources[1].flags = 0xfe;
    struct file file = file_join(&parts);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_verify(cache, NULL), SMC_OK);
    assert_int_equal(smc_source_get(cache, 0, &source), SMC_OK);
    assert_int_equal(source.has_content, 1);
    assert_int_equal(smc_source_get(cache, 1, &source), SMC_OK);
    assert_int_equal(source.has_content, 0);
    smc_close(cache);
    file_free(&file);
}

/* A table's rows are one test; its name says what they are about. */
#define TABLE_TEST(number, name)                                                                   \
    {                                                                                              \
        name, check_table, NULL, NULL, (void *)(uintptr_t)&tables[number]                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_are_good),
        TABLE_TEST(0, "header"),
        TABLE_TEST(1, "section_table"),
        TABLE_TEST(2, "shapes_of_sections"),
        TABLE_TEST(3, "digest_gaps_and_info"),
        TABLE_TEST(4, "strings_and_offset_lists"),
        TABLE_TEST(5, "tokens"),
        TABLE_TEST(6, "none_is_no_packed_value"),
        TABLE_TEST(7, "sources_and_contents"),
        cmocka_unit_test(flags_of_sources_may_come_with_a_minor),
        cmocka_unit_test(every_reason_has_a_row),
    };
    return cmocka_run_group_tests(tests, make_files, free_files);
}
