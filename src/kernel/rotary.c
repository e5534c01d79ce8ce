/* kernel/rotary.c - see rotary.h. */
#include "kernel/rotary.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"

static int64_t position_of(const xb_rope_args *a, int64_t b, int64_t r) {
    int64_t most = a->table_rows - 1, p = a->position ? a->position[b * a->position_batch + r * a->position_row] : 0;
    p = xb_max64(xb_min64(p, INT32_MAX), INT32_MIN) + a->add + r * a->row_step;
    return xb_max64(xb_min64(p, most), 0);
}

/* x and y may be the same. */
static void turn_halves(const xb_rope_args *a, const float *x, float *y, const float *cos, const float *sin) {
    int64_t half = a->turned / 2;
    for (int64_t i = 0; i < half; i++) {
        float first = x[i], second = x[i + half];
        y[i] = first * cos[i] - second * sin[i];
        y[i + half] = second * cos[i] + first * sin[i];
    }
}
static void turn_pairs(const xb_rope_args *a, const float *x, float *y, const float *cos, const float *sin) {
    for (int64_t i = 0; i < a->turned / 2; i++) {
        float first = x[2 * i], second = x[2 * i + 1];
        y[2 * i] = first * cos[i] - second * sin[i];
        y[2 * i + 1] = second * cos[i] + first * sin[i];
    }
}

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_rope_args *a = args;
    int64_t               at = chunk * a->per_chunk, end = xb_chunk_end(at, a->per_chunk, a->batch * a->rows);
    (void)scratch;
    for (; at < end; at++) {
        int64_t b = at / a->rows, r = at % a->rows, table = b * a->table_batch + position_of(a, b, r) * a->table_row;
        for (int64_t h = 0; h < a->heads; h++) {
            const float *x = a->x + b * a->x_at.batch + r * a->x_at.row + h * a->x_at.head;
            float       *y = a->y + b * a->y_at.batch + r * a->y_at.row + h * a->y_at.head;
            (a->is_interleaved ? turn_pairs : turn_halves)(a, x, y, a->cos + table, a->sin + table);
            if (y != x) memcpy(y + a->turned, x + a->turned, (size_t)(a->size - a->turned) * sizeof *y);
        }
    }
}

xb_work xb_rope_work(xb_rope_args *a) {
    int64_t units = a->heads && a->size && a->table_rows > 0 ? a->batch * a->rows : 0;
    a->per_chunk = xb_units_per_chunk(units, a->heads * a->size * 2);
    return (xb_work){ .run = run, .chunks = xb_chunk_count(units, a->per_chunk) };
}
