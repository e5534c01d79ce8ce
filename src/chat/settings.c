/* chat/settings.c - see settings.h. */
#include "chat/settings.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/words.h"
#include "plat/clock.h"

typedef struct reader {
    xb_mem                   *mem;
    const xb_chat_model      *cm;
    const xybrid_run_options *options;
    xb_metadata_fn            metadata;
    const void               *ctx;
    const xb_json            *params; /* an object, or NULL */
    xb_chat_settings         *out;
} reader;

/* ---- numbers ---- */

/* A number that somebody may give: a run option, the input's metadata, `params`, the pack. */
typedef struct number {
    const char *name;   /* of the option, the metadata and the member of params */
    double      option; /* XYBRID_AUTO = not given; for numbers that have no run option, too */
    double      pack;   /* -1 = not given */
    double      fallback;
    double      min, max;
    int         is_whole;
} number;

static xybrid_status fail_range(const number *n, const char *where, double found, xybrid_error *err) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, n->name, "%s%s is %g, wanted %s%g to %g", where, n->name, found,
                   n->is_whole ? "a whole number, " : "", n->min, n->max);
}

static xybrid_status read_number(const reader *r, const number *n, double *out, xybrid_error *err) {
    const char    *text = r->metadata ? r->metadata(r->ctx, n->name) : NULL;
    const xb_json *member = xb_json_get(r->params, n->name);
    const char    *where = "options.";
    double         value = n->option;
    if (value == (double)XYBRID_AUTO && member) {
        where = "options.params.";
        if (!xb_json_double(member, &value)) return xb_json_fail(member, "options.params", n->name, "a number", err);
    } else if (value == (double)XYBRID_AUTO && text) {
        where = "the metadata ";
        if (!xb_json_text_double(r->mem, text, &value))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, n->name, "the metadata \"%s\" is \"%.40s\", wanted a number", n->name,
                           text);
    } else if (value == (double)XYBRID_AUTO) value = n->pack >= 0 ? n->pack : n->fallback;
    if (!(value >= n->min && value <= n->max) || (n->is_whole && value != floor(value)))
        return fail_range(n, where, value, err);
    *out = value;
    return XYBRID_OK;
}

static xybrid_status read_sampling(const reader *r, xybrid_error *err) {
    const xybrid_run_options *o = r->options;
    const xb_pack_generation *g = &r->cm->generation;
    xb_sampler_options       *s = &r->out->sampling;
    const double              none = XYBRID_AUTO;
    const number              numbers[] = {
        { "max_tokens", o->max_tokens, g->max_tokens, 2048, 1, XB_MAX_CONTEXT_TOKENS, 1 },
        { "top_k", o->top_k, g->top_k, 40, 0, XB_MAX_VOCABULARY, 1 },
        { "temperature", (double)o->temperature, g->temperature, 0.7, 0, 1000, 0 },
        { "top_p", (double)o->top_p, g->top_p, 0.9, 0, 1, 0 },
        { "min_p", (double)o->min_p, -1, 0.05, 0, 1, 0 },
        { "repeat_penalty", (double)o->repeat_penalty, g->repetition_penalty, 1, 0.01, 100, 0 },
        { "typical_p", none, -1, 1, 0, 1, 0 },
        { "frequency_penalty", none, -1, 0, -100, 100, 0 },
        { "presence_penalty", none, -1, 0, -100, 100, 0 },
        { "repeat_last_n", none, -1, 64, 0, XB_MAX_PENALTY_TOKENS, 1 },
    };
    enum { COUNT = sizeof numbers / sizeof numbers[0] };
    double v[COUNT];
    for (int i = 0; i < COUNT; i++) XB_TRY(read_number(r, &numbers[i], &v[i], err));
    r->out->max_tokens = (int32_t)v[0];
    s->top_k = (int32_t)v[1];
    s->temperature = (float)v[2];
    s->top_p = v[3] > 0 ? (float)v[3] : 1e-6f; /* 0: the likeliest alone */
    s->min_p = (float)v[4];
    s->repetition_penalty = (float)v[5];
    s->typical_p = v[6] > 0 ? (float)v[6] : 1e-6f;
    s->frequency_penalty = (float)v[7];
    s->presence_penalty = (float)v[8];
    s->last_n = (int32_t)v[9];
    return XYBRID_OK;
}

