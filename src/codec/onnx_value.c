/* codec/onnx_value.c - a message is checked by onnx_tensor.c, then its values are found in place or decoded. */
#include "codec/onnx_value.h"

#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "codec/onnx_int.h"

static xybrid_status read_value(const xb_onnx_source *from, xb_onnx_kind kind, xb_pb c, int64_t position, xb_onnx_value *out,
                                xybrid_error *err);

/* ---------------------------------------------------------------- packed elements -------------------------------------- */

/* Element `i` of `bits` (at most 8) bits each, the first in the lowest bits. It may lie across two bytes. */
static uint32_t get_bits(const uint8_t *packed, int64_t i, int32_t bits) {
    int64_t  at = i * bits / 8;
    uint32_t shift = (uint32_t)(i * bits % 8), value = packed[at];
    if (shift + (uint32_t)bits > 8) value |= (uint32_t)packed[at + 1] << 8;
    return value >> shift & ((1u << bits) - 1);
}

/* The bits there are 0. */
static void put_bits(uint8_t *packed, int64_t i, int32_t bits, uint32_t value) {
    int64_t  at = i * bits / 8;
    uint32_t shift = (uint32_t)(i * bits % 8), placed = (value & ((1u << bits) - 1)) << shift;
    packed[at] |= (uint8_t)placed;
    if (placed > 0xff) packed[at + 1] |= (uint8_t)(placed >> 8);
}

void xb_onnx_unpack(int32_t dtype, const void *packed, int64_t first, int64_t count, uint8_t *out) {
    int32_t  bits = xb_onnx_dtype_bits(dtype);
    uint32_t sign = dtype == XB_ONNX_INT4 ? 8 : dtype == XB_ONNX_INT2 ? 2 : 0;
    for (int64_t i = 0; i < count; i++) out[i] = (uint8_t)((get_bits(packed, first + i, bits) ^ sign) - sign);
}

/* OCP 8-bit Floating Point Specification 1.0, OCP Microscaling Formats 1.0, and arXiv 2206.02915 for the FNUZ forms. */
float xb_onnx_small_float(int32_t dtype, uint8_t bits) {
    static const struct {
        uint8_t exponent_bits, mantissa_bits, bias;
        uint8_t infinity; /* larger magnitudes are NaN; 0xff: no such thing */
        uint8_t nan;      /* the bit pattern that is, sign aside; 0xff: none */
    } forms[] = {
        [XB_ONNX_FLOAT8E4M3FN] = { 4, 3, 7, 0xff, 0x7f }, [XB_ONNX_FLOAT8E4M3FNUZ] = { 4, 3, 8, 0xff, 0xff },
        [XB_ONNX_FLOAT8E5M2] = { 5, 2, 15, 0x7c, 0xff },  [XB_ONNX_FLOAT8E5M2FNUZ] = { 5, 2, 16, 0xff, 0xff },
        [XB_ONNX_FLOAT4E2M1] = { 2, 1, 1, 0xff, 0xff },   [XB_ONNX_FLOAT6E2M3] = { 2, 3, 1, 0xff, 0xff },
        [XB_ONNX_FLOAT6E3M2] = { 3, 2, 3, 0xff, 0xff },
    };
    if (dtype == XB_ONNX_FLOAT8E8M0) { /* 2^(bits - 127); put together, as flush-to-zero modes would lose the lowest */
        uint32_t word = bits == 0xff ? 0x7fc00000u : bits == 0 ? 0x00400000u : (uint32_t)bits << 23;
        float    power;
        memcpy(&power, &word, sizeof power);
        return power;
    }
    if (dtype < 0 || dtype >= (int32_t)(sizeof forms / sizeof forms[0]) || !forms[dtype].exponent_bits) return NAN;
    int     m = forms[dtype].mantissa_bits, sign_bit = forms[dtype].exponent_bits + m;
    int     is_negative = bits >> sign_bit & 1;
    uint8_t magnitude = (uint8_t)(bits & ((1 << sign_bit) - 1));
    int     has_no_negative_zero = dtype == XB_ONNX_FLOAT8E4M3FNUZ || dtype == XB_ONNX_FLOAT8E5M2FNUZ;
    float   value;
    if (magnitude == forms[dtype].nan || magnitude > forms[dtype].infinity) return NAN;
    if (has_no_negative_zero && is_negative && magnitude == 0) return NAN;
    if (magnitude == forms[dtype].infinity) {
        value = INFINITY;
    } else {
        int exponent = magnitude >> m, mantissa = magnitude & ((1 << m) - 1);
        if (exponent > 0) mantissa += 1 << m;
        value = ldexpf((float)mantissa, (exponent > 0 ? exponent : 1) - forms[dtype].bias - m);
    }
    return is_negative ? -value : value;
}

