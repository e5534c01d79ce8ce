/* engine/engine_session.c - the runs of one timeline: what is bound, what is carried, and the checks in front of every engine.
 *
 *     bind: type and shape against the port --(only if changed)--> engine's bind
 *     run:  all inputs there? --> engine's run --> out_alloc, out_give of flow
 *                                    | an engine without `carry`: this file's call stands between, keeps carried outputs
 *                                    | in two buffers in turn and binds them as inputs */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "engine/engine_int.h"
#include "engine/model_int.h"
#include "plat/cancel.h"

typedef struct input_state {
    int32_t      is_bound;
    int32_t      is_carried;
    xybrid_dtype dtype;
    int32_t      rank;
    const void  *data;
    int64_t      shape[XB_MAX_RANK];
} input_state;

/* A carried pair of an engine that cannot carry: two buffers, of which `now` is the input (-1 = what was bound). */
typedef struct carry {
    int32_t output, input;
    int32_t now;
    int32_t is_written; /* by this run, into the other buffer */
    int32_t rank;
    int64_t shape[XB_MAX_RANK];
    void   *memory[2];
    int64_t capacity_bytes[2];
    int64_t size_bytes;
} carry;

struct xb_engine_session {
    xb_engine_model *model;
    void            *handle; /* the engine's */
    input_state     *inputs; /* [input_count] */
    carry           *carries;
    size_t           carry_count, carry_capacity;
    uint8_t         *wanted; /* [output_count], while carries is in use */
};

/* ---- opening ---- */

