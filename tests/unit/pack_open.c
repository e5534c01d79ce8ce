/* Packs in use: every source, overlay, confinement, the table of files, external weights, identity, metadata made for bare
 * models; each failure with its text; memory and I/O that fail. */
#define _GNU_SOURCE
#include "base/limits.h"
#include "pack/pack.h"
#include "plat/clock.h"
#include "plat/fault.h"
#include "support.h"
#include "temp.h"

#include <fcntl.h>
#if defined(_WIN32)
#  include <io.h>
#endif
#ifndef O_BINARY
#  define O_BINARY 0
#endif

#ifndef XB_TEST_SOURCE
#  define XB_TEST_SOURCE "."
#endif

static char *corpus(const char *name, size_t *size) {
    char path[1024];
    *size = 0;
    snprintf(path, sizeof path, "%s/fuzz/corpus/%s", XB_TEST_SOURCE, name);
    return xb_test_file_(path, size);
}

/* A temporary folder with a pack of mnist's kind whose model is fuzz/corpus/onnx/add.onnx. */
static const char metadata[] =
    "{\"model_id\":\"add\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\","
    "\"model_file\":\"add.onnx\"},\"files\":[\"add.onnx\"],\"metadata\":{\"task\":\"t\",\"keep\":1}}";
static char folder[600];

static void make_pack(const char *json) {
    size_t size;
    char  *model = corpus("onnx/add.onnx", &size);
    temp_open();
    snprintf(folder, sizeof folder, "%s", temp_root_);
    temp_file("model_metadata.json", json, strlen(json));
    temp_file("add.onnx", model ? model : "", model ? size : 0);
    temp_file("vocab.txt", "a\nb\n", 4);
    free(model);
}

