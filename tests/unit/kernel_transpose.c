/* kernel/transpose.h on every table: copies between strides against loops over indices, bit for bit, and conversions against
 * their definitions: every half-precision number, and rounding against the numbers on both sides. */
#include "kernel/transpose.h"
#include "kernels.h"

static void fill_bytes(uint8_t *p, int64_t size, uint32_t *seed) {
    for (int64_t i = 0; i < size; i++) p[i] = (uint8_t)(isas_random(seed) >> 11);
}

static void try_transpose(const xb_isa *isa, int32_t rank, const int64_t *shape, const int32_t *perm, int32_t bytes) {
    uint32_t     seed = 41;
    int64_t      count = xb_strides_count(rank, shape), stride[XB_STRIDES_RANK], dense[XB_STRIDES_RANK];
    uint8_t     *in = malloc((size_t)(count * bytes) + 1), *out = malloc((size_t)(count * bytes) + 1);
    xb_copy_args args;
    CHECK_OR_RETURN(in && out);
    fill_bytes(in, count * bytes, &seed);
    memset(out, 0, (size_t)(count * bytes));
    xb_copy_args_transpose(&args, rank, shape, perm, bytes, in, out);
    kernels_run(xb_copy_work(isa, &args), &args, 17);
    xb_strides_dense(rank, shape, dense);
    for (int32_t d = 0; d < rank; d++) stride[d] = dense[perm[d]];
    for (int64_t i = 0; i < count; i++) {
        int64_t from = 0, rest = i;
        for (int32_t d = rank; d-- > 0; rest /= shape[perm[d]]) from += rest % shape[perm[d]] * stride[d];
        CHECK_OR_RETURN(memcmp(out + i * bytes, in + from * bytes, (size_t)bytes) == 0);
    }
    free(in), free(out);
}

static void every_permutation(void) {
    static const int64_t shapes[][4] = { { 3, 5, 7, 2 }, { 1, 70, 3, 66 }, { 2, 16, 16, 4 },
                                         { 4, 1, 9, 1 }, { 3, 0, 2, 2 },   { 2, 3, 65, 130 } };
    ISAS_EACH(isa) {
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
            for (int32_t code = 0; code < 256; code++) {
                int32_t perm[4] = { code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3 };
                int     seen = 1 << perm[0] | 1 << perm[1] | 1 << perm[2] | 1 << perm[3];
                for (int32_t bytes = 1; bytes <= 8 && seen == 15; bytes *= 2) try_transpose(isa, 4, shapes[i], perm, bytes);
            }
        }
        const int64_t six[6] = { 2, 3, 4, 5, 2, 3 }, matrix[2] = { 517, 389 };
        const int32_t perm_six[6] = { 4, 1, 5, 0, 3, 2 }, turn[2] = { 1, 0 };
        for (int32_t bytes = 1; bytes <= 8; bytes *= 2) {
            try_transpose(isa, 6, six, perm_six, bytes);
            try_transpose(isa, 2, matrix, turn, bytes);
        }
        for (int64_t m = 1; m < 20; m++) try_transpose(isa, 2, (int64_t[]){ m, 3 * m % 11 + 1 }, turn, 4);
    }
}

/* A slice with steps, one of them backwards, and an expanded dimension, to a place with gaps. */
static void slices_and_expansions(void) {
    ISAS_EACH(isa) {
        for (int32_t bytes = 1; bytes <= 8; bytes *= 2) {
            uint8_t      in[40 * 8], out[2000 * 8] = { 0 };
            uint32_t     seed = 43;
            xb_copy_args args = { .in = in + 35 * bytes,
                                  .out = out,
                                  .element_bytes = bytes,
                                  .rank = 3,
                                  .shape = { 4, 5, 6 },
                                  .stride_in = { -10, 0, 1 },
                                  .stride_out = { 100, 15, 2 } };
            fill_bytes(in, sizeof in, &seed);
            args.in = in + 30 * bytes;
            kernels_run(xb_copy_work(isa, &args), &args, 3);
            int wrong = 0;
            for (int i = 0; i < 120; i++) {
                int a = i / 30, b = i / 6 % 5, c = i % 6;
                wrong += memcmp(out + (a * 100 + b * 15 + c * 2) * bytes, in + (30 - a * 10 + c) * bytes, (size_t)bytes) != 0;
            }
            CHECK_INT(wrong, 0);
            int gaps = 0;
            for (int i = 0; i < 100 * bytes; i++) gaps += i / bytes % 15 % 2 == 1 && i / bytes < 75 && out[i] != 0;
            CHECK_INT(gaps, 0);
        }
    }
}

