/* cli/talk_commands.c - the commands of a conversation: lines that begin with '/'. */
#include <string.h>

#include "codec/json.h"
#include "host.h"
#include "nearest.h"
#include "output.h"
#include "system.h"
#include "talk.h"

typedef struct talk_row {
    const char *name, *operand, *help;
    int (*run)(talk *t, const char *operand); /* "" if none was given */
} talk_row;

static int fail(talk *t, const xybrid_error *err) { return host_fail(t->c, err, NULL); }

int talk_begin(talk *t) {
    xybrid_error    err;
    xybrid_session *session = NULL;
    if (asking_open(&t->ask, t->model, &session, &err)) return fail(t, &err);
    xybrid_session_free(t->session);
    t->session = session;
    talk_drop_results(t);
    return CLI_OK;
}

/* ---- the past ---- */

static int do_system(talk *t, const char *operand) {
    const char *old = t->ask.system;
    t->ask.system = *operand ? cli_text(t->c, "%s", operand) : NULL;
    int code = talk_begin(t);
    if (code) t->ask.system = old;
    else cli_note(*operand ? "begins anew" : "begins anew, without a system prompt");
    return code;
}

static int do_clear(talk *t, const char *operand) {
    xybrid_error err;
    (void)operand;
    talk_drop_results(t);
    return xybrid_session_rewind(t->session, 0, &err) ? fail(t, &err) : CLI_OK;
}

static int is_role(const xybrid_envelope *turn, const char *role) {
    const char *found = xybrid_envelope_get(turn, "xybrid.role");
    return found && strcmp(found, role) == 0;
}

static int do_undo(talk *t, const char *operand) {
    xybrid_error     err;
    xybrid_envelope *history = NULL;
    (void)operand;
    if (xybrid_session_history(t->session, &history, &err)) return fail(t, &err);
    int32_t last = xybrid_envelope_count(history) - 1;
    while (last >= 0 && !is_role(xybrid_envelope_at(history, last), "user")) last--;
    xybrid_envelope_free(history);
    if (last < 0) return cli_fail("there is no question to take back");
    talk_drop_results(t);
    if (xybrid_session_rewind(t->session, last, &err)) return fail(t, &err);
    cli_note("the last question and its answer are taken back");
    return CLI_OK;
}

static int do_history(talk *t, const char *operand) {
    xybrid_error     err;
    xybrid_envelope *history = NULL;
    xb_str           s;
    (void)operand;
    if (xybrid_session_history(t->session, &history, &err)) return fail(t, &err);
    cli_begin(t->c, &s);
    if (t->ask.system)
        xb_str_addf(&s, "%ssystem:%s %.900s\n", cli_style_of(stderr, CLI_BOLD), cli_style_of(stderr, CLI_PLAIN), t->ask.system);
    for (int32_t i = 0; i < xybrid_envelope_count(history); i++) {
        const xybrid_envelope *turn = xybrid_envelope_at(history, i);
        const char *role = xybrid_envelope_get(turn, "xybrid.role"), *calls = xybrid_envelope_get(turn, "tool_calls");
        size_t      size = 0;
        const char *text = host_text(turn, &size);
        xb_str_addf(&s, "%s%s:%s ", cli_style_of(stderr, CLI_BOLD), role ? role : "?", cli_style_of(stderr, CLI_PLAIN));
        output_add_text(&s, text ? text : "", size, system_is_terminal(stderr), 0);
        if (calls) output_add_text(&s, calls, strlen(calls), system_is_terminal(stderr), 1);
        if (s.size > 0 && s.data[s.size - 1] != '\n') xb_str_addc(&s, '\n');
    }
    xybrid_envelope_free(history);
    fwrite(s.data, 1, s.size, stderr);
    xb_str_free(&s);
    return CLI_OK;
}

static int do_save(talk *t, const char *operand) {
    xybrid_error err;
    if (!*operand) return cli_fail("/save wants a file");
    if (xybrid_session_save(t->session, operand, &err)) return fail(t, &err);
    cli_note("wrote %s", operand);
    return CLI_OK;
}

static int do_load(talk *t, const char *operand) {
    xybrid_error err;
    if (!*operand) return cli_fail("/load wants a file");
    if (xybrid_session_restore(t->session, operand, &err)) return fail(t, &err);
    talk_drop_results(t);
    cli_note("goes on from %s", operand);
    return CLI_OK;
}

/* ---- how it answers ---- */

static int do_seed(talk *t, const char *operand) {
    if (!*operand) t->ask.seed = XYBRID_AUTO;
    else if (whole_number_read(operand, 0, ASKING_MAX_SEED, &t->ask.seed))
        return cli_fail("/seed wants a whole number of 0 or more");
    return CLI_OK;
}

static int do_temperature(talk *t, const char *operand) {
    if (!*operand) t->ask.temperature = XYBRID_AUTO;
    else if (number_read(operand, 0, 1000, &t->ask.temperature)) return cli_fail("/temperature wants a number of 0 or more");
    return CLI_OK;
}

