/* pack/pack_metadata.c - model_metadata.json to structs: one function for each object of the format. */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "codec/slice.h"
#include "pack/pack.h"

enum { DEFAULT_CONTEXT = 4096, DEFAULT_CHUNK_CHARS = 350, TYPE_LIST_BYTES = 320 };
#define DEFAULT_WHISPER_PENALTY 1.1

/* ---------------------------------------------------------------- helpers ---------------------------------------------- */

/* "<where>.<key>", with "[index]" unless that is negative, in the arena. NULL: *err is filled. */
static const char *item_path(xb_arena *arena, const char *where, const char *key, int64_t index, xybrid_error *err) {
    char   path[256];
    size_t n = xb_format(path, sizeof path, "%s%s%s", where, *where ? "." : "", key);
    if (index >= 0) n += xb_format(path + n, sizeof path - n, "[%lld]", (long long)index);
    return xb_arena_strndup(arena, path, n, err);
}

int xb_pack_name_ok(const char *relative) { return xb_slice_stays_inside(xb_slice_of(relative)); }

/* A file's name. Missing and not `required`: NULL. */
static xybrid_status get_file(const xb_json *obj, const char *where, const char *key, int required, const char **out,
                              xybrid_error *err) {
    const char *name = NULL;
    if (required) XB_TRY(xb_json_get_string(obj, where, key, &name, err));
    else XB_TRY(xb_json_opt_string(obj, where, key, NULL, &name, err));
    if (name && !xb_pack_name_ok(name))
        return xb_fail(err, XYBRID_MALFORMED, name, "%s%s%s is \"%.200s\", a path that leaves the pack; wanted one inside it",
                       where, *where ? "." : "", key, name);
    *out = name;
    return XYBRID_OK;
}

static xybrid_status opt_int32(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max,
                               int32_t fallback, int32_t *out, xybrid_error *err) {
    int64_t value;
    XB_TRY(xb_json_opt_int(obj, where, key, min, max, fallback, &value, err));
    *out = (int32_t)value;
    return XYBRID_OK;
}

static xybrid_status get_int32(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max, int32_t *out,
                               xybrid_error *err) {
    int64_t value;
    XB_TRY(xb_json_get_int(obj, where, key, min, max, &value, err));
    *out = (int32_t)value;
    return XYBRID_OK;
}

/* An array of strings; missing and not `required`: none. */
static xybrid_status get_texts(xb_arena *arena, const xb_json *obj, const char *where, const char *key, int required,
                               int64_t max, const char *const **out, int32_t *count, xybrid_error *err) {
    const xb_json *array = NULL;
    if (required) XB_TRY(xb_json_get_node(obj, where, key, XB_JSON_ARRAY, &array, err));
    else XB_TRY(xb_json_opt_node(obj, where, key, XB_JSON_ARRAY, &array, err));
    int64_t n = xb_json_count(array);
    if (n > max) {
        char wanted[64];
        xb_format(wanted, sizeof wanted, "at most %lld strings", (long long)max);
        return xb_json_fail(array, where, key, wanted, err);
    }
    const char **texts = xb_arena_array(arena, (size_t)n, sizeof *texts, err);
    if (!texts) return err->code;
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);) {
        size_t size;
        if (!xb_json_string(it.value, &texts[it.index], &size) || strlen(texts[it.index]) != size) {
            const char *path = item_path(arena, where, key, it.index, err);
            return path ? xb_json_fail(it.value, path, "", "a string without NUL characters", err) : err->code;
        }
    }
    *out = texts;
    *count = (int32_t)n;
    return XYBRID_OK;
}

/* A name out of a list: where it stands in it. A name that is not known is UNSUPPORTED_PACK, as newer versions may have it. */
static xybrid_status get_choice(const xb_json *obj, const char *where, const char *key, const char *const *names, int32_t count,
                                int32_t *out, xybrid_error *err) {
    const char *name;
    char        known[TYPE_LIST_BYTES];
    size_t      n = 0;
    XB_TRY(xb_json_get_string(obj, where, key, &name, err));
    for (int32_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = i;
            return XYBRID_OK;
        }
        n += xb_format(known + n, sizeof known - n, "%s%s", i ? ", " : "", names[i]);
    }
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, name, "%s%s%s is \"%.100s\", which is not known; known are %s", where,
                   *where ? "." : "", key, name, known);
}

