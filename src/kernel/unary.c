/* kernel/unary.c - see unary.h. */
#include "kernel/unary.h"

#include <math.h>
#include <string.h>

enum { CHEAP_CHUNK = 16384, COSTLY_CHUNK = 2048 };

/* ---- float64 ---- */

#define EACH(expression)              \
    for (int64_t i = 0; i < n; i++) { \
        double v = x[i];              \
        x[i] = (expression);          \
    }                                 \
    break

static double         expm1_below(double v, double a) { return v < 0 ? a * expm1(v) : v; }
XB_RARE static double sigmoid(double v) { return v < 0 ? exp(v) / (1 + exp(v)) : 1 / (1 + exp(-v)); }
XB_RARE static double softplus(double v) { return v > 0 ? v + log1p(exp(-v)) : log1p(exp(v)); }
static double         clip(double v, double low, double high) {
    double raised = v < low ? low : v;
    return high < raised ? high : raised;
}
static double hard_sigmoid(double v, double a, double b) { return clip(a * v + b, 0, 1); }
static double gelu_tanh(double v) {
    return v / 2 * (1 + tanh(0.79788456080286535588 * (v + 0.044715 * v * v * v)));
} /* sqrt(2 / pi) */

/* Activations, of xb_ep_op. */
XB_RARE static void activate(int32_t op, double *x, int64_t n, double a, double b) {
    switch (op) {
    case XB_EP_RELU: EACH(v < 0 ? 0 : v);
    case XB_EP_LEAKY_RELU: EACH(v < 0 ? a * v : v);
    case XB_EP_CLIP: EACH(clip(v, a, b));
    case XB_EP_HARD_SIGMOID: EACH(hard_sigmoid(v, a, b));
    case XB_EP_HARD_SWISH: EACH(v * hard_sigmoid(v, 1.0 / 6, 0.5));
    case XB_EP_SIGMOID: EACH(sigmoid(v));
    case XB_EP_SILU: EACH(v * sigmoid(a * v));
    case XB_EP_GELU: EACH(v / 2 * (1 + erf(v * 0.70710678118654752440))); /* 1 / sqrt 2 */
    case XB_EP_GELU_TANH: EACH(gelu_tanh(v));
    case XB_EP_ELU: EACH(expm1_below(v, a));
    case XB_EP_SELU: EACH(b * expm1_below(v, a));
    case XB_EP_SOFTPLUS: EACH(softplus(v));
    case XB_EP_MISH: EACH(v * tanh(softplus(v)));
    case XB_EP_LINEAR: EACH(a * v + b);
    case XB_EP_SOFTSIGN: EACH(v / (1 + fabs(v)));
    case XB_EP_THRESHOLDED_RELU: EACH(v > a ? v : 0);
    case XB_UN_CELU: EACH(v < 0 ? a * expm1(v / a) : v);
    case XB_UN_SHRINK: EACH(v < -a ? v + b : v > a ? v - b : 0);
    default: break;
    }
}

XB_RARE static void compute(int32_t op, double *x, int64_t n, double a, double b) {
    switch (op) {
    case XB_EP_TANH: EACH(tanh(v));
    case XB_EP_ERF: EACH(erf(v));
    case XB_EP_EXP: EACH(exp(v));
    case XB_EP_LOG: EACH(log(v));
    case XB_EP_SQRT: EACH(sqrt(v));
    case XB_EP_RSQRT: EACH(1 / sqrt(v));
    case XB_EP_RECIPROCAL: EACH(1 / v);
    case XB_EP_ABS: EACH(fabs(v));
    case XB_EP_NEG: EACH(-v);
    case XB_EP_SQUARE: EACH(v * v);
    case XB_EP_SIN: EACH(sin(v));
    case XB_EP_COS: EACH(cos(v));
    case XB_EP_FLOOR: EACH(floor(v));
    case XB_EP_CEIL: EACH(ceil(v));
    case XB_EP_ROUND: EACH(rint(v));
    case XB_EP_SIGN: EACH(v > 0 ? 1 : v < 0 ? -1 : v);
    case XB_UN_TAN: EACH(tan(v));
    case XB_UN_ASIN: EACH(asin(v));
    case XB_UN_ACOS: EACH(acos(v));
    case XB_UN_ATAN: EACH(atan(v));
    case XB_UN_SINH: EACH(sinh(v));
    case XB_UN_COSH: EACH(cosh(v));
    case XB_UN_ASINH: EACH(asinh(v));
    case XB_UN_ACOSH: EACH(acosh(v));
    case XB_UN_ATANH: EACH(atanh(v));
    case XB_UN_IS_NAN: EACH(isnan(v) != 0);
    case XB_UN_IS_INF: EACH((a != 0 && v == -INFINITY) || (b != 0 && v == INFINITY));
    case XB_UN_NOT: EACH(v == 0);
    default: activate(op, x, n, a, b);
    }
}
#undef EACH

/* ---- integers: in uint64, whose wrapping is defined; is_signed: they are int64 ---- */

#define EACH(expression)                              \
    for (int64_t i = 0; i < n; i++) {                 \
        uint64_t v = x[i];                            \
        int      below = is_signed && (int64_t)v < 0; \
        (void)below;                                  \
        x[i] = (expression);                          \
    }                                                 \
    break