/* ---------------------------------------------------------------- a tensor --------------------------------------------- */

/* All of the value but its data. */
static xybrid_status set_shape(const xb_onnx_raw_tensor *x, xb_onnx_value *out, xybrid_error *err) {
    if (x->t.rank > XB_MAX_RANK)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, x->position, NULL,
                          "ONNX: at byte %lld: tensor \"%.*s\" has %d dimensions; this version handles at most %d",
                          (long long)x->position, xb_slice_len(x->t.name), x->t.name.data, x->t.rank, XB_MAX_RANK);
    *out = (xb_onnx_value){
        .kind = XB_ONNX_TENSOR, .dtype = x->t.dtype, .rank = x->t.rank, .count = x->count, .size_bytes = x->t.size_bytes
    };
    memcpy(out->dims, x->dims, (size_t)x->t.rank * sizeof *out->dims);
    return XYBRID_OK;
}

/* Bytes that a value of a data field takes; 0: less than one. */
static size_t value_bytes(const xb_onnx_raw_tensor *x) {
    int32_t bits = xb_onnx_dtype_bits(x->t.dtype);
    switch (x->field) {
    case XB_ONNX_TENSOR_FLOATS: return 4; /* of complex numbers the parts */
    case XB_ONNX_TENSOR_DOUBLES: return 8;
    case XB_ONNX_TENSOR_STRINGS: return sizeof(xb_slice);
    default: return bits == 6 ? 0 : bits < 8 ? 1 : (size_t)bits / 8; /* 4 and 2 bits come packed into a byte */
    }
}

/* Value `i` of a data field, which counts as many bytes as its type has. */
static void put_value(uint8_t *to, int64_t i, size_t bytes, int32_t dtype, uint64_t value) {
    if (bytes == 0) put_bits(to, i, 6, (uint32_t)value);
    else if (dtype == XYBRID_BOOL) to[i] = value != 0;
    else
        for (size_t b = 0; b < bytes; b++) to[(size_t)i * bytes + b] = (uint8_t)(value >> (8 * b));
}

/* Numbers in the fields of their type. The header's reading has counted them. */
static xybrid_status read_fields(const xb_onnx_source *from, xb_pb c, const xb_onnx_raw_tensor *x, xb_onnx_value *out,
                                 xybrid_error *err) {
    size_t   bytes = value_bytes(x);
    uint8_t *to = NULL;
    for (int64_t n = 0;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number != x->field) continue;
        if (f.packed && f.row->kind != XB_PB_INTS && (int64_t)f.bytes.size == out->size_bytes) {
            out->data = (void *)f.bytes.data; /* one run of all, which is the dense form */
            return XYBRID_OK;
        }
        if (!to) to = xb_arena_array(from->arena, (size_t)x->values, bytes ? bytes : 1, err);
        if (!to) return err->code;
        for (int more = 1; more;) {
            uint64_t value;
            XB_TRY(xb_pb_each(&c, &f, &value, &more, err));
            if (!more) break;
            XB_CHECK(n < x->values);
            put_value(to, n++, bytes, out->dtype, value);
        }
    }
    out->data = to ? to : (void *)x->t.message.data; /* no values: anywhere */
    return XYBRID_OK;
}

