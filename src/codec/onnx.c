/* codec/onnx.c - walks a ModelProto: messages -> tables in the arena.
 *
 *     model: count, then read        graph: count -> initializers and nodes -> inputs (less the initializers), outputs
 *     node -> attributes -> tensors, subgraphs (bounded by XB_MAX_GRAPH_DEPTH and XB_MAX_PROTOBUF_DEPTH)
 *
 * Tables are counted before they are made, so that what is allocated is at most some times what the file really holds. */
#include "codec/onnx.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "codec/onnx_schema.h"

enum { LAST_MODEL_FIELD = 64 }; /* of ModelProto, with room for those to come (26 now) */

typedef struct reader {
    xb_arena *arena;
    xb_onnx  *m;
    xb_names  operators; /* key: as xb_onnx_operator.name */
    xb_names  functions;
    xb_names  files; /* value: bytes that the weights need */
    int32_t   graph_depth;
    char      key[2 * XB_MAX_NAME];
} reader;

/* ---------------------------------------------------------------- element types ---------------------------------------- */

static const struct {
    const char *name;
    int32_t     bits;
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
static int size_overflows(int64_t count, int32_t bits, int64_t *out) {
    int64_t total;
    if (xb_mul_overflows(count, bits, &total) || xb_add_overflows(total, 7, &total)) return 1;
    *out = total / 8;
    return 0;
}

/* ---------------------------------------------------------------- failures and names ----------------------------------- */

static xybrid_status fail_at(const xb_pb_field *f, const char *what, xybrid_error *err) {
    return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: %s", (long long)f->position, what);
}

/* A short name, checked and copied. */
static xybrid_status copy_name(reader *r, const xb_pb_field *f, const char **out, xybrid_error *err) {
    xb_slice s = f->bytes;
    if (s.size >= XB_MAX_NAME)
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: %s of %zu bytes; at most %d",
                          (long long)f->position, f->row->name, s.size, XB_MAX_NAME - 1);
    if (xb_utf8_valid(s.data, s.size) != s.size || memchr(s.data, 0, s.size))
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: %s is not text (UTF-8 without NUL)",
                          (long long)f->position, f->row->name);
    const char *copy = xb_arena_strndup(r->arena, s.data, s.size, err);
    if (!copy) return err->code;
    *out = copy;
    return XYBRID_OK;
}

static int is_onnx_domain(xb_slice domain) { return domain.size == 0 || xb_slice_is(domain, "ai.onnx"); }

/* "Conv" or "com.microsoft:Gelu" in r->key. */
static xybrid_status operator_key(reader *r, int64_t position, xb_slice domain, xb_slice name, xb_slice *out,
                                  xybrid_error *err) {
    if (name.size == 0)
        return xb_fail_at(err, XYBRID_MALFORMED, position, NULL, "ONNX: at byte %lld: a node without an operator's name",
                          (long long)position);
    if (is_onnx_domain(domain)) domain.size = 0;
    if (domain.size >= XB_MAX_NAME || name.size >= XB_MAX_NAME)
        return xb_fail_at(err, XYBRID_MALFORMED, position, NULL,
                          "ONNX: at byte %lld: an operator's name of %zu bytes; at most %d", (long long)position,
                          domain.size + name.size, XB_MAX_NAME - 1);
    size_t at = 0;
    if (domain.size) {
        memcpy(r->key, domain.data, domain.size);
        at = domain.size;
        r->key[at++] = ':';
    }
    memcpy(r->key + at, name.data, name.size);
    *out = (xb_slice){ r->key, at + name.size };
    if (xb_utf8_valid(out->data, out->size) != out->size || memchr(out->data, 0, out->size))
        return xb_fail_at(err, XYBRID_MALFORMED, position, NULL, "ONNX: at byte %lld: an operator's name is not text",
                          (long long)position);
    return XYBRID_OK;
}

/* Adds a name that lies in r->key, copied if it is new. */
static xybrid_status add_copied(reader *r, xb_names *names, xb_slice key, xb_name **out, xybrid_error *err) {
    int is_new;
    if (!xb_names_find(names, key)) {
        char *copy = xb_arena_strndup(r->arena, key.data, key.size, err);
        if (!copy) return err->code;
        key.data = copy;
    }
    return xb_names_add(names, key, out, &is_new, err);
}

/* ---------------------------------------------------------------- weights ---------------------------------------------- */

