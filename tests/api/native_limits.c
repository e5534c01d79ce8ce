/* Models made by an enemy, on the native engine through the public door: too many nodes, graphs in graphs, endless loops, loops
 * in loops, tensors that grow, shapes without end. Each ends by its limit (base/limits.h), by the runtime's budget or by a
 * cancel, with an error that says what was found and what was wanted; the same again the second time, and nothing leaks. */
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>

#include "counted.h"
#include "native_models.h"

enum { SLOWER = DOOR_IS_SLOW ? 20 : 1 };

/* ---- parts ---- */

static void number_int(onnx_writer *w, const char *name, int64_t value) {
    onnx_write_constant(w, name, XYBRID_INT64, 0, NULL, &value, sizeof value);
}

/* x -> y through a Loop of `count` rounds (-1: left out) whose condition stays true; `nodes` write the body: s to t. */
static void write_loop(onnx_writer *w, int64_t count, void (*nodes)(onnx_writer *body)) {
    onnx_writer body;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    if (count >= 0) number_int(w, "count", count);
    onnx_write_begin(&body, 0);
    onnx_write_input(&body, "i", XYBRID_INT64);
    onnx_write_input(&body, "go", XYBRID_BOOL);
    onnx_write_input(&body, "s", XYBRID_FLOAT32);
    onnx_write_output(&body, "go");
    onnx_write_output(&body, "t");
    nodes(&body);
    onnx_write_node(w, "", "Loop", count >= 0 ? "count - x" : "- - x", "y");
    onnx_write_graph(w, "body", &body);
}

static void body_nothing(onnx_writer *b) { onnx_write_node(b, "", "Identity", "s", "t"); }
static void body_one_step(onnx_writer *b) { onnx_write_node(b, "", "Neg", "s", "t"); }
static void body_doubles(onnx_writer *b) {
    onnx_write_node(b, "", "Concat", "s s", "t");
    onnx_write_int(b, "axis", 0);
}
static void body_adds_a_dimension(onnx_writer *b) {
    native_ints(b, "front", 1, (int64_t[]){ 0 });
    onnx_write_node(b, "", "Unsqueeze", "s front", "t");
}
/* A shape that is another in each round: a plan for each. */
static void body_of_new_plans(onnx_writer *b) {
    native_ints(b, "one", 1, (int64_t[]){ 1 });
    onnx_write_node(b, "", "Reshape", "i one", "shape");
    onnx_write_node(b, "", "ConstantOfShape", "shape", "zeros");
    onnx_write_node(b, "", "ReduceSum", "zeros", "sum");
    onnx_write_int(b, "keepdims", 0);
    onnx_write_node(b, "", "Add", "s sum", "t");
}
static void body_loops_itself(onnx_writer *b) {
    onnx_writer inner;
    number_int(b, "many", 1 << 20);
    onnx_write_begin(&inner, 0);
    onnx_write_input(&inner, "i2", XYBRID_INT64);
    onnx_write_input(&inner, "go2", XYBRID_BOOL);
    onnx_write_input(&inner, "s2", XYBRID_FLOAT32);
    onnx_write_output(&inner, "go2");
    onnx_write_output(&inner, "s2");
    onnx_write_node(b, "", "Loop", "many - s", "t");
    onnx_write_graph(b, "body", &inner);
}

/* ---- models ---- */

