/* engine_adapter.h - the engine under test, as the runner sees it. One file for each engine: adapter_*.c. */
#ifndef ENGINE_ADAPTER_H
#define ENGINE_ADAPTER_H

#include "base/error.h"
#include "codec/onnx_value.h"
#include "plat/pool.h"

typedef struct engine_adapter {
    const char *name;
    int         may_keep_memory; /* from one model for the next, until it is stopped */
    /* Once for each process. */
    xybrid_status (*start)(xb_mem *mem, xb_pool *pool, void **engine, xybrid_error *err);
    void (*stop)(void *engine);
    /* Why the way to this engine (not the engine) cannot carry a value of this port; NULL: it can. */
    const char *(*cannot_carry)(const xb_onnx_port *port);
    xybrid_status (*open)(void *engine, const void *model, size_t size, void **out, xybrid_error *err);
    /* Inputs in the order of the graph's inputs; outputs stay valid until the next run or close. */
    xybrid_status (*run)(void *model, const xb_onnx_value *inputs, int32_t input_count, const xb_onnx_value **outputs,
                         int32_t *output_count, xybrid_error *err);
    void (*close)(void *model);
} engine_adapter;

/* NULL: this build has it not. */
const engine_adapter *adapter_native(void);
const engine_adapter *adapter_onnxruntime(void);

#endif
