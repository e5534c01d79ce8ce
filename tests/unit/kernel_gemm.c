/* Matrix products of every instruction set that this machine has, against sums in float64. The bound of each element is that
 * of kernel/gemm.h: it holds for any order of summation that rounds once or twice a step. */
#include "check.h"
#include "kernel/gemm.h"
#include "kernel/isa.h"
#include "plat/cpu.h"
#include "tensor/tensor.h"

static const char *const names[] = { "scalar", "sse4", "avx2", "avx512", "neon", "wasm" };
enum { ISAS = sizeof names / sizeof names[0], DOTS = 2 /* plan.path */ };

static const xb_isa *usable(int i) {
    const xb_isa *isa = xb_isa_named(names[i]);
    return isa && (xb_isa_needs(isa) & ~xb_cpu_features()) == 0 ? isa : NULL;
}

/* ---- numbers and memory ---- */

static uint64_t random_state = 1;
static uint32_t random_bits(void) { /* xorshift64* */
    random_state ^= random_state >> 12, random_state ^= random_state << 25, random_state ^= random_state >> 27;
    return (uint32_t)(random_state * UINT64_C(2685821657736338717) >> 32);
}
static int64_t random_below(int64_t n) { return n > 0 ? (int64_t)(random_bits() % (uint64_t)n) : 0; }
static float   random_float(void) { return (float)((int32_t)random_bits() >> 8) * 0x1p-22f; }
static int64_t one_of(const int64_t *list, int64_t count) { return list[random_below(count)]; }

/* Exactly `bytes`, so that the address sanitizer sees any step beyond. */
static void *take(int64_t bytes) {
    void *p = malloc((size_t)bytes);
    if (!p && bytes > 0) exit(3);
    return p;
}
static void *take_aligned(int64_t bytes, void **block) {
    char *p = take(bytes + 63);
    *block = p;
    return p + (64 - (uintptr_t)p % 64) % 64;
}

/* ---- one product and its reference ---- */

typedef struct product {
    xb_gemm_args g;
    float       *a;
    void        *b, *zero;
    float       *scale, *c;
    void        *packed;
    int64_t      a_count, b_count, c_count;
} product;

static double zero_value(const xb_gemm_b *b, int64_t at) {
    if (!b->zero) return 0;
    return b->type == XB_GEMM_S8 ? ((const int8_t *)b->zero)[at] : ((const uint8_t *)b->zero)[at];
}

static double b_value(const xb_gemm_b *b, int64_t offset, int64_t k, int64_t n) {
    int64_t at = offset + k * b->row + n * b->col, block = b->block > 0 ? k / b->block : 0;
    int64_t q = block * b->scale_row + n * b->scale_col;
    switch (b->type) {
    case XB_GEMM_F16: return (double)xb_float_from_half(((const uint16_t *)b->data)[at]);
    case XB_GEMM_BF16: return (double)xb_float_from_bfloat16(((const uint16_t *)b->data)[at]);
    case XB_GEMM_S8: return (((const int8_t *)b->data)[at] - zero_value(b, q)) * (double)b->scale[q];
    case XB_GEMM_U8: return (((const uint8_t *)b->data)[at] - zero_value(b, q)) * (double)b->scale[q];
    case XB_GEMM_BITS: {
        const uint8_t *line = (const uint8_t *)b->data + n * b->col + block * (b->block * b->bits / 8);
        int64_t        bit = k % b->block * b->bits;
        uint32_t       mask = (1u << b->bits) - 1u;
        double         zero = 1 << (b->bits - 1);
        if (b->zero && b->zero_is_float) zero = (double)((const float *)b->zero)[n * b->zero_col + block];
        else if (b->zero)
            zero = ((const uint8_t *)b->zero)[n * b->zero_col + block * b->bits / 8] >> block * b->bits % 8 & mask;
        return ((line[bit / 8] >> bit % 8 & mask) - zero) * (double)b->scale[n * b->scale_col + block];
    }
    default: return (double)((const float *)b->data)[at];
    }
}

static const float untouched = -12345.5f;

/* All chunks in rising or falling order, into c; the scratch holds NaN before each. */
static void run(const xb_isa *isa, xb_gemm_args *g, float *c, int64_t c_count, int backwards) {
    xb_work work = xb_gemm_work(isa, g);
    void   *block;
    char   *scratch = take_aligned(work.scratch_bytes, &block);
    g->c = c;
    for (int64_t i = 0; i < c_count; i++) c[i] = untouched;
    for (int32_t i = 0; i < work.chunks; i++) {
        memset(scratch, 255, (size_t)work.scratch_bytes);
        work.run(g, backwards ? work.chunks - 1 - i : i, scratch);
    }
    free(block);
}

