/* The ONNX header reader and the protobuf reader below it: against the onnx package (tests/golden/codec/onnx_headers.txt, made by
 * scripts/golden/make_model_corpus.py), and against damage of every kind. */
#include <stdarg.h>

#include "base/format.h"
#include "base/limits.h"
#include "codec/onnx.h"
#include "codec/protobuf.h"
#include "support.h"

#ifndef XB_TEST_SOURCE
#  define XB_TEST_SOURCE "."
#endif

static char *corpus(const char *name, size_t *size) {
    char path[1024];
    *size = 0;
    snprintf(path, sizeof path, "%s/fuzz/corpus/onnx/%s", XB_TEST_SOURCE, name);
    return xb_test_file_(path, size);
}

/* ---- the lines of the golden file ---- */

typedef struct text {
    char  *data;
    size_t size, room;
} text;
static void add(text *t, const char *fmt, ...) XB_PRINTF(2, 3);
static void add(text *t, const char *fmt, ...) {
    va_list args;
    if (t->room - t->size < 4096) t->data = realloc(t->data, t->room = t->room * 2 + 65536);
    va_start(args, fmt);
    t->size += (size_t)vsnprintf(t->data + t->size, t->room - t->size, fmt, args);
    va_end(args);
}

static void add_port(text *t, const char *way, const xb_onnx_port *p) {
    static const char *const kinds[] = { "none",     "tensor_type",   "sparse_tensor_type", "sequence_type",
                                         "map_type", "optional_type", "opaque_type" };
    if (p->kind != XB_ONNX_TENSOR) {
        add(t, "%s %s %s\n", way, p->name, kinds[p->kind]);
        return;
    }
    add(t, "%s %s %s ", way, p->name, xb_onnx_dtype_name(p->dtype));
    if (p->rank < 0) add(t, "any\n");
    if (p->rank < 0) return;
    add(t, "[");
    for (int i = 0; i < p->rank; i++) {
        if (p->shape[i] >= 0) add(t, "%s%lld", i ? "," : "", (long long)p->shape[i]);
        else add(t, "%s%s", i ? "," : "", p->symbols[i] ? p->symbols[i] : "?");
    }
    add(t, "]\n");
}

static void add_tensor(text *t, const xb_onnx *m, const xb_onnx_tensor *x) {
    add(t, "%s %.*s %s [", x->sparse ? "sparse" : "tensor", (int)x->name.size, x->name.data, xb_onnx_dtype_name(x->dtype));
    for (int i = 0; i < x->rank; i++) add(t, "%s%lld", i ? "," : "", (long long)x->dims[i]);
    add(t, "]");
    if (x->sparse) {
        add(t, "\n");
        return;
    }
    add(t, " %lld ", (long long)x->size_bytes);
    if (x->place == XB_ONNX_FIELDS) add(t, "fields\n");
    if (x->place == XB_ONNX_RAW && x->size_bytes < 8) add(t, "raw\n");
    if (x->place == XB_ONNX_RAW && x->size_bytes >= 8) add(t, "raw %lld\n", (long long)x->offset);
    if (x->place == XB_ONNX_EXTERNAL)
        add(t, "external %s %lld %lld\n", m->external_files[x->external->file].location, (long long)x->external->offset,
            (long long)x->external->size_bytes);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const xb_onnx_operator *)a)->name, ((const xb_onnx_operator *)b)->name);
}

