/* codec/gguf.h - the header of a GGUF file: its keys, its tensors, its vocabulary.
 *
 *     | "GGUF" version tensor_count key_count | keys | tensor infos | padding | data |
 *
 * Everything is checked before it is believed, completely enough that a library which aborts on a malformed file (ggml)
 * can be handed one that passed. Slices point into `bytes`, the tables live in the caller's arena; both must outlive the
 * header. Layout: ggml/docs/gguf.md, versions 2 and 3, little-endian. Any thread. */
#ifndef XB_GGUF_H
#define XB_GGUF_H

#include "base/arena.h"
#include "codec/names.h"
#include "codec/slice.h"

typedef enum xb_gguf_type {
    XB_GGUF_UINT8,
    XB_GGUF_INT8,
    XB_GGUF_UINT16,
    XB_GGUF_INT16,
    XB_GGUF_UINT32,
    XB_GGUF_INT32,
    XB_GGUF_FLOAT32,
    XB_GGUF_BOOL,
    XB_GGUF_STRING,
    XB_GGUF_ARRAY,
    XB_GGUF_UINT64,
    XB_GGUF_INT64,
    XB_GGUF_FLOAT64,
    XB_GGUF_TYPE_COUNT
} xb_gguf_type;

typedef struct xb_gguf_value {
    xb_gguf_type type;
    xb_gguf_type item_type; /* of an ARRAY */
    int64_t      count;     /* of an ARRAY; else 1 */
    xb_slice     bytes;     /* STRING: its text; else the value or the items as they stand in the file */
} xb_gguf_value;

typedef struct xb_gguf_pair {
    xb_slice      key;
    xb_gguf_value value;
} xb_gguf_pair;

typedef struct xb_gguf_tensor {
    xb_slice name;    /* 1 to 63 bytes */
    int32_t  type;    /* ggml_type */
    int32_t  rank;    /* 1 to 4 */
    int64_t  dims[4]; /* innermost first, as in the file; 1 beyond rank */
    int64_t  offset;  /* in the file, a multiple of the alignment */
    int64_t  size_bytes;
} xb_gguf_tensor;

typedef struct xb_gguf {
    int32_t               version;   /* 2 or 3 */
    int32_t               alignment; /* bytes, a power of two; 32 unless general.alignment says otherwise */
    int32_t               pair_count, tensor_count;
    int32_t               nested_arrays; /* 1: some array holds arrays, which ggml refuses */
    const xb_gguf_pair   *pairs;
    const xb_gguf_tensor *tensors;
    int64_t               data_offset;  /* where tensor data begins */
    int64_t               weight_bytes; /* sum over the tensors */
    xb_names              keys, names;  /* value = index into pairs, tensors */
} xb_gguf;

/* Reads the header of a whole file. The caller frees the arena, also after a failure. Errors: MALFORMED with the byte;
 * UNSUPPORTED_MODEL (version 1, big-endian, an element type not known here, not GGUF); OUT_OF_MEMORY. */
xybrid_status xb_gguf_read(const void *bytes, size_t size, xb_arena *arena, xb_gguf *out, xybrid_error *err);

/* NULL if there is none. */
const xb_gguf_value  *xb_gguf_find(const xb_gguf *g, const char *key);
const xb_gguf_tensor *xb_gguf_find_tensor(const xb_gguf *g, const char *name);

/* Typed look-ups: 1 and *out, or 0 and *out untouched when the key is missing or its type does not fit. `int` takes every
 * integer type and BOOL that fits; `float` takes FLOAT32 and FLOAT64. */
int xb_gguf_text(const xb_gguf *g, const char *key, xb_slice *out);
int xb_gguf_int(const xb_gguf *g, const char *key, int64_t *out);
int xb_gguf_float(const xb_gguf *g, const char *key, double *out);
int xb_gguf_bool(const xb_gguf *g, const char *key, int *out);

/* Items of an array of numbers, `index` below count; 0 for another type. */
int64_t xb_gguf_item_int(const xb_gguf_value *array, int64_t index);
double  xb_gguf_item_float(const xb_gguf_value *array, int64_t index);

/* "Q4_K"; NULL if not known. Of `type`: elements and bytes of a block. */
const char *xb_gguf_type_name(int32_t type);
int         xb_gguf_type_block(int32_t type, int32_t *elements, int32_t *bytes); /* 0: not known */

/* ---- arrays of strings, in the file's order ---- */

typedef struct xb_gguf_strings { /* constant-time access: 4 bytes a string in the arena */
    const char     *bytes;
    const uint32_t *offsets; /* [count], of each string's length field */
    int64_t         count;
} xb_gguf_strings;

/* `array` must be an ARRAY of STRING that xb_gguf_read gave, below 4 GiB. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. */
xybrid_status xb_gguf_index(const xb_gguf_value *array, xb_arena *arena, xb_gguf_strings *out, xybrid_error *err);

/* `index` from 0 to count - 1; else "". */
xb_slice xb_gguf_string(const xb_gguf_strings *s, int64_t index);

/* Walks without an index: start with *offset 0; 1 and *out, or 0 at the end. */
int xb_gguf_next_string(const xb_gguf_value *array, size_t *offset, xb_slice *out);

/* ---- the vocabulary ---- */

enum { /* tokenizer.ggml.token_type */
       XB_GGUF_TOKEN_NORMAL = 1,
       XB_GGUF_TOKEN_UNKNOWN = 2,
       XB_GGUF_TOKEN_CONTROL = 3,
       XB_GGUF_TOKEN_USER = 4,
       XB_GGUF_TOKEN_UNUSED = 5,
       XB_GGUF_TOKEN_BYTE = 6
};

typedef struct xb_gguf_vocabulary {
    xb_slice             model; /* "gpt2", "llama", "bert", "t5", ... */
    xb_slice             pre;   /* pre-tokenizer: "llama-bpe", ...; "" if not given */
    xb_gguf_strings      tokens;
    xb_gguf_strings      merges;      /* "a b", count 0 if not given */
    const xb_gguf_value *scores;      /* FLOAT32, one for each token, or NULL: xb_gguf_item_float */
    const xb_gguf_value *token_types; /* integers, one for each token, or NULL: xb_gguf_item_int */
    /* Token ids; -1 if not given or outside the vocabulary (llama.cpp takes these for not given, too). */
    int32_t bos, eos, eot, eom, unknown, separator, padding, classify, mask;
    /* 1 or 0, XYBRID_AUTO if not given. */
    int32_t  add_bos, add_eos, add_sep, add_space_prefix, remove_extra_whitespaces;
    xb_slice chat_template; /* Jinja; "" if none */
    xb_slice charsmap;      /* precompiled_charsmap of SentencePiece; "" if none */
} xb_gguf_vocabulary;

/* The vocabulary in `g`, checked: lists of one length, lengths of tokens, types. The indexes are built in `arena`. Errors:
 * UNSUPPORTED_MODEL (no vocabulary in the file), MALFORMED, OUT_OF_MEMORY. */
xybrid_status xb_gguf_vocabulary_read(const xb_gguf *g, xb_arena *arena, xb_gguf_vocabulary *out, xybrid_error *err);

#endif
