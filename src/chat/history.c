/* chat/history.c - see history.h. */
#include "chat/history.h"

#include <string.h>

#include "base/error.h"

void xb_history_init(xb_history *h, xb_mem *mem) { *h = (xb_history){ .mem = mem }; }

static void free_turn(xb_mem *mem, xb_turn *t) {
    xb_free(mem, (void *)t->role);
    xb_free(mem, (void *)t->content);
    xb_free(mem, (void *)t->reasoning);
    xb_free(mem, (void *)t->tool_calls);
    xb_free(mem, (void *)t->call_id);
    xb_free(mem, (void *)t->name);
}

void xb_history_keep(xb_history *h, size_t count) {
    while (h->count > count) free_turn(h->mem, &h->turns[--h->count]);
}

void xb_history_drop(xb_history *h, size_t count) {
    if (count == 0) return;
    for (size_t i = 0; i < count; i++) free_turn(h->mem, &h->turns[i]);
    h->count -= count;
    memmove(h->turns, h->turns + count, h->count * sizeof *h->turns);
}

void xb_history_free(xb_history *h) {
    xb_history_keep(h, 0);
    xb_free(h->mem, h->turns);
    xb_free(h->mem, h->system);
    xb_history_init(h, h->mem);
}

static xybrid_status copy_text(xb_mem *mem, const char *text, const char **out, xybrid_error *err) {
    if (!text) return XYBRID_OK;
    *out = xb_strdup(mem, text, err);
    return *out ? XYBRID_OK : err->code;
}

xybrid_status xb_history_set_system(xb_history *h, const char *text, xybrid_error *err) {
    const char *copy = NULL;
    XB_TRY(copy_text(h->mem, text && *text ? text : NULL, &copy, err));
    xb_free(h->mem, h->system);
    h->system = (char *)copy;
    return XYBRID_OK;
}

static xybrid_status copy_turn(xb_mem *mem, const xb_turn *from, xb_turn *to, xybrid_error *err) {
    XB_TRY(copy_text(mem, from->role, &to->role, err));
    XB_TRY(copy_text(mem, from->content ? from->content : "", &to->content, err));
    XB_TRY(copy_text(mem, from->reasoning, &to->reasoning, err));
    XB_TRY(copy_text(mem, from->tool_calls, &to->tool_calls, err));
    XB_TRY(copy_text(mem, from->call_id, &to->call_id, err));
    return copy_text(mem, from->name, &to->name, err);
}

xybrid_status xb_history_add(xb_history *h, const xb_turn *turn, xybrid_error *err) {
    void   *items = h->turns;
    xb_turn copy = { 0 };
    XB_TRY(xb_grow(h->mem, &items, &h->room, h->count, sizeof copy, XB_MAX_TURNS, "turns of a conversation", err));
    h->turns = items;
    xybrid_status st = copy_turn(h->mem, turn, &copy, err);
    if (st) free_turn(h->mem, &copy);
    else h->turns[h->count++] = copy;
    return st;
}

xybrid_status xb_history_copy(const xb_history *from, xb_history *to, xybrid_error *err) {
    XB_TRY(xb_history_set_system(to, from->system, err));
    for (size_t i = 0; i < from->count; i++) XB_TRY(xb_history_add(to, &from->turns[i], err));
    return XYBRID_OK;
}

size_t xb_history_oldest(const xb_history *h, size_t first) {
    for (size_t i = first + 1; i < h->count; i++)
        if (strcmp(h->turns[i].role, "user") == 0) return i - first;
    return 0;
}

/* ---- as messages ---- */

static void put_member(xb_json_writer *w, const char *key, const char *text) {
    if (!text) return;
    xb_json_key(w, key);
    xb_json_put_string(w, text);
}

