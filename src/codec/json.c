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

/* ---- members with a wanted type ---- */

enum { PATH_SIZE = 192, FOUND_SIZE = 80, FOUND_TEXT_BYTES = 40 };

static void make_path(char path[PATH_SIZE], const char *where, const char *key, int64_t index) {
    if (!where) where = "";
    if (!key) key = "";
    size_t n = xb_format(path, PATH_SIZE, "%s%s%s", where, *where && *key ? "." : "", key);
    if (index >= 0) n += xb_format(path + n, PATH_SIZE - n, "[%lld]", (long long)index);
    if (n == 0) xb_format(path, PATH_SIZE, "the document");
}

/* `"12"`, `an array of 3`, `missing`: what the message says after "is". */
static void describe(char found[FOUND_SIZE], const xb_json *v) {
    const char *text = NULL;
    size_t      size = 0;
    int64_t     i = 0;
    double      d = 0;
    switch (xb_json_type_of(v)) {
    case XB_JSON_MISSING: xb_format(found, FOUND_SIZE, "missing"); break;
    case XB_JSON_NULL: xb_format(found, FOUND_SIZE, "null"); break;
    case XB_JSON_BOOL: xb_format(found, FOUND_SIZE, yyjson_get_bool(val(v)) ? "true" : "false"); break;
    case XB_JSON_ARRAY: xb_format(found, FOUND_SIZE, "an array of %lld", (long long)xb_json_count(v)); break;
    case XB_JSON_OBJECT: xb_format(found, FOUND_SIZE, "an object"); break;
    case XB_JSON_NUMBER:
        if (xb_json_int(v, &i)) xb_format(found, FOUND_SIZE, "%lld", (long long)i);
        else if (xb_json_double(v, &d)) (void)xb_json_format_double(found, d);
        break;
    case XB_JSON_STRING: {
        (void)xb_json_string(v, &text, &size);
        size_t shown = size > FOUND_TEXT_BYTES ? xb_utf8_cut(text, FOUND_TEXT_BYTES) : size;
        size_t n = xb_format(found, FOUND_SIZE, "\"");
        for (size_t c = 0; c < shown; c++) found[n++] = (unsigned char)text[c] < 0x20 ? ' ' : text[c];
        xb_format(found + n, FOUND_SIZE - n, "%s", shown < size ? "...\"" : "\"");
        break;
    }
    }
}

static xybrid_status fail_item(const xb_json *v, const char *where, const char *key, int64_t index, const char *wanted,
                               xybrid_error *err) {
    char path[PATH_SIZE], found[FOUND_SIZE];
    make_path(path, where, key, index);
    describe(found, v);
    return xb_fail(err, XYBRID_MALFORMED, path, "%s is %s, wanted %s", path, found, wanted);
}

xybrid_status xb_json_fail(const xb_json *v, const char *where, const char *key, const char *wanted, xybrid_error *err) {
    return fail_item(v, where, key, -1, wanted, err);
}

static int is_absent(const xb_json *v) { return !v || xb_json_is(v, XB_JSON_NULL); }

static xybrid_status item_int(const xb_json *v, const char *where, const char *key, int64_t index, int64_t min, int64_t max,
                              int64_t *out, xybrid_error *err) {
    int64_t n = 0;
    if (xb_json_int(v, &n) && n >= min && n <= max) {
        *out = n;
        return XYBRID_OK;
    }
    char   wanted[80];
    size_t used = xb_format(wanted, sizeof wanted, "an integer");
    if (min > INT64_MIN && max < INT64_MAX)
        xb_format(wanted + used, sizeof wanted - used, " %lld..%lld", (long long)min, (long long)max);
    else if (min > INT64_MIN) xb_format(wanted + used, sizeof wanted - used, " of at least %lld", (long long)min);
    else if (max < INT64_MAX) xb_format(wanted + used, sizeof wanted - used, " of at most %lld", (long long)max);
    return fail_item(v, where, key, index, wanted, err);
}

static xybrid_status item_double(const xb_json *v, const char *where, const char *key, int64_t index, double min, double max,
                                 double *out, xybrid_error *err) {
    double n = 0;
    if (xb_json_double(v, &n) && n >= min && n <= max) {
        *out = n;
        return XYBRID_OK;
    }
    char wanted[80], low[40], high[40];
    (void)xb_json_format_double(low, min);
    (void)xb_json_format_double(high, max);
    if (min >= -DBL_MAX && max <= DBL_MAX) xb_format(wanted, sizeof wanted, "a number %s..%s", low, high);
    else if (min >= -DBL_MAX) xb_format(wanted, sizeof wanted, "a number of at least %s", low);
    else if (max <= DBL_MAX) xb_format(wanted, sizeof wanted, "a number of at most %s", high);
    else xb_format(wanted, sizeof wanted, "a number");
    return fail_item(v, where, key, index, wanted, err);
}

