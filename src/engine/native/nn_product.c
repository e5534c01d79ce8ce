/* engine/native/nn_product.c - matrix products of the plan: which kernel, which batches are rows. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn.h"
#include "kernel/elementwise.h"
#include "kernel/gemm.h"
#include "kernel/lines.h"

/* ---- shapes ---- */

xybrid_status xb_matmul_shape_of(const xb_node *n, const xb_val *a, const xb_val *b, xb_matmul_shape *s) {
    if (a->rank == 0 || b->rank == 0) return xb_refuse(n, "a factor has no dimensions");
    s->m = a->rank > 1 ? a->dims[a->rank - 2] : 1;
    s->k = a->dims[a->rank - 1];
    s->n = b->rank > 1 ? b->dims[b->rank - 1] : 1;
    int64_t k = b->dims[b->rank > 1 ? b->rank - 2 : 0];
    if (k != s->k) return xb_refuse(n, "the factors' inner dimensions are %lld and %lld", (long long)s->k, (long long)k);
    int32_t batch_a = a->rank > 2 ? a->rank - 2 : 0, batch_b = b->rank > 2 ? b->rank - 2 : 0;
    XB_TRY(xb_broadcast(n, batch_a, a->dims, batch_b, b->dims, &s->batch_rank, s->batch));
    s->rank = s->batch_rank;
    memcpy(s->dims, s->batch, (size_t)s->rank * sizeof *s->dims);
    if (a->rank > 1) s->dims[s->rank++] = s->m;
    if (b->rank > 1) s->dims[s->rank++] = s->n;
    return XYBRID_OK;
}

void xb_matmul_strides(const xb_val *v, const int64_t *own, const xb_matmul_shape *s, int64_t *strides) {
    int64_t dense[XB_MAX_RANK];
    int32_t shift = s->batch_rank - (v->rank - 2);
    xb_dense_strides(v->rank, v->dims, dense);
    if (!own) own = dense;
    for (int32_t d = 0; d < s->batch_rank; d++)
        strides[d] = d < shift || v->rank < 3 || (v->dims[d - shift] == 1 && s->batch[d] != 1) ? 0 : own[d - shift];
}

void xb_matmul_result_strides(const xb_matmul_shape *s, int64_t *strides) {
    xb_dense_strides(s->batch_rank, s->batch, strides);
    for (int32_t d = 0; d < s->batch_rank; d++) strides[d] *= s->m * s->n;
}

/* ---- batches ---- */

/* Drops dimension d of the batch. */
static void drop_batch(xb_product *p, int32_t d) {
    size_t size = (size_t)(p->batch_rank - 1 - d) * sizeof p->batch[0];
    memmove(p->batch + d, p->batch + d + 1, size);
    memmove(p->a_batch + d, p->a_batch + d + 1, size);
    memmove(p->b_batch + d, p->b_batch + d + 1, size);
    memmove(p->c_batch + d, p->c_batch + d + 1, size);
    memmove(p->add_batch + d, p->add_batch + d + 1, size);
    p->batch_rank--;
}

/* Are dimensions d and d + 1 one, for a tensor of these strides? */
static int joins(const xb_product *p, const int64_t *strides, int32_t d) {
    return strides[d] == strides[d + 1] * p->batch[d + 1];
}

/* As few dimensions of the batch as the strides allow; the last become rows where B is the same for all. */
static void simplify(xb_product *p) {
    for (int32_t d = p->batch_rank - 1; d >= 0; d--) {
        if (p->batch[d] == 1) {
            drop_batch(p, d);
        } else if (d + 1 < p->batch_rank && joins(p, p->a_batch, d) && joins(p, p->b_batch, d) && joins(p, p->c_batch, d) &&
                   joins(p, p->add_batch, d)) {
            p->batch[d + 1] *= p->batch[d];
            drop_batch(p, d);
        }
    }
    int32_t last = p->batch_rank - 1;
    if (last < 0 || p->b_batch[last] != 0) return;
    if (p->m == 1) { /* rows at any distance */
        p->a_row = p->a_batch[last];
        p->c_row = p->c_batch[last];
        p->add_row = p->add_batch[last];
    }
    if (p->a_batch[last] != p->m * p->a_row || p->c_batch[last] != p->m * p->c_row || p->add_batch[last] != p->m * p->add_row)
        return;
    p->m *= p->batch[last];
    p->batch_rank--;
}

