/* pack/pack.h - what a model is on disk: model_metadata.json as typed structs, and its files, confined to the pack.
 *
 *     folder, model file or bytes  ->  metadata (file, made, overlay)  ->  xb_pack  ->  files, mapped or read once
 *
 * Describes; neither fetches nor runs. Steps are kept in order with their parameters as JSON: the table of steps, and with
 * it the check of their parameters, belongs to flow. Format: the original's model_metadata.json, unknown fields ignored;
 * ours beyond it: a stage's preprocessing, postprocessing, for_each and batch, and the execution mode Windowed.
 *
 * A pack is immutable once open but for the table of its open files, which has a lock: any thread, several at once. */
#ifndef XB_PACK_H
#define XB_PACK_H

#include "base/arena.h"
#include "codec/json.h"

typedef enum xb_pack_template {
    XB_PACK_ONNX,
    XB_PACK_SAFETENSORS,
    XB_PACK_COREML,
    XB_PACK_TFLITE,
    XB_PACK_MODEL_GRAPH,
    XB_PACK_GGUF,
    XB_PACK_GGML_WHISPER,
    XB_PACK_VISION_LANGUAGE,
    XB_PACK_LITERT_LM,
    XB_PACK_ZZZ_EMBED
} xb_pack_template;

typedef struct xb_pack_step {
    const char    *type;   /* "Resize" */
    const xb_json *params; /* the step's whole object */
    int32_t        index;  /* from 0 in its list */
} xb_pack_step;

typedef struct xb_pack_steps {
    const char         *where; /* JSON path for messages: "preprocessing", "execution_template.stages[1].postprocessing" */
    const xb_pack_step *items;
    int32_t             count;
} xb_pack_steps;

/* ---- how a stage runs ---- */

typedef enum xb_pack_mode {
    XB_PACK_SINGLE_SHOT,
    XB_PACK_AUTOREGRESSIVE,
    XB_PACK_WHISPER_DECODER,
    XB_PACK_ITERATIVE_REFINEMENT,
    XB_PACK_WINDOWED
} xb_pack_mode;

typedef enum xb_pack_schedule { XB_PACK_LINEAR, XB_PACK_COSINE, XB_PACK_CUSTOM } xb_pack_schedule;

typedef struct xb_pack_carry { /* an output of one window is an input of the next */
    const char *output, *input;
} xb_pack_carry;

typedef struct xb_pack_constant {
    const char    *input;
    const xb_json *value; /* a number, true or false, or arrays of them in at most XB_MAX_RANK levels */
} xb_pack_constant;

typedef struct xb_pack_execution {
    xb_pack_mode mode;

    /* AUTOREGRESSIVE and WHISPER_DECODER */
    int32_t        max_tokens;
    int64_t        start_token_id, end_token_id;
    int64_t        language_token_id, task_token_id, no_timestamps_token_id; /* WHISPER_DECODER, the first two if given; else -1 */
    const int64_t *suppress_tokens;
    int32_t        suppress_count;
    double         repetition_penalty; /* 0 = none */

    /* ITERATIVE_REFINEMENT */
    int32_t          num_steps;
    xb_pack_schedule schedule;
    const double    *timesteps; /* CUSTOM */
    int32_t          timestep_count;

    /* WINDOWED: the stage runs once for each window of samples, in order.
     *     | context | window |  ->  next begins `hop` later; the context is the samples before it, zeros at the start */
    int64_t                 window, hop, context; /* samples */
    int32_t                 pad_last;             /* 1: the last window is filled with zeros; 0: an incomplete one is dropped */
    const xb_pack_carry    *carry;                /* zeros before the first window */
    const xb_pack_constant *constants;
    int32_t                 carry_count, constant_count;
} xb_pack_execution;

typedef struct xb_pack_stage {
    const char        *name;       /* unique in the pack; a template of one model: the model_id */
    const char        *where;      /* JSON path: "execution_template.stages[0]" */
    const char        *model_file; /* relative to the pack, '/' between */
    xb_pack_execution  execution;
    const char *const *inputs;
    const char *const *outputs;
    int32_t            input_count, output_count;
    const xb_json     *config;                        /* object; NULL if not given */
    xb_pack_steps      preprocessing, postprocessing; /* of this stage; the pack's own are in xb_pack */
    const char        *for_each; /* the list, made by an earlier stage, for whose items the stage runs; NULL */
    int32_t            batch;    /* items in one run, 1 if not given */
} xb_pack_stage;

/* ---- language models and other templates: only what the template has, else NULL, 0, -1 ---- */

typedef struct xb_pack_generation {                            /* generation_params */
    int32_t            max_tokens, top_k;                      /* -1: not given */
    double             temperature, top_p, repetition_penalty; /* -1: not given */
    const char *const *stop_sequences;
    int32_t            stop_count;
} xb_pack_generation;

