/* bench/conv.c - convolution kernels by instruction set: one thread, its processor time, beside the figures that ONNX Runtime
 * 1.32.0 had on the machine of the design's measurements (AVX-512, thread processor time).
 *
 *     build/bench/conv [--isa avx512] [--layer 3] [--ms 300] */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "kernel/conv.h"
#include "kernel/isa.h"
#include "plat/cpu.h"

typedef struct layer {
    const char  *name;
    int64_t      in, out, height, width, kernel, stride, dilation;
    double       ort_ms;
    xb_conv_form forms[3];
    int          form_count;
} layer;

static const layer layers[] = {
    { "3x3 96->32 160x160", 96, 32, 160, 160, 3, 1, 1, 10.8, { XB_CONV_BLOCKED, XB_CONV_WINOGRAD, XB_CONV_DENSE }, 3 },
    { "3x3 96->96 80x80", 96, 96, 80, 80, 3, 1, 1, 5.88, { XB_CONV_BLOCKED, XB_CONV_WINOGRAD, XB_CONV_DENSE }, 3 },
    { "3x3 512->512 20x20", 512, 512, 20, 20, 3, 1, 1, 0, { XB_CONV_BLOCKED, XB_CONV_WINOGRAD, XB_CONV_DENSE }, 3 },
    { "3x3 96->96 80x80 s2", 96, 96, 80, 80, 3, 2, 1, 0, { XB_CONV_BLOCKED, XB_CONV_DENSE }, 2 },
    { "1x1 96->96 160x160", 96, 96, 160, 160, 1, 1, 1, 3.315, { XB_CONV_BLOCKED, XB_CONV_DENSE }, 2 },
    { "1x1 480->480 24x20", 480, 480, 24, 20, 1, 1, 1, 1.302, { XB_CONV_BLOCKED, XB_CONV_DENSE }, 2 },
    { "first 3->32 640x640 s2", 3, 32, 640, 640, 3, 2, 1, 0, { XB_CONV_FIRST, XB_CONV_DENSE }, 2 },
    { "dw 3x3 96 80x80", 96, 0, 80, 80, 3, 1, 1, 0.173, { XB_CONV_DEPTHWISE }, 1 },
    { "dw 5x5 240 40x40", 240, 0, 40, 40, 5, 1, 1, 0.210, { XB_CONV_DEPTHWISE }, 1 },
    { "dw 3x3 48 160x160", 48, 0, 160, 160, 3, 1, 1, 0.335, { XB_CONV_DEPTHWISE }, 1 },
    { "dw 3x3 32 320x320", 32, 0, 320, 320, 3, 1, 1, 1.07, { XB_CONV_DEPTHWISE }, 1 },
    { "1-D 128->128 14881 k11", 128, 128, 1, 14881, 11, 1, 1, 42.7, { XB_CONV_NWC, XB_CONV_NWC_WINOGRAD, XB_CONV_DENSE }, 3 },
    { "1-D 128->128 14881 k11 d5", 128, 128, 1, 14881, 11, 1, 5, 42.5, { XB_CONV_NWC, XB_CONV_NWC_WINOGRAD }, 2 },
    { "1-D 128->128 14881 k3", 128, 128, 1, 14881, 3, 1, 1, 14.9, { XB_CONV_NWC, XB_CONV_NWC_WINOGRAD, XB_CONV_DENSE }, 3 },
    { "1-D dw 256 2000 k7", 256, 0, 1, 2000, 7, 1, 1, 0, { XB_CONV_NWC_DEPTHWISE }, 1 },
    { "1-D 128->64 t 1860 k16 s8", 128, 64, 1, 1860, -16, 8, 1, 0, { XB_CONV_NWC, XB_CONV_DENSE }, 2 },
    { "2-D 24->24 t 160x160 k2 s2", 24, 24, 160, 160, -2, 2, 1, 0, { XB_CONV_BLOCKED, XB_CONV_DENSE }, 2 },
    { "2-D 24->1 t 320x320 k2 s2", 24, 1, 320, 320, -2, 2, 1, 0, { XB_CONV_BLOCKED, XB_CONV_DENSE }, 2 },
    { "1-D 32->1 60000 k7", 32, 1, 1, 60000, 7, 1, 1, 0, { XB_CONV_NWC, XB_CONV_DENSE }, 2 },
    { "1-D 128->64 4 k3", 128, 64, 1, 4, 3, 1, 1, 0, { XB_CONV_NWC, XB_CONV_DENSE }, 2 },
    { "1-D 1->258 512 k256 s64", 1, 258, 1, 512, 256, 64, 1, 0, { XB_CONV_NWC, XB_CONV_DENSE }, 2 },
};
static const char *const form_names[XB_CONV_FORMS] = { "dense",    "blocked", "first",         "depthwise",
                                                       "winograd", "nwc",     "nwc depthwise", "nwc winograd" };

