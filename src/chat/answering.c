/* chat/answering.c - see answering.h. */
#include "chat/answering.h"

#include <string.h>

#include "base/error.h"
#include "chat/schema.h"
#include "plat/clock.h"

enum { GAPS = 4096 }; /* of the time between tokens, the last ones */

struct xb_answering {
    xb_chat             *chat;
    xb_mem              *mem;
    const xybrid_cancel *cancel;
    xb_chat_settings     settings;
    size_t               turns_before; /* of the conversation, which it goes back to */
    char                *old_system;   /* what the system prompt was, if has_old_system */
    int                  is_begun, is_answered, is_done, is_stopped;
    xb_answer_end        due; /* how it ends, once its events are fetched; 0 = it goes on */

    xb_sampler       *sampler;
    xb_grammar       *grammar;
    xb_grammar_state *grammar_state; /* NULL = free text */
    uint32_t         *allowed;       /* bits of the vocabulary */
    const char       *prefix;        /* how a call that must be made begins; "" */
    xb_answer        *pipeline;      /* pieces to events */
    int32_t           token;         /* chosen, not decoded yet; -1 = none */
    const char       *piece;         /* its bytes, the model's */
    int32_t           piece_size;

    xb_str           text, reasoning, calls; /* of the answer so far */
    size_t           call_count;
    xb_answer_result result;
    int64_t          begun_ns, last_ns;
    uint32_t         gaps_us[GAPS];
};

/* ---- opening ---- */

xybrid_status xb_answering_open(xb_chat *chat, xb_chat_settings *settings, const xybrid_cancel *cancel, xb_answering **out,
                                xybrid_error *err) {
    xb_answering *a = xb_calloc(chat->mem, 1, sizeof *a, err);
    if (!a) {
        xb_chat_settings_free(settings);
        return err->code;
    }
    a->chat = chat;
    a->mem = chat->mem;
    a->cancel = cancel;
    a->settings = *settings;
    *settings = (xb_chat_settings){ 0 };
    a->turns_before = chat->history.count;
    a->token = -1;
    a->prefix = "";
    xb_str_init(&a->text, a->mem, XB_MAX_TEXT_BYTES);
    xb_str_init(&a->reasoning, a->mem, XB_MAX_TEXT_BYTES);
    xb_str_init(&a->calls, a->mem, XB_MAX_TEXT_BYTES);
    if (chat->history.system && !(a->old_system = xb_strdup(a->mem, chat->history.system, err))) {
        xb_answering_close(a);
        return err->code;
    }
    *out = a;
    return XYBRID_OK;
}

/* The conversation as it was. */
static void undo(xb_answering *a) {
    xb_history_keep(&a->chat->history, a->turns_before);
    xb_free(a->mem, a->chat->history.system);
    a->chat->history.system = a->old_system;
    a->old_system = NULL;
}

void xb_answering_close(xb_answering *a) {
    if (!a) return;
    if (!a->is_done) undo(a);
    xb_free(a->mem, a->old_system);
    xb_answer_close(a->pipeline);
    xb_sampler_close(a->sampler);
    xb_grammar_state_free(a->grammar_state);
    xb_grammar_free(a->grammar);
    xb_free(a->mem, a->allowed);
    xb_str_free(&a->text);
    xb_str_free(&a->reasoning);
    xb_str_free(&a->calls);
    xb_chat_settings_free(&a->settings);
    xb_free(a->mem, a);
}

xb_history *xb_answering_turns(xb_answering *a) { return &a->chat->history; }

/* ---- the prompt ---- */

typedef struct prompt {
    xb_str        text;
    xb_token_list ids;
    size_t        first; /* turn */
} prompt;

static xybrid_status make_prompt(xb_answering *a, prompt *p, xybrid_error *err) {
    const xb_prompt_parts parts = { .tools = a->settings.tools, .variables = a->settings.variables };
    xb_str_clear(&p->text);
    p->ids.count = 0;
    XB_TRY(xb_chat_model_prompt(a->chat->model, &a->chat->history, p->first, &parts, &p->text, err));
    xb_str_add(&p->text, a->prefix);
    XB_TRY(xb_str_status(&p->text, err));
    return xb_timeline_tokenize(&a->chat->timeline, p->text.data, p->text.size, &p->ids, err);
}

