#include "tests/unit/inflating.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zlib.h>

#include "src/reader/inflate.h"

struct guarded inflating_in, inflating_out;
uint8_t *inflating_wanted;

int inflating_start(void **state)
{
    (void)state;
    inflating_in = guarded_new(INFLATING_ROOM, GUARD_AFTER);
    inflating_out = guarded_new(INFLATING_ROOM, GUARD_AFTER);
    inflating_wanted = malloc(INFLATING_ROOM);
    return inflating_wanted == NULL;
}

int inflating_end(void **state)
{
    (void)state;
    guarded_free(&inflating_in);
    guarded_free(&inflating_out);
    free(inflating_wanted);
    return 0;
}

/* Whether zlib takes all of `in` for one stream; then *out_nbytes is what it made, up to INFLATING_ROOM. */
static int zlib_inflates(const uint8_t *in, size_t in_nbytes, size_t *out_nbytes)
{
    z_stream z = {0};

    assert_int_equal(inflateInit2(&z, -15), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)in;
    z.avail_in = (uInt)in_nbytes;
    z.next_out = inflating_wanted;
    z.avail_out = (uInt)INFLATING_ROOM;
    int status = inflate(&z, Z_FINISH);
    int is_whole = status == Z_STREAM_END && z.avail_in == 0;
    *out_nbytes = INFLATING_ROOM - z.avail_out;
    (void)inflateEnd(&z);
    return is_whole;
}

/* At the ends of the rooms; the output is at the end of inflating_out. Good or not. */
static int inflate_at_ends(const uint8_t *in, size_t in_nbytes, size_t out_nbytes, size_t step)
{
    static struct smc_inflate inflate;
    uint8_t *from = inflating_in.bytes + (INFLATING_ROOM - in_nbytes);
    int status = 0;

    assert_true(in_nbytes <= INFLATING_ROOM && out_nbytes <= INFLATING_ROOM);
    memmove(from, in, in_nbytes);
    smc_inflate_start(&inflate, from, in_nbytes,
                      inflating_out.bytes + (INFLATING_ROOM - out_nbytes), out_nbytes);
    for (size_t n = step; n < out_nbytes && status == 0; n += step) {
        status = smc_inflate_to(&inflate, n);
        assert_true(status == 0 || status == -1);
    }
    if (status == 0) {
        status = smc_inflate_to(&inflate, out_nbytes);
        assert_true(status == 0 || status == -1);
    }
    return status == 0;
}

int inflating_is_good(const uint8_t *in, size_t in_nbytes, size_t out_nbytes)
{
    static const size_t steps[] = {1, 300, 4001};
    static size_t n_calls;
    int is_good = inflate_at_ends(in, in_nbytes, out_nbytes, SIZE_MAX / 2);
    size_t step = steps[n_calls++ % COUNT_OF(steps)];
    XXH64_hash_t digest =
        XXH3_64bits(inflating_out.bytes + (INFLATING_ROOM - out_nbytes), out_nbytes);

    memset(inflating_out.bytes + (INFLATING_ROOM - out_nbytes), 0x55, out_nbytes);
    assert_int_equal(inflate_at_ends(in, in_nbytes, out_nbytes, step), is_good);
    if (is_good) {
        assert_true(XXH3_64bits(inflating_out.bytes + (INFLATING_ROOM - out_nbytes), out_nbytes) ==
                    digest);
    }
    return is_good;
}

int inflating_compare(const uint8_t *in, size_t in_nbytes, size_t size_if_bad)
{
    size_t out_nbytes;
    int is_good = zlib_inflates(in, in_nbytes, &out_nbytes);

    if (!is_good) {
        if (inflating_is_good(in, in_nbytes, out_nbytes) ||
            inflating_is_good(in, in_nbytes, size_if_bad)) {
            fail_msg("zlib refuses what we take");
        }
        return 0;
    }
    if (!inflating_is_good(in, in_nbytes, out_nbytes)) {
        fail_msg("zlib takes what we refuse");
    }
    assert_memory_equal(inflating_out.bytes + (INFLATING_ROOM - out_nbytes), inflating_wanted,
                        out_nbytes);
    assert_false(out_nbytes < INFLATING_ROOM && inflating_is_good(in, in_nbytes, out_nbytes + 1));
    assert_false(out_nbytes > 0 && inflating_is_good(in, in_nbytes, out_nbytes - 1));
    return 1;
}
