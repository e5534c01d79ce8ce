/* engine/onnxruntime/ort_session.c - bindings and runs on a shared OrtSession.
 *
 *     bind   host memory -> OrtValue over it, made anew only when address, type or shape change
 *     run    1. inputs that changed go into the IoBinding
 *            2. each wanted output gets a place: the host's memory (out_alloc) when its shape is known, else the library's
 *            3. RunWithBinding, stopped by the cancel's callback
 *            4. outputs in the library's memory go to the host by out_give, carried ones become inputs
 *
 * A shape is known if the model states it, or if the last run had inputs of the same shapes. Should the library find that it
 * is another (it depends on values), the run is repeated with that output in the library's memory, and its shape is never
 * guessed again.
 *
 * Carried state keeps two values in turn. So that nothing is bound anew in the steady state, a session that carries has two
 * IoBindings, one for each direction. What is bound is compared by serial numbers, because an address may come again. */
#include <string.h>

#include "base/error.h"
#include "engine/onnxruntime/ort_int.h"
#include "tensor/tensor.h"

enum { VALUES_KEPT = 4, SERIAL_NONE = 0, SERIAL_DEVICE = 1, SERIAL_FIRST = 2 };

typedef struct value { /* an OrtValue that we own, and what it shows */
    OrtValue    *ort;
    uint64_t     serial;
    void        *data;
    xybrid_dtype dtype;
    int32_t      rank;
    int64_t      shape[XB_MAX_RANK];
} value;

typedef struct value_set { /* the last few over host memory: pools give the same addresses again and again */
    value   values[VALUES_KEPT];
    int32_t next;
} value_set;

typedef struct input {
    value_set    seen;
    const value *bound; /* into seen; NULL = not bound */
    int32_t      carry; /* -1 = none */
} input;

typedef struct output {
    value_set seen;
    int32_t   carry;        /* -1 = none */
    int32_t   is_static;    /* its shape stands in the model */
    int32_t   is_unsteady;  /* its shape depends on values: not guessed */
    uint64_t  shapes_stamp; /* of the run that gave rank and shape; 0 = not known */
    int32_t   rank;
    int64_t   shape[XB_MAX_RANK];
    int64_t   size_bytes;
    /* of the run at hand */
    int32_t      is_needed, is_wanted, is_withdrawn;
    const value *place; /* host memory or the spare of a carry; NULL = the library's memory */
} output;

typedef struct carry {
    int32_t output, input;
    value   now;   /* the input; ort NULL = what the host bound */
    value   spare; /* the other of the two, free to be written */
    value   fresh; /* what this run made in memory of the library's */
} carry;

typedef struct binding {
    OrtIoBinding *io;
    uint64_t     *in, *out; /* serials of what is bound; out of an output that is not listed: SERIAL_NONE */
    int32_t      *order;    /* outputs in the order in which they were bound */
    int32_t       order_count;
} binding;

typedef struct session {
    ort_model     *model;
    ort_engine    *engine;
    const ort_api *api;
    OrtRunOptions *run_options;
    input         *inputs;
    output        *outputs;
    carry         *carries;
    int32_t        carry_count;
    int32_t        turn; /* which binding: changes with each run that carried */
    binding        bindings[2];
    uint64_t       next_serial;
    uint64_t       shapes_stamp; /* changes when an input's type or shape does */
} session;

/* ---- values ---- */

static void drop_value(const session *s, value *v) {
    if (v->ort) s->api->ReleaseValue(v->ort);
    memset(v, 0, sizeof *v);
}

static void drop_set(const session *s, value_set *set) {
    for (int32_t i = 0; i < VALUES_KEPT; i++) drop_value(s, &set->values[i]);
}

static int shows(const value *v, const void *data, xybrid_dtype dtype, int32_t rank, const int64_t *shape) {
    return v->ort && v->data == data && v->dtype == dtype && xb_shape_equal(v->rank, v->shape, rank, shape);
}

