/* engine/native/layout.c - see layout.h. */
#include "engine/native/layout.h"

#include <string.h>

#include "engine/native/build_int.h"
#include "kernel/blocked.h"
#include "kernel/conv.h"
#include "kernel/elementwise.h"

static int64_t plane_of(const xb_val *v) { return v->rank == 4 ? v->dims[2] * v->dims[3] : v->dims[2]; }

xb_layout xb_spatial_layout(const xb_val *v) { return v->rank == 3 ? XB_LAYOUT_LAST : XB_LAYOUT_BLOCKED; }

static int64_t bytes_in(const xb_build *b, xb_layout layout, const xb_val *v) {
    return xb_layout_count(b->isa, layout, v->dims[0], v->dims[1], plane_of(v)) * (int64_t)sizeof(float);
}

static xybrid_status twin_of(const xb_node *n, const xb_val *v, xb_layout layout, xb_val **out) {
    xb_val *twin = xb_temp(n, v->dtype, v->rank, v->dims);
    if (!twin) return n->b->err->code;
    twin->layout = (uint8_t)layout;
    if (layout != XB_LAYOUT_DENSE) twin->size_bytes = bytes_in(n->b, layout, v);
    *out = twin;
    return XYBRID_OK;
}

static xybrid_status reorder(const xb_node *n, const xb_val *from, xb_val *to) {
    xb_reorder_args *a = xb_step_new(&n->b->none, sizeof *a, "reorder");
    if (!a) return n->b->err->code;
    a->batch = from->dims[0];
    a->channels = from->dims[1];
    a->points = plane_of(from);
    a->from = (xb_layout)from->layout;
    a->to = (xb_layout)to->layout;
    xb_step_in(n, &a->x, from);
    xb_step_out(n, &a->y, to);
    return xb_step_work(n, xb_reorder_work(n->b->isa, a));
}

/* Are the layouts of three dimensions the same bytes? */
static int is_the_same(const xb_val *v) { return v->rank == 3 && (v->dims[1] == 1 || v->dims[2] == 1); }

xybrid_status xb_as_layout(const xb_node *n, xb_val *v, xb_layout layout, xb_val **out) {
    *out = v;
    if (!v || v->layout == layout) return XYBRID_OK;
    if (!v->twin) {
        XB_TRY(twin_of(n, v, layout, &v->twin));
        if (is_the_same(v)) xb_view(v->twin, v, 0);
        else XB_TRY(reorder(n, v, v->twin));
    }
    *out = v->twin;
    return XYBRID_OK;
}

xybrid_status xb_dense_inputs(xb_node *n) {
    for (int32_t i = 0; i < n->in_count; i++) XB_TRY(xb_as_layout(n, n->in[i], XB_LAYOUT_DENSE, &n->in[i]));
    for (int32_t i = 0; n->fused && i < n->fused->count; i++)
        XB_TRY(xb_as_layout(n, n->fused->steps[i].operand, XB_LAYOUT_DENSE, &n->fused->steps[i].operand));
    return XYBRID_OK;
}

xybrid_status xb_blocked_out(const xb_node *n, xb_val *v, xb_val **out) {
    xb_layout layout = xb_spatial_layout(v);
    if (v->last == INT32_MAX) return twin_of(n, v, layout, out);
    v->layout = (uint8_t)layout;
    v->size_bytes = bytes_in(n->b, layout, v);
    *out = v;
    return XYBRID_OK;
}

xybrid_status xb_blocked_done(const xb_node *n, xb_val *from, xb_val *v) {
    if (from == v) return XYBRID_OK;
    v->twin = from;
    return reorder(n, from, v);
}

/* ---- fused steps ---- */

typedef enum operand_role { ROLE_NONE, ROLE_NUMBER, ROLE_CHANNELS, ROLE_FULL, ROLE_OTHER } operand_role;

static operand_role role_of(const xb_val *y, const xb_fused_step *s) {
    const xb_val *o = s->operand;
    if (!o) return ROLE_NONE;
    if (s->is_imm) return ROLE_NUMBER;
    int32_t shift = y->rank - o->rank;
    if (shift == 0 && memcmp(o->dims, y->dims, (size_t)y->rank * sizeof *y->dims) == 0) return ROLE_FULL;
    for (int32_t d = 0; d < y->rank; d++) { /* [C, 1, 1] or [1, C, 1, 1] */
        int64_t size = d < shift ? 1 : o->dims[d - shift];
        if (size != (d == 1 ? y->dims[1] : 1)) return ROLE_OTHER;
    }
    return ROLE_CHANNELS;
}

/* 0 / 0 and the logarithm of 0 would leave NaN and infinities in the channels behind the last one. */
static int keeps_zero_finite(int op) {
    return op != XB_EP_DIV && op != XB_EP_RDIV && op != XB_EP_RECIPROCAL && op != XB_EP_LOG && op != XB_EP_RSQRT &&
           op != XB_EP_POW && op != XB_EP_FMOD && op != XB_EP_SNAKE;
}

