/*
 * The forms of frames, each from the position at its end backwards to what could begin it.
 */
#include "src/stack/parts.h"

/* ---- characters ---- */

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

int smc_stack_is_end(const struct smc_stack_scan *s, size_t off)
{
    return off == s->nbytes || !(is_digit(s->text[off]) || is_letter(s->text[off]) ||
                                 (s->text[off] & 0x80) != 0 || memchr("_$/@%", s->text[off], 5));
}

int smc_stack_begins_line(const struct smc_stack_scan *s, size_t off)
{
    while (off + 1 > s->line && is_space(s->text[off - 1])) {
        off--;
    }
    return off + 1 == s->line;
}

size_t smc_skip_backslashes(const struct smc_stack_scan *s, size_t off)
{
    while (off < s->nbytes && s->text[off] == '\\') {
        off++;
    }
    return off;
}

/* ---- positions ---- */

/* ":" and digits; 0 if that is not there. What 32 bits do not hold is anything greater. */
static size_t read_number(const struct smc_stack_scan *s, size_t off, uint64_t *number)
{
    size_t i = off + 1;

    *number = 0;
    for (; i < s->nbytes && is_digit(s->text[i]); i++) {
        *number = *number <= UINT32_MAX ? *number * 10 + (uint64_t)(s->text[i] - '0') : *number;
    }
    return i == off + 1 ? 0 : i;
}

size_t smc_stack_read_position(const struct smc_stack_scan *s, size_t off,
                               struct smc_stack_position *position)
{
    size_t last = off, next = off, end;
    uint64_t number;

    *position = (struct smc_stack_position){.start = off, .end = off + 1};
    while (next < s->nbytes && s->text[next] == ':' && (end = read_number(s, next, &number)) != 0) {
        position->has_both = next != off;
        position->start = last;
        position->line = position->column;
        position->column = number;
        position->end = end;
        last = next;
        next = end;
    }
    return position->end;
}

/* ---- what a frame has ---- */

static struct smc_stack_span span(size_t start, size_t end)
{
    return (struct smc_stack_span){start, end > start ? end - start : 0};
}

/* How many times the text is escaped where so many backslashes are before the letter of a line end or a tab, or before a
 * quote: each time doubles them, and the first has a quote without any. */
static uint32_t escapings_of(char c, size_t n_backslashes)
{
    uint32_t n = c == '"';

    if (memchr("nrt\"", c, 4) == NULL) {
        return 0;
    }
    for (; n_backslashes > 0 && n < SMC_STACK_ESCAPINGS_MAX; n_backslashes /= 2) {
        n++;
    }
    return n;
}

/* By the line end before the frame, or the one behind it, or the quotes of the string. */
static uint32_t count_escapings(const struct smc_stack_scan *s, size_t start, size_t end)
{
    const size_t behind = smc_skip_backslashes(s, end);
    const uint32_t n_behind = behind < s->nbytes ? escapings_of(s->text[behind], behind - end) : 0;
    uint32_t n_before = 0;
    size_t i = start;

    while (i > 0 && is_space(s->text[i - 1])) {
        i--;
    }
    /* A quote before a space has rather ended another string. */
    if (i > 0 && (s->text[i - 1] != '"' || i == start)) {
        const size_t letter = i - 1;
        for (i = letter; i > 0 && s->text[i - 1] == '\\' && letter - i < 64;) {
            i--;
        }
        n_before = escapings_of(s->text[letter], letter - i);
    }
    return n_behind > n_before ? n_behind : n_before;
}

static uint32_t in_32_bits(uint64_t number)
{
    return number < SMC_NONE - 1 ? (uint32_t)number : SMC_NONE - 1;
}

/* 0-based; there is no line 0 in text. */
static uint32_t zero_based(uint64_t number)
{
    return number == 0 ? SMC_NONE : in_32_bits(number - 1);
}

static int finish(const struct smc_stack_scan *s, uint32_t form, size_t start, size_t end,
                  struct smc_stack_frame *frame)
{
    size_t before = start, behind = end;

