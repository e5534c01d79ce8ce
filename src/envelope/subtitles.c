/* envelope/subtitles.c - see subtitles.h. */
#include "envelope/subtitles.h"

#include <string.h>

#include "base/error.h"

enum { MOST_BYTES = 84, MOST_MS = 6000, PAUSE_MS = 1000 };

typedef struct writer {
    xb_str           *out;
    xb_subtitles_form form;
    int32_t           cues;
    xb_str            text; /* of the cue in the making */
    int64_t           start_ms, end_ms;
} writer;

static void add_time(writer *w, int64_t ms) {
    if (ms < 0) ms = 0;
    xb_str_addf(w->out, "%02lld:%02lld:%02lld%c%03lld", (long long)(ms / 3600000), (long long)(ms / 60000 % 60),
                (long long)(ms / 1000 % 60), w->form == XB_SUBTITLES_SRT ? ',' : '.', (long long)(ms % 1000));
}

/* WebVTT takes &, < and > for markup. */
static void add_escaped(writer *w, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        const char *entity = text[i] == '&' ? "&amp;" : text[i] == '<' ? "&lt;" : text[i] == '>' ? "&gt;" : NULL;
        if (entity && w->form == XB_SUBTITLES_VTT) xb_str_add(w->out, entity);
        else xb_str_addc(w->out, text[i]);
    }
}

static void end_cue(writer *w) {
    if (w->text.size == 0) return;
    w->cues++;
    if (w->form == XB_SUBTITLES_SRT) xb_str_addf(w->out, "%s%d\n", w->cues > 1 ? "\n" : "", w->cues);
    else xb_str_add(w->out, "\n");
    add_time(w, w->start_ms);
    xb_str_add(w->out, " --> ");
    add_time(w, w->end_ms > w->start_ms ? w->end_ms : w->start_ms + 1);
    xb_str_addc(w->out, '\n');
    add_escaped(w, w->text.data, w->text.size);
    xb_str_addc(w->out, '\n');
    xb_str_clear(&w->text);
}

static int is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/* A word into the cue; one that has no room begins the next. */
static void add_word(writer *w, const char *word, size_t size, int64_t start_ms, int64_t end_ms) {
    if (w->text.size > 0 && w->text.size + 1 + size > MOST_BYTES) end_cue(w);
    if (w->text.size == 0) w->start_ms = start_ms;
    else xb_str_addc(&w->text, ' ');
    xb_str_addn(&w->text, word, size);
    w->end_ms = end_ms;
}

/* A segment: its words share its time by their length. */
static void add_segment(writer *w, const char *text, int64_t size, int64_t start_ms, int64_t end_ms) {
    int64_t length_ms = end_ms > start_ms ? end_ms - start_ms : 0;
    for (; size > 0 && is_space(*text); size--) text++;
    while (size > 0 && is_space(text[size - 1])) size--;
    for (int64_t at = 0; at < size;) {
        int64_t end = at;
        while (end < size && !is_space(text[end])) end++;
        if (end > at)
            add_word(w, text + at, (size_t)(end - at), start_ms + length_ms * at / size, start_ms + length_ms * end / size);
        at = end + 1;
    }
    end_cue(w);
}

static xybrid_status add_item(writer *w, const xybrid_envelope *e, xybrid_error *err) {
    const xybrid_view *v = &e->view;
    const char        *text = v->kind == XYBRID_TEXT ? v->data : NULL;
    if (!text || v->start_ms < 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "subtitles", "subtitles are made of Texts with times; this one is %s%s",
                       xb_envelope_kind_name(v->kind), text ? " without a time" : "");
    if (!v->name || strcmp(v->name, "word") != 0) {
        end_cue(w);
        add_segment(w, text, v->size_bytes, v->start_ms, v->end_ms);
        return XYBRID_OK;
    }
    if (w->text.size > 0 && (v->start_ms - w->end_ms >= PAUSE_MS || v->end_ms - w->start_ms > MOST_MS)) end_cue(w);
    add_word(w, text, (size_t)v->size_bytes, v->start_ms, v->end_ms);
    if (v->size_bytes > 0 && strchr(".?!", text[v->size_bytes - 1])) end_cue(w);
    return XYBRID_OK;
}

xybrid_status xb_subtitles_write(const xybrid_envelope *e, xb_subtitles_form form, xb_str *out, xybrid_error *err) {
    writer        w = { .out = out, .form = form };
    xybrid_status st = XYBRID_OK;
    xb_str_init(&w.text, out->mem, XB_MAX_TEXT_BYTES);
    if (form == XB_SUBTITLES_VTT) xb_str_add(out, "WEBVTT\n");
    if (e->view.kind != XYBRID_LIST) st = add_item(&w, e, err);
    for (int32_t i = 0; e->view.kind == XYBRID_LIST && i < e->item_count && st == XYBRID_OK; i++)
        st = add_item(&w, e->items[i], err);
    end_cue(&w);
    if (st == XYBRID_OK) st = xb_str_status(&w.text, err);
    xb_str_free(&w.text);
    return st ? st : xb_str_status(out, err);
}
