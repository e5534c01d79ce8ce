/* kernel/hot_transpose.h - chunks of kernel/transpose.h. */
#ifndef XB_HOT_TRANSPOSE_H
#define XB_HOT_TRANSPOSE_H

#include "kernel/hot_elementwise.h"
#include "kernel/transpose.h"

/* ---- elements of 1, 2, 4, 8 bytes ---- */

#define XB_MOVE(BYTES, to, from) memcpy((uint8_t *)out + (to) * (BYTES), (const uint8_t *)in + (from) * (BYTES), (BYTES))

/* out[c * step_out] = in[c * step_in]; a memcpy of a constant size is one load and one store. */
static void xb_copy_line(void *out, int64_t step_out, const void *in, int64_t step_in, int64_t n, int32_t bytes) {
    if (step_in == 1 && step_out == 1) {
        memcpy(out, in, (size_t)n * (size_t)bytes);
        return;
    }
    switch (bytes) {
    case 1:
        for (int64_t c = 0; c < n; c++) XB_MOVE(1, c * step_out, c * step_in);
        break;
    case 2:
        for (int64_t c = 0; c < n; c++) XB_MOVE(2, c * step_out, c * step_in);
        break;
    case 4:
        for (int64_t c = 0; c < n; c++) XB_MOVE(4, c * step_out, c * step_in);
        break;
    default:
        for (int64_t c = 0; c < n; c++) XB_MOVE(8, c * step_out, c * step_in);
        break;
    }
}

#define XB_TURN(BYTES)                 \
    for (int64_t r = 0; r < rows; r++) \
        for (int64_t c = r < whole ? cols4 : 0; c < cols; c++) XB_MOVE(BYTES, r *ld_out + c, c * ld_in + r)

/* out[r, c] = in[c, r] for a tile of at most XB_COPY_TILE: in squares that keep both sides in few lines of the cache. */
static void xb_turn_square(void *out, int64_t ld_out, const void *in, int64_t ld_in, int64_t rows, int64_t cols,
                           int32_t bytes) {
    int64_t whole = 0, cols4 = 0;
    if (bytes == 4) {
        whole = rows & ~INT64_C(3), cols4 = cols & ~INT64_C(3);
        for (int64_t r = 0; r < whole; r += 4)
            for (int64_t c = 0; c < cols4; c += 4)
                xb_transpose_4x4((float *)out + r * ld_out + c, ld_out, (const float *)in + c * ld_in + r, ld_in);
    }
    switch (bytes) {
    case 1: XB_TURN(1); break;
    case 2: XB_TURN(2); break;
    case 4: XB_TURN(4); break;
    default: XB_TURN(8); break;
    }
}

static void xb_turn_tile(const xb_copy_args *k, int64_t tile) {
    enum { SQUARE = 16 };
    int32_t last = k->rank - 1, bytes = k->element_bytes;
    int64_t rows = k->shape[last - 1], cols = k->shape[last], ld_in = k->stride_in[last], ld_out = k->stride_out[last - 1];
    int64_t across = (cols + XB_COPY_TILE - 1) / XB_COPY_TILE, down = (rows + XB_COPY_TILE - 1) / XB_COPY_TILE;
    int64_t row = tile / across % down * XB_COPY_TILE, col = tile % across * XB_COPY_TILE;
    int64_t plane = tile / across / down * rows; /* as a row of all dimensions but the last */
    const uint8_t *in = (const uint8_t *)k->in + xb_row_offset(k->rank, k->shape, k->stride_in, plane) * bytes;
    uint8_t       *out = (uint8_t *)k->out + xb_row_offset(k->rank, k->shape, k->stride_out, plane) * bytes;
    rows = xb_min64(rows, row + XB_COPY_TILE), cols = xb_min64(cols, col + XB_COPY_TILE);
    for (int64_t r = row; r < rows; r += SQUARE)
        for (int64_t c = col; c < cols; c += SQUARE)
            xb_turn_square(out + (r * ld_out + c) * bytes, ld_out, in + (c * ld_in + r) * bytes, ld_in,
                           xb_min64(SQUARE, rows - r), xb_min64(SQUARE, cols - c), bytes);
}

