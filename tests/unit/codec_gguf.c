/* The GGUF header reader: against the gguf package (tests/golden/codec/gguf_headers.txt, made by
 * scripts/golden/make_model_corpus.py), and against damage of every kind. */
#include <stdarg.h>

#include "base/format.h"
#include "codec/gguf.h"
#include "support.h"

#ifndef XB_TEST_SOURCE
#  define XB_TEST_SOURCE "."
#endif

static char *corpus(const char *name, size_t *size) {
    char path[1024];
    *size = 0;
    snprintf(path, sizeof path, "%s/fuzz/corpus/gguf/%s", XB_TEST_SOURCE, name);
    return xb_test_file_(path, size);
}

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

static const char *const types[] = { "uint8", "int8",   "uint16", "int16",  "uint32", "int32",  "float32",
                                     "bool",  "string", "array",  "uint64", "int64",  "float64" };

static void add_key(text *t, const xb_gguf *g, const xb_gguf_pair *p) {
    char    key[256];
    int64_t i;
    double  d;
    snprintf(key, sizeof key, "%.*s", (int)(p->key.size < 255 ? p->key.size : 255), p->key.data);
    add(t, "key %s ", key);
    if (p->value.type == XB_GGUF_STRING) add(t, "string %zu bytes\n", p->value.bytes.size);
    if (p->value.type == XB_GGUF_ARRAY) add(t, "array of %s %lld\n", types[p->value.item_type], (long long)p->value.count);
    if (xb_gguf_int(g, key, &i)) add(t, "%s %lld\n", types[p->value.type], (long long)i);
    if (xb_gguf_float(g, key, &d)) add(t, "%s %.6f\n", types[p->value.type], d);
}

static void add_hex(text *t, xb_slice s) {
    for (size_t i = 0; i < s.size; i++) add(t, "%02x", (unsigned char)s.data[i]);
    add(t, "\n");
}

static void add_vocabulary(text *t, const xb_gguf_vocabulary *v) {
    int64_t       n = v->tokens.count, last = -1;
    const int64_t shown[] = { 0, 1, n / 3, n / 2, n - 2, n - 1 };
    for (size_t i = 0; i < 6; i++) {
        if (shown[i] <= last) continue; /* sorted and unique, as a set */
        add(t, "token %lld ", (long long)shown[i]);
        add_hex(t, xb_gguf_string(&v->tokens, shown[i]));
        last = shown[i];
    }
    double scores = 0, kinds = 0;
    for (int64_t i = 0; i < n; i++) {
        if (v->scores) scores += xb_gguf_item_float(v->scores, i);
        if (v->token_types) kinds += (double)xb_gguf_item_int(v->token_types, i);
    }
    if (v->scores) add(t, "scores sum %.3f\n", scores);
    if (v->token_types) add(t, "token_type sum %.3f\n", kinds);
    if (v->merges.count) add(t, "merge last ");
    if (v->merges.count) add_hex(t, xb_gguf_string(&v->merges, v->merges.count - 1));
}

static void add_model(text *t, const char *name, const xb_gguf *g, xb_arena *arena) {
    xb_gguf_vocabulary v;
    xybrid_error       err;
    add(t, "model %s version %d alignment %d tensors %d weight_bytes %lld\n", name, g->version, g->alignment, g->tensor_count,
        (long long)g->weight_bytes);
    for (int i = 0; i < g->pair_count; i++) add_key(t, g, &g->pairs[i]);
    for (int i = 0; i < g->tensor_count; i++) {
        const xb_gguf_tensor *x = &g->tensors[i];
        add(t, "tensor %.*s %s [", (int)x->name.size, x->name.data, xb_gguf_type_name(x->type));
        for (int d = 0; d < x->rank; d++) add(t, "%s%lld", d ? "," : "", (long long)x->dims[d]);
        add(t, "] %lld %lld\n", (long long)x->offset, (long long)x->size_bytes);
    }
    if (xb_gguf_vocabulary_read(g, arena, &v, &err) == XYBRID_OK) add_vocabulary(t, &v);
}

