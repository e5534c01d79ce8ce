/* kernel/columns.c - see columns.h. */
#include "kernel/columns.h"

#include <math.h>

#include "kernel/chunks.h"

#define REAL    float
#define EXP     expf
#define FLOOR   floorf
#define NAME(x) x##_f32
#include "kernel/columns_plain.h"
#undef REAL
#undef EXP
#undef FLOOR
#undef NAME
#define REAL    double
#define EXP     exp
#define FLOOR   floor
#define NAME(x) x##_f64
#include "kernel/columns_plain.h"

#define EACH_PLANE(A, PLANES, F)                                                                \
    int64_t plane = chunk * (A)->per_chunk, last = xb_chunk_end(plane, (A)->per_chunk, PLANES); \
    (void)scratch;                                                                              \
    for (; plane < last; plane++) {                                                             \
        if ((A)->is_double) F##_f64(A, plane);                                                  \
        else F##_f32(A, plane);                                                                 \
    }

static void deform_run(const void *args, int32_t chunk, void *scratch) {
    const xb_deform_args *a = args;
    EACH_PLANE(a, a->batch * a->channels, deform_plane)
}
xb_work xb_deform_work(xb_deform_args *a) {
    int64_t planes = a->batch * a->channels;
    a->per_chunk = xb_units_per_chunk(planes, a->kernel[0] * a->kernel[1] * a->out[0] * a->out[1] * 16);
    return (xb_work){ .run = deform_run, .chunks = xb_chunk_count(planes, a->per_chunk) };
}

static void col2im_run(const void *args, int32_t chunk, void *scratch) {
    const xb_col2im_args *a = args;
    EACH_PLANE(a, a->planes, col2im_plane)
}
xb_work xb_col2im_work(xb_col2im_args *a) {
    int64_t taps = a->kernel[0] * a->kernel[1] * a->kernel[2], points = a->points[0] * a->points[1] * a->points[2];
    a->per_chunk = xb_units_per_chunk(a->planes, taps * points * 2 + a->image[0] * a->image[1] * a->image[2]);
    return (xb_work){ .run = col2im_run, .chunks = xb_chunk_count(a->planes, a->per_chunk) };
}

static void causal_run(const void *args, int32_t chunk, void *scratch) {
    const xb_causal_args *a = args;
    EACH_PLANE(a, a->batch * a->channels, causal_plane)
}
xb_work xb_causal_work(xb_causal_args *a) {
    int64_t planes = a->batch * a->channels;
    a->per_chunk = xb_units_per_chunk(planes, a->length * (a->kernel * 2 + a->is_silu * 16) + a->kernel);
    return (xb_work){ .run = causal_run, .chunks = xb_chunk_count(planes, a->per_chunk) };
}
