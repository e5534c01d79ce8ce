/* base/mem.c - the one place where memory is taken and given back.
 *
 *     | ... padding ... | head: size, align, offset, mark | the caller's bytes ... |
 *                                                          ^ aligned as asked                                            */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"

typedef struct block_head {
    int64_t  total_bytes; /* as given to the host's alloc */
    uint16_t align;
    uint16_t offset; /* from the start of the host's block to the caller's bytes */
    uint32_t mark;   /* tells a wild or second free */
} block_head;

enum { MARK_LIVE = 0x5842414c, MARK_DEAD = 0x44454144, LEAST_ALIGN = 16 };
_Static_assert(sizeof(block_head) == LEAST_ALIGN, "the head keeps the alignment");

static void *libc_alloc(void *ctx, int64_t size_bytes, int64_t align) {
    (void)ctx;
    if ((uint64_t)size_bytes > SIZE_MAX - (uint64_t)align - sizeof(void *)) return NULL;
    char *raw = malloc((size_t)size_bytes + (size_t)align + sizeof(void *)); /* aligned_alloc is missing on Windows */
    if (!raw) return NULL;
    uintptr_t at = ((uintptr_t)raw + sizeof(void *) + (uintptr_t)align - 1) & ~((uintptr_t)align - 1);
    void     *p = raw + (at - (uintptr_t)raw);
    memcpy((char *)p - sizeof(void *), &raw, sizeof raw);
    return p;
}

static void libc_free(void *ctx, void *memory, int64_t size_bytes, int64_t align) {
    (void)ctx, (void)size_bytes, (void)align;
    char *raw;
    memcpy(&raw, (char *)memory - sizeof(void *), sizeof raw);
    free(raw);
}

void xb_mem_init(xb_mem *m, void *(*alloc)(void *, int64_t, int64_t), void (*release)(void *, void *, int64_t, int64_t),
                 void *ctx, int64_t budget_bytes) {
    memset(m, 0, sizeof *m);
    m->alloc = alloc ? alloc : libc_alloc;
    m->free = alloc ? release : libc_free;
    m->ctx = ctx;
    m->budget_bytes = budget_bytes;
}

static xybrid_status fail_budget(const xb_mem *m, int64_t more, xybrid_error *err) {
    return xb_fail(err, XYBRID_OUT_OF_MEMORY_BUDGET, "",
                   "out of memory: %lld bytes more than the %lld in use would pass the runtime's budget of %lld bytes",
                   (long long)more, (long long)xb_atomic_get(&m->used_bytes), (long long)m->budget_bytes);
}

static int passes_budget(const xb_mem *m, int64_t used) { return m->budget_bytes != XYBRID_AUTO && used > m->budget_bytes; }

xybrid_status xb_mem_charge(xb_mem *m, int64_t delta_bytes, xybrid_error *err) {
    int64_t used = xb_atomic_add(&m->used_bytes, delta_bytes) + delta_bytes;
    if (delta_bytes <= 0) return XYBRID_OK;
    if (passes_budget(m, used)) {
        xb_atomic_add(&m->used_bytes, -delta_bytes);
        return fail_budget(m, delta_bytes, err);
    }
    int64_t peak = xb_atomic_get(&m->peak_bytes);
    while (used > peak && !atomic_compare_exchange_weak(&m->peak_bytes, &peak, used)) {}
    return XYBRID_OK;
}

void *xb_malloc_aligned(xb_mem *m, size_t size, size_t align, xybrid_error *err) {
    if (align < LEAST_ALIGN) align = LEAST_ALIGN;
    if (size > INT64_MAX - align || size + align < size) return (void)xb_fail_memory(err, INT64_MAX), NULL;
    int64_t total = (int64_t)(size + align);
    if (xb_mem_charge(m, total, err)) return NULL;
    char *raw = m->alloc(m->ctx, total, (int64_t)align);
    if (!raw) {
        xb_atomic_add(&m->used_bytes, -total);
        const xb_mem *parent = m->parent;
        if (parent && passes_budget(parent, xb_atomic_get(&parent->used_bytes) + total)) fail_budget(parent, total, err);
        else if (m->explain) m->explain(m->ctx, total, err);
        else xb_fail_memory(err, total);
        return NULL;
    }
    xb_atomic_add(&m->allocations, 1);
    block_head head = { total, (uint16_t)align, (uint16_t)align, MARK_LIVE };
    memcpy(raw + align - sizeof head, &head, sizeof head);
    return raw + align;
}

void *xb_malloc(xb_mem *m, size_t size, xybrid_error *err) { return xb_malloc_aligned(m, size, LEAST_ALIGN, err); }

void *xb_calloc(xb_mem *m, size_t count, size_t size, xybrid_error *err) {
    if (size && count > SIZE_MAX / size) return (void)xb_fail_memory(err, INT64_MAX), NULL;
    void *p = xb_malloc(m, count * size, err);
    if (p) memset(p, 0, count * size);
    return p;
}

void xb_free(xb_mem *m, void *memory) {
    if (!memory) return;
    block_head *head = (block_head *)memory - 1;
    if (head->mark != MARK_LIVE) return; /* freed before, or not ours: leaking is the lesser harm */
    head->mark = (uint32_t)MARK_DEAD;
    int64_t total = head->total_bytes, align = head->align;
    xb_atomic_add(&m->used_bytes, -total);
    m->free(m->ctx, (char *)memory - head->offset, total, align); /* may be the end of *m, see plat/recycler.h */
}

void *xb_realloc(xb_mem *m, void *memory, size_t size, xybrid_error *err) {
    void *p = xb_malloc(m, size, err);
    if (!p || !memory) return p;
    const block_head *head = (const block_head *)memory - 1;
    size_t            old = (size_t)head->total_bytes - head->offset;
    memcpy(p, memory, old < size ? old : size);
    xb_free(m, memory);
    return p;
}

void *xb_memdup(xb_mem *m, const void *bytes, size_t size, xybrid_error *err) {
    void *p = xb_malloc(m, size, err);
    if (p && size) memcpy(p, bytes, size);
    return p;
}

char *xb_strndup(xb_mem *m, const char *text, size_t size, xybrid_error *err) {
    if (size == SIZE_MAX) return (void)xb_fail_memory(err, INT64_MAX), NULL;
    char *p = xb_malloc(m, size + 1, err);
    if (!p) return NULL;
    if (size) memcpy(p, text, size);
    p[size] = 0;
    return p;
}

char *xb_strdup(xb_mem *m, const char *text, xybrid_error *err) { return xb_strndup(m, text, strlen(text), err); }

xybrid_status xb_grow(xb_mem *m, void **items, size_t *capacity, size_t count, size_t item_size, size_t max, const char *what,
                      xybrid_error *err) {
    if (count < *capacity) return XYBRID_OK;
    if (count >= max) return xb_fail(err, XYBRID_INVALID_ARGUMENT, what, "too many %s: more than the limit of %zu", what, max);
    size_t more = *capacity + *capacity / 2 + 8;
    if (more > max) more = max;
    if (more > SIZE_MAX / item_size) return xb_fail_memory(err, INT64_MAX);
    void *p = xb_realloc(m, *items, more * item_size, err);
    if (!p) return err->code;
    *items = p;
    *capacity = more;
    return XYBRID_OK;
}
