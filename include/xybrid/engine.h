/* xybrid/engine.h - the contract of a plug-in engine. Applications do not need it.
 *
 *     static const xybrid_engine my_engine = { .struct_size = sizeof my_engine, .abi = XYBRID_ENGINE_ABI,
 *         .name = "mine", .version = "1.0", .init = init, .shutdown = shutdown, .probe = probe, .open = open,
 *         .close = close, .port = port, .session_open = s_open, .session_close = s_close, .bind = bind, .run = run };
 *
 *     XYBRID_ENGINE_EXPORT const xybrid_engine *xybrid_engine_entry(uint32_t host_abi) {    // in a shared object
 *         return host_abi >= XYBRID_ENGINE_ABI ? &my_engine : NULL;
 *     }
 *     xybrid_engine_register(rt, &my_engine, &err);                                          // or linked in
 *     xybrid_engine_load(rt, "/opt/app/engines/libxybrid-mine.so", &err);                    // or by path
 *
 * An engine never links libxybrid: all it needs is in xybrid_host. It sees tensors and tokens, never envelopes or packs.
 * Tables are append-only: a slot beyond struct_size, or NULL where "optional" stands, is absent and the stated fallback holds.
 *
 * LOCKING. init, shutdown: one at a time. probe, estimate, open, bake: any thread, several at once. Model functions: any
 * thread, several at once (a model is immutable). Session functions: one thread at a time for each session, not always the
 * same thread; different sessions at once. No function is called after close, session_close or shutdown of its object;
 * children are closed first. An engine starts no thread of its own beyond host->threads and leaves none spinning.
 *
 * MEMORY OF OUTPUTS. The final tensor is written once, into memory that the host hands out during `run`: the engine calls
 * xybrid_call.out_alloc when it knows an output's shape (before computing it, if it can) and writes there. Where a library
 * insists on its own memory, xybrid_call.out_give passes it on with a release function. Nothing is copied on either way, and
 * an engine's arena holds intermediates only.
 *
 * FAILURE. Return a status and fill `err` by host->error_set. Never print, exit, abort, or let an exception out. An engine
 * whose library aborts on bad files says so by XYBRID_ENGINE_NEEDS_GUARD; the host then checks the file completely first.
 * `err` is never NULL.
 */
#ifndef XYBRID_ENGINE_H
#define XYBRID_ENGINE_H

#include "base.h"

#if defined(_WIN32)
#  define XYBRID_ENGINE_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#  define XYBRID_ENGINE_EXPORT __attribute__((visibility("default")))
#else
#  define XYBRID_ENGINE_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum { XYBRID_ENGINE_ABI = 1 };

/* ---------------------------------------------------------------- what the host gives ---------------------------------- */

typedef void (*xybrid_chunk_fn)(void *arg, int32_t chunk, int32_t worker);
typedef void (*xybrid_cancelled_fn)(void *arg);

/* Where a callback on a cancel is kept; the engine owns the memory, the host fills it. Zero it first. */
typedef struct xybrid_cancel_hook {
    uint64_t opaque[6];
} xybrid_cancel_hook;

