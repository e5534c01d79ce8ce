/* gguf_tree.h - a GGUF as a list of keys and a list of tensors that a test may change, and tiny whole models of each
 * architecture that codec/gguf_model.h takes.
 *
 *     gguf_tree t;
 *     gguf_tree_tiny(&t, "llama");                        // or gguf_tree_read(&t, bytes, size) of a file
 *     gguf_tree_set_u32(&t, "llama.block_count", 3);
 *     char *bytes = gguf_tree_write(&t, &size);           // malloc'ed
 *     gguf_tree_free(&t);
 *
 * Shapes of the tiny models are written down here a second time, from llama.cpp's src/models/, not from the library's tables.
 * Tensors get numbers that depend on their place only. */
#ifndef GGUF_TREE_H
#define GGUF_TREE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/gguf.h"

typedef struct gguf_tree_key {
    char     name[160];
    size_t   name_size;
    int      type, item_type; /* xb_gguf_type */
    uint64_t count;           /* of an ARRAY */
    char    *bytes;           /* as they stand in the file; of a STRING without its length */
    size_t   size;
} gguf_tree_key;

typedef struct gguf_tree_tensor {
    char     name[64];
    uint32_t rank;
    int64_t  dims[4];
    int32_t  type;
} gguf_tree_tensor;

enum { GGUF_TREE_KEYS = 160, GGUF_TREE_TENSORS = 768 };
#define GGUF_TREE_MAX_BYTES 2097152.0
typedef struct gguf_tree {
    gguf_tree_key    keys[GGUF_TREE_KEYS];
    gguf_tree_tensor tensors[GGUF_TREE_TENSORS];
    int              key_count, tensor_count;
} gguf_tree;

static inline void gguf_tree_free(gguf_tree *t) {
    for (int i = 0; i < t->key_count; i++) free(t->keys[i].bytes);
    t->key_count = t->tensor_count = 0;
}

static inline gguf_tree_key *gguf_tree_find(gguf_tree *t, const char *name) {
    for (int i = 0; i < t->key_count; i++)
        if (strcmp(t->keys[i].name, name) == 0) return &t->keys[i];
    return NULL;
}

static inline gguf_tree_tensor *gguf_tree_find_tensor(gguf_tree *t, const char *name) {
    for (int i = 0; i < t->tensor_count; i++)
        if (strcmp(t->tensors[i].name, name) == 0) return &t->tensors[i];
    return NULL;
}

static inline void gguf_tree_drop_key(gguf_tree *t, const char *name) {
    gguf_tree_key *k = gguf_tree_find(t, name);
    if (!k) return;
    free(k->bytes);
    *k = t->keys[--t->key_count];
}

static inline void gguf_tree_drop_tensor(gguf_tree *t, const char *name) {
    gguf_tree_tensor *x = gguf_tree_find_tensor(t, name);
    if (x) memmove(x, x + 1, (size_t)(&t->tensors[--t->tensor_count] - x) * sizeof *x);
}

/* Adds or replaces a key; `bytes` are copied. */
static inline gguf_tree_key *gguf_tree_set(gguf_tree *t, const char *name, int type, int item_type, uint64_t count,
                                           const void *bytes, size_t size) {
    gguf_tree_key *k = gguf_tree_find(t, name);
    if (!k) {
        if (t->key_count == GGUF_TREE_KEYS) return &t->keys[0];
        k = &t->keys[t->key_count++];
        memset(k, 0, sizeof *k);
        k->name_size = strlen(name) < sizeof k->name ? strlen(name) : sizeof k->name - 1;
        memcpy(k->name, name, k->name_size);
    }
    char *copy = malloc(size + 1);
    if (size) memcpy(copy, bytes, size);
    free(k->bytes);
    k->type = type, k->item_type = item_type, k->count = count, k->bytes = copy, k->size = size;
    return k;
}
static inline void gguf_tree_set_u32(gguf_tree *t, const char *name, uint32_t v) {
    gguf_tree_set(t, name, XB_GGUF_UINT32, 0, 1, &v, 4);
}
static inline void gguf_tree_set_f32(gguf_tree *t, const char *name, float v) {
    gguf_tree_set(t, name, XB_GGUF_FLOAT32, 0, 1, &v, 4);
}
static inline void gguf_tree_set_bool(gguf_tree *t, const char *name, int v) {
    char b = (char)v;
    gguf_tree_set(t, name, XB_GGUF_BOOL, 0, 1, &b, 1);
}
static inline void gguf_tree_set_text(gguf_tree *t, const char *name, const char *text) {
    gguf_tree_set(t, name, XB_GGUF_STRING, 0, 1, text, strlen(text));
}
static inline void gguf_tree_set_u32s(gguf_tree *t, const char *name, const uint32_t *v, uint64_t count) {
    gguf_tree_set(t, name, XB_GGUF_ARRAY, XB_GGUF_UINT32, count, v, (size_t)count * 4);
}

