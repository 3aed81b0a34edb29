// Every layer of the network is one dense product over overlapping windows of its input, because a convolution of width 3
// over frames that lie one behind the other is a dense layer whose input starts one frame further for each output.
#ifndef VOICE_ACTIVITY_LAYERS_H
#define VOICE_ACTIVITY_LAYERS_H

#include "CVoiceActivity.h"

enum {
    samples_reflected = 32,
    samples_seen = voice_activity_context_samples + voice_activity_chunk_samples + samples_reflected,
    fourier_width = 128,
    fourier_hop = 64,
    frames = 4,
    bins = 65,
    /// 130 outputs of the transform, rounded up to whole blocks.
    fourier_outputs = 144,
    gates = 4 * voice_activity_cells,
};

/// A dense layer in blocks of outputs: weights [outputs / block][inputs][block], biases [outputs].
///
/// `rows` outputs are made at once, each from `inputs` values that start `hop` further: a weight is read once for all of
/// them. `rows * block` is 64 throughout: as many partial sums as the registers hold.
typedef struct {
    int inputs, outputs, block, rows, hop;
    float *weights, *biases;
} dense_layer;

struct voice_activity_network {
    dense_layer fourier, encoder[4], recurrent;
    float output_weights[voice_activity_cells];
    float output_bias;
    float (*step)(const voice_activity_network *, voice_activity_state *, const float *);
    float *memory;
};

float voice_activity_step_portable(const voice_activity_network *, voice_activity_state *, const float *);
#if defined(__x86_64__)
float voice_activity_step_avx2(const voice_activity_network *, voice_activity_state *, const float *);
#endif

#endif
