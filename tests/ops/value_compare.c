/* value_compare.c - elements become doubles, or bytes, and are compared one by one. */
#include "value_compare.h"

#include <math.h>
#include <stdio.h>

#include "tensor/tensor.h"

typedef struct tolerances {
    double relative, absolute;
} tolerances;

/* An element as two numbers (the second of complex types alone). Returns 0 if the type is no float. */
static int to_numbers(const xb_onnx_value *v, int64_t i, double out[2]) {
    const char *at = (const char *)v->data + i * (xb_onnx_dtype_bits(v->dtype) / 8);
    float       f[2];
    uint16_t    half;
    uint8_t     small;
    out[0] = out[1] = 0;
    switch (v->dtype) {
    case XYBRID_FLOAT32:
    case XB_ONNX_COMPLEX64:
        f[1] = 0;
        memcpy(f, at, v->dtype == XYBRID_FLOAT32 ? 4 : 8);
        out[0] = f[0];
        out[1] = f[1];
        return 1;
    case XYBRID_FLOAT64: memcpy(out, at, 8); return 1;
    case XB_ONNX_COMPLEX128: memcpy(out, at, 16); return 1;
    case XYBRID_FLOAT16:
    case XYBRID_BFLOAT16:
        memcpy(&half, at, 2);
        out[0] = v->dtype == XYBRID_FLOAT16 ? xb_float_from_half(half) : xb_float_from_bfloat16(half);
        return 1;
    case XB_ONNX_FLOAT8E4M3FN:
    case XB_ONNX_FLOAT8E4M3FNUZ:
    case XB_ONNX_FLOAT8E5M2:
    case XB_ONNX_FLOAT8E5M2FNUZ:
    case XB_ONNX_FLOAT8E8M0:
    case XB_ONNX_FLOAT4E2M1:
    case XB_ONNX_FLOAT6E2M3:
    case XB_ONNX_FLOAT6E3M2:
        xb_onnx_unpack(v->dtype, v->data, i, 1, &small);
        out[0] = xb_onnx_small_float(v->dtype, small);
        return 1;
    default: return 0;
    }
}

static int is_nan(const double a[2]) { return isnan(a[0]) || isnan(a[1]); }

static int is_close(const double found[2], const double wanted[2], tolerances t) {
    if (is_nan(found) || is_nan(wanted)) return is_nan(found) && is_nan(wanted);
    if (found[0] == wanted[0] && found[1] == wanted[1]) return 1; /* infinities, too */
    double difference = hypot(found[0] - wanted[0], found[1] - wanted[1]), size = hypot(wanted[0], wanted[1]);
    return isfinite(size) && difference <= t.absolute + t.relative * size;
}

static int64_t to_integer(const xb_onnx_value *v, int64_t i) {
    int32_t  bits = xb_onnx_dtype_bits(v->dtype);
    uint64_t value = 0;
    uint8_t  byte;
    if (bits < 8) {
        xb_onnx_unpack(v->dtype, v->data, i, 1, &byte);
        return v->dtype == XB_ONNX_INT4 || v->dtype == XB_ONNX_INT2 ? (int8_t)byte : byte;
    }
    for (int b = 0; b < bits / 8; b++) value |= (uint64_t)((const uint8_t *)v->data)[i * (bits / 8) + b] << (8 * b);
    int is_signed = v->dtype == XYBRID_INT8 || v->dtype == XYBRID_INT16 || v->dtype == XYBRID_INT32 || v->dtype == XYBRID_INT64;
    if (is_signed && bits < 64 && value >> (bits - 1)) value |= ~UINT64_C(0) << bits;
    return (int64_t)value;
}

static int same_element(const xb_onnx_value *found, const xb_onnx_value *wanted, int64_t i, tolerances t) {
    double a[2], b[2];
    if (wanted->dtype == XB_ONNX_STRING) return xb_slice_eq(((xb_slice *)found->data)[i], ((xb_slice *)wanted->data)[i]);
    if (to_numbers(wanted, i, b)) return to_numbers(found, i, a) && is_close(a, b, t);
    return to_integer(found, i) == to_integer(wanted, i);
}