static inline gguf_tree_tensor *gguf_tree_add(gguf_tree *t, const char *name, int32_t type, uint32_t rank,
                                              const int64_t *dims) {
    if (t->tensor_count == GGUF_TREE_TENSORS) return &t->tensors[0];
    gguf_tree_tensor *x = &t->tensors[t->tensor_count++];
    *x = (gguf_tree_tensor){ .rank = rank, .dims = { 1, 1, 1, 1 }, .type = type };
    snprintf(x->name, sizeof x->name, "%s", name);
    memcpy(x->dims, dims, rank * sizeof *dims);
    return x;
}

/* The header of a real file; its tensors get our numbers. 0 if it has too much or is damaged. */
static inline int gguf_tree_read(gguf_tree *t, const void *bytes, size_t size) {
    xb_mem       mem;
    xb_arena     arena;
    xb_gguf      g;
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    t->key_count = t->tensor_count = 0;
    int ok = xb_gguf_read(bytes, size, &arena, &g, &err) == XYBRID_OK && g.pair_count <= GGUF_TREE_KEYS &&
             g.tensor_count <= GGUF_TREE_TENSORS;
    for (int i = 0; ok && i < g.pair_count; i++) {
        const xb_gguf_pair *p = &g.pairs[i];
        char                name[160];
        snprintf(name, sizeof name, "%.*s", (int)p->key.size, p->key.data);
        gguf_tree_set(t, name, (int)p->value.type, (int)p->value.item_type, (uint64_t)p->value.count, p->value.bytes.data,
                      p->value.bytes.size);
    }
    for (int i = 0; ok && i < g.tensor_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)g.tensors[i].name.size, g.tensors[i].name.data);
        gguf_tree_add(t, name, g.tensors[i].type, (uint32_t)g.tensors[i].rank, g.tensors[i].dims);
    }
    xb_arena_free(&arena);
    return ok;
}

/* ---- writing ---- */

typedef struct gguf_out {
    char  *bytes;
    size_t size, room;
} gguf_out;
static inline char *gguf_out_room(gguf_out *o, size_t n) {
    if (o->room - o->size < n) {
        o->room = (o->room + n) * 2;
        o->bytes = realloc(o->bytes, o->room);
    }
    o->size += n;
    return o->bytes + o->size - n;
}
static inline void gguf_out_put(gguf_out *o, const void *bytes, size_t n) {
    if (n) memcpy(gguf_out_room(o, n), bytes, n);
}
static inline void gguf_out_number(gguf_out *o, uint64_t v, size_t n) { /* little-endian, as every target of the tests is */
    for (size_t i = 0; i < n; i++) *gguf_out_room(o, 1) = (char)(v >> (8 * i));
}

/* Bytes of a tensor, at most GGUF_TREE_MAX_BYTES: what a test makes beyond that is cut off. */
static inline size_t gguf_tree_bytes(const gguf_tree_tensor *x) {
    int32_t elements = 1, bytes = 4;
    double  count = 1;
    xb_gguf_type_block(x->type, &elements, &bytes);
    for (uint32_t i = 0; i < x->rank && i < 4; i++) count *= x->dims[i] > 0 ? (double)x->dims[i] : 0;
    count = count / elements * bytes;
    return (size_t)(count < GGUF_TREE_MAX_BYTES ? count : GGUF_TREE_MAX_BYTES);
}

/* Small numbers: floats of both signs; of block types any bytes but for scales, which are F16 and small: 0x1xxx. */
static inline void gguf_tree_fill(const gguf_tree_tensor *x, char *out, size_t n, uint64_t seed) {
    uint64_t s = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    int      is_norm = strstr(x->name, "norm") != NULL;
    for (size_t i = 0; i < n; i++) {
        s = s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (char)(s >> 56);
    }
    if (x->type == 0) {
        for (size_t i = 0; i + 4 <= n; i += 4) {
            float f = (float)(int8_t)out[i] / 512 + (is_norm ? 1.0f : 0.0f);
            memcpy(out + i, &f, 4);
        }
    } else if (x->type == 1 || x->type == 30) {
        for (size_t i = 0; i + 2 <= n; i += 2) out[i + 1] = (char)((out[i + 1] & 0x80) | (x->type == 1 ? 0x28 : 0x3c));
    } else {
        for (size_t i = 0; i + 2 <= n; i += 2) out[i + 1] = (char)((out[i + 1] & 0x83) | 0x10);
    }
}