#define COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

/* ---------------------------------------------------------------- steps ------------------------------------------------ */

/* The list `key` of `obj`; their parameters are flow's to check. */
static xybrid_status read_steps(xb_arena *arena, const xb_json *obj, const char *where, const char *key, xb_pack_steps *out,
                                xybrid_error *err) {
    const xb_json *array;
    xb_pack_steps  steps = { .where = item_path(arena, where, key, -1, err) };
    if (!steps.where) return err->code;
    XB_TRY(xb_json_opt_node(obj, where, key, XB_JSON_ARRAY, &array, err));
    if (xb_json_count(array) > XB_MAX_STEPS)
        return xb_fail(err, XYBRID_MALFORMED, steps.where, "%s has %lld steps; at most %d", steps.where,
                       (long long)xb_json_count(array), XB_MAX_STEPS);
    xb_pack_step *items = xb_arena_array(arena, (size_t)xb_json_count(array), sizeof *items, err);
    if (!items) return err->code;
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it); steps.count++) {
        const char *path = item_path(arena, where, key, it.index, err);
        if (!path) return err->code;
        if (!xb_json_is(it.value, XB_JSON_OBJECT)) return xb_json_fail(it.value, path, "", "an object with a \"type\"", err);
        items[it.index] = (xb_pack_step){ .params = it.value, .index = (int32_t)it.index };
        XB_TRY(xb_json_get_string(it.value, path, "type", &items[it.index].type, err));
    }
    steps.items = items;
    *out = steps;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- execution modes -------------------------------------- */

static xybrid_status get_token(const xb_json *obj, const char *where, const char *key, int64_t *out, xybrid_error *err) {
    return xb_json_get_int(obj, where, key, 0, INT32_MAX, out, err);
}

/* -1 when it is not given: a Whisper of one language has no such token. */
static xybrid_status opt_token(const xb_json *obj, const char *where, const char *key, int64_t *out, xybrid_error *err) {
    return xb_json_opt_int(obj, where, key, 0, INT32_MAX, -1, out, err);
}

static xybrid_status read_decoder(xb_arena *arena, const xb_json *obj, const char *where, xb_pack_execution *x,
                                  xybrid_error *err) {
    double penalty = x->mode == XB_PACK_WHISPER_DECODER ? DEFAULT_WHISPER_PENALTY : 0;
    XB_TRY(get_int32(obj, where, "max_tokens", 1, INT32_MAX, &x->max_tokens, err));
    XB_TRY(get_token(obj, where, "start_token_id", &x->start_token_id, err));
    XB_TRY(get_token(obj, where, "end_token_id", &x->end_token_id, err));
    XB_TRY(xb_json_opt_double(obj, where, "repetition_penalty", 0, 1000, penalty, &x->repetition_penalty, err));
    if (x->mode == XB_PACK_AUTOREGRESSIVE) return XYBRID_OK;

    XB_TRY(opt_token(obj, where, "language_token_id", &x->language_token_id, err));
    XB_TRY(opt_token(obj, where, "task_token_id", &x->task_token_id, err));
    XB_TRY(get_token(obj, where, "no_timestamps_token_id", &x->no_timestamps_token_id, err));
    int64_t  count = xb_json_count(xb_json_get(obj, "suppress_tokens"));
    int64_t *tokens = xb_arena_array(arena, (size_t)count, sizeof *tokens, err);
    if (!tokens) return err->code;
    XB_TRY(xb_json_get_ints(obj, where, "suppress_tokens", 0, INT32_MAX, 0, count, tokens, &count, err));
    x->suppress_tokens = tokens;
    x->suppress_count = (int32_t)count;
    return XYBRID_OK;
}

