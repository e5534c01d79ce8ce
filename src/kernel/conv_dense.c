/* kernel/conv_dense.c - convolution in ONNX's own layout, any number of dimensions: a matrix product whose rows are output
 * channels in strips, and whose columns are points in panels.
 *
 * A panel is gathered (im2col) in the scratch [k][column], k over [tap of the phase][channel in]. A group of up to 4 output
 * channels has nothing to pay that with: its strips have 4, 2 or 1 channels and longer panels, which are read where they are
 * if they are neighbours in the input and need no padding.
 *
 * Packed weights: [group][phase][strip][k][channel of the strip]. */
#include <string.h>

#include "kernel/conv_int.h"

/* Neighbours along a line of the output, of one phase. */
typedef struct run {
    int64_t origin[3]; /* in the input, see xb_conv_origin */
    int64_t place;     /* in a channel of the output */
    int64_t column, count;
} run;

typedef struct dense {
    const xb_conv_args *a;
    const xb_conv_hot  *hot;
    int64_t             c, columns;                        /* of a panel */
    int64_t             channels_in, channels_out, strips; /* of a group */
    int                 is_few;
    int64_t             x_plane, y_plane;
    xb_conv_phase       phase[3];
    int64_t             taps;     /* of the phase */
    xb_conv_segment    *segments; /* [taps] */
    run                *runs;     /* [columns] */
    float              *zeros, *tile, *panel;
    int64_t             run_count, filled;
} dense;

static int64_t most_taps(const xb_conv_args *a) { /* of a phase */
    int64_t most = 1;
    for (int i = 0; i < 3; i++)
        most *= a->transposed ? xb_ceil_div(a->kernel[i], xb_conv_phase_of(a, i, 0).step) : a->kernel[i];
    return most;
}

static dense dense_of(const xb_isa *isa, const xb_conv_args *a) {
    dense d = { .a = a, .hot = &isa->conv, .c = isa->vector_width };
    d.channels_in = a->channels_in / a->groups;
    d.channels_out = a->channels_out / a->groups;
    d.is_few = d.channels_out <= XB_CONV_FEW;
    d.columns = d.c * (d.is_few ? d.hot->few_vectors : d.hot->vectors);
    d.strips = d.is_few ? 1 + (d.channels_out == 3) : xb_parts(d.channels_out / 2 * 2, d.hot->points) + d.channels_out % 2;
    d.x_plane = xb_conv_volume(a->in);
    d.y_plane = xb_conv_volume(a->out);
    return d;
}

/* Tiles have even sizes; the last of an odd number of channels is a strip by itself. */
static int64_t strip_begin(const dense *d, int64_t strip) {
    int64_t even = d->strips - d->channels_out % 2;
    if (strip > even) return d->channels_out;
    return even == 0 ? 0 : 2 * xb_part_begin(d->channels_out / 2, even, strip);
}

static void set_phase(dense *d, int64_t phase) {
    const xb_conv_args *a = d->a;
    d->taps = 1;
    for (int i = 2; i >= 0; i--) {
        d->phase[i] = xb_conv_phase_of(a, i, xb_conv_digit(&phase, xb_conv_phases(a, i)));
        d->taps *= d->phase[i].count;
    }
}

static int64_t phase_count(const xb_conv_args *a) { return xb_conv_phases(a, 0) * xb_conv_phases(a, 1) * xb_conv_phases(a, 2); }

/* Tap number `tap` of the phase: its place in the kernel, or how far from the origin it reads. */
static int64_t tap_place(const dense *d, int64_t tap) {
    const int64_t *kernel = d->a->kernel;
    int64_t        t[3];
    for (int i = 2; i >= 0; i--) t[i] = d->phase[i].first + xb_conv_digit(&tap, d->phase[i].count) * d->phase[i].step;
    return (t[0] * kernel[1] + t[1]) * kernel[2] + t[2];
}
static void tap_offset(const dense *d, int64_t tap, int64_t offset[3]) {
    for (int i = 2; i >= 0; i--)
        offset[i] = d->phase[i].offset + xb_conv_digit(&tap, d->phase[i].count) * d->phase[i].offset_step;
}

/* ---- weights ---- */

