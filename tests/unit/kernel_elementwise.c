/* kernel/elementwise.h on every table: shapes with broadcasting, strides and empty dimensions against plain loops over indices,
 * chunks in any order. Sums, products and comparisons are exact, so the bits must agree. */
#include "kernel/elementwise.h"
#include "kernels.h"

/* ---- programmes on whole tensors ---- */

static void chains_do_not_depend_on_chunks(void) {
    static const int64_t shapes[][2] = {
        { 1, 100003 }, { 301, 384 }, { 70000, 3 }, { 5, 1 }, { 0, 7 }, { 7, 0 }, { 17, 4097 }
    };
    uint32_t seed = 3;
    ISAS_EACH(isa) {
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
            int64_t       m = shapes[i][0], n = shapes[i][1], ld = n + (int64_t)(i % 3);
            float        *x = kernels_floats(m * ld), *y = kernels_floats(m * ld), *z = kernels_floats(m * ld);
            float        *bias = kernels_floats(n);
            xb_chain_args args = { .in = x, .out = y, .rows = m, .cols = n, .ld_in = ld, .ld_out = ld };
            kernels_fill(x, m * ld, &seed, -4, 4);
            kernels_fill(bias, n, &seed, -1, 1);
            memset(y, 0, (size_t)(m * ld) * sizeof *y);
            memset(z, 0, (size_t)(m * ld) * sizeof *z);
            args.e = (xb_epilogue){
                3, { { .op = XB_EP_ADD, .from = XB_EP_COL, .data = bias }, { .op = XB_EP_HARD_SWISH }, { .op = XB_EP_TANH } }
            };
            kernels_run(xb_chain_work(isa, &args), &args, 0);
            args.out = z;
            kernels_run(xb_chain_work(isa, &args), &args, 9);
            CHECK(memcmp(y, z, (size_t)(m * ld) * sizeof *y) == 0);
            for (int64_t k = 0; k < m * n && k < 5000; k++) {
                int64_t     at = k * 7919 % (m * n), r = at / n, c = at % n;
                float       one = x[r * ld + c];
                xb_fp_modes host = xb_fp_enter();
                isa->epilogue(&args.e, &one, 1, r, c, 1, 1);
                xb_fp_leave(host);
                CHECK_OR_RETURN(isas_same(one, y[r * ld + c]));
            }
            args.e.count = 0; /* a copy */
            kernels_run(xb_chain_work(isa, &args), &args, 0);
            for (int64_t r = 0; r < m; r++) CHECK(memcmp(z + r * ld, x + r * ld, (size_t)n * sizeof *x) == 0);
            kernels_free(x), kernels_free(y), kernels_free(z), kernels_free(bias);
        }
    }
}

/* ---- two operands ---- */

enum { DIMS = 4 };
typedef struct shapes_row {
    int64_t a[DIMS], b[DIMS]; /* as ONNX broadcasts them: 1 repeats */
} shapes_row;

static const shapes_row broadcasts[] = {
    { { 2, 3, 5, 7 }, { 2, 3, 5, 7 } },      { { 2, 3, 5, 7 }, { 1, 1, 1, 7 } },   { { 2, 3, 5, 7 }, { 1, 3, 1, 1 } },
    { { 1, 1, 5, 1 }, { 2, 3, 5, 7 } },      { { 2, 1, 5, 1 }, { 1, 3, 1, 37 } },  { { 1, 1, 1, 1 }, { 2, 3, 5, 33 } },
    { { 2, 3, 5, 33 }, { 1, 1, 1, 1 } },     { { 1, 1, 1, 1 }, { 1, 1, 1, 1 } },   { { 1, 1, 1, 20011 }, { 3, 1, 1, 1 } },
    { { 1, 1, 300, 70 }, { 1, 1, 300, 1 } }, { { 2, 0, 5, 7 }, { 1, 1, 5, 7 } },   { { 1, 1, 1, 50021 }, { 1, 1, 1, 50021 } },
    { { 1, 300, 1, 64 }, { 5, 1, 1, 64 } },  { { 1, 1, 70, 1 }, { 1, 1, 1, 70 } }, { { 8, 1, 16, 16 }, { 1, 4, 16, 1 } },
};
enum { BROADCASTS = sizeof broadcasts / sizeof broadcasts[0] };

static int64_t count_of(const int64_t *shape) { return shape[0] * shape[1] * shape[2] * shape[3]; }

/* Strides with the dimensions of 1 repeated; `gap` is the step of the last dimension. */
static void strides_of(const int64_t *shape, int64_t gap, int64_t *strides) {
    int64_t step = gap;
    for (int d = DIMS; d-- > 0;) {
        strides[d] = shape[d] == 1 ? 0 : step;
        step *= shape[d];
    }
}

