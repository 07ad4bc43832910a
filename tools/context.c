/*
 * Source lines around a position, with a caret under it.
 */
#include "tools/cli.h"

/* A line longer than this is cut around the column: minified sources have lines of megabytes. */
#define MAX_LINE_CHARACTERS 160

/* Cells that a terminal gives a character: the East Asian wide and emoji blocks take two, combining
 * marks and joiners none (Unicode 15, UAX 11, by block). */
static unsigned cells_of(uint32_t c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
        (c >= 0xfe00 && c <= 0xfe0f)) {
        return 0;
    }
    if ((c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
        (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
        (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
        (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1f64f) ||
        (c >= 0x1f680 && c <= 0x1f6ff) || (c >= 0x1f900 && c <= 0x1f9ff) ||
        (c >= 0x20000 && c <= 0x3fffd)) {
        return 2;
    }
    return 1;
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
        place.byte += next_character(line.ptr + place.byte, line.nbytes - place.byte, &c);
        place.n_characters++;
        units += c >= 0x10000 ? 2 : 1;
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

static void print_caret(FILE *to, struct smc_view shown, size_t until, int is_cut)
{
    fputs(is_cut ? "       |  " : "       | ", to);
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

    for (uint32_t i = first; i < n_lines && i <= (uint64_t)line + n_context; i++) {
        struct smc_view content;
        size_t start;
        smc_status status = smc_text_line(text, source, i, &content);
        if (status != SMC_OK) {
            return status;
        }
        struct smc_view shown = cut(content, i == line ? column : 0, &start);
        fprintf(to, "%c%5lu | %s", i == line ? '>' : ' ', (unsigned long)i + line_base,
                start > 0 ? "\xe2\x80\xa6" : "");
        print_text(to, shown);
        fputs(start + shown.nbytes < content.nbytes ? "\xe2\x80\xa6\n" : "\n", to);
        if (i == line) {
            print_caret(to, shown, find_column(content, column).byte - start, start > 0);
        }
    }
    return SMC_OK;
}
