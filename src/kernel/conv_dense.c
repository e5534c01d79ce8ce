/* kernel/conv_dense.c - convolution in ONNX's own layout, any number of dimensions: im2col, a panel of points at a time, and
 * a matrix product. Rows of the product are output channels in strips of `hot.points`, columns are points.
 *
 * Packed weights: [group][phase][strip][k][channel of the strip], k over [channel in][taps of the phase].
 * Scratch: one panel [k][columns], the tile for results that go to scattered places, and where the columns come from. */
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
    int64_t             c, columns; /* of a panel */
    int64_t             channels_in, channels_out, strips; /* of a group */
    int64_t             x_plane, y_plane;
    xb_conv_phase       phase[3];
    int64_t             k; /* of the phase */
    float              *panel, *tile, *zeros;
    run                *runs;
    int64_t             run_count, filled;
} dense;

static dense dense_of(const xb_isa *isa, const xb_conv_args *a, void *scratch) {
    dense d = { .a = a, .hot = &isa->conv, .c = isa->vector_width };
    d.columns = d.c * d.hot->vectors;
    d.channels_in = a->channels_in / a->groups;
    d.channels_out = a->channels_out / a->groups;
    d.strips = xb_parts(d.channels_out, d.hot->points);
    d.x_plane = xb_conv_volume(a->in);
    d.y_plane = xb_conv_volume(a->out);
    d.zeros = scratch; /* [columns], with room for a panel that reads no input */
    d.runs = (run *)(void *)(d.zeros ? d.zeros + d.columns : NULL);
    d.tile = (float *)(void *)(d.runs ? d.runs + d.columns : NULL);
    d.panel = d.tile ? d.tile + d.hot->points * d.columns : NULL;
    return d;
}

static int64_t set_phase(dense *d, int64_t r0, int64_t r1, int64_t r2) {
    int64_t r[3] = { r0, r1, r2 }, taps = 1;
    for (int i = 0; i < 3; i++) {
        d->phase[i] = xb_conv_phase_of(d->a, i, r[i]);
        taps *= d->phase[i].count;
    }
    d->k = taps * d->channels_in;
    return d->k;
}

int64_t xb_conv_dense_pack_size(const xb_isa *isa, const xb_conv_args *a) {
    (void)isa;
    return a->channels_out * (a->channels_in / a->groups) * xb_conv_volume(a->kernel) * (int64_t)sizeof(float);
}

/* One strip's weights of the phase. */
static void pack_strip(const dense *d, const float *w, int64_t group, int64_t from, int64_t to, float *packed) {
    const xb_conv_args *a = d->a;
    int64_t             volume = xb_conv_volume(a->kernel);
    int64_t to_out = a->transposed ? volume : d->channels_in * volume, to_in = a->transposed ? d->channels_out * volume : volume;
    const float *base = w + (a->transposed ? group * d->channels_in * to_in : group * d->channels_out * to_out);
    for (int64_t i = 0; i < d->channels_in; i++)
        for (int64_t t0 = 0; t0 < d->phase[0].count; t0++)
            for (int64_t t1 = 0; t1 < d->phase[1].count; t1++)
                for (int64_t t2 = 0; t2 < d->phase[2].count; t2++) {
                    int64_t tap = ((d->phase[0].first + t0 * d->phase[0].step) * a->kernel[1] + d->phase[1].first +
                                   t1 * d->phase[1].step) * a->kernel[2] + d->phase[2].first + t2 * d->phase[2].step;
                    for (int64_t o = from; o < to; o++) *packed++ = base[o * to_out + i * to_in + tap];
                }
}

void xb_conv_dense_pack(const xb_isa *isa, const xb_conv_args *a, const float *w, float *packed) {
    dense d = dense_of(isa, a, NULL);
    for (int64_t g = 0; g < a->groups; g++)
        for (int64_t r0 = 0; r0 < xb_conv_phases(a, 0); r0++)
            for (int64_t r1 = 0; r1 < xb_conv_phases(a, 1); r1++)
                for (int64_t r2 = 0; r2 < xb_conv_phases(a, 2); r2++) {
                    set_phase(&d, r0, r1, r2);
                    for (int64_t s = 0; s < d.strips; s++) {
                        int64_t from = xb_part_begin(d.channels_out, d.strips, s);
                        int64_t to = xb_part_begin(d.channels_out, d.strips, s + 1);
                        pack_strip(&d, w, g, from, to, packed);
                        packed += (to - from) * d.k;
                    }
                }
}

/* ---- im2col ---- */

/* `count` elements of one line of the input, `step` apart, beginning at `at`, zeros outside of [0, size). */
static void gather_line(float *dst, const float *line, int64_t size, int64_t at, int64_t step, int64_t count) {
    int64_t from = at < 0 ? xb_min64(xb_ceil_div(-at, step), count) : 0;
    int64_t to = at >= size ? from : xb_max64(from, xb_min64(count, (size - at + step - 1) / step));
    for (int64_t i = 0; i < from; i++) dst[i] = 0;
    if (step == 1 && to - from >= 8) memcpy(dst + from, line + at + from, (size_t)(to - from) * sizeof *dst);
    else
        for (int64_t i = from; i < to; i++) dst[i] = line[at + i * step];
    for (int64_t i = to; i < count; i++) dst[i] = 0;
}

