/* zoo_side.c - one engine: its rig, the nets of the model at hand, and what the driver keeps. */
#include <stdarg.h>

#include "zoo.h"

#include "codec/wav.h"
#include "engine/onnxruntime/onnxruntime.h"
#include "plat/clock.h"

#if defined(__has_include)
#  if __has_include("engine/native/native.h")
#    include "engine/native/native.h"
#    define ZOO_HAS_NATIVE
#  endif
#endif

#ifndef XB_TEST_SOURCE
#  define XB_TEST_SOURCE "."
#endif
#ifndef XB_TEST_DATA
#  define XB_TEST_DATA "../shared/data"
#endif
#ifndef XB_TEST_ENGINES
#  define XB_TEST_ENGINES "build/engines"
#endif

static const xybrid_engine *const tables[] = {
    &xb_engine_onnxruntime,
#ifdef ZOO_HAS_NATIVE
    &xb_engine_native,
#endif
};
enum { TABLES = sizeof tables / sizeof tables[0] };

/* ---- the engine ---- */

int zoo_has_engine(const char *name) {
    int found = 0;
    for (int i = 0; i < TABLES; i++) found |= strcmp(tables[i]->name, name) == 0;
    return found;
}

xybrid_status zoo_side_open(zoo_side *s, const char *engine, const char *engine_dir, const char *cache_dir, int32_t threads,
                            const char *config, xybrid_error *err) {
    char dir[1100];
    snprintf(dir, sizeof dir, "{\"dir\":\"%s\",\"allow_telemetry_switch\":true}", engine_dir ? engine_dir : XB_TEST_ENGINES);
    memset(s, 0, sizeof *s);
    s->engine = engine;
    s->config = config;
    xb_mem_init(&s->mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&s->arena, &s->mem, 0);
    XB_TRY(xb_pool_new(&s->mem, threads, &s->pool, err));
    if (cache_dir) XB_TRY(xb_blobs_init(&s->blobs, &s->mem, cache_dir, err));
    xb_engine_services services = {
        .mem = &s->mem, .pool = s->pool, .threads = threads, .blobs = cache_dir ? &s->blobs.services : NULL
    };
    XB_TRY(xb_engines_new(&services, tables, TABLES, &s->engines, err));
    return xb_engines_configure(s->engines, "onnxruntime", dir, err);
}

void zoo_side_clear(zoo_side *s) {
    for (zoo_net *net = s->nets, *next; net; net = next) {
        next = net->next; /* the newest first: sessions before their model's last reference */
        int32_t outputs = net->model ? net->model->output_count : 0;
        xb_engine_session_close(net->session);
        for (int32_t i = 0; net->outputs && i < outputs; i++) xb_tensor_drop(&net->outputs[i]);
        xb_engine_model_drop(net->model);
    }
    s->nets = NULL;
    xb_arena_free(&s->arena);
    memset(&s->result, 0, sizeof s->result);
    s->load_s = s->run_s = 0;
}

void zoo_side_close(zoo_side *s) {
    zoo_side_clear(s);
    xb_engines_free(s->engines);
    xb_blobs_free(&s->blobs);
    xb_pool_free(s->pool);
}

/* ---- nets ---- */

static double seconds_since(int64_t start_ns) { return (double)(xb_clock_ns() - start_ns) * 1e-9; }

static xybrid_status new_net(zoo_side *s, zoo_net **out, xybrid_error *err) {
    zoo_net *net = xb_arena_alloc(&s->arena, sizeof *net, err);
    if (!net) return err->code;
    net->side = s;
    net->next = s->nets;
    s->nets = *out = net;
    return XYBRID_OK;
}

static xybrid_status open_session(zoo_net *net, xybrid_error *err) {
    net->outputs = zoo_alloc(net->side, net->model->output_count, sizeof *net->outputs, err);
    net->wanted = zoo_alloc(net->side, net->model->output_count, 1, err);
    net->inputs = zoo_alloc(net->side, net->model->input_count, sizeof *net->inputs, err);
    net->carried = zoo_alloc(net->side, net->model->output_count, sizeof *net->carried, err);
    if (!net->outputs || !net->wanted || !net->inputs || !net->carried) return err->code;
    memset(net->wanted, 1, (size_t)net->model->output_count);
    memset(net->carried, 0xff, (size_t)net->model->output_count * sizeof *net->carried);
    xybrid_engine_options options;
    xb_engine_options_init(&options);
    return xb_engine_session_open(net->model, &options, &net->session, err);
}

