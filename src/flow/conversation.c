/* flow/conversation.c - see conversation.h. */
#include "flow/conversation.h"

#include <string.h>

#include "base/error.h"
#include "flow/flow_int.h"
#include "plat/file.h"

/* ---- turns and envelopes ---- */

static int is_role(const char *role) {
    static const char *const roles[] = { "user", "assistant", "tool", "system" };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(roles[i], role) == 0) return 1;
    return 0;
}

static xybrid_status add_turn(xb_history *h, const xybrid_envelope *e, const char *fallback, xybrid_error *err) {
    const char *role = xb_envelope_get(e, "xybrid.role");
    xb_turn     turn = { .role = role ? role : fallback, .content = xb_envelope_text(e) };
    if (e->view.kind != XYBRID_TEXT || !turn.content)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the input is %s; Text, or a List of Texts, is wanted here",
                       xb_envelope_kind_name(e->view.kind));
    if (!is_role(turn.role))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "xybrid.role",
                       "the metadata \"xybrid.role\" is \"%.40s\", wanted user, assistant, tool or system", turn.role);
    if (strcmp(turn.role, "system") == 0 && h->count == 0) return xb_history_set_system(h, turn.content, err);
    turn.reasoning = xb_envelope_get(e, "reasoning_content");
    turn.tool_calls = xb_envelope_get(e, "tool_calls");
    turn.call_id = xb_envelope_get(e, "tool_call_id");
    turn.name = xb_envelope_get(e, "name");
    if (!turn.tool_calls) return xb_history_add(h, &turn, err);
    xb_json_doc *doc; /* it goes into a prompt: what is no JSON is told now */
    XB_TRY(xb_json_parse(h->mem, turn.tool_calls, (int64_t)strlen(turn.tool_calls), XB_MAX_JSON_BYTES, &doc, err));
    int is_array = xb_json_is(xb_json_root(doc), XB_JSON_ARRAY);
    xb_json_free(doc);
    if (!is_array) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tool_calls", "the metadata \"tool_calls\" is no JSON array");
    return xb_history_add(h, &turn, err);
}

xybrid_status xb_turns_from_envelope(xb_history *h, const xybrid_envelope *e, const char *fallback, xybrid_error *err) {
    if (e->view.kind != XYBRID_LIST) return add_turn(h, e, fallback, err);
    for (int32_t i = 0; i < e->item_count; i++) XB_TRY(add_turn(h, e->items[i], fallback, err));
    return XYBRID_OK;
}

typedef struct turn_maker {
    xb_root          *root;
    const xb_history *history;
} turn_maker;

static xybrid_status set_if(xybrid_envelope *e, const char *key, const char *value, xybrid_error *err) {
    return value ? xb_envelope_set(e, key, value, err) : XYBRID_OK;
}

static xybrid_status make_turn(const void *ctx, int32_t index, xybrid_envelope **out, xybrid_error *err) {
    const turn_maker *maker = ctx;
    const xb_turn    *t = &maker->history->turns[index];
    xybrid_envelope  *e;
    XB_TRY(xb_envelope_new_text(maker->root, &maker->root->mem, t->content, (int64_t)strlen(t->content), &e, err));
    xybrid_status st = xb_envelope_set(e, "xybrid.role", t->role, err);
    if (st == XYBRID_OK) st = set_if(e, "reasoning_content", t->reasoning, err);
    if (st == XYBRID_OK) st = set_if(e, "tool_calls", t->tool_calls, err);
    if (st == XYBRID_OK) st = set_if(e, "tool_call_id", t->call_id, err);
    if (st == XYBRID_OK) st = set_if(e, "name", t->name, err);
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

/* ---- what a session remembers ---- */

xybrid_status xb_conversation_remember(xybrid_session *s, const xybrid_session_options *o, void **memory, xybrid_error *err) {
    const xybrid_model *m = s->model;
    xb_chat_options     options = { .context_tokens = XYBRID_AUTO, .max_turns = XYBRID_AUTO };
    xb_chat            *chat;
    if (o) options = (xb_chat_options){ .system = o->system, .context_tokens = o->context_tokens, .max_turns = o->max_turns };
    XB_TRY(xb_chat_open(m->shared, &m->env->root->mem, &m->engine_options, &options, &chat, err));
    *memory = chat;
    return XYBRID_OK;
}

void xb_conversation_forget(void *memory) { xb_chat_close(memory); }

xybrid_status xb_conversation_warm(xybrid_session *s, xybrid_error *err) { return xb_chat_ready(s->memory, err); }

/* Takes the session for a function that is no request; give_back ends it. */
static xybrid_status take(xybrid_session *s, xb_chat **out, xybrid_error *err) {
    int32_t idle = 0;
    if (!s->memory)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "session", "the session is no conversation: its model is no language model");
    if (!atomic_compare_exchange_strong(&s->is_busy, &idle, 1))
        return xb_fail(err, XYBRID_BUSY, "session", "the session has a request in flight; close its stream first");
    *out = s->memory;
    return XYBRID_OK;
}

