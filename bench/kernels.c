/* bench/kernels.c - what the element and row kernels cost on one thread, by instruction set.
 *
 * The sets take turns, in blocks of at least a millisecond, and thread CPU time is counted; the figure is the median. "GB/s" is
 * what is read and written, once each. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "kernel/elementwise.h"
#include "kernel/isa.h"
#include "kernel/rows.h"
#include "kernel/transpose.h"
#include "plat/cpu.h"
#include "plat/fpenv.h"

enum { SETS = 6, MAX_ROUNDS = 200 };
static const char *const set_names[SETS] = { "scalar", "sse4", "avx2", "avx512", "neon", "wasm" };

typedef struct benched {
    const char *name;
    int64_t     elements;
    double      bytes; /* for each element */
    xb_work (*work)(const xb_isa *isa, const struct benched *c);
    int32_t op;
} benched;

static float *in, *other, *out;
static union {
    xb_chain_args   chain;
    xb_binary_args  binary;
    xb_softmax_args softmax;
    xb_norm_args    norm;
    xb_reduce_args  reduce;
    xb_copy_args    copy;
    xb_convert_args convert;
} args;

/* One step on [1, elements]. */
static xb_work step(const xb_isa *isa, const benched *c) {
    args.chain = (xb_chain_args){ .e = { 1, { { .op = (uint8_t)c->op, .from = XB_EP_IMM, .a = 1.5f } } },
                                  .in = in,
                                  .out = out,
                                  .rows = 1,
                                  .cols = c->elements,
                                  .ld_in = c->elements,
                                  .ld_out = c->elements };
    return xb_chain_work(isa, &args.chain);
}
/* bias, hard-swish, residual on [32, elements / 32] */
static xb_work chain(const xb_isa *isa, const benched *c) {
    int64_t n = c->elements / 32;
    args.chain = (xb_chain_args){ .in = in, .out = out, .rows = 32, .cols = n, .ld_in = n, .ld_out = n };
    args.chain.e = (xb_epilogue){ 3,
                                  { { .op = XB_EP_ADD, .from = XB_EP_ROW, .data = other },
                                    { .op = XB_EP_HARD_SWISH },
                                    { .op = XB_EP_ADD, .from = XB_EP_FULL, .data = other, .stride = n } } };
    return xb_chain_work(isa, &args.chain);
}
static xb_work binary(const xb_isa *isa, const benched *c) {
    args.binary = (xb_binary_args){ .a = in,
                                    .b = other,
                                    .out = out,
                                    .op = XB_BINARY_ADD,
                                    .rank = 2,
                                    .shape = { 32, c->elements / 32 },
                                    .stride_a = { c->elements / 32, 1 },
                                    .stride_b = { c->op ? 1 : c->elements / 32, c->op ? 0 : 1 },
                                    .stride_out = { c->elements / 32, 1 } };
    return xb_binary_work(isa, &args.binary);
}
static xb_work softmax(const xb_isa *isa, const benched *c) {
    args.softmax = (xb_softmax_args){ in, out, c->elements / c->op, c->op, 1, 0 };
    return xb_softmax_work(isa, &args.softmax);
}
static xb_work norm(const xb_isa *isa, const benched *c) {
    args.norm = (xb_norm_args){
        .in = in, .out = out, .gain = other, .offset = other, .rows = c->elements / 384, .n = 384, .epsilon = 1e-5f
    };
    if (c->op) args.norm.residual = other, args.norm.bias = other, args.norm.sum = out;
    return xb_norm_work(isa, &args.norm);
}
static xb_work reduce(const xb_isa *isa, const benched *c) {
    int64_t n = c->elements / 256;
    args.reduce = (xb_reduce_args){ in, out, c->op ? 1 : 256, n, c->op ? 256 : 1, XB_REDUCE_MEAN };
    return xb_reduce_work(isa, &args.reduce);
}
static xb_work transpose(const xb_isa *isa, const benched *c) {
    const int64_t shape[2] = { 512, c->elements / 512 };
    const int32_t perm[2] = { 1, 0 };
    xb_copy_args_transpose(&args.copy, 2, shape, perm, c->op, in, out);
    return xb_copy_work(isa, &args.copy);
}
static xb_work convert(const xb_isa *isa, const benched *c) {
    args.convert = (xb_convert_args){ in, out, c->elements, c->op };
    return xb_convert_work(isa, &args.convert);
}

