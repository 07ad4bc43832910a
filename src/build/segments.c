#include "src/build/segments.h"

#include "src/build/digits.h"
#include "src/build/lanes.h"

#if defined(SMC_CPU_HAVE_AVX2)

#define AVX2 __attribute__((SMC_CPU_TARGET_AVX2))
#define AVX2_INLINE static inline __attribute__((always_inline, SMC_CPU_TARGET_AVX2))
#define WINDOW SMC_SEGMENTS_WINDOW
/* A batch: what one step has written is in the cache when the next one reads it. */
#define N_WINDOWS (SMC_SEGMENTS_BATCH / WINDOW)
#define N_LANES_MAX (N_WINDOWS * WINDOW)

/*
 * Some text as numbers. Fields are lanes of 16 bits, and so are line ends, of value 1. A window is the text up
 * to its last separator but the 64th byte, so that the byte behind each is seen. There is room for what the last
 * loads and stores have too much.
 */
struct batch {
    unsigned n_lanes, n_places;
    int is_wide;                          /* there are fields of four digits */
    uint64_t negative_zeros;              /* not 0: there is one (ECMA-426: -2^31) */
    uint8_t places[N_LANES_MAX + WINDOW]; /* of kinds, a segment or line end each */
    int16_t lanes[N_LANES_MAX + WINDOW];  /* signed numbers of three digits, */
    int16_t highs[N_LANES_MAX + WINDOW];  /* and if wide, the fourth, of the same sign */
};

/* What to do with the lanes of a segment or a line end. */
enum { KIND_LINE, KIND_1_FIELD, KIND_4_FIELDS, KIND_5_FIELDS, KIND_NOTHING, N_KINDS };

/* Where a kind is in the table, so that the place times 4, a factor that an addressing mode has, is the offset. */
#define KIND_SHIFT 5
#define KIND_PLACE_NBYTES 4 /* one of so many */

struct kind {
    uint8_t pick[16];            /* from the lanes of fields to those of a row, of 16 bits */
    uint64_t lanes_nbytes;       /* how many lanes it has */
    uint64_t row_nbytes;         /* how far its row counts */
    int32_t keep[SMC_ROW_LANES]; /* of the sums */
    int32_t none[SMC_ROW_LANES]; /* what is SMCF_NONE in the row */
    uint64_t unused[4];          /* so that the size is a power of two */
};

#define LANE(k) 2 * (k), 2 * (k) + 1
#define ZERO 0x80, 0x80
#define ALL -1, -1, -1, -1, -1, -1
#define STEP (SMC_ROW_NAME + 1) /* beside the sums: how much the column grows */
#define LANE_NBYTES sizeof(int16_t)
#define ROW_NBYTES (SMC_ROW_LANES * sizeof(uint32_t))

_Static_assert(sizeof(struct kind) == KIND_PLACE_NBYTES << KIND_SHIFT, "places");
_Static_assert(SMC_ROW_LINE == 0 && SMC_ROW_COLUMN == 1 && SMC_ROW_SOURCE == 2 &&
                   SMC_ROW_NAME == 5 && STEP == 6 && SMC_ROW_LANES == 8,
               "lanes of rows");
_Static_assert(N_WINDOWS *(WINDOW / 2) <= SMC_ROWS_OVER, "rows of a batch");

