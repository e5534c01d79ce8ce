/* Models that nobody would write, and what the native engine says about them: what fuzz/fuzz_native_*.c found, in words. */
#include "engine/native/run.h"
#include "onnx_model.h"
#include "plat/cpu.h"

/* ---- models by hand ---- */

typedef struct hostile { /* a model with functions of the domain "d" */
    onnx_bytes     graph, rest;
    onnx_bytes     file;
    xb_mem         mem;
    xb_arena       arena;
    xb_model_graph read;
    xybrid_error   err;
} hostile;

static hostile h;

static void begin(void) {
    onnx_bytes_free(&h.graph);
    onnx_bytes_free(&h.rest);
    onnx_bytes_free(&h.file);
    memset(&h, 0, sizeof h);
}

static void put_node(onnx_bytes *to, int field, const char *domain, const char *op, const char *inputs, const char *outputs,
                     const onnx_bytes *attribute) {
    onnx_bytes *node = calloc(1, sizeof *node);
    if (!node) exit(1);
    onnx_put_names(node, 1, inputs);
    onnx_put_names(node, 2, outputs);
    onnx_put_text(node, 4, op);
    onnx_put_text(node, 7, domain);
    if (attribute) onnx_put_bytes(node, 5, attribute->data, attribute->size);
    onnx_put_bytes(to, field, node->data, node->size);
    onnx_bytes_free(node);
    free(node);
}

static void put_port(onnx_bytes *to, int field, const char *name) {
    onnx_writer w = { 0 };
    onnx_put_port(&w, field, name, XYBRID_FLOAT32, -1, NULL);
    onnx_bytes_add(to, w.graph.data, w.graph.size);
    onnx_bytes_free(&w.graph);
}

static void put_function(const char *name, const char *inputs, const char *outputs, const onnx_bytes *nodes) {
    static onnx_bytes f, opset;
    f.size = opset.size = 0;
    onnx_put_text(&f, 1, name);
    onnx_put_names(&f, 4, inputs);
    onnx_put_names(&f, 5, outputs);
    onnx_bytes_add(&f, nodes->data, nodes->size);
    onnx_put_int(&opset, 2, 21);
    onnx_put_bytes(&f, 9, opset.data, opset.size);
    onnx_put_text(&f, 10, "d");
    onnx_put_bytes(&h.rest, 25, f.data, f.size);
}

/* Reads it; everything is given back whatever it says. */
static xybrid_status read_it(void) {
    static onnx_bytes own, ours;
    own.size = ours.size = 0;
    onnx_put_int(&own, 2, 21);
    onnx_put_text(&ours, 1, "d");
    onnx_put_int(&ours, 2, 1);
    onnx_put_int(&h.file, 1, 10);
    onnx_put_bytes(&h.file, 7, h.graph.data, h.graph.size);
    onnx_put_bytes(&h.file, 8, own.data, own.size);
    onnx_put_bytes(&h.file, 8, ours.data, ours.size);
    onnx_bytes_add(&h.file, h.rest.data, h.rest.size);
    xb_mem_init(&h.mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&h.arena, &h.mem, 0);
    xybrid_status st = xb_graph_read(h.file.data, h.file.size, NULL, &h.mem, &h.arena, &h.read, &h.err);
    xb_arena_free(&h.arena);
    CHECK_INT(h.mem.used_bytes, 0);
    return st;
}

static int says(const char *text) {
    if (strstr(h.err.message, text)) return 1;
    printf("    says: %s\n", h.err.message);
    return 0;
}

/* y = d.F(x) */
static void put_call(void) {
    put_port(&h.graph, 11, "x");
    put_node(&h.graph, 1, "d", "F", "x", "y", NULL);
    put_port(&h.graph, 12, "y");
}

/* ---- names ---- */

static void inputs_of_one_name_are_refused(void) {
    begin();
    put_port(&h.graph, 11, "x");
    put_port(&h.graph, 11, "x");
    put_node(&h.graph, 1, "", "Relu", "x", "y", NULL);
    put_port(&h.graph, 12, "y");
    CHECK_INT(read_it(), XYBRID_MALFORMED);
    CHECK(says("produced twice"));
}

static void function_writes_to_its_input(void) {
    static onnx_bytes nodes;
    begin();
    nodes.size = 0;
    put_call();
    put_node(&nodes, 7, "", "Relu", "a", "a", NULL);
    put_node(&nodes, 7, "", "Abs", "a", "b", NULL);
    put_function("F", "a", "b", &nodes);
    CHECK_INT(read_it(), XYBRID_MALFORMED);
    CHECK(says("makes what is there already"));
}

