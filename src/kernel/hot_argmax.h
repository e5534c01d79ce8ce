/* kernel/hot_argmax.h - chunks of where the largest or smallest number is (kernel/rows.h). */
#ifndef XB_HOT_ARGMAX_H
#define XB_HOT_ARGMAX_H

#include "kernel/hot_rows.h"

/* Is x[i] what was sought: equal, or a NaN when that is sought? */
XB_INLINE int xb_is_sought(float x, float sought) { return x == sought || (isnan(sought) && isnan(x)); }

XB_COLD int64_t xb_argmax_row(const xb_argmax_args *k, const float *x) {
    float   sought = k->is_min ? xb_row_min_nan(x, k->n) : xb_row_max(x, k->n, 1);
    int64_t i = 0;
    if (k->is_last) {
        for (i = k->n - 1; i > 0 && !xb_is_sought(x[i], sought);) i--;
        return i;
    }
    xb_vf s = xb_vf_set(sought);
    if (!isnan(sought))
        while (i + XB_VW <= k->n && !xb_vm_any(xb_vf_eq(xb_vf_load(x + i), s))) i += XB_VW;
    while (i < k->n - 1 && !xb_is_sought(x[i], sought)) i++;
    return i;
}

XB_COLD void xb_argmax_columns(const xb_argmax_args *k, int64_t *out, const float *x, int64_t width) {
    for (int64_t c = 0; c < width; c += XB_VW) {
        int64_t left = width - c;
        int32_t lanes[XB_VW];
        xb_vf   best = xb_get(x + c, left);
        xb_vi   at = xb_vi_set(0);
        for (int64_t r = 1; r < k->n; r++) {
            xb_vf v = xb_get(x + r * k->inner + c, left);
            xb_vm better = k->is_min ? xb_vf_lt(v, best) : xb_vf_gt(v, best);
            xb_vm nan = xb_vf_isnan(v);
            if (k->is_last) better = xb_vm_or(better, xb_vf_eq(v, best));
            else nan = xb_vm_and(nan, xb_vm_not(xb_vf_isnan(best)));
            better = xb_vm_or(better, nan);
            best = xb_vf_select(better, v, best);
            at = xb_vi_select(better, xb_vi_set((int32_t)r), at);
        }
        xb_vi_store(lanes, at);
        for (int64_t i = 0; i < XB_VW && i < left; i++) out[c + i] = lanes[i];
    }
}

XB_COLD void xb_hot_argmax_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_argmax_args *k = pointer;
    xb_grid               g = xb_argmax_grid(k);
    xb_part               p = xb_grid_part(&g, k->outer, k->inner, chunk);
    (void)scratch;
    for (int64_t r = p.row; r < p.row + p.rows; r++) {
        const float *x = k->in + r * k->n * k->inner + p.col;
        int64_t     *y = k->out + r * k->inner + p.col;
        if (k->inner == 1) *y = xb_argmax_row(k, x);
        else xb_argmax_columns(k, y, x, p.cols);
    }
}

#endif
