/* cli/cmd_info.c - xybrid info: what a model is, takes, gives and costs.
 *
 *     headers alone -> estimate;  load, if an engine can -> describe;  both -> lines, or one JSON document */
#include <string.h>

#include "codec/json.h"
#include "commands.h"
#include "find.h"
#include "host.h"
#include "outline.h"
#include "plan.h"

typedef struct info_args {
    common_args  common; /* operand: the model */
    const char  *engine, *device, *engine_dir;
    int          json, plan;
    option_texts shapes;
} info_args;

typedef struct engine_word {
    const char *name, *word; /* NULL: it would run the model; else why not */
} engine_word;

enum { ENGINES_MAX = XB_MAX_ENGINES };

typedef struct info {
    cli            *c;
    const char     *typed;
    xybrid_estimate estimate;
    engine_word     engines[ENGINES_MAX];
    int32_t         engine_count;
    xybrid_model   *model;    /* NULL: it cannot be loaded here */
    xybrid_error    failure;  /* then why */
    xb_json_doc    *describe; /* NULL likewise */
} info;

/* ---- for people ---- */

enum { INDENT = 2, KEY_WIDTH = 14 };

static void add_cost(xb_str *s, const char *key, int64_t bytes, const char *meaning) {
    char text[32], line[96];
    if (bytes <= 0) return; /* nothing, or unknown */
    outline_bytes(text, bytes);
    xb_format(line, sizeof line, "%-10s %s", text, meaning);
    outline_line(s, key, line, INDENT, KEY_WIDTH);
}

static void print_lines(info *n) {
    const xybrid_estimate *e = &n->estimate;
    xb_str                 s;
    cli_begin(n->c, &s);
    xb_str_addf(&s, "%s%.512s%s\n", cli_style_of(stdout, CLI_BOLD), n->typed, cli_style_of(stdout, CLI_PLAIN));
    outline_line(&s, "runs", e->supported ? (e->fits ? "yes" : "not within the memory budget") : "no", INDENT, KEY_WIDTH);
    if (e->engine[0]) outline_line(&s, "engine", e->engine, INDENT, KEY_WIDTH);
    if (e->note[0]) outline_line(&s, "note", e->note, INDENT, KEY_WIDTH);
    add_cost(&s, "disk", e->disk_bytes, "all its files");
    add_cost(&s, "mapped", e->mapped_bytes, "of these, used in place and shared between processes");
    add_cost(&s, "private", e->private_bytes, "memory once loaded");
    add_cost(&s, "session", e->session_bytes, "more for each session");
    add_cost(&s, "peak", e->peak_bytes, "private, while it loads and runs");
    xb_str_addf(&s, "  engines\n");
    for (int32_t i = 0; i < n->engine_count; i++) {
        const char *word = n->engines[i].word;
        outline_line(&s, n->engines[i].name, word ? word : "can run it", 2 * INDENT, KEY_WIDTH - INDENT);
    }
    if (n->describe) {
        for (xb_json_iter it = xb_json_items(xb_json_root(n->describe)); xb_json_next(&it);) {
            if (strcmp(it.key, "metadata") != 0) outline_member(&s, it.key, it.value, INDENT, KEY_WIDTH);
        }
    }
    cli_print(n->c, &s);
}

/* ---- for programs ---- */

static void put_estimate(xb_json_writer *w, const xybrid_estimate *e) {
    const struct {
        const char *key;
        int64_t     value;
    } numbers[] = {
        { "mapped_bytes", e->mapped_bytes },     { "private_bytes", e->private_bytes },   { "session_bytes", e->session_bytes },
        { "peak_bytes", e->peak_bytes },         { "download_bytes", e->download_bytes }, { "disk_bytes", e->disk_bytes },
        { "context_tokens", e->context_tokens },
    };
    xb_json_begin_object(w);
    xb_json_key(w, "supported"), xb_json_put_bool(w, e->supported);
    xb_json_key(w, "fits"), xb_json_put_bool(w, e->fits);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        xb_json_key(w, numbers[i].key), xb_json_put_int(w, numbers[i].value);
    }
    xb_json_key(w, "engine"), xb_json_put_string(w, e->engine);
    xb_json_key(w, "note"), xb_json_put_string(w, e->note);
    xb_json_end(w);
}

static void print_json(info *n) {
    xb_str         s;
    xb_json_writer w;
    cli_begin(n->c, &s);
    xb_json_writer_init(&w, &s, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "model"), xb_json_put_string(&w, n->typed);
    xb_json_key(&w, "estimate"), put_estimate(&w, &n->estimate);
    xb_json_key(&w, "engines");
    xb_json_begin_array(&w);
    for (int32_t i = 0; i < n->engine_count; i++) {
        xb_json_begin_object(&w);
        xb_json_key(&w, "name"), xb_json_put_string(&w, n->engines[i].name);
        xb_json_key(&w, "can_run"), xb_json_put_bool(&w, !n->engines[i].word);
        xb_json_key(&w, "reason"), xb_json_put_string(&w, n->engines[i].word);
        xb_json_end(&w);
    }
    xb_json_end(&w);
    xb_json_key(&w, "description"), xb_json_put_value(&w, xb_json_root(n->describe));
    xb_json_key(&w, "error"), xb_json_put_string(&w, n->model ? NULL : n->failure.message);
    xb_json_end(&w);
    xb_str_addc(&s, '\n');
    cli_print(n->c, &s);
}

