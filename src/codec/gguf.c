/* codec/gguf.c - keys, then tensor infos, then a look at where their data lies. */
#include "codec/gguf.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"

enum {
    HEADER_BYTES = 24,
    LEAST_PAIR_BYTES = 8 + 1 + 4 + 1,           /* key length, key, type, the smallest value */
    LEAST_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8, /* name length, name, rank, a dimension, type, offset */
    MAX_KEY_BYTES = 65535,                      /* of the format's specification */
    MAX_TENSOR_NAME_BYTES = 63,                 /* ggml's GGML_MAX_NAME less the NUL */
    MAX_TENSOR_RANK = 4,                        /* GGML_MAX_DIMS */
    DEFAULT_ALIGNMENT = 32
};

/* Bytes of a value; 0 for those with a length of their own. */
static const uint8_t value_bytes[XB_GGUF_TYPE_COUNT] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };

/* Elements and bytes of a block by ggml_type, 0 where a number is free or its type was withdrawn. (gguf-py's
 * GGML_QUANT_SIZES 0.19.) */
static const struct {
    char     name[8]; /* "" where there is none */
    uint16_t elements, bytes;
} blocks[] = {
    [0] = { "F32", 1, 4 },         [1] = { "F16", 1, 2 },         [2] = { "Q4_0", 32, 18 },      [3] = { "Q4_1", 32, 20 },
    [6] = { "Q5_0", 32, 22 },      [7] = { "Q5_1", 32, 24 },      [8] = { "Q8_0", 32, 34 },      [9] = { "Q8_1", 32, 40 },
    [10] = { "Q2_K", 256, 84 },    [11] = { "Q3_K", 256, 110 },   [12] = { "Q4_K", 256, 144 },   [13] = { "Q5_K", 256, 176 },
    [14] = { "Q6_K", 256, 210 },   [15] = { "Q8_K", 256, 292 },   [16] = { "IQ2_XXS", 256, 66 }, [17] = { "IQ2_XS", 256, 74 },
    [18] = { "IQ3_XXS", 256, 98 }, [19] = { "IQ1_S", 256, 50 },   [20] = { "IQ4_NL", 32, 18 },   [21] = { "IQ3_S", 256, 110 },
    [22] = { "IQ2_S", 256, 82 },   [23] = { "IQ4_XS", 256, 136 }, [24] = { "I8", 1, 1 },         [25] = { "I16", 1, 2 },
    [26] = { "I32", 1, 4 },        [27] = { "I64", 1, 8 },        [28] = { "F64", 1, 8 },        [29] = { "IQ1_M", 256, 56 },
    [30] = { "BF16", 1, 2 },       [34] = { "TQ1_0", 256, 54 },   [35] = { "TQ2_0", 256, 66 },   [39] = { "MXFP4", 32, 17 },
    [40] = { "NVFP4", 64, 36 },    [41] = { "Q1_0", 128, 18 },
};
enum { BLOCK_COUNT = sizeof blocks / sizeof blocks[0] };

static int  is_known(int64_t type) { return type >= 0 && type < BLOCK_COUNT && blocks[type].name[0]; }
const char *xb_gguf_type_name(int32_t type) { return is_known(type) ? blocks[type].name : NULL; }
int         xb_gguf_type_block(int32_t type, int32_t *elements, int32_t *bytes) {
    if (!is_known(type)) return 0;
    *elements = blocks[type].elements;
    *bytes = blocks[type].bytes;
    return 1;
}

/* ---------------------------------------------------------------- the cursor ------------------------------------------- */

typedef struct cursor {
    const char *bytes;
    size_t      size, at;
} cursor;

static uint64_t little(const char *p, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) value |= (uint64_t)(uint8_t)p[i] << (8 * i);
    return value;
}

static size_t left(const cursor *c) { return c->size - c->at; }

/* `what` claims more than there is. */
static xybrid_status fail_cut(const cursor *c, const char *what, uint64_t claimed, xybrid_error *err) {
    return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)c->at, NULL,
                      "GGUF: truncated at byte %zu: %s takes %llu bytes, %zu are left", c->at, what,
                      (unsigned long long)claimed, left(c));
}

static xybrid_status take(cursor *c, const char *what, uint64_t size, xb_slice *out, xybrid_error *err) {
    if (size > left(c)) return fail_cut(c, what, size, err);
    *out = (xb_slice){ c->bytes + c->at, (size_t)size };
    c->at += (size_t)size;
    return XYBRID_OK;
}

