/* What the native engine tells of a model's outputs: shapes that the file does not give (engine/native/ports.h), and what
 * becomes of those that it gives wrongly. ONNX Runtime 1.28 does the same: a declared shape that infer contradicts is a
 * warning, and the run delivers what was computed; a declared type that is wrong is an error. */
#include "engine/native/native.h"
#include "engine_rig.h"
#include "onnx_model.h"

static const xybrid_engine *const tables[] = { &xb_engine_native };

typedef struct bench {
    xb_test_mem        tm;
    rig                r;
    xb_engine_model   *model;
    xb_engine_session *session;
    catcher            got;
    xybrid_error       err;
} bench;

static xybrid_status open_bench(bench *b, onnx_model *m) {
    const onnx_bytes *file = onnx_model_file(m);
    memset(b, 0, sizeof *b);
    xb_test_mem_init(&b->tm, 0, 0);
    b->got.mem = &b->tm.mem;
    xybrid_status st = rig_open(&b->r, &b->tm.mem, tables, 1, 1, &b->err);
    if (st == XYBRID_OK)
        st = rig_model(&b->r, file->data, file->size, NULL, "test.onnx", "onnx", NULL, NULL, NULL, &b->model, &b->err);
    return st == XYBRID_OK ? rig_session(b->model, &b->session, &b->err) : st;
}

static void close_bench(bench *b) {
    xb_engine_session_close(b->session);
    xb_engine_model_drop(b->model);
    catch_drop(&b->got);
    rig_close(&b->r);
    CHECK_INT(b->tm.live_blocks, 0);
}

/* As words, like onnx_write_shaped takes them; "any" for an unknown rank. */
static const char *shape_of(const bench *b, int32_t o, char out[256]) {
    const xybrid_port *p = &b->model->outputs[o];
    size_t             used = 0;
    if (p->rank < 0) return "any";
    out[0] = 0;
    for (int32_t d = 0; d < p->rank; d++) {
        const char *name = p->symbols && p->symbols[d] ? p->symbols[d] : "?", *space = d ? " " : "";
        if (p->shape[d] >= 0) used += (size_t)snprintf(out + used, 256 - used, "%s%lld", space, (long long)p->shape[d]);
        else used += (size_t)snprintf(out + used, 256 - used, "%s%s", space, name);
    }
    return out;
}

/* Some outputs of a classifier, all but the last without a shape. */
static void make_classifier(onnx_model *m, int32_t dtype, const char *wrong) {
    static const float   weights[8 * 3 * 3 * 3] = { 0.1f }, dense[8 * 10] = { 0.2f };
    static const int64_t filter[] = { 8, 3, 3, 3 }, matrix[] = { 8, 10 };
    onnx_model_begin(m, 17);
    onnx_write_shaped(&m->writer, 11, "x", XYBRID_FLOAT32, "N 3 H W");
    onnx_model_constant(m, "w", XYBRID_FLOAT32, 4, filter, weights, sizeof weights);
    onnx_model_constant(m, "d", XYBRID_FLOAT32, 2, matrix, dense, sizeof dense);
    onnx_model_node(m, "", "Conv", "x w", "features");
    onnx_model_ints(m, "strides", 2, (int64_t[]){ 2, 2 });
    onnx_model_ints(m, "pads", 4, (int64_t[]){ 1, 1, 1, 1 });
    onnx_model_node(m, "", "GlobalAveragePool", "features", "pooled");
    onnx_model_node(m, "", "Flatten", "pooled", "flat");
    onnx_model_node(m, "", "MatMul", "flat d", "scores");
    onnx_model_node(m, "", "Identity", "scores", "told");
    onnx_model_node(m, "", "Relu", "x", "same");
    onnx_model_node(m, "", "Shape", "x", "shape");
    onnx_model_node(m, "", "NonZero", "scores", "places");
    onnx_write_typed_output(&m->writer, "scores", XYBRID_FLOAT32);
    onnx_write_typed_output(&m->writer, "features", XYBRID_FLOAT32);
    onnx_write_typed_output(&m->writer, "same", XYBRID_FLOAT32);
    onnx_write_typed_output(&m->writer, "shape", 0); /* not even a type */
    onnx_write_typed_output(&m->writer, "places", XYBRID_INT64);
    onnx_write_shaped(&m->writer, 12, "told", dtype, wrong);
}