/* As the engine's memory: on a line of the cache. Lives until the end. */
static void *aligned(int64_t bytes) { return (void *)(((uintptr_t)bench_alloc((size_t)bytes + 64, 1) + 63) & ~(uintptr_t)63); }

static float *numbers(int64_t count) {
    float   *p = aligned(count * 4);
    uint32_t x = 1;
    for (int64_t i = 0; i < count; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (float)(x >> 8) * 0x1p-24f - 0.5f;
    }
    return p;
}

static xb_conv_args args_of(const layer *l) {
    int          transposed = l->kernel < 0, one = l->height == 1;
    int64_t      k = transposed ? -l->kernel : l->kernel;
    xb_conv_args a = { .batch = 1,
                       .channels_in = l->in,
                       .channels_out = l->out ? l->out : l->in,
                       .groups = l->out ? 1 : l->in,
                       .in = { 1, l->height, l->width },
                       .out = { 1, 1, 1 },
                       .kernel = { 1, one ? 1 : k, k },
                       .stride = { 1, one ? 1 : l->stride, l->stride },
                       .dilation = { 1, one ? 1 : l->dilation, l->dilation },
                       .transposed = transposed };
    for (int i = 1; i < 3; i++) {
        int64_t reach = (a.kernel[i] - 1) * a.dilation[i];
        a.pad[i] = transposed ? (a.kernel[i] - a.stride[i]) / 2 : reach < a.in[i] / 2 || one ? reach / 2 : 0;
        if (k == 256) a.pad[i] = 0;
        a.out[i] = transposed ? a.in[i] * a.stride[i] : (a.in[i] + 2 * a.pad[i] - reach - 1) / a.stride[i] + 1;
    }
    return a;
}

/* GF/s of the largest tile when all is in the first-level cache: the measure of the machine at this moment. */
static double tile_rate(const xb_isa *isa) {
    enum { TILES = 1000, K = 64 };
    const xb_conv_hot *hot = &isa->conv;
    int64_t            c = isa->vector_width, v = hot->vectors, p = hot->points;
    static float      *x, *w, *y;
    if (!x) x = numbers(8192), w = numbers(8192), y = numbers(8192);
    xb_conv_segment s[4] = { { 0, K / 4 }, { 0, K / 4 }, { 0, K / 4 }, { 0, K / 4 } };
    xb_conv_tile    t = { .segments = s, .segment_count = 4, .y_point = c, .y_vector = p * c };
    int64_t         from = bench_cpu_ns();
    for (int i = 0; i < TILES; i++) hot->tile[0][v - 1][p / 2](&t, x, w, w, y);
    return 2.0 * TILES * (double)(K * p * v * c) / (double)(bench_cpu_ns() - from);
}