static void loop_without_state(onnx_writer *w) {
    onnx_writer body;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    number_int(w, "count", 3);
    onnx_write_begin(&body, 0);
    onnx_write_input(&body, "i", XYBRID_INT64);
    onnx_write_input(&body, "go", XYBRID_BOOL);
    onnx_write_input(&body, "s", XYBRID_FLOAT32);
    onnx_write_output(&body, "go");
    onnx_write_output(&body, "s");
    onnx_write_node(w, "", "Loop", "count - -", "y");
    onnx_write_graph(w, "body", &body);
}
/* SequenceMap needs all of its inputs. */
static void map_without_input(onnx_writer *w) {
    onnx_writer body;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_node(w, "", "SequenceConstruct", "x x", "s");
    onnx_write_begin(&body, 0);
    onnx_write_input(&body, "a", XYBRID_FLOAT32);
    onnx_write_input(&body, "b", XYBRID_FLOAT32);
    onnx_write_node(&body, "", "Add", "a b", "c");
    onnx_write_output(&body, "c");
    onnx_write_node(w, "", "SequenceMap", "s -", "t");
    onnx_write_graph(w, "body", &body);
    onnx_write_node(w, "", "ConcatFromSequence", "t", "y");
    onnx_write_int(w, "axis", 0);
}

static void sequence_with_a_gap(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_node(w, "", "SequenceConstruct", "x - x", "s");
    onnx_write_node(w, "", "ConcatFromSequence", "s", "y");
    onnx_write_int(w, "axis", 0);
}

static void input_twice(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_node(w, "", "Neg", "x", "y");
}

/* A graph that uses what lies around it, where no graph has business. */
static void constant_of_a_graph(onnx_writer *w) {
    onnx_writer body;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_begin(&body, 0);
    onnx_write_node(&body, "", "Neg", "x", "n");
    onnx_write_output(&body, "n");
    onnx_write_node(w, "", "Constant", "x", "y");
    onnx_write_graph(w, "value", &body);
}

static void loop_for_ever(onnx_writer *w) { write_loop(w, -1, body_nothing); }
static void loop_of_a_huge_count(onnx_writer *w) { write_loop(w, INT64_MAX, body_one_step); }
static void loop_that_doubles(onnx_writer *w) { write_loop(w, 1000, body_doubles); }
static void loop_that_adds_dimensions(onnx_writer *w) { write_loop(w, 1000, body_adds_a_dimension); }
static void loops_in_a_loop(onnx_writer *w) { write_loop(w, 1 << 20, body_loops_itself); }
static void loop_of_new_plans(onnx_writer *w) { write_loop(w, 1000, body_of_new_plans); }

/* If in If; the innermost gives x. */
static void nest(onnx_writer *w, int depth, const char *out) {
    onnx_writer yes, no;
    char        name[16];
    if (depth == 0) {
        onnx_write_node(w, "", "Identity", "x", out);
        return;
    }
    snprintf(name, sizeof name, "y%d", depth);
    onnx_write_begin(&yes, 0);
    nest(&yes, depth - 1, name);
    onnx_write_output(&yes, name);
    onnx_write_begin(&no, 0);
    onnx_write_node(&no, "", "Neg", "x", "n");
    onnx_write_output(&no, "n");
    onnx_write_node(w, "", "If", "which", out);
    onnx_write_graph(w, "then_branch", &yes);
    onnx_write_graph(w, "else_branch", &no);
}
static void graphs_in_graphs(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_constant(w, "which", XYBRID_BOOL, 0, NULL, "\1", 1);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    nest(w, 32, "y");
}

/* f1 calls f0 twice, f2 calls f1 twice, ...; f0 is one node, or none. */
static void write_functions(onnx_writer *w, int levels, int has_output) {
    const char *in = has_output ? "a" : "", *out = has_output ? "b" : "";
    onnx_writer body;
    char        name[16], inner[16];
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    for (int i = 0; i < levels; i++) {
        snprintf(name, sizeof name, "F%d", i);
        snprintf(inner, sizeof inner, "F%d", i - 1);
        onnx_write_begin(&body, 0);
        if (i == 0 && has_output) onnx_write_node(&body, "", "Neg", "a", "b");
        if (i > 0) {
            onnx_write_node(&body, "f", inner, in, has_output ? "m" : "");
            onnx_write_node(&body, "f", inner, has_output ? "m" : "", out);
        }
        onnx_write_function(w, name, in, out, &body);
    }
    onnx_write_node(w, "f", name, has_output ? "x" : "", has_output ? "y" : "");
    if (!has_output) onnx_write_node(w, "", "Neg", "x", "y");
}
static void functions_of_functions(onnx_writer *w) { write_functions(w, 25, 1); }
static void functions_of_nothing(onnx_writer *w) { write_functions(w, 31, 0); }

