/* kernel/lines.c - see lines.h. */
#include "kernel/lines.h"

#include <math.h>

#include "kernel/chunks.h"

enum { XB_LINES = 64 }; /* side by side: their sums stay in the first-level cache */

#define REAL    float
#define EXP     expf
#define LOG     logf
#define SQRT    sqrtf
#define POW     powf
#define NAME(x) x##_f32
#include "kernel/lines_plain.h"
#undef REAL
#undef EXP
#undef LOG
#undef SQRT
#undef POW
#undef NAME
#define REAL    double
#define EXP     exp
#define LOG     log
#define SQRT    sqrt
#define POW     pow
#define NAME(x) x##_f64
#include "kernel/lines_plain.h"

/* Lines [units, ...) are blocks of up to XB_LINES lines of one outer index: `blocks` for each of these. */
#define EACH_BLOCK(A, F)                                                                           \
    int64_t unit = chunk * (A)->per_chunk, last = xb_chunk_end(unit, (A)->per_chunk, (A)->units);  \
    int64_t blocks = ((A)->inner + XB_LINES - 1) / XB_LINES;                                       \
    (void)scratch;                                                                                 \
    for (; unit < last; unit++) {                                                                  \
        int64_t l = unit % blocks * XB_LINES, at = unit / blocks * (A)->n * (A)->inner + l;        \
        int64_t count = (A)->inner - l < XB_LINES ? (A)->inner - l : XB_LINES;                     \
        if ((A)->is_double) F##_f64(A, (const double *)(A)->x + at, (double *)(A)->y + at, count); \
        else F##_f32(A, (const float *)(A)->x + at, (float *)(A)->y + at, count);                  \
    }

#define LINES_WORK(A, RUN, OPERATIONS)                                                          \
    do {                                                                                        \
        int64_t width = (A)->inner < XB_LINES ? (A)->inner : XB_LINES;                          \
        (A)->units = (A)->n == 0 ? 0 : (A)->outer * (((A)->inner + XB_LINES - 1) / XB_LINES);   \
        (A)->per_chunk = xb_units_per_chunk((A)->units, (A)->n * width * (OPERATIONS));         \
        return (xb_work){ .run = (RUN), .chunks = xb_chunk_count((A)->units, (A)->per_chunk) }; \
    } while (0)

static void softmax_run(const void *args, int32_t chunk, void *scratch) {
    const xb_line_softmax_args *a = args;
    EACH_BLOCK(a, softmax_lines)
}
xb_work xb_line_softmax_work(xb_line_softmax_args *a) { LINES_WORK(a, softmax_run, 8); }

static void lp_norm_run(const void *args, int32_t chunk, void *scratch) {
    const xb_lp_norm_args *a = args;
    EACH_BLOCK(a, lp_lines)
}
xb_work xb_lp_norm_work(xb_lp_norm_args *a) { LINES_WORK(a, lp_norm_run, 3); }

static void lrn_run(const void *args, int32_t chunk, void *scratch) {
    const xb_lrn_args *a = args;
    EACH_BLOCK(a, lrn_lines)
}
xb_work xb_lrn_work(xb_lrn_args *a) { LINES_WORK(a, lrn_run, 32); }

static void row_norm_run(const void *args, int32_t chunk, void *scratch) {
    const xb_row_norm_args *a = args;
    int64_t                 r = chunk * a->per_chunk, end = xb_chunk_end(r, a->per_chunk, a->rows);
    (void)scratch;
    for (; r < end; r++) {
        if (a->is_double) norm_row_f64(a, r);
        else norm_row_f32(a, r);
    }
}
xb_work xb_row_norm_work(xb_row_norm_args *a) {
    a->per_chunk = xb_units_per_chunk(a->rows, a->width * 4);
    return (xb_work){ .run = row_norm_run, .chunks = xb_chunk_count(a->rows, a->per_chunk) };
}