xybrid_status zoo_open(zoo_side *s, const char *path, zoo_net **out, xybrid_error *err) {
    char                  full[1024];
    xb_file_view          view;
    int64_t               start_ns = xb_clock_ns();
    xb_engine            *engine = NULL;
    xb_engine_source     *source = NULL;
    xybrid_engine_options options;
    zoo_path(path, full);
    XB_TRY(new_net(s, out, err));
    (*out)->path = path;
    XB_TRY(xb_file_view_open(&s->mem, full, XB_VIEW_AUTO, &view, err));
    char identity[80];
    snprintf(identity, sizeof identity, "%llx-%llx-%llx", (unsigned long long)view.id.inode,
             (unsigned long long)view.id.size_bytes, (unsigned long long)view.id.mtime_ns);
    xb_engine_source_spec spec = { .view = view, .path = full, .format = "onnx", .identity = identity };
    xybrid_status         st = xb_engine_source_new(&s->mem, &spec, &source, err);
    if (st != XYBRID_OK) {
        xb_file_view_close(&view);
        return st;
    }
    xb_engine_options_init(&options);
    options.config = s->config;
    st = xb_engines_select(s->engines, xb_engine_source_view(source), s->engine, &engine, err);
    if (st == XYBRID_OK) st = xb_engine_model_open(engine, source, &options, NULL, &(*out)->model, err);
    xb_engine_source_drop(source);
    if (st == XYBRID_OK) st = open_session(*out, err);
    s->load_s += seconds_since(start_ns);
    return st;
}

xybrid_status zoo_open_again(const zoo_net *net, zoo_net **out, xybrid_error *err) {
    XB_TRY(new_net(net->side, out, err));
    (*out)->path = net->path;
    (*out)->model = xb_engine_model_keep(net->model);
    return open_session(*out, err);
}

xybrid_status zoo_bind(zoo_net *net, const char *input, const xb_tensor *t, xybrid_error *err) {
    XB_TRY(xb_engine_session_bind_named(net->session, input, t, err));
    net->inputs[xb_engine_model_find(net->model, XYBRID_INPUT, input)] = *t;
    return XYBRID_OK;
}

xybrid_status zoo_carry(zoo_net *net, const char *output, const char *input, int32_t axis, xybrid_error *err) {
    int32_t from = xb_engine_model_find(net->model, XYBRID_OUTPUT, output);
    int32_t to = xb_engine_model_find(net->model, XYBRID_INPUT, input);
    XB_TRY(xb_engine_session_carry(net->session, from, to, axis, err));
    net->carried[from] = to;
    return XYBRID_OK;
}

/* Outputs as flow catches them: a later delivery replaces the earlier, memory of the right shape is used again. */
static xybrid_status catch_output(void *ctx, int32_t index, const xybrid_tensor *shape, void **data, xybrid_error *err) {
    zoo_net   *net = ctx;
    xb_tensor *old = &net->outputs[index], fresh;
    if (!old->buf || old->dtype != shape->dtype || !xb_shape_equal(old->rank, old->shape, shape->rank, shape->shape)) {
        XB_TRY(xb_tensor_new(&net->side->mem, shape->dtype, shape->rank, shape->shape, &fresh, err));
        xb_tensor_drop(old);
        *old = fresh;
    }
    *data = old->data;
    return XYBRID_OK;
}

static xybrid_status catch_given(void *ctx, int32_t index, const xybrid_tensor *tensor, xybrid_release_fn release,
                                 void *release_ctx, xybrid_error *err) {
    void *data = NULL;
    XB_TRY(catch_output(ctx, index, tensor, &data, err));
    if (tensor->size_bytes) memcpy(data, tensor->data, (size_t)tensor->size_bytes);
    if (release) release(release_ctx, tensor->data);
    return XYBRID_OK;
}

