/* Whole models in GGUF files: tiny ones of every architecture and real ones pass; each requirement, broken alone, is named. */
#include "base/limits.h"
#include "codec/gguf_model.h"
#include "gguf_mutate.h"
#include "support.h"

static gguf_tree tree; /* too large for a stack */

typedef struct result {
    xybrid_status st;
    xb_gguf_model model;
    xybrid_error  err;
    xb_arena      arena;
    char         *bytes;
} result;

static void check_bytes(xb_mem *mem, char *bytes, size_t size, result *r) {
    xb_gguf g;
    memset(r, 0, sizeof *r);
    r->bytes = bytes;
    xb_arena_init(&r->arena, mem, 0);
    r->st = xb_gguf_read(bytes, size, &r->arena, &g, &r->err);
    if (r->st == XYBRID_OK) r->st = xb_gguf_check_model(&g, &r->arena, &r->model, &r->err);
}

static void result_free(result *r) {
    xb_arena_free(&r->arena);
    free(r->bytes);
}

static void check_tree(result *r) {
    static xb_test_mem tm;
    size_t             size;
    char              *bytes = gguf_tree_write(&tree, &size);
    xb_test_mem_init(&tm, 0, 0);
    check_bytes(&tm.mem, bytes, size, r);
}

/* The tree is refused with `st` (0: any), and the message has `text`. */
static void refused(xybrid_status st, const char *text, int line) {
    result r;
    check_tree(&r);
    if (r.st == XYBRID_OK || (st && r.st != st) || !strstr(r.err.message, text)) {
        check_failures++;
        printf("%s:%d: %s: status %d, \"%s\"; wanted %d, \"%s\"\n", __FILE__, line, check_current, r.st,
               r.st ? r.err.message : "", st, text);
    }
    result_free(&r);
    gguf_tree_free(&tree);
}
static void accepted(int line) {
    result r;
    check_tree(&r);
    if (r.st != XYBRID_OK) {
        check_failures++;
        printf("%s:%d: %s: %s\n", __FILE__, line, check_current, r.err.message);
    }
    result_free(&r);
    gguf_tree_free(&tree);
}
static void judge(xybrid_status st, const char *text, int line) {
    if (text) refused(st, text, line);
    else accepted(line);
}
#define REFUSED(st, text) refused((st), (text), __LINE__)
#define ACCEPTED()        accepted(__LINE__)
#define BAD               XYBRID_MALFORMED
#define NOT_TAKEN         XYBRID_UNSUPPORTED_MODEL
/* A tiny model with a change is refused like this; with NULL for a text it is taken. */
#define CHANGED(model, change, st, text) (gguf_tree_tiny(&tree, (model)), (void)(change), judge((st), (text), __LINE__))

/* ---- what passes ---- */

static void tiny_models_pass(void) {
    static const int32_t matrices[] = { 0, 1, 2, 8, 30, 39 };
    for (int i = 0; i < GGUF_TINIES * 12; i++) {
        gguf_tree_make(&tree, &gguf_tinies[i % GGUF_TINIES], matrices[i / GGUF_TINIES % 6], i / GGUF_TINIES / 6, NULL);
        ACCEPTED();
    }
    size_t size;
    char  *guide = xb_test_file_(XB_TEST_SOURCE "/docs/language.md", &size);
    for (int i = 0; xb_gguf_architecture(i); i++) { /* each has a tiny model, and stands in the guide */
        int  found = 0;
        char name[32];
        snprintf(name, sizeof name, "`%s`", xb_gguf_architecture(i));
        if (!guide || !strstr(guide, name)) CHECK_STR(name, "in docs/language.md");
        for (int k = 0; k < GGUF_TINIES; k++) found |= strcmp(gguf_tinies[k].name, xb_gguf_architecture(i)) == 0;
        if (!found) CHECK_STR(xb_gguf_architecture(i), "one of gguf_tinies");
    }
    CHECK(!xb_gguf_architecture(-1) && !xb_gguf_architecture(1000));
    free(guide);
}

static void numbers_are_told(void) {
    result r;
    gguf_tree_tiny(&tree, "llama");
    check_tree(&r);
    CHECK_INT(r.st, XYBRID_OK);
    CHECK(xb_slice_is(r.model.architecture, "llama"));
    CHECK_INT(r.model.layers, 2), CHECK_INT(r.model.embedding, 32), CHECK_INT(r.model.vocabulary, 272);
    CHECK_INT(r.model.context, 128), CHECK_INT(r.model.heads, 4), CHECK_INT(r.model.kv_heads, 2);
    CHECK_INT(r.model.key_size, 8), CHECK_INT(r.model.value_size, 8), CHECK_INT(r.model.feed_forward, 64);
    CHECK_INT(r.model.kv_bytes_per_token, 2 * 2 * (8 + 8) * 2), CHECK_INT(r.model.window_bytes, 0);
    CHECK_INT(r.model.state_bytes, 0), CHECK_INT(r.model.pooling, -1), CHECK_INT(r.model.words.bos, -1);
    CHECK(!r.model.is_embedder && !r.model.is_recurrent && !r.model.is_hybrid && r.model.is_causal &&
          !r.model.is_context_fixed);
    result_free(&r), gguf_tree_free(&tree);

    gguf_tree_tiny(&tree, "lfm2");
    check_tree(&r);
    CHECK(r.st == XYBRID_OK && r.model.is_hybrid && !r.model.is_recurrent);
    CHECK_INT(r.model.kv_bytes_per_token, 2 * (8 + 8) * 2), CHECK_INT(r.model.state_bytes, 2 * 32 * 4),
        CHECK_INT(r.model.kv_heads, 2);
    result_free(&r), gguf_tree_free(&tree);

    gguf_tree_tiny(&tree, "mamba");
    check_tree(&r);
    CHECK(r.st == XYBRID_OK && r.model.is_recurrent && r.model.kv_bytes_per_token == 0);
    CHECK_INT(r.model.state_bytes, 2 * 4 * (3 * 64 + 16 * 64));
    result_free(&r), gguf_tree_free(&tree);

    gguf_tree_tiny(&tree, "gemma3");
    check_tree(&r);
    CHECK_INT(r.model.window, 16), CHECK_INT(r.model.window_bytes * 2, r.model.kv_bytes_per_token);
    result_free(&r), gguf_tree_free(&tree);

    gguf_tree_tiny(&tree, "bert");
    check_tree(&r);
    CHECK(r.model.is_embedder && !r.model.is_causal && r.model.is_context_fixed && r.model.pooling == 1);
    CHECK_INT(r.model.kv_bytes_per_token, 0);
    result_free(&r), gguf_tree_free(&tree);

    gguf_tree_tiny(&tree, "modern-bert");
    check_tree(&r);
    CHECK(r.model.is_embedder && !r.model.is_causal && !r.model.is_context_fixed && r.model.window == 16);
    CHECK_INT(r.model.kv_heads, 4);
    result_free(&r), gguf_tree_free(&tree);

    gguf_tree_tiny(&tree, "qwen3moe");
    check_tree(&r);
    CHECK_INT(r.model.experts, 4), CHECK_INT(r.model.experts_used, 2);
    result_free(&r), gguf_tree_free(&tree);
}

