/* codec/json.c - JSON on yyjson: its reader and its number printer, compiled into this file so that no name of it leaves.
 *
 * An xb_json is a yyjson_val, and nobody outside needs to know. */
#include "codec/json.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wunused-function"
#  pragma GCC diagnostic ignored "-Wconversion"
#  pragma GCC diagnostic ignored "-Wsign-conversion"
#  pragma GCC diagnostic ignored "-Wshadow"
#  pragma GCC diagnostic ignored "-Wpedantic"
#  pragma GCC diagnostic ignored "-Wstrict-prototypes"
#endif
#define YYJSON_DISABLE_UTILS        1
#define YYJSON_DISABLE_NON_STANDARD 1
#define yyjson_api                  static
#define yyjson_inline               inline /* the compiler chooses: 14 KB less than everything inline, 7 % slower */
#if defined(__GNUC__)
#  define yyjson_noinline __attribute__((noinline, cold)) /* rare numbers and errors: built for size */
#endif
#include "yyjson/yyjson.c"
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif

struct xb_json_doc {
    xb_mem       *mem;
    yyjson_doc   *tree;
    xybrid_error *err; /* of the parse that is going on */
};

/* Without const, because yyjson's functions that only read take none. */
static yyjson_val    *val(const xb_json *v) { return (yyjson_val *)(uintptr_t)v; }
static const xb_json *json(const yyjson_val *v) { return (const xb_json *)(const void *)v; }

/* ---- parsing ---- */

static void *tree_malloc(void *ctx, size_t size) {
    xb_json_doc *doc = ctx;
    return xb_malloc(doc->mem, size, doc->err);
}
static void *tree_realloc(void *ctx, void *memory, size_t old_size, size_t size) {
    xb_json_doc *doc = ctx;
    (void)old_size;
    return xb_realloc(doc->mem, memory, size, doc->err);
}
static void tree_free(void *ctx, void *memory) {
    xb_json_doc *doc = ctx;
    xb_free(doc->mem, memory);
}

static xybrid_status fail_position(xybrid_error *err, const char *text, size_t size, size_t position, const char *what) {
    size_t line = 1, column = 1;
    if (position > size) position = size;
    if (size > 0) (void)yyjson_locate_pos(text, size, position, &line, &column, NULL);
    xb_fail_at(err, XYBRID_MALFORMED, (int64_t)position, "", "JSON: %s at line %zu, column %zu", what, line, column);
    err->line = (int32_t)line;
    err->column = (int32_t)column;
    return err->code;
}

/* Values lie in file order, a container before its items, so one walk with the ends of the open containers sees the depth. */
static int is_too_deep(yyjson_val *root) {
    const yyjson_val *ends[XB_MAX_JSON_DEPTH];
    const yyjson_val *end = unsafe_yyjson_get_next(root);
    int               depth = 0;
    for (yyjson_val *v = root; v < end; v++) {
        while (depth > 0 && v >= ends[depth - 1]) depth--;
        if (!unsafe_yyjson_is_ctn(v)) continue;
        if (depth == XB_MAX_JSON_DEPTH) return 1;
        ends[depth++] = unsafe_yyjson_get_next(v);
    }
    return 0;
}

/* The bracket that opens level XB_MAX_JSON_DEPTH + 1 of valid JSON. */
static size_t find_too_deep(const char *text, size_t size) {
    int depth = 0, in_string = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') i++;
            else if (c == '"') in_string = 0;
        } else if (c == '"') {
            in_string = 1;
        } else if (c == '[' || c == '{') {
            if (++depth > XB_MAX_JSON_DEPTH) return i;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return size;
}

/* What yyjson_read_opts does, less its second reader (for indented text: 16 KB of code for little) and its use of malloc. The
 * tree's strings point into the copy, which goes when the tree goes. */