static int matmul_type(int32_t dtype) {
    switch (dtype) {
    case XYBRID_FLOAT32: return XB_MATMUL_F32;
    case XYBRID_FLOAT64: return XB_MATMUL_F64;
    case XYBRID_INT32:
    case XYBRID_UINT32: return XB_MATMUL_I32;
    default: return XB_MATMUL_I64;
    }
}

static xybrid_status plain(const xb_node *n, const xb_product *p) {
    int32_t         size = xb_element_bytes(p->dtype);
    xb_matmul_args *g = xb_step_new(n, sizeof *g, "matmul");
    if (!g) return n->b->err->code;
    *g = (xb_matmul_args){ .type = (xb_matmul_type)matmul_type(p->dtype),
                           .m = p->m,
                           .n = p->n,
                           .k = p->k,
                           .a_row = p->a_row,
                           .a_col = p->a_col,
                           .b_row = p->b_row,
                           .b_col = p->b_col,
                           .c_row = p->c_row,
                           .c_col = 1,
                           .alpha = p->alpha,
                           .beta = p->beta,
                           .add_row = p->add_row,
                           .add_col = p->add_col,
                           .batch_rank = p->batch_rank };
    memcpy(g->batch, p->batch, sizeof g->batch);
    memcpy(g->a_batch, p->a_batch, sizeof g->a_batch);
    memcpy(g->b_batch, p->b_batch, sizeof g->b_batch);
    memcpy(g->c_batch, p->c_batch, sizeof g->c_batch);
    memcpy(g->add_batch, p->add_batch, sizeof g->add_batch);
    xb_step_in_at(n, &g->a, p->a, p->a_offset * size);
    xb_step_in_at(n, &g->b, p->b, p->b_offset * size);
    xb_step_in(n, &g->add, p->add);
    xb_step_out_at(n, &g->c, p->c, p->c_offset * size);
    return xb_step_work(n, xb_matmul_work(g));
}

/* ---- float32 ---- */

typedef struct gemm_step {
    xb_gemm_args g; /* first: the kernel's arguments */
    xb_epilogue  epilogue;
} gemm_step;

typedef struct gemm_pack {
    const xb_isa *isa;
    xb_gemm_b     b;
    int64_t       n, k, offset_bytes;
} gemm_pack;

static void pack_b(const void *ctx, const void *src, void *out, void *scratch) {
    const gemm_pack *p = ctx;
    xb_gemm_b        b = p->b;
    b.data = (const char *)src + p->offset_bytes;
    xb_gemm_pack(p->isa, &b, p->n, p->k, 0, p->n, out, scratch);
}

static xybrid_status packed_b(const xb_node *n, const xb_product *p, const xb_gemm_b *how_it_lies, xb_val **out) {
    gemm_pack pack = { n->b->isa, *how_it_lies, p->n, p->k, p->b_offset * (int64_t)sizeof(float) };
    xb_pack   how = { .kind = XB_PACK_GEMM,
                      .key = { p->n, p->k, p->b_row, p->b_col, p->b_offset },
                      .size_bytes = xb_gemm_pack_bytes(n->b->isa, p->n, p->k),
                      .scratch_bytes = xb_gemm_pack_scratch_bytes(n->b->isa),
                      .run = pack_b,
                      .ctx = &pack,
                      .ctx_size = sizeof pack,
                      .what = "gemm_pack" };
    return xb_packed(n, p->b, &how, out);
}

