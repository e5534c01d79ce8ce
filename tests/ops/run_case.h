/* run_case.h - one test case on one engine: decode, open, run twice, compare, close, look for leaks. */
#ifndef RUN_CASE_H
#define RUN_CASE_H

#include "case_file.h"
#include "engine_adapter.h"

typedef enum case_outcome { CASE_PASSED, CASE_FAILED, CASE_LEFT_OUT, CASE_OUTCOMES } case_outcome;

enum { /* what is special about a case's inputs and outputs */
       VALUES_STRING = 1 << 0,
       VALUES_SEQUENCE = 1 << 1,
       VALUES_OPTIONAL = 1 << 2,
       VALUES_16_BIT_FLOAT = 1 << 3, /* float16, bfloat16 */
       VALUES_SMALL_FLOAT = 1 << 4,  /* 8, 6 and 4 bits */
       VALUES_SMALL_INTEGER = 1 << 5 /* 4 and 2 bits */
};

typedef struct case_verdict {
    int32_t  outcome;
    uint32_t values; /* VALUES_* */
    double   seconds;
    char     reason[500]; /* one line; "" when it passed */
} case_verdict;

/* `engine` was started with `mem`. Never ends the program; a crash of the engine does. */
void run_case(const engine_adapter *adapter, void *engine, xb_mem *mem, const op_case *c, case_verdict *out);

/* The outcome with its reason, in the way of printf; at most one line. */
void verdict_set(case_verdict *v, case_outcome outcome, const char *format, ...) XB_PRINTF(3, 4);

/* Only what is special about the values, for cases that are not run. */
void describe_case(const op_case *c, case_verdict *out);

#endif