static xybrid_status take_number(cursor *c, const char *what, size_t bytes, uint64_t *out, xybrid_error *err) {
    xb_slice s = { "", 0 };
    XB_TRY(take(c, what, bytes, &s, err));
    *out = little(s.data, bytes);
    return XYBRID_OK;
}

static xybrid_status take_string(cursor *c, const char *what, xb_slice *out, xybrid_error *err) {
    uint64_t size;
    XB_TRY(take_number(c, what, 8, &size, err));
    return take(c, what, size, out, err);
}

/* ---------------------------------------------------------------- keys ------------------------------------------------- */

static xybrid_status take_type(cursor *c, xb_gguf_type *out, xybrid_error *err) {
    uint64_t type;
    size_t   at = c->at;
    XB_TRY(take_number(c, "a value's type", 4, &type, err));
    if (type >= XB_GGUF_TYPE_COUNT)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)at, NULL, "GGUF: at byte %zu: value type %llu; known are 0 to %d", at,
                          (unsigned long long)type, XB_GGUF_TYPE_COUNT - 1);
    *out = (xb_gguf_type)type;
    return XYBRID_OK;
}

static xybrid_status take_array(cursor *c, int depth, xb_gguf *g, xb_gguf_value *out, xybrid_error *err);

/* Passes over `count` items. Each takes a byte at least, so the loops end with the file. */
static xybrid_status skip_items(cursor *c, xb_gguf_type type, uint64_t count, int depth, xb_gguf *g, xybrid_error *err) {
    xb_slice      ignored;
    xb_gguf_value nested = { 0 };
    if (value_bytes[type]) {
        if (count > left(c) / value_bytes[type]) return fail_cut(c, "an array of so many numbers", count, err);
        return take(c, "an array", count * value_bytes[type], &ignored, err);
    }
    if (type == XB_GGUF_ARRAY) g->nested_arrays = 1;
    for (uint64_t i = 0; i < count; i++) {
        if (type == XB_GGUF_STRING) XB_TRY(take_string(c, "a string in an array", &ignored, err));
        else XB_TRY(take_array(c, depth + 1, g, &nested, err));
    }
    return XYBRID_OK;
}

static xybrid_status take_array(cursor *c, int depth, xb_gguf *g, xb_gguf_value *out, xybrid_error *err) {
    uint64_t count;
    if (depth > XB_MAX_GGUF_DEPTH)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)c->at, NULL,
                          "GGUF: at byte %zu: more than %d arrays inside each other", c->at, XB_MAX_GGUF_DEPTH);
    XB_TRY(take_type(c, &out->item_type, err));
    XB_TRY(take_number(c, "an array's length", 8, &count, err));
    size_t first = c->at;
    XB_TRY(skip_items(c, out->item_type, count, depth, g, err));
    out->count = (int64_t)count;
    out->bytes = (xb_slice){ c->bytes + first, c->at - first };
    return XYBRID_OK;
}

static xybrid_status take_value(cursor *c, xb_gguf *g, xb_gguf_value *out, xybrid_error *err) {
    XB_TRY(take_type(c, &out->type, err));
    if (out->type == XB_GGUF_ARRAY) return take_array(c, 1, g, out, err);
    out->count = 1;
    if (out->type == XB_GGUF_STRING) return take_string(c, "a string", &out->bytes, err);
    return take(c, "a value", value_bytes[out->type], &out->bytes, err);
}

static xybrid_status take_pair(cursor *c, xb_gguf *g, xb_gguf_pair *out, int32_t index, xybrid_error *err) {
    size_t   at = c->at;
    xb_name *name;
    int      is_new;
    XB_TRY(take_string(c, "a key", &out->key, err));
    if (out->key.size == 0 || out->key.size > MAX_KEY_BYTES)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)at, NULL, "GGUF: at byte %zu: a key of %zu bytes, wanted 1 to %d", at,
                          out->key.size, MAX_KEY_BYTES);
    XB_TRY(xb_names_add(&g->keys, out->key, &name, &is_new, err));
    if (!is_new)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)at, NULL, "GGUF: at byte %zu: the key \"%.*s\" occurs twice", at,
                          xb_slice_len(out->key), out->key.data);
    name->value = index;
    return take_value(c, g, &out->value, err);
}

