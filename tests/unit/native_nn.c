/* Neural-network operators of the native engine: what a file may do wrong. Each operator is run as it should be, then some
 * thousand times with dimensions, types and attributes that are changed at random, to values that are known for trouble: it
 * answers with an error or with a result, and touches nothing that is not its own (the sanitizers' builds look at that).
 * What the operators compute is held against golden cases in tests/ops. */
#include "onnx_model.h"

enum { INPUTS = 8, ATTRIBUTES = 12, TRIALS = 150, BUDGET = 32 << 20 };

/* inputs: "f2,3" a float32 tensor of [2, 3]; d float64, h float16, i int32, l int64, b bool; "-" is left out; "=" before it: a
 * constant. attributes: "axis=1" an integer, "pads=1,1" integers ("pads=1," a single one), "mode:avg" text, "alpha=0.5" a float. */
typedef struct op_sample {
    const char *domain, *op;
    int         opset, outputs;
    const char *inputs, *attributes;
} op_sample;

static const op_sample samples[] = {
    { "", "AffineGrid", 20, 1, "f2,2,3 =l4", "align_corners=0" },
    { "", "Attention", 25, 4, "f1,4,3,8 f1,2,5,8 f1,2,5,6 b3,7 f1,2,2,8 f1,2,2,6",
      "is_causal=1 left_window_size=2 right_window_size=1 qk_matmul_output_mode=2 softmax_precision=1 softcap=2.5" },
    { "", "Attention", 25, 1, "h2,3,32 h2,5,16 h2,5,12 - - - l2", "q_num_heads=4 kv_num_heads=2 is_causal=1" },
    { "", "AveragePool", 19, 1, "f1,2,6,5",
      "kernel_shape=3,2 strides=2,1 pads=1,1,0,0 dilations=1,2 ceil_mode=1 count_include_pad=1" },
    { "", "BatchNormalization", 15, 3, "f2,3,4 f3 f3 f3 f3", "training_mode=1 momentum=0.5 epsilon=0.5" },
    { "", "CausalConvWithState", 27, 2, "f2,3,5 f3,1,4 f3 f2,3,3", "activation:silu" },
    { "", "Col2Im", 18, 1, "f1,12,1 =l2 =l2", "strides=1,1 pads=0,0,0,0 dilations=1,1" },
    { "", "Conv", 22, 1, "f1,4,6,5 f6,2,3,2 f6", "group=2 kernel_shape=3,2 strides=2,1 pads=1,1,0,0 dilations=1,2" },
    { "", "Conv", 11, 1, "d1,2,9 d3,2,3", "auto_pad:SAME_UPPER strides=2," },
    { "", "Conv", 11, 1, "f1,16,7,7 =f16,16,3,3 =f16", "pads=1,1,1,1" },
    { "", "ConvTranspose", 22, 1, "f1,4,3,4 f4,3,3,2 f6", "group=2 strides=2,3 pads=1,0,1,1 dilations=1,2 output_padding=1,0" },
    { "", "ConvTranspose", 22, 1, "f1,2,3,4 f2,3,3,3", "strides=2,2 output_shape=7,9 auto_pad:SAME_LOWER" },
    { "", "DeformConv", 22, 1, "f1,4,5,6 f6,2,2,2 f1,16,4,5 f6 f1,8,4,5",
      "group=2 offset_group=2 strides=1,1 pads=0,0,0,0 dilations=1,1" },
    { "", "Det", 22, 1, "f2,3,3", "" },
    { "", "Einsum", 12, 1, "f2,3,4 f2,4,5", "equation:bij,bjk->bik" },
    { "", "Einsum", 12, 1, "f3,3,4 l4", "equation:...ii->...i" },
    { "", "Gemm", 13, 1, "f3,4 f5,4 f5", "transA=0 transB=1 alpha=0.5 beta=2.5" },
    { "", "GlobalAveragePool", 22, 1, "f2,3,4,5", "" },
    { "", "GlobalLpPool", 22, 1, "d2,3,4,5", "p=3" },
    { "", "GlobalMaxPool", 22, 1, "h2,3,4,5", "" },
    { "", "GridSample", 20, 1, "f1,2,4,5 f1,3,2,2", "mode:cubic padding_mode:reflection align_corners=1" },
    { "", "GroupNormalization", 21, 1, "f2,6,3 f6 f6", "num_groups=3 epsilon=0.5" },
    { "", "GRU", 22, 2, "f3,2,4 f2,15,4 f2,15,5 f2,30 i2 f2,2,5",
      "hidden_size=5 direction:bidirectional linear_before_reset=1 layout=0" },
    { "", "InstanceNormalization", 22, 1, "f2,3,4 f3 f3", "epsilon=0.5" },
    { "", "LayerNormalization", 17, 3, "f2,3,4 f4 f4", "axis=-1 stash_type=1" },
    { "", "LinearAttention", 27, 2, "f2,3,8 f2,3,4 f2,3,6 f2,2,2,3 f2,3,2 f2,3,2",
      "q_num_heads=4 kv_num_heads=2 update_rule:gated_delta" },
    { "", "LogSoftmax", 13, 1, "f2,3,4", "axis=1" },
    { "", "LpNormalization", 22, 1, "f2,3,4", "axis=1 p=2" },
    { "", "LpPool", 18, 1, "f1,2,6,5", "p=2 kernel_shape=3,2 strides=2,1 pads=1,1,0,0 dilations=1,1 ceil_mode=0" },
    { "", "LRN", 13, 1, "f1,5,3", "size=3 alpha=0.5 beta=0.5 bias=0.5" },
    { "", "LSTM", 22, 3, "f3,2,4 f1,20,4 f1,20,5 f1,40 i2 f1,2,5 f1,2,5 f1,15",
      "hidden_size=5 direction:reverse input_forget=0 layout=0 clip=2.5" },
    { "", "LSTM", 14, 3, "f2,3,4 =f2,20,4 =f2,20,5 =f2,40", "hidden_size=5 direction:bidirectional layout=1" },
    { "", "MatMul", 13, 1, "f2,1,3,4 f5,4,6", "" },
    { "", "MatMul", 13, 1, "l3,4 l4,6", "" },
    { "", "MatMul", 13, 1, "f7,40 =f40,50", "" },
    { "", "MaxPool", 12, 2, "f1,2,6,5", "kernel_shape=3,2 strides=2,1 pads=1,1,0,0 dilations=1,2 ceil_mode=1 storage_order=1" },
    { "", "MaxRoiPool", 22, 1, "f2,3,6,5 f4,5", "pooled_shape=2,3 spatial_scale=0.5" },
    { "", "MaxUnpool", 22, 1, "f1,2,3,2 l1,2,3,2", "kernel_shape=2,2 strides=2,2 pads=0,0,0,0" },
    { "", "MeanVarianceNormalization", 13, 1, "f2,3,4,5", "axes=0,2" },
    { "", "NegativeLogLikelihoodLoss", 22, 1, "f2,3,4 l2,4 f3", "reduction:mean ignore_index=1" },
    { "", "RMSNormalization", 23, 1, "f2,3,4 f4", "axis=-1 stash_type=1" },
    { "", "RNN", 22, 2, "f3,2,4 f1,5,4 f1,5,5 f1,10 i2 f1,2,5", "hidden_size=5 direction:forward layout=0" },
    { "", "RoiAlign", 16, 1, "f2,3,6,5 f4,4 l4",
      "output_height=2 output_width=3 sampling_ratio=2 mode:avg coordinate_transformation_mode:half_pixel" },
    { "", "RotaryEmbedding", 23, 1, "f2,3,4,8 f9,4 f9,4 l2,4", "interleaved=1 rotary_embedding_dim=8" },
    { "", "RotaryEmbedding", 23, 1, "f2,4,24 f2,4,2 f2,4,2", "num_heads=3 rotary_embedding_dim=4" },
    { "", "Softmax", 13, 1, "f2,3,4", "axis=1" },
    { "", "Softmax", 11, 1, "d2,3,4", "axis=1" },
    { "", "SoftmaxCrossEntropyLoss", 13, 2, "f2,3,4 i2,4 f3", "reduction:none ignore_index=1" },
    { "", "SwiGLU", 28, 1, "f2,3 f2,3", "alpha=0.5" },
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* ---- a sample, taken apart ---- */

typedef struct port {
    int32_t dtype, rank, is_constant; /* dtype 0: left out */
    int64_t dims[XB_MAX_RANK];
} port;

typedef struct attribute {
    char    name[40], text[40]; /* text "": numbers */
    int32_t count, is_list, is_float;
    int64_t values[8];
    float   value;
} attribute;

typedef struct trial {
    const op_sample *of;
    int32_t          input_count, attribute_count;
    port             inputs[INPUTS];
    attribute        attributes[ATTRIBUTES];
} trial;

static int32_t dtype_of(char c) {
    return c == 'f'   ? XYBRID_FLOAT32
           : c == 'd' ? XYBRID_FLOAT64
           : c == 'h' ? XYBRID_FLOAT16
           : c == 'i' ? XYBRID_INT32
           : c == 'l' ? XYBRID_INT64
                      : XYBRID_BOOL;
}

static void read_inputs(trial *t) {
    for (const char *at = t->of->inputs; *at; at += *at == ' ') {
        port *p = &t->inputs[t->input_count++];
        if (*at == '-') {
            at++;
            continue;
        }
        p->is_constant = *at == '=';
        at += p->is_constant;
        p->dtype = dtype_of(*at++);
        while (*at && *at != ' ') {
            char *end;
            p->dims[p->rank++] = strtoll(at, &end, 10);
            at = *end == ',' ? end + 1 : end;
        }
    }
}

static void read_attributes(trial *t) {
    for (const char *at = t->of->attributes; *at; at += *at == ' ') {
        attribute *a = &t->attributes[t->attribute_count++];
        size_t     name = strcspn(at, "=:"), size = strcspn(at, " ");
        memcpy(a->name, at, name);
        const char *value = at + name + 1;
        at += size;
        if (value[-1] == ':') {
            memcpy(a->text, value, (size_t)(at - value));
            continue;
        }
        a->is_float = memchr(value, '.', (size_t)(at - value)) != NULL;
        a->is_list = memchr(value, ',', (size_t)(at - value)) != NULL;
        if (a->is_float) a->value = strtof(value, NULL);
        while (!a->is_float && value < at) {
            char *end;
            a->values[a->count++] = strtoll(value, &end, 10);
            value = *end == ',' ? end + 1 : end;
        }
    }
}

static trial trial_of(const op_sample *of) {
    trial t = { .of = of };
    read_inputs(&t);
    read_attributes(&t);
    return t;
}

/* ---- running it ---- */

/* What small integers, indices and sizes may be, and floats, at any of their types. */
static union {
    float   f[1 << 16];
    int64_t l[1 << 15];
} content;

static xb_onnx_value value_of(const port *p) {
    static int64_t numbers[64];
    const void    *data = content.f;
    for (int i = 0; i < 64; i++) numbers[i] = 2 + i % 2;
    if (p->dtype == XYBRID_INT64 || p->dtype == XYBRID_INT32 || p->dtype == XYBRID_BOOL) data = numbers;
    return onnx_tensor(p->dtype, data, p->rank, p->dims);
}

static int is_runnable(const trial *t) {
    for (int32_t i = 0; i < t->input_count; i++) {
        int64_t count = 1;
        for (int32_t d = 0; d < t->inputs[i].rank; d++) {
            if (t->inputs[i].dims[d] > 4096) return 0;
            count *= t->inputs[i].dims[d];
        }
        int32_t dtype = t->inputs[i].dtype;
        if (count > (dtype == XYBRID_INT64 || dtype == XYBRID_INT32 || dtype == XYBRID_BOOL ? 60 : 5000)) return 0;
    }
    return 1;
}

static xybrid_status run_trial(const trial *t, onnx_model *m, xybrid_error *err) {
    static const char *const names[INPUTS] = { "a", "b", "c", "d", "e", "f", "g", "h" };
    static const char *const outputs[] = { "", "y0", "y0 y1", "y0 y1 y2", "y0 y1 y2 y3" };
    char                     inputs[INPUTS * 2 + 1] = "", one[3] = "y0";
    xb_onnx_value            in[INPUTS];
    int32_t                  count = 0;
    onnx_model_begin(m, t->of->opset);
    m->mem.budget_bytes = BUDGET;
    for (int32_t i = 0; i < t->input_count; i++) {
        const port *p = &t->inputs[i];
        strcat(inputs, i ? " " : "");
        strcat(inputs, p->dtype ? names[i] : "-");
        if (!p->dtype) continue;
        xb_onnx_value v = value_of(p);
        if (p->is_constant) onnx_model_constant(m, names[i], p->dtype, p->rank, p->dims, v.data, (size_t)v.size_bytes);
        else onnx_model_input(m, names[i], p->dtype);
        if (!p->is_constant) in[count++] = v;
    }
    onnx_model_node(m, t->of->domain, t->of->op, inputs, outputs[t->of->outputs]);
    for (int32_t i = 0; i < t->attribute_count; i++) {
        const attribute *a = &t->attributes[i];
        if (a->text[0]) onnx_model_text(m, a->name, a->text);
        else if (a->is_float) onnx_model_float(m, a->name, a->value);
        else if (a->is_list) onnx_model_ints(m, a->name, a->count, a->values);
        else onnx_model_int(m, a->name, a->values[0]);
    }
    for (int32_t o = 0; o < t->of->outputs; o++) {
        one[1] = (char)('0' + o);
        onnx_model_output(m, one);
    }
    xybrid_status st = onnx_model_run(m, in, count);
    if (st == XYBRID_OK) st = onnx_model_run(m, in, count);
    *err = m->err;
    return st;
}

/* ---- as it should be ---- */

static void samples_run(void) {
    for (int i = 0; i < SAMPLES; i++) {
        trial        t = trial_of(&samples[i]);
        onnx_model   m;
        xybrid_error err;
        int          is_wrong = strstr(samples[i].inputs, "f3,3,4 l4") != NULL; /* the types differ */
        int          found = (int)run_trial(&t, &m, &err);
        if (found != (is_wrong ? XYBRID_INVALID_ARGUMENT : XYBRID_OK)) { CHECK_STR(err.message, samples[i].op); }
        onnx_model_end(&m);
    }
}

/* ---- and not ---- */

static int64_t pick(uint32_t *seed) {
    static const int64_t numbers[] = {
        0,         1,         2,        3, 4, 5, 7, -1, -2, 64, 1000, INT32_MAX, (int64_t)INT32_MAX + 1, INT64_C(1) << 40,
        INT64_MAX, INT64_MIN, INT32_MIN
    };
    *seed = *seed * 1664525 + 1013904223;
    return numbers[(*seed >> 8) % (sizeof numbers / sizeof numbers[0])];
}
static int32_t below(uint32_t *seed, int32_t n) {
    *seed = *seed * 1664525 + 1013904223;
    return (int32_t)((*seed >> 8) % (uint32_t)n);
}

static void change_input(trial *t, uint32_t *seed) {
    static const char types[] = "fdhilb";
    port             *p = &t->inputs[below(seed, t->input_count)];
    switch (below(seed, 8)) {
    case 0: p->dtype = dtype_of(types[below(seed, 6)]); break;
    case 1: p->dtype = 0; break;
    case 2: p->rank = below(seed, 7); break;
    case 3: p->is_constant = !p->is_constant; break;
    default:
        if (p->rank) p->dims[below(seed, p->rank)] = below(seed, 6);
    }
    for (int32_t d = 0; d < p->rank; d++)
        if (p->dims[d] == 0 && below(seed, 3)) p->dims[d] = 1;
}

static void change_attribute(trial *t, uint32_t *seed) {
    static const char *const words[] = { "VALID",   "SAME_UPPER", "NOTSET", "none",     "sum", "max",  "reverse", "linear",
                                         "nearest", "border",     "ij->ji", "...->...", ",",   "i,->", "x",       "->" };
    static const float       floats[] = { 0, -1, 1e30f, -1e-30f, INFINITY, NAN };
    if (!t->attribute_count) return;
    attribute *a = &t->attributes[below(seed, t->attribute_count)];
    if (a->text[0]) strcpy(a->text, words[below(seed, sizeof words / sizeof words[0])]);
    else if (a->is_float) a->value = floats[below(seed, 6)];
    else if (below(seed, 6) == 0) a->is_list = !a->is_list;
    else if (a->is_list && below(seed, 5) == 0) a->count = below(seed, 8);
    else a->values[a->count ? below(seed, a->count) : 0] = pick(seed);
    if (below(seed, 20) == 0) *a = t->attributes[--t->attribute_count];
}

static void changed_samples_fail_or_run(void) {
    int runs = 0, failures = 0;
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < TRIALS; k++) {
            uint32_t     seed = (uint32_t)(i * TRIALS + k) * 2654435761u + 1;
            trial        t = trial_of(&samples[i]);
            onnx_model   m;
            xybrid_error err;
            for (int32_t changes = 1 + below(&seed, 3); changes > 0; changes--) {
                if (below(&seed, 2)) change_input(&t, &seed);
                else change_attribute(&t, &seed);
            }
            if (!is_runnable(&t)) continue;
            xybrid_status st = run_trial(&t, &m, &err);
            int           is_known = st == XYBRID_OK || st == XYBRID_INVALID_ARGUMENT || st == XYBRID_UNSUPPORTED_MODEL ||
                                     st == XYBRID_MALFORMED || st == XYBRID_OUT_OF_MEMORY_BUDGET;
            runs += st == XYBRID_OK;
            failures += st != XYBRID_OK;
            if (!is_known) {
                printf("trial %d of %s\n", k, samples[i].op);
                CHECK_STR(err.message, "a result, or an error about the model");
            }
            onnx_model_end(&m);
        }
    CHECK(runs > SAMPLES * TRIALS / 10 && failures > SAMPLES * TRIALS / 10);
}

