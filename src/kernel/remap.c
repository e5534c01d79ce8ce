/* kernel/remap.c - see remap.h. */
#include "kernel/remap.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/fill.h"

static void fill_blocks(const xb_remap_args *a, char *y, int64_t blocks) {
    if (a->block_bytes) xb_fill_elements(y, blocks * (a->block_bytes / a->value_bytes), a->value_bytes, a->value);
}

#define MOVE_BLOCKS(type) \
    for (int64_t i = 0; i < n; i++) memcpy(y + i * (int64_t)sizeof(type), x + table[i] * (int64_t)sizeof(type), sizeof(type))

/* n blocks from where the table says, none of which is -1. */
static void move_blocks(char *y, const char *x, const int64_t *table, int64_t n, int64_t bytes) {
    switch (bytes) {
    case 1: MOVE_BLOCKS(uint8_t); break;
    case 2: MOVE_BLOCKS(uint16_t); break;
    case 4: MOVE_BLOCKS(uint32_t); break;
    case 8: MOVE_BLOCKS(uint64_t); break;
    default:
        for (int64_t i = 0; i < n; i++) memcpy(y + i * bytes, x + table[i] * bytes, (size_t)bytes);
    }
}

static void remap_row(const xb_remap_args *a, char *y, const char *x) {
    int64_t bytes = a->block_bytes;
    if (!a->runs) {
        move_blocks(y, x, a->tables[a->rank - 1], a->dims[a->rank - 1], bytes);
        return;
    }
    for (int64_t i = 0; i < a->run_count; i++) {
        const xb_remap_run *r = &a->runs[i];
        if (r->from < 0) fill_blocks(a, y + r->at * bytes, r->count);
        else memcpy(y + r->at * bytes, x + r->from * bytes, (size_t)(r->count * bytes));
    }
}

int64_t xb_remap_runs(const int64_t *table, int64_t n, xb_remap_run *out) {
    int64_t count = 0;
    for (int64_t i = 0, end; i < n; i = end) {
        end = i + 1;
        while (end < n && table[end] == (table[i] < 0 ? table[i] : table[end - 1] + 1)) end++;
        if (out) out[count] = (xb_remap_run){ i, end - i, table[i] };
        count++;
    }
    return count;
}

/* Rows are all dimensions but the last. A row from where the one before it came from is a copy of that. */
static void remap_run(const void *args, int32_t chunk, void *scratch) {
    const xb_remap_args *a = args;
    int64_t              begin = chunk * a->rows_per_chunk, end = xb_chunk_end(begin, a->rows_per_chunk, a->rows);
    int64_t              row_bytes = a->dims[a->rank - 1] * a->block_bytes, before = -1;
    (void)scratch;
    for (int64_t row = begin; row < end; row++) {
        int64_t from = 0, rest = row;
        char   *y = (char *)a->y + row * row_bytes;
        for (int32_t i = a->rank - 2; i >= 0; i--) {
            int64_t at = a->tables[i][rest % a->dims[i]];
            rest /= a->dims[i];
            from = at < 0 || from < 0 ? -1 : from + at * a->strides[i];
        }
        if (from < 0) fill_blocks(a, y, a->dims[a->rank - 1]);
        else if (from == before) memcpy(y, y - row_bytes, (size_t)row_bytes);
        else remap_row(a, y, (const char *)a->x + from * a->block_bytes);
        before = from;
    }
}

xb_work xb_remap_work(xb_remap_args *a, uint32_t same) {
    int64_t inside = 1, count = 1;
    int32_t last = a->rank - 1;
    if (last < 0 || last >= XB_MAX_RANK) return (xb_work){ .run = remap_run };
    for (int32_t i = 0; i < a->rank; i++) count *= a->dims[i];
    for (; last > 0 && same >> last & 1; last--) inside *= a->dims[last];
    a->rank = last + 1;
    if (count == 0) return (xb_work){ .run = remap_run };
    a->block_bytes *= inside;
    for (int32_t i = 0; i < a->rank; i++) a->strides[i] /= inside;
    a->rows = count / inside / a->dims[last];
    a->rows_per_chunk = xb_units_per_chunk(a->rows, a->dims[last] * xb_max64(1, a->block_bytes / 4));
    return (xb_work){ .run = remap_run, .chunks = xb_chunk_count(a->rows, a->rows_per_chunk) };
}
