/* onnx_writer.h - small ONNX models made in a test, as the bytes of a file. Needs nothing of the library.
 *
 *     onnx_writer w, body;
 *     onnx_write_begin(&w, 21);                                    // opset of ONNX's own domain; com.microsoft is 1
 *     onnx_write_input(&w, "x", XYBRID_FLOAT32);
 *     onnx_write_node(&w, "", "Clip", "x - high", "y");            // "-" is an input or output that is left out
 *     onnx_write_int(&w, "axis", 1);                               // an attribute of the last node
 *     onnx_write_begin(&body, 0);                                  // a subgraph: a writer of its own ...
 *     onnx_write_graph(&w, "body", &body);                         // ... whose end is here, as an attribute
 *     onnx_write_output(&w, "y");
 *     onnx_bytes file = onnx_write_end(&w);                        // file.data, file.size; onnx_bytes_free(&file)
 *
 * Numbers of fields: onnx.proto. */
#ifndef ONNX_WRITER_H
#define ONNX_WRITER_H

#include <stdint.h>

#include "check.h"

typedef struct onnx_bytes {
    size_t size, room;
    char  *data;
} onnx_bytes;

typedef struct onnx_writer {
    onnx_bytes graph, node, functions; /* node: the last one, which attributes still join */
    int64_t    opset;
} onnx_writer;

/* ---- protobuf ---- */

static inline void onnx_bytes_free(onnx_bytes *b) {
    free(b->data);
    *b = (onnx_bytes){ 0, 0, NULL };
}
static inline void onnx_bytes_add(onnx_bytes *b, const void *data, size_t size) {
    if (b->room - b->size < size) {
        b->room = (b->size + size) * 2 + 64;
        b->data = realloc(b->data, b->room);
        if (!b->data) {
            printf("onnx_writer.h: no memory for a model of %zu bytes\n", b->room);
            exit(1);
        }
    }
    if (size) memcpy(b->data + b->size, data, size);
    b->size += size;
}
static inline void onnx_put_varint(onnx_bytes *b, uint64_t v) {
    char   text[10];
    size_t size = 0;
    for (; v > 127; v >>= 7) text[size++] = (char)(v | 128);
    text[size++] = (char)v;
    onnx_bytes_add(b, text, size);
}
static inline void onnx_put_int(onnx_bytes *b, int field, int64_t v) {
    onnx_put_varint(b, (uint64_t)field << 3);
    onnx_put_varint(b, (uint64_t)v);
}
static inline void onnx_put_bytes(onnx_bytes *b, int field, const void *data, size_t size) {
    onnx_put_varint(b, (uint64_t)field << 3 | 2);
    onnx_put_varint(b, size);
    onnx_bytes_add(b, data, size);
}
static inline void onnx_put_text(onnx_bytes *b, int field, const char *text) { onnx_put_bytes(b, field, text, strlen(text)); }
/* The message `part` as a field of b; part is freed. */
static inline void onnx_put_message(onnx_bytes *b, int field, onnx_bytes *part) {
    onnx_put_bytes(b, field, part->data, part->size);
    onnx_bytes_free(part);
}

/* ---- the graph ---- */

static inline void onnx_flush_node(onnx_writer *w) {
    if (w->node.size) onnx_put_bytes(&w->graph, 1, w->node.data, w->node.size);
    w->node.size = 0;
}

static inline void onnx_write_begin(onnx_writer *w, int64_t opset) {
    memset(w, 0, sizeof *w);
    w->opset = opset;
}

