/* chat/sampler.c - see sampler.h.
 *
 * A candidate is a 64-bit key whose order is the order of preference, with its weight in fixed point. Every truncation is
 * "the first candidates in key order whose weights reach a target", found by their bits (radix selection): linear, without a
 * bad case, and without sorting. */
#include "chat/sampler.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"

enum {
    ID_BITS = 22,        /* XB_MAX_VOCABULARY */
    WEIGHT_BITS = 40,    /* of the most probable: 2^22 of them still fit into 62 bits */
    MIN_SELECTION = 1024 /* candidates that are gathered before they are cut to top_k */
};
#define ID_MASK ((UINT64_C(1) << ID_BITS) - 1)

_Static_assert(XB_MAX_VOCABULARY <= 1 << ID_BITS, "ids fit into a key");

typedef struct candidate {
    uint64_t key, weight;
} candidate;

typedef struct tally { /* of a token in the history */
    int32_t token, count;
} tally;

struct xb_sampler {
    xb_mem            *mem;
    xb_sampler_options o;
    xb_logit_bias     *bias; /* [o.bias_count] */
    int32_t            vocabulary;
    uint64_t           random;   /* state of the generator */
    int32_t           *ring;     /* [last_n] */
    int32_t            at, held; /* next place, tokens in the ring */
    tally             *tallies;  /* [slots], a table by token */
    uint32_t           slots;    /* a power of two >= 2 * last_n */
    candidate         *list;     /* [capacity] */
    int32_t            capacity, count;
    uint64_t           mass; /* sum of the weights of the last draw */
};

/* ---- open, close, state ---- */

void xb_sampler_options_init(xb_sampler_options *o) {
    *o = (xb_sampler_options){ .temperature = 1, .typical_p = 1, .top_p = 1, .repetition_penalty = 1, .last_n = 64 };
}

static xybrid_status check_number(const char *name, float value, float min, float max, int is_min_open, xybrid_error *err) {
    if (value >= min && value <= max && (!is_min_open || value > min)) return XYBRID_OK; /* NaN fails */
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "%s is %g, wanted %s %g to %g", name, (double)value,
                   is_min_open ? "above" : "from", (double)min, (double)max);
}

static xybrid_status check_count(const char *name, int32_t value, int32_t max, xybrid_error *err) {
    if (value >= 0 && value <= max) return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "%s is %d, wanted 0 to %d", name, (int)value, (int)max);
}

static xybrid_status check_options(int32_t vocabulary, const xb_sampler_options *o, xybrid_error *err) {
    if (vocabulary < 1 || vocabulary > XB_MAX_VOCABULARY)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "vocabulary", "a vocabulary of %d tokens, wanted 1 to %d", (int)vocabulary,
                       XB_MAX_VOCABULARY);
    XB_TRY(check_number("temperature", o->temperature, 0, 1e6f, 0, err));
    XB_TRY(check_count("top_k", o->top_k, INT32_MAX, err));
    XB_TRY(check_number("typical_p", o->typical_p, 0, 1, 1, err));
    XB_TRY(check_number("top_p", o->top_p, 0, 1, 1, err));
    XB_TRY(check_number("min_p", o->min_p, 0, 1, 0, err));
    XB_TRY(check_number("repetition_penalty", o->repetition_penalty, 0, 1e6f, 1, err));
    XB_TRY(check_number("frequency_penalty", o->frequency_penalty, -1e6f, 1e6f, 0, err));
    XB_TRY(check_number("presence_penalty", o->presence_penalty, -1e6f, 1e6f, 0, err));
    XB_TRY(check_count("last_n", o->last_n, XB_MAX_PENALTY_TOKENS, err));
    XB_TRY(check_count("logit_bias", o->bias_count, XB_MAX_LOGIT_BIAS, err));
    for (int32_t i = 0; i < o->bias_count; i++) {
        const xb_logit_bias *b = &o->bias[i];
        if (b->token < 0 || b->token >= vocabulary || isnan(b->value))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "logit_bias",
                           "logit_bias: token %d with %g, wanted a token from 0 to %d", (int)b->token, (double)b->value,
                           (int)(vocabulary - 1));
    }
    return XYBRID_OK;
}

