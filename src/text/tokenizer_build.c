/* text/tokenizer_build.c - what the loaders share: steps, added tokens, special tokens. */
#include "base/error.h"
#include "text/tokenizer_int.h"

xb_norm_step *xb_tokenizer_add_norm(xb_tokenizer *t, xb_norm_kind kind, xybrid_error *err) {
    if (t->norm_count == XB_MAX_TOKENIZER_STEPS) {
        (void)xb_fail(err, XYBRID_UNSUPPORTED_PACK, "normalizer", "tokenizer: more than %d normalizer steps",
                      XB_MAX_TOKENIZER_STEPS);
        return NULL;
    }
    xb_norm_step *s = &t->norm[t->norm_count++];
    memset(s, 0, sizeof *s);
    s->kind = kind;
    return s;
}

xb_split_step *xb_tokenizer_add_split(xb_tokenizer *t, xb_split_kind kind, xybrid_error *err) {
    if (t->split_count == XB_MAX_TOKENIZER_STEPS) {
        (void)xb_fail(err, XYBRID_UNSUPPORTED_PACK, "pre_tokenizer", "tokenizer: more than %d pre-tokenizers",
                      XB_MAX_TOKENIZER_STEPS);
        return NULL;
    }
    xb_split_step *s = &t->split[t->split_count++];
    memset(s, 0, sizeof *s);
    s->kind = kind;
    return s;
}

xybrid_status xb_tokenizer_add_bert(xb_tokenizer *t, int clean, int cjk, int strip_accents, int lower, xybrid_error *err) {
    if (clean && !xb_tokenizer_add_norm(t, XB_NORM_CLEAN, err)) return err->code;
    if (cjk && !xb_tokenizer_add_norm(t, XB_NORM_CJK, err)) return err->code;
    if (strip_accents) {
        xb_norm_step *form = xb_tokenizer_add_norm(t, XB_NORM_FORM, err);
        xb_norm_step *drop = form ? xb_tokenizer_add_norm(t, XB_NORM_DROP, err) : NULL;
        if (!drop) return err->code;
        form->form = XB_NFD;
        drop->set = XB_CAT_BIT(XB_CAT_MN);
    }
    if (lower && !xb_tokenizer_add_norm(t, XB_NORM_LOWER, err)) return err->code;
    return XYBRID_OK;
}

/* ---- added tokens ---- */

xybrid_status xb_tokenizer_init_added(xb_tokenizer *t, int32_t room, xybrid_error *err) {
    t->added.items = xb_arena_array(&t->arena, (size_t)room + 1, sizeof *t->added.items, err);
    if (!t->added.items) return err->code;
    t->added_normalized.items = xb_arena_array(&t->arena, (size_t)room + 1, sizeof *t->added.items, err);
    return t->added_normalized.items ? XYBRID_OK : err->code;
}

/* `content` as the normalizer leaves it, in the arena. */
static xybrid_status normalized_copy(xb_tokenizer *t, xb_slice *content, xybrid_error *err) {
    xb_encode_work w;
    memset(&w, 0, sizeof w);
    xb_normalizing_init(&w.normalizing, t->arena.mem);
    for (int i = 0; i < 2; i++) w.normalized[i].mem = t->arena.mem;
    w.t = t;
    xb_view       view = { content->data, content->size, NULL, 0 };
    xybrid_status st = xb_normalize(&w, 0, t->prepare_from, w.normalized, &view, err);
    if (st == XYBRID_OK) {
        content->data = xb_arena_strndup(&t->arena, view.bytes, view.size, err);
        content->size = view.size;
        if (!content->data) st = err->code;
    }
    for (int i = 0; i < 2; i++) xb_free(t->arena.mem, w.normalized[i].bytes);
    xb_normalizing_free(&w.normalizing);
    return st;
}

xybrid_status xb_tokenizer_add_added(xb_tokenizer *t, const xb_added_token *token, int normalized, xybrid_error *err) {
    xb_added_set *set = normalized ? &t->added_normalized : &t->added;
    if (token->content.size > XB_MAX_PIECE_BYTES)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "tokenizer: added token %d has %zu bytes; at most %d", token->id,
                       token->content.size, XB_MAX_PIECE_BYTES);
    xb_added_token *item = &set->items[set->count];
    *item = *token;
    if (normalized && t->prepare_from > 0) XB_TRY(normalized_copy(t, &item->content, err));
    set->count++;
    return XYBRID_OK;
}

void xb_tokenizer_end_added(xb_tokenizer *t) {
    xb_added_prepare(&t->added);
    xb_added_prepare(&t->added_normalized);
}

/* ---- special tokens ---- */

void xb_tokenizer_guess_special(xb_tokenizer *t) {
    static const struct {
        uint8_t kind; /* xb_special_token */
        char    name[18];
    } known[] = { { XB_TOKEN_CLS, "[CLS]" },
                  { XB_TOKEN_SEP, "[SEP]" },
                  { XB_TOKEN_PAD, "[PAD]" },
                  { XB_TOKEN_UNK, "[UNK]" },
                  { XB_TOKEN_MASK, "[MASK]" },
                  { XB_TOKEN_BOS, "<s>" },
                  { XB_TOKEN_EOS, "</s>" },
                  { XB_TOKEN_PAD, "<pad>" },
                  { XB_TOKEN_UNK, "<unk>" },
                  { XB_TOKEN_MASK, "<mask>" },
                  { XB_TOKEN_BOS, "<bos>" },
                  { XB_TOKEN_EOS, "<eos>" },
                  { XB_TOKEN_BOS, "<|begin_of_text|>" },
                  { XB_TOKEN_EOS, "<|end_of_text|>" },
                  { XB_TOKEN_BOS, "<|startoftext|>" },
                  { XB_TOKEN_EOS, "<|im_end|>" },
                  { XB_TOKEN_BOS, "<|endoftext|>" },
                  { XB_TOKEN_EOS, "<|endoftext|>" } };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int32_t *id = &t->special[known[i].kind];
        if (*id < 0) *id = xb_tokenizer_find(t, known[i].name, strlen(known[i].name));
    }
}
