/* Weights in fewer bytes, which products and Gather read as the file has them (engine/native/rewrite_stored.c): the right
 * numbers in each form, and no float32 copy of the weight where the rewrite knows the form. */
#include <math.h>

#include "onnx_model.h"
#include "tensor/tensor.h"

enum { K = 96, N = 300, COUNT = K * N, MOST_ROWS = 20, WEIGHT_BYTES = COUNT * 4 };

typedef struct form {
    int32_t     dtype;
    const char *make;   /* nodes from W to V: C Cast, T Transpose, M Mul, m Mul the other way round, D DequantizeLinear */
    int32_t     turned; /* W is [N, K]; V is [K, N] by one T, or transB */
    int32_t     scale;  /* of what it has elements: 0 none, 1 one, K, N */
    int32_t     has_zero, is_gemm, is_kept; /* is_gemm 2: with transB; is_kept: the rewrite leaves it alone */
} form;

static const form products[] = {
    { XYBRID_FLOAT16, "C", 0, 0, 0, 0, 0 },  { XYBRID_BFLOAT16, "C", 0, 0, 0, 0, 0 }, { XYBRID_FLOAT16, "CT", 1, 0, 0, 0, 0 },
    { XYBRID_FLOAT16, "TC", 1, 0, 0, 0, 0 }, { XYBRID_INT8, "CM", 0, N, 0, 0, 0 },    { XYBRID_INT8, "Cm", 0, 1, 0, 0, 0 },
    { XYBRID_UINT8, "TCM", 1, N, 0, 0, 0 },  { XYBRID_INT8, "CMT", 1, N, 0, 0, 0 },   { XYBRID_UINT8, "TD", 1, 1, 1, 0, 0 },
    { XYBRID_INT8, "D", 0, N, 1, 0, 0 },     { XYBRID_INT8, "D", 0, 1, 0, 1, 0 },     { XYBRID_INT8, "TD", 1, N, 1, 1, 0 },
    { XYBRID_FLOAT16, "TC", 1, 0, 0, 1, 0 }, { XYBRID_INT8, "CM", 0, K, 0, 0, 1 },    { XYBRID_INT8, "D", 0, K, 1, 0, 1 },
    { XYBRID_FLOAT16, "CM", 0, N, 0, 0, 1 }, { XYBRID_INT8, "CM", 1, N, 0, 2, 0 },    { XYBRID_FLOAT16, "C", 1, 0, 0, 2, 0 },
};

static char    stored[2 * COUNT];
static float   scales[N], wanted_weight[COUNT]; /* as [K, N] */
static uint8_t zeros[N];

static float number_at(int32_t dtype, int64_t i) {
    float value;
    xb_convert(&value, XYBRID_FLOAT32, stored + i * xb_dtype_size(dtype), dtype, 1);
    return value;
}

/* Weights, scales, zero points, and what they mean. */
static void fill(const form *f) {
    for (int64_t i = 0; i < COUNT; i++) {
        float value = f->scale ? (float)(i * 37 % 251 - (f->dtype == XYBRID_INT8 ? 125 : 0))
                               : (float)(i * 37 % 251 - 125) / 128;
        xb_convert(stored + i * xb_dtype_size(f->dtype), f->dtype, &value, XYBRID_FLOAT32, 1);
    }
    for (int i = 0; i < N; i++) {
        scales[i] = 0.01f + 0.0001f * (float)(i % 17);
        zeros[i] = (uint8_t)(f->has_zero ? i % 5 : 0);
    }
    for (int64_t k = 0; k < K; k++)
        for (int64_t n = 0; n < N; n++) {
            int64_t at = f->scale == K ? k : f->scale == N ? n : 0;
            float   q = number_at(f->dtype, f->turned ? n * K + k : k * N + n);
            wanted_weight[k * N + n] = f->scale ? (q - (float)zeros[at]) * scales[at] : q;
        }
}

