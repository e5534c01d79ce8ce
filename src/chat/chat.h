/* chat/chat.h - a conversation: its turns, and the cache of the engine's session that serves it.
 *
 *     XB_TRY(xb_chat_open(model, mem, &engine_options, &(xb_chat_options){ .system = "Be brief." }, &chat, err));
 *     XB_TRY(xb_chat_fork(chat, &other, err));                      // the same past, the cache copied
 *     XB_TRY(xb_chat_write(chat, identity, &bytes, err));           // to be kept; xb_chat_read takes it back
 *
 * One turn of it is chat/answering.h. The engine's session is opened at the first turn. One thread at a time. */
#ifndef XB_CHAT_H
#define XB_CHAT_H

#include "chat/chat_model.h"
#include "chat/timeline.h"

typedef struct xb_chat_options {
    const char *system;         /* NULL; copied */
    int32_t     context_tokens; /* XYBRID_AUTO */
    int32_t     max_turns;      /* XYBRID_AUTO */
} xb_chat_options;

typedef struct xb_chat {
    xb_chat_model        *model; /* outlives it */
    xb_mem               *mem;
    xybrid_engine_options engine_options;
    int32_t               context_tokens, max_turns;
    xb_history            history;
    xb_engine_session    *engine; /* NULL until the first turn */
    xb_timeline           timeline;
} xb_chat;

/* Errors: INVALID_ARGUMENT (a context beyond the model's), OUT_OF_MEMORY. */
xybrid_status xb_chat_open(xb_chat_model *model, xb_mem *mem, const xybrid_engine_options *engine, const xb_chat_options *options,
                           xb_chat **out, xybrid_error *err);
void          xb_chat_close(xb_chat *chat); /* NULL is fine */

/* Opens the engine's session if that was not done yet. */
xybrid_status xb_chat_ready(xb_chat *chat, xybrid_error *err);

/* Closes the engine's session: the cache is made anew at the next turn. */
void xb_chat_forget_cache(xb_chat *chat);

/* A second conversation with the same turns and a copy of the cache; where the engine cannot copy, it is computed again. */
xybrid_status xb_chat_fork(xb_chat *from, xb_chat **out, xybrid_error *err);

/* ---- kept as bytes (chat_file.c) ----
 *
 *     | "XYBCHAT" 1 | sizes | turns as JSON | text | tokens | cache | SHA-256 of all before |   little-endian
 *
 * `identity` says which cache may be taken back: model file, engine, version. */

xybrid_status xb_chat_write(xb_chat *chat, const char *identity, xb_str *out, xybrid_error *err);

/* Makes the conversation what the bytes say. On failure it is as before. Errors: MALFORMED, CHECKSUM, OUT_OF_MEMORY. */
xybrid_status xb_chat_read(xb_chat *chat, const char *identity, const void *bytes, size_t size, xybrid_error *err);

#endif