/* A port. dtype 0: not said; rank -1: no shape. */
static inline void onnx_put_port(onnx_writer *w, int field, const char *name, int32_t dtype, int32_t rank,
                                 const int64_t *dims) {
    onnx_bytes tensor = { 0 }, type = { 0 }, port = { 0 }, shape = { 0 };
    if (dtype) onnx_put_int(&tensor, 1, dtype);
    for (int32_t i = 0; i < rank; i++) {
        onnx_bytes dim = { 0 };
        onnx_put_int(&dim, 1, dims[i]);
        onnx_put_message(&shape, 1, &dim);
    }
    if (rank >= 0) onnx_put_message(&tensor, 2, &shape);
    onnx_put_message(&type, 1, &tensor);
    onnx_put_text(&port, 1, name);
    onnx_put_message(&port, 2, &type);
    onnx_put_message(&w->graph, field, &port);
}
static inline void onnx_write_input(onnx_writer *w, const char *name, int32_t dtype) {
    onnx_put_port(w, 11, name, dtype, -1, NULL);
}
static inline void onnx_write_output(onnx_writer *w, const char *name) { onnx_put_port(w, 12, name, 0, -1, NULL); }
/* With a type, which the door asks for. */
static inline void onnx_write_typed_output(onnx_writer *w, const char *name, int32_t dtype) {
    onnx_put_port(w, 12, name, dtype, -1, NULL);
}

/* The same with a shape: words, each a length, a name, or "?". field 11: an input, 12: an output. */
static inline void onnx_write_shaped(onnx_writer *w, int field, const char *name, int32_t dtype, const char *words) {
    onnx_bytes tensor = { 0 }, type = { 0 }, port = { 0 }, shape = { 0 };
    while (*words) {
        onnx_bytes dim = { 0 };
        size_t     size = strcspn(words, " ");
        if (*words >= '0' && *words <= '9') onnx_put_int(&dim, 1, strtol(words, NULL, 10));
        else if (*words != '?') onnx_put_bytes(&dim, 2, words, size);
        onnx_put_message(&shape, 1, &dim);
        words += size + (words[size] == ' ');
    }
    onnx_put_int(&tensor, 1, dtype);
    onnx_put_message(&tensor, 2, &shape);
    onnx_put_message(&type, 1, &tensor);
    onnx_put_text(&port, 1, name);
    onnx_put_message(&port, 2, &type);
    onnx_put_message(&w->graph, field, &port);
}

/* A TensorProto; elements as raw_data has them. */
static inline onnx_bytes onnx_tensor_message(const char *name, int32_t dtype, int32_t rank, const int64_t *dims,
                                             const void *data, size_t size) {
    onnx_bytes t = { 0 };
    for (int32_t i = 0; i < rank; i++) onnx_put_int(&t, 1, dims[i]);
    onnx_put_int(&t, 2, dtype);
    onnx_put_text(&t, 8, name);
    onnx_put_bytes(&t, 9, data, size);
    return t;
}
static inline void onnx_write_constant(onnx_writer *w, const char *name, int32_t dtype, int32_t rank, const int64_t *dims,
                                       const void *data, size_t size) {
    onnx_bytes t = onnx_tensor_message(name, dtype, rank, dims, data, size);
    onnx_put_message(&w->graph, 5, &t);
}

static inline void onnx_put_names(onnx_bytes *node, int field, const char *names) {
    while (*names) {
        size_t size = 0;
        while (names[size] && names[size] != ' ') size++;
        onnx_put_bytes(node, field, names, size == 1 && *names == '-' ? 0 : size);
        names += size;
        if (*names) names++;
    }
}
static inline void onnx_write_node(onnx_writer *w, const char *domain, const char *op, const char *inputs,
                                   const char *outputs) {
    onnx_flush_node(w);
    onnx_put_names(&w->node, 1, inputs);
    onnx_put_names(&w->node, 2, outputs);
    onnx_put_text(&w->node, 4, op);
    onnx_put_text(&w->node, 7, domain);
}