/* Turns beyond what the session wants to remember. */
static size_t first_by_turns(const xb_chat *chat) {
    const xb_history *h = &chat->history;
    size_t            questions = 0, first = 0;
    for (size_t i = 0; i < h->count; i++) questions += strcmp(h->turns[i].role, "user") == 0;
    for (; chat->max_turns != XYBRID_AUTO && questions > (size_t)chat->max_turns; questions--) {
        size_t n = xb_history_oldest(h, first);
        if (n == 0) break;
        first += n;
    }
    return first;
}

/* A prompt with room for an answer. When turns have to go, as many go as leave half of the context: each time they do the whole
 * prompt is computed anew, and that should be rare. */
static xybrid_status fit_prompt(xb_answering *a, prompt *p, xybrid_error *err) {
    size_t context = (size_t)a->chat->context_tokens, room = context / 4, most;
    if (room > (size_t)a->settings.max_tokens) room = (size_t)a->settings.max_tokens;
    most = context - room;
    p->first = first_by_turns(a->chat);
    for (;;) {
        XB_TRY(make_prompt(a, p, err));
        if (p->ids.count == 0) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the prompt is empty; a text is wanted");
        if (p->ids.count <= most) return XYBRID_OK;
        size_t n = xb_history_oldest(&a->chat->history, p->first);
        if (n == 0 && p->ids.count < context) return XYBRID_OK; /* the last question alone: what is left is for the answer */
        if (n == 0)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                           "the prompt has %lld tokens, the context holds %lld; shorten it, or open the session with more "
                           "context_tokens",
                           (long long)p->ids.count, (long long)context);
        p->first += n;
        most = context / 2;
    }
}

/* ---- what an answer needs ---- */

/* A call that must be made is begun for the model, and what follows can only be a call of one of the tools. */
static xybrid_status compile_call(xb_answering *a, xybrid_error *err) {
    const char *tools = a->settings.tools, *suffix;
    xb_str      schema;
    xb_str_init(&schema, a->mem, XB_MAX_JSON_BYTES);
    xybrid_status st = xb_tools_schema(a->mem, a->chat->model->dialect, tools, strlen(tools), &schema, &a->prefix, &suffix,
                                       err);
    if (st == XYBRID_OK) st = xb_schema_grammar(a->mem, schema.data, schema.size, &a->grammar, err);
    xb_str_free(&schema);
    return st;
}

static xybrid_status open_grammar(xb_answering *a, xybrid_error *err) {
    const xb_chat_settings      *s = &a->settings;
    const xb_grammar_vocabulary *vocabulary;
    if (s->schema) XB_TRY(xb_schema_grammar(a->mem, s->schema, strlen(s->schema), &a->grammar, err));
    else if (s->grammar) XB_TRY(xb_grammar_compile(a->mem, s->grammar, strlen(s->grammar), &a->grammar, err));
    else if (s->wants_json) XB_TRY(xb_json_object_grammar(a->mem, &a->grammar, err));
    else if (s->must_call) XB_TRY(compile_call(a, err));
    else return XYBRID_OK;
    XB_TRY(xb_chat_model_vocabulary(a->chat->model, &vocabulary, err));
    a->allowed = xb_calloc(a->mem, (size_t)(a->chat->model->info.vocabulary + 31) / 32, sizeof *a->allowed, err);
    if (!a->allowed) return err->code;
    return xb_grammar_state_open(a->mem, a->grammar, vocabulary, &a->grammar_state, err);
}

static xybrid_status open_parts(xb_answering *a, const prompt *p, xybrid_error *err) {
    const xb_chat_model *cm = a->chat->model;
    XB_TRY(xb_sampler_open(a->mem, cm->info.vocabulary, &a->settings.sampling, &a->sampler, err));
    for (size_t i = 0; i < p->ids.count; i++) xb_sampler_accept(a->sampler, p->ids.ids[i]);
    const int               is_read = a->settings.tools || xb_tool_dialect_marks_text(cm->dialect);
    const xb_answer_options options = { .stops = a->settings.stops,
                                        .stop_count = a->settings.stop_count,
                                        .dialect = is_read ? cm->dialect : XB_TOOLS_NONE,
                                        .keeps_reasoning = a->grammar != NULL, /* the form is that of all of it */
                                        .prompt = p->text.data,
                                        .prompt_bytes = p->text.size };
    XB_TRY(xb_answer_open(a->mem, &options, &a->pipeline, err));
    return *a->prefix ? xb_answer_feed(a->pipeline, a->prefix, strlen(a->prefix), err) : XYBRID_OK;
}