static void compare(const product *p, const xb_gemm_b *plain) {
    const xb_gemm_args *g = &p->g;
    char               *written = take(p->c_count);
    int                 wrong = 0;
    memset(written, 0, (size_t)p->c_count);
    for (int64_t item = 0; item < g->outer * g->inner; item++) {
        int64_t o = item / g->inner, i = item % g->inner;
        for (int64_t r = 0; r < g->m; r++) {
            for (int64_t n = 0; n < g->n; n++) {
                double  sum = 0, size = 0;
                int64_t at = o * g->c_outer + i * g->c_inner + r * g->ldc + n;
                for (int64_t k = 0; k < g->k; k++) {
                    double x = (double)p->a[o * g->a_outer + i * g->a_inner + r * g->a_row + k * g->a_col] *
                               b_value(plain, o * g->b_outer + i * g->b_inner, k, n);
                    sum += x, size += fabs(x);
                }
                sum *= (double)g->alpha, size *= fabs((double)g->alpha);
                double found = (double)p->c[at], bound = ((double)g->k + 6) * 0x1.02p-24 * size;
                written[at] = 1;
                if (isnan(sum) ? isnan(found) : isinf(sum) ? found == sum : fabs(found - sum) <= bound) continue;
                if (wrong++ < 3)
                    printf("  [%lld][%lld,%lld] is %.9g, wanted %.9g within %.3g\n", (long long)item, (long long)r,
                           (long long)n, found, sum, bound);
            }
        }
    }
    for (int64_t i = 0; i < p->c_count; i++) wrong += !written[i] && p->c[i] != untouched;
    free(written);
    if (wrong)
        printf("  %s m %lld n %lld k %lld type %d row %lld col %lld block %lld a %lld %lld batch %lld %lld path %d\n",
               xb_isa_name(g->plan.isa), (long long)g->m, (long long)g->n, (long long)g->k, (int)plain->type,
               (long long)plain->row, (long long)plain->col, (long long)plain->block, (long long)g->a_row, (long long)g->a_col,
               (long long)g->outer, (long long)g->inner, (int)g->plan.path);
    CHECK_INT(wrong, 0);
}

/* ---- random products ---- */

static void make_blocks(product *p, int64_t n, int64_t k) {
    xb_gemm_b *b = &p->g.b;
    if (b->type == XB_GEMM_BITS) {
        b->bits = 1 << (1 + random_below(3));
        b->block = 16 << random_below(4);
        int64_t blocks = (k + b->block - 1) / b->block;
        b->row = 0, b->col = blocks * b->block * b->bits / 8 + random_below(2) * 3;
        b->scale_col = blocks;
        b->zero_is_float = (int32_t)random_below(2);
        b->zero_col = b->zero_is_float ? blocks : (blocks * b->bits + 7) / 8;
        p->b_count = n * b->col;
        p->scale = take(n * blocks * 4);
        for (int64_t i = 0; i < n * blocks; i++) p->scale[i] = random_float();
        p->zero = take(n * b->zero_col * 4);
        if (b->zero_is_float)
            for (int64_t i = 0; i < n * b->zero_col; i++) ((float *)p->zero)[i] = (float)random_below(9) * 0.5f;
        else
            for (int64_t i = 0; i < n * b->zero_col; i++) ((uint8_t *)p->zero)[i] = (uint8_t)random_bits();
        b->zero = random_below(3) ? p->zero : NULL;
    } else {
        int64_t kind = random_below(3), blocks = 1; /* one scale, one for each column, blocks */
        b->block = kind == 2 ? 1 + random_below(70) : 0;
        if (kind == 2) blocks = (k + b->block - 1) / b->block;
        b->scale_col = kind > 0;
        b->scale_row = n;
        if (kind == 2 && random_below(2)) b->scale_col = blocks, b->scale_row = 1;
        p->scale = take((n * blocks + 1) * 4);
        p->zero = take(n * blocks + 1);
        for (int64_t i = 0; i < n * blocks + 1; i++)
            p->scale[i] = random_float(), ((uint8_t *)p->zero)[i] = (uint8_t)random_bits();
        b->zero = random_below(3) ? p->zero : NULL;
    }
    b->scale = p->scale;
}

