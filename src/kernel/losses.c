/* kernel/losses.c - see losses.h. */
#include "kernel/losses.h"

static int64_t target_at(const xb_nll_args *a, int64_t i) {
    int64_t t = a->is_target_64 ? ((const int64_t *)a->target)[i] : ((const int32_t *)a->target)[i];
    return (a->has_ignored && t == a->ignored) || t < 0 || t >= a->classes ? -1 : t;
}

static double number_at(const xb_nll_args *a, const void *p, int64_t i) {
    return a->is_double ? ((const double *)p)[i] : (double)((const float *)p)[i];
}

static void store(const xb_nll_args *a, int64_t i, double v) {
    if (a->is_double) ((double *)a->y)[i] = v;
    else ((float *)a->y)[i] = (float)v;
}

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_nll_args *a = args;
    double             sum = 0, weights = 0;
    (void)chunk, (void)scratch;
    for (int64_t o = 0; o < a->outer; o++)
        for (int64_t i = 0; i < a->inner; i++) {
            int64_t at = o * a->inner + i, t = target_at(a, at);
            double  weight = t < 0 ? 0 : a->weight ? number_at(a, a->weight, t) : 1;
            double  loss = t < 0 ? 0 : -weight * number_at(a, a->x, (o * a->classes + t) * a->inner + i);
            if (a->reduction == XB_NLL_NONE) store(a, at, loss);
            sum += loss;
            weights += weight;
        }
    if (a->reduction != XB_NLL_NONE) store(a, 0, a->reduction == XB_NLL_MEAN ? sum / weights : sum);
}

xb_work xb_nll_work(xb_nll_args *a) {
    (void)a;
    return (xb_work){ .run = run, .chunks = 1 };
}
