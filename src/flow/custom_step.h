/* flow/custom_step.h - steps of the host's own: the public xybrid_step, kept by the runtime. */
#ifndef XB_CUSTOM_STEP_H
#define XB_CUSTOM_STEP_H

#include "flow/step.h"

struct xb_custom_step {
    struct xb_custom_step *next;
    xybrid_step            table; /* strings are copies */
};

/* Checks and copies `table` to the front of *list. Errors: INVALID_ARGUMENT (name taken or empty, slot missing), OUT_OF_MEMORY. */
xybrid_status         xb_custom_step_add(xb_mem *mem, xb_custom_step **list, const xybrid_step *table, xybrid_error *err);
const xb_custom_step *xb_custom_step_find(const xb_custom_step *list, const char *name); /* NULL if there is none */
void                  xb_custom_steps_free(xb_custom_step *list, xb_mem *mem);

/* `open`, `run` and `close` of a step in a model; what the host returns as failure is kept, with its name as subject. The
 * floating-point modes are the usual ones during each call. */
xybrid_status xb_custom_step_open(const xb_custom_step *step, xb_step_maker *m, void **state, xybrid_error *err);
xybrid_status xb_custom_step_run(const xb_custom_step *step, void *state, xb_frame *f, xybrid_error *err);
void          xb_custom_step_close(const xb_custom_step *step, void *state);

#endif
