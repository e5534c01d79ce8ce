/* Element-wise operators of the native engine: what a file or a caller may do wrong, and what the golden cases (tests/ops) do
 * not cover: tensors without elements, bounds and scales that are computed, many operands, text. */
#include "onnx_model.h"

static const int64_t two_by_three[] = { 2, 3 };

/* One node on inputs a, b, c of these types (0: fewer); the message of the failure. */
typedef struct one_node {
    const char *domain, *op, *inputs;
    int32_t     types[3];
    const char *attribute;
    int64_t     value;
} one_node;

/* Runs it on tensors of 2 x 3 ones, or of `dims` for b. */
static xybrid_status run_one(onnx_model *m, const one_node *t, int32_t rank_b, const int64_t *dims_b) {
    static const int64_t words[64] = { 0 };
    static const char   *names[] = { "a", "b", "c" };
    xb_onnx_value        in[3];
    int32_t              count = 0;
    onnx_model_begin(m, 28);
    for (int32_t i = 0; i < 3 && t->types[i]; i++, count++) {
        onnx_model_input(m, names[i], t->types[i]);
        in[i] = i == 1 ? onnx_tensor(t->types[i], words, rank_b, dims_b) : onnx_tensor(t->types[i], words, 2, two_by_three);
    }
    onnx_model_node(m, t->domain, t->op, t->inputs, "y");
    if (t->attribute) onnx_model_int(m, t->attribute, t->value);
    onnx_model_output(m, "y");
    return onnx_model_run(m, in, count);
}

static void wrong_types_are_refused(void) {
    static const one_node nodes[] = {
        { "", "Add", "a b", { XYBRID_FLOAT32, XYBRID_INT32 }, NULL, 0 },
        { "", "Add", "a b", { XYBRID_BOOL, XYBRID_BOOL }, NULL, 0 },
        { "", "And", "a b", { XYBRID_INT32, XYBRID_INT32 }, NULL, 0 },
        { "", "BitwiseAnd", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 },
        { "", "BitwiseNot", "a", { XYBRID_BOOL }, NULL, 0 },
        { "", "BitShift", "a b", { XYBRID_FLOAT16, XYBRID_FLOAT16 }, NULL, 0 },
        { "", "Sin", "a", { XYBRID_INT64 }, NULL, 0 },
        { "", "Not", "a", { XYBRID_UINT8 }, NULL, 0 },
        { "", "IsNaN", "a", { XYBRID_INT32 }, NULL, 0 },
        { "", "Clip", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT64 }, NULL, 0 },
        { "", "Clip", "a", { XYBRID_BOOL }, NULL, 0 },
        { "", "Where", "a b c", { XYBRID_UINT8, XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 },
        { "", "Where", "a b c", { XYBRID_BOOL, XYBRID_FLOAT32, XYBRID_FLOAT16 }, NULL, 0 },
        { "", "Abs", "a", { XB_ONNX_COMPLEX64 }, NULL, 0 },
        { "", "Dropout", "a", { XYBRID_INT32 }, NULL, 0 },
        { "", "QuantizeLinear", "a b", { XYBRID_INT64, XYBRID_FLOAT32 }, NULL, 0 },
        { "", "QuantizeLinear", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT64 }, NULL, 0 },
        { "", "DequantizeLinear", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 },
        { "", "DequantizeLinear", "a b c", { XYBRID_UINT8, XYBRID_FLOAT32, XYBRID_INT8 }, NULL, 0 },
        { "", "DynamicQuantizeLinear", "a", { XYBRID_FLOAT16 }, NULL, 0 },
        { "com.microsoft", "BiasGelu", "a b", { XYBRID_INT32, XYBRID_INT32 }, NULL, 0 },
        { "com.microsoft", "QLinearAdd", "a b - c", { XYBRID_UINT8, XYBRID_FLOAT32, XYBRID_UINT8 }, NULL, 0 },
        { "com.microsoft", "QLinearSigmoid", "a", { XYBRID_UINT8 }, NULL, 0 },
        { "", "BitCast", "a", { XYBRID_FLOAT32 }, "to", XYBRID_INT64 },
        { "", "BitCast", "a", { XYBRID_FLOAT32 }, "to", -5 },
    };
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        onnx_model m;
        int64_t    one = 1;
        CHECK_INT(run_one(&m, &nodes[i], 1, &one), XYBRID_INVALID_ARGUMENT);
        CHECK(strstr(m.err.message, nodes[i].op) != NULL);
        onnx_model_end(&m);
    }
}

