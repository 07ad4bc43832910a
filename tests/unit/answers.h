/*
 * All that a file answers, for tests that damage it. It lies at the end of its pages (or at the start), beside
 * one without access, so that a read beyond it crashes.
 */
#ifndef SMC_TESTS_UNIT_ANSWERS_H
#define SMC_TESTS_UNIT_ANSWERS_H

#include "tests/unit/support.h"

#define POSITIONS_MAX 600

/* The same ones, whatever becomes of the file that they were made for. */
struct questions {
    struct smc_position positions[POSITIONS_MAX];
    size_t n;
    unsigned round;        /* what takes long is asked in part, and another part each time */
    uint32_t n_tokens_max; /* of more tokens so many are asked for, all over the file */
};

/* One after the other. */
struct answers {
    struct text bytes;
    const uint8_t *start, *end; /* of the file */
    unsigned n_damaged;         /* that were not answered, or wrongly */
};

/* Of the questions, what is asked in one round where each takes long: every seventh. */
#define QUESTION_PARTS 7

struct questions make_questions(const struct file *file);
/* The same of any file that opens. */
struct questions questions_of(const smc_cache *cache);
/* Each n-th one is kept, and the first and the last ones. */
void questions_thin(struct questions *questions, size_t n);
/* Asserts that all views are inside of the file, and that all ways of looking up agree. Not asked: what the
 * file says of itself and of its input (version, sizes, digests). */
void ask_all(const smc_cache *cache, struct questions *questions, struct answers *answers);
uint64_t answers_digest(const struct answers *answers);

/* A copy of a file, to be damaged. */
struct damaged {
    const struct file *original;
    struct questions questions;
    uint64_t wanted; /* digest of the original's answers */
    struct guarded copy;
    struct answers answers;
};

void damaged_start(struct damaged *damaged, const struct file *file, enum guard_side side);
/* The same with other questions. */
void damaged_start_with(struct damaged *damaged, const struct file *file, enum guard_side side,
                        const struct questions *questions);
void damaged_end(struct damaged *damaged);
/* These bytes, and the digest, are the original's again. */
void damaged_restore(struct damaged *damaged, size_t at, size_t nbytes);
/* Asks all of another file, that is open; its bytes are at `copy`. */
void damaged_ask_other(struct damaged *damaged, const smc_cache *cache, const struct guarded *copy);

#endif
