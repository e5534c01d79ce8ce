/* kernel/rows.h on every table, against loops in float64; bounds are stated where they are checked. Chunks in any order give the
 * same bits. */
#include "kernel/rows.h"
#include "kernels.h"

typedef struct shape3 {
    int64_t outer, n, inner;
} shape3;

static const shape3 shapes[] = { { 3, 384, 1 }, { 1536, 128, 1 }, { 2, 5000, 1 },  { 1, 100003, 1 },
                                 { 5, 1, 1 },   { 0, 4, 1 },      { 2, 7, 5 },     { 1, 300, 67 },
                                 { 3, 1, 300 }, { 4, 64, 16 },    { 2, 65, 1025 }, { 2, 3, 0 } };
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static float at3(const float *x, shape3 s, int64_t o, int64_t k, int64_t i) { return x[(o * s.n + k) * s.inner + i]; }

/* The i-th of the shapes above, then rows of every length to 2 V + 1 and a few columns. */
static shape3 shape_at(int i, int64_t v) {
    if (i < SHAPES) return shapes[i];
    i -= SHAPES;
    return i <= 2 * v ? (shape3){ 3, 1 + i, 1 } : (shape3){ 2, 3, i - 2 * v };
}
static int shape_count(int64_t v) { return (int)(SHAPES + 4 * v + 2); }

/* ---- softmax ---- */

static void check_softmax(const xb_isa *isa, const float *x, const float *y, shape3 s, int is_log) {
    for (int64_t o = 0; o < s.outer; o++) {
        for (int64_t i = 0; i < s.inner; i++) {
            double max = -INFINITY, sum = 0, worst = 0;
            for (int64_t k = 0; k < s.n; k++) max = fmax(max, (double)at3(x, s, o, k, i));
            for (int64_t k = 0; k < s.n; k++) sum += exp((double)at3(x, s, o, k, i) - max);
            for (int64_t k = 0; k < s.n; k++) {
                double shifted = (double)at3(x, s, o, k, i) - max, found = (double)at3(y, s, o, k, i);
                double wanted = is_log ? shifted - log(sum) : exp(shifted) / sum;
                /* x - max is rounded: half a unit of at most 16 becomes a relative error of the exponential, 1e-6; the sum's is less */
                double allowed = is_log ? 1e-6 * (1 + fabs(wanted)) : 2e-6 * wanted + 0x1p-126;
                worst = check_worse(worst, fabs(found - wanted) - allowed);
            }
            if (worst > 0)
                printf("%s %lld x %lld x %lld: %g too far\n", isa->name, (long long)s.outer, (long long)s.n, (long long)s.inner,
                       worst);
            CHECK_OR_RETURN(worst <= 0);
        }
    }
}

static void softmax_sums_to_one(void) {
    uint32_t seed = 21;
    ISAS_EACH(isa) {
        for (int i = 0; i < shape_count(isa->vector_width); i++) {
            shape3  s = shape_at(i, isa->vector_width);
            int64_t count = s.outer * s.n * s.inner;
            float  *x = kernels_floats(count), *y = kernels_floats(count), *z = kernels_floats(count);
            kernels_fill(x, count, &seed, -8, 8);
            for (int32_t is_log = 0; is_log < 2; is_log++) {
                xb_softmax_args args = { x, y, s.outer, s.n, s.inner, is_log };
                kernels_run(xb_softmax_work(isa, &args), &args, 0);
                check_softmax(isa, x, y, s, is_log);
                memcpy(z, x, (size_t)count * sizeof *z);
                args.in = args.out = z; /* in place, in another order */
                kernels_run(xb_softmax_work(isa, &args), &args, 31);
                CHECK(memcmp(y, z, (size_t)count * sizeof *z) == 0);
            }
            kernels_free(x), kernels_free(y), kernels_free(z);
        }
    }
}

static void softmax_of_special_rows(void) {
    ISAS_EACH(isa) {
        for (int64_t inner = 1; inner <= 2; inner++) {
            float           x[2 * 70], y[2 * 70];
            xb_softmax_args args = { x, y, 1, 70, inner, 0 };
            for (int which = 0; which < 6; which++) {
                for (int i = 0; i < 2 * 70; i++) x[i] = which == 1 ? -INFINITY : which == 4 ? 1e30f : (float)(i % 3);
                if (which == 0) x[inner * 68] = -INFINITY; /* masked: 0 */
                if (which == 2) x[inner * 68] = NAN;
                if (which == 3) x[inner * 3] = INFINITY;
                if (which == 5) x[inner * 3] = 1000; /* without the shift, beyond float32 */
                kernels_run(xb_softmax_work(isa, &args), &args, 0);
                if (which == 0) CHECK(isas_same(y[inner * 68], 0.0f) && y[0] > 0);
                else if (which == 4) CHECK_NEAR(y[0], 1.0 / 70, 1e-8);
                else if (which == 5) CHECK(y[inner * 3] == 1 && y[0] == 0);
                else
                    for (int k = 0; k < 70; k++) CHECK(isnan(y[k * inner]));
            }
        }
    }
}

