/* kernel/number.c - see element.h. */
#include "kernel/number.h"

#include <math.h>
#include <string.h>

#include "tensor/tensor.h"

xb_number xb_number_of(int32_t dtype) {
    switch (dtype) {
    case XYBRID_FLOAT16:
    case XYBRID_BFLOAT16:
    case XYBRID_FLOAT32:
    case XYBRID_FLOAT64: return XB_NUMBER_REAL;
    case XYBRID_INT8:
    case XYBRID_INT16:
    case XYBRID_INT32:
    case XYBRID_INT64: return XB_NUMBER_SIGNED;
    case XYBRID_UINT8:
    case XYBRID_UINT16:
    case XYBRID_UINT32:
    case XYBRID_UINT64:
    case XYBRID_BOOL: return XB_NUMBER_UNSIGNED;
    default: return XB_NUMBER_NONE;
    }
}

int32_t xb_number_bytes(int32_t dtype) { return xb_dtype_size((xybrid_dtype)dtype); }

#define LOAD(type, expression)                                           \
    do {                                                                 \
        const type *p = from;                                            \
        for (int64_t i = 0; i < n; i++, p += stride) to[i] = expression; \
    } while (0)

/* 2^63 and what is beyond saturates */
static int64_t whole(double v) {
    if (!(v > -0x1p63)) return isnan(v) ? 0 : INT64_MIN;
    return v < 0x1p63 ? (int64_t)v : INT64_MAX;
}

void xb_load_reals(double *to, int32_t dtype, const void *from, int64_t stride, int64_t n) {
    switch (dtype) {
    case XYBRID_FLOAT32: LOAD(float, (double)*p); break;
    case XYBRID_FLOAT64: LOAD(double, *p); break;
    case XYBRID_FLOAT16: LOAD(uint16_t, (double)xb_float_from_half(*p)); break;
    case XYBRID_BFLOAT16: LOAD(uint16_t, (double)xb_float_from_bfloat16(*p)); break;
    case XYBRID_INT8: LOAD(int8_t, (double)*p); break;
    case XYBRID_INT16: LOAD(int16_t, (double)*p); break;
    case XYBRID_INT32: LOAD(int32_t, (double)*p); break;
    case XYBRID_INT64: LOAD(int64_t, (double)*p); break;
    case XYBRID_UINT8: LOAD(uint8_t, (double)*p); break;
    case XYBRID_UINT16: LOAD(uint16_t, (double)*p); break;
    case XYBRID_UINT32: LOAD(uint32_t, (double)*p); break;
    case XYBRID_UINT64: LOAD(uint64_t, (double)*p); break;
    default: LOAD(uint8_t, (double)(*p != 0)); break;
    }
}

void xb_load_integers(int64_t *to, int32_t dtype, const void *from, int64_t stride, int64_t n) {
    switch (dtype) {
    case XYBRID_FLOAT32: LOAD(float, whole((double)*p)); break;
    case XYBRID_FLOAT64: LOAD(double, whole(*p)); break;
    case XYBRID_FLOAT16: LOAD(uint16_t, whole((double)xb_float_from_half(*p))); break;
    case XYBRID_BFLOAT16: LOAD(uint16_t, whole((double)xb_float_from_bfloat16(*p))); break;
    case XYBRID_INT8: LOAD(int8_t, (int16_t)*p); break;
    case XYBRID_INT16: LOAD(int16_t, *p); break;
    case XYBRID_INT32: LOAD(int32_t, *p); break;
    case XYBRID_INT64: LOAD(int64_t, *p); break;
    case XYBRID_UINT8: LOAD(uint8_t, *p); break;
    case XYBRID_UINT16: LOAD(uint16_t, *p); break;
    case XYBRID_UINT32: LOAD(uint32_t, *p); break;
    case XYBRID_UINT64: LOAD(uint64_t, (int64_t)*p); break;
    default: LOAD(uint8_t, *p != 0); break;
    }
}

/* IEEE 754 numbers are ordered like their bits, the negative ones backwards. */
static uint64_t key_of_real(double v) {
    uint64_t bits;
    if (isnan(v)) return UINT64_MAX;
    v += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

void xb_load_keys(uint64_t *to, int32_t dtype, const void *from, int64_t stride, int64_t n) {
    if (dtype == XYBRID_FLOAT32) {
        LOAD(float, key_of_real((double)*p));
    } else if (xb_number_of(dtype) == XB_NUMBER_REAL) {
        double tile[XB_TILE];
        xb_load_reals(tile, dtype, from, stride, n);
        for (int64_t i = 0; i < n; i++) to[i] = key_of_real(tile[i]);
    } else {
        uint64_t flip = xb_number_of(dtype) == XB_NUMBER_SIGNED ? UINT64_C(1) << 63 : 0;
        int64_t  tile[XB_TILE];
        xb_load_integers(tile, dtype, from, stride, n);
        for (int64_t i = 0; i < n; i++) to[i] = (uint64_t)tile[i] ^ flip;
    }
}

void xb_store_reals(void *to, int32_t dtype, int64_t stride, const double *from, int64_t n) {
    char *p = to;
    if (dtype == XYBRID_FLOAT32) {
        for (int64_t i = 0; i < n; i++) ((float *)to)[i * stride] = (float)from[i];
        return;
    }
    int     is_real = xb_number_of(dtype) == XB_NUMBER_REAL || dtype == XYBRID_BOOL;
    int64_t step = stride * xb_number_bytes(dtype);
    for (int64_t i = 0; i < n; i++) {
        double v = is_real ? from[i] : trunc(from[i]);
        xb_convert(p + i * step, (xybrid_dtype)dtype, &v, XYBRID_FLOAT64, 1);
    }
}

#define STORE(type, expression)                                               \
    do {                                                                      \
        type *p = to;                                                         \
        for (int64_t i = 0; i < n; i++, p += stride) *p = (type)(expression); \
    } while (0)

void xb_store_integers(void *to, int32_t dtype, int64_t stride, const int64_t *from, int64_t n) {
    if (xb_number_of(dtype) == XB_NUMBER_REAL) {
        for (int64_t i = 0; i < n; i++)
            xb_convert((char *)to + i * stride * xb_number_bytes(dtype), (xybrid_dtype)dtype, from + i, XYBRID_INT64, 1);
        return;
    }
    switch (dtype == XYBRID_BOOL ? 0 : xb_number_bytes(dtype)) {
    case 0: STORE(uint8_t, from[i] != 0); break;
    case 1: STORE(uint8_t, from[i]); break;
    case 2: STORE(uint16_t, from[i]); break;
    case 4: STORE(uint32_t, from[i]); break;
    default: STORE(uint64_t, from[i]); break;
    }
}

void xb_store_one(void *to, int32_t dtype) {
    static const int64_t one = 1;
    xb_store_integers(to, dtype, 1, &one, 1);
}

int64_t xb_integer_min(int32_t dtype) {
    if (xb_number_of(dtype) != XB_NUMBER_SIGNED) return 0;
    return -1 - xb_integer_max(dtype);
}

int64_t xb_integer_max(int32_t dtype) {
    if (dtype == XYBRID_BOOL) return 1;
    int32_t bits = 8 * xb_number_bytes(dtype) - (xb_number_of(dtype) == XB_NUMBER_SIGNED);
    return bits == 64 ? -1 : (int64_t)((UINT64_C(1) << bits) - 1);
}
