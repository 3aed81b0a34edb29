// Flite 2.2 (Debian flite1-dev). The voices come without a header.
#ifndef CFLITE_SHIM_H
#define CFLITE_SHIM_H

#include <flite/flite.h>

cst_voice *register_cmu_us_rms(const char *voxdir);
cst_voice *register_cmu_us_kal(const char *voxdir);
cst_voice *register_cmu_us_slt(const char *voxdir);
cst_voice *register_cmu_us_awb(const char *voxdir);

// Flite keeps the pointer to a feature's name, so that the name must be a literal of C. The values are copied or owned.
static inline void cflite_set_text(cst_utterance *utterance, const char *text) {
    feat_set_string(utterance->features, "input_text", text);
}
static inline void cflite_set_streaming(cst_utterance *utterance, cst_audio_streaming_info *streaming) {
    feat_set(utterance->features, "streaming_info", audio_streaming_info_val(streaming));
}

#endif
