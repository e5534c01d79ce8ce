/* engine/engine_tokens.c - see tokens.h. */
#include "engine/tokens.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "engine/engine_int.h"
#include "engine/model_int.h"
#include "plat/cancel.h"

/* ---- lists ---- */

xybrid_status xb_token_list_add(xb_token_list *list, int32_t id, xybrid_error *err) {
    void *items = list->ids;
    XB_TRY(xb_grow(list->mem, &items, &list->room, list->count, sizeof id, XB_MAX_CONTEXT_TOKENS, "tokens", err));
    list->ids = items;
    list->ids[list->count++] = id;
    return XYBRID_OK;
}

xybrid_status xb_token_list_reserve(xb_token_list *list, size_t more, xybrid_error *err) {
    if (more > XB_MAX_CONTEXT_TOKENS || list->count + more > XB_MAX_CONTEXT_TOKENS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "text", "the text has more than %d tokens", XB_MAX_CONTEXT_TOKENS);
    if (list->count + more <= list->room) return XYBRID_OK;
    void *ids = xb_realloc(list->mem, list->ids, (list->count + more) * sizeof *list->ids, err);
    if (!ids) return err->code;
    list->ids = ids;
    list->room = list->count + more;
    return XYBRID_OK;
}

void xb_token_list_free(xb_token_list *list) {
    xb_free(list->mem, list->ids);
    list->ids = NULL;
    list->count = list->room = 0;
}

/* ---- the vocabulary ---- */

static xybrid_status fail(const xb_engine_model *m, xybrid_error *err) {
    return xb_engine_wrap(err, XYBRID_INFERENCE_FAILED, m->name, "inference failed in \"%.96s\": ", m->name);
}

xybrid_status xb_tokens_info(const xb_engine_model *m, xybrid_token_info *out, xybrid_error *err) {
    xybrid_token_info info = { .struct_size = sizeof info };
    if (!m->table->tokens)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, m->name, "%.96s is opened by an engine that serves no tokens", m->name);
    if (m->table->tokens->info(m->handle, &info, err)) return fail(m, err);
    if (info.vocabulary < 1 || info.vocabulary > XB_MAX_VOCABULARY || info.context_tokens < 1 || info.max_batch < 1 ||
        info.bos >= info.vocabulary || info.eos >= info.vocabulary)
        return xb_fail(err, XYBRID_INFERENCE_FAILED, m->name,
                       "inference failed in \"%.96s\": the engine names %d tokens, a context of %d, batches of %d", m->name,
                       info.vocabulary, info.context_tokens, info.max_batch);
    *out = info;
    return XYBRID_OK;
}

xybrid_status xb_tokens_make(const xb_engine_model *m, const char *text, size_t size, int is_first, int is_special,
                             xb_token_list *out, xybrid_error *err) {
    int32_t count = 0;
    if (size > XB_MAX_TEXT_BYTES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "text", "the text has %lld bytes; at most %d", (long long)size,
                       XB_MAX_TEXT_BYTES);
    XB_TRY(xb_token_list_reserve(out, size / 3 + 16, err)); /* a guess: the engine says if it is too small */
    for (int round = 0;; round++) {
        int32_t room = (int32_t)(out->room - out->count);
        count = 0;
        xybrid_status st = m->table->tokens->tokenize(m->handle, text, (int64_t)size, is_first, is_special,
                                                      out->ids + out->count, room, &count, err);
        if (st == XYBRID_OK && count >= 0 && count <= room) break;
        if (st != XYBRID_INVALID_ARGUMENT || count <= room || round) return fail(m, err);
        XB_TRY(xb_token_list_reserve(out, (size_t)count, err));
    }
    out->count += (size_t)count;
    return XYBRID_OK;
}

xybrid_status xb_tokens_piece(const xb_engine_model *m, int32_t token, const char **bytes, int32_t *size, int32_t *flags,
                              xybrid_error *err) {
    return m->table->tokens->piece(m->handle, token, bytes, size, flags, err) ? fail(m, err) : XYBRID_OK;
}

/* ---- sequences ---- */

typedef const xybrid_engine_tokens *tokens_table;

static tokens_table table_of(const xb_engine_session *s) { return xb_engine_session_model(s)->table->tokens; }

static xybrid_status fail_run(const xb_engine_session *s, xybrid_error *err) { return fail(xb_engine_session_model(s), err); }

xybrid_status xb_tokens_decode(xb_engine_session *s, const xybrid_batch *batch, const xybrid_cancel *cancel, xybrid_error *err) {
    XB_TRY(xb_cancel_check(cancel, err));
    return table_of(s)->decode(xb_engine_session_of(s), batch, cancel, err) ? fail_run(s, err) : XYBRID_OK;
}

xybrid_status xb_tokens_logits(xb_engine_session *s, int32_t row, float **out, xybrid_error *err) {
    return table_of(s)->logits(xb_engine_session_of(s), row, out, err) ? fail_run(s, err) : XYBRID_OK;
}

xybrid_status xb_tokens_embedding(xb_engine_session *s, int32_t sequence, const float **out, xybrid_error *err) {
    const xb_engine_model *m = xb_engine_session_model(s);
    if (!m->table->tokens->embedding)
        return xb_fail(err, XYBRID_UNSUPPORTED_FORMAT, m->name, "%.96s is opened by an engine that gives no vectors", m->name);
    return m->table->tokens->embedding(xb_engine_session_of(s), sequence, out, err) ? fail(m, err) : XYBRID_OK;
}

xybrid_status xb_tokens_trim(xb_engine_session *s, int32_t sequence, int32_t from, xybrid_error *err) {
    return table_of(s)->cache_trim(xb_engine_session_of(s), sequence, from, XYBRID_AUTO, err) ? fail_run(s, err) : XYBRID_OK;
}

int64_t xb_tokens_saved_size(xb_engine_session *s, int32_t sequence) {
    xybrid_error unused;
    int64_t      size = 0;
    tokens_table t = table_of(s);
    if (!t->cache_size || !t->cache_save || !t->cache_restore) return 0;
    return t->cache_size(xb_engine_session_of(s), sequence, &size, &unused) == XYBRID_OK && size > 0 ? size : 0;
}

xybrid_status xb_tokens_save(xb_engine_session *s, int32_t sequence, void *buffer, int64_t capacity, int64_t *written,
                             xybrid_error *err) {
    if (table_of(s)->cache_save(xb_engine_session_of(s), sequence, buffer, capacity, written, err)) return fail_run(s, err);
    XB_CHECK(*written >= 0 && *written <= capacity);
    return XYBRID_OK;
}

xybrid_status xb_tokens_restore(xb_engine_session *s, int32_t sequence, const void *bytes, int64_t size, xybrid_error *err) {
    return table_of(s)->cache_restore(xb_engine_session_of(s), sequence, bytes, size, err) ? fail_run(s, err) : XYBRID_OK;
}
