/* kernel/hot_elementwise.h - chunks of kernel/elementwise.h. */
#ifndef XB_HOT_ELEMENTWISE_H
#define XB_HOT_ELEMENTWISE_H

#include "kernel/elementwise.h"
#include "kernel/hot_epilogue.h"

/* ---- two operands ---- */

enum { XB_LINE_BLOCK = 256 }; /* elements of a line whose stride is not 1, brought together on the stack */

/* n elements from p on, `stride` apart, in a row: where they are, or in `room`. */
XB_COLD const float *xb_line(const float *p, int64_t stride, int64_t n, float *room) {
    if (stride == 1) return p;
    for (int64_t i = 0; i < n; i++) room[i] = p[i * stride];
    return room;
}

XB_COLD void xb_compare_line(int32_t op, uint8_t *out, const float *a, const float *b, int64_t n) {
    for (int64_t i = 0; i < n; i += XB_VW) {
        int64_t left = n - i;
        xb_vf   x = left >= XB_VW ? xb_vf_load(a + i) : xb_vf_load_n(a + i, left);
        xb_vf   y = left >= XB_VW ? xb_vf_load(b + i) : xb_vf_load_n(b + i, left);
        xb_vm   m;
        switch (op) {
        case XB_BINARY_LESS: m = xb_vf_lt(x, y); break;
        case XB_BINARY_LESS_EQUAL: m = xb_vf_le(x, y); break;
        case XB_BINARY_GREATER: m = xb_vf_gt(x, y); break;
        case XB_BINARY_GREATER_EQUAL: m = xb_vf_ge(x, y); break;
        default: m = xb_vf_eq(x, y); break;
        }
        if (left >= XB_VW) {
            xb_vm_store(out + i, m);
        } else {
            uint8_t bytes[XB_VW];
            xb_vm_store(bytes, m);
            for (int64_t k = 0; k < left; k++) out[i + k] = bytes[k];
        }
    }
}

/* The step that does op with a in its place, and with the operands exchanged; XB_EP_OP_COUNT: there is none. */
static void xb_binary_steps(int32_t op, int32_t *forward, int32_t *backward) {
    static const uint8_t steps[XB_BINARY_EQUAL][2] = {
        { XB_EP_ADD, XB_EP_ADD },      { XB_EP_SUB, XB_EP_RSUB },      { XB_EP_MUL, XB_EP_MUL },
        { XB_EP_DIV, XB_EP_RDIV },     { XB_EP_MIN, XB_EP_OP_COUNT },  { XB_EP_MAX, XB_EP_OP_COUNT },
        { XB_EP_POW, XB_EP_OP_COUNT }, { XB_EP_FMOD, XB_EP_OP_COUNT }, { XB_EP_PRELU, XB_EP_OP_COUNT },
    };
    *forward = steps[op][0];
    *backward = steps[op][1];
}

/* Rows of the last two dimensions, whose last is walked in steps of sa, sb, so; ra, rb, ro from row to row. */
typedef struct xb_binary_rows {
    const float *a, *b;
    float       *out;
    uint8_t     *truth; /* of a comparison, instead of out */
    int64_t      sa, sb, so, ra, rb, ro, rows, cols;
} xb_binary_rows;

/* The general form: blocks of lines brought together, and spread again. */
XB_COLD void xb_binary_blocks(int32_t op, const xb_binary_rows *w) {
    float   a[XB_LINE_BLOCK], b[XB_LINE_BLOCK], c[XB_LINE_BLOCK];
    uint8_t truth[XB_LINE_BLOCK];
    int32_t forward = 0, backward;
    if (!w->truth) xb_binary_steps(op, &forward, &backward);
    for (int64_t r = 0; r < w->rows; r++) {
        for (int64_t i = 0; i < w->cols; i += XB_LINE_BLOCK) {
            int64_t      n = xb_min64(XB_LINE_BLOCK, w->cols - i), at = r * w->ro + i * w->so;
            const float *x = xb_line(w->a + r * w->ra + i * w->sa, w->sa, n, a);
            const float *y = xb_line(w->b + r * w->rb + i * w->sb, w->sb, n, b);
            if (w->truth) {
                uint8_t *to = truth;
                if (w->so == 1) to = w->truth + at;
                xb_compare_line(op, to, x, y, n);
                for (int64_t k = 0; k < n && w->so != 1; k++) w->truth[at + k * w->so] = truth[k];
            } else {
                xb_ep_job j = { .op = forward, .out = c, .in = x, .rows = 1, .cols = n, .line = y };
                if (w->so == 1) j.out = w->out + at;
                xb_ep_run(&j);
                for (int64_t k = 0; k < n && w->so != 1; k++) w->out[at + k * w->so] = c[k];
            }
        }
    }
}

