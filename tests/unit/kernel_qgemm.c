/* 8-bit matrix products of every table that this machine has, against plain loops. All is exact: integer sums, and the float32
 * operations of kernel/qgemm.h in the order given there. */
#include "check.h"
#include "isas.h"
#include "kernel/qgemm.h"
#include "kernel/qgemm_kernels.h"

static const char *const names[] = { "scalar", "sse4", "avx2", "avx512vnni", "neon", "neondot", "wasm" };
enum { TABLES = sizeof names / sizeof names[0] };
static uint32_t state;

static const xb_qisa *usable(int i) {
    const xb_qisa *q = xb_qisa_named(names[i]);
    return q && (xb_qisa_needs(q) & ~xb_cpu_features()) == 0 ? q : NULL;
}

static int64_t below(int64_t n) { return n > 0 ? (int64_t)(isas_random(&state) % (uint64_t)n) : 0; }

/* Exactly `bytes`, so that the address sanitizer sees any step beyond. */
static void *take(int64_t bytes) {
    void *p = malloc((size_t)bytes);
    if (!p && bytes > 0) exit(3);
    return p;
}
static uint8_t *take_bytes(int64_t count) {
    uint8_t *p = take(count);
    for (int64_t i = 0; i < count; i++)
        p[i] = (uint8_t)(below(8) ? isas_random(&state) : below(2) ? 255 : 128); /* often the ends */
    return p;
}
static float *take_scales(int64_t count) {
    float *p = take(count * 4);
    for (int64_t i = 0; i < count; i++) p[i] = isas_uniform(&state, 0.001f, 0.02f);
    return p;
}
static void *take_aligned(int64_t bytes, void **block) {
    char *p = *block = take(bytes + 63);
    return p + (64 - (uintptr_t)p % 64) % 64;
}

static int32_t value(const void *p, int is_signed, int64_t i) {
    if (!p) return 0;
    return is_signed ? ((const int8_t *)p)[i] : ((const uint8_t *)p)[i];
}

typedef struct product {
    xb_qgemm_args g;
    uint8_t      *a, *b, *a_zero, *b_zero, *c_zero;
    float        *a_scale, *b_scale, *c_scale;
    char         *c;
    int64_t       c_bytes, element;
} product;

static product make(int64_t m, int64_t n, int64_t k, int batches) {
    product        p = { .g = { .m = m, .n = n, .k = k, .output = (xb_qgemm_output)below(4) } };
    xb_qgemm_args *g = &p.g;
    g->outer = batches ? 1 + below(3) : 1, g->inner = batches ? 1 + below(3) : 1;
    int64_t pad = below(2) * 3, items = g->outer * g->inner, rows = items * m;
    g->a_row = k + pad, g->a_col = 1;
    if (below(4) == 0) g->a_row = 1, g->a_col = m + pad;
    g->a_inner = (m + pad) * (k + pad), g->a_outer = g->inner * g->a_inner;
    if (pad == 0 && g->a_col == 1) g->a_inner = m * k, g->a_outer = g->inner * g->a_inner; /* may be merged */
    g->a_signed = (int32_t)below(2), g->b.is_signed = (int32_t)below(2);
    g->b.row = n + pad, g->b.col = 1;
    if (below(2)) g->b.row = 1, g->b.col = k + pad;
    int64_t one = (n + pad) * (k + pad);
    if (below(2)) g->b_inner = one, g->b_outer = g->inner * one;
    g->ldc = n + pad, g->c_inner = m * g->ldc, g->c_outer = g->inner * g->c_inner;
    int64_t a_last = (g->outer - 1) * g->a_outer + (g->inner - 1) * g->a_inner + (m - 1) * g->a_row + (k - 1) * g->a_col + 1;
    int64_t b_last = (g->outer - 1) * g->b_outer + (g->inner - 1) * g->b_inner + (k - 1) * g->b.row + (n - 1) * g->b.col + 1;
    p.a = take_bytes(m > 0 && k > 0 ? a_last : 0), p.b = take_bytes(n > 0 && k > 0 ? b_last : 0);
    p.a_zero = take_bytes(rows + 1), p.b_zero = take_bytes(n + 1), p.c_zero = take_bytes(1);
    p.a_scale = take_scales(rows + 1), p.b_scale = take_scales(n + 1);
    p.c_scale = take_scales(1);
    *p.c_scale *= sqrtf((float)k + 1);
    g->a = p.a, g->b.data = p.b;
    g->a_zero = below(3) ? p.a_zero : NULL, g->a_zero_step = below(2);
    g->b.zero = below(3) ? p.b_zero : NULL, g->b.zero_step = below(2);
    if (g->b.zero && below(3) == 0) memset(p.b_zero, g->b.is_signed ? 0 : 128, (size_t)n + 1); /* none in effect */
    g->a_scale = p.a_scale, g->a_scale_step = below(2);
    g->b_scale = p.b_scale, g->b_scale_step = below(2);
    g->c_scale = p.c_scale, g->c_zero = below(3) ? p.c_zero : NULL;
    p.element = g->output == XB_QGEMM_I32 || g->output == XB_QGEMM_F32 ? 4 : 1;
    p.c_bytes = items * g->c_inner * p.element;
    p.c = take(p.c_bytes);
    return p;
}