static void function_makes_a_constant_of_its_input(void) {
    static onnx_bytes nodes, value;
    begin();
    nodes.size = value.size = 0;
    onnx_put_text(&value, 1, "value_int");
    onnx_put_int(&value, 3, 1);
    onnx_put_int(&value, 20, 2);
    put_call();
    put_node(&nodes, 7, "", "Constant", "", "a", &value);
    put_node(&nodes, 7, "", "Abs", "a", "b", NULL);
    put_function("F", "a", "b", &nodes);
    CHECK_INT(read_it(), XYBRID_MALFORMED);
    CHECK(says("makes what is there already"));
}

static void function_leaves_its_output(void) {
    static onnx_bytes nodes;
    begin();
    nodes.size = 0;
    put_call();
    put_function("F", "a", "b", &nodes);
    CHECK_INT(read_it(), XYBRID_MALFORMED);
    CHECK(says("should make and does not"));
}

/* 16^30 calls of nothing. */
static void functions_that_call_functions_end(void) {
    static onnx_bytes nodes;
    begin();
    put_call();
    for (int i = 0; i < 30; i++) {
        char name[8], callee[8];
        snprintf(name, sizeof name, i ? "F%d" : "F", i);
        snprintf(callee, sizeof callee, "F%d", i + 1);
        nodes.size = 0;
        for (int k = 0; i < 29 && k < 16; k++) put_node(&nodes, 7, "d", callee, "", "", NULL);
        if (i == 0) put_node(&nodes, 7, "", "Abs", "a", "b", NULL);
        put_function(name, "a", "b", &nodes);
    }
    CHECK_INT(read_it(), XYBRID_MALFORMED);
    CHECK(says("too often"));
}

static void required_input_among_many_is_missing(void) {
    begin();
    put_port(&h.graph, 11, "x");
    put_node(&h.graph, 1, "", "SequenceConstruct", "x - x", "y", NULL);
    put_port(&h.graph, 12, "y");
    CHECK_INT(read_it(), XYBRID_MALFORMED);
    CHECK(says("lacks a required input"));
}

/* ---- subgraphs where none belong ---- */

/* An attribute with a graph that reads x. */
static void put_graph_attribute(onnx_bytes *a, const char *name) {
    static onnx_bytes inner;
    inner.size = a->size = 0;
    put_node(&inner, 1, "", "Abs", "x", "inner", NULL);
    put_port(&inner, 12, "inner");
    onnx_put_text(a, 1, name);
    onnx_put_bytes(a, 6, inner.data, inner.size);
    onnx_put_int(a, 20, 5);
}

static void constant_with_a_graph(void) {
    static onnx_bytes a;
    begin();
    put_graph_attribute(&a, "value");
    put_port(&h.graph, 11, "x");
    put_node(&h.graph, 1, "", "Constant", "", "y", &a);
    put_port(&h.graph, 12, "y");
    CHECK_INT(read_it(), XYBRID_MALFORMED);
    CHECK(says("has no value"));
}

static void graph_handed_to_a_function(void) {
    static onnx_bytes a, nodes, reference;
    begin();
    nodes.size = reference.size = 0;
    put_graph_attribute(&a, "body");
    put_port(&h.graph, 11, "x");
    put_node(&h.graph, 1, "d", "F", "x", "y", &a);
    put_port(&h.graph, 12, "y");
    onnx_put_text(&reference, 1, "then_branch");
    onnx_put_int(&reference, 20, 5);
    onnx_put_text(&reference, 21, "body");
    put_node(&nodes, 7, "", "If", "a", "b", &reference);
    put_function("F", "a", "b", &nodes);
    CHECK_INT(read_it(), XYBRID_UNSUPPORTED_MODEL);
    CHECK(says("handed a graph"));
}

/* ---- order ---- */

static void nodes_in_reverse_order(void) {
    char in[12], out[12];
    begin();
    put_port(&h.graph, 11, "v0");
    put_port(&h.graph, 12, "v999");
    for (int i = 998; i >= 0; i--) {
        snprintf(in, sizeof in, "v%d", i);
        snprintf(out, sizeof out, "v%d", i + 1);
        put_node(&h.graph, 1, "", "Abs", in, out, NULL);
    }
    CHECK_INT(read_it(), XYBRID_OK);
    CHECK_INT(h.read.value_count, 1000);
}

