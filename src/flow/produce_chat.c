/* flow/produce_chat.c - a language model: TEXT, REASONING, TOOL_CALL, ..., DONE with the whole answer.
 *
 *     feed(Text, or a List of turns) -> chat/answering.c -> next: piece after piece -> DONE
 *
 * A session of the caller's is a conversation (flow/conversation.c); one of the model's own forgets all at the end of the request.
 * The result is a Text whose metadata hold the reasoning, the tool calls, and the figures of docs/language.md. */
#include <string.h>

#include "base/error.h"
#include "chat/answering.h"
#include "flow/conversation.h"
#include "flow/flow_int.h"

typedef struct chatting {
    xybrid_session    *session;
    xb_chat           *chat;
    xybrid_run_options options; /* strings owned, until the first input */
    xb_arena           arena;
    xb_answering      *answering; /* NULL before the input */
    xb_str             name, id;  /* of a call */
    int                is_stopped;
} chatting;

static int chat_fits(const xybrid_model *m) {
    return m->meta->kind == XB_PACK_GGUF && !(m->opened > 0 && m->stages[0].embedder.context);
}

static xybrid_status chat_prepare(xybrid_model *m, void **shared, xybrid_error *err) {
    const xb_pack_options *o = &m->meta->options;
    const xb_pack_file    *file;
    xb_chat_source         source = { .generation = &o->generation, .context_tokens = o->context_length };
    xb_chat_model         *cm;
    if (o->chat_template) {
        XB_TRY(xb_pack_file_open(m->pack, o->chat_template, "chat template", &file, err));
        source.chat_template = file->bytes;
        source.template_bytes = (size_t)file->size_bytes;
    }
    XB_TRY(xb_chat_model_open(&m->env->root->mem, m->stages[0].model, &source, &cm, err));
    *shared = cm;
    return XYBRID_OK;
}

static void chat_dismiss(xybrid_model *m, void *shared) {
    (void)m;
    xb_chat_model_close(shared);
}

static void chat_describe(const xybrid_model *m, xb_json_writer *w) { xb_chat_model_describe(m->shared, w); }

/* ---- a request ---- */

static void chat_close(void *producer) {
    chatting *p = producer;
    xb_answering_close(p->answering);
    if (p->session->is_pooled && p->chat) { /* the cache stays: the next request may begin with the same words */
        xb_history_keep(&p->chat->history, 0);
        xb_free(p->chat->mem, p->chat->history.system);
        p->chat->history.system = NULL;
    }
    xb_str_free(&p->name);
    xb_str_free(&p->id);
    xb_arena_free(&p->arena);
    xb_free(p->session->mem, p);
}

static xybrid_status keep(xb_arena *arena, const char **text, xybrid_error *err) {
    if (!*text) return XYBRID_OK;
    *text = xb_arena_strndup(arena, *text, strlen(*text), err);
    return *text ? XYBRID_OK : err->code;
}

/* What the options point to is the caller's only during the call that starts the request. */
static xybrid_status keep_options(chatting *p, const xybrid_run_options *options, xybrid_error *err) {
    xybrid_run_options *o = &p->options;
    *o = *options;
    XB_TRY(keep(&p->arena, &o->params, err));
    XB_TRY(keep(&p->arena, &o->schema, err));
    XB_TRY(keep(&p->arena, &o->grammar, err));
    XB_TRY(keep(&p->arena, &o->tools, err));
    if (!o->stop || o->stop_count < 1) return XYBRID_OK;
    const char **stops = xb_arena_array(&p->arena, (size_t)o->stop_count, sizeof *stops, err);
    if (!stops) return err->code;
    for (int32_t i = 0; i < o->stop_count; i++) {
        stops[i] = o->stop[i] ? o->stop[i] : "";
        XB_TRY(keep(&p->arena, &stops[i], err));
    }
    o->stop = stops;
    return XYBRID_OK;
}

static xybrid_status chat_open(xybrid_session *s, const xybrid_run_options *options, int is_live, void **out, xybrid_error *err) {
    if (is_live)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "in", "a language model answers one request at a time: start it with an input");
    chatting *p = xb_calloc(s->mem, 1, sizeof *p, err);
    if (!p) return err->code;
    p->session = s;
    p->chat = s->memory;
    xb_arena_init(&p->arena, s->mem, 0);
    xb_str_init(&p->name, s->mem, XB_MAX_NAME);
    xb_str_init(&p->id, s->mem, XB_MAX_NAME);
    xybrid_status st = keep_options(p, options, err);
    if (st) chat_close(p);
    else *out = p;
    return st;
}

static const char *metadata_of(const void *ctx, const char *key) { return xb_envelope_get(ctx, key); }

static xybrid_status chat_feed(void *producer, xybrid_envelope *in, xybrid_error *err) {
    chatting        *p = producer;
    xb_chat_settings settings;
    const char      *system = xb_envelope_get(in, "system_prompt");
    XB_TRY(xb_chat_settings_read(p->session->mem, p->chat->model, &p->options, metadata_of, in, &settings, err));
    XB_TRY(xb_answering_open(p->chat, &settings, p->session->request, &p->answering, err));
    if (system) XB_TRY(xb_history_set_system(&p->chat->history, system, err));
    if (p->is_stopped) xb_answering_stop(p->answering);
    return xb_turns_from_envelope(xb_answering_turns(p->answering), in, "user", err);
}

