/* flow/sample_ring.h - samples on their way from an audio callback to the thread that works.
 *
 * One writer and one reader, without locks: neither waits for the other. The writer allocates nothing; what does not fit is
 * refused whole. Samples keep the order, rate and channels they came with. */
#ifndef XB_SAMPLE_RING_H
#define XB_SAMPLE_RING_H

#include "base/atomic.h"
#include "base/mem.h"
#include "tensor/tensor.h"

enum { XB_SAMPLE_RING_FLOATS = 1 << 20 }; /* 65 s of one channel at 16 kHz */

typedef struct xb_sample_ring {
    xb_mem     *mem;
    float      *slots; /* records: rate, channels, frames (each a number as bits), samples */
    xb_atomic64 written, read;
} xb_sample_ring;

xybrid_status xb_sample_ring_init(xb_sample_ring *r, xb_mem *mem, xybrid_error *err);
void          xb_sample_ring_free(xb_sample_ring *r); /* also one that is zeroed */

/* 0: it does not fit. frames > 0, arguments in range. */
int xb_sample_ring_write(xb_sample_ring *r, const float *samples, int64_t frames, int32_t rate_hz, int32_t channels);

int  xb_sample_ring_is_empty(const xb_sample_ring *r);
void xb_sample_ring_clear(xb_sample_ring *r); /* by the reader */

/* Takes what waits, as far as rate and channels stay the same: float32 [frames, channels]. Not empty. */
xybrid_status xb_sample_ring_take(xb_sample_ring *r, xb_tensor *out, int32_t *rate_hz, xybrid_error *err);

#endif
