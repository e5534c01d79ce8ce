/* engine/native/run_dynamic.c - results whose size is known only when they are there. Their memory grows and stays. */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "engine/native/build_int.h"
#include "engine/native/run.h"

static int64_t aligned(int64_t size) { return (size + XB_BLOCK_ALIGN - 1) / XB_BLOCK_ALIGN * XB_BLOCK_ALIGN; }

/* The spare memory holds `size` bytes. */
static xybrid_status need_spare(xb_exec *x, xb_dynamic *d, int64_t size, xybrid_error *err) {
    if (d->spare && d->spare_capacity >= size) return XYBRID_OK;
    int64_t grown = size + size / 4 + XB_BLOCK_ALIGN;
    void   *memory = xb_malloc_aligned(xb_exec_mem(x), xb_size(grown), XB_BLOCK_ALIGN, err);
    if (!memory) return err->code;
    xb_free(xb_exec_mem(x), d->spare);
    d->spare = memory;
    d->spare_capacity = grown;
    return XYBRID_OK;
}

/* What was written to the spare memory is the value now. */
static void swap_in(xb_dynamic *d, const xb_onnx_value *v) {
    void   *memory = d->memory;
    int64_t capacity = d->capacity;
    d->memory = d->spare;
    d->capacity = d->spare_capacity;
    d->spare = memory;
    d->spare_capacity = capacity;
    d->value = *v;
}

static xybrid_status tensor_value(int32_t dtype, int32_t rank, const int64_t *dims, xb_onnx_value *out, xybrid_error *err) {
    *out = (xb_onnx_value){ .kind = XB_ONNX_TENSOR, .dtype = dtype, .rank = rank };
    if (rank > XB_MAX_RANK)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "a tensor of %d dimensions; at most %d", rank, XB_MAX_RANK);
    if (!xb_plan_count(rank, dims, &out->count))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "a computed tensor of more than %lld elements",
                       (long long)XB_MAX_PLAN_ELEMENTS);
    for (int32_t i = 0; i < rank; i++) out->dims[i] = dims[i];
    out->size_bytes = out->count * (dtype == XB_ONNX_STRING ? (int64_t)sizeof(xb_slice) : xb_element_bytes(dtype));
    return XYBRID_OK;
}

xybrid_status xb_run_dynamic(xb_run *run, const xb_val *v, int32_t dtype, int32_t rank, const int64_t *dims, void **data,
                             xybrid_error *err) {
    xb_dynamic   *d = xb_exec_dynamic(run->exec, v->index);
    xb_onnx_value made;
    XB_TRY(tensor_value(dtype, rank, dims, &made, err));
    XB_TRY(need_spare(run->exec, d, made.size_bytes, err));
    made.data = d->spare;
    swap_in(d, &made);
    *data = d->memory;
    return XYBRID_OK;
}

/* ---- copies of any value ---- */

/* Bytes that a copy takes behind its own descriptor. */
static int64_t copy_bytes(const xb_onnx_value *v) {
    int64_t size = 0;
    if (v->kind != XB_ONNX_TENSOR) {
        size = aligned(v->item_count * (int64_t)sizeof *v->items);
        for (int32_t i = 0; i < v->item_count; i++) size += copy_bytes(&v->items[i]);
        return size;
    }
    size = aligned(v->size_bytes);
    if (v->dtype != XB_ONNX_STRING) return size;
    for (int64_t i = 0; i < v->count; i++) size += (int64_t)((const xb_slice *)v->data)[i].size;
    return aligned(size);
}

static char *copy_into(char *at, const xb_onnx_value *from, xb_onnx_value *to) {
    *to = *from;
    if (from->kind != XB_ONNX_TENSOR) {
        to->items = (xb_onnx_value *)at;
        at += aligned(from->item_count * (int64_t)sizeof *from->items);
        for (int32_t i = 0; i < from->item_count; i++) at = copy_into(at, &from->items[i], &to->items[i]);
        return at;
    }
    to->data = at;
    if (from->size_bytes) memcpy(at, from->data, (size_t)from->size_bytes);
    char *end = at + aligned(from->size_bytes);
    if (from->dtype != XB_ONNX_STRING) return end;
    for (int64_t i = 0; i < from->count; i++) {
        xb_slice *s = (xb_slice *)to->data + i;
        if (s->size) memcpy(end, s->data, s->size);
        s->data = end;
        end += s->size;
    }
    return at + aligned(end - at);
}

xybrid_status xb_run_dynamic_copy(xb_run *run, const xb_val *v, const xb_onnx_value *from, xybrid_error *err) {
    xb_dynamic   *d = xb_exec_dynamic(run->exec, v->index);
    xb_onnx_value made;
    XB_TRY(need_spare(run->exec, d, copy_bytes(from), err));
    (void)copy_into(d->spare, from, &made);
    swap_in(d, &made);
    return XYBRID_OK;
}

xybrid_status xb_value_copy(xb_arena *arena, const xb_onnx_value *from, xb_onnx_value *out, xybrid_error *err) {
    void *memory = xb_arena_alloc(arena, xb_size(copy_bytes(from)), err);
    if (!memory) return err->code;
    (void)copy_into(memory, from, out);
    return XYBRID_OK;
}

/* ---- rows ---- */

static xybrid_status check_row(const xb_onnx_value *rows, const xb_onnx_value *from, xybrid_error *err) {
    int same = rows->dtype == from->dtype && rows->rank == from->rank + 1;
    for (int32_t i = 0; same && i < from->rank; i++) same = rows->dims[i + 1] == from->dims[i];
    if (same) return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "an output of a loop changes its shape or type between rounds");
}

xybrid_status xb_run_dynamic_append(xb_run *run, const xb_val *v, int64_t at, const xb_onnx_value *from, xybrid_error *err) {
    xb_dynamic *d = xb_exec_dynamic(run->exec, v->index);
    if (from->kind != XB_ONNX_TENSOR || from->dtype == XB_ONNX_STRING)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "a loop that collects sequences or text");
    int64_t dims[XB_MAX_RANK + 1] = { at + 1 };
    if (at > 0) XB_TRY(check_row(&d->value, from, err));
    memcpy(dims + 1, from->dims, (size_t)from->rank * sizeof *dims);
    xb_onnx_value made;
    XB_TRY(tensor_value(from->dtype, from->rank + 1, dims, &made, err));
    if (!d->memory || d->capacity < made.size_bytes) { /* doubles, so that appending stays linear */
        XB_TRY(need_spare(run->exec, d, made.size_bytes * 2, err));
        if (at > 0) memcpy(d->spare, d->memory, (size_t)d->value.size_bytes);
        swap_in(d, &d->value);
    }
    if (from->size_bytes) memcpy((char *)d->memory + at * from->size_bytes, from->data, (size_t)from->size_bytes);
    made.data = d->memory;
    d->value = made;
    return XYBRID_OK;
}