static const struct kind kinds[N_KINDS] __attribute__((aligned(64))) = {
    [KIND_LINE] = {.pick = {LANE(0), ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO},
                   .lanes_nbytes = LANE_NBYTES,
                   .keep = {-1, 0, -1, -1, -1, -1}},
    [KIND_1_FIELD] = {.pick = {ZERO, LANE(0), ZERO, ZERO, ZERO, ZERO, LANE(0), ZERO},
                      .lanes_nbytes = LANE_NBYTES,
                      .row_nbytes = ROW_NBYTES,
                      .keep = {ALL},
                      .none = {0, 0, -1, 0, 0, -1}},
    [KIND_4_FIELDS] = {.pick = {ZERO, LANE(0), LANE(1), LANE(2), LANE(3), ZERO, LANE(0), ZERO},
                       .lanes_nbytes = 4 * LANE_NBYTES,
                       .row_nbytes = ROW_NBYTES,
                       .keep = {ALL},
                       .none = {0, 0, 0, 0, 0, -1}},
    [KIND_5_FIELDS] = {.pick = {ZERO, LANE(0), LANE(1), LANE(2), LANE(3), LANE(4), LANE(0), ZERO},
                       .lanes_nbytes = 5 * LANE_NBYTES,
                       .row_nbytes = ROW_NBYTES,
                       .keep = {ALL}},
    [KIND_NOTHING] = {.pick = {ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO}, .keep = {ALL}}};

/* ---- from text to lanes ---- */

/* Appends the lanes of `values` that the bits are one of. */
AVX2_INLINE int16_t *pick_lanes(const struct smc_segments *segments, int16_t *to, __m128i values,
                                uint64_t bits)
{
    const __m128i pick = _mm_loadu_si128((const __m128i *)segments->picks[bits & 0xff]);

    _mm_storeu_si128((__m128i *)to, _mm_shuffle_epi8(values, pick));
    return to + __builtin_popcountll(bits & 0xff);
}

/* The same of 32 bytes of text. */
AVX2_INLINE int16_t *pick_values(const struct smc_segments *segments, int16_t *to, __m256i even,
                                 __m256i odd, uint64_t bits)
{
    to = pick_lanes(segments, to, _mm256_castsi256_si128(even), bits);
    to = pick_lanes(segments, to, _mm256_castsi256_si128(odd), bits >> 8);
    to = pick_lanes(segments, to, _mm256_extracti128_si256(even, 1), bits >> 16);
    return pick_lanes(segments, to, _mm256_extracti128_si256(odd, 1), bits >> 24);
}

AVX2_INLINE void add_lanes(const struct smc_segments *segments,
                           const struct smc_digits_constants *constants, struct batch *batch,
                           __m256i a, __m256i b, uint64_t bits, int is_wide)
{
    const struct smc_digits_values va =
        smc_digits_join(constants, a, _mm256_permute2x128_si256(a, a, 0x08), is_wide);
    const struct smc_digits_values vb =
        smc_digits_join(constants, b, _mm256_permute2x128_si256(a, b, 0x21), is_wide);
    int16_t *to = batch->lanes + batch->n_lanes;

    batch->negative_zeros |= (va.negative_zeros | (uint64_t)vb.negative_zeros << 32) & bits;
    to = pick_values(segments, to, va.even, va.odd, bits);
    pick_values(segments, to, vb.even, vb.odd, bits >> 32);
    if (is_wide) {
        to = batch->highs + batch->n_lanes;
        to = pick_values(segments, to, va.even_high, va.odd_high, bits);
        pick_values(segments, to, vb.even_high, vb.odd_high, bits >> 32);
    }
}

/* Those of a window. */
AVX2_INLINE void zero_highs(int16_t *highs)
{
    _mm256_storeu_si256((__m256i *)highs, _mm256_setzero_si256());
    _mm256_storeu_si256((__m256i *)(highs + 16), _mm256_setzero_si256());
    _mm256_storeu_si256((__m256i *)(highs + 32), _mm256_setzero_si256());
    _mm256_storeu_si256((__m256i *)(highs + 48), _mm256_setzero_si256());
}

/* Not inline: compilers would do what both have in common before they know which one it is, and keep all of it in
 * memory. */
AVX2 static __attribute__((noinline)) void
add_wide_lanes(const struct smc_segments *segments, const struct smc_digits_constants *constants,
               struct batch *batch, __m256i a, __m256i b, uint64_t bits)
{
    if (!batch->is_wide) { /* the windows before have no fourth digits */
        memset(batch->highs, 0, batch->n_lanes * sizeof *batch->highs);
        batch->is_wide = 1;
    }
    add_lanes(segments, constants, batch, a, b, bits, 1);
}

