/* plat/posix_fork.c - processes and the page that a fork wipes. */
#if !defined(_WIN32)
#  define _GNU_SOURCE
#  define _DARWIN_C_SOURCE
#  include "plat/fork.h"

#  include <stddef.h>
#  include <unistd.h>

#  if defined(__linux__)
#    include <sys/mman.h>
#    ifndef MADV_WIPEONFORK
#      define MADV_WIPEONFORK 18
#    endif
#  endif

#  if defined(__wasi__)
int64_t xb_process_id(void) { return 1; }
#  else
int64_t xb_process_id(void) { return getpid(); }
#  endif

void xb_fork_guard_init(xb_fork_guard *g) {
    g->page = NULL;
    g->process = xb_process_id();
#  if defined(__linux__)
    size_t   size = (size_t)sysconf(_SC_PAGESIZE);
    int32_t *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    /* Some emulators accept any advice and do nothing: one that takes -1 is not believed. */
    if (madvise(page, size, -1) == 0 || madvise(page, size, MADV_WIPEONFORK) != 0) {
        munmap(page, size);
        return;
    }
    *page = 1;
    g->page = page;
#  endif
}

void xb_fork_guard_free(xb_fork_guard *g) {
#  if defined(__linux__)
    if (g->page) munmap((void *)(uintptr_t)g->page, (size_t)sysconf(_SC_PAGESIZE));
#  endif
    g->page = NULL;
}

#else
typedef int xb_posix_fork_is_elsewhere;
#endif
