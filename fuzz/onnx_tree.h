/* onnx_tree.h - an ONNX message as a tree of fields that can be changed and written again, for the mutator of the fuzzers.
 *
 *     tree t;
 *     if (!tree_read(&t, &onnx_case_schema, data, size)) ...;      // no message: change bytes instead
 *     t.fields[i].value = 3;
 *     size = tree_write(&t, data, capacity);                       // 0: it would be larger than that
 *
 * Lengths are written anew, so that a change deep inside leaves the rest readable; that is what plain changes of bytes cannot do.
 * Packed numbers are taken apart. Fields without a row in the schema are dropped. Slices point into the data that was read and
 * into `extra`, which both outlive the tree. */
#ifndef ONNX_TREE_H
#define ONNX_TREE_H

#include <string.h>

#include "codec/onnx_schema.h"

/* What a fuzzer of plans and runs takes: a model and the values of its inputs. */
enum { CASE_MODEL = 1, CASE_TENSOR = 2, CASE_SEQUENCE = 3, CASE_OPTIONAL = 4, CASE_OPTIONS = 5 };
static const xb_pb_row    onnx_case_rows[] = { { CASE_MODEL, XB_PB_MESSAGE, "model" },
                                               { CASE_TENSOR, XB_PB_MESSAGE, "tensor" },
                                               { CASE_SEQUENCE, XB_PB_MESSAGE, "sequence" },
                                               { CASE_OPTIONAL, XB_PB_MESSAGE, "optional" },
                                               { CASE_OPTIONS, XB_PB_INT, "options" } };
static const xb_pb_schema onnx_case_schema = { "case", onnx_case_rows, 5 };

enum { TREE_FIELDS = 1 << 14, TREE_EXTRA = 1 << 17, TREE_DEPTH = 64, NO_FIELD = -1 };

typedef struct tree_field {
    uint32_t            number;
    xb_pb_kind          kind;
    const xb_pb_schema *inner;                     /* MESSAGE */
    uint64_t            value;                     /* numbers */
    xb_slice            bytes;                     /* BYTES */
    int32_t             parent, first, last, next; /* MESSAGE: its fields; next of the same parent */
    size_t              size;                      /* of the content, when written */
} tree_field;

typedef struct tree {
    int32_t    count; /* field 0 is the whole */
    tree_field fields[TREE_FIELDS];
    size_t     extra_size;
    char       extra[TREE_EXTRA];
} tree;