int64_t xb_conv_dense_pack_size(const xb_isa *isa, const xb_conv_args *a) {
    (void)isa;
    return a->channels_out * (a->channels_in / a->groups) * xb_conv_volume(a->kernel) * (int64_t)sizeof(float);
}

static float *pack_strip(const dense *d, const float *w, int64_t group, int64_t from, int64_t to, float *packed) {
    const xb_conv_args *a = d->a;
    int64_t             volume = xb_conv_volume(a->kernel);
    int64_t             to_out = a->transposed ? volume : d->channels_in * volume,
                        to_in = a->transposed ? d->channels_out * volume : volume;
    w += a->transposed ? group * d->channels_in * to_in : group * d->channels_out * to_out;
    for (int64_t tap = 0; tap < d->taps; tap++) {
        const float *at = w + tap_place(d, tap);
        for (int64_t i = 0; i < d->channels_in; i++)
            for (int64_t o = from; o < to; o++) *packed++ = at[o * to_out + i * to_in];
    }
    return packed;
}

void xb_conv_dense_pack(const xb_isa *isa, const xb_conv_args *a, const float *w, float *packed) {
    dense d = dense_of(isa, a);
    for (int64_t g = 0; g < a->groups; g++)
        for (int64_t r = 0; r < phase_count(a); r++) {
            set_phase(&d, r);
            for (int64_t s = 0; s < d.strips; s++)
                packed = pack_strip(&d, w, g, strip_begin(&d, s), strip_begin(&d, s + 1), packed);
        }
}

/* ---- panels ---- */

/* One run's columns of the panel. */
static void gather(const dense *d, const float *x, const run *r) {
    const xb_conv_args *a = d->a;
    int64_t             step = xb_conv_origin_step(a, 2), size = a->in[2];
    float              *dst = d->panel + r->column;
    for (int64_t tap = 0; tap < d->taps; tap++, dst += d->channels_in * d->columns) {
        int64_t at[3], from = 0, to = 0;
        tap_offset(d, tap, at);
        for (int i = 0; i < 3; i++) at[i] += r->origin[i];
        if (at[0] >= 0 && at[0] < a->in[0] && at[1] >= 0 && at[1] < a->in[1])
            xb_conv_clip(at[2], step, r->count, size, &from, &to);
        const float *src = x + (at[0] * a->in[1] + at[1]) * size + at[2] + from * step;
        if (from < to) d->hot->take(dst + from, d->columns, src, d->x_plane, step, d->channels_in, to - from);
        if (to - from == r->count) continue;
        for (int64_t i = 0; i < d->channels_in; i++) {
            for (int64_t j = 0; j < from; j++) dst[i * d->columns + j] = 0;
            for (int64_t j = to; j < r->count; j++) dst[i * d->columns + j] = 0;
        }
    }
}

/* Can the panel be read where it is: one run of all columns, neighbours in the input, all taps inside? */
static int is_inside(const dense *d, const run *r) {
    const xb_conv_args *a = d->a;
    if (!d->is_few || r->count < d->columns || xb_conv_origin_step(a, 2) != 1) return 0;
    for (int i = 0; i < 3; i++) {
        const xb_conv_phase *p = &d->phase[i];
        int64_t              low = r->origin[i] + p->offset, high = low + (p->count - 1) * p->offset_step;
        if (xb_min64(low, high) < 0 || xb_max64(low, high) + (i == 2 ? r->count : 1) > a->in[i]) return 0;
    }
    return 1;
}

