/* engine/native/nn.h - what the families of neural-network operators share: types, products, windows.
 *
 * FLOAT TYPES. Kernels know float32 and float64. float16 and bfloat16 are widened into temporary tensors, computed in float32
 * and rounded once at the end:
 *
 *     xb_val *x, *y;
 *     XB_TRY(xb_float_in(b, n, n->in[0], &x, err));            // itself, or a float32 copy that a step makes
 *     XB_TRY(xb_float_out(b, n->out[0], &y, err));             // itself, or a float32 tensor
 *     ... steps from x to y ...
 *     return xb_float_done(b, n, y, n->out[0], err);           // rounds, if y is not the output itself
 *
 * All of it takes and gives NULL for what is left out. */
#ifndef XB_NATIVE_NN_H
#define XB_NATIVE_NN_H

#include "engine/native/build.h"
#include "engine/native/pack_cache.h"
#include "kernel/conv.h"
#include "kernel/matmul.h"

/* ---- types ---- */

int xb_is_float(int32_t dtype); /* float16, bfloat16, float32, float64 */

/* Input i, if it is there, has a float type; the type of input 0; INVALID_ARGUMENT. */
xybrid_status xb_want_float(const xb_node *n, int32_t i);
xybrid_status xb_want_type(const xb_node *n, int32_t i, int32_t dtype);
/* Its shape has so many dimensions. */
xybrid_status xb_want_rank(const xb_node *n, int32_t i, int32_t rank);
/* It is [count]. */
xybrid_status xb_want_vector(const xb_node *n, int32_t i, int64_t count);

/* float64 if dtype is that, else float32: what is computed in. */
int32_t       xb_float_of(int32_t dtype);
xybrid_status xb_float_in(const xb_node *n, xb_val *v, xb_val **out);
xybrid_status xb_float_out(const xb_node *n, xb_val *v, xb_val **out);
xybrid_status xb_float_done(const xb_node *n, const xb_val *from, xb_val *to);
/* v in a given type: itself, or a copy that a step makes. */
xybrid_status xb_as_type(const xb_node *n, xb_val *v, int32_t dtype, xb_val **out);

/* ---- steps of moving ---- */

/* A dense copy of v in another order and shape: the element at an index is v's at offset + sum of index * stride. */
xybrid_status xb_gathered(const xb_node *n, xb_val *v, int64_t offset, int32_t rank, const int64_t *dims,
                          const int64_t *strides, xb_val **out);
/* The same into a value that is there. */
xybrid_status xb_gather_into(const xb_node *n, const xb_val *v, int64_t offset, const int64_t *strides, xb_val *to);
/* Row-major strides. */
void xb_dense_strides(int32_t rank, const int64_t *dims, int64_t *strides);
/* Those of `v` seen in a shape it broadcasts to: 0 where it repeats. */
void xb_broadcast_strides(const xb_val *v, int32_t rank, const int64_t *dims, int64_t *strides);

/* ---- matrix products ---- */

/* numpy's matmul: a vector is a row on the left, a column on the right; its dimension of 1 is not in the result. */
typedef struct xb_matmul_shape {
    int64_t m, n, k;
    int32_t batch_rank, rank;
    int64_t batch[XB_MAX_RANK], dims[XB_MAX_RANK];
} xb_matmul_shape;

xybrid_status xb_matmul_shape_of(const xb_node *n, const xb_val *a, const xb_val *b, xb_matmul_shape *s);
/* Strides of the batch of v, a or b, where it is broadcast to s; v's own strides are `own`, NULL: it is dense. */
void xb_matmul_strides(const xb_val *v, const int64_t *own, const xb_matmul_shape *s, int64_t *strides);
/* Those of the dense result. */
void xb_matmul_result_strides(const xb_matmul_shape *s, int64_t *strides);

/* What a rewrite has fused into n, as a pass of its own over c, which has the shape of its output. */
xybrid_status xb_fused_pass(const xb_node *n, xb_val *c);

/* A weight of two dimensions as the file has it: element (i, j) is that at i stride[0] + j stride[1], of 8 bits (q - zero) scale, at
 * i scale_stride[0] + j scale_stride[1]. Made by rewrite_stored.c; it is the `state` of a node whose input it stands for. */
