/* kernel/hot_convert.h - chunks of conversions (kernel/transpose.h). */
#ifndef XB_HOT_CONVERT_H
#define XB_HOT_CONVERT_H

#include "kernel/transpose.h"
#include "kernel/vec.h"

/* To nearest, half to even, in integers; a NaN keeps its upper bits and stays quiet. */
XB_INLINE xb_vi xb_bf16_bits_at(const float *p) {
    xb_vf v = xb_vf_load(p);
    xb_vi bits = xb_vi_of(v), odd = xb_vi_and(xb_vi_shr(bits, 16), xb_vi_set(1));
    xb_vi rounded = xb_vi_shr(xb_vi_add(xb_vi_add(bits, odd), xb_vi_set(0x7fff)), 16);
    return xb_vi_select(xb_vf_isnan(v), xb_vi_or(xb_vi_shr(bits, 16), xb_vi_set(0x40)), rounded);
}

XB_PLAIN static void xb_convert_vectors(int32_t kind, void *out, const void *in, int64_t n) {
#define XB_CONVERT(FROM, TO, STORE, LOAD)                                                             \
    for (int64_t i = 0; i + XB_VW <= n; i += XB_VW) STORE((TO *)out + i, LOAD((const FROM *)in + i)); \
    break
    switch (kind) {
    case XB_CONVERT_F16_F32: XB_CONVERT(uint16_t, float, xb_vf_store, xb_vf_load_f16);
    case XB_CONVERT_F32_F16: XB_CONVERT(float, uint16_t, xb_vf_store_f16, xb_vf_load);
    case XB_CONVERT_BF16_F32: XB_CONVERT(uint16_t, float, xb_vf_store, xb_vf_load_bf16);
    case XB_CONVERT_F32_BF16: XB_CONVERT(float, uint16_t, xb_vi_store_u16, xb_bf16_bits_at);
    case XB_CONVERT_I8_F32: XB_CONVERT(int8_t, float, xb_vf_store, xb_vf_load_i8);
    default: XB_CONVERT(uint8_t, float, xb_vf_store, xb_vf_load_u8);
    }
#undef XB_CONVERT
}

XB_COLD void xb_hot_convert_chunk(const void *pointer, int32_t chunk, void *scratch) {
    static const uint8_t   bytes[XB_CONVERT_COUNT][2] = { { 2, 4 }, { 4, 2 }, { 2, 4 }, { 4, 2 }, { 1, 4 }, { 1, 4 } };
    const xb_convert_args *k = pointer;
    int64_t                from = bytes[k->kind][0], to = bytes[k->kind][1];
    xb_grid                g = xb_convert_grid(k);
    xb_part                p = xb_grid_part(&g, 1, k->count, chunk);
    const uint8_t         *in = (const uint8_t *)k->in + p.col * from;
    uint8_t               *out = (uint8_t *)k->out + p.col * to;
    int64_t                whole = p.cols / XB_VW * XB_VW, rest = p.cols - whole;
    _Alignas(4) uint8_t    tail_in[XB_VW * 4] = { 0 }, tail_out[XB_VW * 4];
    (void)scratch;
    xb_convert_vectors(k->kind, out, in, whole);
    memcpy(tail_in, in + whole * from, (size_t)(rest * from));
    xb_convert_vectors(k->kind, tail_out, tail_in, XB_VW);
    memcpy(out + whole * to, tail_out, (size_t)(rest * to));
}

#endif
