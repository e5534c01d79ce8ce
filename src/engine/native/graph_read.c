/* engine/native/graph_read.c - from the bytes of an ONNX file to its graph: see graph.h.
 *
 * codec/onnx.c has checked counts, names and weights already; here names become numbers, functions are expanded, and every node
 * gets its operator. A scope is the names that a graph or a function's body can see; a subgraph's scope goes on to the one
 * around it. */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "codec/onnx_schema.h"
#include "engine/native/graph.h"
#include "engine/native/graph_sort.h"
#include "engine/native/op.h"

enum { IR_NEWEST = 14, MISSING_BYTES = 400 };

typedef struct scope {
    struct scope        *outer;      /* NULL: the main graph, a function */
    xb_names             names;      /* value: the number */
    const xb_attr       *call_attrs; /* of the call, in a function */
    int32_t              call_attr_count;
    const xb_onnx_opset *opsets;
    int32_t              opset_count;
    int32_t              is_function;
    int32_t             *captures; /* of this graph, from outer ones */
    size_t               capture_count, capture_capacity;
} scope;

typedef struct list { /* of nodes while a graph is read */
    xb_graph_node *items;
    size_t         count, capacity;
} list;

typedef struct function {
    xb_slice message;
    xb_pb    cursor; /* at its first field */
    int64_t  fields; /* of its own and of its nodes: what reading it costs */
} function;

typedef struct reader {
    xb_mem               *mem;
    xb_arena             *arena;
    const xb_graph_files *files;
    xb_model_graph       *m;
    xb_onnx_source        source;
    xb_graph_value       *values;
    size_t                value_count, value_capacity;
    xb_names              functions; /* "domain:name:overload", value: index */
    function             *function;
    xb_names              operators; /* "domain:name", value: 0 missing, else index + 1 into ops */
    const xb_op         **ops;
    size_t                op_count, op_capacity;
    char                  missing[MISSING_BYTES];
    size_t                missing_size;
    int64_t               node_count, expanded_fields;
    int32_t               depth;
    char                  key[3 * XB_MAX_NAME];
} reader;

/* ---- values and names ---- */

static xybrid_status new_value(reader *r, xb_slice name, const xb_onnx_value *constant, int32_t *number, xybrid_error *err) {
    void *values = r->values;
    XB_TRY(xb_grow(r->mem, &values, &r->value_capacity, r->value_count, sizeof *r->values, XB_MAX_PLAN_VALUES,
                   "values of an ONNX graph", err));
    r->values = values;
    *number = (int32_t)r->value_count;
    r->values[r->value_count++] = (xb_graph_value){ .name = name, .constant = constant };
    return XYBRID_OK;
}

/* A new name in a scope. */
static xybrid_status declare(reader *r, scope *s, xb_slice name, int64_t position, const xb_onnx_value *constant,
                             int32_t *number, xybrid_error *err) {
    xb_name *entry;
    int      is_new;
    XB_TRY(xb_names_add(&s->names, name, &entry, &is_new, err));
    if (!is_new)
        return xb_fail_at(err, XYBRID_MALFORMED, position, NULL, "ONNX: at byte %lld: \"%.*s\" is produced twice",
                          (long long)position, xb_slice_len(name), name.data);
    XB_TRY(new_value(r, name, constant, number, err));
    entry->value = *number;
    return XYBRID_OK;
}

static xybrid_status add_capture(reader *r, scope *s, int32_t number, xybrid_error *err) {
    for (size_t i = 0; i < s->capture_count; i++)
        if (s->captures[i] == number) return XYBRID_OK;
    void *captures = s->captures;
    XB_TRY(xb_grow(r->mem, &captures, &s->capture_capacity, s->capture_count, sizeof *s->captures, XB_MAX_PORTS * 16,
                   "outer values that a subgraph uses", err));
    s->captures = captures;
    s->captures[s->capture_count++] = number;
    return XYBRID_OK;
}

/* The number behind a name; XB_NO_VALUE if no scope has it. */
static xybrid_status look_up(reader *r, scope *s, xb_slice name, int32_t *number, xybrid_error *err) {
    *number = XB_NO_VALUE;
    for (scope *at = s; at; at = at->outer) {
        const xb_name *entry = xb_names_find(&at->names, name);
        if (!entry) continue;
        *number = (int32_t)entry->value;
        if (r->values[*number].constant) return XYBRID_OK;
        for (scope *between = s; between != at; between = between->outer) XB_TRY(add_capture(r, between, *number, err));
        return XYBRID_OK;
    }
    return XYBRID_OK;
}

static int64_t opset_of(const scope *s, xb_slice domain) {
    if (xb_slice_is(domain, "ai.onnx")) domain.size = 0;
    for (int32_t i = 0; i < s->opset_count; i++)
        if (xb_slice_is(domain, s->opsets[i].domain)) return s->opsets[i].version;
    return domain.size ? 1 : XB_OPSET_OLDEST; /* com.microsoft is often not imported */
}

/* ---- attributes ---- */

static xybrid_status read_graph(reader *r, const xb_pb *parent, const xb_pb_field *field, scope *outer, xb_graph **out,
                                scope *s, xybrid_error *err);

typedef struct attr_lists { /* repeated fields are counted first */
    int32_t floats, ints, strings;
} attr_lists;

static xybrid_status count_lists(xb_pb c, attr_lists *n, xybrid_error *err) {
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number == XB_ONNX_ATTRIBUTE_STRINGS) n->strings++;
        if (f.number != XB_ONNX_ATTRIBUTE_FLOATS && f.number != XB_ONNX_ATTRIBUTE_INTS) continue;
        for (int more = 1; more;) {
            uint64_t value;
            XB_TRY(xb_pb_each(&c, &f, &value, &more, err));
            if (more) ++*(f.row->number == XB_ONNX_ATTRIBUTE_INTS ? &n->ints : &n->floats);
        }
    }
}

