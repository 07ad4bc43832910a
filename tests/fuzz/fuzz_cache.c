/*
 * Files that anyone may have made: opening, and then all that can be asked, with the bytes beside a page without access.
 * What verify finds good answers everything, and agrees with itself. The first byte chooses how the others make a file
 * (cache_input.h), whether its digest is made right, flags of opening (with them it is opened as a file, too), and on
 * which side the page is.
 *
 * sources: src/reader src/verify
 * support: src/base src/build src/javascript src/json src/url tests/fuzz/cache_input.c tests/unit/agreement.c tests/unit/answers.c tests/unit/contents.c tests/unit/damage.c tests/unit/features.c tests/unit/format_fields.c tests/unit/functions.c tests/unit/support.c
 * libraries: cmocka
 */
#include "tests/fuzz/cache_input.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/unit/agreement.h"

#include <sys/syscall.h>
#include <unistd.h>

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

static smc_status verify(const smc_cache *cache, uint64_t nbytes)
{
    struct smc_error error = {SMC_OK, NULL, UINT64_MAX};
    const smc_status status = smc_verify(cache, &error);

    must_hold(status == SMC_OK || status == SMC_E_DAMAGED, "verify fails in another way");
    must_hold(status == SMC_OK || (error.reason != NULL && error.offset <= nbytes),
              "a fault is nowhere");
    return status;
}

static void ask(const smc_cache *cache, const struct guarded *copy)
{
    struct questions questions = questions_of(cache);
    struct answers answers = {.start = copy->bytes, .end = copy->bytes + copy->nbytes};

    questions_thin(&questions, 8);
    questions.n_tokens_max = 100;
    ask_all(cache, &questions, &answers);
    if (verify(cache, copy->nbytes) == SMC_OK) {
        must_hold(answers.n_damaged == 0, "verify accepts it, and not all is answered");
        const char *fault = disagreement(cache, &questions);
        must_hold(fault == NULL, fault);
    }
    text_free(&answers.bytes);
}

/* A file is as good as its bytes. */
static void ask_fd(const struct guarded *copy, unsigned flags, smc_status wanted)
{
    static int fd = -1;
    uint64_t n_warm, n_resident;
    smc_cache *cache;

    fd = fd < 0 ? (int)syscall(SYS_memfd_create, "input", 0) : fd;
    must_hold(fd >= 0 && ftruncate(fd, 0) == 0 &&
                  pwrite(fd, copy->bytes, copy->nbytes, 0) == (ssize_t)copy->nbytes,
              "there is no file");
    must_hold(smc_open_fd(fd, flags, &cache, NULL) == wanted, "a file is not as its bytes are");
    if (cache != NULL) {
        (void)verify(cache, copy->nbytes);
        must_hold(smc_warm(cache, UINT64_MAX, &n_warm) == SMC_OK && n_warm <= copy->nbytes &&
                      smc_resident(cache, &n_resident) == SMC_OK && n_resident <= copy->nbytes,
                  "pages are counted wrong");
    }
    smc_close(cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    const struct cache_input input = cache_input_read(data, nbytes);
    struct file file = cache_input_file(&input);
    struct guarded copy = guarded_copy(file.bytes, file.nbytes, input.guard);
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
    if (input.open_flags != 0) {
        ask_fd(&copy, input.open_flags, status);
    }
    guarded_free(&copy);
    file_free(&file);
    return 0;
}
