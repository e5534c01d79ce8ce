/* chat/answer.h - what a model says, from the bytes of its tokens to events.
 *
 *     const xb_answer_options o = { .stops = stops, .stop_count = 2, .dialect = XB_TOOLS_HERMES,
 *                                   .prompt = prompt, .prompt_bytes = size };
 *     XB_TRY(xb_answer_open(mem, &o, &a, err));
 *     while (!is_end) {
 *         XB_TRY_OUT(xb_answer_feed(a, piece, piece_size, err));
 *         while (xb_answer_next(a, &e)) use(&e);
 *         if (xb_answer_is_stopped(a)) break;            // a stop string came
 *     }
 *     XB_TRY_OUT(xb_answer_finish(a, err));              // always: what was held back, whatever was the reason of the end
 *     while (xb_answer_next(a, &e)) use(&e);
 *     xb_answer_close(a);
 *
 *     bytes -> stops.h (whole characters, stop strings) -> reasoning.h -> tools.h -> events
 *
 * Events come in the order of the text. TEXT and REASONING are whole UTF-8 characters and never empty; neighbours of one kind
 * belong together. The texts of all events, taken together by kind, do not depend on how the bytes are cut. An event and all it
 * points to is valid until the next feed or finish, which also drops what was not fetched. One thread at a time. */
#ifndef XB_ANSWER_H
#define XB_ANSWER_H

#include "chat/tools.h"

typedef enum xb_answer_kind { XB_ANSWER_TEXT, XB_ANSWER_REASONING, XB_ANSWER_CALL } xb_answer_kind;

typedef struct xb_answer_event {
    xb_answer_kind kind;
    const char    *text; /* CALL: the arguments, a JSON object; NUL-terminated, may hold further NULs */
    size_t         size;
    const char    *id, *name; /* CALL; else NULL */
    const char    *problem;   /* TEXT that began as a call and is none: why; else NULL */
} xb_answer_event;

typedef struct xb_answer_options {
    const char *const *stops;
    int32_t            stop_count;
    xb_tool_dialect    dialect;         /* XB_TOOLS_NONE: calls are text */
    int32_t            keeps_reasoning; /* 1: <think> and the like stay in the text */
    const char        *prompt;          /* does it end in an open <think>? NULL = no */
    size_t             prompt_bytes;
} xb_answer_options;

typedef struct xb_answer xb_answer;

/* Copies what it needs. Errors: INVALID_ARGUMENT (stop strings), OUT_OF_MEMORY. */
xybrid_status xb_answer_open(xb_mem *mem, const xb_answer_options *o, xb_answer **out, xybrid_error *err);
void          xb_answer_close(xb_answer *a); /* NULL is fine */

/* The bytes of a token. Errors: OUT_OF_MEMORY, after which the answer can only be closed. */
xybrid_status xb_answer_feed(xb_answer *a, const void *bytes, size_t size, xybrid_error *err);
xybrid_status xb_answer_finish(xb_answer *a, xybrid_error *err);

/* The next event; 0 = none left. */
int xb_answer_next(xb_answer *a, xb_answer_event *out);

/* Was a stop string found? What is fed from then on is not looked at. */
int xb_answer_is_stopped(const xb_answer *a);

#endif