static void real_models_pass(void) {
    static xb_test_mem tm;
    size_t             size;
    result             r;
    char              *bytes = xb_test_data("llm/stories260K.gguf", &size);
    if (!bytes) CHECK_SKIP("reference data: llm/stories260K.gguf");
    xb_test_mem_init(&tm, 0, 0);
    check_bytes(&tm.mem, bytes, size, &r);
    CHECK_STR(r.err.message, "");
    CHECK_INT(r.st, XYBRID_OK), CHECK_INT(r.model.layers, 5), CHECK_INT(r.model.embedding, 64), CHECK_INT(r.model.heads, 8);
    CHECK_INT(r.model.kv_heads, 4), CHECK_INT(r.model.vocabulary, 512), CHECK_INT(r.model.key_size, 8);
    result_free(&r);
}

static void smollm2_passes(void) {
    static xb_test_mem tm;
    size_t             size;
    result             r;
    char              *bytes = xb_test_file_(XB_TEST_MODELS "/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf", &size);
    if (!bytes) CHECK_SKIP("model: smollm2-135m");
    xb_test_mem_init(&tm, 0, 0);
    check_bytes(&tm.mem, bytes, size, &r);
    CHECK_STR(r.err.message, "");
    CHECK_INT(r.st, XYBRID_OK), CHECK_INT(r.model.layers, 30), CHECK_INT(r.model.embedding, 576), CHECK_INT(r.model.heads, 9);
    CHECK_INT(r.model.kv_heads, 3), CHECK_INT(r.model.vocabulary, 49152), CHECK_INT(r.model.context, 8192);
    CHECK_INT(r.model.kv_bytes_per_token, 30 * 3 * (64 + 64) * 2);
    CHECK(r.model.words.chat_template.size > 0);
    result_free(&r);
}

/* Vocabularies of llama.cpp's own tests: sound, but no model. */
static void real_vocabularies_pass(void) {
    static const char *const names[] = { "tokenizers/ggml-vocab-bert-bge.gguf", "tokenizers/ggml-vocab-gpt-2.gguf",
                                         "tokenizers/ggml-vocab-phi-3.gguf" };
    for (int i = 0; i < 3; i++) {
        xb_gguf            g;
        xb_gguf_vocabulary v;
        result             r;
        xb_test_mem        tm;
        size_t             size;
        char              *bytes = xb_test_data(names[i], &size);
        if (!bytes) CHECK_SKIP("reference data: tokenizers/ggml-vocab-*.gguf");
        xb_test_mem_init(&tm, 0, 0);
        check_bytes(&tm.mem, bytes, size, &r);
        CHECK_INT(r.st, XYBRID_UNSUPPORTED_MODEL);
        CHECK(strstr(r.err.message, "only a vocabulary"));
        CHECK_INT(xb_gguf_read(bytes, size, &r.arena, &g, &r.err), XYBRID_OK);
        CHECK_INT(xb_gguf_check_vocabulary(&g, &r.arena, &v, &r.err), XYBRID_OK);
        result_free(&r);
        CHECK_INT(tm.live_blocks, 0);
    }
}

/* ---- what does not ---- */

/* Every tensor of every model: missing, of another shape, of a type that cannot be used, under another name. */
static void each_tensor_counts(void) {
    for (int i = 0; i < GGUF_TINIES; i++) {
        gguf_tree_make(&tree, &gguf_tinies[i], 0, 0, NULL);
        int needed = tree.tensor_count;                          /* without what may be missing */
        int has_both = strcmp(gguf_tinies[i].name, "phi3") == 0; /* without the fused one, the three are missing */
        for (int k = 0; k < needed; k++) {
            char name[64];
            if (k) gguf_tree_make(&tree, &gguf_tinies[i], 0, 0, NULL);
            snprintf(name, sizeof name, "%s", tree.tensors[k].name);
            gguf_tree_drop_tensor(&tree, name);
            REFUSED(XYBRID_MALFORMED, has_both && strstr(name, "attn_qkv.weight") ? "attn_q.weight" : name);
        }
        gguf_tree_make(&tree, &gguf_tinies[i], 0, 1, NULL);
        int all = tree.tensor_count;
        for (int k = 0; k < all * 3; k++) {
            char name[64];
            if (k) gguf_tree_make(&tree, &gguf_tinies[i], 0, 1, NULL);
            gguf_tree_tensor *x = &tree.tensors[k / 3];
            snprintf(name, sizeof name, "%s", x->name);
            if (k % 3 == 0) x->type = 26;
            else if (k % 3 == 1) x->dims[x->rank - 1]++;
            else memcpy(x->name, "other.x", 8);
            REFUSED(0, k % 3 == 2 ? "" : name);
        }
        gguf_tree_make(&tree, &gguf_tinies[i], 0, 1, NULL);
        gguf_tree_add(&tree, "blk.1.surplus.weight", 0, 1, (int64_t[]){ 8 });
        REFUSED(XYBRID_UNSUPPORTED_MODEL, "tensor \"blk.1.surplus.weight\" is none that");
    }
}

/* Norms and biases are F32; matrices not what only the run makes. */
static void element_types(void) {
    CHANGED("llama", gguf_tree_find_tensor(&tree, "blk.1.ffn_norm.weight")->type = 1, NOT_TAKEN,
            "tensor \"blk.1.ffn_norm.weight\" is of type F16, wanted F32");
    static const int32_t bad[] = { 9, 24, 25, 26, 27, 28 };
    for (int i = 0; i < 6; i++)
        CHANGED("llama", gguf_tree_find_tensor(&tree, "blk.1.attn_q.weight")->type = bad[i], NOT_TAKEN,
                "tensor \"blk.1.attn_q.weight\" is of type");
    CHANGED("llama", gguf_tree_find_tensor(&tree, "blk.1.attn_q.weight")->dims[1] = 30, BAD,
            "GGUF: tensor \"blk.1.attn_q.weight\" has shape [32, 30], wanted [32, 32]");
    CHANGED("qwen3moe", gguf_tree_find_tensor(&tree, "blk.0.ffn_up_exps.weight")->dims[2] = 5, BAD,
            "GGUF: tensor \"blk.0.ffn_up_exps.weight\" has shape [32, 32, 5], wanted [32, 32, 4]");
}

