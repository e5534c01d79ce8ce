/* Operators on 8-bit integers and those of com.microsoft: what a file may do wrong (op_trials.h), what is refused by name, and
 * results that nobody asks for. What they compute is held against ONNX Runtime's results in tests/ops. */
#include "op_trials.h"

#define MS "com.microsoft"

static const op_sample samples[] = {
    { "", "ConvInteger", 10, 1, "u1,4,7,6 s6,2,3,2 u s", "group=2 kernel_shape=3,2 strides=2,1 pads=1,0,1,1 dilations=1,2" },
    { "", "ConvInteger", 10, 1, "u2,5,9 =u3,5,4 u =u", "auto_pad:SAME_LOWER strides=2," },
    { "", "MatMulInteger", 10, 1, "u2,3,8 s8,5 u1 s5", "" },
    { "", "MatMulInteger", 10, 1, "s3,8 =s8,40", "" },
    { "", "QLinearConv", 10, 1, "u1,4,6,5 f u =s6,2,3,3 =f6 =s6 f s =i6", "group=2 strides=1,2 pads=1,1,0,0" },
    { "", "QLinearMatMul", 10, 1, "u3,8 f1 u1 =s8,5 =f5 =s5 f1 s1", "" },
    { "", "SimplifiedLayerNormalization", 17, 1, "f2,3,8 f8", "axis=-1 epsilon=0.5 stash_type=1" },
    { MS, "Attention", 17, 2, "f2,3,10 f10,36 f36 i2,5 f2,2,2,2,6 f1,2,3,5", "num_heads=2 unidirectional=1 scale=0.5" },
    { MS, "Attention", 17, 1, "h2,3,10 h10,40 h40 i2@3", "num_heads=2 qkv_hidden_sizes=12,12,16" },
    { MS, "DynamicQuantizeLSTM", 17, 3, "f3,2,4 =s1,4,20 =s1,5,20 f1,40 i2 f1,2,5 f1,2,5 f1,15 =f1 =s1 =f1 =s1",
      "hidden_size=5 direction:reverse input_forget=0" },
    { MS, "DynamicQuantizeMatMul", 17, 1, "f2,3,8 =u8,5 =f5 =u5 f5", "" },
    { MS, "EmbedLayerNormalization", 17, 3, "i2,3 i2,3 f9,8 f9,8 f4,8 f8 f8 i2,3 i2,3", "epsilon=0.5 mask_index_type=1" },
    { MS, "FusedConv", 17, 1, "f1,4,6,5 f6,2,3,2 f6 f1,6,4,4", "group=2 activation:LeakyRelu activation_params=0," },
    { MS, "FusedGemm", 17, 1, "f3,4 f4,5 f5", "transA=0 transB=0 alpha=0.5 activation:Relu activation_alpha=0.5" },
    { MS, "FusedMatMul", 17, 1, "f2,3,4 f2,5,4", "transA=0 transB=1 transBatchA=0 transBatchB=0 alpha=0.5" },
    { MS, "FusedMatMulActivation", 17, 1, "f2,3,4 f4,5", "transA=0 transB=0 activation:Tanh alpha=0.5" },
    { MS, "GatherBlockQuantized", 17, 1, "u7,3,16 l2,2 h7,3,2 u7,3,1", "bits=4 block_size=16 gather_axis=0 quantize_axis=2" },
    { MS, "GroupQueryAttention", 17, 3, "f2,1,32 f2,1,16 f2,1,16 f2,2,4,8 f2,2,4,8 i2@4 =i@5 f9,4 f9,4",
      "num_heads=4 kv_num_heads=2 do_rotary=1 rotary_interleaved=0 local_window_size=3 softcap=0.5 scale=0.5" },
    { MS, "GroupQueryAttention", 17, 4, "h1,3,64 - - h1,2,0,8 h1,2,0,8 i1@2 =i@3 - - - h1,4,3,3 h4",
      "num_heads=4 kv_num_heads=2 smooth_softmax=1 qk_output=1" },
    { MS, "MatMulIntegerToFloat", 17, 1, "u2,3,8 =s8,5 f =f5 u =s5 f5", "" },
    { MS, "MatMulNBits", 17, 1, "f2,3,40 =u5,2,16 =f10 =u5 - f5", "N=5 K=40 bits=4 block_size=32 accuracy_level=0" },
    { MS, "MultiHeadAttention", 17, 4, "f2,3,12 f2,4,12 f2,4,8 f32 i2,6 f1,2,3,6 f2,2,2,6 f2,2,2,4",
      "num_heads=2 unidirectional=1 scale=0.5 mask_filter_value=-10.5" },
    { MS, "MultiHeadAttention", 17, 1, "f2,3,2,3,4", "num_heads=2" },
    { MS, "NhwcConv", 17, 1, "f1,6,5,4 f6,2,3,2 f6", "group=2 pads=1,1,0,0 strides=1,2 dilations=1,2" },
    { MS, "NhwcMaxPool", 17, 1, "u1,6,5,3", "kernel_shape=3,2 strides=2,1 pads=1,1,0,0 dilations=1,2 ceil_mode=1" },
    { MS, "QAttention", 17, 2, "u2,3,10 =s10,36 f36 f =f36 i2,5 u =s36 f2,2,2,2,6", "num_heads=2 unidirectional=1" },
    { MS, "QGemm", 17, 1, "u3,8 f u =s8,5 =f5 =s5 =i5 f u", "transA=0 transB=0 alpha=0.5" },
    { MS, "QLinearAveragePool", 17, 1, "u1,6,5,3 f u f u",
      "kernel_shape=3,2 strides=2,1 pads=1,1,0,0 ceil_mode=1 count_include_pad=1 channels_last=1" },
    { MS, "QLinearConv", 17, 1, "u1,6,5,4 f u =s6,2,3,3 =f6 =s6 f s =i6", "group=2 channels_last=1 pads=1,1,0,0" },
    { MS, "QLinearGlobalAveragePool", 17, 1, "s2,3,4,5 f s f s", "channels_last=0" },
    { MS, "QLinearSoftmax", 17, 1, "u2,3,4 f u f u", "axis=1 opset=12" },
    { MS, "QLinearWhere", 17, 1, "b3,1 u4 f u u2,1,4 f u f u", "" },
    { MS, "RotaryEmbedding", 17, 1, "f2,3,32 l2,3 f9,4 f9,4", "interleaved=0 num_heads=4 rotary_embedding_dim=0 scale=0.5" },
    { MS, "SkipLayerNormalization", 17, 4, "f2,3,8 f2,3,8 f8 f8 f8", "epsilon=0.5" },
    { MS, "SkipSimplifiedLayerNormalization", 17, 4, "h2,3,8 h1,3,8 h8 h8", "epsilon=0.5" },
    { MS, "TransposeMatMul", 17, 1, "f2,4,3 f2,4,5", "transA=1 transB=0 alpha=0.5" },
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static void samples_run(void) { op_samples_run(samples, SAMPLES, NULL); }
static void changed_samples_fail_or_run(void) { op_changed_samples(samples, SAMPLES); }

/* ---- what is not there is named ---- */

static void refused_by_name(void) {
    static const struct {
        op_sample   sample;
        const char *name;
    } refused[] = {
        { { MS, "Attention", 17, 1, "f2,3,10 f10,36 f36", "num_heads=2 do_rotary=1" }, "do_rotary" },
        { { MS, "Attention", 17, 1, "f2,3,10 f10,36 f36 - - - i", "num_heads=2" }, "past_sequence_length" },
        { { MS, "FusedConv", 17, 1, "f1,2,4,4 f2,2,3,3", "activation:Swish" }, "Swish" },
        { { MS, "GatherBlockQuantized", 17, 1, "f7,32 l2 f7,1", "block_size=32" }, "uint4" },
        { { MS, "MatMulNBits", 17, 1, "f3,32 u5,1,16 f5 - i32", "N=5 K=32 bits=4 block_size=32" }, "g_idx" },
        { { MS, "MatMulNBits", 17, 1, "f3,32 u5,1,12 f5", "N=5 K=32 bits=3 block_size=32" }, "3 bits" },
        { { MS, "MultiHeadAttention", 17, 1, "f2,3,12 f2,4,12 f2,4,12 - - - - - i", "num_heads=2" }, "past_sequence_length" },
        { { "", "QLinearMatMul", 21, 1, "u3,8 f u s8,5 f s f3 s3", "" }, "more than one scale" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        trial        t = trial_of(&refused[i].sample);
        onnx_model   m;
        xybrid_error err;
        CHECK(run_trial(&t, &m, &err) != XYBRID_OK);
        if (!strstr(err.message, refused[i].name)) CHECK_STR(err.message, refused[i].name);
        onnx_model_end(&m);
    }
}

/* ---- the rewrite of products that are scaled at once ---- */

typedef struct chain {
    int is_conv, has_bias, is_scale_first, scales; /* scales: 1, or one for each channel */
} chain;

enum { BATCH = 2, CHANNELS = 40, OUT_CHANNELS = 24, WIDTH = 19, WINDOW = 3 };

/* x -> ConvInteger or MatMulInteger [-> Add] -> Cast -> Mul -> Relu -> y. With its sums as a second output it stays so. */
static const float *run_chain(onnx_model *m, const chain *c, int shows_sums) {
    static uint8_t x[BATCH * CHANNELS * WIDTH];
    static int8_t  w[OUT_CHANNELS * CHANNELS * WINDOW];
    static int32_t bias[OUT_CHANNELS];
    static float   scale[OUT_CHANNELS];
    static uint8_t zero = 117;
    for (int i = 0; i < (int)sizeof x; i++) x[i] = (uint8_t)(i * 89 + i / 7);
    for (int i = 0; i < (int)sizeof w; i++) w[i] = (int8_t)(i * 53 + i / 5);
    for (int i = 0; i < OUT_CHANNELS; i++) bias[i] = i * 1111 - 9999, scale[i] = 0.001f * (float)(i + 1) / 3;
    const int64_t x_conv[] = { BATCH, CHANNELS, WIDTH }, x_product[] = { BATCH, WIDTH, CHANNELS };
    const int64_t w_conv[] = { OUT_CHANNELS, CHANNELS, WINDOW }, w_product[] = { CHANNELS, OUT_CHANNELS };
    const int64_t along[] = { c->scales, 1 }, one[] = { OUT_CHANNELS, 1 };
    size_t        w_size = c->is_conv ? sizeof w : sizeof w / WINDOW;
    onnx_model_begin(m, 17);
    onnx_model_input(m, "x", XYBRID_UINT8);
    onnx_model_constant(m, "w", XYBRID_INT8, c->is_conv ? 3 : 2, c->is_conv ? w_conv : w_product, w, w_size);
    onnx_model_constant(m, "zero", XYBRID_UINT8, 0, NULL, &zero, 1);
    onnx_model_constant(m, "bias", XYBRID_INT32, c->is_conv ? 2 : 1, one, bias, sizeof bias);
    onnx_model_constant(m, "scale", XYBRID_FLOAT32, c->is_conv ? 2 : 1, along, scale, (size_t)c->scales * sizeof *scale);
    onnx_model_node(m, "", c->is_conv ? "ConvInteger" : "MatMulInteger", "x w zero", "sums");
    if (c->has_bias) onnx_model_node(m, "", "Add", "sums bias", "biased");
    onnx_model_node(m, "", "Cast", c->has_bias ? "biased" : "sums", "floats");
    onnx_model_int(m, "to", XYBRID_FLOAT32);
    onnx_model_node(m, "", "Mul", c->is_scale_first ? "scale floats" : "floats scale", "scaled");
    onnx_model_node(m, "", "Relu", "scaled", "y");
    onnx_model_output(m, "y");
    if (shows_sums) onnx_model_output(m, "sums");
    xb_onnx_value in = onnx_tensor(XYBRID_UINT8, x, 3, c->is_conv ? x_conv : x_product);
    CHECK_INT(onnx_model_run(m, &in, 1), XYBRID_OK);
    return m->outputs ? m->outputs[0].data : NULL;
}

static void scaled_products_keep_their_bits(void) {
    for (int i = 0; i < 16; i++) {
        chain        c = { i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3 ? OUT_CHANNELS : 1 };
        onnx_model   one, plain;
        const float *a = run_chain(&one, &c, 0), *b;
        size_t       size = one.outputs ? (size_t)one.outputs[0].size_bytes : 0;
        static char  kept[1 << 13];
        CHECK(a && size > 0 && size <= sizeof kept);
        if (a && size <= sizeof kept) memcpy(kept, a, size);
        onnx_model_end(&one);
        b = run_chain(&plain, &c, 1);
        CHECK(b && (size_t)plain.outputs[0].size_bytes == size && memcmp(kept, b, size) == 0);
        onnx_model_end(&plain);
    }
}

CHECK_MAIN(RUN(samples_run), RUN(changed_samples_fail_or_run), RUN(refused_by_name), RUN(scaled_products_keep_their_bits))