/* ---- normalisation ---- */

static void norm_follows_its_formula(void) {
    static const int64_t sizes[][2] = { { 128, 384 }, { 3, 1 }, { 2, 5 }, { 5, 33 }, { 1, 4100 }, { 0, 8 }, { 4, 0 } };
    uint32_t             seed = 23;
    ISAS_EACH(isa) {
        for (int i = 0; i < 7 * 16; i++) {
            int64_t rows = sizes[i % 7][0], n = sizes[i % 7][1], count = rows * n;
            int     with = i / 7;
            float  *x = kernels_floats(count), *res = kernels_floats(count), *bias = kernels_floats(n),
                  *gain = kernels_floats(n), *offset = kernels_floats(n);
            float *y = kernels_floats(count), *z = kernels_floats(count), *sum = kernels_floats(count),
                  *mean = kernels_floats(rows), *inverse = kernels_floats(rows);
            kernels_fill(x, count, &seed, 1, 3);
            kernels_fill(res, count, &seed, -1, 1);
            kernels_fill(bias, n, &seed, -1, 1), kernels_fill(gain, n, &seed, -2, 2), kernels_fill(offset, n, &seed, -1, 1);
            xb_norm_args args = { .in = x, .out = y, .gain = gain, .rows = rows, .n = n, .epsilon = 1e-5f, .is_rms = with & 1 };
            if (with & 2) args.residual = res, args.sum = sum;
            if (with & 4) args.bias = bias, args.mean = mean, args.inverse = inverse;
            if (with & 8) args.offset = offset;
            kernels_run(xb_norm_work(isa, &args), &args, 0);
            args.out = z;
            kernels_run(xb_norm_work(isa, &args), &args, 5);
            CHECK(memcmp(y, z, (size_t)count * sizeof *y) == 0);
            for (int64_t r = 0; r < rows && n > 0; r++) {
                double m = 0, v = 0;
#define S(c) ((double)(x[r * n + (c)] + (with & 2 ? res[r * n + (c)] : 0.0f) + (with & 4 ? bias[c] : 0.0f)))
                for (int64_t c = 0; c < n && !(with & 1); c++) m += S(c) / (double)n;
                for (int64_t c = 0; c < n; c++) v += (S(c) - m) * (S(c) - m) / (double)n;
                double inv = 1 / sqrt(v + (double)args.epsilon), worst = 0;
                for (int64_t c = 0; c < n; c++) {
                    double wanted = (S(c) - m) * inv * (double)gain[c] + (with & 8 ? (double)offset[c] : 0);
                    /* the mean is rounded to float32, 1e-7 of numbers to 5, and scaled by inv; the rest are 4 roundings */
                    double allowed = 3e-7 * (fabs(wanted) + 1) + 3e-7 * fabs(m) * inv * fabs((double)gain[c]);
                    worst = check_worse(worst, fabs((double)y[r * n + c] - wanted) / allowed);
                    if (with & 2) CHECK(isas_same(sum[r * n + c], (float)S(c)));
                }
#undef S
                if (worst > 1)
                    printf("%s %lld x %lld with %d: %g of what is allowed\n", isa->name, (long long)rows, (long long)n, with,
                           worst);
                CHECK_OR_RETURN(worst <= 1);
                if (with & 4) CHECK_NEAR(mean[r], m, 3e-7 * (fabs(m) + 1));
                if (with & 4) CHECK_NEAR(inverse[r] / inv, 1, 1e-6 * (1 + fabs(m) * fabs(m) * inv * inv * 1e-2));
            }
            kernels_free(x), kernels_free(res), kernels_free(bias), kernels_free(gain), kernels_free(offset);
            kernels_free(y), kernels_free(z), kernels_free(sum), kernels_free(mean), kernels_free(inverse);
        }
    }
}

