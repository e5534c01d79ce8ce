/* kernel/embed.c - see embed.h. */
#include "kernel/embed.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_embed_args *a = args;
    int64_t              r = chunk * a->per_chunk, end = xb_chunk_end(r, a->per_chunk, a->rows);
    (void)scratch;
    for (; r < end; r++) {
        float *out = a->out + r * a->width;
        int    any = 0;
        for (int t = 0; t < XB_EMBED_TABLES; t++) {
            const xb_embed_table *table = &a->tables[t];
            if (!table->rows) continue;
            int64_t      id = table->ids ? table->ids[r % table->period] : r % table->period;
            const float *row = table->rows + xb_max64(xb_min64(id, table->count - 1), 0) * a->width;
            if (!any) memcpy(out, row, (size_t)a->width * sizeof *out);
            for (int64_t i = 0; any && i < a->width; i++) out[i] += row[i];
            any = 1;
        }
    }
}

xb_work xb_embed_work(xb_embed_args *a) {
    int64_t rows = a->width ? a->rows : 0;
    a->per_chunk = xb_units_per_chunk(rows, a->width * 2);
    return (xb_work){ .run = run, .chunks = xb_chunk_count(rows, a->per_chunk) };
}

static void run_count(const void *args, int32_t chunk, void *scratch) {
    const xb_count_args *a = args;
    (void)chunk, (void)scratch;
    for (int64_t r = 0; r < a->rows; r++) {
        a->out[r] = 0;
        for (int64_t i = 0; i < a->width; i++) a->out[r] += a->mask[r * a->width + i] == 1;
    }
}

xb_work xb_count_work(const xb_count_args *a) { return (xb_work){ .run = run_count, .chunks = a->rows > 0 }; }