static void add_model(text *t, const char *name, const xb_onnx *m) {
    add(t, "model %s ir %lld producer '%s' '%s' domain '%s' version %lld graph '%s'\n", name, (long long)m->ir_version,
        m->producer_name, m->producer_version, m->domain, (long long)m->model_version, m->graph_name);
    for (int i = 0; i < m->opset_count; i++) add(t, "opset '%s' %lld\n", m->opsets[i].domain, (long long)m->opsets[i].version);
    for (int i = 0; i < m->property_count; i++)
        add(t, "property %.*s = %zu bytes\n", (int)m->properties[i].key.size, m->properties[i].key.data,
            m->properties[i].value.size);
    for (int i = 0; i < m->input_count; i++) add_port(t, "input", &m->inputs[i]);
    for (int i = 0; i < m->output_count; i++) add_port(t, "output", &m->outputs[i]);
    xb_onnx_operator ops[256];
    CHECK(m->operator_count <= 256);
    memcpy(ops, m->operators, (size_t)m->operator_count * sizeof *ops);
    qsort(ops, (size_t)m->operator_count, sizeof *ops, by_name);
    for (int i = 0; i < m->operator_count; i++)
        add(t, "op %s %lld%s\n", ops[i].name, (long long)ops[i].count, ops[i].function ? " function" : "");
    add(t, "nodes %lld constant_inputs %lld weight_bytes %lld tensors %d\n", (long long)m->node_count,
        (long long)m->constant_input_count, (long long)m->weight_bytes, m->tensor_count);
    for (int i = 0, shown = 0; i < m->tensor_count; i++)
        if (!m->tensors[i].sparse && shown++ < 40) add_tensor(t, m, &m->tensors[i]);
    for (int i = 0; i < m->tensor_count; i++)
        if (m->tensors[i].sparse) add_tensor(t, m, &m->tensors[i]);
    for (int i = 0; i < m->external_file_count; i++)
        add(t, "file %s %lld\n", m->external_files[i].location, (long long)m->external_files[i].least_bytes);
}

/* Compares the section of `name` in the golden file with `found`, line by line. */
static void compare(const char *name, const char *found) {
    size_t size;
    char  *golden = xb_test_golden("codec/onnx_headers.txt", &size), start[128];
    CHECK_OR_RETURN(golden);
    snprintf(start, sizeof start, "model %s ", name);
    char *wanted = strstr(golden, start);
    CHECK(wanted);
    for (const char *f = found; wanted && *f;) {
        size_t nf = strcspn(f, "\n"), nw = strcspn(wanted, "\n");
        if (nf != nw || memcmp(f, wanted, nf) != 0) {
            wanted[nw] = 0;
            char *line = malloc(nf + 1);
            memcpy(line, f, nf);
            line[nf] = 0;
            CHECK_STR(line, wanted);
            free(line);
            break;
        }
        f += nf + 1;
        wanted += nw + 1;
        if (!*f) CHECK(!*wanted || strncmp(wanted, "model ", 6) == 0);
    }
    free(golden);
}

static void check_model(const char *name, char *bytes, size_t size) {
    xb_test_mem  tm;
    xb_arena     arena;
    xb_onnx      m;
    xybrid_error err;
    text         t = { 0 };
    CHECK_OR_RETURN(bytes);
    xb_test_mem_init(&tm, 0, 0);
    xb_arena_init(&arena, &tm.mem, 0);
    xybrid_status st = xb_onnx_read(bytes, size, &arena, &m, &err);
    if (st) printf("%s: %s\n", name, err.message);
    CHECK_INT(st, XYBRID_OK);
    if (!st) {
        add_model(&t, name, &m);
        compare(name, t.data);
    }
    xb_arena_free(&arena);
    CHECK_INT(tm.live_blocks, 0);
    free(t.data);
    free(bytes);
}

static const char *const small[] = { "add.onnx", "branch.onnx", "external.onnx", "types.onnx", "old.onnx" };

static void reads_small_models(void) {
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        size_t size;
        char  *bytes = corpus(small[i], &size);
        check_model(small[i], bytes, size);
    }
}

static void reads_real_models(void) {
    static const char *const names[] = { "vad/silero_vad.onnx", "vision/mnist.onnx", "vision/ultraface/version-RFB-320.onnx" };
    size_t                   size;
    char                    *bytes = xb_test_data(names[0], &size);
    if (!bytes) CHECK_SKIP("reference data");
    free(bytes);
    for (size_t i = 0; i < 3; i++) {
        bytes = xb_test_data(names[i], &size);
        check_model(strrchr(names[i], '/') + 1, bytes, size);
    }
}

