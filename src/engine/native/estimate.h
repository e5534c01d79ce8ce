/* engine/native/estimate.h - what a model will take, from a plan that is made and thrown away.
 *
 * The plan is made as ever, but weights are not packed: the sizes of their forms are known. For free dimensions the "usual shapes"
 * are taken: one item of a batch, and of some numbers the first that the model takes (ports.h). */
#ifndef XB_NATIVE_ESTIMATE_H
#define XB_NATIVE_ESTIMATE_H

#include "engine/native/model.h"

typedef struct xb_native_cost {
    int64_t model_bytes;   /* graph and packed weights */
    int64_t session_bytes; /* plan, block and scratch */
} xb_native_cost;

/* `services->mem` is the estimate's alone. *found 0: there is no plan for usual shapes, or a part of it depends on what is
 * computed. Errors: those of xb_native_model_open. */
xybrid_status xb_native_estimate(const xb_native_services *services, const void *bytes, size_t size,
                                 const xb_graph_files *files, xb_native_cost *out, int32_t *found, xybrid_error *err);

#endif
