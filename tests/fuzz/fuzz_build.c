/*
 * A map, as hostile as can be, and options -> a file, which verify must find good, and which must answer as a plain reader
 * of the map does (plain_map.h): sources, contents and their lines, names, tokens, lookups. The same input gives the same
 * bytes, on several threads and by all variants of the hot loops. What is refused is refused with a reason and a place.
 *
 * The first bytes choose options, and how much of the end is a generated file.
 *
 * sources: src/build src/url
 * support: src/base src/javascript src/json src/reader src/verify tests/fuzz/plain_json.c tests/fuzz/plain_map.c tests/fuzz/plain_mappings.c tests/fuzz/plain_uuid.c
 * libraries: jansson
 */
#include "format/smcache_format.h"
#include "src/base/cpu.h"
#include "src/build/smcache_build.h"
#include "src/verify/smcache_verify.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/fuzz/plain_map.h"

#include <string.h>

#define HEAD_NBYTES 4
#define FRAMES_MAX 8

/* Which options change the names of sources. */
#define NAME_OPTIONS 0x3f

static const char growth_reason[] = "sourceRoot or an option makes the names too large";

/* ---- building ---- */

struct generated {
    const uint8_t *bytes;
    size_t nbytes;
    unsigned n_loaded;
};

static int load_generated(void *context, const void **bytes, size_t *nbytes)
{
    struct generated *generated = context;

    must_hold(generated->n_loaded++ == 0, "the generated file is fetched twice");
    *bytes = generated->bytes;
    *nbytes = generated->nbytes;
    return 0;
}

struct input {
    const uint8_t *map;
    size_t nbytes;
    struct generated generated;
    struct smc_build_options options;
    uint8_t name_options;
};

static const struct smc_build_replacement replacements[] = {{"a", "bb"}, {"//", "/"}};
static const char *const prefixes[] = {"webpack://", "src/"};

/* Options, but for the callbacks and `strict`. */
static struct input read_input(const uint8_t *data, size_t nbytes)
{
    struct input input = {.map = data + HEAD_NBYTES, .nbytes = nbytes - HEAD_NBYTES};
    struct smc_build_options *options = &input.options;
    const size_t n_generated = (size_t)data[2] * 8 < input.nbytes ? (size_t)data[2] * 8 : 0;

    *options = (struct smc_build_options){.struct_size = sizeof *options,
                                          .sources = (enum smc_build_sources)(data[0] % 3),
                                          .ranges = (enum smc_build_ranges)(data[0] / 3 % 3),
                                          .functions = (enum smc_build_functions)(data[0] / 9 % 2),
                                          .is_data_url = data[0] / 18 % 2,
                                          .compression = data[3] % 13};
    input.name_options = data[1] & NAME_OPTIONS;
    options->source_root = (data[1] & 1) != 0 ? "root" : NULL;
    options->map_url = (data[1] & 2) != 0 ? "https://example.com/js/a.js.map" : NULL;
    options->clean_paths = (data[1] & 4) != 0;
    options->replacements = replacements;
    options->n_replacements = (data[1] & 8) != 0 ? 2 : 0;
    options->strip_prefixes = prefixes;
    options->n_strip_prefixes = (data[1] & 16) != 0 ? 2 : 0;
    options->strip_common_prefix = (data[1] & 32) != 0;
    input.nbytes -= n_generated;
    input.generated = (struct generated){.bytes = input.map + input.nbytes, .nbytes = n_generated};
    return input;
}

struct built {
    smc_build_status status;
    struct smc_build_issue issue;
    uint8_t *file;
    size_t nbytes;
    unsigned n_warnings;
    const struct input *input;
};

static void check_issue(const struct smc_build_issue *issue, const struct input *input)
{
    must_hold(issue->reason != NULL && issue->reason[0] != 0, "no reason");
    must_hold(issue->offset <= input->nbytes, "a place outside of the map");
    must_hold(issue->key == NULL || issue->key[0] != 0, "an empty key");
}

static void count_warning(void *context, const struct smc_build_issue *issue)
{
    struct built *built = context;

    must_hold(issue->status == SMC_BUILD_OK && issue->recovery != NULL, "no warning");
    check_issue(issue, built->input);
    built->n_warnings++;
}

