/* kernel/hot_epilogue.h - programmes of element-wise steps (kernel/epilogue.h) on tiles: one pass of vectors for each step
 * over a block that stays in the first-level cache.
 *
 *     xb_hot_epilogue(e, c, ldc, row0, col0, rows, cols);       // in place, as the last act of a matrix product
 *     xb_hot_chain(e, y, ldy, x, ldx, row0, col0, rows, cols);  // y = programme(x); the first step reads x
 *
 * A result depends on its element's value and operands alone: tails go through the same
 * operations. */
#ifndef XB_HOT_EPILOGUE_H
#define XB_HOT_EPILOGUE_H

#include "kernel/hot_math.h"
#include "kernel/isa.h"

enum {
    XB_EP_BLOCK = 512, /* floats: 2 KB, and as much again of a FULL operand */
    XB_EP_TAILS = 16   /* rows whose tails are brought together */
};

/* out = f(in), row by row; they may be the same memory. */
typedef struct xb_ep_tile {
    float       *out;
    const float *in;
    int64_t      ld_out, ld_in, rows, cols;
} xb_ep_tile;

/* EXPR of x (and y, set by Y from the column i) for each vector. Only whole vectors: what is left of the rows is computed in a
 * buffer where the tails of several rows stand side by side, each in a vector of its own. */
#define XB_EP_VECTORS(Y, EXPR)                          \
    for (int64_t i = 0; i < t->cols; i += XB_VW) {      \
        xb_vf x = xb_vf_load(t->in + r * t->ld_in + i); \
        Y;                                              \
        xb_vf_store(t->out + r * t->ld_out + i, EXPR);  \
    }

/* ---- steps with an operand ---- */

/* Where y comes from for a tile: a line of numbers for each row, `step` apart; or, without a line, one number for each row,
 * at[next], `step` apart and beginning again at `period`. */
typedef struct xb_ep_operand {
    const float *line, *at;
    int64_t      step, next, period;
} xb_ep_operand;

static xb_ep_operand xb_ep_find(const xb_ep_step *s, int64_t row, int64_t col) {
    xb_ep_operand o = { NULL, &s->a, 0, 0, 1 };
    if (s->from == XB_EP_COL) {
        o.line = s->data + col;
    } else if (s->from == XB_EP_FULL) {
        o.line = s->data + row * s->stride + col;
        o.step = s->stride;
    } else if (s->from == XB_EP_ROW) {
        o.at = s->data;
        o.step = 1;
        o.period = s->stride > 0 ? s->stride : INT64_MAX;
        o.next = row % o.period;
    }
    return o;
}

XB_INLINE float xb_ep_next(xb_ep_operand *o) {
    float y = o->at[o->next];
    if ((o->next += o->step) == o->period) o->next = 0;
    return y;
}

#define XB_EP_BINARY(EXPR)                                      \
    for (int64_t r = 0; r < t->rows; r++) {                     \
        if (o.line) {                                           \
            const float *line = o.line + r * o.step;            \
            XB_EP_VECTORS(xb_vf y = xb_vf_load(line + i), EXPR) \
        } else {                                                \
            xb_vf y = xb_vf_set(xb_ep_next(&o));                \
            XB_EP_VECTORS(, EXPR)                               \
        }                                                       \
    }                                                           \
    break

static void xb_ep_binary_vectors(int32_t op, float step_b, const xb_ep_tile *t, xb_ep_operand o) {
    xb_vf b = xb_vf_set(step_b), zero = xb_vf_zero();
    switch (op) {
    case XB_EP_ADD: XB_EP_BINARY(xb_vf_add(x, y));
    case XB_EP_SUB: XB_EP_BINARY(xb_vf_sub(x, y));
    case XB_EP_RSUB: XB_EP_BINARY(xb_vf_sub(y, x));
    case XB_EP_MUL: XB_EP_BINARY(xb_vf_mul(x, y));
    case XB_EP_DIV: XB_EP_BINARY(xb_vf_div(x, y));
    case XB_EP_RDIV: XB_EP_BINARY(xb_vf_div(y, x));
    case XB_EP_MIN: XB_EP_BINARY(xb_vf_min_nan(x, y));
    case XB_EP_MAX: XB_EP_BINARY(xb_vf_max_nan(x, y));
    case XB_EP_PRELU: XB_EP_BINARY(xb_vf_select(xb_vf_lt(x, zero), xb_vf_mul(x, y), x));
    case XB_EP_POW: XB_EP_BINARY(xb_vf_pow(x, y));
    case XB_EP_FMOD: XB_EP_BINARY(xb_vf_fmod(x, y));
    case XB_EP_SNAKE: XB_EP_BINARY(xb_vf_snake(x, y, b));
    default: break;
    }
}

