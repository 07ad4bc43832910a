/*
 * A stack in three steps: each frame by itself, the innermost of its originals first; then the names, for which frames
 * need their neighbours; then the order in which they are returned.
 */
#include "src/symbolicate/parts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct smc_original_frame unmapped = {.source = SMC_NONE,
                                                   .function = {.index = SMC_NONE}};

/* ---- opening ---- */

smc_status smc_symbolicator_open(const struct smc_symbolicator_options *options,
                                 smc_symbolicator **symbolicator)
{
    *symbolicator = NULL;
    if (options == NULL || options->struct_size != sizeof *options || options->find == NULL ||
        (options->lookup_flags & ~(unsigned)SMC_LOOKUP_ACROSS_LINES) != 0) {
        return SMC_E_UNSUPPORTED;
    }
    smc_symbolicator *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return SMC_E_MEMORY;
    }
    s->options = *options;
    if (s->options.max_files == 0) {
        s->options.max_files = SMC_SYMBOLICATE_FILES_DEFAULT;
    }
    if (s->options.max_texts == 0) {
        s->options.max_texts = SMC_SYMBOLICATE_TEXTS_DEFAULT;
    }
    *symbolicator = s;
    return SMC_OK;
}

void smc_symbolicator_close(smc_symbolicator *s)
{
    if (s != NULL) {
        smc_files_trim(s, 0);
        smc_texts_close(s);
        smc_contexts_close(s);
        free(s->slots);
        smc_buf_free(&s->worked);
        smc_buf_free(&s->found);
        smc_buf_free(&s->originals);
        smc_buf_free(&s->names);
        free(s);
    }
}

/* ---- a frame by itself ---- */

/* The engine's own code, and what has no file at all. */
static int has_location(struct smc_view url)
{
    static const char *const engines[] = {"<anonymous>", "native", "[native code]",
                                          "node:", "internal/"};

    if (url.ptr == NULL || url.nbytes == 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        const size_t nbytes = strlen(engines[i]);
        const char last = engines[i][nbytes - 1];
        if (url.nbytes >= nbytes && memcmp(url.ptr, engines[i], nbytes) == 0 &&
            (url.nbytes == nbytes || last == ':' || last == '/')) {
            return 0;
        }
    }
    return 1;
}

/* What is to be looked up in the file: its position, or a reason why there is none. */
static uint32_t locate(const struct smc_generated_frame *frame, const smc_cache *cache,
                       struct smc_position *at)
{
    *at = (struct smc_position){frame->line, frame->column};
    if (frame->line == SMC_NONE) {
        return SMC_REASON_INVALID_LOCATION;
    }
    if (frame->column == SMC_NONE) {
        return SMC_REASON_NO_COLUMN;
    }
    if ((frame->flags & SMC_GENERATED_IN_FUNCTION) != 0) {
        switch (smc_bytecode_position(cache, frame->line, frame->function_id, frame->column, at)) {
        case SMC_OK:
            return SMC_REASON_NONE;
        case SMC_E_RANGE:
            return SMC_REASON_INVALID_LOCATION;
        default:
            return SMC_REASON_MALFORMED_SOURCEMAP;
        }
    }
    return SMC_REASON_NONE;
}

/* "await" has five letters, and what is awaited is not apart from it by more than a space: it is minified code. */
#define AWAIT_COLUMNS 6

/* The position that answers for an `await` without a token. */
static void look_behind_await(const smc_cache *cache, const struct smc_token *token,
                              struct smc_position *at)
{
    struct smc_token next;
    const uint32_t index = token->index == SMC_NONE ? 0 : token->index + 1;
    const int has_token =
        token->index != SMC_NONE && token->line == at->line && token->column == at->column;

    if (!has_token && smc_token_at(cache, index, &next) == SMC_OK && next.line == at->line &&
        next.source != SMC_NONE && next.column > at->column &&
        next.column - at->column <= AWAIT_COLUMNS) {
        at->column = next.column;
    }
}

