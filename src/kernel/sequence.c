/* kernel/sequence.c - see sequence.h. */
#include "kernel/sequence.h"

#include <math.h>
#include <string.h>

/* out = S^T x */
static void read_state(const xb_linear_attention_args *a, const float *state, const float *x, float *out) {
    memset(out, 0, (size_t)a->v_size * sizeof *out);
    for (int64_t d = 0; d < a->size; d++)
        for (int64_t j = 0; j < a->v_size; j++) out[j] += x[d] * state[d * a->v_size + j];
}

static void linear_token(const xb_linear_attention_args *a, int64_t row, int64_t head, float *state, float *value) {
    const float *k = a->k + (row * a->kv_heads + head) * a->size, *v = a->v + (row * a->kv_heads + head) * a->v_size;
    int64_t      shared = a->heads / a->kv_heads;
    for (int64_t d = 0; a->decay && d < a->size; d++) {
        int64_t at = row * a->kv_heads + head;
        float   factor = expf(a->decay[a->decay_each ? at * a->size + d : at]);
        for (int64_t j = 0; j < a->v_size; j++) state[d * a->v_size + j] *= factor;
    }
    if (a->beta) {
        float beta = a->beta[a->beta_shared ? row : row * a->kv_heads + head];
        read_state(a, state, k, value);
        for (int64_t j = 0; j < a->v_size; j++) value[j] = beta * (v[j] - value[j]);
    } else {
        memcpy(value, v, (size_t)a->v_size * sizeof *value);
    }
    for (int64_t d = 0; d < a->size; d++)
        for (int64_t j = 0; j < a->v_size; j++) state[d * a->v_size + j] += k[d] * value[j];
    for (int64_t g = head * shared; a->y && g < (head + 1) * shared; g++) {
        float *y = a->y + (row * a->heads + g) * a->v_size;
        read_state(a, state, a->q + (row * a->heads + g) * a->size, y);
        for (int64_t j = 0; j < a->v_size; j++) y[j] *= a->scale;
    }
}

static void linear_run(const void *args, int32_t chunk, void *scratch) {
    const xb_linear_attention_args *a = args;
    int64_t                         item = chunk / a->kv_heads, head = chunk % a->kv_heads, size = a->size * a->v_size;
    float                          *state = a->state + chunk * size;
    if (a->past) memcpy(state, a->past + chunk * size, (size_t)size * sizeof *state);
    else memset(state, 0, (size_t)size * sizeof *state);
    for (int64_t t = 0; t < a->tokens; t++) linear_token(a, item * a->tokens + t, head, state, scratch);
}
xb_work xb_linear_attention_work(xb_linear_attention_args *a) {
    return (xb_work){ .run = linear_run,
                      .chunks = (int32_t)(a->batch * a->kv_heads),
                      .scratch_bytes = a->v_size * (int64_t)sizeof(float) };
}
