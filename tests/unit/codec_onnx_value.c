/* Stored ONNX values: tensors of every type in every field, sparse ones, sequences, optionals; damage. What they hold was read
 * by the onnx package (scripts/golden/codec_onnx_value.py), and what their bytes mean is told by ml_dtypes. */
#include "base/arena.h"
#include "base/error.h"
#include "codec/onnx_value.h"
#include "support.h"

#include "golden/codec_small_floats.inc"

typedef struct text {
    char  *data;
    size_t used, room;
} text;

static void add(text *t, const char *format, ...) {
    va_list args;
    if (t->room - t->used < 256) {
        t->data = realloc(t->data, t->room = t->room * 2 + 4096);
        if (!t->data) exit(1);
    }
    va_start(args, format);
    t->used += (size_t)vsnprintf(t->data + t->used, t->room - t->used, format, args);
    va_end(args);
}

static void add_bytes(text *t, const void *bytes, size_t size) {
    add(t, " ");
    for (size_t i = 0; i < size; i++) add(t, "%02x", ((const uint8_t *)bytes)[i]);
}

static void add_tensor(text *t, const xb_onnx_value *v) {
    const char *name = xb_onnx_dtype_name(v->dtype);
    int32_t     bits = xb_onnx_dtype_bits(v->dtype);
    add(t, "tensor %s [", strcmp(name, "float32") == 0 ? "float" : strcmp(name, "float64") == 0 ? "double" : name);
    for (int32_t d = 0; d < v->rank; d++) add(t, d ? ",%lld" : "%lld", (long long)v->dims[d]);
    add(t, "]");
    for (int64_t i = 0; i < v->count; i++) {
        uint8_t one;
        if (v->dtype == XB_ONNX_STRING) {
            const xb_slice *s = (const xb_slice *)v->data + i;
            add_bytes(t, s->data, s->size);
        } else if (bits < 8) {
            xb_onnx_unpack(v->dtype, v->data, i, 1, &one);
            add_bytes(t, &one, 1);
        } else {
            add_bytes(t, (const char *)v->data + i * (bits / 8), (size_t)bits / 8);
        }
    }
    add(t, "\n");
}

static void add_value(text *t, const xb_onnx_value *v, int depth) {
    add(t, "%*s", 2 * depth, "");
    if (v->kind == XB_ONNX_TENSOR) add_tensor(t, v);
    else add(t, "%s %d\n", v->kind == XB_ONNX_SEQUENCE ? "sequence" : "optional", v->item_count);
    for (int32_t i = 0; i < v->item_count; i++) add_value(t, &v->items[i], depth + 1);
}

/* The test's external file: 0, 1, 2 as float32. */
static xybrid_status find(void *ctx, const char *location, int64_t offset, int64_t size_bytes, const void **out,
                          xybrid_error *err) {
    static const float content[3] = { 0, 1, 2 };
    (void)ctx, (void)err;
    CHECK_STR(location, "weights.bin");
    CHECK(offset >= 0 && size_bytes >= 0 && offset + size_bytes <= (int64_t)sizeof content);
    *out = (const char *)content + offset;
    return XYBRID_OK;
}

static char *seed(const char *name, size_t *size) {
    char path[512];
    snprintf(path, sizeof path, "%s/fuzz/corpus/onnx_value/%s", XB_TEST_SOURCE, name);
    return xb_test_file_(path, size);
}

static const char *const seeds[] = { "raw",          "fields",  "strings",  "scalar",    "empty",    "sparse",
                                     "sparse_items", "nothing", "optional", "optionals", "unpacked", "external" };
enum { SEEDS = sizeof seeds / sizeof seeds[0] };

static xybrid_status read_in(xb_mem *mem, xb_arena *arena, const char *bytes, size_t size, xb_onnx_value *out,
                             xybrid_error *err) {
    xb_onnx_source from = { .arena = arena, .file = bytes, .external = find };
    xb_arena_init(arena, mem, 0);
    return xb_onnx_value_read(&from, (xb_onnx_kind)bytes[0], (xb_slice){ bytes + 1, size - 1 }, out, err);
}