/* Services; valid from init to shutdown. Any thread. */
typedef struct xybrid_host {
    uint32_t    struct_size;
    uint32_t    abi;
    void       *ctx;
    int32_t     threads;      /* the budget, callers included; >= 1 */
    int32_t     log_level;    /* XYBRID_LOG_*: lines above it are not wanted */

    /* Memory; counted against the budget, may fail (NULL). */
    void         *(*alloc)(void *ctx, int64_t size_bytes, int64_t align);
    void          (*free)(void *ctx, void *memory);
    /* For engines with their own allocator: asks for `delta` bytes before taking them, negative gives back. Fails with
     * OUT_OF_MEMORY_BUDGET; giving back cannot fail. */
    xybrid_status (*charge)(void *ctx, int64_t delta_bytes, xybrid_error *err);

    /* Runs fn(arg, 0..chunks-1, worker) on the shared pool and the caller, and returns when all are done. `worker`,
     * 0..threads-1, is held by one thread of this loop at a time: the owner of a slice of scratch memory. */
    void          (*parallel)(void *ctx, int32_t chunks, xybrid_chunk_fn fn, void *arg);

    /* Cancel: poll, or be called. `cancelled` is 0 or the XYBRID_CANCELLED_* status. `on_cancel` calls fn on the firing
     * thread, at once if it has fired already; fn only sets a flag. `off_cancel` returns when fn is not running and never
     * will be. `cancel` NULL: 0, and no call. Neither allocates. */
    xybrid_status (*cancelled)(void *ctx, const xybrid_cancel *cancel);
    void          (*on_cancel)(void *ctx, const xybrid_cancel *cancel, xybrid_cancelled_fn fn, void *arg,
                               xybrid_cancel_hook *hook);
    void          (*off_cancel)(void *ctx, const xybrid_cancel *cancel, xybrid_cancel_hook *hook);

    void          (*log)(void *ctx, int32_t level, const char *room, const char *line);
    xybrid_status (*error_set)(xybrid_error *err, xybrid_status code, const char *subject, const char *reason);
    /* Adds what error_set has no word for: engine code, byte position (XYBRID_AUTO = unknown). */
    void          (*error_detail)(xybrid_error *err, int32_t engine_code, int64_t position);

    /* Derived data (packed weights, optimised graphs), kept by the host under a key of the engine's choice; the host adds the
     * engine's name, version and the CPU's feature level. `get` maps a blob read-only, 64-byte aligned, until `drop`; a blob
     * may be stale or foreign: check its header before use. MODEL_NOT_FOUND = none, or no place to keep any. `put` replaces
     * atomically; its failure is not the engine's. */
    xybrid_status (*blob_get)(void *ctx, const char *key, const void **bytes, int64_t *size_bytes, void **handle,
                              xybrid_error *err);
    void          (*blob_drop)(void *ctx, void *handle);
    xybrid_status (*blob_put)(void *ctx, const char *key, const void *bytes, int64_t size_bytes, xybrid_error *err);
} xybrid_host;

/* A model file. `bytes` is read-only (64-byte aligned; a mapping or a private copy) and stays valid while any model opened
 * from it is open. */
typedef struct xybrid_source {
    uint32_t    struct_size;
    int32_t     is_mapped;    /* 1: pages of the file itself; 0: private memory, already charged */
    const char *format;       /* "onnx", "gguf", ... by content */
    const char *path;         /* absolute; NULL if it exists only in memory */
    const void *bytes;
    int64_t     size_bytes;
    const char *identity;     /* key of derived data: a hash over file identity, hex; NULL if none */
    void       *ctx;
    /* Opens a file beside it (external weights, mmproj) by a path relative to the model file; confined to the pack; valid as
     * long as `bytes`. `path` as above. */
    xybrid_status (*sibling)(void *ctx, const char *relative_path, const void **bytes, int64_t *size_bytes,
                             const char **path, xybrid_error *err);
} xybrid_source;

typedef struct xybrid_engine_options {
    uint32_t    struct_size;
    int32_t     threads;          /* for this model; at most host->threads. An engine with one pool for all may know only 1
                                   * and "all" */
    const char *device;           /* "cpu", "coreml", "cuda", ... */
    int32_t     context_tokens;   /* XYBRID_AUTO */
    int32_t     sequences;        /* conversations in one session; 1 */
    const char *config;           /* JSON object of this engine's own settings; NULL */
} xybrid_engine_options;

/* ---------------------------------------------------------------- tensors ---------------------------------------------- */

/* A tensor in memory, dense row-major. */
typedef struct xybrid_tensor {
    uint32_t       struct_size;
    xybrid_dtype   dtype;
    void          *data;
    int64_t        size_bytes;    /* of data */
    const int64_t *shape;
    int32_t        rank;
    int32_t        device;        /* 0 = the CPU's memory, the only one so far */
} xybrid_tensor;

