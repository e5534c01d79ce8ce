/* The steps TemperatureSample and Denormalize against scripts/golden/flow_sample.py, and how often each token is chosen. */
#include "step_rig.h"
#include "support.h"

#include "golden/flow_sample.inc"

enum { BATCH = 3, POSITIONS = 2, VOCABULARY = 40, CASES = sizeof sample_parameters / sizeof *sample_parameters / 4 };

static xb_test_mem  tm;
static xybrid_error err;
static float        scores[BATCH * POSITIONS * VOCABULARY];

/* The same bytes as noise() in scripts/golden/golden_arrays.py. */
static void make_scores(void) {
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        x = (x * 1103515245u + 12345u) & 0x7fffffffu;
        scores[i] = ((float)(x >> 16 & 255) - 128) / 32;
    }
}

static xybrid_status open_step(rig *r, const char *name, const char *params) {
    return rig_open_step(r, &tm.mem, name, params, "postprocessing[0]", &err);
}

static xybrid_status run_step(rig *r, xybrid_dtype dtype, const void *data, int32_t rank, const int64_t *shape) {
    xb_tensor t = { .dtype = dtype, .rank = rank, .data = (void *)data }; /* the step only reads */
    if (rank > 0) memcpy(t.shape, shape, (size_t)rank * sizeof *shape);
    xybrid_status st = xb_value_set_tensor(&r->frame.value, XB_VALUE_TENSORS, "logits", t, &err);
    return st ? st : r->row->run(r->state, &r->frame, &err);
}

static const xb_tensor *result(rig *r) { return xb_value_find(&r->frame.value, NULL); }

static void close_step(rig *r) {
    xb_value_free(&r->frame.value);
    xb_json_free(r->doc);
}

/* ---- TemperatureSample ---- */