xybrid_status xb_engine_session_open(xb_engine_model *model, const xybrid_engine_options *options, xb_engine_session **out,
                                     xybrid_error *err) {
    xb_engine_session *s = xb_calloc(model->mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->model = xb_engine_model_keep(model);
    s->inputs = xb_calloc(model->mem, (size_t)model->input_count, sizeof *s->inputs, err);
    s->wanted = s->inputs ? xb_calloc(model->mem, (size_t)model->output_count, 1, err) : NULL;
    xybrid_status st = s->wanted ? XYBRID_OK : err->code;
    void         *handle = NULL;
    if (st == XYBRID_OK) st = xb_engine_session_handle(model, options, &handle, err);
    if (st != XYBRID_OK) {
        st = xb_engine_wrap(err, err->code, model->name, "%.96s: ", model->name);
        xb_engine_session_close(s);
        return st;
    }
    s->handle = handle;
    *out = s;
    return XYBRID_OK;
}

void xb_engine_session_close(xb_engine_session *s) {
    if (!s) return;
    xb_mem *mem = s->model->mem;
    if (s->handle) s->model->table->session_close(s->handle);
    for (size_t i = 0; i < s->carry_count; i++) {
        xb_free(mem, s->carries[i].memory[0]);
        xb_free(mem, s->carries[i].memory[1]);
    }
    xb_free(mem, s->carries);
    xb_free(mem, s->wanted);
    xb_free(mem, s->inputs);
    xb_engine_model_drop(s->model);
    xb_free(mem, s);
}

xb_engine_model *xb_engine_session_model(const xb_engine_session *s) { return s->model; }
void            *xb_engine_session_of(const xb_engine_session *s) { return s->handle; }

/* ---- binding ---- */

static size_t describe_port(const xybrid_port *p, char *out, size_t capacity) {
    size_t used = xb_engine_add_text(out, capacity, 0, "%.64s %s ", p->name, xb_dtype_name(p->dtype));
    if (p->rank < 0) return xb_engine_add_text(out, capacity, used, "of any shape");
    return used + xb_shape_format(p->rank, p->shape, out + used, capacity - used);
}

static size_t describe_inputs(const xb_engine_model *m, char *out, size_t capacity) {
    size_t used = 0;
    for (int32_t i = 0; i < m->input_count; i++) {
        if (i) used = xb_engine_add_text(out, capacity, used, ", ");
        used += describe_port(&m->inputs[i], out + used, capacity - used);
    }
    if (m->input_count == 0) used = xb_engine_add_text(out, capacity, used, "none");
    return used;
}

/* INFERENCE_FAILED that stems from the caller's tensor. */
static xybrid_status fail_input(const xb_engine_model *m, const char *text, xybrid_error *err) {
    xb_fail(err, XYBRID_INFERENCE_FAILED, m->name, "inference failed in \"%.96s\": %s", m->name, text);
    err->cause[0] = XYBRID_INVALID_ARGUMENT;
    return err->code;
}

static xybrid_status check_input(const xb_engine_model *m, const xybrid_port *p, int32_t may_be_empty, const xb_tensor *t,
                                 xybrid_error *err) {
    char text[400], found[XB_SHAPE_TEXT_BYTES], wanted[XB_SHAPE_TEXT_BYTES];
    if (t->dtype != p->dtype) {
        xb_format(text, sizeof text, "input \"%.64s\" is %s, wanted %s", p->name, xb_dtype_name(t->dtype),
                  xb_dtype_name(p->dtype));
        return fail_input(m, text, err);
    }
    xb_shape_format(t->rank, t->shape, found, sizeof found);
    if (p->rank >= 0 && t->rank != p->rank) {
        xb_shape_format(p->rank, p->shape, wanted, sizeof wanted);
        xb_format(text, sizeof text, "input \"%.64s\" has shape %s, wanted %d dimensions: %s", p->name, found, p->rank, wanted);
        return fail_input(m, text, err);
    }
    for (int32_t i = 0; i < t->rank; i++) {
        int64_t want = p->rank >= 0 ? p->shape[i] : -1;
        if (want >= 0 ? t->shape[i] == want : t->shape[i] >= (may_be_empty ? 0 : 1)) continue;
        if (want >= 0)
            xb_format(text, sizeof text, "input \"%.64s\" has shape %s, dimension %d must be %lld", p->name, found, i,
                      (long long)want);
        else
            xb_format(text, sizeof text, "input \"%.64s\" has shape %s, dimension %d must be at least %d", p->name, found, i,
                      may_be_empty ? 0 : 1);
        return fail_input(m, text, err);
    }
    return XYBRID_OK;
}

static int same_input(const input_state *b, const xb_tensor *t) {
    return b->is_bound && b->data == t->data && b->dtype == t->dtype && xb_shape_equal(b->rank, b->shape, t->rank, t->shape);
}

static carry *find_carry(xb_engine_session *s, int32_t way, int32_t index) {
    for (size_t i = 0; i < s->carry_count; i++)
        if ((way == XYBRID_INPUT ? s->carries[i].input : s->carries[i].output) == index) return &s->carries[i];
    return NULL;
}

xybrid_status xb_engine_session_bind(xb_engine_session *s, int32_t input, const xb_tensor *t, xybrid_error *err) {
    xb_engine_model *m = s->model;
    if (input < 0 || input >= m->input_count)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, m->name, "%s has %d inputs, there is no input %d", m->name, m->input_count,
                       input);
    input_state *b = &s->inputs[input];
    if (same_input(b, t) && !b->is_carried) return XYBRID_OK;
    XB_TRY(check_input(m, &m->inputs[input], b->is_carried, t, err));
    xybrid_tensor seen = {
        .struct_size = sizeof seen,
        .dtype = t->dtype,
        .data = t->data,
        .size_bytes = xb_tensor_size_bytes(t),
        .shape = t->shape,
        .rank = t->rank,
    };
    b->is_bound = 0; /* if it fails, nobody knows what the engine holds */
    if (m->table->bind(s->handle, input, &seen, err) != XYBRID_OK)
        return xb_engine_wrap(err, XYBRID_INFERENCE_FAILED, m->name, "inference failed in \"%.96s\": ", m->name);
    b->is_bound = 1;
    b->dtype = t->dtype;
    b->rank = t->rank;
    b->data = t->data;
    memcpy(b->shape, t->shape, sizeof b->shape);
    carry *c = find_carry(s, XYBRID_INPUT, input);
    if (c) c->now = -1;
    return XYBRID_OK;
}

xybrid_status xb_engine_session_bind_named(xb_engine_session *s, const char *input, const xb_tensor *t, xybrid_error *err) {
    int32_t index = xb_engine_model_find(s->model, XYBRID_INPUT, input);
    if (index < 0) {
        char inputs[400];
        describe_inputs(s->model, inputs, sizeof inputs);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, input, "%.96s has no input \"%.64s\"; its inputs: %s", s->model->name,
                       input ? input : "", inputs);
    }
    return xb_engine_session_bind(s, index, t, err);
}

void xb_engine_session_unbind(xb_engine_session *s) {
    for (int32_t i = 0; i < s->model->input_count; i++)
        if (!s->inputs[i].is_carried) s->inputs[i].is_bound = 0;
}

/* ---- carrying ---- */