static float plain(int32_t op, float a, float b) {
    switch (op) {
    case XB_BINARY_ADD: return a + b;
    case XB_BINARY_SUB: return a - b;
    case XB_BINARY_MUL: return a * b;
    case XB_BINARY_DIV: return a / b;
    case XB_BINARY_MIN: return isnan(a) ? a : isnan(b) || b <= a ? b : a;
    case XB_BINARY_MAX: return isnan(a) ? a : isnan(b) || b >= a ? b : a;
    case XB_BINARY_POW: return powf(a, b);
    case XB_BINARY_FMOD: return fmodf(a, b);
    case XB_BINARY_PRELU: return a < 0 ? a * b : a;
    case XB_BINARY_EQUAL: return a == b;
    case XB_BINARY_LESS: return a < b;
    case XB_BINARY_LESS_EQUAL: return a <= b;
    case XB_BINARY_GREATER: return a > b;
    default: return a >= b;
    }
}

/* Numbers with ties, signs, zeros and, for one in 16, a special one that is no denormal. */
static void fill_mixed(float *x, int64_t count, uint32_t *seed) {
    for (int64_t i = 0; i < count; i++) {
        uint32_t r = isas_random(seed);
        x[i] = r % 16 == 0 ? isas_zeroed(isas_specials[r / 16 % ISAS_SPECIALS]) : (float)((int)(r / 16 % 17) - 8) * 0.75f;
    }
}

static void try_binary(const xb_isa *isa, const shapes_row *row, int32_t op, int64_t gap, int64_t gap_out, uint32_t *seed) {
    xb_binary_args args = { .op = op, .rank = DIMS };
    for (int d = 0; d < DIMS; d++) args.shape[d] = row->a[d] == 1 ? row->b[d] : row->a[d];
    int64_t shape[DIMS], stride_a[DIMS], stride_b[DIMS], count = count_of(args.shape);
    memcpy(shape, args.shape, sizeof shape);
    strides_of(row->a, gap, stride_a);
    strides_of(row->b, gap, stride_b);
    memcpy(args.stride_a, stride_a, sizeof stride_a);
    memcpy(args.stride_b, stride_b, sizeof stride_b);
    strides_of(shape, gap_out, args.stride_out);
    float *a = kernels_floats(count_of(row->a) * gap), *b = kernels_floats(count_of(row->b) * gap);
    float *out = kernels_floats(count * gap_out), *again = kernels_floats(count * gap_out);
    fill_mixed(a, count_of(row->a) * gap, seed);
    fill_mixed(b, count_of(row->b) * gap, seed);
    memset(out, 0, (size_t)(count * gap_out) * sizeof *out);
    memset(again, 0, (size_t)(count * gap_out) * sizeof *out);
    args.a = a, args.b = b, args.out = out;
    kernels_run(xb_binary_work(isa, &args), &args, 0);
    args.out = again;
    kernels_run(xb_binary_work(isa, &args), &args, 77); /* simplified a second time: the same */
    CHECK(memcmp(out, again, (size_t)(count * gap_out) * sizeof *out) == 0);
    for (int64_t i = 0; i < count; i++) {
        int64_t at_a = 0, at_b = 0, rest = i;
        for (int d = DIMS; d-- > 0; rest /= shape[d]) {
            at_a += rest % shape[d] * stride_a[d];
            at_b += rest % shape[d] * stride_b[d];
        }
        float wanted = plain(op, a[at_a], b[at_b]),
              found = op >= XB_BINARY_EQUAL ? (float)((uint8_t *)out)[i * gap_out] : out[i * gap_out];
        wanted = isas_flush(wanted);
        if (!isas_same(found, wanted))
            printf("%s op %d: %.9g, %.9g is %.9g, wanted %.9g\n", isa->name, op, (double)a[at_a], (double)b[at_b],
                   (double)found, (double)wanted);
        CHECK_OR_RETURN(isas_same(found, wanted));
    }
    kernels_free(a), kernels_free(b), kernels_free(out), kernels_free(again);
}

static void two_operands_of_any_shape(void) {
    uint32_t seed = 5;
    ISAS_EACH(isa) {
        for (int i = 0; i < BROADCASTS; i++) {
            for (int32_t op = 0; op < XB_BINARY_COUNT; op++) {
                try_binary(isa, &broadcasts[i], op, 1, 1, &seed);
                if (op % 4 == i % 4) try_binary(isa, &broadcasts[i], op, 3, 1, &seed);
                if (op % 4 == i % 4) try_binary(isa, &broadcasts[i], op, 1, 2, &seed);
            }
        }
        for (int64_t n = 1; n <= 2 * isa->vector_width + 1; n++) {
            shapes_row row = { { 1, 1, 2, n }, { 1, 1, 2, n } };
            for (int32_t op = 0; op < XB_BINARY_COUNT; op++) try_binary(isa, &row, op, 1, 1, &seed);
        }
    }
}

