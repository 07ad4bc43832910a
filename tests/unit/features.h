/*
 * Small files with every feature of the format, for tests that damage them. What the blocks of
 * tokens are like is asserted when they are made, so that a change of the builder cannot empty a test.
 */
#ifndef SMC_TESTS_UNIT_FEATURES_H
#define SMC_TESTS_UNIT_FEATURES_H

#include "tests/unit/support.h"

/* Blocks of the deflated file, and of that without contents. */
enum feature_block {
    BLOCK_SLOTS,  /* one line; every token has a source; 3 names of 6 bits in 114 slots of 2 bits */
    BLOCK_SPARSE, /* many lines; some have no source, source lines follow; 6 names of 5 bits */
    BLOCK_FLAT, /* token i has high part i; the rest is of width 0; source line and column have base
                     0, columns follow */
    BLOCK_BARE, /* no sources, no names */
    BLOCK_LAST, /* ten tokens of 7 bits, number 1 without a source; a slope of -1; no names */
    N_FEATURE_BLOCKS
};

/* The five blocks; contents deflated, in two pieces of 4,096 bytes, which one content spans. */
struct file feature_file_deflate(void);
/* The same, but that the first piece takes so many bytes: empty blocks come before its own. Only up to
 * smcf_piece_nbytes_max() it is a good file. */
struct file feature_file_of_piece(size_t nbytes);
/* Deflates the contents of a raw file in pieces of so many bytes, 4,096 or 8,192, which the builder does in larger
 * ones. `first_nbytes`: what the first one takes, or 0. */
struct file deflate_contents(const struct file *raw, uint32_t piece_nbytes, size_t first_nbytes);
/* The five blocks; no contents. */
struct file feature_file_none(void);
/* A few tokens; contents raw. */
struct file feature_file_raw(void);
/* Range mappings, an ignore list, a debug ID, names of sources that are not the raw ones, and bytecode: functions 0 and 1
 * of segment 0 start at 0 and 4, function 0 of segment 2 at 1. */
struct file feature_file_extra(void);

/* Two blocks of tokens on two lines; functions of all kinds, one for each way to write a name, and inlined calls. Their
 * runs are {0 ?, 3 top, 5 submit, 20 total, 21 (), 60 new, 61 ?, 64 submit}, {0 submit, 2 top, 5 bar, 11 ()}; functions
 * are top, (), submit, total, new, bar, generated, caller. */
#define FEATURE_FUNCTION_TOKENS 140
struct file feature_file_functions(void);

/* Sources of all but the last two, in order: a content, none, CSS, null with a content, an empty content. */
#define FEATURE_SOURCES 5
#define FEATURE_NAMES 40

#endif
