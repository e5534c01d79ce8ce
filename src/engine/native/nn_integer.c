/* engine/native/nn_integer.c - see nn_integer.h. */
#include "engine/native/nn_integer.h"

#include <string.h>

#include "base/checked.h"
#include "engine/native/model.h"
#include "engine/native/ops_elementwise.h"

xybrid_status xb_want_8bit(const xb_node *n, int32_t i) {
    const xb_val *v = xb_in(n, i);
    if (!v) return xb_refuse(n, "input %d is missing", i);
    if (v->dtype == XYBRID_UINT8 || v->dtype == XYBRID_INT8) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "input %d is %s; wanted uint8 or int8", i, xb_onnx_dtype_name(v->dtype));
}

xybrid_status xb_want_one(const xb_node *n, int32_t i, int32_t dtype) {
    const xb_val *v = xb_in(n, i);
    XB_TRY(xb_want_type(n, i, dtype));
    if (!v || v->count == 1) return XYBRID_OK;
    return xb_refuse(n, "input %d has %lld elements, wanted 1", i, (long long)v->count);
}

static const xb_qisa *qisa_of(const xb_build *b) { return b->model->services.qisa; }

static int is_weight(const xb_build *b, const xb_val *v) { return v->is_static && !b->is_folding; }

/* ---- products ---- */

typedef struct qgemm_pack {
    const xb_qisa *q;
    xb_qgemm_b     b;
    int64_t        n, k, offset;
} qgemm_pack;

static void pack_b(const void *ctx, const void *src, void *out, void *scratch) {
    const qgemm_pack *p = ctx;
    xb_qgemm_b        b = p->b;
    (void)scratch;
    b.data = (const char *)src + p->offset;
    xb_qgemm_pack(p->q, &b, p->n, p->k, 0, p->n, out);
}

static xybrid_status packed_b(const xb_node *n, const xb_qproduct *p, const xb_qgemm_b *lies, xb_val **out) {
    qgemm_pack pack = { qisa_of(n->b), *lies, p->n, p->k, p->b_offset };
    xb_pack    how = { .kind = XB_PACK_QGEMM,
                       .key = { p->n, p->k, p->b_row, p->b_col, p->b_offset },
                       .size_bytes = xb_qgemm_pack_bytes(pack.q, p->n, p->k),
                       .run = pack_b,
                       .ctx = &pack,
                       .ctx_size = sizeof pack,
                       .what = "qgemm_pack" };
    return xb_packed(n, p->b, &how, out);
}

typedef struct qgemm_step {
    xb_qgemm_args g; /* first: the kernel's arguments */
    xb_epilogue   epilogue;
} qgemm_step;

static void along_in(const xb_node *n, const void *field, int64_t *step, const xb_qalong *along) {
    *step = along->step;
    xb_step_in_at(n, field, along->v, along->v ? along->offset * xb_element_bytes(along->v->dtype) : 0);
}

static xb_qgemm_output output_of(int32_t dtype) {
    return dtype == XYBRID_INT32     ? XB_QGEMM_I32
           : dtype == XYBRID_FLOAT32 ? XB_QGEMM_F32
           : dtype == XYBRID_INT8    ? XB_QGEMM_S8
                                     : XB_QGEMM_U8;
}

static const float one = 1;

static xybrid_status one_step(const xb_node *n, const xb_qproduct *p, int takes_fused) {
    xb_build     *b = n->b;
    xybrid_error *err = b->err;
    int32_t       last = p->batch_rank - 1;
    int           is_one_b = 1;
    xb_val       *weights = p->b;
    int64_t       offset = p->b_offset;
    xb_qgemm_b    lies = { .row = p->b_row, .col = p->b_col, .is_signed = p->b->dtype == XYBRID_INT8 };
    for (int32_t d = 0; d <= last; d++) is_one_b &= p->b_batch[d] == 0;
    if (is_weight(b, p->b) && is_one_b && p->k > 0) {
        XB_TRY(packed_b(n, p, &lies, &weights));
        lies.packed = 1;
        offset = 0;
    }
    qgemm_step *s = xb_step_new(n, sizeof *s, "qgemm");
    if (!s) return b->err->code;
    xb_qgemm_args *g = &s->g;
    *g = (xb_qgemm_args){ .m = p->m,
                          .n = p->n,
                          .k = p->k,
                          .a_row = p->a_row,
                          .a_col = p->a_col,
                          .a_signed = p->a->dtype == XYBRID_INT8,
                          .b = lies,
                          .output = output_of(p->c->dtype),
                          .ldc = p->c_row,
                          .outer = 1,
                          .inner = 1 };
    if (last >= 0) {
        g->inner = p->batch[last];
        g->a_inner = p->a_batch[last], g->b_inner = p->b_batch[last], g->c_inner = p->c_batch[last];
    }
    if (last == 1) {
        g->outer = p->batch[0];
        g->a_outer = p->a_batch[0], g->b_outer = p->b_batch[0], g->c_outer = p->c_batch[0];
    }
    xb_step_in_bytes(n, &g->a, p->a, p->a_offset);
    xb_step_in_bytes(n, &g->b.data, weights, offset);
    along_in(n, &g->a_zero, &g->a_zero_step, &p->a_zero);
    along_in(n, &g->b.zero, &g->b.zero_step, &p->b_zero);
    g->a_scale = g->b_scale = &one;
    along_in(n, &g->a_scale, &g->a_scale_step, &p->a_scale);
    along_in(n, &g->b_scale, &g->b_scale_step, &p->b_scale);
    xb_step_in(n, &g->c_scale, p->c_scale);
    xb_step_in(n, &g->c_zero, p->c_zero);
    xb_step_out_at(n, &g->c, p->c, p->c_offset * xb_element_bytes(p->c->dtype));
    if (takes_fused) XB_TRY(xb_epilogue_fill(n, n->out[0]->rank - 1, &s->epilogue));
    if (p->bias) {
        XB_CHECK(s->epilogue.count < XB_EP_STEPS);
        for (int32_t i = s->epilogue.count++; i > 0; i--) s->epilogue.steps[i] = s->epilogue.steps[i - 1];
        s->epilogue.steps[0] = (xb_ep_step){ .op = XB_EP_ADD, .from = XB_EP_COL };
        xb_step_in(n, &s->epilogue.steps[0].data, p->bias);
    }
    if (s->epilogue.count) g->epilogue = &s->epilogue;
    return xb_step_work(n, xb_qgemm_work(qisa_of(b), g));
}