/* Compares the section of `name` in the golden file with `found`, line by line. */
static void compare(const char *name, const char *found) {
    size_t size;
    char  *golden = xb_test_golden("codec/gguf_headers.txt", &size), start[128];
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
    xb_gguf      g;
    xybrid_error err;
    text         t = { 0 };
    CHECK_OR_RETURN(bytes);
    xb_test_mem_init(&tm, 0, 0);
    xb_arena_init(&arena, &tm.mem, 0);
    xybrid_status st = xb_gguf_read(bytes, size, &arena, &g, &err);
    if (st) printf("%s: %s\n", name, err.message);
    CHECK_INT(st, XYBRID_OK);
    if (!st) {
        add_model(&t, name, &g, &arena);
        compare(name, t.data);
    }
    xb_arena_free(&arena);
    CHECK_INT(tm.live_blocks, 0);
    free(t.data);
    free(bytes);
}

static void reads_small_models(void) {
    static const char *const names[] = { "tensors.gguf", "vocabulary.gguf" };
    for (size_t i = 0; i < 2; i++) {
        size_t size;
        char  *bytes = corpus(names[i], &size);
        check_model(names[i], bytes, size);
    }
}

static void reads_real_models(void) {
    static const char *const names[] = { "tokenizers/ggml-vocab-bert-bge.gguf", "tokenizers/ggml-vocab-gpt-2.gguf",
                                         "tokenizers/ggml-vocab-phi-3.gguf", "llm/stories260K.gguf" };
    for (size_t i = 0; i < 4; i++) {
        size_t size;
        char  *bytes = xb_test_data(names[i], &size);
        if (!bytes) CHECK_SKIP("reference data");
        check_model(strrchr(names[i], '/') + 1, bytes, size);
    }
}

/* ---- small files made here ---- */

typedef struct file {
    char   bytes[8192];
    size_t size;
} file;
static void put(file *f, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) f->bytes[f->size++] = (char)(value >> (8 * i));
}
static void put_text(file *f, const char *text_) {
    put(f, strlen(text_), 8);
    memcpy(f->bytes + f->size, text_, strlen(text_));
    f->size += strlen(text_);
}
static file start(uint32_t version, uint64_t tensors, uint64_t pairs) {
    file f = { "GGUF", 4 };
    put(&f, version, 4);
    put(&f, tensors, 8);
    put(&f, pairs, 8);
    return f;
}
static void put_key(file *f, const char *key, xb_gguf_type type, uint64_t value, int bytes) {
    put_text(f, key);
    put(f, type, 4);
    put(f, value, bytes);
}
static void put_array(file *f, const char *key, xb_gguf_type type, uint64_t count) {
    put_text(f, key);
    put(f, XB_GGUF_ARRAY, 4);
    put(f, type, 4);
    put(f, count, 8);
}
static void put_tensor(file *f, const char *name, int rank, uint64_t d0, uint64_t d1, uint32_t type, uint64_t offset) {
    put_text(f, name);
    put(f, (uint64_t)rank, 4);
    if (rank > 0) put(f, d0, 8);
    if (rank > 1) put(f, d1, 8);
    for (int i = 2; i < rank; i++) put(f, 1, 8);
    put(f, type, 4);
    put(f, offset, 8);
}

