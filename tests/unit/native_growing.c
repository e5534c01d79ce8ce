/* Shapes that grow by a step at each run, as a decoder's caches do (engine/native/rebind.h): the numbers of a plan that was
 * bound are, bit by bit, those of one that was made for these shapes, few plans are made, and a binding allocates nothing. */
#include "engine/native/rebind.h"
#include "onnx_model.h"

enum { HEADS = 2, WIDTH = 8, MODEL = HEADS * WIDTH, LONGEST = 300, CACHE = HEADS * LONGEST * WIDTH };

static float   x[MODEL], past_k[CACHE], past_v[CACHE], picks[WIDTH];
static int64_t flat_dims[] = { 1, 1, MODEL }, head_dims[] = { 1, 1, HEADS, WIDTH };

static void fill(float *out, int64_t count, int64_t seed) {
    for (int64_t i = 0; i < count; i++) out[i] = (float)((i * 37 + seed * 101) % 255 - 127) / 128;
}

static void constant_ints(onnx_model *m, const char *name, int32_t count, const int64_t *values) {
    int64_t dims[1] = { count };
    onnx_model_constant(m, name, XYBRID_INT64, 1, dims, values, (size_t)count * sizeof *values);
}

/* One layer of attention with caches. The position comes from the length of the cache, as content; what `picks` picks from the
 * values is known only after a first segment has run. */
