/*
 * The scanner of JSON against another parser, jansson: both take a text or both refuse it, and all values are the same. So
 * are those of all variants of the hot loops, and of walks over text that has been trusted. The first byte chooses whether
 * a prefix is skipped, and how long the pieces are that strings are unescaped in.
 *
 * sources: src/json
 * support: src/base tests/fuzz/plain_json.c
 * libraries: jansson
 */
#include "src/json/json.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/fuzz/plain_json.h"

#include <math.h>
#include <string.h>

#define PIECE_MAX 200
#define N_DIGITS 2 /* 99e99 is far from infinity */

static size_t piece_nbytes;

/* A string's inside, unescaped piece by piece; to be freed. */
static uint8_t *unescape(const struct smc_json *string, size_t *nbytes)
{
    const uint8_t *p = string->start + 1, *end = string->end - 1;
    uint8_t *text = malloc(3 * (size_t)(end - p) + 1); /* U+FFFD for each byte */
    uint8_t *piece = malloc(piece_nbytes);

    must_hold(text != NULL && piece != NULL, "no memory");
    *nbytes = 0;
    while (p < end) {
        size_t n;
        const uint8_t *next = smc_json_unescape(p, end, piece, piece_nbytes, &n);
        must_hold(next > p && next <= end && n <= piece_nbytes, "unescaping goes astray");
        memcpy(text + *nbytes, piece, n);
        *nbytes += n;
        p = next;
    }
    free(piece);
    return text;
}

static void compare_string(const struct smc_json *ours, const json_t *plain)
{
    size_t nbytes;
    uint8_t *text = unescape(ours, &nbytes);
    int is_plain = 1;

    for (const uint8_t *p = ours->start + 1; p < ours->end - 1; p++) {
        is_plain &= *p < 0x80 && *p != '\\';
    }
    must_hold(plain_is_string(plain, text, nbytes), "another string");
    must_hold(smc_json_is_plain(ours) == is_plain, "another opinion of what is plain");
    must_hold(smc_json_equals(ours, "sources") == (nbytes == 7 && memcmp(text, "sources", 7) == 0),
              "another opinion of what is equal");
    free(text);
}

static void compare_number(const struct smc_json *ours, const json_t *plain)
{
    char text[32], *all = malloc((size_t)(ours->end - ours->start) + 1);
    int64_t integer, wanted = -1;

    plain_number(ours->start, ours->end, N_DIGITS, text, sizeof text);
    must_hold(strtod(text, NULL) == json_number_value(plain), "another number");

    must_hold(all != NULL, "no memory");
    memcpy(all, ours->start, (size_t)(ours->end - ours->start));
    all[ours->end - ours->start] = 0;
    const double value = strtod(all, NULL);
    if (value >= 0 && value < HUGE_VAL && (value >= 0x1p53 || (double)(int64_t)value == value)) {
        wanted = value < (double)SMC_JSON_INTEGER_MAX ? (int64_t)value : SMC_JSON_INTEGER_MAX;
    }
    must_hold(smc_json_integer(ours, &integer) == (wanted < 0 ? -1 : 0) &&
                  (wanted < 0 || integer == wanted),
              "another integer");
    free(all);
}

static void compare(const struct smc_json *ours, json_t *plain);

static void compare_array(const struct smc_json *ours, json_t *plain)
{
    struct smc_json_walk walk = smc_json_walk(ours);
    struct smc_json element;
    size_t n = 0;

    while (smc_json_next_element(&walk, &element)) {
        must_hold(n < json_array_size(plain), "an element too much");
        compare(&element, json_array_get(plain, n++));
    }
    must_hold(n == json_array_size(plain), "an element is missing");
}

struct member {
    char *key; /* as jansson has it */
    size_t key_nbytes;
    struct smc_json value;
};

static struct member *list_members(const struct smc_json *ours, size_t *n)
{
    struct smc_json_walk walk = smc_json_walk(ours);
    struct member *members = malloc((size_t)(ours->end - ours->start) * sizeof *members);
    struct smc_json key;

