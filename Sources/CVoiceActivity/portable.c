#include "kernel.h"

float voice_activity_step_portable(const voice_activity_network *network, voice_activity_state *state, const float *chunk) {
    return step(network, state, chunk, 0);
}