static xybrid_status give_back(xybrid_session *s, xybrid_status st) {
    xb_atomic_set(&s->is_busy, 0);
    return st;
}

xybrid_status xb_session_append(xybrid_session *s, const xybrid_envelope *turn, xybrid_error *err) {
    xb_chat *chat;
    XB_TRY(take(s, &chat, err));
    size_t        before = chat->history.count;
    xybrid_status st = xb_turns_from_envelope(&chat->history, turn, "user", err);
    if (st) xb_history_keep(&chat->history, before);
    return give_back(s, st);
}

xybrid_status xb_session_history(xybrid_session *s, xybrid_envelope **out, xybrid_error *err) {
    xb_chat *chat;
    XB_TRY(take(s, &chat, err));
    turn_maker maker = { s->model->env->root, &chat->history };
    return give_back(s, xb_envelope_make_list(maker.root, &maker.root->mem, (int32_t)chat->history.count, make_turn, &maker, out,
                                              err));
}

xybrid_status xb_session_rewind(xybrid_session *s, int32_t turns, xybrid_error *err) {
    xb_chat *chat;
    XB_TRY(take(s, &chat, err));
    if (turns >= 0 && (size_t)turns <= chat->history.count) {
        xb_history_keep(&chat->history, (size_t)turns);
        return give_back(s, XYBRID_OK);
    }
    return give_back(s, xb_fail(err, XYBRID_INVALID_ARGUMENT, "turns", "turns is %d; the conversation has %lld", turns,
                                (long long)chat->history.count));
}

xybrid_status xb_session_fork(xybrid_session *s, xybrid_session **out, xybrid_error *err) {
    static const xybrid_session_options plain = { .context_tokens = XYBRID_AUTO, .max_turns = XYBRID_AUTO };
    xb_chat                            *chat, *copy;
    xybrid_session                     *other;
    XB_TRY(take(s, &chat, err));
    xybrid_status st = xb_chat_fork(chat, &copy, err);
    if (st) return give_back(s, st);
    st = xb_session_new(s->model, &plain, &other, err);
    if (st) xb_chat_close(copy);
    else {
        xb_chat_close(other->memory);
        other->memory = copy;
        *out = other;
    }
    return give_back(s, st);
}

/* ---- on disk ---- */

/* What a cache belongs to: the model's file, the engine, its version. "" for a model in memory, whose cache is never taken back. */
static xybrid_status write_identity(const xybrid_session *s, xb_str *out, xybrid_error *err) {
    const xb_stage     *stage = &s->model->stages[0];
    const xb_pack_file *file;
    char                digest[65];
    XB_TRY(xb_pack_file_open(s->model->pack, stage->pack->model_file, "model", &file, err));
    if (xb_pack_identify(file, digest)) {
        xb_str_add(out, digest);
        xb_str_addc(out, ' ');
        xb_str_add(out, xb_engine_name(stage->model->engine));
        xb_str_addc(out, ' ');
        xb_str_add(out, stage->model->table->version);
    }
    return xb_str_status(out, err);
}

static xybrid_status save(const xybrid_session *s, xb_chat *chat, const char *path, xybrid_error *err) {
    xb_str        identity, bytes;
    xb_mem       *mem = &s->model->env->root->mem;
    xybrid_status st;
    xb_str_init(&identity, mem, XB_MAX_NAME);
    xb_str_init(&bytes, mem, XB_MAX_CHAT_FILE_BYTES);
    XB_TRY_OUT(write_identity(s, &identity, err));
    XB_TRY_OUT(xb_chat_write(chat, identity.data, &bytes, err));
    XB_TRY_OUT(xb_file_replace(mem, path, bytes.data, (int64_t)bytes.size, 0, err));
out:
    xb_str_free(&bytes);
    xb_str_free(&identity);
    return st;
}

static xybrid_status restore(const xybrid_session *s, xb_chat *chat, const char *path, xybrid_error *err) {
    xb_str        identity;
    xb_file_view  view = { 0 };
    xb_mem       *mem = &s->model->env->root->mem;
    xybrid_status st;
    xb_str_init(&identity, mem, XB_MAX_NAME);
    XB_TRY_OUT(write_identity(s, &identity, err));
    XB_TRY_OUT(xb_file_view_open(mem, path, XB_VIEW_AUTO, &view, err));
    XB_TRY_OUT(xb_chat_read(chat, identity.data, view.bytes, (size_t)view.size_bytes, err));
out:
    xb_file_view_close(&view);
    xb_str_free(&identity);
    return st;
}

xybrid_status xb_session_save(xybrid_session *s, const char *path, xybrid_error *err) {
    xb_chat *chat;
    XB_TRY(take(s, &chat, err));
    return give_back(s, save(s, chat, path, err));
}

xybrid_status xb_session_restore(xybrid_session *s, const char *path, xybrid_error *err) {
    xb_chat *chat;
    XB_TRY(take(s, &chat, err));
    return give_back(s, restore(s, chat, path, err));
}
