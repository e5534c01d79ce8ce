/* bench/raw_ort.h - Silero through ONNX Runtime's C interface and nothing else: the best that a caller can write by hand.
 *
 * Session options, threads and telemetry are those of engine/onnxruntime; inputs and outputs are bound once. */
#ifndef BENCH_RAW_ORT_H
#define BENCH_RAW_ORT_H

#include "silero.h"

typedef struct raw_ort raw_ort;

/* Loads the library, makes the environment, the session and the bindings over `memory`, which must stay. Ends the program if
 * something fails. */
raw_ort    *raw_ort_open(const char *library, const char *model, int threads, silero_memory *memory);
void        raw_ort_run(void *raw);
const char *raw_ort_version(const raw_ort *raw); /* of the library */
void        raw_ort_close(void *raw);

#endif
