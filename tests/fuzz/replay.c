/*
 * Feeds files to a fuzz target, one after the other, without a fuzzer. The name of each is printed before it is its turn,
 * so that the last one is what has failed.
 */
#include "tests/fuzz/fuzzing.h"

/* In memory of its own size, as fuzzers do it. */
static uint8_t *read_input(const char *path, size_t *nbytes)
{
    FILE *file = fopen(path, "rb");

    must_hold(file != NULL && fseek(file, 0, SEEK_END) == 0, "the file does not open");
    const long size = ftell(file);
    must_hold(size >= 0 && fseek(file, 0, SEEK_SET) == 0, "the file has no size");
    uint8_t *bytes = malloc(size == 0 ? 1 : (size_t)size);
    must_hold(bytes != NULL, "no memory");
    *nbytes = fread(bytes, 1, (size_t)size, file);
    must_hold(*nbytes == (size_t)size, "the file cannot be read");
    (void)fclose(file);
    return bytes;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t nbytes;
        (void)printf("%s\n", argv[i]);
        (void)fflush(stdout);
        uint8_t *bytes = read_input(argv[i], &nbytes);
        (void)LLVMFuzzerTestOneInput(bytes, nbytes);
        free(bytes);
    }
    return 0;
}
