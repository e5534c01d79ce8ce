/* engine/llama/shim.h - llama.cpp as plain C that never throws, prints or reads an environment variable.
 *
 *     xl_call call = { .host = host };
 *     if (xl_model_open(&call, path, &options, &model) != XL_OK) return fail(err, call.said);
 *
 * shim.cpp is the one file that includes llama.h. Each function takes the call it works for: what llama.cpp writes to its log
 * meanwhile, on this thread, goes to call->host, and its last error line is kept in call->said. Every exception becomes a
 * status. ggml's own abort() becomes XL_BROKEN where unwinding is safe: whatever computes on no other thread (loading, tokens, state,
 * a graph on one thread). Where it is not (a graph on several), the process ends, after a line in the log; nothing that passed the
 * checks of session.c and the host's guard gets there.
 *
 * Threads: as llama.cpp. Models from any thread, contexts from one at a time. Units: tokens, bytes. */
#ifndef XB_ENGINE_LLAMA_SHIM_H
#define XB_ENGINE_LLAMA_SHIM_H

#include <xybrid/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    XL_OK,
    XL_FAILED,  /* call->said says why */
    XL_MEMORY,  /* an allocation failed */
    XL_ABORTED, /* a callback asked for it */
    XL_FULL,    /* no room in the cache */
    XL_BROKEN   /* an assumption inside ggml broke; the object is not used again */
};

enum { XL_SAID_BYTES = 240 };

typedef struct xl_call {
    const xybrid_host *host;
    int32_t            is_parallel; /* 1: other threads compute meanwhile */
    char               said[XL_SAID_BYTES];
    char               line[XL_SAID_BYTES]; /* of the log, until it ends */
    int32_t            line_level;
    /* While loading: asked every few hundred allocations, 0 = stop; NULL = not. What this thread's C++ has allocated meanwhile. */
    int32_t (*progress)(void *ctx, float done);
    void   *progress_ctx;
    int32_t can_stop;
    int64_t allocations, heap_bytes;
} xl_call;

typedef struct xl_model   xl_model;   /* llama_model */
typedef struct xl_context xl_context; /* llama_context */
typedef struct xl_pool    xl_pool;    /* ggml_threadpool */

/* Once for each runtime; the first sets llama.cpp's log and abort callbacks. */
int32_t     xl_start(xl_call *call);
const char *xl_version(void);                                  /* "0.5.0 (ggml 0.25.3)" */
const char *xl_cpu_level(void);                                /* "avx512vnni" */
int32_t     xl_cpu_can(void);                                  /* 0 = this processor is too old */
int32_t     xl_knows(xl_call *call, const char *architecture); /* 1 or 0 */
int64_t     xl_tensor_bytes(int32_t type, int64_t elements);   /* 0 for a type that ggml does not know */

/* ---- threads ---- */

/* `threads` counts the caller; the others look out for more work for some milliseconds, then they sleep. */
int32_t xl_pool_new(xl_call *call, int32_t threads, xl_pool **out);
void    xl_pool_free(xl_call *call, xl_pool *pool);

/* ---- models ---- */

typedef struct xl_model_options {
    int32_t is_vocabulary; /* 1: a file without weights */
    int32_t is_repacking;  /* 1: weights may be copied into an order that computes faster */
    int32_t gpu_layers;
    int32_t (*progress)(void *ctx, float done); /* 0 = stop */
    void *ctx;
} xl_model_options;

typedef struct xl_facts {
    int32_t     vocabulary, context_tokens, embedding_size, input_size, layers;
    int32_t     bos, eos;                      /* -1 if none */
    int32_t     can_compute;                   /* 0: only a vocabulary */
    int32_t     is_recurrent;                  /* sequences cannot be cut */
    int32_t     is_causal, pooling, positions; /* positions: numbers of each vector's place */
    const char *unsupported;                   /* what this plug-in does not do with it; NULL = nothing */
    const char *chat_template;
    const char *architecture;
    const char *quantisation;
    int64_t     parameters, weight_bytes, private_bytes; /* private: copies beside the mapping */
} xl_facts;

/* XL_ABORTED when progress said stop: between tensors, and while the vocabulary is built. call->heap_bytes is what that took. */
int32_t xl_model_open(xl_call *call, const char *path, const xl_model_options *options, xl_model **out);
void    xl_model_free(xl_call *call, xl_model *model);
int32_t xl_model_facts(xl_call *call, const xl_model *model, xl_facts *out); /* strings borrowed from the model */
/* Metadata `index` from 0 as text; XL_FAILED past the end. Cut to the sizes; always terminated. */
int32_t xl_model_metadata(xl_call *call, const xl_model *model, int32_t index, char *key, int32_t key_size, char *value,
                          int32_t value_size);

/* *count = tokens there are, which may be more than `capacity`. */
int32_t xl_tokenize(xl_call *call, const xl_model *model, const char *text, int32_t len, int32_t add_special,
                    int32_t parse_special, int32_t *tokens, int32_t capacity, int32_t *count);
int32_t xl_piece(xl_call *call, const xl_model *model, int32_t token, const char **bytes, int32_t *size, int32_t *flags);

/* ---- contexts ---- */

typedef struct xl_context_options {
    int32_t context_tokens, sequences, batch_tokens, micro_tokens, output_rows;
    int32_t pooling; /* -1 = the model's */
    int32_t is_embedding;
    int32_t (*is_stopped)(void *ctx); /* asked after each node of a graph */
    void *ctx;
} xl_context_options;

int32_t xl_context_open(xl_call *call, xl_model *model, const xl_context_options *options, xl_context **out);
void    xl_context_free(xl_call *call, xl_context *context);
int64_t xl_context_bytes(xl_call *call, const xl_context *context); /* cache, work space and output rows */
void    xl_context_use(xl_context *context, xl_pool *pool, int32_t threads);

typedef struct xl_batch {
    int32_t        count;
    const int32_t *tokens; /* or */
    const float   *vectors;
    const int32_t *positions, *sequences;
    const uint8_t *want;
    int32_t      **lists; /* [count] room for pointers to each sequence */
    int32_t       *ones;  /* [count] all 1 */
} xl_batch;

/* Positions from 0 without a gap behind what each sequence holds, tokens and sequences within bounds, count at most
 * batch_tokens: the caller has checked. */
int32_t      xl_decode(xl_call *call, xl_context *context, const xl_batch *batch);
float       *xl_logits(xl_call *call, xl_context *context, int32_t index); /* of item `index` of the last batch; NULL */
const float *xl_embedding(xl_call *call, xl_context *context, int32_t sequence);

int32_t xl_has_cache(const xl_context *context);
int32_t xl_can_shift(const xl_context *context);
int32_t xl_first(const xl_context *context, int32_t sequence); /* lowest position held; -1 = empty */
int32_t xl_last(const xl_context *context, int32_t sequence);  /* highest */
int32_t xl_copy(xl_call *call, xl_context *context, int32_t from_sequence, int32_t to_sequence, int32_t from, int32_t to);
int32_t xl_remove(xl_call *call, xl_context *context, int32_t sequence, int32_t from, int32_t to); /* XL_FAILED: not in part */
int32_t xl_shift(xl_call *call, xl_context *context, int32_t sequence, int32_t from, int32_t delta);
int64_t xl_state_size(xl_call *call, xl_context *context, int32_t sequence); /* 0 = failed */
int64_t xl_state_get(xl_call *call, xl_context *context, int32_t sequence, void *buffer, int64_t capacity);
int32_t xl_state_set(xl_call *call, xl_context *context, int32_t sequence, const void *bytes, int64_t size);

#ifdef __cplusplus
}
#endif
#endif