/* Appends the frames of a position to `found`: there may be more than there is room for, up to the limits. */
static smc_status find_frames(smc_symbolicator *s, const smc_cache *cache, struct smc_position at,
                              size_t *n)
{
    const size_t n_found = s->found.nbytes / sizeof(struct smc_frame);
    const size_t limit = n_found < SMC_SYMBOLICATE_INLINED_MAX ? SMC_SYMBOLICATE_DEPTH_MAX : 1;
    size_t max = 4;
    smc_status status;

    do {
        max = 2 * max < limit ? 2 * max : limit;
        struct smc_frame *room = (void *)smc_buf_reserve(&s->found, max * sizeof *room);
        if (room == NULL) {
            return SMC_E_MEMORY;
        }
        status = smc_frames(cache, at.line, at.column, s->options.lookup_flags, room, max, n);
    } while (status == SMC_OK && *n == max && max < limit);
    s->found.nbytes += status == SMC_OK ? *n * sizeof(struct smc_frame) : 0;
    return status;
}

static smc_status look_up(const smc_symbolicator *s, const smc_cache *cache,
                          const struct smc_generated_frame *frame, struct smc_position *at,
                          struct smc_token *token)
{
    const uint32_t column = at->column;
    smc_status status = smc_lookup(cache, at->line, at->column, s->options.lookup_flags, token);

    if (status == SMC_OK && (frame->flags & SMC_GENERATED_AWAIT) != 0) {
        look_behind_await(cache, token, at);
        if (at->column != column) {
            status = smc_lookup(cache, at->line, at->column, s->options.lookup_flags, token);
        }
    }
    return status;
}

/* The position that a profile has for a script. */
static int is_script(const struct smc_generated_frame *frame)
{
    return (frame->flags & SMC_GENERATED_FUNCTION_START) != 0 && frame->line == 0 &&
           frame->column == 0 && frame->function.nbytes == 0;
}

static smc_status work(smc_symbolicator *s, const struct smc_generated_frame *frame,
                       struct smc_worked_frame *worked)
{
    const struct smc_file_query query = {frame->url, frame->debug_id};
    struct smc_token token;

    *worked = (struct smc_worked_frame){.reason = SMC_REASON_NO_LOCATION,
                                        .first = s->found.nbytes / sizeof(struct smc_frame)};
    if (!has_location(frame->url)) {
        return SMC_OK;
    }
    worked->file = smc_files_find(s, &query);
    if (worked->file == NULL) {
        return SMC_E_MEMORY;
    }
    const smc_cache *cache = worked->file->answer.cache;
    worked->reason = worked->file->answer.reason;
    if (worked->reason == SMC_REASON_NONE) {
        worked->reason = locate(frame, cache, &worked->at);
    }
    if (worked->reason != SMC_REASON_NONE) {
        return SMC_OK;
    }
    smc_status status = look_up(s, cache, frame, &worked->at, &token);
    status = status == SMC_OK ? find_frames(s, cache, worked->at, &worked->n) : status;
    if (status == SMC_OK && token.source == SMC_NONE) {
        worked->reason = SMC_REASON_INVALID_LOCATION;
    } else if (status == SMC_OK) {
        worked->token_name = token.name_text;
    } else if (status != SMC_E_MEMORY) {
        worked->reason = SMC_REASON_MALFORMED_SOURCEMAP;
        worked->n = 0;
        status = SMC_OK;
    }
    return status;
}

/* ---- names ---- */

/* What the caller's map calls the function of a frame; `caller` NULL: there is no caller that could tell. */
static struct smc_view callee_name(const struct smc_worked_frame *caller)
{
    struct smc_view name = {NULL, 0};

    if (caller != NULL && caller->reason == SMC_REASON_NONE) {
        (void)smc_callee_name(caller->file->answer.cache, caller->at.line, caller->at.column,
                              &name);
    }
    return name;
}

/* The name of a function in one piece, for which there is room in `names`. */
static struct smc_view join_name(smc_symbolicator *s, const struct smc_function *function)
{
    const size_t nbytes = smc_function_name(function, NULL, 0);
    char *joined = (char *)s->names.data + s->names.nbytes;

    if (function->last.nbytes == nbytes) {
        return function->last;
    }
    (void)smc_function_name(function, joined, nbytes);
    s->names.nbytes += nbytes;
    return (struct smc_view){joined, nbytes};
}

