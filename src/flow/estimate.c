/* flow/estimate.c - what a model would cost, from headers alone. */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "flow/flow_int.h"

/* One file: its engine's word on it; an engine that refuses is an answer, not a failure. */
static xybrid_status add_stage(xb_env *env, xb_pack *pack, const xb_pack_stage *stage, const xybrid_load_options *o,
                               xybrid_estimate *e, xybrid_error *err) {
    const xb_pack_file *file;
    const char         *format;
    xb_engine_source   *source;
    xb_engine          *engine;
    XB_TRY(xb_pack_model_open(pack, stage, &file, &format, err));
    e->disk_bytes += file->size_bytes;
    xb_engine_source_spec spec = { .view = { .bytes = file->bytes, .size_bytes = file->size_bytes, .is_mapped = file->mapped },
                                   .release = xybrid_release_none,
                                   .path = file->path,
                                   .name = file->name,
                                   .format = format };
    XB_TRY(xb_engine_source_new(&env->root->mem, &spec, &source, err));
    xybrid_error why;
    if (xb_engines_select(env->engines, xb_engine_source_view(source), o->engine, &engine, &why)) {
        xb_engine_source_drop(source);
        if (xb_passes_unwrapped(why.code) && (why.code & XYBRID_PRIMARY_MASK) != XYBRID_INVALID_ARGUMENT) {
            *err = why;
            return why.code;
        }
        e->supported = 0;
        xb_format(e->note, sizeof e->note, "%s", why.message);
        return XYBRID_OK;
    }
    xybrid_engine_options options;
    xybrid_cost           cost = { .struct_size = sizeof cost };
    xb_engine_options_init(&options);
    xybrid_status st = xb_engine_estimate(engine, source, &options, &cost, err);
    xb_engine_source_drop(source);
    if (st) return st;
    xb_format(e->engine, sizeof e->engine, "%s", xb_engine_name(engine));
    if (cost.missing[0]) {
        e->supported = 0;
        xb_format(e->note, sizeof e->note, "%s lacks %s", e->engine, cost.missing);
    }
    e->mapped_bytes += cost.mapped_bytes >= 0 ? cost.mapped_bytes : file->mapped ? file->size_bytes : 0;
    e->private_bytes = cost.private_bytes < 0 || e->private_bytes < 0 ? -1 : e->private_bytes + cost.private_bytes;
    if (cost.context_tokens > 0) e->context_tokens = cost.context_tokens;
    e->session_bytes = cost.session_bytes < 0 || e->session_bytes < 0 ? -1 : e->session_bytes + cost.session_bytes;
    return XYBRID_OK;
}

static xybrid_status fill(xb_env *env, xb_pack *pack, const xybrid_load_options *o, xybrid_estimate *e, xybrid_error *err) {
    const xb_pack_metadata *meta = xb_pack_meta(pack);
    e->supported = 1;
    e->context_tokens = -1;
    if (meta->kind != XB_PACK_ONNX && meta->kind != XB_PACK_MODEL_GRAPH && meta->kind != XB_PACK_GGUF) {
        e->supported = 0;
        e->mapped_bytes = e->private_bytes = e->session_bytes = -1;
        xb_format(e->note, sizeof e->note, "execution_template is %s: this build runs Onnx, ModelGraph and Gguf",
                  meta->kind_name);
    }
    for (int32_t i = 0; i < meta->stage_count && e->supported; i++) XB_TRY(add_stage(env, pack, &meta->stages[i], o, e, err));
    e->peak_bytes = e->private_bytes < 0 || e->session_bytes < 0 ? -1 : e->private_bytes + e->session_bytes;
    e->tokens_per_second = -1;
    const xb_mem *mem = &env->root->mem;
    int64_t       left = mem->budget_bytes - xb_atomic_get(&mem->used_bytes), need = xb_max64(e->peak_bytes, e->private_bytes);
    e->fits = e->supported && (mem->budget_bytes == XYBRID_AUTO || need <= left);
    if (e->supported && !e->fits)
        xb_format(e->note, sizeof e->note, "needs %lld bytes of private memory; %lld of the budget are left", (long long)need,
                  (long long)left);
    return XYBRID_OK;
}

xybrid_status xb_model_estimate(xb_env *env, const char *ref, const xybrid_load_options *o, xybrid_estimate *out,
                                xybrid_error *err) {
    xb_pack_source  source = xb_model_pack_source(ref, o);
    xb_pack        *pack;
    xybrid_estimate e;
    memset(&e, 0, sizeof e);
    if (source.release) source.release = xybrid_release_none; /* only looked at */
    XB_TRY(xb_pack_open(&env->root->mem, &source, &pack, err));
    xybrid_status st = fill(env, pack, o, &e, err);
    xb_pack_free(pack);
    if (st == XYBRID_OK) *out = e;
    return st;
}
