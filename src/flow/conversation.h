/* flow/conversation.h - sessions that are conversations: their turns as envelopes, kept, forked, saved.
 *
 * What a session of a chat model remembers is a xb_chat (chat/chat.h). Functions of the door come here with checked handles; each
 * answers INVALID_ARGUMENT for a model that has no conversations, and BUSY while a request is in flight. */
#ifndef XB_CONVERSATION_H
#define XB_CONVERSATION_H

#include "chat/chat.h"
#include "flow/flow.h"

/* Adds a Text, or a List of Texts, to a history as turns; `fallback` is the role of one that names none. A "system" turn at the start
 * becomes the system prompt. Errors: INVALID_ARGUMENT (another kind, an unknown role). */
xybrid_status xb_turns_from_envelope(xb_history *h, const xybrid_envelope *e, const char *fallback, xybrid_error *err);

/* For the table of producers: opens and closes what a session remembers. */
xybrid_status xb_conversation_remember(xybrid_session *s, const xybrid_session_options *options, void **memory, xybrid_error *err);
void          xb_conversation_forget(void *memory);
xybrid_status xb_conversation_warm(xybrid_session *s, xybrid_error *err);

#endif