static void function_that_calls_itself(onnx_writer *w) {
    onnx_writer body;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_begin(&body, 0);
    onnx_write_node(&body, "f", "Again", "a", "b");
    onnx_write_function(w, "Again", "a", "b", &body);
    onnx_write_node(w, "f", "Again", "x", "y");
}

static void nodes_in_a_circle(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_node(w, "", "Add", "x b", "a");
    onnx_write_node(w, "", "Neg", "a", "b");
    onnx_write_node(w, "", "Neg", "b", "y");
}

/* A weight of many dimensions. */
static void write_rank(onnx_writer *w, int32_t rank) {
    int64_t ones[100];
    for (int i = 0; i < 100; i++) ones[i] = 1;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_constant(w, "c", XYBRID_FLOAT32, rank, ones, "\0\0\0\0", 4);
    onnx_write_node(w, "", "Add", "x c", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}
static void weight_of_9_dimensions(onnx_writer *w) { write_rank(w, 9); }
static void weight_of_65_dimensions(onnx_writer *w) { write_rank(w, 65); }

/* A tensor that nothing stands behind. */
static void write_expanded(onnx_writer *w, int64_t rows, int64_t columns) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_ints(w, "shape", 2, (int64_t[]){ rows, columns });
    native_ints(w, "first", 1, (int64_t[]){ 0 });
    onnx_write_node(w, "", "ReduceMax", "x", "m");
    onnx_write_int(w, "keepdims", 0);
    onnx_write_node(w, "", "Expand", "m shape", "e");
    onnx_write_node(w, "", "CumSum", "e first", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}
static void tensor_of_2_to_the_36(onnx_writer *w) { write_expanded(w, 1 << 18, 1 << 18); }
static void tensor_of_64_gigabytes(onnx_writer *w) { write_expanded(w, 1 << 17, 1 << 17); }
static void tensor_of_negative_rows(onnx_writer *w) { write_expanded(w, INT64_MIN, 1); }

/* Each NonZero waits for what the one before found. */
static void shapes_of_shapes(onnx_writer *w) {
    char from[16] = "x", found[16], to[16];
    onnx_write_input(w, "x", XYBRID_INT64);
    number_int(w, "one", 1);
    for (int i = 0; i < 1100; i++) {
        snprintf(found, sizeof found, "n%d", i);
        snprintf(to, sizeof to, "m%d", i);
        onnx_write_node(w, "", "NonZero", from, found);
        onnx_write_node(w, "", "ReduceMax", found, to);
        onnx_write_int(w, "keepdims", 0);
        snprintf(from, sizeof from, "p%d", i);
        onnx_write_node(w, "", "Add", to, from);
        onnx_put_names(&w->node, 1, "one");
    }
    onnx_write_typed_output(w, from, XYBRID_INT64);
}

/* One more than there may be. */
static void nodes_without_end(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "x", XYBRID_FLOAT32);
    for (int i = 0; i < (1 << 20) + 1; i++) onnx_write_node(w, "", "Neg", "x", "");
}

/* The shape of y is 200,000 computed numbers. */
static void plan_of_many_numbers(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_INT64);
    native_ints(w, "times", 1, (int64_t[]){ 100000 });
    onnx_write_node(w, "", "Tile", "x times", "t");
    onnx_write_node(w, "", "Abs", "t", "shape");
    onnx_write_node(w, "", "Reshape", "x shape", "y");
    onnx_write_typed_output(w, "y", XYBRID_INT64);
}

/* ---- models that are large, but none's enemy ---- */