xybrid_status xb_json_get_int(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max, int64_t *out,
                              xybrid_error *err) {
    return item_int(xb_json_get(obj, key), where, key, -1, min, max, out, err);
}

xybrid_status xb_json_opt_int(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max,
                              int64_t fallback, int64_t *out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    if (!is_absent(v)) return item_int(v, where, key, -1, min, max, out, err);
    *out = fallback;
    return XYBRID_OK;
}

xybrid_status xb_json_get_double(const xb_json *obj, const char *where, const char *key, double min, double max, double *out,
                                 xybrid_error *err) {
    return item_double(xb_json_get(obj, key), where, key, -1, min, max, out, err);
}

xybrid_status xb_json_opt_double(const xb_json *obj, const char *where, const char *key, double min, double max,
                                 double fallback, double *out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    if (!is_absent(v)) return item_double(v, where, key, -1, min, max, out, err);
    *out = fallback;
    return XYBRID_OK;
}

xybrid_status xb_json_get_string(const xb_json *obj, const char *where, const char *key, const char **out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    const char    *text = NULL;
    size_t         size = 0;
    if (!xb_json_string(v, &text, &size)) return xb_json_fail(v, where, key, "a string", err);
    if (strlen(text) != size) return xb_json_fail(v, where, key, "a string without NUL characters", err);
    *out = text;
    return XYBRID_OK;
}

xybrid_status xb_json_opt_string(const xb_json *obj, const char *where, const char *key, const char *fallback, const char **out,
                                 xybrid_error *err) {
    if (!is_absent(xb_json_get(obj, key))) return xb_json_get_string(obj, where, key, out, err);
    *out = fallback;
    return XYBRID_OK;
}

xybrid_status xb_json_get_bool(const xb_json *obj, const char *where, const char *key, int *out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    return xb_json_bool(v, out) ? XYBRID_OK : xb_json_fail(v, where, key, "true or false", err);
}

xybrid_status xb_json_opt_bool(const xb_json *obj, const char *where, const char *key, int fallback, int *out,
                               xybrid_error *err) {
    if (!is_absent(xb_json_get(obj, key))) return xb_json_get_bool(obj, where, key, out, err);
    *out = fallback;
    return XYBRID_OK;
}

xybrid_status xb_json_get_node(const xb_json *obj, const char *where, const char *key, xb_json_type type, const xb_json **out,
                               xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    if (!xb_json_is(v, type)) return xb_json_fail(v, where, key, type == XB_JSON_ARRAY ? "an array" : "an object", err);
    *out = v;
    return XYBRID_OK;
}

xybrid_status xb_json_opt_node(const xb_json *obj, const char *where, const char *key, xb_json_type type, const xb_json **out,
                               xybrid_error *err) {
    if (!is_absent(xb_json_get(obj, key))) return xb_json_get_node(obj, where, key, type, out, err);
    *out = NULL;
    return XYBRID_OK;
}

/* The array, checked for its length; NULL when it is absent and may be. */
static xybrid_status get_numbers(const xb_json *obj, const char *where, const char *key, const char *kind, int64_t min_count,
                                 int64_t max_count, const xb_json **out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    int64_t        n = xb_json_count(v);
    if (is_absent(v) && min_count == 0) {
        *out = NULL;
        return XYBRID_OK;
    }
    if (!xb_json_is(v, XB_JSON_ARRAY) || n < min_count || n > max_count) {
        char wanted[96];
        if (min_count == max_count) xb_format(wanted, sizeof wanted, "an array of %lld %s", (long long)min_count, kind);
        else xb_format(wanted, sizeof wanted, "an array of %lld..%lld %s", (long long)min_count, (long long)max_count, kind);
        return xb_json_fail(v, where, key, wanted, err);
    }
    *out = v;
    return XYBRID_OK;
}

xybrid_status xb_json_get_ints(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max,
                               int64_t min_count, int64_t max_count, int64_t *out, int64_t *count, xybrid_error *err) {
    const xb_json *array = NULL;
    int64_t        checked = 0;
    XB_TRY(get_numbers(obj, where, key, "integers", min_count, max_count, &array, err));
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);)
        XB_TRY(item_int(it.value, where, key, it.index, min, max, &checked, err));
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);) (void)xb_json_int(it.value, &out[it.index]);
    *count = xb_json_count(array);
    return XYBRID_OK;
}

