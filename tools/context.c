/*
 * Source lines around a position, with a caret under it.
 */
#include "tools/cli.h"

#include "src/base/shown.h"

#include <wchar.h>

#define ELLIPSIS "\xe2\x80\xa6"

/* Cells that a terminal gives to what is printed for a character: two for CJK and emoji, none for combining marks. */
static unsigned cells_of(uint32_t c)
{
    int width = wcwidth((wchar_t)smc_shown_character(c));
    return width < 0 ? 1 : (unsigned)width;
}

/* Where the character begins below which the caret stands: the one at `column_nbytes`, or that before it which has the
 * cell, if this one has none of its own. */
static size_t find_cell(struct smc_view text, size_t column_nbytes)
{
    size_t cell = 0;

    if (column_nbytes == text.nbytes) {
        return column_nbytes; /* behind the line */
    }
    for (size_t i = 0; i <= column_nbytes;) {
        uint32_t c;
        size_t n = next_character(text.ptr + i, text.nbytes - i, &c);
        if (cells_of(c) > 0) {
            cell = i;
        }
        i += n;
    }
    return cell;
}

static void print_caret(FILE *to, int n_digits, const struct smc_context_line *line,
                        size_t column_nbytes, int has_colour)
{
    const size_t cell = find_cell(line->text, column_nbytes);

    fprintf(to, " %*s | %s", n_digits, "", (line->flags & SMC_CONTEXT_CUT_LEFT) != 0 ? " " : "");
    for (size_t i = 0; i < cell;) {
        uint32_t c;
        i += next_character(line->text.ptr + i, line->text.nbytes - i, &c);
        if (c == '\t') {
            fputc('\t', to); /* as wide as the one above it */
        } else {
            for (unsigned n = cells_of(c); n > 0; n--) {
                fputc(' ', to);
            }
        }
    }
    fputs(has_colour ? "\x1b[1;32m^\x1b[0m\n" : "^\n", to);
}

static void print_line(FILE *to, char mark, int n_digits, uint32_t line_base,
                       const struct smc_context_line *line)
{
    fprintf(to, "%c%*lu | %s", mark, n_digits, (unsigned long)line->line + line_base,
            (line->flags & SMC_CONTEXT_CUT_LEFT) != 0 ? ELLIPSIS : "");
    print_text(to, line->text);
    fputs((line->flags & SMC_CONTEXT_CUT_RIGHT) != 0 ? ELLIPSIS "\n" : "\n", to);
}

/* Of the longest line number, so that all bars are below each other. */
static int count_digits(uint64_t last)
{
    int n = 5;
    for (; last > 99999; last /= 10) {
        n++;
    }
    return n;
}

static void print_lines(FILE *to, const struct smc_context_line *lines,
                        const struct smc_context *context, int n_digits, uint32_t line_base)
{
    for (uint32_t i = 0; i < context->n_lines; i++) {
        print_line(to, ' ', n_digits, line_base, &lines[i]);
    }
}

/* The same, where one of them is the line that was asked for. */
static void print_lines_with_caret(FILE *to, const struct smc_context_line *lines,
                                   const struct smc_context *context, int n_digits,
                                   uint32_t line_base, int has_colour)
{
    for (uint32_t i = 0; i < context->n_lines; i++) {
        const int is_it = i == context->index;
        print_line(to, is_it ? '>' : ' ', n_digits, line_base, &lines[i]);
        if (is_it) {
            print_caret(to, n_digits, &lines[i], context->column_nbytes, has_colour);
        }
    }
}

void print_context_lines(FILE *to, const struct smc_context_line *lines,
                         const struct smc_context *context, int has_colour)
{
    const uint32_t last = context->n_lines > 0 ? lines[context->n_lines - 1].line : 0;

    print_lines_with_caret(to, lines, context, count_digits((uint64_t)last + 1), 1, has_colour);
}

smc_status print_context(FILE *to, smc_text *text, uint32_t source, uint32_t n_lines, uint32_t line,
                         uint32_t column, uint32_t n_context, uint32_t line_base)
{
    const uint64_t wanted_end = (uint64_t)line + n_context + 1;
    const uint32_t end = wanted_end < n_lines ? (uint32_t)wanted_end : n_lines;
    const int n_digits = count_digits((uint64_t)end - 1 + line_base);
    struct smc_context_line lines[2 * SMC_CONTEXT_AROUND_MAX + 1];
    struct smc_context context;

    /* As many lines at a time as the library gives. */
    for (uint32_t i = line > n_context ? line - n_context : 0; i < end; i += context.n_lines) {
        const int has_line = line >= i && line < n_lines && line - i <= SMC_CONTEXT_AROUND_MAX;
        const struct smc_context_query query = {.source = source,
                                                .line = has_line ? line : i,
                                                .column = has_line ? column : 0,
                                                .n_before = has_line ? line - i : 0,
                                                .n_after = end - 1 - (has_line ? line : i),
                                                .max_units = CONTEXT_LINE_UNITS};
        smc_status status = smc_text_context(text, &query, lines, &context);
        if (status != SMC_OK) {
            return status;
        }
        if (has_line) {
            print_lines_with_caret(to, lines, &context, n_digits, line_base, 0);
        } else {
            print_lines(to, lines, &context, n_digits, line_base);
        }
    }
    return SMC_OK;
}
