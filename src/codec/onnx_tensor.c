/* codec/onnx_tensor.c - element types, and a TensorProto's header: message -> type, dimensions, where the values are. */
#include "base/checked.h"
#include "base/error.h"
#include "codec/onnx_int.h"

/* ---------------------------------------------------------------- element types ---------------------------------------- */

static const struct {
    char    name[15];
    uint8_t bits;
} dtypes[] = {
    { "undefined", 0 },      { "float32", 32 },  { "uint8", 8 },        { "int8", 8 },           { "uint16", 16 },
    { "int16", 16 },         { "int32", 32 },    { "int64", 64 },       { "string", 0 },         { "bool", 8 },
    { "float16", 16 },       { "float64", 64 },  { "uint32", 32 },      { "uint64", 64 },        { "complex64", 64 },
    { "complex128", 128 },   { "bfloat16", 16 }, { "float8e4m3fn", 8 }, { "float8e4m3fnuz", 8 }, { "float8e5m2", 8 },
    { "float8e5m2fnuz", 8 }, { "uint4", 4 },     { "int4", 4 },         { "float4e2m1", 4 },     { "float8e8m0", 8 },
    { "uint2", 2 },          { "int2", 2 },      { "float6e2m3", 6 },   { "float6e3m2", 6 },
};
enum { DTYPE_COUNT = sizeof dtypes / sizeof dtypes[0] };

static int  is_dtype(int64_t dtype) { return dtype >= 0 && dtype < DTYPE_COUNT; }
const char *xb_onnx_dtype_name(int32_t dtype) { return is_dtype(dtype) ? dtypes[dtype].name : "unknown"; }
int32_t     xb_onnx_dtype_bits(int32_t dtype) { return is_dtype(dtype) ? dtypes[dtype].bits : 0; }

/* Bytes of `count` elements; elements below a byte are packed together. 1 = does not fit. */
static int size_overflows(int64_t count, int32_t dtype, int64_t *out) {
    int64_t total;
    if (xb_mul_overflows(count, xb_onnx_dtype_bits(dtype), &total) || xb_add_overflows(total, 7, &total)) return 1;
    *out = total / 8;
    return 0;
}

/* ---------------------------------------------------------------- one TensorProto -------------------------------------- */

static xb_slice rest_of(const xb_pb *c) { return (xb_slice){ (const char *)c->at, (size_t)(c->end - c->at) }; }

xybrid_status xb_onnx_fail_at(const xb_pb_field *f, const char *what, xybrid_error *err) {
    return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: %s", (long long)f->position, what);
}

/* Keeps a dimension and multiplies it in. */
static xybrid_status add_dim(xb_onnx_raw_tensor *x, int64_t dim, const xb_pb_field *f, xybrid_error *err) {
    if (dim < 0)
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL,
                          "ONNX: at byte %lld: dimension %d of a weight is %lld, must be at least 0", (long long)f->position,
                          x->t.rank, (long long)dim);
    if (x->t.rank == XB_MAX_TENSOR_RANK)
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: a weight of more than %d dimensions",
                          (long long)f->position, XB_MAX_TENSOR_RANK);
    x->dims[x->t.rank++] = dim;
    if (xb_mul_overflows(x->count, dim, &x->count))
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: a weight with more than 2^63 elements",
                          (long long)f->position);
    return XYBRID_OK;
}

static xybrid_status take_dims(const xb_pb *c, const xb_pb_field *f, xb_onnx_raw_tensor *x, xybrid_error *err) {
    xb_pb_field each = *f;
    for (;;) {
        uint64_t value;
        int      more;
        XB_TRY(xb_pb_each(c, &each, &value, &more, err));
        if (!more) return XYBRID_OK;
        XB_TRY(add_dim(x, (int64_t)value, f, err));
    }
}

/* Counts the values of a data field; those of fixed width without touching them. */
static xybrid_status count_values(const xb_pb *c, const xb_pb_field *f, xb_onnx_raw_tensor *x, xybrid_error *err) {
    xb_pb_field each = *f;
    if (f->packed && f->row->kind != XB_PB_INTS) {
        x->given[f->number] += (int64_t)f->bytes.size / (f->row->kind == XB_PB_FLOATS ? 4 : 8);
        return XYBRID_OK;
    }
    for (;;) {
        uint64_t value;
        int      more;
        XB_TRY(xb_pb_each(c, &each, &value, &more, err));
        if (!more) return XYBRID_OK;
        x->given[f->number]++;
    }
}

static xybrid_status parse_count(const xb_pb_field *f, const char *key, xb_slice text, int64_t *out, xybrid_error *err) {
    int64_t value = 0;
    int     ok = text.size > 0;
    for (size_t i = 0; ok && i < text.size; i++) {
        ok = text.data[i] >= '0' && text.data[i] <= '9' && !xb_mul_overflows(value, 10, &value) &&
             !xb_add_overflows(value, text.data[i] - '0', &value);
    }
    if (!ok)
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL,
                          "ONNX: at byte %lld: %s of external data is \"%.*s\", wanted a number of bytes",
                          (long long)f->position, key, xb_slice_len(text), text.data);
    *out = value;
    return XYBRID_OK;
}

