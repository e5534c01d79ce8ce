/* cli/cmd_bench.c - xybrid bench: how fast a model is here, and how much memory it takes.
 *
 *     load -> session -> first result -> N further runs -> median, fastest, 95th percentile -> lines, or one JSON document
 *
 * A language model answers a prompt of a stated number of tokens, always with the likeliest word, each time in a new session,
 * so that nothing is known already. Times are of the wall clock; memory is read at the end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "codec/json.h"
#include "commands.h"
#include "find.h"
#include "host.h"
#include "inputs.h"
#include "load.h"
#include "outline.h"
#include "system.h"

typedef struct bench_args {
    common_args  common; /* operand: the model */
    load_args    load;
    option_texts inputs;
    const char  *params;
    int64_t      runs, prompt_tokens, tokens;
    int          json, raw;
} bench_args;

enum { MAX_RUNS = 100000, USUAL_RUNS = 10, USUAL_LANGUAGE_RUNS = 3, USUAL_PROMPT = 128, USUAL_ANSWER = 64 };

/* One figure of each run. */
typedef struct figures {
    double *values;
    int     count;
} figures;

typedef struct bench {
    cli              *c;
    const bench_args *args;
    xybrid_runtime   *rt;
    xybrid_model     *model;
    xybrid_session   *session; /* NULL between the answers of a language model */
    xybrid_envelope  *in;
    xybrid_cancel    *cancel;
    xb_atomic32       signal; /* that stopped it; 0 = none */
    const char       *name;
    int               is_language, runs;
    double            load_ms, session_ms, first_ms;
    figures           run_ms, in_rate, out_rate; /* tokens a second, of a language model */
    double            tokens_in, tokens_out;     /* of the last run */
} bench;

/* ---- one run ---- */

static void set_options(const bench *b, xybrid_run_options *opt) {
    xybrid_run_options_init(opt, sizeof *opt);
    opt->cancel = b->cancel;
    opt->params = b->args->params;
    if (b->args->raw) opt->flags |= XYBRID_RUN_RAW;
    if (!b->is_language) return;
    opt->max_tokens = (int32_t)(b->args->tokens == XYBRID_AUTO ? USUAL_ANSWER : b->args->tokens);
    opt->temperature = 0;
    opt->repeat_penalty = 1;
}

static xybrid_status open_session(bench *b, xybrid_error *err) {
    return b->session ? XYBRID_OK : xybrid_session_open(b->model, NULL, &b->session, err);
}

static void close_session(bench *b) {
    xybrid_session_free(b->session);
    b->session = NULL;
}

static void add(figures *f, double value) { f->values[f->count++] = value; }

/* Takes events until there is something, then the rest. *first_ms: until then. */
static xybrid_status take(bench *b, const xybrid_run_options *opt, double *first_ms, xybrid_envelope **out, xybrid_error *err) {
    xybrid_stream      *stream = NULL;
    const xybrid_event *e = NULL;
    double              begin_ms = system_now_ms();
    xybrid_status       st = xybrid_session_start(b->session, b->in, opt, &stream, err);
    *first_ms = -1;
    while (st == XYBRID_OK && !(st = xybrid_stream_next(stream, XYBRID_AUTO, &e, err))) {
        if (*first_ms < 0) *first_ms = system_now_ms() - begin_ms;
        if (e->kind != XYBRID_EVENT_DONE) continue;
        *out = e->data ? xybrid_envelope_retain(e->data) : NULL;
        break;
    }
    xybrid_stream_close(stream);
    return st;
}

static int run_once(bench *b, int is_counted) {
    xybrid_error       err;
    xybrid_run_options opt;
    xybrid_envelope   *out = NULL;
    double             first_ms = 0;
    set_options(b, &opt);
    if (open_session(b, &err)) return host_fail(b->c, &err, NULL);
    double begin_ms = system_now_ms();
    if (take(b, &opt, &first_ms, &out, &err)) return host_fail(b->c, &err, b->args->common.operand);
    double ms = system_now_ms() - begin_ms;
    if (!is_counted) {
        b->first_ms = first_ms;
    } else {
        add(&b->run_ms, ms);
        double in_rate = answer_number(out, "prefill_tps"), out_rate = answer_number(out, "decode_tps");
        if (in_rate > 0) add(&b->in_rate, in_rate);
        if (out_rate > 0) add(&b->out_rate, out_rate);
    }
    b->tokens_in = answer_number(out, "tokens_in");
    b->tokens_out = answer_number(out, "tokens_out");
    xybrid_envelope_free(out);
    if (b->is_language) close_session(b);
    return CLI_OK;
}

