/* bench/gemm.c - matrix products of one instruction set: time, rate, share of the measured peak.
 *
 *     build/bench/gemm                   # the best set of this machine, float32
 *     build/bench/gemm --isa avx2 --only 5
 *     build/bench/gemm --int8 avx512vnni # 8-bit products
 *     build/bench/gemm --weights 1       # few rows, weights of all kinds
 *     build/bench/gemm --ort 1           # in turn with ONNX Runtime; its time / ours comes last
 *
 * The peak is that of multiply-adds on registers, measured in turn with each product, because a guest's clock wanders.
 * All times are processor time of one thread; chunks run one after another. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "kernel/gemm.h"
#include "kernel/isa.h"
#include "kernel/qgemm.h"
#include "kernel/qgemm_kernels.h"
#include "ort_matmul.h"
#include "plat/cpu.h"
#include "plat/fpenv.h"
#if defined(__x86_64__)
#  include <immintrin.h>
#endif

enum { MOST_SAMPLES = 4001 };

/* ---- the peak ---- */

enum { PEAK_STEPS = 4000, PEAK_CHAINS = 12 }; /* 2 units, 4-5 steps until a result: at least 10 chains */

#if defined(__x86_64__)
#  define PEAK(name, flags, vector, set, step)                                                       \
      __attribute__((target(flags))) static void name(void) {                                        \
          vector x = set(0);                                                                         \
          __asm__ volatile("" : "+v"(x));                                                            \
          vector a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x; \
          for (int n = 0; n < PEAK_STEPS; n++) {                                                     \
              step(a, x), step(b, x), step(c, x), step(d, x), step(e, x), step(f, x);                \
              step(g, x), step(h, x), step(i, x), step(j, x), step(k, x), step(l, x);                \
              __asm__ volatile("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f));           \
              __asm__ volatile("" : "+v"(g), "+v"(h), "+v"(i), "+v"(j), "+v"(k), "+v"(l));           \
          }                                                                                          \
      }
#  define STEP_AVX512(s, x) s = _mm512_fmadd_ps(s, x, x)
#  define STEP_AVX2(s, x)   s = _mm256_fmadd_ps(s, x, x)
#  define STEP_SSE4(s, x)   s = _mm_add_ps(_mm_mul_ps(s, x), x)
#  define STEP_VNNI(s, x)   s = vnni_step(s, x)
#  define STEP_MADD2(s, x)  s = _mm256_add_epi32(s, _mm256_madd_epi16(s, x))
#  define STEP_MADD(s, x)   s = _mm_add_epi32(s, _mm_madd_epi16(s, x))
__attribute__((target("avx512f"))) static inline __m512i vnni_step(__m512i sum, __m512i x) {
    __asm__("vpdpbusd %1, %1, %0" : "+v"(sum) : "v"(x));
    return sum;
}
PEAK(peak_avx512, "avx512f", __m512, _mm512_set1_ps, STEP_AVX512)
PEAK(peak_avx2, "avx2,fma", __m256, _mm256_set1_ps, STEP_AVX2)
PEAK(peak_sse4, "sse4.2", __m128, _mm_set1_ps, STEP_SSE4)
PEAK(peak_vnni, "avx512f,avx512vnni", __m512i, _mm512_set1_epi32, STEP_VNNI)
PEAK(peak_madd2, "avx2", __m256i, _mm256_set1_epi32, STEP_MADD2)
PEAK(peak_madd, "sse4.2", __m128i, _mm_set1_epi32, STEP_MADD)
#endif

typedef struct peak {
    void (*run)(void);
    double products; /* of one run; 0: not known */
} peak;

static peak peak_of(int vector_width, int group) {
    peak p = { NULL, (double)PEAK_STEPS * PEAK_CHAINS * vector_width * group };
#if defined(__x86_64__)
    if (group == 1) p.run = vector_width == 16 ? peak_avx512 : vector_width == 8 ? peak_avx2 : peak_sse4;
    else p.run = vector_width == 16 ? peak_vnni : vector_width == 8 ? peak_madd2 : peak_madd;
#endif
    return p;
}

/* Products a second; 0 where it is not known. */
static double peak_rate(peak p) {
    if (!p.run) return 0;
    int64_t start = bench_cpu_ns();
    p.run();
    int64_t ns = bench_cpu_ns() - start;
    return ns > 0 ? p.products / (double)ns * 1e9 : 0;
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

/* `ort` NULL: alone; otherwise in turn with it. */
static double measure(xb_work work, const void *args, double products, peak top, ort_matmul *ort) {
    static double us[MOST_SAMPLES], share[MOST_SAMPLES], theirs[MOST_SAMPLES];
    float        *scratch = random_floats(work.scratch_bytes / 4 + 1);
    int           count = -1; /* one to warm up */
    for (int64_t began = bench_wall_ns(); count < MOST_SAMPLES && (count < 5 || bench_wall_ns() - began < 600000000); count++) {
        int64_t before_ort = bench_cpu_ns();
        if (ort) ort_matmul_run(ort);
        double  ort_us = (double)(bench_cpu_ns() - before_ort) / 1e3, before = peak_rate(top);
        int64_t start = bench_cpu_ns();
        for (int32_t i = 0; i < work.chunks; i++) work.run(args, i, scratch);
        double time = (double)(bench_cpu_ns() - start) / 1e3, after = peak_rate(top);
        if (count < 0) continue;
        us[count] = time, theirs[count] = ort_us;
        share[count] = products / (time * 1e-6) / (before > after ? before : after) * 100;
    }
    bench_spread t = bench_spread_of(us, (size_t)count), of_peak = bench_spread_of(share, (size_t)count);
    printf(" | %9.1f us %6.1f G/s %5.1f %%", t.p50, 2 * products / t.p50 * 1e-3, of_peak.p50);
    if (ort)
        printf(", ONNX Runtime %9.1f us, %.2f", bench_spread_of(theirs, (size_t)count).p50,
               bench_spread_of(theirs, (size_t)count).p50 / t.p50);
    fflush(stdout);
    free(scratch);
    return t.p50;
}

enum { PACKED, ROWS, COLUMNS, WAYS };

static void measure_float(const xb_isa *isa, shape s, int ways) {
    for (int way = 0; way < ways; way++) {
        float       *a = random_floats(s.m * s.k), *b = random_floats(s.k * s.n), *c = random_floats(s.m * s.n), *packed = NULL;
        xb_gemm_args g = { .m = s.m, .n = s.n, .k = s.k, .a = a, .a_row = s.k, .a_col = 1, .c = c, .ldc = s.n, .alpha = 1 };
        g.outer = g.inner = 1;
        g.b = (xb_gemm_b){ .data = b, .type = XB_GEMM_F32, .row = s.n, .col = 1 };
        if (way == COLUMNS) g.b.row = 1, g.b.col = s.k;
        if (way == PACKED) {
            float *room = random_floats(xb_gemm_pack_scratch_bytes(isa) / 4);
            packed = random_floats(xb_gemm_pack_bytes(isa, s.n, s.k) / 4);
            xb_gemm_pack(isa, &g.b, s.n, s.k, 0, s.n, packed, room);
            g.b = (xb_gemm_b){ .data = packed, .type = XB_GEMM_PACKED };
            free(room);
        }
        xb_work     work = xb_gemm_work(isa, &g);
        ort_matmul *ort = ways == 1 ? ort_matmul_open(0, s.m, s.k, s.n, a, b, c) : NULL;
        measure(work, &g, (double)s.m * (double)s.n * (double)s.k, peak_of(isa->vector_width, 1), ort);
        if (ort) ort_matmul_close(ort);
        free(a), free(b), free(c), free(packed);
    }
}

/* To float32: int8 weights without zero points, uint8 weights with them, int8 that are packed each time. */
static void measure_int8(const xb_qisa *q, shape s, int ways) {
    static const float   one = 0.01f;
    static const uint8_t zero = 100;
    for (int way = 0; way < ways; way++) {
        float *a = random_floats(s.m * s.k / 4 + 1), *b = random_floats(s.k * s.n / 4 + 1), *c = random_floats(s.m * s.n);
        float *packed = random_floats(xb_qgemm_pack_bytes(q, s.n, s.k) / 4);
        xb_qgemm_args g = {
            .m = s.m, .n = s.n, .k = s.k, .a = a, .a_row = s.k, .a_col = 1, .a_zero = &zero, .c = c, .ldc = s.n
        };
        g.output = XB_QGEMM_F32, g.a_scale = g.b_scale = &one, g.outer = g.inner = 1;
        g.b = (xb_qgemm_b){ .data = b, .row = s.n, .col = 1, .is_signed = way != ROWS, .zero = way == ROWS ? &zero : NULL };
        if (way != COLUMNS) {
            xb_qgemm_pack(q, &g.b, s.n, s.k, 0, s.n, packed);
            g.b.data = packed, g.b.packed = 1;
        }
        xb_work     work = xb_qgemm_work(q, &g);
        ort_matmul *ort = ways == 1 ? ort_matmul_open(1, s.m, s.k, s.n, a, b, c) : NULL;
        measure(work, &g, (double)s.m * (double)s.n * (double)s.k, peak_of(q->isa->vector_width, q->group), ort);
        if (ort) ort_matmul_close(ort);
        free(a), free(b), free(c), free(packed);
    }
}

/* Weights that become float32 in registers. Their bytes a second matter, so the row's share of peak says little. */
static void measure_weights(const xb_isa *isa, shape s) {
    static const struct {
        const char  *name;
        xb_gemm_type type;
        int          along_k, bits;
    } kinds[] = { { "float32", XB_GEMM_F32, 0, 32 },     { "float16", XB_GEMM_F16, 0, 16 },
                  { "bfloat16", XB_GEMM_BF16, 0, 16 },   { "int8", XB_GEMM_S8, 0, 8 },
                  { "float32", XB_GEMM_F32, 1, 32 },     { "float16", XB_GEMM_F16, 1, 16 },
                  { "int8", XB_GEMM_S8, 1, 8 },          { "8 bits / 32", XB_GEMM_BITS, 1, 8 },
                  { "4 bits / 32", XB_GEMM_BITS, 1, 4 }, { "2 bits / 64", XB_GEMM_BITS, 1, 2 } };
    float *a = random_floats(s.m * s.k), *b = random_floats(s.k * s.n), *c = random_floats(s.m * s.n);
    float *scale = random_floats(s.n * (s.k / 32 + 1));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        xb_gemm_args g = { .m = s.m, .n = s.n, .k = s.k, .a = a, .a_row = s.k, .a_col = 1, .c = c, .ldc = s.n, .alpha = 1 };
        g.outer = g.inner = 1;
        g.b = (xb_gemm_b){ .data = b, .type = kinds[i].type, .row = s.n, .col = 1, .scale = scale, .scale_col = 1 };
        if (kinds[i].along_k) g.b.row = 1, g.b.col = s.k;
        if (kinds[i].type == XB_GEMM_BITS) {
            g.b.bits = kinds[i].bits, g.b.block = kinds[i].bits == 2 ? 64 : 32;
            g.b.col = (s.k + g.b.block - 1) / g.b.block * g.b.block * g.b.bits / 8, g.b.scale_col = s.k / 32 + 1;
        }
        xb_work work = xb_gemm_work(isa, &g);
        printf("%6d x%5d x%6d %12s %s", (int)s.m, (int)s.k, (int)s.n, kinds[i].name, kinds[i].along_k ? "[n, k]" : "[k, n]");
        double us = measure(work, &g, (double)s.m * (double)s.n * (double)s.k, peak_of(isa->vector_width, 1), NULL);
        printf(" %5.1f GB/s of weights\n", (double)(s.k * s.n) * kinds[i].bits / 8 / us * 1e-3);
    }
    free(a), free(b), free(c), free(scale);
}

int main(int argc, char **argv) {
    static const shape shapes[] = { { 128, 384, 384 },  { 128, 384, 1536 }, { 128, 1536, 384 }, { 16, 384, 384 },
                                    { 16, 1536, 384 },  { 480, 480, 480 },  { 960, 240, 240 },  { 25600, 96, 96 },
                                    { 256, 96, 96 },    { 2048, 96, 96 },   { 128, 128, 128 },  { 128, 32, 128 },
                                    { 1500, 64, 1500 }, { 4, 384, 384 },    { 8, 384, 384 },    { 1, 384, 384 },
                                    { 1, 384, 1536 },   { 1, 288, 32768 } };
    enum { SHAPES = sizeof shapes / sizeof shapes[0] };
    bench_arg args[] = { { "--isa", "NAME", "instruction set of float32 products", "best" },
                         { "--int8", "NAME", "8-bit products instead, of this table or \"best\"", "no" },
                         { "--weights", "0|1", "kinds of weights for few rows instead", "0" },
                         { "--ort", "0|1", "packed B only, in turn with ONNX Runtime on one thread", "0" },
                         { "--only", "N", "one shape, counted from 1", "0" } };
    bench_parse(argc, argv, "Times matrix products of this library's kernels.", args, 5);
    const uint32_t features = xb_cpu_features();
    const int      is_float = strcmp(args[1].value, "no") == 0, only = bench_number(&args[4], 0, SHAPES),
                   ways = bench_number(&args[3], 0, 1) ? 1 : WAYS;
    const xb_isa  *isa = strcmp(args[0].value, "best") ? xb_isa_named(args[0].value) : xb_isa_best(features);
    const xb_qisa *q = strcmp(args[1].value, "best") ? xb_qisa_named(args[1].value) : xb_qisa_best(features);
    if (is_float && (!isa || (isa->needs & ~features))) bench_die("no instruction set \"%s\" here", args[0].value);
    if (!is_float && (!q || (q->needs & ~features))) bench_die("no table \"%s\" here", args[1].value);
    bench_print_machine();
    xb_fp_enter();
    if (bench_number(&args[2], 0, 1)) {
        static const shape few[] = { { 1, 288, 32768 }, { 1, 1024, 1024 }, { 4, 1024, 1024 }, { 16, 1024, 1024 } };
        printf("%s\n", isa->name);
        for (size_t i = 0; i < sizeof few / sizeof few[0]; i++) measure_weights(isa, few[i]);
        return 0;
    }
    if (is_float) printf("%s\n%21s | %33s | %33s | %33s\n", isa->name, "m x k x n", "B packed", "B [k, n]", "B [n, k]");
    else
        printf("%s\n%21s | %33s | %33s | %33s\n", q->name, "m x k x n", "int8 packed", "uint8 packed, zero point",
               "int8 [k, n]");
    for (int i = 0; i < SHAPES; i++) {
        if (only && i != only - 1) continue;
        printf("%6d x%5d x%6d", (int)shapes[i].m, (int)shapes[i].k, (int)shapes[i].n);
        if (is_float) measure_float(isa, shapes[i], ways);
        else measure_int8(q, shapes[i], ways);
        printf("\n");
    }
    return 0;
}
