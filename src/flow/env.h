/* flow/env.h - what a runtime has, as flow uses it: memory, log, threads, engines, the host's own steps, counters. */
#ifndef XB_ENV_H
#define XB_ENV_H

#include "base/root.h"
#include "engine/engine.h"
#include "flow/custom_step.h"
#include "plat/fork.h"
#include "plat/log.h"
#include "plat/pool.h"
#include "plat/timer.h"

typedef struct xb_env {
    xb_root      *root;
    xb_log        log;
    xb_pool      *pool;
    xb_timer      timer;
    xb_engines   *engines;
    int32_t       threads; /* the budget, callers included */
    xb_fork_guard fork;

    xb_mutex             mutex; /* guards the two lists and `is_closed` */
    xb_custom_step      *steps;
    struct xybrid_model *models;    /* all that are alive */
    int                  is_closed; /* a model was loaded: no more steps */

    xb_atomic32 model_count, session_count, stream_count;
    xb_atomic64 run_count, mapped_bytes;
} xb_env;

/* `pool` and `engines` are taken over. */
void xb_env_init(xb_env *env, xb_root *root, xb_log_fn log, void *log_ctx, int32_t log_level, xb_pool *pool,
                 xb_engines *engines, int32_t threads);

/* Ends engines, threads and steps; no model is alive. */
void xb_env_free(xb_env *env);

#endif