    if (form == SMC_STACK_AT_SIGN && start > 0 && s->text[start - 1] == '*') {
        before = s->line - 1; /* "promise callback*" belongs to it */
    }
    if (end - start > SMC_STACK_FRAME_NBYTES_MAX) {
        return 0;
    }
    frame->n_escapings =
        (frame->flags & SMC_STACK_EVAL_ORIGIN) != 0 ? 0 : count_escapings(s, before, end);
    while (before > 0 && is_space(s->text[before - 1])) {
        before--;
    }
    while (behind < s->nbytes && is_space(s->text[behind])) {
        behind++;
    }
    frame->form = form;
    frame->whole = span(start, end);
    frame->flags |= before == 0 && behind == s->nbytes ? SMC_STACK_ALONE : 0;
    return 1;
}

/* "async new fn [as alias]", without what is no name. */
static void set_function(const struct smc_stack_scan *s, size_t start, size_t end,
                         struct smc_stack_frame *frame)
{
    while (end > start && is_space(s->text[end - 1])) {
        end--;
    }
    if (end - start >= 6 && smc_stack_has(s, start, "async ")) {
        frame->flags |= SMC_STACK_ASYNC;
        start += 6;
    }
    if (end - start >= 4 && smc_stack_has(s, start, "new ")) {
        frame->flags |= SMC_STACK_NEW;
        start += 4;
    }
    if (end > start && s->text[end - 1] == ']') {
        size_t i = end - 1;
        while (i > start && s->text[i] != '[') {
            i--;
        }
        if (i > start && s->text[i - 1] == ' ' && smc_stack_has(s, i, "[as ")) {
            end = i - 1;
        }
    }
    frame->function = span(start, end);
}

static int has_space(const struct smc_stack_scan *s, size_t start, size_t end)
{
    size_t i = start;
    while (i < end && !is_space(s->text[i])) {
        i++;
    }
    return i < end;
}

/* A URL or a path has a letter, and a mark, or is of Node's own; a time of day and a ratio are none. */
static int is_location(const struct smc_stack_scan *s, size_t start, size_t end, int needs_mark)
{
    int has_letter = 0, has_mark = !needs_mark || smc_stack_has(s, start, "node:");

    for (size_t i = start; i < end && !(has_letter && has_mark); i++) {
        const char c = s->text[i];
        has_letter |= is_letter(c) || (c & 0x80) != 0;
        has_mark |= c == '/' || c == '\\' || c == '.' || c == '<';
    }
    return has_letter && has_mark;
}

/* ---- at fn (URL:L:C) ---- */

/* "eval at ..., <anonymous>": what follows the ")," behind what it is in. */
static size_t behind_origin(const struct smc_stack_scan *s, size_t start, size_t end)
{
    const size_t first = s->eval_end > start ? s->eval_end - 1 : start;

    for (size_t i = end; i >= first + 2; i--) {
        if (memcmp(s->text + i - 2, ", ", 2) == 0 && s->text[i - 3] == ')') {
            return i;
        }
    }
    return first;
}

/* What an eval is in is before the URL of the frame that it is in. */
static int has_origin_behind(const struct smc_stack_scan *s, size_t url)
{
    return s->eval_end > url + 1;
}

static int in_parentheses(const struct smc_stack_scan *s, const struct smc_stack_position *position,
                          struct smc_stack_frame *frame)
{
    const size_t n = s->n_parentheses;
    uint32_t form = SMC_STACK_AT;

    if (n == 0 || n > SMC_STACK_PARENTHESES_MAX || s->parentheses[n - 1].at == 0) {
        return 0;
    }
    const size_t at = s->parentheses[n - 1].at - 1, open = s->parentheses[n - 1].open;
    size_t start = open + 1;
    if (position->end - at > SMC_STACK_FRAME_NBYTES_MAX) {
        return 0;
    }
    if (smc_stack_has(s, start, "address at ")) {
        form = SMC_STACK_ADDRESS;
        start += 11;
    } else if (smc_stack_has(s, start, "eval at ")) {
        start = behind_origin(s, start, position->start);
        frame->flags |= SMC_STACK_EVAL;
    } else if (smc_stack_has(s, start, "<anonymous>:")) {
        frame->flags |= SMC_STACK_EVAL;
    }
    /* In prose, "look at this (see 10:20:30)" is none. */
    const int is_prose = !s->parentheses[n - 1].at_is_first && has_space(s, start, position->start);
    if (start >= position->start || !is_location(s, start, position->start, is_prose) ||
        has_origin_behind(s, start)) {
        return 0;
    }
    if (at >= 6 && memcmp(s->text + at - 6, "(eval ", 6) == 0) {
        frame->flags |= SMC_STACK_EVAL_ORIGIN;
    }
    set_function(s, at + 3, open, frame);
    frame->url = span(start, position->start);
    frame->line = zero_based(position->line);
    frame->column =
        form == SMC_STACK_ADDRESS ? in_32_bits(position->column) : zero_based(position->column);
    return finish(s, form, at, position->end + 1, frame);
}

