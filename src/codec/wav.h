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
    XB_WAV_FLOAT64,
    XB_WAV_ALAW, /* ITU-T G.711, one byte */
    XB_WAV_MULAW
} xb_wav_format;

typedef struct xb_wav_info {
    int32_t       rate_hz;     /* 1..XB_MAX_AUDIO_RATE */
    int32_t       channels;    /* 1..XB_MAX_AUDIO_CHANNELS */
    xb_wav_format format;      /* of the container: 20 bits in 3 bytes are PCM24 */
    int64_t       frames;      /* samples per channel, 0..XB_MAX_AUDIO_FRAMES; a cut last frame is not counted */
    int64_t       data_offset; /* of the first sample in the file */
    int64_t       data_bytes;  /* frames x channels x bytes a sample */
} xb_wav_info;

/* Reads the header: RIFF, RF64 and BW64; WAVE_FORMAT_PCM, IEEE_FLOAT, ALAW, MULAW and EXTENSIBLE of these; chunks in any order,
 * padded to even sizes. A data chunk that claims more bytes than there are has those that are there: the file is cut, or was
 * streamed to a pipe by a program that did not know its size (0xFFFFFFFF, 0x7FFFFFFF, or 0 in a RIFF that ends before its data).
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

/* Samples to little-endian bytes, PCM16 (as above) or FLOAT32 (as they are). `out` needs no alignment. */
void xb_pcm_encode(xb_wav_format format, const float *samples, int64_t count, void *out);

/* The header of a PCM16 or FLOAT32 file, 44 or 58 bytes; what follows is xb_pcm_encode's. frames -1 = not known yet: with the
 * sizes 0xFFFFFFFF, which readers of a pipe take for "up to the end". Once it is known, the header made anew has as many bytes
 * and goes over the first. INVALID_ARGUMENT for other formats, rates, channels, or 4 GiB and more. */
enum { XB_WAV_HEADER_BYTES = 58 };
xybrid_status xb_wav_header(xb_wav_format format, int32_t rate_hz, int32_t channels, int64_t frames,
                            uint8_t out[XB_WAV_HEADER_BYTES], size_t *size, xybrid_error *err);

/* Appends a whole file: PCM16 or FLOAT32 (anything else is INVALID_ARGUMENT), canonical header of 44 or 58 bytes, samples
 * [frames, channels]. The builder's maximum limits it. */
xybrid_status xb_wav_write(xb_str *out, xb_wav_format format, int32_t rate_hz, int32_t channels, const float *samples,
                           int64_t frames, xybrid_error *err);

#endif