xybrid_status xb_sampler_open(xb_mem *mem, int32_t vocabulary, const xb_sampler_options *o, xb_sampler **out,
                              xybrid_error *err) {
    XB_TRY(check_options(vocabulary, o, err));
    xb_sampler *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->mem = mem;
    s->o = *o;
    s->vocabulary = vocabulary;
    for (s->slots = 1; s->slots < 2 * (uint32_t)o->last_n; s->slots *= 2) {}
    int64_t wanted = o->top_k > 0 ? (int64_t)o->top_k * 4 : vocabulary;
    if (wanted < MIN_SELECTION) wanted = MIN_SELECTION;
    s->capacity = o->temperature <= 0 ? 1 : wanted < vocabulary ? (int32_t)wanted : vocabulary;
    s->ring = xb_calloc(mem, (size_t)o->last_n, sizeof *s->ring, err);
    s->tallies = s->ring ? xb_calloc(mem, s->slots, sizeof *s->tallies, err) : NULL;
    s->list = s->tallies ? xb_calloc(mem, (size_t)s->capacity, sizeof *s->list, err) : NULL;
    s->bias = s->list ? xb_calloc(mem, (size_t)o->bias_count, sizeof *s->bias, err) : NULL;
    if (!s->bias) {
        xb_sampler_close(s);
        return err->code;
    }
    if (o->bias_count > 0) memcpy(s->bias, o->bias, (size_t)o->bias_count * sizeof *s->bias);
    xb_sampler_reset(s);
    *out = s;
    return XYBRID_OK;
}

void xb_sampler_close(xb_sampler *s) {
    if (!s) return;
    xb_free(s->mem, s->ring);
    xb_free(s->mem, s->tallies);
    xb_free(s->mem, s->list);
    xb_free(s->mem, s->bias);
    xb_free(s->mem, s);
}

void xb_sampler_reset(xb_sampler *s) {
    s->random = s->o.seed;
    s->at = s->held = s->count = 0;
}

void xb_sampler_accept(xb_sampler *s, int32_t token) {
    if (s->o.last_n == 0 || token < 0 || token >= s->vocabulary) return;
    s->ring[s->at] = token;
    s->at = s->at + 1 == s->o.last_n ? 0 : s->at + 1;
    if (s->held < s->o.last_n) s->held++;
}

/* The state: generator (8 bytes), tokens held (4), last_n (4), the tokens, the oldest first. Little-endian. */

static void put_bytes(uint8_t *at, uint64_t value, int size) {
    for (int i = 0; i < size; i++) at[i] = (uint8_t)(value >> 8 * i);
}
static uint64_t get_bytes(const uint8_t *at, int size) {
    uint64_t value = 0;
    for (int i = 0; i < size; i++) value |= (uint64_t)at[i] << 8 * i;
    return value;
}

size_t xb_sampler_state_size(const xb_sampler *s) { return 16 + 4 * (size_t)s->o.last_n; }

void xb_sampler_save(const xb_sampler *s, void *state) {
    uint8_t *p = state;
    memset(p, 0, xb_sampler_state_size(s));
    put_bytes(p, s->random, 8);
    put_bytes(p + 8, (uint64_t)s->held, 4);
    put_bytes(p + 12, (uint64_t)s->o.last_n, 4);
    for (int32_t i = 0; i < s->held; i++)
        put_bytes(p + 16 + 4 * (size_t)i, (uint64_t)s->ring[(s->at - s->held + i + s->o.last_n) % s->o.last_n], 4);
}

xybrid_status xb_sampler_restore(xb_sampler *s, const void *state, size_t size, xybrid_error *err) {
    const uint8_t *p = state;
    uint64_t       held = size == xb_sampler_state_size(s) ? get_bytes(p + 8, 4) : UINT64_MAX;
    int            is_ok = held <= (uint64_t)s->o.last_n && get_bytes(p + 12, 4) == (uint64_t)s->o.last_n;
    for (uint64_t i = 0; is_ok && i < held; i++) is_ok = get_bytes(p + 16 + 4 * i, 4) < (uint64_t)s->vocabulary;
    if (!is_ok)
        return xb_fail(err, XYBRID_MALFORMED, "sampler",
                       "the state of %zu bytes is not one of this sampler, which has %zu bytes", size,
                       xb_sampler_state_size(s));
    xb_sampler_reset(s);
    s->random = get_bytes(p, 8);
    for (uint64_t i = 0; i < held; i++) xb_sampler_accept(s, (int32_t)get_bytes(p + 16 + 4 * i, 4));
    return XYBRID_OK;
}

