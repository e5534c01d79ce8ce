/* kernel/score.c - softmax, argmax and top k, scalar. */
#include "kernel/score.h"

#include <math.h>

#include "base/checked.h"
#include "base/error.h"

/* A tensor as float32 seen along one axis. */
typedef struct lines {
    xb_tensor t; /* a reference, to be dropped */
    int32_t   axis;
    int64_t   outer, n, inner;
} lines;

xybrid_status xb_axis_resolve(const xb_tensor *t, int32_t axis, const char *what, int32_t *out, xybrid_error *err) {
    if (t->rank == 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, what, "%s needs a tensor with at least 1 dimension, this has none", what);
    if (axis < -t->rank || axis >= t->rank)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, what, "%s along dimension %d of a tensor that has %d", what, (int)axis,
                       (int)t->rank);
    *out = axis < 0 ? axis + t->rank : axis;
    return XYBRID_OK;
}

static xybrid_status lines_open(xb_mem *mem, const xb_tensor *t, int32_t axis, const char *what, lines *out,
                                xybrid_error *err) {
    lines l = { 0 };
    XB_TRY(xb_axis_resolve(t, axis, what, &l.axis, err));
    if (t->dtype == XYBRID_FLOAT32) l.t = xb_tensor_keep(t);
    else XB_TRY(xb_tensor_convert(mem, t, XYBRID_FLOAT32, &l.t, err));
    l.outer = xb_tensor_count(t) > 0 ? xb_tensor_span(t, 0, l.axis) : 0; /* [2^40, 0] is no reason to loop */
    l.n = t->shape[l.axis];
    l.inner = xb_tensor_span(t, l.axis + 1, t->rank);
    *out = l;
    return XYBRID_OK;
}

/* NaN above all numbers, as sorting in numpy does. */
static int is_larger(float a, float b) { return a > b || (isnan(a) && !isnan(b)); }

/* ---- softmax ---- */

void xb_softmax_f32(float *dst, const float *src, int64_t outer, int64_t n, int64_t inner) {
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner; i++) {
            const float *x = src + o * n * inner + i;
            float       *y = dst + o * n * inner + i;
            float        max = -INFINITY;
            for (int64_t k = 0; k < n; k++)
                if (is_larger(x[k * inner], max)) max = x[k * inner];
            double sum = 0;
            for (int64_t k = 0; k < n; k++) {
                float e = expf(x[k * inner] - max);
                y[k * inner] = e;
                sum += (double)e;
            }
            float scale = (float)(1.0 / sum);
            for (int64_t k = 0; k < n; k++) y[k * inner] *= scale;
        }
    }
}

xybrid_status xb_softmax(xb_mem *mem, const xb_tensor *t, int32_t axis, xb_tensor *out, xybrid_error *err) {
    lines     l;
    xb_tensor made;
    XB_TRY(lines_open(mem, t, axis, "softmax", &l, err));
    xybrid_status st = xb_tensor_new(mem, XYBRID_FLOAT32, t->rank, t->shape, &made, err);
    if (st == XYBRID_OK) {
        xb_softmax_f32(made.data, l.t.data, l.outer, l.n, l.inner);
        *out = made;
    }
    xb_tensor_drop(&l.t);
    return st;
}

/* ---- argmax ---- */

void xb_argmax_f32(int64_t *dst, const float *src, int64_t outer, int64_t n, int64_t inner) {
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner; i++) {
            const float *x = src + o * n * inner + i;
            int64_t      best = 0;
            for (int64_t k = 1; k < n; k++)
                if (is_larger(x[k * inner], x[best * inner])) best = k;
            dst[o * inner + i] = best;
        }
    }
}

static xybrid_status refuse_empty_axis(const lines *l, const char *what, xybrid_error *err) {
    if (l->n > 0) return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, what, "%s along dimension %d, which has 0 elements; at least 1 is needed",
                   what, (int)l->axis);
}

