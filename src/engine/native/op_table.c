/* engine/native/op_table.c - all operators: the families of the files ops_*.c. */
#include <string.h>

#include "engine/native/op.h"
#include "engine/native/op_families.h"

static const xb_op_family *const families[] = {
    &xb_ops_control,
    &xb_ops_sequence,
    &xb_ops_shape,
    &xb_ops_conv,
    &xb_ops_contrib_attention,
    &xb_ops_matmul,
    &xb_ops_norm,
    &xb_ops_recurrent,
};
enum { FAMILY_COUNT = sizeof families / sizeof families[0] };

const xb_op *xb_op_at(int32_t index) {
    for (int f = 0; f < FAMILY_COUNT; f++) {
        if (index < families[f]->count) return &families[f]->rows[index];
        index -= families[f]->count;
    }
    return NULL;
}

const xb_op *xb_op_find(const char *domain, const char *name, int64_t opset) {
    const xb_op *best = NULL;
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (int32_t i = 0; i < families[f]->count; i++) {
            const xb_op *op = &families[f]->rows[i];
            if (strcmp(op->name, name) == 0 && strcmp(op->domain, domain) == 0 && op->since <= opset &&
                (!best || op->since > best->since))
                best = op;
        }
    return best;
}