typedef struct xybrid_port {      /* one input or output; strings borrowed from the model */
    uint32_t           struct_size;
    xybrid_dtype       dtype;
    const char        *name;
    const int64_t     *shape;     /* -1 where free; NULL with rank -1 = rank unknown */
    const char *const *symbols;   /* name of each free dimension, NULL entries allowed; NULL = none known */
    int32_t            rank;
    int32_t            optional;  /* 1: may stay unbound */
} xybrid_port;

/* One run, as the host sees it; valid during the call of `run` only. */
typedef struct xybrid_call {
    uint32_t             struct_size;
    int32_t              is_traced;  /* 1: `profile` will be asked for this run */
    void                *ctx;
    const xybrid_cancel *cancel;     /* NULL = cannot be cancelled */
    const uint8_t       *wanted;     /* one byte for each output: 1 = deliver it; NULL = all */
    /* Memory for output `index`: shape->dtype, shape, rank and size_bytes are filled, *data is where the result goes (64-byte
     * aligned unless the caller of the library gave its own memory). For each wanted output and run; a second call for the
     * same output replaces the first (a shape that was guessed wrong). On failure (the host's memory, or a result that does
     * not fit into what the caller gave) return that status. */
    xybrid_status (*out_alloc)(void *ctx, int32_t index, const xybrid_tensor *shape, void **data, xybrid_error *err);
    /* Hands over memory of the engine's: `tensor` is complete, release(release_ctx, data) is called once, on any thread,
     * after session_close and close too. If out_give fails, release is not called. */
    xybrid_status (*out_give)(void *ctx, int32_t index, const xybrid_tensor *tensor, xybrid_release_fn release,
                              void *release_ctx, xybrid_error *err);
    /* Of operators that draw random numbers and have no seed of their own: the same inputs and seed give the same outputs, in any
     * session. 0 = they go on from the run before. An engine that cannot leaves it alone. */
    uint64_t             seed;
} xybrid_call;

typedef struct xybrid_cost {      /* -1 = unknown */
    uint32_t struct_size;
    int32_t  context_tokens;
    int64_t  mapped_bytes, private_bytes, session_bytes, bytes_per_token;
    char     missing[256];        /* operators or parts it lacks, comma between; "" = runs */
} xybrid_cost;

enum { XYBRID_INPUT = 0, XYBRID_OUTPUT = 1 };

/* ---------------------------------------------------------------- tokens (language models) ------------------------------ */

typedef struct xybrid_token_info {
    uint32_t struct_size;
    int32_t  vocabulary, context_tokens, embedding_size;
    int32_t  bos, eos;            /* -1 if none */
    int32_t  max_batch;           /* tokens in one decode; the engine cuts it to what its library takes. 0 = only a vocabulary */
    int32_t  flags;               /* XYBRID_TOKENS_* */
    const char *chat_template;    /* Jinja, borrowed from the model; NULL if none */
} xybrid_token_info;
enum {
    XYBRID_TOKENS_NO_TRIM = 1, /* recurrent: a sequence can only be dropped whole */
    XYBRID_TOKENS_NO_SHIFT = 2,
    XYBRID_TOKENS_POOLED = 4   /* an embedder: asked for `embedding`. A decode holds whole texts, all of them at most max_batch */
};

enum { /* of a token */
    XYBRID_PIECE_END = 1,     /* ends an answer */
    XYBRID_PIECE_CONTROL = 2  /* no text of its own: <|x|>, unused */
};

/* Some tokens, or vectors in their place (pictures, sound), each with a place in a sequence. */
typedef struct xybrid_batch {
    uint32_t       struct_size;
    int32_t        count;
    const int32_t *tokens;        /* NULL: vectors */
    const float   *vectors;       /* count * embedding_size */
    const int32_t *positions;     /* NULL = behind what the sequence holds; without gaps, from anywhere in an empty one */
    const int32_t *sequences;     /* NULL = all 0 */
    const uint8_t *want;          /* 1: logits of this row are wanted; NULL = only of the last */
} xybrid_batch;