static product make(int64_t m, int64_t n, int64_t k, xb_gemm_type type, int batches) {
    product       p = { .g = { .m = m, .n = n, .k = k, .alpha = random_below(2) ? 1.0f : 0.37f } };
    xb_gemm_args *g = &p.g;
    g->outer = batches ? 1 + random_below(3) : 1, g->inner = batches ? 1 + random_below(4) : 1;
    int64_t pad = random_below(2) * 3, items = g->outer * g->inner;
    if (random_below(4) == 0) g->a_row = 1, g->a_col = m + pad; /* transposed */
    else g->a_row = k + pad, g->a_col = 1;
    g->a_inner = m * k + pad * (m > k ? m : k), g->a_outer = g->inner * g->a_inner;
    if (random_below(3) == 0 && g->a_col == 1 && pad == 0) { /* heads beside each other: [m, inner, k] */
        g->a_row = g->inner * k, g->a_inner = k, g->a_outer = m * g->a_row;
    }
    p.a_count = items * (m * k + pad * (m > k ? m : k));
    g->ldc = n + pad, g->c_inner = m * g->ldc, g->c_outer = g->inner * g->c_inner;
    p.c_count = items * g->c_inner;
    g->b.type = type;
    int64_t layout = random_below(5);
    g->b.row = n + pad, g->b.col = 1;
    if (layout < 2) g->b.row = 1, g->b.col = k + pad;
    if (layout == 2) g->b.row = 2 * n, g->b.col = 2;
    int64_t one = 2 * (n + 3) * (k + 3);
    if (random_below(2) && type != XB_GEMM_BITS) g->b_inner = one, g->b_outer = random_below(2) ? g->inner * one : 0;
    p.b_count = one * items;
    if (type == XB_GEMM_S8 || type == XB_GEMM_U8 || type == XB_GEMM_BITS) make_blocks(&p, n, k);
    int64_t end = (g->outer - 1) * g->b_outer + (g->inner - 1) * g->b_inner; /* the last element, and no more */
    if (type != XB_GEMM_BITS) p.b_count = n > 0 && k > 0 ? end + (k - 1) * g->b.row + (n - 1) * g->b.col + 1 : 0;
    p.a = take(p.a_count * 4);
    p.c = take(p.c_count * 4);
    p.b = take(p.b_count * 4); /* bytes that are not of the type stand before it */
    for (int64_t i = 0; i < p.a_count; i++) p.a[i] = random_float();
    int64_t size = type == XB_GEMM_F32 ? 4 : type == XB_GEMM_F16 || type == XB_GEMM_BF16 ? 2 : 1;
    g->b.data = (char *)p.b + p.b_count * (4 - size);
    for (int64_t i = 0; i < p.b_count; i++) {
        if (type == XB_GEMM_F32) ((float *)p.b)[i] = random_float();
        else if (size == 2) {
            uint16_t bits = type == XB_GEMM_F16 ? xb_half_from_float(random_float()) : xb_bfloat16_from_float(random_float());
            memcpy((char *)p.b + p.b_count * 2 + i * 2, &bits, 2);
        } else ((uint8_t *)p.b)[p.b_count * 3 + i] = (uint8_t)random_bits();
    }
    g->a = p.a;
    return p;
}

static void release(product *p) { free(p->a), free(p->b), free(p->c), free(p->scale), free(p->zero); }

/* Chunks in the other order: the same bits. A row, and a column, computed alone: the same bits in products of one form. */
static void check_bits(product *p, const xb_isa *isa) {
    xb_gemm_args *g = &p->g, alone = *g;
    float        *again = take(p->c_count * 4);
    run(isa, g, again, p->c_count, 1);
    CHECK(memcmp(again, p->c, (size_t)p->c_count * 4) == 0);
    free(again);
    g->c = p->c;
    if (g->m == 0 || g->n == 0) return;
    int64_t r = random_below(g->m), n = random_below(g->n), c_at = (g->outer - 1) * g->c_outer + (g->inner - 1) * g->c_inner;
    float  *c = take(g->n * 4);
    alone.outer = alone.inner = 1;
    alone.m = 1;
    alone.a += (g->outer - 1) * g->a_outer + (g->inner - 1) * g->a_inner + r * g->a_row;
    int64_t b_at = (g->outer - 1) * g->b_outer + (g->inner - 1) * g->b_inner;
    int64_t size = g->b.type == XB_GEMM_F32 ? 4 : g->b.type == XB_GEMM_F16 || g->b.type == XB_GEMM_BF16 ? 2 : 1;
    alone.b.data = (const char *)alone.b.data + b_at * size;
    run(isa, &alone, c, g->n, 0);
    if ((alone.plan.path == DOTS) == (g->plan.path == DOTS)) CHECK(memcmp(c, p->c + c_at + r * g->ldc, (size_t)g->n * 4) == 0);
    alone.n = 1;
    alone.b.data = (const char *)alone.b.data + n * g->b.col * size;
    if (!p->scale) {
        run(isa, &alone, c, 1, 0);
        if ((alone.plan.path == DOTS) == (g->plan.path == DOTS)) CHECK(memcmp(c, p->c + c_at + r * g->ldc + n, 4) == 0);
    }
    free(c);
}

