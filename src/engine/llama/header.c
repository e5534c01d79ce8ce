/* engine/llama/header.c - see header.h. */
#include "engine/llama/header.h"

#include <string.h>

#include "engine/llama/shim.h"

typedef struct reader {
    const unsigned char *at, *end;
    int32_t              failed;
} reader;

enum { TYPE_STRING = 8, TYPE_ARRAY = 9, TYPE_COUNT = 13, KEY_BYTES = 128, MAX_ITEMS = 1 << 24 };
static const unsigned char sizes[TYPE_COUNT] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };

static const unsigned char *take(reader *r, uint64_t bytes) {
    if (r->failed || bytes > (uint64_t)(r->end - r->at)) {
        r->failed = 1;
        return NULL;
    }
    const unsigned char *at = r->at;
    r->at += bytes;
    return at;
}

static uint64_t number(reader *r, int32_t bytes) {
    const unsigned char *at = take(r, (uint64_t)bytes);
    uint64_t             value = 0;
    for (int32_t i = bytes; at && i-- > 0;) value = value << 8 | at[i];
    return value;
}

static const char *text(reader *r, uint64_t *len) {
    *len = number(r, 8);
    return (const char *)take(r, *len);
}

/* What a value is good for: its number, its count, or its text. */
typedef struct value {
    int64_t     number; /* of an integer; of an array of integers their sum */
    int64_t     count;
    const char *text;
    uint64_t    len;
} value;

static void read_items(reader *r, uint32_t type, uint64_t count, value *out) {
    for (uint64_t i = 0; i < count && !r->failed; i++) {
        if (type == TYPE_STRING) {
            out->text = text(r, &out->len);
            continue;
        }
        uint64_t n = number(r, sizes[type]);
        if (n < UINT32_MAX) out->number += (int64_t)n;
    }
}

static value read_value(reader *r, uint32_t type) {
    value    v = { .count = 1 };
    uint64_t count = 1;
    if (type == TYPE_ARRAY) {
        type = (uint32_t)number(r, 4);
        count = number(r, 8);
    }
    if (type >= TYPE_COUNT || type == TYPE_ARRAY || count > MAX_ITEMS) r->failed = 1;
    else if (type != TYPE_STRING && count > 4096) (void)take(r, count * sizes[type]);
    else read_items(r, type, count, &v);
    v.count = (int64_t)count;
    return v;
}

static void store(ll_header *h, const char *key, const value *v) {
    const struct {
        const char *name;
        int64_t    *out;
    } rows[] = {
        { "context_length", &h->context_tokens },
        { "embedding_length", &h->embedding_size },
        { "block_count", &h->layers },
        { "attention.head_count", &h->heads },
        { "attention.head_count_kv", &h->kv_heads },
        { "attention.key_length", &h->key_size },
        { "attention.value_length", &h->value_size },
    };
    if (strcmp(key, "general.architecture") == 0 && v->text && v->len < sizeof h->architecture) {
        memcpy(h->architecture, v->text, (size_t)v->len);
        h->architecture[v->len] = 0;
        return;
    }
    if (strcmp(key, "tokenizer.ggml.tokens") == 0) h->vocabulary = v->count;
    if (strcmp(key, "split.count") == 0) h->parts = v->number;
    const char *name = strchr(key, '.'); /* "<architecture>.": there is one */
    for (unsigned i = 0; name && i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(name + 1, rows[i].name) == 0) {
            *rows[i].out = v->number;
            if (rows[i].out == &h->kv_heads && v->count == 1) h->kv_heads = -v->number; /* for each layer alike */
        }
}

/* Types that ggml's processor back end may repack (repack.cpp: ggml_repack_get_optimal_repack_type). */
static int32_t is_repackable(uint32_t type) {
    return type == 2 || type == 8 || type == 20 || type == 39 || type == 41 || (type >= 10 && type <= 14);
}

static void read_tensor(reader *r, ll_header *h) {
    uint64_t len, elements = 1, rows = 1;
    (void)text(r, &len);
    uint32_t rank = (uint32_t)number(r, 4);
    if (rank > 4) r->failed = 1;
    for (uint32_t i = 0; i < rank && !r->failed; i++) {
        uint64_t dim = number(r, 8);
        if (dim > (uint64_t)1 << 40 || (dim && elements > ((uint64_t)1 << 50) / dim)) r->failed = 1;
        else elements *= dim;
        if (i > 0) rows *= dim;
    }
    uint32_t type = (uint32_t)number(r, 4);
    (void)number(r, 8); /* where it begins */
    if (r->failed) return;
    int64_t bytes = xl_tensor_bytes((int32_t)type, (int64_t)elements);
    h->weight_bytes += bytes;
    if (is_repackable(type)) h->repackable_bytes += bytes;
    /* the table of tokens is looked up, or multiplied with few rows */
    if (rank == 2 && rows != (uint64_t)h->vocabulary && (int64_t)elements > h->largest) h->largest = (int64_t)elements;
}

int32_t ll_header_read(const void *bytes, int64_t size, ll_header *out) {
    reader    r = { .at = bytes, .end = (const unsigned char *)bytes + size };
    ll_header h = { .parts = 1 };
    if (number(&r, 4) != 0x46554747) return 0; /* "GGUF" */
    uint64_t version = number(&r, 4);
    if (version != 2 && version != 3) return 0;
    uint64_t tensors = number(&r, 8), pairs = number(&r, 8);
    if (tensors > MAX_ITEMS || pairs > MAX_ITEMS) return 0;
    for (uint64_t i = 0; i < pairs && !r.failed; i++) {
        uint64_t    len;
        char        key[KEY_BYTES];
        const char *name = text(&r, &len);
        uint32_t    type = (uint32_t)number(&r, 4);
        value       v = read_value(&r, type);
        if (r.failed || len >= sizeof key) continue;
        memcpy(key, name, (size_t)len);
        key[len] = 0;
        store(&h, key, &v);
    }
    for (uint64_t i = 0; i < tensors && !r.failed; i++) read_tensor(&r, &h);
    if (r.failed) return 0;
    h.tensors = (int64_t)tensors;
    if (h.heads > 0 && h.kv_heads == 0) h.kv_heads = -h.heads;
    if (h.kv_heads < 0) h.kv_heads = h.layers < 1 << 16 ? -h.kv_heads * h.layers : 0;
    if (h.heads > 0 && h.key_size == 0) h.key_size = h.embedding_size / h.heads;
    if (h.value_size == 0) h.value_size = h.key_size;
    *out = h;
    return 1;
}

int64_t ll_header_bytes_per_token(const ll_header *h) {
    if (h->kv_heads <= 0 || h->kv_heads > 1 << 20 || h->key_size < 0 || h->key_size > 1 << 16 || h->value_size > 1 << 16)
        return 0;
    return h->kv_heads * (h->key_size + h->value_size) * 2;
}
