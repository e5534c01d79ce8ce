/* cli/asking.c - see asking.h. */
#include "asking.h"

#include <string.h>

#include "inputs.h"

/* What was typed is the text itself if it begins with `first`, else the name of a file. */
static int read_text(cli *c, const char **typed, char first) {
    const char *text = *typed;
    if (!text) return CLI_OK;
    while (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n') text++;
    if (first && *text == first) return CLI_OK;
    return inputs_read_text(c, *typed, typed);
}

int asking_read(cli *c, const command *self, asking_args *a) {
    if (a->schema && a->grammar) return usage_fail(self, "--schema and --grammar: an answer can be bound to one of them");
    int code = read_text(c, &a->schema, '{');
    if (code == CLI_OK) code = read_text(c, &a->grammar, 0);
    if (code == CLI_OK) code = read_text(c, &a->tools, '[');
    return code;
}

static int32_t number(int64_t n) { return n == XYBRID_AUTO ? XYBRID_AUTO : (int32_t)n; }

void asking_set(const asking_args *a, xybrid_run_options *out) {
    out->max_tokens = number(a->max_tokens);
    out->top_k = number(a->top_k);
    out->temperature = a->temperature;
    out->top_p = a->top_p;
    out->min_p = a->min_p;
    out->repeat_penalty = a->repeat_penalty;
    out->seed = a->seed;
    out->stop = a->stops.count ? a->stops.items : NULL;
    out->stop_count = (int32_t)a->stops.count;
    out->schema = a->schema;
    out->grammar = a->grammar;
    out->tools = a->tools;
    out->params = a->params;
}

xybrid_status asking_open(const asking_args *a, xybrid_model *model, xybrid_session **out, xybrid_error *err) {
    xybrid_session_options opt;
    xybrid_session_options_init(&opt, sizeof opt);
    opt.system = a->system;
    opt.context_tokens = number(a->context_tokens);
    return xybrid_session_open(model, &opt, out, err);
}