/* The columns of one run, for every k. */
static void gather_run(const dense *d, const float *x, const run *r) {
    const xb_conv_args *a = d->a;
    int64_t             step = xb_conv_origin_step(a, 2);
    float              *dst = d->panel + r->column;
    for (int64_t i = 0; i < d->channels_in; i++, x += d->x_plane)
        for (int64_t t0 = 0; t0 < d->phase[0].count; t0++)
            for (int64_t t1 = 0; t1 < d->phase[1].count; t1++) {
                int64_t z = r->origin[0] + d->phase[0].offset + t0 * d->phase[0].offset_step;
                int64_t y = r->origin[1] + d->phase[1].offset + t1 * d->phase[1].offset_step;
                int     inside = z >= 0 && z < a->in[0] && y >= 0 && y < a->in[1];
                for (int64_t t2 = 0; t2 < d->phase[2].count; t2++, dst += d->columns) {
                    if (!inside) memset(dst, 0, (size_t)r->count * sizeof *dst);
                    else
                        gather_line(dst, x + (z * a->in[1] + y) * a->in[2], a->in[2],
                                    r->origin[2] + d->phase[2].offset + t2 * d->phase[2].offset_step, step, r->count);
                }
            }
}

/* The product of the panel with strips [from, to), into y, the group's output. */
static void multiply_panel(dense *d, const float *w, int64_t from, int64_t to, float *y) {
    const xb_conv_args *a = d->a;
    int64_t             y_step = a->transposed ? a->stride[2] : 1;
    int                 in_place = d->run_count == 1 && d->filled == d->columns && y_step == 1;
    if (d->filled < d->columns) /* the columns that are nobody's: any finite number will do */
        for (int64_t k = 0; k < d->k; k++)
            memset(d->panel + k * d->columns + d->filled, 0, (size_t)(d->columns - d->filled) * sizeof(float));
    for (int64_t s = from; s < to; s++) {
        int64_t         first = xb_part_begin(d->channels_out, d->strips, s);
        int64_t         count = xb_part_begin(d->channels_out, d->strips, s + 1) - first;
        xb_conv_segment all = { 0, d->k };
        xb_conv_tile    t = { &all, 1, in_place ? d->y_plane : d->columns, d->c };
        float          *dst = y + first * d->y_plane;
        d->hot->tile[XB_CONV_PLANAR_X][d->hot->vectors - 1][count - 1](&t, w + first * d->k, d->panel, d->zeros,
                                                                       in_place ? dst + d->runs[0].place : d->tile);
        if (in_place) continue;
        for (int64_t p = 0; p < count; p++)
            for (int64_t i = 0; i < d->run_count; i++) {
                const float *src = d->tile + p * d->columns + d->runs[i].column;
                float       *line = dst + p * d->y_plane + d->runs[i].place;
                for (int64_t j = 0; j < d->runs[i].count; j++) line[j * y_step] = src[j];
            }
    }
    d->run_count = d->filled = 0;
}

/* ---- a chunk ---- */

/* What one chunk computes: lines (depth x height) and columns of the output, strips of a group's channels. */
typedef struct part {
    int64_t item, group, line[2], column[2], strip[2];
} part;

static part part_of(const xb_conv_args *a, const dense *d, int64_t chunk) {
    part    p;
    int64_t limits[3] = { a->out[0] * a->out[1], a->out[2], d->strips };
    int64_t begin[3];
    for (int i = 1; i >= -1; i--) { /* columns first, then lines, then strips */
        int axis = (i + 3) % 3;
        begin[axis] = xb_conv_digit(&chunk, a->pieces[axis]);
    }
    for (int i = 0; i < 3; i++) begin[i] *= a->piece[i];
    p.group = xb_conv_digit(&chunk, a->groups);
    p.item = chunk;
    p.line[0] = begin[0], p.line[1] = xb_min64(begin[0] + a->piece[0], limits[0]);
    p.column[0] = begin[1], p.column[1] = xb_min64(begin[1] + a->piece[1], limits[1]);
    p.strip[0] = begin[2], p.strip[1] = xb_min64(begin[2] + a->piece[2], limits[2]);
    return p;
}

/* Adds the points of one line and phase to the panel, multiplies whenever it is full. */
static void add_line(dense *d, const part *p, int64_t line, int64_t phase, const float *x, const float *w, float *y) {
    const xb_conv_args *a = d->a;
    int64_t             step = xb_conv_phases(a, 2); /* between the outputs of a phase */
    int64_t             q = p->column[0] + (phase - p->column[0] % step + step) % step;
    while (q < p->column[1]) {
        int64_t left = xb_ceil_div(p->column[1] - q, step), room = d->columns - d->filled;
        run     r = { .place = line * a->out[2] + q, .column = d->filled, .count = xb_min64(left, room) };
        r.origin[0] = xb_conv_origin(a, 0, line / a->out[1]);
        r.origin[1] = xb_conv_origin(a, 1, line % a->out[1]);
        r.origin[2] = xb_conv_origin(a, 2, q);
        gather_run(d, x, &r);
        d->runs[d->run_count++] = r;
        d->filled += r.count;
        q += r.count * step;
        if (d->filled == d->columns) multiply_panel(d, w, p->strip[0], p->strip[1], y);
    }
}

