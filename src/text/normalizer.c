/* text/normalizer.c - the steps of a tokenizer's normalizer: each reads a view of the text and writes the next one, with the span
 * of the original that every byte came from. Text of ASCII alone, the common case, skips the steps that cannot touch it. */
#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "text/tokenizer_int.h"

/* ---- the text being written ---- */

static void buffer_begin(xb_text_buffer *b, int want_spans, xybrid_error *err) {
    b->size = 0;
    b->want_spans = want_spans;
    b->err = err;
    b->failed = XYBRID_OK;
}

/* Steps may lengthen a text, but not without end: NFKD makes 33 bytes of three at most. */
static const size_t MAX_NORMALIZED_BYTES = (size_t)XB_MAX_TEXT_BYTES * 11;

static void *grow(xb_text_buffer *b, void *old, size_t room, size_t item_size) {
    if (room > SIZE_MAX / item_size) {
        b->failed = xb_fail_memory(b->err, INT64_MAX);
        return NULL;
    }
    void *p = xb_realloc(b->mem, old, room * item_size, b->err);
    if (!p) b->failed = b->err->code;
    return p;
}

static void buffer_reserve(xb_text_buffer *b, size_t more) {
    if (b->failed || (b->size + more <= b->capacity && (!b->want_spans || b->size + more <= b->span_capacity))) return;
    if (b->size + more > MAX_NORMALIZED_BYTES) {
        b->failed = xb_fail(b->err, XYBRID_INVALID_ARGUMENT, NULL,
                            "text grows beyond %zu bytes while it is normalised; at most %d "
                            "bytes of text can be tokenized at once",
                            MAX_NORMALIZED_BYTES, XB_MAX_TEXT_BYTES);
        return;
    }
    size_t room = (b->size + more) + (b->size + more) / 2 + 64;
    if (b->size + more > b->capacity) {
        char *bytes = grow(b, b->bytes, room, 1);
        if (!bytes) return;
        b->bytes = bytes;
        b->capacity = room;
    }
    if (b->want_spans && b->size + more > b->span_capacity) {
        xb_text_span *spans = grow(b, b->spans, room, sizeof *spans);
        if (!spans) return;
        b->spans = spans;
        b->span_capacity = room;
    }
}

static void buffer_add(xb_text_buffer *b, const char *bytes, size_t size, xb_text_span span) {
    buffer_reserve(b, size);
    if (b->failed || size == 0) return;
    memcpy(b->bytes + b->size, bytes, size);
    for (size_t i = 0; b->want_spans && i < size; i++) b->spans[b->size + i] = span;
    b->size += size;
}

static void buffer_add_code(xb_text_buffer *b, uint32_t code, xb_text_span span) {
    char utf8[4];
    buffer_add(b, utf8, (size_t)xb_utf8_write(code, utf8), span);
}

static void emit_to_buffer(void *ctx, uint32_t code, uint32_t start, uint32_t end) {
    xb_text_span span = { start, end };
    buffer_add_code(ctx, code, span);
}

/* ---- the text being read ---- */

static xb_text_span view_span(const xb_view *v, size_t from, size_t to) {
    xb_text_span span;
    if (from >= to) to = from + 1 > v->size ? v->size : from + 1;
    span.start = v->spans ? v->spans[from].start : v->origin + (uint32_t)from;
    span.end = v->spans ? v->spans[to - 1].end : v->origin + (uint32_t)to;
    return span;
}

static size_t view_char(const xb_view *v, size_t at, uint32_t *code) {
    int n = xb_utf8_read(v->bytes + at, v->bytes + v->size, code);
    if (n > 0) return (size_t)n;
    *code = 0xfffd; /* not met: the text was checked */
    return 1;
}

static int view_is_ascii(const xb_view *v) {
    uint8_t all = 0;
    for (size_t i = 0; i < v->size; i++) all |= (uint8_t)v->bytes[i];
    return all < 0x80;
}

/* ---- the steps ---- */

/* BERT's clean_text: U+0000, U+FFFD and control, format and private characters go, but tab and line ends are white space. */
static int is_dropped_by_clean(uint32_t c) {
    if (c == '\t' || c == '\n' || c == '\r') return 0;
    if (c >= ' ' && c < 0x7f) return 0;
    return c == 0xfffd || xb_unicode_is(c, XB_CAT_BIT(XB_CAT_CC) | XB_CAT_BIT(XB_CAT_CF) | XB_CAT_BIT(XB_CAT_CO));
}

static void put_lower(xb_text_buffer *out, uint32_t c, xb_text_span span) {
    uint32_t lower[XB_MAX_LOWER];
    int      n = xb_unicode_lower(c, lower);
    for (int i = 0; i < n; i++) buffer_add_code(out, lower[i], span);
}