static void xb_ep_with_operand(int32_t op, float step_b, const xb_ep_tile *t, xb_ep_operand o) {
    float   x[XB_EP_TAILS * XB_VW], y[XB_EP_TAILS * XB_VW];
    int64_t whole = t->cols / XB_VW * XB_VW, left = t->cols - whole;
    if (whole > 0) xb_ep_binary_vectors(op, step_b, &(xb_ep_tile){ t->out, t->in, t->ld_out, t->ld_in, t->rows, whole }, o);
    for (int64_t row = 0; row < t->rows && left > 0; row += XB_EP_TAILS) {
        int64_t rows = t->rows - row < XB_EP_TAILS ? t->rows - row : XB_EP_TAILS;
        for (int64_t r = 0; r < rows; r++) {
            xb_vf_store(x + r * XB_VW, xb_vf_load_n(t->in + (row + r) * t->ld_in + whole, left));
            xb_vf_store(y + r * XB_VW,
                        o.line ? xb_vf_load_n(o.line + (row + r) * o.step + whole, left) : xb_vf_set(xb_ep_next(&o)));
        }
        xb_ep_binary_vectors(op, step_b, &(xb_ep_tile){ x, x, 0, 0, 1, rows * XB_VW }, (xb_ep_operand){ .line = y });
        for (int64_t r = 0; r < rows; r++)
            xb_vf_store_n(t->out + (row + r) * t->ld_out + whole, xb_vf_load(x + r * XB_VW), left);
    }
}

/* ---- steps of x alone ---- */

#define XB_EP_UNARY(EXPR)                                       \
    for (int64_t r = 0; r < t->rows; r++) XB_EP_VECTORS(, EXPR) \
    break

/* The order of the operands of min and max keeps NaN (kernel/vec.h). */
static void xb_ep_unary_vectors(const xb_ep_step *s, const xb_ep_tile *t) {
    xb_vf a = xb_vf_set(s->a), b = xb_vf_set(s->b), zero = xb_vf_zero(), one = xb_vf_set(1.0f);
    switch (s->op) {
    case XB_EP_RELU: XB_EP_UNARY(xb_vf_max(zero, x));
    case XB_EP_LEAKY_RELU: XB_EP_UNARY(xb_vf_select(xb_vf_lt(x, zero), xb_vf_mul(a, x), x));
    case XB_EP_CLIP: XB_EP_UNARY(xb_vf_min(b, xb_vf_max(a, x)));
    case XB_EP_HARD_SIGMOID: XB_EP_UNARY(xb_vf_max(zero, xb_vf_min(one, xb_vf_fma(a, x, b))));
    case XB_EP_HARD_SWISH: XB_EP_UNARY(xb_vf_hard_swish(x));
    case XB_EP_LINEAR: XB_EP_UNARY(xb_vf_fma(a, x, b));
    case XB_EP_SIGMOID: XB_EP_UNARY(xb_vf_sigmoid(x));
    case XB_EP_TANH: XB_EP_UNARY(xb_vf_tanh(x));
    case XB_EP_SILU: XB_EP_UNARY(xb_vf_mul(x, xb_vf_sigmoid(xb_vf_mul(a, x))));
    case XB_EP_GELU: XB_EP_UNARY(xb_vf_gelu(x));
    case XB_EP_GELU_TANH: XB_EP_UNARY(xb_vf_gelu_tanh(x));
    case XB_EP_ELU: XB_EP_UNARY(xb_vf_elu(x, a));
    case XB_EP_SELU: XB_EP_UNARY(xb_vf_mul(b, xb_vf_elu(x, a)));
    case XB_EP_SOFTPLUS: XB_EP_UNARY(xb_vf_softplus(x));
    case XB_EP_MISH: XB_EP_UNARY(xb_vf_mish(x));
    case XB_EP_ERF: XB_EP_UNARY(xb_vf_erf(x));
    case XB_EP_EXP: XB_EP_UNARY(xb_vf_exp(x));
    case XB_EP_LOG: XB_EP_UNARY(xb_vf_log(x));
    case XB_EP_SIN: XB_EP_UNARY(xb_vf_sin(x));
    case XB_EP_COS: XB_EP_UNARY(xb_vf_cos(x));
    case XB_EP_SQRT: XB_EP_UNARY(xb_vf_sqrt(x));
    case XB_EP_RSQRT: XB_EP_UNARY(xb_vf_div(one, xb_vf_sqrt(x)));
    case XB_EP_RECIPROCAL: XB_EP_UNARY(xb_vf_div(one, x));
    case XB_EP_ABS: XB_EP_UNARY(xb_vf_abs(x));
    case XB_EP_NEG: XB_EP_UNARY(xb_vf_neg(x));
    case XB_EP_SQUARE: XB_EP_UNARY(xb_vf_mul(x, x));
    case XB_EP_FLOOR: XB_EP_UNARY(xb_vf_floor(x));
    case XB_EP_CEIL: XB_EP_UNARY(xb_vf_ceil(x));
    case XB_EP_ROUND: XB_EP_UNARY(xb_vf_round(x));
    case XB_EP_SIGN: XB_EP_UNARY(xb_vf_select(xb_vf_gt(x, zero), one, xb_vf_select(xb_vf_lt(x, zero), xb_vf_neg(one), x)));
    case XB_EP_SOFTSIGN: XB_EP_UNARY(xb_vf_div(x, xb_vf_add(one, xb_vf_abs(x))));
    case XB_EP_THRESHOLDED_RELU: XB_EP_UNARY(xb_vf_select(xb_vf_gt(x, a), x, zero));
    default: break;
    }
}

