/*
 * Which debug ID belongs to a URL: an event names thousands of files at times, and each of its frames asks.
 */
#include "src/rewrite/parts.h"

#include "src/base/hash.h"

#include <stdlib.h>
#include <string.h>

static int has_url(const struct smc_known_image *image, const void *url, size_t nbytes)
{
    return image->url != NULL && image->url_nbytes == nbytes &&
           (nbytes == 0 || memcmp(image->url, url, nbytes) == 0);
}

/* Only what is in the table is found; of several with one URL the first is. */
static int enter(struct smc_rewriter *rewriter, uint32_t i)
{
    const struct smc_known_image *image = &rewriter->images[i];

    if (image->url == NULL) {
        return 0;
    }
    for (uint64_t key = smc_hash_text(image->url, image->url_nbytes);; key++) {
        const uint32_t *known = smc_table_put(&rewriter->image_table, key, i);
        if (known == NULL) {
            return -1;
        }
        if (*known == i || has_url(&rewriter->images[*known], image->url, image->url_nbytes)) {
            return 0;
        }
    }
}

static const struct smc_known_image *find(const struct smc_rewriter *rewriter, struct smc_view url)
{
    uint32_t i;

    for (uint64_t key = smc_hash_text(url.ptr, url.nbytes);; key++) {
        i = smc_table_get(&rewriter->image_table, key);
        if (i == SMC_TABLE_NONE || has_url(&rewriter->images[i], url.ptr, url.nbytes)) {
            break;
        }
    }
    /* One of any URL is of the options, which are few. */
    for (size_t k = 0; i == SMC_TABLE_NONE && k < rewriter->n_own_images; k++) {
        i = rewriter->images[k].url == NULL ? (uint32_t)k : i;
    }
    return i == SMC_TABLE_NONE ? NULL : &rewriter->images[i];
}

const uint8_t *smc_image_of(const struct smc_rewriter *rewriter, struct smc_view url)
{
    const struct smc_known_image *image = url.ptr == NULL ? NULL : find(rewriter, url);
    return image == NULL ? NULL : image->debug_id;
}

int smc_image_add(struct smc_rewriter *rewriter, struct smc_view url, const uint8_t debug_id[16])
{
    const size_t n = rewriter->n_images;
    char *copy = NULL;

    if (n >= SMC_TABLE_NONE) {
        return -1;
    }
    if ((n & (n - 1)) == 0) { /* a power of two, or none: there is room for as many */
        struct smc_known_image *images =
            realloc(rewriter->images, (n == 0 ? 1 : 2 * n) * sizeof *images);
        if (images == NULL) {
            return -1;
        }
        rewriter->images = images;
    }
    if (url.ptr != NULL) {
        copy = malloc(url.nbytes + 1);
        if (copy == NULL) {
            return -1;
        }
        memcpy(copy, url.ptr, url.nbytes);
    }
    struct smc_known_image *image = &rewriter->images[rewriter->n_images++];
    *image = (struct smc_known_image){.url = copy, .url_nbytes = url.nbytes};
    memcpy(image->debug_id, debug_id, sizeof image->debug_id);
    return enter(rewriter, (uint32_t)n);
}

int smc_images_forget(struct smc_rewriter *rewriter)
{
    if (rewriter->n_images == rewriter->n_own_images) {
        return 0;
    }
    while (rewriter->n_images > rewriter->n_own_images) {
        free(rewriter->images[--rewriter->n_images].url);
    }
    smc_table_free(&rewriter->image_table);
    for (uint32_t i = 0; i < rewriter->n_images; i++) {
        if (enter(rewriter, i) != 0) {
            return -1;
        }
    }
    return 0;
}

void smc_images_free(struct smc_rewriter *rewriter)
{
    rewriter->n_own_images = 0;
    (void)smc_images_forget(rewriter);
    free(rewriter->images);
    smc_table_free(&rewriter->image_table);
}
