/* base/root.h - the runtime as the lower rooms see it: its memory, and its lifetime. Every handle keeps its root, so that
 * handles can be freed in any order. */
#ifndef XB_ROOT_H
#define XB_ROOT_H

#include "base/mem.h"

typedef struct xb_root {
    xb_mem      mem;
    xb_atomic32 refs;
    void (*end)(struct xb_root *root); /* called by the last drop; frees everything, the root too */
#if defined(XB_CHECKED_HANDLES)
    _Atomic(struct xb_handle *) dead; /* base/handle.h */
#endif
} xb_root;

static inline xb_root *xb_root_keep(xb_root *root) {
    xb_ref_take(&root->refs);
    return root;
}

static inline void xb_root_drop(xb_root *root) {
    if (xb_ref_drop(&root->refs)) root->end(root);
}

#endif
