/* scripts/lint-hints.h - what clang's analyzer cannot see from one file: a failure is never XYBRID_OK, and who returns NULL
 * has filled *err. scripts/lint includes it before every source but those that define these functions. */
#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"

static inline xybrid_status hint_failed(xybrid_status status) {
    if (status == XYBRID_OK) __builtin_unreachable();
    return status;
}
static inline void *hint_made(void *memory, const xybrid_error *err) {
    if (!memory && err->code == XYBRID_OK) __builtin_unreachable();
    return memory;
}

#define xb_fail(...)        hint_failed(xb_fail(__VA_ARGS__))
#define xb_fail_at(...)     hint_failed(xb_fail_at(__VA_ARGS__))
#define xb_fail_os(...)     hint_failed(xb_fail_os(__VA_ARGS__))
#define xb_fail_memory(...) hint_failed(xb_fail_memory(__VA_ARGS__))
#define xb_wrap(...)        hint_failed(xb_wrap(__VA_ARGS__))

#define xb_malloc(m, size, err)                hint_made(xb_malloc(m, size, err), err)
#define xb_malloc_aligned(m, size, align, err) hint_made(xb_malloc_aligned(m, size, align, err), err)
#define xb_calloc(m, count, size, err)         hint_made(xb_calloc(m, count, size, err), err)
#define xb_realloc(m, memory, size, err)       hint_made(xb_realloc(m, memory, size, err), err)
#define xb_memdup(m, bytes, size, err)         hint_made(xb_memdup(m, bytes, size, err), err)
#define xb_strdup(m, text, err)                hint_made(xb_strdup(m, text, err), err)
#define xb_strndup(m, text, size, err)         hint_made(xb_strndup(m, text, size, err), err)
#define xb_arena_alloc(a, size, err)           hint_made(xb_arena_alloc(a, size, err), err)
#define xb_arena_array(a, count, size, err)    hint_made(xb_arena_array(a, count, size, err), err)
#define xb_arena_strndup(a, text, size, err)   hint_made(xb_arena_strndup(a, text, size, err), err)
