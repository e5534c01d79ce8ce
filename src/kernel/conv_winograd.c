/* kernel/conv_winograd.c - Winograd's minimal filtering: F(4x4, 3x3), and F(4, 3) along lines.
 *
 * Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (arXiv 1509.09308): four outputs of three taps are
 * y = A^T ((G g) * (B^T d)) with six products for six inputs d, which are the values of polynomials at six points. Theirs are
 * 0, +-1, +-2 and infinity; ours 0, +-sqrt(1/2), +-sqrt(2) and infinity, which lose half as much (measured on normal data, 96
 * channels, two dimensions: the error's standard deviation is 1.9 times that of the direct sum, theirs 3.9 times). With
 * p = +-a, +-b:
 *
 *     B^T   0:        x^4 - (a^2 + b^2) x^2 + a^2 b^2             A^T   row i: p^i for each point, infinity only in row 3
 *           p:        x (x + p) (x^2 - q^2), q the other one      G     1 / N, p / N, p^2 / N with N the product of p - others
 *           infinity: x (x^2 - a^2) (x^2 - b^2)                         infinity: 0 0 1
 *
 * In one dimension k taps are ceil(k / 3) groups of three (the last one filled up with zeros), whose products are added before
 * the way back; with dilation d, tile number t takes each d-th input: tiles t, t + d, ... are the same remainder.
 *
 * A chunk transforms the windows of its tiles into planes [point][group and block][tile][c], multiplies each plane with its
 * weights [panel][point][group and block][c][channels of the panel], a panel at a time, and transforms back. */
#include <string.h>

#include "kernel/conv_int.h"

enum { WINDOW = 6, TILE = 4 };

typedef struct winograd {
    const xb_conv_args *a;
    const xb_conv_hot  *hot;
    int                 is_1d, is_nwc;
    int64_t             c, points, groups; /* 36 or 6; groups of taps */
    int64_t             blocks_in, blocks_out, panels, k;
    int64_t             tiles[2]; /* lines and columns of tiles; with dilation, columns are spans of d tiles */
    int64_t             span;     /* tiles in a column: the dilation */
} winograd;

static winograd winograd_of(const xb_isa *isa, const xb_conv_args *a) {
    winograd w = { .a = a, .hot = &isa->conv, .is_1d = a->kernel[1] == 1, .c = isa->vector_width };
    w.is_nwc = a->form == XB_CONV_NWC_WINOGRAD; /* weights are the same in both layouts */
    w.points = w.is_1d ? WINDOW : WINDOW * WINDOW;
    w.groups = w.is_1d ? xb_ceil_div(a->kernel[2], 3) : 1;
    w.span = w.is_1d ? a->dilation[2] : 1;
    w.blocks_in = xb_ceil_div(a->channels_in, w.c);
    w.blocks_out = xb_ceil_div(a->channels_out, w.c);
    w.panels = xb_parts(w.blocks_out, w.hot->vectors);
    w.k = w.groups * a->channels_in;
    w.tiles[0] = xb_ceil_div(a->out[1], w.is_1d ? 1 : TILE);
    w.tiles[1] = xb_ceil_div(a->out[2], TILE * w.span);
    return w;
}

static int64_t panel_begin(const winograd *w, int64_t panel) { return xb_part_begin(w->blocks_out, w->panels, panel); }

/* ---- weights ---- */

int64_t xb_conv_winograd_pack_size(const xb_isa *isa, const xb_conv_args *a) {
    winograd w = winograd_of(isa, a);
    return w.points * w.k * w.blocks_out * w.c * (int64_t)sizeof(float);
}

/* Row `point` of G. */
static void filter_row(int64_t point, double row[3]) {
    static const double a = 0.70710678118654752440, b = 1.41421356237309504880;
    static const double points[5] = { 0, a, -a, b, -b };
    row[0] = row[1] = 0, row[2] = 1;
    if (point == 5) return;
    double p = points[point], n = 1;
    for (int i = 0; i < 5; i++)
        if (i != point) n *= p - points[i];
    row[0] = 1 / n, row[1] = p / n, row[2] = p * p / n;
}

/* The transformed weights of three taps (three by three), of which `taps` are there: out[point]. */
static void filter_points(const winograd *w, double (*rows)[3], const float *g, int64_t taps, double *out) {
    double half[WINDOW][3] = { { 0 } };
    if (w->is_1d) {
        for (int p = 0; p < WINDOW; p++) {
            out[p] = 0;
            for (int64_t i = 0; i < xb_min64(3, taps); i++) out[p] += (double)g[i] * rows[p][i];
        }
        return;
    }
    for (int p = 0; p < WINDOW; p++)
        for (int j = 0; j < 3; j++)
            half[p][j] = rows[p][0] * (double)g[j] + rows[p][1] * (double)g[3 + j] + rows[p][2] * (double)g[6 + j];
    for (int p = 0; p < WINDOW; p++)
        for (int q = 0; q < WINDOW; q++)
            out[p * WINDOW + q] = half[p][0] * rows[q][0] + half[p][1] * rows[q][1] + half[p][2] * rows[q][2];
}

