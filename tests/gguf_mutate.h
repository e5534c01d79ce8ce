/* gguf_mutate.h - damaged, and oddly whole, model files by number: what an engine must refuse or run, and never stop at.
 *
 *     for (uint64_t seed = 0; seed < 1000; seed++) {
 *         size_t size;
 *         char  *bytes = gguf_mutant(seed, &size);     // malloc'ed; of a tiny model (gguf_tree.h) of some architecture
 *         ... write, load ...
 *         free(bytes);
 *     }
 *
 * Or, of a real file's header: gguf_tree_read, then gguf_mutate(&tree, seed), then gguf_tree_write. One to three changes
 * each, such as: a number of a key becomes one known for trouble, or vanishes, or changes its type; a number changes
 * everywhere, in keys and shapes, so that the model stays whole; a tensor changes shape, type or name; tokens repeat. One
 * mutant in eight has bits of the written file flipped, or its end cut off; half begin as models of odd proportions, of which
 * half stay as they are. */
#ifndef GGUF_MUTATE_H
#define GGUF_MUTATE_H

#include "gguf_tree.h"

static inline uint64_t gguf_random(uint64_t *state, uint64_t below) { /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return below ? ((z ^ (z >> 31)) >> 8) % below : 0;
}

static const int64_t     gguf_odd_numbers[] = { 0,
                                                1,
                                                2,
                                                3,
                                                4,
                                                5,
                                                6,
                                                7,
                                                8,
                                                9,
                                                12,
                                                15,
                                                16,
                                                17,
                                                24,
                                                31,
                                                33,
                                                48,
                                                63,
                                                64,
                                                65,
                                                96,
                                                100,
                                                127,
                                                128,
                                                129,
                                                255,
                                                256,
                                                257,
                                                512,
                                                513,
                                                1024,
                                                1025,
                                                4096,
                                                65535,
                                                65536,
                                                1 << 20,
                                                1 << 24,
                                                1 << 30,
                                                INT32_MAX,
                                                INT64_C(0x80000000),
                                                UINT32_MAX };
static const float       gguf_odd_floats[] = { 0, -1, 1, 1e-5f, 1e-30f, 1e30f, -1e30f, 3.4e38f, 1e-45f, 0.5f, 100, 1e6f };
static const char *const gguf_odd_texts[] = { "",      "none",   "linear",  "yarn",       "longrope", "llama",      "gpt2",
                                              "bert",  "t5",     "rwkv",    "no_vocab",   "gemma4",   "whitespace", "llama-bpe",
                                              "glm4",  "tekken", "kimi-k2", "sarvam-moe", "gemma",    "gemma3",     "qwen2",
                                              "qwen3", "mamba",  "clip",    "starcoder2", "falcon",   "phi3",       "phi-3",
                                              "x",     "silu",   "relu" };
/* Keys that llama.cpp looks for; '%' for the architecture. */
static const char *const gguf_odd_keys[] = { "%.attention.key_length",
                                             "%.attention.value_length",
                                             "%.rope.dimension_count",
                                             "%.attention.sliding_window",
                                             "%.attention.sliding_window_pattern",
                                             "%.expert_count",
                                             "%.expert_used_count",
                                             "%.expert_feed_forward_length",
                                             "%.expert_shared_feed_forward_length",
                                             "%.expert_gating_func",
                                             "%.expert_group_count",
                                             "%.expert_group_used_count",
                                             "%.nextn_predict_layers",
                                             "%.embedding_length_out",
                                             "%.pooling_type",
                                             "%.classifier.pooling_type",
                                             "%.attention.key_length_swa",
                                             "%.attention.value_length_swa",
                                             "%.rope.dimension_count_swa",
                                             "%.rope.scaling.original_context_length",
                                             "%.shortconv.l_cache",
                                             "%.ssm.conv_kernel",
                                             "%.ssm.state_size",
                                             "%.ssm.group_count",
                                             "%.wkv.head_size",
                                             "%.vocab_size",
                                             "%.attention.causal",
                                             "%.attention.head_count_kv",
                                             "%.attention.head_count",
                                             "%.feed_forward_length",
                                             "%.leading_dense_block_count",
                                             "%.deepstack_mapping",
                                             "%.rope.dimension_sections",
                                             "%.rope.scaling.alpha",
                                             "%.rope.scaling.factor",
                                             "%.rope.scale_linear",
                                             "%.rope.freq_base",
                                             "%.rope.freq_base_swa",
                                             "%.rope.scaling.attn_factor",
                                             "%.rope.scaling.yarn_beta_fast",
                                             "%.attention.scale",
                                             "%.attention.clamp_kqv",
                                             "%.attention.max_alibi_bias",
                                             "%.attn_logit_softcapping",
                                             "%.final_logit_softcapping",
                                             "%.logit_scale",
                                             "%.residual_scale",
                                             "%.embedding_scale",
                                             "%.attention.temperature_scale",
                                             "%.rope.scaling.type",
                                             "%.rope.scaling.finetuned",
                                             "%.dense_2_feat_out",
                                             "%.hidden_activation",
                                             "%.moe_every_n_layers",
                                             "split.count",
                                             "split.no",
                                             "general.alignment",
                                             "general.name",
                                             "general.file_type",
                                             "general.tensor_extra.name",
                                             "tokenizer.ggml.bos_token_id",
                                             "tokenizer.ggml.eos_token_id",
                                             "tokenizer.ggml.unknown_token_id",
                                             "tokenizer.ggml.padding_token_id",
                                             "tokenizer.ggml.seperator_token_id",
                                             "tokenizer.ggml.add_bos_token",
                                             "tokenizer.ggml.add_eos_token",
                                             "tokenizer.ggml.add_space_prefix",
                                             "tokenizer.ggml.token_type_count",
                                             "tokenizer.ggml.suppress_tokens",
                                             "tokenizer.ggml.normalizer.lowercase",
                                             "tokenizer.ggml.pre",
                                             "tokenizer.ggml.precompiled_charsmap" };
