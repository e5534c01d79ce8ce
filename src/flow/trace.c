/* flow/trace.c - see trace.h. */
#include "flow/trace.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "codec/json.h"
#include "plat/clock.h"

enum { MAX_SPANS = 1 << 16 };

void xb_trace_init(xb_trace *t, xb_mem *mem) {
    *t = (xb_trace){ .mem = mem };
    xb_arena_init(&t->text, mem, 0);
}

void xb_trace_free(xb_trace *t) {
    xb_free(t->mem, t->spans);
    xb_arena_free(&t->text);
    xb_trace_init(t, t->mem);
}

void xb_trace_start(xb_trace *t, int is_on) {
    t->count = 0;
    xb_arena_free(&t->text);
    t->origin_ns = is_on ? xb_clock_ns() : 0;
}

int64_t xb_trace_now(const xb_trace *t) { return t->origin_ns ? xb_clock_ns() : 0; }

static void add_span(xb_trace *t, const xb_trace_span *span) {
    xybrid_error why;
    void        *room = t->spans;
    if (xb_grow(t->mem, &room, &t->room, t->count, sizeof *t->spans, MAX_SPANS, "spans", &why)) return;
    t->spans = room;
    t->spans[t->count++] = *span;
}

void xb_trace_add(xb_trace *t, const char *name, const char *category, const char *stage, int64_t start_ns) {
    if (!t->origin_ns) return;
    xb_trace_span span = { .name = name, .category = category, .stage = stage, .start_ns = start_ns, .end_ns = xb_clock_ns() };
    add_span(t, &span);
}

/* A step's further members, as a JSON object; NULL if there are none or memory is out. */
static const char *step_members(xb_trace *t, const xb_json *step) {
    xb_str         text;
    xb_json_writer w;
    xybrid_error   why;
    const char    *kept = NULL, *value;
    size_t         size;
    int64_t        number;
    xb_str_init(&text, t->mem, XB_MAX_NAME * 4);
    xb_json_writer_init(&w, &text, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    for (xb_json_iter it = xb_json_items(step); xb_json_next(&it);) {
        if (strcmp(it.key, "name") == 0 || strcmp(it.key, "start_us") == 0 || strcmp(it.key, "dur_us") == 0) continue;
        if (xb_json_string(it.value, &value, &size)) xb_json_key(&w, it.key), xb_json_put_string(&w, value);
        else if (xb_json_int(it.value, &number)) xb_json_key(&w, it.key), xb_json_put_int(&w, number);
    }
    xb_json_end(&w);
    if (xb_json_writer_status(&w, &why) == XYBRID_OK && text.size > 2)
        kept = xb_arena_strndup(&t->text, text.data, text.size, &why);
    xb_str_free(&text);
    return kept;
}

void xb_trace_add_steps(xb_trace *t, const char *profile, const char *stage, int64_t start_ns) {
    xb_json_doc *doc = NULL;
    xybrid_error why;
    if (!t->origin_ns || !profile) return;
    if (xb_json_parse(t->mem, profile, (int64_t)strlen(profile), XB_MAX_JSON_BYTES, &doc, &why)) return;
    for (xb_json_iter it = xb_json_items(xb_json_root(doc)); xb_json_next(&it);) {
        const char *name;
        size_t      size;
        double      start_us, dur_us;
        if (!xb_json_string(xb_json_get(it.value, "name"), &name, &size) ||
            !xb_json_double(xb_json_get(it.value, "start_us"), &start_us) ||
            !xb_json_double(xb_json_get(it.value, "dur_us"), &dur_us))
            continue;
        xb_trace_span span = { .name = xb_arena_strndup(&t->text, name, size, &why), .category = "step", .stage = stage };
        if (!span.name) break;
        span.more = step_members(t, it.value);
        span.start_ns = start_ns + (int64_t)(start_us * 1000);
        span.end_ns = span.start_ns + (int64_t)(dur_us * 1000);
        add_span(t, &span);
    }
    xb_json_free(doc);
}

xybrid_status xb_trace_write(const xb_trace *t, xb_str *out, xybrid_error *err) {
    xb_json_writer w;
    xb_json_writer_init(&w, out, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "displayTimeUnit"), xb_json_put_string(&w, "ms");
    xb_json_key(&w, "traceEvents");
    xb_json_begin_array(&w);
    for (size_t i = 0; i < t->count; i++) {
        const xb_trace_span *s = &t->spans[i];
        xb_json_begin_object(&w);
        xb_json_key(&w, "name"), xb_json_put_string(&w, s->name);
        xb_json_key(&w, "cat"), xb_json_put_string(&w, s->category);
        xb_json_key(&w, "ph"), xb_json_put_string(&w, "X");
        xb_json_key(&w, "ts"), xb_json_put_double(&w, (double)(s->start_ns - t->origin_ns) / 1000);
        xb_json_key(&w, "dur"), xb_json_put_double(&w, (double)(s->end_ns - s->start_ns) / 1000);
        xb_json_key(&w, "pid"), xb_json_put_int(&w, 1);
        xb_json_key(&w, "tid"), xb_json_put_int(&w, 1);
        xb_json_key(&w, "args");
        xb_json_begin_object(&w);
        if (s->stage) xb_json_key(&w, "stage"), xb_json_put_string(&w, s->stage);
        if (s->more) xb_json_key(&w, "step"), xb_json_put_raw(&w, s->more, strlen(s->more));
        xb_json_end(&w);
        xb_json_end(&w);
    }
    xb_json_end(&w);
    xb_json_end(&w);
    return xb_json_writer_status(&w, err);
}