static xybrid_status read_tensor(reader *r, xb_onnx_kind kind, xb_slice message, const xb_onnx_value **out, xybrid_error *err) {
    xb_onnx_value *v = xb_arena_alloc(r->arena, sizeof *v, err);
    if (!v) return err->code;
    XB_TRY(xb_onnx_value_read(&r->source, kind, message, v, err));
    if (!xb_plan_count(v->rank, v->dims, &v->count))
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "ONNX: a tensor of a shape beyond %lld elements",
                       (long long)XB_MAX_PLAN_ELEMENTS);
    *out = v;
    return XYBRID_OK;
}

typedef struct attr_reader {
    reader  *r;
    scope   *s;        /* of the node */
    list    *captured; /* scopes' captures go to the node */
    int32_t *captures;
    size_t   capture_count, capture_capacity;
} attr_reader;

static xybrid_status note_captures(attr_reader *a, const scope *inner, xybrid_error *err) {
    scope node = { .captures = a->captures, .capture_count = a->capture_count, .capture_capacity = a->capture_capacity };
    xybrid_status st = XYBRID_OK;
    for (size_t i = 0; i < inner->capture_count && st == XYBRID_OK; i++) st = add_capture(a->r, &node, inner->captures[i], err);
    a->captures = node.captures;
    a->capture_count = node.capture_count;
    a->capture_capacity = node.capture_capacity;
    return st;
}

static xybrid_status read_subgraph(attr_reader *a, const xb_pb *c, const xb_pb_field *f, xb_attr *out, xybrid_error *err) {
    scope         inner = { .outer = a->s };
    xb_graph     *graph = NULL;
    xybrid_status st = read_graph(a->r, c, f, a->s, &graph, &inner, err);
    if (st == XYBRID_OK) st = note_captures(a, &inner, err);
    xb_free(a->r->mem, inner.captures);
    out->type = XB_ATTR_GRAPH;
    out->v.graph = graph;
    return st;
}

static xybrid_status read_attr_fields(attr_reader *a, xb_pb c, float *floats, int64_t *ints, xb_slice *strings, xb_attr *out,
                                      int32_t *type, xb_slice *reference, xybrid_error *err) {
    reader *r = a->r;
    int32_t n_floats = 0, n_ints = 0, n_strings = 0;
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        switch (f.number) {
        case 0: return XYBRID_OK;
        case XB_ONNX_ATTRIBUTE_NAME: out->name = f.bytes; break;
        case XB_ONNX_ATTRIBUTE_TYPE: *type = f.value > 64 ? 64 : (int32_t)f.value; break;
        case XB_ONNX_ATTRIBUTE_REFERENCE: *reference = f.bytes; break;
        case XB_ONNX_ATTRIBUTE_FLOAT: {
            uint32_t bits = (uint32_t)f.value;
            out->type = XB_ATTR_FLOAT;
            memcpy(&out->v.f, &bits, sizeof bits);
            break;
        }
        case XB_ONNX_ATTRIBUTE_INT:
            out->type = XB_ATTR_INT;
            out->v.i = xb_pb_int(&f);
            break;
        case XB_ONNX_ATTRIBUTE_STRING:
            out->type = XB_ATTR_STRING;
            out->v.s = f.bytes;
            break;
        case XB_ONNX_ATTRIBUTE_TENSOR:
        case XB_ONNX_ATTRIBUTE_SPARSE:
            out->type = XB_ATTR_TENSOR;
            XB_TRY(read_tensor(r, f.number == XB_ONNX_ATTRIBUTE_TENSOR ? XB_ONNX_TENSOR : XB_ONNX_SPARSE, f.bytes,
                               &out->v.tensor, err));
            break;
        case XB_ONNX_ATTRIBUTE_GRAPH: XB_TRY(read_subgraph(a, &c, &f, out, err)); break;
        case XB_ONNX_ATTRIBUTE_FLOATS:
        case XB_ONNX_ATTRIBUTE_INTS:
            for (int more = 1; more;) {
                uint64_t value;
                uint32_t bits;
                XB_TRY(xb_pb_each(&c, &f, &value, &more, err));
                if (!more) break;
                bits = (uint32_t)value;
                if (f.row->number == XB_ONNX_ATTRIBUTE_INTS) ints[n_ints++] = (int64_t)value;
                else memcpy(&floats[n_floats++], &bits, sizeof bits);
            }
            break;
        case XB_ONNX_ATTRIBUTE_STRINGS: strings[n_strings++] = f.bytes; break;
        case XB_ONNX_ATTRIBUTE_TYPE_PROTO: out->type = XB_ATTR_TYPE; break;
        default: break;
        }
    }
}

/* One attribute; out->type is XB_ATTR_NONE for a reference that the call does not give. */
static xybrid_status read_attr(attr_reader *a, const xb_pb *parent, const xb_pb_field *field, xb_attr *out, xybrid_error *err) {
    xb_pb      c;
    attr_lists n = { 0, 0, 0 };
    int32_t    type = 0;
    xb_slice   reference = { "", 0 };
    *out = (xb_attr){ .name = { "", 0 } };
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_attribute_schema, &c, err));
    XB_TRY(count_lists(c, &n, err));
    float    *floats = xb_arena_array(a->r->arena, (size_t)n.floats, sizeof *floats, err);
    int64_t  *ints = floats ? xb_arena_array(a->r->arena, (size_t)n.ints, sizeof *ints, err) : NULL;
    xb_slice *strings = ints ? xb_arena_array(a->r->arena, (size_t)n.strings, sizeof *strings, err) : NULL;
    if (!strings) return err->code;
    XB_TRY(read_attr_fields(a, c, floats, ints, strings, out, &type, &reference, err));
    if (reference.size) {
        xb_slice name = out->name;
        out->type = XB_ATTR_NONE;
        for (int32_t i = 0; i < a->s->call_attr_count; i++)
            if (xb_slice_eq(a->s->call_attrs[i].name, reference)) *out = a->s->call_attrs[i];
        out->name = name;
        if (out->type == XB_ATTR_GRAPH) /* its values would be made at each place that refers to it */
            return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, field->position, NULL,
                              "ONNX: at byte %lld: a function that is handed a graph as an attribute",
                              (long long)field->position);
        return XYBRID_OK;
    }
    if (type == XB_ATTR_FLOATS || (type == 0 && n.floats)) {
        out->type = XB_ATTR_FLOATS;
        out->v.floats = floats;
        out->count = n.floats;
    } else if (type == XB_ATTR_INTS || (type == 0 && n.ints)) {
        out->type = XB_ATTR_INTS;
        out->v.ints = ints;
        out->count = n.ints;
    } else if (type == XB_ATTR_STRINGS || (type == 0 && n.strings)) {
        out->type = XB_ATTR_STRINGS;
        out->v.strings = strings;
        out->count = n.strings;
    } else if (out->type == XB_ATTR_NONE) { /* a zero that the writer left out */
        out->type = (xb_attr_type)type;
        if (type == XB_ATTR_STRING) out->v.s = (xb_slice){ "", 0 };
    }
    return XYBRID_OK;
}

