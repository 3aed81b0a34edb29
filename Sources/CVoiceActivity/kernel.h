// One chunk through the network, compiled once for each instruction set: see portable.c and avx2.c.
// Vectors of eight floats are split by the compiler where the processor has narrower ones.
#ifndef VOICE_ACTIVITY_KERNEL_H
#define VOICE_ACTIVITY_KERNEL_H

#include "layers.h"
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

// Unaligned on purpose: windows of 65 bins start anywhere.
typedef float float8 __attribute__((vector_size(32), aligned(4)));
typedef int int8 __attribute__((vector_size(32), aligned(4)));

enum { lanes = 8 };

/// `outputs = biases + weights * window` for `rows` windows, `vectors` vectors of outputs at a time.
///
/// `rows` and `vectors` are constants where this is inlined, so that the partial sums stay in registers.
INLINE void multiply(const dense_layer *layer, const float *inputs, float *outputs, const int rows, const int vectors) {
    const int count = layer->inputs, block = layer->block, hop = layer->hop, width = vectors * lanes;
    for (int first = 0; first < layer->outputs; first += width) {
        const float *weights = layer->weights + (size_t)(first / block * block) * count + first % block;
        float8 sums[8];
        for (int row = 0; row < rows; row++)
            for (int v = 0; v < vectors; v++) sums[row * vectors + v] = *(const float8 *)(layer->biases + first + v * lanes);
        for (int i = 0; i < count; i++, weights += block)
            for (int row = 0; row < rows; row++) {
                const float x = inputs[row * hop + i];
                const float8 spread = {x, x, x, x, x, x, x, x};
                for (int v = 0; v < vectors; v++) sums[row * vectors + v] += spread * *(const float8 *)(weights + v * lanes);
            }
        for (int row = 0; row < rows; row++)
            for (int v = 0; v < vectors; v++)
                *(float8 *)(outputs + row * layer->outputs + first + v * lanes) = sums[row * vectors + v];
    }
}

INLINE void rectify(float *values, const int count) {
    for (int i = 0; i < count; i += lanes) {
        float8 x = *(const float8 *)(values + i);
        *(float8 *)(values + i) = (float8)((int8)x & (x > 0));
    }
}

/// e to the power of each lane, within 2 units in the last place (Cephes' expf): two parts of ln 2, a polynomial, an exponent.
INLINE void exponential(float8 *values) {
    float8 x = *values;
    const float8 most = {88, 88, 88, 88, 88, 88, 88, 88}, least = -most;
    x = (float8)(((int8)x & (x < most)) | ((int8)most & ~(x < most)));
    x = (float8)(((int8)x & (x > least)) | ((int8)least & ~(x > least)));
    const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
    const float8 whole = (x * 1.44269504f + magic) - magic;
    const float8 rest = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
    float8 sum = rest * 1.9875691500e-4f + 1.3981999507e-3f;
    sum = sum * rest + 8.3334519073e-3f;
    sum = sum * rest + 4.1665795894e-2f;
    sum = sum * rest + 1.6666665459e-1f;
    sum = sum * rest + 5.0000001201e-1f;
    sum = sum * rest * rest + rest + 1.0f;
    const int8 exponent = (__builtin_convertvector(whole, int8) + 127) << 23;
    *values = sum * (float8)exponent;
}

INLINE void logistic(float8 *values) {
    float8 power = -*values;
    exponential(&power);
    *values = 1.0f / (1.0f + power);
}

INLINE void hyperbolic_tangent(float8 *values) {
    float8 twice = *values * 2.0f;
    logistic(&twice);
    *values = twice * 2.0f - 1.0f;
}