static xybrid_status read_refinement(xb_arena *arena, const xb_json *obj, const char *where, xb_pack_execution *x,
                                     xybrid_error *err) {
    static const char *const schedules[] = { "Linear", "Cosine", "Custom" };
    const xb_json           *schedule;
    int32_t                  choice = XB_PACK_LINEAR;
    XB_TRY(get_int32(obj, where, "num_steps", 1, INT32_MAX, &x->num_steps, err));
    XB_TRY(xb_json_opt_node(obj, where, "schedule", XB_JSON_OBJECT, &schedule, err));
    if (!schedule) return XYBRID_OK;
    const char *path = item_path(arena, where, "schedule", -1, err);
    if (!path) return err->code;
    XB_TRY(get_choice(schedule, path, "type", schedules, COUNT(schedules), &choice, err));
    x->schedule = (xb_pack_schedule)choice;
    if (x->schedule != XB_PACK_CUSTOM) return XYBRID_OK;
    int64_t count = xb_json_count(xb_json_get(schedule, "timesteps"));
    double *timesteps = xb_arena_array(arena, (size_t)count, sizeof *timesteps, err);
    if (!timesteps) return err->code;
    XB_TRY(xb_json_get_doubles(schedule, path, "timesteps", -1e9, 1e9, 1, count > 0 ? count : 1, timesteps, &count, err));
    x->timesteps = timesteps;
    x->timestep_count = (int32_t)count;
    return XYBRID_OK;
}

/* Numbers or truth values, or arrays of them. */
static int is_constant(const xb_json *v, int levels) {
    if (xb_json_is(v, XB_JSON_NUMBER) || xb_json_is(v, XB_JSON_BOOL)) return 1;
    if (!xb_json_is(v, XB_JSON_ARRAY) || levels == 0) return 0;
    for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);)
        if (!is_constant(it.value, levels - 1)) return 0;
    return 1;
}

static xybrid_status read_ports_of_windows(xb_arena *arena, const xb_json *obj, const char *where, xb_pack_execution *x,
                                           xybrid_error *err) {
    const xb_json *carry, *constants;
    XB_TRY(xb_json_opt_node(obj, where, "carry", XB_JSON_OBJECT, &carry, err));
    XB_TRY(xb_json_opt_node(obj, where, "constants", XB_JSON_OBJECT, &constants, err));
    const char *carry_path = item_path(arena, where, "carry", -1, err);
    if (!carry_path) return err->code;
    const char *constants_path = item_path(arena, where, "constants", -1, err);
    if (!constants_path) return err->code;
    if (xb_json_count(carry) > XB_MAX_PORTS || xb_json_count(constants) > XB_MAX_PORTS)
        return xb_fail(err, XYBRID_MALFORMED, where, "%s has more than %d entries in carry or constants", where, XB_MAX_PORTS);

    xb_pack_carry *carried = xb_arena_array(arena, (size_t)xb_json_count(carry), sizeof *carried, err);
    if (!carried) return err->code;
    for (xb_json_iter it = xb_json_items(carry); xb_json_next(&it); x->carry_count++) {
        carried[it.index].output = it.key;
        XB_TRY(xb_json_get_string(carry, carry_path, it.key, &carried[it.index].input, err));
    }
    xb_pack_constant *fixed = xb_arena_array(arena, (size_t)xb_json_count(constants), sizeof *fixed, err);
    if (!fixed) return err->code;
    for (xb_json_iter it = xb_json_items(constants); xb_json_next(&it); x->constant_count++) {
        if (!is_constant(it.value, XB_MAX_RANK))
            return xb_json_fail(it.value, constants_path, it.key, "a number or nested arrays of numbers", err);
        fixed[it.index] = (xb_pack_constant){ it.key, it.value };
    }
    x->carry = carried;
    x->constants = fixed;
    return XYBRID_OK;
}

static xybrid_status read_windows(xb_arena *arena, const xb_json *obj, const char *where, xb_pack_execution *x,
                                  xybrid_error *err) {
    int pad_last;
    XB_TRY(xb_json_get_int(obj, where, "window", 1, XB_MAX_AUDIO_FRAMES, &x->window, err));
    XB_TRY(xb_json_opt_int(obj, where, "hop", 1, XB_MAX_AUDIO_FRAMES, x->window, &x->hop, err));
    XB_TRY(xb_json_opt_int(obj, where, "context", 0, XB_MAX_AUDIO_FRAMES, 0, &x->context, err));
    XB_TRY(xb_json_opt_bool(obj, where, "pad_last", 1, &pad_last, err));
    x->pad_last = pad_last;
    return read_ports_of_windows(arena, obj, where, x, err);
}

static const char *const modes[] = { "SingleShot", "Autoregressive", "WhisperDecoder", "IterativeRefinement", "Windowed" };

const char *xb_pack_mode_name(xb_pack_mode mode) { return (unsigned)mode < (unsigned)COUNT(modes) ? modes[mode] : "unknown"; }

/* The member execution_mode of a stage; missing: single shot. */
static xybrid_status read_execution(xb_arena *arena, const xb_json *stage, const char *stage_path, xb_pack_execution *out,
                                    xybrid_error *err) {
    xb_pack_execution x = { .language_token_id = -1, .task_token_id = -1, .no_timestamps_token_id = -1 };
    const xb_json    *obj;
    int32_t           mode = XB_PACK_SINGLE_SHOT;
    XB_TRY(xb_json_opt_node(stage, stage_path, "execution_mode", XB_JSON_OBJECT, &obj, err));
    const char *where = item_path(arena, stage_path, "execution_mode", -1, err);
    if (!where) return err->code;
    if (obj) XB_TRY(get_choice(obj, where, "type", modes, COUNT(modes), &mode, err));
    x.mode = (xb_pack_mode)mode;
    switch (x.mode) {
    case XB_PACK_SINGLE_SHOT: break;
    case XB_PACK_AUTOREGRESSIVE:
    case XB_PACK_WHISPER_DECODER: XB_TRY(read_decoder(arena, obj, where, &x, err)); break;
    case XB_PACK_ITERATIVE_REFINEMENT: XB_TRY(read_refinement(arena, obj, where, &x, err)); break;
    case XB_PACK_WINDOWED: XB_TRY(read_windows(arena, obj, where, &x, err)); break;
    }
    *out = x;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- stages ----------------------------------------------- */

/* A stage of a graph (`name` NULL: it has a name and lists its inputs and outputs), or a template that is one stage. */
static xybrid_status read_stage(xb_arena *arena, const xb_json *obj, const char *where, const char *name, xb_pack_stage *out,
                                xybrid_error *err) {
    xb_pack_stage s = { .name = name, .where = where };
    int           is_graph = name == NULL;
    if (is_graph) XB_TRY(xb_json_get_string(obj, where, "name", &s.name, err));
    XB_TRY(get_file(obj, where, "model_file", 1, &s.model_file, err));
    XB_TRY(read_execution(arena, obj, where, &s.execution, err));
    XB_TRY(get_texts(arena, obj, where, "inputs", is_graph, XB_MAX_PORTS, &s.inputs, &s.input_count, err));
    XB_TRY(get_texts(arena, obj, where, "outputs", is_graph, XB_MAX_PORTS, &s.outputs, &s.output_count, err));
    XB_TRY(xb_json_opt_node(obj, where, "config", XB_JSON_OBJECT, &s.config, err));
    XB_TRY(read_steps(arena, obj, where, "preprocessing", &s.preprocessing, err));
    XB_TRY(read_steps(arena, obj, where, "postprocessing", &s.postprocessing, err));
    XB_TRY(xb_json_opt_string(obj, where, "for_each", NULL, &s.for_each, err));
    XB_TRY(opt_int32(obj, where, "batch", 1, XB_MAX_BATCH, 1, &s.batch, err));
    *out = s;
    return XYBRID_OK;
}

static xybrid_status read_graph(xb_arena *arena, const xb_json *obj, const char *where, xb_pack_metadata *m,
                                xybrid_error *err) {
    const xb_json *array;
    XB_TRY(xb_json_get_node(obj, where, "stages", XB_JSON_ARRAY, &array, err));
    XB_TRY(xb_json_opt_node(obj, where, "config", XB_JSON_OBJECT, &m->config, err));
    int64_t count = xb_json_count(array);
    if (count < 1 || count > XB_MAX_STAGES)
        return xb_fail(err, XYBRID_MALFORMED, "execution_template.stages", "%s.stages has %lld stages, wanted 1 to %d", where,
                       (long long)count, XB_MAX_STAGES);
    xb_pack_stage *stages = xb_arena_array(arena, (size_t)count, sizeof *stages, err);
    if (!stages) return err->code;
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it); m->stage_count++) {
        const char *path = item_path(arena, where, "stages", it.index, err);
        if (!path) return err->code;
        if (!xb_json_is(it.value, XB_JSON_OBJECT)) return xb_json_fail(it.value, path, "", "an object", err);
        XB_TRY(read_stage(arena, it.value, path, NULL, &stages[it.index], err));
        for (int64_t i = 0; i < it.index; i++)
            if (strcmp(stages[i].name, stages[it.index].name) == 0)
                return xb_json_fail(xb_json_get(it.value, "name"), path, "name", "a name that no other stage has", err);
    }
    m->stages = stages;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- templates -------------------------------------------- */

