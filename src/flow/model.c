/* flow/model.c - a model: its pack read, its files opened by engines, its steps made; and the sessions it keeps itself. */
#include <string.h>

#include "base/error.h"
#include "base/handle.h"
#include "flow/flow_int.h"
#include "plat/clock.h"
#include "plat/fpenv.h"

/* ---- opening one stage ---- */

/* The plain producer runs two modes; the others belong to producers of their own. */
static xybrid_status check_mode(const xybrid_model *m, const xb_pack_stage *p, xybrid_error *err) {
    xb_pack_mode mode = p->execution.mode;
    if (mode == XB_PACK_SINGLE_SHOT || mode == XB_PACK_WINDOWED || m->producer != &xb_producer_plain) return XYBRID_OK;
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, xb_pack_mode_name(mode),
                   "%s.execution_mode is %s: this build runs it for speech recognition and speaking alone (metadata.task)",
                   p->where, xb_pack_mode_name(mode));
}

static xybrid_status open_engine(xybrid_model *m, xb_stage *s, const xybrid_load_options *o, xybrid_error *err) {
    const xb_pack_file *file;
    const char         *format;
    xb_engine_source   *source;
    xb_engine          *engine;
    XB_TRY(xb_pack_model_open(m->pack, s->pack, &file, &format, err));
    char                  identity[65];
    int                   is_known = xb_engines_keep_blobs(m->env->engines) && xb_pack_identify(file, identity);
    xb_engine_source_spec spec = { .view = { .bytes = file->bytes, .size_bytes = file->size_bytes, .is_mapped = file->mapped },
                                   .release = xybrid_release_none,
                                   .path = file->path,
                                   .name = file->name,
                                   .format = format,
                                   .identity = is_known ? identity : NULL };
    XB_TRY(xb_engine_source_new(&m->env->root->mem, &spec, &source, err));
    xybrid_status st = xb_engines_select(m->env->engines, xb_engine_source_view(source), o->engine, &engine, err);
    if (st == XYBRID_OK) st = xb_engine_model_open(engine, source, &m->engine_options, o->cancel, &s->model, err);
    xb_engine_source_drop(source);
    if (st == XYBRID_OK && file->mapped) m->mapped_bytes += file->size_bytes;
    return st;
}

/* Index of a port that the pack names, or a failure that lists what the model has. */
static xybrid_status find_port(const xb_stage *s, int32_t way, const char *name, const char *member, int32_t *out,
                               xybrid_error *err) {
    *out = xb_engine_model_find(s->model, way, name);
    if (*out >= 0) return XYBRID_OK;
    char               names[240];
    size_t             at = 0;
    const xybrid_port *ports = way == XYBRID_INPUT ? s->model->inputs : s->model->outputs;
    int32_t            count = way == XYBRID_INPUT ? s->model->input_count : s->model->output_count;
    names[0] = 0;
    for (int32_t i = 0; i < count && at < sizeof names - 1; i++)
        at += xb_format(names + at, sizeof names - at, "%s\"%.60s\"", i ? ", " : "", ports[i].name);
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, name, "%s.%s names \"%.80s\"; %s has %s", s->pack->where, member, name,
                   s->model->name, names);
}

/* Which outputs are delivered, and in which order: those that the pack lists, else all that are not carried. */
static xybrid_status plan_outputs(xybrid_model *m, xb_stage *s, xybrid_error *err) {
    const xb_pack_stage *p = s->pack;
    int32_t              count = s->model->output_count;
    s->wanted = xb_arena_alloc(&m->arena, (size_t)count, err);
    if (!s->wanted) return err->code;
    s->output_order = xb_arena_array(&m->arena, (size_t)(count + p->output_count), sizeof *s->output_order, err);
    if (!s->output_order) return err->code;
    for (int32_t i = 0; i < p->output_count; i++) {
        int32_t index;
        XB_TRY(find_port(s, XYBRID_OUTPUT, p->outputs[i], "outputs", &index, err));
        if (!s->wanted[index]) s->output_order[s->output_count++] = index;
        s->wanted[index] = 1;
    }
    for (int32_t i = 0; p->output_count == 0 && i < count; i++) {
        int carried = 0;
        for (int32_t c = 0; c < p->execution.carry_count; c++)
            carried |= strcmp(p->execution.carry[c].output, s->model->outputs[i].name) == 0;
        if (!carried) s->output_order[s->output_count++] = i;
        s->wanted[i] = (uint8_t)!carried;
    }
    return XYBRID_OK;
}

