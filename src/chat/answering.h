/* chat/answering.h - one turn of a conversation: what was said, the prompt, the answer token by token.
 *
 *     XB_TRY(xb_answering_open(chat, &settings, cancel, &a, err));       // settings are taken over
 *     XB_TRY(xb_history_add(xb_answering_turns(a), &turn, err));         // one or more: what is said to the model
 *     do XB_TRY(xb_answering_next(a, &said, err)); while (said.kind != XB_SAID_END);
 *     ... xb_answering_result(a)
 *     xb_answering_close(a);                                             // before the end: the conversation is as before
 *
 *     turns -> template -> prompt -> ids -> (cache: what is new is decoded) -> logits
 *       logits -> grammar, sampler -> token -> piece -> stops, reasoning, tool calls -> events;  token -> decode -> logits ...
 *
 * A prompt that leaves too little of the context is made again without the oldest turns; the system prompt and the last question
 * stay. The caller's thread does it all; `cancel` is looked at by the engine inside of each decode. One thread at a time. */
#ifndef XB_CHAT_ANSWERING_H
#define XB_CHAT_ANSWERING_H

#include "chat/answer.h"
#include "chat/chat.h"
#include "chat/settings.h"

typedef struct xb_answering xb_answering;

typedef enum xb_said_kind { XB_SAID_TEXT, XB_SAID_REASONING, XB_SAID_CALL, XB_SAID_END } xb_said_kind;

typedef struct xb_said { /* valid until the next call */
    xb_said_kind kind;
    const char  *text; /* TEXT, REASONING: whole characters; CALL: the arguments as JSON; not NUL-terminated */
    size_t       size;
    const char  *name, *id; /* CALL */
} xb_said;

typedef enum xb_answer_end { XB_END_STOP = 1, XB_END_LENGTH, XB_END_CALLS, XB_END_INTERRUPTED } xb_answer_end;

typedef struct xb_answer_result {
    xb_answer_end end;
    const char   *text, *reasoning; /* "" if none */
    const char   *tool_calls;       /* JSON array; NULL if none */
    uint64_t      seed;
    int32_t       prompt_tokens, cached_tokens, answer_tokens;
    int32_t       dropped_turns; /* the oldest, for want of room */
    int64_t       prompt_ns, answer_ns, first_ns; /* prompt computed; first to last token; start to first token */
    int64_t       mean_gap_ns, p95_gap_ns;        /* between tokens */
} xb_answer_result;

/* `settings` is moved into the answering, also when it fails. */
xybrid_status xb_answering_open(xb_chat *chat, xb_chat_settings *settings, const xybrid_cancel *cancel, xb_answering **out,
                                xybrid_error *err);
void          xb_answering_close(xb_answering *a); /* NULL is fine */

/* The conversation's turns, for what is said now; before the first `next`. */
xb_history *xb_answering_turns(xb_answering *a);

/* Errors: INVALID_ARGUMENT (nothing was said; the last question alone has no room; schema, grammar, tools), PREPROCESSING_FAILED
 * (the template), INFERENCE_FAILED, CANCELLED, OUT_OF_MEMORY. */
xybrid_status xb_answering_next(xb_answering *a, xb_said *out, xybrid_error *err);

/* The stop button: the answer ends where it is, and stays. */
void xb_answering_stop(xb_answering *a);

/* After END. Valid until close. */
const xb_answer_result *xb_answering_result(const xb_answering *a);

#endif
