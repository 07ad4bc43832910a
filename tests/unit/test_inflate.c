/*
 * Our inflate against zlib's: the same verdict on every input, and the same bytes, at once and in steps. Both
 * buffers end at a page without access.
 */
#include "tests/unit/support.h"

#define XXH_INLINE_ALL
#include <libdeflate.h>
#include <xxhash.h>
#include <zlib.h>

#include "src/reader/inflate.h"

#define ROOM ((size_t)1 << 18)

static struct guarded in_room, out_room;
static uint8_t *wanted_room;

static int make_rooms(void **state)
{
    (void)state;
    in_room = guarded_new(ROOM, GUARD_AFTER);
    out_room = guarded_new(ROOM, GUARD_AFTER);
    wanted_room = malloc(ROOM);
    return wanted_room == NULL;
}

static int free_rooms(void **state)
{
    (void)state;
    guarded_free(&in_room);
    guarded_free(&out_room);
    free(wanted_room);
    return 0;
}

/* Whether zlib takes all of `in` for one stream; then *out_nbytes is what it made, up to ROOM. */
static int zlib_inflate(const uint8_t *in, size_t in_nbytes, size_t *out_nbytes)
{
    z_stream z = {0};

    assert_int_equal(inflateInit2(&z, -15), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)in;
    z.avail_in = (uInt)in_nbytes;
    z.next_out = wanted_room;
    z.avail_out = (uInt)ROOM;
    int status = inflate(&z, Z_FINISH);
    int is_whole = status == Z_STREAM_END && z.avail_in == 0;
    *out_nbytes = ROOM - z.avail_out;
    (void)inflateEnd(&z);
    return is_whole;
}

