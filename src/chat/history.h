/* chat/history.h - the turns of a conversation, and how they are written for a chat template.
 *
 *     xb_history_init(&h, mem);
 *     XB_TRY(xb_history_set_system(&h, "Answer in one sentence.", err));
 *     XB_TRY(xb_history_add(&h, &(xb_turn){ .role = "user", .content = "What is the capital of France?" }, err));
 *     xb_history_write(&h, 0, XB_HISTORY_TEMPLATE, &writer);   // "messages": the system prompt, then the turns
 *
 * The form is that of OpenAI's chat messages, which the templates of models read: role, content, and of tools tool_calls,
 * tool_call_id and name; a tool call's arguments are an object there, as templates want them. One thread at a time. */
#ifndef XB_CHAT_HISTORY_H
#define XB_CHAT_HISTORY_H

#include "base/mem.h"
#include "codec/json.h"

typedef struct xb_turn {
    const char *role;       /* "user", "assistant", "tool", "system"; never NULL */
    const char *content;    /* UTF-8; "" if none */
    const char *reasoning;  /* of the assistant: what it thought; NULL */
    const char *tool_calls; /* of the assistant: JSON array of {id, type, function: {name, arguments: object}}; NULL */
    const char *call_id;    /* of a tool's result: which call it answers; NULL */
    const char *name;       /* of a tool's result: the tool; NULL */
} xb_turn;

typedef struct xb_history {
    xb_mem  *mem;
    char    *system; /* NULL = none */
    xb_turn *turns;  /* strings owned */
    size_t   count, room;
} xb_history;

void xb_history_init(xb_history *h, xb_mem *mem);
void xb_history_free(xb_history *h);

xybrid_status xb_history_set_system(xb_history *h, const char *text, xybrid_error *err); /* NULL = none */
xybrid_status xb_history_add(xb_history *h, const xb_turn *turn, xybrid_error *err);     /* copied */
void          xb_history_keep(xb_history *h, size_t count);                              /* forgets the turns behind */

void xb_history_drop(xb_history *h, size_t count); /* forgets the oldest */

/* Copies all of `from` into `to`, which is empty. After a failure `to` is to be freed. */
xybrid_status xb_history_copy(const xb_history *from, xb_history *to, xybrid_error *err);

/* How many of the oldest turns go if at least one does: up to the next user's turn, so that no answer and no tool's result
 * stands without its question. 0 if nothing may go: the last question stays. */
size_t xb_history_oldest(const xb_history *h, size_t first);

typedef enum xb_history_form {
    XB_HISTORY_FILE,     /* as xb_history_read takes it */
    XB_HISTORY_TEMPLATE, /* reasoning is called "thinking" as well; not beside content and calls: gpt-oss refuses that */
    XB_HISTORY_TEXT      /* and a call's arguments are a text, which some templates add to others */
} xb_history_form;

/* The array of messages: the system prompt, then the turns from `first` on. */
void xb_history_write(const xb_history *h, size_t first, xb_history_form form, xb_json_writer *w);

/* The other way: an array of messages as xb_history_write makes it, laid behind what is there; a leading system message becomes
 * the system prompt. MALFORMED names the place. */
xybrid_status xb_history_read(xb_history *h, const xb_json *messages, xybrid_error *err);

#endif
