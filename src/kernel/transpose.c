/* kernel/transpose.c - the simplest form of a copy, and how it is cut: about 15 us to a chunk. */
#include "kernel/transpose.h"

#include "kernel/isa.h"

enum { BYTES_PER_CHUNK = 65536 };

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
    int32_t last = args->rank - 1, narrow = last;
    for (int32_t d = 0; d < last; d++)
        if (args->stride_in[d] == 1) narrow = d;
    for (int32_t d = narrow; d < last - 1 && args->stride_in[last] != 1; d++) {
        swap(args->shape, d);
        swap(args->stride_in, d);
        swap(args->stride_out, d);
    }
    return (xb_work){ isa->copy, xb_copy_grid(args).chunks, 0 };
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