static inline const xb_pb_schema *tree_inner(const xb_pb_schema *of, uint32_t number) {
    static const struct {
        const xb_pb_schema *of;
        uint32_t            number;
        const xb_pb_schema *inner;
    } rows[] = {
        { &onnx_case_schema, CASE_MODEL, &xb_onnx_model_schema },
        { &onnx_case_schema, CASE_TENSOR, &xb_onnx_tensor_schema },
        { &onnx_case_schema, CASE_SEQUENCE, &xb_onnx_sequence_schema },
        { &onnx_case_schema, CASE_OPTIONAL, &xb_onnx_optional_schema },
        { &xb_onnx_model_schema, XB_ONNX_MODEL_GRAPH, &xb_onnx_graph_schema },
        { &xb_onnx_model_schema, XB_ONNX_MODEL_OPSET, &xb_onnx_opset_schema },
        { &xb_onnx_model_schema, XB_ONNX_MODEL_PROPERTY, &xb_onnx_pair_schema },
        { &xb_onnx_model_schema, XB_ONNX_MODEL_FUNCTION, &xb_onnx_function_schema },
        { &xb_onnx_graph_schema, XB_ONNX_GRAPH_NODE, &xb_onnx_node_schema },
        { &xb_onnx_graph_schema, XB_ONNX_GRAPH_INITIALIZER, &xb_onnx_tensor_schema },
        { &xb_onnx_graph_schema, XB_ONNX_GRAPH_INPUT, &xb_onnx_value_schema },
        { &xb_onnx_graph_schema, XB_ONNX_GRAPH_OUTPUT, &xb_onnx_value_schema },
        { &xb_onnx_graph_schema, XB_ONNX_GRAPH_VALUE, &xb_onnx_value_schema },
        { &xb_onnx_graph_schema, XB_ONNX_GRAPH_SPARSE_INITIALIZER, &xb_onnx_sparse_schema },
        { &xb_onnx_node_schema, XB_ONNX_NODE_ATTRIBUTE, &xb_onnx_attribute_schema },
        { &xb_onnx_attribute_schema, XB_ONNX_ATTRIBUTE_TENSOR, &xb_onnx_tensor_schema },
        { &xb_onnx_attribute_schema, XB_ONNX_ATTRIBUTE_TENSORS, &xb_onnx_tensor_schema },
        { &xb_onnx_attribute_schema, XB_ONNX_ATTRIBUTE_GRAPH, &xb_onnx_graph_schema },
        { &xb_onnx_attribute_schema, XB_ONNX_ATTRIBUTE_GRAPHS, &xb_onnx_graph_schema },
        { &xb_onnx_attribute_schema, XB_ONNX_ATTRIBUTE_TYPE_PROTO, &xb_onnx_type_schema },
        { &xb_onnx_attribute_schema, XB_ONNX_ATTRIBUTE_TYPE_PROTOS, &xb_onnx_type_schema },
        { &xb_onnx_attribute_schema, XB_ONNX_ATTRIBUTE_SPARSE, &xb_onnx_sparse_schema },
        { &xb_onnx_attribute_schema, XB_ONNX_ATTRIBUTE_SPARSES, &xb_onnx_sparse_schema },
        { &xb_onnx_function_schema, XB_ONNX_FUNCTION_NODE, &xb_onnx_node_schema },
        { &xb_onnx_function_schema, XB_ONNX_FUNCTION_OPSET, &xb_onnx_opset_schema },
        { &xb_onnx_function_schema, XB_ONNX_FUNCTION_ATTRIBUTE_DEFAULT, &xb_onnx_attribute_schema },
        { &xb_onnx_tensor_schema, XB_ONNX_TENSOR_EXTERNAL, &xb_onnx_pair_schema },
        { &xb_onnx_sparse_schema, XB_ONNX_SPARSE_VALUES, &xb_onnx_tensor_schema },
        { &xb_onnx_sparse_schema, XB_ONNX_SPARSE_INDICES, &xb_onnx_tensor_schema },
        { &xb_onnx_sequence_schema, XB_ONNX_ITEMS_TENSOR, &xb_onnx_tensor_schema },
        { &xb_onnx_sequence_schema, XB_ONNX_ITEMS_SPARSE, &xb_onnx_sparse_schema },
        { &xb_onnx_sequence_schema, XB_ONNX_ITEMS_SEQUENCE, &xb_onnx_sequence_schema },
        { &xb_onnx_sequence_schema, XB_ONNX_ITEMS_OPTIONAL, &xb_onnx_optional_schema },
        { &xb_onnx_optional_schema, XB_ONNX_ITEMS_TENSOR, &xb_onnx_tensor_schema },
        { &xb_onnx_optional_schema, XB_ONNX_ITEMS_SPARSE, &xb_onnx_sparse_schema },
        { &xb_onnx_optional_schema, XB_ONNX_ITEMS_SEQUENCE, &xb_onnx_sequence_schema },
        { &xb_onnx_optional_schema, XB_ONNX_ITEMS_OPTIONAL, &xb_onnx_optional_schema },
        { &xb_onnx_value_schema, XB_ONNX_VALUE_TYPE, &xb_onnx_type_schema },
        { &xb_onnx_type_schema, XB_ONNX_TYPE_TENSOR, &xb_onnx_tensor_type_schema },
        { &xb_onnx_type_schema, XB_ONNX_TYPE_SPARSE, &xb_onnx_tensor_type_schema },
        { &xb_onnx_tensor_type_schema, XB_ONNX_TENSOR_TYPE_SHAPE, &xb_onnx_shape_schema },
        { &xb_onnx_shape_schema, XB_ONNX_SHAPE_DIM, &xb_onnx_dim_schema },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].of == of && rows[i].number == number) return rows[i].inner;
    return NULL; /* kept as bytes: sequence, map and opaque types */
}

/* ---- making ---- */

/* A new field, in no list yet; NO_FIELD when the tree is full. */
static inline int32_t tree_new(tree *t, uint32_t number, xb_pb_kind kind) {
    if (t->count == TREE_FIELDS) return NO_FIELD;
    t->fields[t->count] = (tree_field){ .number = number, .kind = kind };
    tree_field *f = &t->fields[t->count];
    f->parent = f->first = f->last = f->next = NO_FIELD;
    f->bytes.data = "";
    return t->count++;
}

static inline void tree_append(tree *t, int32_t parent, int32_t field) {
    tree_field *p = &t->fields[parent];
    t->fields[field].parent = parent;
    t->fields[field].next = NO_FIELD;
    if (p->last == NO_FIELD) p->first = field;
    else t->fields[p->last].next = field;
    p->last = field;
}

static inline int32_t tree_add(tree *t, int32_t parent, uint32_t number, xb_pb_kind kind) {
    int32_t field = parent == NO_FIELD ? NO_FIELD : tree_new(t, number, kind);
    if (field == NO_FIELD) return NO_FIELD;
    if (kind == XB_PB_MESSAGE) t->fields[field].inner = tree_inner(t->fields[parent].inner, number);
    tree_append(t, parent, field);
    return field;
}
static inline int32_t tree_add_int(tree *t, int32_t parent, uint32_t number, int64_t value) {
    int32_t field = tree_add(t, parent, number, XB_PB_INTS);
    if (field != NO_FIELD) t->fields[field].value = (uint64_t)value;
    return field;
}
static inline int32_t tree_add_bytes(tree *t, int32_t parent, uint32_t number, xb_slice bytes) {
    int32_t field = tree_add(t, parent, number, XB_PB_BYTES);
    if (field != NO_FIELD) t->fields[field].bytes = bytes;
    return field;
}