static xybrid_status read_generation(xb_arena *arena, const xb_json *obj, const char *where, xb_pack_generation *g,
                                     xybrid_error *err) {
    const xb_json *params;
    XB_TRY(xb_json_opt_node(obj, where, "generation_params", XB_JSON_OBJECT, &params, err));
    const char *path = item_path(arena, where, "generation_params", -1, err);
    if (!path) return err->code;
    XB_TRY(opt_int32(params, path, "max_tokens", 0, INT32_MAX, -1, &g->max_tokens, err));
    XB_TRY(opt_int32(params, path, "top_k", 0, INT32_MAX, -1, &g->top_k, err));
    XB_TRY(xb_json_opt_double(params, path, "temperature", 0, 1000, -1, &g->temperature, err));
    XB_TRY(xb_json_opt_double(params, path, "top_p", 0, 1, -1, &g->top_p, err));
    XB_TRY(xb_json_opt_double(params, path, "repetition_penalty", 0, 1000, -1, &g->repetition_penalty, err));
    return get_texts(arena, params, path, "stop_sequences", 0, XB_MAX_STEPS, &g->stop_sequences, &g->stop_count, err);
}

/* What a template has beside its model file. */
static xybrid_status read_options(xb_arena *arena, const xb_json *obj, const char *where, xb_pack_template kind,
                                  xb_pack_options *o, xybrid_error *err) {
    int translate;
    *o = (xb_pack_options){ .context_length = -1 };
    switch (kind) {
    case XB_PACK_SAFETENSORS:
        XB_TRY(xb_json_opt_string(obj, where, "architecture", NULL, &o->architecture, err));
        XB_TRY(get_file(obj, where, "config_file", 0, &o->config_file, err));
        return get_file(obj, where, "tokenizer_file", 0, &o->tokenizer_file, err);
    case XB_PACK_GGUF:
    case XB_PACK_VISION_LANGUAGE:
        XB_TRY(get_file(obj, where, "chat_template", 0, &o->chat_template, err));
        XB_TRY(opt_int32(obj, where, "context_length", 0, INT32_MAX, DEFAULT_CONTEXT, &o->context_length, err));
        return read_generation(arena, obj, where, &o->generation, err);
    case XB_PACK_LITERT_LM: return opt_int32(obj, where, "context_length", 0, INT32_MAX, -1, &o->context_length, err);
    case XB_PACK_GGML_WHISPER:
        XB_TRY(xb_json_opt_string(obj, where, "language", NULL, &o->language, err));
        XB_TRY(opt_int32(obj, where, "audio_ctx", 0, INT32_MAX, 0, &o->audio_ctx, err));
        XB_TRY(xb_json_opt_bool(obj, where, "translate", 0, &translate, err));
        o->translate = translate;
        return XYBRID_OK;
    case XB_PACK_ZZZ_EMBED:
        XB_TRY(xb_json_opt_string(obj, where, "language", NULL, &o->language, err));
        XB_TRY(get_file(obj, where, "decoder_file", 0, &o->decoder_file, err));
        XB_TRY(get_file(obj, where, "language_voice_file", 0, &o->language_voice_file, err));
        return get_file(obj, where, "decoder_voice_file", 0, &o->decoder_voice_file, err);
    case XB_PACK_ONNX:
    case XB_PACK_COREML:
    case XB_PACK_TFLITE:
    case XB_PACK_MODEL_GRAPH: break;
    }
    return XYBRID_OK;
}

