/* engine/model.h - a file opened by an engine, and the sessions on it, as flow uses them.
 *
 *     xb_engine_source  the file: bytes, path, and the files beside it     shared, any thread
 *     xb_engine_model   engine + source + its ports                        shared, any thread, immutable
 *     xb_engine_session bound inputs, carried state                        one thread at a time
 *
 *     XB_TRY(xb_engine_source_new(mem, &spec, &source, err));
 *     XB_TRY_OUT(xb_engines_select(engines, xb_engine_source_view(source), NULL, &engine, err));
 *     XB_TRY_OUT(xb_engine_model_open(engine, source, &options, cancel, &model, err));
 *     XB_TRY_OUT(xb_engine_session_open(model, &options, &session, err));
 *     XB_TRY_OUT(xb_engine_session_bind_named(session, "x", &tensor, err));
 *     XB_TRY_OUT(xb_engine_session_run(session, &call, err));          // call.out_alloc and out_give are flow's
 *
 * All checks that the ports make possible are here, once for every engine. */
#ifndef XB_ENGINE_MODEL_H
#define XB_ENGINE_MODEL_H

#include "engine/engine.h"
#include "plat/file.h"
#include "tensor/tensor.h"

/* ---- the file ---- */

typedef struct xb_engine_source xb_engine_source;

typedef struct xb_engine_source_spec {
    xb_file_view      view;    /* the bytes; taken over on success */
    xybrid_release_fn release; /* NULL; else called instead of closing the view: foreign memory */
    void             *release_ctx;
    const char       *path;     /* absolute; NULL = only in memory. Strings are copied */
    const char       *folder;   /* where files beside it are looked for; NULL = the folder of path */
    const char       *name;     /* for messages; NULL = last part of path, or "model" */
    const char       *format;   /* "onnx", "gguf", ...; NULL = "" */
    const char       *identity; /* NULL = none: nothing derived is kept */
} xb_engine_source_spec;

/* One reference. Errors: OUT_OF_MEMORY; then the view stays the caller's. */
xybrid_status xb_engine_source_new(xb_mem *mem, const xb_engine_source_spec *spec, xb_engine_source **out, xybrid_error *err);
xb_engine_source *xb_engine_source_keep(xb_engine_source *source);
void              xb_engine_source_drop(xb_engine_source *source); /* NULL is fine */

/* As engines see it. Its `sibling` opens files inside the model's folder only (plat/path.h says which names), each once, and
 * keeps them until the source ends. */
const xybrid_source *xb_engine_source_view(const xb_engine_source *source);
const char          *xb_engine_source_name(const xb_engine_source *source);

/* ---- the model ---- */

typedef struct xb_engine_model {
    xb_atomic32          refs;
    xb_mem              *mem;
    xb_engine           *engine;
    const xybrid_engine *table;
    void                *handle; /* the engine's */
    xb_engine_source    *source;
    const char          *name; /* "rec.onnx" */
    int32_t              input_count, output_count;
    xybrid_port         *inputs, *outputs; /* strings and shapes borrowed from the engine's model */
} xb_engine_model;

/* Writes the defaults: the runtime's threads, "cpu", everything else AUTO or 1 or NULL. */
void xb_engine_options_init(xybrid_engine_options *options);

/* What it would cost, from the header alone; fields that the engine does not know are -1. Without the engine's own word:
 * the file's size in place, the rest unknown. Errors: the engine's. */
xybrid_status xb_engine_estimate(xb_engine *engine, const xb_engine_source *source, const xybrid_engine_options *options,
                                 xybrid_cost *out, xybrid_error *err);

/* Opens it, once the guard has passed it where the engine needs one, and reads its ports. Takes a reference to the source. Errors:
 * the guard's and the engine's, with the file's name in front;
 * UNSUPPORTED_MODEL for ports beyond XB_MAX_PORTS, XB_MAX_RANK or of unknown type; CANCELLED; OUT_OF_MEMORY. */
xybrid_status    xb_engine_model_open(xb_engine *engine, xb_engine_source *source, const xybrid_engine_options *options,
                                      const xybrid_cancel *cancel, xb_engine_model **out, xybrid_error *err);
xb_engine_model *xb_engine_model_keep(xb_engine_model *model);
void             xb_engine_model_drop(xb_engine_model *model); /* NULL is fine; its sessions are closed */

/* Index of a port (way XYBRID_INPUT or XYBRID_OUTPUT) by name; -1 if there is none. */
int32_t xb_engine_model_find(const xb_engine_model *model, int32_t way, const char *name);

/* The engine's JSON about it; NULL = none. Borrowed from the model. */
const char *xb_engine_model_describe(const xb_engine_model *model);

/* ---- the session ---- */

typedef struct xb_engine_session xb_engine_session;

/* Keeps a reference to the model. */
xybrid_status    xb_engine_session_open(xb_engine_model *model, const xybrid_engine_options *options, xb_engine_session **out,
                                        xybrid_error *err);
void             xb_engine_session_close(xb_engine_session *s); /* NULL is fine */
xb_engine_model *xb_engine_session_model(const xb_engine_session *s);

/* Binds an input for the runs to come. The bytes are borrowed: they stay where they are, readable, through every run until
 * the input is bound again. Binding the same memory, type and shape again costs nothing. A dimension of 0 is refused unless
 * the model has it or the input is carried (an empty cache). Errors: INFERENCE_FAILED (cause INVALID_ARGUMENT) for type,
 * rank and dimensions; INVALID_ARGUMENT for an index or name that the model lacks. */
xybrid_status xb_engine_session_bind(xb_engine_session *s, int32_t input, const xb_tensor *t, xybrid_error *err);
xybrid_status xb_engine_session_bind_named(xb_engine_session *s, const char *input, const xb_tensor *t, xybrid_error *err);

/* After each run `output` becomes the next run's `input`; the first value is bound, after this call. `axis` grows, -1 =
 * none. The output is delivered only if call.wanted says 1. Works with every engine. Errors: INVALID_ARGUMENT. */
xybrid_status xb_engine_session_carry(xb_engine_session *s, int32_t output, int32_t input, int32_t axis, xybrid_error *err);

/* Was xb_engine_session_carry called for this input? */
int xb_engine_session_is_carried(const xb_engine_session *s, int32_t input);

/* Forgets what is carried: those inputs must be bound again. */
void xb_engine_session_reset(xb_engine_session *s);

/* Forgets every bound input (the memory is about to go), but not what is carried. */
void xb_engine_session_unbind(xb_engine_session *s);

/* Makes ready for the shapes bound now. */
xybrid_status xb_engine_session_prepare(xb_engine_session *s, const xybrid_cancel *cancel, xybrid_error *err);

/* Gives work space back; the bytes. */
int64_t xb_engine_session_trim(xb_engine_session *s, int32_t pressure);

/* Runs. struct_size and the callbacks of `call` are the caller's to fill. An engine that guessed a shape wrong may call
 * out_alloc or out_give once more for the same output: the later call replaces the earlier. Errors: INFERENCE_FAILED with
 * the model's name (an input that is not bound: cause INVALID_ARGUMENT), CANCELLED, OUT_OF_MEMORY, what out_alloc said.
 * Afterwards the session can run again; carried state is as before. */
xybrid_status xb_engine_session_run(xb_engine_session *s, const xybrid_call *call, xybrid_error *err);

/* Times of the last run, JSON of the engine; NULL = none. */
const char *xb_engine_session_profile(xb_engine_session *s);

#endif