static void finds_by_name(void) {
    xb_mem       mem;
    xb_arena     arena;
    xb_onnx      m;
    xybrid_error err;
    size_t       size;
    char        *bytes = corpus("add.onnx", &size);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    CHECK_OR_RETURN(xb_onnx_read(bytes, size, &arena, &m, &err) == XYBRID_OK);
    CHECK_INT(xb_onnx_opset_version(&m, ""), 17);
    CHECK_INT(xb_onnx_opset_version(&m, "ai.onnx"), 17);
    CHECK_INT(xb_onnx_opset_version(&m, "com.microsoft"), 1);
    CHECK_INT(xb_onnx_opset_version(&m, "ai.onnx.ml"), 0);
    const xb_onnx_tensor *w = xb_onnx_find_tensor(&m, "w");
    CHECK(w && memcmp(bytes + w->offset, "\0\0\0\0\0\0\x80\x3f\0\0\0\x40", 12) == 0);
    CHECK(!xb_onnx_find_tensor(&m, "v"));
    const xb_slice *p = xb_onnx_find_property(&m, "stride");
    CHECK(p && xb_slice_is(*p, "32"));
    CHECK(!xb_onnx_find_property(&m, "strid"));
    CHECK_STR(xb_onnx_dtype_name(99), "unknown");
    CHECK_STR(xb_onnx_dtype_name(22), "int4");
    CHECK_INT(xb_onnx_dtype_bits(22), 4);
    CHECK_INT(xb_onnx_dtype_bits(-1), 0);
    xb_arena_free(&arena);
    free(bytes);
}

/* ---- damage ---- */

/* Reads a copy that ends where its block ends, so that the address sanitizer sees a byte too far. */
static xybrid_status read_copy(const void *bytes, size_t size, xybrid_error *err) {
    xb_mem   mem;
    xb_arena arena;
    xb_onnx  m;
    char    *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    memset(err, 0, sizeof *err);
    xybrid_status st = xb_onnx_read(copy, size, &arena, &m, err);
    if (st == XYBRID_OK) {
        text t = { 0 };
        add_model(&t, "x", &m); /* touches everything */
        free(t.data);
    } else {
        CHECK(err->code == st && err->message[0] && !strchr(err->message, '\n'));
        CHECK((st & XYBRID_PRIMARY_MASK) == XYBRID_UNSUPPORTED_FORMAT);
    }
    CHECK(mem.peak_bytes < 1 << 20);
    xb_arena_free(&arena);
    free(copy);
    return st;
}

static void survives_every_prefix(void) {
    xybrid_error err;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        size_t size;
        char  *bytes = corpus(small[i], &size);
        CHECK_OR_RETURN(bytes);
        for (size_t n = 0; n < size; n++) {
            xybrid_status st = read_copy(bytes, n, &err);
            if (i == 0 && n < 140) CHECK(st != XYBRID_OK); /* the graph is not complete */
        }
        free(bytes);
    }
}

static void survives_every_flipped_byte(void) {
    xybrid_error err;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        size_t size;
        char  *bytes = corpus(small[i], &size);
        CHECK_OR_RETURN(bytes);
        for (size_t n = 0; n < size; n++) {
            for (int flip = 0; flip < 11; flip++) {
                char old = bytes[n];
                bytes[n] = (char)(flip < 8 ? old ^ (1 << flip) : flip == 8 ? 0 : flip == 9 ? 0xff : 0x80);
                if (read_copy(bytes, size, &err)) {}
                bytes[n] = old;
            }
        }
        free(bytes);
    }
}

static void survives_prefixes_of_a_real_model(void) {
    xybrid_error err;
    size_t       size;
    char        *bytes = xb_test_data("vision/mnist.onnx", &size);
    if (!bytes) CHECK_SKIP("reference data");
    for (size_t n = 0; n < size; n += n < 64 ? 1 : 97) CHECK(read_copy(bytes, n, &err) != XYBRID_OK);
    free(bytes);
}

/* ---- messages ---- */

static void check_error(const char *bytes, size_t size, xybrid_status code, const char *message) {
    xybrid_error err;
    CHECK_INT(read_copy(bytes, size, &err), code);
    CHECK_STR(err.message, message);
}
#define BYTES(s) (s), sizeof(s) - 1

