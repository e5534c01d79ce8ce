/* codec/gguf_model_tables.c - what each architecture is made of; read off llama.cpp's src/models/<architecture>.cpp. */
#include "codec/gguf_model_int.h"

#include <stddef.h>

/* Upper limits: beyond any known model, and small enough that no product of three leaves 63 bits, and that no graph or buffer
 * of llama.cpp whose size comes from numbers alone grows without bound. 512 layers are its own limit (LLAMA_MAX_LAYERS). Its
 * graph has room for 8 nodes a tensor, and each expert in use takes 2 of them: 16 still fit. */
const xb_gguf_key xb_gguf_keys[] = {
    { 1, 512, "block_count", D_LAYERS, XB_GGUF_KEY_REQUIRED },
    { 1, 1 << 24, "context_length", D_CONTEXT, XB_GGUF_KEY_REQUIRED },
    { 1, 1 << 17, "embedding_length", D_EMBD, XB_GGUF_KEY_REQUIRED },
    { 1, 1 << 17, "embedding_length_out", D_OUT, XB_GGUF_KEY_OPTIONAL },
    { 0, 1 << 20, "feed_forward_length", D_FF, XB_GGUF_KEY_LAYERED },
    { 0, 512, "attention.head_count", D_HEADS, XB_GGUF_KEY_LAYERED },
    { 0, 512, "attention.head_count_kv", D_KV, XB_GGUF_KEY_LAYERED },
    { 1, 4096, "attention.key_length", D_HEAD, XB_GGUF_KEY_OPTIONAL },
    { 1, 4096, "attention.value_length", D_VALUE, XB_GGUF_KEY_OPTIONAL },
    { 1, 4096, "attention.key_length_swa", D_HEAD_SWA, XB_GGUF_KEY_OPTIONAL },
    { 1, 4096, "attention.value_length_swa", D_VALUE_SWA, XB_GGUF_KEY_OPTIONAL },
    { 0, 4096, "rope.dimension_count", D_ROT, XB_GGUF_KEY_OPTIONAL },
    { 0, 4096, "rope.dimension_count_swa", D_ROT_SWA, XB_GGUF_KEY_OPTIONAL },
    { 1, 1 << 24, "rope.scaling.original_context_length", D_NONE, XB_GGUF_KEY_OPTIONAL },
    { 0, 1024, "expert_count", D_EXPERTS, XB_GGUF_KEY_OPTIONAL },
    { 0, 16, "expert_used_count", D_USED, XB_GGUF_KEY_LAYERED },
    { 0, 1024, "expert_group_used_count", D_NONE, XB_GGUF_KEY_OPTIONAL },
    { 0, 4, "classifier.pooling_type", D_NONE, XB_GGUF_KEY_OPTIONAL },
    { 0, 0, "expert_group_count", D_NONE, XB_GGUF_KEY_OPTIONAL },
    { 0, 1 << 20, "expert_feed_forward_length", D_FF_EXPERT, XB_GGUF_KEY_LAYERED },
    { 0, 1 << 20, "expert_shared_feed_forward_length", D_FF_SHARED, XB_GGUF_KEY_OPTIONAL },
    { 0, 512, "moe_every_n_layers", D_MOE_EVERY, XB_GGUF_KEY_OPTIONAL },
    { 0, 0, "nextn_predict_layers", D_NONE, XB_GGUF_KEY_OPTIONAL },
    { 0, 1 << 24, "attention.sliding_window", D_WINDOW, XB_GGUF_KEY_OPTIONAL },
    { 0, 3, "pooling_type", D_POOLING, XB_GGUF_KEY_OPTIONAL }, /* 4 is a reranker's */
    { 0, 512, "leading_dense_block_count", D_LEAD, XB_GGUF_KEY_OPTIONAL },
    { 0, 4, "expert_gating_func", D_GATING, XB_GGUF_KEY_OPTIONAL },
    { 2, 64, "shortconv.l_cache", D_CONV, XB_GGUF_KEY_OPTIONAL },
    { 2, 64, "ssm.conv_kernel", D_KERNEL, XB_GGUF_KEY_OPTIONAL },
    { 2, 1 << 18, "ssm.inner_size", D_INNER, XB_GGUF_KEY_OPTIONAL },
    { 2, 4096, "ssm.state_size", D_STATE, XB_GGUF_KEY_OPTIONAL },
    { 1, 1 << 17, "ssm.time_step_rank", D_RANK, XB_GGUF_KEY_OPTIONAL },
    { 0, 0, "", 0, 0 },
};

