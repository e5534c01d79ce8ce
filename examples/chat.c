/* A conversation: each line of standard input is a question, each answer comes as it is made.
 *
 *     chat /opt/app/engines models/smollm2-135m       # the folder of libxybrid-llama.so, an absolute path */
#include <stdio.h>
#include <string.h>
#include <xybrid/xybrid.h>

/* Called on this thread with each piece of the answer. Non-zero stops. */
static int32_t show(void *ctx, const xybrid_event *ev) {
    (void)ctx;
    return ev->kind == XYBRID_EVENT_TEXT && (fputs(ev->text, stdout) == EOF || fflush(stdout) == EOF);
}

static xybrid_status ask(xybrid_runtime *rt, xybrid_session *chat, const char *question, xybrid_error *err) {
    xybrid_run_options opt;
    xybrid_envelope   *in = NULL;
    xybrid_stream     *s = NULL;
    xybrid_run_options_init(&opt, sizeof opt);
    opt.temperature = 0; /* always the likeliest word: the same answer each time */
    opt.max_tokens = 100;
    xybrid_status st = xybrid_envelope_new_text(rt, question, -1, &in, err);
    if (!st) st = xybrid_session_start(chat, in, &opt, &s, err);
    if (!st) st = xybrid_stream_drain(s, show, NULL, NULL, err);
    xybrid_stream_close(s);
    xybrid_envelope_free(in);
    return st;
}

int main(int argc, char **argv) {
    char                   line[4096];
    xybrid_error           err;
    xybrid_runtime_options host;
    xybrid_session_options so;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *llm = NULL;
    xybrid_session        *chat = NULL;
    if (argc < 3) return fprintf(stderr, "usage: chat ENGINES MODEL\n"), 2;
    xybrid_runtime_options_init(&host, sizeof host);
    host.engine_dir = argv[1];
    xybrid_session_options_init(&so, sizeof so);
    so.system = "You are a helpful assistant.";
    int failed = xybrid_runtime_create(&host, &rt, &err) || xybrid_model_load(rt, argv[2], NULL, &llm, &err) ||
                 xybrid_session_open(llm, &so, &chat, &err);
    while (!failed && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        failed = ask(rt, chat, line, &err) != 0;
        puts("");
    }
    if (failed) fprintf(stderr, "%s\n", err.message);
    xybrid_session_free(chat);
    xybrid_model_free(llm);
    xybrid_runtime_free(rt);
    return failed;
}
