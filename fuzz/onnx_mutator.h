/* onnx_mutator.h - changes a model, or a case (onnx_tree.h), in ways that leave it a model: what libFuzzer calls instead of its
 * own changes of bytes, which come in now and then.
 *
 *     size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
 *         return onnx_mutate(&onnx_case_schema, data, size, capacity, seed, 16);      // one of 16 changes is of bytes
 *     }
 *
 * A change is one of: a number becomes one known for trouble; a name becomes another of the model; an operator becomes any of
 * the engine's table; a node, attribute, tensor or any other message is doubled, dropped, moved, or taken from elsewhere; a
 * node is added behind known values; a tensor gets another type or shape, with content that fits. */
#ifndef ONNX_MUTATOR_H
#define ONNX_MUTATOR_H

#include <stdlib.h>

#include "codec/onnx.h"
#include "engine/native/op.h"
#include "onnx_tree.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
                                 size_t capacity, unsigned int seed);

static uint64_t mutator_state;

static inline uint32_t mutator_random(uint32_t below) { /* splitmix64 */
    uint64_t z = mutator_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return below ? (uint32_t)((z ^ (z >> 31)) >> 16) % below : 0;
}

/* ---- dictionaries ---- */

static const char *const mutator_texts[] = {
    "",
    "NOTSET",
    "SAME_UPPER",
    "SAME_LOWER",
    "VALID",
    "constant",
    "reflect",
    "edge",
    "wrap",
    "nearest",
    "linear",
    "cubic",
    "bilinear",
    "bicubic",
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_crop_and_resize",
    "tf_half_pixel_for_nn",
    "floor",
    "ceil",
    "round_prefer_floor",
    "round_prefer_ceil",
    "stretch",
    "not_larger",
    "not_smaller",
    "none",
    "add",
    "mul",
    "max",
    "min",
    "avg",
    "sum",
    "mean",
    "forward",
    "reverse",
    "bidirectional",
    "Relu",
    "Tanh",
    "Sigmoid",
    "Affine",
    "LeakyRelu",
    "ThresholdedRelu",
    "ScaledTanh",
    "HardSigmoid",
    "Elu",
    "Softsign",
    "Softplus",
    "DCR",
    "CRD",
    "tanh",
    "LEFT",
    "RIGHT",
    "TF",
    "IDF",
    "TFIDF",
    "zeros",
    "border",
    "reflection",
    "output_half_pixel",
    "LOWER",
    "UPPER",
    "NONE",
    "ij,jk->ik",
    "ij->ji",
    "...ij,...jk->...ik",
    "ii->i",
    "i,j",
    "bhqd,bhkd->bhqk",
    "[a-z]+",
    "(a|b)*c",
    "a{2,9}",
    "inside",
    "channels_last",
    "gelu",
    "silu",
    "fast_gelu",
    "quick_gelu",
};
static const char *const mutator_attributes[] = {
    "axis",
    "axes",
    "pads",
    "strides",
    "dilations",
    "kernel_shape",
    "group",
    "auto_pad",
    "ceil_mode",
    "count_include_pad",
    "storage_order",
    "output_padding",
    "output_shape",
    "keepdims",
    "noop_with_empty_axes",
    "select_last_index",
    "perm",
    "to",
    "mode",
    "alpha",
    "beta",
    "gamma",
    "epsilon",
    "momentum",
    "training_mode",
    "transA",
    "transB",
    "bias",
    "size",
    "blocksize",
    "block_size",
    "batch_dims",
    "largest",
    "sorted",
    "k",
    "exclusive",
    "reverse",
    "direction",
    "hidden_size",
    "linear_before_reset",
    "layout",
    "clip",
    "activations",
    "activation_alpha",
    "activation_beta",
    "equation",
    "value",
    "value_int",
    "value_ints",
    "value_float",
    "value_floats",
    "value_string",
    "value_strings",
    "dtype",
    "high",
    "low",
    "scale",
    "seed",
    "shape",
    "sample_size",
    "allowzero",
    "start",
    "end",
    "starts",
    "ends",
    "split",
    "num_outputs",
    "scales",
    "nearest_mode",
    "coordinate_transformation_mode",
    "cubic_coeff_a",
    "exclude_outside",
    "extrapolation_value",
    "antialias",
    "keep_aspect_ratio_policy",
    "detect_positive",
    "detect_negative",
    "fmod",
    "upper",
    "reduction",
    "ignore_index",
    "align_corners",
    "padding_mode",
    "sampling_ratio",
    "spatial_scale",
    "output_height",
    "output_width",
    "center_point_box",
    "onesided",
    "inverse",
    "saturate",
    "round_mode",
    "output_dtype",
    "precision",
    "stash_type",
    "approximate",
    "is_causal",
    "q_num_heads",
    "kv_num_heads",
    "softcap",
    "qk_matmul_output_mode",
    "num_heads",
    "kv_num_heads",
    "rotary_embedding_dim",
    "interleaved",
    "do_rotary",
    "scale",
    "unidirectional",
    "mask_filter_value",
    "local_window_size",
    "qkv_hidden_sizes",
    "N",
    "K",
    "bits",
    "accuracy_level",
    "activation",
    "num_scan_inputs",
    "scan_input_axes",
    "scan_input_directions",
    "scan_output_axes",
    "scan_output_directions",
    "body",
    "then_branch",
    "else_branch",
    "new_axis",
    "ngram_counts",
    "ngram_indexes",
    "pool_int64s",
    "pool_strings",
    "weights",
    "min_gram_length",
    "max_gram_length",
    "max_skip_count",
    "case_change_action",
    "is_case_sensitive",
    "stopwords",
    "locale",
    "delimiter",
    "maxsplit",
    "pattern",
    "num_groups",
    "p",
    "norm_size",
    "channels_last",
    "transBatchA",
    "transBatchB",
    "alpha",
    "offset",
};
static const int64_t mutator_numbers[] = { 0,
                                           1,
                                           2,
                                           3,
                                           4,
                                           5,
                                           6,
                                           7,
                                           8,
                                           9,
                                           12,
                                           15,
                                           16,
                                           17,
                                           31,
                                           32,
                                           33,
                                           63,
                                           64,
                                           65,
                                           100,
                                           127,
                                           128,
                                           255,
                                           256,
                                           1000,
                                           4096,
                                           65535,
                                           65536,
                                           1 << 20,
                                           1 << 24,
                                           INT32_MAX,
                                           INT64_C(1) << 31,
                                           INT64_C(1) << 32,
                                           INT64_C(1) << 34,
                                           INT64_C(1) << 62,
                                           INT64_MAX };
