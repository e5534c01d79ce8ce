/* engine/onnxruntime/onnxruntime.h - the engine that runs ONNX models through ONNX Runtime's shared library.
 *
 *     onnxruntime.c   the engine: its configuration, the one environment, the table
 *     ort_library.c   finds the library, refuses what it must not load, fills the table of functions (ort_api.h)
 *     ort_model.c     opens a model: providers, ports, what describe says
 *     ort_session.c   bindings, runs, carried state
 *
 * Configuration (JSON object of xybrid_engine.init; unknown keys are ignored):
 *     library                 absolute path of the library; null = look in dir
 *     dir                     folder to look in, or the library itself. The system's own search path is never used
 *     api_base                number: address of the OrtApiBase of a linked ONNX Runtime (what OrtGetApiBase() returns)
 *     telemetry_switch_set    true: ORT_DISABLE_TELEMETRY=1 was in the environment when the process began
 *     allow_telemetry_switch  true: the engine may set that variable itself (setenv: no other thread may read the
 *                             environment at the time)
 *     providers               names of execution providers for every model, best first: ["CoreMLExecutionProvider"]
 * For a model (xybrid_engine_options.config): providers as above, and session: {"key": "value"}, its session settings.
 * A provider that cannot be used is passed by, and describe says why.
 *
 * ONNX Runtime has one environment for each process: runtimes that use the same library file share the thread pool of the
 * first. Its log lines are dropped (a logger would have to outlive the runtime); failures come back with their text. */
#ifndef XB_ONNXRUNTIME_H
#define XB_ONNXRUNTIME_H

#include <xybrid/engine.h>

extern const xybrid_engine xb_engine_onnxruntime;

#endif