/* What a TensorProto says, before it is believed. */
typedef struct raw_tensor {
    xb_onnx_tensor   t;
    int64_t          count;                             /* product of dims */
    int64_t          given[XB_ONNX_TENSOR_UINT64S + 1]; /* values in each of the data fields, by field number */
    int64_t          raw_bytes;                         /* -1: no raw_data */
    int64_t          location;                          /* data_location */
    int64_t          position;                          /* of the TensorProto's field */
    xb_slice         external_location;
    xb_onnx_external external;
} raw_tensor;

/* Multiplies a dimension in. */
static xybrid_status add_dim(raw_tensor *x, int64_t dim, const xb_pb_field *f, xybrid_error *err) {
    if (dim < 0)
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL,
                          "ONNX: at byte %lld: dimension %d of a weight is %lld, must be at least 0", (long long)f->position,
                          x->t.rank, (long long)dim);
    if (x->t.rank == XB_MAX_TENSOR_RANK)
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: a weight of more than %d dimensions",
                          (long long)f->position, XB_MAX_TENSOR_RANK);
    x->t.rank++;
    if (xb_mul_overflows(x->count, dim, &x->count))
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: a weight with more than 2^63 elements",
                          (long long)f->position);
    return XYBRID_OK;
}

static xybrid_status take_dims(const xb_pb *c, const xb_pb_field *f, raw_tensor *x, xybrid_error *err) {
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
static xybrid_status count_values(const xb_pb *c, const xb_pb_field *f, raw_tensor *x, xybrid_error *err) {
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

static xybrid_status read_pair(const xb_pb *parent, const xb_pb_field *field, xb_slice *key, xb_slice *value,
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

static xybrid_status read_external(const xb_pb *c, const xb_pb_field *f, raw_tensor *x, xybrid_error *err) {
    xb_slice key, value;
    XB_TRY(read_pair(c, f, &key, &value, err));
    if (xb_slice_is(key, "location")) x->external_location = value;
    if (xb_slice_is(key, "checksum")) x->external.checksum = value;
    if (xb_slice_is(key, "offset")) return parse_count(f, "offset", value, &x->external.offset, err);
    if (xb_slice_is(key, "length")) return parse_count(f, "length", value, &x->external.size_bytes, err);
    return XYBRID_OK;
}

static xybrid_status take_tensor(const xb_pb *parent, const xb_pb_field *field, raw_tensor *x, xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    *x = (raw_tensor){ .t = { .name = { "", 0 }, .message = field->bytes },
                       .count = 1,
                       .raw_bytes = -1,
                       .position = field->position,
                       .external_location = { "", 0 },
                       .external = { .size_bytes = -1, .checksum = { "", 0 } } };
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_tensor_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        switch (f.number) {
        case 0: return XYBRID_OK;
        case XB_ONNX_TENSOR_DIMS: XB_TRY(take_dims(&c, &f, x, err)); break;
        case XB_ONNX_TENSOR_DTYPE: x->t.dtype = f.value > INT32_MAX ? INT32_MAX : (int32_t)f.value; break;
        case XB_ONNX_TENSOR_SEGMENT: return fail_at(&f, "a weight in segments, which nothing supports", err);
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

static xybrid_status fail_tensor(const raw_tensor *x, xybrid_error *err, const char *what) {
    return xb_fail_at(err, XYBRID_MALFORMED, x->position, NULL, "ONNX: at byte %lld: weight \"%.*s\" (%s, %lld elements) %s",
                      (long long)x->position, xb_slice_len(x->t.name), x->t.name.data, xb_onnx_dtype_name(x->t.dtype),
                      (long long)x->count, what);
}

/* Which data field holds a type's values when raw_data does not, and how many values `count` elements take there. */
static int data_field(int32_t dtype, int64_t count, int64_t *values) {
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

/* The location joins the list of external files. */
static xybrid_status place_external(reader *r, raw_tensor *x, xybrid_error *err) {
    xb_slice where = x->external_location;
    if (!xb_slice_stays_inside(where)) {
        char subject[192];
        xb_format(subject, sizeof subject, "%.*s", xb_slice_len(where), where.data);
        return xb_fail_at(err, XYBRID_MALFORMED, x->position, subject,
                          "ONNX: at byte %lld: weight \"%.*s\" is in the file \"%.*s\", a path that leaves the pack",
                          (long long)x->position, xb_slice_len(x->t.name), x->t.name.data, xb_slice_len(where), where.data);
    }
    if (x->external.size_bytes >= 0 && x->external.size_bytes != x->t.size_bytes)
        return fail_tensor(x, err, "has external data of another length");
    int64_t end;
    if (xb_add_overflows(x->external.offset, x->t.size_bytes, &end)) return fail_tensor(x, err, "ends beyond 2^63 bytes");
    xb_name *file;
    XB_TRY(add_copied(r, &r->files, where, &file, err));
    file->value = xb_max64(file->value, end);
    x->external.file = (int32_t)(file - r->files.items);
    x->t.place = XB_ONNX_EXTERNAL;
    return XYBRID_OK;
}

/* Type, dimensions and data must agree. */
static xybrid_status check_tensor(reader *r, raw_tensor *x, xybrid_error *err) {
    if (!is_dtype(x->t.dtype))
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, x->position, NULL,
                          "ONNX: weight \"%.*s\" has element type %d, which this version does not know; known are 1 to %d",
                          xb_slice_len(x->t.name), x->t.name.data, x->t.dtype, DTYPE_COUNT - 1);
    if (x->t.dtype == XB_ONNX_UNDEFINED) return fail_tensor(x, err, "has no element type");
    if (size_overflows(x->count, xb_onnx_dtype_bits(x->t.dtype), &x->t.size_bytes))
        return fail_tensor(x, err, "is larger than 2^63 bits");

    if (x->location == 1) {
        if (x->t.dtype == XB_ONNX_STRING) return fail_tensor(x, err, "has external data, which strings cannot have");
        XB_TRY(place_external(r, x, err));
    } else if (x->raw_bytes >= 0) {
        if (x->t.dtype == XB_ONNX_STRING) return fail_tensor(x, err, "has raw data, which strings cannot have");
        if (x->raw_bytes != x->t.size_bytes) {
            char what[96];
            xb_format(what, sizeof what, "has %lld bytes of data, wanted %lld", (long long)x->raw_bytes,
                      (long long)x->t.size_bytes);
            return fail_tensor(x, err, what);
        }
        x->t.place = XB_ONNX_RAW;
    } else {
        int64_t wanted;
        int     field = data_field(x->t.dtype, x->count, &wanted);
        if (!field || x->given[field] != wanted) {
            char what[96];
            xb_format(what, sizeof what, "has %lld values, wanted %lld", (long long)(field ? x->given[field] : 0),
                      (long long)wanted);
            return fail_tensor(x, err, what);
        }
        x->t.place = XB_ONNX_FIELDS;
    }
    if (xb_add_overflows(r->m->weight_bytes, x->t.size_bytes, &r->m->weight_bytes))
        return fail_tensor(x, err, "makes the sum of the weights more than 2^63 bytes");
    return XYBRID_OK;
}

/* The second walk over dims, now that their number is known. `c` stands before the first field of a message whose field
 * `number` holds them. */
static xybrid_status keep_dims(reader *r, xb_pb c, uint32_t number, xb_onnx_tensor *t, xybrid_error *err) {
    int64_t *dims = xb_arena_array(r->arena, (size_t)t->rank, sizeof *dims, err);
    if (!dims) return err->code;
    for (int32_t n = 0; n < t->rank;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        XB_CHECK(f.number != 0);
        int more = f.number == number;
        while (more && n < t->rank) {
            uint64_t value;
            XB_TRY(xb_pb_each(&c, &f, &value, &more, err));
            if (more) dims[n++] = (int64_t)value;
        }
    }
    t->dims = dims;
    return XYBRID_OK;
}

/* Reads a TensorProto; `keep` (NULL: only counted) gets its row of the table. */
static xybrid_status read_tensor(reader *r, const xb_pb *parent, const xb_pb_field *field, xb_onnx_tensor *keep,
                                 xybrid_error *err) {
    raw_tensor x;
    XB_TRY(take_tensor(parent, field, &x, err));
    XB_TRY(check_tensor(r, &x, err));
    if (!keep) return XYBRID_OK;
    if (x.t.place == XB_ONNX_EXTERNAL) {
        xb_onnx_external *e = xb_arena_alloc(r->arena, sizeof *e, err);
        if (!e) return err->code;
        *e = x.external;
        x.t.external = e;
    }
    if (x.t.rank > 0) {
        xb_pb c;
        XB_TRY(xb_pb_enter(parent, field, &xb_onnx_tensor_schema, &c, err));
        XB_TRY(keep_dims(r, c, XB_ONNX_TENSOR_DIMS, &x.t, err));
    }
    *keep = x.t;
    return XYBRID_OK;
}

/* A SparseTensorProto: named by its values, as large as its values and indices. */
static xybrid_status read_sparse(reader *r, const xb_pb *parent, const xb_pb_field *field, xb_onnx_tensor *keep,
                                 xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    raw_tensor  dense = { .count = 1, .position = field->position }, values = { .t = { .name = { "", 0 } } };
    int         has_values = 0, has_indices = 0;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_sparse_schema, &c, err));
    xb_pb start = c;
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_SPARSE_VALUES) {
            XB_TRY(take_tensor(&c, &f, &values, err));
            XB_TRY(check_tensor(r, &values, err));
            has_values = 1;
        }
        if (f.number == XB_ONNX_SPARSE_INDICES) {
            XB_TRY(read_tensor(r, &c, &f, NULL, err));
            has_indices = 1;
        }
        if (f.number == XB_ONNX_SPARSE_DIMS) XB_TRY(take_dims(&c, &f, &dense, err));
    }
    if (!has_values || !has_indices) return fail_at(field, "a sparse weight without values or indices", err);
    dense.t.name = values.t.name;
    dense.t.dtype = values.t.dtype;
    if (size_overflows(dense.count, xb_onnx_dtype_bits(dense.t.dtype), &dense.t.size_bytes))
        return fail_tensor(&dense, err, "is larger than 2^63 bits");
    if (!keep) return XYBRID_OK;
    dense.t.sparse = 1;
    dense.t.place = XB_ONNX_FIELDS;
    dense.t.message = field->bytes;
    if (dense.t.rank > 0) XB_TRY(keep_dims(r, start, XB_ONNX_SPARSE_DIMS, &dense.t, err));
    *keep = dense.t;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- nodes ------------------------------------------------ */

static xybrid_status scan_graph(reader *r, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err);

static xybrid_status scan_attribute(reader *r, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_attribute_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        switch (f.number) {
        case 0: return XYBRID_OK;
        case XB_ONNX_ATTRIBUTE_TENSOR:
        case XB_ONNX_ATTRIBUTE_TENSORS: XB_TRY(read_tensor(r, &c, &f, NULL, err)); break;
        case XB_ONNX_ATTRIBUTE_GRAPH:
        case XB_ONNX_ATTRIBUTE_GRAPHS: XB_TRY(scan_graph(r, &c, &f, err)); break;
        case XB_ONNX_ATTRIBUTE_SPARSE:
        case XB_ONNX_ATTRIBUTE_SPARSES: XB_TRY(read_sparse(r, &c, &f, NULL, err)); break;
        default: break;
        }
    }
}

static xybrid_status count_operator(reader *r, int64_t position, xb_slice domain, xb_slice name, xybrid_error *err) {
    xb_slice key;
    xb_name *entry;
    XB_TRY(operator_key(r, position, domain, name, &key, err));
    XB_TRY(add_copied(r, &r->operators, key, &entry, err));
    entry->value++;
    if (++r->m->node_count > XB_MAX_GRAPH_NODES)
        return xb_fail_at(err, XYBRID_MALFORMED, position, NULL, "ONNX: more than %d nodes", XB_MAX_GRAPH_NODES);
    return XYBRID_OK;
}

static xybrid_status scan_node(reader *r, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    xb_slice    name = { "", 0 }, domain = { "", 0 };
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_node_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return count_operator(r, field->position, domain, name, err);
        if (f.number == XB_ONNX_NODE_OPERATOR) name = f.bytes;
        if (f.number == XB_ONNX_NODE_DOMAIN) domain = f.bytes;
        if (f.number == XB_ONNX_NODE_ATTRIBUTE) XB_TRY(scan_attribute(r, &c, &f, err));
    }
}