/* At the ends of the rooms; the output is at the end of out_room. Good or not. */
static int inflate_at_ends(const uint8_t *in, size_t in_nbytes, size_t out_nbytes, size_t step)
{
    static struct smc_inflate inflate;
    uint8_t *from = in_room.bytes + (ROOM - in_nbytes);
    int status = 0;

    assert_true(in_nbytes <= ROOM && out_nbytes <= ROOM);
    memmove(from, in, in_nbytes);
    smc_inflate_start(&inflate, from, in_nbytes, out_room.bytes + (ROOM - out_nbytes), out_nbytes);
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

/* At once, and in steps, which must come to the same. */
static int try_inflate(const uint8_t *in, size_t in_nbytes, size_t out_nbytes)
{
    static const size_t steps[] = {1, 300, 4001};
    static size_t n_calls;
    int is_good = inflate_at_ends(in, in_nbytes, out_nbytes, SIZE_MAX / 2);
    size_t step = steps[n_calls++ % COUNT_OF(steps)];
    XXH64_hash_t digest = XXH3_64bits(out_room.bytes + (ROOM - out_nbytes), out_nbytes);

    memset(out_room.bytes + (ROOM - out_nbytes), 0x55, out_nbytes);
    assert_int_equal(inflate_at_ends(in, in_nbytes, out_nbytes, step), is_good);
    if (is_good) {
        assert_true(XXH3_64bits(out_room.bytes + (ROOM - out_nbytes), out_nbytes) == digest);
    }
    return is_good;
}

/* The verdict on `in`, as zlib has it; and that only the exact size of output is right. */
static int compare(const uint8_t *in, size_t in_nbytes, size_t size_if_bad)
{
    size_t out_nbytes;
    int is_good = zlib_inflate(in, in_nbytes, &out_nbytes);

    if (!is_good) {
        if (try_inflate(in, in_nbytes, out_nbytes) || try_inflate(in, in_nbytes, size_if_bad)) {
            fail_msg("zlib refuses what we take");
        }
        return 0;
    }
    if (!try_inflate(in, in_nbytes, out_nbytes)) {
        fail_msg("zlib takes what we refuse");
    }
    assert_memory_equal(out_room.bytes + (ROOM - out_nbytes), wanted_room, out_nbytes);
    assert_false(out_nbytes < ROOM && try_inflate(in, in_nbytes, out_nbytes + 1));
    assert_false(out_nbytes > 0 && try_inflate(in, in_nbytes, out_nbytes - 1));
    return 1;
}

/* ---- streams ---- */

enum kind { ZEROS, NOISE, WORDS, RUNS, FAR_REPEATS, N_KINDS };

static struct text make_data(enum kind kind, size_t nbytes, struct rng *rng)
{
    static const char *const words[] = {"function", " return ", "(", ");\n",
                                        "var ",     "this",     "{", "}"};
    struct text data = {0};

    text_add(&data, "", 0);
    while (data.nbytes < nbytes) {
        uint8_t noise = (uint8_t)rng_next(rng);
        size_t back = 1 + rng_below(rng, 32768);
        switch (kind) {
        case ZEROS:
            text_repeat(&data, 0, nbytes);
            break;
        case NOISE:
            text_add(&data, &noise, 1);
            break;
        case WORDS:
            text_puts(&data, words[noise % COUNT_OF(words)]);
            break;
        case RUNS:
            text_repeat(&data, (char)noise, 1 + rng_below(rng, 600));
            break;
        default: /* what stood up to 32 KiB before, between bits of noise */
            text_add(&data, &noise, 1);
            if (back < data.nbytes) {
                struct text copy = {0};
                size_t left = data.nbytes - back;
                text_add(&copy, data.data + left, back < 300 ? back : 300);
                text_add(&data, copy.data, copy.nbytes);
                text_free(&copy);
            }
            break;
        }
    }
    data.nbytes = nbytes;
    return data;
}

/* A raw deflate stream; flush Z_NO_FLUSH, or how a block is ended every now and then. */
static struct text deflate_data(const struct text *data, int level, int window_bits, int mem_level,
                                int strategy, int flush)
{
    struct text out = {0};
    z_stream z = {0};
    uint8_t piece[4096];
    size_t off = 0;
    int status;

    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, -window_bits, mem_level, strategy), Z_OK);
    do {
        size_t n = data->nbytes - off;
        n = flush != Z_NO_FLUSH && n > 5000 ? 5000 : n;
        z.next_in = (Bytef *)(uintptr_t)(data->data + off);
        z.avail_in = (uInt)n;
        off += n;
        do {
            z.next_out = piece;
            z.avail_out = sizeof piece;
            status = deflate(&z, off == data->nbytes ? Z_FINISH : flush);
            text_add(&out, piece, sizeof piece - z.avail_out);
        } while (z.avail_out == 0);
    } while (off < data->nbytes);
    assert_int_equal(status, Z_STREAM_END);
    assert_int_equal(deflateEnd(&z), Z_OK);
    return out;
}

static void assert_inflates(const struct text *stream, const struct text *data)
{
    assert_true(try_inflate((const uint8_t *)stream->data, stream->nbytes, data->nbytes));
    assert_memory_equal(out_room.bytes + (ROOM - data->nbytes), data->data, data->nbytes);
}

static const size_t sizes[] = {0,   1,   2,    3,    4,     10,    100,   257,   258,
                               259, 300, 1000, 4096, 32767, 32768, 32769, 65536, 200000};

static void inflates_what_zlib_deflates(void **state)
{
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE,
                                     Z_FIXED};
    struct rng rng = {61};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (enum kind kind = ZEROS; kind < N_KINDS; kind++) {
            struct text data = make_data(kind, sizes[i], &rng);
            for (int level = 0; level <= 9; level++) {
                for (size_t s = 0; s < COUNT_OF(strategies); s++) {
                    if (sizes[i] > 40000 && (level * 5 + (int)s) % 7 != 0) {
                        continue; /* large ones are slow: some are enough */
                    }
                    struct text stream =
                        deflate_data(&data, level, 15, 8, strategies[s], Z_NO_FLUSH);
                    assert_inflates(&stream, &data);
                    text_free(&stream);
                }
            }
            text_free(&data);
        }
    }
}