static void release(product *p) {
    free(p->a), free(p->b), free(p->a_zero), free(p->b_zero), free(p->a_scale), free(p->b_scale), free(p->c);
    free(p->c_zero), free(p->c_scale);
}

static void run(const xb_qisa *q, xb_qgemm_args *g, char *c, int64_t c_bytes, int backwards) {
    xb_work work = xb_qgemm_work(q, g);
    void   *block;
    char   *scratch = take_aligned(work.scratch_bytes, &block);
    memset(c, 0xa5, (size_t)c_bytes);
    g->c = c;
    for (int32_t i = 0; i < work.chunks; i++) {
        memset(scratch, 255, (size_t)work.scratch_bytes);
        work.run(g, backwards ? work.chunks - 1 - i : i, scratch);
    }
    free(block);
}

/* The wanted element, as its bits. */
static uint32_t wanted_bits(const product *p, const xb_qgemm_b *b, int64_t item, int64_t r, int64_t n) {
    const xb_qgemm_args *g = &p->g;
    int64_t              o = item / g->inner, i = item % g->inner, row = item * g->m + r;
    int64_t a_at = o * g->a_outer + i * g->a_inner + r * g->a_row, b_at = o * g->b_outer + i * g->b_inner + n * b->col;
    int32_t a_zero = value(g->a_zero, g->a_signed, row * g->a_zero_step);
    int32_t b_zero = value(b->zero, b->is_signed, n * b->zero_step);
    int64_t sum = 0;
    for (int64_t k = 0; k < g->k; k++)
        sum += (int64_t)(value(p->a, g->a_signed, a_at + k * g->a_col) - a_zero) *
               (value(p->b, b->is_signed, b_at + k * b->row) - b_zero);
    int32_t wrapped = (int32_t)(uint32_t)(uint64_t)sum;
    if (g->output == XB_QGEMM_I32) return (uint32_t)wrapped;
    float scale = g->a_scale[row * g->a_scale_step] * g->b_scale[n * g->b_scale_step];
    if (g->output == XB_QGEMM_F32) return isas_bits((float)wrapped * scale);
    int32_t low = g->output == XB_QGEMM_S8 ? -128 : 0, zero = value(g->c_zero, g->output == XB_QGEMM_S8, 0);
    double  x = rint((double)((float)wrapped * (scale / *g->c_scale))) + zero;
    return (uint8_t)(int32_t)(x < low ? low : x > low + 255 ? low + 255 : x);
}

static void compare(const product *p, const xb_qgemm_b *b) {
    const xb_qgemm_args *g = &p->g;
    char                *wanted = take(p->c_bytes);
    memset(wanted, 0xa5, (size_t)p->c_bytes);
    for (int64_t item = 0; item < g->outer * g->inner; item++)
        for (int64_t r = 0; r < g->m; r++)
            for (int64_t n = 0; n < g->n; n++) {
                uint32_t bits = wanted_bits(p, b, item, r, n);
                memcpy(wanted + (item * g->c_inner + r * g->ldc + n) * p->element, &bits, (size_t)p->element);
            }
    if (memcmp(wanted, p->c, (size_t)p->c_bytes) != 0)
        printf("  %s m %lld n %lld k %lld output %d a %d (%lld %lld) b %d (%lld %lld) packed %d zero %d %d batch %lld %lld\n",
               xb_qisa_name(g->plan.q), (long long)g->m, (long long)g->n, (long long)g->k, (int)g->output, (int)g->a_signed,
               (long long)g->a_row, (long long)g->a_col, (int)b->is_signed, (long long)b->row, (long long)b->col,
               (int)g->b.packed, g->a_zero != NULL, b->zero != NULL, (long long)g->outer, (long long)g->inner);
    CHECK(memcmp(wanted, p->c, (size_t)p->c_bytes) == 0);
    free(wanted);
}

