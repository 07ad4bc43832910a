/*
 * What zlib and libdeflate deflate, whole and damaged.
 */
#include <libdeflate.h>
#include <zlib.h>

#include "src/reader/inflate.h"
#include "tests/unit/inflating.h"

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
    assert_true(inflating_is_good((const uint8_t *)stream->data, stream->nbytes, data->nbytes));
    assert_memory_equal(inflating_out.bytes + (INFLATING_ROOM - data->nbytes), data->data,
                        data->nbytes);
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
                assert_in_range(stream.nbytes, 1, INFLATING_ROOM);
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
            uint8_t *in = inflating_in.bytes + (INFLATING_ROOM - (stream.nbytes - left));
            uint8_t *out = inflating_out.bytes + (INFLATING_ROOM - data.nbytes);
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
            assert_false(inflating_compare(stream, length, nbytes[i]));
        }
        assert_true(inflating_compare(stream, streams[i].nbytes, nbytes[i]));
        text_puts(&streams[i], "x"); /* a byte too many is as wrong as one too few */
        assert_false(
            inflating_compare((const uint8_t *)streams[i].data, streams[i].nbytes, nbytes[i]));
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
            int is_good = inflating_compare(stream, streams[i].nbytes, nbytes[i]);
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
        inflating_compare((const uint8_t *)stream.data, stream.nbytes, sample->nbytes);
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
        inflating_compare(bytes, n, 1);
    }
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
    };
    return cmocka_run_group_tests(tests, inflating_start, inflating_end);
}
