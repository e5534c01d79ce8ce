/* kernel/attention.c - see attention.h. */
#include "kernel/attention.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/isa.h"
#include "kernel/rows.h"

enum { BLOCK_ROWS = 32, CUT_BLOCKS = 4096 }; /* of more blocks, none is spared the keys that it may not attend */

static int64_t floats_aligned(int64_t count) { return (count + 15) / 16 * 16; }

/* ---- who may attend what ---- */

/* Keys [*low, *high) of a query by everything but the mask. */
static void window_of(const xb_attention_args *a, int64_t item, int64_t query, int64_t *low, int64_t *high) {
    int64_t length = a->keys, offset = a->offset;
    if (a->lengths) {
        length = xb_max64(0, xb_min64(a->lengths[item], a->keys));
        offset = length - a->queries;
    }
    int64_t place = query + offset;
    *low = a->left >= 0 && place > a->left ? place - a->left : 0;
    *high = length;
    if (a->is_causal) *high = xb_min64(*high, place + 1);
    if (a->right >= 0 && a->right < a->keys) *high = xb_min64(*high, place + a->right + 1);
    if (*high < *low) *high = *low = 0;
}

static int64_t mask_place(const xb_attention_args *a, int64_t item, int64_t head, int64_t query) {
    return item * a->mask_at.batch + head * a->mask_at.head + query * a->mask_at.row;
}

/* ---- float32 ---- */

/* Rows [first, first + count) of one group of heads: row r is query r % queries of head number r / queries of the group. */
typedef struct block {
    int64_t item, group, first, count, keys; /* keys: those that any of the rows may attend */
} block;

static int64_t head_of(const xb_attention_args *a, const block *b, int64_t r) {
    return b->group * (a->heads / a->groups) + (b->first + r) / a->queries;
}

static block block_of(const xb_attention_args *a, int64_t chunk) {
    block b = { .keys = a->keys };
    b.first = chunk % a->blocks * BLOCK_ROWS;
    b.count = xb_min64(BLOCK_ROWS, a->rows - b.first);
    b.group = chunk / a->blocks % a->groups;
    b.item = chunk / a->blocks / a->groups;
    if (a->lengths || a->shown || a->blocks > CUT_BLOCKS) return b;
    b.keys = 0;
    for (int64_t r = 0; r < b.count; r++) {
        int64_t low, high;
        window_of(a, b.item, (b.first + r) % a->queries, &low, &high);
        b.keys = xb_max64(b.keys, high);
    }
    return b;
}

static int64_t bytes_of(xb_gemm_type type) { return type == XB_GEMM_F32 ? 4 : 2; }

/* The sizes of the two products; their pointers are set when they run. */
static xb_gemm_args score_product(const xb_attention_args *a, const block *b) {
    return (xb_gemm_args){ .m = b->count, .n = b->keys, .k = a->size, .alpha = (float)a->scale, .a_row = a->row_step, .a_col = 1,
                           .ldc = b->keys, .outer = 1, .inner = 1, .b = { .type = a->k_type, .row = 1, .col = a->k_at.row } };
}

static xb_gemm_args value_product(const xb_attention_args *a, const block *b) {
    return (xb_gemm_args){ .m = b->count, .n = a->v_size, .k = b->keys, .alpha = 1, .a_row = b->keys, .a_col = 1,
                           .ldc = a->queries == 1 ? a->y_at.head : a->y_at.row, .outer = 1, .inner = 1,
                           .b = { .type = a->v_type, .row = a->v_at.row, .col = 1 } };
}

static void run_product(const xb_isa *isa, xb_gemm_args *g, void *scratch) {
    xb_work work = xb_gemm_work(isa, g);
    for (int32_t i = 0; i < work.chunks; i++) work.run(g, i, scratch);
}

static void show(const xb_attention_args *a, const block *b, xb_attention_show which, const float *scores) {
    if (!a->shown || a->show != which) return;
    for (int64_t r = 0; r < b->count; r++) {
        int64_t line = (b->item * a->heads + head_of(a, b, r)) * a->queries + (b->first + r) % a->queries;
        memcpy((float *)a->shown + line * a->keys, scores + r * b->keys, (size_t)a->keys * sizeof *scores);
    }
}