/* A constant of a windowed stage: a number, as a tensor of the port's type and fixed shape. */
static xybrid_status make_constant(xybrid_model *m, xb_stage *s, const xb_pack_constant *c, int32_t input, xybrid_error *err) {
    const xybrid_port *port = &s->model->inputs[input];
    double             value;
    int64_t            shape[XB_MAX_RANK] = { 0 };
    if (!xb_json_double(c->value, &value))
        return xb_json_fail(c->value, s->pack->where, "execution_mode.constants", "a number", err);
    for (int32_t i = 0; i < port->rank; i++) shape[i] = port->shape[i] < 0 ? 1 : port->shape[i];
    xb_tensor one = { .dtype = XYBRID_FLOAT64, .data = &value };
    xb_tensor as_wanted;
    XB_TRY(xb_tensor_zeros(&m->env->root->mem, port->dtype, port->rank, shape, &s->constants[input], err));
    XB_TRY(xb_tensor_convert(&m->env->root->mem, &one, port->dtype, &as_wanted, err));
    int64_t count = xb_tensor_count(&s->constants[input]);
    size_t  size = (size_t)xb_dtype_size(port->dtype);
    for (int64_t i = 0; i < count; i++) memcpy((char *)s->constants[input].data + (size_t)i * size, as_wanted.data, size);
    xb_tensor_drop(&as_wanted);
    return XYBRID_OK;
}

/* Every input of a windowed stage is a constant, carried, or the one that takes the samples. */
static xybrid_status plan_windows(xybrid_model *m, xb_stage *s, xybrid_error *err) {
    const xb_pack_execution *x = &s->pack->execution;
    int32_t                  index;
    s->constants = xb_arena_array(&m->arena, (size_t)s->model->input_count, sizeof *s->constants, err);
    uint8_t *taken = xb_arena_alloc(&m->arena, (size_t)s->model->input_count, err);
    if (!s->constants || !taken) return err->code;
    for (int32_t i = 0; i < x->constant_count; i++) {
        XB_TRY(find_port(s, XYBRID_INPUT, x->constants[i].input, "execution_mode.constants", &index, err));
        if (!taken[index]) XB_TRY(make_constant(m, s, &x->constants[i], index, err));
        taken[index] = 1;
    }
    for (int32_t i = 0; i < x->carry_count; i++) {
        XB_TRY(find_port(s, XYBRID_OUTPUT, x->carry[i].output, "execution_mode.carry", &index, err));
        XB_TRY(find_port(s, XYBRID_INPUT, x->carry[i].input, "execution_mode.carry", &index, err));
        taken[index] = 1;
    }
    s->window_input = -1;
    for (int32_t i = 0; i < s->model->input_count; i++)
        if (!taken[i] && !s->model->inputs[i].optional) {
            if (s->window_input >= 0)
                return xb_fail(err, XYBRID_UNSUPPORTED_PACK, s->model->inputs[i].name,
                               "%s.execution_mode: inputs \"%.60s\" and \"%.60s\" of %s are both left for the samples; make "
                               "one a constant or carried",
                               s->pack->where, s->model->inputs[s->window_input].name, s->model->inputs[i].name,
                               s->model->name);
            s->window_input = i;
        }
    if (s->window_input < 0)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, s->pack->name, "%s.execution_mode leaves no input of %s for the samples",
                       s->pack->where, s->model->name);
    return XYBRID_OK;
}

