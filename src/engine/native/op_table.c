/* engine/native/op_table.c - ops.def as a table, and the calls of its functions. */
#include <stddef.h>
#include <string.h>

#include "engine/native/build.h"
#include "engine/native/op_list.h"

/* All names in a row: a row holds the distance to its own. */
#define XB_OP(domain, name, since, min_in, max_in, min_out, max_out, flags, types, infer, emit) \
    char domain##_##name[sizeof #name];
typedef struct names {
#include "engine/native/ops.def"
} names;
#undef XB_OP

#define XB_OP(domain, name, since, min_in, max_in, min_out, max_out, flags, types, infer, emit) #name,
static const names all_names = {
#include "engine/native/ops.def"
};
#undef XB_OP

#define XB_OP(domain, name, since, min_in, max_in, min_out, max_out, flags, types, infer, emit) \
    { offsetof(names, domain##_##name), XB_DOMAIN_##domain, since, min_in, max_in, min_out, max_out, flags, XB_TYPES_##types },
const xb_op xb_ops[XB_OP_COUNT] = {
#include "engine/native/ops.def"
};
#undef XB_OP

#define XB_OP(domain, name, since, min_in, max_in, min_out, max_out, flags, types, infer, emit) \
    case XB_OP_##domain##_##name: return xb_infer_##infer(n);
xybrid_status xb_op_infer(xb_node *n) {
    switch (n->op - xb_ops) {
#include "engine/native/ops.def"
    }
    return xb_infer_nothing(n);
}
#undef XB_OP

#define XB_OP(domain, name, since, min_in, max_in, min_out, max_out, flags, types, infer, emit) \
    case XB_OP_##domain##_##name: return xb_emit_##emit(n);
xybrid_status xb_op_emit(xb_node *n) {
    switch (n->op - xb_ops) {
#include "engine/native/ops.def"
    }
    return xb_emit_nothing(n);
}
#undef XB_OP

xybrid_status xb_infer_nothing(xb_node *n) { return xb_fail_node(n, XYBRID_INTERNAL, "its outputs are made with it"); }

xybrid_status xb_emit_nothing(xb_node *n) {
    (void)n;
    return XYBRID_OK;
}

const xb_op *xb_op_at(int32_t index) {
    return index < XB_OP_COUNT && xb_ops[index].domain != XB_DOMAIN_OWN ? &xb_ops[index] : NULL;
}

const char *xb_op_name(const xb_op *op) { return (const char *)&all_names + op->name; }

const char *xb_op_domain(const xb_op *op) {
    static const char names_of[][16] = { "", "com.microsoft", "ai.onnx.preview", "xybrid" };
    return names_of[op->domain];
}

const xb_op *xb_op_find(const char *domain, const char *name, int64_t opset) {
    const xb_op *op;
    for (int32_t i = 0; (op = xb_op_at(i)) != NULL; i++)
        if (strcmp(xb_op_name(op), name) == 0 && strcmp(xb_op_domain(op), domain) == 0) return op->since <= opset ? op : NULL;
    return NULL;
}