/* `starts` and `ends` of segments and line ends, `longer` are the segments of 4 fields and more. */
AVX2_INLINE void add_kinds(struct batch *batch, uint64_t starts, uint64_t ends, uint64_t lines,
                           uint64_t longer)
{
    const uint64_t low = UINT64_C(0x0101010101010101) << KIND_SHIFT, high = low << 1;
    const unsigned n = (unsigned)__builtin_popcountll(starts);
    uint64_t upper = _pext_u64(longer, starts);
    uint64_t lower = _pext_u64((longer & ~(ends >> 3)) | (ends & ~longer & ~lines), starts);
    uint8_t *to = batch->places + batch->n_places;

    batch->n_places += n;
    smc_lanes_store(to, _pdep_u64(lower, low) | _pdep_u64(upper, high));
    smc_lanes_store(to + 8, _pdep_u64(lower >> 8, low) | _pdep_u64(upper >> 8, high));
    for (unsigned i = 16; i < n; i += 8) { /* rare */
        lower >>= 8;
        upper >>= 8;
        smc_lanes_store(to + i, _pdep_u64(lower >> 8, low) | _pdep_u64(upper >> 8, high));
    }
}

AVX2_INLINE uint64_t top_bits(__m256i a, __m256i b)
{
    return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

/* Adds a window to the batch. Returns where it ends; NULL: there is something that is not ordinary. */
AVX2_INLINE const uint8_t *add_window(const struct smc_segments *segments,
                                      const struct smc_digits_constants *constants,
                                      struct batch *batch, const uint8_t *p, uint64_t may_be_4,
                                      uint64_t may_be_5)
{
    const struct smc_digits_classes a =
        smc_digits_classify(constants, _mm256_loadu_si256((const __m256i *)p));
    const struct smc_digits_classes b =
        smc_digits_classify(constants, _mm256_loadu_si256((const __m256i *)(p + 32)));
    const __m256i invalid =
        _mm256_cmpeq_epi8(_mm256_min_epu8(a.valid, b.valid), _mm256_setzero_si256());
    const uint64_t separators = top_bits(a.separators, b.separators);
    const uint64_t lines = top_bits(a.lines, b.lines);
    const uint64_t continued =
        top_bits(_mm256_slli_epi16(a.digits, 2), _mm256_slli_epi16(b.digits, 2));
    const uint64_t ends = ~(continued | separators);
    const uint64_t whole = separators & (UINT64_MAX >> 1);

    /* Before a separator a field ends; before a line end there may be another one. (The window starts with
     * a segment or a line.) */
    const uint64_t misplaced =
        (separators & ~lines & ~(ends << 1)) | (lines & ~((ends | lines) << 1 | 1));
    const uint64_t long_fields = continued & continued >> 1 & continued >> 2;
    const uint64_t too_long = long_fields & continued >> 3;
    if ((misplaced | too_long) != 0 || whole == 0 || !_mm256_testz_si256(invalid, invalid)) {
        return NULL;
    }
    const unsigned nbytes = 64 - (unsigned)__builtin_clzll(whole);
    const uint64_t are_lanes = _bzhi_u64(ends | lines, nbytes);
    const unsigned n_lanes = (unsigned)__builtin_popcountll(are_lanes);

    /* Segments of two fields or more have four or five. */
    const uint64_t e = _pext_u64((ends & separators >> 1) | lines, are_lanes);
    const uint64_t starts = _bzhi_u64(e << 1 | 1, n_lanes), longer = starts & ~e;
    if ((longer & (e >> 1 | e >> 2 | ~((e >> 3 & may_be_4) | (e >> 4 & may_be_5)))) != 0) {
        return NULL;
    }
    add_kinds(batch, starts, e, _pext_u64(lines, are_lanes), longer);
    if (long_fields != 0) {
        add_wide_lanes(segments, constants, batch, a.digits, b.digits, are_lanes);
    } else {
        add_lanes(segments, constants, batch, a.digits, b.digits, are_lanes, 0);
        if (batch->is_wide) {
            zero_highs(batch->highs + batch->n_lanes);
        }
    }
    batch->n_lanes += n_lanes;
    return p + nbytes;
}

/* ---- from lanes to rows ---- */

/* Sums, and the bounds of each: sums <= limits, unsigned. What STEP grew by is one more; it is not kept. */
struct run {
    __m256i sums, limits;
};

/* What goes along the lanes of a batch. */
struct walk {
    const uint8_t *lanes, *highs;
    uint8_t *row;
    __m256i sums, highest;
};

AVX2_INLINE void sum_one(struct walk *walk, uint8_t place, int is_wide)
{
    const struct kind *kind =
        (const void *)((const uint8_t *)kinds + (size_t)KIND_PLACE_NBYTES * place);
    const __m128i pick = _mm_load_si128((const __m128i *)kind->pick);
    const __m128i step = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)walk->lanes), pick);
    __m256i sums = _mm256_and_si256(walk->sums, _mm256_load_si256((const __m256i *)kind->keep));

    sums = _mm256_add_epi32(sums, _mm256_cvtepi16_epi32(step));
    walk->lanes += kind->lanes_nbytes;
    if (is_wide) {
        const __m128i high = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)walk->highs), pick);
        walk->highs += kind->lanes_nbytes;
        sums = _mm256_add_epi32(sums, _mm256_slli_epi32(_mm256_cvtepi16_epi32(high), 14));
    }
    walk->sums = sums;
    walk->highest = _mm256_max_epu32(walk->highest, sums);
    _mm256_storeu_si256((__m256i *)walk->row,
                        _mm256_or_si256(sums, _mm256_load_si256((const __m256i *)kind->none)));
    walk->row += kind->row_nbytes;
}