xybrid_status zoo_run(zoo_net *net, xybrid_error *err) {
    zoo_side   *s = net->side;
    xybrid_call call = {
        .struct_size = sizeof call, .is_traced = s->is_traced, .ctx = net, .out_alloc = catch_output, .out_give = catch_given
    };
    if (s->observe) XB_TRY(s->observe(s->observe_ctx, net, 0, err));
    else call.wanted = net->wanted;
    int64_t       start_ns = xb_clock_ns();
    xybrid_status st = xb_engine_session_run(net->session, &call, err);
    s->run_s += seconds_since(start_ns);
    if (st != XYBRID_OK || !s->observe) return st;
    for (int32_t i = 0; i < net->model->output_count; i++)
        if (net->carried[i] >= 0) net->inputs[net->carried[i]] = net->outputs[i];
    return s->observe(s->observe_ctx, net, 1, err);
}

void zoo_want_only(zoo_net *net, const char *output) {
    int32_t index = xb_engine_model_find(net->model, XYBRID_OUTPUT, output);
    for (int32_t i = 0; i < net->model->output_count; i++) net->wanted[i] = i == index;
}

const xb_tensor *zoo_out(const zoo_net *net, const char *output) {
    int32_t index = xb_engine_model_find(net->model, XYBRID_OUTPUT, output);
    return index < 0 ? NULL : &net->outputs[index];
}

/* ---- memory and files ---- */

void *zoo_alloc(zoo_side *s, int64_t count, size_t size, xybrid_error *err) {
    return xb_arena_array(&s->arena, (size_t)count, size, err);
}

xybrid_status zoo_new(zoo_side *s, xybrid_dtype dtype, int32_t rank, const int64_t *shape, xb_tensor *out, xybrid_error *err) {
    int64_t count;
    XB_TRY(xb_shape_count(rank, shape, "a tensor of the test", &count, err));
    void *data = zoo_alloc(s, count + 1, (size_t)xb_dtype_size(dtype),
                           err); /* + 1: a tensor without elements has memory, too */
    if (!data) return err->code;
    *out = zoo_wrap(data, dtype, rank, shape);
    return XYBRID_OK;
}

xb_tensor zoo_wrap(const void *data, xybrid_dtype dtype, int32_t rank, const int64_t *shape) {
    xb_tensor t = { .dtype = dtype, .rank = rank, .data = (void *)data };
    if (rank > 0) memcpy(t.shape, shape, (size_t)rank * sizeof *shape);
    return t;
}

xybrid_status zoo_copy(zoo_side *s, const xb_tensor *t, xb_tensor *out, xybrid_error *err) {
    XB_TRY(zoo_new(s, t->dtype, t->rank, t->shape, out, err));
    memcpy(out->data, t->data, (size_t)xb_tensor_size_bytes(t));
    return XYBRID_OK;
}

void zoo_path(const char *path, char out[1024]) {
    if (path[0] == '/') snprintf(out, 1024, "%s", path);
    else if (xb_starts_with(path, "data/")) snprintf(out, 1024, "%s/%s", XB_TEST_DATA, path + 5);
    else if (xb_starts_with(path, "examples/")) snprintf(out, 1024, "%s/%s", XB_TEST_SOURCE, path);
    else snprintf(out, 1024, "%s/build/%s", XB_TEST_SOURCE, path);
}

xybrid_status zoo_read(zoo_side *s, const char *path, char **out, int64_t *size, xybrid_error *err) {
    char  full[1024];
    char *bytes;
    zoo_path(path, full);
    XB_TRY(xb_file_read_all(&s->mem, full, INT64_C(1) << 30, &bytes, size, err));
    *out = xb_arena_strndup(&s->arena, bytes, (size_t)*size, err);
    xb_free(&s->mem, bytes);
    return *out ? XYBRID_OK : err->code;
}

xybrid_status zoo_read_wav(zoo_side *s, const char *path, float **out, int64_t *count, xybrid_error *err) {
    char       *bytes;
    int64_t     size;
    xb_wav_info info;
    XB_TRY(zoo_read(s, path, &bytes, &size, err));
    XB_TRY(xb_wav_read(bytes, size, &info, err));
    if (info.rate_hz != 16000 || info.channels != 1)
        return xb_fail(err, XYBRID_UNSUPPORTED_AUDIO, path, "%s has %d Hz and %d channels, wanted 16000 and 1", path,
                       (int)info.rate_hz, (int)info.channels);
    *out = zoo_alloc(s, info.frames, sizeof **out, err);
    if (!*out) return err->code;
    xb_wav_decode(&info, bytes, 0, info.frames, *out);
    *count = info.frames;
    return XYBRID_OK;
}