static inline char *gguf_tree_write(const gguf_tree *t, size_t *size) {
    gguf_out o = { 0 };
    size_t   align = 32, offset = 0;
    for (int i = 0; i < t->key_count; i++) {
        const gguf_tree_key *k = &t->keys[i];
        if (strcmp(k->name, "general.alignment") == 0 && k->size == 4) {
            uint32_t a;
            memcpy(&a, k->bytes, 4);
            align = a > 0 && a <= 4096 ? a : 32;
        }
    }
    gguf_out_put(&o, "GGUF\3\0\0\0", 8);
    gguf_out_number(&o, (uint64_t)t->tensor_count, 8);
    gguf_out_number(&o, (uint64_t)t->key_count, 8);
    for (int i = 0; i < t->key_count; i++) {
        const gguf_tree_key *k = &t->keys[i];
        gguf_out_number(&o, k->name_size, 8);
        gguf_out_put(&o, k->name, k->name_size);
        gguf_out_number(&o, (uint64_t)k->type, 4);
        if (k->type == XB_GGUF_ARRAY) gguf_out_number(&o, (uint64_t)k->item_type, 4);
        if (k->type == XB_GGUF_ARRAY) gguf_out_number(&o, k->count, 8);
        if (k->type == XB_GGUF_STRING) gguf_out_number(&o, k->size, 8);
        gguf_out_put(&o, k->bytes, k->size);
    }
    for (int i = 0; i < t->tensor_count; i++) {
        const gguf_tree_tensor *x = &t->tensors[i];
        gguf_out_number(&o, strlen(x->name), 8);
        gguf_out_put(&o, x->name, strlen(x->name));
        gguf_out_number(&o, x->rank, 4);
        for (uint32_t d = 0; d < x->rank; d++) gguf_out_number(&o, (uint64_t)x->dims[d & 3], 8);
        gguf_out_number(&o, (uint64_t)x->type, 4);
        gguf_out_number(&o, offset, 8);
        offset += (gguf_tree_bytes(x) + align - 1) / align * align;
    }
    while (o.size % align) gguf_out_number(&o, 0, 1);
    for (int i = 0; i < t->tensor_count; i++) {
        size_t n = gguf_tree_bytes(&t->tensors[i]);
        gguf_tree_fill(&t->tensors[i], gguf_out_room(&o, n), n, (uint64_t)i);
        while (o.size % align) gguf_out_number(&o, 0, 1);
    }
    *size = o.size;
    return o.bytes;
}

/* ---- vocabularies ---- */

typedef struct gguf_words {
    gguf_out text; /* strings as in an array */
    int32_t  types[512];
    uint64_t count;
} gguf_words;
static inline void gguf_words_add(gguf_words *w, const char *word, int32_t type) {
    gguf_out_number(&w->text, strlen(word), 8);
    gguf_out_put(&w->text, word, strlen(word));
    w->types[w->count++] = type;
}
static inline void gguf_words_store(gguf_words *w, gguf_tree *t) {
    float scores[512];
    for (uint64_t i = 0; i < w->count; i++) scores[i] = -(float)i;
    gguf_tree_set(t, "tokenizer.ggml.tokens", XB_GGUF_ARRAY, XB_GGUF_STRING, w->count, w->text.bytes, w->text.size);
    gguf_tree_set(t, "tokenizer.ggml.token_type", XB_GGUF_ARRAY, XB_GGUF_INT32, w->count, w->types, (size_t)w->count * 4);
    gguf_tree_set(t, "tokenizer.ggml.scores", XB_GGUF_ARRAY, XB_GGUF_FLOAT32, w->count, scores, (size_t)w->count * 4);
    free(w->text.bytes);
}

/* SentencePiece: 3 specials, 256 bytes, 13 words = 272. */
static inline void gguf_tree_words_llama(gguf_tree *t) {
    static const char *const words[] = { "\xe2\x96\x81", "a",  "b",  "c",   "d",    "e",         "\xe2\x96\x81\x61",
                                         "ab",           "bc", "de", "abc", "\n\n", "<|im_end|>" };
    gguf_words               w = { 0 };
    char                     text[8];
    gguf_tree_set_text(t, "tokenizer.ggml.model", "llama");
    gguf_words_add(&w, "<unk>", 2);
    gguf_words_add(&w, "<s>", 3);
    gguf_words_add(&w, "</s>", 3);
    for (unsigned b = 0; b < 256; b++) {
        snprintf(text, sizeof text, "<0x%02X>", b);
        gguf_words_add(&w, text, 6);
    }
    for (int i = 0; i < 13; i++) gguf_words_add(&w, words[i], i == 12 ? 3 : 1);
    gguf_words_store(&w, t);
}

