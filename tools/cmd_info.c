#include "tools/cli.h"

#include "format/smcache_format.h"
#include "src/base/debug_id.h"

#include <getopt.h>
#include <inttypes.h>

static const char help[] = "usage: smcache info FILE [--json]\n"
                           "\n"
                           "Says what a compiled file holds: versions, counts, the size of each\n"
                           "section, bytes a token, the ratio to the source map, and its digest;\n"
                           "of functions also where their names are known from, and how many\n"
                           "tokens are in those.\n"
                           "The index is all that lookups need but the strings.\n"
                           "\n"
                           "examples:\n"
                           "  smcache info app.js.smcache\n"
                           "  smcache info app.js.smcache --json\n";

static int is_index(uint32_t section_id)
{
    switch (section_id) {
    case SMCF_SECTION_INFO:
    case SMCF_SECTION_DIRECTORY:
    case SMCF_SECTION_BLOCKS:
    case SMCF_SECTION_SOURCES:
        return 1;
    default:
        return 0;
    }
}

static const char *encoding_name(const struct smc_section_info *section)
{
    if (section->id != SMCF_SECTION_CONTENT) {
        return "";
    }
    return section->encoding == SMCF_CONTENT_DEFLATE ? "deflate" : "raw";
}

static int is_of_functions(uint32_t section_id)
{
    switch (section_id) {
    case SMCF_SECTION_RUN_OFFSETS:
    case SMCF_SECTION_RUNS:
    case SMCF_SECTION_FUNCTIONS:
    case SMCF_SECTION_INLINED:
    case SMCF_SECTION_CALL_SITES:
        return 1;
    default:
        return 0;
    }
}

static uint64_t function_nbytes(const smc_cache *cache)
{
    uint64_t nbytes = 0;
    struct smc_section_info section;
    for (uint32_t i = 0; smc_section_get(cache, i, &section) == SMC_OK; i++) {
        nbytes += is_of_functions(section.id) ? section.nbytes : 0;
    }
    return nbytes;
}

/* How many functions and tokens there are of each origin. */
#define N_ORIGINS (SMC_NAME_MINIFIED_TEXT + 1)
struct origins {
    uint32_t n_functions[N_ORIGINS], n_tokens[N_ORIGINS];
};

static smc_status count_origins(const smc_cache *cache, const struct smc_info *info,
                                struct origins *origins)
{
    struct smc_function function;

    *origins = (struct origins){{0}, {0}};
    for (uint32_t i = 0; i < info->n_functions; i++) {
        if (smc_function_get(cache, i, &function) != SMC_OK) {
            return SMC_E_DAMAGED;
        }
        origins->n_functions[function.origin]++;
    }
    for (uint32_t i = 0; info->n_functions > 0 && i < info->n_tokens; i++) {
        if (smc_token_function(cache, i, &function) != SMC_OK) {
            return SMC_E_DAMAGED;
        }
        origins->n_tokens[function.origin]++;
    }
    return SMC_OK;
}

static uint64_t index_nbytes(const smc_cache *cache)
{
    uint64_t nbytes = sizeof(struct smcf_header);
    struct smc_section_info section;
    for (uint32_t i = 0; smc_section_get(cache, i, &section) == SMC_OK; i++) {
        nbytes += sizeof(struct smcf_section) + (is_index(section.id) ? section.nbytes : 0);
    }
    return nbytes;
}

static double ratio(uint64_t a, uint64_t b)
{
    return b == 0 ? 0 : (double)a / (double)b;
}

static void print_origins_json(const struct origins *origins)
{
    const char *separator = "";

    fputs(",\"functions\":[", stdout);
    for (uint32_t i = SMC_NAME_SCOPES; i < N_ORIGINS; i++) {
        if (origins->n_functions[i] > 0) {
            printf("%s{\"origin\":\"%s\",\"n_functions\":%" PRIu32 ",\"n_tokens\":%" PRIu32 "}",
                   separator, name_origin_text(i), origins->n_functions[i], origins->n_tokens[i]);
            separator = ",";
        }
    }
    fputs("]", stdout);
}