/* [panel][point][group of taps][channel in][channel of the panel] */
void xb_conv_winograd_pack(const xb_isa *isa, const xb_conv_args *a, const float *weights, float *packed) {
    winograd w = winograd_of(isa, a);
    int64_t  taps = a->kernel[1] * a->kernel[2];
    double   rows[WINDOW][3], out[WINDOW * WINDOW];
    for (int p = 0; p < WINDOW; p++) filter_row(p, rows[p]);
    memset(packed, 0, (size_t)xb_conv_winograd_pack_size(isa, a)); /* channels behind the last one */
    for (int64_t panel = 0; panel < w.panels; panel++) {
        int64_t first = panel_begin(&w, panel) * w.c, width = panel_begin(&w, panel + 1) * w.c - first;
        int64_t last = xb_min64(first + width, a->channels_out);
        for (int64_t g = 0; g < w.groups; g++)
            for (int64_t i = 0; i < a->channels_in; i++)
                for (int64_t o = first; o < last; o++) {
                    filter_points(&w, rows, weights + (o * a->channels_in + i) * taps + g * 3, taps - g * 3, out);
                    float *at = packed + (g * a->channels_in + i) * width + (o - first);
                    for (int64_t p = 0; p < w.points; p++) at[p * w.k * width] = (float)out[p];
                }
        packed += w.points * w.k * width;
    }
}

/* ---- a chunk ---- */

typedef struct job {
    int64_t          item, from[2], to[2], panel[2]; /* lines and columns of tiles */
    int64_t          count;                          /* of tiles */
    xb_conv_segment *segments;
    float           *init, *window, *v, *m;
} job;

static int64_t scratch_floats(const winograd *w, int64_t count) {
    int64_t width = w->hot->vectors * w->c;
    return width + WINDOW * WINDOW * w->c + w->points * count * (w->groups * w->blocks_in * w->c + width);
}

static job job_of(const winograd *w, int64_t chunk, void *scratch) {
    const xb_conv_args *a = w->a;
    job                 j;
    for (int i = 1; i >= 0; i--) {
        j.from[i] = xb_conv_digit(&chunk, a->pieces[i]) * a->piece[i];
        j.to[i] = xb_min64(j.from[i] + a->piece[i], w->tiles[i]);
    }
    j.panel[0] = xb_conv_digit(&chunk, a->pieces[2]) * a->piece[2];
    j.panel[1] = xb_min64(j.panel[0] + a->piece[2], w->panels);
    j.item = chunk;
    j.count = (j.to[0] - j.from[0]) * (j.to[1] - j.from[1]) * w->span;
    j.segments = scratch;
    j.init = (float *)(void *)(j.segments + w->groups * w->blocks_in);
    j.window = j.init + w->hot->vectors * w->c;
    j.v = j.window + WINDOW * WINDOW * w->c;
    j.m = j.v + w->points * j.count * w->groups * w->blocks_in * w->c;
    return j;
}

/* A line of tiles of one block in NCHWc: v of the first one. */
static void windows_2d(const winograd *w, const job *j, int64_t line, const float *x, float *v, int64_t plane) {
    const xb_conv_args *a = w->a;
    int64_t             c = w->c, row = line * TILE - a->pad[1], top, bottom, i = j->from[1];
    xb_conv_clip(row, 1, WINDOW, a->in[1], &top, &bottom);
    while (i < j->to[1]) {
        int64_t column = i * TILE - a->pad[2], inside = 0;
        if (top == 0 && bottom == WINDOW && column >= 0 && column + WINDOW <= a->in[2])
            inside = xb_min64(j->to[1] - i, (a->in[2] - WINDOW - column) / TILE + 1);
        if (inside > 0) {
            w->hot->winograd_in2(x + (row * a->in[2] + column) * c, a->in[2] * c, TILE * c, inside, v, plane);
        } else {
            int64_t left, right;
            xb_conv_clip(column, 1, WINDOW, a->in[2], &left, &right);
            memset(j->window, 0, (size_t)(WINDOW * WINDOW * c) * sizeof(float));
            if (left < right)
                for (int64_t r = top; r < bottom; r++)
                    memcpy(j->window + (r * WINDOW + left) * c, x + ((row + r) * a->in[2] + column + left) * c,
                           (size_t)((right - left) * c) * sizeof(float));
            w->hot->winograd_in2(j->window, WINDOW * c, 0, 1, v, plane);
            inside = 1;
        }
        i += inside;
        v += inside * c;
    }
}