static void number(const char *model, const char *key, int64_t value, xybrid_status st, const char *text, int line) {
    gguf_tree_tiny(&tree, model);
    if (value < 0) gguf_tree_drop_key(&tree, key);
    else gguf_tree_set_u32(&tree, key, (uint32_t)value);
    judge(st, text, line);
}
#define NUMBER(model, key, value, st, text) number((model), (key), (value), (st), (text), __LINE__)

static void numbers_have_ranges(void) {
    NUMBER("llama", "llama.block_count", -1, BAD, "GGUF: llama.block_count is missing");
    NUMBER("llama", "llama.block_count", 0, BAD, "GGUF: llama.block_count is 0, wanted 1 to 512");
    NUMBER("llama", "llama.block_count", 513, NOT_TAKEN, "block_count is 513");
    NUMBER("llama", "llama.block_count", 3, BAD, "tensor \"blk.2.attn_norm.weight\" is missing");
    NUMBER("llama", "llama.block_count", 1, NOT_TAKEN, "tensor \"blk.1.");
    NUMBER("llama", "llama.context_length", -1, BAD, "llama.context_length is missing");
    NUMBER("llama", "llama.context_length", 0, BAD, "context_length is 0");
    NUMBER("llama", "llama.context_length", 1 << 25, NOT_TAKEN, "context_length is 33554432");
    NUMBER("llama", "llama.embedding_length", -1, BAD, "llama.embedding_length is missing");
    NUMBER("llama", "llama.embedding_length", 40, BAD, "wanted [");
    NUMBER("llama", "llama.embedding_length", 36, BAD, "rope.dimension_count is 9");
    NUMBER("llama", "llama.embedding_length_out", 32, 0, NULL);
    NUMBER("llama", "llama.embedding_length_out", 64, BAD, "embedding_length_out is 64");
    NUMBER("llama", "llama.feed_forward_length", -1, BAD, "llama.feed_forward_length");
    NUMBER("llama", "llama.feed_forward_length", 63, BAD, "ffn_gate.weight");
    NUMBER("llama", "llama.attention.head_count", -1, BAD, "head_count");
    NUMBER("llama", "llama.attention.head_count", 0, BAD, "head_count is 0");
    NUMBER("llama", "llama.attention.head_count", 5, BAD, "a divisor of embedding_length 32");
    NUMBER("llama", "llama.attention.head_count", 1024, NOT_TAKEN, "head_count is 1024");
    NUMBER("llama", "llama.attention.head_count_kv", 3, BAD, "head_count_kv is 3, wanted a divisor of head_count 4");
    NUMBER("llama", "llama.attention.head_count_kv", 0, BAD, "head_count_kv is 0");
    NUMBER("llama", "llama.attention.head_count_kv", -1, BAD, "attn_k.weight\" has shape [32, 16], wanted [32, 32]");
    NUMBER("llama", "llama.attention.key_length", 16, BAD, "attention.value_length is 8");
    NUMBER("llama", "llama.attention.value_length", 4, BAD, "attention.value_length is 4");
    NUMBER("llama", "llama.rope.dimension_count", 8, 0, NULL);
    NUMBER("llama", "llama.rope.dimension_count", 4, BAD, "rope.dimension_count is 4, wanted the length of a head, 8");
    NUMBER("phi2", "phi2.rope.dimension_count", 3, BAD, "rope.dimension_count is 3, wanted an even number");
    NUMBER("phi2", "phi2.rope.dimension_count", 10, BAD, "at most the length of a head, 8");
    NUMBER("phi2", "phi2.rope.dimension_count", 0, BAD, "rope.dimension_count is 0");
    NUMBER("glm4", "glm4.rope.dimension_count", 6, 0, NULL);
    NUMBER("glm4", "glm4.rope.dimension_count", 10, BAD, "at most the length of a head, 8");
    NUMBER("gemma3", "gemma3.attention.key_length_swa", 8, 0, NULL);
    NUMBER("gemma3", "gemma3.attention.key_length_swa", 16, BAD, "key_length_swa is 16");
    NUMBER("gemma3", "gemma3.attention.value_length_swa", 16, BAD, "value_length_swa is 16");
    NUMBER("gemma3", "gemma3.rope.dimension_count_swa", 4, BAD, "dimension_count_swa is 4");
    NUMBER("llama", "llama.nextn_predict_layers", 1, NOT_TAKEN, "nextn_predict_layers is 1, wanted 0 to 0");
    NUMBER("bert", "bert.pooling_type", 4, NOT_TAKEN, "pooling_type is 4");
    NUMBER("bert", "tokenizer.ggml.token_type_count", -1, BAD, "token_type_count");
    NUMBER("bert", "bert.context_length", 100, BAD, "tensor \"position_embd.weight\" has shape [32, 128], wanted [32, 100]");
    gguf_tree_make(&tree, &gguf_tinies[0], 0, 1,
                   &(gguf_shape){ .embd = 28, .heads = 4, .kv = 2, .head = 7, .rot = 7, .ff = 8, .context = 8 });
    REFUSED(BAD, "dimension_count is 7");
    CHANGED("phi2", gguf_replace(&tree, 32, 28), BAD, "is 7, wanted an even number"); /* heads of 7 */
}

