/*
 * The smcache file format, version 1: everything the reader and the builder share.
 *
 * This header is the one definition of the layout. spec/smcache-format.md says the same in prose;
 * section numbers below are the spec's. tests/spec checks one against the other.
 *
 * On-disk integers are structs of bytes, so that raw arithmetic on them does not compile and no
 * field needs an alignment. All of them are little-endian.
 */
#ifndef SMCACHE_FORMAT_H
#define SMCACHE_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- integers (spec 2) ---- */

struct smcf_le16 {
    uint8_t b[2];
};
struct smcf_le24 {
    uint8_t b[3];
};
struct smcf_le32 {
    uint8_t b[4];
};
struct smcf_le40 {
    uint8_t b[5];
};
struct smcf_le64 {
    uint8_t b[8];
};

static inline uint16_t smcf_get16(struct smcf_le16 v)
{
    return (uint16_t)(v.b[0] | (uint16_t)(v.b[1] << 8));
}

static inline uint32_t smcf_get24(struct smcf_le24 v)
{
    return (uint32_t)v.b[0] | (uint32_t)v.b[1] << 8 | (uint32_t)v.b[2] << 16;
}

static inline uint32_t smcf_get32(struct smcf_le32 v)
{
    return (uint32_t)v.b[0] | (uint32_t)v.b[1] << 8 | (uint32_t)v.b[2] << 16 |
           (uint32_t)v.b[3] << 24;
}

static inline uint64_t smcf_get40(struct smcf_le40 v)
{
    return (uint64_t)v.b[0] | (uint64_t)v.b[1] << 8 | (uint64_t)v.b[2] << 16 |
           (uint64_t)v.b[3] << 24 | (uint64_t)v.b[4] << 32;
}

static inline uint64_t smcf_get64(struct smcf_le64 v)
{
    return (uint64_t)v.b[0] | (uint64_t)v.b[1] << 8 | (uint64_t)v.b[2] << 16 |
           (uint64_t)v.b[3] << 24 | (uint64_t)v.b[4] << 32 | (uint64_t)v.b[5] << 40 |
           (uint64_t)v.b[6] << 48 | (uint64_t)v.b[7] << 56;
}

static inline struct smcf_le16 smcf_put16(uint16_t v)
{
    return (struct smcf_le16){{(uint8_t)v, (uint8_t)(v >> 8)}};
}

static inline struct smcf_le24 smcf_put24(uint32_t v)
{
    return (struct smcf_le24){{(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16)}};
}

static inline struct smcf_le32 smcf_put32(uint32_t v)
{
    return (struct smcf_le32){
        {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)}};
}

