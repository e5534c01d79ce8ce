/* chat/chat.c - see chat.h. */
#include "chat/chat.h"

#include "base/error.h"

xybrid_status xb_chat_open(xb_chat_model *model, xb_mem *mem, const xybrid_engine_options *engine, const xb_chat_options *options,
                           xb_chat **out, xybrid_error *err) {
    int32_t context = options->context_tokens == XYBRID_AUTO ? model->context_tokens : options->context_tokens;
    if (context < 1 || context > model->info.context_tokens)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.context_tokens",
                       "options.context_tokens is %d, wanted XYBRID_AUTO or 1 to %d, what the model was made for",
                       options->context_tokens, model->info.context_tokens);
    if (options->max_turns != XYBRID_AUTO && options->max_turns < 1)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.max_turns", "options.max_turns is %d, wanted XYBRID_AUTO or 1 and more",
                       options->max_turns);
    xb_chat *chat = xb_calloc(mem, 1, sizeof *chat, err);
    if (!chat) return err->code;
    chat->model = model;
    chat->mem = mem;
    chat->engine_options = *engine;
    chat->engine_options.context_tokens = chat->context_tokens = context;
    chat->max_turns = options->max_turns;
    xb_history_init(&chat->history, mem);
    xb_timeline_init(&chat->timeline, mem, NULL, &model->info);
    if (xb_history_set_system(&chat->history, options->system, err)) {
        xb_chat_close(chat);
        return err->code;
    }
    *out = chat;
    return XYBRID_OK;
}

void xb_chat_close(xb_chat *chat) {
    if (!chat) return;
    xb_timeline_free(&chat->timeline);
    xb_history_free(&chat->history);
    xb_engine_session_close(chat->engine);
    xb_free(chat->mem, chat);
}

xybrid_status xb_chat_ready(xb_chat *chat, xybrid_error *err) {
    if (chat->engine) return XYBRID_OK;
    XB_TRY(xb_engine_session_open((xb_engine_model *)chat->model->engine, &chat->engine_options, &chat->engine, err));
    chat->timeline.engine = chat->engine;
    return XYBRID_OK;
}

void xb_chat_forget_cache(xb_chat *chat) {
    xb_engine_session_close(chat->engine);
    chat->engine = chat->timeline.engine = NULL;
    xb_timeline_clear(&chat->timeline);
}

/* The cache of one engine session into another's, by way of its bytes. No failure: what cannot be copied is computed again. */
static void copy_cache(xb_chat *from, xb_chat *to) {
    xybrid_error unused;
    int64_t      size = from->engine && from->timeline.tokens.count ? xb_tokens_saved_size(from->engine, 0) : 0, written;
    void        *bytes = size ? xb_malloc(from->mem, (size_t)size, &unused) : NULL;
    if (!bytes) return;
    const xb_timeline *t = &from->timeline;
    if (xb_tokens_save(from->engine, 0, bytes, size, &written, &unused) || xb_chat_ready(to, &unused) ||
        xb_tokens_restore(to->engine, 0, bytes, written, &unused) ||
        xb_timeline_adopt(&to->timeline, t->tokens.ids, t->tokens.count, t->text.data, t->text.size, &unused)) {
        xb_chat_forget_cache(to);
    }
    xb_free(from->mem, bytes);
}

xybrid_status xb_chat_fork(xb_chat *from, xb_chat **out, xybrid_error *err) {
    xb_chat        *chat;
    xb_chat_options options = { .context_tokens = from->context_tokens, .max_turns = from->max_turns };
    XB_TRY(xb_chat_open(from->model, from->mem, &from->engine_options, &options, &chat, err));
    xybrid_status st = xb_history_copy(&from->history, &chat->history, err);
    if (st) xb_chat_close(chat);
    else {
        copy_cache(from, chat);
        *out = chat;
    }
    return st;
}
