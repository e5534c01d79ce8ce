/* flow/value.h - what flows from step to step.
 *
 *     ENVELOPE (the request) -> PICTURE or AUDIO -> TENSORS -> engine -> TENSORS -> ENVELOPE (the result)
 *
 * A value owns references to what it holds. One thread at a time. */
#ifndef XB_VALUE_H
#define XB_VALUE_H

#include "envelope/envelope.h"
#include "tensor/tensor.h"

typedef enum xb_value_kind {
    XB_VALUE_NONE,
    XB_VALUE_ENVELOPE, /* as it came, or as it goes */
    XB_VALUE_PICTURE,  /* tensors[0]: uint8 [height, width, channels] */
    XB_VALUE_AUDIO,    /* tensors[0]: float32 [frames, channels]; rate_hz */
    XB_VALUE_TENSORS   /* named ones */
} xb_value_kind;

typedef struct xb_named_tensor {
    const char *name; /* borrowed from the model or a literal; "" if none */
    xb_tensor   tensor;
} xb_named_tensor;

typedef struct xb_value {
    xb_value_kind    kind;
    xb_named_tensor *tensors;
    size_t           count, room;
    int32_t          rate_hz;
    xybrid_envelope *envelope;
    xb_mem          *mem; /* of the array `tensors` */
} xb_value;

void xb_value_init(xb_value *v, xb_mem *mem);

/* Drops what it holds; it can be used again. The array stays for the next use. */
void xb_value_clear(xb_value *v);
void xb_value_free(xb_value *v); /* the array, too */

/* Replaces what it holds. `envelope` and `tensor` are taken over: their reference now belongs to the value, also when the
 * call fails. */
void          xb_value_set_envelope(xb_value *v, xybrid_envelope *envelope);
xybrid_status xb_value_set_tensor(xb_value *v, xb_value_kind kind, const char *name, xb_tensor tensor, xybrid_error *err);

/* One more tensor of a value of kind TENSORS (or NONE, which becomes that). Takes `tensor` over as above. */
xybrid_status xb_value_add_tensor(xb_value *v, const char *name, xb_tensor tensor, xybrid_error *err);

/* The tensor of that name; `name` NULL = the first. NULL if there is none. Borrowed. */
xb_tensor *xb_value_find(xb_value *v, const char *name);

/* "Text", "a picture", "tensors": for messages. */
const char *xb_value_describe(const xb_value *v);

/* Envelopes that already are tensors (Tensor, Tokens, Embedding, float Audio, a List of these) become TENSORS; anything else
 * is INVALID_ARGUMENT naming what came. Tokens are named "input_ids" and get the shape [1, n]; an Embedding takes the shape
 * of its metadata "tensor_shape" (UPSTREAM: comma list). A value of TENSORS stays as it is. */
xybrid_status xb_value_to_tensors(xb_value *v, xybrid_error *err);

/* The other end: *out is what the caller of the library gets, in memory `mem`. One tensor is a Tensor, several a List of
 * named ones. */
xybrid_status xb_value_to_envelope(xb_value *v, xb_root *root, xb_mem *mem, xybrid_envelope **out, xybrid_error *err);

#endif