xybrid_status xb_onnx_read_pair(const xb_pb *parent, const xb_pb_field *field, xb_slice *key, xb_slice *value,
                                xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    *key = *value = xb_slice_of("");
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_pair_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number == XB_ONNX_PAIR_KEY) *key = f.bytes;
        if (f.number == XB_ONNX_PAIR_VALUE) *value = f.bytes;
    }
}

static xybrid_status read_external(const xb_pb *c, const xb_pb_field *f, xb_onnx_raw_tensor *x, xybrid_error *err) {
    xb_slice key, value;
    XB_TRY(xb_onnx_read_pair(c, f, &key, &value, err));
    if (xb_slice_is(key, "location")) x->external_location = value;
    if (xb_slice_is(key, "checksum")) x->external.checksum = value;
    if (xb_slice_is(key, "offset")) return parse_count(f, "offset", value, &x->external.offset, err);
    if (xb_slice_is(key, "length")) return parse_count(f, "length", value, &x->external.size_bytes, err);
    return XYBRID_OK;
}

xybrid_status xb_onnx_take_tensor(xb_pb c, int64_t position, xb_onnx_raw_tensor *x, xybrid_error *err) {
    xb_pb_field f;
    *x = (xb_onnx_raw_tensor){ .t = { .name = { "", 0 }, .message = rest_of(&c) },
                               .count = 1,
                               .raw_bytes = -1,
                               .position = position,
                               .external_location = { "", 0 },
                               .external = { .size_bytes = -1, .checksum = { "", 0 } } };
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        switch (f.number) {
        case 0: return XYBRID_OK;
        case XB_ONNX_TENSOR_DIMS: XB_TRY(take_dims(&c, &f, x, err)); break;
        case XB_ONNX_TENSOR_DTYPE: x->t.dtype = f.value > INT32_MAX ? INT32_MAX : (int32_t)f.value; break;
        case XB_ONNX_TENSOR_SEGMENT: return xb_onnx_fail_at(&f, "a weight in segments, which nothing supports", err);
        case XB_ONNX_TENSOR_FLOATS:
        case XB_ONNX_TENSOR_INT32S:
        case XB_ONNX_TENSOR_INT64S:
        case XB_ONNX_TENSOR_DOUBLES:
        case XB_ONNX_TENSOR_UINT64S: XB_TRY(count_values(&c, &f, x, err)); break;
        case XB_ONNX_TENSOR_STRINGS: x->given[XB_ONNX_TENSOR_STRINGS]++; break;
        case XB_ONNX_TENSOR_NAME: x->t.name = f.bytes; break;
        case XB_ONNX_TENSOR_RAW:
            x->raw_bytes = (int64_t)f.bytes.size;
            x->t.offset = xb_pb_position(&c, f.bytes.data);
            break;
        case XB_ONNX_TENSOR_EXTERNAL: XB_TRY(read_external(&c, &f, x, err)); break;
        case XB_ONNX_TENSOR_LOCATION: x->location = xb_pb_int(&f); break;
        default: break;
        }
    }
}

xybrid_status xb_onnx_fail_tensor(const xb_onnx_raw_tensor *x, xybrid_error *err, const char *what) {
    return xb_fail_at(err, XYBRID_MALFORMED, x->position, NULL, "ONNX: at byte %lld: weight \"%.*s\" (%s, %lld elements) %s",
                      (long long)x->position, xb_slice_len(x->t.name), x->t.name.data, xb_onnx_dtype_name(x->t.dtype),
                      (long long)x->count, what);
}

/* Which data field holds a type's values when raw_data does not, and how many values `count` elements take there. */
static uint32_t data_field(int32_t dtype, int64_t count, int64_t *values) {
    int32_t bits = xb_onnx_dtype_bits(dtype);
    *values = count;
    switch (dtype) {
    case XYBRID_FLOAT32: return XB_ONNX_TENSOR_FLOATS;
    case XB_ONNX_COMPLEX64: return xb_mul_overflows(count, 2, values) ? 0 : XB_ONNX_TENSOR_FLOATS;
    case XYBRID_FLOAT64: return XB_ONNX_TENSOR_DOUBLES;
    case XB_ONNX_COMPLEX128: return xb_mul_overflows(count, 2, values) ? 0 : XB_ONNX_TENSOR_DOUBLES;
    case XYBRID_INT64: return XB_ONNX_TENSOR_INT64S;
    case XYBRID_UINT32:
    case XYBRID_UINT64: return XB_ONNX_TENSOR_UINT64S;
    case XB_ONNX_STRING: return XB_ONNX_TENSOR_STRINGS;
    default:
        if (bits == 2 || bits == 4) *values = count / (8 / bits) + (count % (8 / bits) != 0);
        return XB_ONNX_TENSOR_INT32S; /* all others, 6-bit floats one a value */
    }
}

