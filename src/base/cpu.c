#include "src/base/cpu.h"

#include <stdatomic.h>

static atomic_int limit = SMC_CPU_AVX2;

static enum smc_cpu_level detect(void)
{
#if defined(SMC_CPU_HAVE_AVX2)
    /* The first two generations of Zen have a PDEP and a PEXT of up to 300 cycles. */
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
        !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2")) {
        return SMC_CPU_AVX2;
    }
#endif
#if defined(__SSE2__)
    return SMC_CPU_BASELINE;
#else
    return SMC_CPU_SCALAR;
#endif
}

enum smc_cpu_level smc_cpu_level(void)
{
    const enum smc_cpu_level found = detect();
    const enum smc_cpu_level most =
        (enum smc_cpu_level)atomic_load_explicit(&limit, memory_order_relaxed);

    return found < most ? found : most;
}

void smc_cpu_set_limit(enum smc_cpu_level level)
{
    atomic_store_explicit(&limit, level, memory_order_relaxed);
}