/* Optional table: an engine that has it can serve chat. Same locking: model functions any thread, session functions one. */
typedef struct xybrid_engine_tokens {
    uint32_t struct_size;
    uint32_t reserved;
    xybrid_status (*info)(void *model, xybrid_token_info *out, xybrid_error *err);
    /* *count = how many there are, also when `capacity` is too small (then INVALID_ARGUMENT). special: 1 = parse <|x|>. */
    xybrid_status (*tokenize)(void *model, const char *text, int64_t len, int32_t add_bos, int32_t special,
                              int32_t *tokens, int32_t capacity, int32_t *count, xybrid_error *err);
    /* The token's bytes, not always whole characters; not terminated; of a control token the text that stands for it, "<|x|>".
     * Borrowed from the model. *flags: XYBRID_PIECE_*. */
    xybrid_status (*piece)(void *model, int32_t token, const char **bytes, int32_t *size, int32_t *flags, xybrid_error *err);
    /* Computes a batch. On failure or cancel the sequences are as before the call, and there are no rows. A context that is full
     * is INVALID_ARGUMENT with the subject "context". */
    xybrid_status (*decode)(void *session, const xybrid_batch *batch, const xybrid_cancel *cancel, xybrid_error *err);
    /* Row `row` of the wanted ones, `vocabulary` floats; the caller may change them; valid until the next decode. */
    xybrid_status (*logits)(void *session, int32_t row, float **out, xybrid_error *err);
    /* Optional: greedy choice where the logits are (GPU). Fallback: from logits. */
    xybrid_status (*argmax)(void *session, int32_t row, int32_t *token, xybrid_error *err);
    /* Optional: the sequence's pooled vector. Fallback: UNSUPPORTED_FORMAT. */
    xybrid_status (*embedding)(void *session, int32_t sequence, const float **out, xybrid_error *err);
    /* The cache. Positions [from, to), to XYBRID_AUTO = the end. A copy replaces what the other sequence holds there; cells are
     * shared until one of the two changes. */
    xybrid_status (*cache_copy)(void *session, int32_t from_sequence, int32_t to_sequence, int32_t from, int32_t to,
                                xybrid_error *err);
    xybrid_status (*cache_trim)(void *session, int32_t sequence, int32_t from, int32_t to, xybrid_error *err);
    /* Optional: moves the rest down. Fallback: the host trims and decodes again. */
    xybrid_status (*cache_shift)(void *session, int32_t sequence, int32_t from, int32_t delta, xybrid_error *err);
    /* Optional: bytes of a sequence, for this model and engine version. Damaged ones are CHECKSUM; a sequence that could not be
     * restored is empty. Fallback: the host keeps tokens only and decodes again. */
    xybrid_status (*cache_size)(void *session, int32_t sequence, int64_t *size_bytes, xybrid_error *err);
    xybrid_status (*cache_save)(void *session, int32_t sequence, void *buffer, int64_t capacity, int64_t *written,
                                xybrid_error *err);
    xybrid_status (*cache_restore)(void *session, int32_t sequence, const void *bytes, int64_t size_bytes, xybrid_error *err);
} xybrid_engine_tokens;

/* ---------------------------------------------------------------- the engine -------------------------------------------- */

enum { /* xybrid_engine.flags */
    XYBRID_ENGINE_NEEDS_GUARD = 1,    /* its library may abort on bad files: the host checks the whole file before `open`, and calls
                                       * it for no file that it cannot check. probe and estimate see unchecked bytes */
    XYBRID_ENGINE_NEEDS_PATH = 2,     /* cannot open from memory: `open` is called with a path only */
    XYBRID_ENGINE_OWN_THREADS = 4,    /* does not use host->parallel; keeps to options.threads by itself */
    XYBRID_ENGINE_COSTLY_START = 8    /* init loads a library: not started for a model that an engine without this flag runs,
                                       * whatever its score would be */
};

