/* FLAC, MP3 and Vorbis against libFLAC, libmpg123 and libvorbis (scripts/golden/codec_audio.py), the reference recordings against
 * each other, and files that are cut, damaged, or nothing of the kind. */
#include "codec/audio.h"
#include "audio/resample.h"
#include "base/error.h"
#include "base/limits.h"
#include "plat/cpu.h"
#include "support.h"

static xb_test_mem  tm;
static xybrid_error err;

typedef struct sound {
    xb_audio_info info;
    float        *samples;
} sound;

static xybrid_status decode(const void *bytes, size_t size, sound *out) {
    char *own = malloc(size + 1); /* of its size, so that a sanitizer sees a read beyond */
    if (size) memcpy(own, bytes, size);
    memset(out, 0, sizeof *out);
    xybrid_status st = xb_audio_decode(&tm.mem, own, (int64_t)size, &out->info, &out->samples, &err);
    free(own);
    return st;
}

static void drop(sound *s) {
    xb_free(&tm.mem, s->samples);
    s->samples = NULL;
}

static char *golden(const char *name, const char *ending, size_t *size) {
    char path[128];
    snprintf(path, sizeof path, "audio/%.*s%s", ending ? (int)strcspn(name, ".") : 99, name, ending ? ending : "");
    return xb_test_golden(path, size);
}

static const struct {
    const char *name;
    int32_t     rate_hz, channels;
    int64_t     frames;
} files[] = {
    { "flac_8.flac", 8000, 1, 1600 },   { "flac_16.flac", 44100, 2, 2646 },  { "flac_24.flac", 48000, 2, 1440 },
    { "flac_32.flac", 16000, 2, 640 },  { "flac_6.flac", 22050, 6, 882 },    { "flac_wasted.flac", 16000, 1, 1600 },
    { "mp3_cbr.mp3", 8000, 1, 2000 },   { "mp3_vbr.mp3", 44100, 2, 5292 },   { "mp3_mpeg2.mp3", 22050, 2, 4608 },
    { "mp3_tags.mp3", 32000, 1, 3840 }, { "mp3_plain.mp3", 48000, 1, 6912 }, { "vorbis_1.ogg", 16000, 1, 4800 },
    { "vorbis_2.ogg", 44100, 2, 5292 }, { "vorbis_6.ogg", 8000, 6, 1600 },   { "vorbis_pages.ogg", 16000, 1, 24800 },
};
enum { FILES = sizeof files / sizeof files[0] };

/* FLAC is exact. Of the others no decoder promises bits: floats of another order of sums differ by some 2^-22. */
static void every_file_equals_its_reference(void) {
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < FILES; i++) {
        size_t   size = 0, wanted_size = 0;
        char    *bytes = golden(files[i].name, NULL, &size), *wanted = golden(files[i].name, ".f32", &wanted_size);
        uint32_t frames;
        sound    s;
        CHECK_OR_RETURN(bytes && wanted);
        memcpy(&frames, wanted, 4);
        CHECK_INT(frames, files[i].frames);
        CHECK_INT(decode(bytes, size, &s), XYBRID_OK);
        CHECK_INT(s.info.frames, files[i].frames);
        CHECK_INT(s.info.rate_hz, files[i].rate_hz);
        CHECK_INT(s.info.channels, files[i].channels);
        double worst = 0;
        size_t step = (size_t)s.info.channels;
        for (size_t f = 0; f < (size_t)s.info.frames && f < frames; f += 5) {
            for (size_t c = 0; c < step; c++) {
                float value;
                memcpy(&value, wanted + 4 + 4 * (f / 5 * step + c), 4);
                worst = check_worse(worst, fabs((double)value - (double)s.samples[f * step + c]));
            }
        }
        if (worst > 2e-6f) printf("%s: %g\n", files[i].name, (double)worst);
        CHECK(s.info.kind == XB_KIND_FLAC ? worst == 0 : worst <= 2e-6f);
        drop(&s);
        free(bytes), free(wanted);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* A whole header says how long the recording is. */
static void headers_say_how_long(void) {
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < FILES; i++) {
        size_t           size = 0;
        char            *bytes = golden(files[i].name, NULL, &size);
        xb_audio_reader *r;
        CHECK_OR_RETURN(bytes != NULL);
        CHECK_INT(xb_audio_open(&tm.mem, bytes, (int64_t)size, &r, &err), XYBRID_OK);
        int knows = strncmp(files[i].name, "vorbis", 6) && strcmp(files[i].name, "mp3_plain.mp3") &&
                    strcmp(files[i].name, "mp3_mpeg2.mp3"); /* too few bits for LAME's header */
        CHECK_INT(xb_audio_reader_info(r)->frames, knows ? files[i].frames : -1);
        xb_audio_close(r);
        free(bytes);
    }
}