/* ggml reads this key before all else, and stops the process if it is not of this type. */
static xybrid_status read_alignment(xb_gguf *g, xybrid_error *err) {
    const xb_gguf_value *v = xb_gguf_find(g, "general.alignment");
    g->alignment = DEFAULT_ALIGNMENT;
    if (!v) return XYBRID_OK;
    uint64_t a = v->type == XB_GGUF_UINT32 ? little(v->bytes.data, 4) : 0;
    if (a == 0 || a > INT32_MAX || (a & (a - 1)) != 0)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: general.alignment must be a uint32 and a power of two below 2^31");
    g->alignment = (int32_t)a;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- tensors ---------------------------------------------- */

static xybrid_status fail_tensor(size_t at, const xb_gguf_tensor *t, const char *what, xybrid_error *err) {
    return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)at, NULL, "GGUF: at byte %zu: tensor \"%.*s\" %s", at,
                      xb_slice_len(t->name), t->name.data, what);
}

/* Bytes from type and dimensions. Rows are whole blocks. */
static xybrid_status measure(size_t at, xb_gguf_tensor *t, xybrid_error *err) {
    char what[160];
    if (!is_known(t->type))
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, (int64_t)at, NULL,
                          "GGUF: tensor \"%.*s\" has ggml type %d, which this version does not know", xb_slice_len(t->name),
                          t->name.data, t->type);
    int64_t count = 1;
    for (int i = 0; i < MAX_TENSOR_RANK; i++) {
        if (t->dims[i] < 1) {
            xb_format(what, sizeof what, "has dimension %d of %lld, wanted at least 1", i, (long long)t->dims[i]);
            return fail_tensor(at, t, what, err);
        }
        if (xb_mul_overflows(count, t->dims[i], &count)) return fail_tensor(at, t, "has more than 2^63 elements", err);
    }
    if (t->dims[0] % blocks[t->type].elements != 0) {
        xb_format(what, sizeof what, "of type %s has rows of %lld elements, wanted a multiple of %d", blocks[t->type].name,
                  (long long)t->dims[0], blocks[t->type].elements);
        return fail_tensor(at, t, what, err);
    }
    if (xb_mul_overflows(count / blocks[t->type].elements, blocks[t->type].bytes, &t->size_bytes))
        return fail_tensor(at, t, "has more than 2^63 bytes", err);
    return XYBRID_OK;
}

/* The offset stays relative to the data section until that is known. */
static xybrid_status take_tensor(cursor *c, xb_gguf *g, xb_gguf_tensor *out, int32_t index, xybrid_error *err) {
    size_t         at = c->at;
    uint64_t       rank, dim, type, offset;
    xb_gguf_tensor t = { .dims = { 1, 1, 1, 1 } };
    xb_name       *name;
    int            is_new;
    XB_TRY(take_string(c, "a tensor's name", &t.name, err));
    if (t.name.size == 0 || t.name.size > MAX_TENSOR_NAME_BYTES || memchr(t.name.data, 0, t.name.size))
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)at, NULL,
                          "GGUF: at byte %zu: a tensor's name of %zu bytes, wanted 1 to %d without NUL", at, t.name.size,
                          MAX_TENSOR_NAME_BYTES);
    XB_TRY(xb_names_add(&g->names, t.name, &name, &is_new, err));
    if (!is_new) return fail_tensor(at, &t, "occurs twice", err);
    name->value = index;

    XB_TRY(take_number(c, "a tensor's rank", 4, &rank, err));
    if (rank < 1 || rank > MAX_TENSOR_RANK) return fail_tensor(at, &t, "has a rank that is not 1 to 4", err);
    t.rank = (int32_t)rank;
    for (int32_t i = 0; i < t.rank; i++) {
        XB_TRY(take_number(c, "a dimension", 8, &dim, err));
        t.dims[i] = (int64_t)dim;
    }
    XB_TRY(take_number(c, "a tensor's type", 4, &type, err));
    t.type = type > INT32_MAX ? INT32_MAX : (int32_t)type;
    XB_TRY(measure(at, &t, err));
    XB_TRY(take_number(c, "a tensor's offset", 8, &offset, err));
    if (offset > INT64_MAX || offset % (uint64_t)g->alignment != 0)
        return fail_tensor(at, &t, "begins at an offset that is not aligned", err);
    t.offset = (int64_t)offset;
    *out = t;
    return XYBRID_OK;
}

