/* kernel/conv_blocked.c - direct convolution with vectors of output channels: the forms BLOCKED, FIRST and NWC, ordinary and
 * transposed.
 *
 * A chunk copies the part of the input that it needs into its scratch, with the zeros of the padding, so that neighbours of
 * the result read neighbours there whatever the stride is: a line is kept as `splits` lines, one for each remainder of the
 * position by the stride. Channels are kept in blocks of `unit`: c, or 1 where there are few.
 *
 *     copy      [block of channels][line][split][position][unit]
 *     weights   [group][panel][phase of lines][phase of columns][block of channels][tap][unit][channels of the panel]
 *
 * A panel is up to hot.vectors vectors of output channels. 1 x 1 with stride 1 reads its input where it is. */
#include <string.h>

#include "kernel/conv_int.h"

typedef struct blocked {
    const xb_conv_args *a;
    const xb_conv_hot  *hot;
    int64_t             c, unit;
    int64_t             channels_in, channels_out;     /* of a group */
    int64_t             blocks_in, blocks_out, panels; /* of a group; blocks_in of `unit` */
    int64_t             in[2], out[2];                 /* lines and columns; one long line where the input is read in place */
    int64_t             splits;
    int                 is_nwc, is_in_place, kind;
} blocked;

static blocked blocked_of(const xb_isa *isa, xb_conv_form form, const xb_conv_args *a) {
    blocked b = { .a = a, .hot = &isa->conv, .c = isa->vector_width, .is_nwc = form == XB_CONV_NWC };
    b.channels_in = a->channels_in / a->groups;
    b.channels_out = a->channels_out / a->groups;
    b.unit = form == XB_CONV_FIRST || (b.is_nwc && b.channels_in * 4 <= b.c) ? 1 : b.c;
    b.kind = b.unit == 1 ? XB_CONV_PLANAR_X : XB_CONV_BLOCKED_X;
    b.blocks_in = xb_ceil_div(b.channels_in, b.unit);
    b.blocks_out = xb_ceil_div(b.channels_out, b.c);
    b.panels = xb_parts(b.blocks_out, b.hot->vectors);
    b.splits = a->transposed ? 1 : xb_min64(a->stride[2], (a->kernel[2] - 1) * a->dilation[2] + 1);
    b.is_in_place = form == XB_CONV_BLOCKED && a->kernel[1] * a->kernel[2] * a->stride[1] * a->stride[2] == 1 &&
                    a->pad[1] == 0 && a->pad[2] == 0 && a->in[1] == a->out[1] && a->in[2] == a->out[2];
    for (int i = 0; i < 2; i++) b.in[i] = a->in[i + 1], b.out[i] = a->out[i + 1];
    if (b.is_in_place) {
        b.in[1] = b.out[1] = a->in[1] * a->in[2];
        b.in[0] = b.out[0] = 1;
    }
    return b;
}

static int64_t panel_begin(const blocked *b, int64_t panel) { return xb_part_begin(b->blocks_out, b->panels, panel); }
static int64_t panel_vectors(const blocked *b, int64_t panel) { return panel_begin(b, panel + 1) - panel_begin(b, panel); }

/* ---- weights ---- */

int64_t xb_conv_blocked_pack_size(const xb_isa *isa, const xb_conv_args *a) {
    int64_t c = isa->vector_width, channels_out = xb_ceil_div(a->channels_out / a->groups, c) * c;
    return a->groups * channels_out * (a->channels_in / a->groups) * xb_conv_volume(a->kernel) * (int64_t)sizeof(float);
}

/* The weights of one panel for one block of input channels and one tap. */
static float *pack_tap(const blocked *b, const float *w, int64_t group, int64_t panel, int64_t block, int64_t tap,
                       float *packed) {
    const xb_conv_args *a = b->a;
    int64_t             volume = xb_conv_volume(a->kernel), width = panel_vectors(b, panel) * b->c;
    int64_t             to_out = a->transposed ? volume : b->channels_in * volume,
                        to_in = a->transposed ? b->channels_out * volume : volume;
    int64_t             first = panel_begin(b, panel) * b->c, live = xb_min64(width, b->channels_out - first);
    int64_t             last = xb_min64((block + 1) * b->unit, b->channels_in);
    w += (a->transposed ? group * b->channels_in * to_in : group * b->channels_out * to_out) + first * to_out + tap;
    for (int64_t i = block * b->unit; i < last; i++) {
        for (int64_t o = 0; o < width; o++) *packed++ = o < live ? w[o * to_out + i * to_in] : 0;
    }
    return packed;
}

