/* flow/env.c - see env.h. */
#include "flow/env.h"

void xb_env_init(xb_env *env, xb_root *root, xb_log_fn log, void *log_ctx, int32_t log_level, xb_pool *pool,
                 xb_engines *engines, int32_t threads) {
    env->root = root;
    xb_log_init(&env->log, log, log_ctx, log_level);
    xb_timer_init(&env->timer);
    xb_fork_guard_init(&env->fork);
    xb_mutex_init(&env->mutex);
    env->pool = pool;
    env->engines = engines;
    env->threads = threads;
}

void xb_env_free(xb_env *env) {
    xb_engines_free(env->engines);
    xb_custom_steps_free(env->steps, &env->root->mem);
    xb_pool_free(env->pool);
    xb_timer_free(&env->timer);
    xb_fork_guard_free(&env->fork);
    xb_log_free(&env->log);
    xb_mutex_free(&env->mutex);
}