/* The data section begins at the next multiple of the alignment; every tensor lies in it. */
static xybrid_status place_tensors(xb_gguf *g, xb_gguf_tensor *tensors, const cursor *c, xybrid_error *err) {
    int64_t size = (int64_t)c->size, start;
    if (xb_add_overflows((int64_t)c->at, g->alignment - 1, &start)) return fail_cut(c, "padding", 0, err);
    start -= start % g->alignment;
    g->data_offset = start;
    for (int32_t i = 0; i < g->tensor_count; i++) {
        xb_gguf_tensor *t = &tensors[i];
        int64_t         offset;
        if (xb_add_overflows(start, t->offset, &offset) || !xb_range_ok(offset, t->size_bytes, size)) {
            char what[160];
            xb_format(what, sizeof what, "needs %lld bytes at %lld of the data, the file has %lld; is it cut off?",
                      (long long)t->size_bytes, (long long)t->offset, (long long)xb_max64(size - start, 0));
            return fail_tensor(c->size, t, what, err);
        }
        t->offset = offset;
        if (xb_add_overflows(g->weight_bytes, t->size_bytes, &g->weight_bytes))
            return fail_tensor(c->size, t, "makes the sum of all more than 2^63 bytes", err);
    }
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- the whole -------------------------------------------- */

static xybrid_status read_start(cursor *c, xb_gguf *g, uint64_t *tensors, uint64_t *pairs, xybrid_error *err) {
    uint64_t version;
    xb_slice magic;
    if (c->size == 0) return xb_fail_at(err, XYBRID_MALFORMED, 0, NULL, "GGUF: the file is empty");
    if (c->size >= 4 &&
        (memcmp(c->bytes, "lmgg", 4) == 0 || memcmp(c->bytes, "tjgg", 4) == 0 || memcmp(c->bytes, "fmgg", 4) == 0))
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, 0, NULL, "GGUF: this is the older GGML format; convert it to GGUF");
    if (c->size >= 22 && memcmp(c->bytes, "version https://git-lf", 22) == 0)
        return xb_fail_at(err, XYBRID_MALFORMED, 0, NULL,
                          "GGUF: this is a Git LFS pointer, not the model; fetch it with: git lfs pull");
    if (memcmp(c->bytes, "GGUF", c->size < 4 ? c->size : 4) != 0)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, 0, NULL, "GGUF: not a GGUF file: it does not begin with \"GGUF\"");
    XB_TRY(take(c, "the header", 4, &magic, err));
    XB_TRY(take_number(c, "the header", 4, &version, err));
    if (version != 0 && (version & 0xffff) == 0)
        return xb_fail_at(
            err, XYBRID_UNSUPPORTED_MODEL, 4, NULL,
            "GGUF: a big-endian file; only little-endian ones are supported, convert it with gguf-py's gguf-convert-endian");
    if (version < 2 || version > 3)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_MODEL, 4, NULL, "GGUF: version %llu; 2 and 3 are supported",
                          (unsigned long long)version);
    g->version = (int32_t)version;
    XB_TRY(take_number(c, "the header", 8, tensors, err));
    XB_TRY(take_number(c, "the header", 8, pairs, err));
    if (*pairs > XB_MAX_MODEL_KEYS || *pairs > left(c) / LEAST_PAIR_BYTES)
        return xb_fail_at(err, XYBRID_MALFORMED, 16, NULL,
                          "GGUF: claims %llu keys; %zu bytes are left, and at most %d are taken", (unsigned long long)*pairs,
                          left(c), XB_MAX_MODEL_KEYS);
    if (*tensors > XB_MAX_TENSORS || *tensors > left(c) / LEAST_TENSOR_BYTES)
        return xb_fail_at(err, XYBRID_MALFORMED, 8, NULL,
                          "GGUF: claims %llu tensors; %zu bytes are left, and at most %d are taken",
                          (unsigned long long)*tensors, left(c), XB_MAX_TENSORS);
    return XYBRID_OK;
}