static int ends_with(struct smc_view text, const char *end)
{
    const size_t nbytes = strlen(end);
    return text.nbytes >= nbytes && memcmp(text.ptr + text.nbytes - nbytes, end, nbytes) == 0;
}

/* Whether it says that there is no name: SpiderMonkey tells where such a function is ("outer/<"), V8 what it was called on
 * ("t.<anonymous>"), Sentry's SDKs "?", speedscope "(anonymous app.js:1)". */
static int is_no_name(struct smc_view name)
{
    static const char anonymous[] = "(anonymous";
    const size_t nbytes = sizeof anonymous - 1;

    return ends_with(name, "<") || ends_with(name, "<anonymous>") ||
           ends_with(name, "<computed>") || (name.nbytes == 1 && name.ptr[0] == '?') ||
           (name.nbytes >= nbytes && memcmp(name.ptr, anonymous, nbytes) == 0);
}

/* The outermost of a frame's originals is the function that its caller calls, and the one that the engine knows. */
static void set_name(smc_symbolicator *s, struct smc_original_frame *original,
                     const struct smc_generated_frame *generated,
                     const struct smc_worked_frame *caller, int is_outermost)
{
    const struct smc_view callee = is_outermost ? callee_name(caller) : (struct smc_view){NULL, 0};

    if (original->function.kind == SMC_FUNCTION_NAMED) {
        original->name = join_name(s, &original->function);
        original->name_origin = original->function.origin;
    } else if (original->function.kind == SMC_FUNCTION_TOP_LEVEL) {
        original->name_origin = SMC_NAME_NONE;
    } else if (callee.ptr != NULL) {
        original->name = callee;
        original->name_origin = SMC_NAME_CALLER;
    } else if (is_outermost && generated->function.nbytes > 0 &&
               !(original->source != SMC_NONE && is_no_name(generated->function))) {
        original->name = generated->function;
        original->name_origin = SMC_NAME_ENGINE;
    }
}

/* ---- all together ---- */

struct stack {
    const struct smc_generated_frame *frames;
    size_t n;
    enum smc_stack_order order;
    struct smc_worked_frame *worked;
    const struct smc_frame *found;
    struct smc_original_frame *originals;
    size_t n_originals;
};

/* The frame that called frame `i`, or the one that it called; SIZE_MAX: none. */
static size_t caller_of(const struct stack *stack, size_t i)
{
    switch (stack->order) {
    case SMC_CALLEE_FIRST:
        return i + 1 < stack->n ? i + 1 : SIZE_MAX;
    case SMC_CALLER_FIRST:
        return i > 0 ? i - 1 : SIZE_MAX;
    default:
        return SIZE_MAX;
    }
}

static size_t callee_of(const struct stack *stack, size_t i)
{
    switch (stack->order) {
    case SMC_CALLEE_FIRST:
        return i > 0 ? i - 1 : SIZE_MAX;
    case SMC_CALLER_FIRST:
        return i + 1 < stack->n ? i + 1 : SIZE_MAX;
    default:
        return SIZE_MAX;
    }
}

/* A function that the author did not write is called by a frame that is one too many; but one that stands for nothing is
 * not left out. */
static int is_called_by_author(const struct stack *stack, size_t i)
{
    const size_t callee = callee_of(stack, i);

    if (callee == SIZE_MAX || stack->worked[callee].n == 0) {
        return 1;
    }
    return (stack->found[stack->worked[callee].first].flags & SMC_FRAME_HIDDEN) == 0;
}

static void add_original(smc_symbolicator *s, struct stack *stack, size_t i, size_t depth)
{
    const struct smc_worked_frame *worked = &stack->worked[i];
    /* The engine knows best what its own code is called. */
    const size_t caller = worked->reason == SMC_REASON_NO_LOCATION ? SIZE_MAX : caller_of(stack, i);
    struct smc_original_frame *original = &stack->originals[stack->n_originals++];

    *original = unmapped;
    original->frame = (uint32_t)i;
    original->reason = worked->reason;
    original->file = worked->file != NULL ? &worked->file->answer : NULL;
    if (worked->n > 0) {
        const struct smc_frame *found = &stack->found[worked->first + depth];
        original->source = found->source;
        original->source_line = found->source_line;
        original->source_column = found->source_column;
        original->source_text = found->source_text;
        original->function = found->function;
        original->token_name = depth == 0 ? worked->token_name : original->token_name;
        original->reason =
            found->source == SMC_NONE ? SMC_REASON_INVALID_LOCATION : SMC_REASON_NONE;
        original->flags = (found->flags & SMC_FRAME_IGNORED) != 0 ? SMC_ORIGINAL_IGNORED : 0;
        original->flags |= depth > 0 ? SMC_ORIGINAL_INLINED : 0;
    }
    if (is_script(&stack->frames[i])) {
        original->function =
            (struct smc_function){.index = SMC_NONE, .kind = SMC_FUNCTION_TOP_LEVEL};
    }
    set_name(s, original, &stack->frames[i], caller == SIZE_MAX ? NULL : &stack->worked[caller],
             depth + 1 >= worked->n);
}