static xybrid_status chat_stop(void *producer, xybrid_error *err) {
    chatting *p = producer;
    (void)err;
    p->is_stopped = 1;
    if (p->answering) xb_answering_stop(p->answering);
    return XYBRID_OK;
}

/* ---- the result ---- */

static void put(xybrid_envelope *e, const char *key, xybrid_error *err, const char *fmt, double value) {
    char text[48];
    xb_format(text, sizeof text, fmt, value);
    if (err->code == XYBRID_OK) xb_envelope_set(e, key, text, err);
}

/* Tokens in a second; 0 for no time. */
static double rate(int32_t tokens, int64_t ns) { return ns > 0 ? tokens / ((double)ns * 1e-9) : 0; }

static void put_figures(xybrid_envelope *e, const xb_answer_result *r, xybrid_error *err) {
    put(e, "tokens_in", err, "%.0f", r->prompt_tokens);
    put(e, "tokens_cached", err, "%.0f", r->cached_tokens);
    put(e, "tokens_out", err, "%.0f", r->answer_tokens);
    put(e, "tokens_generated", err, "%.0f", r->answer_tokens);
    put(e, "turns_dropped", err, "%.0f", r->dropped_turns);
    put(e, "seed", err, "%.0f", (double)r->seed);
    put(e, "ttft_ms", err, "%.2f", (double)r->first_ns * 1e-6);
    put(e, "prefill_tps", err, "%.2f", rate(r->prompt_tokens - r->cached_tokens, r->prompt_ns));
    put(e, "decode_tps", err, "%.2f", rate(r->answer_tokens - 1, r->answer_ns));
    put(e, "tokens_per_second", err, "%.2f", rate(r->answer_tokens, r->first_ns + r->answer_ns));
    put(e, "generation_time_ms", err, "%.2f", (double)(r->first_ns + r->answer_ns) * 1e-6);
    put(e, "mean_itl_ms", err, "%.2f", (double)r->mean_gap_ns * 1e-6);
    put(e, "p95_itl_ms", err, "%.2f", (double)r->p95_gap_ns * 1e-6);
}

static const char *const ends[] = { "", "stop", "length", "tool_calls", "interrupted" };

static xybrid_status make_result(const chatting *p, xybrid_envelope **out, xybrid_error *err) {
    const xb_answer_result *r = xb_answering_result(p->answering);
    xybrid_envelope        *e;
    XB_TRY(xb_envelope_new_text(p->session->model->env->root, p->session->mem, r->text, (int64_t)strlen(r->text), &e, err));
    err->code = XYBRID_OK;
    xb_envelope_set(e, "xybrid.role", "assistant", err);
    if (err->code == XYBRID_OK) xb_envelope_set(e, "finish_reason", ends[r->end], err);
    if (err->code == XYBRID_OK && *r->reasoning) xb_envelope_set(e, "reasoning_content", r->reasoning, err);
    if (err->code == XYBRID_OK && r->tool_calls) xb_envelope_set(e, "tool_calls", r->tool_calls, err);
    put_figures(e, r, err);
    if (err->code) xb_envelope_drop(e);
    else *out = e;
    return err->code;
}

static xybrid_status give_call(chatting *p, const xb_said *said, xb_produced *out, xybrid_error *err) {
    xb_str_clear(&p->name);
    xb_str_add(&p->name, said->name);
    xb_str_clear(&p->id);
    xb_str_add(&p->id, said->id);
    XB_TRY(xb_str_status(&p->name, err));
    XB_TRY(xb_str_status(&p->id, err));
    out->kind = XYBRID_EVENT_TOOL_CALL;
    out->name = p->name.data;
    out->id = p->id.data;
    return XYBRID_OK;
}

static xybrid_status chat_next(void *producer, xb_produced *out, xybrid_error *err) {
    static const xybrid_finish finishes[] = { 0, XYBRID_FINISH_STOP, XYBRID_FINISH_LENGTH, XYBRID_FINISH_TOOL_CALLS,
                                              XYBRID_FINISH_INTERRUPTED };
    chatting *p = producer;
    xb_said   said;
    if (!p->answering) return XYBRID_OK; /* wants its input */
    XB_TRY(xb_answering_next(p->answering, &said, err));
    switch (said.kind) {
    case XB_SAID_TEXT: out->kind = XYBRID_EVENT_TEXT; break;
    case XB_SAID_REASONING: out->kind = XYBRID_EVENT_REASONING; break;
    case XB_SAID_CALL: XB_TRY(give_call(p, &said, out, err)); break;
    case XB_SAID_END:
        out->kind = XYBRID_EVENT_DONE;
        out->finish = finishes[xb_answering_result(p->answering)->end];
        return make_result(p, &out->data, err);
    }
    return xb_envelope_new_text(p->session->model->env->root, p->session->mem, said.text, (int64_t)said.size, &out->data, err);
}

const xb_producer_row xb_producer_chat = { .name = "chat",
                                           .takes = XB_TAKES_PARAMS | XB_TAKES_LANGUAGE_MODEL | XB_TAKES_STOP,
                                           .fits = chat_fits,
                                           .prepare = chat_prepare,
                                           .dismiss = chat_dismiss,
                                           .describe = chat_describe,
                                           .remember = xb_conversation_remember,
                                           .forget = xb_conversation_forget,
                                           .warm = xb_conversation_warm,
                                           .open = chat_open,
                                           .feed = chat_feed,
                                           .next = chat_next,
                                           .stop = chat_stop,
                                           .close = chat_close };