/* ---- nodes ---- */

typedef struct node_fields {
    xb_slice name, type, domain, overload;
    int32_t  inputs, outputs, attrs;
    int64_t  position;
} node_fields;

static xybrid_status scan_node(xb_pb c, node_fields *out, xybrid_error *err) {
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        switch (f.number) {
        case 0: return XYBRID_OK;
        case XB_ONNX_NODE_INPUT: out->inputs++; break;
        case XB_ONNX_NODE_OUTPUT: out->outputs++; break;
        case XB_ONNX_NODE_NAME: out->name = f.bytes; break;
        case XB_ONNX_NODE_OPERATOR: out->type = f.bytes; break;
        case XB_ONNX_NODE_ATTRIBUTE: out->attrs++; break;
        case XB_ONNX_NODE_DOMAIN: out->domain = f.bytes; break;
        case XB_ONNX_NODE_OVERLOAD: out->overload = f.bytes; break;
        default: break;
        }
    }
}

static xybrid_status enter_node(const xb_pb *parent, const xb_pb_field *field, xb_pb *c, node_fields *out, xybrid_error *err) {
    *out = (node_fields){ { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 }, 0, 0, 0, field->position };
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_node_schema, c, err));
    XB_TRY(scan_node(*c, out, err));
    if (xb_slice_is(out->domain, "ai.onnx")) out->domain.size = 0;
    return XYBRID_OK;
}

static int is_constant_node(const node_fields *f) { return f->domain.size == 0 && xb_slice_is(f->type, "Constant"); }

/* "domain:name:overload" in r->key. */
static xb_slice function_key(reader *r, xb_slice domain, xb_slice name, xb_slice overload) {
    xb_slice parts[3] = { domain, name, overload };
    size_t   at = 0;
    for (int i = 0; i < 3; i++) {
        size_t size = parts[i].size < XB_MAX_NAME ? parts[i].size : XB_MAX_NAME - 1;
        if (size) memcpy(r->key + at, parts[i].data, size);
        at += size;
        if (i < 2) r->key[at++] = ':';
    }
    return (xb_slice){ r->key, at };
}

static void note_missing(reader *r, const node_fields *f) {
    char   one[200];
    size_t size = xb_format(one, sizeof one, "%s%.*s%s%.*s", r->missing_size ? ", " : "", xb_slice_len(f->domain),
                            f->domain.data, f->domain.size ? "." : "", xb_slice_len(f->type), f->type.data);
    if (r->missing_size + size + 1 > sizeof r->missing) return;
    memcpy(r->missing + r->missing_size, one, size + 1);
    r->missing_size += size;
}

/* The row of an operator; NULL, and noted, if there is none. Each (operator, opset) is looked for once. */
static xybrid_status find_operator(reader *r, const node_fields *f, int64_t opset, const xb_op **out, xybrid_error *err) {
    char           version[32], *copy;
    xb_name       *entry;
    int            is_new;
    size_t         digits = xb_format(version, sizeof version, "%lld", (long long)opset);
    xb_slice       key = function_key(r, f->domain, f->type, (xb_slice){ version, digits });
    const xb_name *known = xb_names_find(&r->operators, key);
    if (known) {
        *out = known->value ? r->ops[known->value - 1] : NULL;
        return XYBRID_OK;
    }
    copy = xb_arena_strndup(r->arena, key.data, key.size, err);
    if (!copy) return err->code;
    key.data = copy;
    XB_TRY(xb_names_add(&r->operators, key, &entry, &is_new, err));
    char domain[XB_MAX_NAME], name[XB_MAX_NAME];
    xb_format(domain, sizeof domain, "%.*s", (int)xb_min64((int64_t)f->domain.size, XB_MAX_NAME - 1), f->domain.data);
    xb_format(name, sizeof name, "%.*s", (int)xb_min64((int64_t)f->type.size, XB_MAX_NAME - 1), f->type.data);
    *out = xb_op_find(domain, name, opset);
    if (!*out) {
        note_missing(r, f);
        return XYBRID_OK;
    }
    void *ops = (void *)r->ops;
    XB_TRY(xb_grow(r->mem, &ops, &r->op_capacity, r->op_count, sizeof *r->ops, XB_MAX_OPERATORS, "operators", err));
    r->ops = ops;
    r->ops[r->op_count++] = *out;
    entry->value = (int64_t)r->op_count;
    return XYBRID_OK;
}

static xybrid_status fail_node(const node_fields *f, xybrid_error *err, const char *what, xb_slice name) {
    return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "ONNX: at byte %lld: %.*s \"%.*s\" %s \"%.*s\"",
                      (long long)f->position, xb_slice_len(f->type), f->type.data, xb_slice_len(f->name), f->name.data, what,
                      xb_slice_len(name), name.data);
}

