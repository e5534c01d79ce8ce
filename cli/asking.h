/* cli/asking.h - how a language model is to answer: the options that `run`, `chat` and others share.
 *
 *     static const option options[] = { ..., ROWS_ASKING(tool_args, ask) };
 *     asking_args ask = a->ask;
 *     int code = asking_read(c, self, &ask);      // files become what is in them
 *     if (code == CLI_OK) asking_set(&ask, &run_options);   // borrows from `ask` and the program's arena */
#ifndef ASKING_H
#define ASKING_H

#include "cli.h"
#include "options.h"

typedef struct asking_args {
    const char  *system, *schema, *grammar, *tools, *params;
    option_texts stops;
    int64_t      context_tokens, max_tokens, top_k, seed;
    float        temperature, top_p, min_p, repeat_penalty;
    int          shows_reasoning, stats;
} asking_args;

enum { ASKING_MAX_TOKENS = 1 << 24 };
#define ASKING_MAX_SEED (INT64_C(1) << 53)

#define ROWS_ASKING(type, field)                                                                                               \
    ROW_TEXT(type, field.system, "--system", NULL, "TEXT", "language models: who the model is and how it answers"),            \
        ROW_INT(type, field.max_tokens, "--max-tokens", 1, ASKING_MAX_TOKENS, "the answer ends after N tokens"),               \
        ROW_NUMBER(type, field.temperature, "--temperature", 0, 1000,                                                          \
                   "0 = always the likeliest word; 0.7 if nothing is said"),                                                   \
        ROW_INT(type, field.top_k, "--top-k", 0, ASKING_MAX_TOKENS, "choose among the N likeliest; 0 = among all"),            \
        ROW_NUMBER(type, field.top_p, "--top-p", 0, 1, "choose among the likeliest that make up X of all; 1 = off"),           \
        ROW_NUMBER(type, field.min_p, "--min-p", 0, 1, "choose among those at least X times as likely as the first; 0 = off"), \
        ROW_NUMBER(type, field.repeat_penalty, "--repeat-penalty", 0, 100, "above 1: fewer repetitions; 1 = off"),             \
        ROW_INT(type, field.seed, "--seed", 0, ASKING_MAX_SEED, "the same seed gives the same answer"),                        \
        ROW_TEXTS(type, field.stops, "--stop", NULL, "TEXT", "the answer ends before this text; may be repeated"),             \
        ROW_TEXT(type, field.schema, "--schema", NULL, "FILE|JSON", "the answer is JSON that fits this JSON Schema"),          \
        ROW_TEXT(type, field.grammar, "--grammar", NULL, "FILE", "the answer fits this grammar, in GBNF"),                     \
        ROW_TEXT(type, field.tools, "--tools", NULL, "FILE|JSON",                                                              \
                 "an array of tools that the model may call, in OpenAI's form"),                                               \
        ROW_INT(type, field.context_tokens, "--context-tokens", 1, ASKING_MAX_TOKENS, "room for prompt and answer"),           \
        ROW_SWITCH(type, field.shows_reasoning, "--show-reasoning",                                                            \
                   "also what it thinks before it answers, on standard error"),                                                \
        ROW_SWITCH(type, field.stats, "--stats", "on standard error: tokens, times and why the answer ended"),                 \
        ROW_TEXT(type, field.params, "--params", NULL, "JSON",                                                                 \
                 "what this model also knows; see docs/speech.md and docs/language.md")

/* Reads the files that were named. CLI_OK, or an exit code after it was told. */
int asking_read(cli *c, const command *self, asking_args *a);

/* Into options that hold their defaults. */
void asking_set(const asking_args *a, xybrid_run_options *out);

/* A conversation with the system prompt and the context that were asked for. */
xybrid_status asking_open(const asking_args *a, xybrid_model *model, xybrid_session **out, xybrid_error *err);

#endif
