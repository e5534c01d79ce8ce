/* bench/silero.h - the memory of one Silero VAD call: a window of 512 samples at 16 kHz behind the 64 before it, and the
 * state. */
#ifndef BENCH_SILERO_H
#define BENCH_SILERO_H

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { SILERO_SAMPLES = 576, SILERO_STATE = 256 };

typedef struct silero_memory {
    float   input[SILERO_SAMPLES]; /* [1, 576] */
    float   state[SILERO_STATE];   /* [2, 1, 128] */
    int64_t rate_hz;               /* a scalar */
    float   output[1];             /* [1, 1] */
    float   new_state[SILERO_STATE];
} silero_memory;

static const int64_t silero_input_shape[2] = { 1, SILERO_SAMPLES };
static const int64_t silero_state_shape[3] = { 2, 1, 128 };
static const int64_t silero_output_shape[2] = { 1, 1 };

/* A tone of 220 Hz with an overtone: no zeros, nothing denormal. */
static inline void silero_fill(silero_memory *m) {
    memset(m, 0, sizeof *m);
    m->rate_hz = 16000;
    for (int i = 0; i < SILERO_SAMPLES; i++) {
        double t = i / 16000.0 * 6.283185307179586;
        m->input[i] = (float)(0.3 * sin(220 * t) + 0.1 * sin(660 * t + 0.5));
    }
    for (int i = 0; i < SILERO_STATE; i++) m->state[i] = (float)(0.1 * sin(i + 1.0));
}

#endif