/* Numbers of inputs, outputs and attributes of one node. */
static xybrid_status read_node_lists(reader *r, scope *s, xb_pb c, const node_fields *f, attr_reader *a, xb_graph_node *n,
                                     xybrid_error *err) {
    int32_t *inputs = xb_arena_array(r->arena, (size_t)f->inputs, sizeof *inputs, err);
    int32_t *outputs = inputs ? xb_arena_array(r->arena, (size_t)f->outputs, sizeof *outputs, err) : NULL;
    xb_attr *attrs = outputs ? xb_arena_array(r->arena, (size_t)f->attrs, sizeof *attrs, err) : NULL;
    if (!attrs) return err->code;
    n->inputs = inputs;
    n->outputs = outputs;
    n->attrs = attrs;
    for (;;) {
        xb_pb_field field;
        XB_TRY(xb_pb_next(&c, &field, err));
        if (field.number == 0) return XYBRID_OK;
        if (field.number == XB_ONNX_NODE_INPUT) {
            int32_t *number = &inputs[n->input_count++];
            *number = XB_NO_VALUE;
            if (field.bytes.size == 0) continue;
            XB_TRY(look_up(r, s, field.bytes, number, err));
            if (*number == XB_NO_VALUE) return fail_node(f, err, "reads what nothing produces:", field.bytes);
        } else if (field.number == XB_ONNX_NODE_OUTPUT) {
            int32_t *number = &outputs[n->output_count++];
            *number = XB_NO_VALUE;
            if (field.bytes.size) XB_TRY(look_up(r, s, field.bytes, number, err));
        } else if (field.number == XB_ONNX_NODE_ATTRIBUTE) {
            XB_TRY(read_attr(a, &c, &field, &attrs[n->attr_count], err));
            if (attrs[n->attr_count].type != XB_ATTR_NONE) n->attr_count++;
        }
    }
}

static xybrid_status expand_function(reader *r, scope *s, const function *fn, const xb_graph_node *call, const node_fields *f,
                                     list *nodes, xybrid_error *err);

static xybrid_status add_node(reader *r, list *nodes, const xb_graph_node *n, xybrid_error *err) {
    if (++r->node_count > XB_MAX_GRAPH_NODES)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "ONNX: more than %d nodes once functions are expanded", XB_MAX_GRAPH_NODES);
    for (int32_t i = 0; i < n->output_count; i++) { /* in a function, whose names are not declared, this may be anything */
        xb_graph_value *v = n->outputs[i] == XB_NO_VALUE ? NULL : &r->values[n->outputs[i]];
        if (v && (v->is_made || v->constant))
            return xb_fail(err, XYBRID_MALFORMED, NULL, "ONNX: %s \"%.*s\" makes what is there already", xb_op_name(n->op),
                           xb_slice_len(n->name), n->name.data);
        if (v) v->is_made = 1;
    }
    void *items = nodes->items;
    XB_TRY(xb_grow(r->mem, &items, &nodes->capacity, nodes->count, sizeof *nodes->items, XB_MAX_GRAPH_NODES, "nodes", err));
    nodes->items = items;
    nodes->items[nodes->count++] = *n;
    return XYBRID_OK;
}

static xybrid_status check_counts(const node_fields *f, const xb_graph_node *n, xybrid_error *err) {
    const xb_op *op = n->op;
    if (n->input_count < op->min_in || (op->max_in >= 0 && n->input_count > op->max_in) || n->output_count < op->min_out ||
        (op->max_out >= 0 && n->output_count > op->max_out)) {
        char text[96];
        xb_format(text, sizeof text, "has %d inputs and %d outputs, which it cannot have; name", n->input_count,
                  n->output_count);
        return fail_node(f, err, text, f->name);
    }
    int     is_loop = op == &xb_ops[XB_OP_ONNX_Loop]; /* of any number of inputs; two are optional */
    int32_t first = is_loop ? 2 : 0, end = op->max_in == XB_ANY_NUMBER ? n->input_count : op->min_in;
    for (int32_t i = first; i < end; i++)
        if (n->inputs[i] == XB_NO_VALUE) return fail_node(f, err, "lacks a required input; name", f->name);
    return XYBRID_OK;
}

static xybrid_status read_node(reader *r, scope *s, const xb_pb *parent, const xb_pb_field *field, list *nodes,
                               xybrid_error *err) {
    xb_pb         c;
    node_fields   f;
    xb_graph_node n = { .op = NULL };
    attr_reader   a = { .r = r, .s = s };
    XB_TRY(enter_node(parent, field, &c, &f, err));
    if (is_constant_node(&f)) return XYBRID_OK;
    n.name = f.name;
    xybrid_status st = read_node_lists(r, s, c, &f, &a, &n, err);
    if (st == XYBRID_OK && a.capture_count) {
        int32_t *captures = xb_arena_array(r->arena, a.capture_count, sizeof *captures, err);
        if (captures) memcpy(captures, a.captures, a.capture_count * sizeof *captures);
        else st = err->code;
        n.captures = captures;
        n.capture_count = (int32_t)a.capture_count;
    }
    xb_free(r->mem, a.captures);
    XB_TRY(st);
    const xb_name *fn = xb_names_find(&r->functions, function_key(r, f.domain, f.type, f.overload));
    if (fn) return expand_function(r, s, &r->function[fn->value], &n, &f, nodes, err);
    int64_t opset = opset_of(s, f.domain);
    XB_TRY(find_operator(r, &f, opset, &n.op, err));
    if (!n.op) return XYBRID_OK; /* the reading ends with all that are missing */
    n.opset = opset > INT32_MAX ? INT32_MAX : (int32_t)opset;
    XB_TRY(check_counts(&f, &n, err));
    return add_node(r, nodes, &n, err);
}

/* ---- Constant nodes ---- */

static xybrid_status scalar_constant(reader *r, const xb_attr *a, xb_onnx_value *v, xybrid_error *err) {
    int     is_list = a->type == XB_ATTR_FLOATS || a->type == XB_ATTR_INTS || a->type == XB_ATTR_STRINGS;
    int32_t count = is_list ? a->count : 1;
    int     is_float = a->type == XB_ATTR_FLOAT || a->type == XB_ATTR_FLOATS;
    int     is_int = a->type == XB_ATTR_INT || a->type == XB_ATTR_INTS;
    size_t  element = is_float ? sizeof(float) : is_int ? sizeof(int64_t) : sizeof(xb_slice);
    void   *data = xb_arena_array(r->arena, (size_t)count, element, err);
    if (!data) return err->code;
    const void *from = is_list ? (is_float ? (const void *)a->v.floats
                                  : is_int ? (const void *)a->v.ints
                                           : a->v.strings)
                               : (is_float ? (const void *)&a->v.f
                                  : is_int ? (const void *)&a->v.i
                                           : &a->v.s);
    if (count) memcpy(data, from, (size_t)count * element);
    *v = (xb_onnx_value){ .kind = XB_ONNX_TENSOR, .rank = is_list, .count = count, .data = data };
    v->dtype = is_float ? XYBRID_FLOAT32 : is_int ? XYBRID_INT64 : XB_ONNX_STRING;
    v->dims[0] = is_list ? count : 0;
    v->size_bytes = (int64_t)((size_t)count * element);
    return XYBRID_OK;
}