xybrid_status xb_gguf_read(const void *bytes, size_t size, xb_arena *arena, xb_gguf *out, xybrid_error *err) {
    cursor   c = { size ? bytes : "", size, 0 };
    xb_gguf  g = { 0 };
    uint64_t tensor_count = 0, pair_count = 0;
    XB_TRY(read_start(&c, &g, &tensor_count, &pair_count, err));
    xb_names_init(&g.keys, arena, XB_MAX_MODEL_KEYS, "GGUF: keys");
    xb_names_init(&g.names, arena, XB_MAX_TENSORS, "GGUF: tensors");

    xb_gguf_pair *pairs = xb_arena_array(arena, (size_t)pair_count, sizeof *pairs, err);
    if (!pairs) return err->code;
    g.pairs = pairs;
    for (; g.pair_count < (int32_t)pair_count; g.pair_count++)
        XB_TRY(take_pair(&c, &g, &pairs[g.pair_count], g.pair_count, err));
    XB_TRY(read_alignment(&g, err));

    xb_gguf_tensor *tensors = xb_arena_array(arena, (size_t)tensor_count, sizeof *tensors, err);
    if (!tensors) return err->code;
    g.tensors = tensors;
    for (; g.tensor_count < (int32_t)tensor_count; g.tensor_count++)
        XB_TRY(take_tensor(&c, &g, &tensors[g.tensor_count], g.tensor_count, err));
    XB_TRY(place_tensors(&g, tensors, &c, err));
    *out = g;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- look-ups --------------------------------------------- */

const xb_gguf_value *xb_gguf_find(const xb_gguf *g, const char *key) {
    const xb_name *n = xb_names_find(&g->keys, xb_slice_of(key));
    return n ? &g->pairs[n->value].value : NULL;
}

const xb_gguf_tensor *xb_gguf_find_tensor(const xb_gguf *g, const char *name) {
    const xb_name *n = xb_names_find(&g->names, xb_slice_of(name));
    return n ? &g->tensors[n->value] : NULL;
}

static int is_integer(xb_gguf_type t) {
    return t <= XB_GGUF_INT32 || t == XB_GGUF_BOOL || t == XB_GGUF_UINT64 || t == XB_GGUF_INT64;
}

/* A number of an integer type, sign-extended; of UINT64 all bits. */
static int64_t integer_at(xb_gguf_type type, const char *p) {
    uint64_t v = little(p, value_bytes[type]);
    switch (type) {
    case XB_GGUF_INT8: return (int8_t)v;
    case XB_GGUF_INT16: return (int16_t)v;
    case XB_GGUF_INT32: return (int32_t)v;
    case XB_GGUF_BOOL: return v != 0;
    default: return (int64_t)v;
    }
}

static double real_at(xb_gguf_type type, const char *p) {
    if (type == XB_GGUF_FLOAT32) {
        uint32_t bits = (uint32_t)little(p, 4);
        float    f;
        memcpy(&f, &bits, sizeof f);
        return f;
    }
    uint64_t bits = little(p, 8);
    double   d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

int xb_gguf_text(const xb_gguf *g, const char *key, xb_slice *out) {
    const xb_gguf_value *v = xb_gguf_find(g, key);
    if (!v || v->type != XB_GGUF_STRING) return 0;
    *out = v->bytes;
    return 1;
}

int xb_gguf_int(const xb_gguf *g, const char *key, int64_t *out) {
    const xb_gguf_value *v = xb_gguf_find(g, key);
    if (!v || !is_integer(v->type)) return 0;
    int64_t value = integer_at(v->type, v->bytes.data);
    if (v->type == XB_GGUF_UINT64 && value < 0) return 0;
    *out = value;
    return 1;
}

int xb_gguf_float(const xb_gguf *g, const char *key, double *out) {
    const xb_gguf_value *v = xb_gguf_find(g, key);
    if (!v || (v->type != XB_GGUF_FLOAT32 && v->type != XB_GGUF_FLOAT64)) return 0;
    *out = real_at(v->type, v->bytes.data);
    return 1;
}

int xb_gguf_bool(const xb_gguf *g, const char *key, int *out) {
    const xb_gguf_value *v = xb_gguf_find(g, key);
    if (!v || v->type != XB_GGUF_BOOL) return 0;
    *out = v->bytes.data[0] != 0;
    return 1;
}

static const char *item_at(const xb_gguf_value *array, int64_t index) {
    if (array->type != XB_GGUF_ARRAY || index < 0 || index >= array->count) return NULL;
    return array->bytes.data + (size_t)index * value_bytes[array->item_type];
}

int64_t xb_gguf_item_int(const xb_gguf_value *array, int64_t index) {
    const char *p = item_at(array, index);
    return p && is_integer(array->item_type) ? integer_at(array->item_type, p) : 0;
}

double xb_gguf_item_float(const xb_gguf_value *array, int64_t index) {
    const char *p = item_at(array, index);
    if (!p || (array->item_type != XB_GGUF_FLOAT32 && array->item_type != XB_GGUF_FLOAT64)) return 0;
    return real_at(array->item_type, p);
}

/* ---------------------------------------------------------------- strings ---------------------------------------------- */

static int is_string_array(const xb_gguf_value *v) { return v->type == XB_GGUF_ARRAY && v->item_type == XB_GGUF_STRING; }

int xb_gguf_next_string(const xb_gguf_value *array, size_t *offset, xb_slice *out) {
    if (!is_string_array(array) || *offset >= array->bytes.size) return 0;
    const char *p = array->bytes.data + *offset;
    *out = (xb_slice){ p + 8, (size_t)little(p, 8) };
    *offset += 8 + out->size;
    return 1;
}

xybrid_status xb_gguf_index(const xb_gguf_value *array, xb_arena *arena, xb_gguf_strings *out, xybrid_error *err) {
    if (!is_string_array(array) || array->bytes.size > UINT32_MAX)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "GGUF: only an array of strings below 4 GiB can be indexed");
    uint32_t *offsets = xb_arena_array(arena, (size_t)array->count, sizeof *offsets, err);
    if (!offsets) return err->code;
    size_t offset = 0;
    for (int64_t i = 0; i < array->count; i++) {
        xb_slice ignored;
        offsets[i] = (uint32_t)offset;
        xb_gguf_next_string(array, &offset, &ignored);
    }
    *out = (xb_gguf_strings){ array->bytes.data, offsets, array->count };
    return XYBRID_OK;
}

xb_slice xb_gguf_string(const xb_gguf_strings *s, int64_t index) {
    if (index < 0 || index >= s->count) return (xb_slice){ "", 0 };
    const char *p = s->bytes + s->offsets[index];
    return (xb_slice){ p + 8, (size_t)little(p, 8) };
}

/* ---------------------------------------------------------------- the vocabulary --------------------------------------- */

static xybrid_status fail_key(const char *key, const char *wanted, xybrid_error *err) {
    return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s must be %s", key, wanted);
}

static xybrid_status vocabulary_text(const xb_gguf *g, const char *key, xb_slice *out, xybrid_error *err) {
    *out = (xb_slice){ "", 0 };
    if (!xb_gguf_find(g, key) || xb_gguf_text(g, key, out)) return XYBRID_OK;
    return fail_key(key, "a string", err);
}

static xybrid_status vocabulary_flag(const xb_gguf *g, const char *key, int32_t *out, xybrid_error *err) {
    int value;
    *out = XYBRID_AUTO;
    if (!xb_gguf_find(g, key)) return XYBRID_OK;
    if (!xb_gguf_bool(g, key, &value)) return fail_key(key, "a bool", err);
    *out = value;
    return XYBRID_OK;
}

static xybrid_status vocabulary_id(const xb_gguf *g, const char *key, int64_t count, int32_t *out, xybrid_error *err) {
    const xb_gguf_value *v = xb_gguf_find(g, key);
    int64_t              id = -1;
    *out = -1;
    if (!v) return XYBRID_OK;
    if (!is_integer(v->type) || v->type == XB_GGUF_BOOL) return fail_key(key, "an integer", err);
    if (xb_gguf_int(g, key, &id) && id >= 0 && id < count) *out = (int32_t)id;
    return XYBRID_OK;
}

/* A list of 4-byte numbers, one for each token: ggml's users read it as such without asking. */
static xybrid_status vocabulary_list(const xb_gguf *g, const char *key, int64_t count, int is_float, const xb_gguf_value **out,
                                     xybrid_error *err) {
    const xb_gguf_value *v = xb_gguf_find(g, key);
    *out = v;
    if (!v) return XYBRID_OK;
    int fits = is_float ? v->item_type == XB_GGUF_FLOAT32 : v->item_type == XB_GGUF_INT32 || v->item_type == XB_GGUF_UINT32;
    if (v->type != XB_GGUF_ARRAY || !fits || v->count != count) {
        char wanted[96];
        xb_format(wanted, sizeof wanted, "an array of %lld %s, one for each token", (long long)count,
                  is_float ? "float32" : "int32");
        return fail_key(key, wanted, err);
    }
    return XYBRID_OK;
}

static xybrid_status vocabulary_strings(const xb_gguf *g, const char *key, int64_t max, xb_arena *arena, xb_gguf_strings *out,
                                        xybrid_error *err) {
    const xb_gguf_value *v = xb_gguf_find(g, key);
    *out = (xb_gguf_strings){ 0 };
    if (!v) return XYBRID_OK;
    if (!is_string_array(v)) return fail_key(key, "an array of strings", err);
    if (v->count > max)
        return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s has %lld entries; at most %lld", key, (long long)v->count,
                       (long long)max);
    xb_slice s;
    for (size_t offset = 0; xb_gguf_next_string(v, &offset, &s);) {
        if (s.size > XB_MAX_TOKEN_BYTES)
            return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s has an entry of %zu bytes; at most %d", key, s.size,
                           XB_MAX_TOKEN_BYTES);
    }
    return xb_gguf_index(v, arena, out, err);
}

