/* codec/wav.c - RIFF/WAVE. Layout after "Multimedia Programming Interface and Data Specifications 1.0" (1991), the extensible
 * format after Microsoft's WAVEFORMATEXTENSIBLE, RF64 and BW64 after EBU Tech 3306 and ITU-R BS.2088. */
#include "codec/wav.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"

enum { TAG_PCM = 1, TAG_FLOAT = 3, TAG_ALAW = 6, TAG_MULAW = 7, TAG_EXTENSIBLE = 0xFFFE };

#define SUPPORTED "PCM 8/16/24/32, float 32/64, A-law and mu-law are supported"

static uint32_t le16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }
static uint32_t le32(const uint8_t *p) { return le16(p + 2) << 16 | le16(p); }
static uint64_t le64(const uint8_t *p) { return (uint64_t)le32(p + 4) << 32 | le32(p); }

int32_t xb_pcm_sample_bytes(xb_wav_format format) {
    static const int8_t sizes[] = { 1, 2, 3, 4, 4, 8, 1, 1 };
    return sizes[format];
}

/* ---- header ---- */

static const char *codec_name(uint32_t tag) {
    switch (tag) {
    case 0x0002: return " (Microsoft ADPCM)";
    case 0x0011: return " (IMA ADPCM)";
    case 0x0031: return " (GSM 6.10)";
    case 0x0050: return " (MPEG)";
    case 0x0055: return " (MP3)";
    default: return "";
    }
}

/* The format tag inside an extensible header: the first two bytes of a GUID whose rest is fixed. */
static uint32_t extensible_tag(const uint8_t *chunk, int64_t size) {
    static const uint8_t guid_rest[14] = { 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71 };
    if (size < 40 || memcmp(chunk + 26, guid_rest, sizeof guid_rest) != 0) return TAG_EXTENSIBLE;
    return le16(chunk + 24);
}

/* The "fmt " chunk at byte `at` of the file. */
static xybrid_status read_format(const uint8_t *chunk, int64_t size, int64_t at, xb_wav_info *info, xybrid_error *err) {
    if (size < 16)
        return xb_fail_at(err, XYBRID_MALFORMED, at, "", "WAV: format chunk of %lld bytes at byte %lld; at least 16",
                          (long long)size, (long long)at);
    uint32_t tag = le16(chunk), channels = le16(chunk + 2), rate = le32(chunk + 4), block = le16(chunk + 12),
             bits = le16(chunk + 14);
    if (tag == TAG_EXTENSIBLE) tag = extensible_tag(chunk, size);
    if (tag != TAG_PCM && tag != TAG_FLOAT && tag != TAG_ALAW && tag != TAG_MULAW)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_AUDIO, at, "", "WAV: codec 0x%04X%s at byte %lld; " SUPPORTED, (unsigned)tag,
                          codec_name(tag), (long long)at);
    if (channels < 1 || channels > XB_MAX_AUDIO_CHANNELS)
        return xb_fail_at(err, channels ? XYBRID_UNSUPPORTED_AUDIO : XYBRID_MALFORMED, at + 2, "",
                          "WAV: %u channels at byte %lld; 1..%d", (unsigned)channels, (long long)at + 2, XB_MAX_AUDIO_CHANNELS);
    if (rate < 1 || rate > XB_MAX_AUDIO_RATE)
        return xb_fail_at(err, rate ? XYBRID_UNSUPPORTED_AUDIO : XYBRID_MALFORMED, at + 4, "",
                          "WAV: sample rate of %u Hz at byte %lld; 1..%d Hz", (unsigned)rate, (long long)at + 4,
                          XB_MAX_AUDIO_RATE);
    uint32_t sample_bytes = block / channels; /* fewer bits than bytes hold are the upper ones: 20 in 3 bytes read as 24 */
    if (block % channels != 0 || sample_bytes * 8 < bits || bits == 0)
        return xb_fail_at(err, XYBRID_MALFORMED, at + 12, "", "WAV: frames of %u bytes at byte %lld for %u channels of %u bits",
                          (unsigned)block, (long long)at + 12, (unsigned)channels, (unsigned)bits);
    if (tag == TAG_PCM && sample_bytes <= 4) info->format = (xb_wav_format)(XB_WAV_PCM8 + (int)sample_bytes - 1);
    else if (tag == TAG_FLOAT && bits == 32 && sample_bytes == 4) info->format = XB_WAV_FLOAT32;
    else if (tag == TAG_FLOAT && bits == 64 && sample_bytes == 8) info->format = XB_WAV_FLOAT64;
    else if (tag >= TAG_ALAW && sample_bytes == 1) info->format = tag == TAG_ALAW ? XB_WAV_ALAW : XB_WAV_MULAW;
    else
        return xb_fail_at(err, XYBRID_UNSUPPORTED_AUDIO, at + 14, "", "WAV: %s of %u bits at byte %lld; " SUPPORTED,
                          tag == TAG_PCM     ? "PCM"
                          : tag == TAG_FLOAT ? "float"
                                             : "A-law or mu-law",
                          (unsigned)bits, (long long)at + 14);
    info->channels = (int32_t)channels;
    info->rate_hz = (int32_t)rate;
    return XYBRID_OK;
}

