/*
 * Lines around a position, next to an oracle that makes lists of lines and of characters.
 */
#include "src/reader/text.h"
#include "tests/unit/characters.h"
#include "tests/unit/contents.h"
#include "tests/unit/features.h"

#define PIECE SMCF_CONTENT_BLOCK_MIN
#define LINES_MAX (2 * SMC_CONTEXT_AROUND_MAX + 1)

/* How the contents are in the file. */
enum packing { RAW, PIECES, N_PACKINGS };

#define SOURCES_MAX 5

struct world {
    struct smc_view *lines[SOURCES_MAX]; /* as the oracle has them */
    uint32_t n_lines[SOURCES_MAX];
    uint32_t n_sources;
    struct file file;
    smc_cache *cache;
    smc_text *text;
};

/* Whatever bytes contents have, a file holds them: the builder gets others in place of all but line ends, and finds the
 * same lines. */
static struct file raw_file(const struct content *contents, uint32_t n)
{
    struct content *others = calloc(n, sizeof *others);
    struct text stream = {0};

    assert_non_null(others);
    text_add(&stream, "", 0);
    for (uint32_t i = 0; i < n; i++) {
        others[i].name = contents[i].name;
        if (contents[i].bytes.data == NULL) {
            continue;
        }
        struct smc_view *lines;
        uint32_t n_lines = content_lines(&contents[i], &lines);
        text_add(&others[i].bytes, contents[i].bytes.data, contents[i].bytes.nbytes);
        text_add(&stream, contents[i].bytes.data, contents[i].bytes.nbytes);
        for (uint32_t line = 0; line < n_lines; line++) {
            memset(others[i].bytes.data + (lines[line].ptr - contents[i].bytes.data), 'x',
                   lines[line].nbytes);
        }
        free(lines);
    }
    struct text map = contents_map(others, n);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_RAW);
    size_t nbytes, start = section_offset(&file, SMCF_SECTION_CONTENT, &nbytes);
    assert_int_equal(nbytes, stream.nbytes);
    memcpy(file.bytes + start, stream.data, nbytes);
    file_seal(file.bytes, file.nbytes);
    contents_free(others, n);
    free(others);
    text_free(&stream);
    text_free(&map);
    return file;
}

static struct world open_world(const struct content *contents, uint32_t n, enum packing packing)
{
    struct world world = {.n_sources = n, .file = raw_file(contents, n)};

    for (uint32_t i = 0; i < n; i++) {
        world.n_lines[i] =
            contents[i].bytes.data == NULL ? 0 : content_lines(&contents[i], &world.lines[i]);
    }
    if (packing == PIECES) {
        struct file file = deflate_contents(&world.file, PIECE, 0);
        file_free(&world.file);
        world.file = file;
    }
    world.cache = open_file(&world.file);
    assert_int_equal(smc_text_open(world.cache, &world.text), SMC_OK);
    return world;
}

static void close_world(struct world *world)
{
    for (uint32_t i = 0; i < world->n_sources; i++) {
        free(world->lines[i]);
    }
    smc_text_close(world->text);
    smc_close(world->cache);
    file_free(&world->file);
}

/* ---- the oracle ---- */

static uint32_t units_of(const struct character *list, size_t from, size_t to)
{
    return list[to].column - list[from].column;
}

/* What is shown of a line of n characters: first .. end, and where the column is. */
struct window {
    size_t first, at, end;
};

static struct window find_window(const struct character *list, size_t n, uint32_t column,
                                 uint32_t max_units)
{
    struct window w = {0, 0, 0};

    while (w.at < n && list[w.at + 1].column <= column) {
        w.at++;
    }
    w.first = w.end = w.at;
    while (w.first > 0 && 2 * units_of(list, w.first - 1, w.at) < max_units) {
        w.first--;
    }
    while (w.end < n && units_of(list, w.first, w.end + 1) <= max_units) {
        w.end++;
    }
    while (w.first > 0 && units_of(list, w.first - 1, w.end) <= max_units) {
        w.first--;
    }
    return w;
}

