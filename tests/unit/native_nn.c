/* Neural-network operators of the native engine: what a file may do wrong. Each operator is run as it should be, then some
 * thousand times with dimensions, types and attributes that are changed at random, to values that are known for trouble: it
 * answers with an error or with a result, and touches nothing that is not its own (the sanitizers' builds look at that).
 * What the operators compute is held against golden cases in tests/ops. */
#include "op_trials.h"

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

static void samples_run(void) { op_samples_run(samples, SAMPLES, "f3,3,4 l4"); }
static void changed_samples_fail_or_run(void) { op_changed_samples(samples, SAMPLES); }

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
