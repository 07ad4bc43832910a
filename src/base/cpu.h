/*
 * Which instructions the hot loops may use. Each such loop has a scalar form for every machine, which is
 * the reference: tests hold the others to it.
 */
#ifndef SMC_BASE_CPU_H
#define SMC_BASE_CPU_H

enum smc_cpu_level {
    SMC_CPU_SCALAR,   /* plain C */
    SMC_CPU_BASELINE, /* vectors of 16 bytes that every x86-64 processor has: SSE2 */
    SMC_CPU_AVX2      /* x86-64 with AVX2, BMI1, BMI2 and POPCNT, where PEXT and PDEP are fast */
};

/* The functions of the last level: __attribute__((SMC_CPU_TARGET_AVX2)). */
#if defined(__GNUC__) && defined(__x86_64__)
#define SMC_CPU_HAVE_AVX2 1
#define SMC_CPU_TARGET_AVX2 target("avx2,bmi,bmi2,popcnt")
#endif

/* The highest level that this processor has, or the limit, if that is lower. Ask before a loop, not in it. Any
 * thread may ask. */
enum smc_cpu_level smc_cpu_level(void);

/* For tests and benches: no higher level from now on, but for what has begun already. No other thread may be in the
 * library. */
void smc_cpu_set_limit(enum smc_cpu_level limit);

#endif
