/* MatMul across Transpose and factors (engine/native/rewrite_turned.c): the numbers of attention as exporters write it, against
 * plain loops. */
#include <math.h>

#include "onnx_model.h"

enum { B = 2, T = 5, S = 7, H = 3, D = 8, V = 4 };

static float q[B * T * H * D], k[B * S * H * D], v[B * S * H * V];

static void fill(void) {
    for (int i = 0; i < B * T * H * D; i++) q[i] = (float)(i * 29 % 101 - 50) / 64;
    for (int i = 0; i < B * S * H * D; i++) k[i] = (float)(i * 37 % 89 - 44) / 64;
    for (int i = 0; i < B * S * H * V; i++) v[i] = (float)(i * 41 % 83 - 41) / 64;
}

static double score(int b, int h, int t, int s) {
    double sum = 0;
    for (int d = 0; d < D; d++) sum += (double)q[((b * T + t) * H + h) * D + d] * (double)k[((b * S + s) * H + h) * D + d];
    return sum * 0.25 / 2;
}

static void turn(onnx_model *m, const char *from, const char *to, const int64_t perm[4]) {
    onnx_model_node(m, "", "Transpose", from, to);
    onnx_model_ints(m, "perm", 4, perm);
}

static const int64_t heads[4] = { 0, 2, 1, 3 }, columns[4] = { 0, 2, 3, 1 }, swapped[4] = { 0, 1, 3, 2 };

static void begin(onnx_model *m) {
    static const float quarter = 0.25f, two = 2;
    fill();
    onnx_model_begin(m, 21);
    onnx_model_input(m, "q", XYBRID_FLOAT32);
    onnx_model_input(m, "k", XYBRID_FLOAT32);
    onnx_model_input(m, "v", XYBRID_FLOAT32);
    onnx_model_constant(m, "quarter", XYBRID_FLOAT32, 0, NULL, &quarter, sizeof quarter);
    onnx_model_constant(m, "two", XYBRID_FLOAT32, 0, NULL, &two, sizeof two);
    turn(m, "q", "qh", heads);
    onnx_model_node(m, "", "Div", "qh two", "qs");
}

static void run(onnx_model *m) {
    xb_onnx_value in[3] = { onnx_tensor(XYBRID_FLOAT32, q, 4, (int64_t[]){ B, T, H, D }),
                            onnx_tensor(XYBRID_FLOAT32, k, 4, (int64_t[]){ B, S, H, D }),
                            onnx_tensor(XYBRID_FLOAT32, v, 4, (int64_t[]){ B, S, H, V }) };
    CHECK_INT(onnx_model_run(m, in, 3), XYBRID_OK);
}

/* y[b, h, t, s] + `more`, or with heads behind the rows */
static void check_scores(const onnx_model *m, int output, int is_back, double more) {
    const float *y = m->outputs[output].data;
    for (int b = 0; b < B; b++)
        for (int h = 0; h < H; h++)
            for (int t = 0; t < T; t++)
                for (int s = 0; s < S; s++) {
                    int at = is_back ? ((b * T + t) * H + h) * S + s : ((b * H + h) * T + t) * S + s;
                    CHECK(fabs((double)y[at] - score(b, h, t, s) - more) < 1e-5); /* 8 products of at most 0.6 */
                }
}

static void scores(void) {
    onnx_model m;
    begin(&m);
    turn(&m, "k", "kc", columns);
    onnx_model_node(&m, "", "Mul", "quarter kc", "ks");
    onnx_model_node(&m, "", "MatMul", "qs ks", "y");
    onnx_model_output(&m, "y");
    run(&m);
    check_scores(&m, 0, 0, 0);
    onnx_model_end(&m);
}

/* Two turns in front, one behind, and an addition behind that. */
static void scores_turned_back(void) {
    onnx_model m;
    begin(&m);
    turn(&m, "k", "kh", heads);
    onnx_model_node(&m, "", "Mul", "kh quarter", "ks");
    turn(&m, "ks", "kc", swapped);
    onnx_model_node(&m, "", "MatMul", "qs kc", "p");
    turn(&m, "p", "pb", heads);
    onnx_model_node(&m, "", "Add", "pb two", "y");
    onnx_model_output(&m, "y");
    run(&m);
    check_scores(&m, 0, 1, 2);
    onnx_model_end(&m);
}

/* What others need stays: the turned k and the product are outputs, too. */
static void scores_that_others_need(void) {
    onnx_model m;
    begin(&m);
    turn(&m, "k", "kc", columns);
    onnx_model_node(&m, "", "Mul", "quarter kc", "ks");
    onnx_model_node(&m, "", "MatMul", "qs ks", "p");
    turn(&m, "p", "y", heads);
    onnx_model_output(&m, "y");
    onnx_model_output(&m, "p");
    onnx_model_output(&m, "kc");
    run(&m);
    check_scores(&m, 0, 1, 0);
    check_scores(&m, 1, 0, 0);
    const float *kc = m.outputs[2].data;
    for (int i = 0; i < B * H * D * S; i++) {
        int s = i % S, d = i / S % D, h = i / S / D % H, b = i / S / D / H;
        CHECK(kc[i] == k[((b * S + s) * H + h) * D + d]);
    }
    onnx_model_end(&m);
}

/* No dimension of the left factor's rows lies side by side: it is turned by a step. */
static void weighted_values(void) {
    onnx_model m;
    begin(&m);
    turn(&m, "k", "kh", heads);
    turn(&m, "v", "vc", columns);
    turn(&m, "qs", "qc", swapped);
    onnx_model_node(&m, "", "MatMul", "kh qc", "p"); /* [B, H, S, T] */
    onnx_model_node(&m, "", "MatMul", "vc p", "y");  /* [B, H, V, T] */
    onnx_model_output(&m, "y");
    run(&m);
    const float *y = m.outputs[0].data;
    for (int i = 0; i < B * H * V * T; i++) {
        int    t = i % T, n = i / T % V, h = i / T / V % H, b = i / T / V / H;
        double sum = 0;
        for (int s = 0; s < S; s++) sum += (double)v[((b * S + s) * H + h) * V + n] * score(b, h, t, s) * 4;
        CHECK(fabs((double)y[i] - sum) < 1e-5);
    }
    onnx_model_end(&m);
}

CHECK_MAIN(RUN(scores), RUN(scores_turned_back), RUN(scores_that_others_need), RUN(weighted_values))
