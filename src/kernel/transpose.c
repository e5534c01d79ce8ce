/* kernel/transpose.c - copies between strides: their simplest form, how they are cut (about 15 us to a chunk), and the moves
 * themselves, which need no vectors beyond the architecture's first ones. */
#include "kernel/transpose.h"

#include <string.h>

#include "kernel/isa.h"

#if defined(__SSE2__)
#  include <emmintrin.h>
#elif defined(__aarch64__)
#  include <arm_neon.h>
#endif

enum { BYTES_PER_CHUNK = 65536 };

/* ---- elements of 1, 2, 4, 8 bytes ---- */

#define MOVE(BYTES, to, from) memcpy((uint8_t *)out + (to) * (BYTES), (const uint8_t *)in + (from) * (BYTES), (BYTES))

/* out[c * step_out] = in[c * step_in]; a memcpy of a constant size is one load and one store. */
static void copy_line(void *out, int64_t step_out, const void *in, int64_t step_in, int64_t n, int32_t bytes) {
    if (step_in == 1 && step_out == 1) {
        memcpy(out, in, (size_t)n * (size_t)bytes);
        return;
    }
    switch (bytes) {
    case 1:
        for (int64_t c = 0; c < n; c++) MOVE(1, c * step_out, c * step_in);
        break;
    case 2:
        for (int64_t c = 0; c < n; c++) MOVE(2, c * step_out, c * step_in);
        break;
    case 4:
        for (int64_t c = 0; c < n; c++) MOVE(4, c * step_out, c * step_in);
        break;
    default:
        for (int64_t c = 0; c < n; c++) MOVE(8, c * step_out, c * step_in);
        break;
    }
}

#define TURN(BYTES)                    \
    for (int64_t r = 0; r < rows; r++) \
        for (int64_t c = r < whole ? cols4 : 0; c < cols; c++) MOVE(BYTES, r *ld_out + c, c * ld_in + r)

/* Four rows of four 4-byte elements, turned. */
static void turn_4x4(uint32_t *to, int64_t ld_to, const uint32_t *from, int64_t ld_from) {
#if defined(__SSE2__)
    __m128i r[4], low[2], high[2];
    for (int i = 0; i < 4; i++) r[i] = _mm_loadu_si128((const __m128i *)(const void *)(from + i * ld_from));
    for (int i = 0; i < 2; i++) {
        low[i] = _mm_unpacklo_epi32(r[i], r[i + 2]); /* 00 20 01 21; 10 30 11 31 */
        high[i] = _mm_unpackhi_epi32(r[i], r[i + 2]);
    }
    _mm_storeu_si128((__m128i *)(void *)to, _mm_unpacklo_epi32(low[0], low[1]));
    _mm_storeu_si128((__m128i *)(void *)(to + ld_to), _mm_unpackhi_epi32(low[0], low[1]));
    _mm_storeu_si128((__m128i *)(void *)(to + 2 * ld_to), _mm_unpacklo_epi32(high[0], high[1]));
    _mm_storeu_si128((__m128i *)(void *)(to + 3 * ld_to), _mm_unpackhi_epi32(high[0], high[1]));
#elif defined(__aarch64__)
    uint32x4_t r[4], low[2], high[2];
    for (int i = 0; i < 4; i++) r[i] = vld1q_u32(from + i * ld_from);
    for (int i = 0; i < 2; i++) {
        low[i] = vzip1q_u32(r[i], r[i + 2]);
        high[i] = vzip2q_u32(r[i], r[i + 2]);
    }
    vst1q_u32(to, vzip1q_u32(low[0], low[1]));
    vst1q_u32(to + ld_to, vzip2q_u32(low[0], low[1]));
    vst1q_u32(to + 2 * ld_to, vzip1q_u32(high[0], high[1]));
    vst1q_u32(to + 3 * ld_to, vzip2q_u32(high[0], high[1]));
#else
    for (int64_t r = 0; r < 4; r++)
        for (int64_t c = 0; c < 4; c++) to[c * ld_to + r] = from[r * ld_from + c];
#endif
}

/* out[r, c] = in[c, r] for a tile of at most XB_COPY_TILE: in squares that keep both sides in few lines of the cache. */
static void turn_square(void *out, int64_t ld_out, const void *in, int64_t ld_in, int64_t rows, int64_t cols, int32_t bytes) {
    int64_t whole = 0, cols4 = 0;
    if (bytes == 4) {
        whole = rows & ~INT64_C(3), cols4 = cols & ~INT64_C(3);
        for (int64_t r = 0; r < whole; r += 4)
            for (int64_t c = 0; c < cols4; c += 4)
                turn_4x4((uint32_t *)out + r * ld_out + c, ld_out, (const uint32_t *)in + c * ld_in + r, ld_in);
    }
    switch (bytes) {
    case 1: TURN(1); break;
    case 2: TURN(2); break;
    case 4: TURN(4); break;
    default: TURN(8); break;
    }
}