static void reads_what_the_reference_reads(void) {
    size_t size;
    char  *golden = xb_test_golden("codec/onnx_values.txt", &size);
    text   found = { 0 };
    CHECK_OR_RETURN(golden);
    for (int i = 0; i < SEEDS; i++) {
        xb_test_mem   tm;
        xb_arena      arena;
        xb_onnx_value value;
        xybrid_error  err;
        char         *bytes = seed(seeds[i], &size);
        CHECK_OR_RETURN(bytes);
        xb_test_mem_init(&tm, 0, 0);
        add(&found, "value %s\n", seeds[i]);
        if (read_in(&tm.mem, &arena, bytes, size, &value, &err) == XYBRID_OK) add_value(&found, &value, 0);
        else add(&found, "%s\n", err.message);
        xb_arena_free(&arena);
        CHECK_INT(tm.live_blocks, 0);
        free(bytes);
    }
    CHECK_STR(found.data, golden);
    free(found.data);
    free(golden);
}

/* Weights are not copied: raw data, packed floats and external data are used where they are. */
static void uses_values_in_place(void) {
    xb_mem        mem;
    xb_arena      arena;
    xb_onnx_value v;
    xybrid_error  err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    static const char raw[] = "\1\x08\x02\x10\x0a\x4a\x04\1\2\3\4";        /* float16 [2], raw_data */
    static const char packed[] = "\1\x08\x01\x10\x01\x22\x04\0\0\x80\x3f"; /* float32 [1], float_data */
    CHECK_INT(read_in(&mem, &arena, raw, sizeof raw - 1, &v, &err), XYBRID_OK);
    CHECK(v.data == raw + 7 && v.size_bytes == 4 && v.count == 2 && mem.allocations == 0);
    CHECK_INT(read_in(&mem, &arena, packed, sizeof packed - 1, &v, &err), XYBRID_OK);
    CHECK(v.data == packed + 7 && v.size_bytes == 4 && mem.allocations == 0);
    size_t size;
    char  *external = seed("external", &size);
    CHECK_INT(read_in(&mem, &arena, external, size, &v, &err), XYBRID_OK);
    CHECK(memcmp(v.data, "\0\0\x80\x3f\0\0\0\x40", 8) == 0);
    xb_arena_free(&arena); /* only the location's name */
    free(external);
}

static void knows_every_small_float(void) {
    static const struct {
        int32_t         dtype;
        int             count;
        const uint32_t *wanted;
    } types[] = { { 17, 256, small_17 }, { 18, 256, small_18 }, { 19, 256, small_19 }, { 20, 256, small_20 },
                  { 24, 256, small_24 }, { 23, 16, small_23 },  { 27, 64, small_27 },  { 28, 64, small_28 } };
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        for (int i = 0; i < types[t].count; i++) {
            float    value = xb_onnx_small_float(types[t].dtype, (uint8_t)i), wanted;
            uint32_t bits;
            memcpy(&bits, &value, sizeof bits);
            memcpy(&wanted, &types[t].wanted[i], sizeof wanted);
            if (wanted != wanted) CHECK(value != value);
            else CHECK_INT(bits, types[t].wanted[i]);
        }
    }
    CHECK(isnan(xb_onnx_small_float(XYBRID_FLOAT32, 0)) && isnan(xb_onnx_small_float(99, 0)));
}

/* ---- damage ---- */