typedef struct xb_stored {
    xb_val *v, *scale, *zero; /* float32, float16, bfloat16 without; int8 and uint8 with a scale */
    int64_t stride[2], scale_stride[2];
} xb_stored;

/* What rewrites have found out about a MatMul of float32: its `state`, NULL if nothing. */
typedef struct xb_strided {
    int32_t is_turned;
    int64_t strides[XB_MAX_RANK]; /* of the dimensions that MatMul sees */
} xb_strided;

typedef struct xb_matmul_state {
    const xb_stored *stored;  /* input 1 (rewrite_stored.c); NULL */
    xb_val           seen[2]; /* the shapes of turned factors, as the nodes in between made them */
    xb_strided       factor[2], result;
    float            alpha;
} xb_matmul_state;

/* n->state, made if there is none; NULL: *err is filled. */
xb_matmul_state *xb_matmul_state_of(xb_node *n);

/* The weights of a convolution as the file has them: scale v + shift, in float32. */
typedef struct xb_cast_weight {
    xb_val *v; /* float16, bfloat16, int8, uint8 */
    float   scale, shift;
} xb_cast_weight;

/* c [batch] = alpha a b + beta add, then what a rewrite has fused. Strides in elements; offsets, too. */
typedef struct xb_product {
    int32_t       dtype; /* float32, float64, int32, uint32, int64, uint64 */
    int64_t       m, n, k;
    xb_val       *a, *b, *c; /* b and add may also be of float types that are narrower than dtype */
    int64_t       a_offset, b_offset, c_offset;
    int64_t       a_row, a_col, b_row, b_col, c_row; /* columns of c are contiguous */
    int32_t       batch_rank;
    int64_t       batch[XB_MAX_RANK], a_batch[XB_MAX_RANK], b_batch[XB_MAX_RANK], c_batch[XB_MAX_RANK];
    float         alpha, beta;
    xb_val       *add; /* NULL, or what is added, times beta */
    int64_t       add_row, add_col, add_batch[XB_MAX_RANK];
    int32_t       takes_fused;      /* n->fused is applied, too */
    const xb_val *b_scale, *b_zero; /* of b in 8 bits; scale NULL: none */
    int64_t       scale_col;
    int32_t       is_turned; /* rows of c are not in the order of the batch */
} xb_product;

/* b of p, with rows along dimension k of the stored weight. float32 products only, whose b has no batch. */
void xb_product_stored(xb_product *p, const xb_stored *s, int k);

/* Emits it; weights are packed through the pack cache where that pays. Nothing for an empty c. float32 goes to kernel/gemm.h,
 * the rest to kernel/matmul.h. */
xybrid_status xb_product_emit(const xb_node *n, xb_product *p);

/* ---- softmax ---- */

/* Of x seen as [outer, count, inner], along count; float32 or float64, not empty. y may be x. */
xybrid_status xb_softmax_emit(const xb_node *n, const xb_val *x, xb_val *y, int64_t outer, int64_t count, int64_t inner,
                              int is_log);

/* ---- windows ---- */

/* Of convolutions and poolings: up to three spatial dimensions; fewer stand at the end, a missing one is 1 (padding 0). */
typedef struct xb_window {
    int32_t rank; /* spatial dimensions */
    int64_t batch, channels;
    int64_t in[3], kernel[3], stride[3], dilation[3], pad[3], pad_end[3], out[3];
} xb_window;

/* Reads in, kernel, stride, dilation, pads (auto_pad included) of a node whose input 0 is [N, C, ...] and fills `out` by the
 * rule of convolutions: floor((in + pads - (dilation (kernel - 1) + 1)) / stride) + 1, or ceil with ceil_mode. `kernel` is the
 * shape of the weights' window, NULL: from the attribute kernel_shape alone. Errors: INVALID_ARGUMENT; UNSUPPORTED_MODEL for
 * more than three dimensions. */
xybrid_status xb_window_read(const xb_node *n, const int64_t *kernel, int32_t ceil_mode, xb_window *w);
/* The dimensions [batch, channels, out...]; returns their number. */
int32_t xb_window_dims(const xb_window *w, int64_t channels, int64_t *dims);

/* An attribute of `count` integers, each in [low, high]; `otherwise` for all if the node lacks it. */
xybrid_status xb_attr_window(const xb_node *n, const char *name, int32_t count, int64_t low, int64_t high, int64_t otherwise,
                             int64_t *out);

#endif
