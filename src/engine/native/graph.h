/* engine/native/graph.h - an ONNX model as a graph in memory: what the file says, checked, and nothing more.
 *
 *     bytes --codec/onnx.h--> header --graph_read.c--> xb_model_graph: values by number, nodes in order, subgraphs
 *
 * Values of the model and of all its subgraphs share one numbering, so that a subgraph names an outer value by its number.
 * Functions that the model defines are expanded where they are called; Constant nodes and initializers have become values
 * with content; nodes stand in topological order. Everything lives in the model's arena or in the file's bytes, which outlive
 * it, and is read by any thread. */
#ifndef XB_NATIVE_GRAPH_H
#define XB_NATIVE_GRAPH_H

#include "base/arena.h"
#include "base/checked.h"
#include "base/limits.h"
#include "codec/onnx.h"
#include "codec/onnx_value.h"

typedef struct xb_op    xb_op; /* engine/native/op.h */
typedef struct xb_graph xb_graph;

enum { XB_NO_VALUE = -1 }; /* an optional input or output that is left out */

typedef enum xb_attr_type { /* numbers of AttributeProto.AttributeType */
                            XB_ATTR_NONE = 0,
                            XB_ATTR_FLOAT = 1,
                            XB_ATTR_INT = 2,
                            XB_ATTR_STRING = 3,
                            XB_ATTR_TENSOR = 4,
                            XB_ATTR_GRAPH = 5,
                            XB_ATTR_FLOATS = 6,
                            XB_ATTR_INTS = 7,
                            XB_ATTR_STRINGS = 8,
                            XB_ATTR_TYPE = 13
} xb_attr_type;

typedef struct xb_attr {
    xb_slice     name;
    xb_attr_type type;
    int32_t      count; /* FLOATS, INTS, STRINGS */
    union {
        float                f;
        int64_t              i;
        xb_slice             s;
        const float         *floats;
        const int64_t       *ints;
        const xb_slice      *strings;
        const xb_onnx_value *tensor;
        const xb_graph      *graph;
        const xb_onnx_port  *port; /* TYPE */
    } v;
} xb_attr;

typedef struct xb_graph_node {
    const xb_op   *op;
    xb_slice       name;  /* for messages; "" if the file gives none */
    int32_t        opset; /* version of the operator's domain */
    int32_t        input_count, output_count, attr_count;
    const int32_t *inputs, *outputs; /* value numbers */
    const xb_attr *attrs;
    const int32_t *captures; /* values of this and outer graphs that its subgraphs use, each once */
    int32_t        capture_count;
} xb_graph_node;

struct xb_graph {
    int32_t              node_count, input_count, output_count;
    const xb_graph_node *nodes;
    const int32_t       *inputs, *outputs;
};

typedef struct xb_graph_value {
    xb_slice             name;     /* "" for the inner values of expanded functions */
    const xb_onnx_value *constant; /* NULL: computed or fed */
    int32_t              is_made;  /* by a node, or it is an input of a graph */
} xb_graph_value;

typedef struct xb_model_graph {
    xb_onnx               header;
    int32_t               value_count;
    const xb_graph_value *values;
    const xb_graph       *main;
} xb_model_graph;

/* Where external data lies: fills *data for weight bytes [offset, offset + size) of header.external_files[file]. */
typedef struct xb_graph_files {
    void *ctx;
    xybrid_status (*read)(void *ctx, const char *location, int64_t offset, int64_t size_bytes, const void **data,
                          xybrid_error *err);
} xb_graph_files;

/* Reads and checks. `bytes` and `files` outlive the graph; the caller frees the arena, also after a failure. `mem` is for what
 * is needed only meanwhile. Errors: MALFORMED (with the node); UNSUPPORTED_MODEL (opset, types); UNSUPPORTED_OPERATOR naming
 * the operators that are missing, all of them; OUT_OF_MEMORY. */
xybrid_status xb_graph_read(const void *bytes, size_t size, const xb_graph_files *files, xb_mem *mem, xb_arena *arena,
                            xb_model_graph *out, xybrid_error *err);

/* Elements of a shape; 0: it is not possible. Dimensions that are not 0 make at most XB_MAX_PLAN_ELEMENTS, also where one is 0:
 * products of some of them then never overflow. */
static inline int xb_plan_count(int32_t rank, const int64_t *dims, int64_t *count) {
    int64_t product = 1;
    int     is_empty = 0;
    for (int32_t i = 0; i < rank; i++) {
        if (dims[i] == 0) is_empty = 1;
        else if (xb_mul_overflows(product, dims[i], &product) || product > XB_MAX_PLAN_ELEMENTS) return 0;
    }
    *count = is_empty ? 0 : product;
    return 1;
}

/* NULL if the node lacks it. */
const xb_attr *xb_attr_find(const xb_graph_node *n, const char *name);

#endif
