/* flow/windows.h - a stage that hears its samples window by window, with state carried from one to the next.
 *
 *     samples:  0 0 0 0 | a b c d e f g h | i j k ...        context 4, window 8, hop 8
 *     run 1:   [context | window         ]
 *     run 2:             [e f g h | i j k ...]
 *
 * Samples come in pieces of any length; each window runs as soon as it is full. */
#ifndef XB_WINDOWS_H
#define XB_WINDOWS_H

#include "flow/flow_int.h"

/* The outputs of window `index`, one tensor for each of the engine's outputs; borrowed. */
typedef xybrid_status (*xb_window_fn)(void *ctx, int64_t index, const xb_tensor *outputs, xybrid_error *err);

typedef struct xb_windows {
    const xb_engine_run     *run; /* outlives it */
    const xb_pack_execution *rules;
    xb_window_fn             fn;
    void                    *ctx;
    xb_mem                  *mem;
    xb_tensor               *held; /* the window's input, first states, outputs */
    int64_t                  have; /* samples in the input, the context's included */
    int64_t                  skip; /* to pass over, for a hop beyond the window */
    int64_t                  heard, index;
} xb_windows;

/* How many windows a recording of `frames` samples has. */
int64_t xb_windows_count(const xb_pack_execution *rules, int64_t frames);

/* Binds what is fixed; carried state begins anew. Whether it succeeds or not, xb_windows_close ends it. */
xybrid_status xb_windows_open(xb_windows *w, const xb_engine_run *run, xb_mem *mem, xb_window_fn fn, void *ctx,
                              xybrid_error *err);
xybrid_status xb_windows_push(xb_windows *w, const float *samples, int64_t count, xybrid_error *err);

/* No more samples: the last window is filled with zeros, if the stage wants that. */
xybrid_status xb_windows_finish(xb_windows *w, xybrid_error *err);
void          xb_windows_close(xb_windows *w);

#endif
