/* kernel/select.c - see select.h. */
#include "kernel/select.h"

#include <string.h>

enum { CHUNK = 16384 };

#define SELECT(type)                                               \
    do {                                                           \
        const type *t = x, *f = y;                                 \
        type       *o = out;                                       \
        for (int64_t i = 0; i < n; i++) o[i] = c[i] ? t[i] : f[i]; \
    } while (0)

static void select_block(void *out, const uint8_t *c, const void *x, const void *y, int64_t n, int32_t bytes) {
    switch (bytes) {
    case 1: SELECT(uint8_t); break;
    case 2: SELECT(uint16_t); break;
    case 4: SELECT(uint32_t); break;
    case 8: SELECT(uint64_t); break;
    default:
        for (int64_t i = 0; i < n; i++)
            memcpy((char *)out + i * bytes, (const char *)(c[i] ? x : y) + i * bytes, (size_t)bytes);
    }
}

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_select_args *a = args;
    int64_t               at = (int64_t)chunk * CHUNK, end = at + CHUNK < a->elements ? at + CHUNK : a->elements;
    int32_t               bytes = xb_bytes_of(a->in[XB_SELECT_TRUE].dtype);
    (void)scratch;
    for (; at < end; at += XB_BLOCK) {
        int64_t     n = end - at < XB_BLOCK ? end - at : XB_BLOCK;
        xb_block    rooms[XB_SELECT_INPUTS];
        const void *in[XB_SELECT_INPUTS];
        for (int k = 0; k < XB_SELECT_INPUTS; k++) in[k] = xb_operand_gather(&a->in[k], a->rank, a->dims, at, n, &rooms[k]);
        select_block((char *)a->y + at * bytes, in[XB_SELECT_CONDITION], in[XB_SELECT_TRUE], in[XB_SELECT_FALSE], n, bytes);
    }
}

xb_work xb_select_work(xb_select_args *a) {
    a->elements = 1;
    for (int32_t i = 0; i < a->rank; i++) a->elements *= a->dims[i];
    if (a->elements == 0) return (xb_work){ .run = run };
    a->rank = xb_operands_collapse(a->rank, a->dims, a->in, XB_SELECT_INPUTS);
    return (xb_work){ .run = run, .chunks = (int32_t)((a->elements + CHUNK - 1) / CHUNK) };
}