enum {
    TOKEN_EMBD,
    OUTPUT_NORM,
    OUTPUT_NORM_B,
    OUTPUT,
    OUTPUT_B,
    ROPE_FREQS,
    ROPE_LONG,
    ROPE_SHORT,
    POSITIONS,
    TYPES,
    TOKEN_NORM,
    TOKEN_NORM_B,
    ATTN_NORM,
    ATTN_NORM_B,
    ATTN_NORM_LATER,
    ATTN_NORM_2,
    ATTN_NORM_2_B,
    QKV,
    QKV_B,
    Q,
    K,
    V,
    Q_B,
    K_B,
    V_B,
    ATTN_OUT,
    ATTN_OUT_B,
    Q_NORM,     /* over a head, */
    K_NORM,     /* */
    Q_NORM_ALL, /* over all heads together, */
    K_NORM_ALL, /* */
    Q_NORM_ALL_B,
    K_NORM_ALL_B,
    Q_NORM_EACH, /* over a head, with weights for each */
    K_NORM_EACH, /* */
    ATTN_OUT_NORM,
    ATTN_OUT_NORM_B,
    ATTN_POST_NORM,
    FFN_NORM,
    FFN_NORM_B,
    FFN_GATE,
    FFN_UP,
    FFN_DOWN,
    FFN_GATE_B,
    FFN_UP_B,
    FFN_DOWN_B,
    FFN_UP_GATE, /* both in one */
    FFN_UP_EITHER,
    FFN_UP_EITHER_B,
    FFN_POST_NORM,
    LAYER_OUT_NORM,
    LAYER_OUT_NORM_B,
    ROUTER,
    GATE_EXPS,
    UP_EXPS,
    DOWN_EXPS,
    PROBS_B, /* for the choice of experts */
    SINKS,
    ROUTER_B,
    GATE_EXPS_B,
    UP_EXPS_B,
    DOWN_EXPS_B,
    SHARED_ROUTER,
    GATE_SHARED,
    UP_SHARED,
    DOWN_SHARED,
    CONV,
    CONV_IN,
    CONV_OUT,
    SSM_IN,
    SSM_CONV,
    SSM_CONV_B,
    SSM_X,
    SSM_DT,
    SSM_DT_B,
    SSM_A,
    SSM_D,
    SSM_OUT
};

