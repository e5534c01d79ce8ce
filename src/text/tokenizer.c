/* text/tokenizer.c - the way of a text through a tokenizer, and of ids back to text. */
#include "text/tokenizer.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "text/lossy.h"
#include "text/tokenizer_int.h"

/* ---- the object ---- */

xybrid_status xb_tokenizer_new(xb_mem *mem, xb_tokenizer **out, xybrid_error *err) {
    xb_tokenizer *t = xb_calloc(mem, 1, sizeof *t, err);
    if (!t) return err->code;
    xb_arena_init(&t->arena, mem, 0);
    t->max_length = XYBRID_AUTO;
    t->wordpiece.unknown = t->bpe.unknown = -1;
    for (int i = 0; i < XB_TOKEN_KINDS; i++) t->special[i] = -1;
    *out = t;
    return XYBRID_OK;
}

void xb_tokenizer_free(xb_tokenizer *t) {
    if (!t) return;
    xb_mem *mem = t->arena.mem;
    xb_arena_free(&t->arena);
    xb_free(mem, t);
}

xybrid_status xb_tokenizer_unsupported(const char *where, xb_slice name, const char *supported, xybrid_error *err) {
    char subject[129];
    xb_format(subject, sizeof subject, "%.*s", xb_slice_len(name), name.data);
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, subject, "%s \"%s\" is not supported; supported: %s", where, subject,
                   supported);
}

int32_t xb_tokenizer_size(const xb_tokenizer *t) { return t->vocabulary.count; }

int32_t xb_tokenizer_special(const xb_tokenizer *t, xb_special_token kind) {
    return kind >= 0 && kind < XB_TOKEN_KINDS ? t->special[kind] : -1;
}

int32_t xb_tokenizer_find(const xb_tokenizer *t, const char *token, size_t size) {
    xb_slice wanted = { token, size };
    int32_t  id = xb_vocabulary_find(&t->vocabulary, token, size);
    for (int32_t i = 0; id < 0 && i < t->added.count; i++)
        if (xb_slice_eq(t->added.items[i].content, wanted)) id = t->added.items[i].id;
    for (int32_t i = 0; id < 0 && i < t->added_normalized.count; i++)
        if (xb_slice_eq(t->added_normalized.items[i].content, wanted)) id = t->added_normalized.items[i].id;
    return id;
}

xb_slice xb_tokenizer_token(const xb_tokenizer *t, int64_t id) { return xb_vocabulary_token(&t->vocabulary, id); }

int xb_tokenizer_is_special(const xb_tokenizer *t, int64_t id) {
    return id >= 0 && id < t->vocabulary.count && (t->vocabulary.flags[id] & XB_TOKEN_SPECIAL);
}

int32_t xb_tokenizer_added_count(const xb_tokenizer *t) { return t->before_count + t->after_count; }

/* ---- encoding: working memory ---- */

xb_encode_options xb_encode_defaults(void) {
    xb_encode_options options = { XYBRID_AUTO, 1, 1, 0 };
    return options;
}

void xb_encoding_init(xb_encoding *e, xb_mem *mem) {
    memset(e, 0, sizeof *e);
    e->mem = mem;
}

static void buffers_free(xb_text_buffer buffers[2]) {
    for (int i = 0; i < 2; i++) {
        xb_free(buffers[i].mem, buffers[i].bytes);
        xb_free(buffers[i].mem, buffers[i].spans);
    }
}

void xb_encoding_free(xb_encoding *e) {
    xb_encode_work *w = e->work;
    xb_free(e->mem, e->ids);
    xb_free(e->mem, e->type_ids);
    xb_free(e->mem, e->mask);
    xb_free(e->mem, e->spans);
    if (w) {
        buffers_free(w->normalized);
        buffers_free(w->prepared);
        xb_normalizing_free(&w->normalizing);
        xb_free(e->mem, w->items);
        xb_free(e->mem, w->symbols);
        xb_free(e->mem, w->heap);
        xb_free(e->mem, w->spelling);
        xb_free(e->mem, w);
    }
    xb_encoding_init(e, e->mem);
}

static xybrid_status work_begin(xb_encoding *e, const xb_tokenizer *t, const xb_encode_options *options, xybrid_error *err) {
    if (!e->work) {
        e->work = xb_calloc(e->mem, 1, sizeof *e->work, err);
        if (!e->work) return err->code;
        e->work->mem = e->mem;
        xb_normalizing_init(&e->work->normalizing, e->mem);
        for (int i = 0; i < 2; i++) e->work->normalized[i].mem = e->work->prepared[i].mem = e->mem;
    }
    e->work->t = t;
    e->work->options = *options;
    e->work->item_count = 0;
    return XYBRID_OK;
}

