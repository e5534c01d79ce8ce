/* kernel/nary.c - see nary.h. */
#include "kernel/nary.h"

#include <math.h>
#include <string.h>

enum { CHEAP_CHUNK = 16384, COSTLY_CHUNK = 2048 };

#define EACH(expression)                                 \
    for (int64_t i = 0; i < n; i++) y[i] = (expression); \
    break

/* ---- floats ---- */

/* As numpy and the operator's text have it: an infinite divisor keeps or takes over, a zero has the divisor's sign. */
XB_RARE static double python_mod(double a, double b) {
    double m = fmod(a, b);
    if (m == 0) return copysign(0.0, b);
    return (m < 0) != (b < 0) && m == m ? m + b : m;
}

/* What the hot kernels lack. float: remainders are exact in float64, and then in float32. */
static void combine_floats(int32_t op, float *y, const float *x, int64_t n) {
    switch (op) {
    case XB_NA_MOD: EACH((float)python_mod((double)y[i], (double)x[i]));
    case XB_NA_EQUAL: EACH((float)(y[i] == x[i]));
    case XB_NA_LESS: EACH((float)(y[i] < x[i]));
    case XB_NA_LESS_OR_EQUAL: EACH((float)(y[i] <= x[i]));
    case XB_NA_AT_LEAST: EACH(y[i] < x[i] ? x[i] : y[i]);
    case XB_NA_AT_MOST: EACH(x[i] < y[i] ? x[i] : y[i]);
    default: break;
    }
}

XB_RARE static void combine_doubles(int32_t op, double *y, const double *x, int64_t n) {
    switch (op) {
    case XB_EP_ADD: EACH(y[i] + x[i]);
    case XB_EP_SUB: EACH(y[i] - x[i]);
    case XB_EP_MUL: EACH(y[i] * x[i]);
    case XB_EP_DIV: EACH(y[i] / x[i]);
    case XB_EP_MIN: EACH(y[i] < x[i] || y[i] != y[i] ? y[i] : x[i]);
    case XB_EP_MAX: EACH(y[i] > x[i] || y[i] != y[i] ? y[i] : x[i]);
    case XB_EP_PRELU: EACH(y[i] < 0 ? y[i] * x[i] : y[i]);
    case XB_EP_POW: EACH(pow(y[i], x[i]));
    case XB_NA_MOD: EACH(python_mod(y[i], x[i]));
    case XB_EP_FMOD: EACH(fmod(y[i], x[i]));
    case XB_NA_EQUAL: EACH(y[i] == x[i]);
    case XB_NA_LESS: EACH(y[i] < x[i]);
    case XB_NA_LESS_OR_EQUAL: EACH(y[i] <= x[i]);
    case XB_NA_AT_LEAST: EACH(y[i] < x[i] ? x[i] : y[i]);
    case XB_NA_AT_MOST: EACH(x[i] < y[i] ? x[i] : y[i]);
    default: break;
    }
}

/* ---- integers ---- */

