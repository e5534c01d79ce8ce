/* tensor/tensor_convert.c - element types into each other. The pairs that models meet have loops of their own; all others
 * go one element at a time through a number that holds any element exactly. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "tensor/tensor.h"

/* ---- half and bfloat16 ---- */

static uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float xb_float_from_half(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000u) << 16;
    uint32_t exponent = (bits >> 10) & 0x1fu, mantissa = bits & 0x3ffu;
    if (exponent == 31) return float_of_bits(sign | 0x7f800000u | mantissa << 13);
    if (exponent != 0) return float_of_bits(sign | (exponent + 112) << 23 | mantissa << 13);
    float value = (float)mantissa * 0x1p-24f; /* subnormal in half, normal in float */
    return sign ? -value : value;
}

/* `value` without its last `drop` bits (1..63), rounded to nearest, ties to even. */
static uint64_t round_off(uint64_t value, int drop) {
    uint64_t kept = value >> drop, rest = value & ((UINT64_C(1) << drop) - 1), tie = UINT64_C(1) << (drop - 1);
    return kept + (rest > tie || (rest == tie && (kept & 1)));
}

/* One rounding from double, so that no value is rounded twice. Exponent and mantissa lie side by side: a carry out of the
 * mantissa moves to the next exponent, at the top to infinity. */
static uint16_t half_from_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = (uint32_t)(bits >> 48) & 0x8000u;
    int      exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent == 1024 && mantissa) return (uint16_t)(sign | 0x7e00u | (uint32_t)(mantissa >> 42));
    if (exponent > 15) return (uint16_t)(sign | 0x7c00u);
    if (exponent >= -14) return (uint16_t)(sign | (uint32_t)round_off((uint64_t)(exponent + 15) << 52 | mantissa, 42));
    if (exponent < -25) return (uint16_t)sign;
    uint64_t whole = UINT64_C(1) << 52 | mantissa; /* subnormal: unit 2^-24 */
    int      drop = 28 - exponent;                 /* 43..53 */
    return (uint16_t)(sign | (uint32_t)round_off(whole, drop));
}

uint16_t xb_half_from_float(float value) { return half_from_double((double)value); }

float xb_float_from_bfloat16(uint16_t bits) { return float_of_bits((uint32_t)bits << 16); }