/* Messages of one byte of length. */
static size_t put(char *out, int field, const char *bytes, size_t size) {
    out[0] = (char)(field << 3 | 2);
    size_t at = 1;
    for (size_t n = size; n >= 128; n >>= 7) out[at++] = (char)((n & 127) | 128);
    size_t top = size;
    while (top >= 128) top >>= 7;
    out[at++] = (char)top;
    memmove(out + at, bytes, size);
    return at + size;
}

/* "\b\b" (ir_version 8), opset 17, a graph with these fields. */
static size_t put_model(char *out, const char *graph, size_t size) {
    static const char head[] = "\x08\x08\x42\x02\x10\x11";
    memcpy(out, head, 6);
    return 6 + put(out + 6, 7, graph, size);
}
static void check_graph_error(const char *graph, size_t size, xybrid_status code, const char *message) {
    char model[4096];
    check_error(model, put_model(model, graph, size), code, message);
}

static void says_what_is_wrong(void) {
    enum { BAD = XYBRID_MALFORMED, OTHER = XYBRID_UNSUPPORTED_MODEL };
    check_error("", 0, BAD, "ONNX: the file is empty");
    check_error(BYTES("GGUF\3\0\0\0"), OTHER, "ONNX: this is a GGUF file");
    check_error(BYTES("\x18\0\0\0ORTM"), OTHER,
                "ONNX: this is ONNX Runtime's own format (.ort); wanted the .onnx file it was made from");
    check_error(BYTES("PK\x03\x04..."), OTHER,
                "ONNX: this is a ZIP archive (PyTorch's .pt files are); wanted an exported .onnx file");
    check_error(BYTES("version https://git-lfs.example/spec/v1\n"), BAD,
                "ONNX: this is a Git LFS pointer, not the model; fetch it with: git lfs pull");
    check_error(BYTES("<html>"), BAD, "ONNX: this is a web page or XML, not a model; was the download an error page?");
    check_error(BYTES("\x00\x01"), BAD, "ONNX: not an ONNX model: its first byte is 0x00");
    check_error(BYTES("\x89PNG"), BAD, "ONNX: not an ONNX model: its first byte is 0x89");
    check_error(BYTES("\x08\x08\x3a\x88\x27...."), BAD,
                "ONNX: truncated at byte 5: field 7 (graph) of ModelProto claims 5000 bytes, 4 are left");
    check_error(BYTES("\x08\x08"), BAD, "ONNX: no graph in 2 bytes; the file is cut off or not a model");
    check_error(BYTES("\x08"), BAD, "ONNX: truncated at byte 1: field 1 (ir_version) of ModelProto ends within a number");
    check_error(BYTES("\x08\x08\x80"), BAD, "ONNX: truncated at byte 2: ModelProto ends within a field's number");
    check_error(BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), BAD,
                "ONNX: truncated at byte 1: field 1 (ir_version) of ModelProto has a number of more than 10 bytes");
    check_error(BYTES("\x08\x08\x3a\x00"), BAD, "ONNX: no opset_import; the file may be cut off at byte 4");
    check_error(BYTES("\x3a\x00"), BAD, "ONNX: no ir_version; not an ONNX model");
    check_error(BYTES("\x08\x08\x3a\x00\x3a\x00"), BAD, "ONNX: at byte 4: a second graph");
    check_error(BYTES("\x08\x08\x38\x01"), BAD,
                "ONNX: damaged at byte 2: field 7 (graph) of ModelProto has wire type 0 (varint), wanted 2 (bytes)");
    check_error(BYTES("\x08\x08\x0b\x01"), BAD,
                "ONNX: damaged at byte 2: field 1 (ir_version) of ModelProto has wire type 3 (group), wanted 0, 1, 2 or 5");
    check_error(BYTES("\x08\x08\x00\x01"), BAD,
                "ONNX: damaged at byte 2: ModelProto has field number 0, wanted 1 to 536870911");
}