/* The nodes from W to V. The axis of the scale, 0 or 1, changes at each T. */
static void make_weight(onnx_model *m, const form *f) {
    int64_t dims[2] = { f->turned ? N : K, f->turned ? K : N }, ones[2] = { 1, 1 }, count = f->scale;
    char    from[2] = "W", to[2] = "a";
    int     is_turned = f->turned;
    onnx_model_constant(m, "W", f->dtype, 2, dims, stored, (size_t)COUNT * (size_t)xb_dtype_size(f->dtype));
    for (const char *op = f->make; *op; op++, from[0] = to[0], to[0]++) {
        int  axis = (f->scale == N) != is_turned;
        char inputs[16];
        if (!op[1]) to[0] = 'V';
        if (*op == 'M' || *op == 'm') {
            if (count > 1) ones[axis] = count;
            onnx_model_constant(m, "s", XYBRID_FLOAT32, count > 1 ? 2 : 0, ones, scales, (size_t)count * sizeof *scales);
        } else if (*op == 'D') {
            onnx_model_constant(m, "s", XYBRID_FLOAT32, count > 1, &count, scales, (size_t)count * sizeof *scales);
            onnx_model_constant(m, "z", f->dtype, count > 1, &count, zeros, (size_t)count);
        }
        snprintf(inputs, sizeof inputs,
                 *op == 'm'   ? "s %s"
                 : *op == 'M' ? "%s s"
                 : *op == 'D' ? (f->has_zero ? "%s s z" : "%s s")
                              : "%s",
                 from);
        onnx_model_node(m, "",
                        *op == 'C'   ? "Cast"
                        : *op == 'T' ? "Transpose"
                        : *op == 'D' ? "DequantizeLinear"
                                     : "Mul",
                        inputs, to);
        if (*op == 'C') onnx_model_int(m, "to", XYBRID_FLOAT32);
        if (*op == 'D') onnx_model_int(m, "axis", axis);
        is_turned ^= *op == 'T';
    }
}

static void check_product(const form *f, int64_t rows) {
    static float a[MOST_ROWS * K];
    onnx_model   m;
    fill(f);
    for (int64_t i = 0; i < rows * K; i++) a[i] = (float)(i * 29 % 101 - 50) / 64;
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "A", XYBRID_FLOAT32);
    make_weight(&m, f);
    onnx_model_node(&m, "", f->is_gemm ? "Gemm" : "MatMul", "A V", "y");
    if (f->is_gemm == 2) onnx_model_int(&m, "transB", 1);
    onnx_model_output(&m, "y");
    xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, a, 2, (int64_t[]){ rows, K });
    CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
    const float *y = m.outputs[0].data;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t n = 0; n < N; n++) {
            double sum = 0, size = 0;
            for (int64_t k = 0; k < K; k++) {
                double part = (double)a[i * K + k] * (double)wanted_weight[k * N + n];
                sum += part, size += fabs(part);
            }
            CHECK(fabs(sum - (double)y[i * N + n]) <= size * (K + 4) * 0x1p-24); /* a rounding for each product and step */
        }
    if (rows < MOST_ROWS) /* the scratch of more rows may hold all panels of a weight as small as this */
        CHECK_INT(m.mem.used_bytes - rows * N * 4 > WEIGHT_BYTES, f->is_kept);
    onnx_model_end(&m);
}

static void products_are_right(void) {
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        check_product(&products[i], 1);
        check_product(&products[i], 3);
        check_product(&products[i], MOST_ROWS);
    }
}

/* A tied embedding: rows are looked up, and the same weight is turned for a product. */
static const form lookups[] = {
    { XYBRID_FLOAT16, "C", 0, 0, 0, 0, 0 },  { XYBRID_BFLOAT16, "C", 0, 0, 0, 0, 0 }, { XYBRID_INT8, "CM", 0, K, 0, 0, 0 },
    { XYBRID_INT8, "CM", 0, N, 0, 0, 0 },    { XYBRID_UINT8, "D", 0, K, 1, 0, 0 },    { XYBRID_UINT8, "D", 0, 1, 1, 0, 0 },
    { XYBRID_FLOAT16, "TC", 1, 0, 0, 0, 0 },
};

