/* cli/cmd_doctor.c - xybrid doctor: what this machine and this installation can run, what is missing, how to get it.
 *
 *     runtime's description + folders + a one-node .onnx model, really run -> lines, or one JSON document */
#include <string.h>

#include "codec/json.h"
#include "commands.h"
#include "find.h"
#include "host.h"
#include "outline.h"
#include "system.h"

typedef struct doctor_args {
    common_args common;
    const char *engine_dir;
    int         json;
} doctor_args;

typedef struct findings {
    cli          *c;
    const char   *engines_folder, *models_folder;
    const char  **models;
    size_t        model_count;
    const char   *runtime; /* JSON, NUL-terminated */
    size_t        runtime_size;
    char          engine[32]; /* that ran the probe */
    xybrid_status probe;      /* XYBRID_OK: an engine can run .onnx files */
    xybrid_error  failure;
} findings;

/* ---- the probe ---- */

/* A whole .onnx file, byte by byte: y = Identity(x), float32 [1] each. */
static const uint8_t probe[] = {
    0x08, 0x08,                                                       /* ir_version 8 */
    0x3a, 0x3b,                                                       /* graph, 59 bytes */
    0x0a, 0x10, 0x0a, 0x01, 'x',  0x12, 0x01, 'y',                    /*   node: input "x", output "y", */
    0x22, 0x08, 'I',  'd',  'e',  'n',  't',  'i',  't',  'y',        /*     op_type "Identity" */
    0x12, 0x05, 'p',  'r',  'o',  'b',  'e',                          /*   name "probe" */
    0x5a, 0x0f, 0x0a, 0x01, 'x',  0x12, 0x0a, 0x0a, 0x08, 0x08, 0x01, /*   input "x": tensor of float32 */
    0x12, 0x04, 0x0a, 0x02, 0x08, 0x01,                               /*     shape [1] */
    0x62, 0x0f, 0x0a, 0x01, 'y',  0x12, 0x0a, 0x0a, 0x08, 0x08, 0x01, /*   output "y": the same */
    0x12, 0x04, 0x0a, 0x02, 0x08, 0x01, 0x42, 0x02, 0x10, 0x0d,       /* opset 13 */
};

/* Runs it. Succeeds only if the number comes back. */
static xybrid_status run_probe(xybrid_runtime *rt, xybrid_model *model, xybrid_error *err) {
    const float        wanted = 42;
    const int64_t      shape[] = { 1 };
    int64_t            count = 0;
    xybrid_envelope   *in = NULL, *out = NULL;
    xybrid_run_options opt;
    xybrid_run_options_init(&opt, sizeof opt);
    opt.flags = XYBRID_RUN_RAW;
    xybrid_status st = xybrid_envelope_new_tensor(rt, "x", XYBRID_FLOAT32, shape, 1, &wanted, sizeof wanted, NULL, NULL, &in,
                                                  err);
    if (st == XYBRID_OK) st = xybrid_model_run(model, in, &opt, &out, err);
    if (st == XYBRID_OK) {
        const float *found = xybrid_envelope_floats(xybrid_envelope_at(out, 0), &count);
        if (!found || count != 1 || *found != wanted)
            st = xybrid_error_set(err, XYBRID_INTERNAL, "probe", "the engine gave another number back");
    }
    xybrid_envelope_free(in);
    xybrid_envelope_free(out);
    return st;
}

static void try_probe(findings *f, xybrid_runtime *rt) {
    xybrid_model       *model = NULL;
    xybrid_estimate     estimate;
    xybrid_load_options opt;
    xybrid_load_options_init(&opt, sizeof opt);
    opt.data = probe;
    opt.data_bytes = sizeof probe;
    opt.release = xybrid_release_none;
    if (xybrid_model_estimate(rt, "probe.onnx", &opt, &estimate, &f->failure) == XYBRID_OK) {
        memcpy(f->engine, estimate.engine, sizeof f->engine);
    }
    f->probe = xybrid_model_load(rt, "probe.onnx", &opt, &model, &f->failure);
    if (f->probe == XYBRID_OK) f->probe = run_probe(rt, model, &f->failure);
    xybrid_model_free(model);
}

/* ---- telling ---- */

enum { INDENT = 2 };

static void add_heading(xb_str *s, const char *text) {
    xb_str_addf(s, "%s%s%s\n", cli_style_of(stdout, CLI_BOLD), text, cli_style_of(stdout, CLI_PLAIN));
}