static void print_info_json(const smc_cache *cache, const struct smc_info *info,
                            const struct origins *origins)
{
    struct smc_section_info section;
    char debug_id[SMC_DEBUG_ID_TEXT_NBYTES + 1];

    printf("{\"version\":\"%u.%u\",\"file_nbytes\":%" PRIu64 ",\"input_nbytes\":%" PRIu64
           ",\"ratio\":%.4f,\"n_tokens\":%u,\"n_sources\":%u,\"n_names\":%u,\"n_lines\":%u,"
           "\"content_nbytes\":%" PRIu64 ",\"index_nbytes\":%" PRIu64
           ",\"index_nbytes_per_token\":%.4f,\"n_ignored\":%u,\"n_functions\":%u,"
           "\"function_nbytes\":%" PRIu64,
           info->version_major, info->version_minor, info->file_nbytes, info->input_nbytes,
           ratio(info->file_nbytes, info->input_nbytes), info->n_tokens, info->n_sources,
           info->n_names, info->n_lines, info->content_nbytes, index_nbytes(cache),
           ratio(index_nbytes(cache), info->n_tokens), info->n_ignored, info->n_functions,
           function_nbytes(cache));
    print_origins_json(origins);
    fputs(",\"file\":", stdout);
    print_json(stdout, info->file);
    fputs(",\"source_root\":", stdout);
    print_json(stdout, info->source_root);
    fputs(",\"debug_id\":", stdout);
    if (info->has_debug_id) {
        smc_debug_id_format(info->debug_id, debug_id);
        printf("\"%s\"", debug_id);
    } else {
        fputs("null", stdout);
    }
    fputs(",\"input_digest\":\"", stdout);
    print_hex(stdout, info->input_digest, sizeof info->input_digest);
    fputs("\",\"recipe_digest\":\"", stdout);
    print_hex(stdout, info->recipe_digest, sizeof info->recipe_digest);
    fputs("\",\"content_digest\":\"", stdout);
    print_hex(stdout, info->content_digest, sizeof info->content_digest);
    fputs("\",\"sections\":[", stdout);
    for (uint32_t i = 0; smc_section_get(cache, i, &section) == SMC_OK; i++) {
        printf("%s{\"id\":%u,\"name\":", i > 0 ? "," : "", section.id);
        printf(section.name != NULL ? "\"%s\"" : "null", section.name);
        printf(",\"encoding\":%u,\"offset\":%" PRIu64 ",\"nbytes\":%" PRIu64 ",\"count\":%" PRIu64
               "}",
               section.encoding, section.offset, section.nbytes, section.count);
    }
    puts("]}");
}

static void print_functions_text(const smc_cache *cache, const struct smc_info *info,
                                 const struct origins *origins)
{
    printf("functions     %u in %" PRIu64 " bytes, %.2f a token\n", info->n_functions,
           function_nbytes(cache), ratio(function_nbytes(cache), info->n_tokens));
    for (uint32_t i = SMC_NAME_SCOPES; i < N_ORIGINS; i++) {
        if (origins->n_functions[i] > 0) {
            printf("  %-13s %" PRIu32 ", of %" PRIu32 " tokens\n", name_origin_text(i),
                   origins->n_functions[i], origins->n_tokens[i]);
        }
    }
}

static void print_info_text(const smc_cache *cache, const struct smc_info *info,
                            const struct origins *origins)
{
    struct smc_section_info section;
    char debug_id[SMC_DEBUG_ID_TEXT_NBYTES + 1];

    printf("format        %u.%u\n", info->version_major, info->version_minor);
    if (info->file.ptr != NULL) {
        fputs("file          ", stdout);
        print_text(stdout, info->file);
        fputc('\n', stdout);
    }
    if (info->source_root.ptr != NULL) {
        fputs("source root   ", stdout);
        print_text(stdout, info->source_root);
        fputc('\n', stdout);
    }
    if (info->has_debug_id) {
        smc_debug_id_format(info->debug_id, debug_id);
        printf("debug ID      %s\n", debug_id);
    }
    printf("tokens        %u\n", info->n_tokens);
    printf("lines         %u\n", info->n_lines);
    printf("sources       %u", info->n_sources);
    printf(info->n_ignored > 0 ? ", %u on the ignore list\n" : "\n", info->n_ignored);
    printf("names         %u\n", info->n_names);
    if (info->n_functions > 0) {
        print_functions_text(cache, info, origins);
    }
    printf("contents      %" PRIu64 " bytes\n", info->content_nbytes);
    printf("size          %" PRIu64 " bytes, %.3f of the map's %" PRIu64 "\n", info->file_nbytes,
           ratio(info->file_nbytes, info->input_nbytes), info->input_nbytes);
    printf("index         %" PRIu64 " bytes, %.2f a token\n", index_nbytes(cache),
           ratio(index_nbytes(cache), info->n_tokens));
    fputs("input digest  ", stdout);
    print_hex(stdout, info->input_digest, sizeof info->input_digest);
    puts("\n\nsection                  bytes        count");
    for (uint32_t i = 0; smc_section_get(cache, i, &section) == SMC_OK; i++) {
        printf("%-18s %11" PRIu64 " %12" PRIu64 "%s%s\n",
               section.name != NULL ? section.name : "(unknown)", section.nbytes, section.count,
               encoding_name(&section)[0] != '\0' ? "  " : "", encoding_name(&section));
    }
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct smc_info info;
    struct origins origins;
    struct input input;
    int is_json = 0, option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            is_json = 1;
            break;
        case 'h':
            fputs(command->help, stdout);
            return finish_output(EXIT_DONE);
        default:
            return usage_error(command, "wrong option");
        }
    }
    if (argc - optind != 1) {
        return usage_error(command, "one FILE is needed");
    }
    int code = input_open_cache(argv[optind], 0, &input);
    if (code != EXIT_DONE) {
        return code;
    }
    if (smc_info_get(input.cache, &info) != SMC_OK ||
        count_origins(input.cache, &info, &origins) != SMC_OK) {
        say("%s: damaged; smcache verify says where", argv[optind]);
        code = EXIT_INPUT;
    } else if (is_json) {
        print_info_json(input.cache, &info, &origins);
    } else {
        print_info_text(input.cache, &info, &origins);
    }
    input_close(&input);
    return finish_output(code);
}

const struct command cmd_info = {"info", "what a compiled file holds", help, run};
