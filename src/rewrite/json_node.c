/*
 * A node of V8's profile: a function, and how often each line of it was met.
 */
#include "src/rewrite/json_parts.h"

#include <stdlib.h>

enum { NODE_FRAME, NODE_TICKS };
static const char *const node_names[] = {"callFrame", "positionTicks"};

enum { TICK_LINE, TICK_COUNT };
static const char *const tick_names[] = {"line", "ticks"};

struct tick {
    uint32_t line; /* 0-based */
    uint64_t count;
};

/* ---- lines ---- */

/* A line with more tokens is of several source lines, or is not worth the time to look at all of them for each node. */
#define LINE_TOKENS_MAX 4096

/*
 * The source line that a generated line is of: of the same source as the function, and one only. A tick has no
 * column, so of a line with more than that nobody can tell: it counts for the line where the function starts.
 */
static uint32_t line_of(const struct smc_original_frame *original, uint32_t generated_line)
{
    const smc_cache *cache = original->file->cache;
    uint32_t line = SMC_NONE, n = 0;
    struct smc_token token;

    if (smc_lookup(cache, generated_line, SMC_NONE - 1, 0, &token) != SMC_OK) {
        return original->source_line;
    }
    for (; token.index != SMC_NONE && token.line == generated_line; n++) {
        if (n == LINE_TOKENS_MAX) {
            return original->source_line;
        }
        if (token.source != SMC_NONE) {
            if (token.source != original->source ||
                (line != SMC_NONE && line != token.source_line)) {
                return original->source_line;
            }
            line = token.source_line;
        }
        if (token.index == 0 || smc_token_at(cache, token.index - 1, &token) != SMC_OK) {
            break;
        }
    }
    return line == SMC_NONE ? original->source_line : line;
}

static int compare_ticks(const void *a, const void *b)
{
    const struct tick *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

/* Sorts them, and makes one of those of one line. */
static void merge_ticks(struct smc_buf *ticks)
{
    struct tick *list = (void *)ticks->data;
    const size_t n = ticks->nbytes / sizeof *list;
    size_t n_merged = 0;

    qsort(list, n, sizeof *list, compare_ticks);
    for (size_t i = 0; i < n; i++) {
        if (n_merged > 0 && list[n_merged - 1].line == list[i].line) {
            list[n_merged - 1].count += list[i].count;
        } else {
            list[n_merged++] = list[i];
        }
    }
    ticks->nbytes = n_merged * sizeof *list;
}

/* As they are, by lines of the generated file; 0, or -1 if one is none: then they all stay. */
static int read_ticks(const struct smc_json *array, struct smc_buf *ticks)
{
    struct smc_json_walk walk = smc_json_walk(array);
    struct smc_json element;
    struct smc_json_object object;
    struct tick tick;

    while (smc_json_next_element(&walk, &element)) {
        int64_t count;
        smc_json_object_read(&object, &element, tick_names, 2);
        const uint32_t generated = smc_json_position_of(&object.values[TICK_LINE], 1);
        if (generated >= SMC_NONE - 1 || object.values[TICK_COUNT].type != SMC_JSON_NUMBER ||
            smc_json_integer(&object.values[TICK_COUNT], &count) != 0) {
            return -1;
        }
        tick = (struct tick){generated, (uint64_t)count};
        smc_buf_append(ticks, &tick, sizeof tick);
    }
    return ticks->failed || ticks->nbytes == 0 ? -1 : 0;
}

/* By lines of the source. Each generated line is looked at once, so all together take no longer than the map is. */
static void lead_back(struct smc_buf *ticks, const struct smc_original_frame *original)
{
    struct tick *list = (void *)ticks->data;

    merge_ticks(ticks);
    for (size_t i = 0; i < ticks->nbytes / sizeof *list; i++) {
        list[i].line = line_of(original, list[i].line);
    }
    merge_ticks(ticks);
}

static void append_ticks(struct smc_buf *to, const struct smc_buf *ticks)
{
    const struct tick *list = (const void *)ticks->data;

    for (size_t i = 0; i < ticks->nbytes / sizeof *list; i++) {
        smc_buf_append(to, i == 0 ? "[" : ",", 1);
        smc_buf_append(to, "{\"line\":", 8);
        smc_append_number(to, (uint64_t)list[i].line + 1);
        smc_buf_append(to, ",\"ticks\":", 9);
        smc_append_number(to, list[i].count);
        smc_buf_append_byte(to, '}');
    }
    smc_buf_append_byte(to, ']');
}

/* ---- nodes ---- */

static void edit_ticks(struct smc_json_rewriter *json, const struct smc_json *ticks,
                       const struct smc_original_frame *original)
{
    struct smc_buf list = {0};
    struct smc_buf *text = &json->edits.text;
    const size_t off = text->nbytes;

    if (ticks->type == SMC_JSON_ARRAY && original->source != SMC_NONE &&
        read_ticks(ticks, &list) == 0) {
        lead_back(&list, original);
        append_ticks(text, &list);
        smc_json_edit_raw(&json->edits, NODE_TICKS, off);
    }
    text->failed |= list.failed;
    smc_buf_free(&list);
}

void smc_json_take_node(struct smc_json_rewriter *json, const struct smc_json *whole,
                        struct smc_buf *to)
{
    struct smc_json_object node;
    struct smc_generated_frame generated;
    const struct smc_original_frame *original = NULL;
    struct smc_json_edits *edits = &json->edits;

    smc_json_object_read(&node, whole, node_names, 2);
    json->part.nbytes = 0;
    if (node.values[NODE_FRAME].type == SMC_JSON_OBJECT) {
        original = smc_json_take_frame(json, &smc_json_form_call_frame, &node.values[NODE_FRAME],
                                       &generated, &json->part);
    }
    smc_json_edits_clear(edits);
    if (original != NULL && json->rewriter->options.output == SMC_OUTPUT_SAME) {
        smc_buf_append(&edits->text, json->part.data, json->part.nbytes);
        smc_json_edit_raw(edits, NODE_FRAME, 0);
        edit_ticks(json, &node.values[NODE_TICKS], original);
        to->failed |= json->part.failed;
    }
    smc_json_object_write(&node, edits, to);
}