xybrid_status xb_engine_session_carry(xb_engine_session *s, int32_t output, int32_t input, int32_t axis, xybrid_error *err) {
    xb_engine_model *m = s->model;
    if (output < 0 || output >= m->output_count || input < 0 || input >= m->input_count)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, m->name, "%s cannot carry output %d to input %d: it has %d and %d",
                       m->name, output, input, m->output_count, m->input_count);
    const xybrid_port *from = &m->outputs[output], *to = &m->inputs[input];
    if (from->dtype != to->dtype || s->inputs[input].is_carried)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, m->name,
                       "output \"%.64s\" (%s) cannot be carried to input \"%.64s\" (%s%s)", from->name,
                       xb_dtype_name(from->dtype), to->name, xb_dtype_name(to->dtype),
                       s->inputs[input].is_carried ? ", carried already" : "");
    if (m->table->carry) {
        XB_TRY(m->table->carry(s->handle, output, input, axis, err));
    } else {
        void *items = s->carries;
        XB_TRY(xb_grow(m->mem, &items, &s->carry_capacity, s->carry_count, sizeof *s->carries, XB_MAX_PORTS, "carried outputs",
                       err));
        s->carries = items;
        s->carries[s->carry_count++] = (carry){ .output = output, .input = input, .now = -1 };
    }
    s->inputs[input].is_carried = 1;
    s->inputs[input].is_bound = 0;
    return XYBRID_OK;
}

int xb_engine_session_is_carried(const xb_engine_session *s, int32_t input) { return s->inputs[input].is_carried; }

void xb_engine_session_reset(xb_engine_session *s) {
    if (s->model->table->carry) s->model->table->reset(s->handle);
    for (size_t i = 0; i < s->carry_count; i++) s->carries[i].now = -1;
    for (int32_t i = 0; i < s->model->input_count; i++)
        if (s->inputs[i].is_carried) s->inputs[i].is_bound = 0;
}

/* What stands between the engine and flow while the host carries. */
typedef struct carry_call {
    xb_engine_session *s;
    const xybrid_call *outer;
} carry_call;

static int outer_wants(const xybrid_call *outer, int32_t index) { return !outer->wanted || outer->wanted[index]; }

/* Room for a carried output in the buffer that is not the input. */
static xybrid_status carry_room(xb_engine_session *s, carry *c, const xybrid_tensor *shape, void **data, xybrid_error *err) {
    int32_t other = c->now == 0 ? 1 : 0;
    if (shape->rank < 0 || shape->rank > XB_MAX_RANK || shape->size_bytes < 0)
        return xb_fail(err, XYBRID_INFERENCE_FAILED, s->model->name, "carried output %d has %d dimensions", c->output,
                       shape->rank);
    if (!c->memory[other] || c->capacity_bytes[other] < shape->size_bytes) {
        int64_t grown = shape->size_bytes + shape->size_bytes / 4; /* caches grow by a little at each run */
        void   *memory = xb_malloc_aligned(s->model->mem, (size_t)grown, 64, err);
        if (!memory) return err->code;
        xb_free(s->model->mem, c->memory[other]);
        c->memory[other] = memory;
        c->capacity_bytes[other] = grown;
    }
    c->is_written = 1;
    c->rank = shape->rank;
    c->size_bytes = shape->size_bytes;
    if (shape->rank > 0) memcpy(c->shape, shape->shape, (size_t)shape->rank * sizeof c->shape[0]);
    *data = c->memory[other];
    return XYBRID_OK;
}

static xybrid_status carry_alloc(void *ctx, int32_t index, const xybrid_tensor *shape, void **data, xybrid_error *err) {
    carry_call *call = ctx;
    carry      *c = find_carry(call->s, XYBRID_OUTPUT, index);
    if (!c) return call->outer->out_alloc(call->outer->ctx, index, shape, data, err);
    return carry_room(call->s, c, shape, data, err);
}

static xybrid_status carry_give(void *ctx, int32_t index, const xybrid_tensor *tensor, xybrid_release_fn release,
                                void *release_ctx, xybrid_error *err) {
    carry_call *call = ctx;
    carry      *c = find_carry(call->s, XYBRID_OUTPUT, index);
    if (!c) return call->outer->out_give(call->outer->ctx, index, tensor, release, release_ctx, err);
    void *data = NULL;
    XB_TRY(carry_room(call->s, c, tensor, &data, err));
    if (tensor->size_bytes) memcpy(data, tensor->data, (size_t)tensor->size_bytes);
    if (release) release(release_ctx, tensor->data);
    return XYBRID_OK;
}

static xybrid_tensor carried_tensor(const xb_engine_session *s, const carry *c, int32_t which) {
    return (xybrid_tensor){
        .struct_size = sizeof(xybrid_tensor),
        .dtype = s->model->outputs[c->output].dtype,
        .data = c->memory[which],
        .size_bytes = c->size_bytes,
        .shape = c->shape,
        .rank = c->rank,
    };
}

