/* Shows a model by its tensors: Silero's voice detector with three inputs and two outputs, in memory that is used again for
 * every window. Nothing is copied on the way, and from the third run on nothing is allocated.
 *
 *     raw /opt/app/engines models/silero-vad */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <xybrid/xybrid.h>

enum { WINDOW = 512, CONTEXT = 64, STATE = 256, RATE = 16000 };

static float   samples[CONTEXT + WINDOW], state[STATE], next_state[STATE], probability[1];
static int64_t rate[1] = { RATE };

/* Borrowed memory: every run reads it anew, or writes it. */
static xybrid_status tensor(xybrid_runtime *rt, const char *name, xybrid_dtype dtype, const int64_t *shape, int32_t rank,
                            void *data, int64_t bytes, xybrid_envelope **out, xybrid_error *err) {
    return xybrid_envelope_new_tensor(rt, name, dtype, shape, rank, data, bytes, xybrid_release_none, NULL, out, err);
}

/* A hum of 220 Hz instead of a microphone. */
static void listen(int window) {
    memmove(samples, samples + WINDOW, CONTEXT * sizeof *samples);
    for (int i = 0; i < WINDOW; i++) samples[CONTEXT + i] = 0.1f * sinf(6.2831853f * 220 * (float)(window * WINDOW + i) / RATE);
}

static xybrid_status detect(xybrid_runtime *rt, xybrid_model *silero, xybrid_error *err) {
    static const int64_t window_shape[] = { 1, CONTEXT + WINDOW }, state_shape[] = { 2, 1, 128 }, one[] = { 1, 1 };
    xybrid_envelope     *t[5] = { NULL }, *in = NULL, *into = NULL;
    xybrid_session      *session = NULL;
    xybrid_run_options   opt;
    xybrid_status        st;
    if (!(st = tensor(rt, "input", XYBRID_FLOAT32, window_shape, 2, samples, sizeof samples, &t[0], err)) &&
        !(st = tensor(rt, "state", XYBRID_FLOAT32, state_shape, 3, state, sizeof state, &t[1], err)) &&
        !(st = tensor(rt, "sr", XYBRID_INT64, NULL, 0, rate, sizeof rate, &t[2], err)) &&
        !(st = tensor(rt, "output", XYBRID_FLOAT32, one, 2, probability, sizeof probability, &t[3], err)) &&
        !(st = tensor(rt, "stateN", XYBRID_FLOAT32, state_shape, 3, next_state, sizeof next_state, &t[4], err)) &&
        !(st = xybrid_envelope_new_list(rt, t, 3, &in, err)) &&
        !(st = xybrid_envelope_new_list(rt, t + 3, 2, &into, err))) {
        st = xybrid_session_open(silero, NULL, &session, err);
    }
    xybrid_run_options_init(&opt, sizeof opt);
    opt.flags = XYBRID_RUN_RAW;
    opt.into = into;
    for (int window = 0; st == XYBRID_OK && window < 5; window++) {
        listen(window);
        st = xybrid_session_run(session, in, &opt, NULL, err);
        if (st == XYBRID_OK) printf("%d ms: speech %.3f\n", window * WINDOW * 1000 / RATE, (double)probability[0]);
        memcpy(state, next_state, sizeof state);
    }
    xybrid_session_free(session);
    xybrid_envelope_free(into);
    xybrid_envelope_free(in);
    for (int i = 0; i < 5; i++) xybrid_envelope_free(t[i]);
    return st;
}

int main(int argc, char **argv) {
    xybrid_error           err;
    xybrid_runtime_options opt;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *silero = NULL;
    if (argc != 3) return fprintf(stderr, "usage: raw ENGINES MODEL\n"), 2;
    xybrid_runtime_options_init(&opt, sizeof opt);
    opt.engine_dir = argv[1];
    int failed = xybrid_runtime_create(&opt, &rt, &err) ||
                 xybrid_model_load(rt, argv[2], NULL, &silero, &err) ||
                 detect(rt, silero, &err);
    if (failed) fprintf(stderr, "%s\n", err.message);
    xybrid_model_free(silero);
    xybrid_runtime_free(rt);
    return failed;
}