static inline void onnx_write_int(onnx_writer *w, const char *name, int64_t value) {
    onnx_bytes a = { 0 };
    onnx_put_text(&a, 1, name);
    onnx_put_int(&a, 3, value);
    onnx_put_int(&a, 20, 2);
    onnx_put_message(&w->node, 5, &a);
}
static inline void onnx_write_float(onnx_writer *w, const char *name, float value) {
    onnx_bytes a = { 0 };
    onnx_put_text(&a, 1, name);
    onnx_put_varint(&a, 2 << 3 | 5);
    onnx_bytes_add(&a, &value, sizeof value);
    onnx_put_int(&a, 20, 1);
    onnx_put_message(&w->node, 5, &a);
}
static inline void onnx_write_ints(onnx_writer *w, const char *name, int32_t count, const int64_t *values) {
    onnx_bytes a = { 0 };
    onnx_put_text(&a, 1, name);
    for (int32_t i = 0; i < count; i++) onnx_put_int(&a, 8, values[i]);
    onnx_put_int(&a, 20, 7);
    onnx_put_message(&w->node, 5, &a);
}
static inline void onnx_write_text(onnx_writer *w, const char *name, const char *value) {
    onnx_bytes a = { 0 };
    onnx_put_text(&a, 1, name);
    onnx_put_text(&a, 4, value);
    onnx_put_int(&a, 20, 3);
    onnx_put_message(&w->node, 5, &a);
}
static inline void onnx_write_tensor(onnx_writer *w, const char *name, int32_t dtype, int32_t rank, const int64_t *dims,
                                     const void *data, size_t size) {
    onnx_bytes a = { 0 }, t = onnx_tensor_message("", dtype, rank, dims, data, size);
    onnx_put_text(&a, 1, name);
    onnx_put_message(&a, 5, &t);
    onnx_put_int(&a, 20, 4);
    onnx_put_message(&w->node, 5, &a);
}
/* Ends `graph`. */
static inline void onnx_write_graph(onnx_writer *w, const char *name, onnx_writer *graph) {
    onnx_bytes a = { 0 };
    onnx_flush_node(graph);
    onnx_put_text(&a, 1, name);
    onnx_put_message(&a, 6, &graph->graph);
    onnx_put_int(&a, 20, 5);
    onnx_put_message(&w->node, 5, &a);
    onnx_bytes_free(&graph->node);
}

/* A function of domain "f", of w's opset: `body`, whose nodes alone count, ends here. */
static inline void onnx_write_function(onnx_writer *w, const char *name, const char *inputs, const char *outputs,
                                       onnx_writer *body) {
    onnx_bytes f = { 0 }, own = { 0 }, other = { 0 };
    onnx_put_text(&f, 1, name);
    onnx_put_names(&f, 4, inputs);
    onnx_put_names(&f, 5, outputs);
    onnx_flush_node(body);
    for (size_t at = 0; at < body->graph.size;) { /* node 1 of a graph is node 7 of a function; one byte each */
        uint64_t size = 0;
        size_t   end = at + 1;
        for (int shift = 0;; shift += 7) {
            size |= (uint64_t)((unsigned char)body->graph.data[end] & 127) << shift;
            if (!(body->graph.data[end++] & 128)) break;
        }
        if (body->graph.data[at] == (1 << 3 | 2)) onnx_put_bytes(&f, 7, body->graph.data + end, (size_t)size);
        at = end + (size_t)size;
    }
    onnx_put_int(&own, 2, w->opset);
    onnx_put_text(&other, 1, "f");
    onnx_put_int(&other, 2, 1);
    onnx_put_message(&f, 9, &own);
    onnx_put_message(&f, 9, &other);
    onnx_put_text(&f, 10, "f");
    onnx_put_message(&w->functions, 25, &f);
    onnx_bytes_free(&body->graph);
    onnx_bytes_free(&body->node);
}

/* The file; the writer is empty afterwards. */
static inline onnx_bytes onnx_write_end(onnx_writer *w) {
    onnx_bytes  file = { 0 };
    const char *domains[3] = { "", "com.microsoft", "f" };
    onnx_flush_node(w);
    onnx_put_int(&file, 1, 8);
    onnx_put_message(&file, 7, &w->graph);
    for (int i = 0; i < 3; i++) {
        onnx_bytes set = { 0 };
        if (*domains[i]) onnx_put_text(&set, 1, domains[i]);
        onnx_put_int(&set, 2, i ? 1 : w->opset);
        onnx_put_message(&file, 8, &set);
    }
    onnx_bytes_add(&file, w->functions.data, w->functions.size);
    onnx_bytes_free(&w->functions);
    onnx_bytes_free(&w->node);
    return file;
}

#endif
