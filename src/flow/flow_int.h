/* flow/flow_int.h - the structs behind flow.h, for this room alone. */
#ifndef XB_FLOW_INT_H
#define XB_FLOW_INT_H

#include "engine/model.h"
#include "flow/flow.h"
#include "flow/producer.h"
#include "flow/step_table.h"
#include "flow/trace.h"
#include "plat/recycler.h"

/* One model file of a model, with its steps. */
typedef struct xb_stage {
    const xb_pack_stage *pack;
    xb_engine_model     *model;
    xb_steps             pre, post;
    uint8_t             *wanted;       /* one for each output of the engine: is it delivered? */
    int32_t             *output_order; /* outputs as the pack lists them, by index; output_count of them */
    int32_t              output_count;
    xb_tensor           *constants;    /* WINDOWED: for each input, data NULL = none */
    int32_t              window_input; /* WINDOWED: the input that takes the samples */
    int                  drop_empty;   /* for_each: leave out results without text */
    struct {
        int32_t context; /* tokens computed at once, and the most of a text; 0 = the model is no embedder */
        int32_t behind;  /* of these, tokens that the model puts behind each text */
        int32_t width;   /* numbers of a vector */
    } embedder;
} xb_stage;

struct xybrid_model {
    uint32_t                mark;
    xb_atomic32             refs;
    xb_env                 *env;
    xb_arena                arena;
    xb_pack                *pack;
    const xb_pack_metadata *meta;
    xb_stage               *stages; /* meta->stage_count of them */
    int32_t                 opened; /* stages that are open */
    xb_steps                pre, post;
    const xb_producer_row  *producer;
    void                   *shared; /* the producer's */
    int                     is_prepared;
    xybrid_engine_options   engine_options; /* strings in the arena */
    int64_t                 mapped_bytes;
    char                   *description;
    xybrid_release_fn       release; /* of what the host lent at load */
    void                   *release_ctx;
    int                     is_listed; /* in env->models */
    xybrid_model           *previous, *next;

    xb_mutex        mutex; /* guards the pool of sessions */
    xb_cond         given_back;
    xybrid_session *idle;
    int32_t         session_count, max_sessions;
    int64_t         wait_ms;
};

struct xybrid_session {
    uint32_t            mark;
    xb_atomic32         refs;
    xybrid_model       *model; /* kept, unless is_pooled */
    int                 is_pooled;
    xb_recycler        *recycler;
    xb_mem             *mem;        /* the recycler's */
    xb_engine_session **stages;     /* one for each stage, opened at first use */
    xb_engine_session **raw_stages; /* the same for XYBRID_RUN_RAW: nothing is carried there */
    xybrid_cancel      *request;    /* fires for the token, the deadline and close */
    xb_timer_entry      deadline;
    xb_trace            trace;
    xb_atomic32         is_busy;
    void               *memory; /* the producer's, from one request to the next; NULL = none */
    xybrid_session     *next_idle;
};

/* One input envelope to one output envelope: steps, stages, steps. */
xybrid_status xb_session_execute(xybrid_session *s, xybrid_envelope *in, const xybrid_run_options *options,
                                 xybrid_envelope **out, xybrid_error *err);

/* If the request is traced: the trace so far as metadata "xybrid.trace" of a result that nobody has seen. */
xybrid_status xb_session_add_trace(xybrid_session *s, xybrid_envelope *e, xybrid_error *err);

/* ---- run_engine.c: one run of one stage's engine on what flows ---- */

typedef struct xb_engine_run {
    xybrid_session        *session;
    const xb_stage        *stage;
    xb_engine_session     *engine;
    const xybrid_envelope *into;   /* where outputs go; NULL = session memory */
    int                    is_raw; /* no conversions, every output */
    uint64_t               seed;   /* of operators that draw; 0 = they go on */
} xb_engine_run;

/* Opens the engine's session if this is the first use. */
xybrid_status xb_engine_run_open(xybrid_session *s, int32_t stage, int is_raw, xb_engine_session **out, xybrid_error *err);

/* Binds the tensors of f->value to the inputs, runs, and makes the outputs what flows. */
xybrid_status xb_engine_run_frame(const xb_engine_run *run, xb_frame *f, xybrid_error *err);

/* Runs with what is bound; outputs[i] of the engine's outputs (zeroed by the caller, dropped by it, also after a failure). */
xybrid_status xb_engine_run_bound(const xb_engine_run *run, const uint8_t *wanted, xb_tensor *outputs, xybrid_error *err);

/* ---- run_windowed.c, run_regions.c, run_embedder.c: the other ways a stage runs ---- */

xybrid_status xb_run_windowed(const xb_engine_run *run, xb_frame *f, xybrid_error *err);

/* For each item of an earlier stage's list: crop, steps, engine, steps; the items become what flows. */
xybrid_status xb_run_regions(const xb_engine_run *run, xb_frame *f, xybrid_error *err);

/* At load: does the model of a Gguf pack give vectors? Then the stage, and the sessions to come, are made ready for it. */
xybrid_status xb_embedder_plan(xybrid_model *m, xb_stage *s, xybrid_error *err);
xybrid_status xb_run_embedder(const xb_engine_run *run, xb_frame *f, xybrid_error *err);

/* The stage's steps and its engine, once, in its mode. */
xybrid_status xb_run_stage_once(const xb_engine_run *run, xb_frame *f, xybrid_error *err);

/* What the load options say about where the pack is (model.c). */
xb_pack_source xb_model_pack_source(const char *ref, const xybrid_load_options *options);

/* ---- describe.c ---- */

/* JSON of a loaded model; *out is freed with xb_free. */
xybrid_status xb_model_describe(const xybrid_model *m, char **out, xybrid_error *err);

#endif