static void inflates_what_libdeflate_deflates(void **state)
{
    struct rng rng = {66};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (enum kind kind = ZEROS; kind < N_KINDS; kind++) {
            struct text data = make_data(kind, sizes[i], &rng);
            for (int level = 0; level <= 12; level++) {
                struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(level);
                struct text stream = {0};
                assert_non_null(compressor);
                text_repeat(&stream, 0, libdeflate_deflate_compress_bound(compressor, data.nbytes));
                stream.nbytes = libdeflate_deflate_compress(compressor, data.data, data.nbytes,
                                                            stream.data, stream.nbytes);
                assert_in_range(stream.nbytes, 1, ROOM);
                assert_inflates(&stream, &data);
                text_free(&stream);
                libdeflate_free_compressor(compressor);
            }
            text_free(&data);
        }
    }
}

/* What has been asked for is there after each step, and bytes of the input behind it do not matter. */
static void inflates_as_far_as_wanted(void **state)
{
    static struct smc_inflate inflate;
    struct rng rng = {67};

    (void)state;
    for (enum kind kind = ZEROS; kind < N_KINDS; kind++) {
        struct text data = make_data(kind, 131072, &rng);
        struct text stream = deflate_data(&data, 6, 15, 8, Z_DEFAULT_STRATEGY, Z_NO_FLUSH);
        for (int round = 0; round < 50; round++) {
            size_t left = round % 2 == 0 ? 0 : stream.nbytes / 2;
            uint8_t *in = in_room.bytes + (ROOM - (stream.nbytes - left));
            uint8_t *out = out_room.bytes + (ROOM - data.nbytes);
            size_t n = 0;
            memcpy(in, stream.data, stream.nbytes - left);
            memset(out, 0x55, data.nbytes);
            smc_inflate_start(&inflate, in, stream.nbytes - left, out, data.nbytes);
            while (n < data.nbytes) {
                n += rng_below(&rng, 30000);
                n = n < data.nbytes ? n : data.nbytes;
                if (smc_inflate_to(&inflate, n) != 0) {
                    break;
                }
                assert_memory_equal(out, data.data, n);
            }
            if (left == 0) {
                assert_int_equal(n, data.nbytes);
                assert_int_equal(smc_inflate_to(&inflate, 0), 0); /* again */
                assert_int_equal(smc_inflate_to(&inflate, n), 0);
            } else {
                assert_int_equal(smc_inflate_to(&inflate, data.nbytes), -1);
            }
        }
        text_free(&stream);
        text_free(&data);
    }
}

