/*
 * Named damage: each check of verify has a row that makes one field wrong and expects exactly that check's
 * words. The digest is made right, so that it is the check that speaks. What opening notices is in
 * test_open.c.
 *
 * One test reads the checks' sources, and wants a row for every reason that is in there.
 */
#include "tests/unit/damage.h"
#include "tests/unit/features.h"

#include <sys/mman.h>

enum which { DEFLATE, RAW, EXTRA, EMPTY, SAME, SHORT_NAMES, FAR, LONG, WIDE, PIECE, N_WHICH };

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
    files[PIECE] = feature_file_of_piece((size_t)smcf_piece_nbytes_max(SMCF_CONTENT_BLOCK_MIN));
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
#define UNUSED "unused bits of packed values are not zero"
#define PRESENCE_BITS "presence bits do not fit the tokens of the block"
#define NO_VALUES "column without values has a width or a base"
#define CONTRADICT "flags of a block contradict each other"
#define UNREADABLE "block that cannot be read"
#define NO_SUCH "token with a source or name that does not exist"
#define FILL "sources do not fill the contents"
#define GROUP "bad group of an offset list"
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

/* ---- verify ---- */

static const struct row container_rows[] = {
    {RAW, UNSEALED, STRING_BYTES, BYTE(0), 'm', D, "content digest differs"},
    {RAW, UNSEALED, IN_HEADER, BYTE(32), 0, D, "content digest differs"},
    {RAW, UNSEALED, IN_HEADER, BYTE(48), 0, D, "content digest differs"},
    /* STRING_BYTES of both files does not end at a multiple of 8. */
    {RAW, SET, IN_GAP(STRING_BYTES), BYTE(0), 1, D, "gap between sections is not zero"},
    {DEFLATE, SET, IN_GAP(STRING_BYTES), BYTE(-1), 0x80, D, "gap between sections is not zero"},
    /* Of version 1.0 there are none; a newer minor may have them. */
    {RAW, SET, IN_HEADER, FIELD(smcf_header, may_ignore), 1, D, "unknown may-ignore flag"},
    {RAW, SET, IN_HEADER, FIELD(smcf_header, may_ignore), 0x80000000, D, "unknown may-ignore flag"},
    {RAW, INSERT, 0, NO_FIELD, 0, D, "unknown section"},
    {RAW, INSERT, INFO + 1, NO_FIELD, 8, D, "unknown section"},
    {RAW, INSERT, CONTENT + 1, NO_FIELD, 1, D, "unknown section"},
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
    {PIECE, ADD, CONTENT_DIRECTORY, 8, 8, 1, D, "content piece of too many bytes"},
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
    {RAW, SET, CONTENT, BYTE(0), 0xff, D, "content is not WTF-8"},
    {RAW, SET, CONTENT, BYTE(0), 0xe2, D, "content is not WTF-8"},
    {RAW, SET, CONTENT, BYTE(0), '\n', D, LINES},       /* a line too many */
    {RAW, SET, CONTENT, BYTE(3), '-', D, LINES},        /* one too few */
    {RAW, SET, CONTENT, BYTE(8), '\r', D, LINES},       /* LF CR is two */
    {RAW, SET, CONTENT, BYTE(21), '-', D, LINES},       /* the last line end */
    {RAW, SET, STRING_BYTES, BYTE(-14), 't', D, LINES}, /* r/c.css is no CSS any more */
};

#undef D

static const struct table tables[] = {
    TABLE("container", VERIFY, container_rows), TABLE("string", VERIFY, string_rows),
    TABLE("token", VERIFY, token_rows), TABLE("none", VERIFY, none_rows),
    TABLE("source", VERIFY, source_rows)};

static void check(void **state)
{
    check_table(files, *state);
}

static void the_files_are_good(void **state)
{
    (void)state;
    check_files(files, N_WHICH);
}

