#include "kernel.h"

#if defined(__x86_64__)
// The package is compiled for every x86-64; network.c calls this only where the processor has what it needs.
__attribute__((target("avx2,fma")))
float voice_activity_step_avx2(const voice_activity_network *network, voice_activity_state *state, const float *chunk) {
    return step(network, state, chunk, 1);
}
#endif