static yyjson_doc *read_tree(xb_json_doc *doc, const char *text, size_t size, yyjson_read_err *why) {
    const yyjson_alc alc = { tree_malloc, tree_realloc, tree_free, doc };
    u8              *copy = tree_malloc(doc, size + YYJSON_PADDING_SIZE);
    if (!copy) {
        why->code = YYJSON_READ_ERROR_MEMORY_ALLOCATION;
        return NULL;
    }
    memcpy(copy, text, size);
    memset(copy + size, 0, YYJSON_PADDING_SIZE);
    u8 *start = copy, *end = copy + size;
    while (char_is_space(*start)) start++;
    yyjson_doc *tree = char_is_container(*start) ? read_root_minify(copy, start, end, alc, YYJSON_READ_NOFLAG, why)
                                                 : read_root_single(copy, start, end, alc, YYJSON_READ_NOFLAG, why);
    if (!tree) tree_free(doc, copy);
    return tree;
}

static xybrid_status parse_tree(xb_json_doc *doc, const char *text, size_t size, xybrid_error *err) {
    size_t bom = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (size == bom) return fail_position(err, text, size, size, "the text is empty");
    if (size >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return fail_position(err, text, size, 0, "UTF-16 text; wanted UTF-8;");

    yyjson_read_err why = { 0 };
    doc->tree = read_tree(doc, text + bom, size - bom, &why);
    if (!doc->tree) {
        if (why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) return err->code;
        return fail_position(err, text, size, why.pos + bom, why.msg);
    }
    if (is_too_deep(doc->tree->root)) {
        char what[64];
        xb_format(what, sizeof what, "more than %d levels of nesting", XB_MAX_JSON_DEPTH);
        return fail_position(err, text, size, find_too_deep(text, size), what);
    }
    return XYBRID_OK;
}

xybrid_status xb_json_parse(xb_mem *mem, const void *bytes, int64_t size, int64_t max_bytes, xb_json_doc **out,
                            xybrid_error *err) {
    if (max_bytes > XB_MAX_JSON_BYTES) max_bytes = XB_MAX_JSON_BYTES;
    if (size < 0 || (size > 0 && !bytes))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "JSON: %lld bytes at no address", (long long)size);
    if (size > max_bytes)
        return xb_fail(err, XYBRID_MALFORMED, "", "JSON: %lld bytes; at most %lld", (long long)size, (long long)max_bytes);

    xb_json_doc *doc = xb_calloc(mem, 1, sizeof *doc, err);
    if (!doc) return err->code;
    doc->mem = mem;
    doc->err = err;
    xybrid_status st = parse_tree(doc, bytes, (size_t)size, err);
    doc->err = NULL;
    if (st != XYBRID_OK) {
        xb_json_free(doc);
        return st;
    }
    *out = doc;
    return XYBRID_OK;
}

void xb_json_free(xb_json_doc *doc) {
    if (!doc) return;
    yyjson_doc_free(doc->tree);
    xb_free(doc->mem, doc);
}

const xb_json *xb_json_root(const xb_json_doc *doc) { return doc ? json(doc->tree->root) : NULL; }

/* ---- values ---- */

xb_json_type xb_json_type_of(const xb_json *v) {
    switch (yyjson_get_type(val(v))) {
    case YYJSON_TYPE_NULL: return XB_JSON_NULL;
    case YYJSON_TYPE_BOOL: return XB_JSON_BOOL;
    case YYJSON_TYPE_NUM: return XB_JSON_NUMBER;
    case YYJSON_TYPE_STR: return XB_JSON_STRING;
    case YYJSON_TYPE_ARR: return XB_JSON_ARRAY;
    case YYJSON_TYPE_OBJ: return XB_JSON_OBJECT;
    default: return XB_JSON_MISSING;
    }
}

int xb_json_is(const xb_json *v, xb_json_type type) { return xb_json_type_of(v) == type; }

int xb_json_int(const xb_json *v, int64_t *out) {
    if (!xb_json_is(v, XB_JSON_NUMBER)) return 0;
    yyjson_val *n = val(v);
    switch (unsafe_yyjson_get_subtype(n)) {
    case YYJSON_SUBTYPE_UINT:
        if (n->uni.u64 > INT64_MAX) return 0;
        *out = (int64_t)n->uni.u64;
        return 1;
    case YYJSON_SUBTYPE_SINT: *out = n->uni.i64; return 1;
    default: {
        const double exact = 9007199254740992.0; /* 2^53: beyond it the digits of the text may be lost */
        double       d = n->uni.f64;
        if (!(d >= -exact && d <= exact) || (double)(int64_t)d != d) return 0;
        *out = (int64_t)d;
        return 1;
    }
    }
}

