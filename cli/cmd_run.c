/* cli/cmd_run.c - xybrid run: a model on each input.
 *
 *     typed inputs -> envelopes -> model, loaded once -> result of each -> printed, as JSON, drawn, saved, traced */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "document.h"
#include "draw.h"
#include "draw_sound.h"
#include "find.h"
#include "host.h"
#include "inputs.h"
#include "live.h"
#include "new_file.h"
#include "output.h"
#include "speak.h"
#include "system.h"

typedef struct run_args {
    common_args  common; /* operand: the model */
    option_texts inputs;
    option_maybe trace;
    const char  *output, *engine, *device, *engine_dir, *cache_dir;
    const char  *voice, *speed, *language, *params;
    int64_t      threads, deadline_ms, memory_mb;
    int          json, raw, live, words;
} run_args;

typedef struct running {
    cli            *c;
    const run_args *args;
    xybrid_model   *model;
    xybrid_cancel  *cancel;
    const char     *model_name;
    double          start_ms, load_ms;
    float           speed;
    int             several; /* inputs */
    xb_atomic32     signal;  /* that stopped it; 0 = none */
} running;

/* ---- before anything is loaded ---- */

/* A form that nothing can be written in is better told before the model has worked. */
static int check_output(const command *m, const run_args *a) {
    static const char *const forms[] = { ".png", ".txt", ".srt", ".vtt", ".json", ".wav", ".npy" };
    if (a->live && (a->inputs.count > 0 || a->raw || a->trace.given || xb_ends_with(a->output ? a->output : "", ".png")))
        return usage_fail(m, "--live hears standard input; it goes without --input, --raw, --trace and -o FILE.png");
    if (a->inputs.count > 1 && a->trace.file) return usage_fail(m, "--trace %s holds one run; give one --input", a->trace.file);
    if (!a->output) return CLI_OK;
    if (a->inputs.count > 1) return usage_fail(m, "-o %s holds one result; give one --input", a->output);
    if (strcmp(a->output, "-") == 0 && !a->json) return CLI_OK; /* speech, to a program */
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (xb_ends_with(a->output, forms[i])) return CLI_OK;
    }
    return usage_fail(
        m,
        "-o %s: the suffix says the form: .png (boxes drawn into the picture, or the recording drawn), .txt, .srt, "
        ".vtt, .json, .wav or .npy",
        a->output);
}

static int is_png(const char *path) { return path && xb_ends_with(path, ".png"); }

static int is_kind(const input *in, xybrid_kind kind) {
    const xybrid_view *v = xybrid_envelope_view(in->envelope);
    return v && v->kind == kind;
}

/* What is to be drawn is either given or made: without both it is better told before the model works. */
static int check_picture(running *r, const input *in) {
    const run_args *a = r->args;
    if (is_kind(in, XYBRID_AUDIO) || speak_can(r->c, r->model)) return CLI_OK;
    if (is_png(a->trace.file))
        return cli_fail("--trace %s draws a recording, and neither the input nor the result is one", a->trace.file);
    if (is_png(a->output) && !is_kind(in, XYBRID_IMAGE))
        return cli_fail("-o %s draws a picture's boxes or a recording, and there is neither; .txt and .json hold any result",
                        a->output);
    return CLI_OK;
}

/* ---- loading ---- */

typedef struct progress {
    const char *name;
    double      begin_ms, shown_ms;
    int         is_shown;
} progress;

/* Only what takes long is worth a line, and ten lines a second are enough. */
static int32_t show_progress(void *ctx, int64_t done_bytes, int64_t total_bytes) {
    progress *p = ctx;
    double    now_ms = system_now_ms();
    if (now_ms - p->begin_ms < 300 || now_ms - p->shown_ms < 100) return 0;
    p->shown_ms = now_ms;
    p->is_shown = 1;
    if (total_bytes > 0)
        fprintf(stderr, "\rloading %s: %lld of %lld MB ", p->name, (long long)done_bytes >> 20, (long long)total_bytes >> 20);
    else fprintf(stderr, "\rloading %s: %lld MB ", p->name, (long long)done_bytes >> 20);
    fflush(stderr);
    return 0;
}

static void clear_progress(const progress *p) {
    if (p->is_shown) fputs("\r\033[K", stderr);
}