/* ---- the prompt of a language model ---- */

static int make_prompt(bench *b, int64_t words) {
    static const char *const list[] = { "river", "stone", "cloud", "bread", "light", "window", "garden", "paper" };
    xybrid_error             err;
    xb_str                   s;
    cli_begin(b->c, &s);
    xb_str_add(&s, "Write a long story with these words:");
    for (int64_t i = 0; i < words; i++) xb_str_addf(&s, " %s", list[i % (int64_t)(sizeof list / sizeof list[0])]);
    xybrid_envelope_free(b->in);
    b->in = NULL;
    xybrid_status st = xybrid_envelope_new_text(b->rt, s.data, (int64_t)s.size, &b->in, &err);
    xb_str_free(&s);
    return st ? host_fail(b->c, &err, NULL) : CLI_OK;
}

/* How many tokens the prompt has, template and all: an answer of one token tells. */
static int count_prompt(bench *b, double *tokens) {
    xybrid_error       err;
    xybrid_run_options opt;
    xybrid_envelope   *out = NULL;
    set_options(b, &opt);
    opt.max_tokens = 1;
    if (open_session(b, &err) || xybrid_session_rewind(b->session, 0, &err) ||
        xybrid_session_run(b->session, b->in, &opt, &out, &err))
        return host_fail(b->c, &err, NULL);
    *tokens = answer_number(out, "tokens_in");
    xybrid_envelope_free(out);
    return CLI_OK;
}

/* A word is a token or some; what prompts without any and with a few had says how many words make the rest. */
static int fit_prompt(bench *b) {
    const int         few_words = 16;
    const bench_args *a = b->args;
    double            wanted = (double)(a->prompt_tokens == XYBRID_AUTO ? USUAL_PROMPT : a->prompt_tokens);
    double            none = b->tokens_in, few = 0;
    int               code = make_prompt(b, few_words);
    if (code == CLI_OK) code = count_prompt(b, &few);
    if (code == CLI_OK && few > none) {
        double exact = (wanted - none) * few_words / (few - none);
        code = make_prompt(b, exact > 0 ? (int64_t)floor(exact + 0.5) : 0);
    }
    close_session(b);
    return code;
}

/* ---- telling ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value below which the share `part` of the runs lies (nearest rank). */
static double rank(const figures *f, double part) {
    int at = (int)ceil(part * f->count) - 1;
    return f->count > 0 ? f->values[at < 0 ? 0 : at] : 0;
}

static void sort(figures *f) {
    if (f->count > 1) qsort(f->values, (size_t)f->count, sizeof *f->values, by_value);
}

enum { INDENT = 2, KEY_WIDTH = 18 };

static void add_line(xb_str *s, const char *key, const char *fmt, double value) {
    char text[96];
    xb_format(text, sizeof text, fmt, value);
    outline_line(s, key, text, INDENT, KEY_WIDTH);
}

static void add_bytes(xb_str *s, const char *key, int64_t bytes, const char *meaning) {
    char text[32], line[96];
    if (bytes < 0) return;
    outline_bytes(text, bytes);
    xb_format(line, sizeof line, "%s%s%s", text, *meaning ? " " : "", meaning);
    outline_line(s, key, line, INDENT, KEY_WIDTH);
}

static void add_rate(xb_str *s, const char *key, double tokens, const figures *f) {
    char line[96];
    if (f->count > 0) xb_format(line, sizeof line, "%.0f tokens, %.1f tokens/s", tokens, rank(f, 0.5));
    else xb_format(line, sizeof line, "%.0f tokens, too few to be timed", tokens);
    outline_line(s, key, line, INDENT, KEY_WIDTH);
}

static void print_lines(const bench *b, const xybrid_stats *stats) {
    xb_str s;
    cli_begin(b->c, &s);
    xb_str_addf(&s, "%s%.512s%s\n", cli_style_of(stdout, CLI_BOLD), b->name, cli_style_of(stdout, CLI_PLAIN));
    add_line(&s, "load", "%.1f ms", b->load_ms);
    add_line(&s, "session", "%.1f ms", b->session_ms);
    add_line(&s, b->is_language ? "first piece" : "first result", "%.1f ms", b->first_ms);
    add_line(&s, b->is_language ? "further answers" : "further runs", "%.0f", b->run_ms.count);
    if (b->run_ms.count > 0) {
        add_line(&s, "  median", "%.2f ms", rank(&b->run_ms, 0.5));
        add_line(&s, "  fastest", "%.2f ms", rank(&b->run_ms, 0));
        add_line(&s, "  95th percentile", "%.2f ms", rank(&b->run_ms, 0.95));
    }
    if (b->is_language) {
        add_rate(&s, "prompt", b->tokens_in, &b->in_rate);
        add_rate(&s, "answer", b->tokens_out, &b->out_rate);
    }
    add_bytes(&s, "process", system_peak_bytes(), "at most, mapped files in use included");
    add_bytes(&s, "library", stats->private_bytes, "private now");
    add_bytes(&s, "  at most", stats->private_peak_bytes, "");
    add_bytes(&s, "mapped", stats->mapped_bytes, "of model files");
    cli_print(b->c, &s);
}

static void put_number(xb_json_writer *w, const char *key, double value) {
    char   digits[40];
    size_t size = xb_format(digits, sizeof digits, "%.3f", value);
    xb_json_key(w, key), xb_json_put_raw(w, digits, size);
}

static void put_rate(xb_json_writer *w, const char *key, double tokens, const figures *f) {
    xb_json_key(w, key);
    xb_json_begin_object(w);
    xb_json_key(w, "tokens"), xb_json_put_int(w, (int64_t)tokens);
    xb_json_key(w, "tokens_per_second");
    if (f->count > 0) xb_json_put_double(w, rank(f, 0.5));
    else xb_json_put_null(w);
    xb_json_end(w);
}

static void print_json(const bench *b, const xybrid_stats *stats) {
    const struct {
        const char *key;
        int64_t     bytes;
    } memory[] = {
        { "process_peak_bytes", system_peak_bytes() },
        { "private_bytes", stats->private_bytes },
        { "private_peak_bytes", stats->private_peak_bytes },
        { "mapped_bytes", stats->mapped_bytes },
    };
    xb_str         s;
    xb_json_writer w;
    cli_begin(b->c, &s);
    xb_json_writer_init(&w, &s, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "model"), xb_json_put_string(&w, b->name);
    xb_json_key(&w, "threads"), xb_json_put_int(&w, stats->threads);
    put_number(&w, "load_ms", b->load_ms);
    put_number(&w, "session_ms", b->session_ms);
    put_number(&w, "first_ms", b->first_ms);
    xb_json_key(&w, "runs");
    xb_json_begin_object(&w);
    xb_json_key(&w, "count"), xb_json_put_int(&w, b->run_ms.count);
    if (b->run_ms.count > 0) {
        put_number(&w, "median_ms", rank(&b->run_ms, 0.5));
        put_number(&w, "fastest_ms", rank(&b->run_ms, 0));
        put_number(&w, "p95_ms", rank(&b->run_ms, 0.95));
    }
    xb_json_end(&w);
    if (b->is_language) {
        put_rate(&w, "prompt", b->tokens_in, &b->in_rate);
        put_rate(&w, "answer", b->tokens_out, &b->out_rate);
    }
    xb_json_key(&w, "memory");
    xb_json_begin_object(&w);
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        xb_json_key(&w, memory[i].key), xb_json_put_int(&w, memory[i].bytes);
    }
    xb_json_end(&w);
    xb_json_end(&w);
    xb_str_addc(&s, '\n');
    cli_print(b->c, &s);
}

/* ---- the whole ---- */

static int measure(bench *b) {
    xybrid_error err;
    double       begin_ms = system_now_ms();
    if (open_session(b, &err)) return host_fail(b->c, &err, b->args->common.operand);
    b->session_ms = system_now_ms() - begin_ms;
    int code = run_once(b, 0);
    if (code == CLI_OK && b->is_language && b->args->inputs.count == 0) code = fit_prompt(b);
    for (int i = 0; i < b->runs && code == CLI_OK; i++) code = run_once(b, 1);
    return code;
}

static int load_and_measure(bench *b, const command *self) {
    const bench_args *a = b->args;
    const char       *typed = a->common.operand;
    input            *inputs = NULL;
    size_t            count = 0;
    int               code = load_model(b->c, b->rt, &a->load, typed, b->cancel, &b->model, &b->load_ms);
    if (code) return code;
    b->name = load_name(b->c, b->model, typed);
    b->is_language = !a->raw && load_number(b->c, b->model, "context_tokens") > 0;
    if (!b->is_language && (a->tokens != XYBRID_AUTO || a->prompt_tokens != XYBRID_AUTO))
        return cli_fail("--tokens and --prompt-tokens: %s is no language model", b->name);
    if (b->is_language && a->inputs.count == 0) {
        code = make_prompt(b, 0);
    } else {
        code = inputs_open(b->c, self, b->rt, &a->inputs, &inputs, &count);
        if (code == CLI_OK) b->in = xybrid_envelope_retain(inputs[0].envelope);
        inputs_free(inputs, count);
    }
    b->runs = (int)(a->runs != XYBRID_AUTO ? a->runs : b->is_language ? USUAL_LANGUAGE_RUNS : USUAL_RUNS);
    figures *all[] = { &b->run_ms, &b->in_rate, &b->out_rate };
    for (int i = 0; i < 3; i++) all[i]->values = cli_alloc(b->c, (size_t)b->runs + 1, sizeof(double));
    if (code == CLI_OK) code = measure(b);
    for (int i = 0; i < 3; i++) sort(all[i]);
    return code;
}

static void on_interrupt(void *ctx, int signal) {
    bench *b = ctx;
    xb_atomic_set(&b->signal, signal);
    xybrid_cancel_fire(b->cancel);
}

static int run(cli *c, const command *self, const void *args) {
    const bench_args *a = args;
    bench             b = { .c = c, .args = a };
    xybrid_error      err;
    xybrid_stats      stats;
    if (a->inputs.count > 1) return usage_fail(self, "bench takes one --input");
    int code = load_runtime(c, &a->load, &b.rt);
    if (code == CLI_OK && xybrid_cancel_create(b.rt, &b.cancel, &err)) code = host_fail(c, &err, NULL);
    if (code == CLI_OK) {
        system_on_interrupt(on_interrupt, &b);
        code = load_and_measure(&b, self);
        system_off_interrupt();
    }
    xybrid_runtime_stats(b.rt, &stats);
    if (code == CLI_OK && a->json) print_json(&b, &stats);
    else if (code == CLI_OK) print_lines(&b, &stats);
    xybrid_envelope_free(b.in);
    xybrid_session_free(b.session);
    xybrid_model_free(b.model);
    xybrid_cancel_free(b.cancel);
    xybrid_runtime_free(b.rt);
    int signal = xb_atomic_get(&b.signal);
    return signal ? CLI_SIGNALLED + signal : code;
}

static const option options[] = {
    ROW_TEXTS(bench_args, inputs, "--input", "-i", "TEXT|FILE|-",
              "what goes in, as for run. A language model needs none: it gets a prompt of a\n"
              "stated length"),
    ROW_INT(bench_args, runs, "--runs", 0, MAX_RUNS, "further runs after the first; 10, of a language model 3"),
    ROW_INT(bench_args, prompt_tokens, "--prompt-tokens", 1, 1 << 20, "length of a language model's prompt, about; 128"),
    ROW_INT(bench_args, tokens, "--tokens", 1, 1 << 20, "length of its answer, unless it ends before; 64"),
    ROW_TEXT(bench_args, params, "--params", NULL, "JSON", "as for run"),
    ROW_SWITCH(bench_args, json, "--json", "print one JSON document"),
    ROW_SWITCH(bench_args, raw, "--raw", "without the pack's steps, as for run"),
    ROWS_LOAD(bench_args, load),
};

const command cmd_bench = {
    .name = "bench",
    .operand = "MODEL",
    .summary = "measures how fast a model is here, and how much memory it takes",
    .text = "Times are of the wall clock. The first result is that of a cold model (of a language model: the first\n"
            "piece of the answer to a short prompt); further runs are in the same session. A language model\n"
            "answers with the likeliest word each time, in a new session, so that no part of the prompt is known\n"
            "already; its rates are medians.\n\n"
            "examples:\n"
            "  xybrid bench ppocr-v5 --input receipt.png --runs 50\n"
            "  xybrid bench smollm2-135m --prompt-tokens 512 --tokens 128 --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_size = sizeof(bench_args),
    .run = run,
};