/* Steps that look at one character at a time. */
static void map_characters(const xb_norm_step *s, const xb_view *v, xb_text_buffer *out) {
    size_t length;
    for (size_t at = 0; at < v->size && !out->failed; at += length) {
        uint32_t c;
        length = view_char(v, at, &c);
        xb_text_span span = view_span(v, at, at + length);
        switch (s->kind) {
        case XB_NORM_CLEAN:
            if (!is_dropped_by_clean(c)) buffer_add_code(out, xb_unicode_is_space(c) ? ' ' : c, span);
            break;
        case XB_NORM_CJK:
            if (xb_unicode_is_cjk(c)) buffer_add(out, " ", 1, span);
            buffer_add_code(out, c, span);
            if (xb_unicode_is_cjk(c)) buffer_add(out, " ", 1, span);
            break;
        case XB_NORM_LOWER: put_lower(out, c, span); break;
        default: /* XB_NORM_DROP */
            if (!xb_unicode_is(c, s->set)) buffer_add_code(out, c, span);
        }
    }
}

static xybrid_status bring_to_form(xb_normalizing *n, xb_normal_form form, const xb_view *v, xb_text_buffer *out,
                                   xybrid_error *err) {
    xb_normalizing_begin(n, form, emit_to_buffer, out);
    size_t length;
    for (size_t at = 0; at < v->size && !out->failed; at += length) {
        uint32_t c;
        length = view_char(v, at, &c);
        xb_text_span span = view_span(v, at, at + length);
        XB_TRY(xb_normalizing_push(n, c, span.start, span.end, err));
    }
    return xb_normalizing_end(n, err);
}

static int view_has(const xb_view *v, size_t at, xb_slice what) {
    return v->size - at >= what.size && memcmp(v->bytes + at, what.data, what.size) == 0;
}

static void replace(const xb_norm_step *s, const xb_view *v, xb_text_buffer *out) {
    for (size_t at = 0; at < v->size && !out->failed;) {
        if (view_has(v, at, s->a)) {
            buffer_add(out, s->b.data, s->b.size, view_span(v, at, at + s->a.size));
            at += s->a.size;
        } else {
            buffer_add(out, v->bytes + at, 1, view_span(v, at, at + 1));
            at++;
        }
    }
}

static void prepend(const xb_norm_step *s, const xb_view *v, xb_text_buffer *out) {
    if (v->size == 0) return;
    uint32_t     start = view_span(v, 0, 1).start;
    xb_text_span nothing = { start, start };
    buffer_add(out, s->a.data, s->a.size, nothing);
    for (size_t at = 0; at < v->size && !out->failed; at++) buffer_add(out, v->bytes + at, 1, view_span(v, at, at + 1));
}

static void strip(const xb_norm_step *s, xb_view *v) {
    uint32_t c;
    size_t   from = 0, to = v->size, length;
    while (s->left && from < to && (length = view_char(v, from, &c), xb_unicode_is_space(c))) from += length;
    while (s->right && to > from) {
        size_t last = to - 1;
        while (last > from && ((uint8_t)v->bytes[last] & 0xc0) == 0x80) last--;
        view_char(v, last, &c);
        if (!xb_unicode_is_space(c)) break;
        to = last;
    }
    v->bytes += from;
    if (v->spans) v->spans += from;
    v->origin += (uint32_t)from;
    v->size = to - from;
}

/* Does this step leave the text as it is? */
static int is_idle(const xb_norm_step *s, const xb_view *v, int first) {
    switch (s->kind) {
    case XB_NORM_CJK:
    case XB_NORM_DROP:
    case XB_NORM_FORM: return view_is_ascii(v);
    case XB_NORM_PREFIX: return (s->only_first && !first) || v->size == 0 || view_has(v, 0, s->a);
    default: return 0;
    }
}

xybrid_status xb_normalize(xb_encode_work *w, int32_t from, int32_t to, xb_text_buffer buffers[2], xb_view *view,
                           xybrid_error *err) {
    int target = 0;
    for (int32_t i = from; i < to; i++) {
        const xb_norm_step *s = &w->t->norm[i];
        xb_text_buffer     *out = &buffers[target];
        if (is_idle(s, view, w->first)) continue;
        if (s->kind == XB_NORM_STRIP) {
            strip(s, view);
            continue;
        }
        buffer_begin(out, w->options.want_spans, err);
        switch (s->kind) {
        case XB_NORM_FORM: XB_TRY(bring_to_form(&w->normalizing, s->form, view, out, err)); break;
        case XB_NORM_REPLACE: replace(s, view, out); break;
        case XB_NORM_PREPEND:
        case XB_NORM_PREFIX: prepend(s, view, out); break;
        default: map_characters(s, view, out);
        }
        if (out->failed) return out->failed;
        view->bytes = out->bytes ? out->bytes : "";
        view->size = out->size;
        view->spans = w->options.want_spans ? out->spans : NULL;
        view->origin = 0;
        target ^= 1;
    }
    return XYBRID_OK;
}
