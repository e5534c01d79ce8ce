/* bench/allocs.c - see allocs.h. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include "allocs.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_llong taken;

int64_t allocs_count(void) { return atomic_load_explicit(&taken, memory_order_relaxed); }

#if defined(__GLIBC__) && defined(__LP64__)
#  include <errno.h>
#  include <sys/syscall.h>
#  include <unistd.h>

/* what glibc's headers declare, which are not included because their parameters have other names */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void *memalign(size_t align, size_t size);
void *aligned_alloc(size_t align, size_t size);
int   posix_memalign(void **out, size_t align, size_t size);
void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset);

/* what stands behind it */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static void note(void) { atomic_fetch_add_explicit(&taken, 1, memory_order_relaxed); }

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note();
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    note();
    return __libc_realloc(memory, size);
}

void *memalign(size_t align, size_t size) {
    note();
    return __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size) {
    note();
    return __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size) {
    note();
    if (align < sizeof(void *) || (align & (align - 1)) != 0) return EINVAL;
    void *memory = __libc_memalign(align, size);
    if (!memory) return ENOMEM;
    *out = memory;
    return 0;
}

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
    note();
    return (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
}
#endif
