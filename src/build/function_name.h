/*
 * Names of functions on their way into the table: as maps have them, where each is one string, like `Foo.bar` or
 * `Foo#bar`, and as a scan of a text makes them.
 */
#ifndef SMC_BUILD_FUNCTION_NAME_H
#define SMC_BUILD_FUNCTION_NAME_H

#include "src/build/function_table.h"

static inline int smc_name_starts_with(const uint8_t *name, size_t nbytes, const char *text)
{
    return nbytes >= strlen(text) && memcmp(name, text, strlen(text)) == 0;
}

static inline int smc_name_is(const uint8_t *name, size_t nbytes, const char *text)
{
    return nbytes == strlen(text) && smc_name_starts_with(name, nbytes, text);
}

/*
 * How long the last component of a name is, which is the end of it: what follows the last `.` or `#`, if anything does.
 * The `#` of a private name belongs to it (`Foo.#x` ends with `#x`, `Foo#x` with `x`), and `get `, `set ` and `new ` do
 * not (`get x` ends with `x`). What is in `<...>` or in quotes is one piece, if it is closed. Never 0 but for an empty
 * name.
 */
size_t smc_name_last_nbytes(const uint8_t *name, size_t nbytes);

/* The function of the table that a map means by a name. What Metro calls `<global>`, and Bloomberg's pasta
 * `<top-level>`, is code outside of any function; `<anonymous>` and the empty name are a function without one.
 * SMCF_NONE: no memory or room. */
uint32_t smc_function_of_name(struct smc_function_table *table, const uint8_t *name, size_t nbytes,
                              unsigned origin);

/*
 * Room for the names that a scan makes of one text. A name has whatever is around its function, so that functions of a
 * few bytes each could have names of a thousand: the table would be a hundred times as large as the text. Names of real
 * texts are less than half as long as these, together.
 */
#define SMC_NAME_ROOM_RATIO 8

static inline uint64_t smc_name_room(size_t text_nbytes)
{
    return (uint64_t)text_nbytes * SMC_NAME_ROOM_RATIO;
}

/* The function of the table by such a name, which takes its part of *room. One that is longer than what is left is its
 * last component alone: of these there are no more than words, in the text or in the map. An empty one is a function
 * without a name. SMCF_NONE: no memory or room. */
uint32_t smc_function_of_scan(struct smc_function_table *table, uint64_t *room, const uint8_t *name,
                              size_t nbytes, size_t last_nbytes, unsigned origin);

/* The same of several: onto the table's list. */
void smc_function_list_of_scan(struct smc_function_table *table, uint64_t *room,
                               const uint8_t *name, size_t nbytes, size_t last_nbytes,
                               unsigned origin);

#endif
