/* kernel/matmul.c - see matmul.h. */
#include "kernel/matmul.h"

#include "base/checked.h"
#include "kernel/chunks.h"

enum { WIDTH = 64 };

/* Rows [i0, i1) of one item: strips of WIDTH columns, their sums in an array that stays in the first-level cache. Columns of B
 * that lie side by side are a loop that compilers make vectors of. */
#define MATMUL(NAME, TYPE, ALPHA, BETA)                                                                             \
    static void NAME(const xb_matmul_args *g, const TYPE *a, const TYPE *b, TYPE *c, const TYPE *added, int64_t i0, \
                     int64_t i1) {                                                                                  \
        for (int64_t j0 = 0; j0 < g->n; j0 += WIDTH) {                                                              \
            int64_t width = xb_min64(WIDTH, g->n - j0);                                                             \
            for (int64_t i = i0; i < i1; i++) {                                                                     \
                TYPE        sums[WIDTH] = { 0 };                                                                    \
                const TYPE *row = a + i * g->a_row, *from = b + j0 * g->b_col;                                      \
                TYPE       *to = c + i * g->c_row + j0 * g->c_col;                                                  \
                for (int64_t k = 0; k < g->k; k++, row += g->a_col, from += g->b_row) {                             \
                    TYPE x = *row;                                                                                  \
                    if (g->b_col == 1)                                                                              \
                        for (int64_t j = 0; j < width; j++) sums[j] += x * from[j];                                 \
                    else                                                                                            \
                        for (int64_t j = 0; j < width; j++) sums[j] += x * from[j * g->b_col];                      \
                }                                                                                                   \
                for (int64_t j = 0; j < width; j++) to[j * g->c_col] = sums[j] * (ALPHA);                           \
                if (!added) continue;                                                                               \
                const TYPE *add = added + i * g->add_row + j0 * g->add_col;                                         \
                for (int64_t j = 0; j < width; j++) to[j * g->c_col] += add[j * g->add_col] * (BETA);               \
            }                                                                                                       \
        }                                                                                                           \
    }

MATMUL(product_f32, float, (float)g->alpha, (float)g->beta)
MATMUL(product_f64, double, g->alpha, g->beta)
MATMUL(product_i32, uint32_t, 1u, 1u)
MATMUL(product_i64, uint64_t, 1u, 1u)

#define ITEM(F, TYPE) \
    F(g, (const TYPE *)g->a + a, (const TYPE *)g->b + b, (TYPE *)g->c + c, g->add ? (const TYPE *)g->add + add : NULL, i0, i1)

/* Rows [i0, i1) of item number `item`. */
static void rows_of_item(const xb_matmul_args *g, int64_t item, int64_t i0, int64_t i1) {
    int64_t a = 0, b = 0, c = 0, add = 0;
    for (int32_t d = g->batch_rank - 1; d >= 0; d--) {
        int64_t at = item % g->batch[d];
        item /= g->batch[d];
        a += at * g->a_batch[d];
        b += at * g->b_batch[d];
        c += at * g->c_batch[d];
        add += at * g->add_batch[d];
    }
    switch (g->type) {
    case XB_MATMUL_F32: ITEM(product_f32, float); break;
    case XB_MATMUL_F64: ITEM(product_f64, double); break;
    case XB_MATMUL_I32: ITEM(product_i32, uint32_t); break;
    case XB_MATMUL_I64: ITEM(product_i64, uint64_t); break;
    }
}

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_matmul_args *g = args;
    int64_t               line = chunk * g->per_chunk, end = xb_chunk_end(line, g->per_chunk, g->lines);
    (void)scratch;
    while (line < end) {
        int64_t item = line / g->m, i0 = line % g->m, i1 = xb_min64(g->m, i0 + end - line);
        rows_of_item(g, item, i0, i1);
        line += i1 - i0;
    }
}

xb_work xb_matmul_work(xb_matmul_args *a) {
    a->lines = a->m;
    for (int32_t d = 0; d < a->batch_rank; d++) a->lines *= a->batch[d];
    if (a->n == 0) a->lines = 0;
    a->per_chunk = xb_units_per_chunk(a->lines, a->n * (a->k + 1) / 4);
    return (xb_work){ .run = run, .chunks = xb_chunk_count(a->lines, a->per_chunk) };
}
