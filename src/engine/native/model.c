/* engine/native/model.c - see model.h. */
#include "engine/native/model.h"

#include "base/error.h"

/* Elements below a byte take a byte each in memory: constants are unpacked once. */
static xybrid_status unpack_constants(xb_native_model *m, xybrid_error *err) {
    for (int32_t i = 0; i < m->graph.value_count; i++) {
        const xb_onnx_value *c = m->graph.values[i].constant;
        int32_t              bits = c ? xb_onnx_dtype_bits(c->dtype) : 0;
        if (bits == 0 || bits >= 8 || c->size_bytes == c->count) continue;
        xb_onnx_value *v = (xb_onnx_value *)(uintptr_t)c;
        void          *data = xb_arena_alloc(&m->arena, (size_t)v->count, err);
        if (!data) return err->code;
        xb_onnx_unpack(v->dtype, v->data, 0, v->count, data);
        v->data = data;
        v->size_bytes = v->count;
    }
    return XYBRID_OK;
}

xybrid_status xb_native_model_open(const xb_native_services *services, const void *bytes, size_t size,
                                   const xb_graph_files *files, const char *identity, xb_native_model **out,
                                   xybrid_error *err) {
    xb_native_model *m = xb_calloc(services->mem, 1, sizeof *m, err);
    if (!m) return err->code;
    m->services = *services;
    xb_arena_init(&m->arena, services->mem, 0);
    xb_pack_cache_init(&m->packs, &m->services, identity);
    xybrid_status st = xb_graph_read(bytes, size, files, services->mem, &m->arena, &m->graph, err);
    if (st == XYBRID_OK) st = unpack_constants(m, err);
    if (st != XYBRID_OK) {
        xb_native_model_close(m);
        return st;
    }
    *out = m;
    return XYBRID_OK;
}

void xb_native_model_close(xb_native_model *m) {
    if (!m) return;
    xb_mem *mem = m->services.mem;
    xb_pack_cache_free(&m->packs);
    xb_arena_free(&m->arena);
    xb_free(mem, m);
}