static int64_t divide(int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b; }
static int64_t remainder_c(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
static int64_t remainder_python(int64_t a, int64_t b) {
    int64_t m = remainder_c(a, b);
    return m != 0 && (m < 0) != (b < 0) ? m + b : m;
}

/* By squaring, modulo 2^64. A negative exponent: the fraction is dropped. */
static uint64_t power(uint64_t base, uint64_t exponent, int is_negative) {
    uint64_t result = 1;
    if (is_negative) return base == 1 ? 1 : base == UINT64_MAX ? (exponent & 1 ? base : 1) : 0;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

static int64_t shift_left(int64_t v, int64_t by, int32_t bits) {
    return by < 0 || by >= bits ? 0 : (int64_t)((uint64_t)v << by);
}
static int64_t shift_right(int64_t v, int64_t by, int32_t bits) { return v >> (by < 0 || by >= bits ? 63 : by); }

/* What is the same for int64 and uint64. 1: it was one of these. */
static int combine_bits(int32_t op, uint64_t *y, const uint64_t *x, int64_t n) {
    switch (op) {
    case XB_EP_ADD: EACH(y[i] + x[i]);
    case XB_EP_SUB: EACH(y[i] - x[i]);
    case XB_EP_MUL: EACH(y[i] * x[i]);
    case XB_NA_EQUAL: EACH(y[i] == x[i]);
    case XB_NA_AND: EACH(y[i] & x[i]);
    case XB_NA_OR: EACH(y[i] | x[i]);
    case XB_NA_XOR: EACH(y[i] ^ x[i]);
    default: return 0;
    }
    return 1;
}

XB_RARE static void combine_signed(int32_t op, int64_t *y, const int64_t *x, int64_t n, int32_t bits) {
    switch (op) {
    case XB_EP_DIV: EACH(divide(y[i], x[i]));
    case XB_EP_MIN:
    case XB_NA_AT_MOST: EACH(x[i] < y[i] ? x[i] : y[i]);
    case XB_EP_MAX:
    case XB_NA_AT_LEAST: EACH(y[i] < x[i] ? x[i] : y[i]);
    case XB_EP_PRELU: EACH(y[i] < 0 ? (int64_t)((uint64_t)y[i] * (uint64_t)x[i]) : y[i]);
    case XB_EP_POW: EACH((int64_t)power((uint64_t)y[i], (uint64_t)x[i], x[i] < 0));
    case XB_NA_MOD: EACH(remainder_python(y[i], x[i]));
    case XB_EP_FMOD: EACH(remainder_c(y[i], x[i]));
    case XB_NA_LESS: EACH(y[i] < x[i]);
    case XB_NA_LESS_OR_EQUAL: EACH(y[i] <= x[i]);
    case XB_NA_SHIFT_LEFT: EACH(shift_left(y[i], x[i], bits));
    case XB_NA_SHIFT_RIGHT: EACH(shift_right(y[i], x[i], bits));
    default: break;
    }
}

XB_RARE static void combine_unsigned(int32_t op, uint64_t *y, const uint64_t *x, int64_t n) {
    switch (op) {
    case XB_EP_DIV: EACH(x[i] ? y[i] / x[i] : 0);
    case XB_EP_MIN:
    case XB_NA_AT_MOST: EACH(x[i] < y[i] ? x[i] : y[i]);
    case XB_EP_MAX:
    case XB_NA_AT_LEAST: EACH(y[i] < x[i] ? x[i] : y[i]);
    case XB_EP_POW: EACH(power(y[i], x[i], 0));
    case XB_NA_MOD:
    case XB_EP_FMOD: EACH(x[i] ? y[i] % x[i] : 0);
    case XB_NA_LESS: EACH(y[i] < x[i]);
    case XB_NA_LESS_OR_EQUAL: EACH(y[i] <= x[i]);
    case XB_NA_SHIFT_LEFT: EACH(x[i] < 64 ? y[i] << x[i] : 0);
    case XB_NA_SHIFT_RIGHT: EACH(x[i] < 64 ? y[i] >> x[i] : 0);
    default: break; /* PRELU: no number is below 0 */
    }
}
#undef EACH

/* ---- any class ---- */

static int is_arithmetic(int32_t op) {
    return op == XB_EP_ADD || op == XB_EP_SUB || op == XB_EP_MUL || op == XB_EP_DIV || op == XB_EP_MIN || op == XB_EP_MAX ||
           op == XB_EP_PRELU || op == XB_EP_POW || op == XB_EP_FMOD;
}

int xb_nary_has(int32_t op, xb_class c) {
    if (c == XB_CLASS_NONE) return 0;
    if (op >= XB_NA_AND && op <= XB_NA_SHIFT_RIGHT) return c == XB_CLASS_I64 || c == XB_CLASS_U64;
    return is_arithmetic(op) || (op >= XB_NA_MOD && op <= XB_NA_AT_MOST);
}

/* y = op(y, x) */
static void combine(const xb_nary_args *a, int32_t op, void *y, const void *x, int64_t n) {
    if (a->c == XB_CLASS_F32 && op < XB_EP_OP_COUNT) {
        xb_epilogue e = { 1, { { .op = (uint8_t)op, .from = XB_EP_FULL, .data = x, .stride = n } } };
        a->isa->epilogue(&e, y, n, 0, 0, 1, n);
    } else if (a->c == XB_CLASS_F32) {
        combine_floats(op, y, x, n);
    } else if (a->c == XB_CLASS_F64) {
        combine_doubles(op, y, x, n);
    } else if (!combine_bits(op, y, x, n)) {
        if (a->c == XB_CLASS_I64) combine_signed(op, y, x, n, a->bits);
        else combine_unsigned(op, y, x, n);
    }
}

static void run_blocks(const void *args, int32_t chunk, void *scratch) {
    const xb_nary_args *a = args;
    int64_t             at = chunk * a->per, end = at + a->per < a->elements ? at + a->per : a->elements;
    int32_t             bytes = xb_bytes_of(a->dtype);
    size_t              number_bytes = a->c == XB_CLASS_F32 ? sizeof(float) : sizeof(double);
    xb_class            c = (xb_class)a->c;
    (void)scratch;
    for (; at < end; at += XB_BLOCK) {
        int64_t  n = end - at < XB_BLOCK ? end - at : XB_BLOCK;
        xb_block y, elements, room;
        for (int32_t k = 0; k < a->count; k++) {
            const xb_operand *o = &a->in[k];
            const void       *from = xb_operand_gather(o, a->rank, a->dims, at, n, &elements);
            const void       *x = xb_block_load(a->isa, k ? &room : &y, c, from, o->dtype, n);
            if (k) combine(a, o->op, &y, x, n);
            else if (x != (void *)&y) memcpy(&y, x, (size_t)n * number_bytes);
        }
        xb_unary_block(a->isa, a->last, c, &y, n, a->last_a, a->last_b);
        xb_block_store(a->isa, (char *)a->y + at * bytes, a->dtype, &y, c, n, NULL);
    }
}

XB_RARE xb_work xb_nary_work(const xb_isa *isa, xb_nary_args *a) {
    int is_costly = 0;
    a->isa = isa;
    a->elements = 1;
    for (int32_t i = 0; i < a->rank; i++) a->elements *= a->dims[i];
    if (a->elements == 0) return (xb_work){ .run = run_blocks };
    a->rank = xb_operands_collapse(a->rank, a->dims, a->in, a->count);
    for (int32_t k = 1; k < a->count; k++)
        is_costly |= a->in[k].op == XB_EP_POW || a->in[k].op == XB_NA_MOD || a->in[k].op == XB_EP_FMOD;
    a->per = is_costly ? COSTLY_CHUNK : a->count <= 4 ? CHEAP_CHUNK : a->count <= 32 ? CHEAP_CHUNK / 8 : XB_BLOCK;
    return (xb_work){ .run = run_blocks, .chunks = (int32_t)((a->elements + a->per - 1) / a->per) };
}
