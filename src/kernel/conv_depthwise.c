/* kernel/conv_depthwise.c - each channel by itself, a vector of channels at a time: the forms DEPTHWISE and NWC_DEPTHWISE.
 *
 * Nothing is copied: a line of the result is cut where the taps that meet the input change, at its two ends. The points at
 * the ends are computed downwards, many lines at a time, where they can.
 * Weights: [block of c channels][tap][c]. */
#include <string.h>

#include "kernel/conv_int.h"

enum { DEPTHWISE_CHUNK_VECTORS = 1 << 16 }; /* products of vectors */

int64_t xb_conv_depthwise_pack_size(const xb_isa *isa, const xb_conv_args *a) {
    int64_t c = isa->vector_width;
    return xb_ceil_div(a->channels_out, c) * c * xb_conv_volume(a->kernel) * (int64_t)sizeof(float);
}

void xb_conv_depthwise_pack(const xb_isa *isa, const xb_conv_args *a, const float *w, float *packed) {
    int64_t c = isa->vector_width, taps = xb_conv_volume(a->kernel);
    for (int64_t block = 0; block < xb_ceil_div(a->channels_out, c); block++)
        for (int64_t t = 0; t < taps; t++)
            for (int64_t i = 0; i < c; i++) {
                int64_t channel = block * c + i;
                *packed++ = channel < a->channels_out ? w[channel * taps + t] : 0;
            }
}

/* The taps [*from, *to) of the phase that meet the input from the output q on, and how many outputs of the phase, up to
 * `end`, meet the same. */
static int64_t meet(const xb_conv_args *a, int axis, const xb_conv_phase *p, int64_t q, int64_t end, int64_t *from,
                    int64_t *to) {
    int64_t at = xb_conv_origin(a, axis, q) + p->offset, last = at + (p->count - 1) * p->offset_step, size = a->in[axis];
    if (p->count == 0) {
        *from = *to = 0;
        return xb_ceil_div(end - q, xb_conv_phases(a, axis));
    }
    if (p->offset_step >= 0) xb_conv_clip(at, xb_max64(1, p->offset_step), p->count, size, from, to);
    else { /* seen from the last tap, they go forward */ int64_t before, until;
        xb_conv_clip(last, -p->offset_step, p->count, size, &before, &until);
        *from = p->count - until;
        *to = p->count - before;
    }
    if (*to - *from < p->count) return 1;
    return xb_min64(xb_ceil_div(end - q, xb_conv_phases(a, axis)),
                    (size - 1 - xb_max64(at, last)) / xb_conv_origin_step(a, axis) + 1);
}

/* One chunk: lines and columns of a block of channels of an item. */
typedef struct job {
    const xb_conv_args *a;
    const float        *x, *w, *init;
    float              *y;
    int64_t             line[2], column[2];
    int64_t             point, lanes; /* elements from point to point */
} job;

/* `count` points from (line, column) on that meet the same taps, along `axis`. */
static void run_points(const job *j, int64_t line, int64_t column, int axis, int64_t count, const xb_conv_phase *p1,
                       const xb_conv_phase *p2) {
    const xb_conv_args *a = j->a;
    int64_t             c = a->isa->vector_width, row, row_end, first, end, at = 0, tap = 0;
    int64_t             in_line = a->in[2] * j->point, out_line = a->out[2] * j->point;
    meet(a, 1, p1, line, line + 1, &row, &row_end);
    meet(a, 2, p2, column, column + 1, &first, &end);
    xb_conv_taps t = { .rows = row_end - row,
                       .columns = end - first,
                       .x_row = p1->offset_step * in_line,
                       .x_column = p2->offset_step * j->point,
                       .w_row = p1->step * a->kernel[2] * c,
                       .w_column = p2->step * c,
                       .x_point = xb_conv_origin_step(a, axis) * (axis == 1 ? in_line : j->point),
                       .y_point = xb_conv_phases(a, axis) * (axis == 1 ? out_line : j->point),
                       .lanes = j->lanes };
    if (t.rows > 0 && t.columns > 0) { /* none is read when none meets the input */
        at = (xb_conv_origin(a, 1, line) + p1->offset + row * p1->offset_step) * in_line +
             (xb_conv_origin(a, 2, column) + p2->offset + first * p2->offset_step) * j->point;
        tap = (p1->first + row * p1->step) * a->kernel[2] + p2->first + first * p2->step;
    }
    a->isa->conv.depthwise(&t, j->x + at, j->w + tap * c, j->init, j->y + line * out_line + column * j->point, count);
}