/* Room for new bytes; NULL when there is none left. */
static inline char *tree_room(tree *t, size_t size) {
    if (size > TREE_EXTRA - t->extra_size) return NULL;
    t->extra_size += size;
    return t->extra + t->extra_size - size;
}

static inline void tree_remove(tree *t, int32_t field) {
    tree_field *p = &t->fields[t->fields[field].parent];
    int32_t     before = NO_FIELD, at = p->first;
    for (; at != field && at != NO_FIELD; at = t->fields[at].next) before = at;
    if (at == NO_FIELD) return;
    if (before == NO_FIELD) p->first = t->fields[field].next;
    else t->fields[before].next = t->fields[field].next;
    if (p->last == field) p->last = before;
    t->fields[field].number = 0; /* not to be met again */
}

static inline int32_t tree_find(const tree *t, int32_t parent, uint32_t number) {
    for (int32_t i = t->fields[parent].first; i != NO_FIELD; i = t->fields[i].next)
        if (t->fields[i].number == number) return i;
    return NO_FIELD;
}

/* A copy of a field of `from` (the same tree, too) and all in it, in no list; NO_FIELD when there is no room. */
static inline int32_t tree_copy(tree *t, const tree *from, int32_t field, int32_t depth) {
    const tree_field *f = &from->fields[field];
    int32_t           copy = depth > TREE_DEPTH ? NO_FIELD : tree_new(t, f->number, f->kind);
    if (copy == NO_FIELD) return NO_FIELD;
    t->fields[copy].inner = f->inner;
    t->fields[copy].value = f->value;
    t->fields[copy].bytes = f->bytes;
    for (int32_t i = from->fields[field].first; i != NO_FIELD; i = from->fields[i].next) {
        int32_t child = tree_copy(t, from, i, depth + 1);
        if (child == NO_FIELD) return NO_FIELD;
        tree_append(t, copy, child);
    }
    return copy;
}

/* `with`, in no list, takes the place of a field. */
static inline void tree_replace(tree *t, int32_t field, int32_t with) {
    t->fields[with].number = t->fields[field].number;
    tree_field *p = &t->fields[t->fields[field].parent];
    int32_t     before = NO_FIELD, at = p->first;
    for (; at != field; at = t->fields[at].next) before = at;
    t->fields[with].parent = t->fields[field].parent;
    t->fields[with].next = t->fields[field].next;
    if (before == NO_FIELD) p->first = with;
    else t->fields[before].next = with;
    if (p->last == field) p->last = with;
    t->fields[field].number = 0;
}

/* ---- reading ---- */

static inline int tree_varint(const uint8_t **at, const uint8_t *end, uint64_t *out) {
    *out = 0;
    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        *out |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128)) return 1;
    }
    return 0;
}

static inline int tree_fixed(const uint8_t **at, const uint8_t *end, size_t size, uint64_t *out) {
    *out = 0;
    if ((size_t)(end - *at) < size) return 0;
    for (size_t i = 0; i < size; i++) *out |= (uint64_t)(*at)[i] << 8 * i;
    *at += size;
    return 1;
}

static inline int tree_number(xb_pb_kind kind, const uint8_t **at, const uint8_t *end, uint64_t *out) {
    if (kind == XB_PB_FLOAT || kind == XB_PB_FLOATS) return tree_fixed(at, end, 4, out);
    if (kind == XB_PB_DOUBLE || kind == XB_PB_DOUBLES) return tree_fixed(at, end, 8, out);
    return tree_varint(at, end, out);
}

static inline int tree_read_fields(tree *t, int32_t parent, const uint8_t *at, const uint8_t *end, int32_t depth);

static inline int tree_read_bytes(tree *t, int32_t parent, const xb_pb_row *row, const uint8_t *at, const uint8_t *end,
                                  int32_t depth) {
    const xb_pb_schema *inner = row->kind == XB_PB_MESSAGE ? tree_inner(t->fields[parent].inner, row->number) : NULL;
    if (row->kind == XB_PB_BYTES || (row->kind == XB_PB_MESSAGE && !inner))
        return tree_add_bytes(t, parent, row->number, (xb_slice){ (const char *)at, (size_t)(end - at) }) != NO_FIELD;
    if (row->kind == XB_PB_MESSAGE) {
        int32_t field = tree_add(t, parent, row->number, XB_PB_MESSAGE);
        return field != NO_FIELD && tree_read_fields(t, field, at, end, depth + 1);
    }
    while (at < end) { /* packed numbers */
        uint64_t value;
        int32_t  field = tree_add(t, parent, row->number, row->kind);
        if (field == NO_FIELD || !tree_number(row->kind, &at, end, &value)) return 0;
        t->fields[field].value = value;
    }
    return 1;
}

