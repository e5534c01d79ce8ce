/* kernel/sdpa.c - see sdpa.h. A chunk is one head of the keys with some lines, a line being one query of one of the
 * heads that share these keys: they meet each panel of keys while it is in the cache. Panels and tiles are the matrix
 * product's (kernel/gemm_kernels.h). Up to MOST_WHOLE keys the results are those of a product, a softmax and a product, bit for bit:
 * nets that quantise as they run make much of the last bit. More keys come in parts, so that what lies between scores and
 * values stays in the cache: T. Dao et al., "FlashAttention" (2022). A line's sums run in the order of the keys, so they do not
 * depend on its neighbours. */
#include "kernel/sdpa.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/gemm.h"
#include "kernel/isa.h"
#include "kernel/rows.h"

enum {
    MOST_WHOLE = 1024,
    PART = 256,
    MOST_LINES = 192, /* of a chunk: then making panels is little of the work */
    FEW_CHUNKS = 32,  /* below that, chunks of half as many */
    SCORES = 131072   /* of a chunk, about: half a megabyte */
};

typedef struct cut {                      /* what chunks are, by shape and table */
    int64_t group, lines, height, blocks; /* heads on one head of keys; their queries; of a chunk; chunks of one head */
    int64_t part, ld, wide;               /* keys at once; a row of scores, and of mixed values, whole tiles */
    int64_t at_scores, at_mixed, at_queries, at_panel, at_rows, at_fill, end; /* scratch, in floats */
} cut;

