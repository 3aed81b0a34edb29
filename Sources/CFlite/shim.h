// Flite 2.2 (Debian flite1-dev). The voices come without a header.
#ifndef CFLITE_SHIM_H
#define CFLITE_SHIM_H

#include <flite/flite.h>

cst_voice *register_cmu_us_rms(const char *voxdir);
cst_voice *register_cmu_us_kal(const char *voxdir);
cst_voice *register_cmu_us_slt(const char *voxdir);
cst_voice *register_cmu_us_awb(const char *voxdir);

#endif
