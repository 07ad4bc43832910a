/*
 * One pass over a line, from one byte that matters to the next: what could begin a frame is remembered, and a position,
 * ":L:C", ends one. No byte is read twice but those of a frame and of white space, so the time is linear whatever the
 * text is.
 */
#include "src/stack/parts.h"

#include <string.h>

enum byte_class { PLAIN, WHITE, QUOTE, MARK, BACKSLASH, OPEN, CLOSE, COLON, AT_SIGN, LETTER_A };

static const uint8_t classes[256] = {
    [' '] = WHITE, ['\t'] = WHITE,  ['\r'] = WHITE,     ['"'] = QUOTE, ['`'] = QUOTE,
    ['\''] = MARK, ['|'] = MARK,    [','] = MARK,       [';'] = MARK,  ['{'] = MARK,
    ['}'] = MARK,  ['='] = MARK,    ['\\'] = BACKSLASH, ['('] = OPEN,  [')'] = CLOSE,
    [':'] = COLON, ['@'] = AT_SIGN, ['a'] = LETTER_A,
};

static void begin_word(struct smc_stack_scan *s, size_t off)
{
    s->space = off + 1;
    s->word = off + 1;
}

/* Behind a frame nothing of what was before counts. */
static void begin_line(struct smc_stack_scan *s, size_t off)
{
    begin_word(s, off);
    s->line = off + 1;
    s->at = 0;
    s->sign = 0;
    s->n_parentheses = 0;
}

/* "\n", "\t", "\"" and the like, as JSON strings have them, separate words, and lines; a tab may indent one. A path of
 * Windows has such, too; what has begun goes on. Returns where the search does. */
static size_t pass_escape(struct smc_stack_scan *s, size_t off)
{
    const size_t letter = smc_skip_backslashes(s, off);

    if (letter == s->nbytes || memchr("nrt\"", s->text[letter], 4) == NULL) {
        return letter;
    }
    if (s->text[letter] != 't' || smc_stack_begins_line(s, off)) {
        s->line = letter + 2;
    }
    begin_word(s, letter + 1);
    return letter + 1;
}

static int is_behind(const struct smc_stack_scan *s, size_t off, const char *text, size_t nbytes)
{
    return off >= nbytes && memcmp(s->text + off - nbytes, text, nbytes) == 0;
}

/* "at " at the beginning of its line begins a frame, whatever the function is called; elsewhere it is the last one that
 * counts. What is evaluated has one of its own. */
static void note_at(struct smc_stack_scan *s, size_t off)
{
    if (s->word != off + 1 || !smc_stack_has(s, off, "at ")) {
        return;
    }
    const int is_first = smc_stack_begins_line(s, off);
    if (s->at == 0 || !s->at_is_first || is_first || is_behind(s, off, "(eval ", 6)) {
        s->at = off + 1;
        s->at_is_first = is_first;
    }
}

static void open_parenthesis(struct smc_stack_scan *s, size_t off)
{
    if (s->n_parentheses < SMC_STACK_PARENTHESES_MAX) {
        s->parentheses[s->n_parentheses].open = off;
        s->parentheses[s->n_parentheses].at = s->at;
        s->parentheses[s->n_parentheses].at_is_first = s->at_is_first;
    }
    s->n_parentheses++;
    s->word = off + 2;
}

static void note_sign(struct smc_stack_scan *s, size_t off)
{
    if (s->sign == 0 || s->sign < s->space) {
        s->sign = off + 1;
        s->sign_word = s->word;
    }
}

/* Where the search goes on behind a frame. That of what an eval is in is inside of another, which goes on: no frame begins
 * with this one's "at" again. */
static int take(struct smc_stack_scan *s, const struct smc_stack_frame *frame)
{
    const size_t end = frame->whole.off + frame->whole.nbytes;

    s->next = end;
    if ((frame->flags & SMC_STACK_EVAL_ORIGIN) != 0) {
        s->n_parentheses--;
        for (size_t i = 0; i < s->n_parentheses; i++) {
            s->parentheses[i].at =
                s->parentheses[i].at > frame->whole.off ? 0 : s->parentheses[i].at;
        }
        s->eval_end = end + 1;
        s->at = 0;
        begin_word(s, end);
    } else {
        begin_line(s, end);
    }
    return 1;
}

static size_t pass_close(struct smc_stack_scan *s, size_t off)
{
    if (s->n_parentheses > 0) {
        s->n_parentheses--;
    }
    return off + 1;
}

int smc_stack_next(struct smc_stack_scan *s, struct smc_stack_frame *frame)
{
    struct smc_stack_position position;
    size_t i = s->next;

    if (s->line == 0) {
        begin_line(s, i);
        i = smc_stack_is_candidate(s->text, s->nbytes) ? i : s->nbytes;
    }
    while (i < s->nbytes) {
        switch (classes[(uint8_t)s->text[i]]) {
        case PLAIN:
            do {
                i++;
            } while (i < s->nbytes && classes[(uint8_t)s->text[i]] == PLAIN);
            break;
        case WHITE:
            begin_word(s, ++i);
            break;
        case QUOTE:
            begin_word(s, ++i);
            s->line = i + 1;
            break;
        case MARK:
            s->word = ++i + 1;
            break;
        case BACKSLASH:
            i = pass_escape(s, i);
            break;
        case OPEN:
            open_parenthesis(s, i++);
            break;
        case CLOSE:
            if (smc_stack_native_in_parentheses(s, i, frame)) {
                return take(s, frame);
            }
            i = pass_close(s, i);
            break;
        case AT_SIGN:
            note_sign(s, i);
            if (smc_stack_native_behind_sign(s, i, frame)) {
                return take(s, frame);
            }
            i++;
            break;
        case LETTER_A:
            note_at(s, i);
            if (smc_stack_native_alone(s, i, frame)) {
                return take(s, frame);
            }
            i++;
            break;
        default:
            i = smc_stack_read_position(s, i, &position);
            if (position.has_both && smc_stack_is_end(s, i)) {
                if (smc_stack_frame_at(s, &position, frame)) {
                    return take(s, frame);
                }
                /* What has not led to a frame is not tried with the next position: that would take square time. */
                s->at = 0;
                s->sign = 0;
            }
        }
    }
    s->next = s->nbytes;
    return 0;
}