static void group_norm_follows_its_formula(void) {
    static const int64_t sizes[][4] = { /* samples, groups, channels of one, inner */ { 2, 3, 1, 1001 },
                                        { 1, 4, 2, 50 },
                                        { 2, 2, 3, 1 },
                                        { 1, 1, 1, 14881 },
                                        { 0, 2, 2, 9 },
                                        { 2, 2, 2, 0 } };
    uint32_t             seed = 29;
    ISAS_EACH(isa) {
        for (int i = 0; i < 12; i++) {
            const int64_t *t = sizes[i % 6];
            int64_t        channels = t[1] * t[2], count = t[0] * channels * t[3], n = t[2] * t[3];
            int64_t        period = i < 6 ? channels : t[0] * channels;
            float         *x = kernels_floats(count), *y = kernels_floats(count), *gain = kernels_floats(period),
                  *offset = kernels_floats(period);
            xb_group_norm_args args = { x, y, gain, offset, t[0] * t[1], t[2], t[3], period, 1e-5f };
            kernels_fill(x, count, &seed, -1, 3);
            kernels_fill(gain, period, &seed, -2, 2), kernels_fill(offset, period, &seed, -1, 1);
            kernels_run(xb_group_norm_work(isa, &args), &args, 3);
            for (int64_t g = 0; g < args.groups && n > 0; g++) {
                double m = 0, v = 0, worst = 0;
                for (int64_t k = 0; k < n; k++) m += (double)x[g * n + k] / (double)n;
                for (int64_t k = 0; k < n; k++) v += ((double)x[g * n + k] - m) * ((double)x[g * n + k] - m) / (double)n;
                for (int64_t k = 0; k < n; k++) {
                    int64_t c = (g * t[2] + k / t[3]) % period;
                    double  wanted = ((double)x[g * n + k] - m) / sqrt(v + 1e-5) * (double)gain[c] + (double)offset[c];
                    double  allowed = (3e-7 + 3e-7 / sqrt(v + 1e-5)) * (fabs(wanted) + 2 + fabs(m));
                    worst = check_worse(worst, fabs((double)y[g * n + k] - wanted) / allowed);
                }
                if (worst > 1) printf("%s %d: %g of what is allowed\n", isa->name, i, worst);
                CHECK_OR_RETURN(worst <= 1);
            }
            kernels_free(x), kernels_free(y), kernels_free(gain), kernels_free(offset);
        }
    }
}

/* ---- reductions ---- */

static double exact_reduce(int32_t op, const float *x, shape3 s, int64_t o, int64_t i, double *size) {
    double sum = 0, sizes = 0, square = 0, prod = 1, max = -INFINITY, min = INFINITY, power = 0;
    for (int64_t k = 0; k < s.n; k++) {
        double v = (double)at3(x, s, o, k, i);
        sum += v, sizes += fabs(v), square += v * v, prod *= v, max = fmax(max, v), min = fmin(min, v);
    }
    for (int64_t k = 0; k < s.n; k++) power += exp((double)at3(x, s, o, k, i) - max);
    *size = 0;
    switch (op) {
    case XB_REDUCE_SUM: *size = sizes; return sum;
    case XB_REDUCE_MEAN: *size = sizes / (double)s.n; return sum / (double)s.n;
    case XB_REDUCE_SUM_SQUARE: return square;
    case XB_REDUCE_L1: return sizes;
    case XB_REDUCE_L2: return sqrt(square);
    case XB_REDUCE_PROD: *size = fabs(prod) * (double)s.n; return prod;
    case XB_REDUCE_MAX: return max;
    case XB_REDUCE_MIN: return min;
    case XB_REDUCE_LOG_SUM: *size = sizes / sum; return log(sum);
    default: *size = 1; return s.n > 0 ? max + log(power) : -INFINITY;
    }
}