static void check_product(const xb_qisa *q, int64_t m, int64_t n, int64_t k, int batches) {
    product    p = make(m, n, k, batches);
    xb_qgemm_b plain = p.g.b;
    char      *again = take(p.c_bytes);
    run(q, &p.g, p.c, p.c_bytes, 0);
    compare(&p, &plain);
    run(q, &p.g, again, p.c_bytes, 1);
    CHECK(memcmp(again, p.c, (size_t)p.c_bytes) == 0);
    if (p.g.b_inner == 0 || p.g.outer * p.g.inner == 1) { /* packed in two pieces */
        void   *block, *packed = take_aligned(xb_qgemm_pack_bytes(q, n, k), &block);
        int64_t part = n / 2 / xb_qgemm_panel(q) * xb_qgemm_panel(q);
        xb_qgemm_pack(q, &plain, n, k, 0, part, packed);
        xb_qgemm_pack(q, &plain, n, k, part, n, packed);
        p.g.b.data = packed, p.g.b.packed = 1, p.g.b.row = p.g.b.col = 0, p.g.b_inner = p.g.b_outer = 0;
        run(q, &p.g, p.c, p.c_bytes, 0);
        compare(&p, &plain);
        free(block);
    }
    free(again);
    release(&p);
}

static void random_shapes(void) {
    static const int64_t sizes[] = { 0, 1, 1, 2, 3, 4, 5, 7, 8, 13, 14, 15, 16, 17, 31, 32, 33, 64, 65, 100 };
    for (int i = 0; i < TABLES; i++) {
        const xb_qisa *q = usable(i);
        if (!q) continue;
        state = 9;
        for (int round = 0; round < CHECK_ROUNDS(1000); round++)
            check_product(q, sizes[below(20)], sizes[below(20)], sizes[below(20)], round % 4 == 3);
    }
}

static void large_shapes(void) {
    static const int64_t shapes[][3] = {
        { 130, 70, 2000 }, { 1, 1000, 1537 }, { 300, 200, 50 }, { 40, 700, 513 }, { 3, 5, 40000 }
    };
    for (int i = 0; i < TABLES; i++) {
        const xb_qisa *q = usable(i);
        if (!q) continue;
        state = 21;
        for (int s = 0; s < 5; s++)
            for (int round = 0; round < 4; round++) check_product(q, shapes[s][0], shapes[s][1], shapes[s][2], 0);
    }
}

/* The products that saturating instructions get wrong: both operands at their ends, everywhere. */
static void ends(void) {
    static const uint8_t values[] = { 0, 127, 128, 255 };
    for (int i = 0; i < TABLES; i++) {
        const xb_qisa *q = usable(i);
        if (!q) continue;
        state = 2;
        for (int v = 0; v < 64; v++) {
            product p = make(5, 40, 33, 0);
            p.g.a_signed = v & 1, p.g.b.is_signed = v >> 1 & 1, p.g.output = XB_QGEMM_I32;
            p.g.ldc = 40, p.g.c_inner = 200, p.element = 4, p.c_bytes = 800;
            free(p.c), p.c = take(p.c_bytes);
            int64_t a_count = 4 * p.g.a_row + 32 * p.g.a_col + 1, b_count = 32 * p.g.b.row + 39 * p.g.b.col + 1;
            memset(p.a, values[v >> 2 & 3], (size_t)a_count), memset(p.b, values[v >> 4 & 3], (size_t)b_count);
            run(q, &p.g, p.c, p.c_bytes, 0);
            compare(&p, &p.g.b);
            release(&p);
        }
    }
}

static void epilogue(void) {
    for (int i = 0; i < TABLES; i++) {
        const xb_qisa *q = usable(i);
        if (!q) continue;
        state = 4;
        for (int round = 0; round < 60; round++) {
            product     p = make(1 + below(200), 1 + below(200), 1 + below(70), 1);
            int64_t     rows = p.g.outer * p.g.inner * p.g.m, pad = p.g.ldc - p.g.n;
            float      *bias = take_scales(p.g.n), *row = take_scales(rows);
            xb_epilogue e = { .count = 2,
                              .steps = { { .op = XB_EP_ADD, .from = XB_EP_COL, .data = bias },
                                         { .op = XB_EP_ADD, .from = XB_EP_ROW, .data = row } } };
            if (p.g.output != XB_QGEMM_F32) {
                free(bias), free(row), release(&p);
                continue;
            }
            run(q, &p.g, p.c, p.c_bytes, 0);
            float *plain = take(p.c_bytes);
            memcpy(plain, p.c, (size_t)p.c_bytes);
            p.g.epilogue = &e;
            run(q, &p.g, p.c, p.c_bytes, 0);
            int wrong = 0;
            for (int64_t r = 0; r < rows; r++)
                for (int64_t n = 0; n < p.g.n; n++) {
                    float x = plain[r * (p.g.n + pad) + n] + bias[n];
                    wrong += ((float *)(void *)p.c)[r * (p.g.n + pad) + n] != x + row[r];
                }
            CHECK_INT(wrong, 0);
            free(bias), free(row), free(plain), release(&p);
        }
    }
}

CHECK_MAIN(RUN(random_shapes), RUN(large_shapes), RUN(ends), RUN(epilogue))