static void turn_tile(const xb_copy_args *k, int64_t tile) {
    enum { SQUARE = 16 };
    int32_t last = k->rank - 1, bytes = k->element_bytes;
    int64_t rows = k->shape[last - 1], cols = k->shape[last], ld_in = k->stride_in[last], ld_out = k->stride_out[last - 1];
    int64_t across = (cols + XB_COPY_TILE - 1) / XB_COPY_TILE, down = (rows + XB_COPY_TILE - 1) / XB_COPY_TILE;
    int64_t row = tile / across % down * XB_COPY_TILE, col = tile % across * XB_COPY_TILE;
    int64_t plane = tile / across / down * rows; /* as a row of all dimensions but the last */
    const uint8_t *in = (const uint8_t *)k->in + xb_strides_row(k->rank, k->shape, k->stride_in, plane) * bytes;
    uint8_t       *out = (uint8_t *)k->out + xb_strides_row(k->rank, k->shape, k->stride_out, plane) * bytes;
    rows = xb_min64(rows, row + XB_COPY_TILE), cols = xb_min64(cols, col + XB_COPY_TILE);
    for (int64_t r = row; r < rows; r += SQUARE)
        for (int64_t c = col; c < cols; c += SQUARE)
            turn_square(out + (r * ld_out + c) * bytes, ld_out, in + (c * ld_in + r) * bytes, ld_in, xb_min64(SQUARE, rows - r),
                        xb_min64(SQUARE, cols - c), bytes);
}

static void copy_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_copy_args *k = pointer;
    int32_t             last = k->rank - 1;
    xb_grid             g = xb_copy_grid(k);
    (void)scratch;
    if (xb_copy_is_plane(k)) {
        int64_t rows = k->shape[last - 1], cols = k->shape[last];
        int64_t tiles = xb_strides_count(last - 1, k->shape) * ((rows + XB_COPY_TILE - 1) / XB_COPY_TILE) *
                        ((cols + XB_COPY_TILE - 1) / XB_COPY_TILE);
        xb_part p = xb_grid_part(&g, tiles, 1, chunk);
        for (int64_t t = p.row; t < p.row + p.rows; t++) turn_tile(k, t);
        return;
    }
    xb_part p = xb_grid_part(&g, xb_strides_count(last, k->shape), k->shape[last], chunk);
    int64_t si = k->stride_in[last], so = k->stride_out[last], row_in = 0, row_out = 0;
    if (last > 0) row_in = k->stride_in[last - 1], row_out = k->stride_out[last - 1];
    for (int64_t row = p.row, run; row < p.row + p.rows; row += run) {
        run = xb_strides_run(k->rank, k->shape, row, p.row + p.rows - row);
        int64_t in = xb_strides_row(k->rank, k->shape, k->stride_in, row) + p.col * si;
        int64_t out = xb_strides_row(k->rank, k->shape, k->stride_out, row) + p.col * so;
        for (int64_t r = 0; r < run; r++)
            copy_line((uint8_t *)k->out + (out + r * row_out) * k->element_bytes, so,
                      (const uint8_t *)k->in + (in + r * row_in) * k->element_bytes, si, p.cols, k->element_bytes);
    }
}

/* ---- arguments ---- */

void xb_copy_args_transpose(xb_copy_args *args, int32_t rank, const int64_t *shape, const int32_t *perm, int32_t element_bytes,
                            const void *in, void *out) {
    int64_t dense[XB_STRIDES_RANK];
    *args = (xb_copy_args){ .in = in, .out = out, .element_bytes = element_bytes, .rank = rank };
    xb_strides_dense(rank, shape, dense);
    for (int32_t d = 0; d < rank; d++) {
        args->shape[d] = shape[perm[d]];
        args->stride_in[d] = dense[perm[d]];
    }
    xb_strides_dense(rank, args->shape, args->stride_out);
}

static void swap(int64_t *values, int32_t d) {
    int64_t other = values[d];
    values[d] = values[d + 1];
    values[d + 1] = other;
}

/* The dimension with in's steps of 1 is brought to the place before the last, to make a plane with it. */
xb_work xb_copy_work(const xb_isa *isa, xb_copy_args *args) {
    int64_t *strides[] = { args->stride_in, args->stride_out };
    args->rank = xb_strides_collapse(args->rank, args->shape, strides, 2);
    int32_t last = args->rank > 1 ? args->rank - 1 : 0, narrow = last;
    for (int32_t d = 0; d < last; d++)
        if (args->stride_in[d] == 1) narrow = d;
    for (int32_t d = narrow; d < last - 1 && args->stride_in[last] != 1; d++) {
        swap(args->shape, d);
        swap(args->stride_in, d);
        swap(args->stride_out, d);
    }
    (void)isa;
    return (xb_work){ copy_chunk, xb_copy_grid(args).chunks, 0 };
}

int xb_copy_is_plane(const xb_copy_args *args) {
    int32_t last = args->rank - 1;
    return last > 0 && args->stride_in[last] != 1 && args->stride_in[last - 1] == 1 && args->stride_out[last] == 1;
}

xb_grid xb_copy_grid(const xb_copy_args *args) {
    int32_t last = args->rank - 1;
    int64_t per = BYTES_PER_CHUNK / args->element_bytes, cols = args->shape[last];
    if (!xb_copy_is_plane(args)) return xb_grid_of(xb_strides_count(last, args->shape), cols, per);
    int64_t rows = args->shape[last - 1], planes = xb_strides_count(last - 1, args->shape);
    int64_t tiles = (rows + XB_COPY_TILE - 1) / XB_COPY_TILE * ((cols + XB_COPY_TILE - 1) / XB_COPY_TILE);
    int64_t tile = xb_min64(rows, XB_COPY_TILE) * xb_min64(cols, XB_COPY_TILE);
    return xb_grid_of(planes * tiles, 1, xb_max64(per / xb_max64(tile, 1), 1));
}

xb_grid xb_convert_grid(const xb_convert_args *args) { return xb_grid_of(1, args->count, BYTES_PER_CHUNK / 4); }
xb_work xb_convert_work(const xb_isa *isa, const xb_convert_args *args) {
    return (xb_work){ isa->convert, xb_convert_grid(args).chunks, 0 };
}