static xybrid_status open_stage(xybrid_model *m, int32_t index, const xybrid_load_options *o, xybrid_error *err) {
    xb_stage            *s = &m->stages[index];
    const xb_pack_stage *p = &m->meta->stages[index];
    const char          *name = m->meta->stage_count > 1 ? p->name : NULL;
    s->pack = p;
    XB_TRY(check_mode(m, p, err));
    XB_TRY(xb_json_opt_bool(p->config, p->where, "drop_empty", 0, &s->drop_empty, err));
    XB_TRY(open_engine(m, s, o, err));
    XB_TRY(xb_embedder_plan(m, s, err));
    XB_TRY(plan_outputs(m, s, err));
    if (p->execution.mode == XB_PACK_WINDOWED) XB_TRY(plan_windows(m, s, err));
    for (int32_t i = 0; i < p->input_count; i++) {
        int32_t input;
        XB_TRY(find_port(s, XYBRID_INPUT, p->inputs[i], "inputs", &input, err));
    }
    XB_TRY(xb_steps_open(m->env, &m->arena, m->pack, &p->preprocessing, XB_STEP_PRE, name, &s->pre, err));
    return xb_steps_open(m->env, &m->arena, m->pack, &p->postprocessing, XB_STEP_POST, name, &s->post, err);
}

/* ---- the whole model ---- */

static xybrid_status check_template(const xb_pack_metadata *meta, xybrid_error *err) {
    if (meta->kind == XB_PACK_ONNX || meta->kind == XB_PACK_MODEL_GRAPH || meta->kind == XB_PACK_GGUF) return XYBRID_OK;
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, meta->kind_name,
                   "execution_template is %s: this build runs Onnx, ModelGraph and Gguf", meta->kind_name);
}

/* The host's progress: total is known once every file is open. */
static xybrid_status tell_progress(const xybrid_load_options *o, int64_t done, int64_t total, xybrid_error *err) {
    XB_TRY(xb_cancel_check(o->cancel, err));
    if (!o->progress) return XYBRID_OK;
    xb_fp_modes was = xb_fp_usual();
    int32_t     stop = o->progress(o->progress_ctx, done, total);
    xb_fp_leave(was);
    return stop ? xb_fail(err, XYBRID_CANCELLED_CALLBACK, "", "cancelled: the progress callback returned %d", stop) : XYBRID_OK;
}

static xybrid_status open_stages(xybrid_model *m, const xybrid_load_options *o, xybrid_error *err) {
    int64_t total = 0, done = 0;
    for (int32_t i = 0; i < m->meta->stage_count; i++) {
        const xb_pack_file *file;
        XB_TRY(xb_pack_file_open(m->pack, m->meta->stages[i].model_file, "model", &file, err));
        total += file->size_bytes;
    }
    XB_TRY(tell_progress(o, 0, total, err));
    for (int32_t i = 0; i < m->meta->stage_count; i++) {
        const xb_pack_file *file;
        m->opened = i + 1;
        XB_TRY(open_stage(m, i, o, err));
        XB_TRY(xb_pack_file_open(m->pack, m->meta->stages[i].model_file, "model", &file, err));
        XB_TRY(tell_progress(o, done += file->size_bytes, total, err));
    }
    return XYBRID_OK;
}

static xybrid_status keep_options(xybrid_model *m, const xybrid_load_options *o, xybrid_error *err) {
    xb_engine_options_init(&m->engine_options);
    m->engine_options.threads = o->threads == XYBRID_AUTO || o->threads > m->env->threads ? m->env->threads : o->threads;
    if (o->device && !(m->engine_options.device = xb_arena_strndup(&m->arena, o->device, strlen(o->device), err)))
        return err->code;
    if (o->engine_config &&
        !(m->engine_options.config = xb_arena_strndup(&m->arena, o->engine_config, strlen(o->engine_config), err)))
        return err->code;
    return XYBRID_OK;
}

