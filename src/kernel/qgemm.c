/* kernel/qgemm.c - how products of 8-bit integers are cut into chunks, and the loops around a table's kernels. */
#include "kernel/qgemm.h"

#include <string.h>

#include "kernel/batch.h"
#include "kernel/qgemm_kernels.h"

#if defined(__SSE2__)
#  include <emmintrin.h>
#elif defined(__ARM_NEON)
#  include <arm_neon.h>
#endif

enum {
    MOST_TILE = 14 * 32,
    MOST_NR = 32,             /* of any table */
    ROWS = 128,               /* of a chunk */
    LINES_BYTES = 256 * 1024, /* lines of A that a chunk makes */
    WEIGHT_BYTES = 512 * 1024 /* of B that a chunk reads */
};

/* ---- panels ---- */

static int64_t groups_of(const xb_qisa *q, int64_t k) { return xb_ceil_div(k, q->group); }
int64_t        xb_qgemm_panel_bytes(const xb_qisa *q, int64_t k) { return groups_of(q, k) * q->group * q->nr + q->nr * 4; }

int32_t xb_qgemm_panel(const xb_qisa *q) { return q->nr; }

int64_t xb_qgemm_pack_bytes(const xb_qisa *q, int64_t n, int64_t k) {
    int64_t bytes;
    if (n < 0 || k < 0 || n > INT64_MAX / 2 || k > INT64_MAX / 64 ||
        xb_mul_overflows(xb_ceil_div(n, q->nr), xb_qgemm_panel_bytes(q, k), &bytes))
        return -1;
    return bytes;
}

/* out[j * group + i] = line i's byte j, with the highest bit turned by `flip`; 16 columns at a time where there are vectors. */
void xb_qgemm_interleave(const uint8_t *const line[4], int32_t group, uint8_t flip, int64_t cols, int8_t *out) {
    int64_t j = 0;
#if defined(__SSE2__)
    const __m128i turn = _mm_set1_epi8((char)flip);
    for (; j + 16 <= cols; j += 16) {
        __m128i v[4], *to = (__m128i *)(void *)(out + j * group);
        for (int i = 0; i < 4; i++) /* line 2 and 3 are 0 and 1 again if there are two */
            v[i] = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)(line[i] + j)), turn);
        __m128i low = _mm_unpacklo_epi8(v[0], v[1]), high = _mm_unpackhi_epi8(v[0], v[1]);
        if (group == 2) {
            _mm_storeu_si128(to, low), _mm_storeu_si128(to + 1, high);
            continue;
        }
        __m128i low2 = _mm_unpacklo_epi8(v[2], v[3]), high2 = _mm_unpackhi_epi8(v[2], v[3]);
        _mm_storeu_si128(to, _mm_unpacklo_epi16(low, low2)), _mm_storeu_si128(to + 1, _mm_unpackhi_epi16(low, low2));
        _mm_storeu_si128(to + 2, _mm_unpacklo_epi16(high, high2)), _mm_storeu_si128(to + 3, _mm_unpackhi_epi16(high, high2));
    }
#elif defined(__ARM_NEON)
    const uint8x16_t turn = vdupq_n_u8(flip);
    for (; j + 16 <= cols; j += 16) {
        uint8_t     *to = (uint8_t *)(out + j * group);
        uint8x16x2_t two = { { veorq_u8(vld1q_u8(line[0] + j), turn), veorq_u8(vld1q_u8(line[1] + j), turn) } };
        if (group == 2) {
            vst2q_u8(to, two);
            continue;
        }
        uint8x16x4_t four = { { two.val[0], two.val[1], veorq_u8(vld1q_u8(line[2] + j), turn),
                                veorq_u8(vld1q_u8(line[3] + j), turn) } };
        vst4q_u8(to, four);
    }
#endif
    for (; j < cols; j++)
        for (int32_t i = 0; i < group; i++) out[j * group + i] = (int8_t)(line[i][j] ^ flip);
}

