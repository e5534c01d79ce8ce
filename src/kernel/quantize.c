/* kernel/quantize.c - see quantize.h. */
#include "kernel/quantize.h"

#include <string.h>

#include "kernel/unary.h"

enum { CHUNK = 16384 };

/* ---- blocks of floats ---- */

#define EACH for (int64_t i = 0; i < n; i++)

/* Rounds to nearest, ties to even, what is below 2^22: 1.5 * 2^23 leaves no room for a fraction. */
static float round_small(float v) { return (v + 0x1.8p23f) - 0x1.8p23f; }

/* q becomes saturate(round(q) + zero), as floats; the range is that of the type. */
static void saturate(float *q, const float *zero, int64_t n, float low, float high) {
    EACH {
        float least = low - zero[i], greatest = high - zero[i];
        float v = q[i] > least ? q[i] : least; /* NaN too */
        q[i] = round_small(v < greatest ? v : greatest) + zero[i];
    }
}

/* Whole numbers in the type's range. */
static void store_whole(void *dst, int32_t dtype, const float *q, int64_t n) {
    uint8_t  *narrow = dst;
    uint16_t *wide = dst;
    if (xb_bytes_of(dtype) == 1) EACH narrow[i] = (uint8_t)(int32_t)q[i];
    else EACH wide[i] = (uint16_t)(int32_t)q[i];
}

/* q is x / scale. */
static void quantize_block(const xb_isa *isa, void *dst, int32_t dtype, float *q, const float *zero, int64_t n,
                           const xb_store_rule *rule) {
    if (xb_class_of(dtype) == XB_CLASS_F32) {
        EACH if (zero[i] != 0) q[i] += zero[i]; /* else -0 keeps its sign */
        xb_block_store(isa, dst, dtype, q, XB_CLASS_F32, n, rule);
        return;
    }
    int64_t low, high;
    xb_integer_range(dtype, &low, &high);
    saturate(q, zero, n, (float)low, (float)high);
    store_whole(dst, dtype, q, n);
}

/* To a narrower float and back. */
XB_RARE static void round_to(const xb_isa *isa, float *v, int32_t dtype, int64_t n) {
    uint16_t narrow[XB_BLOCK];
    xb_block room;
    xb_block_store(isa, narrow, dtype, v, XB_CLASS_F32, n, NULL);
    memcpy(v, xb_block_load(isa, &room, XB_CLASS_F32, narrow, dtype, n), (size_t)n * sizeof *v);
}

/* ---- a tensor with its scales ---- */

XB_RARE void xb_scale_set(xb_scale_args *a, int32_t rank, const int64_t *dims, int32_t axis, int64_t block) {
    int64_t outer = 1, inner = 1, length = axis < 0 ? 1 : dims[axis];
    for (int32_t i = 0; i < rank; i++) {
        if (i < axis) outer *= dims[i];
        else if (i > axis || axis < 0) inner *= dims[i];
    }
    if (block > length) block = length > 0 ? length : 1;
    int64_t    blocks = block ? (length + block - 1) / block : length;
    int        is_ragged = block && length % block;
    xb_operand s = { .strides = { blocks * (block ? inner : 1), block ? inner : 1, 0, block ? 1 : 0 } };
    if (axis < 0) memset(s.strides, 0, sizeof s.strides);
    a->rank = 4;
    a->slabs = is_ragged ? outer : 1;
    a->dims[0] = is_ragged ? 1 : outer;
    a->dims[1] = blocks;
    a->dims[2] = block ? block : 1;
    a->dims[3] = inner;
    if (!block) s.strides[0] = 0; /* an axis: the same for each outer index */
    a->slab_elements = (is_ragged ? 1 : outer) * length * inner;
    a->slab_scales = is_ragged ? blocks * inner : 0;
    memcpy(a->scale.strides, s.strides, sizeof s.strides);
    memcpy(a->zero.strides, s.strides, sizeof s.strides);
}

/* Where a block of the tensor begins, and what scales belong to it. */
typedef struct part {
    xb_block     x_room, scale_room, zero_room, scales, zeros; /* numbers, and elements brought together */
    const float *x, *scale, *zero;
} part;

static const float *load_repeated(const xb_scale_args *a, const xb_operand *o, int64_t slab, int64_t at, int64_t n,
                                  xb_block *room, xb_block *elements) {
    xb_operand here = *o;
    here.data = (const char *)o->data + slab * a->slab_scales * xb_bytes_of(o->dtype);
    return xb_block_load(a->isa, room, XB_CLASS_F32, xb_operand_gather(&here, a->rank, a->dims, at, n, elements), o->dtype, n);
}

/* One scale for all is loaded once for a chunk, a whole block of it. */
static void load_scales(const xb_scale_args *a, int64_t slab, int64_t at, int64_t n, part *p) {
    p->scale = load_repeated(a, &a->scale, slab, at, n, &p->scale_room, &p->scales);
    if (a->zero.data) p->zero = load_repeated(a, &a->zero, slab, at, n, &p->zero_room, &p->zeros);
    else p->zero = memset(&p->zero_room, 0, (size_t)n * sizeof(float));
}

static void quantize_part(const xb_scale_args *a, void *y, const part *p, int64_t n) {
    float        q[XB_BLOCK], s[XB_BLOCK];
    const float *scale = p->scale;
    int          is_narrow = a->precision == XYBRID_FLOAT16 || a->precision == XYBRID_BFLOAT16;
    memcpy(q, p->x, (size_t)n * sizeof *q);
    if (is_narrow && a->x.dtype != a->precision) round_to(a->isa, q, a->precision, n);
    if (is_narrow && a->scale.dtype != a->precision) {
        memcpy(s, scale, (size_t)n * sizeof *s);
        round_to(a->isa, s, a->precision, n);
        scale = s;
    }
    EACH q[i] /= scale[i];
    if (is_narrow) round_to(a->isa, q, a->precision, n);
    quantize_block(a->isa, y, a->dtype, q, p->zero, n, &a->rule);
}

