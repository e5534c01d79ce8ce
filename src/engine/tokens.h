/* engine/tokens.h - a language model opened by an engine: its vocabulary, and the sequences that a session holds.
 *
 *     XB_TRY(xb_tokens_info(model, &info, err));
 *     XB_TRY(xb_tokens_make(model, text, size, info.add_bos, 1, &list, err));     // text to ids
 *     XB_TRY(xb_tokens_decode(session, &batch, cancel, err));
 *     XB_TRY(xb_tokens_logits(session, 0, &logits, err));                          // of the last row that was wanted
 *
 * The host's side of xybrid_engine_tokens (<xybrid/engine.h>), with its checks and its messages: a failure of the engine
 * becomes INFERENCE_FAILED with the model's name. Functions of a model: any thread; of a session: one at a time. */
#ifndef XB_ENGINE_TOKENS_H
#define XB_ENGINE_TOKENS_H

#include "engine/model.h"

typedef struct xb_token_list { /* grows; zeroed but for mem at the start */
    xb_mem  *mem;
    int32_t *ids;
    size_t   count, room;
} xb_token_list;

xybrid_status xb_token_list_add(xb_token_list *list, int32_t id, xybrid_error *err);
xybrid_status xb_token_list_reserve(xb_token_list *list, size_t more, xybrid_error *err); /* so many adds cannot fail */
void          xb_token_list_free(xb_token_list *list);

/* Errors: INFERENCE_FAILED, with what is wrong in what the engine said. */
xybrid_status xb_tokens_info(const xb_engine_model *model, xybrid_token_info *out, xybrid_error *err);

/* Adds the ids of `text` (UTF-8) to `out`. is_special: <|x|> in the text is that token, else its letters. */
xybrid_status xb_tokens_make(const xb_engine_model *model, const char *text, size_t size, int is_first, int is_special,
                             xb_token_list *out, xybrid_error *err);

/* The bytes of a token, borrowed from the model; *flags: XYBRID_PIECE_*. */
xybrid_status xb_tokens_piece(const xb_engine_model *model, int32_t token, const char **bytes, int32_t *size, int32_t *flags,
                              xybrid_error *err);

/* ---- sequences ---- */

xybrid_status xb_tokens_decode(xb_engine_session *s, const xybrid_batch *batch, const xybrid_cancel *cancel, xybrid_error *err);

/* `vocabulary` floats that may be changed; valid until the next decode. */
xybrid_status xb_tokens_logits(xb_engine_session *s, int32_t row, float **out, xybrid_error *err);

/* The pooled vector of a sequence of the last decode, `embedding_size` floats; valid until the next. UNSUPPORTED_FORMAT if the
 * engine has none. */
xybrid_status xb_tokens_embedding(xb_engine_session *s, int32_t sequence, const float **out, xybrid_error *err);

/* Forgets positions `from` to the end. */
xybrid_status xb_tokens_trim(xb_engine_session *s, int32_t sequence, int32_t from, xybrid_error *err);

/* A sequence as bytes: 0 if the engine cannot. `buffer` has the room that xb_tokens_saved_size gave. */
int64_t       xb_tokens_saved_size(xb_engine_session *s, int32_t sequence);
xybrid_status xb_tokens_save(xb_engine_session *s, int32_t sequence, void *buffer, int64_t capacity, int64_t *written,
                             xybrid_error *err);
xybrid_status xb_tokens_restore(xb_engine_session *s, int32_t sequence, const void *bytes, int64_t size, xybrid_error *err);

#endif