/* A subgraph: its nodes and weights are counted, its inputs and outputs are the node's affair. */
static xybrid_status scan_graph(reader *r, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    if (r->graph_depth >= XB_MAX_GRAPH_DEPTH)
        return xb_fail_at(err, XYBRID_MALFORMED, field->position, NULL,
                          "ONNX: at byte %lld: more than %d graphs inside each other", (long long)field->position,
                          XB_MAX_GRAPH_DEPTH);
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_graph_schema, &c, err));
    r->graph_depth++;
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_GRAPH_NODE) XB_TRY(scan_node(r, &c, &f, err));
        if (f.number == XB_ONNX_GRAPH_INITIALIZER) XB_TRY(read_tensor(r, &c, &f, NULL, err));
        if (f.number == XB_ONNX_GRAPH_SPARSE_INITIALIZER) XB_TRY(read_sparse(r, &c, &f, NULL, err));
    }
    r->graph_depth--;
    return XYBRID_OK;
}

static xybrid_status scan_function(reader *r, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    xb_slice    name = { "", 0 }, domain = { "", 0 }, key;
    xb_name    *entry;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_function_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_FUNCTION_NAME) name = f.bytes;
        if (f.number == XB_ONNX_FUNCTION_DOMAIN) domain = f.bytes;
        if (f.number == XB_ONNX_FUNCTION_NODE) XB_TRY(scan_node(r, &c, &f, err));
        if (f.number == XB_ONNX_FUNCTION_ATTRIBUTE_DEFAULT) XB_TRY(scan_attribute(r, &c, &f, err));
    }
    XB_TRY(operator_key(r, field->position, domain, name, &key, err));
    return add_copied(r, &r->functions, key, &entry, err);
}