/* A Loop that puts one more tensor into a sequence each time. */
static void sequence_of_a_loop(onnx_writer *w) {
    onnx_writer body;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    number_int(w, "count", 1000);
    onnx_write_node(w, "", "SequenceConstruct", "x", "first");
    onnx_write_begin(&body, 0);
    onnx_write_input(&body, "i", XYBRID_INT64);
    onnx_write_input(&body, "go", XYBRID_BOOL);
    onnx_write_input(&body, "s", 0);
    onnx_write_node(&body, "", "SequenceInsert", "s x", "t");
    onnx_write_output(&body, "go");
    onnx_write_output(&body, "t");
    onnx_write_node(w, "", "Loop", "count - first", "all");
    onnx_write_graph(w, "body", &body);
    onnx_write_node(w, "", "ConcatFromSequence", "all", "y");
    onnx_write_int(w, "axis", 0);
}

/* `count` nodes in a row: every other one can join the one before it. They stand in the file the other way round if asked
 * for. */
static void write_chain(onnx_writer *w, int count, int is_backward, const char *op, const char *other) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    for (int k = 0; k < count; k++) {
        int  i = is_backward ? count - 1 - k : k;
        char from[16] = "x", to[16] = "y";
        if (i > 0) snprintf(from, sizeof from, "v%d", i);
        if (i + 1 < count) snprintf(to, sizeof to, "v%d", i + 1);
        onnx_write_node(w, "", i % 2 ? op : other, from, to);
    }
}
static void nodes_in_a_row(onnx_writer *w) { write_chain(w, 30000, 0, "Neg", "Abs"); }
static void nodes_backward(onnx_writer *w) { write_chain(w, 30000, 1, "Neg", "Softmax"); }

/* Each pair is one step by a rewrite. */
static void gates_in_a_row(onnx_writer *w) {
    char from[16] = "x", gate[16], to[16], both[32];
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    for (int i = 0; i < 3000; i++) {
        snprintf(gate, sizeof gate, "g%d", i);
        snprintf(to, sizeof to, "v%d", i);
        snprintf(both, sizeof both, "%s %s", from, gate);
        onnx_write_node(w, "", "Sigmoid", from, gate);
        onnx_write_node(w, "", "Mul", both, to);
        snprintf(from, sizeof from, "%s", to);
    }
    onnx_write_typed_output(w, from, XYBRID_FLOAT32);
}

/* ---- the table ---- */

typedef struct hostile {
    const char *name;
    void (*write)(onnx_writer *w);
    native_port   input;
    xybrid_status code;
    const char   *wanted; /* the whole message; NULL: that of the budget */
    double        most_seconds;
} hostile;

enum {
    BUDGET_BYTES = 64 << 20,
    LARGE_BUDGET_BYTES = 1 << 30 /* 1,024 plans are large */,
    DEADLINE_MS = 300,
    LONG_DEADLINE_MS = 60000
};