static void moments_run(const void *args, int32_t chunk, void *scratch) {
    const xb_moments_args *a = args;
    int64_t                c = chunk * a->per_chunk, end = xb_chunk_end(c, a->per_chunk, a->channels);
    (void)scratch;
    for (; c < end; c++) {
        if (a->is_double) moments_of_f64(a, c);
        else moments_of_f32(a, c);
    }
}
xb_work xb_moments_work(xb_moments_args *a) {
    a->per_chunk = xb_units_per_chunk(a->channels, a->outer * a->inner * 4);
    return (xb_work){ .run = moments_run, .chunks = xb_chunk_count(a->channels, a->per_chunk) };
}

static void batch_norm_run(const void *args, int32_t chunk, void *scratch) {
    const xb_batch_norm_args *a = args;
    int64_t planes = a->outer * a->channels, p = chunk * a->per_chunk, end = xb_chunk_end(p, a->per_chunk, planes);
    (void)scratch;
    for (; p < end; p++) {
        if (a->is_double) batch_norm_plane_f64(a, p);
        else batch_norm_plane_f32(a, p);
    }
}
xb_work xb_batch_norm_work(xb_batch_norm_args *a) {
    int64_t planes = a->outer * a->channels;
    a->per_chunk = xb_units_per_chunk(planes, a->inner + 16);
    return (xb_work){ .run = batch_norm_run, .chunks = xb_chunk_count(planes, a->per_chunk) };
}

static void mix_run(const void *args, int32_t chunk, void *scratch) {
    const xb_mix_args *a = args;
    (void)chunk, (void)scratch;
    if (a->is_double) mix_f64(a);
    else mix_f32(a);
}
xb_work xb_mix_work(xb_mix_args *a) { return (xb_work){ .run = mix_run, .chunks = a->count > 0 }; }

/* ---- rare ones ---- */

static void gated_run(const void *args, int32_t chunk, void *scratch) {
    const xb_gated_args *a = args;
    int64_t              i = chunk * a->per_chunk, end = xb_chunk_end(i, a->per_chunk, a->count);
    (void)scratch;
    for (; i < end; i++) a->y[i] = a->a[i] / (1 + exp(-a->alpha * a->a[i])) * a->b[i];
}
xb_work xb_gated_work(xb_gated_args *a) {
    a->per_chunk = xb_units_per_chunk(a->count, 32);
    return (xb_work){ .run = gated_run, .chunks = xb_chunk_count(a->count, a->per_chunk) };
}

static void det_run(const void *args, int32_t chunk, void *scratch) {
    const xb_det_args *a = args;
    int64_t            n = a->size;
    double            *m = scratch, det = 1;
    for (int64_t i = 0; i < n * n; i++)
        m[i] = a->is_double ? ((const double *)a->x)[chunk * n * n + i] : (double)((const float *)a->x)[chunk * n * n + i];
    for (int64_t k = 0; k < n; k++) {
        int64_t pivot = k;
        for (int64_t i = k + 1; i < n; i++)
            if (fabs(m[i * n + k]) > fabs(m[pivot * n + k])) pivot = i;
        for (int64_t j = k; pivot != k && j < n; j++) {
            double v = m[k * n + j];
            m[k * n + j] = m[pivot * n + j];
            m[pivot * n + j] = v;
        }
        det *= pivot == k ? m[k * n + k] : -m[k * n + k];
        for (int64_t i = k + 1; m[k * n + k] != 0 && i < n; i++) {
            double f = m[i * n + k] / m[k * n + k];
            for (int64_t j = k + 1; j < n; j++) m[i * n + j] -= f * m[k * n + j];
        }
    }
    if (a->is_double) ((double *)a->y)[chunk] = det;
    else ((float *)a->y)[chunk] = (float)det;
}
xb_work xb_det_work(xb_det_args *a) {
    return (
        xb_work){ .run = det_run, .chunks = (int32_t)a->count, .scratch_bytes = a->size * a->size * (int64_t)sizeof(double) };
}
