/* WAV against libsndfile's samples (scripts/golden/codec_wav.py), headers that lie, and the writer read back. */
#include "codec/wav.h"
#include "base/error.h"
#include "support.h"

static char *golden(const char *name, const char *ending, size_t *size) {
    char path[128];
    snprintf(path, sizeof path, "wav/%s%s", name, ending);
    return xb_test_golden(path, size);
}

static void every_format_equals_libsndfile(void) {
    static const struct {
        const char   *name;
        xb_wav_format format;
    } files[] = {
        { "pcm8", XB_WAV_PCM8 },          { "pcm16", XB_WAV_PCM16 },        { "pcm24", XB_WAV_PCM24 },
        { "pcm32", XB_WAV_PCM32 },        { "float32", XB_WAV_FLOAT32 },    { "float64", XB_WAV_FLOAT64 },
        { "extensible16", XB_WAV_PCM16 }, { "extensible24", XB_WAV_PCM24 }, { "extensible_float", XB_WAV_FLOAT32 },
        { "rf64", XB_WAV_PCM16 },         { "alaw", XB_WAV_ALAW },          { "mulaw", XB_WAV_MULAW },
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t       size = 0, wanted_size = 0;
        char        *bytes = golden(files[i].name, ".wav", &size), *wanted = golden(files[i].name, ".f32", &wanted_size);
        xb_wav_info  info;
        xybrid_error err;
        float        samples[74], tail[4];
        CHECK_OR_RETURN(bytes && wanted);
        CHECK_INT(wanted_size, sizeof samples);
        CHECK_INT(xb_wav_read(bytes, (int64_t)size, &info, &err), XYBRID_OK);
        CHECK_INT(info.rate_hz, 16000);
        CHECK_INT(info.channels, 2);
        CHECK_INT(info.frames, 37);
        CHECK_INT(info.format, files[i].format);
        CHECK_INT(info.data_bytes, 37 * 2 * xb_pcm_sample_bytes(info.format));
        xb_wav_decode(&info, bytes, 0, 37, samples);
        CHECK(memcmp(samples, wanted, sizeof samples) == 0);
        xb_wav_decode(&info, bytes, 35, 2, tail);
        CHECK(memcmp(tail, samples + 70, sizeof tail) == 0);
        free(bytes), free(wanted);
    }
}

static void check_refused(const void *bytes, size_t size, xybrid_status code, int64_t position, const char *message) {
    xb_wav_info  info = { .frames = -7 };
    xybrid_error err;
    char        *own = malloc(size + 1);
    if (size > 0) memcpy(own, bytes, size);
    CHECK_INT(xb_wav_read(own, (int64_t)size, &info, &err), code);
    CHECK_STR(err.message, message);
    CHECK_INT(err.position, position);
    CHECK_INT(info.frames, -7);
    free(own);
}

static void other_codecs_are_named(void) {
    static const struct {
        const char *name, *message;
        int         at;
    } files[] = {
        { "adpcm", "WAV: codec 0x0011 (IMA ADPCM) at byte 20; PCM 8/16/24/32, float 32/64, A-law and mu-law are supported",
          20 },
        { "rifx", "WAV: big-endian RIFX at byte 0; RIFF is supported", 0 },
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t size = 0;
        char  *bytes = golden(files[i].name, ".wav", &size);
        CHECK_OR_RETURN(bytes != NULL);
        check_refused(bytes, size, XYBRID_UNSUPPORTED_AUDIO, files[i].at, files[i].message);
        free(bytes);
    }
}

/* 8 frames of mono PCM16 at 8,000 Hz: header of 44 bytes, data chunk at byte 36. */
static size_t small(uint8_t out[60]) {
    static const uint8_t header[44] = { 'R', 'I', 'F', 'F', 52, 0, 0,   0,   'W', 'A',  'V',  'E', 'f', 'm',  't',
                                        ' ', 16,  0,   0,   0,  1, 0,   1,   0,   0x40, 0x1F, 0,   0,   0x80, 0x3E,
                                        0,   0,   2,   0,   16, 0, 'd', 'a', 't', 'a',  16,   0,   0,   0 };
    memcpy(out, header, 44);
    for (int i = 0; i < 8; i++) out[44 + 2 * i] = 0, out[45 + 2 * i] = (uint8_t)(i * 8);
    return 60;
}

static void set32(uint8_t *p, uint32_t value) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(value >> (8 * i));
}