static void xb_hot_copy_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_copy_args *k = pointer;
    int32_t             last = k->rank - 1;
    xb_grid             g = xb_copy_grid(k);
    (void)scratch;
    if (xb_copy_is_plane(k)) {
        int64_t rows = k->shape[last - 1], cols = k->shape[last];
        int64_t tiles = xb_strides_count(last - 1, k->shape) * ((rows + XB_COPY_TILE - 1) / XB_COPY_TILE) *
                        ((cols + XB_COPY_TILE - 1) / XB_COPY_TILE);
        xb_part p = xb_grid_part(&g, tiles, 1, chunk);
        for (int64_t t = p.row; t < p.row + p.rows; t++) xb_turn_tile(k, t);
        return;
    }
    xb_part p = xb_grid_part(&g, xb_strides_count(last, k->shape), k->shape[last], chunk);
    int64_t si = k->stride_in[last], so = k->stride_out[last], row_in = 0, row_out = 0;
    if (last > 0) row_in = k->stride_in[last - 1], row_out = k->stride_out[last - 1];
    for (int64_t row = p.row, run; row < p.row + p.rows; row += run) {
        run = xb_rows_together(k->rank, k->shape, row, p.row + p.rows - row);
        int64_t in = xb_row_offset(k->rank, k->shape, k->stride_in, row) + p.col * si;
        int64_t out = xb_row_offset(k->rank, k->shape, k->stride_out, row) + p.col * so;
        for (int64_t r = 0; r < run; r++)
            xb_copy_line((uint8_t *)k->out + (out + r * row_out) * k->element_bytes, so,
                         (const uint8_t *)k->in + (in + r * row_in) * k->element_bytes, si, p.cols, k->element_bytes);
    }
}

/* ---- conversions ---- */

/* To nearest, half to even, in integers; a NaN keeps its upper bits and stays quiet. */
XB_INLINE xb_vi xb_bf16_bits_at(const float *p) {
    xb_vf v = xb_vf_load(p);
    xb_vi bits = xb_vi_of(v), odd = xb_vi_and(xb_vi_shr(bits, 16), xb_vi_set(1));
    xb_vi rounded = xb_vi_shr(xb_vi_add(xb_vi_add(bits, odd), xb_vi_set(0x7fff)), 16);
    return xb_vi_select(xb_vf_isnan(v), xb_vi_or(xb_vi_shr(bits, 16), xb_vi_set(0x40)), rounded);
}

static void xb_convert_vectors(int32_t kind, void *out, const void *in, int64_t n) {
#define XB_CONVERT(FROM, TO, STORE, LOAD)                                                             \
    for (int64_t i = 0; i + XB_VW <= n; i += XB_VW) STORE((TO *)out + i, LOAD((const FROM *)in + i)); \
    break
    switch (kind) {
    case XB_CONVERT_F16_F32: XB_CONVERT(uint16_t, float, xb_vf_store, xb_vf_load_f16);
    case XB_CONVERT_F32_F16: XB_CONVERT(float, uint16_t, xb_vf_store_f16, xb_vf_load);
    case XB_CONVERT_BF16_F32: XB_CONVERT(uint16_t, float, xb_vf_store, xb_vf_load_bf16);
    case XB_CONVERT_F32_BF16: XB_CONVERT(float, uint16_t, xb_vi_store_u16, xb_bf16_bits_at);
    case XB_CONVERT_I8_F32: XB_CONVERT(int8_t, float, xb_vf_store, xb_vf_load_i8);
    default: XB_CONVERT(uint8_t, float, xb_vf_store, xb_vf_load_u8);
    }
#undef XB_CONVERT
}

static void xb_hot_convert_chunk(const void *pointer, int32_t chunk, void *scratch) {
    static const uint8_t   bytes[XB_CONVERT_COUNT][2] = { { 2, 4 }, { 4, 2 }, { 2, 4 }, { 4, 2 }, { 1, 4 }, { 1, 4 } };
    const xb_convert_args *k = pointer;
    int64_t                from = bytes[k->kind][0], to = bytes[k->kind][1];
    xb_grid                g = xb_convert_grid(k);
    xb_part                p = xb_grid_part(&g, 1, k->count, chunk);
    const uint8_t         *in = (const uint8_t *)k->in + p.col * from;
    uint8_t               *out = (uint8_t *)k->out + p.col * to;
    int64_t                whole = p.cols / XB_VW * XB_VW, rest = p.cols - whole;
    _Alignas(4) uint8_t    tail_in[XB_VW * 4] = { 0 }, tail_out[XB_VW * 4];
    (void)scratch;
    xb_convert_vectors(k->kind, out, in, whole);
    memcpy(tail_in, in + whole * from, (size_t)(rest * from));
    xb_convert_vectors(k->kind, tail_out, tail_in, XB_VW);
    memcpy(out + whole * to, tail_out, (size_t)(rest * to));
}

#endif