/* Does the kernel's one pointer reach it in every item: rows counted through the batch (`per_item` of them), or the same? */
static int goes_along(const xb_qproduct *p, const xb_qalong *along, int64_t per_item) {
    int64_t stride = per_item * along->step;
    if (!along->v) return 1;
    for (int32_t d = 0; d < p->batch_rank; d++) stride *= p->batch[d];
    for (int32_t d = 0; d < p->batch_rank; d++) {
        stride /= p->batch[d];
        if (p->batch[d] > 1 && along->batch[d] != stride) return 0;
    }
    return 1;
}

static void drop_batch(xb_qproduct *p, int32_t d, int64_t index) {
    xb_qalong *alongs[4] = { &p->a_zero, &p->b_zero, &p->a_scale, &p->b_scale };
    int32_t    behind = p->batch_rank - 1 - d;
    p->a_offset += index * p->a_batch[d];
    p->b_offset += index * p->b_batch[d];
    p->c_offset += index * p->c_batch[d];
    int64_t *lists[8] = { p->batch, p->a_batch, p->b_batch, p->c_batch };
    for (int i = 0; i < 4; i++) {
        alongs[i]->offset += index * alongs[i]->batch[d];
        lists[4 + i] = alongs[i]->batch;
    }
    for (int i = 0; i < 8; i++) memmove(lists[i] + d, lists[i] + d + 1, (size_t)behind * sizeof **lists);
    p->batch_rank--;
}

/* As one step, or one for each item of the batch's first dimension. */
static xybrid_status steps_of(const xb_node *n, xb_qproduct *p, int takes_fused) {
    for (int32_t d = 0; d < p->batch_rank;) {
        if (p->batch[d] == 1) drop_batch(p, d, 0);
        else d++;
    }
    if (p->batch_rank <= 2 && goes_along(p, &p->a_zero, p->m) && goes_along(p, &p->a_scale, p->m) &&
        goes_along(p, &p->b_zero, 0) && goes_along(p, &p->b_scale, 0))
        return one_step(n, p, takes_fused);
    for (int64_t i = 0; i < p->batch[0]; i++) {
        xb_qproduct item = *p;
        drop_batch(&item, 0, i);
        XB_TRY(steps_of(n, &item, 0));
    }
    return XYBRID_OK;
}

xybrid_status xb_qproduct_emit(const xb_node *n, xb_qproduct *p) {
    int64_t items = 1;
    if (p->c->count == 0) return XYBRID_OK;
    for (int32_t d = 0; d < p->batch_rank; d++) items *= p->batch[d];
    int is_fused = p->takes_fused && n->fused, takes = is_fused && (p->batch_rank == 0 || items == 1);
    if (is_fused && !takes) { /* would it be one step? */
        xb_qproduct whole = *p;
        for (int32_t d = whole.batch_rank - 1; d >= 0; d--)
            if (whole.batch[d] == 1) drop_batch(&whole, d, 0);
        takes = whole.batch_rank <= 2 && goes_along(&whole, &p->a_zero, p->m) && goes_along(&whole, &p->a_scale, p->m) &&
                goes_along(&whole, &p->b_zero, 0) && goes_along(&whole, &p->b_scale, 0);
    }
    XB_TRY(steps_of(n, p, takes));
    return is_fused && !takes ? xb_fused_pass(n, p->c) : XYBRID_OK;
}

/* ---- quantising ---- */

xybrid_status xb_quantised(const xb_node *n, xb_val *x, xb_val **q, xb_val **scale, xb_val **zero) {
    *q = xb_temp(n, XYBRID_UINT8, x->rank, x->dims);
    *scale = xb_temp(n, XYBRID_FLOAT32, 0, NULL);
    *zero = xb_temp(n, XYBRID_UINT8, 0, NULL);
    return *q && *scale && *zero ? xb_dynamic_quantize_emit(n, x, *q, *scale, *zero) : n->b->err->code;
}