static void check_line(const struct smc_context_line *found, struct smc_view line, uint32_t column,
                       uint32_t max_units, const struct smc_context *context)
{
    struct character *list;
    const size_t n = characters_of(line.ptr, line.nbytes, &list);
    const struct window w = find_window(list, n, column, max_units);

    assert_non_null(found->text.ptr);
    assert_view(found->text, line.ptr + list[w.first].off, list[w.end].off - list[w.first].off);
    assert_int_equal(found->first_column, list[w.first].column);
    assert_int_equal(found->flags, (w.first > 0 ? SMC_CONTEXT_CUT_LEFT : 0u) |
                                       (w.end < n ? SMC_CONTEXT_CUT_RIGHT : 0u));
    if (context != NULL) {
        assert_int_equal(context->column, units_of(list, w.first, w.at));
        assert_int_equal(context->column_nbytes, list[w.at].off - list[w.first].off);
    }
    free(list);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* All views are looked at when all have been made. */
static void check_query(const struct world *world, const struct smc_context_query *query)
{
    struct smc_context_line found[LINES_MAX];
    struct smc_context context;
    const struct smc_view *lines = world->lines[query->source];
    const uint32_t n = world->n_lines[query->source];
    const uint32_t before = least(least(query->n_before, SMC_CONTEXT_AROUND_MAX), query->line);
    const uint32_t after =
        least(least(query->n_after, SMC_CONTEXT_AROUND_MAX), n - 1 - query->line);
    const uint32_t max_units = least(query->max_units, SMC_CONTEXT_UNITS_MAX);
    const uint8_t *start = world->file.bytes, *end = start + world->file.nbytes;

    assert_true(query->line < n);
    assert_int_equal(smc_text_context(world->text, query, found, &context), SMC_OK);
    assert_int_equal(context.n_lines, before + 1 + after);
    assert_int_equal(context.index, before);
    for (uint32_t i = 0; i < context.n_lines; i++) {
        const int is_it = i == before;
        assert_int_equal(found[i].line, query->line - before + i);
        check_line(&found[i], lines[found[i].line], is_it ? query->column : 0, max_units,
                   is_it ? &context : NULL);
        if (world->cache->content_encoding == SMCF_CONTENT_RAW) { /* no copy */
            const uint8_t *p = (const uint8_t *)found[i].text.ptr;
            assert_true(p >= start && p + found[i].text.nbytes <= end);
        }
    }
}

/* ---- texts ---- */

static void add_line_end(struct text *text, struct rng *rng)
{
    static const char *const ends[] = {"\n",           "\n",           "\r\n", "\r",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\f",   "\n\r\r\n"};

    text_puts(text, ends[rng_below(rng, COUNT_OF(ends))]);
}

/* Lines of all lengths, of well-formed characters or of any bytes. */
static struct text random_text(struct rng *rng, size_t nbytes, int is_hostile)
{
    static const char *const characters[] = {"a",
                                             "=",
                                             "\t",
                                             "\xc3\xa9",
                                             "\xe4\xb8\xad",
                                             "\xf0\x9f\x98\x80",
                                             "\xcc\x81",
                                             "\xed\xa0\x80",
                                             "some words of ASCII "};
    struct text text = {0};

    text_add(&text, "", 0);
    while (text.nbytes < nbytes) {
        const uint32_t n = rng_below(rng, rng_below(rng, 8) == 0 ? 3000 : 40);
        for (uint32_t i = 0; i < n && !is_hostile; i++) {
            text_puts(&text, characters[rng_below(rng, COUNT_OF(characters))]);
        }
        if (is_hostile) {
            text_add_hostile(&text, rng, n);
        }
        add_line_end(&text, rng);
    }
    return text;
}

static uint32_t random_units(struct rng *rng)
{
    static const uint32_t some[] = {
        0, 1, 2, 3, 4, 5, 40, 160, 161, 1000, SMC_CONTEXT_UNITS_MAX, UINT32_MAX};

    return some[rng_below(rng, COUNT_OF(some))];
}

static uint32_t random_count(struct rng *rng)
{
    static const uint32_t some[] = {0, 1, 2, 5, 5, 40, SMC_CONTEXT_AROUND_MAX, UINT32_MAX};

    return some[rng_below(rng, COUNT_OF(some))];
}

static void ask_at_random(const struct world *world, struct rng *rng)
{
    struct smc_context_query query = {.source = rng_below(rng, world->n_sources)};
    const uint32_t n_lines = world->n_lines[query.source];
    struct smc_view view;

    if (n_lines == 0) {
        return;
    }
    query.line = rng_below(rng, 5) == 0 ? n_lines - 1 : rng_below(rng, n_lines);
    query.column = rng_below(rng, 6) == 0 ? rng_below(rng, 2) * UINT32_MAX
                                          : rng_below(rng, 1u << rng_below(rng, 15));
    query.n_before = random_count(rng);
    query.n_after = random_count(rng);
    query.max_units = random_units(rng);
    check_query(world, &query);
    if (rng_below(rng, 3) == 0) { /* what else is read with the same smc_text */
        const uint32_t line = rng_below(rng, n_lines);
        const struct smc_view *wanted = &world->lines[query.source][line];
        assert_int_equal(smc_text_line(world->text, query.source, line, &view), SMC_OK);
        assert_view(view, wanted->ptr, wanted->nbytes);
    }
}

static void random_texts(void **state)
{
    struct rng rng = {101};

    (void)state;
    for (int round = 0; round < 40; round++) {
        struct content contents[] = {
            {"a.js", {0}}, {"b.css", {0}}, {"none.js", {0}}, {NULL, {0}}, {"e.js", {0}}};
        contents[0].bytes = random_text(&rng, (size_t)3 * PIECE, round % 3 == 1);
        contents[1].bytes = random_text(&rng, rng_below(&rng, 2 * PIECE), round % 3 == 1);
        contents[3].bytes = random_text(&rng, rng_below(&rng, 5 * PIECE), round % 3 == 2);
        text_add(&contents[4].bytes, "", 0);
        for (int packing = RAW; packing < N_PACKINGS; packing++) {
            struct world world = open_world(contents, COUNT_OF(contents), (enum packing)packing);
            for (int i = 0; i < 150; i++) {
                ask_at_random(&world, &rng);
            }
            close_world(&world);
        }
        contents_free(contents, COUNT_OF(contents));
    }
}

/* Characters of all sizes in all ways across a border of pieces, and line ends; each column near it. */
static void at_borders_of_pieces(void **state)
{
    static const char *const tails[] = {"\xf0\x9f\x98\x80\xf0\x9f\x98\x81z",
                                        "\xe4\xb8\xad\xe6\x96\x87z",
                                        "\xc3\xa9\xc3\xa8z",
                                        "\xf0\x9f\x98\xf0\x9f\x98\xe4\xb8\x80",
                                        "\x80\x80\x80\x80\x80",
                                        "ab\r\ncd",
                                        "\r\n\r\n",
                                        "a\xe2\x80\xa8z",
                                        "\xf0\x9f\x98"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tails) * 8; i++) {
        const char *tail = tails[i / 8];
        struct content content = {"a.js", {0}};
        text_repeat(&content.bytes, 'x', PIECE - 9 + i % 8);
        content.bytes.data[PIECE - 340] = content.bytes.data[PIECE - 300] = '\n';
        text_puts(&content.bytes, tail);
        struct world world = open_world(&content, 1, PIECES);
        for (uint32_t column = 280; column < 308; column++) {
            for (uint32_t max_units = 0; max_units < 9; max_units++) {
                struct smc_context_query query = {.line = 2,
                                                  .column = column,
                                                  .n_before = 1,
                                                  .n_after = 2,
                                                  .max_units = max_units};
                check_query(&world, &query);
            }
        }
        close_world(&world);
        text_free(&content.bytes);
    }
}

static void the_first_and_the_last_line(void **state)
{
    static const char *const texts[] = {
        "", "\n", "a", "a\n", "\na", "a\r\n\r\nb", "one\ntwo\nthree\nfour\n"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts) * N_PACKINGS; i++) {
        const char *bytes = texts[i / N_PACKINGS];
        struct content content = content_of("a.js", bytes, strlen(bytes));
        struct world world = open_world(&content, 1, (enum packing)(i % N_PACKINGS));
        for (uint32_t line = 0; line < world.n_lines[0]; line++) {
            for (uint32_t n = 0; n < 16; n++) {
                const uint32_t counts[] = {0, 1, 2, UINT32_MAX};
                struct smc_context_query query = {.line = line,
                                                  .column = n,
                                                  .n_before = counts[n % 4],
                                                  .n_after = counts[n / 4],
                                                  .max_units = 2};
                check_query(&world, &query);
            }
        }
        close_world(&world);
        text_free(&content.bytes);
    }
}

