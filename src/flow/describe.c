/* flow/describe.c - a loaded model as JSON. */
#include <string.h>

#include "base/error.h"
#include "codec/json.h"
#include "flow/flow_int.h"

static void put_text(xb_json_writer *w, const char *key, const char *text) {
    if (!text) return;
    xb_json_key(w, key);
    xb_json_put_string(w, text);
}

static void put_ports(xb_json_writer *w, const char *key, const xybrid_port *ports, int32_t count) {
    xb_json_key(w, key);
    xb_json_begin_array(w);
    for (int32_t i = 0; i < count; i++) {
        const xybrid_port *p = &ports[i];
        xb_json_begin_object(w);
        put_text(w, "name", p->name);
        put_text(w, "type", xb_dtype_name(p->dtype));
        xb_json_key(w, "shape");
        xb_json_begin_array(w);
        for (int32_t d = 0; d < p->rank; d++) {
            const char *symbol = p->symbols ? p->symbols[d] : NULL;
            if (p->shape[d] >= 0) xb_json_put_int(w, p->shape[d]);
            else if (symbol && *symbol) xb_json_put_string(w, symbol);
            else xb_json_put_string(w, "?");
        }
        xb_json_end(w);
        if (p->optional) xb_json_key(w, "optional"), xb_json_put_bool(w, 1);
        xb_json_end(w);
    }
    xb_json_end(w);
}

static void put_steps(xb_json_writer *w, const char *key, const xb_steps *steps) {
    if (!steps->count) return;
    xb_json_key(w, key);
    xb_json_begin_array(w);
    for (int32_t i = 0; i < steps->count; i++) xb_json_put_string(w, steps->items[i].name);
    xb_json_end(w);
}

static void put_stage(xb_json_writer *w, const xb_stage *s) {
    const xb_engine_model *m = s->model;
    const xybrid_source   *source = xb_engine_source_view(m->source);
    const char            *about = xb_engine_model_describe(m);
    xb_json_begin_object(w);
    put_text(w, "name", s->pack->name);
    put_text(w, "file", s->pack->model_file);
    xb_json_key(w, "bytes"), xb_json_put_int(w, source->size_bytes);
    xb_json_key(w, "mapped"), xb_json_put_bool(w, source->is_mapped);
    put_text(w, "engine", xb_engine_name(m->engine));
    if (about) xb_json_key(w, "engine_details"), xb_json_put_raw(w, about, strlen(about));
    put_text(w, "mode", xb_pack_mode_name(s->pack->execution.mode));
    put_text(w, "for_each", s->pack->for_each);
    put_ports(w, "inputs", m->inputs, m->input_count);
    put_ports(w, "outputs", m->outputs, m->output_count);
    put_steps(w, "preprocessing", &s->pre);
    put_steps(w, "postprocessing", &s->post);
    xb_json_end(w);
}

xybrid_status xb_model_describe(const xybrid_model *m, char **out, xybrid_error *err) {
    xb_str         text;
    xb_json_writer w;
    xb_str_init(&text, &m->env->root->mem, XB_MAX_JSON_BYTES);
    xb_json_writer_init(&w, &text, XB_JSON_PRETTY);
    xb_json_begin_object(&w);
    put_text(&w, "id", m->meta->model_id);
    put_text(&w, "version", m->meta->version);
    put_text(&w, "description", m->meta->description);
    put_text(&w, "task", m->meta->task);
    put_text(&w, "template", m->meta->kind_name);
    put_text(&w, "folder", xb_pack_root(m->pack));
    put_steps(&w, "preprocessing", &m->pre);
    xb_json_key(&w, "stages");
    xb_json_begin_array(&w);
    for (int32_t i = 0; i < m->meta->stage_count; i++) put_stage(&w, &m->stages[i]);
    xb_json_end(&w);
    put_steps(&w, "postprocessing", &m->post);
    if (m->producer->describe) m->producer->describe(m, &w);
    xb_json_key(&w, "threads"), xb_json_put_int(&w, m->engine_options.threads);
    put_text(&w, "device", m->engine_options.device);
    xb_json_key(&w, "metadata"), xb_json_put_raw(&w, xb_pack_json(m->pack), strlen(xb_pack_json(m->pack)));
    xb_json_end(&w);
    xybrid_status st = xb_json_writer_status(&w, err);
    if (st == XYBRID_OK) st = xb_str_take(&text, out, NULL, err);
    xb_str_free(&text);
    return st;
}
