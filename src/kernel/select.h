/* kernel/select.h - Where: an element of x where the condition is true (not 0), else of y, all repeated to one shape.
 *
 *     a->rank, a->dims = the result's; xb_operand_set(&a->in[XB_SELECT_CONDITION], XYBRID_BOOL, ...), ...;
 *     xb_work work = xb_select_work(a);
 *
 * Elements of 1, 2, 4, 8 or 16 bytes are moved as they are. */
#ifndef XB_SELECT_H
#define XB_SELECT_H

#include "kernel/element.h"
#include "kernel/kernel.h"

enum { XB_SELECT_CONDITION, XB_SELECT_TRUE, XB_SELECT_FALSE, XB_SELECT_INPUTS };

typedef struct xb_select_args {
    void      *y;
    int32_t    rank;
    int64_t    dims[XB_MAX_RANK], elements; /* elements: filled by xb_select_work */
    xb_operand in[XB_SELECT_INPUTS];
} xb_select_args;

/* Simplifies dims and strides. */
xb_work xb_select_work(xb_select_args *a);

#endif