/* ---- convolutions ---- */

static void pack_lines(const void *ctx, const void *src, void *out, void *scratch) {
    (void)scratch;
    xb_qconv_pack(ctx, src, out);
}

static xybrid_status packed_lines(const xb_node *n, const xb_qconvolution *c, const xb_qconv_args *a, xb_val **out) {
    xb_pack how = { .kind = XB_PACK_QCONV,
                    .key = { a->groups, a->kernel[0], a->kernel[1], a->kernel[2] },
                    .size_bytes = xb_qconv_pack_bytes(a),
                    .run = pack_lines,
                    .ctx = a,
                    .ctx_size = sizeof *a,
                    .what = "qconv_pack" };
    return xb_packed(n, c->w, &how, out);
}

typedef struct qconv_step {
    xb_qconv_args a; /* first: the kernel's arguments */
    xb_epilogue   epilogue;
} qconv_step;

typedef struct qimage_step {
    xb_qimage_args i;
    xb_qconv_args  sizes;
} qimage_step;

/* x as the convolution reads it. */
static xybrid_status image_emit(const xb_node *n, const xb_qconvolution *c, const xb_qconv_args *sizes, xb_val **out) {
    int64_t      bytes = xb_qimage_bytes(sizes);
    xb_val      *v = xb_temp(n, XYBRID_INT8, 1, &bytes);
    qimage_step *s = v ? xb_step_new(n, sizeof *s, "qimage") : NULL;
    if (!s) return n->b->err->code;
    s->sizes = *sizes;
    s->i.conv = &s->sizes;
    xb_step_in_bytes(n, &s->i.x, c->x, 0);
    xb_step_in(n, &s->i.zero, c->x_zero);
    xb_step_out(n, &s->i.image, v);
    *out = v;
    return xb_step_work(n, xb_qimage_work(&s->i));
}

static xybrid_status sizes_of(const xb_node *n, const xb_qconvolution *c, xb_qconv_args *a) {
    const xb_window *w = &c->window;
    int64_t          most = w->batch * (w->channels + c->groups * 4); /* as in the image, where channels are filled up */
    *a = (xb_qconv_args){ .q = qisa_of(n->b),
                          .batch = w->batch,
                          .groups = c->groups,
                          .channels_in = w->channels,
                          .channels_out = c->channels_out,
                          .x_signed = c->x->dtype == XYBRID_INT8,
                          .w_signed = c->w->dtype == XYBRID_INT8,
                          .output = output_of(c->y->dtype) };
    memcpy(a->in, w->in, sizeof a->in);
    memcpy(a->out, w->out, sizeof a->out);
    memcpy(a->kernel, w->kernel, sizeof a->kernel);
    memcpy(a->stride, w->stride, sizeof a->stride);
    memcpy(a->dilation, w->dilation, sizeof a->dilation);
    memcpy(a->pad, w->pad, sizeof a->pad);
    memcpy(a->pad_end, w->pad_end, sizeof a->pad_end);
    for (int i = 0; i < 3; i++)
        if (xb_mul_overflows(most, w->in[i] + w->pad[i] + w->pad_end[i], &most)) most = INT64_MAX;
    if (most <= INT32_MAX && c->w->count <= INT32_MAX / 4 && c->y->count <= INT32_MAX) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a tensor of more than 2^31 elements");
}

xybrid_status xb_qconv_emit(const xb_node *n, const xb_qconvolution *c) {
    xb_qconv_args sizes;
    xb_val       *image = NULL, *lines = NULL;
    if (c->y->count == 0) return XYBRID_OK;
    XB_TRY(sizes_of(n, c, &sizes));
    XB_TRY(packed_lines(n, c, &sizes, &lines));
    XB_TRY(image_emit(n, c, &sizes, &image));
    qconv_step *s = xb_step_new(n, sizeof *s, "qconv");
    if (!s) return n->b->err->code;
    xb_qconv_args *a = &s->a;
    *a = sizes;
    a->w_zero_step = c->w_zero && c->w_zero->count > 1;
    a->w_scale_step = c->w_scale && c->w_scale->count > 1;
    xb_step_in(n, &a->image, image);
    xb_step_in(n, &a->packed, lines);
    xb_step_in(n, &a->x_zero, c->x_zero);
    xb_step_in(n, &a->w_zero, c->w_zero);
    xb_step_in(n, &a->bias, c->bias);
    xb_step_in(n, &a->x_scale, c->x_scale);
    xb_step_in(n, &a->w_scale, c->w_scale);
    xb_step_in(n, &a->y_scale, c->y_scale);
    xb_step_in(n, &a->y_zero, c->y_zero);
    xb_step_out(n, &a->y, c->y);
    if (c->takes_fused && n->fused) {
        XB_TRY(xb_epilogue_fill(n, 2, &s->epilogue));
        a->epilogue = &s->epilogue;
    }
    return xb_step_work(n, xb_qconv_work(a));
}