static const char *const gguf_odd_tensors[] = { "output.weight",
                                                "output.bias",
                                                "output_norm.bias",
                                                "rope_freqs.weight",
                                                "rope_factors_long.weight",
                                                "rope_factors_short.weight",
                                                "position_embd.weight",
                                                "token_types.weight",
                                                "cls.weight",
                                                "cls.output.weight",
                                                "dense_2.weight",
                                                "blk.0.attn_qkv.weight",
                                                "blk.0.attn_qkv.bias",
                                                "blk.1.attn_qkv.weight",
                                                "blk.0.attn_q.bias",
                                                "blk.1.attn_k.bias",
                                                "blk.0.attn_q_norm.weight",
                                                "blk.0.attn_norm_2.weight",
                                                "blk.0.ffn_gate.bias",
                                                "blk.0.ffn_gate_inp.weight",
                                                "blk.0.attn_q.scale",
                                                "blk.0.attn_q.input_scale",
                                                "blk.2.attn_norm.weight",
                                                "blk.0.ffn_down.scale",
                                                "output.scale" };
#define GGUF_PICK(r, list) (list)[gguf_random((r), sizeof(list) / sizeof(list)[0])]

static inline gguf_tree_key *gguf_pick_key(gguf_tree *t, uint64_t *r, int wanted) { /* of type `wanted`, or of any: -1 */
    for (int tries = 0; tries < 60 && t->key_count > 0; tries++) {
        gguf_tree_key *k = &t->keys[gguf_random(r, (uint64_t)t->key_count)];
        if (wanted < 0 || k->type == wanted) return k;
    }
    return NULL;
}

static inline int64_t gguf_near(uint64_t *r, int64_t v) { /* `v` disturbed */
    switch (gguf_random(r, 8)) {
    case 0: return v + 1;
    case 1: return v - 1;
    case 2: return v * 2;
    case 3: return v / 2;
    case 4: return v + 2;
    case 5: return v * 3;
    default: return GGUF_PICK(r, gguf_odd_numbers);
    }
}

/* All numbers `from` become `to`, in keys and in shapes. */
static inline void gguf_replace(gguf_tree *t, uint32_t from, uint32_t to) {
    if (to == 0 || to > 1024) return;
    for (int i = 0; i < t->key_count; i++)
        if (t->keys[i].type == XB_GGUF_UINT32 && memcmp(t->keys[i].bytes, &from, 4) == 0) memcpy(t->keys[i].bytes, &to, 4);
    for (int i = 0; i < t->tensor_count; i++)
        for (uint32_t d = 0; d < t->tensors[i].rank; d++)
            if (t->tensors[i].dims[d] == (int64_t)from) t->tensors[i].dims[d] = to;
}

