/* cli/document.c - a result as JSON. */
#include "document.h"

#include "codec/json.h"

static xybrid_status put_envelope(xb_json_writer *w, const xybrid_envelope *e, xybrid_error *err) {
    xybrid_envelope *text = NULL;
    xybrid_status    st = xybrid_envelope_to_json(e, &text, err);
    if (st) return st;
    const xybrid_view *v = xybrid_envelope_view(text);
    xb_json_put_raw(w, v->data, (size_t)v->size_bytes);
    xybrid_envelope_free(text);
    return XYBRID_OK;
}

/* To the microsecond; more digits say nothing. */
static void put_ms(xb_json_writer *w, const char *key, double ms) {
    char   digits[32];
    size_t size = xb_format(digits, sizeof digits, "%.3f", ms);
    xb_json_key(w, key);
    xb_json_put_raw(w, digits, size);
}

/* What a List itself says; its items say the rest. */
static void put_metadata(xb_json_writer *w, const xybrid_envelope *list) {
    const char *key = xybrid_envelope_key(list, 0);
    if (!key) return;
    xb_json_key(w, "metadata");
    xb_json_begin_object(w);
    for (int32_t i = 0; (key = xybrid_envelope_key(list, i)); i++) {
        xb_json_key(w, key);
        xb_json_put_string(w, xybrid_envelope_get(list, key));
    }
    xb_json_end(w);
}

xybrid_status document_add(const document *d, xb_str *s, xybrid_error *err) {
    xb_json_writer w;
    xb_json_writer_init(&w, s, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "model"), xb_json_put_string(&w, d->model);
    if (d->input) xb_json_key(&w, "input"), xb_json_put_string(&w, d->input);
    xb_json_key(&w, "outputs");
    xb_json_begin_array(&w);
    for (int32_t i = 0; i < xybrid_envelope_count(d->result); i++) {
        xybrid_status st = put_envelope(&w, xybrid_envelope_at(d->result, i), err);
        if (st) return st;
    }
    xb_json_end(&w);
    const xybrid_view *v = xybrid_envelope_view(d->result);
    if (v && v->kind == XYBRID_LIST) put_metadata(&w, d->result);
    xb_json_key(&w, "timing_ms");
    xb_json_begin_object(&w);
    put_ms(&w, "load", d->load_ms);
    put_ms(&w, "run", d->run_ms);
    put_ms(&w, "total", d->total_ms);
    if (d->trace) xb_json_key(&w, "steps"), trace_put_steps(&w, d->trace);
    xb_json_end(&w);
    xb_json_end(&w);
    xb_str_addc(s, '\n');
    return XYBRID_OK;
}
