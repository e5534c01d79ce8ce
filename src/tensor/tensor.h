/* tensor/tensor.h - dense row-major arrays: type, shape, bytes. Layout only; the mathematics is in kernel/.
 *
 *     xb_tensor t;
 *     XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, 3, (int64_t[]){3, 224, 224}, &t, err));
 *     float *p = t.data;                        // the last dimension is the fastest
 *     xb_tensor_drop(&t);
 *
 * An xb_tensor is a small value. Copying the struct does not take a reference: xb_tensor_keep does, and every kept or
 * new tensor is dropped once. `data` may point inside `buf` (a view), and `buf` may be NULL (borrowed memory, whose owner
 * outlives the tensor). Rank 0 is a scalar of one element; a dimension of 0 makes a tensor without elements.
 * Any thread may read one tensor; writers agree among themselves. */
#ifndef XB_TENSOR_H
#define XB_TENSOR_H

#include "base/buf.h"
#include "base/limits.h"

typedef struct xb_tensor {
    xybrid_dtype dtype;
    int32_t      rank;
    int64_t      shape[XB_MAX_RANK]; /* unused dimensions are 0 */
    void        *data;               /* aligned to 64 in a new tensor; to the element in a view */
    xb_buf      *buf;                /* keeps `data` alive; NULL = borrowed */
} xb_tensor;

/* Room for xb_shape_format of any shape of XB_MAX_RANK dimensions. */
enum { XB_SHAPE_TEXT_BYTES = 2 + XB_MAX_RANK * 21 + 1 };

/* ---- element types ---- */

/* Bytes of an element; 0 for a type that this library does not know. */
int32_t xb_dtype_size(xybrid_dtype dtype);

/* "float32", "bfloat16", "bool"; "unknown" for others. Static. */
const char *xb_dtype_name(xybrid_dtype dtype);

/* The type of exactly that name; 0 if there is none. */
xybrid_dtype xb_dtype_from_name(const char *name);

int xb_dtype_is_float(xybrid_dtype dtype); /* float16, bfloat16, float32, float64 */

/* ---- shapes ---- */

/* Elements of a shape: rank 0..XB_MAX_RANK, dimensions >= 0, product within int64_t. `what` names it in the message
 * ("input \"x\"", "tensor"). INVALID_ARGUMENT otherwise. */
xybrid_status xb_shape_count(int32_t rank, const int64_t *shape, const char *what, int64_t *out, xybrid_error *err);

/* Writes "[1,3,32,0]" ("[]" for rank 0), cut at `capacity`; returns the length. Negative dimensions are written as numbers. */
size_t xb_shape_format(int32_t rank, const int64_t *shape, char *out, size_t capacity);

int xb_shape_equal(int32_t rank_a, const int64_t *a, int32_t rank_b, const int64_t *b);

/* Product of dimensions [from, to) of a tensor that exists (so that it cannot overflow). */
int64_t xb_tensor_span(const xb_tensor *t, int32_t from, int32_t to);

/* ---- making and sharing ---- */

/* Uninitialised; the bytes of elements and shape are checked. *out needs no initialisation. */
xybrid_status xb_tensor_new(xb_mem *mem, xybrid_dtype dtype, int32_t rank, const int64_t *shape, xb_tensor *out,
                            xybrid_error *err);

/* The same, all bits 0. */
xybrid_status xb_tensor_zeros(xb_mem *mem, xybrid_dtype dtype, int32_t rank, const int64_t *shape, xb_tensor *out,
                              xybrid_error *err);

/* Describes the bytes [offset_bytes, ...) of `buf`, and takes a reference to it. INVALID_ARGUMENT when they do not fit or
 * the start is not aligned to the element. `buf` NULL is not allowed: see xb_tensor_borrow. */
xybrid_status xb_tensor_from_buf(xb_buf *buf, int64_t offset_bytes, xybrid_dtype dtype, int32_t rank, const int64_t *shape,
                                 xb_tensor *out, xybrid_error *err);

/* Describes memory that its owner keeps alive; `size_bytes` is what lies at `data`. Same checks. The bytes are not written
 * by any function that takes a const xb_tensor, so constant memory may be borrowed. */
xybrid_status xb_tensor_borrow(const void *data, int64_t size_bytes, xybrid_dtype dtype, int32_t rank, const int64_t *shape,
                               xb_tensor *out, xybrid_error *err);

/* One more reference to the same bytes. */
xb_tensor xb_tensor_keep(const xb_tensor *t);

/* Drops the reference and clears *t; a cleared tensor may be dropped again. */
void xb_tensor_drop(xb_tensor *t);

int64_t xb_tensor_count(const xb_tensor *t);      /* elements */
int64_t xb_tensor_size_bytes(const xb_tensor *t); /* elements x size of one */

/* The same bytes with another shape, a reference taken. One dimension may be -1: it takes what is left (not possible when
 * the others multiply to 0). */
xybrid_status xb_tensor_reshape(const xb_tensor *t, int32_t rank, const int64_t *shape, xb_tensor *out, xybrid_error *err);

/* Rows [start, start + count) of the outermost dimension without a copy, a reference taken. Rank at least 1. */
xybrid_status xb_tensor_rows(const xb_tensor *t, int64_t start, int64_t count, xb_tensor *out, xybrid_error *err);

/* ---- conversions and layout (new memory) ---- */

/* Another element type. Rules: float to narrower float rounds to nearest, ties to even, and overflows to infinity; float to
 * integer rounds to nearest, ties to even, saturates, NaN gives 0; integer to integer saturates; anything to bool is
 * "not 0" (NaN is true); bool gives 0 or 1. Any pair of types works. The same type gives a copy. */
xybrid_status xb_tensor_convert(xb_mem *mem, const xb_tensor *t, xybrid_dtype dtype, xb_tensor *out, xybrid_error *err);

/* The same on bare memory: `count` elements from src to dst, which do not overlap. Both types must be known. */
void xb_convert(void *dst, xybrid_dtype dst_dtype, const void *src, xybrid_dtype src_dtype, int64_t count);

/* out.shape[i] = t.shape[axes[i]]; `axes` is a permutation of 0..rank-1. NCHW to NHWC is {0, 2, 3, 1}, back {0, 3, 1, 2}. */
xybrid_status xb_tensor_transpose(xb_mem *mem, const xb_tensor *t, const int32_t *axes, xb_tensor *out, xybrid_error *err);

/* ---- IEEE 754 binary16 and bfloat16 as bits ---- */

float    xb_float_from_half(uint16_t bits);
uint16_t xb_half_from_float(float value); /* nearest, ties to even; NaN stays a quiet NaN */
float    xb_float_from_bfloat16(uint16_t bits);
uint16_t xb_bfloat16_from_float(float value);

#endif