/* All tiles for one group of taps and block of channels: x at the item's first position and the block's first channel. */
static void windows_1d(const winograd *w, const job *j, int64_t group, int64_t lanes, const float *x, float *v, int64_t plane) {
    const xb_conv_args *a = w->a;
    int64_t             d = w->span, size = a->in[2], point = w->is_nwc ? a->channels_in : w->c;
    for (int64_t t = j->from[1] * d; t < j->to[1] * d;) {
        int64_t at = t / d * TILE * d + t % d + group * 3 * d - a->pad[2], reach = (WINDOW - 1) * d, inside = 0;
        int64_t step = d == 1 ? TILE : 1, most = d == 1 ? j->to[1] - t : d - t % d; /* tiles at equal distances */
        if (lanes == w->c && at >= 0 && at + reach < size) inside = xb_min64(most, (size - 1 - reach - at) / step + 1);
        if (inside > 0) {
            w->hot->winograd_in1(x + at * point, d * point, step * point, inside, v, plane);
        } else {
            int64_t from, to;
            xb_conv_clip(at, d, WINDOW, size, &from, &to);
            memset(j->window, 0, (size_t)(WINDOW * w->c) * sizeof(float));
            if (from < to)
                w->hot->move(j->window + from * w->c, w->c, x + (at + from * d) * point, d * point, to - from, lanes);
            w->hot->winograd_in1(j->window, w->c, 0, 1, v, plane);
            inside = 1;
        }
        t += inside;
        v += inside * w->c;
    }
}

static void transform_in(const winograd *w, const job *j) {
    const xb_conv_args *a = w->a;
    int64_t             plane = w->groups * w->blocks_in * j->count * w->c, width = j->to[1] - j->from[1];
    float              *v = j->v;
    for (int64_t g = 0; g < w->groups; g++)
        for (int64_t block = 0; block < w->blocks_in; block++, v += j->count * w->c) {
            int64_t      lanes = w->is_nwc ? xb_min64(w->c, a->channels_in - block * w->c) : w->c;
            const float *x = a->x + (w->is_nwc ? j->item * a->in[2] * a->channels_in + block * w->c
                                               : (j->item * w->blocks_in + block) * a->in[1] * a->in[2] * w->c);
            if (w->is_1d) windows_1d(w, j, g, lanes, x, v, plane);
            for (int64_t l = j->from[0]; l < j->to[0] && !w->is_1d; l++)
                windows_2d(w, j, l, x, v + (l - j->from[0]) * width * w->c, plane);
        }
}

/* The products of one panel of `vectors`: m [point][vector][tile][c]. */
static void multiply(const winograd *w, const job *j, int64_t vectors, const float *u) {
    int64_t      v_plane = w->groups * w->blocks_in * j->count * w->c, m_plane = vectors * j->count * w->c;
    xb_conv_tile t = {
        .segments = j->segments, .segment_count = w->groups * w->blocks_in, .y_point = w->c, .y_vector = j->count * w->c
    };
    for (int64_t p = 0; p < w->points; p++)
        xb_conv_run(w->hot, XB_CONV_BLOCKED_X, vectors, &t, w->c, j->count, j->v + p * v_plane, u + p * w->k * vectors * w->c,
                    j->init, j->m + p * m_plane);
}

/* Back, for vector number `i` of the panel. bias: of this vector. */
static void transform_out_2d(const winograd *w, const job *j, int64_t block, int64_t i, int64_t vectors, const float *bias) {
    const xb_conv_args *a = w->a;
    int64_t             c = w->c, plane = vectors * j->count * c, width = j->to[1] - j->from[1];
    int64_t             whole = xb_min64(j->to[1], a->out[2] / TILE) - j->from[1]; /* columns of whole tiles */
    float              *y = a->y + (j->item * w->blocks_out + block) * a->out[1] * a->out[2] * c;
    for (int64_t l = j->from[0]; l < j->to[0]; l++) {
        const float *m = j->m + (i * j->count + (l - j->from[0]) * width) * c;
        int64_t      row = l * TILE, column = j->from[1] * TILE, rows = xb_min64(TILE, a->out[1] - row);
        float       *to = y + (row * a->out[2] + column) * c;
        w->hot->winograd_out2(m, plane, whole, bias, to, a->out[2] * c, rows, TILE);
        w->hot->winograd_out2(m + whole * c, plane, width - whole, bias, to + whole * TILE * c, a->out[2] * c, rows,
                              a->out[2] % TILE);
        int64_t columns = xb_min64(a->out[2], j->to[1] * TILE) - column, lines = rows;
        if (columns == a->out[2]) columns *= lines, lines = 1;
        for (int64_t r = 0; r < lines; r++)
            xb_conv_finish_block(a, to + r * a->out[2] * c, j->item, block, (row + r) * a->out[2] + column, columns);
    }
}

