/* audio/samples_int.h - what the room's functions on samples share. */
#ifndef XB_SAMPLES_INT_H
#define XB_SAMPLES_INT_H

#include "tensor/tensor.h"

/* float32 [frames] or [frames, channels] within the limits? Gives the channels; INVALID_ARGUMENT naming `what` otherwise. */
xybrid_status xb_audio_check(const xb_tensor *samples, const char *what, int32_t *channels, xybrid_error *err);

#endif
