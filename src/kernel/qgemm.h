/* kernel/qgemm.h - matrix products of 8-bit integers: exact sums, then int32, float32 with an epilogue, or 8 bits again.
 *
 *     const xb_qisa *q = xb_qisa_best(xb_cpu_features());
 *     xb_qgemm_pack(q, &b, n, k, 0, n, memory);                          // xb_qgemm_pack_bytes(q, n, k), aligned to 64
 *     b.data = memory, b.packed = 1;
 *     xb_qgemm_args g = { .m = m, .n = n, .k = k, .outer = 1, .inner = 1, .a = x, .a_row = k, .a_col = 1, .a_zero = &zero,
 *                         .b = b, .output = XB_QGEMM_F32, .c = y, .ldc = n, .a_scale = &scale, .b_scale = scales,
 *                         .b_scale_step = 1 };
 *     xb_work work = xb_qgemm_work(q, &g);
 *
 *     sum[i, j] = sum over k of (a[i, k] - a_zero[i]) (b[k, j] - b_zero[j])      exact modulo 2^32: MatMulInteger, ConvInteger
 *     I32  c = sum
 *     F32  c = sum (a_scale[i] b_scale[j]), then the epilogue                    DynamicQuantizeMatMul, MatMulIntegerToFloat
 *     8    c = round(sum (a_scale[i] b_scale[j] / c_scale)) + c_zero, saturated, half to even                 QLinearMatMul
 *
 * The sum is rounded to float32 once (above 2^24), the scale twice or three times in the order written. All tables give the
 * same sums, and so the same results, but for the epilogue's functions. |sum| stays below 2^31 for k <= 33,025.
 *
 * TABLES are apart from xb_isa because processors of one vector width differ in their integer products: "scalar", "sse4" and
 * "avx2" (16-bit products: vpmaddubsw saturates), "avx512vnni", "neon", "neondot", "wasm". */
#ifndef XB_QGEMM_H
#define XB_QGEMM_H

#include "kernel/epilogue.h"
#include "kernel/kernel.h"

typedef struct xb_qisa xb_qisa; /* kernel/qgemm_kernels.h */

/* As xb_isa_best and xb_isa_named of kernel/kernel.h. */
const xb_qisa *xb_qisa_best(uint32_t cpu_features);
const xb_qisa *xb_qisa_named(const char *name);
const char    *xb_qisa_name(const xb_qisa *q);
uint32_t       xb_qisa_needs(const xb_qisa *q);

/* B [k, n]: int8 or uint8, with any strides, or packed by this table (then its type must still be said). */
typedef struct xb_qgemm_b {
    const void *data;
    int64_t     row, col;
    int32_t     is_signed, packed;
    const void *zero;      /* of B's type; NULL: 0 */
    int64_t     zero_step; /* 1: for each column; 0: one */
} xb_qgemm_b;

typedef enum xb_qgemm_output { XB_QGEMM_I32, XB_QGEMM_F32, XB_QGEMM_S8, XB_QGEMM_U8 } xb_qgemm_output;

/* Steps are 1 for a value of each row (column), 0 for one. Pointers may change after xb_qgemm_work, nothing else may; the
 * values of zero points and scales are read when the work runs. Rows of a_zero and a_scale, and of the epilogue, are counted
 * through the whole batch. */
typedef struct xb_qgemm_args {
    int64_t            m, n, k;
    const void        *a;
    int64_t            a_row, a_col;
    int32_t            a_signed;
    const void        *a_zero; /* of A's type; NULL: 0 */
    int64_t            a_zero_step;
    xb_qgemm_b         b;
    xb_qgemm_output    output;
    void              *c;
    int64_t            ldc;
    const float       *a_scale, *b_scale; /* not for I32 */
    int64_t            a_scale_step, b_scale_step;
    const float       *c_scale;      /* 8 bits only */
    const void        *c_zero;       /* of C's type; NULL: 0 */
    const xb_epilogue *epilogue;     /* F32 only; NULL: none */
    int64_t            outer, inner; /* batch, as in kernel/gemm.h */
    int64_t            a_outer, a_inner, b_outer, b_inner, c_outer, c_inner;

    struct xb_qgemm_plan { /* xb_qgemm_work's own */
        const xb_qisa *q;
        int64_t        m, outer, inner, a_row, ldc;
        int64_t        items, rows, cols, row_chunks, col_chunks;
        int32_t        copy_a;
    } plan;
} xb_qgemm_args;

xb_work xb_qgemm_work(const xb_qisa *q, xb_qgemm_args *g);

int64_t xb_qgemm_pack_bytes(const xb_qisa *q, int64_t n, int64_t k); /* -1: overflow */
int32_t xb_qgemm_panel(const xb_qisa *q);

/* Packs columns [n0, n1), n0 a multiple of xb_qgemm_panel, with their sums. Zero points are not packed. */
void xb_qgemm_pack(const xb_qisa *q, const xb_qgemm_b *b, int64_t n, int64_t k, int64_t n0, int64_t n1, void *out);

#endif
