/* kernel/sdpa.h and kernel/rotary.h on every table, against loops in float64. */
#include "base/checked.h"
#include "kernel/sdpa.h"
#include "kernel/rotary.h"
#include "kernels.h"

typedef struct shape {
    int64_t batch, heads, kv_heads, queries, keys, size, value_size;
} shape;

static const shape shapes[] = { { 1, 1, 1, 1, 1, 1, 1 },      { 2, 4, 4, 7, 7, 8, 8 },       { 1, 6, 2, 5, 33, 20, 12 },
                                { 2, 8, 2, 1, 70, 64, 64 },   { 1, 2, 2, 130, 130, 32, 40 }, { 1, 2, 1, 3, 700, 16, 33 },
                                { 1, 3, 3, 60, 300, 5, 70 },  { 2, 2, 2, 4, 0, 8, 8 },       { 1, 12, 1, 2, 9, 48, 48 },
                                { 2, 2, 1, 50, 1300, 8, 33 }, { 1, 3, 3, 1, 2000, 64, 64 } };
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

typedef struct variant { /* of the same numbers */
    const char *name;
    int         causal, left, biased, masked, lengths, sink, stage, short_mask;
    float       softcap;
    int         sequence_first; /* [batch, sequence, heads, size] */
    int         turned;         /* keys are [batch, heads, size, sequence] */
} variant;

static const variant variants[] = {
    { .name = "plain", .left = -1, .stage = -1 },
    { .name = "sequence first", .left = -1, .stage = -1, .sequence_first = 1 },
    { .name = "turned keys", .left = -1, .stage = -1, .turned = 1 },
    { .name = "causal", .causal = 1, .left = -1, .stage = -1 },
    { .name = "biased", .left = -1, .biased = 1, .stage = -1 },
    { .name = "one bias for all queries", .left = -1, .biased = 2, .stage = -1 },
    { .name = "sink of many keys", .left = -1, .masked = 1, .sink = 1, .stage = -1 },
    { .name = "window", .causal = 1, .left = 3, .stage = XB_SDPA_WEIGHTS },
    { .name = "bias and mask", .left = -1, .biased = 1, .masked = 1, .stage = XB_SDPA_BIASED },
    { .name = "short mask", .left = -1, .masked = 1, .short_mask = 1, .stage = -1, .sequence_first = 1 },
    { .name = "softcap", .left = -1, .softcap = 2.5f, .stage = XB_SDPA_CAPPED, .causal = 1 },
    { .name = "lengths from the end", .left = -1, .lengths = 1, .causal = 1, .stage = XB_SDPA_RAW },
    { .name = "sink", .left = 5, .lengths = 1, .causal = 1, .sink = 1, .stage = XB_SDPA_WEIGHTS },
};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

typedef struct problem {
    shape          s;
    const variant *v;
    xb_sdpa_args   a;
    float         *q, *k, *value, *bias, *sink, *out, *scores;
    uint8_t       *mask;
    int64_t        lengths[2];
} problem;

static xb_sdpa_at strides(int sequence_first, int64_t heads, int64_t rows, int64_t size) {
    if (sequence_first) return (xb_sdpa_at){ rows * heads * size, size, heads * size };
    return (xb_sdpa_at){ heads * rows * size, rows * size, size };
}

