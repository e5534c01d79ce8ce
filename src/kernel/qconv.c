/* kernel/qconv.c - see qconv.h. */
#include "kernel/qconv.h"

#include <string.h>

#include "kernel/batch.h"
#include "kernel/chunks.h"
#include "kernel/qgemm_kernels.h"

enum { MOST_TILE = 14 * 32, MOST_NR = 32 };

/* ---- sizes ---- */

typedef struct sizes {
    int64_t inputs, blocks, taps,
        k;                    /* input channels of a group, in blocks of the table's group; weights of an output channel */
    int64_t outputs;          /* output channels of a group */
    int64_t padded[3], plane; /* plane: bytes of a block of channels in the image */
    int64_t line;             /* bytes of a line of weights */
} sizes;

static sizes sizes_of(const xb_qconv_args *a) {
    const xb_qisa *q = a->q;
    sizes          s = { .inputs = a->channels_in / a->groups, .outputs = a->channels_out / a->groups };
    s.blocks = xb_ceil_div(s.inputs, q->group);
    s.taps = a->kernel[0] * a->kernel[1] * a->kernel[2];
    s.k = s.inputs * s.taps;
    s.plane = q->group;
    for (int i = 0; i < 3; i++) {
        s.padded[i] = a->in[i] + a->pad[i] + a->pad_end[i];
        s.plane *= s.padded[i];
    }
    /* room to read a whole panel from any pixel; an odd number of cache lines, so that planes do not meet in few sets */
    s.plane = xb_round_up(s.plane + q->group * q->nr, 64);
    if (s.plane / 64 % 2 == 0) s.plane += 64;
    s.line = xb_round_up(s.taps * s.blocks * q->group * (q->line == XB_QLINE_S16 ? 2 : 1), 64);
    return s;
}

static int64_t samples(const xb_qconv_args *a, const sizes *s) { return a->batch * a->groups * s->blocks; }

int64_t xb_qimage_bytes(const xb_qconv_args *a) {
    sizes s = sizes_of(a);
    return samples(a, &s) * s.plane;
}

/* ---- weights ---- */

static int64_t sums_bytes(const xb_qconv_args *a) { return xb_round_up(a->channels_out * (int64_t)sizeof(int32_t), 64); }

int64_t xb_qconv_pack_bytes(const xb_qconv_args *a) { return sums_bytes(a) + a->channels_out * sizes_of(a).line; }

void xb_qconv_pack(const xb_qconv_args *a, const void *w, void *packed) {
    sizes          s = sizes_of(a);
    int64_t        element = a->q->line == XB_QLINE_S16 ? 2 : 1;
    const uint8_t *from = w;
    int32_t       *sums = packed;
    char          *line = (char *)packed + sums_bytes(a);
    for (int64_t o = 0; o < a->channels_out; o++, line += s.line) {
        memset(line, 0, (size_t)s.line);
        sums[o] = 0;
        for (int64_t c = 0; c < s.inputs; c++)
            for (int64_t t = 0; t < s.taps; t++)
                sums[o] += a->q->make_line(from++, a->w_signed, 1, line + (t * s.blocks * a->q->group + c) * element);
    }
}

/* ---- the image ---- */

/* One line of pixels of one block of channels; `blank` is a line of what becomes 0. */
static void image_line(const xb_qimage_args *i, const sizes *s, int64_t row, const uint8_t *blank) {
    const xb_qconv_args *a = i->conv;
    int64_t              group = a->q->group, plane_rows = s->padded[0] * s->padded[1], block = row / plane_rows;
    int64_t              d = row % plane_rows / s->padded[1] - a->pad[0], h = row % s->padded[1] - a->pad[1];
    int64_t              first = block / s->blocks * s->inputs + block % s->blocks * group; /* channel, through the batch */
    int64_t              there = xb_min64(group, s->inputs - block % s->blocks * group);
    uint8_t              flip = a->x_signed ? 0 : 0x80, border = (uint8_t)((i->zero ? *i->zero : 0) ^ flip);
    int8_t              *out = i->image + block * s->plane + row % plane_rows * s->padded[2] * group;
    int64_t              before = a->pad[2], inside = a->in[2], after = a->pad_end[2];
    if (d < 0 || d >= a->in[0] || h < 0 || h >= a->in[1]) before += inside + after, inside = after = 0;
    for (int64_t j = 0; j < before * group; j++) out[j] = (int8_t)(j % group < there ? border : 0);
    out += before * group;
    if (inside) {
        const uint8_t *line[4];
        for (int64_t g = 0; g < 4; g++)
            line[g] = g % group < there ? i->x + (((first + g % group) * a->in[0] + d) * a->in[1] + h) * a->in[2] : blank;
        xb_qgemm_interleave(line, a->q->group, flip, inside, out);
        out += inside * group;
    }
    for (int64_t j = 0; j < after * group; j++) out[j] = (int8_t)(j % group < there ? border : 0);
}

