/* kernel/order.c - see order.h. */
#include "kernel/order.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/number.h"
#include "tensor/tensor.h"

/* ---- ArgMax, ArgMin, Hardmax ---- */

/* Keys of which the largest is looked for. A NaN is it, whether the largest or the smallest is wanted (as in numpy). */
static void load_arg_keys(const xb_arg_args *a, uint64_t *tile, const char *x, int64_t n) {
    int is_real = xb_number_of(a->dtype) == XB_NUMBER_REAL;
    xb_load_keys(tile, a->dtype, x, 1, n);
    for (int64_t k = 0; a->smallest && k < n; k++)
        if (!is_real || tile[k] != UINT64_MAX) tile[k] = ~tile[k];
}

/* Places for n neighbours of the inner dimension, by the order of keys. */
static void arg_tile(const xb_arg_args *a, const char *x, int64_t n, int64_t *place) {
    uint64_t best[XB_TILE], tile[XB_TILE];
    int64_t  row_bytes = a->inner * xb_number_bytes(a->dtype);
    for (int64_t i = 0; i < a->n; i++) {
        load_arg_keys(a, tile, x + i * row_bytes, n);
        for (int64_t k = 0; k < n; k++) {
            if (i && (a->last ? tile[k] < best[k] : tile[k] <= best[k])) continue;
            best[k] = tile[k];
            place[k] = i;
        }
    }
}

/* The same for a row whose elements lie together. */
static int64_t arg_row(const xb_arg_args *a, const char *x) {
    uint64_t tile[XB_TILE], best = 0;
    int64_t  place = 0;
    for (int64_t i = 0; i < a->n; i += XB_TILE) {
        int64_t n = xb_min64(XB_TILE, a->n - i);
        load_arg_keys(a, tile, x + i * xb_number_bytes(a->dtype), n);
        for (int64_t k = 0; k < n; k++) {
            if (i + k && (a->last ? tile[k] < best : tile[k] <= best)) continue;
            best = tile[k];
            place = i + k;
        }
    }
    return place;
}

static void write_places(const xb_arg_args *a, int64_t outer, int64_t first, int64_t n, const int64_t *place) {
    if (!a->one_hot) {
        memcpy((int64_t *)a->y + outer * a->inner + first, place, (size_t)n * sizeof *place);
        return;
    }
    int64_t bytes = xb_number_bytes(a->dtype);
    char   *y = (char *)a->y + (outer * a->n * a->inner + first) * bytes;
    for (int64_t i = 0; i < a->n; i++) memset(y + i * a->inner * bytes, 0, (size_t)(n * bytes));
    for (int64_t k = 0; k < n; k++) xb_store_one(y + (place[k] * a->inner + k) * bytes, a->dtype);
}

static void arg_run(const void *args, int32_t chunk, void *scratch) {
    const xb_arg_args *a = args;
    int64_t units = a->outer * a->tiles, begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, units);
    (void)scratch;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t     place[XB_TILE] = { 0 }, outer = unit / a->tiles, first = unit % a->tiles * XB_TILE,
                    n = xb_min64(XB_TILE, a->inner - first);
        const char *x = (const char *)a->x + (outer * a->n * a->inner + first) * xb_number_bytes(a->dtype);
        if (a->inner == 1) place[0] = arg_row(a, x);
        else arg_tile(a, x, n, place);
        write_places(a, outer, first, n, place);
    }
}

xb_work xb_arg_work(xb_arg_args *a) {
    a->tiles = (a->inner + XB_TILE - 1) / XB_TILE;
    a->per_chunk = xb_units_per_chunk(a->outer * a->tiles, a->n * xb_min64(a->inner, XB_TILE) * 2);
    return (xb_work){ .run = arg_run, .chunks = a->n ? xb_chunk_count(a->outer * a->tiles, a->per_chunk) : 0 };
}

/* ---- TopK ---- */

typedef struct entry {
    uint64_t key; /* the larger, the better */
    int64_t  index;
} entry;

static int is_worse(const entry *a, const entry *b) { return a->key < b->key || (a->key == b->key && a->index > b->index); }

/* Moves the entry at the top of heap[0..n) (the worst on top) to where it belongs. */
static void sift(entry *heap, int64_t n, int64_t at) {
    entry e = heap[at];
    for (int64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && is_worse(&heap[child + 1], &heap[child])) child++;
        if (!is_worse(&heap[child], &e)) break;
        heap[at] = heap[child];
    }
    heap[at] = e;
}

/* Is none of n float32 numbers better than `bound`? NaN is not known to be worse. */
static int none_better(const float *restrict x, int64_t n, float bound, int32_t smallest) {
    enum { LANES = 16 };
    int32_t better[LANES] = { 0 }, any = 0;
    int64_t i = 0;
    if (smallest)
        for (; i + LANES <= n; i += LANES)
            for (int k = 0; k < LANES; k++) better[k] |= !(x[i + k] >= bound);
    else
        for (; i + LANES <= n; i += LANES)
            for (int k = 0; k < LANES; k++) better[k] |= !(x[i + k] <= bound);
    for (; i < n; i++) any |= smallest ? !(x[i] >= bound) : !(x[i] <= bound);
    for (int k = 0; k < LANES; k++) any |= better[k];
    return !any;
}