void xb_conv_blocked_pack(const xb_isa *isa, xb_conv_form form, const xb_conv_args *a, const float *w, float *packed) {
    blocked b = blocked_of(isa, form, a);
    for (int64_t g = 0; g < a->groups; g++)
        for (int64_t panel = 0; panel < b.panels; panel++)
            for (int64_t r1 = 0; r1 < xb_conv_phases(a, 1); r1++)
                for (int64_t r2 = 0; r2 < xb_conv_phases(a, 2); r2++) {
                    xb_conv_phase p1 = xb_conv_phase_of(a, 1, r1), p2 = xb_conv_phase_of(a, 2, r2);
                    for (int64_t block = 0; block < b.blocks_in; block++)
                        for (int64_t t1 = 0; t1 < p1.count; t1++)
                            for (int64_t t2 = 0; t2 < p2.count; t2++)
                                packed = pack_tap(&b, w, g, panel, block,
                                                  (p1.first + t1 * p1.step) * a->kernel[2] + p2.first + t2 * p2.step, packed);
                }
}

/* ---- the copy of the input ---- */

/* Where a chunk's copy begins in the input, and its measures. */
typedef struct window {
    int64_t first[2], size[2]; /* lines, positions of a split */
    int64_t line, block;       /* strides in the copy */
} window;

/* Of outputs [from, to). */
static window window_of(const blocked *b, const int64_t from[2], const int64_t to[2]) {
    const xb_conv_args *a = b->a;
    window              w = { { 0, 0 }, { 0, 0 }, 0, 0 };
    for (int i = 0; i < 2 && !b->is_in_place; i++) {
        int64_t low = INT64_MAX, high = INT64_MIN;
        for (int64_t r = 0; r < xb_conv_phases(a, i + 1); r++) {
            xb_conv_phase p = xb_conv_phase_of(a, i + 1, r);
            if (p.count == 0) continue;
            int64_t end = p.offset + (p.count - 1) * p.offset_step;
            low = xb_min64(low, xb_min64(p.offset, end));
            high = xb_max64(high, xb_max64(p.offset, end));
        }
        if (low > high) continue; /* no output meets a tap */
        w.first[i] = xb_conv_origin(a, i + 1, from[i]) + low;
        w.size[i] = xb_conv_origin(a, i + 1, to[i] - 1) + high + 1 - w.first[i];
    }
    if (!a->transposed) w.size[1] = xb_ceil_div(w.size[1], a->stride[2]);
    w.line = b->splits * w.size[1] * b->unit;
    w.block = w.size[0] * w.line;
    return w;
}

/* `count` positions of one line, `step` apart from position `at` on; outside of [0, size) are zeros. A position's channels
 * are `point` elements after the one's before; `lanes` of them are read. */
static void copy_line(const blocked *b, float *dst, const float *line, int64_t size, int64_t point, int64_t lanes, int64_t at,
                      int64_t step, int64_t count) {
    int64_t from, to;
    xb_conv_clip(at, step, count, size, &from, &to);
    memset(dst, 0, (size_t)(from * b->unit) * sizeof *dst);
    memset(dst + to * b->unit, 0, (size_t)((count - to) * b->unit) * sizeof *dst);
    dst += from * b->unit;
    line += (at + from * step) * point;
    if (step * point == b->unit && lanes == b->unit) memcpy(dst, line, (size_t)((to - from) * b->unit) * sizeof *dst);
    else if (b->unit == b->c && b->c > 1) b->hot->move(dst, b->c, line, step * point, to - from, lanes);
    else b->hot->take(dst, 0, line, 0, step * point, 1, to - from);
}