static void samples_agree(void) {
    make_scores();
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < CASES; i++) {
        const int64_t *p = &sample_parameters[4 * i];
        char           params[200], top_k[40] = "";
        rig            r;
        if (p[1]) snprintf(top_k, sizeof top_k, "\"top_k\": %d, ", (int)p[1]);
        snprintf(params, sizeof params, "{\"temperature\": %d.%d, %s\"top_p\": %d.%d, \"seed\": %lld}", (int)p[0] / 10,
                 (int)p[0] % 10, top_k, (int)p[2] / 10, (int)p[2] % 10, (long long)p[3]);
        CHECK_INT(open_step(&r, "TemperatureSample", params), XYBRID_OK);
        for (int round = 0; round < 2; round++) { /* a seed begins anew in each run */
            CHECK_INT(run_step(&r, XYBRID_FLOAT32, scores, 3, (int64_t[]){ BATCH, POSITIONS, VOCABULARY }), XYBRID_OK);
            CHECK_INT(result(&r)->rank, 1);
            CHECK_INT(result(&r)->shape[0], BATCH);
            for (int row = 0; row < BATCH; row++) CHECK_INT(((int64_t *)result(&r)->data)[row], sample_ids[i * BATCH + row]);
        }
        close_step(&r);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* [V], [T,V] and half precision: the last position of the first batch. */
static void takes_other_shapes(void) {
    static uint16_t half[POSITIONS * VOCABULARY];
    const int64_t   shape[2] = { POSITIONS, VOCABULARY };
    rig             r;
    make_scores();
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(open_step(&r, "TemperatureSample", "{\"temperature\": 1.0, \"seed\": 42}"), XYBRID_OK);
    CHECK_INT(run_step(&r, XYBRID_FLOAT32, scores, 2, shape), XYBRID_OK);
    int64_t wanted = *(int64_t *)result(&r)->data;
    CHECK_INT(result(&r)->shape[0], 1);
    CHECK_INT(run_step(&r, XYBRID_FLOAT32, scores + VOCABULARY, 1, shape + 1), XYBRID_OK);
    CHECK_INT(*(int64_t *)result(&r)->data, wanted);
    xb_convert(half, XYBRID_FLOAT16, scores, XYBRID_FLOAT32, POSITIONS * VOCABULARY);
    CHECK_INT(run_step(&r, XYBRID_FLOAT16, half, 2, shape), XYBRID_OK);
    CHECK_INT(*(int64_t *)result(&r)->data, wanted);
    close_step(&r);
    CHECK_INT(tm.live_blocks, 0);
}

/* 4000 seeds: Pearson's chi-squared over 40 tokens stays below 73.4, which chance exceeds once in a thousand times (39 degrees
 * of freedom); tokens expected less than 5 times are one class. */
static void frequencies_agree(void) {
    enum { SEEDS = 4000 };
    int    counts[VOCABULARY] = { 0 };
    double chi_squared = 0, rare = 0, rare_count = 0;
    make_scores();
    xb_test_mem_init(&tm, 0, 0);
    for (int seed = 0; seed < SEEDS; seed++) {
        char params[100];
        rig  r;
        snprintf(params, sizeof params, "{\"temperature\": 0.8, \"seed\": %d}", seed);
        CHECK_OR_RETURN(open_step(&r, "TemperatureSample", params) == XYBRID_OK);
        CHECK_OR_RETURN(run_step(&r, XYBRID_FLOAT32, scores, 2, (int64_t[]){ POSITIONS, VOCABULARY }) == XYBRID_OK);
        counts[*(int64_t *)result(&r)->data]++;
        close_step(&r);
    }
    for (int i = 0; i < VOCABULARY; i++) {
        double wanted = (double)SEEDS * (double)sample_probabilities[i];
        if (wanted < 5) rare += wanted, rare_count += counts[i];
        else chi_squared += (counts[i] - wanted) * (counts[i] - wanted) / wanted;
    }
    if (rare > 0) chi_squared += (rare_count - rare) * (rare_count - rare) / rare;
    CHECK(chi_squared < 73.4);
    printf("chi-squared %.1f\n", chi_squared);
}

/* Without a seed the tokens differ from run to run: 64 runs of 40 nearly equal scores are not all one token. */
static void chance_differs_without_a_seed(void) {
    rig r;
    int is_different = 0;
    make_scores();
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(open_step(&r, "TemperatureSample", "{\"temperature\": 1000.0}"), XYBRID_OK);
    int64_t first = -1;
    for (int i = 0; i < 64; i++) {
        CHECK_INT(run_step(&r, XYBRID_FLOAT32, scores, 1, (int64_t[]){ VOCABULARY }), XYBRID_OK);
        int64_t id = *(int64_t *)result(&r)->data;
        CHECK(id >= 0 && id < VOCABULARY);
        if (first < 0) first = id;
        is_different |= id != first;
    }
    CHECK(is_different);
    close_step(&r);
}

static void infinities_and_nan(void) {
    float line[4] = { 1, INFINITY, 2, INFINITY };
    rig   r;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(open_step(&r, "TemperatureSample", "{\"temperature\": 0.5, \"seed\": 7}"), XYBRID_OK);
    CHECK_INT(run_step(&r, XYBRID_FLOAT32, line, 1, (int64_t[]){ 4 }), XYBRID_OK);
    CHECK_INT(*(int64_t *)result(&r)->data, 1);
    line[1] = line[3] = -INFINITY; /* masked out */
    line[0] = -INFINITY;
    CHECK_INT(run_step(&r, XYBRID_FLOAT32, line, 1, (int64_t[]){ 4 }), XYBRID_OK);
    CHECK_INT(*(int64_t *)result(&r)->data, 2);
    line[2] = -INFINITY;
    CHECK_INT(run_step(&r, XYBRID_FLOAT32, line, 1, (int64_t[]){ 4 }), XYBRID_INVALID_ARGUMENT);
    line[3] = NAN;
    CHECK_INT(run_step(&r, XYBRID_FLOAT32, line, 1, (int64_t[]){ 4 }), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "the best score of row 0 is NaN, no number to choose by");
    CHECK_INT(run_step(&r, XYBRID_FLOAT32, line, 0, NULL), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(run_step(&r, XYBRID_FLOAT32, line, 2, (int64_t[]){ 0, 4 }), XYBRID_INVALID_ARGUMENT);
    close_step(&r);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- Denormalize ---- */

static void denormalizes(void) {
    rig r;
    make_scores();
    xb_test_mem_init(&tm, 0, 0);
    const struct {
        const char  *scale;
        const float *wanted;
        double       tolerance; /* three roundings of values below 2 and 500 */
    } cases[] = { { "1.0", denormalized, 4e-7 }, { "0.00392156862745098", denormalized_255, 1e-4 } };
    for (int i = 0; i < 2; i++) {
        char params[200];
        snprintf(params, sizeof params, "{\"mean\": [0.485, 0.456, 0.406], \"std\": [0.229, 0.224, 0.225], \"scale\": %s}",
                 cases[i].scale);
        CHECK_INT(open_step(&r, "Denormalize", params), XYBRID_OK);
        CHECK_INT(run_step(&r, XYBRID_FLOAT32, scores, 4, (int64_t[]){ 2, 3, 2, 5 }), XYBRID_OK);
        CHECK_INT(result(&r)->rank, 4);
        for (int k = 0; k < 60; k++) CHECK_NEAR(((float *)result(&r)->data)[k], cases[i].wanted[k], cases[i].tolerance);
        CHECK_INT(run_step(&r, XYBRID_FLOAT32, scores, 4, (int64_t[]){ 2, 2, 3, 5 }), XYBRID_INVALID_ARGUMENT);
        CHECK_STR(err.message, "normalize has 3 means for 2 channels; 1 or 2 are needed");
        close_step(&r);
    }
    CHECK_INT(open_step(&r, "Denormalize", "{\"mean\": [10.0], \"std\": [2.0]}"), XYBRID_OK);
    CHECK_INT(run_step(&r, XYBRID_INT64, (const int64_t[]){ 1, -3 }, 1, (int64_t[]){ 2 }), XYBRID_OK);
    CHECK_NEAR(((float *)result(&r)->data)[0], 12, 1e-6);
    CHECK_NEAR(((float *)result(&r)->data)[1], 4, 1e-6);
    close_step(&r);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- parameters, memory ---- */

static void refuses_parameters(void) {
    static const char *const wrong[][2] = {
        { "TemperatureSample", "{}" },
        { "TemperatureSample", "{\"temperature\": -1}" },
        { "TemperatureSample", "{\"temperature\": 1, \"top_k\": 0}" },
        { "TemperatureSample", "{\"temperature\": 1, \"top_p\": 1.5}" },
        { "TemperatureSample", "{\"temperature\": 1, \"seed\": -4}" },
        { "Denormalize", "{\"mean\": [1, 2], \"std\": [1]}" },
        { "Denormalize", "{\"mean\": [1], \"std\": [0]}" },
        { "Denormalize", "{\"mean\": [1], \"std\": [1], \"scale\": 0}" },
    };
    xb_test_mem_init(&tm, 0, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rig r;
        CHECK_INT(open_step(&r, wrong[i][0], wrong[i][1]), XYBRID_MALFORMED);
        close_step(&r);
    }
}

static void survives_lack_of_memory(void) {
    make_scores();
    XB_TORTURE (tm, 100) {
        rig           r;
        xybrid_status st = open_step(&r, "TemperatureSample", "{\"temperature\": 0.7, \"top_k\": 5, \"seed\": 1}");
        if (st == XYBRID_OK) st = run_step(&r, XYBRID_FLOAT32, scores, 3, (int64_t[]){ BATCH, POSITIONS, VOCABULARY });
        XB_TORTURE_STATUS(tm, st);
        close_step(&r);
    }
    XB_TORTURE (tm, 100) {
        rig           r;
        xybrid_status st = open_step(&r, "Denormalize", "{\"mean\": [1], \"std\": [2]}");
        if (st == XYBRID_OK) st = run_step(&r, XYBRID_FLOAT32, scores, 1, (int64_t[]){ VOCABULARY });
        XB_TORTURE_STATUS(tm, st);
        close_step(&r);
    }
}

CHECK_MAIN(RUN(samples_agree), RUN(takes_other_shapes), RUN(frequencies_agree), RUN(chance_differs_without_a_seed),
           RUN(infinities_and_nan), RUN(denormalizes), RUN(refuses_parameters), RUN(survives_lack_of_memory))