/* The product of a panel with strips [from, to), into y, the group's output. */
static void multiply(dense *d, const float *panel, const float *w, int64_t from, int64_t to, float *y) {
    const xb_conv_args *a = d->a;
    int64_t             y_step = xb_conv_phases(a, 2);
    int                 in_place = d->run_count == 1 && d->filled == d->columns && y_step == 1;
    for (int64_t s = from; s < to; s++) {
        int64_t         first = strip_begin(d, s), count = strip_begin(d, s + 1) - first;
        float          *dst = y + first * d->y_plane;
        xb_conv_segment all = { 0, d->taps * d->channels_in };
        xb_conv_tile    t = { &all, 1, in_place ? d->y_plane : d->columns, d->c, count };
        if (d->is_few) {
            t.x_step = d->columns;
            if (panel != d->panel) t.segments = d->segments, t.segment_count = d->taps, t.x_step = d->x_plane;
            d->hot->few[count / 2](&t, panel, w + first * all.count, NULL, in_place ? dst + d->runs[0].place : d->tile);
        } else {
            d->hot->tile[XB_CONV_PLANAR_X][d->hot->vectors - 1][count / 2](&t, w + first * all.count, panel, d->zeros,
                                                                           in_place ? dst + d->runs[0].place : d->tile);
        }
        for (int64_t p = 0; p < count && !in_place; p++)
            for (int64_t i = 0; i < d->run_count; i++) {
                const float *src = d->tile + p * d->columns + d->runs[i].column;
                float       *line = dst + p * d->y_plane + d->runs[i].place;
                for (int64_t j = 0; j < d->runs[i].count; j++) line[j * y_step] = src[j];
            }
    }
    d->run_count = d->filled = 0;
}

static void multiply_gathered(dense *d, const float *w, int64_t from, int64_t to, float *y) {
    if (d->filled == 0) return;
    int64_t rest = d->columns - d->filled; /* nobody's columns; any finite number will do */
    for (int64_t k = 0; rest > 0 && k < d->taps * d->channels_in; k++)
        memset(d->panel + k * d->columns + d->filled, 0, (size_t)rest * sizeof(float));
    multiply(d, d->panel, w, from, to, y);
}

/* ---- a chunk ---- */

/* What one chunk computes: lines (depth x height) and columns of the output, strips of a group's channels. */
typedef struct part {
    int64_t item, group, from[3], to[3];
} part;

static part part_of(const xb_conv_args *a, const dense *d, int64_t chunk) {
    static const int order[3] = { 1, 0, 2 }; /* columns are the last digit */
    int64_t          limit[3] = { a->out[0] * a->out[1], a->out[2], d->strips };
    part             p;
    for (int i = 0; i < 3; i++) {
        int axis = order[i];
        p.from[axis] = xb_conv_digit(&chunk, a->pieces[axis]) * a->piece[axis];
        p.to[axis] = xb_min64(p.from[axis] + a->piece[axis], limit[axis]);
    }
    p.group = xb_conv_digit(&chunk, a->groups);
    p.item = chunk;
    return p;
}

/* Adds the points of one line and phase to the panel, multiplies whenever it is full. */
static void add_line(dense *d, const part *p, int64_t line, int64_t phase, const float *x, const float *w, float *y) {
    const xb_conv_args *a = d->a;
    int64_t             step = xb_conv_phases(a, 2); /* between the outputs of a phase */
    int64_t             q = p->from[1] + (phase - p->from[1] % step + step) % step;
    while (q < p->to[1]) {
        int64_t left = xb_ceil_div(p->to[1] - q, step), room = d->columns - d->filled;
        run    *r = &d->runs[d->run_count++];
        *r = (run){ .place = line * a->out[2] + q, .column = d->filled, .count = xb_min64(left, room) };
        r->origin[0] = xb_conv_origin(a, 0, line / a->out[1]);
        r->origin[1] = xb_conv_origin(a, 1, line % a->out[1]);
        r->origin[2] = xb_conv_origin(a, 2, q);
        d->filled += r->count;
        q += r->count * step;
        if (is_inside(d, r)) {
            multiply(d, x + (r->origin[0] * a->in[1] + r->origin[1]) * a->in[2] + r->origin[2], w, p->from[2], p->to[2], y);
            continue;
        }
        gather(d, x, r);
        if (d->filled == d->columns) multiply_gathered(d, w, p->from[2], p->to[2], y);
    }
}

static void finish(const dense *d, const part *p, float *y) {
    const xb_conv_args *a = d->a;
    int64_t             first = strip_begin(d, p->from[2]), rows = strip_begin(d, p->to[2]) - first;
    int64_t             place = p->from[0] * a->out[2] + p->from[1];
    int64_t             columns = (p->to[0] - p->from[0] - 1) * a->out[2] + p->to[1] - p->from[1];
    int64_t             row = p->item * a->channels_out + p->group * d->channels_out + first;
    float              *c = y + first * d->y_plane + place;
    xb_epilogue         bias = { 1, { { .op = XB_EP_ADD, .from = XB_EP_ROW, .data = a->bias, .stride = a->channels_out } } };
    if (a->bias) a->isa->epilogue(&bias, c, d->y_plane, row, place, rows, columns);
    if (a->epilogue && a->epilogue->count > 0) a->isa->epilogue(a->epilogue, c, d->y_plane, row, place, rows, columns);
}