/* From a copy that ends where its block ends, so that the address sanitizer sees a byte too far. */
static xybrid_status read_copy(const char *bytes, size_t size, xybrid_error *err) {
    xb_mem         mem;
    xb_arena       arena;
    xb_onnx_value  v;
    char          *copy = malloc(size);
    text           t = { 0 };
    xb_onnx_source from = { .arena = &arena, .file = copy }; /* external data is refused */
    memcpy(copy, bytes, size);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 1 << 20);
    xybrid_status st = xb_onnx_value_read(&from, (xb_onnx_kind)copy[0], (xb_slice){ copy + 1, size - 1 }, &v, err);
    if (st == XYBRID_OK) {
        add_value(&t, &v, 0); /* touches everything */
    } else {
        CHECK(err->code == st && err->message[0] && !strchr(err->message, '\n'));
        CHECK((st & XYBRID_PRIMARY_MASK) == XYBRID_UNSUPPORTED_FORMAT);
    }
    free(t.data);
    xb_arena_free(&arena);
    free(copy);
    return st;
}

static void survives_damage(void) {
    xybrid_error err;
    for (int i = 0; i < SEEDS; i++) {
        size_t size;
        char  *bytes = seed(seeds[i], &size);
        CHECK_OR_RETURN(bytes);
        for (size_t n = 1; n < size; n++) (void)(read_copy(bytes, n, &err) == XYBRID_OK);
        for (size_t n = 0; n < size; n++) {
            for (int change = 0; change < 4; change++) {
                char old = bytes[n];
                bytes[n] = (char)(change == 0 ? old ^ (1 << n % 8) : change == 1 ? 0 : change == 2 ? 0xff : 0x80);
                (void)(read_copy(bytes, size, &err) == XYBRID_OK);
                bytes[n] = old;
            }
        }
        free(bytes);
    }
}

static void survives_lack_of_memory(void) {
    for (int i = 0; i < SEEDS; i++) {
        xb_test_mem tm;
        size_t      size;
        char       *bytes = seed(seeds[i], &size);
        CHECK_OR_RETURN(bytes);
        XB_TORTURE (tm, 100) {
            xb_arena      arena;
            xb_onnx_value v;
            xybrid_error  err;
            xybrid_status st = read_in(&tm.mem, &arena, bytes, size, &v, &err);
            XB_TORTURE_STATUS(tm, st);
            xb_arena_free(&arena);
        }
        free(bytes);
    }
}

static void check_error(const char *bytes, size_t size, xybrid_status code, const char *message) {
    xybrid_error err = { .message = "" };
    CHECK_INT(read_copy(bytes, size, &err), code);
    CHECK_STR(err.message, message);
}
#define BYTES(s) (s), sizeof(s) - 1

static void says_what_is_wrong(void) {
    enum { BAD = XYBRID_MALFORMED, OTHER = XYBRID_UNSUPPORTED_MODEL };
    check_error(BYTES("\0"), OTHER, "ONNX: a map or opaque value, which this version does not handle");
    check_error(BYTES("\4"), OTHER, "ONNX: a map or opaque value, which this version does not handle");
    check_error(BYTES("\x7f"), OTHER, "ONNX: a map or opaque value, which this version does not handle");
    check_error(BYTES("\1"), BAD, "ONNX: at byte 0: weight \"\" (undefined, 1 elements) has no element type");
    check_error(BYTES("\1\x0a\x09\1\1\1\1\1\1\1\1\1\x10\2\x4a\1x"), OTHER,
                "ONNX: at byte 1: tensor \"\" has 9 dimensions; this version handles at most 8");
    check_error(BYTES("\1\x08\x05\x10\x16\x4a\2xx"), BAD,
                "ONNX: at byte 1: weight \"\" (int4, 5 elements) has 2 bytes of data, wanted 3");
    check_error(BYTES("\1\x08\x05\x10\x1c\x2a\4\1\1\1\1"), BAD,
                "ONNX: at byte 1: weight \"\" (float6e3m2, 5 elements) has 4 values, wanted 5");
    check_error(BYTES("\1\x08\x01\x10\1\x70\1\x6a\x0d\x0a\x08location\x12\x01w"), OTHER,
                "ONNX: at byte 1: tensor \"\" is in the file \"w\", and a value may not be in another file");
    check_error(BYTES("\3\x1a\4\x10\2\x4a\0"), BAD, /* in a sequence, one uint8 */
                "ONNX: at byte 1: weight \"\" (uint8, 1 elements) has 0 bytes of data, wanted 1");
    check_error(BYTES("\3\x32\0"), OTHER, "ONNX: at byte 1: a map, which this version does not handle");
    check_error(BYTES("\3\x2a\0\x3a\0"), BAD, "ONNX: at byte 3: values of two kinds in one sequence or optional");
    check_error(BYTES("\5\x2a\0\x2a\0"), BAD, "ONNX: at byte 3: an optional with two values");
    check_error(BYTES("\3\x2a\x10\x2a\x0e\x2a\x0c\x2a\x0a\x2a\x08\x2a\x06\x2a\x04\x2a\x02\x2a\0"), BAD,
                "ONNX: at byte 17: more than 8 sequences or optionals inside each other");
}