static void out_may_be_an_operand(void) {
    uint32_t seed = 6;
    ISAS_EACH(isa) {
        float          a[100], b[100], wanted[100];
        xb_binary_args args = { .a = a,
                                .b = b,
                                .out = b,
                                .op = XB_BINARY_SUB,
                                .rank = 1,
                                .shape = { 100 },
                                .stride_a = { 1 },
                                .stride_b = { 1 },
                                .stride_out = { 1 } };
        kernels_fill(a, 100, &seed, -1, 1);
        kernels_fill(b, 100, &seed, -1, 1);
        for (int i = 0; i < 100; i++) wanted[i] = a[i] - b[i];
        kernels_run(xb_binary_work(isa, &args), &args, 0);
        CHECK(memcmp(b, wanted, sizeof b) == 0);
    }
}

/* ---- choice ---- */

static void try_where(const xb_isa *isa, const int64_t *shape_c, const int64_t *shape_a, const int64_t *shape_b, int64_t gap,
                      uint32_t *seed) {
    xb_where_args args = { .rank = DIMS };
    int64_t       shape[DIMS], sc[DIMS], sa[DIMS], sb[DIMS];
    for (int d = 0; d < DIMS; d++) shape[d] = shape_c[d] != 1 ? shape_c[d] : shape_a[d] != 1 ? shape_a[d] : shape_b[d];
    int64_t count = count_of(shape), count_c = count_of(shape_c);
    float  *a = kernels_floats(count_of(shape_a) * gap), *b = kernels_floats(count_of(shape_b)),
          *out = kernels_floats(count * gap);
    uint8_t *c = malloc((size_t)count_c + 1);
    CHECK_OR_RETURN(c != NULL);
    for (int64_t i = 0; i < count_c; i++) c[i] = (uint8_t)(isas_random(seed) >> 9 & 0x81);
    fill_mixed(a, count_of(shape_a) * gap, seed);
    fill_mixed(b, count_of(shape_b), seed);
    strides_of(shape_c, 1, sc), strides_of(shape_a, gap, sa), strides_of(shape_b, 1, sb);
    memcpy(args.shape, shape, sizeof shape);
    memcpy(args.stride_condition, sc, sizeof sc);
    memcpy(args.stride_a, sa, sizeof sa);
    memcpy(args.stride_b, sb, sizeof sb);
    strides_of(shape, gap, args.stride_out);
    args.condition = c, args.a = a, args.b = b, args.out = out;
    kernels_run(xb_where_work(isa, &args), &args, 4);
    for (int64_t i = 0; i < count; i++) {
        int64_t at_c = 0, at_a = 0, at_b = 0, rest = i;
        for (int d = DIMS; d-- > 0; rest /= shape[d]) {
            at_c += rest % shape[d] * sc[d];
            at_a += rest % shape[d] * sa[d];
            at_b += rest % shape[d] * sb[d];
        }
        CHECK_OR_RETURN(isas_bits(out[i * gap]) == isas_bits(c[at_c] ? a[at_a] : b[at_b]));
    }
    free(c);
    kernels_free(a), kernels_free(b), kernels_free(out);
}

static void choices_of_any_shape(void) {
    uint32_t seed = 8;
    ISAS_EACH(isa) {
        for (int i = 0; i < BROADCASTS; i++) {
            int64_t ones[DIMS] = { 1, 1, 1, 1 };
            try_where(isa, broadcasts[i].a, broadcasts[i].b, ones, 1, &seed);
            try_where(isa, broadcasts[i].b, broadcasts[i].a, broadcasts[i].a, 2, &seed);
            try_where(isa, ones, broadcasts[i].a, broadcasts[i].b, 1, &seed);
        }
    }
}

/* ---- fewer dimensions ---- */

static void dimensions_join(void) {
    int64_t  shape[8] = { 2, 1, 3, 4, 5 }, a[8] = { 60, 60, 20, 5, 1 }, b[8] = { 0, 7, 20, 5, 1 };
    int64_t *strides[] = { a, b };
    CHECK_INT(xb_strides_collapse(5, shape, strides, 2), 2);
    CHECK(shape[0] == 2 && shape[1] == 60 && a[0] == 60 && a[1] == 1 && b[0] == 0 && b[1] == 1);
    int64_t one[8] = { 1, 1 }, c[8] = { 9, 9 }, *single[] = { c };
    CHECK_INT(xb_strides_collapse(2, one, single, 1), 1);
    CHECK(one[0] == 1 && c[0] == 1);
    CHECK_INT(xb_strides_collapse(0, one, single, 1), 1);
    xb_grid g = xb_grid_of(INT64_C(1) << 40, 1 << 20, 1);
    CHECK(g.chunks > 0 && g.chunks <= 65536);
    CHECK_INT(xb_grid_of(5, 0, 100).chunks, 0);
}

CHECK_MAIN(RUN(dimensions_join), RUN(chains_do_not_depend_on_chunks), RUN(two_operands_of_any_shape),
           RUN(out_may_be_an_operand), RUN(choices_of_any_shape))