uint16_t xb_bfloat16_from_float(float value) {
    uint32_t bits = bits_of_float(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

/* A float whose last mantissa bit says "there was more" (rounding to odd), which makes a second rounding to fewer bits exact. */
static float float_to_odd(double value) {
    float    near = (float)value;
    uint32_t bits = bits_of_float(near);
    if (isnan(value) || (double)near == value) return near;
    if (fabs((double)near) > fabs(value)) bits--;
    return float_of_bits(bits | 1u);
}

/* ---- any element as a number ---- */

typedef struct number {
    enum { REAL, SIGNED, UNSIGNED } kind;
    double   real;
    int64_t  signed_value;
    uint64_t unsigned_value;
} number;

static number real_number(double value) { return (number){ .kind = REAL, .real = value }; }
static number signed_number(int64_t value) { return (number){ .kind = SIGNED, .signed_value = value }; }
static number unsigned_number(uint64_t value) { return (number){ .kind = UNSIGNED, .unsigned_value = value }; }

static int64_t as_signed(number n, int64_t min, int64_t max) {
    if (n.kind == UNSIGNED) return n.unsigned_value > (uint64_t)max ? max : (int64_t)n.unsigned_value;
    if (n.kind == SIGNED) return n.signed_value < min ? min : n.signed_value > max ? max : n.signed_value;
    if (isnan(n.real)) return 0;
    double whole = rint(n.real);
    if (whole <= (double)min) return min;
    return whole >= (double)max ? max : (int64_t)whole; /* (double)INT64_MAX is 2^63: the cast below it is safe */
}

static uint64_t as_unsigned(number n, uint64_t max) {
    if (n.kind == UNSIGNED) return n.unsigned_value > max ? max : n.unsigned_value;
    if (n.kind == SIGNED) {
        if (n.signed_value < 0) return 0;
        return (uint64_t)n.signed_value > max ? max : (uint64_t)n.signed_value;
    }
    if (!(n.real > 0)) return 0;
    double whole = rint(n.real);
    return whole >= (double)max ? max : (uint64_t)whole;
}

static double as_double(number n) {
    if (n.kind == REAL) return n.real;
    return n.kind == SIGNED ? (double)n.signed_value : (double)n.unsigned_value;
}

static float as_float(number n) {
    if (n.kind == REAL) return (float)n.real;
    return n.kind == SIGNED ? (float)n.signed_value : (float)n.unsigned_value;
}

/* Rounded to odd, for bfloat16: integers beyond 2^53 keep their lowest bits as one sticky bit. */
static float as_odd_float(number n) {
    if (n.kind == REAL) return float_to_odd(n.real);
    int      negative = n.kind == SIGNED && n.signed_value < 0;
    uint64_t size = n.kind == UNSIGNED ? n.unsigned_value
                    : negative         ? UINT64_C(0) - (uint64_t)n.signed_value
                                       : (uint64_t)n.signed_value;
    double   scale = 1;
    if (size >> 53) {
        size = size >> 11 | ((size & 0x7ff) != 0);
        scale = 2048;
    }
    float value = float_to_odd((double)size * scale);
    return negative ? -value : value;
}

static int is_not_zero(number n) {
    if (n.kind == REAL) return n.real != 0;
    return n.kind == SIGNED ? n.signed_value != 0 : n.unsigned_value != 0;
}

/* One element in and out, for each type. */
#define FLOAT_TYPE(name, type, to_double, from_number)                                                               \
    static number load_##name(const void *src, int64_t i) { return real_number(to_double(((const type *)src)[i])); } \
    static void   store_##name(void *dst, int64_t i, number n) { ((type *)dst)[i] = from_number(n); }
#define SIGNED_TYPE(name, type, min, max)                                                                   \
    static number load_##name(const void *src, int64_t i) { return signed_number(((const type *)src)[i]); } \
    static void   store_##name(void *dst, int64_t i, number n) { ((type *)dst)[i] = (type)as_signed(n, min, max); }
#define UNSIGNED_TYPE(name, type, max)                                                                        \
    static number load_##name(const void *src, int64_t i) { return unsigned_number(((const type *)src)[i]); } \
    static void   store_##name(void *dst, int64_t i, number n) { ((type *)dst)[i] = (type)as_unsigned(n, max); }

static double   double_of_half(uint16_t bits) { return (double)xb_float_from_half(bits); }
static double   double_of_bfloat16(uint16_t bits) { return (double)xb_float_from_bfloat16(bits); }
static uint16_t as_half(number n) { return half_from_double(as_double(n)); }
static uint16_t as_bfloat16(number n) { return xb_bfloat16_from_float(as_odd_float(n)); }

FLOAT_TYPE(float32, float, (double), as_float)
FLOAT_TYPE(float64, double, (double), as_double)
FLOAT_TYPE(float16, uint16_t, double_of_half, as_half)
FLOAT_TYPE(bfloat16, uint16_t, double_of_bfloat16, as_bfloat16)
SIGNED_TYPE(int8, int8_t, INT8_MIN, INT8_MAX)
SIGNED_TYPE(int16, int16_t, INT16_MIN, INT16_MAX)
SIGNED_TYPE(int32, int32_t, INT32_MIN, INT32_MAX)
SIGNED_TYPE(int64, int64_t, INT64_MIN, INT64_MAX)
UNSIGNED_TYPE(uint8, uint8_t, UINT8_MAX)
UNSIGNED_TYPE(uint16, uint16_t, UINT16_MAX)
UNSIGNED_TYPE(uint32, uint32_t, UINT32_MAX)
UNSIGNED_TYPE(uint64, uint64_t, UINT64_MAX)
static number load_bool(const void *src, int64_t i) { return unsigned_number(((const uint8_t *)src)[i] != 0); }
static void   store_bool(void *dst, int64_t i, number n) { ((uint8_t *)dst)[i] = (uint8_t)is_not_zero(n); }

typedef struct element_row {
    xybrid_dtype dtype;
    number (*load)(const void *src, int64_t i);
    void (*store)(void *dst, int64_t i, number n);
} element_row;

static const element_row element_rows[] = {
    { XYBRID_FLOAT32, load_float32, store_float32 }, { XYBRID_FLOAT64, load_float64, store_float64 },
    { XYBRID_FLOAT16, load_float16, store_float16 }, { XYBRID_BFLOAT16, load_bfloat16, store_bfloat16 },
    { XYBRID_INT8, load_int8, store_int8 },          { XYBRID_INT16, load_int16, store_int16 },
    { XYBRID_INT32, load_int32, store_int32 },       { XYBRID_INT64, load_int64, store_int64 },
    { XYBRID_UINT8, load_uint8, store_uint8 },       { XYBRID_UINT16, load_uint16, store_uint16 },
    { XYBRID_UINT32, load_uint32, store_uint32 },    { XYBRID_UINT64, load_uint64, store_uint64 },
    { XYBRID_BOOL, load_bool, store_bool },
};

static const element_row *element_find(xybrid_dtype dtype) {
    size_t i = 0;
    while (element_rows[i].dtype != dtype && i + 1 < sizeof element_rows / sizeof element_rows[0]) i++;
    return &element_rows[i];
}

/* ---- loops for the pairs that are met often ---- */

#define LOOP(name, src_type, dst_type, expression)                \
    static void name(void *dst, const void *src, int64_t count) { \
        const src_type *from = src;                               \
        dst_type       *to = dst;                                 \
        for (int64_t i = 0; i < count; i++) to[i] = expression;   \
    }
LOOP(float_from_half, uint16_t, float, xb_float_from_half(from[i]))
LOOP(half_from_float, float, uint16_t, xb_half_from_float(from[i]))
LOOP(float_from_bfloat16, uint16_t, float, xb_float_from_bfloat16(from[i]))
LOOP(bfloat16_from_float, float, uint16_t, xb_bfloat16_from_float(from[i]))
LOOP(float_from_double, double, float, (float)from[i])
LOOP(double_from_float, float, double, (double)from[i])
LOOP(float_from_uint8, uint8_t, float, (float)from[i])
LOOP(float_from_int16, int16_t, float, (float)from[i])
LOOP(int64_from_int32, int32_t, int64_t, from[i])
#undef LOOP

typedef struct pair_row {
    xybrid_dtype from, to;
    void (*run)(void *dst, const void *src, int64_t count);
} pair_row;

static const pair_row pair_rows[] = {
    { XYBRID_FLOAT16, XYBRID_FLOAT32, float_from_half },      { XYBRID_FLOAT32, XYBRID_FLOAT16, half_from_float },
    { XYBRID_BFLOAT16, XYBRID_FLOAT32, float_from_bfloat16 }, { XYBRID_FLOAT32, XYBRID_BFLOAT16, bfloat16_from_float },
    { XYBRID_FLOAT64, XYBRID_FLOAT32, float_from_double },    { XYBRID_FLOAT32, XYBRID_FLOAT64, double_from_float },
    { XYBRID_UINT8, XYBRID_FLOAT32, float_from_uint8 },       { XYBRID_INT16, XYBRID_FLOAT32, float_from_int16 },
    { XYBRID_INT32, XYBRID_INT64, int64_from_int32 },
};

void xb_convert(void *dst, xybrid_dtype dst_dtype, const void *src, xybrid_dtype src_dtype, int64_t count) {
    if (count <= 0) return;
    if (src_dtype == dst_dtype) {
        memcpy(dst, src, (size_t)count * (size_t)xb_dtype_size(src_dtype));
        return;
    }
    for (size_t i = 0; i < sizeof pair_rows / sizeof pair_rows[0]; i++) {
        if (pair_rows[i].from != src_dtype || pair_rows[i].to != dst_dtype) continue;
        pair_rows[i].run(dst, src, count);
        return;
    }
    const element_row *from = element_find(src_dtype), *to = element_find(dst_dtype);
    for (int64_t i = 0; i < count; i++) to->store(dst, i, from->load(src, i));
}

xybrid_status xb_tensor_convert(xb_mem *mem, const xb_tensor *t, xybrid_dtype dtype, xb_tensor *out, xybrid_error *err) {
    xb_tensor made;
    XB_TRY(xb_tensor_new(mem, dtype, t->rank, t->shape, &made, err));
    xb_convert(made.data, dtype, t->data, t->dtype, xb_tensor_count(t));
    *out = made;
    return XYBRID_OK;
}
