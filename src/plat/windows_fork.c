/* plat/windows_fork.c - Windows has processes but no fork. */
#if defined(_WIN32)
#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

#  include "plat/fork.h"

int64_t xb_process_id(void) { return GetCurrentProcessId(); }

void xb_fork_guard_init(xb_fork_guard *g) {
    g->page = NULL;
    g->process = xb_process_id();
}

void xb_fork_guard_free(xb_fork_guard *g) { (void)g; }

#else
typedef int xb_windows_fork_is_elsewhere;
#endif
