/* kernel/blocked.c - see blocked.h. */
#include "kernel/blocked.h"

#include <math.h>
#include <string.h>

#include "kernel/isa.h"

enum { CHUNK_POINTS = 4096, MAX_BLOCK = 16 };

static int64_t blocks_of(int64_t channels, int64_t block) { return (channels + block - 1) / block; }

/* Chunks of points in each block of each item. */
static xb_work points_work(xb_kernel_fn run, int64_t blocks, int64_t plane, int64_t *points) {
    if (blocks == 0 || plane == 0) return (xb_work){ .run = run };
    *points = plane < CHUNK_POINTS ? plane : CHUNK_POINTS;
    int64_t parts = (plane + *points - 1) / *points;
    if (parts * blocks > INT32_MAX) {
        *points = plane;
        parts = 1;
    }
    return (xb_work){ .run = run, .chunks = (int32_t)(parts * blocks) };
}

typedef struct place {
    int64_t item, block, first, points;
} place;

static place place_of(int32_t chunk, int64_t blocks, int64_t plane, int64_t points) {
    int64_t parts = (plane + points - 1) / points, part = chunk % parts, rest = chunk / parts;
    place   p = { rest / blocks, rest % blocks, part * points, points };
    if (p.first + p.points > plane) p.points = plane - p.first;
    return p;
}

/* ---- reorder ---- */

static void to_blocked(float *out, const float *in, int64_t plane, int64_t points, int64_t lanes, int64_t block) {
    for (int64_t p = 0; p < points; p++) {
        for (int64_t l = 0; l < lanes; l++) out[p * block + l] = in[l * plane + p];
        for (int64_t l = lanes; l < block; l++) out[p * block + l] = 0;
    }
}

static void to_dense(float *out, const float *in, int64_t plane, int64_t points, int64_t lanes, int64_t block) {
    enum { TILE = 64 };
    for (int64_t p = 0; p < points; p += TILE) {
        int64_t end = p + TILE < points ? p + TILE : points;
        for (int64_t l = 0; l < lanes; l++)
            for (int64_t i = p; i < end; i++) out[l * plane + i] = in[i * block + l];
    }
}

static void reorder_run(const void *args, int32_t chunk, void *scratch) {
    const xb_reorder_args *a = args;
    int64_t                blocks = blocks_of(a->channels, a->block);
    place                  p = place_of(chunk, blocks, a->plane, a->points);
    int64_t                first = p.block * a->block, lanes = a->channels - first < a->block ? a->channels - first : a->block;
    int64_t                dense = (p.item * a->channels + first) * a->plane + p.first;
    int64_t                blocked = ((p.item * blocks + p.block) * a->plane + p.first) * a->block;
    (void)scratch;
    if (a->to_blocked) to_blocked(a->out + blocked, a->in + dense, a->plane, p.points, lanes, a->block);
    else to_dense(a->out + dense, a->in + blocked, a->plane, p.points, lanes, a->block);
}

xb_work xb_reorder_work(xb_reorder_args *a) {
    return points_work(reorder_run, a->batch * blocks_of(a->channels, a->block), a->plane, &a->points);
}

/* ---- programmes ---- */

static void chain_run(const void *args, int32_t chunk, void *scratch) {
    const xb_blocked_chain_args *a = args;
    int64_t                      c = a->isa->vector_width, blocks = blocks_of(a->channels, c);
    place                        p = place_of(chunk, blocks, a->plane, a->points);
    int64_t                      at = (p.item * blocks + p.block) * a->plane + p.first; /* points from the start */
    (void)scratch;
    if (a->out != a->in) memcpy(a->out + at * c, a->in + at * c, (size_t)(p.points * c) * sizeof *a->out);
    /* the row for which row * c + column is the place in the tensor, column being the channel */
    a->isa->epilogue(&a->e, a->out + at * c, c, at - p.block, p.block * c, p.points, c);
}

