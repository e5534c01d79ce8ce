/* Programmes of steps (kernel/epilogue.h) on tiles, on every table: each step against its formula in float64, and the bits of
 * an element the same wherever in a tile it stands, in full vectors or tails. */
#include "isas.h"

enum { ROWS = 9, COLS = 70, LD = 75, PITCH = 90 };

static double gelu(double x) { return 0.5 * x * (1 + erf(x / sqrt(2.0))); }
static double gelu_tanh(double x) {
    return 0.5 * x * (1 + tanh(sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
}
static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double larger(double a, double b) { return isnan(a) || isnan(b) ? (double)NAN : a > b ? a : b; }
static double smaller(double a, double b) { return isnan(a) || isnan(b) ? (double)NAN : a < b ? a : b; }

/* The formulas as kernel/epilogue.h has them. */
static double formula(const xb_ep_step *s, double x, double y) {
    double a = (double)s->a, b = (double)s->b;
    switch (s->op) {
    case XB_EP_ADD: return x + y;
    case XB_EP_SUB: return x - y;
    case XB_EP_RSUB: return y - x;
    case XB_EP_MUL: return x * y;
    case XB_EP_DIV: return x / y;
    case XB_EP_RDIV: return y / x;
    case XB_EP_MIN: return smaller(x, y);
    case XB_EP_MAX: return larger(x, y);
    case XB_EP_PRELU: return x < 0 ? x * y : x;
    case XB_EP_POW: return pow(x, y);
    case XB_EP_FMOD: return fmod(x, y);
    case XB_EP_SNAKE: return x + pow(sin(x * y), 2) / (y + b);
    case XB_EP_RELU: return x < 0 ? 0 : x;
    case XB_EP_LEAKY_RELU: return x < 0 ? a * x : x;
    case XB_EP_CLIP: return clamp(x, a, b);
    case XB_EP_HARD_SIGMOID: return clamp(a * x + b, 0, 1);
    case XB_EP_HARD_SWISH: return x * clamp(x / 6 + 0.5, 0, 1);
    case XB_EP_SIGMOID: return 1 / (1 + exp(-x));
    case XB_EP_TANH: return tanh(x);
    case XB_EP_SILU: return x / (1 + exp(-a * x));
    case XB_EP_GELU: return gelu(x);
    case XB_EP_GELU_TANH: return gelu_tanh(x);
    case XB_EP_ELU: return x < 0 ? a * expm1(x) : x;
    case XB_EP_SELU: return b * (x < 0 ? a * expm1(x) : x);
    case XB_EP_SOFTPLUS: return softplus(x);
    case XB_EP_MISH: return x * tanh(softplus(x));
    case XB_EP_ERF: return erf(x);
    case XB_EP_EXP: return exp(x);
    case XB_EP_LOG: return log(x);
    case XB_EP_SQRT: return sqrt(x);
    case XB_EP_RECIPROCAL: return 1 / x;
    case XB_EP_ABS: return fabs(x);
    case XB_EP_NEG: return -x;
    case XB_EP_SQUARE: return x * x;
    case XB_EP_SIN: return sin(x);
    case XB_EP_COS: return cos(x);
    case XB_EP_FLOOR: return floor(x);
    case XB_EP_CEIL: return ceil(x);
    case XB_EP_ROUND: return nearbyint(x);
    case XB_EP_LINEAR: return a * x + b;
    case XB_EP_RSQRT: return 1 / sqrt(x);
    case XB_EP_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    case XB_EP_SOFTSIGN: return x / (1 + fabs(x));
    case XB_EP_THRESHOLDED_RELU: return x > a ? x : 0;
    default: return (double)NAN;
    }
}

static float  operands[ROWS * PITCH + PITCH];
static double operand_of(const xb_ep_step *s, int64_t row, int64_t col) {
    switch (s->from) {
    case XB_EP_IMM: return (double)s->a;
    case XB_EP_COL: return (double)s->data[col];
    case XB_EP_ROW: return (double)s->data[s->stride > 0 ? row % s->stride : row];
    case XB_EP_FULL: return (double)s->data[row * s->stride + col];
    default: return 0;
    }
}

static void fill(float *x, int count, uint32_t *seed, float low, float high) {
    for (int i = 0; i < count; i++) x[i] = isas_uniform(seed, low, high);
}

static xb_ep_step step_of(int op, int from) {
    xb_ep_step s = { .op = (uint8_t)op, .from = (uint8_t)from, .a = 0.3f, .b = 1.1f };
    if (from > XB_EP_IMM) s.data = operands;
    if (from == XB_EP_FULL) s.stride = PITCH;
    if (from == XB_EP_ROW && op % 2) s.stride = 4; /* as in a batch */
    return s;
}

/* Operations of four at most: 8 units of the last place, where terms cancel of the largest term. */
static double allowed(const xb_ep_step *s, double x, double y, double wanted) {
    double size = fabs(wanted);
    int    cancels = s->op == XB_EP_LINEAR || s->op == XB_EP_HARD_SIGMOID || s->op == XB_EP_HARD_SWISH || s->op == XB_EP_GELU ||
                     s->op == XB_EP_GELU_TANH || s->op == XB_EP_SNAKE;
    if (cancels) size = fmax(size, fmax(fabs(x), 1));
    if (s->op == XB_EP_SNAKE) size = fmax(size, fabs(x * y) * 4);            /* the product's rounding is the sine's shift */
    return 8 * 0x1p-24 * size + (s->op == XB_EP_MISH ? 0x1p-119 : 0x1p-126); /* mish: x times a denormal that was made zero */
}

static void run(const xb_isa *isa, const xb_epilogue *e, float *c, int64_t ld, int64_t row0, int64_t col0, int64_t rows,
                int64_t cols) {
    xb_fp_modes host = xb_fp_enter();
    isa->epilogue(e, c, ld, row0, col0, rows, cols);
    xb_fp_leave(host);
}

static void try_step(const xb_isa *isa, const xb_ep_step *s, int64_t row0, int64_t col0, int64_t rows, int64_t cols, int64_t ld,
                     uint32_t *seed) {
    static float x[ROWS * LD + LD], y[ROWS * LD + LD];
    xb_epilogue  e = { 1, { *s } };
    int          is_positive = s->op == XB_EP_LOG || s->op == XB_EP_SQRT || s->op == XB_EP_RSQRT || s->op == XB_EP_POW;
    fill(x, ROWS * LD + LD, seed, is_positive ? 0.01f : -6, 6);
    memcpy(y, x, sizeof y);
    run(isa, &e, y, ld, row0, col0, rows, cols);
    int wrong = 0;
    for (int64_t i = 0; i < ROWS * LD + LD && !wrong; i++) {
        int64_t r = i / ld, c = i % ld;
        if (r >= rows || c >= cols) {
            wrong = isas_bits(x[i]) != isas_bits(y[i]); /* nothing beside the tile is touched */
            continue;
        }
        float  alone = x[i];
        double operand = s->op < XB_EP_RELU ? operand_of(s, row0 + r, col0 + c) : 0;
        double wanted = formula(s, (double)x[i], operand);
        run(isa, &e, &alone, 1, row0 + r, col0 + c, 1, 1);
        wrong = !isas_same(alone, y[i]) || !(fabs((double)y[i] - wanted) <= allowed(s, (double)x[i], operand, wanted));
        if (wrong)
            printf("%s step %d from %d, %lld x %lld: f(%.9g, %.9g) is %.9g, alone %.9g, wanted %.9g\n", isa->name, s->op,
                   s->from, (long long)rows, (long long)cols, (double)x[i], operand, (double)y[i], (double)alone, wanted);
    }
    CHECK(!wrong);
}

static void every_step_in_every_place(void) {
    uint32_t seed = 7;
    fill(operands, sizeof operands / sizeof *operands, &seed, 0.25f, 2);
    ISAS_EACH(isa) {
        int64_t v = isa->vector_width;
        for (int op = 0; op < XB_EP_OP_COUNT; op++) {
            for (int from = op < XB_EP_RELU ? XB_EP_IMM : XB_EP_NONE; from <= (op < XB_EP_RELU ? XB_EP_FULL : XB_EP_NONE);
                 from++) {
                xb_ep_step s = step_of(op, from);
                for (int64_t cols = 0; cols <= 2 * v + 1; cols += cols < 6 ? 1 : 3)
                    try_step(isa, &s, 1, 2, 1 + cols % 3, cols, cols % 2 ? cols : LD, &seed);
                try_step(isa, &s, 0, 0, ROWS, COLS, LD, &seed);
                try_step(isa, &s, 0, 0, 0, COLS, LD, &seed);
            }
        }
    }
}

/* Steps in a row, on tiles larger than a block: as one after the other on the whole. */
static void programmes_are_their_steps_in_order(void) {
    enum { WIDE = 1300, TALL = 40 };
    static float  x[TALL * WIDE], y[TALL * WIDE], z[TALL * WIDE], residual[TALL * WIDE], bias[WIDE], rows[TALL];
    uint32_t      seed = 11;
    const int64_t shapes[][2] = { { 1, WIDE }, { TALL, 3 },   { TALL, 16 }, { 7, 33 },
                                  { 3, WIDE }, { TALL, 512 }, { 2, 513 },   { TALL, 1 } };
    fill(residual, TALL * WIDE, &seed, -1, 1);
    fill(bias, WIDE, &seed, -1, 1);
    fill(rows, TALL, &seed, -1, 1);
    ISAS_EACH(isa) {
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
            int64_t     m = shapes[i][0], n = shapes[i][1];
            xb_epilogue e = { XB_EP_STEPS,
                              { { .op = XB_EP_ADD, .from = XB_EP_COL, .data = bias },
                                { .op = XB_EP_HARD_SWISH },
                                { .op = XB_EP_MUL, .from = XB_EP_ROW, .data = rows },
                                { .op = XB_EP_ADD, .from = XB_EP_FULL, .data = residual, .stride = n },
                                { .op = XB_EP_CLIP, .a = -2, .b = 2 },
                                { .op = XB_EP_GELU },
                                { .op = XB_EP_MAX, .from = XB_EP_IMM, .a = -0.1f },
                                { .op = XB_EP_LINEAR, .a = 2, .b = -1 } } };
            fill(x, TALL * WIDE, &seed, -3, 3);
            memcpy(y, x, sizeof y);
            memcpy(z, x, sizeof z);
            run(isa, &e, y, n, 0, 0, m, n);
            for (int k = 0; k < XB_EP_STEPS; k++) {
                xb_epilogue one = { 1, { e.steps[k] } };
                run(isa, &one, z, n, 0, 0, m, n);
            }
            CHECK(memcmp(y, z, sizeof y) == 0);
            for (int64_t r = 0; r < m; r++) /* and in tiles of any size */
                for (int64_t c = 0; c < n; c += 37) run(isa, &e, x + r * n + c, n, r, c, 1, n - c < 37 ? n - c : 37);
            CHECK(memcmp(y, x, sizeof y) == 0);
            xb_epilogue none = { 0 };
            run(isa, &none, x, n, 0, 0, m, n);
            CHECK(memcmp(y, x, sizeof y) == 0);
        }
    }
}

/* What IEEE 754 says of each formula; min and max give NaN for NaN on either side, activations keep it. */
static void special_numbers(void) {
    ISAS_EACH(isa) {
        for (int op = 0; op < XB_EP_OP_COUNT; op++) {
            xb_ep_step  s = { .op = (uint8_t)op, .from = XB_EP_IMM, .a = op == XB_EP_CLIP ? -1 : 0.5f, .b = 1.5f };
            xb_epilogue e = { 1, { s } };
            float       x = NAN;
            run(isa, &e, &x, 1, 0, 0, 1, 1);
            CHECK(isnan(x) || op == XB_EP_THRESHOLDED_RELU); /* its comparison is false */
            for (int i = 0; i < ISAS_SPECIALS; i++) {
                float y = isas_specials[i], at = op == XB_EP_LOG || op == XB_EP_POW ? isas_zeroed(y) : isas_flush(y);
                if (isinf(at) && (op == XB_EP_SNAKE || op == XB_EP_GELU || op == XB_EP_SILU || op == XB_EP_SOFTSIGN ||
                                  op == XB_EP_MISH || op == XB_EP_GELU_TANH))
                    continue; /* inf * 0 on the way */
                if (fabsf(at) > 1e30f && (op == XB_EP_GELU_TANH || op == XB_EP_SNAKE))
                    continue; /* x^3 and x y round and overflow */
                double wanted = formula(&s, (double)at, 0.5);
                run(isa, &e, &y, 1, 0, 0, 1, 1);
                if (!(isas_ulp(y, wanted) <= 8 || fabs((double)y - wanted) <= allowed(&s, (double)at, 0.5, wanted)))
                    printf("%s step %d of %g: %.9g, wanted %.9g\n", isa->name, op, (double)at, (double)y, wanted);
                CHECK(isas_ulp(y, wanted) <= 8 || fabs((double)y - wanted) <= allowed(&s, (double)at, 0.5, wanted));
            }
        }
        for (int op = XB_EP_MIN; op <= XB_EP_MAX; op++) {
            xb_epilogue e = { 1, { { .op = (uint8_t)op, .from = XB_EP_IMM, .a = NAN } } };
            float       x = 1;
            run(isa, &e, &x, 1, 0, 0, 1, 1);
            CHECK(isnan(x));
        }
    }
}

CHECK_MAIN(RUN(every_step_in_every_place), RUN(programmes_are_their_steps_in_order), RUN(special_numbers))
