/* bench/allocs.h - counts the allocations of the whole process, those of loaded libraries included.
 *
 * allocs.c defines malloc, calloc, realloc, aligned_alloc, posix_memalign, memalign and mmap in the program itself, which the
 * loader prefers for every library it loads; operator new of C++ calls malloc. Where that cannot be done (no glibc) the
 * count stays 0. */
#ifndef BENCH_ALLOCS_H
#define BENCH_ALLOCS_H

#include <stdint.h>

int64_t allocs_count(void); /* since the start, by all threads */

#endif