static void print_element(const xb_onnx_value *v, int64_t i, char out[96]) {
    double a[2];
    if (v->dtype == XB_ONNX_STRING) {
        xb_slice s = ((xb_slice *)v->data)[i];
        snprintf(out, 96, "\"%.*s\"", s.size > 60 ? 60 : (int)s.size, s.data);
    } else if (!to_numbers(v, i, a)) {
        int64_t n = to_integer(v, i);
        if (v->dtype == XYBRID_UINT64) snprintf(out, 96, "%llu", (unsigned long long)n);
        else snprintf(out, 96, "%lld", (long long)n);
    } else if (v->dtype == XB_ONNX_COMPLEX64 || v->dtype == XB_ONNX_COMPLEX128) {
        snprintf(out, 96, "%.9g%+.9gi", a[0], a[1]);
    } else {
        snprintf(out, 96, "%.9g", a[0]);
    }
}

static int compare_elements(const xb_onnx_value *found, const xb_onnx_value *wanted, tolerances t, char *why, size_t capacity) {
    int64_t first = -1, bad = 0;
    for (int64_t i = 0; i < wanted->count; i++) {
        if (same_element(found, wanted, i, t)) continue;
        if (bad++ == 0) first = i;
    }
    if (bad == 0) return 1;
    char a[96], b[96];
    print_element(found, first, a);
    print_element(wanted, first, b);
    snprintf(why, capacity, "[%lld] is %s, wanted %s (%lld of %lld elements differ)", (long long)first, a, b, (long long)bad,
             (long long)wanted->count);
    return 0;
}

static int compare_tensors(const xb_onnx_value *found, const xb_onnx_value *wanted, tolerances t, char *why, size_t capacity) {
    char a[XB_SHAPE_TEXT_BYTES], b[XB_SHAPE_TEXT_BYTES];
    if (found->dtype != wanted->dtype) {
        snprintf(why, capacity, " is %s, wanted %s", xb_onnx_dtype_name(found->dtype), xb_onnx_dtype_name(wanted->dtype));
        return 0;
    }
    if (!xb_shape_equal(found->rank, found->dims, wanted->rank, wanted->dims)) {
        xb_shape_format(found->rank, found->dims, a, sizeof a);
        xb_shape_format(wanted->rank, wanted->dims, b, sizeof b);
        snprintf(why, capacity, " has shape %s, wanted %s", a, b);
        return 0;
    }
    if (found->count != wanted->count || found->size_bytes != wanted->size_bytes || (!found->data && found->count)) {
        snprintf(why, capacity, " has %lld elements in %lld bytes, wanted %lld in %lld", (long long)found->count,
                 (long long)found->size_bytes, (long long)wanted->count, (long long)wanted->size_bytes);
        return 0;
    }
    if (wanted->dtype == XYBRID_BFLOAT16) t.relative = fmax(t.relative, 0x1p-6);
    return compare_elements(found, wanted, t, why, capacity);
}

static const char *kind_name(const xb_onnx_value *v) {
    return v->kind == XB_ONNX_TENSOR ? "a tensor" : v->kind == XB_ONNX_SEQUENCE ? "a sequence" : "an optional";
}

int value_compare(const xb_onnx_value *found, const xb_onnx_value *wanted, double relative, double absolute, char *why,
                  size_t capacity) {
    if (found->kind != wanted->kind) {
        snprintf(why, capacity, " is %s, wanted %s", kind_name(found), kind_name(wanted));
        return 0;
    }
    if (wanted->kind == XB_ONNX_TENSOR)
        return compare_tensors(found, wanted, (tolerances){ relative, absolute }, why, capacity);
    if (found->item_count != wanted->item_count) {
        snprintf(why, capacity, " has %d items, wanted %d", found->item_count, wanted->item_count);
        return 0;
    }
    for (int32_t i = 0; i < wanted->item_count; i++) {
        int at = snprintf(why, capacity, " item %d", i);
        if (!value_compare(&found->items[i], &wanted->items[i], relative, absolute, why + at, capacity - (size_t)at)) return 0;
    }
    return 1;
}