/* ---- bias and penalties ---- */

static void count_token(xb_sampler *s, int32_t token) {
    uint32_t slot = (uint32_t)token * UINT32_C(2654435769) & (s->slots - 1);
    while (s->tallies[slot].count > 0 && s->tallies[slot].token != token) slot = (slot + 1) & (s->slots - 1);
    s->tallies[slot].token = token;
    s->tallies[slot].count++;
}

void xb_sampler_adjust(xb_sampler *s, float *logits) {
    const xb_sampler_options *o = &s->o;
    for (int32_t i = 0; i < o->bias_count; i++) logits[s->bias[i].token] += s->bias[i].value;
    if (s->held == 0 || (o->repetition_penalty == 1 && o->frequency_penalty == 0 && o->presence_penalty == 0)) return;
    memset(s->tallies, 0, s->slots * sizeof *s->tallies);
    for (int32_t i = 0; i < s->held; i++) count_token(s, s->ring[i]); /* in no order: a ring that is not full begins at 0 */
    for (uint32_t i = 0; i < s->slots; i++) {
        const tally *t = &s->tallies[i];
        if (t->count == 0) continue;
        float *logit = &logits[t->token];
        double repeated = (double)t->count * (double)o->frequency_penalty; /* exact: 24 bits times 13 */
        float  divided = *logit <= 0 ? *logit * o->repetition_penalty : *logit / o->repetition_penalty;
        *logit = (float)((double)divided - repeated - (double)o->presence_penalty);
    }
}

/* ---- candidates ---- */

/* Moves the first candidates in key order whose weights together reach `target` (>= 1) to the front; returns their number. */
static int32_t keep_first(candidate *c, int32_t count, uint64_t target) {
    int32_t kept = 0, end = count; /* [0, kept) are in, [kept, end) in question, the rest is out */
    for (int shift = 56; shift >= 0 && end - kept > 1; shift -= 8) {
        uint64_t sums[256] = { 0 };
        for (int32_t i = kept; i < end; i++) sums[c[i].key >> shift & 255] += c[i].weight;
        unsigned edge = 0;
        while (edge < 255 && sums[edge] < target) target -= sums[edge++];
        int32_t in = kept, asked = kept;
        for (int32_t i = kept; i < end; i++) { /* smaller ones to `in`, equal ones to `asked` behind them */
            unsigned  digit = (unsigned)(c[i].key >> shift & 255);
            candidate moved = c[i];
            if (digit > edge) continue;
            c[i] = c[asked];
            c[asked++] = moved;
            if (digit == edge) continue;
            c[asked - 1] = c[in];
            c[in++] = moved;
        }
        kept = in;
        end = asked;
    }
    return end; /* the one that is left reaches the target, or all together do not */
}

static float finite(float logit) { return logit > FLT_MAX ? FLT_MAX : logit; } /* -inf and NaN are no candidates */

/* Larger logits have smaller keys; of equal ones the lower id. */
static candidate from_logit(float logit, int32_t id) {
    uint32_t bits;
    logit = finite(logit) + 0.0f; /* -0 becomes 0 */
    memcpy(&bits, &logit, sizeof bits);
    bits ^= bits >> 31 ? UINT32_C(0xFFFFFFFF) : UINT32_C(0x80000000);
    return (candidate){ (uint64_t)~bits << 32 | (uint32_t)id, 1 };
}
static float logit_of(uint64_t key) {
    uint32_t bits = ~(uint32_t)(key >> 32);
    float    logit;
    bits ^= bits >> 31 ? UINT32_C(0x80000000) : UINT32_C(0xFFFFFFFF);
    memcpy(&logit, &bits, sizeof logit);
    return logit;
}

typedef struct gathering {
    xb_sampler *s;
    int32_t     count, top_k;
    float       above; /* only larger ones can still be among the top_k */
} gathering;

static void gather_one(gathering *g, float logit, int32_t id) {
    candidate *list = g->s->list;
    if (g->count == g->s->capacity) {
        g->count = keep_first(list, g->count, (uint64_t)g->top_k);
        uint64_t last = 0;
        for (int32_t i = 0; i < g->count; i++)
            if (list[i].key > last) last = list[i].key;
        g->above = logit_of(last);
        if (!(logit > g->above)) return; /* ids ascend: an equal one comes later */
    }
    list[g->count++] = from_logit(logit, id);
}