/* A column that lies along k: its whole groups, `step` bytes apart. */
static void scatter(const uint8_t *from, int32_t group, uint8_t flip, int64_t groups, int64_t step, int8_t *out) {
    for (int64_t g = 0; g < groups; g++, from += group, out += step) {
        uint32_t four = 0;
        if (group == 4) memcpy(&four, from, 4);
        else memcpy(&four, from, 2);
        four ^= flip * 0x01010101u;
        if (group == 4) memcpy(out, &four, 4);
        else memcpy(out, &four, 2);
    }
}

/* The product of a line of ones with the panel. */
void xb_qgemm_sum_columns(const xb_qisa *q, const int8_t *panel, int64_t groups, int32_t *sums) {
    enum { BYTES = 512 };
    int8_t        ones[BYTES];
    int32_t       part[MOST_TILE];
    const int64_t most = BYTES / (q->group * (q->line == XB_QLINE_S16 ? 2 : 1));
    if (q->line == XB_QLINE_S16)
        for (int i = 0; i < BYTES; i += 2) memcpy(ones + i, &(int16_t){ 1 }, 2);
    else memset(ones, 1, sizeof ones);
    memset(sums, 0, (size_t)q->nr * sizeof *sums);
    for (int64_t done = 0; done < groups; done += most) {
        xb_qgemm_tile t = {
            .a = ones, .b = panel + done * q->group * q->nr, .groups = xb_min64(most, groups - done), .sums = part
        };
        q->tile(1, &t);
        for (int32_t j = 0; j < q->nr; j++) sums[j] = (int32_t)((uint32_t)sums[j] + (uint32_t)part[j]);
    }
}

static void pack_panel(const xb_qisa *q, const xb_qgemm_b *b, int64_t n0, int64_t cols, int64_t k, int8_t *out) {
    const uint8_t *from = (const uint8_t *)b->data + n0 * b->col;
    const uint8_t  flip = b->is_signed ? 0 : 0x80;
    const int64_t  group = q->group, step = group * q->nr, groups = groups_of(q, k);
    const int64_t  whole = b->col == 1 || b->row == 1 ? k / group * group : 0;
    if (cols < q->nr || groups * group > k) memset(out, 0, (size_t)(groups * step));
    for (int64_t i = 0; i < whole && b->col == 1; i += group) {
        const uint8_t *line[4];
        for (int32_t g = 0; g < 4; g++) line[g] = from + (i + g % group) * b->row;
        xb_qgemm_interleave(line, q->group, flip, cols, out + i * q->nr);
    }
    for (int64_t j = 0; j < cols; j++) {
        if (b->col != 1) scatter(from + j * b->col, q->group, flip, whole / group, step, out + j * group);
        for (int64_t i = whole; i < k; i++)
            out[i / group * step + j * group + i % group] = (int8_t)(from[i * b->row + j * b->col] ^ flip);
    }
    xb_qgemm_sum_columns(q, out, groups, (int32_t *)(void *)(out + groups * step));
}

void xb_qgemm_pack(const xb_qisa *q, const xb_qgemm_b *b, int64_t n, int64_t k, int64_t n0, int64_t n1, void *out) {
    for (int64_t col = n0; col < xb_min64(n, n1); col += q->nr)
        pack_panel(q, b, col, xb_min64(q->nr, n - col), k, (int8_t *)out + col / q->nr * xb_qgemm_panel_bytes(q, k));
}

/* ---- the plan ---- */

static int64_t line_bytes(const xb_qisa *q, int64_t k) {
    return xb_round_up(groups_of(q, k) * q->group * (q->line == XB_QLINE_S16 ? 2 : 1), 64);
}

/* Lines that are A's own rows. */
static int reads_in_place(const xb_qgemm_args *g, const xb_qisa *q) {
    return g->a_col == 1 && g->k % q->group == 0 && q->line == (g->a_signed ? XB_QLINE_S8 : XB_QLINE_U8);
}