static void xb_ep_alone(const xb_ep_step *s, const xb_ep_tile *t) {
    float   x[XB_EP_TAILS * XB_VW];
    int64_t whole = t->cols / XB_VW * XB_VW, left = t->cols - whole;
    if (whole > 0) xb_ep_unary_vectors(s, &(xb_ep_tile){ t->out, t->in, t->ld_out, t->ld_in, t->rows, whole });
    for (int64_t row = 0; row < t->rows && left > 0; row += XB_EP_TAILS) {
        int64_t rows = t->rows - row < XB_EP_TAILS ? t->rows - row : XB_EP_TAILS;
        for (int64_t r = 0; r < rows; r++) xb_vf_store(x + r * XB_VW, xb_vf_load_n(t->in + (row + r) * t->ld_in + whole, left));
        xb_ep_unary_vectors(s, &(xb_ep_tile){ x, x, 0, 0, 1, rows * XB_VW });
        for (int64_t r = 0; r < rows; r++)
            xb_vf_store_n(t->out + (row + r) * t->ld_out + whole, xb_vf_load(x + r * XB_VW), left);
    }
}

/* ---- programmes ---- */

/* Dense rows are one line, where the operand allows it. */
static void xb_ep_apply(const xb_ep_step *s, xb_ep_tile t, int64_t row, int64_t col) {
    int with_operand = s->op < XB_EP_RELU;
    int is_line = t.ld_in == t.cols && t.ld_out == t.cols;
    if (with_operand) is_line &= s->from == XB_EP_IMM || (s->from == XB_EP_FULL && s->stride == t.cols);
    if (is_line) t.cols *= t.rows, t.rows = 1;
    if (with_operand) xb_ep_with_operand(s->op, s->b, &t, xb_ep_find(s, row, col));
    else xb_ep_alone(s, &t);
}

static void xb_hot_chain(const xb_epilogue *e, float *out, int64_t ld_out, const float *in, int64_t ld_in, int64_t row0,
                         int64_t col0, int64_t rows, int64_t cols) {
    if (e->count == 0 && out != in)
        for (int64_t r = 0; r < rows; r++) memcpy(out + r * ld_out, in + r * ld_in, (size_t)cols * sizeof *out);
    int64_t width = cols < XB_EP_BLOCK || e->count == 1 ? cols : XB_EP_BLOCK;
    int64_t height = e->count == 1 || width == 0 ? rows : width < XB_EP_BLOCK ? XB_EP_BLOCK / width : 1;
    for (int64_t r = 0; r < rows && e->count > 0; r += height) {
        for (int64_t c = 0; c < cols; c += width) {
            xb_ep_tile t = { out + r * ld_out + c, in + r * ld_in + c, ld_out, ld_in, rows - r, cols - c };
            if (t.rows > height) t.rows = height;
            if (t.cols > width) t.cols = width;
            for (int32_t i = 0; i < e->count; i++) {
                xb_ep_apply(&e->steps[i], t, row0 + r, col0 + c);
                t.in = t.out;
                t.ld_in = t.ld_out;
            }
        }
    }
}

static void xb_hot_epilogue(const xb_epilogue *e, float *c, int64_t ldc, int64_t row0, int64_t col0, int64_t rows,
                            int64_t cols) {
    xb_hot_chain(e, c, ldc, c, ldc, row0, col0, rows, cols);
}

#endif
