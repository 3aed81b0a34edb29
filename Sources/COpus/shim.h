// libopus (Debian libopus-dev). Its control calls are variadic macros, which Swift cannot call.
#ifndef COPUS_SHIM_H
#define COPUS_SHIM_H

#include <opus.h>

/// Sets one of the encoder's integers, e.g. OPUS_SET_BITRATE_REQUEST.
static inline int copus_encoder_set(OpusEncoder *encoder, int request, opus_int32 value) { return opus_encoder_ctl(encoder, request, value); }
/// Reads one of the encoder's integers, e.g. OPUS_GET_LOOKAHEAD_REQUEST.
static inline int copus_encoder_get(OpusEncoder *encoder, int request, opus_int32 *value) { return opus_encoder_ctl(encoder, request, value); }
static inline int copus_encoder_reset(OpusEncoder *encoder) { return opus_encoder_ctl(encoder, OPUS_RESET_STATE); }
static inline int copus_decoder_reset(OpusDecoder *decoder) { return opus_decoder_ctl(decoder, OPUS_RESET_STATE); }

#endif