static xybrid_status vocabulary_ids(const xb_gguf *g, xb_gguf_vocabulary *v, xybrid_error *err) {
    const struct {
        const char *key;
        int32_t    *out;
    } ids[] = {
        { "tokenizer.ggml.bos_token_id", &v->bos },         { "tokenizer.ggml.eos_token_id", &v->eos },
        { "tokenizer.ggml.eot_token_id", &v->eot },         { "tokenizer.ggml.eom_token_id", &v->eom },
        { "tokenizer.ggml.unknown_token_id", &v->unknown }, { "tokenizer.ggml.seperator_token_id", &v->separator }, /* (sic) */
        { "tokenizer.ggml.padding_token_id", &v->padding }, { "tokenizer.ggml.cls_token_id", &v->classify },
        { "tokenizer.ggml.mask_token_id", &v->mask },
    };
    const struct {
        const char *key;
        int32_t    *out;
    } flags[] = {
        { "tokenizer.ggml.add_bos_token", &v->add_bos },
        { "tokenizer.ggml.add_eos_token", &v->add_eos },
        { "tokenizer.ggml.add_sep_token", &v->add_sep },
        { "tokenizer.ggml.add_space_prefix", &v->add_space_prefix },
        { "tokenizer.ggml.remove_extra_whitespaces", &v->remove_extra_whitespaces },
    };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        XB_TRY(vocabulary_id(g, ids[i].key, v->tokens.count, ids[i].out, err));
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) XB_TRY(vocabulary_flag(g, flags[i].key, flags[i].out, err));
    return XYBRID_OK;
}

