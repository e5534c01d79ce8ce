/* The phase of a Fourier transform as PyTorch's exporter writes it (engine/native/rewrite_angle.c): the numbers of C's atan2f, and
 * those of the nodes where others need one of them; transforms of real numbers that are real to the bit (kernel/fft.c). */
#include <math.h>

#include "onnx_model.h"

static const float pi = 3.14159274f; /* the nearest float32 */

static const float xs[] = { -1, -1, -1, 1, 1, 1, 0.5f, -2, -1e-20f, 3 }, ys[] = { 0, 2, -2, 0, 2, -2, 1e-20f, 1e-7f, 0, -0.0f };
enum { COUNT = sizeof xs / sizeof xs[0] };

static void begin(onnx_model *m) {
    static const float zero = 0;
    onnx_model_begin(m, 20);
    onnx_model_input(m, "y", XYBRID_FLOAT32);
    onnx_model_input(m, "x", XYBRID_FLOAT32);
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

static const float *run(onnx_model *m) {
    xb_onnx_value in[2] = { onnx_tensor(XYBRID_FLOAT32, ys, 1, (int64_t[]){ COUNT }),
                            onnx_tensor(XYBRID_FLOAT32, xs, 1, (int64_t[]){ COUNT }) };
    CHECK_INT(onnx_model_run(m, in, 2), XYBRID_OK);
    return m->outputs[0].data;
}

static void angles(void) {
    onnx_model m;
    begin(&m);
    const float *angle = run(&m);
    for (int i = 0; i < COUNT; i++) CHECK(fabsf(angle[i] - atan2f(ys[i], xs[i])) <= 5e-7f); /* two roundings at pi */
    CHECK(angle[0] == pi && angle[8] == pi);
    onnx_model_end(&m);
}

/* The test for y > 0 is an output, too, so it stays, and what it leads to. */
static void angles_that_others_need(void) {
    onnx_model m;
    begin(&m);
    onnx_model_output(&m, "above");
    const float *angle = run(&m);
    CHECK(angle[0] == -pi && angle[8] == -pi);
    CHECK(fabsf(angle[1] - atan2f(2, -1)) <= 5e-7f);
    CHECK_INT(((const uint8_t *)m.outputs[1].data)[0], 0);
    onnx_model_end(&m);
}

/* Lengths that are powers of two, short and long others, odd ones. */
static void real_at_the_ends(void) {
    static float         signal[200];
    static const int64_t lengths[] = { 16, 20, 21, 64, 66, 150 };
    for (int i = 0; i < 200; i++) signal[i] = (float)(i * 29 % 31) / 16 - 1.25f;
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
        onnx_model    m;
        const int64_t length = lengths[k], step = 7, bins = length / 2 + 1;
        onnx_model_begin(&m, 20);
        onnx_model_input(&m, "x", XYBRID_FLOAT32);
        onnx_model_constant(&m, "step", XYBRID_INT64, 0, NULL, &step, sizeof step);
        onnx_model_constant(&m, "length", XYBRID_INT64, 0, NULL, &length, sizeof length);
        onnx_model_node(&m, "", "STFT", "x step - length", "y");
        onnx_model_output(&m, "y");
        xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, signal, 2, (int64_t[]){ 1, 200 });
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

CHECK_MAIN(RUN(angles), RUN(angles_that_others_need), RUN(real_at_the_ends))