/* The value over this memory: an old one, or a new one in place of the oldest. */
static xybrid_status value_over(session *s, value_set *set, const xybrid_tensor *t, const value **out, xybrid_error *err) {
    for (int32_t i = 0; i < VALUES_KEPT; i++) {
        if (!shows(&set->values[i], t->data, t->dtype, t->rank, t->shape)) continue;
        *out = &set->values[i];
        return XYBRID_OK;
    }
    OrtValue  *made = NULL;
    void      *data = t->data ? t->data : s; /* of no elements; the library wants an address */
    OrtStatus *status = s->api->CreateTensorWithDataAsOrtValue(s->engine->cpu, data, (size_t)t->size_bytes, t->shape,
                                                               (size_t)t->rank, t->dtype, &made);
    if (status) return xb_ort_fail(s->api, status, XYBRID_INFERENCE_FAILED, "", "", err);
    value *v = &set->values[set->next];
    set->next = (set->next + 1) % VALUES_KEPT;
    drop_value(s, v);
    *v = (value){ .ort = made, .serial = s->next_serial++, .data = t->data, .dtype = t->dtype, .rank = t->rank };
    if (t->rank > 0) memcpy(v->shape, t->shape, (size_t)t->rank * sizeof v->shape[0]);
    *out = v;
    return XYBRID_OK;
}

/* Type, shape and address of a value that the library made. */
static xybrid_status look_at(session *s, OrtValue *ort, value *out, xybrid_error *err) {
    const ort_api             *api = s->api;
    OrtTensorTypeAndShapeInfo *info = NULL;
    const int64_t             *shape = out->shape;
    size_t                     rank = 0;
    ONNXTensorElementDataType  type = 0;
    OrtStatus                 *status = api->GetTensorMutableData(ort, &out->data);
    if (!status && api->GetTensorElementTypeAndShapeDataReference) {
        status = api->GetTensorElementTypeAndShapeDataReference(ort, &type, &shape, &rank);
    } else if (!status) {
        status = api->GetTensorTypeAndShape(ort, &info);
        if (!status) status = api->GetTensorElementType(info, &type);
        if (!status) status = api->GetDimensionsCount(info, &rank);
        if (!status && rank <= XB_MAX_RANK) status = api->GetDimensions(info, out->shape, rank);
    }
    xybrid_status st = XYBRID_OK;
    if (status) st = xb_ort_fail(api, status, XYBRID_INFERENCE_FAILED, "", "an output cannot be read: ", err);
    else if (rank > XB_MAX_RANK)
        st = xb_fail(err, XYBRID_INFERENCE_FAILED, "", "an output has %zu dimensions; at most %d are supported", rank,
                     XB_MAX_RANK);
    else if (rank > 0 && shape != out->shape) memcpy(out->shape, shape, rank * sizeof *shape);
    if (info) api->ReleaseTensorTypeAndShapeInfo(info);
    out->dtype = type;
    out->rank = (int32_t)rank;
    return st;
}

static int64_t size_of(const value *v) {
    int64_t count = 1;
    for (int32_t i = 0; i < v->rank; i++) count *= v->shape[i]; /* it exists, so it fits */
    return count * xb_dtype_size(v->dtype);
}

static xybrid_tensor tensor_of(const value *v) {
    return (xybrid_tensor){
        .struct_size = sizeof(xybrid_tensor),
        .dtype = v->dtype,
        .data = v->data,
        .size_bytes = size_of(v),
        .shape = v->shape,
        .rank = v->rank,
    };
}

/* ---- opening and closing ---- */

static xybrid_status open_binding(session *s, binding *b, xybrid_error *err) {
    xb_mem    *mem = &s->engine->mem;
    OrtStatus *status = s->api->CreateIoBinding(s->model->session, &b->io);
    if (status) return xb_ort_fail(s->api, status, XYBRID_INFERENCE_FAILED, "", "ONNX Runtime's binding: ", err);
    b->in = xb_calloc(mem, (size_t)s->model->input_count, sizeof *b->in, err);
    b->out = b->in ? xb_calloc(mem, (size_t)s->model->output_count, sizeof *b->out, err) : NULL;
    b->order = b->out ? xb_calloc(mem, (size_t)s->model->output_count, sizeof *b->order, err) : NULL;
    return b->order ? XYBRID_OK : err->code;
}

