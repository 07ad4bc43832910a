/*
 * A key as a text that can be compared and taken apart again:
 *
 *     kind (1 byte), whether there is a recipe (1), the recipe (16, or none), scope (string), and then
 *     of a content: its XXH3-128 with the secret (16), without (16), its length (8)
 *     of a debug ID: 16 bytes
 *     of names: strings to the end
 *
 * A string is its length (4 bytes) and its bytes. Numbers are little-endian.
 */
#include "src/store/store.h"

#include "src/base/debug_id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define RECIPE_NBYTES 16

static void add_string(struct smc_buf *buf, const char *string)
{
    const size_t nbytes = strlen(string);
    const struct smcf_le32 length = smcf_put32((uint32_t)nbytes);

    if (nbytes > SMC_STORE_KEY_NBYTES_MAX) { /* too long in any case */
        smc_buf_append(buf, NULL, SMC_STORE_KEY_NBYTES_MAX);
        return;
    }
    smc_buf_append(buf, &length, sizeof length);
    smc_buf_append(buf, string, nbytes);
}

static void add_content(struct smc_buf *buf, const uint8_t secret[SMC_SECRET_NBYTES],
                        const struct smc_store_key *key, struct smc_asked *asked)
{
    const struct smcf_le64 nbytes = smcf_put64(key->content_nbytes);
    XXH128_canonical_t keyed, plain;

    XXH128_canonicalFromHash(&keyed, XXH3_128bits_withSecret(key->content, key->content_nbytes,
                                                             secret, SMC_SECRET_NBYTES));
    XXH128_canonicalFromHash(&plain, XXH3_128bits(key->content, key->content_nbytes));
    smc_buf_append(buf, keyed.digest, sizeof keyed.digest);
    smc_buf_append(buf, plain.digest, sizeof plain.digest);
    smc_buf_append(buf, &nbytes, sizeof nbytes);
    memcpy(asked->input_digest, plain.digest, sizeof plain.digest);
    asked->input_nbytes = key->content_nbytes;
}

static int is_whole(const struct smc_store_key *key)
{
    switch (key->kind) {
    case SMC_STORE_KEY_CONTENT:
        return key->content != NULL;
    case SMC_STORE_KEY_DEBUG_ID:
        return 1;
    case SMC_STORE_KEY_NAMES:
        return key->n_names > 0 && key->n_names <= SMC_STORE_KEY_NBYTES_MAX;
    }
    return 0;
}

smc_store_status smc_asked_make(struct smc_store *store, const struct smc_store_key *key,
                                struct smc_asked *asked, struct smc_store_error *error)
{
    const uint8_t head[2] = {(uint8_t)key->kind, key->recipe != NULL};
    uint8_t secret[SMC_SECRET_NBYTES];
    XXH128_canonical_t id;
    struct smc_buf buf = {0};

    *asked = (struct smc_asked){.kind = key->kind};
    if (!is_whole(key)) {
        return smc_store_fail(error, SMC_STORE_E_KEY, NULL, NULL);
    }
    smc_secret_get(store, secret);
    smc_buf_append(&buf, head, sizeof head);
    smc_buf_append(&buf, key->recipe != NULL ? key->recipe : head,
                   key->recipe != NULL ? RECIPE_NBYTES : 0);
    add_string(&buf, key->scope != NULL ? key->scope : "");
    if (key->kind == SMC_STORE_KEY_CONTENT) {
        add_content(&buf, secret, key, asked);
    } else if (key->kind == SMC_STORE_KEY_DEBUG_ID) {
        smc_buf_append(&buf, key->debug_id, sizeof key->debug_id);
        memcpy(asked->debug_id, key->debug_id, sizeof key->debug_id);
    } else {
        for (size_t i = 0; i < key->n_names && buf.nbytes <= SMC_STORE_KEY_NBYTES_MAX; i++) {
            add_string(&buf, key->names[i]);
        }
    }
    if (buf.failed || buf.nbytes > SMC_STORE_KEY_NBYTES_MAX) {
        const int is_memory = buf.failed;
        smc_buf_free(&buf);
        return smc_store_fail(error, is_memory ? SMC_STORE_E_MEMORY : SMC_STORE_E_KEY, NULL, NULL);
    }
    XXH128_canonicalFromHash(
        &id, XXH3_128bits_withSecret(buf.data, buf.nbytes, secret, SMC_SECRET_NBYTES));
    memcpy(asked->id, id.digest, sizeof asked->id);
    asked->text = buf.data;
    asked->text_nbytes = buf.nbytes;
    return SMC_STORE_OK;
}

void smc_asked_free(struct smc_asked *asked)
{
    free(asked->text);
    asked->text = NULL;
}

smc_store_status smc_asked_make_all(struct smc_store *store, const struct smc_store_key *keys,
                                    size_t n_keys, struct smc_asked asked[SMC_STORE_KEYS_MAX],
                                    struct smc_store_error *error)
{
    if (n_keys == 0 || n_keys > SMC_STORE_KEYS_MAX) {
        return smc_store_fail(error, SMC_STORE_E_KEY, NULL, NULL);
    }
    for (size_t i = 0; i < n_keys; i++) {
        smc_store_status status = smc_asked_make(store, &keys[i], &asked[i], error);
        if (status != SMC_STORE_OK) {
            smc_asked_free_all(asked, i);
            return status;
        }
    }
    return SMC_STORE_OK;
}

