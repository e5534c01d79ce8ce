/* bench/ort_matmul.h - one matrix product with constant B through ONNX Runtime's C interface, one thread: what bench/gemm.c
 * measures its kernels against. */
#ifndef BENCH_ORT_MATMUL_H
#define BENCH_ORT_MATMUL_H

#include <stdint.h>

typedef struct ort_matmul ort_matmul;

/* a [m, k] and b [k, n] float32 (MatMul), or uint8 and int8 with scales (com.microsoft.MatMulIntegerToFloat); c float32. The
 * memory stays the caller's and must stay. NULL where the library is missing; ends the program if something else fails. */
ort_matmul *ort_matmul_open(int is_int8, int64_t m, int64_t k, int64_t n, void *a, const void *b, float *c);
void        ort_matmul_run(ort_matmul *o);
void        ort_matmul_close(ort_matmul *o);

#endif