static void nodes_in_a_circle(void) {
    begin();
    put_port(&h.graph, 11, "x");
    put_node(&h.graph, 1, "", "Add", "x c", "a", NULL);
    put_node(&h.graph, 1, "", "Abs", "a", "b", NULL);
    put_node(&h.graph, 1, "", "Neg", "b", "c", NULL);
    put_port(&h.graph, 12, "c");
    CHECK_INT(read_it(), XYBRID_MALFORMED);
    CHECK(says("in a circle"));
}

/* ---- shapes ---- */

static void shape_beyond_all_bounds_without_elements(void) {
    onnx_model m;
    onnx_model_begin(&m, 21);
    onnx_model_constant(&m, "c", XYBRID_FLOAT32, 3, (int64_t[]){ 0, INT64_MAX, 5 }, "", 0);
    onnx_model_node(&m, "", "Shape", "c", "y");
    onnx_model_output(&m, "y");
    CHECK_INT(onnx_model_run(&m, NULL, 0), XYBRID_UNSUPPORTED_MODEL);
    onnx_model_end(&m);
}

static const char *const names[] = { "q", "k", "v" };

static void more_heads_than_elements(void) {
    onnx_model    m;
    float         none[1] = { 0 };
    xb_onnx_value in[3];
    for (int i = 0; i < 3; i++) in[i] = onnx_tensor(XYBRID_FLOAT32, none, 3, (int64_t[]){ 1, 5, 0 });
    onnx_model_begin(&m, 23);
    for (int i = 0; i < 3; i++) onnx_model_input(&m, names[i], XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Attention", "q k v", "y");
    onnx_model_int(&m, "q_num_heads", INT64_MAX);
    onnx_model_int(&m, "kv_num_heads", INT64_MAX);
    onnx_model_output(&m, "y");
    CHECK_INT(onnx_model_run(&m, in, 3), XYBRID_INVALID_ARGUMENT);
    onnx_model_end(&m);
}

/* Queries and values without elements: the scores, which are asked for, are there all the same. */
static void scores_of_empty_values(void) {
    onnx_model    m;
    float         none[1] = { 0 }, numbers[2] = { 1, 2 };
    xb_onnx_value in[3];
    for (int i = 0; i < 3; i++) in[i] = onnx_tensor(XYBRID_FLOAT32, i < 2 ? numbers : none, 4, (int64_t[]){ 1, 1, 2, i < 2 });
    onnx_model_begin(&m, 23);
    for (int i = 0; i < 3; i++) onnx_model_input(&m, names[i], XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Attention", "q k v", "y - - scores");
    onnx_model_float(&m, "scale", 1);
    onnx_model_output(&m, "y");
    onnx_model_output(&m, "scores");
    CHECK_INT(onnx_model_run(&m, in, 3), XYBRID_OK);
    const float *scores = m.outputs[1].data;
    CHECK(m.outputs[1].count == 4 && scores[0] == 1 && scores[1] == 2 && scores[2] == 2 && scores[3] == 4);
    onnx_model_end(&m);
}

/* Transpose counts axes from the end, too; the rewrite that lets a MatMul read across it does. */
static void negative_axes_in_front_of_a_product(void) {
    onnx_model    m;
    float         x[6] = { 1, 2, 3, 4, 5, 6 }, w[4] = { 1, 0, 0, 1 };
    xb_onnx_value in[2] = { onnx_tensor(XYBRID_FLOAT32, x, 3, (int64_t[]){ 1, 2, 3 }),
                            onnx_tensor(XYBRID_FLOAT32, w, 2, (int64_t[]){ 2, 2 }) };
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_input(&m, "w", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Transpose", "x", "t");
    onnx_model_ints(&m, "perm", 3, (int64_t[]){ -3, -1, -2 });
    onnx_model_node(&m, "", "MatMul", "t w", "y");
    onnx_model_output(&m, "y");
    CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_OK);
    const float *y = m.outputs[0].data;
    for (int i = 0; i < 6; i++) CHECK(y[i] == x[i % 2 * 3 + i / 2]);
    onnx_model_end(&m);
}

/* ---- pooling in parts of lines (kernel/pooling.c) ---- */

/* Largest and mean of windows, plainly: sides of the input, of the window, of the padding on each side. */
static void plain_pools(const double *x, int side, int window, int pad, double *most, int64_t *index, double *mean) {
    int out = side + 2 * pad - window + 1;
    for (int q = 0; q < out * out; q++) {
        int    count = 0;
        double sum = 0;
        index[q] = -1;
        for (int k = 0; k < window * window; k++) {
            int row = q / out - pad + k / window, column = q % out - pad + k % window, at = row * side + column;
            if (row < 0 || row >= side || column < 0 || column >= side) continue;
            if (index[q] < 0 || x[at] > most[q]) most[q] = x[at], index[q] = at;
            sum += x[at];
            count++;
        }
        mean[q] = sum / count;
    }
}

static void pools_match(int side, int window, int pad) {
    onnx_model m;
    int        out = side + 2 * pad - window + 1, points = out * out;
    double    *x = calloc((size_t)(side * side), sizeof *x), *most = calloc((size_t)points, sizeof *most);
    double    *mean = calloc((size_t)points, sizeof *mean);
    int64_t   *index = calloc((size_t)points, sizeof *index), kernel[2] = { window, window }, pads[4] = { pad, pad, pad, pad };
    if (!x || !most || !mean || !index) exit(1);
    for (int i = 0; i < side * side; i++) x[i] = (double)(i * 79 % 1009);
    plain_pools(x, side, window, pad, most, index, mean);
    xb_onnx_value in = onnx_tensor(XYBRID_FLOAT64, x, 4, (int64_t[]){ 1, 1, side, side });
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "x", XYBRID_FLOAT64);
    onnx_model_node(&m, "", "MaxPool", "x", "y i");
    onnx_model_ints(&m, "kernel_shape", 2, kernel);
    onnx_model_ints(&m, "pads", 4, pads);
    onnx_model_node(&m, "", "AveragePool", "x", "z");
    onnx_model_ints(&m, "kernel_shape", 2, kernel);
    onnx_model_ints(&m, "pads", 4, pads);
    for (int i = 0; i < 3; i++) onnx_model_output(&m, ((const char *[]){ "y", "i", "z" }[i]));
    CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
    CHECK_OR_RETURN(m.output_count == 3 && m.outputs[0].count == points);
    CHECK(memcmp(m.outputs[0].data, most, (size_t)points * sizeof *most) == 0);
    CHECK(memcmp(m.outputs[1].data, index, (size_t)points * sizeof *index) == 0);
    for (int q = 0; q < points; q++) CHECK_NEAR(((const double *)m.outputs[2].data)[q], mean[q], 1e-9); /* sums of integers */
    onnx_model_end(&m);
    free(x), free(most), free(mean), free(index);
}

static void large_planes_are_pooled_in_parts(void) {
    pools_match(20, 3, 1);   /* a whole plane */
    pools_match(300, 15, 2); /* 84,100 windows of 225 points: parts */
    pools_match(3, 8, 4);    /* windows longer than the input */
}

/* A picture without lines has nothing at its edge either. */
static void regions_of_an_empty_picture(void) {
    onnx_model    m;
    float         none[1] = { 0 }, box[4] = { 0 };
    int64_t       item = 0;
    xb_onnx_value in[3] = { onnx_tensor(XYBRID_FLOAT32, none, 4, (int64_t[]){ 1, 1, 0, 4 }),
                            onnx_tensor(XYBRID_FLOAT32, box, 2, (int64_t[]){ 1, 4 }),
                            onnx_tensor(XYBRID_INT64, &item, 1, (int64_t[]){ 1 }) };
    onnx_model_begin(&m, 16);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_input(&m, "rois", XYBRID_FLOAT32);
    onnx_model_input(&m, "items", XYBRID_INT64);
    onnx_model_node(&m, "", "RoiAlign", "x rois items", "y");
    onnx_model_output(&m, "y");
    CHECK_INT(onnx_model_run(&m, in, 3), XYBRID_OK);
    CHECK(m.outputs[0].count == 1 && *(const float *)m.outputs[0].data == 0);
    onnx_model_end(&m);
}

/* Text has no size that a copy could know. */
static void text_in_pieces(void) {
    onnx_model    m;
    xb_slice      text[2] = { { "a", 1 }, { "b", 1 } };
    xb_onnx_value in = onnx_tensor(XB_ONNX_STRING, text, 1, (int64_t[]){ 2 });
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "x", XB_ONNX_STRING);
    onnx_model_node(&m, "", "SplitToSequence", "x", "s");
    onnx_model_node(&m, "", "SequenceLength", "s", "y");
    onnx_model_node(&m, "", "ConcatFromSequence", "s", "z");
    onnx_model_int(&m, "axis", 0);
    onnx_model_output(&m, "y");
    onnx_model_output(&m, "z");
    CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_UNSUPPORTED_MODEL);
    onnx_model_end(&m);
}

