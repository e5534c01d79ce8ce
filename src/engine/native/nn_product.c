/* engine/native/nn_product.c - matrix products of the plan: which kernel, which batches are rows. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn.h"

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
static int joins(const xb_product *p, const int64_t *strides, int32_t d) { return strides[d] == strides[d + 1] * p->batch[d + 1]; }

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

static xybrid_status plain(xb_build *b, const xb_node *n, const xb_product *p, xybrid_error *err) {
    int32_t         size = xb_element_bytes(p->dtype);
    xb_matmul_args *g = xb_step_new(b, n, sizeof *g, "matmul", err);
    if (!g) return err->code;
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
    XB_TRY(xb_step_in_at(b, &g->a, p->a, p->a_offset * size, err));
    XB_TRY(xb_step_in_at(b, &g->b, p->b, p->b_offset * size, err));
    XB_TRY(xb_step_in(b, &g->add, p->add, err));
    XB_TRY(xb_step_out_at(b, &g->c, p->c, p->c_offset * size, err));
    return xb_step_work(b, xb_matmul_work(g), err);
}

xybrid_status xb_product_emit(xb_build *b, const xb_node *n, xb_product *p, xybrid_error *err) {
    if (p->c->count == 0) return XYBRID_OK;
    XB_TRY(xb_as_type(b, n, p->b, p->dtype, &p->b, err));
    XB_TRY(xb_as_type(b, n, p->add, p->dtype, &p->add, err));
    simplify(p);
    return plain(b, n, p, err);
}
