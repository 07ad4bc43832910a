/*
 * Streams. What is written to stdout and stderr fails as it does where a write fails, with the error noted in the stream.
 * Others are of memory that is there (fmemopen); not of open_memstream, where there is no such note.
 */
#include "tests/faults/faults.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define NOTES_ERROR 0x20 /* _IO_ERR_SEEN of glibc */

/* A function by the kinds of streams. */
#define NAMES(name) #name, "stderr@" #name

/* Whether a call on a stream fails. */
static int fails(const char *name, const char *of_stderr, FILE *stream, const void *frame)
{
    enum verdict verdict = WORKS;

    if (stream == stderr) {
        verdict = faults_judge(of_stderr, TELLS, frame);
    } else if (stream == stdin || stream == stdout) {
        verdict = faults_judge(name, stream == stdin ? ASKS : CHANGES, frame);
    }
    if (verdict == FAILS) {
        stream->_flags |= NOTES_ERROR;
    }
    return verdict == FAILS;
}

#define STREAM_CALL(type, name, parameters, arguments, stream, failure)                            \
    STANDS_IN(type, name, parameters)                                                              \
    type hook_##name parameters                                                                    \
    {                                                                                              \
        return fails(NAMES(name), stream, FRAME) ? (failure) : real_##name arguments;              \
    }

STREAM_CALL(int, fputc, (int c, FILE *to), (c, to), to, EOF)
STREAM_CALL(int, putc, (int c, FILE *to), (c, to), to, EOF)
STREAM_CALL(int, putchar, (int c), (c), stdout, EOF)
STREAM_CALL(int, fputs, (const char *text, FILE *to), (text, to), to, EOF)
STREAM_CALL(int, puts, (const char *text), (text), stdout, EOF)
STREAM_CALL(size_t, fwrite, (const void *from, size_t nbytes, size_t n, FILE *to),
            (from, nbytes, n, to), to, 0)
STREAM_CALL(int, fflush, (FILE * to), (to), to, EOF)

STREAM_CALL(int, getchar, (void), (), stdin, EOF)
STREAM_CALL(int, getc, (FILE * from), (from), from, EOF)

STANDS_IN(int, printf, (const char *format, ...))
int hook_printf(const char *format, ...)
{
    va_list args;

    if (fails(NAMES(printf), stdout, FRAME)) {
        return -1;
    }
    va_start(args, format);
    const int n = vprintf(format, args);
    va_end(args);
    return n;
}

STANDS_IN(int, fprintf, (FILE * to, const char *format, ...))
int hook_fprintf(FILE *to, const char *format, ...)
{
    va_list args;

    if (fails(NAMES(fprintf), to, FRAME)) {
        return -1;
    }
    va_start(args, format);
    const int n = vfprintf(to, format, args);
    va_end(args);
    return n;
}

/* ---- of files and of memory ---- */

OWNING_CALL(FILE *, fopen64, (const char *path, const char *mode), (path, mode), NULL, ASKS)
OWNING_CALL(FILE *, fmemopen, (void *bytes, size_t nbytes, const char *mode), (bytes, nbytes, mode),
            NULL, ALLOCATES)
CLOSING_CALL(fclose, (FILE * stream), (stream))

STANDS_IN(char *, fgets, (char *line, int nbytes, FILE *from))
char *hook_fgets(char *line, int nbytes, FILE *from)
{
    if (faults_judge("fgets", ASKS, FRAME) == FAILS) {
        from->_flags |= NOTES_ERROR;
        return NULL;
    }
    return real_fgets(line, nbytes, from);
}
