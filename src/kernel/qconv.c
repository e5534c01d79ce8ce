/* kernel/qconv.c - see qconv.h. */
#include "kernel/qconv.h"

#include <string.h>

#include "kernel/batch.h"
#include "kernel/chunks.h"
#include "kernel/batch.h"
#include "kernel/chunks.h"
#include "kernel/qgemm_kernels.h"

enum { MOST_ROWS = 14, MOST_TILE = MOST_ROWS * 32, MOST_NR = 32 };

static int64_t groups_of(const xb_qisa *q, int64_t k) { return xb_ceil_div(k, q->group); }
static int64_t line_bytes(const xb_qisa *q, int64_t k) {
    return xb_round_up(groups_of(q, k) * q->group * (q->line == XB_QLINE_S16 ? 2 : 1), 64);
}
static int64_t weights_of(const xb_qconv_args *a) { /* of one output channel */
    return a->channels_in / a->groups * a->kernel[0] * a->kernel[1] * a->kernel[2];
}
/* The weights are lines already. */
static int reads_in_place(const xb_qconv_args *a) {
    return weights_of(a) % a->q->group == 0 && a->q->line == (a->w_signed ? XB_QLINE_S8 : XB_QLINE_U8);
}

/* ---- weights ---- */

static int64_t sums_bytes(const xb_qconv_args *a) { return xb_round_up(a->channels_out * (int64_t)sizeof(int32_t), 64); }

int64_t xb_qconv_pack_bytes(const xb_qconv_args *a) {
    return sums_bytes(a) + (reads_in_place(a) ? 0 : a->channels_out * line_bytes(a->q, weights_of(a)));
}

void xb_qconv_pack(const xb_qconv_args *a, const void *w, void *packed) {
    int64_t  k = weights_of(a), bytes = line_bytes(a->q, k), used = k * (a->q->line == XB_QLINE_S16 ? 2 : 1);
    int32_t *sums = packed;
    for (int64_t o = 0; o < a->channels_out; o++) {
        char *line = reads_in_place(a) ? NULL : (char *)packed + sums_bytes(a) + o * bytes;
        if (line) memset(line + used, 0, (size_t)(bytes - used));
        sums[o] = a->q->make_line((const uint8_t *)w + o * k, a->w_signed, k, line);
    }
}

/* ---- a chunk ---- */

typedef struct walk {
    const xb_qconv_args *a;
    const uint8_t       *x; /* of this sample and group */
    int64_t             *offsets; /* of the weights' elements in x */
    int8_t              *panel;
    int32_t              x_zero; /* in the numbers that the kernels multiply */
    xb_qgemm_finish      f;
    int32_t              x_zeros[MOST_NR];
    float                x_scales[MOST_NR];
} walk;

static int32_t value_at(const void *p, int is_signed, int64_t i) {
    return is_signed ? ((const int8_t *)p)[i] : ((const uint8_t *)p)[i];
}

static int32_t w_zero_at(const xb_qconv_args *a, int64_t o) {
    int32_t zero = a->w_zero ? value_at(a->w_zero, a->w_signed, o * a->w_zero_step) : 0;
    if (a->q->line == XB_QLINE_U8 && a->w_signed) return zero + 128;
    return a->q->line == XB_QLINE_S8 && !a->w_signed ? zero - 128 : zero;
}

static void find_offsets(const xb_qconv_args *a, int64_t *offsets) {
    int64_t line = a->in[2], plane = a->in[1] * line, volume = a->in[0] * plane;
    for (int64_t c = 0; c < a->channels_in / a->groups; c++)
        for (int64_t d = 0; d < a->kernel[0]; d++)
            for (int64_t h = 0; h < a->kernel[1]; h++)
                for (int64_t w = 0; w < a->kernel[2]; w++)
                    *offsets++ = c * volume + d * a->dilation[0] * plane + h * a->dilation[1] * line + w * a->dilation[2];
}

/* Where the window of pixel p begins. */
static int64_t start_of(const xb_qconv_args *a, int64_t p) {
    int64_t w = p % a->out[2], h = p / a->out[2] % a->out[1], d = p / a->out[2] / a->out[1];
    return (d * a->stride[0] * a->in[1] + h * a->stride[1]) * a->in[2] + w * a->stride[2];
}

/* Columns [j, j + count) of the panel, whose windows begin beside each other from `start` on. */
static void fill_run(const walk *w, int64_t start, int64_t j, int64_t count) {
    const xb_qisa *q = w->a->q;
    int64_t        k = w->a->plan.k, group = q->group, whole = k / group * group;
    uint8_t        flip = w->a->x_signed ? 0 : 0x80;
    for (int64_t i = 0; i < whole; i += group) {
        const uint8_t *line[4];
        for (int64_t g = 0; g < 4; g++) line[g] = w->x + w->offsets[i + g % group] + start;
        xb_qgemm_interleave(line, q->group, flip, count, w->panel + (i * q->nr + j * group));
    }
    for (int64_t i = whole; i < k; i++)
        for (int64_t c = 0; c < count; c++)
            w->panel[whole * q->nr + (j + c) * group + i - whole] = (int8_t)(w->x[w->offsets[i] + start + c] ^ flip);
}