static void more_lines_than_the_limit(void **state)
{
    struct content content = {"a.js", {0}};

    (void)state;
    for (uint64_t i = 0; i < 700; i++) {
        text_number(&content.bytes, i);
        text_puts(&content.bytes, "\n");
    }
    for (int packing = RAW; packing < N_PACKINGS; packing++) {
        static const uint32_t lines[] = {0, 254, 255, 256, 300, 444, 445, 446, 700};
        static const uint32_t counts[] = {254, 255, 256, UINT32_MAX};
        struct world world = open_world(&content, 1, (enum packing)packing);
        for (size_t i = 0; i < COUNT_OF(lines) * COUNT_OF(counts); i++) {
            const uint32_t n = counts[i % COUNT_OF(counts)];
            struct smc_context_query query = {
                .line = lines[i / COUNT_OF(counts)], .n_before = n, .n_after = n, .max_units = 160};
            check_query(&world, &query);
        }
        close_world(&world);
    }
    text_free(&content.bytes);
}

static void no_context(void **state)
{
    struct content contents[] = {content_of("a.js", "one\ntwo", 7), {"none.js", {0}}};
    static const struct {
        uint32_t source, line;
        smc_status status;
    } rows[] = {{0, 2, SMC_E_RANGE},      {0, SMC_NONE, SMC_E_RANGE}, {1, 0, SMC_E_NO_CONTENT},
                {1, 5, SMC_E_NO_CONTENT}, {2, 0, SMC_E_RANGE},        {SMC_NONE, 0, SMC_E_RANGE}};
    (void)state;
    for (int packing = RAW; packing < N_PACKINGS; packing++) {
        struct world world = open_world(contents, COUNT_OF(contents), (enum packing)packing);
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            const struct smc_context_query query = {.source = rows[i].source,
                                                    .line = rows[i].line,
                                                    .n_before = 2,
                                                    .n_after = 2,
                                                    .max_units = 9};
            struct smc_context_line lines[5];
            struct smc_context context;
            memset(&context, 0xff, sizeof context);
            assert_int_equal(smc_text_context(world.text, &query, lines, &context), rows[i].status);
            assert_int_equal(context.n_lines, 0);
            assert_int_equal(context.index, 0);
            assert_int_equal(context.column, 0);
            assert_int_equal(context.column_nbytes, 0);
        }
        close_world(&world);
    }
    contents_free(contents, COUNT_OF(contents));
}