#define FLOATS { "x", XYBRID_FLOAT32, 1, { 2 }, 0 }
#define INTS   { "x", XYBRID_INT64, 1, { 2 }, 1 }
#define FAILED "inference failed in \"made.onnx\": "
#define FILE_  "made.onnx: ONNX: "
static const hostile table[] = {
    { "a Loop's state is left out", loop_without_state, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 48: Loop \"\" lacks a required input; name \"\"", 1 },
    { "an input of SequenceMap is left out", map_without_input, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 59: SequenceMap \"\" lacks a required input; name \"\"", 1 },
    { "an input of SequenceConstruct is left out", sequence_with_a_gap, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 26: SequenceConstruct \"\" lacks a required input; name \"\"", 1 },
    { "an input twice", input_twice, FLOATS, XYBRID_MALFORMED, FILE_ "at byte 15: \"x\" is produced twice", 1 },
    { "a Constant with a graph", constant_of_a_graph, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 26: Constant \"\" has no value; name \"\"", 1 },
    { "a Loop without count and condition", loop_for_ever, FLOATS, XYBRID_CANCELLED_DEADLINE, "cancelled: the deadline passed",
      2 },
    { "a Loop of 2^63 rounds", loop_of_a_huge_count, FLOATS, XYBRID_CANCELLED_DEADLINE, "cancelled: the deadline passed", 2 },
    { "Loops in a Loop", loops_in_a_loop, FLOATS, XYBRID_CANCELLED_DEADLINE, "cancelled: the deadline passed", 2 },
    { "a Loop whose state doubles", loop_that_doubles, FLOATS, XYBRID_OUT_OF_MEMORY_BUDGET, NULL, 2 },
    { "a Loop whose state gains dimensions", loop_that_adds_dimensions, FLOATS, XYBRID_INFERENCE_FAILED,
      FAILED "Unsqueeze: 1 more dimensions for 8; at most 8", 1 },
    { "graphs in graphs", graphs_in_graphs, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 1638: more than 32 graphs inside each other", 1 },
    { "functions of functions", functions_of_functions, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 142: F0 \"\" calls functions that call others too often; name \"\"", 10 },
    { "functions of nothing", functions_of_nothing, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 118: F0 \"\" calls functions that call others too often; name \"\"", 10 },
    { "nodes without end", nodes_without_end, FLOATS, XYBRID_MALFORMED, FILE_ "more than 1048576 nodes", 10 },
    { "a function that calls itself", function_that_calls_itself, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 90: Again \"\" is a function that calls itself, or is nested too deeply; name \"\"", 1 },
    { "nodes in a circle", nodes_in_a_circle, FLOATS, XYBRID_MALFORMED,
      FILE_ "nodes wait for each other in a circle, 2 of them or fewer", 1 },
    { "a weight of 9 dimensions", weight_of_9_dimensions, FLOATS, XYBRID_UNSUPPORTED_MODEL,
      FILE_ "at byte 17: tensor \"c\" has 9 dimensions; this version handles at most 8", 1 },
    { "a weight of 65 dimensions", weight_of_65_dimensions, FLOATS, XYBRID_MALFORMED,
      FILE_ "at byte 147: a weight of more than 64 dimensions", 1 },
    { "a tensor of 2^36 elements", tensor_of_2_to_the_36, FLOATS, XYBRID_INVALID_ARGUMENT,
      "Expand: a tensor of shape [262144,262144]; at most 17179869184 elements are possible", 1 },
#if SIZE_MAX > UINT32_MAX
    { "a tensor of 64 gigabytes", tensor_of_64_gigabytes, FLOATS, XYBRID_OUT_OF_MEMORY_BUDGET, NULL, 1 },
#else /* more than an address can say */
    { "a tensor of 64 gigabytes", tensor_of_64_gigabytes, FLOATS, XYBRID_INVALID_ARGUMENT,
      "Expand: a tensor of 17179869184 elements is too large", 1 },
#endif
    { "a dimension below zero", tensor_of_negative_rows, FLOATS, XYBRID_INVALID_ARGUMENT,
      "Expand: a tensor of shape [-9223372036854775808,1]; at most 17179869184 elements are possible", 1 },
    { "shapes of shapes", shapes_of_shapes, INTS, XYBRID_INFERENCE_FAILED,
      FAILED "shapes depend on computed values more than 1024 times in a row", 10 },
    { "a plan of many numbers", plan_of_many_numbers, INTS, XYBRID_INFERENCE_FAILED,
      FAILED "the plan depends on more than 1048576 bytes of computed values", 2 },
};

static xybrid_runtime *runtime_of(counter *c, int64_t budget) {
    const xybrid_allocator a = { .struct_size = sizeof a, .ctx = c, .alloc = counted_alloc, .free = counted_free };
    xybrid_error           err;
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &a;
    o.threads = 1;
    o.memory_budget_bytes = budget;
    CHECK(door_ok_(xybrid_runtime_create(&o, &rt, &err), &err, "xybrid_runtime_create", __LINE__));
    return rt;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Loads and runs twice; the failure is in *err. */
static xybrid_status fail_twice(xybrid_runtime *rt, const onnx_bytes *file, const hostile *h, xybrid_error *err) {
    const native_model as_model = { "", NULL, { h->input } };
    xybrid_error       again = { 0 };
    xybrid_model      *m = NULL;
    xybrid_session    *s = NULL;
    xybrid_envelope   *in = NULL;
    xybrid_run_options o;
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    o.deadline_ms = h->code == XYBRID_CANCELLED_DEADLINE ? DEADLINE_MS : LONG_DEADLINE_MS;
    xybrid_status st = native_load(rt, file, NULL, &m, err);
    if (!st) st = xybrid_session_open(m, NULL, &s, err);
    if (!st) st = native_input(rt, &as_model, 0, &in, err);
    if (!st) {
        onnx_bytes found = native_run(m, s, in, &o, err);
        onnx_bytes_free(&found);
        st = err->code;
        found = native_run(m, s, in, &o, &again);
        onnx_bytes_free(&found);
        CHECK_INT(again.code, st);
        if (st != XYBRID_OUT_OF_MEMORY_BUDGET) CHECK_STR(again.message, err->message);
    }
    xybrid_envelope_free(in);
    xybrid_session_free(s);
    xybrid_model_free(m);
    return st;
}

static void hostile_models_end_in_errors(void) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        counter         c = { 0 };
        xybrid_error    err = { 0 };
        onnx_writer     w;
        xybrid_runtime *rt = runtime_of(&c, table[i].write == shapes_of_shapes ? LARGE_BUDGET_BYTES : BUDGET_BYTES);
        onnx_write_begin(&w, 18);
        table[i].write(&w);
        onnx_bytes    file = onnx_write_end(&w);
        double        start = now();
        xybrid_status st = fail_twice(rt, &file, &table[i], &err);
        double        seconds = now() - start;
        printf("%s: %.3f s: %s: %s\n", table[i].name, seconds, xybrid_status_name(st), err.message);
        CHECK_INT(st, table[i].code);
        if (table[i].wanted) CHECK_STR(err.message, table[i].wanted);
        else CHECK(strstr(err.message, "would pass the runtime's budget of 67108864 bytes") != NULL);
        CHECK(seconds < table[i].most_seconds * (double)SLOWER);
        onnx_bytes_free(&file);
        xybrid_runtime_free(rt);
        CHECK_INT(c.live, 0);
    }
}