static xybrid_status read_strings(const xb_onnx_source *from, xb_pb c, const xb_onnx_raw_tensor *x, xb_onnx_value *out,
                                  xybrid_error *err) {
    xb_slice *strings = xb_arena_array(from->arena, (size_t)x->values, sizeof *strings, err);
    if (!strings) return err->code;
    for (int64_t n = 0;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number != XB_ONNX_TENSOR_STRINGS) continue;
        XB_CHECK(n < x->values);
        strings[n++] = f.bytes;
    }
    out->data = strings;
    out->size_bytes = out->count * (int64_t)sizeof *strings;
    return XYBRID_OK;
}

static xybrid_status find_external(const xb_onnx_source *from, const xb_onnx_raw_tensor *x, xb_onnx_value *out,
                                   xybrid_error *err) {
    xb_slice    where = x->external_location;
    const void *data = NULL;
    if (!from->external)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, x->position, NULL,
                          "ONNX: at byte %lld: tensor \"%.*s\" is in the file \"%.*s\", and a value may not be in another file",
                          (long long)x->position, xb_slice_len(x->t.name), x->t.name.data, xb_slice_len(where), where.data);
    const char *location = xb_arena_strndup(from->arena, where.data, where.size, err);
    if (!location) return err->code;
    XB_TRY(from->external(from->ctx, location, x->external.offset, x->t.size_bytes, &data, err));
    XB_CHECK(data);
    out->data = (void *)data;
    return XYBRID_OK;
}

/* A TensorProto whose header was read and checked. */
static xybrid_status fill_tensor(const xb_onnx_source *from, xb_pb c, const xb_onnx_raw_tensor *x, xb_onnx_value *out,
                                 xybrid_error *err) {
    XB_TRY(set_shape(x, out, err));
    switch (x->t.place) {
    case XB_ONNX_RAW: out->data = (void *)(c.file + x->t.offset); return XYBRID_OK;
    case XB_ONNX_EXTERNAL: return find_external(from, x, out, err);
    default: return out->dtype == XB_ONNX_STRING ? read_strings(from, c, x, out, err) : read_fields(from, c, x, out, err);
    }
}

/* ---------------------------------------------------------------- a sparse tensor -------------------------------------- */

/* Values and indices have one length, indices are of one of the two forms. */
static xybrid_status check_sparse(const xb_onnx_raw_tensor *dense, const xb_onnx_raw_tensor *values,
                                  const xb_onnx_raw_tensor *indices, int64_t element_bytes, xybrid_error *err) {
    int64_t n = values->count, size;
    int     is_linear = indices->t.rank == 1 && indices->dims[0] == n;
    int     is_table = indices->t.rank == 2 && indices->dims[0] == n && indices->dims[1] == dense->t.rank;
    if (values->t.rank != 1) return xb_onnx_fail_tensor(dense, err, "has values that are not in one row");
    if (indices->t.dtype != XYBRID_INT64 || (!is_linear && !is_table))
        return xb_onnx_fail_tensor(dense, err, "has indices that are not int64 [values] or [values, dimensions]");
    size = dense->t.size_bytes;
    if ((element_bytes && xb_mul_overflows(dense->count, element_bytes, &size)) || size > XB_MAX_SPARSE_BYTES)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, dense->position, NULL,
                          "ONNX: at byte %lld: sparse tensor \"%.*s\" has %lld elements; this version takes at most %d bytes",
                          (long long)dense->position, xb_slice_len(dense->t.name), dense->t.name.data, (long long)dense->count,
                          XB_MAX_SPARSE_BYTES);
    return XYBRID_OK;
}