/* ---- the cancel ---- */

static int polls;

static xybrid_status cancel_after_five(void *ctx) {
    (void)ctx;
    return ++polls > 5 ? XYBRID_CANCELLED_TOKEN : XYBRID_OK;
}

static xybrid_status run_cancelled(const onnx_bytes *file, const xb_onnx_value *inputs, xybrid_error *err) {
    xb_mem             mem;
    xb_native_model   *model = NULL;
    xb_exec           *exec = NULL;
    xb_native_services services = { .mem = &mem, .isa = xb_isa_best(xb_cpu_features()), .threads = 1 };
    xb_run_call        call = { .inputs = inputs, .cancelled = cancel_after_five };
    services.qisa = xb_qisa_best(xb_cpu_features());
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    polls = 0;
    xybrid_status st = xb_native_model_open(&services, file->data, file->size, NULL, NULL, &model, err);
    if (st == XYBRID_OK) st = xb_exec_new(model, model->graph.main, NULL, 0, 0, NULL, &exec, err);
    if (st == XYBRID_OK) st = xb_exec_run(exec, &call, err);
    xb_exec_free(exec);
    xb_native_model_close(model);
    CHECK_INT(mem.used_bytes, 0);
    return st;
}

/* A body without steps, for ten million rounds. */
static void loop_of_nothing_is_cancelled(void) {
    static onnx_bytes body, attribute;
    int64_t           rounds = INT64_MAX;
    xb_onnx_value     in = onnx_tensor(XYBRID_INT64, &rounds, 0, NULL);
    begin();
    body.size = attribute.size = 0;
    put_port(&body, 11, "i");
    put_port(&body, 11, "go");
    put_port(&body, 11, "s");
    put_port(&body, 12, "go");
    put_port(&body, 12, "s");
    onnx_put_text(&attribute, 1, "body");
    onnx_put_bytes(&attribute, 6, body.data, body.size);
    onnx_put_int(&attribute, 20, 5);
    put_port(&h.graph, 11, "n");
    put_node(&h.graph, 1, "", "Loop", "n - n", "last", &attribute);
    put_port(&h.graph, 12, "last");
    CHECK_INT(read_it(), XYBRID_OK);
    CHECK_INT(run_cancelled(&h.file, &in, &h.err), XYBRID_CANCELLED_TOKEN);
}