/* Small windows and memory make many blocks, flushes empty ones of all kinds. */
static void inflates_many_blocks(void **state)
{
    static const int flushes[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
    struct rng rng = {62};
    (void)state;
    for (enum kind kind = ZEROS; kind < N_KINDS; kind++) {
        struct text data = make_data(kind, 60000, &rng);
        for (int window_bits = 9; window_bits <= 15; window_bits++) {
            for (size_t f = 0; f < COUNT_OF(flushes); f++) {
                struct text stream =
                    deflate_data(&data, window_bits % 10, window_bits, 1 + window_bits % 9,
                                 Z_DEFAULT_STRATEGY, flushes[f]);
                assert_inflates(&stream, &data);
                text_free(&stream);
            }
        }
        text_free(&data);
    }
}

/* ---- damage ---- */

/* One short stream of each kind of block, and one of several blocks. */
static unsigned make_samples(struct text *streams, size_t *nbytes)
{
    struct rng rng = {63};
    struct text noise = make_data(NOISE, 40, &rng), words = make_data(WORDS, 400, &rng);
    struct text letters = make_data(NOISE, 700, &rng), runs = make_data(RUNS, 3000, &rng);
    unsigned n = 0;

    for (size_t i = 0; i < letters.nbytes; i++) { /* of very different frequency: long codes */
        unsigned c = (unsigned char)letters.data[i];
        letters.data[i] = (char)(c < 128 ? 0 : c < 192 ? 1 : c < 224 ? 2 : c);
    }
    nbytes[n] = noise.nbytes;
    streams[n++] = deflate_data(&noise, 0, 15, 8, Z_DEFAULT_STRATEGY, Z_NO_FLUSH);
    nbytes[n] = words.nbytes;
    streams[n++] = deflate_data(&words, 9, 15, 8, Z_FIXED, Z_NO_FLUSH);
    nbytes[n] = words.nbytes;
    streams[n++] = deflate_data(&words, 9, 15, 8, Z_DEFAULT_STRATEGY, Z_NO_FLUSH);
    nbytes[n] = letters.nbytes;
    streams[n++] = deflate_data(&letters, 6, 15, 8, Z_HUFFMAN_ONLY, Z_NO_FLUSH);
    nbytes[n] = runs.nbytes;
    streams[n++] = deflate_data(&runs, 1, 9, 1, Z_DEFAULT_STRATEGY, Z_NO_FLUSH);
    /* Stored, fixed and dynamic one after the other. */
    struct text several = {0};
    text_add(&several, "", 0);
    text_add(&several, words.data, words.nbytes);
    text_add(&several, noise.data, noise.nbytes);
    for (int i = 0; i < 20; i++) {
        text_add(&several, words.data, words.nbytes);
    }
    nbytes[n] = several.nbytes;
    streams[n++] = deflate_data(&several, 6, 15, 8, Z_DEFAULT_STRATEGY, Z_FULL_FLUSH);
    text_free(&several);
    text_free(&noise);
    text_free(&words);
    text_free(&letters);
    text_free(&runs);
    return n;
}

#define SAMPLES_MAX 8

static void every_truncation(void **state)
{
    struct text streams[SAMPLES_MAX];
    size_t nbytes[SAMPLES_MAX];
    unsigned n = make_samples(streams, nbytes);

    (void)state;
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *stream = (const uint8_t *)streams[i].data;
        for (size_t length = 0; length < streams[i].nbytes; length++) {
            assert_false(compare(stream, length, nbytes[i]));
        }
        assert_true(compare(stream, streams[i].nbytes, nbytes[i]));
        text_puts(&streams[i], "x"); /* a byte too many is as wrong as one too few */
        assert_false(compare((const uint8_t *)streams[i].data, streams[i].nbytes, nbytes[i]));
        text_free(&streams[i]);
    }
}

static void every_bit_flip(void **state)
{
    struct text streams[SAMPLES_MAX];
    size_t nbytes[SAMPLES_MAX];
    unsigned n = make_samples(streams, nbytes), n_good = 0, n_bad = 0;

    (void)state;
    for (unsigned i = 0; i < n; i++) {
        uint8_t *stream = (uint8_t *)streams[i].data;
        for (size_t bit = 0; bit < 8 * streams[i].nbytes; bit++) {
            stream[bit / 8] ^= (uint8_t)(1 << bit % 8);
            int is_good = compare(stream, streams[i].nbytes, nbytes[i]);
            n_good += (unsigned)is_good;
            n_bad += (unsigned)!is_good;
            stream[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        text_free(&streams[i]);
    }
    assert_true(n_good > 1000 && n_bad > 1000); /* both verdicts had their share */
}

static void several_random_flips(void **state)
{
    struct text streams[SAMPLES_MAX];
    size_t nbytes[SAMPLES_MAX];
    unsigned n = make_samples(streams, nbytes);
    struct rng rng = {64};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        const struct text *sample = &streams[rng_below(&rng, n)];
        struct text stream = {0};
        text_add(&stream, sample->data, sample->nbytes);
        for (uint32_t k = 2 + rng_below(&rng, 4); k > 0; k--) {
            /* Most of them where the codes are described. */
            uint32_t within =
                (uint32_t)(rng_below(&rng, 2) == 0 && stream.nbytes > 60 ? 60 : stream.nbytes);
            stream.data[rng_below(&rng, within)] ^= (char)(1 << rng_below(&rng, 8));
        }
        compare((const uint8_t *)stream.data, stream.nbytes, sample->nbytes);
        text_free(&stream);
    }
    for (unsigned i = 0; i < n; i++) {
        text_free(&streams[i]);
    }
}

static void random_bytes(void **state)
{
    struct rng rng = {65};
    uint8_t bytes[64];

    (void)state;
    for (int round = 0; round < 200000; round++) {
        size_t n = rng_below(&rng, sizeof bytes);
        for (size_t i = 0; i < n; i++) {
            bytes[i] = (uint8_t)rng_next(&rng);
        }
        compare(bytes, n, 1);
    }
}

/* ---- streams by hand ---- */

/* Bits, lowest first. */
struct bits {
    uint8_t bytes[400];
    size_t n;
};

static void put(struct bits *bits, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        bits->bytes[bits->n / 8] |= (uint8_t)((value >> i & 1) << bits->n % 8);
        bits->n++;
    }
}

