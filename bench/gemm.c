/* bench/gemm.c - matrix products of one instruction set: time, rate, share of the measured peak.
 *
 *     build/bench/gemm                   # the best set of this machine
 *     build/bench/gemm --isa avx2 --unpacked 1
 *
 * The peak is that of multiply-adds on registers, measured in turn with each product, because a guest's clock wanders.
 * All times are processor time of one thread; chunks run one after another. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "kernel/gemm.h"
#include "kernel/isa.h"
#include "plat/cpu.h"
#include "plat/fpenv.h"
#if defined(__x86_64__)
#  include <immintrin.h>
#endif

enum { MOST_SAMPLES = 4001 };

/* ---- the peak ---- */

enum { PEAK_STEPS = 4000, PEAK_CHAINS = 12 }; /* 2 units, 4-5 steps until a result: at least 10 chains */

#if defined(__x86_64__)
#  define PEAK(name, flags, vector, set, fma)                                                                             \
      __attribute__((target(flags))) static float name(void) {                                                            \
          vector x = set(0.5f), a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;       \
          for (int n = 0; n < PEAK_STEPS; n++) {                                                                          \
              a = fma(a, x, x), b = fma(b, x, x), c = fma(c, x, x), d = fma(d, x, x), e = fma(e, x, x), f = fma(f, x, x); \
              g = fma(g, x, x), h = fma(h, x, x), i = fma(i, x, x), j = fma(j, x, x), k = fma(k, x, x), l = fma(l, x, x); \
              __asm__ volatile("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f));                                \
              __asm__ volatile("" : "+v"(g), "+v"(h), "+v"(i), "+v"(j), "+v"(k), "+v"(l));                                \
          }                                                                                                               \
          return ((float *)&a)[0] + ((float *)&l)[0];                                                                     \
      }
#  define SSE_FMA(a, b, c) _mm_add_ps(_mm_mul_ps(a, b), c)
PEAK(peak_avx512, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps)
PEAK(peak_avx2, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps)
PEAK(peak_sse4, "sse4.2", __m128, _mm_set1_ps, SSE_FMA)
#endif

static volatile float kept;

/* Multiply-adds a second; 0 where it is not known. */
static double peak_rate(const xb_isa *isa) {
    int64_t start = bench_cpu_ns();
#if defined(__x86_64__)
    if (isa->vector_width == 16) kept = peak_avx512();
    else if (isa->vector_width == 8) kept = peak_avx2();
    else kept = peak_sse4();
#endif
    int64_t ns = bench_cpu_ns() - start;
    return ns > 0 ? (double)PEAK_STEPS * PEAK_CHAINS * isa->vector_width / (double)ns * 1e9 : 0;
}

/* ---- products ---- */

typedef struct shape {
    int64_t m, k, n;
} shape;

static float *random_floats(int64_t count) {
    float   *p = NULL;
    uint32_t x = 1;
    if (posix_memalign((void **)&p, 64, (size_t)(count > 0 ? count : 1) * sizeof *p)) bench_die("no memory");
    for (int64_t i = 0; i < count; i++) x = x * 1664525u + 1013904223u, p[i] = (float)(x >> 8) * 0x1p-24f - 0.5f;
    return p;
}

static void run_once(xb_work work, const xb_gemm_args *g, void *scratch) {
    for (int32_t i = 0; i < work.chunks; i++) work.run(g, i, scratch);
}

static void measure(const xb_isa *isa, shape s, int way) {
    static double us[MOST_SAMPLES], share[MOST_SAMPLES];
    float        *a = random_floats(s.m * s.k), *b = random_floats(s.k * s.n), *c = random_floats(s.m * s.n), *packed = NULL;
    xb_gemm_args  g = { .m = s.m, .n = s.n, .k = s.k, .a = a, .a_row = s.k, .a_col = 1, .c = c, .ldc = s.n, .alpha = 1 };
    g.outer = g.inner = 1;
    g.b = (xb_gemm_b){ .data = b, .type = XB_GEMM_F32, .row = s.n, .col = 1 };
    if (way == 2) g.b.row = 1, g.b.col = s.k; /* the same numbers in another order */
    if (way == 0) {
        packed = random_floats(xb_gemm_pack_bytes(isa, s.n, s.k) / 4);
        float *room = random_floats(xb_gemm_pack_scratch_bytes(isa) / 4);
        xb_gemm_pack(isa, &g.b, s.n, s.k, 0, s.n, packed, room);
        g.b = (xb_gemm_b){ .data = packed, .type = XB_GEMM_PACKED };
        free(room);
    }
    xb_work work = xb_gemm_work(isa, &g);
    float  *scratch = random_floats(work.scratch_bytes / 4 + 1);
    double  products = (double)s.m * (double)s.n * (double)s.k;
    int     count = 0;
    run_once(work, &g, scratch);
    for (int64_t began = bench_wall_ns(); count < MOST_SAMPLES && (count < 5 || bench_wall_ns() - began < 600000000); count++) {
        double  peak = peak_rate(isa);
        int64_t start = bench_cpu_ns();
        run_once(work, &g, scratch);
        us[count] = (double)(bench_cpu_ns() - start) / 1e3;
        double after = peak_rate(isa);
        share[count] = products / (us[count] * 1e-6) / (peak > after ? peak : after) * 100;
    }
    bench_spread t = bench_spread_of(us, (size_t)count), of_peak = bench_spread_of(share, (size_t)count);
    printf(" | %9.1f us %6.1f GF/s %5.1f %%", t.p50, 2 * products / t.p50 * 1e-3, of_peak.p50);
    free(a), free(b), free(c), free(packed), free(scratch);
}

int main(int argc, char **argv) {
    static const shape shapes[] = { { 128, 384, 384 }, { 128, 384, 1536 }, { 128, 1536, 384 }, { 16, 384, 384 },
                                    { 16, 1536, 384 }, { 480, 480, 480 },  { 960, 240, 240 },  { 25600, 96, 96 },
                                    { 128, 128, 128 }, { 128, 32, 128 },   { 1500, 64, 1500 }, { 4, 384, 384 },
                                    { 8, 384, 384 },   { 1, 384, 384 },    { 1, 384, 1536 },   { 1, 288, 32768 } };
    enum { SHAPES = sizeof shapes / sizeof shapes[0] };
    bench_arg args[] = { { "--isa", "NAME", "the instruction set", "best" },
                         { "--only", "N", "one shape, counted from 1", "0" } };
    bench_parse(argc, argv, "Times matrix products of this library's kernels.", args, 2);
    const xb_isa *isa = strcmp(args[0].value, "best") ? xb_isa_named(args[0].value) : xb_isa_best(xb_cpu_features());
    if (!isa || (xb_isa_needs(isa) & ~xb_cpu_features())) bench_die("no instruction set \"%s\" here", args[0].value);
    int only = bench_number(&args[1], 0, SHAPES);
    bench_print_machine();
    xb_fp_enter();
    printf("%s: time, rate, share of peak\n%18s | %34s | %34s | %34s\n", xb_isa_name(isa), "m x k x n", "B packed", "B [k, n]",
           "B [n, k]");
    for (int i = 0; i < SHAPES; i++) {
        if (only && i != only - 1) continue;
        printf("%6d x%5d x%6d", (int)shapes[i].m, (int)shapes[i].k, (int)shapes[i].n);
        for (int way = 0; way < 3; way++) measure(isa, shapes[i], way);
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
