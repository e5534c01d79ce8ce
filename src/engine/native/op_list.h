/* engine/native/op_list.h - infer and emit of all operators, for the files ops_*.c that have them and op_table.c that calls them. */
#ifndef XB_NATIVE_OP_LIST_H
#define XB_NATIVE_OP_LIST_H

#include "engine/native/op.h"

#define XB_OP(domain, name, since, min_in, max_in, min_out, max_out, flags, types, infer, emit) \
    xybrid_status xb_infer_##infer(xb_node *n);                                                 \
    xybrid_status xb_emit_##emit(xb_node *n);
#include "engine/native/ops.def"
#undef XB_OP

#endif