/* The segments of a panel that is read where it is. */
static void list_segments(const dense *d) {
    for (int64_t tap = 0; tap < d->taps; tap++) {
        int64_t at[3];
        tap_offset(d, tap, at);
        d->segments[tap] = (xb_conv_segment){ (at[0] * d->a->in[1] + at[1]) * d->a->in[2] + at[2], d->channels_in };
    }
}

static void run_dense(const void *args, int32_t chunk, void *scratch) {
    const xb_conv_args *a = args;
    dense               d = dense_of(a->isa, a);
    part                p = part_of(a, &d, chunk);
    const float        *x = a->x + (p.item * a->channels_in + p.group * d.channels_in) * d.x_plane;
    const float        *w = a->w + p.group * d.channels_out * d.channels_in * xb_conv_volume(a->kernel);
    float              *y = a->y + (p.item * a->channels_out + p.group * d.channels_out) * d.y_plane;
    d.segments = scratch;
    d.runs = (run *)(void *)(d.segments + most_taps(a));
    d.zeros = (float *)(void *)(d.runs + d.columns);
    d.tile = d.zeros + d.columns;
    d.panel = d.tile + XB_CONV_TILE_POINTS * d.columns;
    memset(d.zeros, 0, (size_t)d.columns * sizeof(float));
    for (int64_t r = 0; r < phase_count(a); r++) {
        int64_t phase = r, r2 = xb_conv_digit(&phase, xb_conv_phases(a, 2)), r1 = xb_conv_digit(&phase, xb_conv_phases(a, 1));
        set_phase(&d, r);
        if (d.is_few) list_segments(&d);
        for (int64_t line = p.from[0]; line < p.to[0]; line++)
            if (line / a->out[1] % xb_conv_phases(a, 0) == phase && line % a->out[1] % xb_conv_phases(a, 1) == r1)
                add_line(&d, &p, line, r2, x, w, y);
        multiply_gathered(&d, w, p.from[2], p.to[2], y);
        w += d.channels_out * d.taps * d.channels_in;
    }
    finish(&d, &p, y);
}

/* Each chunk gathers its panels, so it has 8 strips or more to multiply them with. */
xb_work xb_conv_dense_work(const xb_isa *isa, xb_conv_args *a) {
    dense   d = dense_of(isa, a);
    int64_t lines = a->out[0] * a->out[1], taps = xb_ceil_div(xb_conv_volume(a->kernel), phase_count(a));
    int64_t products = xb_max64(1, d.channels_out * d.channels_in * taps); /* of a point */
    int64_t points = xb_max64(4 * d.columns, XB_CONV_CHUNK_PRODUCTS / (products + 64));
    a->piece[0] = xb_min64(lines, xb_max64(1, points / a->out[2]));
    a->piece[1] = xb_min64(a->out[2], xb_ceil_div(points, d.columns) * d.columns * xb_conv_phases(a, 2));
    if (a->piece[0] > 1) a->piece[1] = a->out[2];
    a->piece[2] = xb_min64(d.strips, xb_max64(8, 4 * d.strips * XB_CONV_CHUNK_PRODUCTS / products / points));
    a->pieces[0] = xb_ceil_div(lines, a->piece[0]);
    a->pieces[1] = xb_ceil_div(a->out[2], a->piece[1]);
    a->pieces[2] = xb_ceil_div(d.strips, a->piece[2]);
    int64_t most = most_taps(a), floats = d.columns * (1 + XB_CONV_TILE_POINTS + d.channels_in * most);
    return (xb_work){ run_dense, (int32_t)(a->batch * a->groups * a->pieces[0] * a->pieces[1] * a->pieces[2]),
                      floats * (int64_t)sizeof(float) + most * (int64_t)sizeof(xb_conv_segment) +
                          d.columns * (int64_t)sizeof(run) };
}