static struct built build(const struct input *input, int strict, unsigned n_threads)
{
    struct built built = {.input = input};
    struct generated generated = input->generated;
    struct smc_build_options options = input->options;
    void *file;

    options.strict = strict;
    options.n_threads = n_threads;
    options.warn = count_warning;
    options.warn_context = &built;
    options.load_generated = generated.nbytes > 0 ? load_generated : NULL;
    options.generated_context = &generated;
    built.status =
        smc_build_memory(input->map, input->nbytes, &options, &file, &built.nbytes, &built.issue);
    built.file = file;
    must_hold((built.status == SMC_BUILD_OK) == (file != NULL), "a file that is none");
    must_hold(built.status == built.issue.status || built.status == SMC_BUILD_OK,
              "another status in the issue");
    if (built.status != SMC_BUILD_OK) {
        check_issue(&built.issue, input);
        must_hold(built.status == SMC_BUILD_E_JSON || built.status == SMC_BUILD_E_MAP ||
                      built.status == SMC_BUILD_E_LIMIT,
                  "a status that the map cannot cause");
    }
    return built;
}

static void must_be_same(const struct built *a, const struct built *b)
{
    must_hold(a->status == b->status && a->nbytes == b->nbytes && a->n_warnings == b->n_warnings &&
                  a->issue.offset == b->issue.offset && a->issue.reason == b->issue.reason,
              "the same map gives something else");
    must_hold(a->status != SMC_BUILD_OK || memcmp(a->file, b->file, a->nbytes) == 0,
              "the same map gives other bytes");
}

/* Once more in all other ways that must make no difference. */
static void build_again(const struct input *input, const struct built *first)
{
    for (int level = SMC_CPU_SCALAR; level < SMC_CPU_AVX2; level++) {
        smc_cpu_set_limit((enum smc_cpu_level)level);
        struct built again = build(input, 0, level == SMC_CPU_SCALAR ? 1 : 3);
        must_be_same(&again, first);
        free(again.file);
    }
    smc_cpu_set_limit(SMC_CPU_AVX2);
}

/* ---- comparing ---- */

static int is_text(const struct smc_view *view, const json_t *wanted)
{
    return view->ptr == NULL ? wanted == NULL
                             : wanted != NULL && plain_is_string(wanted, view->ptr, view->nbytes);
}

static int is_name(const struct smc_view *view, const struct plain_source *source)
{
    size_t n;

    if (view->ptr == NULL || source->name == NULL) {
        return view->ptr == NULL && source->name == NULL;
    }
    char *text = plain_text(view->ptr, view->nbytes, &n);
    const int is_same = n == source->name_nbytes && memcmp(text, source->name, n) == 0;
    free(text);
    return is_same;
}

/* A line end there, by the rule of CSS or of JavaScript (section 3 of our reference): its length, or 0. */
static size_t line_end(const char *p, size_t nbytes, int is_css)
{
    if (nbytes >= 2 && p[0] == '\r' && p[1] == '\n') {
        return 2;
    }
    if (p[0] == '\n' || p[0] == '\r' || (is_css && p[0] == '\f')) {
        return 1;
    }
    return !is_css && nbytes >= 3 &&
                   (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0)
               ? 3
               : 0;
}

static void compare_lines(smc_text *text, uint32_t index, const struct smc_source *source,
                          struct smc_view content)
{
    const int is_css =
        source->name.ptr != NULL && smcf_is_css_name(source->name.ptr, source->name.nbytes);
    char *copy = malloc(content.nbytes + 1); /* the view ends with the next call */
    uint32_t n_lines = 0;

    must_hold(copy != NULL, "no memory");
    memcpy(copy, content.ptr, content.nbytes);
    for (size_t start = 0, at = 0;; at++) {
        const size_t n_end =
            at == content.nbytes ? 0 : line_end(copy + at, content.nbytes - at, is_css);
        if (at < content.nbytes && n_end == 0) {
            continue;
        }
        struct smc_view line;
        must_hold(smc_text_line(text, index, n_lines++, &line) == SMC_OK, "no such line");
        must_hold(line.nbytes == at - start && memcmp(line.ptr, copy + start, at - start) == 0,
                  "another line");
        if (at == content.nbytes) {
            break;
        }
        at += n_end - 1;
        start = at + 1;
    }
    must_hold(n_lines == source->n_lines, "another number of lines");
    free(copy);
}