typedef struct xybrid_engine {
    uint32_t    struct_size;
    uint32_t    abi;                  /* XYBRID_ENGINE_ABI it was built for */
    const char *name, *version;       /* version of the engine; that of its library is in `about` */
    uint32_t    flags;
    uint32_t    reserved;

    /* Once for each runtime, at the first model that might use it. `config`: JSON object from the host or NULL (an engine
     * ignores keys it does not know). A missing library is ENGINE_MISSING, with what and where. `host` stays valid until
     * shutdown. */
    xybrid_status (*init)(const xybrid_host *host, const char *config, void **engine, xybrid_error *err);
    void          (*shutdown)(void *engine);
    /* Optional: JSON object for describe and doctor (library, its version, devices it offers). Borrowed until shutdown. */
    const char   *(*about)(void *engine);

    /* How well it would run this, from the header alone: 0 = not at all (say why), 100 = made for it. Under 10 ms. */
    int32_t       (*probe)(void *engine, const xybrid_source *source, xybrid_error *why);
    /* Optional. Fallback: weights = file size, the rest unknown. */
    xybrid_status (*estimate)(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                              xybrid_cost *out, xybrid_error *err);
    /* Optional: derived data once, at install, by host->blob_put. Fallback: nothing. */
    xybrid_status (*bake)(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                          const xybrid_cancel *cancel, xybrid_error *err);
    xybrid_status (*open)(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                          const xybrid_cancel *cancel, void **model, xybrid_error *err);
    void          (*close)(void *model);

    /* Number `index` of inputs (way XYBRID_INPUT) or outputs; past the end INVALID_ARGUMENT, which ends the enumeration. */
    xybrid_status (*port)(void *model, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err);
    /* Optional: JSON object for describe (metadata in the file, plan, what really runs). Borrowed from the model. */
    const char   *(*describe)(void *model);

    xybrid_status (*session_open)(void *model, const xybrid_engine_options *options, void **session, xybrid_error *err);
    void          (*session_close)(void *session);
    /* Optional: gives back work space that the next run can make again; returns the bytes. Fallback: nothing. */
    int64_t       (*session_trim)(void *session, int32_t pressure);

    /* Input `index` for the runs to come. Sticky: holds until bound again or the session closes; the contents are read at
     * each run. Type and shape are checked here against the model: INVALID_ARGUMENT names the input, what came and what was
     * wanted. The tensor struct and its shape are copied, the data is not. */
    xybrid_status (*bind)(void *session, int32_t index, const xybrid_tensor *tensor, xybrid_error *err);
    /* Optional: after each run this output is the next run's input (KV caches, recurrent states), in place where the engine
     * can; the first value is bound. A carried output is delivered only if it is wanted. `axis`: the one that grows, or -1.
     * Fallback: the host binds the output's memory as input, two buffers in turn. */
    xybrid_status (*carry)(void *session, int32_t output, int32_t input, int32_t axis, xybrid_error *err);
    /* Optional (required with carry): forgets what is carried; the first value must be bound again. */
    void          (*reset)(void *session);
    /* Optional: makes ready for the shapes bound now (plan, warm weights). Fallback: the first run does it. */
    xybrid_status (*prepare)(void *session, const xybrid_cancel *cancel, xybrid_error *err);
    /* Runs. After a failure or cancel the session can run again; carried state is as before the run. */
    xybrid_status (*run)(void *session, const xybrid_call *call, xybrid_error *err);
    /* Optional: the steps of the last run that was traced, as a JSON array in the order they ran; borrowed until the next run.
     * Each is an object with "name", "start_us" (from the start of the run), "dur_us", and what else it has to tell. */
    const char   *(*profile)(void *session);

    const xybrid_engine_tokens *tokens;   /* NULL = tensors only; bind and run may then be NULL in a tokens engine */
} xybrid_engine;