static void fill_column(const walk *w, int64_t start, int64_t j) {
    const xb_qisa *q = w->a->q;
    uint8_t        flip = w->a->x_signed ? 0 : 0x80;
    int8_t        *to = w->panel + j * q->group;
    const uint8_t *x = w->x + start;
    for (int64_t i = 0; i < w->a->plan.k; i++)
        to[i / q->group * q->group * q->nr + i % q->group] = (int8_t)(x[w->offsets[i]] ^ flip);
}

static void fill_panel(const walk *w, int64_t pixel, int64_t cols) {
    const xb_qconv_args *a = w->a;
    int64_t              groups = groups_of(a->q, a->plan.k);
    if (cols < a->q->nr || a->plan.k % a->q->group) memset(w->panel, 0, (size_t)(groups * a->q->group * a->q->nr));
    for (int64_t j = 0; j < cols;) {
        int64_t count = 1, start = start_of(a, pixel + j);
        if (a->stride[2] == 1) {
            count = xb_min64(cols - j, a->out[2] - (pixel + j) % a->out[2]);
            fill_run(w, start, j, count);
        } else {
            fill_column(w, start, j);
        }
        j += count;
    }
    xb_qgemm_sum_columns(a->q, w->panel, groups, (int32_t *)(void *)(w->panel + groups * a->q->group * a->q->nr));
}

static void run_tile(walk *w, int64_t sample, int64_t o, int64_t rows, int64_t pixel) {
    const xb_qconv_args *a = w->a;
    const xb_qisa       *q = a->q;
    int64_t              k = a->plan.k, bytes = a->output == XB_QGEMM_I32 || a->output == XB_QGEMM_F32 ? 4 : 1;
    const int32_t       *line_sums = a->packed;
    int32_t              sums[MOST_TILE];
    xb_qgemm_tile        t = { .b = w->panel, .groups = groups_of(q, k), .sums = sums };
    t.lda = reads_in_place(a) ? k : line_bytes(q, k);
    t.a = reads_in_place(a) ? (const char *)a->w + o * t.lda : (const char *)a->packed + sums_bytes(a) + o * t.lda;
    q->tile((int32_t)rows, &t);
    char *y = (char *)a->y + ((sample * a->channels_out + o) * a->plan.pixels + pixel) * bytes;
    int32_t zeros[MOST_ROWS], terms[MOST_ROWS];
    float   scales[MOST_ROWS];
    for (int64_t r = 0; r < rows; r++) {
        int32_t *sum = sums + r * q->nr;
        for (int32_t j = 0; a->bias && j < w->f.cols; j++) sum[j] = (int32_t)((uint32_t)sum[j] + (uint32_t)a->bias[o + r]);
        zeros[r] = w_zero_at(a, o + r);
        terms[r] = (int32_t)((uint32_t)line_sums[o + r] - (uint32_t)k * (uint32_t)zeros[r]);
        scales[r] = a->w_scale ? a->w_scale[(o + r) * a->w_scale_step] : 0;
    }
    w->f.sums = sums;
    w->f.a_zero = zeros;
    w->f.row_term = terms;
    w->f.a_scale = scales;
    w->f.rows = (int32_t)rows;
    w->f.c = y;
    w->f.ldc = a->plan.pixels;
    q->finish(&w->f);
    if (a->epilogue && a->output == XB_QGEMM_F32)
        q->isa->epilogue(a->epilogue, (float *)(void *)y, a->plan.pixels, sample * a->channels_out + o, pixel, rows, w->f.cols);
}

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_qconv_args *a = args;
    const xb_qisa       *q = a->q;
    int64_t              col = chunk % a->plan.col_chunks, row = chunk / a->plan.col_chunks % a->plan.row_chunks;
    int64_t              group = chunk / a->plan.col_chunks / a->plan.row_chunks % a->groups;
    int64_t              sample = chunk / a->plan.col_chunks / a->plan.row_chunks / a->groups;
    int64_t              inputs = a->channels_in / a->groups, k = a->plan.k;
    int64_t              o0 = group * a->plan.per_group + row * a->plan.rows;
    int64_t              o1 = xb_min64(o0 + a->plan.rows, (group + 1) * a->plan.per_group);
    walk                 w = { .a = a, .offsets = scratch };
    w.x = (const uint8_t *)a->x + (sample * a->channels_in + group * inputs) * a->in[0] * a->in[1] * a->in[2];
    w.panel = (int8_t *)scratch + xb_round_up(k * (int64_t)sizeof *w.offsets, 64);
    find_offsets(a, w.offsets);
    w.x_zero = (a->x_zero ? value_at(a->x_zero, a->x_signed, 0) : 0) - (a->x_signed ? 0 : 128);
    for (int j = 0; j < MOST_NR; j++) w.x_zeros[j] = w.x_zero, w.x_scales[j] = a->x_scale ? *a->x_scale : 1;
    w.f.output = (int32_t)a->output;
    w.f.low = a->output == XB_QGEMM_S8 ? -128 : 0, w.f.high = w.f.low + 255;
    if (a->y_scale) w.f.c_scale = *a->y_scale;
    if (a->y_zero) w.f.c_zero = value_at(a->y_zero, a->output == XB_QGEMM_S8, 0);
    w.f.b_zero = w.x_zero ? w.x_zeros : NULL;
    w.f.b_scale = w.x_scales;
    w.f.column_sums = (const int32_t *)(const void *)(w.panel + groups_of(q, k) * q->group * q->nr);
    int64_t end = xb_min64((col + 1) * a->plan.cols, a->plan.pixels);
    for (int64_t pixel = col * a->plan.cols; pixel < end; pixel += q->nr) {
        w.f.cols = (int32_t)xb_min64(q->nr, end - pixel);
        fill_panel(&w, pixel, w.f.cols);
        for (int64_t o = o0, rows; o < o1; o += rows) {
            rows = xb_ceil_div(o1 - o, xb_ceil_div(o1 - o, q->mr));
            run_tile(&w, sample, o, rows, pixel);
        }
    }
}