/* Reads a copy that ends where its block ends, header and vocabulary, and touches all of it. */
static xybrid_status read_copy(const void *bytes, size_t size, xybrid_error *err) {
    xb_mem   mem;
    xb_arena arena;
    xb_gguf  g;
    char    *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    memset(err, 0, sizeof *err);
    xybrid_status st = xb_gguf_read(copy, size, &arena, &g, err);
    if (st == XYBRID_OK) {
        text t = { 0 };
        add_model(&t, "x", &g, &arena);
        for (int i = 0; i < g.tensor_count; i++) {
            CHECK(g.tensors[i].offset >= g.data_offset && g.tensors[i].offset + g.tensors[i].size_bytes <= (int64_t)size);
            CHECK_INT(g.tensors[i].offset % g.alignment, 0);
        }
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

static void check_error(const file *f, xybrid_status code, const char *message) {
    xybrid_error err;
    CHECK_INT(read_copy(f->bytes, f->size, &err), code);
    CHECK_STR(err.message, message);
}

static void says_what_is_wrong_at_the_start(void) {
    enum { BAD = XYBRID_MALFORMED, OTHER = XYBRID_UNSUPPORTED_MODEL };
    file f = { "", 0 };
    check_error(&f, BAD, "GGUF: the file is empty");
    f = (file){ "GG", 2 };
    check_error(&f, BAD, "GGUF: truncated at byte 0: the header takes 4 bytes, 2 are left");
    f = (file){ "\x89PNG\r\n", 6 };
    check_error(&f, OTHER, "GGUF: not a GGUF file: it does not begin with \"GGUF\"");
    f = (file){ "lmgg....", 8 };
    check_error(&f, OTHER, "GGUF: this is the older GGML format; convert it to GGUF");
    f = (file){ "version https://git-lfs.x", 25 };
    check_error(&f, BAD, "GGUF: this is a Git LFS pointer, not the model; fetch it with: git lfs pull");
    f = start(1, 0, 0);
    check_error(&f, OTHER, "GGUF: version 1; 2 and 3 are supported");
    f = start(4, 0, 0);
    check_error(&f, OTHER, "GGUF: version 4; 2 and 3 are supported");
    f = start(3 << 24, 0, 0);
    check_error(
        &f, OTHER,
        "GGUF: a big-endian file; only little-endian ones are supported, convert it with gguf-py's gguf-convert-endian");
    f = start(3, 0, 0);
    f.size -= 3;
    check_error(&f, BAD, "GGUF: truncated at byte 16: the header takes 8 bytes, 5 are left");
    f = start(3, 0, UINT64_MAX);
    check_error(&f, BAD, "GGUF: claims 18446744073709551615 keys; 0 bytes are left, and at most 65536 are taken");
    f = start(3, UINT64_C(1) << 40, 0);
    check_error(&f, BAD, "GGUF: claims 1099511627776 tensors; 0 bytes are left, and at most 1048576 are taken");
}

static void says_what_is_wrong_with_keys(void) {
    enum { BAD = XYBRID_MALFORMED };
    file f = start(3, 0, 1);
    put_key(&f, "k", XB_GGUF_TYPE_COUNT, 0, 8);
    check_error(&f, BAD, "GGUF: at byte 33: value type 13; known are 0 to 12");
    f = start(3, 0, 1);
    put_key(&f, "", XB_GGUF_UINT8, 0, 8);
    check_error(&f, BAD, "GGUF: at byte 24: a key of 0 bytes, wanted 1 to 65535");
    f = start(3, 0, 1);
    put_key(&f, "k", XB_GGUF_STRING, 9, 8);
    check_error(&f, BAD, "GGUF: truncated at byte 45: a string takes 9 bytes, 0 are left");
    f = start(3, 0, 1);
    put_key(&f, "k", XB_GGUF_STRING, UINT64_MAX, 8);
    check_error(&f, BAD, "GGUF: truncated at byte 45: a string takes 18446744073709551615 bytes, 0 are left");
    f = start(3, 0, 1);
    put_array(&f, "k", XB_GGUF_UINT32, UINT64_C(1) << 62);
    check_error(&f, BAD, "GGUF: truncated at byte 49: an array of so many numbers takes 4611686018427387904 bytes, 0 are left");
    f = start(3, 0, 1);
    put_array(&f, "k", XB_GGUF_STRING, UINT64_C(1) << 62);
    check_error(&f, BAD, "GGUF: truncated at byte 49: a string in an array takes 8 bytes, 0 are left");
    f = start(3, 0, 2);
    put_key(&f, "k", XB_GGUF_UINT8, 0, 1);
    put_key(&f, "k", XB_GGUF_UINT8, 0, 1);
    check_error(&f, BAD, "GGUF: at byte 38: the key \"k\" occurs twice");
    static const struct {
        int      type;
        uint64_t value;
    } alignments[] = { { XB_GGUF_UINT32, 0 },
                       { XB_GGUF_UINT32, 48 },
                       { XB_GGUF_INT32, 32 },
                       { XB_GGUF_UINT64, 32 },
                       { XB_GGUF_UINT32, UINT64_C(1) << 31 } };
    for (size_t i = 0; i < 5; i++) {
        f = start(3, 0, 1);
        put_key(&f, "general.alignment", (xb_gguf_type)alignments[i].type, alignments[i].value,
                alignments[i].type == XB_GGUF_UINT64 ? 8 : 4);
        check_error(&f, BAD, "GGUF: general.alignment must be a uint32 and a power of two below 2^31");
    }
    for (int depth = 1; depth < 12; depth++) {
        f = start(3, 0, 1);
        put_array(&f, "k", depth == 1 ? XB_GGUF_UINT8 : XB_GGUF_ARRAY, depth == 1 ? 0 : 1);
        for (int i = 1; i < depth; i++) {
            put(&f, i + 1 < depth ? XB_GGUF_ARRAY : XB_GGUF_UINT8, 4);
            put(&f, i + 1 < depth, 8);
        }
        xybrid_error err;
        CHECK_INT(read_copy(f.bytes, f.size, &err), depth <= 8 ? XYBRID_OK : XYBRID_MALFORMED);
        if (depth > 8) CHECK(strstr(err.message, "more than 8 arrays inside each other"));
    }
}

static void says_what_is_wrong_with_tensors(void) {
    enum { BAD = XYBRID_MALFORMED, OTHER = XYBRID_UNSUPPORTED_MODEL, F32 = 0, Q8_0 = 8 };
    static const struct {
        const char   *name;
        int           rank;
        uint64_t      d0, d1;
        uint32_t      type;
        uint64_t      offset;
        xybrid_status code;
        const char   *message;
    } rows[] = {
        { "t", 0, 0, 0, F32, 0, BAD, "GGUF: at byte 24: tensor \"t\" has a rank that is not 1 to 4" },
        { "t", 5, 1, 1, F32, 0, BAD, "GGUF: at byte 24: tensor \"t\" has a rank that is not 1 to 4" },
        { "t", 1, 0, 0, F32, 0, BAD, "GGUF: at byte 24: tensor \"t\" has dimension 0 of 0, wanted at least 1" },
        { "t", 2, 1, UINT64_MAX, F32, 0, BAD, "GGUF: at byte 24: tensor \"t\" has dimension 1 of -1, wanted at least 1" },
        { "t", 2, UINT64_C(1) << 40, UINT64_C(1) << 40, F32, 0, BAD,
          "GGUF: at byte 24: tensor \"t\" has more than 2^63 elements" },
        { "t", 2, UINT64_C(1) << 31, UINT64_C(1) << 31, F32, 0, BAD,
          "GGUF: at byte 24: tensor \"t\" has more than 2^63 bytes" },
        { "t", 1, 33, 0, Q8_0, 0, BAD,
          "GGUF: at byte 24: tensor \"t\" of type Q8_0 has rows of 33 elements, wanted a multiple of 32" },
        { "t", 1, 32, 0, 4, 0, OTHER, "GGUF: tensor \"t\" has ggml type 4, which this version does not know" },
        { "t", 1, 32, 0, UINT32_MAX, 0, OTHER,
          "GGUF: tensor \"t\" has ggml type 2147483647, which this version does not know" },
        { "t", 1, 4, 0, F32, 16, BAD, "GGUF: at byte 24: tensor \"t\" begins at an offset that is not aligned" },
        { "t", 1, 4, 0, F32, UINT64_C(1) << 63, BAD, "GGUF: at byte 24: tensor \"t\" begins at an offset that is not aligned" },
        { "t", 1, 32, 0, F32, 0, BAD,
          "GGUF: at byte 160: tensor \"t\" needs 128 bytes at 0 of the data, the file has 96; is it cut off?" },
        { "t", 1, 16, 0, F32, 64, BAD,
          "GGUF: at byte 160: tensor \"t\" needs 64 bytes at 64 of the data, the file has 96; is it cut off?" },
        { "t", 1, 16, 0, F32, INT64_MAX - 31, BAD,
          "GGUF: at byte 160: tensor \"t\" needs 64 bytes at 9223372036854775776 of the data, the file has 96; is it cut "
          "off?" },
        { "", 1, 16, 0, F32, 0, BAD, "GGUF: at byte 24: a tensor's name of 0 bytes, wanted 1 to 63 without NUL" },
        { "0123456789012345678901234567890123456789012345678901234567890123", 1, 4, 0, F32, 0, BAD,
          "GGUF: at byte 24: a tensor's name of 64 bytes, wanted 1 to 63 without NUL" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        file f = start(3, 1, 0);
        put_tensor(&f, rows[i].name, rows[i].rank, rows[i].d0, rows[i].d1, rows[i].type, rows[i].offset);
        while (f.size < 160) put(&f, 0, 1);
        check_error(&f, rows[i].code, rows[i].message);
    }
    xybrid_error err;
    file         f = start(3, 1, 0);
    put_tensor(&f, "t", 1, 24, 0, F32, 0);
    while (f.size < 160) put(&f, 0, 1);
    CHECK_INT(read_copy(f.bytes, f.size, &err), XYBRID_OK); /* exactly to the end */
    f = start(3, 2, 0);
    put_tensor(&f, "t", 1, 4, 0, F32, 0);
    size_t second = f.size;
    put_tensor(&f, "t", 1, 4, 0, F32, 32);
    while (f.size < 300) put(&f, 0, 1);
    char message[128];
    snprintf(message, sizeof message, "GGUF: at byte %zu: tensor \"t\" occurs twice", second);
    check_error(&f, BAD, message);
}

/* The vocabulary of `f`; the message of its failure. */
static xybrid_status read_vocabulary(const file *f, xb_gguf_vocabulary *v, xybrid_error *err) {
    xb_mem   mem;
    xb_arena arena;
    xb_gguf  g;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    xybrid_status st = xb_gguf_read(f->bytes, f->size, &arena, &g, err);
    CHECK_INT(st, XYBRID_OK);
    if (!st) st = xb_gguf_vocabulary_read(&g, &arena, v, err);
    xb_arena_free(&arena);
    return st;
}
static file vocabulary(uint64_t extra_keys) {
    file f = start(3, 0, 2 + extra_keys);
    put_text(&f, "tokenizer.ggml.model");
    put(&f, XB_GGUF_STRING, 4);
    put_text(&f, "llama");
    put_array(&f, "tokenizer.ggml.tokens", XB_GGUF_STRING, 2);
    put_text(&f, "a");
    put_text(&f, "b");
    return f;
}

static void says_what_is_wrong_with_vocabularies(void) {
    xb_gguf_vocabulary v = { 0 };
    xybrid_error       err;
    file               f = start(3, 0, 0);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_UNSUPPORTED_MODEL);
    CHECK_STR(err.message, "GGUF: no vocabulary in this file (tokenizer.ggml.model and tokenizer.ggml.tokens)");
    f = vocabulary(0);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_OK);
    CHECK_INT(v.bos, -1);
    CHECK_INT(v.add_bos, XYBRID_AUTO);

    f = vocabulary(1); /* ggml's users read as many floats as there are tokens */
    put_array(&f, "tokenizer.ggml.scores", XB_GGUF_FLOAT32, 1);
    put(&f, 0, 4);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "GGUF: tokenizer.ggml.scores must be an array of 2 float32, one for each token");
    f = vocabulary(1);
    put_array(&f, "tokenizer.ggml.token_type", XB_GGUF_INT16, 2);
    put(&f, 0, 4);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "GGUF: tokenizer.ggml.token_type must be an array of 2 int32, one for each token");
    f = vocabulary(1);
    put_key(&f, "tokenizer.ggml.merges", XB_GGUF_UINT8, 1, 1);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "GGUF: tokenizer.ggml.merges must be an array of strings");
    f = vocabulary(1);
    put_key(&f, "tokenizer.ggml.bos_token_id", XB_GGUF_FLOAT32, 1, 4);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "GGUF: tokenizer.ggml.bos_token_id must be an integer");
    f = vocabulary(1);
    put_key(&f, "tokenizer.ggml.add_bos_token", XB_GGUF_UINT8, 1, 1);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "GGUF: tokenizer.ggml.add_bos_token must be a bool");
    f = vocabulary(1);
    put_key(&f, "tokenizer.chat_template", XB_GGUF_UINT8, 1, 1);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "GGUF: tokenizer.chat_template must be a string");
    f = vocabulary(1);
    put_array(&f, "tokenizer.ggml.precompiled_charsmap", XB_GGUF_UINT32, 0);
    CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "GGUF: tokenizer.ggml.precompiled_charsmap must be an array of bytes");
    static const struct {
        int      type;
        uint64_t value;
        int32_t  id;
    } ids[] = { { XB_GGUF_UINT32, 1, 1 },          { XB_GGUF_UINT32, 2, -1 }, { XB_GGUF_UINT32, UINT32_MAX, -1 },
                { XB_GGUF_INT32, UINT32_MAX, -1 }, { XB_GGUF_INT32, 0, 0 },   { XB_GGUF_UINT8, 1, 1 } };
    for (size_t i = 0; i < 6; i++) {
        f = vocabulary(1);
        put_key(&f, "tokenizer.ggml.eos_token_id", (xb_gguf_type)ids[i].type, ids[i].value,
                ids[i].type == XB_GGUF_UINT8 ? 1 : 4);
        CHECK_INT(read_vocabulary(&f, &v, &err), XYBRID_OK);
        CHECK_INT(v.eos, ids[i].id);
    }
}