static void reductions_of_any_shape(void) {
    uint32_t seed = 31;
    ISAS_EACH(isa) {
        for (int i = 0; i < shape_count(isa->vector_width) + 2; i++) {
            shape3 s = shape_at(i, isa->vector_width);
            if (i >= shape_count(isa->vector_width)) s = (shape3){ 2, 0, i % 2 ? 1 : 5 }; /* nothing to reduce */
            int64_t count = s.outer * s.n * s.inner, results = s.outer * s.inner;
            float  *x = kernels_floats(count), *y = kernels_floats(results), *z = kernels_floats(results);
            for (int32_t op = 0; op < XB_REDUCE_COUNT; op++) {
                float low = op == XB_REDUCE_LOG_SUM ? 0.1f
                            : op == XB_REDUCE_PROD  ? 0.98f
                                                    : -3,
                      high = op == XB_REDUCE_PROD ? 1.02f : 3;
                kernels_fill(x, count, &seed, low, high);
                xb_reduce_args args = { x, y, s.outer, s.n, s.inner, op };
                kernels_run(xb_reduce_work(isa, &args), &args, 0);
                args.out = z;
                kernels_run(xb_reduce_work(isa, &args), &args, 13);
                CHECK(memcmp(y, z, (size_t)results * sizeof *y) == 0);
                for (int64_t k = 0; k < results; k++) {
                    double size, wanted = exact_reduce(op, x, s, k / s.inner, k % s.inner, &size);
                    /* blocks of 1,024 by lanes and 64 by columns: less than 100 additions in a row by vectors, 256 by scalars */
                    double allowed = op == XB_REDUCE_MAX || op == XB_REDUCE_MIN ? 0 : 2e-6 * (fabs(wanted) + size);
                    if (op == XB_REDUCE_PROD) allowed = 0x1p-24 * size + 1e-7;
                    int is_right = isinf(wanted) || isnan(wanted) ? isas_same(y[k], (float)wanted)
                                                                  : fabs((double)y[k] - wanted) <= allowed;
                    if (!is_right)
                        printf("%s op %d %lld x %lld x %lld: %.9g, wanted %.9g\n", isa->name, op, (long long)s.outer,
                               (long long)s.n, (long long)s.inner, (double)y[k], wanted);
                    CHECK_OR_RETURN(is_right);
                }
            }
            kernels_free(x), kernels_free(y), kernels_free(z);
        }
    }
}

static void a_nan_is_not_lost(void) {
    ISAS_EACH(isa) {
        for (int64_t inner = 1; inner <= 3; inner += 2) {
            for (int64_t place = 0; place < 70; place += 23) {
                for (int32_t op = 0; op < XB_REDUCE_COUNT; op++) {
                    float          x[3 * 70], y[3];
                    xb_reduce_args args = { x, y, 1, 70, inner, op };
                    for (int i = 0; i < 3 * 70; i++) x[i] = 1 + (float)(i % 5);
                    x[place * inner + inner / 2] = NAN;
                    kernels_run(xb_reduce_work(isa, &args), &args, 0);
                    CHECK(isnan(y[inner / 2]));
                    CHECK(inner == 1 || (!isnan(y[0]) && !isnan(y[2])));
                    x[place * inner + inner / 2] = INFINITY;
                    kernels_run(xb_reduce_work(isa, &args), &args, 0);
                    CHECK(op == XB_REDUCE_MIN ? y[inner / 2] == 1 : isinf(y[inner / 2]));
                }
            }
        }
    }
}

/* ---- the largest ---- */

static int64_t plain_argmax(const xb_argmax_args *k, shape3 s, int64_t o, int64_t i) {
    int64_t best = 0;
    for (int64_t r = 1; r < s.n; r++) {
        float v = at3(k->in, s, o, r, i), b = at3(k->in, s, o, best, i);
        int   better = isnan(b) ? 0 : isnan(v) || (k->is_min ? v < b : v > b), equal = v == b || (isnan(v) && isnan(b));
        if (better || (equal && k->is_last)) best = r;
    }
    return best;
}

static void argmax_finds_the_first_or_the_last(void) {
    uint32_t seed = 37;
    ISAS_EACH(isa) {
        for (int i = 0; i < 4 * shape_count(isa->vector_width); i++) {
            shape3   s = shape_at(i / 4, isa->vector_width);
            int64_t  count = s.outer * s.n * s.inner, results = s.outer * s.inner;
            float   *x = kernels_floats(count);
            int64_t *y = malloc((size_t)(results + 1) * sizeof *y);
            CHECK_OR_RETURN(y != NULL);
            for (int64_t k = 0; k < count; k++) {
                uint32_t r = isas_random(&seed) >> 8;
                x[k] = r % 64 == 0 && i / 4 % 2 ? NAN : (float)(r % 29); /* with ties */
            }
            xb_argmax_args args = { x, y, s.outer, s.n, s.inner, i & 1, i >> 1 & 1 };
            kernels_run(xb_argmax_work(isa, &args), &args, 2);
            for (int64_t k = 0; k < results; k++) {
                int64_t wanted = plain_argmax(&args, s, k / s.inner, k % s.inner);
                CHECK_INT(y[k], wanted);
                if (y[k] != wanted) return;
            }
            kernels_free(x);
            free(y);
        }
    }
}

CHECK_MAIN(RUN(softmax_sums_to_one), RUN(softmax_of_special_rows), RUN(norm_follows_its_formula),
           RUN(group_norm_follows_its_formula), RUN(reductions_of_any_shape), RUN(a_nan_is_not_lost),
           RUN(argmax_finds_the_first_or_the_last))