/* The size of the data chunk that starts at byte `at`, when it claims `claimed` bytes of a RIFF that claims to end at
 * `riff_end`. Writers that cannot seek back leave a huge or a zero size behind. */
static int64_t data_size(uint64_t claimed, int64_t at, int64_t size, int64_t riff_end) {
    int64_t left = size - at;
    int     is_streamed = claimed == 0 && (riff_end <= at || riff_end == 8 + (int64_t)UINT32_MAX);
    return is_streamed || claimed > (uint64_t)left ? left : (int64_t)claimed;
}

static xybrid_status finish_info(xb_wav_info *info, int64_t at, int64_t bytes, xybrid_error *err) {
    int64_t frame_bytes = (int64_t)info->channels * xb_pcm_sample_bytes(info->format);
    info->frames = bytes / frame_bytes;
    if (info->frames > XB_MAX_AUDIO_FRAMES)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_AUDIO, at - 4, "", "WAV: %lld samples a channel; at most %d",
                          (long long)info->frames, XB_MAX_AUDIO_FRAMES);
    info->data_offset = at;
    info->data_bytes = info->frames * frame_bytes;
    return XYBRID_OK;
}

static xybrid_status read_riff(const uint8_t *p, int64_t size, int64_t *riff_end, int *is_64, xybrid_error *err) {
    if (size < 12) return xb_fail_at(err, XYBRID_MALFORMED, 0, "", "WAV: %lld bytes are no header", (long long)size);
    if (memcmp(p, "RIFX", 4) == 0)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_AUDIO, 0, "", "WAV: big-endian RIFX at byte 0; RIFF is supported");
    *is_64 = memcmp(p, "RF64", 4) == 0 || memcmp(p, "BW64", 4) == 0;
    if ((!*is_64 && memcmp(p, "RIFF", 4) != 0) || memcmp(p + 8, "WAVE", 4) != 0)
        return xb_fail_at(err, XYBRID_MALFORMED, 0, "", "WAV: no RIFF WAVE header at byte 0");
    *riff_end = 8 + (int64_t)le32(p + 4);
    return XYBRID_OK;
}

xybrid_status xb_wav_read(const void *bytes, int64_t size, xb_wav_info *out, xybrid_error *err) {
    const uint8_t *p = bytes;
    xb_wav_info    info = { 0 };
    int64_t        riff_end = 0, data_at = -1, data_bytes = 0;
    uint64_t       size_64 = UINT64_MAX; /* of the data chunk, from a ds64 chunk */
    int            is_64 = 0, has_format = 0;
    XB_TRY(read_riff(p, size, &riff_end, &is_64, err));

    for (int64_t at = 12; size - at >= 8 && !(has_format && data_at >= 0);) {
        const uint8_t *chunk = p + at + 8;
        uint64_t       claimed = le32(p + at + 4);
        int64_t        left = size - at - 8, used;
        if (memcmp(p + at, "data", 4) == 0 && data_at < 0) {
            if (is_64 && claimed == UINT32_MAX) claimed = size_64;
            data_bytes = data_size(claimed, at + 8, size, riff_end);
            data_at = at + 8;
            used = data_bytes;
        } else if (claimed > (uint64_t)left) {
            return xb_fail_at(err, XYBRID_MALFORMED, at, "", "WAV: chunk at byte %lld claims %llu bytes, the file has %lld",
                              (long long)at, (unsigned long long)claimed, (long long)left);
        } else {
            used = (int64_t)claimed;
            if (memcmp(p + at, "fmt ", 4) == 0) {
                XB_TRY(read_format(chunk, used, at + 8, &info, err));
                has_format = 1;
            } else if (memcmp(p + at, "ds64", 4) == 0 && used >= 16) {
                size_64 = le64(chunk + 8);
            }
        }
        at += 8 + used;
        if ((used & 1) && at < size) at++; /* chunks start at even bytes */
    }
    if (!has_format || data_at < 0)
        return xb_fail_at(err, XYBRID_MALFORMED, size, "", "WAV: no %s chunk up to byte %lld", has_format ? "data" : "format",
                          (long long)size);
    XB_TRY(finish_info(&info, data_at, data_bytes, err));
    *out = info;
    return XYBRID_OK;
}

