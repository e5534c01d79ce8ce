/* codec/onnx.c - walks a ModelProto: messages -> tables in the arena.
 *
 *     model: count, then read        graph: count -> initializers and nodes -> inputs (less the initializers), outputs
 *     node -> attributes -> tensors (onnx_tensor.c), subgraphs (bounded by XB_MAX_GRAPH_DEPTH and XB_MAX_PROTOBUF_DEPTH)
 *
 * Tables are counted before they are made, so that what is allocated is at most some times what the file really holds. */
#include "base/checked.h"
#include "base/error.h"
#include "base/utf8.h"
#include "codec/onnx_int.h"

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

/* ---------------------------------------------------------------- failures and names ----------------------------------- */

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

/* The location joins the list of external files. */
static xybrid_status place_external(reader *r, xb_onnx_raw_tensor *x, xybrid_error *err) {
    xb_name *file;
    XB_TRY(add_copied(r, &r->files, x->external_location, &file, err));
    file->value = xb_max64(file->value, x->external.offset + x->t.size_bytes);
    x->external.file = (int32_t)(file - r->files.items);
    return XYBRID_OK;
}

/* One more weight of the model. */
static xybrid_status add_weight(reader *r, xb_onnx_raw_tensor *x, xybrid_error *err) {
    XB_TRY(xb_onnx_check_tensor(x, err));
    if (x->t.place == XB_ONNX_EXTERNAL) XB_TRY(place_external(r, x, err));
    if (xb_add_overflows(r->m->weight_bytes, x->t.size_bytes, &r->m->weight_bytes))
        return xb_onnx_fail_tensor(x, err, "makes the sum of the weights more than 2^63 bytes");
    return XYBRID_OK;
}

/* The row of the table that a checked tensor gets. */
static xybrid_status keep_tensor(reader *r, const xb_onnx_raw_tensor *x, xb_onnx_tensor *keep, xybrid_error *err) {
    xb_onnx_tensor t = x->t;
    if (t.place == XB_ONNX_EXTERNAL) {
        xb_onnx_external *e = xb_arena_alloc(r->arena, sizeof *e, err);
        if (!e) return err->code;
        *e = x->external;
        t.external = e;
    }
    if (t.rank > 0) {
        int64_t *dims = xb_arena_array(r->arena, (size_t)t.rank, sizeof *dims, err);
        if (!dims) return err->code;
        memcpy(dims, x->dims, (size_t)t.rank * sizeof *dims);
        t.dims = dims;
    }
    *keep = t;
    return XYBRID_OK;
}

/* Reads a TensorProto; `keep` (NULL: only counted) gets its row of the table. */
static xybrid_status read_tensor(reader *r, const xb_pb *parent, const xb_pb_field *field, xb_onnx_tensor *keep,
                                 xybrid_error *err) {
    xb_pb              c;
    xb_onnx_raw_tensor x;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_tensor_schema, &c, err));
    XB_TRY(xb_onnx_take_tensor(c, field->position, &x, err));
    XB_TRY(add_weight(r, &x, err));
    return keep ? keep_tensor(r, &x, keep, err) : XYBRID_OK;
}

/* A SparseTensorProto: named by its values, as large as its values and indices. */
static xybrid_status read_sparse(reader *r, const xb_pb *parent, const xb_pb_field *field, xb_onnx_tensor *keep,
                                 xybrid_error *err) {
    xb_pb              c;
    xb_onnx_raw_tensor dense, values, indices;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_sparse_schema, &c, err));
    XB_TRY(xb_onnx_take_sparse(c, field->position, &dense, &values, &indices, err));
    XB_TRY(add_weight(r, &values, err));
    XB_TRY(add_weight(r, &indices, err));
    return keep ? keep_tensor(r, &dense, keep, err) : XYBRID_OK;
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
    return xb_onnx_fail_at(field, "an input or output of the model without a name", err);
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
        if (f.number == XB_ONNX_MODEL_GRAPH && ++*graphs > 1) return xb_onnx_fail_at(&f, "a second graph", err);
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
            XB_TRY(xb_onnx_read_pair(&c, &f, &p->key, &p->value, err));
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