static void check_product(const xb_isa *isa, int64_t m, int64_t n, int64_t k, xb_gemm_type type, int batches) {
    product p = make(m, n, k, type, batches);
    run(isa, &p.g, p.c, p.c_count, 0);
    compare(&p, &p.g.b);
    check_bits(&p, isa);
    if (type <= XB_GEMM_BF16 && p.g.outer * p.g.inner == 1) { /* packed in two pieces: the same bits as in place */
        int64_t   bytes = xb_gemm_pack_bytes(isa, n, k), part = (n / 2) / xb_gemm_panel(isa) * xb_gemm_panel(isa);
        void     *block, *scratch_block, *packed = take_aligned(bytes, &block);
        void     *scratch = take_aligned(xb_gemm_pack_scratch_bytes(isa), &scratch_block);
        xb_gemm_b plain = p.g.b;
        int32_t   path = p.g.plan.path;
        float    *first = take(p.c_count * 4);
        memcpy(first, p.c, (size_t)p.c_count * 4);
        xb_gemm_pack(isa, &plain, n, k, 0, part, packed, scratch);
        xb_gemm_pack(isa, &plain, n, k, part, n, packed, scratch);
        p.g.b = (xb_gemm_b){ .data = packed, .type = XB_GEMM_PACKED };
        run(isa, &p.g, p.c, p.c_count, 0);
        compare(&p, &plain);
        if (path != DOTS) CHECK(memcmp(first, p.c, (size_t)p.c_count * 4) == 0);
        free(first), free(block), free(scratch_block);
    }
    release(&p);
}

static void random_shapes(void) {
    static const int64_t sizes[] = { 0, 1, 1, 2, 3, 4, 5, 7, 8, 13, 15, 16, 17, 31, 32, 33, 47, 64, 65, 100 };
    static const int64_t widths[] = { 0, 1, 2, 3, 8, 15, 16, 17, 31, 33, 48, 64, 96, 127, 128, 129, 200, 300 };
    for (int i = 0; i < ISAS; i++) {
        const xb_isa *isa = usable(i);
        if (!isa) continue;
        random_state = 7;
        for (int round = 0; round < CHECK_ROUNDS(480); round++)
            check_product(isa, one_of(sizes, 20), one_of(widths, 18), one_of(sizes, 20), (xb_gemm_type)(round % 6),
                          round % 4 == 3);
    }
}

static void large_shapes(void) {
    static const int64_t shapes[][3] = { { 130, 40, 800 }, { 1, 300, 1537 }, { 3, 257, 1001 }, { 600, 33, 40 },
                                         { 8, 40, 3000 },  { 20, 300, 413 }, { 600, 100, 9 },  { 17, 65, 1025 },
                                         { 16, 130, 512 }, { 1, 131, 1024 }, { 7, 40, 512 } };
    for (int i = 0; i < ISAS; i++) {
        const xb_isa *isa = usable(i);
        if (!isa) continue;
        random_state = 11;
        for (int s = 0; s < 11; s++)
            for (int type = CHECK_IS_EMULATED ? s % 6 : 0; type < 6; type += CHECK_IS_EMULATED ? 6 : 1)
                check_product(isa, shapes[s][0], shapes[s][1], shapes[s][2], (xb_gemm_type)type, 0);
    }
}

