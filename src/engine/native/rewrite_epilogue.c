/* engine/native/rewrite_epilogue.c - element-wise nodes become steps of the node before them: of a convolution or matrix product
 * (applied to each tile while it is in the cache), or of another element-wise node (one pass over memory instead of several).
 *
 *     Conv -> BatchNormalization -> Relu -> Add(residual)      =>      Conv { MUL row, ADD row, RELU, ADD full }
 *
 * The numbers stay what they were, but for BatchNormalization, whose scale and shift are made from its four weights first. The
 * joined node stands where the last of its parts stood, so that everything it reads is there. */
#include <math.h>
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/layout.h"
#include "engine/native/rewrite.h"
#include "kernel/elementwise.h"

/* ---- one node as a step ---- */

typedef struct named_step {
    int16_t row; /* of ops.def */
    uint8_t op;
    char    a[6], b[6]; /* attributes, "": none */
    float   a_otherwise, b_otherwise;
} named_step;

static const named_step unary[] = {
    { XB_OP_ONNX_Abs, XB_EP_ABS, "", "", 0, 0 },
    { XB_OP_ONNX_Ceil, XB_EP_CEIL, "", "", 0, 0 },
    { XB_OP_ONNX_Cos, XB_EP_COS, "", "", 0, 0 },
    { XB_OP_ONNX_Elu, XB_EP_ELU, "alpha", "", 1, 0 },
    { XB_OP_ONNX_Erf, XB_EP_ERF, "", "", 0, 0 },
    { XB_OP_ONNX_Exp, XB_EP_EXP, "", "", 0, 0 },
    { XB_OP_ONNX_Floor, XB_EP_FLOOR, "", "", 0, 0 },
    { XB_OP_ONNX_HardSigmoid, XB_EP_HARD_SIGMOID, "alpha", "beta", 0.2f, 0.5f },
    { XB_OP_ONNX_HardSwish, XB_EP_HARD_SWISH, "", "", 0, 0 },
    { XB_OP_ONNX_LeakyRelu, XB_EP_LEAKY_RELU, "alpha", "", 0.01f, 0 },
    { XB_OP_ONNX_Log, XB_EP_LOG, "", "", 0, 0 },
    { XB_OP_ONNX_Mish, XB_EP_MISH, "", "", 0, 0 },
    { XB_OP_ONNX_Neg, XB_EP_NEG, "", "", 0, 0 },
    { XB_OP_ONNX_Reciprocal, XB_EP_RECIPROCAL, "", "", 0, 0 },
    { XB_OP_ONNX_Relu, XB_EP_RELU, "", "", 0, 0 },
    { XB_OP_ONNX_Round, XB_EP_ROUND, "", "", 0, 0 },
    { XB_OP_ONNX_Selu, XB_EP_SELU, "alpha", "gamma", 1.67326319217681884765625f, 1.05070102214813232421875f },
    { XB_OP_ONNX_Sigmoid, XB_EP_SIGMOID, "", "", 0, 0 },
    { XB_OP_ONNX_Sin, XB_EP_SIN, "", "", 0, 0 },
    { XB_OP_ONNX_Softplus, XB_EP_SOFTPLUS, "", "", 0, 0 },
    { XB_OP_ONNX_Softsign, XB_EP_SOFTSIGN, "", "", 0, 0 },
    { XB_OP_ONNX_Sqrt, XB_EP_SQRT, "", "", 0, 0 },
    { XB_OP_ONNX_Tanh, XB_EP_TANH, "", "", 0, 0 },
};
static const named_step binary[] = {
    /* a: the step when the main value is the second operand */
    { XB_OP_ONNX_Add, XB_EP_ADD, "", "", XB_EP_ADD, 0 }, { XB_OP_ONNX_Sub, XB_EP_SUB, "", "", XB_EP_RSUB, 0 },
    { XB_OP_ONNX_Mul, XB_EP_MUL, "", "", XB_EP_MUL, 0 }, { XB_OP_ONNX_Div, XB_EP_DIV, "", "", XB_EP_RDIV, 0 },
    { XB_OP_ONNX_Max, XB_EP_MAX, "", "", XB_EP_MAX, 0 }, { XB_OP_ONNX_Min, XB_EP_MIN, "", "", XB_EP_MIN, 0 }
};

static int find(const named_step *table, size_t count, const xb_node *n) {
    for (size_t i = 0; i < count; i++)
        if (xb_node_is(n, table[i].row)) return (int)i;
    return -1;
}

