/*
 * Sizes and times as people write them, each read and written by the same rules: what is printed here
 * can be read here.
 */
#ifndef SMC_TOOLS_UNITS_H
#define SMC_TOOLS_UNITS_H

#include <stdint.h>
#include <stdio.h>

/* As off_t: no file is larger. */
#define SIZE_NBYTES_MAX ((uint64_t)INT64_MAX)
/* 100 years: in nanoseconds that still fits in 63 bits. */
#define DURATION_MS_MAX ((uint64_t)36525 * 24 * 60 * 60 * 1000)

/*
 * A number, then B, K, M, G, T or KiB and so on (powers of 1024), kB and so on (powers of 1000), or
 * nothing, for bytes; a space may be between them. Of a unit above the byte there may be parts, with at
 * most six decimals; part of a byte is dropped. Returns 0; or -1, also for what is above SIZE_NBYTES_MAX.
 */
int parse_size(const char *text, uint64_t *nbytes);
/* "512 B", "1.2 MiB": to the nearest tenth, which for SIZE_NBYTES_MAX is more than can be read. Returns `text`. */
#define SIZE_TEXT_NBYTES 32
const char *size_text(uint64_t nbytes, char text[SIZE_TEXT_NBYTES]);
void print_size(FILE *to, uint64_t nbytes);

/* A whole number, then d, h, m, s or ms; a space may be between them. Returns 0; or -1, also for what is
 * above DURATION_MS_MAX. */
int parse_duration(const char *text, uint64_t *ms);
/* In the largest unit of which it is a whole number: "90m", "0s". */
void print_duration(FILE *to, uint64_t ms);

#endif
