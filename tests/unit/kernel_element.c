/* Elements of every type as numbers and back (kernel/element.h), and the kernels that work on them in blocks: every narrow
 * float against the codec's table (made by ml_dtypes), rounding against a search through all values, operands against plain
 * indexing, results across chunks in any order. */
#include "base/checked.h"
#include "codec/onnx_value.h"
#include "kernel/nary.h"
#include "kernel/quantize.h"
#include "kernel/select.h"
#include "kernels.h"

static const int32_t small_floats[] = { XB_FLOAT8E4M3FN, XB_FLOAT8E4M3FNUZ, XB_FLOAT8E5M2, XB_FLOAT8E5M2FNUZ,
                                        XB_FLOAT4E2M1,   XB_FLOAT6E2M3,     XB_FLOAT6E3M2 };
enum { SMALL_FLOATS = sizeof small_floats / sizeof small_floats[0] };

static void types_are_onnx_s(void) {
    CHECK_INT(XB_FLOAT8E4M3FN, XB_ONNX_FLOAT8E4M3FN);
    CHECK_INT(XB_FLOAT8E8M0, XB_ONNX_FLOAT8E8M0);
    CHECK_INT(XB_UINT4, XB_ONNX_UINT4);
    CHECK_INT(XB_INT2, XB_ONNX_INT2);
    CHECK_INT(XB_FLOAT6E3M2, XB_ONNX_FLOAT6E3M2);
    CHECK_INT(XB_COMPLEX128, XB_ONNX_COMPLEX128);
    for (int32_t t = 0; t < 40; t++) {
        int32_t bits = t == XB_ONNX_STRING ? 0 : xb_onnx_dtype_bits(t);
        CHECK_INT(xb_bytes_of(t), bits == 0 ? 0 : bits < 8 ? 1 : bits / 8);
    }
}

static float load_small(int32_t dtype, uint8_t bits) {
    xb_block room;
    return *(const float *)xb_block_load(isas_at(0), &room, XB_CLASS_F32, &bits, dtype, 1);
}
static uint8_t store_small(int32_t dtype, double v, int is_strict) {
    uint8_t       bits = 0;
    xb_store_rule rule = { (uint8_t)is_strict, XB_ROUND_UP };
    xb_block_store(isas_at(0), &bits, dtype, &v, XB_CLASS_F64, 1, &rule);
    return bits;
}

static void small_floats_are_read(void) {
    for (int f = 0; f < SMALL_FLOATS; f++)
        for (int bits = 0; bits < 1 << xb_onnx_dtype_bits(small_floats[f]); bits++)
            CHECK(isas_same(load_small(small_floats[f], (uint8_t)bits), xb_onnx_small_float(small_floats[f], (uint8_t)bits)));
    for (int bits = 0; bits < 256; bits++)
        CHECK(isas_same(load_small(XB_FLOAT8E8M0, (uint8_t)bits), xb_onnx_small_float(XB_FLOAT8E8M0, (uint8_t)bits)));
}

/* The nearest of all values, of two the one whose code is even; beyond the largest one the largest. */
static uint8_t search(int32_t dtype, double v) {
    int    sign_bit = 1 << (xb_onnx_dtype_bits(dtype) - 1), best = 0;
    double size = fabs(v), distance = INFINITY;
    for (int code = 0; code < sign_bit; code++) {
        double off = fabs((double)xb_onnx_small_float(dtype, (uint8_t)code) - size);
        if (isnan(off) || isinf(off)) continue;
        if (off < distance || (off == distance && code % 2 == 0)) best = code, distance = off;
    }
    int has_negative_zero = dtype != XB_FLOAT8E4M3FNUZ && dtype != XB_FLOAT8E5M2FNUZ;
    return (uint8_t)(signbit(v) && (best || has_negative_zero) ? best | sign_bit : best);
}