static inline void gguf_change_array(gguf_tree_key *k, uint64_t *r) {
    uint32_t v = (uint32_t)GGUF_PICK(r, gguf_odd_numbers);
    switch (gguf_random(r, 4)) {
    case 0: /* fewer items, of numbers */
        if (k->item_type != XB_GGUF_STRING && k->count > 1) k->size = (size_t)(k->size / k->count * (k->count - 1)), k->count--;
        break;
    case 1: k->item_type = (int)gguf_random(r, XB_GGUF_TYPE_COUNT); break;
    default:
        if (k->size >= 4) memcpy(k->bytes + (size_t)gguf_random(r, k->size / 4) * 4, &v, 4);
    }
}

/* Two tokens become one, or a byte of one changes. */
static inline void gguf_change_tokens(gguf_tree *t, uint64_t *r) {
    gguf_tree_key *k = gguf_tree_find(t, gguf_random(r, 4) ? "tokenizer.ggml.tokens" : "tokenizer.ggml.merges");
    if (!k || k->type != XB_GGUF_ARRAY || k->size < 9) return;
    for (int i = 0; i < 3; i++) k->bytes[gguf_random(r, k->size)] ^= (char)(gguf_random(r, 2) ? 1 : gguf_random(r, 256));
}

static inline void gguf_add_key(gguf_tree *t, uint64_t *r) {
    char           name[160], arch[64] = "llama";
    gguf_tree_key *a = gguf_tree_find(t, "general.architecture");
    const char    *form = GGUF_PICK(r, gguf_odd_keys);
    if (a && a->type == XB_GGUF_STRING) snprintf(arch, sizeof arch, "%.*s", (int)a->size, a->bytes);
    snprintf(name, sizeof name, "%s%s", *form == '%' ? arch : "", *form == '%' ? form + 1 : form);
    switch (gguf_random(r, 7)) {
    case 0: gguf_tree_set_f32(t, name, GGUF_PICK(r, gguf_odd_floats)); break;
    case 1: gguf_tree_set_bool(t, name, (int)gguf_random(r, 2)); break;
    case 2: gguf_tree_set_text(t, name, GGUF_PICK(r, gguf_odd_texts)); break;
    case 3:
        gguf_tree_set_u32s(t, name, (uint32_t[]){ (uint32_t)gguf_random(r, 5), (uint32_t)gguf_random(r, 5), 0 },
                           gguf_random(r, 4));
        break;
    default: gguf_tree_set_u32(t, name, (uint32_t)GGUF_PICK(r, gguf_odd_numbers));
    }
}

static inline void gguf_change_tensor(gguf_tree *t, uint64_t *r) {
    static const int32_t types[] = { 0, 1, 2, 3, 6, 7, 8, 9, 20, 24, 25, 26, 27, 28, 30, 39, 40, 10, 12, 14, 15, 41 };
    if (t->tensor_count == 0) return;
    gguf_tree_tensor *x = &t->tensors[gguf_random(r, (uint64_t)t->tensor_count)];
    gguf_tree_tensor *y = &t->tensors[gguf_random(r, (uint64_t)t->tensor_count)], swap = *x;
    uint32_t          d = x->rank ? (uint32_t)gguf_random(r, x->rank) : 0;
    switch (gguf_random(r, 7)) {
    case 0: x->dims[d] = gguf_near(r, x->dims[d]); break;
    case 1: x->type = GGUF_PICK(r, types); break;
    case 2: gguf_tree_drop_tensor(t, x->name); break;
    case 3: snprintf(x->name, sizeof x->name, "%s", GGUF_PICK(r, gguf_odd_tensors)); break;
    case 4: gguf_tree_add(t, GGUF_PICK(r, gguf_odd_tensors), x->type, x->rank, x->dims); break;
    case 5:
        memcpy(x->dims, y->dims, sizeof x->dims), x->rank = y->rank;
        memcpy(y->dims, swap.dims, sizeof y->dims), y->rank = swap.rank;
        break;
    default: x->dims[0] = swap.dims[1], x->dims[1] = swap.dims[0];
    }
}