/* x: the item; channels [group's first, ...). */
static void copy_window(const blocked *b, const window *w, const float *x, int64_t group, float *copy) {
    const xb_conv_args *a = b->a;
    int64_t             plane = b->in[0] * b->in[1], step = a->transposed ? 1 : a->stride[2];
    for (int64_t block = 0; block < b->blocks_in; block++) {
        int64_t      channel = group * b->channels_in + block * b->unit;
        int64_t      lanes = xb_min64(b->unit, b->channels_in - block * b->unit);
        int64_t      point = b->is_nwc ? a->channels_in : b->unit;
        const float *from = x + (b->is_nwc ? channel : channel * plane); /* of NCHWc: whole blocks precede it */
        for (int64_t l = 0; l < w->size[0]; l++) {
            int64_t line = w->first[0] + l;
            float  *dst = copy + block * w->block + l * w->line;
            if (line < 0 || line >= b->in[0]) {
                memset(dst, 0, (size_t)w->line * sizeof *dst);
                continue;
            }
            for (int64_t s = 0; s < b->splits; s++)
                copy_line(b, dst + s * w->size[1] * b->unit, from + line * b->in[1] * point, b->in[1], point, lanes,
                          w->first[1] + s, step, w->size[1]);
        }
    }
}

/* ---- a chunk ---- */

/* Taps of a line that are one segment: those at equal distances, for blocks of one channel. */
static int64_t taps_together(const blocked *b, const xb_conv_phase *p2) {
    if (b->unit > 1) return 1;
    if (b->a->transposed || b->a->stride[2] == 1) return xb_max64(1, p2->count);
    return b->a->dilation[2] == 1 ? b->a->stride[2] : 1;
}
static int64_t tap_distance(const blocked *b, const window *w, const xb_conv_phase *p2) {
    if (b->a->transposed) return p2->offset_step;
    return b->a->stride[2] == 1 ? b->a->dilation[2] : w->size[1];
}

static int64_t count_segments(const blocked *b, const xb_conv_phase *p1, const xb_conv_phase *p2) {
    return b->blocks_in * p1->count * xb_ceil_div(p2->count, taps_together(b, p2));
}

/* The segments of one pair of phases: where each block and tap is read, from the copy's place for the output's origin. */
static void list_segments(const blocked *b, const window *w, const xb_conv_phase *p1, const xb_conv_phase *p2,
                          xb_conv_segment *segments) {
    int64_t n = 0, stride = b->a->transposed ? 1 : b->a->stride[2], together = taps_together(b, p2);
    for (int64_t block = 0; block < b->blocks_in; block++) {
        int64_t channels = xb_min64(b->unit, b->channels_in - block * b->unit);
        for (int64_t t1 = 0; t1 < p1->count; t1++) {
            int64_t line = block * w->block + (p1->offset + t1 * p1->offset_step) * w->line;
            for (int64_t t2 = 0; t2 < p2->count; t2 += together) {
                int64_t column = p2->offset + t2 * p2->offset_step; /* may be negative, then the stride is 1 */
                if (stride > 1) column = column % stride * w->size[1] + column / stride;
                segments[n++] = (xb_conv_segment){ line + column * b->unit, channels * xb_min64(together, p2->count - t2) };
            }
        }
    }
}

typedef struct job { /* a chunk and its scratch */
    int64_t          item, group, from[2], to[2], panel[2];
    xb_conv_segment *segments;
    float           *init, *tile, *copy;
} job;

static job job_of(const blocked *b, int64_t chunk, void *scratch) {
    const xb_conv_args *a = b->a;
    job                 j;
    for (int i = 1; i >= 0; i--) {
        j.from[i] = xb_conv_digit(&chunk, a->pieces[i]) * a->piece[i];
        j.to[i] = xb_min64(j.from[i] + a->piece[i], b->out[i]);
    }
    j.panel[0] = xb_conv_digit(&chunk, a->pieces[2]) * a->piece[2];
    j.panel[1] = xb_min64(j.panel[0] + a->piece[2], b->panels);
    j.group = xb_conv_digit(&chunk, a->groups);
    j.item = chunk;
    j.segments = scratch;
    j.init = (float *)(void *)(j.segments + b->blocks_in * a->kernel[1] * a->kernel[2]);
    j.tile = j.init + b->hot->vectors * b->c;
    j.copy = j.tile + b->hot->points * b->hot->vectors * b->c;
    return j;
}

