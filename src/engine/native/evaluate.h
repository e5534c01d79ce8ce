/* engine/native/evaluate.h - evaluates a model on values as ONNX files store them: the whole of what a graph may take and give,
 * text, sequences and optionals included, which the door does not carry. For tests and tools.
 *
 *     xb_native_evaluation *e;
 *     XB_TRY(xb_native_evaluate_open(mem, pool, bytes, size, &e, err));
 *     XB_TRY_OUT(xb_native_evaluate_run(e, inputs, input_count, &outputs, &output_count, err));
 *     xb_native_evaluate_close(e);
 *
 * One thread at a time. */
#ifndef XB_NATIVE_EVALUATE_H
#define XB_NATIVE_EVALUATE_H

#include "codec/onnx_value.h"
#include "engine/native/run.h"
#include "plat/pool.h"

typedef struct xb_native_evaluation xb_native_evaluation;

/* `bytes` outlives it. pool NULL: one thread. Errors: those of xb_graph_read. */
xybrid_status xb_native_evaluate_open(xb_mem *mem, xb_pool *pool, const void *bytes, size_t size, xb_native_evaluation **out,
                                      xybrid_error *err);

/* Inputs in the order of the graph's inputs (those with an initializer left out). Outputs are in memory of the evaluation, valid
 * until the next run or close. */
xybrid_status xb_native_evaluate_run(xb_native_evaluation *e, const xb_onnx_value *inputs, int32_t input_count,
                                     const xb_onnx_value **outputs, int32_t *output_count, xybrid_error *err);

/* Segments made and bound by its runs. */
xb_plan_counts xb_native_evaluate_counts(const xb_native_evaluation *e);

void xb_native_evaluate_close(xb_native_evaluation *e); /* NULL is fine */

#endif
