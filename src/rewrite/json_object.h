/*
 * An object of JSON text, changed in place: what its members are, which of their values are to be others, and the text
 * with these, in which all other bytes are as they were.
 */
#ifndef SMC_REWRITE_JSON_OBJECT_H
#define SMC_REWRITE_JSON_OBJECT_H

#include "src/json/json.h"
#include "src/reader/smcache.h"

#define SMC_JSON_MEMBERS_MAX 16

struct smc_json_object {
    struct smc_json whole;
    const char *const *names;
    /* By the index in `names`: the value; of several members of one name the last, as for JSON.parse. ABSENT: none. */
    struct smc_json values[SMC_JSON_MEMBERS_MAX];
    /* The last member, after which others are added in the same style. Of an object without any it is ABSENT. */
    struct smc_json last_key, last_value;
    const uint8_t *last_lead; /* where the white space before it begins */
};

/* `names` has n entries, of which some may be NULL. What is no object has no members. */
void smc_json_object_read(struct smc_json_object *object, const struct smc_json *whole,
                          const char *const *names, size_t n);

/* ---- values ---- */

/* A string, unescaped; NULL if it is none. It is in the text, or in `room`, which must have room for three times as
 * many bytes as the string and SMC_JSON_PIECE_MIN, so that it does not move. */
struct smc_view smc_json_text_of(const struct smc_json *value, struct smc_buf *room);

/* A line or a column, counted from `base`, as one that is counted from 0: SMC_NONE if it is none, SMC_NONE - 1 if it is
 * too large. Digits in a string are a number, too. */
uint32_t smc_json_position_of(const struct smc_json *value, uint32_t base);

/* An integer of at least 0, or digits in a string; -1 if it is none. */
int64_t smc_json_integer_of(const struct smc_json *value);

/* A number, or digits in a string; 0 if it is none. Close to its double, but not always the nearest. */
double smc_json_number_of(const struct smc_json *value);

int smc_json_is_text(const struct smc_json *value, struct smc_view text);

/* ---- edits ---- */

struct smc_json_edits {
    size_t n;
    struct smc_json_edit {
        uint32_t member;
        size_t off, nbytes; /* in `text` */
    } list[SMC_JSON_MEMBERS_MAX];
    struct smc_buf text;
};

void smc_json_edits_clear(struct smc_json_edits *edits);

/* A member is to have this value, if it does not have it already. Text that is nothing is null. A number takes the form
 * that it had: digits in a string stay that. A member that is not there is added. Each member once. */
void smc_json_edit_text(struct smc_json_edits *edits, const struct smc_json_object *object,
                        uint32_t member, struct smc_view text);
void smc_json_edit_number(struct smc_json_edits *edits, const struct smc_json_object *object,
                          uint32_t member, uint64_t number);
/* What has been appended to edits->text since `off`, JSON of any kind. */
void smc_json_edit_raw(struct smc_json_edits *edits, uint32_t member, size_t off);

/* Appends the object with the edits. */
void smc_json_object_write(const struct smc_json_object *object, const struct smc_json_edits *edits,
                           struct smc_buf *to);

#endif