/* ---- at URL:L:C ---- */

/* With spaces in it, it must begin as a path or a URL does. */
static int is_path(const struct smc_stack_scan *s, size_t start, size_t end)
{
    const char *text = s->text + start;
    const size_t nbytes = end - start;

    return !has_space(s, start, end) || text[0] == '/' || text[0] == '\\' ||
           (nbytes > 2 && is_letter(text[0]) && text[1] == ':' &&
            (text[2] == '\\' || text[2] == '/')) ||
           (nbytes > 7 && memcmp(text, "file://", 7) == 0);
}

static int behind_at(const struct smc_stack_scan *s, const struct smc_stack_position *position,
                     struct smc_stack_frame *frame)
{
    if (s->at == 0) {
        return 0;
    }
    const size_t at = s->at - 1;
    size_t start = at + 3;
    if (smc_stack_has(s, start, "async ")) {
        frame->flags |= SMC_STACK_ASYNC;
        start += 6;
    }
    if (start >= position->start || position->start - start > SMC_STACK_FRAME_NBYTES_MAX ||
        !is_location(s, start, position->start, 1) || !is_path(s, start, position->start)) {
        return 0;
    }
    frame->flags |= smc_stack_has(s, start, "<anonymous>:") ? SMC_STACK_EVAL : 0;
    frame->function = span(start, start);
    frame->url = span(start, position->start);
    frame->line = zero_based(position->line);
    frame->column = zero_based(position->column);
    return finish(s, SMC_STACK_AT, at, position->end, frame);
}

/* ---- fn@URL:L:C ---- */

/* Names have no spaces, but for these, and their brackets are closed. The caller's kind ("async*", "promise callback*") is
 * no part of them. */
static size_t function_start(const struct smc_stack_scan *s)
{
    static const char *const codes[] = {"global ", "module ", "eval "};
    static const char *const accessors[] = {"get ", "set "};
    const size_t end = s->sign - 1, start = s->sign_word - 1;
    const int is_code = end - start == 4 && smc_stack_has(s, start, "code");
    const char *const *kinds = is_code ? codes : accessors;
    size_t n_closed = 0;

    for (size_t i = 0; i < (is_code ? 3 : 2); i++) {
        const size_t nbytes = strlen(kinds[i]);
        if (start >= nbytes && smc_stack_has(s, start - nbytes, kinds[i])) {
            return start - nbytes;
        }
    }
    for (size_t i = end; i > start; i--) {
        const char c = s->text[i - 1];
        if (c == '*' || (c == '[' && n_closed == 0)) {
            return i;
        }
        n_closed += (size_t)(c == ']') - (size_t)(c == '[');
    }
    return start;
}

/* "URL line N > eval": the end of the URL, and N; 0 if it is not that. */
static size_t eval_line(const struct smc_stack_scan *s, size_t start, size_t end, uint64_t *line)
{
    for (size_t i = start; i + 6 < end; i++) {
        if (s->text[i] == ' ' && smc_stack_has(s, i, " line ")) {
            const size_t behind = read_number(s, i + 5, line);
            return behind != 0 && smc_stack_has(s, behind, " > ") ? i : 0;
        }
    }
    return 0;
}