static int load(running *r, xybrid_runtime *rt) {
    xybrid_error        err;
    xybrid_load_options opt;
    const run_args     *a = r->args;
    progress            p = { find_base_name(a->common.operand), system_now_ms(), 0, 0 };
    xybrid_load_options_init(&opt, sizeof opt);
    opt.engine = a->engine;
    opt.device = a->device;
    opt.cancel = r->cancel;
    if (system_is_terminal(stderr)) {
        opt.progress = show_progress;
        opt.progress_ctx = &p;
    }
    xybrid_status st = xybrid_model_load(rt, find_model(r->c, a->common.operand), &opt, &r->model, &err);
    clear_progress(&p);
    r->load_ms = system_now_ms() - p.begin_ms;
    if (st != XYBRID_INVALID_ARGUMENT) return st ? host_fail(r->c, &err, a->common.operand) : CLI_OK;
    cli_fail("%s", err.message);
    cli_hint("engines and what they offer: xybrid doctor");
    return CLI_FAILED;
}

/* ---- results ---- */

static int write_trace(cli *c, const char *path, const char *json) {
    new_file f;
    int      code = new_file_open(c, path, &f);
    if (code) return code;
    fputs(json, f.stream);
    code = new_file_close(&f, 1);
    if (code == CLI_OK) cli_note("wrote %s (chrome://tracing and ui.perfetto.dev show it)", path);
    return code;
}

/* Reads the trace off the result, and takes it from there: it is no part of what the model said. */
static int take_trace(running *r, xybrid_envelope *result, trace_table *out) {
    xybrid_error err;
    const char  *json = xybrid_envelope_get(result, "xybrid.trace");
    if (!json) return cli_fail("the result has no trace");
    int code = trace_read(r->c, json, strlen(json), out);
    if (code == CLI_OK && r->args->trace.file && !is_png(r->args->trace.file))
        code = write_trace(r->c, r->args->trace.file, json);
    if (xybrid_envelope_set(result, "xybrid.trace", NULL, &err)) return host_fail(r->c, &err, NULL);
    return code;
}

static int print_json(running *r, const input *in, const xybrid_envelope *result, const trace_table *trace, double run_ms) {
    xybrid_error err;
    xb_str       s;
    document     d = { .model = r->model_name,
                       .input = r->several ? in->name : NULL,
                       .result = result,
                       .trace = trace,
                       .load_ms = r->load_ms,
                       .run_ms = run_ms,
                       .total_ms = system_now_ms() - r->start_ms };
    cli_begin(r->c, &s);
    if (document_add(&d, &s, &err)) {
        xb_str_free(&s);
        return host_fail(r->c, &err, NULL);
    }
    cli_print(r->c, &s);
    return CLI_OK;
}

static void print_plain(running *r, const input *in, const xybrid_envelope *result) {
    xb_str s;
    cli_begin(r->c, &s);
    if (r->several) {
        xb_str_addf(&s, "%s==> %.512s <==%s\n", cli_style_of(stdout, CLI_BOLD), in->name, cli_style_of(stdout, CLI_PLAIN));
    }
    output_add(&s, result, system_is_terminal(stdout));
    if (xybrid_envelope_count(result) == 0) cli_note("nothing found");
    cli_print(r->c, &s);
}

static int draw_recording(running *r, const input *in, const xybrid_envelope *result, const char *path) {
    const xybrid_envelope *sound = draw_sound_of(in->envelope, result);
    if (!sound) return cli_fail("%s: neither the input nor the result is a recording", path);
    return draw_sound(r->c, sound, result, r->model_name, path);
}

static int save(running *r, const input *in, const xybrid_envelope *result) {
    xybrid_error err;
    const char  *path = r->args->output;
    if (is_png(path) && !is_kind(in, XYBRID_IMAGE)) {
        int code = draw_recording(r, in, result, path);
        if (code) return code;
    } else if (is_png(path)) {
        if (xybrid_envelope_count(result) > 0 && !draw_has_boxes(result)) {
            return cli_fail("-o %s: the result has no boxes to draw; .txt and .json hold any result", path);
        }
        int code = draw_boxes(r->c, in->envelope, result, path);
        if (code) return code;
    } else if (xybrid_envelope_save(result, path, &err)) {
        return host_fail(r->c, &err, NULL);
    }
    cli_note("wrote %s", path);
    return CLI_OK;
}

static void set_options(const running *r, xybrid_run_options *opt) {
    const run_args *a = r->args;
    xybrid_run_options_init(opt, sizeof *opt);
    opt->cancel = r->cancel;
    if (a->deadline_ms != XYBRID_AUTO) opt->deadline_ms = a->deadline_ms;
    if (a->trace.given) opt->flags |= XYBRID_RUN_TRACE;
    if (a->raw) opt->flags |= XYBRID_RUN_RAW;
    if (a->words) opt->flags |= XYBRID_RUN_WORDS;
    opt->voice = a->voice;
    opt->speed = r->speed;
    opt->language = a->language;
    opt->params = a->params;
}