/* The template's names by number; behind them the names that old files have for the first, the second and the fifth. */
static const char *const templates[] = { "Onnx", "SafeTensors", "CoreMl",         "TfLite",   "ModelGraph",
                                         "Gguf", "GgmlWhisper", "VisionLanguage", "LiteRtLm", "ZzzEmbed" };
static const struct {
    const char      *name;
    xb_pack_template kind;
} legacy[] = { { "SimpleMode", XB_PACK_ONNX }, { "CandleModel", XB_PACK_SAFETENSORS }, { "Pipeline", XB_PACK_MODEL_GRAPH } };

const char *xb_pack_template_name(xb_pack_template kind) {
    return (unsigned)kind < (unsigned)COUNT(templates) ? templates[kind] : "unknown";
}

static xybrid_status read_kind(const xb_json *obj, const char *where, xb_pack_template *out, xybrid_error *err) {
    const char *name = "";
    size_t      size;
    int32_t     kind = XB_PACK_ONNX;
    xb_json_string(xb_json_get(obj, "type"), &name, &size);
    for (int32_t i = 0; i < COUNT(legacy); i++) {
        if (strcmp(name, legacy[i].name) != 0) continue;
        *out = legacy[i].kind;
        return XYBRID_OK;
    }
    XB_TRY(get_choice(obj, where, "type", templates, COUNT(templates), &kind, err));
    *out = (xb_pack_template)kind;
    return XYBRID_OK;
}

