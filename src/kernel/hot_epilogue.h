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

#include "base/checked.h"
#include "kernel/elementwise.h"
#include "kernel/hot_math.h"
#include "kernel/isa.h"

enum {
    XB_EP_BLOCK = 512, /* floats: 2 KB, and as much again of a FULL operand */
    XB_EP_TAILS = 16   /* rows whose tails are brought together */
};

/* One step on one tile: out = op(in, y), row by row; out may be in. y is a line of numbers for each row, `step` apart; or,
 * without a line, one number for each row, at[next], `step` apart and beginning again at `period`. Passed by its address: a
 * copy of what was just written would wait for the stores. */
typedef struct xb_ep_job {
    int32_t      op;
    float        a, b;
    float       *out;
    const float *in;
    int64_t      ld_out, ld_in, rows, cols;
    const float *line, *at;
    int64_t      step, next, period;
} xb_ep_job;

/* For every row: BEFORE, then EXPR of x (and y, set by Y from the column i) for each vector; cols is a multiple of XB_VW. The
 * job is read once, because stores might be to it, for all that the compiler knows. */
#define XB_EP_VECTORS(BEFORE, Y, EXPR)                                                     \
    {                                                                                      \
        const float *in = j->in;                                                           \
        float       *out = j->out;                                                         \
        int64_t      ld_in = j->ld_in, ld_out = j->ld_out, cols = j->cols, rows = j->rows; \
        for (; rows > 0; rows--, in += ld_in, out += ld_out) {                             \
            BEFORE;                                                                        \
            for (int64_t i = 0; i < cols; i += XB_VW) {                                    \
                xb_vf x = xb_vf_load(in + i);                                              \
                Y;                                                                         \
                xb_vf_store(out + i, EXPR);                                                \
            }                                                                              \
        }                                                                                  \
    }
#define XB_EP_UNARY(EXPR)   \
    XB_EP_VECTORS(, , EXPR) \
    break
#define XB_EP_BINARY(EXPR)                                                                            \
    if (line) XB_EP_VECTORS(const float *at = line; line += step, xb_vf y = xb_vf_load(at + i), EXPR) \
    else XB_EP_VECTORS(xb_vf y = xb_vf_set(xb_ep_next(j)), , EXPR)                                    \
    break

/* The same for steps that cost more than to ask where y is: their text stands there once. */
#define XB_EP_START                                  \
    const float *at = same;                          \
    if (along) {                                     \
        at = line;                                   \
        line += step;                                \
    } else {                                         \
        xb_vf_store(same, xb_vf_set(xb_ep_next(j))); \
    }
#define XB_EP_COSTLY(EXPR)                                                       \
    {                                                                            \
        float   same[XB_VW];                                                     \
        int64_t along = line ? -1 : 0;                                           \
        XB_EP_VECTORS(XB_EP_START, xb_vf y = xb_vf_load(at + (i & along)), EXPR) \
    }                                                                            \
    break

XB_INLINE float xb_ep_next(xb_ep_job *j) {
    float y = j->at[j->next];
    if ((j->next += j->step) == j->period) j->next = 0;
    return y;
}

