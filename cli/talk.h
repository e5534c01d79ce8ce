/* cli/talk.h - a conversation in the terminal: what cmd_chat.c (reading lines, asking) and talk_commands.c (/help, ...) share.
 *
 *     line -> "/undo"    -> talk_command -> session
 *          -> a question -> talk_ask     -> answer.h
 *
 * Answers go to standard output, all else to standard error. */
#ifndef TALK_H
#define TALK_H

#include "answer.h"
#include "asking.h"

enum { TALK_MAX_CALLS = 64 };
enum { TALK_LOADING, TALK_WAITING, TALK_ANSWERING };

typedef struct talk {
    cli             *c;
    xybrid_runtime  *rt;
    xybrid_model    *model;
    xybrid_session  *session;
    asking_args      ask;
    int              is_typed; /* standard input is a terminal */
    int              is_ending;
    int64_t          context_tokens;
    xybrid_envelope *last;                    /* the last answer; NULL before it */
    xybrid_envelope *results[TALK_MAX_CALLS]; /* of the tools that the last answer called, as far as they were given */
    int32_t          result_count;
    int64_t          answers, tokens_in, tokens_out; /* computed, of all answers */
    double           answering_ms;

    /* the answer in work, which Ctrl-C stops from another thread */
    xb_atomic32    state, signal; /* the signal that ends the program; 0 = none */
    xybrid_cancel *cancel;
    xybrid_stream *stream;
    answer         answer;
} talk;

/* One request: shows the answer and keeps it as t->last. CLI_OK, or CLI_FAILED after it was told; the conversation is then as
 * before. */
int talk_ask(talk *t, xybrid_envelope *in);

/* The tools that the last answer called are not waited for any more. */
void talk_drop_results(talk *t);

/* Opens a conversation anew, with the system prompt of t->ask. On failure the old one stays. */
int talk_begin(talk *t);

/* A line that begins with '/'. CLI_OK, or CLI_FAILED after it was told. */
int talk_command(talk *t, const char *line);

#endif
