#include "src/build/row_sort.h"

static int is_after(const struct smc_token_row *a, const struct smc_token_row *b)
{
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* A merge sort. */
void smc_rows_sort(struct smc_token_row *rows, struct smc_token_row *room, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = n - start > width ? start + width : n;
            size_t end = n - start > 2 * width ? start + 2 * width : n;
            size_t a = start, b = middle, to = start;
            while (a < middle || b < end) {
                int take_a = b == end || (a < middle && !is_after(&rows[a], &rows[b]));
                room[to++] = rows[take_a ? a++ : b++];
            }
        }
        memcpy(rows, room, n * sizeof *rows);
    }
}