/* As float64, where the operator has attributes that are floats: exact up to 2^53. */
XB_RARE static void compute_as_doubles(int32_t op, uint64_t *x, int64_t n, int is_signed, double a, double b) {
    for (int64_t i = 0; i < n; i++) {
        double v = is_signed ? (double)(int64_t)x[i] : (double)x[i];
        compute(op, &v, 1, a, b);
        if (is_signed) x[i] = (uint64_t)(v >= 0x1p63 ? INT64_MAX : v <= -0x1p63 ? INT64_MIN : (int64_t)v);
        else x[i] = v >= 0x1p64 ? UINT64_MAX : v > 0 ? (uint64_t)v : 0;
    }
}

static void compute_integers(int32_t op, uint64_t *x, int64_t n, int is_signed, double a, double b) {
    switch (op) {
    case XB_EP_ABS: EACH(below ? 0 - v : v);
    case XB_EP_NEG: EACH(0 - v);
    case XB_EP_SIGN: EACH(below ? UINT64_MAX : v != 0);
    case XB_EP_RELU: EACH(below ? 0 : v);
    case XB_EP_SQUARE: EACH(v * v);
    case XB_UN_NOT: EACH(v == 0);
    case XB_UN_BIT_NOT: EACH(~v);
    case XB_UN_SHRINK: compute_as_doubles(op, x, n, is_signed, a, b); break;
    default: break; /* XB_UN_CAST; a number is not NaN */
    }
}
#undef EACH

/* ---- any class ---- */

/* Those whose rounding in float32 differs from the exact result's by no more than a unit, which the hot kernels have. */
static int is_hot(int32_t op) { return op < XB_EP_OP_COUNT; }

void xb_unary_block(const xb_isa *isa, int32_t op, xb_class c, void *numbers, int64_t n, float a, float b) {
    if (op == XB_UN_CAST) return;
    if (c == XB_CLASS_F64) {
        compute(op, numbers, n, a, b);
    } else if (c != XB_CLASS_F32) {
        compute_integers(op, numbers, n, c == XB_CLASS_I64, a, b);
    } else if (is_hot(op)) {
        xb_epilogue e = { 1, { { .op = (uint8_t)op, .a = a, .b = b } } };
        isa->epilogue(&e, numbers, n, 0, 0, 1, n);
    } else if (op == XB_UN_IS_NAN) {
        float *f = numbers;
        for (int64_t i = 0; i < n; i++) f[i] = (float)(isnan(f[i]) != 0);
    } else {
        float *f = numbers;
        for (int64_t i = 0; i < n; i++) {
            double v = (double)f[i];
            compute(op, &v, 1, a, b);
            f[i] = (float)v;
        }
    }
}

/* Floats only, or integers only, or both. */
XB_RARE int xb_unary_has(int32_t op, int32_t src_dtype) {
    xb_class c = xb_class_of(src_dtype);
    int      is_float = c == XB_CLASS_F32 || c == XB_CLASS_F64;
    switch (op) {
    case XB_EP_ABS:
    case XB_EP_NEG:
    case XB_EP_SIGN:
    case XB_EP_RELU:
    case XB_EP_SQUARE:
    case XB_UN_SHRINK:
    case XB_UN_CAST: return c != XB_CLASS_NONE;
    case XB_UN_NOT: return src_dtype == XYBRID_BOOL;
    case XB_UN_BIT_NOT: return c != XB_CLASS_NONE && !is_float && src_dtype != XYBRID_BOOL;
    default: return is_float;
    }
}

static void run_blocks(const void *args, int32_t chunk, void *scratch) {
    const xb_unary_args *a = args;
    int64_t              at = chunk * a->per, end = at + a->per < a->count ? at + a->per : a->count;
    int32_t              from_bytes = xb_bytes_of(a->src_dtype), to_bytes = xb_bytes_of(a->dst_dtype);
    (void)scratch;
    for (; at < end; at += XB_BLOCK) {
        int64_t     n = end - at < XB_BLOCK ? end - at : XB_BLOCK;
        xb_block    room;
        const void *x = xb_block_load(a->isa, &room, (xb_class)a->c, (const char *)a->x + at * from_bytes, a->src_dtype, n);
        if (a->op != XB_UN_CAST) {
            if (x != (void *)&room) memcpy(&room, x, (size_t)n * (a->c == XB_CLASS_F32 ? sizeof(float) : sizeof(double)));
            xb_unary_block(a->isa, a->op, (xb_class)a->c, &room, n, a->a, a->b);
            x = &room;
        }
        xb_block_store(a->isa, (char *)a->y + at * to_bytes, a->dst_dtype, x, (xb_class)a->c, n, &a->rule);
    }
}

static void run_truths(const void *args, int32_t chunk, void *scratch) { /* Not, on bytes */
    const xb_unary_args *a = args;
    int64_t              at = chunk * a->per, end = at + a->per < a->count ? at + a->per : a->count;
    const uint8_t       *x = a->x;
    uint8_t             *y = a->y;
    (void)scratch;
    for (; at < end; at++) y[at] = !x[at];
}

XB_RARE xb_work xb_unary_work(const xb_isa *isa, xb_unary_args *a) {
    a->isa = isa;
    a->c = (int32_t)xb_class_of(a->src_dtype);
    a->per = a->c == XB_CLASS_F64 || (a->c == XB_CLASS_F32 && !is_hot(a->op) && a->op < XB_UN_SHRINK) ? COSTLY_CHUNK
                                                                                                      : CHEAP_CHUNK;
    xb_work work = { .run = run_blocks, .chunks = (int32_t)((a->count + a->per - 1) / a->per) };
    if (a->op == XB_UN_NOT && a->src_dtype == XYBRID_BOOL) work.run = run_truths;
    return work;
}