/* Whole vectors. The order of the operands of min and max keeps NaN (kernel/vec.h). */
XB_PLAIN static void xb_ep_vectors(xb_ep_job *j) {
    xb_vf        a = xb_vf_set(j->a), b = xb_vf_set(j->b), zero = xb_vf_zero(), one = xb_vf_set(1.0f);
    const float *line = j->line;
    int64_t      step = j->step;
    switch (j->op) {
    case XB_EP_ADD: XB_EP_BINARY(xb_vf_add(x, y));
    case XB_EP_SUB: XB_EP_BINARY(xb_vf_sub(x, y));
    case XB_EP_MUL: XB_EP_BINARY(xb_vf_mul(x, y));
    case XB_EP_PRELU: XB_EP_BINARY(xb_vf_select(xb_vf_lt(x, zero), xb_vf_mul(x, y), x));
    case XB_EP_SNAKE: XB_EP_COSTLY(xb_vf_snake(x, y, b));
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
    case XB_EP_MISH: XB_EP_UNARY(xb_vf_mish(x));
    case XB_EP_ERF: XB_EP_UNARY(xb_vf_erf(x));
    case XB_EP_EXP: XB_EP_UNARY(xb_vf_exp(x));
    case XB_EP_LOG: XB_EP_UNARY(xb_vf_log(x));
    case XB_EP_SIN: XB_EP_UNARY(xb_vf_sin(x));
    case XB_EP_COS: XB_EP_UNARY(xb_vf_cos(x));
#if defined(XB_VEC_AVX512) /* wider vectors gain nothing in the others, or these are rare */
    default: xb_isa_table_avx2.steps(j);
#else
    case XB_EP_RSUB: XB_EP_BINARY(xb_vf_sub(y, x));
    case XB_EP_DIV: XB_EP_BINARY(xb_vf_div(x, y));
    case XB_EP_RDIV: XB_EP_BINARY(xb_vf_div(y, x));
    case XB_EP_MIN: XB_EP_BINARY(xb_vf_min_nan(x, y));
    case XB_EP_MAX: XB_EP_BINARY(xb_vf_max_nan(x, y));
    case XB_EP_POW: XB_EP_COSTLY(xb_vf_pow(x, y));
    case XB_EP_FMOD: XB_EP_COSTLY(xb_vf_fmod(x, y));
    case XB_EP_ELU: b = one; /* fallthrough */
    case XB_EP_SELU: XB_EP_UNARY(xb_vf_mul(b, xb_vf_elu(x, a)));
    case XB_EP_SOFTPLUS: XB_EP_UNARY(xb_vf_softplus(x));
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
#endif
    }
}

/* The last `left` columns, fewer than a vector: of several rows at a time, side by side, each in a vector of its own. Changes
 * the job. */
XB_PLAIN XB_OUTLINE void xb_ep_tails(xb_ep_job *j, int64_t left) {
    float        x[XB_EP_TAILS * XB_VW], y[XB_EP_TAILS * XB_VW];
    const float *in = j->in + j->cols, *line = j->line ? j->line + j->cols : NULL;
    float       *out = j->out + j->cols;
    int64_t      rows = j->rows, ld_in = j->ld_in, ld_out = j->ld_out;
    for (int64_t at = 0, some; at < rows; at += some) {
        some = rows - at < XB_EP_TAILS ? rows - at : XB_EP_TAILS;
        for (int64_t r = 0; r < some; r++) {
            xb_vf_store(x + r * XB_VW, xb_vf_load_n(in + (at + r) * ld_in, left));
            if (j->op >= XB_EP_RELU) continue;
            xb_vf_store(y + r * XB_VW, line ? xb_vf_load_n(line + (at + r) * j->step, left) : xb_vf_set(xb_ep_next(j)));
        }
        j->in = j->out = x, j->line = y, j->rows = 1, j->cols = some * XB_VW;
        xb_ep_vectors(j);
        for (int64_t r = 0; r < some; r++) xb_vf_store_n(out + (at + r) * ld_out, xb_vf_load(x + r * XB_VW), left);
    }
}

static void xb_ep_run(xb_ep_job *j) {
    int64_t left = j->cols % XB_VW, next = j->next;
    j->cols -= left;
    if (j->cols > 0) xb_ep_vectors(j);
    j->next = next;
    if (left > 0) xb_ep_tails(j, left);
}

/* ---- programmes ---- */

