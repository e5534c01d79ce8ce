/* engine/native/pack_cache.h - weights in the forms that kernels like: made once for a model, shared by its sessions and plans.
 *
 *     xb_pack how = { .kind = XB_PACK_CONV, .key = { form, groups }, .size_bytes = size, .run = pack_conv, .ctx = &c,
 *                     .ctx_size = sizeof c };
 *     xb_val *packed;
 *     XB_TRY(xb_packed(b, n, weight, &how, &packed, err));             // in emit
 *     xb_step_in(b, &a->w, packed);
 *
 * What the file alone decides is packed when a plan first asks for it, and lives as long as the model: in a blob that the host
 * keeps and maps (engine/native/pack_blob.h), where it has a place for such, else in private memory. Anything else (a weight
 * that is computed from inputs) is packed by a step of its own before each use. A form is found by the value's number in the
 * model, kind and key; these say everything that decides the bytes besides the value itself.
 *
 * One lock; a form is made under it, so that two sessions never make the same one twice. */
#ifndef XB_NATIVE_PACK_CACHE_H
#define XB_NATIVE_PACK_CACHE_H

#include "engine/native/pack_blob.h"
#include "engine/native/plan.h"
#include "plat/thread.h"

typedef struct xb_build           xb_build;
typedef struct xb_node            xb_node;
typedef struct xb_native_services xb_native_services; /* engine/native/model.h */

typedef enum xb_pack_kind {                        /* numbers are part of the key */
                            XB_PACK_FLOAT32 = 1,   /* another float type, widened */
                            XB_PACK_GEMM = 2,      /* kernel/gemm.h */
                            XB_PACK_CONV = 3,      /* kernel/conv.h */
                            XB_PACK_SCALED = 4,    /* times a number */
                            XB_PACK_RECURRENT = 5, /* kernel/recurrent.h */
                            XB_PACK_ALIGNED = 6,   /* the same bytes */
                            XB_PACK_QGEMM = 7,     /* kernel/qgemm.h */
                            XB_PACK_QCONV = 8      /* kernel/qconv.h */
} xb_pack_kind;

enum { XB_PACK_CTX_BYTES = 512 };

/* Writes the packed form to `out`. Kernel rules (kernel/kernel.h) hold. */
typedef void (*xb_pack_fn)(const void *ctx, const void *src, void *out, void *scratch);

typedef struct xb_pack {
    xb_pack_kind kind;
    int64_t      key[XB_PACK_FORM];
    int64_t      size_bytes, scratch_bytes;
    xb_pack_fn   run; /* src: the value's elements, aligned; with as_float as float32, whatever float type it has */
    int32_t      as_float;
    const void  *ctx; /* plain data, at most XB_PACK_CTX_BYTES; copied */
    size_t       ctx_size;
    const char  *what; /* of the step; static */
} xb_pack;

typedef struct xb_pack_entry xb_pack_entry;
typedef struct xb_pack_cache {
    xb_mutex                  lock;
    xb_mem                   *mem;
    const xb_native_services *services;
    xb_pack_blobs             blobs;
    xb_pack_entry           **slots; /* a hash table: chains */
    size_t                    slot_count, count;
    int64_t                   size_bytes; /* of all forms in memory of our own */
} xb_pack_cache;

/* `services` outlives it; `identity` of the model's file, NULL = forms are not kept beyond this process. */
void    xb_pack_cache_init(xb_pack_cache *c, const xb_native_services *services, const char *identity);
void    xb_pack_cache_free(xb_pack_cache *c);
int64_t xb_pack_cache_bytes(xb_pack_cache *c);

/* *out: a value of bytes (uint8, size_bytes long, aligned to 64). Errors: OUT_OF_MEMORY. */
xybrid_status xb_packed(const xb_node *n, xb_val *v, const xb_pack *how, xb_val **out);

/* v->data becomes an aligned copy, which the model keeps. For static values. */
xybrid_status xb_packed_aligned(xb_build *b, xb_val *v);

#endif