/* ---- the cache of packed weights ---- */

/* Two plans (for two shapes) of a model use one packed form of its weights. */
static void plans_share_weights(void) {
    enum { K = 120, N = 128 };
    static float  w[K * N], x[32 * K];
    const int64_t w_dims[] = { K, N }, small[] = { 8, K }, large[] = { 32, K };
    onnx_model    m;
    for (int i = 0; i < K * N; i++) w[i] = (float)(i % 13) - 6;
    for (int i = 0; i < 32 * K; i++) x[i] = (float)(i % 7) - 3;
    onnx_model_begin(&m, 13);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_constant(&m, "w", XYBRID_FLOAT32, 2, w_dims, w, sizeof w);
    onnx_model_node(&m, "", "MatMul", "x w", "y");
    onnx_model_output(&m, "y");
    xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, x, 2, small);
    CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
    int64_t first = m.mem.used_bytes;
    CHECK(first > (int64_t)sizeof w); /* packed: it meets more than a few rows */
    in = onnx_tensor(XYBRID_FLOAT32, x, 2, large);
    CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_OK);
    CHECK(m.mem.used_bytes - first < (int64_t)sizeof w);
    for (int64_t i = 0; m.outputs && i < 32 * N; i += 37) {
        double sum = 0;
        for (int64_t k = 0; k < K; k++) sum += (double)x[i / N * K + k] * (double)w[k * N + i % N];
        CHECK_NEAR(((const float *)m.outputs[0].data)[i], sum, 0); /* small integers: exact */
    }
    onnx_model_end(&m);
}

CHECK_MAIN(RUN(samples_run), RUN(changed_samples_fail_or_run), RUN(plans_share_weights))
