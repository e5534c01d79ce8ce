/* codec/gguf_model.h - does a GGUF hold a whole language model of a kind that llama.cpp runs?
 *
 *     xb_gguf g;  xb_gguf_model m;
 *     XB_TRY(xb_gguf_read(bytes, size, &arena, &g, err));              // the container
 *     XB_TRY(xb_gguf_check_model(&g, &arena, &m, err));                // what is in it
 *     kv_bytes = m.kv_bytes_per_token * n_context + m.state_bytes;     // f16 keys and values
 *
 * llama.cpp stops the process (GGML_ASSERT, GGML_ABORT), or lets a C++ exception fly, on many a file that its container
 * reader takes: numbers that do not divide each other, a tensor that is missing or has another element type, a token that
 * occurs twice. Here each requirement of each architecture is a row of a table, and what passes is neither stopped at loading nor
 * at decoding. It is stricter than llama.cpp where that is of no use to a real model: each tensor of the file must be one
 * that the architecture has.
 *
 * What the engine itself must keep, whatever the file: at most `context` positions when `is_context_fixed` (the table of
 * positions ends there), a batch that fits one micro-batch when `is_causal` is 0, an n_ctx whose memory is there. The
 * numbers in the tensors are not looked at.
 *
 * Source: llama.cpp as in llama-cpp-python 0.3.36 (src/llama-model.cpp, src/models/, src/llama-vocab.cpp, ggml/src/gguf.cpp).
 * Any thread. */
#ifndef XB_GGUF_MODEL_H
#define XB_GGUF_MODEL_H

#include "codec/gguf.h"

typedef struct xb_gguf_model {
    xb_slice           architecture;                  /* "llama" */
    int32_t            layers, embedding, vocabulary; /* counts */
    int32_t            context;                       /* tokens it was trained for */
    int32_t            heads, kv_heads;               /* kv_heads: the most of any layer; 0, 0: no attention */
    int32_t            key_size, value_size;          /* of a head */
    int32_t            feed_forward, experts, experts_used;
    int32_t            window;             /* tokens that sliding-window layers look back; 0: none does */
    int32_t            pooling;            /* 0 none, 1 mean, 2 first, 3 last; -1 if not given */
    int32_t            is_embedder;        /* gives vectors, no next token (BERT and its kin) */
    int32_t            is_recurrent;       /* no attention at all (Mamba) */
    int32_t            is_hybrid;          /* some layers are recurrent (LFM2) */
    int32_t            is_causal;          /* 0: a token sees those behind it, too */
    int32_t            is_context_fixed;   /* positions beyond `context` do not exist */
    int64_t            kv_bytes_per_token; /* f16, all attention layers */
    int64_t            window_bytes; /* the part of kv_bytes_per_token in sliding-window layers, which keep `window` tokens */
    int64_t            state_bytes;  /* of the recurrent layers of one sequence, f32 */
    xb_gguf_vocabulary words;
} xb_gguf_model;

/* Checks all but the numbers in the tensors. Takes about 40 bytes a token for a moment. Errors, with key or tensor, what was
 * found and what was wanted: MALFORMED; UNSUPPORTED_MODEL (sound as far as seen, but of an architecture, tokenizer, element
 * type or size that is not taken; one part of a split model; only a vocabulary); OUT_OF_MEMORY. */
xybrid_status xb_gguf_check_model(const xb_gguf *g, xb_arena *arena, xb_gguf_model *out, xybrid_error *err);

/* The vocabulary alone: what llama.cpp's tokenizers need, or stop at. */
xybrid_status xb_gguf_check_vocabulary(const xb_gguf *g, xb_arena *arena, xb_gguf_vocabulary *out, xybrid_error *err);

/* The architectures that are taken, by number from 0; NULL after the last. */
const char *xb_gguf_architecture(int index);

#endif