int xb_json_is_real(const xb_json *v) {
    return xb_json_is(v, XB_JSON_NUMBER) && unsafe_yyjson_get_subtype(val(v)) == YYJSON_SUBTYPE_REAL;
}
int xb_json_double(const xb_json *v, double *out) {
    if (!xb_json_is(v, XB_JSON_NUMBER)) return 0;
    *out = unsafe_yyjson_get_num(val(v));
    return 1;
}

int xb_json_bool(const xb_json *v, int *out) {
    if (!xb_json_is(v, XB_JSON_BOOL)) return 0;
    *out = unsafe_yyjson_get_bool(val(v)) ? 1 : 0;
    return 1;
}

int xb_json_string(const xb_json *v, const char **out, size_t *size) {
    if (!xb_json_is(v, XB_JSON_STRING)) return 0;
    *out = val(v)->uni.str;
    *size = unsafe_yyjson_get_len(val(v));
    return 1;
}

int xb_json_text_double(xb_mem *mem, const char *text, double *out) {
    xb_json_doc *doc = NULL;
    xybrid_error unused;
    if (xb_json_parse(mem, text, (int64_t)strlen(text), 64, &doc, &unused)) return 0;
    int ok = xb_json_double(xb_json_root(doc), out);
    xb_json_free(doc);
    return ok;
}

int64_t xb_json_count(const xb_json *v) {
    xb_json_type type = xb_json_type_of(v);
    if (type != XB_JSON_ARRAY && type != XB_JSON_OBJECT) return 0;
    return (int64_t)unsafe_yyjson_get_len(val(v));
}

xb_json_iter xb_json_items(const xb_json *v) {
    xb_json_iter it;
    memset(&it, 0, sizeof it);
    it.index = -1;
    it.left_ = xb_json_count(v);
    it.is_object_ = xb_json_is(v, XB_JSON_OBJECT);
    if (it.left_ > 0) it.next_ = json(val(v) + 1);
    return it;
}

int xb_json_next(xb_json_iter *it) {
    if (it->left_ <= 0) return 0;
    it->left_--;
    it->index++;
    yyjson_val *at = val(it->next_);
    if (it->is_object_) {
        it->key = at->uni.str;
        it->key_size = unsafe_yyjson_get_len(at);
        at++;
    }
    it->value = json(at);
    it->next_ = json(unsafe_yyjson_get_next(at));
    return 1;
}

const xb_json *xb_json_get(const xb_json *obj, const char *key) {
    if (!xb_json_is(obj, XB_JSON_OBJECT)) return NULL;
    const xb_json *found = NULL;
    size_t         size = strlen(key);
    for (xb_json_iter it = xb_json_items(obj); xb_json_next(&it);)
        if (it.key_size == size && memcmp(it.key, key, size) == 0) found = it.value;
    return found;
}

const xb_json *xb_json_at(const xb_json *array, int64_t index) {
    if (!xb_json_is(array, XB_JSON_ARRAY) || index < 0 || index >= xb_json_count(array)) return NULL;
    return json(yyjson_arr_get(val(array), (size_t)index));
}

/* ---- numbers ---- */

static size_t finish_digits(char out[40], const u8 *end) {
    if (!end) return xb_format(out, 40, "null"); /* not finite */
    size_t n = (size_t)((const char *)end - out);
    out[n] = 0;
    return n;
}

size_t xb_json_format_double(char out[40], double value) {
    return finish_digits(out, write_f64_raw((u8 *)out, f64_to_raw(value), YYJSON_WRITE_NOFLAG));
}

size_t xb_json_format_float(char out[40], float value) {
    return finish_digits(out, write_f32_raw((u8 *)out, f64_to_raw((double)value), YYJSON_WRITE_NOFLAG));
}