static void experts(void) {
    NUMBER("qwen3moe", "qwen3moe.expert_count", -1, BAD, "expert_count");
    NUMBER("qwen3moe", "qwen3moe.expert_count", 2000, NOT_TAKEN, "expert_count is 2000");
    NUMBER("qwen3moe", "qwen3moe.expert_used_count", 5, BAD, "expert_used_count is 5, wanted 1 to expert_count, 4");
    NUMBER("qwen3moe", "qwen3moe.expert_used_count", 0, BAD, "expert_used_count is 0");
    NUMBER("qwen3moe", "qwen3moe.expert_used_count", 17, NOT_TAKEN, "expert_used_count is 17");
    NUMBER("qwen3moe", "qwen3moe.expert_used_count", 4, BAD, "wanted [32, 16, 4]");
    NUMBER("qwen3moe", "qwen3moe.expert_feed_forward_length", 32, 0, NULL);
    NUMBER("qwen3moe", "qwen3moe.expert_group_count", 2, NOT_TAKEN, "expert_group_count is 2");
    NUMBER("qwen2moe", "qwen2moe.expert_shared_feed_forward_length", 63, BAD, "shexp.weight");
    NUMBER("qwen2", "qwen2.expert_count", 4, BAD, "qwen2.expert_count is 4");
    NUMBER("qwen2", "qwen2.expert_used_count", 1, BAD, "expert_used_count is 1, wanted at most expert_count, 0");
    NUMBER("hunyuan-dense", "hunyuan-dense.expert_count", 1, 0, NULL); /* as its files have it */
    NUMBER("hunyuan-dense", "hunyuan-dense.expert_used_count", 1, 0, NULL);
    NUMBER("lfm2moe", "lfm2moe.expert_count", -1, BAD, "expert_count is 0");
    NUMBER("lfm2moe", "lfm2moe.expert_feed_forward_length", -1, BAD, "expert_feed_forward_length is -1, wanted at least 1");
    NUMBER("lfm2moe", "lfm2moe.expert_gating_func", -1, BAD, "expert_gating_func is -1");
    NUMBER("lfm2moe", "lfm2moe.expert_gating_func", 0, BAD, "expert_gating_func is 0");
    NUMBER("lfm2moe", "lfm2moe.expert_gating_func", 1, 0, NULL);
    NUMBER("lfm2moe", "lfm2moe.expert_gating_func", 5, NOT_TAKEN, "expert_gating_func is 5");
    NUMBER("lfm2moe", "lfm2moe.leading_dense_block_count", -1, BAD, "tensor \"blk.0.ffn_gate_inp.weight\" is missing");
    NUMBER("lfm2moe", "lfm2moe.leading_dense_block_count", 2, BAD, "tensor \"blk.1.ffn_gate.weight\" is missing");
    NUMBER("lfm2moe", "lfm2moe.leading_dense_block_count", 513, NOT_TAKEN, "leading_dense_block_count is 513");
    NUMBER("lfm2moe", "lfm2moe.feed_forward_length", -1, BAD, "ffn_gate.weight");
    NUMBER("lfm2moe+experts", "lfm2moe.feed_forward_length", -1, 0, NULL);
    NUMBER("gpt-oss", "gpt-oss.expert_feed_forward_length", -1, BAD, "expert_feed_forward_length is -1, wanted at least 1");
    NUMBER("gpt-oss", "gpt-oss.feed_forward_length", -1, 0, NULL);
    NUMBER("gpt-oss", "gpt-oss.rope.dimension_count", 4, BAD, "wanted the length of a head, 8");
    NUMBER("qwen3moe", "qwen3moe.leading_dense_block_count", 1, 0, NULL); /* not looked at */
    NUMBER("hunyuan-dense", "hunyuan-dense.expert_count", 2, BAD, "hunyuan-dense.expert_count is 2");
}

static void windows(void) {
    NUMBER("gemma3", "gemma3.attention.sliding_window_pattern", 1, BAD, "sliding_window_pattern gives 0 of 2 layers");
    NUMBER("gemma3", "gemma3.attention.sliding_window_pattern", 0, BAD, "sliding_window_pattern gives 2 of 2 layers");
    NUMBER("gemma3", "gemma3.attention.sliding_window", 0, 0, NULL);
    NUMBER("gemma3", "gemma3.attention.sliding_window", 1 << 25, NOT_TAKEN, "sliding_window is 33554432");
    NUMBER("gemma2", "gemma2.attention.sliding_window", 0, BAD, "sliding_window is 0, wanted at least 1");
    NUMBER("gemma2", "gemma2.attention.sliding_window", -1, 0, NULL);
    NUMBER("gemma-embedding", "gemma-embedding.attention.sliding_window", -1, BAD, "sliding_window");
    NUMBER("gemma-embedding", "gemma-embedding.attention.sliding_window_pattern", 0, BAD, "gives 2 of 2 layers");
    NUMBER("gpt-oss", "gpt-oss.attention.sliding_window", -1, BAD, "sliding_window is -1, wanted at least 1");
    NUMBER("gpt-oss", "gpt-oss.attention.sliding_window", 0, BAD, "sliding_window is 0, wanted at least 1");
    NUMBER("gpt-oss", "gpt-oss.attention.sliding_window_pattern", -1, 0, NULL);
    NUMBER("gpt-oss", "gpt-oss.attention.sliding_window_pattern", 1, BAD, "gives 0 of 2 layers");
    NUMBER("exaone4", "exaone4.attention.sliding_window", 8, 0, NULL); /* not looked at, but in 64 layers */
    NUMBER("exaone4", "exaone4.attention.key_length", 16, BAD, "wanted");
    NUMBER("lfm2", "lfm2.attention.sliding_window", 8, BAD, "sliding_window is 8");
    CHANGED("gemma3", gguf_tree_set_u32s(&tree, "gemma3.attention.sliding_window_pattern", (uint32_t[]){ 1, 0 }, 2), 0, NULL);
    CHANGED("gemma3", gguf_tree_set_u32s(&tree, "gemma3.attention.sliding_window_pattern", (uint32_t[]){ 1, 0, 1 }, 3), BAD,
            "sliding_window_pattern must be a uint32, or an array");
    CHANGED("gemma3", gguf_tree_set_f32(&tree, "gemma3.attention.sliding_window_pattern", 2), BAD,
            "sliding_window_pattern must be a uint32");
}