/*
 * A dynamic block whose code lengths are all sent with codes of four bits (lengths 0 .. 15 without
 * repeats); for codes that zlib's deflate would not make.
 */
static void put_dynamic(struct bits *bits, const uint8_t *litlen, unsigned n_litlen,
                        const uint8_t *dist, unsigned n_dist)
{
    put(bits, 1, 1);
    put(bits, 2, 2);
    put(bits, n_litlen - 257, 5);
    put(bits, n_dist - 1, 5);
    put(bits, 19 - 4, 4);
    for (unsigned i = 0; i < 19; i++) {
        put(bits, i < 3 ? 0 : 4, 3); /* 16, 17, 18 come first and are not used */
    }
    for (unsigned i = 0; i < n_litlen + n_dist; i++) {
        unsigned length = i < n_litlen ? litlen[i] : dist[i - n_litlen];
        for (unsigned bit = 4; bit > 0; bit--) { /* codes come highest bit first */
            put(bits, length >> (bit - 1) & 1, 1);
        }
    }
}

static int compare_bits(const struct bits *bits, size_t size_if_bad)
{
    return compare(bits->bytes, (bits->n + 7) / 8, size_if_bad);
}

static void put_fixed(struct bits *bits, int is_last, const char *literals)
{
    put(bits, (unsigned)is_last, 1);
    put(bits, 1, 2);
    for (; *literals != 0; literals++) {
        for (unsigned bit = 8; bit > 0; bit--) {
            put(bits, (unsigned)(0x30 + *literals) >> (bit - 1) & 1, 1);
        }
    }
    put(bits, 0, 7);
}

static void put_empty_stored(struct bits *bits)
{
    put(bits, 0, 3);
    bits->n = (bits->n + 7) / 8 * 8;
    put(bits, UINT64_C(0xffff0000), 32);
}

/* Three 'x' with a code of one bit; not the last. */
static void put_own_codes(struct bits *bits)
{
    const uint8_t dist[] = {1};
    const size_t start = bits->n;
    uint8_t litlen[257] = {0};

    litlen['x'] = litlen[256] = 1;
    put_dynamic(bits, litlen, 257, dist, 1);
    bits->bytes[start / 8] ^= (uint8_t)(1 << start % 8);
    put(bits, 8, 4);
}

/* A block with the fixed codes has them, whatever was before. */
static void blocks_of_all_kinds_in_any_order(void **state)
{
    struct rng rng = {66};
    (void)state;
    for (int round = 0; round < 500; round++) {
        struct bits bits = {{0}, 0};
        for (unsigned n = rng_below(&rng, 12), n_own = 0; n > 0; n--) {
            uint32_t kind = rng_below(&rng, 4);
            if (kind == 0 && n_own++ < 2) {
                put_own_codes(&bits);
            } else if (kind == 1) {
                put_empty_stored(&bits);
            } else {
                put_fixed(&bits, 0, kind == 2 ? "" : "fix");
            }
        }
        put_fixed(&bits, 1, "end");
        assert_int_equal(compare_bits(&bits, 3), 1);
    }
}

