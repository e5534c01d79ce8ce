/* cli/document.h - the answer of `xybrid run --json`: one document on one line.
 *
 *     {"model": "ppocr-v5", "outputs": [envelope, ...], "timing_ms": {"load": 81.2, "run": 130.4, "total": 211.9}}
 *
 * Envelopes are in wire form (docs/envelope.md); the items of a List stand in "outputs" one by one. With several inputs each
 * has its document, with a member "input" that says which. With --trace, "timing_ms" also has "steps". */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "cli.h"
#include "trace_table.h"

typedef struct document {
    const char            *model;
    const char            *input; /* NULL: there is one */
    const xybrid_envelope *result;
    const trace_table     *trace; /* NULL without --trace */
    double                 load_ms, run_ms, total_ms;
} document;

/* Adds the line to `s`. Errors: those of xybrid_envelope_to_json. */
xybrid_status document_add(const document *d, xb_str *s, xybrid_error *err);

#endif
