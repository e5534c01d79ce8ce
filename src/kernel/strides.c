/* kernel/strides.c - fewer dimensions. */
#include "kernel/strides.h"

static int joins(int64_t extent, int64_t *const *strides, int32_t operands, int32_t outer, int32_t inner) {
    for (int32_t k = 0; k < operands; k++)
        if (strides[k][outer] != extent * strides[k][inner]) return 0;
    return 1;
}

int32_t xb_strides_collapse(int32_t rank, int64_t *shape, int64_t *const *strides, int32_t operands) {
    int32_t kept = 0;
    for (int32_t i = 0; i < rank; i++) {
        if (shape[i] == 1) continue;
        if (kept > 0 && joins(shape[i], strides, operands, kept - 1, i)) {
            shape[kept - 1] *= shape[i];
            for (int32_t k = 0; k < operands; k++) strides[k][kept - 1] = strides[k][i];
            continue;
        }
        shape[kept] = shape[i];
        for (int32_t k = 0; k < operands; k++) strides[k][kept] = strides[k][i];
        kept++;
    }
    if (kept > 0) return kept;
    shape[0] = 1;
    for (int32_t k = 0; k < operands; k++) strides[k][0] = 1;
    return 1;
}

void xb_strides_dense(int32_t rank, const int64_t *shape, int64_t *strides) {
    int64_t step = 1;
    for (int32_t i = rank; i-- > 0;) {
        strides[i] = step;
        step *= shape[i];
    }
}

int64_t xb_strides_row(int32_t rank, const int64_t *shape, const int64_t *stride, int64_t row) {
    int64_t offset = 0;
    for (int32_t d = rank - 2; d >= 0; d--) {
        offset += row % shape[d] * stride[d];
        row /= shape[d];
    }
    return offset;
}
