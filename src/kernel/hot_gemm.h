/* kernel/hot_gemm.h - the matrix product's part of a table. */
#ifndef XB_HOT_GEMM_H
#define XB_HOT_GEMM_H

#include "kernel/hot_gemm_fill.h"
#include "kernel/hot_gemm_tile.h"
#include "kernel/hot_gemv.h"

/* clang-format off */
#define XB_GEMM_TABLE {                         \
    .mr = XB_TILE_MR, .nr = XB_TILE_NR,         \
    .strip_cols = XB_STRIP, .dot_rows = XB_DOT_ROWS, \
    .fill_floats = XB_TILE_NR * GEMM_FILL_K,    \
    .tile = gemm_tile,                          \
    .fill = gemm_fill,                          \
    .line = gemm_line,                          \
    .strip = gemv_strip,                        \
    .dot = gemm_dot,                            \
    .bits = gemv_bits                           \
}
/* clang-format on */

#endif