/* Not a number and infinity reach what they belong to and nothing else; 0 times infinity is not hidden. */
static void special_values(void) {
    static const float values[] = { INFINITY, -INFINITY, NAN };
    for (int i = 0; i < ISAS; i++) {
        const xb_isa *isa = usable(i);
        if (!isa) continue;
        random_state = 5;
        for (int round = 0; round < CHECK_ROUNDS(200); round++) {
            product p = make(1 + random_below(20), 1 + random_below(150), 1 + random_below(50), XB_GEMM_F32, round % 2);
            for (int64_t v = 0; v < 3; v++) p.a[random_below(p.a_count)] = values[random_below(3)];
            for (int64_t v = 0; v < p.b_count; v++)
                if (random_below(3) == 0) ((float *)p.b)[v] = 0;
            if (round % 3 == 0) ((float *)p.b)[random_below(p.b_count)] = values[random_below(3)];
            run(isa, &p.g, p.c, p.c_count, 0);
            compare(&p, &p.g.b);
            release(&p);
        }
    }
}

static float doubled(float x) { return x + x; }

/* Steps know the rows of all items, and are applied once. */
static void epilogues(void) {
    for (int i = 0; i < ISAS; i++) {
        const xb_isa *isa = usable(i);
        if (!isa || !isa->epilogue) continue;
        random_state = 3;
        for (int round = 0; round < CHECK_ROUNDS(120); round++) {
            int64_t     m = 1 + random_below(40), n = 1 + random_below(200), k = random_below(round % 8 == 0 ? 1700 : 60);
            product     p = make(m, n, k, (xb_gemm_type)(round % 6), 1);
            int64_t     rows = p.g.outer * p.g.inner * m, pad = p.g.ldc - n;
            float      *bias = take(n * 4), *row = take(rows * 4), *full = take(rows * n * 4), *plain = take(p.c_count * 4);
            xb_epilogue e = { .count = 4,
                              .steps = { { .op = XB_EP_ADD, .from = XB_EP_COL, .data = bias },
                                         { .op = XB_EP_ADD, .from = XB_EP_ROW, .data = row },
                                         { .op = XB_EP_MUL, .from = XB_EP_IMM, .a = 2 },
                                         { .op = XB_EP_ADD, .from = XB_EP_FULL, .data = full, .stride = n } } };
            for (int64_t v = 0; v < n; v++) bias[v] = random_float();
            for (int64_t v = 0; v < rows; v++) row[v] = random_float();
            for (int64_t v = 0; v < rows * n; v++) full[v] = random_float();
            run(isa, &p.g, plain, p.c_count, 0);
            p.g.epilogue = &e;
            run(isa, &p.g, p.c, p.c_count, 0);
            int wrong = 0;
            for (int64_t r = 0; r < rows; r++)
                for (int64_t v = 0; v < n; v++) {
                    float x = plain[r * (n + pad) + v] + bias[v] + row[r];
                    wrong += p.c[r * (n + pad) + v] != doubled(x) + full[r * n + v];
                }
            CHECK_INT(wrong, 0);
            free(bias), free(row), free(full), free(plain);
            release(&p);
        }
    }
}

/* 0.1 added to itself in one chain drifts: after 20,000 steps it is 0.000170608 off. Sums of sums do not. The bound: 256 steps
 * and 79 sums that round by half a unit each, as if all in one direction. */
static void long_sums(void) {
    enum { K = 20000, N = 160 };
    const double bound = (256 + 79) * 0x1p-24;
    float       *a = take(K * 4), *b = take(K * 4 * N), c[2 * N];
    for (int64_t i = 0; i < K; i++) a[i] = 1;
    for (int64_t i = 0; i < K * N; i++) b[i] = 0.1f;
    for (int i = 0; i < ISAS; i++) {
        const xb_isa *isa = usable(i);
        if (!isa) continue;
        for (int64_t m = 1; m <= 2; m++) {
            xb_gemm_args g = { .m = m,
                               .n = N,
                               .k = K,
                               .outer = 1,
                               .inner = 1,
                               .a = a,
                               .a_col = 1,
                               .c = c,
                               .ldc = N,
                               .alpha = 1,
                               .b = { .data = b, .type = XB_GEMM_F32, .row = N, .col = 1 } };
            run(isa, &g, c, m * N, 0);
            CHECK(g.plan.path != DOTS);
            for (int64_t j = 0; j < m * N; j++) CHECK_NEAR(c[j] / ((double)K * (double)0.1f), 1, bound);
        }
    }
    free(a), free(b);
}

CHECK_MAIN(RUN(random_shapes), RUN(large_shapes), RUN(special_values), RUN(epilogues), RUN(long_sums))