static inline int tree_read_fields(tree *t, int32_t parent, const uint8_t *at, const uint8_t *end, int32_t depth) {
    const xb_pb_schema *schema = t->fields[parent].inner;
    if (depth > TREE_DEPTH) return 0;
    while (at < end) {
        uint64_t         tag, value;
        const xb_pb_row *row = NULL;
        if (!tree_varint(&at, end, &tag)) return 0;
        for (int32_t i = 0; i < schema->count && !row; i++)
            if (schema->rows[i].number == tag >> 3) row = &schema->rows[i];
        if ((tag & 7) == 2) {
            if (!tree_varint(&at, end, &value) || value > (uint64_t)(end - at)) return 0;
            if (row && !tree_read_bytes(t, parent, row, at, at + value, depth)) return 0;
            at += value;
            continue;
        }
        if ((tag & 7) != 0 && (tag & 7) != 1 && (tag & 7) != 5) return 0;
        if (!((tag & 7) == 0 ? tree_varint(&at, end, &value) : tree_fixed(&at, end, (tag & 7) == 1 ? 8 : 4, &value))) return 0;
        if (!row || row->kind == XB_PB_BYTES || row->kind == XB_PB_MESSAGE) continue;
        int32_t field = tree_add(t, parent, row->number, row->kind);
        if (field == NO_FIELD) return 0;
        t->fields[field].value = value;
    }
    return 1;
}

static inline int tree_read(tree *t, const xb_pb_schema *schema, const uint8_t *data, size_t size) {
    t->count = 0;
    t->extra_size = 0;
    t->fields[tree_new(t, 0, XB_PB_MESSAGE)].inner = schema;
    return tree_read_fields(t, 0, data, data + size, 0);
}

/* ---- writing ---- */

static inline size_t tree_varint_size(uint64_t v) {
    size_t size = 1;
    for (; v > 127; v >>= 7) size++;
    return size;
}

static inline size_t tree_measure(tree *t, int32_t field) {
    tree_field *f = &t->fields[field];
    size_t      tag = tree_varint_size((uint64_t)f->number << 3), size = 0;
    switch (f->kind) {
    case XB_PB_FLOAT:
    case XB_PB_FLOATS: return tag + 4;
    case XB_PB_DOUBLE:
    case XB_PB_DOUBLES: return tag + 8;
    case XB_PB_INT:
    case XB_PB_INTS: return tag + tree_varint_size(f->value);
    case XB_PB_BYTES: size = f->bytes.size; break;
    case XB_PB_MESSAGE:
        for (int32_t i = f->first; i != NO_FIELD; i = t->fields[i].next) size += tree_measure(t, i);
    }
    f->size = size;
    return tag + tree_varint_size(size) + size;
}

static inline uint8_t *tree_put_varint(uint8_t *at, uint64_t v) {
    for (; v > 127; v >>= 7) *at++ = (uint8_t)(v | 128);
    *at++ = (uint8_t)v;
    return at;
}

static inline uint8_t *tree_put(const tree *t, int32_t field, uint8_t *at) {
    const tree_field *f = &t->fields[field];
    int is_4 = f->kind == XB_PB_FLOAT || f->kind == XB_PB_FLOATS, is_8 = f->kind == XB_PB_DOUBLE || f->kind == XB_PB_DOUBLES;
    int is_bytes = f->kind == XB_PB_BYTES || f->kind == XB_PB_MESSAGE;
    if (field) at = tree_put_varint(at, (uint64_t)f->number << 3 | (is_4 ? 5 : is_8 ? 1 : is_bytes ? 2 : 0));
    if (is_4 || is_8)
        for (int i = 0; i < (is_4 ? 4 : 8); i++) *at++ = (uint8_t)(f->value >> 8 * i);
    else if (!is_bytes) at = tree_put_varint(at, f->value);
    else if (field) at = tree_put_varint(at, f->size);
    if (f->kind == XB_PB_BYTES && f->bytes.size) memcpy(at, f->bytes.data, f->bytes.size), at += f->bytes.size;
    for (int32_t i = f->first; i != NO_FIELD; i = t->fields[i].next) at = tree_put(t, i, at);
    return at;
}

/* `out` must not hold what slices of the tree point to. */
static inline size_t tree_write(tree *t, uint8_t *out, size_t capacity) {
    (void)tree_measure(t, 0);
    if (t->fields[0].size > capacity) return 0;
    return (size_t)(tree_put(t, 0, out) - out);
}

#endif