/* A copy, in which the object "arguments" is a text. */
static void put_calls(xb_json_writer *w, const xb_json *v, const char *key) {
    if (xb_json_is(v, XB_JSON_OBJECT) && xb_streq(key, "arguments")) {
        xb_str         text;
        xb_json_writer inner;
        xb_str_init(&text, w->out->mem, XB_MAX_JSON_BYTES);
        xb_json_writer_init(&inner, &text, XB_JSON_COMPACT);
        xb_json_put_value(&inner, v);
        if (text.failed) w->out->failed = text.failed;
        xb_json_put_stringn(w, text.data, text.size);
        xb_str_free(&text);
    } else if (xb_json_is(v, XB_JSON_ARRAY) || xb_json_is(v, XB_JSON_OBJECT)) {
        if (xb_json_is(v, XB_JSON_ARRAY)) xb_json_begin_array(w);
        else xb_json_begin_object(w);
        for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) {
            if (it.key) xb_json_keyn(w, it.key, it.key_size);
            put_calls(w, it.value, it.key);
        }
        xb_json_end(w);
    } else xb_json_put_value(w, v);
}

static void write_calls(const char *calls, xb_history_form form, xb_json_writer *w) {
    xb_json_doc *doc = NULL;
    xybrid_error unused;
    xb_json_key(w, "tool_calls");
    if (form != XB_HISTORY_TEXT) xb_json_put_raw(w, calls, strlen(calls));
    else if (xb_json_parse(w->out->mem, calls, (int64_t)strlen(calls), XB_MAX_JSON_BYTES, &doc, &unused) == XYBRID_OK)
        put_calls(w, xb_json_root(doc), NULL);
    else w->out->failed = unused.code;
    xb_json_free(doc);
}

static void write_message(const xb_turn *t, xb_history_form form, xb_json_writer *w) {
    xb_json_begin_object(w);
    put_member(w, "role", t->role);
    put_member(w, "content", t->content);
    put_member(w, "reasoning_content", t->reasoning);
    if (form != XB_HISTORY_FILE && !(*t->content && t->tool_calls)) put_member(w, "thinking", t->reasoning);
    put_member(w, "tool_call_id", t->call_id);
    put_member(w, "name", t->name);
    if (t->tool_calls) write_calls(t->tool_calls, form, w);
    xb_json_end(w);
}

void xb_history_write(const xb_history *h, size_t first, xb_history_form form, xb_json_writer *w) {
    xb_json_begin_array(w);
    if (h->system) write_message(&(xb_turn){ .role = "system", .content = h->system }, form, w);
    for (size_t i = first; i < h->count; i++) write_message(&h->turns[i], form, w);
    xb_json_end(w);
}

/* A value as JSON text, which the caller frees. */
static xybrid_status copy_json(xb_mem *mem, const xb_json *value, char **out, xybrid_error *err) {
    xb_str         text;
    xb_json_writer w;
    xb_str_init(&text, mem, XB_MAX_JSON_BYTES);
    xb_json_writer_init(&w, &text, XB_JSON_COMPACT);
    xb_json_put_value(&w, value);
    xybrid_status st = xb_json_writer_status(&w, err);
    if (st == XYBRID_OK) st = xb_str_take(&text, out, NULL, err);
    xb_str_free(&text);
    return st;
}

static xybrid_status read_message(xb_history *h, const xb_json *m, const char *where, xybrid_error *err) {
    xb_turn        t = { 0 };
    const xb_json *calls;
    char          *text = NULL;
    XB_TRY(xb_json_get_string(m, where, "role", &t.role, err));
    XB_TRY(xb_json_opt_string(m, where, "content", "", &t.content, err));
    XB_TRY(xb_json_opt_string(m, where, "reasoning_content", NULL, &t.reasoning, err));
    XB_TRY(xb_json_opt_string(m, where, "tool_call_id", NULL, &t.call_id, err));
    XB_TRY(xb_json_opt_string(m, where, "name", NULL, &t.name, err));
    XB_TRY(xb_json_opt_node(m, where, "tool_calls", XB_JSON_ARRAY, &calls, err));
    if (strcmp(t.role, "system") == 0 && h->count == 0 && !h->system) return xb_history_set_system(h, t.content, err);
    if (calls) XB_TRY(copy_json(h->mem, calls, &text, err));
    t.tool_calls = text;
    xybrid_status st = xb_history_add(h, &t, err);
    xb_free(h->mem, text);
    return st;
}

xybrid_status xb_history_read(xb_history *h, const xb_json *messages, xybrid_error *err) {
    for (xb_json_iter it = xb_json_items(messages); xb_json_next(&it);) {
        char where[48];
        xb_format(where, sizeof where, "messages[%lld]", (long long)it.index);
        XB_TRY(read_message(h, it.value, where, err));
    }
    return XYBRID_OK;
}
