/* kernel/gemm.h - matrix products in float32: C = alpha A B, then an epilogue on each tile while it is in the cache.
 *
 *     xb_gemm_args g = { .m = m, .n = n, .k = k, .outer = 1, .inner = 1, .alpha = 1,
 *                        .a = x, .a_row = k, .a_col = 1, .c = y, .ldc = n,
 *                        .b = { .data = w, .type = XB_GEMM_F32, .row = n, .col = 1 } };
 *     xb_work work = xb_gemm_work(isa, &g);                       // completes g
 *     for (int32_t i = 0; i < work.chunks; i++) work.run(&g, i, scratch);
 *
 *     // weights that meet many rows are packed once
 *     int64_t bytes = xb_gemm_pack_bytes(isa, n, k);              // into memory aligned to 64
 *     xb_gemm_pack(isa, &g.b, n, k, 0, n, memory, scratch);       // xb_gemm_pack_scratch_bytes(isa)
 *     g.b = (xb_gemm_b){ .data = memory, .type = XB_GEMM_PACKED };
 *
 * A is [m, k] with any strides (transposed, or a slice of heads). B is [k, n]: packed, or as it lies, with any strides and in
 * any of the types below; what is not float32 is converted in registers or panel by panel, never as a whole. All strides are
 * in elements. C does not overlap A and B. 0 for any size is allowed: k = 0 gives 0, then the epilogue.
 *
 * BATCH. `outer` x `inner` products; item (o, i) has A at a + o a_outer + i a_inner, and so for B and C (strides may be 0).
 * The epilogue sees all items as one matrix of outer inner m rows: item (o, i) begins at row (o inner + i) m.
 *
 * SAME BITS. In one table (xb_isa), each c[i, j] is one chain of multiply-adds in rising k, whatever m, n, strides, packing or
 * batch: a row computed alone equals that row computed among others. There is one exception: the scalar-product form sums the
 * lanes of a vector and then these. It is taken when B's columns lie along k (row == 1, or BITS) and m, the batch's rows that
 * share B included, is at most XB_GEMM_DOT_ROWS, or half of that for k < 128; the same holds among products of that form.
 * Tables that have fused multiply-add round once a step, the others twice; the scalar-product form differs by vector width.
 *
 * ERROR. |c - exact| <= (k + 4) 2^-24 (1 + small) |alpha| sum |a b|, without the epilogue's own. */
#ifndef XB_GEMM_H
#define XB_GEMM_H

#include "kernel/epilogue.h"
#include "kernel/kernel.h"

typedef enum xb_gemm_type {
    XB_GEMM_F32,
    XB_GEMM_F16,  /* IEEE 754 binary16 */
    XB_GEMM_BF16, /* bfloat16 */
    XB_GEMM_S8,   /* (q - zero) scale */
    XB_GEMM_U8,
    XB_GEMM_BITS,  /* 2, 4 or 8 bits in blocks along k: ONNX Runtime's MatMulNBits */
    XB_GEMM_PACKED /* by xb_gemm_pack, of this table */
} xb_gemm_type;

/* How B lies. Pointers may be changed after xb_gemm_work, nothing else may.
 *
 * S8, U8 (DequantizeLinear): element (k, n) is (q - zero[at]) * scale[at], at = k / block * scale_row + n * scale_col;
 * block 0: one block. `zero` has q's type, NULL means 0. Scale for one column or the whole multiplies the finished sum, scale
 * for blocks each weight. No batch of scales.
 *
 * BITS: column n begins at byte n * col, holds k values of `bits` bits, the first in the lowest bits of a byte; each block of
 * `block` (a multiple of 8) values begins at a byte. (q - zero) * scale, with scale at scale[n * scale_col + k / block]; zero is
 * 2^(bits - 1) if `zero` is NULL, else the (k / block)-th value of `bits` bits from byte n * zero_col, or, with zero_is_float,
 * ((const float *)zero)[n * zero_col + k / block]. b_outer and b_inner must be 0. */
typedef struct xb_gemm_b {
    const void  *data;
    xb_gemm_type type;
    int64_t      row, col; /* from one k to the next, from one n to the next */
    const float *scale;
    const void  *zero;
    int64_t      scale_row, scale_col, zero_col, block;
    int32_t      bits, zero_is_float;
} xb_gemm_b;

enum { XB_GEMM_DOT_ROWS = 8 };

/* Are so many rows few: do they read a B whose columns lie along k where it is? */
static inline int xb_gemm_is_few(int64_t rows, int64_t k) {
    return rows <= (k < 128 ? XB_GEMM_DOT_ROWS / 2 : XB_GEMM_DOT_ROWS);
}

typedef struct xb_gemm_args {
    int64_t            m, n, k;
    const float       *a;
    int64_t            a_row, a_col;
    xb_gemm_b          b;
    float             *c;
    int64_t            ldc; /* columns are contiguous */
    float              alpha;
    int64_t            outer, inner; /* batch: 1, 1 for a single product */
    int64_t            a_outer, a_inner, b_outer, b_inner, c_outer, c_inner;
    const xb_epilogue *epilogue; /* NULL: none */

    struct xb_gemm_plan { /* xb_gemm_work's own */
        const xb_isa *isa;
        int32_t       path, fill, copy_a, rows_first, fetch_a;
        int64_t       m, outer, inner, a_row, ldc; /* after batches are merged into rows */
        int64_t       items, rows, cols;           /* of a chunk */
        int64_t       row_chunks, col_chunks;
        int64_t       k_block;
    } plan;
} xb_gemm_args;

/* Completes *g (see there for what may change later) and says how to run it. Quick: a step whose sizes change from run to
 * run calls it each time. */
xb_work xb_gemm_work(const xb_isa *isa, xb_gemm_args *g);

/* A sum over k is a sum of sums over so many: the rounding error of one chain grows with its length, and the shorter panels fit
 * into the caches. It depends on k alone, so that all forms give the same bits. */
int64_t xb_gemm_k_block(int64_t k);

/* Is B [k, n] better packed beforehand when it meets m rows? 0 where the products read it as it lies just as fast. */
int xb_gemm_wants_packed(int64_t m);

/* Bytes of a packed B: a whole number of panels. Overflow gives -1. */
int64_t xb_gemm_pack_bytes(const xb_isa *isa, int64_t n, int64_t k);
int64_t xb_gemm_pack_scratch_bytes(const xb_isa *isa);

/* Packs columns [n0, n1) of B [k, n] as float32; n0 is a multiple of the table's panel width (xb_gemm_panel), so that pieces
 * can be packed by several threads. Not for S8 and U8, whose scales the finished sums want. */
void    xb_gemm_pack(const xb_isa *isa, const xb_gemm_b *b, int64_t n, int64_t k, int64_t n0, int64_t n1, void *out,
                     void *scratch);
int32_t xb_gemm_panel(const xb_isa *isa);

#endif
