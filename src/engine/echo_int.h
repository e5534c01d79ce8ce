/* engine/echo_int.h - what the two files of the echo engine share: echo.c (tensors, the reader of its files) and echo_tokens.c
 * (the small language model). */
#ifndef XB_ECHO_INT_H
#define XB_ECHO_INT_H

#include "base/limits.h"
#include "engine/engine.h"

enum {
    ECHO_PORTS = 16,
    ECHO_NAME_BYTES = 64,
    ECHO_MAX_FILE_BYTES = 64 << 10,
    ECHO_MAX_TEMPLATE = 8 << 10,
    ECHO_MAX_CONTEXT = 1 << 20
};

typedef struct echo_port {
    char         name[ECHO_NAME_BYTES];
    xybrid_dtype dtype;
    int32_t      rank;
    int64_t      shape[XB_MAX_RANK];
    int32_t      from; /* of an output: index of the input */
    int64_t      plus; /* of an output */
} echo_port;

typedef struct echo_model {
    const xybrid_host *host;
    int32_t            input_count, output_count;
    echo_port          inputs[ECHO_PORTS], outputs[ECHO_PORTS];
    int64_t            steps, slow_ms, fail_at, fail_run, scratch_bytes, chunks;
    xybrid_status      fail_code;
    int32_t            waits, gives;

    int64_t context_tokens; /* 0 = no language model */
    int64_t max_batch;
    int32_t token_flags, tells_sum;
    size_t  template_size; /* 0 = the usual one */
    char    template_text[ECHO_MAX_TEMPLATE];
    char    bytes[256]; /* of the tokens 0..255 */
} echo_model;

typedef struct echo_words { /* of one line */
    const char *at, *end;
} echo_words;

/* The next word into `out`, cut at its capacity; 0 at the end of the line. */
int xb_echo_word(echo_words *w, char out[ECHO_NAME_BYTES]);
int xb_echo_int(echo_words *w, int64_t *out);

/* Sleeps as the model says and ends early with the cancel's code. */
xybrid_status xb_echo_wait(const echo_model *m, const xybrid_cancel *cancel, xybrid_error *err);
xybrid_status xb_echo_fail_memory(const xybrid_host *host, int64_t size_bytes, xybrid_error *err);

/* ---- echo_tokens.c ---- */

typedef struct echo_state echo_state; /* the sequences of a session */

/* A line of the language model: 1 = read, 0 = wrong, -1 = not one of these. */
int xb_echo_token_line(echo_model *m, const char *key, echo_words *w);

xybrid_status xb_echo_state_open(const echo_model *m, const xybrid_engine_options *options, echo_state **out,
                                 xybrid_error *err);
void          xb_echo_state_close(echo_state *s);

/* The state of a session of echo.c. */
echo_state *xb_echo_state_of(void *session);

extern const xybrid_engine_tokens xb_echo_tokens;

#endif
