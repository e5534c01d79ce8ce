/* native_real.h - real models for the tests of the native engine, with inputs of a moderate size. What is not here is left out.
 *
 *     const char *path = native_real_path(&native_real[i]);               // NULL: not here
 *     DOOR_OK(native_real_load(rt, path, 0, NULL, &m, &err)); */
#ifndef NATIVE_REAL_H
#define NATIVE_REAL_H

#include "native_models.h"

#define NATIVE_PICTURE(name, height, width) { { name, XYBRID_FLOAT32, 4, { 1, 3, height, width }, 0 } }

/* Their names are paths: below the reference data, or below build/. */
static const native_model native_real[] = {
    { "data/vision/mnist.onnx", NULL, { { "Input3", XYBRID_FLOAT32, 4, { 1, 1, 28, 28 }, 0 } } },
    { "data/vision/ultraface/version-RFB-320.onnx", NULL, NATIVE_PICTURE("input", 240, 320) },
    { "models/silero-vad/silero_vad.onnx",
      NULL,
      { { "input", XYBRID_FLOAT32, 2, { 1, 576 }, 0 },
        { "state", XYBRID_FLOAT32, 3, { 2, 1, 128 }, 0 },
        { "sr", XYBRID_INT64, 0, { 0 }, 16000 } } },
    { "models/all-minilm-l6-v2/model.onnx",
      NULL,
      { { "input_ids", XYBRID_INT64, 2, { 1, 12 }, 2023 },
        { "attention_mask", XYBRID_INT64, 2, { 1, 12 }, 1 },
        { "token_type_ids", XYBRID_INT64, 2, { 1, 12 }, 0 } } },
    { "models/ppocr-v5/ppocrv5_det.onnx", NULL, NATIVE_PICTURE("x", 96, 160) },
    { "models/ppocr-v5/ppocrv5_cls.onnx", NULL, NATIVE_PICTURE("x", 80, 160) },
    { "models/ppocr-v5/ppocrv5_rec.onnx", NULL, NATIVE_PICTURE("x", 48, 160) },
    { "zoo/silero/silero_vad_16k_op15.onnx",
      NULL,
      { { "input", XYBRID_FLOAT32, 2, { 1, 576 }, 0 },
        { "state", XYBRID_FLOAT32, 3, { 2, 1, 128 }, 0 },
        { "sr", XYBRID_INT64, 0, { 0 }, 16000 } } },
    { "zoo/moonshine-tiny/encoder_model.onnx", NULL, { { "input_values", XYBRID_FLOAT32, 2, { 1, 8000 }, 0 } } },
    { "zoo/deepfilternet3/enc.onnx",
      NULL,
      { { "feat_erb", XYBRID_FLOAT32, 4, { 1, 1, 20, 32 }, 0 }, { "feat_spec", XYBRID_FLOAT32, 4, { 1, 2, 20, 96 }, 0 } } },
    { "zoo/yolov8n/320n.onnx", NULL, NATIVE_PICTURE("images", 160, 160) },
    { "zoo/centerface/centerface.onnx", NULL, NATIVE_PICTURE("input.1", 128, 128) },
};
enum { NATIVE_REAL = sizeof native_real / sizeof native_real[0] };

/* One buffer. */
static inline const char *native_real_path(const native_model *m) {
    static char path[1024];
    if (strncmp(m->name, "data/", 5) == 0) return door_data(m->name + 5);
    snprintf(path, sizeof path, "%s/../%s", XB_TEST_MODELS, m->name);
    return door_file_exists(path) ? path : NULL;
}

/* threads 0: the runtime's. */
static inline xybrid_status native_real_load(xybrid_runtime *rt, const char *path, int32_t threads, const char *config,
                                             xybrid_model **out, xybrid_error *err) {
    xybrid_load_options o;
    xybrid_load_options_init(&o, sizeof o);
    o.engine = "native";
    o.engine_config = config;
    if (threads) o.threads = threads;
    return xybrid_model_load(rt, path, &o, out, err);
}

#endif
