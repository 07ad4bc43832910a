#include "tests/unit/attack_files.h"

#include "tests/unit/damage.h"
#include "tests/unit/features.h"
#include "tests/unit/format_fields.h"
#include "tests/unit/functions.h"

static void add_list(struct text *map, const char *member, const char *prefix, unsigned n)
{
    text_puts(map, member);
    for (unsigned i = 0; i < n; i++) {
        text_puts(map, i > 0 ? ",\"" : "[\"");
        text_puts(map, prefix);
        text_number(map, i);
        text_puts(map, "\"");
    }
    text_puts(map, "],");
}

/* Two entries of the directory's top, and so 17 of its middle; three groups of strings, and five of runs. */
static struct file file_of_levels(void)
{
    const uint32_t n_tokens = (SMCF_FANOUT * SMCF_FANOUT + 1) * SMCF_BLOCK_TOKENS;
    struct smc_function_table table = {0};
    struct text map = {0};

    text_puts(&map, "{\"version\":3,");
    add_list(&map, "\"sources\":", "s", 1);
    add_list(&map, "\"names\":", "n", 2 * SMCF_GROUP_VALUES);
    text_puts(&map, "\"mappings\":\"AAAAA");
    for (uint32_t i = 1; i < n_tokens; i++) {
        text_puts(&map, i % 3 == 0 ? ";AACA" : ",EAAEC");
    }
    text_puts(&map, "\"}");
    struct file plain = build_file(&map, SMC_BUILD_SOURCES_NONE);
    for (uint32_t i = 0; i < n_tokens; i += SMCF_BLOCK_TOKENS / 2 * 3) {
        smc_function_table_run(&table, i,
                               add_named(&table, i % 4 == 0 ? "f" : "A.g", SMCF_NAME_ORIGINAL));
    }
    struct file file = file_with_functions(&plain, &table);
    file_free(&plain);
    text_free(&map);
    return file;
}

/* A name of a source that does not fit into its record, and one that just does. */
static struct file file_of_long_names(void)
{
    struct text members = {0};

    text_puts(&members, "\"sources\":[\"");
    text_repeat(&members, 'a', SMCF_NAME_INDIRECT);
    text_puts(&members, "\",\"");
    text_repeat(&members, 'a', SMCF_NAME_INDIRECT - 1);
    text_puts(&members, "\",\"b\"]");
    struct file file = build_mappings("AAAA,ECAA,EACA", members.data);
    text_free(&members);
    return file;
}

/* Two groups of counts of lines, raw or deflated. */
static struct file file_of_stretches(enum smc_build_sources mode)
{
    struct text map = {0};

    text_puts(&map,
              "{\"version\":3,\"names\":[],\"mappings\":\"AAAA\",\"sources\":[\"a.js\",\"b.css\"],"
              "\"sourcesContent\":[\"");
    for (unsigned i = 0; i < SMCF_GROUP_VALUES; i++) {
        text_repeat(&map, (char)('a' + i % 26), SMCF_STRETCH_NBYTES);
        text_puts(&map, i % 3 == 0 ? "\\r\\n\\n" : i % 3 == 1 ? "\\u2028" : "\\r");
    }
    text_puts(&map, "\",\"b{}\\fc{}\\n\"]}");
    struct file file = build_file(&map, mode);
    text_free(&map);
    return file;
}

static struct file file_of_raw_stretches(void)
{
    return file_of_stretches(SMC_BUILD_SOURCES_RAW);
}

static struct file file_of_deflated_stretches(void)
{
    return file_of_stretches(SMC_BUILD_SOURCES_DEFLATE);
}

/* Records that one load does not have: of more than 57 bits. */
static struct file file_of_wide_records(void)
{
    struct text mappings = {0};

    for (int64_t i = 0; i < 40; i++) {
        const int64_t sign = i % 2 == 0 ? 1 : -1;
        text_puts(&mappings, i % 10 == 9 ? ";" : i > 0 ? "," : "");
        text_segment(&mappings, 5, i % 10 == 9 ? 1 : 100000000 + i * i,
                     i == 0 ? 0 : sign * (1 - i % 2 * 2), sign * 0x7ffff000, sign * 0x7fff0000,
                     i == 0 ? 0 : sign);
    }
    struct file file =
        build_mappings(mappings.data, "\"sources\":[\"a.js\",\"b.js\"],\"names\":[\"m\",\"n\"]");
    text_free(&mappings);
    return file;
}

/* No block is near its end, so that lookups check less; and it is of a newer minor, with a section that nobody
 * knows. */
static struct file file_of_newer_minor(void)
{
    struct file file = feature_file_deflate(), roomy = roomy_file(&file);

    file_free(&file);
    return roomy;
}

/* What a large file has that no other one has so. */
static const uint32_t of_levels[] = {OF_TABLE, DIRECTORY, RUN_OFFSETS, STRING_OFFSETS, 0};
static const uint32_t of_names[] = {OF_TABLE, SOURCES, STRING_OFFSETS, 0};
static const uint32_t of_lines[] = {OF_TABLE, SOURCES, LINE_COUNTS, CONTENT_DIRECTORY, 0};
static const uint32_t of_blocks[] = {OF_TABLE, DIRECTORY, BLOCKS, 0};

struct attack_file attack_files[N_ATTACK_FILES] = {
    {"deflated_contents", feature_file_deflate, NULL},
    {"raw_contents", feature_file_raw, NULL},
    {"no_contents", feature_file_none, of_blocks},
    {"ranges_and_bytecode", feature_file_extra, NULL},
    {"functions", feature_file_functions, NULL},
    {"wide_records", file_of_wide_records, NULL},
    {"a_newer_minor", file_of_newer_minor, NULL},
    {"three_levels", file_of_levels, of_levels},
    {"long_names", file_of_long_names, of_names},
    {"many_raw_lines", file_of_raw_stretches, of_lines},
    {"many_deflated_lines", file_of_deflated_stretches, of_lines},
};