/* Byte-level BPE: 94 bytes, space and line feed in GPT-2's spelling, 2 merged pieces, 2 specials = 100. */
static inline void gguf_tree_words_gpt2(gguf_tree *t) {
    gguf_words w = { 0 }, merges = { 0 };
    gguf_tree_set_text(t, "tokenizer.ggml.model", "gpt2");
    gguf_tree_set_text(t, "tokenizer.ggml.pre", "gpt-2");
    for (char c = '!'; c <= '~'; c++) gguf_words_add(&w, (char[]){ c, 0 }, 1);
    gguf_words_add(&w, "\xc4\xa0", 1);
    gguf_words_add(&w, "\xc4\x8a", 1);
    gguf_words_add(&w, "ab", 1);
    gguf_words_add(&w, "abc", 1);
    gguf_words_add(&w, "<|endoftext|>", 3);
    gguf_words_add(&w, "<|im_start|>", 3);
    gguf_words_store(&w, t);
    gguf_words_add(&merges, "a b", 0);
    gguf_words_add(&merges, "ab c", 0);
    gguf_tree_set(t, "tokenizer.ggml.merges", XB_GGUF_ARRAY, XB_GGUF_STRING, merges.count, merges.text.bytes, merges.text.size);
    free(merges.text.bytes);
    gguf_tree_drop_key(t, "tokenizer.ggml.scores");
    gguf_tree_set_u32(t, "tokenizer.ggml.bos_token_id", 98);
    gguf_tree_set_u32(t, "tokenizer.ggml.eos_token_id", 98);
}