static void says_what_is_wrong_in_a_graph(void) {
    enum { BAD = XYBRID_MALFORMED, OTHER = XYBRID_UNSUPPORTED_MODEL };
    check_graph_error(BYTES("\x0a\x00"), BAD, "ONNX: at byte 8: a node without an operator's name");
    check_graph_error(BYTES("\x0a\x03\x22\x01\xff"), BAD, "ONNX: at byte 8: an operator's name is not text");
    check_graph_error(BYTES("\x5a\x00"), BAD, "ONNX: at byte 8: an input or output of the model without a name");
    check_graph_error(BYTES("\x62\x04\x0a\x02\x61\x00"), BAD, "ONNX: at byte 10: name is not text (UTF-8 without NUL)");
    check_graph_error(BYTES("\x2a\x00"), BAD, "ONNX: at byte 8: weight \"\" (undefined, 1 elements) has no element type");
    check_graph_error(BYTES("\x2a\x05\x10\x63\x42\x01w"), OTHER,
                      "ONNX: weight \"w\" has element type 99, which this version does not know; known are 1 to 28");
    check_graph_error(BYTES("\x2a\x05\x10\x01\x42\x01w"), BAD,
                      "ONNX: at byte 8: weight \"w\" (float32, 1 elements) has 0 values, wanted 1");
    check_graph_error(BYTES("\x2a\x0a\x10\x01\x42\x01w\x4a\x03\x00\x00\x00"), BAD,
                      "ONNX: at byte 8: weight \"w\" (float32, 1 elements) has 3 bytes of data, wanted 4");
    check_graph_error(BYTES("\x2a\x0d\x10\x01\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), BAD,
                      "ONNX: at byte 12: dimension 0 of a weight is -1, must be at least 0");
    check_graph_error(BYTES("\x2a\x16\x10\x01\x0a\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
                      BAD, "ONNX: at byte 12: a weight with more than 2^63 elements");
    check_graph_error(
        BYTES("\x2a\x0b\x10\x01\x08\xff\xff\xff\xff\xff\xff\xff\x7f"), BAD,
        "ONNX: at byte 8: weight \"\" (float32, 72057594037927935 elements) has 0 values, wanted 72057594037927935");
    check_graph_error(BYTES("\x2a\x04\x10\x08\x4a\x00"), BAD,
                      "ONNX: at byte 8: weight \"\" (string, 1 elements) has raw data, which strings cannot have");
    check_graph_error(BYTES("\x2a\x04\x10\x01\x1a\x00"), BAD, "ONNX: at byte 12: a weight in segments, which nothing supports");
    check_graph_error(
        BYTES("\x2a\x07\x10\x01\x22\x03..."), BAD,
        "ONNX: damaged at byte 12: field 4 (float_data) of TensorProto has 3 packed bytes, wanted a multiple of 4");
    check_graph_error(BYTES("\x7a\x00"), BAD, "ONNX: at byte 8: a sparse weight without values or indices");
    check_graph_error(BYTES("\x2a\x05\x10\x01\x2a\x05\x01"), BAD,
                      "ONNX: damaged at byte 14: field 5 (int32_data) of TensorProto claims 5 bytes, 1 are left");
}

/* A weight of one float32 in the external file `location`. */
static xybrid_status read_external(const char *location, const char *offset, const char *length, xybrid_error *err) {
    char              pair[2048], tensor[3072] = "\x10\x01\x70\x01\x42\x01w", graph[3200], model[3300];
    size_t            at = 7, n;
    const char *const entries[][2] = { { "location", location }, { "offset", offset }, { "length", length } };
    for (int i = 0; i < 3; i++) {
        if (!entries[i][1]) continue;
        n = put(pair, 1, entries[i][0], strlen(entries[i][0]));
        n += put(pair + n, 2, entries[i][1], strlen(entries[i][1]));
        at += put(tensor + at, 13, pair, n);
    }
    n = put(graph, 5, tensor, at);
    return read_copy(model, put_model(model, graph, n), err);
}

static void refuses_paths_that_leave(void) {
    static const char *const bad[] = { "",      "/etc/passwd", "../w.bin", "a/../../w.bin", "a/..", "\\\\host\\w", "C:w.bin",
                                       "C:\\w", "a\\..\\w",    "..",       "a\nb",          "\xff", "a/../w" };
    static const char *const good[] = { "w.bin", "a/w.bin", "./w.bin", "...", "a..b/w", "..w", "a\\w" };
    xybrid_error             err;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_INT(read_external(bad[i], NULL, NULL, &err), XYBRID_MALFORMED);
        CHECK(strstr(err.message, "leaves the pack"));
        if (bad[i][0] > ' ') CHECK_STR(err.subject, bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) CHECK_INT(read_external(good[i], NULL, NULL, &err), XYBRID_OK);
    char longest[1025];
    memset(longest, 'a', 1024);
    longest[1024] = 0;
    CHECK_INT(read_external(longest, NULL, NULL, &err), XYBRID_MALFORMED);
    longest[1023] = 0;
    CHECK_INT(read_external(longest, NULL, NULL, &err), XYBRID_OK);
    CHECK_INT(read_external(NULL, NULL, NULL, &err), XYBRID_MALFORMED);

    CHECK_INT(read_external("w", "12", "4", &err), XYBRID_OK);
    CHECK_INT(read_external("w", "12", "5", &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "ONNX: at byte 8: weight \"w\" (float32, 1 elements) has external data of another length");
    CHECK_INT(read_external("w", "-1", NULL, &err), XYBRID_MALFORMED);
    CHECK(strstr(err.message, "offset of external data is \"-1\", wanted a number of bytes"));
    CHECK_INT(read_external("w", "", NULL, &err), XYBRID_MALFORMED);
    CHECK_INT(read_external("w", "9223372036854775808", NULL, &err), XYBRID_MALFORMED);
    CHECK_INT(read_external("w", "9223372036854775807", NULL, &err), XYBRID_MALFORMED);
    CHECK(strstr(err.message, "ends beyond 2^63 bytes"));
}

/* If in If in If: each level is a graph, a node and an attribute. */
static void bounds_nesting(void) {
    static char  a[1 << 16], b[1 << 16];
    xybrid_error err;
    for (int levels = 1; levels < 60; levels++) {
        size_t n = 0;
        for (int i = 1; i < levels; i++) {
            size_t m = put(b, 6, a, n);     /* attribute: the graph */
            memcpy(b + m, "\x22\x02If", 4); /* (of the node, which follows) */
            n = put(a, 5, b, m);            /* node: the attribute */
            memcpy(a + n, "\x22\x02If", 4);
            n += 4;
            n = put(b, 1, a, n); /* graph: the node */
            memcpy(a, b, n);
        }
        static char   model[1 << 17];
        xybrid_status st = read_copy(model, put_model(model, a, n), &err);
        CHECK_INT(st,
                  3 * (levels - 1) + 1 <= XB_MAX_PROTOBUF_DEPTH && levels <= XB_MAX_GRAPH_DEPTH ? XYBRID_OK : XYBRID_MALFORMED);
        if (st) CHECK(strstr(err.message, "inside each other"));
    }
}

/* The work of a look-up stays small, also for names that were made to collide; and a set beyond its maximum is refused. */
static void names_keep_their_order(void) {
    enum { COUNT = 100000 };
    xb_mem       mem;
    xb_arena     arena;
    xb_names     names;
    xb_name     *name;
    xybrid_error err;
    static char  text_of[COUNT][16];
    int          is_new;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    xb_names_init(&names, &arena, COUNT, "test: names");
    CHECK(!xb_names_find(&names, xb_slice_of("0")));
    for (int i = 0; i < COUNT; i++) {
        snprintf(text_of[i], sizeof text_of[i], "%d", i);
        CHECK_OR_RETURN(xb_names_add(&names, xb_slice_of(text_of[i]), &name, &is_new, &err) == XYBRID_OK && is_new);
        name->value = i;
    }
    for (int i = 0; i < COUNT; i++) {
        const xb_name *found = xb_names_find(&names, xb_slice_of(text_of[i]));
        CHECK_OR_RETURN(found && found->value == i && found == &names.items[i]);
    }
    CHECK_INT(xb_names_add(&names, xb_slice_of("7"), &name, &is_new, &err), XYBRID_OK);
    CHECK_INT(is_new, 0);
    CHECK_INT(xb_names_add(&names, xb_slice_of("x"), &name, &is_new, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "test: names: more than 100000");
    CHECK(!xb_names_find(&names, xb_slice_of("x")));
    xb_arena_free(&arena);
}

static void survives_lack_of_memory(void) {
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        size_t size;
        char  *bytes = corpus(small[i], &size);
        CHECK_OR_RETURN(bytes);
        xb_test_mem tm;
        XB_TORTURE (tm, 200) {
            xb_arena     arena;
            xb_onnx      m = { 0 };
            xybrid_error err;
            xb_arena_init(&arena, &tm.mem, 0);
            xybrid_status st = xb_onnx_read(bytes, size, &arena, &m, &err);
            XB_TORTURE_STATUS(tm, st);
            if (st) CHECK(!m.graph.data); /* untouched */
            xb_arena_free(&arena);
        }
        free(bytes);
    }
}

/* ---- the wire reader alone ---- */

static const xb_pb_row    toy_rows[] = { { 1, XB_PB_INT, "i" },      { 2, XB_PB_INTS, "is" }, { 3, XB_PB_FLOATS, "fs" },
                                         { 4, XB_PB_DOUBLES, "ds" }, { 5, XB_PB_FLOAT, "f" }, { 6, XB_PB_BYTES, "b" } };
static const xb_pb_schema toy = { "Toy", toy_rows, 6 };

static void reads_the_wire(void) {
    /* i = -1; is = 1, then packed 2 and 300; unknown 99 = "xx"; fs = 1.0f, then packed 2.0f; ds packed -2.0; b = "" */
    static const char     bytes[] = "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                                    "\x10\x01"
                                    "\x12\x03\x02\xac\x02"
                                    "\x9a\x06\x02xx"
                                    "\x1d\0\0\x80\x3f"
                                    "\x1a\x04\0\0\0\x40"
                                    "\x22\x08\0\0\0\0\0\0\0\xc0"
                                    "\x32\x00";
    static const uint64_t wanted[] = { 1, 2, 300, 0x3f800000, 0x40000000, UINT64_C(0xc000000000000000) };
    xb_pb                 c;
    xb_pb_field           f;
    xybrid_error          err;
    size_t                n = 0;
    int                   fields = 0;
    xb_pb_begin(&c, &toy, "TOY", bytes, sizeof bytes - 1);
    for (;; fields++) {
        CHECK_OR_RETURN(xb_pb_next(&c, &f, &err) == XYBRID_OK);
        if (f.number == 0) break;
        if (f.number == 1) CHECK_INT(xb_pb_int(&f), -1);
        if (f.number == 6) CHECK_INT(f.bytes.size, 0);
        for (int more = f.number >= 2 && f.number <= 4; more;) {
            uint64_t value;
            CHECK_OR_RETURN(xb_pb_each(&c, &f, &value, &more, &err) == XYBRID_OK);
            if (more) CHECK(n < 6 && value == wanted[n]);
            n += (size_t)more;
        }
    }
    CHECK_INT(n, 6);
    CHECK_INT(fields, 7);
    CHECK_INT(xb_pb_next(&c, &f, &err), XYBRID_OK); /* the end stays the end */
    CHECK_INT(f.number, 0);

    uint64_t value;
    int      more;
    xb_pb_begin(&c, &toy, "TOY", "\x12\x01\x80", 3);
    CHECK_INT(xb_pb_next(&c, &f, &err), XYBRID_OK);
    CHECK_INT(xb_pb_each(&c, &f, &value, &more, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "TOY: damaged at byte 2: field 2 (is) of Toy ends within a number");
    CHECK_INT(err.position, 2);
    xb_pb_begin(&c, &toy, "TOY", NULL, 0);
    CHECK_INT(xb_pb_next(&c, &f, &err), XYBRID_OK);
    CHECK_INT(f.number, 0);
}

CHECK_MAIN(RUN(reads_the_wire), RUN(names_keep_their_order), RUN(reads_small_models), RUN(reads_real_models),
           RUN(finds_by_name), RUN(survives_every_prefix), RUN(survives_every_flipped_byte),
           RUN(survives_prefixes_of_a_real_model), RUN(says_what_is_wrong), RUN(says_what_is_wrong_in_a_graph),
           RUN(refuses_paths_that_leave), RUN(bounds_nesting), RUN(survives_lack_of_memory))
