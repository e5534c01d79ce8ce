/* chat/chat_model.c - see chat_model.h. */
#include "chat/chat_model.h"

#include <string.h>

#include "base/error.h"
#include "plat/clock.h"

enum { USUAL_CONTEXT = 4096 };

/* ---- opening ---- */

/* A token's text, "" if there is none. */
static xybrid_status token_text(const xb_chat_model *cm, int32_t token, char **out, xybrid_error *err) {
    const char *bytes = "";
    int32_t     size = 0, flags;
    if (token >= 0) XB_TRY(xb_tokens_piece(cm->engine, token, &bytes, &size, &flags, err));
    *out = xb_strndup(cm->mem, bytes, (size_t)size, err);
    return *out ? XYBRID_OK : err->code;
}

static xybrid_status open_template(xb_chat_model *cm, const xb_chat_source *source, xybrid_error *err) {
    const char *text = source->chat_template ? source->chat_template : cm->info.chat_template;
    size_t      size = source->chat_template ? source->template_bytes : text ? strlen(text) : 0;
    cm->dialect = xb_tool_dialect_detect(text ? text : "", size);
    if (size == 0) return XYBRID_OK;
    if (xb_template_compile(cm->mem, text, size, &cm->chat_template, err))
        return xb_wrap(err, XYBRID_UNSUPPORTED_MODEL, -1, "chat_template", "chat template: ");
    return XYBRID_OK;
}

static xybrid_status open_parts(xb_chat_model *cm, const xb_chat_source *source, xybrid_error *err) {
    XB_TRY(xb_tokens_info(cm->engine, &cm->info, err));
    int32_t most = source->context_tokens > 0 ? source->context_tokens : USUAL_CONTEXT;
    if (most > USUAL_CONTEXT) most = USUAL_CONTEXT;
    cm->context_tokens = cm->info.context_tokens < most ? cm->info.context_tokens : most;
    XB_TRY(token_text(cm, cm->info.bos, &cm->bos, err));
    XB_TRY(token_text(cm, cm->info.eos, &cm->eos, err));
    return open_template(cm, source, err);
}

xybrid_status xb_chat_model_open(xb_mem *mem, const xb_engine_model *engine, const xb_chat_source *source, xb_chat_model **out,
                                 xybrid_error *err) {
    xb_chat_model *cm = xb_calloc(mem, 1, sizeof *cm, err);
    if (!cm) return err->code;
    cm->mem = mem;
    cm->engine = engine;
    cm->generation = source->generation
                         ? *source->generation
                         : (xb_pack_generation){
                               .max_tokens = -1, .top_k = -1, .temperature = -1, .top_p = -1, .repetition_penalty = -1
                           };
    xb_mutex_init(&cm->mutex);
    xybrid_status st = open_parts(cm, source, err);
    if (st) xb_chat_model_close(cm);
    else *out = cm;
    return st;
}

void xb_chat_model_close(xb_chat_model *cm) {
    if (!cm) return;
    xb_grammar_vocabulary_free(cm->vocabulary);
    xb_template_free(cm->chat_template);
    xb_free(cm->mem, cm->bos);
    xb_free(cm->mem, cm->eos);
    xb_mutex_free(&cm->mutex);
    xb_free(cm->mem, cm);
}

/* ---- prompts ---- */

static void put_text(xb_json_writer *w, const char *key, const char *text) {
    xb_json_key(w, key);
    xb_json_put_string(w, text);
}

/* What the template reads, as transformers gives it. */
static void write_variables(const xb_chat_model *cm, const xb_history *h, size_t first, xb_history_form form,
                            const xb_prompt_parts *parts, xb_json_writer *w) {
    xb_json_begin_object(w);
    for (xb_json_iter it = xb_json_items(parts->variables); xb_json_next(&it);) {
        xb_json_keyn(w, it.key, it.key_size);
        xb_json_put_value(w, it.value);
    }
    xb_json_key(w, "messages");
    xb_history_write(h, first, form, w);
    xb_json_key(w, "add_generation_prompt"), xb_json_put_bool(w, 1);
    put_text(w, "bos_token", cm->bos);
    put_text(w, "eos_token", cm->eos);
    xb_json_key(w, "tools");
    if (parts->tools) xb_json_put_raw(w, parts->tools, strlen(parts->tools));
    else xb_json_put_null(w);
    xb_json_end(w);
}