/* A sparse tensor: values uint8 1, 2 at these int64 indices (two bytes of them suffice here). */
static void check_sparse_error(const char *index_dims, const char *indices, const char *dims, xybrid_status code,
                               const char *message) {
    char   bytes[256] = "\2\x0a\x08\x08\x02\x10\x02\x4a\x02\1\2", *at = bytes + 11, *size_at;
    size_t n = strlen(indices);
    *at++ = 0x12;
    size_at = at++;
    for (const char *d = index_dims; *d; d++) *at++ = 8, *at++ = *d;
    *at++ = 0x10, *at++ = 7, *at++ = 0x3a, *at++ = (char)n;
    memcpy(at, indices, n);
    at += n;
    *size_at = (char)(at - size_at - 1);
    for (const char *d = dims; *d; d++) *at++ = 0x18, *at++ = *d;
    if (code == XYBRID_OK) {
        xybrid_error err = { .message = "" };
        CHECK_INT(read_copy(bytes, (size_t)(at - bytes), &err), XYBRID_OK);
        CHECK_STR(err.message, "");
    } else {
        check_error(bytes, (size_t)(at - bytes), code, message);
    }
}

static void checks_sparse_indices(void) {
    enum { BAD = XYBRID_MALFORMED };
    check_sparse_error("\2", "\1\3", "\2\2", XYBRID_OK, NULL);
    check_sparse_error("\2\2", "\1\1\2\1", "\3\2", XYBRID_OK, NULL);
    check_sparse_error("\2", "\1\4", "\2\2", BAD,
                       "ONNX: at byte 1: weight \"\" (uint8, 4 elements) has an index outside of its dimensions");
    check_sparse_error("\2\2", "\1\1\1\2", "\2\2", BAD,
                       "ONNX: at byte 1: weight \"\" (uint8, 4 elements) has an index outside of its dimensions");
    check_sparse_error("\2", "\3\3", "\2\2", BAD,
                       "ONNX: at byte 1: weight \"\" (uint8, 4 elements) has indices that do not rise");
    check_sparse_error("\3", "\1\2\3", "\2\2", BAD,
                       "ONNX: at byte 1: weight \"\" (uint8, 4 elements) has indices that are not int64 [values] or "
                       "[values, dimensions]");
    check_sparse_error("\2\1", "\1\2", "\2\2", BAD,
                       "ONNX: at byte 1: weight \"\" (uint8, 4 elements) has indices that are not int64 [values] or "
                       "[values, dimensions]");
    check_sparse_error(
        "\2", "\1\2", "\x7f\x7f\x7f\x7f\x7f", XYBRID_UNSUPPORTED_MODEL,
        "ONNX: at byte 1: sparse tensor \"\" has 33038369407 elements; this version takes at most 268435456 bytes");
}

CHECK_MAIN(RUN(reads_what_the_reference_reads), RUN(uses_values_in_place), RUN(knows_every_small_float), RUN(survives_damage),
           RUN(survives_lack_of_memory), RUN(says_what_is_wrong), RUN(checks_sparse_indices))