static inline struct smcf_le40 smcf_put40(uint64_t v)
{
    return (struct smcf_le40){{(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
                               (uint8_t)(v >> 24), (uint8_t)(v >> 32)}};
}

static inline struct smcf_le64 smcf_put64(uint64_t v)
{
    return (struct smcf_le64){{(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
                               (uint8_t)(v >> 24), (uint8_t)(v >> 32), (uint8_t)(v >> 40),
                               (uint8_t)(v >> 48), (uint8_t)(v >> 56)}};
}

/* ---- constants ---- */

/* Spec 3.1. A high byte, CR LF, ^Z and LF: any text-mode transfer damages at least one of them. */
#define SMCF_MAGIC "\x89SMC\r\n\x1a\n"
#define SMCF_MAGIC_NBYTES 8

#define SMCF_MAJOR 1
#define SMCF_MINOR 0

/* Flags (spec 3.2) this version knows; any other must-understand flag refuses the file. */
#define SMCF_MUST_UNDERSTAND_KNOWN UINT32_C(0)
#define SMCF_MAY_IGNORE_KNOWN UINT32_C(0)

/* More sections than any version will have; bounds the work of opening (spec 3.1). */
#define SMCF_SECTIONS_MAX 1024

/* "No string", "no source": never a valid index. So indices and positions stay below it. */
#define SMCF_NONE UINT32_C(0xffffffff)

/* Every section starts at a multiple of this (spec 3.3). */
#define SMCF_ALIGN 8

/* Bit-packed sections end with so many zero bytes, so that a reader may fetch any value with one
 * 8-byte load (spec 2.3). */
#define SMCF_GUARD_NBYTES 8

/* Tokens in a block, but for the last block (spec 5). */
#define SMCF_BLOCK_TOKENS 128
/* Entries of a level of the directory under one of the level above (spec 5.1). */
#define SMCF_FANOUT 16
/* Values in a group of an offset list (spec 4): 64 values of w bits are exactly w 8-byte words. */
#define SMCF_GROUP_VALUES 64
/* Widest packed value of a block's column and of an offset list. */
#define SMCF_COLUMN_WIDTH_MAX 32
#define SMCF_OFFSET_WIDTH_MAX 56
/* Where a block starts takes 32 bits (spec 5.1). */
#define SMCF_BLOCKS_NBYTES_MAX UINT32_MAX
/* The last generated line there can be: as signed numbers, positions order as well (spec 5.1). */
#define SMCF_LINE_MAX UINT32_C(0x7ffffffe)

/* Lines are counted for stretches of so many bytes of the content stream (spec 7.3). It divides the
 * size of a content block: no stretch is in two of them. */
#define SMCF_STRETCH_NBYTES 2048
/* What a le40 holds: the largest content stream. */
#define SMCF_STREAM_NBYTES_MAX UINT64_C(0xffffffffff)

/* Content blocks (spec 7.2) inflate to a power of two of bytes between these. */
#define SMCF_CONTENT_BLOCK_MIN UINT32_C(4096)
#define SMCF_CONTENT_BLOCK_MAX UINT32_C(1048576)

/* Longer names of sources are none of CSS (spec 7.1): telling takes bounded time. */
#define SMCF_CSS_NAME_NBYTES_MAX 4096

/* Section ids (spec 3.4), in file order: what a lookup touches comes first. Gaps leave room. */
enum smcf_section_id {
    SMCF_SECTION_INFO = 0x10,
    SMCF_SECTION_DIRECTORY = 0x30,
    SMCF_SECTION_BLOCKS = 0x40,
    SMCF_SECTION_RANGES = 0x48,
    SMCF_SECTION_RUN_OFFSETS = 0x4a,
    SMCF_SECTION_RUNS = 0x4b,
    SMCF_SECTION_FUNCTIONS = 0x4c,
    SMCF_SECTION_INLINED = 0x4e,
    SMCF_SECTION_CALL_SITES = 0x4f,
    SMCF_SECTION_SOURCES = 0x50,
    SMCF_SECTION_RAW_SOURCES = 0x58,
    SMCF_SECTION_STRING_OFFSETS = 0x60,
    SMCF_SECTION_STRING_BYTES = 0x70,
    SMCF_SECTION_BYTECODE_SEGMENTS = 0x78,
    SMCF_SECTION_BYTECODE_OFFSETS = 0x7a,
    SMCF_SECTION_LINE_COUNTS = 0x80,
    SMCF_SECTION_CONTENT_DIRECTORY = 0x90,
    SMCF_SECTION_CONTENT = 0xa0
};

/* Encodings of the CONTENT section (spec 7.2). Every other section has encoding 0. */
enum smcf_content_encoding { SMCF_CONTENT_RAW = 0, SMCF_CONTENT_DEFLATE = 1 };

/* Flags of a block (spec 5.2). */
enum smcf_block_flag {
    SMCF_BLOCK_LINES = 0x01,          /* its tokens are on several lines */
    SMCF_BLOCK_SOURCES = 0x02,        /* tokens have sources */
    SMCF_BLOCK_SPARSE_SOURCES = 0x04, /* but not all, and a bitmap says which */
    SMCF_BLOCK_FOLLOW_LINE = 0x08,    /* source lines are relative to generated lines, */
    SMCF_BLOCK_FOLLOW_COLUMN = 0x10,  /* source columns to generated columns */
    SMCF_BLOCK_NAMES = 0x20,          /* tokens have names */
    SMCF_BLOCK_SPARSE_NAMES = 0x40,   /* but not all, and a bitmap says which */
    SMCF_BLOCK_NAME_SLOTS = 0x80      /* each name that occurs is stored once */
};

/* The columns of a block that have a width and a base. */
enum smcf_column {
    SMCF_COLUMN_SOURCE = 0,
    SMCF_COLUMN_SOURCE_LINE = 1,
    SMCF_COLUMN_SOURCE_COLUMN = 2,
    SMCF_COLUMN_NAME = 3,
    SMCF_N_COLUMNS = 4
};

#define SMCF_BITMAP_NBYTES (SMCF_BLOCK_TOKENS / 8)

/* Highs of a block (spec 5.2): a one for each token, a zero for each step of the high part. */
#define SMCF_HIGHS_NBYTES (2 * SMCF_BLOCK_TOKENS / 8)
#define SMCF_HIGH_MAX (SMCF_BLOCK_TOKENS - 1)
#define SMCF_LINE_SLOPE_NONE 128
/* Of low_slot_widths, the low width has the lowest bits, the slot width the others. */
#define SMCF_LOW_WIDTH_NBITS 5
/* Greatest bases (spec 5.2). */
#define SMCF_SOURCE_BASE_MAX UINT16_MAX
#define SMCF_COLUMN_BASE_MAX INT16_MAX
#define SMCF_LINE_BASE_MAX 0x7fffff
#define SMCF_NAME_BASE_MAX 0xffffff
#define SMCF_LOW_WIDTH_MAX 25 /* 2^32 / 128 */

#define SMCF_NAME_INDIRECT UINT16_MAX

/* Bits of a run's token (spec 5.6): each is one of a block. */
#define SMCF_RUN_TOKEN_WIDTH 7
#define SMCF_RUN_FUNCTION_WIDTH_MAX 32
#define SMCF_RUN_BASE_MAX 0xffffff

/* Functions without a name that there can be: of two kinds, from six origins (spec 5.7). */
#define SMCF_NAMELESS_MAX 12
/* Bits of kind, origin, prefix and joint. */
#define SMCF_KIND_WIDTH 2
#define SMCF_ORIGIN_WIDTH 3
#define SMCF_PREFIX_WIDTH 2
#define SMCF_JOINT_WIDTH 2
/* Widest index of a string. */
#define SMCF_NAME_WIDTH_MAX 32

enum smcf_source_flag {
    SMCF_SOURCE_HAS_CONTENT = 1,
    SMCF_SOURCE_IGNORED = 2 /* it is on the map's ignoreList */
    /* All other bits are reserved: zero. */
};

/* What is known of a function (spec 5.7). */
enum smcf_function_kind {
    SMCF_FUNCTION_UNKNOWN = 0,   /* nothing: no function of a file is that */
    SMCF_FUNCTION_TOP_LEVEL = 1, /* it is none: code outside of any function */
    SMCF_FUNCTION_ANONYMOUS = 2, /* it has no name */
    SMCF_FUNCTION_NAMED = 3
};

/* Where a function's name, or that it has none, comes from (spec 5.7). */
enum smcf_name_origin {
    SMCF_NAME_NONE = 0,         /* from nowhere: no function of a file has that */
    SMCF_NAME_SCOPES = 1,       /* the map's `scopes` (ECMA-426 proposal) */
    SMCF_NAME_FACEBOOK = 2,     /* x_facebook_sources */
    SMCF_NAME_BLOOMBERG = 3,    /* x_com_bloomberg_sourcesFunctionMappings */
    SMCF_NAME_ORIGINAL = 4,     /* the content of the source */
    SMCF_NAME_MINIFIED = 5,     /* the generated file, its names led through the map */
    SMCF_NAME_MINIFIED_TEXT = 6 /* the generated file, as it is there: the map has no name for it */
};

/* What a name begins with, before its qualifier (spec 5.7). */
enum smcf_name_prefix {
    SMCF_PREFIX_NONE = 0,
    SMCF_PREFIX_NEW = 1,
    SMCF_PREFIX_GET = 2,
    SMCF_PREFIX_SET = 3
};

/* What is between its qualifier and its last component (spec 5.7). */
enum smcf_name_joint { SMCF_JOINT_NONE = 0, SMCF_JOINT_DOT = 1, SMCF_JOINT_HASH = 2 };

/* Flags of an extent of INLINED (spec 5.8). */
enum smcf_inlined_flag {
    SMCF_INLINED_HIDDEN = 1 /* in a function that only the generated file has */
    /* All other bits are reserved: zero. */
};

enum smcf_info_flag {
    SMCF_INFO_HAS_DEBUG_ID = 1
    /* All other bits are reserved: zero. */
};

/* ---- structs ---- */

struct smcf_header {                  /* spec 3.1 */
    uint8_t magic[SMCF_MAGIC_NBYTES]; /*   0 */
    struct smcf_le16 major;           /*   8  layout; a reader refuses another one */
    struct smcf_le16 minor;           /*  10  grows with additions that old readers may ignore */
    struct smcf_le32 header_nbytes;   /*  12  128 */
    struct smcf_le32 must_understand; /*  16  an unknown bit refuses the file */
    struct smcf_le32 may_ignore;      /*  20  an unknown bit is ignored */
    struct smcf_le64 file_nbytes;     /*  24 */
    uint8_t content_digest[16];       /*  32  XXH3-128 of the file, these 16 bytes taken as zero */
    uint8_t input_digest[16];         /*  48  XXH3-128 of the source map as it was given */
    struct smcf_le64 input_nbytes;    /*  64 */
    struct smcf_le32 n_sections;      /*  72 */
    uint8_t reserved[52];             /*  76  zero */
};

struct smcf_section {          /* spec 3.3 */
    struct smcf_le32 id;       /*   0  ascending, none twice */
    struct smcf_le32 encoding; /*   4 */
    struct smcf_le64 off;      /*   8  from the start of the file, a multiple of 8, ascending */
    struct smcf_le64 nbytes;   /*  16 */
    struct smcf_le64 count;    /*  24  entries; what an entry is, the section's chapter says */
};

struct smcf_info {                         /* spec 3.5 */
    struct smcf_le32 n_names;              /*   0  strings 0 .. n_names - 1 are the names */
    struct smcf_le32 file;                 /*   4  string of the map's `file`, or NONE */
    struct smcf_le32 source_root;          /*   8  string of the map's `sourceRoot`, or NONE */
    struct smcf_le32 n_lines;              /*  12  generated lines that `mappings` speaks of */
    struct smcf_le32 content_block_nbytes; /*  16  inflated size of a content block, or 0 */
    struct smcf_le32 flags;                /*  20 */
    uint8_t reserved[8];                   /*  24  zero */
    uint8_t debug_id[16];                  /*  32  the map's debug ID, or zeros */
    uint8_t recipe_digest[16];             /*  48  of what the file was made by, beside the map */
};

struct smcf_position { /* spec 5.1: as one le64 it orders like positions do */
    struct smcf_le32 column;
    struct smcf_le32 line;
};

/* The upper two bits of each width are a tag for other encodings of that column: zero. */
struct smcf_block {                 /* spec 5.2 */
    uint8_t low_slot_widths;        /*   0  bits; low width 0 .. 25, slot width 0 .. 7: see below */
    uint8_t column_width;           /*   1  bits; 0 .. 32; 0 without SMCF_BLOCK_LINES */
    uint8_t widths[SMCF_N_COLUMNS]; /*   2  bits; 0 .. 32 */
    uint8_t flags;                  /*   6 */
    uint8_t line_slope;             /*   7  source lines a token, in 1/16, plus 128 */
    struct smcf_le16 source_base;   /*   8 */
    struct smcf_le16 column_base;   /*  10  source column; signed */
    struct smcf_le24 line_base;     /*  12  source line; signed */
    struct smcf_le24 name_base;     /*  15 */
};

/* The content and its lines end where those of the next source start. */
struct smcf_source {              /* spec 6 */
    struct smcf_le32 name_off;    /*   0  from the start of STRING_BYTES; or see name_nbytes */
    struct smcf_le32 first_line;  /*   4  number of lines of all contents before */
    struct smcf_le40 content_off; /*   8  from the start of the content stream */
    uint8_t flags;                /*  13 */
    struct smcf_le16 name_nbytes; /*  14  SMCF_NAME_INDIRECT: name_off is a string, or NONE */
};

struct smcf_offset_group {       /* spec 4 */
    struct smcf_le64 base;       /*   0 */
    struct smcf_le32 first_word; /*   8  of the group's packed values, in 8-byte words */
    struct smcf_le16 slope;      /*  12  a value, in 1/256 */
    uint8_t width;               /*  14  bits; 0 .. 56 */
    uint8_t reserved;            /*  15  zero */
};

struct smcf_runs {         /* spec 5.6 */
    uint8_t last_run;      /*   0  number of runs, minus one: 0 .. 127 */
    uint8_t width;         /*   1  bits of a run's function; 0 .. 32 */
    struct smcf_le24 base; /*   2  of functions that have a name */
};

struct smcf_functions {                  /* spec 5.7 */
    uint8_t last_width;                  /*   0  bits; 0 .. 32 */
    uint8_t qualifier_width;             /*   1  bits; 0 .. 32 */
    uint8_t n_nameless;                  /*   2 */
    uint8_t reserved;                    /*   3  zero */
    uint8_t nameless[SMCF_NAMELESS_MAX]; /*   4  kind, and origin above it; strictly ascending */
};

struct smcf_inlined {              /* spec 5.8 */
    struct smcf_position position; /*   0 */
    struct smcf_le32 call_site;    /*   8  or NONE */
    struct smcf_le32 function;     /*  12  or NONE */
    uint8_t flags;                 /*  16 */
};

struct smcf_call_site {             /* spec 5.8 */
    struct smcf_le32 source;        /*   0 */
    struct smcf_le32 source_line;   /*   4 */
    struct smcf_le32 source_column; /*   8 */
    struct smcf_le32 function;      /*  12  or NONE */
    struct smcf_le32 next;          /*  16  less than its own index, or NONE */
};

/* Its offsets begin where those of the segment before end. */
struct smcf_bytecode_segment {    /* spec 5.9 */
    struct smcf_le32 segment;     /*   0  a generated line; strictly ascending */
    struct smcf_le32 offsets_end; /*   4  index in BYTECODE_OFFSETS; strictly ascending */
};

/* ---- size and offset asserts ---- */

_Static_assert(SMCF_CONTENT_BLOCK_MIN % SMCF_STRETCH_NBYTES == 0, "spec 7.3");
_Static_assert(SMCF_BLOCK_TOKENS == 1 << SMCF_RUN_TOKEN_WIDTH, "spec 5.6");
_Static_assert(SMCF_NAMELESS_MAX >= 2 * SMCF_NAME_MINIFIED_TEXT, "spec 5.7");
_Static_assert(SMCF_FUNCTION_NAMED < 1 << SMCF_KIND_WIDTH &&
                   SMCF_NAME_MINIFIED_TEXT < 1 << SMCF_ORIGIN_WIDTH &&
                   SMCF_PREFIX_SET < 1 << SMCF_PREFIX_WIDTH &&
                   SMCF_JOINT_HASH < 1 << SMCF_JOINT_WIDTH,
               "spec 5.7");

#define SMCF_ASSERT_FIELD(type, field, off)                                                        \
    _Static_assert(offsetof(struct type, field) == (off), #type "." #field)
#define SMCF_ASSERT_SIZE(type, nbytes)                                                             \
    _Static_assert(sizeof(struct type) == (nbytes) && _Alignof(struct type) == 1, #type)

SMCF_ASSERT_FIELD(smcf_header, file_nbytes, 24);
SMCF_ASSERT_FIELD(smcf_header, content_digest, 32);
SMCF_ASSERT_FIELD(smcf_header, input_digest, 48);
SMCF_ASSERT_FIELD(smcf_header, n_sections, 72);
SMCF_ASSERT_SIZE(smcf_header, 128);
SMCF_ASSERT_FIELD(smcf_section, off, 8);
SMCF_ASSERT_FIELD(smcf_section, count, 24);
SMCF_ASSERT_SIZE(smcf_section, 32);
SMCF_ASSERT_FIELD(smcf_info, content_block_nbytes, 16);
SMCF_ASSERT_FIELD(smcf_info, debug_id, 32);
SMCF_ASSERT_FIELD(smcf_info, recipe_digest, 48);
SMCF_ASSERT_SIZE(smcf_info, 64);
SMCF_ASSERT_SIZE(smcf_position, 8);
SMCF_ASSERT_FIELD(smcf_block, flags, 6);
SMCF_ASSERT_FIELD(smcf_block, line_base, 12);
SMCF_ASSERT_SIZE(smcf_block, 18);
SMCF_ASSERT_FIELD(smcf_source, content_off, 8);
SMCF_ASSERT_FIELD(smcf_source, name_nbytes, 14);
SMCF_ASSERT_SIZE(smcf_source, 16);
SMCF_ASSERT_FIELD(smcf_offset_group, first_word, 8);
SMCF_ASSERT_SIZE(smcf_offset_group, 16);
SMCF_ASSERT_FIELD(smcf_runs, base, 2);
SMCF_ASSERT_SIZE(smcf_runs, 5);
SMCF_ASSERT_FIELD(smcf_functions, nameless, 4);
SMCF_ASSERT_SIZE(smcf_functions, 16);
SMCF_ASSERT_FIELD(smcf_inlined, call_site, 8);
SMCF_ASSERT_FIELD(smcf_inlined, flags, 16);
SMCF_ASSERT_SIZE(smcf_inlined, 17);
SMCF_ASSERT_FIELD(smcf_call_site, function, 12);
SMCF_ASSERT_SIZE(smcf_call_site, 20);
SMCF_ASSERT_FIELD(smcf_bytecode_segment, offsets_end, 4);
SMCF_ASSERT_SIZE(smcf_bytecode_segment, 8);

/* Bytes that n packed values of so many bits take, before any guard (spec 2.3). */
static inline uint64_t smcf_packed_nbytes(uint64_t n, unsigned width)
{
    return (n * width + 7) / 8;
}

/* What the slope of a block's source lines adds to that of token i, modulo 2^32 (spec 5.2). */
static inline uint32_t smcf_line_slope_at(uint8_t line_slope, unsigned i)
{
    return (line_slope * i >> 4) - 8 * i;
}

/* The most bytes that a piece of n inflated bytes takes in CONTENT (spec 7.2). */
static inline uint64_t smcf_piece_nbytes_max(uint64_t n)
{
    return n + n / 256 + 64;
}

/* Entries of a level of the directory above one of n (spec 5.1). */
static inline uint32_t smcf_level_above(uint32_t n)
{
    return n / SMCF_FANOUT + (n % SMCF_FANOUT != 0);
}

/* Bits of what FUNCTIONS has of a function with a name (spec 5.7). */
static inline unsigned smcf_function_width(const struct smcf_functions *functions)
{
    return 0U + functions->last_width + functions->qualifier_width + SMCF_ORIGIN_WIDTH +
           SMCF_PREFIX_WIDTH + SMCF_JOINT_WIDTH;
}

/* Bits that hold every value up to and with `max`. */
static inline unsigned smcf_bit_width(uint64_t max)
{
#if defined(__GNUC__)
    return 63 - (unsigned)__builtin_clzll(max | 1) + (max != 0);
#else
    unsigned width = 0;
    while (max != 0) {
        width++;
        max >>= 1;
    }
    return width;
#endif
}

/* Of the first byte of a block's header (spec 5.2). */
static inline unsigned smcf_low_width(unsigned low_slot_widths)
{
    return low_slot_widths & ((1U << SMCF_LOW_WIDTH_NBITS) - 1);
}

static inline unsigned smcf_slot_width(unsigned low_slot_widths)
{
    return (low_slot_widths & 0xff) >> SMCF_LOW_WIDTH_NBITS;
}

/* The base of source lines and of source columns of a block, modulo 2^32 (spec 5.2). */
static inline uint32_t smcf_line_base(const struct smcf_block *block)
{
    return (smcf_get24(block->line_base) ^ UINT32_C(0x800000)) - UINT32_C(0x800000);
}

static inline uint32_t smcf_column_base(const struct smcf_block *block)
{
    return (smcf_get16(block->column_base) ^ UINT32_C(0x8000)) - UINT32_C(0x8000);
}

/* The texts of enum smcf_name_prefix and enum smcf_name_joint; NULL: there is no such one (spec 5.7). */
static inline const char *smcf_prefix_text(unsigned prefix)
{
    static const char *const texts[] = {"", "new ", "get ", "set "};
    return prefix < sizeof texts / sizeof texts[0] ? texts[prefix] : NULL;
}

static inline const char *smcf_joint_text(unsigned joint)
{
    static const char *const texts[] = {"", ".", "#"};
    return joint < sizeof texts / sizeof texts[0] ? texts[joint] : NULL;
}

/*
 * Whether a file was one of ours before a transfer as text changed its magic: the high byte lost
 * its top bit, became UTF-8 (of U+0089 or U+FFFD) or a question mark, a byte order mark came before
 * it, or the line ends were converted. No JSON text begins like that.
 */
static inline int smcf_is_text_damaged(const void *bytes, size_t nbytes)
{
    const uint8_t *p = (const uint8_t *)bytes;

    if (nbytes < 8 || (p[0] >= 0x20 && p[0] < 0x7f && p[0] != '?') ||
        memcmp(p, SMCF_MAGIC, 8) == 0) {
        return 0;
    }
    for (size_t i = 1; i <= 4; i++) {
        if (memcmp(p + i, "SMC", 3) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether the lines of a source of that name end by the rule of CSS (spec 7.1). */
static inline int smcf_is_css_name(const void *name, size_t nbytes)
{
    static const char *const extensions[] = {".css", ".scss", ".sass", ".less", ".styl", ".pcss"};
    const char *text = (const char *)name;
    size_t n = 0;

    if (nbytes > SMCF_CSS_NAME_NBYTES_MAX) {
        return 0;
    }
    while (n < nbytes && text[n] != '?' && text[n] != '#') {
        n++;
    }
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        size_t length = strlen(extensions[i]);
        if (n >= length && memcmp(text + n - length, extensions[i], length) == 0) {
            return 1;
        }
    }
    return 0;
}

#endif