/* The value of a Constant node whose fields begin at c; NULL if it has none. */
static xybrid_status read_constant(attr_reader *a, xb_pb c, const xb_onnx_value **out, xybrid_error *err) {
    *out = NULL;
    for (;;) {
        xb_pb_field x;
        xb_attr     attr;
        XB_TRY(xb_pb_next(&c, &x, err));
        if (x.number == 0) return XYBRID_OK;
        if (x.number != XB_ONNX_NODE_ATTRIBUTE) continue;
        XB_TRY(read_attr(a, &c, &x, &attr, err));
        if (attr.type == XB_ATTR_TENSOR) {
            *out = attr.v.tensor;
        } else if (attr.type != XB_ATTR_NONE && attr.type <= XB_ATTR_STRINGS && attr.type != XB_ATTR_GRAPH) {
            xb_onnx_value *v = xb_arena_alloc(a->r->arena, sizeof *v, err);
            if (!v) return err->code;
            XB_TRY(scalar_constant(a->r, &attr, v, err));
            *out = v;
        }
    }
}

/* Declares what a node produces; the content of a Constant is taken at once. */
static xybrid_status declare_outputs(reader *r, scope *s, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err) {
    xb_pb       c;
    node_fields f;
    XB_TRY(enter_node(parent, field, &c, &f, err));
    const xb_onnx_value *constant = NULL;
    if (is_constant_node(&f)) {
        attr_reader   a = { .r = r, .s = s };
        xybrid_status st = read_constant(&a, c, &constant, err);
        xb_free(r->mem, a.captures); /* a graph that has no business there */
        XB_TRY(st);
        if (!constant) return fail_node(&f, err, "has no value; name", f.name);
    }
    for (;;) {
        xb_pb_field x;
        int32_t     number;
        XB_TRY(xb_pb_next(&c, &x, err));
        if (x.number == 0) return XYBRID_OK;
        if (x.number == XB_ONNX_NODE_OUTPUT && x.bytes.size) XB_TRY(declare(r, s, x.bytes, x.position, constant, &number, err));
    }
}

/* ---- functions ---- */

static xybrid_status function_opsets(reader *r, xb_pb c, scope *s, xybrid_error *err) {
    int32_t count = 0;
    for (xb_pb at = c;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&at, &f, err));
        if (f.number == 0) break;
        count += f.number == XB_ONNX_FUNCTION_OPSET;
    }
    xb_onnx_opset *opsets = xb_arena_array(r->arena, (size_t)count, sizeof *opsets, err);
    if (!opsets) return err->code;
    s->opsets = opsets;
    for (;;) {
        xb_pb_field f, x;
        xb_pb       o;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number != XB_ONNX_FUNCTION_OPSET) continue;
        xb_onnx_opset *opset = &opsets[s->opset_count++];
        opset->domain = "";
        XB_TRY(xb_pb_enter(&c, &f, &xb_onnx_opset_schema, &o, err));
        for (;;) {
            XB_TRY(xb_pb_next(&o, &x, err));
            if (x.number == 0) break;
            if (x.number == XB_ONNX_OPSET_VERSION) opset->version = xb_pb_int(&x);
            if (x.number == XB_ONNX_OPSET_DOMAIN && !xb_slice_is(x.bytes, "ai.onnx")) {
                opset->domain = xb_arena_strndup(r->arena, x.bytes.data, x.bytes.size, err);
                if (!opset->domain) return err->code;
            }
        }
    }
}

/* The attributes that the body may refer to: the call's, then the function's defaults. */
static xybrid_status function_attrs(reader *r, scope *s, xb_pb c, const xb_graph_node *call, scope *body, xybrid_error *err) {
    int32_t defaults = 0;
    for (xb_pb at = c;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&at, &f, err));
        if (f.number == 0) break;
        defaults += f.number == XB_ONNX_FUNCTION_ATTRIBUTE_DEFAULT;
    }
    xb_attr *attrs = xb_arena_array(r->arena, (size_t)(defaults + call->attr_count), sizeof *attrs, err);
    if (!attrs) return err->code;
    int32_t count = 0;
    for (;;) {
        xb_pb_field f;
        attr_reader a = { .r = r, .s = s };
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number != XB_ONNX_FUNCTION_ATTRIBUTE_DEFAULT) continue;
        xybrid_status st = read_attr(&a, &c, &f, &attrs[count++], err);
        xb_free(r->mem, a.captures);
        XB_TRY(st);
    }
    for (int32_t i = 0; i < call->attr_count; i++) attrs[count++] = call->attrs[i]; /* the last of a name counts */
    body->call_attrs = attrs;
    body->call_attr_count = count;
    return XYBRID_OK;
}

