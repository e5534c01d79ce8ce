/* kernel/conv_int.h - what the forms of kernel/conv.h share. */
#ifndef XB_CONV_INT_H
#define XB_CONV_INT_H

#include "base/checked.h"
#include "kernel/conv.h"
#include "kernel/isa.h"

enum { XB_CONV_CHUNK_PRODUCTS = 2 << 20 }; /* multiplications in a chunk: 20 to 50 us */

/* The taps that an output point meets along one axis. A transposed convolution is `stride` ordinary ones of stride 1, its
 * phases: the outputs with q = phase (mod stride) meet the taps k with k dilation = phase + pad (mod stride). Tap number t,
 * k = first + t step, reads the input at origin + offset + t offset_step; xb_conv_origin gives the output's origin. */
typedef struct xb_conv_phase {
    int64_t first, step, count, offset, offset_step;
} xb_conv_phase;

static inline int64_t xb_conv_phases(const xb_conv_args *a, int axis) { return a->transposed ? a->stride[axis] : 1; }
static inline int64_t xb_conv_origin(const xb_conv_args *a, int axis, int64_t q) {
    return a->transposed ? q / a->stride[axis] : q * a->stride[axis] - a->pad[axis];
}
/* From an output to the next one of its phase: in the output and in the input. */
static inline int64_t xb_conv_origin_step(const xb_conv_args *a, int axis) { return a->transposed ? 1 : a->stride[axis]; }
xb_conv_phase         xb_conv_phase_of(const xb_conv_args *a, int axis, int64_t phase);

static inline int64_t xb_conv_volume(const int64_t size[3]) { return size[0] * size[1] * size[2]; }
static inline int64_t xb_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* `total` in parts of at most `most`, as equal as can be: how many, and where part i begins. */
static inline int64_t xb_parts(int64_t total, int64_t most) { return xb_ceil_div(total, most); }
static inline int64_t xb_part_begin(int64_t total, int64_t parts, int64_t i) { return total * i / parts; }

/* ---- one file for each ---- */

int64_t xb_conv_dense_pack_size(const xb_isa *isa, const xb_conv_args *a);
void    xb_conv_dense_pack(const xb_isa *isa, const xb_conv_args *a, const float *w, float *packed);
xb_work xb_conv_dense_work(const xb_isa *isa, xb_conv_args *a);

int64_t xb_conv_blocked_pack_size(const xb_isa *isa, const xb_conv_args *a);
void    xb_conv_blocked_pack(const xb_isa *isa, xb_conv_form form, const xb_conv_args *a, const float *w, float *packed);
xb_work xb_conv_blocked_work(const xb_isa *isa, xb_conv_args *a);

int64_t xb_conv_depthwise_pack_size(const xb_isa *isa, const xb_conv_args *a);
void    xb_conv_depthwise_pack(const xb_isa *isa, const xb_conv_args *a, const float *w, float *packed);
xb_work xb_conv_depthwise_work(const xb_isa *isa, xb_conv_args *a);

int64_t xb_conv_winograd_pack_size(const xb_isa *isa, const xb_conv_args *a);
void    xb_conv_winograd_pack(const xb_isa *isa, const xb_conv_args *a, const float *w, float *packed);
xb_work xb_conv_winograd_work(const xb_isa *isa, xb_conv_args *a);

/* ---- shared ---- */

/* Piece `i` of a chunk number: takes the last digit in base pieces[i] off *chunk. */
static inline int64_t xb_conv_digit(int64_t *chunk, int64_t base) {
    int64_t digit = *chunk % base;
    *chunk /= base;
    return digit;
}

/* Of `count` positions from `at` on, `step` apart, those inside of [0, size): [*from, *to). */
static inline void xb_conv_clip(int64_t at, int64_t step, int64_t count, int64_t size, int64_t *from, int64_t *to) {
    *from = at >= 0 ? 0 : xb_min64(count, step == 1 ? -at : xb_ceil_div(-at, step));
    *to = at >= size ? *from : xb_max64(*from, xb_min64(count, step == 1 ? size - at : xb_ceil_div(size - at, step)));
}

/* Tiles along a run of points: x and y at its first one. A result may be written twice, the same. */
void xb_conv_run(const xb_conv_hot *hot, int kind, int64_t vectors, const xb_conv_tile *t, int64_t pitch, int64_t points,
                 const float *x, const float *w, const float *init, float *y);

/* The bias of channels [from, to) of a group, then zeros up to `lanes`. */
void xb_conv_init(float *init, const float *bias, int64_t from, int64_t to, int64_t lanes);

/* The end of `points` neighbours of an NCHWc block: epilogue, and zeros behind the last channel. `at` is the number of the
 * first one in the block's plane. */
void xb_conv_finish_block(const xb_conv_args *a, float *y, int64_t item, int64_t block, int64_t at, int64_t points);

#endif