/* ---- a source of one line of megabytes ---- */

#define LONG_NBYTES 9000000u

/* Of "0000000,0000001,..." */
static void check_long(const smc_text *text, const struct smc_context_line *line,
                       const struct smc_context *context, uint32_t column)
{
    const uint32_t first = column <= 79 ? 0 : least(column - 79, LONG_NBYTES - 160);

    assert_int_equal(line->first_column, first);
    assert_int_equal(line->text.nbytes, 160);
    assert_int_equal(context->column, least(column, LONG_NBYTES) - first);
    for (uint32_t i = 0; i < 160; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%07u,", (first + i) / 8);
        assert_int_equal(line->text.ptr[i], number[(first + i) % 8]);
    }
    assert_true(text->kept_capacity <= 8192);
    assert_true(text->joined_capacity <= 1024);
}

/* However much is asked for. */
static void check_most(smc_text *text)
{
    static const uint32_t max_units[] = {SMC_CONTEXT_UNITS_MAX, SMC_CONTEXT_UNITS_MAX + 1,
                                         UINT32_MAX};

    for (size_t i = 0; i < COUNT_OF(max_units); i++) {
        const struct smc_context_query query = {.column = 4000000, .max_units = max_units[i]};
        struct smc_context_line line;
        struct smc_context context;
        assert_int_equal(smc_text_context(text, &query, &line, &context), SMC_OK);
        assert_int_equal(line.text.nbytes, SMC_CONTEXT_UNITS_MAX);
        assert_int_equal(line.flags, SMC_CONTEXT_CUT_LEFT | SMC_CONTEXT_CUT_RIGHT);
        assert_int_equal(context.column, SMC_CONTEXT_UNITS_MAX / 2 - 1);
        assert_memory_equal(line.text.ptr + context.column_nbytes, "0500000,0500001,", 16);
    }
}