typedef struct heavy {
    const char *name;
    void (*write)(onnx_writer *w);
    int64_t most_bytes; /* the runtime's own, at most */
    double  most_seconds;
} heavy;

static const heavy heavies[] = {
    { "a Loop of 1,000 plans", loop_of_new_plans, 4 << 20, 2 },
    { "a sequence of a Loop", sequence_of_a_loop, 24 << 20, 5 }, /* 64 plans of up to 1,000 values each are kept */
    { "30,000 nodes in a row", nodes_in_a_row, 64 << 20, 5 },
    { "3,000 gates in a row", gates_in_a_row, 64 << 20, 5 },
    { "30,000 nodes backward", nodes_backward, 64 << 20, 5 },
};

static void large_models_stay_within_bounds(void) {
    for (size_t i = 0; i < sizeof heavies / sizeof heavies[0]; i++) {
        const native_model as_model = { "", NULL, { FLOATS } };
        counter            c = { 0 };
        xybrid_error       err;
        xybrid_stats       stats;
        onnx_writer        w;
        xybrid_runtime    *rt = runtime_of(&c, XYBRID_AUTO);
        xybrid_model      *m = NULL;
        xybrid_envelope   *in = NULL;
        onnx_write_begin(&w, 18);
        heavies[i].write(&w);
        onnx_bytes file = onnx_write_end(&w);
        double     start = now();
        DOOR_OK(native_load(rt, &file, NULL, &m, &err));
        double loaded = now();
        DOOR_OK(native_input(rt, &as_model, 0, &in, &err));
        onnx_bytes found = native_run(m, NULL, in, NULL, &err);
        DOOR_OK(err.code);
        double seconds = now() - start;
        xybrid_runtime_stats(rt, &stats);
        printf("%s: %.3f s, %.3f of them load; %.1f MB at most\n", heavies[i].name, seconds, loaded - start,
               (double)stats.private_peak_bytes / 1e6);
        CHECK(found.size > 0);
        CHECK(seconds < heavies[i].most_seconds * (double)SLOWER);
        CHECK(stats.private_peak_bytes < heavies[i].most_bytes);
        onnx_bytes_free(&found);
        xybrid_envelope_free(in);
        xybrid_model_free(m);
        xybrid_runtime_free(rt);
        onnx_bytes_free(&file);
        CHECK_INT(c.live, 0);
    }
}

