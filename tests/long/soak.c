/* Ten thousand requests with sizes that vary, on models that stay loaded: text in pictures and speech in recordings. The
 * resident set and the runtime's own bytes are measured all the way. The sizes are many, but each of them comes in the first
 * half, so that in the second every buffer has met its largest: then neither may rise.
 *
 *     long_soak [RUNS]        10,000 take four minutes of one processor
 */
#include "api/door.h"
#include "codec/image.h"
#include "long/resident.h"

enum { SAMPLES = 200, OCR_EVERY = 8, PICTURES = 128, RECORDINGS = 64, MAX_FRAMES = 16000 * 4 };

/* Over the second half. The whole process: its heap still finds a new order of blocks now and then. */
static const double MOST_RISE_BYTES = 2 << 20, MOST_OWN_RISE_BYTES = 64 << 10;

/* Of y over x = 0, 1, 2, ... by least squares. */
static double slope(const double *y, int count) {
    double mean = 0, above = 0, below = 0;
    for (int i = 0; i < count; i++) mean += y[i] / count;
    for (int i = 0; i < count; i++) {
        double x = i - (count - 1) / 2.0;
        above += x * (y[i] - mean);
        below += x * x;
    }
    return above / below;
}

/* One of PICTURES parts of the picture: eight widths, four heights, at one of its corners. */
static xybrid_status read_picture(xybrid_runtime *rt, xybrid_model *m, const xb_image *image, long number, xybrid_error *err) {
    int32_t          which = (int32_t)(number * 37 % PICTURES); /* 37: the sizes go up and down */
    int32_t          width = image->width * (which % 8 + 1) / 8, height = image->height * (which / 8 % 4 + 1) / 4;
    int32_t          left = which / 32 % 2 ? image->width - width : 0, top = which / 64 ? image->height - height : 0;
    const uint8_t   *pixels = image->pixels + 3 * ((size_t)top * (size_t)image->width + (size_t)left);
    xybrid_envelope *in = NULL, *out = NULL;
    xybrid_status    st = xybrid_envelope_new_image(rt, pixels, XYBRID_FORMAT_RGB8, width, height, image->width * 3, NULL, NULL,
                                                    &in, err);
    if (!st) st = xybrid_model_run(m, in, NULL, &out, err);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    return st;
}

static xybrid_status hear(xybrid_runtime *rt, xybrid_model *m, long number, xybrid_error *err) {
    static float     samples[MAX_FRAMES];
    int32_t          frames = MAX_FRAMES / RECORDINGS * (int32_t)(number * 37 % RECORDINGS + 1) - 1;
    xybrid_envelope *in = NULL, *out = NULL;
    for (int32_t i = 0; i < frames; i++) samples[i] = sinf((float)(i * (frames % 7 + 1)) * 0.02f) * 0.3f;
    xybrid_status st = xybrid_envelope_new_audio(rt, samples, frames, 16000, 1, NULL, NULL, &in, err);
    if (!st) st = xybrid_model_run(m, in, NULL, &out, err);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    return st;
}

static int soak(xybrid_runtime *rt, xybrid_model *ocr, xybrid_model *vad, const xb_image *image, long runs, double *resident,
                double *own) {
    xybrid_stats stats;
    xybrid_error err;
    for (int sample = 0; sample < SAMPLES; sample++) {
        for (long i = runs * sample / SAMPLES; i < runs * (sample + 1) / SAMPLES; i++) {
            xybrid_status st = i % OCR_EVERY == 0 ? read_picture(rt, ocr, image, i / OCR_EVERY, &err) : hear(rt, vad, i, &err);
            if (!door_ok_(st, &err, "run", __LINE__)) return 0;
        }
        xybrid_runtime_stats(rt, &stats);
        resident[sample] = resident_bytes();
        own[sample] = (double)stats.private_bytes;
        if (sample % 20 == 19)
            printf("%ld runs: %.1f MB resident, %.3f MB of them the runtime's own\n", runs * (sample + 1) / SAMPLES,
                   resident[sample] / 1e6, own[sample] / 1e6);
        fflush(stdout);
    }
    return 1;
}

int main(int argc, char **argv) {
    static double resident[SAMPLES], own[SAMPLES];
    long          runs = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;
    xybrid_error  err;
    xybrid_model *ocr = NULL, *vad = NULL;
    xb_mem        mem;
    xb_image      image;
    const char   *folder = door_pack("ppocr-v5", "ppocrv5_rec.onnx");
    check_current = "soak";
    if (!folder || runs < 2 * OCR_EVERY * PICTURES) {
        printf("SKIP soak: build/models/ppocr-v5 is not there, or fewer than %d runs are asked for\n",
               2 * OCR_EVERY * PICTURES);
        return check_skips = 77;
    }
    size_t      size = 0;
    FILE       *f = fopen(XB_TEST_SOURCE "/examples/receipt.png", "rb");
    static char bytes[1 << 20];
    if (f) size = fread(bytes, 1, sizeof bytes, f), fclose(f);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xybrid_runtime *rt = door_runtime();
    int ok = door_ok_(xb_image_decode(&mem, bytes, (int64_t)size, 3, &image, &err), &err, "receipt.png", __LINE__) &&
             door_ok_(xybrid_model_load(rt, folder, NULL, &ocr, &err), &err, "ppocr-v5", __LINE__) &&
             door_ok_(xybrid_model_load(rt, door_pack("silero-vad", "silero_vad.onnx"), NULL, &vad, &err), &err, "silero-vad",
                      __LINE__);
    ok = ok && soak(rt, ocr, vad, &image, runs, resident, own);
    xybrid_model_free(ocr);
    xybrid_model_free(vad);
    xybrid_runtime_free(rt);
    if (!ok || check_failures) return 1;
    xb_image_free(&image);
    int    half = SAMPLES / 2;
    double rise = slope(resident + half, half) * half, own_rise = slope(own + half, half) * half;
    printf("slope over the second half of %ld runs: resident set %.1f bytes a run, %.2f MB in all; of the runtime's own %.1f "
           "bytes a run\n",
           runs, rise * 2 / (double)runs, rise / 1e6, own_rise * 2 / (double)runs);
    CHECK(rise < MOST_RISE_BYTES);
    CHECK(own_rise < MOST_OWN_RISE_BYTES);
    return check_failures != 0;
}
