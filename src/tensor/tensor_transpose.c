/* tensor/tensor_transpose.c - permuted copies.
 *
 * The permutation is first made small: dimensions of 1 vanish and dimensions that stay neighbours become one. NCHW <-> NHWC
 * is then a stack of plain matrix transposes, which go in tiles that fit the first-level cache; all else is a walk over
 * rows of the result. */
#include <string.h>

#include "base/error.h"
#include "tensor/tensor.h"

enum { TILE = 16 };

/* A permutation in the order of the result. */
typedef struct permutation {
    int32_t rank;
    int64_t extent[XB_MAX_RANK]; /* of the result */
    int64_t stride[XB_MAX_RANK]; /* step in the source, in elements, for one step in the result's dimension */
} permutation;

static permutation simplify(const xb_tensor *t, const int32_t *axes) {
    int64_t stride[XB_MAX_RANK];
    int64_t step = 1;
    int32_t rank = t->rank < XB_MAX_RANK ? t->rank : XB_MAX_RANK;
    for (int32_t n = 1; n <= rank; n++) { /* from the last dimension on */
        stride[rank - n] = step;
        step *= t->shape[rank - n];
    }
    permutation p = { 0 };
    for (int32_t i = 0; i < rank; i++) {
        int64_t extent = t->shape[axes[i]], from = stride[axes[i]];
        if (extent == 1) continue;
        if (p.rank > 0 && p.stride[p.rank - 1] == from * extent) { /* still neighbours */
            p.extent[p.rank - 1] *= extent;
            p.stride[p.rank - 1] = from;
        } else {
            p.extent[p.rank] = extent;
            p.stride[p.rank++] = from;
        }
    }
    return p;
}

/* `count` elements of `element` bytes, `stride` elements apart, side by side. */
static void gather(char *dst, const char *src, int64_t count, int64_t stride, int32_t element) {
    if (stride == 1) {
        memcpy(dst, src, (size_t)(count * element));
        return;
    }
    int64_t step = stride * element;
    switch (element) { /* constant sizes become single moves */
    case 1:
        for (int64_t i = 0; i < count; i++) dst[i] = src[i * step];
        break;
    case 2:
        for (int64_t i = 0; i < count; i++) memcpy(dst + i * 2, src + i * step, 2);
        break;
    case 4:
        for (int64_t i = 0; i < count; i++) memcpy(dst + i * 4, src + i * step, 4);
        break;
    default:
        for (int64_t i = 0; i < count; i++) memcpy(dst + i * 8, src + i * step, 8);
        break;
    }
}

/* src [columns, rows] -> dst [rows, columns] */
static void transpose_matrix(char *dst, const char *src, int64_t rows, int64_t columns, int32_t element) {
    for (int64_t r = 0; r < rows; r += TILE) {
        int64_t row_end = r + TILE < rows ? r + TILE : rows;
        for (int64_t c = 0; c < columns; c += TILE) {
            int64_t width = c + TILE < columns ? TILE : columns - c;
            for (int64_t row = r; row < row_end; row++)
                gather(dst + (row * columns + c) * element, src + (c * rows + row) * element, width, rows, element);
        }
    }
}

static void walk(const permutation *p, char *dst, const char *src, int32_t element) {
    int32_t last = p->rank - 1;
    int64_t index[XB_MAX_RANK] = { 0 };
    int64_t offset = 0; /* in the source, elements */
    for (;;) {
        gather(dst, src + offset * element, p->extent[last], p->stride[last], element);
        dst += p->extent[last] * element;
        int32_t d = last - 1;
        for (; d >= 0; d--) {
            offset += p->stride[d];
            if (++index[d] < p->extent[d]) break;
            offset -= index[d] * p->stride[d];
            index[d] = 0;
        }
        if (d < 0) return;
    }
}

static void run(const permutation *p, char *dst, const char *src, int64_t count, int32_t element) {
    if (p->rank <= 1) {
        memcpy(dst, src, (size_t)(count * element));
        return;
    }
    int64_t rows = p->extent[p->rank - 2], columns = p->extent[p->rank - 1];
    int     is_stack = p->rank <= 3 && p->stride[p->rank - 2] == 1 && p->stride[p->rank - 1] == rows &&
                       (p->rank == 2 || p->stride[0] == rows * columns);
    if (!is_stack) {
        walk(p, dst, src, element);
        return;
    }
    int64_t matrices = p->rank == 3 ? p->extent[0] : 1, matrix_bytes = rows * columns * element;
    for (int64_t m = 0; m < matrices; m++)
        transpose_matrix(dst + m * matrix_bytes, src + m * matrix_bytes, rows, columns, element);
}

xybrid_status xb_tensor_transpose(xb_mem *mem, const xb_tensor *t, const int32_t *axes, xb_tensor *out, xybrid_error *err) {
    uint32_t seen = 0;
    int64_t  shape[XB_MAX_RANK];
    for (int32_t i = 0; i < t->rank; i++) {
        if (axes[i] < 0 || axes[i] >= t->rank || (seen & 1u << axes[i]))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "transpose", "axis %d at place %d: each of 0 to %d is needed once",
                           (int)axes[i], (int)i, (int)t->rank - 1);
        seen |= 1u << axes[i];
        shape[i] = t->shape[axes[i]];
    }
    xb_tensor made;
    XB_TRY(xb_tensor_new(mem, t->dtype, t->rank, shape, &made, err));
    int64_t count = xb_tensor_count(t);
    if (count > 0) {
        permutation p = simplify(t, axes);
        run(&p, made.data, t->data, count, xb_dtype_size(t->dtype));
    }
    *out = made;
    return XYBRID_OK;
}
