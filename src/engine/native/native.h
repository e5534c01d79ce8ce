/* engine/native/native.h - the embedded engine: ONNX models, in C, nothing else needed. */
#ifndef XB_NATIVE_H
#define XB_NATIVE_H

#include <xybrid/engine.h>

extern const xybrid_engine xb_engine_native;

#endif