/* Where value `i` belongs, as a linear index; -1: outside. */
static int64_t sparse_index(const xb_onnx_value *dense, const xb_onnx_value *indices, int64_t i) {
    const uint8_t *at = indices->data;
    int64_t        columns = indices->rank == 2 ? indices->dims[1] : 1, index = 0;
    for (int64_t d = 0; d < columns; d++) {
        int64_t value, limit = indices->rank == 2 ? dense->dims[d] : dense->count;
        memcpy(&value, at + (i * columns + d) * 8, sizeof value);
        if (value < 0 || value >= limit) return -1;
        index = index * limit + value; /* below dense->count */
    }
    return index;
}

/* Values go where their indices say; all else is 0, or "". */
static xybrid_status scatter(const xb_onnx_raw_tensor *x, const xb_onnx_value *values, const xb_onnx_value *indices,
                             int64_t element_bytes, xb_onnx_value *out, xybrid_error *err) {
    int32_t  bits = xb_onnx_dtype_bits(out->dtype);
    uint8_t *to = out->data;
    int64_t  previous = -1;
    for (int64_t i = 0; i < values->count; i++) {
        int64_t index = sparse_index(out, indices, i);
        if (index < 0 || index >= out->count) return xb_onnx_fail_tensor(x, err, "has an index outside of its dimensions");
        if (index <= previous) return xb_onnx_fail_tensor(x, err, "has indices that do not rise");
        previous = index;
        if (element_bytes == 0) put_bits(to, index, bits, get_bits(values->data, i, bits));
        else memcpy(to + index * element_bytes, (const uint8_t *)values->data + i * element_bytes, (size_t)element_bytes);
    }
    return XYBRID_OK;
}

/* A cursor over a part of the sparse tensor, whose header was read and checked. */
static xybrid_status fill_part(const xb_onnx_source *from, const xb_pb *parent, const xb_onnx_raw_tensor *x, xb_onnx_value *out,
                               xybrid_error *err) {
    xb_pb_field field = { .bytes = x->t.message, .position = x->position };
    xb_pb       c;
    XB_TRY(xb_pb_enter(parent, &field, &xb_onnx_tensor_schema, &c, err));
    return fill_tensor(from, c, x, out, err);
}

static xybrid_status read_sparse(const xb_onnx_source *from, xb_pb c, int64_t position, xb_onnx_value *out, xybrid_error *err) {
    xb_onnx_raw_tensor dense, values, indices;
    xb_onnx_value      value, index;
    XB_TRY(xb_onnx_take_sparse(c, position, &dense, &values, &indices, err));
    int32_t bits = xb_onnx_dtype_bits(dense.t.dtype);
    int64_t element_bytes = dense.t.dtype == XB_ONNX_STRING ? (int64_t)sizeof(xb_slice) : bits / 8; /* 0: packed */
    XB_TRY(check_sparse(&dense, &values, &indices, element_bytes, err));
    XB_TRY(set_shape(&dense, out, err));
    XB_TRY(fill_part(from, &c, &values, &value, err));
    XB_TRY(fill_part(from, &c, &indices, &index, err));
    if (dense.t.dtype == XB_ONNX_STRING) out->size_bytes = out->count * element_bytes;
    out->data = xb_arena_alloc(from->arena, (size_t)out->size_bytes, err);
    if (!out->data) return err->code;
    for (int64_t i = 0; dense.t.dtype == XB_ONNX_STRING && i < out->count; i++) ((xb_slice *)out->data)[i].data = "";
    return scatter(&dense, &value, &index, element_bytes, out, err);
}

/* ---------------------------------------------------------------- sequences and optionals ------------------------------ */

/* How many items, and in which field: there may be but one kind. */
static xybrid_status count_items(xb_pb c, xb_onnx_kind kind, int32_t *count, xybrid_error *err) {
    uint32_t first = 0;
    *count = 0;
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number == XB_ONNX_ITEMS_MAP)
            return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, f.position, NULL,
                              "ONNX: at byte %lld: a map, which this version does not handle", (long long)f.position);
        if (first && f.number != first) return xb_onnx_fail_at(&f, "values of two kinds in one sequence or optional", err);
        first = f.number;
        if (++*count > (kind == XB_ONNX_OPTIONAL ? 1 : XB_MAX_VALUE_ITEMS))
            return xb_onnx_fail_at(
                &f, kind == XB_ONNX_OPTIONAL ? "an optional with two values" : "a sequence of too many values", err);
    }
}

