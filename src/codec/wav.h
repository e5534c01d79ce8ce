/* codec/wav.h - RIFF/WAVE bytes to float samples, and back.
 *
 *     xb_wav_info info;
 *     XB_TRY(xb_wav_read(bytes, size, &info, err));              // header only, checks that the samples are there
 *     xb_wav_decode(&info, bytes, 0, info.frames, samples);      // [frames, channels] float32, -1..1
 *
 * Nothing here allocates but the writer. Any thread. */
#ifndef XB_WAV_H
#define XB_WAV_H

#include "base/limits.h"
#include "base/str.h"

typedef enum xb_wav_format {
    XB_WAV_PCM8,  /* unsigned, 128 is silence */
    XB_WAV_PCM16, /* signed, little endian, as all below */
    XB_WAV_PCM24,
    XB_WAV_PCM32,
    XB_WAV_FLOAT32,
    XB_WAV_FLOAT64
} xb_wav_format;

typedef struct xb_wav_info {
    int32_t       rate_hz;     /* 1..XB_MAX_AUDIO_RATE */
    int32_t       channels;    /* 1..XB_MAX_AUDIO_CHANNELS */
    xb_wav_format format;      /* of the container: 20 bits in 3 bytes are PCM24 */
    int64_t       frames;      /* samples per channel, 0..XB_MAX_AUDIO_FRAMES; a cut last frame is not counted */
    int64_t       data_offset; /* of the first sample in the file */
    int64_t       data_bytes;  /* frames x channels x bytes a sample */
} xb_wav_info;

/* Reads the header: RIFF, RF64 and BW64; WAVE_FORMAT_PCM, IEEE_FLOAT and EXTENSIBLE of these two; chunks in any order, padded
 * to even sizes. A data chunk that claims more bytes than there are is MALFORMED, except 0x7FFFF000 and above and 0 in a RIFF
 * that ends before its data (what programs write that stream to a pipe): they take what is there.
 * MALFORMED with the byte in err->position; UNSUPPORTED_AUDIO names other codecs and RIFX. */
xybrid_status xb_wav_read(const void *bytes, int64_t size, xb_wav_info *out, xybrid_error *err);

/* Frames [first, first + count) of the recording as interleaved float32: integers / 2^(bits - 1); floats as they are, also
 * beyond -1..1. The range must lie within info->frames, `out` holds count x channels. */
void xb_wav_decode(const xb_wav_info *info, const void *bytes, int64_t first, int64_t count, float *out);

/* Little-endian samples of any of the formats, without a header. `bytes` needs no alignment. */
void    xb_pcm_decode(xb_wav_format format, const void *bytes, int64_t samples, float *out);
int32_t xb_pcm_sample_bytes(xb_wav_format format);

/* The other way for one sample: x 32768, rounded half away from zero, clipped to -32768..32767; NaN is 0. */
int16_t xb_pcm16_from_float(float sample);

/* Appends a whole file: PCM16 or FLOAT32 (anything else is INVALID_ARGUMENT), canonical header of 44 or 58 bytes, samples
 * [frames, channels]. The builder's maximum limits it. */
xybrid_status xb_wav_write(xb_str *out, xb_wav_format format, int32_t rate_hz, int32_t channels, const float *samples,
                           int64_t frames, xybrid_error *err);

#endif
