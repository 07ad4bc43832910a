/*
 * 16 threads at once, for the thread sanitizer: they share an open file, a store that is too small for what they ask of
 * it, and files that each symbolicates stacks with.
 */
#include "tests/unit/answers.h"
#include "tests/unit/features.h"
#include "tests/unit/stored.h"

#include "src/cached/smcache_cached.h"
#include "src/reader/cache.h"
#include "src/symbolicate/smcache_symbolicate.h"

#include <pthread.h>

#define N_THREADS 16

/* What a thread does; asserts are for the main one. */
struct job {
    void *shared;
    unsigned number;
    unsigned n_wrong;
};

static void on_all_threads(void *(*run)(void *), void *shared)
{
    struct job jobs[N_THREADS];
    pthread_t threads[N_THREADS];

    for (unsigned i = 0; i < N_THREADS; i++) {
        jobs[i] = (struct job){shared, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, run, &jobs[i]), 0);
    }
    for (unsigned i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (unsigned i = 0; i < N_THREADS; i++) {
        assert_int_equal(jobs[i].n_wrong, 0);
    }
}

/* ---- one open file ---- */

#define N_ROUNDS 7 /* all questions, each asked in one of so many */

struct shared_cache {
    const struct file *file;
    smc_cache *cache;
    uint64_t wanted[N_ROUNDS];
};

static uint64_t answers_of(const smc_cache *cache, struct questions *questions)
{
    struct answers answers = {.start = cache->bytes, .end = cache->bytes + cache->nbytes};

    ask_all(cache, questions, &answers);
    const uint64_t digest = answers_digest(&answers);
    text_free(&answers.bytes);
    return digest;
}

static void *ask_shared_cache(void *context)
{
    struct job *job = context;
    const struct shared_cache *shared = job->shared;
    struct questions questions = make_questions(shared->file);

    for (size_t round = 0; round < N_ROUNDS; round++) {
        job->n_wrong += answers_of(shared->cache, &questions) != shared->wanted[round];
    }
    return NULL;
}

static void share_file(struct file file)
{
    struct shared_cache shared = {.file = &file, .cache = open_file(&file)};
    struct questions questions = make_questions(&file);

    for (size_t round = 0; round < N_ROUNDS; round++) {
        shared.wanted[round] = answers_of(shared.cache, &questions);
    }
    on_all_threads(ask_shared_cache, &shared);
    smc_close(shared.cache);
    file_free(&file);
}

static void an_open_file_is_shared(void **state)
{
    (void)state;
    share_file(feature_file_deflate());
    share_file(feature_file_functions());
    share_file(feature_file_extra());
}

/* ---- a store ---- */

#define N_MAPS 12
#define N_REQUESTS 60
#define CONTENT_NBYTES 30000
#define STORE_NBYTES (UINT64_C(6) * CONTENT_NBYTES) /* not even half of what they make */

struct shared_store {
    smc_store *store;
    struct text maps[N_MAPS];
};

/* A map of one source, called by its number, with a content that does not shrink. */
static struct text numbered_map(unsigned number)
{
    struct text map = {0};
    struct rng rng = {number + 1};

    text_puts(&map, "{\"version\":3,\"sources\":[\"");
    text_number(&map, number);
    text_puts(&map, "\"],\"sourcesContent\":[\"");
    for (size_t i = 0; i < CONTENT_NBYTES; i++) {
        text_repeat(&map, i % 70 == 69 ? ' ' : (char)('0' + rng_below(&rng, 64)), 1);
        map.nbytes -= map.data[map.nbytes - 1] == '\\';
    }
    text_puts(&map, "\"],\"names\":[],\"mappings\":\"AAAA\"}");
    return map;
}

static int is_of(const smc_cache *cache, unsigned number)
{
    char wanted[16];
    struct smc_token token;

    (void)snprintf(wanted, sizeof wanted, "%u", number);
    return smc_lookup(cache, 0, 0, 0, &token) == SMC_OK && view_is(token.source_text, wanted);
}

struct load {
    const struct text *map;
};

static int load_map(void *context, const void **json, size_t *nbytes)
{
    const struct load *load = context;

    *json = load->map->data;
    *nbytes = load->map->nbytes;
    return 0;
}

static unsigned ask_for(const struct shared_store *shared, unsigned number, struct rng *rng)
{
    const struct text *map = &shared->maps[number];
    struct load load = {map};
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, number);
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .n_threads = rng_below(rng, 4)};
    struct smc_cached_request request = {.struct_size = sizeof request,
                                         .context = &load,
                                         .options = &options,
                                         .open_flags = rng_below(rng, 2) == 0 ? SMC_OPEN_COPY : 0};
    struct smc_cached_file file;

    if (rng_below(rng, 3) == 0) {
        request.json = map->data;
        request.nbytes = map->nbytes;
    } else {
        request.keys = &key;
        request.n_keys = 1;
        request.load = load_map;
    }
    if (smc_cached_open(shared->store, &request, &file) != SMC_CACHED_OK) {
        return 1;
    }
    const unsigned n_wrong = (is_of(file.cache, number) ? 0 : 1U) + (file.is_unkept ? 1U : 0);
    smc_cached_close(&file);
    return n_wrong;
}

