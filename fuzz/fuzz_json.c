/* fuzz_json.c - any bytes to the JSON reader; what it accepts is walked, written again and must read back. */
#include "base/error.h"
#include "codec/json.h"

static void copy_value(xb_json_writer *w, const xb_json *v, int depth) {
    int64_t     i = 0;
    double      d = 0;
    int         b = 0;
    const char *s = NULL;
    size_t      size = 0;
    if (xb_json_is(v, XB_JSON_ARRAY) || xb_json_is(v, XB_JSON_OBJECT)) {
        if (depth > XB_MAX_JSON_DEPTH) __builtin_trap();
        if (xb_json_is(v, XB_JSON_ARRAY)) xb_json_begin_array(w);
        else xb_json_begin_object(w);
        for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) {
            if (it.key) xb_json_keyn(w, it.key, it.key_size);
            copy_value(w, it.value, depth + 1);
        }
        xb_json_end(w);
    } else if (xb_json_int(v, &i)) xb_json_put_int(w, i);
    else if (xb_json_double(v, &d)) xb_json_put_double(w, d);
    else if (xb_json_bool(v, &b)) xb_json_put_bool(w, b);
    else if (xb_json_string(v, &s, &size)) xb_json_put_stringn(w, s, size);
    else xb_json_put_null(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem       mem;
    xybrid_error err;
    xb_json_doc *doc = NULL, *again = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    if (xb_json_parse(&mem, data, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err) != XYBRID_OK) return 0;
    xb_str         text;
    xb_json_writer w;
    xb_str_init(&text, &mem, XB_MAX_JSON_BYTES);
    xb_json_writer_init(&w, &text, (int)(size & 1));
    copy_value(&w, xb_json_root(doc), 1);
    if (xb_json_writer_status(&w, &err) == XYBRID_OK &&
        xb_json_parse(&mem, text.data, (int64_t)text.size, XB_MAX_JSON_BYTES, &again, &err) != XYBRID_OK)
        __builtin_trap();
    xb_json_free(again);
    xb_str_free(&text);
    xb_json_free(doc);
    return 0;
}