/* Standard input, as it comes; then the file, if one was asked for. */
static int run_live(running *r, xybrid_runtime *rt) {
    xybrid_run_options opt;
    xybrid_envelope   *result = NULL;
    const input        in = { "-", NULL };
    set_options(r, &opt);
    double begin_ms = system_now_ms();
    int    code = live_run(r->c, rt, r->model, &opt, &result);
    if (code == CLI_OK && r->args->json) code = print_json(r, &in, result, NULL, system_now_ms() - begin_ms);
    if (code == CLI_OK && r->args->output) code = save(r, &in, result);
    xybrid_envelope_free(result);
    return code;
}

/* One request, from input to everything that was asked for. */
static int run_one(running *r, const input *in) {
    xybrid_error       err;
    xybrid_run_options opt;
    xybrid_envelope   *result = NULL;
    trace_table        trace = { 0 };
    const run_args    *a = r->args;
    set_options(r, &opt);
    int is_pipe = a->output && strcmp(a->output, "-") == 0;
    if (a->output && !a->raw && !a->json && !a->trace.given && (is_pipe || xb_ends_with(a->output, ".wav")) &&
        speak_can(r->c, r->model))
        return speak_to(r->c, r->model, a->common.operand, in->envelope, &opt, a->output);
    if (is_pipe) return cli_fail("-o -: %s does not speak, or --trace was asked for", r->model_name);
    if (check_picture(r, in)) return CLI_FAILED;
    double begin_ms = system_now_ms();
    if (xybrid_model_run(r->model, in->envelope, &opt, &result, &err)) {
        if (r->several) cli_note("%s:", in->name);
        return host_fail(r->c, &err, a->common.operand);
    }
    double run_ms = system_now_ms() - begin_ms;

    int code = a->trace.given ? take_trace(r, result, &trace) : CLI_OK;
    int is_saved_only = a->output && !a->json && !is_png(a->output); /* then the file is the result */
    if (a->json && print_json(r, in, result, a->trace.given ? &trace : NULL, run_ms)) code = CLI_FAILED;
    if (!a->json && !is_saved_only) print_plain(r, in, result);
    if (a->output && save(r, in, result)) code = CLI_FAILED;
    if (is_png(a->trace.file)) {
        if (draw_recording(r, in, result, a->trace.file)) code = CLI_FAILED;
        else cli_note("wrote %s", a->trace.file);
    }
    if (a->trace.given) trace_print(r->c, &trace, stderr);
    xybrid_envelope_free(result);
    return code;
}

/* ---- the whole ---- */

static void on_interrupt(void *ctx, int signal) {
    running *r = ctx;
    xb_atomic_set(&r->signal, signal);
    xybrid_cancel_fire(r->cancel);
}

/* What the model calls itself, else what it was called by. */
static const char *name_of(running *r) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    const char  *describe = xybrid_model_describe(r->model), *id = find_base_name(r->args->common.operand);
    if (xb_json_parse(&r->c->mem, describe, (int64_t)strlen(describe), XB_MAX_JSON_BYTES, &doc, &err) == XYBRID_OK) {
        size_t size;
        xb_json_string(xb_json_get(xb_json_root(doc), "id"), &id, &size);
    }
    const char *name = cli_text(r->c, "%s", id);
    xb_json_free(doc);
    return name;
}

static int load_and_run(running *r, xybrid_runtime *rt, const input *inputs, size_t count) {
    int code = load(r, rt);
    if (code) return code;
    r->model_name = name_of(r);
    if (r->args->live) return run_live(r, rt);
    for (size_t i = 0; i < count && !xb_atomic_get(&r->signal) && !cli_output_is_closed(r->c); i++) {
        int failed = run_one(r, &inputs[i]);
        if (failed) code = failed;
    }
    return code;
}

/* Inputs are open; from here on the work may be long and can be stopped. */
static int run_stoppable(running *r, xybrid_runtime *rt, const input *inputs, size_t count) {
    xybrid_error err;
    if (xybrid_cancel_create(rt, &r->cancel, &err)) return host_fail(r->c, &err, NULL);
    system_on_interrupt(on_interrupt, r);
    int code = load_and_run(r, rt, inputs, count);
    system_off_interrupt();
    xybrid_cancel_free(r->cancel);
    int signal = xb_atomic_get(&r->signal);
    return signal ? CLI_SIGNALLED + signal : code;
}

/* A number; what it may be, the model says. */
static int read_speed(const command *self, const char *text, float *out) {
    char *end;
    *out = XYBRID_AUTO;
    if (!text) return CLI_OK;
    *out = strtof(text, &end);
    if (end == text || *end) return usage_fail(self, "--speed %s: wanted a number, 1 = as recorded", text);
    if (*out == (float)XYBRID_AUTO) *out = 0; /* the library would take it for none given */
    return CLI_OK;
}

