/* speech/net.h - an engine's model and a session on it, as this room sees them: inputs are bound on the session, `run` runs.
 *
 *     XB_TRY(xb_engine_session_bind(net->session, input, &tensor, err));
 *     xb_tensor outputs[4] = { 0 };                                        // net->model->output_count of them
 *     st = net->run(net->ctx, NULL, outputs, err);
 *     ... outputs[0] ...
 *     for (i = 0; i < 4; i++) xb_tensor_drop(&outputs[i]);                 // also after a failure
 *
 * In flow `run` is xb_engine_run_bound, which looks at the request's cancel token; in the tests a small rig. One thread at a
 * time, as the session. */
#ifndef XB_NET_H
#define XB_NET_H

#include "engine/model.h"

typedef struct xb_net {
    const xb_engine_model *model;
    xb_engine_session     *session;
    /* With what is bound. wanted[i] of the model's outputs, NULL = all; outputs[i] zeroed by the caller and dropped by it. */
    xybrid_status (*run)(void *ctx, const uint8_t *wanted, xb_tensor *outputs, xybrid_error *err);
    void *ctx;
} xb_net;

#endif