/* ---------------------------------------------------------------- inputs and outputs ----------------------------------- */

/* One Dimension. A value below 0 means the same as none, as some converters write -1. */
static xybrid_status read_dim(reader *r, const xb_pb *parent, const xb_pb_field *field, int64_t *value, const char **symbol,
                              xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    *value = -1;
    *symbol = NULL;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_dim_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number == XB_ONNX_DIM_VALUE) *value = xb_pb_int(&f) < 0 ? -1 : xb_pb_int(&f);
        if (f.number == XB_ONNX_DIM_SYMBOL && f.bytes.size > 0) XB_TRY(copy_name(r, &f, symbol, err));
    }
}

static xybrid_status read_shape(reader *r, const xb_pb *parent, const xb_pb_field *field, xb_onnx_port *port,
                                xybrid_error *err) {
    xb_pb       c, count;
    xb_pb_field f;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_shape_schema, &c, err));
    count = c;
    port->rank = 0;
    for (;;) {
        XB_TRY(xb_pb_next(&count, &f, err));
        if (f.number == 0) break;
        if (++port->rank > XB_MAX_TENSOR_RANK)
            return xb_fail_at(err, XYBRID_MALFORMED, f.position, NULL, "ONNX: at byte %lld: a shape of more than %d dimensions",
                              (long long)f.position, XB_MAX_TENSOR_RANK);
    }
    if (port->rank == 0) return XYBRID_OK;
    int64_t *shape = xb_arena_array(r->arena, (size_t)port->rank, sizeof *shape, err);
    if (!shape) return err->code;
    const char **symbols = xb_arena_array(r->arena, (size_t)port->rank, sizeof *symbols, err);
    if (!symbols) return err->code;
    for (int32_t i = 0; i < port->rank; i++) {
        XB_TRY(xb_pb_next(&c, &f, err));
        XB_TRY(read_dim(r, &c, &f, &shape[i], &symbols[i], err));
    }
    port->shape = shape;
    port->symbols = symbols;
    return XYBRID_OK;
}