/* All values, all halfway points, and what is a hair beside them: a double rounding would show. */
static void small_floats_are_written(void) {
    for (int f = 0; f < SMALL_FLOATS; f++) {
        int32_t dtype = small_floats[f];
        int     half = 1 << (xb_onnx_dtype_bits(dtype) - 1);
        for (int code = 0; code < half - 1; code++) {
            double a = (double)xb_onnx_small_float(dtype, (uint8_t)code),
                   b = (double)xb_onnx_small_float(dtype, (uint8_t)(code + 1));
            if (!isfinite(a) || !isfinite(b)) continue;
            double points[] = {
                a, b, (a + b) / 2, nextafter((a + b) / 2, 0), nextafter((a + b) / 2, 1e9), 0.75 * a + 0.25 * b
            };
            for (int i = 0; i < 6; i++)
                for (int sign = -1; sign <= 1; sign += 2)
                    CHECK_INT(store_small(dtype, sign * points[i], 0), search(dtype, sign * points[i]));
        }
        CHECK_INT(store_small(dtype, 1e30, 0), search(dtype, 1e6));
        CHECK_INT(store_small(dtype, -(double)INFINITY, 0), search(dtype, -1e6));
        int has_nan = xb_onnx_dtype_bits(dtype) == 8;
        CHECK(!has_nan || isnan(xb_onnx_small_float(dtype, store_small(dtype, (double)NAN, 0))));
        float beyond = xb_onnx_small_float(dtype, store_small(dtype, 1e30, 1));
        CHECK(has_nan ? dtype == XB_FLOAT8E5M2 ? isinf(beyond) : isnan(beyond) : isfinite(beyond));
    }
}

/* float64 to float16 and bfloat16 beside all halfway points: going by float32 must not round twice. */
static void halves_are_rounded_once(void) {
    for (uint32_t h = 0; h < 0x7bff; h += 7) {
        xb_block     room;
        uint16_t     pair[2] = { (uint16_t)h, (uint16_t)(h + 1) }, found[4];
        const float *f = xb_block_load(isas_at(0), &room, XB_CLASS_F32, pair, XYBRID_FLOAT16, 2);
        double       middle = ((double)f[0] + (double)f[1]) / 2;
        double       v[4] = { middle, nextafter(middle, 0), nextafter(middle, 1e9), -nextafter(middle, 1e9) };
        xb_block_store(isas_at(0), found, XYBRID_FLOAT16, v, XB_CLASS_F64, 4, NULL);
        CHECK_INT(found[0], h + h % 2);
        CHECK_INT(found[1], h);
        CHECK_INT(found[2], h + 1);
        CHECK_INT(found[3], (h + 1) | 0x8000);
    }
    int64_t  ties[] = { (INT64_C(1) << 62) + (INT64_C(1) << 54), (INT64_C(1) << 62) + (INT64_C(1) << 54) + 1 };
    uint16_t found[2];
    xb_block_store(isas_at(0), found, XYBRID_BFLOAT16, ties, XB_CLASS_I64, 2, NULL);
    CHECK_INT(found[0], 0x5e80); /* 2^62 is even */
    CHECK_INT(found[1], 0x5e81);
}

static void floats_beyond_integers(void) {
    float    f[] = { NAN, INFINITY, -INFINITY, 1e30f, -1e30f, -1, 3e9f, 300, -1.9f };
    int32_t  i[9];
    int64_t  l[9];
    uint64_t u[9];
    uint8_t  b[9];
    xb_block_store(isas_at(0), i, XYBRID_INT32, f, XB_CLASS_F32, 9, NULL);
    xb_block_store(isas_at(0), l, XYBRID_INT64, f, XB_CLASS_F32, 9, NULL);
    xb_block_store(isas_at(0), u, XYBRID_UINT64, f, XB_CLASS_F32, 9, NULL);
    xb_block_store(isas_at(0), b, XYBRID_UINT8, f, XB_CLASS_F32, 9, NULL);
    CHECK_INT(i[0], 0), CHECK_INT(i[1], INT32_MAX), CHECK_INT(i[2], INT32_MIN), CHECK_INT(i[6], INT32_MAX), CHECK_INT(i[8], -1);
    CHECK_INT(l[0], 0), CHECK_INT(l[3], INT64_MAX), CHECK_INT(l[4], INT64_MIN), CHECK_INT(l[6], 3000000000);
    CHECK(u[1] == UINT64_MAX), CHECK(u[5] == UINT64_MAX), CHECK(u[6] == 3000000000u);
    CHECK_INT(b[7], 44), CHECK_INT(b[5], 255);
}

/* ---- operands ---- */

/* A result's shape, and one for an operand with some dimensions of 1 or missing. */
static void random_shapes(uint32_t *seed, int32_t *rank, int64_t *dims, int32_t *from_rank, int64_t *from) {
    *rank = (int32_t)(isas_random(seed) % 5);
    *from_rank = *rank ? (int32_t)(isas_random(seed) % (uint32_t)(*rank + 1)) : 0;
    for (int32_t i = 0; i < *rank; i++) {
        dims[i] = 1 + isas_random(seed) % 6;
        int32_t k = i - (*rank - *from_rank);
        if (k >= 0) from[k] = isas_random(seed) % 3 ? dims[i] : 1;
    }
}