static problem problem_make(const xb_isa *isa, shape s, const variant *v) {
    uint32_t seed = 5;
    problem  p = { .s = s, .v = v, .lengths = { s.keys * 2 / 3 + 1, INT64_MAX } };
    int64_t  pairs = s.batch * s.heads * s.queries * s.keys;
    p.q = kernels_floats(s.batch * s.heads * s.queries * s.size);
    p.k = kernels_floats(s.batch * s.kv_heads * s.keys * s.size);
    p.value = kernels_floats(s.batch * s.kv_heads * s.keys * s.value_size);
    p.bias = kernels_floats(s.heads * s.queries * s.keys); /* the same for all batches */
    p.sink = kernels_floats(s.heads);
    p.out = kernels_floats(s.batch * s.heads * s.queries * s.value_size);
    p.scores = kernels_floats(pairs);
    p.mask = malloc((size_t)(s.batch * s.keys) + 1); /* the same for all heads and queries */
    if (!p.mask) exit(1);
    kernels_fill(p.q, s.batch * s.heads * s.queries * s.size, &seed, -2, 2);
    kernels_fill(p.k, s.batch * s.kv_heads * s.keys * s.size, &seed, -2, 2);
    kernels_fill(p.value, s.batch * s.kv_heads * s.keys * s.value_size, &seed, -1, 1);
    kernels_fill(p.bias, s.heads * s.queries * s.keys, &seed, -3, 3);
    kernels_fill(p.sink, s.heads, &seed, -1, 4);
    for (int64_t i = 0; i < s.heads * s.queries * s.keys; i++)
        if (i % 7 == 0) p.bias[i] = -INFINITY;
    for (int64_t i = 0; i < s.batch * s.keys; i++) p.mask[i] = i / 3 % 2 ? 4 : 0;
    p.a = (xb_sdpa_args){ .isa = isa,
                          .batch = s.batch,
                          .heads = s.heads,
                          .kv_heads = s.kv_heads,
                          .queries = s.queries,
                          .keys = s.keys,
                          .size = s.size,
                          .value_size = s.value_size,
                          .q = p.q,
                          .k = p.k,
                          .v = p.value,
                          .out = p.out,
                          .scale = 0.4f,
                          .softcap = v->softcap,
                          .left = v->left,
                          .right = v->causal ? 0 : -1,
                          .offset = v->causal ? xb_max64(s.keys - s.queries, 0) : 0 };
    p.a.q_at = strides(v->sequence_first, s.heads, s.queries, s.size);
    p.a.k_at = strides(v->sequence_first, s.kv_heads, s.keys, s.size);
    if (v->turned) p.a.k_at.row = 1, p.a.k_step = s.keys;
    p.a.v_at = strides(v->sequence_first, s.kv_heads, s.keys, s.value_size);
    p.a.out_at = strides(v->sequence_first, s.heads, s.queries, s.value_size);
    if (v->biased) p.a.bias[0] = (xb_sdpa_bias){ p.bias, { 0, s.queries * s.keys, v->biased == 2 ? 0 : s.keys }, 1, s.keys, 0 };
    if (v->masked) p.a.bias[1] = (xb_sdpa_bias){ p.mask, { s.keys, 0, 0 }, 1, v->short_mask ? s.keys / 2 : s.keys, 1 };
    if (v->stage >= 0) p.a.scores = p.scores, p.a.stage = v->stage;
    p.a.has_sink = v->sink;
    if (v->sink) p.a.sink = p.sink;
    return p;
}

static void problem_free(problem *p) {
    kernels_free(p->q), kernels_free(p->k), kernels_free(p->value), kernels_free(p->bias), kernels_free(p->sink);
    kernels_free(p->out), kernels_free(p->scores), free(p->mask);
}

/* One query, in float64: stages of the scores, then the mixed values. */
static double reference(const problem *p, int64_t b, int64_t h, int64_t i, double *stages[4], double *out) {
    const xb_sdpa_args *a = &p->a;
    int64_t             kv = h / (p->s.heads / p->s.kv_heads), length = p->s.keys, position = a->offset + i;
    double              max = -INFINITY, sum = 0, largest = 0;
    if (a->lengths)
        length = xb_max64(0, xb_min64(p->s.keys, p->lengths[b] > p->s.keys ? p->s.keys : p->lengths[b] + a->length_add));
    if (a->from_end) position = length - p->s.queries + i;
    for (int64_t j = 0; j < p->s.keys; j++) {
        double dot = 0;
        for (int64_t d = 0; d < p->s.size; d++)
            dot += (double)p->q[b * a->q_at.batch + h * a->q_at.head + i * a->q_at.row + d] *
                   (double)p->k[b * a->k_at.batch + kv * a->k_at.head + j * a->k_at.row + d * (a->k_step ? a->k_step : 1)];
        double raw = dot * (double)a->scale, cap = (double)a->softcap, s = cap != 0 ? cap * tanh(raw / cap) : raw;
        stages[XB_SDPA_RAW][j] = raw;
        stages[XB_SDPA_CAPPED][j] = s;
        largest = fmax(largest, fabs(raw));
        int hidden = j >= length || (a->left >= 0 && j < position - a->left) || (a->right >= 0 && j > position + a->right);
        if (p->v->biased) s += (double)p->bias[(h * p->s.queries + (p->v->biased == 2 ? 0 : i)) * p->s.keys + j];
        if (p->v->masked && (j >= a->bias[1].cols || !p->mask[b * p->s.keys + j])) hidden = 1;
        if (hidden) s = -INFINITY;
        stages[XB_SDPA_BIASED][j] = s;
        max = fmax(max, s);
    }
    if (a->has_sink) sum += exp((double)p->sink[h] - fmax(max, 0));
    if (a->has_sink) max = fmax(max, 0);
    for (int64_t j = 0; j < p->s.keys; j++) sum += max == -INFINITY ? 0 : exp(stages[XB_SDPA_BIASED][j] - max);
    for (int64_t d = 0; d < p->s.value_size; d++) out[d] = 0;
    for (int64_t j = 0; j < p->s.keys; j++) {
        double weight = sum > 0 && max != -INFINITY ? exp(stages[XB_SDPA_BIASED][j] - max) / sum : 0;
        stages[XB_SDPA_WEIGHTS][j] = weight;
        for (int64_t d = 0; d < p->s.value_size; d++)
            out[d] += weight * (double)p->value[b * a->v_at.batch + kv * a->v_at.head + j * a->v_at.row + d];
    }
    return largest;
}