static xybrid_status render(const xb_chat_model *cm, const xb_history *h, size_t first, xb_history_form form,
                            const xb_prompt_parts *parts, xb_str *out, xybrid_error *err) {
    const xb_template_clock clock = { .now_unix = xb_wall_ms() / 1000 };
    xb_json_doc            *doc = NULL;
    xb_str                  variables;
    xb_json_writer          w;
    xb_str_init(&variables, cm->mem, XB_MAX_JSON_BYTES);
    xb_json_writer_init(&w, &variables, XB_JSON_COMPACT);
    write_variables(cm, h, first, form, parts, &w);
    xybrid_status st = xb_json_writer_status(&w, err);
    if (st == XYBRID_OK) st = xb_json_parse(cm->mem, variables.data, (int64_t)variables.size, XB_MAX_JSON_BYTES, &doc, err);
    if (st == XYBRID_OK && xb_template_render(cm->chat_template, xb_json_root(doc), &clock, out, err))
        st = xb_wrap(err, XYBRID_PREPROCESSING_FAILED, -1, "chat_template", "chat template: ");
    xb_json_free(doc);
    xb_str_free(&variables);
    return st;
}

static int has_calls(const xb_history *h, size_t first) {
    while (first < h->count && !h->turns[first].tool_calls) first++;
    return first < h->count;
}

xybrid_status xb_chat_model_prompt(const xb_chat_model *cm, const xb_history *h, size_t first, const xb_prompt_parts *parts,
                                   xb_str *out, xybrid_error *err) {
    if (parts->tools && !(cm->chat_template && xb_template_mentions(cm->chat_template, "tools")))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tools",
                       "options.tools: this model's chat template knows no tools; use a model that was made for them");
    if (!cm->chat_template) { /* it writes on where the text ends */
        if (h->system) xb_str_add(out, h->system);
        for (size_t i = first; i < h->count; i++) xb_str_add(out, h->turns[i].content);
        return xb_str_status(out, err);
    }
    xybrid_error  other;
    xybrid_status st = render(cm, h, first, XB_HISTORY_TEMPLATE, parts, out, err);
    if (st == XYBRID_PREPROCESSING_FAILED && has_calls(h, first) && !render(cm, h, first, XB_HISTORY_TEXT, parts, out, &other))
        st = XYBRID_OK;
    return st;
}

/* ---- grammars ---- */

static xybrid_status piece_of(void *ctx, int32_t token, const char **bytes, size_t *size, int *flags, xybrid_error *err) {
    int32_t length = 0, kind = 0;
    XB_TRY(xb_tokens_piece(ctx, token, bytes, &length, &kind, err));
    *size = (size_t)length;
    *flags = kind & XYBRID_PIECE_END ? XB_PIECE_END : kind & XYBRID_PIECE_CONTROL ? XB_PIECE_NEVER : 0;
    return XYBRID_OK;
}

xybrid_status xb_chat_model_vocabulary(xb_chat_model *cm, const xb_grammar_vocabulary **out, xybrid_error *err) {
    const xb_grammar_pieces pieces = { .count = cm->info.vocabulary, .ctx = (void *)cm->engine, .get = piece_of };
    xybrid_status           st = XYBRID_OK;
    xb_mutex_lock(&cm->mutex);
    if (!cm->vocabulary) st = xb_grammar_vocabulary_open(cm->mem, &pieces, &cm->vocabulary, err);
    *out = cm->vocabulary;
    xb_mutex_unlock(&cm->mutex);
    return st;
}

void xb_chat_model_describe(const xb_chat_model *cm, xb_json_writer *w) {
    xb_json_key(w, "context_tokens"), xb_json_put_int(w, cm->info.context_tokens);
    xb_json_key(w, "vocabulary"), xb_json_put_int(w, cm->info.vocabulary);
    xb_json_key(w, "chat"), xb_json_put_bool(w, cm->chat_template != NULL);
    xb_json_key(w, "tools"), xb_json_put_bool(w, cm->chat_template && xb_template_mentions(cm->chat_template, "tools"));
}
