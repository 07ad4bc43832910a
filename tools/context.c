/*
 * Source lines around a position, with a caret under it.
 */
#include "tools/cli.h"

#include <wchar.h>

/* A line longer than this is cut around the column: minified sources have lines of megabytes. */
#define MAX_LINE_CHARACTERS 160

/* Cells that a terminal gives a character: two for CJK and emoji, none for combining marks. */
static unsigned cells_of(uint32_t c)
{
    int width = c == 0 ? 1 : wcwidth((wchar_t)c);
    return width < 0 ? 1 : (unsigned)width; /* a control character is shown as U+FFFD */
}

/* Where in a line its column (UTF-16 code units) is: the byte offset and how many characters before. */
struct place {
    size_t byte;
    size_t n_characters;
};

static struct place find_column(struct smc_view line, uint32_t column)
{
    struct place place = {0, 0};
    uint32_t units = 0;

    while (place.byte < line.nbytes && units < column) {
        uint32_t c;
        size_t n = next_character(line.ptr + place.byte, line.nbytes - place.byte, &c);
        units += c >= 0x10000 ? 2 : 1;
        if (units > column) {
            break; /* between two surrogates: the character itself */
        }
        place.byte += n;
        place.n_characters++;
    }
    return place;
}

static size_t skip_characters(struct smc_view line, size_t from, size_t n)
{
    while (n > 0 && from < line.nbytes) {
        uint32_t c;
        from += next_character(line.ptr + from, line.nbytes - from, &c);
        n--;
    }
    return from;
}

/* The part of a line that is shown: all of it, or MAX_LINE_CHARACTERS around the column. */
static struct smc_view cut(struct smc_view line, uint32_t column, size_t *start)
{
    struct place place = find_column(line, column);
    size_t first = place.n_characters > MAX_LINE_CHARACTERS / 2
                       ? place.n_characters - MAX_LINE_CHARACTERS / 2
                       : 0;
    size_t end = skip_characters(line, 0, MAX_LINE_CHARACTERS);

    *start = 0;
    if (end == line.nbytes) {
        return line;
    }
    *start = skip_characters(line, 0, first);
    end = skip_characters(line, *start, MAX_LINE_CHARACTERS);
    return (struct smc_view){line.ptr + *start, end - *start};
}

static void print_caret(FILE *to, int n_digits, struct smc_view shown, size_t until, int is_cut)
{
    fprintf(to, " %*s | %s", n_digits, "", is_cut ? " " : "");
    for (size_t i = 0; i < until && i < shown.nbytes;) {
        uint32_t c;
        i += next_character(shown.ptr + i, shown.nbytes - i, &c);
        if (c == '\t') {
            fputc('\t', to); /* as wide as the one above it */
        } else {
            for (unsigned n = cells_of(c); n > 0; n--) {
                fputc(' ', to);
            }
        }
    }
    fputs("^\n", to);
}

smc_status print_context(FILE *to, smc_text *text, uint32_t source, uint32_t n_lines, uint32_t line,
                         uint32_t column, uint32_t n_context, uint32_t line_base)
{
    uint32_t first = line > n_context ? line - n_context : 0;
    uint64_t last = (uint64_t)line + n_context < n_lines ? (uint64_t)line + n_context : n_lines;
    int n_digits = 5; /* of the longest line number, so that all bars are below each other */

    for (last += line_base; last > 99999; last /= 10) {
        n_digits++;
    }
    for (uint32_t i = first; i < n_lines && i <= (uint64_t)line + n_context; i++) {
        struct smc_view content;
        size_t start;
        smc_status status = smc_text_line(text, source, i, &content);
        if (status != SMC_OK) {
            return status;
        }
        struct smc_view shown = cut(content, i == line ? column : 0, &start);
        fprintf(to, "%c%*lu | %s", i == line ? '>' : ' ', n_digits, (unsigned long)i + line_base,
                start > 0 ? "\xe2\x80\xa6" : "");
        print_text(to, shown);
        fputs(start + shown.nbytes < content.nbytes ? "\xe2\x80\xa6\n" : "\n", to);
        if (i == line) {
            print_caret(to, n_digits, shown, find_column(content, column).byte - start, start > 0);
        }
    }
    return SMC_OK;
}
