/* The sampler: candidates and probabilities against scripts/golden/chat_sampler.py, draws by chi-square, edges, time. */
#include "chat/sampler.h"

#include "base/error.h"
#include "base/limits.h"
#include "plat/clock.h"
#include "support.h"

#include <float.h>

#include "../golden/chat_sampler.inc"

enum { VOCABULARY = 301, WORDS = (VOCABULARY + 31) / 32, CASE = 12 };

static xb_test_mem  tm;
static xybrid_error err;

static void noise(int *out, int count, uint32_t x) { /* as golden_arrays.noise */
    for (int i = 0; i < count; i++) {
        x = (x * 1103515245u + 12345u) & 0x7FFFFFFFu;
        out[i] = (int)(x >> 16 & 255);
    }
}

static void golden_row(int row, float logits[VOCABULARY]) {
    int b[2 * VOCABULARY];
    noise(b, 2 * VOCABULARY, 7);
    for (int i = 0; i < VOCABULARY; i++) {
        int step = (b[2 * i] - 128 - ((b[2 * i] - 128) % 8 + 8) % 8) / 8; /* rounds down, as // */
        logits[i] = row == 0 ? (float)(256 * b[2 * i] + b[2 * i + 1] - 32768) / 4096 : (float)step / 4;
    }
}

static xb_sampler *open_sampler(int32_t vocabulary, const xb_sampler_options *o) {
    xb_sampler *s = NULL;
    xb_test_mem_init(&tm, 0, 0);
    xybrid_status st = xb_sampler_open(&tm.mem, vocabulary, o, &s, &err);
    if (st != XYBRID_OK) printf("%s\n", err.message);
    CHECK_INT(st, XYBRID_OK);
    return s;
}
static void close_sampler(xb_sampler *s) {
    xb_sampler_close(s);
    CHECK_INT(tm.live_blocks, 0);
}

static void golden_case(const int16_t *c, const int16_t *ids, const float *probabilities) {
    xb_sampler_options o;
    xb_sampler_options_init(&o);
    o.last_n = c[2];
    o.repetition_penalty = (float)c[3] / 100, o.frequency_penalty = (float)c[4] / 100, o.presence_penalty = (float)c[5] / 100;
    o.top_k = c[6];
    o.typical_p = (float)c[7] / 100, o.top_p = (float)c[8] / 100, o.min_p = (float)c[9] / 100;
    o.temperature = (float)c[10] / 100;
    xb_sampler *s = open_sampler(VOCABULARY, &o);
    float       logits[VOCABULARY];
    uint32_t    allowed[WORDS] = { 0 };
    int         history[100];
    golden_row(c[0], logits);
    noise(history, 100, 3);
    for (int i = 0; i < 100; i++) xb_sampler_accept(s, history[i] % 40);
    for (int i = 0; i < VOCABULARY; i++)
        if ((i * 7 + i / 32) % 5 < 2) allowed[i / 32] |= 1u << (i % 32);
    allowed[WORDS - 1] |= 0xFFFFFFFFu << VOCABULARY % 32; /* bits beyond the vocabulary mean nothing */
    int32_t token = -1, found = 0;
    double  p, total = 0;
    xb_sampler_adjust(s, logits);
    CHECK_INT(xb_sampler_pick(s, logits, c[1] ? allowed : NULL, &token, &err), XYBRID_OK);
    int is_drawn_known = 0;
    for (int32_t i = 0, id; xb_sampler_candidate(s, i, &id, &p); i++) {
        int at = 0;
        while (at < c[11] && ids[at] != id) at++;
        CHECK_OR_RETURN(at < c[11]);
        /* 5e-9 of a weight, 7e-8 of the float in the table, and steps of 2^-40 of the largest */
        CHECK_NEAR(p, probabilities[at], 1e-7 * (double)probabilities[at] + 1e-12);
        is_drawn_known |= id == token;
        total += p;
        found++;
    }
    CHECK_INT(found, c[11]);
    CHECK_NEAR(total, 1, 1e-12);
    CHECK(is_drawn_known);
    close_sampler(s);
}

