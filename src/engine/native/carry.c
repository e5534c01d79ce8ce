/* engine/native/carry.c - see carry.h. */
#include "engine/native/carry.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"

enum { ROWS = 32 }; /* a slab has a multiple of them */

xybrid_status xb_carries_add(xb_carries *c, int32_t output, int32_t input, xb_onnx_value *bound, xybrid_error *err) {
    void *items = c->items;
    XB_TRY(xb_grow(c->mem, &items, &c->capacity, c->count, sizeof *c->items, XB_MAX_PORTS, "carried outputs", err));
    c->items = items;
    c->items[c->count++] = (xb_carry){ .output = output, .input = input, .bound = bound };
    return XYBRID_OK;
}

void xb_carries_free(xb_carries *c) {
    for (size_t i = 0; i < c->count; i++) {
        xb_free(c->mem, c->items[i].dense[0].memory);
        xb_free(c->mem, c->items[i].dense[1].memory);
        xb_free(c->mem, c->items[i].slab.memory);
    }
    xb_free(c->mem, c->items);
}

xb_carry *xb_carry_of_output(const xb_carries *c, int32_t output) {
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].output == output) return &c->items[i];
    return NULL;
}

xb_carry *xb_carry_of_input(const xb_carries *c, int32_t input) {
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].input == input) return &c->items[i];
    return NULL;
}

/* Outer parts of v in a slab, and the bytes of one row of each. */
static void parts_of(const xb_onnx_value *v, int32_t axis, int64_t *outer, int64_t *row_bytes) {
    *outer = *row_bytes = 1;
    for (int32_t d = 0; d < axis; d++) *outer *= v->dims[d];
    for (int32_t d = axis + 1; d < v->rank; d++) *row_bytes *= v->dims[d];
    *row_bytes *= v->count ? v->size_bytes / v->count : 0;
}

/* The parts of v from one number of rows to another; the same memory is fine. */
static void move(const xb_onnx_value *v, int32_t axis, const void *from, int64_t from_rows, void *to, int64_t to_rows) {
    int64_t outer, row_bytes;
    parts_of(v, axis, &outer, &row_bytes);
    size_t size = (size_t)(v->dims[axis] * row_bytes);
    for (int64_t i = 0; i < outer && size; i++) {
        int64_t o = to_rows > from_rows ? outer - 1 - i : i; /* none is written over before it has been read */
        memmove((char *)to + o * to_rows * row_bytes, (const char *)from + o * from_rows * row_bytes, size);
    }
}

static xybrid_status grow(xb_mem *mem, xb_carry_buffer *b, int64_t size_bytes, xybrid_error *err) {
    if (b->memory && b->capacity >= size_bytes) return XYBRID_OK;
    int64_t capacity;
    if (xb_add_overflows(size_bytes, size_bytes / 4, &capacity)) return xb_fail_memory(err, INT64_MAX); /* they go on growing */
    void *memory = xb_malloc_aligned(mem, xb_size(capacity), 64, err);
    if (!memory) return err->code;
    xb_free(mem, b->memory);
    *b = (xb_carry_buffer){ memory, capacity };
    return XYBRID_OK;
}

xybrid_status xb_carry_need_dense(const xb_carries *c, xb_carry *k, xybrid_error *err) {
    if (k->state != XB_CARRY_SLAB || k->bound->data) return XYBRID_OK;
    XB_TRY(grow(c->mem, &k->dense[k->now], k->bound->size_bytes, err));
    k->bound->data = k->dense[k->now].memory;
    move(k->bound, k->axis, k->slab.memory, k->rows, k->bound->data, k->bound->dims[k->axis]);
    return XYBRID_OK;
}

int64_t xb_carry_rows(const xb_carry *k, int64_t length) {
    return length <= k->most_rows ? k->most_rows : (length / 4 * 5 + ROWS) / ROWS * ROWS;
}

xybrid_status xb_carry_need_slab(const xb_carries *c, xb_carry *k, int32_t axis, int64_t rows, int64_t size_bytes,
                                 xybrid_error *err) {
    if (k->state == XB_CARRY_SLAB && k->axis == axis && k->rows == rows) return XYBRID_OK;
    if (k->state == XB_CARRY_SLAB && k->axis != axis) { /* it is in dense[now], and the slab has another form */
        XB_TRY(xb_carry_need_dense(c, k, err));
        k->state = XB_CARRY_DENSE;
    }
    int             is_there = k->state == XB_CARRY_SLAB;
    const void     *from = is_there ? k->slab.memory : k->bound->data;
    int64_t         from_rows = is_there ? k->rows : k->bound->dims[axis];
    xb_carry_buffer to = k->slab;
    if (to.capacity < size_bytes) {
        to.capacity = size_bytes;
        to.memory = xb_malloc_aligned(c->mem, xb_size(size_bytes), 64, err);
        if (!to.memory) return err->code;
    }
    move(k->bound, axis, from, from_rows, to.memory, rows);
    if (to.memory != k->slab.memory) xb_free(c->mem, k->slab.memory);
    k->slab = to;
    k->axis = axis;
    k->rows = rows;
    if (k->most_rows < rows) k->most_rows = rows;
    return XYBRID_OK;
}

xybrid_status xb_carry_need_room(const xb_carries *c, xb_carry *k, void **data, xybrid_error *err) {
    XB_TRY(grow(c->mem, &k->dense[!k->now], k->next.size_bytes, err));
    k->is_written = 1;
    *data = k->dense[!k->now].memory;
    return XYBRID_OK;
}

void xb_carry_copy(const xb_carry *k, void *out) {
    if (k->is_appended) move(&k->next, k->axis, k->slab.memory, k->rows, out, k->next.dims[k->axis]);
    else if (k->next.size_bytes) memcpy(out, k->dense[!k->now].memory, (size_t)k->next.size_bytes);
}

void xb_carry_on(const xb_carries *c) {
    for (size_t i = 0; i < c->count; i++) {
        xb_carry *k = &c->items[i];
        *k->bound = k->next;
        if (k->is_appended) {
            k->state = XB_CARRY_SLAB;
            k->bound->data = NULL;
        } else {
            k->now = !k->now;
            k->state = XB_CARRY_DENSE;
            k->bound->data = k->dense[k->now].memory;
        }
    }
}

void xb_carry_forget(xb_carry *k) {
    k->state = XB_CARRY_BOUND;
    k->bound->data = NULL;
}