static const double  mutator_reals[] = { 0,     1,   2,   3,   0.5,          0.1,  1e-6,   1e-38,
                                         1e-45, 255, 256, 1e6, 2147483648.0, 1e10, 9.3e18, 3e38 };

static inline int64_t mutator_number(void) {
    uint32_t way = mutator_random(8);
    if (way < 3) return (int64_t)mutator_random(5);
    int64_t n = mutator_numbers[mutator_random(sizeof mutator_numbers / sizeof mutator_numbers[0])];
    if (way == 3) n = -n;
    if (way == 4) n = -1 - (int64_t)mutator_random(4);
    if (way == 5) n = (int64_t)((uint64_t)n + mutator_random(3) - 1);
    return n;
}

static inline double mutator_real(void) {
    static const uint64_t special[] = { UINT64_C(0x7ff8000000000000), UINT64_C(0x7ff0000000000000),
                                        UINT64_C(0xfff0000000000000), UINT64_C(0x8000000000000000) };
    double                r = mutator_reals[mutator_random(sizeof mutator_reals / sizeof mutator_reals[0])];
    switch (mutator_random(5)) {
    case 0: memcpy(&r, &special[mutator_random(4)], sizeof r); return r;
    case 1: return -r;
    case 2: return ((double)mutator_random(2001) - 1000) / 250;
    default: return r;
    }
}

#define MUTATOR_PICK(list) xb_slice_of(list[mutator_random((uint32_t)(sizeof(list) / sizeof(list)[0]))])

/* ---- picking ---- */

/* A random field for which `fits` holds; NO_FIELD if there is none. */
static inline int32_t mutator_pick(const tree *t, int (*fits)(const tree *, int32_t, const void *), const void *ctx) {
    int32_t found = NO_FIELD;
    for (int32_t i = 1, seen = 0; i < t->count; i++)
        if (t->fields[i].number && t->fields[i].parent != NO_FIELD && fits(t, i, ctx) && mutator_random((uint32_t)++seen) == 0)
            found = i;
    return found;
}

