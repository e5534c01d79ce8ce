/* cli/trace_table.h - where the time went: a result's Chrome trace as a table for people.
 *
 *     {"traceEvents": [{"name", "cat", "ph": "X", "ts", "dur" in us, ...}]} -> rows, indented by what lies in what -> table */
#ifndef TRACE_TABLE_H
#define TRACE_TABLE_H

#include "cli.h"
#include "codec/json.h"

typedef struct trace_row {
    const char *name;  /* in the program's arena; begins with "STAGE: " if there are several stages */
    const char *stage; /* "" if none */
    int         depth;
    int32_t     parent; /* row, -1 at the top */
    int64_t     calls;
    double      sum_us;
} trace_row;

typedef struct trace_table {
    trace_row *rows;
    int32_t    count;
    double     total_us; /* from the first event's start to the last one's end */
} trace_table;

/* Events of the same name and stage in the same parent become one row. CLI_OK, or CLI_FAILED after it told that this is no
 * trace. */
int trace_read(cli *c, const char *json, size_t size, trace_table *out);

void trace_print(cli *c, const trace_table *t, FILE *f);

/* [{"name": ..., "depth": ..., "calls": ..., "ms": ...}, ...], in the order of the table. */
void trace_put_steps(xb_json_writer *w, const trace_table *t);

#endif