static void lookups_are_right(void) {
    static const int64_t ids[6] = { 5, 0, K - 1, -1, 17, 5 };
    for (size_t i = 0; i < sizeof lookups / sizeof lookups[0]; i++) {
        onnx_model m;
        fill(&lookups[i]);
        onnx_model_begin(&m, 21);
        onnx_model_input(&m, "ids", XYBRID_INT64);
        make_weight(&m, &lookups[i]);
        onnx_model_node(&m, "", "Gather", "V ids", "y");
        onnx_model_output(&m, "y");
        xb_onnx_value in = onnx_tensor(XYBRID_INT64, ids, 2, (int64_t[]){ 2, 3 });
        CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
        CHECK_INT(m.outputs[0].rank, 3);
        for (int64_t r = 0; r < 6; r++)
            for (int64_t n = 0; n < N; n++)
                CHECK(((const float *)m.outputs[0].data)[r * N + n] ==
                      wanted_weight[(ids[r] < 0 ? ids[r] + K : ids[r]) * N + n]);
        CHECK_INT(m.mem.used_bytes > WEIGHT_BYTES, lookups[i].is_kept);
        int64_t wrong[6] = { 0, 0, K, 0, 0, 0 };
        in.data = wrong;
        CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_INVALID_ARGUMENT);
        onnx_model_end(&m);
    }
}

static void a_tied_weight_is_read_twice(void) {
    static const int64_t id = 7;
    onnx_model           m;
    fill(&lookups[2]);
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "id", XYBRID_INT64);
    make_weight(&m, &lookups[2]);
    onnx_model_node(&m, "", "Gather", "V id", "e");
    onnx_model_node(&m, "", "Transpose", "V", "t");
    onnx_model_node(&m, "", "MatMul", "e t", "y");
    onnx_model_output(&m, "y");
    xb_onnx_value in = onnx_tensor(XYBRID_INT64, &id, 1, (int64_t[]){ 1 });
    CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
    for (int64_t k = 0; k < K; k++) {
        double sum = 0, size = 0;
        for (int64_t n = 0; n < N; n++) {
            double part = (double)wanted_weight[id * N + n] * (double)wanted_weight[k * N + n];
            sum += part, size += fabs(part);
        }
        CHECK(fabs(sum - (double)((const float *)m.outputs[0].data)[k]) <= size * (N + 4) * 0x1p-24);
    }
    CHECK(m.mem.used_bytes < WEIGHT_BYTES);
    onnx_model_end(&m);
}

/* Weights of a convolution, [100, 96, 3], which are converted when they are packed; as one product if its input has one
 * point. */
enum { CONV_OUT = 100, CONV_TAPS = 3 };

static void check_conv(int32_t dtype, float scale, float shift) {
    static const int64_t dims[3] = { CONV_OUT, K, CONV_TAPS };
    static float         x[K * CONV_TAPS];
    const form           f = { dtype, "C", 0, dtype == XYBRID_FLOAT16 ? 0 : 1, 0, 0, 0 };
    onnx_model           m;
    fill(&f);
    for (int64_t i = 0; i < K * CONV_TAPS; i++) x[i] = (float)(i * 29 % 101 - 50) / 64;
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_constant(&m, "W", dtype, 3, dims, stored, (size_t)COUNT * (size_t)xb_dtype_size(dtype));
    onnx_model_constant(&m, "scale", XYBRID_FLOAT32, 0, NULL, &scale, sizeof scale);
    onnx_model_constant(&m, "shift", XYBRID_FLOAT32, 0, NULL, &shift, sizeof shift);
    onnx_model_node(&m, "", "Cast", "W", "c");
    onnx_model_int(&m, "to", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Mul", "scale c", "s");
    onnx_model_node(&m, "", "Add", "s shift", "V");
    onnx_model_node(&m, "", "Conv", "x V", "y");
    onnx_model_output(&m, "y");
    xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, x, 3, (int64_t[]){ 1, K, CONV_TAPS });
    CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
    for (int64_t o = 0; o < CONV_OUT; o++) {
        double sum = 0, size = 0;
        for (int64_t i = 0; i < K * CONV_TAPS; i++) {
            double w = (double)(number_at(dtype, o * K * CONV_TAPS + i) * scale + shift), part = w * (double)x[i];
            sum += part, size += fabs(part);
        }
        CHECK(fabs(sum - (double)((const float *)m.outputs[0].data)[o]) <= size * (K * CONV_TAPS + 2) * 0x1p-24);
    }
    onnx_model_end(&m);
}

static void convolutions_are_right(void) {
    check_conv(XYBRID_FLOAT16, 1, 0);
    check_conv(XYBRID_INT8, 0.02f, 0.3f);
    check_conv(XYBRID_UINT8, 0.01f, -1.27f);
    check_conv(XYBRID_INT8, 0.02f, 0);
}

CHECK_MAIN(RUN(products_are_right), RUN(lookups_are_right), RUN(a_tied_weight_is_read_twice), RUN(convolutions_are_right))
