/* xybrid/step.h - a pre- or postprocessing step of the host's own, named in model_metadata.json like a built-in one.
 *
 *     static xybrid_status upper(void *ctx, void *state, const xybrid_envelope *in, const xybrid_cancel *cancel,
 *                                xybrid_envelope **out, xybrid_error *err) {
 *         ...
 *         return xybrid_envelope_new_text(ctx, changed, -1, out, err);       // ctx is the runtime here
 *     }
 *     xybrid_step step = { sizeof step, 0, "Upper", NULL, rt, NULL, upper, NULL };
 *     if (xybrid_step_register(rt, &step, &err)) return fail(err.message);
 *     // "preprocessing": [{"type": "Upper"}]
 *
 * Register before the first load; names of built-in steps are refused. The table is copied (strings too), `ctx` must outlive
 * the runtime. A step sees what flows as an envelope: the request's input, or after other steps a Tensor, Tokens, Audio, Text
 * or a List of them, and may give any of these on.
 */
#ifndef XYBRID_STEP_H
#define XYBRID_STEP_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Table. Threads: `open` and `close` on any thread, once for each model that uses the step; `run` on any thread, also several
 * at once with one state: a step's state is read-only while models run. */
typedef struct xybrid_step {
    uint32_t    struct_size;
    uint32_t    reserved;
    const char *name;          /* "type" in the metadata */
    const char *params;        /* names of the parameters it knows, comma between; another one is refused; NULL = none */
    void       *ctx;
    /* Reads the parameters (the step's JSON object) once for each model. Optional: state is then NULL. */
    xybrid_status (*open)(void *ctx, const char *params, void **state, xybrid_error *err);
    /* Makes *out from `in` (borrowed). Returning xybrid_envelope_retain(in) as *out passes it on unchanged. */
    xybrid_status (*run)(void *ctx, void *state, const xybrid_envelope *in, const xybrid_cancel *cancel,
                         xybrid_envelope **out, xybrid_error *err);
    void          (*close)(void *ctx, void *state);     /* optional */
} xybrid_step;

/* Adds a step to the runtime. Any thread. Errors: INVALID_ARGUMENT (name taken, slot missing), BUSY (a model was loaded already). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_step_register(xybrid_runtime *rt, const xybrid_step *step, xybrid_error *err);

#ifdef __cplusplus
}
#endif
#endif
