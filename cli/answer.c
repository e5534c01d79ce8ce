/* cli/answer.c - see answer.h. */
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "output.h"
#include "system.h"

static void end_reasoning(answer *a) {
    if (a->in_reasoning) fprintf(stderr, "%s\n", cli_style_of(stderr, CLI_PLAIN));
    a->in_reasoning = 0;
}

static void end_line(answer *a) {
    xb_str s;
    end_reasoning(a);
    if (!a->in_line) return;
    a->in_line = 0;
    cli_begin(a->c, &s);
    xb_str_addc(&s, '\n');
    cli_print(a->c, &s);
}

static void show_text(answer *a, const xybrid_event *e) {
    xb_str s;
    if (e->text_bytes == 0) return;
    end_reasoning(a);
    a->in_line = e->text[e->text_bytes - 1] != '\n';
    cli_begin(a->c, &s);
    output_add_text(&s, e->text, (size_t)e->text_bytes, system_is_terminal(stdout), 0);
    cli_print(a->c, &s);
}

static void show_reasoning(answer *a, const xybrid_event *e) {
    xb_str s;
    if (!a->in_reasoning) end_line(a);
    cli_begin(a->c, &s);
    output_add_text(&s, e->text, (size_t)e->text_bytes, system_is_terminal(stderr), 0);
    fprintf(stderr, "%s%s", a->in_reasoning ? "" : cli_style_of(stderr, CLI_DIM), s.data);
    fflush(stderr);
    a->in_reasoning = 1;
    xb_str_free(&s);
}

/* {"name": ..., "id": ..., "arguments": {...}} */
static void show_call(answer *a, const xybrid_event *e) {
    xb_str         s;
    xb_json_writer w;
    end_line(a);
    cli_begin(a->c, &s);
    xb_json_writer_init(&w, &s, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "name"), xb_json_put_string(&w, e->name);
    xb_json_key(&w, "id"), xb_json_put_string(&w, e->id);
    xb_json_key(&w, "arguments"), xb_json_put_text(&w, &a->c->mem, e->text, (size_t)e->text_bytes);
    xb_json_end(&w);
    xb_str_addc(&s, '\n');
    cli_print(a->c, &s);
}

static void show(answer *a, const xybrid_event *e) {
    if (e->kind == XYBRID_EVENT_TEXT) show_text(a, e);
    else if (e->kind == XYBRID_EVENT_TOOL_CALL) show_call(a, e);
    else if (e->kind == XYBRID_EVENT_REASONING && a->shows_reasoning) show_reasoning(a, e);
    else return;
    xb_atomic_set(&a->has_begun, 1);
}

xybrid_status answer_take(answer *a, xybrid_stream *stream, xybrid_error *err) {
    const xybrid_event *e = NULL;
    xybrid_status       st = XYBRID_OK;
    while (!st && !cli_output_is_closed(a->c) && !(st = xybrid_stream_next(stream, XYBRID_AUTO, &e, err))) {
        if (e->kind == XYBRID_EVENT_DONE) {
            a->result = xybrid_envelope_retain(e->data);
            a->finish = e->finish;
            break;
        }
        if (a->is_shown) show(a, e);
    }
    end_line(a);
    return st;
}

double answer_number(const xybrid_envelope *result, const char *key) {
    const char *text = xybrid_envelope_get(result, key);
    return text ? strtod(text, NULL) : 0;
}

void answer_stats(cli *c, const xybrid_envelope *result) {
    const char *finish = xybrid_envelope_get(result, "finish_reason"), *seed = xybrid_envelope_get(result, "seed");
    double      dropped = answer_number(result, "turns_dropped");
    xb_str      s;
    cli_begin(c, &s);
    xb_str_addf(
        &s, "%.0f tokens in (%.0f known already), %.0f out; the first after %.0f ms; %.1f tokens/s in, %.1f out; %s; seed %s",
        answer_number(result, "tokens_in"), answer_number(result, "tokens_cached"), answer_number(result, "tokens_out"),
        answer_number(result, "ttft_ms"), answer_number(result, "prefill_tps"), answer_number(result, "decode_tps"),
        finish ? finish : "?", seed ? seed : "?");
    if (dropped > 0) xb_str_addf(&s, "; the oldest %.0f turns are forgotten", dropped);
    cli_note("%s%s%s", cli_style_of(stderr, CLI_DIM), s.data, cli_style_of(stderr, CLI_PLAIN));
    xb_str_free(&s);
}