/* ---- conversions ---- */

/* By the definition of IEEE 754 binary16. */
static double half_value(uint16_t h) {
    int    exponent = h >> 10 & 31, fraction = h & 1023;
    double magnitude = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
                       : exponent == 0 ? ldexp(fraction, -24)
                                       : ldexp(1024 + fraction, exponent - 25);
    return h >> 15 ? -magnitude : magnitude;
}

static void convert(const xb_isa *isa, int32_t kind, const void *in, void *out, int64_t count) {
    xb_convert_args args = { in, out, count, kind };
    kernels_run(xb_convert_work(isa, &args), &args, 19);
}

static void half_precision(void) {
    static uint16_t all[65536], back[65536];
    static float    wide[65536], odd[65536];
    for (int i = 0; i < 65536; i++) all[i] = (uint16_t)i;
    ISAS_EACH(isa) {
        convert(isa, XB_CONVERT_F16_F32, all, wide, 65536);
        convert(isa, XB_CONVERT_F32_F16, wide, back, 65536);
        for (int i = 0; i < 65536; i++) {
            CHECK_OR_RETURN(isas_same(wide[i], (float)half_value(all[i])));
            CHECK_OR_RETURN(isnan(wide[i]) ? (back[i] & 0x7c00) == 0x7c00 && (back[i] & 0x3ff) != 0 : back[i] == all[i]);
        }
        /* between two neighbours: the half way point goes to the even one, and beside it to the nearer */
        for (int i = 0; i < 0x7bff; i++) {
            double low = half_value((uint16_t)i), high = half_value((uint16_t)(i + 1)), middle = (low + high) / 2;
            odd[2 * i] = (float)middle;
            odd[2 * i + 1] = nextafterf((float)middle, i % 3 ? 0 : INFINITY);
        }
        convert(isa, XB_CONVERT_F32_F16, odd, back, 2 * 0x7bff);
        for (int i = 0; i < 0x7bff; i++) {
            CHECK_OR_RETURN(back[2 * i] == (i % 2 ? i + 1 : i));
            CHECK_OR_RETURN(back[2 * i + 1] == (i % 3 ? i : i + 1));
        }
        const float large[5] = { 65519.0f, 65520.0f, 1e30f, INFINITY, -1e9f };
        convert(isa, XB_CONVERT_F32_F16, large, back, 5);
        CHECK(back[0] == 0x7bff && back[1] == 0x7c00 && back[2] == 0x7c00 && back[3] == 0x7c00 && back[4] == 0xfc00);
    }
}

static void brain_floats_and_bytes(void) {
    static uint16_t all[65536], back[65536];
    static float    wide[65536];
    for (int i = 0; i < 65536; i++) all[i] = (uint16_t)i;
    ISAS_EACH(isa) {
        convert(isa, XB_CONVERT_BF16_F32, all, wide, 65536);
        convert(isa, XB_CONVERT_F32_BF16, wide, back, 65536);
        for (int i = 0; i < 65536; i++) {
            CHECK_OR_RETURN(isas_bits(wide[i]) == (uint32_t)i << 16);
            CHECK_OR_RETURN(isnan(wide[i]) ? (back[i] & 0x7fff) > 0x7f80 : back[i] == all[i]);
        }
        const float some[4] = { isas_float(0x3f808000), isas_float(0x3f818000), isas_float(0x3f808001),
                                isas_float(0x7f7fffff) };
        convert(isa, XB_CONVERT_F32_BF16, some, back, 4);
        CHECK(back[0] == 0x3f80 && back[1] == 0x3f82 && back[2] == 0x3f81 && back[3] == 0x7f80);
        int8_t  small[300];
        uint8_t bytes[300];
        for (int i = 0; i < 300; i++) small[i] = (int8_t)(uint8_t)i, bytes[i] = (uint8_t)i;
        for (int64_t n = 0; n < 300; n += n < 40 ? 1 : 63) {
            wide[n] = 12345;
            convert(isa, XB_CONVERT_I8_F32, small, wide, n);
            for (int64_t i = 0; i < n; i++) CHECK(wide[i] == (float)small[i]);
            CHECK(wide[n] == 12345);
            convert(isa, XB_CONVERT_U8_F32, bytes, wide, n);
            for (int64_t i = 0; i < n; i++) CHECK(wide[i] == (float)bytes[i]);
            CHECK(wide[n] == 12345);
        }
    }
}

CHECK_MAIN(RUN(every_permutation), RUN(slices_and_expansions), RUN(half_precision), RUN(brain_floats_and_bytes))
