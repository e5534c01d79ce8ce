/* flow/steps_score.c - steps on scores and vectors: Reshape, Softmax, Argmax, TopK, Threshold, MeanPool. */
#include <string.h>

#include "base/error.h"
#include "flow/step_rows.h"
#include "flow/labels.h"
#include "kernel/normalize.h"
#include "kernel/score.h"

/* the parameters that most of these share: which output, which dimension */
typedef struct score_state {
    const char *output; /* NULL = the first */
    int32_t     dim;
    int64_t     k;
    double      threshold;
    int         return_indices, normalize;
    xb_labels   labels;
} score_state;

static xybrid_status open_common(xb_step_maker *m, score_state *s, int64_t default_dim, xybrid_error *err) {
    int64_t dim;
    XB_TRY(xb_json_opt_int(m->params, m->where, "dim", -XB_MAX_RANK, XB_MAX_RANK - 1, default_dim, &dim, err));
    s->dim = (int32_t)dim;
    return xb_json_opt_string(m->params, m->where, "output", NULL, &s->output, err);
}

/* ---- Reshape: "shape", one dimension may be -1 ---- */

typedef struct reshape_state {
    int64_t shape[XB_MAX_RANK];
    int64_t rank;
} reshape_state;

static xybrid_status reshape_open(xb_step_maker *m, void *state, xybrid_error *err) {
    reshape_state *s = state;
    return xb_json_get_ints(m->params, m->where, "shape", -1, INT64_MAX, 1, XB_MAX_RANK, s->shape, &s->rank, err);
}

static xybrid_status reshape_run(const void *state, xb_frame *f, xybrid_error *err) {
    const reshape_state *s = state;
    xb_tensor           *t, out;
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    XB_TRY(xb_tensor_reshape(t, (int32_t)s->rank, s->shape, &out, err));
    return xb_frame_put_tensor(f, out, err);
}

/* ---- Softmax ---- */

static xybrid_status softmax_open(xb_step_maker *m, void *state, xybrid_error *err) { return open_common(m, state, -1, err); }

static xybrid_status softmax_run(const void *state, xb_frame *f, xybrid_error *err) {
    const score_state *s = state;
    xb_tensor         *t, out;
    XB_TRY(xb_frame_tensor(f, s->output, &t, err));
    XB_TRY(xb_softmax(f->mem, t, s->dim, &out, err));
    xb_tensor_drop(t); /* the other outputs stay beside it */
    *t = out;
    return XYBRID_OK;
}

/* ---- Argmax and TopK: classes as Text with score ---- */

static xybrid_status argmax_open(xb_step_maker *m, void *state, xybrid_error *err) {
    score_state *s = state;
    XB_TRY(open_common(m, s, -1, err));
    return xb_labels_read(m, &s->labels, err);
}

/* One line of scores gives a class; more of them give the tensor of indices. */
static xybrid_status argmax_run(const void *state, xb_frame *f, xybrid_error *err) {
    const score_state *s = state;
    xb_tensor         *t, indices, values;
    XB_TRY(xb_frame_tensor(f, s->output, &t, err));
    XB_TRY(xb_topk(f->mem, t, s->dim, 1, &values, &indices, err));
    if (xb_tensor_count(&indices) != 1) {
        xb_tensor_drop(&values);
        xb_tensor_drop(&indices);
        XB_TRY(xb_argmax(f->mem, t, s->dim, &indices, err));
        return xb_frame_put_tensor(f, indices, err);
    }
    int64_t id = *(int64_t *)indices.data;
    float   score = *(float *)values.data;
    xb_tensor_drop(&values);
    xb_tensor_drop(&indices);
    xybrid_envelope *e;
    XB_TRY(xb_labels_envelope(&s->labels, f, id, score, &e, err));
    xb_value_set_envelope(&f->value, e);
    return XYBRID_OK;
}

static xybrid_status topk_open(xb_step_maker *m, void *state, xybrid_error *err) {
    score_state *s = state;
    XB_TRY(xb_json_get_int(m->params, m->where, "k", 1, 1 << 20, &s->k, err));
    return argmax_open(m, state, err);
}

static xybrid_status topk_run(const void *state, xb_frame *f, xybrid_error *err) {
    const score_state *s = state;
    xb_tensor         *t, indices, values;
    XB_TRY(xb_frame_tensor(f, s->output, &t, err));
    XB_TRY(xb_topk(f->mem, t, s->dim, s->k, &values, &indices, err));
    int64_t count = xb_tensor_count(&indices);
    int32_t last = indices.rank - 1;
    if (last < 0 || count != indices.shape[last]) { /* several lines: the tensors themselves */
        xb_value_clear(&f->value);
        xybrid_status st = xb_value_add_tensor(&f->value, "indices", indices, err);
        if (st) xb_tensor_drop(&values);
        else st = xb_value_add_tensor(&f->value, "scores", values, err);
        return st;
    }
    xybrid_status st = xb_labels_list(&s->labels, f, indices.data, values.data, count, err);
    xb_tensor_drop(&values);
    xb_tensor_drop(&indices);
    return st;
}