static void close_binding(session *s, binding *b) {
    xb_mem *mem = &s->engine->mem;
    if (b->io) s->api->ReleaseIoBinding(b->io);
    xb_free(mem, b->in);
    xb_free(mem, b->out);
    xb_free(mem, b->order);
    memset(b, 0, sizeof *b);
}

void xb_ort_session_close(void *session_) {
    session *s = session_;
    xb_mem  *mem = &s->engine->mem;
    close_binding(s, &s->bindings[0]);
    close_binding(s, &s->bindings[1]);
    for (int32_t i = 0; s->inputs && i < s->model->input_count; i++) drop_set(s, &s->inputs[i].seen);
    for (int32_t i = 0; s->outputs && i < s->model->output_count; i++) drop_set(s, &s->outputs[i].seen);
    for (int32_t i = 0; i < s->carry_count; i++) {
        drop_value(s, &s->carries[i].now);
        drop_value(s, &s->carries[i].spare);
        drop_value(s, &s->carries[i].fresh);
    }
    if (s->run_options) s->api->ReleaseRunOptions(s->run_options);
    xb_free(mem, s->inputs);
    xb_free(mem, s->outputs);
    xb_free(mem, s->carries);
    xb_free(mem, s);
}

/* Takes the shape from the model if it is all there. */
static void read_static_shape(output *o, const xybrid_port *p) {
    int64_t count = xb_dtype_size(p->dtype);
    if (p->rank < 0) return;
    for (int32_t i = 0; i < p->rank; i++) {
        if (p->shape[i] < 0 || (p->shape[i] > 0 && count > INT64_MAX / p->shape[i])) return;
        count *= p->shape[i];
        o->shape[i] = p->shape[i];
    }
    o->rank = p->rank;
    o->size_bytes = count;
    o->is_static = 1;
}

xybrid_status xb_ort_session_open(void *model, const xybrid_engine_options *options, void **out, xybrid_error *err) {
    (void)options;
    ort_model  *m = model;
    ort_engine *e = m->engine;
    session    *s = xb_calloc(&e->mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->model = m;
    s->engine = e;
    s->api = &e->library.api;
    s->next_serial = SERIAL_FIRST;
    s->shapes_stamp = 1;
    xybrid_status st = XYBRID_OK;
    s->inputs = xb_calloc(&e->mem, (size_t)m->input_count, sizeof *s->inputs, err);
    s->outputs = s->inputs ? xb_calloc(&e->mem, (size_t)m->output_count, sizeof *s->outputs, err) : NULL;
    if (!s->outputs) {
        st = err->code;
        goto out;
    }
    for (int32_t i = 0; i < m->input_count; i++) s->inputs[i].carry = -1;
    for (int32_t i = 0; i < m->output_count; i++) {
        s->outputs[i].carry = -1;
        read_static_shape(&s->outputs[i], &m->outputs[i]);
    }
    OrtStatus *status = s->api->CreateRunOptions(&s->run_options);
    if (status) {
        st = xb_ort_fail(s->api, status, XYBRID_INFERENCE_FAILED, "", "ONNX Runtime's run options: ", err);
        goto out;
    }
    XB_TRY_OUT(open_binding(s, &s->bindings[0], err));
    *out = s;
    return XYBRID_OK;
out:
    xb_ort_session_close(s);
    return st;
}

/* Unlists every output; one alone cannot be taken away. */
static void forget_outputs(session *s, binding *b) {
    s->api->ClearBoundOutputs(b->io);
    memset(b->out, 0, (size_t)s->model->output_count * sizeof *b->out);
    b->order_count = 0;
}

/* ---- binding and carrying ---- */

static void forget_carried(session *s, carry *c) {
    if (!c->now.ort) return;
    drop_value(s, &c->spare);
    c->spare = c->now; /* still good to write into */
    memset(&c->now, 0, sizeof c->now);
    s->shapes_stamp++;
}

xybrid_status xb_ort_bind(void *session_, int32_t index, const xybrid_tensor *tensor, xybrid_error *err) {
    session *s = session_;
    if (index < 0 || index >= s->model->input_count)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "there is no input %d, there are %d", index, s->model->input_count);
    if (tensor->rank < 0 || tensor->rank > XB_MAX_RANK)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, s->model->inputs[index].name, "input \"%.64s\" has %d dimensions",
                       s->model->inputs[index].name, tensor->rank);
    input       *in = &s->inputs[index];
    xybrid_dtype old_dtype = in->bound ? in->bound->dtype : 0;
    int32_t      old_rank = in->bound ? in->bound->rank : -1;
    int64_t      old_shape[XB_MAX_RANK] = { 0 };
    if (in->bound) memcpy(old_shape, in->bound->shape, sizeof old_shape); /* a new value may take its place */
    in->bound = NULL;
    XB_TRY(value_over(s, &in->seen, tensor, &in->bound, err));
    if (old_dtype != tensor->dtype || old_rank != tensor->rank ||
        !xb_shape_equal(old_rank, old_shape, tensor->rank, tensor->shape))
        s->shapes_stamp++;
    if (in->carry >= 0) forget_carried(s, &s->carries[in->carry]);
    return XYBRID_OK;
}