static int64_t scratch_tail(const xb_qgemm_args *g, const xb_qisa *q) {
    return g->b.packed ? 0 : xb_round_up(xb_qgemm_panel_bytes(q, g->k), 64);
}

static void run_chunk(const void *args, int32_t chunk, void *scratch);

xb_work xb_qgemm_work(const xb_qisa *q, xb_qgemm_args *g) {
    struct xb_qgemm_plan *p = &g->plan;
    xb_work               work = { 0 };
    *p = (struct xb_qgemm_plan){ .q = q };
    if (g->m <= 0 || g->n <= 0 || g->outer <= 0 || g->inner <= 0) return work;
    xb_batch batch = { g->m, g->outer, g->inner, g->a_row, g->ldc };
    xb_batch_merge(&batch, g->a_outer, g->a_inner, g->b_outer, g->b_inner, g->c_outer, g->c_inner);
    p->m = batch.m, p->outer = batch.outer, p->inner = batch.inner, p->a_row = batch.a_row, p->ldc = batch.ldc;
    p->copy_a = !reads_in_place(g, q);
    /* products of a chunk: 30-50 us */
    double target = 240e3 * q->isa->vector_width * (q->group == 4 ? 2.5 : 1), column = (double)g->k + 32;
    double item = column * (double)p->m * (double)g->n;
    p->items = 1, p->rows = p->m, p->cols = g->n;
    if (item * 2 <= target) {
        p->items = xb_clamp_count(target / item, 1, INT32_MAX);
    } else {
        int64_t rows = xb_min64(p->m, xb_clamp_count((double)LINES_BYTES / (double)(line_bytes(q, g->k) + 1), q->mr, ROWS));
        double  most = (double)WEIGHT_BYTES / (double)(g->k + 1) + q->nr, cols = target / (column * (double)rows);
        p->cols = xb_even_step(g->n, xb_clamp_count((cols < most ? cols : most) + q->nr * 0.5, q->nr, INT32_MAX), q->nr);
        if (p->cols >= g->n) rows = xb_min64(rows, xb_clamp_count(target / (column * (double)g->n), q->mr, ROWS));
        p->rows = xb_ceil_div(p->m, xb_ceil_div(p->m, rows));
    }
    p->cols = xb_min64(p->cols, g->n);
    p->row_chunks = xb_ceil_div(p->m, p->rows);
    p->col_chunks = xb_ceil_div(g->n, p->cols);
    work.run = run_chunk;
    work.chunks = (int32_t)xb_min64(xb_ceil_div(p->outer * p->inner, p->items) * p->row_chunks * p->col_chunks, INT32_MAX);
    work.scratch_bytes = (p->copy_a ? p->rows * line_bytes(q, g->k) : 0) + xb_round_up(p->rows * 12, 64) + scratch_tail(g, q);
    return work;
}

/* ---- running ---- */

/* A chunk, the item it is at, and what its panel needs. */
typedef struct walk {
    const xb_qgemm_args        *g;
    const struct xb_qgemm_plan *p;
    const xb_qisa              *q;
    int64_t                     row0, row1, col0, col1, item_row;
    const uint8_t              *a;
    char                       *c;
    xb_qgemm_b                  b;
    char                       *lines;
    int32_t                    *a_zero, *row_term; /* of the chunk's rows */
    float                      *a_scale;
    int8_t                     *panel;
    xb_qgemm_finish             f;
    int32_t                     b_zero[MOST_NR];
    float                       b_scale[MOST_NR];
} walk;

static int32_t value_at(const void *p, int is_signed, int64_t i) {
    return is_signed ? ((const int8_t *)p)[i] : ((const uint8_t *)p)[i];
}