static int behind_sign(const struct smc_stack_scan *s, const struct smc_stack_position *position,
                       struct smc_stack_frame *frame)
{
    if (s->sign == 0) {
        return 0;
    }
    const size_t start = s->sign, word = s->word - 1;
    size_t end = position->start;
    uint64_t line = position->line, column = position->column;
    if (s->sign - s->sign_word + end - start > SMC_STACK_FRAME_NBYTES_MAX ||
        has_origin_behind(s, start)) {
        return 0;
    }
    if (s->sign < s->space) {
        if (word < 2 || memcmp(s->text + word - 2, "> ", 2) != 0) {
            return 0;
        }
        end = eval_line(s, start, word, &line);
        if (end == 0) {
            return 0;
        }
        frame->flags |= SMC_STACK_EVAL;
        column = 0;
    }
    if (start >= end || !is_location(s, start, end, 1)) {
        return 0;
    }
    const size_t function = function_start(s);
    frame->function = span(function, s->sign - 1);
    frame->url = span(start, end);
    frame->line = zero_based(line);
    frame->column = zero_based(column);
    return finish(s, SMC_STACK_AT_SIGN, function, position->end, frame);
}

static const struct smc_stack_frame no_frame = {.line = SMC_NONE, .column = SMC_NONE};

int smc_stack_frame_at(const struct smc_stack_scan *s, const struct smc_stack_position *position,
                       struct smc_stack_frame *frame)
{
    *frame = no_frame;
    if (position->end < s->nbytes && s->text[position->end] == ')' &&
        in_parentheses(s, position, frame)) {
        return 1;
    }
    *frame = no_frame;
    if (behind_at(s, position, frame)) {
        return 1;
    }
    *frame = no_frame;
    return behind_sign(s, position, frame);
}

/* ---- native code ---- */

/* Only where the line begins with it: prose has such words, too. */
int smc_stack_native_in_parentheses(const struct smc_stack_scan *s, size_t close,
                                    struct smc_stack_frame *frame)
{
    const size_t n = s->n_parentheses;

    if (n == 0 || n > SMC_STACK_PARENTHESES_MAX || s->parentheses[n - 1].at == 0) {
        return 0;
    }
    const size_t at = s->parentheses[n - 1].at - 1, open = s->parentheses[n - 1].open;
    const size_t nbytes = close - open - 1;
    const int is_native = (nbytes == 6 && smc_stack_has(s, open + 1, "native")) ||
                          (nbytes == 11 && smc_stack_has(s, open + 1, "<anonymous>")) ||
                          (nbytes > 6 && nbytes < 16 && smc_stack_has(s, open + 1, "index "));
    if (!is_native || !s->parentheses[n - 1].at_is_first ||
        close - at > SMC_STACK_FRAME_NBYTES_MAX) {
        return 0;
    }
    *frame = no_frame;
    frame->flags = SMC_STACK_NATIVE;
    set_function(s, at + 3, open, frame);
    frame->url = span(open + 1, open + 1);
    return finish(s, SMC_STACK_AT, at, close + 1, frame);
}

int smc_stack_native_behind_sign(const struct smc_stack_scan *s, size_t sign,
                                 struct smc_stack_frame *frame)
{
    if (s->sign != sign + 1 || !smc_stack_has(s, sign + 1, "[native code]") ||
        s->sign - s->sign_word > SMC_STACK_FRAME_NBYTES_MAX) {
        return 0;
    }
    const size_t function = function_start(s);
    if (!smc_stack_begins_line(s, function)) {
        return 0;
    }
    *frame = no_frame;
    frame->flags = SMC_STACK_NATIVE;
    frame->function = span(function, sign);
    frame->url = span(sign + 1, sign + 1);
    return finish(s, SMC_STACK_AT_SIGN, function, sign + 14, frame);
}

/* "at <anonymous>", which is no function's name there: no parenthesis follows. */
int smc_stack_native_alone(const struct smc_stack_scan *s, size_t at, struct smc_stack_frame *frame)
{
    static const char text[] = "at <anonymous>";
    const size_t end = at + sizeof text - 1;
    size_t behind = end;

    if (s->at != at + 1 || !s->at_is_first || !smc_stack_has(s, at, text)) {
        return 0;
    }
    while (behind < s->nbytes && is_space(s->text[behind])) {
        behind++;
    }
    if (behind < s->nbytes &&
        (behind == end ? memchr("\\\"", s->text[end], 2) == NULL : s->text[behind] == '(')) {
        return 0;
    }
    *frame = no_frame;
    frame->flags = SMC_STACK_NATIVE;
    frame->function = span(at + 3, at + 3);
    frame->url = span(at + 3, at + 3);
    return finish(s, SMC_STACK_AT, at, end, frame);
}
