/* kernel/epilogue.h - a short programme of element-wise steps that a matrix product or convolution applies to each tile of
 * its result while that is still in the first-level cache; and the same programme on a whole tensor.
 *
 *     y = hard_swish(x * w + bias) + residual:   { ADD from COL bias, HARD_SWISH, ADD from FULL residual }
 *
 * The result is seen as a matrix [rows, cols]. A matrix product has M rows and N columns, its bias is a COL; a convolution in
 * dense NCHW has channels as rows and pixels as columns, its bias is a ROW; in NCHWc the block's channels are the columns. */
#ifndef XB_EPILOGUE_H
#define XB_EPILOGUE_H

#include <stdint.h>

typedef enum xb_ep_op {
    /* with an operand y */
    XB_EP_ADD,  /* x + y */
    XB_EP_SUB,  /* x - y */
    XB_EP_RSUB, /* y - x */
    XB_EP_MUL,
    XB_EP_DIV,  /* x / y */
    XB_EP_RDIV, /* y / x */
    XB_EP_MIN,  /* NaN if either is NaN */
    XB_EP_MAX,
    XB_EP_PRELU, /* x < 0 ? x * y : x */
    XB_EP_POW,   /* x^y as C's powf; slow, an exponent of 2 or 1/2 is SQUARE or SQRT */
    XB_EP_FMOD,  /* the remainder of x / y with the sign of x, as C's fmodf; slow */
    XB_EP_SNAKE, /* x + sin(x y)^2 / (y + b): L. Ziyin et al., "Neural Networks Fail to Learn Periodic Functions" (2020) */
    /* of x alone; a and b are the step's */
    XB_EP_RELU,         /* max(x, 0); NaN stays NaN */
    XB_EP_LEAKY_RELU,   /* x < 0 ? a x : x */
    XB_EP_CLIP,         /* min(max(x, a), b) */
    XB_EP_HARD_SIGMOID, /* max(0, min(1, a x + b)) */
    XB_EP_HARD_SWISH,   /* x max(0, min(1, x / 6 + 1 / 2)) */
    XB_EP_SIGMOID,
    XB_EP_TANH,
    XB_EP_SILU,      /* x sigmoid(a x) */
    XB_EP_GELU,      /* x / 2 (1 + erf(x / sqrt 2)) */
    XB_EP_GELU_TANH, /* x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) */
    XB_EP_ELU,       /* x < 0 ? a (exp x - 1) : x */
    XB_EP_SELU,      /* b * elu(x) */
    XB_EP_SOFTPLUS,  /* log(1 + exp x), without overflow */
    XB_EP_MISH,      /* x tanh(softplus x) */
    XB_EP_ERF,
    XB_EP_EXP,
    XB_EP_LOG,
    XB_EP_SQRT,
    XB_EP_RECIPROCAL,
    XB_EP_ABS,
    XB_EP_NEG,
    XB_EP_SQUARE,
    XB_EP_SIN,
    XB_EP_COS,
    XB_EP_FLOOR,
    XB_EP_CEIL,
    XB_EP_ROUND,            /* half to even */
    XB_EP_LINEAR,           /* a x + b */
    XB_EP_RSQRT,            /* 1 / sqrt x */
    XB_EP_SIGN,             /* 1, -1; a zero and NaN stay */
    XB_EP_SOFTSIGN,         /* x / (1 + |x|) */
    XB_EP_THRESHOLDED_RELU, /* x > a ? x : 0 */
    XB_EP_OP_COUNT
} xb_ep_op;

typedef enum xb_ep_from { /* where y comes from */
                          XB_EP_NONE,
                          XB_EP_IMM, /* the step's a */
                          XB_EP_COL, /* data[col] */
                          XB_EP_ROW, /* data[row % stride] when stride > 0, else data[row] */
                          XB_EP_FULL /* data[row * stride + col] */
} xb_ep_from;

typedef struct xb_ep_step {
    uint8_t      op, from; /* xb_ep_op, xb_ep_from */
    float        a, b;
    const float *data;
    int64_t      stride; /* elements */
} xb_ep_step;

enum { XB_EP_STEPS = 8 };

typedef struct xb_epilogue {
    int32_t    count;
    xb_ep_step steps[XB_EP_STEPS];
} xb_epilogue;

#endif