/* Adds the bias to a row; 0 if nothing may be attended. */
static int add_bias(const xb_attention_args *a, const block *b, int64_t r, float *s) {
    int64_t low, high, query = (b->first + r) % a->queries, at = mask_place(a, b->item, head_of(a, b, r), query);
    int     any = 0;
    window_of(a, b->item, query, &low, &high);
    if (a->mask) high = xb_min64(high, a->mask_keys);
    for (int64_t j = 0; j < low && j < b->keys; j++) s[j] = -INFINITY;
    for (int64_t j = xb_max64(high, 0); j < b->keys; j++) s[j] = -INFINITY;
    if (!a->mask) return low < high;
    if (a->mask_is_bool) {
        const uint8_t *mask = (const uint8_t *)a->mask + at;
        for (int64_t j = low; j < high; j++) {
            int may = mask[a->mask_repeats ? 0 : j] != 0;
            any |= may;
            s[j] = may ? s[j] : -INFINITY;
        }
        return any;
    }
    const float *mask = (const float *)a->mask + at;
    for (int64_t j = low; j < high; j++) {
        float m = mask[a->mask_repeats ? 0 : j];
        any |= m != -INFINITY;
        s[j] = m == -INFINITY ? m : s[j] + m;
    }
    return any;
}

static void cap(const xb_attention_args *a, const block *b, float *scores) {
    xb_epilogue e = { .count = 3 };
    if (!(a->softcap > 0)) return;
    e.steps[0] = (xb_ep_step){ .op = XB_EP_LINEAR, .a = (float)(1 / a->softcap) };
    e.steps[1] = (xb_ep_step){ .op = XB_EP_TANH };
    e.steps[2] = (xb_ep_step){ .op = XB_EP_LINEAR, .a = (float)a->softcap };
    a->isa->epilogue(&e, scores, b->keys, 0, 0, b->count, b->keys);
}

static void attention_f32(const void *args, int32_t chunk, void *scratch) {
    const xb_attention_args *a = args;
    block                    b = block_of(a, chunk);
    float                   *scores = scratch;
    void                    *rest = scores + floats_aligned(BLOCK_ROWS * a->keys);
    int64_t                  head = head_of(a, &b, 0), kv_head = head / (a->heads / a->kv_heads), query = b.first % a->queries;
    xb_gemm_args             g = score_product(a, &b);
    uint32_t                 empty = 0;
    g.a = (const float *)a->q + b.item * a->q_at.batch + head * a->q_at.head + query * a->q_at.row;
    g.b.data = (const char *)a->k + (b.item * a->k_at.batch + kv_head * a->k_at.head) * bytes_of(a->k_type);
    g.c = scores;
    run_product(a->isa, &g, rest);
    show(a, &b, XB_ATTENTION_SCORES, scores);
    cap(a, &b, scores);
    show(a, &b, XB_ATTENTION_CAPPED, scores);
    for (int64_t r = 0; r < b.count; r++)
        if (!add_bias(a, &b, r, scores + r * b.keys)) empty |= UINT32_C(1) << r;
    show(a, &b, XB_ATTENTION_BIASED, scores);
    xb_softmax_args s = { .in = scores, .out = scores, .outer = b.count, .n = b.keys, .inner = 1 };
    xb_work         work = xb_softmax_work(a->isa, &s);
    for (int32_t i = 0; i < work.chunks; i++) work.run(&s, i, rest);
    for (int64_t r = 0; r < b.count; r++)
        if (empty >> r & 1 && b.keys) memset(scores + r * b.keys, 0, (size_t)b.keys * sizeof *scores);
    show(a, &b, XB_ATTENTION_WEIGHTS, scores);
    g = value_product(a, &b);
    g.a = scores;
    g.b.data = (const char *)a->v + (b.item * a->v_at.batch + kv_head * a->v_at.head) * bytes_of(a->v_type);
    g.c = (float *)a->y + b.item * a->y_at.batch + head * a->y_at.head + query * a->y_at.row;
    run_product(a->isa, &g, rest);
}

/* ---- float64: a query at a time ---- */

static double bias_f64(const xb_attention_args *a, int64_t at, int64_t j) {
    if (!a->mask) return 0;
    if (j >= a->mask_keys) return -(double)INFINITY;
    at += a->mask_repeats ? 0 : j;
    if (a->mask_is_bool) return ((const uint8_t *)a->mask)[at] ? 0 : -(double)INFINITY;
    return ((const double *)a->mask)[at];
}