/* A window of 2^18 points at 2^18 places: half a minute in one step. */
static void long_step_is_cancelled(void) {
    static float      x[1 << 19];
    xb_onnx_value     in = onnx_tensor(XYBRID_FLOAT32, x, 3, (int64_t[]){ 1, 1, 1 << 19 });
    static onnx_bytes attribute;
    begin();
    attribute.size = 0;
    onnx_put_text(&attribute, 1, "kernel_shape");
    onnx_put_int(&attribute, 8, 1 << 18);
    onnx_put_int(&attribute, 20, 7);
    put_port(&h.graph, 11, "x");
    put_node(&h.graph, 1, "", "MaxPool", "x", "y", &attribute);
    put_port(&h.graph, 12, "y");
    CHECK_INT(read_it(), XYBRID_OK);
    CHECK_INT(run_cancelled(&h.file, &in, &h.err), XYBRID_CANCELLED_TOKEN);
}

CHECK_MAIN(RUN(inputs_of_one_name_are_refused), RUN(function_writes_to_its_input), RUN(function_makes_a_constant_of_its_input),
           RUN(function_leaves_its_output), RUN(functions_that_call_functions_end), RUN(required_input_among_many_is_missing),
           RUN(constant_with_a_graph), RUN(graph_handed_to_a_function), RUN(nodes_in_reverse_order), RUN(nodes_in_a_circle),
           RUN(shape_beyond_all_bounds_without_elements), RUN(more_heads_than_elements), RUN(scores_of_empty_values),
           RUN(negative_axes_in_front_of_a_product), RUN(regions_of_an_empty_picture), RUN(text_in_pieces),
           RUN(large_planes_are_pooled_in_parts), RUN(loop_of_nothing_is_cancelled), RUN(long_step_is_cancelled))
