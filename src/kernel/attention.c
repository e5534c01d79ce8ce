/* kernel/attention.c - see attention.h. */
#include "kernel/attention.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"

/* Keys [*low, *high) that a query sees, but for the mask. */
static void window_of(const xb_attention_args *a, int64_t item, int64_t query, int64_t *low, int64_t *high) {
    int64_t length = a->keys, place = query + a->offset;
    if (a->lengths) {
        length = xb_max64(0, xb_min64(a->lengths[item], a->keys));
        place = query + length - a->queries;
    }
    *low = a->left >= 0 && place > a->left ? place - a->left : 0;
    *high = a->right >= 0 && a->right < a->keys ? xb_min64(length, place + a->right + 1) : length;
}

static double bias_of(const xb_attention_args *a, int64_t at, int64_t j) {
    if (!a->mask) return 0;
    if (j >= a->mask_cols) return -(double)INFINITY;
    at += j * a->mask_col;
    if (a->mask_is_bool) return ((const uint8_t *)a->mask)[at] ? 0 : -(double)INFINITY;
    return ((const double *)a->mask)[at];
}

static void show(const xb_attention_args *a, xb_sdpa_stage stage, int64_t query, const double *s) {
    if (a->scores && a->stage == (int32_t)stage) memcpy(a->scores + query * a->keys, s, (size_t)a->keys * sizeof *s);
}

/* Softmax of biased scores; zeros if nothing is seen. */
static void weigh(const xb_attention_args *a, double *s, int sees_any) {
    double most = -(double)INFINITY, sum = 0;
    for (int64_t j = 0; j < a->keys; j++)
        if (s[j] > most || isnan(s[j])) most = s[j];
    for (int64_t j = 0; j < a->keys; j++) sum += s[j] = sees_any ? exp(s[j] - most) : 0;
    for (int64_t j = 0; sees_any && j < a->keys; j++) s[j] /= sum;
}

static void attention_run(const void *args, int32_t chunk, void *scratch) {
    const xb_attention_args *a = args;
    double                  *s = scratch;
    int64_t       query = chunk % a->queries, head = chunk / a->queries % a->heads, item = chunk / a->queries / a->heads;
    int64_t       kv_head = head / (a->heads / a->kv_heads), low, high;
    int64_t       mask_at = item * a->mask_at.batch + head * a->mask_at.head + query * a->mask_at.row;
    const double *q = a->q + item * a->q_at.batch + head * a->q_at.head + query * a->q_at.row;
    const double *k = a->k + item * a->k_at.batch + kv_head * a->k_at.head;
    const double *v = a->v + item * a->v_at.batch + kv_head * a->v_at.head;
    double       *y = a->y + item * a->y_at.batch + head * a->y_at.head + query * a->y_at.row;
    for (int64_t j = 0; j < a->keys; j++) {
        s[j] = 0;
        for (int64_t d = 0; d < a->size; d++) s[j] += q[d] * k[j * a->k_at.row + d];
        s[j] *= a->scale;
    }
    show(a, XB_SDPA_RAW, chunk, s);
    for (int64_t j = 0; a->softcap > 0 && j < a->keys; j++) s[j] = a->softcap * tanh(s[j] / a->softcap);
    show(a, XB_SDPA_CAPPED, chunk, s);
    window_of(a, item, query, &low, &high);
    int sees_any = 0;
    for (int64_t j = 0; j < a->keys; j++) {
        double bias = j < low || j >= high ? -(double)INFINITY : bias_of(a, mask_at, j);
        int    is_seen = bias != -(double)INFINITY;
        sees_any |= is_seen;
        s[j] = is_seen ? s[j] + bias : bias;
    }
    show(a, XB_SDPA_BIASED, chunk, s);
    weigh(a, s, sees_any);
    show(a, XB_SDPA_WEIGHTS, chunk, s);
    for (int64_t d = 0; d < a->v_size; d++) {
        y[d] = 0;
        for (int64_t j = 0; j < a->keys; j++) y[d] += s[j] * v[j * a->v_at.row + d];
    }
}

xb_work xb_attention_work(xb_attention_args *a) {
    return (xb_work){ attention_run, (int32_t)(a->batch * a->heads * a->queries), a->keys * (int64_t)sizeof(double) };
}
