#include "tests/unit/finding.h"

int search(enum smc_find_kind kind, const void *bytes, size_t nbytes, struct text *out, size_t *off)
{
    int has_url[2];

    *out = (struct text){0};
    text_add(out, "", 0);
    for (int side = GUARD_AFTER; side <= GUARD_BEFORE; side++) {
        struct guarded in = guarded_copy(bytes, nbytes, (enum guard_side)side);
        struct smc_map_url url = {in.bytes, 1, 1};
        has_url[side] = smc_map_url_find(kind, in.bytes, nbytes, &url);
        if (has_url[side]) {
            assert_int_equal(has_url[side], 1);
            assert_in_range(url.nbytes, 1, nbytes);
            assert_in_range(url.off, 1, nbytes - url.nbytes);
            assert_ptr_equal(url.ptr, in.bytes + url.off);
            out->nbytes = 0;
            text_add(out, url.ptr, url.nbytes);
        } else {
            assert_null(url.ptr);
            assert_int_equal(url.nbytes, 0);
            assert_int_equal(url.off, 0);
        }
        *off = url.off;
        guarded_free(&in);
    }
    assert_int_equal(has_url[0], has_url[1]);
    return has_url[0];
}

void assert_finds(enum smc_find_kind kind, const void *bytes, size_t nbytes, const char *wanted)
{
    struct text url;
    size_t off;
    int has_url = search(kind, bytes, nbytes, &url, &off);

    if (has_url != (wanted != NULL) || (has_url && strcmp(url.data, wanted) != 0)) {
        fail_msg("%.*s: \"%s\" found, \"%s\" wanted", (int)nbytes, (const char *)bytes,
                 has_url ? url.data : "(none)", wanted != NULL ? wanted : "(none)");
    }
    text_free(&url);
}

void run_examples(enum smc_find_kind kind, const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_finds(kind, examples[i].file, strlen(examples[i].file), examples[i].url);
    }
}