static void modern_bert(void) {
    NUMBER("modern-bert", "modern-bert.attention.sliding_window", -1, 0, NULL);
    NUMBER("modern-bert", "modern-bert.attention.sliding_window", 0, 0, NULL);
    NUMBER("modern-bert", "modern-bert.attention.sliding_window_pattern", -1, 0, NULL);
    NUMBER("modern-bert", "modern-bert.attention.sliding_window_pattern", 3, 0, NULL); /* the first layer has none */
    NUMBER("modern-bert", "modern-bert.attention.sliding_window_pattern", 1, BAD, "gives 0 of 2 layers");
    NUMBER("modern-bert", "modern-bert.attention.sliding_window_pattern", 0, BAD, "gives 2 of 2 layers");
    NUMBER("modern-bert", "modern-bert.attention.head_count_kv", -1, 0, NULL);
    NUMBER("modern-bert", "modern-bert.attention.head_count_kv", 2, BAD, "head_count_kv is 2, wanted as this architecture has");
    NUMBER("modern-bert", "modern-bert.rope.dimension_count", 3, BAD, "dimension_count is 3");
    NUMBER("modern-bert", "modern-bert.feed_forward_length", 63, BAD, "ffn_up.weight\" has shape [32, 128], wanted [32, 126]");
    NUMBER("modern-bert", "modern-bert.hidden_activation", 1, NOT_TAKEN, "hidden_activation is \"\"");
    CHANGED("modern-bert", gguf_tree_set_text(&tree, "modern-bert.hidden_activation", "silu"), 0, NULL);
    CHANGED("modern-bert", gguf_tree_set_text(&tree, "modern-bert.hidden_activation", "relu"), NOT_TAKEN,
            "GGUF: modern-bert.hidden_activation is \"relu\", wanted gelu");
    CHANGED("modern-bert", gguf_tree_drop_tensor(&tree, "blk.0.attn_norm.weight"), 0, NULL);
    CHANGED("modern-bert", gguf_tree_drop_tensor(&tree, "blk.1.attn_norm.weight"), BAD,
            "\"blk.1.attn_norm.weight\" is missing");
    CHANGED("modern-bert", gguf_tree_find_tensor(&tree, "blk.0.attn_norm.weight")->dims[0] = 16, BAD,
            "tensor \"blk.0.attn_norm.weight\" has shape [16], wanted [32]");
}

static void jina_bert(void) {
    NUMBER("jina-bert-v2", "tokenizer.ggml.token_type_count", -1, BAD, "token_type_count is missing");
    NUMBER("jina-bert-v2", "tokenizer.ggml.token_type_count", 3, BAD, "token_types.weight\" has shape [32, 2], wanted [32, 3]");
    NUMBER("jina-bert-v2", "jina-bert-v2.attention.head_count_kv", 2, BAD, "head_count_kv is 2, wanted as this");
    NUMBER("jina-bert-v2", "jina-bert-v2.feed_forward_length", 32, BAD, "ffn_gate.weight\" has shape [32, 64]");
    NUMBER("jina-bert-v2+halves", "jina-bert-v2.feed_forward_length", 32, BAD, "ffn_up.weight\" has shape [32, 128]");
    CHANGED("jina-bert-v2", gguf_tree_drop_tensor(&tree, "token_types.weight"), BAD, "\"token_types.weight\" is missing");
    CHANGED("jina-bert-v2", gguf_tree_drop_tensor(&tree, "blk.1.attn_output.bias"), BAD, "attn_output.bias\" is missing");
    CHANGED("jina-bert-v2", gguf_tree_drop_tensor(&tree, "blk.1.ffn_down.bias"), BAD, "blk.1.ffn_down.bias\" is missing");
    CHANGED("jina-bert-v2", gguf_tree_drop_tensor(&tree, "blk.1.ffn_gate.weight"), 0, NULL); /* a layer without */
    CHANGED("jina-bert-v2", gguf_tree_find_tensor(&tree, "blk.1.ffn_up.weight")->dims[1] = 128, BAD,
            "blk.1.ffn_up.weight\" has shape [32, 128], wanted [32, 64]"); /* beside a gate */
    CHANGED("jina-bert-v2+halves", gguf_tree_find_tensor(&tree, "blk.0.ffn_up.bias")->dims[0] = 64, BAD,
            "blk.0.ffn_up.bias\" has shape [64], wanted [128]");
    CHANGED("jina-bert-v2+halves", gguf_tree_find_tensor(&tree, "blk.1.ffn_up.weight")->dims[1] = 192, BAD,
            "blk.1.ffn_up.weight\" has shape [32, 192], wanted [32, 64]");
    CHANGED("jina-bert-v2", gguf_tree_find_tensor(&tree, "blk.0.attn_k_norm.bias")->dims[0] = 16, BAD, "attn_k_norm.bias");
    CHANGED("jina-bert-v2", gguf_tree_add(&tree, "cls.weight", 0, 2, (int64_t[]){ 32, 1 }), NOT_TAKEN, "cls.weight");
}

static void nomic_bert_moe(void) {
    NUMBER("nomic-bert-moe", "nomic-bert-moe.expert_count", -1, BAD, "expert_count is 0, wanted at least 1");
    NUMBER("nomic-bert-moe", "nomic-bert-moe.expert_count", 5, BAD, "ffn_gate_inp.weight\" has shape [32, 4], wanted [32, 5]");
    NUMBER("nomic-bert-moe", "nomic-bert-moe.expert_used_count", 5, BAD, "expert_used_count is 5, wanted 1 to");
    NUMBER("nomic-bert-moe", "nomic-bert-moe.expert_used_count", -1, BAD, "expert_used_count is 0, wanted 1 to");
    NUMBER("nomic-bert-moe", "nomic-bert-moe.moe_every_n_layers", 3, 0, NULL); /* the second of three */
    NUMBER("nomic-bert-moe", "nomic-bert-moe.moe_every_n_layers", 1, BAD, "\"blk.1.ffn_up.weight\" is missing");
    NUMBER("nomic-bert-moe", "nomic-bert-moe.moe_every_n_layers", 0, BAD, "\"blk.1.ffn_up.weight\" is missing");
    NUMBER("nomic-bert-moe", "nomic-bert-moe.moe_every_n_layers", -1, BAD, "\"blk.1.ffn_up.weight\" is missing");
    NUMBER("nomic-bert-moe", "nomic-bert-moe.moe_every_n_layers", 513, NOT_TAKEN, "moe_every_n_layers is 513");
    NUMBER("nomic-bert-moe", "nomic-bert-moe.expert_feed_forward_length", 16, 0, NULL); /* not looked at */
    NUMBER("nomic-bert-moe", "tokenizer.ggml.token_type_count", 0, BAD, "token_type_count is missing or 0");
    CHANGED("nomic-bert-moe", gguf_tree_set_f32(&tree, "nomic-bert-moe.moe_every_n_layers", 2), BAD, "must be a uint32");
    CHANGED("nomic-bert-moe", gguf_tree_drop_tensor(&tree, "blk.1.ffn_up_exps.weight"), BAD, "ffn_up_exps.weight\" is missing");
    CHANGED("nomic-bert-moe", gguf_tree_add(&tree, "blk.1.ffn_up.weight", 0, 2, (int64_t[]){ 32, 64 }), NOT_TAKEN,
            "tensor \"blk.1.ffn_up.weight\" is none");
}