xybrid_status xb_json_get_doubles(const xb_json *obj, const char *where, const char *key, double min, double max,
                                  int64_t min_count, int64_t max_count, double *out, int64_t *count, xybrid_error *err) {
    const xb_json *array = NULL;
    double         checked = 0;
    XB_TRY(get_numbers(obj, where, key, "numbers", min_count, max_count, &array, err));
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);)
        XB_TRY(item_double(it.value, where, key, it.index, min, max, &checked, err));
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);) (void)xb_json_double(it.value, &out[it.index]);
    *count = xb_json_count(array);
    return XYBRID_OK;
}

/* ---- writing ---- */

void xb_json_writer_init(xb_json_writer *w, xb_str *out, int pretty) {
    memset(w, 0, sizeof *w);
    w->out = out;
    w->pretty = pretty;
}

static uint64_t level_bit(const xb_json_writer *w) { return UINT64_C(1) << ((w->depth - 1) & 63); }
static int      in_object(const xb_json_writer *w) { return w->depth > 0 && (w->objects & level_bit(w)) != 0; }

static void new_line(xb_json_writer *w) {
    if (!w->pretty) return;
    xb_str_addc(w->out, '\n');
    for (int i = 0; i < w->depth; i++) xb_str_add(w->out, "  ");
}

/* The comma and the line before an item of the innermost level. */
static void separate(xb_json_writer *w) {
    if (w->depth == 0) return;
    if (w->nonempty & level_bit(w)) xb_str_addc(w->out, ',');
    w->nonempty |= level_bit(w);
    new_line(w);
}

/* Every value passes here; 0 when a value may not stand here. */
static int begin_value(xb_json_writer *w) {
    if (w->depth == 0 ? w->done : in_object(w) && !w->has_key) w->misused = 1;
    if (w->misused) return 0;
    if (w->depth == 0) w->done = 1;
    else if (!in_object(w)) separate(w);
    w->has_key = 0;
    return 1;
}

static void begin_level(xb_json_writer *w, char open, int is_object) {
    if (w->depth == XB_MAX_JSON_DEPTH) w->misused = 1;
    if (!begin_value(w)) return;
    xb_str_addc(w->out, open);
    w->depth++;
    w->nonempty &= ~level_bit(w);
    w->objects = is_object ? w->objects | level_bit(w) : w->objects & ~level_bit(w);
}

void xb_json_begin_object(xb_json_writer *w) { begin_level(w, '{', 1); }
void xb_json_begin_array(xb_json_writer *w) { begin_level(w, '[', 0); }

void xb_json_end(xb_json_writer *w) {
    if (w->depth <= 0 || w->has_key) w->misused = 1;
    if (w->misused) return;
    char close = in_object(w) ? '}' : ']';
    int  had_items = (w->nonempty & level_bit(w)) != 0;
    w->depth--;
    if (had_items) new_line(w);
    xb_str_addc(w->out, close);
}

static void add_escape(xb_str *out, unsigned char c) {
    switch (c) {
    case '"': xb_str_add(out, "\\\""); break;
    case '\\': xb_str_add(out, "\\\\"); break;
    case '\b': xb_str_add(out, "\\b"); break;
    case '\f': xb_str_add(out, "\\f"); break;
    case '\n': xb_str_add(out, "\\n"); break;
    case '\r': xb_str_add(out, "\\r"); break;
    case '\t': xb_str_add(out, "\\t"); break;
    default: xb_str_addf(out, "\\u%04x", (unsigned)c); break;
    }
}

static int is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != 0x7f; }

static void add_quoted(xb_str *out, const char *text, size_t size) {
    const char *p = text, *end = text + size;
    xb_str_addc(out, '"');
    while (p < end) {
        const char *run = p;
        while (p < end && is_plain((unsigned char)*p)) p++;
        xb_str_addn(out, run, (size_t)(p - run));
        if (p == end) break;
        uint32_t code = 0;
        int      length = xb_utf8_read(p, end, &code);
        if (length == 0) xb_str_add(out, "\xEF\xBF\xBD");
        else if (length == 1) add_escape(out, (unsigned char)*p);
        else xb_str_addn(out, p, (size_t)length);
        p += length ? length : 1;
    }
    xb_str_addc(out, '"');
}