static void make_decoder(onnx_model *m) {
    static const float frequency[WIDTH] = { 1, 0.7f, 0.5f, 0.3f, 0.2f, 0.1f, 0.05f, 0.01f };
    static const float scale = 0.35f;
    const int64_t      two = 2, width = WIDTH;
    onnx_model_begin(m, 17);
    onnx_model_input(m, "x", XYBRID_FLOAT32);
    onnx_model_input(m, "past_k", XYBRID_FLOAT32);
    onnx_model_input(m, "past_v", XYBRID_FLOAT32);
    onnx_model_input(m, "picks", XYBRID_FLOAT32);
    constant_ints(m, "two", 1, &two);
    constant_ints(m, "heads", 4, head_dims);
    constant_ints(m, "flat", 3, flat_dims);
    onnx_model_constant(m, "frequency", XYBRID_FLOAT32, 1, &width, frequency, sizeof frequency);
    onnx_model_constant(m, "scale", XYBRID_FLOAT32, 0, NULL, &scale, sizeof scale);
    onnx_model_node(m, "", "Shape", "past_k", "shape");
    onnx_model_node(m, "", "Gather", "shape two", "length");
    onnx_model_node(m, "", "Cast", "length", "position");
    onnx_model_int(m, "to", XYBRID_FLOAT32);
    onnx_model_node(m, "", "Mul", "position frequency", "angle");
    onnx_model_node(m, "", "Cos", "angle", "cosine");
    onnx_model_node(m, "", "Reshape", "x heads", "split");
    onnx_model_node(m, "", "Transpose", "split", "v");
    onnx_model_ints(m, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_model_node(m, "", "Mul", "v cosine", "k");
    onnx_model_node(m, "", "Concat", "past_k k", "present_k");
    onnx_model_int(m, "axis", 2);
    onnx_model_node(m, "", "Concat", "past_v v", "present_v");
    onnx_model_int(m, "axis", 2);
    onnx_model_node(m, "", "Transpose", "present_k", "turned");
    onnx_model_ints(m, "perm", 4, (int64_t[]){ 0, 1, 3, 2 });
    onnx_model_node(m, "", "MatMul", "k turned", "scores");
    onnx_model_node(m, "", "Mul", "scores scale", "scaled");
    onnx_model_node(m, "", "Softmax", "scaled", "shares");
    onnx_model_int(m, "axis", -1);
    onnx_model_node(m, "", "MatMul", "shares present_v", "mixed");
    onnx_model_node(m, "", "Transpose", "mixed", "together");
    onnx_model_ints(m, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_model_node(m, "", "Reshape", "together flat", "joined");
    onnx_model_node(m, "", "Add", "joined x", "sum");
    onnx_model_node(m, "", "NonZero", "picks", "which");
    onnx_model_node(m, "", "Gather", "present_v which", "picked");
    onnx_model_int(m, "axis", 3);
    onnx_model_node(m, "", "ReduceSum", "picked", "total");
    onnx_model_int(m, "keepdims", 0);
    onnx_model_node(m, "", "Mul", "sum total", "y");
    onnx_model_output(m, "y");
    onnx_model_output(m, "present_k");
    onnx_model_output(m, "present_v");
}

static xybrid_status run_decoder(onnx_model *m, int64_t length, int64_t length_v) {
    int64_t       dims[] = { 1, HEADS, length, WIDTH }, dims_v[] = { 1, HEADS, length_v, WIDTH };
    xb_onnx_value in[] = { onnx_tensor(XYBRID_FLOAT32, x, 3, flat_dims), onnx_tensor(XYBRID_FLOAT32, past_k, 4, dims),
                           onnx_tensor(XYBRID_FLOAT32, past_v, 4, dims_v),
                           onnx_tensor(XYBRID_FLOAT32, picks, 1, (int64_t[]){ WIDTH }) };
    return onnx_model_run(m, in, 4);
}

/* The model that has run before against a new one. */
static void check_length(onnx_model *m, int64_t length) {
    onnx_model fresh;
    fill(x, MODEL, length);
    CHECK_OR_RETURN(run_decoder(m, length, length) == XYBRID_OK);
    make_decoder(&fresh);
    CHECK_OR_RETURN(run_decoder(&fresh, length, length) == XYBRID_OK);
    CHECK_INT(m->output_count, 3);
    for (int32_t o = 0; o < m->output_count; o++) {
        const xb_onnx_value *a = &m->outputs[o], *b = &fresh.outputs[o];
        CHECK_INT(a->count, b->count);
        CHECK(memcmp(a->dims, b->dims, sizeof a->dims) == 0);
        CHECK(a->size_bytes == b->size_bytes && memcmp(a->data, b->data, (size_t)a->size_bytes) == 0);
    }
    CHECK_INT(m->outputs[1].dims[2], length + 1);
    onnx_model_end(&fresh);
}

static void start(onnx_model *m) {
    fill(past_k, CACHE, 1);
    fill(past_v, CACHE, 2);
    for (int i = 0; i < WIDTH; i++) picks[i] = (float)(i % 3);
    make_decoder(m);
}

static void numbers_are_those_of_a_new_plan(void) {
    static const int64_t jumps[] = { 3, 17, 5, 39, 200, 201, 202, 1, 0, 250, 299, 40 };
    onnx_model           m;
    start(&m);
    for (int round = 0; round < 2; round++)
        for (int64_t length = 0; length < 60; length++) check_length(&m, length);
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) check_length(&m, jumps[i]);
    xb_plan_counts counts = xb_native_evaluate_counts(m.evaluation);
    CHECK(counts.made <= 16); /* two segments for each of the first lengths, and what cannot be bound */
    CHECK(counts.bound >= 2 * 110);
    onnx_model_end(&m);
}

/* What a run picks changes the second segment alone, and its number changes the shapes there. */
static void other_facts_are_other_segments(void) {
    onnx_model m;
    start(&m);
    for (int64_t length = 4; length < 40; length++) {
        for (int i = 0; i < WIDTH; i++) picks[i] = (float)((i * 7 + (int)length / 5) % 3);
        check_length(&m, length);
    }
    onnx_model_end(&m);
}

static void a_wrong_shape_is_told_and_forgotten(void) {
    onnx_model m;
    start(&m);
    for (int64_t length = 1; length < 10; length++) check_length(&m, length);
    CHECK_INT(run_decoder(&m, 12, 11), XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(m.err.message, "MatMul") != NULL);
    for (int64_t length = 10; length < 15; length++) check_length(&m, length);
    CHECK_INT(run_decoder(&m, 15, 19), XYBRID_INVALID_ARGUMENT);
    check_length(&m, 15);
    onnx_model_end(&m);
}

/* Against a run of a plan that is there. */
static void a_binding_allocates_nothing(void) {
    onnx_model m;
    start(&m);
    for (int round = 0; round < 2; round++)
        for (int64_t length = 1; length < 100; length++) CHECK_INT(run_decoder(&m, length, length), XYBRID_OK);
    for (int64_t length = 10; length < 90; length += 7) {
        int64_t before = m.mem.allocations, bound = xb_native_evaluate_counts(m.evaluation).bound;
        CHECK_INT(run_decoder(&m, length, length), XYBRID_OK);
        int64_t between = m.mem.allocations;
        CHECK_INT(xb_native_evaluate_counts(m.evaluation).bound - bound, 2);
        CHECK_INT(run_decoder(&m, length, length), XYBRID_OK);
        CHECK_INT(between - before, m.mem.allocations - between);
    }
    onnx_model_end(&m);
}

/* Each allocation of some growing runs fails once: OUT_OF_MEMORY, or a plan that could be made another way; then all is
 * well. */
static int64_t fail_at;

static void *failing_alloc(void *plain, int64_t size, int64_t align) {
    if (fail_at > 0 && --fail_at == 0) return NULL;
    return ((xb_mem *)plain)->alloc(NULL, size, align);
}

static void plain_free(void *plain, void *memory, int64_t size, int64_t align) {
    ((xb_mem *)plain)->free(NULL, memory, size, align);
}

static void failing_allocations_are_survived(void) {
    xb_mem plain;
    xb_mem_init(&plain, NULL, NULL, NULL, XYBRID_AUTO);
    for (int64_t n = 1; n < 400; n += 3) {
        onnx_model m;
        start(&m);
        xb_mem_init(&m.mem, failing_alloc, plain_free, &plain, XYBRID_AUTO);
        fail_at = 0;
        for (int64_t length = 1; length < 4; length++) CHECK_INT(run_decoder(&m, length, length), XYBRID_OK);
        fail_at = n;
        for (int64_t length = 4; length < 9; length++) {
            xybrid_status st = run_decoder(&m, length, length);
            CHECK(st == XYBRID_OK || (st & 0xff) == XYBRID_OUT_OF_MEMORY);
        }
        int is_over = fail_at > 0;
        fail_at = 0;
        check_length(&m, 9);
        onnx_model_end(&m);
        if (is_over) break;
    }
}

/* A constant that is computed once while it is small, and at each run when it is large: infer takes another turn. */
static void another_turn_makes_a_new_plan(void) {
    enum { STEP = 1000, ROUNDS = 14 };
    static float  a[STEP * ROUNDS];
    const int64_t zero = 0, one = 1;
    onnx_model    m;
    onnx_model_begin(&m, 17);
    onnx_model_input(&m, "a", XYBRID_FLOAT32);
    constant_ints(&m, "first", 1, &zero);
    onnx_model_constant(&m, "zero", XYBRID_INT64, 0, NULL, &zero, sizeof zero);
    onnx_model_constant(&m, "one", XYBRID_INT64, 0, NULL, &one, sizeof one);
    onnx_model_node(&m, "", "Shape", "a", "shape");
    onnx_model_node(&m, "", "Gather", "shape zero", "count");
    onnx_model_node(&m, "", "Range", "zero count one", "numbers");
    onnx_model_node(&m, "", "Cast", "numbers", "floats");
    onnx_model_int(&m, "to", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Add", "a floats", "y");
    onnx_model_output(&m, "y");
    fill(a, STEP * ROUNDS, 3);
    for (int64_t round = 1; round <= ROUNDS; round++) {
        int64_t       count = STEP * round;
        xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, a, 1, &count);
        CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
        const float *y = m.outputs[0].data;
        CHECK_INT(m.outputs[0].count, count);
        for (int64_t i = 0; i < count; i++)
            if (y[i] != a[i] + (float)i) {
                CHECK_NEAR(y[i], a[i] + (float)i, 0);
                break;
            }
    }
    CHECK(xb_native_evaluate_counts(m.evaluation).bound >= 4);
    onnx_model_end(&m);
}

/* Weights of few bytes at any address, which later segments read when those that read them first are gone. */
static void plans_that_are_dropped_leave_weights_alone(void) {
    enum { MOST = 3 * XB_MAX_PLANS / 2 };
    static const char *const names[] = { "w", "w2", "w33", "w444" }, *const made[] = { "t", "t1", "t2", "t3", "y" };
    static float  a[MOST];
    const int64_t dims[2] = { 1, MOST };
    onnx_model    m;
    onnx_model_begin(&m, 17);
    onnx_model_input(&m, "a", XYBRID_FLOAT32);
    for (int i = 0; i < 4; i++) {
        float w = (float)(i + 1);
        onnx_model_constant(&m, names[i], XYBRID_FLOAT32, 0, NULL, &w, sizeof w);
    }
    onnx_model_node(&m, "", "NonZero", "a", "which");
    onnx_model_node(&m, "", "Cast", "which", "t");
    onnx_model_int(&m, "to", XYBRID_FLOAT32);
    for (int i = 0; i < 4; i++) {
        char in[16];
        snprintf(in, sizeof in, "%s %s", made[i], names[i]);
        onnx_model_node(&m, "", "Mul", in, made[i + 1]);
    }
    onnx_model_output(&m, "y");
    for (int round = 0; round < 2; round++)
        for (int count = 1; count <= MOST; count++) {
            for (int i = 0; i < MOST; i++) a[i] = i >= MOST - count;
            xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, a, 2, dims);
            CHECK_OR_RETURN(onnx_model_run(&m, &in, 1) == XYBRID_OK);
            CHECK_INT(m.outputs[0].count, 2 * count);
            CHECK_NEAR(((const float *)m.outputs[0].data)[2 * count - 1], 24 * (MOST - 1), 0);
        }
    onnx_model_end(&m);
}

CHECK_MAIN(RUN(numbers_are_those_of_a_new_plan), RUN(other_facts_are_other_segments), RUN(a_wrong_shape_is_told_and_forgotten),
           RUN(a_binding_allocates_nothing), RUN(failing_allocations_are_survived), RUN(another_turn_makes_a_new_plan),
           RUN(plans_that_are_dropped_leave_weights_alone))