static int run(cli *c, const command *self, const void *args) {
    const run_args *a = args;
    running         r = { .c = c, .args = a, .start_ms = system_now_ms(), .several = a->inputs.count > 1 };
    host_options    host = { a->engine_dir, a->cache_dir, a->threads, a->memory_mb };
    xybrid_runtime *rt = NULL;
    input          *inputs = NULL;
    size_t          count = 0;
    int             code = check_output(self, a);
    if (code == CLI_OK) code = read_speed(self, a->speed, &r.speed);
    if (code == CLI_OK) code = host_runtime(c, &host, &rt);
    if (code == CLI_OK && !a->live) code = inputs_open(c, self, rt, &a->inputs, &inputs, &count);
    if (code == CLI_OK) code = run_stoppable(&r, rt, inputs, count);
    xybrid_model_free(r.model);
    inputs_free(inputs, count);
    xybrid_runtime_free(rt);
    return code;
}

static const option options[] = {
    ROW_TEXTS(run_args, inputs, "--input", "-i", "TEXT|FILE|-",
              "what goes in: a text, a file's path, or - for standard input; may be\n"
              "repeated, then the model runs on each. Without it: standard input"),
    ROW_TEXT(run_args, output, "--output", "-o", "FILE",
             "keep the result; the suffix says how: .png (boxes drawn into the picture, or\n"
             "a recording drawn with what was found in it), .txt, .srt and .vtt (subtitles),\n"
             ".json, .wav, .npy; - sends speech to a program"),
    ROW_TEXT(run_args, voice, "--voice", NULL, "NAME",
             "who speaks, also in parts: af_heart.7+am_adam.3; see xybrid info MODEL"),
    ROW_TEXT(run_args, speed, "--speed", NULL, "NUMBER", "how fast: 0.5 to 2, 1 = as recorded"),
    ROW_TEXT(run_args, language, "--language", NULL, "NAME", "of what is said or spoken: en, de, en-gb, ..."),
    ROW_TEXT(run_args, params, "--params", NULL, "JSON", "what this model also knows; see docs/speech.md"),
    ROW_SWITCH(run_args, json, "--json", "print {\"model\": ..., \"outputs\": [...], \"timing_ms\": {...}}"),
    ROW_SWITCH(run_args, live, "--live",
               "recognition: hear standard input as it comes (WAV, or 16-bit samples of one\n"
               "channel at 16 kHz) and print each segment when it is final"),
    ROW_SWITCH(run_args, words, "--words", "recognition: every word with its time"),
    ROW_MAYBE(run_args, trace, "--trace", ".json.png", "[FILE]",
              "print where the time went; with FILE.json also write a Chrome trace, with\n"
              "FILE.png draw the recording: waveform, mel spectrogram, what was found"),
    ROW_TEXT(run_args, engine, "--engine", NULL, "NAME", "run it by this engine; see xybrid doctor"),
    ROW_TEXT(run_args, device, "--device", NULL, "NAME", "cpu, cuda, coreml, ...: what the engine offers"),
    ROW_INT(run_args, threads, "--threads", 1, XB_MAX_THREADS, "at most N threads in all"),
    ROW_INT(run_args, deadline_ms, "--deadline-ms", 1, 1000000000, "stop a run that takes longer"),
    ROW_INT(run_args, memory_mb, "--memory-mb", 1, 1 << 30, "stop when more memory is needed, mapped files not counted"),
    ROW_TEXT(run_args, engine_dir, "--engine-dir", NULL, "FOLDER", "where engines' libraries lie"),
    ROW_TEXT(run_args, cache_dir, "--cache-dir", NULL, "FOLDER",
             "keep packed weights there: later runs start faster and need less memory"),
    ROW_SWITCH(run_args, raw, "--raw",
               "tensors in, tensors out: without the pack's steps. --input is then a\n"
               ".json file with envelopes in wire form"),
};

const command cmd_run = {
    .name = "run",
    .operand = "MODEL",
    .summary = "runs a model and prints what comes out",
    .text = "MODEL is a pack's folder, an .onnx file, or the name of a model in the models folder.\n\n"
            "examples:\n"
            "  xybrid run ppocr-v5 --input receipt.png -o boxes.png\n"
            "  xybrid run silero-vad --input speech.wav --trace speech.png\n"
            "  xybrid run whisper-tiny.en --input talk.mp3 -o talk.srt\n"
            "  xybrid run kokoro-82m --input \"Good morning.\" --voice bf_emma -o morning.wav\n"
            "  echo \"A man is eating food.\" | xybrid run all-minilm-l6-v2 --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_size = sizeof(run_args),
    .run = run,
};
