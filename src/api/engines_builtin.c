/* api/engines_builtin.c - the engines inside this build, in the order in which they are asked and equal scores are preferred:
 * those that need nothing come first, so that a library is loaded only for a file that none of them knows. Then the plug-ins
 * that are looked for in engine_dir, each for its format. */
#include "api/api.h"
#include "engine/engine.h"
#include "engine/native/native.h"

#ifdef XYBRID_WITH_ONNXRUNTIME
#  include "engine/onnxruntime/onnxruntime.h"
#endif

const xybrid_engine *const xb_engines_builtin[] = {
    &xb_engine_echo,
    &xb_engine_null,
    &xb_engine_native,
#ifdef XYBRID_WITH_ONNXRUNTIME
    &xb_engine_onnxruntime,
#endif
};
const int32_t xb_engines_builtin_count = sizeof xb_engines_builtin / sizeof xb_engines_builtin[0];

const xb_awaited_engine xb_engines_awaited[] = { { "llama", "gguf" } };
const int32_t           xb_engines_awaited_count = sizeof xb_engines_awaited / sizeof xb_engines_awaited[0];