/* Binds formal inputs and outputs to the numbers of the call. An output that is also an input gets an Identity. */
static xybrid_status bind_formals(reader *r, xb_pb c, const xb_graph_node *call, scope *body, list *nodes, xybrid_error *err) {
    int32_t in = 0, out = 0;
    for (xb_pb at = c;;) {
        xb_pb_field f;
        xb_name    *entry;
        int         is_new;
        XB_TRY(xb_pb_next(&at, &f, err));
        if (f.number == 0) break;
        if (f.number != XB_ONNX_FUNCTION_INPUT) continue;
        int32_t number = in < call->input_count ? call->inputs[in] : XB_NO_VALUE;
        in++;
        if (number == XB_NO_VALUE) continue;
        XB_TRY(xb_names_add(&body->names, f.bytes, &entry, &is_new, err));
        entry->value = number;
    }
    for (;;) {
        xb_pb_field f;
        xb_name    *entry;
        int         is_new;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number != XB_ONNX_FUNCTION_OUTPUT) continue;
        int32_t number = out < call->output_count ? call->outputs[out] : XB_NO_VALUE;
        out++;
        if (number == XB_NO_VALUE) XB_TRY(new_value(r, (xb_slice){ "", 0 }, NULL, &number, err));
        XB_TRY(xb_names_add(&body->names, f.bytes, &entry, &is_new, err));
        if (is_new) {
            entry->value = number;
            continue;
        }
        int32_t *ends = xb_arena_array(r->arena, 2, sizeof *ends, err);
        if (!ends) return err->code;
        ends[0] = (int32_t)entry->value;
        ends[1] = number;
        xb_graph_node same = { .op = &xb_ops[XB_OP_ONNX_Identity], .name = call->name, .opset = XB_OPSET_NEWEST };
        same.input_count = same.output_count = 1;
        same.inputs = &ends[0];
        same.outputs = &ends[1];
        XB_TRY(add_node(r, nodes, &same, err));
    }
}

/* Outputs of the body's nodes that are not bound to an output of the function. */
static xybrid_status declare_inner(reader *r, scope *body, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err) {
    xb_pb       c;
    node_fields f;
    XB_TRY(enter_node(parent, field, &c, &f, err));
    for (;;) {
        xb_pb_field x;
        xb_name    *entry;
        int         is_new;
        int32_t     number;
        XB_TRY(xb_pb_next(&c, &x, err));
        if (x.number == 0) return XYBRID_OK;
        if (x.number != XB_ONNX_NODE_OUTPUT || x.bytes.size == 0) continue;
        XB_TRY(xb_names_add(&body->names, x.bytes, &entry, &is_new, err));
        if (!is_new) continue;
        XB_TRY(new_value(r, (xb_slice){ "", 0 }, NULL, &number, err));
        entry->value = number;
    }
}

/* A Constant inside a function: the number is there, the content is added. */
static xybrid_status fill_constant(reader *r, scope *body, const xb_pb *parent, const xb_pb_field *field, xybrid_error *err) {
    xb_pb       c;
    node_fields f;
    XB_TRY(enter_node(parent, field, &c, &f, err));
    if (!is_constant_node(&f)) return XYBRID_OK;
    scope alone = { .call_attrs = body->call_attrs, .call_attr_count = body->call_attr_count };
    xb_names_init(&alone.names, r->arena, XB_MAX_TENSORS, "ONNX: values");
    XB_TRY(declare_outputs(r, &alone, parent, field, err));
    for (uint32_t i = 0; i < alone.names.count; i++) {
        const xb_name *bound = xb_names_find(&body->names, alone.names.items[i].key);
        if (!bound) continue;
        xb_graph_value *v = &r->values[bound->value];
        if (v->is_made || v->constant)
            return xb_fail_at(err, XYBRID_MALFORMED, field->position, NULL,
                              "ONNX: at byte %lld: a Constant makes what is there already", (long long)field->position);
        v->constant = r->values[alone.names.items[i].value].constant;
    }
    return XYBRID_OK;
}

static xybrid_status each_body_node(reader *r, scope *body, xb_pb c, list *nodes,
                                    xybrid_status (*visit)(reader *, scope *, const xb_pb *, const xb_pb_field *,
                                                           xybrid_error *),
                                    xybrid_error *err) {
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number != XB_ONNX_FUNCTION_NODE) continue;
        if (visit) XB_TRY(visit(r, body, &c, &f, err));
        else XB_TRY(read_node(r, body, &c, &f, nodes, err));
    }
}

static xybrid_status expand_function(reader *r, scope *s, const function *fn, const xb_graph_node *call, const node_fields *f,
                                     list *nodes, xybrid_error *err) {
    scope body = { .is_function = 1 };
    if (r->depth >= XB_MAX_GRAPH_DEPTH)
        return fail_node(f, err, "is a function that calls itself, or is nested too deeply; name", f->name);
    r->expanded_fields += fn->fields;
    if (r->expanded_fields > XB_MAX_EXPANDED_FIELDS)
        return fail_node(f, err, "calls functions that call others too often; name", f->name);
    xb_names_init(&body.names, r->arena, XB_MAX_TENSORS, "ONNX: values of a function");
    r->depth++;
    XB_TRY(function_opsets(r, fn->cursor, &body, err));
    XB_TRY(function_attrs(r, s, fn->cursor, call, &body, err));
    XB_TRY(bind_formals(r, fn->cursor, call, &body, nodes, err));
    XB_TRY(each_body_node(r, &body, fn->cursor, nodes, declare_inner, err));
    XB_TRY(each_body_node(r, &body, fn->cursor, nodes, fill_constant, err));
    XB_TRY(each_body_node(r, &body, fn->cursor, nodes, NULL, err));
    r->depth--;
    return XYBRID_OK;
}

/* ---- graphs ---- */

static xybrid_status name_of_value(const xb_pb *parent, const xb_pb_field *field, xb_slice *name, xybrid_error *err) {
    xb_pb c;
    *name = (xb_slice){ "", 0 };
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_value_schema, &c, err));
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number == XB_ONNX_VALUE_NAME) *name = f.bytes;
    }
}

/* The name of an initializer: a TensorProto's own, or that of a sparse one's values. */
static xybrid_status name_of_tensor(const xb_pb *parent, const xb_pb_field *field, int is_sparse, xb_slice *name,
                                    xybrid_error *err) {
    xb_pb c;
    *name = (xb_slice){ "", 0 };
    XB_TRY(xb_pb_enter(parent, field, is_sparse ? &xb_onnx_sparse_schema : &xb_onnx_tensor_schema, &c, err));
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (is_sparse && f.number == XB_ONNX_SPARSE_VALUES) return name_of_tensor(&c, &f, 0, name, err);
        if (!is_sparse && f.number == XB_ONNX_TENSOR_NAME) *name = f.bytes;
    }
}