static void dequantize_part(const xb_scale_args *a, void *y, const part *p, int64_t n) {
    const float *x = p->x, *zero = p->zero, *scale = p->scale;
    float        room[XB_BLOCK], *f = a->dtype == XYBRID_FLOAT32 ? y : room;
    EACH         f[i] = (x[i] - zero[i]) * scale[i];
    if (f == room) xb_block_store(a->isa, y, a->dtype, f, XB_CLASS_F32, n, NULL);
}

static void run_scale(const xb_scale_args *a, int32_t chunk, int is_quantize) {
    int64_t at = chunk * a->per, total = a->slabs * a->slab_elements, end = at + a->per < total ? at + a->per : total;
    int     is_uniform = a->rank == 1 && a->scale.strides[0] == 0;
    part    p;
    if (is_uniform) load_scales(a, 0, 0, XB_BLOCK, &p);
    while (at < end) {
        int64_t slab = at / a->slab_elements, from = at % a->slab_elements, n = a->slab_elements - from;
        if (n > end - at) n = end - at;
        if (n > XB_BLOCK) n = XB_BLOCK;
        void *y = (char *)a->y + at * xb_bytes_of(a->dtype);
        p.x = xb_block_load(a->isa, &p.x_room, XB_CLASS_F32, (const char *)a->x.data + at * xb_bytes_of(a->x.dtype), a->x.dtype,
                            n);
        if (!is_uniform) load_scales(a, slab, from, n, &p);
        if (is_quantize) quantize_part(a, y, &p, n);
        else dequantize_part(a, y, &p, n);
        at += n;
    }
}
static void run_quantize(const void *args, int32_t chunk, void *scratch) {
    (void)scratch;
    run_scale(args, chunk, 1);
}
static void run_dequantize(const void *args, int32_t chunk, void *scratch) {
    (void)scratch;
    run_scale(args, chunk, 0);
}

XB_RARE static xb_work scale_work(const xb_isa *isa, xb_scale_args *a, xb_kernel_fn run) {
    int64_t total = a->slabs * a->slab_elements;
    a->isa = isa;
    a->per = CHUNK;
    if (total == 0) return (xb_work){ .run = run };
    xb_operand both[2] = { a->scale, a->zero };
    a->rank = xb_operands_collapse(a->rank, a->dims, both, 2);
    a->scale = both[0];
    a->zero = both[1];
    return (xb_work){ .run = run, .chunks = (int32_t)((total + a->per - 1) / a->per) };
}
xb_work xb_quantize_work(const xb_isa *isa, xb_scale_args *a) { return scale_work(isa, a, run_quantize); }
xb_work xb_dequantize_work(const xb_isa *isa, xb_scale_args *a) { return scale_work(isa, a, run_dequantize); }

/* ---- on quantized tensors ---- */

static float number_at(const xb_isa *isa, const void *p, int32_t dtype) {
    xb_block room;
    return p ? *(const float *)xb_block_load(isa, &room, XB_CLASS_F32, p, dtype, 1) : 0;
}

static void run_qlinear(const void *args, int32_t chunk, void *scratch) {
    const xb_qlinear_args *a = args;
    int64_t                at = (int64_t)chunk * CHUNK, end = at + CHUNK < a->elements ? at + CHUNK : a->elements;
    float                  zeros[2], zero[XB_BLOCK], out_zero = number_at(a->isa, a->zero, a->dtype);
    (void)scratch;
    for (int k = 0; k < a->count; k++) zeros[k] = number_at(a->isa, a->in_zero[k], a->in[k].dtype);
    for (int i = 0; i < XB_BLOCK; i++) zero[i] = out_zero;
    for (; at < end; at += XB_BLOCK) {
        int64_t  n = end - at < XB_BLOCK ? end - at : XB_BLOCK;
        xb_block rooms[2], elements;
        float   *q = rooms[0].f32, *o = rooms[1].f32;
        for (int k = 0; k < a->count; k++) {
            const void *from = xb_operand_gather(&a->in[k], a->rank, a->dims, at, n, &elements);
            (void)xb_block_load(a->isa, &rooms[k], XB_CLASS_F32, from, a->in[k].dtype, n); /* never in place: integers */
            EACH rooms[k].f32[i] = (rooms[k].f32[i] - zeros[k]) * *a->in_scale[k];
        }
        if (a->count == 1) xb_unary_block(a->isa, a->op, XB_CLASS_F32, q, n, a->a, a->b);
        else if (a->op == XB_EP_ADD) EACH q[i] += o[i];
        else EACH q[i] *= o[i];
        EACH q[i] /= *a->scale;
        quantize_block(a->isa, (char *)a->y + at * xb_bytes_of(a->dtype), a->dtype, q, zero, n, NULL);
    }
}

XB_RARE xb_work xb_qlinear_work(const xb_isa *isa, xb_qlinear_args *a) {
    a->isa = isa;
    a->elements = 1;
    for (int32_t i = 0; i < a->rank; i++) a->elements *= a->dims[i];
    if (a->elements == 0) return (xb_work){ .run = run_qlinear };
    a->rank = xb_operands_collapse(a->rank, a->dims, a->in, a->count);
    return (xb_work){ .run = run_qlinear, .chunks = (int32_t)((a->elements + CHUNK - 1) / CHUNK) };
}
