/* engine/native/ops_random.c - RandomNormal, RandomUniform and their Like forms, Bernoulli, Multinomial.
 *
 * ONNX leaves the generator open; ours is kernel/random.h. A node with a seed gives the same numbers in every run; without one
 * the stream goes on from run to run of a session, and begins at the same place in each session, so that a recording can be
 * made again; or the run has a seed (xybrid_call), and each drawing node is a stream of it. */
#include <math.h>
#include <string.h>

#include "engine/native/build.h"
#include "engine/native/op_list.h"
#include "engine/native/run.h"
#include "kernel/random.h"
#include "tensor/tensor.h"

typedef enum draw_kind { DRAW_UNIFORM, DRAW_NORMAL, DRAW_BERNOULLI, DRAW_MULTINOMIAL } draw_kind;

typedef struct draw_args {
    draw_kind   kind;
    const void *in; /* Bernoulli: chances; Multinomial: log chances */
    void       *out;
    int32_t     in_dtype, out_dtype;
    int64_t     count, classes; /* results; Multinomial: [batch, classes] in, [batch, samples] out */
    int64_t     samples;
    double      a, b;
    uint64_t    seed, stream;
    int32_t     has_seed;
} draw_args;

static double number_at(const void *data, int32_t dtype, int64_t i) {
    double value;
    xb_convert(&value, XYBRID_FLOAT64, (const char *)data + i * xb_dtype_size(dtype), dtype, 1);
    return value;
}

/* The class whose share of the sum of exp(log chance) a uniform number falls into. */
static double pick_class(const draw_args *a, int64_t row, double at) {
    double highest = -INFINITY, sum = 0;
    for (int64_t c = 0; c < a->classes; c++) highest = fmax(highest, number_at(a->in, a->in_dtype, row * a->classes + c));
    for (int64_t c = 0; c < a->classes; c++) sum += exp(number_at(a->in, a->in_dtype, row * a->classes + c) - highest);
    at *= sum;
    for (int64_t c = 0; c < a->classes; c++) {
        at -= exp(number_at(a->in, a->in_dtype, row * a->classes + c) - highest);
        if (at < 0) return (double)c;
    }
    return (double)(a->classes - 1);
}

static double draw(const draw_args *a, int64_t i) {
    uint64_t index = (uint64_t)i;
    switch (a->kind) {
    case DRAW_UNIFORM: return a->a + (a->b - a->a) * xb_random_uniform(a->seed, a->stream, index);
    case DRAW_NORMAL: return a->a + a->b * xb_random_normal(a->seed, a->stream, index);
    case DRAW_BERNOULLI: return xb_random_uniform(a->seed, a->stream, index) < number_at(a->in, a->in_dtype, i);
    default: return pick_class(a, i / a->samples, xb_random_uniform(a->seed, a->stream, index));
    }
}

static xybrid_status draw_run(xb_run *run, const xb_step *step, xybrid_error *err) {
    draw_args *a = step->args;
    draw_args  now = *a;
    int64_t    size = xb_dtype_size(a->out_dtype);
    (void)err;
    if (!a->has_seed && run->call->draws) {
        now.seed = run->call->seed;
        now.stream = (*run->call->draws)++;
    } else if (!a->has_seed) a->stream++;
    for (int64_t i = 0; i < now.count; i++) {
        double value = draw(&now, i);
        xb_convert((char *)now.out + i * size, now.out_dtype, &value, XYBRID_FLOAT64, 1);
    }
    return XYBRID_OK;
}

static xybrid_status set_out(xb_node *n, int32_t dtype, int32_t rank, const int64_t *dims) {
    if (!xb_dtype_size(dtype)) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "element type %d", dtype);
    return xb_out_set(n, 0, dtype, rank, dims);
}

xybrid_status xb_infer_shaped(xb_node *n) {
    const int64_t *shape;
    int32_t        rank = xb_attr_ints(n, "shape", &shape);
    if (rank < 0) return xb_refuse(n, "attribute shape is missing");
    return set_out(n, (int32_t)xb_attr_int(n, "dtype", XYBRID_FLOAT32), rank, shape);
}

xybrid_status xb_infer_like(xb_node *n) {
    const xb_val *x = n->in[0];
    if (x->kind != XB_ONNX_TENSOR) return xb_refuse(n, "input 0 is no tensor");
    return set_out(n, (int32_t)xb_attr_int(n, "dtype", x->dtype), x->rank, x->dims);
}

xybrid_status xb_infer_bernoulli(xb_node *n) {
    if (!xb_dtype_is_float(n->in[0]->dtype)) return xb_refuse(n, "the chances are not of a float type");
    return xb_infer_like(n);
}

xybrid_status xb_infer_multinomial(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       samples = xb_attr_int(n, "sample_size", 1);
    if (x->rank != 2 || x->dims[1] < 1 || samples < 1 || !xb_dtype_is_float(x->dtype))
        return xb_refuse(n, "the chances are not [batch, classes], or there are %lld samples", (long long)samples);
    int64_t dims[2] = { x->dims[0], samples };
    return set_out(n, (int32_t)xb_attr_int(n, "dtype", XYBRID_INT32), 2, dims);
}

static uint64_t seed_of(const xb_node *n, int32_t *has_seed) {
    const xb_attr *given = xb_attr_find(n->graph, "seed");
    *has_seed = given != NULL;
    if (given) {
        uint32_t bits;
        float    seed = xb_attr_float(n, "seed", 0);
        memcpy(&bits, &seed, sizeof bits);
        return bits;
    }
    return (uint64_t)(uint32_t)n->graph->outputs[0] << 32 | 0x58594252; /* differs from node to node */
}

static xybrid_status draw_emit(xb_node *n, draw_kind kind, double first, double second) {
    draw_args *a = xb_step_new(n, sizeof *a, "random");
    if (!a) return n->b->err->code;
    a->kind = kind;
    a->a = first;
    a->b = second;
    a->count = n->out[0]->count;
    a->out_dtype = n->out[0]->dtype;
    a->seed = seed_of(n, &a->has_seed);
    a->samples = a->classes = 1;
    if (kind == DRAW_BERNOULLI || kind == DRAW_MULTINOMIAL) {
        a->in_dtype = n->in[0]->dtype;
        if (kind == DRAW_MULTINOMIAL) {
            a->classes = n->in[0]->dims[1];
            a->samples = n->out[0]->dims[1];
        }
        xb_step_in(n, &a->in, n->in[0]);
    }
    xb_step_out(n, &a->out, n->out[0]);
    return xb_step_call(n, draw_run);
}

xybrid_status xb_emit_uniform(xb_node *n) {
    return draw_emit(n, DRAW_UNIFORM, xb_attr_float(n, "low", 0), xb_attr_float(n, "high", 1));
}
xybrid_status xb_emit_normal(xb_node *n) {
    return draw_emit(n, DRAW_NORMAL, xb_attr_float(n, "mean", 0), xb_attr_float(n, "scale", 1));
}
xybrid_status xb_emit_bernoulli(xb_node *n) { return draw_emit(n, DRAW_BERNOULLI, 0, 0); }
xybrid_status xb_emit_multinomial(xb_node *n) { return draw_emit(n, DRAW_MULTINOMIAL, 0, 0); }
