/* engine/llama/header.h - a look at the header of a GGUF file: enough to say whether and at what cost it runs.
 *
 *     ll_header h;
 *     if (!ll_header_read(source->bytes, source->size_bytes, &h)) refuse("no GGUF file, or a broken one");
 *
 * Not a validator: the host's guard has checked the file before (XYBRID_ENGINE_NEEDS_GUARD). It still reads nothing outside the
 * bytes, whatever they hold, and takes time in proportion to the header. Layout: ggml/docs/gguf.md, versions 2 and 3. Any
 * thread. */
#ifndef XB_ENGINE_LLAMA_HEADER_H
#define XB_ENGINE_LLAMA_HEADER_H

#include <stdint.h>

typedef struct ll_header {
    char    architecture[64];           /* "" = not said */
    int64_t tensors, vocabulary, parts; /* parts: files the model is split into; 1 = whole */
    int64_t context_tokens, embedding_size, layers, heads, kv_heads /* summed over the layers */, key_size, value_size;
    int64_t weight_bytes;     /* of all tensors */
    int64_t repackable_bytes; /* of those that ggml may copy into an order that computes faster */
    int64_t largest;          /* elements of the largest matrix that a token is multiplied with; 0 = none */
} ll_header;

/* 1 and *out; 0 = not a GGUF file of a known version, or one that ends within its header. */
int32_t ll_header_read(const void *bytes, int64_t size, ll_header *out);

/* Of the caches of keys and values, in half precision; 0 if the header does not say. */
int64_t ll_header_bytes_per_token(const ll_header *h);

#endif