static inline int is_any(const tree *t, int32_t i, const void *ctx) { return (void)t, (void)i, (void)ctx, 1; }
static inline int is_inner(const tree *t, int32_t i, const void *ctx) { return t->fields[i].inner == ctx; }
/* A name of a value: input or output of a node. */
static inline int is_name(const tree *t, int32_t i, const void *ctx) {
    const tree_field *f = &t->fields[i];
    (void)ctx;
    return t->fields[f->parent].inner == &xb_onnx_node_schema && f->number <= XB_ONNX_NODE_OUTPUT;
}
static inline int is_made_name(const tree *t, int32_t i, const void *ctx) {
    const tree_field *p = &t->fields[t->fields[i].parent];
    (void)ctx;
    return (p->inner == &xb_onnx_node_schema && t->fields[i].number == XB_ONNX_NODE_OUTPUT) ||
           (p->inner == &xb_onnx_value_schema && t->fields[i].number == XB_ONNX_VALUE_NAME) ||
           (p->inner == &xb_onnx_tensor_schema && t->fields[i].number == XB_ONNX_TENSOR_NAME);
}

/* A value's name that something declares; "" if there is none. */
static inline xb_slice mutator_name(const tree *t) {
    int32_t i = mutator_pick(t, is_made_name, NULL);
    return i == NO_FIELD ? (xb_slice){ "", 0 } : t->fields[i].bytes;
}

static inline const xb_op *mutator_operator(void) {
    static int32_t count;
    while (xb_op_at(count)) count++;
    return xb_op_at((int32_t)mutator_random((uint32_t)count));
}

/* ---- tensors ---- */

static inline void mutator_element(int32_t dtype, char *at, size_t size) {
    uint64_t bits;
    double   real = mutator_real();
    float    single = (float)real;
    if (dtype == XYBRID_FLOAT64) memcpy(at, &real, 8);
    else if (dtype == XYBRID_FLOAT32) memcpy(at, &single, 4);
    else if (dtype == XYBRID_BOOL) *at = (char)mutator_random(2);
    else {
        bits = (uint64_t)mutator_number();
        if (dtype == XYBRID_FLOAT16 && mutator_random(2)) bits = 0x3c00 + mutator_random(0x400); /* 1 to 2 */
        memcpy(at, &bits, size < 8 ? size : 8);
    }
}

/* Another shape, another type, another content: what there was is forgotten. */
static inline void mutate_tensor(tree *t, int32_t tensor) {
    static const int32_t common[] = { XYBRID_FLOAT32, XYBRID_FLOAT32, XYBRID_FLOAT32, XYBRID_INT64, XYBRID_INT64,
                                      XYBRID_INT32,   XYBRID_INT8,    XYBRID_UINT8,   XYBRID_BOOL,  XYBRID_FLOAT16 };
    int64_t              dims[8], count = 1;
    int32_t              rank = 0, type = tree_find(t, tensor, XB_ONNX_TENSOR_DTYPE);
    int32_t              dtype = type == NO_FIELD ? XYBRID_FLOAT32 : (int32_t)t->fields[type].value;
    for (int32_t i = t->fields[tensor].first; i != NO_FIELD; i = t->fields[i].next)
        if (t->fields[i].number == XB_ONNX_TENSOR_DIMS && rank < 8) dims[rank++] = (int64_t)t->fields[i].value;
    if (mutator_random(4) == 0) dtype = mutator_random(3) ? common[mutator_random(10)] : (int32_t)mutator_random(29);
    if (rank && mutator_random(2)) dims[mutator_random((uint32_t)rank)] = mutator_random(10);
    else if (mutator_random(2)) rank = (int32_t)mutator_random(6);
    for (int32_t i = 0; i < rank; i++) {
        if (dims[i] < 0 || dims[i] > 64 || mutator_random(6) == 0) dims[i] = 1 + mutator_random(4);
        count *= dims[i];
    }
    int32_t bits = xb_onnx_dtype_bits(dtype);
    size_t  size = count > 4096 ? SIZE_MAX : ((size_t)count * (size_t)bits + 7) / 8, element = bits < 8 ? 1 : (size_t)bits / 8;
    char   *raw = bits ? tree_room(t, size) : NULL;
    if (!raw) return;
    for (size_t i = 0; i + element <= size; i += element)
        if (i == 0 || mutator_random(3) == 0) mutator_element(dtype, raw + i, element);
        else memcpy(raw + i, raw + i - element, element);
    for (int32_t i = t->fields[tensor].first, next; i != NO_FIELD; i = next) {
        next = t->fields[i].next;
        if (t->fields[i].number != XB_ONNX_TENSOR_NAME) tree_remove(t, i);
    }
    for (int32_t i = 0; i < rank; i++) tree_add_int(t, tensor, XB_ONNX_TENSOR_DIMS, dims[i]);
    tree_add_int(t, tensor, XB_ONNX_TENSOR_DTYPE, dtype);
    tree_add_bytes(t, tensor, XB_ONNX_TENSOR_RAW, (xb_slice){ raw, size });
}