/* The points of one line and phase: x is the copy's place of the first one's origin, y the first one's panel. */
static void run_points(const blocked *b, const job *j, xb_conv_tile *t, int64_t points, int64_t vectors, int64_t live,
                       const float *x, const float *w, float *y) {
    if (live == vectors * b->c || !b->is_nwc) {
        xb_conv_run(b->hot, b->kind, vectors, t, b->unit, points, x, w, j->init, y);
        return;
    }
    /* the last channels in NWC: behind them is the next point */
    xb_conv_tile aside = *t;
    aside.y_point = vectors * b->c;
    int64_t parts = xb_parts(points, b->hot->points);
    for (int64_t i = 0; i < parts; i++) {
        int64_t from = xb_part_begin(points, parts, i), to = xb_part_begin(points, parts, i + 1);
        xb_conv_run(b->hot, b->kind, vectors, &aside, b->unit, to - from, x + from * b->unit, w, j->init, j->tile);
        for (int64_t v = 0; v < vectors; v++)
            b->hot->move_out(y + from * t->y_point + v * b->c, t->y_point, j->tile + v * b->c, vectors * b->c, to - from,
                             xb_min64(b->c, live - v * b->c));
    }
}

/* Lines [from, to) of one phase pair share segments and weights. */
static void run_phase(const blocked *b, const job *j, const window *win, const int64_t phase[2], const xb_conv_phase *p2,
                      int64_t panel, const xb_conv_segment *segments, int64_t segment_count, const float *w, const float *x,
                      float *y) {
    const xb_conv_args *a = b->a;
    int64_t vectors = panel_vectors(b, panel), live = xb_min64(vectors * b->c, b->channels_out - panel_begin(b, panel) * b->c);
    int64_t point = b->is_nwc ? a->channels_out : b->c;
    int64_t lines = xb_conv_phases(a, 1), columns = xb_conv_phases(a, 2);
    xb_conv_tile t = { .segments = segments,
                       .segment_count = segment_count,
                       .y_point = columns * point,
                       .y_vector = b->is_nwc ? b->c : b->out[0] * b->out[1] * b->c,
                       .x_step = tap_distance(b, win, p2) };
    int64_t      q2 = j->from[1] + (phase[1] - j->from[1] % columns + columns) % columns;
    int64_t      q1 = j->from[0] + (phase[0] - j->from[0] % lines + lines) % lines;
    if (q2 >= j->to[1]) return;
    int64_t points = xb_ceil_div(j->to[1] - q2, columns);
    for (; q1 < j->to[0]; q1 += lines) {
        int64_t line = q1, column = q2; /* of the input */
        if (!b->is_in_place) {
            line = xb_conv_origin(a, 1, q1) - win->first[0];
            column = xb_conv_origin(a, 2, q2) - win->first[1];
            if (!a->transposed) column /= a->stride[2];
        }
        run_points(b, j, &t, points, vectors, live, x + line * win->line + column * b->unit, w,
                   y + (q1 * b->out[1] + q2) * point);
    }
}

/* The epilogue on a panel of the chunk. y: the panel's first channel of the item. */
static void finish(const blocked *b, const job *j, int64_t panel, float *y) {
    const xb_conv_args *a = b->a;
    int64_t             first = panel_begin(b, panel), end = panel_begin(b, panel + 1), columns = j->to[1] - j->from[1];
    int64_t             lines = j->to[0] - j->from[0], at = j->from[0] * b->out[1] + j->from[1];
    if (b->is_nwc) {
        int64_t channel = j->group * b->channels_out + first * b->c;
        int64_t live = xb_min64((end - first) * b->c, b->channels_out - first * b->c);
        if (a->epilogue && a->epilogue->count > 0)
            a->isa->epilogue(a->epilogue, y + at * a->channels_out, a->channels_out, j->item * b->out[1] + at, channel, columns,
                             live);
        return;
    }
    if (columns == b->out[1]) columns *= lines, lines = 1;
    for (int64_t v = 0; v < end - first; v++)
        for (int64_t l = 0; l < lines; l++) {
            int64_t place = at + l * b->out[1];
            xb_conv_finish_block(a, y + (v * b->out[0] * b->out[1] + place) * b->c, j->item,
                                 j->group * b->blocks_out + first + v, place, columns);
        }
}