static xybrid_status read_seed(const reader *r, xybrid_error *err) {
    const xb_json *member = xb_json_get(r->params, "seed");
    int64_t        seed = r->options->seed;
    if (seed == XYBRID_AUTO && member) {
        if (!xb_json_int(member, &seed) || seed < 0)
            return xb_json_fail(member, "options.params", "seed", "a whole number of 0 and more", err);
    } else if (seed == XYBRID_AUTO) seed = (xb_clock_ns() ^ xb_wall_ms() << 20) & INT32_MAX;
    else if (seed < 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "seed", "options.seed is %lld, wanted XYBRID_AUTO or 0 and more",
                       (long long)seed);
    r->out->sampling.seed = (uint64_t)seed;
    return XYBRID_OK;
}

static xybrid_status read_bias(const reader *r, xybrid_error *err) {
    const xb_json *map;
    XB_TRY(xb_json_opt_node(r->params, "options.params", "logit_bias", XB_JSON_OBJECT, &map, err));
    int64_t count = xb_json_count(map), at = 0;
    if (count == 0) return XYBRID_OK;
    if (count > XB_MAX_LOGIT_BIAS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "logit_bias", "options.params.logit_bias has %lld members; at most %d",
                       (long long)count, XB_MAX_LOGIT_BIAS);
    xb_logit_bias *bias = xb_arena_array(&r->out->arena, (size_t)count, sizeof *bias, err);
    if (!bias) return err->code;
    for (xb_json_iter it = xb_json_items(map); xb_json_next(&it);) {
        double token, value;
        if (!xb_json_text_double(r->mem, it.key, &token) || token < 0 || token >= r->cm->info.vocabulary ||
            token != floor(token) || !xb_json_double(it.value, &value))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, it.key,
                           "options.params.logit_bias has \"%.40s\", wanted token ids below %d, with numbers", it.key,
                           r->cm->info.vocabulary);
        bias[at++] = (xb_logit_bias){ .token = (int32_t)token, .value = (float)value };
    }
    r->out->sampling.bias = bias;
    r->out->sampling.bias_count = (int32_t)at;
    return XYBRID_OK;
}

/* ---- texts ---- */

static xybrid_status add_stop(const reader *r, const char **list, const char *text, size_t size, xybrid_error *err) {
    if (size == 0) return XYBRID_OK;
    if (r->out->stop_count == XB_MAX_STOPS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stop", "more than %d stop strings", XB_MAX_STOPS);
    const char *copy = xb_arena_strndup(&r->out->arena, text, size, err);
    if (!copy) return err->code;
    list[r->out->stop_count++] = copy;
    return XYBRID_OK;
}

/* The request's stop strings, else the metadata's (commas between), else the pack's. */
static xybrid_status read_stops(const reader *r, xybrid_error *err) {
    const xybrid_run_options *o = r->options;
    const xb_pack_generation *g = &r->cm->generation;
    const char              **list = xb_arena_array(&r->out->arena, XB_MAX_STOPS, sizeof *list, err);
    const char               *text = r->metadata ? r->metadata(r->ctx, "stop_sequences") : NULL;
    if (!list) return err->code;
    r->out->stops = list;
    if (o->stop_count < 0 || (o->stop_count > 0 && !o->stop))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stop", "options.stop_count is %d, options.stop %s", o->stop_count,
                       o->stop ? "is given" : "is NULL");
    for (int32_t i = 0; i < o->stop_count; i++)
        XB_TRY(add_stop(r, list, o->stop[i] ? o->stop[i] : "", o->stop[i] ? strlen(o->stop[i]) : 0, err));
    if (o->stop_count) return XYBRID_OK;
    for (int32_t i = 0; !text && i < g->stop_count; i++)
        XB_TRY(add_stop(r, list, g->stop_sequences[i], strlen(g->stop_sequences[i]), err));
    while (text && *text) {
        size_t size = strcspn(text, ",");
        XB_TRY(add_stop(r, list, text, size, err));
        text += size + (text[size] == ',');
    }
    return XYBRID_OK;
}