static const char *in_folder(const char *name) {
    static char path[4][700];
    static int  turn;
    char       *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

typedef struct opened {
    xb_test_mem   tm;
    xb_pack      *p;
    xybrid_error  err;
    xybrid_status st;
} opened;

static void open_it(opened *o, const xb_pack_source *s) {
    memset(o, 0, sizeof *o);
    xb_test_mem_init(&o->tm, 0, 0);
    o->st = xb_pack_open(&o->tm.mem, s, &o->p, &o->err);
    if (o->st) {
        CHECK(!o->p);
        CHECK_INT(o->tm.live_blocks, 0);
        CHECK_INT(o->err.code, o->st);
    }
}
static void open_path(opened *o, const char *path) { open_it(o, &(xb_pack_source){ .path = path }); }
static void close_it(opened *o) {
    xb_pack_free(o->p);
    CHECK_INT(o->tm.live_blocks, 0);
}
static void check_failure(const char *path, const char *overlay, xybrid_status code, const char *message) {
    opened o;
    open_it(&o, &(xb_pack_source){ .path = path, .overlay = overlay });
    CHECK_INT(o.st, code);
    if (o.st) CHECK_STR(o.err.message, message);
    else close_it(&o);
}

static void opens_a_folder(void) {
    static const xb_pack_load modes[] = { XB_PACK_LOAD_AUTO, XB_PACK_LOAD_READ };
    make_pack(metadata);
    for (int i = 0; i < 2; i++) {
        opened              o;
        const xb_pack_file *model, *again, *vocabulary;
        const char         *format = NULL;
        open_it(&o, &(xb_pack_source){ .path = folder, .load = modes[i] });
        CHECK_OR_RETURN(o.st == XYBRID_OK);
        CHECK_STR(xb_pack_meta(o.p)->model_id, "add");
        CHECK_STR(xb_pack_meta(o.p)->task, "t");
        CHECK_STR(xb_pack_root(o.p), folder);
        CHECK_STR(xb_pack_json(o.p), metadata);
        CHECK_INT(xb_pack_model_open(o.p, &xb_pack_meta(o.p)->stages[0], &model, &format, &o.err), XYBRID_OK);
        CHECK_STR(format, "onnx");
        CHECK_STR(model->name, "add.onnx");
        CHECK_STR(model->path, in_folder("add.onnx"));
        CHECK(((uintptr_t)model->bytes & 63) == 0);
        if (modes[i] == XB_PACK_LOAD_READ) CHECK_INT(model->mapped, 0);
        CHECK_INT(xb_pack_file_open(o.p, "vocab.txt", "vocabulary", &vocabulary, &o.err), XYBRID_OK);
        CHECK_INT(vocabulary->size_bytes, 4);
        CHECK(memcmp(vocabulary->bytes, "a\nb\n", 4) == 0);
        CHECK_INT(xb_pack_file_open(o.p, "./vocab.txt", "vocabulary", &again, &o.err), XYBRID_OK);
        CHECK(again == vocabulary);
        CHECK_INT(xb_pack_file_open(o.p, "vocab.txt", "vocabulary", &again, &o.err), XYBRID_OK);
        CHECK(again == vocabulary);
        close_it(&o);
    }
    opened o;
    open_path(&o, in_folder("model_metadata.json"));
    CHECK_INT(o.st, XYBRID_OK);
    if (!o.st) CHECK_STR(xb_pack_root(o.p), folder);
    close_it(&o);
    temp_close();
    xb_pack_free(NULL);
}

static void says_what_is_wrong(void) {
    char message[800];
    make_pack(metadata);
    check_failure("nowhere/kws.onnx", NULL, XYBRID_MODEL_NOT_FOUND, "model not found: nowhere/kws.onnx (no such file)");
    check_failure("nowhere", NULL, XYBRID_MODEL_NOT_FOUND, "model not found: nowhere (no such file or folder)");
    check_failure("", NULL, XYBRID_INVALID_ARGUMENT, "no model is named");
    check_failure(NULL, NULL, XYBRID_INVALID_ARGUMENT, "no model is named");
    const char *empty_folder = temp_folder("empty");
    snprintf(message, sizeof message, "model_metadata.json not found in %s; `xybrid init FILE.onnx` makes one", empty_folder);
    check_failure(empty_folder, NULL, XYBRID_MODEL_NOT_FOUND, message);
    const char *empty = temp_file("empty.onnx", "", 0);
    snprintf(message, sizeof message, "%s is empty (0 bytes)", empty);
    check_failure(empty, NULL, XYBRID_MALFORMED, message);
    const char *text = temp_file("notes.txt", "hello", 5);
    snprintf(message, sizeof message, "%s: text, wanted an ONNX or GGUF model, or a pack's folder", text);
    check_failure(text, NULL, XYBRID_UNSUPPORTED_MODEL, message);
    const char *cut = temp_file("cut.onnx", "\x08\x08\x3a\x88\x27....", 9);
    snprintf(message, sizeof message,
             "%s: ONNX: truncated at byte 5: field 7 (graph) of ModelProto claims 5000 bytes, 4 are left", cut);
    check_failure(cut, NULL, XYBRID_MALFORMED, message);
    const char *bad = temp_file("bad.json", "{\"model_id\":", 12);
    opened      o;
    open_path(&o, bad);
    CHECK_INT(o.st, XYBRID_MALFORMED);
    CHECK_STR(o.err.subject, bad);
    CHECK_INT(o.err.line, 1);
    CHECK_INT(o.err.cause[0], 0);
    CHECK(strncmp(o.err.message, bad, strlen(bad)) == 0 && strstr(o.err.message, ": JSON: "));
    const char *other = temp_file("other.json",
                                  "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"X\"}}", 64);
    open_path(&o, other);
    CHECK_INT(o.st, XYBRID_UNSUPPORTED_PACK);
    CHECK(strncmp(o.err.message, other, strlen(other)) == 0 && strstr(o.err.message, "execution_template.type is \"X\""));
    check_failure(folder, "{", XYBRID_INVALID_ARGUMENT,
                  "the metadata laid over the pack's: JSON: unexpected end of data at line 1, column 2");
    check_failure(folder, "[]", XYBRID_INVALID_ARGUMENT, "the metadata laid over the pack's is not a JSON object");
    temp_close();
}

static void lays_metadata_over(void) {
    opened o;
    make_pack(metadata);
    open_it(
        &o,
        &(xb_pack_source){
            .path = folder,
            .overlay =
                "{\"version\":\"2\",\"metadata\":{\"task\":\"u\",\"more\":[1]},\"postprocessing\":[{\"type\":\"Softmax\"}]}" });
    CHECK_OR_RETURN(o.st == XYBRID_OK);
    const xb_pack_metadata *m = xb_pack_meta(o.p);
    CHECK_STR(m->version, "2");
    CHECK_STR(m->model_id, "add");
    CHECK_STR(m->task, "u");
    CHECK_INT(m->postprocessing.count, 1);
    int64_t keep = 0;
    CHECK(xb_json_int(xb_json_get(m->metadata, "keep"), &keep) && keep == 1);
    CHECK(strstr(xb_pack_json(o.p), "\"Softmax\""));
    close_it(&o);
    temp_close();
}

static void confines_paths(void) {
    static const char *const bad[] = { "../add.onnx", "/etc/passwd", "a/../../x", "", "C:x", "..", "a\nb" };
    opened                   o;
    const xb_pack_file      *f = NULL;
    make_pack(metadata);
    open_path(&o, folder);
    CHECK_OR_RETURN(o.st == XYBRID_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_INT(xb_pack_file_open(o.p, bad[i], "vocabulary", &f, &o.err), XYBRID_MALFORMED);
        CHECK(strstr(o.err.message, "a path that leaves the pack"));
        if (bad[i][0] >= '.' && !strchr(bad[i], '\n')) CHECK_STR(o.err.subject, bad[i]);
    }
    CHECK_INT(xb_pack_file_open(o.p, "NUL", "vocabulary", &f, &o.err), XYBRID_MALFORMED); /* plat's own rules hold, too */
    CHECK_INT(xb_pack_file_open(o.p, "none.txt", "vocabulary", &f, &o.err), XYBRID_MODEL_NOT_FOUND);
    char message[800];
    snprintf(message, sizeof message, "vocabulary not found: %s (no such file)", in_folder("none.txt"));
    CHECK_STR(o.err.message, message);
    CHECK_STR(o.err.subject, in_folder("none.txt"));
    temp_file("zero", "", 0);
    CHECK_INT(xb_pack_file_open(o.p, "zero", "vocabulary", &f, &o.err), XYBRID_MALFORMED);
    CHECK(strstr(o.err.message, "is empty (0 bytes)"));
    temp_folder("sub");
    xybrid_status st = xb_pack_file_open(o.p, "sub", "vocabulary", &f, &o.err);
    CHECK_INT(st & XYBRID_PRIMARY_MASK, XYBRID_IO);
    CHECK(!f);
#if !defined(_WIN32) && !defined(__wasi__)
    const char *link = temp_path("link.txt");
    CHECK_INT(symlink("/etc/passwd", link), 0);
    CHECK_INT(xb_pack_file_open(o.p, "link.txt", "vocabulary", &f, &o.err), XYBRID_MALFORMED);
    CHECK(strstr(o.err.message, "symbolic link"));
#endif
    close_it(&o);
    temp_close();
}

static void opens_a_bare_model(void) {
    opened              o;
    const xb_pack_file *f;
    const char         *format;
    make_pack("broken metadata beside a bare model is not looked at");
    open_path(&o, in_folder("add.onnx"));
    CHECK_OR_RETURN(o.st == XYBRID_OK);
    const xb_pack_metadata *m = xb_pack_meta(o.p);
    CHECK_STR(m->model_id, "add");
    CHECK_INT(m->kind, XB_PACK_ONNX);
    CHECK_STR(m->stages[0].model_file, "add.onnx");
    CHECK_INT(m->preprocessing.count, 0);
    CHECK_INT(m->file_count, 1);
    CHECK_INT(xb_pack_model_open(o.p, &m->stages[0], &f, &format, &o.err), XYBRID_OK);
    CHECK_STR(f->path, in_folder("add.onnx"));
    CHECK_STR(xb_pack_root(o.p), folder);
    CHECK_INT(xb_pack_file_open(o.p, "vocab.txt", "vocabulary", &f, &o.err), XYBRID_OK);
    close_it(&o);

    size_t      size;
    char       *gguf = corpus("gguf/vocabulary.gguf", &size);
    const char *chat = temp_file("chat.q4.gguf", gguf, size);
    free(gguf);
    open_path(&o, chat);
    CHECK_OR_RETURN(o.st == XYBRID_OK);
    m = xb_pack_meta(o.p);
    CHECK_STR(m->model_id, "chat.q4");
    CHECK_INT(m->kind, XB_PACK_GGUF);
    CHECK_INT(xb_pack_model_open(o.p, &m->stages[0], &f, &format, &o.err), XYBRID_OK);
    CHECK_STR(format, "gguf");
    close_it(&o);
    temp_close();
}

/* ---- other sources ---- */

static int  released;
static void count_release(void *ctx, const void *data) {
    (void)data;
    released += *(int *)ctx;
}
typedef struct reading {
    const char *bytes;
    int         fail;
} reading;
static int32_t read_bytes(void *ctx, int64_t offset, void *buffer, int64_t size) {
    const reading *r = ctx;
    if (r->fail) return 5;
    memcpy(buffer, r->bytes + offset, (size_t)size);
    return 0;
}

static void check_given(opened *o, const char *id, const char *bytes, size_t size) {
    const xb_pack_file *f;
    CHECK_INT(o->st, XYBRID_OK);
    if (o->st) {
        printf("%s\n", o->err.message);
        return;
    }
    CHECK_STR(xb_pack_meta(o->p)->model_id, id);
    CHECK_STR(xb_pack_root(o->p), NULL);
    CHECK_INT(xb_pack_model_open(o->p, &xb_pack_meta(o->p)->stages[0], &f, NULL, &o->err), XYBRID_OK);
    CHECK_STR(f->path, NULL);
    CHECK_INT(f->size_bytes, size);
    CHECK(memcmp(f->bytes, bytes, size) == 0);
    CHECK_INT(xb_pack_file_open(o->p, "vocab.txt", "vocabulary", &f, &o->err), XYBRID_MODEL_NOT_FOUND);
    CHECK_STR(o->err.message, "vocabulary not found: vocab.txt (the model was loaded from memory, which holds one file)");
    close_it(o);
}

static void opens_memory_descriptor_and_callback(void) {
    opened o;
    size_t size;
    int    one = 1;
    char  *bytes = corpus("onnx/add.onnx", &size);
    CHECK_OR_RETURN(bytes);
    released = 0;
    open_it(&o, &(xb_pack_source){ .path = "any/kws.onnx", .data = bytes, .data_bytes = (int64_t)size });
    check_given(&o, "kws", bytes, size);
    open_it(&o, &(xb_pack_source){ .data = bytes, .data_bytes = (int64_t)size, .release = count_release, .release_ctx = &one });
    CHECK_INT(released, 0);
    check_given(&o, "model", bytes, size);
    CHECK_INT(released, 1);
    open_it(&o, &(xb_pack_source){ .data = bytes,
                                   .data_bytes = (int64_t)size,
                                   .overlay = "{\"model_id\":\"o\",\"execution_template\":{\"model_file\":\"x/y.onnx\"}}" });
    check_given(&o, "o", bytes, size);
    /* failures leave the bytes with the caller: empty, no model, wrong overlay */
    static const struct {
        int64_t     size;
        const char *overlay;
    } wrong[] = { { 0, NULL }, { 3, NULL }, { 204, "[]" }, { 204, "{\"version\":1}" } };
    for (int i = 0; i < 4; i++) {
        open_it(&o, &(xb_pack_source){ .data = bytes,
                                       .data_bytes = wrong[i].size,
                                       .overlay = wrong[i].overlay,
                                       .release = count_release,
                                       .release_ctx = &one });
        CHECK(o.st != XYBRID_OK);
        CHECK_INT(released, 1);
    }
    reading r = { bytes, 0 };
    open_it(&o, &(xb_pack_source){ .path = "r.onnx", .read = read_bytes, .read_ctx = &r, .read_bytes = (int64_t)size });
    check_given(&o, "r", bytes, size);
    r.fail = 1;
    open_it(&o, &(xb_pack_source){ .path = "r.onnx", .read = read_bytes, .read_ctx = &r, .read_bytes = (int64_t)size });
    CHECK_INT(o.st, XYBRID_IO_READ);
    open_it(&o, &(xb_pack_source){ .data = bytes, .data_bytes = 1, .read = read_bytes, .read_ctx = &r });
    CHECK_INT(o.st, XYBRID_INVALID_ARGUMENT);

    temp_open();
    char *asset = malloc(size + 200);
    memset(asset, 'x', size + 200);
    memcpy(asset + 100, bytes, size);
    const char *path = temp_file("asset.bin", asset, size + 200);
    int         fd = open(path, O_RDONLY | O_BINARY);
    CHECK(fd >= 0);
    open_it(&o, &(xb_pack_source){ .path = "f.onnx", .fd = fd, .has_fd = 1, .fd_offset = 100, .fd_bytes = (int64_t)size });
    close(fd);
    check_given(&o, "f", bytes, size);
    temp_close();
    free(asset);
    free(bytes);
}

/* ---- external weights ---- */

static void checks_external_weights(void) {
    static const char json[] =
        "{\"model_id\":\"e\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"sub/e.onnx\"}}";
    opened              o;
    const xb_pack_file *f, *w;
    size_t              size;
    char               *model = corpus("onnx/external.onnx", &size), *weights = calloc(1, 5000), message[800];
    CHECK_OR_RETURN(model);
    temp_open();
    snprintf(folder, sizeof folder, "%s", temp_root_);
    temp_folder("sub");
    temp_folder("sub/more");
    temp_file("model_metadata.json", json, strlen(json));
    temp_file("sub/e.onnx", model, size);
    open_path(&o, folder);
    CHECK_OR_RETURN(o.st == XYBRID_OK);
    const xb_pack_stage *stage = &xb_pack_meta(o.p)->stages[0];
    CHECK_INT(xb_pack_model_open(o.p, stage, &f, NULL, &o.err), XYBRID_MODEL_NOT_FOUND);
    snprintf(message, sizeof message, "external weights not found: %s (no such file)", in_folder("sub/w.bin"));
    CHECK_STR(o.err.message, message);
    temp_file("sub/more/c.bin", weights, 16);
    temp_file("sub/w.bin", weights, 4112);
    CHECK_INT(xb_pack_model_open(o.p, stage, &f, NULL, &o.err), XYBRID_OK);
    CHECK_INT(xb_pack_sibling_open(o.p, f, "w.bin", "weights", &w, &o.err), XYBRID_OK);
    CHECK_STR(w->name, "sub/w.bin");
    CHECK_INT(xb_pack_sibling_open(o.p, f, "../sub/w.bin", "weights", &w, &o.err), XYBRID_MALFORMED);
    close_it(&o);
    temp_file("sub/w.bin", weights, 4111);
    open_path(&o, folder);
    stage = &xb_pack_meta(o.p)->stages[0];
    CHECK_INT(xb_pack_model_open(o.p, stage, &f, NULL, &o.err), XYBRID_MALFORMED);
    CHECK_STR(o.err.message, "external weights sub/w.bin have 4111 bytes, the model needs 4112");
    close_it(&o);

    /* the location "more/c.bin" becomes one that leaves: the header reader refuses it, the pack says in which file */
    char *at = NULL;
    for (size_t i = 0; i + 10 <= size; i++)
        if (memcmp(model + i, "more/c.bin", 10) == 0) at = model + i;
    CHECK_OR_RETURN(at);
    memcpy(at, "../../.bin", 10);
    temp_file("sub/e.onnx", model, size);
    open_path(&o, folder);
    stage = &xb_pack_meta(o.p)->stages[0];
    CHECK_INT(xb_pack_model_open(o.p, stage, &f, NULL, &o.err), XYBRID_MALFORMED);
    CHECK_STR(o.err.subject, "../../.bin");
    CHECK(strncmp(o.err.message, in_folder("sub/e.onnx"), strlen(in_folder("sub/e.onnx"))) == 0);
    CHECK(strstr(o.err.message, "a path that leaves the pack"));
    close_it(&o);
    temp_close();
    free(weights);
    free(model);
}

/* ---- identity ---- */

static int identity_of(const char *name, char out[65]) {
    opened              o;
    const xb_pack_file *f;
    int                 known = 0;
    open_path(&o, folder);
    if (o.st == XYBRID_OK && xb_pack_file_open(o.p, name, "file", &f, &o.err) == XYBRID_OK) known = xb_pack_identify(f, out);
    close_it(&o);
    return known;
}

/* The same file twice is one; a change at its beginning, its end or its length, and a later copy of it, is another. In the
 * middle of a long file it is the time of the change that tells. */
static void identifies(void) {
    enum { EDGE = 65536, SIZE = 3 * EDGE };
    static const int64_t changed[] = { 0, SIZE - 1, SIZE / 2 };
    unsigned char       *bytes = malloc(SIZE);
    char                 first[65], other[65];
    make_pack(metadata);
    for (int i = 0; i < SIZE; i++) bytes[i] = (unsigned char)(i * 31 + i / 256);
    temp_file("f", bytes, SIZE);
    CHECK(identity_of("f", first) && strlen(first) == 64);
    CHECK(identity_of("f", other) && strcmp(first, other) == 0);
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        temp_file("f", bytes, SIZE);
        CHECK(identity_of("f", first));
        bytes[changed[i]] ^= 1;
        xb_sleep_ms(20); /* file times have the resolution of the system's tick */
        temp_file("f", bytes, SIZE);
        CHECK(identity_of("f", other) && strcmp(first, other) != 0);
    }
    temp_file("f", bytes, SIZE - 1);
    CHECK(identity_of("f", first) && strcmp(first, other) != 0);
    temp_close();
    free(bytes);
}

