/* flow/steps_sample.c - TemperatureSample: from a model's scores to the next token, by chance.
 *
 *     scores [V], [T,V] or [B,T,V] -> those of the last position -> the best top_k, by falling score (equal ones by id)
 *     -> weights exp((score - best) / temperature) -> the fewest of them whose sum reaches top_p of the whole
 *     -> the first at which the running sum exceeds chance x sum -> ids int64 [1] or [B]
 *
 * The order of temperature, top_k and top_p is that of Hugging Face's `generate`. temperature 0 is the best score's id. With
 * "seed" the same scores give the same ids, on every machine: chance is the upper 53 bits of SplitMix64 (G. Steele, D. Lea,
 * C. Flood, Fast Splittable Pseudorandom Number Generators, 2014) / 2^53, begun at the seed anew in each run, one number for
 * each of the B. Without it every run begins at the clock. */
#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "flow/step_rows.h"
#include "kernel/score.h"
#include "plat/clock.h"

typedef struct sample_state {
    const char *output; /* NULL = the first */
    double      temperature, top_p;
    int64_t     top_k, seed; /* -1 = none */
} sample_state;

static xybrid_status sample_open(xb_step_maker *m, void *state, xybrid_error *err) {
    sample_state *s = state;
    XB_TRY(xb_json_get_double(m->params, m->where, "temperature", 0, 1e30, &s->temperature, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "top_k", 1, INT64_MAX, -1, &s->top_k, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "top_p", 0, 1, 1, &s->top_p, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "seed", 0, INT64_MAX, -1, &s->seed, err));
    return xb_json_opt_string(m->params, m->where, "output", NULL, &s->output, err);
}

/* 0 <= chance < 1 */
static double next_chance(uint64_t *generator) {
    uint64_t z = *generator += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* Which of `count` scores, the best first and finite. `weights` is scratch. */
static int64_t draw(const sample_state *s, const float *scores, int64_t count, double chance, double *weights) {
    double  whole = 0, kept = 1, sum = 0; /* the best weighs 1 */
    int64_t last = 0;
    for (int64_t i = 0; i < count; i++) whole += weights[i] = exp(((double)scores[i] - (double)scores[0]) / s->temperature);
    while (last + 1 < count && kept < s->top_p * whole) kept += weights[++last];
    for (int64_t i = 0; i < last; i++) {
        sum += weights[i];
        if (sum > chance * kept) return i;
    }
    return last;
}

/* The last position of [V], [T,V] or [B,T,V] as float32 [B,V]. */
static xybrid_status last_position(xb_mem *mem, const xb_tensor *t, xb_tensor *out, xybrid_error *err) {
    if (t->rank < 1 || t->rank > 3 || xb_tensor_count(t) == 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "TemperatureSample",
                       "scores of rank %d with %lld elements; wanted [V], [T,V] or [B,T,V]", t->rank,
                       (long long)xb_tensor_count(t));
    int64_t width = t->shape[t->rank - 1], positions = t->rank > 1 ? t->shape[t->rank - 2] : 1;
    int64_t rows = t->rank > 2 ? t->shape[0] : 1, size = xb_dtype_size(t->dtype);
    XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, 2, (int64_t[]){ rows, width }, out, err));
    for (int64_t row = 0; row < rows; row++)
        xb_convert((float *)out->data + row * width, XYBRID_FLOAT32,
                   (const char *)t->data + ((row + 1) * positions - 1) * width * size, t->dtype, width);
    return XYBRID_OK;
}

/* `scores` and `indices` [B,k], the best first. */
static xybrid_status draw_rows(const sample_state *s, xb_mem *mem, const xb_tensor *scores, const xb_tensor *indices,
                               xb_tensor *out, xybrid_error *err) {
    int64_t  rows = scores->shape[0], count = scores->shape[1];
    uint64_t generator = s->seed >= 0 ? (uint64_t)s->seed : (uint64_t)xb_clock_ns() ^ (uint64_t)(uintptr_t)scores;
    double  *weights = xb_calloc(mem, (size_t)count, sizeof *weights, err);
    if (!weights) return err->code;
    xybrid_status st = xb_tensor_new(mem, XYBRID_INT64, 1, &rows, out, err);
    for (int64_t row = 0; st == XYBRID_OK && row < rows; row++) {
        const float *line = (const float *)scores->data + row * count;
        double       chance = next_chance(&generator);
        int64_t      choice = 0;
        if (isnan(line[0]) || line[0] == -INFINITY) {
            xb_tensor_drop(out);
            st = xb_fail(err, XYBRID_INVALID_ARGUMENT, "TemperatureSample",
                         "the best score of row %lld is %s, no number to choose by", (long long)row,
                         isnan(line[0]) ? "NaN" : "-infinity");
            break;
        }
        if (s->temperature > 0 && line[0] < INFINITY) choice = draw(s, line, count, chance, weights);
        ((int64_t *)out->data)[row] = ((const int64_t *)indices->data)[row * count + choice];
    }
    xb_free(mem, weights);
    return st;
}

static xybrid_status sample_run(const void *state, xb_frame *f, xybrid_error *err) {
    const sample_state *s = state;
    xb_tensor          *t, rows, scores = { 0 }, indices = { 0 }, out;
    XB_TRY(xb_frame_tensor(f, s->output, &t, err));
    XB_TRY(last_position(f->mem, t, &rows, err));
    int64_t       count = rows.shape[1], k = s->temperature == 0 ? 1 : s->top_k > 0 ? xb_min64(s->top_k, count) : count;
    xybrid_status st = xb_topk(f->mem, &rows, -1, k, &scores, &indices, err);
    xb_tensor_drop(&rows);
    XB_TRY(st);
    st = draw_rows(s, f->mem, &scores, &indices, &out, err);
    xb_tensor_drop(&scores);
    xb_tensor_drop(&indices);
    return st ? st : xb_frame_put_tensor(f, out, err);
}

const xb_step_row xb_step_temperature_sample = { "TemperatureSample", XB_STEP_POST, sizeof(sample_state),
                                                 sample_open,         sample_run,   NULL };