/* A score errs by about (size + 3) 2^-24 of the sum of magnitudes, at most 4 size scale; a weight relatively by twice that, and
 * the exponential's 2e-6; values are at most 1. */
static void compare(const problem *p) {
    double *stages[4], *out = malloc((size_t)(p->s.value_size + 1) * sizeof *out), worst = 0;
    for (int i = 0; i < 4; i++) stages[i] = malloc((size_t)(p->s.keys + 1) * sizeof *out);
    double score_error = (double)(p->s.size + 3) * 0x1p-24 * 4 * (double)p->s.size * (double)p->a.scale + 1e-6;
    for (int64_t b = 0; b < p->s.batch; b++)
        for (int64_t h = 0; h < p->s.heads; h++)
            for (int64_t i = 0; i < p->s.queries; i++) {
                (void)reference(p, b, h, i, stages, out);
                for (int64_t d = 0; d < p->s.value_size; d++) {
                    double found = (double)p->out[b * p->a.out_at.batch + h * p->a.out_at.head + i * p->a.out_at.row + d];
                    worst = check_worse(worst, fabs(found - out[d]) - (2 * score_error + 4e-6));
                    if (isnan(found)) worst = INFINITY;
                }
                const float *s = p->scores + ((b * p->s.heads + h) * p->s.queries + i) * p->s.keys;
                for (int64_t j = 0; p->a.scores && j < p->s.keys; j++) {
                    double wanted = stages[p->a.stage][j], found = (double)s[j];
                    if (wanted == found) continue; /* infinities */
                    worst = check_worse(worst, fabs(found - wanted) - (2 * score_error + 4e-6));
                    if (isnan(found)) worst = INFINITY;
                }
            }
    if (worst > 0)
        printf("%s, %s, queries %lld keys %lld: %g too far\n", isas_current, p->v->name, (long long)p->s.queries,
               (long long)p->s.keys, worst);
    CHECK(worst <= 0);
    for (int i = 0; i < 4; i++) free(stages[i]);
    free(out);
}

static void agrees_with_the_formula(void) {
    ISAS_EACH(isa) {
        for (int i = 0; i < SHAPES; i++)
            for (int v = 0; v < VARIANTS; v++) {
                problem p = problem_make(isa, shapes[i], &variants[v]);
                if (variants[v].lengths) p.a.lengths = p.lengths, p.a.from_end = 1, p.a.length_add = -1;
                kernels_run(xb_sdpa_work(&p.a), &p.a, (uint32_t)(i + v));
                compare(&p);
                problem_free(&p);
            }
    }
}