static xybrid_status read_items(const xb_onnx_source *from, xb_onnx_kind kind, xb_pb c, xb_onnx_value *out, xybrid_error *err) {
    static const struct {
        xb_onnx_kind        kind;
        const xb_pb_schema *schema;
    } fields[] = { [XB_ONNX_ITEMS_TENSOR] = { XB_ONNX_TENSOR, &xb_onnx_tensor_schema },
                   [XB_ONNX_ITEMS_SPARSE] = { XB_ONNX_SPARSE, &xb_onnx_sparse_schema },
                   [XB_ONNX_ITEMS_SEQUENCE] = { XB_ONNX_SEQUENCE, &xb_onnx_sequence_schema },
                   [XB_ONNX_ITEMS_OPTIONAL] = { XB_ONNX_OPTIONAL, &xb_onnx_optional_schema } };
    int32_t count;
    if (c.depth >= XB_MAX_VALUE_DEPTH)
        return xb_fail_at(err, XYBRID_MALFORMED, xb_pb_position(&c, c.at), NULL,
                          "ONNX: at byte %lld: more than %d sequences or optionals inside each other",
                          (long long)xb_pb_position(&c, c.at), XB_MAX_VALUE_DEPTH);
    XB_TRY(count_items(c, kind, &count, err));
    xb_onnx_value *items = xb_arena_array(from->arena, (size_t)count, sizeof *items, err);
    if (!items) return err->code;
    for (int32_t i = 0; i < count; i++) {
        xb_pb_field f;
        xb_pb       item;
        XB_TRY(xb_pb_next(&c, &f, err));
        XB_TRY(xb_pb_enter(&c, &f, fields[f.number].schema, &item, err));
        XB_TRY(read_value(from, fields[f.number].kind, item, f.position, &items[i], err));
    }
    *out = (xb_onnx_value){ .kind = (int32_t)kind, .items = items, .item_count = count };
    return XYBRID_OK;
}

static xybrid_status read_value(const xb_onnx_source *from, xb_onnx_kind kind, xb_pb c, int64_t position, xb_onnx_value *out,
                                xybrid_error *err) {
    if (kind == XB_ONNX_SPARSE) return read_sparse(from, c, position, out, err);
    if (kind != XB_ONNX_TENSOR) return read_items(from, kind, c, out, err);
    xb_onnx_raw_tensor x;
    XB_TRY(xb_onnx_take_tensor(c, position, &x, err));
    XB_TRY(xb_onnx_check_tensor(&x, err));
    return fill_tensor(from, c, &x, out, err);
}

xybrid_status xb_onnx_value_read(const xb_onnx_source *from, xb_onnx_kind kind, xb_slice message, xb_onnx_value *out,
                                 xybrid_error *err) {
    static const xb_pb_schema *const schemas[] = { [XB_ONNX_TENSOR] = &xb_onnx_tensor_schema,
                                                   [XB_ONNX_SPARSE] = &xb_onnx_sparse_schema,
                                                   [XB_ONNX_SEQUENCE] = &xb_onnx_sequence_schema,
                                                   [XB_ONNX_OPTIONAL] = &xb_onnx_optional_schema,
                                                   [XB_ONNX_OPAQUE] = NULL };
    xb_onnx_value                    value;
    xb_pb                            c;
    if ((uint32_t)kind > XB_ONNX_OPAQUE || !schemas[kind])
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "ONNX: a map or opaque value, which this version does not handle");
    xb_pb_begin(&c, schemas[kind], "ONNX", message.data, message.size);
    if (from->file && message.size) c.file = from->file;
    XB_TRY(read_value(from, kind, c, xb_pb_position(&c, c.at), &value, err));
    *out = value;
    return XYBRID_OK;
}