static int same_shape(const xb_val *a, const xb_val *b) {
    return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

/* Clip with bounds that are known. */
static int clip_step(const xb_node *n, xb_fused_step *s) {
    s->op = XB_EP_CLIP;
    s->a = n->opset < 11 ? xb_attr_float(n, "min", -INFINITY) : -INFINITY;
    s->b = n->opset < 11 ? xb_attr_float(n, "max", INFINITY) : INFINITY;
    return (!xb_in(n, 1) || xb_is_number(n->in[1], &s->a)) && (!xb_in(n, 2) || xb_is_number(n->in[2], &s->b));
}

/* A square. (A root is not Sqrt: of -0 and -infinity Pow makes 0 and infinity.) */
static int pow_step(const xb_node *n, xb_fused_step *s) {
    float exponent;
    s->op = XB_EP_SQUARE;
    return xb_is_number(n->in[1], &exponent) && exponent == 2;
}

/* Node n as a step on its input `main`; 0 if it is none. */
static int as_step(const xb_node *n, const xb_val *main, xb_fused_step *s) {
    const xb_val *y = xb_out(n, 0);
    *s = (xb_fused_step){ .operand = NULL };
    if (n->fused || n->op->domain != XB_DOMAIN_ONNX || !y || y->dtype != XYBRID_FLOAT32 || main->dtype != XYBRID_FLOAT32 ||
        !same_shape(main, y))
        return 0;
    int at = find(unary, sizeof unary / sizeof unary[0], n);
    if (at >= 0) {
        s->op = (xb_ep_op)unary[at].op;
        if (unary[at].a[0]) s->a = xb_attr_float(n, unary[at].a, unary[at].a_otherwise);
        if (unary[at].b[0]) s->b = xb_attr_float(n, unary[at].b, unary[at].b_otherwise);
        return n->in[0] == main;
    }
    if (xb_node_is(n, XB_OP_ONNX_Clip)) return n->in[0] == main && clip_step(n, s);
    if (xb_node_is(n, XB_OP_ONNX_Pow)) return n->in[0] == main && pow_step(n, s);
    at = find(binary, sizeof binary / sizeof binary[0], n);
    if (at < 0 || n->in_count != 2 || n->in[0] == n->in[1]) return 0;
    int is_second = n->in[1] == main;
    s->op = (xb_ep_op)(is_second ? (int)binary[at].a_otherwise : binary[at].op);
    s->operand = n->in[!is_second];
    if (s->operand->dtype != XYBRID_FLOAT32) return 0;
    s->is_imm = xb_is_number(s->operand, &s->a);
    return 1;
}

/* ---- operands as seen from a matrix ---- */

/* The operand against a result [dims before split, dims from split on]. */
static int operand_kind(const xb_val *y, const xb_val *operand, int32_t split, int32_t *from, int64_t *stride) {
    int32_t shift = y->rank - operand->rank;
    int64_t rows = 1, cols = 1, row_elements = 1;
    if (shift < 0) return 0;
    for (int32_t i = split; i < y->rank; i++) cols *= y->dims[i];
    for (int32_t i = 0; i < split; i++) rows *= y->dims[i];
    (void)rows;
    if (operand->count == 1) {
        *from = XB_EP_ROW;
        *stride = 1;
        return 1;
    }
    int32_t first = 0; /* of y's dimensions that the operand really has */
    while (first < y->rank && (first < shift || operand->dims[first - shift] == 1)) first++;
    if (first <= split) { /* maybe all of [first, end) */
        int is_full = 1;
        for (int32_t i = first; i < y->rank; i++) is_full &= operand->dims[i - shift] == y->dims[i];
        for (int32_t i = 0; i < first; i++) is_full &= y->dims[i] == 1;
        if (is_full) {
            *from = XB_EP_FULL;
            *stride = cols;
            return 1;
        }
    }
    if (first >= split) { /* only columns, all of them */
        int is_col = 1;
        for (int32_t i = split; i < y->rank; i++) is_col &= (i >= shift ? operand->dims[i - shift] : 1) == y->dims[i];
        if (is_col) {
            *from = XB_EP_COL;
            *stride = 0;
            return 1;
        }
    }
    int is_row = 1; /* [first, split) as y has them, 1 from there on */
    for (int32_t i = first; i < y->rank; i++) {
        int64_t d = operand->dims[i - shift];
        if (i < split) {
            is_row &= d == y->dims[i];
            row_elements *= d;
        } else {
            is_row &= d == 1;
        }
    }
    *from = XB_EP_ROW;
    *stride = row_elements;
    return is_row && first < split;
}

static uint32_t splits_of(const xb_val *y, const xb_fused_step *s) {
    uint32_t splits = 0;
    int32_t  from;
    int64_t  stride;
    if (!s->operand || s->is_imm) return UINT32_MAX;
    for (int32_t split = 0; split <= y->rank; split++)
        if (operand_kind(y, s->operand, split, &from, &stride)) splits |= 1u << split;
    return splits;
}

xybrid_status xb_epilogue_fill(const xb_node *n, int32_t split, xb_epilogue *e) {
    xybrid_error *err = n->b->err;
    for (int32_t i = 0; n->fused && i < n->fused->count; i++) {
        const xb_fused_step *s = &n->fused->steps[i];
        XB_CHECK(e->count < XB_EP_STEPS);
        xb_ep_step *to = &e->steps[e->count++];
        int32_t     from = s->operand && s->is_imm ? XB_EP_IMM : XB_EP_NONE;
        int64_t     stride = 0;
        *to = (xb_ep_step){ .op = (uint8_t)s->op, .a = s->a, .b = s->b };
        if (s->operand && !s->is_imm) {
            if (!operand_kind(n->out[0], s->operand, split, &from, &stride))
                return xb_fail_node(n, XYBRID_INTERNAL, "a fused operand does not fit");
            xb_step_in(n, &to->data, s->operand);
        }
        to->from = (uint8_t)from;
        to->stride = stride;
    }
    return XYBRID_OK;
}

/* ---- a chain that stands alone ---- */

xybrid_status xb_emit_chain(xb_node *n) {
    if (n->in[0]->layout != XB_LAYOUT_DENSE && xb_blocked_fits(n)) return xb_blocked_chain(n);
    XB_TRY(xb_dense_inputs(n));
    const xb_val  *y = n->out[0];
    xb_chain_args *a = xb_step_new(n, sizeof *a, "chain");
    int32_t        split = 0;
    if (!a) return n->b->err->code;
    while (split < y->rank && !(n->fused->splits >> split & 1)) split++;
    a->rows = a->cols = 1;
    for (int32_t i = 0; i < y->rank; i++) *(i < split ? &a->rows : &a->cols) *= y->dims[i];
    a->ld_in = a->ld_out = a->cols;
    xb_step_in(n, &a->in, n->in[0]);
    XB_TRY(xb_epilogue_fill(n, split, &a->e));
    xb_step_out(n, &a->out, n->out[0]);
    return xb_step_work(n, xb_chain_work(n->b->isa, a));
}

/* ---- joining ---- */

static int32_t fixed_split(const xb_node *n) {
    const xb_val *y = n->out[0];
    return n->op->flags & XB_OP_EPILOGUE_SPATIAL ? (y->rank > 2 ? 2 : y->rank) : y->rank - 1;
}

/* Scale and shift of a BatchNormalization whose weights are known, as two steps per channel. */
static xybrid_status norm_steps(const xb_node *n, xb_fused_step steps[2], int *fits) {
    const xb_val *x = n->in[0];
    *fits = 0;
    if (!xb_node_is(n, XB_OP_ONNX_BatchNormalization) || n->out_count != 1 || x->rank < 2 || x->dtype != XYBRID_FLOAT32)
        return XYBRID_OK;
    if (xb_attr_int(n, "training_mode", 0)) return XYBRID_OK;
    const float *w[4];
    for (int i = 0; i < 4; i++) {
        const void *data;
        if (!n->in[i + 1]->data || n->in[i + 1]->dtype != XYBRID_FLOAT32 || n->in[i + 1]->count != x->dims[1]) return XYBRID_OK;
        XB_TRY(xb_content(n, n->in[i + 1], &data)); /* aligned */
        w[i] = data;
    }
    int64_t dims[XB_MAX_RANK] = { x->dims[1], 1, 1, 1, 1, 1, 1, 1 };
    void   *scale, *shift;
    xb_val *scales = xb_temp_content(n, XYBRID_FLOAT32, x->rank - 1, dims, &scale);
    xb_val *shifts = scales ? xb_temp_content(n, XYBRID_FLOAT32, x->rank - 1, dims, &shift) : NULL;
    if (!shifts) return n->b->err->code;
    double epsilon = xb_attr_float(n, "epsilon", 1e-5f);
    for (int64_t c = 0; c < x->dims[1]; c++) {
        double s = w[0][c] / sqrt((double)w[3][c] + epsilon);
        ((float *)scale)[c] = (float)s;
        ((float *)shift)[c] = (float)(w[1][c] - w[2][c] * s);
    }
    steps[0] = (xb_fused_step){ .op = XB_EP_MUL, .operand = scales };
    steps[1] = (xb_fused_step){ .op = XB_EP_ADD, .operand = shifts };
    *fits = 1;
    return XYBRID_OK;
}

/* Node n as steps on its input `main`; *count 0 if it cannot be any. */
static xybrid_status steps_of(const xb_node *n, const xb_val *main, xb_fused_step steps[XB_FUSED_STEPS], int32_t *count) {
    int fits;
    *count = 0;
    if (n->op == &xb_ops[XB_OP_OWN_Chain] && n->in[0] == main) { /* an activation (rewrite_activation.c) */
        *count = n->fused->count;
        memcpy(steps, n->fused->steps, (size_t)*count * sizeof *steps);
        return XYBRID_OK;
    }
    if (n->in_count > 0 && n->in[0] == main) {
        XB_TRY(norm_steps(n, steps, &fits));
        if (fits) *count = 2;
    }
    if (*count == 0 && as_step(n, main, &steps[0])) *count = 1;
    return XYBRID_OK;
}

static int add_steps(xb_fused *f, const xb_val *y, const xb_fused_step *steps, int32_t count) {
    uint32_t splits = f->splits;
    if (f->count + count > XB_FUSED_STEPS) return 0;
    for (int32_t i = 0; i < count; i++) splits &= splits_of(y, &steps[i]);
    if (!splits) return 0;
    for (int32_t i = 0; i < count; i++) f->steps[f->count++] = steps[i];
    f->splits = splits;
    return 1;
}

/* Which input of an element-wise node may be its main one: the one that has the result's shape and most often was just made. */
static xybrid_status start_chain(xb_node *n, xb_fused *f, const xb_val **main, int *fits) {
    *fits = 0;
    for (int32_t i = 0; i < n->in_count && i < 2 && !*fits; i++) {
        xb_fused_step steps[XB_FUSED_STEPS];
        int32_t       count;
        if (!n->in[i]) continue;
        XB_TRY(steps_of(n, n->in[i], steps, &count));
        *f = (xb_fused){ .splits = (1u << (n->out[0]->rank + 1)) - 1 };
        *fits = count > 0 && add_steps(f, n->out[0], steps, count);
        *main = n->in[i];
    }
    return XYBRID_OK;
}

static size_t index_of(const xb_node *n, size_t from) {
    while (from < n->b->node_count && n->b->nodes[from] != n) from++;
    return from;
}

/* `next` becomes a part of n, which takes its place in the order. */
static void join(xb_node *n, size_t i, xb_node *next, size_t at) {
    n->out[0] = next->out[0];
    n->out[0]->maker = n;
    for (int32_t k = 0; k < next->in_count; k++)
        if (next->in[k] && next->in[k]->user == next) next->in[k]->user = n;
    next->is_dead = 1;
    n->b->nodes[i] = next;
    n->b->nodes[at] = n;
}

/* The steps become n's; with `main` n becomes a chain on it. */
static xybrid_status keep_steps(xb_node *n, const xb_fused *f, const xb_val *main) {
    if (!n->fused) {
        n->fused = xb_build_alloc(n, 1, sizeof *f);
        if (!n->fused) return n->b->err->code;
        if (main) {
            n->in[0] = (xb_val *)(uintptr_t)main;
            n->op = &xb_ops[XB_OP_OWN_Chain];
        }
    }
    *n->fused = *f;
    return XYBRID_OK;
}

xybrid_status xb_rewrite_epilogue(xb_build *b, size_t i, int *changed) {
    xb_node      *n = b->nodes[i];
    xb_val       *y = xb_out(n, 0);
    int           takes = (n->op->flags & (XB_OP_EPILOGUE_LAST | XB_OP_EPILOGUE_SPATIAL)) != 0, fits;
    const xb_val *main = NULL;
    xb_fused      f;
    (void)changed;
    if (!y || y->dtype != XYBRID_FLOAT32 || y->kind != XB_ONNX_TENSOR || y->is_pending || y->rank == 0 || y->count == 0)
        return XYBRID_OK;
    if (n->fused) {
        f = *n->fused;
    } else if (takes) {
        f = (xb_fused){ .splits = 1u << fixed_split(n) };
    } else {
        XB_TRY(start_chain(n, &f, &main, &fits));
        if (!fits) return XYBRID_OK;
        if (y->rank == 3 || y->rank == 4) { /* even alone: as a chain it can stay in the layout of convolutions */
            XB_TRY(keep_steps(n, &f, main));
            main = n->in[0];
        }
    }
    if (y->uses != 1 || !xb_is_inner(y) || !y->user || y->user->is_dead || y->user == n) return XYBRID_OK;
    xb_node      *next = y->user;
    size_t        at = index_of(next, i + 1);
    xb_fused_step steps[XB_FUSED_STEPS];
    int32_t       count;
    XB_TRY(steps_of(next, y, steps, &count));
    if (at >= b->node_count || count == 0 || !add_steps(&f, next->out[0], steps, count)) return XYBRID_OK;
    XB_TRY(keep_steps(n, &f, takes ? NULL : main));
    join(n, i, next, at);
    return XYBRID_OK;
}
