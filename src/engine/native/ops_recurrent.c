/* engine/native/ops_recurrent.c - RNN, GRU, LSTM, and com.microsoft's DynamicQuantizeLSTM: one matrix product for all steps'
 * inputs, then the steps (kernel/recurrent.h). */
#include <string.h>

#include "base/checked.h"
#include "engine/native/model.h"
#include "engine/native/nn_integer.h"
#include "engine/native/op_list.h"
#include "kernel/recurrent.h"

/* ---- activations ---- */

typedef struct activation {
    char    name[16];
    uint8_t op;
    int8_t  alphas, betas; /* numbers that it takes from activation_alpha and activation_beta */
    float   alpha, beta;   /* without them */
} activation;

static const activation activations[] = {
    { "affine", XB_EP_LINEAR, 1, 1, 1, 0 },
    { "elu", XB_EP_ELU, 1, 0, 1, 0 },
    { "hardsigmoid", XB_EP_HARD_SIGMOID, 1, 1, 0.2f, 0.5f },
    { "leakyrelu", XB_EP_LEAKY_RELU, 1, 0, 0.01f, 0 },
    { "relu", XB_EP_RELU, 0, 0, 0, 0 },
    { "scaledtanh", XB_EP_OP_COUNT, 1, 1, 1, 1 }, /* three steps */
    { "sigmoid", XB_EP_SIGMOID, 0, 0, 0, 0 },
    { "softplus", XB_EP_SOFTPLUS, 0, 0, 0, 0 },
    { "softsign", XB_EP_SOFTSIGN, 0, 0, 0, 0 },
    { "tanh", XB_EP_TANH, 0, 0, 0, 0 },
    { "thresholdedrelu", XB_EP_THRESHOLDED_RELU, 1, 0, 1, 0 },
};

/* Exporters write names in any case. */
static const activation *find_activation(xb_slice name) {
    for (size_t i = 0; i < sizeof activations / sizeof activations[0]; i++) {
        const char *wanted = activations[i].name;
        size_t      k = 0;
        while (k < name.size && wanted[k] && (name.data[k] == wanted[k] || name.data[k] + ('a' - 'A') == wanted[k])) k++;
        if (k == name.size && !wanted[k]) return &activations[i];
    }
    return NULL;
}

static void add_step(xb_epilogue *e, uint8_t op, float a, float b) {
    e->steps[e->count++] = (xb_ep_step){ .op = op, .from = XB_EP_NONE, .a = a, .b = b };
}

/* What is left of a list of numbers. */
typedef struct numbers {
    const float *at;
    int32_t      count;
} numbers;

static float take(numbers *n, float otherwise) {
    if (n->count <= 0) return otherwise;
    n->count--;
    return *n->at++;
}

static void set_activation(const activation *f, float clip, numbers *alphas, numbers *betas, xb_epilogue *e) {
    float alpha = f->alphas ? take(alphas, f->alpha) : 0, beta = f->betas ? take(betas, f->beta) : 0;
    e->count = 0;
    if (clip > 0) add_step(e, XB_EP_CLIP, -clip, clip);
    if (f->op != XB_EP_OP_COUNT) {
        add_step(e, f->op, alpha, beta);
        return;
    }
    add_step(e, XB_EP_LINEAR, beta, 0);
    add_step(e, XB_EP_TANH, 0, 0);
    add_step(e, XB_EP_LINEAR, alpha, 0);
}

static xybrid_status set_activations(const xb_node *n, xb_recurrent_args *a) {
    static const char defaults[3][3][8] = { { "Tanh" }, { "Sigmoid", "Tanh" }, { "Sigmoid", "Tanh", "Tanh" } };
    const xb_slice   *names;
    numbers           alphas, betas;
    int32_t           each = (int32_t)a->kind + 1, count = xb_attr_strings(n, "activations", &names);
    float             clip = xb_attr_float(n, "clip", 0);
    alphas.count = xb_attr_floats(n, "activation_alpha", &alphas.at);
    betas.count = xb_attr_floats(n, "activation_beta", &betas.at);
    for (int32_t d = 0; d < a->directions; d++)
        for (int32_t i = 0; i < each; i++) {
            int32_t at = d * each + i;
            if (count > 0 && at >= count) return xb_refuse(n, "%d activations, wanted %d", count, a->directions * each);
            xb_slice          name = count > 0 ? names[at] : xb_slice_of(defaults[a->kind][i]);
            const activation *f = find_activation(name);
            if (!f) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "activation \"%.*s\"", xb_slice_len(name), name.data);
            set_activation(f, i == 2 ? 0 : clip, &alphas, &betas, &a->act[d][i]); /* not the cell's: as other engines do */
        }
    return XYBRID_OK;
}