static void show_f64(const xb_attention_args *a, xb_attention_show which, int64_t line, const double *scores) {
    if (a->shown && a->show == which) memcpy((double *)a->shown + line * a->keys, scores, (size_t)a->keys * sizeof *scores);
}

static void attention_f64(const void *args, int32_t chunk, void *scratch) {
    const xb_attention_args *a = args;
    double                  *s = scratch, most = -(double)INFINITY, sum = 0;
    int64_t                  query = chunk % a->queries, head = chunk / a->queries % a->heads, item = chunk / a->queries / a->heads;
    int64_t                  kv_head = head / (a->heads / a->kv_heads), low, high, at = mask_place(a, item, head, query);
    const double            *q = (const double *)a->q + item * a->q_at.batch + head * a->q_at.head + query * a->q_at.row;
    const double            *k = (const double *)a->k + item * a->k_at.batch + kv_head * a->k_at.head;
    const double            *v = (const double *)a->v + item * a->v_at.batch + kv_head * a->v_at.head;
    double                  *y = (double *)a->y + item * a->y_at.batch + head * a->y_at.head + query * a->y_at.row;
    for (int64_t j = 0; j < a->keys; j++) {
        s[j] = 0;
        for (int64_t d = 0; d < a->size; d++) s[j] += q[d] * k[j * a->k_at.row + d];
        s[j] *= a->scale;
    }
    show_f64(a, XB_ATTENTION_SCORES, chunk, s);
    for (int64_t j = 0; a->softcap > 0 && j < a->keys; j++) s[j] = a->softcap * tanh(s[j] / a->softcap);
    show_f64(a, XB_ATTENTION_CAPPED, chunk, s);
    window_of(a, item, query, &low, &high);
    int any = 0;
    for (int64_t j = 0; j < a->keys; j++) {
        double bias = j < low || j >= high ? -(double)INFINITY : bias_f64(a, at, j);
        any |= bias != -(double)INFINITY;
        s[j] = bias == -(double)INFINITY ? bias : s[j] + bias;
        if (s[j] > most || s[j] != s[j]) most = s[j];
    }
    show_f64(a, XB_ATTENTION_BIASED, chunk, s);
    for (int64_t j = 0; j < a->keys; j++) sum += s[j] = any ? exp(s[j] - most) : 0;
    for (int64_t j = 0; any && j < a->keys; j++) s[j] /= sum;
    show_f64(a, XB_ATTENTION_WEIGHTS, chunk, s);
    for (int64_t d = 0; d < a->v_size; d++) {
        y[d] = 0;
        for (int64_t j = 0; j < a->keys; j++) y[d] += s[j] * v[j * a->v_at.row + d];
    }
}

/* ---- work ---- */

/* Scratch of the products of every block: sizes decide which form a product takes. */
static int64_t product_scratch(const xb_isa *isa, const xb_attention_args *a) {
    int64_t most = 0;
    for (int64_t i = a->blocks > CUT_BLOCKS ? a->blocks - 2 : 0; i < a->blocks; i++) {
        block        b = block_of(a, i);
        xb_gemm_args g = score_product(a, &b);
        most = xb_max64(most, xb_gemm_work(isa, &g).scratch_bytes);
        g = value_product(a, &b);
        most = xb_max64(most, xb_gemm_work(isa, &g).scratch_bytes);
    }
    return most;
}

xb_work xb_attention_work(const xb_isa *isa, xb_attention_args *a) {
    int64_t shared = a->heads / a->kv_heads;
    a->isa = isa;
    if (a->is_double)
        return (xb_work){ attention_f64, (int32_t)(a->batch * a->heads * a->queries), a->keys * (int64_t)sizeof(double) };
    int is_even = a->queries == 1 || (a->q_at.head == a->queries * a->q_at.row && a->y_at.head == a->queries * a->y_at.row);
    a->groups = is_even ? a->kv_heads : a->heads;
    a->rows = a->queries * (is_even ? shared : 1);
    a->row_step = a->queries == 1 ? a->q_at.head : a->q_at.row;
    a->blocks = (a->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    int64_t scores = floats_aligned(BLOCK_ROWS * a->keys) * (int64_t)sizeof(float);
    return (xb_work){ attention_f32, (int32_t)(a->batch * a->groups * a->blocks), scores + product_scratch(isa, a) };
}