xb_pack_source xb_model_pack_source(const char *ref, const xybrid_load_options *o) {
    return (xb_pack_source){ .path = ref,
                             .data = o->data,
                             .data_bytes = o->data_bytes,
                             .release = o->release,
                             .release_ctx = o->release_ctx,
                             .fd = o->fd,
                             .has_fd = o->fd >= 0,
                             .fd_offset = o->fd_offset,
                             .fd_bytes = o->fd_bytes,
                             .read = o->read,
                             .read_ctx = o->read_ctx,
                             .read_bytes = o->read_bytes,
                             .load = (xb_pack_load)o->mode,
                             .overlay = o->metadata };
}

static xybrid_status warm(xybrid_model *m, xybrid_error *err) {
    xybrid_session *s = NULL;
    XB_TRY(xb_model_borrow(m, NULL, &s, err));
    XB_CHECK(s);
    xybrid_status st = XYBRID_OK;
    for (int32_t i = 0; i < m->meta->stage_count && st == XYBRID_OK; i++) {
        xb_engine_session *e;
        st = m->producer->warm ? m->producer->warm(s, err) : xb_engine_run_open(s, i, 0, &e, err);
        const unsigned char *bytes = xb_engine_source_view(m->stages[i].model->source)->bytes;
        int64_t              size = xb_engine_source_view(m->stages[i].model->source)->size_bytes;
        volatile unsigned    sum = 0; /* one byte of each page: the system brings them in */
        for (int64_t at = 0; at < size; at += 4096) sum += bytes[at];
        (void)sum;
    }
    xb_model_give_back(s);
    return st;
}

/* The door's rule: a load that fails does not release what the host lent, so it is known only after success. */
static void release_lent(void *ctx, const void *data) {
    xybrid_model *m = ctx;
    if (m->release) m->release(m->release_ctx, data);
}

static xybrid_status load(xybrid_model *m, const char *ref, const xybrid_load_options *o, xybrid_error *err) {
    xb_pack_source source = xb_model_pack_source(ref, o);
    if (source.release) {
        source.release = release_lent;
        source.release_ctx = m;
    }
    XB_TRY(xb_cancel_check(o->cancel, err));
    XB_TRY(keep_options(m, o, err));
    XB_TRY(xb_pack_open(&m->env->root->mem, &source, &m->pack, err));
    m->meta = xb_pack_meta(m->pack);
    XB_TRY(check_template(m->meta, err));
    m->producer = xb_producer_find(m);
    m->stages = xb_arena_array(&m->arena, (size_t)m->meta->stage_count, sizeof *m->stages, err);
    if (!m->stages) return err->code;
    XB_TRY(xb_steps_open(m->env, &m->arena, m->pack, &m->meta->preprocessing, XB_STEP_PRE, NULL, &m->pre, err));
    XB_TRY(xb_steps_open(m->env, &m->arena, m->pack, &m->meta->postprocessing, XB_STEP_POST, NULL, &m->post, err));
    XB_TRY(open_stages(m, o, err));
    m->producer = xb_producer_find(m); /* again: what an engine says of its model may make it another's */
    if (m->producer->prepare) XB_TRY(m->producer->prepare(m, &m->shared, err));
    m->is_prepared = 1;
    XB_TRY(xb_model_describe(m, &m->description, err));
    return o->flags & XYBRID_LOAD_WARM ? warm(m, err) : XYBRID_OK;
}

