/* plat/fault.h - failures on demand, for tests. Only builds with -DXB_FAULTS have it; in all others it is nothing.
 *
 *     xb_fault_set(XB_FAULT_READ, 3, 0);      // the third read fails, once
 *     ...
 *     CHECK(xb_fault_struck(XB_FAULT_READ));
 *     xb_fault_clear();
 */
#ifndef XB_FAULT_H
#define XB_FAULT_H

#include <stdint.h>

enum {
    XB_FAULT_OPEN,   /* opening a file: permission refused */
    XB_FAULT_READ,   /* reading: input/output error */
    XB_FAULT_WRITE,  /* writing: no space left */
    XB_FAULT_MAP,    /* mapping: refused */
    XB_FAULT_SHORT,  /* the file is a byte shorter than it was when its size was asked */
    XB_FAULT_RENAME, /* renaming: permission refused */
    XB_FAULT_THREAD, /* starting a thread: no more */
    XB_FAULT_KINDS
};

#if defined(XB_FAULTS)
/* Call number `nth` (1 = the next one) of this kind fails, and all later ones if `forever`; nth 0 = none. The one table of
 * the process: tests that use it run one at a time. */
void xb_fault_set(int kind, int64_t nth, int forever);
void xb_fault_clear(void);      /* all kinds */
int  xb_fault_struck(int kind); /* did one fail since it was set? */
int  xb_fault_hit(int kind);    /* asked by plat at each call: 1 = fail now */
#else
static inline int xb_fault_hit(int kind) {
    (void)kind;
    return 0;
}
#endif

#endif
