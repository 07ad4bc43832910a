#include "tools/cli.h"

#include "format/smcache_format.h"
#include "src/base/debug_id.h"

#include <getopt.h>
#include <inttypes.h>

static const char help[] = "usage: smcache info FILE [--json]\n"
                           "\n"
                           "Says what a compiled file holds: versions, counts, the size of each\n"
                           "section, bytes a token, the ratio to the source map, and its digest.\n"
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

static void print_info_json(const smc_cache *cache, const struct smc_info *info)
{
    struct smc_section_info section;
    char debug_id[SMC_DEBUG_ID_TEXT_NBYTES + 1];

    printf("{\"version\":\"%u.%u\",\"file_nbytes\":%" PRIu64 ",\"input_nbytes\":%" PRIu64
           ",\"ratio\":%.4f,\"n_tokens\":%u,\"n_sources\":%u,\"n_names\":%u,\"n_lines\":%u,"
           "\"content_nbytes\":%" PRIu64 ",\"index_nbytes\":%" PRIu64
           ",\"index_nbytes_per_token\":%.4f,\"n_ignored\":%u,\"file\":",
           info->version_major, info->version_minor, info->file_nbytes, info->input_nbytes,
           ratio(info->file_nbytes, info->input_nbytes), info->n_tokens, info->n_sources,
           info->n_names, info->n_lines, info->content_nbytes, index_nbytes(cache),
           ratio(index_nbytes(cache), info->n_tokens), info->n_ignored);
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

static void print_info_text(const smc_cache *cache, const struct smc_info *info)
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
    if (smc_info_get(input.cache, &info) != SMC_OK) {
        say("%s: damaged; smcache verify says where", argv[optind]);
        code = EXIT_INPUT;
    } else if (is_json) {
        print_info_json(input.cache, &info);
    } else {
        print_info_text(input.cache, &info);
    }
    input_close(&input);
    return finish_output(code);
}

const struct command cmd_info = {"info", "what a compiled file holds", help, run};