/* What is added, as a step of the epilogue, which counts rows over the whole batch; 0 if it cannot be one. */
static int add_as_step(const xb_product *p, xb_ep_step *step) {
    int32_t last = p->batch_rank - 1;
    int     is_same = 1; /* for all items */
    *step = (xb_ep_step){ .op = XB_EP_ADD };
    for (int32_t d = 0; d <= last; d++) is_same &= p->add_batch[d] == 0;
    if (p->add_col == 1 && p->add_row == 0 && is_same) {
        step->from = XB_EP_COL;
    } else if (p->add_col == 0) { /* by rows: those of an item, or of the items of the last dimension */
        int is_joined = last >= 0 && p->add_batch[last] == p->m && (last == 0 || p->add_batch[0] == 0);
        step->from = XB_EP_ROW;
        step->stride = p->add_row == 0 ? 1 : is_joined ? p->m * p->batch[last] : p->m;
        return (is_same && (p->add_row == 0 || p->add_row == 1)) || (p->add_row == 1 && is_joined);
    } else {
        step->from = XB_EP_FULL;
        step->stride = p->add_row;
        return p->add_col == 1 && last < 0;
    }
    return 1;
}

/* add times beta. */
static xybrid_status scaled(const xb_node *n, xb_product *p) {
    if (!p->add || p->beta == 1) return XYBRID_OK;
    xb_val *to = xb_temp(n, XYBRID_FLOAT32, p->add->rank, p->add->dims);
    if (!to) return n->b->err->code;
    xb_mix_args *a = xb_step_new(n, sizeof *a, "scale");
    if (!a) return n->b->err->code;
    *a = (xb_mix_args){ .count = to->count, .wa = p->beta };
    xb_step_in(n, &a->a, p->add);
    xb_step_in(n, &a->b, p->add);
    xb_step_out(n, &a->out, to);
    p->add = to;
    p->beta = 1;
    return xb_step_work(n, xb_mix_work(a));
}

static int gemm_type(int32_t dtype) {
    switch (dtype) {
    case XYBRID_FLOAT16: return XB_GEMM_F16;
    case XYBRID_BFLOAT16: return XB_GEMM_BF16;
    case XYBRID_INT8: return XB_GEMM_S8;
    case XYBRID_UINT8: return XB_GEMM_U8;
    default: return XB_GEMM_F32;
    }
}

void xb_product_stored(xb_product *p, const xb_stored *s, int k) {
    p->b = s->v;
    p->b_row = s->stride[k];
    p->b_col = s->stride[1 - k];
    p->b_scale = s->scale;
    p->b_zero = s->zero;
    p->scale_col = s->scale_stride[1 - k];
}

/* Scales of b's columns are applied by the epilogue, if there is room for the step. */
static int has_scale_step(const xb_product *p) { return p->b_scale && p->scale_col == 1 && !p->b_zero && !p->add; }

