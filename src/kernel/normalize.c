/* kernel/normalize.c - channels, tokens and lengths, scalar. */
#include "kernel/normalize.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "kernel/score.h"

static xybrid_status as_float32(xb_mem *mem, const xb_tensor *t, xb_tensor *out, xybrid_error *err) {
    if (t->dtype != XYBRID_FLOAT32) return xb_tensor_convert(mem, t, XYBRID_FLOAT32, out, err);
    *out = xb_tensor_keep(t);
    return XYBRID_OK;
}

/* ---- channels ---- */

void xb_scale_channels_f32(float *dst, const float *src, int64_t outer, int64_t channels, int64_t inner, const float *gain,
                           const float *offset) {
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t c = 0; c < channels; c++) {
            for (int64_t i = 0; i < inner; i++) dst[i] = src[i] * gain[c] + offset[c];
            dst += inner;
            src += inner;
        }
    }
}

static xybrid_status check_statistics(float scale, const float *mean, const float *std, int32_t count, int64_t channels,
                                      xybrid_error *err) {
    if (count < 1 || (count != 1 && count != channels))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "normalize",
                       "normalize has %d means for %lld channels; 1 or %lld are needed", (int)count, (long long)channels,
                       (long long)channels);
    for (int32_t c = 0; c < count; c++)
        if (!isfinite(mean[c]) || !isfinite(std[c]) || std[c] == 0.0f)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "normalize",
                           "normalize has mean %g and deviation %g for channel %d; finite numbers and a deviation other "
                           "than 0 are needed",
                           (double)mean[c], (double)std[c], (int)c);
    if (!isfinite(scale)) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "normalize", "normalize has a scale that is not finite");
    return XYBRID_OK;
}

xybrid_status xb_normalize_channels(xb_mem *mem, const xb_tensor *t, int32_t axis, float scale, const float *mean,
                                    const float *std, int32_t count, xb_tensor *out, xybrid_error *err) {
    xybrid_status st;
    xb_tensor     x = { 0 }, made = { 0 };
    int32_t       at = 0;
    int64_t       channels = 1, outer = 1, inner = xb_tensor_count(t);
    if (t->rank > 0 || count != 1) {
        XB_TRY(xb_axis_resolve(t, axis, "normalize", &at, err));
        channels = t->shape[at];
        outer = xb_tensor_span(t, 0, at);
        inner = xb_tensor_span(t, at + 1, t->rank);
    }
    XB_TRY(check_statistics(scale, mean, std, count, channels, err));
    float *gain = xb_calloc(mem, (size_t)count * 2, sizeof *gain, err);
    if (!gain) return err->code;
    float *offset = gain + count;
    for (int32_t c = 0; c < count; c++) {
        gain[c] = (float)((double)scale / (double)std[c]);
        offset[c] = (float)(-(double)mean[c] / (double)std[c]);
    }
    XB_TRY_OUT(as_float32(mem, t, &x, err));
    XB_TRY_OUT(xb_tensor_new(mem, XYBRID_FLOAT32, t->rank, t->shape, &made, err));
    if (count == 1 || xb_tensor_count(t) == 0) xb_scale_channels_f32(made.data, x.data, 1, 1, xb_tensor_count(t), gain, offset);
    else xb_scale_channels_f32(made.data, x.data, outer, channels, inner, gain, offset);
    *out = made;
out:
    xb_tensor_drop(&x);
    xb_free(mem, gain);
    return st;
}

/* ---- mean over tokens ---- */

/* One batch row: sum of the counted tokens into total[width], then the mean. */
static void pool_row(float *dst, const float *src, const uint8_t *mask, int64_t tokens, int64_t width, double *total) {
    int64_t counted = 0;
    memset(total, 0, (size_t)width * sizeof *total);
    for (int64_t i = 0; i < tokens; i++) {
        if (mask && !mask[i]) continue;
        counted++;
        for (int64_t w = 0; w < width; w++) total[w] += (double)src[i * width + w];
    }
    for (int64_t w = 0; w < width; w++) dst[w] = counted ? (float)(total[w] / (double)counted) : 0.0f;
}

static xybrid_status check_pool(const xb_tensor *t, const xb_tensor *mask, xybrid_error *err) {
    char found[XB_SHAPE_TEXT_BYTES], masks[XB_SHAPE_TEXT_BYTES];
    xb_shape_format(t->rank, t->shape, found, sizeof found);
    if (t->rank != 3)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "mean pool",
                       "mean pool of a tensor of shape %s; [batch,tokens,width] is needed", found);
    if (!mask || xb_shape_equal(mask->rank, mask->shape, 2, t->shape)) return XYBRID_OK;
    xb_shape_format(mask->rank, mask->shape, masks, sizeof masks);
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "mean pool",
                   "mean pool of shape %s with a mask of shape %s; [%lld,%lld] is needed", found, masks, (long long)t->shape[0],
                   (long long)t->shape[1]);
}

xybrid_status xb_mean_pool(xb_mem *mem, const xb_tensor *t, const xb_tensor *mask, xb_tensor *out, xybrid_error *err) {
    xybrid_status st;
    xb_tensor     x = { 0 }, chosen = { 0 }, made = { 0 };
    XB_TRY(check_pool(t, mask, err));
    int64_t batch = t->shape[0], tokens = t->shape[1], width = t->shape[2];
    double *total = xb_calloc(mem, (size_t)width, sizeof *total, err);
    if (!total) return err->code;
    XB_TRY_OUT(as_float32(mem, t, &x, err));
    if (mask) XB_TRY_OUT(xb_tensor_convert(mem, mask, XYBRID_BOOL, &chosen, err));
    XB_TRY_OUT(xb_tensor_new(mem, XYBRID_FLOAT32, 2, (int64_t[]){ batch, width }, &made, err));
    for (int64_t b = 0; b < batch && width > 0; b++)
        pool_row((float *)made.data + b * width, (const float *)x.data + b * tokens * width,
                 mask ? (const uint8_t *)chosen.data + b * tokens : NULL, tokens, width, total);
    *out = made;
out:
    xb_tensor_drop(&x);
    xb_tensor_drop(&chosen);
    xb_free(mem, total);
    return st;
}

/* ---- length 1 ---- */

void xb_l2_normalize_f32(float *dst, const float *src, int64_t rows, int64_t width) {
    for (int64_t r = 0; r < rows; r++) {
        double square = 0;
        for (int64_t i = 0; i < width; i++) square += (double)src[i] * (double)src[i];
        double length = sqrt(square);
        double scale = 1.0 / (length < 1e-12 ? 1e-12 : length);
        for (int64_t i = 0; i < width; i++) dst[i] = (float)((double)src[i] * scale);
        dst += width;
        src += width;
    }
}

xybrid_status xb_l2_normalize(xb_mem *mem, const xb_tensor *t, xb_tensor *out, xybrid_error *err) {
    xybrid_status st;
    xb_tensor     x = { 0 }, made = { 0 };
    int32_t       last;
    XB_TRY(xb_axis_resolve(t, -1, "L2 normalize", &last, err));
    XB_TRY_OUT(as_float32(mem, t, &x, err));
    XB_TRY_OUT(xb_tensor_new(mem, XYBRID_FLOAT32, t->rank, t->shape, &made, err));
    if (xb_tensor_count(t) > 0) xb_l2_normalize_f32(made.data, x.data, xb_tensor_span(t, 0, last), t->shape[last]);
    *out = made;
out:
    xb_tensor_drop(&x);
    return st;
}
