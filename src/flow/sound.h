/* flow/sound.h - the samples of an Audio envelope as a model wants them, for AudioDecode and for producers of speech.
 *
 *     XB_TRY(xb_sound_of(f->mem, isa, cancel, envelope, 16000, 1, &samples, err));    // float32 [frames, 1]
 *
 * A file's bytes (WAV, FLAC, MP3, Ogg Vorbis) are decoded, mixed and resampled piece by piece, so that only the result is in
 * memory whole. Fewer channels are the mean of all; more, copies of it. Samples that are not finite become silence. Samples that
 * have the wanted form already are a view. */
#ifndef XB_SOUND_H
#define XB_SOUND_H

#include "envelope/envelope.h"
#include "kernel/kernel.h"
#include "tensor/tensor.h"

/* INVALID_ARGUMENT: no Audio, or no samples in it. Of encoded bytes also MALFORMED, UNSUPPORTED_AUDIO, CANCELLED. */
xybrid_status xb_sound_of(xb_mem *mem, const xb_isa *isa, xybrid_cancel *cancel, const xybrid_envelope *e, int32_t rate_hz,
                          int32_t channels, xb_tensor *out, xybrid_error *err);

/* The same of float32 samples [frames, n] at from_hz. */
xybrid_status xb_sound_convert(xb_mem *mem, const xb_isa *isa, const xb_tensor *samples, int32_t from_hz, int32_t rate_hz,
                               int32_t channels, xb_tensor *out, xybrid_error *err);

#endif