static void finish(const dense *d, const part *p, float *y) {
    const xb_conv_args *a = d->a;
    int64_t             first = xb_part_begin(d->channels_out, d->strips, p->strip[0]);
    int64_t             rows = xb_part_begin(d->channels_out, d->strips, p->strip[1]) - first;
    int64_t             place = p->line[0] * a->out[2] + p->column[0];
    int64_t             columns = (p->line[1] - p->line[0] - 1) * a->out[2] + p->column[1] - p->column[0];
    int64_t             row = p->item * a->channels_out + p->group * d->channels_out + first;
    float              *c = y + first * d->y_plane + place;
    xb_epilogue         bias = { 1, { { .op = XB_EP_ADD, .from = XB_EP_ROW, .data = a->bias, .stride = a->channels_out } } };
    if (a->bias) a->isa->epilogue(&bias, c, d->y_plane, row, place, rows, columns);
    if (a->epilogue && a->epilogue->count > 0) a->isa->epilogue(a->epilogue, c, d->y_plane, row, place, rows, columns);
}

static void run_dense(const void *args, int32_t chunk, void *scratch) {
    const xb_conv_args *a = args;
    dense               d = dense_of(a->isa, a, scratch);
    part                p = part_of(a, &d, chunk);
    const float        *x = a->x + (p.item * a->channels_in + p.group * d.channels_in) * d.x_plane;
    const float        *w = a->w + p.group * d.channels_out * d.channels_in * xb_conv_volume(a->kernel);
    float              *y = a->y + (p.item * a->channels_out + p.group * d.channels_out) * d.y_plane;
    int64_t             phases[3] = { xb_conv_phases(a, 0), xb_conv_phases(a, 1), xb_conv_phases(a, 2) };
    memset(d.zeros, 0, (size_t)d.columns * sizeof(float));
    for (int64_t r0 = 0; r0 < phases[0]; r0++)
        for (int64_t r1 = 0; r1 < phases[1]; r1++)
            for (int64_t r2 = 0; r2 < phases[2]; r2++) {
                set_phase(&d, r0, r1, r2);
                for (int64_t line = p.line[0]; line < p.line[1]; line++)
                    if (line / a->out[1] % phases[0] == r0 && line % a->out[1] % phases[1] == r1)
                        add_line(&d, &p, line, r2, x, w, y);
                if (d.filled > 0) multiply_panel(&d, w, p.strip[0], p.strip[1], y);
                w += d.channels_out * d.k;
            }
    finish(&d, &p, y);
}

xb_work xb_conv_dense_work(const xb_isa *isa, xb_conv_args *a) {
    dense   d = dense_of(isa, a, NULL);
    int64_t phases = xb_conv_phases(a, 0) * xb_conv_phases(a, 1) * xb_conv_phases(a, 2);
    int64_t taps = xb_ceil_div(xb_conv_volume(a->kernel), phases); /* on the average; of the largest phase: no more than */
    int64_t most = 1;
    for (int i = 0; i < 3; i++) most *= a->transposed ? xb_ceil_div(a->kernel[i], xb_conv_phase_of(a, i, 0).step) : a->kernel[i];
    int64_t products = xb_max64(1, d.channels_out * d.channels_in * taps); /* for a point */
    int64_t points = xb_max64(4 * d.columns, XB_CONV_CHUNK_PRODUCTS / products);
    a->piece[0] = xb_min64(a->out[0] * a->out[1], xb_max64(1, points / a->out[2]));
    a->piece[1] = xb_min64(a->out[2], xb_ceil_div(points, d.columns) * d.columns * xb_conv_phases(a, 2));
    /* a strip costs the more the larger K is; each chunk gathers its panel again, so it has 8 strips or more */
    a->piece[2] = xb_min64(d.strips, xb_max64(8, 4 * d.strips * XB_CONV_CHUNK_PRODUCTS / products / points));
    a->pieces[0] = xb_ceil_div(a->out[0] * a->out[1], a->piece[0]);
    a->pieces[1] = xb_ceil_div(a->out[2], a->piece[1]);
    a->pieces[2] = xb_ceil_div(d.strips, a->piece[2]);
    int64_t floats = d.columns * (1 + d.hot->points + d.channels_in * most);
    return (xb_work){ run_dense, (int32_t)(a->batch * a->groups * a->pieces[0] * a->pieces[1] * a->pieces[2]),
                      floats * (int64_t)sizeof(float) + d.columns * (int64_t)sizeof(run) };
}