/* ---- shapes ---- */

static xybrid_status want_dims(const xb_node *n, int32_t i, int32_t rank, int64_t a, int64_t b, int64_t c) {
    const xb_val *v = xb_in(n, i);
    int64_t       dims[3] = { a, b, c };
    if (!v) return XYBRID_OK;
    XB_TRY(xb_want_type(n, i, n->in[0]->dtype));
    XB_TRY(xb_want_rank(n, i, rank));
    for (int32_t d = 0; d < rank; d++)
        if (v->dims[d] != dims[d])
            return xb_refuse(n, "input %d: dimension %d is %lld, wanted %lld", i, d, (long long)v->dims[d], (long long)dims[d]);
    return XYBRID_OK;
}

/* DynamicQuantizeLSTM has weights [directions, inputs, gates hidden] of 8 bits, and behind LSTM's inputs scale and zero point of W
 * and R. */
enum { W_SCALE = 8, W_ZERO, R_SCALE, R_ZERO };

static int is_quantised(const xb_node *n) { return n->op == &xb_ops[XB_OP_MS_DynamicQuantizeLSTM]; }

/* Input i is [directions], or [directions, gates hidden]. */
static xybrid_status want_scale(const xb_node *n, int32_t i, int32_t dtype, int64_t dirs, int64_t wide) {
    const xb_val *v = xb_in(n, i);
    if (!v) return xb_refuse(n, "input %d is missing", i);
    XB_TRY(xb_want_type(n, i, dtype));
    if ((v->rank == 1 && v->dims[0] == dirs) || (v->rank == 2 && v->dims[0] == dirs && v->dims[1] == wide)) return XYBRID_OK;
    return xb_refuse(n, "input %d has %lld numbers for %lld directions of %lld columns", i, (long long)v->count,
                     (long long)dirs, (long long)wide);
}

static xybrid_status want_quantised(const xb_node *n, xb_recurrent_args *a) {
    int64_t dirs = a->directions, wide = 4 * a->hidden, rows[2] = { n->in[0]->dims[2], a->hidden };
    if (a->is_double) return xb_refuse(n, "input 0 is float64, wanted float32");
    XB_TRY(xb_want_type(n, 0, XYBRID_FLOAT32));
    for (int32_t i = 0; i < 2; i++) {
        const xb_val *v = n->in[1 + i];
        XB_TRY(xb_want_8bit(n, 1 + i));
        XB_TRY(xb_want_rank(n, 1 + i, 3));
        if (v->dims[0] != dirs || v->dims[1] != rows[i] || v->dims[2] != wide)
            return xb_refuse(n, "input %d is [%lld,%lld,%lld], wanted [%lld,%lld,%lld]", 1 + i, (long long)v->dims[0],
                             (long long)v->dims[1], (long long)v->dims[2], (long long)dirs, (long long)rows[i],
                             (long long)wide);
        XB_TRY(want_scale(n, i ? R_SCALE : W_SCALE, XYBRID_FLOAT32, dirs, wide));
        XB_TRY(want_scale(n, i ? R_ZERO : W_ZERO, v->dtype, dirs, wide));
    }
    a->r_signed = n->in[2]->dtype == XYBRID_INT8;
    a->r_scale_step = n->in[R_SCALE]->rank == 2;
    a->r_zero_step = n->in[R_ZERO]->rank == 2;
    return XYBRID_OK;
}