/* ---- samples ---- */

static float float32_at(const uint8_t *p) {
    uint32_t bits = le32(p);
    float    value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float float64_at(const uint8_t *p) {
    uint64_t bits = le64(p);
    double   value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

/* ITU-T G.711: a sign, 3 bits of exponent, 4 of mantissa, all (mu-law) or every other one (A-law) turned. 16 bits of result. */
static int alaw_at(uint8_t byte) {
    int value = byte ^ 0x55, exponent = value >> 4 & 7, size = (value & 15) << 4 | 8;
    if (exponent) size = (size | 0x100) << (exponent - 1);
    return value & 0x80 ? size : -size;
}

static int mulaw_at(uint8_t byte) {
    int value = byte ^ 0xFF, size = (((value & 15) << 3 | 0x84) << (value >> 4 & 7)) - 0x84;
    return value & 0x80 ? -size : size;
}

void xb_pcm_decode(xb_wav_format format, const void *bytes, int64_t samples, float *out) {
    const uint8_t *p = bytes;
    switch (format) {
    case XB_WAV_PCM8:
        for (int64_t i = 0; i < samples; i++) out[i] = (float)((int)p[i] - 128) / 128.0f;
        break;
    case XB_WAV_PCM16:
        for (int64_t i = 0; i < samples; i++) out[i] = (float)(int16_t)le16(p + 2 * i) / 32768.0f;
        break;
    case XB_WAV_PCM24: /* as the upper three bytes of 32 bits, which gives the sign */
        for (int64_t i = 0; i < samples; i++) {
            uint32_t high = (uint32_t)p[3 * i] << 8 | le16(p + 3 * i + 1) << 16;
            out[i] = (float)(int32_t)high / 2147483648.0f;
        }
        break;
    case XB_WAV_PCM32:
        for (int64_t i = 0; i < samples; i++) out[i] = (float)(int32_t)le32(p + 4 * i) / 2147483648.0f;
        break;
    case XB_WAV_FLOAT32:
        for (int64_t i = 0; i < samples; i++) out[i] = float32_at(p + 4 * i);
        break;
    case XB_WAV_FLOAT64:
        for (int64_t i = 0; i < samples; i++) out[i] = float64_at(p + 8 * i);
        break;
    case XB_WAV_ALAW:
        for (int64_t i = 0; i < samples; i++) out[i] = (float)alaw_at(p[i]) / 32768.0f;
        break;
    case XB_WAV_MULAW:
        for (int64_t i = 0; i < samples; i++) out[i] = (float)mulaw_at(p[i]) / 32768.0f;
        break;
    }
}

void xb_wav_decode(const xb_wav_info *info, const void *bytes, int64_t first, int64_t count, float *out) {
    int64_t frame_bytes = (int64_t)info->channels * xb_pcm_sample_bytes(info->format);
    xb_pcm_decode(info->format, (const uint8_t *)bytes + info->data_offset + first * frame_bytes, count * info->channels, out);
}

int16_t xb_pcm16_from_float(float sample) {
    float scaled = sample * 32768.0f;
    if (scaled >= 32767.0f) return 32767;
    if (scaled <= -32768.0f) return -32768;
    if (scaled != scaled) return 0;
    return (int16_t)(scaled < 0 ? scaled - 0.5f : scaled + 0.5f);
}

/* ---- writing ---- */

static void put_le16(uint8_t *p, uint32_t value) { p[0] = (uint8_t)value, p[1] = (uint8_t)(value >> 8); }
static void put_le32(uint8_t *p, uint32_t value) { put_le16(p, value), put_le16(p + 2, value >> 16); }

void xb_pcm_encode(xb_wav_format format, const float *samples, int64_t count, void *out) {
    uint8_t *to = out;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, samples + i, sizeof bits);
        if (format == XB_WAV_FLOAT32) put_le32(to + 4 * i, bits);
        else put_le16(to + 2 * i, (uint16_t)xb_pcm16_from_float(samples[i]));
    }
}