/* The points of one line and phase; without those that do not meet all taps if `inner`. */
static void run_line(const job *j, int64_t line, int64_t phase, int inner) {
    const xb_conv_args *a = j->a;
    int64_t             step = xb_conv_phases(a, 2), first, end, count;
    xb_conv_phase       p1 = xb_conv_phase_of(a, 1, line % xb_conv_phases(a, 1)), p2 = xb_conv_phase_of(a, 2, phase);
    for (int64_t q = j->column[0] + (phase - j->column[0] % step + step) % step; q < j->column[1]; q += count * step) {
        count = meet(a, 2, &p2, q, j->column[1], &first, &end);
        if (!inner || end - first == p2.count) run_points(j, line, q, 2, count, &p1, &p2);
    }
}

/* The points that do not meet all taps of a line, each with those below it. */
static void run_ends(const job *j) {
    const xb_conv_args *a = j->a;
    xb_conv_phase       p1 = xb_conv_phase_of(a, 1, 0), p2 = xb_conv_phase_of(a, 2, 0);
    int64_t             first, end, across, down;
    for (int64_t q = j->column[0]; q < j->column[1]; q += across) {
        across = meet(a, 2, &p2, q, j->column[1], &first, &end);
        if (end - first == p2.count) continue;
        for (int64_t l = j->line[0]; l < j->line[1]; l += down) {
            int64_t row, row_end;
            down = meet(a, 1, &p1, l, j->line[1], &row, &row_end);
            run_points(j, l, q, 1, down, &p1, &p2);
        }
    }
}

static void run_depthwise(const void *args, int32_t number, void *scratch) {
    const xb_conv_args *a = args;
    int                 is_nwc = a->form == XB_CONV_NWC_DEPTHWISE;
    int64_t             c = a->isa->vector_width, chunk = number, blocks = xb_ceil_div(a->channels_out, c), column[2], line[2];
    column[0] = xb_conv_digit(&chunk, a->pieces[1]) * a->piece[1], column[1] = xb_min64(column[0] + a->piece[1], a->out[2]);
    line[0] = xb_conv_digit(&chunk, a->pieces[0]) * a->piece[0], line[1] = xb_min64(line[0] + a->piece[0], a->out[1]);
    int64_t      block = xb_conv_digit(&chunk, blocks), item = chunk, lanes = xb_min64(c, a->channels_out - block * c);
    int64_t      point = is_nwc ? a->channels_in : c, in = a->in[1] * a->in[2], out = a->out[1] * a->out[2];
    const float *x = a->x + (is_nwc ? item * in * point + block * c : (item * blocks + block) * in * c);
    float       *y = a->y + (is_nwc ? item * out * point + block * c : (item * blocks + block) * out * c), *init = scratch;
    job          j = { a,
                       x,
                       a->w + block * c * a->kernel[1] * a->kernel[2],
                       init,
                       y,
                       { line[0], line[1] },
                       { column[0], column[1] },
                       point,
                       is_nwc ? lanes : c };
    int          ends = !a->transposed && line[1] - line[0] >= 4;
    xb_conv_init(init, a->bias, block * c, block * c + lanes, c);
    if (ends) run_ends(&j);
    for (int64_t l = line[0]; l < line[1]; l++) {
        int64_t at = l * a->out[2] + column[0];
        for (int64_t phase = 0; phase < xb_conv_phases(a, 2); phase++) run_line(&j, l, phase, ends);
        if (!is_nwc) xb_conv_finish_block(a, y + at * c, item, block, at, column[1] - column[0]);
        else if (a->epilogue && a->epilogue->count > 0)
            a->isa->epilogue(a->epilogue, y + at * point, point, item * out + at, block * c, column[1] - column[0], lanes);
    }
}

xb_work xb_conv_depthwise_work(const xb_isa *isa, xb_conv_args *a) {
    int64_t c = isa->vector_width, blocks = xb_ceil_div(a->channels_out, c);
    int64_t points = xb_max64(16, DEPTHWISE_CHUNK_VECTORS / (xb_conv_volume(a->kernel) + 4));
    a->pieces[1] = xb_ceil_div(a->out[2], points);
    a->piece[1] = xb_ceil_div(a->out[2], a->pieces[1]);
    a->piece[0] = a->pieces[1] > 1 ? 1 : xb_min64(a->out[1], points / a->out[2]);
    a->pieces[0] = xb_ceil_div(a->out[1], a->piece[0]);
    a->piece[0] = xb_ceil_div(a->out[1], a->pieces[0]);
    return (xb_work){ run_depthwise, (int32_t)(a->batch * blocks * a->pieces[0] * a->pieces[1]), c * (int64_t)sizeof(float) };
}