/* Empty blocks take 10 bits each: no tables may be made for them. */
static void fixed_codes_are_made_once(void **state)
{
    static struct smc_inflate inflate;
    struct bits bits = {{0}, 0};
    uint8_t out[2];
    unsigned unused = 0;
    (void)state;
    put_fixed(&bits, 0, "a");
    for (int i = 0; i < 40; i++) {
        put_fixed(&bits, 0, "");
        put_empty_stored(&bits);
    }
    put_fixed(&bits, 1, "b");
    smc_inflate_start(&inflate, bits.bytes, (bits.n + 7) / 8, out, sizeof out);
    assert_int_equal(smc_inflate_to(&inflate, 1), 0);
    while (inflate.litlen[unused] >> 16 != ((SMC_CODE_LITERAL >> 16) | 'z')) {
        unused++;
        assert_true(unused < 1 << SMC_LITLEN_BITS);
    }
    inflate.litlen[unused] = SMC_CODE_SPECIAL;
    assert_int_equal(smc_inflate_to(&inflate, 2), 0);
    assert_memory_equal(out, "ab", 2);
    assert_int_equal(inflate.litlen[unused], SMC_CODE_SPECIAL);
}

/* Whoever deflates a piece need not fear the limit of spec 7.2. */
static void what_does_not_deflate_fits_a_piece(void **state)
{
    (void)state;
    for (size_t n = 1; n <= SMCF_CONTENT_BLOCK_MAX; n += 1 + n / 1000) {
        assert_true(libdeflate_deflate_compress_bound(NULL, n) <= smcf_piece_nbytes_max(n));
        assert_true(compressBound((uLong)n) <= smcf_piece_nbytes_max(n));
        assert_true(n + 5 * (n / 65535 + 1) <= smcf_piece_nbytes_max(n)); /* stored */
    }
}

static void codes_that_are_not_complete(void **state)
{
    uint8_t litlen[286], dist[30];
    struct bits bits;

    (void)state;
    /* Nothing but the end of the block, with a code of one bit; no distances. */
    memset(litlen, 0, sizeof litlen);
    memset(dist, 0, sizeof dist);
    litlen[256] = 1;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 257, dist, 1);
    struct bits start = bits;
    put(&bits, 0, 1);
    assert_true(compare_bits(&bits, 1));
    bits = start;
    put(&bits, 1, 1); /* the code that nobody has */
    assert_false(compare_bits(&bits, 1));

    /* The same with two bits is not let pass. */
    litlen[256] = 2;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 257, dist, 1);
    put(&bits, 0, 2);
    assert_false(compare_bits(&bits, 0));

    /* No end of the block. */
    litlen[256] = 0;
    litlen['a'] = 1;
    litlen['b'] = 1;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 257, dist, 1);
    put(&bits, 1, 2);
    assert_false(compare_bits(&bits, 2));

    /* Over-subscribed. */
    litlen[256] = 1;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 257, dist, 1);
    put(&bits, 3, 2);
    assert_false(compare_bits(&bits, 0));
}

static void single_distances(void **state)
{
    uint8_t litlen[286] = {0}, dist[30] = {0};
    struct bits bits = {{0}, 0};

    (void)state;
    /* 'a', then length 3 at the one distance that has a code: 0, 10 and 110 by RFC 1951, 3.2.2. */
    litlen['a'] = 1;
    litlen[256] = 2;
    litlen[257] = 2;
    dist[0] = 1;
    put_dynamic(&bits, litlen, 258, dist, 1);
    struct bits start = bits;
    put(&bits, 0, 1);
    put(&bits, 3, 2);
    put(&bits, 0, 1);
    put(&bits, 1, 2);
    assert_true(compare_bits(&bits, 4));
    assert_memory_equal(wanted_room, "aaaa", 4);
    bits = start;
    put(&bits, 0, 1);
    put(&bits, 3, 2);
    put(&bits, 1, 1); /* the distance code that nobody has */
    put(&bits, 1, 2);
    assert_false(compare_bits(&bits, 4));
    bits = start;
    put(&bits, 3, 2); /* before the start of the output */
    put(&bits, 0, 1);
    put(&bits, 1, 2);
    assert_false(compare_bits(&bits, 3));

    /* Without any distance code the length has nothing to go on with. */
    dist[0] = 0;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 258, dist, 1);
    start = bits;
    put(&bits, 0, 1);
    put(&bits, 1, 2);
    assert_true(compare_bits(&bits, 1));
    bits = start;
    put(&bits, 0, 1);
    put(&bits, 3, 2);
    put(&bits, 0, 1);
    put(&bits, 1, 2);
    assert_false(compare_bits(&bits, 4));
}