enum { ROWS = 1536 * 128, PICTURE = 32 * 320 * 320 };
static const benched cases[] = {
    { "exp 196608", ROWS, 8, step, XB_EP_EXP },
    { "tanh 196608", ROWS, 8, step, XB_EP_TANH },
    { "sigmoid 196608", ROWS, 8, step, XB_EP_SIGMOID },
    { "gelu 196608", ROWS, 8, step, XB_EP_GELU },
    { "sin 196608", ROWS, 8, step, XB_EP_SIN },
    { "log 196608", ROWS, 8, step, XB_EP_LOG },
    { "snake 196608", ROWS, 8, step, XB_EP_SNAKE },
    { "softmax 1536x128", ROWS, 8, softmax, 128 },
    { "layernorm 128x384", 128 * 384, 8, norm, 0 },
    { "skip+layernorm 128x384", 128 * 384, 16, norm, 1 },
    { "mean of rows 256x768", ROWS, 4, reduce, 0 },
    { "mean of columns 768x256", ROWS, 4, reduce, 1 },
    { "add 196608", ROWS, 12, binary, 0 },
    { "add a number to a row", ROWS, 8, binary, 1 },
    { "transpose 512x384 f32", ROWS, 8, transpose, 4 },
    { "transpose 512x384 u8", ROWS, 2, transpose, 1 },
    { "f16 to f32 196608", ROWS, 6, convert, XB_CONVERT_F16_F32 },
    { "hard-swish 32x320x320", PICTURE, 8, step, XB_EP_HARD_SWISH },
    { "bias+hswish+add 32x320x320", PICTURE, 12, chain, 0 },
    { "add 32x320x320", PICTURE, 12, binary, 0 },
};

/* CPU nanoseconds of one pass over all chunks. */
static double pass(const xb_isa *isa, const benched *c, int repeat) {
    xb_work work = c->work(isa, c);
    int64_t start = bench_cpu_ns();
    for (int i = 0; i < repeat; i++)
        for (int32_t k = 0; k < work.chunks; k++) work.run(&args, k, NULL);
    return (double)(bench_cpu_ns() - start) / repeat;
}

static void measure(const benched *c, int rounds, bench_json *json) {
    static double times[SETS][MAX_ROUNDS];
    const xb_isa *isas[SETS];
    int           repeat[SETS] = { 0 };
    double        scalar = 0;
    for (int s = 0; s < SETS; s++) {
        isas[s] = xb_isa_named(set_names[s]);
        if (isas[s] && (isas[s]->needs & ~xb_cpu_features())) isas[s] = NULL;
        if (isas[s]) repeat[s] = 1 + (int)(1e6 / (pass(isas[s], c, 1) + 1));
    }
    for (int r = 0; r < rounds; r++)
        for (int s = 0; s < SETS; s++)
            if (isas[s]) times[s][r] = pass(isas[s], c, repeat[s]);
    bench_json_begin(json, c->name);
    printf("%-28s", c->name);
    for (int s = 0; s < SETS; s++) {
        if (!isas[s]) continue;
        bench_spread spread = bench_spread_of(times[s], (size_t)rounds);
        double       ns = spread.p50;
        if (s == 0) scalar = ns;
        printf("  %s %.0f us %.3f ns %.1f GB/s x%.1f", set_names[s], ns / 1e3, ns / (double)c->elements,
               c->bytes * (double)c->elements / ns, scalar / ns);
        bench_json_spread(json, set_names[s], spread);
    }
    printf("\n");
    bench_json_end(json);
}

int main(int argc, char **argv) {
    bench_arg options[] = { { "--rounds", "N", "measurements of each, 1 to 200", "21" },
                            { "--only", "WORD", "cases whose name holds this", NULL },
                            { "--json", "FILE", "write the figures there", NULL } };
    bench_parse(argc, argv, "Element and row kernels on one thread, by instruction set.", options,
                sizeof options / sizeof options[0]);
    int         rounds = bench_number(&options[0], 1, MAX_ROUNDS);
    bench_json *json = bench_json_open(options[2].value, "kernels");
    uint32_t    random = 1;
    in = bench_alloc(PICTURE, sizeof *in), other = bench_alloc(PICTURE, sizeof *other), out = bench_alloc(PICTURE, sizeof *out);
    for (int64_t i = 0; i < PICTURE; i++) {
        random = random * 1664525 + 1013904223;
        in[i] = (float)(random >> 8) * 0x1p-21f - 4, other[i] = (float)(random >> 9) * 0x1p-23f + 0.1f; /* -4 .. 4 */
    }
    bench_print_machine();
    xb_fp_modes host = xb_fp_enter();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (options[1].value && !strstr(cases[i].name, options[1].value)) continue;
        measure(&cases[i], rounds, json);
    }
    xb_fp_leave(host);
    bench_json_close(json);
    free(in), free(other), free(out);
    return 0;
}
