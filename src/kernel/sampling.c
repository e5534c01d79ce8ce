/* kernel/sampling.c - see sampling.h. */
#include "kernel/sampling.h"

#include <math.h>

#include "kernel/chunks.h"

enum { ROI_CHANNELS = 16 }; /* for which a place in the picture is worked out once */

#define FAR_OUTSIDE (1 << 30) /* of any picture: coordinates that stay within are safe to make whole */

#define REAL    float
#define FLOOR   floorf
#define CEIL    ceilf
#define RINT    rintf
#define ROUND   roundf
#define NAME(x) x##_f32
#include "kernel/sampling_plain.h"
#undef REAL
#undef FLOOR
#undef CEIL
#undef RINT
#undef ROUND
#undef NAME
#define REAL    double
#define FLOOR   floor
#define CEIL    ceil
#define RINT    rint
#define ROUND   round
#define NAME(x) x##_f64
#include "kernel/sampling_plain.h"

#define EACH_UNIT(A, UNITS, F)                                                               \
    int64_t unit = chunk * (A)->per_chunk, last = xb_chunk_end(unit, (A)->per_chunk, UNITS); \
    (void)scratch;                                                                           \
    for (; unit < last; unit++) {                                                            \
        if ((A)->is_double) F##_f64(A, unit);                                                \
        else F##_f32(A, unit);                                                               \
    }

#define UNITS_WORK(A, UNITS, RUN, OPERATIONS)               \
    int64_t units = UNITS;                                  \
    (A)->per_chunk = xb_units_per_chunk(units, OPERATIONS); \
    return (xb_work) { .run = (RUN), .chunks = xb_chunk_count(units, (A)->per_chunk) }

static void grid_sample_run(const void *args, int32_t chunk, void *scratch) {
    const xb_grid_sample_args *a = args;
    EACH_UNIT(a, a->batch * a->points, sample_point)
}
xb_work xb_grid_sample_work(xb_grid_sample_args *a) {
    static const int64_t taps[] = { 2, 8, 40 };
    UNITS_WORK(a, a->batch * a->points, grid_sample_run, 64 + a->channels * taps[a->mode]);
}

static void affine_grid_run(const void *args, int32_t chunk, void *scratch) {
    const xb_affine_grid_args *a = args;
    int64_t                    points = a->batch;
    for (int32_t d = 0; d < a->rank; d++) points *= a->out[d];
    EACH_UNIT(a, points, affine_point)
}
xb_work xb_affine_grid_work(xb_affine_grid_args *a) {
    int64_t points = a->batch;
    for (int32_t d = 0; d < a->rank; d++) points *= a->out[d];
    UNITS_WORK(a, points, affine_grid_run, 64);
}

static void roi_align_run(const void *args, int32_t chunk, void *scratch) {
    const xb_roi_align_args *a = args;
    EACH_UNIT(a, a->count * ((a->channels + ROI_CHANNELS - 1) / ROI_CHANNELS), roi_align_block)
}
xb_work xb_roi_align_work(xb_roi_align_args *a) {
    UNITS_WORK(a, a->count * ((a->channels + ROI_CHANNELS - 1) / ROI_CHANNELS), roi_align_run,
               a->out_height * a->out_width * ROI_CHANNELS * 48);
}

static void roi_pool_run(const void *args, int32_t chunk, void *scratch) {
    const xb_roi_pool_args *a = args;
    EACH_UNIT(a, a->count * a->channels, roi_pool_plane)
}
xb_work xb_roi_pool_work(xb_roi_pool_args *a) {
    UNITS_WORK(a, a->count * a->channels, roi_pool_run, a->out_height * a->out_width * 64);
}