static xybrid_status begin_with(xb_answering *a, prompt *p, xybrid_error *err) {
    int64_t start = xb_clock_ns();
    XB_TRY(xb_chat_ready(a->chat, err));
    XB_TRY(open_grammar(a, err));
    XB_TRY(fit_prompt(a, p, err));
    XB_TRY(open_parts(a, p, err));
    XB_TRY(xb_timeline_continue(&a->chat->timeline, &p->ids, p->text.data, p->text.size, a->cancel, &a->result.cached_tokens,
                                err));
    a->result.prompt_tokens = (int32_t)p->ids.count;
    a->result.dropped_turns = (int32_t)p->first;
    a->result.seed = a->settings.sampling.seed;
    a->result.prompt_ns = xb_clock_ns() - start;
    return XYBRID_OK;
}

static xybrid_status begin(xb_answering *a, xybrid_error *err) {
    prompt p = { .ids = { .mem = a->mem } };
    if (a->chat->history.count == a->turns_before && !a->turns_before)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "nothing was said; a Text is wanted");
    a->begun_ns = xb_clock_ns();
    xb_str_init(&p.text, a->mem, XB_MAX_TEXT_BYTES);
    xybrid_status st = begin_with(a, &p, err);
    xb_token_list_free(&p.ids);
    xb_str_free(&p.text);
    a->is_begun = st == XYBRID_OK;
    return st;
}

/* ---- the end ---- */

/* The 95th of a hundred, by counting down from the largest: there are few beyond it. */
static int64_t p95(uint32_t *values, size_t count) {
    size_t beyond = count / 20;
    for (size_t i = 0; i <= beyond; i++) {
        size_t most = i;
        for (size_t k = i + 1; k < count; k++)
            if (values[k] > values[most]) most = k;
        uint32_t value = values[i];
        values[i] = values[most];
        values[most] = value;
    }
    return count ? (int64_t)values[beyond] * 1000 : 0;
}

static xybrid_status note_turn(xb_answering *a, xybrid_error *err) {
    XB_TRY(xb_str_status(&a->text, err));
    XB_TRY(xb_str_status(&a->reasoning, err));
    if (a->call_count) xb_str_addc(&a->calls, ']');
    XB_TRY(xb_str_status(&a->calls, err));
    a->result.text = a->text.data;
    a->result.reasoning = a->reasoning.data;
    a->result.tool_calls = a->call_count ? a->calls.data : NULL;
    const xb_turn turn = { .role = "assistant",
                           .content = a->text.data,
                           .reasoning = a->reasoning.size ? a->reasoning.data : NULL,
                           .tool_calls = a->result.tool_calls };
    XB_TRY(xb_history_add(&a->chat->history, &turn, err));
    xb_history_drop(&a->chat->history, (size_t)a->result.dropped_turns);
    return XYBRID_OK;
}

static xybrid_status end(xb_answering *a, xybrid_error *err) {
    xb_answer_result *r = &a->result;
    int32_t           gaps = r->answer_tokens > 1 ? r->answer_tokens - 1 : 0;
    XB_TRY(note_turn(a, err));
    if (r->end == XB_END_STOP && a->call_count) r->end = XB_END_CALLS;
    r->mean_gap_ns = gaps ? r->answer_ns / gaps : 0;
    r->p95_gap_ns = p95(a->gaps_us, (size_t)(gaps < GAPS ? gaps : GAPS));
    a->is_done = 1;
    return XYBRID_OK;
}

/* ---- token by token ---- */

/* Plainly first: a token that the grammar allows is then the same draw as among the allowed ones; only when it is refused are all
 * of them looked at. */
static xybrid_status pick(xb_answering *a, const float *logits, int32_t *token, int *is_over, xybrid_error *err) {
    int     is_allowed = 1;
    int32_t count;
    *is_over = 0;
    XB_TRY(xb_sampler_pick(a->sampler, logits, NULL, token, err));
    if (!a->grammar_state) return XYBRID_OK;
    XB_TRY(xb_grammar_allowed(a->grammar_state, *token, &is_allowed, err));
    if (!is_allowed) {
        XB_TRY(xb_grammar_mask(a->grammar_state, a->allowed, &count, err));
        *is_over = count == 0 && xb_grammar_can_end(a->grammar_state); /* a model that has no token to end with */
        if (*is_over) return XYBRID_OK;
        if (count == 0)
            return xb_fail(err, XYBRID_INFERENCE_FAILED, "grammar", "no token of this model goes on as the grammar wants it");
        XB_TRY(xb_sampler_pick(a->sampler, logits, a->allowed, token, err));
    }
    return xb_grammar_accept(a->grammar_state, *token, err);
}