static void reads_every_type(void) {
    static const struct {
        const char *key;
        int64_t     value;
    } ints[] = { { "u8", 255 },         { "i8", -1 },  { "u16", 65535 }, { "i16", -2 },
                 { "u32", 4294967295 }, { "i32", -3 }, { "bool", 1 },    { "u64", INT64_C(1) << 40 },
                 { "i64", -5 } };
    xb_mem       mem;
    xb_arena     arena;
    xb_gguf      g;
    xybrid_error err;
    size_t       size;
    char        *bytes = corpus("values.gguf", &size);
    int64_t      i = 77;
    double       d = 77;
    int          b = 77;
    xb_slice     s;
    CHECK_OR_RETURN(bytes);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    CHECK_OR_RETURN(xb_gguf_read(bytes, size, &arena, &g, &err) == XYBRID_OK);
    CHECK_INT(g.version, 2);
    CHECK_INT(g.nested_arrays, 1);
    CHECK(!xb_gguf_int(&g, "huge", &i) && !xb_gguf_int(&g, "f32", &i) && !xb_gguf_int(&g, "missing", &i) && i == 77);
    for (size_t n = 0; n < sizeof ints / sizeof ints[0]; n++) {
        CHECK(xb_gguf_int(&g, ints[n].key, &i));
        CHECK_INT(i, ints[n].value);
    }
    CHECK(!xb_gguf_float(&g, "u8", &d) && d == 77);
    CHECK(xb_gguf_float(&g, "f32", &d) && d == 0.5);
    CHECK(xb_gguf_float(&g, "f64", &d) && d == 0.25);
    CHECK(!xb_gguf_bool(&g, "u8", &b) && b == 77);
    CHECK(xb_gguf_bool(&g, "bool", &b) && b == 1);
    CHECK(!xb_gguf_text(&g, "u8", &s) && xb_gguf_text(&g, "general.architecture", &s) && xb_slice_is(s, "toy"));
    const xb_gguf_value *numbers = xb_gguf_find(&g, "numbers"), *names = xb_gguf_find(&g, "names");
    CHECK_OR_RETURN(numbers && names);
    CHECK_INT(xb_gguf_item_int(numbers, 1), -2);
    CHECK_INT(xb_gguf_item_int(numbers, 3), 0);
    CHECK_INT(xb_gguf_item_int(names, 0), 0);
    CHECK(xb_gguf_item_float(numbers, 0) == 0);
    xb_gguf_strings strings;
    CHECK_INT(xb_gguf_index(numbers, &arena, &strings, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_gguf_index(xb_gguf_find(&g, "nested"), &arena, &strings, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_gguf_index(names, &arena, &strings, &err), XYBRID_OK);
    CHECK_INT(strings.count, 3);
    CHECK(xb_slice_is(xb_gguf_string(&strings, 0), "a") && xb_gguf_string(&strings, 1).size == 0);
    CHECK(xb_slice_is(xb_gguf_string(&strings, 2), "c\xc3\xa9"));
    CHECK(xb_gguf_string(&strings, 3).size == 0 && xb_gguf_string(&strings, -1).size == 0);
    size_t offset = 0, n = 0;
    while (xb_gguf_next_string(names, &offset, &s)) CHECK(xb_slice_eq(s, xb_gguf_string(&strings, (int64_t)n++)));
    CHECK_INT(n, 3);
    int32_t elements, block_bytes;
    CHECK(xb_gguf_type_block(12, &elements, &block_bytes) && elements == 256 && block_bytes == 144);
    CHECK(!xb_gguf_type_block(5, &elements, &block_bytes) && !xb_gguf_type_name(-1) && !xb_gguf_type_name(1000));
    xb_arena_free(&arena);
    free(bytes);
}

static const char *const small[] = { "values.gguf", "tensors.gguf", "vocabulary.gguf" };

static void survives_every_prefix(void) {
    xybrid_error err;
    for (size_t i = 0; i < 3; i++) {
        size_t size;
        char  *bytes = corpus(small[i], &size);
        CHECK_OR_RETURN(bytes);
        for (size_t n = 0; n < size; n++) {
            xybrid_status st = read_copy(bytes, n, &err);
            if (i == 0) CHECK(st != XYBRID_OK); /* the others end in padding */
        }
        free(bytes);
    }
    size_t size;
    char  *bytes = xb_test_data("llm/stories260K.gguf", &size);
    if (!bytes) CHECK_SKIP("reference data");
    for (size_t n = 0; n < size; n += n < 40000 ? 503 : 60013) CHECK(read_copy(bytes, n, &err) != XYBRID_OK);
    free(bytes);
}

static void survives_every_flipped_byte(void) {
    xybrid_error err;
    for (size_t i = 0; i < 3; i++) {
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

static void survives_lack_of_memory(void) {
    for (size_t i = 0; i < 3; i++) {
        size_t size;
        char  *bytes = corpus(small[i], &size);
        CHECK_OR_RETURN(bytes);
        xb_test_mem tm;
        XB_TORTURE (tm, 200) {
            xb_arena           arena;
            xb_gguf            g = { 0 };
            xb_gguf_vocabulary v;
            xybrid_error       err;
            xb_arena_init(&arena, &tm.mem, 0);
            xybrid_status st = xb_gguf_read(bytes, size, &arena, &g, &err);
            if (!st && xb_gguf_find(&g, "tokenizer.ggml.model")) st = xb_gguf_vocabulary_read(&g, &arena, &v, &err);
            XB_TORTURE_STATUS(tm, st);
            xb_arena_free(&arena);
        }
        free(bytes);
    }
}

CHECK_MAIN(RUN(reads_small_models), RUN(reads_real_models), RUN(reads_every_type), RUN(says_what_is_wrong_at_the_start),
           RUN(says_what_is_wrong_with_keys), RUN(says_what_is_wrong_with_tensors), RUN(says_what_is_wrong_with_vocabularies),
           RUN(survives_every_prefix), RUN(survives_every_flipped_byte), RUN(survives_lack_of_memory))