/* ---- the reference recordings: one recording in three codecs ---- */

static xybrid_status at_16k(const char *name, sound *out, xb_tensor *mono) {
    size_t        size = 0;
    char         *bytes = xb_test_data(name, &size);
    xb_tensor     t;
    xybrid_status st = decode(bytes, size, out);
    free(bytes);
    if (st) return st;
    for (int64_t i = 0; i < out->info.frames && out->info.channels == 2; i++)
        out->samples[i] = (out->samples[2 * i] + out->samples[2 * i + 1]) / 2;
    st = xb_tensor_borrow(out->samples, out->info.frames * 4, XYBRID_FLOAT32, 1, &out->info.frames, &t, &err);
    return st ? st : xb_audio_resample(&tm.mem, xb_isa_best(xb_cpu_features()), &t, out->info.rate_hz, 16000, mono, &err);
}

static void recordings_agree(void) {
    static const struct {
        const char *name;
        double      db; /* of the difference to the WAV below the sound */
    } clips[] = { { "audio/1272-141231-0002.flac", -60 },
                  { "audio/1272-141231-0002.mp3", -15 },
                  { "audio/jfk.flac", -60 },
                  { "audio/jfk.mp3", -15 } };
    size_t size;
    char  *there = xb_test_data("audio/jfk.wav", &size);
    if (!there) CHECK_SKIP("reference data");
    free(there);
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < 4; i++) {
        sound     a, b;
        xb_tensor x, y;
        double    error = 0, power = 0;
        CHECK_OR_RETURN(at_16k(clips[i].name, &a, &x) == XYBRID_OK);
        CHECK_OR_RETURN(at_16k(i < 2 ? "audio/1272-141231-0002.wav" : "audio/jfk.wav", &b, &y) == XYBRID_OK);
        CHECK_INT(x.shape[0], y.shape[0]);
        for (int64_t k = 0; k < x.shape[0] && k < y.shape[0]; k++) {
            double p = (double)((float *)x.data)[k], q = (double)((float *)y.data)[k];
            error += (p - q) * (p - q), power += q * q;
        }
        double db = 10 * log10(error / power + 1e-30);
        printf("%s: %.1f dB\n", clips[i].name, db);
        CHECK(db <= clips[i].db);
        xb_tensor_drop(&x), xb_tensor_drop(&y);
        drop(&a), drop(&b);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- files that are cut or damaged ---- */

/* Half a file gives about half the sound; and any part is sound or an error, never more than the whole. */
static void every_prefix(void) {
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < FILES; i++) {
        size_t size = 0;
        char  *bytes = golden(files[i].name, NULL, &size);
        sound  whole, part;
        CHECK_OR_RETURN(bytes != NULL);
        CHECK_OR_RETURN(decode(bytes, size, &whole) == XYBRID_OK);
        for (size_t n = 0; n < size; n += 1 + n / (size_t)(CHECK_ROUNDS(60))) {
            if (decode(bytes, n, &part) != XYBRID_OK) {
                CHECK(err.code == XYBRID_MALFORMED || err.code == XYBRID_UNSUPPORTED_AUDIO);
                continue;
            }
            CHECK(part.info.frames <= whole.info.frames + 1152);
            if (strncmp(files[i].name, "flac", 4) == 0)
                CHECK(memcmp(part.samples, whole.samples, (size_t)(part.info.frames * part.info.channels) * 4) == 0);
            drop(&part);
        }
        drop(&whole);
        free(bytes);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* A file with `extra` put in at `at`. */
static char *with_garbage(const char *bytes, size_t size, size_t at, const char *extra, size_t extra_size) {
    char *made = malloc(size + extra_size + 1);
    memcpy(made, bytes, at);
    memcpy(made + at, extra, extra_size);
    memcpy(made + at + extra_size, bytes + at, size - at);
    return made;
}

static size_t mp3_frame(const char *bytes, size_t size, int number) { /* where the number-th frame begins */
    size_t first = 0;
    for (size_t at = 0; at + 3 < size; at++) {
        if ((uint8_t)bytes[at] != 0xFF || ((uint8_t)bytes[at + 1] & 0xE6) != 0xE2) continue;
        if (!first) first = at ? at : 1;
        const char *h = bytes + (first == 1 ? 0 : first);
        if (bytes[at + 1] == h[1] && !((bytes[at + 2] ^ h[2]) & 0x0C) && !((bytes[at + 3] ^ h[3]) & 0xCF) && number-- == 0)
            return at;
    }
    return 0;
}

static void garbage_between_mp3_frames_changes_nothing(void) {
    static char text[1500];
    for (int i = 0; i < 1500; i++) text[i] = (char)(i * 37 % 251); /* no 255 */
    text[100] = text[700] = (char)0xFF;
    memcpy(text + 300, "ID3", 3);
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 6; i < 11; i++) {
        size_t size = 0;
        char  *bytes = golden(files[i].name, NULL, &size);
        sound  whole, dirty;
        CHECK_OR_RETURN(bytes != NULL);
        CHECK_OR_RETURN(decode(bytes, size, &whole) == XYBRID_OK);
        size_t at = mp3_frame(bytes, size, 3);
        char  *made = with_garbage(bytes, size, at, text, sizeof text);
        CHECK_OR_RETURN(decode(made, size + sizeof text, &dirty) == XYBRID_OK);
        CHECK_INT(dirty.info.frames, whole.info.frames);
        if (dirty.info.frames == whole.info.frames)
            CHECK(memcmp(dirty.samples, whole.samples, (size_t)(whole.info.frames * whole.info.channels) * 4) == 0);
        drop(&whole), drop(&dirty);
        free(bytes), free(made);
    }
}

/* Damage in the middle: what lies before and behind it stays where it was. */
static void damage_keeps_time(const char *name, size_t at, size_t count, int64_t good_before, int64_t good_from) {
    size_t size = 0;
    char  *bytes = golden(name, NULL, &size);
    sound  whole, part;
    CHECK_OR_RETURN(bytes != NULL);
    xb_test_mem_init(&tm, 0, 0);
    CHECK_OR_RETURN(decode(bytes, size, &whole) == XYBRID_OK);
    for (size_t i = 0; i < count; i++) bytes[at + i] ^= 0x55;
    CHECK_OR_RETURN(decode(bytes, size, &part) == XYBRID_OK);
    CHECK_INT(part.info.frames, whole.info.frames);
    size_t step = (size_t)whole.info.channels * 4;
    CHECK(memcmp(part.samples, whole.samples, (size_t)good_before * step) == 0);
    int64_t behind = whole.info.frames - good_from;
    CHECK(good_from < 0 || memcmp(part.samples + good_from * whole.info.channels,
                                  whole.samples + good_from * whole.info.channels, (size_t)behind * step) == 0);
    drop(&whole), drop(&part);
    free(bytes);
}

static void damaged_files(void) {
    damage_keeps_time("flac_6.flac", 2500, 3, 200, 600);   /* blocks of 200 frames */
    damage_keeps_time("flac_24.flac", 3500, 1, 576, 1152); /* of 576 */
    /* The second of three pages: the last one does not say how many of its samples are cut at its end, so it stands a little early. */
    damage_keeps_time("vorbis_pages.ogg", 9000, 1, 11000, -1);
}

static void part_of_a_file(void) {
    static const struct {
        const char *name;
        int64_t     bytes, frames;
    } parts[] = { { "mp3_plain.mp3", 540, 3456 }, { "flac_6.flac", 2989, 400 }, { "vorbis_pages.ogg", 9541, 11392 } };
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < 3; i++) {
        size_t size = 0;
        char  *bytes = golden(parts[i].name, NULL, &size);
        sound  whole, part;
        CHECK_OR_RETURN(bytes != NULL);
        CHECK_OR_RETURN(decode(bytes, size, &whole) == XYBRID_OK);
        CHECK_OR_RETURN(decode(bytes, (size_t)parts[i].bytes, &part) == XYBRID_OK);
        CHECK_INT(part.info.frames, parts[i].frames);
        CHECK(memcmp(part.samples, whole.samples, (size_t)(part.info.frames * part.info.channels) * 4) == 0);
        drop(&whole), drop(&part);
        free(bytes);
    }
}

