/*
 * Files that anyone may have made: opening, and then all that can be asked, with the bytes beside a page without access.
 * What verify finds good answers everything, and agrees with itself. The first byte chooses how the others make a file
 * (cache_input.h), whether its digest is made right, flags of opening, and on which side the page is.
 *
 * sources: src/reader src/verify
 * support: src/base src/build src/javascript src/json src/url tests/fuzz/cache_input.c tests/unit/agreement.c tests/unit/answers.c tests/unit/contents.c tests/unit/damage.c tests/unit/features.c tests/unit/format_fields.c tests/unit/functions.c tests/unit/support.c
 * libraries: cmocka
 */
#include "tests/fuzz/cache_input.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/unit/agreement.h"

/* Of the fuzzer; where there is none, nobody asks for the mutator. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t nbytes, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t capacity, unsigned seed);

/* Mostly the fuzzer's own; at times the file of an input that says so by edits is written out. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t capacity, unsigned seed)
{
    if (seed % 16 == 0) {
        const enum cache_form form = seed / 16 % 2 == 0 ? CACHE_SECTIONS : CACHE_BYTES;
        const size_t n = cache_input_rewrite(data, nbytes, capacity, form);
        if (n > 0) {
            return n;
        }
    }
    return LLVMFuzzerMutate(data, nbytes, capacity);
}

static void ask(const smc_cache *cache, const struct guarded *copy)
{
    struct questions questions = questions_of(cache);
    struct answers answers = {.start = copy->bytes, .end = copy->bytes + copy->nbytes};
    struct smc_error error = {SMC_OK, NULL, UINT64_MAX};

    questions_thin(&questions, 8);
    questions.n_tokens_max = 100;
    ask_all(cache, &questions, &answers);
    const smc_status status = smc_verify(cache, &error);
    must_hold(status == SMC_OK || status == SMC_E_DAMAGED, "verify fails in another way");
    if (status == SMC_OK) {
        must_hold(answers.n_damaged == 0, "verify accepts it, and not all is answered");
        const char *fault = disagreement(cache, &questions);
        must_hold(fault == NULL, fault);
    } else {
        must_hold(error.reason != NULL && error.offset <= copy->nbytes, "a fault is nowhere");
    }
    text_free(&answers.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    const struct cache_input input = cache_input_read(data, nbytes);
    struct file file = cache_input_file(&input);
    struct guarded copy =
        guarded_copy(file.bytes, file.nbytes, input.is_guarded ? GUARD_BEFORE : GUARD_AFTER);
    struct smc_error error = {SMC_OK, NULL, UINT64_MAX};
    smc_cache *cache;

    const smc_status status =
        smc_open_memory(copy.bytes, copy.nbytes, input.open_flags, &cache, &error);
    must_hold((status == SMC_OK) == (cache != NULL), "it is open, and it is not");
    if (status == SMC_OK) {
        ask(cache, &copy);
    } else {
        must_hold(error.status == status && error.reason != NULL && error.offset <= copy.nbytes,
                  "opening fails and does not say where");
    }
    smc_close(cache);
    guarded_free(&copy);
    file_free(&file);
    return 0;
}