static xybrid_status read_template(xb_arena *arena, const xb_json *root, xb_pack_metadata *m, xybrid_error *err) {
    static const char where[] = "execution_template";
    XB_TRY(xb_json_get_node(root, "", where, XB_JSON_OBJECT, &m->execution, err));
    XB_TRY(read_kind(m->execution, where, &m->kind, err));
    m->kind_name = xb_pack_template_name(m->kind);
    XB_TRY(read_options(arena, m->execution, where, m->kind, &m->options, err));
    if (m->kind == XB_PACK_MODEL_GRAPH) return read_graph(arena, m->execution, where, m, err);
    xb_pack_stage *stage = xb_arena_alloc(arena, sizeof *stage, err);
    if (!stage) return err->code;
    XB_TRY(read_stage(arena, m->execution, where, m->model_id, stage, err));
    m->stages = stage;
    m->stage_count = 1;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- voices ----------------------------------------------- */

static xybrid_status read_voice(xb_arena *arena, const xb_json *obj, int64_t index, xb_pack_voice *out, xybrid_error *err) {
    xb_pack_voice v;
    const char   *path = item_path(arena, "voices", "catalog", index, err);
    if (!path) return err->code;
    if (!xb_json_is(obj, XB_JSON_OBJECT)) return xb_json_fail(obj, path, "", "an object", err);
    XB_TRY(xb_json_get_string(obj, path, "id", &v.id, err));
    XB_TRY(xb_json_get_string(obj, path, "name", &v.name, err));
    XB_TRY(xb_json_opt_string(obj, path, "gender", NULL, &v.gender, err));
    XB_TRY(xb_json_opt_string(obj, path, "language", NULL, &v.language, err));
    XB_TRY(xb_json_opt_string(obj, path, "style", NULL, &v.style, err));
    XB_TRY(xb_json_opt_string(obj, path, "preview_url", NULL, &v.preview_url, err));
    XB_TRY(opt_int32(obj, path, "index", 0, INT32_MAX, (int32_t)index, &v.index, err));
    *out = v;
    return XYBRID_OK;
}

/* The fields that belong to the format. */
static xybrid_status read_voice_format(const xb_json *obj, xb_pack_voices *v, xybrid_error *err) {
    static const char *const formats[] = { "embedded", "per_model", "cloning", "precomputed_codes" };
    static const char *const loaders[] = { "binary_f32_256", "numpy_npz", "json_base64" };
    static const char        where[] = "voices";
    int32_t                  format = 0, loader = 0;
    XB_TRY(get_choice(obj, where, "format", formats, COUNT(formats), &format, err));
    v->format = (xb_pack_voice_format)format;
    switch (v->format) {
    case XB_VOICES_EMBEDDED:
        XB_TRY(get_file(obj, where, "file", 1, &v->file, err));
        XB_TRY(get_choice(obj, where, "loader", loaders, COUNT(loaders), &loader, err));
        v->loader = (xb_pack_voice_loader)loader;
        return XYBRID_OK;
    case XB_VOICES_PER_MODEL:
        XB_TRY(get_file(obj, where, "voice_dir", 1, &v->voice_dir, err));
        return xb_json_get_string(obj, where, "pattern", &v->pattern, err);
    case XB_VOICES_CLONING:
        XB_TRY(get_file(obj, where, "encoder_model", 1, &v->encoder_model, err));
        XB_TRY(xb_json_get_double(obj, where, "min_audio_seconds", 0, 1e6, &v->min_audio_seconds, err));
        return xb_json_get_double(obj, where, "max_audio_seconds", 0, 1e6, &v->max_audio_seconds, err);
    case XB_VOICES_PRECOMPUTED_CODES:
        XB_TRY(get_file(obj, where, "codes_dir", 0, &v->codes_dir, err));
        XB_TRY(xb_json_opt_string(obj, where, "codes_pattern", "{voice_id}.bin", &v->codes_pattern, err));
        XB_TRY(get_file(obj, where, "transcript_dir", 0, &v->transcript_dir, err));
        return xb_json_opt_string(obj, where, "transcript_pattern", NULL, &v->transcript_pattern, err);
    }
    return XYBRID_OK;
}

static xybrid_status read_voices(xb_arena *arena, const xb_json *root, const xb_pack_voices **out, xybrid_error *err) {
    static const char *const selections[] = { "FixedIndex", "TokenLength" };
    const xb_json           *obj, *catalog;
    int32_t                  selection = XB_VOICE_FIXED_INDEX;
    XB_TRY(xb_json_opt_node(root, "", "voices", XB_JSON_OBJECT, &obj, err));
    if (!obj) return XYBRID_OK;
    xb_pack_voices *v = xb_arena_alloc(arena, sizeof *v, err);
    if (!v) return err->code;
    XB_TRY(read_voice_format(obj, v, err));
    XB_TRY(xb_json_get_string(obj, "voices", "default", &v->default_id, err));
    if (xb_json_get(obj, "selection_strategy"))
        XB_TRY(get_choice(obj, "voices", "selection_strategy", selections, COUNT(selections), &selection, err));
    v->selection = (xb_pack_voice_selection)selection;

    XB_TRY(xb_json_get_node(obj, "voices", "catalog", XB_JSON_ARRAY, &catalog, err));
    int64_t count = xb_json_count(catalog);
    if (count > XB_MAX_VOICES)
        return xb_fail(err, XYBRID_MALFORMED, "voices.catalog", "voices.catalog has %lld voices; at most %d", (long long)count,
                       XB_MAX_VOICES);
    xb_pack_voice *items = xb_arena_array(arena, (size_t)count, sizeof *items, err);
    if (!items) return err->code;
    for (xb_json_iter it = xb_json_items(catalog); xb_json_next(&it); v->count++)
        XB_TRY(read_voice(arena, it.value, it.index, &items[it.index], err));
    v->catalog = items;
    *out = v;
    return XYBRID_OK;
}

static xybrid_status read_vision_encoder(xb_arena *arena, const xb_json *root, const xb_pack_vision_encoder **out,
                                         xybrid_error *err) {
    static const char where[] = "vision_encoder";
    const xb_json    *obj;
    XB_TRY(xb_json_opt_node(root, "", where, XB_JSON_OBJECT, &obj, err));
    if (!obj) return XYBRID_OK;
    xb_pack_vision_encoder *v = xb_arena_alloc(arena, sizeof *v, err);
    if (!v) return err->code;
    XB_TRY(get_file(obj, where, "file", 1, &v->file, err));
    XB_TRY(xb_json_opt_string(obj, where, "preprocessing_preset", NULL, &v->preprocessing_preset, err));
    XB_TRY(opt_int32(obj, where, "image_size", 1, XB_MAX_IMAGE_SIDE, 0, &v->image_size, err));
    XB_TRY(opt_int32(obj, where, "patch_size", 1, XB_MAX_IMAGE_SIDE, 0, &v->patch_size, err));
    *out = v;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- the whole -------------------------------------------- */

xybrid_status xb_pack_metadata_read(const xb_json *root, xb_arena *arena, xb_pack_metadata *out, xybrid_error *err) {
    xb_pack_metadata m = { 0 };
    size_t           size;
    if (!xb_json_is(root, XB_JSON_OBJECT)) return xb_json_fail(root, "the document", "", "an object", err);
    XB_TRY(xb_json_get_string(root, "", "model_id", &m.model_id, err));
    XB_TRY(xb_json_get_string(root, "", "version", &m.version, err));
    XB_TRY(xb_json_opt_string(root, "", "description", NULL, &m.description, err));
    XB_TRY(read_template(arena, root, &m, err));
    XB_TRY(read_steps(arena, root, "", "preprocessing", &m.preprocessing, err));
    XB_TRY(read_steps(arena, root, "", "postprocessing", &m.postprocessing, err));
    XB_TRY(get_texts(arena, root, "", "files", 0, XB_MAX_PACK_FILES, &m.files, &m.file_count, err));
    XB_TRY(xb_json_opt_node(root, "", "metadata", XB_JSON_OBJECT, &m.metadata, err));
    xb_json_string(xb_json_get(m.metadata, "task"), &m.task, &size);
    XB_TRY(read_voices(arena, root, &m.voices, err));
    XB_TRY(read_vision_encoder(arena, root, &m.vision_encoder, err));
    XB_TRY(opt_int32(root, "", "max_chunk_chars", 1, INT32_MAX, DEFAULT_CHUNK_CHARS, &m.max_chunk_chars, err));
    XB_TRY(opt_int32(root, "", "trim_trailing_samples", 0, INT32_MAX, 0, &m.trim_trailing_samples, err));
    if (m.kind == XB_PACK_VISION_LANGUAGE && !m.vision_encoder)
        return xb_json_fail(NULL, "", "vision_encoder", "an object with the encoder's \"file\", which VisionLanguage needs",
                            err);
    *out = m;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- merge patch ------------------------------------------ */

/* RFC 7396, section 2: objects are merged member by member, null removes, all else replaces. Recursion is as deep as the
 * documents, which the parser bounds. */
static void write_merged(xb_json_writer *w, const xb_json *base, const xb_json *patch) {
    if (!xb_json_is(patch, XB_JSON_OBJECT)) {
        xb_json_put_value(w, patch);
        return;
    }
    xb_json_begin_object(w);
    if (xb_json_is(base, XB_JSON_OBJECT)) {
        for (xb_json_iter it = xb_json_items(base); xb_json_next(&it);) {
            const xb_json *over = xb_json_get(patch, it.key);
            if (xb_json_is(over, XB_JSON_NULL)) continue;
            xb_json_keyn(w, it.key, it.key_size);
            if (over) write_merged(w, it.value, over);
            else xb_json_put_value(w, it.value);
        }
    }
    for (xb_json_iter it = xb_json_items(patch); xb_json_next(&it);) {
        if (xb_json_is(it.value, XB_JSON_NULL) || xb_json_get(base, it.key)) continue;
        xb_json_keyn(w, it.key, it.key_size);
        write_merged(w, NULL, it.value);
    }
    xb_json_end(w);
}

xybrid_status xb_pack_merge(const xb_json *base, const xb_json *patch, xb_str *out, xybrid_error *err) {
    xb_json_writer w;
    xb_json_writer_init(&w, out, XB_JSON_COMPACT);
    write_merged(&w, base, patch);
    return xb_json_writer_status(&w, err);
}
