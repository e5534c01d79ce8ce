/* flow/sample_ring.c - see sample_ring.h. Positions count floats since the start; a slot is position mod the ring's length. */
#include "flow/sample_ring.h"

#include <string.h>

#include "base/error.h"

enum { LENGTH = XB_SAMPLE_RING_FLOATS, HEAD = 3 };

typedef struct head {
    int32_t rate_hz, channels, frames;
} head;

xybrid_status xb_sample_ring_init(xb_sample_ring *r, xb_mem *mem, xybrid_error *err) {
    *r = (xb_sample_ring){ .mem = mem, .slots = xb_malloc(mem, LENGTH * sizeof(float), err) };
    return r->slots ? XYBRID_OK : err->code;
}

void xb_sample_ring_free(xb_sample_ring *r) {
    if (r->slots) xb_free(r->mem, r->slots);
    r->slots = NULL;
}

/* In at most two pieces: up to the ring's end, and from its start. */
static void put(xb_sample_ring *r, int64_t at, const void *from, int64_t count) {
    int64_t slot = at % LENGTH, first = count < LENGTH - slot ? count : LENGTH - slot;
    memcpy(r->slots + slot, from, (size_t)first * sizeof(float));
    memcpy(r->slots, (const float *)from + first, (size_t)(count - first) * sizeof(float));
}
static void get(const xb_sample_ring *r, int64_t at, void *to, int64_t count) {
    int64_t slot = at % LENGTH, first = count < LENGTH - slot ? count : LENGTH - slot;
    memcpy(to, r->slots + slot, (size_t)first * sizeof(float));
    memcpy((float *)to + first, r->slots, (size_t)(count - first) * sizeof(float));
}

int xb_sample_ring_write(xb_sample_ring *r, const float *samples, int64_t frames, int32_t rate_hz, int32_t channels) {
    if (frames > (LENGTH - HEAD) / channels) return 0;
    int64_t at = atomic_load_explicit(&r->written, memory_order_relaxed);
    if (HEAD + frames * channels > LENGTH - (at - xb_atomic_get(&r->read))) return 0;
    head  h = { rate_hz, channels, (int32_t)frames };
    float bits[HEAD];
    memcpy(bits, &h, sizeof bits);
    put(r, at, bits, HEAD);
    put(r, at + HEAD, samples, frames * channels);
    atomic_store(&r->written, at + HEAD + frames * channels);
    return 1;
}

int xb_sample_ring_is_empty(const xb_sample_ring *r) { return atomic_load(&r->written) == atomic_load(&r->read); }

void xb_sample_ring_clear(xb_sample_ring *r) { xb_atomic_set(&r->read, xb_atomic_get(&r->written)); }

static head read_head(const xb_sample_ring *r, int64_t at) {
    float bits[HEAD];
    head  h;
    get(r, at, bits, HEAD);
    memcpy(&h, bits, sizeof h);
    return h;
}

xybrid_status xb_sample_ring_take(xb_sample_ring *r, xb_tensor *out, int32_t *rate_hz, xybrid_error *err) {
    int64_t from = xb_atomic_get(&r->read), end = xb_atomic_get(&r->written), frames = 0, to = from;
    head    first = read_head(r, from);
    for (head h = first; to < end; h = to < end ? read_head(r, to) : h) {
        if (h.rate_hz != first.rate_hz || h.channels != first.channels) break;
        frames += h.frames;
        to += HEAD + (int64_t)h.frames * h.channels;
    }
    XB_TRY(xb_tensor_new(r->mem, XYBRID_FLOAT32, 2, (int64_t[]){ frames, first.channels }, out, err));
    float *samples = out->data;
    for (int64_t at = from; at < to;) {
        int64_t count = (int64_t)read_head(r, at).frames * first.channels;
        get(r, at + HEAD, samples, count);
        samples += count;
        at += HEAD + count;
    }
    xb_atomic_set(&r->read, to);
    *rate_hz = first.rate_hz;
    return XYBRID_OK;
}
