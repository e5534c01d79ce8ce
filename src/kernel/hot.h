/* kernel/hot.h - all hot kernels of one instruction set, and its table. Included once by each kernel/isa_*.c, which has
 * defined its XB_VEC_ macro; all functions are static, so no name of one set meets that of another. */
#ifndef XB_HOT_H
#define XB_HOT_H

#include "kernel/isa.h"
#include "kernel/vec.h"

/* ---- rows and elements ---- */
#include "kernel/hot_math.h"
#include "kernel/hot_epilogue.h"
#include "kernel/hot_rows.h"
#include "kernel/hot_convert.h"
#if defined(XB_VEC_AVX512)
#  include "kernel/hot_borrowed.h"
#else
#  include "kernel/hot_argmax.h"
#  include "kernel/hot_elementwise.h"
#endif

/* ---- matrix product ---- */
#include "kernel/hot_gemm.h"
#include "kernel/hot_quantize.h"

/* ---- convolution ---- */
#include "kernel/hot_conv.h"
#include "kernel/hot_pool.h"

/* ---- the table ---- */
const xb_isa XB_ISA_TABLE = {
    .name = XB_ISA_NAME,
    .needs = XB_ISA_NEEDS,
    .vector_width = XB_VW,

    /* ---- rows and elements ---- */
    .epilogue = xb_hot_epilogue,
    .steps = xb_ep_vectors,
    .chain = xb_hot_chain_chunk,
    .binary = xb_hot_binary_chunk,
    .where = xb_hot_where_chunk,
    .softmax = xb_hot_softmax_chunk,
    .softmax_part = xb_hot_softmax_part,
    .norm = xb_hot_norm_chunk,
    .group_norm = xb_hot_group_norm_chunk,
    .reduce = xb_hot_reduce_chunk,
    .argmax = xb_hot_argmax_chunk,
    .convert = xb_hot_convert_chunk,

    /* ---- matrix product ---- */
    .gemm = XB_GEMM_TABLE,
    .quantize_range = quantize_range,
    .quantize_row = quantize_row,

    /* ---- convolution ---- */
    .conv = XB_CONV_HOT_TABLE,

    /* ---- end ---- */
};

/* ---- 8-bit matrix product, in a table of its own ---- */
#if !defined(XB_VEC_AVX512) /* kernel/isa_avx512vnni.c; without VNNI, avx2's will do */
#  include "kernel/hot_qgemm.h"
#endif

#endif