xb_work xb_qconv_work(xb_qconv_args *a) {
    struct xb_qconv_plan *p = &a->plan;
    const xb_qisa        *q = a->q;
    *p = (struct xb_qconv_plan){ .taps = a->kernel[0] * a->kernel[1] * a->kernel[2], .k = weights_of(a),
                                 .pixels = a->out[0] * a->out[1] * a->out[2], .per_group = a->channels_out / a->groups };
    if (a->batch * a->channels_out * p->pixels == 0) return (xb_work){ run, 0, 0 };
    /* products of a chunk: 30-50 us */
    double target = 240e3 * q->isa->vector_width * (q->group == 4 ? 2.5 : 1), column = (double)p->k + 32;
    p->rows = xb_min64(p->per_group, xb_clamp_count(target / (column * q->nr), 4 * q->mr, INT32_MAX));
    p->row_chunks = xb_ceil_div(p->per_group, p->rows);
    p->rows = xb_ceil_div(p->per_group, p->row_chunks);
    p->cols = xb_round_up(xb_clamp_count(target / (column * (double)p->rows), q->nr, p->pixels), q->nr);
    p->col_chunks = xb_ceil_div(p->pixels, p->cols);
    xb_work work = { run, (int32_t)(a->batch * a->groups * p->row_chunks * p->col_chunks), 0 };
    work.scratch_bytes = xb_round_up(p->k * (int64_t)sizeof(int64_t), 64) + xb_qgemm_panel_bytes(q, p->k);
    return work;
}

/* ---- padding ---- */

static void run_pad(const void *args, int32_t chunk, void *scratch) {
    const xb_qpad_args *a = args;
    int64_t             rows = a->padded[0] * a->padded[1], row = chunk * a->per_chunk;
    int64_t             end = xb_chunk_end(row, a->per_chunk, a->planes * rows), width = a->padded[2];
    int                 zero = a->zero ? *a->zero : 0;
    (void)scratch;
    for (; row < end; row++) {
        int64_t  d = row % rows / a->padded[1] - a->pad[0], h = row % a->padded[1] - a->pad[1];
        uint8_t *y = a->y + row * width;
        if (d < 0 || d >= a->in[0] || h < 0 || h >= a->in[1]) {
            memset(y, zero, (size_t)width);
            continue;
        }
        memset(y, zero, (size_t)a->pad[2]);
        memcpy(y + a->pad[2], a->x + ((row / rows * a->in[0] + d) * a->in[1] + h) * a->in[2], (size_t)a->in[2]);
        memset(y + a->pad[2] + a->in[2], zero, (size_t)(width - a->pad[2] - a->in[2]));
    }
}

xb_work xb_qpad_work(xb_qpad_args *a) {
    int64_t rows = a->planes * a->padded[0] * a->padded[1];
    a->per_chunk = xb_units_per_chunk(rows, a->padded[2] / 16 + 8);
    return (xb_work){ .run = run_pad, .chunks = xb_chunk_count(rows, a->per_chunk) };
}