/* All keys hidden; and before that, all seen by queries of which one is no number. */
static void seeing_nothing(void) {
    static const variant v = { .name = "blind", .masked = 1, .left = -1, .stage = -1 };
    ISAS_EACH(isa) {
        for (int blind = XB_SDPA_ZEROS; blind <= XB_SDPA_NO_NANS; blind++)
            for (int i = 1; i < SHAPES; i++) {
                problem p = problem_make(isa, shapes[i], &v);
                int64_t size = p.s.value_size, nans = 0, count = p.s.batch * p.s.heads * p.s.queries * size;
                int     has_nan = p.s.queries > 1 && p.s.keys > 0;
                p.a.blind = (xb_sdpa_blind)blind;
                memset(p.mask, 0, (size_t)(p.s.batch * p.s.keys));
                if (has_nan) p.a.bias[1].data = NULL, p.q[p.s.size] = NAN;
                kernels_run(xb_sdpa_work(&p.a), &p.a, 3);
                for (int64_t k = 0; k < count; k++) nans += isnan(p.out[k]);
                if (has_nan) {
                    CHECK_INT(nans, blind == XB_SDPA_NO_NANS ? 0 : size);
                    for (int64_t k = 0; k < size; k++)
                        CHECK(blind == XB_SDPA_NO_NANS ? p.out[size + k] == 0 : isnan(p.out[size + k]));
                    p.q[p.s.size] = 1;
                    p.a.bias[1].data = p.mask;
                    kernels_run(xb_sdpa_work(&p.a), &p.a, 3);
                }
                for (int64_t k = 0; k < count; k++)
                    CHECK(blind == XB_SDPA_AS_SOFTMAX && p.s.keys > 0 ? isnan(p.out[k]) : p.out[k] == 0);
                problem_free(&p);
            }
    }
}

static void chunks_do_not_matter(void) { /* a query computed among others is itself: the same bits in any order */
    ISAS_EACH(isa) {
        problem a = problem_make(isa, shapes[4], &variants[2]), b = problem_make(isa, shapes[4], &variants[2]);
        kernels_run(xb_sdpa_work(&a.a), &a.a, 0);
        kernels_run(xb_sdpa_work(&b.a), &b.a, 77);
        CHECK(memcmp(a.out, b.out, (size_t)(a.s.heads * a.s.queries * a.s.value_size) * sizeof *a.out) == 0);
        problem_free(&a), problem_free(&b);
    }
}

/* ---- rotary ---- */

static void rotary_turns(void) {
    enum { B = 2, R = 3, H = 2, D = 10, TURNED = 8, ROWS = 6 };
    const int64_t ids[B] = { 1, 400 }; /* far beyond the table: its last row */
    float         x[B * R * H * D], y[B * R * H * D], cos_table[ROWS * TURNED / 2], sin_table[ROWS * TURNED / 2];
    uint32_t      seed = 9;
    kernels_fill(x, B * R * H * D, &seed, -1, 1);
    for (int i = 0; i < ROWS * TURNED / 2; i++) cos_table[i] = cosf((float)i), sin_table[i] = sinf((float)i);
    for (int interleaved = 0; interleaved < 2; interleaved++) {
        xb_rope_args a = { .batch = B,
                           .rows = R,
                           .heads = H,
                           .size = D,
                           .turned = TURNED,
                           .x = x,
                           .y = y,
                           .x_at = { R * H * D, D, H * D },
                           .y_at = { R * H * D, R * D, D },
                           .cos = cos_table,
                           .sin = sin_table,
                           .table_row = TURNED / 2,
                           .table_rows = ROWS,
                           .position = ids,
                           .position_batch = 1,
                           .row_step = 1,
                           .is_interleaved = interleaved };
        kernels_run(xb_rope_work(&a), &a, 4);
        for (int b = 0; b < B; b++)
            for (int r = 0; r < R; r++)
                for (int h = 0; h < H; h++)
                    for (int d = 0; d < D; d++) {
                        int          p = ids[b] + r < ROWS ? (int)ids[b] + r : ROWS - 1;
                        const float *from = x + (b * R + r) * H * D + h * D, *c = cos_table + p * TURNED / 2,
                                    *s = sin_table + p * TURNED / 2;
                        int    pair = interleaved ? d / 2 : d % (TURNED / 2), second = interleaved ? d % 2 : d >= TURNED / 2;
                        int    i = interleaved ? 2 * pair : pair, j = interleaved ? i + 1 : i + TURNED / 2;
                        double wanted = d >= TURNED ? (double)from[d]
                                        : second    ? (double)from[j] * (double)c[pair] + (double)from[i] * (double)s[pair]
                                                    : (double)from[i] * (double)c[pair] - (double)from[j] * (double)s[pair];
                        CHECK_NEAR(y[((b * H + h) * R + r) * D + d], wanted, 3e-7); /* two roundings of values below 1.5 */
                    }
    }
}

CHECK_MAIN(RUN(agrees_with_the_formula), RUN(seeing_nothing), RUN(chunks_do_not_matter), RUN(rotary_turns))