xybrid_status xb_ort_carry(void *session_, int32_t output_index, int32_t input_index, int32_t axis, xybrid_error *err) {
    (void)axis; /* the library gives a grown output new memory by itself */
    session *s = session_;
    if (output_index < 0 || output_index >= s->model->output_count || input_index < 0 || input_index >= s->model->input_count ||
        s->inputs[input_index].carry >= 0 || s->outputs[output_index].carry >= 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "",
                       "output %d cannot be carried to input %d: no such port, or carried already", output_index, input_index);
    if (!s->carries) {
        s->carries = xb_calloc(&s->engine->mem, (size_t)s->model->output_count, sizeof *s->carries, err);
        if (!s->carries) return err->code;
    }
    if (!s->bindings[1].io) {
        xybrid_status st = open_binding(s, &s->bindings[1], err);
        if (st != XYBRID_OK) {
            close_binding(s, &s->bindings[1]);
            return st;
        }
    }
    s->carries[s->carry_count] = (carry){ .output = output_index, .input = input_index };
    s->inputs[input_index].carry = s->outputs[output_index].carry = s->carry_count++;
    s->inputs[input_index].bound = NULL;
    return XYBRID_OK;
}

void xb_ort_reset(void *session_) {
    session *s = session_;
    for (int32_t i = 0; i < s->carry_count; i++) {
        forget_carried(s, &s->carries[i]);
        s->inputs[s->carries[i].input].bound = NULL;
    }
}

int64_t xb_ort_session_trim(void *session_, int32_t pressure) {
    (void)pressure;
    session *s = session_;
    int64_t  bytes = 0;
    for (int32_t i = 0; i < s->carry_count; i++) {
        if (!s->carries[i].spare.ort) continue;
        bytes += size_of(&s->carries[i].spare);
        drop_value(s, &s->carries[i].spare);
    }
    for (int32_t i = 0; i < 2; i++) /* a binding holds its values, too */
        if (s->bindings[i].io) forget_outputs(s, &s->bindings[i]);
    return bytes;
}

/* ---- a run: places for the outputs ---- */

static const value *input_value(const session *s, int32_t index) {
    const input *in = &s->inputs[index];
    if (in->carry >= 0 && s->carries[in->carry].now.ort) return &s->carries[in->carry].now;
    return in->bound;
}

static xybrid_status bind_inputs(session *s, binding *b, xybrid_error *err) {
    for (int32_t i = 0; i < s->model->input_count; i++) {
        const value *v = input_value(s, i);
        const char  *name = s->model->inputs[i].name;
        if (!v) return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "input \"%.64s\" is not bound", name);
        if (b->in[i] == v->serial) continue;
        b->in[i] = SERIAL_NONE;
        OrtStatus *status = s->api->BindInput(b->io, name, v->ort);
        if (status) return xb_ort_fail(s->api, status, XYBRID_INFERENCE_FAILED, name, "", err);
        b->in[i] = v->serial;
    }
    return XYBRID_OK;
}

