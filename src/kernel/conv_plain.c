/* kernel/conv_plain.c - convolution as it is defined, for float64 and as a reference. */
#include "kernel/conv_int.h"

/* Where tap k of output q reads the input, or -1. */
static int64_t xb_conv_plain_place(const xb_conv_args *a, const int64_t q[3], const int64_t k[3]) {
    int64_t place = 0;
    for (int i = 0; i < 3; i++) {
        int64_t at;
        if (a->transposed) {
            at = q[i] + a->pad[i] - k[i] * a->dilation[i];
            if (at % a->stride[i] != 0) return -1;
            at /= a->stride[i];
        } else {
            at = q[i] * a->stride[i] - a->pad[i] + k[i] * a->dilation[i];
        }
        if (at < 0 || at >= a->in[i]) return -1;
        place = place * a->in[i] + at;
    }
    return place;
}

#define REAL float
#define RUN  run_f32
#include "kernel/conv_plain.h"
#undef REAL
#undef RUN
#define REAL double
#define RUN  run_f64
#include "kernel/conv_plain.h"

static xb_work plain_work(const xb_conv_args *a, xb_kernel_fn run) {
    if (xb_conv_volume(a->out) == 0) return (xb_work){ 0 };
    return (xb_work){ run, (int32_t)(a->batch * a->channels_out), 0 };
}
xb_work xb_conv_plain_work_f32(xb_conv_args *a) { return plain_work(a, run_f32); }
xb_work xb_conv_plain_work_f64(xb_conv_args *a) { return plain_work(a, run_f64); }