xybrid_status xb_argmax(xb_mem *mem, const xb_tensor *t, int32_t axis, xb_tensor *out, xybrid_error *err) {
    lines         l;
    xb_tensor     made;
    int64_t       shape[XB_MAX_RANK];
    xybrid_status st;
    XB_TRY(lines_open(mem, t, axis, "argmax", &l, err));
    for (int32_t i = 0; i + 1 < t->rank; i++) shape[i] = t->shape[i < l.axis ? i : i + 1];
    XB_TRY_OUT(refuse_empty_axis(&l, "argmax", err));
    XB_TRY_OUT(xb_tensor_new(mem, XYBRID_INT64, t->rank - 1, shape, &made, err));
    xb_argmax_f32(made.data, l.t.data, l.outer, l.n, l.inner);
    *out = made;
out:
    xb_tensor_drop(&l.t);
    return st;
}

/* ---- top k ----
 *
 * A heap of the k best so far with the worst at the root; a newcomer that beats the root replaces it. Taking the root out
 * again and again then fills the line from its end. */

typedef struct top_heap {
    float   *value; /* both `step` apart: they are the result's own line */
    int64_t *index;
    int64_t  step;
} top_heap;

static int is_better(const top_heap *h, int64_t a, int64_t b) {
    float x = h->value[a * h->step], y = h->value[b * h->step];
    if (is_larger(x, y)) return 1;
    return !is_larger(y, x) && h->index[a * h->step] < h->index[b * h->step];
}

static void swap_entries(const top_heap *h, int64_t a, int64_t b) {
    a *= h->step;
    b *= h->step;
    float   value = h->value[a];
    int64_t index = h->index[a];
    h->value[a] = h->value[b];
    h->index[a] = h->index[b];
    h->value[b] = value;
    h->index[b] = index;
}

static void sift_down(const top_heap *h, int64_t at, int64_t count) {
    for (;;) {
        int64_t worst = at;
        for (int64_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (is_better(h, worst, child)) worst = child;
        if (worst == at) return;
        swap_entries(h, at, worst);
        at = worst;
    }
}

static void topk_line(const top_heap *h, const float *x, int64_t n, int64_t step, int64_t k) {
    for (int64_t i = 0; i < k; i++) {
        h->value[i * h->step] = x[i * step];
        h->index[i * h->step] = i;
    }
    for (int64_t i = k / 2 - 1; i >= 0; i--) sift_down(h, i, k);
    for (int64_t i = k; i < n; i++) {
        if (!is_larger(x[i * step], h->value[0])) continue; /* an equal one that comes later is worse */
        h->value[0] = x[i * step];
        h->index[0] = i;
        sift_down(h, 0, k);
    }
    for (int64_t last = k - 1; last > 0; last--) {
        swap_entries(h, 0, last);
        sift_down(h, 0, last);
    }
}

xybrid_status xb_topk(xb_mem *mem, const xb_tensor *t, int32_t axis, int64_t k, xb_tensor *values, xb_tensor *indices,
                      xybrid_error *err) {
    lines         l;
    xb_tensor     v = { 0 }, ix = { 0 };
    int64_t       shape[XB_MAX_RANK];
    xybrid_status st;
    if (k < 1) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "top k", "top k with k = %lld; at least 1 is needed", (long long)k);
    XB_TRY(lines_open(mem, t, axis, "top k", &l, err));
    for (int32_t i = 0; i < t->rank; i++) shape[i] = t->shape[i];
    shape[l.axis] = k = xb_min64(k, l.n);
    XB_TRY_OUT(refuse_empty_axis(&l, "top k", err));
    XB_TRY_OUT(xb_tensor_new(mem, XYBRID_FLOAT32, t->rank, shape, &v, err));
    XB_TRY_OUT(xb_tensor_new(mem, XYBRID_INT64, t->rank, shape, &ix, err));
    for (int64_t o = 0; o < l.outer; o++) {
        for (int64_t i = 0; i < l.inner; i++) {
            int64_t  at = o * k * l.inner + i;
            top_heap h = { (float *)v.data + at, (int64_t *)ix.data + at, l.inner };
            topk_line(&h, (const float *)l.t.data + o * l.n * l.inner + i, l.n, l.inner, k);
        }
    }
    *values = xb_tensor_keep(&v);
    *indices = xb_tensor_keep(&ix);
out:
    xb_tensor_drop(&v);
    xb_tensor_drop(&ix);
    xb_tensor_drop(&l.t);
    return st;
}