/* The k best of a row, the best first. */
static void select_top(const xb_top_k_args *a, const char *x, entry *heap) {
    uint64_t tile[XB_TILE], flip = a->smallest ? UINT64_MAX : 0;
    int64_t  size = 0;
    for (int64_t i = 0; i < a->n; i += XB_TILE) {
        int64_t      n = xb_min64(XB_TILE, a->n - i);
        const float *f = (const float *)(const void *)x;
        if (a->dtype == XYBRID_FLOAT32 && a->inner == 1 && size == a->k && none_better(f + i, n, f[heap[0].index], a->smallest))
            continue;
        xb_load_keys(tile, a->dtype, x + i * a->inner * xb_number_bytes(a->dtype), a->inner, n);
        for (int64_t j = 0; j < n; j++) {
            entry e = { tile[j] ^ flip, i + j };
            if (size < a->k) {
                heap[size++] = e;
                if (size == a->k)
                    for (int64_t p = size / 2; p-- > 0;) sift(heap, size, p);
            } else if (e.key > heap[0].key) {
                heap[0] = e;
                sift(heap, size, 0);
            }
        }
    }
    while (size > 1) {
        entry worst = heap[0];
        heap[0] = heap[--size];
        sift(heap, size, 0);
        heap[size] = worst;
    }
}

static void top_k_run(const void *args, int32_t chunk, void *scratch) {
    const xb_top_k_args *a = args;
    int64_t rows = a->outer * a->inner, begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, rows);
    int64_t bytes = xb_number_bytes(a->dtype);
    entry  *heap = scratch;
    for (int64_t row = begin; row < end; row++) {
        int64_t     outer = row / a->inner, inner = row % a->inner;
        const char *x = (const char *)a->x + (outer * a->n * a->inner + inner) * bytes;
        select_top(a, x, heap);
        for (int64_t i = 0; i < a->k; i++) {
            int64_t to = (outer * a->k + i) * a->inner + inner;
            if (a->indices) a->indices[to] = heap[i].index;
            if (a->values) memcpy((char *)a->values + to * bytes, x + heap[i].index * a->inner * bytes, (size_t)bytes);
        }
    }
}

xb_work xb_top_k_work(xb_top_k_args *a) {
    int64_t rows = a->outer * a->inner;
    a->per_chunk = xb_units_per_chunk(rows, a->n * 4 + a->k * 16);
    return (xb_work){ .run = top_k_run,
                      .chunks = a->k ? xb_chunk_count(rows, a->per_chunk) : 0,
                      .scratch_bytes = a->k * (int64_t)sizeof(entry) };
}

/* ---- Unique ---- */

static int compare_slices(const xb_unique_args *a, int64_t s, int64_t t) {
    if (a->keys) return a->keys[s] < a->keys[t] ? -1 : a->keys[s] > a->keys[t];
    for (int64_t o = 0; o < a->outer; o++)
        for (int64_t i = 0; i < a->inner; i++) {
            int64_t p = (o * a->n + s) * a->inner + i, q = (o * a->n + t) * a->inner + i;
            int     order;
            if (a->compare) {
                order = a->compare(a->x, p, q);
            } else {
                uint64_t k, l, bytes = (uint64_t)xb_number_bytes(a->dtype);
                xb_load_keys(&k, a->dtype, (const char *)a->x + (uint64_t)p * bytes, 1, 1);
                xb_load_keys(&l, a->dtype, (const char *)a->x + (uint64_t)q * bytes, 1, 1);
                order = k < l ? -1 : k > l;
            }
            if (order) return order;
        }
    return 0;
}

/* Merge sort from runs of one upwards; equals keep their order. Returns the sorted half of work[2 n]. */
static int64_t *sort_slices(const xb_unique_args *a) {
    int64_t *from = a->work, *to = a->work + a->n;
    for (int64_t i = 0; i < a->n; i++) from[i] = i;
    for (int64_t width = 1; width < a->n; width *= 2) {
        for (int64_t begin = 0; begin < a->n; begin += 2 * width) {
            int64_t middle = xb_min64(begin + width, a->n), end = xb_min64(begin + 2 * width, a->n), l = begin, r = middle;
            for (int64_t i = begin; i < end; i++)
                to[i] = l < middle && (r >= end || compare_slices(a, from[l], from[r]) <= 0) ? from[l++] : from[r++];
        }
        int64_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Renumbers the groups by their first slice. `number` is room for n. */
static void by_occurrence(const xb_unique_args *a, int64_t found, int64_t *number, int64_t *old_counts) {
    int64_t next = 0;
    memcpy(old_counts, a->counts, (size_t)found * sizeof *old_counts);
    for (int64_t i = 0; i < a->n; i++) {
        int64_t group = a->inverse[i];
        if (a->first[group] != i) continue;
        number[group] = next;
        a->counts[next++] = old_counts[group];
    }
    next = 0;
    for (int64_t i = 0; i < a->n; i++) {
        a->inverse[i] = number[a->inverse[i]];
        if (a->inverse[i] == next) a->first[next++] = i;
    }
}

int64_t xb_unique(const xb_unique_args *a) {
    int64_t found = 0;
    if (a->keys)
        for (int64_t i = 0; i < a->n; i += XB_TILE)
            xb_load_keys(a->keys + i, a->dtype, (const char *)a->x + i * xb_number_bytes(a->dtype), 1,
                         xb_min64(XB_TILE, a->n - i));
    const int64_t *sorted = sort_slices(a);
    for (int64_t i = 0; i < a->n; i++) {
        int is_new = i == 0 || compare_slices(a, sorted[i - 1], sorted[i]) != 0;
        if (is_new) {
            a->first[found] = sorted[i];
            a->counts[found++] = 0;
        }
        a->counts[found - 1]++;
        a->inverse[sorted[i]] = found - 1;
    }
    if (a->in_order) by_occurrence(a, found, a->work, a->work + a->n);
    return found;
}
