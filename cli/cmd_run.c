/* cli/cmd_run.c - xybrid run: a model on each input.
 *
 *     typed inputs -> envelopes -> model, loaded once -> result of each -> printed, as JSON, drawn, saved, traced */
#include <string.h>

#include "answer.h"
#include "asking.h"
#include "commands.h"
#include "document.h"
#include "draw.h"
#include "draw_sound.h"
#include "host.h"
#include "inputs.h"
#include "live.h"
#include "load.h"
#include "new_file.h"
#include "output.h"
#include "speak.h"
#include "system.h"

typedef struct run_args {
    common_args  common; /* operand: the model */
    option_texts inputs;
    option_maybe trace;
    load_args    load;
    asking_args  ask;
    const char  *output, *voice, *language;
    float        speed;
    int64_t      deadline_ms;
    int          json, raw, live, words;
} run_args;

typedef struct running {
    cli            *c;
    const run_args *args;
    asking_args     ask; /* with what is in the files */
    xybrid_model   *model;
    xybrid_session *session; /* of a language model; NULL before the first input */
    xybrid_cancel  *cancel;
    const char     *model_name;
    double          start_ms, load_ms;
    int             is_language;
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

static void add_heading(const running *r, const input *in, xb_str *s) {
    if (r->several)
        xb_str_addf(s, "%s==> %.512s <==%s\n", cli_style_of(stdout, CLI_BOLD), in->name, cli_style_of(stdout, CLI_PLAIN));
}

static void print_plain(running *r, const input *in, const xybrid_envelope *result) {
    xb_str s;
    cli_begin(r->c, &s);
    add_heading(r, in, &s);
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
    opt->speed = a->speed;
    opt->language = a->language;
    asking_set(&r->ask, opt);
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

/* A language model answers each input anew, in one session: what the prompts have in common is computed once. */
static xybrid_status run_language(running *r, const input *in, const xybrid_run_options *opt, int is_shown,
                                  xybrid_envelope **out, xybrid_error *err) {
    xb_str         s;
    xybrid_stream *stream = NULL;
    answer         a = { .c = r->c, .is_shown = is_shown, .shows_reasoning = r->ask.shows_reasoning };
    xybrid_status  st = r->session ? xybrid_session_rewind(r->session, 0, err)
                                   : asking_open(&r->ask, r->model, &r->session, err);
    if (st == XYBRID_OK) st = xybrid_session_start(r->session, in->envelope, opt, &stream, err);
    if (st == XYBRID_OK && is_shown) {
        cli_begin(r->c, &s);
        add_heading(r, in, &s);
        cli_print(r->c, &s);
    }
    if (st == XYBRID_OK) st = answer_take(&a, stream, err);
    xybrid_stream_close(stream);
    *out = a.result;
    return st;
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
    int    is_saved_only = a->output && !a->json && !is_png(a->output); /* then the file is the result */
    int    is_shown = !a->json && !is_saved_only;
    double begin_ms = system_now_ms();
    if (r->is_language ? run_language(r, in, &opt, is_shown, &result, &err)
                       : xybrid_model_run(r->model, in->envelope, &opt, &result, &err)) {
        if (r->several) cli_note("%s:", in->name);
        return host_fail(r->c, &err, a->common.operand);
    }
    if (!result) return CLI_OK; /* nobody reads on */
    double run_ms = system_now_ms() - begin_ms;

    int code = a->trace.given ? take_trace(r, result, &trace) : CLI_OK;
    if (a->json && print_json(r, in, result, a->trace.given ? &trace : NULL, run_ms)) code = CLI_FAILED;
    if (is_shown && !r->is_language) print_plain(r, in, result);
    if (a->output && save(r, in, result)) code = CLI_FAILED;
    if (is_png(a->trace.file)) {
        if (draw_recording(r, in, result, a->trace.file)) code = CLI_FAILED;
        else cli_note("wrote %s", a->trace.file);
    }
    if (a->trace.given) trace_print(r->c, &trace, stderr);
    if (r->ask.stats) answer_stats(r->c, result);
    xybrid_envelope_free(result);
    return code;
}

/* ---- the whole ---- */

static void on_interrupt(void *ctx, int signal) {
    running *r = ctx;
    xb_atomic_set(&r->signal, signal);
    xybrid_cancel_fire(r->cancel);
}

static int load_and_run(running *r, xybrid_runtime *rt, const input *inputs, size_t count) {
    const char *typed = r->args->common.operand;
    int         code = load_model(r->c, rt, &r->args->load, typed, r->cancel, &r->model, &r->load_ms);
    if (code) return code;
    r->model_name = load_name(r->c, r->model, typed);
    r->is_language = !r->args->raw && load_number(r->c, r->model, "context_tokens") > 0;
    if (!r->is_language && (r->ask.system || r->ask.context_tokens != XYBRID_AUTO || r->ask.stats || r->ask.shows_reasoning))
        return cli_fail("--system, --context-tokens, --stats and --show-reasoning: %s is no language model", r->model_name);
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

static int run(cli *c, const command *self, const void *args) {
    const run_args *a = args;
    running         r = { .c = c, .args = a, .ask = a->ask, .start_ms = system_now_ms(), .several = a->inputs.count > 1 };
    xybrid_runtime *rt = NULL;
    input          *inputs = NULL;
    size_t          count = 0;
    int             code = check_output(self, a);
    if (code == CLI_OK) code = asking_read(c, self, &r.ask);
    if (code == CLI_OK) code = load_runtime(c, &a->load, &rt);
    if (code == CLI_OK && !a->live) code = inputs_open(c, self, rt, &a->inputs, &inputs, &count);
    if (code == CLI_OK) code = run_stoppable(&r, rt, inputs, count);
    xybrid_session_free(r.session);
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
    ROW_NUMBER(run_args, speed, "--speed", 0, 100, "how fast: 0.5 to 2, 1 = as recorded"),
    ROW_TEXT(run_args, language, "--language", NULL, "NAME", "of what is said or spoken: en, de, en-gb, ..."),
    ROW_SWITCH(run_args, json, "--json", "print {\"model\": ..., \"outputs\": [...], \"timing_ms\": {...}}"),
    ROW_SWITCH(run_args, live, "--live",
               "recognition: hear standard input as it comes (WAV, or 16-bit samples of one\n"
               "channel at 16 kHz) and print each segment when it is final"),
    ROW_SWITCH(run_args, words, "--words", "recognition: every word with its time"),
    ROW_MAYBE(run_args, trace, "--trace", ".json.png", "[FILE]",
              "print where the time went; with FILE.json also write a Chrome trace, with\n"
              "FILE.png draw the recording: waveform, mel spectrogram, what was found"),
    ROWS_ASKING(run_args, ask),
    ROW_INT(run_args, deadline_ms, "--deadline-ms", 1, 1000000000, "stop a run that takes longer"),
    ROWS_LOAD(run_args, load),
    ROW_SWITCH(run_args, raw, "--raw",
               "tensors in, tensors out: without the pack's steps. --input is then a\n"
               ".json file with envelopes in wire form"),
};

const command cmd_run = {
    .name = "run",
    .operand = "MODEL",
    .summary = "runs a model and prints what comes out",
    .text = "MODEL is a pack's folder, an .onnx or .gguf file, or the name of a model in the models folder.\n"
            "The answer of a language model is printed as it comes; xybrid chat talks with it.\n\n"
            "examples:\n"
            "  xybrid run ppocr-v5 --input receipt.png -o boxes.png\n"
            "  xybrid run silero-vad --input speech.wav --trace speech.png\n"
            "  xybrid run whisper-tiny.en --input talk.mp3 -o talk.srt\n"
            "  xybrid run kokoro-82m --input \"Good morning.\" --voice bf_emma -o morning.wav\n"
            "  xybrid run smollm2-135m --input \"Name three rivers.\" --max-tokens 60 --stats\n"
            "  echo \"A man is eating food.\" | xybrid run all-minilm-l6-v2 --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_size = sizeof(run_args),
    .run = run,
};
