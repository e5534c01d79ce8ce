/* Any bytes as a GGUF file: an error, or a header and a vocabulary whose every part can be read; an error, or a whole model. */
#include "base/limits.h"
#include "codec/gguf_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

static void touch(xb_slice s) {
    for (size_t i = 0; i < s.size; i++) sink += (uint8_t)s.data[i];
}

static void touch_vocabulary(const xb_gguf_vocabulary *v) {
    touch(v->model), touch(v->pre), touch(v->chat_template), touch(v->charsmap);
    for (int64_t i = 0; i < v->tokens.count; i++) {
        touch(xb_gguf_string(&v->tokens, i));
        if (v->scores) sink += xb_gguf_item_float(v->scores, i) > 0;
        if (v->token_types) sink += (uint64_t)xb_gguf_item_int(v->token_types, i);
    }
    for (int64_t i = 0; i < v->merges.count; i++) touch(xb_gguf_string(&v->merges, i));
    if (v->bos >= v->tokens.count || v->eos >= v->tokens.count || v->padding >= v->tokens.count) __builtin_trap();
}

static void check_model(const xb_gguf *g, xb_arena *arena) {
    xb_gguf_model m;
    xybrid_error  err = { 0 };
    if (xb_gguf_check_model(g, arena, &m, &err) != XYBRID_OK) {
        if (!err.message[0]) __builtin_trap();
        return;
    }
    touch(m.architecture), touch_vocabulary(&m.words);
    if (m.layers < 1 || m.embedding < 1 || m.context < 1 || m.vocabulary != m.words.tokens.count) __builtin_trap();
    if (m.kv_bytes_per_token < m.window_bytes || m.window_bytes < 0 || m.state_bytes < 0) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem             mem;
    xb_arena           arena;
    xb_gguf            g;
    xb_gguf_vocabulary v;
    xybrid_error       err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    if (xb_gguf_read(data, size, &arena, &g, &err) == XYBRID_OK) {
        for (int i = 0; i < g.pair_count; i++) touch(g.pairs[i].key), touch(g.pairs[i].value.bytes);
        for (int i = 0; i < g.tensor_count; i++) {
            touch(g.tensors[i].name);
            touch((xb_slice){ (const char *)data + g.tensors[i].offset, (size_t)g.tensors[i].size_bytes });
        }
        if (xb_gguf_vocabulary_read(&g, &arena, &v, &err) == XYBRID_OK) touch_vocabulary(&v);
        check_model(&g, &arena);
    } else if (!err.message[0]) {
        __builtin_trap();
    }
    xb_arena_free(&arena);
    return 0;
}
