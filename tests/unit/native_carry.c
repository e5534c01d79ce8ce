/* Outputs that become inputs on the native engine (engine/native/carry.h), against the same engine when the host carries for
 * it: the same bits at every step, whatever reads the caches, after failures and new beginnings; and nothing is allocated. */
#include "engine/native/native.h"
#include "engine_rig.h"
#include "onnx_model.h"

enum { HEADS = 2, WIDTH = 8, MODEL = HEADS * WIDTH, LONGEST = 120, CACHE = HEADS * LONGEST * WIDTH, OUTPUTS = 5 };

/* What else reads the caches. */
enum { PRESENT_IS_READ = 1, PAST_IS_READ = 2, BY_ROWS = 4 };

static float         x[MODEL], past[CACHE], state[MODEL];
static const int64_t flat_dims[] = { 1, 1, MODEL };

/* y and two caches of attention, a state, and the largest element of a cache. BY_ROWS: the caches grow along their first
 * dimension. */
static void make_decoder(onnx_model *m, int reads) {
    static const int64_t heads[] = { 1, 1, HEADS, WIDTH };
    const int64_t        four = 4, three = 3;
    int64_t              axis = reads & BY_ROWS ? 0 : 2;
    const int64_t       *perm = reads & BY_ROWS ? (int64_t[]){ 1, 0, 2, 3 } : (int64_t[]){ 0, 2, 1, 3 };
    onnx_model_begin(m, 17);
    onnx_model_input(m, "x", XYBRID_FLOAT32);
    onnx_model_input(m, "past_k", XYBRID_FLOAT32);
    onnx_model_input(m, "past_v", XYBRID_FLOAT32);
    onnx_model_input(m, "state", XYBRID_FLOAT32);
    onnx_model_constant(m, "heads", XYBRID_INT64, 1, &four, heads, sizeof heads);
    onnx_model_constant(m, "flat", XYBRID_INT64, 1, &three, flat_dims, sizeof flat_dims);
    onnx_model_node(m, "", "Add", "x state", "mixed");
    onnx_model_node(m, "", "Tanh", "mixed", "next_state");
    onnx_model_node(m, "", "Reshape", "next_state heads", "split");
    onnx_model_node(m, "", "Transpose", "split", "new");
    onnx_model_ints(m, "perm", 4, reads & BY_ROWS ? (int64_t[]){ 0, 1, 2, 3 } : perm);
    onnx_model_node(m, "", "Concat", "past_k new", "present_k");
    onnx_model_int(m, "axis", axis);
    onnx_model_node(m, "", "Concat", "past_v new", "present_v");
    onnx_model_int(m, "axis", axis - 4);
    onnx_model_node(m, "", "Transpose", "present_k", "turned");
    onnx_model_ints(m, "perm", 4, reads & BY_ROWS ? (int64_t[]){ 1, 2, 3, 0 } : (int64_t[]){ 0, 1, 3, 2 });
    onnx_model_node(m, "", "Transpose", "split", "query");
    onnx_model_ints(m, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_model_node(m, "", "MatMul", "query turned", "scores");
    onnx_model_node(m, "", "Softmax", "scores", "shares");
    if (reads & BY_ROWS) {
        onnx_model_node(m, "", "Transpose", "present_v", "values");
        onnx_model_ints(m, "perm", 4, (int64_t[]){ 1, 2, 0, 3 });
    }
    onnx_model_node(m, "", "MatMul", reads & BY_ROWS ? "shares values" : "shares present_v", "found");
    onnx_model_node(m, "", "Transpose", "found", "together");
    onnx_model_ints(m, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_model_node(m, "", "Reshape", "together flat", "y");
    onnx_model_node(m, "", "ReduceMax", reads & PAST_IS_READ ? "past_k" : reads & PRESENT_IS_READ ? "present_k" : "y", "most");
    onnx_write_typed_output(&m->writer, "y", XYBRID_FLOAT32);
    onnx_write_typed_output(&m->writer, "present_k", XYBRID_FLOAT32);
    onnx_write_typed_output(&m->writer, "present_v", XYBRID_FLOAT32);
    onnx_write_typed_output(&m->writer, "next_state", XYBRID_FLOAT32);
    onnx_write_typed_output(&m->writer, "most", XYBRID_FLOAT32);
}

typedef struct side {
    xybrid_engine      table;
    xb_test_mem        tm;
    rig                r;
    xb_engine_model   *model;
    xb_engine_session *session;
    catcher            got;
    xybrid_error       err;
} side;

static void open_side(side *s, const onnx_bytes *file, int is_host_carrying) {
    memset(s, 0, sizeof *s);
    s->table = xb_engine_native;
    if (is_host_carrying) s->table.carry = NULL, s->table.reset = NULL;
    const xybrid_engine *const tables[] = { &s->table };
    xb_test_mem_init(&s->tm, 0, 0);
    s->got.mem = &s->tm.mem;
    s->got.is_reusing = 1;
    CHECK_INT(rig_open(&s->r, &s->tm.mem, tables, 1, 1, &s->err), XYBRID_OK);
    CHECK_INT(rig_model(&s->r, file->data, file->size, NULL, "net.onnx", "onnx", NULL, NULL, NULL, &s->model, &s->err),
              XYBRID_OK);
    CHECK_INT(rig_session(s->model, &s->session, &s->err), XYBRID_OK);
    for (int32_t i = 1; i < 4; i++) CHECK_INT(xb_engine_session_carry(s->session, i, i, i < 3 ? 2 : -1, &s->err), XYBRID_OK);
}

static void close_side(side *s) {
    xb_engine_session_close(s->session);
    xb_engine_model_drop(s->model);
    catch_drop(&s->got);
    rig_close(&s->r);
    CHECK_INT(s->tm.live_blocks, 0);
}

static xybrid_status bind_x(side *s, int64_t width) {
    xb_tensor t = rig_tensor(x, XYBRID_FLOAT32, 3, (int64_t[]){ 1, 1, width });
    return xb_engine_session_bind_named(s->session, "x", &t, &s->err);
}

/* Caches of `length`, from the caller. */
static void begin(side *s, int64_t length, int reads) {
    int64_t   dims[] = { 1, HEADS, length, WIDTH }, rows[] = { length, 1, HEADS, WIDTH };
    xb_tensor cache = rig_tensor(past, XYBRID_FLOAT32, 4, reads & BY_ROWS ? rows : dims);
    xb_tensor first = rig_tensor(state, XYBRID_FLOAT32, 3, flat_dims);
    xb_engine_session_reset(s->session);
    CHECK_INT(bind_x(s, MODEL), XYBRID_OK);
    CHECK_INT(xb_engine_session_bind_named(s->session, "past_k", &cache, &s->err), XYBRID_OK);
    CHECK_INT(xb_engine_session_bind_named(s->session, "past_v", &cache, &s->err), XYBRID_OK);
    CHECK_INT(xb_engine_session_bind_named(s->session, "state", &first, &s->err), XYBRID_OK);
}

static void check_step(side *a, side *b, const uint8_t *wanted) {
    for (int i = 0; i < MODEL; i++) x[i] = (float)((i * 7 + (int)x[0] * 13 + 5) % 11) / 4;
    CHECK_OR_RETURN(rig_run(a->session, &a->got, wanted, NULL, &a->err) == XYBRID_OK);
    CHECK_OR_RETURN(rig_run(b->session, &b->got, wanted, NULL, &b->err) == XYBRID_OK);
    for (int32_t o = 0; o < OUTPUTS; o++) {
        const xb_tensor *p = &a->got.outputs[o], *q = &b->got.outputs[o];
        if (!wanted[o]) continue;
        CHECK(xb_shape_equal(p->rank, p->shape, q->rank, q->shape));
        CHECK(p->data && q->data && memcmp(p->data, q->data, (size_t)xb_tensor_size_bytes(p)) == 0);
    }
}

static void check_steps(side *a, side *b, int steps) {
    static const uint8_t all[OUTPUTS] = { 1, 1, 1, 1, 1 }, some[OUTPUTS] = { 1, 0, 0, 0, 1 };
    for (int i = 0; i < steps; i++) check_step(a, b, i % 5 == 3 ? all : some);
}

static void check_model(int reads) {
    onnx_model m;
    side       own, host;
    make_decoder(&m, reads);
    const onnx_bytes *file = onnx_model_file(&m);
    open_side(&own, file, 0);
    open_side(&host, file, 1);
    for (int round = 0; round < 3; round++) {
        begin(&own, 1 + round * 2, reads);
        begin(&host, 1 + round * 2, reads);
        check_steps(&own, &host, 50);
        CHECK_INT(bind_x(&own, WIDTH), XYBRID_OK); /* does not fit: nothing has happened */
        CHECK_INT(bind_x(&host, WIDTH), XYBRID_OK);
        CHECK_INT(rig_run(own.session, &own.got, NULL, NULL, &own.err), XYBRID_INVALID_ARGUMENT);
        CHECK_INT(rig_run(host.session, &host.got, NULL, NULL, &host.err), XYBRID_INVALID_ARGUMENT);
        CHECK_INT(bind_x(&own, MODEL), XYBRID_OK);
        CHECK_INT(bind_x(&host, MODEL), XYBRID_OK);
        check_steps(&own, &host, 40);
    }
    close_side(&own);
    close_side(&host);
    onnx_model_end(&m);
}

static void steps_are_those_of_the_host(void) {
    for (int i = 0; i < CACHE; i++) past[i] = (float)(i % 17) / 16;
    for (int reads = 0; reads < 8; reads++) check_model(reads);
}

static void nothing_is_allocated(void) {
    static const uint8_t only_y[OUTPUTS] = { 1, 0, 0, 0, 0 };
    onnx_model           m;
    side                 s;
    make_decoder(&m, 0);
    open_side(&s, onnx_model_file(&m), 0);
    for (int round = 0; round < 3; round++) {
        begin(&s, 1, 0);
        int64_t before = s.tm.mem.allocations;
        for (int i = 0; i < 100; i++) CHECK_INT(rig_run(s.session, &s.got, only_y, NULL, &s.err), XYBRID_OK);
        if (round == 2) CHECK_INT(s.tm.mem.allocations - before, 0);
    }
    close_side(&s);
    onnx_model_end(&m);
}

CHECK_MAIN(RUN(steps_are_those_of_the_host), RUN(nothing_is_allocated))