static void run_image(const void *args, int32_t chunk, void *scratch) {
    const xb_qimage_args *i = args;
    sizes                 s = sizes_of(i->conv);
    int64_t               row = chunk * i->per_chunk, end = xb_chunk_end(row, i->per_chunk, i->rows);
    memset(scratch, i->conv->x_signed ? 0 : 0x80, (size_t)i->conv->in[2]);
    for (; row < end; row++) image_line(i, &s, row, scratch);
}

xb_work xb_qimage_work(xb_qimage_args *i) {
    sizes s = sizes_of(i->conv);
    i->rows = samples(i->conv, &s) * s.padded[0] * s.padded[1];
    i->per_chunk = xb_units_per_chunk(i->rows, s.padded[2] + 16);
    return (xb_work){ .run = run_image, .chunks = xb_chunk_count(i->rows, i->per_chunk), .scratch_bytes = i->conv->in[2] };
}

/* ---- a chunk ---- */

typedef struct walk {
    const xb_qconv_args *a;
    sizes                s;
    const int8_t        *image;    /* of this sample and group */
    int64_t             *offsets;  /* of the taps */
    int8_t              *gathered; /* a panel, without its sums */
    int32_t             *column_sums;
    xb_qgemm_tile        t;
    xb_qgemm_finish      f;
    int32_t              x_zeros[MOST_NR];
    float                x_scales[MOST_NR];
    int32_t             *w_zeros, *row_terms; /* of the chunk's channels */
    float               *w_scales;
} walk;

static int32_t value_at(const void *p, int is_signed, int64_t i) {
    return is_signed ? ((const int8_t *)p)[i] : ((const uint8_t *)p)[i];
}

/* In the numbers that the kernels multiply. */
static int32_t w_zero_at(const xb_qconv_args *a, int64_t o) {
    int32_t zero = a->w_zero ? value_at(a->w_zero, a->w_signed, o * a->w_zero_step) : 0;
    if (a->q->line == XB_QLINE_U8 && a->w_signed) return zero + 128;
    return a->q->line == XB_QLINE_S8 && !a->w_signed ? zero - 128 : zero;
}

static void find_offsets(const walk *w) {
    const xb_qconv_args *a = w->a;
    int64_t             *offset = w->offsets;
    for (int64_t d = 0; d < a->kernel[0]; d++)
        for (int64_t h = 0; h < a->kernel[1]; h++)
            for (int64_t i = 0; i < a->kernel[2]; i++)
                *offset++ = ((d * a->dilation[0] * w->s.padded[1] + h * a->dilation[1]) * w->s.padded[2] + i * a->dilation[2]) *
                            a->q->group;
}

/* Where the window of a pixel begins, in bytes. */
static int64_t start_of(const walk *w, int64_t pixel) {
    const xb_qconv_args *a = w->a;
    int64_t              i = pixel % a->out[2], h = pixel / a->out[2] % a->out[1], d = pixel / a->out[2] / a->out[1];
    return ((d * a->stride[0] * w->s.padded[1] + h * a->stride[1]) * w->s.padded[2] + i * a->stride[2]) * a->q->group;
}

/* The pixels from `pixel` on, as a panel. */
static void gather(const walk *w, int64_t pixel, int64_t cols) {
    const xb_qisa *q = w->a->q;
    int64_t        starts[MOST_NR], width = q->nr * q->group;
    for (int64_t j = 0; j < q->nr; j++) starts[j] = start_of(w, pixel + xb_min64(j, cols - 1));
    int8_t *to = w->gathered;
    for (int64_t t = 0; t < w->s.taps; t++)
        for (int64_t c = 0; c < w->s.blocks; c++, to += width) {
            const int8_t *from = w->image + c * w->s.plane + w->offsets[t];
            if (q->group == 4)
                for (int64_t j = 0; j < q->nr; j++) memcpy(to + 4 * j, from + starts[j], 4);
            else
                for (int64_t j = 0; j < q->nr; j++) memcpy(to + 2 * j, from + starts[j], 2);
        }
}