static xybrid_status read_type(reader *r, const xb_pb *parent, const xb_pb_field *field, xb_onnx_port *port,
                               xybrid_error *err) {
    static const xb_onnx_kind kinds[] = { [XB_ONNX_TYPE_TENSOR] = XB_ONNX_TENSOR, [XB_ONNX_TYPE_SEQUENCE] = XB_ONNX_SEQUENCE,
                                          [XB_ONNX_TYPE_MAP] = XB_ONNX_MAP,       [XB_ONNX_TYPE_OPAQUE] = XB_ONNX_OPAQUE,
                                          [XB_ONNX_TYPE_SPARSE] = XB_ONNX_SPARSE, [XB_ONNX_TYPE_OPTIONAL] = XB_ONNX_OPTIONAL };
    xb_pb                     c, t;
    xb_pb_field               f;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_type_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        port->kind = kinds[f.number];
        if (f.number != XB_ONNX_TYPE_TENSOR) continue;
        XB_TRY(xb_pb_enter(&c, &f, &xb_onnx_tensor_type_schema, &t, err));
        for (;;) {
            XB_TRY(xb_pb_next(&t, &f, err));
            if (f.number == 0) break;
            if (f.number == XB_ONNX_TENSOR_TYPE_DTYPE) port->dtype = f.value > INT32_MAX ? INT32_MAX : (int32_t)f.value;
            if (f.number == XB_ONNX_TENSOR_TYPE_SHAPE) XB_TRY(read_shape(r, &t, &f, port, err));
        }
    }
}

static xybrid_status port_name(const xb_pb *parent, const xb_pb_field *field, xb_pb_field *out, xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    *out = (xb_pb_field){ .bytes = { "", 0 } };
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_value_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_VALUE_NAME) *out = f;
    }
    if (out->bytes.size > 0) return XYBRID_OK;
    return fail_at(field, "an input or output of the model without a name", err);
}