static int64_t frames_of(const uint8_t *bytes, size_t size) {
    xb_wav_info   info;
    xybrid_error  err;
    xybrid_status st = xb_wav_read(bytes, (int64_t)size, &info, &err);
    return st ? -st : info.frames;
}

static void sizes_that_lie(void) {
    uint8_t wav[64] = { 0 };
    size_t  size = small(wav);
    CHECK_INT(frames_of(wav, size), 8);
    set32(wav + 40, 1000);
    CHECK_INT(frames_of(wav, size), 8); /* the file is cut */
    set32(wav + 40, 0xFFFFFFFF);
    CHECK_INT(frames_of(wav, size), 8);
    set32(wav + 40, 0x7FFFF000);
    CHECK_INT(frames_of(wav, size), 8);
    set32(wav + 40, 0x7FFFEFFF);
    CHECK_INT(frames_of(wav, size), 8);
    set32(wav + 40, 0); /* RIFF says that there is more: an empty recording */
    CHECK_INT(frames_of(wav, size), 0);
    set32(wav + 4, 36); /* RIFF ends here, too: streamed */
    CHECK_INT(frames_of(wav, size), 8);
    set32(wav + 4, 0);
    CHECK_INT(frames_of(wav, size), 8);
    set32(wav + 40, 15); /* a cut last frame */
    CHECK_INT(frames_of(wav, size), 7);
    CHECK_INT(frames_of(wav, 44), 0);
    CHECK_INT(frames_of(wav, 43), -XYBRID_MALFORMED);
    set32(wav + 40, 0), set32(wav + 4, 0xFFFFFFFF); /* streamed, by those who know no better than 0 */
    CHECK_INT(frames_of(wav, size), 8);
}

static void chunks_in_any_order(void) {
    uint8_t wav[100] = { 0 };
    (void)small(wav);
    memmove(wav + 24, wav + 12, 48); /* an odd chunk of 3 bytes, padded, before the format */
    memcpy(wav + 12, "odd \3\0\0\0abc\0", 12);
    CHECK_INT(frames_of(wav, 72), 8);

    uint8_t swapped[60];
    (void)small(wav);
    memcpy(swapped, wav, 12);
    memcpy(swapped + 12, wav + 36, 24); /* data first */
    memcpy(swapped + 36, wav + 12, 24);
    CHECK_INT(frames_of(swapped, 60), 8);

    set32(wav + 16, 400);
    check_refused(wav, 60, XYBRID_MALFORMED, 12, "WAV: chunk at byte 12 claims 400 bytes, the file has 40");
}

static void refused_field(int at, int bytes, uint32_t value, xybrid_status code, const char *message) {
    uint8_t wav[60];
    size_t  size = small(wav);
    for (int i = 0; i < bytes; i++) wav[at + i] = (uint8_t)(value >> (8 * i));
    xb_wav_info  info;
    xybrid_error err;
    CHECK_INT(xb_wav_read(wav, (int64_t)size, &info, &err), code);
    CHECK_STR(err.message, message);
}