static int knows_shape(const session *s, const output *o) {
    return !o->is_unsteady && (o->is_static || o->shapes_stamp == s->shapes_stamp);
}

/* A place for output `index` whose shape is known; *out stays NULL if there is none. */
static xybrid_status find_place(session *s, const xybrid_call *call, int32_t index, const value **out, xybrid_error *err) {
    output *o = &s->outputs[index];
    if (!knows_shape(s, o)) return XYBRID_OK;
    if (o->carry >= 0) {
        const value *spare = &s->carries[o->carry].spare;
        if (spare->ort && xb_shape_equal(spare->rank, spare->shape, o->rank, o->shape)) *out = spare;
        return XYBRID_OK;
    }
    xybrid_tensor t = {
        .struct_size = sizeof t,
        .dtype = s->model->outputs[index].dtype,
        .size_bytes = o->size_bytes,
        .shape = o->shape,
        .rank = o->rank,
    };
    xybrid_status st = call->out_alloc(call->ctx, index, &t, &t.data, err);
    if (st == XYBRID_OK) return value_over(s, &o->seen, &t, out, err);
    return st == XYBRID_INVALID_ARGUMENT && !o->is_static ? XYBRID_OK : st; /* it was only a guess that did not fit */
}

static xybrid_status bind_output(session *s, binding *b, int32_t index, xybrid_error *err) {
    output     *o = &s->outputs[index];
    const char *name = s->model->outputs[index].name;
    uint64_t    serial = o->place ? o->place->serial : SERIAL_DEVICE;
    if (b->out[index] == serial) return XYBRID_OK;
    OrtStatus *status = o->place ? s->api->BindOutput(b->io, name, o->place->ort)
                                 : s->api->BindOutputToDevice(b->io, name, s->engine->cpu);
    if (status) return xb_ort_fail(s->api, status, XYBRID_INFERENCE_FAILED, name, "", err);
    if (b->out[index] == SERIAL_NONE) b->order[b->order_count++] = index;
    b->out[index] = serial;
    return XYBRID_OK;
}

/* Lists exactly the needed outputs, each with its place. */
static xybrid_status bind_outputs(session *s, binding *b, xybrid_error *err) {
    for (int32_t i = 0; i < s->model->output_count; i++) {
        if (b->out[i] == SERIAL_NONE || s->outputs[i].is_needed) continue;
        forget_outputs(s, b);
        break;
    }
    for (int32_t i = 0; i < s->model->output_count; i++)
        if (s->outputs[i].is_needed) XB_TRY(bind_output(s, b, i, err));
    return XYBRID_OK;
}

/* ---- a run: the call ---- */

static void stop_run(void *arg) {
    session *s = arg;
    (void)xb_ort_failed(s->api, s->api->RunOptionsSetTerminate(s->run_options));
}

static OrtStatus *call_library(session *s, const binding *b, const xybrid_cancel *cancel) {
    const xybrid_host *host = s->engine->host;
    if (!cancel) return s->api->RunWithBinding(s->model->session, s->run_options, b->io);
    xybrid_cancel_hook hook = { { 0 } };
    host->on_cancel(host->ctx, cancel, stop_run, s, &hook);
    OrtStatus *status = s->api->RunWithBinding(s->model->session, s->run_options, b->io);
    host->off_cancel(host->ctx, cancel, &hook);
    if (host->cancelled(host->ctx, cancel) != XYBRID_OK)
        (void)xb_ort_failed(s->api, s->api->RunOptionsUnsetTerminate(s->run_options));
    return status;
}

/* Takes the guessed places away after the library found another shape; 1 if there were any. */
static int withdraw_guesses(session *s, const OrtStatus *status) {
    const char *text = s->api->GetErrorMessage(status);
    if (!text || !strstr(text, "hape")) return 0; /* "... Requested shape", "Shape mismatch" */
    int withdrawn = 0;
    for (int32_t i = 0; i < s->model->output_count; i++) {
        output *o = &s->outputs[i];
        if (!o->is_needed || !o->place) continue;
        o->place = NULL;
        o->is_withdrawn = withdrawn = 1;
    }
    return withdrawn;
}