static xybrid_status read_port(reader *r, const xb_pb *parent, const xb_pb_field *field, xb_onnx_port *out, xybrid_error *err) {
    xb_pb        c;
    xb_pb_field  f;
    xb_onnx_port port = { .rank = -1 };
    XB_TRY(port_name(parent, field, &f, err));
    XB_TRY(copy_name(r, &f, &port.name, err));
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_value_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_VALUE_TYPE) XB_TRY(read_type(r, &c, &f, &port, err));
    }
    *out = port;
    return XYBRID_OK;
}

/* All fields `number` (GRAPH_INPUT, GRAPH_OUTPUT) of the main graph but those that are initializers. */
static xybrid_status read_ports(reader *r, const xb_pb *graph, uint32_t number, const xb_onnx_port **out, int32_t *count,
                                xybrid_error *err) {
    int32_t       wanted = 0;
    xb_onnx_port *ports = NULL;
    for (int fill = 0; fill < 2; fill++) {
        xb_pb       c = *graph;
        xb_pb_field f, name;
        int32_t     n = 0;
        for (;;) {
            XB_TRY(xb_pb_next(&c, &f, err));
            if (f.number == 0) break;
            if (f.number != number) continue;
            XB_TRY(port_name(&c, &f, &name, err));
            if (number == XB_ONNX_GRAPH_INPUT && xb_names_find(&r->m->tensor_names, name.bytes)) {
                r->m->constant_input_count += fill;
                continue;
            }
            if (fill) XB_TRY(read_port(r, &c, &f, &ports[n], err));
            if (++n > XB_MAX_PORTS)
                return xb_fail_at(err, XYBRID_MALFORMED, f.position, NULL, "ONNX: more than %d %s", XB_MAX_PORTS,
                                  number == XB_ONNX_GRAPH_INPUT ? "inputs" : "outputs");
        }
        if (fill || n == 0) break;
        wanted = n;
        ports = xb_arena_array(r->arena, (size_t)n, sizeof *ports, err);
        if (!ports) return err->code;
    }
    *out = ports;
    *count = wanted;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- the main graph and the model -------------------------- */

static xybrid_status count_tensors(xb_pb c, int32_t *out, xybrid_error *err) {
    int32_t n = 0;
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if ((f.number == XB_ONNX_GRAPH_INITIALIZER || f.number == XB_ONNX_GRAPH_SPARSE_INITIALIZER) && ++n > XB_MAX_TENSORS)
            return xb_fail_at(err, XYBRID_MALFORMED, f.position, NULL, "ONNX: more than %d initializers", XB_MAX_TENSORS);
    }
    *out = n;
    return XYBRID_OK;
}

static xybrid_status read_graph(reader *r, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err) {
    xb_onnx    *m = r->m;
    xb_pb       start, c;
    xb_pb_field f;
    int32_t     count = 0, n = 0, is_new;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_graph_schema, &start, err));
    XB_TRY(count_tensors(start, &count, err));
    xb_onnx_tensor *tensors = xb_arena_array(r->arena, (size_t)count, sizeof *tensors, err);
    if (!tensors) return err->code;
    r->graph_depth = 1;
    for (c = start;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_GRAPH_NODE) XB_TRY(scan_node(r, &c, &f, err));
        if (f.number == XB_ONNX_GRAPH_NAME) XB_TRY(copy_name(r, &f, &m->graph_name, err));
        if (f.number != XB_ONNX_GRAPH_INITIALIZER && f.number != XB_ONNX_GRAPH_SPARSE_INITIALIZER) continue;
        if (f.number == XB_ONNX_GRAPH_INITIALIZER) XB_TRY(read_tensor(r, &c, &f, &tensors[n], err));
        else XB_TRY(read_sparse(r, &c, &f, &tensors[n], err));
        xb_name *name; /* of two with one name the last counts, as in ONNX Runtime */
        XB_TRY(xb_names_add(&m->tensor_names, tensors[n].name, &name, &is_new, err));
        name->value = n++;
    }
    m->graph = field->bytes;
    m->tensors = tensors;
    m->tensor_count = n;
    XB_TRY(read_ports(r, &start, XB_ONNX_GRAPH_INPUT, &m->inputs, &m->input_count, err));
    return read_ports(r, &start, XB_ONNX_GRAPH_OUTPUT, &m->outputs, &m->output_count, err);
}

