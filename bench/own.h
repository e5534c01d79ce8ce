/* bench/own.h - Silero through xybrid_session_run, as tensors in and tensors out. */
#ifndef BENCH_OWN_H
#define BENCH_OWN_H

#include <xybrid/xybrid.h>

#include "silero.h"

typedef struct own own;

/* Makes a runtime with ONNX Runtime from `library` (absolute), loads the model, opens a session and makes the envelopes over
 * `memory`, which must stay. Ends the program if something fails. */
own *own_open(const char *library, const char *model, int threads, silero_memory *memory);

/* The outputs are written into memory->output and memory->new_state (options.into). */
void own_run_into(void *own);

/* The outputs come as an envelope from the session's free list, and go back to it. Copies the probability into
 * memory->output. */
void own_run_session(void *own);

void own_close(void *own);

/* The null engine: the price of a call that computes nothing. */
typedef struct own_null own_null;

own_null *own_null_open(void);
void      own_null_run(own_null *null);
void      own_null_close(own_null *null);

#endif