static void compare_source(const smc_cache *cache, smc_text *text, uint32_t index,
                           const struct input *input, const struct plain_source *wanted)
{
    struct smc_source source;
    struct smc_view content;
    const int has_content =
        wanted->content != NULL && input->options.sources != SMC_BUILD_SOURCES_NONE;

    must_hold(smc_source_get(cache, index, &source) == SMC_OK, "a source is not to be had");
    must_hold(is_name(&source.raw_name, wanted), "another name of a source");
    must_hold(input->name_options != 0 || is_name(&source.name, wanted), "a name has changed");
    must_hold(source.is_ignored == (uint32_t)wanted->is_ignored, "ignored, or not");
    must_hold(source.has_content == (uint32_t)has_content, "a content, or none");
    const smc_status status = smc_text_content(text, index, &content);
    must_hold(status == (has_content ? SMC_OK : SMC_E_NO_CONTENT), "a content is not to be had");
    if (has_content) {
        must_hold(plain_is_string(wanted->content, content.ptr, content.nbytes), "another content");
        must_hold(content.nbytes == source.content_nbytes, "another size of a content");
        compare_lines(text, index, &source, content);
    }
}

static uint32_t capped(uint64_t position)
{
    return position < SMC_NONE ? (uint32_t)position : SMC_NONE - 1;
}

/* That a token is the one wanted, which has been moved to a position if it is a range mapping; NULL: none. */
static void compare_token(const struct smc_token *token, const struct plain_map *map,
                          const struct plain_token *wanted, const struct smc_position *at)
{
    if (wanted == NULL) {
        must_hold(token->index == SMC_NONE && token->source == SMC_NONE && token->name == SMC_NONE,
                  "a token that is not there");
        return;
    }
    uint64_t source_line = (uint64_t)wanted->source_line;
    uint64_t source_column = (uint64_t)wanted->source_column;
    const int is_moved = at != NULL && wanted->is_range;
    if (is_moved) {
        const uint64_t n_lines = at->line - (uint64_t)wanted->line;
        source_column =
            n_lines == 0 ? source_column + at->column - (uint64_t)wanted->column : at->column;
        source_line += n_lines;
    }
    const int is_ignored = wanted->source != PLAIN_NONE && map->sources[wanted->source].is_ignored;
    must_hold(token->line == wanted->line && token->column == wanted->column, "another position");
    must_hold(wanted->source == PLAIN_NONE ? token->source == SMC_NONE
                                           : token->source == (uint64_t)wanted->source,
              "another source");
    must_hold(token->source_line == capped(source_line) &&
                  token->source_column == capped(source_column),
              "another original position");
    must_hold((token->name == SMC_NONE) == (wanted->name == NULL) &&
                  is_text(&token->name_text, wanted->name),
              "another name");
    must_hold(token->flags ==
                  ((wanted->is_range ? SMC_TOKEN_RANGE : 0) | (is_ignored ? SMC_TOKEN_IGNORED : 0)),
              "other flags");
}

/* The last token at or before a position; by default on its line, or a range mapping. */
static const struct plain_token *find_token(const struct plain_map *map, struct smc_position at,
                                            unsigned flags)
{
    const struct plain_token *found = NULL;

    for (size_t i = 0; i < map->n_tokens; i++) {
        const struct plain_token *token = &map->tokens[i];
        if (token->line < at.line || (token->line == at.line && token->column <= at.column)) {
            found = token;
        }
    }
    return found != NULL && found->line < at.line && !found->is_range &&
                   flags != SMC_LOOKUP_ACROSS_LINES
               ? NULL
               : found;
}

static void compare_lookup(const smc_cache *cache, const struct plain_map *map,
                           struct smc_position at)
{
    struct smc_frame frames[FRAMES_MAX];
    size_t n_frames;