static inline void gguf_tree_words_bert(gguf_tree *t) {
    static const char *const specials[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
    gguf_words               w = { 0 };
    char                     text[8];
    gguf_tree_set_text(t, "tokenizer.ggml.model", "bert");
    for (int i = 0; i < 5; i++) gguf_words_add(&w, specials[i], 3);
    for (char c = 'a'; c <= 'z'; c++) {
        snprintf(text, sizeof text, "\xe2\x96\x81%c", c);
        gguf_words_add(&w, text, 1);
        gguf_words_add(&w, (char[]){ c, 0 }, 1);
    }
    gguf_words_store(&w, t);
    gguf_tree_set_u32(t, "tokenizer.ggml.padding_token_id", 0);
    gguf_tree_set_u32(t, "tokenizer.ggml.unknown_token_id", 1);
    gguf_tree_set_u32(t, "tokenizer.ggml.bos_token_id", 2);
    gguf_tree_set_u32(t, "tokenizer.ggml.seperator_token_id", 3);
    gguf_tree_set_u32(t, "tokenizer.ggml.mask_token_id", 4);
    gguf_tree_set_u32(t, "tokenizer.ggml.token_type_count", 2);
}

/* ---- tiny models ----
 *
 * Two layers, embedding 32, 4 heads of 8, 2 of keys and values, feed-forward 64, context 128, or as a gguf_shape says. Shapes
 * by letters: E embedding, V vocabulary, Q heads, G kv heads, J = Q + 2 G, K one head, H and I how many heads and kv heads,
 * R half of what turns, F and Z feed-forward, D doubled, C context, T 2 token types, X experts, Y feed-forward of one, L width
 * of LFM2's convolution, M = 3 E, N and P = 2 E and 4 E, c S U W: Mamba's kernel, state, rank, U + 2 S. '*' before what each
 * layer has, '1' or '2' before what only the first or second; '#' behind the name of a matrix, '?' behind what may be
 * missing. */
typedef struct gguf_tiny {
    const char *name, *words, *keys, *tensors;
} gguf_tiny;

#define TINY_TOP      "token_embd.weight# EV|output_norm.weight E|"
#define TINY_OUT      "output.weight#? EV|"
#define TINY_MUST_OUT "output.weight# EV|"
#define TINY_QKV      "*attn_q.weight# EQ|*attn_k.weight# EG|*attn_v.weight# EG|*attn_output.weight# QE|"
#define TINY_QKVB     "*attn_q.bias? Q|*attn_k.bias? G|*attn_v.bias? G|"
#define TINY_GATE     "*ffn_norm.weight E|*ffn_gate.weight# EF|*ffn_up.weight# EF|*ffn_down.weight# FE|"
#define TINY_NORM     "*attn_norm.weight E|"
#define TINY_KN       "*attn_q_norm.weight K|*attn_k_norm.weight K|"
#define TINY_POST     "*post_attention_norm.weight E|*post_ffw_norm.weight E|"
#define TINY_EXPS     "*ffn_gate_inp.weight# EX|*ffn_gate_exps.weight# EYX|*ffn_up_exps.weight# EYX|*ffn_down_exps.weight# YEX|"
#define TINY_LN2      "output_norm.bias E|*attn_norm.weight E|*attn_norm.bias E|"
#define TINY_FFB      "*ffn_up.weight# EF|*ffn_up.bias F|*ffn_down.weight# FE|*ffn_down.bias E|"
#define TINY_FNB      "*ffn_norm.weight E|*ffn_norm.bias E|"
#define TINY_LFM                                                                                            \
    "2attn_q.weight# EQ|2attn_k.weight# EG|2attn_v.weight# EG|2attn_output.weight# QE|2attn_q_norm.weight " \
    "K|2attn_k_norm.weight K|1shortconv.conv.weight LE|1shortconv.in_proj.weight# EM|1shortconv.out_proj.weight# EE|"
#define TINY_BERT_IN                                                                                                   \
    "token_embd.weight# EV|token_types.weight? ET|token_embd_norm.weight E|token_embd_norm.bias E|" TINY_QKV TINY_QKVB \
    "*attn_output.bias? E|*attn_output_norm.weight E|*attn_output_norm.bias E|*layer_output_norm.weight "              \
    "E|*layer_output_norm.bias E|"
#define TINY_BERT TINY_BERT_IN "*ffn_up.weight# EF|*ffn_up.bias? F|*ffn_down.weight# FE|*ffn_down.bias? E|"

#define TINY_JINA                                                                                                     \
    "token_embd.weight# EV|token_types.weight ET|token_embd_norm.weight E|token_embd_norm.bias E|*attn_q.weight# EE|" \
    "*attn_k.weight# EE|*attn_v.weight# EE|*attn_q.bias? E|*attn_k.bias? E|*attn_v.bias? E|*attn_output.weight# EE|"  \
    "*attn_output.bias E|*attn_output_norm.weight E|*attn_output_norm.bias E|*layer_output_norm.weight E|"            \
    "*layer_output_norm.bias E|*ffn_down.weight# FE|*ffn_down.bias E|"

static const gguf_tiny gguf_tinies[] = {
    { "llama", "llama", "rms",
      TINY_TOP TINY_OUT "rope_freqs.weight? R|" TINY_NORM TINY_QKV TINY_QKVB "*attn_output.bias? E|" TINY_GATE
                        "*ffn_gate.bias? F|*ffn_up.bias? F|*ffn_down.bias? E|" },
    { "llama+experts", "gpt2", "rms moe",
      TINY_TOP TINY_OUT TINY_NORM TINY_QKV "*ffn_norm.weight E|*ffn_gate_inp.weight# EX|*ffn_gate_exps.weight# "
                                           "EFX|*ffn_up_exps.weight# EFX|*ffn_down_exps.weight# FEX|" },
    { "llama+longrope", "llama", "rms long",
      TINY_TOP "rope_factors_long.weight? R|rope_factors_short.weight? R|" TINY_NORM TINY_QKV TINY_GATE },
    { "mistral3", "gpt2", "rms temp", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_GATE },
    { "qwen2", "gpt2", "rms", TINY_TOP TINY_OUT "output.bias? V|" TINY_NORM TINY_QKV TINY_QKVB TINY_GATE },
    { "qwen3", "gpt2", "rms", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_KN TINY_GATE },
    { "qwen2moe", "gpt2", "rms moe",
      TINY_TOP TINY_MUST_OUT TINY_NORM TINY_QKV TINY_QKVB
      "*ffn_norm.weight E|" TINY_EXPS
      "*ffn_gate_inp_shexp.weight# E|*ffn_gate_shexp.weight# EZ|*ffn_up_shexp.weight# EZ|*ffn_down_shexp.weight# ZE|" },
    { "qwen3moe", "gpt2", "rms moe", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_KN "*ffn_norm.weight E|" TINY_EXPS },
    { "gemma", "llama", "rms", TINY_TOP TINY_NORM TINY_QKV TINY_GATE },
    { "gemma2", "llama", "rms soft", TINY_TOP TINY_NORM TINY_QKV TINY_GATE TINY_POST },
    { "gemma3", "llama", "rms window", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_KN TINY_GATE TINY_POST },
    { "gemma-embedding", "llama", "rms window", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_KN TINY_GATE TINY_POST },
    { "phi2", "gpt2", "ln rot",
      TINY_TOP TINY_LN2 TINY_MUST_OUT "output.bias V|" TINY_QKV TINY_QKVB "*attn_output.bias E|" TINY_FFB },
    { "phi3", "llama", "rms",
      TINY_TOP TINY_OUT
      "rope_factors_long.weight? R|rope_factors_short.weight? R|" TINY_NORM
      "*attn_qkv.weight# EJ|*attn_output.weight# QE|*ffn_norm.weight E|*ffn_up.weight# ED|*ffn_down.weight# FE|" },
    { "smollm3", "gpt2", "rms", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_GATE },
    { "granite", "gpt2", "rms scale", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_GATE },
    { "ernie4_5", "llama", "rms", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_QKVB "*attn_output.bias? E|" TINY_GATE },
    { "hunyuan-dense", "gpt2", "rms", TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_QKVB TINY_KN TINY_GATE },
    { "exaone4", "gpt2", "rms",
      TINY_TOP TINY_OUT "rope_freqs.weight? R|" TINY_QKV TINY_QKVB TINY_KN TINY_POST
                        "*ffn_gate.weight# EF|*ffn_up.weight# EF|*ffn_down.weight# FE|" },
    { "glm4", "gpt2", "rms rot",
      TINY_TOP TINY_OUT TINY_NORM TINY_QKV TINY_QKVB TINY_POST "*ffn_norm.weight E|*ffn_up.weight# ED|*ffn_down.weight# FE|" },
    { "gpt-oss", "gpt2", "rms moe need window",
      TINY_TOP TINY_MUST_OUT TINY_NORM TINY_QKV TINY_QKVB TINY_EXPS
      "*attn_output.bias E|*attn_sinks.weight H|*post_attention_norm.weight E|*ffn_gate_inp.bias X|*ffn_gate_exps.bias YX|"
      "*ffn_up_exps.bias YX|*ffn_down_exps.bias EX|" },
    { "olmo2", "gpt2", "rms",
      TINY_TOP TINY_MUST_OUT TINY_QKV "*attn_q_norm.weight Q|*attn_k_norm.weight G|" TINY_POST
                                      "*ffn_gate.weight# EF|*ffn_up.weight# EF|*ffn_down.weight# FE|" },
    { "olmo2+window", "gpt2", "rms window",
      TINY_TOP TINY_MUST_OUT TINY_QKV "*attn_q_norm.weight Q|*attn_k_norm.weight G|" TINY_POST
                                      "*ffn_gate.weight# EF|*ffn_up.weight# EF|*ffn_down.weight# FE|" },
    { "starcoder2", "gpt2", "ln", TINY_TOP TINY_OUT TINY_LN2 TINY_QKV TINY_QKVB "*attn_output.bias E|" TINY_FNB TINY_FFB },
    { "stablelm", "gpt2", "ln rot",
      TINY_TOP TINY_LN2 TINY_MUST_OUT TINY_QKV TINY_QKVB
      "*attn_q_norm.weight? KH|*attn_k_norm.weight? KI|*ffn_norm.weight? E|*ffn_norm.bias? E|*ffn_gate.weight# "
      "EF|*ffn_up.weight# EF|*ffn_down.weight# FE|" },
    { "gpt2", "gpt2", "ln",
      TINY_TOP TINY_OUT
      "position_embd.weight# EC|" TINY_LN2
      "*attn_qkv.weight# EJ|*attn_qkv.bias J|*attn_output.weight# QE|*attn_output.bias E|" TINY_FNB TINY_FFB },
    { "falcon", "gpt2", "ln",
      TINY_TOP TINY_OUT TINY_LN2 "*attn_norm_2.weight? E|*attn_norm_2.bias? E|*attn_qkv.weight# EJ|*attn_output.weight# "
                                 "QE|*ffn_up.weight# EF|*ffn_down.weight# FE|" },
    { "bert", "bert", "ln embed", TINY_BERT "position_embd.weight# EC|" },
    { "nomic-bert", "bert", "ln embed", TINY_BERT "*ffn_gate.weight# EF|" },
    { "nomic-bert-moe", "bert", "ln embed moe every",
      TINY_BERT_IN "1ffn_up.weight# EF|1ffn_up.bias? F|1ffn_down.weight# FE|1ffn_down.bias? E|2ffn_gate_inp.weight# "
                   "EX|2ffn_up_exps.weight# EFX|2ffn_down_exps.weight# FEX|" },
    { "jina-bert-v2", "bert", "ln embed all",
      TINY_JINA "*attn_q_norm.weight? E|*attn_q_norm.bias? E|*attn_k_norm.weight? E|*attn_k_norm.bias? E|*attn_norm_2.weight? "
                "E|*attn_norm_2.bias? E|*ffn_gate.weight? EF|*ffn_up.weight# EF|*ffn_up.bias? F|" },
    { "jina-bert-v2+halves", "gpt2", "ln embed all types", TINY_JINA "*ffn_up.weight# ED|*ffn_up.bias? D|" },
    { "modern-bert", "gpt2", "ln embed window all",
      TINY_TOP "token_embd_norm.weight E|2attn_norm.weight E|1attn_norm.weight? E|*attn_qkv.weight# EM|*attn_output.weight# "
               "EE|*ffn_norm.weight E|*ffn_up.weight# ED|*ffn_down.weight# FE|" },
    { "lfm2", "gpt2", "rms conv", "token_embd.weight# EV|token_embd_norm.weight E|" TINY_OUT TINY_NORM TINY_GATE TINY_LFM },
    { "lfm2moe", "gpt2", "rms conv moe gate lead",
      "token_embd.weight# EV|token_embd_norm.weight E|" TINY_OUT TINY_NORM TINY_LFM
      "*ffn_norm.weight E|1ffn_gate.weight# EF|1ffn_up.weight# EF|1ffn_down.weight# FE|2ffn_gate_inp.weight# EX|"
      "2ffn_gate_exps.weight# EYX|2ffn_up_exps.weight# EYX|2ffn_down_exps.weight# YEX|2exp_probs_b.bias X|" },
    { "lfm2moe+experts", "gpt2", "rms conv moe gate", /* in all layers */
      "token_embd.weight# EV|token_embd_norm.weight E|" TINY_OUT TINY_NORM TINY_LFM TINY_EXPS
      "*ffn_norm.weight E|*exp_probs_b.bias X|" },
    { "mamba", "gpt2", "rms ssm",
      TINY_TOP TINY_OUT TINY_NORM "*ssm_in.weight# EP|*ssm_conv1d.weight cN|*ssm_conv1d.bias N|*ssm_x.weight# "
                                  "NW|*ssm_dt.weight UN|*ssm_dt.bias N|*ssm_a SN|*ssm_d N|*ssm_out.weight# NE|" },
};
enum { GGUF_TINIES = sizeof gguf_tinies / sizeof gguf_tinies[0] };

/* What a tiny model is measured by; NULL stands for the numbers above. */
typedef struct gguf_shape {
    int64_t embd, heads, kv, head, rot, ff, context, experts, used, ff_expert, conv, kernel, state, rank, window;
} gguf_shape;
static const gguf_shape gguf_usual_shape = { 32, 4, 2, 8, 8, 64, 128, 4, 2, 32, 3, 4, 16, 2, 16 };

static inline int64_t gguf_tiny_dim(char letter, int64_t vocabulary, const gguf_shape *s) {
    switch (letter) {
    case 'V': return vocabulary;
    case 'E': return s->embd;
    case 'Q': return s->heads * s->head;
    case 'G': return s->kv * s->head;
    case 'J': return (s->heads + 2 * s->kv) * s->head;
    case 'K': return s->head;
    case 'H': return s->heads;
    case 'I': return s->kv;
    case 'R': return s->rot / 2;
    case 'F':
    case 'Z': return s->ff;
    case 'D': return 2 * s->ff;
    case 'C': return s->context;
    case 'X': return s->experts;
    case 'Y': return s->ff_expert;
    case 'L': return s->conv;
    case 'M': return 3 * s->embd;
    case 'N': return 2 * s->embd;
    case 'P': return 4 * s->embd;
    case 'S': return s->state;
    case 'U': return s->rank;
    case 'W': return s->rank + 2 * s->state;
    case 'c': return s->kernel;
    default: return 2; /* T */
    }
}

static inline void gguf_tiny_keys(gguf_tree *t, const char *kind, const char *arch, const gguf_shape *s) {
    char key[96];
#define TINY_KEY(name) (snprintf(key, sizeof key, "%s.%s", arch, name), key)
    gguf_tree_set_text(t, "general.architecture", arch);
    gguf_tree_set_u32(t, TINY_KEY("block_count"), 2);
    gguf_tree_set_u32(t, TINY_KEY("context_length"), (uint32_t)s->context);
    gguf_tree_set_u32(t, TINY_KEY("embedding_length"), (uint32_t)s->embd);
    if (strstr(kind, "ssm")) {
        gguf_tree_set_u32(t, TINY_KEY("ssm.conv_kernel"), (uint32_t)s->kernel);
        gguf_tree_set_u32(t, TINY_KEY("ssm.inner_size"), (uint32_t)(2 * s->embd));
        gguf_tree_set_u32(t, TINY_KEY("ssm.state_size"), (uint32_t)s->state);
        gguf_tree_set_u32(t, TINY_KEY("ssm.time_step_rank"), (uint32_t)s->rank);
        gguf_tree_set_u32(t, TINY_KEY("attention.head_count"), 0);
        gguf_tree_set_u32(t, TINY_KEY("feed_forward_length"), 0);
    } else {
        gguf_tree_set_u32(t, TINY_KEY("feed_forward_length"), (uint32_t)s->ff);
        gguf_tree_set_u32(t, TINY_KEY("attention.head_count"), (uint32_t)s->heads);
        gguf_tree_set_u32(t, TINY_KEY("attention.head_count_kv"), (uint32_t)(strstr(kind, "all") ? s->heads : s->kv));
        gguf_tree_set_f32(t, TINY_KEY("rope.freq_base"), 10000);
    }
    gguf_tree_set_f32(t, TINY_KEY(strstr(kind, "rms") ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"),
                      1e-5f);
    if (strstr(kind, "moe")) {
        gguf_tree_set_u32(t, TINY_KEY("expert_count"), (uint32_t)s->experts);
        gguf_tree_set_u32(t, TINY_KEY("expert_used_count"), (uint32_t)s->used);
        if (strstr(kind, "gate") || strstr(kind, "need") || s != &gguf_usual_shape)
            gguf_tree_set_u32(t, TINY_KEY("expert_feed_forward_length"), (uint32_t)s->ff_expert);
    }
    if (strstr(kind, "gate")) gguf_tree_set_u32(t, TINY_KEY("expert_gating_func"), 2);
    if (strstr(kind, "lead")) gguf_tree_set_u32(t, TINY_KEY("leading_dense_block_count"), 1);
    if (strstr(kind, "long")) gguf_tree_set_text(t, TINY_KEY("rope.scaling.type"), "longrope");
    if (strstr(kind, "temp")) gguf_tree_set_f32(t, TINY_KEY("attention.temperature_scale"), 0.1f);
    if (strstr(kind, "soft")) gguf_tree_set_f32(t, TINY_KEY("final_logit_softcapping"), 30);
    if (strstr(kind, "scale")) gguf_tree_set_f32(t, TINY_KEY("logit_scale"), 8);
    if (strstr(kind, "window") || strstr(kind, "soft"))
        gguf_tree_set_u32(t, TINY_KEY("attention.sliding_window"), (uint32_t)s->window);
    if (strstr(kind, "window")) gguf_tree_set_u32(t, TINY_KEY("attention.sliding_window_pattern"), 2);
    if (strstr(kind, "rot")) gguf_tree_set_u32(t, TINY_KEY("rope.dimension_count"), (uint32_t)(s->rot / 4 * 2));
    if (s->heads * s->head != s->embd && !strstr(kind, "ssm")) {
        gguf_tree_set_u32(t, TINY_KEY("attention.key_length"), (uint32_t)s->head);
        gguf_tree_set_u32(t, TINY_KEY("attention.value_length"), (uint32_t)s->head);
    }
    if (strstr(kind, "embed")) gguf_tree_set_bool(t, TINY_KEY("attention.causal"), 0);
    if (strstr(kind, "embed")) gguf_tree_set_u32(t, TINY_KEY("pooling_type"), 1);
    if (strstr(kind, "every")) gguf_tree_set_u32(t, TINY_KEY("moe_every_n_layers"), 2);
    if (strstr(kind, "types")) gguf_tree_set_u32(t, "tokenizer.ggml.token_type_count", 2);
    if (strstr(kind, "conv")) gguf_tree_set_u32(t, TINY_KEY("shortconv.l_cache"), (uint32_t)s->conv);
    if (strstr(kind, "conv")) gguf_tree_set_u32s(t, TINY_KEY("attention.head_count_kv"), (uint32_t[]){ 0, (uint32_t)s->kv }, 2);
#undef TINY_KEY
}

static inline void gguf_tiny_tensor(gguf_tree *t, const char *line, const char *end, int32_t matrix, int with_optional,
                                    const gguf_shape *s) {
    char    name[64], layer = *line == '*' || *line == '1' || *line == '2' ? *line++ : 0;
    int64_t dims[4] = { 1, 1, 1, 1 };
    int     is_matrix = 0, n = 0;
    char    stem[48];
    while (*line != ' ') {
        if (*line == '#') is_matrix = 1;
        else if (*line == '?' && !with_optional) return;
        else if (*line != '?') stem[n++] = *line;
        line++;
    }
    stem[n] = 0;
    uint32_t rank = 0;
    int64_t  words = (int64_t)gguf_tree_find(t, "tokenizer.ggml.tokens")->count;
    for (line++; line < end; line++) dims[rank++] = gguf_tiny_dim(*line, words, s);
    int32_t elements = 1, bytes;
    xb_gguf_type_block(matrix, &elements, &bytes);
    int32_t type = is_matrix && dims[0] % elements == 0 ? matrix : 0;
    for (int i = 0; i < (layer ? 2 : 1); i++) {
        if (layer && layer != '*' && layer != '1' + i) continue;
        if (layer) snprintf(name, sizeof name, "blk.%d.%s", i, stem);
        else snprintf(name, sizeof name, "%s", stem);
        gguf_tree_add(t, name, type, rank, dims);
    }
}

/* `matrix` is the element type of matrices (0 = F32), where their rows are whole blocks of it. */
static inline void gguf_tree_make(gguf_tree *t, const gguf_tiny *tiny, int32_t matrix, int with_optional,
                                  const gguf_shape *shape) {
    const gguf_shape *s = shape ? shape : &gguf_usual_shape;
    char              arch[32];
    memset(t, 0, sizeof *t);
    snprintf(arch, sizeof arch, "%.*s", (int)strcspn(tiny->name, "+"), tiny->name);
    gguf_tiny_keys(t, tiny->keys, arch, s);
    if (strcmp(tiny->words, "llama") == 0) gguf_tree_words_llama(t);
    else if (strcmp(tiny->words, "gpt2") == 0) gguf_tree_words_gpt2(t);
    else gguf_tree_words_bert(t);
    for (const char *line = tiny->tensors; *line;) {
        const char *end = strchr(line, '|');
        gguf_tiny_tensor(t, line, end, matrix, with_optional, s);
        line = end + 1;
    }
}

static inline int gguf_tree_tiny(gguf_tree *t, const char *name) {
    for (int i = 0; i < GGUF_TINIES; i++) {
        if (strcmp(gguf_tinies[i].name, name) != 0) continue;
        gguf_tree_make(t, &gguf_tinies[i], 0, 1, NULL);
        return 1;
    }
    return 0;
}

#endif