xybrid_status xb_model_load(xb_env *env, const char *ref, const xybrid_load_options *o, xybrid_model **out, xybrid_error *err) {
    xybrid_model *m = xb_calloc(&env->root->mem, 1, sizeof *m, err);
    if (!m) return err->code;
    m->mark = XB_MODEL_MARK;
    m->refs = 1;
    m->env = env;
    xb_root_keep(env->root);
    xb_arena_init(&m->arena, &env->root->mem, 0);
    xb_mutex_init(&m->mutex);
    xb_cond_init(&m->given_back);
    m->max_sessions = o->max_sessions == XYBRID_AUTO ? 8 : o->max_sessions;
    m->wait_ms = o->wait_ms;
    xb_atomic_add(&env->model_count, 1);
    xb_mutex_lock(&env->mutex);
    env->is_closed = 1;
    xb_mutex_unlock(&env->mutex);

    xybrid_status st = load(m, ref, o, err);
    if (st) {
        xb_model_drop(m);
        return st;
    }
    m->release = o->release;
    m->release_ctx = o->release_ctx;
    xb_atomic_add(&env->mapped_bytes, m->mapped_bytes);
    xb_mutex_lock(&env->mutex);
    m->is_listed = 1;
    m->next = env->models;
    if (m->next) m->next->previous = m;
    env->models = m;
    xb_mutex_unlock(&env->mutex);
    *out = m;
    return XYBRID_OK;
}

static void end(xybrid_model *m) {
    xb_env *env = m->env;
    xb_mem *mem = &env->root->mem;
    for (xybrid_session *s = m->idle, *next; s; s = next) {
        next = s->next_idle;
        xb_session_drop(s);
    }
    if (m->is_prepared && m->producer->dismiss) m->producer->dismiss(m, m->shared);
    for (int32_t i = 0; i < m->opened; i++) {
        xb_stage *s = &m->stages[i];
        xb_steps_close(&s->pre, mem);
        xb_steps_close(&s->post, mem);
        for (int32_t k = 0; s->constants && k < s->model->input_count; k++) xb_tensor_drop(&s->constants[k]);
        xb_engine_model_drop(s->model);
    }
    xb_steps_close(&m->pre, mem);
    xb_steps_close(&m->post, mem);
    xb_pack_free(m->pack);
    xb_free(mem, m->description);
    xb_arena_free(&m->arena);
    xb_mutex_free(&m->mutex);
    xb_cond_free(&m->given_back);
    xb_atomic_add(&env->model_count, -1);
    xb_handle_free(env->root, mem, m);
    xb_root_drop(env->root);
}

xybrid_model *xb_model_keep(xybrid_model *m) {
    xb_ref_take(&m->refs);
    return m;
}

void xb_model_drop(xybrid_model *m) {
    if (!m || !xb_ref_drop(&m->refs)) return;
    xb_env *env = m->env;
    if (m->is_listed) {
        xb_mutex_lock(&env->mutex);
        if (m->previous) m->previous->next = m->next;
        else env->models = m->next;
        if (m->next) m->next->previous = m->previous;
        xb_mutex_unlock(&env->mutex);
        xb_atomic_add(&env->mapped_bytes, -m->mapped_bytes);
    }
    end(m);
}

const char *xb_model_description(const xybrid_model *m) { return m->description; }
uint32_t    xb_model_mark(const xybrid_model *m) { return m->mark; }
xb_env     *xb_model_env(const xybrid_model *m) { return m->env; }

/* ---- the sessions that the model keeps itself ---- */

static void wake_waiters(void *arg) {
    xybrid_model *m = arg;
    xb_mutex_lock(&m->mutex);
    xb_cond_broadcast(&m->given_back);
    xb_mutex_unlock(&m->mutex);
}

/* Waits (the lock is held) until a session is idle or may be made; 0 when the time is over or the token has fired. */
static int wait_for_session(xybrid_model *m, const xybrid_cancel *cancel) {
    int64_t due_ns = m->wait_ms < 0 ? INT64_MAX : xb_clock_ns() + m->wait_ms * 1000000;
    while (!m->idle && m->session_count >= m->max_sessions) {
        if (cancel && xb_cancel_is_fired(cancel)) return 0;
        if (m->wait_ms == 0 || !XB_HAS_THREADS || xb_cond_wait_until(&m->given_back, &m->mutex, due_ns)) return 0;
    }
    return 1;
}

