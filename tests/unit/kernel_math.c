/* The elementary functions of kernel/hot_math.h, by the steps that apply them, on every table: bounds in units of the last
 * place against the C library's float64 functions (whose own error is 1e-8 of such a unit). Every exponent and sign, and a
 * thousandth of all mantissas. */
#include "isas.h"

typedef struct function {
    const char *name;
    uint8_t     op;
    float       a, b;
    double (*exact)(double x);
    double ulp;       /* allowed */
    float  low, high; /* where the bound holds */
} function;

static double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }
static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double reciprocal(double x) { return 1.0 / x; }
static double rsqrt(double x) { return 1.0 / sqrt(x); }
static double elu(double x) { return x < 0 ? expm1(x) : x; }
static double mish(double x) { return x * tanh(softplus(x)); }
static double softsign(double x) { return x / (1 + fabs(x)); }
static double square(double x) { return x * x; }

static const function functions[] = {
    { "exp", XB_EP_EXP, 0, 0, exp, 2, -INFINITY, INFINITY },
    { "log", XB_EP_LOG, 0, 0, log, 2, -INFINITY, INFINITY },
    { "tanh", XB_EP_TANH, 0, 0, tanh, 3, -INFINITY, INFINITY },
    { "sigmoid", XB_EP_SIGMOID, 0, 0, sigmoid, 3, -INFINITY, INFINITY },
    { "erf", XB_EP_ERF, 0, 0, erf, 2, -INFINITY, INFINITY },
    { "sin", XB_EP_SIN, 0, 0, sin, 2.1, -INFINITY, INFINITY },
    { "cos", XB_EP_COS, 0, 0, cos, 2.1, -INFINITY, INFINITY },
    { "softplus", XB_EP_SOFTPLUS, 0, 0, softplus, 3, -INFINITY, INFINITY },
    { "elu", XB_EP_ELU, 1, 0, elu, 3, -INFINITY, INFINITY },
    { "mish", XB_EP_MISH, 0, 0, mish, 5, -80, INFINITY }, /* below, the exponential is a denormal */
    { "sqrt", XB_EP_SQRT, 0, 0, sqrt, 0.501, -INFINITY, INFINITY },
    { "rsqrt", XB_EP_RSQRT, 0, 0, rsqrt, 1.5, -INFINITY, INFINITY },
    { "reciprocal", XB_EP_RECIPROCAL, 0, 0, reciprocal, 0.501, -INFINITY, INFINITY },
    { "softsign", XB_EP_SOFTSIGN, 0, 0, softsign, 1.5, -0x1p126f, 0x1p126f },
    { "square", XB_EP_SQUARE, 0, 0, square, 0.501, -INFINITY, INFINITY },
    { "floor", XB_EP_FLOOR, 0, 0, floor, 0, -INFINITY, INFINITY },
    { "ceil", XB_EP_CEIL, 0, 0, ceil, 0, -INFINITY, INFINITY },
    { "round", XB_EP_ROUND, 0, 0, nearbyint, 0, -INFINITY, INFINITY },
    { "abs", XB_EP_ABS, 0, 0, fabs, 0, -INFINITY, INFINITY },
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0], BATCH = 1003 };

static double worst;
static float  worst_x, worst_y;

static void measure(const xb_isa *isa, const function *f, const float *x) {
    xb_epilogue e = { 1, { { .op = f->op, .a = f->a, .b = f->b } } };
    float       y[BATCH];
    memcpy(y, x, sizeof y);
    xb_fp_modes host = xb_fp_enter();
    isa->epilogue(&e, y, BATCH, 0, 0, 1, BATCH);
    xb_fp_leave(host);
    for (int i = 0; i < BATCH; i++) {
        float at = f->op == XB_EP_LOG ? isas_zeroed(x[i]) : isas_flush(x[i]);
        if (at < f->low || at > f->high) continue;
        double off = isas_ulp(y[i], f->exact((double)at));
        if (!(off > worst)) continue;
        worst = off;
        worst_x = x[i];
        worst_y = y[i];
    }
}

static void bounds_hold_everywhere(void) {
    static float x[BATCH];
    ISAS_EACH(isa) {
        for (int i = 0; i < FUNCTIONS; i++) {
            const function *f = &functions[i];
            uint32_t        bits = 0;
            worst = 0;
            const uint32_t apart = CHECK_IS_EMULATED ? 20011 : 4001; /* over all bit patterns */
            for (int batch = 0; batch < CHECK_ROUNDS(1070); batch++) {
                for (int k = 0; k < BATCH; k++, bits += apart) x[k] = isas_float(bits);
                measure(isa, f, x);
            }
            for (int step = 0; step < 103; step++) { /* closer together where functions bend: 0.25 to 128 */
                float around = 0.25f * powf(1.0625f, (float)step);
                for (int k = 0; k < BATCH; k++) x[k] = (k & 1 ? -around : around) * (1 + (float)k * 6.2e-5f);
                measure(isa, f, x);
            }
            if (getenv("XB_SHOW")) printf("%-7s %-10s %.3f ulp at %.9g\n", isa->name, f->name, worst, (double)worst_x);
            if (worst > f->ulp)
                printf("%s %s(%.9g) is %.9g, wanted %.9g\n", isa->name, f->name, (double)worst_x, (double)worst_y,
                       f->exact((double)worst_x));
            CHECK(worst <= f->ulp);
        }
    }
}