/* The header has room for 288 and 32 codes, but the last two of each do not exist (zlib refuses them
 * even without a use). */
static void codes_that_do_not_exist(void **state)
{
    uint8_t litlen[288] = {0}, dist[32] = {0};

    (void)state;
    litlen['a'] = 1;
    litlen[256] = 1;
    for (unsigned n_litlen = 285; n_litlen <= 288; n_litlen++) {
        for (unsigned n_dist = 29; n_dist <= 32; n_dist++) {
            struct bits bits = {{0}, 0};
            put_dynamic(&bits, litlen, n_litlen, dist, n_dist);
            put(&bits, 2, 2);
            assert_int_equal(compare_bits(&bits, 1), n_litlen <= 286 && n_dist <= 30);
        }
    }
}

/* Codes of 15 bits, longer than what a table lookup resolves. */
static void longest_codes(void **state)
{
    uint8_t litlen[286] = {0}, dist[30] = {0};
    struct bits bits = {{0}, 0};

    (void)state;
    for (unsigned i = 0; i < 14; i++) { /* 1, 2, ... 14, 15, 15 */
        litlen[i] = (uint8_t)(i + 1);
    }
    litlen[14] = 15;
    litlen[256] = 15;
    put_dynamic(&bits, litlen, 257, dist, 1);
    for (unsigned i = 0; i < 14; i++) { /* i ones and a zero */
        put(&bits, (1U << i) - 1, i + 1);
    }
    put(&bits, (1U << 14) - 1, 15);
    put(&bits, (1U << 15) - 1, 15);
    assert_true(compare_bits(&bits, 15));
    for (unsigned i = 0; i < 15; i++) {
        assert_int_equal(wanted_room[i], i);
    }
}

static void symbols_that_do_not_exist(void **state)
{
    (void)state;
    for (unsigned symbol = 286; symbol <= 287;
         symbol++) { /* in the fixed code: 8 bits from 0xc0 on */
        struct bits bits = {{0}, 0};
        put(&bits, 1, 1);
        put(&bits, 1, 2);
        for (unsigned bit = 8; bit > 0; bit--) {
            put(&bits, (0xc0 + symbol - 280) >> (bit - 1) & 1, 1);
        }
        put(&bits, 0, 12);
        assert_false(compare_bits(&bits, 3));
    }
    for (unsigned distance = 0; distance < 32; distance++) {
        struct bits bits = {{0}, 0};
        put(&bits, 1, 1);
        put(&bits, 1, 2);
        put(&bits, 0x0c, 8); /* literal 0: 00110000, highest bit first */
        put(&bits, 0x40, 7); /* length 3 */
        for (unsigned bit = 5; bit > 0; bit--) {
            put(&bits, distance >> (bit - 1) & 1, 1);
        }
        put(&bits, 0, distance < 4 ? 0 : distance / 2 - 1);
        put(&bits, 0, 7);
        assert_int_equal(compare_bits(&bits, 4), distance == 0);
    }
    struct bits bits = {{0}, 0};
    put(&bits, 1, 1);
    put(&bits, 3, 2); /* no such kind of block */
    put(&bits, 0, 40);
    assert_false(compare_bits(&bits, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inflates_what_zlib_deflates),
        cmocka_unit_test(inflates_what_libdeflate_deflates),
        cmocka_unit_test(inflates_as_far_as_wanted),
        cmocka_unit_test(inflates_many_blocks),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_bit_flip),
        cmocka_unit_test(several_random_flips),
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(blocks_of_all_kinds_in_any_order),
        cmocka_unit_test(fixed_codes_are_made_once),
        cmocka_unit_test(what_does_not_deflate_fits_a_piece),
        cmocka_unit_test(codes_that_are_not_complete),
        cmocka_unit_test(single_distances),
        cmocka_unit_test(codes_that_do_not_exist),
        cmocka_unit_test(longest_codes),
        cmocka_unit_test(symbols_that_do_not_exist),
    };
    return cmocka_run_group_tests(tests, make_rooms, free_rooms);
}