/* Some elements of raw data. */
static inline void mutate_raw(tree *t, int32_t field) {
    tree_field *f = &t->fields[field];
    int32_t     type = tree_find(t, f->parent, XB_ONNX_TENSOR_DTYPE);
    int32_t     dtype = type == NO_FIELD ? XYBRID_FLOAT32 : (int32_t)t->fields[type].value, bits = xb_onnx_dtype_bits(dtype);
    size_t      element = bits < 8 ? 1 : (size_t)bits / 8;
    char       *copy = f->bytes.size < element ? NULL : tree_room(t, f->bytes.size);
    if (!copy) return;
    memcpy(copy, f->bytes.data, f->bytes.size);
    f->bytes.data = copy;
    uint32_t elements = (uint32_t)(f->bytes.size / element);
    for (uint32_t n = 1 + mutator_random(4); n; n--) mutator_element(dtype, copy + mutator_random(elements) * element, element);
}

/* ---- nodes ---- */

/* The operator becomes another, with inputs and outputs as many as it takes. */
static inline void mutate_operator(tree *t, int32_t node) {
    const xb_op *op = mutator_operator();
    int32_t      in = 0, out = 0;
    for (int32_t i = t->fields[node].first, next; i != NO_FIELD; i = next) {
        uint32_t number = t->fields[i].number;
        next = t->fields[i].next;
        in += number == XB_ONNX_NODE_INPUT;
        out += number == XB_ONNX_NODE_OUTPUT;
        if (number == XB_ONNX_NODE_OPERATOR || number == XB_ONNX_NODE_DOMAIN ||
            (number == XB_ONNX_NODE_INPUT && op->max_in >= 0 && in > op->max_in) ||
            (number == XB_ONNX_NODE_OUTPUT && op->max_out >= 0 && out > op->max_out))
            tree_remove(t, i);
    }
    int32_t most = op->max_in < 0 ? op->min_in + 3 : op->max_in;
    int32_t want = op->min_in + (int32_t)mutator_random((uint32_t)(most - op->min_in) + 1);
    for (; in < want; in++) tree_add_bytes(t, node, XB_ONNX_NODE_INPUT, mutator_name(t));
    tree_add_bytes(t, node, XB_ONNX_NODE_OPERATOR, xb_slice_of(xb_op_name(op)));
    const char *domain = xb_op_domain(op);
    if (domain[0]) tree_add_bytes(t, node, XB_ONNX_NODE_DOMAIN, xb_slice_of(domain));
}