/* In the numbers that the kernels multiply: A's by line, B's int8. */
static int32_t a_zero_at(const walk *w, int64_t row) {
    const xb_qgemm_args *g = w->g;
    int32_t              zero = g->a_zero ? value_at(g->a_zero, g->a_signed, row * g->a_zero_step) : 0;
    if (w->q->line == XB_QLINE_U8 && g->a_signed) return zero + 128;
    return w->q->line == XB_QLINE_S8 && !g->a_signed ? zero - 128 : zero;
}

static int64_t output_bytes(xb_qgemm_output output) { return output == XB_QGEMM_I32 || output == XB_QGEMM_F32 ? 4 : 1; }

/* Of a column, in the numbers that the kernels multiply. */
static int32_t b_zero_at(const xb_qgemm_b *b, int64_t col) {
    return (b->zero ? value_at(b->zero, b->is_signed, col * b->zero_step) : 0) - (b->is_signed ? 0 : 128);
}

/* Has any of the chunk's columns a zero point? Asked of the data, not of the shape: the sums are exact either way. */
static int has_b_zero(const walk *w) {
    for (int64_t j = w->col0; j < w->col1; j++)
        if (b_zero_at(&w->b, j) != 0) return 1;
    return 0;
}

static void open_item(walk *w, int64_t item) {
    const xb_qgemm_args *g = w->g;
    int64_t              o = item / w->p->inner, i = item % w->p->inner;
    w->a = (const uint8_t *)g->a + o * g->a_outer + i * g->a_inner;
    w->c = (char *)g->c + (o * g->c_outer + i * g->c_inner) * output_bytes(g->output);
    w->b.data = (const char *)g->b.data + o * g->b_outer + i * g->b_inner;
    w->item_row = item * w->p->m;
}

/* Lines of A, or their sums alone when its rows are lines already and something asks for sums; and what q->finish asks of
 * the rows. */
static void open_rows(walk *w, int with_sums) {
    const xb_qgemm_args *g = w->g;
    const int64_t        bytes = line_bytes(w->q, g->k), k = g->k, size = w->q->line == XB_QLINE_S16 ? 2 : 1;
    for (int64_t i = 0; i < w->row1 - w->row0; i++) {
        const int64_t  row = w->row0 + i;
        const uint8_t *a = w->a + row * w->p->a_row;
        char          *line = w->lines + i * bytes;
        int32_t        sum = 0;
        if (w->p->copy_a) {
            memset(line + k * size, 0, (size_t)(bytes - k * size));
            if (g->a_col == 1) sum = w->q->make_line(a, g->a_signed, k, line);
            else
                for (int64_t j = 0; j < k; j++) sum += w->q->make_line(a + j * g->a_col, g->a_signed, 1, line + j * size);
        } else if (with_sums) {
            sum = w->q->make_line(a, g->a_signed, k, NULL);
        }
        w->a_zero[i] = a_zero_at(w, w->item_row + row);
        w->row_term[i] = (int32_t)((uint32_t)sum - (uint32_t)k * (uint32_t)w->a_zero[i]);
        w->a_scale[i] = g->a_scale ? g->a_scale[(w->item_row + row) * g->a_scale_step] : 0;
    }
}

/* What q->finish asks of the panel's columns. */
static const int8_t *open_panel(walk *w, int64_t col, int64_t cols, int with_zero) {
    const xb_qgemm_args *g = w->g;
    const int8_t        *panel = w->panel;
    if (w->b.packed) panel = (const int8_t *)w->b.data + col / w->q->nr * xb_qgemm_panel_bytes(w->q, g->k);
    else pack_panel(w->q, &w->b, col, cols, g->k, w->panel);
    memset(w->b_zero, 0, sizeof w->b_zero);
    memset(w->b_scale, 0, sizeof w->b_scale);
    for (int64_t j = 0; j < cols; j++) {
        if (with_zero) w->b_zero[j] = b_zero_at(&w->b, col + j);
        if (g->b_scale) w->b_scale[j] = g->b_scale[(col + j) * g->b_scale_step];
    }
    w->f.column_sums = (const int32_t *)(const void *)(panel + groups_of(w->q, g->k) * w->q->group * w->q->nr);
    w->f.b_zero = with_zero ? w->b_zero : NULL;
    w->f.b_scale = w->b_scale;
    w->f.cols = (int32_t)cols;
    return panel;
}