static xybrid_status read_opset(reader *r, const xb_pb *parent, const xb_pb_field *field, xb_onnx_opset *out,
                                xybrid_error *err) {
    xb_pb       c;
    xb_pb_field f;
    out->domain = "";
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_opset_schema, &c, err));
    for (;;) {
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number == XB_ONNX_OPSET_DOMAIN && !is_onnx_domain(f.bytes)) XB_TRY(copy_name(r, &f, &out->domain, err));
        if (f.number == XB_ONNX_OPSET_VERSION) out->version = xb_pb_int(&f);
    }
}

/* Sizes of the model's tables. */
static xybrid_status count_model(xb_pb c, int32_t *opsets, int32_t *properties, int32_t *graphs, xybrid_error *err) {
    *opsets = *properties = *graphs = 0;
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number == XB_ONNX_MODEL_GRAPH && ++*graphs > 1) return fail_at(&f, "a second graph", err);
        *opsets += f.number == XB_ONNX_MODEL_OPSET;
        *properties += f.number == XB_ONNX_MODEL_PROPERTY;
        if (*opsets > XB_MAX_MODEL_KEYS || *properties > XB_MAX_MODEL_KEYS)
            return xb_fail_at(err, XYBRID_MALFORMED, f.position, NULL, "ONNX: more than %d entries in %s", XB_MAX_MODEL_KEYS,
                              f.row->name);
    }
}

static xybrid_status read_model(reader *r, xb_pb c, xb_onnx_opset *opsets, xb_onnx_property *properties, xybrid_error *err) {
    xb_onnx *m = r->m;
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        switch (f.number) {
        case 0: return XYBRID_OK;
        case XB_ONNX_MODEL_IR_VERSION: m->ir_version = xb_pb_int(&f); break;
        case XB_ONNX_MODEL_PRODUCER_NAME: XB_TRY(copy_name(r, &f, &m->producer_name, err)); break;
        case XB_ONNX_MODEL_PRODUCER_VERSION: XB_TRY(copy_name(r, &f, &m->producer_version, err)); break;
        case XB_ONNX_MODEL_DOMAIN: XB_TRY(copy_name(r, &f, &m->domain, err)); break;
        case XB_ONNX_MODEL_VERSION: m->model_version = xb_pb_int(&f); break;
        case XB_ONNX_MODEL_GRAPH: XB_TRY(read_graph(r, &c, &f, err)); break;
        case XB_ONNX_MODEL_OPSET: XB_TRY(read_opset(r, &c, &f, &opsets[m->opset_count++], err)); break;
        case XB_ONNX_MODEL_PROPERTY: {
            xb_onnx_property *p = &properties[m->property_count++];
            XB_TRY(read_pair(&c, &f, &p->key, &p->value, err));
            break;
        }
        case XB_ONNX_MODEL_FUNCTION: XB_TRY(scan_function(r, &c, &f, err)); break;
        default: break;
        }
    }
}

/* The sets of names become the tables that the header shows. */
static xybrid_status finish_tables(reader *r, xybrid_error *err) {
    xb_onnx          *m = r->m;
    xb_onnx_operator *operators = xb_arena_array(r->arena, r->operators.count, sizeof *operators, err);
    if (!operators) return err->code;
    for (uint32_t i = 0; i < r->operators.count; i++) {
        xb_name *o = &r->operators.items[i];
        operators[i] = (xb_onnx_operator){ o->key.data, o->value, xb_names_find(&r->functions, o->key) != NULL };
    }
    xb_onnx_file *files = xb_arena_array(r->arena, r->files.count, sizeof *files, err);
    if (!files) return err->code;
    for (uint32_t i = 0; i < r->files.count; i++)
        files[i] = (xb_onnx_file){ r->files.items[i].key.data, r->files.items[i].value };
    m->operators = operators;
    m->operator_count = (int32_t)r->operators.count;
    m->external_files = files;
    m->external_file_count = (int32_t)r->files.count;
    m->function_count = (int32_t)r->functions.count;
    return XYBRID_OK;
}

