/* flow/step_table.h - the steps of a loaded model: made from the metadata, run one after the other. */
#ifndef XB_STEP_TABLE_H
#define XB_STEP_TABLE_H

#include "flow/env.h"
#include "flow/trace.h"

/* Makes the steps of one list. Errors: UNSUPPORTED_PACK (no such step; one that this build does not run; one in the wrong
 * place), those of the steps' open. */
xybrid_status xb_steps_open(xb_env *env, xb_arena *arena, xb_pack *pack, const xb_pack_steps *from, int32_t where,
                            const char *stage, xb_steps *out, xybrid_error *err);
void          xb_steps_close(xb_steps *steps, xb_mem *mem);

/* Runs them. A failure is wrapped: PREPROCESSING_FAILED or POSTPROCESSING_FAILED at the step's name and number. */
xybrid_status xb_steps_run(const xb_steps *steps, xb_frame *f, xb_trace *trace, xybrid_error *err);

#endif