int xb_blocked_fits(const xb_node *n) {
    const xb_val *y = n->out[0];
    int is_last = xb_spatial_layout(y) == XB_LAYOUT_LAST, is_whole = is_last || y->dims[1] % xb_conv_block(n->b->isa) == 0;
    for (int32_t i = 0; n->fused && i < n->fused->count; i++) {
        const xb_fused_step *s = &n->fused->steps[i];
        operand_role         role = role_of(y, s);
        if (role == ROLE_OTHER || (!is_whole && !keeps_zero_finite((int)s->op))) return 0;
        if (role == ROLE_CHANNELS && !is_last && !s->operand->data && s->operand->rank != 4) return 0;
    }
    return 1;
}

/* A known vector, padded to whole blocks. */
static xybrid_status padded(const xb_node *n, xb_val *v, xb_val **out) {
    int64_t     c = xb_conv_block(n->b->isa), size = (v->count + c - 1) / c * c;
    void       *copy;
    const void *data;
    XB_TRY(xb_content(n, v, &data));
    *out = xb_temp_content(n, XYBRID_FLOAT32, 1, &size, &copy);
    if (!*out) return n->b->err->code;
    memcpy(copy, data, (size_t)v->size_bytes);
    return XYBRID_OK;
}

xybrid_status xb_blocked_operands(const xb_node *n, xb_val **operands) {
    xb_layout layout = xb_spatial_layout(n->out[0]);
    for (int32_t i = 0; n->fused && i < n->fused->count; i++) {
        const xb_fused_step *s = &n->fused->steps[i];
        operand_role         role = role_of(n->out[0], s);
        operands[i] = s->operand;
        if (role == ROLE_CHANNELS && layout == XB_LAYOUT_LAST) continue; /* the same bytes in any layout */
        if (role == ROLE_CHANNELS && s->operand->data) XB_TRY(padded(n, s->operand, &operands[i]));
        else if (role == ROLE_CHANNELS || role == ROLE_FULL) XB_TRY(xb_as_layout(n, s->operand, layout, &operands[i]));
    }
    return XYBRID_OK;
}

xybrid_status xb_blocked_epilogue(const xb_node *n, xb_val *const *operands, xb_epilogue *e) {
    const xb_val *y = n->out[0];
    int64_t       pitch = xb_spatial_layout(y) == XB_LAYOUT_LAST ? y->dims[1] : xb_conv_block(n->b->isa);
    e->count = n->fused ? n->fused->count : 0;
    for (int32_t i = 0; i < e->count; i++) {
        const xb_fused_step *s = &n->fused->steps[i];
        operand_role         role = role_of(n->out[0], s);
        e->steps[i] = (xb_ep_step){ .op = (uint8_t)s->op, .a = s->a, .b = s->b, .from = XB_EP_NONE };
        if (role == ROLE_NUMBER) e->steps[i].from = XB_EP_IMM;
        if (role != ROLE_CHANNELS && role != ROLE_FULL) continue;
        e->steps[i].from = role == ROLE_FULL ? XB_EP_FULL : XB_EP_COL;
        e->steps[i].stride = role == ROLE_FULL ? pitch : 0;
        xb_step_in(n, &e->steps[i].data, operands[i]);
    }
    return XYBRID_OK;
}

static xybrid_status blocked_chain(xb_node *n, const xb_val *x, xb_val *y, xb_val *const *operands) {
    xb_blocked_chain_args *a = xb_step_new(n, sizeof *a, "chain nchwc");
    if (!a) return n->b->err->code;
    a->batch = x->dims[0];
    a->channels = x->dims[1];
    a->plane = plane_of(x);
    xb_step_in(n, &a->in, x);
    XB_TRY(xb_blocked_epilogue(n, operands, &a->e));
    xb_step_out(n, &a->out, y);
    return xb_step_work(n, xb_blocked_chain_work(n->b->isa, a));
}

static xybrid_status last_chain(xb_node *n, const xb_val *x, xb_val *y, xb_val *const *operands) {
    xb_chain_args *a = xb_step_new(n, sizeof *a, "chain nwc");
    if (!a) return n->b->err->code;
    a->rows = x->dims[0] * plane_of(x);
    a->cols = a->ld_in = a->ld_out = x->dims[1];
    xb_step_in(n, &a->in, x);
    XB_TRY(xb_blocked_epilogue(n, operands, &a->e));
    xb_step_out(n, &a->out, y);
    return xb_step_work(n, xb_chain_work(n->b->isa, a));
}

xybrid_status xb_blocked_chain(xb_node *n) {
    xb_layout layout = xb_spatial_layout(n->out[0]);
    xb_val   *operands[XB_FUSED_STEPS], *y, *x;
    XB_TRY(xb_as_layout(n, n->in[0], layout, &x));
    XB_TRY(xb_blocked_operands(n, operands));
    XB_TRY(xb_blocked_out(n, n->out[0], &y));
    XB_TRY((layout == XB_LAYOUT_LAST ? last_chain : blocked_chain)(n, x, y, operands));
    return xb_blocked_done(n, y, n->out[0]);
}
