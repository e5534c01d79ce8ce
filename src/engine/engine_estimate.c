/* engine/engine_estimate.c - an engine's word on what a file would cost. */
#include "engine/engine_int.h"
#include "engine/model.h"

xybrid_status xb_engine_estimate(xb_engine *engine, const xb_engine_source *source, const xybrid_engine_options *options,
                                 xybrid_cost *out, xybrid_error *err) {
    const xybrid_source *view = xb_engine_source_view(source);
    xybrid_cost          cost = { .struct_size = sizeof cost,
                                  .context_tokens = -1,
                                  .mapped_bytes = view->is_mapped ? view->size_bytes : 0,
                                  .private_bytes = -1,
                                  .session_bytes = -1,
                                  .bytes_per_token = -1 };
    if (engine->table.estimate) {
        xybrid_status st = engine->table.estimate(engine->handle, view, options, &cost, err);
        if (st) return st;
    }
    *out = cost;
    return XYBRID_OK;
}