static inline void gguf_change(gguf_tree *t, uint64_t *r) {
    uint32_t       v = 0;
    gguf_tree_key *k = NULL;
    switch (gguf_random(r, 12)) {
    case 0:
    case 1: /* one number */
        if (!(k = gguf_pick_key(t, r, XB_GGUF_UINT32))) break;
        memcpy(&v, k->bytes, 4);
        v = (uint32_t)gguf_near(r, v);
        memcpy(k->bytes, &v, 4);
        break;
    case 2:
    case 3:
    case 4: /* one number, everywhere */
        if (!(k = gguf_pick_key(t, r, XB_GGUF_UINT32))) break;
        memcpy(&v, k->bytes, 4);
        gguf_replace(t, v, (uint32_t)gguf_near(r, v));
        break;
    case 5:
        if (!(k = gguf_pick_key(t, r, XB_GGUF_FLOAT32))) break;
        gguf_tree_set_f32(t, k->name, GGUF_PICK(r, gguf_odd_floats));
        break;
    case 6:
        if ((k = gguf_pick_key(t, r, -1))) gguf_tree_drop_key(t, k->name);
        break;
    case 7:
        if (gguf_random(r, 2) && (k = gguf_pick_key(t, r, XB_GGUF_STRING)))
            gguf_tree_set_text(t, k->name, GGUF_PICK(r, gguf_odd_texts));
        else if ((k = gguf_pick_key(t, r, XB_GGUF_ARRAY))) gguf_change_array(k, r);
        break;
    case 8: gguf_change_tokens(t, r); break;
    case 9: gguf_add_key(t, r); break;
    default: gguf_change_tensor(t, r);
    }
}

/* One to three changes. */
static inline void gguf_mutate(gguf_tree *t, uint64_t seed) {
    uint64_t r = seed ^ UINT64_C(0x6a09e667f3bcc909);
    for (uint64_t n = 1 + gguf_random(&r, 3); n > 0; n--) gguf_change(t, &r);
}

/* Changes of the written bytes, most of them in the header, and a shorter end. */
static inline void gguf_damage(char *bytes, size_t *size, uint64_t seed) {
    uint64_t r = seed ^ UINT64_C(0xbb67ae8584caa73b);
    if (*size == 0) return;
    for (uint64_t n = 1 + gguf_random(&r, 4); n > 0; n--) {
        size_t reach = gguf_random(&r, 4) ? (*size < 16384 ? *size : 16384) : *size;
        bytes[gguf_random(&r, reach)] ^= (char)(1u << gguf_random(&r, 8));
    }
    if (gguf_random(&r, 4) == 0) *size = (size_t)gguf_random(&r, *size);
}

/* Numbers that fit each other, in odd proportions. */
static inline gguf_shape gguf_odd_shape(uint64_t seed) {
    static const int64_t heads[] = { 2, 4, 6, 8, 10, 14, 16, 30, 32, 34, 64, 96, 128, 7 };
    uint64_t             r = seed ^ UINT64_C(0x3c6ef372fe94f82b);
    gguf_shape           s = gguf_usual_shape;
    s.head = GGUF_PICK(&r, heads);
    s.rot = s.head;
    s.kv = 1 + (int64_t)gguf_random(&r, 3);
    s.heads = s.kv * (1 + (int64_t)gguf_random(&r, 4));
    s.embd = gguf_random(&r, 3) ? s.heads * s.head : 1 + (int64_t)gguf_random(&r, 100);
    s.ff = 1 + (int64_t)gguf_random(&r, gguf_random(&r, 2) ? 8 : 200);
    s.context = gguf_random(&r, 2) ? 128 : 1 + (int64_t)gguf_random(&r, 300);
    s.experts = 1 + (int64_t)gguf_random(&r, 40);
    s.used = 1 + (int64_t)gguf_random(&r, (uint64_t)(s.experts < 16 ? s.experts : 16));
    s.ff_expert = 1 + (int64_t)gguf_random(&r, 70);
    s.conv = 2 + (int64_t)gguf_random(&r, 6);
    s.kernel = 2 + (int64_t)gguf_random(&r, 6);
    s.state = 2 + (int64_t)gguf_random(&r, 40);
    s.rank = 1 + (int64_t)gguf_random(&r, 20);
    s.window = 1 + (int64_t)gguf_random(&r, 200);
    return s;
}

static inline char *gguf_mutant(uint64_t seed, size_t *size) {
    static const int32_t matrices[] = { 0, 1, 8, 2, 30 }; /* F32, F16, Q8_0, Q4_0, BF16 */
    gguf_tree           *t = malloc(sizeof *t);
    uint64_t             round = seed / GGUF_TINIES, how = round % 8;
    gguf_shape           shape = gguf_odd_shape(seed);
    gguf_tree_make(t, &gguf_tinies[seed % GGUF_TINIES], matrices[round % 5], (int)(round / 5 % 2), how % 2 ? &shape : NULL);
    int is_damaged = how == 6;
    if (!is_damaged && how != 1 && how != 3) gguf_mutate(t, seed);
    char *bytes = gguf_tree_write(t, size);
    if (is_damaged) gguf_damage(bytes, size, seed);
    gguf_tree_free(t);
    free(t);
    return bytes;
}

#endif