/* Panel number p: its first pixel; *cols of it count. */
static int64_t open_panel(walk *w, int64_t p, int64_t *cols) {
    const xb_qconv_args *a = w->a;
    int64_t              nr = a->q->nr, pixel, per_line = xb_ceil_div(a->out[2], nr);
    if (a->plan.is_gathered) {
        pixel = p * nr;
        *cols = xb_min64(nr, a->out[0] * a->out[1] * a->out[2] - pixel);
        gather(w, pixel, *cols);
        w->t = (xb_qgemm_tile){ .b = w->gathered, .groups = w->s.taps * w->s.blocks };
    } else {
        pixel = p / per_line * a->out[2] + p % per_line * nr;
        *cols = xb_min64(nr, a->out[2] - p % per_line * nr);
        w->t = (xb_qgemm_tile){ .b = w->image + start_of(w, pixel),
                                .groups = w->s.blocks,
                                .runs = w->s.taps,
                                .step = w->s.plane,
                                .offsets = w->offsets };
    }
    return pixel;
}

/* The product of a line of ones with the panel. */
static void sum_columns(walk *w, const char *ones) {
    w->t.a = ones;
    w->t.lda = 0;
    w->t.sums = w->column_sums;
    w->a->q->tile(1, &w->t);
}

/* Output channels [o, o + rows), the first of the chunk being o0. */
static void run_tile(walk *w, int64_t sample, int64_t o0, int64_t o, int64_t rows, int64_t pixel) {
    const xb_qconv_args *a = w->a;
    const xb_qisa       *q = a->q;
    int64_t              bytes = a->output == XB_QGEMM_I32 || a->output == XB_QGEMM_F32 ? 4 : 1;
    int64_t              pixels = a->out[0] * a->out[1] * a->out[2];
    int32_t              sums[MOST_TILE];
    w->t.a = (const char *)a->packed + sums_bytes(a) + o * w->s.line;
    w->t.lda = w->s.line;
    w->t.sums = sums;
    q->tile((int32_t)rows, &w->t);
    w->f.sums = sums;
    w->f.a_zero = w->w_zeros + (o - o0);
    w->f.row_term = w->row_terms + (o - o0);
    w->f.row_add = a->bias ? a->bias + o : NULL;
    w->f.a_scale = w->w_scales + (o - o0);
    w->f.rows = (int32_t)rows;
    w->f.c = (char *)a->y + ((sample * a->channels_out + o) * pixels + pixel) * bytes;
    w->f.ldc = pixels;
    q->finish(&w->f);
    if (a->epilogue && a->output == XB_QGEMM_F32)
        q->isa->epilogue(a->epilogue, w->f.c, pixels, sample * a->channels_out + o, pixel, rows, w->f.cols);
}

static void open_finish(walk *w, int64_t o0, int64_t o1) {
    const xb_qconv_args *a = w->a;
    const int32_t       *line_sums = a->packed;
    int32_t              x_zero = (a->x_zero ? value_at(a->x_zero, a->x_signed, 0) : 0) - (a->x_signed ? 0 : 128);
    for (int j = 0; j < MOST_NR; j++) w->x_zeros[j] = x_zero, w->x_scales[j] = a->x_scale ? *a->x_scale : 1;
    w->f = (xb_qgemm_finish){ .output = (int32_t)a->output,
                              .low = a->output == XB_QGEMM_S8 ? -128 : 0,
                              .b_zero = x_zero ? w->x_zeros : NULL,
                              .b_scale = w->x_scales,
                              .column_sums = w->column_sums };
    w->f.high = w->f.low + 255;
    if (a->y_scale) w->f.c_scale = *a->y_scale;
    if (a->y_zero) w->f.c_zero = value_at(a->y_zero, a->output == XB_QGEMM_S8, 0);
    for (int64_t o = o0; o < o1; o++) {
        int32_t zero = w_zero_at(a, o);
        w->w_zeros[o - o0] = zero;
        w->row_terms[o - o0] = (int32_t)((uint32_t)line_sums[o] - (uint32_t)w->s.k * (uint32_t)zero);
        w->w_scales[o - o0] = a->w_scale ? a->w_scale[o * a->w_scale_step] : 1;
    }
}

static int any(const int32_t *numbers, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (numbers[i]) return 1;
    return 0;
}

