/*
 * The rewriter of a stream: whether it is one of text or of JSON, its first bytes say.
 */
#include "src/rewrite/parts.h"

#include <stdlib.h>
#include <string.h>

#define FLAGS ((unsigned)SMC_REWRITE_ANNOTATE | SMC_REWRITE_HIDE_IGNORED | SMC_REWRITE_COLOUR)

static const char *const format_texts[] = {NULL,           "text",           "json",
                                           "sentry-event", "sentry-profile", "cpuprofile",
                                           "heapprofile",  "hermes-profile", "hermes-crash",
                                           "chrome-trace", "speedscope",     "node-report"};
#define N_FORMATS (sizeof format_texts / sizeof format_texts[0])

const char *smc_format_text(uint32_t format)
{
    return format < N_FORMATS ? format_texts[format] : NULL;
}

/* What is wrong with the input is said once: it is fed on, and passes through. */
static smc_rewrite_status answer(struct smc_rewriter *rewriter, struct smc_rewrite_error *error)
{
    const smc_rewrite_status status = rewriter->error.status;
    const int is_of_input = status == SMC_REWRITE_E_JSON || status == SMC_REWRITE_E_LIMIT;

    if (status == SMC_REWRITE_OK || (is_of_input && rewriter->is_told)) {
        return SMC_REWRITE_OK;
    }
    rewriter->is_told = 1;
    if (error != NULL) {
        *error = rewriter->error;
    }
    return status;
}

/* ---- opening ---- */

static int is_known(const struct smc_rewrite_options *options)
{
    return options != NULL && options->struct_size == sizeof *options &&
           options->symbolicator != NULL && options->sink != NULL && options->format < N_FORMATS &&
           options->output <= SMC_OUTPUT_FOLDED && (options->flags & ~FLAGS) == 0;
}

/* Once the format is known. */
static int start(struct smc_rewriter *rewriter, uint32_t format)
{
    if (format == SMC_FORMAT_TEXT) {
        rewriter->text = smc_text_rewriter_new(rewriter);
    } else {
        rewriter->json = smc_json_rewriter_new(rewriter);
    }
    rewriter->counts.format = format;
    if (rewriter->text == NULL && rewriter->json == NULL) {
        smc_rewrite_fail(rewriter, SMC_REWRITE_E_MEMORY, "out of memory", 0);
        return -1;
    }
    return 0;
}

smc_rewrite_status smc_rewriter_open(const struct smc_rewrite_options *options,
                                     smc_rewriter **rewriter, struct smc_rewrite_error *error)
{
    static const struct smc_rewrite_error option = {SMC_REWRITE_E_OPTION, "unknown option", 0};
    static const struct smc_rewrite_error memory = {SMC_REWRITE_E_MEMORY, "out of memory", 0};
    const struct smc_rewrite_error *failure = NULL;

    *rewriter = NULL;
    smc_rewriter *r = is_known(options) ? calloc(1, sizeof *r) : NULL;
    if (r != NULL) {
        r->options = *options;
        for (size_t i = 0; i < options->n_images && failure == NULL; i++) {
            failure = smc_image_add(r, options->images[i].url, options->images[i].debug_id) != 0
                          ? &memory
                          : NULL;
        }
        r->n_own_images = r->n_images;
        if (options->format != SMC_FORMAT_UNKNOWN && start(r, options->format) != 0) {
            failure = &memory;
        }
    } else {
        failure = is_known(options) ? &memory : &option;
    }
    if (failure != NULL) {
        smc_rewriter_close(r);
        if (error != NULL) {
            *error = *failure;
        }
        return failure->status;
    }
    *rewriter = r;
    return SMC_REWRITE_OK;
}

void smc_rewriter_close(smc_rewriter *rewriter)
{
    if (rewriter == NULL) {
        return;
    }
    smc_images_free(rewriter);
    smc_text_rewriter_free(rewriter->text);
    smc_json_rewriter_free(rewriter->json);
    smc_json_rewriter_free(rewriter->survey);
    smc_buf_free(&rewriter->head);
    smc_buf_free(&rewriter->out);
    free(rewriter);
}