typedef struct xb_pack_options {
    int32_t            context_length; /* GGUF, VISION_LANGUAGE: 4096 if not given; LITERT_LM: -1 */
    const char        *chat_template;  /* GGUF: a file */
    xb_pack_generation generation;
    const char        *architecture, *config_file, *tokenizer_file;      /* SAFETENSORS */
    const char        *language;                                         /* GGML_WHISPER, ZZZ_EMBED; NULL: detect */
    int32_t            audio_ctx;                                        /* GGML_WHISPER: 0 = the whole encoder */
    int32_t            translate;                                        /* GGML_WHISPER */
    const char *decoder_file, *language_voice_file, *decoder_voice_file; /* ZZZ_EMBED; its other fields are in `execution` */
} xb_pack_options;

/* ---- voices ---- */

typedef enum xb_pack_voice_format {
    XB_VOICES_EMBEDDED,
    XB_VOICES_PER_MODEL,
    XB_VOICES_CLONING,
    XB_VOICES_PRECOMPUTED_CODES
} xb_pack_voice_format;
typedef enum xb_pack_voice_loader { XB_VOICE_BINARY_F32_256, XB_VOICE_NUMPY_NPZ, XB_VOICE_JSON_BASE64 } xb_pack_voice_loader;
typedef enum xb_pack_voice_selection { XB_VOICE_FIXED_INDEX, XB_VOICE_TOKEN_LENGTH } xb_pack_voice_selection;

typedef struct xb_pack_voice {
    const char *id, *name;
    const char *gender, *language, *style, *preview_url; /* NULL if not given */
    int32_t     index;                                   /* in the file; its place in the catalog if not given */
} xb_pack_voice;

typedef struct xb_pack_voices {
    xb_pack_voice_format    format;
    const char             *file; /* EMBEDDED */
    xb_pack_voice_loader    loader;
    const char             *voice_dir, *pattern; /* PER_MODEL */
    const char             *encoder_model;       /* CLONING */
    double                  min_audio_seconds, max_audio_seconds;
    const char             *codes_dir, *codes_pattern, *transcript_dir, *transcript_pattern; /* PRECOMPUTED_CODES */
    const char             *default_id;
    xb_pack_voice_selection selection;
    const xb_pack_voice    *catalog;
    int32_t                 count;
} xb_pack_voices;

typedef struct xb_pack_vision_encoder {
    const char *file, *preprocessing_preset; /* preset NULL if not given */
    int32_t     image_size, patch_size;      /* pixels, 0 if not given */
} xb_pack_vision_encoder;

/* ---- the metadata ---- */

typedef struct xb_pack_metadata {
    const char                   *model_id, *version;
    const char                   *description; /* NULL if not given */
    xb_pack_template              kind;
    const char                   *kind_name; /* its name in the file, without the legacy alias: "Onnx" */
    const xb_json                *execution; /* execution_template as it stands */
    xb_pack_options               options;
    const xb_pack_stage          *stages; /* at least one; a template of one model is one stage */
    int32_t                       stage_count;
    const xb_json                *config; /* of a ModelGraph; NULL if not given */
    xb_pack_steps                 preprocessing, postprocessing;
    const char *const            *files; /* as listed; informational, not checked */
    int32_t                       file_count;
    const xb_json                *metadata;              /* free-form object; NULL if not given */
    const char                   *task;                  /* metadata.task; NULL if not given */
    const xb_pack_voices         *voices;                /* NULL if not given */
    const xb_pack_vision_encoder *vision_encoder;        /* NULL if not given */
    int32_t                       max_chunk_chars;       /* 350 if not given */
    int32_t                       trim_trailing_samples; /* 0 if not given */
} xb_pack_metadata;

/* Reads parsed metadata. All of *out lives in `arena`, `doc` and both must outlive it. The caller frees the arena, also
 * after a failure. Errors: MALFORMED naming the JSON path, what was found and what was wanted; UNSUPPORTED_PACK for a
 * template, mode or format whose name is not known; OUT_OF_MEMORY. Fuzzed. */
xybrid_status xb_pack_metadata_read(const xb_json *root, xb_arena *arena, xb_pack_metadata *out, xybrid_error *err);

/* "Windowed"; "Onnx". Static. */
const char *xb_pack_mode_name(xb_pack_mode mode);
const char *xb_pack_template_name(xb_pack_template kind);

/* A file name in a pack: relative, '/' between, no "..", no drive, no NUL, at most XB_MAX_NAME bytes. Lexical only. */
int xb_pack_name_ok(const char *relative);

/* JSON Merge Patch (RFC 7396): `patch` laid over `base` (NULL: nothing), as JSON text of at most XB_MAX_PACK_JSON_BYTES
 * added to `out`. Errors: OUT_OF_MEMORY, INVALID_ARGUMENT (too long). */
xybrid_status xb_pack_merge(const xb_json *base, const xb_json *patch, xb_str *out, xybrid_error *err);