xb_work xb_blocked_chain_work(const xb_isa *isa, xb_blocked_chain_args *a) {
    a->isa = isa;
    return points_work(chain_run, a->batch * blocks_of(a->channels, isa->vector_width), a->plane, &a->points);
}

/* ---- means ---- */

static void mean_run(const void *args, int32_t chunk, void *scratch) {
    const xb_blocked_mean_args *a = args;
    const float                *in = a->in + (int64_t)chunk * a->plane * a->block;
    float                       sum[MAX_BLOCK];
    double                      total[MAX_BLOCK] = { 0 };
    (void)scratch;
    for (int64_t first = 0; first < a->plane; first += 256) {
        int64_t end = first + 256 < a->plane ? first + 256 : a->plane;
        memset(sum, 0, sizeof sum);
        for (int64_t p = first; p < end; p++)
            for (int32_t l = 0; l < a->block; l++) sum[l] += in[p * a->block + l];
        for (int32_t l = 0; l < a->block; l++) total[l] += sum[l];
    }
    for (int32_t l = 0; l < a->block; l++) a->out[(int64_t)chunk * a->block + l] = (float)(total[l] / (double)a->plane);
}

xb_work xb_blocked_mean_work(xb_blocked_mean_args *a) {
    return (xb_work){ .run = mean_run, .chunks = (int32_t)(a->batch * blocks_of(a->channels, a->block)) };
}

/* ---- windows ---- */

static void pool_point(const xb_blocked_pool_args *a, const float *in, float *out, int64_t oy, int64_t ox) {
    float   value[MAX_BLOCK];
    int64_t c = a->block, count = 0, y0 = oy * a->stride[0] - a->pad[0], x0 = ox * a->stride[1] - a->pad[1];
    for (int64_t l = 0; l < c; l++) value[l] = a->is_max ? -INFINITY : 0;
    for (int64_t ky = 0; ky < a->kernel[0]; ky++) {
        int64_t y = y0 + ky * a->dilation[0];
        for (int64_t kx = 0; kx < a->kernel[1]; kx++) {
            int64_t x = x0 + kx * a->dilation[1];
            if (y < 0 || y >= a->height || x < 0 || x >= a->width) {
                count += y < a->height + a->pad_end[0] && x < a->width + a->pad_end[1];
                continue;
            }
            const float *p = in + (y * a->width + x) * c;
            count++;
            if (a->is_max)
                for (int64_t l = 0; l < c; l++) value[l] = p[l] > value[l] || p[l] != p[l] ? p[l] : value[l];
            else
                for (int64_t l = 0; l < c; l++) value[l] += p[l];
        }
    }
    if (!a->is_max) {
        int64_t inside = 0;
        for (int64_t ky = 0; ky < a->kernel[0]; ky++) {
            int64_t y = y0 + ky * a->dilation[0];
            if (y < 0 || y >= a->height) continue;
            for (int64_t kx = 0; kx < a->kernel[1]; kx++) {
                int64_t x = x0 + kx * a->dilation[1];
                inside += x >= 0 && x < a->width;
            }
        }
        float by = (float)(a->count_pads ? count : inside);
        for (int64_t l = 0; l < c; l++) value[l] /= by;
    }
    memcpy(out, value, (size_t)c * sizeof *out);
}

static void pool_run(const void *args, int32_t chunk, void *scratch) {
    const xb_blocked_pool_args *a = args;
    int64_t                     oy = chunk % a->out_height, plane = chunk / a->out_height;
    const float                *in = a->in + plane * a->height * a->width * a->block;
    float                      *out = a->out + (plane * a->out_height + oy) * a->out_width * a->block;
    (void)scratch;
    for (int64_t ox = 0; ox < a->out_width; ox++) pool_point(a, in, out + ox * a->block, oy, ox);
}

xb_work xb_blocked_pool_work(xb_blocked_pool_args *a) {
    return (xb_work){ .run = pool_run, .chunks = (int32_t)(a->batch * blocks_of(a->channels, a->block) * a->out_height) };
}