static void one_line_of_megabytes(void **state)
{
    static const uint32_t columns[] = {
        0,         79,      80,      81,      131071,  131072,  131073,      1000000,
        4500000,   8912895, 8912896, 8912897, 8999900, 8999999, LONG_NBYTES, LONG_NBYTES + 1,
        UINT32_MAX};
    struct content content = {"a.min.js", {0}};

    (void)state;
    for (uint32_t i = 0; i < LONG_NBYTES / 8; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%07u,", i);
        text_add(&content.bytes, number, 8);
    }
    struct text map = contents_map(&content, 1);
    for (size_t i = 0; i < 2 * COUNT_OF(columns); i++) {
        const struct smc_context_query query = {
            .column = columns[i / 2], .n_before = 5, .n_after = 5, .max_units = 160};
        struct smc_context_line lines[11];
        struct smc_context context;
        static struct world worlds[2];
        struct world *world = &worlds[i % 2];
        if (i < 2) {
            world->file =
                build_file(&map, i == 0 ? SMC_BUILD_SOURCES_DEFLATE : SMC_BUILD_SOURCES_RAW);
            world->cache = open_file(&world->file);
        }
        assert_int_equal(smc_text_open(world->cache, &world->text), SMC_OK);
        assert_int_equal(smc_text_context(world->text, &query, lines, &context), SMC_OK);
        assert_int_equal(context.n_lines, 1);
        check_long(world->text, &lines[0], &context, query.column);
        if (i % 2 == 0 && query.column < 100) { /* no more is inflated than it takes */
            assert_true(world->text->pieces[1].inflate.out_off < 2000);
        }
        check_most(world->text);
        smc_text_close(world->text);
        if (i >= 2 * COUNT_OF(columns) - 2) {
            smc_close(world->cache);
            file_free(&world->file);
        }
    }
    text_free(&map);
    text_free(&content.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts),
        cmocka_unit_test(at_borders_of_pieces),
        cmocka_unit_test(the_first_and_the_last_line),
        cmocka_unit_test(more_lines_than_the_limit),
        cmocka_unit_test(no_context),
        cmocka_unit_test(one_line_of_megabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
