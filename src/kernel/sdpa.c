/* kernel/sdpa.c - see sdpa.h. A chunk is one head of the keys with some lines, a line being one query of one of the
 * heads that share these keys: they meet each panel of keys while it is in the cache. Panels and tiles are the matrix
 * product's (kernel/gemm_kernels.h). A line's sums run in the order of the keys, so they do not depend on its neighbours. */
#include "kernel/sdpa.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/gemm.h"
#include "kernel/isa.h"
#include "kernel/rows.h"

enum {
    SCORES = 32768,   /* of a chunk, about: they stay in the second-level cache */
    MOST_TILES = 4,   /* of lines in a chunk */
    VALUES_AT_ONCE = 256 /* rows of a panel of values */
};

typedef struct cut { /* what chunks are, by shape and table */
    int64_t group, lines, height, blocks; /* heads on one head of keys; their queries; of a chunk; chunks of one head */
    int64_t ld, wide;                     /* a row of scores; a row of mixed values, whole tiles */
    int64_t at_scores, at_mixed, at_queries, at_panel, at_fill, end; /* scratch, in floats */
} cut;

static int64_t whole(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

static cut cut_of(const xb_sdpa_args *a) {
    const xb_gemm_kernels *g = &a->isa->gemm;
    cut                    c = { .group = a->heads / a->kv_heads };
    int64_t tiles = SCORES / (g->mr * xb_max64(a->keys, 1));
    c.lines = c.group * a->queries;
    c.height = xb_min64(g->mr * xb_min64(xb_max64(tiles, 1), MOST_TILES), xb_max64(c.lines, 1));
    c.blocks = (c.lines - 1) / c.height + 1;
    c.ld = whole(a->keys + 1, g->nr); /* and one for the sink */
    c.wide = whole(a->value_size, g->nr);
    c.at_mixed = c.at_scores + c.height * c.ld;
    c.at_queries = c.at_mixed + c.height * c.wide;
    c.at_panel = c.at_queries + whole(c.height * a->size, 16);
    c.at_fill = c.at_panel + g->nr * xb_max64(a->size, VALUES_AT_ONCE);
    c.end = c.at_fill + g->fill_floats;
    return c;
}

typedef struct block { /* a chunk at work */
    const xb_sdpa_args *a;
    cut                      c;
    int64_t                  b, kv_head, line, lines;
    int64_t                  length, position; /* keys there are; of query 0 */
    int64_t                  from, to;         /* keys that some line sees; all of them when scores are wanted */
    const float             *k, *v;
    float                   *scores, *mixed, *queries, *panel, *fill;
} block;

static int64_t query_of(const block *w, int64_t line) { return (w->line + line) / w->c.group; }
static int64_t head_of(const block *w, int64_t line) { return w->kv_head * w->c.group + (w->line + line) % w->c.group; }

/* The keys [*from, *to) that a line sees. */
static void sight(const block *w, int64_t line, int64_t *from, int64_t *to) {
    int64_t p = w->position + query_of(w, line), left = w->a->left, right = w->a->right;
    *from = left >= 0 && left < p ? p - left : 0;
    *to = right < 0 || right >= w->length - p ? w->length : xb_max64(p + right + 1, 0);
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
    w.from = a->keys;
    for (int64_t i = 0; i < w.lines; i++) {
        int64_t from, to;
        sight(&w, i, &from, &to);
        if (from == to) continue;
        w.from = xb_min64(w.from, from);
        w.to = xb_max64(w.to, to);
    }
    if (a->scores) w.from = 0, w.to = a->keys;
    if (w.from > w.to) w.from = w.to;
    w.scores = scratch + w.c.at_scores;
    w.mixed = scratch + w.c.at_mixed;
    w.queries = scratch + w.c.at_queries;
    w.panel = scratch + w.c.at_panel;
    w.fill = scratch + w.c.at_fill;
    return w;
}

/* The lines' queries, side by side. */
static void gather_queries(const block *w) {
    const xb_sdpa_args *a = w->a;
    for (int64_t i = 0; i < w->lines; i++)
        memcpy(w->queries + i * a->size, a->q + w->b * a->q_at.batch + head_of(w, i) * a->q_at.head + query_of(w, i) * a->q_at.row,
               (size_t)a->size * sizeof *a->q);
}

/* A few lines read the keys where they lie. */
static void few_scores(const block *w) {
    const xb_sdpa_args *a = w->a;
    xb_gemm_dot d = { .b = w->k + w->from * a->k_at.row, .ldb = a->k_at.row, .cols = w->to - w->from, .k = a->size,
                      .alpha = a->scale, .type = XB_GEMM_F32 };
    for (int64_t i = 0; i < w->lines;) {
        int32_t rows = w->lines - i >= a->isa->gemm.dot_rows ? a->isa->gemm.dot_rows : 1;
        for (int32_t r = 0; r < rows; r++, i++) {
            d.a[r] = w->queries + i * a->size;
            d.c[r] = w->scores + i * w->c.ld + w->from;
        }
        a->isa->gemm.dot(rows, &d);
    }
}

static void scores(const block *w) {
    const xb_sdpa_args *a = w->a;
    const xb_gemm_kernels   *g = &a->isa->gemm;
    xb_gemm_b                keys = { .data = w->k, .type = XB_GEMM_F32, .row = 1, .col = a->k_at.row };
    if (w->lines <= g->dot_rows) {
        few_scores(w);
        return;
    }
    for (int64_t j = w->from / g->nr * g->nr; j < w->to; j += g->nr) {
        g->fill(&keys, j, (int32_t)xb_min64(g->nr, a->keys - j), 0, a->size, w->panel, w->fill);
        for (int64_t i = 0; i < w->lines; i += g->mr) {
            xb_gemm_tile t = { .a = w->queries + i * a->size, .lda = a->size, .b = w->panel, .ldb = g->nr,
                               .c = w->scores + i * w->c.ld + j, .ldc = w->c.ld, .k = a->size, .alpha = a->scale };
            g->tile((int32_t)xb_min64(g->mr, w->lines - i), &t);
        }
    }
}

/* ---- from scores to weights ---- */

static void soften(const block *w) {
    float       c = w->a->softcap;
    xb_epilogue e = { 3,
                      { { .op = XB_EP_LINEAR, .a = 1 / c }, { .op = XB_EP_TANH }, { .op = XB_EP_LINEAR, .a = c } } };
    w->a->isa->epilogue(&e, w->scores + w->from, w->c.ld, 0, 0, w->lines, w->to - w->from);
}

/* Adds a bias to the keys [from, to) of a line; returns where its keys end. */
static int64_t add_bias(const block *w, const xb_sdpa_bias *bias, int64_t line, float *s, int64_t from, int64_t to) {
    int64_t at = w->b * bias->at.batch + head_of(w, line) * bias->at.head + query_of(w, line) * bias->at.row;
    to = xb_min64(to, bias->cols);
    if (bias->is_bool) {
        const uint8_t *seen = (const uint8_t *)bias->data + at;
        for (int64_t j = from; j < to; j++)
            if (!seen[j * bias->col]) s[j] = -INFINITY;
    } else if (from < to) {
        const float *y = (const float *)bias->data + at;
        xb_epilogue  e = { 1, { { .op = XB_EP_ADD, .from = XB_EP_FULL, .data = y + from } } };
        if (!bias->col) e.steps[0] = (xb_ep_step){ .op = XB_EP_ADD, .from = XB_EP_IMM, .a = *y };
        w->a->isa->epilogue(&e, s + from, w->c.ld, 0, 0, 1, to - from);
    }
    return to;
}

static void fill_floats(float *p, int64_t count, float value) {
    for (int64_t j = 0; j < count; j++) p[j] = value;
}

static void keep_scores(const block *w, int64_t line, const float *s, int32_t stage) {
    const xb_sdpa_args *a = w->a;
    if (!a->scores || a->stage != stage) return;
    int64_t row = (w->b * a->heads + head_of(w, line)) * a->queries + query_of(w, line);
    memcpy(a->scores + row * a->keys, s, (size_t)a->keys * sizeof *s);
}

/* The softmax of a line, over [from, to) where `from` sees; zeros beside it, in all of the block's keys. */
static void weigh(const block *w, int64_t line, float *s) {
    const xb_sdpa_args *a = w->a;
    int64_t                  from, to;
    sight(w, line, &from, &to);
    for (int i = 0; i < XB_SDPA_BIASES; i++)
        if (a->bias[i].data) to = add_bias(w, &a->bias[i], line, s, from, to);
    if (from > to) from = to;
    if (a->scores && a->stage == XB_SDPA_BIASED) {
        fill_floats(s, from, -INFINITY);
        fill_floats(s + to, a->keys - to, -INFINITY);
        keep_scores(w, line, s, XB_SDPA_BIASED);
    }
    while (from < to && s[from] == -INFINITY) s[from++] = 0; /* if that is all, it sees nothing */
    if (from < to) {
        if (a->has_sink) s[to] = a->sink ? a->sink[head_of(w, line)] : 0;
        xb_softmax_args row = { .in = s + from, .out = s + from, .outer = 1, .n = to - from + a->has_sink, .inner = 1 };
        a->isa->softmax(&row, 0, NULL);
    }
    if (w->from < from) fill_floats(s + w->from, from - w->from, 0);
    if (to < w->to) fill_floats(s + to, w->to - to, 0);
    keep_scores(w, line, s, XB_SDPA_WEIGHTS);
}

/* ---- mixing ---- */

static void mix(const block *w) {
    const xb_sdpa_args *a = w->a;
    const xb_gemm_kernels   *g = &a->isa->gemm;
    xb_gemm_b                values = { .data = w->v, .type = XB_GEMM_F32, .row = a->v_at.row, .col = 1 };
    if (w->from == w->to) memset(w->mixed, 0, (size_t)(w->lines * w->c.wide) * sizeof *w->mixed);
    for (int64_t j = w->from; j < w->to; j += VALUES_AT_ONCE) {
        int64_t count = xb_min64(VALUES_AT_ONCE, w->to - j);
        for (int64_t d = 0; d < a->value_size; d += g->nr) {
            int32_t      cols = (int32_t)xb_min64(g->nr, a->value_size - d);
            xb_gemm_tile t = { .lda = w->c.ld, .b = w->v + j * a->v_at.row + d, .ldb = a->v_at.row, .ldc = w->c.wide, .k = count,
                               .alpha = 1, .keep = j > w->from };
            if (cols < g->nr || w->lines > g->mr) {
                g->fill(&values, d, cols, j, count, w->panel, w->fill);
                t.b = w->panel, t.ldb = g->nr;
            }
            for (int64_t i = 0; i < w->lines; i += g->mr) {
                t.a = w->scores + i * w->c.ld + j;
                t.c = w->mixed + i * w->c.wide + d;
                g->tile((int32_t)xb_min64(g->mr, w->lines - i), &t);
            }
        }
    }
    for (int64_t i = 0; i < w->lines; i++)
        memcpy(a->out + w->b * a->out_at.batch + head_of(w, i) * a->out_at.head + query_of(w, i) * a->out_at.row,
               w->mixed + i * w->c.wide, (size_t)a->value_size * sizeof *a->out);
}

static void run(const void *args, int32_t chunk, void *scratch) {
    block w = block_of(args, chunk, scratch);
    gather_queries(&w);
    scores(&w);
    for (int64_t i = 0; i < w.lines; i++) keep_scores(&w, i, w.scores + i * w.c.ld, XB_SDPA_RAW);
    if (w.a->softcap != 0) soften(&w);
    for (int64_t i = 0; i < w.lines; i++) {
        float *s = w.scores + i * w.c.ld;
        keep_scores(&w, i, s, XB_SDPA_CAPPED);
        weigh(&w, i, s);
    }
    mix(&w);
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