/* Without a deadline: the rounds of all loops count together. */
static void loops_in_a_loop_have_a_limit(void) {
    if (SLOWER > 1) CHECK_SKIP("10,000,000 rounds take minutes in this build");
    const native_model as_model = { "", NULL, { FLOATS } };
    counter            c = { 0 };
    xybrid_error       err;
    onnx_writer        w;
    xybrid_runtime    *rt = runtime_of(&c, BUDGET_BYTES);
    xybrid_model      *m = NULL;
    xybrid_envelope   *in = NULL;
    onnx_write_begin(&w, 18);
    loops_in_a_loop(&w);
    onnx_bytes file = onnx_write_end(&w);
    DOOR_OK(native_load(rt, &file, NULL, &m, &err));
    DOOR_OK(native_input(rt, &as_model, 0, &in, &err));
    onnx_bytes found = native_run(m, NULL, in, NULL, &err);
    CHECK_INT(err.code, XYBRID_INFERENCE_FAILED);
    CHECK_STR(err.message, FAILED "the loops of one run go more than 10000000 rounds");
    onnx_bytes_free(&found);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    onnx_bytes_free(&file);
    CHECK_INT(c.live, 0);
}

/* ---- cancel ---- */

/* Products that take a while each, in a row or in a Loop. */
static void products_in_a_row(onnx_writer *w) {
    char from[16] = "x", to[16];
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_weight(w, "m", 2, (int64_t[]){ 128, 128 }, 20);
    for (int i = 0; i < 2000; i++) {
        snprintf(to, sizeof to, "v%d", i);
        onnx_write_node(w, "", "MatMul", from, to);
        onnx_put_names(&w->node, 1, "m");
        snprintf(from, sizeof from, "s%d", i);
        onnx_write_node(w, "", "Softmax", to, from);
    }
    onnx_write_typed_output(w, from, XYBRID_FLOAT32);
}
static void body_of_a_product(onnx_writer *b) {
    onnx_write_node(b, "", "MatMul", "s m", "p");
    onnx_write_node(b, "", "Softmax", "p", "t");
}
static void products_in_a_loop(onnx_writer *w) {
    native_weight(w, "m", 2, (int64_t[]){ 128, 128 }, 20);
    write_loop(w, 2000, body_of_a_product);
}

typedef struct alarm_clock {
    xybrid_cancel *cancel;
    double         fired;
} alarm_clock;