/* Everything about a node but its pointers, checked. */
static xybrid_status args_of(const xb_node *n, xb_recurrent_args *a) {
    const xb_val *x = n->in[0], *r = n->in[2], *lengths = xb_in(n, 4);
    xb_slice      direction = xb_attr_string(n, "direction", "forward");
    int           is_batch_first = xb_attr_int(n, "layout", 0) != 0;
    *a = (xb_recurrent_args){ .kind = n->op == &xb_ops[XB_OP_ONNX_GRU]   ? XB_GRU
                                      : n->op == &xb_ops[XB_OP_ONNX_RNN] ? XB_RNN
                                                                         : XB_LSTM };
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_rank(n, 0, 3));
    XB_TRY(xb_want_rank(n, 2, 3));
    a->directions = xb_slice_is(direction, "bidirectional") ? 2 : 1;
    a->first_is_reverse = xb_slice_is(direction, "reverse");
    if (a->directions == 1 && !a->first_is_reverse && !xb_slice_is(direction, "forward"))
        return xb_refuse(n, "direction \"%.*s\"", xb_slice_len(direction), direction.data);
    a->steps = x->dims[is_batch_first];
    a->batch = x->dims[!is_batch_first];
    a->hidden = r->dims[is_quantised(n) ? 1 : 2];
    a->is_double = x->dtype == XYBRID_FLOAT64;
    a->linear_before_reset = xb_attr_int(n, "linear_before_reset", 0) != 0;
    a->input_forget = xb_attr_int(n, "input_forget", 0) != 0;
    if (xb_attr_int(n, "hidden_size", a->hidden) != a->hidden)
        return xb_refuse(n, "hidden_size is %lld, the weights have %lld", (long long)xb_attr_int(n, "hidden_size", 0),
                         (long long)a->hidden);
    if (a->batch > INT32_MAX || a->steps > INT32_MAX || a->hidden > INT32_MAX)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a dimension of more than 2^31");
    int64_t gates = xb_recurrent_gates(a->kind), dirs = a->directions, state[2] = { dirs, a->batch };
    if (is_quantised(n)) {
        XB_TRY(want_quantised(n, a));
    } else {
        XB_TRY(want_dims(n, 1, 3, dirs, gates * a->hidden, x->dims[2]));
        XB_TRY(want_dims(n, 2, 3, dirs, gates * a->hidden, a->hidden));
    }
    XB_TRY(want_dims(n, 3, 2, dirs, 2 * gates * a->hidden, 0));
    XB_TRY(xb_want_vector(n, 4, a->batch));
    if (lengths) XB_TRY(xb_want_type(n, 4, XYBRID_INT32));
    for (int32_t i = 5; i < 7; i++) XB_TRY(want_dims(n, i, 3, state[is_batch_first], state[!is_batch_first], a->hidden));
    XB_TRY(want_dims(n, 7, 2, dirs, 3 * a->hidden, 0));
    a->x_time = is_batch_first ? 1 : a->batch;
    a->x_batch = is_batch_first ? a->steps : 1;
    a->y_time = dirs * a->hidden * (is_batch_first ? 1 : a->batch);
    a->y_dir = is_batch_first ? a->hidden : a->batch * a->hidden;
    a->y_batch = is_batch_first ? a->steps * dirs * a->hidden : a->hidden;
    a->s_dir = a->y_dir;
    a->s_batch = is_batch_first ? dirs * a->hidden : a->hidden;
    return set_activations(n, a);
}

xybrid_status xb_infer_recurrent(xb_node *n) {
    xb_recurrent_args a;
    XB_TRY(args_of(n, &a));
    int     is_batch_first = xb_attr_int(n, "layout", 0) != 0;
    int64_t y[4] = { a.steps, a.directions, a.batch, a.hidden }, state[3] = { a.directions, a.batch, a.hidden };
    if (is_batch_first) {
        memcpy(y, (int64_t[]){ a.batch, a.steps, a.directions, a.hidden }, sizeof y);
        memcpy(state, (int64_t[]){ a.batch, a.directions, a.hidden }, sizeof state);
    }
    XB_TRY(xb_out_set(n, 0, n->in[0]->dtype, 4, y));
    XB_TRY(xb_out_set(n, 1, n->in[0]->dtype, 3, state));
    return xb_out_set(n, 2, n->in[0]->dtype, 3, state);
}

/* ---- steps ---- */

/* The same from 8-bit numbers, a product for each direction. */
static xybrid_status quantised_input_product(xb_node *n, const xb_recurrent_args *a, xb_val *out) {
    const xb_val *x = n->in[0];
    int64_t       wide = 4 * a->hidden;
    xb_val       *q, *scale, *zero;
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_quantised(n, n->in[0], &q, &scale, &zero));
    for (int64_t d = 0; d < a->directions; d++) {
        xb_qproduct p = { .m = a->steps * a->batch,
                          .n = wide,
                          .k = x->dims[2],
                          .a = q,
                          .b = n->in[1],
                          .c = out,
                          .a_row = x->dims[2],
                          .a_col = 1,
                          .b_offset = d * x->dims[2] * wide,
                          .b_row = wide,
                          .b_col = 1,
                          .c_offset = d * wide,
                          .c_row = a->directions * wide,
                          .a_zero.v = zero,
                          .a_scale.v = scale };
        p.b_scale.v = n->in[W_SCALE];
        p.b_scale.step = n->in[W_SCALE]->rank == 2;
        p.b_scale.offset = d * (p.b_scale.step ? wide : 1);
        p.b_zero.v = n->in[W_ZERO];
        p.b_zero.step = n->in[W_ZERO]->rank == 2;
        p.b_zero.offset = d * (p.b_zero.step ? wide : 1);
        XB_TRY(xb_qproduct_emit(n, &p));
    }
    return XYBRID_OK;
}

