/* kernel/isa.h - the table of one instruction set's hot functions. kernel/hot.h fills it, once for each kernel/isa_*.c.
 *
 *     const xb_isa *isa = xb_isa_best(xb_cpu_features());
 *     isa->epilogue(&e, c, ldc, row, col, rows, cols);
 *
 * A family's public header (elementwise.h, rows.h, ...) gives an xb_work from a table and arguments; nobody else calls
 * through the table. Each section belongs to one family of files. */
#ifndef XB_ISA_H
#define XB_ISA_H

#include "kernel/conv_hot.h"
#include "kernel/epilogue.h"
#include "kernel/gemm_kernels.h"
#include "kernel/kernel.h"

/* Where every processor that is promised has vectors, the scalar table is the tests' alone (src/CMakeLists.txt). */
#if !defined(XB_WITH_SCALAR) && !defined(__x86_64__) && !defined(_M_X64) && !defined(__aarch64__) && !defined(_M_ARM64) && \
    !defined(XB_WASM_SIMD)
#  define XB_WITH_SCALAR
#endif

/* Applies e to the tile c [rows, cols], whose lines are ldc elements apart and whose first element is (row0, col0) of the
 * whole result: what COL, ROW and FULL operands are looked up by. */
typedef void (*xb_epilogue_fn)(const xb_epilogue *e, float *c, int64_t ldc, int64_t row0, int64_t col0, int64_t rows,
                               int64_t cols);

struct xb_ep_job;       /* kernel/hot_epilogue.h */
struct xb_softmax_part; /* kernel/rows.h */

struct xb_isa {
    const char *name;
    uint32_t    needs;        /* plat/cpu.h */
    int32_t     vector_width; /* floats */

    /* ---- rows and elements ---- */
    xb_epilogue_fn epilogue;
    void (*steps)(struct xb_ep_job *job);                    /* of whole vectors: for the set that has not all of them */
    xb_kernel_fn chain, binary, where;                       /* elementwise.h */
    xb_kernel_fn softmax, norm, group_norm, reduce, argmax;  /* rows.h */
    int (*softmax_part)(const struct xb_softmax_part *part); /* rows.h; is there a factor other than 1? */
    xb_kernel_fn convert;                                    /* transpose.h */

    /* ---- matrix product ---- */
    xb_gemm_kernels gemm;
    void (*quantize_range)(const float *x, int64_t count, float range[2]); /* of x and 0; NaN passed over */
    void (*quantize_row)(const float *x, int64_t count, float scale, int32_t zero, int is_signed, uint8_t *y);

    /* ---- convolution ---- */
    xb_conv_hot conv;

    /* ---- end ---- */
};

/* Only those of this build's architecture are defined. */
extern const xb_isa xb_isa_table_scalar, xb_isa_table_sse4, xb_isa_table_avx2, xb_isa_table_avx512, xb_isa_table_neon,
    xb_isa_table_wasm;

#endif
