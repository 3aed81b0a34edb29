#include "layers.h"
#include <stdlib.h>
#include <string.h>

/// Where the next layer's numbers come from and go to.
typedef struct {
    const float *source;
    float *free;
} reader;

static size_t layer_size(int inputs, int outputs) { return (size_t)(inputs + 1) * outputs; }

/// Takes memory for a layer; the caller fills it. `outputs` beyond those that exist stay zero.
static dense_layer reserve(reader *from, int inputs, int outputs, int rows, int hop) {
    dense_layer layer = {.inputs = inputs, .outputs = outputs, .block = 64 / rows, .rows = rows, .hop = hop};
    layer.weights = from->free;
    layer.biases = layer.weights + (size_t)inputs * outputs;
    from->free += layer_size(inputs, outputs);
    return layer;
}

static float *weight_at(dense_layer *layer, int output, int input) {
    const int block = layer->block;
    return layer->weights + ((size_t)(output / block) * layer->inputs + input) * block + output % block;
}

/// The transform: `source` is [130][128], without biases.
static dense_layer read_fourier(reader *from) {
    dense_layer layer = reserve(from, fourier_width, fourier_outputs, frames, fourier_hop);
    for (int output = 0; output < 2 * bins; output++)
        for (int input = 0; input < fourier_width; input++) *weight_at(&layer, output, input) = *from->source++;
    return layer;
}

/// A convolution: `source` is [outputs][channels][3] and [outputs]. Of its three taps, `taps` from `first_tap` on ever
/// meet data; the others would meet the silence around it.
static dense_layer read_convolution(reader *from, int channels, int outputs, int rows, int stride, int first_tap, int taps) {
    dense_layer layer = reserve(from, taps * channels, outputs, rows, stride * channels);
    for (int output = 0; output < outputs; output++)
        for (int channel = 0; channel < channels; channel++, from->source += 3)
            for (int tap = 0; tap < taps; tap++)
                *weight_at(&layer, output, tap * channels + channel) = from->source[first_tap + tap];
    memcpy(layer.biases, from->source, outputs * sizeof(float));
    from->source += outputs;
    return layer;
}

/// The cell: input and hidden weights become one matrix, both biases one.
static dense_layer read_recurrent(reader *from) {
    const int cells = voice_activity_cells;
    dense_layer layer = reserve(from, 2 * cells, gates, 1, 0);
    for (int half = 0; half < 2; half++)
        for (int gate = 0; gate < gates; gate++)
            for (int input = 0; input < cells; input++) *weight_at(&layer, gate, half * cells + input) = *from->source++;
    for (int half = 0; half < 2; half++)
        for (int gate = 0; gate < gates; gate++) layer.biases[gate] += *from->source++;
    return layer;
}

bool voice_activity_kernel_is_available(voice_activity_kernel kernel) {
#if defined(__x86_64__)
    if (kernel == voice_activity_kernel_avx2) {
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    }
#endif
    return kernel != voice_activity_kernel_avx2;
}

voice_activity_network *voice_activity_network_create(const float *weights, size_t count, voice_activity_kernel kernel) {
    if (count != voice_activity_weight_count || !voice_activity_kernel_is_available(kernel)) return NULL;
    // An infinity or a NaN minus itself is not zero.
    for (size_t i = 0; i < count; i++)
        if (!(weights[i] - weights[i] == 0)) return NULL;

    const size_t size = layer_size(fourier_width, fourier_outputs) + layer_size(3 * bins, 128) + layer_size(3 * 128, 64)
        + layer_size(2 * 64, 64) + layer_size(64, 128) + layer_size(2 * voice_activity_cells, gates);
    voice_activity_network *network = calloc(1, sizeof *network);
    void *memory = NULL;
    if (network == NULL || posix_memalign(&memory, 64, size * sizeof(float)) != 0) {
        free(network);
        return NULL;
    }
    memset(memory, 0, size * sizeof(float));
    network->memory = memory;

    reader from = {.source = weights, .free = memory};
    network->fourier = read_fourier(&from);
    network->encoder[0] = read_convolution(&from, bins, 128, 4, 1, 0, 3);
    network->encoder[1] = read_convolution(&from, 128, 64, 2, 2, 0, 3);
    network->encoder[2] = read_convolution(&from, 64, 64, 1, 2, 1, 2);
    network->encoder[3] = read_convolution(&from, 64, 128, 1, 1, 1, 1);
    network->recurrent = read_recurrent(&from);
    memcpy(network->output_weights, from.source, sizeof network->output_weights);
    network->output_bias = from.source[voice_activity_cells];

    network->step = voice_activity_step_portable;
#if defined(__x86_64__)
    if (kernel != voice_activity_kernel_portable && voice_activity_kernel_is_available(voice_activity_kernel_avx2))
        network->step = voice_activity_step_avx2;
#endif
    return network;
}

void voice_activity_network_destroy(voice_activity_network *network) {
    if (network == NULL) return;
    free(network->memory);
    free(network);
}

float voice_activity_step(const voice_activity_network *network, voice_activity_state *state, const float *chunk) {
    return network->step(network, state, chunk);
}
