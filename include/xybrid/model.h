/* xybrid/model.h - load a model, run it.
 *
 *     xybrid_model *embed = NULL;
 *     xybrid_envelope *in = NULL, *out = NULL;
 *     int64_t n = 0;
 *     if (xybrid_model_load(rt, "models/all-minilm-l6-v2", NULL, &embed, &err) ||
 *         xybrid_envelope_new_text(rt, "A man is eating food.", -1, &in, &err) ||
 *         xybrid_model_run(embed, in, NULL, &out, &err))
 *         return fail(err.message);
 *     const float *vector = xybrid_envelope_floats(out, &n);       // 384 numbers
 *     xybrid_envelope_free(out);                                   // the model stays loaded for the next call
 *
 * A reference `ref` is a pack's folder (with model_metadata.json) or an .onnx file. A model is immutable and shared: any
 * number of threads may run it at once. Runs without a session remember nothing.
 */
#ifndef XYBRID_MODEL_H
#define XYBRID_MODEL_H

#include "base.h"
#include "stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* On the caller's thread; total -1 = unknown. Non-zero stops with CANCELLED_CALLBACK. */
typedef int32_t (*xybrid_progress_fn)(void *ctx, int64_t done_bytes, int64_t total_bytes);

/* Reads `size_bytes` at `offset` into `buffer`; 0 = done, anything else = failed (IO_READ). On the loading thread. */
typedef int32_t (*xybrid_read_fn)(void *ctx, int64_t offset, void *buffer, int64_t size_bytes);

enum { /* xybrid_load_options.flags */
    XYBRID_LOAD_WARM = 1    /* open a session and touch the weights now, so that the first run is as fast as the next */
};

typedef int32_t xybrid_load_mode;
enum {
    XYBRID_LOAD_AUTO = 0,   /* MAP where the system can, else READ */
    XYBRID_LOAD_MAP = 1,    /* weights stay in the file: nothing is copied, pages are shared between processes. Truncating or
                             * overwriting the file in place while it is mapped makes the system send this process a fault
                             * signal (SIGBUS); replace files by rename, or use READ */
    XYBRID_LOAD_READ = 2    /* a private copy, charged to the budget; what happens to the file later does not matter */
};

typedef struct xybrid_load_options {
    uint32_t           struct_size;
    uint32_t           flags;            /* 0 */
    xybrid_cancel     *cancel;           /* NULL */
    const char        *engine;           /* NULL = auto; "onnxruntime", or a registered one */
    const char        *device;           /* NULL = "cpu"; "cuda", "coreml", ...: what the engine offers, see describe */
    const char        *engine_config;    /* JSON object of that engine's own settings for this model, see docs/engines.md; NULL */
    const char        *metadata;         /* JSON laid over the pack's model_metadata.json (RFC 7396); NULL */
    int32_t            threads;          /* XYBRID_AUTO = the runtime's */
    xybrid_load_mode   mode;             /* XYBRID_LOAD_AUTO */
    /* The model file from elsewhere than `ref`, which then only gives its name and suffix. At most one of the three. */
    const void        *data;             /* from memory; NULL */
    int64_t            data_bytes;
    xybrid_release_fn  release;          /* as everywhere: NULL copies */
    void              *release_ctx;
    xybrid_read_fn     read;             /* from a callback, into private memory; NULL */
    void              *read_ctx;
    int64_t            read_bytes;       /* size of the whole file */
    int32_t            fd;               /* from an open file (an asset inside an Android package), not closed; -1 = none */
    int32_t            max_sessions;     /* for runs without one, made as needed; XYBRID_AUTO = 8; at most 64 */
    int64_t            fd_offset;        /* 0 */
    int64_t            fd_bytes;         /* XYBRID_AUTO = to the end of the file */
    int64_t            wait_ms;          /* when all of them are busy: how long a run waits before it answers BUSY;
                                          * XYBRID_AUTO = as long as it takes */
    xybrid_progress_fn progress;         /* NULL; called while files are read */
    void              *progress_ctx;
} xybrid_load_options;

typedef struct xybrid_estimate {         /* frozen, 512 bytes; -1 = cannot be known from the headers */
    int32_t supported;                   /* 1: an engine can run it; else `note` names what is missing */
    int32_t fits;                        /* 1: within the memory budget now */
    int64_t mapped_bytes;                /* weights used in place */
    int64_t private_bytes;               /* once loaded */
    int64_t session_bytes;               /* for each session, with the usual shapes */
    int64_t peak_bytes;                  /* private, during load and run */
    int64_t download_bytes, disk_bytes;  /* still to come: 0 for what is on disk; size of the files */
    int32_t context_tokens;              /* -1 for a model without */
    float   tokens_per_second;           /* -1 */
    char    engine[32];                  /* that would run it; "" if none */
    char    note[320];                   /* one line */
    uint8_t reserved[96];
} xybrid_estimate;

/* Writes the size and the defaults. Any thread. */
XYBRID_API void xybrid_load_options_init(xybrid_load_options *options, uint32_t struct_size);

/* Says what a model would cost, from headers alone; loads nothing. A model that is unsupported or too big is an answer, not an
 * error. Any thread. Errors: MODEL_NOT_FOUND, UNSUPPORTED_FORMAT, IO. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_model_estimate(xybrid_runtime *rt, const char *ref,
                                                                const xybrid_load_options *options, xybrid_estimate *out,
                                                                xybrid_error *err);

/* Finds, checks and opens a model. `options` may be NULL. *out is freed with xybrid_model_free. Any thread. Errors:
 * MODEL_NOT_FOUND, UNSUPPORTED_FORMAT, OUT_OF_MEMORY, IO, CANCELLED. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_model_load(xybrid_runtime *rt, const char *ref,
                                                            const xybrid_load_options *options, xybrid_model **out,
                                                            xybrid_error *err);

/* Envelope in, envelope out: start, drain, close, on a session of the model's own pool. `options` may be NULL; *out (may be
 * NULL with options->into) is freed with xybrid_envelope_free. Any thread, several at once. Errors: INVALID_ARGUMENT (wrong
 * kind, shape or type, by name), PREPROCESSING_FAILED, INFERENCE_FAILED, POSTPROCESSING_FAILED, OUT_OF_MEMORY, CANCELLED,
 * BUSY (see load options). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_model_run(xybrid_model *model, xybrid_envelope *in,
                                                           const xybrid_run_options *options, xybrid_envelope **out,
                                                           xybrid_error *err);

/* The same as a stream; NULL `in` = live, input comes by feed. *out is freed with xybrid_stream_close. Any thread. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_model_start(xybrid_model *model, xybrid_envelope *in,
                                                             const xybrid_run_options *options, xybrid_stream **out,
                                                             xybrid_error *err);

/* JSON: id, task, stages with inputs, outputs and steps, engine and what really runs, sizes. Borrowed until the model is
 * freed. Any thread. NULL only for NULL. */
XYBRID_API const char *xybrid_model_describe(const xybrid_model *model);

/* One more reference; returns its argument. Any thread. */
XYBRID_API xybrid_model *xybrid_model_retain(xybrid_model *model);

/* Drops a reference; the last one (sessions and streams hold their own) unmaps the weights. Any thread. */
XYBRID_API void xybrid_model_free(xybrid_model *model);

#ifdef __cplusplus
}
#endif
#endif