static void note_time(xb_answering *a) {
    int64_t           now = xb_clock_ns();
    xb_answer_result *r = &a->result;
    if (r->answer_tokens == 0) r->first_ns = now - a->begun_ns;
    else {
        a->gaps_us[(r->answer_tokens - 1) % GAPS] = (uint32_t)((now - a->last_ns) / 1000);
        r->answer_ns += now - a->last_ns;
    }
    a->last_ns = now;
}

static xybrid_status finish_answer(xb_answering *a, xybrid_error *err) {
    a->is_answered = 1;
    a->result.end = a->due;
    return xb_answer_finish(a->pipeline, err);
}

static xybrid_status end_with(xb_answering *a, xb_answer_end why) {
    a->due = why;
    return XYBRID_OK;
}

/* The next token, into the pipeline. */
static xybrid_status step(xb_answering *a, xybrid_error *err) {
    xb_timeline *t = &a->chat->timeline;
    int32_t      token, flags;
    int          is_over;
    float       *logits;
    if (a->token >= 0) {
        XB_TRY(xb_timeline_add(t, a->token, a->piece, a->piece_size, a->cancel, err));
        a->token = -1;
    }
    XB_TRY(xb_tokens_logits(a->chat->engine, 0, &logits, err));
    xb_sampler_adjust(a->sampler, logits);
    XB_TRY(pick(a, logits, &token, &is_over, err));
    if (is_over) return end_with(a, XB_END_STOP);
    xb_sampler_accept(a->sampler, token);
    XB_TRY(xb_tokens_piece(a->chat->model->engine, token, &a->piece, &a->piece_size, &flags, err));
    if (flags & XYBRID_PIECE_END) return end_with(a, XB_END_STOP);
    note_time(a);
    a->result.answer_tokens++;
    a->token = token;
    XB_TRY(xb_answer_feed(a->pipeline, a->piece, (size_t)a->piece_size, err));
    if (xb_answer_is_stopped(a->pipeline)) return end_with(a, XB_END_STOP);
    if (a->result.answer_tokens >= a->settings.max_tokens || t->tokens.count + 1 >= (size_t)a->chat->context_tokens)
        return end_with(a, XB_END_LENGTH);
    return XYBRID_OK;
}

static xybrid_status note_call(xb_answering *a, const xb_said *said, xybrid_error *err) {
    xb_json_writer w;
    xb_str_addc(&a->calls, a->call_count++ ? ',' : '[');
    xb_json_writer_init(&w, &a->calls, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "id"), xb_json_put_string(&w, said->id);
    xb_json_key(&w, "type"), xb_json_put_string(&w, "function");
    xb_json_key(&w, "function");
    xb_json_begin_object(&w);
    xb_json_key(&w, "name"), xb_json_put_string(&w, said->name);
    xb_json_key(&w, "arguments"), xb_json_put_raw(&w, said->text, said->size);
    xb_json_end(&w);
    xb_json_end(&w);
    return xb_json_writer_status(&w, err);
}

xybrid_status xb_answering_next(xb_answering *a, xb_said *out, xybrid_error *err) {
    xb_answer_event e;
    if (!a->is_begun) XB_TRY(begin(a, err));
    for (;;) {
        if (xb_answer_next(a->pipeline, &e)) break;
        if (!a->is_answered && !a->due && a->is_stopped) a->due = XB_END_INTERRUPTED;
        if (!a->is_answered && a->due) XB_TRY(finish_answer(a, err));
        else if (!a->is_answered) XB_TRY(step(a, err));
        else {
            if (!a->is_done) XB_TRY(end(a, err));
            *out = (xb_said){ .kind = XB_SAID_END };
            return XYBRID_OK;
        }
    }
    *out = (xb_said){ .text = e.text, .size = e.size, .name = e.name, .id = e.id };
    switch (e.kind) {
    case XB_ANSWER_TEXT:
        out->kind = XB_SAID_TEXT;
        xb_str_addn(&a->text, e.text, e.size);
        break;
    case XB_ANSWER_REASONING:
        out->kind = XB_SAID_REASONING;
        xb_str_addn(&a->reasoning, e.text, e.size);
        break;
    case XB_ANSWER_CALL: out->kind = XB_SAID_CALL; return note_call(a, out, err);
    }
    return XYBRID_OK;
}

void xb_answering_stop(xb_answering *a) { a->is_stopped = 1; }

const xb_answer_result *xb_answering_result(const xb_answering *a) { return &a->result; }