static xybrid_status run_classifier(bench *b) {
    static float x[2 * 3 * 8 * 6];
    xb_tensor    t = rig_tensor(x, XYBRID_FLOAT32, 4, (int64_t[]){ 2, 3, 8, 6 });
    for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) x[i] = 1;
    xybrid_status st = xb_engine_session_bind_named(b->session, "x", &t, &b->err);
    return st == XYBRID_OK ? rig_run(b->session, &b->got, NULL, NULL, &b->err) : st;
}

static void missing_shapes_are_inferred(void) {
    static const char *const wanted[] = { "N 10", "N 8 ? ?", "N 3 H W", "4", "any", "N 10" };
    static const int32_t     types[] = {
        XYBRID_FLOAT32, XYBRID_FLOAT32, XYBRID_FLOAT32, XYBRID_INT64, XYBRID_INT64, XYBRID_FLOAT32
    };
    onnx_model m;
    bench      b;
    char       text[256];
    make_classifier(&m, XYBRID_FLOAT32, "N 10");
    CHECK_INT(open_bench(&b, &m), XYBRID_OK);
    CHECK_INT(b.model->output_count, 6);
    for (int32_t o = 0; o < b.model->output_count; o++) {
        CHECK_STR(shape_of(&b, o, text), wanted[o]);
        CHECK_INT(b.model->outputs[o].dtype, types[o]);
    }
    CHECK_INT(run_classifier(&b), XYBRID_OK);
    close_bench(&b);
    onnx_model_end(&m);
}

static void a_wrong_shape_is_not_relied_upon(void) {
    onnx_model m;
    bench      b;
    char       text[256];
    make_classifier(&m, XYBRID_FLOAT32, "7 3 N");
    CHECK_INT(open_bench(&b, &m), XYBRID_OK);
    CHECK_STR(shape_of(&b, 5, text), "7 3 N");
    CHECK_INT(run_classifier(&b), XYBRID_OK);
    CHECK_INT(b.got.outputs[5].rank, 2);
    CHECK_INT(b.got.outputs[5].shape[1], 10);
    close_bench(&b);
    onnx_model_end(&m);
}

static void a_wrong_type_is_an_error(void) {
    onnx_model m;
    bench      b;
    make_classifier(&m, XYBRID_INT64, "N 10");
    CHECK_INT(open_bench(&b, &m), XYBRID_OK);
    CHECK_INT(run_classifier(&b), XYBRID_INFERENCE_FAILED);
    CHECK(strstr(b.err.message, "output \"told\" is float32, the file says int64") != NULL);
    close_bench(&b);
    onnx_model_end(&m);
}

/* The model takes none of the numbers that are tried. */
static void numbers_that_do_not_fit_tell_nothing(void) {
    onnx_model    m;
    bench         b;
    char          text[256];
    const int64_t split[] = { 3, 30 };
    const int64_t two = 2;
    onnx_model_begin(&m, 17);
    onnx_write_shaped(&m.writer, 11, "x", XYBRID_FLOAT32, "N");
    onnx_model_constant(&m, "split", XYBRID_INT64, 1, &two, split, sizeof split);
    onnx_model_node(&m, "", "Reshape", "x split", "y"); /* N must be 90 */
    onnx_write_typed_output(&m.writer, "y", XYBRID_FLOAT32);
    CHECK_INT(open_bench(&b, &m), XYBRID_OK);
    CHECK_STR(shape_of(&b, 0, text), "any");
    close_bench(&b);
    onnx_model_end(&m);
}

CHECK_MAIN(RUN(missing_shapes_are_inferred), RUN(a_wrong_shape_is_not_relied_upon), RUN(a_wrong_type_is_an_error),
           RUN(numbers_that_do_not_fit_tell_nothing))