    for (unsigned flags = 0; flags <= SMC_LOOKUP_ACROSS_LINES; flags++) {
        struct smc_token token, other;
        const struct plain_token *wanted = find_token(map, at, flags);
        must_hold(smc_lookup(cache, at.line, at.column, flags, &token) == SMC_OK, "no lookup");
        compare_token(&token, map, wanted, &at);
        must_hold(wanted == NULL || token.index == (uint64_t)(wanted - map->tokens),
                  "another index");
        must_hold(smc_lookup_batch(cache, &at, 1, flags, &other) == SMC_OK, "no batch");
        must_hold(other.index == token.index && other.source_line == token.source_line &&
                      other.source_column == token.source_column,
                  "a batch of another opinion");
        must_hold(smc_frames(cache, at.line, at.column, flags, frames, FRAMES_MAX, &n_frames) ==
                      SMC_OK,
                  "no frames");
        must_hold(token.source == SMC_NONE || (n_frames > 0 && frames[0].source == token.source &&
                                               frames[0].source_line == token.source_line &&
                                               frames[0].source_column == token.source_column),
                  "another first frame");
    }
}

/* Around tokens, of which a few are taken, and where none can be. */
static void compare_lookups(const smc_cache *cache, const struct plain_map *map)
{
    const size_t step = map->n_tokens / 16 + 1;

    for (size_t i = 0; i < map->n_tokens; i += step) {
        const struct smc_position at = {(uint32_t)map->tokens[i].line,
                                        (uint32_t)map->tokens[i].column};
        compare_lookup(cache, map, at);
        compare_lookup(cache, map, (struct smc_position){at.line, at.column + 1});
        compare_lookup(cache, map, (struct smc_position){at.line, at.column - 1});
        compare_lookup(cache, map, (struct smc_position){at.line + 1, at.column / 2});
    }
    compare_lookup(cache, map, (struct smc_position){0, 0});
    compare_lookup(cache, map, (struct smc_position){UINT32_MAX, UINT32_MAX});
}

static void compare_tokens(const smc_cache *cache, const struct plain_map *map,
                           const struct smc_info *info)
{
    must_hold(info->n_tokens == map->n_tokens, "another number of tokens");
    for (uint32_t i = 0; i < info->n_tokens; i++) {
        struct smc_token token;
        struct smc_function function;
        must_hold(smc_token_at(cache, i, &token) == SMC_OK && token.index == i,
                  "a token is not to be had");
        compare_token(&token, map, &map->tokens[i], NULL);
        must_hold(smc_token_function(cache, i, &function) == SMC_OK, "no function");
    }
}

/* Names that differ only in what jansson does not tell apart count once or several times. */
static void compare_names(const smc_cache *cache, const struct plain_map *map,
                          const struct smc_info *info)
{
    size_t n_distinct = 0;
    int is_vague = 0;

    for (size_t i = 0; i < map->n_names; i++) {
        int is_new = 1;
        for (size_t k = 0; k < i && is_new; k++) {
            is_new = !json_equal(map->names[i], map->names[k]);
        }
        n_distinct += (size_t)is_new;
        const char *text = json_string_value(map->names[i]);
        is_vague |= strstr(text, "\xef\xbf\xbd") != NULL || strstr(text, "\xee\x80\x80") != NULL;
    }
    must_hold(is_vague ? info->n_names >= n_distinct : info->n_names == n_distinct,
              "another number of names");
    for (uint32_t i = 0; i < info->n_names; i++) {
        struct smc_view name;
        int is_there = 0;
        must_hold(smc_name_get(cache, i, &name) == SMC_OK, "a name is not to be had");
        for (size_t k = 0; k < map->n_names && !is_there; k++) {
            is_there = is_text(&name, map->names[k]);
        }
        must_hold(is_there, "a name that the map has not");
    }
}

static void compare_info(const struct smc_info *info, const struct plain_map *map,
                         const struct input *input)
{
    uint32_t n_ignored = 0;

    for (size_t i = 0; i < map->n_sources; i++) {
        n_ignored += (uint32_t)map->sources[i].is_ignored;
    }
    must_hold(info->n_sources == map->n_sources, "another number of sources");
    must_hold(info->n_lines == map->n_lines, "another number of lines");
    must_hold(info->n_ignored == n_ignored, "another number of ignored sources");
    must_hold(info->input_nbytes == input->nbytes, "another size of the map");
    must_hold(is_text(&info->file, map->file), "another file");
    must_hold(is_text(&info->source_root, map->source_root), "another sourceRoot");
    must_hold(info->has_debug_id == (uint32_t)map->has_debug_id &&
                  (!map->has_debug_id ||
                   memcmp(info->debug_id, map->debug_id, sizeof map->debug_id) == 0),
              "another debug ID");
}