static xybrid_status read_initializer(reader *r, scope *s, const xb_pb *c, const xb_pb_field *f, xybrid_error *err) {
    int                  is_sparse = f->number == XB_ONNX_GRAPH_SPARSE_INITIALIZER, is_new;
    xb_slice             name;
    xb_name             *entry;
    const xb_onnx_value *v;
    XB_TRY(name_of_tensor(c, f, is_sparse, &name, err));
    XB_TRY(read_tensor(r, is_sparse ? XB_ONNX_SPARSE : XB_ONNX_TENSOR, f->bytes, &v, err));
    XB_TRY(xb_names_add(&s->names, name, &entry, &is_new, err));
    if (is_new) {
        int32_t number;
        XB_TRY(new_value(r, name, v, &number, err));
        entry->value = number;
    } else {
        r->values[entry->value].constant = v; /* of two with one name the last counts, as in codec/onnx.c */
    }
    return XYBRID_OK;
}

typedef struct ports {
    int32_t *inputs, *outputs;
    int32_t  input_count, output_count;
} ports;

/* First walk: values of the scope. */
static xybrid_status declare_graph(reader *r, scope *s, xb_pb start, ports *p, xybrid_error *err) {
    for (xb_pb c = start;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_GRAPH_INITIALIZER || f.number == XB_ONNX_GRAPH_SPARSE_INITIALIZER)
            XB_TRY(read_initializer(r, s, &c, &f, err));
        p->input_count += f.number == XB_ONNX_GRAPH_INPUT;
        p->output_count += f.number == XB_ONNX_GRAPH_OUTPUT;
    }
    p->inputs = xb_arena_array(r->arena, (size_t)p->input_count, sizeof *p->inputs, err);
    p->outputs = p->inputs ? xb_arena_array(r->arena, (size_t)p->output_count, sizeof *p->outputs, err) : NULL;
    if (!p->outputs) return err->code;
    p->input_count = p->output_count = 0;
    for (xb_pb c = start;;) {
        xb_pb_field f;
        xb_slice    name;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_GRAPH_INPUT) {
            XB_TRY(name_of_value(&c, &f, &name, err));
            const xb_name *known = xb_names_find(&s->names, name);
            if (known && r->values[known->value].constant) continue; /* an initializer */
            int32_t *number = &p->inputs[p->input_count++];
            XB_TRY(declare(r, s, name, f.position, NULL, number, err));
            r->values[*number].is_made = 1;
        }
    }
    for (xb_pb c = start;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number == XB_ONNX_GRAPH_NODE) XB_TRY(declare_outputs(r, s, &c, &f, err));
    }
}

/* Second walk: nodes and outputs. */
static xybrid_status read_nodes(reader *r, scope *s, xb_pb start, ports *p, list *nodes, xybrid_error *err) {
    for (xb_pb c = start;;) {
        xb_pb_field f;
        xb_slice    name;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number == XB_ONNX_GRAPH_NODE) XB_TRY(read_node(r, s, &c, &f, nodes, err));
        if (f.number != XB_ONNX_GRAPH_OUTPUT) continue;
        XB_TRY(name_of_value(&c, &f, &name, err));
        int32_t *number = &p->outputs[p->output_count++];
        XB_TRY(look_up(r, s, name, number, err));
        if (*number == XB_NO_VALUE)
            return xb_fail_at(err, XYBRID_MALFORMED, f.position, NULL, "ONNX: at byte %lld: output \"%.*s\" is never produced",
                              (long long)f.position, xb_slice_len(name), name.data);
    }
    return xb_graph_sort(r->mem, nodes->items, nodes->count, r->value_count, err);
}

static xybrid_status read_graph(reader *r, const xb_pb *parent, const xb_pb_field *field, scope *outer, xb_graph **out,
                                scope *s, xybrid_error *err) {
    xb_pb start;
    ports p = { NULL, NULL, 0, 0 };
    list  nodes = { NULL, 0, 0 };
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_graph_schema, &start, err));
    if (r->depth >= XB_MAX_GRAPH_DEPTH)
        return xb_fail_at(err, XYBRID_MALFORMED, field->position, NULL, "ONNX: more than %d graphs inside each other",
                          XB_MAX_GRAPH_DEPTH);
    s->outer = outer;
    if (outer) {
        s->opsets = outer->opsets;
        s->opset_count = outer->opset_count;
        s->call_attrs = outer->call_attrs;
        s->call_attr_count = outer->call_attr_count;
    }
    xb_names_init(&s->names, r->arena, XB_MAX_PLAN_VALUES, "ONNX: values");
    r->depth++;
    xb_graph     *graph = xb_arena_alloc(r->arena, sizeof *graph, err);
    xybrid_status st = graph ? declare_graph(r, s, start, &p, err) : err->code;
    if (st == XYBRID_OK) st = read_nodes(r, s, start, &p, &nodes, err);
    if (st == XYBRID_OK) {
        xb_graph_node *kept = xb_arena_array(r->arena, nodes.count, sizeof *kept, err);
        if (kept && nodes.count) memcpy(kept, nodes.items, nodes.count * sizeof *kept);
        if (!kept) st = err->code;
        else *graph = (xb_graph){ (int32_t)nodes.count, p.input_count, p.output_count, kept, p.inputs, p.outputs };
    }
    xb_free(r->mem, nodes.items);
    r->depth--;
    *out = graph;
    return st;
}

/* ---- the model ---- */

static xybrid_status note_function(reader *r, const xb_pb *parent, const xb_pb_field *field, function *out, int32_t index,
                                   xybrid_error *err) {
    xb_slice name = { "", 0 }, domain = { "", 0 }, overload = { "", 0 };
    xb_name *entry;
    int      is_new;
    XB_TRY(xb_pb_enter(parent, field, &xb_onnx_function_schema, &out->cursor, err));
    for (xb_pb c = out->cursor;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        out->fields++;
        if (f.number == XB_ONNX_FUNCTION_NODE) {
            xb_pb       node;
            node_fields n;
            XB_TRY(enter_node(&c, &f, &node, &n, err));
            out->fields += n.inputs + n.outputs + n.attrs;
        }
        if (f.number == XB_ONNX_FUNCTION_NAME) name = f.bytes;
        if (f.number == XB_ONNX_FUNCTION_DOMAIN) domain = f.bytes;
        if (f.number == XB_ONNX_FUNCTION_OVERLOAD) overload = f.bytes;
    }
    if (xb_slice_is(domain, "ai.onnx")) domain.size = 0;
    xb_slice key = function_key(r, domain, name, overload);
    char    *copy = xb_arena_strndup(r->arena, key.data, key.size, err);
    if (!copy) return err->code;
    XB_TRY(xb_names_add(&r->functions, (xb_slice){ copy, key.size }, &entry, &is_new, err));
    entry->value = index;
    return XYBRID_OK;
}