/* A whole file of nothing but a header. */
static void nothing_to_decode(void) {
    static const struct {
        const char   *bytes;
        size_t        size;
        xybrid_status code;
        const char   *message;
    } cases[] = {
        { "", 0, XYBRID_UNSUPPORTED_AUDIO, "audio expected, found unknown bytes; WAV, FLAC, MP3 and Ogg Vorbis are supported" },
        { "hello", 5, XYBRID_UNSUPPORTED_AUDIO, "audio expected, found text; WAV, FLAC, MP3 and Ogg Vorbis are supported" },
        { "fLaC", 4, XYBRID_MALFORMED, "FLAC: the file is cut in its header, at byte 4" },
        { "fLaC\x84\0\0\4abcd", 12, XYBRID_MALFORMED, "FLAC: no stream information at byte 4" },
        { "ID3\4\0\0\0\0\0\1xyz", 13, XYBRID_MALFORMED, "MP3: no whole frame up to byte 13" },
        { "\xff\xfb\x90\x64 and so on", 14, XYBRID_MALFORMED, "MP3: no whole frame up to byte 14" },
        { "OggS and so on", 14, XYBRID_UNSUPPORTED_AUDIO, "Ogg without a Vorbis stream; Vorbis is supported in it" },
        { "RIFF\0\0\0\0WAVE", 12, XYBRID_MALFORMED, "WAV: no format chunk up to byte 12" },
    };
    xb_test_mem_init(&tm, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sound s;
        CHECK_INT(decode(cases[i].bytes, cases[i].size, &s), cases[i].code);
        CHECK_STR(err.message, cases[i].message);
    }
    size_t size = 0;
    char  *flac = golden("flac_8.flac", NULL, &size);
    sound  s;
    CHECK_OR_RETURN(flac != NULL);
    for (size_t i = 200; i < size; i++) flac[i] = 0x11; /* header and tags are in the first 160 bytes */
    CHECK_INT(decode(flac, size, &s), XYBRID_MALFORMED);
    CHECK(err.position > 80 && err.position < 200);
    free(flac);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_runs_out(void) {
    static const char *const some[] = { "flac_8.flac", "mp3_cbr.mp3", "vorbis_1.ogg" };
    for (int i = 0; i < 3; i++) {
        size_t size = 0;
        char  *bytes = golden(some[i], NULL, &size);
        CHECK_OR_RETURN(bytes != NULL);
        XB_TORTURE (tm, 200) {
            sound         s;
            xybrid_status st = decode(bytes, size, &s);
            XB_TORTURE_STATUS(tm, st);
            if (st == XYBRID_OK) drop(&s);
        }
        free(bytes);
    }
}

CHECK_MAIN(RUN(every_file_equals_its_reference), RUN(headers_say_how_long), RUN(recordings_agree), RUN(every_prefix),
           RUN(garbage_between_mp3_frames_changes_nothing), RUN(damaged_files), RUN(part_of_a_file), RUN(nothing_to_decode),
           RUN(memory_runs_out))