static uint32_t word_of(const xb_sampler *s, const uint32_t *allowed, int32_t from) {
    int32_t  left = s->vocabulary - from;
    uint32_t all = left >= 32 ? UINT32_C(0xFFFFFFFF) : (UINT32_C(1) << left) - 1;
    return allowed ? allowed[from / 32] & all : all;
}

static void gather(xb_sampler *s, const float *logits, const uint32_t *allowed) {
    int32_t   k = s->o.top_k > 0 && s->o.top_k < s->vocabulary ? s->o.top_k : s->vocabulary;
    gathering g = { s, 0, k, -INFINITY };
    for (int32_t from = 0; from < s->vocabulary; from += 32) {
        uint32_t word = word_of(s, allowed, from);
        if (word == UINT32_C(0xFFFFFFFF)) {
            for (int32_t i = from; i < from + 32; i++)
                if (logits[i] > g.above) gather_one(&g, logits[i], i);
        } else {
            for (int32_t i = from; word; i++, word >>= 1)
                if (word & 1 && logits[i] > g.above) gather_one(&g, logits[i], i);
        }
    }
    s->count = g.count > k ? keep_first(s->list, g.count, (uint64_t)k) : g.count;
}

/* ---- weights ---- */

/* 2^-y * 2^WEIGHT_BITS, y with 32 bits behind the point. For the fraction f: 1 - c1 f + c2 f^2 - ... + c6 f^6, a fit of 2^-f
 * whose largest relative error is 2e-9, with 31 bits behind the point. */
static uint64_t weight_of(uint64_t y) {
    static const uint32_t c[] = { 0x3928e, 0x29c55d, 0x139e3fc, 0x71a5236, 0x1ebfac0e, 0x58b90b02, 0x80000000 };
    uint64_t              f = (y & UINT32_C(0xFFFFFFFF)) >> 1, r = c[0];
    if (y >> 32 > WEIGHT_BITS) return 0;
    for (int i = 1; i < 7; i++) r = c[i] - (r * f >> 31);
    return r << (WEIGHT_BITS - 31) >> (y >> 32);
}

/* difference * scale with 32 bits behind the point, cut where weights are 0. */
static uint64_t fixed(double difference, double scale) {
    const double most = 41, y = difference * scale; /* WEIGHT_BITS + 1 */
    return (uint64_t)((y < most ? y : most) * 4294967296.0);
}

/* Keys of y = (largest - logit) * scale and the id, weights of 2^-y; candidates without a weight are dropped. Returns the sum
 * of the weights. `scale` is 1 / (t ln 2): whole powers of two. */
static uint64_t weigh(xb_sampler *s, const float *logits, double temperature) {
    const double scale = 1.4426950408889634 / temperature;
    float        largest = -FLT_MAX;
    int32_t      kept = 0;
    uint64_t     mass = 0;
    for (int32_t i = 0; i < s->count; i++) {
        float logit = finite(logits[s->list[i].key & ID_MASK]);
        if (logit > largest) largest = logit;
    }
    for (int32_t i = 0; i < s->count; i++) {
        uint64_t  id = s->list[i].key & ID_MASK, y = fixed((double)largest - (double)finite(logits[id]), scale);
        candidate c = { y << ID_BITS | id, weight_of(y) };
        if (c.weight == 0) continue;
        s->list[kept++] = c;
        mass += c.weight;
    }
    s->count = kept;
    return mass;
}

/* -log p - H is y - mean(y) in units of ln 2: the logarithm of the sum cancels. Afterwards the keys are distances. */
static void keep_typical(xb_sampler *s, uint64_t mass) {
    uint64_t sum = 0; /* of weight * y, cut to whole weights; y 2^-y is below 0.54, so the product has 64 bits */
    for (int32_t i = 0; i < s->count; i++) sum += (s->list[i].key >> (ID_BITS + 8)) * s->list[i].weight >> 24;
    uint64_t mean = (uint64_t)((double)sum / (double)mass * 4294967296.0);
    for (int32_t i = 0; i < s->count; i++) {
        uint64_t key = s->list[i].key, y = key >> ID_BITS;
        s->list[i].key = (y > mean ? y - mean : mean - y) << ID_BITS | (key & ID_MASK);
    }
    s->count = keep_first(s->list, s->count, (uint64_t)((double)s->o.typical_p * (double)mass) + 1);
}