static void agrees_with_the_papers(void) {
    const int16_t *ids = sampler_ids;
    const float   *probabilities = sampler_probabilities;
    for (size_t i = 0; i < sizeof sampler_cases / sizeof sampler_cases[0]; i += CASE) {
        int before = check_failures;
        golden_case(&sampler_cases[i], ids, probabilities);
        if (check_failures > before) printf("  case %zu\n", i / CASE);
        ids += sampler_cases[i + 11];
        probabilities += sampler_cases[i + 11];
    }
}

/* ---- draws ---- */

static void draws_by_probability(void) {
    enum { KINDS = 12, DRAWS = 120000 };
    xb_sampler_options o;
    xb_sampler_options_init(&o);
    o.seed = 5, o.temperature = 0.9f;
    xb_sampler  *s = open_sampler(KINDS, &o);
    float        logits[KINDS];
    int          counts[KINDS] = { 0 };
    double       p, chi = 0;
    const double draws = DRAWS;
    int32_t      token, id;
    for (int i = 0; i < KINDS; i++) logits[i] = (float)(i % 5) * 0.7f - 1;
    for (int n = 0; n < DRAWS; n++) {
        CHECK_OR_RETURN(xb_sampler_pick(s, logits, NULL, &token, &err) == XYBRID_OK && token >= 0 && token < KINDS);
        counts[token]++;
    }
    for (int32_t i = 0; xb_sampler_candidate(s, i, &id, &p); i++) chi += pow(counts[id] - p * draws, 2) / (p * draws);
    CHECK(chi < 31.26); /* 11 degrees of freedom: one seed in a thousand is above; this seed is not */
    close_sampler(s);
}

static void repeats_itself(void) {
    static const int32_t wanted[] = { 210, 58, 72, 105, 10, 242, 62, 212 }; /* of every machine */
    xb_sampler_options   o;
    float                logits[VOCABULARY];
    int32_t              token;
    xb_sampler_options_init(&o);
    o.seed = 42, o.top_k = 40, o.top_p = 0.95f, o.min_p = 0.05f, o.temperature = 1.2f;
    xb_sampler *s = open_sampler(VOCABULARY, &o);
    golden_row(0, logits);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i++) {
            CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_OK);
            CHECK_INT(token, wanted[i]);
        }
        xb_sampler_reset(s);
    }
    close_sampler(s);
}

static void goes_back_to_a_saved_state(void) {
    xb_sampler_options o;
    xb_sampler_options_init(&o);
    o.seed = 9, o.repetition_penalty = 1.3f, o.last_n = 5;
    xb_sampler *s = open_sampler(VOCABULARY, &o);
    uint8_t     state[64], again[64];
    int32_t     first[20], second[20];
    CHECK_INT(xb_sampler_state_size(s), 36);
    for (int32_t i = 0; i < 7; i++) xb_sampler_accept(s, i);
    xb_sampler_accept(s, -1), xb_sampler_accept(s, VOCABULARY); /* are no tokens */
    xb_sampler_save(s, state);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20; i++) {
            float logits[VOCABULARY];
            golden_row(0, logits);
            xb_sampler_adjust(s, logits);
            CHECK_INT(xb_sampler_pick(s, logits, NULL, round ? &second[i] : &first[i], &err), XYBRID_OK);
            xb_sampler_accept(s, round ? second[i] : first[i]);
        }
        CHECK_INT(xb_sampler_restore(s, state, sizeof state, &err), XYBRID_MALFORMED);
        CHECK_INT(xb_sampler_restore(s, state, 36, &err), XYBRID_OK);
        xb_sampler_save(s, again);
        CHECK(memcmp(state, again, 36) == 0);
    }
    CHECK(memcmp(first, second, sizeof first) == 0);
    state[8] = 6; /* more tokens than last_n */
    CHECK_INT(xb_sampler_restore(s, state, 36, &err), XYBRID_MALFORMED);
    state[8] = 5, state[18] = 1; /* token 65,538 */
    CHECK_INT(xb_sampler_restore(s, state, 36, &err), XYBRID_MALFORMED);
    xb_sampler_save(s, again);
    state[18] = 0;
    CHECK(memcmp(state, again, 36) == 0);
    close_sampler(s);
}

/* ---- edges ---- */

