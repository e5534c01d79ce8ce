/* engine/native/model.h - an opened model, and the engine around it. */
#ifndef XB_NATIVE_MODEL_H
#define XB_NATIVE_MODEL_H

#include <xybrid/engine.h>

#include "base/arena.h"
#include "engine/native/graph.h"
#include "engine/native/pack_cache.h"
#include "kernel/qgemm.h"
#include "plat/pool.h"

/* Runs a parallel loop; `pool` is xybrid_host.parallel's context or an xb_pool. */
typedef struct xb_native_services {
    xb_mem            *mem;
    const xb_isa      *isa;
    const xb_qisa     *qisa;         /* kernel/qgemm.h */
    int32_t            threads;      /* the budget */
    uint32_t           rewrites_off; /* bits of rewrite.h */
    int32_t            is_dry;       /* weights are not packed, only measured: for plans that never run */
    const xybrid_host *host;         /* whose blobs are used; NULL = none */
    void (*parallel)(void *ctx, int32_t chunks, xb_pool_fn fn, void *arg);
    void *ctx;
} xb_native_services;

/* Shared by its sessions; immutable but for the packed forms, which have a lock. */
typedef struct xb_native_model {
    xb_native_services services;
    xb_arena           arena;
    xb_model_graph     graph;
    xb_pack_cache      packs;
} xb_native_model;

/* `bytes` (and what `files` finds) outlive the model. `identity` tells this version of the file from all others, NULL = unknown:
 * packed weights are kept under it. Errors: those of xb_graph_read. */
xybrid_status xb_native_model_open(const xb_native_services *services, const void *bytes, size_t size,
                                   const xb_graph_files *files, const char *identity, xb_native_model **out, xybrid_error *err);
void          xb_native_model_close(xb_native_model *m); /* NULL is fine; its sessions are closed */

#endif