/* ---- metadata for bare models ---- */

static void check_init(const char *file, const char *name, const char *wanted) {
    size_t       size;
    char        *bytes = corpus(file, &size);
    xb_test_mem  tm;
    xb_str       out;
    xybrid_error err;
    CHECK_OR_RETURN(bytes);
    xb_test_mem_init(&tm, 0, 0);
    xb_str_init(&out, &tm.mem, XB_MAX_PACK_JSON_BYTES);
    CHECK_INT(xb_pack_init_metadata(&tm.mem, name, bytes, size, &out, &err), XYBRID_OK);
    CHECK_STR(out.data, wanted);
    xb_str_free(&out);
    CHECK_INT(tm.live_blocks, 0);
    free(bytes);
}

static void makes_metadata(void) {
    check_init(
        "onnx/add.onnx", "some/kws.v2.onnx",
        "{\n  \"model_id\": \"kws.v2\",\n  \"version\": \"1.0\",\n  \"execution_template\": {\n    \"type\": \"Onnx\",\n"
        "    \"model_file\": \"kws.v2.onnx\"\n  },\n  \"preprocessing\": [],\n  \"postprocessing\": [],\n  \"files\": [\n"
        "    \"kws.v2.onnx\"\n  ],\n  \"metadata\": {\n    \"opset\": 17,\n    \"producer\": \"xybrid\",\n"
        "    \"weight_bytes\": 12,\n    \"inputs\": [\n      {\n        \"name\": \"x\",\n        \"type\": \"float32\",\n"
        "        \"shape\": [\n          \"batch\",\n          -1,\n          3\n        ]\n      }\n    ],\n"
        "    \"outputs\": [\n      {\n        \"name\": \"y\",\n        \"type\": \"float32\",\n        \"shape\": [\n"
        "          \"batch\",\n          -1,\n          3\n        ]\n      }\n    ]\n  }\n}");
    check_init("gguf/vocabulary.gguf", "v.gguf",
               "{\n  \"model_id\": \"v\",\n  \"version\": \"1.0\",\n  \"execution_template\": {\n    \"type\": \"Gguf\",\n"
               "    \"model_file\": \"v.gguf\"\n  },\n  \"preprocessing\": [],\n  \"postprocessing\": [],\n  \"files\": [\n"
               "    \"v.gguf\"\n  ],\n  \"metadata\": {\n    \"architecture\": \"toy\",\n    \"weight_bytes\": 0\n  }\n}");
    static const char *const others[] = { "types", "branch", "external", "old" };
    for (int i = 0; i < 4; i++) { /* what is made can be read */
        char   name[64];
        size_t size;
        snprintf(name, sizeof name, "onnx/%s.onnx", others[i]);
        char  *bytes = corpus(name, &size);
        opened o;
        open_it(&o, &(xb_pack_source){ .path = name, .data = bytes, .data_bytes = (int64_t)size });
        CHECK_INT(o.st, XYBRID_OK);
        if (!o.st) CHECK_STR(xb_pack_meta(o.p)->model_id, others[i]);
        if (!o.st && i == 2) CHECK_INT(xb_pack_meta(o.p)->file_count, 3);
        close_it(&o);
        free(bytes);
    }
}