static void unknown_types_are_refused(void) {
    static const one_node nodes[] = {
        { "", "Cast", "a", { XYBRID_FLOAT32 }, "to", 99 },
        { "", "Cast", "a", { XYBRID_FLOAT32 }, "to", XB_ONNX_COMPLEX64 },
        { "", "Cast", "a", { XYBRID_FLOAT32 }, "to", INT64_MIN },
        { "", "Cast", "a", { XYBRID_FLOAT32 }, NULL, 0 },
        { "", "QuantizeLinear", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, "output_dtype", XYBRID_INT32 },
        { "", "QuantizeLinear", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, "output_dtype", -1 },
        { "", "DequantizeLinear", "a b", { XYBRID_UINT8, XYBRID_FLOAT32 }, "output_dtype", XYBRID_INT8 },
    };
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        onnx_model m;
        int64_t    one = 1;
        CHECK_INT(run_one(&m, &nodes[i], 1, &one), XYBRID_UNSUPPORTED_MODEL);
        onnx_model_end(&m);
    }
}

static void wrong_shapes_are_refused(void) {
    static const struct {
        one_node node;
        int32_t  rank;
        int64_t  dims[3];
    } cases[] = {
        { { "", "Add", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 }, 1, { 2 } },
        { { "", "Less", "a b", { XYBRID_INT64, XYBRID_INT64 }, NULL, 0 }, 2, { 3, 2 } },
        { { "", "PRelu", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 }, 3, { 4, 1, 1 } },
        { { "", "Clip", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 }, 1, { 2 } },
        { { "", "Max", "a b a", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 }, 1, { 4 } },
        { { "", "QuantizeLinear", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, "axis", 2 }, 1, { 3 } },
        { { "", "QuantizeLinear", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, "axis", INT64_MIN }, 1, { 3 } },
        { { "", "QuantizeLinear", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, "axis", 0 }, 1, { 3 } },
        { { "", "QuantizeLinear", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 }, 2, { 2, 3 } },
        { { "", "DequantizeLinear", "a b", { XYBRID_INT8, XYBRID_FLOAT32 }, "block_size", -1 }, 2, { 2, 3 } },
        { { "", "DequantizeLinear", "a b", { XYBRID_INT8, XYBRID_FLOAT32 }, "block_size", 2 }, 2, { 2, 3 } },
        { { "", "DequantizeLinear", "a b", { XYBRID_INT8, XYBRID_FLOAT32 }, "block_size", INT64_MAX }, 2, { 2, 2 } },
        { { "", "DequantizeLinear", "a b b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 }, 1, { 3 } },
        { { "com.microsoft", "BiasGelu", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 }, 1, { 2 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        onnx_model m;
        CHECK_INT(run_one(&m, &cases[i].node, cases[i].rank, cases[i].dims), XYBRID_INVALID_ARGUMENT);
        onnx_model_end(&m);
    }
}

static void huge_blocks_are_one(void) {
    one_node   t = { "", "DequantizeLinear", "a b", { XYBRID_INT8, XYBRID_FLOAT32 }, "block_size", INT64_MAX };
    onnx_model m;
    int64_t    dims[] = { 2, 1 };
    CHECK_INT(run_one(&m, &t, 2, dims), XYBRID_OK);
    onnx_model_end(&m);
}

static void no_elements(void) {
    static const one_node nodes[] = {
        { "", "Add", "a b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 },
        { "", "Add", "a b", { XYBRID_INT64, XYBRID_INT64 }, NULL, 0 },
        { "", "Equal", "a b", { XYBRID_FLOAT16, XYBRID_FLOAT16 }, NULL, 0 },
        { "", "Sum", "a b a", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 },
        { "", "Pow", "a b", { XYBRID_FLOAT32, XYBRID_INT32 }, NULL, 0 },
        { "", "Where", "c a b", { XYBRID_FLOAT32, XYBRID_FLOAT32, XYBRID_BOOL }, NULL, 0 },
        { "", "Where", "c a b", { XYBRID_INT64, XYBRID_INT64, XYBRID_BOOL }, NULL, 0 },
        { "", "Tanh", "b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 },
        { "", "Tan", "b", { XYBRID_FLOAT64, XYBRID_FLOAT64 }, NULL, 0 },
        { "", "Cast", "b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, "to", XYBRID_INT8 },
        { "", "Cast", "b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, "to", XYBRID_FLOAT16 },
        { "", "DynamicQuantizeLinear", "b", { XYBRID_FLOAT32, XYBRID_FLOAT32 }, NULL, 0 },
    };
    static const int64_t dims[] = { 0, 2, 3 };
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        onnx_model m;
        CHECK_INT(run_one(&m, &nodes[i], 3, dims), XYBRID_OK);
        if (m.outputs) CHECK_INT(m.outputs[0].count, 0);
        onnx_model_end(&m);
    }
}

/* Scales for an axis without elements, and the scale of nothing. */
static void no_elements_of_scales(void) {
    static const int64_t empty[] = { 2, 0 }, none[] = { 0 };
    onnx_model           m;
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_input(&m, "s", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "QuantizeLinear", "x s", "q");
    onnx_model_node(&m, "", "DynamicQuantizeLinear", "x", "y scale zero");
    onnx_model_output(&m, "q");
    onnx_model_output(&m, "scale");
    xb_onnx_value in[] = { onnx_tensor(XYBRID_FLOAT32, "", 2, empty), onnx_tensor(XYBRID_FLOAT32, "", 1, none) };
    CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_OK);
    if (m.outputs) CHECK(*(float *)m.outputs[1].data == 1);
    onnx_model_end(&m);
}

/* Bounds that a node computes. */
static void clip_by_computed_bounds(void) {
    static const float x[] = { -5, 0, 5, NAN, 100, -100 }, low[] = { -1 }, high[] = { 2 };
    onnx_model         m;
    onnx_model_begin(&m, 13);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_input(&m, "low", XYBRID_FLOAT32);
    onnx_model_input(&m, "high", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Mul", "high high", "top");
    onnx_model_node(&m, "", "Clip", "x low top", "y");
    onnx_model_output(&m, "y");
    xb_onnx_value in[] = { onnx_tensor(XYBRID_FLOAT32, x, 2, two_by_three), onnx_tensor(XYBRID_FLOAT32, low, 0, NULL),
                           onnx_tensor(XYBRID_FLOAT32, high, 0, NULL) };
    CHECK_INT(onnx_model_run(&m, in, 3), XYBRID_OK);
    if (m.outputs) {
        const float *y = m.outputs[0].data;
        CHECK(y[0] == -1 && y[1] == 0 && y[2] == 4 && isnan(y[3]) && y[4] == 4 && y[5] == -1);
    }
    onnx_model_end(&m);
}

/* 300 operands of int32 and of float16: sums, and none of them special. */
static void many_operands(void) {
    enum { MANY = 300 };
    static char          names[2 * MANY];
    static const int32_t integers[] = { 1, 2, 3, 4, 5, 6 };
    static const int16_t halves[] = { 0x3c00, 0x3c00, 0x3c00, 0x3c00, 0x3c00, 0x3c00 }; /* 1 */
    onnx_model           m;
    for (int i = 0; i < MANY; i++) memcpy(names + 2 * (size_t)i, i % 2 ? "a " : "b ", 2);
    names[2 * MANY - 1] = 0;
    for (int is_half = 0; is_half < 2; is_half++) {
        int32_t     dtype = is_half ? XYBRID_FLOAT16 : XYBRID_INT32;
        const void *data = is_half ? (const void *)halves : integers;
        onnx_model_begin(&m, 13);
        onnx_model_input(&m, "a", dtype);
        onnx_model_input(&m, "b", dtype);
        onnx_model_node(&m, "", "Sum", names, "y");
        onnx_model_output(&m, "y");
        xb_onnx_value in[] = { onnx_tensor(dtype, data, 2, two_by_three), onnx_tensor(dtype, data, 0, NULL) };
        CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_OK);
        if (m.outputs && is_half) CHECK_INT(((uint16_t *)m.outputs[0].data)[3], 0x5cb0); /* 300: rounded once */
        if (m.outputs && !is_half) CHECK_INT(((int32_t *)m.outputs[0].data)[2], MANY / 2 * 3 + MANY / 2);
        onnx_model_end(&m);
    }
}

/* Text is compared and chosen although its shape and the condition are computed. */
static void text_by_a_computed_condition(void) {
    static const xb_slice words[] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
    static const float    numbers[] = { 1, -1, 2 };
    static const int64_t  three[] = { 3 };
    onnx_model            m;
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "t", XB_ONNX_STRING);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Cast", "x", "s");
    onnx_model_int(&m, "to", XB_ONNX_STRING);
    onnx_model_node(&m, "", "Less", "x x2", "c");
    onnx_model_node(&m, "", "Where", "c t s", "y");
    onnx_model_node(&m, "", "Equal", "y t", "e");
    float zero = 0;
    onnx_model_constant(&m, "x2", XYBRID_FLOAT32, 0, NULL, &zero, sizeof zero);
    onnx_model_output(&m, "y");
    onnx_model_output(&m, "e");
    xb_onnx_value in[] = { onnx_tensor(XB_ONNX_STRING, words, 1, three), onnx_tensor(XYBRID_FLOAT32, numbers, 1, three) };
    CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_OK);
    if (m.outputs) {
        const xb_slice *y = m.outputs[0].data;
        const uint8_t  *e = m.outputs[1].data;
        CHECK(xb_slice_is(y[0], "1.0") && xb_slice_is(y[1], "b") && xb_slice_is(y[2], "2.0"));
        CHECK(!e[0] && e[1] && !e[2]);
    } else {
        printf("%s\n", m.err.message);
    }
    onnx_model_end(&m);
}

static void text_that_is_no_number(void) {
    static const char *bad[] = { "", "x", "1.2.3", "--1", "1e", ".", "e5", "0x10", "1 2" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        xb_slice   text = xb_slice_of(bad[i]);
        onnx_model m;
        onnx_model_begin(&m, 21);
        onnx_model_input(&m, "t", XB_ONNX_STRING);
        onnx_model_node(&m, "", "Cast", "t", "y");
        onnx_model_int(&m, "to", XYBRID_FLOAT32);
        onnx_model_output(&m, "y");
        xb_onnx_value in = onnx_tensor(XB_ONNX_STRING, &text, 0, NULL);
        CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_INVALID_ARGUMENT);
        onnx_model_end(&m);
    }
}

/* All pairs of text of two long lists would be more than a plan holds. */
static void too_much_text(void) {
    enum { LONG = 20000 };
    static xb_slice      words[LONG];
    static const int64_t column[] = { LONG, 1 }, row[] = { 1, LONG };
    onnx_model           m;
    for (int i = 0; i < LONG; i++) words[i] = xb_slice_of("w");
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "a", XB_ONNX_STRING);
    onnx_model_input(&m, "b", XB_ONNX_STRING);
    onnx_model_node(&m, "", "Equal", "a b", "y");
    onnx_model_output(&m, "y");
    xb_onnx_value in[] = { onnx_tensor(XB_ONNX_STRING, words, 2, column), onnx_tensor(XB_ONNX_STRING, words, 2, row) };
    CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_UNSUPPORTED_MODEL);
    onnx_model_end(&m);
}

static void dropout_ratio_is_checked(void) {
    static const float   ratios[] = { 1, -0.5f, NAN, 2 };
    static const uint8_t yes[] = { 1 };
    static const float   x[6] = { 1, 1, 1, 1, 1, 1 };
    for (int i = 0; i < 4; i++) {
        onnx_model m;
        onnx_model_begin(&m, 13);
        onnx_model_input(&m, "x", XYBRID_FLOAT32);
        onnx_model_input(&m, "r", XYBRID_FLOAT32);
        onnx_model_input(&m, "t", XYBRID_BOOL);
        onnx_model_node(&m, "", "Dropout", "x r t", "y");
        onnx_model_output(&m, "y");
        xb_onnx_value in[] = { onnx_tensor(XYBRID_FLOAT32, x, 2, two_by_three),
                               onnx_tensor(XYBRID_FLOAT32, &ratios[i], 0, NULL), onnx_tensor(XYBRID_BOOL, yes, 0, NULL) };
        CHECK_INT(onnx_model_run(&m, in, 3), XYBRID_INVALID_ARGUMENT);
        onnx_model_end(&m);
    }
}

/* Where nothing traps: divisions by 0, the lowest number by -1, huge shifts, exponents, casts. */
static void integers_without_traps(void) {
    static const int32_t a[] = { INT32_MIN, 7, INT32_MIN, 0, -1, INT32_MAX }, b[] = { -1, 0, 0, 0, INT32_MIN, INT32_MIN };
    onnx_model           m;
    onnx_model_begin(&m, 28);
    onnx_model_input(&m, "a", XYBRID_INT32);
    onnx_model_input(&m, "b", XYBRID_INT32);
    onnx_model_node(&m, "", "Div", "a b", "div");
    onnx_model_node(&m, "", "Mod", "a b", "mod");
    onnx_model_node(&m, "", "Mod", "a b", "fmod");
    onnx_model_int(&m, "fmod", 1);
    onnx_model_node(&m, "", "Pow", "a b", "pow");
    onnx_model_node(&m, "", "BitShift", "a b", "shift");
    onnx_model_text(&m, "direction", "LEFT");
    onnx_model_node(&m, "", "Neg", "a", "neg");
    onnx_model_node(&m, "", "Abs", "a", "abs");
    static const char *outputs[] = { "div", "mod", "fmod", "pow", "shift", "neg", "abs" };
    for (int i = 0; i < 7; i++) onnx_model_output(&m, outputs[i]);
    xb_onnx_value in[] = { onnx_tensor(XYBRID_INT32, a, 2, two_by_three), onnx_tensor(XYBRID_INT32, b, 2, two_by_three) };
    CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_OK);
    if (m.outputs) {
        const int32_t *div = m.outputs[0].data, *mod = m.outputs[1].data, *power = m.outputs[3].data;
        CHECK_INT(div[0], INT32_MIN), CHECK_INT(div[1], 0), CHECK_INT(div[4], 0);
        CHECK_INT(mod[0], 0), CHECK_INT(mod[1], 0), CHECK_INT(mod[4], -1), CHECK_INT(mod[5], -1);
        CHECK_INT(power[3], 1), CHECK_INT(power[4], 1), CHECK_INT(power[5], 0);
        CHECK_INT(((int32_t *)m.outputs[6].data)[0], INT32_MIN);
    }
    onnx_model_end(&m);
}

CHECK_MAIN(RUN(wrong_types_are_refused), RUN(unknown_types_are_refused), RUN(wrong_shapes_are_refused),
           RUN(huge_blocks_are_one), RUN(no_elements), RUN(no_elements_of_scales), RUN(clip_by_computed_bounds),
           RUN(many_operands), RUN(text_by_a_computed_condition), RUN(text_that_is_no_number), RUN(too_much_text),
           RUN(dropout_ratio_is_checked), RUN(integers_without_traps))
