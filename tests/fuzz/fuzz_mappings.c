/*
 * The decoder of `mappings` against a naive one: the same verdict, tokens and warnings, and lookups as a scan has them. All
 * variants of the hot loops write the same file, and a strict build is refused if there are warnings.
 *
 * The first bytes choose how many sources and names there are, and whether the rest is the text, or numbers of which
 * segments are made.
 *
 * sources: src/build/decode_text.c src/build/mappings.c src/build/pack.c src/build/pack_names.c src/build/row_sort.c src/build/segments.c src/build/tokens.c src/build/vlq.c
 * support: src/base src/build src/javascript src/json src/reader src/url src/verify tests/unit/oracle.c tests/unit/support.c
 * libraries: cmocka
 * nbytes: 2048
 */
#include "src/base/cpu.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/unit/oracle.h"

enum { IS_MADE = 1, ESCAPES = 2 };

struct input {
    const uint8_t *p, *end;
};

static uint8_t take(struct input *input)
{
    return input->p < input->end ? *input->p++ : 0;
}

/* A small number, or one of four bytes. */
static int64_t take_number(struct input *input, int is_wide)
{
    uint32_t value = 0;

    for (int i = 0; i < 4 && is_wide; i++) {
        value = value << 8 | take(input);
    }
    return is_wide ? (int64_t)(int32_t)value : (int64_t)(int8_t)take(input);
}

/* Segments of numbers: a byte says how many there are and whether they are wide, or that a line ends. */
static struct text make_mappings(struct input input)
{
    static const int n_fields[] = {0, 1, 4, 5};
    struct text text = {0};
    int is_first = 1;

    text_add(&text, "", 0);
    while (input.p < input.end) {
        const uint8_t how = take(&input);
        const int n = n_fields[how % 4];
        if (n == 0) {
            text_repeat(&text, ';', 1 + (how >> 2 == 63 ? take(&input) : 0u));
            is_first = 1;
            continue;
        }
        text_puts(&text, is_first ? "" : ",");
        for (int i = 0; i < n; i++) {
            text_vlq(&text, take_number(&input, how >> (2 + i) & 1));
        }
        is_first = 0;
    }
    return text;
}

/* Bytes as they are, but for those that would end the JSON string, or be unescaped in it. */
static struct text copy_mappings(struct input input)
{
    struct text text = {0};

    text_add(&text, "", 0);
    for (; input.p < input.end; input.p++) {
        const char c = (char)*input.p;
        text_add(&text, c == '"' || c == '\\' || (uint8_t)c < 0x20 || (uint8_t)c > 0x7e ? "!" : &c,
                 1);
    }
    return text;
}

static const smc_build_status statuses[] = {
    [FINE] = SMC_BUILD_OK,
    [EMPTIED] = SMC_BUILD_OK,
    [OVERFLOWS] = SMC_BUILD_E_MAP,
    [OVER_LIMIT] = SMC_BUILD_E_LIMIT,
};

static int is_same_file(const struct file *a, const struct file *b)
{
    return a->nbytes == b->nbytes && (a->bytes == NULL) == (b->bytes == NULL) &&
           (a->bytes == NULL || b->bytes == NULL || memcmp(a->bytes, b->bytes, a->nbytes) == 0);
}

/* The file, which is the same by all variants; without bytes if the map is refused. */
static struct file build_by_all(const struct text *map, const struct naive *naive)
{
    struct file first = {NULL, 0};

    for (int level = SMC_CPU_SCALAR; level <= SMC_CPU_AVX2; level++) {
        struct warnings warnings;
        struct file file;
        smc_cpu_set_limit((enum smc_cpu_level)level);
        must_hold(try_build(map, SMC_BUILD_SOURCES_NONE, &file, &warnings, NULL) ==
                      statuses[naive->verdict],
                  "another verdict");
        must_hold(file.bytes == NULL || warnings.n == naive->n_warnings, "other warnings");
        if (level == SMC_CPU_SCALAR) {
            first = file;
            continue;
        }
        must_hold(is_same_file(&file, &first), "variants disagree");
        file_free(&file);
    }
    return first;
}

static void check_strict(const struct text *map, const struct naive *naive)
{
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .sources = SMC_BUILD_SOURCES_NONE,
                                              .functions = SMC_BUILD_FUNCTIONS_NONE,
                                              .strict = 1};
    struct file file;
    const smc_build_status status = try_build_with(map, &options, &file, NULL, NULL);

    must_hold(status == statuses[naive->verdict] ||
                  (naive->n_warnings > 0 && status == SMC_BUILD_E_MAP),
              "another verdict in strict mode");
    must_hold(status != SMC_BUILD_OK || naive->n_warnings == 0, "strict mode goes on");
    file_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    if (nbytes < 4) {
        return 0;
    }
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    const struct input input = {data + 4, data + nbytes};
    struct surroundings around = {data[1] % 16, data[2], 1 + data[2] / 2};
    struct text mappings = (data[0] & IS_MADE) != 0 ? make_mappings(input) : copy_mappings(input);
    struct naive naive = naive_decode(&mappings, around.n_sources, around.n_names);
    struct text map = naive_map(&mappings, &around, (data[0] & ESCAPES) != 0);
    struct rng rng = {1u + data[3]};

    struct file file = build_by_all(&map, &naive);
    if (file.bytes != NULL) {
        must_hold(verify_bytes(file.bytes, file.nbytes, NULL) == SMC_OK, "verify refuses");
        naive_compare_file(&file, &naive, &around, &rng);
    }
    check_strict(&map, &naive);
    file_free(&file);
    text_free(&map);
    text_free(&mappings);
    free(naive.tokens);
    return 0;
}
