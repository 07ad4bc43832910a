#include "tools/explain.h"

#include "src/base/debug_id.h"

#include <inttypes.h>
#include <string.h>

static void print_field(const char *name, const char *text)
{
    printf("%-18s ", name);
    print_text(stdout, view_of(text));
    putchar('\n');
}

static void print_id(const char *name, const uint8_t *id)
{
    char text[SMC_DEBUG_ID_TEXT_NBYTES + 1];
    smc_debug_id_format(id, text);
    print_field(name, text);
}

static void print_answer(const struct explanation *e)
{
    const struct smc_token *token = &e->token;

    printf("%-18s %" PRIu64 ":%" PRIu64 "\n", "position", (uint64_t)e->at.line + 1,
           (uint64_t)e->at.column + 1);
    if (token->index == SMC_NONE) {
        return;
    }
    printf("%-18s number %" PRIu32 ", at %" PRIu64 ":%" PRIu64 "%s\n", "token", token->index,
           (uint64_t)token->line + 1, (uint64_t)token->column + 1,
           (token->flags & SMC_TOKEN_RANGE) != 0 ? ", a range mapping" : "");
    if (token->source == SMC_NONE) {
        return;
    }
    printf("%-18s ", "original");
    print_text(stdout, token->source_text.ptr == NULL ? view_of("(source without a name)")
                                                      : token->source_text);
    printf(":%" PRIu64 ":%" PRIu64 "%s\n", (uint64_t)token->source_line + 1,
           (uint64_t)token->source_column + 1,
           (token->flags & SMC_TOKEN_IGNORED) != 0 ? ", on the ignore list" : "");
    if (token->name_text.ptr != NULL) {
        printf("%-18s ", "name");
        print_text(stdout, token->name_text);
        putchar('\n');
    }
    if (e->function.kind != SMC_FUNCTION_UNKNOWN) {
        printf("%-18s ", "function");
        print_function_text(stdout, &e->function);
        printf("%s(%s, by %s)\n", e->function.kind == SMC_FUNCTION_NAMED ? " " : "",
               function_kind_text(e->function.kind), name_origin_text(e->function.origin));
    }
}

void explanation_print(const struct explanation *e)
{
    print_field("input", e->input);
    if (e->kind != NULL) {
        print_field("kind", e->kind);
    }
    if (e->url != NULL) {
        print_field("sourceMappingURL", e->url);
    }
    if (e->has_generated_id) {
        print_id("debug ID", e->generated_id);
    }
    if (e->map != NULL) {
        print_field("map", e->map);
    }
    if (e->rule != NULL) {
        print_field("rule", e->rule);
    }
    if (e->is_open) {
        if (e->info.has_debug_id) {
            print_id("map's debug ID", e->info.debug_id);
        }
        printf("%-18s %" PRIu32 ", on %" PRIu32 " lines\n", "tokens", e->info.n_tokens,
               e->info.n_lines);
        printf("%-18s %" PRIu32 ", %" PRIu32 " without content, %" PRIu32 " on the ignore list\n",
               "sources", e->info.n_sources, e->n_without_content, e->info.n_ignored);
    }
    if (e->is_open && e->has_position) {
        print_answer(e);
    }
    for (size_t i = 0; i < e->n_problems; i++) {
        print_field(e->problems[i].word, e->problems[i].text);
        print_field("", e->problems[i].fix);
    }
}

static void print_pair(const char *key, struct smc_view value)
{
    printf(",\"%s\":", key);
    print_json(stdout, value);
}

static void print_id_pair(const char *key, int has_id, const uint8_t *id)
{
    char text[SMC_DEBUG_ID_TEXT_NBYTES + 1];
    smc_debug_id_format(id, text);
    print_pair(key, view_of(has_id ? text : NULL));
}

static void print_answer_json(const struct explanation *e)
{
    const struct smc_token *token = &e->token;
    const int is_mapped = token->source != SMC_NONE, has_function = e->function.index != SMC_NONE;

    printf(",\"line\":%" PRIu64 ",\"column\":%" PRIu64 ",\"token\":", (uint64_t)e->at.line + 1,
           (uint64_t)e->at.column + 1);
    if (token->index == SMC_NONE) {
        fputs("null", stdout);
        return;
    }
    printf("{\"index\":%" PRIu32 ",\"line\":%" PRIu64 ",\"column\":%" PRIu64, token->index,
           (uint64_t)token->line + 1, (uint64_t)token->column + 1);
    print_pair("source", is_mapped ? token->source_text : view_of(NULL));
    if (is_mapped) {
        printf(",\"source_line\":%" PRIu64 ",\"source_column\":%" PRIu64,
               (uint64_t)token->source_line + 1, (uint64_t)token->source_column + 1);
    } else {
        fputs(",\"source_line\":null,\"source_column\":null", stdout);
    }
    print_pair("name", token->name_text);
    fputs(",\"function\":", stdout);
    print_function_json(stdout, &e->function);
    print_pair("function_kind",
               view_of(has_function ? function_kind_text(e->function.kind) : NULL));
    print_pair("function_origin",
               view_of(has_function ? name_origin_text(e->function.origin) : NULL));
    fputc('}', stdout);
}

void explanation_print_json(const struct explanation *e)
{
    size_t n_rule = e->rule == NULL ? 0 : strcspn(e->rule, ":");

    fputs("{\"input\":", stdout);
    print_json(stdout, view_of(e->input));
    print_pair("kind", view_of(e->kind));
    print_pair("source_mapping_url", view_of(e->url));
    print_pair("map", view_of(e->map));
    print_pair("rule", (struct smc_view){e->rule, n_rule});
    print_id_pair("generated_debug_id", e->has_generated_id, e->generated_id);
    print_id_pair("debug_id", e->info.has_debug_id != 0, e->info.debug_id);
    printf(",\"n_tokens\":%" PRIu32 ",\"n_lines\":%" PRIu32 ",\"n_sources\":%" PRIu32
           ",\"n_without_content\":%" PRIu32 ",\"n_ignored\":%" PRIu32,
           e->info.n_tokens, e->info.n_lines, e->info.n_sources, e->n_without_content,
           e->info.n_ignored);
    if (e->is_open && e->has_position) {
        print_answer_json(e);
    }
    fputs(",\"problems\":[", stdout);
    for (size_t i = 0; i < e->n_problems; i++) {
        printf("%s{\"problem\":\"%s\"", i > 0 ? "," : "", e->problems[i].word);
        print_pair("text", view_of(e->problems[i].text));
        print_pair("fix", view_of(e->problems[i].fix));
        fputc('}', stdout);
    }
    puts("]}");
}
