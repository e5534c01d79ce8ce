/* engine/llama/plugin.h - libxybrid-llama: GGUF models through llama.cpp, as a plug-in engine. What its files share.
 *
 *     plugin.c      the engine: table, start, what a file holds (header.c), estimate
 *     model.c       a model: opening, description, vocabulary
 *     session.c     a context: batches, rows of logits, threads, cancel
 *     cache.c       sequences: copy, trim, shift, save, restore
 *     header.c      a look at a GGUF header, without llama.cpp
 *     settings.c    the engine's own settings, a flat JSON object
 *     shim.cpp      llama.cpp as C; cpu_levels.c: ggml for the processor at hand
 *
 * It includes xybrid/engine.h, llama.h and its own files, and exports xybrid_engine_entry alone.
 *
 * Settings (xybrid_engine_options.config): "repack": false keeps all weights in the mapping (less memory, slower prompts);
 * "pooling": "mean", "cls" or "last" makes vectors of a model that has no pooling of its own; "micro_batch": tokens computed at
 * once, 16 to 2048; "gpu_layers": layers for a graphics back end, where the build has one.
 *
 * MEMORY. Charged before it is taken, corrected to what llama.cpp says it took: weights outside the mapping, the vocabulary
 * (by an estimate), a context's cache and work space. Where the budget has no room for repacked weights they stay mapped.
 *
 * THREADS. The engine has one pool for all its sessions, started when a session asks for more than one thread and as large as the
 * largest of them asks; its threads sleep some milliseconds after the last decode. A decode that finds the pool taken computes on
 * its caller's thread alone, so that threads beyond the budget never wait for each other (ggml's spin at each node: too many of
 * them cost ten times the work). So does one that makes the vector of a short text.
 *
 * CANCEL. Polled between the tensors while loading, and after each node of a graph; the tokens computed at once are chosen so that
 * a node of a small model takes few milliseconds. */
#ifndef XB_ENGINE_LLAMA_PLUGIN_H
#define XB_ENGINE_LLAMA_PLUGIN_H

#include <xybrid/engine.h>

#include "engine/llama/header.h"
#include "engine/llama/shim.h"

enum {
    LL_MAX_SEQUENCES = 64,
    LL_MAX_CONTEXT = 1 << 22,  /* tokens */
    LL_DEFAULT_CONTEXT = 4096, /* unless the model has fewer */
    LL_MAX_BATCH = 2048,       /* tokens handed to llama.cpp at once */
    LL_POOLED_CONTEXT =
        512,             /* by default, where vectors are pooled: rows of the whole vocabulary are computed for each token */
    LL_OUTPUT_ROWS = 16, /* rows of logits computed at once */
    LL_VOCABULARY_BYTES = 360, /* of a token in llama.cpp's tables, before it is measured: 140 to 480 in 21 vocabularies */
    LL_SMALL_ALIGN = 16
};

typedef struct ll_engine {
    const xybrid_host *host;
    int32_t            pool_taken;   /* atomic: a decode holds the pool */
    int32_t            pool_threads; /* of the pool; it and the pool belong to who holds pool_taken */
    xl_pool           *pool;         /* NULL until wanted */
    char               about[256];
} ll_engine;

typedef struct ll_settings {
    int32_t is_repacking, pooling /* -1 = the model's */, micro_tokens /* 0 = chosen */, gpu_layers;
} ll_settings;

typedef struct ll_model {
    ll_engine         *engine;
    const xybrid_host *host;
    xl_model          *handle;
    xl_facts           facts;
    ll_header          header;
    ll_settings        settings;
    int64_t            charged;
    char              *description; /* JSON */
} ll_model;

