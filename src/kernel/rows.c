/* kernel/rows.c - how row work is cut: about 15 us to a chunk. A grid counts rows that are computed alone, or [outer, inner]
 * columns when the work runs along an outer axis. */
#include "kernel/rows.h"

#include "kernel/isa.h"

enum { SOFTMAX_PER_CHUNK = 16384, NORM_PER_CHUNK = 16384, REDUCE_PER_CHUNK = 32768 }; /* elements read */

/* Along the last axis the rows are the grid's; along an outer one, the columns are, and stay together in 64s. */
static xb_grid grid_of(int64_t outer, int64_t n, int64_t inner, int64_t per) {
    per = xb_max64(per / xb_max64(n, 1), 1);
    return inner == 1 ? xb_grid_of(outer, 1, per) : xb_grid_of(outer, inner, xb_max64(per, 64));
}

xb_grid xb_softmax_grid(const xb_softmax_args *args) {
    return grid_of(args->outer, args->n, args->inner, args->n > 0 ? SOFTMAX_PER_CHUNK : INT64_MAX);
}
xb_work xb_softmax_work(const xb_isa *isa, const xb_softmax_args *args) {
    return (xb_work){ isa->softmax, args->n > 0 ? xb_softmax_grid(args).chunks : 0, 0 };
}

xb_grid xb_norm_grid(const xb_norm_args *args) { return grid_of(args->rows, args->n, 1, NORM_PER_CHUNK); }
xb_work xb_norm_work(const xb_isa *isa, const xb_norm_args *args) {
    return (xb_work){ isa->norm, args->n > 0 ? xb_norm_grid(args).chunks : 0, 0 };
}

xb_grid xb_group_norm_grid(const xb_group_norm_args *args) {
    return grid_of(args->groups, args->channels * args->inner, 1, NORM_PER_CHUNK);
}
xb_work xb_group_norm_work(const xb_isa *isa, const xb_group_norm_args *args) {
    return (xb_work){ isa->group_norm, args->channels * args->inner > 0 ? xb_group_norm_grid(args).chunks : 0, 0 };
}

xb_grid xb_reduce_grid(const xb_reduce_args *args) { return grid_of(args->outer, args->n, args->inner, REDUCE_PER_CHUNK); }
xb_work xb_reduce_work(const xb_isa *isa, const xb_reduce_args *args) {
    return (xb_work){ isa->reduce, xb_reduce_grid(args).chunks, 0 };
}

xb_grid xb_argmax_grid(const xb_argmax_args *args) { return grid_of(args->outer, args->n, args->inner, REDUCE_PER_CHUNK); }
xb_work xb_argmax_work(const xb_isa *isa, const xb_argmax_args *args) {
    return (xb_work){ isa->argmax, xb_argmax_grid(args).chunks, 0 };
}