/* What people put in the place of an ONNX file, told from its first bytes. A ModelProto starts with one of its fields. */
static xybrid_status check_start(const uint8_t *bytes, size_t size, xybrid_error *err) {
    static const struct {
        size_t        at;
        const char   *magic;
        xybrid_status code;
        const char   *text;
    } known[] = {
        { 0, "GGUF", XYBRID_UNSUPPORTED_MODEL, "this is a GGUF file" },
        { 4, "ORTM", XYBRID_UNSUPPORTED_MODEL,
          "this is ONNX Runtime's own format (.ort); wanted the .onnx file it was made from" },
        { 4, "TFL3", XYBRID_UNSUPPORTED_MODEL, "this is a TensorFlow Lite file; convert it to ONNX" },
        { 0, "PK\x03\x04", XYBRID_UNSUPPORTED_MODEL,
          "this is a ZIP archive (PyTorch's .pt files are); wanted an exported .onnx file" },
        { 0, "version https://git-lfs", XYBRID_MALFORMED,
          "this is a Git LFS pointer, not the model; fetch it with: git lfs pull" },
        { 0, "<", XYBRID_MALFORMED, "this is a web page or XML, not a model; was the download an error page?" },
    };
    if (size == 0) return xb_fail_at(err, XYBRID_MALFORMED, 0, NULL, "ONNX: the file is empty");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t n = strlen(known[i].magic);
        if (size >= known[i].at + n && memcmp(bytes + known[i].at, known[i].magic, n) == 0)
            return xb_fail_at(err, known[i].code, 0, NULL, "ONNX: %s", known[i].text);
    }
    int wire = bytes[0] & 7, number = bytes[0] >> 3;
    if (bytes[0] >= 0x80) number = (number & 15) | (size > 1 ? bytes[1] << 4 : 0);
    int is_number = number == XB_ONNX_MODEL_IR_VERSION || number == XB_ONNX_MODEL_VERSION; /* all others are bytes */
    if (number < 1 || number > LAST_MODEL_FIELD || wire != (is_number ? 0 : 2))
        return xb_fail_at(err, XYBRID_MALFORMED, 0, NULL, "ONNX: not an ONNX model: its first byte is 0x%02x", bytes[0]);
    return XYBRID_OK;
}

xybrid_status xb_onnx_read(const void *bytes, size_t size, xb_arena *arena, xb_onnx *out, xybrid_error *err) {
    xb_onnx m = { .producer_name = "", .producer_version = "", .domain = "", .graph_name = "", .graph = { "", 0 } };
    reader  r = { .arena = arena, .m = &m };
    xb_pb   c;
    int32_t opset_count, property_count, graphs;
    XB_TRY(check_start(bytes, size, err));
    xb_names_init(&m.tensor_names, arena, XB_MAX_TENSORS, "ONNX: initializers");
    xb_names_init(&r.operators, arena, XB_MAX_OPERATORS, "ONNX: operators");
    xb_names_init(&r.functions, arena, XB_MAX_OPERATORS, "ONNX: functions");
    xb_names_init(&r.files, arena, XB_MAX_EXTERNAL_FILES, "ONNX: external files");

    xb_pb_begin(&c, &xb_onnx_model_schema, "ONNX", bytes, size);
    XB_TRY(count_model(c, &opset_count, &property_count, &graphs, err));
    if (graphs == 0)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)size, NULL,
                          "ONNX: no graph in %zu bytes; the file is cut off or not a model", size);
    xb_onnx_opset *opsets = xb_arena_array(arena, (size_t)opset_count, sizeof *opsets, err);
    if (!opsets) return err->code;
    xb_onnx_property *properties = xb_arena_array(arena, (size_t)property_count, sizeof *properties, err);
    if (!properties) return err->code;
    m.opsets = opsets;
    m.properties = properties;
    XB_TRY(read_model(&r, c, opsets, properties, err));
    if (m.ir_version < 1) return xb_fail_at(err, XYBRID_MALFORMED, -1, NULL, "ONNX: no ir_version; not an ONNX model");
    if (m.ir_version >= 3 && m.opset_count == 0)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)size, NULL,
                          "ONNX: no opset_import; the file may be cut off at byte %zu", size);
    XB_TRY(finish_tables(&r, err));
    *out = m;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- look-ups --------------------------------------------- */

int64_t xb_onnx_opset_version(const xb_onnx *m, const char *domain) {
    if (is_onnx_domain(xb_slice_of(domain))) domain = "";
    for (int32_t i = 0; i < m->opset_count; i++)
        if (strcmp(m->opsets[i].domain, domain) == 0) return m->opsets[i].version;
    return 0;
}

const xb_onnx_tensor *xb_onnx_find_tensor(const xb_onnx *m, const char *name) {
    const xb_name *n = xb_names_find(&m->tensor_names, xb_slice_of(name));
    return n ? &m->tensors[n->value] : NULL;
}

const xb_slice *xb_onnx_find_property(const xb_onnx *m, const char *key) {
    for (int32_t i = 0; i < m->property_count; i++)
        if (xb_slice_is(m->properties[i].key, key)) return &m->properties[i].value;
    return NULL;
}