static inline void add_attribute(tree *t, int32_t node) {
    int32_t  a = tree_add(t, node, XB_ONNX_NODE_ATTRIBUTE, XB_PB_MESSAGE);
    uint32_t way = mutator_random(7), n = mutator_random(6);
    if (a == NO_FIELD) return;
    tree_add_bytes(t, a, XB_ONNX_ATTRIBUTE_NAME, MUTATOR_PICK(mutator_attributes));
    if (way < 3) {
        tree_add_int(t, a, XB_ONNX_ATTRIBUTE_INT, mutator_number());
        tree_add_int(t, a, XB_ONNX_ATTRIBUTE_TYPE, 2);
    } else if (way == 3) {
        float    f = (float)mutator_real();
        uint32_t bits;
        int32_t  field = tree_add(t, a, XB_ONNX_ATTRIBUTE_FLOAT, XB_PB_FLOAT);
        memcpy(&bits, &f, sizeof bits);
        if (field != NO_FIELD) t->fields[field].value = bits;
        tree_add_int(t, a, XB_ONNX_ATTRIBUTE_TYPE, 1);
    } else if (way == 4) {
        tree_add_bytes(t, a, XB_ONNX_ATTRIBUTE_STRING, MUTATOR_PICK(mutator_texts));
        tree_add_int(t, a, XB_ONNX_ATTRIBUTE_TYPE, 3);
    } else {
        for (; n; n--) tree_add_int(t, a, XB_ONNX_ATTRIBUTE_INTS, mutator_number());
        tree_add_int(t, a, XB_ONNX_ATTRIBUTE_TYPE, 7);
    }
}

static inline xb_slice fresh_name(tree *t) {
    char *name = tree_room(t, 4);
    if (!name) return (xb_slice){ "", 0 };
    for (int i = 0; i < 4; i++) name[i] = (char)('a' + mutator_random(26));
    return (xb_slice){ name, 4 };
}

/* A node of any operator behind known values, whose output the graph gives out or a node reads. */
static inline void add_node(tree *t, int32_t graph) {
    int32_t  reader = mutator_pick(t, is_name, NULL), node = tree_add(t, graph, XB_ONNX_GRAPH_NODE, XB_PB_MESSAGE);
    xb_slice name = fresh_name(t);
    if (node == NO_FIELD) return;
    tree_add_bytes(t, node, XB_ONNX_NODE_OUTPUT, name);
    mutate_operator(t, node);
    for (uint32_t n = mutator_random(3); n; n--) add_attribute(t, node);
    if (reader != NO_FIELD && mutator_random(2) && t->fields[reader].number == XB_ONNX_NODE_INPUT) {
        t->fields[reader].bytes = name;
        return;
    }
    int32_t port = tree_add(t, graph, XB_ONNX_GRAPH_OUTPUT, XB_PB_MESSAGE);
    if (port != NO_FIELD) tree_add_bytes(t, port, XB_ONNX_VALUE_NAME, name);
}

/* ---- any field ---- */

static inline void mutate_bytes(tree *t, int32_t field) {
    tree_field         *f = &t->fields[field];
    const xb_pb_schema *of = t->fields[f->parent].inner;
    if (of == &xb_onnx_node_schema && f->number == XB_ONNX_NODE_OPERATOR) mutate_operator(t, f->parent);
    else if (of == &xb_onnx_tensor_schema && f->number == XB_ONNX_TENSOR_RAW) mutate_raw(t, field);
    else if (of == &xb_onnx_attribute_schema && f->number == XB_ONNX_ATTRIBUTE_NAME)
        f->bytes = MUTATOR_PICK(mutator_attributes);
    else if (of == &xb_onnx_attribute_schema && mutator_random(3)) f->bytes = MUTATOR_PICK(mutator_texts);
    else if (mutator_random(4)) f->bytes = mutator_name(t);
    else {
        char  *copy = tree_room(t, f->bytes.size + 16);
        size_t size = f->bytes.size;
        if (!copy) return;
        if (size) memcpy(copy, f->bytes.data, size);
        f->bytes = (xb_slice){ copy, LLVMFuzzerMutate((uint8_t *)copy, size, size + 16) };
    }
}

static inline void mutate_value(tree *t, int32_t field) {
    tree_field *f = &t->fields[field];
    double      real = mutator_real();
    float       single = (float)real;
    uint32_t    bits;
    switch (f->kind) {
    case XB_PB_FLOAT:
    case XB_PB_FLOATS:
        memcpy(&bits, &single, sizeof bits);
        f->value = bits;
        return;
    case XB_PB_DOUBLE:
    case XB_PB_DOUBLES: memcpy(&f->value, &real, sizeof real); return;
    case XB_PB_INT:
    case XB_PB_INTS:
        if (mutator_random(3) == 0) f->value += mutator_random(2) ? 1 : UINT64_MAX;
        else f->value = (uint64_t)mutator_number();
        return;
    default: mutate_bytes(t, field);
    }
}

