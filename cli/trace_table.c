/* cli/trace_table.c - events to rows, rows to a table. */
#include "trace_table.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 200, MAX_DEPTH = 16, BAR_WIDTH = 24, NAME_WIDTH = 28 };

typedef struct event {
    const char *name, *stage; /* borrowed from the document; stage "" if none */
    double      start_us, end_us;
    int64_t     index; /* in the file: keeps the order of what starts at once */
} event;

/* By start; of two that start at once the longer one, which holds the other, comes first. */
static int by_start(const void *a, const void *b) {
    const event *x = a, *y = b;
    if (x->start_us != y->start_us) return x->start_us < y->start_us ? -1 : 1;
    if (x->end_us != y->end_us) return x->end_us > y->end_us ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static int32_t row_for(trace_table *t, const event *e, int depth, int32_t parent) {
    for (int32_t i = t->count - 1; i >= 0; i--) {
        const trace_row *r = &t->rows[i];
        if (r->parent == parent && strcmp(r->name, e->name) == 0 && strcmp(r->stage, e->stage) == 0) return i;
    }
    if (t->count == MAX_ROWS) return -1;
    t->rows[t->count] = (trace_row){ .name = e->name, .stage = e->stage, .depth = depth, .parent = parent };
    return t->count++;
}

/* An event lies in another if it ends before it does; a microsecond of rounding is forgiven. */
static void add_events(trace_table *t, const event *events, int64_t count) {
    struct {
        double  end_us;
        int32_t row;
    } open[MAX_DEPTH];
    int    depth = 0;
    double end_us = count ? events[0].end_us : 0;
    for (int64_t i = 0; i < count; i++) {
        const event *e = &events[i];
        while (depth > 0 && (e->end_us > open[depth - 1].end_us + 1 || e->start_us >= open[depth - 1].end_us)) depth--;
        if (depth == MAX_DEPTH) continue;
        int32_t row = row_for(t, e, depth, depth ? open[depth - 1].row : -1);
        if (row < 0) continue;
        t->rows[row].calls++;
        t->rows[row].sum_us += e->end_us - e->start_us;
        open[depth].end_us = e->end_us;
        open[depth].row = row;
        depth++;
        if (e->end_us > end_us) end_us = e->end_us;
    }
    t->total_us = count ? end_us - events[0].start_us : 0;
}

/* Rows in the order of reading: each under its parent, in order of first appearance. `from` has all rows of `parent`. */
static void sort_rows(const trace_table *from, int32_t parent, int depth, trace_table *to) {
    for (int32_t i = 0; i < from->count && depth < MAX_DEPTH; i++) {
        if (from->rows[i].parent != parent) continue;
        to->rows[to->count++] = from->rows[i];
        sort_rows(from, i, depth + 1, to);
    }
}

/* One of the document's events; 0 if it is no complete one. */
static int read_event(const xb_json *json, event *out) {
    event       e = { .stage = "" };
    const char *phase = "";
    double      duration_us;
    size_t      size;
    xb_json_string(xb_json_get(json, "ph"), &phase, &size);
    xb_json_string(xb_json_get(xb_json_get(json, "args"), "stage"), &e.stage, &size);
    if (strcmp(phase, "X") != 0 || !xb_json_string(xb_json_get(json, "name"), &e.name, &size)) return 0;
    if (!xb_json_double(xb_json_get(json, "ts"), &e.start_us) || !xb_json_double(xb_json_get(json, "dur"), &duration_us))
        return 0;
    e.end_us = e.start_us + duration_us;
    *out = e;
    return 1;
}

/* Names the stage only where there are several: "rec: Resize". */
static void name_rows(cli *c, trace_table *t) {
    const char *first = "";
    int         is_several = 0;
    for (int32_t i = 0; i < t->count; i++) {
        const char *stage = t->rows[i].stage;
        if (!first[0]) first = stage;
        is_several |= stage[0] && strcmp(stage, first) != 0;
    }
    for (int32_t i = 0; i < t->count; i++) {
        trace_row *r = &t->rows[i];
        if (is_several && r->stage[0]) r->name = cli_text(c, "%s: %s", r->stage, r->name);
        else r->name = cli_text(c, "%s", r->name);
        r->stage = cli_text(c, "%s", r->stage);
    }
}

int trace_read(cli *c, const char *json, size_t size, trace_table *out) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    if (xb_json_parse(&c->mem, json, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err)) return cli_fail("trace: %s", err.message);
    const xb_json *list = xb_json_get(xb_json_root(doc), "traceEvents");
    int64_t        count = 0;
    event         *events = cli_alloc(c, (size_t)xb_json_count(list) + 1, sizeof *events);
    for (xb_json_iter it = xb_json_items(list); xb_json_next(&it);) {
        if (!read_event(it.value, &events[count])) continue;
        events[count].index = count;
        count++;
    }
    qsort(events, (size_t)count, sizeof *events, by_start);
    trace_table found = { .rows = cli_alloc(c, MAX_ROWS, sizeof *found.rows) };
    trace_table sorted = { .rows = cli_alloc(c, MAX_ROWS, sizeof *sorted.rows) };
    add_events(&found, events, count);
    sort_rows(&found, -1, 0, &sorted);
    sorted.total_us = found.total_us;
    name_rows(c, &sorted);
    xb_json_free(doc);
    *out = sorted;
    return CLI_OK;
}

void trace_print(cli *c, const trace_table *t, FILE *f) {
    xb_str s;
    cli_begin(c, &s);
    xb_str_add(&s, cli_style_of(f, CLI_BOLD));
    cli_pad(&s, "step", NAME_WIDTH);
    xb_str_addf(&s, "%8s %10s %7s%s\n", "runs", "ms", "share", cli_style_of(f, CLI_PLAIN));
    for (int32_t i = 0; i < t->count; i++) {
        const trace_row *r = &t->rows[i];
        double           share = t->total_us > 0 ? r->sum_us / t->total_us : 0;
        char             name[128];
        xb_format(name, sizeof name, "%.*s%.80s", 2 * r->depth, "                                ", r->name);
        cli_pad(&s, name, NAME_WIDTH);
        xb_str_addf(&s, "%8lld %10.3f %5.1f %% ", (long long)r->calls, r->sum_us / 1e3, 100 * share);
        int bar = share >= 1 ? BAR_WIDTH : (int)(share * BAR_WIDTH + 0.5);
        for (int n = 0; n < bar; n++) xb_str_addc(&s, '#');
        while (s.size && s.data[s.size - 1] == ' ') s.data[--s.size] = 0;
        xb_str_addc(&s, '\n');
    }
    fputs(s.data, f);
    xb_str_free(&s);
}

void trace_put_steps(xb_json_writer *w, const trace_table *t) {
    xb_json_begin_array(w);
    for (int32_t i = 0; i < t->count; i++) {
        xb_json_begin_object(w);
        xb_json_key(w, "name"), xb_json_put_string(w, t->rows[i].name);
        xb_json_key(w, "depth"), xb_json_put_int(w, t->rows[i].depth);
        xb_json_key(w, "calls"), xb_json_put_int(w, t->rows[i].calls);
        xb_json_key(w, "ms"), xb_json_put_double(w, t->rows[i].sum_us / 1e3);
        xb_json_end(w);
    }
    xb_json_end(w);
}