static xybrid_status read_functions(reader *r, xb_pb c, xybrid_error *err) {
    int32_t count = 0;
    for (xb_pb at = c;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&at, &f, err));
        if (f.number == 0) break;
        count += f.number == XB_ONNX_MODEL_FUNCTION;
    }
    r->function = xb_arena_array(r->arena, (size_t)count, sizeof *r->function, err);
    if (!r->function) return err->code;
    count = 0;
    for (;;) {
        xb_pb_field f;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) return XYBRID_OK;
        if (f.number != XB_ONNX_MODEL_FUNCTION) continue;
        XB_TRY(note_function(r, &c, &f, &r->function[count], count, err));
        count++;
    }
}

static xybrid_status check_versions(const xb_onnx *h, xybrid_error *err) {
    int64_t opset = xb_onnx_opset_version(h, "");
    if (h->ir_version > IR_NEWEST)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "ONNX: IR version %lld; this version reads up to %d",
                       (long long)h->ir_version, IR_NEWEST);
    if (opset && (opset < XB_OPSET_OLDEST || opset > XB_OPSET_NEWEST))
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "ONNX: operator set %lld; this version knows %d to %d",
                       (long long)opset, XB_OPSET_OLDEST, XB_OPSET_NEWEST);
    return XYBRID_OK;
}

static xybrid_status check_made(const reader *r, int32_t number, xb_slice reader_name, xybrid_error *err) {
    if (number == XB_NO_VALUE || r->values[number].is_made || r->values[number].constant) return XYBRID_OK;
    return xb_fail(err, XYBRID_MALFORMED, NULL, "ONNX: \"%.*s\" reads what a function should make and does not",
                   xb_slice_len(reader_name), reader_name.data);
}

/* Is all made that is read? A function may leave an output of its call without a maker. */
static xybrid_status check_all_made(const reader *r, const xb_graph *g, xybrid_error *err) {
    for (int32_t i = 0; i < g->node_count; i++) {
        const xb_graph_node *n = &g->nodes[i];
        for (int32_t k = 0; k < n->input_count; k++) XB_TRY(check_made(r, n->inputs[k], n->name, err));
        for (int32_t a = 0; a < n->attr_count; a++)
            if (n->attrs[a].type == XB_ATTR_GRAPH && n->attrs[a].v.graph) XB_TRY(check_all_made(r, n->attrs[a].v.graph, err));
    }
    for (int32_t o = 0; o < g->output_count; o++) XB_TRY(check_made(r, g->outputs[o], (xb_slice){ "output", 6 }, err));
    return XYBRID_OK;
}

static xybrid_status read_all(reader *r, const void *bytes, size_t size, xybrid_error *err) {
    xb_pb start;
    scope main = { .opsets = r->m->header.opsets, .opset_count = r->m->header.opset_count };
    xb_pb_begin(&start, &xb_onnx_model_schema, "ONNX", bytes, size);
    XB_TRY(read_functions(r, start, err));
    for (xb_pb c = start;;) {
        xb_pb_field f;
        xb_graph   *graph;
        XB_TRY(xb_pb_next(&c, &f, err));
        if (f.number == 0) break;
        if (f.number != XB_ONNX_MODEL_GRAPH) continue;
        xybrid_status st = read_graph(r, &c, &f, NULL, &graph, &main, err);
        xb_free(r->mem, main.captures);
        XB_TRY(st);
        r->m->main = graph;
        if (graph->input_count != r->m->header.input_count || graph->output_count != r->m->header.output_count)
            return xb_fail(err, XYBRID_INTERNAL, NULL, "ONNX: %d inputs and %d outputs, the header has %d and %d",
                           graph->input_count, graph->output_count, r->m->header.input_count, r->m->header.output_count);
    }
    if (r->missing_size)
        return xb_fail(err, XYBRID_UNSUPPORTED_OPERATOR, r->missing,
                       "the native engine lacks: %s; the onnxruntime engine may have them", r->missing);
    if (r->m->main) XB_TRY(check_all_made(r, r->m->main, err));
    xb_graph_value *values = xb_arena_array(r->arena, r->value_count, sizeof *values, err);
    if (!values) return err->code;
    if (r->value_count) memcpy(values, r->values, r->value_count * sizeof *values);
    r->m->values = values;
    r->m->value_count = (int32_t)r->value_count;
    return XYBRID_OK;
}

xybrid_status xb_graph_read(const void *bytes, size_t size, const xb_graph_files *files, xb_mem *mem, xb_arena *arena,
                            xb_model_graph *out, xybrid_error *err) {
    reader *r = xb_calloc(mem, 1, sizeof *r, err);
    if (!r) return err->code;
    *out = (xb_model_graph){ .value_count = 0 };
    r->mem = mem;
    r->arena = arena;
    r->files = files;
    r->m = out;
    r->source = (xb_onnx_source){
        .arena = arena, .file = bytes, .external = files ? files->read : NULL, .ctx = files ? files->ctx : NULL
    };
    xb_names_init(&r->functions, arena, XB_MAX_OPERATORS, "ONNX: functions");
    xb_names_init(&r->operators, arena, 4 * XB_MAX_OPERATORS, "ONNX: operators");
    xybrid_status st = xb_onnx_read(bytes, size, arena, &out->header, err);
    if (st == XYBRID_OK) st = check_versions(&out->header, err);
    if (st == XYBRID_OK) st = read_all(r, bytes, size, err);
    xb_free(mem, r->values);
    xb_free(mem, (void *)r->ops);
    xb_free(mem, r);
    return st;
}