static void xb_binary_run(int32_t op, const xb_binary_rows *w) {
    if (!w->truth && w->so == 1) {
        int32_t forward, backward;
        xb_binary_steps(op, &forward, &backward);
        xb_ep_job j = {
            .op = forward, .out = w->out, .in = w->a, .ld_out = w->ro, .ld_in = w->ra, .rows = w->rows, .cols = w->cols
        };
        j.line = w->sb == 1 ? w->b : NULL, j.at = w->b, j.step = w->rb, j.period = INT64_MAX;
        if (w->sa == 0 && w->sb == 1) { /* the other way round */
            j.op = backward, j.in = w->b, j.ld_in = w->rb;
            j.line = NULL, j.at = w->a, j.step = w->ra;
        }
        if ((w->sa == 1 && (w->sb == 0 || w->sb == 1)) || (w->sa == 0 && w->sb == 1 && backward != XB_EP_OP_COUNT)) {
            xb_ep_run(&j);
            return;
        }
    }
    xb_binary_blocks(op, w);
}

XB_COLD void xb_hot_binary_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_binary_args *k = pointer;
    int32_t               last = k->rank - 1;
    xb_grid               g = xb_binary_grid(k);
    xb_part               p = xb_grid_part(&g, xb_strides_count(last, k->shape), k->shape[last], chunk);
    xb_binary_rows        w = { .sa = k->stride_a[last], .sb = k->stride_b[last], .so = k->stride_out[last], .cols = p.cols };
    (void)scratch;
    if (last > 0) w.ra = k->stride_a[last - 1], w.rb = k->stride_b[last - 1], w.ro = k->stride_out[last - 1];
    for (int64_t done = 0; done < p.rows; done += w.rows) {
        int64_t row = p.row + done;
        w.rows = xb_strides_run(k->rank, k->shape, row, p.rows - done);
        w.a = k->a + xb_strides_row(k->rank, k->shape, k->stride_a, row) + p.col * w.sa;
        w.b = k->b + xb_strides_row(k->rank, k->shape, k->stride_b, row) + p.col * w.sb;
        int64_t at = xb_strides_row(k->rank, k->shape, k->stride_out, row) + p.col * w.so;
        if (k->op >= XB_BINARY_EQUAL) w.truth = (uint8_t *)k->out + at;
        else w.out = (float *)k->out + at;
        xb_binary_run(k->op, &w);
    }
}

/* ---- choice ---- */

XB_OUTLINE void xb_where_line(float *out, const uint8_t *c, const float *a, const float *b, int64_t n) {
    int64_t i = 0;
    for (; i + XB_VW <= n; i += XB_VW)
        xb_vf_store(out + i, xb_vf_select(xb_vm_load(c + i), xb_vf_load(a + i), xb_vf_load(b + i)));
    for (; i < n; i++) memcpy(out + i, c[i] ? a + i : b + i, sizeof *out); /* any bits */
}

XB_COLD void xb_hot_where_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_where_args *k = pointer;
    int32_t              last = k->rank - 1;
    xb_grid              g = xb_where_grid(k);
    xb_part              p = xb_grid_part(&g, xb_strides_count(last, k->shape), k->shape[last], chunk);
    int64_t sc = k->stride_condition[last], sa = k->stride_a[last], sb = k->stride_b[last], so = k->stride_out[last];
    float   a[XB_LINE_BLOCK], b[XB_LINE_BLOCK], o[XB_LINE_BLOCK];
    uint8_t c[XB_LINE_BLOCK];
    (void)scratch;
    for (int64_t row = p.row; row < p.row + p.rows; row++) {
        const uint8_t *pc = k->condition + xb_strides_row(k->rank, k->shape, k->stride_condition, row) + p.col * sc;
        const float   *pa = k->a + xb_strides_row(k->rank, k->shape, k->stride_a, row) + p.col * sa;
        const float   *pb = k->b + xb_strides_row(k->rank, k->shape, k->stride_b, row) + p.col * sb;
        float         *po = k->out + xb_strides_row(k->rank, k->shape, k->stride_out, row) + p.col * so;
        for (int64_t i = 0; i < p.cols; i += XB_LINE_BLOCK) {
            int64_t        n = xb_min64(XB_LINE_BLOCK, p.cols - i);
            const uint8_t *truth = pc + i;
            if (sc != 1)
                for (int64_t j = 0; j < n; j++) c[j] = pc[(i + j) * sc];
            if (sc != 1) truth = c;
            float *to = o;
            if (so == 1) to = po + i;
            xb_where_line(to, truth, xb_line(pa + i * sa, sa, n, a), xb_line(pb + i * sb, sb, n, b), n);
            for (int64_t j = 0; j < n && so != 1; j++) po[(i + j) * so] = o[j];
        }
    }
}

#endif