static int do_stats(talk *t, const char *operand) {
    (void)operand;
    if (!t->last) return cli_fail("there was no answer yet");
    answer_stats(t->c, t->last);
    double held = answer_number(t->last, "tokens_in") + answer_number(t->last, "tokens_out");
    cli_note("%lld %s, %lld tokens in and %lld out computed, in %.1f s; the last one held %.0f of %lld tokens",
             (long long)t->answers, t->answers == 1 ? "answer" : "answers", (long long)t->tokens_in, (long long)t->tokens_out,
             t->answering_ms / 1e3, held, (long long)t->context_tokens);
    return CLI_OK;
}

/* ---- tools: what a call gave is typed ---- */

/* The call number `index` of the last answer: 1 if there is one. *count: of all. */
static int find_call(talk *t, int32_t index, const char **id, const char **name, int32_t *count) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    size_t       size;
    const char  *calls = t->last ? xybrid_envelope_get(t->last, "tool_calls") : NULL;
    *count = 0;
    if (!calls || xb_json_parse(&t->c->mem, calls, (int64_t)strlen(calls), XB_MAX_JSON_BYTES, &doc, &err)) return 0;
    for (xb_json_iter it = xb_json_items(xb_json_root(doc)); xb_json_next(&it); (*count)++) {
        if (*count != index) continue;
        *id = *name = "";
        xb_json_string(xb_json_get(it.value, "id"), id, &size);
        xb_json_string(xb_json_get(xb_json_get(it.value, "function"), "name"), name, &size);
        *id = cli_text(t->c, "%s", *id);
        *name = cli_text(t->c, "%s", *name);
    }
    xb_json_free(doc);
    return index < *count && *count <= TALK_MAX_CALLS;
}

static int do_result(talk *t, const char *operand) {
    xybrid_error     err;
    const char      *id, *name;
    int32_t          count;
    xybrid_envelope *all = NULL;
    if (t->answer.finish != XYBRID_FINISH_TOOL_CALLS || !find_call(t, t->result_count, &id, &name, &count))
        return cli_fail("no tool was called");
    if (xybrid_envelope_new_tool_result(t->rt, id, name, operand, &t->results[t->result_count], &err)) return fail(t, &err);
    if (++t->result_count < count) {
        cli_note("%d of %d results", t->result_count, count);
        return CLI_OK;
    }
    if (xybrid_envelope_new_list(t->rt, t->results, count, &all, &err)) return fail(t, &err);
    talk_drop_results(t);
    int code = talk_ask(t, all);
    xybrid_envelope_free(all);
    return code;
}

/* ---- the table ---- */

static int do_quit(talk *t, const char *operand) {
    (void)operand;
    t->is_ending = 1;
    return CLI_OK;
}

static int do_help(talk *t, const char *operand);

static const talk_row rows[] = {
    { "/system", "[TEXT]", "begin anew with this system prompt, or without one", do_system },
    { "/clear", NULL, "begin anew with the same system prompt", do_clear },
    { "/undo", NULL, "take the last question and its answer back", do_undo },
    { "/history", NULL, "show what was said", do_history },
    { "/save", "FILE", "keep the conversation", do_save },
    { "/load", "FILE", "go on with one that was kept", do_load },
    { "/seed", "[N]", "the same seed gives the same answers; without N: a new one each time", do_seed },
    { "/temperature", "[X]", "0 = always the likeliest word; without X: what the model is made for", do_temperature },
    { "/result", "TEXT", "what a tool gave that the model has called", do_result },
    { "/stats", NULL, "figures of the last answer and of the conversation", do_stats },
    { "/help", NULL, "show this", do_help },
    { "/quit", NULL, "end, as Ctrl-D", do_quit },
};
enum { ROWS = sizeof rows / sizeof rows[0], HELP_WIDTH = 22 };

static int do_help(talk *t, const char *operand) {
    (void)operand;
    for (int i = 0; i < ROWS; i++) {
        xb_str s;
        char   name[HELP_WIDTH];
        cli_begin(t->c, &s);
        xb_format(name, sizeof name, "%s %s", rows[i].name, rows[i].operand ? rows[i].operand : "");
        cli_pad(&s, name, HELP_WIDTH);
        cli_note("  %s%s", s.data, rows[i].help);
        xb_str_free(&s);
    }
    cli_note("A line that ends in \\ goes on in the next. Ctrl-C stops an answer. To say something that begins with /, put a "
             "blank before it.");
    return CLI_OK;
}

int talk_command(talk *t, const char *line) {
    size_t      size = strcspn(line, " \t\n");
    const char *operand = line + size + strspn(line + size, " \t\n");
    const char *name = cli_text(t->c, "%.*s", (int)(size < 64 ? size : 64), line);
    nearest     n = { .word = name };
    for (int i = 0; i < ROWS; i++) {
        nearest_offer(&n, rows[i].name);
        if (strcmp(rows[i].name, name) != 0) continue;
        if (*operand && !rows[i].operand) return cli_fail("%s takes nothing behind it", name);
        return rows[i].run(t, operand);
    }
    if (n.name) return cli_fail("there is no command %s; did you mean %s?", name, n.name);
    return cli_fail("there is no command %s; /help lists them", name);
}