/* ---- encoding: the way ---- */

static xybrid_status put_item(xb_encode_work *w, int32_t id, uint32_t start, uint32_t end, xybrid_error *err) {
    void *items = w->items;
    XB_TRY(xb_grow(w->mem, &items, &w->item_capacity, w->item_count, sizeof *w->items, SIZE_MAX / sizeof *w->items, "tokens",
                   err));
    w->items = items;
    xb_item item = { id, start, end };
    w->items[w->item_count++] = item;
    return XYBRID_OK;
}

xybrid_status xb_encode_put(xb_encode_work *w, int32_t id, size_t start, size_t end, xybrid_error *err) {
    const xb_view *v = &w->view;
    if (!w->options.want_spans) return put_item(w, id, 0, 0, err);
    while (w->t->trim_spans && start < end && v->bytes[start] == ' ') start++;
    while (w->t->trim_spans && start < end && v->bytes[end - 1] == ' ') end--;
    while (start > 0 && start < v->size && ((uint8_t)v->bytes[start] & 0xc0) == 0x80) start--; /* whole characters */
    while (end < v->size && ((uint8_t)v->bytes[end] & 0xc0) == 0x80) end++;
    if (!v->spans) return put_item(w, id, v->origin + (uint32_t)start, v->origin + (uint32_t)end, err);
    if (start >= end) {
        uint32_t at = end > 0 ? v->spans[end - 1].end : v->spans[0].start;
        return put_item(w, id, at, at, err);
    }
    return put_item(w, id, v->spans[start].start, v->spans[end - 1].end, err);
}

/* Cuts [start, end) of the view by splitter `step` and those after it; the last one's words go to the model. As deep as there are
 * splitters. */
static xybrid_status encode_words(xb_encode_work *w, int32_t step, size_t start, size_t end, xybrid_error *err) {
    if (step == w->t->split_count)
        return w->t->model == XB_MODEL_WORDPIECE ? xb_wordpiece_encode(w, start, end, err) : xb_bpe_encode(w, start, end, err);
    while (start < end) {
        int    drop;
        size_t word_end = start + xb_split_next(&w->t->split[step], w->view.bytes + start, 0, end - start, &drop);
        XB_CHECK(word_end > start && word_end <= end);
        if (!drop) XB_TRY(encode_words(w, step + 1, start, word_end, err));
        start = word_end;
    }
    return XYBRID_OK;
}

static xb_view view_part(const xb_view *v, size_t start, size_t end) {
    xb_view part = *v;
    part.bytes += start;
    part.size = end - start;
    if (part.spans) part.spans += start;
    else part.origin += (uint32_t)start;
    return part;
}

/* A stretch of normalised text between added tokens. */
static xybrid_status encode_prepared(xb_encode_work *w, xb_view part, int first, xybrid_error *err) {
    if (part.size == 0) return XYBRID_OK;
    w->first = first;
    XB_TRY(xb_normalize(w, w->t->prepare_from, w->t->norm_count, w->prepared, &part, err));
    w->view = part;
    return encode_words(w, 0, 0, part.size, err);
}

/* A stretch of the text as it came, between added tokens. */
static xybrid_status encode_stretch(xb_encode_work *w, const char *text, size_t start, size_t end, xybrid_error *err) {
    if (start == end) return XYBRID_OK;
    xb_view view = { text + start, end - start, NULL, (uint32_t)start };
    w->first = start == 0;
    XB_TRY(xb_normalize(w, 0, w->t->prepare_from, w->normalized, &view, err));
    size_t                at = 0, from, to;
    const xb_added_token *token;
    while (xb_added_next(&w->t->added_normalized, view.bytes, at, view.size, w->options.parse_special, &from, &to, &token)) {
        XB_TRY(encode_prepared(w, view_part(&view, at, from), start == 0 && at == 0, err));
        w->view = view;
        XB_TRY(xb_encode_put(w, token->id, from, to, err));
        at = to;
    }
    return encode_prepared(w, view_part(&view, at, view.size), start == 0 && at == 0, err);
}

static xybrid_status encode_text(xb_encode_work *w, const char *text, size_t size, xybrid_error *err) {
    size_t                at = 0, from, to;
    const xb_added_token *token;
    while (xb_added_next(&w->t->added, text, at, size, w->options.parse_special, &from, &to, &token)) {
        XB_TRY(encode_stretch(w, text, at, from, err));
        XB_TRY(put_item(w, token->id, (uint32_t)from, (uint32_t)to, err));
        at = to;
    }
    return encode_stretch(w, text, at, size, err);
}