static void operands_are_repeated(void) {
    static uint16_t data[6 * 6 * 6 * 6];
    uint32_t        seed = 5;
    for (int i = 0; i < 6 * 6 * 6 * 6; i++) data[i] = (uint16_t)i;
    for (int round = 0; round < 2000; round++) {
        int32_t    rank, from_rank;
        int64_t    dims[XB_MAX_RANK], from[XB_MAX_RANK], plain[XB_MAX_RANK], count = 1;
        xb_operand o[2] = { { .data = data }, { .data = data } }, before;
        random_shapes(&seed, &rank, dims, &from_rank, from);
        for (int32_t i = 0; i < rank; i++) count *= plain[i] = dims[i];
        xb_operand_set(&o[0], XYBRID_UINT16, from_rank, from, rank, dims);
        xb_operand_set(&o[1], XYBRID_UINT16, rank, dims, rank, dims);
        before = o[0];
        int32_t new_rank = xb_operands_collapse(rank, dims, o, 2);
        CHECK(o[1].is_dense);
        for (int64_t first = 0; first < count; first += 97) {
            int64_t         n = xb_min64(97, count - first);
            xb_block        room;
            const uint16_t *x = xb_operand_gather(&o[0], new_rank, dims, first, n, &room);
            for (int64_t i = 0; i < n; i++) {
                int64_t at = 0, rest = first + i; /* plain indexing, by the shapes alone */
                int64_t stride = 1;
                for (int32_t d = rank - 1; d >= 0; d--) {
                    int32_t k = d - (rank - from_rank);
                    if (k >= 0 && from[k] != 1) at += rest % plain[d] * stride;
                    if (k >= 0) stride *= from[k];
                    rest /= plain[d];
                }
                CHECK_INT(x[i], at);
                CHECK_INT(xb_operand_at(&before, rank, plain, first + i), at);
            }
        }
    }
}

/* ---- kernels over many chunks ---- */

enum { MANY = 50001 };

static void halves_add_over_chunks(void) {
    static uint16_t a[MANY], b[3], y[MANY];
    uint32_t        seed = 9;
    ISAS_EACH(isa) {
        float         f[MANY], g[3];
        xb_nary_args *k = calloc(1, sizeof *k + 2 * sizeof k->in[0]);
        CHECK_OR_RETURN(k != NULL);
        for (int i = 0; i < MANY; i++) f[i] = isas_uniform(&seed, -100, 100);
        for (int i = 0; i < 3; i++) g[i] = isas_uniform(&seed, -100, 100);
        for (int i = 0; i < MANY; i += XB_BLOCK)
            xb_block_store(isa, a + i, XYBRID_FLOAT16, f + i, XB_CLASS_F32, xb_min64(XB_BLOCK, MANY - i), NULL);
        xb_block_store(isa, b, XYBRID_FLOAT16, g, XB_CLASS_F32, 3, NULL);
        k->y = y, k->dtype = XYBRID_FLOAT16, k->c = XB_CLASS_F32, k->count = 2, k->last = XB_UN_CAST;
        k->rank = 2, k->dims[0] = MANY / 3, k->dims[1] = 3;
        xb_operand_set(&k->in[0], XYBRID_FLOAT16, 2, k->dims, 2, k->dims);
        xb_operand_set(&k->in[1], XYBRID_FLOAT16, 1, (int64_t[]){ 3 }, 2, k->dims);
        k->in[0].data = a, k->in[1].data = b, k->in[1].op = XB_EP_ADD;
        kernels_run(xb_nary_work(isa, k), k, 77);
        for (int i = 0; i < MANY; i++) {
            xb_block p, q;
            float    x = *(const float *)xb_block_load(isa, &p, XB_CLASS_F32, &a[i], XYBRID_FLOAT16, 1);
            float    z = *(const float *)xb_block_load(isa, &q, XB_CLASS_F32, &b[i % 3], XYBRID_FLOAT16, 1);
            double   sum = (double)x + (double)z; /* exact */
            uint16_t wanted;
            xb_block_store(isa, &wanted, XYBRID_FLOAT16, &sum, XB_CLASS_F64, 1, NULL);
            CHECK_INT(y[i], wanted);
        }
        free(k);
    }
}

