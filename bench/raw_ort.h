/* bench/raw_ort.h - ONNX Runtime's C interface and nothing else: the best that a caller can write by hand.
 *
 *     raw_ort     *raw = raw_ort_new(&(raw_ort_options){ .library = path, .threads = 2 });   // library and environment
 *     raw_ort_net *net = raw_ort_open(raw, "model.onnx");                                    // a session
 *     raw_ort_bind(net, XYBRID_INPUT, "x", XYBRID_FLOAT32, shape, 4, x, size);               // memory that stays
 *     raw_ort_bind(net, XYBRID_OUTPUT, "y", XYBRID_FLOAT32, shape, 2, y, size);
 *     raw_ort_run(net);
 *     raw_ort_close(net);
 *     raw_ort_free(raw);
 *
 * All optimisations, telemetry off, denormals flushed, threads from one pool for the environment as engine/onnxruntime has it.
 * Whatever fails ends the program. */
#ifndef BENCH_RAW_ORT_H
#define BENCH_RAW_ORT_H

#include <stddef.h>
#include <stdint.h>

#include <xybrid/engine.h>

typedef struct raw_ort     raw_ort;
typedef struct raw_ort_net raw_ort_net;

typedef struct raw_ort_options {
    const char *library;
    int         threads;
    int         spins;               /* workers look for work instead of sleeping; ONNX Runtime's default is 1 */
    int         has_memory_patterns; /* plans memory for shapes it has seen; its default is 1 */
} raw_ort_options;

raw_ort    *raw_ort_new(const raw_ort_options *options);
const char *raw_ort_version(const raw_ort *raw); /* of the library */
void        raw_ort_free(raw_ort *raw);          /* the library stays loaded: not every version survives being unloaded */

raw_ort_net *raw_ort_open(raw_ort *raw, const char *model);
/* `way` XYBRID_INPUT or XYBRID_OUTPUT. An output that is not bound is not delivered. */
void raw_ort_bind(raw_ort_net *net, int way, const char *name, int type, const int64_t *shape, size_t rank, void *data,
                  size_t size);
void raw_ort_run(void *net);
void raw_ort_close(void *net);

#endif