/* ---- results ---- */

static xybrid_status fail_room(const char *label, xybrid_error *err) {
    return xb_fail(err, XYBRID_INTERNAL, label, "a driver keeps more than %d results, at \"%s\"", (int)ZOO_MAX_KEPT, label);
}

xybrid_status zoo_keep_wave(zoo_side *s, int rule, const char *label, const xb_tensor *t, int32_t rate_hz, xybrid_error *err) {
    if (s->result.output_count >= ZOO_MAX_KEPT) return fail_room(label, err);
    if (!t || !t->data) return xb_fail(err, XYBRID_INTERNAL, label, "there is no output \"%s\"", label);
    zoo_output *o = &s->result.outputs[s->result.output_count++];
    snprintf(o->label, sizeof o->label, "%s", label);
    o->rule = rule;
    o->rate_hz = rate_hz;
    o->rank = t->rank;
    memcpy(o->shape, t->shape, sizeof o->shape);
    o->count = xb_tensor_count(t);
    o->values = zoo_alloc(s, o->count + 1, sizeof *o->values, err);
    if (!o->values) return err->code;
    xb_convert(o->values, XYBRID_FLOAT32, t->data, t->dtype, o->count);
    return XYBRID_OK;
}

xybrid_status zoo_keep(zoo_side *s, int rule, const char *label, const xb_tensor *t, xybrid_error *err) {
    return zoo_keep_wave(s, rule, label, t, 0, err);
}

xybrid_status zoo_keep_all(zoo_side *s, int rule, const char *label, const zoo_net *net, xybrid_error *err) {
    for (int32_t i = 0; i < net->model->output_count; i++) {
        char whole[ZOO_LABEL_BYTES];
        snprintf(whole, sizeof whole, "%s %s", label, net->model->outputs[i].name);
        XB_TRY(zoo_keep(s, rule, whole, &net->outputs[i], err));
    }
    return XYBRID_OK;
}

xybrid_status zoo_keep_ids(zoo_side *s, const char *label, const int64_t *ids, const float *margins, int64_t count,
                           xybrid_error *err) {
    if (s->result.ids_count >= ZOO_MAX_KEPT) return fail_room(label, err);
    zoo_ids *k = &s->result.ids[s->result.ids_count++];
    snprintf(k->label, sizeof k->label, "%s", label);
    k->count = count;
    k->ids = zoo_alloc(s, count + 1, sizeof *k->ids, err);
    if (!k->ids) return err->code;
    memcpy(k->ids, ids, (size_t)count * sizeof *ids);
    if (!margins) return XYBRID_OK;
    k->margins = zoo_alloc(s, count + 1, sizeof *k->margins, err);
    if (!k->margins) return err->code;
    memcpy(k->margins, margins, (size_t)count * sizeof *margins);
    return XYBRID_OK;
}

/* ---- what is known of the right answer ---- */

void zoo_complain(zoo_side *s, const char *fmt, ...) {
    if (s->result.complaint_count == ZOO_MAX_COMPLAINTS) return;
    va_list list;
    va_start(list, fmt);
    vsnprintf(s->result.complaints[s->result.complaint_count++], sizeof s->result.complaints[0], fmt, list);
    va_end(list);
}

void zoo_expect_ids(zoo_side *s, const char *what, const int64_t *found, int64_t count, const int64_t *wanted,
                    int64_t wanted_count) {
    if (count != wanted_count) zoo_complain(s, "%s: %lld ids, expected %lld", what, (long long)count, (long long)wanted_count);
    for (int64_t i = 0; i < count && i < wanted_count; i++) {
        if (found[i] == wanted[i]) continue;
        zoo_complain(s, "%s: id %lld is %lld, expected %lld", what, (long long)i, (long long)found[i], (long long)wanted[i]);
        return;
    }
}

void zoo_expect_near(zoo_side *s, const char *what, const float *found, const float *wanted, int64_t count, double tolerance) {
    for (int64_t i = 0; i < count; i++) {
        if (fabs((double)found[i] - (double)wanted[i]) <= tolerance) continue;
        zoo_complain(s, "%s: element %lld is %.6g, expected %.6g within %.2g", what, (long long)i, (double)found[i],
                     (double)wanted[i], tolerance);
        return;
    }
}