/* The run succeeded: delivers what is wanted of the carried outputs and makes them inputs. */
static xybrid_status carry_on(xb_engine_session *s, const xybrid_call *outer, xybrid_error *err) {
    for (size_t i = 0; i < s->carry_count; i++) {
        carry *c = &s->carries[i];
        if (!c->is_written)
            return xb_fail(err, XYBRID_INFERENCE_FAILED, s->model->name, "the engine did not deliver output \"%.64s\"",
                           s->model->outputs[c->output].name);
        if (!outer_wants(outer, c->output)) continue;
        xybrid_tensor t = carried_tensor(s, c, c->now == 0 ? 1 : 0);
        void         *data = NULL;
        XB_TRY(outer->out_alloc(outer->ctx, c->output, &t, &data, err));
        if (t.size_bytes) memcpy(data, t.data, (size_t)t.size_bytes);
    }
    for (size_t i = 0; i < s->carry_count; i++) {
        carry *c = &s->carries[i];
        c->now = c->now == 0 ? 1 : 0;
        xybrid_tensor t = carried_tensor(s, c, c->now);
        XB_TRY(s->model->table->bind(s->handle, c->input, &t, err));
    }
    return XYBRID_OK;
}

static xybrid_status run_carrying(xb_engine_session *s, const xybrid_call *outer, xybrid_error *err) {
    carry_call ctx = { .s = s, .outer = outer };
    for (int32_t i = 0; i < s->model->output_count; i++) s->wanted[i] = outer_wants(outer, i) ? 1 : 0;
    for (size_t i = 0; i < s->carry_count; i++) {
        s->wanted[s->carries[i].output] = 1;
        s->carries[i].is_written = 0;
    }
    xybrid_call call = {
        .struct_size = sizeof call,
        .is_traced = outer->is_traced,
        .ctx = &ctx,
        .cancel = outer->cancel,
        .wanted = s->wanted,
        .out_alloc = carry_alloc,
        .out_give = carry_give,
        .seed = outer->struct_size >= sizeof *outer ? outer->seed : 0,
    };
    XB_TRY(s->model->table->run(s->handle, &call, err));
    return carry_on(s, outer, err);
}

/* ---- running ---- */

static xybrid_status check_bound(const xb_engine_session *s, xybrid_error *err) {
    const xb_engine_model *m = s->model;
    for (int32_t i = 0; i < m->input_count; i++) {
        if (s->inputs[i].is_bound || m->inputs[i].optional) continue;
        char port[XB_SHAPE_TEXT_BYTES + 100], text[XB_SHAPE_TEXT_BYTES + 160];
        describe_port(&m->inputs[i], port, sizeof port);
        xb_format(text, sizeof text, "input \"%.64s\" is missing, wanted %s", m->inputs[i].name, port);
        return fail_input(m, text, err);
    }
    return XYBRID_OK;
}

xybrid_status xb_engine_session_prepare(xb_engine_session *s, const xybrid_cancel *cancel, xybrid_error *err) {
    XB_TRY(check_bound(s, err));
    if (!s->model->table->prepare || s->model->table->prepare(s->handle, cancel, err) == XYBRID_OK) return XYBRID_OK;
    return xb_engine_wrap(err, XYBRID_INFERENCE_FAILED, s->model->name, "inference failed in \"%.96s\": ", s->model->name);
}

int64_t xb_engine_session_trim(xb_engine_session *s, int32_t pressure) {
    return s->model->table->session_trim ? s->model->table->session_trim(s->handle, pressure) : 0;
}

xybrid_status xb_engine_session_run(xb_engine_session *s, const xybrid_call *call, xybrid_error *err) {
    XB_TRY(xb_cancel_check(call->cancel, err));
    if (!s->model->table->run)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, s->model->name, "%.96s is a language model: it takes text, not tensors",
                       s->model->name);
    XB_TRY(check_bound(s, err));
    xybrid_status st = s->carry_count ? run_carrying(s, call, err) : s->model->table->run(s->handle, call, err);
    if (st == XYBRID_OK) return XYBRID_OK;
    return xb_engine_wrap(err, XYBRID_INFERENCE_FAILED, s->model->name, "inference failed in \"%.96s\": ", s->model->name);
}

const char *xb_engine_session_profile(xb_engine_session *s) {
    return s->model->table->profile ? s->model->table->profile(s->handle) : NULL;
}