static xybrid_status keep(const reader *r, const char *text, const char **out, xybrid_error *err) {
    if (!text) return XYBRID_OK;
    *out = xb_arena_strndup(&r->out->arena, text, strlen(text), err);
    return *out ? XYBRID_OK : err->code;
}

static xybrid_status read_tools(const reader *r, xybrid_error *err) {
    const char *choice;
    XB_TRY(xb_json_opt_string(r->params, "options.params", "tool_choice", "auto", &choice, err));
    int is_none = strcmp(choice, "none") == 0;
    r->out->must_call = strcmp(choice, "required") == 0;
    if (!is_none && !r->out->must_call && strcmp(choice, "auto") != 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tool_choice",
                       "options.params.tool_choice is \"%.40s\", wanted auto, none or required", choice);
    if (r->out->must_call && !r->options->tools)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tool_choice",
                       "options.params.tool_choice is \"required\", and no tools are given");
    if (!r->options->tools || is_none) return XYBRID_OK;
    XB_TRY(xb_tools_check(r->mem, r->options->tools, strlen(r->options->tools), err));
    return keep(r, r->options->tools, &r->out->tools, err);
}

static xybrid_status read_form(const reader *r, xybrid_error *err) {
    const xybrid_run_options *o = r->options;
    if (o->schema && o->grammar)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "grammar",
                       "options.schema and options.grammar are both given; one of them decides");
    XB_TRY(keep(r, o->schema, &r->out->schema, err));
    XB_TRY(keep(r, o->grammar, &r->out->grammar, err));
    return xb_json_opt_bool(r->params, "options.params", "json", 0, &r->out->wants_json, err);
}

/* ---- all of it ---- */

static xybrid_status check_params(const xb_json *params, xybrid_error *err) {
    static const char known[] = "max_tokens\0top_k\0temperature\0top_p\0min_p\0repeat_penalty\0typical_p\0frequency_penalty\0"
                                "presence_penalty\0repeat_last_n\0logit_bias\0seed\0template\0json\0tool_choice\0";
    if (!xb_json_is(params, XB_JSON_OBJECT))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "params", "options.params is no JSON object");
    for (xb_json_iter it = xb_json_items(params); xb_json_next(&it);)
        if (xb_word_find(known, it.key, it.key_size) < 0)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, it.key,
                           "options.params has \"%.60s\", which a language model does not know; see docs/language.md", it.key);
    return XYBRID_OK;
}

static xybrid_status read_all(reader *r, xybrid_error *err) {
    const char *params = r->options->params;
    if (params) {
        XB_TRY(xb_json_parse(r->mem, params, (int64_t)strlen(params), XB_MAX_PACK_JSON_BYTES, &r->out->params, err));
        r->params = xb_json_root(r->out->params);
        XB_TRY(check_params(r->params, err));
    }
    XB_TRY(read_sampling(r, err));
    XB_TRY(read_seed(r, err));
    XB_TRY(read_bias(r, err));
    XB_TRY(read_stops(r, err));
    XB_TRY(read_form(r, err));
    XB_TRY(read_tools(r, err));
    return xb_json_opt_node(r->params, "options.params", "template", XB_JSON_OBJECT, &r->out->variables, err);
}

xybrid_status xb_chat_settings_read(xb_mem *mem, const xb_chat_model *cm, const xybrid_run_options *options,
                                    xb_metadata_fn metadata, const void *ctx, xb_chat_settings *out, xybrid_error *err) {
    *out = (xb_chat_settings){ 0 };
    xb_arena_init(&out->arena, mem, 0);
    xb_sampler_options_init(&out->sampling);
    reader        r = { mem, cm, options, metadata, ctx, NULL, out };
    xybrid_status st = read_all(&r, err);
    if (st) xb_chat_settings_free(out);
    return st;
}

void xb_chat_settings_free(xb_chat_settings *s) {
    xb_json_free(s->params);
    xb_arena_free(&s->arena);
    *s = (xb_chat_settings){ 0 };
}