/* Binds and runs, if need be twice. */
static xybrid_status compute(session *s, binding *b, const xybrid_cancel *cancel, xybrid_error *err) {
    XB_TRY(bind_inputs(s, b, err));
    XB_TRY(bind_outputs(s, b, err));
    OrtStatus *status = call_library(s, b, cancel);
    if (status && withdraw_guesses(s, status)) {
        (void)xb_ort_failed(s->api, status);
        forget_outputs(s, b);
        XB_TRY(bind_outputs(s, b, err));
        status = call_library(s, b, cancel);
    }
    if (!status) return XYBRID_OK;
    const xybrid_host *host = s->engine->host;
    xybrid_status      cancelled = host->cancelled(host->ctx, cancel);
    if (cancelled == XYBRID_OK) return xb_ort_fail(s->api, status, XYBRID_INFERENCE_FAILED, "", "", err);
    s->api->ReleaseStatus(status);
    return xb_fail(err, cancelled, "", "cancelled while the model ran");
}

/* ---- a run: handing over ---- */

static void keep_gift(ort_engine *e, ort_gift *gift) {
    xb_mutex_lock(&e->gift_mutex);
    gift->next = e->gifts;
    e->gifts = gift;
    xb_mutex_unlock(&e->gift_mutex);
}

/* NULL: memory is out. */
static ort_gift *take_gift(ort_engine *e, xybrid_error *err) {
    xb_mutex_lock(&e->gift_mutex);
    ort_gift *gift = e->gifts;
    if (gift) e->gifts = gift->next;
    xb_mutex_unlock(&e->gift_mutex);
    return gift ? gift : xb_calloc(&e->mem, 1, sizeof *gift, err);
}

static void release_gift(void *ctx, const void *data) {
    (void)data;
    ort_gift   *gift = ctx;
    ort_engine *e = gift->engine;
    e->library.api.ReleaseValue(gift->value);
    keep_gift(e, gift);
}

/* Gives `v` to the host; on success it is the host's. */
static xybrid_status give(session *s, const xybrid_call *call, int32_t index, const value *v, xybrid_error *err) {
    ort_gift *gift = take_gift(s->engine, err);
    if (!gift) return err->code;
    gift->engine = s->engine;
    gift->value = v->ort;
    xybrid_tensor t = tensor_of(v);
    xybrid_status st = call->out_give(call->ctx, index, &t, release_gift, gift, err);
    if (st != XYBRID_OK) keep_gift(s->engine, gift);
    return st;
}

/* A carried output that the host wants, too: the memory stays ours, so this one is copied. */
static xybrid_status copy_out(const xybrid_call *call, int32_t index, const value *v, xybrid_error *err) {
    xybrid_tensor t = tensor_of(v);
    void         *data = NULL;
    XB_TRY(call->out_alloc(call->ctx, index, &t, &data, err));
    if (t.size_bytes > 0) memcpy(data, v->data, (size_t)t.size_bytes);
    return XYBRID_OK;
}

static void learn_shape(session *s, output *o, const value *v) {
    if (o->is_withdrawn && !xb_shape_equal(o->rank, o->shape, v->rank, v->shape)) {
        o->is_unsteady = 1;
        o->is_static = 0;
    }
    o->rank = v->rank;
    memcpy(o->shape, v->shape, sizeof o->shape);
    o->size_bytes = size_of(v);
    o->shapes_stamp = s->shapes_stamp;
}

/* Output `index` lies in the library's memory, as *v: learns its shape, and hands it to the host or keeps it to carry. On
 * success it is not *v's any more. */
