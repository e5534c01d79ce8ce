/* engine/native/carry.h - outputs that are the next run's inputs.
 *
 *     states:  present --written into one of two buffers in turn--> past of the next run
 *     caches:  present = Concat(past, new)  --> only `new` is written, behind the past, where it is: in the slab
 *
 * SLAB. The tensor with room for `rows` along the dimension that grows: [outer, rows, inner]. A product that reads it takes the
 * distance between its parts in its stride (rewrite_turned.c); rewrite_carried.c makes the nodes. What was there before a run stays
 * as it was: if the run fails, nothing has happened. When the rows are used up there is a larger slab.
 *
 * A value goes from one form to the other, by a copy, when a plan wants it (a first run binds it dense; a plan without the
 * Concat reads it dense). Belongs to a session. */
#ifndef XB_NATIVE_CARRY_H
#define XB_NATIVE_CARRY_H

#include "base/mem.h"
#include "codec/onnx_value.h"

typedef struct xb_carry_buffer {
    void   *memory;
    int64_t capacity;
} xb_carry_buffer;

typedef enum xb_carry_state {
    XB_CARRY_BOUND, /* what the caller has bound */
    XB_CARRY_DENSE, /* in dense[now] */
    XB_CARRY_SLAB   /* in the slab; bound->data is NULL until somebody wants it dense */
} xb_carry_state;

typedef struct xb_carry {
    int32_t         output, input;
    xb_onnx_value  *bound; /* the input as runs see it */
    xb_carry_state  state;
    int32_t         axis, now;       /* of the slab; of dense */
    int64_t         rows, most_rows; /* of the slab; the most it has had */
    xb_carry_buffer dense[2], slab;
    /* of the run under way */
    int32_t       is_appended, is_written;
    xb_onnx_value next; /* type and shape */
} xb_carry;

typedef struct xb_carries {
    xb_mem   *mem;
    xb_carry *items;
    size_t    count, capacity;
} xb_carries;

xybrid_status xb_carries_add(xb_carries *c, int32_t output, int32_t input, xb_onnx_value *bound, xybrid_error *err);
void          xb_carries_free(xb_carries *c);
xb_carry     *xb_carry_of_output(const xb_carries *c, int32_t output); /* NULL: it is not carried */
xb_carry     *xb_carry_of_input(const xb_carries *c, int32_t input);

/* bound->data, whatever the state. */
xybrid_status xb_carry_need_dense(const xb_carries *c, xb_carry *k, xybrid_error *err);
/* Rows for a slab that shall hold so many. */
int64_t xb_carry_rows(const xb_carry *k, int64_t length);
/* The past is in the slab, which has so many rows, and `size_bytes` in all. */
xybrid_status xb_carry_need_slab(const xb_carries *c, xb_carry *k, int32_t axis, int64_t rows, int64_t size_bytes,
                                 xybrid_error *err);
/* Memory for the output of this run, dense: k->next says type and shape. */
xybrid_status xb_carry_need_room(const xb_carries *c, xb_carry *k, void **data, xybrid_error *err);

/* The output of this run, dense. */
void xb_carry_copy(const xb_carry *k, void *out);
/* The run has succeeded: outputs become inputs. */
void xb_carry_on(const xb_carries *c);
/* The next run begins with what is bound then. */
void xb_carry_forget(xb_carry *k);

#endif