static void transform_out_1d(const winograd *w, const job *j, int64_t block, int64_t i, int64_t vectors, const float *bias) {
    const xb_conv_args *a = w->a;
    int64_t             c = w->c, d = w->span, plane = vectors * j->count * c, first = j->from[1] * TILE * d;
    int64_t point = w->is_nwc ? a->channels_out : c, lanes = w->is_nwc ? xb_min64(c, a->channels_out - block * c) : c;
    int64_t end = xb_min64(a->out[2], j->to[1] * TILE * d);
    float *y = a->y + (w->is_nwc ? j->item * a->out[2] * point + block * c : (j->item * w->blocks_out + block) * a->out[2] * c);
    const float *m = j->m + i * j->count * c;
    for (int64_t t = j->from[1] * d; t < j->to[1] * d;) {
        int64_t at = t / d * TILE * d + t % d, step = d == 1 ? TILE : 1, reach = (TILE - 1) * d, count = 1, live = TILE;
        if (at + reach < a->out[2])
            count = xb_min64(d == 1 ? j->to[1] - t : d - t % d, (a->out[2] - 1 - reach - at) / step + 1);
        else live = at < a->out[2] ? (a->out[2] - 1 - at) / d + 1 : 0;
        w->hot->winograd_out1(m, plane, count, bias, y + xb_min64(at, a->out[2] - 1) * point, d * point, step * point, live,
                              lanes);
        t += count;
        m += count * c;
    }
    if (!w->is_nwc) xb_conv_finish_block(a, y + first * c, j->item, block, first, end - first);
    else if (a->epilogue && a->epilogue->count > 0)
        a->isa->epilogue(a->epilogue, y + first * point, point, j->item * a->out[2] + first, block * c, end - first, lanes);
}

static void run_winograd(const void *args, int32_t chunk, void *scratch) {
    const xb_conv_args *a = args;
    winograd            w = winograd_of(a->isa, a);
    job                 j = job_of(&w, chunk, scratch);
    for (int64_t i = 0; i < w.groups * w.blocks_in; i++)
        j.segments[i] = (xb_conv_segment){ i * j.count * w.c, xb_min64(w.c, a->channels_in - i % w.blocks_in * w.c) };
    transform_in(&w, &j);
    for (int64_t panel = j.panel[0]; panel < j.panel[1]; panel++) {
        int64_t first = panel_begin(&w, panel), vectors = panel_begin(&w, panel + 1) - first;
        memset(j.init, 0, (size_t)(vectors * w.c) * sizeof(float));
        multiply(&w, &j, vectors, a->w + first * w.c * w.points * w.k);
        xb_conv_init(j.init, a->bias, first * w.c, xb_min64((first + vectors) * w.c, a->channels_out), vectors * w.c);
        for (int64_t i = 0; i < vectors; i++)
            (w.is_1d ? transform_out_1d : transform_out_2d)(&w, &j, first + i, i, vectors, j.init + i * w.c);
    }
}

/* A chunk has enough tiles to read each weight for two tiles of the product or more, and its planes fit the second-level
 * cache. It takes all panels, unless that is very much: the windows are transformed again for each chunk of panels. */
xb_work xb_conv_winograd_work(const xb_isa *isa, xb_conv_args *a) {
    winograd w = winograd_of(isa, a);
    int64_t  width = w.hot->vectors * w.c, depth = xb_max64(1, w.k), tile = w.hot->points;
    int64_t  count = xb_max64(2 * tile, xb_min64(4 * tile, (128 << 10) / (depth * w.points)));
    count = xb_max64(1, count / w.span);
    a->pieces[1] = xb_ceil_div(w.tiles[1], count);
    a->piece[1] = xb_ceil_div(w.tiles[1], a->pieces[1]);
    a->piece[0] = a->pieces[1] > 1 ? 1 : xb_min64(w.tiles[0], xb_max64(1, count / w.tiles[1]));
    a->pieces[0] = xb_ceil_div(w.tiles[0], a->piece[0]);
    a->piece[0] = xb_ceil_div(w.tiles[0], a->pieces[0]);
    count = a->piece[0] * a->piece[1] * w.span;
    int64_t panels = xb_max64(2, 12 * XB_CONV_CHUNK_PRODUCTS / (count * w.points * depth * width));
    a->pieces[2] = xb_ceil_div(w.panels, panels);
    a->piece[2] = xb_ceil_div(w.panels, a->pieces[2]);
    return (xb_work){ run_winograd, (int32_t)(a->batch * a->pieces[0] * a->pieces[1] * a->pieces[2]),
                      w.groups * w.blocks_in * (int64_t)sizeof(xb_conv_segment) +
                          scratch_floats(&w, count) * (int64_t)sizeof(float) };
}