/* Doubles, drops, moves or exchanges a field. */
static inline void mutate_list(tree *t, const tree *from, int32_t field) {
    int32_t parent = t->fields[field].parent, other;
    if (t->fields[field].kind == XB_PB_MESSAGE && mutator_random(2)) {
        other = mutator_pick(from, is_inner, t->fields[field].inner);
        int32_t copy = other == NO_FIELD ? NO_FIELD : tree_copy(t, from, other, 0);
        if (copy == NO_FIELD) return;
        t->fields[copy].number = t->fields[field].number;
        if (mutator_random(2)) tree_replace(t, field, copy);
        else tree_append(t, parent, copy);
        return;
    }
    switch (mutator_random(3)) {
    case 0: tree_remove(t, field); return;
    case 1:
        other = tree_copy(t, t, field, 0);
        if (other != NO_FIELD) tree_append(t, parent, other);
        return;
    default: /* to the end */
        other = tree_copy(t, t, field, 0);
        if (other == NO_FIELD) return;
        tree_remove(t, field);
        tree_append(t, parent, other);
    }
}

static inline void mutate_once(tree *t, const tree *from) {
    uint32_t way = mutator_random(16);
    int32_t  field = NO_FIELD;
    if (way < 4) field = mutator_pick(t, is_inner, &xb_onnx_tensor_schema);
    else if (way < 5) field = mutator_pick(t, is_inner, &xb_onnx_graph_schema);
    else if (way < 7) field = mutator_pick(t, is_inner, &xb_onnx_node_schema);
    else if (way < 9) field = mutator_pick(t, is_inner, &xb_onnx_attribute_schema);
    if (field == NO_FIELD) {
        field = mutator_pick(t, is_any, NULL);
        if (field == NO_FIELD) return;
        if (t->fields[field].kind == XB_PB_MESSAGE || mutator_random(3) == 0) mutate_list(t, from, field);
        else mutate_value(t, field);
    } else if (way < 4) {
        int32_t raw = mutator_random(2) ? tree_find(t, field, XB_ONNX_TENSOR_RAW) : NO_FIELD;
        if (raw == NO_FIELD) mutate_tensor(t, field);
        else mutate_raw(t, raw);
    } else if (way < 5) add_node(t, field);
    else if (way < 6) add_attribute(t, field);
    else if (way < 7) mutate_operator(t, field);
    else { /* the value of an attribute */ int32_t value = t->fields[field].first;
        for (uint32_t n = mutator_random(8); n && value != NO_FIELD; n--)
            if (t->fields[value].next != NO_FIELD) value = t->fields[value].next;
        if (value != NO_FIELD && t->fields[value].kind != XB_PB_MESSAGE) mutate_value(t, value);
    }
}

/* One of `plain` changes is of bytes, as libFuzzer makes them. */
static inline size_t onnx_mutate(const xb_pb_schema *schema, uint8_t *data, size_t size, size_t capacity, unsigned seed,
                                 uint32_t plain) {
    static tree    t;
    static uint8_t out[1 << 20];
    mutator_state = seed;
    if (mutator_random(plain) == 0 || !tree_read(&t, schema, data, size)) return LLVMFuzzerMutate(data, size, capacity);
    for (uint32_t n = 1 + mutator_random(3); n; n--) mutate_once(&t, &t);
    size_t written = tree_write(&t, out, capacity < sizeof out ? capacity : sizeof out);
    if (written == 0) return LLVMFuzzerMutate(data, size, capacity);
    memcpy(data, out, written);
    return written;
}

/* The first with messages of the second. */
static inline size_t onnx_cross(const xb_pb_schema *schema, const uint8_t *data1, size_t size1, const uint8_t *data2,
                                size_t size2, uint8_t *out, size_t capacity, unsigned seed) {
    static tree t, from;
    mutator_state = seed;
    if (!tree_read(&t, schema, data1, size1) || !tree_read(&from, schema, data2, size2)) return 0;
    for (uint32_t n = 1 + mutator_random(3); n; n--) {
        int32_t field = mutator_pick(&t, is_any, NULL);
        if (field != NO_FIELD) mutate_list(&t, &from, field);
    }
    return tree_write(&t, out, capacity);
}

#endif