static void keep_probable(xb_sampler *s) {
    uint64_t most = 0;
    int32_t  kept = 0;
    for (int32_t i = 0; i < s->count; i++)
        if (s->list[i].weight > most) most = s->list[i].weight;
    const double least = (double)s->o.min_p * (double)most;
    for (int32_t i = 0; i < s->count; i++)
        if ((double)s->list[i].weight >= least) s->list[kept++] = s->list[i];
    s->count = kept;
}

static void truncate(xb_sampler *s, const float *logits) {
    const xb_sampler_options *o = &s->o;
    if (o->typical_p >= 1 && o->top_p >= 1 && o->min_p <= 0) return;
    uint64_t mass = weigh(s, logits, 1);
    if (o->typical_p < 1) {
        keep_typical(s, mass);
        mass = weigh(s, logits, 1); /* the keys by probability again */
    }
    if (o->min_p > 0) keep_probable(s); /* before top_p, whose mass is that of all: the same set, and less to look through */
    if (o->top_p < 1) s->count = keep_first(s->list, s->count, (uint64_t)ceil((double)o->top_p * (double)mass));
}

/* ---- the choice ---- */

static uint64_t next_random(xb_sampler *s) { /* SplitMix64 */
    uint64_t z = s->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* The high half of the product of two 64-bit numbers. */
static uint64_t high_product(uint64_t a, uint64_t b) {
    uint64_t al = a & UINT32_C(0xFFFFFFFF), ah = a >> 32, bl = b & UINT32_C(0xFFFFFFFF), bh = b >> 32;
    uint64_t middle = ah * bl + (al * bl >> 32);
    return ah * bh + (middle >> 32) + ((al * bh + (middle & UINT32_C(0xFFFFFFFF))) >> 32);
}

static int32_t largest_logit(const xb_sampler *s, const float *logits, const uint32_t *allowed) {
    float   best = -INFINITY;
    int32_t token = -1;
    for (int32_t from = 0; from < s->vocabulary; from += 32) {
        uint32_t word = word_of(s, allowed, from);
        if (word == UINT32_C(0xFFFFFFFF)) {
            for (int32_t i = from; i < from + 32; i++)
                if (logits[i] > best) best = logits[i], token = i;
        } else {
            for (int32_t i = from; word; i++, word >>= 1)
                if (word & 1 && logits[i] > best) best = logits[i], token = i;
        }
    }
    return token;
}

static xybrid_status fail_empty(const xb_sampler *s, const uint32_t *allowed, xybrid_error *err) {
    uint32_t any = 0;
    for (int32_t from = 0; from < s->vocabulary; from += 32) any |= word_of(s, allowed, from);
    if (!any) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "sampler", "the mask allows none of %d tokens", (int)s->vocabulary);
    return xb_fail(err, XYBRID_INFERENCE_FAILED, "sampler", "no allowed token has a logit: all are NaN or -inf");
}

xybrid_status xb_sampler_pick(xb_sampler *s, const float *logits, const uint32_t *allowed, int32_t *token, xybrid_error *err) {
    s->count = 0;
    if (s->o.temperature <= 0) {
        int32_t best = largest_logit(s, logits, allowed);
        if (best < 0) return fail_empty(s, allowed, err);
        *token = best;
        return XYBRID_OK;
    }
    gather(s, logits, allowed);
    if (s->count == 0) return fail_empty(s, allowed, err);
    truncate(s, logits);
    s->mass = weigh(s, logits, (double)s->o.temperature);
    uint64_t point = high_product(next_random(s), s->mass);
    int32_t  at = 0;
    while (at + 1 < s->count && point >= s->list[at].weight) point -= s->list[at++].weight;
    *token = (int32_t)(s->list[at].key & ID_MASK);
    return XYBRID_OK;
}

int xb_sampler_candidate(const xb_sampler *s, int32_t index, int32_t *token, double *probability) {
    if (index < 0 || index >= s->count) return 0;
    *token = (int32_t)(s->list[index].key & ID_MASK);
    *probability = (double)s->list[index].weight / (double)s->mass;
    return 1;
}