/// The samples that this step sees: context, chunk, and the end reflected.
INLINE void gather(voice_activity_state *state, const float *chunk, float *seen) {
    const int known = voice_activity_context_samples + voice_activity_chunk_samples;
    memcpy(seen, state->context, sizeof state->context);
    memcpy(seen + voice_activity_context_samples, chunk, voice_activity_chunk_samples * sizeof(float));
    for (int i = 0; i < samples_reflected; i++) seen[known + i] = seen[known - 2 - i];
    memcpy(state->context, seen + known - voice_activity_context_samples, sizeof state->context);
}

/// Absolute values of the 65 complex bins of each frame; the real parts come first.
INLINE void magnitudes(const float *fourier, float *out) {
    for (int frame = 0; frame < frames; frame++, fourier += fourier_outputs, out += bins) {
        for (int bin = 0; bin + lanes <= bins; bin += lanes) {
            const float8 real = *(const float8 *)(fourier + bin), imaginary = *(const float8 *)(fourier + bins + bin);
            *(float8 *)(out + bin) = __builtin_elementwise_sqrt(real * real + imaginary * imaginary);
        }
        const float real = fourier[bins - 1], imaginary = fourier[2 * bins - 1];
        out[bins - 1] = __builtin_sqrtf(real * real + imaginary * imaginary);
    }
}

/// One step of the LSTM cell; returns the weighted sum of the rectified result.
INLINE float advance(const voice_activity_network *network, voice_activity_state *state, const float *gate) {
    float8 total = {0};
    for (int i = 0; i < voice_activity_cells; i += lanes) {
        float8 in = *(const float8 *)(gate + i), forget = *(const float8 *)(gate + voice_activity_cells + i);
        float8 candidate = *(const float8 *)(gate + 2 * voice_activity_cells + i);
        float8 out = *(const float8 *)(gate + 3 * voice_activity_cells + i);
        logistic(&in), logistic(&forget), hyperbolic_tangent(&candidate), logistic(&out);
        float8 cell = forget * *(const float8 *)(state->cell + i) + in * candidate;
        *(float8 *)(state->cell + i) = cell;
        hyperbolic_tangent(&cell);
        const float8 hidden = out * cell;
        *(float8 *)(state->hidden + i) = hidden;
        total += (float8)((int8)hidden & (hidden > 0)) * *(const float8 *)(network->output_weights + i);
    }
    float sum = network->output_bias;
    for (int lane = 0; lane < lanes; lane++) sum += total[lane];
    return sum;
}

/// - Parameter wide: 1 where a register holds eight floats, 0 where it holds four.
INLINE float step(const voice_activity_network *network, voice_activity_state *state, const float *chunk, const int wide) {
    float seen[samples_seen], spectrum[frames * fourier_outputs];
    // A convolution of width 3 needs a silent frame on either side.
    float magnitude[(frames + 2) * bins], first[(frames + 2) * 128], second[2 * 64], third[64];
    float input[2 * voice_activity_cells], gate[gates];

    gather(state, chunk, seen);
    multiply(&network->fourier, seen, spectrum, 4, wide ? 2 : 1);

    memset(magnitude, 0, bins * sizeof(float));
    magnitudes(spectrum, magnitude + bins);
    memset(magnitude + (frames + 1) * bins, 0, bins * sizeof(float));
    multiply(&network->encoder[0], magnitude, first + 128, 4, wide ? 2 : 1);
    memset(first, 0, 128 * sizeof(float));
    rectify(first + 128, frames * 128);

    multiply(&network->encoder[1], first, second, 2, wide ? 4 : 2);
    rectify(second, 2 * 64);
    multiply(&network->encoder[2], second, third, 1, wide ? 8 : 4);
    rectify(third, 64);
    multiply(&network->encoder[3], third, input, 1, wide ? 8 : 4);
    rectify(input, 128);

    memcpy(input + voice_activity_cells, state->hidden, sizeof state->hidden);
    multiply(&network->recurrent, input, gate, 1, wide ? 8 : 4);
    float8 result = {advance(network, state, gate)};
    logistic(&result);
    return result[0];
}

#endif
