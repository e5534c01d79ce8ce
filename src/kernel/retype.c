/* kernel/retype.c - see retype.h. */
#include "kernel/retype.h"

#include "kernel/chunks.h"
#include "tensor/tensor.h"

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_retype_args *a = args;
    int64_t               begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->count);
    (void)scratch;
    xb_convert((char *)a->dst + begin * xb_dtype_size(a->dst_dtype), a->dst_dtype,
               (const char *)a->src + begin * xb_dtype_size(a->src_dtype), a->src_dtype, end - begin);
}

xb_work xb_retype_work(xb_retype_args *a) {
    a->per_chunk = xb_units_per_chunk(a->count, 4);
    return (xb_work){ .run = run, .chunks = xb_chunk_count(a->count, a->per_chunk) };
}