static void print_lines(findings *f) {
    xb_str       s;
    xybrid_error err;
    xb_json_doc *doc = NULL;
    cli_begin(f->c, &s);
    add_heading(&s, "runtime");
    if (xb_json_parse(&f->c->mem, f->runtime, (int64_t)f->runtime_size, XB_MAX_JSON_BYTES, &doc, &err) == XYBRID_OK) {
        outline_add(&s, xb_json_root(doc), INDENT);
        xb_json_free(doc);
    }
    add_heading(&s, "engines folder");
    xb_str_addf(&s, "  %s%s\n", f->engines_folder ? f->engines_folder : "unknown",
                f->engines_folder && system_kind_of(f->engines_folder) != SYSTEM_FOLDER ? " (not there)" : "");
    add_heading(&s, "models folder");
    xb_str_addf(&s, "  %s%s\n", f->models_folder, system_kind_of(f->models_folder) == SYSTEM_FOLDER ? "" : " (not there)");
    for (size_t i = 0; i < f->model_count; i++) xb_str_addf(&s, "    %.200s\n", f->models[i]);
    add_heading(&s, "verdict");
    if (f->probe == XYBRID_OK) {
        xb_str_addf(&s, "  %sgood%s: %s ran a small .onnx model\n", cli_style_of(stdout, CLI_GREEN),
                    cli_style_of(stdout, CLI_PLAIN), f->engine[0] ? f->engine : "an engine");
    } else {
        xb_str_addf(&s, "  %snothing here runs .onnx models%s: %s\n", cli_style_of(stdout, CLI_RED),
                    cli_style_of(stdout, CLI_PLAIN), f->failure.message);
        xb_str_add(&s, "  way out: put ONNX Runtime's shared library into the engines folder, or name another folder by\n"
                       "  XYBRID_ENGINES or --engine-dir; in this project's source tree `make build` brings it\n");
    }
    cli_print(f->c, &s);
}

static void print_json(findings *f) {
    xb_str         s;
    xb_json_writer w;
    cli_begin(f->c, &s);
    xb_json_writer_init(&w, &s, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "runtime"), xb_json_put_text(&w, &f->c->mem, f->runtime, f->runtime_size);
    xb_json_key(&w, "engines_folder"), xb_json_put_string(&w, f->engines_folder);
    xb_json_key(&w, "models_folder"), xb_json_put_string(&w, f->models_folder);
    xb_json_key(&w, "models");
    xb_json_begin_array(&w);
    for (size_t i = 0; i < f->model_count; i++) xb_json_put_string(&w, f->models[i]);
    xb_json_end(&w);
    xb_json_key(&w, "onnx");
    xb_json_begin_object(&w);
    xb_json_key(&w, "runs"), xb_json_put_bool(&w, f->probe == XYBRID_OK);
    xb_json_key(&w, "engine"), xb_json_put_string(&w, f->engine[0] ? f->engine : NULL);
    xb_json_key(&w, "error"), xb_json_put_string(&w, f->probe ? f->failure.message : NULL);
    xb_json_end(&w);
    xb_json_end(&w);
    xb_str_addc(&s, '\n');
    cli_print(f->c, &s);
}

static int run(cli *c, const command *self, const void *args) {
    const doctor_args *a = args;
    host_options       host = { a->engine_dir, NULL, XYBRID_AUTO, XYBRID_AUTO };
    findings           f = { .c = c };
    xybrid_runtime    *rt = NULL;
    xybrid_envelope   *describe = NULL;
    xybrid_error       err;
    (void)self;
    int code = host_runtime(c, &host, &rt);
    if (code == CLI_OK && xybrid_runtime_describe(rt, &describe, &err)) code = host_fail(c, &err, NULL);
    if (code == CLI_OK) {
        f.engines_folder = find_engines_folder(c, a->engine_dir);
        f.models_folder = find_models_folder(c);
        f.models = find_model_names(c, f.models_folder, &f.model_count);
        f.runtime = host_text(describe, &f.runtime_size);
        try_probe(&f, rt);
        if (a->json) print_json(&f);
        else print_lines(&f);
        code = f.probe ? CLI_FAILED : CLI_OK;
    }
    xybrid_envelope_free(describe);
    xybrid_runtime_free(rt);
    return code;
}

static const option options[] = {
    ROW_SWITCH(doctor_args, json, "--json", "print one JSON document"),
    ROW_TEXT(doctor_args, engine_dir, "--engine-dir", NULL, "FOLDER", "where engines' libraries lie"),
};

const command cmd_doctor = {
    .name = "doctor",
    .summary = "says which engines and models are there, and how to get what is missing",
    .text = "Ends with 0 when an engine can run .onnx files, else with 1.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_size = sizeof(doctor_args),
    .run = run,
};