/* ---- encoding: the result ---- */

static xybrid_status grow_result(xb_encoding *e, size_t count, xybrid_error *err) {
    xb_encode_work *w = e->work;
    int64_t       **arrays[3] = { &e->ids, &e->type_ids, &e->mask };
    size_t          room = count + count / 2 + 16;
    if (room > SIZE_MAX / sizeof(xb_text_span)) return xb_fail_memory(err, INT64_MAX);
    for (int i = 0; i < 3 && count > w->out_capacity; i++) {
        int64_t *grown = xb_realloc(e->mem, *arrays[i], room * sizeof **arrays[i], err);
        if (!grown) return err->code;
        *arrays[i] = grown;
    }
    if (count > w->out_capacity) w->out_capacity = room;
    if (w->options.want_spans && count > w->span_capacity) {
        xb_text_span *grown = xb_realloc(e->mem, e->spans, room * sizeof *grown, err);
        if (!grown) return err->code;
        e->spans = grown;
        w->span_capacity = room;
    }
    return XYBRID_OK;
}

static void put_result(xb_encoding *e, int32_t id, int32_t type_id, xb_text_span span) {
    int64_t i = e->count++;
    e->ids[i] = id;
    e->type_ids[i] = type_id;
    e->mask[i] = 1;
    if (e->work->options.want_spans) e->spans[i] = span;
}

static void put_frame(xb_encoding *e, const xb_frame_token *tokens, int32_t count) {
    const xb_text_span nothing = { 0, 0 };
    for (int32_t i = 0; i < count; i++) put_result(e, tokens[i].id, tokens[i].type_id, nothing);
}

/* The items that fit, in their frame. */
static xybrid_status make_result(xb_encoding *e, int32_t max_length, xybrid_error *err) {
    const xb_encode_work *w = e->work;
    const xb_tokenizer   *t = w->t;
    int32_t               frame = w->options.add_special ? xb_tokenizer_added_count(t) : 0;
    size_t                kept = w->item_count, from = 0;
    if (max_length >= 0 && kept > (size_t)(max_length - frame)) kept = (size_t)(max_length - frame);
    if (t->truncate_left) from = w->item_count - kept;
    XB_TRY(grow_result(e, kept + (size_t)frame, err));
    e->count = 0;
    if (frame) put_frame(e, t->before, t->before_count);
    for (size_t i = from; i < from + kept; i++) {
        xb_text_span span = { w->items[i].start, w->items[i].end };
        put_result(e, w->items[i].id, frame ? t->text_type_id : 0, span);
    }
    if (frame) put_frame(e, t->after, t->after_count);
    return XYBRID_OK;
}

static xybrid_status check_text(const char *text, size_t size, xybrid_error *err) {
    if (!text && size > 0) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "text", "text to tokenize is NULL");
    if (size > XB_MAX_TEXT_BYTES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "text", "text to tokenize has %zu bytes; at most %d", size,
                       XB_MAX_TEXT_BYTES);
    size_t valid = xb_utf8_valid(text, size);
    if (valid < size)
        return xb_fail_at(err, XYBRID_INVALID_ARGUMENT, (int64_t)valid, "text",
                          "text to tokenize is not UTF-8: byte 0x%02x at %zu", (unsigned)(uint8_t)text[valid], valid);
    return XYBRID_OK;
}

xybrid_status xb_tokenizer_encode(const xb_tokenizer *t, const char *text, size_t size, const xb_encode_options *options,
                                  xb_encoding *e, xybrid_error *err) {
    xb_encode_options chosen = options ? *options : xb_encode_defaults();
    int32_t           max_length = chosen.max_length == XYBRID_AUTO ? t->max_length : chosen.max_length;
    int32_t           frame = chosen.add_special ? xb_tokenizer_added_count(t) : 0;
    XB_TRY(check_text(size ? text : "", size, err));
    if (max_length != XYBRID_AUTO && max_length < frame)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "max_length", "max_length is %d tokens, but the special ones alone are %d",
                       max_length, frame);
    XB_TRY(work_begin(e, t, &chosen, err));
    XB_TRY(encode_text(e->work, size ? text : "", size, err));
    return make_result(e, max_length, err);
}

/* ---- decoding ---- */

static xb_slice without_prefix(xb_slice s, xb_slice prefix) {
    xb_slice rest = { s.data + prefix.size, s.size - prefix.size };
    return rest;
}

static int begins_with(xb_slice s, xb_slice prefix) {
    return prefix.size > 0 && s.size >= prefix.size && memcmp(s.data, prefix.data, prefix.size) == 0;
}

