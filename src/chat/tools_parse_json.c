/* chat/tools_parse_json.c - calls that are JSON: {"name":..,"arguments":{..}}, in an array, in {"function":{..}}, or the arguments
 * alone behind a name. Arguments keep the model's own text, so that no number is written anew. */
#include <string.h>

#include "base/error.h"
#include "chat/tools_int.h"

static xybrid_status fail(xybrid_error *err, const char *what) {
    return xb_fail(err, XYBRID_MALFORMED, "tool call", "tool call: %s", what);
}

/* ---- the text of a part of valid JSON ---- */

static const char *skip_blanks(const char *p) {
    while (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r') p++;
    return p;
}

static const char *skip_string(const char *p) {
    for (p++; *p != '"'; p++) p += *p == '\\';
    return p + 1;
}

static const char *skip_value(const char *p) {
    int depth = 0;
    do {
        if (*p == '"') p = skip_string(p);
        else if (*p == '{' || *p == '[') depth++, p++;
        else if (*p == '}' || *p == ']') depth--, p++;
        else if (depth) p++;
        else
            while (*p && !strchr(",]} \n\t\r", *p)) p++;
    } while (depth);
    return p;
}

/* The last member `key` of the object at p, as the tree's look-up takes it; NULL if there is none. */
static const char *find_member(const char *p, const char *key, size_t *size) {
    const char *found = NULL;
    size_t      n = strlen(key);
    for (p = skip_blanks(p + 1); *p == '"'; p = skip_blanks(p)) {
        const char *name = p + 1;
        p = skip_string(p);
        int is_it = (size_t)(p - 1 - name) == n && memcmp(name, key, n) == 0;
        p = skip_blanks(skip_blanks(p) + 1);
        const char *value = p;
        p = skip_value(p);
        if (is_it) found = value, *size = (size_t)(p - value);
        p = skip_blanks(p);
        p += *p == ',';
    }
    return found;
}

/* ---- calls ---- */

static const char *string_of(const xb_json *object, const char *key) {
    const char *text;
    size_t      size;
    return xb_json_string(xb_json_get(object, key), &text, &size) && size > 0 && strlen(text) == size ? text : NULL;
}

/* Arguments that are a string hold JSON themselves, as in OpenAI's form. */
static xybrid_status take_string(const xb_json *arguments, const char *id, const char *name, const xb_call_list *list,
                                 xybrid_error *err) {
    const char  *text;
    size_t       size;
    xb_json_doc *doc = NULL;
    if (!xb_json_string(arguments, &text, &size)) return fail(err, "arguments are no object");
    if (xb_json_parse(list->mem, text, (int64_t)size, XB_MAX_CALL_BYTES, &doc, err)) return err->code;
    int is_object = xb_json_is(xb_json_root(doc), XB_JSON_OBJECT);
    xb_json_free(doc);
    if (!is_object) return fail(err, "arguments are no object");
    if (list->take) list->take(list->ctx, id, name, text, size);
    return XYBRID_OK;
}

static xybrid_status read_call(const xb_json *call, const char *text, int needs_arguments, const xb_call_list *list,
                               xybrid_error *err) {
    size_t         size = 2;
    const xb_json *inner = xb_json_get(call, "function");
    const char    *id = string_of(call, "id"), *name;
    if (!xb_json_is(call, XB_JSON_OBJECT)) return fail(err, "a call is no object");
    if (xb_json_is(inner, XB_JSON_OBJECT)) {
        call = inner;
        text = find_member(text, "function", &size);
    }
    name = string_of(call, "name");
    if (!name) name = string_of(call, "tool_name");
    if (!name) name = string_of(call, "function");
    if (!name) return fail(err, "a call has no name");
    const char    *key = xb_json_get(call, "arguments") ? "arguments" : "parameters";
    const xb_json *arguments = xb_json_get(call, key);
    if (!arguments && needs_arguments) return fail(err, "a call has no arguments");
    if (!arguments || xb_json_is(arguments, XB_JSON_NULL)) {
        if (list->take) list->take(list->ctx, id, name, "{}", 2);
        return XYBRID_OK;
    }
    if (!xb_json_is(arguments, XB_JSON_OBJECT)) return take_string(arguments, id, name, list, err);
    const char *raw = find_member(text, key, &size);
    if (!raw) return fail(err, "a name is written with escapes"); /* "argument\u0073" */
    if (list->take) list->take(list->ctx, id, name, raw, size);
    return XYBRID_OK;
}

static xybrid_status read_calls(const xb_json *root, const char *text, int needs_arguments, const xb_call_list *list,
                                xybrid_error *err) {
    if (!xb_json_is(root, XB_JSON_ARRAY)) return read_call(root, text, needs_arguments, list, err);
    if (xb_json_count(root) == 0) return fail(err, "an empty list");
    text++;
    for (xb_json_iter it = xb_json_items(root); xb_json_next(&it);) {
        text = skip_blanks(text);
        XB_TRY(read_call(it.value, text, needs_arguments, list, err));
        text = skip_blanks(skip_value(text));
        text += *text == ',';
    }
    return XYBRID_OK;
}

/* Arguments alone, behind a name; Kimi's header is its id: functions.name:0. */
static xybrid_status take_named(const xb_dialect *d, const char *header, size_t header_size, const char *json, size_t size,
                                const xb_call_list *list, xybrid_error *err) {
    static const char space[] = "functions.";
    const int         is_id = d == &xb_dialects[XB_TOOLS_KIMI];
    char             *id = xb_strndup(list->mem, header, header_size, err);
    if (!id) return err->code;
    const char *name = is_id && strncmp(id, space, sizeof space - 1) == 0 ? id + sizeof space - 1 : id;
    char       *plain = xb_strndup(list->mem, name, is_id ? strcspn(name, ":") : strlen(name), err);
    const int   is_named = plain && *plain;
    if (is_named && list->take) list->take(list->ctx, is_id ? id : NULL, plain, json, size);
    xb_free(list->mem, id);
    xb_free(list->mem, plain);
    return is_named ? XYBRID_OK : plain ? fail(err, "a call has no name") : err->code;
}

xybrid_status xb_call_read_json(const xb_dialect *d, const char *header, size_t header_size, const char *json, size_t size,
                                const xb_call_list *list, xybrid_error *err) {
    xb_json_doc *doc = NULL;
    for (size_t i = 0; i < header_size; i++)
        if ((uint8_t)header[i] <= ' ') return fail(err, "a name with blanks");
    XB_TRY(xb_json_parse(list->mem, json, (int64_t)size, XB_MAX_CALL_BYTES, &doc, err));
    xybrid_status st = XYBRID_OK;
    if (header_size == 0) st = read_calls(xb_json_root(doc), json, d->is_bare, list, err);
    else if (!xb_json_is(xb_json_root(doc), XB_JSON_OBJECT)) st = fail(err, "arguments are no object");
    else st = take_named(d, header, header_size, json, size, list, err);
    xb_json_free(doc);
    return st;
}