const xb_gguf_row xb_gguf_rows[] = {
    [TOKEN_EMBD] = { "token_embd.weight", { D_EMBD, D_VOCAB, 0 }, XB_GGUF_ONCE, 1 },
    [OUTPUT_NORM] = { "output_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_ONCE, 0 },
    [OUTPUT_NORM_B] = { "output_norm.bias", { D_EMBD, 0, 0 }, XB_GGUF_ONCE, 0 },
    [OUTPUT] = { "output.weight", { D_EMBD, D_VOCAB, 0 }, XB_GGUF_ONCE, 1 },
    [OUTPUT_B] = { "output.bias", { D_VOCAB, 0, 0 }, XB_GGUF_ONCE, 0 },
    [ROPE_FREQS] = { "rope_freqs.weight", { D_ROT_HALF, 0, 0 }, XB_GGUF_SHORT_ROPE, 0 },
    [ROPE_LONG] = { "rope_factors_long.weight", { D_ROT_HALF, 0, 0 }, XB_GGUF_LONG_ROPE, 0 },
    [ROPE_SHORT] = { "rope_factors_short.weight", { D_ROT_HALF, 0, 0 }, XB_GGUF_LONG_ROPE, 0 },
    [POSITIONS] = { "position_embd.weight", { D_EMBD, D_CONTEXT, 0 }, XB_GGUF_ONCE, 1 },
    [TYPES] = { "token_types.weight", { D_EMBD, D_TYPES, 0 }, XB_GGUF_ONCE, 0 },
    [TOKEN_NORM] = { "token_embd_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_ONCE, 0 },
    [TOKEN_NORM_B] = { "token_embd_norm.bias", { D_EMBD, 0, 0 }, XB_GGUF_ONCE, 0 },
    [ATTN_NORM] = { "attn_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [ATTN_NORM_B] = { "attn_norm.bias", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [ATTN_NORM_LATER] = { "attn_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_LATER, 0 },
    [ATTN_NORM_2] = { "attn_norm_2.weight", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [ATTN_NORM_2_B] = { "attn_norm_2.bias", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [QKV] = { "attn_qkv.weight", { D_EMBD, D_QKV, 0 }, XB_GGUF_FUSED, 1 },
    [QKV_B] = { "attn_qkv.bias", { D_QKV, 0, 0 }, XB_GGUF_FUSED, 0 },
    [Q] = { "attn_q.weight", { D_EMBD, D_Q, 0 }, XB_GGUF_SPLIT, 1 },
    [K] = { "attn_k.weight", { D_EMBD, D_G, 0 }, XB_GGUF_SPLIT, 1 },
    [V] = { "attn_v.weight", { D_EMBD, D_G, 0 }, XB_GGUF_SPLIT, 1 },
    [Q_B] = { "attn_q.bias", { D_Q, 0, 0 }, XB_GGUF_SPLIT, 0 },
    [K_B] = { "attn_k.bias", { D_G, 0, 0 }, XB_GGUF_SPLIT, 0 },
    [V_B] = { "attn_v.bias", { D_G, 0, 0 }, XB_GGUF_SPLIT, 0 },
    [ATTN_OUT] = { "attn_output.weight", { D_Q, D_EMBD, 0 }, XB_GGUF_ATTENTION, 1 },
    [ATTN_OUT_B] = { "attn_output.bias", { D_EMBD, 0, 0 }, XB_GGUF_ATTENTION, 0 },
    [Q_NORM] = { "attn_q_norm.weight", { D_HEAD, 0, 0 }, XB_GGUF_ATTENTION, 0 },
    [K_NORM] = { "attn_k_norm.weight", { D_HEAD, 0, 0 }, XB_GGUF_ATTENTION, 0 },
    [Q_NORM_ALL] = { "attn_q_norm.weight", { D_Q, 0, 0 }, XB_GGUF_ATTENTION, 0 },
    [K_NORM_ALL] = { "attn_k_norm.weight", { D_G, 0, 0 }, XB_GGUF_ATTENTION, 0 },
    [Q_NORM_ALL_B] = { "attn_q_norm.bias", { D_Q, 0, 0 }, XB_GGUF_ATTENTION, 0 },
    [K_NORM_ALL_B] = { "attn_k_norm.bias", { D_G, 0, 0 }, XB_GGUF_ATTENTION, 0 },
    [Q_NORM_EACH] = { "attn_q_norm.weight", { D_HEAD, D_HEADS, 0 }, XB_GGUF_ATTENTION, 0 },
    [K_NORM_EACH] = { "attn_k_norm.weight", { D_HEAD, D_KV, 0 }, XB_GGUF_ATTENTION, 0 },
    [ATTN_OUT_NORM] = { "attn_output_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [ATTN_OUT_NORM_B] = { "attn_output_norm.bias", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [ATTN_POST_NORM] = { "post_attention_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [FFN_NORM] = { "ffn_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [FFN_NORM_B] = { "ffn_norm.bias", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [FFN_GATE] = { "ffn_gate.weight", { D_EMBD, D_FF, 0 }, XB_GGUF_DENSE, 1 },
    [FFN_UP] = { "ffn_up.weight", { D_EMBD, D_FF, 0 }, XB_GGUF_DENSE, 1 },
    [FFN_DOWN] = { "ffn_down.weight", { D_FF, D_EMBD, 0 }, XB_GGUF_DENSE, 1 },
    [FFN_GATE_B] = { "ffn_gate.bias", { D_FF, 0, 0 }, XB_GGUF_DENSE, 0 },
    [FFN_UP_B] = { "ffn_up.bias", { D_FF, 0, 0 }, XB_GGUF_DENSE, 0 },
    [FFN_DOWN_B] = { "ffn_down.bias", { D_EMBD, 0, 0 }, XB_GGUF_DENSE, 0 },
    [FFN_UP_GATE] = { "ffn_up.weight", { D_EMBD, D_FF2, 0 }, XB_GGUF_DENSE, 1 },
    [FFN_UP_EITHER] = { "ffn_up.weight", { D_EMBD, D_UP, 0 }, XB_GGUF_DENSE, 1 },
    [FFN_UP_EITHER_B] = { "ffn_up.bias", { D_UP, 0, 0 }, XB_GGUF_DENSE, 0 },
    [FFN_POST_NORM] = { "post_ffw_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [LAYER_OUT_NORM] = { "layer_output_norm.weight", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [LAYER_OUT_NORM_B] = { "layer_output_norm.bias", { D_EMBD, 0, 0 }, XB_GGUF_EACH, 0 },
    [ROUTER] = { "ffn_gate_inp.weight", { D_EMBD, D_EXPERTS, 0 }, XB_GGUF_WITH_EXPERTS, 1 },
    [GATE_EXPS] = { "ffn_gate_exps.weight", { D_EMBD, D_FF_EXPERT, D_EXPERTS }, XB_GGUF_WITH_EXPERTS, 1 },
    [UP_EXPS] = { "ffn_up_exps.weight", { D_EMBD, D_FF_EXPERT, D_EXPERTS }, XB_GGUF_WITH_EXPERTS, 1 },
    [DOWN_EXPS] = { "ffn_down_exps.weight", { D_FF_EXPERT, D_EMBD, D_EXPERTS }, XB_GGUF_WITH_EXPERTS, 1 },
    [PROBS_B] = { "exp_probs_b.bias", { D_EXPERTS, 0, 0 }, XB_GGUF_WITH_EXPERTS, 0 },
    [SINKS] = { "attn_sinks.weight", { D_HEADS, 0, 0 }, XB_GGUF_ATTENTION, 0 },
    [ROUTER_B] = { "ffn_gate_inp.bias", { D_EXPERTS, 0, 0 }, XB_GGUF_WITH_EXPERTS, 0 },
    [GATE_EXPS_B] = { "ffn_gate_exps.bias", { D_FF_EXPERT, D_EXPERTS, 0 }, XB_GGUF_WITH_EXPERTS, 0 },
    [UP_EXPS_B] = { "ffn_up_exps.bias", { D_FF_EXPERT, D_EXPERTS, 0 }, XB_GGUF_WITH_EXPERTS, 0 },
    [DOWN_EXPS_B] = { "ffn_down_exps.bias", { D_EMBD, D_EXPERTS, 0 }, XB_GGUF_WITH_EXPERTS, 0 },
    [SHARED_ROUTER] = { "ffn_gate_inp_shexp.weight", { D_EMBD, 0, 0 }, XB_GGUF_WITH_EXPERTS, 1 },
    [GATE_SHARED] = { "ffn_gate_shexp.weight", { D_EMBD, D_FF_SHARED, 0 }, XB_GGUF_WITH_EXPERTS, 1 },
    [UP_SHARED] = { "ffn_up_shexp.weight", { D_EMBD, D_FF_SHARED, 0 }, XB_GGUF_WITH_EXPERTS, 1 },
    [DOWN_SHARED] = { "ffn_down_shexp.weight", { D_FF_SHARED, D_EMBD, 0 }, XB_GGUF_WITH_EXPERTS, 1 },
    [CONV] = { "shortconv.conv.weight", { D_CONV, D_EMBD, 0 }, XB_GGUF_RECURRENT, 0 },
    [CONV_IN] = { "shortconv.in_proj.weight", { D_EMBD, D_EMBD3, 0 }, XB_GGUF_RECURRENT, 1 },
    [CONV_OUT] = { "shortconv.out_proj.weight", { D_EMBD, D_EMBD, 0 }, XB_GGUF_RECURRENT, 1 },
    [SSM_IN] = { "ssm_in.weight", { D_EMBD, D_INNER2, 0 }, XB_GGUF_RECURRENT, 1 },
    [SSM_CONV] = { "ssm_conv1d.weight", { D_KERNEL, D_INNER, 0 }, XB_GGUF_RECURRENT, 0 },
    [SSM_CONV_B] = { "ssm_conv1d.bias", { D_INNER, 0, 0 }, XB_GGUF_RECURRENT, 0 },
    [SSM_X] = { "ssm_x.weight", { D_INNER, D_XDT, 0 }, XB_GGUF_RECURRENT, 1 },
    [SSM_DT] = { "ssm_dt.weight", { D_RANK, D_INNER, 0 }, XB_GGUF_RECURRENT, 1 },
    [SSM_DT_B] = { "ssm_dt.bias", { D_INNER, 0, 0 }, XB_GGUF_RECURRENT, 0 },
    [SSM_A] = { "ssm_a", { D_STATE, D_INNER, 0 }, XB_GGUF_RECURRENT, 0 },
    [SSM_D] = { "ssm_d", { D_INNER, 0, 0 }, XB_GGUF_RECURRENT, 0 },
    [SSM_OUT] = { "ssm_out.weight", { D_INNER, D_EMBD, 0 }, XB_GGUF_RECURRENT, 1 },
};

/* Parts of the lists. OPT marks what may be missing. */
#define OPT(row)   ((row) | XB_GGUF_OPTIONAL)
#define END        XB_GGUF_ROWS_END
#define TIED       TOKEN_EMBD, OUTPUT_NORM, OPT(OUTPUT)
#define QKV_SPLIT  Q, K, V, OPT(Q_B), OPT(K_B), OPT(V_B)
#define QKV_EITHER QKV, OPT(QKV_B), QKV_SPLIT, ATTN_OUT
#define GATED      FFN_GATE, FFN_UP, FFN_DOWN
#define ATTN_LN    ATTN_NORM, ATTN_NORM_B
#define FFN_LN     FFN_NORM, FFN_NORM_B
#define FFN_HALVES FFN_NORM, FFN_UP_GATE, FFN_DOWN
#define PLAIN_FFN  FFN_UP, FFN_UP_B, FFN_DOWN, FFN_DOWN_B
#define EXPERTS    ROUTER, GATE_EXPS, UP_EXPS, DOWN_EXPS
#define MOE_BIASED EXPERTS, ROUTER_B, GATE_EXPS_B, UP_EXPS_B, DOWN_EXPS_B
#define SHARED     SHARED_ROUTER, GATE_SHARED, UP_SHARED, DOWN_SHARED
#define BERT_IN    TOKEN_EMBD, OPT(TYPES), TOKEN_NORM, TOKEN_NORM_B
#define BERT_NORMS ATTN_OUT_NORM, ATTN_OUT_NORM_B, LAYER_OUT_NORM, LAYER_OUT_NORM_B
#define FACTORS    OPT(ROPE_FREQS), OPT(ROPE_LONG), OPT(ROPE_SHORT)
#define LLAMA \
    TIED, FACTORS, ATTN_NORM, QKV_EITHER, OPT(ATTN_OUT_B), FFN_NORM, GATED, OPT(FFN_GATE_B), OPT(FFN_UP_B), OPT(FFN_DOWN_B)
#define POST_NORMS ATTN_POST_NORM, FFN_POST_NORM

#define LFM2 \
    TOKEN_EMBD, TOKEN_NORM, OPT(OUTPUT), FFN_NORM, GATED, ATTN_NORM, QKV_EITHER, Q_NORM, K_NORM, CONV, CONV_IN, CONV_OUT

/* X(name, rows). TOKEN_NORM is the last norm of LFM2, by a name that its converter got wrong. */
#define LISTS(X)                                                                                                           \
    X(llama, LLAMA, EXPERTS)                                                                                               \
    X(granite, LLAMA)                                                                                                      \
    X(smollm3, TIED, ATTN_NORM, QKV_EITHER, FFN_NORM, GATED)                                                               \
    X(ernie4_5, TIED, ATTN_NORM, QKV_EITHER, OPT(ATTN_OUT_B), FFN_NORM, GATED)                                             \
    X(exaone4, TIED, OPT(ROPE_FREQS), QKV_EITHER, Q_NORM, K_NORM, POST_NORMS, GATED)                                       \
    X(glm4, TIED, ATTN_NORM, QKV_EITHER, FFN_NORM, FFN_UP_GATE, FFN_DOWN, POST_NORMS)                                      \
    X(gpt_oss, TOKEN_EMBD, OUTPUT_NORM, OUTPUT, ATTN_NORM, QKV_EITHER, ATTN_OUT_B, SINKS, ATTN_POST_NORM, MOE_BIASED)      \
    X(qwen2, TIED, OPT(OUTPUT_B), ATTN_NORM, QKV_EITHER, FFN_NORM, GATED)                                                  \
    X(qwen3, TIED, ATTN_NORM, QKV_EITHER, Q_NORM, K_NORM, FFN_NORM, GATED)                                                 \
    X(qwen2moe, TOKEN_EMBD, OUTPUT_NORM, OUTPUT, ATTN_NORM, QKV_EITHER, FFN_NORM, EXPERTS, SHARED)                         \
    X(qwen3moe, TIED, ATTN_NORM, QKV_EITHER, Q_NORM, K_NORM, FFN_NORM, EXPERTS)                                            \
    X(gemma, TOKEN_EMBD, OUTPUT_NORM, ATTN_NORM, QKV_EITHER, FFN_NORM, GATED)                                              \
    X(gemma2, TOKEN_EMBD, OUTPUT_NORM, ATTN_NORM, QKV_EITHER, FFN_NORM, GATED, POST_NORMS)                                 \
    X(gemma3, TIED, ATTN_NORM, QKV_EITHER, Q_NORM, K_NORM, FFN_NORM, GATED, POST_NORMS)                                    \
    X(phi2, TOKEN_EMBD, OUTPUT_NORM, OUTPUT_NORM_B, OUTPUT, OUTPUT_B, ATTN_LN, QKV_EITHER, ATTN_OUT_B, PLAIN_FFN)          \
    X(phi3, TIED, OPT(ROPE_LONG), OPT(ROPE_SHORT), ATTN_NORM, QKV_EITHER, FFN_HALVES)                                      \
    X(olmo2, TOKEN_EMBD, OUTPUT_NORM, OUTPUT, QKV_EITHER, Q_NORM_ALL, K_NORM_ALL, POST_NORMS, GATED)                       \
    X(starcoder2, TIED, OUTPUT_NORM_B, ATTN_LN, QKV_EITHER, ATTN_OUT_B, FFN_LN, PLAIN_FFN)                                 \
    X(stablelm, TOKEN_EMBD, OUTPUT_NORM, OUTPUT_NORM_B, OUTPUT, ATTN_LN, QKV_EITHER, OPT(Q_NORM_EACH), OPT(K_NORM_EACH),   \
      OPT(FFN_NORM), OPT(FFN_NORM_B), GATED)                                                                               \
    X(gpt2, TIED, POSITIONS, OUTPUT_NORM_B, ATTN_LN, QKV, QKV_B, ATTN_OUT, ATTN_OUT_B, FFN_LN, PLAIN_FFN)                  \
    X(falcon, TIED, OUTPUT_NORM_B, ATTN_LN, OPT(ATTN_NORM_2), OPT(ATTN_NORM_2_B), QKV, ATTN_OUT, FFN_UP, FFN_DOWN)         \
    X(bert, BERT_IN, POSITIONS, QKV_EITHER, OPT(ATTN_OUT_B), BERT_NORMS, FFN_UP, OPT(FFN_UP_B), FFN_DOWN, OPT(FFN_DOWN_B)) \
    X(nomic_bert, BERT_IN, QKV_EITHER, OPT(ATTN_OUT_B), BERT_NORMS, FFN_GATE, FFN_UP, OPT(FFN_UP_B), FFN_DOWN,             \
      OPT(FFN_DOWN_B))                                                                                                     \
    X(nomic_bert_moe, BERT_IN, QKV_EITHER, OPT(ATTN_OUT_B), BERT_NORMS, FFN_UP, OPT(FFN_UP_B), FFN_DOWN, OPT(FFN_DOWN_B),  \
      ROUTER, UP_EXPS, DOWN_EXPS)                                                                                          \
    X(jina_bert_v2, TOKEN_EMBD, TYPES, TOKEN_NORM, TOKEN_NORM_B, QKV_EITHER, ATTN_OUT_B, BERT_NORMS, OPT(Q_NORM_ALL),      \
      OPT(Q_NORM_ALL_B), OPT(K_NORM_ALL), OPT(K_NORM_ALL_B), OPT(ATTN_NORM_2), OPT(ATTN_NORM_2_B), OPT(FFN_GATE),          \
      FFN_UP_EITHER, OPT(FFN_UP_EITHER_B), FFN_DOWN, FFN_DOWN_B)                                                           \
    X(modern_bert, TOKEN_EMBD, TOKEN_NORM, OUTPUT_NORM, OPT(ATTN_NORM), ATTN_NORM_LATER, QKV, ATTN_OUT, FFN_HALVES)        \
    X(lfm2, LFM2)                                                                                                          \
    X(lfm2moe, LFM2, EXPERTS, PROBS_B)                                                                                     \
    X(mamba, TIED, ATTN_NORM, SSM_IN, SSM_CONV, SSM_CONV_B, SSM_X, SSM_DT, SSM_DT_B, SSM_A, SSM_D, SSM_OUT)

#define ROOM(name, ...) uint8_t name[sizeof (uint8_t[]){ __VA_ARGS__, END }];
#define ROWS(name, ...) .name = { __VA_ARGS__, END },
static const struct lists {
    LISTS(ROOM)
} lists = { LISTS(ROWS) };
const uint8_t *const xb_gguf_lists = (const uint8_t *)&lists;

enum {
    RMS = XB_GGUF_RMS,
    PLAIN = XB_GGUF_PLAIN,
    ROPE = XB_GGUF_ROPE,
    WHOLE = XB_GGUF_ROPE | XB_GGUF_ROPE_WHOLE,
    MOE_ONLY = XB_GGUF_MOE | XB_GGUF_MOE_ONLY
};

#define AT(name) offsetof(struct lists, name)
const xb_gguf_kind xb_gguf_kinds[] = {
    { "llama", AT(llama), RMS | WHOLE | XB_GGUF_MOE, 0, 0 },
    { "mistral3", AT(llama), RMS | WHOLE | XB_GGUF_MOE, 0, 0 },
    { "qwen2", AT(qwen2), RMS | PLAIN | WHOLE, 0, 0 },
    { "qwen3", AT(qwen3), RMS | WHOLE, 0, 0 },
    { "qwen2moe", AT(qwen2moe), RMS | PLAIN | WHOLE | MOE_ONLY, 0, 0 },
    { "qwen3moe", AT(qwen3moe), RMS | WHOLE | MOE_ONLY, 0, 0 },
    { "gemma", AT(gemma), RMS | ROPE, 0, 0 },
    { "gemma2", AT(gemma2), RMS | ROPE | XB_GGUF_SWA_ALWAYS, 4096, 2 },
    { "gemma3", AT(gemma3), RMS | ROPE | XB_GGUF_SWA, 0, 6 },
    { "gemma-embedding", AT(gemma3), RMS | ROPE | XB_GGUF_SWA_ALWAYS | XB_GGUF_EMBEDDER, 0, 6 },
    { "phi2", AT(phi2), PLAIN | ROPE, 0, 0 },
    { "phi3", AT(phi3), RMS | PLAIN | ROPE | XB_GGUF_FACTORS, 0, 0 },
    { "smollm3", AT(smollm3), RMS | WHOLE, 0, 0 },
    { "granite", AT(granite), RMS | WHOLE, 0, 0 },
    { "ernie4_5", AT(ernie4_5), RMS | WHOLE | XB_GGUF_SECTIONS, 0, 0 },
    { "hunyuan-dense", AT(qwen3), RMS | WHOLE | XB_GGUF_SECTIONS, 0, 0 },
    { "exaone4", AT(exaone4), RMS | PLAIN | WHOLE, 4096, 4 },
    { "glm4", AT(glm4), RMS | ROPE | XB_GGUF_SECTIONS, 0, 0 },
    { "gpt-oss", AT(gpt_oss), RMS | WHOLE | MOE_ONLY | XB_GGUF_FF_EXPERT | XB_GGUF_SWA_ALWAYS, 0, 2 },
    { "olmo2", AT(olmo2), RMS | PLAIN | WHOLE | XB_GGUF_SWA, 0, 4 },
    { "starcoder2", AT(starcoder2), PLAIN | WHOLE, 0, 0 },
    { "stablelm", AT(stablelm), PLAIN | ROPE, 0, 0 },
    { "gpt2", AT(gpt2), PLAIN, 0, 0 },
    { "falcon", AT(falcon), PLAIN | WHOLE, 0, 0 },
    { "bert", AT(bert), PLAIN | XB_GGUF_EMBEDDER, 0, 0 },
    { "nomic-bert", AT(nomic_bert), PLAIN | ROPE | XB_GGUF_EMBEDDER, 0, 0 },
    { "nomic-bert-moe", AT(nomic_bert_moe), PLAIN | ROPE | XB_GGUF_MOE | XB_GGUF_MOE_EVERY | XB_GGUF_EMBEDDER, 0, 0 },
    { "modern-bert", AT(modern_bert), PLAIN | ROPE | XB_GGUF_EQUAL | XB_GGUF_SWA | XB_GGUF_SWA_LATER | XB_GGUF_EMBEDDER, 0, 3 },
    { "jina-bert-v2", AT(jina_bert_v2), PLAIN | XB_GGUF_EQUAL | XB_GGUF_EMBEDDER, 0, 0 },
    { "lfm2", AT(lfm2), RMS | PLAIN | ROPE | XB_GGUF_SHORTCONV, 0, 0 },
    { "lfm2moe", AT(lfm2moe), RMS | PLAIN | ROPE | XB_GGUF_SHORTCONV | MOE_ONLY | XB_GGUF_FF_EXPERT, 0, 0 },
    { "mamba", AT(mamba), RMS | XB_GGUF_SSM, 0, 0 },
    { "", 0, 0, 0, 0 },
};
