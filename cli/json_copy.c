/* cli/json_copy.c - JSON values to a writer. */
#include "json_copy.h"

void json_copy(xb_json_writer *w, const xb_json *v) {
    const char *text;
    size_t      size;
    int64_t     whole;
    double      number;
    int         yes;
    switch (xb_json_type_of(v)) {
    case XB_JSON_OBJECT:
    case XB_JSON_ARRAY:
        if (xb_json_is(v, XB_JSON_OBJECT)) xb_json_begin_object(w);
        else xb_json_begin_array(w);
        for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) {
            if (it.key) xb_json_keyn(w, it.key, it.key_size);
            json_copy(w, it.value);
        }
        xb_json_end(w);
        break;
    case XB_JSON_STRING: xb_json_string(v, &text, &size), xb_json_put_stringn(w, text, size); break;
    case XB_JSON_NUMBER:
        if (xb_json_int(v, &whole)) xb_json_put_int(w, whole);
        else xb_json_double(v, &number), xb_json_put_double(w, number);
        break;
    case XB_JSON_BOOL: xb_json_bool(v, &yes), xb_json_put_bool(w, yes); break;
    default: xb_json_put_null(w); break;
    }
}

void json_copy_text(xb_json_writer *w, xb_mem *mem, const char *json, size_t size) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    if (!json || xb_json_parse(mem, json, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err)) {
        xb_json_put_null(w);
        return;
    }
    json_copy(w, xb_json_root(doc));
    xb_json_free(doc);
}
