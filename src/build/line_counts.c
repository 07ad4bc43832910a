#include "src/build/line_counts.h"
#include "src/build/parts.h"

int smc_line_counter_grow(struct smc_line_counter *counter, uint64_t offset)
{
    const uint64_t n_stretches = offset / SMCF_STRETCH_NBYTES + 1;
    const uint64_t n_new = n_stretches - counter->counts.nbytes / sizeof(uint32_t);

    if (n_new > SIZE_MAX / sizeof(uint32_t)) {
        counter->counts.failed = 1;
    } else {
        smc_buf_append(&counter->counts, NULL, (size_t)n_new * sizeof(uint32_t));
    }
    if (counter->counts.failed) {
        return -1;
    }
    counter->counted_nbytes = n_stretches * SMCF_STRETCH_NBYTES;
    return 0;
}

uint64_t smc_line_counter_finish(struct smc_line_counter *counter, uint64_t stream_nbytes,
                                 struct smc_buf *section)
{
    const uint32_t *counts = (const void *)counter->counts.data;
    const uint64_t n_counts = counter->counts.nbytes / sizeof *counts;
    const uint64_t n_stretches =
        stream_nbytes / SMCF_STRETCH_NBYTES + (stream_nbytes % SMCF_STRETCH_NBYTES != 0);
    struct smc_offset_writer list = {0};
    uint64_t n_before = 0;

    for (uint64_t e = 0; e < n_stretches; e++) {
        smc_offset_writer_add(&list, n_before);
        n_before += e < n_counts ? counts[e] : 0;
    }
    /* Not n_before: empty contents may be where the stream ends, and a stretch would begin. */
    smc_offset_writer_add(&list, counter->n_lines);
    smc_offset_writer_finish(&list, section);
    section->failed |= counter->counts.failed;
    smc_line_counter_free(counter);
    return n_stretches + 1;
}

void smc_line_counter_free(struct smc_line_counter *counter)
{
    smc_buf_free(&counter->counts);
}
