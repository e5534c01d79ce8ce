/* pack/pack_init.c - metadata for a bare model file, from what its header says. */
#include "base/error.h"
#include "base/limits.h"
#include "codec/gguf.h"
#include "codec/onnx.h"
#include "codec/sniff.h"
#include "pack/pack.h"
#include "plat/path.h"

enum {
    MAX_LISTED = 64,       /* inputs, outputs, operators and files beyond are left out: they are information only */
    EMBEDDER_CONTEXT = 512 /* tokens; llama.cpp keeps a row of the whole vocabulary for each */
};

/* "models/kws.onnx" -> "kws". */
static xb_slice stem_of(const char *name) {
    const char *base = xb_path_base(name);
    xb_slice    s = { base, (size_t)(xb_path_suffix(base) - base) };
    return s.size ? s : xb_slice_of("model");
}

/* The file's name in its pack, or a plain one if it cannot be one. */
static const char *file_of(const char *name, const char *plain) {
    return xb_pack_name_ok(xb_path_base(name)) ? xb_path_base(name) : plain;
}

static void put_slice(xb_json_writer *w, const char *key, xb_slice s) {
    xb_json_key(w, key);
    xb_json_put_stringn(w, s.data, s.size);
}

static void put_start(xb_json_writer *w, const char *name, const char *template_name, const char *file) {
    xb_json_begin_object(w);
    put_slice(w, "model_id", stem_of(name));
    xb_json_key(w, "version"), xb_json_put_string(w, "1.0");
    xb_json_key(w, "execution_template");
    xb_json_begin_object(w);
    xb_json_key(w, "type"), xb_json_put_string(w, template_name);
    xb_json_key(w, "model_file"), xb_json_put_string(w, file);
}

static void put_no_steps(xb_json_writer *w) {
    static const char *const lists[] = { "preprocessing", "postprocessing" };
    for (int i = 0; i < 2; i++) {
        xb_json_key(w, lists[i]);
        xb_json_begin_array(w);
        xb_json_end(w);
    }
}

/* ---------------------------------------------------------------- ONNX ------------------------------------------------- */

static void put_ports(xb_json_writer *w, const char *key, const xb_onnx_port *ports, int32_t count) {
    xb_json_key(w, key);
    xb_json_begin_array(w);
    for (int32_t i = 0; i < count && i < MAX_LISTED; i++) {
        const xb_onnx_port *p = &ports[i];
        xb_json_begin_object(w);
        xb_json_key(w, "name"), xb_json_put_string(w, p->name);
        xb_json_key(w, "type"),
            xb_json_put_string(w, p->kind == XB_ONNX_TENSOR ? xb_onnx_dtype_name(p->dtype) : "not a tensor");
        if (p->rank >= 0) {
            xb_json_key(w, "shape");
            xb_json_begin_array(w);
            for (int32_t d = 0; d < p->rank; d++) {
                if (p->shape[d] < 0 && p->symbols[d]) xb_json_put_string(w, p->symbols[d]);
                else xb_json_put_int(w, p->shape[d]);
            }
            xb_json_end(w);
        }
        xb_json_end(w);
    }
    xb_json_end(w);
}

static void put_onnx(xb_json_writer *w, const char *name, const xb_onnx *m) {
    const char *file = file_of(name, "model.onnx");
    put_start(w, name, "Onnx", file);
    xb_json_end(w);
    put_no_steps(w);
    xb_json_key(w, "files");
    xb_json_begin_array(w);
    xb_json_put_string(w, file);
    for (int32_t i = 0; i < m->external_file_count && i < MAX_LISTED; i++) xb_json_put_string(w, m->external_files[i].location);
    xb_json_end(w);

    xb_json_key(w, "metadata");
    xb_json_begin_object(w);
    xb_json_key(w, "opset"), xb_json_put_int(w, xb_onnx_opset_version(m, ""));
    xb_json_key(w, "producer"), xb_json_put_string(w, m->producer_name);
    xb_json_key(w, "weight_bytes"), xb_json_put_int(w, m->weight_bytes);
    put_ports(w, "inputs", m->inputs, m->input_count);
    put_ports(w, "outputs", m->outputs, m->output_count);
    xb_json_end(w);
    xb_json_end(w);
}

/* ---------------------------------------------------------------- GGUF ------------------------------------------------- */