static void run_tile(walk *w, const int8_t *panel, int64_t row, int64_t rows, int64_t col) {
    const int64_t i = row - w->row0;
    int32_t       sums[MOST_TILE];
    xb_qgemm_tile t = { .b = panel, .groups = groups_of(w->q, w->g->k), .sums = sums };
    t.lda = w->p->copy_a ? line_bytes(w->q, w->g->k) : w->p->a_row;
    if (w->p->copy_a) t.a = w->lines + i * t.lda;
    else t.a = w->a + row * t.lda;
    w->q->tile((int32_t)rows, &t);
    w->f.sums = sums;
    w->f.rows = (int32_t)rows;
    w->f.a_zero = w->a_zero + i, w->f.row_term = w->row_term + i, w->f.a_scale = w->a_scale + i;
    w->f.c = w->c + (row * w->p->ldc + col) * output_bytes(w->g->output);
    w->q->finish(&w->f);
}

static void run_item(walk *w) {
    const int zero = has_b_zero(w);
    open_rows(w, zero);
    for (int64_t col = w->col0; col < w->col1; col += w->q->nr) {
        const int64_t cols = xb_min64(w->q->nr, w->col1 - col);
        const int8_t *panel = open_panel(w, col, cols, zero);
        for (int64_t row = w->row0, rows; row < w->row1; row += rows) {
            int64_t left = w->row1 - row;
            rows = xb_ceil_div(left, xb_ceil_div(left, w->q->mr));
            run_tile(w, panel, row, rows, col);
        }
    }
    if (w->g->epilogue && w->g->output == XB_QGEMM_F32)
        w->q->isa->epilogue(w->g->epilogue, (float *)(void *)w->c + w->row0 * w->p->ldc + w->col0, w->p->ldc,
                            w->item_row + w->row0, w->col0, w->row1 - w->row0, w->col1 - w->col0);
}

static void run_chunk(const void *args, int32_t chunk, void *scratch) {
    const xb_qgemm_args        *g = args;
    const struct xb_qgemm_plan *p = &g->plan;
    walk                        w = { .g = g, .p = p, .q = p->q, .b = g->b };
    int64_t                     col = chunk % p->col_chunks, row = chunk / p->col_chunks % p->row_chunks;
    int64_t item = chunk / p->col_chunks / p->row_chunks * p->items, last = xb_min64(item + p->items, p->outer * p->inner);
    w.row0 = row * p->rows, w.row1 = xb_min64(w.row0 + p->rows, p->m);
    w.col0 = col * p->cols, w.col1 = xb_min64(w.col0 + p->cols, g->n);
    w.a_zero = scratch, w.row_term = w.a_zero + p->rows, w.a_scale = (float *)(w.row_term + p->rows);
    w.lines = (char *)scratch + xb_round_up(p->rows * 12, 64);
    w.f.ldc = p->ldc;
    w.panel = (int8_t *)w.lines + (p->copy_a ? p->rows * line_bytes(p->q, g->k) : 0);
    w.f.output = (int32_t)g->output;
    w.f.low = g->output == XB_QGEMM_S8 ? -128 : 0, w.f.high = w.f.low + 255;
    if (g->c_scale) w.f.c_scale = *g->c_scale;
    if (g->c_zero) w.f.c_zero = value_at(g->c_zero, g->output == XB_QGEMM_S8, 0);
    for (; item < last; item++) {
        open_item(&w, item);
        run_item(&w);
    }
}