/* Adds the rows of a batch at `row`. Returns where they end; NULL, and the sums are as before, if one is out of
 * bounds or a column descends. */
AVX2_INLINE uint8_t *sum_batch(struct run *run, struct batch *batch, uint8_t *row, int is_wide)
{
    struct walk walk = {.lanes = (const uint8_t *)batch->lanes,
                        .highs = (const uint8_t *)batch->highs,
                        .row = row,
                        .sums = run->sums,
                        .highest = _mm256_setzero_si256()};

    batch->places[batch->n_places] = KIND_NOTHING << KIND_SHIFT;
    for (const uint8_t *p = batch->places, *end = p + batch->n_places; p < end; p += 2) {
        sum_one(&walk, p[0], is_wide);
        sum_one(&walk, p[1], is_wide);
    }
    const __m256i fits =
        _mm256_cmpeq_epi32(_mm256_max_epu32(walk.highest, run->limits), run->limits);
    if (_mm256_movemask_epi8(fits) != -1) {
        return NULL;
    }
    run->sums = walk.sums;
    return walk.row;
}

/* From the sums to what they stand for in the file. */
static void translate(const struct smc_segments *segments, uint32_t *row, const uint32_t *end)
{
    for (; row != end; row += SMC_ROW_LANES) {
        uint32_t has_source = 0U - (row[SMC_ROW_SOURCE] != SMCF_NONE);
        row[SMC_ROW_SOURCE] += segments->first_source & has_source;
        if (segments->name_ids != NULL && row[SMC_ROW_NAME] != SMCF_NONE) {
            row[SMC_ROW_NAME] = segments->name_ids[row[SMC_ROW_NAME]];
        }
    }
}

AVX2 static void make_picks(struct smc_segments *segments)
{
    for (unsigned bits = 0; bits < 256; bits++) {
        const uint64_t twice = smc_lanes_pick_bytes(UINT64_C(0x0e0c0a0806040200), bits);
        const __m128i low = _mm_cvtsi64_si128((long long)twice);
        const __m128i high = _mm_add_epi8(low, _mm_set1_epi8(1));
        _mm_storeu_si128((__m128i *)segments->picks[bits], _mm_unpacklo_epi8(low, high));
    }
    segments->is_ready = 1;
}

