/* kernels.h - runs a kernel's work as an engine may: chunks in any order, each with scratch memory that is not clean. */
#ifndef KERNELS_H
#define KERNELS_H

#include "isas.h"

/* With `seed` 0 in their order, else in an order of its own. */
static inline void kernels_run(xb_work work, const void *args, uint32_t seed) {
    static int32_t order[70000];
    CHECK_OR_RETURN(work.chunks >= 0 && work.chunks <= 65536 && work.scratch_bytes >= 0);
    char *raw = malloc((size_t)work.scratch_bytes + 64), *scratch = raw;
    CHECK_OR_RETURN(raw != NULL);
    while ((uintptr_t)scratch % 64) scratch++;
    for (int32_t i = 0; i < work.chunks; i++) order[i] = i;
    for (int32_t i = work.chunks - 1; i > 0 && seed; i--) {
        int32_t k = (int32_t)(isas_random(&seed) % (uint32_t)(i + 1)), other = order[i];
        order[i] = order[k], order[k] = other;
    }
    xb_fp_modes host = xb_fp_enter();
    for (int32_t i = 0; i < work.chunks; i++) {
        memset(scratch, 0xa5, (size_t)work.scratch_bytes);
        work.run(args, order[i], scratch);
    }
    xb_fp_leave(host);
    free(raw);
}

/* Memory that ends where it is said to end, so that the address sanitizer sees any step beyond; off by one float from any
 * alignment. Free with kernels_free. */
static inline float *kernels_floats(int64_t count) {
    float *p = malloc((size_t)(count + 1) * sizeof *p);
    if (!p) exit(1);
    return p + 1;
}
static inline void kernels_free(void *p) { free((float *)p - 1); }

static inline void kernels_fill(float *x, int64_t count, uint32_t *seed, float low, float high) {
    for (int64_t i = 0; i < count; i++) x[i] = isas_uniform(seed, low, high);
}

#endif