static void takes_any_number(void) {
    enum { N = 70 };
    xb_sampler_options o;
    for (int kind = 0; kind < 6; kind++) {
        xb_sampler_options_init(&o);
        if (kind == 0) o.temperature = 0;
        if (kind == 2) o.top_k = 3;
        if (kind == 3) o.typical_p = 0.5f, o.top_p = 0.5f, o.min_p = 0.5f;
        if (kind == 4) o.temperature = 1e-6f;
        if (kind == 5) o.temperature = 1e6f, o.top_k = N;
        xb_sampler *s = open_sampler(N, &o);
        float       logits[N];
        uint32_t    none[3] = { 0 }, beyond[3] = { 0, 0, 0xFFFFFFC0u }, one[3] = { 0, 2, 0 };
        int32_t     token = 7;
        for (int i = 0; i < N; i++) logits[i] = i % 2 ? NAN : -INFINITY;
        CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_INFERENCE_FAILED);
        CHECK_STR(err.message, "no allowed token has a logit: all are NaN or -inf");
        CHECK_INT(xb_sampler_pick(s, logits, none, &token, &err), XYBRID_INVALID_ARGUMENT);
        CHECK_STR(err.message, "the mask allows none of 70 tokens");
        CHECK_INT(xb_sampler_pick(s, logits, beyond, &token, &err), XYBRID_INVALID_ARGUMENT);
        CHECK_INT(token, 7);
        logits[40] = -FLT_MAX;
        CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_OK);
        CHECK_INT(token, 40);
        logits[13] = INFINITY;
        logits[12] = 3e38f;
        CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_OK);
        CHECK_INT(token, 13);
        logits[33] = -5;
        CHECK_INT(xb_sampler_pick(s, logits, one, &token, &err), XYBRID_OK);
        CHECK_INT(token, 33);
        for (int i = 0; i < N; i++) logits[i] = INFINITY;
        CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_OK);
        CHECK(token >= 0 && token < N);
        for (int i = 0; i < N; i++) logits[i] = 1;
        CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_OK);
        if (kind == 0) CHECK_INT(token, 0); /* of equal ones the lowest */
        if (kind == 2) CHECK(token < 3);
        close_sampler(s);
    }
}

static void biases_tokens(void) {
    const xb_logit_bias bias[] = { { 3, 4.5f }, { 0, -INFINITY } };
    xb_sampler_options  o;
    float               logits[8] = { 9, 1, 0, 0, 0, 0, 0, 0 };
    int32_t             token;
    xb_sampler_options_init(&o);
    o.temperature = 0, o.bias = bias, o.bias_count = 2;
    xb_sampler *s = open_sampler(8, &o);
    xb_sampler_adjust(s, logits);
    CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_OK);
    CHECK_INT(token, 3);
    CHECK(!xb_sampler_candidate(s, 0, &token, &(double){ 0 }));
    close_sampler(s);
}

static void refuses_options(void) {
    static const xb_logit_bias bad_bias = { 10, 1 };
    xb_sampler_options         o;
    xb_sampler                *s = NULL;
    xb_test_mem_init(&tm, 0, 0);
    for (int kind = 0; kind < 16; kind++) {
        xb_sampler_options_init(&o);
        if (kind == 0) o.temperature = -1;
        if (kind == 1) o.temperature = NAN;
        if (kind == 2) o.top_k = -1;
        if (kind == 3) o.top_p = 0;
        if (kind == 4) o.top_p = 1.1f;
        if (kind == 5) o.min_p = -0.1f;
        if (kind == 6) o.typical_p = NAN;
        if (kind == 7) o.repetition_penalty = 0;
        if (kind == 8) o.frequency_penalty = INFINITY;
        if (kind == 9) o.presence_penalty = NAN;
        if (kind == 10) o.last_n = XB_MAX_PENALTY_TOKENS + 1;
        if (kind == 11) o.last_n = -1;
        if (kind == 12) o.bias = &bad_bias, o.bias_count = 1;
        if (kind == 13) o.bias_count = -1;
        CHECK_INT(xb_sampler_open(&tm.mem,
                                  kind == 14   ? 0
                                  : kind == 15 ? XB_MAX_VOCABULARY + 1
                                               : 10,
                                  &o, &s, &err),
                  XYBRID_INVALID_ARGUMENT);
        if (kind == 3) CHECK_STR(err.message, "top_p is 0, wanted above 0 to 1");
        if (kind == 12) CHECK_STR(err.message, "logit_bias: token 10 with 1, wanted a token from 0 to 9");
    }
    CHECK(s == NULL);
    CHECK_INT(tm.live_blocks, 0);
}