xybrid_status xb_gguf_vocabulary_read(const xb_gguf *g, xb_arena *arena, xb_gguf_vocabulary *out, xybrid_error *err) {
    xb_gguf_vocabulary v = { .charsmap = { "", 0 } };
    XB_TRY(vocabulary_text(g, "tokenizer.ggml.model", &v.model, err));
    XB_TRY(vocabulary_text(g, "tokenizer.ggml.pre", &v.pre, err));
    XB_TRY(vocabulary_text(g, "tokenizer.chat_template", &v.chat_template, err));
    XB_TRY(vocabulary_strings(g, "tokenizer.ggml.tokens", XB_MAX_VOCABULARY, arena, &v.tokens, err));
    if (v.model.size == 0 || v.tokens.count == 0)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL,
                       "GGUF: no vocabulary in this file (tokenizer.ggml.model and tokenizer.ggml.tokens)");
    XB_TRY(vocabulary_strings(g, "tokenizer.ggml.merges", XB_MAX_VOCABULARY, arena, &v.merges, err));
    XB_TRY(vocabulary_list(g, "tokenizer.ggml.scores", v.tokens.count, 1, &v.scores, err));
    XB_TRY(vocabulary_list(g, "tokenizer.ggml.token_type", v.tokens.count, 0, &v.token_types, err));
    XB_TRY(vocabulary_ids(g, &v, err));
    const xb_gguf_value *map = xb_gguf_find(g, "tokenizer.ggml.precompiled_charsmap");
    if (map) {
        if (map->type != XB_GGUF_ARRAY || map->item_type > XB_GGUF_INT8)
            return fail_key("tokenizer.ggml.precompiled_charsmap", "an array of bytes", err);
        v.charsmap = map->bytes;
    }
    *out = v;
    return XYBRID_OK;
}