static void broken_headers(void) {
    check_refused("", 0, XYBRID_MALFORMED, 0, "WAV: 0 bytes are no header");
    check_refused("RIFF\0\0\0\0WAV", 11, XYBRID_MALFORMED, 0, "WAV: 11 bytes are no header");
    check_refused("RIFF\0\0\0\0WAVX", 12, XYBRID_MALFORMED, 0, "WAV: no RIFF WAVE header at byte 0");
    check_refused("RIFF\0\0\0\0WAVE", 12, XYBRID_MALFORMED, 12, "WAV: no format chunk up to byte 12");
    uint8_t wav[60];
    (void)small(wav);
    check_refused(wav, 36, XYBRID_MALFORMED, 36, "WAV: no data chunk up to byte 36");
    refused_field(22, 2, 0, XYBRID_MALFORMED, "WAV: 0 channels at byte 22; 1..64");
    refused_field(22, 2, 65, XYBRID_UNSUPPORTED_AUDIO, "WAV: 65 channels at byte 22; 1..64");
    refused_field(24, 4, 0, XYBRID_MALFORMED, "WAV: sample rate of 0 Hz at byte 24; 1..768000 Hz");
    refused_field(24, 4, 4000000000u, XYBRID_UNSUPPORTED_AUDIO, "WAV: sample rate of 4000000000 Hz at byte 24; 1..768000 Hz");
    refused_field(32, 2, 1, XYBRID_MALFORMED, "WAV: frames of 1 bytes at byte 32 for 1 channels of 16 bits");
    refused_field(32, 2, 0, XYBRID_MALFORMED, "WAV: frames of 0 bytes at byte 32 for 1 channels of 16 bits");
    refused_field(34, 2, 0, XYBRID_MALFORMED, "WAV: frames of 2 bytes at byte 32 for 1 channels of 0 bits");
    refused_field(32, 2, 8, XYBRID_UNSUPPORTED_AUDIO,
                  "WAV: PCM of 16 bits at byte 34; PCM 8/16/24/32, float 32/64, A-law and mu-law are supported");
    refused_field(20, 2, 3, XYBRID_UNSUPPORTED_AUDIO,
                  "WAV: float of 16 bits at byte 34; PCM 8/16/24/32, float 32/64, A-law and mu-law are supported");
    refused_field(20, 2, 0x55, XYBRID_UNSUPPORTED_AUDIO,
                  "WAV: codec 0x0055 (MP3) at byte 20; PCM 8/16/24/32, float 32/64, A-law and mu-law are supported");
    refused_field(20, 2, 0xFFFE, XYBRID_UNSUPPORTED_AUDIO,
                  "WAV: codec 0xFFFE at byte 20; PCM 8/16/24/32, float 32/64, A-law and mu-law are supported");
    refused_field(16, 4, 14, XYBRID_MALFORMED, "WAV: format chunk of 14 bytes at byte 20; at least 16");
}

static void prefixes(void) {
    size_t size = 0;
    char  *bytes = golden("extensible24", ".wav", &size);
    CHECK_OR_RETURN(bytes != NULL);
    size_t header = size - 37 * 6;
    for (size_t n = 0; n < size; n++) {
        char *part = malloc(n + 1);
        memcpy(part, bytes, n);
        CHECK_INT(frames_of((uint8_t *)part, n), n < header ? -XYBRID_MALFORMED : (int64_t)(n - header) / 6);
        free(part);
    }
    free(bytes);
}

