/* kernel/hot_gemm.h - the matrix product's part of a table. */
#ifndef XB_HOT_GEMM_H
#define XB_HOT_GEMM_H

#include "kernel/hot_gemm_fill.h"
#include "kernel/hot_gemm_tile.h"
#include "kernel/hot_gemv.h"

#define XB_GEMM_TABLE                                                                                                          \
    {                                                                                                                          \
        .vw = XB_VW, .mr = XB_TILE_MR, .nr = XB_TILE_NR, .strip1 = XB_STRIP_1, .strip4 = XB_STRIP_4, .dot_rows = XB_DOT_ROWS,                \
        .tile = gemm_tile, .fill = gemm_fill, .fill_floats = XB_TILE_NR * GEMM_FILL_K, .line = gemm_line, .strip = gemv_strip, \
        .dot = gemm_dot, .dot_sums = gemm_dot_sums                                                                                                        \
    }

#endif