void smc_asked_free_all(struct smc_asked *asked, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        smc_asked_free(&asked[i]);
    }
}

/* ---- taken apart ---- */

struct cursor {
    const uint8_t *at, *end;
};

/* The next bytes, or NULL. */
static const uint8_t *take(struct cursor *cursor, size_t nbytes)
{
    const uint8_t *at = cursor->at;

    if ((size_t)(cursor->end - at) < nbytes) {
        return NULL;
    }
    cursor->at += nbytes;
    return at;
}

/* Bytes as a string of its own; NULL without memory. */
static char *string_of(const uint8_t *bytes, size_t nbytes)
{
    char *string = malloc(nbytes + 1);

    if (string != NULL) {
        memcpy(string, bytes, nbytes);
        string[nbytes] = '\0';
    }
    return string;
}

/* 0 and a string of its own; -1 with EINVAL or ENOMEM. */
static int take_string(struct cursor *cursor, char **string)
{
    struct smcf_le32 length;
    const uint8_t *bytes = take(cursor, sizeof length);

    if (bytes != NULL) {
        memcpy(&length, bytes, sizeof length);
        const size_t nbytes = smcf_get32(length);
        bytes = take(cursor, nbytes);
        if (bytes != NULL && memchr(bytes, '\0', nbytes) == NULL) {
            *string = string_of(bytes, nbytes);
            return *string != NULL ? 0 : -1;
        }
    }
    errno = EINVAL;
    return -1;
}

static int take_names(struct cursor *cursor, struct smc_key_parts *parts)
{
    struct smc_buf text = {0};

    while (cursor->at < cursor->end) {
        char **names = realloc(parts->names, (parts->n_names + 1) * sizeof *names);
        if (names == NULL) {
            smc_buf_free(&text);
            return -1;
        }
        parts->names = names;
        if (take_string(cursor, &names[parts->n_names]) != 0) {
            smc_buf_free(&text);
            return -1;
        }
        smc_buf_append(&text, " ", parts->n_names > 0);
        smc_buf_append(&text, names[parts->n_names], strlen(names[parts->n_names]));
        parts->n_names++;
    }
    smc_buf_append(&text, "", 1);
    if (text.failed) {
        smc_buf_free(&text);
        errno = ENOMEM;
        return -1;
    }
    parts->name = (char *)text.data;
    return 0;
}

/* 32 digits. */
static char *hexadecimal(const uint8_t bytes[16])
{
    char *text = malloc(33);

    if (text != NULL) {
        for (size_t i = 0; i < 16; i++) {
            text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
            text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
        }
        text[32] = '\0';
    }
    return text;
}

static int take_payload(struct cursor *cursor, struct smc_key_parts *parts)
{
    const uint8_t *bytes;

    switch (parts->kind) {
    case SMC_STORE_KEY_CONTENT:
        bytes = take(cursor, 2 * (size_t)SMC_ID_NBYTES + sizeof(struct smcf_le64));
        parts->name = bytes != NULL ? hexadecimal(bytes + SMC_ID_NBYTES) : NULL;
        break;
    case SMC_STORE_KEY_DEBUG_ID:
        bytes = take(cursor, SMC_DEBUG_ID_NBYTES);
        parts->name = bytes != NULL ? malloc(SMC_DEBUG_ID_TEXT_NBYTES + 1) : NULL;
        if (parts->name != NULL) {
            smc_debug_id_format(bytes, parts->name);
        }
        break;
    case SMC_STORE_KEY_NAMES:
        return take_names(cursor, parts);
    default:
        bytes = NULL;
    }
    if (bytes == NULL || cursor->at != cursor->end) {
        errno = EINVAL;
        return -1;
    }
    return parts->name != NULL ? 0 : -1;
}

int smc_key_parts_make(const uint8_t *text, size_t nbytes, struct smc_key_parts *parts)
{
    struct cursor cursor = {text, text + nbytes};
    const uint8_t *head = take(&cursor, 2);

    *parts = (struct smc_key_parts){.kind = head != NULL ? (enum smc_store_key_kind)head[0] : 0};
    if (head == NULL || head[1] > 1 || take(&cursor, head[1] ? RECIPE_NBYTES : 0) == NULL) {
        errno = EINVAL;
        return -1;
    }
    if (take_string(&cursor, &parts->scope) != 0 || take_payload(&cursor, parts) != 0) {
        int saved = errno;
        smc_key_parts_free(parts);
        errno = saved;
        return -1;
    }
    return 0;
}

void smc_key_parts_free(struct smc_key_parts *parts)
{
    for (size_t i = 0; i < parts->n_names; i++) {
        free(parts->names[i]);
    }
    free(parts->names);
    free(parts->scope);
    free(parts->name);
    *parts = (struct smc_key_parts){0};
}