/* ---- bytes ---- */

static void pass_on(struct smc_rewriter *rewriter, const uint8_t *bytes, size_t nbytes)
{
    if (rewriter->text != NULL) {
        smc_text_rewriter_feed(rewriter->text, bytes, nbytes);
    } else {
        smc_json_rewriter_feed(rewriter->json, bytes, nbytes);
    }
    rewriter->offset += nbytes;
}

/* Collects bytes until they tell what they are. Returns whether they have. */
static int find_format(struct smc_rewriter *rewriter, int is_all)
{
    if (rewriter->text == NULL && rewriter->json == NULL) {
        const uint32_t format =
            smc_format_detect(rewriter->head.data, rewriter->head.nbytes, is_all);
        if (format == SMC_FORMAT_UNKNOWN &&
            (is_all || rewriter->head.nbytes >= SMC_FORMAT_HEAD_NBYTES)) {
            smc_rewrite_fail(rewriter, SMC_REWRITE_E_MEMORY, "out of memory", 0);
        }
        if (format == SMC_FORMAT_UNKNOWN || start(rewriter, format) != 0) {
            return 0;
        }
    }
    return 1;
}

static smc_rewrite_status feed(struct smc_rewriter *rewriter, const uint8_t *bytes, size_t nbytes,
                               int is_all)
{
    if (rewriter->head.nbytes > 0 || (rewriter->text == NULL && rewriter->json == NULL)) {
        smc_buf_append(&rewriter->head, bytes, nbytes);
        if (rewriter->head.failed) {
            return smc_rewrite_fail(rewriter, SMC_REWRITE_E_MEMORY, "out of memory", 0);
        }
        if (!find_format(rewriter, is_all)) {
            return rewriter->error.status;
        }
        pass_on(rewriter, rewriter->head.data, rewriter->head.nbytes);
        smc_buf_free(&rewriter->head);
        return rewriter->error.status;
    }
    pass_on(rewriter, bytes, nbytes);
    return rewriter->error.status;
}

smc_rewrite_status smc_rewriter_survey(smc_rewriter *rewriter, const void *bytes, size_t nbytes,
                                       struct smc_rewrite_error *error)
{
    if (rewriter->text == NULL) {
        smc_json_survey(rewriter, bytes, nbytes);
    }
    return answer(rewriter, error);
}

smc_rewrite_status smc_rewriter_feed(smc_rewriter *rewriter, const void *bytes, size_t nbytes,
                                     struct smc_rewrite_error *error)
{
    if (nbytes > 0) {
        (void)feed(rewriter, bytes, nbytes, 0);
    }
    return answer(rewriter, error);
}

smc_rewrite_status smc_rewriter_flush(smc_rewriter *rewriter, int waits,
                                      struct smc_rewrite_error *error)
{
    if (rewriter->text != NULL) {
        smc_text_rewriter_flush(rewriter->text, waits);
    }
    smc_out_flush(rewriter);
    return answer(rewriter, error);
}

int smc_rewriter_is_waiting(const smc_rewriter *rewriter)
{
    return rewriter->text != NULL && smc_text_rewriter_is_waiting(rewriter->text);
}

smc_rewrite_status smc_rewriter_finish(smc_rewriter *rewriter, struct smc_rewrite_error *error)
{
    (void)feed(rewriter, NULL, 0, 1);
    if (rewriter->text != NULL) {
        smc_text_rewriter_finish(rewriter->text);
    } else if (rewriter->json != NULL) {
        smc_json_rewriter_finish(rewriter->json);
    }
    smc_out_flush(rewriter);
    return answer(rewriter, error);
}

void smc_rewriter_counts(const smc_rewriter *rewriter, struct smc_rewrite_counts *counts)
{
    *counts = rewriter->counts;
}
