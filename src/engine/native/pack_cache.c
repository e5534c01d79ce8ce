/* engine/native/pack_cache.c - see pack_cache.h. */
#include "engine/native/pack_cache.h"

#include <string.h>

#include "base/checked.h"
#include "engine/native/build_int.h"
#include "engine/native/model.h"
#include "tensor/tensor.h"

struct xb_pack_entry {
    xb_pack_entry *next;
    int32_t        number; /* of the value */
    xb_pack_kind   kind;
    int64_t        key[XB_PACK_FORM], size_bytes;
    const void    *data;
    void          *block, *handle; /* which of both holds the data: memory, a blob */
};

enum { FIRST_SLOTS = 64 };

void xb_pack_cache_init(xb_pack_cache *c, const xb_native_services *services, const char *identity) {
    *c = (xb_pack_cache){ .mem = services->mem, .services = services };
    if (identity && strlen(identity) < sizeof c->blobs.identity) {
        c->blobs.host = services->host;
        memcpy(c->blobs.identity, identity, strlen(identity));
    }
    xb_mutex_init(&c->lock);
}

void xb_pack_cache_free(xb_pack_cache *c) {
    if (!c->mem) return;
    for (size_t i = 0; i < c->slot_count; i++)
        for (xb_pack_entry *e = c->slots[i], *next; e; e = next) {
            next = e->next;
            xb_free(c->mem, e->block);
            xb_pack_blob_drop(&c->blobs, e->handle);
            xb_free(c->mem, e);
        }
    xb_free(c->mem, c->slots);
    xb_mutex_free(&c->lock);
    c->mem = NULL;
}

int64_t xb_pack_cache_bytes(xb_pack_cache *c) {
    xb_mutex_lock(&c->lock);
    int64_t size_bytes = c->size_bytes;
    xb_mutex_unlock(&c->lock);
    return size_bytes;
}

static size_t slot_of(int32_t number, xb_pack_kind kind, const int64_t *key, size_t slots) {
    uint64_t h = (uint64_t)(uint32_t)number << 8 ^ (uint64_t)kind;
    for (int i = 0; i < XB_PACK_FORM; i++) h = (h ^ (uint64_t)key[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ h >> 29;
    return (size_t)(h >> 32) & (slots - 1);
}

static xb_pack_entry *find(const xb_pack_cache *c, int32_t number, const xb_pack *how) {
    if (c->slot_count == 0) return NULL;
    xb_pack_entry *e = c->slots[slot_of(number, how->kind, how->key, c->slot_count)];
    while (e && (e->number != number || e->kind != how->kind || memcmp(e->key, how->key, sizeof e->key) != 0)) e = e->next;
    return e;
}

/* Twice as many slots when there are as many entries. */
static xybrid_status make_room(xb_pack_cache *c, xybrid_error *err) {
    if (c->count < c->slot_count) return XYBRID_OK;
    size_t          count = c->slot_count ? c->slot_count * 2 : FIRST_SLOTS;
    xb_pack_entry **slots = xb_calloc(c->mem, count, sizeof *slots, err);
    if (!slots) return err->code;
    for (size_t i = 0; i < c->slot_count; i++)
        for (xb_pack_entry *e = c->slots[i], *next; e; e = next) {
            next = e->next;
            xb_pack_entry **at = &slots[slot_of(e->number, e->kind, e->key, count)];
            e->next = *at;
            *at = e;
        }
    xb_free(c->mem, c->slots);
    c->slots = slots;
    c->slot_count = count;
    return XYBRID_OK;
}

/* ---- making a form ---- */

/* What is packed, and how: plain data, the arguments of a step. */
typedef struct pack_args {
    const void *src;
    void       *out;
    xb_pack_fn  run;
    const void *ctx;
    int32_t     dtype, as_float, element_bytes;
    int64_t     count, size_bytes;
} pack_args;

static int64_t aligned(int64_t size) { return (size + XB_BLOCK_ALIGN - 1) / XB_BLOCK_ALIGN * XB_BLOCK_ALIGN; }

/* Scratch: [the value, if it is not aligned] [the value as float32, if it is not] [the form's own]. */
static int64_t pack_scratch_bytes(const xb_val *v, const xb_pack *how) {
    return aligned(v->size_bytes) + (how->as_float && v->dtype != XYBRID_FLOAT32 ? aligned(v->count * 4) : 0) +
           how->scratch_bytes;
}

static void pack_run(const void *args, int32_t chunk, void *scratch) {
    const pack_args *a = args;
    const void      *src = a->src;
    char            *free_bytes = scratch;
    (void)chunk;
    if ((uintptr_t)src % (uintptr_t)(a->element_bytes > 8 ? 8 : a->element_bytes)) {
        memcpy(free_bytes, src, (size_t)a->size_bytes);
        src = free_bytes;
        free_bytes += aligned(a->size_bytes);
    }
    if (a->as_float && a->dtype != XYBRID_FLOAT32) {
        xb_convert(free_bytes, XYBRID_FLOAT32, src, a->dtype, a->count);
        src = free_bytes;
        free_bytes += aligned(a->count * 4);
    }
    a->run(a->ctx, src, a->out, free_bytes);
}

static pack_args pack_args_of(const xb_val *v, const xb_pack *how) {
    return (pack_args){ .run = how->run,
                        .dtype = v->dtype,
                        .as_float = how->as_float,
                        .element_bytes = xb_element_bytes(v->dtype),
                        .count = v->count,
                        .size_bytes = v->size_bytes };
}

/* Makes the form in private memory, and has it kept. */
static xybrid_status make(xb_pack_cache *c, const xb_val *v, const xb_pack *how, const xb_pack_blob_key *key, xb_pack_entry *e,
                          xybrid_error *err) {
    size_t header = key ? XB_PACK_BLOB_HEADER : 0;
    e->block = xb_malloc_aligned(c->mem, xb_size(how->size_bytes) + header, XB_BLOCK_ALIGN, err);
    if (!e->block) return err->code;
    void *scratch = xb_malloc_aligned(c->mem, xb_size(pack_scratch_bytes(v, how)), XB_BLOCK_ALIGN, err);
    if (!scratch) return err->code;
    pack_args a = pack_args_of(v, how);
    a.src = v->data;
    a.out = (char *)e->block + header;
    a.ctx = how->ctx;
    pack_run(&a, 0, scratch);
    xb_free(c->mem, scratch);
    e->data = a.out;
    if (key) xb_pack_blob_put(&c->blobs, key, e->block);
    return XYBRID_OK;
}

/* The form's blob, if the host has one or makes one, else memory. */
static xybrid_status find_or_make(xb_pack_cache *c, const xb_val *v, const xb_pack *how, xb_pack_entry *e, xybrid_error *err) {
    if (c->services->is_dry && how->kind != XB_PACK_ALIGNED) {
        static const char nothing[XB_BLOCK_ALIGN] = { 0 }; /* an address: these plans are never run */
        e->data = nothing;
        c->size_bytes += how->size_bytes;
        return XYBRID_OK;
    }
    if (!c->blobs.host || how->size_bytes < XB_PACK_BLOB_LEAST) return make(c, v, how, NULL, e, err);
    const xb_pack_blob_key key = { .number = v->number,
                                   .kind = (int32_t)how->kind,
                                   .form = how->key,
                                   .isa = xb_isa_name(c->services->isa),
                                   .qisa = xb_qisa_name(c->services->qisa),
                                   .rewrites_off = c->services->rewrites_off,
                                   .size_bytes = how->size_bytes };
    e->data = xb_pack_blob_get(&c->blobs, &key, &e->handle);
    if (e->data) return XYBRID_OK;
    XB_TRY(make(c, v, how, &key, e, err));
    const void *kept = c->blobs.is_full ? NULL : xb_pack_blob_get(&c->blobs, &key, &e->handle);
    if (!kept) return XYBRID_OK;
    e->data = kept;
    xb_free(c->mem, e->block);
    e->block = NULL;
    return XYBRID_OK;
}

/* The lock is held. */
static xybrid_status add(xb_pack_cache *c, const xb_val *v, const xb_pack *how, xb_pack_entry **out, xybrid_error *err) {
    XB_TRY(make_room(c, err));
    xb_pack_entry *e = xb_calloc(c->mem, 1, sizeof *e, err);
    if (!e) return err->code;
    xybrid_status st = find_or_make(c, v, how, e, err);
    if (st != XYBRID_OK) {
        xb_free(c->mem, e->block);
        xb_free(c->mem, e);
        return st;
    }
    xb_pack_entry **at = &c->slots[slot_of(v->number, how->kind, how->key, c->slot_count)];
    e->next = *at;
    e->number = v->number;
    e->kind = how->kind;
    e->size_bytes = how->size_bytes;
    memcpy(e->key, how->key, sizeof e->key);
    *at = e;
    c->count++;
    if (e->block) c->size_bytes += how->size_bytes;
    *out = e;
    return XYBRID_OK;
}

static xybrid_status find_or_add(xb_pack_cache *c, const xb_val *v, const xb_pack *how, const void **data, xybrid_error *err) {
    xb_mutex_lock(&c->lock);
    xb_pack_entry *e = find(c, v->number, how);
    xybrid_status  st = e ? XYBRID_OK : add(c, v, how, &e, err);
    xb_mutex_unlock(&c->lock);
    if (st != XYBRID_OK) return st;
    if (e->size_bytes != how->size_bytes) return xb_fail(err, XYBRID_INTERNAL, NULL, "two packed forms of one key");
    *data = e->data;
    return XYBRID_OK;
}

/* ---- for a plan ---- */

static xybrid_status pack_step(const xb_node *n, const xb_val *v, const xb_pack *how, xb_val *packed) {
    pack_args *a = xb_step_new(n, sizeof *a + how->ctx_size, how->what);
    if (!a) return n->b->err->code;
    *a = pack_args_of(v, how);
    a->ctx = a + 1;
    if (how->ctx_size) memcpy(a + 1, how->ctx, how->ctx_size);
    xb_step_in_bytes(n, &a->src, v, 0);
    xb_step_out(n, &a->out, packed);
    return xb_step_end(n, &(xb_work){ .run = pack_run, .chunks = 1, .scratch_bytes = pack_scratch_bytes(v, how) });
}

/* A value of bytes that lie elsewhere. */
static xybrid_status given_bytes(xb_build *b, const void *data, int64_t size_bytes, xb_val **out) {
    xb_val *v = xb_val_new(b, XB_NO_VALUE);
    if (!v) return b->err->code;
    v->dtype = XYBRID_UINT8;
    v->rank = 1;
    v->dims[0] = v->count = v->size_bytes = size_bytes;
    v->data = data;
    v->place = XB_PLACE_CONTENT;
    *out = v;
    return XYBRID_OK;
}

xybrid_status xb_packed(const xb_node *n, xb_val *v, const xb_pack *how, xb_val **out) {
    xb_build     *b = n->b;
    xybrid_error *err = b->err;
    const void   *data = NULL;
    XB_CHECK(how->ctx_size <= XB_PACK_CTX_BYTES);
    if (!v->is_static || v->number == XB_NO_VALUE || b->is_folding) {
        xb_val *packed = xb_temp(n, XYBRID_UINT8, 1, &how->size_bytes);
        if (!packed) return b->err->code;
        XB_TRY(pack_step(n, v, how, packed));
        *out = packed;
        return XYBRID_OK;
    }
    XB_TRY(find_or_add(&b->model->packs, v, how, &data, b->err));
    return given_bytes(b, data, how->size_bytes, out);
}

static void copy_bytes(const void *ctx, const void *src, void *out, void *scratch) {
    (void)scratch;
    memcpy(out, src, (size_t)*(const int64_t *)ctx);
}

xybrid_status xb_packed_aligned(xb_build *b, xb_val *v) {
    xybrid_error *err = b->err;
    const void   *data = NULL;
    const xb_pack how = { .kind = XB_PACK_ALIGNED,
                          .size_bytes = v->size_bytes,
                          .run = copy_bytes,
                          .ctx = &v->size_bytes,
                          .ctx_size = sizeof v->size_bytes };
    XB_CHECK(v->is_static && v->number != XB_NO_VALUE);
    XB_TRY(find_or_add(&b->model->packs, v, &how, &data, b->err));
    v->data = data;
    return XYBRID_OK;
}
