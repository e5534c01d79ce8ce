/* The phase of a Fourier transform as PyTorch's exporter writes it (engine/native/rewrite_angle.c), against C's atan2f, and as
 * its nodes say where it is none or others need them; transforms of real numbers that are real to the bit (kernel/fft.c). */
#include <math.h>

#include "onnx_model.h"

static const float pi = 3.14159274f; /* the nearest float32 */

/* angle of (x, y) */
static void put_angle(onnx_model *m) {
    static const float zero = 0;
    onnx_model_constant(m, "zero", XYBRID_FLOAT32, 0, NULL, &zero, sizeof zero);
    onnx_model_constant(m, "pi", XYBRID_FLOAT32, 0, NULL, &pi, sizeof pi);
    onnx_model_node(m, "", "Div", "y x", "slope");
    onnx_model_node(m, "", "Atan", "slope", "a");
    onnx_model_node(m, "", "Greater", "y zero", "above");
    onnx_model_node(m, "", "Add", "a pi", "more");
    onnx_model_node(m, "", "Sub", "a pi", "less");
    onnx_model_node(m, "", "Where", "above more less", "left");
    onnx_model_node(m, "", "Less", "x zero", "is_left");
    onnx_model_node(m, "", "Where", "is_left left a", "angle");
    onnx_model_output(m, "angle");
}

/* ---- phases: bin 0 of the three frames is -10, 10, -2 ---- */

enum { FRAMES = 3, LENGTH = 6, BINS = 4 };
static const float signal[FRAMES * LENGTH] = { -1, -2, -3, -1, -2, -1, 1, 2, 3, 1, 2, 1, 0.5f, -1, 0.25f, -0.75f, 0, -1 };

static void begin_phases(onnx_model *m) {
    static const int64_t length = LENGTH, parts[2] = { 0, 1 };
    onnx_model_begin(m, 20);
    onnx_model_input(m, "signal", XYBRID_FLOAT32);
    onnx_model_constant(m, "length", XYBRID_INT64, 0, NULL, &length, sizeof length);
    onnx_model_constant(m, "re", XYBRID_INT64, 0, NULL, &parts[0], sizeof parts[0]);
    onnx_model_constant(m, "im", XYBRID_INT64, 0, NULL, &parts[1], sizeof parts[1]);
    onnx_model_node(m, "", "STFT", "signal length - length", "spectrum");
    onnx_model_node(m, "", "Transpose", "spectrum", "turned");
    onnx_model_ints(m, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_model_node(m, "", "Gather", "turned re", "x");
    onnx_model_int(m, "axis", 3);
    onnx_model_node(m, "", "Gather", "turned im", "y");
    onnx_model_int(m, "axis", 3);
    put_angle(m);
}

static const float *run_phases(onnx_model *m) {
    xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, signal, 2, (int64_t[]){ 1, FRAMES * LENGTH });
    CHECK_INT(onnx_model_run(m, &in, 1), XYBRID_OK);
    return m->outputs[0].data;
}

static void phases(void) {
    onnx_model m;
    begin_phases(&m);
    const float *angle = run_phases(&m);
    for (int k = 0; k < BINS; k++)
        for (int f = 0; f < FRAMES; f++) {
            double re = 0, im = 0, turn = 2 * 3.14159265358979323846 * k / (double)LENGTH;
            for (int j = 0; j < LENGTH; j++) re += (double)signal[f * LENGTH + j] * cos(turn * j);
            for (int j = 0; j < LENGTH && k % (BINS - 1); j++) im -= (double)signal[f * LENGTH + j] * sin(turn * j);
            /* A few roundings at pi; where im is a rounding itself, which of pi and -pi it is, is left open. */
            double off = remainder((double)angle[k * FRAMES + f] - atan2(im, re), 2 * 3.14159265358979323846);
            CHECK(fabs(off) < 1e-6);
        }
    CHECK(angle[0] == pi && angle[1] == 0 && angle[2] == pi);
    onnx_model_end(&m);
}

/* The test for y > 0 is an output, too, so it stays, and what it leads to. */
static void phases_that_others_need(void) {
    onnx_model m;
    begin_phases(&m);
    onnx_model_output(&m, "above");
    const float *angle = run_phases(&m);
    CHECK(angle[0] == -pi && angle[1] == 0 && angle[2] == -pi);
    CHECK_INT(((const uint8_t *)m.outputs[1].data)[0], 0);
    onnx_model_end(&m);
}

/* Any other numbers: as the nodes say. */
static void angles(void) {
    static const float xs[] = { -1, -1, -1, 1, -2 }, ys[] = { 0, 2, -2, 2, -0.0f };
    onnx_model         m;
    onnx_model_begin(&m, 20);
    onnx_model_input(&m, "y", XYBRID_FLOAT32);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    put_angle(&m);
    xb_onnx_value in[2] = { onnx_tensor(XYBRID_FLOAT32, ys, 1, (int64_t[]){ 5 }),
                            onnx_tensor(XYBRID_FLOAT32, xs, 1, (int64_t[]){ 5 }) };
    CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_OK);
    const float *angle = m.outputs[0].data;
    CHECK(angle[0] == -pi && angle[4] == -pi);
    for (int i = 1; i < 4; i++) CHECK(fabsf(angle[i] - atan2f(ys[i], xs[i])) < 1e-6f);
    onnx_model_end(&m);
}

/* Lengths that are powers of two, short and long others, odd ones. */
static void real_at_the_ends(void) {
    static float         numbers[200];
    static const int64_t lengths[] = { 16, 20, 21, 64, 66, 150 };
    for (int i = 0; i < 200; i++) numbers[i] = (float)(i * 29 % 31) / 16 - 1.25f;
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
        onnx_model    m;
        const int64_t length = lengths[k], step = 7, bins = length / 2 + 1;
        onnx_model_begin(&m, 20);
        onnx_model_input(&m, "x", XYBRID_FLOAT32);
        onnx_model_constant(&m, "step", XYBRID_INT64, 0, NULL, &step, sizeof step);
        onnx_model_constant(&m, "length", XYBRID_INT64, 0, NULL, &length, sizeof length);
        onnx_model_node(&m, "", "STFT", "x step - length", "y");
        onnx_model_output(&m, "y");
        xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, numbers, 2, (int64_t[]){ 1, 200 });
        CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
        const float *y = m.outputs[0].data;
        for (int64_t frame = 0; frame < (200 - length) / step + 1; frame++, y += 2 * bins) {
            CHECK(y[1] == 0 && !signbit(y[1]));
            if (length % 2 == 0) CHECK(y[2 * bins - 1] == 0 && !signbit(y[2 * bins - 1]));
            CHECK(y[3] != 0);
        }
        onnx_model_end(&m);
    }
}

CHECK_MAIN(RUN(phases), RUN(phases_that_others_need), RUN(angles), RUN(real_at_the_ends))