static void run_blocked(const void *args, int32_t chunk, void *scratch) {
    const xb_conv_args *a = args;
    blocked             b = blocked_of(a->isa, (xb_conv_form)a->form, a);
    job                 j = job_of(&b, chunk, scratch);
    window              win = window_of(&b, j.from, j.to);
    int64_t             in = b.in[0] * b.in[1], out = b.out[0] * b.out[1];
    int64_t             x_channels = b.unit == 1 || b.is_nwc ? a->channels_in : xb_ceil_div(a->channels_in, b.c) * b.c;
    int64_t             y_channels = b.is_nwc ? a->channels_out : xb_ceil_div(a->channels_out, b.c) * b.c;
    const float        *x = a->x + j.item * x_channels * in;
    float              *y = a->y + j.item * y_channels * out;
    int64_t             taps = a->kernel[1] * a->kernel[2];
    if (b.is_in_place) {
        x += j.group * b.channels_in * in;
        win.line = in * b.c, win.block = in * b.c, win.size[1] = in;
    } else {
        copy_window(&b, &win, x, j.group, j.copy);
        x = j.copy;
    }
    int64_t phases[2] = { xb_conv_phases(a, 1), xb_conv_phases(a, 2) };
    for (int64_t panel = j.panel[0]; panel < j.panel[1]; panel++) {
        int64_t          first = panel_begin(&b, panel) * b.c, width = panel_vectors(&b, panel) * b.c;
        const float     *w = a->w + (j.group * b.blocks_out * b.c + first) * b.channels_in * taps;
        float           *to = y + (b.is_nwc ? j.group * b.channels_out + first : (j.group * b.blocks_out * b.c + first) * out);
        xb_conv_segment *segments = j.segments;
        xb_conv_init(j.init, a->bias, j.group * b.channels_out + first,
                     j.group * b.channels_out + xb_min64(first + width, b.channels_out), width);
        for (int64_t r = 0; r < phases[0] * phases[1]; r++) {
            int64_t       phase[2] = { r / phases[1], r % phases[1] };
            xb_conv_phase p1 = xb_conv_phase_of(a, 1, phase[0]), p2 = xb_conv_phase_of(a, 2, phase[1]);
            int64_t       n = count_segments(&b, &p1, &p2);
            if (panel == j.panel[0]) list_segments(&b, &win, &p1, &p2, segments);
            run_phase(&b, &j, &win, phase, &p2, panel, segments, n, w, x, to);
            segments += n;
            w += width * b.channels_in * p1.count * p2.count;
        }
        finish(&b, &j, panel, to);
    }
}

/* A chunk's weights stay in the second-level cache, and are read for 4 tiles or more. */
xb_work xb_conv_blocked_work(const xb_isa *isa, xb_conv_args *a) {
    blocked b = blocked_of(isa, (xb_conv_form)a->form, a);
    int64_t tile = b.hot->points, width = b.hot->vectors * b.c;
    int64_t k = xb_max64(1, b.channels_in * a->kernel[1] * a->kernel[2] / (xb_conv_phases(a, 1) * xb_conv_phases(a, 2)));
    int64_t panels = xb_min64(b.panels, xb_max64(1, (128 << 10) / (k * width)));
    int64_t points = xb_max64(4 * tile, XB_CONV_CHUNK_PRODUCTS / (k * width * panels));
    a->pieces[2] = xb_ceil_div(b.panels, panels);
    a->piece[2] = xb_ceil_div(b.panels, a->pieces[2]);
    a->pieces[1] = xb_ceil_div(b.out[1], xb_max64(points, 2 * tile * xb_conv_phases(a, 2)));
    a->piece[1] = xb_ceil_div(b.out[1], a->pieces[1]);
    a->piece[0] = a->pieces[1] > 1 ? 1 : xb_min64(b.out[0], xb_ceil_div(points, b.out[1]));
    a->pieces[0] = xb_ceil_div(b.out[0], a->piece[0]);
    a->piece[0] = xb_ceil_div(b.out[0], a->pieces[0]);

    int64_t copy = 0;
    if (!b.is_in_place) { /* the largest window; a few positions more for phases and splits that begin elsewhere */
        int64_t size[2];
        for (int i = 0; i < 2; i++) {
            int64_t reach = (a->kernel[i + 1] - 1) * a->dilation[i + 1];
            size[i] = a->transposed ? a->piece[i] / a->stride[i + 1] + reach / a->stride[i + 1] + 4
                                    : (a->piece[i] - 1) * a->stride[i + 1] + reach + 1;
        }
        if (!a->transposed) size[1] = xb_ceil_div(size[1], a->stride[2]);
        copy = b.blocks_in * size[0] * b.splits * size[1] * b.unit;
    }
    int64_t segments = b.blocks_in * a->kernel[1] * a->kernel[2];
    return (xb_work){ run_blocked, (int32_t)(a->batch * a->groups * a->pieces[0] * a->pieces[1] * a->pieces[2]),
                      segments * (int64_t)sizeof(xb_conv_segment) + ((1 + tile) * width + copy) * (int64_t)sizeof(float) };
}