void xb_json_keyn(xb_json_writer *w, const char *key, size_t size) {
    if (!in_object(w) || w->has_key) w->misused = 1;
    if (w->misused) return;
    separate(w);
    add_quoted(w->out, key, size);
    xb_str_add(w->out, w->pretty ? ": " : ":");
    w->has_key = 1;
}

void xb_json_key(xb_json_writer *w, const char *key) { xb_json_keyn(w, key, strlen(key)); }

void xb_json_put_stringn(xb_json_writer *w, const char *text, size_t size) {
    if (begin_value(w)) add_quoted(w->out, text, size);
}

void xb_json_put_string(xb_json_writer *w, const char *text) {
    if (text) xb_json_put_stringn(w, text, strlen(text));
    else xb_json_put_null(w);
}

void xb_json_put_raw(xb_json_writer *w, const char *json_text, size_t size) {
    if (begin_value(w)) xb_str_addn(w->out, json_text, size);
}

void xb_json_put_null(xb_json_writer *w) { xb_json_put_raw(w, "null", 4); }
void xb_json_put_bool(xb_json_writer *w, int value) { xb_json_put_raw(w, value ? "true" : "false", value ? 4 : 5); }

void xb_json_put_int(xb_json_writer *w, int64_t value) {
    if (begin_value(w)) xb_str_addf(w->out, "%lld", (long long)value);
}

void xb_json_put_double(xb_json_writer *w, double value) {
    char   digits[40];
    size_t n = xb_json_format_double(digits, value);
    xb_json_put_raw(w, digits, n);
}

void xb_json_put_float(xb_json_writer *w, float value) {
    char   digits[40];
    size_t n = xb_json_format_float(digits, value);
    xb_json_put_raw(w, digits, n);
}

void xb_json_put_ints(xb_json_writer *w, const int64_t *values, int64_t count) {
    if (!begin_value(w)) return;
    xb_str_addc(w->out, '[');
    for (int64_t i = 0; i < count; i++) xb_str_addf(w->out, "%s%lld", i ? (w->pretty ? ", " : ",") : "", (long long)values[i]);
    xb_str_addc(w->out, ']');
}

void xb_json_put_floats(xb_json_writer *w, const float *values, int64_t count) {
    char digits[40];
    if (!begin_value(w)) return;
    xb_str_addc(w->out, '[');
    for (int64_t i = 0; i < count; i++) {
        if (i) xb_str_add(w->out, w->pretty ? ", " : ",");
        size_t n = xb_json_format_float(digits, values[i]);
        xb_str_addn(w->out, digits, n);
    }
    xb_str_addc(w->out, ']');
}

void xb_json_put_value(xb_json_writer *w, const xb_json *v) {
    const char *text;
    size_t      size;
    int64_t     integer;
    double      real;
    int         truth;
    switch (xb_json_type_of(v)) {
    case XB_JSON_MISSING:
    case XB_JSON_NULL: xb_json_put_null(w); break;
    case XB_JSON_BOOL:
        if (xb_json_bool(v, &truth)) xb_json_put_bool(w, truth);
        break;
    case XB_JSON_NUMBER:
        if (xb_json_int(v, &integer)) xb_json_put_int(w, integer);
        else if (xb_json_double(v, &real)) xb_json_put_double(w, real);
        break;
    case XB_JSON_STRING:
        if (xb_json_string(v, &text, &size)) xb_json_put_stringn(w, text, size);
        break;
    case XB_JSON_ARRAY:
    case XB_JSON_OBJECT:
        if (xb_json_is(v, XB_JSON_ARRAY)) xb_json_begin_array(w);
        else xb_json_begin_object(w);
        for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) {
            if (it.key) xb_json_keyn(w, it.key, it.key_size);
            xb_json_put_value(w, it.value);
        }
        xb_json_end(w);
        break;
    }
}

xybrid_status xb_json_writer_status(const xb_json_writer *w, xybrid_error *err) {
    XB_TRY(xb_str_status(w->out, err));
    XB_CHECK(!w->misused && w->depth == 0 && w->done);
    return XYBRID_OK;
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

void xb_json_put_text(xb_json_writer *w, xb_mem *mem, const char *json, size_t size) {
    xybrid_error unused;
    xb_json_doc *doc = NULL;
    if (json && xb_json_parse(mem, json, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &unused) == XYBRID_OK)
        xb_json_put_value(w, xb_json_root(doc));
    else xb_json_put_null(w);
    xb_json_free(doc);
}
