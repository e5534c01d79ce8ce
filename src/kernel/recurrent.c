/* kernel/recurrent.c - see recurrent.h. */
#include "kernel/recurrent.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/isa.h"
#include "kernel/quantize8.h"

int32_t xb_recurrent_gates(xb_recurrent_kind kind) { return kind == XB_LSTM ? 4 : kind == XB_GRU ? 3 : 1; }

/* R's columns in blocks that are multiplied at once: GRU's last gate waits for the others unless it is linear_before_reset. */
typedef struct recurrent_shape {
    int     blocks;
    int64_t cols[2], ld[2]; /* of a block; filled up to the width of a strip */
    int64_t width;          /* of a row of gates */
    int64_t elements;       /* of a packed direction */
} recurrent_shape;

static recurrent_shape recurrent_shape_of(const xb_isa *isa, const xb_recurrent_args *a) {
    recurrent_shape s = { .blocks = 1 };
    int64_t         unit = a->is_double || a->q ? 1 : isa->gemm.strip_cols;
    s.cols[0] = xb_recurrent_gates(a->kind) * a->hidden;
    if (a->kind == XB_GRU && !a->linear_before_reset) {
        s.blocks = 2;
        s.cols[0] = 2 * a->hidden;
        s.cols[1] = a->hidden;
    }
    for (int i = 0; i < s.blocks; i++) {
        s.ld[i] = (s.cols[i] + unit - 1) / unit * unit;
        s.width += s.ld[i];
    }
    s.elements = s.width * a->hidden;
    return s;
}

/* ---- quantised ---- */

typedef struct quantised { /* a chunk's product of h and R, and the arguments around it */
    xb_quantize8_args h;
    xb_qgemm_args     g;
    xb_work           range, quantise, product;
    float             scale, *ranges;
    uint8_t           zero, *bytes;
    void             *scratch;
} quantised;

static int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

static xb_qgemm_args quantised_product(const xb_recurrent_args *a, int64_t rows, int64_t ldc) {
    int64_t n = xb_recurrent_gates(a->kind) * a->hidden;
    return (xb_qgemm_args){ .m = rows,
                            .n = n,
                            .k = a->hidden,
                            .a_row = a->hidden,
                            .a_col = 1,
                            .outer = 1,
                            .inner = 1,
                            .b = { .is_signed = a->r_signed, .packed = 1, .zero_step = a->r_zero_step },
                            .output = XB_QGEMM_F32,
                            .ldc = ldc,
                            .b_scale_step = a->r_scale_step };
}

static int64_t quantised_bytes(const xb_recurrent_args *a) {
    xb_qgemm_args g = quantised_product(a, XB_RECURRENT_ROWS, 0);
    return aligned((int64_t)sizeof(quantised)) + aligned(2 * XB_QUANTIZE8_RANGES * (int64_t)sizeof(float)) +
           aligned(XB_RECURRENT_ROWS * a->hidden) + aligned(xb_qgemm_work(a->q, &g).scratch_bytes);
}

static quantised *quantised_open(const xb_recurrent_args *a, int64_t dir, int64_t rows, const float *h, int64_t width,
                                 float *gates, char *room) {
    quantised *z = (quantised *)(void *)room;
    int64_t    n = xb_recurrent_gates(a->kind) * a->hidden;
    room += aligned((int64_t)sizeof *z);
    z->ranges = (float *)(void *)room;
    z->bytes = (uint8_t *)room + aligned(2 * XB_QUANTIZE8_RANGES * (int64_t)sizeof(float));
    z->scratch = z->bytes + aligned(XB_RECURRENT_ROWS * a->hidden);
    z->h = (xb_quantize8_args){ .x = h,
                                .rows = 1,
                                .cols = rows * a->hidden,
                                .y = z->bytes,
                                .channels = 1,
                                .mode = XB_QUANTIZE8_DYNAMIC,
                                .scale = &z->scale,
                                .zero = &z->zero,
                                .ranges = z->ranges };
    z->range = xb_quantize8_range_work(a->isa, &z->h);
    z->quantise = xb_quantize8_work(a->isa, &z->h);
    z->g = quantised_product(a, rows, width);
    z->product = xb_qgemm_work(a->q, &z->g);
    z->g.a = z->bytes;
    z->g.a_zero = &z->zero;
    z->g.a_scale = &z->scale;
    z->g.b.data = (const char *)a->r + dir * xb_qgemm_pack_bytes(a->q, n, a->hidden);
    z->g.b.zero = a->r_zero ? (const char *)a->r_zero + dir * (a->r_zero_step ? n : 1) : NULL;
    z->g.b_scale = a->r_scale + dir * (a->r_scale_step ? n : 1);
    z->g.c = gates;
    return z;
}

static void run_all(xb_work work, const void *args, void *scratch) {
    for (int32_t i = 0; i < work.chunks; i++) work.run(args, i, scratch);
}

static void quantised_run(quantised *z) {
    run_all(z->range, &z->h, NULL);
    run_all(z->quantise, &z->h, NULL);
    run_all(z->product, &z->g, z->scratch);
}

/* ---- float32: on the table's vectors ---- */

