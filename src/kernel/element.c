/* kernel/element.c - see element.h. Denormals may be zero in arithmetic (plat/fpenv.h), so formats are taken apart in integers. */
#include "kernel/element.h"

#include <math.h>
#include <string.h>

#include "kernel/transpose.h"

/* ---- types ---- */

typedef struct type_row {
    uint8_t c, bytes, bits, is_signed; /* bits: of integers */
} type_row;

static const type_row types[] = {
    [XYBRID_FLOAT32] = { XB_CLASS_F32, 4, 0, 0 },    [XYBRID_UINT8] = { XB_CLASS_I64, 1, 8, 0 },
    [XYBRID_INT8] = { XB_CLASS_I64, 1, 8, 1 },       [XYBRID_UINT16] = { XB_CLASS_I64, 2, 16, 0 },
    [XYBRID_INT16] = { XB_CLASS_I64, 2, 16, 1 },     [XYBRID_INT32] = { XB_CLASS_I64, 4, 32, 1 },
    [XYBRID_INT64] = { XB_CLASS_I64, 8, 64, 1 },     [XYBRID_BOOL] = { XB_CLASS_I64, 1, 1, 0 },
    [XYBRID_FLOAT16] = { XB_CLASS_F32, 2, 0, 0 },    [XYBRID_FLOAT64] = { XB_CLASS_F64, 8, 0, 0 },
    [XYBRID_UINT32] = { XB_CLASS_I64, 4, 32, 0 },    [XYBRID_UINT64] = { XB_CLASS_U64, 8, 64, 0 },
    [XB_COMPLEX64] = { XB_CLASS_NONE, 8, 0, 0 },     [XB_COMPLEX128] = { XB_CLASS_NONE, 16, 0, 0 },
    [XYBRID_BFLOAT16] = { XB_CLASS_F32, 2, 0, 0 },   [XB_FLOAT8E4M3FN] = { XB_CLASS_F32, 1, 0, 0 },
    [XB_FLOAT8E4M3FNUZ] = { XB_CLASS_F32, 1, 0, 0 }, [XB_FLOAT8E5M2] = { XB_CLASS_F32, 1, 0, 0 },
    [XB_FLOAT8E5M2FNUZ] = { XB_CLASS_F32, 1, 0, 0 }, [XB_UINT4] = { XB_CLASS_I64, 1, 4, 0 },
    [XB_INT4] = { XB_CLASS_I64, 1, 4, 1 },           [XB_FLOAT4E2M1] = { XB_CLASS_F32, 1, 0, 0 },
    [XB_FLOAT8E8M0] = { XB_CLASS_F32, 1, 0, 0 },     [XB_UINT2] = { XB_CLASS_I64, 1, 2, 0 },
    [XB_INT2] = { XB_CLASS_I64, 1, 2, 1 },           [XB_FLOAT6E2M3] = { XB_CLASS_F32, 1, 0, 0 },
    [XB_FLOAT6E3M2] = { XB_CLASS_F32, 1, 0, 0 },
};

static type_row type_of(int32_t dtype) {
    static const type_row none;
    return dtype < 0 || dtype >= (int32_t)(sizeof types / sizeof types[0]) ? none : types[dtype];
}

xb_class xb_class_of(int32_t dtype) { return (xb_class)type_of(dtype).c; }
int32_t  xb_bytes_of(int32_t dtype) { return type_of(dtype).bytes; }
int32_t  xb_bits_of_integer(int32_t dtype) { return type_of(dtype).bits; }
int      xb_is_signed_integer(int32_t dtype) { return type_of(dtype).is_signed; }

XB_RARE void xb_integer_range(int32_t dtype, int64_t *low, int64_t *high) {
    type_row t = type_of(dtype);
    *low = t.is_signed ? -(INT64_C(1) << (t.bits - 1)) : 0;
    *high = (INT64_C(1) << (t.bits - t.is_signed)) - 1;
}