/* ---- an open pack ---- */

typedef enum xb_pack_load {
    XB_PACK_LOAD_AUTO, /* map where the system can */
    XB_PACK_LOAD_MAP,
    XB_PACK_LOAD_READ /* private copies: nobody can change them underneath */
} xb_pack_load;

/* Reads `size_bytes` at `offset` completely; non-zero (an error number) = failed. One call at a time. */
typedef int32_t (*xb_pack_read_fn)(void *ctx, int64_t offset, void *buffer, int64_t size_bytes);

/* Where a pack comes from. With `path` alone: a folder, its model_metadata.json, or an .onnx or .gguf file (by content).
 * With one of the others, the model file comes from there, and `path` only names it (NULL = "model"). */
typedef struct xb_pack_source {
    const char       *path;
    const void       *data; /* the model file's bytes */
    int64_t           data_bytes;
    xybrid_release_fn release; /* as everywhere: NULL copies */
    void             *release_ctx;
    int32_t           fd; /* with has_fd; stays the caller's, may be closed after opening */
    int32_t           has_fd;
    int64_t           fd_offset, fd_bytes; /* fd_bytes XYBRID_AUTO = to the end */
    xb_pack_read_fn   read;
    void             *read_ctx;
    int64_t           read_bytes; /* the file's size */
    xb_pack_load      load;
    const char       *overlay; /* JSON laid over the metadata (xb_pack_merge); NULL */
} xb_pack_source;

typedef struct xb_pack xb_pack;

typedef struct xb_pack_file { /* one file of an open pack; valid as long as the pack */
    const char *name;         /* as in the pack: "weights/a.bin" */
    const char *path;         /* in the file system; NULL if it exists only in memory */
    const void *bytes;        /* never NULL; aligned to 64 unless it is the caller's memory */
    int64_t     size_bytes;   /* at least 1 */
    int32_t     mapped;       /* 1: pages of the file; 0: private memory, charged to the runtime */
} xb_pack_file;

/* Opens a pack: reads and checks its metadata, opens no weights (but for a bare model file). *out is freed with
 * xb_pack_free. If it fails, source->release is not called. Errors: MODEL_NOT_FOUND (no such path, no metadata, with the
 * way out), MALFORMED, UNSUPPORTED_PACK, UNSUPPORTED_MODEL (a file that is neither ONNX nor GGUF), IO, OUT_OF_MEMORY. */
xybrid_status xb_pack_open(xb_mem *mem, const xb_pack_source *source, xb_pack **out, xybrid_error *err);

void xb_pack_free(xb_pack *p); /* NULL is fine; all its files and views go with it */

const xb_pack_metadata *xb_pack_meta(const xb_pack *p);
const char             *xb_pack_root(const xb_pack *p); /* the folder as it was given; NULL if only in memory */
const char             *xb_pack_json(const xb_pack *p); /* the metadata in force, overlay included, as text */

/* Opens a file of the pack, once: a second call gives the same. `what` says what it is for, in messages ("vocabulary").
 * Errors: MODEL_NOT_FOUND (no such file), MALFORMED (a path that leaves the pack; an empty file) with the path as subject,
 * IO, OUT_OF_MEMORY. */
xybrid_status xb_pack_file_open(xb_pack *p, const char *relative, const char *what, const xb_pack_file **out,
                                xybrid_error *err);

/* The same for a file named relative to another of the pack (external weights beside "onnx/model.onnx"). */
xybrid_status xb_pack_sibling_open(xb_pack *p, const xb_pack_file *beside, const char *relative, const char *what,
                                   const xb_pack_file **out, xybrid_error *err);

/* Opens a stage's model file and checks it by its header: ONNX, with every external file it needs (there, inside the pack,
 * long enough); GGUF completely. Other kinds (an engine's own) are opened only. *format (may be NULL): "onnx", "gguf" or "" by content. */
xybrid_status xb_pack_model_open(xb_pack *p, const xb_pack_stage *stage, const xb_pack_file **out, const char **format,
                                 xybrid_error *err);

/* What tells two versions of a file apart without reading all of it: SHA-256, in hexadecimal, over device, inode, length, time of
 * the last change and the first and last 64 KiB. 0 for a file in memory, of which only its bytes are known. */
int xb_pack_identify(const xb_pack_file *file, char out[65]);

/* ---- metadata for a bare model (pack_init.c) ---- */

/* Writes model_metadata.json for an .onnx or .gguf file in memory, pretty, to `out`: model_id (`name` without folder and
 * suffix), template by content, no steps, the files it needs, and under "metadata" what its header says. Errors: those of the
 * header readers; UNSUPPORTED_MODEL for other content. */
xybrid_status xb_pack_init_metadata(xb_mem *mem, const char *name, const void *bytes, size_t size, xb_str *out,
                                    xybrid_error *err);

#endif
