// whisper.cpp 1.8.5, linked statically through media-gateway-whisper.pc (scripts/setup).
#ifndef CWHISPER_SHIM_H
#define CWHISPER_SHIM_H

#include <stdbool.h>
#include <sys/prctl.h>
#include <whisper.h>

/// Whether this CPU runs the library, which is built for AVX2, FMA, F16C and BMI2. Anything less would trap.
static inline bool cwhisper_cpu_is_supported(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
           __builtin_cpu_supports("bmi2");
#else
    return true;
#endif
}

/// Names the calling thread, for debuggers and `top -H`; prctl is variadic, which Swift cannot call.
static inline void cwhisper_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif
