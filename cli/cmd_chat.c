/* cli/cmd_chat.c - xybrid chat: a conversation with a language model.
 *
 *     lines of standard input -> questions and commands -> one session -> answers as they come
 *
 * Ctrl-C: while it answers, the answer ends where it is (before its first word the question is taken back); a second one, or
 * one at the prompt, ends the program. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "host.h"
#include "load.h"
#include "system.h"
#include "talk.h"

typedef struct chat_args {
    common_args common; /* operand: the model */
    load_args   load;
    asking_args ask;
} chat_args;

/* ---- Ctrl-C, on a thread of its own ---- */

static void on_interrupt(void *ctx, int signal) {
    talk *t = ctx;
    if (xb_atomic_get(&t->state) == TALK_WAITING) {
        if (t->is_typed) fputs("\n", stderr);
        _Exit(CLI_SIGNALLED + signal); /* it sleeps in the system, waiting for a line */
    }
    int is_last = xb_atomic_get(&t->state) == TALK_LOADING || signal != SIGINT || !t->is_typed;
    if (is_last) xb_atomic_set(&t->signal, signal);
    if (!is_last && xb_atomic_get(&t->answer.has_begun)) xybrid_stream_interrupt(t->stream);
    else xybrid_cancel_fire(t->cancel);
}

/* The next Ctrl-C finds nothing to stop. When it returns, none is inside of stream and token. */
static void wait_for_line(talk *t) {
    xb_atomic_set(&t->state, TALK_WAITING);
    system_rearm_interrupt();
}

/* ---- one turn ---- */

static void count(talk *t, double took_ms) {
    t->answers++;
    t->tokens_in += (int64_t)(answer_number(t->last, "tokens_in") - answer_number(t->last, "tokens_cached"));
    t->tokens_out += (int64_t)answer_number(t->last, "tokens_out");
    t->answering_ms += took_ms;
    if (t->answer.finish == XYBRID_FINISH_INTERRUPTED) cli_note("(stopped)");
    if (t->answer.finish == XYBRID_FINISH_LENGTH) cli_note("(cut off: --max-tokens, or the context is full)");
    if (t->answer.finish == XYBRID_FINISH_TOOL_CALLS) cli_note("(it waits for what its tools give: /result TEXT)");
    if (t->ask.stats) answer_stats(t->c, t->last);
}

static xybrid_status take_answer(talk *t, xybrid_envelope *in, xybrid_error *err) {
    xybrid_run_options opt;
    xybrid_run_options_init(&opt, sizeof opt);
    asking_set(&t->ask, &opt);
    opt.cancel = t->cancel;
    memset(&t->answer, 0, sizeof t->answer);
    t->answer.c = t->c;
    t->answer.is_shown = 1;
    t->answer.shows_reasoning = t->ask.shows_reasoning;
    xb_atomic_set(&t->state, TALK_ANSWERING);
    xybrid_status st = xybrid_session_start(t->session, in, &opt, &t->stream, err);
    if (st == XYBRID_OK) st = answer_take(&t->answer, t->stream, err);
    wait_for_line(t);
    xybrid_stream_close(t->stream);
    t->stream = NULL;
    return st;
}

int talk_ask(talk *t, xybrid_envelope *in) {
    xybrid_error err;
    double       begin_ms = system_now_ms();
    if (xybrid_cancel_create(t->rt, &t->cancel, &err)) return host_fail(t->c, &err, NULL);
    xybrid_status st = take_answer(t, in, &err);
    int           is_stopped = xybrid_cancel_is_fired(t->cancel);
    xybrid_cancel_free(t->cancel);
    t->cancel = NULL;
    if (st == XYBRID_OK && !t->answer.result) return CLI_OK; /* nobody reads on */
    if (st == XYBRID_OK) {
        xybrid_envelope_free(t->last);
        t->last = t->answer.result;
        count(t, system_now_ms() - begin_ms);
        return CLI_OK;
    }
    if (!is_stopped) return host_fail(t->c, &err, NULL);
    if (!xb_atomic_get(&t->signal)) cli_note("(stopped; the question is taken back)");
    return CLI_FAILED;
}

void talk_drop_results(talk *t) {
    while (t->result_count > 0) xybrid_envelope_free(t->results[--t->result_count]);
    t->answer.finish = 0;
}

static int ask_line(talk *t, const xb_str *line) {
    xybrid_error     err;
    xybrid_envelope *in = NULL;
    talk_drop_results(t);
    if (xybrid_envelope_new_text(t->rt, line->data, (int64_t)line->size, &in, &err)) return host_fail(t->c, &err, NULL);
    int code = talk_ask(t, in);
    xybrid_envelope_free(in);
    return code;
}

/* ---- lines ---- */

static void prompt(const talk *t, const char *text) {
    if (!t->is_typed) return;
    fprintf(stderr, "%s%s%s", cli_style_of(stderr, CLI_BOLD), text, cli_style_of(stderr, CLI_PLAIN));
    fflush(stderr);
}

/* A line, and those behind it as long as they end in '\'. 1, 0 at the end, -1 after a failure. */
static int read_lines(talk *t, xb_str *out) {
    prompt(t, "> ");
    for (;;) {
        int got = system_read_line(out);
        if (got <= 0) return out->size > 0 ? 1 : got;
        if (out->size > 0 && out->data[out->size - 1] == '\r') out->data[--out->size] = 0;
        if (out->size == 0 || out->data[out->size - 1] != '\\') return 1;
        out->data[out->size - 1] = '\n';
        prompt(t, ". ");
    }
}

static int talk_on(talk *t) {
    int code = CLI_OK, got = 1;
    while (got > 0 && !t->is_ending && !xb_atomic_get(&t->signal) && !cli_output_is_closed(t->c)) {
        xb_str line;
        cli_begin(t->c, &line);
        got = read_lines(t, &line);
        if (got < 0) code = cli_fail("cannot read standard input: %s", strerror(errno));
        if (got == 0 && t->is_typed) fputs("\n", stderr); /* behind the prompt that Ctrl-D ended */
        if (got > 0 && line.size > 0) {
            int failed = line.data[0] == '/' ? talk_command(t, line.data) : ask_line(t, &line);
            if (failed && !t->is_typed) code = failed;
        }
        xb_str_free(&line);
    }
    return code;
}

/* ---- the whole ---- */

static int load_and_talk(talk *t, const chat_args *a) {
    double      ms;
    const char *typed = a->common.operand;
    int         code = load_model(t->c, t->rt, &a->load, typed, t->cancel, &t->model, &ms);
    if (code) return code;
    t->context_tokens = load_number(t->c, t->model, "context_tokens");
    if (t->context_tokens < 1) return cli_fail("%s is no language model; xybrid run runs it", load_name(t->c, t->model, typed));
    code = talk_begin(t);
    wait_for_line(t);
    if (code) return code;
    if (t->is_typed) cli_note("%s; /help says what else there is", load_name(t->c, t->model, typed));
    return talk_on(t);
}

static int run(cli *c, const command *self, const void *args) {
    const chat_args *a = args;
    xybrid_error     err;
    talk             t = { .c = c, .ask = a->ask, .is_typed = system_is_terminal(stdin) };
    xybrid_cancel   *cancel = NULL; /* of loading */
    int              code = asking_read(c, self, &t.ask);
    if (code == CLI_OK) code = load_runtime(c, &a->load, &t.rt);
    if (code == CLI_OK && xybrid_cancel_create(t.rt, &cancel, &err)) code = host_fail(c, &err, NULL);
    if (code == CLI_OK) {
        t.cancel = cancel;
        system_on_interrupt(on_interrupt, &t);
        code = load_and_talk(&t, a);
        system_off_interrupt();
    }
    talk_drop_results(&t);
    xybrid_envelope_free(t.last);
    xybrid_session_free(t.session);
    xybrid_model_free(t.model);
    xybrid_cancel_free(cancel);
    xybrid_runtime_free(t.rt);
    int signal = xb_atomic_get(&t.signal);
    return signal ? CLI_SIGNALLED + signal : code;
}

static const option options[] = {
    ROWS_ASKING(chat_args, ask),
    ROWS_LOAD(chat_args, load),
};

const command cmd_chat = {
    .name = "chat",
    .operand = "MODEL",
    .summary = "talks with a language model",
    .text = "MODEL is a pack's folder, a .gguf file, or the name of a model in the models folder.\n\n"
            "Each line is a question; one that ends in \\ goes on in the next. A line that begins with / is a\n"
            "command: /help lists them. Ctrl-C stops an answer, Ctrl-D ends. Questions may come through a pipe;\n"
            "answers go to standard output and all else to standard error.\n\n"
            "examples:\n"
            "  xybrid chat smollm2-135m --system \"Answer in one sentence.\"\n"
            "  printf '%s\\n' \"My name is Ada.\" \"What is my name?\" | xybrid chat smollm2-135m --seed 1\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_size = sizeof(chat_args),
    .run = run,
};
