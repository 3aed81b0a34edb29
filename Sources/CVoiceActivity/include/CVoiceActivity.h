/// The 8 kHz voice activity network of silero-vad (MIT licence) as plain arithmetic, without an inference runtime.
///
///     288 samples = the last 32 of the chunk before + 256 new ones, reflected by 32 at the end
///       -> short-time Fourier transform as a convolution: 4 frames, hop 64 -> magnitudes of 65 bins
///       -> 4 convolutions of width 3, each with ReLU: 65 -> 128, -> 64 (stride 2), -> 64 (stride 2), -> 128; one frame is left
///       -> LSTM cell of 128 -> ReLU, weighted sum, logistic function = probability that somebody speaks
///
/// About 340,000 multiplications a chunk of 32 ms. Nothing here allocates but creating a network.
#ifndef C_VOICE_ACTIVITY_H
#define C_VOICE_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>

enum {
    /// New samples a step: 32 ms at 8 kHz.
    voice_activity_chunk_samples = 256,
    /// Samples of the previous chunk that a step looks back on.
    voice_activity_context_samples = 32,
    /// Width of the recurrent cell.
    voice_activity_cells = 128,
    /// Weights of a network: see `voice_activity_network_create`.
    voice_activity_weight_count = 235649,
};

/// Read-only after its creation; shared by all calls and threads.
typedef struct voice_activity_network voice_activity_network;

/// What one call carries from chunk to chunk. All zero at the start of a call.
typedef struct {
    float context[voice_activity_context_samples];
    float hidden[voice_activity_cells];
    float cell[voice_activity_cells];
} voice_activity_state;

/// Which arithmetic a network uses.
typedef enum {
    /// The fastest that this processor has.
    voice_activity_kernel_automatic,
    /// What every processor of the architecture has.
    voice_activity_kernel_portable,
    /// 256-bit vectors and fused multiplication on x86-64.
    voice_activity_kernel_avx2,
} voice_activity_kernel;

/// Whether this processor can run a kernel.
bool voice_activity_kernel_is_available(voice_activity_kernel kernel);

/// Arranges weights for the kernel.
///
/// `weights` are row-major and stand in this order: Fourier basis [130][128]; then for each convolution its weights
/// [out][in][3] and its biases [out]; LSTM input weights [512][128], hidden weights [512][128], input biases [512], hidden
/// biases [512], gates in the order input, forget, cell, output; output weights [128] and bias [1]. They are copied.
/// - Returns: NULL when `count` is not `voice_activity_weight_count`, a weight is not finite, the kernel is not available
///   or there is no memory.
voice_activity_network *voice_activity_network_create(const float *weights, size_t count, voice_activity_kernel kernel);
void voice_activity_network_destroy(voice_activity_network *network);

/// Judges the next chunk of a call.
/// - Parameter chunk: 256 samples between -1 and 1.
/// - Returns: 0...1.
float voice_activity_step(const voice_activity_network *network, voice_activity_state *state, const float *chunk);

#endif