/* ---- both ---- */

/* What each engine of this runtime says to the model. */
static int ask_engines(info *n, xybrid_runtime *rt, const char *ref, xybrid_load_options opt) {
    xybrid_error     err;
    xybrid_envelope *text = NULL;
    xb_json_doc     *doc = NULL;
    size_t           size = 0;
    if (xybrid_runtime_describe(rt, &text, &err)) return host_fail(n->c, &err, NULL);
    const char   *json = host_text(text, &size);
    xybrid_status st = xb_json_parse(&n->c->mem, json, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err);
    xybrid_envelope_free(text);
    if (st) return cli_fail("%s", err.message);
    for (xb_json_iter it = xb_json_items(xb_json_get(xb_json_root(doc), "engines")); xb_json_next(&it);) {
        const char     *name;
        xybrid_estimate estimate;
        if (n->engine_count == ENGINES_MAX || !xb_json_string(xb_json_get(it.value, "name"), &name, &size)) continue;
        engine_word *e = &n->engines[n->engine_count++];
        e->name = cli_text(n->c, "%s", name);
        opt.engine = e->name;
        if (xybrid_model_estimate(rt, ref, &opt, &estimate, &err)) e->word = cli_text(n->c, "%s", err.message);
        else if (!estimate.supported) e->word = cli_text(n->c, "%s", estimate.note);
    }
    xb_json_free(doc);
    return CLI_OK;
}

static int look(info *n, xybrid_runtime *rt, const info_args *a) {
    xybrid_error        err;
    xybrid_load_options opt;
    const char         *ref = find_model(n->c, n->typed);
    xybrid_load_options_init(&opt, sizeof opt);
    opt.engine = a->engine;
    opt.device = a->device;
    if (xybrid_model_estimate(rt, ref, &opt, &n->estimate, &err)) return host_fail(n->c, &err, n->typed);
    if (ask_engines(n, rt, ref, opt)) return CLI_FAILED;
    if (xybrid_model_load(rt, ref, &opt, &n->model, &n->failure)) return CLI_OK; /* an answer, too */
    const char *describe = xybrid_model_describe(n->model);
    if (xb_json_parse(&n->c->mem, describe, (int64_t)strlen(describe), XB_MAX_JSON_BYTES, &n->describe, &err)) {
        return cli_fail("%s", err.message);
    }
    return CLI_OK;
}

static int run(cli *c, const command *self, const void *args) {
    const info_args *a = args;
    info             n = { .c = c, .typed = a->common.operand };
    host_options     host = { a->engine_dir, NULL, XYBRID_AUTO, XYBRID_AUTO };
    xybrid_runtime  *rt = NULL;
    (void)self;
    int code = host_runtime(c, &host, &rt);
    if (code == CLI_OK) code = look(&n, rt, a);
    if (code == CLI_OK && a->plan && n.model) code = plan_print(c, rt, n.model, xb_json_root(n.describe), &a->shapes);
    else if (code == CLI_OK && a->json) print_json(&n);
    else if (code == CLI_OK && !a->plan) print_lines(&n);
    if (code == CLI_OK && !n.model) host_fail(c, &n.failure, NULL); /* what it takes and gives is then not known */
    xb_json_free(n.describe);
    xybrid_model_free(n.model);
    xybrid_runtime_free(rt);
    return code;
}

static const option options[] = {
    ROW_SWITCH(info_args, json, "--json", "print one JSON document"),
    ROW_SWITCH(info_args, plan, "--plan", "print what is computed, step by step, with the time of one run on zeros"),
    ROW_TEXTS(info_args, shapes, "--shape", NULL, "NAME=N,N,...",
              "with --plan: the shape of an input; otherwise its free dimensions are 1"),
    ROW_TEXT(info_args, engine, "--engine", NULL, "NAME", "as if run by this engine; see xybrid doctor"),
    ROW_TEXT(info_args, device, "--device", NULL, "NAME", "cpu, cuda, coreml, ...: what the engine offers"),
    ROW_TEXT(info_args, engine_dir, "--engine-dir", NULL, "FOLDER", "where engines' libraries lie"),
};

const command cmd_info = {
    .name = "info",
    .operand = "MODEL",
    .summary = "says what a model is, takes, gives and costs",
    .text = "MODEL is a pack's folder, an .onnx file, or the name of a model in the models folder.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_size = sizeof(info_args),
    .run = run,
};
