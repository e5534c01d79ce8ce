/* plat/fault.c - failures on demand; empty unless XB_FAULTS is defined. */
#include "plat/fault.h"

#if defined(XB_FAULTS)
#  include "base/atomic.h"

typedef struct fault {
    xb_atomic64 left; /* calls until the next failure; 0 = none */
    xb_atomic32 is_forever, is_struck;
} fault;

/* The one global of the library that changes, and only in test builds. */
static fault faults[XB_FAULT_KINDS];

void xb_fault_set(int kind, int64_t nth, int forever) {
    xb_atomic_set(&faults[kind].is_forever, forever);
    xb_atomic_set(&faults[kind].is_struck, 0);
    xb_atomic_set(&faults[kind].left, nth);
}

void xb_fault_clear(void) {
    for (int kind = 0; kind < XB_FAULT_KINDS; kind++) xb_fault_set(kind, 0, 0);
}

int xb_fault_struck(int kind) { return xb_atomic_get(&faults[kind].is_struck); }

int xb_fault_hit(int kind) {
    fault  *f = &faults[kind];
    int64_t left = xb_atomic_get(&f->left);
    while (left > 0) {
        int64_t next = left > 1 ? left - 1 : xb_atomic_get(&f->is_forever);
        if (!atomic_compare_exchange_weak(&f->left, &left, next)) continue;
        if (left > 1) return 0;
        xb_atomic_set(&f->is_struck, 1);
        return 1;
    }
    return 0;
}

#endif
