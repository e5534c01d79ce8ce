/* kernel/elementwise.c - how element-wise work is cut: about 15 us to a chunk, by what the steps cost. */
#include "kernel/elementwise.h"

#include "kernel/isa.h"

/* Elements that take about 15 us with vectors of 8: a cheap step is bound by memory, a long one by arithmetic. */
enum { CHEAP_PER_CHUNK = 16384, LONG_COST = 4, LIBRARY_COST = 64 };

static int64_t cost_of(uint8_t op) {
    switch (op) {
    case XB_EP_POW:
    case XB_EP_FMOD: return LIBRARY_COST;
    case XB_EP_SNAKE:
    case XB_EP_SIGMOID:
    case XB_EP_TANH:
    case XB_EP_SILU:
    case XB_EP_GELU:
    case XB_EP_GELU_TANH:
    case XB_EP_ELU:
    case XB_EP_SELU:
    case XB_EP_SOFTPLUS:
    case XB_EP_MISH:
    case XB_EP_ERF:
    case XB_EP_EXP:
    case XB_EP_LOG:
    case XB_EP_SIN:
    case XB_EP_COS: return LONG_COST;
    default: return 1;
    }
}

xb_grid xb_chain_grid(const xb_chain_args *args) {
    int64_t cost = 1;
    for (int32_t i = 0; i < args->e.count; i++) cost += cost_of(args->e.steps[i].op);
    return xb_grid_of(args->rows, args->cols, 2 * CHEAP_PER_CHUNK / cost);
}

xb_work xb_chain_work(const xb_isa *isa, const xb_chain_args *args) {
    return (xb_work){ isa->chain, xb_chain_grid(args).chunks, 0 };
}

/* ---- strided ---- */

/* Lines are the last dimension, rows all others together. */
static xb_grid grid_of_lines(int32_t rank, const int64_t *shape, int64_t per) {
    return xb_grid_of(xb_strides_count(rank - 1, shape), shape[rank - 1], per);
}

xb_grid xb_binary_grid(const xb_binary_args *args) {
    int is_slow = args->op == XB_BINARY_POW || args->op == XB_BINARY_FMOD;
    return grid_of_lines(args->rank, args->shape, is_slow ? CHEAP_PER_CHUNK / 16 : CHEAP_PER_CHUNK);
}

xb_work xb_binary_work(const xb_isa *isa, xb_binary_args *args) {
    int64_t *strides[] = { args->stride_a, args->stride_b, args->stride_out };
    args->rank = xb_strides_collapse(args->rank, args->shape, strides, 3);
    return (xb_work){ isa->binary, xb_binary_grid(args).chunks, 0 };
}

xb_grid xb_where_grid(const xb_where_args *args) { return grid_of_lines(args->rank, args->shape, CHEAP_PER_CHUNK); }

xb_work xb_where_work(const xb_isa *isa, xb_where_args *args) {
    int64_t *strides[] = { args->stride_condition, args->stride_a, args->stride_b, args->stride_out };
    args->rank = xb_strides_collapse(args->rank, args->shape, strides, 4);
    return (xb_work){ isa->where, xb_where_grid(args).chunks, 0 };
}