/* Scratch: offsets, sums of the columns, numbers of the channels, a line of ones, a gathered panel. */
static int64_t offsets_bytes(const sizes *s) { return xb_round_up(s->taps * (int64_t)sizeof(int64_t), 64); }
static int64_t gathered_bytes(const xb_qconv_args *a, const sizes *s) { return s->taps * s->blocks * a->q->group * a->q->nr; }

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_qconv_args *a = args;
    const xb_qisa       *q = a->q;
    walk                 w = { .a = a, .s = sizes_of(a), .offsets = scratch };
    int64_t              part = chunk % a->plan.panel_chunks, row = chunk / a->plan.panel_chunks % a->plan.row_chunks;
    int64_t              group = chunk / a->plan.panel_chunks / a->plan.row_chunks;
    int64_t              sample = group / a->groups;
    int64_t              o0 = group % a->groups * w.s.outputs + row * a->plan.rows;
    int64_t              o1 = xb_min64(o0 + a->plan.rows, (group % a->groups + 1) * w.s.outputs);
    w.image = (const int8_t *)a->image + group * w.s.blocks * w.s.plane;
    w.column_sums = (int32_t *)(void *)((char *)scratch + offsets_bytes(&w.s));
    w.w_zeros = w.column_sums + MOST_NR;
    w.row_terms = w.w_zeros + a->plan.rows;
    w.w_scales = (float *)(void *)(w.row_terms + a->plan.rows);
    char *ones = (char *)(w.w_scales + a->plan.rows);
    w.gathered = (int8_t *)ones + w.s.line;
    find_offsets(&w);
    open_finish(&w, o0, o1);
    int with_sums = any(w.w_zeros, o1 - o0);
    memset(w.column_sums, 0, MOST_NR * sizeof *w.column_sums);
    if (q->line == XB_QLINE_S16)
        for (int64_t i = 0; i < w.s.line; i += 2) memcpy(ones + i, &(int16_t){ 1 }, 2);
    else memset(ones, 1, (size_t)w.s.line);
    for (int64_t p = part * a->plan.panels_each; p < xb_min64((part + 1) * a->plan.panels_each, a->plan.panels); p++) {
        int64_t cols, pixel = open_panel(&w, p, &cols);
        w.f.cols = (int32_t)cols;
        if (with_sums) sum_columns(&w, ones);
        for (int64_t o = o0, rows; o < o1; o += rows) {
            rows = xb_ceil_div(o1 - o, xb_ceil_div(o1 - o, q->mr));
            run_tile(&w, sample, o0, o, rows, pixel);
        }
    }
}

/* Columns that lie beside each other are read in place, unless lines of pixels are so short that most of a panel is lost. */
static int is_gathered(const xb_qconv_args *a) {
    int64_t width = a->out[2], nr = a->q->nr;
    return a->stride[2] != 1 || (a->out[0] * a->out[1] > 1 && width * 5 < xb_round_up(width, nr) * 4);
}

xb_work xb_qconv_work(xb_qconv_args *a) {
    struct xb_qconv_plan *p = &a->plan;
    const xb_qisa        *q = a->q;
    sizes                 s = sizes_of(a);
    int64_t               pixels = a->out[0] * a->out[1] * a->out[2];
    *p = (struct xb_qconv_plan){ .is_gathered = is_gathered(a) };
    if (a->batch * a->channels_out * pixels == 0) return (xb_work){ run, 0, 0 };
    p->panels = p->is_gathered ? xb_ceil_div(pixels, q->nr) : pixels / a->out[2] * xb_ceil_div(a->out[2], q->nr);
    /* products of a chunk: 30-50 us */
    double target = 240e3 * q->isa->vector_width * (q->group == 4 ? 2.5 : 1), panel = ((double)s.k + 32) * q->nr;
    p->rows = xb_min64(s.outputs, xb_clamp_count(target / panel, 4 * q->mr, INT32_MAX));
    p->row_chunks = xb_ceil_div(s.outputs, p->rows);
    p->rows = xb_ceil_div(s.outputs, p->row_chunks);
    p->panels_each = xb_clamp_count(target / (panel * (double)p->rows), 1, p->panels);
    p->panel_chunks = xb_ceil_div(p->panels, p->panels_each);
    xb_work work = { run, (int32_t)(a->batch * a->groups * p->row_chunks * p->panel_chunks), 0 };
    work.scratch_bytes = offsets_bytes(&s) + (MOST_NR + 3 * p->rows) * (int64_t)sizeof(int32_t) + s.line +
                         (p->is_gathered ? gathered_bytes(a, &s) : 0);
    return work;
}