/* PCM: RIFF, fmt of 16 bytes, data = 44 bytes. Float has a size word after its format and a fact chunk: 58. */
xybrid_status xb_wav_header(xb_wav_format format, int32_t rate_hz, int32_t channels, int64_t frames,
                            uint8_t header[XB_WAV_HEADER_BYTES], size_t *size, xybrid_error *err) {
    int is_float = format == XB_WAV_FLOAT32, is_open = frames == -1;
    if (!is_float && format != XB_WAV_PCM16)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "WAV: only PCM16 and FLOAT32 are written");
    if (rate_hz < 1 || rate_hz > XB_MAX_AUDIO_RATE || channels < 1 || channels > XB_MAX_AUDIO_CHANNELS || frames < -1 ||
        frames > (UINT32_MAX - XB_WAV_HEADER_BYTES) / ((int64_t)channels * 4))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "",
                       "WAV: %lld samples of %d channels at %d Hz cannot be written; 1..%d channels, 1..%d Hz, less than 4 GiB",
                       (long long)frames, (int)channels, (int)rate_hz, XB_MAX_AUDIO_CHANNELS, XB_MAX_AUDIO_RATE);
    uint32_t block = (uint32_t)channels * (is_float ? 4u : 2u), header_size = is_float ? 58 : 44;
    uint32_t data_bytes = is_open ? UINT32_MAX : (uint32_t)frames * block;
    memcpy(header, "RIFF....WAVEfmt ", 16);
    put_le32(header + 4, is_open ? UINT32_MAX : header_size - 8 + data_bytes);
    put_le32(header + 16, is_float ? 18 : 16);
    put_le16(header + 20, is_float ? TAG_FLOAT : TAG_PCM);
    put_le16(header + 22, (uint32_t)channels);
    put_le32(header + 24, (uint32_t)rate_hz);
    put_le32(header + 28, (uint32_t)rate_hz * block);
    put_le16(header + 32, block);
    put_le16(header + 34, is_float ? 32 : 16);
    if (is_float) {
        put_le16(header + 36, 0);
        memcpy(header + 38, "fact", 4);
        put_le32(header + 42, 4);
        put_le32(header + 46, is_open ? UINT32_MAX : (uint32_t)frames);
    }
    memcpy(header + header_size - 8, "data", 4);
    put_le32(header + header_size - 4, data_bytes);
    *size = header_size;
    return XYBRID_OK;
}

xybrid_status xb_wav_write(xb_str *out, xb_wav_format format, int32_t rate_hz, int32_t channels, const float *samples,
                           int64_t frames, xybrid_error *err) {
    enum { BLOCK_SAMPLES = 512 };
    uint8_t header[XB_WAV_HEADER_BYTES], block[4 * BLOCK_SAMPLES];
    size_t  header_size;
    XB_TRY(xb_wav_header(format, rate_hz, channels, frames < 0 ? -2 : frames, header, &header_size, err));
    xb_str_addn(out, header, header_size);
    for (int64_t at = 0, total = frames * channels; at < total && out->failed == XYBRID_OK; at += BLOCK_SAMPLES) {
        int64_t n = xb_min64(total - at, BLOCK_SAMPLES);
        xb_pcm_encode(format, samples + at, n, block);
        xb_str_addn(out, block, (size_t)(n * xb_pcm_sample_bytes(format)));
    }
    return xb_str_status(out, err);
}