/* ---- memory and I/O that fail ---- */

/* All of a pack's life; the last failure. */
static xybrid_status live(xb_mem *mem, const xb_pack_source *s, xybrid_error *err) {
    xb_pack            *p = NULL;
    const xb_pack_file *f;
    xybrid_status       st = xb_pack_open(mem, s, &p, err);
    if (!st) st = xb_pack_model_open(p, &xb_pack_meta(p)->stages[0], &f, NULL, err);
    if (!st && xb_pack_root(p)) st = xb_pack_file_open(p, "vocab.txt", "vocabulary", &f, err);
    xb_pack_free(p);
    return st;
}

static void survives_lack_of_memory(void) {
    size_t size;
    char  *bytes = corpus("onnx/add.onnx", &size);
    make_pack(metadata);
    const xb_pack_source sources[] = { { .path = folder, .load = XB_PACK_LOAD_READ, .overlay = "{\"version\":\"2\"}" },
                                       { .path = in_folder("add.onnx") },
                                       { .path = "m.onnx", .data = bytes, .data_bytes = (int64_t)size } };
    for (size_t i = 0; i < 3; i++) {
        xb_test_mem  tm;
        xybrid_error err;
        XB_TORTURE (tm, 400) {
            xybrid_status st = live(&tm.mem, &sources[i], &err);
            XB_TORTURE_STATUS(tm, st);
        }
    }
    temp_close();
    free(bytes);
}