static xybrid_status hand_over(session *s, const xybrid_call *call, int32_t index, value *v, xybrid_error *err) {
    output *o = &s->outputs[index];
    XB_TRY(look_at(s, v->ort, v, err));
    learn_shape(s, o, v);
    if (o->carry < 0) {
        XB_TRY(give(s, call, index, v, err));
    } else {
        v->serial = s->next_serial++;
        s->carries[o->carry].fresh = *v;
    }
    v->ort = NULL;
    return XYBRID_OK;
}

static xybrid_status fetch(session *s, const binding *b, const xybrid_call *call, xybrid_error *err) {
    OrtValue **values = NULL;
    size_t     count = 0;
    OrtStatus *status = s->api->GetBoundOutputValues(b->io, s->engine->allocator, &values, &count);
    if (status) return xb_ort_fail(s->api, status, XYBRID_INFERENCE_FAILED, "", "outputs cannot be read: ", err);
    xybrid_status st = XYBRID_OK;
    for (size_t i = 0; i < count; i++) {
        value   v = { .ort = values[i] };
        int32_t index = i < (size_t)b->order_count ? b->order[i] : -1;
        if (st == XYBRID_OK && index >= 0 && !s->outputs[index].place) st = hand_over(s, call, index, &v, err);
        if (v.ort) s->api->ReleaseValue(v.ort);
    }
    if (values) (void)xb_ort_failed(s->api, s->api->AllocatorFree(s->engine->allocator, values));
    return st;
}

/* The binding must not keep what was handed over: its memory would live on, and the next run would write into it. */
static void let_go(session *s, binding *b) {
    for (int32_t i = 0; i < s->model->output_count; i++) {
        if (b->out[i] != SERIAL_DEVICE) continue;
        if (xb_ort_failed(s->api, s->api->BindOutputToDevice(b->io, s->model->outputs[i].name, s->engine->cpu))) {
            forget_outputs(s, b);
            return;
        }
    }
}

/* The run is a success: what was carried becomes the input. */
static void carry_on(session *s) {
    for (int32_t i = 0; i < s->carry_count; i++) {
        carry       *c = &s->carries[i];
        const value *before = input_value(s, c->input);
        value       *made = c->fresh.ort ? &c->fresh : &c->spare;
        if (!xb_shape_equal(before->rank, before->shape, made->rank, made->shape)) s->shapes_stamp++;
        value next = *made;
        memset(made, 0, sizeof *made);
        drop_value(s, &c->spare);
        c->spare = c->now;
        c->now = next;
    }
    if (s->carry_count > 0) s->turn = 1 - s->turn;
}

/* Decides where each output goes. */
static xybrid_status place_outputs(session *s, const xybrid_call *call, xybrid_error *err) {
    for (int32_t i = 0; i < s->model->output_count; i++) {
        output *o = &s->outputs[i];
        o->is_wanted = !call->wanted || call->wanted[i];
        o->is_needed = o->is_wanted || o->carry >= 0;
        o->is_withdrawn = 0;
        o->place = NULL;
        if (o->is_needed) XB_TRY(find_place(s, call, i, &o->place, err));
    }
    return XYBRID_OK;
}

static int has_unplaced(const session *s) {
    for (int32_t i = 0; i < s->model->output_count; i++)
        if (s->outputs[i].is_needed && !s->outputs[i].place) return 1;
    return 0;
}

xybrid_status xb_ort_run(void *session_, const xybrid_call *call, xybrid_error *err) {
    session *s = session_;
    binding *b = &s->bindings[s->turn];
    XB_TRY(place_outputs(s, call, err));
    xybrid_status st = compute(s, b, call->cancel, err);
    if (st == XYBRID_OK && has_unplaced(s)) st = fetch(s, b, call, err);
    let_go(s, b);
    for (int32_t i = 0; i < s->carry_count && st == XYBRID_OK; i++) {
        const carry *c = &s->carries[i];
        if (s->outputs[c->output].is_wanted) st = copy_out(call, c->output, c->fresh.ort ? &c->fresh : &c->spare, err);
    }
    if (st == XYBRID_OK) carry_on(s);
    for (int32_t i = 0; i < s->carry_count; i++) drop_value(s, &s->carries[i].fresh);
    return st;
}