/* x W for all steps and directions: [steps * batch, directions * gates * hidden]. */
static xybrid_status input_product(xb_node *n, const xb_recurrent_args *a, xb_val **out) {
    const xb_val *x = n->in[0];
    int64_t       dims[2] = { a->steps * a->batch, a->directions * xb_recurrent_gates(a->kind) * a->hidden }, k = x->dims[2];
    xb_product    p = { .dtype = xb_float_of(x->dtype), .m = dims[0], .n = dims[1], .k = k, .b = n->in[1], .alpha = 1 };
    p.c = *out = xb_temp(n, p.dtype, 2, dims);
    if (!p.c) return n->b->err->code;
    if (is_quantised(n)) return quantised_input_product(n, a, *out);
    XB_TRY(xb_float_in(n, n->in[0], &p.a));
    p.a_row = p.b_col = k;
    p.a_col = p.b_row = 1;
    p.c_row = p.n;
    return xb_product_emit(n, &p);
}

typedef struct recurrent_pack {
    const xb_isa     *isa;
    xb_recurrent_kind kind;
    int32_t           is_double, directions, linear_before_reset, r_signed;
    const xb_qisa    *q;
    int64_t           hidden;
} recurrent_pack;

static void pack_weights(const void *ctx, const void *src, void *out, void *scratch) {
    const recurrent_pack *p = ctx;
    xb_recurrent_args     a = { .kind = p->kind,
                                .is_double = p->is_double,
                                .directions = p->directions,
                                .linear_before_reset = p->linear_before_reset,
                                .r_signed = p->r_signed,
                                .q = p->q,
                                .hidden = p->hidden };
    (void)scratch;
    xb_recurrent_pack(p->isa, &a, src, out);
}

static xybrid_status packed_weights(xb_node *n, const xb_recurrent_args *a, xb_val **out) {
    recurrent_pack p = {
        n->b->isa, a->kind, a->is_double, a->directions, a->linear_before_reset, a->r_signed, a->q, a->hidden
    };
    xb_pack how = { .kind = XB_PACK_RECURRENT,
                    .key = { (int64_t)a->kind, a->is_double, a->directions, a->linear_before_reset, a->hidden },
                    .size_bytes = xb_recurrent_pack_bytes(n->b->isa, a),
                    .run = pack_weights,
                    .as_float = !a->is_double && !a->q,
                    .ctx = &p,
                    .ctx_size = sizeof p,
                    .what = "recurrent_pack" };
    return xb_packed(n, n->in[2], &how, out);
}

xybrid_status xb_emit_recurrent(xb_node *n) {
    static const int32_t inputs[] = { 3, 5, 6, 7 }; /* bias, h, c, peepholes */
    xb_recurrent_args    args, *a;
    xb_val              *xw, *r, *in[4], *out[3];
    XB_TRY(args_of(n, &args));
    if (args.directions * args.batch * args.hidden == 0) return XYBRID_OK;
    if (is_quantised(n)) args.q = n->b->model->services.qisa;
    XB_TRY(input_product(n, &args, &xw));
    XB_TRY(packed_weights(n, &args, &r));
    for (int i = 0; i < 4; i++) XB_TRY(xb_float_in(n, xb_in(n, inputs[i]), &in[i]));
    for (int i = 0; i < 3; i++) XB_TRY(xb_float_out(n, xb_out(n, i), &out[i]));
    a = xb_step_new(n, sizeof *a, "recurrent");
    if (!a) return n->b->err->code;
    *a = args;
    xb_step_in(n, &a->xw, xw);
    xb_step_in(n, &a->r, r);
    xb_step_in(n, &a->bias, in[0]);
    xb_step_in(n, &a->lengths, xb_in(n, 4));
    xb_step_in(n, &a->h0, in[1]);
    xb_step_in(n, &a->c0, in[2]);
    xb_step_in(n, &a->peephole, in[3]);
    if (args.q) {
        xb_step_in(n, &a->r_scale, n->in[R_SCALE]);
        xb_step_in(n, &a->r_zero, n->in[R_ZERO]);
    }
    void **fields[3] = { &a->y, &a->yh, &a->yc };
    for (int i = 0; i < 3; i++)
        if (out[i]) xb_step_out(n, fields[i], out[i]);
    XB_TRY(xb_step_work(n, xb_recurrent_work(n->b->isa, a)));
    for (int i = 0; i < 3; i++)
        if (out[i]) XB_TRY(xb_float_done(n, out[i], n->out[i]));
    return XYBRID_OK;
}