static void compare_file(const struct built *built, const struct plain_map *map)
{
    smc_cache *cache;
    smc_text *text;
    struct smc_info info;

    must_hold(smc_open_memory(built->file, built->nbytes, 0, &cache, NULL) == SMC_OK,
              "the file does not open");
    must_hold(smc_verify(cache, NULL) == SMC_OK, "verify refuses the file");
    must_hold(smc_info_get(cache, &info) == SMC_OK, "no info");
    must_hold(smc_text_open(cache, &text) == SMC_OK, "no text");
    compare_info(&info, map, built->input);
    for (uint32_t i = 0; i < info.n_sources; i++) {
        compare_source(cache, text, i, built->input, &map->sources[i]);
    }
    compare_names(cache, map, &info);
    compare_tokens(cache, map, &info);
    compare_lookups(cache, map);
    for (uint32_t i = 0; i < info.n_functions; i++) {
        struct smc_function function;
        must_hold(smc_function_get(cache, i, &function) == SMC_OK, "no such function");
    }
    smc_text_close(text);
    smc_close(cache);
}

/* ---- verdicts ---- */

/* Whether options have made names grow, which the plain reader does not do. */
static int is_grown(const struct built *built)
{
    return built->status == SMC_BUILD_E_LIMIT && built->input->name_options != 0 &&
           strcmp(built->issue.reason, growth_reason) == 0;
}

static void compare_verdicts(const struct built *lenient, const struct built *strict,
                             const struct plain_map *map)
{
    const int may_warn_more =
        lenient->input->name_options != 0 || map->has_bytecode || map->has_functions;

    must_hold(lenient->status == map->status, "another verdict");
    must_hold(strict->n_warnings == 0, "a warning in strict mode");
    if (lenient->status != SMC_BUILD_OK) {
        must_hold(strict->status != SMC_BUILD_OK, "strict mode takes what the other does not");
        return;
    }
    must_hold(lenient->n_warnings >= map->n_warnings, "a warning is missing");
    must_hold(may_warn_more || lenient->n_warnings == map->n_warnings, "a warning too much");
    must_hold((strict->status != SMC_BUILD_OK) == (lenient->n_warnings > 0 || map->is_lax) &&
                  (strict->status != SMC_BUILD_E_LIMIT || map->skips_limit),
              "another verdict in strict mode");
    if (strict->status == SMC_BUILD_OK) {
        must_hold(strict->nbytes == lenient->nbytes &&
                      memcmp(strict->file, lenient->file, strict->nbytes) == 0,
                  "another file in strict mode");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    enum plain_verdict verdict;

    if (nbytes < HEAD_NBYTES) {
        return 0;
    }
    const struct input input = read_input(data, nbytes);
    struct built lenient = build(&input, 0, 1), strict = build(&input, 1, 1);
    build_again(&input, &lenient);
    json_t *root = plain_parse(input.map, input.nbytes, !input.options.is_data_url,
                               PLAIN_DIGITS_ALL, &verdict);
    must_hold(verdict == PLAIN_BEYOND ||
                  (lenient.status == SMC_BUILD_E_JSON) == (verdict == PLAIN_REFUSED),
              "another opinion of what is JSON");
    must_hold((strict.status == SMC_BUILD_E_JSON) == (lenient.status == SMC_BUILD_E_JSON),
              "another opinion of what is JSON in strict mode");
    if (verdict == PLAIN_GOOD && !is_grown(&lenient)) {
        struct plain_map map = plain_map_read(root, input.nbytes, input.options.ranges);
        compare_verdicts(&lenient, &strict, &map);
        if (lenient.status == SMC_BUILD_OK) {
            compare_file(&lenient, &map);
        }
        plain_map_free(&map);
    }
    json_decref(root);
    free(lenient.file);
    free(strict.file);
    return 0;
}