static void survives_failing_files(void) {
#if defined(XB_FAULTS)
    static const int kinds[] = { XB_FAULT_OPEN, XB_FAULT_READ, XB_FAULT_MAP, XB_FAULT_SHORT };
    make_pack(metadata);
    for (int load = 0; load < 3; load++) {
        for (int k = 0; k < 4; k++) {
            for (int nth = 1; nth < 20; nth++) {
                xb_test_mem  tm;
                xybrid_error err;
                xb_test_mem_init(&tm, 0, 0);
                xb_fault_set(kinds[k], nth, 0);
                xybrid_status st = live(&tm.mem, &(xb_pack_source){ .path = folder, .load = (xb_pack_load)load }, &err);
                int           struck = xb_fault_struck(kinds[k]);
                xb_fault_clear();
                if (!struck) CHECK_INT(st, XYBRID_OK);
                if (st && kinds[k] != XB_FAULT_SHORT) CHECK_INT(st & XYBRID_PRIMARY_MASK, XYBRID_IO);
                CHECK_INT(tm.live_blocks, 0);
                if (!struck) break;
            }
        }
    }
    temp_close();
#else
    CHECK_SKIP("XB_FAULTS");
#endif
}

CHECK_MAIN(RUN(opens_a_folder), RUN(says_what_is_wrong), RUN(lays_metadata_over), RUN(confines_paths), RUN(opens_a_bare_model),
           RUN(opens_memory_descriptor_and_callback), RUN(checks_external_weights), RUN(identifies), RUN(makes_metadata),
           RUN(survives_lack_of_memory), RUN(survives_failing_files))