/* Median milliseconds of thread processor time, and of the tile's rate in between. */
static double time_form(const xb_isa *isa, xb_conv_form form, xb_conv_args *a, int64_t budget_ms, double products,
                        double *rate) {
    int64_t in = a->in[1] * a->in[2], out = a->out[1] * a->out[2];
    float  *x = numbers((a->channels_in + 16) * in), *y = numbers((a->channels_out + 16) * out);
    float  *w = numbers(a->channels_in * a->channels_out / a->groups * a->kernel[1] * a->kernel[2]);
    float  *packed = aligned(xb_conv_pack_size(isa, form, a)), *bias = numbers(a->channels_out);
    xb_conv_pack(isa, form, a, w, packed);
    a->x = x, a->y = y, a->bias = bias, a->w = packed;
    xb_work work = xb_conv_work(isa, form, a);
    void   *scratch = aligned(work.scratch_bytes);
    double  times[1000], rates[1000], spent = 0;
    int     runs = 0;
    while (runs < 1000 && (runs < 5 || spent < (double)budget_ms)) {
        int64_t from = bench_cpu_ns();
        int     repeats = products < 1e6 ? 50 : 1; /* the clock takes a microsecond */
        for (int r = 0; r < repeats; r++)
            for (int32_t i = 0; i < work.chunks; i++) work.run(a, i, scratch);
        times[runs] = (double)(bench_cpu_ns() - from) * 1e-6 / repeats;
        rates[runs] = tile_rate(isa);
        spent += times[runs++];
    }
    *rate = bench_spread_of(rates, (size_t)runs).p50;
    double median = bench_spread_of(times, (size_t)runs).p50;
    printf(" %5d chunks of %6.1f us, %5d KB scratch", (int)work.chunks, median * 1e3 / (double)work.chunks,
           (int)(work.scratch_bytes >> 10));
    return median;
}

int main(int argc, char **argv) {
    bench_arg args[] = { { "--isa", "NAME", "only this instruction set", NULL },
                         { "--layer", "N", "only the layer of this number, from 0", "-1" },
                         { "--ms", "N", "milliseconds for each figure", "200" } };
    bench_parse(argc, argv, "Times the convolution kernels.", args, 3);
    int only = bench_number(&args[1], -1, (int)(sizeof layers / sizeof layers[0]) - 1), ms = bench_number(&args[2], 1, 60000);
    bench_print_machine();
    static const char *const isas[] = { "avx512", "avx2", "sse4", "neon", "wasm", "scalar" };
    for (size_t l = 0; l < sizeof layers / sizeof layers[0]; l++) {
        if (only >= 0 && (size_t)only != l) continue;
        xb_conv_args a = args_of(&layers[l]);
        int64_t      terms = a.channels_in / a.groups * a.kernel[1] * a.kernel[2];
        double products = (double)(terms * a.channels_out) * (double)(a.transposed ? a.in[1] * a.in[2] : a.out[1] * a.out[2]);
        printf("%s", layers[l].name);
        if (layers[l].ort_ms > 0)
            printf("   (ONNX Runtime %.3f ms, %.0f GF/s)", layers[l].ort_ms, 2e-6 * products / layers[l].ort_ms);
        printf("\n");
        for (size_t i = 0; i < sizeof isas / sizeof isas[0]; i++) {
            const xb_isa *isa = xb_isa_named(isas[i]);
            if (!isa || (xb_isa_needs(isa) & ~xb_cpu_features()) || (args[0].value && strcmp(args[0].value, isas[i]) != 0))
                continue;
            if (!args[0].value && strcmp(isas[i], "scalar") == 0) continue; /* slow, and nothing to learn */
            double rate;
            for (int f = 0; f < layers[l].form_count; f++) {
                double took = time_form(isa, layers[l].forms[f], &a, ms, products, &rate);
                printf("   %-7s %-14s %9.3f ms %7.1f GF/s", isas[i], form_names[layers[l].forms[f]], took,
                       2e-6 * products / took);
                printf("  %3.0f %% of the tile's %3.0f", 2e-4 * products / took / rate, rate);
                if (layers[l].ort_ms > 0 && i == 0) printf("  %.2fx", layers[l].ort_ms / took);
                printf("\n");
            }
        }
    }
    return 0;
}