static double wall(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *fire_later(void *arg) {
    alarm_clock    *a = arg;
    struct timespec t = { 0, 30 * 1000 * 1000 };
    nanosleep(&t, NULL);
    a->fired = wall();
    xybrid_cancel_fire(a->cancel);
    return NULL;
}

/* A run is stopped while it goes; the next one on the session gives what the one before gave. */
static void stop_one(void (*write)(onnx_writer *w)) {
    const native_model as_model = { "", NULL, { { "x", XYBRID_FLOAT32, 2, { 128, 128 }, 0 } } };
    counter            c = { 0 };
    xybrid_error       err;
    onnx_writer        w;
    xybrid_runtime    *rt = runtime_of(&c, XYBRID_AUTO);
    xybrid_model      *m = NULL;
    xybrid_session    *s = NULL;
    xybrid_envelope   *in = NULL;
    xybrid_run_options o;
    onnx_write_begin(&w, 18);
    write(&w);
    onnx_bytes file = onnx_write_end(&w);
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    DOOR_OK(native_load(rt, &file, NULL, &m, &err));
    DOOR_OK(xybrid_session_open(m, NULL, &s, &err));
    DOOR_OK(native_input(rt, &as_model, 0, &in, &err));
    double     start = wall();
    onnx_bytes wanted = native_run(m, s, in, &o, &err);
    double     whole = wall() - start;
    DOOR_OK(err.code);
    for (int round = 0, late = 0; round < 3; round++) {
        alarm_clock a = { NULL, 0 };
        pthread_t   thread;
        DOOR_OK(xybrid_cancel_create(rt, &a.cancel, &err));
        o.cancel = a.cancel;
        CHECK_INT(pthread_create(&thread, NULL, fire_later, &a), 0);
        onnx_bytes found = native_run(m, s, in, &o, &err);
        double     ended = wall();
        pthread_join(thread, NULL);
        if (!err.code && ++late < 20) round--; /* on a busy machine the token fired when all was done: again */
        else CHECK_INT(err.code, XYBRID_CANCELLED_TOKEN);
        printf("stopped %.4f s after the token fired; a whole run takes %.3f s\n", ended - a.fired, whole);
        onnx_bytes_free(&found);
        xybrid_cancel_free(a.cancel);
        o.cancel = NULL;
        found = native_run(m, s, in, &o, &err);
        CHECK(native_same(&found, &wanted));
        onnx_bytes_free(&found);
    }
    onnx_bytes_free(&wanted);
    xybrid_envelope_free(in);
    xybrid_session_free(s);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    onnx_bytes_free(&file);
    CHECK_INT(c.live, 0);
}

static void a_run_stops(void) { stop_one(products_in_a_row); }
static void a_loop_stops(void) { stop_one(products_in_a_loop); }

/* While the plan is made; then it is made from the start. On a busy machine the deadline may come when all is done: again. */
static void a_plan_stops(void) {
    const native_model as_model = { "", NULL, { FLOATS } };
    counter            c = { 0 };
    xybrid_error       err;
    onnx_writer        w;
    xybrid_runtime    *rt = runtime_of(&c, XYBRID_AUTO);
    xybrid_model      *m = NULL;
    xybrid_session    *s = NULL;
    xybrid_envelope   *in = NULL;
    xybrid_run_options o;
    onnx_bytes         found = { 0 };
    onnx_write_begin(&w, 18);
    gates_in_a_row(&w);
    onnx_bytes file = onnx_write_end(&w);
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    o.deadline_ms = 1;
    DOOR_OK(native_load(rt, &file, NULL, &m, &err));
    DOOR_OK(native_input(rt, &as_model, 0, &in, &err));
    xybrid_status stopped = XYBRID_OK;
    for (int tries = 0; tries < 20 && !stopped; tries++) {
        onnx_bytes_free(&found);
        xybrid_session_free(s);
        s = NULL;
        DOOR_OK(xybrid_session_open(m, NULL, &s, &err));
        found = native_run(m, s, in, &o, &err);
        stopped = err.code;
    }
    CHECK_INT(stopped, XYBRID_CANCELLED_DEADLINE);
    onnx_bytes_free(&found);
    found = native_run(m, s, in, NULL, &err);
    DOOR_OK(err.code);
    CHECK(found.size > 0);
    onnx_bytes_free(&found);
    xybrid_envelope_free(in);
    xybrid_session_free(s);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    onnx_bytes_free(&file);
    CHECK_INT(c.live, 0);
}

CHECK_MAIN(RUN(a_plan_stops), RUN(a_run_stops), RUN(a_loop_stops), RUN(loops_in_a_loop_have_a_limit),
           RUN(hostile_models_end_in_errors), RUN(large_models_stay_within_bounds))