/* ---- Threshold: a mask of 0 and 1, or the indices above it ---- */

static xybrid_status threshold_open(xb_step_maker *m, void *state, xybrid_error *err) {
    score_state *s = state;
    XB_TRY(open_common(m, s, -1, err));
    XB_TRY(xb_json_get_double(m->params, m->where, "threshold", -1e30, 1e30, &s->threshold, err));
    return xb_json_opt_bool(m->params, m->where, "return_indices", 0, &s->return_indices, err);
}

static xybrid_status threshold_run(const void *state, xb_frame *f, xybrid_error *err) {
    const score_state *s = state;
    xb_tensor         *t, x, out;
    XB_TRY(xb_frame_tensor(f, s->output, &t, err));
    XB_TRY(xb_tensor_convert(f->mem, t, XYBRID_FLOAT32, &x, err));
    const float  *v = x.data;
    int64_t       count = xb_tensor_count(&x), n = 0;
    xybrid_status st;
    if (s->return_indices) {
        for (int64_t i = 0; i < count; i++) n += v[i] > (float)s->threshold;
        st = xb_tensor_new(f->mem, XYBRID_INT64, 1, &n, &out, err);
        n = 0;
        for (int64_t i = 0; st == XYBRID_OK && i < count; i++)
            if (v[i] > (float)s->threshold) ((int64_t *)out.data)[n++] = i;
    } else {
        st = xb_tensor_new(f->mem, XYBRID_FLOAT32, x.rank, x.shape, &out, err);
        for (int64_t i = 0; st == XYBRID_OK && i < count; i++)
            ((float *)out.data)[i] = v[i] > (float)s->threshold ? 1.0f : 0.0f;
    }
    xb_tensor_drop(&x);
    return st ? st : xb_frame_put_tensor(f, out, err);
}

/* ---- MeanPool: [1, tokens, width] -> Embedding, over the tokens that the attention mask counts ---- */

static xybrid_status meanpool_open(xb_step_maker *m, void *state, xybrid_error *err) {
    score_state *s = state;
    XB_TRY(open_common(m, s, 1, err));
    if (s->dim != 1)
        return xb_json_fail(xb_json_get(m->params, "dim"), m->where, "dim", "1: the tokens of [batch, tokens, width]", err);
    return xb_json_opt_bool(m->params, m->where, "normalize", 0, &s->normalize, err);
}

static xybrid_status meanpool_run(const void *state, xb_frame *f, xybrid_error *err) {
    const score_state *s = state;
    xb_tensor         *t, pooled, out;
    XB_TRY(xb_frame_tensor(f, s->output, &t, err));
    XB_TRY(xb_mean_pool(f->mem, t, f->attention_mask.data ? &f->attention_mask : NULL, &pooled, err));
    if (s->normalize) {
        xybrid_status st = xb_l2_normalize(f->mem, &pooled, &out, err);
        xb_tensor_drop(&pooled);
        if (st) return st;
        pooled = out;
    }
    if (pooled.shape[0] != 1) return xb_frame_put_tensor(f, pooled, err); /* a batch stays a tensor */
    xybrid_envelope *e = NULL;
    xybrid_status    st = xb_tensor_reshape(&pooled, 1, (int64_t[]){ -1 }, &out, err);
    xb_tensor_drop(&pooled);
    if (st) return st;
    st = xb_envelope_new_tensor(f->root, f->mem, XYBRID_EMBEDDING, NULL, &out, &e, err);
    xb_tensor_drop(&out);
    if (st == XYBRID_OK) xb_value_set_envelope(&f->value, e);
    return st;
}

const xb_step_row xb_step_reshape = { "Reshape", XB_STEP_PRE | XB_STEP_POST, sizeof(reshape_state), reshape_open, reshape_run,
                                      NULL };
const xb_step_row xb_step_softmax = { "Softmax", XB_STEP_POST, sizeof(score_state), softmax_open, softmax_run, NULL };
const xb_step_row xb_step_argmax = { "Argmax", XB_STEP_POST, sizeof(score_state), argmax_open, argmax_run, NULL };
const xb_step_row xb_step_topk = { "TopK", XB_STEP_POST, sizeof(score_state), topk_open, topk_run, NULL };
const xb_step_row xb_step_threshold = { "Threshold", XB_STEP_POST, sizeof(score_state), threshold_open, threshold_run, NULL };
const xb_step_row xb_step_meanpool = { "MeanPool", XB_STEP_POST, sizeof(score_state), meanpool_open, meanpool_run, NULL };