/* "<architecture>.context_length", as far as it is a plain number. */
static int64_t context_length(const xb_gguf *g, xb_slice architecture) {
    char    key[160];
    int64_t value = 0;
    xb_format(key, sizeof key, "%.*s.context_length", xb_slice_len(architecture), architecture.data);
    return xb_gguf_int(g, key, &value) && value > 0 && value <= INT32_MAX ? value : 0;
}

/* Does it give vectors rather than text? Encoders see what is ahead, others say how their vectors are pooled. */
static int is_embedder(const xb_gguf *g, xb_slice architecture) {
    char    key[160];
    int     is_causal = 1;
    int64_t pooling = 0;
    xb_format(key, sizeof key, "%.*s.attention.causal", xb_slice_len(architecture), architecture.data);
    xb_gguf_bool(g, key, &is_causal);
    xb_format(key, sizeof key, "%.*s.pooling_type", xb_slice_len(architecture), architecture.data);
    return !is_causal || xb_slice_is(architecture, "gemma-embedding") || (xb_gguf_int(g, key, &pooling) && pooling > 0);
}

static void put_gguf(xb_json_writer *w, const char *name, const xb_gguf *g) {
    const char *file = file_of(name, "model.gguf");
    xb_slice    architecture = { "", 0 }, title = { "", 0 }, chat;
    xb_gguf_text(g, "general.architecture", &architecture);
    xb_gguf_text(g, "general.name", &title);
    int64_t context = context_length(g, architecture);
    int     gives_vectors = is_embedder(g, architecture);
    if (gives_vectors && context > EMBEDDER_CONTEXT) context = EMBEDDER_CONTEXT;
    put_start(w, name, "Gguf", file);
    if (context) xb_json_key(w, "context_length"), xb_json_put_int(w, context);
    xb_json_end(w);
    put_no_steps(w);
    xb_json_key(w, "files");
    xb_json_begin_array(w);
    xb_json_put_string(w, file);
    xb_json_end(w);

    xb_json_key(w, "metadata");
    xb_json_begin_object(w);
    if (gives_vectors) xb_json_key(w, "task"), xb_json_put_string(w, "text-embedding");
    else if (g->tensor_count > 0 && xb_gguf_text(g, "tokenizer.chat_template", &chat))
        xb_json_key(w, "task"), xb_json_put_string(w, "text-generation");
    put_slice(w, "architecture", architecture);
    if (title.size) put_slice(w, "name", title);
    xb_json_key(w, "weight_bytes"), xb_json_put_int(w, g->weight_bytes);
    xb_json_end(w);
    xb_json_end(w);
}

/* ---------------------------------------------------------------- both ------------------------------------------------- */

/* ONNX has no magic number: what is not something else is read as ONNX, if its name says so or it looks like it. */
static int is_onnx(const char *name, const void *bytes, size_t size) {
    xb_kind kind = xb_sniff(bytes, (int64_t)size);
    return kind == XB_KIND_ONNX || xb_ends_with(name, ".onnx");
}

xybrid_status xb_pack_init_metadata(xb_mem *mem, const char *name, const void *bytes, size_t size, xb_str *out,
                                    xybrid_error *err) {
    xb_arena       arena;
    xb_json_writer w;
    xybrid_status  st;
    xb_arena_init(&arena, mem, 0);
    xb_json_writer_init(&w, out, XB_JSON_PRETTY);
    if (xb_sniff(bytes, (int64_t)size) == XB_KIND_GGUF || xb_ends_with(name, ".gguf")) {
        xb_gguf g;
        XB_TRY_OUT(xb_gguf_read(bytes, size, &arena, &g, err));
        put_gguf(&w, name, &g);
    } else if (is_onnx(name, bytes, size)) {
        xb_onnx m;
        XB_TRY_OUT(xb_onnx_read(bytes, size, &arena, &m, err));
        put_onnx(&w, name, &m);
    } else {
        st = xb_fail(err, XYBRID_UNSUPPORTED_MODEL, name, "%s, wanted an ONNX or GGUF model, or a pack's folder",
                     size ? xb_kind_name(xb_sniff(bytes, (int64_t)size)) : "an empty file");
        goto out;
    }
    st = xb_json_writer_status(&w, err);
out:
    xb_arena_free(&arena);
    return st;
}
