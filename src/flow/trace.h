/* flow/trace.h - what took how long in one request, as a Chrome trace (Trace Event Format, complete events). */
#ifndef XB_TRACE_H
#define XB_TRACE_H

#include "base/arena.h"
#include "base/str.h"

typedef struct xb_trace_span {
    const char *name, *category, *stage; /* borrowed from the model, or in trace.text; stage NULL = none */
    const char *more;                    /* what an engine tells of its step, a JSON object; NULL = none */
    int64_t     start_ns, end_ns;
} xb_trace_span;

typedef struct xb_trace {
    xb_mem        *mem;
    xb_trace_span *spans;
    size_t         count, room;
    xb_arena       text;      /* names of engines' steps */
    int64_t        origin_ns; /* 0 = tracing is off, and nothing below does anything */
} xb_trace;

void    xb_trace_init(xb_trace *t, xb_mem *mem);
void    xb_trace_free(xb_trace *t);
void    xb_trace_start(xb_trace *t, int is_on); /* a new request */
int64_t xb_trace_now(const xb_trace *t);        /* 0 when off: no look at the clock */

/* A span from start_ns to now. When memory is out the span is left out: a trace must not fail a request. */
void xb_trace_add(xb_trace *t, const char *name, const char *category, const char *stage, int64_t start_ns);

/* The steps that an engine's profile lists (NULL: none), as spans of category "step" inside its run, which began at start_ns. */
void xb_trace_add_steps(xb_trace *t, const char *profile, const char *stage, int64_t start_ns);

/* {"traceEvents": [...]}, times in microseconds. */
xybrid_status xb_trace_write(const xb_trace *t, xb_str *out, xybrid_error *err);

#endif