/* EXAONE 4 with 64 layers, of which three in four have windows. */
static void exaone_of_64_layers(void) {
    for (int i = -1; i < 3; i++) {
        result r;
        for (int k = 0; k < GGUF_TINIES; k++)
            if (strcmp(gguf_tinies[k].name, "exaone4") == 0) gguf_tree_make(&tree, &gguf_tinies[k], 0, 0, NULL);
        gguf_tree_set_u32(&tree, "exaone4.block_count", 64);
        for (int k = 0, n = tree.tensor_count; k < n * 62; k++) {
            const gguf_tree_tensor *x = &tree.tensors[k % n];
            char                    name[64];
            if (memcmp(x->name, "blk.1.", 6) != 0) continue;
            snprintf(name, sizeof name, "blk.%d.%s", 2 + k / n, x->name + 6);
            gguf_tree_add(&tree, name, x->type, x->rank, x->dims);
        }
        if (i == 0) gguf_tree_set_u32(&tree, "exaone4.attention.sliding_window", 0);
        if (i == 1) gguf_tree_set_u32(&tree, "exaone4.attention.sliding_window_pattern", 1);
        if (i == 2) gguf_tree_set_u32(&tree, "exaone4.attention.sliding_window", 99);
        check_tree(&r);
        CHECK_INT(r.st, i < 0 || i == 2 ? XYBRID_OK : BAD);
        if (r.st == XYBRID_OK) CHECK_INT(r.model.window, i < 0 ? 4096 : 99);
        if (r.st == XYBRID_OK) CHECK_INT(r.model.window_bytes * 4, r.model.kv_bytes_per_token * 3);
        result_free(&r), gguf_tree_free(&tree);
    }
}

static void recurrent_layers(void) {
    NUMBER("mamba", "mamba.ssm.inner_size", 48, BAD, "ssm.inner_size is 48, wanted twice the embedding_length, 64");
    NUMBER("mamba", "mamba.ssm.conv_kernel", 1, BAD, "conv_kernel is 1");
    NUMBER("mamba", "mamba.ssm.conv_kernel", -1, BAD, "is missing");
    NUMBER("mamba", "mamba.ssm.state_size", 1, BAD, "state_size is 1");
    NUMBER("mamba", "mamba.ssm.time_step_rank", -1, BAD, "is missing");
    NUMBER("mamba", "mamba.attention.head_count", 4, BAD, "head_count is 4");
    NUMBER("lfm2", "lfm2.shortconv.l_cache", 1, BAD, "l_cache is 1");
    NUMBER("lfm2", "lfm2.shortconv.l_cache", -1, BAD, "l_cache is missing");
    NUMBER("lfm2", "lfm2.attention.head_count_kv", 2, BAD, "makes 0 of 2 layers recurrent");
    CHANGED("lfm2", gguf_tree_set_u32s(&tree, "lfm2.attention.head_count_kv", (uint32_t[]){ 0, 0 }, 2), BAD,
            "makes 2 of 2 layers recurrent");
    CHANGED("lfm2", gguf_tree_set_u32s(&tree, "lfm2.attention.head_count_kv", (uint32_t[]){ 0, 3 }, 2), BAD,
            "head_count_kv is 3");
}

static void numbers_of_each_layer(void) {
    CHANGED("llama", gguf_tree_set_u32s(&tree, "llama.attention.head_count_kv", (uint32_t[]){ 2, 2 }, 2), 0, NULL);
    CHANGED("llama", gguf_tree_set_u32s(&tree, "llama.attention.head_count_kv", (uint32_t[]){ 2, 4 }, 2), NOT_TAKEN,
            "GGUF: llama.attention.head_count_kv is 2 in layer 0, 4 in layer 1; wanted one number");
    CHANGED("llama", gguf_tree_set_u32s(&tree, "llama.attention.head_count_kv", (uint32_t[]){ 2, 2, 2 }, 3), BAD,
            "is an array of 3, wanted a uint32, or one for each layer");
    CHANGED("llama", gguf_tree_set_u32s(&tree, "llama.feed_forward_length", (uint32_t[]){ 64, 1u << 31 }, 2), BAD,
            "in layer 1, wanted 0 to");
    CHANGED("llama", gguf_tree_set_u32s(&tree, "llama.embedding_length", (uint32_t[]){ 32, 32 }, 2), BAD,
            "embedding_length is an array of 2, wanted a uint32");
}

static void types_and_floats(void) {
    CHANGED("llama", gguf_tree_set_f32(&tree, "llama.block_count", 2), BAD, "llama.block_count must be a uint32");
    static const float bad[] = { 0, -1, NAN, INFINITY, 2 };
    for (int i = 0; i < 5; i++)
        CHANGED("llama", gguf_tree_set_f32(&tree, "llama.attention.layer_norm_rms_epsilon", bad[i]), BAD,
                "llama.attention.layer_norm_rms_epsilon is");
    CHANGED("gpt2", gguf_tree_drop_key(&tree, "gpt2.attention.layer_norm_epsilon"), BAD,
            "gpt2.attention.layer_norm_epsilon is missing");
    CHANGED("llama", gguf_tree_set_f32(&tree, "llama.rope.freq_base", NAN), BAD, "llama.rope.freq_base is not finite");
    CHANGED("llama", gguf_tree_set_u32(&tree, "llama.rope.freq_base", 10000), BAD, "llama.rope.freq_base must be a float32");
    CHANGED("llama", gguf_tree_set_u32(&tree, "llama.rope.scaling.finetuned", 1), BAD,
            "llama.rope.scaling.finetuned must be a bool");
    CHANGED("llama", gguf_tree_set_text(&tree, "llama.rope.scaling.type", "su"), NOT_TAKEN,
            "llama.rope.scaling.type is \"su\"");
    CHANGED("llama", gguf_tree_set_text(&tree, "llama.rope.scaling.type", "longrope"), NOT_TAKEN,
            "tensor \"rope_freqs.weight\" is none that"); /* rope_freqs.weight is not its own */
    CHANGED("llama", gguf_tree_set_bool(&tree, "llama.attention.causal", 0), NOT_TAKEN, "llama.attention.causal is false");
    CHANGED("bert", gguf_tree_set_u32(&tree, "bert.attention.causal", 0), BAD, "bert.attention.causal must be a bool");
    CHANGED("granite", gguf_tree_drop_key(&tree, "granite.logit_scale"), BAD, "granite.logit_scale is missing");
    CHANGED("granite", gguf_tree_set_u32s(&tree, "granite.deepstack_mapping", (uint32_t[]){ 0, 1 }, 2), NOT_TAKEN,
            "granite.deepstack_mapping");
    CHANGED("ernie4_5", gguf_tree_set_u32s(&tree, "ernie4_5.rope.dimension_sections", (uint32_t[]){ 2, 1, 1, 0 }, 4), NOT_TAKEN,
            "ernie4_5.rope.dimension_sections");
    CHANGED("glm4", gguf_tree_set_u32s(&tree, "glm4.rope.dimension_sections", (uint32_t[]){ 0, 0, 0, 0 }, 4), NOT_TAKEN,
            "glm4.rope.dimension_sections");
}