/* Multiples of pi / 2, next to which the reduction loses most. */
static void sin_and_cos_beside_their_zeros(void) {
    static float x[BATCH];
    ISAS_EACH(isa) {
        for (int which = 0; which < FUNCTIONS; which++) {
            if (functions[which].op != XB_EP_SIN && functions[which].op != XB_EP_COS) continue;
            worst = 0;
            for (int n = 0; n < 63600; n += BATCH / 3) {
                for (int k = 0; k < BATCH; k++) {
                    int   quarter = n + k / 3;
                    float near = (float)(quarter * 1.5707963267948966);
                    x[k] = k % 3 == 0 ? near : nextafterf(near, k % 3 == 1 ? 0 : INFINITY);
                }
                measure(isa, &functions[which], x);
            }
            if (getenv("XB_SHOW"))
                printf("%-7s %-10s %.3f ulp at %.9g\n", isa->name, functions[which].name, worst, (double)worst_x);
            CHECK(worst <= functions[which].ulp);
        }
    }
}

static float apply(const xb_isa *isa, uint8_t op, float a, float b, float x) {
    xb_epilogue e = { 1, { { .op = op, .a = a, .b = b } } };
    xb_fp_modes host = xb_fp_enter();
    isa->epilogue(&e, &x, 1, 0, 0, 1, 1);
    xb_fp_leave(host);
    return x;
}

static void signs_of_zero_and_saturation(void) {
    static const uint8_t odd[] = { XB_EP_TANH,  XB_EP_ERF,  XB_EP_SIN, XB_EP_SQRT, XB_EP_FLOOR,   XB_EP_CEIL,
                                   XB_EP_ROUND, XB_EP_RELU, XB_EP_ELU, XB_EP_SIGN, XB_EP_SOFTSIGN };
    ISAS_EACH(isa) {
        for (size_t i = 0; i < sizeof odd; i++) {
            CHECK(isas_same(apply(isa, odd[i], 1, 0, 0.0f), 0.0f));
            CHECK(isas_same(apply(isa, odd[i], 1, 0, -0.0f), -0.0f));
        }
        CHECK(isas_same(apply(isa, XB_EP_EXP, 0, 0, -INFINITY), 0.0f));
        CHECK(isas_same(apply(isa, XB_EP_EXP, 0, 0, INFINITY), INFINITY));
        CHECK(isas_same(apply(isa, XB_EP_EXP, 0, 0, -100.0f), 0.0f));
        CHECK(isas_same(apply(isa, XB_EP_EXP, 0, 0, 0.0f), 1.0f));
        CHECK(isas_same(apply(isa, XB_EP_LOG, 0, 0, 0.0f), -INFINITY));
        CHECK(isas_same(apply(isa, XB_EP_LOG, 0, 0, -0.0f), -INFINITY));
        CHECK(isas_same(apply(isa, XB_EP_LOG, 0, 0, 1.0f), 0.0f));
        CHECK(isas_same(apply(isa, XB_EP_TANH, 0, 0, 50.0f), 1.0f));
        CHECK(isas_same(apply(isa, XB_EP_ERF, 0, 0, -50.0f), -1.0f));
        CHECK(isas_same(apply(isa, XB_EP_SIGMOID, 0, 0, -INFINITY), 0.0f));
        CHECK(isas_same(apply(isa, XB_EP_SIGMOID, 0, 0, 1e30f), 1.0f));
        CHECK(isas_same(apply(isa, XB_EP_ROUND, 0, 0, 0.5f), 0.0f));
        CHECK(isas_same(apply(isa, XB_EP_ROUND, 0, 0, 1.5f), 2.0f));
        CHECK(isas_same(apply(isa, XB_EP_ROUND, 0, 0, -2.5f), -2.0f));
        CHECK(isas_same(apply(isa, XB_EP_ROUND, 0, 0, 8388607.5f), 8388608.0f));
    }
}

static void tables_are_found(void) {
    const xb_isa *best = xb_isa_best(xb_cpu_features());
    const char   *wanted = getenv("XB_TEST_ISA"); /* scripts/cross says what the emulated processor has */
    if (wanted) CHECK_STR(xb_isa_name(best), wanted);
    CHECK((xb_isa_needs(best) & ~xb_cpu_features()) == 0);
    CHECK_STR(xb_isa_name(xb_isa_best(0)), xb_isa_named("wasm") ? "wasm" : "scalar");
    CHECK(xb_isa_named("scalar") != NULL);
    CHECK(xb_isa_named("mmx") == NULL);
    CHECK(xb_isa_named(xb_isa_name(best)) == best);
#if defined(__x86_64__)
    CHECK_STR(xb_isa_name(xb_isa_best(XB_CPU_SSE42 | XB_CPU_AVX | XB_CPU_F16C | XB_CPU_FMA | XB_CPU_AVX2)), "avx2");
    CHECK_STR(xb_isa_name(xb_isa_best(XB_CPU_SSE42 | XB_CPU_AVX | XB_CPU_F16C | XB_CPU_AVX2)), "sse4"); /* no FMA */
    CHECK_STR(xb_isa_name(xb_isa_best(UINT32_MAX)), "avx512");
#endif
}

CHECK_MAIN(RUN(tables_are_found), RUN(bounds_hold_everywhere), RUN(sin_and_cos_beside_their_zeros),
           RUN(signs_of_zero_and_saturation))