    must_hold(members != NULL, "no memory");
    for (*n = 0; smc_json_next_member(&walk, &key, &members[*n].value); ++*n) {
        size_t nbytes;
        must_hold(key.type == SMC_JSON_STRING, "a key that is no string");
        uint8_t *text = unescape(&key, &nbytes);
        members[*n].key = plain_text(text, nbytes, &members[*n].key_nbytes);
        free(text);
    }
    return members;
}

static void compare_object(const struct smc_json *ours, json_t *plain)
{
    size_t n, n_found = 0;
    struct member *members = list_members(ours, &n);

    for (void *it = json_object_iter(plain); it != NULL; it = json_object_iter_next(plain, it)) {
        const char *key = json_object_iter_key(it);
        const size_t key_nbytes = json_object_iter_key_len(it);
        const struct smc_json *last = NULL;
        for (size_t i = 0; i < n; i++) {
            if (members[i].key_nbytes == key_nbytes &&
                memcmp(members[i].key, key, key_nbytes) == 0) {
                last = &members[i].value;
                n_found++;
            }
        }
        must_hold(last != NULL, "a member is missing");
        compare(last, json_object_iter_value(it));
    }
    must_hold(n_found == n, "a member too much");
    for (size_t i = 0; i < n; i++) {
        free(members[i].key);
    }
    free(members);
}

static void compare(const struct smc_json *ours, json_t *plain)
{
    switch (json_typeof(plain)) {
    case JSON_OBJECT:
        must_hold(ours->type == SMC_JSON_OBJECT, "no object");
        compare_object(ours, plain);
        break;
    case JSON_ARRAY:
        must_hold(ours->type == SMC_JSON_ARRAY, "no array");
        compare_array(ours, plain);
        break;
    case JSON_STRING:
        must_hold(ours->type == SMC_JSON_STRING, "no string");
        compare_string(ours, plain);
        break;
    case JSON_INTEGER: /* there is none: all are reals */
    case JSON_REAL:
        must_hold(ours->type == SMC_JSON_NUMBER, "no number");
        compare_number(ours, plain);
        break;
    case JSON_TRUE:
        must_hold(ours->type == SMC_JSON_TRUE, "not true");
        break;
    case JSON_FALSE:
        must_hold(ours->type == SMC_JSON_FALSE, "not false");
        break;
    case JSON_NULL:
        must_hold(ours->type == SMC_JSON_NULL, "not null");
        break;
    }
}

/* Where and why a text is refused, if it is. */
static struct smc_json_error check(const uint8_t *bytes, size_t nbytes, int skips_xssi,
                                   json_t *plain)
{
    struct smc_json_text text, trusted;
    struct smc_json root, trusted_root;
    struct smc_json_error error = {NULL, NULL};

    if (smc_json_check(&text, bytes, nbytes, skips_xssi, &root, &error) == 0) {
        must_hold(plain != NULL, "a text that is not JSON is taken");
        compare(&root, plain);
        smc_json_trust(&trusted, root.start, (size_t)(root.end - root.start), &trusted_root);
        compare(&trusted_root, plain);
        smc_json_text_free(&trusted);
    } else {
        must_hold(plain == NULL, "a text that is JSON is refused");
        must_hold(error.reason != NULL && error.at >= bytes && error.at <= bytes + nbytes,
                  "refused without a reason or a place");
    }
    smc_json_text_free(&text);
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    enum plain_verdict verdict;

    if (nbytes == 0) {
        return 0;
    }
    const int skips_xssi = data[0] & 1;
    piece_nbytes = SMC_JSON_PIECE_MIN + data[0] / 2 % PIECE_MAX;
    json_t *plain = plain_parse(data + 1, nbytes - 1, skips_xssi, N_DIGITS, &verdict);
    if (verdict == PLAIN_BEYOND) {
        return 0;
    }
    struct smc_json_error first = {NULL, NULL};
    for (int level = SMC_CPU_SCALAR; level <= SMC_CPU_AVX2; level++) {
        smc_cpu_set_limit((enum smc_cpu_level)level);
        const struct smc_json_error error = check(data + 1, nbytes - 1, skips_xssi, plain);
        first = level == SMC_CPU_SCALAR ? error : first;
        must_hold(error.reason == first.reason && error.at == first.at, "variants disagree");
    }
    json_decref(plain);
    return 0;
}