/* Weights that are not float32 stay as they are: they are converted in registers. */
static xybrid_status gemm(const xb_node *n, xb_product *p, const xb_ep_step *add, int takes_fused) {
    int32_t   last = p->batch_rank - 1;
    int64_t   rows = p->m;
    int       is_one_b = 1;
    xb_gemm_b lies = {
        .type = (xb_gemm_type)gemm_type(p->b->dtype), .row = p->b_row, .col = p->b_col, .scale_col = p->scale_col
    };
    xb_gemm_args g = { .m = p->m,
                       .n = p->n,
                       .k = p->k,
                       .alpha = p->alpha,
                       .a_row = p->a_row,
                       .a_col = p->a_col,
                       .ldc = p->c_row,
                       .b = lies,
                       .outer = 1,
                       .inner = 1 };
    xb_val      *weights = p->b;
    int64_t      offset = p->b_offset * xb_element_bytes(p->b->dtype);
    for (int32_t d = 0; d <= last; d++) {
        rows *= p->batch[d];
        is_one_b &= p->b_batch[d] == 0;
    }
    int is_misaligned = ((uintptr_t)p->b->data + (uintptr_t)offset) % (uintptr_t)xb_element_bytes(p->b->dtype) != 0;
    if (p->b->is_static && !n->b->is_folding && is_one_b && lies.type == XB_GEMM_F32 && p->k > 0 &&
        (xb_gemm_wants_packed(rows) || is_misaligned)) {
        XB_TRY(packed_b(n, p, &lies, &weights));
        g.b = (xb_gemm_b){ .type = XB_GEMM_PACKED };
        offset = 0;
    }
    if (last >= 0) {
        g.inner = p->batch[last];
        g.a_inner = p->a_batch[last];
        g.b_inner = p->b_batch[last];
        g.c_inner = p->c_batch[last];
    }
    if (last == 1) {
        g.outer = p->batch[0];
        g.a_outer = p->a_batch[0];
        g.b_outer = p->b_batch[0];
        g.c_outer = p->c_batch[0];
    }
    gemm_step *s = xb_step_new(n, sizeof *s, "gemm");
    if (!s) return n->b->err->code;
    s->g = g;
    xb_step_in_at(n, &s->g.a, p->a, p->a_offset * (int64_t)sizeof(float));
    if (lies.type == XB_GEMM_F32) xb_step_in_at(n, &s->g.b.data, weights, offset);
    else xb_step_in_bytes(n, &s->g.b.data, weights, offset); /* halves are read at any address */
    if (has_scale_step(p)) {
        static const float one = 1;
        s->g.b.scale = &one;
        s->g.b.scale_col = 0;
        s->epilogue.steps[s->epilogue.count++] = (xb_ep_step){ .op = XB_EP_MUL, .from = XB_EP_COL };
        xb_step_in(n, &s->epilogue.steps[0].data, p->b_scale);
    } else {
        xb_step_in(n, &s->g.b.scale, p->b_scale);
    }
    xb_step_in(n, &s->g.b.zero, p->b_zero);
    xb_step_out_at(n, &s->g.c, p->c, p->c_offset * (int64_t)sizeof(float));
    if (p->add) {
        s->epilogue.steps[s->epilogue.count++] = *add;
        xb_step_in(n, &s->epilogue.steps[0].data, p->add);
    }
    if (takes_fused) XB_TRY(xb_epilogue_fill(n, n->out[0]->rank - 1, &s->epilogue));
    if (s->epilogue.count) s->g.epilogue = &s->epilogue;
    return xb_step_work(n, xb_gemm_work(n->b->isa, &s->g));
}

xybrid_status xb_fused_pass(const xb_node *n, xb_val *c) {
    const xb_val  *y = n->out[0];
    int32_t        split = y->rank > 0 ? y->rank - 1 : 0;
    xb_chain_args *a = xb_step_new(n, sizeof *a, "chain");
    if (!a) return n->b->err->code;
    a->rows = a->cols = 1;
    for (int32_t i = 0; i < y->rank; i++) *(i < split ? &a->rows : &a->cols) *= y->dims[i];
    a->ld_in = a->ld_out = a->cols;
    xb_step_in(n, &a->in, c);
    XB_TRY(xb_epilogue_fill(n, split, &a->e));
    xb_step_out(n, &a->out, c);
    return xb_step_work(n, xb_chain_work(n->b->isa, a));
}

/* The epilogue counts rows over the batch and columns of the product: is that how the output's last dimension is seen? */
static int fits_fused(const xb_node *n, const xb_product *p) {
    const xb_val *y = n->out[0];
    if (p->is_turned && p->batch_rank > 0) return 0;
    return y->rank > 0 && y->dims[y->rank - 1] == p->n && p->c_row == p->n && (p->n > 1 || n->in[1]->rank > 1);
}

xybrid_status xb_product_emit(const xb_node *n, xb_product *p) {
    xybrid_error *err = n->b->err;
    xb_ep_step    add;
    int           is_fused = p->takes_fused && n->fused;
    if (p->c->count == 0) return XYBRID_OK;
    XB_TRY(xb_as_type(n, p->add, p->dtype, &p->add));
    simplify(p);
    if (p->dtype == XYBRID_FLOAT32 && p->batch_rank <= 2 && (!p->add || add_as_step(p, &add))) {
        int takes = is_fused && fits_fused(n, p);
        XB_TRY(scaled(n, p));
        XB_TRY(gemm(n, p, &add, takes));
        return is_fused && !takes ? xb_fused_pass(n, p->c) : XYBRID_OK;
    }
    XB_CHECK(!p->b_scale); /* such a b has no batch */
    XB_TRY(xb_as_type(n, p->b, p->dtype, &p->b));
    XB_TRY(plain(n, p));
    return is_fused ? xb_fused_pass(n, p->c) : XYBRID_OK;
}