/* The operand of a step on a tile that begins at (row, col); dense rows are one line, where the operand allows it. */
static void xb_ep_prepare(xb_ep_job *j, const xb_ep_step *s, int64_t row, int64_t col) {
    int is_line = j->ld_in == j->cols && j->ld_out == j->cols;
    j->op = s->op, j->a = s->a, j->b = s->b;
    j->line = NULL, j->at = &s->a, j->step = 0, j->next = 0, j->period = 1;
    if (s->op >= XB_EP_RELU || s->from == XB_EP_IMM) {
        /* x alone, or the number where `at` is */
    } else if (s->from == XB_EP_COL) {
        j->line = s->data + col;
        is_line = 0;
    } else if (s->from == XB_EP_FULL) {
        j->line = s->data + row * s->stride + col;
        j->step = s->stride;
        is_line &= s->stride == j->cols;
    } else {
        j->at = s->data;
        j->step = 1;
        j->period = s->stride > 0 ? s->stride : INT64_MAX;
        j->next = s->stride > 0 ? row % s->stride : row;
        is_line = 0;
    }
    if (is_line) j->cols *= j->rows, j->rows = 1;
}

/* Asks for `count` floats of in, and of the FULL operands, that follow (row, col): the passes over a block are too short for
 * the processor to see by itself where they go. */
static void xb_ep_ask_for(const xb_epilogue *e, const float *in, int64_t row, int64_t col, int64_t count) {
    for (int64_t i = 0; i < count; i += 16) XB_PREFETCH(in + i);
    for (int32_t k = 0; k < e->count; k++) {
        const xb_ep_step *s = &e->steps[k];
        if (s->op >= XB_EP_RELU || s->from != XB_EP_FULL) continue;
        for (int64_t i = 0; i < count; i += 16) XB_PREFETCH(s->data + row * s->stride + col + i);
    }
}

XB_PLAIN static void xb_hot_chain(const xb_epilogue *e, float *out, int64_t ld_out, const float *in, int64_t ld_in,
                                  int64_t row0, int64_t col0, int64_t rows, int64_t cols) {
    int64_t width = cols, height = rows;
    if (e->count == 0 && out != in)
        for (int64_t r = 0; r < rows; r++) memcpy(out + r * ld_out, in + r * ld_in, (size_t)cols * sizeof *out);
    if (e->count > 1 && (cols > XB_EP_BLOCK || rows > XB_EP_BLOCK || rows * cols > XB_EP_BLOCK)) {
        width = xb_min64(cols, XB_EP_BLOCK);
        height = XB_EP_BLOCK / xb_max64(width, 1);
    }
    for (int64_t r = 0; r < rows && e->count > 0; r += height) {
        for (int64_t c = 0; c < cols; c += width) {
            xb_ep_job j = { .in = in + r * ld_in + c, .ld_in = ld_in };
            if (c + width < cols) xb_ep_ask_for(e, j.in + width, row0 + r, col0 + c + width, xb_min64(width, cols - c - width));
            for (int32_t i = 0; i < e->count; i++) {
                j.out = out + r * ld_out + c, j.ld_out = ld_out;
                j.rows = xb_min64(height, rows - r), j.cols = xb_min64(width, cols - c);
                xb_ep_prepare(&j, &e->steps[i], row0 + r, col0 + c);
                xb_ep_run(&j);
                j.in = out + r * ld_out + c, j.ld_in = ld_out;
            }
        }
    }
}

static void xb_hot_epilogue(const xb_epilogue *e, float *c, int64_t ldc, int64_t row0, int64_t col0, int64_t rows,
                            int64_t cols) {
    xb_hot_chain(e, c, ldc, c, ldc, row0, col0, rows, cols);
}

XB_PLAIN static void xb_hot_chain_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_chain_args *k = pointer;
    xb_grid              g = xb_chain_grid(k);
    xb_part              p = xb_grid_part(&g, k->rows, k->cols, chunk);
    (void)scratch;
    xb_hot_chain(&k->e, k->out + p.row * k->ld_out + p.col, k->ld_out, k->in + p.row * k->ld_in + p.col, k->ld_in, p.row, p.col,
                 p.rows, p.cols);
}

#endif
