/* Ten thousand requests with sizes that vary, on models that stay loaded: text in pictures and speech in recordings. The
 * resident set is measured all the way; after the first half, when every buffer has met its largest size, it must not rise.
 *
 *     long_soak [RUNS]        10,000 take some hours
 */
#include <unistd.h>

#include "api/door.h"
#include "codec/image.h"

enum { SAMPLES = 200, OCR_EVERY = 8, MAX_FRAMES = 16000 * 4 };
static const double MOST_RISE_BYTES = 2 << 20; /* over the second half: the system's own noise is below 1 MB */

static uint32_t random_state = 1;
static int32_t  between(int32_t least, int32_t most) {
    random_state = random_state * 1664525u + 1013904223u;
    return least + (int32_t)((random_state >> 8) % (uint32_t)(most - least + 1));
}

static double resident_bytes(void) {
    long  total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &total, &resident) != 2) CHECK(!"/proc/self/statm can be read");
    if (f) fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

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

/* A part of the picture, of any size. */
static xybrid_status read_picture(xybrid_runtime *rt, xybrid_model *m, const xb_image *image, xybrid_error *err) {
    int32_t          width = between(64, image->width), height = between(32, image->height);
    int32_t          left = between(0, image->width - width), top = between(0, image->height - height);
    const uint8_t   *pixels = image->pixels + 3 * ((size_t)top * (size_t)image->width + (size_t)left);
    xybrid_envelope *in = NULL, *out = NULL;
    xybrid_status    st = xybrid_envelope_new_image(rt, pixels, XYBRID_FORMAT_RGB8, width, height, image->width * 3, NULL, NULL, &in, err);
    if (!st) st = xybrid_model_run(m, in, NULL, &out, err);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    return st;
}

static xybrid_status hear(xybrid_runtime *rt, xybrid_model *m, xybrid_error *err) {
    static float     samples[MAX_FRAMES];
    int32_t          frames = between(1, MAX_FRAMES);
    xybrid_envelope *in = NULL, *out = NULL;
    for (int32_t i = 0; i < frames; i++) samples[i] = sinf((float)(i * (frames % 7 + 1)) * 0.02f) * 0.3f;
    xybrid_status st = xybrid_envelope_new_audio(rt, samples, frames, 16000, 1, NULL, NULL, &in, err);
    if (!st) st = xybrid_model_run(m, in, NULL, &out, err);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    return st;
}

static int soak(xybrid_runtime *rt, xybrid_model *ocr, xybrid_model *vad, const xb_image *image, long runs, double *resident) {
    xybrid_error err;
    for (int sample = 0; sample < SAMPLES; sample++) {
        for (long i = runs * sample / SAMPLES; i < runs * (sample + 1) / SAMPLES; i++) {
            xybrid_status st = i % OCR_EVERY == 0 ? read_picture(rt, ocr, image, &err) : hear(rt, vad, &err);
            if (!door_ok_(st, &err, "run", __LINE__)) return 0;
        }
        resident[sample] = resident_bytes();
        if (sample % 20 == 19) printf("%ld runs: %.1f MB resident\n", runs * (sample + 1) / SAMPLES, resident[sample] / 1e6), fflush(stdout);
    }
    return 1;
}

int main(int argc, char **argv) {
    static double   resident[SAMPLES];
    long            runs = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;
    xybrid_error    err;
    xybrid_model   *ocr = NULL, *vad = NULL;
    xb_mem          mem;
    xb_image        image;
    const char     *folder = door_pack("ppocr-v5", "ppocrv5_rec.onnx");
    check_current = "soak";
    if (!folder || runs < SAMPLES) {
        printf("SKIP soak: build/models/ppocr-v5 is not there, or fewer than %d runs are asked for\n", SAMPLES);
        return check_skips = 77;
    }
    size_t size = 0;
    FILE  *f = fopen(XB_TEST_SOURCE "/examples/receipt.png", "rb");
    static char bytes[1 << 20];
    if (f) size = fread(bytes, 1, sizeof bytes, f), fclose(f);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xybrid_runtime *rt = door_runtime();
    int             ok = door_ok_(xb_image_decode(&mem, bytes, (int64_t)size, 3, &image, &err), &err, "receipt.png", __LINE__) &&
             door_ok_(xybrid_model_load(rt, folder, NULL, &ocr, &err), &err, "ppocr-v5", __LINE__) &&
             door_ok_(xybrid_model_load(rt, door_pack("silero-vad", "silero_vad.onnx"), NULL, &vad, &err), &err, "silero-vad", __LINE__);
    ok = ok && soak(rt, ocr, vad, &image, runs, resident);
    xybrid_model_free(ocr);
    xybrid_model_free(vad);
    xybrid_runtime_free(rt);
    if (!ok || check_failures) return 1;
    xb_image_free(&image);
    double per_sample = slope(resident + SAMPLES / 2, SAMPLES / 2), rise = per_sample * (SAMPLES / 2);
    printf("resident set over the second half of %ld runs: %.1f bytes a run, %.2f MB in all\n", runs, per_sample * SAMPLES / (double)runs, rise / 1e6);
    CHECK(rise < MOST_RISE_BYTES);
    return check_failures != 0;
}