xybrid_status xb_model_borrow(xybrid_model *m, xybrid_cancel *cancel, xybrid_session **out, xybrid_error *err) {
    xb_cancel_link link;
    if (cancel) xb_cancel_link_on(cancel, &link, wake_waiters, m);
    xb_mutex_lock(&m->mutex);
    int             ready = wait_for_session(m, cancel);
    xybrid_session *s = ready ? m->idle : NULL;
    if (s) m->idle = s->next_idle;
    else if (ready) m->session_count++;
    xb_mutex_unlock(&m->mutex);
    if (cancel) xb_cancel_link_off(cancel, &link);
    if (!ready) {
        XB_TRY(xb_cancel_check(cancel, err));
        return xb_fail(err, XYBRID_BUSY, m->meta->model_id,
                       "all %d sessions of the model are busy; load_options.max_sessions and wait_ms say how many and how long",
                       m->max_sessions);
    }
    if (!s && xb_session_new(m, NULL, &s, err)) {
        xb_mutex_lock(&m->mutex);
        m->session_count--;
        xb_cond_signal(&m->given_back);
        xb_mutex_unlock(&m->mutex);
        return err->code;
    }
    xb_model_keep(m);
    *out = s;
    return XYBRID_OK;
}

void xb_model_give_back(xybrid_session *s) {
    xybrid_model *m = s->model;
    xb_mutex_lock(&m->mutex);
    s->next_idle = m->idle;
    m->idle = s;
    xb_cond_signal(&m->given_back);
    xb_mutex_unlock(&m->mutex);
    xb_model_drop(m);
}

/* ---- memory pressure ---- */

static int64_t trim_model(xybrid_model *m, int all) {
    int64_t bytes = 0;
    xb_mutex_lock(&m->mutex);
    xybrid_session *idle = m->idle;
    m->idle = NULL;
    xb_mutex_unlock(&m->mutex);
    while (idle) {
        xybrid_session *s = idle;
        idle = s->next_idle;
        bytes += xb_recycler_trim(s->recycler);
        for (int32_t i = 0; i < m->meta->stage_count; i++) {
            if (s->stages[i]) bytes += xb_engine_session_trim(s->stages[i], all);
            if (s->raw_stages[i]) bytes += xb_engine_session_trim(s->raw_stages[i], all);
        }
        if (all) xb_session_drop(s);
        xb_mutex_lock(&m->mutex);
        if (all) m->session_count--;
        else {
            s->next_idle = m->idle;
            m->idle = s;
        }
        xb_cond_signal(&m->given_back);
        xb_mutex_unlock(&m->mutex);
    }
    return bytes;
}

/* The next model of the list, kept; `after` NULL = the first. One without references is on its way out, and is passed by. */
static xybrid_model *next_model(xb_env *env, xybrid_model *after) {
    xb_mutex_lock(&env->mutex);
    xybrid_model *m = after ? after->next : env->models;
    for (; m; m = m->next) {
        int32_t refs = xb_atomic_get(&m->refs);
        while (refs > 0 && !atomic_compare_exchange_weak(&m->refs, &refs, refs + 1)) {}
        if (refs > 0) break;
    }
    xb_mutex_unlock(&env->mutex);
    return m;
}

int64_t xb_env_trim(xb_env *env, int all) {
    int64_t before = xb_atomic_get(&env->root->mem.used_bytes);
    for (xybrid_model *m = next_model(env, NULL), *next; m; m = next) {
        trim_model(m, all);
        next = next_model(env, m);
        xb_model_drop(m);
    }
    int64_t after = xb_atomic_get(&env->root->mem.used_bytes);
    return before > after ? before - after : 0;
}