/* Rows of a batch have gone to the writer, or nowhere: where the next ones go. */
static uint8_t *end_batch(struct smc_segments *segments, uint8_t *first, uint8_t *end)
{
    struct smc_token_writer *writer = segments->writer;
    uint32_t last[2];

    if (first == end) {
        return end;
    }
    memcpy(last, end - ROW_NBYTES, sizeof last);
    segments->has_last = 1;
    segments->last_line = last[SMC_ROW_LINE];
    segments->last_column = last[SMC_ROW_COLUMN];
    if (writer == NULL) {
        return first;
    }
    if (segments->first_source != 0 || segments->name_ids != NULL) {
        translate(segments, (uint32_t *)(void *)first, (const uint32_t *)(void *)end);
    }
    writer->n = (unsigned)((size_t)(end - (uint8_t *)writer->rows) / ROW_NBYTES);
    while (writer->n >= SMCF_BLOCK_TOKENS) {
        smc_token_writer_flush(writer);
    }
    return (uint8_t *)writer->rows[writer->n];
}

static uint32_t limit_of(uint32_t n)
{
    return n == 0 ? 0 : n > INT32_MAX ? INT32_MAX : n - 1;
}

AVX2 static const uint8_t *take(struct smc_segments *segments, const uint8_t *p, const uint8_t *end,
                                const uint8_t **resume)
{
    const uint64_t may_be_4 = segments->n_sources > 0 ? UINT64_MAX : 0;
    const uint64_t may_be_5 = segments->n_names > 0 ? may_be_4 : 0;
    struct smc_token_writer *writer = segments->writer;
    uint32_t scratch[SMC_ROWS_OVER][SMC_ROW_LANES];
    struct smc_digits_constants constants;
    struct batch batch;
    struct run run = {.sums = _mm256_loadu_si256((const __m256i *)segments->sums),
                      .limits = _mm256_setr_epi32(
                          INT32_MAX, INT32_MAX, (int)limit_of(segments->n_sources), INT32_MAX,
                          INT32_MAX, (int)limit_of(segments->n_names), INT32_MAX, 0)};
    uint8_t *row = writer != NULL ? (uint8_t *)writer->rows[writer->n] : (uint8_t *)scratch;

    smc_digits_make_constants(&constants);
    segments->has_last = 0;
    *resume = NULL;
    while (*resume == NULL) {
        const uint8_t *next = p;
        batch.n_lanes = batch.n_places = 0;
        batch.is_wide = 0;
        batch.negative_zeros = 0;
        for (int n = 0; n < N_WINDOWS && *resume == NULL; n++) {
            const uint8_t *after = end - next < WINDOW ? NULL
                                                       : add_window(segments, &constants, &batch,
                                                                    next, may_be_4, may_be_5);
            if (after == NULL) {
                *resume = end - next < WINDOW ? end : next + WINDOW;
            } else {
                next = after;
            }
        }
        uint8_t *row_end = batch.negative_zeros != 0 ? NULL
                           : batch.is_wide           ? sum_batch(&run, &batch, row, 1)
                                                     : sum_batch(&run, &batch, row, 0);
        if (row_end == NULL) {
            *resume = next;
            break;
        }
        row = end_batch(segments, row, row_end);
        p = next;
    }
    _mm256_storeu_si256((__m256i *)segments->sums, run.sums);
    return p;
}

int smc_segments_can(void)
{
    return smc_cpu_level() >= SMC_CPU_AVX2;
}

const uint8_t *smc_segments_take(struct smc_segments *segments, const uint8_t *p,
                                 const uint8_t *end, const uint8_t **resume)
{
    if (!segments->is_ready) {
        make_picks(segments);
    }
    return take(segments, p, end, resume);
}

#else

int smc_segments_can(void)
{
    return 0;
}

const uint8_t *smc_segments_take(struct smc_segments *segments, const uint8_t *p,
                                 const uint8_t *end, const uint8_t **resume)
{
    segments->has_last = 0;
    *resume = end;
    return p;
}

#endif
