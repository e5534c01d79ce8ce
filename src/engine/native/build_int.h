/* engine/native/build_int.h - what the files that make plans share among themselves. */
#ifndef XB_NATIVE_BUILD_INT_H
#define XB_NATIVE_BUILD_INT_H

#include "engine/native/build.h"

enum {
    XB_FOLD_BYTES = 64 << 10, /* a constant that grows by folding may have this size */
    XB_BLOCK_ALIGN = 64
};

/* Zeroed tensor value, in b->vals. */
xb_val *xb_val_new(xb_build *b, int32_t number);

/* Its bytes are needed after the segment. */
static inline void xb_val_keep(xb_val *v) {
    (v->root ? v->root : v)->last = INT32_MAX;
    for (int32_t i = 0; i < v->item_count; i++) xb_val_keep(v->items[i]);
}

/* Weights lie in the file at any address; most kernels want that of an element: then v->data becomes a copy. */
xybrid_status xb_align_content(xb_build *b, xb_val *v);

/* A step that copies the bytes of `from` to `to`. */
xybrid_status xb_copy_emit(const xb_node *n, const xb_val *from, xb_val *to);

/* What infer left to do of a node. */
typedef enum xb_settled {
    XB_SETTLED_CONTENT, /* nothing: all outputs are known in content */
    XB_SETTLED_FOLDED,  /* to compute it once, now */
    XB_SETTLED_PASSED,  /* nothing: outputs are inputs */
    XB_SETTLED_KEPT,    /* steps */
    XB_SETTLED_INLINED  /* nothing: others have taken its place */
} xb_settled;
xb_settled xb_node_settles(const xb_node *n);

/* Runs the steps that emit makes, here and now, into memory of the segment. */
xybrid_status xb_fold_node(xb_node *n);

/* From nodes of known shapes to steps with places in memory. */
xybrid_status xb_build_back(xb_build *b);

/* The lists of b. */
void xb_build_free(xb_build *b);

/* Gives every value without a place one in the segment's block, and sorts the references. */
xybrid_status xb_build_places(xb_build *b);

/* Runs steps [first_step, ...) now; all their values have content. */
xybrid_status xb_fold_run(xb_build *b, size_t first_step, size_t first_ref);

#endif