static uint32_t bits_of(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}
static float float_of(uint32_t u) {
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

/* ---- floats of 8 bits and below ----
 * OCP 8-bit Floating Point Specification 1.0; OCP Microscaling Formats 1.0; arXiv 2206.02915 for the FNUZ forms. */

typedef struct form {
    uint8_t exponent, fraction, bias; /* bits, bits, - */
    uint8_t largest;                  /* magnitude of the largest number */
    uint8_t infinity;                 /* 0: none */
    uint8_t nan;                      /* its bits without the sign; 0: none */
    uint8_t is_fnuz;                  /* the only NaN is 0x80, there is no -0 */
} form;

static const form forms[] = {
    [XB_FLOAT8E4M3FN] = { 4, 3, 7, 0x7e, 0, 0x7f, 0 },   [XB_FLOAT8E4M3FNUZ] = { 4, 3, 8, 0x7f, 0, 0, 1 },
    [XB_FLOAT8E5M2] = { 5, 2, 15, 0x7b, 0x7c, 0x7e, 0 }, [XB_FLOAT8E5M2FNUZ] = { 5, 2, 16, 0x7f, 0, 0, 1 },
    [XB_FLOAT4E2M1] = { 2, 1, 1, 0x7, 0, 0, 0 },         [XB_FLOAT6E2M3] = { 2, 3, 1, 0x1f, 0, 0, 0 },
    [XB_FLOAT6E3M2] = { 3, 2, 3, 0x1f, 0, 0, 0 },
};

XB_RARE static float float_of_small(const form *s, uint8_t bits) {
    uint32_t sign_at = (uint32_t)(s->exponent + s->fraction), sign = (uint32_t)(bits >> sign_at & 1) << 31;
    uint32_t magnitude = bits & ((1u << sign_at) - 1), exponent = magnitude >> s->fraction;
    if (s->is_fnuz && bits == 0x80) return NAN;
    if (magnitude > s->largest) return magnitude == s->infinity ? float_of(0x7f800000u | sign) : NAN;
    if (exponent) return float_of(sign | ((magnitude << (23 - s->fraction)) + ((127u - s->bias) << 23)));
    return float_of(sign | bits_of((float)(int32_t)magnitude * float_of((uint32_t)(128 - s->bias - s->fraction) << 23)));
}

/* 2^(bits - 127) */
static float float_of_e8m0(uint8_t bits) {
    return float_of(bits == 0xff ? 0x7fc00000u : bits == 0 ? 0x00400000u : (uint32_t)bits << 23);
}

XB_RARE static uint8_t small_of_float(const form *s, float f, int is_strict) {
    uint32_t bits = bits_of(f) & 0x7fffffffu, sign_at = (uint32_t)(s->exponent + s->fraction), drop = 23u - s->fraction;
    uint32_t sign = (bits_of(f) >> 31) << sign_at, least = (128u - s->bias) << 23; /* the smallest normal number */
    uint32_t nan = s->is_fnuz ? 0x80 : s->nan ? s->nan | sign : 1u << sign_at;     /* without a NaN: -0 */
    uint32_t r;
    if (bits > 0x7f800000u) return (uint8_t)nan;
    if (bits >= least) {
        r = (bits + ((1u << (drop - 1)) - 1 + (bits >> drop & 1)) - ((127u - s->bias) << 23)) >> drop;
    } else { /* adding 2^23 units of the last place rounds to them */
        float anchor = float_of(((127u - s->bias) + 1 + drop) << 23);
        r = bits_of(float_of(bits) + anchor) - bits_of(anchor);
    }
    if (r > s->largest) {
        r = s->largest;
        if (is_strict && s->infinity) r = s->infinity;
        else if (is_strict && (s->is_fnuz || s->nan)) return (uint8_t)nan;
    }
    return (uint8_t)(s->is_fnuz && r == 0 ? 0 : r | sign);
}

/* The spec's table: beyond the range, 0 and infinity are the nearest number, or NaN when strict. The sign is dropped. */
XB_RARE static uint8_t e8m0_of_float(float f, xb_store_rule rule) {
    uint32_t bits = bits_of(f) & 0x7fffffffu, code = bits >> 23, rest = bits & 0x7fffff;
    if (bits > 0x7f800000u) return 0xff;
    if (bits < 0x400000) return rule.is_strict ? 0xff : 0; /* below 2^-127 */
    if (code == 0) rest = (rest & 0x3fffff) << 1;          /* 2^-127 <= |f| < 2^-126 */
    if (code < 0xff) code += rule.round == XB_ROUND_UP ? rest != 0 : rule.round == XB_ROUND_NEAREST ? rest >= 0x400000 : 0;
    return (uint8_t)(code == 0xff && !rule.is_strict ? 0xfe : code);
}

/* ---- loading: elements as numbers of their own class ---- */

#if defined(__GNUC__) && !defined(__clang__)
#  define APART _Pragma("GCC ivdep") /* what is read and what is written are apart: no second form of each loop */
#else
#  define APART
#endif
#define EACH(expression) APART for (int64_t i = 0; i < n; i++) to[i] = (expression)

/* By the hot kernels; a block is less than their chunk. */
static void convert_hot(const xb_isa *isa, int32_t kind, void *to, const void *from, int64_t n) {
    xb_convert_args a = { .in = from, .out = to, .count = n, .kind = kind };
    isa->convert(&a, 0, NULL);
}

XB_RARE static void load_small_floats(float *to, const uint8_t *b, int32_t dtype, int64_t n) {
    if (dtype == XB_FLOAT8E8M0) EACH(float_of_e8m0(b[i]));
    else EACH(float_of_small(&forms[dtype], b[i]));
}

static void load_floats(const xb_isa *isa, float *to, const void *src, int32_t dtype, int64_t n) {
    if (dtype == XYBRID_FLOAT16) convert_hot(isa, XB_CONVERT_F16_F32, to, src, n);
    else if (dtype == XYBRID_BFLOAT16) convert_hot(isa, XB_CONVERT_BF16_F32, to, src, n);
    else load_small_floats(to, src, dtype, n);
}

static void load_integers(int64_t *to, const void *src, int32_t dtype, int64_t n) {
    switch (dtype) {
    case XYBRID_INT16: EACH(((const int16_t *)src)[i]); break;
    case XYBRID_UINT16: EACH(((const uint16_t *)src)[i]); break;
    case XYBRID_INT32: EACH(((const int32_t *)src)[i]); break;
    case XYBRID_UINT32: EACH(((const uint32_t *)src)[i]); break;
    case XYBRID_BOOL: EACH(((const uint8_t *)src)[i] != 0); break;
    case XYBRID_INT8:
    case XB_INT4:
    case XB_INT2: EACH((int64_t)((const int8_t *)src)[i]); break;
    default: EACH(((const uint8_t *)src)[i]); /* uint8, uint4, uint2 */
    }
}

/* Small integers become floats without a way through int64. */
static int load_floats_of_integers(const xb_isa *isa, float *to, const void *src, int32_t dtype, int64_t n) {
    switch (dtype) {
    case XYBRID_INT16: EACH((float)((const int16_t *)src)[i]); return 1;
    case XYBRID_UINT16: EACH((float)((const uint16_t *)src)[i]); return 1;
    case XYBRID_INT32: EACH((float)((const int32_t *)src)[i]); return 1;
    case XYBRID_BOOL: EACH((float)(((const uint8_t *)src)[i] != 0)); return 1;
    case XYBRID_INT8:
    case XB_INT4:
    case XB_INT2: convert_hot(isa, XB_CONVERT_I8_F32, to, src, n); return 1;
    case XYBRID_UINT8:
    case XB_UINT4:
    case XB_UINT2: convert_hot(isa, XB_CONVERT_U8_F32, to, src, n); return 1;
    default: return 0;
    }
}

/* ---- between classes ---- */

/* Rounded to odd: what does not fit sets the last bit, so that a second rounding to fewer bits is exact. */
XB_RARE static float odd_float(double d) {
    float    f = (float)d;
    uint32_t bits = bits_of(f);
    if ((double)f == d || d != d) return f;
    return float_of((bits - (fabs((double)f) > fabs(d))) | 1u);
}

/* 48 bits and one that says "there was more": exact in a double, and for types of 11 bits as good as the integer. */
XB_RARE static double odd_double(int64_t v) {
    return (double)(v >> 48 == 0 || v >> 48 == -1 ? v : (v & ~INT64_C(0xffff)) | ((v & 0xffff) ? 0x8000 : 0));
}
XB_RARE static double odd_double_unsigned(uint64_t v) {
    return (double)(v >> 48 == 0 ? v : (v & ~UINT64_C(0xffff)) | ((v & 0xffff) ? 0x8000 : 0));
}

static int64_t integer_of(double d) {
    if (d >= 0x1p63) return INT64_MAX;
    if (d <= -0x1p63) return INT64_MIN;
    return d == d ? (int64_t)d : 0;
}
static uint64_t unsigned_of(double d) {
    if (d >= 0x1p64) return UINT64_MAX;
    return d >= 0x1p63 ? (uint64_t)d : (uint64_t)integer_of(d); /* -1 wraps, as for the narrower types */
}

/* n numbers of class `from` as class `c`. is_odd: floats will be narrowed once more. */
XB_RARE static void convert_rare(void *dst, xb_class c, const void *src, xb_class from, int64_t n, int is_odd) {
    const float    *f = src;
    const double   *d = src;
    const int64_t  *v = src;
    const uint64_t *u = src;
    if (c == XB_CLASS_F32) {
        float *to = dst;
        if (from == XB_CLASS_F64) EACH(odd_float(d[i])); /* is_odd */
        else if (from == XB_CLASS_I64) EACH(odd_float(odd_double(v[i])));
        else if (is_odd) EACH(odd_float(odd_double_unsigned(u[i])));
        else EACH((float)u[i]);
    } else if (c == XB_CLASS_F64) {
        double *to = dst;
        if (from == XB_CLASS_I64) EACH((double)v[i]);
        else EACH((double)u[i]);
    } else if (c == XB_CLASS_I64) {
        int64_t *to = dst;
        if (from == XB_CLASS_F64) EACH(integer_of(d[i]));
        else EACH((int64_t)u[i]);
    } else {
        uint64_t *to = dst;
        if (from == XB_CLASS_F32) EACH(unsigned_of((double)f[i]));
        else if (from == XB_CLASS_F64) EACH(unsigned_of(d[i]));
        else EACH((uint64_t)v[i]);
    }
}

static void convert(void *dst, xb_class c, const void *src, xb_class from, int64_t n, int is_odd) {
    const float   *f = src;
    const double  *d = src;
    const int64_t *v = src;
    if (c == XB_CLASS_F32 && from == XB_CLASS_F64 && !is_odd) {
        float *to = dst;
        EACH((float)d[i]);
    } else if (c == XB_CLASS_F32 && from == XB_CLASS_I64 && !is_odd) {
        float *to = dst;
        EACH((float)v[i]);
    } else if (c == XB_CLASS_F64 && from == XB_CLASS_F32) {
        double *to = dst;
        EACH((double)f[i]);
    } else if (c == XB_CLASS_I64 && from == XB_CLASS_F32) {
        int64_t *to = dst;
        EACH(integer_of((double)f[i]));
    } else {
        convert_rare(dst, c, src, from, n, is_odd);
    }
}

static int is_whole(int32_t dtype) { /* an element is a number of its class */
    return dtype == XYBRID_FLOAT32 || dtype == XYBRID_FLOAT64 || dtype == XYBRID_INT64 || dtype == XYBRID_UINT64;
}

/* Numbers of the type's own class. */
static const void *load_own(const xb_isa *isa, xb_block *room, xb_class own, const void *src, int32_t dtype, int64_t n) {
    if (is_whole(dtype)) return src;
    if (own == XB_CLASS_F32) load_floats(isa, room->f32, src, dtype, n);
    else load_integers(room->i64, src, dtype, n);
    return room;
}

const void *xb_block_load(const xb_isa *isa, xb_block *room, xb_class c, const void *src, int32_t dtype, int64_t n) {
    xb_class own = xb_class_of(dtype);
    xb_block before;
    if (own == c) return load_own(isa, room, own, src, dtype, n);
    if (c == XB_CLASS_F32 && own == XB_CLASS_I64 && load_floats_of_integers(isa, room->f32, src, dtype, n)) return room;
    convert(room, c, load_own(isa, &before, own, src, dtype, n), own, n, 0);
    return room;
}

/* ---- storing ---- */

// NOLINTBEGIN(clang-analyzer-core.*): what is read here was filled by `convert`

XB_RARE static void store_small_floats(uint8_t *to, int32_t dtype, const float *f, int64_t n, xb_store_rule rule) {
    if (dtype == XB_FLOAT8E8M0) EACH(e8m0_of_float(f[i], rule));
    else EACH(small_of_float(&forms[dtype], f[i], rule.is_strict));
}

static void store_floats(const xb_isa *isa, void *dst, int32_t dtype, const float *f, int64_t n, xb_store_rule rule) {
    if (dtype == XYBRID_FLOAT16) convert_hot(isa, XB_CONVERT_F32_F16, dst, f, n);
    else if (dtype == XYBRID_BFLOAT16) convert_hot(isa, XB_CONVERT_F32_BF16, dst, f, n);
    else store_small_floats(dst, dtype, f, n, rule);
}

/* The low bits. */
static void store_integers(void *dst, int32_t dtype, const int64_t *v, int64_t n) {
    type_row t = type_of(dtype);
    if (t.bits < 8) {
        uint8_t *to = dst, mask = (uint8_t)((1 << t.bits) - 1), sign = (uint8_t)(t.is_signed ? 1 << (t.bits - 1) : 0);
        EACH((uint8_t)((((uint8_t)v[i] & mask) ^ sign) - sign));
    } else if (t.bits == 8) {
        uint8_t *to = dst;
        EACH((uint8_t)v[i]);
    } else if (t.bits == 16) {
        uint16_t *to = dst;
        EACH((uint16_t)v[i]);
    } else {
        uint32_t *to = dst;
        EACH((uint32_t)v[i]);
    }
}

static void store_truths(uint8_t *to, const void *numbers, xb_class c, int64_t n) {
    const float   *f = numbers;
    const double  *d = numbers;
    const int64_t *v = numbers;
    if (c == XB_CLASS_F32) EACH(f[i] != 0);
    else if (c == XB_CLASS_F64) EACH(d[i] != 0);
    else EACH(v[i] != 0);
}

/* Floats beyond int32 become its ends. */
static void store_int32(int32_t *to, const int64_t *v, int64_t n) {
    EACH((int32_t)(v[i] > INT32_MAX ? INT32_MAX : v[i] < INT32_MIN ? INT32_MIN : v[i]));
}

void xb_block_store(const xb_isa *isa, void *dst, int32_t dtype, const void *numbers, xb_class c, int64_t n,
                    const xb_store_rule *rule) {
    static const xb_store_rule usual = { 0, XB_ROUND_UP };
    xb_class                   own = xb_class_of(dtype);
    xb_block                   after;
    if (dtype == XYBRID_BOOL) {
        store_truths(dst, numbers, c, n);
        return;
    }
    if (is_whole(dtype)) {
        if (own == c) memcpy(dst, numbers, (size_t)n * (size_t)xb_bytes_of(dtype));
        else convert(dst, own, numbers, c, n, 0);
        return;
    }
    int is_same = own == c || (own == XB_CLASS_I64 && c == XB_CLASS_U64); /* low bits are low bits */
    if (!is_same) convert(&after, own, numbers, c, n, 1);
    if (own == XB_CLASS_F32) store_floats(isa, dst, dtype, is_same ? numbers : after.f32, n, rule ? *rule : usual);
    else if (dtype == XYBRID_INT32 && !is_same) store_int32(dst, after.i64, n);
    else store_integers(dst, dtype, is_same ? numbers : after.i64, n);
}

// NOLINTEND(clang-analyzer-core.*)

/* ---- operands ---- */

XB_RARE void xb_operand_set(xb_operand *o, int32_t dtype, int32_t from_rank, const int64_t *from, int32_t rank,
                            const int64_t *dims) {
    int64_t stride = 1;
    o->dtype = dtype;
    for (int32_t i = rank - 1; i >= 0; i--) {
        int32_t k = i - (rank - from_rank);
        int64_t dim = k >= 0 ? from[k] : 1;
        o->strides[i] = dim == 1 && dims[i] != 1 ? 0 : stride;
        stride *= dim;
    }
}

int64_t xb_operand_at(const xb_operand *o, int32_t rank, const int64_t *dims, int64_t index) {
    int64_t at = 0;
    for (int32_t i = rank - 1; i >= 0; index /= dims[i], i--) at += index % dims[i] * o->strides[i];
    return at;
}

XB_RARE static int joins(const xb_operand *operands, int32_t count, int32_t before, int32_t i, int64_t dim) {
    for (int32_t k = 0; k < count; k++)
        if (operands[k].strides[before] != operands[k].strides[i] * dim) return 0;
    return 1;
}

XB_RARE int32_t xb_operands_collapse(int32_t rank, int64_t *dims, xb_operand *operands, int32_t count) {
    int32_t r = 0;
    for (int32_t i = 0; i < rank; i++) {
        if (dims[i] == 1) continue;
        int32_t to = r && joins(operands, count, r - 1, i, dims[i]) ? r - 1 : r;
        dims[to] = to < r ? dims[to] * dims[i] : dims[i];
        for (int32_t k = 0; k < count; k++) operands[k].strides[to] = operands[k].strides[i];
        r = to + 1;
    }
    if (r == 0) { /* one element */
        dims[0] = 1;
        for (int32_t k = 0; k < count; k++) operands[k].strides[0] = 1;
        r = 1;
    }
    for (int32_t k = 0; k < count; k++) {
        int64_t stride = 1;
        operands[k].is_dense = 1;
        for (int32_t i = r - 1; i >= 0; stride *= dims[i], i--) operands[k].is_dense &= operands[k].strides[i] == stride;
    }
    return r;
}

#define COPY_RUN(type)                                                  \
    do {                                                                \
        const type *from = (const type *)src + at;                      \
        type       *to = (type *)dst + done, same = *from;              \
        if (stride == 0)                                                \
            for (int64_t i = 0; i < run; i++) to[i] = same;             \
        else                                                            \
            for (int64_t i = 0; i < run; i++) to[i] = from[i * stride]; \
    } while (0)

/* `run` elements `stride` apart, from src[at] to dst[done]. */
static void copy_run(void *dst, int64_t done, const void *src, int64_t at, int64_t stride, int64_t run, int32_t bytes) {
    if (stride == 1 && run >= 8) {
        memcpy((char *)dst + done * bytes, (const char *)src + at * bytes, (size_t)(run * bytes));
        return;
    }
    switch (bytes) {
    case 1: COPY_RUN(uint8_t); break;
    case 2: COPY_RUN(uint16_t); break;
    case 4: COPY_RUN(uint32_t); break;
    case 8: COPY_RUN(uint64_t); break;
    default:
        for (int64_t i = 0; i < run; i++) memcpy((char *)dst + (done + i) * 16, (const char *)src + (at + i * stride) * 16, 16);
    }
}

const void *xb_operand_gather(const xb_operand *o, int32_t rank, const int64_t *dims, int64_t first, int64_t n,
                              xb_block *room) {
    int32_t bytes = xb_bytes_of(o->dtype), last = rank - 1;
    int64_t index[XB_MAX_RANK], at = 0, rest = first;
    if (o->is_dense || rank < 1) return (const char *)o->data + first * bytes;
    for (int32_t i = last; i >= 0; i--) {
        index[i] = rest % dims[i];
        rest /= dims[i];
        at += index[i] * o->strides[i];
    }
    for (int64_t done = 0; done < n;) {
        int64_t run = dims[last] - index[last];
        if (run > n - done) run = n - done;
        copy_run(room->bytes, done, o->data, at, o->strides[last], run, bytes);
        done += run;
        at -= index[last] * o->strides[last];
        index[last] = 0;
        for (int32_t i = last - 1; i >= 0; i--) {
            at += o->strides[i];
            if (++index[i] < dims[i]) break;
            at -= dims[i] * o->strides[i];
            index[i] = 0;
        }
    }
    return room;
}
