/* engine/native/op_table.c - all operators: the families of the files ops_*.c. */
#include <string.h>

#include "engine/native/op.h"
#include "engine/native/op_families.h"

static const xb_op_family *const families[] = {
    &xb_ops_attention,
    &xb_ops_binary,
    &xb_ops_cast,
    &xb_ops_contrib_attention,
    &xb_ops_contrib_fused,
    &xb_ops_contrib_norm,
    &xb_ops_contrib_quantized,
    &xb_ops_control,
    &xb_ops_conv,
    &xb_ops_detect,
    &xb_ops_einsum,
    &xb_ops_elementwise_ms,
    &xb_ops_fill,
    &xb_ops_flex,
    &xb_ops_gather,
    &xb_ops_integer,
    &xb_ops_matmul,
    &xb_ops_move,
    &xb_ops_norm,
    &xb_ops_pad,
    &xb_ops_pool,
    &xb_ops_quantize,
    &xb_ops_random,
    &xb_ops_recurrent,
    &xb_ops_reduce,
    &xb_ops_requantize,
    &xb_ops_resize,
    &xb_ops_scatter,
    &xb_ops_select,
    &xb_ops_sequence,
    &xb_ops_shape,
    &xb_ops_signal,
    &xb_ops_softmax,
    &xb_ops_text,
    &xb_ops_unary,
};
enum { FAMILY_COUNT = sizeof families / sizeof families[0] };

const xb_op *xb_op_at(int32_t index) {
    for (int f = 0; f < FAMILY_COUNT; f++) {
        if (index < families[f]->count) return &families[f]->rows[index];
        index -= families[f]->count;
    }
    return NULL;
}

const char *xb_op_domain(const xb_op *op) {
    static const char names[][16] = { "", "com.microsoft", "ai.onnx.preview", "xybrid" };
    return names[op->domain];
}

const xb_op *xb_op_find(const char *domain, const char *name, int64_t opset) {
    const xb_op *best = NULL;
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (int32_t i = 0; i < families[f]->count; i++) {
            const xb_op *op = &families[f]->rows[i];
            if (strcmp(op->name, name) == 0 && strcmp(xb_op_domain(op), domain) == 0 && op->since <= opset &&
                (!best || op->since > best->since))
                best = op;
        }
    return best;
}