/* What a shared object exports under the name "xybrid_engine_entry". NULL = refuses this host. */
typedef const xybrid_engine *(*xybrid_engine_entry_fn)(uint32_t host_abi);

/* Adds an engine to the runtime (table copied, strings not). Before the first load. Any thread. Errors: INVALID_ARGUMENT
 * (name taken, required slot missing, newer abi), BUSY (a model was loaded already). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_engine_register(xybrid_runtime *rt, const xybrid_engine *engine,
                                                                 xybrid_error *err);

/* Loads a shared object by its absolute path and registers its engine. It is unloaded with the runtime. Errors:
 * ENGINE_MISSING (no such file, not a library, no entry, refused, too old), and those of register. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_engine_load(xybrid_runtime *rt, const char *path, xybrid_error *err);

/* ---------------------------------------------------------------- three engines against it -------------------------------
 *
 * slot          native (own ONNX engine)              onnxruntime                            llama
 * ------------  ------------------------------------  -------------------------------------  -----------------------------------
 * flags         -                                     OWN_THREADS                            NEEDS_GUARD, NEEDS_PATH, OWN_THREADS
 * init          reads host->threads                   dlopen, GetApi(N..min), CreateEnvWith-  llama_backend_init, log set to
 *                                                     GlobalThreadPools(threads, no spin)    host->log
 * probe         graph + operator list -> 0 with the   "onnx": 50; 0 if the library is        "gguf" and known architecture: 90
 *               missing ones named, else 60           missing (init said why)
 * estimate      plan without weights: exact arena     file size x 1..2, session unknown      header: tensors mapped, KV bytes
 *                                                                                            for each token
 * bake          repacked weights by blob_put          nothing (measured: .ort saves 10 ms)   nothing
 * open          parses `bytes`; weights stay in the   CreateSession(path), from array if     llama_model_load_from_file(path),
 *               mapping; packed ones by blob_get;     path is NULL; on_cancel -> load-       progress_callback polls cancelled();
 *               external data by sibling              cancellation flag                      charge(private bytes)
 * session_open  empty plan cache, arena on first run  IoBinding + RunOptions; the session    llama_context(context_tokens,
 *                                                     object is shared, bindings are not     sequences, threads)
 * bind          pointer into the step table           CreateTensorWithData; made anew only   -  (tokens table)
 *                                                     if pointer, type or shape changed
 * carry         slab with capacity; length is a run   swaps OrtValues: GetBoundOutput-       -
 *               parameter of the plan, no copy        Values -> BindInput
 * prepare       compiles the plan for these shapes    none                                   llama_set_warmup + one decode
 * run           plan by shapes (LRU); out_alloc for   shape known (static, or as in the      -
 *               every output, then steps, each polls  last run with these inputs):
 *               cancelled(); parallel()               out_alloc + BindOutput; else BindOut-
 *                                                     putToDevice + out_give(ReleaseValue);
 *                                                     on_cancel(RunOptionsSetTerminate)
 * memory        host->alloc                           its own, charge() around open          charge() around load and context
 * tokens        NULL (flow drives decoders by carry)  NULL                                   all slots: decode = llama_decode with
 *                                                                                            abort_callback; logits = get_logits_
 *                                                                                            ith; cache_* = llama_memory_seq_cp,
 *                                                                                            _rm, _add; save = state_seq_get_data
 * Points that needed the contract, not the engine: (1) ORT cannot poll, so the host has on_cancel/off_cancel instead of an
 * interrupt slot, which also serves open; (2) llama has its own allocator, so the host has charge() beside alloc(); (3) native
 * knows every shape before it computes, ORT often only after: out_alloc and out_give, both without a copy; (4) an engine sees
 * no folder: packed weights are blobs that the host keeps.
 * llama: "as before the call" after a cancelled decode = the plug-in trims the sequences back to their old length; for
 * recurrent models (NO_TRIM) the plug-in keeps a checkpoint by state_seq_get_data before each batch of more than one token.
 */

#ifdef __cplusplus
}
#endif
#endif