static void functions_over_chunks(void) {
    static double  x[MANY], y[MANY];
    static uint8_t truth[MANY];
    uint32_t       seed = 3;
    for (int i = 0; i < MANY; i++) x[i] = i % 50 ? (double)isas_uniform(&seed, -5, 5) : (double)NAN;
    xb_unary_args a = {
        .x = x, .y = y, .count = MANY, .src_dtype = XYBRID_FLOAT64, .dst_dtype = XYBRID_FLOAT64, .op = XB_EP_TANH
    };
    kernels_run(xb_unary_work(isas_at(0), &a), &a, 5);
    for (int i = 0; i < MANY; i++) CHECK(isnan(x[i]) ? isnan(y[i]) : y[i] == tanh(x[i]));
    a = (xb_unary_args){
        .x = x, .y = truth, .count = MANY, .src_dtype = XYBRID_FLOAT64, .dst_dtype = XYBRID_BOOL, .op = XB_UN_IS_NAN
    };
    kernels_run(xb_unary_work(isas_at(0), &a), &a, 5);
    for (int i = 0; i < MANY; i++) CHECK_INT(truth[i], isnan(x[i]) != 0);
}

static void choice_over_chunks(void) {
    static uint8_t c[MANY];
    static int64_t x[MANY], y[1] = { -7 }, z[MANY];
    for (int i = 0; i < MANY; i++) c[i] = (uint8_t)(i % 3 * 17), x[i] = i;
    xb_select_args a = { .y = z, .rank = 1, .dims = { MANY } };
    xb_operand_set(&a.in[0], XYBRID_BOOL, 1, a.dims, 1, a.dims), a.in[0].data = c;
    xb_operand_set(&a.in[1], XYBRID_INT64, 1, a.dims, 1, a.dims), a.in[1].data = x;
    xb_operand_set(&a.in[2], XYBRID_INT64, 0, NULL, 1, a.dims), a.in[2].data = y;
    kernels_run(xb_select_work(&a), &a, 4);
    for (int i = 0; i < MANY; i++) CHECK_INT(z[i], i % 3 ? i : -7);
}

/* ---- scales ---- */

/* [2, axis, inner] in blocks, the last of which may be shorter, against one element after the other. */
static void blocks_of_scales(int64_t length, int64_t inner, int64_t block) {
    static float   x[80000], s[80000], d[80000];
    static uint8_t z[80000], q[80000];
    int64_t        dims[3] = { 2, length, inner }, blocks = (length + block - 1) / block, count = 2 * length * inner;
    uint32_t       seed = 1;
    CHECK_OR_RETURN(count <= 80000);
    for (int64_t i = 0; i < count; i++) x[i] = isas_uniform(&seed, -3, 3);
    for (int64_t i = 0; i < 2 * blocks * inner; i++)
        s[i] = isas_uniform(&seed, 0.01f, 0.1f), z[i] = (uint8_t)(isas_random(&seed) % 200);
    xb_scale_args a = { .dtype = XYBRID_UINT8, .precision = XYBRID_FLOAT32 };
    xb_scale_set(&a, 3, dims, 1, block);
    a.x.data = x, a.x.dtype = XYBRID_FLOAT32, a.scale.data = s, a.scale.dtype = XYBRID_FLOAT32, a.zero.data = z,
    a.zero.dtype = XYBRID_UINT8;
    a.y = q;
    kernels_run(xb_quantize_work(isas_at(0), &a), &a, 6);
    xb_scale_args b = {
        .x = { .data = q, .dtype = XYBRID_UINT8 }, .scale = a.scale, .zero = a.zero, .y = d, .dtype = XYBRID_FLOAT32
    };
    xb_scale_set(&b, 3, dims, 1, block);
    kernels_run(xb_dequantize_work(isas_at(0), &b), &b, 6);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = (i / (length * inner) * blocks + i / inner % length / block) * inner + i % inner;
        float   wanted = fminf(fmaxf(rintf(x[i] / s[at]) + (float)z[at], 0), 255);
        CHECK_INT(q[i], wanted);
        CHECK(d[i] == (wanted - (float)z[at]) * s[at]);
    }
}

static void scales_in_blocks(void) {
    blocks_of_scales(6, 5, 3);
    blocks_of_scales(7, 5, 3);
    blocks_of_scales(7, 1, 3);
    blocks_of_scales(1000, 1, 32);
    blocks_of_scales(1001, 37, 64);
    blocks_of_scales(5, 3, 100);
    blocks_of_scales(30000, 1, 1);
}

CHECK_MAIN(RUN(types_are_onnx_s), RUN(small_floats_are_read), RUN(small_floats_are_written), RUN(halves_are_rounded_once),
           RUN(floats_beyond_integers), RUN(operands_are_repeated), RUN(halves_add_over_chunks), RUN(functions_over_chunks),
           RUN(choice_over_chunks), RUN(scales_in_blocks))
