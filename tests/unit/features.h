/*
 * Two small files with every feature of the format, for tests that damage them. What the blocks of
 * tokens are like is asserted when they are made, so that a change of the builder cannot empty a test.
 */
#ifndef SMC_TESTS_UNIT_FEATURES_H
#define SMC_TESTS_UNIT_FEATURES_H

#include "tests/unit/support.h"

/* Blocks of the deflated file. */
enum feature_block {
    BLOCK_RECUR,  /* one line; every token has a source; names RECUR */
    BLOCK_SPARSE, /* many lines; sources SPARSE, source line FOLLOW, names SPARSE */
    BLOCK_FLAT,   /* source, source line, source column FOLLOW, name: all of width 0; the middle two
                     of base 0 */
    BLOCK_BARE,   /* no sources, no names */
    BLOCK_LAST,   /* ten tokens; sources SPARSE; bits left over in the keys */
    N_FEATURE_BLOCKS
};

/* The five blocks; contents deflated, in two pieces of 4,096 bytes, which one content spans. */
struct file feature_file_deflate(void);
/* A few tokens; contents raw. */
struct file feature_file_raw(void);

/* Sources of both files, in order: a content, none, CSS, null with a content, an empty content. */
#define FEATURE_SOURCES 5
#define FEATURE_NAMES 40

#endif