static void files(void) {
    CHANGED("llama", gguf_tree_drop_key(&tree, "general.architecture"), BAD, "general.architecture is missing");
    CHANGED("llama", gguf_tree_set_text(&tree, "general.architecture", "rwkv7"), NOT_TAKEN,
            "GGUF: the file is sound, but its architecture \"rwkv7\" is not one");
    CHANGED("llama", tree.tensor_count = 0, NOT_TAKEN, "only a vocabulary");
    CHANGED("llama", gguf_tree_set(&tree, "split.count", XB_GGUF_UINT16, 0, 1, "\3", 2), NOT_TAKEN, "one of 3 parts");
    CHANGED("llama", gguf_tree_set_u32(&tree, "general.alignment", 16), NOT_TAKEN,
            "general.alignment is 16, wanted at least 32");
    CHANGED("llama", gguf_tree_set_u32(&tree, "general.alignment", 64), 0, NULL);
    CHANGED("llama",
            (gguf_tree_set(&tree, "llama.block_count+x", XB_GGUF_UINT32, 0, 1, "\2\0\0\0", 4),
             gguf_tree_find(&tree, "llama.block_count+x")->name[17] = 0),
            BAD, "has a NUL inside"); /* ggml would read the shorter key twice */
    CHANGED("llama", gguf_tree_set(&tree, "x", XB_GGUF_ARRAY, XB_GGUF_ARRAY, 1, "\4\0\0\0\0\0\0\0\0\0\0\0", 12), NOT_TAKEN,
            "arrays in arrays");

    size_t      size; /* a gap between two tensors */
    result      r;
    xb_gguf     g;
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    gguf_tree_tiny(&tree, "llama");
    char *bytes = gguf_tree_write(&tree, &size), *hit = NULL;
    check_bytes(&tm.mem, bytes, size, &r);
    CHECK_INT(xb_gguf_read(bytes, size, &r.arena, &g, &r.err), XYBRID_OK);
    for (char *p = bytes; p + 11 < bytes + size && !hit; p++)
        if (memcmp(p, "output_norm", 11) == 0) hit = p;
    CHECK_OR_RETURN(hit);
    hit += 18 + 4 + 8 + 4; /* name, rank, dimension, type: the offset */
    hit[0] = (char)(hit[0] + 32);
    xb_arena_free(&r.arena);
    check_bytes(&tm.mem, bytes, size, &r);
    CHECK_INT(r.st, BAD);
    CHECK(strstr(r.err.message, "tensor \"output_norm.weight\" begins at byte"));
    result_free(&r), gguf_tree_free(&tree);
}

/* ---- vocabularies ---- */

/* Token `index` becomes `word`, of the same length unless it is followed by nothing else. */
static void reword(uint64_t index, const char *word, size_t length) {
    gguf_tree_key *k = gguf_tree_find(&tree, "tokenizer.ggml.tokens");
    gguf_out       o = { 0 };
    const char    *p = k->bytes;
    for (uint64_t i = 0; i < k->count; i++) {
        uint64_t n;
        memcpy(&n, p, 8);
        gguf_out_number(&o, i == index ? length : n, 8);
        gguf_out_put(&o, i == index ? word : p + 8, i == index ? length : (size_t)n);
        p += 8 + n;
    }
    free(k->bytes);
    k->bytes = o.bytes, k->size = o.size;
}

static void retype(uint64_t index, int32_t type) {
    memcpy(gguf_tree_find(&tree, "tokenizer.ggml.token_type")->bytes + index * 4, &type, 4);
}

static void tokens(void) {
    CHANGED("llama", reword(270, "abc", 3), BAD, "GGUF: token 270 is \"abc\", as is token 269");
    CHANGED("llama", reword(270, "abc\0def", 7), BAD, "token 270 is \"abc\", as is token 269"); /* ggml reads up to the NUL */
    CHANGED("llama", reword(270, "", 0), 0, NULL);
    CHANGED("llama", (reword(270, "", 0), reword(269, "[EMPTY_270]", 11)), BAD,
            "token 270 is \"[EMPTY_270]\", as is token 269"); /* what ggml calls it */
    CHANGED("llama", (reword(3 + 10, "<0xZZ>", 6), retype(3 + 10, 1)), NOT_TAKEN, "no token for the byte <0x0A>");
    CHANGED("llama", (reword(3 + 10, "\n", 1), retype(3 + 10, 1)), 0, NULL); /* the byte itself will do */
    CHANGED("llama", retype(262, 6), BAD, "is of type 6 (byte)");
    CHANGED("bert", retype(7, 6), BAD, "not with BERT's tokenizer");
    CHANGED("llama", gguf_tree_find(&tree, "tokenizer.ggml.token_type")->item_type = XB_GGUF_UINT32, BAD,
            "token_type must be an array of int32");
}

/* A tiny model with the tokenizer "t5" and a map of characters. */
static void unigram_model(const char *map, size_t size) {
    gguf_tree_tiny(&tree, "bert");
    gguf_tree_set_text(&tree, "tokenizer.ggml.model", "t5");
    if (map) gguf_tree_set(&tree, "tokenizer.ggml.precompiled_charsmap", XB_GGUF_ARRAY, XB_GGUF_UINT8, size, map, size);
}

