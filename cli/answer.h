/* cli/answer.h - a language model's answer, piece by piece as it comes.
 *
 *     answer a = { .c = c, .is_shown = 1 };
 *     if (answer_take(&a, stream, &err)) return host_fail(c, &err, NULL);
 *     answer_stats(a.result);
 *     xybrid_envelope_free(a.result);
 *
 * The text goes to standard output, flushed with each piece; a tool call is a line of JSON there; reasoning goes to standard
 * error. All ends with a line break. One thread; has_begun may be read by another. */
#ifndef ANSWER_H
#define ANSWER_H

#include "base/atomic.h"
#include "cli.h"

typedef struct answer {
    cli             *c;
    int              is_shown, shows_reasoning;
    xb_atomic32      has_begun; /* something of it was shown */
    xybrid_envelope *result;    /* to be freed; NULL if the reader of standard output has gone, or after a failure */
    xybrid_finish    finish;
    int              in_line, in_reasoning; /* an unfinished line stands on the stream */
} answer;

/* Takes events up to the end. Errors: the request's. */
xybrid_status answer_take(answer *a, xybrid_stream *stream, xybrid_error *err);

/* The figures of an answer as one line on standard error. */
void answer_stats(cli *c, const xybrid_envelope *result);

/* A number of the result's metadata, 0 if it has none. */
double answer_number(const xybrid_envelope *result, const char *key);

#endif
