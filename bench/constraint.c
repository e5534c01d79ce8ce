/* bench/constraint.c - what it costs to bind a language model's answer to a JSON Schema, through the public API.
 *
 * For each form the same prompt is answered with it and freely, as many tokens, the likeliest always, in turn. Compared is
 * processor time with one thread in the engine, which leaves out what else the machine does: of a token behind the first
 * ("cost": with / without, 1 is free of charge), and from the start to the first one ("start": what it takes longer; the prompt
 * is in the cache, so that it is the schema becoming a grammar, and the first mask). Target: cost below 1.10. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

enum { MAX_ROUNDS = 101, MAX_TOKENS = 128 };

static xybrid_error err;

typedef struct form {
    const char *name, *question, *schema;
} form;

static const form forms[] = {
    { "any JSON", "Tell me about Paris as JSON.", "{}" },
    { "text", "Write a short story about a dragon.", "{\"type\": \"string\"}" },
    { "person", "Describe a person as JSON.",
      "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\", \"minLength\": 3, \"maxLength\": 60}, \"age\": "
      "{\"type\": "
      "\"integer\", \"minimum\": 0, \"maximum\": 150}, \"email\": {\"type\": \"string\", \"format\": \"email\"}, \"born\": "
      "{\"type\": "
      "\"string\", \"format\": \"date\"}}, \"required\": [\"name\", \"age\", \"email\", \"born\"]}" },
    { "list", "List five cities with their countries as JSON.",
      "{\"type\": \"array\", \"minItems\": 5, \"maxItems\": 5, \"items\": {\"type\": \"object\", \"properties\": {\"city\": "
      "{\"type\": "
      "\"string\"}, \"country\": {\"type\": \"string\"}}, \"required\": [\"city\", \"country\"], \"additionalProperties\": "
      "false}}" },
    { "choices", "Plan a robot's next steps as JSON.",
      "{\"type\": \"array\", \"minItems\": 6, \"items\": {\"anyOf\": [{\"type\": \"object\", \"properties\": {\"do\": "
      "{\"const\": "
      "\"move\"}, \"to\": {\"type\": \"array\", \"prefixItems\": [{\"type\": \"number\"}, {\"type\": \"number\"}], "
      "\"minItems\": 2, "
      "\"items\": false}}, \"required\": [\"do\", \"to\"]}, {\"type\": \"object\", \"properties\": {\"do\": {\"enum\": "
      "[\"grip\", "
      "\"release\", \"wait\"]}}, \"required\": [\"do\"]}]}}" },
    { "pattern", "Name a part number.", "{\"type\": \"string\", \"pattern\": \"^([A-Z]{2,4}-[0-9]{3,6}/){8,}[a-z]+$\"}" },
};

typedef struct taken {
    double token_s, start_s; /* of processor time */
    int    tokens;
} taken;

static taken answer(xybrid_runtime *rt, xybrid_session *s, const char *question, const char *schema, int tokens) {
    xybrid_envelope    *in = NULL;
    xybrid_stream      *stream = NULL;
    const xybrid_event *ev = NULL;
    xybrid_run_options  o;
    int64_t             start, first = 0;
    taken               t = { 0 };
    xybrid_run_options_init(&o, sizeof o);
    o.temperature = 0;
    o.repeat_penalty = 1.1F; /* else a small model says the same for ever */
    o.max_tokens = tokens;
    o.schema = schema;
    bench_check(xybrid_session_rewind(s, 0, &err), &err, "rewind");
    bench_check(xybrid_envelope_new_text(rt, question, -1, &in, &err), &err, "question");
    start = bench_process_cpu_ns();
    bench_check(xybrid_session_start(s, in, &o, &stream, &err), &err, "start");
    do {
        bench_check(xybrid_stream_next(stream, XYBRID_AUTO, &ev, &err), &err, question);
        if (!first) first = bench_process_cpu_ns();
    } while (ev->kind != XYBRID_EVENT_DONE);
    t.tokens = (int)strtol(xybrid_envelope_get(ev->data, "tokens_out"), NULL, 10);
    if (t.tokens < 8) bench_die("\"%s\" was answered with %d tokens; too few to measure", question, t.tokens);
    t.token_s = (double)(bench_process_cpu_ns() - first) / 1e9 / (t.tokens - 1);
    t.start_s = (double)(first - start) / 1e9;
    xybrid_stream_close(stream);
    xybrid_envelope_free(in);
    return t;
}