static void *ask_store(void *context)
{
    struct job *job = context;
    const struct shared_store *shared = job->shared;
    struct rng rng = {job->number + 1};

    for (unsigned i = 0; i < N_REQUESTS; i++) {
        const struct smc_store_gc_options gc = {.struct_size = sizeof gc};
        struct smc_store_gc_result result;
        struct smc_store_counts counts;
        job->n_wrong += ask_for(shared, rng_below(&rng, N_MAPS), &rng);
        if (i % 20 == job->number) {
            job->n_wrong += smc_store_gc(shared->store, &gc, &result, NULL) != SMC_STORE_OK;
        }
        job->n_wrong += smc_store_counts_get(shared->store, &counts, NULL, NULL) != SMC_STORE_OK;
    }
    return NULL;
}

static void a_store_is_shared(void **state)
{
    struct shared_store shared;
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .max_nbytes = STORE_NBYTES};
    const struct smc_store_gc_options gc = {.struct_size = sizeof gc};
    struct smc_store_gc_result result;
    char folder[PATH_MAX];

    (void)state;
    folder_make_fast(folder);
    shared.store = store_open(folder, &options);
    for (unsigned i = 0; i < N_MAPS; i++) {
        shared.maps[i] = numbered_map(i);
    }
    on_all_threads(ask_store, &shared);
    assert_in_range(counts_of(shared.store).n_evictions, N_MAPS, SIZE_MAX);
    (void)assert_files_whole(folder);
    /* What was put while another thread counted may not be (recount.c). */
    assert_int_equal(smc_store_gc(shared.store, &gc, &result, NULL), SMC_STORE_OK);
    assert_counts(shared.store, folder);
    smc_store_close(shared.store);
    for (unsigned i = 0; i < N_MAPS; i++) {
        text_free(&shared.maps[i]);
    }
    folder_remove(folder);
}

/* ---- stacks ---- */

#define N_STACKS 100
#define N_FRAMES 12

static void find_shared(void *context, const struct smc_file_query *query,
                        struct smc_file_answer *answer)
{
    (void)query;
    answer->cache = context;
}

/* The digest of a stack's frames, and of the lines around them. */
static void add_originals(struct text *bytes, smc_symbolicator *symbolicator,
                          const struct smc_original_frame *originals, size_t n)
{
    struct smc_context_line lines[7];
    struct smc_context around;

    for (size_t i = 0; i < n; i++) {
        const struct smc_original_frame *original = &originals[i];
        text_number(bytes, original->source_line);
        text_number(bytes, original->source_column);
        if (original->name.ptr != NULL) {
            text_add(bytes, original->name.ptr, original->name.nbytes);
        }
        if (smc_symbolicate_context(symbolicator, original, 3, 3, 80, lines, &around) == SMC_OK) {
            for (uint32_t line = 0; line < around.n_lines; line++) {
                text_add(bytes, lines[line].text.ptr, lines[line].text.nbytes);
            }
        }
    }
}

static struct text stacks_of(smc_cache *cache, const struct file *file)
{
    const struct questions questions = make_questions(file);
    const struct smc_symbolicator_options options = {
        .struct_size = sizeof options, .context = cache, .find = find_shared, .max_texts = 2};
    smc_symbolicator *symbolicator;
    struct text bytes = {0};
    struct rng rng = {7};

    if (smc_symbolicator_open(&options, &symbolicator) != SMC_OK) {
        return bytes;
    }
    for (int i = 0; i < N_STACKS; i++) {
        struct smc_generated_frame frames[N_FRAMES];
        const struct smc_original_frame *originals;
        size_t n;
        for (size_t k = 0; k < N_FRAMES; k++) {
            const struct smc_position *at =
                &questions.positions[rng_below(&rng, (uint32_t)questions.n)];
            frames[k] = (struct smc_generated_frame){
                .url = {"a.js", 4}, .line = at->line, .column = at->column};
        }
        if (smc_symbolicate(symbolicator, frames, N_FRAMES, SMC_CALLEE_FIRST, &originals, &n) ==
            SMC_OK) {
            add_originals(&bytes, symbolicator, originals, n);
        }
    }
    smc_symbolicator_close(symbolicator);
    return bytes;
}

struct shared_stacks {
    const struct file *file;
    smc_cache *cache;
    struct text wanted;
};

static void *symbolicate_stacks(void *context)
{
    struct job *job = context;
    const struct shared_stacks *shared = job->shared;
    struct text bytes = stacks_of(shared->cache, shared->file);

    job->n_wrong += bytes.nbytes != shared->wanted.nbytes ||
                    memcmp(bytes.data, shared->wanted.data, bytes.nbytes) != 0;
    text_free(&bytes);
    return NULL;
}

static void files_of_stacks_are_shared(void **state)
{
    struct file file = feature_file_deflate();
    struct shared_stacks shared = {.file = &file, .cache = open_file(&file)};

    (void)state;
    shared.wanted = stacks_of(shared.cache, &file);
    assert_true(shared.wanted.nbytes > 10000);
    on_all_threads(symbolicate_stacks, &shared);
    text_free(&shared.wanted);
    smc_close(shared.cache);
    file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_file_is_shared),
        cmocka_unit_test(a_store_is_shared),
        cmocka_unit_test(files_of_stacks_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