/* In another file: is what is said about it possible? */
static xybrid_status check_external(xb_onnx_raw_tensor *x, xybrid_error *err) {
    xb_slice where = x->external_location;
    int64_t  end;
    if (x->t.dtype == XB_ONNX_STRING) return xb_onnx_fail_tensor(x, err, "has external data, which strings cannot have");
    if (!xb_slice_stays_inside(where)) {
        char subject[192];
        xb_format(subject, sizeof subject, "%.*s", xb_slice_len(where), where.data);
        return xb_fail_at(err, XYBRID_MALFORMED, x->position, subject,
                          "ONNX: at byte %lld: weight \"%.*s\" is in the file \"%.*s\", a path that leaves the pack",
                          (long long)x->position, xb_slice_len(x->t.name), x->t.name.data, xb_slice_len(where), where.data);
    }
    if (x->external.size_bytes >= 0 && x->external.size_bytes != x->t.size_bytes)
        return xb_onnx_fail_tensor(x, err, "has external data of another length");
    if (xb_add_overflows(x->external.offset, x->t.size_bytes, &end))
        return xb_onnx_fail_tensor(x, err, "ends beyond 2^63 bytes");
    x->t.place = XB_ONNX_EXTERNAL;
    return XYBRID_OK;
}

static xybrid_status check_raw(xb_onnx_raw_tensor *x, xybrid_error *err) {
    char what[96];
    if (x->t.dtype == XB_ONNX_STRING) return xb_onnx_fail_tensor(x, err, "has raw data, which strings cannot have");
    xb_format(what, sizeof what, "has %lld bytes of data, wanted %lld", (long long)x->raw_bytes, (long long)x->t.size_bytes);
    if (x->raw_bytes != x->t.size_bytes) return xb_onnx_fail_tensor(x, err, what);
    x->t.place = XB_ONNX_RAW;
    return XYBRID_OK;
}

static xybrid_status check_fields(xb_onnx_raw_tensor *x, xybrid_error *err) {
    x->field = data_field(x->t.dtype, x->count, &x->values);
    if (!x->field || x->given[x->field] != x->values) {
        char what[96];
        xb_format(what, sizeof what, "has %lld values, wanted %lld", (long long)(x->field ? x->given[x->field] : 0),
                  (long long)x->values);
        return xb_onnx_fail_tensor(x, err, what);
    }
    x->t.place = XB_ONNX_FIELDS;
    return XYBRID_OK;
}

xybrid_status xb_onnx_check_tensor(xb_onnx_raw_tensor *x, xybrid_error *err) {
    if (!is_dtype(x->t.dtype))
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, x->position, NULL,
                          "ONNX: weight \"%.*s\" has element type %d, which this version does not know; known are 1 to %d",
                          xb_slice_len(x->t.name), x->t.name.data, x->t.dtype, DTYPE_COUNT - 1);
    if (x->t.dtype == XB_ONNX_UNDEFINED) return xb_onnx_fail_tensor(x, err, "has no element type");
    if (size_overflows(x->count, x->t.dtype, &x->t.size_bytes)) return xb_onnx_fail_tensor(x, err, "is larger than 2^63 bits");
    if (x->location == 1) return check_external(x, err);
    return x->raw_bytes >= 0 ? check_raw(x, err) : check_fields(x, err);
}

/* ---------------------------------------------------------------- one SparseTensorProto -------------------------------- */

static xybrid_status take_part(const xb_pb *c, const xb_pb_field *f, xb_onnx_raw_tensor *x, xybrid_error *err) {
    xb_pb t;
    XB_TRY(xb_pb_enter(c, f, &xb_onnx_tensor_schema, &t, err));
    XB_TRY(xb_onnx_take_tensor(t, f->position, x, err));
    return xb_onnx_check_tensor(x, err);
}

xybrid_status xb_onnx_take_sparse(xb_pb c, int64_t position, xb_onnx_raw_tensor *dense, xb_onnx_raw_tensor *values,
                                  xb_onnx_raw_tensor *indices, xybrid_error *err) {
    int has_values = 0, has_indices = 0;
    *dense = (xb_onnx_raw_tensor){
        .t = { .sparse = 1, .place = XB_ONNX_FIELDS, .message = rest_of(&c) }, .count = 1, .raw_bytes = -1, .position = position
    };
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_SPARSE_VALUES) XB_TRY(take_part(&c, &f, values, err));
        if (f.number == XB_ONNX_SPARSE_INDICES) XB_TRY(take_part(&c, &f, indices, err));
        if (f.number == XB_ONNX_SPARSE_DIMS) XB_TRY(take_dims(&c, &f, dense, err));
        has_values |= f.number == XB_ONNX_SPARSE_VALUES;
        has_indices |= f.number == XB_ONNX_SPARSE_INDICES;
    }
    if (!has_values || !has_indices)
        return xb_fail_at(err, XYBRID_MALFORMED, position, NULL,
                          "ONNX: at byte %lld: a sparse weight without values or indices", (long long)position);
    dense->t.name = values->t.name;
    dense->t.dtype = values->t.dtype;
    if (size_overflows(dense->count, dense->t.dtype, &dense->t.size_bytes))
        return xb_onnx_fail_tensor(dense, err, "is larger than 2^63 bits");
    return XYBRID_OK;
}