static int64_t whole(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

static cut cut_of(const xb_sdpa_args *a) {
    const xb_gemm_kernels *g = &a->isa->gemm;
    cut                    c = { .group = a->heads / a->kv_heads };
    int64_t                most = MOST_LINES;
    c.lines = c.group * a->queries;
    if (a->batch * a->kv_heads * (c.lines / most + 1) < FEW_CHUNKS) most /= 2;
    c.part = xb_max64(a->scores || a->keys <= MOST_WHOLE ? a->keys : PART, 1);
    most = xb_min64(most, SCORES / c.part);
    c.height = xb_max64(most / g->mr * g->mr, g->mr);
    c.blocks = xb_max64((c.lines + c.height - 1) / c.height, 1);
    c.height = xb_min64(whole((c.lines + c.blocks - 1) / c.blocks, g->mr), xb_max64(c.lines, 1));
    c.ld = whole(c.part, g->nr);
    c.wide = whole(a->value_size, g->nr);
    c.at_mixed = c.at_scores + c.height * c.ld;
    c.at_queries = c.at_mixed + c.height * c.wide;
    c.at_panel = c.at_queries + whole(c.height * a->size, 16);
    c.at_rows = c.at_panel + g->nr * xb_max64(a->size, xb_gemm_k_block(c.part));
    c.at_fill = c.at_rows + whole(4 * c.height, 16);
    c.end = c.at_fill + g->fill_floats;
    return c;
}

typedef struct block { /* a chunk at work */
    const xb_sdpa_args *a;
    cut                 c;
    int64_t             b, kv_head, line, lines;
    int64_t             length, position; /* keys there are; of query 0 */
    int64_t             begin, end;       /* keys that some line sees; all of them when scores are wanted */
    int64_t             from, to;         /* the part: column 0 of the scores is key `from` */
    const float        *k, *v;
    float              *scores, *mixed, *queries, *panel, *max, *factor, *fill;
    double             *sum;
} block;

static int64_t query_of(const block *w, int64_t line) { return (w->line + line) / w->c.group; }
static int64_t head_of(const block *w, int64_t line) { return w->kv_head * w->c.group + (w->line + line) % w->c.group; }

static int is_whole(const block *w) { return w->c.part >= w->a->keys; } /* all keys are one part */

static int sees_all(const block *w) { return w->a->left < 0 && w->a->right < 0; }

/* The keys [*from, *to) that a line sees. */
static void sight(const block *w, int64_t line, int64_t *from, int64_t *to) {
    int64_t p = w->position + query_of(w, line), left = w->a->left, right = w->a->right;
    *from = left >= 0 && left < p ? p - left : 0;
    *to = right < 0 || right >= w->length - p ? w->length : xb_max64(p + right + 1, 0);
    for (int i = 0; i < XB_SDPA_BIASES; i++)
        if (w->a->bias[i].data) *to = xb_min64(*to, w->a->bias[i].cols);
    if (*from > *to) *from = *to;
}

static block block_of(const xb_sdpa_args *a, int32_t chunk, float *scratch) {
    block w = { .a = a, .c = cut_of(a), .length = a->keys, .position = a->offset };
    w.b = chunk / w.c.blocks / a->kv_heads;
    w.kv_head = chunk / w.c.blocks % a->kv_heads;
    w.line = chunk % w.c.blocks * w.c.height;
    w.lines = xb_min64(w.c.height, w.c.lines - w.line);
    if (a->lengths) {
        int64_t given = a->lengths[w.b];
        w.length = given > a->keys ? a->keys : xb_min64(a->keys, xb_max64(given, -a->keys) + a->length_add);
        w.length = xb_max64(w.length, 0);
    }
    if (a->from_end) w.position = w.length - a->queries;
    w.k = a->k + w.b * a->k_at.batch + w.kv_head * a->k_at.head;
    w.v = a->v + w.b * a->v_at.batch + w.kv_head * a->v_at.head;
    w.begin = a->keys;
    for (int64_t i = 0; i < (sees_all(&w) ? 1 : w.lines); i++) {
        int64_t from, to;
        sight(&w, i, &from, &to);
        if (from == to) continue;
        w.begin = xb_min64(w.begin, from);
        w.end = xb_max64(w.end, to);
    }
    if (a->scores) w.begin = 0, w.end = a->keys;
    w.scores = scratch + w.c.at_scores;
    w.mixed = scratch + w.c.at_mixed;
    w.queries = scratch + w.c.at_queries;
    w.panel = scratch + w.c.at_panel;
    w.sum = (double *)(void *)(scratch + w.c.at_rows);
    w.max = (float *)(w.sum + w.c.height);
    w.factor = w.max + w.c.height;
    w.fill = scratch + w.c.at_fill;
    return w;
}

/* The lines' queries, side by side, and the softmax before its first part: a sink is a key that mixes in nothing. */
static void begin(const block *w) {
    const xb_sdpa_args *a = w->a;
    for (int64_t i = 0; i < w->lines; i++) {
        memcpy(w->queries + i * a->size,
               a->q + w->b * a->q_at.batch + head_of(w, i) * a->q_at.head + query_of(w, i) * a->q_at.row,
               (size_t)a->size * sizeof *a->q);
        w->max[i] = !a->has_sink ? -INFINITY : a->sink ? a->sink[head_of(w, i)] : 0;
        w->sum[i] = a->has_sink ? 1 : 0;
    }
    if (w->begin == w->end) memset(w->mixed, 0, (size_t)(w->lines * w->c.wide) * sizeof *w->mixed);
}

/* ---- scores ---- */

/* A few lines read the keys where they lie. */
static void few_scores(const block *w) {
    const xb_sdpa_args *a = w->a;
    xb_gemm_dot         d = { .b = w->k + w->from * a->k_at.row,
                              .ldb = a->k_at.row,
                              .cols = w->to - w->from,
                              .k = a->size,
                              .alpha = a->scale,
                              .type = XB_GEMM_F32 };
    for (int64_t i = 0; i < w->lines;) {
        int32_t rows = w->lines - i >= a->isa->gemm.dot_rows ? a->isa->gemm.dot_rows : 1;
        for (int32_t r = 0; r < rows; r++, i++) {
            d.a[r] = w->queries + i * a->size;
            d.c[r] = w->scores + i * w->c.ld;
        }
        a->isa->gemm.dot(rows, &d);
    }
}

static void scores(const block *w) {
    const xb_sdpa_args    *a = w->a;
    const xb_gemm_kernels *g = &a->isa->gemm;
    const int64_t          step = a->k_step ? a->k_step : 1;
    xb_gemm_b              keys = { .data = w->k, .type = XB_GEMM_F32, .row = step, .col = a->k_at.row };
    if (xb_gemm_is_few(w->c.lines, a->size) && step == 1) {
        few_scores(w);
        return;
    }
    for (int64_t j = w->from; j < w->to; j += g->nr) {
        const float *panel = w->k + j;
        int64_t      ld = step;
        if (w->lines > g->mr || keys.col != 1 || w->to - j < g->nr) {
            g->fill(&keys, j, (int32_t)xb_min64(g->nr, w->to - j), 0, a->size, w->panel, w->fill);
            panel = w->panel, ld = g->nr;
        }
        for (int64_t i = 0; i < w->lines; i += g->mr) {
            xb_gemm_tile t = { .a = w->queries + i * a->size,
                               .lda = a->size,
                               .b = panel,
                               .ldb = ld,
                               .c = w->scores + i * w->c.ld + j - w->from,
                               .ldc = w->c.ld,
                               .k = a->size,
                               .alpha = a->scale };
            g->tile((int32_t)xb_min64(g->mr, w->lines - i), &t);
        }
    }
}

static void keep_scores(const block *w, int32_t stage) {
    const xb_sdpa_args *a = w->a;
    if (!a->scores || a->stage != stage) return;
    for (int64_t i = 0; i < w->lines; i++)
        memcpy(a->scores + ((w->b * a->heads + head_of(w, i)) * a->queries + query_of(w, i)) * a->keys, w->scores + i * w->c.ld,
               (size_t)a->keys * sizeof *a->scores);
}

/* ---- from scores to weights ---- */

static void soften(const block *w) {
    float       c = w->a->softcap;
    xb_epilogue e = { 3, { { .op = XB_EP_LINEAR, .a = 1 / c }, { .op = XB_EP_TANH }, { .op = XB_EP_LINEAR, .a = c } } };
    w->a->isa->epilogue(&e, w->scores, w->c.ld, 0, 0, w->lines, w->to - w->from);
}

/* Adds a bias to the keys [from, to) of some lines of one head. */
static void add_bias(const block *w, const xb_sdpa_bias *bias, int64_t line, int64_t lines, int64_t from, int64_t to) {
    int64_t      at = w->b * bias->at.batch + head_of(w, line) * bias->at.head + query_of(w, line) * bias->at.row;
    const float *y = (const float *)bias->data + at;
    xb_epilogue  e = { 1, { { .op = XB_EP_ADD, .from = XB_EP_FULL, .data = y + from, .stride = bias->at.row } } };
    if (!bias->col) e.steps[0] = (xb_ep_step){ .op = XB_EP_ADD, .from = XB_EP_IMM, .a = *y };
    w->a->isa->epilogue(&e, w->scores + line * w->c.ld + from - w->from, w->c.ld, 0, 0, lines, to - from);
}

static void hide(float *s, int64_t count) {
    for (int64_t j = 0; j < count; j++) s[j] = -INFINITY;
}

static void add_biases(const block *w, int64_t line, int64_t from, int64_t to) {
    float *s = w->scores + line * w->c.ld - w->from;
    for (int k = 0; k < XB_SDPA_BIASES; k++) {
        const xb_sdpa_bias *bias = &w->a->bias[k];
        if (!bias->data) continue;
        if (!bias->is_bool) {
            add_bias(w, bias, line, 1, from, to);
            continue;
        }
        const uint8_t *seen = (const uint8_t *)bias->data + w->b * bias->at.batch + head_of(w, line) * bias->at.head +
                              query_of(w, line) * bias->at.row;
        for (int64_t j = from; j < to; j++)
            if (!seen[j * bias->col]) s[j] = -INFINITY;
    }
}

/* Scores as the softmax sees them. */
static void bias(const block *w) {
    const xb_sdpa_bias *first = &w->a->bias[0], *second = &w->a->bias[1];
    int                 is_plain = sees_all(w) && !w->a->scores && !second->data;
    if (is_plain && !first->data) return;
    if (is_plain && w->c.group == 1 && first->col && !first->is_bool) {
        add_bias(w, first, 0, w->lines, w->from, w->to);
        return;
    }
    for (int64_t i = 0; i < w->lines; i++) {
        float  *s = w->scores + i * w->c.ld - w->from;
        int64_t from, to;
        sight(w, i, &from, &to);
        from = xb_min64(xb_max64(from, w->from), w->to);
        to = xb_max64(xb_min64(to, w->to), from);
        if (from < to) add_biases(w, i, from, to);
        hide(s + w->from, from - w->from);
        hide(s + to, w->to - to);
    }
}

static void multiply(const block *w, float *x, int64_t ld, int64_t cols, const float *by) {
    xb_epilogue e = { 1, { { .op = XB_EP_MUL, .from = XB_EP_ROW, .data = by } } };
    w->a->isa->epilogue(&e, x, ld, 0, 0, w->lines, cols);
}

/* Divides rows by their sums. */
static void divide(const block *w, float *x, int64_t ld, int64_t cols) {
    for (int64_t i = 0; i < w->lines; i++)
        w->factor[i] = w->sum[i] == 0 && w->a->blind != XB_SDPA_AS_SOFTMAX ? 0 : (float)(1 / w->sum[i]);
    multiply(w, x, ld, cols, w->factor);
}

static void weigh(const block *w) {
    xb_softmax_part part = {
        .s = w->scores, .ld = w->c.ld, .rows = w->lines, .n = w->to - w->from, .max = w->max, .sum = w->sum, .factor = w->factor
    };
    int is_moved = w->a->isa->softmax_part(&part);
    if (is_moved && w->from > w->begin) multiply(w, w->mixed, w->c.wide, w->a->value_size, w->factor);
    if (is_whole(w)) divide(w, w->scores, w->c.ld, w->to - w->from);
}

/* ---- mixing ---- */

/* Adds values [from, from + count), whose weights are columns of the scores. */
static void mix(const block *w, int64_t from, int64_t count) {
    const xb_sdpa_args    *a = w->a;
    const xb_gemm_kernels *g = &a->isa->gemm;
    xb_gemm_b              values = { .data = w->v, .type = XB_GEMM_F32, .row = a->v_at.row, .col = 1 };
    for (int64_t d = 0; d < a->value_size; d += g->nr) {
        int32_t      cols = (int32_t)xb_min64(g->nr, a->value_size - d);
        xb_gemm_tile t = { .lda = w->c.ld,
                           .b = w->v + from * a->v_at.row + d,
                           .ldb = a->v_at.row,
                           .ldc = w->c.wide,
                           .k = count,
                           .alpha = 1,
                           .keep = from > w->begin };
        if (cols < g->nr || w->lines > g->mr) {
            g->fill(&values, d, cols, from, count, w->panel, w->fill);
            t.b = w->panel, t.ldb = g->nr;
        }
        for (int64_t i = 0; i < w->lines; i += g->mr) {
            t.a = w->scores + i * w->c.ld + from - w->from;
            t.c = w->mixed + i * w->c.wide + d;
            g->tile((int32_t)xb_min64(g->mr, w->lines - i), &t);
        }
    }
}

static void finish(const block *w) {
    const xb_sdpa_args *a = w->a;
    if (!is_whole(w)) divide(w, w->mixed, w->c.wide, a->value_size);
    for (int64_t i = 0; i < w->lines; i++) {
        float *line = w->mixed + i * w->c.wide;
        if (a->blind == XB_SDPA_NO_NANS && isnan(w->sum[i])) memset(line, 0, (size_t)a->value_size * sizeof *line);
        memcpy(a->out + w->b * a->out_at.batch + head_of(w, i) * a->out_at.head + query_of(w, i) * a->out_at.row, line,
               (size_t)a->value_size * sizeof *a->out);
    }
}

static void run(const void *args, int32_t chunk, void *scratch) {
    block w = block_of(args, chunk, scratch);
    begin(&w);
    for (w.from = w.begin; w.from < w.end; w.from = w.to) {
        w.to = xb_min64(w.from + w.c.part, w.end);
        scores(&w);
        keep_scores(&w, XB_SDPA_RAW);
        if (w.a->softcap != 0) soften(&w);
        keep_scores(&w, XB_SDPA_CAPPED);
        bias(&w);
        keep_scores(&w, XB_SDPA_BIASED);
        weigh(&w);
        keep_scores(&w, XB_SDPA_WEIGHTS);
        int64_t step = xb_gemm_k_block(w.to - w.from);
        for (int64_t from = w.from; from < w.to; from += step) mix(&w, from, xb_min64(step, w.to - from));
    }
    finish(&w);
}

xb_work xb_sdpa_work(const xb_sdpa_args *a) {
    cut c = cut_of(a);
    if (a->batch == 0 || c.lines == 0) return (xb_work){ run, 0, 0 };
    return (xb_work){ run, (int32_t)(a->batch * a->kv_heads * c.blocks), c.end * (int64_t)sizeof(float) };
}

/* ---- masks ---- */

static void run_mask(const void *args, int32_t chunk, void *scratch) {
    const xb_mask_args *a = args;
    int64_t             row = chunk * a->per_chunk, end = xb_chunk_end(row, a->per_chunk, a->batch * a->rows);
    (void)scratch;
    for (; row < end; row++) {
        const int32_t *mask = a->mask + (a->kind == XB_MASK_TRUTHS ? row * a->keys : row / a->rows);
        float         *out = a->out + row * a->keys;
        int64_t        stop = a->keys, start = 0;
        if (a->kind != XB_MASK_TRUTHS) stop = *mask;
        if (a->kind == XB_MASK_ENDS_STARTS) start = mask[a->batch];
        for (int64_t j = 0; j < a->keys; j++)
            out[j] = a->kind == XB_MASK_TRUTHS ? (mask[j] > 0 ? 0 : a->hidden) : j >= start && j < stop ? 0 : a->hidden;
    }
}

xb_work xb_mask_work(xb_mask_args *a) {
    int64_t rows = a->keys ? a->batch * a->rows : 0;
    a->per_chunk = xb_units_per_chunk(rows, a->keys);
    return (xb_work){ .run = run_mask, .chunks = xb_chunk_count(rows, a->per_chunk) };
}

/* ---- caches ---- */

static void run_cache(const void *args, int32_t chunk, void *scratch) {
    const xb_cache_args *a = args;
    int64_t              b = chunk / a->heads, h = chunk % a->heads, used = a->lengths ? a->lengths[b] : 0;
    float               *out = a->out + chunk * a->out_rows * a->size;
    const float         *now = a->now + b * a->now_at.batch + h * a->now_at.head;
    size_t               row_bytes = (size_t)a->size * sizeof *out;
    (void)scratch;
    used = xb_max64(xb_min64(used, INT32_MAX), INT32_MIN) + a->add;
    used = xb_max64(xb_min64(xb_min64(used, a->past_rows), a->out_rows - a->rows), 0);
    if (used) memcpy(out, a->past + chunk * a->past_rows * a->size, (size_t)used * row_bytes);
    for (int64_t r = 0; r < a->rows; r++) memcpy(out + (used + r) * a->size, now + r * a->now_at.row, row_bytes);
    memset(out + (used + a->rows) * a->size, 0, (size_t)(a->out_rows - used - a->rows) * row_bytes);
}

xb_work xb_cache_work(const xb_cache_args *a) {
    return (xb_work){ .run = run_cache, .chunks = a->size && a->out_rows >= a->rows ? (int32_t)(a->batch * a->heads) : 0 };
}
