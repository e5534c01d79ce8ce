/* engine/native/build_int.h - what the files that make plans share among themselves. */
#ifndef XB_NATIVE_BUILD_INT_H
#define XB_NATIVE_BUILD_INT_H

#include "engine/native/build.h"

enum {
    XB_FOLD_BYTES = 64 << 10,  /* a constant that grows by folding may have this size */
    XB_SHARED_BYTES = 4 << 10, /* a weight of this size is copied once for the model, a smaller one for each plan */
    XB_BLOCK_ALIGN = 64
};

/* Zeroed tensor value, in b->vals. */
xb_val *xb_val_new(xb_build *b, int32_t number, xybrid_error *err);

/* Its bytes are needed after the segment. */
static inline void xb_val_keep(xb_val *v) {
    (v->root ? v->root : v)->last = INT32_MAX;
    for (int32_t i = 0; i < v->item_count; i++) xb_val_keep(v->items[i]);
}

/* Weights lie in the file at any address; most kernels want that of an element: then v->data becomes a copy. */
xybrid_status xb_align_content(xb_build *b, xb_val *v, xybrid_error *err);

/* A step that copies the bytes of `from` to `to`. */
xybrid_status xb_copy_emit(xb_build *b, const xb_val *from, xb_val *to, xybrid_error *err);

/* Gives every value without a place one in the segment's block, and sorts the references. */
xybrid_status xb_build_places(xb_build *b, xybrid_error *err);

/* Runs steps [first_step, ...) now; all their values have content. */
xybrid_status xb_fold_run(xb_build *b, size_t first_step, size_t first_ref, xybrid_error *err);

#endif
