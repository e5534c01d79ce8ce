/* chat/timeline.c - see timeline.h. */
#include "chat/timeline.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

void xb_timeline_init(xb_timeline *t, xb_mem *mem, xb_engine_session *engine, const xybrid_token_info *info) {
    *t = (xb_timeline){ .engine = engine, .info = *info, .tokens = { .mem = mem } };
    xb_str_init(&t->text, mem, XB_MAX_TEXT_BYTES);
}

void xb_timeline_free(xb_timeline *t) {
    xb_token_list_free(&t->tokens);
    xb_str_free(&t->text);
}

/* The text stands for the tokens only as long as both hold all: when it could not be kept, or the tokens were cut, it goes. */
static void drop_text(xb_timeline *t) { xb_str_clear(&t->text); }

xybrid_status xb_timeline_tokenize(const xb_timeline *t, const char *prompt, size_t size, xb_token_list *out, xybrid_error *err) {
    const xb_engine_model *model = xb_engine_session_model(t->engine);
    size_t                 held = t->text.failed ? 0 : t->text.size;
    if (held == 0 || held > size || memcmp(t->text.data, prompt, held) != 0)
        return xb_tokens_make(model, prompt, size, 1, 1, out, err);
    XB_TRY(xb_token_list_reserve(out, t->tokens.count, err));
    for (size_t i = 0; i < t->tokens.count; i++) XB_TRY(xb_token_list_add(out, t->tokens.ids[i], err));
    return size > held ? xb_tokens_make(model, prompt + held, size - held, 0, 1, out, err) : XYBRID_OK;
}

/* The engine's sequence is cut to `count` tokens. One that can only be dropped whole is empty then. */
static xybrid_status cut(xb_timeline *t, size_t count, xybrid_error *err) {
    if (count == t->tokens.count) return XYBRID_OK;
    if (t->info.flags & XYBRID_TOKENS_NO_TRIM) count = 0;
    drop_text(t);
    t->tokens.count = count;
    return xb_tokens_trim(t->engine, 0, (int32_t)count, err);
}

static size_t common_prefix(const xb_timeline *t, const xb_token_list *ids) {
    size_t n = 0, most = t->tokens.count < ids->count ? t->tokens.count : ids->count;
    while (n < most && t->tokens.ids[n] == ids->ids[n]) n++;
    return n;
}

xybrid_status xb_timeline_continue(xb_timeline *t, const xb_token_list *ids, const char *prompt, size_t size,
                                   const xybrid_cancel *cancel, int32_t *reused, xybrid_error *err) {
    XB_CHECK(ids->count > 0);
    size_t same = common_prefix(t, ids);
    if (same == ids->count) same--; /* the last one is computed again: its logits are wanted */
    XB_TRY(cut(t, same, err));
    *reused = (int32_t)t->tokens.count;
    drop_text(t);
    XB_TRY(xb_token_list_reserve(&t->tokens, ids->count - t->tokens.count, err)); /* what the engine holds must be known here */
    while (t->tokens.count < ids->count) {
        size_t       left = ids->count - t->tokens.count, most = (size_t)t->info.max_batch;
        xybrid_batch batch = { .struct_size = sizeof batch,
                               .count = (int32_t)(left < most ? left : most),
                               .tokens = ids->ids + t->tokens.count };
        XB_TRY(xb_tokens_decode(t->engine, &batch, cancel, err));
        for (int32_t i = 0; i < batch.count; i++) XB_TRY(xb_token_list_add(&t->tokens, batch.tokens[i], err));
    }
    xb_str_addn(&t->text, prompt, size);
    return XYBRID_OK;
}

xybrid_status xb_timeline_add(xb_timeline *t, int32_t token, const char *piece, int32_t size, const xybrid_cancel *cancel,
                              xybrid_error *err) {
    xybrid_batch batch = { .struct_size = sizeof batch, .count = 1, .tokens = &token };
    XB_TRY(xb_token_list_reserve(&t->tokens, 1, err));
    XB_TRY(xb_tokens_decode(t->engine, &batch, cancel, err));
    if (t->text.size) xb_str_addn(&t->text, piece, (size_t)size);
    return xb_token_list_add(&t->tokens, token, err);
}

xybrid_status xb_timeline_adopt(xb_timeline *t, const int32_t *ids, size_t count, const char *text, size_t size,
                                xybrid_error *err) {
    xb_timeline_clear(t);
    for (size_t i = 0; i < count; i++) XB_TRY(xb_token_list_add(&t->tokens, ids[i], err));
    xb_str_addn(&t->text, text, size);
    return XYBRID_OK;
}

void xb_timeline_clear(xb_timeline *t) {
    drop_text(t);
    t->tokens.count = 0;
}
