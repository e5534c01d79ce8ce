/* base/handle.h - the block of a handle (model, session, stream, envelope, cancel token), and what becomes of it.
 *
 *     | mark | ... |   --xb_handle_free-->   given back; in a build with XB_CHECKED_HANDLES: | 0 | next dead | ... |
 *
 * The checked build keeps the blocks of freed handles, marked dead, until the runtime's last handle is gone: the door's checks
 * then turn a use after free into INVALID_ARGUMENT, and its memory grows with every run. The runtime's own struct ends with
 * its memory, so what comes after the end of the last handle is not found out. Any thread. */
#ifndef XB_HANDLE_H
#define XB_HANDLE_H

#include "base/root.h"

/* How each of these structs begins. */
typedef struct xb_handle {
    uint32_t          mark; /* its kind's while alive, else 0 */
    struct xb_handle *next; /* dead ones of a checked build, over what the struct held */
} xb_handle;

#if defined(XB_CHECKED_HANDLES)

/* Where the handle's own block comes from, given what the rest of it comes from: a session's memory would use it again. */
static inline xb_mem *xb_handle_mem(xb_root *root, xb_mem *mem) {
    (void)mem;
    return &root->mem;
}

static inline void xb_handle_free(xb_root *root, xb_mem *mem, void *handle) {
    xb_handle *dead = handle;
    (void)mem;
    dead->mark = 0;
    dead->next = atomic_load(&root->dead);
    while (!atomic_compare_exchange_weak(&root->dead, &dead->next, dead)) {}
}

/* The end of the root: nobody has a handle. */
static inline void xb_handles_end(xb_root *root) {
    for (xb_handle *next, *dead = atomic_load(&root->dead); dead; dead = next) {
        next = dead->next;
        xb_free(&root->mem, dead);
    }
}

#else

static inline xb_mem *xb_handle_mem(xb_root *root, xb_mem *mem) {
    (void)root;
    return mem;
}
static inline void xb_handle_free(xb_root *root, xb_mem *mem, void *handle) {
    (void)root;
    ((xb_handle *)handle)->mark = 0;
    xb_free(mem, handle);
}
static inline void xb_handles_end(xb_root *root) { (void)root; }

#endif
#endif
