/* base/atomic.h - the few atomic operations the library uses. C11's own, under short names; all sequentially consistent
 * unless the name says otherwise. */
#ifndef XB_ATOMIC_H
#define XB_ATOMIC_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic int32_t xb_atomic32;
typedef _Atomic int64_t xb_atomic64;

#define xb_atomic_get(p)    atomic_load_explicit((p), memory_order_acquire)
#define xb_atomic_set(p, v) atomic_store_explicit((p), (v), memory_order_release)
#define xb_atomic_add(p, v) atomic_fetch_add((p), (v)) /* gives the value before */

/* Reference counts: take one, drop one; drop is 1 when it was the last. */
static inline void xb_ref_take(xb_atomic32 *refs) { atomic_fetch_add_explicit(refs, 1, memory_order_relaxed); }
static inline int  xb_ref_drop(xb_atomic32 *refs) { return atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel) == 1; }

#endif
