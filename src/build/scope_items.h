/*
 * The items of a `scopes` string, each one checked for its fields and its place. Those to be ignored
 * (vendors' and unknown ones) are passed over.
 */
#ifndef SMC_BUILD_SCOPE_ITEMS_H
#define SMC_BUILD_SCOPE_ITEMS_H

#include "src/build/scopes.h"

/* Tags' numbers; the letters are their digits. */
enum smc_scope_tag {
    SMC_SCOPE_NO_TREE = 0,     /* A */
    SMC_SCOPE_START = 1,       /* B */
    SMC_SCOPE_END = 2,         /* C */
    SMC_SCOPE_VARIABLES = 3,   /* D */
    SMC_SCOPE_RANGE_START = 4, /* E */
    SMC_SCOPE_RANGE_END = 5,   /* F */
    SMC_SCOPE_BINDINGS = 6,    /* G */
    SMC_SCOPE_SUB_RANGE = 7,   /* H */
    SMC_SCOPE_CALL_SITE = 8    /* I */
};

/* Flags of B and of E. */
#define SMC_SCOPE_HAS_NAME 1
#define SMC_SCOPE_HAS_KIND 2
#define SMC_SCOPE_IS_STACK_FRAME 4
#define SMC_SCOPE_RANGE_HAS_LINE 1
#define SMC_SCOPE_RANGE_HAS_DEFINITION 2
#define SMC_SCOPE_RANGE_IS_FUNCTION 4
#define SMC_SCOPE_RANGE_IS_HIDDEN 8

#define SMC_SCOPE_HEAD_MAX 5

struct smc_scope_item {
    enum smc_scope_tag tag;
    const uint8_t *at;                   /* its first byte */
    uint32_t fields[SMC_SCOPE_HEAD_MAX]; /* its first fields, unsigned */
    size_t n_fields;                     /* those that count, lists included */
    const uint8_t *fields_at[SMC_SCOPE_HEAD_MAX];
    const uint8_t *too_large; /* the first field that counts and is; NULL: none */
};

struct smc_scope_reader {
    const struct smc_scopes_input *input;
    const uint8_t *next;           /* item; NULL: none */
    size_t depth;                  /* of scopes or of ranges: never both */
    int is_in_ranges;              /* there was a range: no more trees */
    unsigned may_take;             /* of D, G and I, those that may follow: a set of 1 << tag */
    struct smc_scopes_issue issue; /* after -1 */
    int is_quiet;                  /* does not warn */
};

/* 1 and the next item, 0 at the end of good text, or -1. */
int smc_scope_next(struct smc_scope_reader *reader, struct smc_scope_item *item);

/* The next field of a list: from fields_at[i] on; it has been checked. */
const uint8_t *smc_scope_field(const struct smc_scopes_input *input, const uint8_t *p,
                               uint32_t *value);

/* Warns if there is somebody to warn. */
void smc_scope_warn(const struct smc_scopes_input *input, const char *reason, const uint8_t *at);

#endif