/* A byte-level token; one with a character that stands for no byte is taken as it is. */
static void add_byte_level(xb_slice token, xb_str *out) {
    const char *end = token.data + token.size;
    uint32_t    code;
    int         length;
    for (const char *p = token.data; p < end; p += length) {
        length = xb_utf8_read(p, end, &code);
        if (length == 0 || xb_char_byte(code) < 0) {
            xb_str_addn(out, token.data, token.size);
            return;
        }
    }
    for (const char *p = token.data; p < end; p += length) {
        length = xb_utf8_read(p, end, &code);
        xb_str_addc(out, (char)xb_char_byte(code));
    }
}

/* Does the reference's clean-up take the space before this token away? */
static int hugs_left(xb_slice token) {
    static const char starts[][4] = { ".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re" };
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (begins_with(token, xb_slice_of(starts[i]))) return 1;
    return 0;
}

static void add_wordpiece(const xb_decoder *d, xb_slice token, int is_first, int is_special, xb_str *out) {
    int goes_on = begins_with(token, d->prefix);
    if (goes_on) token = is_first ? token : without_prefix(token, d->prefix);
    if (d->word_start.size > 0) {
        goes_on = !is_special && !begins_with(token, d->word_start);
        if (begins_with(token, d->word_start)) token = without_prefix(token, d->word_start);
    }
    if (!is_first && !goes_on && !(d->cleanup && hugs_left(token))) xb_str_addc(out, ' ');
    xb_str_addn(out, token.data, token.size);
}

static int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

/* "<0x41>" is 0x41; -1 if the token is no byte. */
static int byte_of_token(xb_slice token) {
    if (token.size != 6 || memcmp(token.data, "<0x", 3) != 0 || token.data[5] != '>') return -1;
    int high = hex_digit(token.data[3]), low = hex_digit(token.data[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static void add_joined(const xb_decoder *d, xb_slice token, xb_str *out) {
    int byte = d->byte_fallback ? byte_of_token(token) : -1;
    if (byte >= 0) {
        xb_str_addc(out, (char)byte);
        return;
    }
    while (token.size > 0) {
        if (begins_with(token, d->replace)) {
            xb_str_addc(out, ' ');
            token = without_prefix(token, d->replace);
        } else {
            xb_str_addc(out, token.data[0]);
            token.data++, token.size--;
        }
    }
}

static void decode_token(const xb_tokenizer *t, int64_t id, int is_first, xb_str *out) {
    const xb_decoder *d = &t->decoder;
    xb_slice          token = xb_vocabulary_token(&t->vocabulary, id);
    switch (d->kind) {
    case XB_DECODER_BYTE_LEVEL: add_byte_level(token, out); return;
    case XB_DECODER_WORDPIECE: add_wordpiece(d, token, is_first, xb_tokenizer_is_special(t, id), out); return;
    case XB_DECODER_JOIN: add_joined(d, token, out); return;
    case XB_DECODER_SPACES:
        if (!is_first) xb_str_addc(out, ' ');
        xb_str_addn(out, token.data, token.size);
    }
}

xybrid_status xb_tokenizer_decode(const xb_tokenizer *t, const int64_t *ids, int64_t count, int flags, xb_str *out,
                                  xybrid_error *err) {
    xb_str raw;
    int    is_first = 1;
    if (count < 0 || (count > 0 && !ids)) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "ids", "no token ids to decode");
    for (int64_t i = 0; i < count; i++)
        if (ids[i] < 0 || ids[i] >= t->vocabulary.count)
            return xb_fail_at(err, XYBRID_INVALID_ARGUMENT, i, "ids",
                              "token id %lld at index %lld; the vocabulary has ids 0 to %d", (long long)ids[i], (long long)i,
                              t->vocabulary.count - 1);
    xb_str_init(&raw, out->mem, out->max);
    for (int64_t i = 0; i < count; i++) {
        if (xb_vocabulary_token(&t->vocabulary, ids[i]).data == NULL) continue;
        if ((flags & XB_DECODE_SKIP_SPECIAL) && xb_tokenizer_is_special(t, ids[i])) continue;
        decode_token(t, ids[i], is_first, &raw);
        is_first = 0;
    }
    size_t from = 0;
    while (from < (size_t)t->decoder.strip_left && from < raw.size && raw.data[from] == ' ') from++;
    xybrid_status st = xb_str_status(&raw, err);
    if (st == XYBRID_OK && (flags & XB_DECODE_RAW)) xb_str_addn(out, raw.data + from, raw.size - from);
    else if (st == XYBRID_OK) xb_str_add_lossy(out, raw.data + from, raw.size - from);
    xb_str_free(&raw);
    return st != XYBRID_OK ? st : xb_str_status(out, err);
}