static void add_originals(smc_symbolicator *s, struct stack *stack, size_t i)
{
    const size_t n = stack->worked[i].n == 0 ? 1 : stack->worked[i].n;
    const size_t first = stack->worked[i].n == 0 || is_called_by_author(stack, i) ? 0 : 1;

    for (size_t k = first; k < n; k++) {
        add_original(s, stack, i, stack->order == SMC_CALLER_FIRST ? n - 1 - (k - first) : k);
    }
}

/* Room for all that the third step writes, so that nothing moves while it does. */
static smc_status reserve(smc_symbolicator *s, struct stack *stack)
{
    const struct smc_frame *found = (const void *)s->found.data;
    const size_t n_found = s->found.nbytes / sizeof *found;
    size_t names_nbytes = 1;

    for (size_t i = 0; i < n_found; i++) {
        names_nbytes += smc_function_name(&found[i].function, NULL, 0);
    }
    stack->found = found;
    stack->worked = (void *)s->worked.data;
    stack->originals = (void *)smc_buf_reserve_times(&s->originals, stack->n + n_found,
                                                     sizeof *stack->originals, 0);
    return stack->originals != NULL && smc_buf_reserve(&s->names, names_nbytes) != NULL
               ? SMC_OK
               : SMC_E_MEMORY;
}

static int are_known(const struct smc_generated_frame *frames, size_t n)
{
    const uint32_t flags = SMC_GENERATED_FUNCTION_START | SMC_GENERATED_BYTECODE |
                           SMC_GENERATED_IN_FUNCTION | SMC_GENERATED_NEW | SMC_GENERATED_AWAIT;
    uint32_t all = 0;

    for (size_t i = 0; i < n; i++) {
        all |= frames[i].flags;
    }
    return (all & ~flags) == 0;
}

/* A buffer that has failed begins anew. */
static void clear(struct smc_buf *buf)
{
    if (buf->failed) {
        smc_buf_free(buf);
    }
    buf->nbytes = 0;
}

smc_status smc_symbolicate(smc_symbolicator *s, const struct smc_generated_frame *frames,
                           size_t n_frames, enum smc_stack_order order,
                           const struct smc_original_frame **originals, size_t *n_originals)
{
    struct stack stack = {.frames = frames, .n = n_frames, .order = order};
    smc_status status = SMC_OK;

    *originals = NULL;
    *n_originals = 0;
    if ((unsigned)order > SMC_UNRELATED || n_frames >= SMC_NONE || !are_known(frames, n_frames)) {
        return SMC_E_UNSUPPORTED;
    }
    smc_files_trim(s, s->options.max_files);
    clear(&s->worked);
    clear(&s->found);
    clear(&s->originals);
    clear(&s->names);
    struct smc_worked_frame *worked =
        (void *)smc_buf_reserve_times(&s->worked, n_frames, sizeof(struct smc_worked_frame), 0);
    if (worked == NULL) {
        return SMC_E_MEMORY;
    }
    for (size_t i = 0; i < n_frames && status == SMC_OK; i++) {
        status = work(s, &frames[i], &worked[i]);
    }
    status = status == SMC_OK ? reserve(s, &stack) : status;
    if (status != SMC_OK) {
        return status;
    }
    for (size_t i = 0; i < n_frames; i++) {
        add_originals(s, &stack, i);
    }
    *originals = stack.originals;
    *n_originals = stack.n_originals;
    return SMC_OK;
}
