/* chat/answer.c - see answer.h. Events lie in one text, NUL behind each part. */
#include "chat/answer.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "chat/reasoning.h"
#include "chat/stops.h"

typedef struct event { /* places in `texts` */
    xb_answer_kind kind;
    size_t         text, size, id, name, problem; /* problem: 0 = none */
} event;

struct xb_answer {
    xb_mem         *mem;
    xb_stops       *stops;
    xb_tool_reader *tools;
    xb_reasoning    reasoning;
    int             keeps_reasoning;
    xb_str          whole; /* of one feed, behind stops */
    xb_str          texts;
    event          *events;
    size_t          room, count, fetched;
    size_t          problem; /* of the text that comes next */
    xybrid_status   failed;
    xybrid_error   *err;
};

/* ---- events ---- */

static size_t add_text(xb_answer *a, const char *text, size_t size) {
    size_t at = a->texts.size;
    xb_str_addn(&a->texts, text, size);
    xb_str_addc(&a->texts, 0);
    return at;
}

static event *add_event(xb_answer *a, xb_answer_kind kind) {
    if (a->failed == XYBRID_OK)
        a->failed = xb_grow(a->mem, (void **)&a->events, &a->room, a->count, sizeof *a->events, XB_MAX_ANSWER_EVENTS,
                            "events of one piece of an answer", a->err);
    if (a->failed != XYBRID_OK) return NULL;
    a->events[a->count] = (event){ .kind = kind };
    return &a->events[a->count++];
}

static void say(xb_answer *a, xb_answer_kind kind, const char *text, size_t size) {
    event *last = a->count > 0 ? &a->events[a->count - 1] : NULL;
    if (last && last->kind == kind && !a->problem && last->text + last->size + 1 == a->texts.size) {
        a->texts.size--; /* over the NUL */
        (void)add_text(a, text, size);
        last->size += size;
        return;
    }
    event *e = add_event(a, kind);
    if (!e) return;
    e->problem = a->problem;
    a->problem = 0;
    e->text = add_text(a, text, size);
    e->size = size;
}

static void take_text(void *ctx, const char *text, size_t size) { say(ctx, XB_ANSWER_TEXT, text, size); }

static void take_call(void *ctx, const xb_tool_call *call) {
    xb_answer *a = ctx;
    event     *e = add_event(a, XB_ANSWER_CALL);
    if (!e) return;
    e->id = add_text(a, call->id, strlen(call->id));
    e->name = add_text(a, call->name, strlen(call->name));
    e->text = add_text(a, call->arguments, call->arguments_size);
    e->size = call->arguments_size;
}

static void take_problem(void *ctx, const char *message) {
    xb_answer *a = ctx;
    a->problem = add_text(a, message, strlen(message));
}

static void take_part(void *ctx, int is_reasoning, const char *text, size_t size) {
    xb_answer *a = ctx;
    if (is_reasoning) say(a, XB_ANSWER_REASONING, text, size);
    else if (a->failed == XYBRID_OK) a->failed = xb_tool_reader_feed(a->tools, text, size, a->err);
}

/* ---- */

xybrid_status xb_answer_open(xb_mem *mem, const xb_answer_options *o, xb_answer **out, xybrid_error *err) {
    xb_answer *a = xb_calloc(mem, 1, sizeof *a, err);
    if (!a) return err->code;
    const xb_tool_sink sink = { .ctx = a, .text = take_text, .call = take_call, .problem = take_problem };
    a->mem = mem;
    a->keeps_reasoning = o->keeps_reasoning;
    xb_str_init(&a->whole, mem, XB_MAX_ANSWER_BYTES);
    xb_str_init(&a->texts, mem, XB_MAX_ANSWER_BYTES);
    xb_reasoning_init(&a->reasoning, take_part, a, o->prompt, o->prompt_bytes);
    xybrid_status st = xb_stops_open(mem, o->stops, o->stop_count, &a->stops, err);
    if (st == XYBRID_OK) st = xb_tool_reader_open(mem, o->dialect, &sink, &a->tools, err);
    if (st != XYBRID_OK) xb_answer_close(a);
    else *out = a;
    return st;
}

void xb_answer_close(xb_answer *a) {
    if (!a) return;
    xb_stops_close(a->stops);
    xb_tool_reader_close(a->tools);
    xb_str_free(&a->whole);
    xb_str_free(&a->texts);
    xb_free(a->mem, a->events);
    xb_free(a->mem, a);
}

static void begin(xb_answer *a, xybrid_error *err) {
    a->err = err;
    a->count = a->fetched = 0;
    xb_str_clear(&a->whole);
    xb_str_clear(&a->texts);
    xb_str_addc(&a->texts, 0); /* no part is at 0 */
}

static void pass_on(xb_answer *a) {
    if (a->keeps_reasoning) take_part(a, 0, a->whole.data, a->whole.size);
    else xb_reasoning_feed(&a->reasoning, a->whole.data, a->whole.size);
}

static xybrid_status end(xb_answer *a, xybrid_error *err) {
    a->err = NULL;
    if (a->failed == XYBRID_OK) a->failed = xb_str_status(&a->whole, err);
    if (a->failed == XYBRID_OK) a->failed = xb_str_status(&a->texts, err);
    if (a->failed != XYBRID_OK) a->count = 0;
    return a->failed;
}

xybrid_status xb_answer_feed(xb_answer *a, const void *bytes, size_t size, xybrid_error *err) {
    if (a->failed != XYBRID_OK) return xb_fail(err, a->failed, "answer", "this answer failed before");
    begin(a, err);
    xb_stops_feed(a->stops, bytes, size, &a->whole);
    pass_on(a);
    return end(a, err);
}

xybrid_status xb_answer_finish(xb_answer *a, xybrid_error *err) {
    if (a->failed != XYBRID_OK) return xb_fail(err, a->failed, "answer", "this answer failed before");
    begin(a, err);
    xb_stops_finish(a->stops, &a->whole);
    pass_on(a);
    xb_reasoning_finish(&a->reasoning);
    if (a->failed == XYBRID_OK) a->failed = xb_tool_reader_finish(a->tools, err);
    return end(a, err);
}

int xb_answer_next(xb_answer *a, xb_answer_event *out) {
    if (a->fetched == a->count) return 0;
    const event *e = &a->events[a->fetched++];
    const char  *texts = a->texts.data;
    int          is_call = e->kind == XB_ANSWER_CALL;
    *out = (xb_answer_event){ .kind = e->kind,
                              .text = texts + e->text,
                              .size = e->size,
                              .id = is_call ? texts + e->id : NULL,
                              .name = is_call ? texts + e->name : NULL,
                              .problem = e->problem ? texts + e->problem : NULL };
    return 1;
}

int xb_answer_is_stopped(const xb_answer *a) { return xb_stops_found(a->stops) >= 0; }
