#include "src/build/entries.h"

#include "src/build/vlq.h"

int smc_entries_start(struct smc_entries *entries)
{
    const struct smc_json *json = entries->json;

    entries->start = json->start + 1;
    entries->end = json->end - 1;
    if (!smc_json_is_plain(json)) { /* a '/' may be escaped */
        smc_unescape_append(&entries->plain, json);
        if (entries->plain.failed) {
            return -1;
        }
        entries->start = entries->plain.data;
        entries->end = entries->start + entries->plain.nbytes;
    }
    entries->p = entries->start;
    return 0;
}

static unsigned fail(struct smc_entries *entries, const char *reason)
{
    entries->reason = reason;
    return 0;
}

static int is_at_separator(const struct smc_entries *entries)
{
    return entries->p == entries->end || *entries->p == ',' || *entries->p == ';';
}

unsigned smc_entries_read(struct smc_entries *entries, unsigned n_min, unsigned n_max,
                          int64_t fields[SMC_ENTRY_FIELDS_MAX])
{
    static const char bad_grammar[] = "entry that is not the right number of base64 VLQs";
    unsigned n = 0;

    entries->at = entries->p;
    for (; !is_at_separator(entries); n++) {
        uint64_t value;
        const uint8_t *next = smc_vlq_read(entries->p, entries->end, &value);
        if (next == NULL || n == n_max) {
            return fail(entries, bad_grammar);
        }
        if (value > SMC_VLQ_MAX) {
            return fail(entries, "entry with a number of 2^31 or more");
        }
        fields[n] = smc_vlq_to_signed((uint32_t)value);
        entries->p = next;
    }
    if (n < n_min) {
        return fail(entries, bad_grammar);
    }
    if (entries->p < entries->end && *entries->p == ',') {
        entries->p++;
        if (is_at_separator(entries)) {
            entries->at = entries->p;
            return fail(entries, bad_grammar); /* an empty entry */
        }
    }
    return n;
}

void smc_entries_finish(struct smc_entries *entries)
{
    if (entries->reason != NULL) {
        /* In a copy places are not those of the input. */
        const uint8_t *at = entries->plain.data != NULL ? entries->json->start : entries->at;
        smc_report_warning(entries->report, entries->reason, "the source's functions are dropped",
                           entries->key, at);
    }
    smc_buf_free(&entries->plain);
}