/* A block's columns of gates = x [rows, hidden] R. */
static void product_f32(const xb_isa *isa, const recurrent_shape *s, int block, int64_t rows, const float *x, int64_t hidden,
                        const float *r, float *gates) {
    const xb_gemm_kernels *t = &isa->gemm;
    int64_t                ld = s->ld[block];
    if (block == 1) {
        r += s->ld[0] * hidden;
        gates += s->ld[0];
    }
    if (rows == 1 || t->strip_cols % t->nr) {
        for (int64_t row = 0; row < rows; row++)
            for (int64_t col = 0; col < ld; col += t->strip_cols) {
                xb_gemv_strip strip = {
                    .a = x + row * hidden, .c = gates + row * s->width + col, .b = r + col, .ldb = ld, .k = hidden, .alpha = 1
                };
                t->strip(&strip);
            }
        return;
    }
    for (int64_t row = 0; row < rows; row += t->mr)
        for (int64_t col = 0; col < ld; col += t->nr) {
            xb_gemm_tile tile = { .a = x + row * hidden, .lda = hidden, .b = r + col, .ldb = ld, .k = hidden, .alpha = 1 };
            tile.c = gates + row * s->width + col;
            tile.ldc = s->width;
            t->tile((int32_t)xb_min64(t->mr, rows - row), &tile);
        }
}

static void activate_f32(const xb_isa *isa, const xb_epilogue *f, float *x, int64_t ld, int64_t rows, int64_t cols) {
    isa->epilogue(f, x, ld, 0, 0, rows, cols);
}

/* ---- float64 ---- */

static void product_f64(const xb_isa *isa, const recurrent_shape *s, int block, int64_t rows, const double *x, int64_t hidden,
                        const double *r, double *gates) {
    int64_t ld = s->ld[block];
    (void)isa;
    if (block == 1) {
        r += s->ld[0] * hidden;
        gates += s->ld[0];
    }
    for (int64_t row = 0; row < rows; row++) {
        double *to = gates + row * s->width;
        for (int64_t j = 0; j < ld; j++) to[j] = 0;
        for (int64_t k = 0; k < hidden; k++)
            for (int64_t j = 0; j < ld; j++) to[j] += x[row * hidden + k] * r[k * ld + j];
    }
}

/* The steps that activations are made of, see kernel/epilogue.h. */
static double apply_f64(const xb_ep_step *s, double x) {
    double a = s->a, b = s->b;
    switch (s->op) {
    case XB_EP_CLIP: return x < a ? a : x > b ? b : x;
    case XB_EP_RELU: return x < 0 ? 0 : x;
    case XB_EP_LEAKY_RELU: return x < 0 ? a * x : x;
    case XB_EP_THRESHOLDED_RELU: return x > a ? x : 0;
    case XB_EP_HARD_SIGMOID: return fmax(0, fmin(1, a * x + b));
    case XB_EP_LINEAR: return a * x + b;
    case XB_EP_SIGMOID: return 1 / (1 + exp(-x));
    case XB_EP_TANH: return tanh(x);
    case XB_EP_ELU: return x < 0 ? a * expm1(x) : x;
    case XB_EP_SOFTSIGN: return x / (1 + fabs(x));
    case XB_EP_SOFTPLUS: return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
    default: return x;
    }
}

static void activate_f64(const xb_isa *isa, const xb_epilogue *f, double *x, int64_t ld, int64_t rows, int64_t cols) {
    (void)isa;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t i = 0; i < f->count; i++)
            for (int64_t j = 0; j < cols; j++) x[row * ld + j] = apply_f64(&f->steps[i], x[row * ld + j]);
}

#define REAL    float
#define NAME(x) x##_f32
#include "kernel/recurrent_plain.h"
#undef REAL
#undef NAME
#define REAL    double
#define NAME(x) x##_f64
#include "kernel/recurrent_plain.h"

/* ---- the rest ---- */

int64_t xb_recurrent_pack_bytes(const xb_isa *isa, const xb_recurrent_args *a) {
    if (a->q) return a->directions * xb_qgemm_pack_bytes(a->q, xb_recurrent_gates(a->kind) * a->hidden, a->hidden);
    return a->directions * recurrent_shape_of(isa, a).elements * (int64_t)(a->is_double ? sizeof(double) : sizeof(float));
}

void xb_recurrent_pack(const xb_isa *isa, const xb_recurrent_args *a, const void *r, void *packed) {
    recurrent_shape s = recurrent_shape_of(isa, a);
    int64_t         n = xb_recurrent_gates(a->kind) * a->hidden;
    for (int32_t dir = 0; a->q && dir < a->directions; dir++) {
        xb_qgemm_b b = { .data = (const char *)r + dir * n * a->hidden, .row = n, .col = 1, .is_signed = a->r_signed };
        xb_qgemm_pack(a->q, &b, n, a->hidden, 0, n, (char *)packed + dir * xb_qgemm_pack_bytes(a->q, n, a->hidden));
    }
    if (a->q) return;
    if (a->is_double) pack_f64(&s, a, r, packed);
    else pack_f32(&s, a, r, packed);
}

xb_work xb_recurrent_work(const xb_isa *isa, xb_recurrent_args *a) {
    a->isa = isa;
    recurrent_shape s = recurrent_shape_of(isa, a);
    int64_t         groups = (a->batch + XB_RECURRENT_ROWS - 1) / XB_RECURRENT_ROWS;
    int64_t         elements = XB_RECURRENT_ROWS * (s.width + 3 * a->hidden) + (xb_recurrent_gates(a->kind) + 1) * a->hidden;
    return (xb_work){ .run = a->is_double ? recurrent_chunk_f64 : recurrent_chunk_f32,
                      .chunks = (int32_t)(a->directions * groups),
                      .scratch_bytes = elements * (int64_t)(a->is_double ? sizeof(double) : sizeof(float)) +
                                       (a->q ? 64 + quantised_bytes(a) : 0) };
}