static void survives_lack_of_memory(void) {
    xb_sampler_options o;
    xb_sampler_options_init(&o);
    XB_TORTURE (tm, 20) {
        xb_sampler   *s = NULL;
        xybrid_status st = xb_sampler_open(&tm.mem, 100, &o, &s, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_sampler_close(s);
    }
}

/* ---- large vocabularies: selection against a plain sort, in rising, falling and random order ---- */

static const float *sorting;
static int          by_logit(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    if (sorting[x] != sorting[y]) return sorting[x] > sorting[y] ? -1 : 1;
    return x < y ? -1 : 1;
}

static void selects_from_many(void) {
    enum { N = 49152 };
    static float   logits[N];
    static int32_t order[N];
    static uint8_t is_in[N];
    for (int kind = 0; kind < 4; kind++) {
        for (int top_k = 1; top_k < N * 2; top_k = top_k * 7 + 1) {
            xb_sampler_options o;
            uint32_t           x = 11;
            int32_t            token, id, count = 0, k = top_k < N ? top_k : N;
            double             p;
            for (int i = 0; i < N; i++) {
                x = x * 1664525u + 1013904223u;
                logits[i] = (kind == 0   ? (float)i
                             : kind == 1 ? (float)-i
                                         : (float)(x >> 8 & (kind == 2 ? 0xFFFFF : 7))) /
                            65536;
                order[i] = i;
            }
            xb_sampler_options_init(&o);
            o.top_k = top_k;
            xb_sampler *s = open_sampler(N, &o);
            CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_OK);
            sorting = logits;
            qsort(order, N, sizeof *order, by_logit);
            memset(is_in, 0, sizeof is_in);
            for (int i = 0; i < k; i++) is_in[order[i]] = 1;
            for (int32_t i = 0; xb_sampler_candidate(s, i, &id, &p); i++) count += is_in[id];
            CHECK_INT(count, k);
            CHECK(!xb_sampler_candidate(s, k, &id, &p));
            close_sampler(s);
        }
    }
}

static int by_ns(const void *a, const void *b) { return *(const int64_t *)a < *(const int64_t *)b ? -1 : 1; }

/* The median of 51, printed. The limit is far above it, for busy machines and sanitizers: it finds what is quadratic. */
static void is_quick(void) {
    static float logits[262144];
    for (int n = 49152; n <= 262144; n += 262144 - 49152) {
        for (int kind = 0; kind < 4; kind++) {
            int64_t            ns[51];
            int32_t            token;
            xb_sampler_options o;
            uint32_t           x = 11;
            xb_sampler_options_init(&o);
            o.seed = 3, o.temperature = kind ? 0.7f : 0, o.top_k = kind == 1 || kind == 3 ? 40 : 0, o.top_p = 0.9f,
            o.min_p = 0.05f;
            for (int i = 0; i < n; i++) {
                float sum = 0; /* of four: near to a normal distribution, as logits are */
                for (int k = 0; k < 4; k++) x = x * 1664525u + 1013904223u, sum += (float)(x >> 8) / (1 << 24);
                logits[i] = kind == 3 ? (float)i / 1000 : (sum - 2) * 6;
            }
            xb_sampler *s = open_sampler(n, &o);
            for (int i = 0; i < 51; i++) {
                int64_t start = xb_clock_ns();
                CHECK_INT(xb_sampler_pick(s, logits, NULL, &token, &err), XYBRID_OK);
                ns[i] = xb_clock_ns() - start;
            }
            qsort(ns, 51, sizeof ns[0], by_ns);
            static const char *const kinds[] = { "greedy", "top_k 40", "top_k 0", "top_k 40, rising" };
            printf("%6d logits, %-16s: %.3f ms\n", n, kinds[kind], (double)ns[25] / 1e6);
            CHECK(ns[25] < INT64_C(4000) * n * (CHECK_IS_EMULATED ? 20 : 1)); /* 4 us a logit */
            close_sampler(s);
        }
    }
}

CHECK_MAIN(RUN(agrees_with_the_papers), RUN(draws_by_probability), RUN(repeats_itself), RUN(goes_back_to_a_saved_state),
           RUN(takes_any_number), RUN(biases_tokens), RUN(refuses_options), RUN(survives_lack_of_memory),
           RUN(selects_from_many), RUN(is_quick))