static void measure(xybrid_runtime *rt, xybrid_session *s, const form *f, int rounds, double *all, bench_json *json) {
    double bound[MAX_ROUNDS], unbound[MAX_ROUNDS], cost[MAX_ROUNDS], start[MAX_ROUNDS];
    int    tokens = answer(rt, s, f->question, f->schema, MAX_TOKENS).tokens; /* the prompt is in the cache from here on */
    for (int r = 0; r < rounds; r++) {
        taken a = answer(rt, s, f->question, f->schema, tokens), b = answer(rt, s, f->question, NULL, tokens);
        bound[r] = 1 / a.token_s;
        unbound[r] = 1 / b.token_s;
        cost[r] = all[r] = a.token_s / b.token_s;
        start[r] = 1e3 * (a.start_s - b.start_s);
    }
    bench_spread m = bench_spread_of(bound, (size_t)rounds), t = bench_spread_of(unbound, (size_t)rounds),
                 q = bench_spread_of(cost, (size_t)rounds), d = bench_spread_of(start, (size_t)rounds);
    printf("%-9s %6d %10.1f %10.1f   %5.3f  [%5.3f %5.3f] %8.2f\n", f->name, tokens, m.p50, t.p50, q.p50, q.p25, q.p75, d.p50);
    fflush(stdout);
    bench_json_begin_item(json);
    bench_json_text(json, "form", f->name);
    bench_json_number(json, "tokens", tokens);
    bench_json_spread(json, "tokens_per_s", m);
    bench_json_spread(json, "free_tokens_per_s", t);
    bench_json_spread(json, "cost", q);
    bench_json_spread(json, "start_ms", d);
    bench_json_end(json);
}

int main(int argc, char **argv) {
    enum { FORMS = sizeof forms / sizeof forms[0] };
    static double          all[FORMS * MAX_ROUNDS];
    xybrid_runtime_options ro;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *model = NULL;
    xybrid_session        *s = NULL;
    bench_arg              args[] = { { "--rounds", "N", "turns of each form", "7" },
                                      { "--model", "FOLDER", "a pack with a language model", XB_BENCH_MODELS "/smollm2-135m" },
                                      { "--json", "FILE", "write the figures there", NULL } };
    bench_parse(argc, argv, "What it costs to bind an answer to a JSON Schema.", args, 3);
    int rounds = bench_number(&args[0], 1, MAX_ROUNDS);
    if (access(args[1].value, R_OK) != 0) {
        printf("no %s: scripts/setup test\n", args[1].value);
        return 0;
    }
    bench_print_machine();
    xybrid_runtime_options_init(&ro, sizeof ro);
    ro.engine_dir = XB_BENCH_ENGINES;
    ro.threads = 1;
    bench_check(xybrid_runtime_create(&ro, &rt, &err), &err, "runtime");
    bench_check(xybrid_model_load(rt, args[1].value, NULL, &model, &err), &err, args[1].value);
    bench_check(xybrid_session_open(model, NULL, &s, &err), &err, "session");
    bench_json *json = bench_json_open(args[2].value, "constraint");
    bench_json_begin_list(json, "forms");
    printf("form      tokens    bound/s     free/s    cost  [quartiles] start/ms\n");
    for (int i = 0; i < FORMS; i++) measure(rt, s, &forms[i], rounds, all + i * rounds, json);
    bench_json_end(json);
    bench_spread q = bench_spread_of(all, (size_t)(FORMS * rounds));
    printf("all                                     %5.3f  [%5.3f %5.3f]\n", q.p50, q.p25, q.p75);
    bench_json_spread(json, "cost", q);
    bench_json_close(json);
    xybrid_session_free(s);
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    return 0;
}
