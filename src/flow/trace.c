/* flow/trace.c - see trace.h. */
#include "flow/trace.h"

#include "base/error.h"
#include "codec/json.h"
#include "plat/clock.h"

enum { MAX_SPANS = 1 << 16 };

void xb_trace_init(xb_trace *t, xb_mem *mem) { *t = (xb_trace){ .mem = mem }; }

void xb_trace_free(xb_trace *t) {
    xb_free(t->mem, t->spans);
    xb_trace_init(t, t->mem);
}

void xb_trace_start(xb_trace *t, int is_on) {
    t->count = 0;
    t->origin_ns = is_on ? xb_clock_ns() : 0;
}

int64_t xb_trace_now(const xb_trace *t) { return t->origin_ns ? xb_clock_ns() : 0; }

void xb_trace_add(xb_trace *t, const char *name, const char *category, const char *stage, int64_t start_ns) {
    if (!t->origin_ns) return;
    xybrid_error why;
    void        *room = t->spans;
    if (xb_grow(t->mem, &room, &t->room, t->count, sizeof *t->spans, MAX_SPANS, "spans", &why)) return;
    t->spans = room;
    t->spans[t->count++] = (xb_trace_span){ name, category, stage, start_ns, xb_clock_ns() };
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
        xb_json_end(&w);
        xb_json_end(&w);
    }
    xb_json_end(&w);
    xb_json_end(&w);
    return xb_json_writer_status(&w, err);
}