static void every_reason_has_a_row(void **state)
{
    static const char *const paths[] = {"src/verify/verify.c", "src/verify/check_strings.c",
                                        "src/verify/check_tokens.c", "src/verify/check_sources.c"};
    static const char *const others[] = {
        /* What no file can bring about, as an earlier check has refused it; it stays as a belt: the offset
         * list ascends, and ends within. */
        "string outside of STRING_BYTES",
        /* It has a test of its own. */
        "guard of BLOCKS too far from its start",
    };
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        n += check_reasons(paths[i], tables, COUNT_OF(tables), others, COUNT_OF(others));
    }
    assert_true(n > 40);
}

/* ---- verify alone ---- */

/* Starts of blocks have 32 bits. The file is larger than that, of memory that nobody touches. */
static void blocks_end_where_their_starts_do(void **state)
{
    static const uint64_t ends[] = {SMCF_BLOCKS_NBYTES_MAX, SMCF_BLOCKS_NBYTES_MAX + UINT64_C(1)};
    static const char *const reasons[] = {"bytes after the last block",
                                          "guard of BLOCKS too far from its start"};
    const struct file *small = &files[RAW];
    const size_t blocks = section_offset(small, BLOCKS, NULL);
    const size_t next = section_offset(small, SOURCES, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        const uint64_t nbytes = ends[i] + SMCF_GUARD_NBYTES;
        const uint64_t now = (blocks + nbytes + SMCF_ALIGN - 1) / SMCF_ALIGN * SMCF_ALIGN;
        const size_t room = (size_t)(now + small->nbytes - next);
        uint8_t *bytes = mmap(NULL, room, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (room != now + small->nbytes - next || bytes == MAP_FAILED) {
            print_message("no address space for a file of 4 GiB\n");
            skip();
        }
        memcpy(bytes, small->bytes, next);
        memcpy(bytes + now, small->bytes + next, small->nbytes - next);
        struct smcf_header *header = (void *)bytes;
        struct smcf_section *entries = (void *)(bytes + sizeof *header);
        header->file_nbytes = smcf_put64(room);
        for (uint32_t k = 0; k < smcf_get32(header->n_sections); k++) {
            const uint64_t off = smcf_get64(entries[k].off);
            if (smcf_get32(entries[k].id) == BLOCKS) {
                entries[k].nbytes = smcf_put64(nbytes);
            }
            entries[k].off = smcf_put64(off >= next ? off - next + now : off);
        }
        struct smc_error error = {SMC_OK, "", 0};
        assert_int_equal(verify_bytes(bytes, room, &error), SMC_E_DAMAGED);
        assert_string_equal(error.reason, reasons[i]);
        munmap(bytes, room);
    }
}

/* Bits that verify refuses today belong to whoever comes later (spec 3.2, 6). */
static void flags_and_sections_may_come_with_a_minor(void **state)
{
    struct parts parts = file_split(&files[RAW]);
    struct smcf_info *info = (void *)part_find(&parts, INFO)->bytes.data;
    struct smcf_source *sources = (void *)part_find(&parts, SOURCES)->bytes.data;
    struct smc_source source;

    (void)state;
    parts.header.minor = smcf_put16(SMCF_MINOR + 1);
    parts.header.may_ignore = smcf_put32(UINT32_MAX);
    info->flags = smcf_put32(~(uint32_t)SMCF_INFO_HAS_DEBUG_ID);
    part_insert(&parts, PADDING);
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
        name, check, NULL, NULL, (void *)(uintptr_t)&tables[number]                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_are_good),
        TABLE_TEST(0, "digest_gaps_and_info"),
        TABLE_TEST(1, "strings_and_offset_lists"),
        TABLE_TEST(2, "tokens"),
        TABLE_TEST(3, "none_is_no_packed_value"),
        TABLE_TEST(4, "sources_and_contents"),
        cmocka_unit_test(every_reason_has_a_row),
        cmocka_unit_test(blocks_end_where_their_starts_do),
        cmocka_unit_test(flags_and_sections_may_come_with_a_minor),
    };
    return cmocka_run_group_tests(tests, make_files, free_files);
}