typedef struct ll_session {
    ll_model          *model;
    const xybrid_host *host;
    xl_context        *handle;
    xl_context_options options; /* stays where it is: the context points to it */
    xl_pool           *solo;    /* of this thread alone */
    int32_t            threads;
    int32_t            is_broken; /* ggml gave up inside: nothing but closing is possible */
    int32_t            is_deaf;   /* a batch that must not be stopped halfway */
    int32_t            is_fired;  /* atomic: the cancel of this decode */
    int32_t            has_cache;
    int32_t            is_whole; /* batches are computed at once or not at all */
    int64_t            charged;
    /* room for one batch of options.batch_tokens */
    int32_t *positions, *sequences, *ones, **lists;
    uint8_t *want;
    int32_t  first[LL_MAX_SEQUENCES]; /* next position of each sequence before the decode; -1 = not in it */
    int32_t  next[LL_MAX_SEQUENCES];
    void    *checkpoint[LL_MAX_SEQUENCES]; /* of recurrent models, during a decode */
    int64_t  checkpoint_bytes[LL_MAX_SEQUENCES];
    /* rows of the last decode: the first `saved_rows` in `saved`, the others in llama.cpp's memory */
    float  *saved;
    int64_t saved_capacity; /* rows */
    int32_t row_count, saved_rows;
    int32_t
        index[LL_MAX_SEQUENCES > LL_OUTPUT_ROWS ? LL_MAX_SEQUENCES : LL_OUTPUT_ROWS]; /* of row saved_rows + i, in its batch */
} ll_session;

/* A formatted error; %s, %d, %lld only. */
xybrid_status ll_fail(const xybrid_host *host, xybrid_error *err, xybrid_status code, const char *subject, const char *format,
                      ...);
/* What a status of the shim means for the caller. */
xybrid_status ll_status(const xybrid_host *host, xybrid_error *err, int32_t status, const xl_call *call, const char *what);

/* Is the setting known and well-formed? NULL config = the defaults. Errors: INVALID_ARGUMENT. */
xybrid_status ll_settings_read(const xybrid_host *host, const char *config, ll_settings *out, xybrid_error *err);

/* model.c */
xybrid_status ll_model_open(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                            const xybrid_cancel *cancel, void **model, xybrid_error *err);
void          ll_model_close(void *model);
const char   *ll_model_describe(void *model);
xybrid_status ll_model_port(void *model, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err);
xybrid_status ll_info(void *model, xybrid_token_info *out, xybrid_error *err);
xybrid_status ll_tokenize(void *model, const char *text, int64_t len, int32_t add_bos, int32_t special, int32_t *tokens,
                          int32_t capacity, int32_t *count, xybrid_error *err);
xybrid_status ll_piece(void *model, int32_t token, const char **bytes, int32_t *size, int32_t *flags, xybrid_error *err);
int32_t       ll_model_context(const ll_model *m, int32_t wanted);
/* How vectors are pooled, LLAMA_POOLING_TYPE_*; 0 = not at all. An encoder that names nothing takes the mean. */
int32_t ll_model_pooling(const ll_model *m, const ll_settings *settings);

/* session.c */
xybrid_status ll_session_open(void *model, const xybrid_engine_options *options, void **session, xybrid_error *err);
void          ll_session_close(void *session);
xybrid_status ll_decode(void *session, const xybrid_batch *batch, const xybrid_cancel *cancel, xybrid_error *err);
xybrid_status ll_logits(void *session, int32_t row, float **out, xybrid_error *err);
xybrid_status ll_argmax(void *session, int32_t row, int32_t *token, xybrid_error *err);
xybrid_status ll_embedding(void *session, int32_t sequence, const float **out, xybrid_error *err);
/* Is it usable, and the sequence within bounds? */
xybrid_status ll_check_sequence(ll_session *s, int32_t sequence, xybrid_error *err);

/* cache.c */
xybrid_status ll_cache_copy(void *session, int32_t from_sequence, int32_t to_sequence, int32_t from, int32_t to,
                            xybrid_error *err);
xybrid_status ll_cache_trim(void *session, int32_t sequence, int32_t from, int32_t to, xybrid_error *err);
xybrid_status ll_cache_shift(void *session, int32_t sequence, int32_t from, int32_t delta, xybrid_error *err);
xybrid_status ll_cache_size(void *session, int32_t sequence, int64_t *size_bytes, xybrid_error *err);
xybrid_status ll_cache_save(void *session, int32_t sequence, void *buffer, int64_t capacity, int64_t *written,
                            xybrid_error *err);
xybrid_status ll_cache_restore(void *session, int32_t sequence, const void *bytes, int64_t size_bytes, xybrid_error *err);

#endif
