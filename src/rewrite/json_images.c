/*
 * The images of a document, which say which debug ID belongs to a URL. SDKs write them behind the frames as often as
 * before, so a document is looked at before it is translated: as far as it fits memory, and by a survey what does not.
 */
#include "src/rewrite/json_parts.h"

#include "src/base/debug_id.h"

#include <string.h>

/* ---- what an image says ---- */

enum { IMAGE_TYPE, IMAGE_FILE, IMAGE_ID };

/* Of a survey. */
static void list_image(struct smc_json_rewriter *json, struct smc_view url,
                       const uint8_t debug_id[16])
{
    struct smc_json_image image = {.document = json->tracker.stream.n_documents,
                                   .url_off = json->image_urls.nbytes,
                                   .url_nbytes = url.nbytes};

    memcpy(image.debug_id, debug_id, sizeof image.debug_id);
    smc_buf_append(&json->image_urls, url.ptr, url.nbytes);
    smc_buf_append(&json->images, &image, sizeof image);
    if (json->image_urls.failed || json->images.failed) {
        smc_json_lack_memory(json);
    }
}

void smc_json_take_image(struct smc_json_rewriter *json, const struct smc_json *whole)
{
    static const char *const names[] = {"type", "code_file", "debug_id"};
    struct smc_json_object object;
    uint8_t debug_id[16];

    if (smc_json_make_room(json, whole) != 0) {
        return;
    }
    smc_json_object_read(&object, whole, names, 3);
    const struct smc_view url = smc_json_text_of(&object.values[IMAGE_FILE], &json->room);
    const struct smc_view id = smc_json_text_of(&object.values[IMAGE_ID], &json->room);
    if (!smc_json_is_text(&object.values[IMAGE_TYPE], (struct smc_view){"sourcemap", 9}) ||
        url.nbytes == 0 || id.ptr == NULL ||
        smc_debug_id_parse(id.ptr, id.nbytes, 1, debug_id) != 0) {
        return;
    }
    if (json->role == SMC_JSON_SURVEYS) {
        list_image(json, url, debug_id);
    } else if (json->n_met++ >= json->n_known &&
               smc_image_add(json->rewriter, url, debug_id) != 0) {
        smc_json_lack_memory(json);
    }
}

/* ---- documents ---- */

/* A survey's images take the place of a scout. Returns whether there are any of this document. */
static int take_surveyed(struct smc_json_rewriter *json)
{
    const struct smc_json_rewriter *survey = json->rewriter->survey;
    const uint64_t document = json->tracker.stream.n_documents;
    int has_any = 0;

    if (survey == NULL || survey->images.failed || survey->image_urls.failed) {
        return 0;
    }
    const struct smc_json_image *images = (const void *)survey->images.data;
    const size_t n = survey->images.nbytes / sizeof *images;
    for (; json->next_image < n && images[json->next_image].document <= document;
         json->next_image++) {
        const struct smc_json_image *image = &images[json->next_image];
        const char *url = (const char *)survey->image_urls.data + image->url_off;
        if (smc_image_add(json->rewriter, (struct smc_view){url, image->url_nbytes},
                          image->debug_id) != 0) {
            smc_json_lack_memory(json);
        }
        has_any = 1;
    }
    return has_any;
}

static int may_be_event(const struct smc_json_rewriter *json)
{
    const uint32_t format = json->rewriter->options.format;

    return format == SMC_FORMAT_UNKNOWN || format == SMC_FORMAT_JSON ||
           format == SMC_FORMAT_SENTRY_EVENT || format == SMC_FORMAT_SENTRY_PROFILE;
}

static int start_scout(struct smc_json_rewriter *json)
{
    static const struct smc_json_rule *const lists[] = {smc_json_scout_rules};

    if (json->scout == NULL && (json->scout = smc_json_new(json->rewriter, lists, 1)) == NULL) {
        smc_json_lack_memory(json);
        return -1;
    }
    smc_json_tracker_restart(&json->scout->tracker);
    json->scout->role = SMC_JSON_SCOUTS;
    json->scout->capture = SMC_JSON_NOTHING;
    json->scout->held.nbytes = 0;
    json->scout->is_lost = 0;
    json->scout->n_met = 0;
    return 0;
}

void smc_json_begin_images(struct smc_json_rewriter *json, uint64_t offset, int is_object)
{
    if (json->role != SMC_JSON_REWRITES) {
        json->document_off = offset;
        json->n_images = json->images.nbytes;
        json->urls_nbytes = json->image_urls.nbytes;
        return;
    }
    json->n_known = json->n_met = 0;
    if (smc_images_forget(json->rewriter) != 0) {
        smc_json_lack_memory(json);
    }
    if (take_surveyed(json)) {
        json->n_known = SIZE_MAX;
    } else if (is_object && may_be_event(json) && start_scout(json) == 0) {
        json->is_scouting = json->is_paused = 1;
    }
}

/* A survey keeps what scouts cannot find. */
void smc_json_end_images(struct smc_json_rewriter *json, uint64_t offset)
{
    if (json->role == SMC_JSON_SCOUTS) {
        json->is_paused = 1;
    } else if (json->role == SMC_JSON_SURVEYS &&
               offset - json->document_off <= SMC_REWRITE_DOCUMENT_NBYTES_MAX) {
        json->images.nbytes = json->n_images;
        json->image_urls.nbytes = json->urls_nbytes;
    }
}

/* ---- looking ahead ---- */

void smc_json_end_scouting(struct smc_json_rewriter *json)
{
    if (json->is_scouting) {
        json->is_scouting = 0;
        json->n_known = json->scout->n_met;
        (void)smc_json_run(json, json->document.data, json->document.nbytes);
        if (json->document.nbytes > SMC_OUT_NBYTES) {
            smc_buf_free(&json->document); /* one this large is rare */
        }
        json->document.nbytes = 0;
    }
}

/* The scout sees no more of a document than the limit, however it is cut: so what it finds is always the same. */
int smc_json_scout(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes)
{
    struct smc_json_rewriter *scout = json->scout;
    const size_t left = (size_t)SMC_REWRITE_DOCUMENT_NBYTES_MAX - json->document.nbytes;

    scout->is_paused = 0;
    (void)smc_json_run(scout, bytes, nbytes < left ? nbytes : left);
    if (scout->is_paused || scout->is_lost || nbytes >= left) {
        smc_json_end_scouting(json);
        return 1;
    }
    smc_buf_append(&json->document, bytes, nbytes);
    if (json->document.failed) {
        smc_json_lack_memory(json);
    }
    return 0;
}

/* ---- all of an input ---- */

void smc_json_survey(struct smc_rewriter *rewriter, const uint8_t *bytes, size_t nbytes)
{
    static const struct smc_json_rule *const lists[] = {smc_json_document_rules};

    if (rewriter->survey == NULL) {
        rewriter->survey = smc_json_new(rewriter, lists, 1);
        if (rewriter->survey == NULL) {
            smc_rewrite_fail(rewriter, SMC_REWRITE_E_MEMORY, "out of memory", 0);
            return;
        }
        rewriter->survey->role = SMC_JSON_SURVEYS;
    }
    (void)smc_json_run(rewriter->survey, bytes, nbytes);
}
