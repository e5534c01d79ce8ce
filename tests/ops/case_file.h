/* case_file.h - the file of test cases that scripts/node_cases.py writes; its layout is told there. */
#ifndef CASE_FILE_H
#define CASE_FILE_H

#include "codec/slice.h"

typedef struct op_set { /* one run: messages of values, in the order of the graph's inputs and outputs */
    int32_t   input_count, output_count;
    xb_slice *inputs, *outputs;
} op_set;

typedef struct op_case {
    const char *name;               /* "test_abs" */
    const char *category;           /* "node", "simple", "pytorch-converted", "pytorch-operator", "light" */
    const char *op;                 /* "Abs"; "" for a model of several */
    const char *domain;             /* "" is ONNX's own */
    double      relative, absolute; /* tolerances */
    xb_slice    model;
    int32_t     set_count;
    op_set     *sets;
} op_case;

typedef struct case_file {
    char    *bytes;
    op_case *cases;
    int32_t  count;
} case_file;

/* 1: read. 0: there is no such file. Ends the program when the file is damaged. */
int  case_file_read(const char *path, case_file *out);
void case_file_free(case_file *f);

#endif