/* "t5": what its tree and its map of characters may be. */
static void unigram(void) {
    static char long_token[514];
    static const struct {
        const char   *map;
        size_t        size;
        xybrid_status st;
        const char   *text;
    } rows[] = {
        { "\4\0\0\0aaaa", 8, BAD, "precompiled_charsmap of 8 bytes ends before its replacements do" },
        { "\4\0\0\0aaaab", 9, BAD, "of 9 bytes ends before" },
        { "\377\377\377\377aaaab\0", 10, BAD, "of 10 bytes ends before" },
        { "\4\0", 2, BAD, "of 2 bytes ends before" },
        { long_token, 514, NOT_TAKEN, "a replacement of 509 bytes, at most 64" },
    };
    unigram_model(NULL, 0);
    ACCEPTED();
    unigram_model("\4\0\0\0aaaab\0cd\0", 13);
    ACCEPTED();
    memset(long_token + 4, 'a', 509);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unigram_model(rows[i].map, rows[i].size);
        REFUSED(rows[i].st, rows[i].text);
    }
    memset(long_token, 'a', 513);
    unigram_model(NULL, 0);
    reword(7, long_token, 513);
    REFUSED(NOT_TAKEN, "token 7 has 513 bytes");
    unigram_model(NULL, 0);
    reword(7, long_token, 512);
    ACCEPTED();
    unigram_model(NULL, 0);
    gguf_tree_set_bool(&tree, "tokenizer.ggml.add_bos_token", 1);
    gguf_tree_set_u32(&tree, "tokenizer.ggml.bos_token_id", 1000);
    REFUSED(BAD, "bos_token_id is missing or beyond the vocabulary, and each text begins with it");
}

static void tokenizers(void) {
    CHANGED("qwen2", gguf_tree_set_text(&tree, "tokenizer.ggml.pre", "gpt-5"), NOT_TAKEN,
            "tokenizer.ggml.pre is \"gpt-5\", which is not known");
    CHANGED("qwen2", gguf_tree_set_text(&tree, "tokenizer.ggml.pre", "whitespace"), NOT_TAKEN,
            "tokenizer.ggml.pre is"); /* known to llama.cpp, but stops it */
    static const char *const known[] = { "llama3", "mellum2", "default", "glm4", "qwen2", "smollm", "tekken", "" };
    for (int i = 0; i < 8; i++) CHANGED("qwen2", gguf_tree_set_text(&tree, "tokenizer.ggml.pre", known[i]), 0, NULL);
    CHANGED("qwen2", gguf_tree_drop_key(&tree, "tokenizer.ggml.merges"), BAD, "merges is missing");
    CHANGED("qwen2", gguf_tree_set_text(&tree, "tokenizer.ggml.model", "rwkv"), NOT_TAKEN, "the tokenizer is \"rwkv\"");
    NUMBER("qwen2", "tokenizer.ggml.bos_token_id", 1000, 0, NULL); /* 11 serves */
    NUMBER("bert", "tokenizer.ggml.bos_token_id", 1000, BAD, "bos_token_id is missing or beyond the vocabulary");
    NUMBER("bert", "tokenizer.ggml.seperator_token_id", -1, BAD, "seperator_token_id is missing");
    NUMBER("bert", "tokenizer.ggml.unknown_token_id", -1, BAD, "unknown_token_id is missing");
    /* no default BOS, and told to begin with it */
    CHANGED("qwen2",
            (gguf_tree_set_text(&tree, "tokenizer.ggml.pre", "glm4"),
             gguf_tree_set_bool(&tree, "tokenizer.ggml.add_bos_token", 1),
             gguf_tree_set_u32(&tree, "tokenizer.ggml.bos_token_id", 1000)),
            BAD, "bos_token_id is missing or beyond the vocabulary, and each text begins with it");
    CHANGED("llama", gguf_tree_set(&tree, "tokenizer.ggml.bos_token_id", XB_GGUF_INT32, 0, 1, "\1\0\0\0", 4), BAD,
            "bos_token_id must be a uint32");
    CHANGED("llama", gguf_tree_set_u32(&tree, "tokenizer.ggml.add_bos_token", 1), BAD, "add_bos_token must be a bool");
    gguf_tree_tiny(&tree, "llama");
    char *text = malloc(XB_MAX_CHAT_TEMPLATE_BYTES + 1);
    memset(text, 'x', XB_MAX_CHAT_TEMPLATE_BYTES + 1);
    gguf_tree_set(&tree, "tokenizer.chat_template", XB_GGUF_STRING, 0, 1, text, XB_MAX_CHAT_TEMPLATE_BYTES + 1);
    REFUSED(NOT_TAKEN, "chat_template has 1048577 bytes");
    free(text);
}

/* ---- everything at once ---- */

static void mutants_are_refused_or_whole(void) {
    int passed = 0, count = CHECK_ROUNDS(3000);
    for (int i = 0; i < count; i++) {
        static xb_test_mem tm;
        size_t             size;
        result             r;
        xb_test_mem_init(&tm, 0, 0);
        char *bytes = gguf_mutant((uint64_t)i, &size);
        check_bytes(&tm.mem, bytes, size, &r);
        passed += r.st == XYBRID_OK;
        CHECK(r.st == XYBRID_OK || r.st == BAD || r.st == NOT_TAKEN);
        CHECK(r.st == XYBRID_OK || (r.err.message[0] && !strchr(r.err.message, '\n')));
        CHECK(r.st != XYBRID_OK || (r.model.layers > 0 && r.model.vocabulary > 0 && r.model.kv_bytes_per_token >= 0));
        result_free(&r);
        CHECK_INT(tm.live_blocks, 0);
    }
    CHECK(passed > count / 8 && passed < count * 3 / 4); /* else they say nothing about engines, or about checks */
}

static void memory_may_fail(void) {
    static const char *const names[] = { "llama", "lfm2", "bert" };
    for (int i = 0; i < 3; i++) {
        xb_test_mem tm;
        size_t      size;
        gguf_tree_tiny(&tree, names[i]);
        char *bytes = gguf_tree_write(&tree, &size);
        gguf_tree_free(&tree);
        XB_TORTURE (tm, 200) {
            result r;
            check_bytes(&tm.mem, bytes, size, &r);
            XB_TORTURE_STATUS(tm, r.st);
            xb_arena_free(&r.arena);
        }
        free(bytes);
    }
}

CHECK_MAIN(RUN(tiny_models_pass), RUN(numbers_are_told), RUN(real_models_pass), RUN(smollm2_passes),
           RUN(real_vocabularies_pass), RUN(each_tensor_counts), RUN(element_types), RUN(numbers_have_ranges), RUN(experts),
           RUN(windows), RUN(exaone_of_64_layers), RUN(modern_bert), RUN(jina_bert), RUN(nomic_bert_moe), RUN(recurrent_layers),
           RUN(numbers_of_each_layer), RUN(types_and_floats), RUN(files), RUN(tokens), RUN(tokenizers), RUN(unigram),
           RUN(mutants_are_refused_or_whole), RUN(memory_may_fail))
