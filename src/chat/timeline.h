/* chat/timeline.h - what one sequence of a session's cache holds: the tokens in their order, and the text that they are.
 *
 *     XB_TRY(xb_timeline_continue(t, ids, count, cancel, &reused, err));    // decodes only what is new
 *     XB_TRY(xb_tokens_logits(t->engine, 0, &logits, err));                 // what comes next
 *     XB_TRY(xb_timeline_add(t, token, piece, size, cancel, err));          // decodes one more
 *
 * A prompt that begins like the one before costs only its end: the longest common prefix stays. Tokens that the model made are
 * kept as it made them (their text, cut anew, may give others): a prompt whose text begins with all that the timeline holds keeps
 * every token. After a failure or a cancel the timeline holds what the engine holds. One thread at a time. */
#ifndef XB_CHAT_TIMELINE_H
#define XB_CHAT_TIMELINE_H

#include "base/str.h"
#include "engine/tokens.h"

typedef struct xb_timeline {
    xb_engine_session *engine; /* borrowed */
    xybrid_token_info  info;
    xb_token_list      tokens; /* in the cache, position by position */
    xb_str             text;   /* of these tokens, special ones written out */
} xb_timeline;

void xb_timeline_init(xb_timeline *t, xb_mem *mem, xb_engine_session *engine, const xybrid_token_info *info);
void xb_timeline_free(xb_timeline *t);

/* The ids of a prompt, added to `out`: tokens of the timeline for as much of the text as it holds, the rest cut anew. */
xybrid_status xb_timeline_tokenize(const xb_timeline *t, const char *prompt, size_t size, xb_token_list *out, xybrid_error *err);

/* Makes the sequence hold exactly `ids` (count > 0), whose text is `prompt`, so that the logits of its end can be asked for.
 * *reused: how many tokens were there already. Errors: those of decode. */
xybrid_status xb_timeline_continue(xb_timeline *t, const xb_token_list *ids, const char *prompt, size_t size,
                                   const xybrid_cancel *cancel, int32_t *reused, xybrid_error *err);

/* One more token, with its text. */
xybrid_status xb_timeline_add(xb_timeline *t, int32_t token, const char *piece, int32_t size, const xybrid_cancel *cancel,
                              xybrid_error *err);

/* Takes tokens and text over as they are, for a sequence whose cache was restored. */
xybrid_status xb_timeline_adopt(xb_timeline *t, const int32_t *ids, size_t count, const char *text, size_t size,
                                xybrid_error *err);

/* Forgets all. */
void xb_timeline_clear(xb_timeline *t);

#endif