/* A header before anything is known, samples as they come, and the header again: the file that is written at once. */
static void writing_as_it_comes(xb_wav_format format) {
    enum { FRAMES = 100 };
    float        samples[2 * FRAMES];
    uint8_t      file[XB_WAV_HEADER_BYTES + 8 * FRAMES];
    size_t       header = 0, sample = (size_t)xb_pcm_sample_bytes(format);
    xybrid_error err;
    xb_test_mem  tm;
    xb_str       whole;
    for (int i = 0; i < 2 * FRAMES; i++) samples[i] = (float)((i * 7919) % 65536 - 32768) / 32000.0f;
    CHECK_INT(xb_wav_header(format, 24000, 2, -1, file, &header, &err), XYBRID_OK);
    for (int64_t at = 0; at < 2 * FRAMES; at += 50)
        xb_pcm_encode(format, samples + at, 50, file + header + (size_t)at * sample);
    CHECK_INT(frames_of(file, header + 2 * FRAMES * sample), FRAMES);
    CHECK_INT(frames_of(file, header + FRAMES * sample), FRAMES / 2);
    CHECK_INT(xb_wav_header(format, 24000, 2, FRAMES, file, &header, &err), XYBRID_OK);
    xb_test_mem_init(&tm, 0, 0);
    xb_str_init(&whole, &tm.mem, 1 << 20);
    CHECK_INT(xb_wav_write(&whole, format, 24000, 2, samples, FRAMES, &err), XYBRID_OK);
    CHECK_INT(whole.size, header + 2 * FRAMES * sample);
    CHECK(memcmp(whole.data, file, whole.size) == 0);
    xb_str_free(&whole);
    CHECK_INT(xb_wav_header(XB_WAV_PCM24, 24000, 2, 1, file, &header, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_wav_header(format, 24000, 2, -2, file, &header, &err), XYBRID_INVALID_ARGUMENT);
}

static void streams(void) {
    writing_as_it_comes(XB_WAV_PCM16);
    writing_as_it_comes(XB_WAV_FLOAT32);
}

static void rounding(void) {
    CHECK_INT(xb_pcm16_from_float(0.0f), 0);
    CHECK_INT(xb_pcm16_from_float(1.0f), 32767);
    CHECK_INT(xb_pcm16_from_float(-1.0f), -32768);
    CHECK_INT(xb_pcm16_from_float(7.0f), 32767);
    CHECK_INT(xb_pcm16_from_float(-7.0f), -32768);
    CHECK_INT(xb_pcm16_from_float(0.5f / 32768), 1);
    CHECK_INT(xb_pcm16_from_float(-0.5f / 32768), -1);
    CHECK_INT(xb_pcm16_from_float(0.49f / 32768), 0);
    CHECK_INT(xb_pcm16_from_float(-1.49f / 32768), -1);
    CHECK_INT(xb_pcm16_from_float(32766.6f / 32768), 32767);
    CHECK_INT(xb_pcm16_from_float(NAN), 0);
    CHECK_INT(xb_pcm16_from_float(INFINITY), 32767);
    CHECK_INT(xb_pcm16_from_float(-INFINITY), -32768);
}

static void write_and_read(xb_wav_format format, size_t header_size) {
    enum { FRAMES = 1300, CHANNELS = 2 };
    static float samples[FRAMES * CHANNELS], back[FRAMES * CHANNELS];
    for (int i = 0; i < FRAMES * CHANNELS; i++) samples[i] = (float)((i * 7919) % 65536 - 32768) / 32768.0f;
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str       out;
    xybrid_error err;
    xb_wav_info  info;
    xb_str_init(&out, &tm.mem, 1 << 20);
    CHECK_INT(xb_wav_write(&out, format, 22050, CHANNELS, samples, FRAMES, &err), XYBRID_OK);
    CHECK_INT(out.size, header_size + FRAMES * CHANNELS * (size_t)xb_pcm_sample_bytes(format));
    CHECK_INT(xb_wav_read(out.data, (int64_t)out.size, &info, &err), XYBRID_OK);
    CHECK_INT(info.frames, FRAMES);
    CHECK_INT(info.rate_hz, 22050);
    CHECK_INT(info.format, format);
    xb_wav_decode(&info, out.data, 0, FRAMES, back);
    CHECK(memcmp(samples, back, sizeof samples) == 0);
    xb_str_free(&out);
    CHECK_INT(tm.live_blocks, 0);
}

static void writer(void) {
    write_and_read(XB_WAV_PCM16, 44);
    write_and_read(XB_WAV_FLOAT32, 58);
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str       out;
    xybrid_error err;
    xb_str_init(&out, &tm.mem, 100);
    CHECK_INT(xb_wav_write(&out, XB_WAV_PCM24, 16000, 1, NULL, 0, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "WAV: only PCM16 and FLOAT32 are written");
    CHECK_INT(xb_wav_write(&out, XB_WAV_PCM16, 0, 1, NULL, 0, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_wav_write(&out, XB_WAV_PCM16, 16000, 65, NULL, 0, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_wav_write(&out, XB_WAV_PCM16, 16000, 1, NULL, INT64_C(1) << 31, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_wav_write(&out, XB_WAV_PCM16, 16000, 1, NULL, -1, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(out.size, 0);
    float samples[100] = { 0 };
    CHECK(xb_wav_write(&out, XB_WAV_PCM16, 16000, 1, samples, 100, &err) != XYBRID_OK); /* beyond the builder's maximum */
    xb_str_free(&out);

    XB_TORTURE (tm, 20) {
        xb_str_init(&out, &tm.mem, 1 << 20);
        xybrid_status st = xb_wav_write(&out, XB_WAV_PCM16, 16000, 1, samples, 100, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_str_free(&out);
    }
}

static void real_recording(void) {
    size_t size = 0;
    char  *bytes = xb_test_data("audio/jfk.wav", &size);
    if (!bytes) CHECK_SKIP("audio/jfk.wav");
    xb_wav_info  info;
    xybrid_error err;
    CHECK_INT(xb_wav_read(bytes, (int64_t)size, &info, &err), XYBRID_OK);
    CHECK_INT(info.rate_hz, 16000);
    CHECK_INT(info.channels, 1);
    CHECK_INT(info.frames, 176000);
    free(bytes);
}

CHECK_MAIN(RUN(every_format_equals_libsndfile), RUN(other_codecs_are_named), RUN(sizes_that_lie), RUN(chunks_in_any_order),
           RUN(broken_headers), RUN(prefixes), RUN(streams), RUN(rounding), RUN(writer), RUN(real_recording))
